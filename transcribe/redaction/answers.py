"""Answers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from library.core.errors import BadInput, NotFound
from library.core.timecode import clock
from transcribe.editing.inline_markup import NAME_REMOVED
from transcribe.pipeline import speakers_of
from transcribe.redaction.markup_edits import Change, changed
from transcribe.redaction.normalise import folded
from transcribe.redaction.questions import NameAnswer, QuestionRecord, NameQuestion, locate_question
from transcribe.redaction.suggest import Copy, open_questions_of

_AROUND = 9
"""Words shown before and behind a question."""


@dataclass(frozen=True)
class Asking:
    """An open question as it is put to the editor."""

    number: int
    at: int
    """Milliseconds of the recording."""
    before: str
    words: str
    """As they are written; where the text no longer says them, as they were recognised."""
    after: str
    shown: str
    """What would be shown instead."""
    about: str
    """The name it may be, as it is listed; empty where it is in no list."""
    entry: int
    """Its number in the list, or 0."""
    unwritten: bool
    """Whether the words are heard and the text says something else there."""


def askings(copy: Copy) -> list[Asking]:
    """Every open question, in the order of the story."""
    told = [_asking(copy, question) for question in open_questions_of(copy.asked)]
    return sorted((one for one in told if one), key=lambda one: (one.at, one.number))


def _asking(copy: Copy, question: NameQuestion) -> Asking | None:
    listed = copy.listed.names
    entries = (n for n, one in enumerate(listed, start=1) if folded(one.name) == question.about)
    entry = next(entries, 0)
    texts = [one.token.text for one in copy.said]
    if question.unwritten:
        first = bisect_left([one.word.start for one in copy.said], question.start)
        place = range(first, first)
        heard = copy.desk.transcript.words
        words = next((w.text for w in heard if w.start == question.start), question.said)
        shown = listed[entry - 1].replacement if entry else ""
    else:
        found = locate_question(question, copy.said, set())
        if found is None:
            return None
        place = found
        words = " ".join(texts[place.start : place.stop])
        mark = copy.said[place.start].token.question
        shown = (mark.replacement or NAME_REMOVED) if mark else ""
    return Asking(
        number=question.number,
        at=question.start if question.unwritten else copy.said[place.start].word.start,
        before=" ".join(texts[max(0, place.start - _AROUND) : place.start]),
        words=words,
        after=" ".join(texts[place.stop : place.stop + _AROUND]),
        shown=shown,
        about=listed[entry - 1].name if entry else "",
        entry=entry,
        unwritten=question.unwritten,
    )


def alike(copy: Copy, number: int) -> list[int]:
    """The open questions about the same words, this one among them."""
    one = find(copy, number)
    return [
        other.number
        for other in open_questions_of(copy.asked)
        if (other.said, other.about) == (one.said, one.about)
    ]


def find(copy: Copy, number: int) -> NameQuestion:
    """Raises NotFound where no such question is open."""
    found = [one for one in open_questions_of(copy.asked) if one.number == number]
    if not found:
        raise NotFound(
            f"There is no open question {number} about names.",
            f"See those that are open: carer-stories redact list {copy.desk.task.story.id}",
        )
    return found[0]


def answered(
    copy: Copy, numbers: Sequence[int], *, name: bool, shown: str | None = None
) -> tuple[str, QuestionRecord]:
    """The text and what was asked, after these questions are answered. Pure.

    Raises NotFound for a question that is not open, and BadInput where the text says something
    else than is heard: then only the editor can write the mark.
    """
    changes, questions = [], {one.number: one for one in copy.asked.questions}
    for number in numbers:
        question = find(copy, number)
        if question.unwritten and name:
            raise BadInput(
                f"At {clock(question.start)} the text does not say what is heard there: there is "
                "nothing to put into brackets.",
                "Write the name back where it is said, as [[name|shown]], with: carer-stories edit "
                f"{copy.desk.task.story.id}",
            )
        place = None if question.unwritten else locate_question(question, copy.said, set())
        if place is not None:
            mark = copy.said[place.start].token.question
            instead = shown if shown is not None else (mark.replacement if mark else "")
            changes.append(Change(place.start, place.stop, instead, plain=not name))
        answer = NameAnswer.HIDDEN if name else NameAnswer.NO
        questions[number] = msgspec.structs.replace(question, answer=answer)
    waiting = copy.desk.task
    text = changed(
        copy.text,
        copy.placed.copy,
        changes,
        names_round=copy.placed.copy.names_round,
        story=waiting.story.id,
        questions=waiting.questions,
        speakers=speakers_of(waiting.story),
    )
    return text, msgspec.structs.replace(copy.asked, questions=tuple(questions.values()))
