"""The Markdown of pages by people: the marks that are read, and tables that fit a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

WRITTEN_EXTENSIONS = (
    "abbr",
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "pymdownx.details",
    "tables",
)
"""Extensions of Python-Markdown by which a page of any library is read."""
_ALIGNMENT = re.compile(r"text-align:\s*(left|center|right);?")
_MOST_THAT_FIT = 3
"""Columns that fit on any screen; a table of more is scrolled."""
_LETTERS_OF_A_PHONE, _LETTERS_OF_A_SHEET = 32, 88
"""Letters side by side in a window of 320 pixels, and on paper."""
_LETTERS_BETWEEN = 2
_FEWEST_UNBROKEN = 10
"""Letters of a word that is broken on no screen: a table that would have to is scrolled."""
_WORD_ENDS = re.compile(
    "[\\s\u00ad\u200b\u2010\u2012-\u2015\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff-]|\x02[^\x03]*\x03"
)
"""Places where a line may end, as between Chinese characters, and what Markdown put aside."""
_AFTER_ALL_OTHERS = -100


def with_written_extensions(extensions: Iterable[str]) -> list[str]:
    """Return `extensions` of a library’s own mkdocs.yml, with those that it lacks."""
    own = list(extensions)
    names = {name.removeprefix("markdown.extensions.") for name in own}
    return [*own, *(name for name in WRITTEN_EXTENSIONS if name not in names)]


class WrittenTables(Extension):
    """Python-Markdown extension for the tables of a page by people."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's own name
        """Add the step that runs when attributes of the author are in the tree."""
        md.treeprocessors.register(_TableStep(md), "written-tables", _AFTER_ALL_OTHERS)


class _TableStep(Treeprocessor):
    def run(self, root: Element) -> None:
        for cell in root.iter():
            if cell.tag in {"td", "th"}:
                _align(cell)
        number = 0
        # As a list: what is put round a table must not be looked into.
        for parent in list(root.iter()):
            for position, child in enumerate(list(parent)):
                if child.tag == "table":
                    number += 1
                    parent[position] = _boxed(child, number)


def _align(cell: Element) -> None:
    # The policy of the page lets no style in it work; a class does the same.
    alignment = _ALIGNMENT.fullmatch(cell.get("style", "").strip())
    if alignment:
        del cell.attrib["style"]
        cell.set("class", f"{cell.get('class', '')} align-{alignment[1]}".strip())


def _boxed(table: Element, number: int) -> Element:
    rows = [list(row) for row in table.iter("tr")]
    columns = max(map(len, rows), default=0)
    longest = [max(_longest(row[at]) for row in rows if at < len(row)) for at in range(columns)]
    whole = _unbroken(longest, _LETTERS_OF_A_PHONE - _LETTERS_BETWEEN * columns)
    if columns > _MOST_THAT_FIT or whole < min(_FEWEST_UNBROKEN, max(longest, default=0)):
        # With a name and a stop for the keyboard, or only a mouse could scroll it.
        label = f"Table {number}"
        names = {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": label}
        box = Element("div", names)
        whole = _unbroken(longest, _LETTERS_OF_A_SHEET - _LETTERS_BETWEEN * columns)
    else:
        box = Element("div", {"class": "table-fits"})
    for cell in (cell for row in rows for cell in row if _longest(cell) > whole):
        cell.set("class", f"{cell.get('class', '')} long-words".strip())
    box.tail, table.tail = table.tail, None
    box.append(table)
    return box


def _longest(cell: Element) -> int:
    """Return the letters of a cell’s longest word."""
    return max(map(len, _WORD_ENDS.split("".join(cell.itertext()))))


def _unbroken(longest: Sequence[int], room: int) -> int:
    """Return the most letters that words may have and be whole in columns side by side.

    `longest` are the letters of the longest word of each column, `room` those of a line.
    """
    at_most = max(longest, default=0)
    while at_most > 1 and sum(min(letters, at_most) for letters in longest) > room:
        at_most -= 1
    return at_most
