"""Load and save records (msgspec structs) as JSON files, with one sentence for a damaged file.

Records are written indented, atomically and for their owner alone. A file that cannot be decoded
is refused as Damaged, naming the file, the field and what was expected there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from library.core.counting import counted
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
    """Return in plain words why something could not be decoded, the field put first.

    Such as `questions 3 → ask: a whole number stands where text belongs`. Errors that are not of
    decoding have words of our own, which stay.
    """
    message, _, path = str(error).partition(" - at `")
    # Of a mapping, msgspec does not say which entry it was.
    field = path.rstrip("`").removeprefix("$").replace("[...]", ".an entry").lstrip(".")
    # Places in lists are counted from 1, as people count.
    field = re.sub(r"\[(\d+)\]", lambda index: f" {int(index[1]) + 1}", field).replace(".", " → ")
    message = _in_plain_words(error, message)
    return printable(f"{field}: {message}" if field else message)


def _in_plain_words(error: BaseException, message: str) -> str:
    if isinstance(error, RecursionError):
        return "its brackets lie too deep inside one another"
    if isinstance(error, UnicodeDecodeError):
        return f"it is not text from byte {error.start + 1} on"
    if isinstance(error, UnicodeEncodeError):
        return "it holds a character that cannot be written"
    for pattern, words in _IN_WORDS:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return words(match)
    return message[:1].lower() + message[1:]


_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "a group of fields",
    "date": "a date such as 2027-01-31",
    "datetime": "a time such as 2027-01-31T09:30:00Z",
    "time": "a time such as 09:30:00",
}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def _kinds(names: str) -> str:
    """Return what msgspec calls `int | null` as “a whole number or nothing”."""
    return " or ".join(_KINDS.get(name, name) for name in names.split(" | "))


def _length(match: re.Match[str]) -> str:
    unit, units = ("character", "") if match[1] == "str" else ("entry", "entries")
    count = int(match[3])
    return f"{_BOUNDS[match[2]]} {counted(count, unit, units)} must stand here"


def _malformed(match: re.Match[str]) -> str:
    if match[1] == "trailing characters":
        # Of these alone it counts from 1.
        return f"something stands behind its end, from byte {match[2]} on"
    byte = int(match[2]) + 1
    return f"it is torn or was changed by hand, and cannot be read from byte {byte} on"


_IN_WORDS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (
        r"Expected `([^`]+)`, got `([^`]+)`",
        lambda match: f"{_kinds(match[2])} stands where {_kinds(match[1])} belongs",
    ),
    (r"Expected `(\w+)(?: \| null)?` of length (<=|>=) (\d+)", _length),
    (r"Expected `array` of .*", lambda _: "there are too many or too few entries"),
    (
        r"Expected `(?:int|float)(?: \| null)?` (<=|>=|<|>) (\S+)",
        lambda match: f"a number of {_BOUNDS[match[1]]} {match[2]} belongs here",
    ),
    (
        r"Expected `str.*` matching regex .*",
        lambda _: "the text is not of the form that belongs here",
    ),
    (r"Expected `(int|str)`", lambda match: f"{_KINDS[match[1]]} belongs here"),
    (r"Object missing required field `(.*)`", lambda match: f"the field “{match[1]}” is missing"),
    (
        r"Object contains unknown field `(.*)`",
        lambda match: f"the field “{match[1]}” does not belong here",
    ),
    (
        r"Invalid (?:enum )?value '?(.*?)'?",
        lambda match: f"“{match[1]}” is none of the words that may stand here",
    ),
    (
        r"Invalid RFC3339 encoded (date|datetime|time)",
        lambda match: f"{_KINDS[match[1]]} belongs here",
    ),
    (r"(?:Integer value|Number) out of range", lambda _: "the number is too large"),
    (r"JSON is malformed: (.*) \(byte (\d+)\)", _malformed),
    (r"Input data was truncated", lambda _: "its end is missing"),
)
"""Each message of msgspec that the types of our records can bring about → what it means."""
