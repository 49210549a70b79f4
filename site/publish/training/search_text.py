"""What a search may know of a plan: its title, and its texts in the order of its page.

Facilitators' notes and role-play cards are left out: they are found on the page, by who leads the
session, and would give a practice situation's point away to those who are to think about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publish.training.plan import Break, Dilemma, Exercise, Question, RolePlay, Talk
from publish.training.published import PublishedPlan, ShownClip, ShownItem


@dataclass(frozen=True)
class Passage:
    """A text of a plan's page, and the part of the page it stands in (a fragment name)."""

    heading: str
    text: str
    anchor: str


@dataclass(frozen=True)
class PlanWords:
    """Everything of one plan that may be found."""

    id: str
    path: str
    """Of its page in the site."""
    title: str
    summary: str
    passages: tuple[Passage, ...]


def page_of(plan_id: str) -> str:
    """Where the facilitator's page is, by its path in the site."""
    return f"training/{plan_id}.html"


def words_of(plan: PublishedPlan) -> PlanWords:
    """Pure: text as typed, not encoded."""
    return PlanWords(
        id=plan.id,
        path=page_of(plan.id),
        title=plan.title,
        summary=plan.aim,
        passages=tuple(_passages(plan)),
    )


def _passages(plan: PublishedPlan) -> Iterator[Passage]:
    about = "\n".join([plan.aim, *plan.outcomes, plan.audience, plan.level])
    yield Passage(plan.title, about, "about")
    for number, item in enumerate(plan.items, start=1):
        said = [text for text in _texts(item) if text]
        if said:
            yield Passage(getattr(item, "title", ""), "\n".join(said), f"point-{number}")


def _texts(item: ShownItem) -> tuple[str, ...]:
    match item:
        case Talk():
            return item.show
        case ShownClip():
            return (item.before, *(pause.ask for pause in item.pauses), *item.ask)
        case Question():
            return item.ask
        case Exercise():
            return item.steps
        case Dilemma():
            return (item.situation, *item.ask)
        case RolePlay():
            return (item.brief, *item.debrief)
        case Break():
            return ()
    return ()
