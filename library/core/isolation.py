"""Keep a value's letters in their own order within a sentence that runs the other way.

Without it a telephone number in an Arabic sentence is drawn with its groups turned round: Unicode
gives digits no direction of their own (UAX 9), and they take that of the words about them.
"""

from __future__ import annotations

import re

from library.core.languages import direction

FIRST_STRONG, LEFT_TO_RIGHT, END = "\u2068", "\u2066", "\u2069"
_RIGHT_TO_LEFT_LETTER = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_LATIN_OR_NUMBER = re.compile(
    r"[+#]?(?:[A-Za-z0-9]|\([ -'*-~]*\))"
    r"(?:[ !-'*-/:-@\[-`{-~\u2010-\u2015]*(?:[A-Za-z0-9]|\([ -'*-~]*\)))*"
)
"""Digits and Latin letters with the signs between them: a number, an address, a name."""
_MARK = re.compile("[\u202a-\u202e\u2066-\u2069]")


def isolated(value: str, language: str) -> str:
    """Return a value for a sentence of a language (a BCP 47 tag), between marks that isolate it.

    Numbers and addresses within a value that runs from right to left are isolated as well. A value
    that no mark is needed for is returned as it is.
    """
    value = _MARK.sub("", value)
    if direction(language.lower()) == "ltr" and not _RIGHT_TO_LEFT_LETTER.search(value):
        return value
    runs = _LATIN_OR_NUMBER.sub(lambda run: f"{LEFT_TO_RIGHT}{run[0]}{END}", value)
    return f"{FIRST_STRONG}{runs}{END}"
