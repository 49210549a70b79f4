"""One report over time: before a session, at its end, two weeks, a team meeting and months later.

For each session and for all of them, and nothing of fewer than five people: `groups_of_five` says
how that also holds between two reports. Averages alone are shown, never who chose which point, and
one that would tell what everybody chose is told as a bound. An average of several groups is made of
what is told of each, so that no subtraction undoes a bound. Words are those whose writers agreed,
below the question alone, in an order that is nobody's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.clock import today
from library.core.days import day_in_words
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.workspace import Workspace
from library.records.preview_answers import AnswersRecord
from publish.print_record import print_record
from publish.training.answer_folder import (
    CollectedAnswers,
    HeldSession,
    neutral_name,
    plans_by_id,
    read_collected,
)
from publish.training.feedback import FeedbackForm
from publish.training.feedback_page import feedback_destination
from publish.training.follow_up import (
    CARERS,
    EVALUATION,
    FORM_KINDS,
    MOMENT_NAMES,
    AskedScale,
    form_questions,
)
from publish.training.groups_of_five import (
    FIVE,
    LOCK_PATIENCE_S,
    Grouping,
    busy,
    form_keys,
    grouping_lock,
    open_grouping,
    save_grouping,
)
from publish.training.plan import SCALE_POINTS, TrainingPlan

_ALL = ""
"""In place of a session’s day: all sessions."""
_EDGE = 0.5
"""An average nearer than this to the end of its scale tells what everybody chose."""
_STAGES = {
    "before": "Before",
    "after": "At the end",
    **MOMENT_NAMES,
}


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """An average, and the answers that it is made of: five at least."""

    stage: str
    answers: int
    average: str
    """With one decimal, or a bound: “over 4.5”, or “about 4.3” where a bound is part of it."""
    rows: tuple[str, ...]
    """The file and lines of its answers."""


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one session, or of all, for one statement."""

    session: str
    """Its day, or nothing for all sessions."""
    figures: dict[str, Figure]
    """By stage; a stage without five people is not in it."""


class StatementResult(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with its figures over time."""

    id: str
    ask: str
    low: str
    high: str
    stages: tuple[str, ...]
    rows: tuple[FigureRow, ...]


class WordsResult(msgspec.Struct, frozen=True, kw_only=True):
    """The words of five people or more below one question."""

    kind: str
    question: str
    """Its id."""
    ask: str
    texts: tuple[str, ...]
    rows: tuple[str, ...]


class ShownSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as a report lists it."""

    on: str
    people: str
    source: str


class PlanReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one plan."""

    plan: str
    title: str
    sessions: tuple[ShownSession, ...]
    statements: tuple[StatementResult, ...]
    words: tuple[WordsResult, ...]
    are_some_waiting: bool


class TrainingReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report says."""

    made: str
    plans: tuple[PlanReport, ...]
    contributors: int | None
    """Contributors who answered a preview, where there are five or more."""
    is_first_of_older: bool = False
    """True where no group was remembered before, and an answer is older than the report."""


@dataclass(frozen=True)
class SavedReport:
    page: Path
    report: TrainingReport


def write_report(workspace: Workspace, sources: Sequence[Path], to: Path | None) -> SavedReport:
    """Make the report of these files and folders, or of the library’s, and write its page.

    Raises what `read_collected` does, Damaged for the record of groups, and BadInput for a place
    that staff are shown, or one where something lies already.
    """
    destination = feedback_destination(workspace, "report", to)
    report = make_report(workspace, sources)
    with translate_disk_errors(destination):
        make_folder(destination.parent)
    write_atomic(destination, report_page(report).encode())
    return SavedReport(destination, report)


def make_report(workspace: Workspace, sources: Sequence[Path] = ()) -> TrainingReport:
    """Return the report, and remember its groups of five before anybody sees it."""
    plans = plans_by_id(workspace)
    collected = read_collected(workspace, sources, plans)
    with translate_disk_errors(workspace.feedback):
        make_folder(workspace.feedback)
    with grouping_lock(workspace).locked(busy=busy(), timeout=LOCK_PATIENCE_S):
        grouping = open_grouping(workspace)
        before = grouping.record
        results = tuple(_plan_reports(plans, collected, grouping))
        contributors = _contributors(workspace, grouping)
        forms = collected.answers.forms
        grouping.require_unchanged(
            {
                key: f"{form.file}, line {form.line}"
                for plan in plans
                for key, form in _keyed([form for form in forms if form.plan == plan]).items()
            }
        )
        save_grouping(workspace, grouping, before)
    days = {form.date for form in forms if form.date}
    return TrainingReport(
        made=today().isoformat(),
        plans=results,
        contributors=contributors,
        is_first_of_older=not before.questions and any(day < today().isoformat() for day in days),
    )


def report_page(report: TrainingReport) -> str:
    """Return the whole page."""
    return print_record(
        "training_report.html",
        title="What the sessions changed, over time",
        foot=f"Made on {day_in_words(today())}. No figure is of fewer than {FIVE} people.",
        report=report,
        stages=_STAGES,
        SCALE_POINTS=SCALE_POINTS,
        FIVE=FIVE,
    )


def people_in_words(people: int) -> str:
    """Return how many came: few are told as few."""
    if not people:
        return "not recorded"
    return str(people) if people >= FIVE else f"fewer than {FIVE}"


def _plan_reports(
    plans: Mapping[str, TrainingPlan], collected: CollectedAnswers, grouping: Grouping
) -> Iterator[PlanReport]:
    for plan in plans.values():
        forms = [form for form in collected.answers.forms if form.plan == plan.id]
        sessions = [held for held in collected.sessions if held.plan == plan.id]
        if forms or sessions:
            yield _plan_report(plan, forms, sessions, grouping)


def _plan_report(
    plan: TrainingPlan,
    forms: Sequence[FeedbackForm],
    sessions: Sequence[HeldSession],
    grouping: Grouping,
) -> PlanReport:
    maker = _Maker(plan, _keyed(forms), grouping)
    statements = tuple(maker.statements())
    words = tuple(maker.words())
    return PlanReport(
        plan=plan.id,
        title=plan.title,
        sessions=tuple(_shown_sessions(sessions, forms)),
        statements=statements,
        words=words,
        are_some_waiting=maker.are_some_waiting,
    )


def _keyed(forms: Sequence[FeedbackForm]) -> dict[str, FeedbackForm]:
    return dict(zip(form_keys(forms), forms, strict=True))


def _shown_sessions(
    sessions: Sequence[HeldSession], forms: Sequence[FeedbackForm]
) -> Iterator[ShownSession]:
    for held in sessions:
        source = f"{held.file}, line {held.line}"
        people = people_in_words(held.people)
        yield ShownSession(on=held.on.isoformat(), people=people, source=source)
    listed = {held.on.isoformat() for held in sessions}
    for day in sorted({form.session for form in forms if form.session} - listed):
        yield ShownSession(on=day, people=people_in_words(0), source="its forms")


class _Maker:
    """Makes the figures of one plan from its forms, by their keys."""

    def __init__(
        self, plan: TrainingPlan, forms: Mapping[str, FeedbackForm], grouping: Grouping
    ) -> None:
        self._plan, self._forms, self._grouping = plan, forms, grouping
        self.are_some_waiting = False

    def statements(self) -> Iterator[StatementResult]:
        """Yield every statement of every form with what was answered to it, over time."""
        scales: dict[str, AskedScale] = {}
        for kind in FORM_KINDS:
            for scale in form_questions(self._plan, kind).scales:
                scales.setdefault(scale.id, scale)
        for scale in scales.values():
            rows: dict[str, dict[str, Figure]] = {}
            for kind in FORM_KINDS:
                for session, figure in self._figures(scale.id, kind):
                    rows.setdefault(session, {})[figure.stage] = figure
            shown = {stage for figures in rows.values() for stage in figures}
            yield StatementResult(
                id=scale.id,
                ask=scale.ask,
                low=scale.low,
                high=scale.high,
                stages=tuple(stage for stage in _STAGES if stage in shown),
                # All sessions stand first.
                rows=tuple(FigureRow(session=day, figures=rows[day]) for day in sorted(rows)),
            )

    def words(self) -> Iterator[WordsResult]:
        """Yield the words that may be shown, question by question."""
        for kind in FORM_KINDS:
            for question in form_questions(self._plan, kind).comments:
                written = {
                    key: form
                    for key, form in self._forms.items()
                    if form.kind == kind and form.words_shared and question.id in form.comments
                }
                answers = {key: form.comments[question.id] for key, form in written.items()}
                parts = self._parts(f"{kind}/{question.id}/words", written, answers)[_ALL]
                keys = [key for part in parts for key in part]
                if keys:
                    texts = [written[key].comments[question.id] for key in keys]
                    yield WordsResult(
                        kind=kind,
                        question=question.id,
                        ask=question.ask,
                        texts=tuple(shuffled(question.id, texts)),
                        rows=lines_of([written[key] for key in keys]),
                    )

    def _figures(self, scale_id: str, kind: str) -> Iterator[tuple[str, Figure]]:
        """Yield a session’s day, or nothing for all, with a figure of this statement."""
        whens = ("later",) if kind not in {EVALUATION, CARERS} else ("before", "after")
        asked = next(
            (s.whens for s in form_questions(self._plan, kind).scales if s.id == scale_id), ()
        )
        # Those who answered both: two averages of different people would tell by subtraction.
        answered = {
            key: form
            for key, form in self._forms.items()
            if form.kind == kind
            and asked
            and all((scale_id, when) in form.scores for when in asked)
        }
        answers = {
            key: " ".join(f"{when}={form.scores[scale_id, when]}" for when in asked)
            for key, form in answered.items()
        }
        for session, parts in self._parts(f"{kind}/{scale_id}", answered, answers).items():
            for when in whens:
                if when in asked and parts:
                    stage = kind if when == "later" else when
                    forms = [answered[key] for part in parts for key in part]
                    scores = [
                        [answered[key].scores[scale_id, when] for key in part] for part in parts
                    ]
                    yield (
                        session,
                        Figure(
                            stage=stage,
                            answers=len(forms),
                            average=average_in_words(scores),
                            rows=lines_of(forms),
                        ),
                    )

    def _parts(
        self, question: str, forms: Mapping[str, FeedbackForm], answers: Mapping[str, str]
    ) -> dict[str, tuple[tuple[str, ...], ...]]:
        """Return the groups that may be told of, for all sessions and for each of five or more."""
        days = {key: form.session for key, form in forms.items()}
        groups = self._grouping.groups_for(f"{self._plan.id}/{question}", days, answers)
        self.are_some_waiting |= groups.are_some_waiting
        parts = {_ALL: groups.parts()}
        for day in sorted({group.session for group in groups.groups if group.session}):
            parts[day] = groups.parts(day)
        return parts


def shuffled(question: str, texts: Iterable[str]) -> list[str]:
    """Return texts in an order that tells nothing: neither whose line it was, nor what else they
    wrote. It is the same in every report."""
    return sorted(texts, key=lambda text: hashlib.sha256(f"{question}\n{text}".encode()).digest())


def average_in_words(groups: Sequence[Sequence[int]]) -> str:
    """Return the average of groups of five, or a bound where it would tell what everybody chose.

    A group beyond a bound counts as the bound wherever it is a part: taking one figure from
    another tells of it no more than the bound does.
    """
    low, high = 1 + _EDGE, SCALE_POINTS - _EDGE
    averages = [sum(scores) / len(scores) for scores in groups]
    if all(average < low for average in averages):
        return f"under {low}"
    if all(average > high for average in averages):
        return f"over {high}"
    bounded = [min(max(average, low), high) for average in averages]
    sizes = [len(scores) for scores in groups]
    mean = sum(a * size for a, size in zip(bounded, sizes, strict=True)) / sum(sizes)
    return f"{mean:.1f}" if bounded == averages else f"about {mean:.1f}"


def lines_of(forms: Sequence[FeedbackForm]) -> tuple[str, ...]:
    """Return the lines of forms, file by file: “2026-11-02-c00d7bd7.csv, lines 2–9, 12”."""
    files: dict[str, list[int]] = {}
    for form in forms:
        files.setdefault(neutral_name(form), []).append(form.line)
    return tuple(
        f"{file}, {'line' if len(files[file]) == 1 else 'lines'} {_ranges(sorted(files[file]))}"
        for file in sorted(files)
    )


def _ranges(lines: Sequence[int]) -> str:
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans)


def _contributors(workspace: Workspace, grouping: Grouping) -> int | None:
    """Return how many contributors answered a preview, in groups of five."""
    records = (
        struct_file.load_if_readable(path, AnswersRecord)
        for path in workspace.stories.glob("cs-*/answers.json")
    )
    answered = {record.story: _ALL for record in records if record and record.files}
    keys = grouping.groups_for("contributors/preview", answered).keys()
    return len(keys) or None
