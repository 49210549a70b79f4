"""Set markers by listening to a recording: when each question was asked, and what was noticed.

A new marker of a question replaces the earlier ones, also those set while recording: whoever
listens again knows better. Chapters begin at these markers (`transcribe.question_matching`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.questions.question_set import QuestionSet
from capture.recording.session_markers import Marker, Session, read_session, write_session
from capture.recording.takes import joined_length, takes_of
from capture.sessions.events import MAX_NOTE_CHARACTERS
from library.consent import gate
from library.consent.stories import read_history
from library.core.errors import BadInput, Busy, DiskFailed, NotFound
from library.core.lock import locked
from library.core.sanitise import printable
from library.core.seen_characters import seen_length
from library.core.timecode import clock, parse_clock
from library.core.workspace import StoryFolder, Workspace
from library.core.yaml_document import did_you_mean

MARKER_KINDS = ("question", "sensitive", "do-not-use", "note")
"""Kinds of marker that can be set by listening."""
_MAX_FILE_BYTES = 1_000_000
"""Bytes of a file of marks; a line has some twenty."""


@dataclass(frozen=True)
class MarkableStory:
    """A story that can be marked, with its session and its length in milliseconds."""

    folder: StoryFolder
    session: Session
    length: int

    @property
    def questions(self) -> QuestionSet:
        return self.session.question_set


def open_story(workspace: Workspace, story_id: str) -> MarkableStory:
    """Open a story. Raises NotFound without a recording, NotAllowed without an agreement."""
    gate.require_agreement(read_history(workspace, story_id))
    folder = workspace.story(story_id)
    session = read_session(folder.session)
    return MarkableStory(folder, session, joined_length(takes_of(folder)))


def parse_time(typed: str) -> int:
    """`1:23.4` or `1:02:03` as milliseconds. Raises BadInput."""
    at = parse_clock(typed)
    if at is None:
        raise BadInput(
            f"“{printable(typed)}” is not a time.",
            "Write minutes and seconds, such as 1:23 or 1:23.4, or 1:02:03 with an hour.",
        )
    return at


def parse_marker(typed: str, story: MarkableStory) -> Marker:
    """`1:23.4 beginning`, `1:23 question beginning`, `4:10 do-not-use`, `5:00 note She laughs`.

    A question may also be named by its number in the set. Raises BadInput naming what was expected.
    """
    time, _, words = typed.strip().partition(" ")
    at = parse_time(time)
    if at >= story.length:
        raise BadInput(
            f"{time} is after the end of the recording ({clock(story.length)}).",
            "Count times from the beginning of the first take, as a player shows the working copy.",
        )
    word, _, text = words.strip().partition(" ")
    if word.lower() in MARKER_KINDS and word.lower() != "question":
        return _parse_note(at, word.lower(), text.strip())
    named = text.strip() if word.lower() == "question" else words.strip()
    return Marker(at=at, kind="question", question=_find_question(named, story.questions))


def _parse_note(at: int, kind: str, text: str) -> Marker:
    if kind == "note" and not text:
        raise BadInput("A note needs words.", "Write them after it: 5:00 note She laughs")
    if seen_length(text) > MAX_NOTE_CHARACTERS:
        raise BadInput(f"A note has at most {MAX_NOTE_CHARACTERS} characters.", "Shorten it.")
    return Marker(at=at, kind=kind, text=printable(text))


def note_at(at: int, text: str, story: MarkableStory) -> Marker:
    """Return a note about a moment, in milliseconds. Raises BadInput as `parse_marker`."""
    if at >= story.length:
        raise BadInput(f"The recording ends before ({clock(story.length)}).")
    return _parse_note(at, "note", text.strip())


def _find_question(named: str, questions: QuestionSet) -> str:
    ids = [question.id for question in questions.questions]
    if named in ids:
        return named
    if named.isdecimal() and len(named) < 5 and 1 <= int(named) <= len(ids):
        return ids[int(named) - 1]
    near = did_you_mean(named, ids).removeprefix("; ")
    hint = f"{near[:1].upper()}{near[1:]} " if near else ""
    raise BadInput(
        f"“{printable(named)}” is no question of this set, and no kind of mark.",
        f"{hint}Questions: {', '.join(ids)}. Kinds: {', '.join(MARKER_KINDS[1:])}.",
    )


def read_marker_file(path: Path, story: MarkableStory) -> list[Marker]:
    """Return a file with a mark on every line; empty lines and those beginning with # are left out.

    Raises NotFound, DiskFailed, or BadInput naming the line.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise BadInput(f"{path.name} is larger than a megabyte.", "Name a file of marks.")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"There is no file {printable(path.name)}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise BadInput(f"{printable(path.name)} is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as error:
        raise DiskFailed(f"{path.name} could not be read: {error.strerror}.") from error
    marks = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                marks.append(parse_marker(line.replace("\t", " "), story))
            except BadInput as error:
                where = f"{printable(path.name)}, line {number}: "
                raise BadInput(where + error.what, error.next_step) from None
    return marks


def merge_markers(before: Sequence[Marker], added: Iterable[Marker]) -> tuple[Marker, ...]:
    """Return all markers, sorted by time. A new marker of a question replaces the earlier ones."""
    by_key = {_marker_key(marker): marker for marker in added}
    unchanged = [marker for marker in before if _marker_key(marker) not in by_key]
    return tuple(sorted((*unchanged, *by_key.values()), key=lambda marker: marker.at))


def _marker_key(marker: Marker) -> tuple[str, ...]:
    if marker.kind == "question":
        return (marker.kind, marker.question)
    return (marker.kind, str(marker.at), marker.text)


def remove_markers(before: Sequence[Marker], numbers: Iterable[int]) -> tuple[Marker, ...]:
    """Return the markers without those of `numbers`, counted from 1. Raises BadInput."""
    removed = set(numbers)
    wrong = sorted(number for number in removed if not 1 <= number <= len(before))
    if wrong:
        raise BadInput(
            f"There is no mark {wrong[0]}: there are {len(before)}.",
            "Look at them with: carer-stories capture mark STORY --list",
        )
    return tuple(marker for number, marker in enumerate(before, 1) if number not in removed)


def save_markers(story: MarkableStory, markers: tuple[Marker, ...]) -> None:
    """Write the markers to the session. Raises Busy, NoRoom or DiskFailed."""
    folder = story.folder
    busy = Busy(
        f"An import for {folder.root.name} is running.", "Wait for it to finish, then try again."
    )
    with locked(folder.import_lock, busy=busy):
        now = read_session(folder.session)
        # Somebody may have set markers while this person was listening: theirs must not be lost.
        if now.markers != story.session.markers:
            raise Busy(
                "Somebody else changed the marks meanwhile; yours were not written.",
                "Look at them and mark again.",
            )
        write_session(folder.session, msgspec.structs.replace(now, markers=markers))


def describe_marker(marker: Marker) -> tuple[str, str, str]:
    """Return time, kind and words, for a person."""
    return clock(marker.at, tenths=True), marker.kind, marker.question or marker.text
