"""Commands that make what staff see, and the ones that look after the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from library.cli import Role, yes_option
from library.cli_tools import json_option, progress, say, say_json, workspace_of
from library.consent import AUDIENCE_WORDS, Audience
from library.errors import CarerStoriesError, NotAllowed
from library.workspace import Workspace

CHECKLIST = (
    ("watched", "I watched this cut to the end, with its captions on."),
    ("third-parties", "Everyone in it who could be recognised has been thought about."),
    ("content-note", "The content note says what staff should know beforehand."),
    ("audio-description", "Nothing that matters is only seen: no audio description is needed."),
)


@click.command(epilog="Example: carer-stories film cs-4k7m2q")
@click.argument("story_ids", metavar="STORY...", nargs=-1, required=True)
@click.option(
    "--picture",
    type=click.Choice(("shown", "voice-only")),
    default="shown",
    show_default=True,
    help="Show the picture, or the voice with a drawn picture.",
)
@click.pass_context
def film(ctx: click.Context, story_ids: tuple[str, ...], picture: Any) -> None:
    """Make the film of STORY, its captions and its page: the cut that is signed off."""
    from publish.cut import make_cut

    workspace = workspace_of(ctx)
    for story_id in story_ids:
        with progress(f"Film of {story_id}") as on_progress:
            cut = make_cut(workspace, story_id, picture=picture, on_progress=on_progress)
        say(f"{story_id}: cut {cut.hash[:8]} with {', '.join(sorted(cut.artefacts))}.")
        say(f"Next: show it to the contributor, then: carer-stories signoff {story_id}")


@click.command(epilog="Example: carer-stories approve cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@yes_option
@click.pass_context
def approve(ctx: click.Context, story_id: str, role: str, yes: bool) -> None:
    """Approve the cut of STORY that its contributor signed off.

    Asks for each point of the checklist; --yes says that you checked them all.
    """
    from library.desk import cut_to_sign, read_history, record_approval
    from publish.checklist import caption_errors

    workspace = workspace_of(ctx)
    cut = cut_to_sign(workspace, story_id)
    errors = caption_errors(workspace.story(story_id))
    if errors:
        raise NotAllowed(
            f"The captions of {story_id} have errors, the first: {errors[0]}",
            f"See them all: carer-stories captions lint {story_id}",
        )
    say(f"{story_id}, cut {cut.hash[:8]}. Captions: 0 errors.", bold=True)
    for _, sentence in CHECKLIST:
        if yes:
            say(f"  {sentence} Yes.")
        else:
            click.confirm(f"  {sentence}", abort=True)
    checked = tuple(item for item, _ in CHECKLIST)
    record_approval(workspace, story_id, expected=cut, role=role, checked=checked)
    releases = read_history(workspace, story_id).releases
    say(f"Approved for “{releases[-1].audience}”.")
    if releases[-1].witness == role:
        say("Note: the release was witnessed in the same role. A second pair of eyes is better.")
    say("Next: carer-stories site build")


@click.command(epilog="Example: carer-stories withdraw cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@click.option("--asked-by", type=Role(), default="contributor", show_default=True, help="Role.")
@yes_option
@click.pass_context
def withdraw(ctx: click.Context, story_id: str, asked_by: str, yes: bool) -> None:
    """Take STORY back, at once. It cannot be undone: telling it again means a new story."""
    from library.desk import read_history
    from publish.withdrawal import withdraw as take_back

    workspace = workspace_of(ctx)
    told = read_history(workspace, story_id).story
    if not yes:
        click.confirm(f"Withdraw {story_id}, “{told.title}”, for good?", abort=True)
    receipt = take_back(workspace, story_id, asked_by)
    say(f"{story_id} is withdrawn as of {receipt.withdrawal.on}.", bold=True)
    if receipt.rebuilt:
        say("The edition and the site were made again without it.")
    if receipt.trouble:
        say(receipt.trouble)
    if receipt.still_public:
        say("Something of it is still found in these files. Remove them or mend the build:")
        for place in receipt.still_public:
            say(f"  {place}")
        ctx.exit(NotAllowed.exit_code)
    say("Nothing of it is found in interviews/edition or public.")
    say("What was copied elsewhere before today (a stick, another server) must be asked for back.")


@click.group()
def site() -> None:
    """Build, check and serve the staff's library."""


@site.command("build", epilog="Example: carer-stories site build --audience trust")
@click.option("--audience", type=click.Choice(AUDIENCE_WORDS), help="For whom (default: settings).")
@json_option
@click.pass_context
def site_build(ctx: click.Context, audience: str | None, as_json: bool) -> None:
    """Build the library into public/ from the stories that are released today."""
    from library.desk import standings
    from library.settings import load_settings, site_audience
    from publish.press import press

    workspace = workspace_of(ctx)
    asked = Audience.from_word(audience) if audience else site_audience(load_settings(workspace))
    printed = press(workspace, asked)
    shown = {one.page.id for one in printed.edition.stories}
    refused = [
        one
        for one in standings(workspace, audience=asked.word)
        if one.history.story.id not in shown
    ]
    if as_json:
        say_json(
            {
                "audience": asked.word,
                "public": str(workspace.public),
                "stories": sorted(shown),
                "refused": [one.as_json() for one in refused],
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
    say(f"Open {workspace.public / 'index.html'} in a browser, or: carer-stories site serve")


@site.command("check", epilog="Example: carer-stories site check")
@click.pass_context
def site_check(ctx: click.Context) -> None:
    """Check the built site again: links, foreign requests, and anything not released."""
    from publish.build import check_site

    workspace = workspace_of(ctx)
    check_site(workspace)
    say("The site is whole: its links hold, it asks no other host, nothing unreleased is in it.")


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


@click.command(epilog="Example: carer-stories demo build/demo")
@click.argument("folder", type=click.Path(path_type=Path), default="carer-stories-demo")
def demo(folder: Path) -> None:
    """Make a demonstration library in FOLDER by running the commands a user would type."""
    import time

    from publish.demo import make_demonstration

    began = time.monotonic()

    def show(line: str) -> None:
        command = not line.startswith(" ")
        say(f"$ {line}" if command else line, bold=command)

    made = make_demonstration(folder.expanduser().resolve(), show)
    say()
    say(f"The demonstration took {time.monotonic() - began:.0f} seconds.", bold=True)
    say(f"Open it: {made.workspace.public / 'index.html'}")
    say(f"Or go in: cd {folder} && carer-stories status")


@click.command(epilog="Example: carer-stories verify")
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check the log's chain, the fixity of originals, and the cuts. Changes nothing."""
    from publish.verify import verify_workspace

    report = verify_workspace(workspace_of(ctx))
    for line in report.good:
        say(line)
    for line in report.bad:
        say(line, bold=True)
    if report.bad:
        ctx.exit(5)


@click.command(epilog="Example: carer-stories doctor")
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check ffmpeg, the model, the disk, the workspace and the database, and say what to do."""
    from publish.doctor import examine

    workspace: Workspace | None = None
    missing: CarerStoriesError | None = None
    try:
        workspace = workspace_of(ctx)
    except CarerStoriesError as error:
        missing = error
    findings = examine(workspace, missing)
    if as_json:
        say_json(findings)
    else:
        for finding in findings:
            say(f"{'well ' if finding.well else 'AMISS'}  {finding.what}", bold=not finding.well)
            if finding.next_step:
                say(f"       {finding.next_step}")
    if not all(finding.well for finding in findings):
        ctx.exit(1)
