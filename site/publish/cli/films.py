"""`film`: the cut a contributor is asked about."""

from __future__ import annotations

from typing import Any

import click

from library.cli_tools import progress, say, workspace_of
from library.cut import CODE_LENGTH


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
    from publish.checklist import before_showing
    from publish.cut import make_cut

    workspace = workspace_of(ctx)
    for story_id in story_ids:
        with progress(f"Film of {story_id}") as on_progress:
            cut = make_cut(workspace, story_id, picture=picture, on_progress=on_progress)
        say(f"{story_id}: cut {cut.hash[:CODE_LENGTH]} with {', '.join(sorted(cut.artefacts))}.")
        for point in before_showing(workspace, story_id):
            say(f"  Before anybody views it: {point.said}", bold=True)
            say(f"    {point.next_step}")
        say(f"Next: let the contributor view it: carer-stories site preview {story_id}")
