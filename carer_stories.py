"""The root of the command line: loads commands when they are run, and prints errors as sentences.

`--help` imports no command: the table below has the place and the summary of each. Nor does it
import what a command needs while it runs, for that takes twice as long as click.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from typing import Any

import click

from library.core.errors import CarerStoriesError, NotAllowed
from library.core.version import program_version

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("library.cli.workspaces:init", "Make a new, empty workspace."),
    "demo": ("stewardship.cli.upkeep:demo", "Make a demonstration with four invented stories."),
    "handbooks": (
        "library.cli.workspaces:handbooks",
        "Copy the handbooks into a folder, as pages to open in a browser.",
    ),
    "doctor": (
        "stewardship.cli.upkeep:doctor",
        "Check this machine and workspace, and say what to do.",
    ),
    "update-check": (
        "stewardship.cli.upkeep:update_check",
        "Say which version this is and, if told whom to ask, whether there is a newer one.",
    ),
    "status": ("library.cli.status:status", "Show every story, its state and the one next step."),
    "story": ("library.cli.stories:story", "Create, list, show and edit stories."),
    "questions": ("capture.questions.cli:questions", "Write, check and print the question sets."),
    "consent": (
        "library.cli.consent:consent",
        "Record the participation agreement before recording.",
    ),
    "contributor": (
        "library.cli.contributor:contributor",
        "Keep who told a story, apart from everything else.",
    ),
    "people": ("films.cli.people:people", "Keep the register of the people in a story."),
    "safeguarding": (
        "library.cli.safeguarding:safeguarding",
        "Keep what had to be passed on, and forbid deleting.",
    ),
    "staff": ("library.cli.staff:staff", "Keep who signs for what they do, by name."),
    "copies": ("publish.cli.copies:copies", "Keep track of copies that were handed out."),
    "capture": ("capture.cli:capture", "Record interviews, and bring recordings in."),
    "transcribe": ("transcribe.cli:transcribe", "Turn speech into words with Whisper."),
    "edit": ("transcribe.cli:edit", "Correct the transcript; captions and chapters follow."),
    "desk": (
        "stewardship.cli.desk:desk",
        "Correct a transcript by ear, on a page in the browser.",
    ),
    "redact": ("transcribe.redaction.cli:redact", "Find and hide names that must not be heard."),
    "captions": (
        "films.cli.captions:captions",
        "Lay out, check, translate and export captions.",
    ),
    "film": ("films.cli.films:film", "Make the film, its captions and its page: the cut."),
    "signoff": (
        "library.cli.signoff:signoff",
        "Record the contributor's release of the cut they viewed.",
    ),
    "approve": ("films.cli.approval:approve", "Record the editor's approval of the same cut."),
    "withdraw": ("stewardship.cli.withdraw:withdraw", "Take a story back, at once."),
    "site": ("publish.cli.site:site", "Build, check and serve the staff's library."),
    "training": (
        "publish.cli.training:training",
        "Write training sessions, check them, and see what they changed.",
    ),
    "migrate": (
        "library.cli.migrate:migrate",
        "Bring a library of an earlier version up to this one, and keep what was.",
    ),
    "backup": (
        "stewardship.cli.backup:backup",
        "Save the whole library to another disk, checked and, with a key, encrypted.",
    ),
    "restore": (
        "stewardship.cli.restore:restore",
        "Put back a backup, or an earlier state of the database.",
    ),
    "held": (
        "stewardship.cli.held:held",
        "See stories that are held since a restore, and let them go.",
    ),
    "verify": (
        "stewardship.cli.upkeep:verify",
        "Check records, log and files; changes nothing.",
    ),
    "upkeep": (
        "stewardship.cli.upkeep:upkeep",
        "Take down what may not be shown any more, and list what is due. For every day.",
    ),
    "deliver": (
        "delivery.cli:deliver",
        "Make a story or a training session ready for another system.",
    ),
    "export": (
        "stewardship.cli.export:export",
        "Gather all that is held about a contributor, or a story for an archive.",
    ),
    "retention": (
        "stewardship.cli.export:retention",
        "List what is past its date; with --apply remove what can go.",
    ),
}
"""Each command: the module and name that hold it, and its line in `--help`."""
_VERBOSE, _DEBUG = "--verbose", "--debug"
_WITH_VALUE = ("--workspace", "--by")
"""Options of every command that a value follows."""
_NOT_RECONCILED = {"init", "demo", "handbooks", "verify", "migrate", "upkeep", "update-check"}
"""Commands after which nothing is reconciled: they make a workspace, only read, or do it."""
EXIT_UNFORESEEN = 70
"""Exit code of a fault in this software: EX_SOFTWARE of sysexits.h."""
_TRACEBACK_WARNING = (
    "Read what was printed through: it may quote words of a story, names and places of files.\n"
    "Send it only in a way that is safe for private things: never by open mail, nor to a public "
    "list."
)
EXIT_STOPPED = 130
"""Exit code after Ctrl+C: 128 + SIGINT, as shells report it."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; then take down what it, or the calendar, made unfit to be shown.

        Also after a refusal: what was done before it may have narrowed what may be shown.
        """
        from library.cli.console import AtTerminal, say
        from library.core import lock
        from library.core.unread_remarks import unread_remarks

        lock.caller = AtTerminal()
        _name_commands()
        try:
            return self._invoke_and_reconcile(ctx)
        finally:
            for sentence in unread_remarks.take():
                say(f"Warning: {sentence}", err=True)

    def _invoke_and_reconcile(self, ctx: click.Context) -> Any:
        try:
            outcome = super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort, click.UsageError, BrokenPipeError):
            raise
        except Exception:
            self._reconcile(ctx)
            raise
        still_out = self._reconcile(ctx)
        if still_out:
            raise NotAllowed(
                f"Something that may not be shown is still in {still_out[0]}.",
                "Delete that folder by hand, then run: carer-stories upkeep",
            )
        return outcome

    def _reconcile(self, ctx: click.Context) -> tuple[str, ...]:
        """Return the paths of what could not be taken down."""
        if ctx.invoked_subcommand in _NOT_RECONCILED:
            return ()
        from library.core.workspace import Workspace
        from publish.cli.reconciliation import reconcile_after_command

        return reconcile_after_command(ctx.obj if isinstance(ctx.obj, Workspace) else None)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        # From the table alone: click’s own would import every command for its summary.
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], ctx=ctx)
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    # click’s own option knows one distribution; this code is installed under one of two names.
    if is_wanted and not ctx.resilient_parsing:
        click.echo(f"carer-stories, version {program_version()}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: carer-stories demo",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.option("--workspace", metavar="DIR", help="The workspace to work in (default: this folder).")
@click.option(
    "--by",
    metavar="ID",
    envvar="CARER_STORIES_BY",
    help="Who signs: an id of `staff list` (default: CARER_STORIES_BY, or roles alone).",
)
@click.option(
    _VERBOSE,
    is_flag=True,
    help="Also print details: paths, hashes, log lines, versions, the cause of an error.",
)
@click.option(_DEBUG, is_flag=True, help="Show the whole traceback when something goes wrong.")
@click.pass_context
def root(
    ctx: click.Context,
    workspace: str | None,
    by: str | None,
    verbose: bool,  # noqa: ARG001 - read by library.cli.console.is_verbose
    debug: bool,  # noqa: ARG001 - read by _run, before click parses anything
) -> None:
    """Record carers' stories, look after their permissions, put them in front of staff."""
    from library.core.workspace import find_workspace

    # Two make a new workspace, and one needs none: there is none to find yet.
    if workspace is not None and ctx.invoked_subcommand not in {"init", "demo", "handbooks"}:
        ctx.obj = find_workspace(workspace)
    _act_as_owner(ctx)
    _sign(ctx, by)


def _act_as_owner(ctx: click.Context) -> None:
    """Let the administrator work in a library of another account as that account."""
    from library.core.account import acting_as_owner
    from library.core.workspace import find_workspace

    # They write in a place that the owner of this one may not even see.
    if ctx.invoked_subcommand in {"init", "demo", "handbooks", "restore", "update-check"}:
        return
    # Where there is none, the command says so.
    with contextlib.suppress(CarerStoriesError, OSError):
        folder = (ctx.obj or find_workspace()).interviews
        # Until the end of the context: the reconciliation after the command is in it.
        ctx.with_resource(acting_as_owner(folder))


def _sign(ctx: click.Context, by: str | None) -> None:
    """Let every line of the log that this run adds name who signs, if somebody does."""
    from library.core.workspace import find_workspace
    from library.records import audit_log

    audit_log.signature.by = ""
    # `staff` may be asked for an id although the one of the environment is of no use any more.
    if not by or ctx.invoked_subcommand in {"init", "demo", "handbooks", "staff"}:
        return
    # A withdrawal goes on whatever is broken, the private records among it.
    if ctx.invoked_subcommand != "withdraw":
        from library.consent.staff import require_may_sign

        require_may_sign(ctx.obj or find_workspace(), by)
    audit_log.signature.by = by


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code (`docs/reference/errors.md`)."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; if it fails, print a sentence that says why.

    All files that it or its tools create are readable by this account alone; files for others (the
    site, a stick) get wider permissions where they are made.
    """
    _show_what_can_be_shown()
    # Before anything is opened: a file’s mode is decided when it is made.
    old_umask = os.umask(0o077)
    try:
        return _run_and_catch(arguments)
    finally:
        os.umask(old_umask)


def _show_what_can_be_shown() -> None:
    """Let a character that standard output cannot encode be “?” there, and end no command.

    On Windows a pipe or a file takes the few hundred characters of the system's code page.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _run_and_catch(arguments: list[str]) -> int:
    """Run one command and turn every exception into an exit code and a sentence."""
    # Looked for before click parses, so that an error while it parses is traced as well.
    typed, arguments = arguments, _details_first(arguments)
    debug, verbose = _DEBUG in arguments, _VERBOSE in arguments
    try:
        # Not standalone: click would print its errors and exit by itself, without our codes.
        outcome: Any = root.main(arguments, prog_name="carer-stories", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except CarerStoriesError as error:
        if debug:
            _print_traceback()
        from library.cli.usage import whole_commands

        _print_refusal(error.what, whole_commands(error.next_step, typed, root))
        if verbose:
            _print_cause(error)
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    # Before ClickException, of which it is a kind.
    except click.UsageError as error:
        from library.cli.usage import usage_sentences

        _print_refusal(*usage_sentences(error))
        return 2
    except click.ClickException as error:
        _print_refusal(error.format_message(), "")
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _print_refusal("Stopped. Nothing was left half done.", "")
        return EXIT_STOPPED
    except BrokenPipeError:
        # The reader (`| head`) closed the pipe: no failure. Keep Python from reporting it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    # Whatever it is, the person at the keyboard gets a sentence and no traceback.
    except Exception as error:
        from library.core.files import is_disk_error
        from library.core.unforeseen import as_refusal

        if debug:
            _print_traceback()
        if isinstance(error, ModuleNotFoundError) and (lack := _lack()) is not None:
            _print_refusal(lack.what, lack.next_step)
            return lack.exit_code
        refusal = as_refusal(error)
        if is_disk_error(error):
            code = refusal.exit_code
            _print_refusal(refusal.what, refusal.next_step)
        else:
            code = EXIT_UNFORESEEN
            _print_refusal(
                f"{refusal.what} Nothing was released by it.",
                _TRACEBACK_WARNING if debug else refusal.next_step,
            )
        if verbose:
            _print_cause(error)
        return code


def _lack() -> CarerStoriesError | None:
    """Return the refusal that names a package which is not installed, where that is the matter."""
    with contextlib.suppress(ImportError):
        from library.core.installation import lacks, missing_requirements

        missing = missing_requirements()
        return lacks(missing) if missing else None
    return None


def _details_first(arguments: list[str]) -> list[str]:
    """Return the arguments with those of every command in front: they may be typed anywhere."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    first, rest = [], []
    words = iter(arguments[:end])
    for word in words:
        if word in (_VERBOSE, _DEBUG) or word.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            first.append(word)
        elif word in _WITH_VALUE:
            value = next(words, None)
            if value is None:
                return [*first, word]  # it says that it needs one
            first += [word, value]
        else:
            rest.append(word)
    return [*first, *rest, *arguments[end:]]


def _print_traceback() -> None:
    """Print the traceback, without local variables, to stderr."""
    import traceback

    from library.core.sanitise import printable

    click.echo(printable(traceback.format_exc()), err=True)


def _print_cause(error: BaseException) -> None:
    """Print where an error was raised and, line by line, the errors that led to it."""
    import traceback
    from pathlib import Path

    from library.core.sanitise import printable

    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)
        location = (
            f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
        )
        # What a refusal says of itself was printed already.
        text = "" if isinstance(seen, CarerStoriesError) and seen is error else f": {seen}"
        click.echo(printable(f"Cause: {type(seen).__name__}{text}{location}"), err=True)
        seen = seen.__cause__ or seen.__context__


def _name_commands() -> None:
    """Let sentences say commands as they can be typed. Not sooner: `--help` says none."""
    from library.core import typed_command

    typed_command.commands = tuple(COMMANDS)


def _print_refusal(what: str, next_step: str) -> None:
    from library.cli.console import say_next
    from library.core.sanitise import printable
    from library.core.typed_command import as_typed

    _name_commands()
    click.secho(printable(as_typed(what)), err=True, fg="red", bold=True)
    if next_step:
        say_next(next_step, err=True)


if __name__ == "__main__":
    main()
