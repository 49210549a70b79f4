"""Remove old runs, and erased stories, from a backup: by a plain rule, never what is needed.

Kept are the newest runs, and of the months before the last run of each; the newest run of which
every content is there; and any that alone knows that a story was taken back, or alone holds a
recording, or a recording as it was. Runs are removed first and then what no other needs: broken
off, what is left over belongs to no run, and the next takes care of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from library.backup.manifests import BackedUpFile, BackupRun
from library.backup.repository import BackupRepository
from library.backup.saving import ProgressBar, save
from library.backup.selection import PRIVATE, belongs_to_any, is_record
from library.core import files
from library.core.errors import BadInput, Damaged, NotAllowed
from library.core.files import fsync_folder, translate_disk_errors
from library.core.workspace import Workspace
from library.records.withdrawal_notes import read_erasure

_ORIGINAL = re.compile(r"interviews/stories/[^/]+/original/")
EVERY_RUN_OF = timedelta(days=31)
"""Counted back from the newest run, not from today: a disk in a drawer loses nothing by age."""


@dataclass(frozen=True)
class PruningPlan:
    """The runs that would be removed and those that stay; both oldest first."""

    removed: tuple[BackupRun, ...]
    kept: tuple[BackupRun, ...]
    size: int
    """Bytes of contents that only the removed ones need, before sealing."""


def plan_pruning(repository: BackupRepository, *, newest: int | None = None) -> PruningPlan:
    """Plan the removal of old runs by the rule, or all but the `newest` ones. Changes nothing.

    Raises Damaged while a run cannot be read: what it needs cannot be known. BadInput.
    """
    if newest is not None and newest < 1:
        raise BadInput("At least one run must be kept.", "Say how many: --keep 5")
    runs, errors = repository.readable_runs()
    if errors:
        raise errors[0]
    needed_ids = _last_of_months(runs) if newest is None else {run.id for run in runs[-newest:]}
    needed_ids |= _newest_whole(repository, runs)
    needed_ids |= _sole_holders(runs, needed_ids)
    removed = tuple(run for run in runs if run.id not in needed_ids)
    remaining = tuple(run for run in runs if run.id in needed_ids)
    needed = {file.sha256 for run in remaining for file in run.files}
    freed = {file.sha256: file.size for run in removed for file in run.files}
    return PruningPlan(
        removed, remaining, sum(size for sha, size in freed.items() if sha not in needed)
    )


def prune(
    repository: BackupRepository, plan: PruningPlan, *, newest: int | None = None
) -> tuple[int, int]:
    """Remove the planned runs that are still due. Returns how many objects went, and their bytes.

    The caller holds the backup’s lock. Raises what `plan` does, and DiskFailed.
    """
    announced = {run.id for run in plan.removed}
    removed_ids = [
        run.id for run in plan_pruning(repository, newest=newest).removed if run.id in announced
    ]
    # Runs go before objects: broken off, objects are left over, and no run lacks one.
    for run_id in removed_ids:
        path = repository.run_file(run_id)
        with translate_disk_errors(path, "remove"):
            files.system.unlink(path)
    with translate_disk_errors(repository.runs):
        fsync_folder(repository.runs)
    return repository.remove_unneeded(
        [repository.read_run(run_id) for run_id in repository.run_ids()]
    )


def _last_of_months(runs: Sequence[BackupRun]) -> set[str]:
    """Return every run of the last 31 days, and the last run of each earlier month."""
    if not runs:
        return set()
    start = datetime.fromisoformat(runs[-1].made) - EVERY_RUN_OF
    recent = {run.id for run in runs if datetime.fromisoformat(run.made) >= start}
    last_of = {run.made[:7]: run.id for run in runs}
    return recent | set(last_of.values())


def _newest_whole(repository: BackupRepository, runs: Sequence[BackupRun]) -> set[str]:
    """Return the newest run whose every object is there, in its length; all runs where none is."""
    for run in reversed(runs):
        if all(repository.has_object(file.sha256, file.size) for file in run.files):
            return {run.id}
    return {run.id for run in runs}


def _sole_holders(runs: Sequence[BackupRun], kept_ids: Collection[str]) -> set[str]:
    """Return runs with something irreplaceable that no run of `kept_ids` has."""
    erased = {erasure.story for run in runs for erasure in run.erasures}
    known = {item for run in runs if run.id in kept_ids for item in _irreplaceable(run, erased)}
    additional: set[str] = set()
    for run in reversed(runs):
        if run.id not in kept_ids and not (own := _irreplaceable(run, erased)) <= known:
            known |= own
            additional.add(run.id)
    return additional


def _irreplaceable(run: BackupRun, erased: Collection[str]) -> set[tuple[str, str]]:
    """Return the withdrawals, erasures and originals of a run that nothing else could replace."""
    taken_back = {(item.story, item.scope) for item in run.withdrawals}
    erasures = {(item.story, "erased" if item.done else "to be erased") for item in run.erasures}
    originals = {
        (item.path, item.sha256)
        for item in run.files
        if _ORIGINAL.match(item.path) and not belongs_to_any(item.path, erased)
    }
    return taken_back | erasures | originals


@dataclass(frozen=True)
class ForgetReport:
    """The result of removing an erased story from a backup."""

    story: str
    runs: int
    """Runs that held something of it, or older records with its words."""
    objects: int
    size: int
    """Bytes that were freed."""


def forget_story(
    workspace: Workspace, repository: BackupRepository, story_id: str, watch: ProgressBar
) -> ForgetReport:
    """Make a run, take the story out of all others, and remove what only they needed.

    With it goes every other story that was erased and is still in them.

    The caller holds the backup’s lock. Raises NotAllowed for a story that is not erased, Damaged
    while a run cannot be read: what it needs cannot be known. Broken off, it can be run again.
    """
    workspace.story(story_id)
    _require_erased(workspace, story_id)
    _, errors = repository.readable_runs()
    if errors:
        raise errors[0]
    newest = save(workspace, repository, watch).run
    if newest.records_problem:
        raise Damaged(newest.records_problem, "Mend the records first, then run this again.")
    runs = [repository.read_run(run_id) for run_id in repository.run_ids()]
    after = [_without_erased(run, newest) for run in runs]
    changed = [new for old, new in zip(runs, after, strict=True) if new != old]
    for run in changed:
        repository.write_run(run)
    objects, size = repository.remove_unneeded(after)
    return ForgetReport(story_id, len(changed), objects, size)


def _require_erased(workspace: Workspace, story_id: str) -> None:
    erasure = read_erasure(workspace, story_id)
    if erasure is None or not erasure.done:
        raise NotAllowed(
            f"{story_id} is not erased, so the backup keeps it.",
            f"Erase it first: carer-stories withdraw {story_id} --erase",
        )


def _without_erased(run: BackupRun, newest: BackupRun) -> BackupRun:
    """Return the run without any erased story, or the run itself where it holds none."""
    erased = {item.story for item in newest.erasures if item.done}
    erased_before = {item.story for item in run.erasures if item.done}
    if run.id == newest.id or erased <= {*run.forgotten, *erased_before}:
        return run
    unchanged = [
        item
        for item in run.files
        if not (_has_words(item.path) or belongs_to_any(item.path, erased))
    ]
    replaced = [item for item in newest.files if _has_words(item.path)]
    return msgspec.structs.replace(
        run,
        folders={
            path: mode for path, mode in run.folders.items() if not belongs_to_any(path, erased)
        },
        files=_in_order([*unchanged, *replaced]),
        generation=newest.generation,
        log_lines=newest.log_lines,
        log_head=newest.log_head,
        records_problem="",
        withdrawals=newest.withdrawals,
        erasures=newest.erasures,
        forgotten=tuple(sorted({*run.forgotten, *erased})),
    )


def _has_words(path: str) -> bool:
    return is_record(path) or path.startswith(PRIVATE)


def _in_order(backed_up: Sequence[BackedUpFile]) -> tuple[BackedUpFile, ...]:
    return tuple(sorted(backed_up, key=lambda file: file.path))
