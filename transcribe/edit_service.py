"""Applying an editor's copy to a story: worked out whole, then written all or nothing."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from capture.recording.session_markers import read_session
from library.consent import read_history
from library.consent.gate import require_agreement
from library.core import files, struct_file
from library.core.errors import BadInput, NotFound
from library.core.files import (
    fsync_folder,
    refused_plainly,
    sha256_of,
    temporary_beside,
    write_whole,
)
from library.core.workspace import StoryFolder, Workspace
from transcribe.captions import layout, lint
from transcribe.cue import Cue
from transcribe.editing import apply_edits
from transcribe.formats import vtt
from transcribe.pipeline import (
    TranscriptionTask,
    first_draft,
    review_counts_text,
    speakers_of,
    task_for,
)
from transcribe.words import EditedTranscript, Transcript, read_transcript


@dataclass(frozen=True)
class EditSession:
    """A story with all that editing it needs."""

    task: TranscriptionTask
    transcript: Transcript
    transcript_sha256: str

    @property
    def folder(self) -> StoryFolder:
        return self.task.folder


@dataclass(frozen=True)
class PreparedEdit:
    """What an editor's copy would make; nothing is written yet."""

    edited: EditedTranscript
    summary: apply_edits.EditSummary
    cues: tuple[Cue, ...]
    findings: tuple[lint.CaptionFinding, ...]
    text: str
    """The editor's copy in its plain form."""


def open_edit_session(workspace: Workspace, story_id: str) -> EditSession:
    """Raises NotFound for an unknown story or one not transcribed, NotAllowed when withdrawn."""
    history = read_history(workspace, story_id)
    require_agreement(history)
    folder = workspace.story(story_id)
    transcript = read_transcript(folder.transcript)
    session = read_session(folder.session)
    waiting = task_for(workspace, history.story, session)
    return EditSession(waiting, transcript, sha256_of(folder.transcript))


def ensure_copy(desk: EditSession) -> Path:
    """The story's `transcript.md`, drafted again where somebody removed it."""
    path = desk.folder.editors_copy
    if not path.exists():
        drafted = first_draft(desk.task, desk.transcript)
        replace_files(path.parent, {path: drafted.text})
    return path


def read_copy_text(path: Path) -> str:
    """A text file as editors save it: UTF-8, or UTF-16 with its mark. Raises BadInput, NotFound."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Check the path.")
    with refused_plainly(path, "read"):
        data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not plain text in UTF-8 (byte {error.start}).",
            "Save it as plain text, UTF-8.",
        ) from None


def prepare_edit(desk: EditSession, text: str) -> PreparedEdit:
    """Everything that follows from `text`. Raises BadInput, with the line, if it does not fit."""
    waiting = desk.task
    applied = apply_edits.apply_copy(
        desk.transcript,
        desk.transcript_sha256,
        text,
        waiting.questions,
        speakers_of(waiting.story),
    )
    cues = layout.lay_out(applied.edited.turns, applied.edited.duration)
    return PreparedEdit(
        applied.edited, applied.summary, tuple(cues), tuple(lint.lint_cues(cues)), applied.text
    )


def write_edit(desk: EditSession, applied: PreparedEdit) -> None:
    """Write the edited transcript and what derives from it. Raises NoRoom or DiskFailed.

    `edited.json` goes first and comes last: a process killed in between leaves a story that is not
    edited yet, never captions of one text beside another. On any failure all is as before.
    """
    folder = desk.folder
    edited = struct_file.encode(applied.edited)
    stale = not folder.edited.is_file() or folder.edited.read_bytes() != edited
    replace_files(
        folder.root,
        {
            folder.captions: vtt.write(applied.cues),
            folder.chapters: vtt.write_chapters(applied.edited.chapters),
            folder.editors_copy: applied.text,
            folder.doubts: review_counts_text(
                desk.transcript, applied.summary.hints_left, len(applied.summary.open_questions)
            ),
            folder.edited: edited.decode(),
        },
        mark=folder.edited,
    )
    if stale and folder.page.exists():
        # The words of an earlier film's page may hold what was taken out now; `film` makes it anew.
        with refused_plainly(folder.page, "remove"):
            files.system.unlink(folder.page)


def replace_files(folder: Path, texts: dict[Path, str], *, mark: Path | None = None) -> None:
    """Replace several files together; without `mark` no reader sees an in-between state as done."""
    with refused_plainly(folder):
        before = {path: path.read_bytes() if path.exists() else None for path in texts}
        new: dict[Path, Path] = {}
        touched: list[tuple[Path, bytes | None]] = []
        try:
            for path, text in texts.items():
                new[path] = temporary_beside(path)
                write_whole(new[path], text.encode())
            if mark is not None and before[mark] is not None:
                touched.append((mark, before[mark]))
                files.system.unlink(mark)
            for path, temporary in new.items():
                touched.append((path, None if path == mark else before[path]))
                files.system.replace(temporary, path)
            fsync_folder(folder)
        except BaseException:
            _put_back(touched)
            raise
        finally:
            for temporary in new.values():
                with contextlib.suppress(OSError):
                    os.unlink(temporary)  # noqa: PTH108 - only what was not renamed is left


def _put_back(touched: list[tuple[Path, bytes | None]]) -> None:
    """The last first, as far as the disk allows: it leaves what a process killed there leaves."""
    with contextlib.suppress(OSError):
        for path, data in reversed(touched):
            if data is None:
                path.unlink(missing_ok=True)
            else:
                temporary = temporary_beside(path)
                write_whole(temporary, data)
                files.system.replace(temporary, path)
