"""Recordings with references: what is said, when each word is, and who speaks when.

Beside a recording `talk.wav` may lie `talk.txt` (the text), `talk.TextGrid` (Praat’s, with a tier
called words) or `talk.words.tsv` (start, end and word, in seconds), and `talk.rttm` (the turns).
"""

from __future__ import annotations

import re
import subprocess
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.run_ffmpeg import ffmpeg_path
from capture.media.speech import SPEECH_RATE

RECORDING_ENDINGS = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".mp4")
_INTERVAL = re.compile(r"([\d.]+)\s+([\d.]+)\s+\"((?:[^\"]|\"\")*)\"")


@dataclass(frozen=True)
class TimedText:
    """A word, or the name of a speaker, from `start` to `end` in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Reference:
    """A recording and what is known of it; empty where nothing is."""

    recording: Path
    text: str = ""
    words: tuple[TimedText, ...] = ()
    """Words whose times are known; they may be some of those in `text`."""
    turns: tuple[TimedText, ...] = ()


def references_in(folder: Path) -> list[Reference]:
    """Return every recording of `folder` with its reference, by name."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in RECORDING_ENDINGS)
    return [read_reference(path) for path in paths]


def read_reference(recording: Path) -> Reference:
    """Return what the files beside `recording` say of it."""
    words = _words_beside(recording)
    text = _text_beside(recording, ".txt") or " ".join(word.text for word in words)
    turns = tuple(
        TimedText(float(fields[3]), float(fields[3]) + float(fields[4]), fields[7])
        for line in _text_beside(recording, ".rttm").splitlines()
        if len(fields := line.split()) > 7 and fields[0] == "SPEAKER"
    )
    return Reference(recording, text, words, turns)


def _words_beside(recording: Path) -> tuple[TimedText, ...]:
    rows = (line.split("\t") for line in _text_beside(recording, ".words.tsv").splitlines())
    listed = tuple(TimedText(float(row[0]), float(row[1]), row[2]) for row in rows)
    return listed or tuple(_words_of_textgrid(_text_beside(recording, ".TextGrid")))


def _text_beside(recording: Path, ending: str) -> str:
    path = recording.with_suffix(ending)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _words_of_textgrid(text: str) -> Iterator[TimedText]:
    """Yield the words of the tier `words`, in Praat’s short form or its long one."""
    # The long form writes a name before every value; without them it is the short one.
    plain = re.sub(r"\b(?:xmin|xmax|text|name|class|size|intervals)\b[^=:\n]*[=:]", "", text)
    _, _, tier = plain.partition('"words"')
    tier = tier.partition('"IntervalTier"')[0]
    for start, end, word in _INTERVAL.findall(tier):
        if word.strip() and not word.startswith("<"):
            yield TimedText(float(start), float(end), word.strip())


def write_reference(reference: Reference) -> None:
    """Write the files beside the recording that say what `reference` does."""
    recording = reference.recording
    recording.with_suffix(".txt").write_text(f"{reference.text}\n", encoding="utf-8")
    if reference.words:
        lines = [f"{word.start:.3f}\t{word.end:.3f}\t{word.text}" for word in reference.words]
        recording.with_suffix(".words.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if reference.turns:
        lines = [
            f"SPEAKER {recording.stem} 1 {turn.start:.3f} {turn.end - turn.start:.3f} "
            f"<NA> <NA> {turn.text} <NA> <NA>"
            for turn in reference.turns
        ]
        recording.with_suffix(".rttm").write_text("\n".join(lines) + "\n", encoding="utf-8")


def decode(path: Path, filters: Sequence[str] = ()) -> Any:
    """Return the sound of any file as the engines hear it: 16 kHz, one channel, float32."""
    chain = ["-af", ",".join(filters)] if filters else []
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-i", str(path), "-map", "a:0", *chain]
    form = ["-f", "f32le", "-ar", str(SPEECH_RATE), "-ac", "1", "-"]
    result = subprocess.run([*command, *form], check=True, capture_output=True)
    return np.frombuffer(result.stdout, "<f4")


def write_speech(to: Path, samples: Any) -> None:
    """Write samples from −1 to 1 as a WAV file of the rate at which recognisers listen."""
    with wave.open(str(to), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE)
        whole = np.clip(np.rint(np.asarray(samples) * 32768), -32768, 32767)
        file.writeframes(whole.astype("<i2").tobytes())
