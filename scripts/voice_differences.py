"""Make `voice_differences.npz` anew, from a folder with one recording of each of many readers.

    python scripts/voice_differences.py FOLDER OUT.npz

The one in the tree was made so from 121 readers of LibriSpeech’s train-clean-100, of each the first
fourteen seconds, as it is or with noise, and as a telephone gives it: what a channel changes is no
difference between people. It holds no recording and nobody’s voice.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.references import decode, write_speech
from capture.media.run_ffmpeg import ffmpeg_path
from capture.media.speech import SPEECH_RATE, open_speech
from transcribe.speakers.voice_encoder import VoiceEncoder, weights_path

SECONDS = 14
SPEECH_DB, ROOM_DB, NOISE_DB = -24.0, -62.0, -40.0
DIRECTIONS = 64
STEADYING = 0.3
"""Of the average variance, added to each: so few readers know little of the rare differences."""


def main(folder: Path, out: Path) -> None:
    """Find the directions in which people differ most, for how one person varies."""
    weights = weights_path()
    if weights is None:
        raise SystemExit("The voice model is not installed: pip install --no-deps resemblyzer")
    encoder = VoiceEncoder(weights)
    readers = [
        np.concatenate(list(_vectors(encoder, path, number)))
        for number, path in enumerate(sorted(folder.iterdir()))
    ]
    middle = np.concatenate(readers).mean(axis=0)
    within = np.mean([np.cov(vectors.T) for vectors in readers], axis=0)
    between = np.cov(np.array([vectors.mean(axis=0) for vectors in readers]).T)
    within += STEADYING * np.trace(within) / len(within) * np.eye(len(within))
    whitening = np.linalg.cholesky(np.linalg.inv(within))
    _, directions = np.linalg.eigh(whitening.T @ between @ whitening)
    projection = whitening @ directions[:, ::-1][:, :DIRECTIONS]
    np.savez_compressed(
        out,
        projection=projection.astype(np.float32),
        offset=(middle @ projection).astype(np.float32),
    )


def _vectors(encoder: VoiceEncoder, path: Path, number: int) -> Iterator[Any]:
    """Yield what the network gives for a reader, by way of two channels."""
    sound = decode(path)[: SECONDS * SPEECH_RATE]
    sound = sound / np.sqrt((sound**2).mean()) * 10 ** (SPEECH_DB / 20)
    noise = np.random.default_rng(number).standard_normal(len(sound))
    is_even = number % 2 == 0
    with tempfile.TemporaryDirectory() as name:
        for level, codec in (
            (NOISE_DB if is_even else ROOM_DB, None),
            (ROOM_DB, "pcm_mulaw" if is_even else "libopencore_amrnb"),
        ):
            recording = Path(name) / "reader.wav"
            write_speech(recording, sound + noise * 10 ** (level / 20))
            if codec is not None:
                recording = _telephone(recording, codec)
            speech = open_speech(recording)
            vectors = encoder.encode(speech, np.array([[0, speech.duration]]))
            # At its beginning and end a window is not full.
            yield vectors[vectors.any(axis=1)][2:-2:2]


def _telephone(recording: Path, codec: str) -> Path:
    call, out = recording.with_name("call.mka"), recording.with_name("call.wav")
    run = [ffmpeg_path(), "-v", "error", "-nostdin", "-y"]
    band = "highpass=300,highpass=300,lowpass=3400,lowpass=3400"
    coded = ["-ar", "8000", "-ac", "1", "-c:a", codec]
    rate = ["-b:a", "12.2k"] if codec == "libopencore_amrnb" else []
    subprocess.run([*run, "-i", recording, "-af", band, *coded, *rate, call], check=True)
    write_speech(out, decode(call))
    return out


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
