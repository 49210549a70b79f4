"""Loudness of a recording, to be drawn under its words: a byte for each hundredth of a second.

Made once from the sound that the engines hear, and kept beside it. A byte says how far the loudest
sample is below full scale, on a scale by which the eye sees a whisper too.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.speech import SPEECH_RATE, Speech, open_speech
from library.core.errors import NotFound
from library.core.files import translate_disk_errors, write_atomic
from library.core.workspace import StoryFolder

PEAKS_PER_SECOND = 100
_SAMPLES = SPEECH_RATE // PEAKS_PER_SECOND
_FLOOR_DB = 60.0
"""Below full scale: what is softer is drawn as silence."""


def peaks_of(folder: StoryFolder) -> bytes:
    """Return the peaks of a story, made where they are not there or of another recording.

    Raises NotFound without a recording, Damaged, NoRoom or DiskFailed.
    """
    if not folder.speech.is_file():
        raise NotFound(
            "The sound of this story is not on this computer.",
            f"Bring its recording in: carer-stories capture import {folder.root.name} FILE",
        )
    speech = open_speech(folder.speech)
    if not _are_current(folder.peaks, folder.speech, speech):
        write_atomic(folder.peaks, b"".join(_peaks(speech)))
    with translate_disk_errors(folder.peaks, "read"):
        return folder.peaks.read_bytes()


def _are_current(peaks: Path, recording: Path, speech: Speech) -> bool:
    with translate_disk_errors(peaks, "read"):
        if not peaks.is_file():
            return False
        is_newer = peaks.stat().st_mtime_ns >= recording.stat().st_mtime_ns
        return is_newer and peaks.stat().st_size == -(-speech.samples // _SAMPLES)


def _peaks(speech: Speech) -> Iterator[bytes]:
    for block in speech.blocks():
        loudest = np.abs(_whole_steps(block)).max(axis=1)
        decibels = 20 * np.log10(np.maximum(loudest, 10 ** (-_FLOOR_DB / 20)))
        yield np.round(255 * (1 + decibels / _FLOOR_DB)).astype(np.uint8).tobytes()


def _whole_steps(block: Any) -> Any:
    """Return a block in rows of a hundredth of a second, the last filled up with silence."""
    missing = -len(block) % _SAMPLES
    return np.pad(block, (0, missing)).reshape(-1, _SAMPLES)
