"""Write an export as a folder or one zip: it appears whole, or not at all."""

from __future__ import annotations

import glob
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from library.core import files
from library.core.files import require_room, translate_disk_errors
from library.core.removal import remove

MANIFEST_FILE = "manifest.sha256"
_CHUNK_BYTES = 1 << 20
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The oldest day a zip can name, for every file: the same files always give the same bytes."""
_MIN_ZIP64_BYTES = 1 << 31
"""Bytes from which a file needs zip64 fields: `zipfile` refuses 2 GiB and more without them."""
_SPARE_BYTES = 4_000_000
"""Bytes for names, the manifest and what a file system takes for itself."""


@dataclass(frozen=True)
class FileToWrite:
    """A file to write: its name below the folder, and its bytes or the path to copy."""

    name: str
    source: bytes | Path

    @property
    def size(self) -> int:
        """Bytes. Raises DiskFailed."""
        if isinstance(self.source, bytes):
            return len(self.source)
        with translate_disk_errors(self.source, "read"):
            return self.source.stat().st_size


Finish = Callable[[dict[str, str]], Sequence[FileToWrite]]
"""Returns files to add at the end, given name and SHA-256 of every file before."""


def with_manifest(listed: dict[str, str]) -> list[FileToWrite]:
    """Return the manifest as the one file to add at the end."""
    return [FileToWrite(MANIFEST_FILE, manifest(listed))]


def write_folder(
    path: Path,
    items: Sequence[FileToWrite],
    on_progress: Callable[[int], None],
    record: Callable[[], None],
    finish: Finish = with_manifest,
) -> None:
    """Write all `items` below `path`, which appears when everything is on the disk.

    `on_progress` is given the bytes done. `record` is called just before `path` appears: an export
    that cannot be recorded never does. Raises what `record` raises, NoRoom before anything is
    written, DiskFailed.
    """
    _remove_leftovers(path)
    require_room(path, sum(item.size for item in items) + _SPARE_BYTES)
    temporary = files.temporary_beside(path)
    try:
        with translate_disk_errors(temporary):
            # For this account alone from the beginning, not only once it is whole.
            temporary.mkdir(mode=0o700)
        listed, done = {}, 0
        for item in items:
            listed[item.name] = _write_file(
                temporary / item.name, item, _progress_from(done, on_progress)
            )
            done += item.size
        for item in finish(listed):
            _write_file(temporary / item.name, item, lambda _done: None)
        # Behind the copying, which takes long, and before the name: nothing appears unrecorded.
        record()
        with translate_disk_errors(path):
            files.system.replace(temporary, path)
            files.fsync_folder(path.parent)
    except BaseException:
        remove(temporary)
        raise


def write_zip(
    path: Path,
    items: Sequence[FileToWrite],
    on_progress: Callable[[int], None],
    record: Callable[[], None],
) -> None:
    """Write all `items` as one zip, in a folder of its name. Raises as `write_folder`.

    Nothing is compressed: films and pictures are already, and the same bytes come out anywhere.
    """
    _remove_leftovers(path)
    require_room(path, sum(item.size for item in items) + _SPARE_BYTES)
    with files.replacing(path) as temporary:
        with (
            translate_disk_errors(path),
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
        ):
            # Before any byte of a recording is in it.
            files.set_mode(temporary, 0o600)
            _pack_all(archive, path.stem, items, on_progress)
        # When the zip is closed, and before it has its name.
        record()


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed export left beside `path`: recordings must not lie about unseen."""
    with translate_disk_errors(path.parent, "read"):
        leftovers = [*path.parent.glob(f".{glob.escape(path.stem)}{files.TEMPORARY_MARK}*")]
    for leftover in leftovers:
        remove(leftover)


def _pack_all(
    archive: zipfile.ZipFile,
    folder: str,
    items: Sequence[FileToWrite],
    on_progress: Callable[[int], None],
) -> None:
    listed, done = {}, 0
    for item in items:
        listed[item.name] = _pack_file(archive, folder, item, _progress_from(done, on_progress))
        done += item.size
    _pack_file(archive, folder, FileToWrite(MANIFEST_FILE, manifest(listed)), lambda _done: None)


def manifest(listed: dict[str, str]) -> bytes:
    """Return a list of files with their hashes, as `sha256sum --check` reads it."""
    return "".join(f"{sha}  {name}\n" for name, sha in sorted(listed.items())).encode()


def _progress_from(before: int, on_progress: Callable[[int], None]) -> Callable[[int], None]:
    return lambda done: on_progress(before + done)


def _write_file(to: Path, item: FileToWrite, on_progress: Callable[[int], None]) -> str:
    with translate_disk_errors(to):
        files.make_folder(to.parent)
    if isinstance(item.source, Path):
        return files.copy_hashed(item.source, to, progress=on_progress)
    files.write_atomic(to, item.source)
    return hashlib.sha256(item.source).hexdigest()


def _pack_file(
    archive: zipfile.ZipFile, folder: str, item: FileToWrite, on_progress: Callable[[int], None]
) -> str:
    info = zipfile.ZipInfo(f"{folder}/{item.name}", _EARLIEST)
    info.create_system = 3  # so that the permissions below are read
    info.external_attr = 0o600 << 16
    digest, done = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=item.size >= _MIN_ZIP64_BYTES) as to:
        for chunk in _chunks(item.source):
            digest.update(chunk)
            to.write(chunk)
            done += len(chunk)
            on_progress(done)
    return digest.hexdigest()


def _chunks(source: bytes | Path) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with translate_disk_errors(source, "read"), source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
