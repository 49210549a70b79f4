"""Sound of a film: the originals’ sound, edited to the sample and made even.

A disguised voice is made with a secret of the story's own, never shown and never logged: whoever
has it could come closer to undoing the disguise. It is kept with the recording, which says far
more, and goes with it when the story is erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import numpy as np

from capture.media.hidden_data import check_clean
from capture.media.run_ffmpeg import Progress, ProgressStep
from capture.media.sound.assembly import assemble_sound
from capture.media.sound.decoding import decode_sound
from capture.media.sound.encoding import Loudness, encode_audio, measure_loudness
from capture.media.sound.raw_sound import RawSound
from capture.media.sound.speaker_gain import SpeakerTurn, match_speakers
from capture.media.speech import SPEECH_RATE, Speech
from capture.recording.takes import sound_of
from films.film_spec import FilmSpec
from library.core import files
from library.core.errors import Damaged
from library.core.files import translate_disk_errors, write_atomic
from library.core.workspace import StoryFolder


def encode_sound(spec: FilmSpec, bench: StoryFolder, show_progress: ProgressStep) -> Loudness:
    """Make `audio.m4a` in the bench, unless a killed run has left it there; return its loudness.

    That is measured after AAC has changed it a little. Raises BadInput for silence; ToolFailed,
    NoRoom or Damaged.
    """
    length = spec.timeline.duration
    # It is written under this name only when it is whole.
    if bench.audio.exists():
        loudness = measure_loudness(bench.audio, length)
    else:
        with show_progress("Editing the sound", length) as progress:
            edited = edit_sound(spec, bench, progress)
        with show_progress("Making the sound even", length) as progress:
            loudness = encode_audio(edited, bench.audio, length, progress)
        # At once: raw sound takes 23 MB a minute.
        files.delete_file(edited.path)
    check_clean(bench.audio, ("audio",))
    return loudness


def edit_sound(spec: FilmSpec, bench: StoryFolder, progress: Progress) -> RawSound:
    """Return the film’s sound from the originals, raw, before it is brought to one loudness."""
    sources, fps = sound_of(spec.folder)
    raw = bench.root / "recording.f32"
    decoded = decode_sound(sources, fps, raw, cleaning=spec.render_settings.cleaning)
    turns = [
        SpeakerTurn(turn.words[0].start, turn.words[-1].end, turn.speaker)
        for turn in spec.edited.turns
    ]
    levels = match_speakers(decoded, turns)
    disguised = spec.choices.voice == "disguised"
    edited = assemble_sound(
        decoded,
        spec.timeline,
        bench.root / "edited.f32",
        gains=levels,
        redactions=[(redaction.start, redaction.end) for redaction in spec.edited.redactions],
        redaction_sound=spec.render_settings.hide,
        # The secret is made only for a story that needs one.
        disguise_secret=voice_key(spec.folder) if disguised else None,
        disguise_method=spec.choices.disguise_method,
        progress=progress,
    )
    # The recording's own sound; only the edited one is needed from here on.
    files.delete_file(raw)
    return edited


# 256 bits: nobody finds it by trying.
_KEY_BYTES = 32


def voice_key(folder: StoryFolder) -> bytes:
    """Return the story's secret, made when it is first needed.

    Raises Damaged, NoRoom or DiskFailed.
    """
    path = folder.voice_secret
    with translate_disk_errors(path, "read"):
        key = path.read_bytes() if path.exists() else b""
    # Never made anew over a damaged one: the voice would change without being asked.
    if len(key) == _KEY_BYTES:
        return key
    if key:
        raise Damaged(
            f"{path} is not as it was written.",
            "Bring it back from your backup. Without one, delete it: any film made after that has "
            "another voice, and is signed off anew.",
        )
    new_key = secrets.token_bytes(_KEY_BYTES)
    write_atomic(path, new_key)
    return new_key


_STEP_MS = 10  # milliseconds
# Steps on either side that count too: a cut is heard for some hundredths of a second.
_STEPS_AROUND = 2


def loudness_meter(speech: Speech) -> Callable[[int], float]:
    """Return a measure (mean square) of the sound around any millisecond; smaller is quieter."""
    size = SPEECH_RATE * _STEP_MS // 1000
    parts = []
    for block in speech.blocks():
        # What does not fill a step is left out: at most 10 ms of each block.
        whole = block[: len(block) // size * size].reshape(-1, size)
        parts.append(np.mean(np.square(whole, dtype=np.float64), axis=1))
    power = np.concatenate(parts) if parts else np.zeros(1)
    smoothed = np.convolve(
        power, np.ones(2 * _STEPS_AROUND + 1) / (2 * _STEPS_AROUND + 1), mode="same"
    )

    def loudness(at: int) -> float:
        return (
            float(smoothed[min(max(at // _STEP_MS, 0), len(smoothed) - 1)])
            if len(smoothed)
            else 0.0
        )

    return loudness
