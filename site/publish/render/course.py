"""A story or a training session as the steps that one person goes through by themselves.

Of a session stays what somebody can do alone: what is shown, the clips, the questions, the
exercises. Notes for the facilitator, breaks and the evaluation of the day are no part of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from films.page_text import PageParagraph
from library.core.audience import Audience
from library.core.settings import Delivery
from publish.edition import Edition, ReleasedStory
from publish.render.facts import closing_questions, kind_and_length
from publish.render.templating import render_template
from publish.training.plan import (
    PRINCIPLES,
    Break,
    Dilemma,
    EvaluationTime,
    Exercise,
    ReflectionQuestion,
    RolePlay,
    TalkItem,
)
from publish.training.published import (
    NOT_AVAILABLE,
    AbsentClip,
    PublishedPlan,
    ShownClip,
    ShownPause,
)

FILM_NAMES = ("film-720.mp4", "film.mp4")
"""Sizes of a film for a course: the first that there is."""
COURSE_SCRIPTS = ("assets/js/media-start.js", "assets/js/course-pieces.js", "assets/js/course.js")
COURSE_SHEETS = ("assets/css/type.css", "assets/css/course.css")
UNTIL_SCRIPT = "assets/js/until.js"
_StepItem = TalkItem | ShownClip | ReflectionQuestion | Exercise | Dilemma | RolePlay


@dataclass(frozen=True)
class ClipOfFilm:
    """A film, or a stretch of it in milliseconds on its clock, with the words said in it."""

    story: ReleasedStory
    start: int
    end: int
    pauses: tuple[ShownPause, ...] = ()

    @property
    def file(self) -> str:
        return next(name for name in FILM_NAMES if name in self.story.files)

    @property
    def paragraphs(self) -> tuple[PageParagraph, ...]:
        return tuple(
            paragraph
            for chapter in self.story.page.chapters
            for paragraph in chapter.paragraphs
            if paragraph.start < self.end and paragraph.end > self.start
        )


@dataclass(frozen=True)
class Aside:
    """Words that are opened when they are wanted."""

    summary: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class CourseStep:
    """One step: words, perhaps a film, perhaps questions to take time for."""

    title: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    """Short lines, one below the other."""
    note: str = ""
    """A word of care before a film."""
    clip: ClipOfFilm | None = None
    questions: tuple[str, ...] = ()
    asides: tuple[Aside, ...] = ()

    @property
    def identity(self) -> str:
        """The words or the film that make it the same step, whatever number it has."""
        if self.clip:
            return f"{self.clip.story.page.id} {self.clip.start} {self.clip.end}"
        return "\n".join((self.title, *self.questions))


@dataclass(frozen=True)
class Course:
    """A story, or a training session with the stories it shows, for one person."""

    stories: tuple[ReleasedStory, ...]
    plan: PublishedPlan | None = None

    @property
    def title(self) -> str:
        return self.plan.title if self.plan else self.stories[0].page.title

    @property
    def steps(self) -> tuple[CourseStep, ...]:
        """The steps without the last one, which every course has."""
        if self.plan is not None:
            return tuple(_steps_of_plan(self.stories, self.plan))
        return tuple(_steps_of_story(self.stories[0]))


def course_of_plan(plan: PublishedPlan, edition: Edition) -> Course:
    """Return the course of a plan of the edition; its stories are in the order of their clips."""
    by_id = {story.page.id: story for story in edition.stories}
    return Course(tuple(by_id[story_id] for story_id in plan.stories), plan)


@dataclass(frozen=True)
class CourseFrame:
    """The frame of another system in which a course stands."""

    sites: tuple[str, ...]
    """Origins that may show it."""
    mark: str
    """Mark of its films, by which an open page knows that there are others by now."""
    shown: str
    """Address, from the page, of the file that says it is shown and has that mark."""


def render_course(
    course: Course,
    edition: Edition,
    record: str,
    rule: Delivery,
    *,
    copy: str = "",
    up: str = "",
    frame: CourseFrame | None = None,
) -> str:
    """Return the page of a course.

    `record` is the script that keeps how far somebody has come, `copy` the number of a copy that is
    handed out, `up` leads from the page to the folder of `assets` and `stories`.
    """
    return (
        render_template(
            "course.html",
            title=course.title,
            steps=tuple(zip(_keys(course.steps), course.steps, strict=True)),
            stories=course.stories,
            plan=course.plan,
            library=edition.library,
            level_of_use=Audience.from_word(edition.audience).level_of_use,
            until=min(story.review for story in course.stories),
            made=edition.on,
            sheets=COURSE_SHEETS,
            first_scripts=(UNTIL_SCRIPT,),
            scripts=(record, *COURSE_SCRIPTS),
            rule=rule,
            copy=copy,
            up=up,
            frame=frame,
            frames=frame.sites if frame else (),
        )
        + "\n"
    )


def _keys(steps: Iterable[CourseStep]) -> Iterator[str]:
    """Yield a short name for each step, which it has as long as it is the same step."""
    before: Counter[str] = Counter()
    for step in steps:
        key = hashlib.sha256(step.identity.encode()).hexdigest()[:6]
        before[key] += 1
        yield key if before[key] == 1 else f"{key}{before[key]}"


def _steps_of_story(story: ReleasedStory) -> Iterator[CourseStep]:
    page = story.page
    told_by = (f"Told by {page.contributor}. " if page.contributor else "") + kind_and_length(story)
    yield CourseStep(
        "Before you begin",
        words=tuple(filter(None, (page.summary, f"{told_by}."))),
        note=page.content_note,
    )
    yield CourseStep("The story", clip=ClipOfFilm(story, 0, page.duration))
    asked = [question for chapter in page.chapters for question in chapter.reflection]
    yield CourseStep(
        "Take time for it", questions=tuple(dict.fromkeys((*asked, *closing_questions(story))))
    )


def _steps_of_plan(shown: Iterable[ReleasedStory], plan: PublishedPlan) -> Iterator[CourseStep]:
    stories = {story.page.id: story for story in shown}
    notes = dict.fromkeys(
        stories[story_id].page.content_note
        for story_id in plan.stories
        if stories[story_id].page.content_note
    )
    yield CourseStep(
        "Before you begin", words=(plan.aim,), points=plan.outcomes, note=" ".join(notes)
    )
    for item in plan.items:
        if isinstance(item, AbsentClip):
            yield CourseStep("Not available", words=(NOT_AVAILABLE,))
        elif not isinstance(item, Break | EvaluationTime):
            yield _step_of_item(item, stories)


def _step_of_item(item: _StepItem, stories: dict[str, ReleasedStory]) -> CourseStep:
    if isinstance(item, ShownClip):
        return CourseStep(
            item.title,
            words=tuple(filter(None, (item.chapter, item.before))),
            clip=ClipOfFilm(stories[item.story], item.start, item.end, item.pauses),
            questions=item.ask,
        )
    if isinstance(item, TalkItem):
        # What is said is often written to whoever leads: “Say how the time is laid out.”
        return CourseStep(item.title, words=() if item.show else (item.say,), points=item.show)
    if isinstance(item, ReflectionQuestion):
        return CourseStep(item.title, questions=item.ask)
    if isinstance(item, Exercise):
        return CourseStep(
            item.title,
            points=item.steps,
            asides=tuple(
                Aside(card.statement, tuple(filter(None, (card.answer, card.why))))
                for card in item.statements
            ),
        )
    if isinstance(item, Dilemma):
        return CourseStep(
            item.title,
            words=(item.situation,),
            points=tuple(PRINCIPLES[name] for name in item.principles),
            questions=item.ask,
        )
    return CourseStep(
        item.title,
        words=("This part is for two people or more.", item.brief),
        questions=item.debrief,
        asides=tuple(
            Aside(card.role, tuple(filter(None, (card.situation, card.wants, card.says))))
            for card in item.cards
        ),
    )
