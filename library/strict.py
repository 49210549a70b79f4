"""What is strict about reading and showing: what no decoder takes, and no terminal is shown."""

from __future__ import annotations

import re

import msgspec

LARGEST_FILE = 1_000_000
"""Bytes of a file that people write by hand."""
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding JSON into a record raises: RecursionError for brackets within brackets without end,
where a record has room for any value, or skips what it does not know."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text with control and direction-override characters removed, safe to show in a terminal."""
    return _CONTROL.sub("", text)


def explain(error: msgspec.ValidationError) -> str:
    """msgspec's message with its path put first and in words: `questions 3 → ask: …`."""
    text = str(error)
    message, _, path = text.partition(" - at `")
    where = path.rstrip("`").removeprefix("$").lstrip(".")
    where = re.sub(r"\[(\d+)\]", lambda found: f" {int(found[1]) + 1}", where).replace(".", " → ")
    message = message[:1].lower() + message[1:]
    return printable(f"{where}: {message}" if where else message)
