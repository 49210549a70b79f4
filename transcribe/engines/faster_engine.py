"""faster-whisper, the engine unless another is named. Knows CTranslate2, as `conversion.py` does.

Windows are recognised one after the other: in batches sentences got lost. Each is heard after the
text before it, and afresh where that goes wrong. Nothing is looked up or fetched: the model is a
folder on this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from library.core.errors import BadInput, CarerStoriesError
from transcribe.engines.conversion import has_own_vocabulary, is_converted, require_ctranslate2
from transcribe.engines.protocol import (
    MAX_COMPRESSION_RATIO,
    MAX_NO_SPEECH,
    MIN_LOGPROB,
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
    pick_device,
    settle_words,
    threads_for,
)
from transcribe.engines.voice_activity import LONG_PAUSE_MS

if TYPE_CHECKING:  # the engine is chosen before any sound is read: no numpy yet
    from capture.media.speech import Samples

# 8-bit integers are quickest on a processor; a graphics card computes in half precision, but cards
# before 2017 cannot.
_PRECISIONS = {"cpu": ("int8", "float32"), "cuda": ("float16", "int8_float32", "float32")}
"""Number formats that each device computes with, best first."""
_NO_REPEAT_WORDS = 3
_FORGETTING_TEMPERATURE = 1.0
_WINDOW_SAMPLES = 30 * 16_000
_WINDOW_FRAMES = 3_000
_MIN_SAMPLES = 1600  # a tenth of a second: less than one analysis window holds no speech


class FasterEngine:
    """An engine with one converted model, on the fastest device there is."""

    def __init__(self, folder: Path, *, device: str = "auto", threads: int | None = None) -> None:
        """Load the model in `folder`.

        Raises ToolMissing without the extra or the device asked for, BadInput where `folder` is no
        whole model, and NoRoom where memory does not suffice.
        """
        require_ctranslate2()
        import ctranslate2
        from faster_whisper import WhisperModel

        if not is_converted(folder):
            # Without its tokenizer faster-whisper would look for one on the network.
            raise _no_model(folder)
        self._device = pick_device(device, cuda=ctranslate2.get_cuda_device_count() > 0)
        self._model_name = folder.name
        try:
            with device_errors(self._model_name, self._device):
                supported = ctranslate2.get_supported_compute_types(self._device)
                self._precision = next(
                    precision for precision in _PRECISIONS[self._device] if precision in supported
                )
                self._model: Any = WhisperModel(
                    str(folder),
                    device=self._device,
                    compute_type=self._precision,
                    cpu_threads=threads_for(threads),  # with 0 it reads the variable itself
                    local_files_only=True,
                )
                self._recognise = self._model.generate_with_fallback
            is_whole = has_own_vocabulary(folder)
        except CarerStoriesError:
            raise
        except Exception as error:  # the tokenizer's reader raises bare Exception
            raise _no_model(folder) from error
        if not is_whole:
            raise _no_model(folder)

    @property
    def name(self) -> str:
        import ctranslate2
        import faster_whisper

        return (
            f"faster-whisper {faster_whisper.__version__} "
            f"(CTranslate2 {ctranslate2.__version__}) on {self._device}"
        )

    @property
    def is_multilingual(self) -> bool:
        return bool(self._model.model.is_multilingual)

    def language_shares(self, samples: Samples) -> dict[str, float]:
        """See `transcribe.engines.protocol.Engine`."""
        with device_errors(self._model_name, self._device):
            sound = self._model.feature_extractor(samples[:_WINDOW_SAMPLES])
            # Its own function would fill up half a minute, and encode all that silence.
            frames = min(sound.shape[-1], _WINDOW_FRAMES) // 2 * 2
            shares = self._model.model.detect_language(self._model.encode(sound[:, :frames]))[0]
        return {token.strip("<|>"): share for token, share in shares}

    def used_options(self, options: TranscriptionOptions) -> dict[str, Setting]:
        """See `Engine.used_options`. Words always have times.

        There is no ladder of temperatures: CTranslate2 throws dice that cannot be set back.
        """
        return {
            **options.as_record(),
            "condition_on_previous_text": True,
            "afresh_where_wrong": True,
            "word_timestamps": True,
            "temperature": "0.0",
            "compute_type": self._precision,
            "vad": "silero",
            "long_pause": LONG_PAUSE_MS / 1000,
        }

    def transcribe(
        self, samples: Samples, options: TranscriptionOptions, on_progress: Callable[[int], None]
    ) -> RecognisedSpeech:
        """See `transcribe.engines.protocol.Engine`."""
        duration = len(samples) // SAMPLES_PER_MS
        if len(samples) < _MIN_SAMPLES or options.talk == ():
            on_progress(duration)
            return RecognisedSpeech((), ())
        self._model.generate_with_fallback = _counted(
            _afresh_where_wrong(self._model, self._recognise), TokenBudget(duration)
        )
        try:
            heard = self._words(samples, options, duration, on_progress)
        except TooManyTokens:
            if not options.is_single_span:
                raise babbles(self._model_name) from None
            # Of what is heard again the words are not known then: the span stays open.
            return RecognisedSpeech((), ())
        on_progress(duration)
        return heard

    def _words(
        self,
        samples: Samples,
        options: TranscriptionOptions,
        duration: int,
        on_progress: Callable[[int], None],
    ) -> RecognisedSpeech:
        """Return what the model hears. Raises TooManyTokens."""
        # Around the words too: they are recognised as they are taken.
        with device_errors(self._model_name, self._device):
            segments, _ = self._model.transcribe(
                samples,
                language=options.language,
                temperature=0.0,
                beam_size=options.beam_size,
                condition_on_previous_text=not options.is_single_span,
                word_timestamps=True,
                hallucination_silence_threshold=options.hallucination_silence_threshold,
                clip_timestamps=clips_of(options.talk, duration),
                # In place of dice: another way to hear what came out as a loop.
                no_repeat_ngram_size=_NO_REPEAT_WORDS if options.temperature[0] > 0 else 0,
            )
            return settle_words(_reported(segments, duration, on_progress), duration)


def _counted(recognise: Callable[..., Any], budget: TokenBudget) -> Callable[..., Any]:
    """Return a way to recognise a window that spends its tokens from `budget`."""

    def counted(*window: Any) -> Any:
        heard = recognise(*window)
        budget.spend(len(heard[0].sequences_ids[0]))
        return heard

    return counted


def _afresh_where_wrong(model: Any, recognise: Callable[..., Any]) -> Callable[..., Any]:
    """Return the model's way to recognise a window, which hears it afresh if that went wrong.

    Wrong is a loop, words that are improbable, or none though it does not say that nobody speaks.
    Afresh is without the text before, and without saying three words twice; the better one counts.
    Sentences are lost where windows are never told the text before, but one slip could be handed on
    from each to the next.
    """

    def recognise_well(encoded: Any, prompt: list[int], tokenizer: Any, options: Any) -> Any:
        first = recognise(encoded, prompt, tokenizer, options)
        if not _is_wrong(first):
            return first
        alone = model.get_prompt(tokenizer, [], without_timestamps=options.without_timestamps)
        in_other_words = replace(options, no_repeat_ngram_size=_NO_REPEAT_WORDS)
        again = recognise(encoded, alone, tokenizer, in_other_words)
        result, logprob, _, ratio = max((first, again), key=_likelihood)
        # As after a high temperature, the text so far is not handed on.
        return result, logprob, _FORGETTING_TEMPERATURE, ratio

    return recognise_well


def _is_wrong(heard: Any) -> bool:
    result, logprob, _, ratio = heard
    is_empty = ratio == 0
    is_improbable = (is_empty or logprob < MIN_LOGPROB) and result.no_speech_prob <= MAX_NO_SPEECH
    return bool(ratio > MAX_COMPRESSION_RATIO or is_improbable)


def _likelihood(heard: Any) -> tuple[bool, float]:
    _, logprob, _, ratio = heard
    return ratio <= MAX_COMPRESSION_RATIO, logprob


def _reported(
    segments: Iterable[Any], duration: int, on_progress: Callable[[int], None]
) -> Iterable[RawSegment]:
    """Yield segments as they are recognised, and report progress."""
    done = 0
    for segment in segments:
        done = max(done, min(int(segment.end * 1000), duration))
        on_progress(done)
        yield RawSegment(
            tuple(
                RawWord(word.word, word.start, word.end, word.probability)
                for word in segment.words or ()
            ),
            segment.start,
            segment.end,
            segment.compression_ratio,
            segment.no_speech_prob,
            segment.avg_logprob,
        )


def _no_model(folder: Path) -> BadInput:
    return BadInput(
        f"{folder} is not a converted Whisper model, or not a whole one.",
        "Copy or convert it again, or choose another with --model. If it lies in "
        "interviews/models/converted, delete it: it is made again.",
    )
