"""The command `status`: the state of every story, and the reasons for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from library.cli.columns import table_width, terminal_width
from library.cli.console import (
    CheckResult,
    json_option,
    say,
    say_json,
    say_next,
    say_result,
    table,
    workspace_of,
)
from library.core.audience import AUDIENCE_WORDS
from library.core.counting import counted, counted_is
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.records.consent import ARCHIVE_MEANINGS

if TYPE_CHECKING:
    from library.consent.story_status import StoryStatus


_BUILD = "carer-stories site build"


@click.command(epilog="Example: carer-stories status --json")
@click.argument("story_id", metavar="[STORY]", required=False)
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), help="Ask for this audience (default: yours)."
)
@json_option
@click.pass_context
def status(ctx: click.Context, story_id: str | None, audience: str | None, as_json: bool) -> None:
    """Show every story, its state and the one next step; or STORY with every reason."""
    from library.consent.known_folders import KnownFolders
    from library.consent.story_status import story_statuses
    from library.records.ledger import Ledger

    workspace = workspace_of(ctx)
    Ledger(workspace).read_current()  # what another database says is not so
    # Whoever asks about one story has every byte of it read.
    known = KnownFolders(workspace) if story_id is None else None
    statuses = story_statuses(
        workspace, story_id, audience, known=known, with_steps=as_json or story_id is not None
    )
    if known:
        known.keep()
    if as_json:
        _tell_of_doubt(workspace, err=True)
        say_json([status_of_story.as_json() for status_of_story in statuses])
        return
    # First: nothing new is shown until that is clear, whatever stands below.
    _tell_of_doubt(workspace)
    if not statuses:
        say("There are no stories yet.")
        say_next("carer-stories story new")
        return
    if story_id is None:
        _status_table(statuses)
        say_outdated_copies(workspace)
        _tell_of_backups(workspace)
        _say_migration_copies(workspace)
    else:
        _status_of_one(statuses[0])
    _tell_of_holds(workspace)


def say_next_of_story(workspace: Workspace, story_id: str, *, otherwise: str = "") -> None:
    """Print the next step of a story, at the end of a command that took it further.

    `otherwise` is what to do where that is not wanted.

    Nothing is printed where it cannot be worked out: what the command did is done all the same,
    and `status` will say what is the matter.
    """
    from library.consent.story_status import next_step_of

    with contextlib.suppress(CarerStoriesError):
        step = next_step_of(workspace, story_id)
        say_next(f"{step}\n{otherwise}" if otherwise else step)


def say_build_next(workspace: Workspace, *, first: str = "") -> None:
    """Print that the site is to be built next, after `first`; or what has to be clear before."""
    from library.records.library_day import doubt_step

    step = None
    with contextlib.suppress(CarerStoriesError):
        step = doubt_step(workspace)
    say_next(step or (f"{first}, then: {_BUILD}" if first else _BUILD))


def say_outdated_copies(
    workspace: Workspace, story_id: str | None = None, *, with_replaced: bool = False
) -> None:
    """Say which deliveries are out of date by the story, or by any, and how to replace them.

    `with_replaced` also says those whose replacement is made already.
    """
    from library.consent.copies import dark_packages, outdated_copies

    # What was asked for is done all the same.
    with contextlib.suppress(CarerStoriesError):
        alike: dict[tuple[bool, str, str], list[str]] = {}
        for dark in dark_packages(workspace, story_id):
            key = (dark.shows_more, dark.reason, dark.next_step)
            alike.setdefault(key, []).append(dark.copy.id)
        for (shows_more, reason, next_step), ids in alike.items():
            count = counted_is(len(ids), "thin package")
            fault = "may show more than was meant" if shows_more else "can show nothing"
            what = f"{count} out and {fault}: {', '.join(ids)}. {reason}"
            say_result(CheckResult.WARNING, what.strip(), next_step)
        outdated = outdated_copies(workspace, story_id)
        open_ones = [copy for copy in outdated if not copy.replacement]
        for copy in outdated if with_replaced else open_ones:
            say_result(CheckResult.WARNING, copy.sentence)
        if open_ones:
            steps = [f"carer-stories deliver {each.copy.id}" for each in open_ones]
            if len(open_ones) > 1:
                stories = sorted({story for each in open_ones for story in each.outdated_stories})
                steps += [f"or all: carer-stories deliver {story} --again" for story in stories]
            say_next(
                "Make what is to take the place of each, once what is new is approved:\n"
                + "\n".join(steps)
            )


def say_kept(workspace: Workspace, story_id: str, remark: str = "") -> None:
    """Say that what was recorded is the recording of a story now, and whether it is held for it."""
    from library.records.restore_holds import held_recording

    say(f"It is the recording of {story_id} now.", bold=True)
    if remark:
        say(remark)
    with contextlib.suppress(CarerStoriesError):
        if recording := held_recording(workspace, story_id):
            say_result(
                CheckResult.WARNING,
                f"{story_id} is held, and shown to nobody: the recording is, {recording}.",
            )
    say_next_of_story(workspace, story_id)


def _status_table(statuses: list[StoryStatus]) -> None:
    headings = ("Story", "Title", "State", "Shown to", "Next step")
    rows = [
        (
            status.history.story.id,
            status.history.story.title,
            str(status.state) + (f", {status.unsure} unsure" if status.unsure else ""),
            ", ".join(audience.word for audience in status.audiences) or "nobody",
            status.next_step,
        )
        for status in statuses
    ]
    if table_width([headings, *rows]) <= terminal_width():
        table(headings, rows)
        return
    # In a narrow column a command would be broken into pieces that nobody can copy.
    table(headings[:-1], [row[:-1] for row in rows])
    steps = [(row[0], row[-1]) for row in rows if row[-1]]
    if steps:
        say()
        say(headings[-1], bold=True)
    for story_id, step in steps:
        say(f"{story_id}   {step}")


def _tell_of_doubt(workspace: Workspace, *, err: bool = False) -> None:
    """Say so where the log does not hold, or is ahead of the computer's clock."""
    from library.records.library_day import clock_next_step, clock_sentence, unconfirmed_day
    from library.records.log_doubt import log_doubt

    doubt = log_doubt(workspace)
    if doubt:
        say(doubt.what, bold=True, err=err)
        say_next(doubt.next_step, err=err)
        say(err=err)
    ahead = unconfirmed_day(workspace)
    if ahead is not None:
        say(clock_sentence(ahead), bold=True, err=err)
        say_next(clock_next_step(), err=err)
        say(err=err)


def _tell_of_holds(workspace: Workspace) -> None:
    """Say so where the log alone knows of a hold: somebody deleted or edited what said so."""
    from library.consent.holds_by_log import hold_sentences

    if sentences := hold_sentences(workspace):
        say()
        for sentence in sentences:
            say(sentence, bold=True)
        say_next("carer-stories verify")


def _tell_of_backups(workspace: Workspace) -> None:
    """Say so when a backup is overdue; a damaged list of backups is for `doctor` to report."""
    from library.backup.registry import backup_status

    with contextlib.suppress(CarerStoriesError):
        backups = backup_status(workspace)
        if backups.overdue:
            say()
            say(backups.sentence, bold=True)
            say_next(backups.advice)


def _say_migration_copies(workspace: Workspace) -> None:
    """Say so while a migration's copies are kept: they hold all that the library then held."""
    copy_names = ", ".join(path.name for path in workspace.migrations)
    if copy_names:
        say()
        say(f"What the library was before a migration is still kept in interviews: {copy_names}.")
        say("Once all is well, remove it: it holds private things.")


def _archive_of_one(status: StoryStatus) -> None:
    archive = status.archive
    if archive.is_released:
        say(f"It may be {ARCHIVE_MEANINGS[archive.permission]}.")
    elif archive.permission == "no":
        say("It may not be kept in an archive: the contributor has not said so.")
    else:
        say("It may not be kept in an archive, because:")
        for reason in archive.reasons:
            say(f"  - {reason}")


def _status_of_one(status: StoryStatus) -> None:
    story = status.history.story
    say(f"{story.id}: “{story.title}” is {status.state}.", bold=True)
    if status.decision.is_released:
        say(f"It may be shown to “{status.decision.audience.word}”.")
    else:
        say(f"It may not be shown to “{status.decision.audience.word}”, because:")
        for reason in status.decision.reasons:
            say(f"  - {reason}")
    if status.state == "withdrawn":
        return
    _archive_of_one(status)
    say("Steps:")
    for step in status.steps:
        say(f"  {'done' if step.done else '  – '}  {step.name}: {step.detail}")
    if status.unsure:
        places = counted_is(status.unsure, "place")
        say(f"In its transcript {places} still marked as unsure with (?…).")
    if status.unheard:
        passages = counted(status.unheard, "passage")
        say(f"In {passages} somebody speaks and no words were recognised: these hold up approval.")
    say_next(status.next_step)
