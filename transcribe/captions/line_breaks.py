"""The cost of ending a line or a caption after each word of English.

From the BBC's subtitle guidelines (“Break lines at natural points”) and Netflix' timed-text style
guide: after punctuation, before conjunctions and prepositions; not between an article or adjective
and its noun, a preposition and its phrase, a pronoun and its verb, the parts of a name, or a number
and what it counts. Some phrases are never divided, not even over two lines: a title and its name, a
number and its unit, a time, a date, a section and its number, an abbreviation and what it opens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from transcribe.words import is_sentence_end, normalised

_KINDS = {
    "T": "dr mr mrs ms mx miss prof professor doctor sir dame lord lady rev reverend fr hon judge "
    "st saint cllr councillor sgt sergeant insp inspector capt captain pc nurse sister matron "
    "auntie aunt uncle nan",
    "V": "e.g i.e eg ie vs approx",
    "N": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety",
    "M": "hundred thousand million billion trillion dozen",
    "O": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth "
    "thirtieth",
    "H": "half quarter",
    "Q": "halves quarters thirds",
    "U": "percent % pound pounds pence p quid euro euros dollars am pm a.m p.m o'clock seconds sec "
    "secs minute minutes min mins hour hours hr hrs day days night nights week weeks month months "
    "year years mg mcg ml g kg gram grams milligram milligrams microgram micrograms stone lb lbs "
    "mile miles metre metres km m cm mm foot feet inch inches degrees times",
    "C": "section sections ward wards room page pages chapter part parts band level step stage "
    "tier bay floor unit flat type question number numbers schedule article paragraph clause rule "
    "regulation item phase grade group area zone platform figure table volume act bed class",
    "Y": "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sept sep oct nov dec",
    "D": "monday tuesday wednesday thursday friday saturday sunday",
    "P": "past to",
    "A": "and &",
    "F": "of",
    "J": "a an",
    "R": "per",
    "Z": "cent",
}
"""Title, opening abbreviation, number, magnitude, ordinal, fraction and its plural, unit, what
numbers are given to, month, day, “past”, “and”, “of”, “a”, “per”, “cent”. Besides: L for a letter,
K for a name or any word with a capital, X for all else."""
_KIND = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_CAPITAL_ONLY = "TYD"
"""“May” and “Sister” are something else without a capital."""

# £3.50, 10:30, 1990s, 20p, 5m, 3k, 2bn, 10am, 40%.
_DIGITS = re.compile(r"[£$€#]?\d[\d.,:/–-]*(?:s|p|m|k|bn|am|pm|%)?", re.IGNORECASE)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)
# A single capital or initials; not I, which is mostly a pronoun.
_LETTER = re.compile(r"[A-HJ-Z]\.?|(?:[A-Z]\.){2,}")
_OPENING = ("(", "[", "“", '"')
_CLOSES = re.compile(r"[.,;:!?…)\]\"”]$")
_OPENS_DESPITE_STOP = re.compile(
    r"(?:dr|mr|mrs|ms|mx|prof|rev|fr|hon|st|cllr|sgt|insp|capt|e\.g|i\.e|vs|approx|nos?|[A-Z])\.",
    re.IGNORECASE,
)

# A capital letter is a word that leads on, a small one a word with a stop or a comma after it.
_NUMBER = "[NM](?:[NMO]|(?<=M)A[NM]){0,6}"
_TOGETHER = tuple(
    re.compile(f"(?=({pattern}))")  # looking ahead, so that matches may overlap
    for pattern in (
        f"{_NUMBER}P(?:[NM]{{0,2}}[NnMm])?",  # ten past two, five to ten
        "HP[Nn]?",  # half past two
        f"{_NUMBER}(?:R[Zz]|[UuQqMmNnOo]|AJ[Hh])",  # two hundred and fifty pounds
        "[HQ]F?J[UuMm]",  # half an hour, half a million
        "[NO]{1,2}F?(?:Y[Nn]|[Yy])",  # the 23rd of March 2024
        "[YD][NnOo]",  # March 23, Monday 3
        "C[NnOoLl]",  # Section 3, Ward B
        "TAT",  # Mr and Mrs
        "[TL]{1,3}[Kklyd]",  # Dr J. Smith
        "LA[Ll]",  # A & E
        "V[A-Za-z]",  # e.g. this
    )
)


def stays_with_next(words: Sequence[str]) -> list[bool]:
    """Return for each word whether it must stay with the one after it. The last never must."""
    kinds = "".join(map(_kind, words))
    is_bound = [False] * len(words)
    for pattern in _TOGETHER:
        for match in pattern.finditer(kinds):
            last = match.end(1) - 1
            is_bound[match.start() : last] = [True] * (last - match.start())
    for at, word in enumerate(words):
        if word.startswith(_OPENING) and at:
            is_bound[at - 1] = False
    return is_bound


def is_number(word: str) -> bool:
    """Return True if a word is digits or a number's name; not “one”, which is mostly a pronoun."""
    kind = _kind(word)
    return kind in "NM" and normalised(word) != "one"


def _kind(word: str) -> str:
    if word in ("No.", "Nos.", "no.", "nos."):
        return "C"  # before a number; without one it is a sentence
    kind = _kind_by_name(word) or _kind_by_form(word)
    if _CLOSES.search(word) and not _OPENS_DESPITE_STOP.fullmatch(word):
        return kind.lower()
    return kind


def _kind_by_name(word: str) -> str | None:
    if _LETTER.fullmatch(word.rstrip(",;:!?…)")):
        return "L"
    kind = _KIND.get(normalised(word))
    if kind and kind in _CAPITAL_ONLY and not word[:1].isupper():
        return None
    return kind


def _kind_by_form(word: str) -> str:
    spoken = normalised(word)
    bare = word.lstrip("\"'“‘([").rstrip('.,;:!?…)]"”')
    if _ORDINAL.fullmatch(spoken):
        return "O"
    if _DIGITS.fullmatch(bare):
        return "N"
    return "K" if bare[:1].isupper() and spoken != "i" else "X"


# In the same units as the weights of `layout`.
SENTENCE_COST = 0.0
CLAUSE_COST = 2.0
BEFORE_JOINING_COST = 5.0  # before a conjunction or a preposition
PLAIN_COST = 9.0
SPLIT_COST = 22.0  # a name, or a number from what it counts
FUNCTION_WORD_COST = 60.0
BOUND_COST = 5_000.0  # more than anything else can cost: only where it does not fit a line


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FUNCTION_WORDS = _word_set(
    "a an the my your his her its our their this that these those some any no every each "
    "of in on at by for with from to into onto about over under after before between through "
    "during without within against as than like near off upon up "
    "and or but nor so yet because if when while although though unless until since whether "
    "i you he she it we they who which what where whose "
    "am is are was were be been being have has had do does did will would can could shall should "
    "may might must not "
    "i'm i've i'd i'll you're you've he's she's it's we're we've they're they've there's that's "
    "can't don't didn't wasn't couldn't wouldn't isn't aren't won't "
    "very too quite just"
)
"""Words that lean on the one after them: a line should not end on them."""

_JOINING = _word_set(
    "and or but nor so because if when while although though unless until since whether that which "
    "who where of in on at by for with from to into about over under after before between through "
    "during without within against as than"
)
_CLAUSE_ENDS = (",", ";", ":", "–", "—", ")", "]")


def has_trailing_function_word(text: str) -> bool:
    """Return True if a text stops on a word that leans on the next, with nothing to close it."""
    last = text.split()[-1:] or [""]
    return _leans(last[0])


def break_costs(words: Sequence[str]) -> list[float]:
    """Return for each word the cost of a break after it; after the last it costs nothing."""
    if not words:
        return []
    free = [*(_cost(before, after) for before, after in pairwise(words)), SENTENCE_COST]
    return [
        BOUND_COST if held else cost
        for held, cost in zip(stays_with_next(words), free, strict=True)
    ]


def _cost(before: str, after: str) -> float:
    if is_sentence_end(before):
        return SENTENCE_COST
    if before.endswith(_CLAUSE_ENDS) or before.rstrip("\"'’”").endswith(_CLAUSE_ENDS):
        return CLAUSE_COST
    if _leans(before):
        return FUNCTION_WORD_COST
    joins = normalised(after) in _JOINING
    if (is_number(before) and not joins) or (_is_name(before) and _is_name(after)):
        return SPLIT_COST
    return BEFORE_JOINING_COST if joins else PLAIN_COST


def _leans(word: str) -> bool:
    return word[-1:].isalpha() and normalised(word) in FUNCTION_WORDS


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word.casefold() not in ("i", "i'm", "i’m")
