"""A training plan as volunteers write it: what is said, shown, asked and practised, in order.

Every string is text as typed: never Markdown, never HTML; whoever renders it encodes it. `minutes`
are minutes in the room, `timer` and `length` are seconds.
"""

from __future__ import annotations

import re
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
    "carer-and-danger": "When the carer may be the danger",
    "young-carers": "When a child looks after somebody",
    "interpreters": "When you need an interpreter",
    "what-carers-tell": "What a carer tells you",
    "not-sure": "When you are not sure",
}
"""Sections of `site/content/confidentiality.md` that a dilemma may refer to: heading id → title."""

SCALE_POINTS = 5
"""Every scale has five points: 1 is `low`, 5 is `high`."""

# Wide limits that catch slips of the keyboard: a session is at most a day of eight hours.
Minutes = Annotated[int, msgspec.Meta(ge=0, le=480)]
Seconds = Annotated[int, msgspec.Meta(ge=10, le=3600)]
Importance = Literal["essential", "optional"]


class _StrictStruct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a plan; a field that it does not know, such as a misspelt one, is refused."""


class PlanItem(_StrictStruct, frozen=True, kw_only=True, tag_field="kind"):
    """One item of the running order: the fields that every kind of item has."""

    title: str
    minutes: Minutes
    notes: tuple[str, ...] = ()
    """For the facilitator alone, beside the questions where the item asks any."""
    about: str = ""
    """The id of the clip it speaks about; the item is left out wherever that clip is left out."""
    introduction: str = ""
    """Words about this item at the beginning, after the first paragraph of the plan’s own."""
    outcomes: tuple[str, ...] = ()
    """Learning outcomes, things to bring or to do before the day, and steps after the session that
    need this item: without it they are not asked for."""
    materials: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()
    asks: tuple[str, ...] = ()
    """Ids of questions of the evaluation that are asked only where this item was held."""
    support: PointSupport = msgspec.field(default_factory=lambda: PointSupport())
    supervision: PointSupervision = msgspec.field(default_factory=lambda: PointSupervision())
    coaching: PointCoaching = msgspec.field(default_factory=lambda: PointCoaching())
    later: LaterWording = msgspec.field(default_factory=lambda: LaterWording())
    importance: Importance = "essential"
    """Optional items are left out where there is less time (`publish.training.time_available`)."""
    essential_from: Minutes | None = None
    """Minutes of a session from which it is essential; in a shorter one it is optional."""

    @property
    def is_optional(self) -> bool:
        """True where some session does without it, whatever it is about."""
        return self.importance == "optional" or self.essential_from is not None


class TalkItem(PlanItem, frozen=True, kw_only=True, tag="talk"):
    """The facilitator says something."""

    say: str
    """The text to say: read aloud, or put in the facilitator's own words."""
    show: tuple[str, ...] = ()
    """A few lines shown to everybody, as on a slide."""


class PlannedPause(_StrictStruct, frozen=True, kw_only=True):
    """A pause within a clip, and the question asked there."""

    at: str
    """The words after which the clip stops, or a time such as 1:05."""
    ask: str
    timer: Seconds | None = None
    notes: tuple[str, ...] = ()
    """For the facilitator alone, about the answers to this question."""


class PlannedClip(PlanItem, frozen=True, kw_only=True, tag="clip"):
    """A part of a story, and the questions after it.

    `minutes` are for watching and for the questions. Without chapter, from or to it is the whole
    story.
    """

    id: str
    story: str
    chapter: str = ""
    from_: str = msgspec.field(default="", name="from")
    """The words it begins with, or a time such as 0:34."""
    to: str = ""
    """The words it ends with, or a time."""
    before: str = ""
    """Said before the clip: the things to listen for."""
    pauses: tuple[PlannedPause, ...] = ()
    ask: tuple[str, ...] = ()
    timer: Seconds | None = None


class ReflectionQuestion(PlanItem, frozen=True, kw_only=True, tag="question"):
    """Something to think or talk about."""

    ask: tuple[str, ...]
    timer: Seconds | None = None


class StatementCard(_StrictStruct, frozen=True, kw_only=True):
    """A statement on a card of its own, and where it belongs: the answer is printed apart."""

    statement: str
    answer: str
    why: str = ""


class Exercise(PlanItem, frozen=True, kw_only=True, tag="exercise"):
    """Something to do, step by step, perhaps with statements on cards to sort."""

    steps: tuple[str, ...]
    statements: tuple[StatementCard, ...] = ()
    timer: Seconds | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers that there are, in order: the headings under which cards are sorted."""
        return tuple(dict.fromkeys(card.answer for card in self.statements))


class Dilemma(PlanItem, frozen=True, kw_only=True, tag="dilemma"):
    """An invented situation from practice; `notes` say what good practice may look like."""

    situation: str
    ask: tuple[str, ...]
    principles: tuple[str, ...] = ()
    timer: Seconds | None = None


class RoleCard(_StrictStruct, frozen=True, kw_only=True):
    """A role-play card: only the player of that role reads it."""

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
    debrief_notes: tuple[str, ...] = ()
    """For the facilitator alone, beside the debrief; `notes` are about the role play itself."""
    timer: Seconds | None = None
    """For one round."""
    rounds: Annotated[int, msgspec.Meta(ge=1, le=20)] | None = None
    """Times it is played, as people change places; None where `brief` alone says so."""


class Break(PlanItem, frozen=True, kw_only=True, tag="break"):
    """A break, with nothing to do."""

    say: str = ""


class EvaluationTime(PlanItem, frozen=True, kw_only=True, tag="evaluation"):
    """Time to fill in the evaluation form."""

    say: str = ""
    show: tuple[str, ...] = ()


AnyPlanItem = (
    TalkItem
    | PlannedClip
    | ReflectionQuestion
    | Exercise
    | Dilemma
    | RolePlay
    | Break
    | EvaluationTime
)
"""Every kind of item, as msgspec decodes it by its `kind`."""


class GroupSize(_StrictStruct, frozen=True, kw_only=True):
    """The smallest and largest group that a session works for."""

    smallest: Annotated[int, msgspec.Meta(ge=1, le=500)]
    largest: Annotated[int, msgspec.Meta(ge=1, le=500)]


class SupportPlan(_StrictStruct, frozen=True, kw_only=True):
    """The support plan for people whom a session distresses."""

    before: tuple[str, ...]
    in_the_room: tuple[str, ...]
    if_distressed: tuple[str, ...]
    afterwards: tuple[str, ...]


Moment = Literal["two-weeks", "team-meeting", "three-months"]
"""The moments after a session at which people are asked again."""


class FollowUp(_StrictStruct, frozen=True, kw_only=True):
    """A step after the session, in supervision or the team, and when it is due."""

    when: str
    do: str
    at: str = ""
    """The moment (`Moment`) it belongs to; where none is named, `when` is read for it."""


class Supervision(_StrictStruct, frozen=True, kw_only=True):
    """The supervision sheet in the plan’s own words. What is left out has words that always fit."""

    opening: str = ""
    ask: tuple[str, ...] = ()
    listen_for: tuple[str, ...] = ()
    """For the supervisor alone."""
    agree: tuple[str, ...] = ()
    """The things to settle before the end."""


class Coaching(_StrictStruct, frozen=True, kw_only=True):
    """The coaching conversation in the plan’s own words, likewise."""

    opening: str = ""
    ask: tuple[str, ...] = ()
    listen_for: tuple[str, ...] = ()
    practise: tuple[str, ...] = ()
    """Sentences or situations to try out aloud."""


class LaterForm(_StrictStruct, frozen=True, kw_only=True):
    """The wording of one short form after a session, where it is the plan’s own."""

    did: str = ""
    """The statement that is answered from 1 to 5."""
    what_i_did: str = msgspec.field(default="", name="what-i-did")
    example: str = ""
    hindered: str = ""


class PointSupport(_StrictStruct, frozen=True, kw_only=True):
    """Lines of the support plan that need one point, after those of the plan."""

    before: tuple[str, ...] = ()
    in_the_room: tuple[str, ...] = ()
    if_distressed: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()


class PointSupervision(_StrictStruct, frozen=True, kw_only=True):
    """Lines of the supervision sheet that need one point, after those of the plan."""

    ask: tuple[str, ...] = ()
    listen_for: tuple[str, ...] = ()
    agree: tuple[str, ...] = ()


class PointCoaching(_StrictStruct, frozen=True, kw_only=True):
    """Lines of the coaching conversation that need one point, likewise."""

    ask: tuple[str, ...] = ()
    listen_for: tuple[str, ...] = ()
    practise: tuple[str, ...] = ()


class LaterWording(_StrictStruct, frozen=True, kw_only=True):
    """Wording of the short forms while one point is held, instead of the plan’s."""

    two_weeks: LaterForm = msgspec.field(default=LaterForm(), name="two-weeks")
    team_meeting: LaterForm = msgspec.field(default=LaterForm(), name="team-meeting")
    three_months: LaterForm = msgspec.field(default=LaterForm(), name="three-months")

    def at(self, moment: str) -> LaterForm:
        """Return the wording of one form. Raises KeyError for what is no moment."""
        return {
            "two-weeks": self.two_weeks,
            "team-meeting": self.team_meeting,
            "three-months": self.three_months,
        }[moment]


class LaterForms(LaterWording, frozen=True, kw_only=True):
    """The short forms at two weeks, at a team meeting and after three months."""

    scales: tuple[str, ...] | None = None
    """Ids of the evaluation’s scales that are asked again; None for all that have a before."""


class Scale(_StrictStruct, frozen=True, kw_only=True):
    """A question answered from 1 to 5."""

    id: str
    ask: str
    low: str
    high: str
    when: Literal["before and after", "after"] = "before and after"


class CommentQuestion(_StrictStruct, frozen=True, kw_only=True):
    """A question answered in one’s own words."""

    id: str
    ask: str


class Evaluation(_StrictStruct, frozen=True, kw_only=True):
    """The evaluation form at the end of a session. It asks for no name."""

    scales: tuple[Scale, ...]
    comments: tuple[CommentQuestion, ...] = ()


class PlanDetails(_StrictStruct, frozen=True, kw_only=True):
    """Everything in a plan except its running order, as a published plan has it too."""

    id: str
    version: Annotated[int, msgspec.Meta(ge=1, le=9999)]
    title: str
    aim: str
    outcomes: tuple[str, ...] = ()
    """Learning outcomes: the things people can do afterwards."""
    designed_by: str
    audience: str
    """The staff it is for: “ward staff in their first year”."""
    level: str
    """Prior knowledge it expects: “for beginners”."""
    minutes: Annotated[int, msgspec.Meta(ge=5, le=480)]
    group: GroupSize
    materials: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    """Tasks of the facilitator before the session."""
    introduction: str
    """The opening words, to be read out as they stand."""
    support: SupportPlan
    follow_up: tuple[FollowUp, ...]
    evaluation: Evaluation
    supervision: Supervision = Supervision()
    coaching: Coaching = Coaching()
    later: LaterForms = LaterForms()
    standards: tuple[str, ...] = ()
    """Standards that it is practice for: `publish.training.standards`."""
    alone: bool = False
    """True where one person may go through it alone, on a page for frames of learning systems."""

    @property
    def numbered(self) -> tuple[tuple[int, PlanItem], ...]:
        """The items of the running order by their numbers, without clips that are not shown."""
        return ()

    def support_lines(self, name: str) -> tuple[tuple[str, int], ...]:
        """Lines of one list of the support plan, each with the number of the item it needs or 0."""
        own = [(text, 0) for text in getattr(self.support, name)]
        of_items = [
            (text, number) for number, item in self.numbered for text in getattr(item.support, name)
        ]
        return (*own, *of_items)

    @property
    def opening(self) -> tuple[tuple[str, int], ...]:
        """Paragraphs of the words to begin with, each with the number of the item it needs, or 0.

        What items say of themselves stands after the plan’s first paragraph.
        """
        first, *rest = _paragraphs(self.introduction) or ("",)
        of_items = [
            (text, number)
            for number, item in self.numbered
            for text in _paragraphs(item.introduction)
        ]
        return ((first, 0), *of_items, *((text, 0) for text in rest))


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


class TrainingPlan(PlanDetails, frozen=True, kw_only=True):
    """A training plan as its author wrote it: one file of `interviews/training/`."""

    show_to: AudienceWord = "public"
    """The widest audience whose library may hold this plan."""
    running_order: tuple[AnyPlanItem, ...]

    @property
    def numbered(self) -> tuple[tuple[int, PlanItem], ...]:
        return tuple(enumerate(self.running_order, start=1))

    @property
    def clips(self) -> tuple[PlannedClip, ...]:
        """The clips of the running order, in order."""
        return tuple(item for item in self.running_order if isinstance(item, PlannedClip))


def plan_field_names() -> frozenset[str]:
    """Return the name of every field of a plan and its parts, as it is written in a file."""
    names, classes = {"kind"}, [_StrictStruct]
    while classes:
        cls = classes.pop()
        classes.extend(cls.__subclasses__())
        names.update(field.encode_name for field in msgspec.structs.fields(cls))
    return frozenset(names)
