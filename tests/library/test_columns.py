"""Tables that fit the terminal: no line is too wide, and nothing of a cell is lost."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from library.cli.columns import table_lines

WORDS = st.text(st.sampled_from("abcé中한e\u0301’🙂-"), min_size=1, max_size=14)
CELLS = st.lists(WORDS, max_size=6).map(" ".join)
ROWS = st.integers(1, 5).flatmap(
    lambda count: st.lists(st.tuples(*[CELLS] * count), min_size=1, max_size=6)
)


def shown_width(text: str) -> int:
    """Every character here is an accent, a wide one, or one column wide."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if letter in "中한🙂" else 1 for letter in text
    )


@settings(max_examples=30)
@given(ROWS, st.integers(24, 120))
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, ...]], width: int) -> None:
    lines = list(table_lines(rows, width))
    assert max(map(shown_width, lines)) <= width
    letters = "".join(lines).replace(" ", "").replace("─", "")
    assert sorted(letters) == sorted("".join(map("".join, rows)).replace(" ", ""))


def test_columns_get_what_they_need_and_the_widest_give_way() -> None:
    title = "Nobody would talk to me about what they had said in the night"
    rows = [("Story", "Title", "State"), ("cs-4k7m2q", title, "signed off"), ("cs-2", "A", "new")]
    assert list(table_lines(rows, 44)) == [
        "Story       Title                 State",
        "─" * 44,
        "cs-4k7m2q   Nobody would talk     signed off",
        "            to me about what",
        "            they had said in",
        "            the night",
        "cs-2        A                     new",
    ]
    # Where there is room, every cell is one line.
    assert len(list(table_lines(rows, 200))) == 4


def test_what_has_no_room_at_all_goes_on_letter_by_letter() -> None:
    assert list(table_lines([("Id", "Kind"), ("abcd", "中文")], 1)) == [
        "I   K",
        "d   i",
        "    n",
        "    d",
        "─────",
        "a   中",
        "b   文",
        "c",
        "d",
    ]


def test_signs_made_of_several_characters_are_as_wide_as_they_are_shown() -> None:
    rows = [("Id", "Title"), ("a", "👩‍👩‍👧"), ("b", "⚠️ é")]
    assert list(table_lines(rows, 12))[1] == "─" * 10
    assert next(table_lines([("👩‍👩‍👧", "x")], 80)) == "👩‍👩‍👧   x"
