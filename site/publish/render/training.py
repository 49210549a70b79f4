"""Training sessions: the list of them, and for each plan the facilitator's page, the present view,
the evaluation form, and what comes afterwards (`publish.render.training_after`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from films.page_text import PageParagraph, StoryPage
from publish.bundle import translation_tags
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facts import review_of
from publish.render.templating import Document, render_template
from publish.render.training_after import after_pages, form_page, form_path
from publish.training.follow_up import EVALUATION, MOMENTS, moment_of
from publish.training.plan import (
    PRINCIPLES,
    Break,
    Dilemma,
    EvaluationTime,
    Exercise,
    FollowUp,
    ReflectionQuestion,
    RolePlay,
    TalkItem,
)
from publish.training.published import AbsentClip, PublishedPlan, ShownClip, ShownItem, plan_path
from publish.training.time_available import LENGTHS, Fit, fits, optional_points

_INDEX = "training/index.html"
_MAX_PLAN_CARDS = 12
"""Sessions that are shown as cards; more stand in rows under the time they take."""
SUPPORT_SHEET = "support-sheet.html"
_LEDE = (
    "Whole sessions to run with a team: what to say, which clips to show, what to ask, and how to "
    "look after everybody in the room."
)
_PRESENT_SCRIPTS = (
    "shorter-session.js",
    "media-start.js",
    "present.js",
    "present-clip.js",
    "present-timer.js",
    "present-presenter.js",
    "present-link.js",
    "present-check.js",
)
_KINDS = {
    TalkItem: ("talk", "To say"),
    ShownClip: ("clip", "Clip"),
    ReflectionQuestion: ("question", "Reflection"),
    Exercise: ("exercise", "Exercise"),
    Dilemma: ("dilemma", "Practice dilemma"),
    RolePlay: ("role-play", "Role play"),
    Break: ("break", "Break"),
    EvaluationTime: ("evaluation", "Evaluation"),
    AbsentClip: ("absent", ""),
}
"""The kind of an item, as templates tell it, and what people read."""
_HEARD_MS = 200
"""A turn of which less than this is in a clip is not listed: captions reach so far over an edge."""


@dataclass(frozen=True)
class PlanPoint:
    """A point of the running order, on the facilitator's page and the handout."""

    number: int
    item: ShownItem
    kind: str
    label: str
    start: str | None
    """Hours and minutes since the beginning: 1:05. None for a clip that is not shown."""
    story: ReleasedStory | None
    turns: tuple[PageParagraph, ...]
    """Words of the clip."""
    principles: tuple[str, ...]
    is_optional: bool
    goes_with: int | None
    """Number of the optional clip that it is about: it is left out with it."""


@dataclass(frozen=True)
class _TimeChoice:
    """A length that a facilitator may choose, and the points that are then left out."""

    fit: Fit
    left_out: tuple[PlanPoint, ...]


@dataclass(frozen=True)
class _PlanGroup:
    """Plans of a long list that take up to the same time."""

    name: str
    words: str
    plans: tuple[tuple[PublishedPlan, int], ...]
    """Each with the shortest usual length it can be cut to, in minutes; 0 for none."""


@dataclass(frozen=True)
class PlanSlide:
    """A step of the present view, which everybody sees at one time."""

    kind: str
    title: str
    notes: tuple[str, ...] = ()
    item: ShownItem | None = None
    point: int | None = None
    """Number of its point in the running order. None for the title and the end."""
    minutes: int = 0
    """The planned minutes of its point, with all its steps."""
    label: str = ""
    """Its kind as people read it in the list of steps; nothing for the title and the end."""
    questions: tuple[str, ...] = ()
    timer: int | None = None
    """Seconds."""
    story: ReleasedStory | None = None
    start: int = 0
    end: int = 0
    is_first_part: bool = False
    leads_on: bool = False
    """The next slide follows by itself when the clip has ended."""
    opening: int | None = None
    """Which of its notes is the words to begin with, of which a shorter session says less."""
    needs: tuple[int, ...] = ()
    """The number of the point that each of its notes needs, or 0; empty where none needs any."""


def training_pages(edition: Edition) -> dict[str, Document]:
    """Return every page about training, by its path in the site. The list is always there."""
    pages = {_INDEX: _index_page(edition.plans), SUPPORT_SHEET: _support_sheet(edition)}
    for plan in edition.plans:
        pages[plan_path(plan.id)] = _plan_page(plan, edition)
        pages[f"training/{plan.id}-present.html"] = _present_page(plan, edition)
        pages[form_path(plan.id, EVALUATION)] = form_page(plan, EVALUATION)
        pages |= after_pages(plan, edition)
    return pages


def _index_page(plans: Sequence[PublishedPlan]) -> Document:
    groups = _by_time(plans) if len(plans) > _MAX_PLAN_CARDS else ()
    shortest = [(plan, _shortest(plan)) for plan in plans]
    body = render_template("training_index.html", plans=shortest, groups=groups, lede=_LEDE)
    return Document(title="Training sessions", description=_LEDE, body=body)


def _by_time(plans: Sequence[PublishedPlan]) -> tuple[_PlanGroup, ...]:
    """Return the plans under the shortest usual length that holds the whole of each."""
    groups = [
        _PlanGroup(
            f"minutes-{most}" if most else "longer",
            f"Up to {text.minutes(most)}" if most else f"More than {text.minutes(LENGTHS[-1])}",
            tuple((plan, _shortest(plan)) for plan in plans if _holding(plan) == most),
        )
        for most in (*LENGTHS, 0)
    ]
    return tuple(group for group in groups if group.plans)


def _holding(plan: PublishedPlan) -> int:
    return next((length for length in LENGTHS if plan.shown_minutes <= length), 0)


def _shortest(plan: PublishedPlan) -> int:
    """Return the shortest usual length into which points can be left out to fit; 0 for none."""
    shorter = (fit.available for fit in fits(plan.items) if fit.is_enough)
    return next((length for length in shorter if length < plan.shown_minutes), 0)


def _plan_page(plan: PublishedPlan, edition: Edition) -> Document:
    points = list(plan_points(plan, edition))
    optional = [point for point in points if point.is_optional]
    choices = [
        _TimeChoice(fit, tuple(points[number - 1] for number in fit.left_out))
        for fit in fits(plan.items)
    ]
    body = render_template(
        "training_plan.html",
        plan=plan,
        edition=edition,
        review=_review_of_plan(plan, edition),
        points=points,
        role_plays=[point for point in points if isinstance(point.item, RolePlay)],
        sorting=[
            point for point in points if isinstance(point.item, Exercise) and point.item.statements
        ],
        optional=optional,
        essential_minutes=plan.shown_minutes - sum(point.item.minutes for point in optional),
        choices=choices,
        follow_up=_follow_up(plan),
    )
    return Document(
        title=text.plain(plan.title),
        description=text.plain(plan.aim),
        body=body,
        scripts=("training.js",),
        review=_review_of_plan(plan, edition),
    )


def _follow_up(plan: PublishedPlan) -> list[tuple[FollowUp, int | None]]:
    """Return the steps after the session as they come due, each with the point that it needs."""
    steps: list[tuple[FollowUp, int | None]] = [(step, None) for step in plan.follow_up]
    steps += [(step, number) for number, item in plan.numbered for step in item.follow_up]
    due = (*MOMENTS, None)
    return sorted(steps, key=lambda step: due.index(moment_of(step[0])))


def _support_sheet(edition: Edition) -> Document:
    return Document(
        title="People to talk to",
        description="A sheet to print: people to talk to after a story, and who looks after carers",
        body=render_template("support_sheet.html", edition=edition),
        scripts=("handout.js",),
    )


def _present_page(plan: PublishedPlan, edition: Edition) -> Document:
    languages = {tag for clip in plan.clips for tag in translation_tags(_story_of(clip, edition))}
    body = render_template(
        "training_present.html",
        plan=plan,
        edition=edition,
        review=_review_of_plan(plan, edition),
        slides=list(plan_slides(plan, edition)),
        caption_languages=sorted(languages),
    )
    return Document(
        title=f"Present: {text.plain(plan.title)}",
        description=text.plain(plan.aim),
        body=body,
        scripts=(*_PRESENT_SCRIPTS, "form-code.js"),
        review=_review_of_plan(plan, edition),
    )


def _review_of_plan(plan: PublishedPlan, edition: Edition) -> date | None:
    """Return the earliest day on which a story with a clip in the plan is looked at again."""
    stories = (story for story in edition.stories if story.page.id in plan.stories)
    return review_of(stories, edition)


def _story_of(clip: ShownClip, edition: Edition) -> ReleasedStory:
    """Return the clip’s story. Reading the bundle has made sure that it is there."""
    return next(story for story in edition.stories if story.page.id == clip.story)


def plan_points(plan: PublishedPlan, edition: Edition) -> Iterator[PlanPoint]:
    """Yield the points of the running order, with when each begins and what is said in its clip."""
    minutes = 0
    optional = optional_points(plan.items)
    numbers = {
        item.id: number
        for number, item in enumerate(plan.items, start=1)
        if isinstance(item, ShownClip)
    }
    for number, item in enumerate(plan.items, start=1):
        kind, label = _KINDS[type(item)]
        story = _story_of(item, edition) if isinstance(item, ShownClip) else None
        is_absent = isinstance(item, AbsentClip)
        yield PlanPoint(
            number=number,
            item=item,
            kind=kind,
            label=label,
            start=None if is_absent else f"{minutes // 60}:{minutes % 60:02}",
            story=story,
            turns=tuple(_turns(item, story.page)) if isinstance(item, ShownClip) and story else (),
            principles=tuple(name for name in item.principles if name in PRINCIPLES)
            if isinstance(item, Dilemma)
            else (),
            is_optional=number in optional,
            goes_with=numbers.get(optional.get(number, "")),
        )
        # The clock of the page goes on as the session does: without what is left out.
        minutes += 0 if is_absent else item.minutes


def _turns(clip: ShownClip, page: StoryPage) -> Iterator[PageParagraph]:
    """Yield the turns that are heard in the clip, also those heard in part."""
    for chapter in page.chapters:
        for turn in chapter.paragraphs:
            if turn.start < clip.end - _HEARD_MS and turn.end > clip.start + _HEARD_MS:
                yield turn


def plan_slides(plan: PublishedPlan, edition: Edition) -> Iterator[PlanSlide]:
    """Yield the steps of a session as everybody sees them, each with the facilitator’s notes."""
    # Notes belong to the step they are said at: a session that opens with a talk says these there.
    first = plan.items[0] if plan.items else None
    opens_with_talk = isinstance(first, TalkItem) and not first.is_optional
    introduction = ("\n\n".join(text for text, _ in plan.opening),)
    title = PlanSlide("title", plan.title)
    yield title if opens_with_talk else replace(title, notes=introduction, opening=0)
    for number, item in enumerate(plan.items, start=1):
        for slide in _item_slides(item, edition):
            if opens_with_talk and number == 1:
                notes = (slide.notes[0], *introduction, *slide.notes[1:])
                slide = replace(slide, notes=notes, opening=1)
            # Of a clip, a dilemma or a role play; a point that only asks is called what it is.
            is_question_of = slide.kind == "question" and not isinstance(item, ReflectionQuestion)
            label = "Questions" if is_question_of else _KINDS[type(item)][1]
            yield replace(slide, point=number, minutes=item.minutes, label=label)
    afterwards = plan.support_lines("afterwards")
    yield PlanSlide(
        "end",
        "Thank you",
        tuple(text for text, _ in afterwards),
        needs=tuple(number for _, number in afterwards),
    )


def _item_slides(item: ShownItem, edition: Edition) -> Iterator[PlanSlide]:
    match item:
        case TalkItem():
            yield PlanSlide("talk", item.title, (item.say, *item.notes), item)
        case ShownClip():
            yield from _clip_slides(item, _story_of(item, edition))
        case ReflectionQuestion():
            yield _question_slide(item.title, item.ask, item.timer, item.notes)
        case Exercise():
            yield PlanSlide("exercise", item.title, item.notes, item)
        case Dilemma():
            yield PlanSlide("dilemma", item.title, (), item)
            yield _question_slide(item.title, item.ask, item.timer, item.notes)
        case RolePlay():
            yield PlanSlide("role-play", item.title, item.notes, item)
            # A plan that does not part its notes may mean either step: they stand on both.
            yield _question_slide(item.title, item.debrief, notes=item.debrief_notes or item.notes)
        case Break():
            yield PlanSlide("break", item.title, item.notes, item)
        case EvaluationTime():
            notes = (item.say, *item.notes) if item.say else item.notes
            yield PlanSlide("evaluation", item.title, notes, item)
        case AbsentClip():
            return


def _question_slide(
    title: str, questions: tuple[str, ...], timer: int | None = None, notes: tuple[str, ...] = ()
) -> PlanSlide:
    return PlanSlide("question", title, notes, questions=questions, timer=timer)


def _clip_slides(clip: ShownClip, story: ReleasedStory) -> Iterator[PlanSlide]:
    """Yield the clip in the parts its pauses make of it, each with the question put there.

    Notes say what answers to listen for: they stand beside the last question that the clip has,
    and beside the clip itself where it has none.
    """
    starts = (clip.start, *(pause.at for pause in clip.pauses))
    ends = (*(pause.at for pause in clip.pauses), clip.end)
    questions = [
        *(((pause.ask,), pause.timer, pause.notes) for pause in clip.pauses),
        (clip.ask, clip.timer, ()),
    ]
    last = max((part for part, (ask, _, _) in enumerate(questions) if ask), default=None)
    for part, (start, end) in enumerate(zip(starts, ends, strict=True)):
        ask, timer, notes = questions[part]
        yield PlanSlide(
            "clip",
            clip.title if part == 0 else f"{clip.title}, going on",
            clip.notes if last is None else (),
            clip,
            story=story,
            start=start,
            end=end,
            is_first_part=part == 0,
            leads_on=bool(ask),
        )
        if ask:
            yield _question_slide(
                clip.title, ask, timer, (*notes, *clip.notes) if part == last else notes
            )
