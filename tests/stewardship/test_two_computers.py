"""A library on which two computers work, kept alike by a program that copies folders.

Of two files that were both changed such a program takes one, and leaves the other beside it under
another name. What was taken back on either computer stays taken back.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.consent.register import add_person
from library.consent.withdrawals import record_withdrawal
from library.core.audience import Audience
from library.core.workspace import STORY_ID, Workspace
from library.records.other_logs import other_logs
from library.records.restore_holds import RestoreHold, read_restore_holds, write_restore_hold
from library.records.withdrawal_notes import read_erasures, read_withdrawal_notes
from publish.edition import build_edition
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released
from tests.support.small_library import recorded_story, small_library

Cli = Callable[..., CommandResult]
ENDINGS = (
    " (conflicted copy 2026-11-29)",  # Nextcloud, and Dropbox with a name before it
    " (Ruth's conflicted copy 2026-11-29)",
    ".sync-conflict-20261129-142030-ABCDEFG",  # Syncthing
    "-LAPTOP7",  # OneDrive
    "-laptop7",
    " (1)",  # Google Drive
    " (SFConflict ruth@example.org 2026-11-29-14-20-30)",  # Seafile
    " - Copy",
    " 2",  # iCloud
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_library(tmp_path / "library")


def _shown(workspace: Workspace) -> set[str]:
    return {story.page.id for story in build_edition(workspace, Audience.TRUST).stories}


def test_what_only_the_other_computer_decided_holds_the_story_until_it_is_let_go(
    workspace: Workspace, run_cli: Cli
) -> None:
    objected, taken_back, untouched = (released(workspace, title) for title in "ABC")
    theirs = Workspace(workspace.root.with_name("theirs"))
    shutil.copytree(workspace.root, theirs.root)
    add_person(theirs, objected, relation="son", about="A.", decided="objected", role="editor")
    record_withdrawal(theirs, taken_back, "contributor", "trust")
    released(workspace, "D")  # meanwhile, here
    copy = workspace.interviews / "audit (conflicted copy 2026-11-29 142030).jsonl"
    shutil.copyfile(theirs.audit_log, copy)  # and not their records, nor the note beside them

    shown = _shown(workspace)
    assert untouched in shown
    assert not shown & {objected, taken_back}
    said = run_cli("held", "list")
    assert f"{objected}" in said.out
    assert "objection" in said.out
    said = run_cli("verify")
    assert said.code == 5
    assert copy.name in said.out
    assert f"about {objected}" in said.out
    shutil.rmtree(workspace.edition)  # no site here: MkDocs would make it again
    said = run_cli("held", "release", "--nothing-taken-back", "--yes")
    assert said.code == 0, said.out + said.err
    # What it says was taken back is, whatever the editor knows.
    shown = _shown(workspace)
    assert objected in shown
    assert taken_back not in shown
    # The next that the other computer decides is another thing.
    add_person(theirs, objected, relation="nurse", about="B.", decided="objected", role="editor")
    shutil.copyfile(theirs.audit_log, copy)
    assert objected not in _shown(workspace)
    # Of what is taken back altogether nothing is open any more.
    record_withdrawal(workspace, objected, "contributor")
    assert f"about {objected}" not in run_cli("verify").out


def test_a_copy_of_the_log_that_knows_no_more_holds_nothing(workspace: Workspace) -> None:
    story_id = released(workspace)
    for ending in ENDINGS:
        shutil.copyfile(workspace.audit_log, workspace.interviews / f"audit{ending}.jsonl")
    shutil.copyfile(workspace.audit_log, workspace.interviews / "audit.jsonl.bak")
    assert len(other_logs(workspace)) == len(ENDINGS) + 1
    foreign = small_library(workspace.root.with_name("foreign"))
    released(foreign)
    shutil.copyfile(foreign.audit_log, workspace.interviews / "audit of another.jsonl")
    (workspace.interviews / "audit torn.jsonl").write_bytes(b'{"sequence":1,\xff\n\n')
    assert not read_restore_holds(workspace)
    assert _shown(workspace) == {story_id}


def test_no_copy_of_the_records_brings_back_what_was_erased(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    title, name = "The night nobody rang", b"Ruth Example"
    story_id = recorded_story(workspace, title)
    copies = {
        path.with_name(f"{path.stem}{ending}.json"): path.read_bytes()
        for path in (workspace.database, workspace.contributors)
        for ending in ENDINGS
    }
    for path, data in copies.items():
        path.write_bytes(data)
    folder = workspace.story(story_id).root
    for place in (folder.with_name(f"Copy of {story_id}"), folder.with_name(f"{story_id} (1)")):
        shutil.copytree(folder, place)
    disk = tmp_path / "disk"
    assert run_cli("backup", disk).code == 0
    for path in copies:
        path.unlink()
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    back = tmp_path / "back"
    assert run_cli("restore", "--from", disk, "--into", back).code == 0
    assert run_cli("backup", disk, "--forget", story_id, "--yes").code == 0
    for folder in (back, disk):
        for path in folder.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            assert title.encode() not in data, path
            assert name not in data, path


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_note_or_hold_counts_under_whatever_name_such_a_program_gives_it(
    workspace: Workspace, ending: str
) -> None:
    withdrawn, partly, held = (filmed(workspace, title) for title in "ABC")
    record_withdrawal(workspace, withdrawn, "contributor")
    record_withdrawal(workspace, partly, "contributor", "partners")
    write_restore_hold(workspace, RestoreHold(story=held))
    expected = read_withdrawal_notes(workspace), read_restore_holds(workspace)
    for path in list(workspace.withdrawn.iterdir()):
        path.rename(path.with_name(f"{path.stem}{ending}.json"))
    (workspace.withdrawn / f"~${withdrawn}.erase.json").touch()
    (workspace.withdrawn / f"{withdrawn}{ending}.erase.json").touch()
    assert (read_withdrawal_notes(workspace), read_restore_holds(workspace)) == expected
    assert all(STORY_ID.match(erasure.story) for erasure in read_erasures(workspace))
