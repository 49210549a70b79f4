"""Measure peak memory of transcribing recordings of several lengths: it must not grow with them.

    python -m benchmarks.memory 10 90          minutes, each in a process of its own

The sound is a demonstration interview again and again, each with half a minute of silence after it;
the engine is `[fast]` with random weights that stop at once: all steps run, hardly any decoding.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

from benchmarks.measure import ROOT
from capture.media.probe import probe
from capture.media.working_copy import extract_speech
from library.workspace_template import template

PROGRAM = """
import resource, sys
from pathlib import Path
from capture.media.speech import open_speech
from transcribe.engines import chunks
from transcribe.engines.protocol import TranscriptionOptions
from transcribe.engines.faster_engine import FasterEngine
speech, model, kept = map(Path, sys.argv[1:])
engine = FasterEngine(model, device="cpu", threads=1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
options = TranscriptionOptions(beam_size=1)
heard = chunks.transcribe(open_speech(speech), kept, engine, options, "", lambda _: None)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(before // 1024, peak // 1024, len(list(kept.iterdir())), len(heard.words))
"""


def main(minutes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = _random_model(folder)
        for length in minutes:
            speech = _long_recording(folder, length)
            began = time.monotonic()
            run = subprocess.run(
                [sys.executable, "-c", PROGRAM, speech, model, folder / f"kept-{length}"],
                check=True,
                cwd=ROOT,
                capture_output=True,
                text=True,
            )
            before, peak, count, words = run.stdout.split()
            print(
                f"{length} minutes: {peak} MB at most ({before} MB once the model was loaded), "
                f"{count} chunks, {words} words, {time.monotonic() - began:.0f} s"
            )


def _long_recording(folder: Path, minutes: int) -> Path:
    media = template().demo / "nobody-would-talk-to-me.mp4"
    once = folder / "once.wav"
    if not once.exists():
        extract_speech(media, once, probe(media).duration)
    with wave.open(str(once)) as sound:
        interview = sound.readframes(sound.getnframes()) + bytes(30 * 32_000)
    path = folder / f"{minutes}.wav"
    left = minutes * 60 * 32_000
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        while left > 0:
            sound.writeframes(interview[:left])
            left -= len(interview)
    return path


def _random_model(folder: Path) -> Path:
    # Heavy, and never loaded in the processes that are measured.
    import torch
    from whisper.model import ModelDimensions, Whisper

    from transcribe.engines.conversion import convert
    from transcribe.engines.whisper_engine import open_checkpoint

    torch.manual_seed(7)
    dims = ModelDimensions(80, 1500, 32, 2, 1, 51864, 448, 32, 2, 2)
    model = Whisper(dims)
    end_of_text = 50256
    with torch.no_grad():
        stop = torch.tensor([1.0, -1.0] * 16)
        model.decoder.token_embedding.weight[end_of_text] = stop
        model.decoder.positional_embedding[:] = 20 * stop
    path = folder / "random.pt"
    torch.save({"dims": dims.__dict__, "model_state_dict": model.state_dict()}, path)
    convert(open_checkpoint(path), folder / "random")
    return folder / "random"


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or [10, 90])
