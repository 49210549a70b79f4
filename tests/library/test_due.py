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
from tests.support.command_line import CommandResult
from tests.support.quick_stories import AGREED, filmed, released

Cli = Callable[..., CommandResult]


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return released(workspace)


def due(run_cli: Cli, within: str = "60d") -> list[tuple[str, int]]:
    due_items = json.loads(run_cli("consent", "due", "--within", within, "--json").out)
    return [(item["what"], item["days"]) for item in due_items]


def on_day(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)


def test_a_review_date_is_told_ahead_and_after(
    run_cli: Cli, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = clock.months_after(clock.today(), 24)
    review_request = "ask whether it may still be shown"
    assert review_request not in [kind for kind, _ in due(run_cli)]
    assert (review_request, (review - clock.today()).days) in due(run_cli, "25m")
    on_day(monkeypatch, review - timedelta(days=60))
    assert (review_request, 60) in due(run_cli)
    assert "in 60 days" in run_cli("consent", "due").out
    on_day(monkeypatch, review + timedelta(days=3))
    assert (review_request, -3) in due(run_cli)
    assert "3 days ago" in run_cli("consent", "due").out


def test_forms_that_were_never_scanned_are_told(
    run_cli: Cli, workspace: Workspace, story_id: str, tmp_path: Path
) -> None:
    kinds = {kind for kind, _ in due(run_cli)}
    assert kinds == {"scan the signed release", "scan the signed participation agreement"}
    other = filmed(workspace, "Other")
    scan = tmp_path / "signed.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    run_cli("consent", "record", other, "--form", scan, *AGREED)
    due_items = json.loads(run_cli("consent", "due", "--json").out)
    assert {item["story"] for item in due_items} == {story_id}


def test_a_withdrawn_story_is_never_asked_about(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    record_withdrawal(workspace, story_id, "contributor")
    assert due(run_cli, "9y") == []
    assert "Nothing is due" in run_cli("consent", "due").out


def test_a_length_of_time_that_is_none_is_refused(run_cli: Cli) -> None:
    result = run_cli("consent", "due", "--within", "soon")
    assert result.code == 2
    assert "60d, 8w, 2m or 1y" in result.err
