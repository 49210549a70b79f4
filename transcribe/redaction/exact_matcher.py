"""Listed names as they are written: run together, apart, inside a longer word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from transcribe.redaction import context
from transcribe.redaction.common_words import is_ordinary
from transcribe.redaction.folding import folded_word
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
        use = context.use(talk, first)
        if use is context.Use.WORD:
            return
        sure = sure and use is context.Use.NAME
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
