"""The station's page as a volunteer meets it: every step, by mouse and by keys, wide and narrow."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from capture.recording.originals import read_manifest
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.live_station import StationClient as Asking
from tests.support.live_station import StationProcess, station_process, until
from tests.support.page_checks import faults
from tests.support.station_page import (
    Window,
    agree_in_full,
    go_to_camera,
    keep_recording,
    only_session,
    open_window,
    settled_session,
    start_recording,
)

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def story(workspace: Workspace) -> str:
    return sample_media.agreed_story(workspace)


@pytest.fixture
def station(workspace: Workspace, story: str) -> Iterator[StationProcess]:
    with station_process(workspace) as process:
        yield process


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_no_step_shuts_anybody_out(station: StationProcess, width: int, scheme: str) -> None:
    """axe finds nothing against WCAG 2.2 AA, and nothing scrolls sideways."""
    with open_window(station.page, width=width, color_scheme=scheme) as window:
        for step in every_step(window):
            assert faults(window.page) == [], step
            focused = window.page.evaluate(
                "document.activeElement.closest('main, dialog') !== null"
            )
            assert focused, f"{step}: the focus is in the step, not lost"
        assert window.complaints == []


def test_camera_and_sound_are_tried_without_a_story_and_nothing_is_kept(
    workspace: Workspace, station: StationProcess
) -> None:
    before = sorted(workspace.stories.rglob("*"))
    with open_window(station.page) as window:
        window.press("Try camera and sound")
        window.wait_for_heading("Try camera and sound")
        assert not window.page.locator("#trail").is_visible()
        window.page.locator("button:not([aria-disabled=true])", has_text="Record a test").click()
        window.page.locator(".played video").wait_for()
        assert faults(window.page) == []
        window.press("Back")
        window.wait_for_heading("Recording a story")
        tracks = "seen.streams.flatMap((stream) => stream.getTracks()).map((one) => one.readyState)"
        assert set(window.page.evaluate(tracks)) == {"ended"}
        assert window.complaints == []
    assert sorted(workspace.stories.rglob("*")) == before


def every_step(window: Window) -> Iterator[str]:
    """Go through all of it; each step is named when it is shown."""
    page = window.page
    page.get_by_role("button", name="Begin a new recording").wait_for()
    yield "welcome"
    window.press("Begin a new recording")
    window.wait_for_heading("The story")
    page.get_by_text("Read the questions").click()
    page.get_by_label("A title for the story").fill("<b>Night & day</b>")
    yield "story"
    window.press("Next")
    window.wait_for_heading("Taking part in a recording")
    yield "agreement"
    agree_in_full(window)
    page.get_by_role("button", name="Next", disabled=False).wait_for()
    window.press("Record a test of 5 seconds")
    page.locator(".played video").wait_for()
    yield "devices"
    page.get_by_role("button", name="Next", disabled=False).click()
    window.wait_for_heading("Before we start")
    page.get_by_label("Not well").check()
    yield "before"
    window.press("Start recording")
    window.wait_for_state("Recording")
    yield "opening"
    window.press_below("Next")
    page.locator(".follow-up").first.click()
    yield "question"
    page.keyboard.press("n")
    page.get_by_label("What should be remembered about this moment?").fill("A lorry")
    yield "note"
    window.press("Keep the note")
    window.press_below("Pause")
    page.get_by_role("heading", name="Nothing is being recorded now.").wait_for()
    yield "paused"
    window.press_below("Stop")
    window.wait_for_heading("The recording has stopped")
    window.press("Delete it")
    yield "decision"
    window.press("Not yet")
    window.press("Decide later")
    window.press("Yes, decide later")
    window.wait_for_heading("How are you now?")
    page.get_by_label("Not sure").check()
    yield "after"
    window.press("Next")
    window.wait_for_heading("Thank you")
    yield "closing"
    window.press("Next: a card for the volunteer")
    window.wait_for_heading("For you, the volunteer")
    yield "debrief"
    window.press("Done")
    window.wait_for_heading("All done")
    window.press("To the beginning")
    window.wait_for_heading("Welcome back")
    assert page.get_by_role("heading", name="<b>Night & day</b>").is_visible()
    yield "unfinished"
    window.press("Delete it")
    window.press("Yes, delete it now")
    window.wait_for_heading("The recording is deleted")
    yield "deleted"


def test_it_can_be_done_with_keys_alone(station: StationProcess) -> None:
    """Tab, Enter, Space, arrows, and the keys that the buttons name."""
    with open_window(station.page) as window:
        press = window.page.keyboard.press
        window.page.get_by_role("button", name="Begin a new recording").wait_for()
        press_on(window, "Begin a new recording")
        window.wait_for_heading("The story")
        tab_to(window, "which", attribute="name")
        press("ArrowDown")
        press_on(window, "Next")
        window.wait_for_heading("The agreement is on record")
        tab_to(window, "record", attribute="name")
        press("Space")
        tab_to(window, "They still want to be recorded today.", attribute="label")
        press("Space")
        press_on(window, "Next")
        window.wait_for_heading("Camera and sound")
        window.page.get_by_role("button", name="Next", disabled=False).wait_for()
        press_on(window, "Record the voice only")
        window.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        window.page.get_by_role("button", name="Next", disabled=False).wait_for()
        press_on(window, "Next")
        window.wait_for_heading("Before we start")
        tab_to(window, "feeling", attribute="name")
        press("Space")
        press_on(window, "Start recording")
        window.wait_for_state("Recording")
        press("ArrowRight")
        press("d")
        press("s")
        press("ArrowLeft")
        press("e")
        press("n")
        window.page.keyboard.type("next door's dog")
        press_on(window, "Keep the note")
        press("p")
        window.wait_for_state("Paused")
        press("p")
        window.wait_for_state("Recording")
        press("x")
        press_on(window, "Yes, stop")
        window.wait_for_heading("The recording has stopped")
        markers = settled_session(station.page, "stopped")["markers"]
        assert [(mark["kind"], mark["question"], mark["text"]) for mark in markers] == [
            ("question", "beginning", ""),
            ("do-not-use", "beginning", ""),
            ("skipped", "beginning", ""),
            ("question", "first-contact", ""),
            ("back", "beginning", ""),
            ("question", "beginning", ""),
            ("sensitive", "beginning", ""),
            ("note", "beginning", "next door's dog"),
        ]
        assert [take["mime"].split(";")[0] for take in only_session(station.page)["takes"]] == [
            "audio/webm"
        ]
        press_on(window, "Decide later")
        press("Enter")
        window.wait_for_heading("How are you now?")
        assert window.complaints == []


def press_on(window: Window, name: str) -> None:
    tab_to(window, name)
    window.page.keyboard.press("Enter")


def tab_to(window: Window, wanted_label: str, attribute: str = "text") -> None:
    """Press Tab until the focus is there."""
    queries = {
        "text": "document.activeElement.textContent.trim()",
        "name": "document.activeElement.name",
        "label": "document.activeElement.closest('label')?.textContent.trim()",
    }[attribute]
    for _ in range(60):
        if window.page.evaluate(queries) == wanted_label:
            return
        window.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted_label} cannot be reached with Tab")


def test_keys_do_nothing_where_they_are_switched_off(station: StationProcess) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.page.get_by_label("The keys work as well").uncheck()
        window.page.keyboard.press("x")
        window.page.keyboard.press("ArrowRight")
        window.wait_until_recorded(1_500)
        window.wait_for_state("Recording")
        assert only_session(station.page)["markers"] == []


def test_deleting_leaves_a_receipt_and_no_file(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1_500)
        session = only_session(station.page)["id"]
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        kept = window.page.get_by_text("safe on this computer").inner_text()
        assert re.match(r"(1 second is|(?!1 )\d+ seconds are) safe", kept), kept
        window.page.get_by_text("Listen to it first").click()
        until(lambda: window.page.evaluate("document.querySelector('.played video')?.readyState"))
        window.press("Delete it")
        assert only_session(station.page)["state"] == "stopped", "one click deletes nothing"
        # Somebody thinks better of it while the station is busy.
        held: list[Route] = []
        window.page.route("**/api/health", lambda route: held.append(route))
        window.press("Yes, delete it now")
        window.page.get_by_text("Nothing is deleted yet.").wait_for()
        window.press("Not yet")
        with window.page.expect_response("**/api/health"):
            for route in held:
                route.continue_()
        window.page.unroute("**/api/health")
        window.press("Delete it")
        window.press("Yes, delete it now")
        window.wait_for_heading("The recording is deleted")
        assert f"The recording {session} of story {story} was deleted on" in window.page.inner_text(
            "main"
        )
        assert window.complaints == []
    assert not list(workspace.story(story).sessions.glob("*/*"))
    assert [path.name for path in workspace.receipts.iterdir()] == [
        f"deleted-{story}-{session}.json"
    ]


def test_pausing_stops_the_camera_and_microphone_and_says_so(station: StationProcess) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1_200)
        window.press_below("Pause")
        window.page.get_by_role("heading", name="Nothing is being recorded now.").wait_for()
        paused = settled_session(station.page, "paused")
        on = window.page.evaluate("seen.streams.at(-1).getTracks().map((one) => one.enabled)")
        assert on == [False, False]
        window.page.locator(".level-words", has_text="Off").wait_for()
        window.wait_on_page_clock(1_500)
        assert only_session(station.page)["length"] == paused["length"]
        window.press_below("Go on")
        window.wait_for_state("Recording")
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        (take,) = settled_session(station.page, "stopped")["takes"]
        assert take["ended"] == "stopped", "a pause does not part the recording"


def test_time_and_picture_can_be_hidden(station: StationProcess) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        time, picture = window.page.locator(".time"), window.page.locator(".self-view video")
        assert time.is_visible()
        assert picture.is_visible()
        window.page.get_by_role("button", name="Hide the time").click()
        window.page.get_by_role("button", name="Hide the picture").click()
        assert not time.is_visible()
        assert not picture.is_visible()
        window.wait_for_state("Recording")


def test_a_question_and_what_to_ask_on_are_seen_whole(station: StationProcess) -> None:
    """On a small laptop too, whose browser leaves so much of its screen."""
    with open_window(station.page) as window:
        start_recording(window)
        window.press_below("Next")
        window.press_below("Next")
        window.page.locator(".asking .care").wait_for()
        for width, height in ((1366, 650), (1280, 800)):
            window.page.set_viewport_size({"width": width, "height": height})
            last = window.page.locator(".follow-up").last.bounding_box()
            hands_box = window.page.locator(".hands").bounding_box()
            assert last is not None
            assert hands_box is not None
            assert last["y"] + last["height"] <= hands_box["y"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("NotAllowedError", "The browser was not allowed to use the camera or microphone."),
        ("NotReadableError", "Another program is using the camera or microphone."),
        ("NotFoundError", "No microphone was found, or no camera."),
    ],
)
def test_what_keeps_the_camera_from_opening_is_said_in_plain_words(
    station: StationProcess, error: str, message: str
) -> None:
    refuse = (
        "const really = navigator.mediaDevices.getUserMedia;"
        f"navigator.mediaDevices.getUserMedia = async (wanted) => {{ if (wanted.video)"
        f" throw new DOMException('no', '{error}'); return really(wanted); }}; null"
    )
    with open_window(station.page) as window:
        window.page.evaluate(refuse)
        window.press("Begin a new recording")
        window.page.get_by_label("A story that is prepared already").check()
        window.press("Next")
        window.page.get_by_label("Picture and voice").check()
        window.page.get_by_label("They still want to be recorded today.").check()
        window.press("Next")
        window.page.get_by_text(message).wait_for()
        assert window.page.get_by_role("button", name="Next").is_disabled()
        window.press("Voice only")
        window.page.get_by_role("button", name="Next", disabled=False).wait_for()
        assert window.page.get_by_text(message).count() == 0


def test_only_the_voice_is_recorded_where_only_that_was_agreed(station: StationProcess) -> None:
    with open_window(station.page) as window:
        go_to_camera(window, record="Only the voice")
        assert window.page.get_by_role("button", name="Record the voice only").count() == 0
        kinds = window.page.evaluate("seen.streams.at(-1).getTracks().map((one) => one.kind)")
        assert kinds == ["audio"]


def test_another_window_does_not_record_over_a_recording(station: StationProcess) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1_500)
        other = window.page.context.new_page()
        other.goto(f"http://127.0.0.1:{station.page.port}/#{station.page.token}")
        other.get_by_text("It is being recorded in another window now").wait_for()
        assert other.get_by_role("button", name="Delete it").count() == 0
        assert other.get_by_role("button", name="Go on recording").count() == 0
        window.wait_for_state("Recording")
        other.get_by_role("button", name="Take over here").click()
        assert only_session(station.page)["take"] == 1, "one click takes nothing over"
        other.get_by_role("button", name="Yes, take over").click()
        window.page.get_by_role("alert").get_by_text("taken over by another window").wait_for()
        window.wait_for_state("Not recording")
        other.get_by_role("button", name="Next", disabled=False).click()
        other.get_by_role("button", name="Go on recording").click()
        other.locator("#state", has_text="Recording").wait_for()
        window.wait_on_page_clock(1_500)
        assert only_session(station.page)["take"] == 2, "it is not taken back again by itself"
        window.press_below("Stop")
        window.wait_for_heading("Welcome back")
        other.locator("#state", has_text="Recording").wait_for()


def test_a_full_disk_pauses_and_is_told_of_and_what_came_before_is_kept(
    workspace: Workspace, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from capture.station.server import running_station as running
    from library.core import files

    with running(workspace) as server:
        client = Asking(server.address.port, server.address.token)
        with open_window(client) as window:
            start_recording(window)
            window.wait_until_recorded(3_000)
            monkeypatch.setattr(files, "free_bytes", lambda path: 1_000_000)
            window.page.get_by_role("alert").get_by_text(
                "The disk of this computer is full"
            ).wait_for()
            window.wait_for_state("Paused")
            window.wait_on_page_clock(1_000)  # a part that was on its way is answered for
            time = window.page.locator(".time").inner_text()
            window.press_below("Go on")
            window.wait_on_page_clock(1_500)
            window.wait_for_state("Paused")
            assert window.page.locator(".time").inner_text() == time, "paused, its clock stands"
            window.press_below("Stop")
            window.press("Finish without the last part")
            window.wait_for_heading("The recording has stopped")
            safe = only_session(client)["safe"]
            told = window.page.get_by_text("safe on this computer").inner_text()
            assert told.startswith(f"{safe // 1000} seconds are safe"), told
            monkeypatch.undo()
            keep_recording(window)
    manifest = read_manifest(workspace.story(story))
    assert manifest is not None
    assert manifest.takes[0].duration >= 2_000


def test_an_old_window_says_where_to_go(station: StationProcess) -> None:
    with open_window(station.page) as window:
        window.wait_for_heading("Recording a story")
        another = secrets.token_urlsafe(32)
        window.page.goto(f"http://127.0.0.1:{station.page.port}/#{another}")
        window.page.reload()
        window.wait_for_heading("This window does not belong to the station")


def closed(window: Window) -> None:
    """Close the station at once, or once the recording is kept."""
    close = window.page.get_by_role("button", name="Close the station")
    ended = window.page.get_by_role("heading", name=re.compile("^The station (is closed|closes)"))
    later = window.page.get_by_role("button", name="Close it when the recording is kept")
    close.click()
    until(lambda: ended.count() or later.count())
    if later.count():
        later.click()
        ended.wait_for()


def test_keeping_goes_on_while_the_cards_are_read_and_the_window_is_closed(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(2_000)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        window.press("Keep it")
        window.press("Yes, keep it")
        window.wait_for_heading("How are you now?")
        window.page.get_by_label("Well enough").check()
        window.press("Next")
        window.wait_for_heading("Thank you")
        assert story in window.page.inner_text("main")
        window.press("Next: a card for the volunteer")
        window.press("Done")
        closed(window)
        assert all("409" in complaint for complaint in window.complaints)
    until(lambda: not workspace.station.exists())
    assert workspace.story(story).manifest.is_file()
