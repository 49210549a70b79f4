"""Sheets, short forms and reminders for after a session, read by somebody else’s parser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.core.errors import BadInput
from library.core.workspace import Workspace
from publish.render.training import training_pages
from publish.render.training_after import after_pages
from publish.training.calendar_file import calendar_domain, calendar_file, folded
from publish.training.follow_up import (
    FORM_KINDS,
    MOMENTS,
    coaching_of,
    form_questions,
    moment_of,
    reminders,
    supervision_of,
)
from publish.training.plan import FollowUp, TrainingPlan
from publish.training.read_plan import load_plan
from tests.support.command_line import ROOT, CommandResult
from tests.support.editions import CAPTIONS, VIDEO, edition_of, released, story_page
from tests.support.training_plans import DEFAULT, plan_file, resolved_plan

SHIPPED = sorted((ROOT / "interviews/demo/training").glob("*.yml"))
MADE = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FILES = {"film.mp4": "a", "captions.vtt": "b"}


def _plan(**changed: object) -> TrainingPlan:
    plan = plan_file(DEFAULT).record
    assert plan is not None
    return msgspec.structs.replace(plan, **changed)


def _calendar(plan: TrainingPlan, on: date, **options: object) -> list[icalendar.Event]:
    data = calendar_file(
        plan,
        reminders(plan, on),
        session=on.isoformat(),
        domain=calendar_domain("Library", "Trust"),
        made=MADE,
        **options,  # type: ignore[arg-type]  # what a test varies
    )
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    assert not [part.errors for part in calendar.walk() if part.errors]
    return list(calendar.events)


@pytest.mark.parametrize(
    ("held", "days"),
    [
        ("2026-11-23", ["2026-12-07", "2026-12-21", "2027-02-23"]),
        ("2026-11-30", ["2026-12-14", "2026-12-28", "2027-03-01"]),  # 28 February is a Sunday
        ("2027-11-30", ["2027-12-14", "2027-12-28", "2028-02-29"]),
        ("2026-12-31", ["2027-01-14", "2027-01-28", "2027-03-31"]),
    ],
)
def test_a_reminder_of_a_whole_day_is_on_the_day_that_people_mean(
    held: str, days: list[str]
) -> None:
    events = _calendar(_plan(), date.fromisoformat(held))
    assert [event.start.isoformat() for event in events] == days
    assert all(event.duration.days == 1 for event in events)
    assert len({event.uid for event in events}) == 3
    again = _calendar(_plan(), date.fromisoformat(held))
    assert [event.uid for event in again] == [event.uid for event in events]


def test_a_time_of_day_is_that_of_the_zone_also_after_its_clocks_are_put_back() -> None:
    zone = ZoneInfo("Europe/London")
    events = _calendar(_plan(), date(2026, 10, 12), at=time(9, 30), zone=zone)
    shown = [event.start.astimezone(zone).strftime("%m-%d %H:%M") for event in events]
    assert shown == ["10-26 09:30", "11-09 09:30", "01-12 09:30"]
    (early, *_) = _calendar(_plan(), date(2026, 10, 5), at=time(9, 30), zone=zone)
    assert early.start.astimezone(UTC).hour == 8, "summer time still"


def test_words_of_any_kind_come_through_a_calendar_as_they_were() -> None:
    words = "Ask: “how was it?”, then; a \\ b\nTwo lines — " + "ä😀" * 60
    plan = _plan(follow_up=(FollowUp(when="x", do=words, at="two-weeks"),))
    (first, *_) = _calendar(plan, date(2026, 11, 23))
    assert str(first["DESCRIPTION"]) == words
    (addressed, *_) = _calendar(plan, date(2026, 11, 23), form_address="https://a.example/t/x/")
    assert addressed["URL"] == "https://a.example/t/x/two-weeks.html?session=2026-11-23"
    assert str(addressed["DESCRIPTION"]).endswith(addressed["URL"])


def test_a_shorter_session_is_not_reminded_of_what_it_left_out() -> None:
    events = _calendar(_plan(), date(2026, 11, 23), left_out=(4,), form_address="https://a.b/t/")
    whole, shorter = reminders(_plan(), date(2026, 11, 23)), events[2]
    assert "Sort the statements" in whole[2].do
    assert shorter["URL"] == "https://a.b/t/three-months.html?session=2026-11-23&without=4"
    with pytest.raises(BadInput, match="before the session"):
        reminders(_plan(), date(2026, 11, 23), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--minutes 25", "Left out: “In pairs”, “A break”."),
        ("--without 2", "left out: 2. Next: There are: 3 “A call in the evening”; 4 “In pairs”;"),
        ("--without 4", "Left out: “In pairs”."),
        ("--without 4 --minutes 30", "not both"),
        ("--meeting 2026-11-20", "before the session"),
    ],
)
def test_the_command_leaves_out_what_the_page_does(
    workspace: Workspace, run_cli: Callable[..., CommandResult], options: str, words: str
) -> None:
    (workspace.training / "listening.yml").write_text(DEFAULT, encoding="utf-8")
    command = f"training reminders listening --on 2026-11-23 --to {workspace.root.parent} {options}"
    result = run_cli(*command.split())
    assert words in " ".join(f"{result.out} {result.err}".split())
    made = list(workspace.root.parent.glob("*.ics"))
    assert bool(made) == ("Left out" in words)
    for path in made:
        assert b"Sort the statements" not in path.read_bytes()


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_no_line_is_too_long_and_none_breaks_a_character(words: str) -> None:
    lines = folded(words.replace("\r", "").replace("\n", "")).split(b"\r\n")
    for line in lines:
        assert len(line) <= 75
        line.decode("utf-8")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_plan_has_sheets_and_forms_of_its_own(path: Path) -> None:
    plan = load_plan(path)
    for sheet in (plan.supervision, plan.coaching):
        assert all(getattr(sheet, name) for name in sheet.__struct_fields__), path.name
    assert len(supervision_of(plan).ask) >= 4
    for moment in MOMENTS:
        own = {"two-weeks": "two_weeks", "team-meeting": "team_meeting"}.get(moment, "three_months")
        assert all(msgspec.structs.astuple(getattr(plan.later, own))), (path.name, moment)
    assert plan.standards
    assert {moment_of(step) for step in plan.follow_up} == set(MOMENTS)


def test_a_plan_that_says_nothing_has_sheets_and_forms_all_the_same() -> None:
    plan = _plan()
    for kind in FORM_KINDS:
        questions = form_questions(plan, kind)
        assert questions.scales
        assert questions.comments
        assert len(set(questions.columns)) == len(questions.columns)
    assert len(supervision_of(plan).ask) >= 4
    assert len(coaching_of(plan).ask) >= 4
    assert "confident_later" in form_questions(plan, "three-months").columns
    assert "looked-after_later" not in form_questions(plan, "three-months").columns


def test_a_plans_own_words_stand_on_its_sheets_and_forms() -> None:
    text = DEFAULT + (
        "supervision: {ask: [What of the door?]}\n"
        "coaching: {practise: [Say it aloud.]}\n"
        "later: {scales: [], two-weeks: {did: I opened it.}}\n"
    )
    story = released(story_page(VIDEO), FILES)
    plan = resolved_plan(text, [story], CAPTIONS).published
    assert plan is not None
    pages = {path: page.body for path, page in after_pages(plan, edition_of(story)).items()}
    assert "What of the door?" in pages["training/listening/supervision.html"]
    assert "Say it aloud." in pages["training/listening/coaching.html"]
    assert "I opened it." in pages["training/listening/two-weeks.html"]
    assert "I feel confident" not in pages["training/listening/two-weeks.html"]
    for path, body in pages.items():
        assert "rang the ward" not in body, f"{path} quotes a story"


def test_the_facilitators_page_lists_steps_as_they_come_due() -> None:
    two_weeks = "{when: In two weeks, do: Ask again}"
    text = DEFAULT.replace(two_weeks, f"{two_weeks}\n  - {{when: In spring, do: Look back}}")
    story = released(story_page(VIDEO), FILES)
    plan = resolved_plan(text, [story], CAPTIONS).published
    assert plan is not None
    edition = msgspec.structs.replace(edition_of(story), plans=(plan,))
    page = training_pages(edition)["training/listening.html"].body
    after = page[page.index('id="after-title"') :]
    assert after.index("Ask again") < after.index("Sort the statements") < after.index("Look back")


def test_what_a_plan_says_of_afterwards_is_checked_with_line_and_field() -> None:
    text = DEFAULT + (
        "later:\n  scales: [confident, courage]\n"
        "standards: [toc-2, toc-9]\n"
        "supervision:\n  ask: []\n"
    )
    text = text.replace("{when: In two weeks,", "{at: tomorrow, when: In two weeks,")
    problems = plan_file(text).problems
    assert [problem.field for problem in problems] == [
        "follow_up 1 → at",
        "later → scales 2",
        "standards 2",
        "supervision → ask",
    ]
    assert "there are: two-weeks, team-meeting, three-months" in problems[0].what


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("Within two weeks, in supervision", "two-weeks"),
        ("At the next team meeting", "team-meeting"),
        ("After three months", "three-months"),
        ("When you like", None),
    ],
)
def test_the_moment_of_a_step_is_read_from_its_words(when: str, moment: str | None) -> None:
    assert moment_of(FollowUp(when=when, do="x")) == moment
