"""The commands `held`: see stories that are held since a restore, and let them go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    CheckResult,
    confirm,
    examples,
    json_option,
    progress,
    prompt_for,
    say,
    say_json,
    say_next,
    say_result,
    table,
    workspace_of,
)
from library.cli.fields import role_option, yes_option
from library.cli.status import say_build_next
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError
from library.core.workspace import Workspace
from library.records.consent import scope_in_words
from stewardship.cli.log_words import decision_in_words

if TYPE_CHECKING:
    from library.records.restore_holds import RestoreHold
    from stewardship.held_stories import HeldStories, ReleaseOutcome

_NOTHING = {"none", "nothing", "no", "-"}
"""Words to type where nothing was taken back."""


@click.group(epilog="Example: carer-stories held list")
def held() -> None:
    """See stories that are held since a restore, and let them go.

    A restore brings records that do not know what was taken back after them. Until somebody has
    said so, their stories are shown to nobody.
    """


@held.command("list", epilog="Example: carer-stories held list")
@json_option
@click.pass_context
def list_held(ctx: click.Context, as_json: bool) -> None:
    """List the held stories, with what backups and receipts say of them."""
    from stewardship.held_stories import look_at_held

    workspace = workspace_of(ctx)
    stories = look_at_held(workspace)
    if as_json:
        say_json(_held_as_json(stories))
        return
    if not stories.holds:
        say("No story is held.")
        return
    titles = _titles(workspace)
    table(
        ("Story", "Title", "Held since", "Not known after", "Decided later"),
        [
            (
                hold.story,
                titles.get(hold.story, ""),
                hold.held[:10] or "?",
                (hold.since[:10] or "?") if hold.is_since_restore else "",
                ", ".join(map(decision_in_words, hold.lost)),
            )
            for hold in stories.holds
        ],
    )
    _say_known(stories)
    for hold in stories.holds:
        if hold.recording:
            say_result(CheckResult.WARNING, f"The recording of {hold.story} is {hold.recording}.")
        if hold.wish:
            _say_wishes(workspace, hold)
    if any(hold.lost for hold in stories.holds):
        say("Record again what must stand of it, such as an objection, before you let it go.")
    say_next("Say what was taken back, and let go the rest: carer-stories held release")


def _say_wishes(workspace: Workspace, hold: RestoreHold) -> None:
    """Say what the contributor of a held story wishes, as it was noted."""
    from library.core.sanitise import printable
    from library.records.wishes import read_wishes

    say_result(
        CheckResult.WARNING, f"The contributor of {hold.story} changed their mind on {hold.wish}."
    )
    for wish in read_wishes(workspace.story(hold.story)):
        words = printable(wish.words) or "They want to talk about it."
        say(f"  {wish.at[:10]}, noted by the {wish.role}: {words}")


@held.command(
    epilog=examples(
        "carer-stories held release",
        "carer-stories held release --taken-back cs-4k7m2q --yes",
        "carer-stories held release --nothing-taken-back --yes",
    )
)
@click.argument("stories", metavar="[STORY]...", nargs=-1)
@click.option(
    "--taken-back",
    multiple=True,
    metavar="STORY",
    help="A story that was taken back since: it is withdrawn at once. Once for each.",
)
@click.option("--nothing-taken-back", is_flag=True, help="Nothing was taken back since.")
@click.option(
    "--confirm-withdrawn",
    metavar="WHY",
    help="Let go a story whose recording was withdrawn: its contributor signed a new agreement.",
)
@role_option
@yes_option
@json_option
@click.pass_context
def release(
    ctx: click.Context,
    stories: tuple[str, ...],
    taken_back: tuple[str, ...],
    nothing_taken_back: bool,
    confirm_withdrawn: str | None,
    role: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Say what was taken back since, and let go the rest.

    Since: after the restored records were made.

    Without STORY it is about every held story. Look at your receipts first: what was taken back
    after that day stands on them. What a note in a backup or a receipt here says is withdrawn in
    any case. Where only a part was taken back, run `withdraw STORY --scope` before; where somebody
    objected, enter that with `people decide`. A story whose recording was withdrawn under another
    id stays held, unless you confirm it with --confirm-withdrawn.
    """
    from library.consent.withdrawals import require_known_story
    from stewardship.held_stories import (
        ReleaseOutcome,
        look_at_held,
        release_held,
        require_held,
    )

    if taken_back and nothing_taken_back:
        raise click.UsageError("Use either --taken-back or --nothing-taken-back.")
    workspace = workspace_of(ctx)
    held_stories = look_at_held(workspace)
    require_held(held_stories, stories)
    if not held_stories.holds and not taken_back:
        if as_json:
            say_json(_outcome_as_json(ReleaseOutcome()))
        else:
            say("No story is held.")
        return
    if not as_json:
        _say_known(held_stories)
    restored = {hold.story for hold in held_stories.since_restore}
    is_about_restore = any(story in restored for story in stories or held_stories.ids)
    if is_about_restore and not taken_back and not nothing_taken_back:
        taken_back = _ask(held_stories, _titles(workspace), may_ask=not (yes or as_json))
    # Before the question: nobody says yes to what cannot be done.
    for story_id in taken_back:
        require_known_story(workspace, story_id)
    chosen = [story for story in stories or held_stories.ids if story not in taken_back]
    if not (yes or as_json):
        _confirm(held_stories, chosen, taken_back)
    outcome = release_held(
        workspace,
        held_stories,
        chosen,
        taken_back,
        role=role,
        confirm_withdrawn=confirm_withdrawn,
        report=(lambda _sentence: None) if as_json else say,
        **({} if as_json else {"show_progress": progress}),
    )
    if as_json:
        say_json(_outcome_as_json(outcome))
    else:
        _say_outcome(workspace, outcome)
    ctx.exit(outcome.exit_code)


def _say_recognised(recognised: dict[str, str]) -> None:
    """Print which stories stay held because their recording was withdrawn."""
    for story_id, recording in recognised.items():
        say_result(CheckResult.WARNING, f"{story_id} stays held: its recording is, {recording}.")
    if recognised:
        say("Ask the contributor. If they want it used after all, take a new agreement, then:")
        for story_id in recognised:
            say(f"  carer-stories consent record {story_id}")
            say(f'  carer-stories --by ID held release {story_id} --confirm-withdrawn "WHY"')


def _ask(stories: HeldStories, titles: dict[str, str], *, may_ask: bool) -> tuple[str, ...]:
    """Return the stories that were taken back, by the answer at the keyboard."""
    since = f" after {stories.since}" if stories.since else ""
    if not may_ask:
        raise BadInput(
            f"What was taken back{since}? A script has to say it.",
            "Add --taken-back STORY, once for each, or --nothing-taken-back.",
        )
    say("Held:", bold=True)
    for hold in stories.since_restore:
        say(f"  {hold.story}  {titles.get(hold.story, '')}{_lost(hold)}".rstrip())
    say("Look at your receipts of withdrawals, on paper too, and ask who else took requests.")
    answer = prompt_for(
        f"Which stories were taken back{since}? Their ids, with spaces between, or none",
        wanted="the ids of those that were taken back, or none",
    )
    words = answer.replace(",", " ").split()
    return () if {word.lower() for word in words} <= _NOTHING else tuple(words)


def _lost(hold: RestoreHold) -> str:
    return f"  (decided later: {', '.join(map(decision_in_words, hold.lost))})" if hold.lost else ""


def _confirm(stories: HeldStories, chosen: list[str], taken_back: tuple[str, ...]) -> None:
    known = {each.story for each in stories.taken_back if each.scope == "all"}
    withdrawn = [*taken_back, *(story for story in chosen if story in known)]
    released = [story for story in chosen if story not in known]
    if withdrawn:
        say(f"Withdrawn for good: {', '.join(withdrawn)}.")
    say(
        f"Let go, so that they are shown to whom they were released: {', '.join(released)}."
        if released
        else "No story is let go."
    )
    confirm("Is that right?", abort=True)


def _say_known(stories: HeldStories) -> None:
    """Print what backups and receipts say, and which backups could not be asked."""
    for each in stories.taken_back:
        what = "erased" if each.kind == "erased" else "withdrawn"
        part = "" if each.scope == "all" else f" ({scope_in_words(each.scope)})"
        say_result(
            CheckResult.WARNING,
            f"{each.story} was {what}{part} on {each.on}, says {each.source}.",
        )
    for unreached in stories.unreached:
        say_result(
            CheckResult.WARNING,
            f"The backup in {unreached.backup.destination} could not be asked: {unreached.why}",
            "Plug it in first if you can.",
        )
    for problem in stories.problems:
        say_result(CheckResult.WARNING, problem, "Look at your receipts.")


def _say_outcome(workspace: Workspace, outcome: ReleaseOutcome) -> None:
    for withdrawn in outcome.withdrawn:
        for failure in withdrawn.failures:
            say_result(CheckResult.PROBLEM, f"{withdrawn.withdrawal.story}: {failure.step}")
            say(f"  {failure.what}")
    if outcome.released:
        stories = counted(len(outcome.released), "story", "stories")
        say(f"{stories} let go: {', '.join(outcome.released)}.", bold=True)
    _say_recognised(outcome.recognised)
    for story in outcome.to_erase:
        say_result(
            CheckResult.WARNING,
            f"{story} had been erased, and its files are here again.",
            f"Erase it again: carer-stories withdraw {story} --erase",
        )
    say_build_next(workspace, first="carer-stories status")


def _titles(workspace: Workspace) -> dict[str, str]:
    from library.records.ledger import Ledger
    from library.records.story import Story

    try:
        return {story.id: story.title for story in Ledger(workspace).read().all(Story)}
    # The ids say enough where the database cannot be read.
    except CarerStoriesError:
        return {}


def _held_as_json(stories: HeldStories) -> dict[str, Any]:
    return {
        "held": stories.holds,
        "taken_back": [each.as_json() for each in stories.taken_back],
        "backups_not_asked": [each.backup.id for each in stories.unreached],
        "problems": stories.problems,
    }


def _outcome_as_json(outcome: ReleaseOutcome) -> dict[str, Any]:
    return {
        "recognised": outcome.recognised,
        "released": outcome.released,
        "withdrawn": [
            {
                "story": each.withdrawal.story,
                "scope": each.withdrawal.scope,
                "holds": each.is_in_force,
                "recorded": each.is_recorded,
            }
            for each in outcome.withdrawn
        ],
        "to_erase": outcome.to_erase,
    }
