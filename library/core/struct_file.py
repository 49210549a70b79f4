"""Load and save records (msgspec structs) as JSON files, with one sentence for a damaged file.

Records are written indented, atomically and for their owner alone. A file that cannot be decoded
is refused as Damaged, naming the file, the field and what was expected there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from library.core.errors import CarerStoriesError, Damaged, NotFound
from library.core.files import translate_disk_errors, write_atomic
from library.core.sanitise import printable

T = TypeVar("T")
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Errors of decoding JSON. RecursionError: msgspec skips unknown fields and reads fields of any
type recursively, so brackets nested without end exhaust the stack instead of failing as JSON."""


def encode(record: object) -> bytes:
    """Return `record` as indented JSON with a newline, so that people can read and compare it."""
    # Formatted after the encoding: msgspec’s encoder itself writes one line.
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"


def save(path: Path, record: object) -> None:
    """Write `record` to `path` atomically, for its owner alone. Raises NoRoom or DiskFailed."""
    write_atomic(path, encode(record))


def load(
    path: Path, kind: type[T], *, next_step: str, missing: CarerStoriesError | None = None
) -> T:
    """Return the record in `path`.

    `next_step` tells how to mend a damaged file. Raises `missing` (else NotFound) where there is
    no file, Damaged naming the field, and DiskFailed.
    """
    record = load_if_present(path, kind, next_step=next_step)
    if record is None:
        raise missing or NotFound(f"{path} is not there.", next_step)
    return record


def load_if_present(path: Path, kind: type[T], *, next_step: str) -> T | None:
    """Return the record in `path`, or None where there is no file. Raises as `load` does."""
    with translate_disk_errors(path, "read"):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
    return decode(data, kind, name=path, next_step=next_step)


def load_if_readable(path: Path, kind: type[T]) -> T | None:
    """Return the record in `path`, or None where it is missing, unreadable or not a `kind`.

    For files on which no decision rests, such as caches and courtesy notes.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, *UNDECODABLE):
        return None


def decode(data: bytes, kind: type[T], *, name: Path | str, next_step: str) -> T:
    """Return `data` as a `kind`. Raises Damaged naming the file, the field and what was wrong."""
    try:
        return msgspec.json.decode(data, type=kind)
    except UNDECODABLE as error:
        raise Damaged(f"{name} is not as it was written: {explain(error)}.", next_step) from None


def explain(error: BaseException) -> str:
    """Return msgspec's message with its path put first and in words: `questions 3 → ask: …`."""
    message, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".")
    # Places in lists are counted from 1, as people count.
    field = re.sub(r"\[(\d+)\]", lambda index: f" {int(index[1]) + 1}", field).replace(".", " → ")
    message = message[:1].lower() + message[1:]
    return printable(f"{field}: {message}" if field else message)
