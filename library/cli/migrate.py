"""`migrate`: change a library of an earlier version to this version, or put it back."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path

import click

from library.cli.console import (
    confirm,
    is_json,
    json_option,
    say,
    say_detail,
    say_json,
    say_next,
    workspace_of,
)
from library.cli.fields import role_option, yes_option
from library.cli.trust_settings import is_at_terminal
from library.consent.withdrawals import hold_decided_since
from library.core.counting import counted
from library.core.errors import CarerStoriesError
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.logged_holds import HELD
from library.records.migration import changes_since, undo_migration
from library.records.migration import migrate as bring_up
from library.records.migration_apply import COMMAND, finish
from library.records.migration_plan import WAS_FOLDER, PendingMigration, pending_migration

_ROLE = "editor"
"""The role in the log where somebody is offered the change and says yes."""
_MAX_LOG_LINES = 12
"""Lines of the log that are shown."""


@click.command(epilog="Example: carer-stories migrate --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say what would change; write nothing.")
@click.option(
    "--back",
    metavar="FOLDER",
    help="Put everything back as it was before the migration that this folder keeps.",
)
@role_option
@yes_option
@json_option
@click.pass_context
def migrate(
    ctx: click.Context, dry_run: bool, back: str | None, role: str, yes: bool, as_json: bool
) -> None:
    """Change this library, made by an earlier version of the program, to work with this one.

    You are told what will change, and asked. Either all of it is done or nothing. What was there
    before is kept in interviews/before-migration-…, and --back puts it back. Make a backup first
    all the same.
    """
    workspace = workspace_of(ctx, also_older=True)
    if back is not None:
        if dry_run or as_json:
            raise click.UsageError("--back goes with neither --dry-run nor --json.")
        _go_back(workspace, back, role, yes=yes)
        return
    finish(workspace)  # once more, for what cannot be finished must be told
    changes = pending_migration(workspace)
    if not as_json:
        _list(changes)
    folder = None
    if changes.is_needed and not dry_run:
        if not yes:
            # On stderr with --json: stdout is the JSON alone.
            confirm("Change the library to this version?", abort=True)
        folder = bring_up(workspace, role)
    if as_json:
        say_json(_as_json(changes, folder))
    elif folder is not None:
        _report(folder)


def is_migration_accepted(workspace: Workspace) -> bool:
    """Offer at a terminal to change an older library now; return whether that was done.

    For whoever starts a new version of the program for the first time: they typed another command.
    """
    if not is_at_terminal() or is_json():
        return False
    changes = pending_migration(workspace)
    if not changes.is_needed:
        return False
    _list(changes)
    say("Make a backup first, if there is none of today: carer-stories backup DEST")
    if not confirm("Change the library to this version now?"):
        return False
    folder = bring_up(workspace, _ROLE)
    if folder is not None:
        _report(folder)
    return folder is not None


def _report(folder: Path) -> None:
    say("The library now works with this version.", bold=True)
    say(f"What it was before is kept in {folder}.")
    say(f"To go back: {COMMAND} --back {shell_quoted(folder.name)}")
    say("Once all is well, remove that folder: it holds private things.")
    say_next("carer-stories verify, then: carer-stories site build")


def _list(changes: PendingMigration) -> None:
    plan = changes.plan
    if not changes.is_needed:
        say("This library is of this version already. There is nothing to do.")
        say_detail(f"Its format is {plan.to_format}.")
        return
    say(f"This library was made by version {plan.version_before}. This will change:", bold=True)
    say_detail(f"From format {plan.from_format} to {plan.to_format}.")
    for summary in changes.summaries:
        say(f"  {summary}")
    names = Counter(altered.path.rpartition("/")[2] for altered in plan.files)
    for name, number in sorted(names.items()):
        say(f"  {name}: {counted(number, 'file')}")
    for name in changes.databases:
        say(f"  {name}: all of its records")
    say("What is there now is kept beside it.")


def _as_json(changes: PendingMigration, folder: Path | None) -> dict[str, object]:
    return {
        "needed": changes.is_needed,
        "since": changes.plan.from_format,
        "until": changes.plan.to_format,
        "version_before": changes.plan.version_before,
        "changes": changes.summaries,
        "files": [altered.path for altered in changes.plan.files],
        "records": changes.databases,
        "done": folder is not None,
        "kept": None if folder is None else str(folder / WAS_FOLDER),
        "back": None if folder is None else f"{COMMAND} --back {shell_quoted(folder.name)}",
    }


def _go_back(workspace: Workspace, name: str, role: str, *, yes: bool) -> None:
    later = changes_since(workspace, name)
    if later:
        say("This takes back what was done since then, withdrawals excepted:", bold=True)
        for line in later[:_MAX_LOG_LINES]:
            say(f"  {line.at[:10]}  {line.action}  {line.subject}".rstrip())
        if len(later) > _MAX_LOG_LINES:
            say(f"  and {len(later) - _MAX_LOG_LINES} more.")
    if not yes:
        confirm("Put everything back as it was then?", abort=True)
    # Before anything is put back: at no moment are they shown by records that know less.
    known = [story_id for story_id in dict.fromkeys(line.subject for line in later) if story_id]
    held = hold_decided_since(workspace, later, known)
    folder = undo_migration(workspace, name, role)
    with contextlib.suppress(CarerStoriesError):
        # So that a file which somebody deletes ends no hold; the files hold without it.
        Ledger(workspace).note_each(HELD, held, role)
    say("Everything is as it was before the migration.", bold=True)
    say(f"What was there until now is kept in {folder}.")
    if held:
        say(f"Something was decided since about {', '.join(held)}.")
        say("Record it again first, whichever version you go on with; this one holds them.")
    say_next("Install the version that made this library: this one would change it again.")
