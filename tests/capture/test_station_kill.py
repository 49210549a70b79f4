"""`kill -9` of the station while it records: at most the last second is gone, and it plays.

A short form of `make soak`.
"""

from __future__ import annotations

import random

import pytest

from library.core.workspace import Workspace
from tests.soak.station_kills import SECONDS, killed_round
from tests.support.command_line import CommandResult
from tests.support.live_station import browser_chunks, station_process, until
from tests.support.sample_media import agreed_story

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_the_page_gone_as_well_the_last_second_at_most_is_lost(
    workspace: Workspace, seed: int
) -> None:
    outcome = killed_round(workspace, random.Random(seed), goes_on=False)
    assert outcome.playable >= outcome.answered - 40, "nothing that was answered for is lost"
    assert outcome.lost <= 1040


@pytest.mark.parametrize("seed", [4, 5])
def test_a_page_that_is_still_open_loses_nothing(workspace: Workspace, seed: int) -> None:
    outcome = killed_round(workspace, random.Random(seed), goes_on=True)
    assert outcome.playable >= SECONDS * 1000 - 40


def test_a_recording_that_was_being_kept_is_kept_at_the_next_start(workspace: Workspace) -> None:
    story = agreed_story(workspace)
    with station_process(workspace) as process:
        page = process.page
        session = page.agreed_session(story)
        page.begin(session)
        for number, part in enumerate(browser_chunks(SECONDS)):
            page.chunk(session, 1, number, part)
        page.post(f"/api/sessions/{session}/stop")
        page.post(f"/api/sessions/{session}/keep")
        process.kill()
        page = process.start()
        until(lambda: page.get(f"/api/sessions/{session}").data["state"] == "kept")
    assert workspace.story(story).manifest.is_file()


def test_after_a_kill_recover_tells_of_it_without_the_page(
    workspace: Workspace, spawn_cli: object
) -> None:
    story = agreed_story(workspace)
    with station_process(workspace) as process:
        session = process.page.agreed_session(story)
        process.page.begin(session)
        for number, part in enumerate(browser_chunks(3)):
            process.page.chunk(session, 1, number, part)
        first_result: CommandResult = spawn_cli("capture", "recover", session, "--keep")  # type: ignore[operator]
        assert (first_result.code, "open in another program" in first_result.err) == (6, True)
        process.kill()
    result: CommandResult = spawn_cli("capture", "recover", session, "--keep")  # type: ignore[operator]
    assert result.code == 0, result.err
    assert workspace.story(story).manifest.is_file()
