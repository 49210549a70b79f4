"""`redact suggest`: what was found is marked in the editor's copy, and what was asked is kept.

Sure finds become redactions, the others questions. Whatever was cut, redacted or answered before is
left alone; a second run finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from library.consent import read_history
from library.consent.gate import require_agreement
from library.core import struct_file
from library.core.workspace import StoryFolder, Workspace
from library.records import review_counts
from transcribe.edit_service import (
    EditSession,
    ensure_copy,
    open_edit_session,
    read_copy_text,
    replace_files,
)
from transcribe.editing.apply_edits import AlignedCopy, align_copy, apply_copy
from transcribe.editing.inline_markup import CopyWord
from transcribe.pipeline import review_counts_text, speakers_of
from transcribe.redaction.detect import NameFinding, SpokenOnlyName, find_names, find_spoken_only, remaining_words
from transcribe.redaction.markup_edits import Change, changed
from transcribe.redaction.name_list import NameList, load_names
from transcribe.redaction.questions import (
    NameAnswer,
    QuestionRecord,
    NameQuestion,
    TimedWord,
    joined_fold,
    load_questions,
    open_marks,
    with_answers_in_text,
)
from transcribe.words import Span


@dataclass(frozen=True)
class Copy:
    """A story's editor's copy with its list and what was asked about it."""

    desk: EditSession
    text: str
    placed: AlignedCopy
    said: tuple[TimedWord, ...]
    listed: NameList
    asked: QuestionRecord
    """With the answers that the text gives."""

    @property
    def folder(self) -> StoryFolder:
        return self.desk.folder

    @property
    def tokens(self) -> tuple[CopyWord, ...]:
        return tuple(one.token for one in self.said)


@dataclass(frozen=True)
class Suggested:
    """What would be written."""

    text: str
    asked: QuestionRecord
    redacted: tuple[int, ...]
    """When each new redaction begins, in milliseconds."""
    questions: tuple[int, ...]
    """… and each new question."""
    open: tuple[NameQuestion, ...]
    """Every question that is open then."""

    @property
    def changes(self) -> bool:
        return bool(self.redacted or self.questions)

    @property
    def unwritten(self) -> tuple[int, ...]:
        """When a name is heard that the text no longer says."""
        return tuple(one.start for one in self.open if one.unwritten)


def open_copy(workspace: Workspace, story_id: str) -> Copy:
    """The story's copy, read and placed.

    Raises NotFound where it is not transcribed, NotAllowed when withdrawn, and BadInput, with the
    line, for a list or a copy that cannot be read.
    """
    desk = open_edit_session(workspace, story_id)
    listed = load_names(desk.folder)
    text = read_copy_text(ensure_copy(desk))
    return read_copy(desk, text, listed, load_questions(desk.folder))


def read_copy(desk: EditSession, text: str, listed: NameList, asked: QuestionRecord) -> Copy:
    """`text` as the copy of this story. Raises BadInput as `edit` does."""
    waiting = desk.task
    placed = align_copy(desk.transcript, text, waiting.questions, speakers_of(waiting.story))
    said = tuple(said_in(placed))
    return Copy(desk, text, placed, said, listed, with_answers_in_text(asked, said, placed.copy.names_round))


def said_in(placed: AlignedCopy) -> Iterator[TimedWord]:
    """The words of a copy with their times."""
    words = iter(placed.words)
    for number, paragraph in enumerate(placed.copy.paragraphs):
        for token in paragraph.words:
            yield TimedWord(token, next(words), number)


def suggest(copy: Copy) -> Suggested:
    """Mark everything that was found, until nothing more is. Pure: nothing is written."""
    told = _marked(copy)
    for _ in range(_MOST_ROUNDS):
        if not told.changes:
            break
        more = _marked(read_copy(copy.desk, told.text, copy.listed, told.asked))
        if not more.changes:
            break
        told = replace(
            more,
            redacted=(*told.redacted, *more.redacted),
            questions=(*told.questions, *more.questions),
        )
    return told


_MOST_ROUNDS = 8  # a mark makes other windows of what is left


def _marked(copy: Copy) -> Suggested:
    finds = [find for find in find_names(copy.said, copy.listed, copy.asked) if not _is_asked(copy, find)]
    changes = [change for find in finds for change in _changes(copy, find)]
    asked = copy.asked
    if changes:
        asked = msgspec.structs.replace(asked, round=asked.round + 1)
    text, asked = _applied(copy, asked, changes, finds)
    asked = _with_unwritten(copy, asked)
    starts = {change.first: copy.said[change.first].word.start for change in changes}
    return Suggested(
        text=text,
        asked=asked,
        redacted=tuple(starts[one.first] for one in changes if not one.asked),
        questions=tuple(starts[one.first] for one in changes if one.asked),
        open=tuple(open_questions_of(asked)),
    )


def save(copy: Copy, text: str, asked: QuestionRecord) -> None:
    """Write the copy and what was asked, both or neither.

    The count goes first: a process killed in between leaves something for the same command to do,
    and that counts anew. The marks in the copy come after what they are about.

    Raises NotAllowed where the story was withdrawn meanwhile, NoRoom or DiskFailed.
    """
    waiting, folder = copy.desk.task, copy.folder
    require_agreement(read_history(waiting.workspace, waiting.story.id))
    texts = {}
    before = review_counts.read_doubts(folder.doubts)
    if before is not None:
        count = len(list(open_questions_of(asked)))
        texts[folder.doubts] = review_counts_text(copy.desk.transcript, before.unsure, count)
    texts[folder.names_asked] = struct_file.encode(asked).decode()
    if text != copy.text:
        texts[folder.editors_copy] = text
    replace_files(folder.root, texts)


def open_questions_of(asked: QuestionRecord) -> Iterator[NameQuestion]:
    return (one for one in asked.questions if one.answer.is_open)


def _is_asked(copy: Copy, find: NameFinding) -> bool:
    """Whether the question stands there already; a sure find takes a question’s place."""
    marked = [copy.said[at].token.question is not None for at in find.word_numbers]
    return any(marked) and not (not find.is_question and _is_whole(copy, find))


def _is_whole(copy: Copy, find: NameFinding) -> bool:
    """Whether the find is one question’s words, no more and no less."""
    return any(tuple(place) == find.word_numbers for place in open_marks(copy.said))


def _changes(copy: Copy, find: NameFinding) -> Iterator[Change]:
    """The marks of one find: one, or several where a cut or a paragraph lies between its words."""
    for number, (first, last) in enumerate(_stretches(copy.said, find.word_numbers)):
        shown = find.hit.replacement if number == 0 else "…"
        yield Change(first, last, shown, find.is_question)


def _stretches(said: Sequence[TimedWord], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = places[0]
    for before, after in zip(places, [*places[1:], -1], strict=True):
        broken = after != before + 1 or said[after].paragraph != said[before].paragraph
        if broken:
            yield first, before + 1
            first = after


def _with_unwritten(copy: Copy, asked: QuestionRecord) -> QuestionRecord:
    """With a question for each name that is heard and that the text no longer says."""
    found = list(heard_only(copy))
    kept: list[NameQuestion] = []
    for question in asked.questions:
        same = [one for one in found if (one.folded, one.start) == (question.said, question.start)]
        if question.unwritten and question.answer.is_open and not same:
            continue
        if question.unwritten:
            found = [one for one in found if one not in same]
        kept.append(question)
    last = asked.last
    for one in found:
        last += 1
        kept.append(
            NameQuestion(
                number=last,
                start=one.start,
                said=one.folded,
                about=one.key,
                round=asked.round,
                answer=NameAnswer.OPEN,
                unwritten=True,
            )
        )
    kept.sort(key=lambda one: (one.start, one.number))
    return msgspec.structs.replace(asked, questions=tuple(kept), last=last)


def heard_only(copy: Copy) -> list[SpokenOnlyName]:
    """Names that are heard and not written; see `unwritten`."""
    transcript, left = copy.desk.transcript, remaining_words(copy.said)
    if not any(find_spoken_only(transcript, copy.listed, left, (), copy.asked)):
        return []  # working out the cuts takes longer than this look
    out = taken_out(copy)
    return list(find_spoken_only(transcript, copy.listed, left, out, copy.asked))


def taken_out(copy: Copy) -> list[Span]:
    """What the copy cuts and redacts, on the recording’s clock."""
    waiting, desk = copy.desk.task, copy.desk
    speakers = speakers_of(waiting.story)
    applied = apply_copy(
        desk.transcript, desk.transcript_sha256, copy.text, waiting.questions, speakers
    ).edited
    redacted = [Span(start=one.start, end=one.end) for one in applied.redactions]
    return [*applied.cuts, *redacted]


def _applied(
    copy: Copy, asked: QuestionRecord, changes: Sequence[Change], finds: Sequence[NameFinding]
) -> tuple[str, QuestionRecord]:
    """The text with the changes, and the questions with theirs."""
    if not changes:
        return copy.text, asked
    waiting = copy.desk.task
    text = changed(
        copy.text,
        copy.placed.copy,
        changes,
        names_round=asked.round,
        story=waiting.story.id,
        questions=waiting.questions,
        speakers=speakers_of(waiting.story),
    )
    about = {at: find.hit.key for find in finds for at in find.word_numbers}
    return text, _noted(copy, asked, changes, about)


def _noted(copy: Copy, asked: QuestionRecord, changes: Sequence[Change], about: dict[int, str]) -> QuestionRecord:
    """What was asked with the new marks; a mark in the place of an earlier one keeps its number."""
    last = asked.last
    questions = list(asked.questions)
    for change in changes:
        words = range(change.first, change.last)
        said, start = joined_fold(copy.said, words), copy.said[change.first].word.start
        earlier = next(
            (one for one in questions if one.said == said and abs(one.start - start) < _SAME), None
        )
        if earlier is not None:
            questions.remove(earlier)
        else:
            last += 1
        questions.append(
            NameQuestion(
                number=earlier.number if earlier else last,
                start=start,
                said=said,
                about=about[change.first],
                round=asked.round,
                answer=_written(change, earlier),
            )
        )
    questions.sort(key=lambda one: (one.start, one.number))
    return msgspec.structs.replace(asked, last=last, questions=tuple(questions))


def _written(change: Change, earlier: NameQuestion | None) -> NameAnswer:
    if not change.asked:
        return NameAnswer.HIDDEN
    undone = earlier is not None and earlier.answer in (NameAnswer.UNDONE, NameAnswer.AGAIN)
    return NameAnswer.AGAIN if undone else NameAnswer.OPEN


_SAME = 100
"""Milliseconds: the same words so near each other are the same words."""
