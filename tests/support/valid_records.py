"""Records that are right in every field, for tests to change one thing of."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from library.core.workspace import Workspace
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.store import Store
from library.records.story import Story
from tests.support.workspaces import filled_text

SHA = "0123456789abcdef" * 4
AT = "2026-03-01T10:00:00Z"
DAY = date(2026, 3, 1)


def story(key: str = "cs-aaaaaa", **fields: Any) -> Story:
    given = {"title": "Nobody would talk to me", "questions": "first-contact", "created": AT}
    return Story(id=key, **(given | fields))


def agreement(key: str = "ag-aaaaaa", about: str = "cs-aaaaaa") -> Agreement:
    return Agreement(
        id=key,
        story=about,
        recorded=AT,
        on=DAY,
        taken_by="carer-volunteer",
        form_version="1",
        independent=True,
        capacity_considered=True,
    )


def release(key: str = "re-aaaaaa", about: str = "cs-aaaaaa", **fields: Any) -> Release:
    given: dict[str, Any] = {"cut": SHA, "viewed": DAY, "audience": "trust", "witness": "editor"}
    given |= {"review": date(2028, 3, 1), "form_version": "1"}
    return Release(id=key, story=about, recorded=AT, **(given | fields))


def approval(key: str = "ap-aaaaaa", about: str = "cs-aaaaaa") -> Approval:
    fields: dict[str, Any] = {"cut": SHA, "audience": "trust", "on": DAY, "role": "editor"}
    return Approval(id=key, story=about, recorded=AT, **fields)


def withdrawal(key: str = "wi-aaaaaa", about: str = "cs-aaaaaa") -> Withdrawal:
    return Withdrawal(id=key, story=about, recorded=AT, on=DAY, asked_by="contributor")


def library(folder: Path) -> Workspace:
    """A workspace with an empty database, and the settings that agreements need."""
    workspace = Workspace(folder)
    workspace.interviews.mkdir(parents=True)
    workspace.settings.write_text(filled_text(), encoding="utf-8")
    Store(workspace.database).create()
    return workspace
