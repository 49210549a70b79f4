"""What options of every package's commands are made of: days, roles, “do not ask”."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

ROLES = ("carer-volunteer", "editor", "facilitator", "manager", "contributor", "relative")
yes_option = click.option("--yes", is_flag=True, help="Do not ask; take the options as given.")


class Day(click.ParamType[date]):
    """A date typed as 2026-01-31, or the word `today`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        if value == "today":
            from library.clock import today

            return today()
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"“{value}” is not a date. Write it as 2026-01-31, or: today.", param, ctx)


class Role(click.ParamType[str]):
    """A role, never a name: the log is read by people who must not learn names from it."""

    name = "role"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in ROLES:
            self.fail(f"“{value}” is not a role. Use one of: {', '.join(ROLES)}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "ROLE"
