"""Holds as the log tells them: set, and not yet ended, whatever became of their files since.

A hold lies in a file of its own or in the private records, and either can be deleted or edited by
hand. The log has a line for its beginning and one for its end. So whoever asks for holds is
answered from both: one that the log does not know to have ended stands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from library.core import files
from library.core.workspace import Workspace

RESTORED = "restore-backup"
"""Action of the line that a restore from a backup ends with: a library put back with `restore`."""
ALL_HELD = "held"
"""State that this line says the stories became: every one that the log knows by then is held."""
HELD, LET_GO = "restore-hold", "restore-confirm"
LEGAL_HOLD, LEGAL_HOLD_LIFTED = "hold", "hold-lift"
_OF_STORIES = re.compile(
    rb'"at":"(?P<at>[^"]{20})","action":"(?P<action>[a-z-]+)","subject":"(?P<story>(?:cs-[^"]*)?)"'
    rb"(?P<rest>[^\n]*)"
)
_OTHER_LINES = re.compile(rb'"other":"([0-9a-f]{64})"')
_BECAME = re.compile(rb'"became":"([a-z-]*)"')
_HOLD_HASH = re.compile(rb'"hold":"([0-9a-f]{64})"')


class LoggedHold(NamedTuple):
    """A hold that the log knows to have begun and not to have ended."""

    story: str
    at: str
    """Time it began: UTC, ISO 8601 with seconds."""
    key: str = ""
    """Of a legal hold the hash of its id; empty in lines that do not say it."""


def key_of(hold_id: str) -> str:
    """Return what the log calls a legal hold by: the hash of its id."""
    return hashlib.sha256(hold_id.encode()).hexdigest()


def logged_restore_holds(workspace: Workspace) -> dict[str, LoggedHold]:
    """Return each story that is held since a restore, by the log alone. Raises DiskFailed."""
    log = _bytes_of_log(workspace)
    if f'"{HELD}"'.encode() not in log and f'"became":"{ALL_HELD}"'.encode() not in log:
        return {}
    held: dict[str, LoggedHold] = {}
    known: dict[str, None] = {}
    over: set[str] = set()
    for action, story, at, rest in _lines(log):
        if action == RESTORED and _became(rest) == ALL_HELD:
            held |= {each: LoggedHold(each, at) for each in known if each not in over}
            continue
        if not story:
            continue
        known[story] = None
        if action == HELD:
            held[story] = LoggedHold(story, at)
        elif action == LET_GO:
            held.pop(story, None)
        # What was taken back as a whole is shown to nobody, and needs no hold any more.
        elif action == "erase" or (action == "withdraw" and _became(rest) in {"", "all"}):
            over.add(story)
            held.pop(story, None)
    return held


def let_go_with(workspace: Workspace, story_id: str, key: str) -> bool:
    """Return True where a story was let go although another log has lines about it.

    `key` is that of these lines (`other_logs`): of any other the editor did not know. Raises
    DiskFailed.
    """
    return any(
        action == LET_GO
        and story == story_id
        and (match := _OTHER_LINES.search(rest)) is not None
        and match[1].decode() == key
        for action, story, _, rest in _lines(_bytes_of_log(workspace))
    )


def logged_legal_holds(workspace: Workspace) -> tuple[LoggedHold, ...]:
    """Return each legal hold that stands by the log alone, oldest first. Raises DiskFailed."""
    log = _bytes_of_log(workspace)
    if f'"{LEGAL_HOLD}"'.encode() not in log:
        return ()
    standing: list[LoggedHold] = []
    for action, story, at, rest in _lines(log):
        key = match[1].decode() if (match := _HOLD_HASH.search(rest)) else ""
        if action == LEGAL_HOLD:
            standing.append(LoggedHold(story, at, key))
        elif action == LEGAL_HOLD_LIFTED:
            # One that says of no hold which it ends is of before lines did.
            ended = next(
                (hold for hold in standing if (hold.story, hold.key) == (story, key)), None
            )
            if ended:
                standing.remove(ended)
    return tuple(standing)


def _lines(log: bytes) -> Iterator[tuple[str, str, str, bytes]]:
    """Yield action, subject, time and the rest of each line, whether or not its hash is right.

    By a pattern: decoding every line would take longer than all else that a command reads.
    """
    for line in _OF_STORIES.finditer(log):
        yield line["action"].decode(), line["story"].decode(), line["at"].decode(), line["rest"]


def _became(rest: bytes) -> str:
    match = _BECAME.search(rest)
    return match[1].decode() if match else ""


def _bytes_of_log(workspace: Workspace) -> bytes:
    try:
        return workspace.audit_log.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise files.refusal(workspace.audit_log, error, "read") from error
