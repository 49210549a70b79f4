"""Time a transcription compared with the bare engine, and the two engines with each other.

Ten seconds of a demonstration interview, the demonstration's checkpoint, on the processor.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
import whisper

from benchmarks.measure import BenchRow, time_of
from capture.media.probe import probe
from capture.media.speech import Speech, open_speech
from capture.media.working_copy import extract_speech
from library.workspace_template import template
from tests.support.workspaces import make_workspace
from transcribe.engines import chunks
from transcribe.engines.models import ENGINES, FASTER, WHISPER, Model, load_engine, resolve_model
from transcribe.engines.protocol import Engine, TranscriptionOptions

SECONDS = 10
TIMES = 2


def run() -> list[BenchRow]:
    with tempfile.TemporaryDirectory() as folder:
        home = make_workspace(Path(folder) / "library")
        model = resolve_model("demo", home)
        media = template().demo / "nobody-would-talk-to-me.mp4"
        extract_speech(media, home.root / "speech.wav", probe(media).duration)
        speech = Speech(home.root / "speech.wav", SECONDS * 16_000)
        assert open_speech(speech.path).samples >= speech.samples
        by_engine = {name: load_engine(name, model, home, device="cpu") for name in ENGINES}
        return list(_rows(speech, by_engine, model, home.root / "pieces"))


def _rows(
    speech: Speech, by_engine: dict[str, Engine], model: Model, folder: Path
) -> list[BenchRow]:
    samples = speech.read(0, speech.samples)
    bare_model = whisper.load_model(str(model.path), device="cpu")
    bare = time_of(lambda: _transcribe_bare(bare_model, samples), TIMES)

    def transcribe(name: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        chunks.transcribe(
            speech, folder, by_engine[name], TranscriptionOptions(), model.sha256, lambda _: None
        )

    slow = time_of(lambda: transcribe(WHISPER), TIMES)
    fast = time_of(lambda: transcribe(FASTER), TIMES)
    return [
        BenchRow(f"Words of {SECONDS} s through openai-whisper, beside whisper.transcribe alone",
            slow, compared_with=bare),
        BenchRow("The same through [fast], beside ours through openai-whisper",
            fast, compared_with=slow),
    ]  # fmt: skip


def _transcribe_bare(model: Any, samples: Any) -> None:
    torch.manual_seed(0)  # as in ours, or one of the two needs higher temperatures than the other
    options = TranscriptionOptions()
    whisper.transcribe(
        model,
        samples,
        verbose=None,
        language=options.language,
        temperature=options.temperature,
        beam_size=options.beam_size,
        condition_on_previous_text=False,  # as ours hears with the demonstration's model
        word_timestamps=options.word_timestamps,
        hallucination_silence_threshold=options.hallucination_silence_threshold,
        fp16=False,
    )
