"""Files are whole or not there, whatever the disk does."""

import errno
import hashlib
import os
import stat
from pathlib import Path

import pytest

from library.core import files
from library.core.errors import BadInput, CarerStoriesError, DiskFailed, NoRoom, NotFound
from tests import faults

OLD, NEW = b"what was there before", b"what is written now" * 1000


def test_writes_privately_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    files.write_atomic(path, OLD)
    files.write_atomic(path, NEW)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, NoRoom), (errno.EDQUOT, NoRoom), (errno.EIO, DiskFailed)],
)
@pytest.mark.parametrize("fault_stays", [False, True])
def test_any_failing_change_leaves_old_or_new(
    tmp_path: Path, number: int, kind: type[CarerStoriesError], fault_stays: bool
) -> None:
    path = tmp_path / "library.json"
    files.write_atomic(path, OLD)
    changes = faults.count_changes(lambda: files.write_atomic(path, OLD))
    assert changes >= 8
    for at in range(1, changes + 1):
        files.write_atomic(path, OLD)
        faulty = faults.FaultySystem(at, faults.refuse_with(number), stay=fault_stays)
        with faults.disk(faulty), pytest.raises(kind) as error:
            files.write_atomic(path, NEW)
        assert str(path) in error.value.what
        assert error.value.next_step
        assert path.read_bytes() in (OLD, NEW)
        if not fault_stays:  # a disk that refuses everything refuses to tidy up as well
            assert files.leftovers(tmp_path) == []
        for leftover in files.leftovers(tmp_path):
            leftover.unlink()


def test_killed_at_any_change_leaves_old_or_new(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    files.write_atomic(path, OLD)
    changes = faults.count_changes(lambda: files.write_atomic(path, OLD))
    contents_seen = set()
    for at in range(1, changes + 1):
        files.write_atomic(path, OLD)
        assert faults.killed_at(at, lambda: files.write_atomic(path, NEW))
        contents_seen.add(path.read_bytes())
        assert set(tmp_path.iterdir()) == {path, *files.leftovers(tmp_path)}
    assert contents_seen == {OLD, NEW}


def test_a_short_write_is_carried_on_with(tmp_path: Path) -> None:
    class Slow(files.System):
        def write(self, handle: int, data: bytes | memoryview) -> int:
            return os.write(handle, memoryview(data)[:7])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "system", Slow())
        files.write_atomic(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == NEW


def test_a_tool_writes_beside_and_keeps_its_suffix(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with files.replacing(path) as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mp4")
        temporary.write_bytes(NEW)
        assert not path.exists()
    assert path.read_bytes() == NEW
    assert files.leftovers(tmp_path) == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_a_tool_that_is_stopped_changes_nothing(tmp_path: Path, stop: type[BaseException]) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(OLD)

    def tool() -> None:
        with files.replacing(path) as temporary:
            temporary.write_bytes(NEW)
            raise stop

    with pytest.raises(stop):
        tool()
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_tool_that_wrote_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DiskFailed, match=r"film\.mp4"), files.replacing(tmp_path / "film.mp4"):
        pass


def test_copies_are_hashed_as_they_are_written(tmp_path: Path) -> None:
    source, dest = tmp_path / "in.mp4", tmp_path / "out.mp4"
    data = os.urandom(3 << 20)
    source.write_bytes(data)
    sizes: list[int] = []
    sha = files.copy_hashed(source, dest, progress=sizes.append)
    assert sha == files.sha256_of(dest) == hashlib.sha256(data).hexdigest()
    assert sizes[-1] == len(data)
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_a_hash_is_that_of_all_bytes_however_many(tmp_path: Path, length: int) -> None:
    data = os.urandom(length)
    (tmp_path / "file").write_bytes(data)
    assert files.sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_a_full_disk_during_a_copy_leaves_no_part_of_it(tmp_path: Path) -> None:
    source, dest = tmp_path / "in.mp4", tmp_path / "out.mp4"
    source.write_bytes(NEW)
    changes = faults.count_changes(lambda: files.copy_hashed(source, dest))
    for at in range(1, changes + 1):
        dest.unlink(missing_ok=True)
        faulty = faults.FaultySystem(at, faults.refuse_with(errno.ENOSPC))
        with faults.disk(faulty), pytest.raises(NoRoom):
            files.copy_hashed(source, dest)
        assert not dest.exists() or dest.read_bytes() == NEW
        assert files.leftovers(tmp_path) == []


def test_only_ordinary_files_are_copied(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(BadInput, match="ordinary"):
        files.copy_hashed(pipe, tmp_path / "out")
    with pytest.raises(BadInput, match="ordinary"):
        files.copy_hashed(tmp_path, tmp_path / "out")
    with pytest.raises(NotFound):
        files.copy_hashed(tmp_path / "missing", tmp_path / "out")
    with pytest.raises(NotFound):
        files.sha256_of(tmp_path / "missing")


def test_room_is_asked_for_before_it_is_needed(tmp_path: Path) -> None:
    files.require_room(tmp_path / "not" / "yet", 1000)
    with pytest.raises(NoRoom, match="GB are free"):
        files.require_room(tmp_path / "film.mp4", 10**18)


def test_the_longest_names_still_fit(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 125 + ".json")
    files.write_atomic(path, NEW)
    assert path.read_bytes() == NEW


def test_a_new_folder_outlasts_a_power_cut_with_those_above_it(tmp_path: Path) -> None:
    flushed: list[str] = []

    class Telling(files.System):
        def fsync(self, handle: int) -> None:
            flushed.append(Path(f"/proc/self/fd/{handle}").resolve().name)

    with faults.disk(Telling()):  # type: ignore[arg-type]
        files.make_folder(tmp_path / "one" / "two")
        assert flushed == [tmp_path.name, "one"]
        files.make_folder(tmp_path / "one" / "two")
    assert flushed == [tmp_path.name, "one"], "what is there is left alone"
    assert stat.S_IMODE((tmp_path / "one" / "two").stat().st_mode) == 0o700


def test_a_file_in_the_place_of_a_folder_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(OLD)
    with pytest.raises(FileExistsError):
        files.make_folder(tmp_path / "one")
