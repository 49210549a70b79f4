"""Hear again what an engine passed over: voice without words, loops, and words in no time at all.

Silero's detector is held against the words of whatever engine. Each span is heard again on its own,
without what stands before it; words are taken only where the engine is sure of them. What stays
open is recorded, and the editor is asked: nothing that somebody says is lost without a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from transcribe.engines.protocol import (
    SAMPLES_PER_MS,
    Engine,
    RecognisedSpeech,
    TranscriptionOptions,
)
from transcribe.engines.voice_activity import join_near, voiced_spans, without
from transcribe.words import Segment, Span, Word, normalised

if TYPE_CHECKING:
    from capture.media.speech import Samples

MIN_UNHEARD_MS = 1_000
"""A shorter voice without words is a breath, an “mm”, or a word whose time is a little off."""
_AROUND_WORD_MS = 150  # by which times of words are off
_LONGEST_WORD_MS = 1_200
"""A longer “word” reaches over a pause, or over what was not heard."""
_WORD_END_MS = 600  # of such a word, at either end, in which it may have been said
_MARGIN_MS = 400  # heard before and after a span, as far as no known word lies there
_LONGEST_SPAN_MS = 28_000  # Whisper's window is of 30 s
_MIN_LOOP_TIMES = 5  # people say a word three or four times in a row
_MAX_LOOP_WORDS = 8
_FASTEST_WORDS = 9.0  # a second; the quickest speakers reach seven
_MIN_FAST_WORDS = 5
_MAX_COMPRESSION_RATIO, _MIN_LOGPROB, _MAX_NO_SPEECH = 2.4, -1.0, 0.6  # Whisper's own thresholds
_MIN_PROBABILITY = 0.4

_HeardWord = tuple[Word, Segment]
"""A word with the segment it is of, whose numbers no longer count."""


def hear_again(
    samples: Samples, heard: RecognisedSpeech, engine: Engine, options: TranscriptionOptions
) -> RecognisedSpeech:
    """Return `heard` with what a second and third hearing add, and the spans that stay open."""
    voiced = voiced_spans(samples)
    words = _words_of(heard)
    for attempt in _attempts(options):
        for span in unheard_spans(voiced, _trusted(words)):
            words = _with_words_of(span, words, samples, engine, attempt)
    unheard = unheard_spans(voiced, _trusted(words))
    return replace(_as_recognised(_without_loops(words)), unheard=unheard)


def unheard_spans(voiced: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
    """Return the spans of a second or more in which somebody speaks and no word is."""
    known = list(join_near((part for word in words for part in _said_in(word)), 0))
    left = join_near(without(voiced, known), 2 * _AROUND_WORD_MS)
    return tuple(span for span in left if span.end - span.start >= MIN_UNHEARD_MS)


def _attempts(options: TranscriptionOptions) -> Iterator[TranscriptionOptions]:
    alone = replace(options, is_single_span=True, hallucination_silence_threshold=None)
    yield alone
    yield replace(alone, beam_size=1, temperature=(0.2, 0.4, 0.6, 0.8))


def _said_in(word: Word) -> Iterator[Span]:
    """Yield where a word may have been said; of one that is too long, both its ends."""
    if word.end - word.start <= _LONGEST_WORD_MS:
        yield Span(start=word.start - _AROUND_WORD_MS, end=word.end + _AROUND_WORD_MS)
        return
    yield Span(start=word.start - _AROUND_WORD_MS, end=word.start + _WORD_END_MS)
    yield Span(start=word.end - _WORD_END_MS, end=word.end + _AROUND_WORD_MS)


# Words that nobody can have said so


def _trusted(words: Sequence[_HeardWord]) -> list[Word]:
    """Return the words that may have been said: not in a loop, and with time to say them."""
    suspects = _suspects(words)
    return [word for number, (word, _) in enumerate(words) if number not in suspects]


def _suspects(items: Sequence[_HeardWord]) -> set[int]:
    """Return the numbers of words in loops, and of those said faster than anybody speaks."""
    words = [word for word, _ in items]
    looped = ((loop.first, loop.last) for loop in _loops(words))
    return _numbers_in([*looped, *_too_fast(words)])


def _without_loops(items: Sequence[_HeardWord]) -> list[_HeardWord]:
    """Return the words with each loop said once: that much may have been said."""
    loops = _loops([word for word, _ in items])
    repeated = _numbers_in((loop.first + loop.length, loop.last) for loop in loops)
    return [item for number, item in enumerate(items) if number not in repeated]


def _numbers_in(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last)}


class _Loop(NamedTuple):
    """Words `first` to `last` (excluded): a phrase of `length` words, over and over."""

    first: int
    last: int
    length: int


def _loops(words: Sequence[Word]) -> Iterator[_Loop]:
    texts = [normalised(word.text) for word in words]
    for length in range(1, _MAX_LOOP_WORDS + 1):
        at = 0
        while at + length * _MIN_LOOP_TIMES <= len(texts):
            end = at + length
            while texts[end : end + length] == texts[at : at + length]:
                end += length
            if end - at >= length * _MIN_LOOP_TIMES:
                yield _Loop(at, end, length)
                at = end
            else:
                at += 1


def _too_fast(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    for first in range(len(words) - _MIN_FAST_WORDS + 1):
        last = first + _MIN_FAST_WORDS
        seconds = (words[last - 1].end - words[first].start) / 1000
        if _FASTEST_WORDS * seconds < _MIN_FAST_WORDS:
            yield first, last


# Hearing a span


def _with_words_of(
    span: Span,
    words: list[_HeardWord],
    samples: Samples,
    engine: Engine,
    options: TranscriptionOptions,
) -> list[_HeardWord]:
    """Return `words` with those that are heard in `span` now."""
    trusted = _trusted(words)
    before = [word for word in trusted if _middle(word) < span.start]
    after = [word for word in trusted if _middle(word) >= span.end]
    # Up to the words about it: one that is heard again must not stand there twice.
    earliest = _said_until(before[-1]) if before else 0
    latest = _said_from(after[0]) if after else len(samples) // SAMPLES_PER_MS
    start = max(span.start - _MARGIN_MS, min(earliest, span.start))
    end = min(span.end + _MARGIN_MS, max(latest, span.end))
    heard_again = [
        item
        for part in _parts(start, end)
        for item in _heard_in(part, samples, engine, options)
        if span.start - _MARGIN_MS <= _middle(item[0]) <= span.end + _MARGIN_MS
    ]
    if not heard_again:
        return words
    suspects = _suspects(words)
    untouched = [
        item
        for number, item in enumerate(words)
        if number not in suspects or not start <= _middle(item[0]) <= end
    ]
    return _in_order(sorted([*untouched, *heard_again], key=lambda item: item[0].start))


def _parts(start: int, end: int) -> Iterator[Span]:
    """Yield a span in equal parts that fit Whisper's window."""
    count = -(-(end - start) // _LONGEST_SPAN_MS)
    length = (end - start) / max(count, 1)
    for number in range(count):
        yield Span(start=round(start + number * length), end=round(start + (number + 1) * length))


def _heard_in(
    span: Span, samples: Samples, engine: Engine, options: TranscriptionOptions
) -> list[_HeardWord]:
    """Return the words that the engine is sure of, heard in this span alone."""
    part = samples[span.start * SAMPLES_PER_MS : span.end * SAMPLES_PER_MS]
    heard = _words_of(engine.transcribe(part, options, lambda _: None))
    suspects = _suspects(heard)
    moved = [
        (_moved(word, span.start), segment)
        for number, (word, segment) in enumerate(heard)
        if number not in suspects and _is_sure(segment)
    ]
    probability = sum(word.probability for word, _ in moved) / max(len(moved), 1)
    return moved if probability >= _MIN_PROBABILITY else []


def _is_sure(segment: Segment) -> bool:
    return (
        segment.compression_ratio <= _MAX_COMPRESSION_RATIO
        and segment.average_logprob >= _MIN_LOGPROB
        and segment.no_speech_probability <= _MAX_NO_SPEECH
    )


def _said_until(word: Word) -> int:
    return min(word.end, word.start + _LONGEST_WORD_MS)


def _said_from(word: Word) -> int:
    return max(word.start, word.end - _LONGEST_WORD_MS)


def _middle(word: Word) -> int:
    return (word.start + word.end) // 2


def _moved(word: Word, by: int) -> Word:
    return msgspec.structs.replace(word, start=word.start + by, end=word.end + by)


# Words and segments


def _words_of(heard: RecognisedSpeech) -> list[_HeardWord]:
    return [
        (heard.words[number], segment)
        for segment in heard.segments
        for number in range(segment.first, segment.last)
    ]


def _in_order(words: Sequence[_HeardWord]) -> list[_HeardWord]:
    """Return the words without overlaps: the end of the one before gives way, then the start."""
    ordered: list[_HeardWord] = []
    for word, segment in words:
        if ordered and ordered[-1][0].end > word.start:
            before, its_segment = ordered[-1]
            end = max(before.start, word.start)
            ordered[-1] = msgspec.structs.replace(before, end=end), its_segment
            word = msgspec.structs.replace(word, start=end, end=max(word.end, end))
        ordered.append((word, segment))
    return ordered


def _as_recognised(words: Sequence[_HeardWord]) -> RecognisedSpeech:
    segments: list[Segment] = []
    first = 0
    for _, run in groupby(words, key=lambda item: id(item[1])):
        items = list(run)
        last = first + len(items)
        segments.append(
            msgspec.structs.replace(
                items[0][1],
                first=first,
                last=last,
                start=items[0][0].start,
                end=items[-1][0].end,
            )
        )
        first = last
    return RecognisedSpeech(tuple(word for word, _ in words), tuple(segments))
