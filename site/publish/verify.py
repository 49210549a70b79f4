"""Verify only reads: the log's chain, the fixity of originals, and the cuts."""

from __future__ import annotations

from dataclasses import dataclass, field

from capture.ingest import broken_originals
from library.desk import read_history
from library.errors import CarerStoriesError
from library.ledger import Ledger
from library.standing import progress_of
from library.story import Story
from library.workspace import Workspace


@dataclass
class Verified:
    """Sentences about what is as it should be, and what is not."""

    good: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def verify_workspace(workspace: Workspace) -> Verified:
    """Look at everything; one broken thing does not hide the next."""
    report = Verified()
    stories = Ledger(workspace).read().all(Story)
    report.good.append(f"The database is whole: {len(stories)} stories.")
    _verify_log(workspace, report)
    for story in stories:
        _verify_story(workspace, story.id, report)
    return report


def _verify_log(workspace: Workspace, report: Verified) -> None:
    try:
        head = Ledger(workspace).verify()
    except CarerStoriesError as error:
        report.bad.append(error.what)
        return
    report.good.append(f"The log's chain holds: {head}.")


def _verify_story(workspace: Workspace, story_id: str, report: Verified) -> None:
    folder = workspace.story(story_id)
    try:
        originals = broken_originals(folder)
        cut = progress_of(folder).cut
    except CarerStoriesError as error:
        report.bad.append(error.what)
        return
    for name in originals:
        report.bad.append(f"{story_id}: original/{name} is not the file that was brought in.")
    approved = bool(read_history(workspace, story_id).approvals)
    for name in cut.changed if cut and approved else ():
        report.bad.append(f"{story_id}: {name} changed after the cut was approved.")
    if folder.manifest.is_file() and not originals:
        report.good.append(f"{story_id}: the originals are as they came in.")
