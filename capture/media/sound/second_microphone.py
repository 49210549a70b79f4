"""A second microphone as the sound of a take: on the take’s clock, to the sample.

Where the microphone was not running yet, or not any more, the take’s own sound is heard, as loud as
the microphone: nothing that was said is lost to a recorder that was switched on late.
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
    PER_MS,
    RAW_FORMAT,
    SOUND_RATE,
    RawSound,
    Samples,
    open_raw_sound,
    raw_input,
    scratch_folder,
    write_raw_sound,
)
from library.core import files

_TAPS = 32
_PHASES = 4096
_BLOCK = SOUND_RATE
_FADE = SOUND_RATE // 20


def align_microphone(
    take: Path, duration: int, microphone: Path, length: int, folder: Path
) -> Alignment | None:
    """How a microphone’s recording lies beside a take’s; both lengths in milliseconds.

    None where the two do not sound alike. `bench` is a folder for what is needed on the way. Raises
    ToolFailed or NoRoom.
    """
    with scratch_folder(folder / "aligning") as folder:
        take_sound = decode_whole(take, duration, folder / "take.f32")
        microphone_sound = decode_whole(microphone, length, folder / "microphone.f32")
        return align(take_sound, microphone_sound)


def write_aligned_sound(
    take: Path,
    duration: int,
    microphone: Path,
    alignment: Alignment,
    to: Path,
    progress: Progress | None = None,
) -> None:
    """The microphone’s sound on the take’s clock, as FLAC of `duration` milliseconds.

    Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    length = duration * PER_MS
    activity = "Laying the microphone beside the picture"
    with scratch_folder(to) as bench:
        take_sound = decode_whole(take, duration, bench / "take.f32")
        microphone_sound = decode_whole(microphone, None, bench / "microphone.f32")
        peak = [1.0]
        blocks = _aligned_blocks(take_sound, microphone_sound, alignment, length, peak)
        report = (lambda done: progress(done // PER_MS)) if progress else None
        mixed = write_raw_sound(bench / "laid.f32", blocks, report)
        sound = raw_input(mixed).filter("volume", f"{0.99 / peak[0]:.6f}")
        with files.replacing(to) as temporary:
            graph = ffmpeg.output(
                sound,
                ffmpeg_url(temporary),
                f="flac",
                sample_fmt="s32",
                **{"c:a": "flac", "bits_per_raw_sample": 24},
                **NO_METADATA,
            )
            run_ffmpeg(graph, activity=activity, timeout=time_limit(duration))


def decode_whole(source: Path, duration: int | None, to: Path) -> RawSound:
    """All of a recording’s sound from its first moment on; of `duration` milliseconds, if given."""
    sound = continuous_sound(media_input(source)["a:0"])
    if duration is not None:
        length = duration * PER_MS
        sound = sound.filter("apad", whole_len=length).filter("atrim", end_sample=length)
    graph = ffmpeg.output(sound, ffmpeg_url(to), **RAW_FORMAT, **NO_METADATA)
    run_ffmpeg(
        graph, activity="Taking out the sound", timeout=time_limit(duration or 12 * 3_600_000)
    )
    return open_raw_sound(to)


def _aligned_blocks(
    own: RawSound, other: RawSound, alignment: Alignment, length: int, peak: list[float]
) -> Iterator[Samples]:
    """Block after block; `peak` is told the loudest sample so far."""
    table = _sinc_table()
    gain = np.float32(10 ** (alignment.louder / 20))
    for start in range(0, length, _BLOCK):
        end = min(start + _BLOCK, length)
        places = np.arange(start, end, dtype=np.float64) * (1 + alignment.drift / 1e9)
        at = places + alignment.microphone_ms(0) * PER_MS
        share = np.clip(np.minimum(at, other.samples - 1 - at) / _FADE, 0, 1)[:, None]
        block = own.read(start, end) * gain * (1 - share).astype(np.float32)
        if share.any():
            block = block + _interpolate(other, at, table) * share.astype(np.float32)
        peak[0] = max(peak[0], float(np.abs(block).max(initial=0)))
        yield block.astype(np.float32)


def _interpolate(sound: RawSound, at: Any, table: Any) -> Any:
    """The sound at places between its samples; silence before its beginning and behind its end."""
    low, high = int(np.floor(at[0])) - _TAPS, int(np.floor(at[-1])) + _TAPS + 1
    first, last = max(0, low), min(sound.samples, high)
    padded = np.zeros((high - low, CHANNELS), np.float32)
    if last > first:
        padded[first - low : last - low] = sound.read(first, last)
    whole = np.floor(at)
    phase = np.round((at - whole) * _PHASES).astype(np.int64)
    rows = whole.astype(np.int64) - low - _TAPS // 2 + 1
    made = np.zeros((len(at), CHANNELS), np.float32)
    for tap in range(_TAPS):
        made += padded[rows + tap] * table[phase, tap][:, None]
    return made


def _sinc_table() -> Any:
    """Weights of a windowed sinc (Kaiser, β = 9) for every place between two samples."""
    phase = np.arange(_PHASES + 1)[:, None] / _PHASES
    away = np.arange(_TAPS)[None, :] - (_TAPS // 2 - 1) - phase
    inside = np.clip(1 - (away / (_TAPS / 2)) ** 2, 0, None)
    weights = np.sinc(away) * np.i0(9.0 * np.sqrt(inside)) / np.i0(9.0)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


LEVEL_FRAME_MS = 10
_LENGTH_TOLERANCE_MS = 1_500
"""Milliseconds by which a file that begins with the recording may be shorter or longer."""
_SAME_START = Alignment(begins=0, drift=0, louder=0.0, clearer=0.0)


def track_levels(
    take: Path, duration: int, tracks: Sequence[tuple[Path, int]], folder: Path
) -> list[Any]:
    """For each voice, decibels of full scale in each VOICE_FRAME_MS of the take; or None.

    `voices` are files and their lengths in milliseconds, as `duration` is the take’s; None stands
    for one whose place beside the take is not known. `bench` is a folder for what is needed on the
    way. Raises ToolFailed or NoRoom.
    """
    take_curve = _curve_of(take, duration, folder)
    return [
        _levels_on_take_clock(take_curve, _curve_of(path, length, folder), duration)
        for path, length in tracks
    ]


def _curve_of(path: Path, length: int, bench: Path) -> Any:
    with scratch_folder(bench / "voices") as folder:
        return loudness_curve(decode_whole(path, length, folder / "voice.f32"))


def _levels_on_take_clock(take_curve: Any, track_curve: Any, duration: int) -> Any:
    alignment = align_curves(take_curve, track_curve)
    if alignment is None and abs(len(track_curve) - duration) <= _LENGTH_TOLERANCE_MS:
        alignment = _SAME_START
    if alignment is None or not len(track_curve):
        return None
    frames = duration // LEVEL_FRAME_MS
    times = np.arange(frames * LEVEL_FRAME_MS, dtype=np.float64)
    positions = np.round(alignment.microphone_ms(0) + times * (1 + alignment.drift / 1e9)).astype(
        np.int64
    )
    heard = (positions >= 0) & (positions < len(track_curve))
    power = np.where(
        heard, 10 ** (track_curve[np.clip(positions, 0, len(track_curve) - 1)] / 10), 0.0
    )
    return 10 * np.log10(power.reshape(frames, LEVEL_FRAME_MS).mean(axis=1) + 1e-9)
