"""The edition of what is delivered: one story, or one training session with the stories it shows.

It is made as the site's own edition is, with the gate asked for each story and every byte hashed as
it is copied, in a folder that is removed at the end. Words of any other story are refused in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

import msgspec

from library.consent.story_status import story_statuses
from library.consent.withdrawals import record_all_noted
from library.core.audience import Audience
from library.core.errors import CarerStoriesError, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.workspace import SLUG, STORY_ID, Workspace
from library.records.log_doubt import require_log_holds
from publish.build_job import build_lock
from publish.bundle import Bundle, released_bundle_in
from publish.edition import Edition, ReleasedStory, temporary_edition
from publish.handwritten import edition_findings
from publish.training.published import PublishedPlan
from publish.training.read_plan import load_plan


@dataclass(frozen=True)
class Material:
    """An edition of what is delivered alone, with the folder its files lie in."""

    source: str
    """The id of the story or of the plan that was asked for."""
    bundle: Bundle

    @property
    def edition(self) -> Edition:
        return self.bundle.edition

    @property
    def stories(self) -> tuple[ReleasedStory, ...]:
        """The stories, for a plan in the order of their first clips."""
        if self.plan is None:
            return self.edition.stories
        by_id = {story.page.id: story for story in self.edition.stories}
        return tuple(by_id[story_id] for story_id in self.plan.stories)

    @property
    def plan(self) -> PublishedPlan | None:
        """The training session, if one was asked for."""
        return self.edition.plans[0] if self.edition.plans else None

    @property
    def title(self) -> str:
        return self.plan.title if self.plan else self.edition.stories[0].page.title

    @property
    def cuts(self) -> dict[str, str]:
        """Ids of the stories, each with the hash of the cut that is delivered."""
        return {story.page.id: story.cut for story in self.stories}

    @property
    def titles(self) -> dict[str, str]:
        """Ids of the stories, each with the title that it is released with."""
        return {story.page.id: story.page.title for story in self.stories}

    @property
    def until(self) -> date:
        """The first day on which one of the stories may not be shown any more."""
        return min(story.review for story in self.stories)


@contextmanager
def released_material(workspace: Workspace, source: str, audience: Audience) -> Iterator[Material]:
    """Make an edition of the story or plan `source` alone; its folder is removed at the end.

    Builds wait meanwhile. Raises NotFound for neither a story nor a plan, NotAllowed where it may
    not be shown to `audience`, BadInput for a plan with a fault, and what making an edition raises.
    """
    require_log_holds(workspace)
    plan_id, story_ids = _asked_for(workspace, source)
    _require_released(workspace, story_ids, audience, is_plan=bool(plan_id))

    def review(workspace: Workspace, edition: Edition) -> Edition:
        limited = _limited(edition, plan_id)
        if findings := edition_findings(workspace, limited):
            raise NotAllowed(
                f"Something of a story that is not in it stands in {'; '.join(sorted(findings))}.",
                "Take it out there, then run the same command again.",
            )
        return limited

    with build_lock(workspace):
        # The gate counts a withdrawal that is only noted; the records should say it too.
        with suppress(CarerStoriesError):
            record_all_noted(workspace)
        with temporary_edition(
            workspace, audience, offline=True, only=story_ids, review=review
        ) as (folder, edition):
            _require_something(edition, source, plan_id, audience)
            yield Material(source, released_bundle_in(folder))


def _asked_for(workspace: Workspace, source: str) -> tuple[str, tuple[str, ...]]:
    """Return the id of the plan, if it is one, and the ids of the stories that are needed."""
    if STORY_ID.match(source) and workspace.story(source).root.is_dir():
        return "", (source,)
    path = workspace.training / f"{source}.yml"
    if not SLUG.match(source) or not path.is_file():
        raise NotFound(
            f"There is neither a story nor a training session “{printable(source)}”.",
            "See what there is: carer-stories status, or: carer-stories training list",
        )
    plan = load_plan(path)
    return plan.id, tuple(dict.fromkeys(clip.story for clip in plan.clips))


def _require_released(
    workspace: Workspace, story_ids: Collection[str], audience: Audience, *, is_plan: bool
) -> None:
    """Raise NotAllowed with the gate's reasons: of the story, or of all the stories of a plan."""
    statuses = {
        status.history.story.id: status
        for status in story_statuses(workspace, audience=audience.word, hashing=False)
        if status.history.story.id in story_ids
    }
    if any(status.decision.is_released for status in statuses.values()):
        return
    what = "No story of this session" if is_plan else "This story"
    may = "may be shown" if is_plan else "may not be shown"
    reasons = [
        f"{story_id}: {reason}" if is_plan else reason
        for story_id, status in statuses.items()
        for reason in status.decision.reasons
    ]
    raise NotAllowed(
        " ".join((f"{what} {may} to “{audience.word}”.", *reasons)),
        f"See what is missing: carer-stories status {next(iter(statuses), '')}".strip(),
    )


def _limited(edition: Edition, plan_id: str) -> Edition:
    """Return the edition without what is for the whole library: themes, other plans, its words."""
    plans = tuple(plan for plan in edition.plans if plan.id == plan_id)
    needed = {story_id for plan in plans for story_id in plan.stories}
    return msgspec.structs.replace(
        edition,
        library=msgspec.structs.replace(edition.library, introduction=""),
        plans=plans,
        themes=(),
        # A plan may name a story of which no clip is there to be shown.
        stories=tuple(story for story in edition.stories if not plan_id or story.page.id in needed),
    )


def _require_something(edition: Edition, source: str, plan_id: str, audience: Audience) -> None:
    if edition.stories and (edition.plans or not plan_id):
        return
    raise NotAllowed(
        f"There is nothing of {source} that may be shown to “{audience.word}” today.",
        f"See why: carer-stories training check {source}"
        if plan_id
        else f"See what is missing: carer-stories status {source}",
    )
