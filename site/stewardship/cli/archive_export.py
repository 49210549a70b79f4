"""`export` for archives: what is said before, what is done, and what is said after."""

from __future__ import annotations

import enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import progress, say, say_json, workspace_of
from library.core.eta import size

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from stewardship.export.archive_exports import Order, Preserved


class Kind(enum.Enum):
    """What is exported."""

    BAGIT = "a BagIt bag"
    OHMS = "an OHMS record"
    CSV = "a table of records"
    ALL = "the whole library"


_UNREDACTED = (Kind.BAGIT, Kind.ALL)


def preserve(
    ctx: click.Context,
    kind: Kind,
    story_id: str | None,
    place: Path,
    *,
    who: str,
    role: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Ask, export, tell."""
    from stewardship.export.archive_exports import Order
    from stewardship.export.bagit_bag import UNREDACTED

    if kind in (Kind.BAGIT, Kind.OHMS) and story_id is None:
        raise click.UsageError("Name the story.")
    if kind is Kind.ALL and story_id is not None:
        raise click.UsageError("--all is for every story. For one of them: --bagit FOLDER")
    workspace = workspace_of(ctx)
    if kind in _UNREDACTED and not as_json:
        say(UNREDACTED, bold=True)
    if not yes:
        click.confirm(
            f"Hand out {kind.value} of {story_id or 'all stories'} to “{who}”?", abort=True
        )
    done = _exported(workspace, kind, story_id, Order(place, who, role))
    if as_json:
        say_json(
            {
                "place": str(done.place),
                "stories": list(done.stories),
                "left_out": done.left_out,
                "copy": done.copy,
                "files": done.files,
                "size": done.size,
            }
        )
        return
    _tell(done)


def _exported(workspace: Workspace, kind: Kind, story_id: str | None, order: Order) -> Preserved:
    from stewardship.export import archive_exports

    watch = partial(progress, shown=size)
    if kind is Kind.ALL:
        return archive_exports.export_all(workspace, order, watch)
    if kind is Kind.CSV:
        return archive_exports.export_csv(workspace, story_id, order)
    if kind is Kind.OHMS:
        return archive_exports.export_ohms(workspace, story_id or "", order)
    return archive_exports.export_bag(workspace, story_id or "", order, watch)


def _tell(done: Preserved) -> None:
    count = "1 story" if len(done.stories) == 1 else f"{len(done.stories)} stories"
    files = "1 file" if done.files == 1 else f"{done.files} files"
    say(f"{count}, {files}, {size(done.size)}, in:", bold=True)
    say(f"  {done.place}")
    for story_id, why in done.left_out.items():
        say(f"  Not in it: {why if story_id in why else f'{story_id}. {why}'}")
    say(f"It is entered as the copy {done.copy}. If a story in it is withdrawn, ask for it back.")
    say(f"Once it is destroyed or back: carer-stories copies settle {done.copy}")
