"""Erasing a story: every file and word of it gone, what was decided kept, however it is stopped."""

from __future__ import annotations

import io
import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from library.consent.contributors import contributor_of, record_contributor
from library.consent.copies import copies_of, record_copy
from library.consent.erasure import unfinished_erasures
from library.consent.register import add_person
from library.consent.stories import read_history
from library.core import files
from library.core.clock import now, today
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.people import Person
from library.records.story import Story
from library.records.withdrawal_notes import read_erasure
from publish.reconciliation.messages import Cause, CauseKind, MessageWriter
from stewardship.withdrawal.workflow import withdraw
from tests.faults import FaultySystem, disk, killed_at, refuse_with
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released

Cli = Callable[..., CommandResult]
TITLE = "The night nobody rang"
NAME, CONTACT = "Wilhelmina Harthorpe", "01632 960 001"
TOLD = "He was taken away at four in the morning"
KEEP_ID = {"withdrawn", "receipts", "library.json", "audit.jsonl"}


def write_everything(workspace: Workspace, story_id: str) -> None:
    """Everything an editor may have written about a story, and files of every kind."""
    record_contributor(workspace, story_id, name=NAME, contact=CONTACT, role="editor")
    add_person(workspace, story_id, relation="son", about=TOLD, role="editor")
    folder = workspace.story(story_id)
    for subfolder in (folder.original, folder.signed_forms, folder.printed, folder.chunks):
        subfolder.mkdir(exist_ok=True)
        (subfolder / "kept.bin").write_bytes(f"{TITLE} in {subfolder.name}".encode())
        (subfolder / "kept.bin").chmod(0o400)
    folder.original.chmod(0o500)
    folder.transcript.write_text(TITLE)
    (folder.root / ".film.lock").touch()
    workspace.exports.mkdir()
    (workspace.exports / f"{story_id}-2026-11-23").mkdir()
    (workspace.exports / f"{story_id}-2026-11-23" / "all.html").write_text(TITLE)
    copy = record_copy(
        workspace,
        [story_id],
        medium="stick",
        audience="training",
        to=f"The reader of “{TITLE}”, Ward 3",
        on=today(),
        role="editor",
        location=f"/srv/{TITLE.replace(' ', '_')}/stick.zip",
        titles={story_id: TITLE},
    )
    cause = Cause(CauseKind.OTHER, today())
    message = MessageWriter(workspace).write(story_id, cause, copy, has_others=False)
    assert TITLE in message.read_text("utf-8")


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    filmed_id = filmed(workspace, TITLE)
    write_everything(workspace, filmed_id)
    return filmed_id


def words_left(workspace: Workspace, *words: str) -> list[str]:
    """Files below `interviews/` and `public/` that hold one of the words."""
    return [
        path.relative_to(workspace.root).as_posix()
        for folder in (workspace.interviews, workspace.public)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(word.encode() in path.read_bytes() for word in words)
    ]


def is_erased(workspace: Workspace, story_id: str) -> bool:
    named = list(workspace.interviews.rglob(f"*{story_id}*"))
    return (
        not words_left(workspace, TITLE, NAME, CONTACT, TOLD)
        and {path.relative_to(workspace.interviews).parts[0] for path in named} <= KEEP_ID
    )


def test_nothing_of_it_is_left_but_what_was_decided(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 0, result.out + result.err
    assert is_erased(workspace, story_id), words_left(workspace, TITLE, NAME, CONTACT, TOLD)
    assert "Erased:" in result.out
    (copy,) = copies_of(workspace, story_id)
    assert (copy.to, copy.place) == ("The reader of “…”, Ward 3", "/srv/…/stick.zip")
    assert "solid-state disk" in result.out
    history = read_history(workspace, story_id)
    assert history.story.title == "Withdrawn story"
    assert history.agreements
    assert history.whole_withdrawal
    assert Ledger(workspace).entries_of("erase")
    erasure = read_erasure(workspace, story_id)
    assert erasure
    assert erasure.done
    (record,) = workspace.receipts.glob("withdrawal-*.json")
    assert json.loads(record.read_bytes())["erased"]["whole"] is True


def test_every_command_lives_on(workspace: Workspace, run_cli: Cli, story_id: str) -> None:
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    for arguments in (
        ("status",),
        ("status", story_id),
        ("status", "--json"),
        ("story", "list"),
        ("story", "show", story_id),
        ("story", "show", story_id, "--json"),
        ("consent", "due", "--within", "60d"),
        ("people", "list", story_id),
        ("copies", "list", story_id),
        ("contributor", "show", story_id),
        ("restore",),
        ("verify",),
        ("transcribe", "--all-waiting"),
        ("withdraw", story_id, "--yes"),
        ("withdraw", story_id, "--erase", "--yes"),
    ):
        result = run_cli(*arguments)
        assert result.code == 0, (arguments, result)
    for arguments in (
        ("captions", "lint", story_id),
        ("captions", "export", story_id, "--format", "srt"),
        ("story", "edit", story_id, "--title", "Told anew"),
        ("film", story_id),
        ("edit", story_id),
        ("transcribe", story_id),
        ("approve", story_id, "--yes"),
        ("capture", "import", story_id, str(workspace.settings)),
    ):
        result = run_cli(*arguments)
        assert result.code in range(1, 11), (arguments, result)
        assert "Traceback" not in result.err
    assert is_erased(workspace, story_id)


def test_a_story_that_was_shown_is_erased_from_site_and_shelf(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id, kept_id = released(workspace, TITLE), released(workspace, "Still shown")
    assert run_cli("site", "build", "--audience", "trust").code == 0
    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 0, result.out
    assert is_erased(workspace, story_id), words_left(workspace, TITLE)
    for arguments in (
        ("verify",),
        ("site", "build", "--audience", "trust"),
        ("site", "check"),
        ("status", story_id),
        ("retention",),
        ("doctor",),
    ):
        result = run_cli(*arguments)
        assert result.code in (0, 1), (arguments, result)
        assert "Traceback" not in result.err
    assert run_cli("verify").code == 0
    output = run_cli("story", "show", story_id).out
    assert "erased on" in output
    assert kept_id in (workspace.public / "index.html").read_text(encoding="utf-8")


def test_a_backup_that_brings_it_back_is_noticed(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    before = workspace.database.read_bytes()
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert unfinished_erasures(workspace) == ()
    workspace.database.write_bytes(before)
    assert unfinished_erasures(workspace) == (story_id,)


def test_a_folder_that_is_put_back_by_hand_is_named_until_it_is_gone(
    workspace: Workspace, run_cli: Cli, story_id: str, tmp_path: Path
) -> None:
    folder = workspace.story(story_id).root
    shutil.copytree(folder, tmp_path / "kept")
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert run_cli("verify").code == 0
    shutil.copytree(tmp_path / "kept", folder)
    # A note that was deleted hides nothing: the log knows.
    shutil.rmtree(workspace.withdrawn)

    result = run_cli("verify")

    assert result.code == 5
    assert f"{story_id} was erased, and its folder is there" in result.out + result.err
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert not folder.exists()
    assert run_cli("verify").code == 0


def test_it_asks_twice(
    workspace: Workspace, run_cli: Cli, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(words: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words)))

    answer(b"y\nn\n")
    assert run_cli("withdraw", story_id, "--erase").code == 130
    assert not workspace.withdrawn.exists(), (
        "not even withdrawn: they may have thought better of it"
    )
    answer(b"y\ny\n")
    result = run_cli("withdraw", story_id, "--erase")
    assert "Nobody can bring it back" in result.out
    assert result.code == 0
    assert is_erased(workspace, story_id)


def test_part_of_a_story_cannot_be_erased(run_cli: Cli, story_id: str) -> None:
    assert run_cli("withdraw", story_id, "--scope", "public", "--erase", "--yes").code == 2


def test_a_contributor_with_another_story_is_not_forgotten(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    other = released(workspace, "Another one altogether")
    record_contributor(workspace, other, same_as=story_id, role="editor")
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert contributor_of(workspace, story_id) is None
    kept_contributor = contributor_of(workspace, other)
    assert kept_contributor
    assert kept_contributor.name == NAME
    assert run_cli("withdraw", other, "--erase", "--yes").code == 0
    assert not words_left(workspace, NAME, CONTACT)


def test_what_restores_and_killed_writes_left_goes_too(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    data = workspace.database.read_bytes()
    for name in (".library.new-0a1b2c3d.json", "library.json.before-g000003"):
        (workspace.interviews / name).write_bytes(data)
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert is_erased(workspace, story_id)


def test_words_somebody_put_elsewhere_are_named_and_keep_it_open(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    notes = workspace.interviews / "notes.txt"
    notes.write_text(f"remember: {TITLE.upper()}!")
    shutil.copyfile(workspace.story(story_id).audio, workspace.interviews / "copy.bin")
    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 1
    assert "interviews/notes.txt  (its words)" in result.out
    assert "interviews/copy.bin  (its media)" in result.out
    erasure = read_erasure(workspace, story_id)
    assert erasure
    assert not erasure.done
    for path in (notes, workspace.interviews / "copy.bin"):
        path.unlink()
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0


def test_a_damaged_database_keeps_no_file(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    data = workspace.database.read_bytes()
    workspace.database.write_bytes(data[: len(data) // 2])
    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 5
    assert not workspace.story(story_id).root.exists()
    assert "Not everything of it could be erased." in result.out
    workspace.database.write_bytes(data)
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert is_erased(workspace, story_id)


def test_a_file_that_is_held_fast_is_named_and_goes_the_next_time(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    class Fast(FaultySystem):
        def unlink(self, path: Path) -> None:
            if path.parent.name == "original":
                refuse_with(1)()
            super().unlink(path)

    with disk(Fast()):
        result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 10
    assert "kept.bin could not be removed" in result.out
    assert not workspace.story(story_id).root.exists(), "it lost its name all the same"
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert is_erased(workspace, story_id)


def test_work_that_is_under_way_finds_nowhere_to_put_its_result(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    from library.core.files import write_atomic

    folder = workspace.story(story_id)
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    with pytest.raises(CarerStoriesError):
        write_atomic(folder.film, b"a film that was in the making")
    assert not folder.root.exists()


@pytest.mark.slow
def test_killed_at_any_change_it_is_finished_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.workspaces import make_workspace

    # A killed process loses nothing that was written: only a power cut asks for a flush.
    monkeypatch.setattr(files.System, "fsync", lambda *_: None)
    start = make_workspace(tmp_path / "start")
    story_id = filmed(start, TITLE)
    write_everything(start, story_id)

    def fresh_library() -> Workspace:
        root = tmp_path / "library"
        for path in root.rglob("*"):
            if path.is_dir():
                path.chmod(stat.S_IRWXU)
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(start.interviews, root / "interviews")
        return Workspace(root)

    workspace = fresh_library()
    with disk(FaultySystem()) as counting:
        withdraw(workspace, story_id, erase=True)
    # Killed before a flush or a close, the disk is as it was after the write before.
    changes = [n for n, name in enumerate(counting.calls, 1) if name not in ("fsync", "close")]
    for number in changes:
        workspace = fresh_library()
        assert killed_at(number, lambda w=workspace: withdraw(w, story_id, erase=True))  # type: ignore[misc]
        outcome = withdraw(workspace, story_id, erase=True)
        assert outcome.exit_code == 0, (number, outcome)
        assert is_erased(workspace, story_id), number
        assert len(Ledger(workspace).entries_of("withdraw")) == 1
    assert len(changes) > 50, changes


def test_copies_that_people_or_programs_left_go_with_it_or_are_named(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    """A program that keeps the folders of two computers alike leaves both where they differ."""
    other = Story(id=f"{story_id}-2", title="Another", questions="being-heard", created=now())
    with Ledger(workspace).update("story-new", other.id, "editor") as changes:
        changes.add(other)
    kept = workspace.story(other.id).root / "captions.vtt"
    kept.parent.mkdir()
    kept.write_text("WEBVTT")
    folder = workspace.story(story_id).root
    for ending in (" (1)", " - Copy", " (conflicted copy 2026-11-29)", "-LAPTOP7", "-old", "~"):
        shutil.copytree(folder, workspace.stories / f"{story_id}{ending}")
    for beginning in ("Copy of ", "~$"):
        shutil.copytree(folder, workspace.stories / f"{beginning}{story_id}")
    (workspace.stories / f"{story_id.upper()}.ZIP").write_bytes(TITLE.encode())
    private = workspace.contributors.read_bytes()
    private_copies = [
        workspace.contributors.with_name("contributors (conflicted copy).json"),
        workspace.contributors.with_name("contributors-LAPTOP7.json"),
        workspace.contributors.with_name("contributors.sync-conflict-20261129-120000-ABCDEFG.json"),
        workspace.interviews / "private (1)" / "contributors.json",
    ]
    for path in private_copies:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(private)
    log_copy = workspace.interviews / "audit (conflicted copy).jsonl"
    shutil.copyfile(workspace.audit_log, log_copy)

    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 1, result.out + result.err
    for path in private_copies:
        assert f"still kept in {path.relative_to(workspace.root).as_posix()}" in result.out
        path.unlink()
    assert "have the very same recording" not in result.out
    assert {path.name for path in workspace.stories.iterdir()} == {other.id}
    assert kept.exists()
    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == 0, result.out + result.err
    log_copy.unlink()
    assert not words_left(workspace, TITLE, NAME, CONTACT, TOLD)


def test_records_keep_their_form(workspace: Workspace, run_cli: Cli, story_id: str) -> None:
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    snapshot = Ledger(workspace).read()
    snapshot.check()
    assert snapshot.get(Story, story_id).questions == "being-heard"
    assert [person.told for person in snapshot.of_story(Person, story_id)] == [""]
