"""Words that an editor typed, found in the sound: they lie where they are said, not evenly spread.

Only where the recognised words were looked for in the sound too; the words of an earlier version
keep the times that its captions and films have.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from transcribe.editing.alignment import AlignedBlock
from transcribe.editing.recording_sound import RecordingSound
from transcribe.forced_alignment.aligner import ExpectedWord
from transcribe.words import Span, Word

_CONTEXT_WORDS = 3
"""Recognised words on either side that are aligned with the typed ones."""
_LONGEST_MS = 90_000
"""Of a passage that is aligned at once."""
_SHORT_MS = 300
"""A word or two in so short a time cannot lie far from where they are put."""
_SEARCH_MS = 200


def find_typed_words(
    words: Sequence[Word], blocks: Sequence[AlignedBlock], sound: RecordingSound
) -> list[Word]:
    """Return the words, the typed ones with the times at which they are heard.

    They stay where they are if they are not heard as they are written.
    """
    timed = list(words)
    for block in blocks:
        if block.is_same or block.new_start == block.new_end:
            continue
        first, last = block.new_start, block.new_end
        earliest = timed[first - 1].end if first else 0
        latest = words[last].start if last < len(words) else sound.duration
        if _SHORT_MS <= latest - earliest <= _LONGEST_MS:
            timed[first:last] = _find_between(
                timed, first, last, Span(start=earliest, end=latest), sound
            )
    return timed


def _find_between(
    words: Sequence[Word], first: int, last: int, gap: Span, sound: RecordingSound
) -> list[Word]:
    before = words[max(0, first - _CONTEXT_WORDS) : first]
    after = words[last : last + _CONTEXT_WORDS]
    typed = words[first:last]
    expected = [
        *(ExpectedWord(word.text, word.start, word.end) for word in before),
        *(ExpectedWord(word.text, gap.start, gap.end) for word in typed),
        *(ExpectedWord(word.text, word.start, word.end) for word in after),
    ]
    places = sound.find_words(tuple(expected), _SEARCH_MS)
    if places is None:
        return list(typed)
    moved, clock = [], gap.start
    for word, (start, end) in zip(
        typed, places[len(before) : len(before) + len(typed)], strict=True
    ):
        start = min(max(start, clock), gap.end)
        clock = min(max(end, start), gap.end)
        moved.append(msgspec.structs.replace(word, start=start, end=clock))
    return moved


def unaccounted_sound(sound: RecordingSound, span: Span, words: Sequence[Word]) -> int:
    """Return for how many milliseconds of `span` there is sound that is none of `words`."""
    total, at = 0, span.start
    for word in words:
        total += sound.audible_ms(at, min(word.start, span.end))
        at = max(at, word.end)
    return total + sound.audible_ms(at, span.end)
