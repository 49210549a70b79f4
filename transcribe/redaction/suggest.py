"""Mark in the editor's copy what must not be heard, and record the questions (`redact suggest`).

Sure findings become redactions, the others questions. Whatever was cut, redacted or answered before
is left alone; a second run finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import msgspec

from library.consent.gate import require_agreement
from library.consent.stories import read_history
from library.core import struct_file
from library.core.workspace import StoryFolder, Workspace
from library.records import transcript_state
from transcribe.edit_service import (
    EditSession,
    ensure_copy,
    is_applied,
    open_edit_session,
    replace_files,
)
from transcribe.editing.apply_edits import AlignedCopy, align_copy, apply_copy
from transcribe.editing.inline_markup import CopyWord
from transcribe.editing.read_editors_copy import read_editors_copy_text
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.remark_hints import open_remark_numbers
from transcribe.pipeline import review_counts_text, speakers_of
from transcribe.redaction.detect import (
    NameFinding,
    SpokenOnlyName,
    find_names,
    find_spoken_only,
    remaining_words,
)
from transcribe.redaction.entities import recogniser_of
from transcribe.redaction.label_names import labels_of, replaced_labels
from transcribe.redaction.markup_edits import MarkChange, apply_changes
from transcribe.redaction.may_be_said import load_may_be_said
from transcribe.redaction.name_list import ListedName, NameList, load_names, save_names
from transcribe.redaction.normalise import folded, is_common
from transcribe.redaction.possible_names import PossibleName
from transcribe.redaction.questions import (
    NameAnswer,
    NameQuestion,
    QuestionRecord,
    TimedWord,
    joined_words,
    load_questions,
    open_marks,
    with_answers_in_text,
)
from transcribe.redaction.text_model import Hit
from transcribe.redaction.unlisted_names import listed_as, unanswered_names, with_answer
from transcribe.words import Span

_MAX_PASSES = 8
"""Passes over a text in which marks are still added. A mark changes which words stand side by side,
so that more may be found; a text that never settles is left after these."""
_SAME_WORDS_TOLERANCE_MS = 100
"""Nobody says a word twice within a tenth of a second, so it is the same word."""


@dataclass(frozen=True)
class CopyUnderReview:
    """A story's editor's copy with its list of names and the questions about it."""

    session: EditSession
    text: str
    aligned: AlignedCopy
    words: tuple[TimedWord, ...]
    names: NameList
    record: QuestionRecord
    """The questions, with the answers that the editor gave in the text."""

    @property
    def folder(self) -> StoryFolder:
        return self.session.folder

    @property
    def tokens(self) -> tuple[CopyWord, ...]:
        return tuple(word.token for word in self.words)


@dataclass(frozen=True)
class Suggestions:
    """Result of looking for names: the text and record to be written, and what is new in them."""

    text: str
    record: QuestionRecord
    redaction_times: tuple[int, ...]
    """Milliseconds at which each new redaction begins."""
    question_times: tuple[int, ...]
    """Milliseconds at which each new question begins."""
    open_questions: tuple[NameQuestion, ...]
    """All questions without an answer, new and earlier ones."""
    label_times: tuple[int, ...] = ()
    """Milliseconds at which somebody begins to speak whose name is no longer shown."""

    @property
    def has_changes(self) -> bool:
        return bool(self.redaction_times or self.question_times or self.label_times)

    @property
    def spoken_only_times(self) -> tuple[int, ...]:
        """Milliseconds at which a name is heard that the text no longer says."""
        return tuple(question.start for question in self.open_questions if question.is_spoken_only)


def open_copy(workspace: Workspace, story_id: str) -> CopyUnderReview:
    """Open the story's copy and align it with the recording.

    Raises NotFound where it is not transcribed, NotAllowed when withdrawn, and BadInput, with the
    line, for a list or a copy that cannot be read.
    """
    session = open_edit_session(workspace, story_id)
    names = load_names(session.folder)
    text = read_editors_copy_text(ensure_copy(session))
    return read_copy(session, text, names, load_questions(session.folder))


def read_copy(
    session: EditSession, text: str, names: NameList, record: QuestionRecord
) -> CopyUnderReview:
    """Read `text` as the copy of this story. Raises BadInput as `edit` does."""
    task = session.task
    sound = RecordingSound.of_story(session.folder, session.transcript.duration)
    aligned = align_copy(session.transcript, text, task.questions, speakers_of(task.story), sound)
    words = tuple(words_of_copy(aligned))
    return CopyUnderReview(
        session,
        text,
        aligned,
        words,
        names,
        with_answers_in_text(record, words, aligned.copy.question_round),
    )


def words_of_copy(aligned: AlignedCopy) -> Iterator[TimedWord]:
    """Yield the words of a copy with their times."""
    words = iter(aligned.words)
    for number, paragraph in enumerate(aligned.copy.paragraphs):
        for token in paragraph.words:
            yield TimedWord(token, next(words), number, paragraph.speaker)


def suggest_marks(copy: CopyUnderReview) -> Suggestions:
    """Mark everything that is found, until nothing more is. Writes nothing to the disk."""
    suggestions = _suggest_once(copy)
    for _ in range(_MAX_PASSES):
        if not suggestions.has_changes:
            break
        more = _suggest_once(
            read_copy(copy.session, suggestions.text, copy.names, suggestions.record)
        )
        if not more.has_changes:
            break
        suggestions = replace(
            more,
            redaction_times=(*suggestions.redaction_times, *more.redaction_times),
            question_times=(*suggestions.question_times, *more.question_times),
            label_times=(*suggestions.label_times, *more.label_times),
        )
    return suggestions


def unmarked_words(copy: CopyUnderReview) -> list[int]:
    """Return the first word of each place that `suggest_marks` would mark, in order."""
    contributor_label = speakers_of(copy.session.task.story).contributor
    replaced = replaced_labels(copy.words, copy.names, contributor_label)
    shown = labels_of(copy.words, contributor_label)
    places = [first for label in replaced for first in shown.get(label, ())]
    return sorted([*places, *(finding.word_numbers[0] for finding in _unmarked_findings(copy))])


def _unmarked_findings(copy: CopyUnderReview) -> list[NameFinding]:
    return [
        finding
        for finding in find_names(copy.words, copy.names, copy.record)
        if not _is_asked_already(copy, finding)
    ]


def _suggest_once(copy: CopyUnderReview) -> Suggestions:
    findings = _unmarked_findings(copy)
    changes = [change for finding in findings for change in _mark_changes(copy, finding)]
    record = copy.record
    if changes:
        record = msgspec.structs.replace(record, round=record.round + 1)
    contributor_label = speakers_of(copy.session.task.story).contributor
    labels = replaced_labels(copy.words, copy.names, contributor_label)
    text, record = _apply_marks(copy, record, changes, findings, labels)
    record = _with_spoken_only(copy, record)
    starts = {change.first: copy.words[change.first].word.start for change in changes}
    return Suggestions(
        text=text,
        record=record,
        redaction_times=tuple(starts[change.first] for change in changes if not change.is_question),
        question_times=tuple(starts[change.first] for change in changes if change.is_question),
        open_questions=tuple(open_questions(record)),
        label_times=tuple(
            copy.words[first].word.start
            for label, places in labels_of(copy.words, contributor_label).items()
            if label in labels
            for first in places
        ),
    )


def save_review(
    copy: CopyUnderReview,
    text: str,
    record: QuestionRecord,
    *,
    possible_names: int | None = None,
    writes_copy: bool = True,
) -> None:
    """Write the copy and the record of questions, both or neither.

    `possible_names` is how many names nobody has answered for, where that is known: to look for
    them takes a while. Without `writes_copy` the text is for somebody else to write.

    The count of open questions is written first, the record next and the copy last: a process
    killed in between leaves marks to be made, which the same command makes and counts again.

    Raises NotAllowed where the story was withdrawn meanwhile, NoRoom or DiskFailed.
    """
    task, folder = copy.session.task, copy.folder
    # Asked again: an editor may take hours, and a withdrawal comes in between.
    require_agreement(read_history(task.workspace, task.story.id))
    texts = {}
    before = transcript_state.read_review_counts(folder.review_counts)
    if before is not None:
        count = len(list(open_questions(record)))
        texts[folder.review_counts] = review_counts_text(
            copy.session.transcript,
            before.unsure,
            count,
            possible_names=_possible_names_left(copy, text, record)
            if possible_names is None
            else possible_names,
            unheard=before.unheard,
            contributor_remarks=len(open_remark_numbers(text)),
            copy_fingerprint=_applied_fingerprint(copy, text, before.copy_fingerprint),
        )
    texts[folder.name_questions] = struct_file.encode(record).decode()
    # An unchanged copy is not written: another program may have it open.
    if text != copy.text and writes_copy:
        texts[folder.editors_copy] = text
    replace_files(folder.root, texts)


def names_to_ask(copy: CopyUnderReview) -> list[PossibleName]:
    """Return the names that nobody listed and nobody has answered for; places are word numbers.

    Raises BadInput for a list of what may be said that cannot be read.
    """
    task = copy.session.task
    return unanswered_names(
        copy.words,
        copy.names,
        copy.record,
        load_may_be_said(task.workspace).folded,
        contributor_label=speakers_of(task.story).contributor,
        recogniser=recogniser_of(task.workspace),
    )


def _possible_names_left(copy: CopyUnderReview, text: str, record: QuestionRecord) -> int:
    return len(names_to_ask(read_copy(copy.session, text, copy.names, record)))


def hide_name(copy: CopyUnderReview, name: PossibleName, shown: str) -> Suggestions:
    """Put a name on the story’s private list, and mark every place where it is said or shown.

    The list is written; text and record are not. Raises as `save_names`.
    """
    listed = listed_as(name, copy.words, shown)
    names = NameList(names=(*copy.names.names, listed))
    save_names(copy.folder, names)
    record = with_answer(copy.record, name, NameAnswer.HIDDEN)
    copy = replace(copy, names=names, record=record)
    findings = [
        NameFinding(
            tuple(at for at in range(first, last) if copy.words[at].token.is_kept),
            copy.words[first].word.start,
            _hit_of(copy, listed, first, last),
        )
        for first, last in name.places
    ]
    changes = [change for finding in findings for change in _mark_changes(copy, finding)]
    record = msgspec.structs.replace(record, round=record.round + 1)
    text, record = _apply_marks(copy, record, changes, findings)
    return suggest_marks(read_copy(copy.session, text, names, record))


def _hit_of(copy: CopyUnderReview, listed: ListedName, first: int, last: int) -> Hit:
    """Return a place of a name: a question where it is an ordinary word and has no capital."""
    words = [copy.words[at] for at in range(first, last)]
    is_word = all(is_common(word.folded) for word in words)
    is_sure = not is_word or any(word.token.text[:1].isupper() for word in words)
    return Hit(
        first,
        last,
        is_sure=is_sure,
        key=folded(listed.name),
        replacement=listed.replacement,
        entry_number=len(copy.names.names),
    )


def _applied_fingerprint(copy: CopyUnderReview, text: str, before: str) -> str:
    """Return the fingerprint of the copy as it was applied, which `text` takes the place of.

    `text` may differ in nothing that is applied, as where only a question was put.
    """
    was_applied = before == transcript_state.fingerprint_of_copy(copy.text.encode())
    if was_applied and text != copy.text and is_applied(copy.session, text):
        return transcript_state.fingerprint_of_copy(text.encode())
    return before


def open_questions(record: QuestionRecord) -> Iterator[NameQuestion]:
    return (question for question in record.questions if question.answer.is_open)


def _is_asked_already(copy: CopyUnderReview, finding: NameFinding) -> bool:
    """Return True if a question stands there already that a sure finding does not replace."""
    if all(copy.words[at].token.question is None for at in finding.word_numbers):
        return False
    return finding.is_question or not _is_whole_question(copy, finding)


def _is_whole_question(copy: CopyUnderReview, finding: NameFinding) -> bool:
    """Return True if the finding is one question’s words, no more and no less."""
    return any(tuple(span) == finding.word_numbers for span in open_marks(copy.words))


def _mark_changes(copy: CopyUnderReview, finding: NameFinding) -> Iterator[MarkChange]:
    """Yield the marks of a finding: several if a cut or a paragraph lies between its words."""
    for number, (first, last) in enumerate(_unbroken_runs(copy.words, finding.word_numbers)):
        # What is shown instead is said once, not for each part.
        replacement = finding.hit.replacement if number == 0 else "…"
        yield MarkChange(first, last, replacement, finding.is_question)


def _unbroken_runs(
    words: Sequence[TimedWord], word_numbers: Sequence[int]
) -> Iterator[tuple[int, int]]:
    first = word_numbers[0]
    for before, after in zip(word_numbers, [*word_numbers[1:], -1], strict=True):
        is_broken = after != before + 1 or words[after].paragraph != words[before].paragraph
        if is_broken:
            yield first, before + 1
            first = after


def _with_spoken_only(copy: CopyUnderReview, record: QuestionRecord) -> QuestionRecord:
    """Return the record with a question for each name that is heard and no longer written."""
    names = list(_spoken_only_names(copy))
    questions: list[NameQuestion] = []
    for question in record.questions:
        same_names = [
            name for name in names if (name.folded, name.start) == (question.said, question.start)
        ]
        if question.is_spoken_only and question.answer.is_open and not same_names:
            continue
        if question.is_spoken_only:
            names = [name for name in names if name not in same_names]
        questions.append(question)
    last_number = record.last_number
    for name in names:
        last_number += 1
        questions.append(
            NameQuestion(
                number=last_number,
                start=name.start,
                said=name.folded,
                about=name.key,
                round=record.round,
                answer=NameAnswer.OPEN,
                is_spoken_only=True,
            )
        )
    questions.sort(key=lambda question: (question.start, question.number))
    return msgspec.structs.replace(record, questions=tuple(questions), last_number=last_number)


def _spoken_only_names(copy: CopyUnderReview) -> list[SpokenOnlyName]:
    transcript, written = copy.session.transcript, remaining_words(copy.words)
    if not any(find_spoken_only(transcript, copy.names, written, (), copy.record)):
        return []  # this look is quick, working out the cuts is not
    taken_out = _taken_out_spans(copy)
    return list(find_spoken_only(transcript, copy.names, written, taken_out, copy.record))


def _taken_out_spans(copy: CopyUnderReview) -> list[Span]:
    """Return what the copy cuts and redacts, on the recording’s clock."""
    task, session = copy.session.task, copy.session
    speakers = speakers_of(task.story)
    applied = apply_copy(
        session.transcript, session.transcript_sha256, copy.text, task.questions, speakers
    ).edited
    redactions = [
        Span(start=redaction.start, end=redaction.end) for redaction in applied.redactions
    ]
    return [*applied.cuts, *redactions]


def _apply_marks(
    copy: CopyUnderReview,
    record: QuestionRecord,
    changes: Sequence[MarkChange],
    findings: Sequence[NameFinding],
    labels: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, QuestionRecord]:
    """Return the text with the changes, and the record with their questions.

    `labels` are names of those who speak, with what stands in their place.
    """
    if not changes and not labels:
        return copy.text, record
    task = copy.session.task
    text = apply_changes(
        copy.text,
        copy.aligned.copy,
        changes,
        question_round=record.round,
        story=task.story.id,
        questions=task.questions,
        speakers=speakers_of(task.story),
        labels=labels,
    )
    keys = {at: finding.hit.key for finding in findings for at in finding.word_numbers}
    return text, _record_changes(copy, record, changes, keys)


def _record_changes(
    copy: CopyUnderReview,
    record: QuestionRecord,
    changes: Sequence[MarkChange],
    keys: dict[int, str],
) -> QuestionRecord:
    """Return the record with the new marks; one that replaces an earlier mark keeps its number."""
    last_number = record.last_number
    questions = list(record.questions)
    for change in changes:
        words = range(change.first, change.last)
        folded, start = joined_words(copy.words, words), copy.words[change.first].word.start
        earlier = next(
            (
                question
                for question in questions
                if question.said == folded
                and abs(question.start - start) < _SAME_WORDS_TOLERANCE_MS
            ),
            None,
        )
        if earlier is not None:
            questions.remove(earlier)
        else:
            last_number += 1
        questions.append(
            NameQuestion(
                number=earlier.number if earlier else last_number,
                start=start,
                said=folded,
                about=keys[change.first],
                round=record.round,
                answer=_answer_of_change(change, earlier),
            )
        )
    questions.sort(key=lambda question: (question.start, question.number))
    return msgspec.structs.replace(record, last_number=last_number, questions=tuple(questions))


def _answer_of_change(change: MarkChange, earlier: NameQuestion | None) -> NameAnswer:
    if not change.is_question:
        return NameAnswer.HIDDEN
    was_undone = earlier is not None and earlier.answer in (NameAnswer.UNDONE, NameAnswer.AGAIN)
    return NameAnswer.AGAIN if was_undone else NameAnswer.OPEN
