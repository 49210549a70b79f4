"""The page of a session's feedback: before and after for each scale, and every comment.

It is for the team that runs the sessions. It lies with what is private, no command ever puts it
into the staff’s library, and it says itself how little a few answers prove.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from library.core.clock import today
from library.core.days import day_in_words
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.workspace import Workspace
from publish import print_html
from publish.print_html import encoded
from publish.training.feedback import WHEN, FeedbackForm, read_forms
from publish.training.plan import SCALE_POINTS, CommentQuestion, PlanDetails, Scale
from publish.training.read_plan import plan_files, read_plan

FEW = 5
"""Fewer forms than this say little, and may point to a person."""


@dataclass(frozen=True)
class SavedFeedback:
    page: Path
    forms: int
    plans: tuple[str, ...]


def write_feedback(workspace: Workspace, files: Sequence[Path], to: Path | None) -> SavedFeedback:
    """Read the forms and write the page. Raises what `read_forms` does, and BadInput for a place
    that staff are shown, or one where something lies already."""
    records = (read_plan(path).record for path in plan_files(workspace))
    plans = {plan.id: plan for plan in records if plan is not None}
    forms = read_forms(files, plans)
    told = tuple(dict.fromkeys(form.plan for form in forms))
    destination = _destination(workspace, told, to)
    text = feedback_page([plans[name] for name in told], forms)
    with translate_disk_errors(destination):
        make_folder(destination.parent)
    write_atomic(destination, text.encode())
    return SavedFeedback(destination, len(forms), told)


def feedback_page(plans: Sequence[PlanDetails], forms: Sequence[FeedbackForm]) -> str:
    """Return the whole page. Pure but for the day it was made on."""
    parts: list[Markup] = [
        print_html.paragraph(
            "For the team that runs the sessions. Comments are as people wrote them, and may point "
            "to somebody: look before you pass this on. It is not part of the staff’s library.",
            kind="note",
        )
    ]
    for number, plan in enumerate(plans, start=1):
        own = [form for form in forms if form.plan == plan.id]
        parts.append(
            print_html.section(plan.title, _plan_parts(number, plan, own), name=f"plan-{number}")
        )
    made = day_in_words(today())
    return print_html.page("What the sessions changed", parts, foot=f"Made on {made}.")


def _plan_parts(number: int, plan: PlanDetails, forms: Sequence[FeedbackForm]) -> Iterator[Markup]:
    yield print_html.facts([("Forms", len(forms)), ("Sessions on", _days(forms))])
    yield print_html.paragraph(
        "This is what people said at the end of a session, not what they did afterwards."
    )
    if len(forms) < FEW:
        yield print_html.paragraph(
            f"With fewer than {FEW} forms the bars are not a measure. Read the comments with care."
        )
    for place, scale in enumerate(plan.evaluation.scales, start=1):
        yield from _scale(f"chart-{number}-{place}", scale, forms)
    for comment in plan.evaluation.comments:
        yield from _comments(comment, forms)


def _days(forms: Sequence[FeedbackForm]) -> str:
    return ", ".join(sorted({form.date for form in forms if form.date})) or "not said"


def _scale(name: str, scale: Scale, forms: Sequence[FeedbackForm]) -> Iterator[Markup]:
    whens = WHEN if scale.when == "before and after" else ("after",)
    labels = {"before": "Before", "after": "Now"}
    rows = [
        count_scores(
            labels[when],
            [form.scores[scale.id, when] for form in forms if (scale.id, when) in form.scores],
        )
        for when in whens
    ]
    yield print_html.heading(scale.ask)
    yield print_html.paragraph(f"1: {scale.low}. {SCALE_POINTS}: {scale.high}.")
    yield bar_chart(name, scale.ask, scale.low, scale.high, rows)
    yield _table(rows)
    if len(rows) > 1:
        yield print_html.paragraph(_movement(scale, forms))


def _table(rows: Sequence[ScaleAnswers]) -> Markup:
    headings = ("When", *(str(point) for point in range(1, SCALE_POINTS + 1)), "Answers", "Average")
    cells = [(row.label, *row.counts, row.total, row.mean_text) for row in rows]
    return print_html.table("How many chose each point", headings, cells)


def _movement(scale: Scale, forms: Sequence[FeedbackForm]) -> str:
    """Return how many went up and down, person by person: averages can stand still meanwhile."""
    pairs = [
        (form.scores[scale.id, "before"], form.scores[scale.id, "after"])
        for form in forms
        if (scale.id, "before") in form.scores and (scale.id, "after") in form.scores
    ]
    up = sum(after > before for before, after in pairs)
    down = sum(after < before for before, after in pairs)
    same = len(pairs) - up - down
    return f"Of {len(pairs)} who answered both, {up} went up, {same} stayed and {down} went down."


def _comments(comment: CommentQuestion, forms: Sequence[FeedbackForm]) -> Iterator[Markup]:
    texts = [form.comments[comment.id] for form in forms if comment.id in form.comments]
    yield print_html.heading(comment.ask)
    yield (
        print_html.bullets(texts) if texts else print_html.paragraph("Nobody wrote anything here.")
    )


def _destination(workspace: Workspace, plans: Sequence[str], to: Path | None) -> Path:
    name = plans[0] if len(plans) == 1 else "sessions"
    if to is None:
        return workspace.feedback / f"{name}-{today()}.html"
    place = to / f"{name}-{today()}.html" if to.is_dir() else to
    # Comments may point to a person, so not where staff would be shown them.
    shown = (workspace.public, workspace.site, workspace.edition)
    if any(place.resolve().is_relative_to(folder.resolve()) for folder in shown):
        raise BadInput(
            f"{place} would be shown to staff.", "Name a place outside public, site and edition."
        )
    # Never written over: it may be the only page of forms that are thrown away.
    if place.exists():
        raise BadInput(f"{place} is there already; nothing was changed.", "Name another file.")
    return place


_WIDTH, _BAR, _GAP, _LEFT = 640, 34, 14, 74
_SHADES = ("#5c2a40", "#b07a92", "#c9d0ce", "#6fa39f", "#17494a")
_INKS = ("#fff", "#111", "#111", "#111", "#fff")


@dataclass(frozen=True)
class ScaleAnswers:
    """The answers to one scale: how often each point was chosen, the first count of 1."""

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """The average. Raises ZeroDivisionError where nobody answered."""
        return sum(point * count for point, count in enumerate(self.counts, start=1)) / self.total

    @property
    def mean_text(self) -> str:
        return f"{self.mean:.1f}" if self.total else "–"


def count_scores(label: str, scores: Sequence[int]) -> ScaleAnswers:
    """Count scores from 1 to 5."""
    return ScaleAnswers(label, tuple(scores.count(point) for point in range(1, SCALE_POINTS + 1)))


def bar_chart(
    name: str, question: str, low: str, high: str, rows: Sequence[ScaleAnswers]
) -> Markup:
    """Return a bar for each row, parted by point. `name` makes its ids unique on the page."""
    averages = "; ".join(
        f"{row.label}: {row.total} answers, on average {row.mean_text}" for row in rows
    )
    bars = (_bar(row, number * (_BAR + _GAP)) for number, row in enumerate(rows))
    return Markup(
        '<svg viewBox="0 0 {width} {height}" width="100%" role="img" '
        'aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">{question}</title>'
        '<desc id="{name}-desc">{description}</desc>'
        "{bars}</svg>"
    ).format(
        width=_WIDTH,
        height=len(rows) * (_BAR + _GAP),
        name=name,
        question=encoded(question),
        description=encoded(f"From 1, {low}, to 5, {high}. {averages}."),
        bars=Markup().join(bars),
    )


def _bar(row: ScaleAnswers, top: int) -> Markup:
    middle = top + _BAR // 2
    label = Markup(
        '<text x="{}" y="{}" text-anchor="end" dominant-baseline="central" font-size="17">{}</text>'
    ).format(_LEFT - 10, middle, encoded(row.label))
    parts, left = [label], float(_LEFT)
    for point, count in enumerate(row.counts):
        width = (_WIDTH - _LEFT) * count / row.total if row.total else 0.0
        if count:
            parts.append(
                Markup(
                    '<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height}" '
                    'fill="{shade}" stroke="#fff" stroke-width="2"/>'
                    '<text x="{centre:.1f}" y="{middle}" text-anchor="middle" '
                    'dominant-baseline="central" font-size="16" fill="{ink}">{point}</text>'
                ).format(
                    left=left,
                    top=top,
                    width=width,
                    height=_BAR,
                    shade=_SHADES[point],
                    centre=left + width / 2,
                    middle=middle,
                    ink=_INKS[point],
                    point=point + 1,
                )
            )
        left += width
    return Markup().join(parts)
