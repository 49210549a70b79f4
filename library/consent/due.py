"""Permissions that run out soon or have run out, and forms that were never scanned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from library.consent.gate import History
from library.consent.gate_input import history_of
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.story import Story


@dataclass(frozen=True)
class DueItem:
    """A reminder: a permission to ask about again, or a signed form to scan.

    A story may have several.
    """

    story: str
    title: str
    what: str
    by: date
    """Of a form, the day it was signed: until it is scanned, it is overdue."""
    days: int
    """Until then; negative when it has passed."""

    def as_json(self) -> dict[str, object]:
        """Return the object of `consent due --json`."""
        return {
            "story": self.story,
            "title": self.title,
            "what": self.what,
            "by": self.by.isoformat(),
            "days": self.days,
        }


def due_items(workspace: Workspace, on: date, within: timedelta) -> list[DueItem]:
    """Return what falls due until `on + within`, overdue first."""
    snapshot = Ledger(workspace).read()
    items = [
        item
        for story in snapshot.all(Story)
        for item in _due_of_story(history_of(snapshot, story.id), on)
        if item.by <= on + within
    ]
    return sorted(items, key=lambda item: (item.by, item.story))


def _due_of_story(history: History, on: date) -> list[DueItem]:
    if history.whole_withdrawal:
        return []
    items = []
    if history.releases:
        release = history.releases[-1]
        items.append(_due_item(history, "ask whether it may still be shown", release.review, on))
        if not release.form_sha256:
            items.append(_due_item(history, "scan the signed release", release.viewed, on))
    if history.agreements and not history.agreements[-1].form_sha256:
        agreed = history.agreements[-1].on
        items.append(_due_item(history, "scan the signed participation agreement", agreed, on))
    return items


def _due_item(history: History, what: str, by: date, on: date) -> DueItem:
    return DueItem(history.story.id, history.story.title, what, by, (by - on).days)
