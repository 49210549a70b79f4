"""Where listed names are said: exactly, nearly as they are written, and as they sound.

An exact hit is sure; all others are questions for the editor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transcribe.redaction.exact_matcher import written_hits
from transcribe.redaction.phonetic_matcher import sounding_hits
from transcribe.redaction.text_model import Hit, Talk, Target


def hits(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Every hit, of which one may lie over another: see `apart`."""
    yield from written_hits(talk, targets)
    yield from sounding_hits(talk, targets)


def apart(found: Sequence[Hit]) -> list[Hit]:
    """Hits that do not overlap: sure before asked, then the likest, then the longest."""
    taken: set[int] = set()
    chosen: list[Hit] = []
    ranked = sorted(
        found, key=lambda one: (not one.sure, one.unlike, one.first - one.last, one.first)
    )
    for hit in ranked:
        span = range(hit.first, hit.last)
        if taken.isdisjoint(span):
            taken.update(span)
            chosen.append(hit)
    return sorted(chosen, key=lambda one: one.first)
