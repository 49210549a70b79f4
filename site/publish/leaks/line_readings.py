"""The ways a line of a few words is read that stands alone: a recipient, the name of a file.

A page is searched word by word, since names that run together in it are rare and its words are
many. Here the words are few and somebody chose them, so that they are also read with their signs
taken out, parted at their capitals, spelt out letter by letter, and without any blanks, also those
beside a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise

from library.consent.copies import titles_of
from library.core.errors import NotAllowed
from library.core.workspace import Workspace
from library.records.hidden_terms import HiddenTerm
from publish.leaks.letter_readings import letter_lines, letter_words, letters_of
from publish.leaks.needles import Needles
from transcribe.redaction.hidden_words import hidden_terms
from transcribe.redaction.normalise import is_common

MIN_LETTERS_WITHIN = 8
"""A name of several words is looked for in the midst of others from so many letters on."""
MIN_LETTERS_BESIDE = 5
"""A name of one word is looked for beside others from so many letters on."""
MIN_LETTERS_OF_REST = 3
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


def require_recipient_hides_nothing(
    workspace: Workspace, recipient: str, stories: Collection[str]
) -> None:
    """Raise NotAllowed where whoever is named for a copy is somebody whom a story on it hides.

    Likewise where it holds the title of one: that stays in register and receipts, also of a story
    that is erased. A list of names that cannot be read hides nothing here: it is said
    where it is used.
    """
    terms = hidden_terms(workspace, skip_unreadable=True)
    if is_hidden_in_line(recipient, [each for each in terms if each.is_hidden_in(stories)]):
        raise NotAllowed(
            "Whoever it is for is named with a name or word that a story on it hides.",
            "Name an organisation, a team or a role instead.",
        )
    require_line_without_titles(workspace, recipient, stories)


def require_line_without_titles(
    workspace: Workspace, line: str, stories: Collection[str], what: str = "Whoever it is for"
) -> None:
    """Raise NotAllowed where a line that the register keeps holds the title of one of the stories.

    `what` names the line in the sentence. A title of one everyday word is nobody's.
    """
    terms = [
        HiddenTerm(title, "", 0, everywhere=True, ordinary=len(words) == 1)
        for title in titles_of(workspace, stories)
        if (words := letter_words(title)) and not (len(words) == 1 and is_common(words[0].decode()))
    ]
    if is_hidden_in_line(line, terms):
        raise NotAllowed(
            f"{what} holds the title of a story on the copy: it would stay in the register and in "
            "receipts, even once that story is erased.",
            "Name an organisation, a team or a role instead."
            if what.startswith("Whoever")
            else "Give it another name, or choose another folder.",
        )


def is_run_together(line: str, terms: Collection[HiddenTerm]) -> bool:
    """Return True where a line has the letters of a name without the blanks in it or beside it.

    Those of ordinary words are left out: “every day” is not hidden in “everyday”.
    """
    firm = {
        letters_of(term.text): len(letter_words(term.text)) > 1
        for term in terms
        if not term.ordinary
    }
    ways = line_readings(line)
    words = {word for way in ways for word in letter_words(way)}
    lines = {letters for way in ways for letters in letter_lines(way)}
    return any(
        name in words
        or (len(name) >= MIN_LETTERS_WITHIN and any(name in letters for letters in lines))
        if has_blanks
        else any(_is_beside_common_words(name, word) for word in words)
        for name, has_blanks in firm.items()
    )


def _is_beside_common_words(name: bytes, word: bytes) -> bool:
    """Return True for a name with ordinary words before or behind it: “teampriya”, “priyasteam”."""
    if len(name) < MIN_LETTERS_BESIDE or name == word:
        return False
    before, itself, after = word.partition(name)
    rests = [before.decode(), after.decode().removeprefix("s")]
    return bool(itself) and all(
        not rest or (len(rest) >= MIN_LETTERS_OF_REST and is_common(rest)) for rest in rests
    )


def _without_unseen(line: str) -> str:
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", line)
        if unicodedata.category(character) != "Cf"
    )


def _parted(line: str) -> str:
    """Return a line with a blank before capitals in a word, between digits, letters and scripts."""
    return "".join([line[:1], *_parts(line)])


def _parts(line: str) -> Iterator[str]:
    for before, letter in pairwise(line):
        is_border = before.islower() and letter.isupper()
        if before.isalnum() and letter.isalnum():
            is_border |= before.isdigit() != letter.isdigit() or _is_latin(before) != _is_latin(
                letter
            )
        yield f" {letter}" if is_border else letter


def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ")
