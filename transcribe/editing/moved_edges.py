"""Read and write how far an editor moved the two edges of a cut or a redaction.

    [[Daniel|my son]]{-120,+80}      the silence begins 120 ms earlier and ends 80 ms later
    ~~we waited~~{,+80}              only the end of the cut is moved

The numbers count from where the edges lie by themselves (`transcribe.editing.removals`). What is
typed in other ways is read where it can mean one thing only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from library.core.errors import BadInput
from transcribe.editing.text_places import CopyRefused, Place, blank

MOST_EDGE_MS = 5_000
"""Further than any breath or laugh beside a word: what lies beyond it is marked by its words."""

LONGEST_BRACES = 60
"""Characters between braces that are still read as edges."""

_HOW_TO_WRITE = (
    "Write {-120,+80}: the beginning 120 ms earlier, the end 80 ms later; or only one of them, "
    "{-120,} or {,+80}. To write { as a word, put \\ before it."
)
_SOMETHING = "what stands in { }"
# As keyboards, word processors and telephones write them.
_SIGNS = {"-": -1, "+": 1} | dict.fromkeys("−–—‐‑‒﹣－", -1) | dict.fromkeys("＋﹢", 1)
_SIGN = f"[{re.escape(''.join(_SIGNS))}]"
_GROUPED = r"[0-9]{1,3}(?:[,’' ][0-9]{3})+"
_NUMBER = re.compile(
    rf"(?P<sign>{_SIGN})? ?(?:(?P<seconds>[0-9]{{1,4}}(?:\.[0-9]{{1,3}})?) ?s(?:ec)?"
    rf"|(?P<whole>{_GROUPED}|[0-9]{{1,7}})(?: ?ms)?)"
)
_SEPARATOR = re.compile(rf" ?[,;/] ?| |(?={_SIGN})")
_BEGINS_EDGES = re.compile(r"\{\s*+(?![^\W\d_])")
_ONLY_NUMBERS = re.compile(rf"(?:{_SIGN}|[0-9 ,;/.’']|ms|s)*")


@dataclass(frozen=True)
class MovedEdges:
    """Milliseconds by which the edges of a cut or a redaction were moved; later is positive."""

    start: int = 0
    end: int = 0
    line: int = field(default=0, compare=False)
    """Of the text, for messages; 0 where they were not read from one."""
    places: tuple[Place, ...] = field(default=(), compare=False)
    """Characters of the braces in the file they were read from."""

    def __bool__(self) -> bool:
        return bool(self.start or self.end)

    def __str__(self) -> str:
        """Return the edges as they stand in the copy; empty where none was moved."""
        numbers = ",".join(f"{number:+d}" if number else "" for number in (self.start, self.end))
        return f"{{{numbers}}}" if self else ""


NOT_MOVED = MovedEdges()


@dataclass(frozen=True)
class _TypedNumber:
    """A number as it was typed: -1 or 1 for its sign, 0 where it has none."""

    sign: int
    size: int


_Reading = tuple[_TypedNumber | None, _TypedNumber | None] | _TypedNumber
"""Two numbers, or one that stands alone."""


def begins_edges(text: str) -> bool:
    """Return True if a text that follows a mark is read as moved edges, rightly written or not.

    A letter after the brace tells words, as in `{laughs}`.
    """
    return text.startswith("{") and bool(_BEGINS_EDGES.match(text))


def edges_of_cut(content: str, line: int) -> MovedEdges:
    """Return the edges that stand between braces behind a cut. Raises BadInput, with the line."""
    reading = _reading_of(content, line)
    if isinstance(reading, _TypedNumber):
        if reading.sign >= 0 and reading.size:
            raise _ambiguous(content, line)
        return MovedEdges(-reading.size, 0, line)
    start, end = reading
    if start is not None and not start.sign and start.size:
        raise _ambiguous(content, line)
    return MovedEdges(_signed(start, 1), _signed(end, 1), line)


def edges_of_redaction(content: str, line: int) -> MovedEdges:
    """Return the edges that stand between braces behind a redaction, which go outwards only.

    So a number without a sign is clear, and so is one alone with a sign. Raises BadInput.
    """
    reading = _reading_of(content, line)
    if isinstance(reading, _TypedNumber):
        if not reading.sign and reading.size:
            raise _ambiguous(content, line)
        is_end = reading.sign > 0
        reading = (None, reading) if is_end else (reading, None)
    edges = MovedEdges(_signed(reading[0], -1), _signed(reading[1], 1), line)
    if edges.start > 0 or edges.end < 0:
        wider = MovedEdges(-abs(edges.start), abs(edges.end))
        raise BadInput(
            f"Line {line}: {_shown(content)} would make a silence shorter than it has to be. Part "
            "of what is hidden might be heard. Nothing was changed.",
            f"Take it out, or move the edges outwards: {wider}",
        )
    return edges


def are_plainly_edges(content: str) -> bool:
    """Return True for what can be nothing but edges: one or two numbers, and a sign."""
    plain = _plain(content)
    return any(sign in plain for sign in _SIGNS) and any(_readings(plain))


def _reading_of(content: str, line: int) -> _Reading:
    readings = [*dict.fromkeys(_readings(_plain(content)))]
    within = [reading for reading in readings if _largest(reading) <= MOST_EDGE_MS]
    if readings and not within:
        raise BadInput(
            f"Line {line}: {_shown(content)} moves an edge by more than {MOST_EDGE_MS // 1000} "
            "seconds. Nothing was changed.",
            f"Write at most {MOST_EDGE_MS}, in milliseconds. To take out more, mark the words "
            "there too.",
        )
    if len(within) > 1:
        raise _ambiguous(content, line)
    if not within:
        raise unclear(line, _shown(content))
    return within[0]


def _readings(plain: str) -> Iterator[_Reading]:
    """Yield every way in which the text between braces can be read."""
    if not plain:
        yield None, None
    elif whole := _number_of(plain):
        yield whole
    for separator in _SEPARATOR.finditer(plain):
        first, second = plain[: separator.start()], plain[separator.end() :]
        # Where one is missing, a comma has to say which.
        is_complete = bool(first and second) or bool(separator[0].strip())
        numbers = _number_of(first), _number_of(second)
        is_read = bool(numbers[0]) == bool(first) and bool(numbers[1]) == bool(second)
        if is_complete and is_read:
            yield numbers


def _number_of(text: str) -> _TypedNumber | None:
    typed = _NUMBER.fullmatch(text)
    if not typed:
        return None
    sign = _SIGNS[typed["sign"]] if typed["sign"] else 0
    if typed["seconds"]:
        return _TypedNumber(sign, round(float(typed["seconds"]) * 1000))
    return _TypedNumber(sign, int(re.sub(r"[^0-9]", "", typed["whole"])))


def _plain(content: str) -> str:
    """Return what stands between braces with plain digits, commas and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", content).split())


def _largest(reading: _Reading) -> int:
    numbers = (reading,) if isinstance(reading, _TypedNumber) else reading
    return max((number.size for number in numbers if number is not None), default=0)


def _signed(number: _TypedNumber | None, unsigned: int) -> int:
    return 0 if number is None else (number.sign or unsigned) * number.size


def _shown(content: str) -> str:
    """Return what was typed, for a message; not where it may hold words, which may be hidden."""
    plain = _plain(content)
    return f"{{{plain}}}" if _ONLY_NUMBERS.fullmatch(plain) else _SOMETHING


def _ambiguous(content: str, line: int) -> BadInput:
    return BadInput(
        f"Line {line}: {_shown(content)} can be read in two ways. Nothing was changed.",
        _HOW_TO_WRITE,
    )


def refused_edges(edges: MovedEdges, what: str, next_step: str) -> CopyRefused:
    """Return the refusal of edges that can be read, and not be kept to."""
    places = edges.places
    return CopyRefused(
        edges.line,
        f"{edges} {what}. Nothing was changed.",
        next_step,
        place=places[-1] if places else None,
        repairs=map(blank, places),
    )


def unclear(line: int, typed: str = _SOMETHING) -> BadInput:
    """Return the refusal of what stands between braces behind a mark and cannot be read."""
    return BadInput(
        f"Line {line}: {typed} is not how edges are moved. Nothing was changed.", _HOW_TO_WRITE
    )


def unfinished(line: int) -> BadInput:
    """Return the refusal of edges that have a beginning and no end."""
    return BadInput(
        f"Line {line}: the {{ behind this mark has no }}. Nothing was changed.", _HOW_TO_WRITE
    )


def misplaced(line: int, where: str) -> BadInput:
    """Return the refusal of edges that stand where no mark ends."""
    return BadInput(
        f"Line {line}: moved edges stand {where} here. Nothing was changed.",
        "Put them behind the mark, as in ~~words~~{-120,+80} and [[said|shown]]{-120,+80}. "
        "To write { as a word, put \\ before it.",
    )
