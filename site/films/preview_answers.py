"""Bring in what a contributor answered in a preview: their remarks become marks in the edit.

A remark is made on the film's clock. It belongs after the last word that had begun there by then,
which is looked for in the editor's copy as it is today: each of its words has its time on the
recording's clock, and the film's timeline says where that is heard. The file itself is kept as
evidence for whoever signs off; a yes in it signs nothing.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.media.timeline import Card, Timeline
from films.answers_text import read_answers
from films.timeline import film_word, timeline_of_cut
from library.consent.decisions import require_signable_cut
from library.consent.stories import read_history
from library.core import files, struct_file
from library.core.clock import today
from library.core.errors import Busy, NotAllowed, NotFound
from library.core.files import translate_disk_errors
from library.core.lock import locked
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import CODE_LENGTH
from library.records.ledger import Ledger
from library.records.preview_answers import (
    ANSWERS_ACTION,
    AnswersRecord,
    Landing,
    NumberedRemark,
    PreviewAnswers,
    PreviewRemark,
    ReceivedAnswers,
    answers_file,
    read_answers_record,
)
from library.records.transcript_state import fingerprint_of_copy, read_review_counts
from transcribe.edit_service import EditSession, ensure_copy, open_edit_session, replace_files
from transcribe.editing.apply_edits import AlignedCopy, align_copy
from transcribe.editing.read_editors_copy import read_editors_copy_text
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.remark_hints import hint_with_remarks, open_remark_numbers, remark_hint
from transcribe.pipeline import speakers_of
from transcribe.redaction.hint_edits import last_of_question, with_hints

_ASKED = {
    "cut": "please cut this",
    "name": "not this name",
    "wrong": "this is wrong",
    "good": "this is good",
}
_MAX_LATER_MS = 5_000
"""Beyond the end of a film a moment can only be of another one."""
_LOCK_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class BroughtAnswers:
    """Answers that lie with their story now."""

    answers: PreviewAnswers
    remarks: tuple[NumberedRemark, ...]
    """The new ones, with the word after which each mark stands."""
    is_known: bool = False
    """True for a file that was brought in before: nothing was changed."""
    known_remarks: int = 0
    """Remarks of it that an earlier file had already."""


def bring_in_answers(workspace: Workspace, path: Path, *, role: str) -> BroughtAnswers:
    """Put the remarks of a file of answers into the edit, and keep the file with its story.

    Raises UnreadableAnswers with every fault of the file; NotFound for a story that is not here;
    NotAllowed for another cut than the film has now, or for a story that was taken back; BadInput
    for an editor's copy that cannot be read; Damaged, NoRoom, DiskFailed. Nothing is changed then.
    """
    answers, data = read_answers(path)
    folder = _folder_of(workspace, answers)
    sha256 = hashlib.sha256(data).hexdigest()
    busy = Busy(f"The answers of {answers.story} are being brought in.", "Wait, then try again.")
    with locked(folder.answers_lock, busy=busy, timeout=_LOCK_TIMEOUT_S):
        record = read_answers_record(folder)
        earlier = next((received for received in record.files if received.sha256 == sha256), None)
        if earlier is None:
            cut_hash = require_signable_cut(workspace, answers.story).hash
            _require_same_cut(answers, cut_hash)
            known = {
                remark.remark for received in record.about(cut_hash) for remark in received.remarks
            }
            new = [remark for remark in dict.fromkeys(answers.remarks) if remark not in known]
            received = _write(workspace, folder, record, _File(answers, data, sha256, role), new)
        # Once more where a run was killed before its line was written.
        _log(workspace, answers.story, sha256, role)
    if earlier is not None:
        return BroughtAnswers(answers, earlier.remarks, is_known=True)
    return BroughtAnswers(answers, received.remarks, known_remarks=len(answers.remarks) - len(new))


def open_remarks(folder: StoryFolder) -> frozenset[int]:
    """Return the numbers of remarks whose marks stand in the copy and ask for something."""
    try:
        text = folder.editors_copy.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return open_remark_numbers(text)


def answers_as_json(brought: BroughtAnswers) -> dict[str, object]:
    """Return the object that `site answers --json` prints."""
    answers = brought.answers
    return {
        "story": answers.story,
        "cut": answers.cut,
        "written": answers.written.isoformat(),
        "decision": answers.decision,
        "more": answers.more,
        "known": brought.is_known,
        "remarks": [_remark_as_json(remark) for remark in brought.remarks],
    }


def record_as_json(record: AnswersRecord, open_numbers: frozenset[int]) -> list[dict[str, object]]:
    """Return the list that `site remarks --json` prints: an object for each file."""
    return [
        {
            "brought_in": received.on.isoformat(),
            "cut": received.answers.cut,
            "written": received.answers.written.isoformat(),
            "decision": received.answers.decision,
            "more": received.answers.more,
            "remarks": [
                {**_remark_as_json(remark), "open": remark.number in open_numbers}
                for remark in received.remarks
            ],
        }
        for received in record.files
    ]


def _remark_as_json(numbered: NumberedRemark) -> dict[str, object]:
    remark = numbered.remark
    return {
        "number": numbered.number,
        "at": remark.at,
        "kind": remark.kind,
        "words": remark.words,
        "text": remark.text,
        "landed": numbered.landing,
        "after": numbered.after,
    }


def _folder_of(workspace: Workspace, answers: PreviewAnswers) -> StoryFolder:
    try:
        read_history(workspace, answers.story)
    except NotFound:
        raise NotFound(
            f"These answers are about {answers.story}, and there is no such story here.",
            "See the stories of this library: carer-stories story list",
        ) from None
    return workspace.story(answers.story)


def _require_same_cut(answers: PreviewAnswers, cut_hash: str) -> None:
    if answers.cut == cut_hash:
        return
    theirs, ours = spaced_code(answers.cut), spaced_code(cut_hash)
    raise NotAllowed(
        f"These answers are about version {theirs} of {answers.story}, and its film is version "
        f"{ours} now. Nothing was changed.",
        "Read them in any program for text, then show them the film as it is: carer-stories site "
        f"preview {answers.story}",
    )


def spaced_code(cut_hash: str) -> str:
    """Return the code of a cut as pages show it: `3f9a 2c1b`."""
    code = cut_hash[:CODE_LENGTH]
    return f"{code[:4]} {code[4:]}"


@dataclass(frozen=True)
class _File:
    answers: PreviewAnswers
    data: bytes
    sha256: str
    role: str


def _write(
    workspace: Workspace,
    folder: StoryFolder,
    record: AnswersRecord,
    file: _File,
    new: Sequence[PreviewRemark],
) -> ReceivedAnswers:
    """Write the file, the marks and the record; a run that is killed leaves no record of them."""
    numbered: tuple[NumberedRemark, ...] = ()
    texts: dict[Path, str] = {}
    if new:
        session = open_edit_session(workspace, file.answers.story)
        first = max((remark.number for remark in record.remarks), default=0) + 1
        marked = _Marking(session).mark(new, first)
        numbered, texts = marked.remarks, marked.texts
    received = ReceivedAnswers(
        sha256=file.sha256,
        on=today(),
        role=file.role,
        answers=file.answers,
        remarks=numbered,
    )
    _keep_file(folder, file)
    later = msgspec.structs.replace(record, files=(*record.files, received))
    # In this order: what is there earlier is the same again when all of it is done once more.
    replace_files(folder.root, {**texts, folder.answers_record: struct_file.encode(later).decode()})
    return received


def _keep_file(folder: StoryFolder, file: _File) -> None:
    path = answers_file(folder, file.sha256)
    with translate_disk_errors(path):
        files.make_folder(folder.answers)
        if not path.is_file():
            files.write_atomic(path, file.data, mode=0o400)


def _log(workspace: Workspace, story_id: str, sha256: str, role: str) -> None:
    ledger = Ledger(workspace)
    entries = ledger.entries_of(ANSWERS_ACTION)
    if any(e.subject == story_id and e.hashes.get("answers") == sha256 for e in entries):
        return
    with ledger.update(ANSWERS_ACTION, story_id, role, answers=sha256):
        pass  # no record changes: the line of the log alone says that they came


@dataclass(frozen=True)
class _Marked:
    remarks: tuple[NumberedRemark, ...]
    texts: dict[Path, str]
    """The files with the marks in them."""


@dataclass(frozen=True)
class _FilmWord:
    """A word of the copy that is heard in the film, or silenced there; on the film's clock."""

    number: int
    start: int
    end: int


class _Marking:
    """Marks in the editor's copy of a story, for remarks on its film's clock."""

    def __init__(self, session: EditSession) -> None:
        self._session = session
        self._timeline = timeline_of_cut(session.folder)
        self._path = ensure_copy(session)
        self._text = read_editors_copy_text(self._path)
        aligned = _aligned(session, self._text)
        self._copy = aligned.copy
        self._words = [word for paragraph in self._copy.paragraphs for word in paragraph.words]
        self._in_film = list(_words_in_film(aligned, self._timeline))
        self._shown = [word for word in self._in_film if self._words[word.number].is_kept]

    def mark(self, remarks: Sequence[PreviewRemark], first: int) -> _Marked:
        """Return the remarks under their numbers, and the files in which their marks stand."""
        latest = max(remark.at for remark in remarks)
        if latest > self._timeline.duration + _MAX_LATER_MS:
            raise NotAllowed(
                "These answers have a remark after the end of this film.",
                "Ask them to send the file as the page saved it.",
            )
        parts: dict[int, list[str]] = defaultdict(list)
        numbered = []
        # In the order of the film, so that numbers rise through the text.
        for number, remark in enumerate(sorted(remarks, key=lambda one: one.at), first):
            landing, word = self._landing(remark.at)
            if word is not None:
                parts[word].append(remark_hint(number, _ASKED[remark.kind], remark.text))
            after = "" if word is None else self._words[word].text
            numbered.append(
                NumberedRemark(number=number, remark=remark, landing=landing, after=after)
            )
        return _Marked(tuple(numbered), self._texts(parts))

    def _landing(self, at: int) -> tuple[Landing, int | None]:
        """Return where a moment of the film lands, and the word after which its mark stands."""
        if not self._shown:
            return "nowhere", None
        begun = _last_begun(self._in_film, at)
        landing: Landing = "words"
        if isinstance(_part_at(self._timeline, at), Card):
            landing = "card"
        elif begun and not self._words[begun.number].is_kept:
            landing = "cut" if self._words[begun.number].is_cut else "redaction"
        if landing == "words":
            word = _last_begun(self._shown, at) or self._shown[0]
        else:
            word = min(self._shown, key=lambda shown: _distance(shown, at))
        return landing, last_of_question(self._words, word.number)

    def _texts(self, parts: dict[int, list[str]]) -> dict[Path, str]:
        hints = {
            number: hint_with_remarks(self._words[number].hint, remarks)
            for number, remarks in parts.items()
        }
        task, folder = self._session.task, self._session.folder
        text = with_hints(
            self._text,
            self._copy,
            hints,
            story=task.story.id,
            questions=task.questions,
            speakers=speakers_of(task.story),
        )
        texts = {self._path: text}
        counts = read_review_counts(folder.review_counts)
        if counts is not None:
            was_applied = counts.copy_fingerprint == fingerprint_of_copy(self._text.encode())
            # A mark changes nothing of what was applied.
            changed = msgspec.structs.replace(
                counts,
                contributor_remarks=len(open_remark_numbers(text)),
                copy_fingerprint=(
                    fingerprint_of_copy(text.encode()) if was_applied else counts.copy_fingerprint
                ),
            )
            texts[folder.review_counts] = struct_file.encode(changed).decode()
        return texts


def _aligned(session: EditSession, text: str) -> AlignedCopy:
    transcript, task = session.transcript, session.task
    return align_copy(
        transcript,
        text,
        task.questions,
        speakers_of(task.story),
        RecordingSound.of_story(session.folder, transcript.duration),
    )


def _words_in_film(aligned: AlignedCopy, timeline: Timeline) -> Iterator[_FilmWord]:
    for number, word in enumerate(aligned.words):
        in_film = film_word(word, timeline)
        if in_film is not None:
            yield _FilmWord(number, in_film.start, in_film.end)


def _last_begun(words: Sequence[_FilmWord], at: int) -> _FilmWord | None:
    index = bisect_right(words, at, key=lambda word: word.start) - 1
    return words[index] if index >= 0 else None


def _distance(word: _FilmWord, at: int) -> int:
    return max(word.start - at, at - word.end, 0)


def _part_at(timeline: Timeline, at: int) -> object:
    starts = [timeline.milliseconds(start) for start in timeline.starts]
    return timeline.parts[max(0, bisect_right(starts, at) - 1)]
