"""`consent due`: whom to ask again, and by when."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from library.cli.console import json_option, say, say_json, table, workspace_of

_DAYS = {"d": 1, "w": 7, "m": 31, "y": 366}


class Period(click.ParamType[timedelta]):
    """A length of time typed as 60d, 8w, 2m or 1y; months and years at their longest."""

    name = "period"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4}) ?([dwmy]?)", value.strip().lower())
        if not found:
            self.fail(f"“{value}” is not a length of time. Write 60d, 8w, 2m or 1y.", param, ctx)
        return timedelta(days=int(found[1]) * _DAYS[found[2] or "d"])


@click.command("due", epilog="Example: carer-stories consent due --within 60d")
@click.option(
    "--within",
    type=Period(),
    default="60d",
    show_default=True,
    help="How far to look ahead: 60d, 8w, 2m, 1y.",
)
@json_option
@click.pass_context
def due(ctx: click.Context, within: timedelta, as_json: bool) -> None:
    """List the permissions that run out soon or have, and forms that were never scanned."""
    from library.consent.due import due_items as look
    from library.core.clock import today

    found = look(workspace_of(ctx), today(), within)
    if as_json:
        say_json([one.as_json() for one in found])
        return
    if not found:
        say(f"Nothing is due within {within.days} days.")
        return
    table(
        ("Story", "Title", "What to do", "By"),
        [(one.story, one.title, one.what, f"{one.by} ({_left(one.days)})") for one in found],
    )
    say("Whom to ask: carer-stories contributor show STORY")


def _left(days: int) -> str:
    if days == 0:
        return "today"
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"in {count}" if days > 0 else f"{count} ago"
