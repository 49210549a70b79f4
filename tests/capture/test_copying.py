"""A copy that was broken off goes on where it was, and is byte for byte what the source is."""

from __future__ import annotations

import contextlib
import errno
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.intake import copying, receive
from capture.intake.copying import (
    PartialCopy,
    SourceLost,
    copy_verified,
    partial_copy_of,
    remove_stale_copies,
)
from capture.intake.receive import received_copy
from capture.media.run_ffmpeg import without_progress
from library.core import files
from library.core.errors import BadInput, DiskFailed, NoRoom
from tests import faults

BLOCK, CHUNK = 8192, 1000


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_BYTES", BLOCK)
    monkeypatch.setattr(receive, "CHECKPOINT_BYTES", BLOCK)
    monkeypatch.setattr(copying, "_SPAN_BYTES", BLOCK // 2)
    monkeypatch.setattr(copying, "_CHUNK_BYTES", CHUNK)
    monkeypatch.setattr(copying, "_IDENTIFYING_BYTES", 100)


def a_source(folder: Path, size: int = 5 * BLOCK + 77) -> Path:
    source = folder / "card.mp4"
    source.write_bytes(random.Random(size).randbytes(size))
    return source


def brought(source: Path, to: Path, on_progress: Callable[[int], None] = lambda _done: None) -> str:
    """Copy one file as an import does, and return its SHA-256."""
    to.mkdir(exist_ok=True)
    part = partial_copy_of(to, source)
    remove_stale_copies(to, {part})
    with received_copy(source, to / "take-1.mp4", without_progress) as (_, sha256):
        on_progress(part.bytes_copied)
    return sha256


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 4 * BLOCK))
def test_any_size_arrives_whole(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    folder = tmp_path_factory.mktemp("sizes")
    source = a_source(folder, size)
    progress: list[int] = []
    part = partial_copy_of(folder, source)
    assert copy_verified(source, part, progress.append) == files.sha256_of(source)
    assert part.path.read_bytes() == source.read_bytes()
    assert progress[-1] == size
    assert progress == sorted(progress)


def interrupted(source: Path, part: PartialCopy, after: int) -> None:
    def stop(copied: int) -> None:
        if copied >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_verified(source, part, stop)


@pytest.mark.parametrize("after", [3 * BLOCK + 500, 5 * BLOCK])
def test_it_goes_on_after_what_reached_the_disk(tmp_path: Path, after: int) -> None:
    source = a_source(tmp_path)
    part = partial_copy_of(tmp_path, source)
    interrupted(source, part, after)
    progress: list[int] = []
    sha256 = copy_verified(source, part, progress.append)
    assert progress[0] == after // BLOCK * BLOCK - (BLOCK if after % BLOCK == 0 else 0)
    assert sha256 == files.sha256_of(source)
    assert part.path.read_bytes() == source.read_bytes()


def test_what_is_not_as_the_mark_says_is_copied_again(tmp_path: Path) -> None:
    source = a_source(tmp_path)
    for damage in ("changed", "shorter", "no mark", "a torn mark"):
        part = partial_copy_of(tmp_path, source)
        interrupted(source, part, 3 * BLOCK + 500)
        data = bytearray(part.path.read_bytes())
        if damage == "changed":
            data[BLOCK] ^= 1
            part.path.write_bytes(data)
        elif damage == "shorter":
            part.path.write_bytes(data[:BLOCK])
        elif damage == "no mark":
            part.checkpoint_path.unlink()
        else:
            part.checkpoint_path.write_bytes(part.checkpoint_path.read_bytes()[:10])
        progress: list[int] = []
        assert copy_verified(source, part, progress.append) == files.sha256_of(source)
        assert progress[0] == 0, damage
        assert part.path.read_bytes() == source.read_bytes()
        part.remove()


def test_another_file_does_not_go_on_from_this_one(tmp_path: Path) -> None:
    source = a_source(tmp_path)
    part = partial_copy_of(tmp_path, source)
    interrupted(source, part, 3 * BLOCK)
    data = bytearray(source.read_bytes())
    data[10] ^= 1
    source.write_bytes(data)
    other = partial_copy_of(tmp_path, source)
    assert other != part
    remove_stale_copies(tmp_path, {other})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.mp4"]


def test_a_source_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    source = a_source(tmp_path)

    def grow(copied: int) -> None:
        if copied == BLOCK:
            with source.open("ab") as file:
                file.write(b"more")

    part = partial_copy_of(tmp_path, source)
    with pytest.raises(BadInput, match="changed while it was copied"):
        copy_verified(source, part, grow)


def test_a_card_that_comes_loose_is_said_and_what_was_copied_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = a_source(tmp_path)
    real = Path.open

    class Loose:
        def __init__(self, file: object) -> None:
            self.file = file
            self.left = 3 * BLOCK

        def __enter__(self) -> Loose:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()  # type: ignore[attr-defined]

        def seek(self, *places: int) -> None:
            self.file.seek(*places)  # type: ignore[attr-defined]

        def read(self, size: int) -> bytes:
            self.left -= size
            if self.left < 0:
                raise OSError(errno.EIO, "Input/output error")
            data: bytes = self.file.read(size)  # type: ignore[attr-defined]
            return data

    def opened(self: Path, *arguments: object, **named: object) -> object:
        file = real(self, *arguments, **named)  # type: ignore[call-overload]
        return Loose(file) if self == source and named.get("buffering") == 0 else file

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", opened)
        with pytest.raises(SourceLost, match=r"card.mp4 cannot be read to its end") as error:
            brought(source, tmp_path / "to")
    assert "goes on where it was" in error.value.next_step
    assert partial_copy_of(tmp_path / "to", source).bytes_copied == 3 * BLOCK
    assert brought(source, tmp_path / "to") == files.sha256_of(source)
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["take-1.mp4"]


def test_a_disk_that_keeps_something_else_is_noticed(tmp_path: Path) -> None:
    source = a_source(tmp_path)

    class Failing(files.System):
        written = 0

        def write(self, handle: int, data: bytes | memoryview) -> int:
            self.written += len(data)
            if self.written > 3 * BLOCK:
                data = bytes(len(data))
            return super().write(handle, data)

    real, files.system = files.system, Failing()
    try:
        with pytest.raises(DiskFailed, match="differs from what was written"):
            brought(source, tmp_path / "to")
    finally:
        files.system = real
    assert list((tmp_path / "to").iterdir()) == []


@pytest.fixture
def total(tmp_path: Path) -> int:
    source = a_source(tmp_path)
    return faults.count_changes(lambda: brought(source, tmp_path / "counted"))


def whole_or_not_there(source: Path, to: Path, when: str) -> None:
    path = to / "take-1.mp4"
    if path.exists():
        assert path.read_bytes() == source.read_bytes(), when
        assert path.stat().st_mode & 0o777 == 0o400, when


def test_a_full_disk_at_any_change_leaves_nothing_and_a_second_try_is_whole(
    tmp_path: Path, total: int
) -> None:
    source = a_source(tmp_path)
    for at in range(1, total + 1):
        to = tmp_path / f"full-{at}"
        full = faults.FaultySystem(at, faults.refuse_with(errno.ENOSPC))
        with faults.disk(full), contextlib.suppress(NoRoom):  # the last changes may go unnoticed
            brought(source, to)
        whole_or_not_there(source, to, f"change {at}")
        destination = to / "take-1.mp4"
        if destination.exists():
            destination.unlink()
        brought(source, to)
        whole_or_not_there(source, to, f"change {at}, again")
        assert [path.name for path in to.iterdir() if ".new-" not in path.name] == ["take-1.mp4"]


def test_killed_at_any_change_the_next_time_goes_on(tmp_path: Path, total: int) -> None:
    source = a_source(tmp_path)
    resumed_count = 0
    for at in range(1, total + 1):
        to = tmp_path / f"killed-{at}"
        to.mkdir()
        if not faults.killed_at(at, lambda to=to: brought(source, to)):  # type: ignore[misc]
            continue
        whole_or_not_there(source, to, f"change {at}")
        if (to / "take-1.mp4").exists():
            continue  # the import that follows knows it by its hash
        resumed_count += partial_copy_of(to, source).bytes_copied > 0
        assert brought(source, to) == files.sha256_of(source)
        whole_or_not_there(source, to, f"change {at}, again")
    assert resumed_count > 10


def test_the_source_is_only_read(tmp_path: Path) -> None:
    source = a_source(tmp_path)
    source.chmod(0o400)
    before = source.stat()
    brought(source, tmp_path / "to")
    after = source.stat()
    assert (after.st_mtime_ns, after.st_mode, after.st_nlink) == (
        before.st_mtime_ns,
        before.st_mode,
        before.st_nlink,
    )
