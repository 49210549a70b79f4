"""Listed names as they are written: run together, apart, inside a longer word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache

from transcribe.redaction.normalise import MONTHS, folded_word, is_ordinary, word_set
from transcribe.redaction.text_model import Hit, Talk, Target

_LEAST_PLURAL = 5  # letters: “Siobhans”, not “as”


def written_hits(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Where a spelling stands, or two words of it run together, or one apart."""
    written: dict[str, list[tuple[Target, tuple[str, ...], bool]]] = {}
    for target in targets:
        for sure, spellings in ((True, target.exact), (False, target.asked)):
            for spelling in spellings:
                written.setdefault("".join(spelling), []).append((target, spelling, sure))
    if not written:
        return
    longest = max(map(len, written))
    for first in range(len(talk.folds)):
        for last, joined in _grown(talk, first, longest):
            for target, spelling, sure in written.get(joined, ()):
                yield from _written(talk, first, last, target, spelling, sure)
        yield from _within(talk, first, written)


def _grown(talk: Talk, first: int, longest: int) -> Iterator[tuple[int, str]]:
    """Ends of windows that begin at `first`, and their words run together."""
    if not talk.folds[first]:
        return
    joined = ""
    for last in range(first + 1, len(talk.folds) + 1):
        if last - 1 > first and talk.words[last - 1].after_gap:
            return
        joined += talk.folds[last - 1]
        if len(joined) > longest:
            return
        if talk.folds[last - 1]:
            yield last, joined


def _written(
    talk: Talk, first: int, last: int, target: Target, spelling: tuple[str, ...], sure: bool
) -> Iterator[Hit]:
    if last - first == 1 and len(spelling) == 1 and is_ordinary(spelling[0]):
        use = word_use(talk, first)
        if use is WordUse.WORD:
            return
        sure = sure and use is WordUse.NAME
    elif all(talk.ordinary[first:last]) and not any(talk.capital[first:last]):
        # “mark will” is no Mark Will; “shiv on” is, because somebody listed it as heard.
        listed = last - first == len(spelling) and not all(map(is_ordinary, spelling))
        sure = sure and (listed or talk.caseless)
    yield Hit(
        first, last, sure and talk.flat(first, last), target.about, target.shown, target.number
    )


def _within(
    talk: Talk, at: int, written: dict[str, list[tuple[Target, tuple[str, ...], bool]]]
) -> Iterator[Hit]:
    """A name inside a longer word: “Mary-Siobhan”, and “Siobhans” without its apostrophe."""
    pieces = [folded_word(piece) for piece in _pieces(talk.plain[at])]
    fold = talk.folds[at]
    own = [fold[:-1]] if fold.endswith("s") and len(fold) > _LEAST_PLURAL else []
    for piece in (*pieces, *own):
        for target, _, sure in written.get(piece, ()):
            if not is_ordinary(piece) and not (piece in own and is_ordinary(fold)):
                yield Hit(at, at + 1, sure, target.about, target.shown, target.number)


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> tuple[str, ...]:
    for mark in "–—/_":
        word = word.replace(mark, "-")
    found = tuple(piece for piece in word.split("-") if piece)
    return found if len(found) > 1 else ()


class WordUse(Enum):
    """What a word is where it stands."""

    NAME = auto()
    UNCLEAR = auto()
    WORD = auto()


_HELPING = word_set(
    "will may might can would could should shall do does did is are was were has have had"
)
_PRONOUNS = word_set(
    "i you he she it we they me him her us them this that these those there the a an my your his "
    "our their not so as anyone somebody someone nobody people if all each who what"
)
_SUBJECTS = word_set("i you he she it we they this that there the your my his her our their")
_DEEDS = word_set(
    "said says told tells asked asks came comes went goes rang rings called calls phoned phones "
    "wrote laughed cried shouted knew knows thought thinks wanted wants loved loves liked likes "
    "lived lives worked works helped helps looked looks sat stood walked drove stayed moved died "
    "visited visits smiled got gets took takes gave gives left kept keeps felt feels heard "
    "saw sees tried tries used needed needs played plays and'd who"
)
_INTRODUCING = word_set(
    "with to for from and or by about called named saw met told asked rang phoned love loved miss "
    "missed son daughter husband wife brother sister friend partner nephew niece cousin uncle aunt "
    "auntie mum dad nurse doctor dr mr mrs ms boy girl like than without dear hi hello hey "
    "thanks"
)
_DATED = word_set(
    "in of since until till by last next this early late mid during before after every"
)


def word_use(talk: Talk, at: int) -> WordUse:
    """What the ordinary word at `at`, which somebody listed as a name, is here."""
    before = talk.folds[at - 1] if at and not talk.opening[at] else ""
    after = talk.folds[at + 1] if at + 1 < len(talk.folds) and not talk.ends[at] else ""
    if talk.caseless:
        return _without_case(before, after)
    if not talk.capital[at]:
        return WordUse.WORD
    fold = talk.folds[at]
    if fold in MONTHS and (before in _DATED or _is_number(before) or _is_number(after)):
        return WordUse.WORD
    if talk.owning[at]:
        return WordUse.NAME
    if not talk.opening[at]:
        question = fold in _HELPING and after in _SUBJECTS and before not in _INTRODUCING
        return WordUse.UNCLEAR if question else WordUse.NAME
    if after in _DEEDS:
        return WordUse.NAME
    if after in _PRONOUNS:
        return WordUse.WORD
    return WordUse.UNCLEAR


def _without_case(before: str, after: str) -> WordUse:
    """Where nothing has capitals: only a clear place is asked about, and nothing is sure."""
    if after in _DEEDS or before in _INTRODUCING:
        return WordUse.UNCLEAR if after not in _SUBJECTS else WordUse.WORD
    return WordUse.WORD


def _is_number(fold: str) -> bool:
    ordinal = fold.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
    return ordinal.isdigit() or fold in _NUMBERS


_NUMBERS = word_set(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth two "
    "twenty nineteen"
)
