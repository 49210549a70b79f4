"""Verify only reads: is everything still as it was written, and is the log the one it was.

records.py   the database, the log, and that they belong together; who is kept apart
heads.py     the log against receipts of builds, kept here or on paper
fixity.py    originals, cuts and signed forms against their hashes
shown.py     edition and site against the last build
report.py    what was found

One broken thing never hides the next: with a damaged database the log is still read, and with
neither the files are.
"""

from __future__ import annotations

from collections.abc import Sequence

from library.core.workspace import Workspace
from stewardship.verify.fixity import Watch, look_at_files
from stewardship.verify.log_receipts import look_at_heads
from stewardship.verify.published import look_at_site
from stewardship.verify.records import look_at_records
from stewardship.verify.report import Finding, Level, Verified

__all__ = ["Finding", "Level", "Verified", "Watch", "verify_workspace"]


def verify_workspace(workspace: Workspace, watch: Watch, heads: Sequence[str] = ()) -> Verified:
    """Look at everything.

    `heads` are hashes from receipts, at least 12 digits of each. `watch` opens a bar for a label
    and a number of bytes (`library.cli.console.progress`). Raises Busy where another command does
    not let go of the library: what is being changed cannot be judged.
    """
    report = Verified()
    known = look_at_records(workspace, report)
    look_at_heads(workspace, known, heads, report)
    look_at_files(workspace, known, report, watch)
    look_at_site(workspace, known, report, watch)
    return report
