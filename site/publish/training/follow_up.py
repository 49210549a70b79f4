"""The time after a session: supervision, coaching, and short forms at three moments.

A plan may bring its own words for each of them. Where it does not, these are words that fit any
session; they speak of no story, so that nothing of one is left when it is taken back.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from library.core.errors import BadInput
from publish.training.plan import (
    Coaching,
    CommentQuestion,
    FollowUp,
    LaterForm,
    Moment,
    PlanDetails,
    Supervision,
)

EVALUATION, CARERS = "evaluation", "carers"
MOMENTS: tuple[Moment, ...] = ("two-weeks", "team-meeting", "three-months")
FORM_KINDS = (EVALUATION, *MOMENTS, CARERS)
"""Every form of a session: at its end, at three moments afterwards, and the carers’ own."""
MOMENT_NAMES: dict[str, str] = {
    "two-weeks": "Two weeks later",
    "team-meeting": "At a team meeting",
    "three-months": "Three months later",
}
TEAM_MEETING_DAYS = 28
"""Days after the session, where nobody names the day of the meeting."""
# Neither id can be a plan’s own: those have no underscore (`SLUG`).
DID_IT, HEARD = "did_it", "heard_by_staff"
WHAT_I_DID, EXAMPLE, HINDERED = "what_i_did", "example", "hindered"
LATER_COLUMNS = (DID_IT, WHAT_I_DID, EXAMPLE, HINDERED)
"""Questions that every short form has, by their ids."""

_SUPERVISION = Supervision(
    opening=(
        "This is about one thing you meant to do after the session, not about how well you do "
        "your work. Nothing from it goes into a file about you."
    ),
    ask=(
        "What did you mean to do? Say it in one sentence.",
        "Tell me about one time you tried it, or nearly did. What happened first?",
        "What did the carer say or do then? What do you think they took away?",
        "What made it easy? What got in the way: time, words, the rules, or how you felt?",
        "Is there a carer you think of while we talk? What would help there, without any names?",
        "How was the session itself for you? Did something in it come close to your own life?",
    ),
    listen_for=(
        "“I did not get round to it” is an answer. Ask what the week was like, not why.",
        "A duty that hides a fear: “we are not allowed to”. Ask what exactly is not allowed.",
        "Something done well that was not noticed. Say it back in plain words.",
        "A carer’s or colleague’s distress that still weighs. Offer time for it, or name a day.",
        "Anything about somebody’s safety: then the trust’s procedure comes first.",
    ),
    agree=(
        "One thing to do or to go on with, small enough for this week",
        "What I, as supervisor, will do so that it becomes easier",
        "When we will speak about it again",
    ),
)
_COACHING = Coaching(
    opening=(
        "Twenty minutes, two people, no file. One of us has something to try out; the other helps "
        "to make it small and possible. We change round next time."
    ),
    ask=(
        "What stayed with you from the session?",
        "When did you last speak with a carer? What did you want them to have at the end of it?",
        "What would you like to be able to say or do that you cannot yet?",
        "When is the next chance to try it? Who will be there?",
        "On a scale from 1 to 5, how sure are you that you will? What would make it one more?",
    ),
    listen_for=(
        "Ask more than you tell. If you have advice, ask whether it is wanted.",
        "Wait after each question: the second answer is often the one that matters.",
        "Keep to what this person can do. What the team or the trust must do, note apart.",
    ),
    practise=(
        "Say the very first sentence aloud, as you would on the telephone. Once more, in fewer "
        "words.",
        "Change places: you are the carer now. What did you hear?",
        "Say the sentence with which you explain what you may not tell, and go on with one thing "
        "that you can offer.",
    ),
)
_FORMS: dict[str, LaterForm] = {
    "two-weeks": LaterForm(
        did="I did what I meant to do after the session.",
        what_i_did="What did you do?",
        example="One example: what happened, and what came of it?",
        hindered="What made it hard, or stood in the way?",
    ),
    "team-meeting": LaterForm(
        did="We do something differently as a team since the session.",
        what_i_did="What do you, or what does the team, do differently now?",
        example="One example from the last weeks: what happened, and what came of it?",
        hindered="What does the team still need, and from whom?",
    ),
    "three-months": LaterForm(
        did="What I meant to do after the session has become part of how I work.",
        what_i_did="What do you do now that you did not do before?",
        example="One moment in which it mattered to a carer: what happened?",
        hindered="What got in the way, and what would keep it alive?",
    ),
}
_ENDS = ("not yet", "yes, and it lasts")
_STEPS = {
    "two-weeks": "Ask what became of the one thing. What made it easy, and what got in the way?",
    "team-meeting": "Say in a round what each of you does differently. Agree on one thing to keep.",
    "three-months": "Ask two carers how it is for them now. Bring back what they say, no names.",
}
_CARER_QUESTIONS = (
    CommentQuestion(id="noticed", ask="What did you notice, in the session or since?"),
    CommentQuestion(id="keep_it", ask="What should stay as it is?"),
    CommentQuestion(id="change_it", ask="What should be different next time?"),
)


@dataclass(frozen=True)
class AskedScale:
    """A statement of a form, and when it is answered from 1 to 5: a column for each."""

    id: str
    ask: str
    low: str
    high: str
    whens: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(f"{self.id}_{when}" for when in self.whens)


@dataclass(frozen=True)
class PointLine:
    """A line of a page for afterwards, and the number of the point that it needs, if any."""

    text: str
    point: int | None = None


@dataclass(frozen=True)
class SupervisionLines:
    """The supervision sheet, its plan’s lines before those that need a point."""

    opening: str
    ask: tuple[PointLine, ...]
    listen_for: tuple[PointLine, ...]
    agree: tuple[PointLine, ...]


@dataclass(frozen=True)
class CoachingLines:
    """The coaching conversation, likewise."""

    opening: str
    ask: tuple[PointLine, ...]
    listen_for: tuple[PointLine, ...]
    practise: tuple[PointLine, ...]


@dataclass(frozen=True)
class FormQuestions:
    """The questions of one form of a plan."""

    kind: str
    scales: tuple[AskedScale, ...]
    comments: tuple[CommentQuestion, ...]
    points: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Numbers of the points that a question needs, by its id: without them it is not asked."""
    worded: Mapping[str, PointLine] = field(default_factory=dict)
    """Wording of a question while one point is held, by its id, instead of its usual one."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its answers, in the order of the page."""
        scales = (column for scale in self.scales for column in scale.columns)
        return (*scales, *(comment.id for comment in self.comments))


@dataclass(frozen=True)
class Reminder:
    """A reminder of something to do on one day after a session."""

    moment: Moment
    on: date
    do: str


def form_questions(plan: PlanDetails, kind: str) -> FormQuestions:
    """Return the questions of a form. Raises KeyError for a kind that is not in FORM_KINDS."""
    if kind == EVALUATION:
        scales = (
            AskedScale(
                scale.id,
                scale.ask,
                scale.low,
                scale.high,
                ("before", "after") if scale.when == "before and after" else ("after",),
            )
            for scale in plan.evaluation.scales
        )
        return FormQuestions(kind, tuple(scales), plan.evaluation.comments, _points(plan))
    if kind == CARERS:
        heard = AskedScale(
            HEARD, "Staff listened to what carers know.", "not at all", "very much", ("after",)
        )
        return FormQuestions(kind, (heard,), _CARER_QUESTIONS)
    words, usual = plan.later.at(kind), _FORMS[kind]
    did_it = AskedScale(DID_IT, words.did or usual.did, *_ENDS, ("later",))
    comments = (
        CommentQuestion(id=WHAT_I_DID, ask=words.what_i_did or usual.what_i_did),
        CommentQuestion(id=EXAMPLE, ask=words.example or usual.example),
        CommentQuestion(id=HINDERED, ask=words.hindered or usual.hindered),
    )
    again = (did_it, *_scales_again(plan))
    return FormQuestions(kind, again, comments, _points(plan), _worded(plan, kind))


def _points(plan: PlanDetails) -> dict[str, tuple[int, ...]]:
    points: dict[str, tuple[int, ...]] = {}
    for number, item in plan.numbered:
        for question in item.asks:
            points[question] = (*points.get(question, ()), number)
    return points


def _worded(plan: PlanDetails, kind: str) -> dict[str, PointLine]:
    worded: dict[str, PointLine] = {}
    for number, item in plan.numbered:
        own = item.later.at(kind)
        texts = (own.did, own.what_i_did, own.example, own.hindered)
        for column, text in zip(LATER_COLUMNS, texts, strict=True):
            if text:
                worded.setdefault(column, PointLine(text, number))
    return worded


def supervision_of(plan: PlanDetails) -> SupervisionLines:
    """Return the words of the supervision sheet: the plan’s own, else ours."""
    own, points = plan.supervision, [(number, item.supervision) for number, item in plan.numbered]
    return SupervisionLines(
        opening=own.opening or _SUPERVISION.opening,
        ask=_lines(own.ask or _SUPERVISION.ask, ((at, of.ask) for at, of in points)),
        listen_for=_lines(
            own.listen_for or _SUPERVISION.listen_for, ((at, of.listen_for) for at, of in points)
        ),
        agree=_lines(own.agree or _SUPERVISION.agree, ((at, of.agree) for at, of in points)),
    )


def coaching_of(plan: PlanDetails) -> CoachingLines:
    """Return the words of the coaching conversation, likewise."""
    own, points = plan.coaching, [(number, item.coaching) for number, item in plan.numbered]
    return CoachingLines(
        opening=own.opening or _COACHING.opening,
        ask=_lines(own.ask or _COACHING.ask, ((at, of.ask) for at, of in points)),
        listen_for=_lines(
            own.listen_for or _COACHING.listen_for, ((at, of.listen_for) for at, of in points)
        ),
        practise=_lines(
            own.practise or _COACHING.practise, ((at, of.practise) for at, of in points)
        ),
    )


def _lines(
    texts: Iterable[str], of_points: Iterable[tuple[int, Iterable[str]]]
) -> tuple[PointLine, ...]:
    own = (PointLine(text) for text in texts)
    return (*own, *(PointLine(text, number) for number, more in of_points for text in more))


def step_at(plan: PlanDetails, moment: Moment, left_out: Collection[int] = ()) -> str:
    """Return what the plan says is to be done at this moment, or what always may be.

    `left_out` are the numbers of points that the session does without.
    """
    steps = (step.text for step in steps_at(plan, moment) if step.point not in left_out)
    return " ".join(steps) or _STEPS[moment]


def usual_step(moment: Moment) -> str:
    """Return what always may be done at this moment."""
    return _STEPS[moment]


def steps_at(plan: PlanDetails, moment: Moment) -> list[PointLine]:
    """Return the plan’s own steps at this moment, those that need one of its points after them."""
    steps = [PointLine(step.do.strip()) for step in plan.follow_up if moment_of(step) == moment]
    return steps + [
        PointLine(step.do.strip(), number)
        for number, item in plan.numbered
        for step in item.follow_up
        if moment_of(step) == moment
    ]


def moment_of(step: FollowUp) -> Moment | None:
    """Return the moment of a step: the one it names, or the one its words speak of."""
    for moment in MOMENTS:
        if step.at == moment:
            return moment
    words = step.when.casefold()
    if re.search(r"\b(week|fortnight|supervision)", words):
        return "two-weeks"
    if re.search(r"\bmonth", words):
        return "three-months"
    if re.search(r"\b(meeting|team)\b", words):
        return "team-meeting"
    return None


def reminders(
    plan: PlanDetails,
    session: date,
    meeting: date | None = None,
    left_out: Collection[int] = (),
) -> list[Reminder]:
    """Return the three reminders of a session, by day.

    `meeting` is the day of the team meeting, `left_out` are the numbers of points that the session
    did without. `reminders.js` reckons alike. Raises BadInput for a meeting before the session.
    """
    if meeting is not None and meeting < session:
        raise BadInput(
            f"The team meeting, {meeting}, would be before the session, {session}.",
            "Choose a later day for the meeting, or leave it out.",
        )
    days: dict[Moment, date] = {
        "two-weeks": session + timedelta(days=14),
        "team-meeting": meeting or session + timedelta(days=TEAM_MEETING_DAYS),
        "three-months": _on_a_weekday(_months_later(session, 3)),
    }
    made = [Reminder(moment, days[moment], step_at(plan, moment, left_out)) for moment in MOMENTS]
    return sorted(made, key=lambda reminder: reminder.on)


def _scales_again(plan: PlanDetails) -> tuple[AskedScale, ...]:
    """Return the evaluation’s scales that are asked once more, as they are now."""
    named = plan.later.scales
    return tuple(
        AskedScale(scale.id, scale.ask, scale.low, scale.high, ("later",))
        for scale in plan.evaluation.scales
        if (scale.when == "before and after" if named is None else scale.id in named)
    )


def _months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last: 30 November, three months on, is in
    February."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _on_a_weekday(day: date) -> date:
    """Return the day, or the Monday after a weekend."""
    return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)
