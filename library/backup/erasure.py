"""Taking an erased story out of a backup: its files, and its words in older records.

What a backup is for is that nothing is lost, so only a story that was erased can be forgotten. The
database of an older run cannot be altered without a seam; it is replaced, together with the log,
the notes and the private record, by the newest, from which the words are gone. The other stories’
files stay in every run as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar, save
from library.backup.selection import PRIVATE, belongs_to_any, is_record
from library.core.errors import Damaged, NotAllowed
from library.core.workspace import Workspace
from library.records.withdrawal_notes import read_erasure


@dataclass(frozen=True)
class ForgetReport:
    """What was taken out."""

    story: str
    runs: int
    """Runs that held something of it, or older records with its words."""
    objects: int
    size: int
    """Bytes that were freed."""


def forget_story(
    workspace: Workspace, vault: BackupRepository, story_id: str, watch: ProgressBar
) -> ForgetReport:
    """Make a run, take the story out of every other, and remove what only they needed.

    With it goes every other story that was erased and is still in them.

    The caller holds the backup’s lock. Raises NotAllowed for a story that is not erased, Damaged
    while a run cannot be read: what it needs cannot be known. Broken off, it can be run again.
    """
    workspace.story(story_id)
    _require_erased(workspace, story_id)
    _, troubles = vault.readable_runs()
    if troubles:
        raise troubles[0]
    newest = save(workspace, vault, watch).run
    if newest.amiss:
        raise Damaged(newest.amiss, "Mend the records first, then run this again.")
    runs = [vault.read_run(run_id) for run_id in vault.run_ids()]
    after = [_without(run, newest) for run in runs]
    changed = [new for old, new in zip(runs, after, strict=True) if new != old]
    for run in changed:
        vault.write_run(run)
    objects, size = vault.remove_unneeded(after)
    return ForgetReport(story_id, len(changed), objects, size)


def _require_erased(workspace: Workspace, story_id: str) -> None:
    erasure = read_erasure(workspace, story_id)
    if erasure is None or not erasure.done:
        raise NotAllowed(
            f"{story_id} is not erased, so the backup keeps it.",
            f"Erase it first: carer-stories withdraw {story_id} --erase",
        )


def _without(run: BackupRun, newest: BackupRun) -> BackupRun:
    """The run without anything of any story that was erased by now, or itself where it has none."""
    gone = {one.story for one in newest.erasures if one.done}
    gone_then = {one.story for one in run.erasures if one.done}
    if run.id == newest.id or gone <= {*run.forgotten, *gone_then}:
        return run
    mine = [
        one for one in run.files if not (_has_words(one.path) or belongs_to_any(one.path, gone))
    ]
    theirs = [one for one in newest.files if _has_words(one.path)]
    return msgspec.structs.replace(
        run,
        folders={
            path: mode for path, mode in run.folders.items() if not belongs_to_any(path, gone)
        },
        files=_in_order([*mine, *theirs]),
        generation=newest.generation,
        log_lines=newest.log_lines,
        log_head=newest.log_head,
        amiss="",
        withdrawals=newest.withdrawals,
        erasures=newest.erasures,
        forgotten=tuple(sorted({*run.forgotten, *gone})),
    )


def _has_words(path: str) -> bool:
    return is_record(path) or path.startswith(PRIVATE)


def _in_order(kept: Sequence[BackedUpFile]) -> tuple[BackedUpFile, ...]:
    return tuple(sorted(kept, key=lambda one: one.path))
