"""Directions of writing, held against another implementation of the same standard."""

from __future__ import annotations

import bidi as other
import pytest
from hypothesis import given
from hypothesis import strategies as st

from films.typesetting.bidi import base_level, levels, runs

LETTERS = "abc éZ אבג ابت 12 3 ٤٥ .,:-+/%$ ()[] !?\u0301\u064bگक"
_PLAIN = str.maketrans("()[]", "||##")  # the other one turns brackets round, we leave it to fonts


def as_seen(text: str) -> str:
    parts = (
        text[start:end] if level % 2 == 0 else text[start:end][::-1]
        for start, end, level in runs(levels(text))
    )
    return "".join(parts)


@given(st.text(alphabet=LETTERS, min_size=1, max_size=24))
def test_letters_stand_where_the_standard_puts_them(text: str) -> None:
    assert as_seen(text).translate(_PLAIN) == other.get_display(text).translate(_PLAIN)


@pytest.mark.parametrize(
    ("text", "expected_order"),
    [
        ("Ann (אבג) 12", "Ann (גבא) 12"),
        ("אבג 12-13.", ".12-13 גבא"),
        ("25%", "25%"),
        ("", ""),
    ],
)
def test_numbers_and_brackets(text: str, expected_order: str) -> None:
    assert as_seen(text).translate(_PLAIN) == expected_order.translate(_PLAIN)


def test_the_first_strong_letter_says_where_a_paragraph_begins() -> None:
    assert base_level("12 – גבא Ann") == 1
    assert base_level("12 – Ann גבא") == 0
    assert base_level("12") == 0
