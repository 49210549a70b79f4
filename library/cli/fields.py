"""Types of the options of all commands: days, roles, `--yes`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from library.core.days import DAY_EXAMPLES, parse_day
from library.records.consent import ROLES, WITNESSES

FC = TypeVar("FC", bound=Callable[..., Any])

__all__ = [
    "ROLES",
    "WITNESSES",
    "Day",
    "Role",
    "form_option",
    "form_version_option",
    "path_option",
    "role_option",
    "yes_option",
]


def path_option(*names: str, **settings: Any) -> Callable[[FC], FC]:
    """An option that names a file or a folder."""
    return click.option(*names, type=click.Path(path_type=Path), **settings)


form_option = path_option("--form", help="A scan or photograph of the signed form, to be kept.")
form_version_option = click.option(
    "--form-version",
    help="Version of the signed form, from its foot (default: of the form in interviews/forms).",
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask; take the options as given.")


class Day(click.ParamType[date]):
    """A day, as `parse_day` takes it."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        day = parse_day(value)
        if day is None:
            self.fail(f"“{value}” is not a date. Write {DAY_EXAMPLES}.", param, ctx)
        return day


class Role(click.ParamType[str]):
    """A role, never a name: the log is read by people who must not learn names from it."""

    name = "role"

    def __init__(self, roles: tuple[str, ...] = ROLES) -> None:
        self._roles = roles

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self._roles:
            known = ", ".join(self._roles)
            problem = "cannot be it" if value in ROLES else "is not a role"
            self.fail(f"“{value}” {problem}. Use one of: {known}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "ROLE"


role_option = click.option(
    "--role", type=Role(), default="editor", show_default=True, help="Your role."
)
