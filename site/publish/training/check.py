"""Checking plans for `training check`, `training list` and `site build`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace

import msgspec

from library.consent import gate
from library.consent.gate_input import history_of, progress_of
from library.core.audience import Audience
from library.core.errors import CarerStoriesError
from library.core.settings import load_settings, site_audience
from library.core.workspace import Workspace
from library.core.yaml_document import FieldPath, Problem
from library.records.hidden_terms import HiddenTerm
from library.records.ledger import Ledger
from library.records.library_day import library_day
from library.records.store import Snapshot
from library.records.story import Story
from publish.edition import Edition
from publish.leaks.needles import Needles
from publish.training import feasibility
from publish.training.feasibility import PlannedSession
from publish.training.plan import PlannedClip, TrainingPlan
from publish.training.read_plan import PlanFile, is_faulty, plan_files, read_plan
from publish.training.resolve import (
    NOT_IN_EDITION,
    ResolvedPlan,
    filmed_stories,
    parts_of_principles_page,
    resolve_plan,
)
from transcribe.redaction.hidden_words import terms_of_story


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `training list`."""

    id: str
    title: str
    minutes: int
    clips: int
    shown: int
    """Clips whose stories the library’s audience may see today."""
    state: str

    @property
    def clips_text(self) -> str:
        return str(self.clips) if self.shown == self.clips else f"{self.shown} of {self.clips}"


def check_plan(
    workspace: Workspace,
    file: PlanFile,
    audience: Audience,
    released: Collection[str] | None = None,
) -> ResolvedPlan:
    """Check a plan against the films as they are now.

    Clips of stories that `audience` may not see are listed apart from what has to be mended.
    `released` are the stories it may see, where that is known already.
    """
    source = filmed_stories(workspace)
    outcome = resolve_plan(file, source, audience, parts_of_principles_page(workspace))
    plan = file.record or file.draft
    if plan is None:
        return outcome
    snapshot = Ledger(workspace).read()
    known = {story.id for story in snapshot.all(Story)}
    if released is None:
        story_ids = {clip.story for clip in plan.clips} & known
        released = {
            story_id for story_id in story_ids if _may_show(workspace, snapshot, story_id, audience)
        }
    problems = list(outcome.problems)
    left_out: list[Problem] = []
    for number, item in enumerate(plan.running_order):
        at = ("running_order", number, "story")
        if not isinstance(item, PlannedClip) or item.story in released or is_faulty(file, at):
            continue
        problem = file.problem(at, _why_not(item.story, known, audience))
        # A story withdrawn is no fault of the plan; one that never was is a slip.
        (left_out if item.story in known else problems).append(problem)
    stories = {clip.story: source(clip.story) for clip in plan.clips if clip.id in outcome.spans}
    session = PlannedSession(
        file, plan, outcome.spans, {name: words for name, words in stories.items() if words}
    )
    checked = file.with_problems(problems).with_problems_of_draft(feasibility.mistakes(session))
    hints = [
        hint for hint in feasibility.suggestions(session) if not is_faulty(file, (hint.field,))
    ]
    return replace(
        outcome,
        problems=checked.problems,
        left_out=tuple(left_out),
        suggestions=tuple(sorted(hints, key=lambda problem: problem.line)),
        hidden_words=tuple(_hidden_words(workspace, file, plan, released)),
    )


def _hidden_words(
    workspace: Workspace, file: PlanFile, plan: TrainingPlan, released: Collection[str]
) -> Iterator[Problem]:
    """Yield each text of a plan that says what is hidden in one of its stories alone.

    What is hidden everywhere, a build refuses on any page. A list that cannot be read says nothing
    here: it is named where it is used.
    """
    texts = list(_texts_in(msgspec.to_builtins(plan), ()))
    for story_id in dict.fromkeys(clip.story for clip in plan.clips if clip.story in released):
        terms: list[HiddenTerm] = []
        with suppress(CarerStoriesError):
            terms = list(terms_of_story(workspace.story(story_id)))
        own = Needles.from_terms((), (), [each for each in terms if not each.everywhere])
        for path, text in texts:
            if any(why.is_term for why in own.in_text(text)):
                yield file.problem(
                    path,
                    f"it says a name or word that is hidden in {story_id}, which the session "
                    "shows; no form of it can be delivered with that",
                )


def _texts_in(value: object, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    """Yield every text below a value, with the path of its field."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts_in(each, (*path, name))
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            yield from _texts_in(each, (*path, number))


def list_plans(workspace: Workspace) -> list[PlanRow]:
    """Return every plan, for the audience the library is made for. Raises BadInput for settings."""
    audience = site_audience(load_settings(workspace))
    rows = []
    for path in plan_files(workspace):
        resolved = check_plan(workspace, read_plan(path), audience)
        plan = resolved.file.record
        clips = len(plan.clips) if plan else 0
        rows.append(
            PlanRow(
                id=resolved.id,
                title=plan.title if plan else "",
                minutes=plan.minutes if plan else 0,
                clips=clips,
                shown=clips - len(resolved.left_out) if not resolved.problems else 0,
                state=_state(resolved, audience, clips),
            )
        )
    return rows


def plans_left_out(workspace: Workspace, edition: Edition) -> list[str]:
    """Return a line for each plan that is not in the site, or not whole."""
    audience = Audience.from_word(edition.audience)
    plan_ids = {plan.id for plan in edition.plans}
    released = {story.page.id for story in edition.stories}
    lines = []
    for path in plan_files(workspace):
        try:
            resolved = check_plan(workspace, read_plan(path), audience, released)
        except CarerStoriesError as error:
            lines.append(f"not shown: training plan {path.name}: {error.what}")
            continue
        problems = [*resolved.problems, *resolved.left_out]
        if resolved.id not in plan_ids:
            why = str(problems[0]) if problems else "it may not be shown that wide (show_to)"
            lines.append(f"not shown: training plan {path.name}: {why}")
        elif problems:
            lines.append(f"shown in part: training plan {path.name}: {problems[0]}")
        elif resolved.hidden_words:
            lines.append(
                f"shown, to be looked at: training plan {path.name}: {resolved.hidden_words[0]}"
            )
    return lines


def _state(resolved: ResolvedPlan, audience: Audience, clips: int) -> str:
    if resolved.problems:
        return f"{len(resolved.problems)} to mend: training check {resolved.id}"
    plan = resolved.file.record
    if plan and not Audience.from_word(plan.show_to).includes(audience):
        return f"not for “{audience.word}”"
    if len(resolved.left_out) == clips:
        return "no clip may be shown yet"
    return "in part" if resolved.left_out else "ready"


def _may_show(workspace: Workspace, snapshot: Snapshot, story_id: str, audience: Audience) -> bool:
    """Return the gate's answer; hash the cut’s files only where records alone do not say no."""
    history = history_of(snapshot, story_id)
    # Hashing a film takes long; records alone refuse most stories.
    if not history.approvals or any(
        withdrawal.covers(audience) for withdrawal in history.withdrawals
    ):
        return False
    cut = progress_of(workspace.story(story_id)).cut
    return gate.decide(history, cut, audience, library_day(workspace)).is_released


def _why_not(story: str, known: Collection[str], audience: Audience) -> str:
    if story in known:
        return NOT_IN_EDITION.format(audience=audience.word)
    listed = ", ".join(sorted(known)[:12]) or "none"
    more = " and more" if len(known) > 12 else ""
    return f"there is no story “{story}”; there are: {listed}{more}"
