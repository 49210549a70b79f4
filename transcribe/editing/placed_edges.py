"""Place the edges of cuts and redactions where an editor moved them.

A redaction only grows: its own edges are the least that hearing asks for, and part of a name is
heard as the name. A cut may also be made shorter, into the pause beside it. Either way the ear of
whoever listened is believed over the times of words, but no further than those are off: beyond that
a listener hears half a word, and cannot tell whether the film or the speaker broke it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from transcribe.editing.inline_markup import CopyWord
from transcribe.editing.moved_edges import MOST_EDGE_MS, NOT_MOVED, MovedEdges, refused_edges
from transcribe.editing.text_places import CopyRefused
from transcribe.words import Span, Word

_OFF_BY_MS = 80
"""Nine words in ten are found to within that, at both ends (docs/reference/word-times.md)."""
_SHARE_OF_WORD = 3
"""Of a word never more than the third part: two cuts beside one leave most of it."""
_SHORTEST_CUT_MS = 60


_NONE_MOVED = "an edge that was moved between them is put back."


@dataclass(frozen=True)
class EdgeBounds:
    """Bounds within which the two edges of a cut or a redaction may lie, in milliseconds."""

    earliest_start: int
    latest_start: int
    earliest_end: int
    latest_end: int


@dataclass(frozen=True)
class PlacedSpan:
    """A cut or a redaction, where it lies and where it would lie if nobody had moved its edges."""

    kind: Literal["cut", "redaction"]
    first: int
    """Number of its first word in the copy."""
    last: int
    """Number after its last word."""
    span: Span
    by_itself: Span
    bounds: EdgeBounds
    edges: MovedEdges = NOT_MOVED


@dataclass(frozen=True)
class _WordsAbout:
    """The struck words of a cut, as long as they may be, and the words that stay beside them."""

    struck: Span
    first: Word
    last: Word
    before: Word | None
    after: Word | None


def place_redaction(
    first: int, last: int, by_itself: Span, edges: MovedEdges, duration: int
) -> PlacedSpan:
    """Return where words `first`…`last` of the copy are silenced."""
    bounds = EdgeBounds(
        max(0, by_itself.start - MOST_EDGE_MS),
        by_itself.start,
        by_itself.end,
        min(duration, by_itself.end + MOST_EDGE_MS),
    )
    span = _moved(by_itself, edges, bounds)
    return PlacedSpan("redaction", first, last, span, by_itself, bounds, edges)


def place_cut(
    first: int,
    last: int,
    by_itself: Span,
    edges: MovedEdges,
    words: Sequence[Word],
    struck: Span,
    duration: int,
    *,
    is_strict: bool,
) -> tuple[PlacedSpan, tuple[str, ...]]:
    """Return where words `first`…`last` of the copy are cut, and what the editor has to be told.

    `struck` is where these words are said for certain. Raises BadInput, with the line, for edges
    out of bounds, but where `is_strict` is False: then they go as far as they may.
    """
    about = _WordsAbout(
        struck,
        words[first],
        words[last - 1],
        words[first - 1] if first else None,
        words[last] if last < len(words) else None,
    )
    bounds = _bounds_of_cut(by_itself, about, duration)
    if is_strict:
        _require_in_bounds(by_itself, edges, bounds, about)
    placed = PlacedSpan(
        "cut", first, last, _moved(by_itself, edges, bounds), by_itself, bounds, edges
    )
    return placed, tuple(_remarks(placed, about))


def _bounds_of_cut(by_itself: Span, about: _WordsAbout, duration: int) -> EdgeBounds:
    before, after = about.before, about.after
    earliest = 0 if before is None else before.end - _may_be_off(before)
    latest = duration if after is None else after.start + _may_be_off(after)
    return EdgeBounds(
        max(0, min(by_itself.start, max(earliest, by_itself.start - MOST_EDGE_MS))),
        max(by_itself.start, about.struck.start + _may_be_off(about.first)),
        min(by_itself.end, about.struck.end - _may_be_off(about.last)),
        min(duration, max(by_itself.end, min(latest, by_itself.end + MOST_EDGE_MS))),
    )


def _may_be_off(word: Word) -> int:
    return min(_OFF_BY_MS, (word.end - word.start) // _SHARE_OF_WORD)


def _moved(by_itself: Span, edges: MovedEdges, bounds: EdgeBounds) -> Span:
    start = min(max(by_itself.start + edges.start, bounds.earliest_start), bounds.latest_start)
    end = min(max(by_itself.end + edges.end, bounds.earliest_end), bounds.latest_end)
    return Span(start=start, end=end)


def _require_in_bounds(
    by_itself: Span, edges: MovedEdges, bounds: EdgeBounds, about: _WordsAbout
) -> None:
    start, end = by_itself.start + edges.start, by_itself.end + edges.end
    earlier = replace(edges, start=bounds.earliest_start - by_itself.start)
    later = replace(edges, end=bounds.latest_end - by_itself.end)
    # Beyond the recording there is nothing to take: there they just end with it.
    if about.before is not None and start < bounds.earliest_start:
        raise _takes_neighbour(edges, earlier, "begin this cut inside the word before it")
    if about.after is not None and end > bounds.latest_end:
        raise _takes_neighbour(edges, later, "end this cut inside the word after it")
    if start > bounds.latest_start:
        later = replace(edges, start=bounds.latest_start - by_itself.start)
        raise _leaves_struck(edges, later, "the beginning")
    if end < bounds.earliest_end:
        earlier = replace(edges, end=bounds.earliest_end - by_itself.end)
        raise _leaves_struck(edges, earlier, "the end")
    is_shorter = edges.start > 0 or edges.end < 0
    if is_shorter and end - start < _SHORTEST_CUT_MS:
        raise _leaves_struck(edges, NOT_MOVED, "most")


def _takes_neighbour(edges: MovedEdges, at_most: MovedEdges, what: str) -> CopyRefused:
    return refused_edges(
        edges,
        f"would {what}, which stays in the text",
        f"{_instead(at_most)}, or strike that word too.",
    )


def _leaves_struck(edges: MovedEdges, at_most: MovedEdges, part: str) -> CopyRefused:
    return refused_edges(
        edges,
        f"would leave {part} of what is struck to be heard",
        f"{_instead(at_most)}, or let that word stand.",
    )


def _instead(at_most: MovedEdges) -> str:
    return f"Write at most {at_most}" if at_most else "Take the numbers out"


def _remarks(placed: PlacedSpan, about: _WordsAbout) -> Iterator[str]:
    """Yield what a moved edge takes from words that stay, and what it leaves of those that go."""
    line, span, by_itself = placed.edges.line, placed.span, placed.by_itself
    for word, where in ((about.before, "before"), (about.after, "after")):
        if word is not None and (taken := common_ms(word, span) - common_ms(word, by_itself)) > 0:
            yield f"Line {line}: the cut takes {taken} ms of the word {where} it. Listen there."
    left = {"beginning": span.start - about.struck.start, "end": about.struck.end - span.end}
    for part, milliseconds in left.items():
        if placed.edges and milliseconds > 0:
            yield (
                f"Line {line}: {milliseconds} ms at the {part} of what is struck may be heard. "
                "Listen there."
            )


def common_ms(word: Word, span: Span) -> int:
    """Return for how many milliseconds of a word a span covers it."""
    return max(0, min(word.end, span.end) - max(word.start, span.start))


def edges_of_cut_run(words: Sequence[CopyWord]) -> MovedEdges:
    """Return the edges of a cut, which is as long as words that are cut follow each other.

    Several marks side by side are one cut: it begins as the first of its numbers says, and ends as
    the number after its last word says.
    """
    moved = [word.cut_edges for word in words if word.cut_edges]
    if not moved:
        return NOT_MOVED
    places = tuple(place for each in moved for place in each.places)
    return MovedEdges(moved[0].start, words[-1].cut_edges.end, moved[-1].line, places)


def with_joined_edges(words: Sequence[CopyWord]) -> tuple[list[CopyWord], tuple[str, ...]]:
    """Return the words with the edges of each cut behind its last word, and what that left out."""
    joined: list[CopyWord] = []
    remarks = []
    for is_cut, group in groupby(words, key=lambda word: word.is_cut):
        run = list(group)
        if not is_cut or not any(word.cut_edges for word in run):
            joined += run
            continue
        edges = edges_of_cut_run(run)
        inside = [word.cut_edges for word in run if word.cut_edges]
        if any(each.start for each in inside[1:]) or any(word.cut_edges.end for word in run[:-1]):
            moved = f"only its beginning and its end were moved: {edges}" if edges else _NONE_MOVED
            remarks.append(
                f"Line {edges.line}: cuts without a word between them are one, and {moved}"
            )
        joined += [replace(word, cut_edges=NOT_MOVED) for word in run]
        joined[-1] = replace(joined[-1], cut_edges=edges)
    return joined, tuple(remarks)


def with_edges_everywhere(words: Sequence[CopyWord]) -> list[CopyWord]:
    """Return the words, each of a cut with its edges: so that they outlast its last word."""
    spread: list[CopyWord] = []
    for is_cut, group in groupby(words, key=lambda word: word.is_cut):
        run = list(group)
        edges = edges_of_cut_run(run) if is_cut else NOT_MOVED
        spread += [replace(word, cut_edges=edges) if edges else word for word in run]
    return spread


def with_edges_at_ends(words: Sequence[CopyWord]) -> list[CopyWord]:
    """Return the words of `with_edges_everywhere` as they are written: each cut's behind it."""
    gathered: list[CopyWord] = []
    for is_cut, group in groupby(words, key=lambda word: word.is_cut):
        run = list(group)
        edges = MovedEdges(run[0].cut_edges.start, run[-1].cut_edges.end)
        gathered += [replace(word, cut_edges=NOT_MOVED) if word.cut_edges else word for word in run]
        if is_cut and edges:
            gathered[-1] = replace(gathered[-1], cut_edges=edges)
    return gathered
