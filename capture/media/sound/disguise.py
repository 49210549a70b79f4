"""Disguises a voice: pitch and formants moved, each its own way.

A low voice is raised, a high one lowered, both towards where most voices lie; the formants go the
other way. So no single change of speed brings both back: where the pitch is right again the
formants are far off, and where the formants are right the pitch is. Both wander slowly, by a secret
that each story has for itself, so that no one setting undoes the whole of a film.

Formants are what the length and shape of somebody’s throat and mouth make. They are moved by
stretching the smooth part of each short spectrum along the frequencies; its fine part, which is the
pitch, stays. rubberband has a setting of its own to keep formants where they are. Measured on made
vowels, the two that matter moved with the pitch all the same: changing the speed would have undone
the whole disguise.

What a program that recognises speakers goes by is also the colour of a voice: how loud it is at
each height over minutes. So that is brought near the average of many voices, and the scale of
heights is bent, by an amount that the secret determines: stretching alone left more than half of
them known.

It hides a voice from those who only listen. `docs/films.md` says from whom it does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import numpy.typing as npt

from capture.media.input_files import ffmpeg_url
from capture.media.run_ffmpeg import Progress, has_filter, run_ffmpeg, time_limit
from capture.media.sound.raw_sound import (
    RAW_OUTPUT_OPTIONS,
    SOUND_RATE,
    RawSound,
    Samples,
    ffmpeg_source,
    open_raw_sound,
    scratch_folder,
    write_raw_sound,
)
from library.core import files
from library.core.errors import ToolFailed, ToolMissing

Pitches = npt.NDArray[np.float64]

MIN_PITCH_HZ, MAX_PITCH_HZ = 70, 400
UNVOICED_HZ = 0.0  # where nothing is voiced
_DECIMATION = 6  # to 8 kHz
_PITCH_RATE = SOUND_RATE // _DECIMATION
_PITCH_WINDOW, _PITCH_HOP, _PITCH_FFT = _PITCH_RATE // 20, _PITCH_RATE // 50, 1024  # 50 ms, 20 ms
_VOICED = 0.75
"""Least likeness of a voiced sound to itself one period later; 1 is the same."""


def median_pitch(sound: RawSound) -> float:
    """Return the median pitch of all voiced sound in hertz; 0 where nothing is voiced."""
    pitches_by_block = [_pitches(samples) for _, samples in sound.blocks()]
    pitches = np.concatenate(pitches_by_block) if pitches_by_block else np.zeros(0)
    return float(np.median(pitches)) if len(pitches) else UNVOICED_HZ


def _pitches(samples: Samples) -> Pitches:
    """Return the pitch of each voiced twentieth of a second, by autocorrelation."""
    mono = samples.mean(axis=1)
    thin = mono[: len(mono) // _DECIMATION * _DECIMATION].reshape(-1, _DECIMATION).mean(axis=1)
    if len(thin) < _PITCH_WINDOW:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(thin, _PITCH_WINDOW)[::_PITCH_HOP]
    window = np.hanning(_PITCH_WINDOW)
    likeness = _autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window)
    likeness /= _autocorrelation(window[None, :])  # the window makes later ones look less alike
    power = np.maximum(likeness[:, 0], 1e-12)
    first, last = _PITCH_RATE // MAX_PITCH_HZ, _PITCH_RATE // MIN_PITCH_HZ
    periods = likeness[:, first : last + 1].argmax(axis=1) + first
    alike = likeness[np.arange(len(periods)), periods] / power
    loud = power > max(1e-8, float(np.percentile(power, 60)))
    pitches: Pitches = _PITCH_RATE / periods[(alike > _VOICED) & loud]
    return pitches


def _autocorrelation(frames: Pitches) -> Pitches:
    spectra = np.abs(np.fft.rfft(frames, _PITCH_FFT, axis=1)) ** 2
    alike: Pitches = np.fft.irfft(spectra, axis=1)[:, : _PITCH_WINDOW // 2]
    return alike


Mono = npt.NDArray[np.float64]

_WINDOW, _HOP = 1024, 256  # 21 ms: as long as a consonant, so that little is smeared
_BLOCK = 2048 * _HOP
_SMOOTH = 115
"""Samples of the cepstrum, 2.4 ms: less than the period of nearly any voice. At 1.2 ms formants
were too blurred to be moved: the first stayed where it was."""
_FAINT = 1e-7
_MAX_GAIN_NEPERS = 8.0  # nepers at most in one bin, so that nothing is made of silence

Factors = Callable[[Any], Any]
"""For each of an array of times, in seconds, by how much the formants are moved."""


@dataclass(frozen=True)
class Shaping:
    """The change of a sound’s formants."""

    factors: Factors
    bend: float = 1.0
    """Power to which frequencies below `_BENT_BINS` are raised: 1 leaves their scale straight."""
    colour: Any = 0.0
    """For each bin, nepers by which the sound is made louder throughout."""


def shift_formants(sound: RawSound, shaping: Shaping) -> Iterator[Samples]:
    """Yield the left channel of `sound` with its formants moved, on both channels.

    As long as it was, no sample later or earlier, each 21 ms as loud as before.
    """
    for start in range(0, sound.samples, _BLOCK):
        end = min(start + _BLOCK, sound.samples)
        around = sound.read_padded(start - _WINDOW, start + _BLOCK + _WINDOW)[:, 0].astype(
            np.float64
        )
        moved = _shift_block(around, (start - _WINDOW) / SOUND_RATE, shaping)
        block = moved[_WINDOW : _WINDOW + end - start].astype(np.float32)
        yield np.repeat(block[:, None], 2, axis=1)


def _shift_block(samples: Mono, start_seconds: float, shaping: Shaping) -> Mono:
    """Move the formants of one block.

    Windows lie at the same places whatever block they are read in: equal input gives equal
    bytes.
    """
    window = np.sqrt(np.hanning(_WINDOW + 1)[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP] * window
    spectra = np.fft.rfft(frames, axis=1)
    middles = start_seconds + (np.arange(len(frames)) * _HOP + _WINDOW / 2) / SOUND_RATE
    shaped = spectra * _envelope_gains(np.abs(spectra), shaping.factors(middles), shaping)
    frames = np.fft.irfft(shaped, axis=1) * window
    overlaps = _WINDOW // _HOP
    added = np.zeros((len(frames) + overlaps - 1, _HOP))
    for number in range(overlaps):
        part = frames[:, number * _HOP : (number + 1) * _HOP]
        added[number : number + len(frames)] += part
    whole: Mono = added.ravel() * (2 / overlaps)
    return whole


def _envelope_gains(sizes: Any, factors: Any, shaping: Shaping) -> Any:
    """Return the gains that stretch each spectrum's envelope and keep its power."""
    smooth = _envelope(np.log(sizes + _FAINT))
    bins = sizes.shape[1]
    # Formant at bin k came from bin k / factor, on the bent scale.
    places = np.arange(bins) / factors[:, None]
    bent = _BENT_BINS * (np.minimum(places, _BENT_BINS) / _BENT_BINS) ** shaping.bend
    places = np.clip(np.where(places < _BENT_BINS, bent, places), 0, bins - 1)
    below = np.minimum(places.astype(np.intp), bins - 2)
    rows = np.arange(len(sizes))[:, None]
    part = places - below
    stretched = smooth[rows, below] * (1 - part) + smooth[rows, below + 1] * part
    gains = np.exp(
        np.clip(stretched + shaping.colour - smooth, -_MAX_GAIN_NEPERS, _MAX_GAIN_NEPERS)
    )
    before, after = (sizes**2).sum(axis=1), ((sizes * gains) ** 2).sum(axis=1)
    return gains * np.sqrt(before / np.maximum(after, _FAINT**2))[:, None]


def _envelope(logs: Any) -> Any:
    cepstra = np.fft.irfft(logs, axis=1)
    cepstra[:, _SMOOTH : _WINDOW - _SMOOTH + 1] = 0
    return np.fft.rfft(cepstra, axis=1).real


def colour_towards_average(sound: RawSound) -> Any:
    """Return for each bin the nepers that bring the colour of `sound` near that of many voices.

    Loud moments count for more, silence for nothing: what was redacted changes no sample.
    """
    window = np.hanning(_WINDOW + 1)[:-1]
    total, weight = np.zeros(_COLOUR_BINS), 0.0
    for start in range(0, sound.samples, _BLOCK):
        mono = sound.read_padded(start, start + _BLOCK + _WINDOW)[:, 0].astype(np.float64)
        frames = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[: _BLOCK : _WINDOW // 2]
        sizes = np.abs(np.fft.rfft(frames * window, axis=1))[:, :_COLOUR_BINS]
        loudness = np.sqrt((sizes**2).sum(axis=1))
        total += loudness @ np.log(sizes + _FAINT)
        weight += float(loudness.sum())
    if not weight:
        return 0.0
    own = np.fft.irfft(total / weight)
    cepstrum = np.zeros(len(own))
    count = len(AVERAGE_COLOUR)
    # From 1: how loud the whole is, is not the voice’s.
    cepstrum[1:count] = AVERAGE_COLOUR[1:] - own[1:count]
    cepstrum[-count + 1 :] = cepstrum[1:count][::-1]
    colour = np.clip(np.fft.rfft(cepstrum).real, -_MAX_COLOUR_NEPERS, _MAX_COLOUR_NEPERS)
    # Above, where many recordings hold nothing, as at its end.
    return np.pad(colour, (0, _WINDOW // 2 + 1 - len(colour)), mode="edge")


MIDDLE_PITCH_HZ = 165.0
"""Between the usual pitch of men and of women: away from here nobody is moved."""
MIN_SECRET_BYTES = 16
"""Bytes."""
_RAISED, _LOWERED = (1.25, 1.36), (0.735, 0.80)  # 4 to 5 semitones
_NARROWED, _WIDENED = (0.80, 0.86), (1.12, 1.20)
_BENT_DOWN, _BENT_UP = (0.92, 0.98), (1.02, 1.07)
_BENT_BINS = 128.0
"""Up to 6 kHz the scale is bent: where voices differ most."""
_MAX_COLOUR_NEPERS = 1.5
"""Nepers, 13 dB: more would make hiss of what is nearly silent."""
_COLOUR_BINS = 171
"""Up to 8 kHz."""
AVERAGE_COLOUR = np.array(
    (0.0, 1.326, -0.211, 0.461, -0.112, 0.225, 0.016, 0.063, 0.021, -0.003, 0.035, -0.042)
)
"""Cepstrum up to 8 kHz of 40 readers of LibriSpeech, men and women, after their pitch was moved."""
_PITCH_WANDER, _FORMANT_WANDER = 0.035, 0.025  # as parts of the whole, up and down
_WANDER_SECONDS = 4.0
_STEP_SECONDS = 0.25


@dataclass(frozen=True)
class _Disguise:
    """The course of a disguise over a film, made from the story’s secret."""

    secret: bytes
    raised: bool

    def pitch(self, seconds: Any) -> Any:
        span = _RAISED if self.raised else _LOWERED
        return self._wandering("pitch", seconds, span, _PITCH_WANDER)

    def formants(self, seconds: Any) -> Any:
        span = _NARROWED if self.raised else _WIDENED
        return self._wandering("formants", seconds, span, _FORMANT_WANDER)

    @property
    def bend(self) -> float:
        low, high = _BENT_DOWN if self.raised else _BENT_UP
        return low + (high - low) * self._random("bend", -1)

    def remaining_formants(self, seconds: Any) -> Any:
        """Return what is left to move formants by, as they moved with the pitch."""
        return self.formants(seconds) / self.pitch(seconds)

    def _wandering(self, what: str, seconds: Any, span: tuple[float, float], wander: float) -> Any:
        low, high = span
        base = low + (high - low) * self._random(what, -1)
        last = int(np.max(seconds, initial=0) / _WANDER_SECONDS) + 2
        heights = np.array([2 * self._random(what, number) - 1 for number in range(last + 1)])
        positions = np.maximum(seconds, 0) / _WANDER_SECONDS
        before = positions.astype(np.intp)
        progress = (1 - np.cos(np.pi * (positions - before))) / 2
        height = heights[before] * (1 - progress) + heights[before + 1] * progress
        return base * (1 + wander * height)

    def _random(self, what: str, number: int) -> float:
        """Return a number from 0 to 1.

        A hash, so that one value tells nothing of the others.
        """
        digest = hashlib.sha256(self.secret + f"{what} {number}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48


def disguise_voice(
    sound: RawSound, to: Path, secret: bytes, *, progress: Progress | None = None
) -> RawSound:
    """Write `sound` with its voices moved as `secret` determines: same length, mono.

    The same secret gives the same bytes; it must never be published, nor anything made from it
    but this. Raises ValueError for a secret under 16 bytes, ToolMissing where ffmpeg lacks
    rubberband, ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"A secret has at least {MIN_SECRET_BYTES} bytes.")
    _require_rubberband()
    pitch = median_pitch(sound)
    disguise = _Disguise(secret, raised=pitch < MIDDLE_PITCH_HZ)
    with scratch_folder(to) as folder:
        moved = _shift_pitch(sound, folder, disguise, progress)
        colour = colour_towards_average(moved)
        shaping = Shaping(disguise.remaining_formants, disguise.bend, colour)
        return write_raw_sound(to, shift_formants(moved, shaping))


def _require_rubberband() -> None:
    if not (has_filter("rubberband") and has_filter("asendcmd")):
        raise ToolMissing(
            "This ffmpeg cannot disguise a voice: it was built without rubberband.",
            "Unset CARER_STORIES_FFMPEG: the ffmpeg that comes with Carer Stories has it.",
        )


def _shift_pitch(
    sound: RawSound, folder: Path, disguise: _Disguise, progress: Progress | None
) -> RawSound:
    """Move the pitch, and the formants with it, without any delay."""
    activity = "Disguising the voice"
    to, wander = folder / "pitched.f32", "pitch.txt"
    times = np.arange(0, sound.samples / SOUND_RATE, _STEP_SECONDS)
    pitches = disguise.pitch(times)
    lines = zip(times, pitches, strict=True)
    # Numbers of ours alone, in a file of ours.
    steps = "".join(f"{at:.2f} rubberband pitch {pitch:.6f};\n" for at, pitch in lines)
    files.write_atomic(folder / wander, steps.encode())
    voice = ffmpeg_source(sound).filter("pan", args="mono|c0=0.5*c0+0.5*c1")
    voice = voice.filter("asendcmd", f=wander).filter("rubberband", pitch=f"{pitches[0]:.6f}")
    voice = voice.filter("apad", whole_len=sound.samples)
    voice = voice.filter("atrim", end_sample=sound.samples).filter("pan", args="stereo|c0=c0|c1=c0")
    graph = ffmpeg.output(voice, ffmpeg_url(to), **RAW_OUTPUT_OPTIONS)
    limit = time_limit(sound.duration)
    run_ffmpeg(graph, activity=activity, timeout=limit, progress=progress, folder=folder)
    made = open_raw_sound(to)
    if made.samples != sound.samples:
        raise ToolFailed(f"{activity} failed: it came out {made.samples} samples long.")
    return made
