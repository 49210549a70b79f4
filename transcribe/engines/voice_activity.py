"""Find where somebody speaks, with Silero's detector: its file comes with faster-whisper.

Independent of what a recogniser heard: it is held against the words, so that no sentence is lost
without a mark (`transcribe.engines.second_hearing`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from transcribe.words import Span

if TYPE_CHECKING:
    from capture.media.speech import Samples

_FRAME_SAMPLES = 512
_FRAME_MS = 32  # for which each of the detector's figures stands
_VOICE, _NO_VOICE = 0.5, 0.35
"""Probabilities from which a voice sets in, and below which it ends: Silero's own."""
_BRIDGED_MS = 320
"""A shorter pause is part of the speech about it: between words, or a breath."""
_RAISED_PEAK = 0.05
_MIN_VOICE_MS = 250  # less is a knock or a cough
LONG_PAUSE_MS = 30_000
"""Without a voice for so long, nothing is recognised: all that a window of it held was invented.

Shorter pauses stay. Where those of two seconds were cut out, and what is quiet at either end, the
windows fell elsewhere than the model's own, and of some recordings more was wrong.
"""
_ROOM_MS = 1_000  # before and after the talk that is recognised


def voiced_spans(samples: Samples) -> tuple[Span, ...]:
    """Return where somebody speaks in 16 kHz `samples`, in order and apart, in milliseconds."""
    duration = len(samples) * _FRAME_MS // _FRAME_SAMPLES
    frames = _spans_of_frames(_voice_probabilities(samples))
    spoken = (Span(start=start * _FRAME_MS, end=end * _FRAME_MS) for start, end in frames)
    long_enough = (span for span in join_near(spoken, _BRIDGED_MS) if _length(span) > _MIN_VOICE_MS)
    return tuple(Span(start=span.start, end=min(span.end, duration)) for span in long_enough)


def spans_of_talk(voiced: Sequence[Span], duration: int) -> tuple[Span, ...]:
    """Return the spans in which people talk, pauses and all, of a sound of `duration` ms."""
    return tuple(
        Span(
            start=0 if span.start < LONG_PAUSE_MS else span.start - _ROOM_MS,
            end=duration if duration - span.end < LONG_PAUSE_MS else span.end + _ROOM_MS,
        )
        for span in join_near(voiced, LONG_PAUSE_MS)
    )


def raised(samples: Samples) -> Samples:
    """Return sound that was recorded far too quiet louder: under −60 dBFS no voice is found."""
    peak = max(float(samples.max()), -float(samples.min())) if len(samples) else 0.0
    return samples * np.float32(_RAISED_PEAK / peak) if 0 < peak < _RAISED_PEAK else samples


def join_near(spans: Iterable[Span], apart_ms: int) -> Iterator[Span]:
    """Yield the spans, those less than `apart_ms` from each other as one."""
    joined: Span | None = None
    for span in spans:
        if joined is None or span.start - joined.end >= apart_ms:
            if joined is not None:
                yield joined
            joined = span
        else:
            joined = Span(start=joined.start, end=span.end)
    if joined is not None:
        yield joined


def without(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """Yield what is left of `spans` outside those `taken`; both are in order."""
    for span in spans:
        start = span.start
        for other in taken:
            if other.end <= start or other.start >= span.end:
                continue
            if other.start > start:
                yield Span(start=start, end=other.start)
            start = max(start, other.end)
        if start < span.end:
            yield Span(start=start, end=span.end)


def _voice_probabilities(samples: Samples) -> Sequence[float]:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read at import: nothing is ever looked up
    from faster_whisper.vad import get_vad_model

    if len(samples) == 0:
        return ()
    padded = np.pad(raised(samples), (0, -len(samples) % _FRAME_SAMPLES))
    figures: list[float] = np.asarray(get_vad_model()(padded)).ravel().tolist()
    return figures


def _spans_of_frames(probabilities: Sequence[float]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for number, probability in enumerate(probabilities):
        if start is None and probability >= _VOICE:
            start = number
        elif start is not None and probability < _NO_VOICE:
            yield start, number
            start = None
    if start is not None:
        yield start, len(probabilities)


def _length(span: Span) -> int:
    return span.end - span.start
