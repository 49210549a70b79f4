"""The pages for the time after a session: forms, sheets for conversations, and reminders."""

from __future__ import annotations

from dataclasses import dataclass

from publish.edition import Edition
from publish.render import text
from publish.render.templating import Document, render_template
from publish.training.calendar_file import calendar_domain, summary_of
from publish.training.follow_up import (
    CARERS,
    EVALUATION,
    MOMENT_NAMES,
    MOMENTS,
    PointLine,
    coaching_of,
    form_questions,
    step_at,
    steps_at,
    supervision_of,
    usual_step,
)
from publish.training.published import PublishedPlan

_FORM_SCRIPTS = ("shorter-session.js", "evaluation.js", "form-code.js", "answer-codes.js")
_LEDES = {
    EVALUATION: "",
    "two-weeks": "Two weeks after the session: what became of it. Three minutes are enough.",
    "team-meeting": "At a team meeting after the session: what became of it among you.",
    "three-months": "Three months after it: what is still there. Three minutes are enough.",
    CARERS: "For carers who led this session, came to it, or know the team it was for.",
}
_EYEBROWS = {EVALUATION: "Evaluation form", CARERS: "A form for carers", **MOMENT_NAMES}


@dataclass(frozen=True)
class _ShownMoment:
    id: str
    name: str
    summary: str
    do: str
    steps: tuple[PointLine, ...]
    usual: str


def form_path(plan_id: str, kind: str) -> str:
    """Return the path in the site of a form of a plan."""
    ending = "-evaluation" if kind == EVALUATION else f"/{kind}"
    return f"training/{plan_id}{ending}.html"


def form_page(plan: PublishedPlan, kind: str) -> Document:
    """Return the page of a form of a plan."""
    title = f"{_EYEBROWS[kind]}: {text.plain(plan.title)}"
    if kind == EVALUATION:
        title = f"Evaluation: {text.plain(plan.title)}"
    body = render_template(
        "training_form.html",
        plan=plan,
        questions=form_questions(plan, kind),
        eyebrow=_EYEBROWS[kind],
        lede=_LEDES[kind],
        file=form_path(plan.id, kind).rpartition("/")[2],
        up="" if kind == EVALUATION else "../",
    )
    return Document(
        title=title,
        description=f"What a session changed: {text.plain(plan.title)}",
        body=body,
        scripts=_FORM_SCRIPTS,
    )


def after_pages(plan: PublishedPlan, edition: Edition) -> dict[str, Document]:
    """Return every page for the time after a session, by its path in the site."""
    pages = {form_path(plan.id, kind): form_page(plan, kind) for kind in (*MOMENTS, CARERS)}
    folder = f"training/{plan.id}"
    pages[f"{folder}/afterwards.html"] = _afterwards_page(plan, edition)
    pages[f"{folder}/supervision.html"] = _supervision_page(plan)
    pages[f"{folder}/coaching.html"] = _coaching_page(plan)
    return pages


def _afterwards_page(plan: PublishedPlan, edition: Edition) -> Document:
    moments = [
        _ShownMoment(
            moment,
            MOMENT_NAMES[moment],
            summary_of(plan, moment),
            step_at(plan, moment),
            tuple(steps_at(plan, moment)),
            usual_step(moment),
        )
        for moment in MOMENTS
    ]
    library = edition.library
    body = render_template(
        "training_afterwards.html",
        plan=plan,
        moments=moments,
        uid=calendar_domain(library.title, library.trust),
    )
    return Document(
        title=f"After the session: {text.plain(plan.title)}",
        description=f"What comes after a session: {text.plain(plan.title)}",
        body=body,
        scripts=("shorter-session.js", "reminders.js"),
    )


def _supervision_page(plan: PublishedPlan) -> Document:
    sheet = supervision_of(plan)
    return _sheet_page(
        plan,
        "Supervision sheet",
        opening=sheet.opening,
        steps=steps_at(plan, "two-weeks"),
        usual=usual_step("two-weeks"),
        ask=sheet.ask,
        last_title="To agree on",
        last=sheet.agree,
        listen_title="For the supervisor",
        listen_for=sheet.listen_for,
    )


def _coaching_page(plan: PublishedPlan) -> Document:
    guide = coaching_of(plan)
    return _sheet_page(
        plan,
        "Coaching conversation",
        opening=guide.opening,
        steps=(),
        usual="",
        ask=guide.ask,
        last_title="To try out aloud",
        last=guide.practise,
        listen_title="For the coach: what to listen for",
        listen_for=guide.listen_for,
    )


def _sheet_page(plan: PublishedPlan, name: str, **words: object) -> Document:
    return Document(
        title=f"{name}: {text.plain(plan.title)}",
        description=f"{name} for after a session: {text.plain(plan.title)}",
        body=render_template("training_sheet.html", plan=plan, eyebrow=name, **words),
        scripts=("shorter-session.js", "handout.js"),
    )
