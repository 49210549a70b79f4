"""Times of recognised words, made exact: each word is looked for in the sound near its place.

Whisper tells words' times by where its attention lies, which is up to a second off. Here passages
of a recording are aligned one after the other, each with a few words of the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import msgspec

from capture.media.speech import SPEECH_RATE, HeldSpeech, Samples, Speech
from transcribe.engines.protocol import MIN_TIMED_WORD_MS
from transcribe.forced_alignment.aligner import AlignedWord, ExpectedWord, align_to_sound
from transcribe.forced_alignment.pronunciation import is_readable
from transcribe.words import Word

SEARCH_MS = 2_000
"""A word is looked for so far to either side of where it was recognised."""
MIN_FIT = -8.0
"""Mean fit of a passage below which its words are not said as written, or not in this language."""
_MAX_PASSAGE_MS = 20_000
MIN_SILENCE_MS = 3_000
"""Between two words: what lies in it need not be looked at."""
_WORDS_AHEAD = 8
"""Words after a passage that are aligned with it and then again: its last ones fit them as well."""
_SAMPLES_PER_MS = SPEECH_RATE // 1000


def align_words(speech: Speech | HeldSpeech, words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words with the times at which they are heard, in order and without overlaps.

    A passage that does not fit the sound keeps the times it has.
    """
    aligned: list[Word] = []
    for first, last in _passages(words):
        clock = aligned[-1].end if aligned else 0
        aligned += _align_passage(speech, words, first, last, clock)
    return tuple(_in_order(aligned, speech.duration))


def _passages(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 of words to be aligned together."""
    first = 0
    while first < len(words):
        last = _passage_end(words, first)
        yield first, last
        first = last


def _passage_end(words: Sequence[Word], first: int) -> int:
    limit = words[first].start + _MAX_PASSAGE_MS
    last = first + 1
    while last < len(words) and words[last].end <= limit:
        if words[last].start - words[last - 1].end >= MIN_SILENCE_MS:
            return last
        last += 1
    if last == len(words):
        return last
    # At the longest pause of its second half, where times are least in doubt.
    candidates = range((first + last) // 2 + 1, last + 1)
    return max(candidates, key=lambda at: words[at].start - words[at - 1].end)


def _align_passage(
    speech: Speech | HeldSpeech, words: Sequence[Word], first: int, last: int, clock: int
) -> Sequence[Word]:
    """Return words `first`…`last` as heard after `clock`, where those before them end."""
    near = words[first : last + _WORDS_AHEAD]
    if not any(is_readable(word.text) for word in near):
        return words[first:last]
    start = max(clock, near[0].start - SEARCH_MS)
    end = min(speech.duration, near[-1].end + SEARCH_MS)
    expected = [ExpectedWord(word.text, word.start - start, word.end - start) for word in near]
    samples = _samples(speech, start, end)
    aligned = (align_to_sound(samples, expected, SEARCH_MS) or [])[: last - first]
    if not aligned or mean_fit(aligned) < MIN_FIT:
        return words[first:last]
    return [
        msgspec.structs.replace(word, start=start + time.start, end=start + time.end)
        for word, time in zip(words[first:last], aligned, strict=True)
    ]


def mean_fit(words: Sequence[AlignedWord]) -> float:
    """Return how well the words fit the sound, each for as long as it lasts."""
    lengths = [word.end - word.start for word in words]
    return sum(word.fit * length for word, length in zip(words, lengths, strict=True)) / max(
        1, sum(lengths)
    )


def _samples(speech: Speech | HeldSpeech, start: int, end: int) -> Samples:
    first, last = start * _SAMPLES_PER_MS, min(end * _SAMPLES_PER_MS, speech.samples)
    return speech.read(first, max(first, last))


def _in_order(words: Sequence[Word], duration: int) -> Iterator[Word]:
    """Yield the words, moved where one that kept its time overlaps a neighbour."""
    clock = 0
    for word, following in zip_longest(words, words[1:]):
        start = max(clock, word.start)
        end = word.end if following is None else min(word.end, following.start)
        clock = min(max(end, start + MIN_TIMED_WORD_MS), max(start, duration))
        yield msgspec.structs.replace(word, start=start, end=clock)
