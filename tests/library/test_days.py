"""Days as people type them, and numbers with their nouns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from library.core.clock import months_after
from library.core.counting import counted
from library.core.days import day_in_words, no_day, parse_day
from library.core.seen_characters import seen_length
from library.core.settings import Settings
from library.core.yaml_document import parse_yaml
from tests.support.command_line import CommandResult


@pytest.mark.parametrize(
    "typed", ["2026-05-01", "1 May 2026", "01 may 2026", " 1  MAY 2026 ", "1/5/2026", "01/05/2026"]
)
def test_a_day_is_read_however_it_is_written(typed: str) -> None:
    assert parse_day(typed) == date(2026, 5, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "May 2026",
        "1 May",
        "31 February 2026",
        "1 Mai 2026",
        "1 May 26",
        "١ May 2026",
        "1.5.2026",
    ],
)
def test_what_is_no_day_is_not_guessed(typed: str) -> None:
    assert parse_day(typed) is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("31 February 2026", "There is no 31 February 2026."),
        ("2026-02-29", "There is no 29 February 2026."),
        ("1/13/2026", "There is no month 13."),
        ("0/1/2026", "There is no 0 January 2026."),
        ("10000-01-01", "Years go from 1900 to 2999."),
        ("9999-12-31", "Years go from 1900 to 2999."),
        ("1 May 999999999", "Years go from 1900 to 2999."),
        ("1/5/26", "The year needs its four digits."),
        ("-2026-05-01", "A year has no minus."),
        ("May 2026", ""),
        ("9" * 5000, ""),
    ],
)
def test_a_day_beyond_the_calendar_is_refused_in_a_sentence(typed: str, why: str) -> None:
    assert parse_day(typed) is None
    assert why in no_day(typed)
    assert "Write 2026-05-01, 1 May 2026 or today." in no_day(typed)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("review_months: 1000000000", "write a whole number of at most 120"),
        ("review_months: -3", "write a whole number of at least 1"),
        (f"review_months: {'9' * 5000}", "write a smaller number"),
        ("retention:\n  export_days: 99999", "write a whole number of at most 3650"),
        ("review_months: two years", "write a whole number here"),
    ],
)
def test_a_period_beyond_what_may_be_is_refused_in_words(typed: str, sentence: str) -> None:
    file = parse_yaml(typed.encode(), Path("settings.yml"), Settings)
    assert [problem.what for problem in file.problems] == [sentence]


def test_no_period_ends_after_the_calendar(run_cli: Callable[..., CommandResult]) -> None:
    assert months_after(date(2026, 1, 31), 10**9) == date.max
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    for typed in ("9999y", "1000000000m", "36601d"):
        ran = run_cli("consent", "due", "--within", typed)
        assert ran.code == 2
        assert "too long. Write at most 100y." in ran.err
    assert run_cli("consent", "due", "--within", "-5d").code == 2
    assert run_cli("consent", "due", "--within", "100y").code == 0


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("cafe\u0301", 4),
        ("\u202bשָׁלוֹם\u202c", 4),
        ("مُحَمَّد", 4),
        ("soft\u00adhyphen", 10),
        ("👩\u200d👩\u200d👧 and 👍🏽", 7),
        ("🇬🇧🇮🇪", 2),
        ("क्षि", 2),
        ("plain", 5),
        ("", 0),
    ],
)
def test_what_is_seen_is_counted(text: str, seen: int) -> None:
    assert seen_length(text) == seen


def test_a_day_that_was_printed_is_read_again() -> None:
    for month in range(1, 13):
        day = date(2028, month, 29)
        assert parse_day(day_in_words(day)) == day


def test_a_date_option_takes_what_is_printed(run_cli: Callable[..., CommandResult]) -> None:
    ran = run_cli("consent", "record", "cs-zzzzzz", "--on", "1 May 2026", "--yes")
    assert "is not a date" not in ran.err


@pytest.mark.parametrize(
    ("number", "noun", "phrase"),
    [
        (1, "name", "1 name"),
        (0, "name", "0 names"),
        (2, "story", "2 stories"),
        (3, "open copy", "3 open copies"),
        (1, "person", "1 person"),
    ],
)
def test_a_number_agrees_with_its_noun(number: int, noun: str, phrase: str) -> None:
    assert counted(number, noun) == phrase
