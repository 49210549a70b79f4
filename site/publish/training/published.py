"""A plan as an edition carries it: clips on the film's clock, and only of stories that are in it.

The record is part of `edition.json`, and the pages are made from it alone. What belongs to a clip
that is not shown (its title, its questions, points about it) is not in it at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from library.core.workspace import SLUG
from publish.training.plan import (
    Break,
    Dilemma,
    EvaluationTime,
    Exercise,
    Minutes,
    PlanDetails,
    PlanItem,
    ReflectionQuestion,
    RolePlay,
    Seconds,
    TalkItem,
)

NOT_AVAILABLE = "A story planned here is not available at the moment."
"""The words in the place of a clip that may not be shown here."""


class ShownPause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question that stops a clip: milliseconds on the film's clock."""

    at: int
    ask: str
    timer: Seconds | None = None
    notes: tuple[str, ...] = ()


class ShownClip(PlanItem, frozen=True, kw_only=True, tag="clip"):
    """A part of a story of the same edition, in milliseconds on its film's clock."""

    id: str
    story: str
    start: int
    end: int
    chapter: str = ""
    """The question it answers, where the plan named a chapter."""
    before: str = ""
    pauses: tuple[ShownPause, ...] = ()
    ask: tuple[str, ...] = ()
    timer: Seconds | None = None


class AbsentClip(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="absent",
    tag_field="kind",
):
    """A clip that may not be shown here, with all that speaks about it: only its time is told."""

    minutes: Minutes


ShownItem = (
    TalkItem
    | ShownClip
    | ReflectionQuestion
    | Exercise
    | Dilemma
    | RolePlay
    | Break
    | EvaluationTime
    | AbsentClip
)


class PublishedPlan(PlanDetails, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan as the pages of one training session are made from it."""

    items: tuple[ShownItem, ...]

    @property
    def numbered(self) -> tuple[tuple[int, PlanItem], ...]:
        numbered = enumerate(self.items, start=1)
        return tuple((number, item) for number, item in numbered if isinstance(item, PlanItem))

    @property
    def clips(self) -> tuple[ShownClip, ...]:
        return tuple(item for item in self.items if isinstance(item, ShownClip))

    @property
    def stories(self) -> tuple[str, ...]:
        """Ids of the stories it shows, in the order of their first clips."""
        return tuple(dict.fromkeys(clip.story for clip in self.clips))

    @property
    def absent(self) -> int:
        """The number of clips that are left out."""
        return sum(isinstance(item, AbsentClip) for item in self.items)

    @property
    def shown_minutes(self) -> int:
        """The minutes it takes as it is shown here."""
        return sum(item.minutes for item in self.items if not isinstance(item, AbsentClip))


def plan_path(plan_id: str) -> str:
    """Return the path in the site of the facilitator's page of a plan."""
    return f"training/{plan_id}.html"


def limit_plans(
    plans: Iterable[PublishedPlan], stories: Collection[str]
) -> tuple[PublishedPlan, ...]:
    """Return the plans without clips of other stories; a plan without any clip is left out."""
    limited = (_limit_plan(plan, stories) for plan in plans)
    return tuple(plan for plan in limited if plan.clips)


def _limit_plan(plan: PublishedPlan, stories: Collection[str]) -> PublishedPlan:
    removed = {clip.id for clip in plan.clips if clip.story not in stories}
    return (
        msgspec.structs.replace(plan, items=without_clips(plan.items, removed)) if removed else plan
    )


def without_clips(items: Iterable[ShownItem], removed: Collection[str]) -> tuple[ShownItem, ...]:
    """Return the points without these clips and what speaks about them; their time is kept."""
    remaining: list[ShownItem] = []
    position: dict[str, int] = {}
    early: dict[str, int] = {}
    for item in items:
        clip = item.id if isinstance(item, ShownClip) else getattr(item, "about", "")
        if clip not in removed:
            remaining.append(item)
        elif isinstance(item, ShownClip):
            position[clip] = len(remaining)
            # 480 is the most that `Minutes` allows; more could not be read back.
            remaining.append(AbsentClip(minutes=min(item.minutes + early.get(clip, 0), 480)))
        elif clip in position:
            before = remaining[position[clip]]
            remaining[position[clip]] = AbsentClip(minutes=min(before.minutes + item.minutes, 480))
        else:
            # It speaks about a clip that comes later: its minutes are kept until then.
            early[clip] = early.get(clip, 0) + item.minutes
    return tuple(remaining)


def problem_in_plans(plans: Iterable[PublishedPlan], durations: Mapping[str, int]) -> str:
    """Return why no pages can be made from these plans, or nothing.

    `durations` are those of the stories, in milliseconds.
    """
    ids: set[str] = set()
    for plan in plans:
        # The id becomes a file's name, and `index.html` is the list of sessions.
        if not SLUG.match(plan.id) or plan.id == "index" or plan.id in ids:
            return "a training plan’s id that is not ours, or one twice"
        ids.add(plan.id)
        for clip in plan.clips:
            if clip.story not in durations:
                return f"a clip of a story that is not in it, in the plan {plan.id}"
            if not 0 <= clip.start < clip.end <= durations[clip.story]:
                return f"a clip outside its film, in the plan {plan.id}"
    return ""
