"""Commands about what is kept: `export` for who asks what is held about them, `retention`."""

from __future__ import annotations

from pathlib import Path

import click

from library.cli.fields import Role
from library.cli_tools import json_option, progress, say, say_json, workspace_of
from library.errors import BadInput


@click.command(epilog="Example: carer-stories export cs-4k7m2q --subject-access --zip")
@click.argument("story_id", metavar="STORY")
@click.option(
    "--subject-access",
    is_flag=True,
    help="Needed: it is for the contributor, and holds everything, private things among them.",
)
@click.option(
    "--all-of-contributor", is_flag=True, help="Also the other stories the same person told."
)
@click.option(
    "--without-others",
    is_flag=True,
    help="Leave out the register of other people and the list of names not to be heard.",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Put it into this folder (default: interviews/exports).",
)
@click.option("--zip", "zipped", is_flag=True, help="One zip instead of a folder.")
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@json_option
@click.pass_context
def export(
    ctx: click.Context,
    story_id: str,
    subject_access: bool,
    all_of_contributor: bool,
    without_others: bool,
    to: Path | None,
    zipped: bool,
    role: str,
    as_json: bool,
) -> None:
    """Gather everything held about who told STORY, for them to read and keep.

    A page in plain English, the same records for a machine, their recording, film and words, and
    every file with its SHA-256. It is written whole or not at all, and logged.
    """
    from functools import partial

    from library.pace import size
    from publish.export import export_for_subject

    if not subject_access:
        raise BadInput(
            "An export holds everything about a contributor, private things among them: it is only "
            "for them.",
            f"If they asked for it: carer-stories export {story_id} --subject-access",
        )
    done = export_for_subject(
        workspace_of(ctx),
        story_id,
        to=to,
        zipped=zipped,
        every_story=all_of_contributor,
        without_others=without_others,
        role=role,
        watch=partial(progress, shown=size),
    )
    if as_json:
        say_json(
            {
                "place": str(done.place),
                "stories": list(done.stories),
                "other_stories": list(done.other_stories),
                "files": done.files,
                "size": done.size,
                "not_filled_in": list(done.not_filled_in),
            }
        )
        return
    say(f"Everything held about who told {', '.join(done.stories)} is in:", bold=True)
    say(f"  {done.place}")
    say(f"{done.files} files, {size(done.size)}. Begin with index.html.")
    if done.other_stories:
        say(f"The same person also told {', '.join(done.other_stories)}.")
        say("  To take those in as well, add: --all-of-contributor")
    if done.not_filled_in:
        say(f"The page shows gaps: nobody has filled in {', '.join(done.not_filled_in)}.")
        say("  Write them in interviews/settings.yml, then run this again.")
    say("Before you hand it over:", bold=True)
    say("  Make sure that it is they who ask, and hand it to nobody else.")
    if not without_others:
        say("  Look over the register, the words and the list of names: other people have rights")
        say("  too. To leave register and list out, run it again with --without-others.")
    say("  Once it is handed over, remove it here: it holds all that is private.")


@click.command(epilog="Example: carer-stories retention --json")
@json_option
@click.pass_context
def retention(ctx: click.Context, as_json: bool) -> None:
    """List what is past its date, the worst first, each with the command that settles it.

    It deletes nothing. How long things may lie is in interviews/settings.yml, under retention.
    Exit code 0 when nothing is past its date, 1 when something is.
    """
    from library.clock import today
    from publish.retention import past_date

    on = today()
    found = past_date(workspace_of(ctx), on)
    if as_json:
        say_json([one.as_json(on) for one in found])
    elif not found:
        say("Nothing is past its date.")
    else:
        one_thing = "One thing is past its date:"
        say(
            one_thing
            if len(found) == 1
            else f"{len(found)} things are past their date, worst first:"
        )
        for one in found:
            days = one.days(on)
            say(f"  {one.said}", bold=True)
            say(f"    Since {one.since}{f', {days} days' if days > 1 else ''}. {one.command}")
    if found:
        ctx.exit(1)
