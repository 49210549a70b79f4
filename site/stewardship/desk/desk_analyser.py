"""Analyses of a story's text for the desk, made for one text after the other.

To look for names that nobody listed, and to measure the sound for the film's cuts, takes seconds in
a long story. A text is analysed at once with what is known of them from the text before; then
`analyse_fully` brings both up to date.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from capture.media.sound.film_excerpt import ExcerptSound, film_excerpt
from capture.media.speech import SPEECH_RATE, open_speech
from capture.media.timeline import Shot, Timeline
from films.audio import loudness_meter, voice_key
from films.checked_redactions import read_checked
from films.edit_plan import LoudnessAt
from films.film_spec import read_choices
from library.core.errors import BadInput, CarerStoriesError, NotFound
from library.core.settings import load_settings
from library.core.workspace import StoryFolder, Workspace
from stewardship.desk.analysis import (
    AnalysisSummary,
    CaptionOnDesk,
    ParagraphOnDesk,
    ReadText,
    TextFinding,
    analyse,
    read_text,
)
from stewardship.desk.doubts import Doubt, GivenAnswer, OpenDoubt, open_doubts
from stewardship.desk.film_plan import FilmPlan, FilmSound, PlannedSpan, film_timeline, plan_of
from stewardship.desk.word_positions import WordPositions
from transcribe.edit_service import EditSession, open_edit_session
from transcribe.editing.inline_markup import CopyWord
from transcribe.engines.low_confidence import marked_passages
from transcribe.redaction.name_list import load_names
from transcribe.redaction.possible_names import PossibleName
from transcribe.redaction.questions import load_questions, with_answers_in_text
from transcribe.redaction.suggest import (
    CopyUnderReview,
    names_to_ask,
    save_review,
    unmarked_words,
    words_of_copy,
)
from transcribe.words import EditedTranscript


class StoryAnalysis(msgspec.Struct, frozen=True, kw_only=True):
    """The analysis of a text as the page gets it (docs/reference/desk.md)."""

    words: WordPositions
    findings: tuple[TextFinding, ...]
    doubts: tuple[Doubt, ...]
    plan: tuple[PlannedSpan, ...]
    film_sound: FilmSound
    captions: tuple[CaptionOnDesk, ...]
    paragraphs: tuple[ParagraphOnDesk, ...]
    summary: AnalysisSummary
    is_complete: bool
    """False while names that nobody listed, or the exact cuts, are those of an earlier text."""


@dataclass(frozen=True)
class _FoundNames:
    """Names that nobody listed, as they were found in the words of one text."""

    tokens: tuple[str, ...]
    names: tuple[PossibleName, ...]
    unmarked: tuple[int, ...] = ()
    """Words where a name is said that `redact suggest` would mark."""

    def in_words(self, tokens: Sequence[str]) -> _FoundNames:
        """Return the same at their places in words that differ in one stretch."""
        before = _same_at_start(self.tokens, tokens)
        behind = _same_at_end(self.tokens[before:], tokens[before:])
        shift = len(tokens) - len(self.tokens)
        until = len(self.tokens) - behind

        def moved(first: int, last: int) -> tuple[int, int] | None:
            if last <= before:
                return first, last
            return (first + shift, last + shift) if first >= until else None

        kept = []
        for name in self.names:
            places = tuple(span for place in name.places if (span := moved(*place)))
            labels = tuple(span[0] for at in name.labels if (span := moved(at, at + 1)))
            if places or labels:
                kept.append(replace(name, places=places, labels=labels))
        unmarked = tuple(span[0] for at in self.unmarked if (span := moved(at, at + 1)))
        return _FoundNames(tuple(tokens), tuple(kept), unmarked)


class DeskAnalyser:
    """Analyses the texts of one story; called from one thread at a time."""

    def __init__(self, workspace: Workspace, story_id: str) -> None:
        self._workspace = workspace
        self._story_id = story_id
        self._session: EditSession | None = None
        self._session_files: tuple[tuple[int, int], ...] = ()
        self._misheard: dict[int, int] = {}
        self._found = _FoundNames((), ())
        self._loudness: LoudnessAt | None = None
        self._measured_file: tuple[int, int] | None = None
        self._read: tuple[str, ReadText] | None = None

    @property
    def folder(self) -> StoryFolder:
        return self._workspace.story(self._story_id)

    def analyse(self, text: str) -> StoryAnalysis:
        """Analyse a text with what is known by now. Raises as `edit` does but for the text."""
        session, read = self._read_text(text)
        copy = self._copy(session, read)
        return self._analysis(session, read, copy, is_complete=self._is_up_to_date(session, read))

    def analyse_fully(self, text: str) -> StoryAnalysis:
        """Analyse a text with its names looked for anew, and the sound measured."""
        session, read = self._read_text(text)
        copy = self._copy(session, read)
        if copy is not None:
            with _without_collection():
                self._found = _FoundNames(
                    _tokens(copy), tuple(names_to_ask(copy)), tuple(unmarked_words(copy))
                )
        self._measure_sound(session)
        return self._analysis(session, read, copy, is_complete=True)

    def answer(self, text: str, doubt_id: str, key: str, shown: str = "") -> str:
        """Return the text with a doubt answered; an answer about a name is remembered.

        Raises NotFound where the text no longer has that doubt, BadInput for another key.
        """
        session, read = self._read_text(text)
        copy = self._copy(session, read)
        doubts = {each.doubt.id: each for each in self._doubts(read, copy)}
        if doubt_id not in doubts:
            raise NotFound("That is no longer open in the text.", "Go on to the next.")
        answers = {answer.key: answer for answer in doubts[doubt_id].doubt.answers}
        if key not in answers:
            raise BadInput("That is none of the answers.", "Choose one of those that are shown.")
        if answers[key].needs_words and not shown.strip():
            raise BadInput("The words that are shown instead are missing.", "Type them.")
        with _without_collection():
            given = doubts[doubt_id].give(key, shown)
        self._remember(given)
        return given.text

    def is_complete(self, made: StoryAnalysis) -> bool:
        return made.is_complete

    def excerpt(self, text: str, start: int, end: int, *, as_film: bool) -> bytes:
        """Return a stretch of the recording as a WAV, or what the film of a text has of it.

        Raises NotFound without a recording, and BadInput where no film can be made of the text.
        """
        session = self._edit_session()
        if not session.folder.speech.is_file():
            raise NotFound(
                "The sound of this story is not on this computer.",
                f"Bring its recording in: carer-stories capture import {self._story_id} FILE",
            )
        speech = open_speech(session.folder.speech)
        if not as_film:
            fps = 25
            frames = speech.samples * fps // SPEECH_RATE
            return film_excerpt(
                speech, Timeline(fps, (Shot(0, frames),), ()), start, end, ExcerptSound()
            )
        self._measure_sound(session)
        _, read = self._read_text(text)
        edited = read.applied.edited if read.applied else None
        timeline = (
            film_timeline(session, edited, self._loudness) if edited and self._loudness else None
        )
        if timeline is None or edited is None:
            raise BadInput("No film can be made of this text yet.", "Put its problems right first.")
        return film_excerpt(speech, timeline, start, end, _excerpt_sound(session, edited))

    def _remember(self, given: GivenAnswer) -> None:
        if given.record is None or given.copy is None:
            return
        left = max(0, len(self._found.names) - given.names_answered)
        save_review(given.copy, given.text, given.record, possible_names=left, writes_copy=False)

    def _analysis(
        self,
        session: EditSession,
        read: ReadText,
        copy: CopyUnderReview | None,
        *,
        is_complete: bool,
    ) -> StoryAnalysis:
        analysis = analyse(read)
        doubts = tuple(each.doubt for each in self._doubts(read, copy))
        checked = read_checked(session.folder)
        plan: FilmPlan = plan_of(session, read, self._loudness, checked.__contains__)
        return StoryAnalysis(
            words=analysis.words,
            findings=analysis.findings,
            doubts=doubts,
            plan=plan.spans,
            film_sound=plan.sound,
            captions=analysis.captions,
            paragraphs=analysis.paragraphs,
            summary=msgspec.structs.replace(analysis.summary, doubts_left=len(doubts)),
            is_complete=is_complete,
        )

    def _doubts(self, read: ReadText, copy: CopyUnderReview | None) -> list[OpenDoubt]:
        if copy is None:
            return open_doubts(read, None, (), (), self._misheard)
        answered = {name.said for name in copy.record.names if not name.answer.is_open}
        found, tokens = self._found.in_words(_tokens(copy)), copy.tokens
        names = [
            name
            for name in found.names
            if name.said not in answered
            and (name.labels or any(_is_still_said(tokens[slice(*at)]) for at in name.places))
        ]
        unmarked = [at for at in found.unmarked if _is_still_said(tokens[at : at + 1])]
        return open_doubts(read, copy, names, unmarked, self._misheard)

    def _read_text(self, text: str) -> tuple[EditSession, ReadText]:
        session = self._edit_session()
        if self._read is None or self._read[0] != text:
            with _without_collection():
                self._read = text, read_text(session, text)
        return session, self._read[1]

    def _edit_session(self) -> EditSession:
        files = tuple(_stamp(path) for path in (self.folder.transcript, self.folder.session))
        if self._session is None or files != self._session_files:
            self._session = open_edit_session(self._workspace, self._story_id)
            self._session_files = files
            task = self._session.task
            self._misheard = marked_passages(self._session.transcript, task.glossary)
            self._read = None
        return self._session

    def _copy(self, session: EditSession, read: ReadText) -> CopyUnderReview | None:
        """Return the text with its questions about names; None where `edit` would refuse it."""
        if read.aligned is None or read.refusals:
            return None
        words = tuple(words_of_copy(read.aligned))
        try:
            names, record = load_names(session.folder), load_questions(session.folder)
        # A list that cannot be read is told by `redact`, and keeps nobody from correcting.
        except CarerStoriesError:
            return None
        known = with_answers_in_text(record, words, read.aligned.copy.question_round)
        return CopyUnderReview(session, read.text, read.aligned, words, names, known)

    def _is_up_to_date(self, session: EditSession, read: ReadText) -> bool:
        is_measured = self._measured_file == _stamp(session.folder.speech)
        return is_measured and self._found.tokens == tuple(word.text for word in read.words)

    def _measure_sound(self, session: EditSession) -> None:
        stamp = _stamp(session.folder.speech)
        if stamp == self._measured_file:
            return
        try:
            self._loudness = loudness_meter(open_speech(session.folder.speech))
        # Without the sound the cuts are shown as the words have them.
        except CarerStoriesError:
            self._loudness = None
        self._measured_file = stamp


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Collect no garbage meanwhile: among so many new words that takes half of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _tokens(copy: CopyUnderReview) -> tuple[str, ...]:
    return tuple(token.text for token in copy.tokens)


def _excerpt_sound(session: EditSession, edited: EditedTranscript) -> ExcerptSound:
    settings = load_settings(session.task.workspace).film
    choices = read_choices(session.folder)
    is_disguised = choices.voice == "disguised"
    return ExcerptSound(
        tuple((redaction.start, redaction.end) for redaction in edited.redactions),
        settings.redactions,
        voice_key(session.folder) if is_disguised else None,
        choices.disguise_method,
    )


def _is_still_said(words: Sequence[CopyWord]) -> bool:
    """Return False for a name that was hidden, or asked about, since it was found."""
    return all(word.is_kept and word.question is None for word in words)


def _same_at_start(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = zip(old, new, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _same_at_end(old: Sequence[str], new: Sequence[str]) -> int:
    return _same_at_start(old[::-1], new[::-1])


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size
