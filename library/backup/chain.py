"""The chain of a backup's runs: one that somebody removed, or changed for another, is noticed.

Each run holds the id of the one before and the hash of its record; which one is the newest is noted
beside them. What this program takes out itself leaves a record in its place (`RemovedRun`). Runs of
an earlier version know nothing of each other: the first chained one names the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from library.backup.manifests import BackupRun, RemovedRun, RunLink
from library.backup.repository import BackupRepository


@dataclass
class ChainReport:
    """The result of following the chain."""

    missing: list[RunLink] = field(default_factory=list)
    """Runs that others name, and that nothing of this program took out."""
    problems: list[str] = field(default_factory=list)
    """Sentences about records that are not those which others name."""
    unchained: int = 0
    """Runs of an earlier version, of which one could be removed unnoticed."""
    accepted: tuple[str, ...] = ()
    """Ids of runs that were missing, of which an editor has taken note."""

    @property
    def sentences(self) -> list[str]:
        """Return everything that is amiss."""
        return [
            *(
                f"The run {link.id} is not there, and no command of carer-stories took it out."
                for link in self.missing
            ),
            *self.problems,
        ]


def link_of(run: BackupRun) -> RunLink:
    return RunLink(id=run.id, sha256=run.sha256)


def next_link(repository: BackupRepository, runs: Sequence[BackupRun]) -> RunLink | None:
    """Return the run that a new one follows: the newest that was noted, there or not, or was made.

    A run that was removed since must not be forgotten by making another.
    """
    link = repository.newest_run()
    if link is None:
        return link_of(runs[-1]) if runs else None
    # Runs that were made and, the process being killed, not noted any more.
    for run in runs:
        if run.previous and run.previous.id == link.id and run.id != link.id:
            link = link_of(run)
    return link


def ids_named(repository: BackupRepository, runs: Sequence[BackupRun]) -> set[str]:
    """Return the ids of all runs that are or were there, as far as others name them."""
    removed, _ = repository.removed_runs()
    return {*removed, *(link.id for link in _links(repository, runs, removed))}


def follow_chain(
    repository: BackupRepository, runs: Sequence[BackupRun], *, unreadable: bool
) -> ChainReport:
    """Compare every run, and every one that was taken out, with what others say of it.

    `unreadable` tells that some runs cannot be read, which is said elsewhere. Raises DiskFailed.
    """
    removed, problems = repository.removed_runs()
    report = ChainReport(
        problems=problems,
        unchained=sum(not run.is_chained for run in runs),
        accepted=tuple(item.id for item in removed.values() if item.why == "missing"),
    )
    readable = {run.id: run for run in runs}
    present = set(repository.run_ids())
    seen: set[RunLink] = set()
    for link in _links(repository, runs, removed):
        if link in seen:
            continue
        seen.add(link)
        if link.id in readable:
            if link.sha256 not in readable[link.id].sha256s:
                report.problems.append(f"The run {link.id} is not the one that was made then.")
        # One that is there and cannot be read is told of by itself.
        elif link.id in removed and link.id not in present:
            if link.sha256 not in removed[link.id].sha256s:
                report.problems.append(
                    f"The run {link.id} was taken out, but it was not the one that was made then."
                )
        elif link.id not in present:
            report.missing.append(link)
    chained = [run for run in runs if run.is_chained]
    # With a single one a process may have been killed between the two.
    if repository.newest_run() is None and (len(chained) > 1 or repository.has_newest_run()):
        report.problems.append("Which run is the newest is not noted any more, or cannot be read.")
    firsts = [run.id for run in chained if run.previous is None]
    if len(firsts) > 1 and not unreadable:
        report.problems.append(f"The run {firsts[-1]} does not say which one it followed.")
    return report


def _links(
    repository: BackupRepository, runs: Sequence[BackupRun], removed: dict[str, RemovedRun]
) -> Iterator[RunLink]:
    for previous in [
        *(run.previous for run in runs),
        *(item.previous for item in removed.values()),
    ]:
        if previous:
            yield previous
    newest = repository.newest_run()
    if newest:
        yield newest
