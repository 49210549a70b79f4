"""Read `speech.wav`, which the engines hear: whole, or a stretch at a time."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from library.core.errors import Damaged, NotFound

Samples = npt.NDArray[np.float32]

SPEECH_RATE = 16_000  # Hz: what Whisper hears
_BLOCK_SAMPLES = 60 * SPEECH_RATE  # a minute: all of 90 minutes would be 346 MB


@dataclass(frozen=True)
class Speech:
    """A `speech.wav` that is there and in the right format; samples are read when asked for."""

    path: Path
    samples: int

    @property
    def duration(self) -> int:
        """Length in whole milliseconds."""
        return self.samples * 1000 // SPEECH_RATE

    def read(self, start: int, end: int) -> Samples:
        """Return samples `start` to `end` (excluded), from -1 to 1. Raises as `open_speech`."""
        with _opened(self.path) as sound:
            sound.setpos(start)
            data = sound.readframes(end - start)
        if len(data) != 2 * (end - start):
            raise _damaged_speech(self.path)
        return samples_of_pcm(data)

    def blocks(self) -> Iterator[Samples]:
        """Yield all samples, a minute at a time."""
        for start in range(0, self.samples, _BLOCK_SAMPLES):
            yield self.read(start, min(start + _BLOCK_SAMPLES, self.samples))


@dataclass(frozen=True)
class HeldSpeech:
    """Speech that is in memory, read as a `Speech` is."""

    held: Samples

    @property
    def samples(self) -> int:
        return len(self.held)

    @property
    def duration(self) -> int:
        """Length in whole milliseconds."""
        return self.samples * 1000 // SPEECH_RATE

    def read(self, start: int, end: int) -> Samples:
        """Return samples `start` to `end` (excluded)."""
        return self.held[start:end]


def samples_of_pcm(data: bytes) -> Samples:
    """Return 16-bit samples as engines hear them, from -1 to 1."""
    return np.frombuffer(data, dtype="<i2").astype(np.float32) / np.float32(32768)


def open_speech(path: Path) -> Speech:
    """Open a `speech.wav`.

    Raises NotFound, or Damaged when it is not as `extract_speech` writes it.
    """
    with _opened(path) as sound:
        return Speech(path, sound.getnframes())


def read_speech(path: Path) -> Samples:
    """Return all samples of a `speech.wav`, from -1 to 1: sample n lies at n / 16 ms.

    Raises NotFound, or Damaged when it is not as `extract_speech` writes it.
    """
    speech = open_speech(path)
    return speech.read(0, speech.samples)


@contextmanager
def _opened(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path), "rb") as sound:
            if (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) != (
                SPEECH_RATE,
                1,
                2,
            ):
                raise _damaged_speech(path)
            yield sound
    except FileNotFoundError:
        raise NotFound(
            f"There is no {path.name} in {path.parent.name}.",
            f"Bring the recording in: carer-stories capture import {path.parent.name} FILE",
        ) from None
    except (wave.Error, EOFError) as error:
        raise _damaged_speech(path) from error


def _damaged_speech(path: Path) -> Damaged:
    return Damaged(
        f"{path} is damaged: it is not as it was written.",
        "Delete it and import the same recording again: it is made afresh.",
    )
