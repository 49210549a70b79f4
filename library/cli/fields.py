"""Types of the options of all commands: days, roles, `--yes`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from library.core.days import no_day, parse_day
from library.core.errors import CarerStoriesError
from library.core.files import expanded, real_path
from library.core.own_folders import require_not_published
from library.core.plugged_disks import require_plugged_in
from library.core.workspace import Workspace, find_workspace
from library.records.consent import ROLES, WITNESSES

FC = TypeVar("FC", bound=Callable[..., Any])

__all__ = [
    "ROLES",
    "WITNESSES",
    "Day",
    "InputPath",
    "OutputPath",
    "Role",
    "form_option",
    "form_version_option",
    "output_option",
    "path_option",
    "role_option",
    "yes_option",
]


def path_option(*names: str, **settings: Any) -> Callable[[FC], FC]:
    """Return an option that names a file or folder to read; to write, see `output_option`."""
    return click.option(*names, type=InputPath(), **settings)


class InputPath(click.Path):
    """A path that a command reads; `~` is a home folder in it, also where no shell says so."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return expanded(Path(os.fsdecode(super().convert(value, param, ctx))))


class OutputPath(click.Path):
    """A path that a command writes to.

    Never within what staff are shown, of any library, nor where only a disk could be that is not
    plugged in.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        # As a shell does it; those of Windows do not, nor any in `--option=~/file`.
        target = expanded(Path(os.fsdecode(super().convert(value, param, ctx))))
        require_not_published(target, *_workspaces_of(ctx))
        require_plugged_in(real_path(target))
        return target


def _workspaces_of(ctx: click.Context | None) -> list[Workspace]:
    """Return the workspace of this run, if there is one: `init` and `layout` need none."""
    named = ctx.find_root().obj if ctx else None
    if isinstance(named, Workspace):
        return [named]
    with contextlib.suppress(CarerStoriesError, OSError):
        return [find_workspace()]
    return []


def output_option(*names: str, **settings: Any) -> Callable[[FC], FC]:
    """Return an option that names a file or a folder to write to."""
    return click.option(*names, type=OutputPath(), **settings)


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
            self.fail(no_day(value), param, ctx)
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
