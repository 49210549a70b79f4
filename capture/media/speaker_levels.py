"""How loud each voice of a meeting is, on the clock of the meeting’s recording.

A meeting program keeps what every microphone sent in a file of its own. Nothing is heard of those
files in films; they tell who speaks. Each is laid beside the recording as a second microphone is.
One that does not sound like it (somebody who hardly spoke) is taken to begin with it if it is as
long, as the meeting programs write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from capture.media.second_microphone import decoded
from capture.media.sound.alignment import Alignment, align_curves, loudness_curve
from capture.media.sound.raw import bench_beside

VOICE_FRAME_MS = 10
_AS_LONG = 1_500
"""Milliseconds by which a file that begins with the recording may be shorter or longer."""
_AT_ONCE = Alignment(begins=0, drift=0, louder=0.0, clearer=0.0)


def voice_levels(
    take: Path, duration: int, voices: Sequence[tuple[Path, int]], bench: Path
) -> list[Any]:
    """For each voice, decibels of full scale in each VOICE_FRAME_MS of the take; or None.

    `voices` are files and their lengths in milliseconds, as `duration` is the take’s; None stands
    for one whose place beside the take is not known. `bench` is a folder for what is needed on the
    way. Raises ToolFailed or NoRoom.
    """
    whole = _curve(take, duration, bench)
    return [_beside(whole, _curve(path, length, bench), duration) for path, length in voices]


def _curve(path: Path, length: int, bench: Path) -> Any:
    with bench_beside(bench / "voices") as folder:
        return loudness_curve(decoded(path, length, folder / "voice.f32"))


def _beside(whole: Any, voice: Any, duration: int) -> Any:
    import numpy as np

    found = align_curves(whole, voice)
    if found is None and abs(len(voice) - duration) <= _AS_LONG:
        found = _AT_ONCE
    if found is None or not len(voice):
        return None
    frames = duration // VOICE_FRAME_MS
    times = np.arange(frames * VOICE_FRAME_MS, dtype=np.float64)
    places = np.round(found.microphone_ms(0) + times * (1 + found.drift / 1e9)).astype(np.int64)
    heard = (places >= 0) & (places < len(voice))
    power = np.where(heard, 10 ** (voice[np.clip(places, 0, len(voice) - 1)] / 10), 0.0)
    return 10 * np.log10(power.reshape(frames, VOICE_FRAME_MS).mean(axis=1) + 1e-9)
