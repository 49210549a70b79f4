"""What every command shares: finding the workspace, saying things, asking, showing progress."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from library.core import lock
from library.core.sanitise import printable, printable_json
from library.core.workspace import Workspace, find_workspace

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace this run is about. Raises NotFound where there is none."""
    root = ctx.find_root()
    if isinstance(root.obj, Workspace):
        return root.obj
    return find_workspace()


class AtTerminal(lock.Caller):
    """What a lock is told of a command, and how whoever gave it is told what goes on."""

    def command(self) -> str:
        context = click.get_current_context(silent=True)
        return context.command_path if context else super().command()

    def waits(self, sentence: str) -> None:
        """On stderr: stdout may be JSON."""
        say(sentence, err=True)

    def minds(self, sentence: str) -> None:
        say(sentence, err=True)


def say(text: str = "", *, bold: bool = False, err: bool = False) -> None:
    """Print a line without control characters: titles and names come from people and files."""
    clean = "\n".join(printable(line) for line in text.split("\n"))
    click.secho(clean, bold=bold or None, err=err)


def say_json(data: Any) -> None:
    """Records, or lists and dicts of them, as indented JSON."""
    click.echo(printable_json(json.dumps(msgspec.to_builtins(data), indent=2, ensure_ascii=False)))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table that stays readable in a narrow terminal and plain when piped."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False, soft_wrap=False).print(drawn)


@contextmanager
def progress(
    label: str, total_ms: int | None = None, *, shown: Callable[[int], str] | None = None
) -> Iterator[Callable[[int], None]]:
    """A bar in recording time, on stderr; silent when nobody watches. Yields `on_progress(ms)`.

    `shown` says an amount in words where it is not time: `library.core.eta.size` for bytes.
    """
    import sys
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from library.core.eta import Pace, in_words
    from library.core.timecode import clock

    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    pace = Pace(total_ms or 0)
    amount = shown or clock
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(label), total=total_ms, said="")

        def on_progress(done: int) -> None:
            said = amount(done)
            if total_ms:
                left = in_words(pace.left(done, time.monotonic()))
                said = f"{said} of {amount(total_ms)}, {left}"
            bar.update(task, completed=done, said=said)

        yield on_progress
