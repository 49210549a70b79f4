"""Reading what people write by hand: YAML, decoded strictly, with messages that name the place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from library.errors import BadInput, DiskFailed, NotFound

T = TypeVar("T")
LARGEST_FILE = 1_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text with control and direction-override characters removed, safe to show in a terminal."""
    return _CONTROL.sub("", text)


def read_yaml(path: Path, kind: type[T], *, shown_as: str | None = None) -> T:
    """The file as a `kind` record. `shown_as` is how messages name the file.

    Raises NotFound when it is not there, and BadInput naming the file, the field (counted from 1
    in lists) and what was expected.
    """
    import yaml

    name = shown_as or path.name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"There is no file {name}.", f"It was looked for in {path.parent}."
        ) from None
    except OSError as error:
        raise DiskFailed(f"{name} could not be read: {error.strerror}.") from error
    if len(data) > LARGEST_FILE:
        raise BadInput(f"{name} is larger than a megabyte.", "A file of words is never that long.")
    try:
        plain = yaml.safe_load(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{name} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(
            f"{name}, line {line}: {error.problem or 'this is not valid YAML'}.",
            "Check the indentation and quotes there.",
        ) from None
    except yaml.YAMLError as error:
        raise BadInput(f"{name} is not valid YAML: {printable(str(error))}.") from None
    try:
        return msgspec.convert(plain, kind, strict=True)
    except msgspec.ValidationError as error:
        raise BadInput(f"{name}: {explain(error)}.", "Mend that field and try again.") from None


def explain(error: msgspec.ValidationError) -> str:
    """msgspec's message with its path put first and in words: `questions 3 → ask: …`."""
    text = str(error)
    message, _, path = text.partition(" - at `")
    where = path.rstrip("`").removeprefix("$").lstrip(".")
    where = re.sub(r"\[(\d+)\]", lambda found: f" {int(found[1]) + 1}", where).replace(".", " → ")
    message = message[:1].lower() + message[1:]
    return printable(f"{where}: {message}" if where else message)
