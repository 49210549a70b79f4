"""Decodes the originals’ sound for a film, on the working copy’s clock, and cleans it a little.

The sound of a film is decoded once from the originals and encoded once at its end: the working
copy, which is for hearing and editing, has lost a little already.
"""

from __future__ import annotations

import functools
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import msgspec
import numpy as np

from capture.media.conform import NO_METADATA, continuous_sound
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.run_ffmpeg import Progress, ffmpeg_path, run_ffmpeg, time_limit
from capture.media.sound.loudness import block_powers, gated_loudness, lufs
from capture.media.sound.raw_sound import (
    CHANNELS,
    RAW_OUTPUT_OPTIONS,
    SAMPLES_PER_MS,
    SOUND_RATE,
    RawSound,
    ffmpeg_source,
    open_raw_sound,
    scratch_folder,
    write_raw_sound,
)
from library.core import files
from library.core.errors import ToolFailed

_TRIAL_SECONDS = 60  # limit for trying the noise reduction on a second of sound
_FLOOR_RANGE_DB = (-80.0, -20.0)  # dBFS; afftdn takes no others
_BELOW_SPEECH_DB = 15.0
"""Decibels: what is nearer to the speech than this may be speech, where somebody never pauses."""
_ONE_SIDED_DB = 30.0
"""Decibels between the channels: two people each at a microphone hear more of each other."""


class Cleaning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of what is taken out of the sound first. The defaults leave speech as it is."""

    rumble: int = 75
    """Hertz: what lies below is lowered (traffic, wind, a hand on the table); 0 for nothing.
    The deepest voices begin at about 80."""
    noise: int = 10
    """Decibels by which steady noise is lowered at most, up to 97; 0 for none."""


@dataclass(frozen=True)
class OriginalSound:
    """A recording as it came, and its length in frames of the steady rate."""

    path: Path
    frames: int


def samples_per_frame(fps: int) -> int:
    """Return the samples of one frame: 1920 at 25 a second, 1600 at 30.

    The steady rates divide the sound’s, so that every frame begins on a sample. Raises
    ValueError for others.
    """
    if fps < 1 or SOUND_RATE % fps:
        raise ValueError(f"No whole number of samples to a frame at {fps} a second.")
    return SOUND_RATE // fps


def decode_sound(
    originals: Sequence[OriginalSound],
    fps: int,
    to: Path,
    *,
    cleaning: Cleaning | None = None,
    progress: Progress | None = None,
) -> RawSound:
    """Write the sound of `originals`, one after the other, each exactly as long as its frames.

    Sample n of the result is heard at n / 48 ms of the recording’s clock. Short sound is filled
    up with silence, longer sound cut off, gaps filled, as in the working copy. Raises
    ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    lengths = [original.frames * samples_per_frame(fps) for original in originals]
    with scratch_folder(to) as folder:
        takes = [
            _decode_take(original.path, length, folder / f"take-{number}.f32", progress)
            for number, (original, length) in enumerate(zip(originals, lengths, strict=True), 1)
        ]
        return _clean_and_join(takes, to, cleaning or Cleaning())


def _decode_take(source: Path, length: int, to: Path, progress: Progress | None) -> RawSound:
    sound = continuous_sound(media_input(source)["a:0"])
    sound = sound.filter("apad", whole_len=length).filter("atrim", end_sample=length)
    graph = ffmpeg.output(sound, ffmpeg_url(to), **RAW_OUTPUT_OPTIONS, **NO_METADATA)
    activity = "Taking out the sound"
    run_ffmpeg(graph, activity=activity, timeout=_limit(length), progress=progress)
    return _require_length(to, length, activity)


def _clean_and_join(takes: Sequence[RawSound], to: Path, cleaning: Cleaning) -> RawSound:
    """Join the takes, each cleaned of its own noise."""
    parts = [_cleaned_stream(take, cleaning) for take in takes]
    sound = ffmpeg.concat(*parts, v=0, a=1) if len(parts) > 1 else parts[0]
    total = sum(take.samples for take in takes)
    activity = "Cleaning the sound"
    with files.replacing(to) as temporary:
        graph = ffmpeg.output(sound, ffmpeg_url(temporary), **RAW_OUTPUT_OPTIONS, **NO_METADATA)
        run_ffmpeg(graph, activity=activity, timeout=_limit(total))
        _require_length(temporary, total, activity)
    return RawSound(to, total)


def _limit(samples: int) -> float:
    return time_limit(samples // SAMPLES_PER_MS)


def _require_length(path: Path, samples: int, activity: str) -> RawSound:
    made = open_raw_sound(path)
    if made.samples != samples:
        raise ToolFailed(
            f"{activity} failed: it came out as {made.samples} samples, not as {samples}.",
            "See which ffmpeg is used: carer-stories --verbose doctor",
        )
    return made


def _cleaned_stream(take: RawSound, cleaning: Cleaning) -> Any:
    """Return the take cleaned, exactly as long as it was and no later."""
    late = _denoise_delay(ffmpeg_path(), cleaning.noise) if cleaning.noise else 0
    # As many samples after the end as the noise reduction will push out of it.
    sound = _on_both_channels(take).filter("apad", pad_len=late)
    if cleaning.rumble:
        sound = sound.filter("highpass", f=cleaning.rumble)
    if cleaning.noise:
        sound = _denoise(sound, cleaning.noise, _noise_floor(take))
    sound = sound.filter("atrim", start_sample=late, end_sample=late + take.samples)
    return sound.filter("asetpts", "PTS-STARTPTS")


def _on_both_channels(take: RawSound) -> Any:
    """Return the take's stream; a microphone on one channel alone is put on both."""
    powers = np.zeros(CHANNELS)
    for _, samples in take.blocks():
        powers += (samples.astype(np.float64) ** 2).sum(axis=0)
    sound = ffmpeg_source(take)
    if powers.min() * 10 ** (_ONE_SIDED_DB / 10) >= powers.max():
        return sound
    only = f"c{powers.argmax()}"
    return sound.filter("pan", args=f"stereo|c0={only}|c1={only}")


def _denoise(sound: Any, noise: int, floor: float) -> Any:
    # The filter can find the floor by itself, but then left loud noise as it was: measured, white
    # noise at −40 dBFS went down by 1 dB that way and by 9 with the floor given.
    return sound.filter("afftdn", nr=noise, nf=f"{floor:.1f}")


def _noise_floor(take: RawSound) -> float:
    """Return the decibels of full scale of what is heard where nobody speaks."""
    powers = block_powers(take)
    heard = powers[powers > 10 ** (_FLOOR_RANGE_DB[0] / 10)]
    if not len(heard):
        return _FLOOR_RANGE_DB[0]
    quietest = lufs(float(np.percentile(heard, 5)))
    speech, _ = gated_loudness(heard)
    two_channels = 10 * math.log10(CHANNELS)
    return max(
        _FLOOR_RANGE_DB[0],
        min(_FLOOR_RANGE_DB[1], min(quietest, speech - _BELOW_SPEECH_DB) - two_channels),
    )


@functools.cache
def _denoise_delay(_program: str, noise: int) -> int:
    """Measure by how many samples this ffmpeg’s noise reduction delays the sound.

    It was 1200 (25 ms) in the ffmpeg we tried and is documented nowhere. Lips would be out of
    step by it, and the end of every redacted word would be heard.
    """
    burst = np.zeros((SOUND_RATE, 2), np.float32)
    at = SOUND_RATE // 4
    # A rising tone is like itself at one place only.
    steps = np.arange(SOUND_RATE // 10, dtype=np.float64)
    burst[at : at + len(steps)] = (0.5 * np.sin(steps**2 / 97))[:, None]
    with tempfile.TemporaryDirectory(prefix="carer-stories-") as folder:
        before_path, after_path = Path(folder) / "tried.f32", Path(folder) / "came.f32"
        sound = ffmpeg_source(write_raw_sound(before_path, [burst]))
        graph = ffmpeg.output(
            _denoise(sound, noise, _FLOOR_RANGE_DB[0]), ffmpeg_url(after_path), **RAW_OUTPUT_OPTIONS
        )
        run_ffmpeg(graph, activity="Trying the noise reduction", timeout=_TRIAL_SECONDS)
        heard = open_raw_sound(after_path)
        after = heard.read(0, heard.samples)[:, 0]
    likeness = np.correlate(after, burst[at : at + len(steps), 0], mode="valid")
    return max(0, int(likeness.argmax()) - at)
