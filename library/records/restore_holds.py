"""Holds: a small file for each story that a restore brought, until an editor has confirmed it.

A story is held as well whose recording is one that was withdrawn, where it could not be refused,
one about which something was decided that could not be recorded, and one whose contributor changed
their mind and wants to talk about it.

Records that were put back know nothing of what was decided after them. The gate counts a hold like
a withdrawal note, so the story is shown to nobody until somebody has said what was taken back
since. The files lie beside the withdrawal notes: they are backed up with them, and hold whatever
else is broken. One that cannot be read still says whose it is by its name, and one that was deleted
by hand is still in the log (`logged_holds`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from library.core import files, struct_file
from library.core.files import make_folder, translate_disk_errors
from library.core.workspace import Workspace
from library.records.logged_holds import let_go_with, logged_restore_holds
from library.records.other_logs import decided_elsewhere, key_of_lines, lost_decision

_SUFFIX = ".held.json"
# Also as a program calls it that keeps folders alike: `cs-4k7m2q.held (conflicted copy).json`.
_HOLD_NAME = re.compile(
    r"(?!\.)(.*[^a-z0-9])?(?P<story>cs-[a-z0-9-]{1,37})\.held(?![a-z]).*\.json", re.IGNORECASE
)
Cause = Literal[
    "log", "other-log", "backup", "lost-log", "generation", "unrecorded", "recording", "wish"
]
"""`log`: its file is gone, and the log alone knows of it. Never written. `other-log`: a log of
another computer knows more of it. Never written. `lost-log`: an editor confirmed a log that did not
hold. `unrecorded`: a decision about it could not be recorded. `wish`: its contributor changed their
mind, and an editor is to talk with them."""
_CAUSES: tuple[Cause, ...] = get_args(Cause)
"""The one that knows least first."""


class RestoreHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story that is held, since when, and from when on decisions about it may be missing.

    An older version cannot read one with a later field, and holds the story all the same.
    """

    story: str
    held: str = ""
    """Time of the restore: UTC, ISO 8601 with seconds; empty where the file cannot be read."""
    since: str = ""
    """Time of the last decision that is known for certain, in the same form; empty if unknown."""
    cause: Cause = "backup"
    lost: tuple[str, ...] = ()
    """Later decisions in the log, such as `2026-11-28 signoff`: days and actions."""
    recording: str = ""
    """The end of a sentence on the withdrawn recording that its own is; empty where it is none."""

    wish: str = ""
    """Day on which its contributor changed their mind: ISO 8601; empty where they did not."""

    @property
    def is_since_restore(self) -> bool:
        """True where decisions may be missing; False where recording or a wish alone hold it."""
        return self.cause not in ("recording", "wish")

    @property
    def began(self) -> str:
        """Return since when it is held, as the end of a sentence."""
        began: dict[Cause, str] = {
            "other-log": "another computer wrote a log of its own",
            "lost-log": "the log was confirmed",
            "unrecorded": "a decision about it could not be recorded",
        }
        return began.get(self.cause, "a restore")

    @property
    def reason(self) -> str:
        """Return a sentence that says why it is not shown."""
        if self.is_since_restore:
            return f"It is held since {self.began}."
        if self.wish and not self.recording:
            return f"It is held: its contributor changed their mind on {self.wish}."
        return "It is held: its recording was withdrawn under another id."


def write_restore_hold(workspace: Workspace, hold: RestoreHold) -> None:
    """Write a hold, whole and flushed. With one that is there already, the earlier time is kept.

    Raises NoRoom or DiskFailed.
    """
    with translate_disk_errors(workspace.withdrawn):
        make_folder(workspace.withdrawn)
    path = workspace.withdrawn / f"{hold.story}{_SUFFIX}"
    if path.exists():
        before = _read(path.name, workspace)
        # Of one that is held for its recording alone nothing is missing, whatever the day.
        since = [each.since for each in (before, hold) if each.is_since_restore]
        hold = msgspec.structs.replace(
            hold,
            since=min(since, default=""),
            cause=min(before.cause, hold.cause, key=_CAUSES.index),
            lost=tuple(dict.fromkeys([*before.lost, *hold.lost])),
            recording=hold.recording or before.recording,
            wish=hold.wish or before.wish,
        )
    struct_file.save(path, hold)


def read_restore_holds(workspace: Workspace) -> tuple[RestoreHold, ...]:
    """Return every hold, by story: those with a file, and those that this or another log knows.

    Raises DiskFailed where folder or log cannot be read.
    """
    holds = {hold.story: hold for hold in _holds_with_files(workspace)}
    for story_id, logged in logged_restore_holds(workspace).items():
        holds.setdefault(story_id, RestoreHold(story=story_id, held=logged.at, cause="log"))
    for story_id, entries in decided_elsewhere(workspace).items():
        if let_go_with(workspace, story_id, key_of_lines(entries)):
            continue
        since = RestoreHold(
            story=story_id, held=entries[0].at, since=entries[0].at, cause="other-log"
        )
        hold = holds.get(story_id, since)
        lost = dict.fromkeys([*hold.lost, *map(lost_decision, entries)])
        holds[story_id] = msgspec.structs.replace(hold, lost=tuple(lost))
    return tuple(hold for _, hold in sorted(holds.items()))


def _holds_with_files(workspace: Workspace) -> Iterator[RestoreHold]:
    with translate_disk_errors(workspace.withdrawn, "read"):
        if not workspace.withdrawn.is_dir():
            return
        names = sorted(path.name for path in workspace.withdrawn.iterdir())
    yield from (_read(name, workspace) for name in names if _held_story(name))


def _held_story(name: str) -> str:
    """Return whose hold lies under a name; empty for any other file."""
    match = _HOLD_NAME.fullmatch(name)
    return match["story"].lower() if match else ""


def held_recording(workspace: Workspace, story_id: str) -> str:
    """Return what the recording of a story is for which it is held, as the end of a sentence.

    Empty where it is not held for its recording. Raises DiskFailed.
    """
    holds = read_restore_holds(workspace)
    return next((hold.recording for hold in holds if hold.story == story_id), "")


def remove_restore_hold(workspace: Workspace, story_id: str) -> None:
    """Let a story go, so that the gate alone decides again. Raises DiskFailed."""
    folder = workspace.withdrawn
    with translate_disk_errors(folder, "remove"):
        paths = folder.iterdir() if folder.is_dir() else ()
        # Its copies too, or it would be held on.
        for path in [path for path in paths if _held_story(path.name) == story_id]:
            files.system.unlink(path)
            files.fsync_folder(folder)


def _read(name: str, workspace: Workspace) -> RestoreHold:
    story_id = _held_story(name)
    hold = struct_file.load_if_readable(workspace.withdrawn / name, RestoreHold)
    # One that names another story is not believed, and holds this one all the same.
    return hold if hold and hold.story == story_id else RestoreHold(story=story_id)
