"""A story that was taken back stays back through any restore: notes in backups, held stories."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from capture.sessions.session_folders import create_session, unfinished_sessions_of
from library.backup.deleted_sessions import receipts_of_deletions
from library.backup.hold_notes import HOLDS_FOLDER
from library.backup.notes import NOTES_FOLDER
from library.consent.register import add_person, complete_register
from library.consent.safeguarding import all_holds
from library.core.audience import Audience
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from publish.edition import build_edition
from tests.support.command_line import CommandResult
from tests.support.live_station import MIME
from tests.support.quick_stories import released, sign_off
from tests.support.small_library import recorded_story, small_library

Cli = Callable[..., CommandResult]
RELEASE_ALL = ("held", "release", "--nothing-taken-back", "--yes")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return small_library(tmp_path / "library")


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk" / "backup"


def _cli_in(run_cli: Cli, workspace: Workspace) -> Cli:
    return lambda *words: run_cli("--workspace", workspace.root, *words)


def _backup(run_cli: Cli, dest: Path, *options: str | Path) -> str:
    result = run_cli("backup", dest, "--json", *options)
    assert result.code == 0, result.out + result.err
    return str(json.loads(result.out)["run"])


def _restored(
    run_cli: Cli, workspace: Workspace, dest: Path, into: Path, *options: str | Path
) -> tuple[CommandResult, Callable[..., CommandResult]]:
    """Put the newest run back after the library is lost; return what it said, and a way in."""
    shutil.rmtree(workspace.root, ignore_errors=True)
    result = run_cli("restore", "--from", dest, "--into", into, *options)
    assert result.code == 0, result.out + result.err

    def restored_cli(*words: str | Path) -> CommandResult:
        return run_cli("--workspace", into, *words)

    return result, restored_cli


def _states(restored_cli: Cli) -> dict[str, str]:
    return {each["id"]: each["state"] for each in json.loads(restored_cli("status", "--json").out)}


@pytest.fixture
def outside_any_library(run_cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Outside any library, so that a restore cannot ask one."""
    monkeypatch.chdir(tmp_path)


def recorded_session(workspace: Workspace, story: str) -> str:
    """Return the id of a session of the story, recorded and not decided about."""
    with closing(create_session(workspace, story, f"for-{story}")) as session:
        session.confirm_agreement("picture-and-voice")
        take = session.start_take(MIME, "take-1").number
        session.add_chunk(take, 0, b"somebody speaks", 1000)
        session.stop()
        return session.state.id


@pytest.mark.parametrize("sealed", [False, True])
def test_what_was_taken_back_after_the_last_run_is_known_to_the_backup_at_once(
    workspace: Workspace,
    run_cli: Cli,
    dest: Path,
    tmp_path: Path,
    outside_any_library: None,
    sealed: bool,
) -> None:
    gone, erased, partly, untouched = (
        released(workspace, title) for title in ("Gone", "Erased", "Partly", "Kept")
    )
    deposited = released(workspace, "Deposited", archive="uncut")
    sessions = {story: recorded_session(workspace, story) for story in (partly, untouched)}
    key = tmp_path / "our.key"
    with_key = ("--key-file", key) if sealed else ()
    library_cli = ("--workspace", workspace.root)
    assert (
        run_cli(*library_cli, "backup", dest, *with_key, *(("--new-key",) if sealed else ())).code
        == 0
    )
    key_kept = key.read_bytes() if sealed else b""
    key.unlink(missing_ok=True)  # in a drawer: a withdrawal asks for none
    for words in (
        [gone],
        [erased, "--erase"],
        [partly, "--scope", "trust"],
        [deposited, "--scope", "archive"],
    ):
        result = run_cli(*library_cli, "withdraw", *words, "--yes")
        assert result.code == 0, result.out + result.err
        assert "noted there that it was taken back" in result.out
    assert run_cli(*library_cli, "capture", "recover", sessions[partly], "--delete").code == 0
    if sealed:
        key.write_bytes(key_kept)
        stored = b"".join(path.read_bytes() for path in dest.rglob("*") if path.is_file())
        names = "\n".join(path.name for path in dest.rglob("*"))
        assert all(story.encode() not in stored and story not in names for story in (gone, erased))
    result, restored_cli = _restored(run_cli, workspace, dest, tmp_path / "back", *with_key)
    assert f"{gone} was withdrawn later" in result.out
    assert f"{erased} was erased since" in result.out
    assert f"The recording {sessions[partly]} was deleted since" in result.out
    there = Workspace(tmp_path / "back")
    assert unfinished_sessions_of(there, partly) == []
    assert [one.id for one in unfinished_sessions_of(there, untouched)] == [sessions[untouched]]
    assert [one.session for one in receipts_of_deletions(there)] == [sessions[partly]]
    assert "3 stories are held" in result.out
    assert "held release" in result.out
    assert _states(restored_cli) == {
        gone: "withdrawn",
        erased: "withdrawn",
        partly: "held",
        untouched: "held",
        deposited: "held",
    }
    assert not (tmp_path / "back/interviews/stories" / erased).exists()
    assert restored_cli(*RELEASE_ALL).code == 0
    status = {each["id"]: each for each in json.loads(restored_cli("status", "--json").out)}
    assert status[untouched]["state"] == "released"
    assert status[partly]["audiences"] == ["training"], "its withdrawal was noted as well"
    assert status[deposited]["archive"]["reasons"][0].startswith("Keeping it in an archive was")
    assert status[deposited]["audiences"] == ["training", "trust"]


def test_a_held_story_is_shown_to_nobody_until_somebody_said_what_was_taken_back(
    workspace: Workspace,
    run_cli: Cli,
    dest: Path,
    tmp_path: Path,
    outside_any_library: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = released(workspace, "First"), released(workspace, "Second")
    _backup(_cli_in(run_cli, workspace), dest)
    _, restored_cli = _restored(run_cli, workspace, dest, tmp_path / "back")
    reasons = json.loads(restored_cli("status", first, "--json").out)[0]["reasons"]
    assert reasons[0].startswith("It is held since a restore")
    listed = restored_cli("held", "list")
    assert first in listed.out
    assert second in listed.out
    for words in (["--yes"], ["--json"]):
        refused = restored_cli("held", "release", *words)
        assert refused.code == 2
        assert "A script has to say it" in refused.err
    unknown = restored_cli("held", "release", "--taken-back", "cs-zzzzzz", "--yes")
    assert unknown.code == 3
    assert restored_cli("held", "release", "cs-zzzzzz", "--nothing-taken-back", "--yes").code == 2
    assert set(_states(restored_cli).values()) == {"held"}, "nothing was done by what was refused"
    monkeypatch.setattr("sys.stdin", io.StringIO("cs-zzzzzz\ny\n"))
    result = restored_cli("held", "release")
    assert result.code == 3
    assert "Is that right?" not in result.out, "an unknown story is said before the question"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{first}\ny\n"))
    result = restored_cli("held", "release")
    assert result.code == 0, result.out + result.err
    assert "Which stories were taken back" in result.out
    assert _states(restored_cli) == {first: "withdrawn", second: "released"}
    actions = [json.loads(line)["action"] for line in _log(tmp_path / "back")]
    assert actions[-1] == "restore-confirm"
    assert restored_cli("held", "release", "--yes").out == "No story is held.\n"


@pytest.mark.parametrize("how", ["deleted", "named otherwise", "folder gone"])
@pytest.mark.parametrize("cause", ["backup", "generation"])
def test_a_hold_whose_file_is_deleted_by_hand_holds_by_the_log(
    workspace: Workspace,
    run_cli: Cli,
    dest: Path,
    tmp_path: Path,
    outside_any_library: None,
    cause: str,
    how: str,
) -> None:
    story_id, other = released(workspace, "First"), released(workspace, "Second")
    if cause == "backup":
        _backup(_cli_in(run_cli, workspace), dest)
        _, restored_cli = _restored(run_cli, workspace, dest, tmp_path / "back")
        library = Workspace(tmp_path / "back")
    else:
        library, restored_cli = workspace, _cli_in(run_cli, workspace)
        before = Ledger(workspace).read().generation
        complete_register(workspace, story_id, role="editor")
        assert restored_cli("restore", "--generation", str(before), "--yes").code == 0
    (file,) = library.withdrawn.glob(f"{story_id}.held.json")
    if how == "deleted":
        file.unlink()
    elif how == "named otherwise":
        file.rename(file.with_name(f"{file.name}.old"))
    else:
        shutil.rmtree(library.withdrawn)

    status = restored_cli("status", story_id)

    assert "the file that said so is gone" in status.out
    assert _states(restored_cli)[story_id] == "held"
    assert story_id in restored_cli("held", "list").out
    sentence = f"{story_id} is held since a restore, and the file that said so is gone"
    for command in ("status", "verify", "upkeep", "doctor"):
        assert sentence in " ".join(restored_cli(command).out.split()), command
    assert restored_cli("verify").code == 5
    in_edition = {story.page.id for story in build_edition(library, Audience.TRUST).stories}
    assert in_edition == ({other} if cause == "generation" else set())
    assert restored_cli("held", "release", "--nothing-taken-back", "--yes").code == 0
    assert _states(restored_cli) == {story_id: "released", other: "released"}
    assert sentence not in restored_cli("upkeep").out


def _log(root: Path) -> list[str]:
    return Workspace(root).audit_log.read_text().splitlines()


def test_another_backup_is_asked_when_stories_are_let_go(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, outside_any_library: None
) -> None:
    story, untouched = released(workspace, "Taken back"), released(workspace, "Kept")
    second = tmp_path / "disk" / "second"
    library_cli = _cli_in(run_cli, workspace)
    for folder in (second, dest):
        _backup(library_cli, folder)
    # The first disk is in a drawer at that moment, and never gets the note.
    dest.rename(tmp_path / "drawer")
    withdrawn = library_cli("withdraw", story, "--yes")
    assert withdrawn.code == 0, withdrawn.out
    assert f"{dest} did not get that note" in withdrawn.out
    (tmp_path / "drawer").rename(dest)
    _, restored_cli = _restored(run_cli, workspace, dest, tmp_path / "back")
    assert _states(restored_cli) == {story: "held", untouched: "held"}
    listed = restored_cli("held", "list")
    assert f"{story} was withdrawn" in listed.out
    released_now = restored_cli(*RELEASE_ALL, "--json")
    assert json.loads(released_now.out)["released"] == [untouched]
    assert _states(restored_cli) == {story: "withdrawn", untouched: "released"}


def test_a_backup_that_could_not_be_reached_gets_the_note_at_its_next_run(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story, other = recorded_story(workspace), small_library(tmp_path / "other")
    recorded_story(other)
    _backup(run_cli, dest)
    _backup(_cli_in(run_cli, other), tmp_path / "disk" / "another")
    dest.rename(tmp_path / "drawer")
    # Another disk at the same place is not written to, and neither is what a link leads to.
    for swap in (
        lambda: shutil.copytree(tmp_path / "disk" / "another", dest),
        lambda: dest.symlink_to(tmp_path / "disk" / "another"),
    ):
        swap()
        result = run_cli("withdraw", story, "--yes", "--json")
        assert result.code == 0, result.out + result.err
        assert len(json.loads(result.out)["backups_not_noted"]) == 1
        assert not (dest / NOTES_FOLDER).exists()
        dest.unlink() if dest.is_symlink() else shutil.rmtree(dest)
    (tmp_path / "drawer").rename(dest)
    assert not (dest / NOTES_FOLDER).exists()
    _backup(run_cli, dest)
    assert [path.name for path in (dest / NOTES_FOLDER).iterdir()] == [
        f"{story}.all.withdrawn.json"
    ]
    assert "note_key" not in result.out


def test_the_folder_of_notes_may_be_nobody_elses(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story = recorded_story(workspace)
    _backup(run_cli, dest)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (dest / NOTES_FOLDER).symlink_to(elsewhere)
    assert run_cli("withdraw", story, "--yes").code == 0
    assert list(elsewhere.iterdir()) == []
    assert run_cli("backup", dest).code == 5


def test_a_note_that_was_forged_shows_nothing_and_is_told(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, outside_any_library: None
) -> None:
    """In a plain backup it takes down at most; in a sealed one it counts for nothing."""
    story, untouched = released(workspace, "Taken back"), released(workspace, "Kept")
    library_cli, key, sealed = (
        _cli_in(run_cli, workspace),
        tmp_path / "k.key",
        tmp_path / "disk/sealed",
    )
    _backup(library_cli, dest)
    _backup(library_cli, sealed, "--key-file", key, "--new-key")
    assert library_cli("withdraw", story, "--scope", "public", "--yes").code == 0
    (plain_note,) = (dest / NOTES_FOLDER).iterdir()
    plain_note.write_text(plain_note.read_text().replace("public", "all"))
    (note,) = (sealed / NOTES_FOLDER).iterdir()
    note.rename(note.with_name(f"{'0' * 64}.sealed"))
    for folder, options in ((dest, ()), (sealed, ("--key-file", key))):
        checked = run_cli("backup", folder, "--verify", *options)
        assert checked.code == 5
        assert "not as it was written" in checked.out
    result, restored_cli = _restored(run_cli, workspace, dest, tmp_path / "back")
    assert "not as it was written" in result.out
    assert _states(restored_cli) == {story: "withdrawn", untouched: "held"}
    listed = restored_cli("held", "list")
    assert "not as it was written" in listed.out
    result, restored_cli = _restored(
        run_cli, workspace, sealed, tmp_path / "again", "--key-file", key
    )
    assert "not as it was written" in result.out
    assert _states(restored_cli) == {story: "held", untouched: "held"}


def test_a_restored_generation_holds_what_was_objected_to_or_narrowed_since(
    workspace: Workspace, run_cli: Cli
) -> None:
    objected, narrowed, untouched = (
        released(workspace, title) for title in ("Objected", "Narrowed", "Untouched")
    )
    before = Ledger(workspace).read().generation
    add_person(
        workspace,
        objected,
        relation="nurse",
        about="What she said.",
        decided="objected",
        role="editor",
    )
    sign_off(workspace, narrowed, "training")
    unkept = run_cli("restore", "--generation", "9999", "--yes")
    assert (unkept.code, unkept.out) == (3, ""), "nothing is said of a generation that is not kept"
    result = run_cli("restore", "--generation", str(before), "--yes")
    assert result.code == 0, result.err
    assert f"decision about a person in it  {objected}" in result.out
    assert "signoff" not in result.out
    assert "Held, because something was decided about them since" in result.out
    states = _states(run_cli)
    assert states == {objected: "held", narrowed: "held", untouched: "released"}
    assert "person" in run_cli("held", "list").out
    assert run_cli("held", "release", narrowed, "--nothing-taken-back", "--yes").code == 0
    assert _states(run_cli)[objected] == "held", "it was not named"
    refused = run_cli("site", "preview", objected)
    assert (refused.code, "is held since a restore" in refused.err) == (4, True)
    assert _states(run_cli)[narrowed] == "released"


def test_what_the_library_one_is_in_knows_to_be_decided_since_is_named(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    objected, narrowed, untouched = (released(workspace, title) for title in "ABC")
    person = add_person(workspace, objected, relation="son", about="his illness", role="editor")
    sign_off(workspace, narrowed, "trust")
    _backup(run_cli, dest)
    run_cli("people", "decide", objected, person.person, "--as", "objected")
    sign_off(workspace, narrowed, "training")
    back = tmp_path / "back"
    assert run_cli("restore", "--from", dest, "--into", back).code == 0
    holds = json.loads(run_cli("--workspace", back, "held", "list", "--json").out)["held"]
    lost = {hold["story"]: [line.partition(" ")[2] for line in hold["lost"]] for hold in holds}
    assert lost == {
        **{story: [] for story in lost},
        objected: ["objected"],
        narrowed: ["signoff"],
        untouched: [],
    }
    listed = run_cli("--workspace", back, "held", "list").out
    assert "Record again what must stand of it" in listed


def test_a_hold_that_cannot_be_read_holds(workspace: Workspace, run_cli: Cli) -> None:
    story = released(workspace, "Held")
    workspace.withdrawn.mkdir(exist_ok=True)
    (workspace.withdrawn / f"{story}.held.json").write_bytes(b"{")
    assert _states(run_cli) == {story: "held"}
    assert run_cli("held", "list", "--json").code == 0
    assert run_cli(*RELEASE_ALL).code == 0
    assert _states(run_cli) == {story: "released"}


def test_a_library_that_was_put_back_by_hand_is_noticed_at_its_next_backup(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story, untouched = released(workspace, "Taken back"), released(workspace, "Kept")
    _backup(run_cli, dest)
    shutil.copytree(workspace.root, tmp_path / "copy")
    assert run_cli("withdraw", story, "--yes").code == 0
    _backup(run_cli, dest)
    for path in workspace.root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(tmp_path / "copy", workspace.root, dirs_exist_ok=True)
    assert _states(run_cli) == {story: "released", untouched: "released"}, "nobody can tell yet"
    result = run_cli("backup", dest)
    assert "put it back by hand" in result.out
    assert _states(run_cli) == {story: "held", untouched: "held"}
    assert f"{story} was withdrawn" in run_cli("held", "list").out
    assert run_cli(*RELEASE_ALL).code == 0
    assert _states(run_cli) == {story: "withdrawn", untouched: "released"}
    assert json.loads(run_cli("backup", dest, "--json").out)["held"] == []


@pytest.mark.parametrize("sealed", [False, True])
def test_a_library_that_was_put_back_by_hand_shows_nothing_that_its_backups_know_was_taken_back(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, sealed: bool
) -> None:
    """A snapshot of the disk, or a program that keeps earlier versions of a folder."""
    gone, partly, narrowed, untouched = (released(workspace, title) for title in "ABCD")
    _backup(run_cli, dest, *(("--key-file", tmp_path / "our.key", "--new-key") if sealed else ()))
    shutil.copytree(workspace.interviews, tmp_path / "snapshot")
    assert run_cli("withdraw", gone, "--yes").code == 0
    assert run_cli("withdraw", partly, "--scope", "trust", "--yes").code == 0
    assert run_cli("withdraw", narrowed, "--scope", "public", "--yes").code == 0
    shutil.rmtree(workspace.interviews)
    shutil.copytree(tmp_path / "snapshot", workspace.interviews)
    upkeep = run_cli("upkeep")
    assert f"{gone} is held and not shown: a note in the backup" in upkeep.err
    assert "Next: " in upkeep.out + upkeep.err or "held list" in upkeep.err
    states = {gone: "held", partly: "held", narrowed: "held", untouched: "released"}
    assert _states(run_cli) == states
    assert "is held and not shown" not in run_cli("upkeep").err, "it is said once"
    shown = build_edition(workspace, Audience.TRUST).stories
    assert [story.page.id for story in shown] == [untouched]
    shutil.rmtree(workspace.edition)  # no site here: MkDocs would make it again
    assert run_cli(*RELEASE_ALL).code == 0
    states = {gone: "withdrawn", partly: "released", narrowed: "released", untouched: "released"}
    assert _states(run_cli) == states


def test_of_two_backups_each_says_what_it_alone_knows_as_soon_as_it_is_there(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, outside_any_library: None
) -> None:
    gone, untouched = released(workspace, "Taken back"), released(workspace, "Kept")
    other, drawer = dest.with_name("other"), dest.with_name("drawer")
    library_cli = _cli_in(run_cli, workspace)
    for each in (dest, other):  # the run in the first one knows of no second
        assert library_cli("backup", each).code == 0
    dest.rename(drawer)  # whatever is taken back now, only the other is told
    assert library_cli("withdraw", gone, "--yes").code == 0
    drawer.rename(dest)
    other.rename(drawer)
    _, restored_cli = _restored(run_cli, workspace, dest, tmp_path / "back")
    assert restored_cli(*RELEASE_ALL).code == 0
    assert _states(restored_cli)[gone] == "released", "nobody can tell yet"
    drawer.rename(other)
    said = restored_cli("backup", other)
    assert "1 story is held" in said.out
    assert _states(restored_cli) == {gone: "held", untouched: "released"}
    # And put back from that one, into a library of its own, it is known at once.
    _, restored_cli = _restored(run_cli, Workspace(tmp_path / "back"), other, tmp_path / "again")
    assert _states(restored_cli) == {gone: "withdrawn", untouched: "held"}


@pytest.mark.parametrize("is_here", [True, False])
def test_a_legal_hold_placed_since_the_backup_is_brought_along_and_others_asked_for(
    workspace: Workspace,
    run_cli: Cli,
    dest: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_here: bool,
) -> None:
    at_work = _cli_in(run_cli, workspace)
    before, since = released(workspace, "Before"), released(workspace, "Since")
    hold = ("--reason", "An inquest is open.")
    assert at_work("safeguarding", "hold", before, *hold).code == 0
    _backup(at_work, dest)
    assert at_work("safeguarding", "hold", since, *hold).code == 0
    monkeypatch.chdir(workspace.root if is_here else tmp_path)
    result = run_cli("restore", "--from", dest, "--into", tmp_path / "back")
    assert result.code == 0, result.err
    output = " ".join((result.out + result.err).split())
    restored = Workspace(tmp_path / "back")
    standing = {each.story for each in all_holds(restored)}
    assert standing == {before, since}
    assert f"{since} must be kept" in output
    assert ("are not known here" in output) is not is_here
    assert ("carer-stories safeguarding hold STORY" in output) is not is_here
    assert "inquest" not in output
    assert run_cli("--workspace", restored.root, "verify").code == 0
    # Whoever has not looked into it yet deletes nothing of it.
    restored.exports.mkdir(exist_ok=True)
    folder = restored.exports / f"{since}-2020-01-01"
    folder.mkdir()
    os.utime(folder, (0, 0))
    assert run_cli("--workspace", restored.root, "retention", "--apply", "--yes").code <= 1
    assert folder.is_dir()


def test_a_legal_hold_is_noted_in_each_backup_at_once_and_its_end_too(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = _cli_in(run_cli, workspace)
    story_id, other = released(workspace, "Kept"), released(workspace, "Kept for a while")
    sealed, away = tmp_path / "sealed", tmp_path / "away"
    key = ("--key-file", tmp_path / "our.key")
    _backup(at_work, dest)
    assert at_work("backup", sealed, *key, "--new-key").code == 0
    assert at_work("backup", away).code == 0
    away.rename(tmp_path / "in a drawer")
    for each in (story_id, other):
        placed = at_work("safeguarding", "hold", each, "--reason", "An inquest is open.")
        assert placed.code == 0
        assert f"carer-stories backup {away}" in placed.out, "the one that could not be told"
    assert at_work("safeguarding", "lift", other, "--reason", "It closed.", "--yes").code == 0
    plain = b"".join(path.read_bytes() for path in (dest / HOLDS_FOLDER).iterdir())
    assert b"inquest" not in plain
    assert all(b"cs-" not in path.read_bytes() for path in (sealed / HOLDS_FOLDER).iterdir())
    # One that was away gets them with its next run, what is over is told to nobody anew.
    (tmp_path / "in a drawer").rename(away)
    assert at_work("backup", away).code == 0
    assert len(list((away / HOLDS_FOLDER).iterdir())) == 1
    monkeypatch.chdir(tmp_path)
    for source, more in ((dest, ()), (sealed, key)):
        into = tmp_path / f"from {source.name}"
        result = run_cli("restore", "--from", source, "--into", into, *more)
        assert result.code == 0, result.err
        assert {each.story for each in all_holds(Workspace(into))} == {story_id}
        assert run_cli("--workspace", into, "verify").code == 0
    # A note that cannot be read keeps what its name says.
    for path in (dest / HOLDS_FOLDER).iterdir():
        path.write_bytes(b"{}")
    result = run_cli("restore", "--from", dest, "--into", tmp_path / "from bad notes")
    assert result.code == 0, result.err
    standing = {each.story for each in all_holds(Workspace(tmp_path / "from bad notes"))}
    assert standing == {story_id, other}
    assert "is not as it was written" in " ".join((result.out + result.err).split())


@pytest.mark.parametrize("is_torn", [False, True])
def test_a_copy_handed_out_since_an_earlier_generation_is_still_asked_for(
    workspace: Workspace, run_cli: Cli, is_torn: bool
) -> None:
    """The stick is out there, whatever the records are put back to."""
    restored_cli = _cli_in(run_cli, workspace)
    story_id = released(workspace, "On a stick")
    generation = Ledger(workspace).read().generation
    for to in ("Ward 3", "Ward 4"):
        added = ("copies", "add", story_id, "--medium", "stick", "--to", to, "--audience", "trust")
        assert restored_cli(*added).code == 0
    (back, out) = json.loads(restored_cli("copies", "list", "--json").out)
    assert restored_cli("copies", "settle", back["id"], "--as", "returned", "--yes").code == 0
    assert restored_cli("story", "edit", story_id, "--summary", "Another").code == 0
    if is_torn:
        workspace.database.write_bytes(workspace.database.read_bytes()[:-9])
    result = restored_cli("restore", "--generation", generation, "--yes")
    assert result.code == 0, result.err
    assert ("Copies that were handed out since stay" in result.out) is not is_torn
    assert [each["id"] for each in json.loads(restored_cli("copies", "list", "--json").out)] == [
        out["id"]
    ]
    assert out["id"] in restored_cli("withdraw", story_id, "--yes").out
    assert restored_cli("verify").code == 0
