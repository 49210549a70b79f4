"""The database, the log, and that they belong together; what is noted and what is kept apart."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from library.core.errors import Busy, CarerStoriesError, DiskFailed
from library.core.files import refused_plainly
from library.core.workspace import STORY_ID, Workspace
from library.records import audit_log
from library.records.audit_log import Entry
from library.records.consent import Approval, Release, Withdrawal
from library.records.contributors import Contributor
from library.records.ledger import Ledger
from library.records.record_types import PRIVATE
from library.records.store import NO_ENTRY, Snapshot, Store
from library.records.story import Story
from library.records.withdrawal_notes import read_notes
from publish.build_receipt import receipts
from stewardship.verify.report import Verified

_BACKUP = "Compare it with a backup of interviews, and with your last receipt on paper."


@dataclass
class Known:
    """What the rest is held against: as much of the records as could be read."""

    snapshot: Snapshot | None = None
    lines: list[Entry] = field(default_factory=list)
    """Every line of the log that is whole in itself, whether or not the chain holds."""
    withdrawn: set[str] = field(default_factory=set)
    """Stories that were taken back altogether."""

    def stories(self, workspace: Workspace) -> list[str]:
        """Every story on record, or with a folder: the one may be lost, and the other not."""
        recorded = [one.id for one in self.snapshot.all(Story)] if self.snapshot else []
        on_disk: list[str] = []
        with contextlib.suppress(OSError):
            on_disk = sorted(path.name for path in workspace.stories.iterdir() if path.is_dir())
        return list(dict.fromkeys([*recorded, *filter(STORY_ID.match, on_disk)]))

    def lines_of(self, story: str, *actions: str) -> list[Entry]:
        return [one for one in self._by_subject.get(story, ()) if one.action in actions]

    @cached_property
    def _by_subject(self) -> dict[str, list[Entry]]:
        """Made when it is first asked for, once every line is known."""
        found: dict[str, list[Entry]] = {}
        for line in self.lines:
            found.setdefault(line.subject, []).append(line)
        return found

    @cached_property
    def heads(self) -> set[tuple[int, str]]:
        """Number and hash of every line."""
        return {(line.sequence, line.sha256) for line in self.lines}


def look_at_records(workspace: Workspace, report: Verified) -> Known:
    """Everything that is written about stories, apart from their files. Raises Busy."""
    known = Known(lines=_readable(workspace))
    report.tried(_database, workspace, known, report)
    chain_holds = _log(workspace, known, report)
    report.tried(_withdrawals, workspace, known, report)
    if known.snapshot and chain_holds:
        _agreement(known.snapshot, known, report)
    report.tried(_contributors, workspace, known, report)
    return known


def _readable(workspace: Workspace) -> list[Entry]:
    lines: list[Entry] = []
    with contextlib.suppress(OSError):
        for line in workspace.audit_log.read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError):
                lines.append(audit_log.decode(line))
    return lines


def _database(workspace: Workspace, known: Known, report: Verified) -> None:
    snapshot = Ledger(workspace).read()
    snapshot.check()
    known.snapshot = snapshot
    with contextlib.suppress(ValueError):  # a line that a killed process still owes the log
        known.lines.append(audit_log.decode(bytes(snapshot.entry)))
    count = len(snapshot.all(Story))
    report.good(f"The database is whole: {'1 story' if count == 1 else f'{count} stories'}.")


def _log(workspace: Workspace, known: Known, report: Verified) -> bool:
    """Whether its chain holds, with the database where that can be read."""
    if not workspace.audit_log.exists() and _was_written(workspace, known):
        report.bad(f"There is no log: {workspace.audit_log} is gone.", _BACKUP)
        return False
    try:
        report.head = _head(workspace, known)
    except Busy:
        raise
    except CarerStoriesError as error:
        report.bad(error.what, error.next_step)
        return False
    alone = "" if known.snapshot else ", by itself"
    report.good(f"The log’s chain holds{alone}: {report.head}.")
    if report.head.unfinished:
        report.note("A command was killed at its last line; the next change completes the log.")
    return True


def _was_written(workspace: Workspace, known: Known) -> bool:
    if known.snapshot is None or bytes(known.snapshot.entry) != bytes(NO_ENTRY):
        return True
    with contextlib.suppress(CarerStoriesError):
        return bool(receipts(workspace))
    return True


def _head(workspace: Workspace, known: Known) -> audit_log.Head:
    if known.snapshot is None:
        return audit_log.verify(workspace.audit_log)
    try:
        return Ledger(workspace).verify()
    except DiskFailed:  # a copy that may only be read cannot be locked, and nobody writes to it
        entry = bytes(known.snapshot.entry)
        with contextlib.suppress(ValueError):
            return audit_log.verify(workspace.audit_log, audit_log.decode(entry))
        return audit_log.verify(workspace.audit_log)


def _withdrawals(workspace: Workspace, known: Known, report: Verified) -> None:
    """Those on record, in the log and noted: each must be in the database."""
    notes = read_notes(workspace)
    logged = {(one.subject, one.became or "all") for one in known.lines if one.action == "withdraw"}
    noted: set[tuple[str, str]] = {(one.story, one.scope) for one in notes}
    recorded: set[tuple[str, str]] = set()
    if known.snapshot:
        recorded = {(one.story, one.scope) for one in known.snapshot.all(Withdrawal)}
        for story, scope in sorted(noted - recorded):
            _not_entered(report, story, scope)
        for story, scope in sorted(logged - recorded - noted):
            report.bad(
                f"The log says that {story} was withdrawn ({scope}), and the database does not.",
                f"Withdraw it again: carer-stories withdraw {story}{_scoped(scope)}",
            )
    known.withdrawn = {story for story, scope in logged | noted | recorded if scope == "all"}


def _not_entered(report: Verified, story: str, scope: str) -> None:
    report.bad(
        f"The withdrawal of {story} ({scope}) holds, but so far it is only noted beside the "
        "database.",
        f"Enter it: carer-stories withdraw {story}{_scoped(scope)}",
    )


def _scoped(scope: str) -> str:
    return "" if scope == "all" else f" --scope {scope}"


def _agreement(snapshot: Snapshot, known: Known, report: Verified) -> None:
    """Nothing that shows a story may be in the database and not in the log."""
    wrong = [
        *_unlogged(snapshot.all(Release), "signoff", known.lines),
        *_unlogged(snapshot.all(Approval), "approve", known.lines),
    ]
    for record in wrong:
        kind = "sign-off" if isinstance(record, Release) else "approval"
        report.bad(f"The log knows nothing of the {kind} {record.id} of {record.story}.", _BACKUP)
    if not wrong:
        report.good("Every sign-off and approval in the database is in the log.")


def _unlogged(
    records: Collection[Release | Approval], action: str, lines: Collection[Entry]
) -> list[Release | Approval]:
    logged = {(one.subject, one.hashes.get("cut")) for one in lines if one.action == action}
    return [one for one in records if (one.story, one.cut) not in logged]


def _contributors(workspace: Workspace, known: Known, report: Verified) -> None:
    store = Store(workspace.contributors, kinds=PRIVATE)
    if not workspace.contributors.exists() and not _kept_beside(store):
        return
    people = store.read()
    people.check()
    stories = {story for one in people.all(Contributor) for story in one.stories}
    report.good("The private record of contributors is whole.")
    _private_to_its_owner(workspace, report)
    if known.snapshot:
        unknown = stories - {one.id for one in known.snapshot.all(Story)}
        for story in sorted(unknown):
            report.note(f"The private record names {story}, of which nothing else is known.")


def _kept_beside(store: Store) -> bool:
    return store.path.parent.is_dir() and bool(store.generations())


def _private_to_its_owner(workspace: Workspace, report: Verified) -> None:
    with refused_plainly(workspace.contributors, "read"):
        mode = workspace.contributors.stat().st_mode
    if mode & 0o077:
        report.bad(
            f"Others than its owner may read {workspace.contributors}.",
            f"Shut it: chmod 600 {workspace.contributors}",
        )
