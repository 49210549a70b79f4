"""A bound on the work that a text in Markdown may cost, for it is not read in linear time.

For each sign that may begin something (a link, a word in bold), Python-Markdown looks for its end
through the rest of the paragraph. Fifty thousand characters of `[a](b` in one paragraph take half a
minute, ten times as many an hour. So the work is reckoned before it is done: the signs of each
paragraph times its length. A text over the bound is refused with a sentence; what people write
stays far below it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from library.core.errors import BadInput

MOST_CHARACTERS = 1_000_000
"""Characters of a text: as many as a long book has."""
MOST_WORK = 50_000_000
"""Signs times characters, over all paragraphs of a text: about three seconds."""
MOST_TAG_WORK = 100_000_000
"""Tags without an end times characters of the text: about a second."""
MOST_HEADINGS = 2_000
"""Headings of a text, or lines under one: behind each, all the rest is taken up anew."""
MOST_NESTED = 60
"""Quotes, lists and notes within one another: each level is read again from its beginning."""
MOST_NOTES = 1_000
"""Notes and parts to open of a text."""
MOST_NOTE_WORK = 50_000_000
"""Notes times characters of the text: behind each, all the rest is taken up anew."""
MOST_FOOTNOTES = 500
"""Footnotes and signs that lead to one: for each all of them are gone through."""
MOST_ABBREVIATION_WORK = 7_000_000
"""Abbreviations times characters of the text: about two seconds."""
MOST_CELLS = 100_000
"""Columns times rows, over all tables of a text: about two seconds."""
MOST_MEANINGS, MOST_MEANINGS_AT_ONCE = 5_000, 100
"""Meanings of terms in a text, and in one paragraph: there each is read within the one before."""
MOST_CODE = 4_000
"""Lines that begin or end code: behind each, all the rest is taken up anew."""
_SIGNS = re.compile(r"[\[\](){}!*_`<>&\\:]")
_OPEN_TAG = re.compile(r"<[^<>]*(?=<|\Z)")
_LEVELS = re.compile(r"(?:[ \t]*(?:>|[*+-] |\d{1,9}\. ))*")
_LEVEL = re.compile(r">|[*+-] |\d\. ")
_HEADING = re.compile(r" {0,3}(?:#|=+\s*\Z|-+\s*\Z)")
_CODE = re.compile(r"[ \t>]*(?:```|~~~)")
_INDENT = 4
"""Spaces of one level."""
_INDENTED = re.compile(r"[ \t]*(?=!!!|\?\?\?|[*+-] |\d{1,9}\. )")
"""The blanks before a note or an entry of a list."""
_NOTE = re.compile(r"[ \t]*(?:!!!|\?\?\?)")
_MEANING = re.compile(r"[ \t>]*:[ \t]")
_ABBREVIATION = re.compile(r"[ \t>]*[*]\[")
_FIRST = 1_000
"""Before every other preprocessor."""
_BEFORE_INLINE = 25
"""Python-Markdown reads what is in paragraphs at 20; what is higher goes first."""


class MarkdownCost(Extension):
    """Refuses a text that would take too long to read, naming its file. Raises BadInput."""

    def __init__(self, name: str | Callable[[Markdown], str] = "") -> None:
        super().__init__()
        self._name = name
        self._markdown: Markdown | None = None

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown calls it so
        self._markdown = md
        md.preprocessors.register(_LinesCheck(self), "carer-stories-lines", _FIRST)
        md.treeprocessors.register(_WorkCheck(self), "carer-stories-work", _BEFORE_INLINE)

    def too_much(self, what: str, next_step: str) -> BadInput:
        """Return the refusal."""
        name = self._name
        if not isinstance(name, str):
            name = name(self._markdown) if self._markdown else ""
        where = f"{name} has" if name else "It has"
        return BadInput(f"{where} {what}, and would take too long to read.", next_step)


class _LinesCheck(Preprocessor):
    """Refuses what is too long, open or nested before anything is done with it."""

    def __init__(self, cost: MarkdownCost) -> None:
        super().__init__()
        self._cost = cost

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        if len(text) > MOST_CHARACTERS:
            raise self._cost.too_much("more than a million characters", "Part it into pages.")
        if len(_OPEN_TAG.findall(text)) * len(text) > MOST_TAG_WORK:
            raise self._cost.too_much("too many tags without an end", "Close each with >.")
        if sum(1 for line in lines if _HEADING.match(line)) > MOST_HEADINGS:
            raise self._cost.too_much(
                f"more than {MOST_HEADINGS} headings", "Part it into several pages."
            )
        if any(_depth(line) > MOST_NESTED for line in lines):
            raise self._cost.too_much(
                f"more than {MOST_NESTED} quotes, lists or notes within one another",
                "Take some of the signs at the beginning of that line out.",
            )
        self._require_few_parts(lines, text)
        return lines

    def _require_few_parts(self, lines: list[str], text: str) -> None:
        """Raise BadInput for more notes, footnotes, terms or cells than are read in seconds."""
        parting = "Part it into several pages."
        notes = sum(1 for line in lines if _NOTE.match(line))
        if notes > MOST_NOTES or notes * len(text) > MOST_NOTE_WORK:
            raise self._cost.too_much("too many notes", parting)
        if sum(1 for line in lines if _CODE.match(line)) > MOST_CODE:
            raise self._cost.too_much(
                f"more than {MOST_CODE} lines that begin or end code", parting
            )
        if text.count("[^") > MOST_FOOTNOTES:
            raise self._cost.too_much(f"more than {MOST_FOOTNOTES} footnotes", parting)
        shortened = sum(1 for line in lines if _ABBREVIATION.match(line))
        if shortened * len(text) > MOST_ABBREVIATION_WORK:
            raise self._cost.too_much("too many abbreviations", parting)
        cells = meanings = 0
        for paragraph in _paragraphs(lines):
            at_once = sum(1 for line in paragraph if _MEANING.match(line))
            meanings += at_once
            if at_once > MOST_MEANINGS_AT_ONCE:
                raise self._cost.too_much(
                    f"more than {MOST_MEANINGS_AT_ONCE} meanings of terms in one paragraph",
                    "Part it with empty lines.",
                )
            cells += max(line.count("|") for line in paragraph) * len(paragraph)
        if meanings > MOST_MEANINGS:
            raise self._cost.too_much(f"more than {MOST_MEANINGS} meanings of terms", parting)
        if cells > MOST_CELLS:
            raise self._cost.too_much("tables with too many columns and rows", parting)


class _WorkCheck(Treeprocessor):
    """Refuses paragraphs in which each of many signs would be looked for to their end."""

    def __init__(self, cost: MarkdownCost) -> None:
        super().__init__()
        self._cost = cost

    def run(self, root: Element) -> None:
        if sum(map(_work, _texts(root))) > MOST_WORK:
            raise self._cost.too_much(
                "too many brackets or other signs in one paragraph", "Part it with empty lines."
            )


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    for has_words, paragraph in groupby(lines, lambda line: bool(line.strip(" \t>"))):
        if has_words:
            yield list(paragraph)


def _depth(line: str) -> int:
    levels = _LEVELS.match(line)
    signs = len(_LEVEL.findall(levels[0])) if levels else 0
    indented = _INDENTED.match(line)
    return max(signs, len(indented[0].expandtabs(_INDENT)) // _INDENT if indented else 0)


def _texts(root: Element) -> Iterator[str]:
    for element in root.iter():
        for text in (element.text, element.tail):
            # An atomic text is code: nothing is looked for in it.
            if text and not isinstance(text, AtomicString):
                yield text


def _work(text: str) -> int:
    return len(_SIGNS.findall(text)) * len(text)
