"""Record of the questions about names and the editor's answers, so that nothing is asked twice.

It is `names-asked.json` in the story's folder, private. A question is known by its words and by
when they are said: the same word said elsewhere is another question.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from library.core import struct_file
from library.core.workspace import StoryFolder
from transcribe.editing.inline_markup import CopyWord
from transcribe.redaction.normalise import folded_word
from transcribe.words import Word

TIME_TOLERANCE_MS = 1_500
"""Milliseconds by which the times of the same words may differ: words that an editor typed have no
times of their own and share out those of the words they replace."""


class NameAnswer(StrEnum):
    """State of a mark that was written into the copy. The words are part of the file."""

    OPEN = "open"
    NO = "no"
    """The editor said that it is no name."""
    HIDDEN = "hidden"
    """It was written as a redaction, or made one."""
    UNDONE = "undone"
    """It was a redaction and the editor took the brackets away: it is to be asked about once."""
    AGAIN = "again"
    """It is asked about after that."""

    @property
    def is_open(self) -> bool:
        return self in (NameAnswer.OPEN, NameAnswer.AGAIN)


class NameQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about words of the copy, with its answer."""

    number: int
    """Never given twice in a story."""
    start: int
    said: str
    """The folded words."""
    about: str
    """Listed name it may be, folded, or kind of number; empty if an editor wrote the mark."""
    round: int
    answer: NameAnswer
    is_spoken_only: bool = msgspec.field(default=False, name="unwritten")
    """True if it is heard and the text says something else there: no mark can stand for it."""


class AskedName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question about a name that nobody listed, for all the places where a story says it."""

    number: int
    """Never given twice in a story, nor to a question of the other kind."""
    said: str
    """The folded words of its longest form, with spaces between."""
    parts: tuple[str, ...] = ()
    """Every form by which it may be said: the answer holds for each."""
    answer: NameAnswer


class QuestionRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Contents of `names-asked.json`."""

    schema: int = 1
    round: int = 0
    """Number of times that marks were written."""
    last_number: int = msgspec.field(default=0, name="last")
    """The highest number given to a question so far."""
    questions: tuple[NameQuestion, ...] = ()
    names: tuple[AskedName, ...] = ()
    """Names that nobody listed; those that are worked out and not asked yet are not in it."""


@dataclass(frozen=True)
class TimedWord:
    """A word of the editor's copy, with its time and the number of its paragraph."""

    token: CopyWord
    word: Word
    paragraph: int
    speaker: str = ""
    """The label of its paragraph; empty where nobody is told apart."""

    @property
    def folded(self) -> str:
        return folded_word(self.token.text)


def load_questions(folder: StoryFolder) -> QuestionRecord:
    """Return the story's record, an empty one if nothing was asked. Raises Damaged, DiskFailed."""
    record = struct_file.load_if_present(
        folder.name_questions,
        QuestionRecord,
        next_step="Move it away: what was answered is then asked again by "
        f"carer-stories redact suggest {folder.root.name}",
    )
    return record or QuestionRecord()


def with_answers_in_text(
    record: QuestionRecord, words: Sequence[TimedWord], known_round: int
) -> QuestionRecord:
    """Return the record with the answers that the editor gave in the text.

    `known_round` is the round up to which the text has the questions: a text that was open in
    another window before they were written, and saved after, answers none of them.
    """
    questions: list[NameQuestion] = []
    taken_words: set[int] = set()
    for question in record.questions:
        if question.is_spoken_only:
            questions.append(question)
            continue
        span = locate_question(question, words, taken_words)
        answer = question.answer
        if span is not None:
            taken_words.update(span)
            answer = _answer_in_text(question, [words[at].token for at in span], known_round)
        # A no is kept without its words: they may come back when text is restored.
        if span is not None or answer is NameAnswer.NO:
            questions.append(msgspec.structs.replace(question, answer=answer))
    last_number = record.last_number
    for span in open_marks(words):
        if taken_words.isdisjoint(span):
            last_number += 1
            questions.append(question_of_mark(words, span, last_number, record.round))
    return msgspec.structs.replace(record, questions=tuple(questions), last_number=last_number)


def _answer_in_text(
    question: NameQuestion, tokens: Sequence[CopyWord], known_round: int
) -> NameAnswer:
    if any(token.question is not None for token in tokens):
        was_undone = question.answer in (NameAnswer.UNDONE, NameAnswer.AGAIN)
        return NameAnswer.AGAIN if was_undone else NameAnswer.OPEN
    if not any(token.is_kept for token in tokens):
        return NameAnswer.HIDDEN
    # A text saved from another window never had the mark, so its absence is no answer.
    if question.answer is NameAnswer.NO or known_round < question.round:
        return question.answer
    if question.answer is NameAnswer.HIDDEN:
        return NameAnswer.UNDONE
    return NameAnswer.NO if question.answer.is_open else question.answer


def question_of_mark(
    words: Sequence[TimedWord], span: range, number: int, round_: int
) -> NameQuestion:
    """Return the question of a mark that somebody wrote by hand."""
    return NameQuestion(
        number=number,
        start=words[span.start].word.start,
        said=joined_words(words, span),
        about="",
        round=round_,
        answer=NameAnswer.OPEN,
    )


def open_marks(words: Sequence[TimedWord]) -> Iterator[range]:
    """Yield the words of each question that stands in the copy."""
    first = 0
    while first < len(words):
        question = words[first].token.question
        last = first + 1
        if question is not None:
            while last < len(words) and words[last].token.question is question:
                last += 1
            yield range(first, last)
        first = last


def joined_words(words: Sequence[TimedWord], span: range) -> str:
    return "".join(words[at].folded for at in span)


def locate_question(
    question: NameQuestion, words: Sequence[TimedWord], taken_words: set[int]
) -> range | None:
    """Return the words that a question is about: the same words, said at about the same time.

    `words` are in the order in which they are said.
    """
    best: tuple[int, range] | None = None
    earliest = question.start - TIME_TOLERANCE_MS
    for first in range(bisect_left(words, earliest, key=_start_of), len(words)):
        word = words[first]
        offset = abs(word.word.start - question.start)
        if word.word.start > question.start + TIME_TOLERANCE_MS:
            break
        if not word.folded or first in taken_words:
            continue
        span = _same_words(question.said, words, first)
        # The nearest in time: the same word may be said twice within the tolerance.
        if span and taken_words.isdisjoint(span) and (best is None or offset < best[0]):
            best = offset, span
    return best[1] if best else None


def _start_of(word: TimedWord) -> int:
    return word.word.start


def _same_words(folded: str, words: Sequence[TimedWord], first: int) -> range | None:
    text = ""
    for last in range(first, len(words)):
        text += words[last].folded
        if text == folded:
            return range(first, last + 1)
        if not folded.startswith(text):
            return None
    return None
