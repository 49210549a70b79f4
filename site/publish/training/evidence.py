"""Evidence for the Triangle of Care’s standards and for PCREF, with the source of each figure.

Figures are those of the report over time, and counts of sessions. A standard for which nothing is
recorded says so, and each says what no training can show of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from library.core.clock import today
from library.core.counting import counted
from library.core.days import day_in_words
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.workspace import Workspace
from publish.print_record import print_record
from publish.training.answer_folder import HeldSession, plans_by_id, read_collected
from publish.training.feedback_page import feedback_destination
from publish.training.follow_up import HEARD, MOMENT_NAMES
from publish.training.groups_of_five import FIVE
from publish.training.plan import TrainingPlan
from publish.training.report import PlanReport, StatementResult, TrainingReport, make_report
from publish.training.standards import STANDARDS, USUAL_STANDARDS

_HEADS = ("standard", "key", "fact", "value", "sources")
_WHENS = {"before": "before", "after": "at the end", **MOMENT_NAMES}


class EvidenceFact(msgspec.Struct, frozen=True, kw_only=True):
    """A figure, and the files and lines that it comes from."""

    fact: str
    value: str
    sources: tuple[str, ...]


class StandardEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that are recorded for one standard."""

    key: str
    name: str
    words: str
    source: str
    facts: tuple[EvidenceFact, ...]
    limit: str


class TrainingEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of one day, standard by standard."""

    made: str
    standards: tuple[StandardEvidence, ...]


def gather_evidence(workspace: Workspace) -> TrainingEvidence:
    """Return what is recorded for each standard. Raises what `make_report` does."""
    plans = plans_by_id(workspace)
    sessions = read_collected(workspace, (), plans).sessions
    report = make_report(workspace)
    standards = tuple(
        StandardEvidence(
            key=key,
            name=standard.name,
            words=standard.words,
            source=standard.source,
            facts=tuple(_facts(key, list(plans.values()), sessions, report)),
            limit=standard.limit,
        )
        for key, standard in STANDARDS.items()
    )
    return TrainingEvidence(made=today().isoformat(), standards=standards)


def write_evidence(workspace: Workspace, to: Path | None) -> tuple[Path, TrainingEvidence]:
    """Write the evidence as a page, or as JSON or CSV where `to` ends so; return its path.

    Raises what `make_report` does, and BadInput for a place that staff are shown, or one where
    something lies already.
    """
    destination = feedback_destination(workspace, "evidence", to)
    evidence = gather_evidence(workspace)
    if destination.suffix.lower() == ".json":
        data = msgspec.json.format(msgspec.json.encode(evidence), indent=1) + b"\n"
    elif destination.suffix.lower() == ".csv":
        data = evidence_table(evidence).encode("utf-8-sig")
    else:
        data = evidence_page(evidence).encode()
    with translate_disk_errors(destination):
        make_folder(destination.parent)
    write_atomic(destination, data)
    return destination, evidence


def evidence_table(evidence: TrainingEvidence) -> str:
    """Return a line for each figure, as CSV that no spreadsheet runs."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADS)
    for standard in evidence.standards:
        for fact in standard.facts:
            cells = (standard.name, standard.key, fact.fact, fact.value, "; ".join(fact.sources))
            writer.writerow([_inert(cell) for cell in cells])
    return text.getvalue()


def _inert(cell: str) -> str:
    return f"’{cell}" if cell[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20") else cell


def evidence_page(evidence: TrainingEvidence) -> str:
    """Return the whole page."""
    return print_record(
        "training_evidence.html",
        title="What was done for carers, standard by standard",
        foot=f"Made on {day_in_words(today())}. No figure is of fewer than {FIVE} people.",
        evidence=evidence,
    )


def _facts(
    key: str,
    plans: Sequence[TrainingPlan],
    sessions: Sequence[HeldSession],
    report: TrainingReport,
) -> Iterator[EvidenceFact]:
    counted_plans = [plan for plan in plans if key in (plan.standards or USUAL_STANDARDS)]
    reports = {plan.plan: plan for plan in report.plans}
    for plan in counted_plans:
        held = [one for one in sessions if one.plan == plan.id]
        if held:
            yield from _of_sessions(plan, held)
            if plan.id in reports:
                yield from _of_answers(reports[plan.id])
    if key == "pcref-co-learning":
        with_carers = [one for one in sessions if one.carers]
        if with_carers:
            value = counted(len(with_carers), "session")
            yield EvidenceFact(
                fact="Sessions that carers led or spoke in",
                value=value,
                sources=_lines(with_carers),
            )
    if key == "pcref-feedback":
        yield from _of_carers(report)


def _of_sessions(plan: TrainingPlan, held: Sequence[HeldSession]) -> Iterator[EvidenceFact]:
    yield EvidenceFact(
        fact=f"“{plan.title}” was held", value=counted(len(held), "time"), sources=_lines(held)
    )
    # Whole sessions alone are added up: the difference of two reports is then a session of five.
    large = [one for one in held if one.people >= FIVE]
    if large:
        people = sum(one.people for one in large)
        few = len(held) - len(large)
        more = f", and {counted(few, 'session')} more of fewer than {FIVE}" if few else ""
        yield EvidenceFact(
            fact=f"Staff who came to “{plan.title}”", value=f"{people}{more}", sources=_lines(large)
        )


def _of_answers(plan: PlanReport) -> Iterator[EvidenceFact]:
    for statement in plan.statements:
        if statement.id != HEARD:
            yield from _of_statement(statement)


def _of_statement(statement: StatementResult) -> Iterator[EvidenceFact]:
    for row in statement.rows:
        if row.session:
            continue
        for stage in statement.stages:
            if stage in row.figures:
                figure = row.figures[stage]
                yield EvidenceFact(
                    fact=f"“{statement.ask}”, {_WHENS[stage].lower()}, from 1 to 5",
                    value=f"{figure.average} on average, {figure.answers} answers",
                    sources=figure.rows,
                )


def _of_carers(report: TrainingReport) -> Iterator[EvidenceFact]:
    for plan in report.plans:
        for statement in plan.statements:
            if statement.id == HEARD:
                yield from _of_statement(statement)
    if report.contributors:
        yield EvidenceFact(
            fact="Contributors who answered a preview of their film before it was shown",
            value=str(report.contributors),
            sources=("interviews/stories, answers.json of each",),
        )


def _lines(sessions: Sequence[HeldSession]) -> tuple[str, ...]:
    return tuple(f"{one.file}, line {one.line}" for one in sessions)
