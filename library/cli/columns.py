"""Tables as lines of text, in columns that fit the width of a terminal.

Of our own: rich took 0.9 s of a processor over the table of a thousand stories, more than all that
`status` reads for it. How wide a terminal shows a character, wcwidth knows.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence

_GAP = "   "
_USUAL_WIDTH = 80
"""Characters in a line where there is no terminal."""


def terminal_width() -> int:
    """Return the characters in a line of the terminal, also where the output goes into a file."""
    variable = os.environ.get("COLUMNS", "")
    if variable.isascii() and variable.isdigit() and int(variable):
        return int(variable)
    for stream in (0, 1, 2):
        try:
            columns = os.get_terminal_size(stream).columns
        except OSError:
            continue
        if columns:
            return columns
    return _USUAL_WIDTH


def table_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the characters in a line of a table in which no cell is broken."""
    widths = [max(map(_shown_width, column)) for column in zip(*rows, strict=True)]
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def table_lines(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield the lines of a table; the first row is its heading, with a rule below it.

    A cell that is wider than its column goes on in the next line, broken between words where it
    can be. Every row has as many cells as the first.
    """
    widths = _column_widths(rows, width)
    for number, row in enumerate(rows):
        cells = [_cell_lines(cell, room) for cell, room in zip(row, widths, strict=True)]
        for parts in itertools.zip_longest(*cells, fillvalue=""):
            padded = (
                part + " " * (room - _shown_width(part))
                for part, room in zip(parts, widths, strict=True)
            )
            yield _GAP.join(padded).rstrip()
        if number == 0:
            yield "─" * (sum(widths) + len(_GAP) * (len(widths) - 1))


def _column_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return how many characters each column gets: what it needs, or the widest less."""
    widths = [
        max(1, *(_shown_width(line) for cell in column for line in cell.split("\n")))
        for column in zip(*rows, strict=True)
    ]
    room = max(width - len(_GAP) * (len(widths) - 1), len(widths))
    while (excess := sum(widths) - room) > 0:
        widest = max(widths)
        columns = [column for column, wide in enumerate(widths) if wide == widest]
        next_widest = max((wide for wide in widths if wide < widest), default=0)
        each, rest = divmod(min(excess, (widest - next_widest) * len(columns)), len(columns))
        for index, column in enumerate(columns):
            widths[column] -= each + (index < rest)
    return widths


def _cell_lines(text: str, room: int) -> list[str]:
    if text.isascii() and len(text) <= room and "\n" not in text:
        return [text]
    return [line for paragraph in text.split("\n") for line in _wrapped(paragraph, room)]


def _wrapped(text: str, room: int) -> list[str]:
    """Return the lines of one paragraph, none wider than `room`, if a character is not."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if _shown_width(longer) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if lines[-1] and _shown_width(lines[-1] + character) > room:
                lines.append("")
            lines[-1] += character
    return lines


def _shown_width(text: str) -> int:
    """Return how many characters wide a terminal shows it: Chinese ones take two, accents none."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # most tables have no need of it, and every command comes by here

    width = wcswidth(text)
    return len(text) if width < 0 else width  # less than 0: a control character
