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
    keep_recording,
    only_session,
    open_window,
    settled_session,
    start_recording,
)

if TYPE_CHECKING:
    from playwright.sync_api import Dialog

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


def keep_it_from_the_start(one: Window) -> None:
    one.wait_for_heading("Welcome back")
    keep_recording(one)


def test_the_browser_is_killed(workspace: Workspace, story: str, station: StationProcess) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(6_300)
        recorded = one.clock()
        one.kill()
    with open_window(station.page) as again:
        again.page.get_by_text("It broke off while it was being recorded.").wait_for()
        keep_it_from_the_start(again)
        again.wait_for_heading("Recording a story")
        assert again.page.locator(".unfinished").count() == 0, "nothing is left to be decided"
        assert again.complaints == []
    (length,) = originals(workspace, story)
    assert length >= recorded - AT_MOST


def test_where_there_is_no_webm_an_mp4_outlasts_a_kill_as_well(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        one.page.evaluate(
            "const knows = MediaRecorder.isTypeSupported.bind(MediaRecorder);"
            "MediaRecorder.isTypeSupported = (type) => !type.includes('webm') && knows(type); null"
        )
        start_recording(one)
        one.wait_until_recorded(5_200)
        recorded = one.clock()
        one.kill()
    assert only_session(station.page)["takes"][0]["mime"].startswith("video/mp4")
    with open_window(station.page) as again:
        keep_it_from_the_start(again)
    (length,) = originals(workspace, story)
    assert length >= recorded - 2 * AT_MOST, "its parts are a second long"


def test_the_page_is_reloaded_and_goes_on(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.press_below("Next")
        one.wait_until_recorded(4_200)
        asked: list[str] = []

        def leave(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        one.page.on("dialog", leave)
        recorded = one.clock()
        one.page.reload()
        assert asked == ["beforeunload"], "leaving is warned of"
        one.wait_for_heading("Welcome back")
        one.press("Go on recording")
        one.wait_for_heading("Camera and sound")
        one.page.get_by_role("button", name="Next", disabled=False).click()
        one.press("Go on recording")
        one.wait_for_state("Recording")
        shown = one.page.locator("h1.question")
        assert shown.inner_text() == "Can you tell me who you care for?", "where they were"
        one.wait_until_recorded(2_500)
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        keep_recording(one)
        assert one.complaints == []
    first, second = originals(workspace, story)
    assert first >= recorded - AT_MOST
    assert second >= 2_500 - AT_MOST


def test_the_server_is_killed_and_started_again(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(3_000)
        station.kill()
        one.page.get_by_text("The station on this computer is not answering.").wait_for()
        one.page.get_by_text("seconds wait to be saved").wait_for()
        one.press_below("Next")
        one.wait_until_recorded(7_000)
        one.wait_for_state("Recording")
        station.start()
        one.page.get_by_text("All saved").wait_for()
        one.page.get_by_text("The station on this computer is not answering.").wait_for(
            state="detached"
        )
        one.wait_until_recorded(9_000)
        recorded = one.clock()
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        keep_recording(one)
    (length,) = originals(workspace, story)
    assert length >= recorded - 200, "the page waited, and nothing is missing"
    markers = read_session(workspace.story(story).session).markers
    assert [one.kind for one in markers] == ["question"], "also what was pressed meanwhile"


def test_a_lost_microphone_is_told_of_and_the_next_take_begins(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(3_000)
        one.page.evaluate(
            "() => { const track = seen.streams.at(-1).getAudioTracks()[0];"
            " track.stop(); track.dispatchEvent(new Event('ended')); }"
        )
        one.page.get_by_role("alert").get_by_text("The microphone had gone").wait_for()
        one.wait_for_state("Recording")
        one.press("I have looked")
        assert one.page.get_by_role("alert").get_by_text("The microphone had gone").count() == 0
        one.wait_until_recorded(2_000)
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        session = settled_session(station.page, "stopped")
        assert [take["ended"] for take in session["takes"]] == ["device-lost", "stopped"]
        keep_recording(one)
        assert one.complaints == []
    first, second = originals(workspace, story)
    assert first >= 3_000 - 200
    assert second >= 2_000 - 200
    kinds = [one.kind for one in read_session(workspace.story(story).session).markers]
    assert kinds == ["device-lost", "take"]


def test_a_lost_camera_leaves_the_voice(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    with open_window(station.page) as one:
        start_recording(one)
        one.wait_until_recorded(2_000)
        one.page.evaluate(
            "() => { const track = seen.streams.at(-1).getVideoTracks()[0];"
            " track.stop(); track.dispatchEvent(new Event('ended')); }"
        )
        one.page.get_by_role("alert").get_by_text("The camera has gone").wait_for()
        one.wait_for_state("Recording")
        one.wait_until_recorded(2_000)
        one.press("Use the camera again")
        one.page.get_by_text("The camera has gone").wait_for(state="detached")
        until(lambda: one.page.evaluate("seen.started.length") == 3)
        one.wait_until_recorded(2_000)
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        takes = settled_session(station.page, "stopped")["takes"]
        assert [take["mime"].split("/")[0] for take in takes] == ["video", "audio", "video"]
        keep_recording(one)
        assert one.complaints == []
    assert len(originals(workspace, story)) == 3


def test_pausing_takes_no_time_and_marks_stay_where_they_were_made(
    workspace: Workspace, story: str, station: StationProcess
) -> None:
    """The pitch that is heard at a mark tells when it was made."""
    with open_window(station.page) as one:
        start_recording(one)
        one.page.evaluate(
            "document.querySelectorAll('.ways button')[4].addEventListener('click',"
            " () => seen.presses.push(performance.now()), {capture: true})"
        )
        for _ in range(3):
            one.wait_until_recorded(1_500)
            one.press_below("Next")
            one.press_below("Pause")
            one.page.get_by_role("heading", name="Nothing is being recorded now.").wait_for()
            one.wait_on_page_clock(1_700)
            one.page.evaluate("seen.started.push(performance.now())")
            one.press_below("Go on")
            one.wait_for_state("Recording")
        one.wait_until_recorded(1_000)
        one.press_below("Next")
        one.wait_until_recorded(1_500)
        presses = one.page.evaluate("seen.presses")
        one.press_below("Stop")
        one.wait_for_heading("The recording has stopped")
        told = only_session(station.page)["length"]
        keep_recording(one)
        assert one.complaints == []
    (length,) = originals(workspace, story)
    assert abs(length - told) <= 300
    markers = read_session(workspace.story(story).session).markers
    assert [mark.kind for mark in markers].count("pause") == 3
    asked = [mark for mark in markers if mark.kind == "question"]
    assert [mark.question for mark in asked][:2] == ["beginning", "first-contact"]
    heard = pitches(workspace, story, asked)
    since = [press - presses[0] for press in presses]
    apart = [(at - heard[0]) * 1000 - told for at, told in zip(heard, since, strict=True)]
    assert max(map(abs, apart)) <= 300, apart


def pitches(workspace: Workspace, story: str, markers: list[Marker]) -> list[float]:
    """Second of the rising tone that is heard just before each mark."""
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    sound = decoded(folder.original / manifest.takes[0].file)
    return [second_of(sound, mark.at) for mark in markers]


def decoded(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    to = sample_media._shelf() / f"{path.stem}.wav"
    sample_media.ffmpeg("-i", path, "-vn", "-ac", "1", "-ar", str(RATE), "-f", "f32le", to)
    return np.frombuffer(to.read_bytes(), np.float32)


def second_of(sound: np.ndarray[Any, np.dtype[np.float32]], at: int) -> float:
    end = at * RATE // 1000
    piece = sound[max(0, end - RATE // 5) : end]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), RATE))
    low, rise = CHIRP
    return (float(np.argmax(spectrum)) - low) / rise
