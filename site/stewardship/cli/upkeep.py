"""Commands that look after the whole: `demo`, `doctor`, `verify`, `upkeep`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    CheckResult,
    confirm,
    examples,
    is_verbose,
    json_option,
    progress,
    say,
    say_json,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.fields import OutputPath, path_option, role_option, yes_option
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError, Damaged, NotAllowed
from library.core.files import human_size, real_path
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from stewardship.verify.report import VerifyFinding


@click.command(
    epilog=examples(
        "carer-stories demo build/demo",
        "carer-stories demo practice --remove  # and all that was recorded in it",
    )
)
@click.argument("folder", type=OutputPath(), default="carer-stories-demo")
@click.option("--open", "opens", is_flag=True, help="Open the library in the browser at the end.")
@click.option("--remove", "removes", is_flag=True, help="Take it away, with all that is in it.")
@yes_option
@click.pass_context
def demo(ctx: click.Context, folder: Path, opens: bool, removes: bool, yes: bool) -> None:
    """Make a demonstration library in FOLDER by running the commands a user would type.

    --remove takes it away again after a question, and never a library in which anything is real.
    """
    import time
    import webbrowser

    from publish.demo import make_demonstration, things_to_try

    if removes:
        _remove_practice(real_path(folder), yes=yes)
        return

    began = time.monotonic()

    def show(line: str) -> None:
        command = not line.startswith(" ")
        say(f"$ {line}" if command else line, bold=command)

    def run_command(arguments: Sequence[str]) -> int:
        outcome = ctx.find_root().command.main(
            list(arguments), prog_name="carer-stories", standalone_mode=False
        )
        return outcome if isinstance(outcome, int) else 0

    made = make_demonstration(real_path(folder), run_command, show)
    say()
    say(f"The demonstration took {time.monotonic() - began:.0f} seconds.", bold=True)
    page = made.workspace.public / "index.html"
    if opens and webbrowser.open(page.as_uri()):
        say(f"The library is open in your browser: {page}")
    else:
        say_next(f"Open {page}")
    say(f"Then work in it: cd {shell_quoted(folder)}")
    say()
    say("What to try first:", bold=True)
    for who, what in things_to_try(made):
        say(f"  If you {who}: {what}")
    say()
    say("To take it all away again, with whatever you recorded in it:")
    say(f"  carer-stories demo {shell_quoted(made.workspace.root)} --remove")


def _remove_practice(folder: Path, *, yes: bool) -> None:
    """Take a practice library away, once the titles in it were shown."""
    from library.records.ledger import Ledger
    from library.records.story import Story
    from publish.demo import remove_practice, require_invented

    workspace = require_invented(folder)
    if not yes:
        for story in Ledger(workspace).read().all(Story):
            say(f"  {story.id}  {story.title}")
        confirm(f"Delete {folder} with all of that? Nobody can bring it back", abort=True)
    remove_practice(folder)
    say(f"{folder} is deleted, with all that was recorded in it.", bold=True)


@click.command(epilog="Example: carer-stories verify --head 3f9c0b71aa42")
@click.option("--head", "heads", multiple=True, metavar="HASH", help="A head from a paper receipt.")
@path_option(
    "--receipt",
    "receipts",
    multiple=True,
    metavar="FILE",
    help="A receipt of a build that was kept elsewhere.",
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context, heads: tuple[str, ...], receipts: tuple[Path, ...], as_json: bool
) -> None:
    """Check the records, the log and every file against what was recorded. Changes nothing.

    A log whose end was cut off looks whole by itself: only a receipt of a build tells. Those kept
    in interviews/receipts are always compared; --head and --receipt compare one kept elsewhere.
    Exit code 0 when all is well, 5 when something is not.
    """

    from publish.build_receipt import head_from_receipt
    from stewardship.verify.records import typed_head
    from stewardship.verify.workspace import verify_workspace

    workspace = workspace_of(ctx)
    expected_heads = [*map(typed_head, heads), *map(head_from_receipt, receipts)]
    report = verify_workspace(workspace, partial(progress, describe=human_size), expected_heads)
    if as_json:
        say_json(report.as_json())
    else:
        say_findings(report.findings)
        say(_summary(len(report.problems)), bold=True)
    if report.problems:
        ctx.exit(Damaged.exit_code)


def say_findings(findings: Iterable[VerifyFinding]) -> None:
    """Print findings of `verify`, a line each, with what to do about them."""
    for finding in findings:
        text = f"{finding.what} {finding.detail}" if is_verbose() else finding.what
        say_result(CheckResult[finding.level.name], text.rstrip(), finding.next_step)


def _summary(problems: int) -> str:
    if not problems:
        return "Everything is as it was written."
    return f"{counted(problems, 'problem')} found."


@click.command(epilog="Example: carer-stories doctor")
@click.option(
    "--fill-in",
    "fills_in",
    is_flag=True,
    help="Ask for the settings that agreements need and nobody has written yet.",
)
@json_option
@click.pass_context
def doctor(ctx: click.Context, fills_in: bool, as_json: bool) -> None:
    """Check ffmpeg, the model, the disk, the workspace and the database, and say what to do.

    With --fill-in it asks for what the settings lack before an agreement can be recorded, one
    question at a time, and writes the answers into interviews/settings.yml.

    Exit code 0 when all is well, 1 when something is to be done. With `carer-stories --verbose
    doctor` it also prints versions.
    """
    from stewardship.doctor import run_checks

    if fills_in:
        from library.cli.trust_settings import fill_in, say_filled_in

        say_filled_in(fill_in(workspace_of(ctx), {}, asking=True))
        return
    workspace: Workspace | None = None
    refusal: CarerStoriesError | None = None
    # Without a workspace the machine is checked all the same.
    try:
        workspace = workspace_of(ctx)
    except CarerStoriesError as error:
        refusal = error
    checks = run_checks(workspace, refusal)
    if as_json:
        say_json([check.as_json() for check in checks])
    else:
        for check in checks:
            text = f"{check.what} {check.detail}" if is_verbose() else check.what
            say_result(CheckResult[check.level.name], text.rstrip(), check.next_step)
    if not all(check.is_ok for check in checks):
        ctx.exit(1)


@click.command(
    name="update-check",
    epilog=examples(
        "carer-stories update-check",
        "carer-stories update-check --ask /media/it/carer-stories/latest.json",
    ),
)
@click.option(
    "--ask",
    "source",
    metavar="FILE|https://…",
    help="Where the latest.json of the newest release lies.",
)
@json_option
@click.pass_context
def update_check(ctx: click.Context, source: str | None, as_json: bool) -> None:
    """Say which version this is. Nobody is asked for a newer one, unless --ask says where.

    Then that one file is read, and nothing is sent along. Exit code 0 when this is the newest
    version, or nobody was asked, and 1 when there is a newer one.
    """
    from library.core.version import program_version
    from stewardship.update_check import newest_release

    here = program_version()
    release = newest_release(source) if source else None
    is_newer = release is not None and release.is_newer_than(here)
    if as_json:
        newest = release.version if release else None
        say_json({"version": here, "newest": newest, "is_newer": is_newer})
    else:
        say(f"This is carer-stories {here}.")
        if release is None:
            say("Nobody was asked whether there is a newer version.")
            say_next(
                "Ask whoever looks after this computer, or name the file of a release: "
                "carer-stories update-check --ask latest.json"
            )
        elif is_newer:
            say(f"There is a newer version: {release.version}, of {release.day}.", bold=True)
            say_next("Make a backup, then put the new version in the place of this one.")
        else:
            say("There is no newer version.")
    if is_newer:
        ctx.exit(1)


@click.command(epilog="Example: carer-stories upkeep --mail")
@click.option("--dry-run", is_flag=True, help="Say what it would take down, and change nothing.")
@click.option("--mail", is_flag=True, help="Send what it says to the address in the settings.")
@click.option(
    "--confirm-clock",
    is_flag=True,
    help="Say that this computer's date is right, where the log has a line of a later day.",
)
@click.option(
    "--confirm-log",
    is_flag=True,
    help="Say that you looked into a log that does not hold and no backup has as it was.",
)
@role_option
@json_option
@click.pass_context
def upkeep(
    ctx: click.Context,
    dry_run: bool,
    mail: bool,
    confirm_clock: bool,
    confirm_log: bool,
    role: str,
    as_json: bool,
) -> None:
    """Take down what may not be shown any more, and list what is due. Meant to run every day.

    Every film that is out is compared with what was signed off, byte for byte, and the gate is
    asked about today. It says which copies to ask back and whom to ask again within 30 days.
    docs/hosting.md shows how cron, a systemd timer or the Task Scheduler run it. Exit code 0
    when nothing is left to do, 4 when something that may not be shown could not be taken down, 5
    when the records could not be asked or the log does not hold, 2 when the settings could not.
    """
    from stewardship.upkeep import run_upkeep

    if confirm_clock:
        if dry_run:
            raise click.UsageError("--confirm-clock records something; run it without --dry-run.")
        _confirm_clock(workspace_of(ctx), role, quiet=as_json)
    if confirm_log:
        if dry_run:
            raise click.UsageError("--confirm-log records something; run it without --dry-run.")
        _confirm_log(workspace_of(ctx), role, quiet=as_json)
    report = run_upkeep(workspace_of(ctx), dry_run=dry_run, role=role)
    if mail:
        from stewardship.upkeep_mail import send_report

        send_report(workspace_of(ctx), report)
    if as_json:
        say_json(report.as_json())
    else:
        for line in report.lines():
            say(line)
    if report.still_out:
        ctx.exit(NotAllowed.exit_code)
    if report.outcome.comparison.problem or report.log_doubt:
        ctx.exit(Damaged.exit_code)
    if report.outcome.comparison.settings_problem:
        ctx.exit(BadInput.exit_code)


def _confirm_clock(workspace: Workspace, role: str, *, quiet: bool) -> None:
    from library.core.days import day_in_words
    from library.records.library_day import confirm_clock, library_day

    ahead = confirm_clock(workspace, role)
    if quiet:
        return
    if ahead is None:
        say_result(CheckResult.OK, "No line of the log is ahead of this computer's date.")
        return
    say_result(
        CheckResult.OK,
        f"Recorded: it is {day_in_words(library_day(workspace))}. Lines of a later day, up to "
        f"{day_in_words(ahead)}, count no more.",
    )


def _confirm_log(workspace: Workspace, role: str, *, quiet: bool) -> None:
    from library.consent.log_confirmation import confirm_log

    held = confirm_log(workspace, role)
    if quiet:
        return
    if held is None:
        say_result(CheckResult.OK, "The log holds: there is nothing to confirm.")
        return
    say_result(CheckResult.OK, "Recorded: the log counts as it stands, from here on.")
    if held:
        stories = counted(len(held), "story is", "stories are")
        say(f"{stories} held, and shown to nobody, until you have said what was taken back.")
    if held and _can_be_read(workspace):
        say_next("carer-stories held release")
    elif held:
        say("The records cannot be read, and have to be put back first.")
        say_next("carer-stories restore")


def _can_be_read(workspace: Workspace) -> bool:
    from library.records.ledger import Ledger

    try:
        Ledger(workspace).read()
    except CarerStoriesError:
        return False
    return True
