"""The day by which a library goes, when clocks are put back, put forward, or were wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as datetime_time

import pytest

from library.consent.stories import read_history, start_story
from library.core import clock
from library.core.audience import Audience
from library.core.errors import NotAllowed
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.library_day import (
    confirm_clock,
    day_for_showing,
    library_day,
    unconfirmed_day,
)
from publish.build_job import build_library
from publish.edition import read_edition
from tests.support.command_line import CommandResult
from tests.support.quick_stories import released
from tests.support.workspaces import filled_text

DAY = date(2026, 6, 15)


@pytest.fixture
def go_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Set the computer's clock to noon of a day, wherever the product asks."""
    at = [DAY]
    real_today, real_now = clock.today, clock.now

    def today() -> date:
        return at[0]

    def now() -> str:
        return f"{at[0].isoformat()}T12:00:00Z"

    for module in list(sys.modules.values()):
        if getattr(module, "today", None) is real_today:
            monkeypatch.setattr(module, "today", today)
        if getattr(module, "now", None) is real_now:
            monkeypatch.setattr(module, "now", now)

    def go(day: date) -> None:
        at[0] = day

    return go


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def write_line(workspace: Workspace) -> None:
    start_story(workspace, title="Another", questions="being-heard")


def test_a_clock_that_is_put_back_brings_no_story_back(
    workspace: Workspace, go_to: Callable[[date], None], run_cli: Callable[..., CommandResult]
) -> None:
    go_to(DAY)
    story_id = released(workspace)
    build_library(workspace, Audience.TRUST)
    review = read_history(workspace, story_id).releases[-1].review
    go_to(review)
    write_line(workspace)
    build_library(workspace, Audience.TRUST)
    assert not read_edition(workspace).stories
    go_to(after(300))
    built = run_cli("site", "build")
    assert built.code == NotAllowed.exit_code
    assert f"a line of {review.isoformat()}" in built.err
    assert "Next: If this computer is right: carer-stories upkeep --confirm-clock." in built.err
    assert not read_edition(workspace).stories
    # A line that is written meanwhile hides nothing, and a day back is no more than the log says.
    write_line(workspace)
    assert unconfirmed_day(workspace) == review
    go_to(review - timedelta(days=1))
    assert library_day(workspace) == day_for_showing(workspace) == review


def test_a_line_from_the_future_is_confirmed_and_locks_nobody_out(
    workspace: Workspace, go_to: Callable[[date], None], run_cli: Callable[..., CommandResult]
) -> None:
    go_to(after(20_000))
    write_line(workspace)
    go_to(DAY)
    shown = released(workspace)  # recording goes on
    assert library_day(workspace) == DAY
    assert "One of them is wrong" in run_cli("upkeep").out
    assert "One of them is wrong" in run_cli("doctor").out
    assert "Next: If this computer is right" in run_cli("status").out
    assert run_cli("site", "build").code == NotAllowed.exit_code
    refused = run_cli("upkeep", "--confirm-clock", "--dry-run")
    assert refused.code == 2
    confirmed = run_cli("upkeep", "--confirm-clock")
    assert confirmed.code == 0, confirmed.err
    assert "Recorded: it is 15 June 2026." in confirmed.out
    assert "One of them" not in confirmed.out
    assert run_cli("site", "build").code == 0
    assert [story.page.id for story in read_edition(workspace).stories] == [shown]
    again = run_cli("upkeep", "--confirm-clock")
    assert "No line of the log is ahead" in again.out
    assert len(Ledger(workspace).entries_of("confirm-clock")) == 1
    # What counts no more is what came before; a later line from the future is asked about again.
    go_to(after(40))
    write_line(workspace)
    go_to(after(2))
    assert unconfirmed_day(workspace) == after(40)


def test_a_withdrawal_waits_for_no_clock(
    workspace: Workspace, go_to: Callable[[date], None], run_cli: Callable[..., CommandResult]
) -> None:
    go_to(DAY)
    story_id, other = released(workspace), released(workspace, "Still shown")
    build_library(workspace, Audience.TRUST)
    go_to(after(300))
    write_line(workspace)
    go_to(DAY)
    result = run_cli("withdraw", story_id, "--asked-by", "contributor", "--yes")
    assert result.code == 0, result.err
    assert [story.page.id for story in read_edition(workspace).stories] == [other]
    assert not workspace.page_of(story_id).exists()
    assert workspace.page_of(other).is_file()


def test_a_log_that_cannot_be_read_leaves_the_computers_day(
    workspace: Workspace, go_to: Callable[[date], None]
) -> None:
    go_to(DAY)
    for bad in (b"", b"torn", b'{"at":"2026-13-41T12:00:00Z"}\n', b'"action":"confirm-clock"'):
        workspace.audit_log.write_bytes(bad)
        assert library_day(workspace) == DAY
        assert unconfirmed_day(workspace) is None
    workspace.audit_log.unlink()
    assert library_day(workspace) == DAY
    assert confirm_clock(workspace, "editor") is None


NIGHT = datetime(2026, 6, 15, 3, tzinfo=UTC)
"""Three in the morning of 15 June by UTC, four in London, and still the 14th in New York."""


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "moment", lambda: NIGHT)
    yield
    monkeypatch.undo()
    time.tzset()
    clock.house.zone = clock.DEFAULT_ZONE


@pytest.mark.parametrize(
    "zone", ["Pacific/Honolulu", "Etc/GMT+12", "Etc/GMT-14", "XXX12", ":/nowhere"]
)
def test_the_computers_time_zone_moves_no_day(
    workspace: Workspace, night: None, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setenv("PYTHONTZPATH", "/nowhere")
    time.tzset()
    assert library_day(workspace) == clock.today() == DAY


def test_the_review_day_comes_wherever_the_computer_says_it_is(
    run_cli: Callable[..., CommandResult],
    workspace: Workspace,
    night: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "moment", lambda: NIGHT - timedelta(days=400))
    story_id = released(workspace)
    build_library(workspace, Audience.TRUST)
    review = read_history(workspace, story_id).releases[-1].review
    monkeypatch.setenv("TZ", "Etc/GMT+12")
    time.tzset()
    monkeypatch.setattr(clock, "moment", lambda: datetime.combine(review, dawn(1), UTC))

    taken = run_cli("upkeep")

    assert f"was due for review on {review.isoformat()}" in taken.out
    assert not read_edition(workspace).stories


def dawn(hour: int) -> datetime_time:
    return datetime_time(hour, 30)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("timezone: Europe/London", 15),
        ("'timezone': Pacific/Honolulu", 15),
        ("timezone: Etc/GMT+12", 15),
        ("timezone: Pacific/Auckland", 15),
        ("timezone: Pacific/Kiritimati", 15),
        ("# timezone: Pacific/Auckland", 15),
    ],
)
def test_a_zone_in_the_settings_is_never_behind_utc(
    workspace: Workspace, night: None, line: str, day: int
) -> None:
    workspace.settings.write_text(f"{filled_text()}\n{line}\n", encoding="utf-8")
    assert library_day(workspace) == date(2026, 6, day)


def test_the_trusts_own_zone_counts_where_its_day_is_later(
    workspace: Workspace, night: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "moment", lambda: NIGHT.replace(hour=23, minute=30))
    assert library_day(workspace) == after(1), "half past midnight in London’s summer"
    workspace.settings.write_text(f"{filled_text()}\ntimezone: UTC\n", encoding="utf-8")
    assert library_day(workspace) == DAY


@pytest.mark.parametrize(
    "zone", ["Europe", "Mars/Olympus", "../../etc/passwd", "zone.tab", "''", "GMT+1x"]
)
def test_a_zone_that_nobody_knows_is_refused_with_a_sentence(
    run_cli: Callable[..., CommandResult], workspace: Workspace, zone: str
) -> None:
    workspace.settings.write_text(f"{filled_text()}\ntimezone: {zone}\n", encoding="utf-8")
    refused = run_cli("site", "build")
    assert (refused.code, "is not a time zone" in refused.err) == (2, True), refused.err
    assert library_day(workspace) == clock.today()
