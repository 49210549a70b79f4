"""Whom to ask again, and by when."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.workspace import Workspace
from tests.support.command_line import Ran
from tests.support.quick_stories import AGREED, filmed, released

Cli = Callable[..., Ran]


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return released(workspace)


def due(run_cli: Cli, within: str = "60d") -> list[tuple[str, int]]:
    found = json.loads(run_cli("consent", "due", "--within", within, "--json").out)
    return [(one["what"], one["days"]) for one in found]


def on_day(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)


def test_a_review_date_is_told_ahead_and_after(
    run_cli: Cli, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = clock.months_after(clock.today(), 24)
    asked = "ask whether it may still be shown"
    assert asked not in [what for what, _ in due(run_cli)]
    assert (asked, (review - clock.today()).days) in due(run_cli, "25m")
    on_day(monkeypatch, review - timedelta(days=60))
    assert (asked, 60) in due(run_cli)
    assert "in 60 days" in run_cli("consent", "due").out
    on_day(monkeypatch, review + timedelta(days=3))
    assert (asked, -3) in due(run_cli)
    assert "3 days ago" in run_cli("consent", "due").out


def test_forms_that_were_never_scanned_are_told(
    run_cli: Cli, workspace: Workspace, story_id: str, tmp_path: Path
) -> None:
    whats = {what for what, _ in due(run_cli)}
    assert whats == {"scan the signed release", "scan the signed participation agreement"}
    other = filmed(workspace, "Other")
    scan = tmp_path / "signed.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    run_cli("consent", "record", other, "--form", scan, *AGREED)
    found = json.loads(run_cli("consent", "due", "--json").out)
    assert {one["story"] for one in found} == {story_id}


def test_a_withdrawn_story_is_never_asked_about(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    record_withdrawal(workspace, story_id, "contributor")
    assert due(run_cli, "9y") == []
    assert "Nothing is due" in run_cli("consent", "due").out


def test_a_length_of_time_that_is_none_is_refused(run_cli: Cli) -> None:
    ran = run_cli("consent", "due", "--within", "soon")
    assert ran.code == 2
    assert "60d, 8w, 2m or 1y" in ran.err
