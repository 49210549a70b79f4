"""Bars for the answers to one scale, as SVG of our own; a table beside says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publish.print_html import Html, encoded
from publish.training.plan import POINTS

_WIDTH, _BAR, _GAP, _LEFT = 640, 34, 14, 74
_SHADES = ("#5c2a40", "#b07a92", "#c9d0ce", "#6fa39f", "#17494a")
_INKS = ("#fff", "#111", "#111", "#111", "#fff")


@dataclass(frozen=True)
class Answers:
    """How often each point was chosen; the first count is of 1."""

    label: str
    counts: tuple[int, ...]

    @property
    def given(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """Only where somebody answered."""
        return sum(point * count for point, count in enumerate(self.counts, start=1)) / self.given

    @property
    def mean_said(self) -> str:
        return f"{self.mean:.1f}" if self.given else "–"


def answers_of(label: str, scores: Sequence[int]) -> Answers:
    """Counts of scores from 1 to 5."""
    return Answers(label, tuple(scores.count(point) for point in range(1, POINTS + 1)))


def bars(name: str, question: str, low: str, high: str, rows: Sequence[Answers]) -> Html:
    """A bar for each row, parted by point. `name` makes its ids unique on the page."""
    height = len(rows) * (_BAR + _GAP)
    drawn = "".join(_bar(row, at * (_BAR + _GAP)) for at, row in enumerate(rows))
    said = "; ".join(
        f"{row.label}: {row.given} answers, on average {row.mean_said}" for row in rows
    )
    return Html(
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="100%" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{encoded(question)}</title>'
        f'<desc id="{name}-desc">{encoded(f"From 1, {low}, to 5, {high}. {said}.")}</desc>'
        f"{drawn}</svg>"
    )


def _bar(row: Answers, top: int) -> str:
    middle = top + _BAR // 2
    label = (
        f'<text x="{_LEFT - 10}" y="{middle}" text-anchor="end" dominant-baseline="central" '
        f'font-size="17">{encoded(row.label)}</text>'
    )
    room = _WIDTH - _LEFT
    parts, left = [label], float(_LEFT)
    for point, count in enumerate(row.counts):
        width = room * count / row.given if row.given else 0.0
        if count:
            parts.append(
                f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" '
                f'fill="{_SHADES[point]}" stroke="#fff" stroke-width="2"/>'
                f'<text x="{left + width / 2:.1f}" y="{middle}" text-anchor="middle" '
                f'dominant-baseline="central" font-size="16" fill="{_INKS[point]}">'
                f"{point + 1}</text>"
            )
        left += width
    return "".join(parts)
