"""YAML without surprises: every value is text, a list or a mapping, and every field has its line.

`yes`, `1:05` and `2026-01-31` stay what was typed. Anchors, aliases and tags are refused (a few
lines of them can stand for gigabytes), and so are nesting without end, lists without end, and a
field given twice, of which YAML would silently keep the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

Path = tuple[str | int, ...]
"""Where a value is: names of fields, and places in lists counted from 0."""
_UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""YAML refuses these as they are; within quotes it lets them be written as `\\0`."""
DEEPEST = 12
MOST = 50_000
"""Values of a file: one of a megabyte may hold half a million, and would take minutes to read."""


class Unreadable(Exception):
    """What is wrong, and in which line (counted from 1)."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


class Lines:
    """The line of a field, or of the nearest thing round it."""

    def __init__(self, known: Mapping[Path, int]) -> None:
        self._known = known

    def of(self, path: Path) -> int:
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path, 1)


def read_tree(text: str) -> tuple[Any, Lines]:
    """The document's values and where they stand. Raises Unreadable."""
    try:
        _require_plain(text)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(_line(mark), _in_words(error)) from None
    except yaml.YAMLError:
        raise Unreadable(1, "there is a character in it that cannot be read") from None
    known: dict[Path, int] = {}
    return (_value(root, (), known) if root else None), Lines(known)


def _line(mark: Any) -> int:
    return int(mark.line) + 1 if mark else 1


def _in_words(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or "this is not valid YAML"
    if "mapping values are not allowed" in said:
        return 'there is a colon in the text; put the whole text in “"” quotes'
    if "expected ',' or" in said:
        return 'text in brackets needs “"” quotes; or begin a line for each with a hyphen'
    if "found character '\\t'" in said:
        return "there is a tab; indent with spaces"
    return said


def _require_plain(text: str) -> None:
    depth = count = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        line = _line(event.start_mark)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise Unreadable(line, "& and * stand for other text in YAML; put it in quotes")
        count += isinstance(event, NodeEvent)
        if count > MOST:
            raise Unreadable(line, f"there are more than {MOST:,} values up to here")
        if isinstance(event, NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise Unreadable(line, "! has a meaning of its own in YAML; put the text in quotes")
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Unreadable(line, "lists within lists go too deep here")


def _value(node: yaml.Node, path: Path, known: dict[Path, int]) -> Any:
    known.setdefault(path, _line(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, (*path, number), known) for number, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, known)
    return _shown(node)


def _shown(node: yaml.Node) -> str:
    if _UNSHOWN.search(node.value):
        raise Unreadable(_line(node.start_mark), "there is a character in it that no page can show")
    return str(node.value)


def _mapping(node: yaml.MappingNode, path: Path, known: dict[Path, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        line = _line(key.start_mark)
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable(line, "the name of a field must be a word")
        _shown(key)
        if key.value in values:
            first = known[(*path, key.value)]
            raise Unreadable(line, f"“{key.value}” is given twice, first in line {first}")
        known[(*path, key.value)] = line
        values[key.value] = _value(value, (*path, key.value), known)
    return values
