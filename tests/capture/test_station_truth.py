"""The station's page says what is so, whatever happens to page, browser, computer and station."""

from __future__ import annotations

import itertools
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest

from capture.sessions import session_lease
from capture.sessions.finalise import keep_session
from capture.sessions.live_session import LiveSession
from capture.station import library_api
from capture.station.open_sessions import KeepingProgress
from capture.station.server import running_station
from library.consent.withdrawals import record_withdrawal
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.live_station import (
    StationClient,
    agreed_session,
    browser_chunks,
    station_process,
    until,
)
from tests.support.sample_media import agreed_story
from tests.support.station_page import (
    Window,
    browser_process,
    open_window,
    settled_session,
    start_recording,
)

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ASLEEP_SECONDS = 4.0
# From here on the station answers that the picture is 3.5 s ahead of the sound.
FAR_AHEAD = """() => {
  const { parse } = JSON;
  JSON.parse = (text) => {
    const answer = parse(text);
    return answer && "ahead" in answer ? { ...answer, ahead: 3500 } : answer;
  };
}"""
SLOW_CAMERA = """() => {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    await new Promise((resolve) => { setTimeout(resolve, 2500); });
    return open(wanted);
  };
}"""
EVERY_STATE = (Path(__file__).parents[1] / "support" / "interview_states.js").read_text()


def sleep_of_the_computer(window: Window) -> None:
    stand_still(window, ASLEEP_SECONDS)


def stand_still(window: Window, seconds: float) -> None:
    """Let the whole browser stand still, as it does while a computer sleeps."""
    browser = browser_process(window.mark)
    processes = [browser, *browser.children(recursive=True)]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    for process in processes:
        process.send_signal(signal.SIGCONT)


def shown_time(window: Window) -> str:
    return window.page.locator(".time").inner_text()


def test_sleep_a_second_tab_and_a_killed_station_are_told_as_they_are(
    workspace: Workspace,
) -> None:
    story = agreed_story(workspace)
    with (
        station_process(workspace) as station,
        open_window(station.page, may_move=True, may_die=True) as window,
    ):
        start_recording(window)
        window.wait_until_recorded(1_500)
        # A tab that was duplicated has all that the first one remembers.
        with window.page.expect_popup() as opened:
            window.page.evaluate("void window.open(location.href)")
        opened.value.get_by_text("It is being recorded in another window now").wait_for()
        assert opened.value.get_by_role("button", name=re.compile("Delete|Go on")).count() == 0
        opened.value.close()
        window.wait_for_state("Recording")

        sleep_of_the_computer(window)
        stood_still = window.page.get_by_role("alert").get_by_text("the computer stood still")
        stood_still.wait_for()
        seconds = re.search(r"For (\d+) seconds", stood_still.inner_text())
        assert seconds is not None
        assert abs(int(seconds[1]) - ASLEEP_SECONDS) <= 1
        window.press_below("Pause")
        window.wait_for_state("Paused")
        assert "being recorded again" not in stood_still.inner_text(), "it is paused"
        window.press_below("Go on")
        window.wait_for_state("Recording")
        assert "It is being recorded again." in stood_still.inner_text()

        station.kill()
        window.page.get_by_text("The station on this computer is not answering.").wait_for()
        before = shown_time(window)
        window.wait_on_page_clock(2_200)
        assert shown_time(window) == before, "the clock shows what is on the disk"
        station.start()
        window.page.get_by_text("All saved").wait_for()
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        session = settled_session(station.page, "stopped")
        told = window.page.get_by_text("safe on this computer").inner_text()
        missing = window.page.get_by_text("the computer stood still").inner_text()
    assert told.startswith(f"{session['safe'] // 1000} seconds are safe"), told
    assert f"For {round(session['empty'] / 1000)} seconds nothing was recorded" in missing
    assert abs(session["empty"] - 1000 * ASLEEP_SECONDS) <= 1000, "a number of ms"
    (path,) = workspace.story(story).sessions.glob("*/take-1.webm")
    assert abs(session["safe"] - recorded_ms(str(path))) < 300
    assert session["lost"] == 0


def test_what_is_said_while_the_station_is_away_follows_what_is_recorded(
    workspace: Workspace,
) -> None:
    agreed_story(workspace)
    with (
        station_process(workspace) as station,
        open_window(station.page, may_move=True) as window,
    ):
        start_recording(window)
        window.wait_until_recorded(1_200)
        no_two_places_of_the_page_disagree_in_any_state(window)
        told, announced = window.page.get_by_role("alert"), window.page.locator("#live")
        station.kill()
        told.get_by_text("the recording goes on and waits").wait_for()
        window.press_below("Pause")
        told.get_by_text("Nothing is being recorded now").wait_for()
        assert "goes on" not in told.inner_text()
        window.press_below("Go on")
        told.get_by_text("the recording goes on and waits").wait_for()
        assert "again" not in announced.inner_text(), "nobody has said yes to it yet"
        station.start()
        announced.get_by_text("Recording again.").wait_for()
        nothing_can_be_pressed_while_the_last_part_is_saved(window)


def nothing_can_be_pressed_while_the_last_part_is_saved(window: Window) -> None:
    page = window.page
    held: list[Route] = []
    page.route("**/stop", lambda route: held.append(route))
    window.press_below("Stop")
    page.get_by_role("heading", name="Stopped", exact=True).wait_for()
    controls = page.locator(".ways button, .marks button, .follow-up")
    assert controls.count() > 7
    assert {one.get_attribute("aria-disabled") for one in controls.all()} == {"true"}
    shown = [page.locator(part).inner_text() for part in (".count", ".time")]
    for name in ("Next", "Back", "Skip", "Pause", "Stop"):
        page.locator(".ways button", has_text=name).dispatch_event("click")
    page.keyboard.press("d")
    assert [page.locator(part).inner_text() for part in (".count", ".time")] == shown
    assert page.locator("dialog[open], [aria-pressed=true]").count() == 0
    assert page.locator(".deck select").is_disabled()
    page.locator(".level-words", has_text="Off").wait_for()
    for route in held:
        route.continue_()
    window.wait_for_heading("The recording has stopped")


def test_a_browser_that_is_too_slow_is_told_of_while_it_records(workspace: Workspace) -> None:
    """It stands still for less than a breath, again and again: no one gap is worth a word."""
    agreed_story(workspace)
    with station_process(workspace) as station, open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1_500)
        for _ in range(4):
            stand_still(window, 1.3)
            window.wait_on_page_clock(300)
        told = window.page.get_by_role("alert").get_by_text("This computer is too slow just now")
        told.wait_for()
        assert "All saved" not in window.page.locator(".on-disk").inner_text()
        assert "stood still" not in window.page.get_by_role("alert").inner_text()
        window.page.evaluate(SLOW_CAMERA)
        window.press("Make the picture smaller")
        until(lambda: settled_session(station.page, "recording")["take"] == 2)
        told.wait_for(state="detached")
        settings = "seen.streams.at(-1).getVideoTracks()[0].getSettings().height"
        assert window.page.evaluate(settings) <= 360
        window.wait_for_state("Recording")
        window.page.get_by_text("All saved").wait_for()
        # As Firefox's picture runs away from its sound: that is not left for half a minute.
        window.page.evaluate(FAR_AHEAD)
        until(lambda: settled_session(station.page, "recording")["take"] == 3)
        window.wait_for_state("Recording")
        lasted = window.page.evaluate("seen.started.at(-1) - seen.started.at(-2)")
        assert lasted < 30_000
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")


def no_two_places_of_the_page_disagree_in_any_state(window: Window) -> None:
    """The words are made by one function, so that all its answers can be looked through."""
    looked, wrong = window.page.evaluate(EVERY_STATE)
    assert looked > 20_000
    assert wrong == []


def test_a_story_taken_back_elsewhere_stops_its_recording_and_only_deleting_is_left(
    workspace: Workspace,
) -> None:
    story = agreed_story(workspace)
    with station_process(workspace) as station, open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1_200)
        record_withdrawal(workspace, story, "contributor")
        window.wait_for_heading("The story was taken back")
        settled_session(station.page, "stopped")
        for name in ("Keep it", "Decide later", "Go on recording", "Ask this as well"):
            assert window.page.get_by_role("button", name=name).count() == 0, name
        window.press("To the beginning")
        window.page.get_by_text("Its story was taken back").wait_for()
        assert window.page.get_by_role("button", name=re.compile("Keep|Go on")).count() == 0
        window.press("Delete it")
        window.press("Yes, delete it now")
        window.wait_for_heading("The recording is deleted")


@pytest.mark.parametrize("when", ["before it is decided", "behind “Keep it”"])
def test_of_what_was_erased_elsewhere_the_page_says_that_nothing_is_left(
    workspace: Workspace, run_cli: Callable[..., CommandResult], when: str
) -> None:
    story = agreed_story(workspace)
    with station_process(workspace) as station, open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1_200)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        if when != "before it is decided":
            window.press("Keep it")
            window.press("Yes, keep it")
            window.wait_for_heading("How are you now?")
        erased = run_cli("withdraw", story, "--erase", "--yes")
        assert erased.code == 0, erased.err
        assert not workspace.story(story).root.exists()
        window.wait_for_heading("The recording is deleted")
        page = window.page
        page.get_by_text(f"The recording of story {story} was deleted, though not in").wait_for()
        text = page.inner_text("body")
        for untrue in (
            "Please delete it",
            "can be deleted there",
            "could not be kept",
            "Try again",
        ):
            assert untrue not in text, untrue
        assert page.get_by_role("button", name="Delete it").count() == 0
        window.press("A card for the volunteer")
        window.press("Done")
        window.press("To the beginning")
        page.get_by_role("button", name="Begin a new recording").wait_for()


def recorded_ms(path: str) -> float:
    """Return the milliseconds that a recording holds, without stretches in which nothing is."""
    with av.open(path) as container:
        times = sorted(
            float(packet.pts * packet.time_base) for packet in container.demux() if packet.pts
        )
    steps = [after - before for before, after in itertools.pairwise(times)]
    return 1000 * sum(step for step in steps if step < 1)


@pytest.fixture
def unfinished(workspace: Workspace) -> Iterator[StationClient]:
    """Three sessions in which nothing was recorded, one that could not be kept, a broken set."""
    (workspace.questions / "broken.yml").write_text("id: broken\n")
    with running_station(workspace) as running:
        assert "broken" in running.problems[0].what, "told to whoever starts it"
        client = StationClient(running.address.port, running.address.token)
        for number in range(3):
            client.agreed_session(agreed_story(workspace), f"empty-{number}")
        session = client.agreed_session(agreed_story(workspace), "broken")
        client.begin(session)
        client.chunk(session, 1, 0, b"this is no film")
        client.post(f"/api/sessions/{session}/stop")
        client.post(f"/api/sessions/{session}/keep")
        until(lambda: client.get(f"/api/sessions/{session}").data["keeping"]["error"])
        for each in client.get("/api/sessions").data:
            client.post(f"/api/sessions/{each['id']}/leave")
        yield client


def test_the_first_page_is_short_and_follows_what_others_do(unfinished: StationClient) -> None:
    with open_window(unfinished) as window:
        page = window.page
        page.get_by_role("heading", name="A recording is not finished").wait_for()
        page.get_by_text("It could not be kept yet. Nothing of it is lost.").wait_for()
        assert page.locator("article:visible").count() == 1
        page.get_by_text("3 sessions in which nothing was recorded").click()
        assert page.locator("article:visible").count() == 4
        # Another window takes one of them up: it is said here within seconds.
        empty = next(one for one in unfinished.get("/api/sessions").data if not one["takes"])
        assert unfinished.begin(empty["id"]).status == 201
        assert unfinished.chunk(empty["id"], 1, 0, b"a part").status == 201
        page.get_by_text(re.compile("may come back to it|in another window now")).wait_for()
        page.get_by_text("2 sessions in which nothing was recorded").wait_for()
        assert unfinished.post(f"/api/sessions/{empty['id']}/stop").status == 200
        page.get_by_role("button", name="Delete all of them").click()
        # Whoever says “Not yet” has sent nothing, though the station answers late.
        late: list[Route] = []
        page.route("**/api/health", lambda route: late.append(route))
        page.get_by_role("button", name="Yes, delete them").click()
        until(lambda: late)
        page.get_by_role("button", name="Not yet").click()
        for route in late:
            route.continue_()
        page.unroute("**/api/health")
        page.get_by_role("button", name="Delete all of them").click()
        # In one of those something is recorded meanwhile: it is none of them.
        other = StationClient(unfinished.port, unfinished.token)
        last = [one["id"] for one in other.get("/api/sessions").data if not one["takes"]][-1]
        assert other.begin(last).status == 201
        assert other.chunk(last, 1, 0, b"a part").status == 201
        assert other.post(f"/api/sessions/{last}/stop", take=1, at=1000, chunks=1).status == 200
        assert other.post(f"/api/sessions/{last}/leave").status == 200
        assert len(other.get("/api/sessions").data) == 4, "nothing was deleted yet"
        # What is pressed before the station has told what is left counts as well.
        held: list[Route] = []
        page.route("**/api/sessions?*", lambda route: held.append(route))
        page.get_by_role("button", name="Yes, delete them").click()
        until(lambda: len(unfinished.get("/api/sessions").data) == 3)
        page.get_by_role("button", name="Begin a new recording").click()
        window.wait_for_heading("The story")
        for route in held:
            route.continue_()
        page.unroute("**/api/sessions?*")
        assert "broken" not in page.inner_text("main"), "whoever records cannot mend a set"


def test_what_is_kept_of_one_person_is_not_said_in_the_sitting_of_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()

    def kept_late(session: LiveSession, **options: Any) -> None:
        may_end.wait(60)
        keep_session(session, **options)

    has_room = False
    looked = library_api.health
    monkeypatch.setattr("capture.station.open_sessions.keep_session", kept_late)
    monkeypatch.setattr(
        library_api, "health", lambda where: looked(where) | {"low_room": not has_room}
    )
    with running_station(workspace) as running:
        client = StationClient(running.address.port, running.address.token)
        first = client.agreed_session(agreed_story(workspace), "first")
        client.begin(first)
        for number, part in enumerate(browser_chunks(1)):
            client.chunk(first, 1, number, part)
        client.post(f"/api/sessions/{first}/stop")
        story = agreed_story(workspace)
        second = client.post("/api/sessions", story=story, key="second").data["id"]
        assert client.post(f"/api/sessions/{second}/agreed", record="voice").status == 200
        for each in (first, second):
            client.post(f"/api/sessions/{each}/leave")
        with open_window(StationClient(client.port, client.token)) as window:
            notices = window.page.locator("#notices")
            little = window.page.get_by_text("There is little room on this computer’s disk")
            little.wait_for()
            has_room = True
            window.press("Keep it")
            window.press("Yes, keep it")
            notices.get_by_text("The recording is being kept.").wait_for()
            # Another window had it open a moment ago; there is nothing that could be gone on with.
            assert client.post(f"/api/sessions/{first}/hold", instead=True).status == 200
            window.page.get_by_text("It is being kept now. That may take some minutes.").wait_for()
            refused = client.post("/api/close").data["error"]
            assert refused["next_step"] == "That goes on by itself: close the station afterwards."
            window.press("Go on with it")
            window.wait_for_heading("Camera and sound")
            live = window.page.locator("#live", has_text="The microphone is on. No camera is used.")
            live.wait_for(state="attached")
            notices.get_by_text("An earlier recording is being kept.").wait_for()
            may_end.set()
            until(lambda: client.get(f"/api/sessions/{first}").data["state"] == "kept")
            notices.get_by_text("An earlier recording").wait_for(state="detached")
            assert "is kept" not in window.page.inner_text("body")
            window.press("Not today")
            window.press("Leave it for another day")
            notices.get_by_text("The recording is kept: it is that of the story").wait_for()
            little.wait_for(state="detached")  # whoever made room is told within seconds
            assert window.complaints == []


def test_a_session_that_is_open_elsewhere_is_said_to_be_recorded_only_while_it_grows(
    unfinished: StationClient,
) -> None:
    session = next(one["id"] for one in unfinished.get("/api/sessions").data if not one["takes"])
    unfinished.begin(session)
    unfinished.chunk(session, 1, 0, b"a part")
    stay = threading.Thread(target=unfinished.post, args=(f"/api/sessions/{session}/stay",))
    with open_window(StationClient(unfinished.port, unfinished.token)) as window:
        stay.start()
        window.page.get_by_text("It is being recorded in another window now").wait_for()
        window.page.get_by_text("open in another window, and is not being recorded").wait_for()
        window.press("Take over here")
        window.page.get_by_text("The other window can do nothing more with it then.").wait_for()
    stay.join()


def test_a_step_waits_for_the_seconds_in_which_a_closed_window_may_come_back(
    unfinished: StationClient,
) -> None:
    other = StationClient(unfinished.port, unfinished.token)
    session = next(one["id"] for one in unfinished.get("/api/sessions").data if not one["takes"])
    with open_window(StationClient(unfinished.port, unfinished.token)) as window:
        window.page.get_by_text("3 sessions in which nothing was recorded").click()
        other.post(f"/api/sessions/{session}/hold")
        window.press("Delete all of them")
        window.press("Yes, delete them")
        window.page.get_by_text("This page goes on by itself in a few seconds.").wait_for()
        until(lambda: len(unfinished.get("/api/sessions").data) == 1)
        assert window.page.get_by_text("Try again in").count() == 0


def test_no_window_deletes_what_another_one_holds(unfinished: StationClient) -> None:
    other = StationClient(unfinished.port, unfinished.token)
    sessions = unfinished.get("/api/sessions").data
    session = next(each["id"] for each in sessions if each["takes"])
    assert unfinished.post(f"/api/sessions/{session}/hold", name="first").data["owner"] == "me"
    for call, body in (("delete", {"confirm": True}), ("keep", {}), ("later", {})):
        refused = other.post(f"/api/sessions/{session}/{call}", **body)
        assert (refused.status, refused.code) == (409, "recording-elsewhere"), call
    assert other.get(f"/api/sessions/{session}").data["owner"] == "other"
    assert other.post(f"/api/sessions/{session}/hold", instead=True).data["owner"] == "me"
    assert unfinished.get(f"/api/sessions/{session}").data["owner"] == "other"
    assert other.post(f"/api/sessions/{session}/delete", confirm=True).status == 200


def test_a_session_that_another_program_records_is_told_and_left_alone(
    workspace: Workspace, unfinished: StationClient
) -> None:
    """The terminal records with the same engine, and holds the lock of the story's sessions."""
    with closing(agreed_session(workspace)) as session:
        path = f"/api/sessions/{session.state.id}"
        told = unfinished.get(path).data
        assert (told["owner"], told["heard"]) == ("other", None)
        assert unfinished.post(f"{path}/delete", confirm=True).code == "busy"
    told = unfinished.get(path).data
    assert (told["owner"], told["heard"]) == ("me", 0), "whoever asked has it now"


def test_the_time_that_keeping_takes_is_told_by_how_fast_it_went(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = [100.0]
    monkeypatch.setattr(session_lease, "monotonic_seconds", lambda: seconds[0])
    keeping = KeepingProgress()
    with keeping.show_progress("Making the working copy", 60_000) as report:
        report(1_000)
        seconds[0] += 1
        assert keeping.as_json()["left"] is None, "nobody can tell yet"
        seconds[0] += 9
        report(15_000)
        assert keeping.as_json()["left"] == 30
