"""A talk over Teams, Zoom or the telephone: marked by the clock, its files brought in afterwards.

Another program records it. The session holds what was agreed, how everybody was, and when each
question was asked, counted from the moment at which somebody pressed “it is being recorded”. The
files take the way of every other import, with its checks; what was broken off goes on where it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from capture.intake.classify import classify_files
from capture.intake.meetings import is_meeting_folder
from capture.intake.pipeline import import_recording
from capture.intake.receive import require_no_picture
from capture.media.input_files import CONTAINERS
from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.recording.originals import Take, read_manifest
from capture.recording.session_markers import Marker, read_session, write_session
from capture.recording.takes import joined_length
from capture.sessions.agreed_media import is_voice_only
from capture.sessions.events import MAX_NOTE_CHARACTERS, SessionKept
from capture.sessions.finalise import original_positions
from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NotNow
from capture.sessions.session_folders import session_folder, sessions_of
from capture.sessions.state import Phase
from library.consent.stories import read_history
from library.core import files, struct_file
from library.core.errors import BadInput
from library.core.files import expanded
from library.core.workspace import SessionFolder, Workspace

System = Literal["teams", "zoom", "telephone", "other"]
_SYSTEMS: dict[System, str] = {
    "teams": "Teams",
    "zoom": "Zoom",
    "telephone": "a telephone or recorder",
    "other": "another program",
}
_MAX_MARKS = 1_000
_MAX_MS = 24 * 3_600_000
_RECENT_SECONDS = 14 * 86_400
_MAX_FOUND = 30
_MAX_ENTRIES = 3_000
"""Entries of folders that are looked at: a download folder may hold years."""
_HOME_FOLDERS = (
    *("Downloads", "Desktop", "Documents", "Documents/Zoom", "Documents/Recordings"),
    *("Videos", "Movies", "Music", "Music/Voice Memos", "OneDrive/Recordings"),
)
_SUFFIXES = frozenset(f".{suffix}" for suffixes in CONTAINERS.values() for suffix in suffixes)


class RemoteMark(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment of the talk, in milliseconds since the other program began to record."""

    at: Annotated[int, Meta(ge=0, le=_MAX_MS)]
    kind: Literal["question", "follow-up", "skipped", "back", "sensitive", "do-not-use", "note"]
    question: Annotated[str, Meta(max_length=200)] = ""
    text: Annotated[str, Meta(max_length=MAX_NOTE_CHARACTERS)] = ""


class RemoteTalk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`remote.json` of a session that another program records."""

    system: System
    began: Annotated[int, Meta(ge=0)] = 0
    """Moment at which it began to be recorded, in milliseconds since 1970; 0 before that.
    A pause that has ended moved it on by its length."""
    halted: Annotated[int, Meta(ge=0)] = 0
    """Moment at which the present pause began, in milliseconds since 1970; 0: it is not paused."""
    marks: Annotated[tuple[RemoteMark, ...], Meta(max_length=_MAX_MARKS)] = ()


@dataclass(frozen=True)
class RecentFile:
    """A recording that lies where programs put theirs, or the folder of a meeting."""

    path: Path
    bytes: int
    changed: float
    """Seconds since 1970."""
    is_meeting: bool


def read_talk(folder: SessionFolder) -> RemoteTalk | None:
    """Return the talk that another program records; None where this one does."""
    return struct_file.load_if_readable(folder.remote, RemoteTalk)


def recordings_elsewhere(workspace: Workspace, story_id: str) -> str:
    """Say what other programs have of a story, which is not deleted with it; "" where nothing."""
    states = [state for state in sessions_of(workspace, story_id) if not state.takes]
    talks = [read_talk(session_folder(workspace, story_id, state.id)) for state in states]
    systems = sorted({_SYSTEMS[talk.system] for talk in talks if talk})
    if systems:
        return (
            f"What {' and '.join(systems)} recorded of it is not deleted by that, and this program "
            "cannot do it: whoever recorded it deletes it there, and every copy of it."
        )
    if any(state.phase is Phase.KEPT for state in states):
        return (
            "The files that it was brought in from lie where they lay, and the program that made "
            "them may have its own: whoever recorded it deletes them there, and every copy of them."
        )
    return ""


def write_talk(session: LiveSession, talk: RemoteTalk | None) -> None:
    """Note how the talk is recorded and what was marked; None: here, in the room.

    Raises NotNow for a talk of which something was recorded here.
    """
    if talk is not None and session.state.takes:
        raise NotNow(
            "A part of this conversation was recorded here, in the room.",
            "Begin a new recording for what another program records.",
            state=str(session.state.phase),
        )
    if talk is not None:
        struct_file.save(session.folder.remote, talk)
    elif session.folder.remote.exists():
        files.delete_file(session.folder.remote)


def bring_in(
    session: LiveSession,
    sources: Sequence[Path],
    second: Path | None = None,
    *,
    role: str = "carer-volunteer",
    show_progress: ProgressStep = without_progress,
) -> None:
    """Make files the recording of the session's story, with what was marked by the clock.

    `second` is another recording of the same talk, such as a phone beside somebody: it is aligned,
    and the better sound is used. Without `sources` it is laid over the recording that the story has
    already, which was made here, in the room. Run again after it was broken off, it goes on.
    Raises as `import_recording`, and BadInput for a picture where only the voice was agreed to.
    """
    session.require_agreement()
    state, story = session.state, session.workspace.story(session.state.story)
    manifest = read_manifest(story)
    if not sources and second and manifest:
        sources = [story.original / take.file for take in manifest.takes]
    if not sources:
        raise BadInput("No recording was named.", "Choose the file that holds the talk.")
    classified = classify_files([*sources], second)
    history = read_history(session.workspace, state.story)
    if state.record == "voice" or is_voice_only(session.workspace, history):
        for source in (*classified.takes, *classified.companions.heard):
            # What the story has already is not brought in: only what is laid over it.
            if source.parent != story.original:
                require_no_picture(source, state.story)
    result = import_recording(
        session.workspace,
        state.story,
        *classified.takes,
        add=manifest is not None,
        question_set=state.question_set,
        role=role,
        companions=classified.companions,
        show_progress=show_progress,
    )
    talk = read_talk(session.folder)
    _write_marks(session, talk.marks if talk else (), result.takes)
    if state.phase is not Phase.KEPT:
        originals = tuple(dict.fromkeys(take.sha256 for take in result.takes))
        session.record_event(SessionKept(originals=originals))
    write_talk(session, None)


def _write_marks(session: LiveSession, marks: Sequence[RemoteMark], takes: Sequence[Take]) -> None:
    """Add the marks to the story's markers; run again, it adds none twice."""
    path = session.workspace.story(session.state.story).session
    record = read_session(path)
    manifest = read_manifest(session.workspace.story(session.state.story))
    if not marks or not takes or manifest is None:
        return
    start = original_positions(session)[takes[0].sha256].start
    last = joined_length(manifest.takes) - 1
    placed = [
        Marker(
            at=min(start + mark.at, last), kind=mark.kind, question=mark.question, text=mark.text
        )
        for mark in marks
    ]
    before = set(record.markers)
    markers = sorted((*record.markers, *(m for m in placed if m not in before)), key=lambda m: m.at)
    write_session(path, msgspec.structs.replace(record, markers=tuple(markers)))


def recent_files() -> list[RecentFile]:
    """Return recordings of the last fortnight where programs and sticks put them, newest first."""
    oldest = time.time() - _RECENT_SECONDS
    recordings = {}
    for number, path in enumerate(_candidates()):
        if number >= _MAX_ENTRIES:
            break
        if (recording := _as_recording(path, oldest)) is not None:
            recordings[path] = recording
    return sorted(recordings.values(), key=lambda recording: -recording.changed)[:_MAX_FOUND]


def _candidates() -> Iterator[Path]:
    home = Path.home()
    for folder in (home / name for name in _HOME_FOLDERS):
        yield from _entries(folder)
    user = home.name
    for stick in (*_entries(Path("/media", user)), *_entries(Path("/run/media", user))):
        yield from _below(stick)
    for stick in _entries(Path("/Volumes")):
        yield from _below(stick)


def _below(folder: Path) -> Iterator[Path]:
    for path in _entries(folder):
        yield path
        for inner in _entries(path):
            yield inner
            yield from _entries(inner)


def _entries(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if not entry.name.startswith(".")]
    except OSError:  # there is none, or it is not ours to look into
        return []


def _as_recording(path: Path, oldest: float) -> RecentFile | None:
    try:
        stat = path.stat()
        if path.is_symlink() or stat.st_mtime < oldest:
            return None
        if path.is_dir() and is_meeting_folder(path):
            return RecentFile(path, 0, stat.st_mtime, is_meeting=True)
        if path.is_file() and path.suffix.lower() in _SUFFIXES:
            return RecentFile(path, stat.st_size, stat.st_mtime, is_meeting=False)
    except OSError:
        return None
    return None


def typed_path(typed: str) -> Path:
    """Return the file or folder that somebody typed or pasted. Raises BadInput."""
    plain = typed.strip().strip("\"'").strip()
    path = expanded(plain)
    if not plain or not path.is_absolute():
        raise BadInput(
            f"“{plain}” does not say where the file lies.",
            "Write the whole path: in the file manager, choose the file and copy its path.",
        )
    if not path.exists():
        raise BadInput(f"There is no file “{path}”.", "Is the stick still plugged in?")
    return path
