"""Remove old runs, and erased stories, from a backup, without losing anything irreplaceable.

These runs are kept: every run of the last 31 days, and the last one of each earlier month; the
newest run that is complete; and any run that alone knows of a withdrawal or erasure, or alone
holds an original recording or an earlier state of one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from library.backup.chain import follow_chain
from library.backup.manifests import RUN_SCHEMA, BackupRun, RunLink
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar, save
from library.backup.selection import (
    PRIVATE_FOLDER,
    belongs_to_any,
    is_copy_of_records,
    is_record,
)
from library.consent.safeguarding import require_no_hold
from library.core.errors import BadInput, Damaged, NotAllowed
from library.core.files import fsync_folder, translate_disk_errors
from library.core.workspace import Workspace
from library.records.withdrawal_notes import read_erasure, read_erasures

_ORIGINAL = re.compile(r"interviews/stories/[^/]+/original/")
"""The start of the path of an original recording."""
KEEP_EVERY_RUN_FOR = timedelta(days=31)
"""Counted back from the newest run, not from today: a disk in a drawer loses nothing by age."""


@dataclass(frozen=True)
class PruningPlan:
    """The runs that would be removed and those that stay; both oldest first."""

    removed: tuple[BackupRun, ...]
    kept: tuple[BackupRun, ...]
    size: int
    """Bytes of contents that only the removed ones need, before encryption."""
    missing: tuple[RunLink, ...] = ()
    """Runs that somebody else removed: pruning takes note of that."""


def plan_pruning(repository: BackupRepository, *, keep: int | None = None) -> PruningPlan:
    """Plan the removal of old runs by the rule above, or of all but the newest `keep`.

    Changes nothing. Raises BadInput where `keep` is below 1, and Damaged while a run cannot be
    read: what it needs cannot be known.
    """
    if keep is not None and keep < 1:
        raise BadInput("At least one run must be kept.", "Say how many: --keep 5")
    runs, errors = repository.readable_runs()
    if errors:
        raise errors[0]
    needed_ids = _last_of_months(runs) if keep is None else {run.id for run in runs[-keep:]}
    needed_ids |= _newest_complete(repository, runs)
    needed_ids |= _sole_holders(runs, needed_ids)
    removed = tuple(run for run in runs if run.id not in needed_ids)
    missing = follow_chain(repository, runs, unreadable=False).missing
    remaining = tuple(run for run in runs if run.id in needed_ids)
    needed_hashes = {file.sha256 for run in remaining for file in run.files}
    sizes_of_removed = {file.sha256: file.size for run in removed for file in run.files}
    return PruningPlan(
        removed,
        remaining,
        sum(size for sha, size in sizes_of_removed.items() if sha not in needed_hashes),
        tuple(missing),
    )


def prune(
    repository: BackupRepository, plan: PruningPlan, *, keep: int | None = None
) -> tuple[int, int]:
    """Remove the planned runs that are still due; return the number of objects removed, and bytes.

    The caller holds the backup’s lock. Raises as `plan_pruning` does, and DiskFailed.
    """
    announced = {run.id for run in plan.removed}
    # Planned again under the lock: runs may have come or been spoilt since it was shown.
    now_due = plan_pruning(repository, keep=keep)
    for link in now_due.missing:
        if link in plan.missing:
            repository.remove_run(link, "missing")
    # Runs go before objects: if this is interrupted, objects are left over (the next pruning
    # removes them), and no run lacks one.
    for run in now_due.removed:
        if run.id in announced:
            repository.remove_run(run, "pruned")
    with translate_disk_errors(repository.runs):
        fsync_folder(repository.runs)
    return repository.remove_unneeded(
        [repository.read_run(run_id) for run_id in repository.run_ids()]
    )


def _last_of_months(runs: Sequence[BackupRun]) -> set[str]:
    """Return ids of every run of the last 31 days, and the last run of each earlier month."""
    if not runs:
        return set()
    start = datetime.fromisoformat(runs[-1].made) - KEEP_EVERY_RUN_FOR
    recent = {run.id for run in runs if datetime.fromisoformat(run.made) >= start}
    last_of = {run.made[:7]: run.id for run in runs}
    return recent | set(last_of.values())


def _newest_complete(repository: BackupRepository, runs: Sequence[BackupRun]) -> set[str]:
    """Return the id of the newest run whose objects all exist in full; of all runs if none has."""
    for run in reversed(runs):
        if all(repository.has_object(file.sha256, file.size) for file in run.files):
            return {run.id}
    return {run.id for run in runs}


def _sole_holders(runs: Sequence[BackupRun], kept_ids: Collection[str]) -> set[str]:
    """Return ids of runs with something irreplaceable that no run of `kept_ids` has."""
    erased = {erasure.story for run in runs for erasure in run.erasures}
    known = {item for run in runs if run.id in kept_ids for item in _irreplaceable(run, erased)}
    additional: set[str] = set()
    # From the newest: of two runs with the same, the newer one stays.
    for run in reversed(runs):
        if run.id not in kept_ids and not (own := _irreplaceable(run, erased)) <= known:
            known |= own
            additional.add(run.id)
    return additional


def _irreplaceable(run: BackupRun, erased: Collection[str]) -> set[tuple[str, str]]:
    """Return the withdrawals, erasures and originals of a run, which could not be made again."""
    withdrawals = {(item.story, item.scope) for item in run.withdrawals}
    erasures = {(item.story, "erased" if item.done else "to be erased") for item in run.erasures}
    originals = {
        (item.path, item.sha256)
        for item in run.files
        if _ORIGINAL.match(item.path) and not belongs_to_any(item.path, erased)
    }
    return withdrawals | erasures | originals


@dataclass(frozen=True)
class ForgetReport:
    """The result of removing an erased story from a backup."""

    story: str
    runs: int
    """Number of runs that held something of it, or older records with its words."""
    objects: int
    """Number of objects that were removed."""
    size: int
    """Bytes that were freed."""


def forget_story(
    workspace: Workspace, repository: BackupRepository, story_id: str, progress_bar: ProgressBar
) -> ForgetReport:
    """Make a run, remove the story from all others, and delete the objects only they needed.

    Any other erased story that they still hold is removed as well.

    The caller holds the backup’s lock. Raises NotAllowed for a story that is not erased or under a
    legal hold, Damaged while a run cannot be read: what it needs cannot be known. It can be run
    again if interrupted.
    """
    require_erased(workspace, story_id)
    _, errors = repository.readable_runs()
    if errors:
        raise errors[0]
    newest = save(workspace, repository, progress_bar).run
    if newest.records_problem:
        raise Damaged(newest.records_problem, "Mend the records first, then run this again.")
    runs = [repository.read_run(run_id) for run_id in repository.run_ids()]
    runs_without = [_without_erased(run, newest) for run in runs]
    changed = [new for old, new in zip(runs, runs_without, strict=True) if new != old]
    # Runs are written before objects go: broken off, no run lacks one.
    for run in changed:
        repository.write_run(run)
    objects, size = repository.remove_unneeded(runs_without)
    return ForgetReport(story_id, len(changed), objects, size)


def require_no_erased_hold(workspace: Workspace) -> None:
    """Raise NotAllowed while an erased story is under a legal hold: only backups still have it."""
    require_no_hold(workspace, [erasure.story for erasure in read_erasures(workspace)])


def require_erased(workspace: Workspace, story_id: str) -> None:
    """Raise NotAllowed for a story that is not erased, or while an erased one is held."""
    workspace.story(story_id)
    erasure = read_erasure(workspace, story_id)
    if erasure is None or not erasure.done:
        raise NotAllowed(
            f"{story_id} is not erased, so the backup keeps it.",
            f"Erase it first: carer-stories withdraw {story_id} --erase",
        )
    require_no_erased_hold(workspace)


def _without_erased(run: BackupRun, newest: BackupRun) -> BackupRun:
    """Return the run without any erased story, or the run itself where it holds none."""
    erased = {item.story for item in newest.erasures if item.done}
    erased_before = {item.story for item in run.erasures if item.done}
    # Done before: after a kill the same command changes nothing twice.
    if run.id == newest.id or erased <= {*run.forgotten, *erased_before}:
        return run
    unchanged = [
        item
        for item in run.files
        if not (_may_quote_stories(item.path) or belongs_to_any(item.path, erased))
    ]
    # Records hold titles and words, so older ones are replaced by today’s.
    replaced = [item for item in newest.files if _may_quote_stories(item.path)]
    return msgspec.structs.replace(
        run,
        # Of an earlier version’s run as well: it is written in today’s form.
        schema=RUN_SCHEMA,
        folders={
            path: mode for path, mode in run.folders.items() if not belongs_to_any(path, erased)
        },
        files=tuple(sorted([*unchanged, *replaced], key=lambda file: file.path)),
        generation=newest.generation,
        log_lines=newest.log_lines,
        log_head=newest.log_head,
        records_problem="",
        withdrawals=newest.withdrawals,
        erasures=newest.erasures,
        forgotten=tuple(sorted({*run.forgotten, *erased})),
        # The run after it knows this one by the hash that it had.
        earlier_sha256s=(*run.earlier_sha256s, run.sha256),
    )


def _may_quote_stories(path: str) -> bool:
    """Return whether a file outside the story folders may hold words of any story."""
    return is_record(path) or path.startswith(PRIVATE_FOLDER) or is_copy_of_records(path)
