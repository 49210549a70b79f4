"""Assemble the sound of a film from its recording: cuts, levels, redactions and bleeps.

Exact to the sample, with no more than ten seconds of sound in memory at a time.

At a plain cut each side is faded within its own last or first 8 ms, so that nothing clicks and
nothing that was cut away is heard. Shots that follow each other in the recording as well are not
cut at all. Overlapping parts fade into each other at equal power; cards are silent.

A redacted span is digital silence from its first sample to its last, and not one sample more is
lost. What lies beside it fades within 5 ms outside the span, because a sound that stops at once
clicks; that is a tenth of the shortest syllable. A bleep lies wholly within the span.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from capture.media.run_ffmpeg import Progress
from capture.media.sound.decoding import samples_per_frame
from capture.media.sound.disguise import DisguiseMethod, disguise_voice
from capture.media.sound.raw_sound import (
    SAMPLES_PER_MS,
    SOUND_RATE,
    RawSound,
    Samples,
    scratch_folder,
    write_raw_sound,
)
from capture.media.sound.speaker_gain import SpeakerGains
from capture.media.timeline import Part, Shot, Timeline
from library.core import files

CUT_FADE_SAMPLES = 8 * SAMPLES_PER_MS
"""Samples on each side of a plain cut."""
RedactionSound = Literal["mute", "bleep"]
REDACTION_FADE_SAMPLES = 5 * SAMPLES_PER_MS
"""Samples beside a span within which its neighbours fade."""

BLEEP_HZ = 640  # Hz: soft, and near enough to 1 kHz for its loudness (see Bleeps)
BLEEP_BELOW_SPEECH_DB = 6.0
"""A steady tone is heard more easily than speech that is equally loud."""
_MAX_BLEEP_PEAK = 0.25  # of full scale
_BLEEP_FADE_SAMPLES = 10 * SAMPLES_PER_MS  # at either end, so that it does not click
_MIN_BLEEP_SAMPLES = 40 * SAMPLES_PER_MS  # less is a tick: it stays silent
_BLOCK_SAMPLES = 10 * SOUND_RATE  # in memory at once


@dataclass(frozen=True)
class Fade:
    """The fade at the start or end of a segment; 0 samples where the sound continues unbroken."""

    samples: int = 0
    is_crossfade: bool = False
    """Into or out of its neighbour, rather than into silence."""


@dataclass(frozen=True)
class SoundSegment:
    """A shot in samples, from `recording_start` in the recording, at `film_start` in the film."""

    film_start: int
    recording_start: int
    samples: int
    fade_in: Fade
    fade_out: Fade

    @property
    def film_end(self) -> int:
        """The first sample of the film after the segment."""
        return self.film_start + self.samples

    def gain(self, start: int, end: int, *, with_cut_fades: bool = True) -> Any:
        """Return the gain of its fades at each sample of the film, or a single 1 where none fades.

        `start` and `end` lie within the segment. Without `with_cut_fades`, fades at plain
        cuts are left out.
        """
        fade_in = self.fade_in if with_cut_fades or self.fade_in.is_crossfade else Fade()
        fade_out = self.fade_out if with_cut_fades or self.fade_out.is_crossfade else Fade()
        if start >= self.film_start + fade_in.samples and end <= self.film_end - fade_out.samples:
            return np.float32(1)
        positions = np.arange(start, end)
        # The middle of each sample, so that both ends of a fade are alike.
        rising = _fade_curve((positions - self.film_start + 0.5) / max(1, fade_in.samples), fade_in)
        falling = _fade_curve(
            (self.film_end - positions - 0.5) / max(1, fade_out.samples), fade_out
        )
        return (rising * falling).astype(np.float32)


def _fade_curve(progress: Any, fade: Fade) -> Any:
    """Return the gain of a fade: equal power for a crossfade, else a raised cosine."""
    if not fade.samples:
        return 1.0
    rising = np.sin(np.pi / 2 * np.clip(progress, 0, 1))
    return rising if fade.is_crossfade else rising**2


def sound_segments(timeline: Timeline) -> tuple[SoundSegment, ...]:
    """Return the shots of a timeline in samples.

    Raises ValueError for a rate without whole samples in a frame.
    """
    frame_samples = samples_per_frame(timeline.fps)
    join_fades = [
        _fade_between(part, following, overlap * frame_samples)
        for (part, following), overlap in zip(
            pairwise(timeline.parts), timeline.overlaps, strict=True
        )
    ]
    fades = [Fade(CUT_FADE_SAMPLES), *join_fades, Fade(CUT_FADE_SAMPLES)]
    return tuple(
        SoundSegment(
            start * frame_samples,
            part.first * frame_samples,
            part.frames * frame_samples,
            before,
            after,
        )
        for start, part, before, after in zip(
            timeline.starts, timeline.parts, fades, fades[1:], strict=False
        )
        if isinstance(part, Shot)
    )


def _fade_between(part: Part, following: Part, overlap: int) -> Fade:
    if overlap:
        return Fade(overlap, is_crossfade=True)
    if isinstance(part, Shot) and isinstance(following, Shot) and part.last == following.first:
        return Fade()
    return Fade(CUT_FADE_SAMPLES)


def segments_between(
    segments: Sequence[SoundSegment], start: int, end: int
) -> Iterator[tuple[SoundSegment, int, int]]:
    """Yield each segment heard between two samples of the film, with its first and end sample."""
    for segment in segments:
        if segment.film_start < end and segment.film_end > start:
            yield segment, max(start, segment.film_start), min(end, segment.film_end)


def film_sample_count(timeline: Timeline) -> int:
    """Return the exact length of the film’s sound, in samples."""
    return timeline.frames * samples_per_frame(timeline.fps)


@dataclass(frozen=True)
class SilentSpans:
    """Spans of the recording that must be silent, in samples, sorted and apart."""

    spans: tuple[tuple[int, int], ...]

    def gain(self, start: int, end: int) -> Any:
        """Return the gain at each sample of the recording: 0 within a span, 1 away from all."""
        near = [
            (a, b)
            for a, b in self.spans
            if a - REDACTION_FADE_SAMPLES < end and b + REDACTION_FADE_SAMPLES > start
        ]
        if not near:
            return np.float32(1)
        gain = np.ones(end - start, np.float32)
        for first, last in near:
            begin, stop = (
                max(start, first - REDACTION_FADE_SAMPLES),
                min(end, last + REDACTION_FADE_SAMPLES),
            )
            positions = np.arange(begin, stop)
            # How far outside the span the middle of each sample is.
            distance = np.maximum(first - positions, positions - last + 1) - 0.5
            rising = np.sin(np.pi / 2 * np.clip(distance / REDACTION_FADE_SAMPLES, 0, 1)) ** 2
            gain[begin - start : stop - start] *= rising.astype(np.float32)
        return gain

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of the spans that lie between two samples."""
        for first, last in self.spans:
            if first < end and last > start:
                yield max(start, first), min(end, last)


def silent_spans(redactions: Sequence[tuple[int, int]]) -> SilentSpans:
    """Convert spans in milliseconds, which may touch, overlap and be out of order."""
    return SilentSpans(
        _merged((a * SAMPLES_PER_MS, b * SAMPLES_PER_MS) for a, b in redactions if b > a)
    )


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sort spans, and join those that touch or overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


@dataclass(frozen=True)
class _RedactedStretch:
    """A redacted part of a segment, from `start` to `end` in samples of the film."""

    segment: SoundSegment
    start: int
    end: int


class Bleeps:
    """The bleeps over the redacted parts of a film.

    `speech_lufs` is the loudness of the speech, from which that of the tone follows.
    """

    def __init__(
        self, segments: Sequence[SoundSegment], silent: SilentSpans, speech_lufs: float
    ) -> None:
        self._stretches = tuple(_redacted_stretches(segments, silent))
        # Merged first: a redaction that continues across a cut is one bleep.
        spans = _merged((stretch.start, stretch.end) for stretch in self._stretches)
        self._spans = tuple(
            (start, end) for start, end in spans if end - start >= _MIN_BLEEP_SAMPLES
        )
        # A tone on two channels, near 1 kHz, is as loud in LUFS as its peak is in decibels.
        self._peak = min(_MAX_BLEEP_PEAK, 10 ** ((speech_lufs - BLEEP_BELOW_SPEECH_DB) / 20))

    def tone(self, start: int, end: int) -> Any:
        """Return what to add to each sample of the film from `start` to `end`; 0 for nothing."""
        near = [(a, b) for a, b in self._spans if a < end and b > start]
        if not near:
            return np.float32(0)
        tone = np.zeros(end - start, np.float64)
        for first, last in near:
            begin, stop = max(start, first), min(end, last)
            positions = np.arange(begin, stop)
            fade = min(_BLEEP_FADE_SAMPLES, (last - first) // 2)
            edge = np.minimum(positions - first, last - 1 - positions) / fade
            swell = np.sin(np.pi / 2 * np.clip(edge, 0, 1)) ** 2
            # Counted from the bleep's own beginning: the same however the film is read.
            wave = np.sin(2 * np.pi * BLEEP_HZ / SOUND_RATE * (positions - first))
            tone[begin - start : stop - start] = self._peak * swell * wave
        return (tone * self._stretch_gain(start, end)).astype(np.float32)

    def _stretch_gain(self, start: int, end: int) -> Any:
        """Return the gain of the bleeps: within a crossfade each fades with its shot."""
        gain = np.zeros(end - start)
        for stretch in self._stretches:
            if stretch.start < end and stretch.end > start:
                begin, stop = max(start, stretch.start), min(end, stretch.end)
                part = gain[begin - start : stop - start]
                np.maximum(part, stretch.segment.gain(begin, stop, with_cut_fades=False), out=part)
        return gain


def _redacted_stretches(
    segments: Sequence[SoundSegment], silent: SilentSpans
) -> Iterator[_RedactedStretch]:
    for segment in segments:
        for first, last in silent.between(
            segment.recording_start, segment.recording_start + segment.samples
        ):
            shift = segment.film_start - segment.recording_start
            yield _RedactedStretch(segment, first + shift, last + shift)


def _redaction_gain(
    segments: Sequence[SoundSegment], silent: SilentSpans, start: int, end: int
) -> Any:
    """Return the gain at each sample of the film: 0 where all sound is redacted, 1 away from it."""
    gain = np.full(end - start, -1, np.float32)  # below 0: no segment lies there
    for segment, begin, stop in segments_between(segments, start, end):
        shift = segment.recording_start - segment.film_start
        part = gain[begin - start : stop - start]
        # In a crossfade a sample is heard from both sides, and silent only if both are redacted.
        np.maximum(part, silent.gain(begin + shift, stop + shift), out=part)
    gain[gain < 0] = 1  # between shots is a card, where nothing need be hidden
    return gain


def assemble_sound(
    sound: RawSound,
    timeline: Timeline,
    to: Path,
    *,
    gains: SpeakerGains,
    redactions: Sequence[tuple[int, int]] = (),
    redaction_sound: RedactionSound = "mute",
    disguise_secret: bytes | None = None,
    disguise_method: DisguiseMethod = "stronger",
    progress: Progress | None = None,
) -> RawSound:
    """Write the film's sound as `timeline` plans it, exactly as long as its frames.

    `gains` level the speakers. `redactions` are spans in milliseconds of the recording: within them
    is silence, or with `redaction_sound="bleep"` a tone, and nothing else; the film’s length does
    not change. `disguise_secret` is the story’s own secret, and `disguise_method` the method, as
    for `disguise_voice`. `progress` gets milliseconds of the film.

    Raises ValueError for a timeline that extends beyond the recording, NoRoom, DiskFailed, and
    as `disguise_voice`; `to` appears whole or not at all.
    """
    segments = sound_segments(timeline)
    if any(segment.recording_start + segment.samples > sound.samples for segment in segments):
        raise ValueError("A shot goes on beyond the end of the recording.")
    silent = silent_spans(redactions)
    bleeps = Bleeps(segments, silent, gains.loudness) if redaction_sound == "bleep" else None
    edited = _edited_blocks(sound, segments, film_sample_count(timeline), gains, silent)
    if disguise_secret is None:
        return write_raw_sound(to, _with_bleeps(edited, bleeps), _sample_progress(progress))
    with scratch_folder(to) as folder:
        plain = write_raw_sound(folder / "plain.f32", edited)
        disguised = disguise_voice(
            plain,
            folder / "other.f32",
            disguise_secret,
            method=disguise_method,
            progress=progress,
        )
        files.delete_file(plain.path)
        # A known tone, once disguised, would reveal how to undo the disguise: bleeps come last.
        return write_raw_sound(
            to, _with_bleeps(_silence_again(disguised, segments, silent), bleeps)
        )


def _edited_blocks(
    sound: RawSound,
    segments: Sequence[SoundSegment],
    length: int,
    gains: SpeakerGains,
    silent: SilentSpans,
) -> Iterator[Samples]:
    """Yield the film’s sound without bleeps, block after block."""
    for start in range(0, length, _BLOCK_SAMPLES):
        end = min(start + _BLOCK_SAMPLES, length)
        block = np.zeros((end - start, 2), np.float32)
        for segment, begin, stop in segments_between(segments, start, end):
            shift = segment.recording_start - segment.film_start
            first, last = begin + shift, stop + shift
            gain = segment.gain(begin, stop) * silent.gain(first, last) * gains.gain(first, last)
            block[begin - start : stop - start] += _apply_gain(sound.read(first, last), gain)
        yield block


def _silence_again(
    sound: RawSound, segments: Sequence[SoundSegment], silent: SilentSpans
) -> Iterator[Samples]:
    """Silence the spans once more: the disguise spreads a span’s neighbours into it."""
    for start, samples in sound.blocks(_BLOCK_SAMPLES):
        yield _apply_gain(samples, _redaction_gain(segments, silent, start, start + len(samples)))


def _with_bleeps(blocks: Iterator[Samples], bleeps: Bleeps | None) -> Iterator[Samples]:
    start = 0
    for block in blocks:
        if bleeps:
            tone = bleeps.tone(start, start + len(block))
            block += tone[:, None] if tone.ndim else tone
        start += len(block)
        yield block


def _apply_gain(samples: Samples, gain: Any) -> Samples:
    """Multiply both channels in place by one gain, or by one for each sample."""
    gain = np.asarray(gain, np.float32)
    samples *= gain[:, None] if gain.ndim else gain
    return samples


def _sample_progress(progress: Progress | None) -> Callable[[int], None] | None:
    """Return a callback in samples for a progress in milliseconds."""
    return (lambda samples: progress(samples // SAMPLES_PER_MS)) if progress else None
