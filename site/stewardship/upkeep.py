"""The daily upkeep: reconcile what is out with the gate, and list what people have to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from library.backup.put_back import held_sentence, hold_taken_back_elsewhere
from library.consent.due import DueItem, due_items
from library.consent.holds_by_log import hold_sentences
from library.core import lock
from library.core.errors import Damaged
from library.core.workspace import Workspace
from library.records.library_day import (
    clock_next_step,
    clock_sentence,
    library_day,
    unconfirmed_day,
)
from library.records.log_doubt import log_doubt
from publish.cli.reconciliation import MAX_FILES_NAMED, reconciliation_lines
from publish.reconciliation.compare import RefusedCopy, RefusedStory, compare_with_gate
from publish.reconciliation.reconcile import Reconciliation, reconcile
from publish.reconciliation.stamp import read_stamp

MENTIONED_BEFORE = timedelta(days=30)
"""Time before a review date at which it is first mentioned, to reach the contributor."""


@dataclass(frozen=True)
class UpkeepReport:
    """The outcome of one run of upkeep, or of a dry one, and what is due: ids, never words."""

    on: date
    dry_run: bool
    outcome: Reconciliation
    due: tuple[DueItem, ...]
    holds: tuple[str, ...] = ()
    """Sentences about holds of which the log alone knows."""
    ahead: date | None = None
    """Day of a line of the log that this computer’s clock has not reached, where it matters."""
    log_doubt: Damaged | None = None
    """Reason the log does not hold, with what to do about it."""

    @property
    def still_out(self) -> tuple[str, ...]:
        return self.outcome.still_out

    @property
    def copies(self) -> tuple[RefusedCopy, ...]:
        return self.outcome.comparison.copies_to_ask_back

    @property
    def refused(self) -> tuple[RefusedStory, ...]:
        return self.outcome.comparison.refused

    @property
    def is_quiet(self) -> bool:
        """True where nothing was done and nothing is to be done."""
        comparison = self.outcome.comparison
        return (
            comparison.is_as_allowed
            and not comparison.problem
            and not self.outcome.did_anything
            and not self.due
            and not self.holds
            and self.ahead is None
            and self.log_doubt is None
        )

    def lines(self, *, with_holders: bool = True) -> list[str]:
        """Return the report in sentences; `with_holders` names whoever answers for a copy."""
        lines = []
        # First: whatever else is said rests on it.
        if self.log_doubt:
            lines += [f"Problem  {self.log_doubt.what}", f"Next: {self.log_doubt.next_step}"]
        if self.ahead is not None:
            lines += [f"Problem  {clock_sentence(self.ahead)}", f"Next: {clock_next_step()}"]
        lines += self._what_is_out(with_holders)
        lines += [f"Problem  {sentence}" for sentence in self.holds]
        if self.holds:
            lines.append("Next: carer-stories verify")
        if self.due:
            lines.append(f"Due by {(self.on + MENTIONED_BEFORE).isoformat()}:")
            lines += [f"  {item.story}: {item.what}, by {item.by.isoformat()}" for item in self.due]
        return lines

    def _what_is_out(self, with_holders: bool) -> list[str]:
        comparison = self.outcome.comparison
        if comparison.problem:
            return [
                f"Problem  The records could not be asked: {comparison.problem}",
                *reconciliation_lines(self.outcome, with_holders=with_holders),
            ]
        if not self.dry_run:
            return reconciliation_lines(self.outcome, with_holders=with_holders) or [
                f"OK  What is out is what may be shown on {self.on.isoformat()}: "
                f"{len(comparison.published)} on the site."
            ]
        lines = [f"Problem  {comparison.settings_problem}"] if comparison.settings_problem else []
        lines += [f"Problem  {sentence}" for sentence in comparison.led_to if with_holders]
        for story in self.refused:
            lines.append(f"Would take down: {story.id}, because:")
            lines += [f"  - {reason}" for reason in story.reasons]
        lines += [
            f"Would build again, for its dates changed: {each}" for each in comparison.misstated
        ]
        lines += [
            f"Would build again, for the last build did not write it so: {path}"
            for path in comparison.unknown_files[:MAX_FILES_NAMED]
        ]
        lines += [f"Would remove the preview of {preview.id}" for preview in comparison.previews]
        lines += [
            f"Would remove interviews/deliveries/{name}, for what it holds may not be shown"
            for name in comparison.deliveries
        ]
        for refused in self.copies:
            lines.append(f"To ask back: {refused.copy.id}: {', '.join(refused.stories)}")
        return lines or ["Nothing would be taken down."]

    def as_json(self) -> dict[str, object]:
        """Return the object of `upkeep --json`."""
        outcome = self.outcome
        return {
            "on": self.on,
            "dry_run": self.dry_run,
            "published": outcome.comparison.published,
            "refused": [{"story": story.id, "reasons": story.reasons} for story in self.refused],
            "previews_removed": outcome.previews_removed,
            "deliveries_removed": outcome.deliveries_removed,
            "messages": [path.name for path in outcome.messages],
            "site_rebuilt": outcome.site_rebuilt,
            "site_removed": outcome.site_removed,
            "still_out": outcome.still_out,
            "copies": [
                {"copy": refused.copy.id, "to": refused.copy.to, "stories": refused.stories}
                for refused in self.copies
            ],
            "due": [item.as_json() for item in self.due],
            "problems": [
                *filter(None, [outcome.comparison.problem, outcome.comparison.settings_problem]),
                *outcome.failures,
                *outcome.comparison.led_to,
                *self.holds,
                *([clock_sentence(self.ahead)] if self.ahead else []),
                *([self.log_doubt.what] if self.log_doubt else []),
            ],
        }


def run_upkeep(
    workspace: Workspace, *, dry_run: bool = False, role: str = "editor"
) -> UpkeepReport:
    """Compare every byte that is out, take down what may not be shown, and list what is due.

    With `dry_run` nothing is changed. Raises DiskFailed where nothing could be looked at.
    """
    on = library_day(workspace)
    if dry_run:
        # Sizes and times are not believed; for whom the site was is known from the stamp alone.
        stamp = msgspec.structs.replace(read_stamp(workspace), cuts={}, published={}, pages="")
        outcome = Reconciliation(compare_with_gate(workspace, on, stamp, hash_whole_site=True))
    else:
        # First: a library that was put back by hand knows less than its backups.
        for story_id, backup_id in hold_taken_back_elsewhere(workspace, role).items():
            lock.caller.warn(held_sentence(story_id, backup_id))
        # Once a day sizes and times are not believed, and every film that is out is hashed.
        outcome = reconcile(workspace, role=role, on=on, is_daily=True)
    due = _due(workspace, outcome, on)
    holds = tuple(hold_sentences(workspace))
    return UpkeepReport(
        on, dry_run, outcome, due, holds, unconfirmed_day(workspace), log_doubt(workspace)
    )


def _due(workspace: Workspace, outcome: Reconciliation, on: date) -> tuple[DueItem, ...]:
    if outcome.comparison.problem:
        return ()
    return tuple(due_items(workspace, on, MENTIONED_BEFORE))
