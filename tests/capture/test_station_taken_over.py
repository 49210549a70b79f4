"""The station is killed while a page records, and another account's process takes its port."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capture.recording.originals import read_manifest
from library.core.workspace import Workspace
from tests.support import stranger
from tests.support.kept_files import broken_originals
from tests.support.live_station import station_process, until
from tests.support.sample_media import agreed_story
from tests.support.station_page import keep_recording, open_window, start_recording

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# As every packet of a browser's recording begins (EBML, cluster), and what the page would say.
READABLE = (b"\x1a\x45\xdf\xa3", b"\x1f\x43\xb6\x75", b"beginning", b'"take"', b'"chunks"', b"webm")


@contextmanager
def stranger_at(port: int) -> Iterator[list[bytes]]:
    """Everything that a stranger at that port is sent, headers and bodies."""
    received: list[bytes] = []
    process = subprocess.Popen(
        [sys.executable, stranger.__file__, str(port)], stdout=subprocess.PIPE, cwd="/"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"listening\n"

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            request, headers, body = json.loads(line)
            received.append(json.dumps([request, headers]).encode() + base64.b64decode(body))

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield received
    finally:
        process.kill()
        process.wait()
        listener.join()
        process.stdout.close()


def test_a_stranger_on_the_port_gets_nothing_and_nothing_is_lost(workspace: Workspace) -> None:
    story = agreed_story(workspace)
    with (
        station_process(workspace) as station,
        open_window(station.page, may_move=True) as window,
    ):
        first = station.page
        start_recording(window)
        window.wait_until_recorded(2_000)
        station.kill()
        with stranger_at(first.port) as received:
            window.page.get_by_text("The station on this computer is not answering.").wait_for()
            window.wait_for_state("Waiting for the station")
            window.page.evaluate(
                "window.states = []; new MutationObserver(() => states.push(state.textContent))"
                ".observe(state, {childList: true, characterData: true}); null"
            )
            window.press_below("Next")
            window.page.get_by_text("seconds wait to be saved").wait_for()
            until(lambda: len(received) > 8)
            assert "Recording" not in window.page.evaluate("[...states, state.textContent]")
            sent = b"".join(received)
            for secret in (first.token.encode(), story.encode(), *READABLE):
                assert secret not in sent, secret
            # The station comes back on another port, and the window finds it.
            again = station.start()
            assert again.port != first.port
            assert again.token != first.token
            window.page.get_by_text("All saved").wait_for()
            window.page.locator("#state", has_text=re.compile("^Recording$")).wait_for()
            window.wait_until_recorded(int(window.clock()) + 1_000)
            recorded = window.clock()
            window.press_below("Stop")
            window.wait_for_heading("The recording has stopped")
            keep_recording(window)
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert broken_originals(folder) == []
    (take,) = manifest.takes
    assert take.duration >= recorded - 200, "the page waited, and nothing is missing"
    assert Path(folder.session).is_file()


@pytest.mark.parametrize("station_dies", [True, False], ids=["with the station", "alone"])
def test_after_a_crash_nobody_is_said_to_record_and_the_next_window_goes_on(
    workspace: Workspace, station_dies: bool
) -> None:
    """The browser is gone, and nobody records: its lease ended with it, without a word."""
    agreed_story(workspace)
    with station_process(workspace) as station:
        with open_window(station.page, may_die=True) as window:
            start_recording(window)
            window.wait_until_recorded(1_500)
            window.kill()
            if station_dies:
                station.kill()
        with open_window(station.start() if station_dies else station.page) as again:
            again.wait_for_heading("Welcome back")
            again.page.evaluate(
                "window.alerts = []; new MutationObserver(() =>"
                " alerts.push(document.body.innerText)).observe(document.body,"
                " {subtree: true, childList: true, characterData: true}); null"
            )
            again.press("Go on recording")
            again.page.get_by_role("button", name="Next", disabled=False).click()
            again.press("Go on recording")
            again.page.locator("#state", has_text=re.compile("^Recording$")).wait_for()
            assert not again.page.evaluate(
                "alerts.some((text) => /another (window|tab)|somewhere else/.test(text))"
            )
        (session,) = station.page.get("/api/sessions").data
        assert [take["ended"] for take in session["takes"]] == ["closed", ""]
