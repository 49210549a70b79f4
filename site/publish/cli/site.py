"""The commands of `site`: build, check and serve the staff's library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    CheckResult,
    json_option,
    say,
    say_detail,
    say_json,
    say_result,
    workspace_of,
)
from library.cli.fields import Role
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.sanitise import shell_quoted

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from publish.build_job import BuildResult


@click.group(epilog="Example: carer-stories site build")
def site() -> None:
    """Build, check and serve the staff's library."""


@site.command("build", epilog="Example: carer-stories site build --audience trust")
@click.option("--audience", type=click.Choice(AUDIENCE_WORDS), help="For whom (default: settings).")
@click.option(
    "--offline",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Make a copy in FOLDER on a stick instead, which works without a network.",
)
@click.option("--for", "to", default="", help="Who answers for the copy, and how to reach them.")
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@json_option
@click.pass_context
def site_build(
    ctx: click.Context,
    audience: str | None,
    offline: Path | None,
    to: str,
    role: str,
    as_json: bool,
) -> None:
    """Build the library into public/ from the stories that are released today.

    With --offline it is laid onto a stick, entered in the register of copies and looked over there;
    public/ stays as it is.
    """
    from library.consent.story_status import story_statuses
    from library.core.settings import load_settings, site_audience
    from publish.build_job import build_library
    from publish.themes import missing_moments
    from publish.training.check import plans_left_out

    workspace = workspace_of(ctx)
    asked = Audience.from_word(audience) if audience else site_audience(load_settings(workspace))
    if offline is not None:
        _make_stick(workspace, asked, offline, to, role, as_json)
        return
    if to:
        raise click.UsageError("--for goes with --offline: it says who answers for that copy.")
    printed = build_library(workspace, asked, role=role)
    shown = {one.page.id for one in printed.edition.stories}
    refused = [
        one
        for one in story_statuses(workspace, audience=asked.word)
        if one.history.story.id not in shown
    ]
    if as_json:
        say_json(
            {
                "audience": asked.word,
                "public": str(workspace.public),
                "stories": sorted(shown),
                "plans": [plan.id for plan in printed.edition.plans],
                "refused": [one.as_json() for one in refused],
                "receipt": _receipt_as_json(printed),
                "receipt_trouble": printed.problem,
            }
        )
        return
    say(f"The library for “{asked.word}” is in {workspace.public}.", bold=True)
    for story in printed.edition.stories:
        say(f"  shown: {story.page.id}, “{story.page.title}”")
    for one in refused:
        say(f"  not shown: {one.history.story.id}, because:")
        for reason in one.decision.reasons:
            say(f"    - {reason}")
    for line in plans_left_out(workspace, printed.edition):
        say(f"  {line}")
    for line in missing_moments(workspace, (one.page for one in printed.edition.stories)):
        say(f"  {line}")
    made = printed.site
    say(f"Checked: {made.pages} pages in {made.files} files, {made.size / 1e6:.1f} MB.")
    _say_receipt(printed)
    say(f"Open {workspace.public / 'index.html'} in a browser, or: carer-stories site serve")


def _make_stick(
    workspace: Workspace, audience: Audience, folder: Path, to: str, role: str, as_json: bool
) -> None:
    from publish.offline import ENTRY, make_offline_copy

    made = make_offline_copy(workspace, audience, folder, to=to, role=role)
    carried = made.record
    if as_json:
        say_json(
            {
                "copy": carried.copy,
                "audience": carried.audience,
                "folder": str(made.folder),
                "open": str(made.folder / ENTRY),
                "until": carried.until.isoformat() if carried.until else None,
                "stories": sorted(carried.stories),
                "replaced": made.replaced or None,
            }
        )
        return
    count = "1 story" if len(carried.stories) == 1 else f"{len(carried.stories)} stories"
    say(f"{carried.copy}: a copy for “{carried.audience}” with {count}, for {to}.", bold=True)
    say(f"It is whole: {made.files} files, {made.size / 1e6:.0f} MB. Eject the stick before you")
    say("pull it out.")
    if made.replaced:
        say(f"{made.replaced}, which lay there before, is settled as replaced.")
    if carried.until:
        say(f"It says itself that it must not be shown on {carried.until} or later.")
    say(f"To open it: {made.folder / ENTRY}")
    say(f"To look it over later: carer-stories site check {shell_quoted(folder)}")


def _say_receipt(printed: BuildResult) -> None:
    kept = printed.receipt
    if kept is None:
        say(f"There is no receipt of this build. {printed.problem}", bold=True)
        return
    say_detail(f"The log is at line {kept.record.sequence}, head {kept.short_head}.")
    say(f"Receipt, to print and keep elsewhere: {kept.page}")


def _receipt_as_json(printed: BuildResult) -> dict[str, object] | None:
    kept = printed.receipt
    if kept is None:
        return None
    record = kept.record
    return {"page": str(kept.page), "sequence": record.sequence, "head": record.head}


@site.command("check", epilog="Example: carer-stories site check /media/stick/Carer-Stories")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.pass_context
def site_check(ctx: click.Context, folder: Path | None) -> None:
    """Check the built site again: links, foreign requests, and that nothing unreleased is in it.

    With FOLDER, a copy on a stick: every byte against its list, and whether its stories are still
    released.
    """
    if folder is not None:
        _check_stick(ctx, folder)
        return
    from publish.build import check_site
    from publish.edition import read_edition
    from publish.forbidden import forbidden_content

    workspace = workspace_of(ctx)
    shown = {story.page.id for story in read_edition(workspace).stories}
    check_site(workspace, forbidden_content(workspace, shown))
    say_result(
        CheckResult.OK,
        "The site is whole: its links hold, it asks no other host, nothing unreleased is in it.",
    )


def _check_stick(ctx: click.Context, folder: Path) -> None:
    """Whole or not can be said anywhere; what is still released only where the library is."""
    from library.core.errors import NotAllowed, NotFound
    from publish.offline import check_offline_copy, no_longer_released

    carried, count, size = check_offline_copy(folder)
    say_result(CheckResult.OK, f"{carried.copy} is whole: {count} files, {size / 1e6:.0f} MB.")
    try:
        workspace = workspace_of(ctx)
    except NotFound:
        say_result(
            CheckResult.WARNING,
            "Whether its stories are still released can only be checked in the library itself.",
        )
        return
    gone = no_longer_released(workspace, carried)
    if gone:
        raise NotAllowed(
            f"Not released any more, or changed since: {', '.join(gone)}. Do not show this copy.",
            f"Make it again: carer-stories site build --audience {carried.audience} "
            f"--offline {shell_quoted(folder)}",
        )
    say_result(CheckResult.OK, f"Every story on it is released for “{carried.audience}” today.")


@site.command("preview", epilog="Example: carer-stories site preview cs-4k7m2q --zip")
@click.argument("story_id", metavar="STORY")
@click.option("--zip", "zipped", is_flag=True, help="Also write it as one zip file.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="Put it into this folder (a stick) instead of interviews/previews/.",
)
@json_option
@click.pass_context
def site_preview(
    ctx: click.Context, story_id: str, zipped: bool, to: Path | None, as_json: bool
) -> None:
    """Make STORY ready for its contributor to view before they decide.

    A folder that works without a server: the story exactly as staff would see it, marked as a
    preview, with the code that sign-off asks for. It needs no sign-off and no approval, and is for
    that person alone.
    """
    from publish.preview import make_preview

    pack = make_preview(workspace_of(ctx), story_id, zipped=zipped, to=to)
    if as_json:
        say_json(
            {
                "story": pack.story,
                "folder": str(pack.folder),
                "open": str(pack.entry),
                "zip": str(pack.zip) if pack.zip else None,
                "cut": pack.cut,
                "code": pack.code,
            }
        )
        return
    say(f"The preview of {story_id} is ready: {pack.entry}", bold=True)
    if pack.zip:
        say(f"As one file, to be unpacked before it is opened: {pack.zip}")
    say(f"It shows cut {pack.code[:4]} {pack.code[4:]} and is for its contributor alone.")
    if to is not None:
        say("A copy outside the library is not removed by a withdrawal: ask for it back.")
    say(f"Next: once they have watched it: carer-stories signoff {story_id} --cut {pack.code}")


@site.command("serve", epilog="Example: carer-stories site serve --port 8000")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0: any free one.",
)
@click.pass_context
def site_serve(ctx: click.Context, port: int) -> None:
    """Show the built site at http://127.0.0.1 on this machine only, until Ctrl-C."""
    from publish.serve import serve

    workspace = workspace_of(ctx)
    with serve(workspace, port) as address:
        say(f"The library is at {address} on this machine only. Stop with Ctrl-C.")
        try:
            _wait()
        except KeyboardInterrupt:
            say("Stopped.")


def _wait() -> None:
    import threading

    threading.Event().wait()
