"""A short stretch of a film's sound, as it will be, without making the film.

Assembled by the code that assembles the film's, from the sound that the engines hear: cuts with
their fades, silent or bleeped redactions, the disguised voice. It is mono and has no treble.
"""

from __future__ import annotations

import io
import math
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from capture.media.sound.assembly import RedactionSound, assemble_sound
from capture.media.sound.decoding import samples_per_frame
from capture.media.sound.disguise import DisguiseMethod
from capture.media.sound.loudness import block_powers, gated_loudness
from capture.media.sound.raw_sound import SOUND_RATE, RawSound, scratch_folder, write_raw_sound
from capture.media.sound.speaker_gain import SpeakerGains
from capture.media.speech import SPEECH_RATE, Speech
from capture.media.timeline import Shot, Timeline


@dataclass(frozen=True)
class ExcerptSound:
    """The sound of a stretch: spans that are silent (ms of the recording), and the voice."""

    redactions: tuple[tuple[int, int], ...] = ()
    redaction_sound: RedactionSound = "mute"
    disguise_secret: bytes | None = None
    disguise_method: DisguiseMethod = "stronger"


def film_excerpt(
    speech: Speech, timeline: Timeline, start: int, end: int, sound: ExcerptSound
) -> bytes:
    """Return what a film lets hear of `start` to `end` (ms of the recording), as a WAV.

    Without a sample where the film has nothing of it. Raises as `assemble_sound`.
    """
    first, last = _frames(timeline.fps, start, end, speech)
    shots = [
        Shot(max(shot.first, first) - first, min(shot.last, last) - first)
        for _, shot in timeline.shots()
        if shot.first < last and shot.last > first
    ]
    if not shots:
        return _wav(np.zeros(0, np.float32))
    # Whole milliseconds: the first frame was chosen so.
    offset = first * 1000 // timeline.fps
    # Beside the recording: what may not be heard lies nowhere else, even after a kill.
    with scratch_folder(speech.path) as folder:
        recorded = _recorded(speech, timeline.fps, first, last, folder / "recorded.f32")
        edited = assemble_sound(
            recorded,
            Timeline(timeline.fps, tuple(shots), (0,) * (len(shots) - 1)),
            folder / "edited.f32",
            gains=SpeakerGains({}, gated_loudness(block_powers(recorded))[0]),
            redactions=[
                (max(0, at - offset), until - offset)
                for at, until in sound.redactions
                if until > offset
            ],
            redaction_sound=sound.redaction_sound,
            disguise_secret=sound.disguise_secret,
            disguise_method=sound.disguise_method,
        )
        return _wav(edited.read(0, edited.samples).mean(axis=1))


def _frames(fps: int, start: int, end: int, speech: Speech) -> tuple[int, int]:
    """Return the frames about a stretch; the first begins with a whole millisecond."""
    step = fps // math.gcd(fps, 1000)
    first = start * fps // 1000 // step * step
    most = speech.samples * fps // SPEECH_RATE
    return min(first, most), min(-(-end * fps // 1000), most)


def _recorded(speech: Speech, fps: int, first: int, last: int, to: Path) -> RawSound:
    heard = speech.read(first * SPEECH_RATE // fps, last * SPEECH_RATE // fps)
    samples = (last - first) * samples_per_frame(fps)
    full = soxr.resample(heard, SPEECH_RATE, SOUND_RATE)[:samples]
    full = np.pad(full, (0, samples - len(full)))
    return write_raw_sound(to, [np.repeat(full[:, None], 2, axis=1)])


def _wav(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SOUND_RATE)
        sound.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
