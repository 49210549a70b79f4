"""Disguises a voice, so that those who only listen do not know it.

`first` is the disguise of version 0.1.0: a film that was signed off with it can be made again, byte
for byte. `stronger` is what is chosen today. `docs/reference/films.md` says what was measured of
either, and from whom neither hides anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import ffmpeg
import numpy as np

from capture.media.input_files import ffmpeg_url
from capture.media.run_ffmpeg import Progress, has_filter, run_ffmpeg, time_limit
from capture.media.sound.first_disguise import first_disguise
from capture.media.sound.mixing import ChannelMixer
from capture.media.sound.raw_sound import (
    CHANNELS,
    RAW_OUTPUT_OPTIONS,
    SOUND_RATE,
    RawSound,
    ffmpeg_source,
    open_raw_sound,
    scratch_folder,
    write_raw_sound,
)
from capture.media.sound.secret_draws import SecretDraws
from capture.media.sound.spectra import filter_spectra
from capture.media.sound.stronger_disguise import made_up_voice, pitch_factors
from library.core import files
from library.core.errors import ToolFailed, ToolMissing

DisguiseMethod = Literal["first", "stronger"]
Factors = Callable[[Any], Any]
"""For each of an array of times, in seconds, by how much the pitch is moved."""
_STEP_SECONDS = 0.25


def disguise_voice(
    sound: RawSound,
    to: Path,
    secret: bytes,
    *,
    method: DisguiseMethod = "stronger",
    progress: Progress | None = None,
) -> RawSound:
    """Write `sound` with its voices changed as `secret` determines: same length, mono.

    The same secret and method give the same bytes; it must never be published, nor anything made
    from it but this. Raises ValueError for a secret under 16 bytes, ToolMissing where ffmpeg lacks
    rubberband, ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    draws = SecretDraws(secret)
    _require_rubberband()
    with scratch_folder(to) as folder:
        sound = _without_cancelling(sound, folder / "turned.f32")
        if method == "first":
            disguise = first_disguise(sound, draws)
            moved = _shift_pitch(sound, folder, disguise.pitch, progress)
            return write_raw_sound(to, filter_spectra(moved, disguise.gains))
        factors = pitch_factors(sound, draws)
        moved = _shift_pitch(sound, folder, factors.at, progress)
        voice = made_up_voice(moved, draws, factors.middle)
        return write_raw_sound(to, filter_spectra(moved, voice.gains))


def _without_cancelling(sound: RawSound, to: Path) -> RawSound:
    """Return the sound itself, or a mix of its channels where their mean would lose a voice."""
    listening = ChannelMixer(SOUND_RATE, CHANNELS)
    for _ in listening.mixed(block for _, block in sound.blocks()):
        pass
    if not listening.measured().cancels:
        return sound
    mixer = ChannelMixer(SOUND_RATE, CHANNELS)
    mixed = mixer.mixed(block for _, block in sound.blocks())
    return write_raw_sound(to, (np.repeat(block[:, None] / 2, CHANNELS, axis=1) for block in mixed))


def _require_rubberband() -> None:
    if not (has_filter("rubberband") and has_filter("asendcmd")):
        raise ToolMissing(
            "This ffmpeg cannot disguise a voice: it was built without rubberband.",
            "Unset CARER_STORIES_FFMPEG: the ffmpeg that comes with Carer Stories has it.",
        )


def _shift_pitch(
    sound: RawSound, folder: Path, factors: Factors, progress: Progress | None
) -> RawSound:
    """Move the pitch, and the formants with it, without any delay."""
    activity = "Disguising the voice"
    to, wander = folder / "pitched.f32", "pitch.txt"
    times = np.arange(0, sound.samples / SOUND_RATE, _STEP_SECONDS)
    pitches = factors(times)
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
