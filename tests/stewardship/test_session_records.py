"""Records of a capture session: told to its contributor, not forgotten, gone when erased."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from capture.sessions.finalise import delete_session, keep_session
from library.core import clock
from library.core.workspace import Workspace
from stewardship.retention import OverdueKind, overdue_items
from tests.support.command_line import CommandResult
from tests.support.live_station import MIME, agreed_session, record_take

Cli = Callable[..., CommandResult]


def test_a_recording_nobody_decided_about_is_past_its_date(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        record_take(session, seconds=3)
        session.stop()
        session.defer()
        name = session.state.id
    assert overdue_items(workspace, clock.today() + timedelta(days=13)) == []
    (item,) = overdue_items(workspace, clock.today() + timedelta(days=14))
    assert item.kind is OverdueKind.UNDECIDED
    assert item.command == f"carer-stories capture recover {name}"


def test_one_that_was_kept_is_not(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        record_take(session, seconds=3)
        session.stop()
        keep_session(session)
    kinds = [item.kind for item in overdue_items(workspace, clock.today() + timedelta(days=60))]
    assert OverdueKind.UNDECIDED not in kinds


def test_the_contributor_is_told_of_it(workspace: Workspace, run_cli: Cli, tmp_path: Path) -> None:
    with closing(agreed_session(workspace)) as session:
        story = session.state.story
        session.note_wellbeing("before", "unsure", "slept badly")
        record_take(session, seconds=3)
        session.stop()
        first = session.state.id
    result = run_cli("export", story, "--subject-access", "--zip", "--to", tmp_path)
    assert result.code == 0, result.err
    (zip_path,) = tmp_path.glob("*.zip")
    with zipfile.ZipFile(zip_path) as archive:
        names = [name.partition("/")[2] for name in archive.namelist()]
        page = next(name for name in archive.namelist() if name.endswith(".html"))
        page_text = archive.read(page).decode()
    assert any(name.endswith(f"sessions/{first}/take-1.webm") for name in names)
    assert "how you said you were" in page_text
    assert "about which nothing is decided yet" in page_text


def test_the_receipt_of_a_deletion_is_in_it(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    with closing(agreed_session(workspace)) as session:
        story = session.state.story
        session.start_take(MIME, "take-1")
        session.stop()
        delete_session(session)
    assert run_cli("export", story, "--subject-access", "--zip", "--to", tmp_path).code == 0
    (zip_path,) = tmp_path.glob("*.zip")
    with zipfile.ZipFile(zip_path) as archive:
        assert any("receipts/deleted-" in name for name in archive.namelist())
        page = next(name for name in archive.namelist() if name.endswith(".html"))
        assert "the receipt of a recording that was deleted" in archive.read(page).decode()


@pytest.mark.parametrize("kept_first", [True, False])
def test_erasing_the_story_takes_every_session_with_it(
    workspace: Workspace, run_cli: Cli, kept_first: bool
) -> None:
    with closing(agreed_session(workspace)) as session:
        story = session.state.story
        session.note_wellbeing("after", "unwell", "a word nobody else may read")
        record_take(session, seconds=3)
        session.add_marker("m-1", 1, 10, "note", text="a word nobody else may read")
        session.stop()
        if kept_first:
            keep_session(session)
    result = run_cli("withdraw", story, "--erase", "--yes")
    assert result.code == 0, result.err
    left = [path for path in workspace.root.rglob("*") if path.is_file()]
    assert not any(b"nobody else may read" in path.read_bytes() for path in left)
    assert not any("take-1" in path.name for path in left)
    assert run_cli("capture", "recover").out.startswith("There is nothing to recover")


def test_a_take_that_grows_is_erased_by_nothing_until_it_has_stopped(
    workspace: Workspace, run_cli: Cli
) -> None:
    with closing(agreed_session(workspace)) as session:
        story = session.state.story
        session.start_take(MIME, "take-1")
        session.add_chunk(1, 0, b"words that are being told", 1000)
        refused = run_cli("withdraw", story, "--erase", "--yes")
        assert refused.code != 0
        assert "It is being recorded at this moment" in refused.out + refused.err
        assert session.folder.take(1, ".webm").is_file()
        session.stop()
    assert run_cli("withdraw", story, "--erase", "--yes").code == 0
    assert not session.folder.root.exists()
