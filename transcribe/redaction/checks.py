"""Checks that hidden names are neither shown nor heard, for approval, films and the built site.

The words that captions, page and film are made of (`edited.json`) are looked over anew each time:
nothing depends on whether somebody ran `suggest`, or changed the list or the text since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from capture.recording.session_markers import read_session
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError
from library.core.timecode import clock
from library.core.workspace import StoryFolder, Workspace
from transcribe.editing.apply_edits import AlignedCopy, align_copy
from transcribe.editing.inline_markup import CopyWord, RedactionMark
from transcribe.editing.read_editors_copy import read_editors_copy_text
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.speaker_turns import CARER, INTERVIEWER, Speakers
from transcribe.redaction.detect import (
    NameFinding,
    applied_words,
    find_names,
    find_spoken_only,
    is_dismissed,
    redaction_marks,
    remaining_words,
)
from transcribe.redaction.label_names import labels_of, replaced_labels
from transcribe.redaction.name_list import NameList, load_names
from transcribe.redaction.questions import (
    NameAnswer,
    QuestionRecord,
    TimedWord,
    load_questions,
    locate_question,
    with_answers_in_text,
)
from transcribe.redaction.suggest import open_copy, words_of_copy
from transcribe.redaction.unlisted_names import names_in_words, unanswered_in_applied
from transcribe.words import (
    EditedTranscript,
    Span,
    Transcript,
    Word,
    read_edited,
    read_transcript,
)

_MAX_TIMES_SHOWN = 8


def name_problems(folder: StoryFolder) -> list[str]:
    """Return what keeps a story from being approved on account of names: a sentence each.

    Never raises: what cannot be read is a sentence as well. A story without a list is looked over
    for numbers, addresses and birthdays, and for the names that its own redactions hide. No
    sentence holds a name.
    """
    if not folder.transcript.is_file() or not folder.edited.is_file():
        return []
    try:
        return list(_name_problems(folder))
    # Fails closed: what cannot be checked keeps the story from being approved.
    except CarerStoriesError as error:
        return [f"Names could not be checked: {error.what}"]


def _name_problems(folder: StoryFolder) -> Iterator[str]:
    story = folder.root.name
    transcript, edited = read_transcript(folder.transcript), read_edited(folder.edited)
    names, record = load_names(folder), load_questions(folder)
    words: list[TimedWord] = []
    try:
        words, known_round = _words_of_copy(folder, transcript, edited)
        record = with_answers_in_text(record, words, known_round)
    # A fault in the copy does not hide what the applied words show.
    except BadInput as refused:
        yield f"The editor’s copy cannot be read as it stands. {refused.what}"
    open_times = [question.start for question in record.questions if question.answer.is_open]
    if open_times:
        yield (
            f"Nobody has said yet whether a name is said at {_list_times(open_times)}: "
            f"carer-stories redact review {story}"
        )
    findings = _findings_in_applied(edited, names, record, redaction_marks(words))
    removed = {word.word.start for word in words if not word.token.is_kept}
    yield from _finding_sentences(findings, removed, story)
    yield from _spoken_only_sentences(transcript, edited, names, record, story, open_times)


def unlisted_name_problems(
    workspace: Workspace, folder: StoryFolder, contributor_label: str
) -> list[str]:
    """Return a sentence where words may be names that nobody listed, and none has answered.

    Never raises, and holds no name. `contributor_label` is the name under which it is told.
    """
    if not folder.transcript.is_file() or not folder.edited.is_file():
        return []
    try:
        edited = read_edited(folder.edited)
        names = unanswered_in_applied(workspace, folder, edited, contributor_label)
        shown = list(_label_sentences(folder, edited, contributor_label))
    except CarerStoriesError as error:
        return [f"Names that nobody listed could not be looked for: {error.what}"]
    if not names:
        return shown
    words = [word for turn in edited.turns for word in turn.words]
    times = [words[name.first_word].start for name in names]
    they = "it" if len(names) == 1 else "they"
    return [
        *shown,
        f"{counted(len(names), 'word')} may be {names_in_words(len(names))} (first said at "
        f"{_list_times(times)}), and nobody has said yet whether {they} may be heard.",
    ]


def _label_sentences(
    folder: StoryFolder, edited: EditedTranscript, contributor_label: str
) -> Iterator[str]:
    """Yield a sentence where a listed name is shown as that of somebody who speaks."""
    words = list(applied_words(edited))
    labels = replaced_labels(words, load_names(folder), contributor_label)
    times = [
        words[first].word.start
        for label, places in labels_of(words, contributor_label).items()
        if label in labels
        for first in places
    ]
    if times:
        yield (
            f"A name of the private list is shown before what is said at {_list_times(times)}: "
            f"carer-stories redact suggest {folder.root.name}"
        )


def label_problems(folder: StoryFolder, contributor_label: str) -> list[str]:
    """Return a sentence where a listed name is shown as that of somebody who speaks.

    `contributor_label` is the contributor’s own label. Never raises, and holds no name.
    """
    if not folder.edited.is_file():
        return []
    try:
        return list(_label_sentences(folder, read_edited(folder.edited), contributor_label))
    except CarerStoriesError as error:
        return [f"Names of those who speak could not be checked: {error.what}"]


def _words_of_copy(
    folder: StoryFolder, transcript: Transcript, edited: EditedTranscript
) -> tuple[list[TimedWord], int]:
    """Return the words of the editor’s copy, and the round up to which it has the questions."""
    names = dict.fromkeys(turn.speaker for turn in edited.turns)
    contributor = next((name for name in names if name != INTERVIEWER), CARER)
    questions = read_session(folder.session).question_set
    aligned: AlignedCopy = align_copy(
        transcript,
        read_editors_copy_text(folder.editors_copy),
        questions,
        Speakers(contributor=contributor),
        RecordingSound.of_story(folder, transcript.duration),
    )
    return list(words_of_copy(aligned)), aligned.copy.question_round


def _findings_in_applied(
    edited: EditedTranscript,
    names: NameList,
    record: QuestionRecord,
    marks: Sequence[RedactionMark],
) -> list[NameFinding]:
    """Return what is found in the applied words and is no open question."""
    applied = list(applied_words(edited))
    findings = find_names(applied, names, record, marks)
    open_words: set[int] = set()
    for question in record.questions:
        if question.answer.is_open and not question.is_spoken_only:
            open_words.update(locate_question(question, applied, set()) or ())
    return [find for find in findings if open_words.isdisjoint(find.word_numbers)]


def _finding_sentences(
    findings: Sequence[NameFinding], removed: set[int], story: str
) -> Iterator[str]:
    numbered = sorted(
        ((_sentence_number(find, removed), find) for find in findings), key=lambda pair: pair[0]
    )
    for number, group in groupby(numbered, key=lambda pair: pair[0]):
        times = _list_times([find.start for _, find in group])
        yield _SENTENCES[number].format(times=times, story=story)


def _sentence_number(finding: NameFinding, removed: set[int]) -> int:
    if finding.start in removed or finding.earlier_answer is NameAnswer.HIDDEN:
        return 0
    if finding.hit.is_sure and finding.hit.entry_number:
        return 1
    return 2 if finding.hit.is_sure else 3


_SENTENCES = (
    "What the editor’s copy takes out at {times} is not applied yet: carer-stories edit {story}",
    "A name of the private list is still heard at {times}: carer-stories redact suggest {story}",
    "A number or an address is still heard at {times}: carer-stories redact suggest {story}",
    "What may be a name that must not be heard was not asked about, at {times}: "
    "carer-stories redact suggest {story}",
)


def _spoken_only_sentences(
    transcript: Transcript,
    edited: EditedTranscript,
    names: NameList,
    record: QuestionRecord,
    story: str,
    open_times: Sequence[int],
) -> Iterator[str]:
    applied = list(applied_words(edited))
    redactions = (Span(start=each.start, end=each.end) for each in edited.redactions)
    taken_out = [*edited.cuts, *redactions]
    spoken_only = find_spoken_only(transcript, names, remaining_words(applied), taken_out, record)
    times = [name.start for name in spoken_only if name.start not in open_times]
    if times:
        yield (
            f"A name of the private list is heard at {_list_times(times)}, where the text says "
            f"something else: carer-stories redact suggest {story}"
        )


def _list_times(moments: Sequence[int]) -> str:
    times = list(dict.fromkeys(map(clock, sorted(moments))))
    more = (
        f" and {counted(len(times) - _MAX_TIMES_SHOWN, 'more place')}"
        if len(times) > _MAX_TIMES_SHOWN
        else ""
    )
    return ", ".join(times[:_MAX_TIMES_SHOWN]) + more


_ELLIPSIS = "…"


@dataclass(frozen=True)
class RecognisedName:
    """Recognised words `first` up to, not including, `last`, that are or may be a name."""

    first: int
    last: int
    is_sure: bool
    entry_number: int
    """Its number in the private list, from 1; 0 if the editor redacted it by hand, or if it is a
    number or an address."""


def names_recognised(
    workspace: Workspace, story_id: str, words: Sequence[Word], silenced: Sequence[Span]
) -> tuple[RecognisedName, ...]:
    """Return what is listed, or was redacted by hand, among recognised `words`, in order.

    `words` have their times on the recording’s clock, for what the editor answered about a moment
    holds here too. `silenced` are the redacted spans: no name goes on across one. What is in no
    list is never sure. Raises BadInput for a list or an editor’s copy that cannot be read.
    """
    copy = open_copy(workspace, story_id)
    timed = list(_recognised_words(words, silenced))
    spoken = [at for at, word in enumerate(timed) if word.token.is_kept]
    number_of = {at: number for number, at in enumerate(spoken)}
    findings = find_names(timed, copy.names, copy.record, redaction_marks(copy.words))
    return tuple(
        RecognisedName(
            number_of[find.word_numbers[0]],
            number_of[find.word_numbers[-1]] + 1,
            find.hit.is_sure and bool(find.hit.entry_number),
            find.hit.entry_number,
        )
        for find in findings
        if not is_dismissed(
            "".join(timed[number].folded for number in find.word_numbers),
            find.hit.key,
            find.start,
            copy.record,
        )
    )


def _recognised_words(words: Sequence[Word], silenced: Sequence[Span]) -> Iterator[TimedWord]:
    """Yield the words, with something hidden wherever a span lies between two of them."""
    hidden = CopyWord(_ELLIPSIS, redaction=RedactionMark(0, (_ELLIPSIS,)))
    if words:
        yield TimedWord(CopyWord(words[0].text), words[0], 0)
    for before, word in pairwise(words):
        if any(before.start < (span.start + span.end) // 2 < word.end for span in silenced):
            yield TimedWord(hidden, Word(text=_ELLIPSIS, start=word.start, end=word.start), 0)
        yield TimedWord(CopyWord(word.text), word, 0)
