"""Apply an editor's copy to a story: prepared whole in memory, then written all or nothing."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from capture.recording.session_markers import read_session
from library.consent.gate import require_agreement
from library.consent.stories import read_history
from library.core import files, struct_file
from library.core.errors import CarerStoriesError
from library.core.files import (
    fsync_folder,
    sha256_of,
    temporary_beside,
    translate_disk_errors,
    write_new_file,
)
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import are_captions_of_film
from library.records.transcript_state import fingerprint_of_copy
from transcribe.british_spelling import SpelledWord, SpellingChanges
from transcribe.captions import layout, lint
from transcribe.cue import Cue
from transcribe.editing import apply_edits
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.transcript_markdown import write_copy
from transcribe.formats import vtt
from transcribe.pipeline import (
    TranscriptionTask,
    find_american_spellings,
    first_draft,
    review_counts_text,
    speakers_of,
    task_for,
)
from transcribe.redaction.unlisted_names import unanswered_in_applied
from transcribe.words import EditedTranscript, Transcript, read_transcript


@dataclass(frozen=True)
class EditSession:
    """A transcribed story that is being edited."""

    task: TranscriptionTask
    transcript: Transcript
    transcript_sha256: str

    @property
    def folder(self) -> StoryFolder:
        return self.task.folder


@dataclass(frozen=True)
class PreparedEdit:
    """The files that an editor's copy gives; nothing is written yet."""

    edited: EditedTranscript
    summary: apply_edits.EditSummary
    cues: tuple[Cue, ...]
    findings: tuple[lint.CaptionFinding, ...]
    text: str
    """The editor's copy in canonical form."""
    respelled: SpellingChanges = field(default_factory=SpellingChanges)
    """Words that were written in British spelling on request."""
    american: SpellingChanges = field(default_factory=SpellingChanges)
    """Recognised words that are left in American spelling."""


def open_edit_session(workspace: Workspace, story_id: str) -> EditSession:
    """Open a story for editing.

    Raises NotFound for an unknown story or one not transcribed, NotAllowed when withdrawn.
    """
    history = read_history(workspace, story_id)
    # Before any word is shown: a withdrawn story is not to be read either.
    require_agreement(history)
    folder = workspace.story(story_id)
    transcript = read_transcript(folder.transcript)
    session = read_session(folder.session)
    task = task_for(workspace, history.story, session)
    return EditSession(task, transcript, sha256_of(folder.transcript))


def ensure_copy(session: EditSession) -> Path:
    """Return the path of the story's `transcript.md`, drafted again where somebody removed it."""
    path = session.folder.editors_copy
    if not path.exists():
        draft = first_draft(session.task, session.transcript)
        replace_files(path.parent, {path: draft.text})
    return path


def prepare_edit(
    session: EditSession, text: str, *, as_british: bool = False, widen: bool = False
) -> PreparedEdit:
    """Apply `text` and lay out its captions. Raises BadInput, with the line, as `apply_copy`.

    `as_british` writes the recognised words in British spelling first. Where an earlier version
    applied the same words, redactions stay as short as that one made them, unless `widen` asks
    otherwise: a film that was signed off then stays as it is.
    """
    applied = _apply_for_film(session, text, widen=widen)
    american = american_spellings(session, applied)
    respelled = american if as_british else SpellingChanges()
    if respelled:
        applied = _apply_for_film(session, _text_with(applied, respelled, session), widen=widen)
        american = SpellingChanges()
    cues = layout.lay_out(applied.edited.turns, applied.edited.duration)
    return PreparedEdit(
        applied.edited,
        applied.summary,
        tuple(cues),
        tuple(lint.lint_cues(cues)),
        applied.text,
        respelled,
        american,
    )


def write_in_british_spelling(session: EditSession, path: Path, text: str) -> SpellingChanges:
    """Write the recognised words of `text` into `path`, the copy, in British spelling.

    Nothing is applied. Raises as `prepare_edit` does, and NoRoom or DiskFailed.
    """
    applied = _apply(session, text, None)
    american = american_spellings(session, applied)
    if american:
        replace_files(path.parent, {path: _text_with(applied, american, session)})
    return american


def american_spellings(session: EditSession, applied: apply_edits.AppliedEdit) -> SpellingChanges:
    """Return the words with an American spelling that were recognised so and are not hidden."""
    words: list[SpelledWord] = []
    for paragraph in applied.paragraphs:
        for position, word in enumerate(paragraph.words):
            may_change = word.is_kept and word.question is None
            may_change = may_change and len(words) in applied.recognised_words
            words.append(SpelledWord(word.text, may_change, position == 0))
    return find_american_spellings(session.task, session.transcript, words)


def _text_with(
    applied: apply_edits.AppliedEdit, changes: SpellingChanges, session: EditSession
) -> str:
    """Return the copy's text with words spelled otherwise."""
    numbers = count()
    paragraphs = [
        replace(
            paragraph,
            words=tuple(
                replace(word, text=changes.texts.get(next(numbers), word.text))
                for word in paragraph.words
            ),
        )
        for paragraph in applied.paragraphs
    ]
    return write_copy(
        session.transcript.story,
        paragraphs,
        session.task.questions,
        question_round=applied.question_round,
        unheard=applied.unheard,
    )


def write_edit(session: EditSession, prepared: PreparedEdit) -> None:
    """Write the edited transcript and what derives from it. Raises NoRoom or DiskFailed.

    `edited.json` is removed first and written last: a process killed in between leaves a story that
    is not edited yet, never captions of one text beside another. On any failure all is as before.
    """
    folder = session.folder
    summary = prepared.summary
    edited = struct_file.encode(prepared.edited)
    # Before anything is written: afterwards they are the same.
    is_changed = not folder.edited.is_file() or folder.edited.read_bytes() != edited
    derived = {
        folder.captions: vtt.write(prepared.cues),
        folder.chapters: vtt.write_chapters(prepared.edited.chapters),
    }
    # The film has the same words, at its own times: it stays as it was signed off.
    if not is_changed and are_captions_of_film(folder):
        derived = {}
    replace_files(
        folder.root,
        {
            **derived,
            folder.editors_copy: prepared.text,
            folder.review_counts: review_counts_text(
                session.transcript,
                summary.hints_left,
                len(summary.open_question_times),
                possible_names=_possible_names(session, prepared.edited),
                unheard=len(summary.unheard),
                contributor_remarks=summary.contributor_remarks,
                copy_fingerprint=fingerprint_of_copy(prepared.text.encode()),
            ),
            # Last: where it is, all the others are of the same text.
            folder.edited: edited.decode(),
        },
        sentinel=folder.edited,
    )
    if is_changed and folder.page.exists():
        # The words of an earlier film's page may hold what was taken out now; `film` makes it anew.
        with translate_disk_errors(folder.page, "remove"):
            files.system.unlink(folder.page)


def _possible_names(session: EditSession, edited: EditedTranscript) -> int:
    """Return how many names nobody listed or answered for; 0 where a list cannot be read."""
    task = session.task
    contributor_label = speakers_of(task.story).contributor
    try:
        return len(unanswered_in_applied(task.workspace, session.folder, edited, contributor_label))
    # Counted for `status` alone: before an approval the words are looked over again.
    except CarerStoriesError:
        return 0


def is_applied(session: EditSession, text: str) -> bool:
    """Return True if applying `text` would give the edited words that are there already."""
    folder = session.folder
    if not folder.edited.is_file():
        return False
    if _applied_by_earlier_version(session, text) is not None:
        return True
    edited = struct_file.encode(_apply(session, text, _sound_of(session)).edited)
    with translate_disk_errors(folder.edited, "read"):
        return folder.edited.read_bytes() == edited


def _apply_for_film(session: EditSession, text: str, *, widen: bool) -> apply_edits.AppliedEdit:
    earlier = None if widen else _applied_by_earlier_version(session, text)
    return earlier or _apply(session, text, _sound_of(session))


def _applied_by_earlier_version(session: EditSession, text: str) -> apply_edits.AppliedEdit | None:
    """Return what `text` gave by earlier rules of redaction, if just that is there; else None.

    Those of version 0.1.0, and those before the borders of words had probabilities.
    """
    folder = session.folder
    if not folder.edited.is_file():
        return None
    with translate_disk_errors(folder.edited, "read"):
        edited = folder.edited.read_bytes()
    sound = _sound_of(session)
    for earlier in (None, sound and replace(sound, weighs_borders=False)):
        applied = _apply(session, text, earlier)
        if edited == struct_file.encode(applied.edited):
            return applied
    return None


def _sound_of(session: EditSession) -> RecordingSound:
    return RecordingSound.of_story(session.folder, session.transcript.duration)


def _apply(
    session: EditSession, text: str, sound: RecordingSound | None
) -> apply_edits.AppliedEdit:
    return apply_edits.apply_copy(
        session.transcript,
        session.transcript_sha256,
        text,
        session.task.questions,
        speakers_of(session.task.story),
        sound,
    )


def replace_files(folder: Path, texts: dict[Path, str], *, sentinel: Path | None = None) -> None:
    """Replace several files of `folder` together, or none on failure.

    `sentinel` is the file whose presence says that all are complete: it is removed before the
    others are replaced, so that no reader takes a state in between for a finished one.
    """
    with translate_disk_errors(folder):
        # Kept in memory, where a full disk cannot touch it: to put all back.
        before = {path: path.read_bytes() if path.exists() else None for path in texts}
        new: dict[Path, Path] = {}
        touched: list[tuple[Path, bytes | None]] = []
        try:
            # All are written before any is replaced, so that a full disk is noticed in time.
            for path, text in texts.items():
                new[path] = temporary_beside(path)
                write_new_file(new[path], text.encode())
            if sentinel is not None and before[sentinel] is not None:
                touched.append((sentinel, before[sentinel]))
                files.system.unlink(sentinel)
            for path, temporary in new.items():
                touched.append((path, None if path == sentinel else before[path]))
                files.system.replace(temporary, path)
            fsync_folder(folder)
        # Ctrl-C too: half of the files would be of another text.
        except BaseException:
            _put_back(touched)
            raise
        finally:
            for temporary in new.values():
                with contextlib.suppress(OSError):
                    os.unlink(temporary)  # noqa: PTH108 - only what was not renamed is left


def _put_back(touched: list[tuple[Path, bytes | None]]) -> None:
    """Undo changes, the last first, as far as the disk allows.

    Where the disk fails again, the state is one that a killed process may leave too.
    """
    with contextlib.suppress(OSError):
        for path, data in reversed(touched):
            if data is None:
                path.unlink(missing_ok=True)
            else:
                temporary = temporary_beside(path)
                write_new_file(temporary, data)
                files.system.replace(temporary, path)
