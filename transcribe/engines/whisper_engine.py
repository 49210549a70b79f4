"""The openai-whisper engine: the only module that imports whisper or torch.

Inside its functions only: importing both took 7 s and 300 MB on two busy cores, and commands that
merely name a model must not wait for that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from library.core.errors import BadInput, CarerStoriesError, ToolMissing
from library.core.installation import how_to_add
from transcribe.engines.protocol import (
    SAMPLES_PER_MS,
    RawSegment,
    RawWord,
    RecognisedSpeech,
    Setting,
    TokenBudget,
    TooManyTokens,
    TranscriptionOptions,
    babbles,
    clips_of,
    device_errors,
    importing,
    pick_device,
    settle_words,
    threads_for,
)
from transcribe.engines.whisper_tables import official_name_by_shape

if TYPE_CHECKING:  # the engine is chosen before any sound is read: no numpy yet
    from capture.media.speech import Samples

_FRAME_MS = 10  # of Whisper's progress
_WINDOW_SAMPLES = 30 * 16_000
_MIN_SAMPLES = 1600  # a tenth of a second: less than one analysis window holds no speech


def has_whisper() -> bool:
    """Check that openai-whisper and PyTorch are installed, without importing either."""
    return all(find_spec(name) is not None for name in ("whisper", "torch"))


def require_whisper() -> None:
    """Raise ToolMissing with the pip command where openai-whisper is not installed."""
    if not has_whisper():
        raise ToolMissing(
            "The engine “whisper” is not installed.",
            f"Use --engine faster. {how_to_add('openai-whisper')}",
        )


class WhisperEngine:
    """An engine with one checkpoint, on the fastest device there is or the one asked for."""

    def __init__(
        self,
        checkpoint: Path,
        official: str | None = None,
        *,
        conditions_on_previous_text: bool = False,
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        """Load `checkpoint`; `official` is Whisper's own name for it, if it is one of theirs.

        `conditions_on_previous_text` hands the words before on to each window: not with a model
        that was never taught so. `threads` is how many cores it may use; by default as many as
        serve. Raises BadInput for a file that is no Whisper model (it is read as weights only: code
        hidden in it is never run), ToolMissing without openai-whisper or the device, and NoRoom
        where memory does not suffice.
        """
        require_whisper()
        # Before PyTorch comes in. Its threads else wait for each other at full speed, which takes
        # the processor from whatever else runs, and from one another where there is too little.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        with importing("torch"):
            import torch

        self._device = pick_device(device, cuda=torch.cuda.is_available())
        if used_threads := threads_for(threads):
            torch.set_num_threads(used_threads)
        self._conditions_on_previous_text = conditions_on_previous_text
        self._model_name = checkpoint.name
        self._model = _load(checkpoint, official, self._device)

    @property
    def name(self) -> str:
        import whisper

        return f"openai-whisper {whisper.__version__} on {self._device}"

    @property
    def is_multilingual(self) -> bool:
        return bool(self._model.is_multilingual)

    def language_shares(self, samples: Samples) -> dict[str, float]:
        """See `transcribe.engines.protocol.Engine`."""
        import whisper

        encoder = self._model.encoder
        positions = encoder.positional_embedding
        with device_errors(self._model_name, self._device):
            sound = whisper.log_mel_spectrogram(samples[:_WINDOW_SAMPLES], self._model.dims.n_mels)
            frames = sound.shape[-1] // 2
            # It refuses any sound but half a minute's; the rest would be encoded silence.
            encoder.positional_embedding = positions[:frames]
            try:
                _, shares = self._model.detect_language(sound[:, : 2 * frames].to(self._device))
            finally:
                encoder.positional_embedding = positions
        return dict(shares)

    def used_options(self, options: TranscriptionOptions) -> dict[str, Setting]:
        """See `transcribe.engines.protocol.Engine`."""
        return {
            **options.as_record(),
            "condition_on_previous_text": self._conditions_on_previous_text,
            "hallucination_silence_threshold": self._silence_threshold(options),
        }

    def transcribe(
        self, samples: Samples, options: TranscriptionOptions, on_progress: Callable[[int], None]
    ) -> RecognisedSpeech:
        """See `transcribe.engines.protocol.Engine`."""
        import torch

        # Where Whisper falls back to higher temperatures it throws dice: always the same ones, so
        # that what was interrupted and what was not come to the same words.
        torch.manual_seed(0)
        duration = len(samples) // SAMPLES_PER_MS
        if len(samples) < _MIN_SAMPLES:
            on_progress(duration)
            return RecognisedSpeech((), ())
        try:
            result = self._recognise(samples, options, duration, on_progress)
        except TooManyTokens:
            if not options.is_single_span:
                raise babbles(self._model_name) from None
            # Of what is heard again the words are not known then: the span stays open.
            return RecognisedSpeech((), ())
        on_progress(duration)
        return settle_words((_raw(segment) for segment in result["segments"]), duration)

    def _recognise(
        self,
        samples: Samples,
        options: TranscriptionOptions,
        duration: int,
        on_progress: Callable[[int], None],
    ) -> dict[str, Any]:
        """Return Whisper’s own result. Raises TooManyTokens."""
        import whisper

        with (
            device_errors(self._model_name, self._device),
            _frames_done(lambda frames: on_progress(min(frames * _FRAME_MS, duration))),
            _tokens_counted(self._model, TokenBudget(duration), options.temperature[0]),
        ):
            result: dict[str, Any] = whisper.transcribe(
                self._model,
                samples,
                verbose=False,
                language=options.language,
                temperature=options.temperature,
                beam_size=options.beam_size,
                condition_on_previous_text=self._conditions_on_previous_text
                and not options.is_single_span,
                word_timestamps=options.word_timestamps,
                hallucination_silence_threshold=self._silence_threshold(options),
                clip_timestamps=clips_of(options.talk or None, duration),
                fp16=self._device == "cuda",
            )
        return result

    def _silence_threshold(self, options: TranscriptionOptions) -> float | None:
        # It moves the windows away from those of the model's own call, and costs words; what nobody
        # said is found when the words are held against the voice. The model without words before
        # was taught with it.
        return (
            None if self._conditions_on_previous_text else options.hallucination_silence_threshold
        )


def _load(checkpoint: Path, official: str | None, device: str) -> Any:
    with importing("whisper"):
        import whisper

    try:
        with device_errors(checkpoint.name, device):
            model = whisper.load_model(str(checkpoint), device=device)
    except CarerStoriesError:
        raise
    except Exception as error:
        # torch answers a foreign file with a dozen kinds of exception, pickle's among them.
        raise BadInput(
            f"{checkpoint} is not a Whisper model, or not a whole one.",
            "Copy it again, or choose another with --model.",
        ) from error
    _keep_compiled(whisper.timing)
    if device == "cpu":
        _lay_out_vocabulary(model.decoder.token_embedding)
    # A checkpoint loaded by its path does not bring the heads that tell words' times.
    name = official or official_name_by_shape(vars(model.dims))
    if name is not None:
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[name])
    return model


def _lay_out_vocabulary(embedding: Any) -> None:
    """Lay the vector of each word out as the decoder multiplies by them; every value stays.

    It multiplies by their transpose at every word that it says. Laid out word by word, all fifty
    thousand are copied each time first, which was a fifth of a small model's work.
    """
    weights = embedding.weight
    weights.data = weights.data.t().contiguous().t()


def _keep_compiled(timing: Any) -> None:
    """Keep what Whisper compiles to find words' times, which else takes seconds in every run.

    numba keeps it beside Whisper's own compiled modules, or in the account's cache.
    """
    # Raised where neither place can be written to, and where numba is told to compile nothing.
    with suppress(RuntimeError, AttributeError):
        for compiled in (timing.dtw_cpu, timing.backtrace):
            compiled.enable_caching()


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
def _tokens_counted(model: Any, budget: TokenBudget, first_temperature: float) -> Iterator[None]:
    """Spend from `budget` what the model gives for each window, at whatever temperature.

    A model that is sure of nothing would try every window six times: after enough of that the
    first try counts.
    """
    result: Any = None

    def counted(mel: Any, options: Any) -> Any:
        nonlocal result
        if options.temperature != first_temperature:
            if not budget.allows_another_try():
                return result
        elif result is not None:
            budget.spend(len(result.tokens))  # of the window before
        result = type(model).decode(model, mel, options)
        return result

    model.decode = counted
    try:
        yield
    finally:
        del model.decode


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
