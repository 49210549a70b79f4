"""Find the language that is spoken: a recogniser told the wrong one invents sentences in it.

Whisper's own probabilities, over several windows of the recording. A recording in several languages
is heard piece by piece, each in the one of those given that it sounds like.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from library.core.errors import BadInput
from library.core.languages import english_names
from transcribe.engines.protocol import (
    SAMPLES_PER_MS,
    Engine,
    RecognisedSpeech,
    TranscriptionOptions,
)
from transcribe.engines.voice_activity import join_near, spans_of_talk, voiced_spans
from transcribe.words import Segment, Span, Word

if TYPE_CHECKING:
    from capture.media.speech import Samples, Speech

_WINDOW_MS = 30_000  # of Whisper
_MAX_WINDOWS = 5
_PART_MS = 8_000  # of a window, which is listened to first
_MIN_VOICE_MS = 3_000  # in a window: less tells little
_CERTAIN = 0.8  # share of a language that makes it plain
_CERTAIN_OTHER = 0.6  # share of another one, where the one expected is unlikely: one is enough
_MIN_SHARE = 0.3  # over all windows, where the language expected is not likely either
_PAUSE_MS = 600  # between pieces that may be in different languages
_MIN_PIECE_MS = 1_500  # a shorter one goes with the piece before it


def require_knows(engine: Engine, model: str, language: str) -> None:
    """Raise BadInput where the model knows English only and another language is asked for."""
    if language != "en" and not engine.is_multilingual:
        raise BadInput(
            f"The model {model} knows English only.",
            "Choose one without .en in its name: carer-stories transcribe STORY --model small",
        )


def require_sounds_like(speech: Speech, engine: Engine, expected: str, story: str) -> None:
    """Raise BadInput where the recording, or some of it, is in no language of those `expected`."""
    if engine.is_multilingual:
        require_expected(shares_of_windows(windows_of(speech), engine, expected), expected, story)


def shares_of_windows(
    windows: Iterable[Samples], engine: Engine, expected: str
) -> list[dict[str, float]]:
    """Return the share of each language in each window in which somebody speaks."""
    wanted = expected.split(",")
    shares = (_shares(window, engine, wanted) for window in windows)
    return [of_window for of_window in shares if of_window]


def require_expected(windows: Sequence[dict[str, float]], expected: str, story: str) -> None:
    """Raise BadInput where the languages heard in the windows are none of those `expected`."""
    wanted = expected.split(",")
    other, share = _other_language(windows, wanted)
    if not other:
        return
    heard, names = english_names(other), english_names(expected, joint="or")
    all_spoken = "If both are spoken" if len(wanted) == 1 else "If all are spoken"
    subject = "This" if share >= 0.5 else "Some of this"
    raise BadInput(
        f"{subject} does not sound like {names}: {share * 100:.0f} % {heard}. "
        "Nothing was transcribed.",
        f"If it is {heard}: carer-stories transcribe {story} --language {other}\n"
        f"{all_spoken}, add --language {expected},{other}. "
        f"If it is {names} all the same, add --language {expected}.\n"
        f"To have it known from now on: carer-stories story edit {story} --language {other}",
    )


def _shares(window: Samples, engine: Engine, wanted: Sequence[str]) -> dict[str, float]:
    """Return the share of each language in a window; none where hardly anybody speaks."""
    middle = max(0, len(window) // 2 - _PART_MS // 2 * SAMPLES_PER_MS)
    part = window[middle : middle + _PART_MS * SAMPLES_PER_MS]
    if _has_voice(part):
        shares = engine.language_shares(part)
        # Plain: the whole window, which takes eight times as long, would say the same.
        if sum(shares.get(language, 0.0) for language in wanted) >= _CERTAIN:
            return shares
    return engine.language_shares(window) if _has_voice(window) else {}


def _other_language(
    windows: Sequence[dict[str, float]], wanted: Sequence[str]
) -> tuple[str, float]:
    """Return a language that is spoken for certain in one window, or likelier over all, or ""."""
    if not windows:
        return "", 0.0
    totals: Counter[str] = Counter()
    for shares in windows:
        totals.update(shares)
    means = {language: total / len(windows) for language, total in totals.items()}
    mean_wanted = sum(means.pop(language, 0.0) for language in wanted)
    other = max(means, key=lambda language: means[language], default="")
    certain = any(
        shares.get(other, 0.0) >= _CERTAIN_OTHER
        and sum(shares.get(language, 0.0) for language in wanted) <= 1 - _CERTAIN
        for shares in windows
    )
    is_likelier = means.get(other, 0.0) >= _MIN_SHARE and mean_wanted < _CERTAIN / 2
    return (other, means[other]) if certain or is_likelier else ("", 0.0)


def _has_voice(samples: Samples) -> bool:
    return sum(span.end - span.start for span in voiced_spans(samples)) >= _MIN_VOICE_MS


def windows_of(speech: Speech) -> Iterator[Samples]:
    """Yield up to five windows of half a minute, spread evenly over the recording."""
    count = max(1, min(_MAX_WINDOWS, -(-speech.duration // _WINDOW_MS)))
    room = max(0, speech.duration - _WINDOW_MS)
    for number in range(count):
        start = room * number // max(count - 1, 1) * SAMPLES_PER_MS
        yield speech.read(start, min(start + _WINDOW_MS * SAMPLES_PER_MS, speech.samples))


# Several languages in one recording

Hearing = Callable[[RecognisedSpeech, "Samples", TranscriptionOptions], RecognisedSpeech]
"""A second hearing of a stretch: `second_hearing.hear_again` with its engine."""


def transcribe_in_languages(
    samples: Samples,
    engine: Engine,
    options: TranscriptionOptions,
    on_progress: Callable[[int], None],
    hear_again: Hearing,
) -> RecognisedSpeech:
    """Recognise `samples` stretch by stretch, each in that language of the options."""
    words: list[Word] = []
    segments: list[Segment] = []
    unheard: list[Span] = []
    for stretch, language in _stretches(samples, engine, options.language.split(",")):
        part = samples[stretch.start * SAMPLES_PER_MS : stretch.end * SAMPLES_PER_MS]
        voiced, length = voiced_spans(part), stretch.end - stretch.start
        own_options = replace(options, language=language, talk=spans_of_talk(voiced, length))
        first = engine.transcribe(part, own_options, lambda _: None)
        heard = hear_again(first, part, own_options)
        segments += (
            _moved(
                segment, stretch, first=segment.first + len(words), last=segment.last + len(words)
            )
            for segment in heard.segments
        )
        words += (_moved(word, stretch) for word in heard.words)
        unheard += (_moved(span, stretch) for span in heard.unheard)
        on_progress(stretch.end)
    on_progress(len(samples) // SAMPLES_PER_MS)
    return RecognisedSpeech(tuple(words), tuple(segments), tuple(unheard))


def _moved(item: Any, stretch: Span, **changes: int) -> Any:
    """Return a word, segment or span of a stretch on the clock of the whole."""
    times = {"start": item.start + stretch.start, "end": item.end + stretch.start}
    return msgspec.structs.replace(item, **times, **changes)


def _stretches(
    samples: Samples, engine: Engine, languages: list[str]
) -> Iterator[tuple[Span, str]]:
    """Yield stretches of speech in one language each, with the pauses about them."""
    pieces: list[tuple[Span, str]] = []
    for piece in join_near(voiced_spans(samples), _PAUSE_MS):
        if pieces and piece.end - piece.start < _MIN_PIECE_MS:
            language = pieces[-1][1]
        else:
            part = samples[piece.start * SAMPLES_PER_MS : piece.end * SAMPLES_PER_MS]
            shares = engine.language_shares(part[: _WINDOW_MS * SAMPLES_PER_MS])
            language = max(languages, key=lambda name: shares.get(name, 0.0))
        pieces.append((piece, language))
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece[1])]
    start = 0
    for number, run in enumerate(runs):
        is_last = number + 1 == len(runs)
        border = run[-1][0].end if is_last else runs[number + 1][0][0].start
        end = len(samples) // SAMPLES_PER_MS if is_last else (run[-1][0].end + border) // 2
        yield Span(start=start, end=end), run[0][1]
        start = end
