"""Synthetic sound for tests, and measures of it: all from fixed seeds, nothing recorded."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.run_ffmpeg import ffmpeg_path
from capture.media.sound.raw_sound import SOUND_RATE, RawSound, write_raw_sound

Sound = Any
"""float32 samples, shape (n, 2); or float64, shape (n,), where one channel is enough."""


def raw(to: Path, mono: Sound) -> RawSound:
    """Write raw sound with the same samples on both channels."""
    return write_raw_sound(to, [np.repeat(np.asarray(mono, np.float32)[:, None], 2, axis=1)])


def left(sound: RawSound, start: int = 0, end: int | None = None) -> Sound:
    """Return samples of the left channel."""
    return sound.read(start, sound.samples if end is None else end)[:, 0].astype(np.float64)


def decoded(path: Path) -> Sound:
    """Return the sound of any file, both channels, as players hear it."""
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-i", str(path), "-map", "a:0"]
    form = ["-f", "f32le", "-ar", str(SOUND_RATE), "-ac", "2", "-"]
    result = subprocess.run([*command, *form], check=True, capture_output=True, timeout=60)
    return np.frombuffer(result.stdout, "<f4").reshape(-1, 2)


def noise(seconds: float, seed: int = 1) -> Sound:
    """Return white noise of power 1."""
    return np.random.default_rng(seed).standard_normal(int(seconds * SOUND_RATE))


def vowel(seconds: float, pitch: float, formants: tuple[float, ...]) -> Sound:
    """Return a voice holding one vowel: pulses, swaying in pitch, through resonances."""
    count = int(seconds * SOUND_RATE)
    times = np.arange(count) / SOUND_RATE
    periods = np.cumsum(pitch * (1 + 0.03 * np.sin(2 * np.pi * 0.7 * times))) / SOUND_RATE
    pulses = (np.diff(np.floor(periods), prepend=0) > 0).astype(np.float64)
    angular = 2j * np.pi * np.fft.rfftfreq(count, 1 / SOUND_RATE)
    # Two low passes, at 100 Hz and 3 kHz: pulses of a voice have less power the higher the tone.
    shape = 1 / (1 + angular / (200 * np.pi)) / (1 + angular / (6000 * np.pi))
    for number, formant in enumerate(formants):
        pole = 2 * np.pi * (-40 - 10 * number + 1j * formant)
        shape = shape * abs(pole) ** 2 / ((angular - pole) * (angular - np.conj(pole)))
    voice = np.fft.irfft(np.fft.rfft(pulses) * shape, count)
    return 0.3 * voice / np.abs(voice).max()


def syllables(seconds: float, seed: int = 1, pitch: float = 130.0) -> Sound:
    """Return speech-like sound: vowels of about a fifth of a second, with gaps."""
    rng = np.random.default_rng(seed)
    voice = vowel(seconds, pitch, (600, 1400, 2500, 3500))
    shape = np.zeros(len(voice))
    at = SOUND_RATE // 10
    while at < len(shape) - SOUND_RATE // 2:
        length = int(SOUND_RATE * rng.uniform(0.12, 0.25))
        shape[at : at + length] = np.hanning(length) * rng.uniform(0.4, 1)
        at += length + int(SOUND_RATE * rng.uniform(0.03, 0.3))
    return voice * shape


def formants(voice: Sound) -> list[float]:
    """Return a voice's resonances in hertz, lowest first, by linear prediction at 12 kHz."""
    # Two poles for each resonance: a voice has about one to a kilohertz.
    order, rate = 12, 12_000
    frame_samples, hop = 40 * rate // 1000, 10 * rate // 1000  # 40 ms, every 10 ms
    factor = SOUND_RATE // rate
    count = len(voice) // factor * factor
    downsampled = np.fft.irfft(
        np.fft.rfft(voice[:count])[: count // factor // 2 + 1], count // factor
    )
    # Pre-emphasis, as usual for speech: it evens out the fall of a voice towards high tones.
    downsampled = downsampled[1:] - 0.95 * downsampled[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(downsampled, frame_samples)[::hop]
    frames = frames * np.hanning(frame_samples)
    correlations = [
        float((frames[:, : frame_samples - lag] * frames[:, lag:]).sum())
        for lag in range(order + 1)
    ]
    table = [[correlations[abs(row - column)] for column in range(order)] for row in range(order)]
    poles = np.roots([1, *-np.linalg.solve(table, correlations[1:])])
    poles = poles[poles.imag > 0]
    resonances = zip(
        np.angle(poles) * rate / 2 / np.pi, -np.log(abs(poles)) * rate / np.pi, strict=True
    )
    # Lower or wider ones shape the spectrum as a whole, and are no formants.
    return sorted(float(at) for at, width in resonances if at > 200 and width < 500)


def faster(voice: Sound, factor: float) -> Sound:
    """Return the sound played faster: pitch and formants rise together, as on a tape."""
    positions = np.arange(0, len(voice) - 1, factor)
    return np.interp(positions, np.arange(len(voice)), voice)


def decibels(samples: Sound) -> float:
    """Return the mean power in dB of full scale; minus infinity for digital silence."""
    power = float(np.mean(np.asarray(samples, np.float64) ** 2))
    return 10 * np.log10(power) if power else -np.inf


def loudness_shape(samples: Sound) -> Sound:
    """Return the root mean square of each millisecond."""
    per_ms = SOUND_RATE // 1000
    whole_length = len(samples) // per_ms * per_ms
    return np.sqrt((samples[:whole_length].reshape(-1, per_ms) ** 2).mean(axis=1))


def shift(delayed: Sound, reference: Sound, max_shift: int) -> int:
    """Return by how many samples `delayed` comes after `reference`, at most `max_shift`.

    Negative where it comes before.
    """
    size = 1 << int(np.ceil(np.log2(len(delayed) + len(reference))))
    correlations = np.fft.irfft(
        np.fft.rfft(delayed, size) * np.conj(np.fft.rfft(reference, size)), size
    )
    return (
        int(np.concatenate([correlations[-max_shift:], correlations[: max_shift + 1]]).argmax())
        - max_shift
    )
