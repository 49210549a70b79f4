"""Words that an editor typed, found in the sound: they lie where they are said, not evenly spread.

Only where the recognised words were looked for in the sound too; the words of an earlier version
keep the times that its captions and films have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from transcribe.editing.alignment import AlignedBlock
from transcribe.editing.recording_sound import RecordingSound
from transcribe.forced_alignment.aligner import AlignedWord, ExpectedWord
from transcribe.forced_alignment.word_times import mean_fit
from transcribe.words import Span, Word

_CONTEXT_WORDS = 3
"""Recognised words on either side that are aligned with the typed ones."""
_LONGEST_MS = 90_000
"""Of a passage that is aligned at once."""
_SHORT_MS = 300
"""A word or two in so short a time cannot lie far from where they are put."""
_SEARCH_MS = 200
_BESIDE_MS = 1_000
"""Words that are found further from the recognised ones are looked for beside those too."""
_MS_PER_LETTER = 70
_CLEARLY_BETTER = 1.5
"""By so much they must fit better far off: an “um” that nobody wrote down fits many a word."""
_QUICKEST_LETTER_MS = 40
"""Of what is heard: hardly anybody says a passage faster."""
_MIN_CROWDED_WORDS = 5  # typed together: fewer say nothing about speed


class CrowdedWords(NamedTuple):
    """Typed words for which too little speech is heard where they stand, in milliseconds."""

    at: int
    words: int
    heard: int
    """For so long a voice is heard there."""


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
        gap = _gap_about(timed, first, last, sound.duration)
        if _SHORT_MS <= gap.end - gap.start <= _LONGEST_MS:
            passage = _TypedPassage.of(timed, first, last, gap, sound)
            is_instead = block.old_end > block.old_start
            timed[first:last] = passage.found(is_instead=is_instead)
    return timed


def crowded_words(
    words: Sequence[Word], blocks: Sequence[AlignedBlock], sound: RecordingSound
) -> Iterator[CrowdedWords]:
    """Yield the typed passages for which there is hardly time enough."""
    for block in blocks:
        typed = words[block.new_start : block.new_end]
        added = len(typed) - (block.old_end - block.old_start)
        if block.is_same or added < _MIN_CROWDED_WORDS:
            continue
        gap = _gap_about(words, block.new_start, block.new_end, sound.duration)
        heard = sound.audible_ms(gap.start, gap.end)
        if heard < _QUICKEST_LETTER_MS * sum(len(word.text) for word in typed):
            yield CrowdedWords(typed[0].start, len(typed), heard)


def _gap_about(words: Sequence[Word], first: int, last: int, duration: int) -> Span:
    """Return the time between the word before `first` and word `last`."""
    start = words[first - 1].end if first else 0
    end = words[last].start if last < len(words) else duration
    return Span(start=start, end=max(start, end))


@dataclass(frozen=True)
class _TypedPassage:
    """Typed words with recognised ones on either side, between which they are looked for."""

    before: tuple[ExpectedWord, ...]
    typed: tuple[Word, ...]
    after: tuple[ExpectedWord, ...]
    gap: Span
    sound: RecordingSound

    @classmethod
    def of(
        cls, words: Sequence[Word], first: int, last: int, gap: Span, sound: RecordingSound
    ) -> _TypedPassage:
        return cls(
            tuple(map(_expected, words[max(0, first - _CONTEXT_WORDS) : first])),
            tuple(words[first:last]),
            tuple(map(_expected, words[last : last + _CONTEXT_WORDS])),
            gap,
            sound,
        )

    def found(self, *, is_instead: bool) -> list[Word]:
        """Return the words where they are heard; as they are if they are not."""
        places = self._places_in(self.gap)
        if places is None:
            return list(self.typed)
        likely = self._likely_spans(is_instead=is_instead)
        if not any(_is_within(places, span) for span in likely):
            beside = [near for span in likely if (near := self._places_in(span))]
            nearest = max(beside, key=mean_fit, default=places)
            if mean_fit(nearest) + _CLEARLY_BETTER >= mean_fit(places):
                places = nearest
        moved, clock = [], self.gap.start
        for word, position in zip(self.typed, places, strict=True):
            start = min(max(position.start, clock), self.gap.end)
            clock = min(max(position.end, start), self.gap.end)
            moved.append(msgspec.structs.replace(word, start=start, end=clock))
        return moved

    def _places_in(self, span: Span) -> tuple[AlignedWord, ...] | None:
        typed = [ExpectedWord(word.text, span.start, span.end) for word in self.typed]
        places = self.sound.find_words((*self.before, *typed, *self.after), _SEARCH_MS)
        first = len(self.before)
        return None if places is None else places[first : first + len(typed)]

    def _likely_spans(self, *, is_instead: bool) -> list[Span]:
        """Return where the words are likely to lie: where others stood, or beside the others."""
        gap = self.gap
        if is_instead:
            start, end = self.typed[0].start - _BESIDE_MS, self.typed[-1].end + _BESIDE_MS
            return [Span(start=max(start, gap.start), end=min(end, gap.end))]
        reach = _BESIDE_MS + _MS_PER_LETTER * sum(len(word.text) for word in self.typed)
        return [
            Span(start=gap.start, end=min(gap.start + reach, gap.end)),
            Span(start=max(gap.end - reach, gap.start), end=gap.end),
        ]


def _expected(word: Word) -> ExpectedWord:
    return ExpectedWord(word.text, word.start, word.end)


def _is_within(places: Sequence[AlignedWord], span: Span) -> bool:
    return span.start - _SEARCH_MS <= places[0].start and places[-1].end <= span.end + _SEARCH_MS


def unaccounted_sound(sound: RecordingSound, span: Span, words: Sequence[Word]) -> int:
    """Return for how many milliseconds of `span` there is sound that is none of `words`."""
    total, at = 0, span.start
    for word in words:
        total += sound.audible_ms(at, min(word.start, span.end))
        at = max(at, word.end)
    return total + sound.audible_ms(at, span.end)
