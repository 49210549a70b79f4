"""Check the records: the database, the log, that they belong together, and receipts of builds.

A log whose end was cut off is whole in itself, and so is one that was replaced. Only what is kept
apart from it shows that: a receipt on paper best, the receipts kept in the library at the least.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from library.consent.erasure import erased_and_back
from library.consent.holds_by_log import holds_by_log_alone
from library.consent.withdrawals import withdraw_command
from library.core.counting import counted
from library.core.errors import BadInput, Busy, CarerStoriesError, DiskFailed
from library.core.files import translate_disk_errors
from library.core.workspace import STORY_ID, Workspace
from library.records import audit_log
from library.records.audit_log import AuditEntry
from library.records.consent import Approval, Release, Withdrawal
from library.records.kept_fingerprints import unusable_fingerprints
from library.records.ledger import Ledger
from library.records.record_types import PRIVATE_TABLES
from library.records.store import NO_ENTRY, Snapshot, Store
from library.records.story import Contributor, Story
from library.records.withdrawal_notes import read_withdrawal_notes
from publish.build_receipt import (
    BUILD_ACTION,
    SHORT_HEAD_DIGITS,
    BuildReceipt,
    read_receipt,
    receipts,
    withdrawal_anchors,
)
from stewardship.verify.report import VerifyReport

_COMPARE = "Compare it with a backup of interviews, and with your last receipt on paper."
_PUT_BACK = (
    "Put interviews/audit.jsonl back from a backup that has that line, and find out who may write "
    "in interviews."
)


@dataclass
class ReadableRecords:
    """Database and log, as far as they could be read: files are checked against these."""

    snapshot: Snapshot | None = None
    lines: list[AuditEntry] = field(default_factory=list)
    """Every line of the log that is whole in itself, whether or not the chain holds."""
    withdrawn: set[str] = field(default_factory=set)
    """Stories that were withdrawn as a whole."""
    confirmed: AuditEntry | None = None
    """Line with which an editor confirmed what stands before it in the log."""

    def is_confirmed(self, sequence: int) -> bool:
        """Return True for a line that an editor knows may be missing."""
        return self.confirmed is not None and sequence <= self.confirmed.sequence

    def stories(self, workspace: Workspace) -> list[str]:
        """Return ids of stories on record or with a folder: either may have been lost alone."""
        recorded = [story.id for story in self.snapshot.all(Story)] if self.snapshot else []
        on_disk: list[str] = []
        with contextlib.suppress(OSError):
            on_disk = sorted(path.name for path in workspace.stories.iterdir() if path.is_dir())
        return list(dict.fromkeys([*recorded, *filter(STORY_ID.match, on_disk)]))

    def lines_of(self, story_id: str, *actions: str) -> list[AuditEntry]:
        return [line for line in self._by_subject.get(story_id, ()) if line.action in actions]

    @cached_property
    def _by_subject(self) -> dict[str, list[AuditEntry]]:
        # Read first by check_story_files, when every line of the log has been added.
        by_subject: dict[str, list[AuditEntry]] = {}
        for line in self.lines:
            by_subject.setdefault(line.subject, []).append(line)
        return by_subject

    @cached_property
    def heads(self) -> set[tuple[int, str]]:
        """Number and hash of every line."""
        return {(line.sequence, line.sha256) for line in self.lines}


def check_records(workspace: Workspace, report: VerifyReport) -> ReadableRecords:
    """Check everything that is written about stories, apart from their files. Raises Busy."""
    # The log by itself first: it is needed even where the database is damaged.
    records = ReadableRecords(lines=_whole_lines(workspace))
    report.attempt(_check_database, workspace, records, report)
    chain_holds = _check_log(workspace, records, report)
    report.attempt(_check_withdrawals, workspace, records, report)
    if records.snapshot and chain_holds:
        _check_all_logged(records.snapshot, records, report)
    report.attempt(_check_contributors, workspace, records, report)
    report.attempt(_check_holds, workspace, report)
    report.attempt(_check_fingerprints, workspace, report)
    report.attempt(_check_erased, workspace, records, report)
    return records


def _whole_lines(workspace: Workspace) -> list[AuditEntry]:
    lines: list[AuditEntry] = []
    with contextlib.suppress(OSError):
        for line in workspace.audit_log.read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError):
                lines.append(audit_log.decode(line))
    return lines


def _check_database(workspace: Workspace, records: ReadableRecords, report: VerifyReport) -> None:
    snapshot = Ledger(workspace).read()
    snapshot.check()
    records.snapshot = snapshot
    # A process killed between database and log leaves its line in the database alone.
    with contextlib.suppress(ValueError):
        records.lines.append(audit_log.decode(bytes(snapshot.entry)))
    count = len(snapshot.all(Story))
    report.ok(f"The database is whole: {counted(count, 'story')}.")


def _check_log(workspace: Workspace, records: ReadableRecords, report: VerifyReport) -> bool:
    """Return whether the log's chain holds, with the database where that can be read."""
    if not workspace.audit_log.exists() and _was_written(workspace, records):
        report.problem(f"There is no log: {workspace.audit_log} is gone.", _COMPARE)
        return False
    try:
        report.head = _head(workspace, records)
    # Says nothing about the library, only that somebody is at work.
    except Busy:
        raise
    except CarerStoriesError as error:
        report.problem(error.what, error.next_step)
        return False
    alone = "" if records.snapshot else ", by itself"
    report.ok(
        f"The log is whole{alone}: {counted(report.head.sequence, 'line')}.",
        detail=f"Its last line is {report.head.sha256}.",
    )
    records.confirmed = audit_log.confirmation(workspace.audit_log)
    if records.confirmed:
        report.warning(
            f"On {records.confirmed.at[:10]} the {records.confirmed.role} confirmed the log as it "
            "stood: what is missing or altered before that is not asked about."
        )
    if report.head.unfinished:
        report.warning("A command was killed at its last line; the next change completes the log.")
    return True


def _was_written(workspace: Workspace, records: ReadableRecords) -> bool:
    if records.snapshot is None or bytes(records.snapshot.entry) != bytes(NO_ENTRY):
        return True
    with contextlib.suppress(CarerStoriesError):
        return bool(receipts(workspace))
    return True


def _head(workspace: Workspace, records: ReadableRecords) -> audit_log.LogHead:
    if records.snapshot is None:
        return audit_log.verify(workspace.audit_log)
    try:
        return Ledger(workspace).verify()
    except DiskFailed:
        # A copy that may only be read cannot be locked; nor does anybody write to it meanwhile.
        entry = bytes(records.snapshot.entry)
        with contextlib.suppress(ValueError):
            return audit_log.verify(workspace.audit_log, audit_log.decode(entry))
        return audit_log.verify(workspace.audit_log)


def _check_withdrawals(
    workspace: Workspace, records: ReadableRecords, report: VerifyReport
) -> None:
    """Check that each withdrawal of the log and of the notes is in the database too."""
    notes = read_withdrawal_notes(workspace)
    logged = {
        (line.subject, line.became or "all"): line.role
        for line in records.lines
        if line.action == "withdraw"
    }
    noted: dict[tuple[str, str], str] = {(note.story, note.scope): note.asked_by for note in notes}
    recorded: set[tuple[str, str]] = set()
    if records.snapshot:
        recorded = {
            (withdrawal.story, withdrawal.scope) for withdrawal in records.snapshot.all(Withdrawal)
        }
        for story_id, scope in sorted(noted.keys() - recorded):
            report.problem(
                f"The withdrawal of {story_id} ({scope}) holds, but so far it is only noted beside "
                "the database.",
                "Enter it: "
                + withdraw_command(story_id, scope=scope, asked_by=noted[story_id, scope]),
            )
        for story_id, scope in sorted(logged.keys() - recorded - noted.keys()):
            report.problem(
                f"The log says that {story_id} was withdrawn ({scope}), and the database does not.",
                "Withdraw it again: "
                + withdraw_command(story_id, scope=scope, asked_by=logged[story_id, scope]),
            )
    records.withdrawn = {
        story_id for story_id, scope in {*logged, *noted, *recorded} if scope == "all"
    }


def _check_all_logged(snapshot: Snapshot, records: ReadableRecords, report: VerifyReport) -> None:
    """Check that no sign-off or approval, which show a story, is in the database alone.

    Those of before a confirmation of the log may be: their lines are gone.
    """
    known_until = records.confirmed.at if records.confirmed else ""
    unlogged = [
        record
        for record in (
            *_unlogged(snapshot.all(Release), "signoff", records.lines),
            *_unlogged(snapshot.all(Approval), "approve", records.lines),
        )
        if record.recorded > known_until
    ]
    for record in unlogged:
        kind = "sign-off" if isinstance(record, Release) else "approval"
        report.problem(
            f"The log knows nothing of the {kind} {record.id} of {record.story}.", _COMPARE
        )
    if not unlogged:
        report.ok("Every sign-off and approval in the database is in the log.")


def _unlogged(
    records: Collection[Release | Approval], action: str, lines: Collection[AuditEntry]
) -> list[Release | Approval]:
    logged = {(line.subject, line.hashes.get("cut")) for line in lines if line.action == action}
    return [record for record in records if (record.story, record.cut) not in logged]


def _check_contributors(
    workspace: Workspace, records: ReadableRecords, report: VerifyReport
) -> None:
    store = Store(workspace.contributors, kinds=PRIVATE_TABLES)
    was_kept = store.path.parent.is_dir() and bool(store.generations())
    if not workspace.contributors.exists() and not was_kept:
        return
    snapshot = store.read()
    snapshot.check()
    report.ok("The private record of contributors is whole.")
    with translate_disk_errors(workspace.contributors, "read"):
        mode = workspace.contributors.stat().st_mode
    # Windows has access lists, of which these numbers say nothing.
    if os.name == "posix" and mode & 0o077:
        report.problem(
            f"Others than its owner may read {workspace.contributors}.",
            f"Shut it: chmod 600 {workspace.contributors}",
        )
    if records.snapshot:
        stories = {story_id for person in snapshot.all(Contributor) for story_id in person.stories}
        unknown = stories - {story.id for story in records.snapshot.all(Story)}
        for story_id in sorted(unknown):
            report.warning(f"The private record names {story_id}, of which nothing else is known.")


def _check_fingerprints(workspace: Workspace, report: VerifyReport) -> None:
    """Check that what is kept of erased recordings can still be used."""
    lost = unusable_fingerprints(workspace)
    if lost:
        report.warning(
            f"{counted(lost, 'erased recording')} will not be known if it is brought in again: the "
            "key of its fingerprint is gone, or the fingerprint is damaged.",
            f"Take {workspace.fingerprints} from a backup.",
        )


def _check_erased(workspace: Workspace, records: ReadableRecords, report: VerifyReport) -> None:
    """Check that no folder of an erased story was put back."""
    by_log = {line.subject for line in records.lines if line.action == "erase"}
    for story_id in erased_and_back(workspace, [each for each in by_log if STORY_ID.match(each)]):
        report.problem(
            f"{story_id} was erased, and its folder is there still or again.",
            f"Erase it: carer-stories withdraw {story_id} --erase",
        )


def _check_holds(workspace: Workspace, report: VerifyReport) -> None:
    """Check that each hold of the log that nobody ended still has its file or its record."""
    for sentence, next_step in holds_by_log_alone(workspace):
        report.problem(sentence, next_step)


# The log against receipts of builds


def typed_head(text: str) -> str:
    """Return the digits of a head typed from paper, in any spacing and case. Raises BadInput."""
    digits = re.sub(r"\s", "", text).lower()
    if not re.fullmatch(rf"[0-9a-f]{{{SHORT_HEAD_DIGITS},64}}", digits):
        raise BadInput(
            "A head is 12 to 64 digits, each 0 to 9 or a to f.",
            "Type it as the receipt says: carer-stories verify --head HEAD",
        )
    return digits


def check_log_receipts(
    workspace: Workspace, records: ReadableRecords, heads: Sequence[str], report: VerifyReport
) -> None:
    """Check that the log has the line of each receipt kept here, and of each of `heads`."""
    report.attempt(_check_kept_receipts, workspace, records, report)
    for head in heads:
        _check_head(head, records.lines, report)


def _check_kept_receipts(
    workspace: Workspace, records: ReadableRecords, report: VerifyReport
) -> None:
    readable: list[tuple[BuildReceipt, Path]] = []
    for path in receipts(workspace):
        try:
            readable.append((read_receipt(path), path))
        except CarerStoriesError as error:
            report.problem(error.what, error.next_step)
    # By day: of the receipts that the log lacks, the newest is named.
    readable.sort(key=lambda pair: (pair[0].built, pair[0].sequence))
    not_in_log = [
        (receipt, path)
        for receipt, path in readable
        if (receipt.sequence, receipt.head) not in records.heads
        and not records.is_confirmed(receipt.sequence)
    ]
    if not_in_log:
        receipt, path = not_in_log[-1]
        others = len(not_in_log) - 1
        more = f" Nor those of {others} more." if others else ""
        _report_cut_off(path.name, receipt.sequence, receipt.head, report, more)
    elif readable:
        last = readable[-1][0]
        count = "the one receipt" if len(readable) == 1 else f"all {len(readable)} receipts"
        report.ok(
            f"The log has the line of {count} of builds, the last of {last.built[:10]}.",
            detail=f"Line {last.sequence}, head {last.head[:SHORT_HEAD_DIGITS]}.",
        )
    _check_last_build_has_receipt(records, [receipt for receipt, _ in readable], report)
    for path, anchor in withdrawal_anchors(workspace):
        is_there = (anchor.log_lines, anchor.log_head) in records.heads
        if not is_there and not records.is_confirmed(anchor.log_lines):
            _report_cut_off(path.name, anchor.log_lines, anchor.log_head, report)


def _report_cut_off(name: str, line: int, head: str, report: VerifyReport, more: str = "") -> None:
    report.problem(
        f"The log does not have the line that the receipt {name} names: lines were cut off its "
        f"end, or it was replaced.{more}",
        _PUT_BACK,
        detail=f"Line {line}, head {head[:SHORT_HEAD_DIGITS]}.",
    )


def _check_last_build_has_receipt(
    records: ReadableRecords, build_receipts: Sequence[BuildReceipt], report: VerifyReport
) -> None:
    builds = [line for line in records.lines if line.action == BUILD_ACTION]
    if not builds:
        if not build_receipts:
            report.warning("No build of the site has left a receipt yet, so no cut end would show.")
        return
    last = builds[-1]
    if not any(receipt.sequence >= last.sequence for receipt in build_receipts):
        report.warning(
            f"The last build, of {last.at[:10]}, has no receipt here.",
            "Make one with the next build: carer-stories site build",
        )


def _check_head(head: str, lines: Sequence[AuditEntry], report: VerifyReport) -> None:
    digits = typed_head(head)
    match = next((line for line in lines if line.sha256.startswith(digits)), None)
    if match is None:
        report.problem(
            f"No line of the log has the head {digits[:SHORT_HEAD_DIGITS]}: lines were cut off its "
            "end, or it was replaced, or the head was mistyped.",
            _PUT_BACK,
        )
        return
    since = lines[-1].sequence - match.sequence
    added = "it is the last" if since <= 0 else f"{since} were added since"
    report.ok(f"Head {digits[:SHORT_HEAD_DIGITS]} is line {match.sequence} of the log; {added}.")
