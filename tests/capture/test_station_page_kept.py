"""Whatever breaks while the page records: what is lost, and what the volunteer is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from capture.recording.originals import read_manifest
from capture.recording.session_markers import Marker, read_session
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.kept_files import broken_originals
from tests.support.live_station import StationProcess, station_process, until
from tests.support.station_page import (
    CHIRP,
    RATE,
    Window,
    go_to_camera,
    keep_recording,
    only_session,
    open_window,
    record_from_camera,
    settled_session,
    start_recording,
)

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AT_MOST = 1_000
"""Milliseconds that may be lost."""


@pytest.fixture
def story(workspace: Workspace) -> str:
    return sample_media.agreed_story(workspace)


@pytest.fixture
def station(workspace: Workspace, story: str) -> Any:
    with station_process(workspace) as process:
        yield process


def originals(workspace: Workspace, story: str) -> list[int]:
    """The length of each take that was kept, in milliseconds; each is whole, and plays."""
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert broken_originals(folder) == []
    assert not any(take.damage for take in manifest.takes)
    return [take.duration for take in manifest.takes]


def keep_it_from_the_start(window: Window) -> None:
    window.wait_for_heading("Welcome back")
    keep_recording(window)


def test_the_browser_is_killed(workspace: Workspace, story: str, station: StationProcess) -> None:
    with open_window(station.page, may_die=True) as window:
        start_recording(window)
        window.wait_until_recorded(6_300)
        recorded = window.clock()
        window.kill()
    with open_window(station.page) as second_window:
        second_window.page.get_by_text("It broke off while it was being recorded.").wait_for()
        keep_it_from_the_start(second_window)
        second_window.wait_for_heading("Recording a story")
        assert second_window.page.locator(".unfinished").count() == 0, (
            "nothing is left to be decided"
        )
        assert second_window.complaints == []
    (length,) = originals(workspace, story)
    assert length >= recorded - AT_MOST


def test_where_there_is_no_webm_an_mp4_outlasts_a_kill_as_well(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page, may_die=True) as window:
        window.page.evaluate(
            "const knows = MediaRecorder.isTypeSupported.bind(MediaRecorder);"
            "MediaRecorder.isTypeSupported = (type) => !type.includes('webm') && knows(type); null"
        )
        start_recording(window)
        window.wait_until_recorded(5_200)
        recorded = window.clock()
        window.kill()
    assert only_session(station.page)["takes"][0]["mime"].startswith("video/mp4")
    with open_window(station.page) as second_window:
        keep_it_from_the_start(second_window)
    (length,) = originals(workspace, story)
    assert length >= recorded - 2 * AT_MOST, "its parts are a second long"


def test_the_page_is_reloaded_and_goes_on(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.press_below("Next")
        window.wait_until_recorded(4_200)
        requests: list[str] = []

        def leave(dialog: Dialog) -> None:
            requests.append(dialog.type)
            dialog.accept()

        window.page.on("dialog", leave)
        recorded = window.clock()
        window.page.reload()
        assert requests == ["beforeunload"], "leaving is warned of"
        window.wait_for_heading("Welcome back")
        window.press("Go on recording")
        window.wait_for_heading("Camera and sound")
        window.page.get_by_role("button", name="Next", disabled=False).click()
        window.press("Go on recording")
        window.wait_for_state("Recording")
        heading = window.page.locator("h1.question")
        assert heading.inner_text() == "Can you tell me who you care for?", "where they were"
        window.wait_until_recorded(2_500)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        keep_recording(window)
        assert window.complaints == []
    first, second = originals(workspace, story)
    assert first >= recorded - AT_MOST
    assert second >= 2_500 - AT_MOST


def test_whoever_chose_the_voice_only_is_not_filmed_after_a_reload(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        go_to_camera(window)
        window.press("Hide the picture")
        window.press("Record the voice only")
        window.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        window.press("Back")  # the agreement is read once more
        window.page.get_by_label("They still want to be recorded today.").check()
        window.press("Next")
        window.wait_for_heading("Camera and sound")
        window.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        until(
            lambda: only_session(station.page)["seen"] == {"voice_only": True, "self_view": False}
        )
        station.kill()
    station.start()
    with open_window(station.page) as window:  # which knows of it by the disk alone
        window.press("Go on with it")
        window.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        window.page.get_by_role("button", name="Next", disabled=False).wait_for()
        window.press("Record the voice only")
        window.page.get_by_text("You do not see the picture, and it is recorded.").wait_for()
        window.press("Record the voice only")
        window.page.get_by_role("button", name="Next", disabled=False).wait_for()
        record_from_camera(window)
        window.wait_until_recorded(1_200)
        assert window.complaints == []
    station.kill()
    station.start()
    with open_window(station.page) as window:
        window.press("Go on recording")
        window.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        window.page.get_by_role("button", name="Next", disabled=False).wait_for()
        filmed = "seen.streams.filter((one) => one.getVideoTracks().length).length"
        assert window.page.evaluate(filmed) == 0
        assert window.complaints == []


def test_a_choice_of_the_voice_only_is_told_once_the_station_answers(
    story: str, station: StationProcess
) -> None:
    with open_window(station.page, may_move=True) as window:
        go_to_camera(window)
        station.kill()
        window.press("Record the voice only")
        window.page.get_by_text("Voice only. No picture is recorded.").wait_for()
        client = station.start()
        until(lambda: (only_session(client)["seen"] or {}).get("voice_only"))


def test_the_server_is_killed_and_started_again(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(3_000)
        station.kill()
        window.page.get_by_text("The station on this computer is not answering.").wait_for()
        window.page.get_by_text("seconds wait to be saved").wait_for()
        window.press_below("Next")
        window.wait_until_recorded(7_000)
        window.wait_for_state("Waiting: kept here")
        station.start()
        window.page.get_by_text("All saved").wait_for()
        window.page.get_by_text("The station on this computer is not answering.").wait_for(
            state="detached"
        )
        window.wait_until_recorded(9_000)
        recorded = window.clock()
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        keep_recording(window)
    (length,) = originals(workspace, story)
    assert length >= recorded - 200, "the page waited, and nothing is missing"
    markers = read_session(workspace.story(story).session).markers
    assert [marker.kind for marker in markers] == ["question"], "also what was pressed meanwhile"


def test_a_station_that_is_slow_to_begin_a_take_loses_nothing_of_it(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    """The page begins without its answer; what waits behind it belongs to that take as well."""
    with open_window(station.page) as window:
        go_to_camera(window)
        window.press("Next")
        window.wait_for_heading("Before we start")
        window.page.get_by_label("Well enough").check()
        held: list[Route] = []
        window.page.route("**/takes", lambda route: held.append(route))
        window.press("Start recording")
        window.page.get_by_text("to be saved").wait_for()
        window.wait_until_recorded(3_000)
        window.press_below("Next")
        for route in held:
            route.continue_()
        window.page.unroute("**/takes")
        window.page.get_by_text("All saved").wait_for()
        window.wait_for_state("Recording")
        window.wait_until_recorded(4_000)
        recorded = window.clock()
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        keep_recording(window)
        assert window.complaints == []
    (length,) = originals(workspace, story)
    assert length >= recorded - 200
    markers = read_session(workspace.story(story).session).markers
    assert [marker.kind for marker in markers] == ["question"]


def test_a_lost_microphone_is_told_of_and_the_next_take_begins(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(3_000)
        window.page.evaluate(
            "() => { const track = seen.streams.at(-1).getAudioTracks()[0];"
            " track.stop(); track.dispatchEvent(new Event('ended')); }"
        )
        window.page.get_by_role("alert").get_by_text("The microphone had gone").wait_for()
        window.wait_for_state("Recording")
        window.press("I have looked")
        assert window.page.get_by_role("alert").get_by_text("The microphone had gone").count() == 0
        window.wait_until_recorded(2_000)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        session = settled_session(station.page, "stopped")
        assert [take["ended"] for take in session["takes"]] == ["device-lost", "stopped"]
        keep_recording(window)
        assert window.complaints == []
    first, second = originals(workspace, story)
    assert first >= 3_000 - 200
    assert second >= 2_000 - 200
    kinds = [marker.kind for marker in read_session(workspace.story(story).session).markers]
    assert kinds == ["device-lost", "take"]


def test_a_lost_camera_leaves_the_voice(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(2_000)
        window.page.evaluate(
            "() => { const track = seen.streams.at(-1).getVideoTracks()[0];"
            " track.stop(); track.dispatchEvent(new Event('ended')); }"
        )
        window.page.get_by_role("alert").get_by_text("The camera has gone").wait_for()
        window.wait_for_state("Recording")
        window.wait_until_recorded(2_000)
        window.press("Use the camera again")
        window.page.get_by_text("The camera has gone").wait_for(state="detached")
        until(lambda: window.page.evaluate("seen.started.length") == 3)
        window.wait_until_recorded(2_000)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        takes = settled_session(station.page, "stopped")["takes"]
        assert [take["mime"].split("/")[0] for take in takes] == ["video", "audio", "video"]
        keep_recording(window)
        assert window.complaints == []
    assert len(originals(workspace, story)) == 3


def test_pausing_takes_no_time_and_marks_stay_where_they_were_made(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    """The pitch that is heard at a mark tells when it was made."""
    with open_window(station.page) as window:
        start_recording(window)
        window.page.evaluate(
            "document.querySelectorAll('.ways button')[4].addEventListener('click',"
            " () => seen.presses.push(performance.now()), {capture: true})"
        )
        for _ in range(3):
            window.wait_until_recorded(1_500)
            window.press_below("Next")
            window.press_below("Pause")
            window.page.get_by_role("heading", name="Nothing is being recorded now.").wait_for()
            window.wait_on_page_clock(1_700)
            window.page.evaluate("seen.started.push(performance.now())")
            window.press_below("Go on")
            window.wait_for_state("Recording")
        window.wait_until_recorded(1_000)
        window.press_below("Next")
        window.wait_until_recorded(1_500)
        presses = window.page.evaluate("seen.presses")
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        recorded_length = only_session(station.page)["length"]
        keep_recording(window)
        assert window.complaints == []
    (length,) = originals(workspace, story)
    assert abs(length - recorded_length) <= 300
    markers = read_session(workspace.story(story).session).markers
    assert [mark.kind for mark in markers].count("pause") == 3
    question_marks = [mark for mark in markers if mark.kind == "question"]
    assert [mark.question for mark in question_marks][:2] == ["beginning", "first-contact"]
    heard_at = pitches(workspace, story, question_marks)
    pressed_after = [press - presses[0] for press in presses]
    differences = [
        (at - heard_at[0]) * 1000 - since_first
        for at, since_first in zip(heard_at, pressed_after, strict=True)
    ]
    assert max(map(abs, differences)) <= 300, differences


def pitches(workspace: Workspace, story: str, markers: list[Marker]) -> list[float]:
    """Second of the rising tone that is heard just before each mark."""
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    sound = decoded(folder.original / manifest.takes[0].file)
    return [second_of(sound, mark.at) for mark in markers]


def decoded(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    to = sample_media._samples_folder() / f"{path.stem}.wav"
    sample_media.ffmpeg("-i", path, "-vn", "-ac", "1", "-ar", str(RATE), "-f", "f32le", to)
    return np.frombuffer(to.read_bytes(), np.float32)


def second_of(sound: np.ndarray[Any, np.dtype[np.float32]], at: int) -> float:
    end = at * RATE // 1000
    excerpt = sound[max(0, end - RATE // 5) : end]
    spectrum = np.abs(np.fft.rfft(excerpt * np.hanning(len(excerpt)), RATE))
    low, sweep = CHIRP
    return (float(np.argmax(spectrum)) - low) / sweep
