"""A training plan as volunteers write it: what is said, shown, asked and practised, in order.

Every string is text as typed: never Markdown, never HTML; whoever renders it encodes it. `minutes`
are minutes in the room, `timer` and `length` are seconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from library.core.audience import AudienceWord

PRINCIPLES = {
    "policy-first": "Your trust’s policy rules",
    "listen": "You can always listen",
    "general-information": "You can always give general information",
    "ask-the-carer": "You can always ask how the carer is",
    "personal-information": "Personal information needs permission or a reason",
    "consent": "Ask, and go on asking",
    "recording-wishes": "Write down what was agreed",
    "best-interests": "When a person cannot decide",
    "safety": "When somebody may be in danger",
    "what-carers-tell": "What a carer tells you",
    "not-sure": "When you are not sure",
}
"""The parts of `site/content/confidentiality.md` a dilemma may refer to, by their fragment."""

POINTS = 5
"""Every scale has five points: 1 is `low`, 5 is `high`."""

Minutes = Annotated[int, msgspec.Meta(ge=0, le=480)]
Seconds = Annotated[int, msgspec.Meta(ge=10, le=3600)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class PlanItem(_Strict, frozen=True, kw_only=True, tag_field="kind"):
    """A point of the running order."""

    title: str
    minutes: Minutes
    notes: tuple[str, ...] = ()
    """For the facilitator alone."""
    about: str = ""
    """The id of the clip it speaks about: it is left out where the clip is."""


class TalkItem(PlanItem, frozen=True, kw_only=True, tag="talk"):
    """The facilitator says something."""

    say: str
    """In their words, to be read or put in one's own."""
    show: tuple[str, ...] = ()
    """A few lines for everybody to see."""


class PlannedPause(_Strict, frozen=True, kw_only=True):
    """A point within a clip at which it stops, and a question is put."""

    at: str
    """Words said there (it stops after them), or a time such as 1:05."""
    ask: str
    timer: Seconds | None = None


class PlannedClip(PlanItem, frozen=True, kw_only=True, tag="clip"):
    """A part of a story, and the questions after it.

    `minutes` are for watching and for the questions. Without chapter, from or to it is the whole
    story.
    """

    id: str
    story: str
    chapter: str = ""
    from_: str = msgspec.field(default="", name="from")
    """Words it begins with, or a time such as 0:34."""
    to: str = ""
    """Words it ends with, or a time."""
    before: str = ""
    """What to listen for."""
    pauses: tuple[PlannedPause, ...] = ()
    ask: tuple[str, ...] = ()
    timer: Seconds | None = None


class ReflectionQuestion(PlanItem, frozen=True, kw_only=True, tag="question"):
    """Something to think or talk about."""

    ask: tuple[str, ...]
    timer: Seconds | None = None


class Exercise(PlanItem, frozen=True, kw_only=True, tag="exercise"):
    """Something to do, step by step."""

    steps: tuple[str, ...]
    timer: Seconds | None = None


class Dilemma(PlanItem, frozen=True, kw_only=True, tag="dilemma"):
    """An invented situation of practice; `notes` say what good practice may look like."""

    situation: str
    ask: tuple[str, ...]
    principles: tuple[str, ...] = ()
    timer: Seconds | None = None


class RoleCard(_Strict, frozen=True, kw_only=True):
    """The card that one player of a role-play is given to read, and nobody else."""

    role: str
    situation: str
    wants: str = ""
    says: str = ""
    """A sentence to begin with."""


class RolePlay(PlanItem, frozen=True, kw_only=True, tag="role-play"):
    """A conversation to try out; the cards are printed and handed out."""

    brief: str
    cards: tuple[RoleCard, ...]
    debrief: tuple[str, ...]
    timer: Seconds | None = None


class Break(PlanItem, frozen=True, kw_only=True, tag="break"):
    """Nobody has to do anything."""

    say: str = ""


PlanEntry = TalkItem | PlannedClip | ReflectionQuestion | Exercise | Dilemma | RolePlay | Break


class GroupSize(_Strict, frozen=True, kw_only=True):
    """The number of people a session works for."""

    smallest: Annotated[int, msgspec.Meta(ge=1, le=500)]
    largest: Annotated[int, msgspec.Meta(ge=1, le=500)]


class SupportPlan(_Strict, frozen=True, kw_only=True):
    """The distress-and-support plan."""

    before: tuple[str, ...]
    in_the_room: tuple[str, ...]
    if_distressed: tuple[str, ...]
    afterwards: tuple[str, ...]


class FollowUp(_Strict, frozen=True, kw_only=True):
    """A step after the session, in supervision or the team, and when it is due."""

    when: str
    do: str


class Scale(_Strict, frozen=True, kw_only=True):
    """A question answered from 1 to 5."""

    id: str
    ask: str
    low: str
    high: str
    when: Literal["before and after", "after"] = "before and after"


class CommentQuestion(_Strict, frozen=True, kw_only=True):
    """A question answered in one’s own words."""

    id: str
    ask: str


class Evaluation(_Strict, frozen=True, kw_only=True):
    """The form at the end. It asks for no name."""

    scales: tuple[Scale, ...]
    comments: tuple[CommentQuestion, ...] = ()


class PlanFrame(_Strict, frozen=True, kw_only=True):
    """All of a plan but its running order."""

    id: str
    version: Annotated[int, msgspec.Meta(ge=1, le=9999)]
    title: str
    aim: str
    outcomes: tuple[str, ...] = ()
    """What people can do afterwards."""
    designed_by: str
    audience: str
    """Whom it is for: “ward staff in their first year”."""
    level: str
    minutes: Annotated[int, msgspec.Meta(ge=5, le=480)]
    group: GroupSize
    materials: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    """What the facilitator does beforehand."""
    introduction: str
    """What is said at the very beginning, word for word."""
    support: SupportPlan
    follow_up: tuple[FollowUp, ...]
    evaluation: Evaluation


class TrainingPlan(PlanFrame, frozen=True, kw_only=True):
    """A file of `interviews/training/`."""

    show_to: AudienceWord = "public"
    """The widest audience whose library may hold this plan."""
    running_order: tuple[PlanEntry, ...]

    @property
    def clips(self) -> tuple[PlannedClip, ...]:
        return tuple(item for item in self.running_order if isinstance(item, PlannedClip))


def field_names() -> frozenset[str]:
    """Return every field that a plan, or anything in it, may have, as it is written in a file."""
    names, kinds = {"kind"}, [_Strict]
    while kinds:
        kind = kinds.pop()
        kinds.extend(kind.__subclasses__())
        names.update(field.encode_name for field in msgspec.structs.fields(kind))
    return frozenset(names)
