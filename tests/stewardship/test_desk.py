"""`carer-stories desk`, as a process: how it opens, what outlives a kill, and how it ends."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from library.backup.selection import select_files
from library.core import struct_file
from library.core.workspace import StoryFolder, Workspace
from library.local_page.address import PageAddress
from stewardship.desk.desk_page import running_desk
from stewardship.desk.document import DeskDocument
from stewardship.desk.text_changes import TextChange
from stewardship.export.collect import files_of
from tests.soak.desk_kills import TypingPage, killed_while_typing
from tests.support.command_line import CommandResult
from tests.support.live_station import station_process
from tests.support.transcribed_story import heard_interview, transcribed_story

Cli = Callable[..., CommandResult]


@pytest.fixture
def folder(workspace: Workspace) -> StoryFolder:
    return transcribed_story(workspace, heard_interview())[0]


@pytest.mark.slow
def test_it_outlives_kills_and_ends_by_ctrl_c(
    workspace: Workspace, folder: StoryFolder, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = folder.root.name
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) is None)
    with station_process(workspace, command=("desk", story)) as process:
        page = TypingPage(process.page, folder)
        page.open()
        again = run_cli("desk", "--no-browser")
        assert again.code == 6
        assert "The desk of this library is open already" in again.err
        assert run_cli("desk", story).code == 0
        token = struct_file.load(workspace.desk, PageAddress, next_step="").token
        assert f"#{token}/{story}" in workspace.desk_launcher.read_text(encoding="utf-8")
        assert opened == [workspace.desk_launcher.as_uri()]
        for seed in (1, 2):
            killed_while_typing(process, page, random.Random(seed))
        assert folder.desk_journal.exists()
        code, output = process.end()
    assert code == 0, output
    assert "The desk is closed." in output
    assert f"Next: Correct the words: carer-stories edit {story}" in output
    assert folder.editors_copy.read_text(encoding="utf-8") == page.text
    assert not folder.desk_journal.exists()
    assert workspace.desk.exists(), "a page that is still open must be able to come back"


def test_the_journal_of_a_killed_desk_is_told_kept_nowhere_else_and_goes_with_its_story(
    workspace: Workspace, folder: StoryFolder, run_cli: Cli
) -> None:
    story = folder.root.name
    assert run_cli("edit", story, "--as-is").code == 0
    before = folder.editors_copy.read_text(encoding="utf-8")
    document = DeskDocument(folder)
    document.add_changes(0, [TextChange(((0, 0, "Typed. "),))], "a-key-of-it")
    assert "typed last" not in run_cli("verify").out
    folder.editors_copy.write_text(before, encoding="utf-8")
    told = run_cli("verify")
    assert (told.code, f"carer-stories desk {story}" in told.out) == (0, True), told
    assert not [path for path in select_files(workspace).files if path.endswith("desk.journal")]
    assert folder.editors_copy in files_of(folder, without_others=False)
    assert folder.desk_journal not in files_of(folder, without_others=False)
    folder.desk_journal.write_bytes(b"no line of ours\n")
    damaged = run_cli("verify")
    assert (damaged.code, "is not as the desk wrote it" in damaged.out) == (5, True), damaged
    run_cli("withdraw", story, "--yes")
    assert not folder.desk_journal.exists()
    assert folder.editors_copy.exists()


def test_an_edit_applied_at_the_desk_takes_down_what_it_changes(
    workspace: Workspace, published: str
) -> None:
    """As the command `edit` does at its end: a desk stays open for hours."""
    with running_desk(workspace) as desk:
        workspace.story(published).captions.write_text("WEBVTT\n\nAnother text.\n")
        desk.look_after()
        assert workspace.page_of(published).exists()
        desk.desk.applied.set()
        desk.look_after()
        assert not workspace.page_of(published).exists()


def test_a_story_that_edit_refuses_opens_no_desk(workspace: Workspace, run_cli: Cli) -> None:
    folder = transcribed_story(workspace, heard_interview())[0]
    folder.transcript.unlink()
    story = folder.root.name
    for name in (story, "cs-nobody", "no id"):
        as_edited = run_cli("edit", name, "--as-is")
        refused = run_cli("desk", name, "--no-browser")
        assert (refused.code, refused.err) == (as_edited.code, as_edited.err)
        assert refused.code
    assert not workspace.desk.exists()
