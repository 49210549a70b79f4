"""Find the clips of training plans in the stories of an edition, and make the plans it shows.

A plan never keeps a site from being built: one that is not in order is left out, and `site build`
and `training check` say why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
from markdown.extensions.toc import slugify

from films.page_text import StoryPage, read_page
from library.core.audience import Audience
from library.core.errors import CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from library.core.yaml_document import Problem
from publish.training.clip_locator import ClipSpan, StoryWords, look_for_clip
from publish.training.plan import Dilemma, PlanDetails, PlannedClip, TrainingPlan
from publish.training.published import (
    PublishedPlan,
    ShownClip,
    ShownItem,
    ShownPause,
    without_clips,
)
from publish.training.read_plan import PlanFile, is_faulty, plan_files, read_plan
from transcribe.formats.caption_files import read_captions

StorySource = Callable[[str], StoryWords | None]
"""Story id → the story's words, or None for one that is not available."""
NOT_IN_EDITION = "this story is not in the library for “{audience}” at the moment"
PRINCIPLES_PAGE = "confidentiality.md"
"""The page by people, in site/content, that a dilemma’s principles are parts of."""
_PART_NAMED = re.compile(r"""\{[^{}\n]*#([\w-]+)[^{}\n]*\}|\bid\s*=\s*["']?([\w-]+)""")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


@dataclass(frozen=True)
class ResolvedPlan:
    """A plan with what is shown of it, what has to be mended and what is left out."""

    file: PlanFile
    published: PublishedPlan | None
    problems: tuple[Problem, ...] = ()
    """Problems to be mended."""
    left_out: tuple[Problem, ...] = field(default=())
    """Clips that may not be shown, though nothing is wrong with the plan."""
    suggestions: tuple[Problem, ...] = ()
    """Hints at what a facilitator would miss, though the plan can be used."""
    hidden_words: tuple[Problem, ...] = ()
    """Its own words with a name that is hidden in a story it shows: no form of it is delivered."""
    spans: Mapping[str, ClipSpan] = field(default_factory=dict)
    """Spans of the clips on their films’ clocks, by the clips’ ids."""

    @property
    def id(self) -> str:
        return self.file.stem


def published_plans(
    workspace: Workspace, audience: Audience, source: StorySource
) -> tuple[PublishedPlan, ...]:
    """Return the plans of an edition for `audience`. Never raises for what is in a plan."""
    plans = resolve_plans(workspace, audience, source)
    return tuple(resolved.published for resolved in plans if resolved.published is not None)


def resolve_plans(
    workspace: Workspace, audience: Audience, source: StorySource
) -> list[ResolvedPlan]:
    """Resolve every plan for an audience, by the stories that `source` knows."""
    resolved = []
    parts = parts_of_principles_page(workspace)
    for path in plan_files(workspace):
        try:
            file = read_plan(path)
        except CarerStoriesError:
            continue
        resolved.append(resolve_plan(file, source, audience, parts))
    return resolved


def resolve_plan(
    file: PlanFile,
    source: StorySource,
    audience: Audience,
    parts: Collection[str] | None = None,
) -> ResolvedPlan:
    """Resolve one plan for an audience. Clips are looked for also where the file has faults.

    `parts` are those of the library’s page of principles: what leads to another is left out, for
    the page may be older than the plan. None where that is not known.
    """
    plan = file.record or file.draft
    if plan is None:
        return ResolvedPlan(file, None, file.problems)
    problems, left_out, spans = list(file.problems), [], {}
    for number, item in enumerate(plan.running_order):
        path = ("running_order", number)
        if not isinstance(item, PlannedClip) or is_faulty(file, (*path, "story")):
            continue
        story = source(item.story)
        if story is None:
            message = NOT_IN_EDITION.format(audience=audience.word)
            left_out.append(file.problem((*path, "story"), message))
            continue
        span, faults = look_for_clip(item, story)
        places = [((*path, *fault.field), fault.what) for fault in faults]
        problems += [file.problem(at, what) for at, what in places if not is_faulty(file, at)]
        if span is not None:
            spans[item.id] = span
    if parts is not None:
        problems += _principle_problems(file, plan, parts)
    published = None
    if file.record is not None:
        whole = _published(file.record, spans, parts)
        widest = Audience.from_word(file.record.show_to)
        may_show = bool(whole.clips) and widest.includes(audience) and not file.problems
        published = whole if may_show else None
    problems.sort(key=lambda problem: problem.line)
    return ResolvedPlan(file, published, tuple(problems), tuple(left_out), spans=spans)


def parts_of_principles_page(workspace: Workspace) -> frozenset[str] | None:
    """Return the names of the parts of the page that principles lead to; None without that page."""
    try:
        text = (workspace.content / PRINCIPLES_PAGE).read_text("utf-8", "replace")
    except OSError:
        return None  # the build says so of each link
    named = {name for match in _PART_NAMED.finditer(text) for name in match.groups() if name}
    return frozenset(named | {slugify(heading, "-") for heading in _HEADING.findall(text)})


def _principle_problems(
    file: PlanFile, plan: TrainingPlan, parts: Collection[str]
) -> Iterator[Problem]:
    for number, item in enumerate(plan.running_order):
        for place, name in enumerate(item.principles if isinstance(item, Dilemma) else ()):
            at = ("running_order", number, "principles", place)
            if name not in parts and not is_faulty(file, at):
                what = (
                    f"site/content/{PRINCIPLES_PAGE} has no part “{name}”, so that it is left out; "
                    f"copy it from the page of a new library, or end a heading in {{#{name}}}"
                )
                yield file.problem(at, what)


def story_source(find_story: Callable[[str], tuple[StoryPage, Path] | None]) -> StorySource:
    """Return a source of words by story id, each read once.

    `find_story` gives a story's page and where its captions lie.
    """

    @cache
    def read_words(story_id: str) -> StoryWords | None:
        page_and_captions = find_story(story_id)
        if page_and_captions is None:
            return None
        page, captions = page_and_captions
        try:
            return StoryWords(page, tuple(read_captions(captions)))
        except CarerStoriesError:
            # Without captions the transcript's turns serve: the clip is a little coarser.
            return StoryWords(page)

    return read_words


def filmed_stories(workspace: Workspace) -> StorySource:
    """Return a source of every story that has a film, whoever may see it: to check a plan with."""

    def find_story(story_id: str) -> tuple[StoryPage, Path] | None:
        try:
            folder: StoryFolder = workspace.story(story_id)
            return read_page(folder.page), folder.captions
        except CarerStoriesError:
            return None

    return story_source(find_story)


def _published(
    plan: TrainingPlan, spans: dict[str, ClipSpan], parts: Collection[str] | None
) -> PublishedPlan:
    details = {name: getattr(plan, name) for name in PlanDetails.__struct_fields__}
    items = tuple(_shown_items(plan, spans, parts))
    missing = {clip.id for clip in plan.clips if clip.id not in spans}
    return PublishedPlan(**details, items=without_clips(items, missing))


def _shown_items(
    plan: TrainingPlan, spans: dict[str, ClipSpan], parts: Collection[str] | None
) -> Iterator[ShownItem]:
    for item in plan.running_order:
        if isinstance(item, PlannedClip):
            # A missing clip gets no time; `without_clips` removes it, with all that refers to it.
            yield _shown_clip(item, spans.get(item.id, ClipSpan(0, 0)))
        elif isinstance(item, Dilemma) and parts is not None:
            principles = tuple(name for name in item.principles if name in parts)
            yield msgspec.structs.replace(item, principles=principles)
        else:
            yield item


def _shown_clip(clip: PlannedClip, span: ClipSpan) -> ShownClip:
    pauses = (
        ShownPause(at=at, ask=pause.ask, timer=pause.timer, notes=pause.notes)
        for at, pause in zip(span.pauses, clip.pauses, strict=False)
    )
    same = {name: getattr(clip, name) for name in _SHARED_FIELDS}
    question = span.chapter.title if span.chapter else ""
    return ShownClip(**same, start=span.start, end=span.end, chapter=question, pauses=tuple(pauses))


_SHARED_FIELDS = tuple(
    name
    for name in ShownClip.__struct_fields__
    if name in PlannedClip.__struct_fields__ and name not in {"chapter", "pauses"}
)
