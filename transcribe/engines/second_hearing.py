"""Hear again what an engine passed over: voice without words, loops, and words in no time at all.

Silero's detector is held against the words of whatever engine. Each span is heard again on its own,
without what stands before it; words are taken only where the engine is sure of them. What stays
open is recorded, and the editor is asked: nothing that somebody says is lost without a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from capture.media.speech import HeldSpeech
from transcribe.engines.levels import levels_of, move_starts_to_onset
from transcribe.engines.protocol import (
    MAX_COMPRESSION_RATIO,
    MAX_NO_SPEECH,
    MIN_LOGPROB,
    SAMPLES_PER_MS,
    Engine,
    RecognisedSpeech,
    TranscriptionOptions,
)
from transcribe.engines.voice_activity import join_near, voiced_spans, without
from transcribe.forced_alignment.word_times import SEARCH_MS, align_words
from transcribe.words import Segment, Span, Word, normalised

if TYPE_CHECKING:
    from capture.media.speech import Samples

MIN_UNHEARD_MS = 1_000
"""A shorter voice without words is a breath, an “mm”, or a word whose time is a little off."""
_AROUND_WORD_MS = 150  # by which times of words are off
_FAR_MS = 100
"""By so much the engine and the sound may differ about a time: more, and one of them is wrong."""
_LONGEST_WORD_MS = 1_200
"""A longer “word” reaches over a pause, or over what was not heard."""
_WORD_END_MS = 600  # of such a word, at either end, in which it may have been said
_NEAR_VOICE_MS = 1_000  # by which a whole sentence is not off
_MARGIN_MS = 400  # heard before and after a span, as far as no known word lies there
_LONGEST_SPAN_MS = 28_000  # Whisper's window is of 30 s
_MIN_LOOP_TIMES = 5  # people say a word three or four times in a row
_MAX_LOOP_WORDS = 8
_MIN_LOOPED_MS, _MIN_LOOPED_SHARE = 300, 0.2
"""Of the voice in a loop, that no words are of: less is a breath about which it was invented."""
_FASTEST_WORDS = 9.0  # a second; the quickest speakers reach seven
_MIN_FAST_WORDS = 5
_MIN_PROBABILITY = 0.4

_SAID_IN_NOISE = frozenset(
    (
        *("you", "thank you", "thanks", "thank you very much", "thank you so much", "bye"),
        *("thanks for watching", "thank you for watching", "bye bye"),
    )
)
"""Whisper’s words for music and noise, by themselves: they do not answer what was not heard."""

_ROUNDS = 3  # of hearing again: two ways, and what wrong times of words hid

_HeardWord = tuple[Word, Segment]
"""A word with the segment it is of, whose numbers no longer count."""


def hear_again(
    samples: Samples,
    heard: RecognisedSpeech,
    engine: Engine,
    options: TranscriptionOptions,
    on_share: Callable[[float], None] = lambda _: None,
    voiced: Sequence[Span] | None = None,
) -> RecognisedSpeech:
    """Return `heard` with what a second and third hearing add, and the spans that stay open.

    Words come at the times at which they are heard. `on_share` gets the share of this work that is
    done; `voiced` is where somebody speaks, if that is known.
    """
    voiced = voiced_spans(samples) if voiced is None else voiced
    words = _without_invented(_words_of(heard), voiced, samples, engine, options)
    loops = [*_loops(_only_words(words))]
    suspects = _suspects(words) | _far_from_voice(words, voiced)
    looped = [_span_of(words[loop.first : loop.last]) for loop in loops]
    repeated = _numbers_in((loop.first + loop.length, loop.last) for loop in loops)
    trusted = [item for number, item in enumerate(words) if number not in suspects]
    doubted = [words[number] for number in sorted(suspects - repeated)]
    for number, attempt in enumerate(_attempts(options)):
        spans = [*_with_room(unheard_spans(voiced, _only_words(trusted)), samples)]
        for span, room in _counted(spans, number, on_share):
            heard_again = _heard_about(span, room, _only_words(trusted), samples, engine, attempt)
            if heard_again:
                trusted = _in_order(sorted([*trusted, *heard_again], key=_start))
                instead = _with_loops(span, heard_again, looped)
                doubted = _outside(doubted, _with_silence(instead, voiced, samples))
    open_spans = [
        *unheard_spans(voiced, _only_words(trusted)),
        *_looped_voice(voiced, _only_words(trusted), looped),
    ]
    words = _in_order(sorted([*trusted, *doubted], key=_start))
    words, hidden = _with_hidden(words, voiced, open_spans, samples, engine, options, on_share)
    return replace(_as_recognised(words), unheard=_united([*open_spans, *hidden]))


def _with_hidden(
    words: list[_HeardWord],
    voiced: Sequence[Span],
    open_spans: Sequence[Span],
    samples: Samples,
    engine: Engine,
    options: TranscriptionOptions,
    on_share: Callable[[float], None],
) -> tuple[list[_HeardWord], list[Span]]:
    """Return the words where they are heard, with those that wrong times hid, and spans still open.

    An engine may spread a few words over a passage: where they are looked for in the sound, what
    was passed over shows.
    """
    placed = _placed(words, samples)
    near_open = [
        Span(start=span.start - SEARCH_MS, end=span.end + SEARCH_MS) for span in open_spans
    ]

    def left(items: Sequence[_HeardWord]) -> list[Span]:
        # Beside what is not written down words are not found where they are said.
        unheard = unheard_spans(voiced, _only_words(items))
        return [span for span in unheard if not _overlap(span, near_open)]

    attempt = next(_attempts(options))
    found_any = False
    spans = [*_with_room(left(placed), samples)]
    for span, room in _counted(spans, _ROUNDS - 1, on_share):
        heard_again = _heard_about(span, room, _only_words(placed), samples, engine, attempt)
        if heard_again:
            found_any = True
            placed = _in_order(sorted([*placed, *heard_again], key=_start))
    return (_placed(placed, samples) if found_any else placed), left(placed)


def _counted(
    spans: Sequence[tuple[Span, Span]], rounds_before: int, on_share: Callable[[float], None]
) -> Iterator[tuple[Span, Span]]:
    """Yield the spans of a round; after each, report the share of all rounds that is done."""
    for number, span in enumerate(spans, start=1):
        yield span
        on_share((rounds_before + number / len(spans)) / _ROUNDS)


def unheard_spans(voiced: Sequence[Span], words: Sequence[Word]) -> tuple[Span, ...]:
    """Return the spans of a second or more in which somebody speaks and no word is."""
    left = join_near(without(voiced, _known(words)), 2 * _AROUND_WORD_MS)
    return tuple(span for span in left if span.end - span.start >= MIN_UNHEARD_MS)


def _attempts(options: TranscriptionOptions) -> Iterator[TranscriptionOptions]:
    alone = replace(options, is_single_span=True, hallucination_silence_threshold=None)
    yield alone
    yield replace(alone, beam_size=1, temperature=(0.2, 0.4, 0.6, 0.8))


def _known(words: Sequence[Word]) -> list[Span]:
    return list(join_near((part for word in words for part in _said_in(word)), 0))


def _said_in(word: Word) -> Iterator[Span]:
    """Yield where a word may have been said; of one that is too long, both its ends."""
    if word.end - word.start <= _LONGEST_WORD_MS:
        yield Span(start=word.start - _AROUND_WORD_MS, end=word.end + _AROUND_WORD_MS)
        return
    yield Span(start=word.start - _AROUND_WORD_MS, end=word.start + _WORD_END_MS)
    yield Span(start=word.end - _WORD_END_MS, end=word.end + _AROUND_WORD_MS)


# Words that nobody can have said so


def _without_invented(
    items: Sequence[_HeardWord],
    voiced: Sequence[Span],
    samples: Samples,
    engine: Engine,
    options: TranscriptionOptions,
) -> list[_HeardWord]:
    """Return the words without sentences far from any voice that are not heard by themselves.

    Where the detector hears no voice at all it may be deaf: then no word is left out.
    """
    attempt = next(_attempts(options))
    near_voice = _near_voice(voiced)
    spoken: list[_HeardWord] = []
    for _, run in groupby(items, key=lambda item: id(item[1])):
        sentence = list(run)
        span = _span_of(sentence)
        if (
            not voiced
            or _overlap(span, near_voice)
            or _heard_in(_widened(span, samples), samples, engine, attempt)
        ):
            spoken += sentence
    return spoken


def _near_voice(voiced: Sequence[Span]) -> list[Span]:
    return [
        Span(start=span.start - _NEAR_VOICE_MS, end=span.end + _NEAR_VOICE_MS) for span in voiced
    ]


def _far_from_voice(items: Sequence[_HeardWord], voiced: Sequence[Span]) -> set[int]:
    """Return the numbers of words that nobody speaks near: the end of a window, said before it."""
    near_voice = _near_voice(voiced)
    return {
        number
        for number, (word, _) in enumerate(items)
        if voiced and not _overlap(Span(start=word.start, end=word.end), near_voice)
    }


def _widened(span: Span, samples: Samples) -> Span:
    duration = len(samples) // SAMPLES_PER_MS
    return Span(start=max(0, span.start - _MARGIN_MS), end=min(duration, span.end + _MARGIN_MS))


def _suspects(items: Sequence[_HeardWord]) -> set[int]:
    """Return the numbers of words in loops, and of those said faster than anybody speaks."""
    words = _only_words(items)
    looped = ((loop.first, loop.last) for loop in _loops(words))
    return _numbers_in([*looped, *_too_fast(words)])


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


def _looped_voice(
    voiced: Sequence[Span], words: Sequence[Word], looped: Sequence[Span]
) -> Iterator[Span]:
    """Yield, of each loop that was not heard otherwise, from where to where somebody speaks."""
    left = list(without(voiced, _known(words)))
    for loop in looped:
        within = _parts_within(loop, left)
        least = max(_MIN_LOOPED_MS, _MIN_LOOPED_SHARE * _length(_parts_within(loop, voiced)))
        if _length(within) >= least:
            yield Span(start=within[0].start, end=within[-1].end)


def _parts_within(whole: Span, spans: Iterable[Span]) -> list[Span]:
    return [
        Span(start=max(span.start, whole.start), end=min(span.end, whole.end))
        for span in spans
        if _overlap(span, [whole])
    ]


def _length(spans: Iterable[Span]) -> int:
    return sum(span.end - span.start for span in spans)


def _overlap(span: Span, others: Iterable[Span]) -> bool:
    return any(span.start < other.end and span.end > other.start for other in others)


def _united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, those that overlap as one."""
    united: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if united and span.start <= united[-1].end:
            before = united.pop()
            span = Span(start=before.start, end=max(before.end, span.end))
        united.append(span)
    return tuple(united)


# Hearing a span


def _with_room(spans: Sequence[Span], samples: Samples) -> Iterator[tuple[Span, Span]]:
    """Yield each span, and with it the time up to the ones before and after it."""
    for number, span in enumerate(spans):
        start = spans[number - 1].end if number else 0
        is_last = number + 1 == len(spans)
        end = len(samples) // SAMPLES_PER_MS if is_last else spans[number + 1].start
        yield span, Span(start=start, end=end)


def _heard_about(
    span: Span,
    room: Span,
    words: Sequence[Word],
    samples: Samples,
    engine: Engine,
    options: TranscriptionOptions,
) -> list[_HeardWord]:
    """Return what is heard in `span` now, within its `room` and between `words`."""
    # Up to the words about it: one that is heard again must not stand there twice.
    before = [_said_until(word) for word in words if word.start < span.start]
    after = [_said_from(word) for word in words if word.end > span.end]
    earliest, latest = max([room.start, *before]), min([room.end, *after])
    start = max(span.start - _MARGIN_MS, min(earliest, span.start))
    end = min(span.end + _MARGIN_MS, max(latest, span.end))
    heard = [
        item
        for part in _parts(start, end)
        for item in _heard_in(part, samples, engine, options)
        if start <= item[0].middle <= end
    ]
    text = " ".join(normalised(word.text) for word in _only_words(heard))
    return [] if text in _SAID_IN_NOISE else heard


def _with_loops(span: Span, heard_words: Sequence[_HeardWord], looped: Sequence[Span]) -> Span:
    """Return the span that was heard again, with all of the loops which are in it."""
    heard = _span_of(heard_words)
    start = min(span.start - _MARGIN_MS, heard.start)
    end = max(span.end + _MARGIN_MS, heard.end)
    whole = Span(start=start, end=end)
    over = [loop for loop in looped if _overlap(whole, [loop])]
    return Span(
        start=min([start, *(loop.start for loop in over)]),
        end=max([end, *(loop.end for loop in over)]),
    )


def _with_silence(span: Span, voiced: Sequence[Span], samples: Samples) -> Span:
    """Return the span up to the voices before and after it: words between are of what is in it."""
    duration = len(samples) // SAMPLES_PER_MS
    before = max((voice.end for voice in voiced if voice.end <= span.start), default=0)
    after = min((voice.start for voice in voiced if voice.start >= span.end), default=duration)
    return Span(start=before, end=max(after, span.end))


def _outside(items: Sequence[_HeardWord], span: Span) -> list[_HeardWord]:
    return [item for item in items if not span.start <= item[0].middle <= span.end]


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
        segment.compression_ratio <= MAX_COMPRESSION_RATIO
        and segment.average_logprob >= MIN_LOGPROB
        and segment.no_speech_probability <= MAX_NO_SPEECH
    )


def _said_until(word: Word) -> int:
    return min(word.end, word.start + _LONGEST_WORD_MS)


def _said_from(word: Word) -> int:
    return max(word.start, word.end - _LONGEST_WORD_MS)


def _moved(word: Word, by: int) -> Word:
    return msgspec.structs.replace(word, start=word.start + by, end=word.end + by)


# Words and segments


def _placed(items: Sequence[_HeardWord], samples: Samples) -> list[_HeardWord]:
    """Return the words with the times at which they are heard."""
    # Words that are not found in the sound keep the times that they are given here.
    from_onset = move_starts_to_onset(levels_of(samples), _only_words(items))
    aligned = align_words(HeldSpeech(samples), from_onset)
    return [
        (_with_engine_times(word, by_engine), segment)
        for word, by_engine, (_, segment) in zip(aligned, from_onset, items, strict=True)
    ]


def _with_engine_times(word: Word, by_engine: Word) -> Word:
    """Return a word with how far the engine’s time reaches beyond it, where that is far off.

    Beside an “um” that is not written down the sound may be wrong, elsewhere the engine is.
    """
    engines = by_engine.said_within
    is_near = max(abs(engines.start - word.start), abs(engines.end - word.end)) <= _FAR_MS
    earlier, later = word.start - engines.start, engines.end - word.end
    return msgspec.structs.replace(
        word,
        earlier=msgspec.UNSET if is_near or earlier <= 0 else earlier,
        later=msgspec.UNSET if is_near or later <= 0 else later,
    )


def _only_words(items: Sequence[_HeardWord]) -> list[Word]:
    return [word for word, _ in items]


def _span_of(items: Sequence[_HeardWord]) -> Span:
    return Span(start=items[0][0].start, end=max(word.end for word, _ in items))


def _start(item: _HeardWord) -> int:
    return item[0].start


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
