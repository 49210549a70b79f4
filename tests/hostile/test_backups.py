"""A backup that somebody else may have written: refused in a sentence that names the file.

Nothing outside it is read, written or removed, and no folder appears under the name that was asked
for. Its hashes are right where they can be, and so are its seals: whoever made it had the key.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from library.backup import manifests, paths, restoring
from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.opening import HEADER_FILE, create_repository, open_repository
from library.backup.repository import BackupRepository
from library.backup.saving import save
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from tests.faults import UnflushedSystem
from tests.support.command_line import CommandResult
from tests.support.small_library import kept_files, recorded_story, small_library, without_progress

Cli = Callable[..., CommandResult]
KEY = bytes(range(32))
pytestmark = pytest.mark.skipif(os.name == "nt", reason="It makes links, pipes and strange names.")


@pytest.fixture(autouse=True)
def unflushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("library.core.files.system", UnflushedSystem())  # no power is cut


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = small_library(tmp_path / "ours" / "library")
    recorded_story(workspace)
    return workspace


@dataclass
class Theirs:
    """A backup of a library, a folder beside it that is not theirs, and a place to restore into."""

    workspace: Workspace
    folder: Path
    run_cli: Cli
    options: tuple[str | Path, ...]
    key: bytes | None
    before: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    @property
    def vault(self) -> BackupRepository:
        return open_repository(self.folder, self.key)

    @property
    def run(self) -> BackupRun:
        return self.vault.read_run(self.vault.run_ids()[-1])

    @property
    def run_file(self) -> Path:
        return self.vault.run_file(self.vault.run_ids()[-1])

    @property
    def into(self) -> Path:
        return self.folder.parent / "back"

    @property
    def unfinished(self) -> Path:
        return restoring.unfinished_folder(self.into)

    def object_of(self, file: BackedUpFile) -> Path:
        return self.vault.object_path(file.sha256)

    def write(self, **changes: Any) -> None:
        """The run with something else in it, signed and sealed as it should be."""
        changed = msgspec.structs.replace(self.run, **changes)
        with contextlib.suppress(CarerStoriesError):  # what was written does not read back
            self.vault.write_run(changed)

    def write_paths(self, *paths: str) -> None:
        """Files with the content of the first one, of these names as well."""
        first = self.run.files[0]
        more = tuple(msgspec.structs.replace(first, path=path) for path in paths)
        self.write(files=(*self.run.files, *more))

    def seal(self, data: bytes) -> bytes:
        return b"".join(self.vault.cipher.encrypt([data], "object"))

    def restore(self) -> CommandResult:
        return self.run_cli("restore", "--from", self.folder, "--into", self.into, *self.options)

    def backup(self, *words: str) -> CommandResult:
        return self.run_cli("backup", self.folder, *words, *self.options)

    def is_refused(self, result: CommandResult, *words: str) -> None:
        """With a sentence and a next step; nothing is put back, or changed elsewhere."""
        assert result.code in (2, 5, 10), result
        assert len(result.err.splitlines()) >= 2, result.err
        for word in words:
            assert word in result.err, result.err
        assert not self.into.exists()
        assert kept_files(self.workspace.root) == self.before
        assert {path.name for path in self.folder.parent.iterdir()} <= {
            *("backup", "elsewhere", "ours", "our.key"),
            *(self.unfinished.name, f"{self.unfinished.name}.lock"),
        }


@pytest.fixture(params=[False, True], ids=["plain", "sealed"])
def theirs(
    request: pytest.FixtureRequest, workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> Theirs:
    key = tmp_path / "our.key"
    if request.param:
        digits = KEY.hex()
        key.write_text(f"carer-stories backup key 1\n{digits[:32]}\n{digits[32:]}\n")
    folder = tmp_path / "backup"
    vault = create_repository(folder, KEY if request.param else None)
    save(workspace, vault, without_progress)
    options = ("--key-file", key) if request.param else ()
    theirs = Theirs(workspace, folder, run_cli, options, KEY if request.param else None)
    theirs.before = kept_files(workspace.root)
    return theirs


# Links, pipes and devices in place of what belongs there


def _paths(theirs: Theirs) -> Iterator[Path]:
    largest = max(theirs.run.files, key=lambda file: file.size)
    yield theirs.folder / HEADER_FILE
    yield theirs.vault.objects
    yield theirs.vault.runs
    yield theirs.run_file
    yield theirs.object_of(largest).parent
    yield theirs.object_of(largest)


def test_what_a_link_leads_to_is_no_part_of_it(theirs: Theirs) -> None:
    """All is there, and in its place: only one file or folder is elsewhere, among other things."""
    outside_folder, own_file = (
        theirs.folder.parent / "elsewhere",
        theirs.folder.parent / "ours" / "kept",
    )
    shutil.copytree(theirs.folder, own_file)
    for path in list(_paths(theirs)):
        outside_folder.mkdir()
        (outside_folder / "a letter.txt").write_text("not ours")
        moved_path = path.rename(outside_folder / path.name)
        if moved_path.is_dir():
            (moved_path / "another.txt").write_text("not ours either")
        path.symlink_to(moved_path)
        contents = kept_files(outside_folder)
        theirs.is_refused(theirs.restore(), str(path), "is a link")
        for words in ((), ("--thorough",), ("--prune", "--keep", "1", "--yes"), ("--verify",)):
            result = theirs.backup(*words)
            assert f"{path} is a link" in result.out + result.err, (path, words, result)
            assert kept_files(outside_folder) == contents, (path, words)
        shutil.rmtree(outside_folder)
        shutil.rmtree(theirs.folder)
        shutil.copytree(own_file, theirs.folder)
    assert theirs.restore().code == 0


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_keeps_nobody_waiting(theirs: Theirs, make: Callable[[Path], None]) -> None:
    largest = max(theirs.run.files, key=lambda file: file.size)
    for path in (theirs.object_of(largest), theirs.run_file, theirs.folder / HEADER_FILE):
        content = path.read_bytes()
        path.unlink()
        make(path)
        theirs.is_refused(theirs.restore(), path.name, "is no ordinary file")
        assert theirs.backup("--verify").code == 5
        path.rmdir() if path.is_dir() else path.unlink()
        path.write_bytes(content)
    assert theirs.restore().code == 0


def test_its_lock_may_be_no_link_to_a_file_of_ours(theirs: Theirs) -> None:
    outside_folder = theirs.folder.parent / "elsewhere"
    outside_folder.write_text("a letter")
    (theirs.folder / ".lock").unlink(missing_ok=True)
    (theirs.folder / ".lock").symlink_to(outside_folder)
    result = theirs.backup()
    assert (result.code, ".lock" in result.err) == (10, True), result
    assert outside_folder.read_text() == "a letter"


# Names


NO_LIBRARY_S = (
    *("../evil", "/etc/evil", "interviews/../../evil", "C:/evil", "interviews\\..\\..\\evil"),
    *("evil.txt", ".git/hooks/post-checkout", "", "interviews/" + "e/" * 1_500 + "evil"),
    *("interviews/evil\0", "interviews/evil\x1b[2J", "interviews/evil\nAll is as it was written."),
)


def test_a_path_that_is_no_library_s_is_put_nowhere(theirs: Theirs) -> None:
    good_run, content = theirs.run, theirs.run_file.read_bytes()
    for path in NO_LIBRARY_S:
        hostile_file = msgspec.structs.replace(good_run.files[0], path=path)
        for changes in (
            {"files": (*good_run.files, hostile_file)},
            {"folders": {**good_run.folders, path: 0o700}},
        ):
            theirs.write(**changes)
            theirs.is_refused(theirs.restore(), theirs.run_file.name, "cannot be relied on")
            assert not theirs.unfinished.exists()
            theirs.run_file.write_bytes(content)


ON_WINDOWS = (
    *("CON", "nul", "aux.txt", "Com1.tar.gz", "lpt¹", "CONIN$", "nul .txt"),
    *("notes.", "notes ", "library.json:evil", "a*b", "a?b", 'a"b'),
)


def test_a_name_that_means_something_on_windows_is_refused_there(
    theirs: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    good_run = theirs.run
    for name in ON_WINDOWS:
        path = f"interviews/deeper/{name}/a.txt"
        for wrong_path in (path, f"interviews/{name}"):
            with monkeypatch.context() as patched:
                patched.setattr(paths, "windows", True)
                theirs.write(files=good_run.files, folders={**good_run.folders, wrong_path: 0o700})
                theirs.is_refused(theirs.restore(), wrong_path, "Windows")
                theirs.write(folders=good_run.folders)
                theirs.write_paths(wrong_path)
                theirs.is_refused(theirs.restore(), wrong_path, "Windows")
            assert not theirs.unfinished.exists()
    assert theirs.restore().code == 0, "here it is a name like any other"
    assert (theirs.into / wrong_path).is_file()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("interviews/Notes.txt", "interviews/notes.txt"),
        ("interviews/a/x.txt", "interviews/A/y.txt"),
        ("interviews/Stra\u00dfe", "interviews/STRASSE"),
        ("interviews/caf\u00e9", "interviews/cafe\u0301"),
    ],
)
def test_names_that_a_disk_does_not_tell_apart_are_refused_there(
    theirs: Theirs, name: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs.write_paths(name, other)
    with monkeypatch.context() as patched:
        patched.setattr(paths, "folds_case", lambda _folder: True)
        result = theirs.restore()
    theirs.is_refused(result, name.rpartition("/")[0], "does not tell apart")
    assert not theirs.unfinished.exists()
    assert theirs.restore().code == 0
    assert (theirs.into / name).is_file()
    assert (theirs.into / other).is_file()


def test_a_disk_is_asked_whether_it_tells_case_apart(tmp_path: Path) -> None:
    folder = tmp_path / ".back.restoring"
    folder.mkdir()
    assert not paths.folds_case(folder)
    (tmp_path / ".BACK.RESTORING").mkdir()  # as a disk that folds case would answer
    assert paths.folds_case(folder)


def test_a_backup_says_which_names_windows_cannot_hold(theirs: Theirs) -> None:
    (theirs.workspace.interviews / "12:30.txt").write_text("a note")
    result = theirs.backup()
    assert result.code == 0, result
    assert "interviews/12:30.txt has a character in it that Windows allows in no name" in result.out


@pytest.mark.parametrize("name", [b"not-\xff-text.txt", b"back\\slash.txt", b"two\nlines-text.txt"])
def test_a_name_that_no_run_can_say_is_told_before_anything_is_copied(
    theirs: Theirs, name: bytes
) -> None:
    hostile_path = theirs.workspace.interviews / os.fsdecode(name)
    hostile_path.write_bytes(b"x")
    runs = theirs.vault.run_ids()
    result = theirs.backup()
    assert (result.code, "Rename it" in result.err) == (2, True), result
    assert "slash.txt" in result.err or "-text.txt" in result.err
    assert theirs.vault.run_ids() == runs
    hostile_path.unlink()
    assert theirs.backup().code == 0


# Contents and lists


@pytest.mark.parametrize("by", [-1, 1, 1 << 20])
def test_a_size_that_lies_is_found_before_the_disk_is_full(theirs: Theirs, by: int) -> None:
    largest = max(theirs.run.files, key=lambda file: file.size)
    false_size_file = msgspec.structs.replace(largest, size=largest.size + by)
    others = [file for file in theirs.run.files if file.path != largest.path]
    theirs.write(files=(*others, false_size_file))
    theirs.is_refused(theirs.restore(), largest.path, "as long as its run says")
    checked = theirs.backup("--verify")
    assert checked.code == 5
    assert f"{largest.path}, of the run {theirs.run.id}: its object is not as long" in checked.out


def test_an_object_with_another_content_is_refused(theirs: Theirs) -> None:
    """As long as it should be, and sealed as it should be."""
    largest = max(theirs.run.files, key=lambda file: file.size)
    theirs.object_of(largest).write_bytes(theirs.seal(b"E" * largest.size))
    theirs.is_refused(theirs.restore(), largest.path)
    assert theirs.backup("--verify").code == 5


def test_an_object_that_goes_on_is_not_put_on_the_disk(
    theirs: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = min((file for file in theirs.run.files if file.size), key=lambda file: file.size)
    theirs.object_of(smallest).write_bytes(theirs.seal(b"E" * (9 << 20)))
    written_bytes = 0
    real = UnflushedSystem.write

    def counting(self: UnflushedSystem, handle: int, data: bytes | memoryview) -> int:
        nonlocal written_bytes
        written_bytes += (bytes_written := real(self, handle, data))
        return bytes_written

    monkeypatch.setattr(UnflushedSystem, "write", counting)
    theirs.is_refused(theirs.restore(), smallest.path)
    assert written_bytes <= theirs.run.size


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": manifests.RUN_SCHEMA + 1}, "nstall the newest"),
        ({"made": "yesterday"}, "at an impossible time"),
        ({"made": "2026-02-31T10:00:00Z"}, "at an impossible time"),
        ({"forgotten": ("../../evil",)}, "with an invalid id"),
        ({"folders": {"interviews": 0o4777}}, "cannot be read"),
        ({"folders": {"interviews": -1}}, "cannot be read"),
        ({"folders": {}, "files": ()}, "no folder interviews"),
    ],
    ids=lambda file: str(file)[:30],
)
def test_a_list_that_is_none_of_ours_is_refused(
    theirs: Theirs, changes: dict[str, Any], message: str
) -> None:
    theirs.write(**changes)
    theirs.is_refused(theirs.restore(), message)
    for words in (("--prune", "--keep", "1", "--yes"), ("--verify",), ("--list",)):
        assert theirs.backup(*words).code in (0, 5), words
    assert not theirs.unfinished.exists()


def test_a_list_that_is_too_long_is_not_read(theirs: Theirs) -> None:
    with theirs.run_file.open("ab") as file:
        file.truncate(manifests.MAX_RUN_BYTES * 2)  # of zeros, that take no room
    theirs.is_refused(theirs.restore(), theirs.run_file.name, "larger than any run")
    with (theirs.folder / HEADER_FILE).open("ab") as file:
        file.truncate(manifests.MAX_HEADER_BYTES + 1)
    theirs.is_refused(theirs.restore(), HEADER_FILE, "100,001 bytes")


def test_many_paths_and_many_erasures_are_looked_through_in_one_go(theirs: Theirs) -> None:
    """Each with each would be hundreds of millions of looks."""
    first = theirs.run.files[0]
    count = 15_000
    theirs.write(
        files=(
            *theirs.run.files,
            *(
                msgspec.structs.replace(first, path=f"interviews/{number}/e.txt")
                for number in range(count)
            ),
            msgspec.structs.replace(first, path="interviews/1/e.txt/evil"),
        ),
        folders={
            **theirs.run.folders,
            **{f"interviews/{number}": 0o700 for number in range(count)},
        },
        forgotten=tuple(f"cs-{number}" for number in range(count)),
    )
    theirs.is_refused(theirs.restore(), "interviews/1/e.txt")


# What a restore that failed leaves


def test_what_was_begun_is_told_private_and_gone_on_with(theirs: Theirs) -> None:
    largest = max(theirs.run.files, key=lambda file: file.size)
    lost_object = theirs.object_of(largest)
    content = lost_object.read_bytes()
    lost_object.unlink()
    result = theirs.restore()
    theirs.is_refused(result, str(theirs.unfinished), "The same command goes on from there")
    assert stat.S_IMODE(theirs.unfinished.stat().st_mode) == 0o700
    assert (theirs.unfinished / theirs.run.files[0].path).is_file()
    second_result = theirs.restore()
    theirs.is_refused(second_result, str(theirs.unfinished))
    lost_object.write_bytes(content)
    assert theirs.restore().code == 0
    assert not theirs.unfinished.exists()
    assert not theirs.unfinished.with_name(f"{theirs.unfinished.name}.lock").exists()
    assert kept_files(theirs.into) == theirs.before


def test_what_another_run_began_is_gone(theirs: Theirs) -> None:
    """Files, folders in place of files and files in place of folders: nothing of it comes along."""
    theirs.unfinished.mkdir(mode=0o755)
    first = theirs.run.files[0].path
    (theirs.unfinished / first / "a folder").mkdir(parents=True)
    (theirs.unfinished / "interviews" / "of-another-run").mkdir()
    (theirs.unfinished / "interviews" / "of-another-run" / "evil.txt").write_text("evil")
    (theirs.unfinished / "interviews" / "stories").write_text("a file")
    assert theirs.restore().code == 0
    assert kept_files(theirs.into) == theirs.before
    assert not (theirs.into / "interviews" / "of-another-run").exists()
    assert stat.S_IMODE(theirs.into.stat().st_mode) == 0o700


def test_links_that_were_laid_where_a_restore_begins_are_not_followed(theirs: Theirs) -> None:
    outside_folder = theirs.folder.parent / "elsewhere"
    outside_folder.mkdir(mode=0o755)
    theirs.unfinished.symlink_to(outside_folder)
    theirs.is_refused(theirs.restore(), str(theirs.unfinished), "not a folder that a restore began")
    theirs.unfinished.unlink()
    theirs.unfinished.mkdir()
    (theirs.unfinished / "interviews").symlink_to(outside_folder)
    assert theirs.restore().code == 0
    assert list(outside_folder.iterdir()) == []
    assert stat.S_IMODE(outside_folder.stat().st_mode) == 0o755
    assert kept_files(theirs.into) == theirs.before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="It needs an owner.")
def test_a_folder_of_another_account_is_not_filled(theirs: Theirs) -> None:
    theirs.unfinished.mkdir(mode=0o777)
    os.chown(theirs.unfinished, 12345, 12345)
    theirs.is_refused(theirs.restore(), "not a folder that a restore began")
    assert list(theirs.unfinished.iterdir()) == []


def test_a_restore_that_is_stopped_says_where_it_stands(
    theirs: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "_apply_withdrawals", stopped)
    result = theirs.restore()
    assert result.code == 130
    assert str(theirs.unfinished) in result.err
    monkeypatch.undo()
    assert theirs.restore().code == 0
    assert not theirs.unfinished.exists()
