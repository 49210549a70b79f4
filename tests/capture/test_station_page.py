"""The station's page as a volunteer meets it: every step, by mouse and by keys, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from capture.recording.originals import read_manifest
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.live_station import StationClient as Asking
from tests.support.live_station import StationProcess, station_process, until
from tests.support.page_checks import faults
from tests.support.station_page import (
    Window,
    go_to_camera,
    keep_recording,
    only_session,
    open_window,
    settled_session,
    start_recording,
)

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
    """What axe finds by WCAG 2.2 AA, and nothing scrolls sideways."""
    with open_window(station.page, width=width, color_scheme=scheme) as one:
        for step in every_step(one):
            assert faults(one.page) == [], step
            focused = one.page.evaluate("document.activeElement.closest('main, dialog') !== null")
            assert focused, f"{step}: the focus is in the step, not lost"
        assert one.complaints == []


def every_step(one: Window) -> Iterator[str]:
    """Go through all of it; each step is named when it is shown."""
    page = one.page
    page.get_by_role("button", name="Begin a new recording").wait_for()
    yield "welcome"
    one.press("Begin a new recording")
    one.wait_for_heading("The story")
    page.get_by_text("Read the questions").click()
    page.get_by_label("A title for the story").fill("<b>Night & day</b>")
    yield "story"
    one.press("Next")
    one.wait_for_heading("Taking part in a recording")
    one.press("They agree: next")
    yield "agreement"
    for box in page.locator(".form-words input[type=checkbox]").all():
        box.check()
    page.get_by_label("Picture and voice").check()
    page.get_by_label("I thought about whether they can decide").check()
    one.press("They agree: next")
    one.wait_for_heading("Camera and sound")
    page.get_by_role("button", name="Next", disabled=False).wait_for()
    one.press("Record a test of 5 seconds")
    page.locator(".played video").wait_for()
    yield "devices"
    page.get_by_role("button", name="Next", disabled=False).click()
    one.wait_for_heading("How are you today?")
    page.get_by_label("Not well").check()
    yield "before"
    one.press("Next")
    one.wait_for_heading("Before we start")
    yield "ready"
    one.press("Start recording")
    one.wait_for_state("Recording")
    yield "opening"
    one.press_below("Next")
    page.locator(".follow-up").first.click()
    yield "question"
    page.keyboard.press("n")
    page.get_by_label("What should be remembered about this moment?").fill("A lorry")
    yield "note"
    one.press("Keep the note")
    one.press_below("Pause")
    page.get_by_role("heading", name="Nothing is being recorded now.").wait_for()
    yield "paused"
    one.press_below("Stop")
    one.wait_for_heading("The recording has stopped")
    one.press("Delete it")
    yield "decision"
    one.press("Not yet")
    one.press("Decide later")
    one.press("Yes, decide later")
    one.wait_for_heading("How are you now?")
    page.get_by_label("Not sure").check()
    yield "after"
    one.press("Next")
    one.wait_for_heading("Thank you")
    yield "closing"
    one.press("Next: a card for the volunteer")
    one.wait_for_heading("For you, the volunteer")
    yield "debrief"
    one.press("Done")
    one.wait_for_heading("All done")
    one.press("To the beginning")
    one.wait_for_heading("Welcome back")
    assert page.get_by_role("heading", name="<b>Night & day</b>").is_visible()
    yield "unfinished"
    one.press("Delete it")
    one.press("Yes, delete it now")
    one.wait_for_heading("The recording is deleted")
    yield "deleted"


def test_it_can_be_done_with_keys_alone(station: StationProcess) -> None:
    """Tab, Enter, Space, arrows, and the keys that the buttons name."""
    with open_window(station.page) as one:
        press = one.page.keyboard.press
        one.page.get_by_role("button", name="Begin a new recording").wait_for()
        press_on(one, "Begin a new recording")
        one.wait_for_heading("The story")
        tab_to(one, "which", attribute="name")
        press("ArrowDown")
        press_on(one, "Next")
        one.wait_for_heading("The agreement is on record")
        tab_to(one, "record", attribute="name")
        press("Space")
        tab_to(one, "They still want to be recorded today.", attribute="label")
        press("Space")
        press_on(one, "Next")
        one.wait_for_heading("Camera and sound")
        one.page.get_by_role("button", name="Next", disabled=False).wait_for()
        press_on(one, "Record the voice only")
        one.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        one.page.get_by_role("button", name="Next", disabled=False).wait_for()
        press_on(one, "Next")
        one.wait_for_heading("How are you today?")
        tab_to(one, "feeling", attribute="name")
        press("Space")
        press_on(one, "Next")
        one.wait_for_heading("Before we start")
        press_on(one, "Start recording")
        one.wait_for_state("Recording")
        press("ArrowRight")
        press("d")
        press("s")
        press("ArrowLeft")
        press("e")
        press("n")
        one.page.keyboard.type("next door's dog")
        press_on(one, "Keep the note")
        press("p")
        one.wait_for_state("Paused")
        press("p")
        one.wait_for_state("Recording")
        press("x")
        one.wait_for_heading("The recording has stopped")
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
        press_on(one, "Decide later")
        press("Enter")
        one.wait_for_heading("How are you now?")
        assert one.complaints == []


def press_on(one: Window, name: str) -> None:
    tab_to(one, name)
    one.page.keyboard.press("Enter")


def tab_to(one: Window, wanted: str, attribute: str = "text") -> None:
    """Press Tab until the focus is there."""
    ask = {
        "text": "document.activeElement.textContent.trim()",
        "name": "document.activeElement.name",
        "label": "document.activeElement.closest('label')?.textContent.trim()",
    }[attribute]
    for _ in range(60):
        if one.page.evaluate(ask) == wanted:
            return
        one.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached with Tab")


def test_keys_do_nothing_where_they_are_switched_off(station: StationProcess) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.page.get_by_label("The keys work as well").uncheck()
        one.page.keyboard.press("x")
        one.page.keyboard.press("ArrowRight")
        one.wait_until_recorded(1_500)
        one.wait_for_state("Recording")
        assert only_session(station.page)["markers"] == []


def test_deleting_leaves_a_receipt_and_no_file(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(1_500)
        session = only_session(station.page)["id"]
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        one.press("Delete it")
        assert only_session(station.page)["state"] == "stopped", "one click deletes nothing"
        one.press("Yes, delete it now")
        one.wait_for_heading("The recording is deleted")
        assert f"The recording {session} of story {story} was deleted on" in one.page.inner_text(
            "main"
        )
        assert one.complaints == []
    assert not list(workspace.story(story).sessions.glob("*/*"))
    assert [path.name for path in workspace.receipts.iterdir()] == [
        f"deleted-{story}-{session}.json"
    ]


def test_pausing_stops_the_camera_and_microphone_and_says_so(station: StationProcess) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(1_200)
        one.press_below("Pause")
        one.page.get_by_role("heading", name="Nothing is being recorded now.").wait_for()
        paused = settled_session(station.page, "paused")
        on = one.page.evaluate("seen.streams.at(-1).getTracks().map((one) => one.enabled)")
        assert on == [False, False]
        one.page.locator(".level-words", has_text="Off").wait_for()
        one.wait_on_page_clock(1_500)
        assert only_session(station.page)["length"] == paused["length"]
        one.press_below("Go on")
        one.wait_for_state("Recording")
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        (take,) = settled_session(station.page, "stopped")["takes"]
        assert take["ended"] == "stopped", "a pause does not part the recording"


def test_time_and_picture_can_be_hidden(station: StationProcess) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        time, picture = one.page.locator(".time"), one.page.locator(".self-view video")
        assert time.is_visible()
        assert picture.is_visible()
        one.page.get_by_role("button", name="Hide the time").click()
        one.page.get_by_role("button", name="Hide the picture").click()
        assert not time.is_visible()
        assert not picture.is_visible()
        one.wait_for_state("Recording")


def test_a_question_and_what_to_ask_on_are_seen_whole(station: StationProcess) -> None:
    """On a small laptop too, whose browser leaves so much of its screen."""
    with open_window(station.page) as one:
        start_recording(one)
        one.press_below("Next")
        one.press_below("Next")
        one.page.locator(".asking .care").wait_for()
        for width, height in ((1366, 650), (1280, 800)):
            one.page.set_viewport_size({"width": width, "height": height})
            last = one.page.locator(".follow-up").last.bounding_box()
            hands = one.page.locator(".hands").bounding_box()
            assert last is not None
            assert hands is not None
            assert last["y"] + last["height"] <= hands["y"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("NotAllowedError", "The browser was not allowed to use the camera or microphone."),
        ("NotReadableError", "Another program is using the camera or microphone."),
        ("NotFoundError", "No microphone was found, or no camera."),
    ],
)
def test_what_keeps_the_camera_from_opening_is_said_in_plain_words(
    station: StationProcess, error: str, told: str
) -> None:
    refuse = (
        "const really = navigator.mediaDevices.getUserMedia;"
        f"navigator.mediaDevices.getUserMedia = async (wanted) => {{ if (wanted.video)"
        f" throw new DOMException('no', '{error}'); return really(wanted); }}; null"
    )
    with open_window(station.page) as one:
        one.page.evaluate(refuse)
        one.press("Begin a new recording")
        one.page.get_by_label("A story that is prepared already").check()
        one.press("Next")
        one.page.get_by_label("Picture and voice").check()
        one.page.get_by_label("They still want to be recorded today.").check()
        one.press("Next")
        one.page.get_by_text(told).wait_for()
        assert one.page.get_by_role("button", name="Next").is_disabled()
        one.press("Voice only")
        one.page.get_by_role("button", name="Next", disabled=False).wait_for()
        assert one.page.get_by_text(told).count() == 0


def test_only_the_voice_is_recorded_where_only_that_was_agreed(station: StationProcess) -> None:
    with open_window(station.page) as one:
        go_to_camera(one, record="Only the voice")
        assert one.page.get_by_role("button", name="Record the voice only").count() == 0
        kinds = one.page.evaluate("seen.streams.at(-1).getTracks().map((one) => one.kind)")
        assert kinds == ["audio"]


def test_another_window_does_not_record_over_a_recording(station: StationProcess) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(1_500)
        other = one.page.context.new_page()
        other.goto(f"http://127.0.0.1:{station.page.port}/#{station.page.token}")
        other.get_by_role("button", name="Go on recording").click()
        other.get_by_role("button", name="Next", disabled=False).click()
        other.get_by_role("button", name="Go on recording").click()
        other.get_by_role("alert").get_by_text("recorded somewhere else").wait_for()
        one.wait_for_state("Recording")
        other.get_by_role("button", name="Take over here").click()
        other.locator("#state", has_text="Recording").wait_for()
        one.page.get_by_role("alert").get_by_text("recorded somewhere else").wait_for()
        one.wait_on_page_clock(1_500)
        assert only_session(station.page)["take"] == 2, "it is not taken back again by itself"
        one.press_below("Stop")
        one.wait_for_heading("Welcome back")
        other.locator("#state", has_text="Recording").wait_for()


def test_a_full_disk_pauses_and_is_told_of_and_what_came_before_is_kept(
    workspace: Workspace, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from capture.station.server import running_station as running
    from library.core import files

    with running(workspace) as server:
        asking = Asking(server.address.port, server.address.token)
        with open_window(asking) as one:
            start_recording(one)
            one.wait_until_recorded(3_000)
            monkeypatch.setattr(files, "free_bytes", lambda path: 1_000_000)
            one.page.get_by_role("alert").get_by_text(
                "The disk of this computer is full"
            ).wait_for()
            one.wait_for_state("Paused")
            one.press_below("Stop")
            one.press("Finish without the last part")
            one.wait_for_heading("The recording has stopped")
            monkeypatch.undo()
            keep_recording(one)
    manifest = read_manifest(workspace.story(story))
    assert manifest is not None
    assert manifest.takes[0].duration >= 2_000


def test_an_old_window_says_where_to_go(station: StationProcess) -> None:
    with open_window(station.page) as one:
        one.wait_for_heading("Recording a story")
        one.page.goto(f"http://127.0.0.1:{station.page.port}/#another-token")
        one.page.reload()
        one.wait_for_heading("This window does not belong to the station")


def closed(one: Window) -> None:
    """A station that has all but finished keeping says so, and is asked once more."""
    close = one.page.get_by_role("button", name="Close the station")
    ended = one.page.get_by_role("heading", name="The station is closed")
    not_yet = one.page.get_by_text("It is being kept")
    close.click()
    until(lambda: ended.count() or (not_yet.count() and close.click()))


def test_keeping_goes_on_while_the_cards_are_read(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(2_000)
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        keep_recording(one)
        one.wait_for_heading("How are you now?")
        one.page.get_by_label("Well enough").check()
        one.press("Next")
        one.wait_for_heading("Thank you")
        assert story in one.page.inner_text("main")
        one.press("Next: a card for the volunteer")
        one.press("Done")
        until(lambda: workspace.story(story).manifest.is_file())
        closed(one)
        assert one.complaints == []
    until(lambda: not workspace.station.exists())
