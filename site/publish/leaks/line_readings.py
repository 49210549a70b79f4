"""The ways a line of a few words is read that stands alone: a recipient, the name of a file.

A page is searched word by word, since names that run together in it are rare and its words are
many. Here the words are few and somebody chose them, so that they are also read with their signs
taken out, parted at their capitals, spelt out letter by letter, and without any blanks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise

from library.records.hidden_terms import HiddenTerm
from publish.leaks.letter_readings import letter_lines, letter_words, letters_of
from publish.leaks.needles import Needles

MIN_LETTERS_WITHIN = 8
"""A name of several words is looked for in the midst of others from so many letters on."""
_SIGNS_IN_WORD = re.compile(r"(?<=[^\W_])(?:[^\w\s'’]|_)+(?=[^\W_])")
_SPELT_OUT = re.compile(r"(?<![^\W_])[^\W\d_](?:[\W_]+[^\W\d_](?![^\W_]))+")
"""Single letters one after the other, whatever stands between them."""
_BETWEEN_LETTERS = re.compile(r"[\W_]+")


def line_readings(line: str) -> tuple[str, ...]:
    """Return each way to read a line, once: as it stands first, then as its words may be parted."""
    seen = _without_unseen(line)
    ways = (
        line,
        # As it stands in a file: a name that is an ordinary word as well has its capital there.
        f"for {seen}",
        re.sub(r"[-_]", " ", seen),
        _SIGNS_IN_WORD.sub("", seen),
        _SPELT_OUT.sub(lambda match: _BETWEEN_LETTERS.sub("", match[0]), seen),
    )
    return tuple(dict.fromkeys((*ways, *map(_parted, ways))))


def is_hidden_in_line(line: str, terms: Collection[HiddenTerm]) -> bool:
    """Return True where a line says one of the terms, however that is written."""
    readings = "\n\n".join(line_readings(line))
    reasons = Needles.from_terms((), (), terms).in_text(readings)
    return any(why.is_term for why in reasons) or is_run_together(line, terms)


def is_run_together(line: str, terms: Collection[HiddenTerm]) -> bool:
    """Return True where a line has the letters of a name of several words without its blanks.

    Those of ordinary words are left out: “every day” is not hidden in “everyday”.
    """
    names = {
        letters_of(term.text)
        for term in terms
        if not term.ordinary and len(letter_words(term.text)) > 1
    }
    ways = line_readings(line)
    words = {word for way in ways for word in letter_words(way)}
    lines = {letters for way in ways for letters in letter_lines(way)}
    return any(
        name in words
        or (len(name) >= MIN_LETTERS_WITHIN and any(name in letters for letters in lines))
        for name in names
    )


def _without_unseen(line: str) -> str:
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", line)
        if unicodedata.category(character) != "Cf"
    )


def _parted(line: str) -> str:
    """Return a line with a blank before capitals within a word, between digits and letters."""
    return "".join([line[:1], *_parts(line)])


def _parts(line: str) -> Iterator[str]:
    for before, letter in pairwise(line):
        is_border = before.islower() and letter.isupper()
        is_border |= before.isalnum() and letter.isalnum() and before.isdigit() != letter.isdigit()
        yield f" {letter}" if is_border else letter
