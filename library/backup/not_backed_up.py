"""What of a library is in no backup yet, as its log and its list of backups tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from library.backup.registry import known_backups
from library.core.workspace import Workspace
from library.records import audit_log

RECORDING_WAITS = timedelta(days=1)
"""A recording can never be made again: the evening after it is late enough."""
CHANGES_WAIT = timedelta(days=7)
_RECORDED = "import"
"""What the log calls a recording that was brought in, or kept at the station."""
ADVICE = "Save it: carer-stories backup /media/backup/Carer-Stories (docs/backup.md)"


@dataclass(frozen=True)
class BackupStatus:
    """Since the newest run of any backup."""

    last: str
    """When that run was made: UTC, ISO 8601 with seconds; empty where there was none."""
    place: str
    """Of that backup, as it was called then."""
    recordings: int
    changes: int
    """Lines of the log, recordings among them."""
    overdue: bool

    @property
    def sentence(self) -> str:
        """One sentence, without the names of stories."""
        since = _how_many(self.recordings, "recording") if self.recordings else ""
        if not since and self.changes:
            since = _how_many(self.changes, "change")
        if not self.last:
            holds = f"; there are {since} in it" if since else ""
            return f"No backup of this library was made yet{holds}."
        at = datetime.fromisoformat(self.last).astimezone()
        day = f"{at.day} {at:%B %Y}"
        news = f"; since then {since}" if since else "; nothing was decided or recorded since"
        return f"The last backup was made on {day} in {self.place}{news}."


def backup_status(workspace: Workspace) -> BackupStatus:
    """Raises Damaged for a log or a list of backups that cannot be read, DiskFailed."""
    runs = [(one.last or one.begun, one.place) for one in known_backups(workspace)]
    last, place = max(runs, default=("", ""))
    lines = [line for line in audit_log.entries(workspace.audit_log) if line.at > last]
    recordings = [line for line in lines if line.action == _RECORDED]
    return BackupStatus(
        last=last,
        place=place,
        recordings=len(recordings),
        changes=len(lines),
        overdue=_waits(recordings, RECORDING_WAITS) or _waits(lines, CHANGES_WAIT),
    )


def _waits(lines: list[audit_log.AuditEntry], patience: timedelta) -> bool:
    """Whether the oldest of them has waited for longer."""
    if not lines:
        return False
    first = min(line.at for line in lines)
    return datetime.now(UTC) - datetime.fromisoformat(first) > patience


def _how_many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
