"""Whether a word that is also a name is one here: Will, Mark, Grace, May.

Recognisers write names with a capital, so that case inside a sentence tells most; where a sentence
begins, the word behind tells. What neither decides is a question for the editor.
"""

from __future__ import annotations

from enum import Enum, auto

from transcribe.redaction.common_words import MONTHS
from transcribe.redaction.folding import words
from transcribe.redaction.text_model import Talk


class Use(Enum):
    """What a word is where it stands."""

    NAME = auto()
    UNCLEAR = auto()
    WORD = auto()


_HELPING = words(
    "will may might can would could should shall do does did is are was were has have had"
)
_PRONOUNS = words(
    "i you he she it we they me him her us them this that these those there the a an my your his "
    "our their not so as anyone somebody someone nobody people if all each who what"
)
_SUBJECTS = words("i you he she it we they this that there the your my his her our their")
_DEEDS = words(
    "said says told tells asked asks came comes went goes rang rings called calls phoned phones "
    "wrote laughed cried shouted knew knows thought thinks wanted wants loved loves liked likes "
    "lived lives worked works helped helps looked looks sat stood walked drove stayed moved died "
    "visited visits smiled told got gets took takes gave gives left kept keeps felt feels heard "
    "saw sees tried tries used needed needs played plays and'd who"
)
_INTRODUCING = words(
    "with to for from and or by about called named saw met told asked rang phoned love loved miss "
    "missed son daughter husband wife brother sister friend partner nephew niece cousin uncle aunt "
    "auntie mum dad nurse doctor dr mr mrs ms miss boy girl like than without dear hi hello hey "
    "thanks"
)
_DATED = words("in of since until till by last next this early late mid during before after every")


def use(talk: Talk, at: int) -> Use:
    """What the ordinary word at `at`, which somebody listed as a name, is here."""
    before = talk.folds[at - 1] if at and not talk.opening[at] else ""
    after = talk.folds[at + 1] if at + 1 < len(talk.folds) and not talk.ends[at] else ""
    if talk.caseless:
        return _without_case(before, after)
    if not talk.capital[at]:
        return Use.WORD
    fold = talk.folds[at]
    if fold in MONTHS and (before in _DATED or _is_number(before) or _is_number(after)):
        return Use.WORD
    if talk.owning[at]:
        return Use.NAME
    if not talk.opening[at]:
        question = fold in _HELPING and after in _SUBJECTS and before not in _INTRODUCING
        return Use.UNCLEAR if question else Use.NAME
    if after in _DEEDS:
        return Use.NAME
    if after in _PRONOUNS:
        return Use.WORD
    return Use.UNCLEAR


def _without_case(before: str, after: str) -> Use:
    """Where nothing has capitals: only a clear place is asked about, and nothing is sure."""
    if after in _DEEDS or before in _INTRODUCING:
        return Use.UNCLEAR if after not in _SUBJECTS else Use.WORD
    return Use.WORD


def _is_number(fold: str) -> bool:
    ordinal = fold.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
    return ordinal.isdigit() or fold in _NUMBERS


_NUMBERS = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth two "
    "twenty nineteen"
)
