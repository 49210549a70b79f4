"""What the editor was asked about names, and answered: kept, so that nothing is asked twice.

`names-asked.json` in the story's folder, private. A question is known by its words and by when they
are said: the same word said elsewhere is another question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from library.core import struct_file
from library.core.workspace import StoryFolder
from transcribe.editing.inline_markup import CopyWord
from transcribe.redaction.normalise import folded_word
from transcribe.words import Word

SAME_MOMENT = 1_500
"""Milliseconds by which the time of the same words may differ: typed words share what there is."""


class Answer(StrEnum):
    """Where a mark that was written stands."""

    OPEN = "open"
    NO = "no"
    """The editor said that it is no name."""
    HIDDEN = "hidden"
    """It was written as a redaction, or made one."""
    UNDONE = "undone"
    """It was a redaction and the editor took the brackets away: it is to be asked about …"""
    AGAIN = "again"
    """… and is."""

    @property
    def is_open(self) -> bool:
        return self in (Answer.OPEN, Answer.AGAIN)


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mark that was written into the copy."""

    number: int
    """Never given twice in a story."""
    start: int
    said: str
    """The folded words."""
    about: str
    """The entry it may be, folded, or the sort of number; empty where an editor wrote the mark."""
    round: int
    answer: Answer
    unwritten: bool = False
    """Whether it is heard and the text says something else there: no mark can stand for it."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`names-asked.json`."""

    schema: int = 1
    round: int = 0
    """How often marks were written."""
    last: int = 0
    """The highest number that was given."""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Said:
    """One word of the editor's copy, with its time and its paragraph."""

    token: CopyWord
    word: Word
    paragraph: int

    @property
    def fold(self) -> str:
        return folded_word(self.token.text)


def load_asked(folder: StoryFolder) -> Asked:
    """Nothing where nobody was asked. Raises Damaged, DiskFailed."""
    asked = struct_file.load_if_present(
        folder.names_asked,
        Asked,
        next_step="Move it away: what was answered is then asked again by carer-stories redact "
        "suggest.",
    )
    return asked or Asked()


def settled(asked: Asked, said: Sequence[Said], seen: int) -> Asked:
    """What was asked, with the answers that the editor gave in the text.

    `seen` is the round up to which the text has the questions: a text that was open in another
    window before they were written, and saved after, answers none of them.
    """
    left: list[Question] = []
    taken: set[int] = set()
    for question in asked.questions:
        if question.unwritten:
            left.append(question)
            continue
        place = locate(question, said, taken)
        answer = question.answer
        if place is not None:
            taken.update(place)
            answer = _answer(question, [said[at].token for at in place], seen)
        if place is not None or answer is Answer.NO:
            left.append(msgspec.structs.replace(question, answer=answer))
    last = asked.last
    for place in open_marks(said):
        if taken.isdisjoint(place):
            last += 1
            left.append(adopted(said, place, last, asked.round))
    return msgspec.structs.replace(asked, questions=tuple(left), last=last)


def _answer(question: Question, tokens: Sequence[CopyWord], seen: int) -> Answer:
    if any(token.question is not None for token in tokens):
        undone = question.answer in (Answer.UNDONE, Answer.AGAIN)
        return Answer.AGAIN if undone else Answer.OPEN
    if not any(token.is_kept for token in tokens):
        return Answer.HIDDEN
    if question.answer is Answer.NO or seen < question.round:
        return question.answer
    if question.answer is Answer.HIDDEN:
        return Answer.UNDONE
    return Answer.NO if question.answer.is_open else question.answer


def adopted(said: Sequence[Said], place: range, number: int, round_: int) -> Question:
    """A mark that somebody wrote by hand."""
    return Question(
        number=number,
        start=said[place.start].word.start,
        said=joined(said, place),
        about="",
        round=round_,
        answer=Answer.OPEN,
    )


def open_marks(said: Sequence[Said]) -> Iterator[range]:
    """The words of each question that stands in the copy."""
    first = 0
    while first < len(said):
        question = said[first].token.question
        last = first + 1
        if question is not None:
            while last < len(said) and said[last].token.question is question:
                last += 1
            yield range(first, last)
        first = last


def joined(said: Sequence[Said], place: range) -> str:
    return "".join(said[at].fold for at in place)


def locate(question: Question, said: Sequence[Said], taken: set[int]) -> range | None:
    """The words of the copy that a question is about: the same words, at about the same time."""
    best: tuple[int, range] | None = None
    for first, one in enumerate(said):
        away = abs(one.word.start - question.start)
        if away > SAME_MOMENT or not one.fold or first in taken:
            continue
        place = _same_words(question.said, said, first)
        if place and taken.isdisjoint(place) and (best is None or away < best[0]):
            best = away, place
    return best[1] if best else None


def _same_words(wanted: str, said: Sequence[Said], first: int) -> range | None:
    text = ""
    for last in range(first, len(said)):
        text += said[last].fold
        if text == wanted:
            return range(first, last + 1)
        if not wanted.startswith(text):
            return None
    return None
