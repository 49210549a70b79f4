"""The log against receipts of builds: whether it still has the lines they name.

A log whose end was cut off is whole in itself, and so is one that was replaced. Only what is kept
apart from it tells: a receipt on paper best, the receipts kept in the library at the least.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from library.core.errors import BadInput, CarerStoriesError
from library.core.workspace import Workspace
from library.records.audit_log import Entry
from publish.build_receipt import ACTION, SHORT, BuildReceipt, other_anchors, read_receipt, receipts
from stewardship.verify.records import Known
from stewardship.verify.report import Verified

_BACKUP = (
    "Put interviews/audit.jsonl back from a backup that has that line, and find out who may write "
    "in interviews."
)


def typed_head(text: str) -> str:
    """A head as it is typed from paper: spaces and capitals do not matter. Raises BadInput."""
    digits = re.sub(r"\s", "", text).lower()
    if not re.fullmatch(rf"[0-9a-f]{{{SHORT},64}}", digits):
        raise BadInput(
            "A head is 12 to 64 digits, each 0 to 9 or a to f.",
            "Type it as the receipt says: carer-stories verify --head …",
        )
    return digits


def look_at_heads(
    workspace: Workspace, known: Known, heads: Sequence[str], report: Verified
) -> None:
    """The receipts that are kept, then the heads that were asked about."""
    report.tried(_kept, workspace, known, report)
    for head in heads:
        _asked(head, known.lines, report)


def _kept(workspace: Workspace, known: Known, report: Verified) -> None:
    whole: list[tuple[BuildReceipt, Path]] = []
    for path in receipts(workspace):
        try:
            whole.append((read_receipt(path), path))
        except CarerStoriesError as error:
            report.bad(error.what, error.next_step)
    whole.sort(key=lambda one: (one[0].built, one[0].sequence))
    missing = [one for one in whole if (one[0].sequence, one[0].head) not in known.heads]
    if missing:
        _say_missing(missing, report)
    elif whole:
        last = whole[-1][0]
        count = "the one receipt" if len(whole) == 1 else f"all {len(whole)} receipts"
        report.good(
            f"The log has the line of {count} of builds, the last of {last.built[:10]}: "
            f"line {last.sequence}, head {last.head[:SHORT]}."
        )
    _require_last(known, [one for one, _ in whole], report)
    for path, anchor in other_anchors(workspace):
        if (anchor.log_lines, anchor.log_head) not in known.heads:
            _say_cut_off(path.name, anchor.log_lines, anchor.log_head, report)


def _say_missing(missing: Sequence[tuple[BuildReceipt, Path]], report: Verified) -> None:
    record, path = missing[-1]
    others = len(missing) - 1
    more = f" Nor those of {others} more." if others else ""
    _say_cut_off(path.name, record.sequence, record.head, report, more)


def _say_cut_off(name: str, line: int, head: str, report: Verified, more: str = "") -> None:
    report.bad(
        f"The log does not have the line that the receipt {name} names (line {line}, head "
        f"{head[:SHORT]}): lines were cut off its end, or it was replaced.{more}",
        _BACKUP,
    )


def _require_last(known: Known, kept: Sequence[BuildReceipt], report: Verified) -> None:
    """The last build that the log knows of should have left a receipt."""
    built = [one for one in known.lines if one.action == ACTION]
    if not built:
        if not kept:
            report.note("No build of the site has left a receipt yet, so no cut end would show.")
        return
    if not any(one.sequence >= built[-1].sequence for one in kept):
        report.note(
            f"The last build ({built[-1].at[:10]}, line {built[-1].sequence}) has no receipt here.",
            "Make one with the next build: carer-stories site build",
        )


def _asked(head: str, lines: Sequence[Entry], report: Verified) -> None:
    digits = typed_head(head)
    found = next((one for one in lines if one.sha256.startswith(digits)), None)
    if found is None:
        report.bad(
            f"No line of the log has the head {digits[:SHORT]}: lines were cut off its end, or it "
            "was replaced, or the head was mistyped.",
            _BACKUP,
        )
        return
    since = lines[-1].sequence - found.sequence
    added = "it is the last" if since <= 0 else f"{since} were added since"
    report.good(f"Head {digits[:SHORT]} is line {found.sequence} of the log; {added}.")
