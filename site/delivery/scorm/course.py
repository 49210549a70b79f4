"""A story or a training session as the steps that one person goes through by themselves.

Of a session stays what somebody can do alone: what is shown, the clips, the questions, the
exercises. Notes for the facilitator, breaks and the evaluation of the day are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from delivery.material import Material
from films.page_text import PageParagraph
from publish.edition import ReleasedStory
from publish.render.facts import closing_questions, kind_and_length
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
"""Sizes of a film for a package: the first that there is."""
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


def course_steps(material: Material) -> tuple[CourseStep, ...]:
    """Return the steps of what is delivered, without the last one, which every course has."""
    if material.plan is not None:
        return tuple(_steps_of_plan(material, material.plan))
    return tuple(_steps_of_story(material.stories[0]))


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


def _steps_of_plan(material: Material, plan: PublishedPlan) -> Iterator[CourseStep]:
    stories = {story.page.id: story for story in material.stories}
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
