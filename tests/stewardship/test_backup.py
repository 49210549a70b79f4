"""Backups: the library destroyed and put back the same; what was erased never comes back."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.quick_stories import released
from tests.support.small_library import kept_files, recorded_story, small_library

Cli = Callable[..., CommandResult]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Few files, so that tests are quick; the drill below has a whole library."""
    return small_library(tmp_path / "library")


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk" / "backup"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "our.key"


def _saved(run_cli: Cli, dest: Path, *options: str | Path) -> dict[str, object]:
    result = run_cli("backup", dest, "--json", *options)
    assert result.code == 0, result.err + result.out
    return dict(json.loads(result.out))


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _names_in(folder: Path) -> str:
    return "\n".join(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


class Stick(files.System):
    """A disk with FAT or exFAT: Linux refuses to give a file permissions that it cannot keep."""

    def chmod(self, path: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))


def test_a_stick_that_keeps_no_permissions_is_good_enough(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = released(workspace)
    monkeypatch.setattr(files, "system", Stick())
    assert run_cli("backup", dest).code == 0
    result = run_cli("restore", "--from", dest, "--into", tmp_path / "back")
    assert result.code == 0, result.err
    assert kept_files(tmp_path / "back").keys() == kept_files(workspace.root).keys()
    result = run_cli("export", story, "--subject-access", "--to", tmp_path / "disk")
    assert result.code == 0, result.err


def test_a_library_that_is_destroyed_comes_back_whole(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = recorded_story(workspace)
    before = kept_files(workspace.root)
    said_result = run_cli("backup", dest)
    assert said_result.code == 0, said_result.err
    assert "read back" in said_result.out
    assert "not encrypted" in said_result.out
    made = json.loads(workspace.backups.read_text())[0]["last"]
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(workspace.root)
    result = run_cli("restore", "--from", dest, "--into", workspace.root)
    assert result.code == 0, result.out + result.err
    assert "Everything is as it was written" in result.out
    assert kept_files(workspace.root) == before
    folder = workspace.story(story)
    assert folder.voice_secret.stat().st_mode & 0o777 == 0o600
    assert (folder.original / "take-1.wav").stat().st_mode & 0o777 == 0o400
    assert workspace.contributors.stat().st_mode & 0o777 == 0o600
    assert workspace.stories.stat().st_mode & 0o777 == 0o700
    last = workspace.audit_log.read_text().splitlines()[-1]
    assert '"action":"restore-backup"' in last
    assert json.loads(workspace.backups.read_text())[0]["last"] == made, "it is in that run"


@pytest.mark.parametrize("left", ["nothing", "an empty folder", "empty folders"])
@pytest.mark.parametrize("is_encrypted", [True, False])
def test_a_backup_that_is_not_there_any_more_is_not_begun_anew_unasked(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, left: str, is_encrypted: bool
) -> None:
    recorded_story(workspace)
    options = ("--key-file", key) if is_encrypted else ()
    new_key = ("--new-key",) if is_encrypted else ()
    _saved(run_cli, dest, *options, *new_key)
    known = workspace.backups.read_bytes()
    dest.rename(dest.with_name("on the other disk"))
    if left != "nothing":
        dest.mkdir()
    if left == "empty folders":
        (dest / "objects").mkdir()
        (dest / "runs").mkdir()
    before = _names_in(dest.parent)
    for words in (options, () if is_encrypted else ("--thorough",)):
        result = run_cli("backup", dest, *words)
        assert result.code == 3, result.out
        assert f"The backup that was made in {dest} (" in result.err
        assert f"add --anew{' --new-key' if is_encrypted else ''}." in result.err
    assert (_names_in(dest.parent), workspace.backups.read_bytes()) == (before, known)
    # Another place, or the right disk, is as good as ever.
    _saved(run_cli, dest.with_name("elsewhere"))
    shutil.rmtree(dest, ignore_errors=True)
    dest.with_name("on the other disk").rename(dest)
    _saved(run_cli, dest, *options)
    assert "Leave --anew out" in run_cli("backup", dest, *options, "--anew").err
    shutil.rmtree(dest)
    key.unlink(missing_ok=True)
    _saved(run_cli, dest, *options, "--anew", *new_key)
    _saved(run_cli, dest, *options)


def test_only_what_is_new_is_copied(workspace: Workspace, run_cli: Cli, dest: Path) -> None:
    recorded_story(workspace)
    assert _saved(run_cli, dest)["new_files"]
    second_run = _saved(run_cli, dest)
    assert (second_run["new_files"], second_run["new_bytes"]) == (0, 0)
    assert "nothing was new" in run_cli("backup", dest).out
    (workspace.interviews / "glossary.yml").write_text("words: []\n")
    assert _saved(run_cli, dest)["new_files"] == 1
    runs = json.loads(run_cli("backup", dest, "--list", "--json").out)
    assert len(runs["runs"]) == 4
    checked = run_cli("backup", dest, "--verify")
    assert checked.code == 0
    assert "Everything is as it was written: 4 runs" in checked.out


def test_an_older_run_brings_back_what_was_spoilt_since(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story = recorded_story(workspace)
    first = _saved(run_cli, dest)["run"]
    original = workspace.story(story).original / "take-1.wav"
    data = original.read_bytes()
    original.chmod(0o600)
    original.write_bytes(data[:-1] + b"?")
    _saved(run_cli, dest)
    result = run_cli("restore", "--from", dest, "--run", first, "--into", tmp_path / "back")
    assert result.code == 0, result.out + result.err
    assert "not the newest run" in result.out
    assert (tmp_path / "back/interviews/stories" / story / "original/take-1.wav").read_bytes() == (
        data
    )


def test_a_sealed_backup_tells_nothing_without_its_key(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path
) -> None:
    story = recorded_story(workspace, "The night nobody rang")
    before = kept_files(workspace.root)
    result = run_cli("backup", dest, "--key-file", key, "--new-key")
    assert result.code == 0, result.err
    assert "Without its key nobody" in result.out
    assert key.stat().st_mode & 0o777 == 0o600
    stored = _bytes_in(dest)
    for word in (b"nobody rang", b"Ruth Example", b"0161 496", story.encode(), b"take-1", b"RIFF"):
        assert word not in stored, word
    assert story not in _names_in(dest)
    assert _saved(run_cli, dest, "--key-file", key)["new_files"] == 0
    assert run_cli("backup", dest, "--verify", "--key-file", key).code == 0
    restored = tmp_path / "back"
    assert run_cli("restore", "--from", dest, "--into", restored, "--key-file", key).code == 0
    assert kept_files(restored) == before


def test_a_key_may_be_typed_again_from_paper(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path
) -> None:
    _saved(run_cli, dest, "--key-file", key, "--new-key")
    typed = key.with_name("typed.key")
    typed.write_text(key.read_text().upper().replace("CARER-STORIES BACKUP KEY", "").lower())
    assert run_cli("backup", dest, "--verify", "--key-file", typed).code == 2
    lines = key.read_text().splitlines()
    typed.write_text("\r\n".join([lines[0], *(line.upper() for line in lines[1:3])]))
    assert run_cli("backup", dest, "--verify", "--key-file", typed).code == 0
    mistyped = lines[1].replace(lines[1][0], "0" if lines[1][0] != "0" else "1", 1)
    typed.write_text("\n".join([lines[0], mistyped, *lines[2:]]))
    result = run_cli("backup", dest, "--verify", "--key-file", typed)
    assert result.code == 2
    assert "slip" in result.err


def test_keys_that_do_not_fit_are_refused_plainly(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path
) -> None:
    plain = dest.with_name("plain")
    _saved(run_cli, plain)
    _saved(run_cli, dest, "--key-file", key, "--new-key")
    other = tmp_path / "other.key"
    assert run_cli("backup", dest.with_name("x"), "--key-file", other, "--new-key").code == 0
    before = _names_in(dest)
    for options, code, words in (
        ((dest, "--list"), 2, "is encrypted"),
        ((dest, "--key-file", other), 2, "not the key"),
        ((dest, "--key-file", tmp_path / "lost.key"), 3, "no key file"),
        ((dest, "--key-file", workspace.settings), 2, "lies in the library"),
        ((plain, "--key-file", key), 2, "not encrypted"),
        ((dest, "--key-file", other, "--new-key"), 2, "already"),
        ((dest, "--key-file", tmp_path / "lost.key", "--new-key"), 2, "already"),
        ((dest.with_name("y"), "--key-file", other, "--new-key"), 2, "already"),
    ):
        result = run_cli("backup", *options)
        assert (result.code, words in result.err) == (code, True), (options, result.err)
        assert len(result.err.strip().splitlines()) >= 2
    assert "nobody can read" in run_cli("backup", dest, "--key-file", other).err
    assert _names_in(dest) == before


def test_a_first_encrypted_backup_that_was_broken_off_goes_on_with_the_key_it_made(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ("backup", dest, "--key-file", key, "--new-key")

    def broken_off(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr("library.backup.opening.create_repository", broken_off)
        assert run_cli(*first).code == 130
    data = key.read_bytes()
    result = run_cli(*first)
    assert result.code == 0, result.err
    assert f"{key} was made by a run that was broken off, and is used." in result.err
    assert key.read_bytes() == data
    assert run_cli("backup", dest, "--key-file", key, "--verify").code == 0


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "sealed"])
def test_every_kind_of_damage_is_told_and_mended_where_it_can_be(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path, encrypted: bool
) -> None:
    recorded_story(workspace)
    options = ("--key-file", key) if encrypted else ()
    _saved(run_cli, dest, *options, *(("--new-key",) if encrypted else ()))
    largest = max((dest / "objects").rglob("*"), key=lambda path: path.stat().st_size)
    original = largest.read_bytes()

    def damage(data: bytes | None) -> None:
        largest.unlink()
        if data is not None:
            largest.write_bytes(data)

    for damaged_bytes in (
        None,
        b"",
        original[: len(original) // 2],
        original[:-1] + bytes([original[-1] ^ 1]),
    ):
        damage(damaged_bytes)
        checked = run_cli("backup", dest, "--verify", *options)
        assert checked.code == 5
        assert "original/take-1.wav" in checked.out
        restored = tmp_path / "back"
        result = run_cli("restore", "--from", dest, "--into", restored, *options)
        assert result.code == 5, result.out
        assert "original/take-1.wav" in result.err
        assert not restored.exists()
        _saved(run_cli, dest, "--thorough", *options)
        assert run_cli("backup", dest, "--verify", *options).code == 0


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "sealed"])
def test_a_torn_run_is_told_and_keeps_anything_from_being_removed(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path, encrypted: bool
) -> None:
    recorded_story(workspace)
    options = ("--key-file", key) if encrypted else ()
    _saved(run_cli, dest, *options, *(("--new-key",) if encrypted else ()))
    (workspace.interviews / "glossary.yml").write_text("words: []\n")
    _saved(run_cli, dest, *options)
    run = max((dest / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    run.write_bytes(run.read_bytes()[:-20])
    result = run_cli("restore", "--from", dest, "--into", tmp_path / "back", *options)
    assert result.code == 5
    assert "cannot be relied on" in result.err
    assert run_cli("backup", dest, "--verify", *options).code == 5
    objects = set((dest / "objects").rglob("*"))
    (workspace.interviews / "glossary.yml").unlink()
    saved = run_cli("backup", dest, *options)
    assert saved.code == 0
    assert "cannot be relied on" in saved.out
    assert objects <= set((dest / "objects").rglob("*"))


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "sealed"])
def test_a_run_that_was_made_up_is_refused_and_nothing_appears(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path, encrypted: bool
) -> None:
    """Its hash is right, and so is its seal: whoever made it had the key."""
    import msgspec

    from library.backup.encryption import read_key
    from library.backup.opening import open_repository

    options = ("--key-file", key) if encrypted else ()
    _saved(run_cli, dest, *options, *(("--new-key",) if encrypted else ()))
    vault = open_repository(dest, read_key(key) if encrypted else None)
    run = vault.read_run(vault.run_ids()[-1])
    first, *others = run.files
    nested = f"{others[0].path}/evil"

    def named(path: str) -> dict[str, object]:
        return {"files": (msgspec.structs.replace(first, path=path), *others)}

    hostile = {
        "the name of another": named(others[0].path),
        "below another file": named(nested),
        "the name of a folder": named("interviews"),
        "NUL": named("interviews/evil\0"),
        "too long": named("interviews/" + "e" * 300),
        "folder outside": {"folders": {**run.folders, "../evil": 0o700}},
        "folder that is a file": {"folders": {**run.folders, others[0].path: 0o700}},
        "no object": {"files": (msgspec.structs.replace(first, sha256="e" * 64), *others)},
        "a size past all disks": {"files": (msgspec.structs.replace(first, size=2**62), *others)},
    }
    outside = {path for path in tmp_path.rglob("*") if "restoring" not in path.name}
    for file_name, changes in hostile.items():
        with contextlib.suppress(CarerStoriesError):  # what was written does not read back
            vault.write_run(msgspec.structs.replace(run, **changes))
        result = run_cli("restore", "--from", dest, "--into", tmp_path / "back", *options)
        assert result.code in (3, 5, 7, 10), (file_name, result)
        assert result.err.strip(), file_name
        assert "Traceback" not in result.err, file_name
        assert not (tmp_path / "back").exists(), file_name
        new = {path for path in tmp_path.rglob("*") if ".back.restoring" not in str(path)} - outside
        assert not {path for path in new if dest not in path.parents}, file_name


def test_places_that_keep_nothing_safe_are_refused(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    (tmp_path / "OneDrive - The Trust").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / ".dropbox").write_text("")
    for dest, words in (
        (workspace.root, "part of the library"),
        (workspace.interviews / "backup", "part of the library"),
        (full, "something else"),
        (full / "mine.txt", "not a folder"),
        (tmp_path / "OneDrive - The Trust" / "backup", "OneDrive"),
        (tmp_path / "shared" / "backup", "other computers"),
        (tmp_path / "nowhere" / "backup", "Plug the disk in"),
    ):
        result = run_cli("backup", dest)
        assert result.code in (2, 3), dest
        assert words in result.err, result.err
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    cloud_folder = tmp_path / "OneDrive - The Trust" / "backup"
    assert run_cli("backup", cloud_folder, "--synced").code == 0
    inside = run_cli("restore", "--from", cloud_folder, "--into", cloud_folder / "back")
    assert inside.code == 2
    assert run_cli("restore", "--from", cloud_folder, "--into", full).code == 2
    assert run_cli("restore", "--from", cloud_folder).code == 2
    assert run_cli("restore", "--from", full, "--into", tmp_path / "b").code == 3


def test_a_withdrawal_since_holds_over_an_older_run(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn_here, in_backup = released(workspace, "At hand"), released(workspace, "In the backup")
    first = _saved(run_cli, dest)["run"]
    record_withdrawal(workspace, in_backup, "contributor")
    _saved(run_cli, dest)
    record_withdrawal(workspace, withdrawn_here, "contributor")
    result = run_cli("restore", "--from", dest, "--run", first, "--into", tmp_path / "here")
    assert result.code == 0, result.out + result.err
    for story in (withdrawn_here, in_backup):
        assert f"{story} was withdrawn later" in result.out
    assert run_cli("--workspace", tmp_path / "here", "verify").code == 0
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(workspace.root)
    result = run_cli("restore", "--from", dest, "--run", first, "--into", tmp_path / "away")
    assert result.code == 0, result.out + result.err
    states = json.loads(run_cli("--workspace", tmp_path / "away", "status", "--json").out)
    assert {state["id"]: state["state"] for state in states} == {
        withdrawn_here: "held",  # nobody there could know
        in_backup: "withdrawn",
    }


def test_an_erased_story_is_not_put_back_and_can_be_taken_out(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    kept_id, erased_id = (
        recorded_story(workspace, "Stays here"),
        recorded_story(workspace, "Goes for good"),
    )
    contents = kept_files(workspace.story(kept_id).root)
    first = _saved(run_cli, dest)["run"]
    refusal = run_cli("backup", dest, "--forget", erased_id, "--yes")
    assert refusal.code == 4
    assert "not erased" in refusal.err
    erased = run_cli("withdraw", erased_id, "--erase", "--yes")
    assert erased.code == 0, erased.out
    assert f"backup {dest} --forget {erased_id}" in erased.out
    saved = run_cli("backup", dest)
    assert f"--forget {erased_id}" in saved.out
    restored = tmp_path / "back"
    result = run_cli("restore", "--from", dest, "--run", first, "--into", restored)
    assert result.code == 0, result.out + result.err
    assert f"{erased_id} was erased since" in result.out
    assert b"Goes for good" not in _bytes_in(restored)
    assert kept_files(restored / "interviews/stories" / kept_id) == contents
    assert b"Goes for good" in _bytes_in(dest)
    forgot_result = run_cli("backup", dest, "--forget", erased_id, "--yes")
    assert forgot_result.code == 0, forgot_result.err
    assert b"Goes for good" not in _bytes_in(dest)
    assert erased_id not in str(
        json.loads(run_cli("backup", dest, "--verify", "--json").out)["broken"]
    )
    assert run_cli("backup", dest, "--verify").code == 0
    assert f"--forget {erased_id}" not in run_cli("backup", dest).out
    shutil.rmtree(restored)
    result = run_cli("restore", "--from", dest, "--run", first, "--into", restored)
    assert result.code == 0, result.out + result.err
    assert kept_files(restored / "interviews/stories" / kept_id) == contents


def test_the_receipt_of_a_withdrawal_counts_the_backups(
    workspace: Workspace, run_cli: Cli, dest: Path
) -> None:
    story = recorded_story(workspace)
    backup = str(_saved(run_cli, dest)["backup"])
    result = run_cli("withdraw", story, "--yes")
    assert result.code == 0
    assert str(dest) in result.out
    page = next(workspace.receipts.glob("withdrawal-*.html")).read_text()
    assert backup in page
    assert str(dest) not in page, "a path may hold a name"


def test_a_backup_of_damaged_records_is_made_and_says_so(
    workspace: Workspace, run_cli: Cli, dest: Path
) -> None:
    recorded_story(workspace)
    workspace.database.write_bytes(workspace.database.read_bytes()[:-30])
    result = run_cli("backup", dest)
    assert result.code == 5
    assert "records are not whole" in result.out
    assert run_cli("backup", dest, "--verify").code == 0


def test_a_folder_that_is_a_link_would_be_missing_and_is_refused(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story = recorded_story(workspace)
    shutil.move(workspace.stories, tmp_path / "larger-disk")
    workspace.stories.symlink_to(tmp_path / "larger-disk")
    result = run_cli("backup", dest)
    assert result.code == 2
    assert "interviews/stories is a link to another folder" in result.err
    assert not list(dest.rglob("runs/*")), story


def test_a_backup_is_of_one_library(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    recorded_story(workspace)
    _saved(run_cli, dest)
    other = small_library(tmp_path / "other")
    recorded_story(other)
    result = run_cli("--workspace", other.root, "backup", dest)
    assert result.code == 2
    assert "another library" in result.err
    assert len(json.loads(run_cli("backup", dest, "--list", "--json").out)["runs"]) == 1
    assert not other.backups.exists()


def test_a_first_backup_that_was_killed_before_its_header_is_finished_by_the_next(
    workspace: Workspace, run_cli: Cli, dest: Path
) -> None:
    for name in ("objects", "runs"):
        (dest / name).mkdir(parents=True)
    assert run_cli("backup", dest).code == 0
    assert run_cli("backup", dest, "--verify").code == 0


def test_links_are_not_followed_and_told(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.txt").write_text("nothing of ours")
    (workspace.interviews / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    os.mkfifo(workspace.interviews / "pipe")
    result = run_cli("backup", dest)
    assert result.code == 0
    assert "interviews/link.txt is a link" in result.out
    assert "interviews/pipe" in result.out
    assert b"nothing of ours" not in _bytes_in(dest)
