"""The page of a session's feedback: before and after for each scale, and comments.

As in every report, nothing is shown of fewer than five people, neither marks nor words.

It is for the team that runs the sessions. It lies with what is private, no command ever puts it
into the staff’s library, and it says itself how little a few answers prove.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from library.core.clock import today
from library.core.days import day_in_words
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.workspace import Workspace
from publish.print_record import print_record
from publish.training.feedback import WHEN, FeedbackForm, read_forms
from publish.training.follow_up import EVALUATION
from publish.training.plan import SCALE_POINTS, CommentQuestion, PlanDetails, Scale
from publish.training.read_plan import plan_files, read_plan

MIN_FORMS = 5
"""Fewer answers than this say little, and may point to a person: none of them is shown."""


@dataclass(frozen=True)
class SavedFeedback:
    page: Path
    forms: int
    plans: tuple[str, ...]
    too_few: tuple[str, ...]
    """Plans that fewer than five people answered about: nothing of these is shown."""


def write_feedback(workspace: Workspace, files: Sequence[Path], to: Path | None) -> SavedFeedback:
    """Read the forms and write the page. Raises what `read_forms` does, and BadInput for a place
    that staff are shown, or one where something lies already."""
    records = (read_plan(path).record for path in plan_files(workspace))
    plans = {plan.id: plan for plan in records if plan is not None}
    forms = [form for form in read_forms(files, plans) if form.kind == EVALUATION]
    if not forms:
        raise BadInput(
            "There is no evaluation in these files, only forms of later.",
            "Put all forms of all sessions together: carer-stories training report",
        )
    plan_ids = tuple(dict.fromkeys(form.plan for form in forms))
    name = plan_ids[0] if len(plan_ids) == 1 else "sessions"
    destination = feedback_destination(workspace, name, to)
    text = feedback_page([plans[name] for name in plan_ids], forms)
    with translate_disk_errors(destination):
        make_folder(destination.parent)
    write_atomic(destination, text.encode())
    counts = Counter(form.plan for form in forms)
    too_few = tuple(name for name in plan_ids if counts[name] < MIN_FORMS)
    return SavedFeedback(destination, len(forms), plan_ids, too_few)


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


@dataclass(frozen=True)
class ScaleResult:
    """The answers to one scale, before and after."""

    ask: str
    low: str
    high: str
    rows: tuple[ScaleAnswers, ...]
    """Empty where fewer than five people answered."""
    movement: str
    """Empty where fewer than five people answered before and after."""


@dataclass(frozen=True)
class CommentResult:
    """The comments below one question."""

    ask: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class PlanResult:
    """The answers of one plan's forms."""

    title: str
    forms: int
    days: tuple[str, ...]
    scales: tuple[ScaleResult, ...]
    comments: tuple[CommentResult, ...]


def feedback_page(plans: Sequence[PlanDetails], forms: Sequence[FeedbackForm]) -> str:
    """Return the whole page. Pure but for the day it was made on."""
    return print_record(
        "feedback.html",
        title="What the sessions changed",
        foot=f"Made on {day_in_words(today())}.",
        plans=[_result(plan, [form for form in forms if form.plan == plan.id]) for plan in plans],
        min_forms=MIN_FORMS,
        SCALE_POINTS=SCALE_POINTS,
    )


def _result(plan: PlanDetails, forms: Sequence[FeedbackForm]) -> PlanResult:
    return PlanResult(
        plan.title,
        len(forms),
        tuple(sorted({form.date for form in forms if form.date})),
        tuple(_scale(scale, forms) for scale in plan.evaluation.scales),
        tuple(_comments(comment, forms) for comment in plan.evaluation.comments),
    )


def _scale(scale: Scale, forms: Sequence[FeedbackForm]) -> ScaleResult:
    whens = WHEN if scale.when == "before and after" else ("after",)
    labels = {"before": "Before", "after": "Now"}
    rows = tuple(
        count_scores(
            labels[when],
            [form.scores[scale.id, when] for form in forms if (scale.id, when) in form.scores],
        )
        for when in whens
    )
    shown = rows if all(row.total >= MIN_FORMS for row in rows) else ()
    return ScaleResult(
        scale.ask, scale.low, scale.high, shown, _movement(scale, forms) if shown else ""
    )


def count_scores(label: str, scores: Sequence[int]) -> ScaleAnswers:
    """Count scores from 1 to 5."""
    return ScaleAnswers(label, tuple(scores.count(point) for point in range(1, SCALE_POINTS + 1)))


def _movement(scale: Scale, forms: Sequence[FeedbackForm]) -> str:
    """Return how many went up and down, person by person: averages can stand still meanwhile."""
    pairs = [
        (form.scores[scale.id, "before"], form.scores[scale.id, "after"])
        for form in forms
        if (scale.id, "before") in form.scores and (scale.id, "after") in form.scores
    ]
    if len(pairs) < MIN_FORMS:
        return ""
    up = sum(after > before for before, after in pairs)
    down = sum(after < before for before, after in pairs)
    same = len(pairs) - up - down
    return f"Of {len(pairs)} who answered both, {up} went up, {same} stayed and {down} went down."


def _comments(comment: CommentQuestion, forms: Sequence[FeedbackForm]) -> CommentResult:
    texts = (form.comments[comment.id] for form in forms if comment.id in form.comments)
    # Not in the order of the forms: one person’s words would stand at the same place each time.
    return CommentResult(comment.ask, tuple(sorted(texts, key=str.casefold)))


def feedback_destination(workspace: Workspace, name: str, to: Path | None) -> Path:
    """Return where a page for the team is written: `name` and the day, or what `to` says.

    Raises BadInput for a place that staff are shown, or one where something lies already.
    """
    if to is None:
        return workspace.feedback / f"{name}-{today()}.html"
    path = to / f"{name}-{today()}.html" if to.is_dir() else to
    # Comments may point to a person, so not where staff would be shown them.
    shown = (workspace.public, workspace.site, workspace.edition)
    if any(path.resolve().is_relative_to(folder.resolve()) for folder in shown):
        raise BadInput(
            f"{path} would be shown to staff.", "Name a place outside public, site and edition."
        )
    # Never written over: it may be the only page of forms that are thrown away.
    if path.exists():
        raise BadInput(f"{path} is there already; nothing was changed.", "Name another file.")
    return path
