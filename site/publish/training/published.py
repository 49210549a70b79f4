"""A plan as an edition carries it: clips on the film's clock, and only of stories that are in it.

The record is part of `edition.json`, and the pages are made from it alone. What belongs to a clip
that is not shown (its title, its questions, points about it) is not in it at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from library.core.workspace import SET_ID
from publish.training.plan import (
    Break,
    Dilemma,
    Exercise,
    Minutes,
    PlanFrame,
    PlanItem,
    ReflectionQuestion,
    RolePlay,
    Seconds,
    TalkItem,
)


class ShownPause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where within a clip a question stops it: milliseconds on the film's clock."""

    at: int
    ask: str
    timer: Seconds | None = None


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
    TalkItem | ShownClip | ReflectionQuestion | Exercise | Dilemma | RolePlay | Break | AbsentClip
)


class PublishedPlan(PlanFrame, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the pages of one training session are made from."""

    items: tuple[ShownItem, ...]

    @property
    def clips(self) -> tuple[ShownClip, ...]:
        return tuple(item for item in self.items if isinstance(item, ShownClip))

    @property
    def stories(self) -> tuple[str, ...]:
        """Ids of the stories it shows, in the order of their first clips."""
        return tuple(dict.fromkeys(clip.story for clip in self.clips))

    @property
    def absent(self) -> int:
        """How many clips are left out."""
        return sum(isinstance(item, AbsentClip) for item in self.items)

    @property
    def shown_minutes(self) -> int:
        """How long it takes as it is shown here."""
        return sum(item.minutes for item in self.items if not isinstance(item, AbsentClip))


def plan_path(plan_id: str) -> str:
    """Return the path in the site of the facilitator's page of a plan."""
    return f"training/{plan_id}.html"


def limit_plans(
    plans: Iterable[PublishedPlan], stories: Collection[str]
) -> tuple[PublishedPlan, ...]:
    """The plans less every clip of another story; a plan without any clip is no plan."""
    kept = (_kept(plan, stories) for plan in plans)
    return tuple(plan for plan in kept if plan.clips)


def _kept(plan: PublishedPlan, stories: Collection[str]) -> PublishedPlan:
    gone = {clip.id for clip in plan.clips if clip.story not in stories}
    return msgspec.structs.replace(plan, items=without_clips(plan.items, gone)) if gone else plan


def without_clips(items: Iterable[ShownItem], gone: Collection[str]) -> tuple[ShownItem, ...]:
    """The points less the clips of these ids and what speaks about them; their time is kept."""
    kept: list[ShownItem] = []
    place: dict[str, int] = {}
    early: dict[str, int] = {}
    for item in items:
        clip = item.id if isinstance(item, ShownClip) else getattr(item, "about", "")
        if clip not in gone:
            kept.append(item)
        elif isinstance(item, ShownClip):
            place[clip] = len(kept)
            kept.append(AbsentClip(minutes=min(item.minutes + early.get(clip, 0), 480)))
        elif clip in place:
            before = kept[place[clip]]
            kept[place[clip]] = AbsentClip(minutes=min(before.minutes + item.minutes, 480))
        else:
            early[clip] = early.get(clip, 0) + item.minutes
    return tuple(kept)


def problem_in_plans(plans: Iterable[PublishedPlan], durations: Mapping[str, int]) -> str:
    """Why the pages must not be made from these plans, or nothing. `durations` of the stories."""
    seen: set[str] = set()
    for plan in plans:
        if not SET_ID.match(plan.id) or plan.id == "index" or plan.id in seen:
            return "a training plan’s id that is not ours, or one twice"
        seen.add(plan.id)
        for clip in plan.clips:
            if clip.story not in durations:
                return f"a clip of a story that is not in it, in the plan {plan.id}"
            if not 0 <= clip.start < clip.end <= durations[clip.story]:
                return f"a clip outside its film, in the plan {plan.id}"
    return ""
