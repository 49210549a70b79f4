"""Output that every command shares: sentences, check results, JSON, tables, progress bars.

OK, Warning and Problem are the only words for the result of a check, and a next step begins with
"Next:". Paths, hashes, log lines, process ids and versions go through `say_detail`, which prints
them only with `--verbose`.
"""

from __future__ import annotations

import codecs
import enum
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import indent
from typing import Any

import click
import msgspec

from library.cli.columns import table_lines, terminal_width
from library.core import lock
from library.core.errors import NotAllowed
from library.core.sanitise import printable, printable_json
from library.core.typed_command import NAME, as_typed, called_as, names_command
from library.core.workspace import Workspace, find_workspace

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
BACK, STOP = "back", "stop"
"""Words that lead through questions, and are an answer to none."""
_ENTER_KEY = re.compile(
    r"[\W_]*(?:(?:just |please )?(?:press|hit|type) )?(?:the )?(?:enter|return)(?: key)?[\W_]*",
    re.IGNORECASE,
)
_SECONDS_BETWEEN_LINES = 30.0
_RESULT_WIDTH = len("Problem") + 2
"""Characters before the text of a check, so that texts stand in one column."""


def examples(*lines: str) -> str:
    """Return the end of a command's help that shows several examples, a line each as typed."""
    # click wraps a paragraph of help unless it begins with a line that holds \\b alone.
    return "Examples:\n\n\b\n" + "\n".join(f"  {line}" for line in lines)


class CheckResult(enum.StrEnum):
    """The word printed before what a check says."""

    OK = "OK"
    WARNING = "Warning"
    PROBLEM = "Problem"


def workspace_of(ctx: click.Context, *, also_older: bool = False) -> Workspace:
    """Return the workspace of this run: `--workspace`, else the current folder's.

    With `also_older` it may be one that is to be migrated first. Raises NotFound, BadInput for a
    workspace of a later version, NotAllowed for one of an earlier that must be migrated.
    """
    # Here, for `--help` waits for nothing that it does not need.
    from library.core.trust_zone import use_zone_of
    from library.records.migration import require_not_later_version, require_usable

    root = ctx.find_root()
    workspace = root.obj if isinstance(root.obj, Workspace) else find_workspace()
    # Before anybody asks what day it is.
    use_zone_of(workspace)
    if also_older:
        require_not_later_version(workspace)
    else:
        try:
            require_usable(workspace)
        except NotAllowed:
            # Not before: few libraries are of an earlier version, and every command asks.
            from library.cli.migrate import is_migration_accepted

            if not is_migration_accepted(workspace):
                raise
            require_usable(workspace)
    say_detail(f"Workspace: {workspace.root}", err=True)  # stdout may be JSON
    return workspace


class AtTerminal(lock.Caller):
    """The command line as a lock's caller: names the command, and reports waiting on stderr."""

    def command(self) -> str:
        context = click.get_current_context(silent=True)
        return context.command_path if context else super().command()

    def report_waiting(self, sentence: str) -> None:
        say(sentence, err=True)  # stdout may be JSON

    def warn(self, sentence: str) -> None:
        say(sentence, err=True)


def say(text: str = "", *, bold: bool = False, err: bool = False) -> None:
    """Print `text` without control characters: titles and names come from people and files.

    Commands in it begin as they can be typed here. With --json it goes to standard error, for
    standard output is the JSON alone.
    """
    # None and not False: click writes a code for “not bold” as well.
    click.secho(_printable_lines(as_typed(text)), bold=bold or None, err=err or is_json())


def _printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


class WentBack(Exception):
    """BACK was typed: the question before is to be put again."""


def in_turn(steps: Sequence[Callable[[bool], Any]]) -> list[Any]:
    """Return the answers of `steps`, each a question; at each BACK returns to the one before.

    A step is told whether it is the first, from which nothing leads back, and hands that on to
    `confirm` or `prompt_for` as `is_first`.
    """
    answers: list[Any] = []
    while len(answers) < len(steps):
        at = len(answers)
        try:
            answers.append(steps[at](at == 0))
        except WentBack:
            answers.pop()
    return answers


def confirm(
    question: str, *, default: bool = False, abort: bool = False, is_first: bool = True
) -> bool:
    """Ask a question and return whether the answer is yes; with `abort`, raise Abort for a no.

    STOP raises Abort, and BACK raises WentBack where `is_first` is not said.
    """
    choice = f"{question} [{'Y/n' if default else 'y/N'}]"
    while True:
        typed = str(_typed(choice, default="", show_default=False)).strip().lower()
        if typed in {"", "y", "yes", "n", "no"}:
            break
        if _leads_elsewhere(typed, (), is_first=is_first):
            continue
        say(f"  Please type y for yes or n for no, or {STOP} to leave.")
    is_yes = typed in {"y", "yes"} if typed else default
    if abort and not is_yes:
        raise click.Abort
    return is_yes


def prompt_for(
    question: str,
    *,
    choices: Sequence[str] = (),
    wanted: str = "",
    default: str | None = None,
    show_choices: bool = True,
    is_first: bool = True,
) -> str:
    """Ask until something is typed, one of `choices` where there are any, and return it.

    Enter alone gives `default`; without one it is answered with “Please type …”, which `wanted`
    ends. The names of keys and the words that lead through questions are no answers: STOP raises
    Abort, and BACK raises WentBack where `is_first` is not said.
    """
    wanted = wanted or _wanted_of(choices)
    while True:
        typed = _typed(
            question,
            type=click.Choice(choices) if choices else click.STRING,
            default=default or "",
            show_default=bool(default),
            show_choices=show_choices,
        ).strip()
        if _names_enter(typed):
            say("  Press the Enter key alone, without typing the word, or type your answer.")
            continue
        if _leads_elsewhere(typed.lower(), choices, is_first=is_first):
            continue
        if default == "" and not typed:
            return ""
        chosen = _choice_of(typed, choices) if choices else typed
        if chosen:
            return chosen
        say(f"  Please type {wanted}.")


def _leads_elsewhere(typed: str, choices: Sequence[str], *, is_first: bool) -> bool:
    """Follow STOP and BACK; returns True where BACK was typed and nothing leads back from here."""
    if typed in choices or typed not in {BACK, STOP}:
        return False
    if typed == STOP:
        raise click.Abort
    if not is_first:
        raise WentBack
    say(f"  Nothing leads back from this question. Type an answer, or {STOP} to leave.")
    return True


def _names_enter(typed: str) -> bool:
    """Return True for the name of the Enter key in place of the key."""
    return _ENTER_KEY.fullmatch(typed) is not None


def _wanted_of(choices: Sequence[str]) -> str:
    return f"one of these: {', '.join(choices)}" if choices else f"an answer, or {STOP} to leave"


def _choice_of(typed: str, choices: Sequence[str]) -> str:
    """Return the choice that was typed, in whatever capitals; "" for none."""
    by_word = {choice.lower(): choice for choice in choices}
    return by_word.get(typed.lower(), "")


def _typed(question: str, **options: Any) -> str:
    """Return what was typed or its default, unchecked; `options` are those of `click.prompt`."""
    typed: str = click.prompt(  # noqa: TID251
        _printable_lines(question), value_proc=lambda typed: typed, err=is_json(), **options
    )
    return typed


def is_json() -> bool:
    """Return whether this command was asked for JSON."""
    context = click.get_current_context(silent=True)
    return bool(context and context.params.get("as_json"))


def is_verbose() -> bool:
    """Return whether this run was started with `carer-stories --verbose`."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().params.get("verbose"))


def say_detail(text: str, *, err: bool = False) -> None:
    """Print `text` only with --verbose: paths, hashes, log lines, versions, process ids."""
    if is_verbose():
        say(text, err=err)


def say_next(step: str, *, err: bool = False) -> None:
    """Print the one thing to do next, as "Next: …"; further lines stand below its words."""
    say(_next_lines(step), err=err)


def _next_lines(step: str) -> str:
    return "Next: " + step.replace("\n", "\n" + " " * len("Next: "))


def say_result(result: CheckResult, text: str, next_step: str = "") -> None:
    """Print the result of one check, and below it, indented, what to do about it."""
    say(f"{result:<{_RESULT_WIDTH}}{text}", bold=result is not CheckResult.OK)
    if next_step:
        say(indent(_next_lines(next_step), " " * _RESULT_WIDTH))


def say_json(data: Any) -> None:
    """Print records, or lists and dicts of them, as indented JSON."""
    # Not through `say`, which takes characters out: here they are escaped, and values stay.
    # What a pipe cannot encode, as on Windows, is escaped: elsewhere it would become “?”.
    is_utf8 = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name == "utf-8"
    text = json.dumps(msgspec.to_builtins(data), indent=2, ensure_ascii=not is_utf8)
    click.echo(printable_json(text))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that stays readable in a narrow terminal and plain when piped."""
    # Not by rich, which takes half a second for a thousand rows, and 40 ms to import.
    cells = [[_printable_lines(cell) for cell in row] for row in (headings, *rows)]
    lines = table_lines(cells, terminal_width())
    # Headings may go on in a second line, above the rule.
    for line in lines:
        if line.startswith("─"):
            click.echo("\n".join((line, *lines)))
            break
        say(line, bold=True)
    # A path in each row would push everything else out of the table.
    program = called_as()
    if program != NAME and any(names_command(cell) for row in cells for cell in row):
        say(f"{NAME} is typed here as: {program}")


@contextmanager
def progress(
    label: str, total_ms: int | None = None, *, describe: Callable[[int], str] | None = None
) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr; a line now and then where that is no terminal, as in a log.

    Yields `on_progress(done)`.

    Amounts are milliseconds of recording, unless `describe` puts another unit into words:
    `library.core.files.human_size` for bytes.
    """
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from library.core.eta import RemainingTime, remaining_words
    from library.core.timecode import clock

    pace = RemainingTime(total_ms or 0)
    describe_amount = describe or clock

    def amount(done: int) -> str:
        if not total_ms:
            return describe_amount(done)
        left = remaining_words(pace.seconds_left(done, time.monotonic()))
        return f"{describe_amount(done)} of {describe_amount(total_ms)}, {left}"

    if not sys.stderr.isatty():
        yield _plain_lines(label, amount)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(label), total=total_ms, amount="")

        def on_progress(done: int) -> None:
            bar.update(task, completed=done, amount=amount(done))

        yield on_progress


def _plain_lines(label: str, amount: Callable[[int], str]) -> Callable[[int], None]:
    """Return what prints a line each half minute: what is quicker than that says nothing."""
    import time

    next_line_at = time.monotonic() + _SECONDS_BETWEEN_LINES

    def on_progress(done: int) -> None:
        nonlocal next_line_at
        text = amount(done)  # asked each time, for the pace is measured by it
        if time.monotonic() >= next_line_at:
            say(f"{label}: {text}", err=True)
            next_line_at = time.monotonic() + _SECONDS_BETWEEN_LINES

    return on_progress
