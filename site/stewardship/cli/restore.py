"""The command `restore`: a whole library from a backup, or an earlier state of the records."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    CheckResult,
    confirm,
    examples,
    progress,
    say,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.fields import output_option, path_option, role_option, yes_option
from library.cli.status import say_build_next
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError, Damaged, NotFound
from library.core.files import human_size, real_path
from library.core.own_folders import require_own_folders
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.migration import needs_migration
from stewardship.cli.backup import key_option, open_backup
from stewardship.cli.log_words import action_in_words

if TYPE_CHECKING:
    from library.backup.repository import BackupRepository
    from library.backup.restoring import RestoreReport

_OF_COPIES = ("copy", "copy-settled")
"""Actions of lines about copies that were handed out."""
_MAX_LOG_LINES = 12
"""At most so many lines of the audit log are printed: the newest."""


@click.command(
    epilog=examples(
        "carer-stories restore --generation 41",
        "carer-stories restore --from /media/backup/Carer-Stories --into our-library",
    )
)
@click.option("--generation", type=int, help="Which earlier state; without it they are listed.")
@path_option(
    "--from",
    "source",
    metavar="BACKUP",
    help="Put a whole library back from this backup, into a new folder.",
)
@click.option("--run", "when", metavar="WHEN", help="Which run of it, such as 2026-11-23.")
@output_option("--into", metavar="FOLDER", help="The new or empty folder for it.")
@key_option
@role_option
@yes_option
@click.pass_context
def restore(
    ctx: click.Context,
    generation: int | None,
    source: Path | None,
    when: str | None,
    into: Path | None,
    key_file: Path | None,
    role: str,
    yes: bool,
) -> None:
    """Put a whole library back from a backup, or make an earlier generation the newest.

    Either takes back what was decided after it, except withdrawals: those are recorded again. The
    later lines of interviews/audit.jsonl (each names its generation) say what else was decided. A
    story that was erased since is not put back. Stories of which something may have been taken back
    since are held, and shown to nobody, until you have confirmed them (carer-stories held).
    """
    if source is None:
        if when or into or key_file:
            raise click.UsageError("--run, --into and --key-file go with --from BACKUP.")
        _restore_generation(workspace_of(ctx), generation, role, yes=yes)
        return
    if generation is not None:
        raise click.UsageError("Use either --generation or --from.")
    if into is None:
        raise BadInput("Into which folder?", "Name a new or empty one: --into our-library-restored")
    _restore_backup(ctx, open_backup(real_path(source), key_file), when, into, role)


def _restore_generation(
    workspace: Workspace, generation: int | None, role: str, *, yes: bool
) -> None:
    from library.consent.erasure import unfinished_erasures
    from library.consent.withdrawals import restore_generation
    from stewardship.held_stories import look_at_held

    generations = Ledger(workspace).generations()
    if generation is None:
        names = ", ".join(str(number) for number in generations)
        say(
            f"Generations that can be restored: {names}."
            if generations
            else "No generation is kept yet."
        )
        return
    require_own_folders(workspace)
    if generation not in generations:
        numbers = ", ".join(map(str, generations)) or "none"
        raise NotFound(f"There is no generation {generation}.", f"Use one of: {numbers}.")
    # Before the question: it says what is lost by a yes.
    _say_later_decisions(workspace, generation)
    if not yes:
        say("This takes back what was decided after it; withdrawals stay.")
        confirm(f"Restore generation {generation}?", abort=True)
    withdrawn = restore_generation(workspace, generation, role)
    say(f"Generation {generation} is restored. What was there before is kept beside it.")
    for story_id in withdrawn:
        say(f"{story_id} was withdrawn later, and is withdrawn again.")
    for story_id in unfinished_erasures(workspace):
        say_result(
            CheckResult.WARNING,
            f"{story_id} was to be erased, and is there again.",
            f"Erase it again: carer-stories withdraw {story_id} --erase",
        )
    held = look_at_held(workspace).ids
    if held:
        say(
            f"Held, because something was decided about them since: {', '.join(held)}. They are "
            "shown to nobody until you have recorded again what must stand, and let them go."
        )
        say_next("carer-stories held list")
        return
    say_build_next(workspace, first="carer-stories status")


def _is_readable(workspace: Workspace) -> bool:
    with contextlib.suppress(CarerStoriesError):
        Ledger(workspace).read()
        return True
    return False


def _say_later_decisions(workspace: Workspace, generation: int) -> None:
    """Print the decisions logged after a generation, as some may have to be recorded again."""
    # A damaged log may be the very reason for a restore.
    with contextlib.suppress(Damaged):
        later_entries = Ledger(workspace).entries_after(generation)
        copies = [entry for entry in later_entries if entry.action in _OF_COPIES]
        # Records that can be read lose none of them.
        if copies and _is_readable(workspace):
            later_entries = [entry for entry in later_entries if entry not in copies]
            say("Copies that were handed out since stay in the register.")
        if later_entries:
            say(f"Decided since generation {generation}; record again what must stand:")
        for entry in later_entries[-_MAX_LOG_LINES:]:
            say(f"  {entry.at[:10]}  {action_in_words(entry.action)}  {entry.subject}".rstrip())
        if len(later_entries) > _MAX_LOG_LINES:
            earlier = counted(len(later_entries) - _MAX_LOG_LINES, "line")
            say(f"  and {earlier} before these: see interviews/audit.jsonl")


def _restore_backup(
    ctx: click.Context, repository: BackupRepository, when: str | None, into: Path, role: str
) -> None:
    from library.backup.restoring import find_run
    from library.backup.restoring import restore as put_back
    from stewardship.cli.upkeep import say_findings
    from stewardship.verify.report import Level
    from stewardship.verify.workspace import verify_workspace

    current: Workspace | None = None
    # There may be no library any more, which is why one restores.
    with contextlib.suppress(NotFound):
        current = workspace_of(ctx, also_older=True)
        # What was withdrawn since is read from its notes, wherever they really lie.
        require_own_folders(current)
    run = find_run(repository, when)
    watch = partial(progress, describe=human_size)
    with _naming_unfinished_folder(into):
        restored = put_back(repository, run, into, watch, current=current, role=role)
    _say_restored(repository, restored)
    if needs_migration(restored.workspace):
        say("It is from an earlier version, and is checked after its migration.", bold=True)
        say(
            f"Next: cd {shell_quoted(into)}, then: carer-stories migrate, and: carer-stories verify"
        )
        return
    say("Checking all of it…")
    report = verify_workspace(restored.workspace, watch)
    say_findings(finding for finding in report.findings if finding.level is not Level.OK)
    if report.problems:
        ctx.exit(Damaged.exit_code)
    say("Everything is as it was written.", bold=True)
    then = "carer-stories held release" if restored.held else "carer-stories status"
    say(f"Next: cd {shell_quoted(into)}, then: {then}, and: carer-stories site build")


@contextlib.contextmanager
def _naming_unfinished_folder(into: Path) -> Iterator[None]:
    """Add to any error in the block the folder in which the unfinished restore lies."""
    from library.backup.restoring import unfinished_folder

    unfinished = unfinished_folder(real_path(into))
    notice = (
        f"What was put back so far lies in {unfinished}, for this account alone. The same command "
        "goes on from there; remove that folder if you do not go on."
    )
    try:
        yield
    except CarerStoriesError as error:
        if unfinished.is_dir():
            error.next_step = f"{error.next_step}\n{notice}".lstrip()
        raise
    except KeyboardInterrupt:
        if unfinished.is_dir():
            say(notice, err=True)
        raise


def _say_restored(repository: BackupRepository, restored: RestoreReport) -> None:
    run = restored.run
    say(f"The library of {run.made} is in {restored.workspace.root}.", bold=True)
    say(f"{counted(restored.files, 'file')}, {human_size(restored.size)}.")
    if run.id != repository.run_ids()[-1]:
        say("It is not the newest run: decisions made after it are gone, except withdrawals.")
    for story in restored.withdrawn_since:
        if story not in restored.erased_since:
            say(f"{story} was withdrawn later, and is withdrawn here as well.")
    for story in restored.erased_since:
        say(f"{story} was erased since, and was not put back.")
    for session in restored.deleted_since:
        say(f"The recording {session} was deleted since, and was not put back.")
    if restored.erased_since:
        take_out = f"carer-stories backup {shell_quoted(repository.folder)} --forget STORY"
        say_next(f"Take it out of the backup: {take_out}")
    for story in restored.kept:
        say(
            f"{story} must be kept: the legal hold on it was placed later, and stands here as well."
        )
    if restored.holds_problem:
        say_result(
            CheckResult.WARNING,
            f"{restored.holds_problem} Until they are placed again, nothing keeps those stories.",
            "Place each again: carer-stories safeguarding hold STORY",
        )
    if restored.held:
        stories = counted(len(restored.held), "story is", "stories are")
        say(
            f"{stories} held, and shown to nobody, until you have said what was taken back after "
            f"{run.made[:10]}.",
            bold=True,
        )
    for problem in restored.unreadable:
        say_result(
            CheckResult.WARNING,
            problem,
            "Look at your receipts: a withdrawal that only this run knew of is not known here.",
        )
    if restored.records_problem:
        say_result(
            CheckResult.PROBLEM,
            f"Its records are not whole: {restored.records_problem} "
            "Withdrawals are noted apart, and hold.",
        )
