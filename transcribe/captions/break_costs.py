"""Where English may be divided: the cost of ending a line or a cue after each word.

From the BBC's subtitle guidelines (“Break lines at natural points”) and Netflix' timed-text style
guide: after punctuation, before conjunctions and prepositions; not between an article or adjective
and its noun, a preposition and its phrase, a pronoun and its verb, the parts of a name, or a number
and what it counts. What is never divided at all is `transcribe.captions.bound_phrases`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from transcribe.captions.bound_phrases import bonds, is_number
from transcribe.tokens import ends_sentence, sound

SENTENCE = 0.0
CLAUSE = 2.0
BEFORE_JOINING = 5.0  # before a conjunction or a preposition
PLAIN = 9.0
SPLIT = 22.0  # a name, or a number from what it counts
FUNCTION = 60.0
BOUND = 5_000.0  # more than anything else can cost: only where it does not fit a line


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


FUNCTION_WORDS = _listed(
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

_JOINING = _listed(
    "and or but nor so because if when while although though unless until since whether that which "
    "who where of in on at by for with from to into about over under after before between through "
    "during without within against as than"
)
_CLAUSE_ENDS = (",", ";", ":", "–", "—", ")", "]")


def ends_on_function_word(text: str) -> bool:
    """Whether a text stops on a word that leans on the next, with nothing to close it."""
    last = text.split()[-1:] or [""]
    return _leans(last[0])


def costs(words: Sequence[str]) -> list[float]:
    """For each word, what it costs to break after it. The last costs nothing."""
    if not words:
        return []
    free = [*(_cost(before, after) for before, after in pairwise(words)), SENTENCE]
    return [BOUND if held else cost for held, cost in zip(bonds(words), free, strict=True)]


def _cost(before: str, after: str) -> float:
    if ends_sentence(before):
        return SENTENCE
    if before.endswith(_CLAUSE_ENDS) or before.rstrip("\"'’”").endswith(_CLAUSE_ENDS):
        return CLAUSE
    if _leans(before):
        return FUNCTION
    joins = sound(after) in _JOINING
    if (is_number(before) and not joins) or (_is_name(before) and _is_name(after)):
        return SPLIT
    return BEFORE_JOINING if joins else PLAIN


def _leans(word: str) -> bool:
    return word[-1:].isalpha() and sound(word) in FUNCTION_WORDS


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word.casefold() not in ("i", "i'm", "i’m")
