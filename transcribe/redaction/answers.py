"""Answer questions about names: the mark in the copy becomes a redaction, or goes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from library.core.errors import BadInput, NotFound
from library.core.timecode import clock
from transcribe.editing.inline_markup import NAME_REMOVED
from transcribe.pipeline import speakers_of
from transcribe.redaction.markup_edits import MarkChange, apply_changes
from transcribe.redaction.may_be_said import add_to_may_be_said
from transcribe.redaction.name_list import load_names
from transcribe.redaction.normalise import folded
from transcribe.redaction.possible_names import PossibleName
from transcribe.redaction.questions import NameAnswer, NameQuestion, QuestionRecord, locate_question
from transcribe.redaction.suggest import CopyUnderReview, hide_name, open_questions
from transcribe.redaction.unlisted_names import with_answer

_CONTEXT_WORDS = 9  # shown before and after the words of a question


@dataclass(frozen=True)
class QuestionView:
    """An open question as it is put to the editor."""

    number: int
    at: int
    """Milliseconds of the recording."""
    before: str
    words: str
    """As they are written; where the text no longer says them, as they were recognised."""
    after: str
    replacement: str
    """Replacement that would be shown."""
    name: str
    """The name it may be, as it is listed; empty where it is in no list."""
    entry_number: int
    """Its number in the list, or 0."""
    is_spoken_only: bool
    """True if the words are heard and the text says something else there."""
    span: range
    """Numbers of its words in the copy; empty where the text no longer says them."""


def question_views(copy: CopyUnderReview) -> list[QuestionView]:
    """Return every open question, in the order of the story."""
    texts = [name.token.text for name in copy.words]
    views = [_question_view(copy, question, texts) for question in open_questions(copy.record)]
    return sorted((view for view in views if view), key=lambda view: (view.at, view.number))


def _question_view(
    copy: CopyUnderReview, question: NameQuestion, texts: Sequence[str]
) -> QuestionView | None:
    names = copy.names.names
    entries = (n for n, word in enumerate(names, start=1) if folded(word.name) == question.about)
    entry_number = next(entries, 0)
    if question.is_spoken_only:
        first = bisect_left([word.word.start for word in copy.words], question.start)
        span = range(first, first)
        heard = copy.session.transcript.words
        words = next((w.text for w in heard if w.start == question.start), question.said)
        replacement = names[entry_number - 1].replacement if entry_number else ""
    else:
        # Found anew each time: the editor may have typed before it.
        located = locate_question(question, copy.words, set())
        # The words are gone from the text: there is nothing left to ask.
        if located is None:
            return None
        span = located
        words = " ".join(texts[span.start : span.stop])
        mark = copy.words[span.start].token.question
        replacement = (mark.replacement or NAME_REMOVED) if mark else ""
    return QuestionView(
        number=question.number,
        at=question.start if question.is_spoken_only else copy.words[span.start].word.start,
        before=" ".join(texts[max(0, span.start - _CONTEXT_WORDS) : span.start]),
        words=words,
        after=" ".join(texts[span.stop : span.stop + _CONTEXT_WORDS]),
        replacement=replacement,
        name=names[entry_number - 1].name if entry_number else "",
        entry_number=entry_number,
        is_spoken_only=question.is_spoken_only,
        span=span,
    )


def same_questions(copy: CopyUnderReview, number: int) -> list[int]:
    """Return the open questions about the same words, this one among them."""
    question = open_question(copy, number)
    return [
        other.number
        for other in open_questions(copy.record)
        if (other.said, other.about) == (question.said, question.about)
    ]


def open_question(copy: CopyUnderReview, number: int) -> NameQuestion:
    """Raises NotFound where no such question is open."""
    questions = [question for question in open_questions(copy.record) if question.number == number]
    if not questions:
        raise NotFound(
            f"There is no open question {number} about names.",
            f"See those that are open: carer-stories redact list {copy.session.task.story.id}",
        )
    return questions[0]


def hide_possible_name(
    copy: CopyUnderReview, name: PossibleName, shown: str
) -> tuple[CopyUnderReview, str, QuestionRecord]:
    """Put a name that nobody listed on the list, and mark it wherever it is said or shown.

    Returns the copy with that list, which is written, and the text and record that are not.
    """
    result = hide_name(copy, name, shown)
    return replace(copy, names=load_names(copy.folder)), result.text, result.record


def let_be_heard(copy: CopyUnderReview, name: PossibleName, *, everywhere: bool) -> QuestionRecord:
    """Return the record in which a name may be heard; the list of every story’s is written."""
    if everywhere:
        add_to_may_be_said(copy.session.task.workspace, name.words)
    return with_answer(copy.record, name, NameAnswer.NO)


def answer_questions(
    copy: CopyUnderReview, numbers: Sequence[int], *, is_name: bool, replacement: str | None = None
) -> tuple[str, QuestionRecord]:
    """The text and what was asked, after these questions are answered. Pure.

    Raises NotFound for a question that is not open, and BadInput where the text says something
    else than is heard: then only the editor can write the mark.
    """
    changes, questions = [], {question.number: question for question in copy.record.questions}
    for number in numbers:
        question = open_question(copy, number)
        # A bracket needs words, and the text has others there.
        if question.is_spoken_only and is_name:
            raise BadInput(
                f"At {clock(question.start)} the text does not say what is heard there: there is "
                "nothing to put into brackets.",
                "Write the name back where it is said, as [[name|shown]], with: carer-stories edit "
                f"{copy.session.task.story.id}",
            )
        span = None if question.is_spoken_only else locate_question(question, copy.words, set())
        if span is not None:
            mark = copy.words[span.start].token.question
            new_replacement = (
                replacement if replacement is not None else (mark.replacement if mark else "")
            )
            changes.append(
                MarkChange(span.start, span.stop, new_replacement, removes_mark=not is_name)
            )
        answer = NameAnswer.HIDDEN if is_name else NameAnswer.NO
        questions[number] = msgspec.structs.replace(question, answer=answer)
    task = copy.session.task
    text = apply_changes(
        copy.text,
        copy.aligned.copy,
        changes,
        question_round=copy.aligned.copy.question_round,
        story=task.story.id,
        questions=task.questions,
        speakers=speakers_of(task.story),
    )
    return text, msgspec.structs.replace(copy.record, questions=tuple(questions.values()))
