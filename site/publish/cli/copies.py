"""The commands of `copies`: what was handed out, whom to ask for it back, what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from library.cli.console import confirm, json_option, say, say_json, workspace_of
from library.cli.fields import Day, role_option, yes_option
from library.core.audience import AUDIENCE_WORDS
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError
from library.records.copies import COPY_OUTCOMES, MEDIA

if TYPE_CHECKING:
    from library.consent.copies import DarkPackage
    from library.core.workspace import Workspace
    from library.records.copies import Copy
    from publish.reconciliation.compare import RefusedCopy

_STORIES_NAMED = 5
"""Stories on a copy that are named; the rest are counted, and --json names all."""


@click.group(epilog="Example: carer-stories copies list")
def copies() -> None:
    """Keep track of copies that left the house: sticks, downloads, other servers."""


@copies.command(
    "add",
    epilog='Example: carer-stories copies add cs-4k7m2q --medium stick --to "Ward 3, ward manager" '
    "--audience training",
)
@click.argument("stories", metavar="STORY...", nargs=-1)
@click.option("--all-shown", is_flag=True, help="Every story shown to the audience today.")
@click.option("--medium", type=click.Choice(MEDIA), required=True, help="What kind of copy it is.")
@click.option("--to", required=True, help="Who answers for it, and how to reach them.")
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), required=True, help="For whom it was made."
)
@click.option("--on", type=Day(), default="today", show_default=True, help="The day it was given.")
@role_option
@json_option
@click.pass_context
def copies_add(
    ctx: click.Context,
    /,
    stories: tuple[str, ...],
    all_shown: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Enter a copy of one or more stories that was handed out."""
    from library.consent.copies import record_copy
    from library.consent.story_status import story_statuses
    from publish.leaks.line_readings import require_recipient_hides_nothing

    if bool(stories) == all_shown:
        raise click.UsageError("Name the stories, or say --all-shown.")
    workspace = workspace_of(ctx)
    if all_shown:
        statuses = story_statuses(workspace, audience=fields["audience"])
        stories = tuple(
            status.history.story.id for status in statuses if status.decision.is_released
        )
        if not stories:
            raise BadInput("No story is shown to them today.", "Name the stories instead.")
    require_recipient_hides_nothing(workspace, fields["to"], stories)
    made = record_copy(workspace, stories, **fields)
    if as_json:
        say_json(made)
        return
    count = counted(len(made.stories), "story")
    say(f"{made.id}: {made.medium} with {count}, for {made.to}.", bold=True)
    say("If one of them is withdrawn, this copy is on the list of those to chase.")


@copies.command("list", epilog="Example: carer-stories copies list cs-4k7m2q")
@click.argument("story_id", metavar="[STORY]", required=False)
@json_option
@click.pass_context
def copies_list(ctx: click.Context, story_id: str | None, as_json: bool) -> None:
    """List copies still out there, until when, and which to ask back."""
    from library.cli.status import say_outdated_copies
    from library.consent.copies import copies_of
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    if story_id is not None:
        # For its refusal of a story that is not there.
        read_history(workspace, story_id)
    copies = copies_of(workspace, story_id)
    uses = _Uses(workspace) if copies else None
    if as_json:
        say_json([uses.record_of(copy) for copy in copies] if uses else [])
    elif uses is None:
        say("No copy is entered as being out there.")
    else:
        for copy in copies:
            _say_copy(workspace, copy, uses)
        count = counted(len(copies), "copy", "copies")
        refused = sum(uses.must_come_back(copy) for copy in copies)
        back = f", {refused} of them to be asked back or replaced" if refused else ""
        say(
            f"{count} out there{back}. Once one is back: "
            "carer-stories copies settle COPY --as returned"
        )
        say_outdated_copies(workspace, story_id, with_replaced=True)


class _Uses:
    """The use that may still be made of each copy that is out, as of today."""

    def __init__(self, workspace: Workspace) -> None:
        from library.consent.copies import (
            copies_of,
            dark_packages,
            days_of_thin_packages,
            outliving_days,
        )
        from library.consent.gate_input import history_of
        from library.core.clock import today
        from library.records.ledger import Ledger
        from library.records.library_day import day_for_showing
        from library.records.story import Story
        from publish.reconciliation.compare import copies_refused

        snapshot = Ledger(workspace).read()
        self._on = max(today(), day_for_showing(workspace))
        self._histories = {each.id: history_of(snapshot, each.id) for each in snapshot.all(Story)}
        refused = copies_refused(workspace, snapshot, self._histories, self._on)
        self.refused: Mapping[str, RefusedCopy] = {each.copy.id: each for each in refused}
        self.sooner = outliving_days(workspace)
        # A session goes on without a story that may not be shown: its day is nothing to it.
        self.thin = {
            copy_id: min(shown)
            for copy_id, days in days_of_thin_packages(workspace).items()
            if (
                shown := [
                    day
                    for story_id, day in days.items()
                    if copy_id not in self.refused or story_id not in self.refused[copy_id].causes
                ]
            )
        }
        self._replaced = {copy.replaces for copy in copies_of(workspace)}
        self.dark: Mapping[str, DarkPackage] = {}
        # Settings that cannot be read say nothing of what may be used.
        with suppress(CarerStoriesError):
            self.dark = {each.copy.id: each for each in dark_packages(workspace)}

    def must_come_back(self, copy: Copy) -> bool:
        """Return True for one that must not be used any more."""
        return copy.id in self.refused and not self.refused[copy.id].goes_on

    def until(self, copy: Copy) -> str:
        """Return until when it may be used, to go on with a line."""
        if copy.until is None or self.must_come_back(copy) or copy.id in self.dark:
            return ""
        if copy.id in self.sooner:
            return f", may be used until {self.sooner[copy.id].isoformat()}: it says {copy.until}"
        day, longer = copy.until, ""
        if copy.form == "scorm-thin":
            day, longer = self.thin.get(copy.id, day), ", or longer once that is agreed to"
        said = f", not until {copy.until.isoformat()} as was said" if day < copy.until else ""
        return f", until {day.isoformat()}{said}{longer}"

    def sentences(self, copy: Copy) -> Iterator[str]:
        """Yield what is to be known before somebody uses it."""
        refused, dark = self.refused.get(copy.id), self.dark.get(copy.id)
        if dark:
            fault = "may show more than was meant" if dark.shows_more else "shows nothing now"
            yield f"{fault}: {dark.reason or dark.next_step}"
        if refused is None:
            return
        gone = ", ".join(f"{story} since {day}" for story, day in self._since(refused).items())
        new = ", ".join(story for story in refused.stories if story not in self._since(refused))
        if refused.goes_on:
            others = "" if dark else ", and goes on with its others"
            yield f"shows nothing any more of {gone}{others}"
        elif copy.form == "scorm-thin":
            yield f"shows nothing any more, and its course is to be removed: {gone}"
        elif gone:
            yield f"must not be used any more, and is to be asked back: {gone}"
            if refused.is_renewable and copy.id not in self._replaced:
                yield f"made anew without that: carer-stories deliver {copy.id}"
        if new:
            yield f"must not be used any more, and is to be replaced: a new film of {new}"

    def record_of(self, copy: Copy) -> dict[str, object]:
        """Return it as it stands in the register, with what is to be known beside."""
        record: dict[str, object] = msgspec.to_builtins(copy)
        if copy.id in self.refused:
            record["refused"] = {
                story: cause.kind.value for story, cause in self.refused[copy.id].causes.items()
            }
            record["to_ask_back"] = self.must_come_back(copy)
        if copy.id in self.sooner:
            record["may_be_used_until"] = self.sooner[copy.id].isoformat()
        elif copy.id in self.thin:
            record["may_be_used_until"] = self.thin[copy.id].isoformat()
        if dark := self.dark.get(copy.id):
            record["shows_more" if dark.shows_more else "shows_nothing"] = (
                dark.reason or dark.next_step
            )
        return record

    def _since(self, refused: RefusedCopy) -> dict[str, date]:
        from publish.reconciliation.compare import must_be_back_since
        from publish.reconciliation.messages import CauseKind

        return {
            story: must_be_back_since(self._histories.get(story), refused.copy, self._on)
            for story, cause in refused.causes.items()
            if cause.kind is not CauseKind.NEW_FILM
        }


def _say_copy(workspace: Workspace, copy: Copy, uses: _Uses) -> None:
    """Say a copy in a few short lines; its path stands alone, to be taken from the screen whole."""
    say(f"{copy.id}  {copy.kind}, for {copy.to}", bold=True)
    say(f"  given on {copy.on.isoformat()}{uses.until(copy)}")
    for sentence in uses.sentences(copy):
        say(f"  {sentence}")
    many = f" and {len(copy.stories) - _STORIES_NAMED} more" if _is_long(copy) else ""
    session = f"the session {copy.plan}: " if copy.plan else ""
    say(f"  with {session}{', '.join(copy.stories[:_STORIES_NAMED])}{many}")
    if copy.place:
        place = Path(copy.place)
        inside = place.is_relative_to(workspace.root)
        say(f"  {place.relative_to(workspace.root).as_posix() if inside else place}")
    say()


def _is_long(copy: Copy) -> bool:
    return len(copy.stories) > _STORIES_NAMED


@copies.command(
    "settle", epilog="Example: carer-stories copies settle cp-8fk2hd --as destroyed --yes"
)
@click.argument("copy_id", metavar="COPY")
@click.option(
    "--as", "outcome", type=click.Choice(COPY_OUTCOMES), required=True, help="What became."
)
@click.option("--on", type=Day(), default="today", show_default=True, help="The day it happened.")
@role_option
@yes_option
@click.pass_context
def copies_settle(
    ctx: click.Context, copy_id: str, outcome: str, on: date, role: str, yes: bool
) -> None:
    """Say what became of COPY. One that is lost stays on the list."""
    from library.consent.copies import require_open_copy, settle_copy
    from library.records.ledger import Ledger

    workspace = workspace_of(ctx)
    # Before anything is asked: a copy that cannot be settled is refused at once.
    require_open_copy(Ledger(workspace).read(), copy_id)
    if not yes:
        confirm(f"Record that {copy_id} is {outcome}?", abort=True)
    settle_copy(workspace, copy_id, outcome=outcome, on=on, role=role)
    say(f"{copy_id} is {outcome}.", bold=True)
    if outcome == "lost":
        say("It stays on the list: nobody can say that it is gone.")
