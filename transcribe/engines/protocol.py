"""The protocol of an engine (samples in, words out), and the rules for every engine's words."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from library.core.errors import BadInput, NoRoom, ToolFailed, ToolMissing
from transcribe.words import Segment, Span, Word, divide_span, tokens_of

if TYPE_CHECKING:  # captions use this module too, and need no numpy
    from capture.media.speech import Samples


Setting = str | int | float | bool | None

SAMPLES_PER_MS = 16
"""Engines hear 16 kHz mono."""
MIN_TIMED_WORD_MS = 20
"""Milliseconds: Whisper gives some words no length at all, and then nothing could be seeked to."""
MAX_COMPRESSION_RATIO, MIN_LOGPROB, MAX_NO_SPEECH = 2.4, -1.0, 0.6
"""Whisper's own thresholds: for a loop, for words that are improbable, and for no speech."""
MAX_THREADS = 8
"""Beyond these, cores wait for each other on matrices of Whisper's size."""


@dataclass(frozen=True)
class TranscriptionOptions:
    """Options that experts use for interviews; recorded in `transcript.json`.

    No prompt is given, because sentences get lost behind one and its words are heard where nobody
    said them. Silences longer than `hallucination_silence_threshold` seconds are skipped where
    Whisper suspects invention.
    """

    language: str = "en"
    """One short name, or several with commas: then each piece is heard in one of them."""
    beam_size: int = 5
    word_timestamps: bool = True
    hallucination_silence_threshold: float | None = 2.0
    temperature: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    is_language_given: bool = False
    """Set where somebody has said which language it is: then it is not looked for."""
    is_single_span: bool = False
    """Set where the sound is one span of speech, which is heard again: all of it counts."""
    talk: tuple[Span, ...] | None = None
    """Spans of the sound in which people talk, pauses and all; None where that is not known."""

    def as_record(self) -> dict[str, Setting]:
        """Return the options as a flat record for the transcript."""
        ladder = " ".join(str(step) for step in self.temperature)
        record = {**asdict(self), "temperature": ladder}
        # They say nothing about a transcript's words, or follow from its sound.
        for name in ("is_single_span", "is_language_given", "talk"):
            del record[name]
        return record


def clips_of(talk: Sequence[Span] | None, duration: int) -> str | list[float]:
    """Return where each span begins and ends, in seconds, as engines take it; "0" for all.

    Where the last one ends with the sound its end is left out: rounded to more frames than there
    are, openai-whisper would wait for them for ever.
    """
    if talk is None:
        return "0"
    seconds = [ms / 1000 for span in talk for ms in (span.start, span.end)]
    return seconds[:-1] if talk and talk[-1].end >= duration else seconds


class TooManyTokens(Exception):
    """Raised by a `TokenBudget` that is spent."""


_TOKENS_A_SECOND = 12
"""Of sound, at most: people say four or five, and a whole window of a loop has seven or eight."""
_TOKENS_TO_BEGIN = 448
"""Two windows full: the shortest of sounds may begin with a loop."""
_LEAST_OF_A_WINDOW = 50
"""As much work as so many tokens is every window, also of a model that hardly moves on."""


_TRIES_A_SECOND, _TRIES_TO_BEGIN = 0.3, 6
"""A window that is doubted at every temperature takes five tries more, for half a minute mostly."""


class TokenBudget:
    """Tokens that a model may give for a sound: more are babble, and would take for ever."""

    def __init__(self, duration: int) -> None:
        """`duration` of the sound is in milliseconds."""
        self._left = _TOKENS_TO_BEGIN + _TOKENS_A_SECOND * duration // 1000
        self._tries_left = _TRIES_TO_BEGIN + int(_TRIES_A_SECOND * duration / 1000)

    def allows_another_try(self) -> bool:
        """Count a try at another temperature; return False where there were enough."""
        self._tries_left -= 1
        return self._tries_left >= 0

    def spend(self, tokens: int) -> None:
        """Count the tokens of a window. Raises TooManyTokens."""
        self._left -= max(tokens, _LEAST_OF_A_WINDOW)
        if self._left < 0:
            raise TooManyTokens


def babbles(model: str) -> BadInput:
    """Return the error for a model whose words nobody can have said."""
    return BadInput(
        f"The model {model} gives far more words than anybody can say in this recording: it is "
        "damaged, or was not made to recognise speech.",
        "Copy it again, or choose another with --model.",
    )


@dataclass(frozen=True)
class RecognisedSpeech:
    """Words in order, inside the recording, and the engine's own figures for each stretch."""

    words: tuple[Word, ...]
    segments: tuple[Segment, ...]
    unheard: tuple[Span, ...] = ()
    """Spans in which somebody speaks and no words were recognised."""


class Engine(Protocol):
    """A speech recogniser with its model loaded."""

    @property
    def name(self) -> str:
        """Name and version of the engine, and the device it runs on, for the record."""

    @property
    def is_multilingual(self) -> bool:
        """False for a model that knows English only."""

    def language_shares(self, samples: Samples) -> dict[str, float]:
        """Return the probability of each language for up to 30 s; only if `is_multilingual`."""

    def used_options(self, options: TranscriptionOptions) -> dict[str, Setting]:
        """Return the options as this engine takes them, and its own, for the record.

        Everything that may change its words is in `name`, here, or in the model.
        """

    def transcribe(
        self, samples: Samples, options: TranscriptionOptions, on_progress: Callable[[int], None]
    ) -> RecognisedSpeech:
        """Recognise 16 kHz mono float32 `samples`.

        `on_progress` gets how many milliseconds of sound are done: never more than were,
        never less than before, at the end all of them. The same samples and options give
        the same words as far as the engine allows.
        """


DEVICES = ("auto", "cpu", "cuda")


def pick_device(device: str, *, cuda: bool) -> str:
    """Return `cpu` or `cuda`; for `auto`, the graphics card where there is one.

    Raises ToolMissing where `cuda` is asked for and is not there, BadInput for another name.
    """
    if device not in DEVICES:
        raise BadInput(f"“{device}” is not a device.", f"Use one of: {', '.join(DEVICES)}.")
    if device == "cuda" and not cuda:
        raise ToolMissing(
            "There is no CUDA graphics card here that the engine can use.",
            "Leave --device out, or use --device cpu.",
        )
    return ("cuda" if cuda else "cpu") if device == "auto" else device


_GRAPHICS_CARD = re.compile(r"cuda|cudnn|cublas|nvrtc|nvidia", re.IGNORECASE)
"""Names in the errors of PyTorch and CTranslate2 that come from the card or its libraries."""
_WITHOUT_CARD = (
    "Do without it: transcribe with --device cpu; for film --prove, set CUDA_VISIBLE_DEVICES to -1."
)


@contextmanager
def device_errors(model: str, device: str) -> Iterator[None]:
    """Turn errors of memory and of the graphics card into sentences; let all others pass.

    Raises NoRoom where memory does not suffice, ToolFailed where the card cannot be used.
    """
    try:
        yield
    except MemoryError as error:
        raise _no_memory(model, "cpu") from error
    except RuntimeError as error:
        # Both libraries raise RuntimeError for everything and say in words which: PyTorch's
        # OutOfMemoryError is one, and CTranslate2 loads cuBLAS and cuDNN at the first sound only.
        if "out of memory" in str(error).lower():
            raise _no_memory(model, device) from error
        if device == "cuda" and _GRAPHICS_CARD.search(str(error)):
            raise ToolFailed(
                "The graphics card cannot be used to recognise speech.", _WITHOUT_CARD
            ) from error
        raise


def _no_memory(model: str, device: str) -> NoRoom:
    memory = "the memory of the graphics card" if device == "cuda" else "this machine’s memory"
    return NoRoom(
        f"The model {model} does not fit into {memory}.",
        "Use a smaller one with --model, for example base or small.",
    )


@contextmanager
def importing(library: str) -> Iterator[None]:
    """Let a large library come in quickly: no garbage is looked for, nor in it ever after.

    It makes none, and to look for some was a fifth of the time that PyTorch takes.
    """
    if library in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def threads_for(threads: int | None) -> int:
    """Return how many threads an engine is given, by default as many as serve.

    0 where OMP_NUM_THREADS says how many: whoever set it knows what else runs.
    """
    if threads is None and os.environ.get("OMP_NUM_THREADS"):
        return 0
    return threads or min(usable_cores(), MAX_THREADS)


def usable_cores() -> int:
    """Return the number of cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class RawWord(NamedTuple):
    """A word as an engine gives it: text with its white space, seconds, probability."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class RawSegment:
    words: tuple[RawWord, ...]
    start: float
    end: float
    compression_ratio: float
    no_speech_probability: float
    average_logprob: float
    speaker: str = ""


def settle_words(segments: Iterable[RawSegment], duration: int) -> RecognisedSpeech:
    """Return the engine's words as ours: visible text, in order, inside 0…`duration` ms.

    A word never starts before the one before it ended, and lasts at least MIN_TIMED_WORD_MS where
    the recording has room. Segments without words are left out.
    """
    words: list[Word] = []
    with_words: list[Segment] = []
    clock = 0
    for segment in segments:
        first = len(words)
        for raw in _joined_parts(segment.words):
            for word in _timed_words(raw, clock, duration):
                words.append(word)
                clock = word.end
        if len(words) > first:
            with_words.append(_segment_figures(segment, first, len(words), words))
    return RecognisedSpeech(tuple(words), tuple(with_words))


def _joined_parts(words: Iterable[RawWord]) -> list[RawWord]:
    """Join a part without a space before it to the word before: `mother` + `-in-law`."""
    joined: list[RawWord] = []
    for word in words:
        if joined and word.text.strip() and not word.text[:1].isspace():
            before = joined[-1]
            joined[-1] = RawWord(
                before.text + word.text,
                before.start,
                max(before.end, word.end),
                min(before.probability, word.probability),
            )
        else:
            joined.append(word)
    return joined


def _timed_words(raw: RawWord, clock: int, duration: int) -> list[Word]:
    texts = tokens_of(raw.text)
    if not texts:
        return []
    start = min(max(_ms(raw.start), clock), duration)
    end = min(max(_ms(raw.end), start + MIN_TIMED_WORD_MS * len(texts)), duration)
    bounds = divide_span(start, end, [len(text) for text in texts])
    chance = min(max(float(raw.probability), 0.0), 1.0)
    return [
        Word(text=text, start=begin, end=finish, probability=round(chance, 4))
        for text, (begin, finish) in zip(texts, bounds, strict=True)
    ]


def _segment_figures(segment: RawSegment, first: int, last: int, words: list[Word]) -> Segment:
    return Segment(
        first=first,
        last=last,
        start=words[first].start,
        end=words[last - 1].end,
        compression_ratio=round(segment.compression_ratio, 3),
        no_speech_probability=round(segment.no_speech_probability, 4),
        average_logprob=round(segment.average_logprob, 4),
        speaker=segment.speaker,
    )


def _ms(seconds: float) -> int:
    return round(float(seconds) * 1000)
