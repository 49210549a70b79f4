"""Backups: the library destroyed and put back the same; what was erased never comes back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.consent.withdrawals import record_withdrawal
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from tests.support.command_line import Ran
from tests.support.quick_stories import released
from tests.support.small_library import everything, small_library, told

Cli = Callable[..., Ran]


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
    ran = run_cli("backup", dest, "--json", *options)
    assert ran.code == 0, ran.err + ran.out
    return dict(json.loads(ran.out))


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def _names_in(folder: Path) -> str:
    return "\n".join(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_library_that_is_destroyed_comes_back_whole(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = told(workspace)
    before = everything(workspace.root)
    said = run_cli("backup", dest)
    assert said.code == 0, said.err
    assert "read back" in said.out
    assert "not encrypted" in said.out
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(workspace.root)
    ran = run_cli("restore", "--from", dest, "--into", workspace.root)
    assert ran.code == 0, ran.out + ran.err
    assert "Everything is as it was written" in ran.out
    assert everything(workspace.root) == before
    folder = workspace.story(story)
    assert folder.voice_secret.stat().st_mode & 0o777 == 0o600
    assert (folder.original / "take-1.wav").stat().st_mode & 0o777 == 0o400
    assert workspace.contributors.stat().st_mode & 0o777 == 0o600
    assert workspace.stories.stat().st_mode & 0o777 == 0o700
    last = workspace.audit_log.read_text().splitlines()[-1]
    assert '"action":"restore-backup"' in last


def test_only_what_is_new_is_copied(workspace: Workspace, run_cli: Cli, dest: Path) -> None:
    told(workspace)
    assert _saved(run_cli, dest)["new_files"]
    again = _saved(run_cli, dest)
    assert (again["new_files"], again["new_bytes"]) == (0, 0)
    assert "nothing was new" in run_cli("backup", dest).out
    (workspace.interviews / "glossary.yml").write_text("words: []\n")
    assert _saved(run_cli, dest)["new_files"] == 1
    listed = json.loads(run_cli("backup", dest, "--list", "--json").out)
    assert len(listed["runs"]) == 4
    checked = run_cli("backup", dest, "--verify")
    assert checked.code == 0
    assert "Everything is as it was written: 4 runs" in checked.out


def test_an_older_run_brings_back_what_was_spoilt_since(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story = told(workspace)
    first = _saved(run_cli, dest)["run"]
    original = workspace.story(story).original / "take-1.wav"
    good = original.read_bytes()
    original.chmod(0o600)
    original.write_bytes(good[:-1] + b"?")
    _saved(run_cli, dest)
    ran = run_cli("restore", "--from", dest, "--run", first, "--into", tmp_path / "back")
    assert ran.code == 0, ran.out + ran.err
    assert "not the newest run" in ran.out
    assert (tmp_path / "back/interviews/stories" / story / "original/take-1.wav").read_bytes() == (
        good
    )


def test_a_sealed_backup_tells_nothing_without_its_key(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path
) -> None:
    story = told(workspace, "The night nobody rang")
    before = everything(workspace.root)
    ran = run_cli("backup", dest, "--key-file", key, "--new-key")
    assert ran.code == 0, ran.err
    assert "Without its key nobody" in ran.out
    assert key.stat().st_mode & 0o777 == 0o600
    stored = _bytes_in(dest)
    for word in (b"nobody rang", b"Ruth Example", b"0161 496", story.encode(), b"take-1", b"RIFF"):
        assert word not in stored, word
    assert story not in _names_in(dest)
    assert _saved(run_cli, dest, "--key-file", key)["new_files"] == 0
    assert run_cli("backup", dest, "--verify", "--key-file", key).code == 0
    back = tmp_path / "back"
    assert run_cli("restore", "--from", dest, "--into", back, "--key-file", key).code == 0
    assert everything(back) == before


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
    slip = lines[1].replace(lines[1][0], "0" if lines[1][0] != "0" else "1", 1)
    typed.write_text("\n".join([lines[0], slip, *lines[2:]]))
    ran = run_cli("backup", dest, "--verify", "--key-file", typed)
    assert ran.code == 2
    assert "slip" in ran.err


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
        ran = run_cli("backup", *options)
        assert (ran.code, words in ran.err) == (code, True), (options, ran.err)
        assert len(ran.err.strip().splitlines()) >= 2
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
    made = key.read_bytes()
    ran = run_cli(*first)
    assert ran.code == 0, ran.err
    assert f"{key} was made by a run that was broken off, and is used." in ran.err
    assert key.read_bytes() == made
    assert run_cli("backup", dest, "--key-file", key, "--verify").code == 0


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
def test_every_kind_of_damage_is_told_and_mended_where_it_can_be(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path, sealed: bool
) -> None:
    told(workspace)
    options = ("--key-file", key) if sealed else ()
    _saved(run_cli, dest, *options, *(("--new-key",) if sealed else ()))
    largest = max((dest / "objects").rglob("*"), key=lambda path: path.stat().st_size)
    good = largest.read_bytes()

    def damage(data: bytes | None) -> None:
        largest.unlink()
        if data is not None:
            largest.write_bytes(data)

    for harm in (None, b"", good[: len(good) // 2], good[:-1] + bytes([good[-1] ^ 1])):
        damage(harm)
        checked = run_cli("backup", dest, "--verify", *options)
        assert checked.code == 5
        assert "original/take-1.wav" in checked.out
        back = tmp_path / "back"
        ran = run_cli("restore", "--from", dest, "--into", back, *options)
        assert ran.code == 5, ran.out
        assert "original/take-1.wav" in ran.err
        assert not back.exists()
        _saved(run_cli, dest, "--thorough", *options)
        assert run_cli("backup", dest, "--verify", *options).code == 0


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
def test_a_torn_run_is_told_and_keeps_anything_from_being_removed(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path, sealed: bool
) -> None:
    told(workspace)
    options = ("--key-file", key) if sealed else ()
    _saved(run_cli, dest, *options, *(("--new-key",) if sealed else ()))
    (workspace.interviews / "glossary.yml").write_text("words: []\n")
    _saved(run_cli, dest, *options)
    run = max((dest / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    run.write_bytes(run.read_bytes()[:-20])
    ran = run_cli("restore", "--from", dest, "--into", tmp_path / "back", *options)
    assert ran.code == 5
    assert "cannot be relied on" in ran.err
    assert run_cli("backup", dest, "--verify", *options).code == 5
    objects = set((dest / "objects").rglob("*"))
    (workspace.interviews / "glossary.yml").unlink()
    saved = run_cli("backup", dest, *options)
    assert saved.code == 0
    assert "cannot be relied on" in saved.out
    assert objects <= set((dest / "objects").rglob("*"))


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
def test_a_run_that_was_made_up_is_refused_and_nothing_appears(
    workspace: Workspace, run_cli: Cli, dest: Path, key: Path, tmp_path: Path, sealed: bool
) -> None:
    """Its hash is right, and so is its seal: whoever made it had the key."""
    import msgspec

    from library.backup.encryption import read_key
    from library.backup.opening import open_repository

    options = ("--key-file", key) if sealed else ()
    _saved(run_cli, dest, *options, *(("--new-key",) if sealed else ()))
    vault = open_repository(dest, read_key(key) if sealed else None)
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
    for what, changes in hostile.items():
        with contextlib.suppress(CarerStoriesError):  # what was written does not read back
            vault.write_run(msgspec.structs.replace(run, **changes))
        ran = run_cli("restore", "--from", dest, "--into", tmp_path / "back", *options)
        assert ran.code in (3, 5, 7, 10), (what, ran)
        assert ran.err.strip(), what
        assert "Traceback" not in ran.err, what
        assert not (tmp_path / "back").exists(), what
        new = {path for path in tmp_path.rglob("*") if ".back.restoring" not in str(path)} - outside
        assert not {path for path in new if dest not in path.parents}, what


def test_places_that_keep_nothing_safe_are_refused(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    (tmp_path / "OneDrive - The Trust").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / ".dropbox").write_text("")
    for place, words in (
        (workspace.root, "part of the library"),
        (workspace.interviews / "backup", "part of the library"),
        (full, "something else"),
        (full / "mine.txt", "not a folder"),
        (tmp_path / "OneDrive - The Trust" / "backup", "OneDrive"),
        (tmp_path / "shared" / "backup", "other computers"),
        (tmp_path / "nowhere" / "backup", "plugged in"),
    ):
        ran = run_cli("backup", place)
        assert ran.code in (2, 3), place
        assert words in ran.err, ran.err
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    on_purpose = tmp_path / "OneDrive - The Trust" / "backup"
    assert run_cli("backup", on_purpose, "--synced").code == 0
    inside = run_cli("restore", "--from", on_purpose, "--into", on_purpose / "back")
    assert inside.code == 2
    assert run_cli("restore", "--from", on_purpose, "--into", full).code == 2
    assert run_cli("restore", "--from", on_purpose).code == 2
    assert run_cli("restore", "--from", full, "--into", tmp_path / "b").code == 3


def test_a_withdrawal_since_holds_over_an_older_run(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hand, in_backup = released(workspace, "At hand"), released(workspace, "In the backup")
    first = _saved(run_cli, dest)["run"]
    record_withdrawal(workspace, in_backup, "contributor")
    _saved(run_cli, dest)
    record_withdrawal(workspace, at_hand, "contributor")
    ran = run_cli("restore", "--from", dest, "--run", first, "--into", tmp_path / "here")
    assert ran.code == 0, ran.out + ran.err
    for story in (at_hand, in_backup):
        assert f"{story} was withdrawn later" in ran.out
    assert run_cli("--workspace", tmp_path / "here", "verify").code == 0
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(workspace.root)
    ran = run_cli("restore", "--from", dest, "--run", first, "--into", tmp_path / "away")
    assert ran.code == 0, ran.out + ran.err
    states = json.loads(run_cli("--workspace", tmp_path / "away", "status", "--json").out)
    assert {one["id"]: one["state"] for one in states} == {
        at_hand: "released",  # nobody there could know
        in_backup: "withdrawn",
    }


def test_an_erased_story_is_not_put_back_and_can_be_taken_out(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    stays, goes = told(workspace, "Stays here"), told(workspace, "Goes for good")
    kept = everything(workspace.story(stays).root)
    first = _saved(run_cli, dest)["run"]
    refused = run_cli("backup", dest, "--forget", goes, "--yes")
    assert refused.code == 4
    assert "not erased" in refused.err
    erased = run_cli("withdraw", goes, "--erase", "--yes")
    assert erased.code == 0, erased.out
    assert f"backup {dest} --forget {goes}" in erased.out
    saved = run_cli("backup", dest)
    assert f"--forget {goes}" in saved.out
    back = tmp_path / "back"
    ran = run_cli("restore", "--from", dest, "--run", first, "--into", back)
    assert ran.code == 0, ran.out + ran.err
    assert f"{goes} was erased since" in ran.out
    assert b"Goes for good" not in _bytes_in(back)
    assert everything(back / "interviews/stories" / stays) == kept
    assert b"Goes for good" in _bytes_in(dest)
    forgot = run_cli("backup", dest, "--forget", goes, "--yes")
    assert forgot.code == 0, forgot.err
    assert b"Goes for good" not in _bytes_in(dest)
    assert goes not in str(json.loads(run_cli("backup", dest, "--verify", "--json").out)["broken"])
    assert run_cli("backup", dest, "--verify").code == 0
    assert f"--forget {goes}" not in run_cli("backup", dest).out
    shutil.rmtree(back)
    ran = run_cli("restore", "--from", dest, "--run", first, "--into", back)
    assert ran.code == 0, ran.out + ran.err
    assert everything(back / "interviews/stories" / stays) == kept


def test_the_receipt_of_a_withdrawal_counts_the_backups(
    workspace: Workspace, run_cli: Cli, dest: Path
) -> None:
    story = told(workspace)
    backup = str(_saved(run_cli, dest)["backup"])
    ran = run_cli("withdraw", story, "--yes")
    assert ran.code == 0
    assert str(dest) in ran.out
    page = next(workspace.receipts.glob("withdrawal-*.html")).read_text()
    assert backup in page
    assert str(dest) not in page, "a path may hold a name"


def test_a_backup_of_damaged_records_is_made_and_says_so(
    workspace: Workspace, run_cli: Cli, dest: Path
) -> None:
    told(workspace)
    workspace.database.write_bytes(workspace.database.read_bytes()[:-30])
    ran = run_cli("backup", dest)
    assert ran.code == 5
    assert "records are not whole" in ran.out
    assert run_cli("backup", dest, "--verify").code == 0


def test_a_folder_that_is_a_link_would_be_missing_and_is_refused(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    story = told(workspace)
    shutil.move(workspace.stories, tmp_path / "larger-disk")
    workspace.stories.symlink_to(tmp_path / "larger-disk")
    ran = run_cli("backup", dest)
    assert ran.code == 2
    assert "interviews/stories is a link to another folder" in ran.err
    assert not list(dest.rglob("runs/*")), story


def test_a_backup_is_of_one_library(
    workspace: Workspace, run_cli: Cli, dest: Path, tmp_path: Path
) -> None:
    told(workspace)
    _saved(run_cli, dest)
    other = small_library(tmp_path / "other")
    told(other)
    ran = run_cli("--workspace", other.root, "backup", dest)
    assert ran.code == 2
    assert "another library" in ran.err
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
    ran = run_cli("backup", dest)
    assert ran.code == 0
    assert "interviews/link.txt is a link" in ran.out
    assert "interviews/pipe" in ran.out
    assert b"nothing of ours" not in _bytes_in(dest)
