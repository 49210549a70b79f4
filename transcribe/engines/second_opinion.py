"""Compare the words of one model with those that another heard: where they differ, either is wrong.

Two models seldom make the same mistake, so this tells wrong words better than a model’s own
probabilities do (`docs/reference/editors-copy.md` has the figures). No word is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rapidfuzz.distance import Levenshtein

from transcribe.british_spelling import comparable
from transcribe.words import OtherHearing, Word

FILLERS = frozenset(("ah", "eh", "er", "erm", "hm", "hmm", "mhm", "mm", "uh", "um"))
"""Sounds that one model writes and another leaves out."""


_ENDINGS = ".,;:!?…"  # of a sentence: they would stand in the middle of the editor’s text


def other_hearings(words: Sequence[Word], others: Sequence[Word]) -> tuple[OtherHearing, ...]:
    """Return where `others` are not the same words, in order. Spelling and style do not count."""
    return tuple(_differences(words, others))


def _differences(words: Sequence[Word], others: Sequence[Word]) -> Iterator[OtherHearing]:
    tokens, owners = _parts(words)
    other_tokens, other_owners = _parts(others)
    steps = Levenshtein.opcodes(tokens, other_tokens)
    # Steps that touch are one difference: “and crease” was heard as “increase”.
    for is_same, run in groupby(steps, key=lambda step: step.tag == "equal"):
        if is_same:
            continue
        touching = list(run)
        first, last = touching[0].src_start, touching[-1].src_end
        numbers = sorted(set(other_owners[touching[0].dest_start : touching[-1].dest_end]))
        text = " ".join(others[number].text for number in numbers).rstrip(_ENDINGS)
        own = owners[first:last]
        if own:
            yield OtherHearing(first=own[0], last=own[-1] + 1, text=text)
        elif words:
            # Words that only the other heard: they stand after the one before.
            at = owners[max(0, first - 1)]
            yield OtherHearing(first=at, last=at + 1, text=f"{words[at].text} {text}")


def _parts(words: Sequence[Word]) -> tuple[list[str], list[int]]:
    """Return what is compared of the words, and the number of the word that each is part of."""
    parts: list[str] = []
    owners: list[int] = []
    for number, word in enumerate(words):
        # “self-thy” and “self thy” are the same words.
        for part in comparable(word.text).split("-"):
            if part and part not in FILLERS:
                parts.append(part)
                owners.append(number)
    return parts, owners
