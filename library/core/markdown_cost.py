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
"""Quotes and lists within one another: each level is read again from its beginning."""
_SIGNS = re.compile(r"[\[\](){}!*_`<>&\\:]")
_OPEN_TAG = re.compile(r"<[^<>]*(?=<|\Z)")
_LEVELS = re.compile(r"(?:[ \t]*(?:>|[*+-] |\d{1,9}\. ))*")
_LEVEL = re.compile(r">|[*+-] |\d\. ")
_HEADING = re.compile(r" {0,3}(?:#|=+\s*\Z|-+\s*\Z)")
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
                f"more than {MOST_NESTED} quotes or lists within one another",
                "Take some of the signs at the beginning of that line out.",
            )
        return lines


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


def _depth(line: str) -> int:
    levels = _LEVELS.match(line)
    return len(_LEVEL.findall(levels[0])) if levels else 0


def _texts(root: Element) -> Iterator[str]:
    for element in root.iter():
        for text in (element.text, element.tail):
            # An atomic text is code: nothing is looked for in it.
            if text and not isinstance(text, AtomicString):
                yield text


def _work(text: str) -> int:
    return len(_SIGNS.findall(text)) * len(text)
