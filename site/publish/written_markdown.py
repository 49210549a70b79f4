"""The Markdown of pages by people: the marks that are read, and tables that fit a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
"""Columns that fit on any screen, with long words broken; a table of more is scrolled."""
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
    row = next(table.iter("tr"), None)
    if row is not None and len(row) > _MOST_THAT_FIT:
        # With a name and a stop for the keyboard, or only a mouse could scroll it.
        label = f"Table {number}"
        names = {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": label}
        box = Element("div", names)
    else:
        box = Element("div", {"class": "table-fits"})
    box.tail, table.tail = table.tail, None
    box.append(table)
    return box
