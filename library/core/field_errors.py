"""What a person has to mend in a file they wrote: the line, the field, what was expected there.

Short files (settings, themes, the glossary, lists of names) are read here and refused at their
first fault; question sets and training plans collect all of theirs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from library.core import yaml_lines
from library.core.errors import BadInput, DiskFailed, NotFound
from library.core.sanitise import LARGEST_FILE, printable
from library.core.struct_file import explain

T = TypeVar("T", bound=msgspec.Struct)
_INDEX = re.compile(r"\[(\d+)\]|\.?([A-Za-z_]\w*)")
_PLAIN = (
    ("expected `array`, got `str`", "write a list here: each line begins with a hyphen"),
    ("expected `array`, got `object`", "write a list here: each entry begins with a hyphen"),
    ("expected `str`, got `array`", "write words here, not a list"),
    ("expected `str`, got `object`", "write words here; if there is a colon in them, use quotes"),
    ("expected `int`, got `str`", "write a whole number here"),
    ("expected `int | null`, got `str`", "write a whole number here"),
    ("expected `bool`, got `str`", "write true or false here"),
    ("expected `object`, got `str`", "this has fields of its own; write them indented below it"),
    ("expected `object`, got `array`", "this has fields of its own, and is no list"),
)


@dataclass(frozen=True)
class Problem:
    """Something to mend: where, and what was expected."""

    line: int
    where: str
    """The field, as people find it: `questions 3 → ask`; empty for the file as a whole."""
    what: str

    def __str__(self) -> str:
        place = f"line {self.line}, {self.where}" if self.where else f"line {self.line}"
        return printable(f"{place}: {self.what}")


def read_yaml(path: Path, kind: type[T], *, shown_as: str | None = None) -> T:
    """The file as a `kind` record. `shown_as` is how messages name the file.

    Raises NotFound when it is not there, and BadInput naming the file, the line, the field (counted
    from 1 in lists) and what was expected.
    """
    name = shown_as or printable(path.name)
    values, lines = _tree_of(path, name)
    try:
        return msgspec.convert({} if values is None else values, kind, strict=False)
    except msgspec.ValidationError as error:
        problem = misfit(error, lines, kind.__struct_fields__)
        raise BadInput(f"{name}, {problem}.", "Mend that field and try again.") from None


def _tree_of(path: Path, name: str) -> tuple[Any, yaml_lines.Lines]:
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
        return yaml_lines.read_tree(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{name}, line {line}: this is not UTF-8 text.", "Save it as UTF-8."
        ) from None
    except yaml_lines.Unreadable as error:
        raise BadInput(
            f"{name}, line {error.line}: {printable(error.what)}.",
            "Check the indentation and quotes there.",
        ) from None


def in_words(path: yaml_lines.Path) -> str:
    """`questions 3 → ask`: places in lists are counted from 1, as people count."""
    said = ""
    for step in path:
        said += f" {step + 1}" if isinstance(step, int) else (f" → {step}" if said else step)
    return said


def misfit(
    error: msgspec.ValidationError, lines: yaml_lines.Lines, known: Iterable[str]
) -> Problem:
    """msgspec's message, put where the field stands in the file; `known` are names of fields."""
    said, _, at = str(error).partition(" - at `")
    path: yaml_lines.Path = tuple(
        int(found[1]) if found[1] else found[2]
        for found in _INDEX.finditer(at.rstrip("`").removeprefix("$"))
    )
    what = explain(msgspec.ValidationError(said))
    if unknown := re.search(r"unknown field `(.*)`", what):
        path = (*path, unknown[1])
        what = f"there is no field of that name{did_you_mean(unknown[1], known)}"
    elif missing := re.search(r"missing required field `(.*)`", what):
        path, what = (*path, missing[1]), "this field is missing"
    else:
        what = next((plain for raw, plain in _PLAIN if raw in what), what)
    return Problem(lines.of(path), in_words(path), what)


def did_you_mean(typed: str, known: Iterable[str]) -> str:
    """`; did you mean “ask”?` where one of the known words is near, else nothing."""
    near = difflib.get_close_matches(typed.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean “{near[0]}”?" if near else ""
