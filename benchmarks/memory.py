"""Measure peak memory of transcribing recordings of several lengths: it must not grow with them.

    python -m benchmarks.memory 10 90          minutes, each in a process of its own
    python -m benchmarks.memory 5 10 --model base.pt --sound talk.wav --threads 2

The sound is a demonstration interview again and again, each with half a minute of silence after it;
the engine is `[fast]` with random weights that stop at once: all steps run, hardly any decoding.
With a checkpoint of one’s own the options are those of `transcribe`; of one’s own sound (16 kHz,
mono) the first minutes are taken. How far off the progress is that is shown is measured as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

from benchmarks.measure import ROOT
from capture.media.probe import probe
from capture.media.working_copy import extract_speech
from library.workspace_template import template
from transcribe.engines.protocol import TranscriptionOptions

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from capture.media.speech import open_speech
from transcribe.engines import chunks
from transcribe.engines.protocol import TranscriptionOptions
from transcribe.engines.faster_engine import FasterEngine
speech, model, kept = map(Path, sys.argv[1:4])
engine = FasterEngine(model, device="cpu", threads=int(sys.argv[4]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
options = TranscriptionOptions(beam_size=int(sys.argv[5]))
began, shown = time.monotonic(), []
def on_progress(done):
    shown.append((done, time.monotonic() - began))
heard = chunks.transcribe(open_speech(speech), kept, engine, options, "", on_progress)
took = time.monotonic() - began
length = max(done for done, _ in shown)
off = max(abs(done / length - at / took) for done, at in shown)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "before": before // 1024, "peak": peak // 1024, "chunks": len(list(kept.iterdir())),
    "words": len(heard.words), "took": took, "off": off,
    "cpu": resource.getrusage(resource.RUSAGE_SELF).ru_utime,
}))
"""


def main(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, beams = _random_model(folder), 1
        if arguments.model:
            model, beams = _converted(arguments.model, folder), TranscriptionOptions().beam_size
        for length in arguments.minutes:
            speech = _long_recording(folder, length, arguments.sound)
            kept = folder / f"kept-{length}"
            settings = [str(arguments.threads), str(beams)]
            run = subprocess.run(
                [sys.executable, "-c", PROGRAM, speech, model, kept, *settings],
                check=True,
                cwd=ROOT,
                capture_output=True,
                text=True,
            )
            found = json.loads(run.stdout)
            print(
                f"{length} minutes: {found['peak']} MB at most ({found['before']} MB once the "
                f"model was loaded), {found['chunks']} chunks, {found['words']} words, "
                f"{found['took']:.0f} s, {found['cpu']:.0f} s of processor time; progress at most "
                f"{100 * found['off']:.0f} % off"
            )


def _converted(checkpoint: Path, folder: Path) -> Path:
    from transcribe.engines.conversion import convert
    from transcribe.engines.whisper_tables import open_checkpoint

    convert(open_checkpoint(checkpoint), folder / "converted")
    return folder / "converted"


def _long_recording(folder: Path, minutes: int, sound_file: Path | None) -> Path:
    if sound_file is not None:
        return _first_minutes(sound_file, minutes, folder)
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


def _first_minutes(sound_file: Path, minutes: int, folder: Path) -> Path:
    path = folder / f"{minutes}.wav"
    with wave.open(str(sound_file)) as sound, wave.open(str(path), "wb") as part:
        part.setparams(sound.getparams())
        part.writeframes(sound.readframes(minutes * 60 * sound.getframerate()))
    return path


def _random_model(folder: Path) -> Path:
    # Heavy, and never loaded in the processes that are measured.
    import torch
    from whisper.model import ModelDimensions, Whisper

    from transcribe.engines.conversion import convert
    from transcribe.engines.whisper_tables import open_checkpoint

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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Peak memory of transcribing, by length.")
    parser.add_argument("minutes", type=int, nargs="*", default=[10, 90])
    parser.add_argument("--model", type=Path, help="a Whisper checkpoint (.pt)")
    parser.add_argument("--sound", type=Path, help="a WAV file of 16 kHz, mono")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main(_arguments())
