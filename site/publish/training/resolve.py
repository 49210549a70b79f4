"""From the plans of a workspace to what an edition shows of them.

A plan never keeps a site from being built: one that is not in order is left out, and `site build`
and `training check` say why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from films.page_text import StoryPage, read_page
from library.core.audience import Audience
from library.core.errors import CarerStoriesError
from library.core.field_errors import Problem
from library.core.workspace import StoryFolder, Workspace
from publish.training.clip_locator import NotThere, Span, Told, find_clip
from publish.training.plan import Clip, Frame, Plan
from publish.training.published import PublishedPlan, ShownClip, ShownItem, ShownPause, without
from publish.training.read_plan import Reading, plan_files, read_plan

Tell = Callable[[str], Told | None]
"""A story's words by its id, or None where it is not to be had."""
NOT_IN_EDITION = "this story is not in the library for “{audience}” at the moment"


@dataclass(frozen=True)
class Outcome:
    """What became of one plan."""

    reading: Reading
    shown: PublishedPlan | None
    problems: tuple[Problem, ...] = ()
    """What has to be mended."""
    left_out: tuple[Problem, ...] = field(default=())
    """Clips that may not be shown, though nothing is wrong with the plan."""

    @property
    def id(self) -> str:
        return self.reading.id


def plans_shown(workspace: Workspace, audience: Audience, tell: Tell) -> tuple[PublishedPlan, ...]:
    """What an edition for `audience` holds. Never raises for what is in a plan."""
    outcomes = outcomes_for(workspace, audience, tell)
    return tuple(one.shown for one in outcomes if one.shown is not None)


def outcomes_for(workspace: Workspace, audience: Audience, tell: Tell) -> list[Outcome]:
    """What becomes of every plan for an audience whose stories `tell` knows."""
    found = []
    for path in plan_files(workspace):
        try:
            reading = read_plan(path)
        except CarerStoriesError:
            continue
        found.append(resolve(reading, tell, audience))
    return found


def resolve(reading: Reading, tell: Tell, audience: Audience) -> Outcome:
    """One plan for an audience."""
    plan = reading.plan
    if plan is None:
        return Outcome(reading, None, reading.problems)
    problems, left_out, spans = list(reading.problems), [], {}
    for number, item in enumerate(plan.running_order):
        if not isinstance(item, Clip):
            continue
        told = tell(item.story)
        at = ("running_order", number)
        if told is None:
            said = NOT_IN_EDITION.format(audience=audience.word)
            left_out.append(reading.problem((*at, "story"), said))
            continue
        try:
            spans[item.id] = find_clip(item, told)
        except NotThere as error:
            problems.append(reading.problem((*at, *error.field), error.what))
    shown = _published(plan, spans)
    wide = Audience.from_word(plan.show_to)
    may = bool(shown.clips) and wide.includes(audience) and not reading.problems
    problems.sort(key=lambda problem: problem.line)
    return Outcome(reading, shown if may else None, tuple(problems), tuple(left_out))


def stories_told(found: Callable[[str], tuple[StoryPage, Path] | None]) -> Tell:
    """Words by id, read once; `found` gives a story's page and where its captions lie."""

    @cache
    def tell(story_id: str) -> Told | None:
        from transcribe.formats.caption_files import read_captions

        place = found(story_id)
        if place is None:
            return None
        page, captions = place
        try:
            return Told(page, tuple(read_captions(captions)))
        except CarerStoriesError:
            return Told(page)

    return tell


def as_filmed(workspace: Workspace) -> Tell:
    """Every story that has a film now, whoever may see it: for checking a plan while writing it."""

    def found(story_id: str) -> tuple[StoryPage, Path] | None:
        try:
            folder: StoryFolder = workspace.story(story_id)
            return read_page(folder.page), folder.captions
        except CarerStoriesError:
            return None

    return stories_told(found)


def _published(plan: Plan, spans: dict[str, Span]) -> PublishedPlan:
    frame = {name: getattr(plan, name) for name in Frame.__struct_fields__}
    items = tuple(_items(plan, spans))
    gone = {clip.id for clip in plan.clips if clip.id not in spans}
    return PublishedPlan(**frame, items=without(items, gone))


def _items(plan: Plan, spans: dict[str, Span]) -> Iterator[ShownItem]:
    for item in plan.running_order:
        if isinstance(item, Clip):
            yield _clip(item, spans.get(item.id, Span(0, 0)))
        else:
            yield item


def _clip(clip: Clip, span: Span) -> ShownClip:
    pauses = (
        ShownPause(at=at, ask=pause.ask, timer=pause.timer)
        for at, pause in zip(span.pauses, clip.pauses, strict=False)
    )
    given = {name: getattr(clip, name) for name in _SAME}
    question = span.chapter.title if span.chapter else ""
    return ShownClip(
        **given, start=span.start, end=span.end, chapter=question, pauses=tuple(pauses)
    )


_SAME = tuple(
    name
    for name in ShownClip.__struct_fields__
    if name in Clip.__struct_fields__ and name not in {"chapter", "pauses"}
)
