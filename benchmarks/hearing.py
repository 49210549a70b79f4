"""Measure how well people are heard: recordings with references, beside the bare engine.

    python -m benchmarks hearing FOLDER --model PATH [--engine faster] [--language en]

FOLDER holds recordings with their references (`benchmarks/references.py`); simulated interviews
are made of some by `benchmarks.simulated_interviews`. The whole road is taken: chunks, hearing
again, word times. Words are compared in small letters and without punctuation.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any
from unittest import mock

import jiwer
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.references import Reference, TimedText, decode, references_in, write_speech
from benchmarks.speaker_errors import measure_speakers
from benchmarks.word_times import audible_remains
from capture.media.speech import Speech, open_speech
from capture.questions.question_set import load_question_set
from library.core.workspace import Workspace
from library.workspace_template import template
from tests.support.workspaces import make_workspace
from transcribe.editing.speaker_turns import Speakers, draft_turns, prompt_words, with_voices
from transcribe.engines import chunks, low_confidence, second_hearing
from transcribe.engines.models import (
    ENGINES,
    FASTER,
    NO_MODEL,
    Model,
    load_engine,
    quicker_model,
    resolve_model,
)
from transcribe.engines.protocol import TranscriptionOptions
from transcribe.engines.second_opinion import other_hearings
from transcribe.pipeline import Checker
from transcribe.question_matching import match_questions
from transcribe.speakers.telling_apart import load_speaker_model, tell_apart
from transcribe.words import CHECKED_WITH, Transcript, Word, normalised, tokens_of

_WORD_SECONDS = 0.35  # of speech, where the reference has no times: ten words are three seconds
_LONG_SECONDS = 3.0


@dataclass(frozen=True)
class Comparison:
    """Words compared with a reference."""

    errors: int
    total: int
    lost: tuple[float, ...]
    """Seconds of each passage of more than three seconds without any of its words."""
    wrong: frozenset[int]
    """Numbers of the heard words that are not in the reference."""
    pairs: tuple[tuple[int, int], ...]
    """Number of a word of the reference, and of the heard word that is the same."""

    @property
    def rate(self) -> str:
        return f"{100 * self.errors / self.total:.1f} %" if self.total else ""


def compare(reference: Sequence[str], heard: Sequence[str]) -> Comparison:
    """Compare normalised words."""
    if not reference:
        return Comparison(0, 0, (), frozenset(), ())
    if not heard:
        lost = (len(reference) * _WORD_SECONDS,)
        return Comparison(len(reference), len(reference), lost, frozenset(), ())
    result = jiwer.process_words(" ".join(reference), " ".join(heard))
    lost_words, wrong, pairs = [], set(), []
    for part in result.alignments[0]:
        if part.type == "delete":
            lost_words.append(part.ref_end_idx - part.ref_start_idx)
        elif part.type == "equal":
            count = part.ref_end_idx - part.ref_start_idx
            pairs += [(part.ref_start_idx + at, part.hyp_start_idx + at) for at in range(count)]
        else:
            wrong.update(range(part.hyp_start_idx, part.hyp_end_idx))
    seconds = (count * _WORD_SECONDS for count in lost_words)
    return Comparison(
        result.substitutions + result.deletions + result.insertions,
        len(reference),
        tuple(length for length in seconds if length > _LONG_SECONDS),
        frozenset(wrong),
        tuple(pairs),
    )


def words_of(text: str) -> list[str]:
    """Return the words of `text` as they are compared, without those of mere punctuation."""
    return [word for word in map(normalised, tokens_of(text)) if any(map(str.isalnum, word))]


def time_errors(
    known: Sequence[TimedText], heard: Sequence[Word]
) -> tuple[list[float], list[float]]:
    """Return by how many milliseconds starts and ends are off, for words found near their time."""
    starts, ends = [], []
    for word in known:
        same = [
            other
            for other in heard
            if normalised(other.text) == normalised(word.text)
            and abs(other.start / 1000 - word.start) < 1.5
        ]
        if same:
            nearest = min(same, key=lambda other: abs(other.start / 1000 - word.start))
            starts.append(abs(nearest.start - 1000 * word.start))
            ends.append(abs(nearest.end - 1000 * word.end))
    return starts, ends


def main(arguments: Sequence[str]) -> None:
    """Measure every recording of a folder and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hearing")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--engine", choices=ENGINES, default=FASTER)
    parser.add_argument("--language", default="en")
    parser.add_argument("--check-with", help="a second model; none for none; else as transcribe")
    asked = parser.parse_args(arguments)
    if not asked.folder.is_dir():
        parser.error(f"There is no folder {asked.folder}.")
    table = Table(title=f"{asked.engine}, {Path(asked.model).name}; bare: the engine’s own call")
    for heading in (
        *("recording", "bare wrong", "ours wrong", "lost over 3 s: bare", "ours", "open"),
        *(
            "starts: median, 90 %",
            "ends",
            "redacted: left over 20 ms",
            "speaker wrong",
            "wrong marked",
            "right marked",
        ),
        *("processor seconds: bare", "first hearing", "word times", "over bare"),
        *("besides: finding voices", "heard again", "telling apart", "second model"),
    ):
        table.add_column(heading)
    with tempfile.TemporaryDirectory() as folder:
        home = make_workspace(Path(folder) / "library")
        model = resolve_model(asked.model, home)
        second = _second_model(asked.check_with, model, home)
        measure = _Measure(home, model, asked.engine, asked.language, second)
        for reference in references_in(asked.folder):
            table.add_row(*measure.row(reference))
    Console(width=280).print(table)


def hear_all(
    references: Sequence[Reference], model: str, engine: str = FASTER, language: str = "en"
) -> Iterator[tuple[Reference, Comparison, Comparison]]:
    """Yield each recording with how the bare engine heard it, and how we did."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_workspace(Path(folder) / "library")
        measure = _Measure(home, resolve_model(model, home), engine, language, None)
        for reference in references:
            yield (reference, *measure.compare(reference))


class _Measure:
    """An engine and its bare self, loaded once."""

    def __init__(
        self, home: Workspace, model: Model, engine: str, language: str, second: Model | None
    ) -> None:
        self._home, self._model = home, model
        self._checker = (
            Checker(load_engine(engine, second, home, device="cpu"), second) if second else None
        )
        self._options = TranscriptionOptions(language=language)
        self._engine = load_engine(engine, model, home, device="cpu")
        self._bare = _bare_faster(self._engine) if engine == FASTER else _bare_whisper(self._engine)
        sets = template().questions
        self._questions = load_question_set(sets / "being-heard.yml")

    def compare(self, reference: Reference) -> tuple[Comparison, Comparison]:
        """Compare what the bare engine hears, and what we do, with the reference."""
        speech = _as_speech(decode(reference.recording), self._home.root / "speech.wav")
        # One sound for both: a last bit more or less is a word in fifty heard otherwise.
        samples = speech.read(0, speech.samples)
        known = words_of(reference.text)
        bare = self._bare(samples, self._options.language)
        ours = self._hear(speech, _Spent()).words
        return compare(known, words_of(bare)), compare(known, _compared(ours))

    def row(self, reference: Reference) -> list[str]:
        """Return a recording's row of the table."""
        speech = _as_speech(decode(reference.recording), self._home.root / "speech.wav")
        # One sound for both: a last bit more or less is a word in fifty heard otherwise.
        samples = speech.read(0, speech.samples)
        spent = _Spent()
        bare_text = spent.on("bare", lambda: self._bare(samples, self._options.language))
        transcript = spent.on("ours", lambda: self._hear(speech, spent))
        words = transcript.words
        known = words_of(reference.text)
        bare, ours = compare(known, words_of(bare_text)), compare(known, _compared(words))
        starts, ends = time_errors(reference.words, words)
        return [
            reference.recording.name,
            bare.rate,
            ours.rate,
            " ".join(f"{seconds:.0f}" for seconds in bare.lost),
            " ".join(f"{seconds:.0f}" for seconds in ours.lost),
            str(len(transcript.unheard)),
            _spread(starts),
            _spread(ends),
            _left_of_redacted(speech, words, reference.words),
            self._given_to_the_wrong_person(speech, transcript, reference, spent),
            *_marked(self._checked(speech, transcript, spent), ours),
            *spent.columns(),
        ]

    def _hear(self, speech: Speech, spent: _Spent) -> Transcript:
        folder = self._home.root / "pieces"
        with (
            spent.on_calls(second_hearing, "_heard_in", "again"),
            spent.on_calls(second_hearing, "align_words", "times"),
            spent.on_calls(chunks, "voiced_spans", "voices"),
        ):
            heard = chunks.transcribe(
                speech, folder, self._engine, self._options, self._model.sha256, lambda _: None
            )
        chunks.remove_chunks(folder)
        return Transcript(
            story="cs-222222",
            engine=self._engine.name,
            model=self._model.name,
            model_sha256=self._model.sha256,
            options=self._engine.used_options(self._options),
            audio_sha256="",
            duration=speech.duration,
            words=heard.words,
            segments=heard.segments,
            unheard=heard.unheard,
        )

    def _checked(self, speech: Speech, transcript: Transcript, spent: _Spent) -> Transcript:
        """Return the transcript with what the second model hears otherwise, if there is one."""
        checker = self._checker
        if checker is None:
            return transcript
        folder = self._home.root / "pieces"
        others = spent.on(
            "second", lambda: checker.listen(speech, folder, self._options, lambda _: None)
        )
        chunks.remove_chunks(folder)
        return msgspec.structs.replace(
            transcript,
            options={**transcript.options, CHECKED_WITH: checker.model.name},
            heard_otherwise=other_hearings(transcript.words, others),
        )

    def _given_to_the_wrong_person(
        self, speech: Speech, transcript: Transcript, reference: Reference, spent: _Spent
    ) -> str:
        """Return the share of speech under another label than its speaker’s; empty if unknown."""
        words = transcript.words
        matches = match_questions(words, self._questions)
        model = load_speaker_model()
        if model is not None and words:
            is_question = prompt_words(matches, len(words))
            numbered = spent.on("apart", lambda: tell_apart(model, speech, words, is_question))
            segments = with_voices(words, transcript.segments, numbered.voices)
            transcript = msgspec.structs.replace(transcript, segments=segments)
        speakers = Speakers(contributor="Carer")
        edited = draft_turns(transcript, "0" * 64, self._questions, matches, speakers)
        labelled = [(word, turn.speaker) for turn in edited.turns for word in turn.words]
        errors = measure_speakers(
            [word for word, _ in labelled], [label for _, label in labelled], reference.turns
        )
        return f"{100 * errors.wrong_share:.1f} %" if errors.seconds else ""


class _Spent:
    """Seconds of the processor spent on each kind of work: those of the clock are others' too."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def on(self, kind: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        self.seconds[kind] += time.process_time() - start
        return result

    def on_calls(self, module: Any, name: str, kind: str) -> Any:
        """Return a context in which calls of a module’s function are counted as this kind."""
        work = getattr(module, name)
        return mock.patch.object(module, name, lambda *given: self.on(kind, lambda: work(*given)))

    def columns(self) -> tuple[str, ...]:
        """Return the columns of time.

        Where somebody speaks is looked for so that nothing is lost, and voices are told apart where
        it is: that, and hearing again, is no part of what one hearing costs over the bare engine.
        """
        bare, again, voices = (self.seconds[kind] for kind in ("bare", "again", "voices"))
        hearing = self.seconds["ours"] - again - voices
        over = f"{100 * (hearing / bare - 1):+.1f} %" if bare else ""
        first = hearing - self.seconds["times"]
        figures = [f"{seconds:.1f}" for seconds in (bare, first, self.seconds["times"])]
        apart, second = self.seconds["apart"], self.seconds["second"]
        besides = [f"{seconds:.1f}" for seconds in (voices, again, apart, second)]
        return *figures, over, *besides


def _bare_faster(engine: Any) -> Callable[[Any, str], str]:
    def hear(samples: Any, language: str) -> str:
        segments, _ = engine._model.transcribe(samples, language=language, word_timestamps=True)
        return "".join(segment.text for segment in segments)

    return hear


def _bare_whisper(engine: Any) -> Callable[[Any, str], str]:
    import torch
    import whisper

    def hear(samples: Any, language: str) -> str:
        torch.manual_seed(0)
        return str(
            whisper.transcribe(
                engine._model,
                samples,
                verbose=None,
                language=language,
                beam_size=5,
                word_timestamps=True,
                fp16=False,
            )["text"]
        )

    return hear


def _as_speech(samples: Any, path: Path) -> Speech:
    write_speech(path, samples)
    return open_speech(path)


def _compared(words: Sequence[Word]) -> list[str]:
    # A word of mere punctuation keeps its place, so that the numbers stay those of the words.
    return [normalised(word.text) for word in words]


def _spread(errors: Sequence[float]) -> str:
    if len(errors) < 2:
        return ""
    tenths = quantiles(errors, n=10)
    return f"{tenths[4]:.0f}, {tenths[8]:.0f} ms"


def _left_of_redacted(speech: Speech, words: Sequence[Word], known: Sequence[TimedText]) -> str:
    """Return how many words would be heard for over 20 ms if each was redacted by itself."""
    said = [
        Word(text=word.text, start=round(1000 * word.start), end=round(1000 * word.end))
        for word in known
    ]
    remains = audible_remains(speech, words, said)
    count = len(remains.milliseconds)
    return f"{remains.longer_than(20)} of {count}" if count else "–"


def _marked(transcript: Transcript, compared: Comparison) -> tuple[str, str]:
    """Return the shares of wrong and of right words that lie in a doubtful passage."""
    marked = {
        number
        for passage in low_confidence.low_confidence_passages(transcript)
        for number in range(passage.first, passage.last)
    }
    right = set(range(len(transcript.words))) - compared.wrong
    return _share(compared.wrong & marked, compared.wrong), _share(right & marked, right)


def _second_model(name: str | None, model: Model, home: Workspace) -> Model | None:
    if name is None:
        return quicker_model(model, home)
    return None if name == NO_MODEL else resolve_model(name, home)


def _share(part: Any, whole: Any) -> str:
    return f"{100 * len(part) / len(whole):.0f} %" if whole else ""
