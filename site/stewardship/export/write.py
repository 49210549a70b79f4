"""Writing what was gathered: a folder, or one zip, whole or not there."""

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

MANIFEST = "manifest.sha256"
_CHUNK = 1 << 20
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The oldest day a zip can name: the same things give the same bytes whenever they are packed."""
_LARGE = 1 << 31
"""Bytes from which a zip needs its longer form."""
_SPARE = 4_000_000
"""Bytes for names, the manifest and what a file system takes for itself."""


@dataclass(frozen=True)
class Item:
    """One file to be written: its name below the folder, and its bytes or where they lie."""

    name: str
    source: bytes | Path

    @property
    def size(self) -> int:
        """Bytes. Raises DiskFailed."""
        if isinstance(self.source, bytes):
            return len(self.source)
        with translate_disk_errors(self.source, "read"):
            return self.source.stat().st_size


Finish = Callable[[dict[str, str]], Sequence[Item]]
"""What is added at the end, from the name and SHA-256 of everything before."""


def with_manifest(listed: dict[str, str]) -> list[Item]:
    """A list of all files with their hashes."""
    return [Item(MANIFEST, manifest(listed))]


def write_folder(
    place: Path,
    items: Sequence[Item],
    told: Callable[[int], None],
    record: Callable[[], None],
    finish: Finish = with_manifest,
) -> None:
    """All items below `place`, which appears when everything is on the disk.

    `told` is given the bytes done. `record` is called just before `place` appears: what cannot be
    recorded never does. Raises what it raises, NoRoom before anything is written, or DiskFailed.
    """
    _clear_away(place)
    require_room(place, sum(one.size for one in items) + _SPARE)
    beside = files.temporary_beside(place)
    try:
        with translate_disk_errors(beside):
            beside.mkdir(mode=0o700)
        listed, done = {}, 0
        for item in items:
            listed[item.name] = _put(beside / item.name, item, _from(done, told))
            done += item.size
        for item in finish(listed):
            _put(beside / item.name, item, lambda _done: None)
        record()
        with translate_disk_errors(place):
            files.system.replace(beside, place)
            files.fsync_folder(place.parent)
    except BaseException:
        remove(beside)
        raise


def write_zip(
    place: Path, items: Sequence[Item], told: Callable[[int], None], record: Callable[[], None]
) -> None:
    """The same as one zip, whose files lie in a folder of its name. Raises as above.

    Nothing is compressed: films and pictures are already, and so the same bytes come out anywhere.
    """
    _clear_away(place)
    require_room(place, sum(one.size for one in items) + _SPARE)
    with files.replacing(place) as temporary:
        with (
            translate_disk_errors(place),
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as packed,
        ):
            temporary.chmod(0o600)
            _pack_all(packed, place.stem, items, told)
        record()


def _clear_away(place: Path) -> None:
    """What a killed export of the same left beside it: recordings must not lie about unseen."""
    with translate_disk_errors(place.parent, "read"):
        left = [*place.parent.glob(f".{glob.escape(place.stem)}{files.TEMPORARY_MARK}*")]
    for one in left:
        remove(one)


def _pack_all(
    packed: zipfile.ZipFile, folder: str, items: Sequence[Item], told: Callable[[int], None]
) -> None:
    listed, done = {}, 0
    for item in items:
        listed[item.name] = _pack(packed, folder, item, _from(done, told))
        done += item.size
    _pack(packed, folder, Item(MANIFEST, manifest(listed)), lambda _done: None)


def manifest(listed: dict[str, str]) -> bytes:
    """As `sha256sum --check` reads it."""
    return "".join(f"{sha}  {name}\n" for name, sha in sorted(listed.items())).encode()


def _from(before: int, told: Callable[[int], None]) -> Callable[[int], None]:
    return lambda done: told(before + done)


def _put(to: Path, item: Item, told: Callable[[int], None]) -> str:
    with translate_disk_errors(to):
        files.make_folder(to.parent)
    if isinstance(item.source, Path):
        return files.copy_hashed(item.source, to, progress=told)
    files.write_atomic(to, item.source)
    return hashlib.sha256(item.source).hexdigest()


def _pack(packed: zipfile.ZipFile, folder: str, item: Item, told: Callable[[int], None]) -> str:
    info = zipfile.ZipInfo(f"{folder}/{item.name}", _BEGINNING)
    info.create_system = 3  # so that the permissions below are read
    info.external_attr = 0o600 << 16
    digest, done = hashlib.sha256(), 0
    with packed.open(info, "w", force_zip64=item.size >= _LARGE) as to:
        for chunk in _chunks(item.source):
            digest.update(chunk)
            to.write(chunk)
            done += len(chunk)
            told(done)
    return digest.hexdigest()


def _chunks(source: bytes | Path) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with translate_disk_errors(source, "read"), source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
