"""Remains of redacted words beside their silence, in a finished film.

The words that were redacted are looked for in the recording, as they were when it was transcribed,
and again by listening to the film about each silence. What they were is never written down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from rapidfuzz import fuzz

from capture.media.speech import SPEECH_RATE, Samples, Speech
from films.timeline import CurrentFilm, film_spans
from transcribe.editing.recording_sound import RecordingSound
from transcribe.engines.levels import levels_of
from transcribe.engines.protocol import Engine, TranscriptionOptions
from transcribe.forced_alignment.aligner import ExpectedWord
from transcribe.redaction.normalise import folded_word
from transcribe.redaction.questions import TimedWord
from transcribe.words import LEVEL_FRAME_MS, EditedTranscript, Span

AROUND_MS = 1_000
"""To either side of a silence, in which what is left of a word is looked for."""
LEFT_MS = 20
"""Less of a word than this nobody hears."""
_SEARCH_MS = 500
_CONTEXT_WORDS = 3
_ROOM_MS = 5_000
_ABOVE_ROOM_DB = 6.0
_MIN_LETTERS = 4  # shorter words are said beside many a name
_MIN_LIKENESS = 75.0
_SAMPLES_PER_MS = SPEECH_RATE // 1000


@dataclass(frozen=True)
class RedactionRemains:
    """Milliseconds of redacted words that are audible beside their silence in the film."""

    film_time: int
    recording_time: int
    before: int
    after: int
    is_recognised: bool
    """True if a word like one of them is recognised there."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class _HiddenWords:
    """Words redacted together: folded, with the time in which they are said and the silence."""

    folded: tuple[str, ...]
    spoken: Span
    silence: Span


@dataclass(frozen=True)
class FilmListener:
    """A sound of a film, and the engine that listens to it."""

    speech: Speech
    film: CurrentFilm
    files: tuple[str, ...]
    engine: Engine
    options: TranscriptionOptions

    def audible_ms(self, start: int, end: int) -> int:
        """Return for how long a stretch of the recording is above the room, in the film."""
        return _audible(self.speech, self.film, start, end)

    def words_between(self, start: int, end: int) -> set[str]:
        """Return the words recognised between two moments of the film, folded."""
        samples = _samples(self.speech, start, end)
        heard = self.engine.transcribe(samples, self.options, lambda _: None)
        return {folded_word(word.text) for word in heard.words}


def find_remains(
    listener: FilmListener,
    recording: RecordingSound,
    words: Sequence[TimedWord],
    edited: EditedTranscript,
) -> Iterator[RedactionRemains]:
    """Yield what is left beside each silence of the film."""
    kept_words = {word.folded for word in words if word.token.is_kept}
    for hidden in _hidden_words(words, edited, recording):
        spoken, silence = hidden.spoken, hidden.silence
        silences = film_spans(listener.film.timeline, silence.start, silence.end)
        if not silences:
            continue
        before = listener.audible_ms(spoken.start, min(spoken.end, silence.start))
        after = listener.audible_ms(max(spoken.start, silence.end), spoken.end)
        is_recognised = _is_recognised(listener, silences, hidden, kept_words)
        if max(before, after) > LEFT_MS or is_recognised:
            yield RedactionRemains(
                silences[0][0], silence.start, before, after, is_recognised, listener.files
            )


def _hidden_words(
    words: Sequence[TimedWord], edited: EditedTranscript, sound: RecordingSound
) -> Iterator[_HiddenWords]:
    numbered = list(enumerate(words))
    for number, run in groupby(numbered, key=lambda pair: _redaction_number(pair[1])):
        if number is None:
            continue
        indices = [index for index, _ in run]
        first, last = indices[0], indices[-1] + 1
        spoken = _when_said(words, first, last, sound)
        said = Span(start=words[first].word.start, end=words[last - 1].word.end)
        silence = _silence_of(said, edited)
        if silence is not None:
            folded = tuple(word.folded for word in words[first:last])
            yield _HiddenWords(folded, spoken, silence)


def _silence_of(said: Span, edited: EditedTranscript) -> Span | None:
    """Return the silence that covers most of the words: one moved over them may cover some."""
    silences = [
        Span(start=each.start, end=each.end)
        for each in edited.redactions
        if each.start < said.end and said.start < each.end
    ]
    return max(
        silences,
        key=lambda span: min(span.end, said.end) - max(span.start, said.start),
        default=None,
    )


def _redaction_number(word: TimedWord) -> int | None:
    token = word.token
    return token.redaction.number if token.redaction is not None and not token.is_cut else None


def _when_said(words: Sequence[TimedWord], first: int, last: int, sound: RecordingSound) -> Span:
    """Return when the words are said: as heard in the recording, else by their times."""
    near = words[max(0, first - _CONTEXT_WORDS) : last + _CONTEXT_WORDS]
    expected = tuple(ExpectedWord(word.token.text, word.word.start, word.word.end) for word in near)
    places = sound.find_words(expected, _SEARCH_MS)
    if places is None:
        return Span(start=words[first].word.start, end=words[last - 1].word.end)
    own = places[min(first, _CONTEXT_WORDS) :][: last - first]
    return Span(start=own[0].start, end=own[-1].end)


def _audible(speech: Speech, film: CurrentFilm, start: int, end: int) -> int:
    """Return for how many milliseconds of a stretch of the recording the film is above its room."""
    total = 0
    for first, last in film_spans(film.timeline, start, max(start, end)):
        around = levels_of(_samples(speech, first - _ROOM_MS, last + _ROOM_MS))
        own = levels_of(_samples(speech, first, last))
        # Of the sound that is there: digital silence is no room.
        heard = around[around > around.min() + _ABOVE_ROOM_DB] if len(around) else around
        if len(heard) and len(own):
            limit = float(np.percentile(heard, 10)) + _ABOVE_ROOM_DB
            total += LEVEL_FRAME_MS * int((own > limit).sum())
    return total


def _samples(speech: Speech, start: int, end: int) -> Samples:
    first = max(0, start) * _SAMPLES_PER_MS
    return speech.read(first, max(first, min(end * _SAMPLES_PER_MS, speech.samples)))


def _is_recognised(
    listener: FilmListener,
    silences: Sequence[tuple[int, int]],
    hidden: _HiddenWords,
    kept_words: set[str],
) -> bool:
    """Return True if a word like a hidden one is recognised about a silence, and said nowhere."""
    names = [word for word in hidden.folded if len(word) >= _MIN_LETTERS and word not in kept_words]
    if not names:
        return False
    around = silences[0][0] - AROUND_MS, silences[-1][1] + AROUND_MS
    recognised = listener.words_between(*around) - kept_words
    return any(
        len(word) >= _MIN_LETTERS and fuzz.ratio(word, name) >= _MIN_LIKENESS
        for word in recognised
        for name in names
    )
