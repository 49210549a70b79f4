"""Measure the checkpoint: word errors and word times, as the product runs Whisper."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import av
import jiwer
import numpy as np
from numpy.typing import NDArray

from capture.media.run_ffmpeg import ffmpeg_path

from .media import write_wave
from .script import Story, bare, stories
from .voices import SAMPLE_RATE

Sound = NDArray[np.float32]

SETTINGS: dict[str, Any] = {
    "language": "en",
    "word_timestamps": True,
    "condition_on_previous_text": False,
    "beam_size": 5,
    "hallucination_silence_threshold": 2,
    "fp16": False,
}
"""The product's own settings for Whisper."""

NEW_SENTENCES: tuple[tuple[str, str], ...] = (
    ("ruth", "He told me that he was happy to come home."),
    ("ruth", "Nobody asked me about my son, and I cried in the car."),
    ("ruth", "The nurse said that I could sit with him at night."),
    ("ruth", "Every Sunday we walk by the canal and laugh."),
    ("tom", "My sister rang the doctor early in the morning."),
    ("tom", "They asked me a good question, and I had no answer."),
    ("tom", "I know the words, but I can't tell you what they decided."),
    ("tom", "She was frightened of the ward and of the people."),
    ("helen", "He found the keys in his coat by the door."),
    ("helen", "We waited ten minutes, and then a worker came to us."),
    ("helen", "They told me the plan before the second meeting."),
    ("helen", "You know your family best, so please share it with us."),
    ("arthur", "My wife plays the guitar when she is happy."),
    ("arthur", "I brought soup to the ward on Friday."),
    ("arthur", "The doctor listened to me, and it made a difference."),
    ("arthur", "We have a dog now, and he walks on my foot."),
    ("interviewer", "What did the nurse tell you at the door?"),
    ("interviewer", "Can you share what happened in the night?"),
)
"""Sentences that are in no story and no training: what the recogniser makes of new speech."""


@dataclass(frozen=True)
class Result:
    """A measurement: word error rate, and the median error of word starts in seconds."""

    name: str
    error: float
    start: float
    heard: str


def decoded(path: Path) -> Sound:
    """Return the sound of a media file at 16 kHz mono."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    pieces: list[Sound] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        pieces += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(pieces).astype(np.float32)


def quieter(sound: Sound) -> Sound:
    """12 dB down."""
    return (sound * np.float32(10 ** (-12 / 20))).astype(np.float32)


def noisy(sound: Sound) -> Sound:
    """White noise 20 dB below the sound."""
    noise = np.random.default_rng(5).normal(size=len(sound))
    level = float(np.sqrt(np.mean(sound**2))) * 10 ** (-20 / 20)
    return (sound + level * noise).astype(np.float32)


def through_aac(sound: Sound) -> Sound:
    """Once more through AAC at 64 kbit/s."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.wav", Path(folder) / "after.m4a"
        write_wave(before, sound)
        command = [ffmpeg_path(), "-v", "error", "-i", str(before), "-c:a", "aac", "-b:a", "64k"]
        subprocess.run([*command, str(after)], check=True)
        return decoded(after)


def compare(story: Story, words: list[tuple[str, float]], skip: float = 0.0) -> tuple[float, float]:
    """Word error rate against the script, and the median error of word starts in seconds.

    ``words`` are (word, start in seconds) as heard; ``skip`` seconds were left out at the front.
    """
    truth = [(bare(w), a / 1000 - skip) for w, a, _, _ in story.truth() if a / 1000 >= skip]
    heard = [(bare(w), start) for w, start in words if bare(w)]
    error = jiwer.wer(" ".join(w for w, _ in truth), " ".join(w for w, _ in heard) or "-")
    matcher = SequenceMatcher(None, [w for w, _ in truth], [w for w, _ in heard], autojunk=False)
    gaps = [
        abs(truth[block.a + i][1] - heard[block.b + i][1])
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    ]
    return error, float(np.median(gaps)) if gaps else float("inf")


def listen(model: Any, sound: Sound) -> list[tuple[str, float]]:
    """Return the words that the model hears, as (word, start in seconds)."""
    result = model.transcribe(sound, **SETTINGS)
    return [
        (word["word"], float(word["start"]))
        for segment in result["segments"]
        for word in segment.get("words", [])
    ]


VARIANTS: dict[str, Callable[[Sound], Sound]] = {
    "as recorded": lambda sound: sound,
    "AAC 64 kbit/s": through_aac,
    "-12 dB": quieter,
    "noise at 20 dB": noisy,
}


def measure(model: Any, story: Story, variant: str, skip: float = 0.0) -> Result:
    """Measure one story in one variant, from ``skip`` seconds on."""
    sound = VARIANTS[variant](decoded(story.media_path))[round(skip * SAMPLE_RATE) :]
    words = listen(model, sound)
    error, start = compare(story, words, skip)
    name = f"{story.slug}, {variant}" + (f", from {skip} s" if skip else "")
    return Result(name, error, start, " ".join(w.strip() for w, _ in words))


def new_sentences(model: Any) -> Result:
    """Word error rate on sentences that were never trained, spoken one after the other."""
    from .voices import VOICES, Synthesiser

    synthesiser = Synthesiser()
    truth, heard = [], []
    for voice, sentence in NEW_SENTENCES:
        spoken = synthesiser.speak(sentence, VOICES[voice]).samples * np.float32(0.75)
        quiet = np.zeros(SAMPLE_RATE // 2, np.float32)
        words = listen(model, np.concatenate([quiet, spoken, quiet]))
        truth.append(" ".join(bare(w) for w in sentence.split()))
        heard.append(" ".join(bare(w) for w, _ in words) or "-")
    return Result("new sentences", jiwer.wer(truth, heard), float("nan"), " / ".join(heard))


def main(path: Path, *, quick: bool = False) -> None:
    """Print every figure that the model card states."""
    import time

    import whisper

    model = whisper.load_model(str(path), device="cpu")
    for variant in VARIANTS if not quick else ("as recorded",):
        for story in stories():
            began = time.monotonic()
            result = measure(model, story, variant)
            took = time.monotonic() - began
            print(f"{result.name}: {result.error:.1%}, starts {result.start:.3f} s, {took:.0f} s")
            if quick:
                print("   ", result.heard)
    if not quick:
        for skip in (3.3, 11.7, 20.45, 37.9):
            for story in stories():
                result = measure(model, story, "as recorded", skip)
                print(f"{result.name}: {result.error:.1%}, starts {result.start:.3f} s")
    result = new_sentences(model)
    print(f"{result.name}: {result.error:.1%}\n    {result.heard}")
