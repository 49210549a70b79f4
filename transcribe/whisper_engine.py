"""openai-whisper. The only module that imports it or torch, and only inside its functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from library.errors import BadInput, NoRoom, ToolMissing
from transcribe.engine import (
    SAMPLES_PER_MS,
    Options,
    RawSegment,
    RawWord,
    Recognised,
    settle,
)

if TYPE_CHECKING:
    from transcribe.engine import Samples

MOST_THREADS = 8
"""Beyond these, cores wait for each other on matrices of Whisper's size."""
_FRAME_MS = 10
_LEAST_SAMPLES = 1600  # a tenth of a second: less than one analysis window holds no speech


class WhisperEngine:
    """One loaded checkpoint on the fastest device there is."""

    def __init__(self, checkpoint: Path, official: str | None = None) -> None:
        """Load `checkpoint`; `official` is Whisper's own name for it, if it is one of theirs.

        Raises BadInput for a file that is no Whisper model. The file is read as weights only: code
        hidden in it is never run.
        """
        import torch
        import whisper

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        if self._device == "cpu" and "OMP_NUM_THREADS" not in os.environ:
            torch.set_num_threads(min(_usable_cores(), MOST_THREADS))
        try:
            self._model = whisper.load_model(str(checkpoint), device=self._device)
        except (MemoryError, torch.cuda.OutOfMemoryError) as error:
            raise NoRoom(
                f"The model {checkpoint.name} does not fit into this machine's memory.",
                "Use a smaller one with --model, for example base or small.",
            ) from error
        except Exception as error:
            # torch answers a foreign file with a dozen kinds of exception, pickle's among them.
            raise BadInput(
                f"{checkpoint} is not a Whisper model, or not a whole one.",
                "Copy it again, or choose another with --model.",
            ) from error
        if official is not None:
            # A checkpoint loaded by its path does not bring the heads that tell words' times.
            self._model.set_alignment_heads(whisper._ALIGNMENT_HEADS[official])

    @property
    def name(self) -> str:
        import whisper

        return f"openai-whisper {whisper.__version__} on {self._device}"

    def transcribe(
        self, samples: Samples, options: Options, on_progress: Callable[[int], None]
    ) -> Recognised:
        """See `transcribe.engine.Engine`."""
        import whisper

        duration = len(samples) // SAMPLES_PER_MS
        if len(samples) < _LEAST_SAMPLES:
            on_progress(duration)
            return Recognised((), ())
        with _frames_done(lambda frames: on_progress(min(frames * _FRAME_MS, duration))):
            result = whisper.transcribe(
                self._model,
                samples,
                verbose=False,
                language=options.language,
                temperature=options.temperature,
                beam_size=options.beam_size,
                condition_on_previous_text=options.condition_on_previous_text,
                word_timestamps=options.word_timestamps,
                hallucination_silence_threshold=options.hallucination_silence_threshold,
                initial_prompt=options.initial_prompt,
                fp16=self._device == "cuda",
            )
        on_progress(duration)
        return settle((_raw(segment) for segment in result["segments"]), duration)


def official_checksums() -> dict[str, str]:
    """Whisper's own models: name → SHA-256, as its download addresses carry it."""
    import whisper

    return {name: url.split("/")[-2] for name, url in whisper._MODELS.items()}


def download(name: str, folder: Path) -> Path:
    """Have Whisper fetch its model `name` into `folder`; it shows its own progress on stderr.

    Raises ToolMissing where the network does not give it.
    """
    import whisper

    try:
        got = whisper._download(whisper._MODELS[name], str(folder), False)
    except (OSError, RuntimeError) as error:
        # URLError, a time-out and a broken connection are all OSErrors; RuntimeError: a bad sum.
        raise ToolMissing(
            f"The Whisper model “{name}” could not be downloaded ({_reason(error)})."
        ) from error
    return Path(str(got))


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason)


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _raw(segment: dict[str, Any]) -> RawSegment:
    words = segment.get("words")
    if words is None:  # asked without word times: the segment's text shares out its span
        words = [{"word": segment["text"], "start": segment["start"], "end": segment["end"]}]
    return RawSegment(
        tuple(
            RawWord(word["word"], word["start"], word["end"], word.get("probability", 1.0))
            for word in words
        ),
        segment["start"],
        segment["end"],
        segment["compression_ratio"],
        segment["no_speech_prob"],
        segment["avg_logprob"],
    )


@contextmanager
def _frames_done(report: Callable[[int], None]) -> Iterator[None]:
    """Report frames (10 ms) as Whisper finishes them.

    `whisper.transcribe` has no callback: all it tells is a progress bar, made by the name `tqdm`
    in its module. For the length of one call that name stands for a bar that reports instead of
    drawing. Whisper does not advance it over windows it skips as silent, so it may lag; it is
    never ahead.
    """

    class Bar:
        def __init__(self, **_: object) -> None:
            self._done = 0

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, frames: int) -> None:
            # Whisper goes back to listen again after a suspected invention.
            self._done += max(int(frames), 0)
            report(self._done)

    class Bars:
        tqdm = Bar

    # The package's attribute of this name is the function, so the module is asked for by name.
    module: Any = sys.modules["whisper.transcribe"]
    drawn, module.tqdm = module.tqdm, Bars
    try:
        yield
    finally:
        module.tqdm = drawn
