"""Logs of another computer beside our own, and what was decided in them and is not known here.

A program that keeps the folders of two computers alike (OneDrive, Dropbox, Syncthing) takes one of
two files that were both changed, and leaves the other beside it: `audit (conflicted copy).jsonl`.
The records go with the one log, and know nothing of an objection that stands in the other. So a
story about which only the other log decides something is held, until an editor lets it go.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

from library.core.workspace import STORY_ID, Workspace
from library.records import audit_log
from library.records.audit_log import AuditEntry

DECIDING_ACTIONS = {"agreement", "signoff", "approve", "person", "register", "withdraw"}
"""Actions of the log by which something is decided about a story."""
_HOLDING_ACTION = "restore-hold"
_HASH_OF_LINE = re.compile(rb'"sha256":"([0-9a-f]{64})"\}(?:\n|\Z)')


def lost_decision(entry: AuditEntry) -> str:
    """Return the day and action of a line of the log, as a hold lists what may be missing."""
    # Of all decisions about people this one must not be overlooked.
    action = entry.became if entry.became == "objected" else entry.action
    return f"{entry.at[:10]} {action}"


def other_logs(workspace: Workspace) -> list[Path]:
    """Return the files in `interviews/` that are called like a log and are not ours."""
    own = workspace.audit_log.name
    try:
        names = os.listdir(workspace.interviews)  # noqa: PTH208 - names alone, at every read
    except OSError:
        return []
    return [
        workspace.interviews / name
        for name in sorted(names)
        if "audit" in name.lower()
        and ".jsonl" in name.lower()
        and name != own
        # A lock, and what a killed command left.
        and not name.startswith(".")
        and not name.endswith(".lock")
    ]


def decided_elsewhere(workspace: Workspace) -> dict[str, tuple[AuditEntry, ...]]:
    """Return by story the lines of other logs that decide about it, and that ours has not.

    Stories of which our own log knows nothing are another library’s. It never raises.
    """
    paths = other_logs(workspace)
    if not paths:
        return {}
    own = b""
    with contextlib.suppress(OSError):
        own = workspace.audit_log.read_bytes()
    known = {match.decode() for match in _HASH_OF_LINE.findall(own)}
    lines: dict[str, dict[str, AuditEntry]] = {}
    for entry in (entry for path in paths for entry in _whole_lines(path)):
        decides = entry.action in DECIDING_ACTIONS or entry.action == _HOLDING_ACTION
        if decides and entry.sha256 not in known and STORY_ID.match(entry.subject):
            lines.setdefault(entry.subject, {})[entry.sha256] = entry
    return {
        story_id: tuple(sorted(of_story.values(), key=lambda entry: (entry.at, entry.sequence)))
        for story_id, of_story in lines.items()
        if f'"subject":"{story_id}"'.encode() in own
    }


def key_of_lines(entries: tuple[AuditEntry, ...]) -> str:
    """Return what the line that lets a story go calls them by: another line is another key."""
    hashes = "".join(sorted(entry.sha256 for entry in entries))
    return hashlib.sha256(hashes.encode()).hexdigest()


def _whole_lines(path: Path) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    with contextlib.suppress(OSError):
        for line in path.read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError):
                entries.append(audit_log.decode(line))
    return entries
