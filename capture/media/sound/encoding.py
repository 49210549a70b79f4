"""Encode the sound that staff hear, at one standard loudness.

Loudness follows EBU R 128's measurement (ITU-R BS.1770), at the level usual for speech on the web:
−16 LUFS, true peak no higher than −1.5 dBTP.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import ffmpeg
import msgspec

from capture.media.conform import NO_METADATA
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.run_ffmpeg import Progress, run_ffmpeg, time_limit
from capture.media.sound.loudness import block_powers, gated_loudness
from capture.media.sound.raw_sound import SOUND_RATE, RawSound, ffmpeg_source
from library.core import files
from library.core.errors import BadInput, ToolFailed

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.5  # promised in docs/reference/recording.md
MAX_TRUE_PEAK = -1.5  # dBTP
_FIRST_CEILING = -2.5  # of the limiter, in dB: room for the overshoot that AAC adds to peaks
_SETTLED_LU = 0.2  # nearer than this no further round is made; TOLERANCE_LU must be met
_MAX_ROUNDS = 6  # of encoding and measuring; each takes as long as the first
_EXACT_ROUNDS = 2  # after so many, TOLERANCE_LU is enough: AAC may move sharp peaks to and fro
_SILENCE_LUFS = -60.0  # quieter is refused: nobody speaks in it
_AAC: dict[str, str] = {"c:a": "aac", "b:a": "128k", "aac_coder": "fast"}
"""At this rate and loudness the quicker search is the better one as well: of five recordings of
speech at −16 LUFS it left noise above the masking threshold in a fifth to four fifths as many bands
as the default, in half the time. Of sound that is far quieter it spends too few bits."""


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """The loudness of a whole recording, as EBU R 128 measures it."""

    integrated: float
    """LUFS; minus infinity for silence."""
    true_peak: float
    """dBTP."""
    spread: float
    """Loudness range, LU."""
    threshold: float
    """LUFS below which a passage does not count."""

    @property
    def is_on_target(self) -> bool:
        return (
            abs(self.integrated - TARGET_LUFS) <= TOLERANCE_LU and self.true_peak <= MAX_TRUE_PEAK
        )

    @property
    def is_settled(self) -> bool:
        """Closer than required: another round would make no audible difference."""
        return abs(self.integrated - TARGET_LUFS) <= _SETTLED_LU and self.true_peak <= MAX_TRUE_PEAK


def measure_loudness(
    sound: Path | RawSound, duration: int, progress: Progress | None = None
) -> Loudness:
    """Measure a file's loudness; `duration` in milliseconds. Raises ToolFailed."""
    return _measure(_sound_stream(sound), duration, progress)


def encode_audio(
    sound: Path | RawSound, to: Path, duration: int, progress: Progress | None = None
) -> Loudness:
    """Encode the sound that staff hear as M4A and return the result's measured loudness.

    One gain for the whole story and a limiter for its peaks, measured and corrected until it is
    on target. (loudnorm's own second pass left clear speech 2 LU too quiet.) Raises BadInput
    when there is nothing to be heard, ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    measured = measure_loudness(sound, duration, progress)
    if not math.isfinite(measured.integrated) or measured.integrated < _SILENCE_LUFS:
        raise BadInput(
            "There is no sound to be heard in this recording.",
            "Listen to the original: was the microphone on? A second recorder may have it.",
        )
    search = _GainSearch(measured)
    if measured.true_peak + search.gain > search.ceiling:
        _search_without_encoding(sound, search, duration)
    with files.replacing(to) as temporary:
        for number in range(_MAX_ROUNDS):
            _encode(_limited_true_peak(sound, search), temporary, duration, progress)
            measured = measure_loudness(temporary, duration)
            if measured.is_settled or (number >= _EXACT_ROUNDS and measured.is_on_target):
                break
            search.correct(measured)
        if not measured.is_on_target:
            raise ToolFailed(
                f"The loudness came out at {measured.integrated:.1f} LUFS with peaks of "
                f"{measured.true_peak:.1f} dB, not at {TARGET_LUFS:.0f} LUFS.",
                "Please report this recording’s kind and length; nothing was changed.",
            )
    return measured


def encode_draft_audio(sound: RawSound, to: Path, progress: Progress | None = None) -> None:
    """Encode at about the loudness of `encode_audio`, in one go and unmeasured, for previews.

    Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    measured, _ = gated_loudness(block_powers(sound))
    gain = TARGET_LUFS - measured if measured > _SILENCE_LUFS else 0.0
    stream = _sound_stream(sound).filter("volume", f"{gain:.2f}dB")
    stream = stream.filter("alimiter", level=0, limit=f"{_FIRST_CEILING:.2f}dB")
    with files.replacing(to) as temporary:
        _encode(stream, temporary, sound.duration, progress)


class _GainSearch:
    """The search for a gain and a limiter ceiling, in decibels, one measurement at a time."""

    def __init__(self, original: Loudness) -> None:
        self.gain = self._last_step = TARGET_LUFS - original.integrated
        self.ceiling = _FIRST_CEILING
        self._last_loudness = original.integrated
        self._response = 1.0  # decibels louder for each decibel of gain; limiting lowers it

    def correct(self, measured: Loudness) -> None:
        """Set gain and ceiling for the next round, given what this round came out as."""
        if self._last_step:
            response = (measured.integrated - self._last_loudness) / self._last_step
            # Never under 0.2: where the limiter takes nearly all, the next step would be huge.
            self._response = min(1.0, max(0.2, response))
        self._last_loudness = measured.integrated
        self._last_step = (TARGET_LUFS - measured.integrated) / self._response
        self.gain += self._last_step
        # A little lower than needed, so that the next peak is not just over the limit again.
        self.ceiling -= max(0.0, measured.true_peak - MAX_TRUE_PEAK + 0.1)


def _search_without_encoding(sound: Path | RawSound, search: _GainSearch, duration: int) -> None:
    """Search with gain and limiter alone, without encoding: that takes a fraction of the time."""
    for _ in range(_MAX_ROUNDS):
        measured = _measure(_limited(_with_gain(sound, search), search), duration)
        search.correct(measured)
        if measured.is_settled:
            break


def _sound_stream(sound: Path | RawSound) -> Any:
    media = ffmpeg_source(sound) if isinstance(sound, RawSound) else media_input(sound)
    return media["a:0"]


def _with_gain(sound: Path | RawSound, search: _GainSearch) -> Any:
    stereo = _sound_stream(sound).filter("aformat", channel_layouts="stereo")
    return stereo.filter("volume", f"{search.gain:.2f}dB")


def _limited(stream: Any, search: _GainSearch) -> Any:
    # level=0: by default alimiter brings its result back to full scale. latency=1: it looks ahead
    # by its attack time, and this compensates for the delay. Times in milliseconds.
    return stream.filter(
        "alimiter", level=0, limit=f"{search.ceiling:.2f}dB", attack=5, release=50, latency=1
    )


def _limited_true_peak(sound: Path | RawSound, search: _GainSearch) -> Any:
    # Peaks between samples count too (true peak): limit at four times the rate, as BS.1770 does.
    oversampled = _with_gain(sound, search).filter("aresample", 4 * SOUND_RATE)
    return _limited(oversampled, search).filter("aresample", SOUND_RATE)


def _measure(stream: Any, duration: int, progress: Progress | None = None) -> Loudness:
    # ebur128 is eight times as fast as loudnorm, which also plans a second pass.
    meter = stream.filter("ebur128", peak="true", framelog="quiet")
    graph = ffmpeg.output(meter, "-", f="null")
    log = run_ffmpeg(
        graph, activity="Measuring the loudness", timeout=time_limit(duration), progress=progress
    )
    report = log[log.rfind("Summary:") :]
    figures = [
        re.search(rf"^\s*{label}:\s+(-?[\d.]+|-?inf) ", report, re.MULTILINE)
        for label in ("I", "Peak", "LRA", "Threshold")
    ]
    if not all(figures):
        raise ToolFailed(
            "The loudness could not be measured: ffmpeg’s report was not understood.",
            "See which ffmpeg is used: carer-stories --verbose doctor",
        )
    integrated, true_peak, spread, threshold = (float(match[1]) for match in figures if match)
    return Loudness(integrated=integrated, true_peak=true_peak, spread=spread, threshold=threshold)


def _encode(stream: Any, to: Path, duration: int, progress: Progress | None) -> None:
    graph = ffmpeg.output(
        stream,
        ffmpeg_url(to),
        f="ipod",
        movflags="+faststart",
        **_AAC,
        **NO_METADATA,
    )
    run_ffmpeg(graph, activity="Making the sound", timeout=time_limit(duration), progress=progress)
