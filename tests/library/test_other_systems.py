"""Windows and macOS, as far as a stand-in is honest: names, error numbers, calls and encodings.

None of these systems is here. What is tried is our side of it: given the answers that their
documentation promises, the product does what it does on Linux. docs/it/systems.md has the rest.
"""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import carer_stories
from capture.media import recorder
from library.backup import paths
from library.core import files, lock, system_calls, typed_command
from library.core.errors import BadInput, DiskFailed
from library.core.removal import holds_nothing, remove
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace, is_device, is_possible_id
from library.workspace_template import make_workspace
from stewardship import doctor

SHARING_VIOLATION, ACCESS_DENIED, IO_DEVICE = 32, 5, 1117


class RefusedByWindows(PermissionError):
    """An error as Python raises it there: with the number of Windows beside that of POSIX."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.EACCES, "The process cannot access the file")
        self.winerror = number


@pytest.fixture
def held_open(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let Windows refuse the next changes of names, as while a virus scanner looks at a file."""

    def hold(refusals: int, number: int = SHARING_VIOLATION) -> list[str]:
        calls: list[str] = []
        for name in ("replace", "unlink", "rmdir"):
            real = getattr(Path, name)

            def change(path: Path, *rest: Any, real: Any = real, name: str = name) -> Any:
                calls.append(name)
                if len(calls) <= refusals:
                    raise RefusedByWindows(number)
                return real(path, *rest)

            monkeypatch.setattr(Path, name, change)
        return calls

    return hold


def test_a_file_that_a_scanner_looks_at_is_replaced_a_moment_later(
    tmp_path: Path, held_open: Callable[..., list[str]]
) -> None:
    path = tmp_path / "library.json"
    files.write_atomic(path, b"old")
    calls = held_open(3)
    files.write_atomic(path, b"new")
    assert (path.read_bytes(), calls) == (b"new", ["replace"] * 4)


def test_a_file_that_stays_open_is_refused_with_what_to_close(
    tmp_path: Path, held_open: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_calls, "PATIENCE_S", 0.05)
    path = tmp_path / "film.mp4"
    files.write_atomic(path, b"old")
    held_open(10**6)
    with pytest.raises(DiskFailed) as error:
        files.write_atomic(path, b"new")
    assert "may have it open" in error.value.next_step
    assert path.read_bytes() == b"old"


def test_a_refusal_of_linux_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def refuse(_path: Path, _to: Path) -> None:
        tries.append(1)
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DiskFailed):
        files.write_atomic(tmp_path / "library.json", b"new")
    assert len(tries) == 1


@pytest.mark.parametrize("change", ["replace", "unlink"])
def test_a_read_only_file_goes_as_it_does_on_linux(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = tmp_path / "take-1.mp4"
    original.write_bytes(b"recorded")
    original.chmod(0o400)
    real: Callable[..., Any] = getattr(Path, change)

    def refuses_read_only(path: Path, *rest: Path) -> Any:
        goes = rest[0] if rest else path
        if goes.exists() and not goes.stat().st_mode & stat.S_IWUSR:
            raise RefusedByWindows(ACCESS_DENIED)
        return real(path, *rest)

    monkeypatch.setattr(Path, change, refuses_read_only)
    if change == "unlink":
        assert remove(original) == []
        assert not original.exists()
    else:
        files.write_atomic(original, b"again")
        assert original.read_bytes() == b"again"


def test_a_read_only_file_that_stays_is_read_only_again(
    tmp_path: Path, held_open: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_calls, "PATIENCE_S", 0.05)
    original = tmp_path / "take-1.mp4"
    original.write_bytes(b"recorded")
    original.chmod(0o400)
    held_open(10**6)
    with pytest.raises(PermissionError):
        files.system.unlink(original)
    assert stat.S_IMODE(original.stat().st_mode) == 0o400


@pytest.mark.parametrize("number", [21, 23, 55, 64, 433, IO_DEVICE, 1167])
def test_a_disk_that_is_gone_is_told_from_a_fault_of_ours(number: int) -> None:
    error = OSError(errno.EINVAL, "The request could not be performed")
    assert not files.is_disk_error(error)
    error.winerror = number  # type: ignore[attr-defined]  # of Windows alone
    assert files.is_disk_error(error)


@pytest.mark.skipif(sys.platform == "win32", reason="There is no fcntl on Windows.")
@pytest.mark.parametrize("is_known", [True, False])
def test_a_mac_is_asked_to_empty_its_disks_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    asked: list[object] = []

    def fcntl(_handle: int, number: int) -> None:
        asked.append(number)
        if not is_known:
            raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(system_calls, "_FULL_FLUSH", 51)
    monkeypatch.setattr(system_calls.fcntl, "fcntl", fcntl)
    monkeypatch.setattr(os, "fsync", lambda _handle: asked.append("fsync"))
    files.write_atomic(tmp_path / "library.json", b"new")
    one = [51] if is_known else [51, "fsync"]
    assert asked == one * 2, "the file, then its folder"


def test_the_note_of_a_lock_leaves_alone_what_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses every read and write that touches the locked byte, the first one."""
    monkeypatch.setattr(lock, "_NOTE_AT", 1)
    path = tmp_path / "library.json.lock"
    path.write_bytes(b"#")
    with lock.Lock(path, each_thread=False).locked(busy=files.refusal(path, OSError()), timeout=0):  # type: ignore[arg-type]
        assert path.read_bytes()[:1] in (b"#", b"\0")
        assert (holder := lock.holder_of(path))
        assert holder.process == os.getpid()


@pytest.mark.parametrize(
    ("name", "kept_for_device"),
    [
        *(("con", True), ("aux", True), ("nul", True), ("com1", True), ("NUL.yml", True)),
        *(("lpt9", True), ("prn .txt", True), ("com10", False), ("console", False), ("", False)),
    ],
)
def test_names_of_devices(name: str, kept_for_device: bool) -> None:
    assert is_device(name) is kept_for_device


def test_no_new_file_is_called_like_a_device(run_cli: Any, workspace: Workspace) -> None:
    assert is_possible_id("first-contact")
    for command in (
        ("questions", "new", "aux", "--title", "A", "--yes"),
        ("training", "new", "con", "--title", "A", "--aim", "B", "--clip", "cs-4k7m2q", "--yes"),
        ("story", "new", "--title", "A", "--questions", "being-heard", "--theme", "nul"),
    ):
        ran = run_cli("--workspace", workspace.root, *command)
        assert ran.code == 2, command
        assert "Windows" in ran.err, ran.err


def test_a_folder_that_only_finder_or_explorer_looked_into_is_empty(tmp_path: Path) -> None:
    folder = tmp_path / "our library"
    folder.mkdir()
    for name in (".DS_Store", "desktop.ini", "._x"):
        (folder / name).write_bytes(b"")
    assert holds_nothing(folder)
    assert make_workspace(folder).database.is_file()
    (tmp_path / "letter.txt").write_bytes(b"")
    with pytest.raises(BadInput):
        make_workspace(tmp_path)


def test_a_disk_is_asked_for_its_capitals_by_a_name_that_has_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / "2026", Path("/")):
        assert not paths.folds_case(folder)
        with monkeypatch.context() as patched:
            patched.setattr(paths, "windows", True)
            assert paths.folds_case(folder)


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        (r"C:\Stories\program", r"C:\Stories\program"),
        (r"C:\Carer Stories\x", r'"C:\Carer Stories\x"'),
        (r"C:\R&D\x", r'"C:\R&D\x"'),
        (r"C:\a(b)", r'"C:\a(b)"'),
        ("E:\\my stick\\", r'"E:\my stick\\"'),
        (r"C:\Träger\x", r"C:\Träger\x"),
    ],
)
def test_a_path_is_quoted_for_the_terminals_of_windows(
    path: str, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        quoted = shell_quoted(path)
    assert quoted == typed
    # By the rules of Windows' own parser of command lines, which Python follows here.
    assert subprocess.list2cmdline([path]) in (typed, typed.strip('"'))


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
def test_a_pipe_of_few_characters_ends_no_command_and_keeps_json_whole(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    library = ("--workspace", str(workspace.root))
    new = ("story", "new", "--title", "Łódź", "--questions", "being-heard")
    printed = []
    for command in (new, ("status",), ("story", "list", "--json")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert carer_stories.run([*library, *command]) == 0, command
        stream.flush()
        printed.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
    assert json.loads(printed[-1])[0]["title"] == "Łódź"


def test_doctor_warns_of_a_path_that_leaves_no_room(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_MOST_CHARACTERS_OF_PATH", len(str(workspace.root)) - 1)
    assert [check for check in doctor.run_checks(workspace, None) if "Windows" in check.what] == []
    monkeypatch.setattr(system_calls, "IS_WINDOWS", True)
    sentences = [check.what for check in doctor.run_checks(workspace, None)]
    assert any("would be too long" in sentence for sentence in sentences)
    assert not any("No other account" in sentence for sentence in sentences)


def test_ffmpeg_is_out_of_reach_of_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    started: dict[str, Any] = {}
    monkeypatch.setattr(recorder, "_OWN_GROUP", 0x200)
    monkeypatch.setattr(recorder, "ffmpeg_path", lambda: "ffmpeg")
    monkeypatch.setattr(subprocess, "Popen", lambda _command, **options: started.update(options))
    source = recorder.CaptureSource(("-i", "x"), "0:a", "0:v")
    recorder._start(source)
    assert (started["creationflags"], started["start_new_session"]) == (0x200, True)


@pytest.mark.parametrize("is_known", [True, False])
def test_every_next_step_begins_as_it_can_be_typed(
    run_cli: Any,
    workspace: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_known: bool,
) -> None:
    program = tmp_path / "my tools" / "carer-stories"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", str(program.parent if is_known else tmp_path))
    typed = "carer-stories" if is_known else shell_quoted(program)
    ran = run_cli("--workspace", tmp_path, "status")
    assert ran.err.endswith(f"Make one with: {typed} init {shell_quoted(tmp_path)}\n"), ran.err
    folder = workspace.root
    ran = run_cli(
        *("--workspace", folder, "story", "new", "--title", "A", "--questions", "being-heard")
    )
    assert f"Next: {typed} " in ran.out or f": {typed} " in ran.out, ran.out
    ran = run_cli("--workspace", folder, "status")
    assert f": {typed} " in ran.out, "each step as it can be typed"
    assert typed_command.NAME in ran.out
