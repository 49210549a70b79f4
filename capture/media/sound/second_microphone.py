"""Place a second microphone, or a meeting’s separate tracks, on the clock of a take.

A second microphone becomes the sound of the take. Where it was not running yet, or no longer, the
take’s own sound is heard, as loud as the microphone: nothing that was said is lost to a recorder
that was switched on late.

A meeting program keeps what every microphone sent in a file of its own. Films never use those
files; they tell who speaks, so only their loudness is measured. A track that does not sound like
the recording (somebody who hardly spoke) is taken to begin with it if it is as long, which is how
the meeting programs write them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from capture.media.conform import NO_METADATA, continuous_sound
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.run_ffmpeg import Progress, run_ffmpeg, time_limit
from capture.media.sound.alignment import Alignment, align, align_curves, loudness_curve
from capture.media.sound.raw_sound import (
    CHANNELS,
    RAW_OUTPUT_OPTIONS,
    SAMPLES_PER_MS,
    SOUND_RATE,
    RawSound,
    Samples,
    ffmpeg_source,
    open_raw_sound,
    scratch_folder,
    write_raw_sound,
)
from library.core import files

_LEAD_SAMPLES = 10 * SAMPLES_PER_MS
"""Samples resampled before the first that is wanted, so that the filter has settled by then."""
_BLOCK_SAMPLES = SOUND_RATE
_FADE_SAMPLES = SOUND_RATE // 20
"""Samples (50 ms) over which the take’s own sound and the microphone’s replace each other."""
_UNKNOWN_LENGTH_MS = 12 * 3_600_000
"""Assumed for the time limit where no length is known: longer than any recorder runs."""


def align_microphone(
    take: Path, duration: int, microphone: Path, microphone_duration: int, folder: Path
) -> Alignment | None:
    """Find the position of a microphone’s recording on a take’s clock; None if they sound unlike.

    `duration` and `microphone_duration` are in milliseconds. Temporary files go into `folder`.
    Raises ToolFailed or NoRoom.
    """
    with scratch_folder(folder / "aligning") as scratch:
        take_sound = _decode_whole(take, duration, scratch / "take.f32")
        microphone_sound = _decode_whole(
            microphone, microphone_duration, scratch / "microphone.f32"
        )
        return align(take_sound, microphone_sound)


def write_aligned_sound(
    take: Path,
    duration: int,
    microphone: Path,
    alignment: Alignment,
    to: Path,
    progress: Progress | None = None,
) -> None:
    """Write the microphone’s sound on the take’s clock, as FLAC of `duration` milliseconds.

    Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    with scratch_folder(to) as scratch:
        take_sound = _decode_whole(take, duration, scratch / "take.f32")
        microphone_sound = _decode_whole(microphone, None, scratch / "microphone.f32")
        peak = [0.0]
        blocks = _aligned_blocks(
            take_sound, microphone_sound, alignment, duration * SAMPLES_PER_MS, peak
        )
        report = (lambda samples: progress(samples // SAMPLES_PER_MS)) if progress else None
        mixed = write_raw_sound(scratch / "mixed.f32", blocks, report)
        # FLAC holds integers: if peaks pass full scale (as in phones’ AAC), all is lowered.
        sound = ffmpeg_source(mixed).filter("volume", f"{0.99 / max(1.0, peak[0]):.6f}")
        with files.replacing(to) as temporary:
            graph = ffmpeg.output(
                sound,
                ffmpeg_url(temporary),
                f="flac",
                sample_fmt="s32",
                **{"c:a": "flac", "bits_per_raw_sample": 24},
                **NO_METADATA,
            )
            activity = "Laying the microphone beside the picture"
            run_ffmpeg(graph, activity=activity, timeout=time_limit(duration))


def _decode_whole(source: Path, duration: int | None, to: Path) -> RawSound:
    """Decode all of a recording’s sound, cut or filled with silence to `duration` if given."""
    sound = continuous_sound(media_input(source)["a:0"])
    if duration is not None:
        samples = duration * SAMPLES_PER_MS
        sound = sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)
    graph = ffmpeg.output(sound, ffmpeg_url(to), **RAW_OUTPUT_OPTIONS, **NO_METADATA)
    timeout = time_limit(duration or _UNKNOWN_LENGTH_MS)
    run_ffmpeg(graph, activity="Taking out the sound", timeout=timeout)
    return open_raw_sound(to)


def _aligned_blocks(
    take_sound: RawSound,
    microphone_sound: RawSound,
    alignment: Alignment,
    samples: int,
    peak: list[float],
) -> Iterator[Samples]:
    """Yield `samples` samples of the mix; `peak[0]` becomes the loudest of them."""
    gain = np.float32(10 ** (alignment.level_db / 20))
    start = 0
    for resampled in resample_to_take(microphone_sound, alignment, samples):
        end = start + len(resampled)
        positions = (
            alignment.microphone_ms(0) * SAMPLES_PER_MS + np.arange(start, end) * alignment.speed
        )
        distance_to_end = np.minimum(positions, microphone_sound.samples - 1 - positions)
        microphone_share = np.clip(distance_to_end / _FADE_SAMPLES, 0, 1).astype(np.float32)[
            :, None
        ]
        block = (
            take_sound.read(start, end) * gain * (1 - microphone_share)
            + resampled * microphone_share
        )
        peak[0] = max(peak[0], float(np.abs(block).max(initial=0)))
        yield block
        start = end


def resample_to_take(
    microphone_sound: RawSound, alignment: Alignment, samples: int
) -> Iterator[Samples]:
    """Yield the microphone’s sound at the first `samples` samples of the take’s clock.

    There is silence before its beginning and after its end. The start is rounded to a whole sample
    of the microphone, so is within 0.01 ms; the ratio of the two clocks is exact.

    The filter is libsoxr’s “HQ”: its errors lie 84 dB below a tone of 10 kHz and 76 dB below one
    of 20 kHz. The windowed sinc that it replaced had 80 and 64, and took twenty times as long.
    """
    # Not at the top: only a second microphone needs it, but many modules import this one.
    import soxr

    resampler = soxr.ResampleStream(
        SOUND_RATE * alignment.speed, SOUND_RATE, CHANNELS, dtype="float32", quality="HQ"
    )
    position = round(alignment.microphone_ms(0) * SAMPLES_PER_MS - _LEAD_SAMPLES * alignment.speed)
    to_skip, remaining = _LEAD_SAMPLES, samples
    while remaining > 0:
        block = microphone_sound.read_padded(position, position + _BLOCK_SAMPLES)
        position += _BLOCK_SAMPLES
        resampled = resampler.resample_chunk(block)
        skipped = min(to_skip, len(resampled))
        to_skip -= skipped
        resampled = resampled[skipped : skipped + remaining]
        remaining -= len(resampled)
        if len(resampled):  # the first blocks only fill the filter
            yield resampled


LEVEL_FRAME_MS = 10
_SIDE_FRAMES = 6_000  # a minute at a time
_LENGTH_TOLERANCE_MS = 1_500
"""The largest difference in length at which a track is taken to begin with the recording."""
_SAME_START = Alignment(offset_us=0, drift=0, level_db=0.0, snr_gain_db=0.0)
_MIN_POWER = 1e-9  # −90 dB, so that silence has a logarithm


def track_levels(
    take: Path, duration: int, tracks: Sequence[tuple[Path, int]], folder: Path
) -> list[Any]:
    """Measure how loud each track is, on the take’s clock.

    `tracks` are files and their lengths in milliseconds; `duration` is the take’s. Temporary files
    go into `folder`. Returns for each track its decibels of full scale, one value for each
    LEVEL_FRAME_MS of the take, or None where its place on the clock is not known. Raises ToolFailed
    or NoRoom.
    """
    take_curve = _loudness_curve_of(take, duration, folder)
    return [
        _levels_on_take_clock(take_curve, _loudness_curve_of(path, length, folder), duration)
        for path, length in tracks
    ]


def side_levels_of(take: Path, duration: int, folder: Path) -> tuple[Any, Any]:
    """Measure how loud the left and the right of a recording are, every LEVEL_FRAME_MS.

    In decibels of full scale. Temporary files go into `folder`. Raises ToolFailed or NoRoom.
    """
    frame = LEVEL_FRAME_MS * SAMPLES_PER_MS
    with scratch_folder(folder / "sides") as scratch:
        sound = _decode_whole(take, duration, scratch / "sides.f32")
        powers = [
            (block[: len(block) // frame * frame].reshape(-1, frame, CHANNELS) ** 2).mean(axis=1)
            for _, block in sound.blocks(_SIDE_FRAMES * frame)
        ]
    decibels = 10 * np.log10(np.concatenate([np.zeros((0, CHANNELS)), *powers]) + _MIN_POWER)
    return decibels[:, 0], decibels[:, 1]


def _loudness_curve_of(path: Path, duration: int, folder: Path) -> Any:
    with scratch_folder(folder / "voices") as scratch:
        return loudness_curve(_decode_whole(path, duration, scratch / "voice.f32"))


def _levels_on_take_clock(take_curve: Any, track_curve: Any, duration: int) -> Any:
    alignment = align_curves(take_curve, track_curve)
    if alignment is None and abs(len(track_curve) - duration) <= _LENGTH_TOLERANCE_MS:
        alignment = _SAME_START
    if alignment is None or not len(track_curve):
        return None
    frames = duration // LEVEL_FRAME_MS
    times = np.arange(frames * LEVEL_FRAME_MS, dtype=np.float64)
    positions = np.round(alignment.microphone_ms(0) + times * alignment.speed).astype(np.int64)
    is_inside = (positions >= 0) & (positions < len(track_curve))
    decibels = track_curve[np.clip(positions, 0, len(track_curve) - 1)]
    power = np.where(is_inside, 10 ** (decibels / 10), 0.0)
    mean_power = power.reshape(frames, LEVEL_FRAME_MS).mean(axis=1)
    return 10 * np.log10(mean_power + _MIN_POWER)


_SPEECH_PERCENTILE = 95
_SPEECH_RANGE_DB = 25.0  # below the loudest, in which somebody speaks
_APART_DB = 10.0  # by which the side of whoever speaks is the louder
_APART_SHARE = 0.6  # of speech on one side or the other: people speak at once, too
_MIN_SIDE_SHARE = 0.03  # of speech that each side must have


def are_voices_apart(left: Any, right: Any) -> bool:
    """Return whether each side has a voice that the other hardly has: two people, two sides.

    In other stereo everybody is on both sides, and at most a little nearer to one.
    """
    count = min(len(left), len(right))
    if not count:
        return False
    left, right = left[:count], right[:count]
    louder = np.maximum(left, right)
    is_speech = louder > np.percentile(louder, _SPEECH_PERCENTILE) - _SPEECH_RANGE_DB
    difference = (left - right)[is_speech]
    on_left, on_right = (difference >= _APART_DB).mean(), (difference <= -_APART_DB).mean()
    return bool(on_left + on_right >= _APART_SHARE and min(on_left, on_right) >= _MIN_SIDE_SHARE)
