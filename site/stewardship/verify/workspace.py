"""Check a whole workspace, changing nothing: records, log, receipts, story files, edition and site.

One broken thing never hides the next: with a damaged database the log is still read, and with
neither the files are.
"""

from __future__ import annotations

from collections.abc import Sequence

from library.core.workspace import Workspace
from stewardship.verify.files import ProgressBar, check_published, check_story_files
from stewardship.verify.records import check_log_receipts, check_records
from stewardship.verify.report import VerifyReport


def verify_workspace(
    workspace: Workspace, show_progress: ProgressBar, heads: Sequence[str] = ()
) -> VerifyReport:
    """Check everything in `workspace` against what was recorded of it.

    `heads` are hashes from receipts, at least 12 digits of each. `show_progress` opens a bar for a
    label and a number of bytes (`library.cli.console.progress`). Raises Busy where another command
    does not let go of the library: what is being changed cannot be judged.
    """
    report = VerifyReport()
    # Records first: the checks of files need what was read of them.
    records = check_records(workspace, report)
    check_log_receipts(workspace, records, heads, report)
    check_story_files(workspace, records, report, show_progress)
    check_published(workspace, records, report, show_progress)
    return report
