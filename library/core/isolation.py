"""Keep a value's letters in their own order within a sentence that runs the other way.

Without it a telephone number in an Arabic sentence is drawn with its groups turned round: Unicode
gives digits no direction of their own (UAX 9), and they take that of the words about them.
"""

from __future__ import annotations

import re

from library.core.languages import direction

FIRST_STRONG, LEFT_TO_RIGHT, END = "\u2068", "\u2066", "\u2069"
AS_TYPED, AS_TYPED_END = "\u202d", "\u202c"
"""Marks between which every sign stands to the right of the one before."""
_RIGHT_TO_LEFT_LETTER = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_LATIN_OR_NUMBER = re.compile(
    r"[+#]?(?:[A-Za-z0-9]|\([ -'*-~]*\))"
    r"(?:[ !-'*-/:-@\[-`{-~\u2010-\u2015]*(?:[A-Za-z0-9]|\([ -'*-~]*\)))*"
)
"""Digits and Latin letters with the signs between them: a number, an address, a name."""
_OWN_DIGIT = re.compile("[\u0660-\u0669\u06f0-\u06f9]")
_NUMBER_IN_GROUPS = re.compile(r"[+#(]?\d(?:[ \u00a0()./\u2010-\u2015-]{0,2}\d){5,}")
"""A telephone number. A range such as “9 - 5” has no such groups, and runs as its language does."""
_MARK = re.compile("[\u202a-\u202e\u2066-\u2069]")


def isolated(value: str, language: str) -> str:
    """Return a value for a sentence of a language (a BCP 47 tag), between marks that isolate it.

    Numbers and addresses within a value that runs from right to left are isolated as well. Groups
    of Arabic-Indic digits are drawn from right to left even in an isolate: they are kept as typed.
    A value that no mark is needed for is returned as it is.
    """
    value = _MARK.sub("", value)
    if direction(language.lower()) == "ltr" and not _RIGHT_TO_LEFT_LETTER.search(value):
        return value
    parts = []
    at = 0
    for number in _NUMBER_IN_GROUPS.finditer(value):
        if _OWN_DIGIT.search(number[0]):
            before = _with_runs(value[at : number.start()])
            parts += [before, f"{AS_TYPED}{number[0]}{AS_TYPED_END}"]
            at = number.end()
    return f"{FIRST_STRONG}{''.join(parts)}{_with_runs(value[at:])}{END}"


def _with_runs(text: str) -> str:
    return _LATIN_OR_NUMBER.sub(lambda run: f"{LEFT_TO_RIGHT}{run[0]}{END}", text)
