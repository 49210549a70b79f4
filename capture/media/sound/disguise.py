"""A voice that those who hear it should not know again: pitch and formants moved, each its own way.

A low voice is raised, a high one lowered, both towards where most voices lie; the formants go the
other way. So no single change of speed brings both back: where the pitch is right again the
formants are far off, and where the formants are right the pitch is. Both wander slowly, by a
secret that each story has for itself, so that no one setting undoes the whole of a film.

It hides a voice from those who only listen. `docs/films.md` says from whom it does not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture.media.runner import Progress, run, time_limit
from capture.media.sound.formants import moved_formants
from capture.media.sound.pitch import median_pitch
from capture.media.sound.raw import (
    FORMAT,
    SOUND_RATE,
    RawSound,
    bench_beside,
    open_raw,
    raw_input,
    write_raw,
)
from capture.media.source import address
from capture.media.tool import has_filter
from library.core import files
from library.core.errors import ToolFailed, ToolMissing

MIDDLE_HZ = 165.0
"""Between the usual pitch of men and of women: away from here nobody is moved."""
LEAST_SECRET = 16
"""Bytes."""
_RAISED, _LOWERED = (1.25, 1.36), (0.735, 0.80)  # 4 to 5 semitones
_NARROWED, _WIDENED = (0.86, 0.90), (1.11, 1.16)
_PITCH_WANDER, _FORMANT_WANDER = 0.035, 0.025  # as parts of the whole, up and down
_WANDER_SECONDS = 4.0
_STEP_SECONDS = 0.25


@dataclass(frozen=True)
class _Guise:
    """How a voice is moved, at every moment of a film; made from the story’s secret."""

    secret: bytes
    raised: bool

    def pitch(self, seconds: Any) -> Any:
        span = _RAISED if self.raised else _LOWERED
        return self._wandering("pitch", seconds, span, _PITCH_WANDER)

    def formants(self, seconds: Any) -> Any:
        span = _NARROWED if self.raised else _WIDENED
        return self._wandering("formants", seconds, span, _FORMANT_WANDER)

    def formants_alone(self, seconds: Any) -> Any:
        """What is left to do for the formants when the pitch has been moved, and they with it."""
        return self.formants(seconds) / self.pitch(seconds)

    def _wandering(self, what: str, seconds: Any, span: tuple[float, float], wander: float) -> Any:
        import numpy as np

        low, high = span
        base = low + (high - low) * self._drawn(what, -1)
        last = int(np.max(seconds, initial=0) / _WANDER_SECONDS) + 2
        heights = np.array([2 * self._drawn(what, number) - 1 for number in range(last + 1)])
        places = np.maximum(seconds, 0) / _WANDER_SECONDS
        before = places.astype(np.intp)
        way = (1 - np.cos(np.pi * (places - before))) / 2
        height = heights[before] * (1 - way) + heights[before + 1] * way
        return base * (1 + wander * height)

    def _drawn(self, what: str, number: int) -> float:
        """From 0 to 1. A hash, so that what was drawn here tells nothing of what is elsewhere."""
        told = hashlib.sha256(self.secret + f"{what} {number}".encode()).digest()
        return int.from_bytes(told[:6], "big") / 2**48


def disguise_voice(
    sound: RawSound, to: Path, secret: bytes, *, progress: Progress | None = None
) -> RawSound:
    """The voices of `sound` moved as `secret` says, as long as before to the sample, and mono.

    The same secret gives the same bytes; it must never be published, nor what is made from it but
    this. Raises ValueError for a secret under 16 bytes, ToolMissing where ffmpeg lacks rubberband,
    ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    if len(secret) < LEAST_SECRET:
        raise ValueError(f"A secret has at least {LEAST_SECRET} bytes.")
    _require_rubberband()
    pitch = median_pitch(sound)
    guise = _Guise(secret, raised=pitch < MIDDLE_HZ)
    with bench_beside(to) as bench:
        moved = _moved_pitch(sound, bench, guise, progress)
        return write_raw(to, moved_formants(moved, guise.formants_alone))


def _require_rubberband() -> None:
    if not (has_filter("rubberband") and has_filter("asendcmd")):
        raise ToolMissing(
            "This ffmpeg cannot disguise a voice: it was built without rubberband.",
            "Unset CARER_STORIES_FFMPEG: the ffmpeg that comes with Carer Stories has it.",
        )


def _moved_pitch(
    sound: RawSound, bench: Path, guise: _Guise, progress: Progress | None
) -> RawSound:
    """Pitch and formants together, in step with what they were."""
    import ffmpeg
    import numpy as np

    doing = "Disguising the voice"
    to, wander = bench / "pitched.f32", "pitch.txt"
    times = np.arange(0, sound.samples / SOUND_RATE, _STEP_SECONDS)
    pitches = guise.pitch(times)
    lines = zip(times, pitches, strict=True)
    # Numbers of ours alone, in a file of ours.
    steps = "".join(f"{at:.2f} rubberband pitch {pitch:.6f};\n" for at, pitch in lines)
    files.write_atomic(bench / wander, steps.encode())
    voice = raw_input(sound).filter("pan", args="mono|c0=0.5*c0+0.5*c1")
    voice = voice.filter("asendcmd", f=wander).filter("rubberband", pitch=f"{pitches[0]:.6f}")
    voice = voice.filter("apad", whole_len=sound.samples)
    voice = voice.filter("atrim", end_sample=sound.samples).filter("pan", args="stereo|c0=c0|c1=c0")
    graph = ffmpeg.output(voice, address(to), **FORMAT)
    limit = time_limit(sound.duration)
    run(graph, doing=doing, timeout=limit, progress=progress, folder=bench)
    made = open_raw(to)
    if made.samples != sound.samples:
        raise ToolFailed(f"{doing} failed: it came out {made.samples} samples long.")
    return made
