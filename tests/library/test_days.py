"""Days as people type them, and numbers with their nouns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from library.core.counting import counted
from library.core.days import day_in_words, parse_day
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
