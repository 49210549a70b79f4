"""`approve`: the editor's last look."""

from __future__ import annotations

import click

from library.cli.fields import Role, yes_option
from library.cli_tools import say, workspace_of
from library.errors import NotAllowed

CHECKLIST = (
    ("watched", "I watched this cut to the end, with its captions on."),
    ("third-parties", "Everyone in it who could be recognised has been thought about."),
    ("content-note", "The content note says what staff should know beforehand."),
    ("audio-description", "Nothing that matters is only seen: no audio description is needed."),
)


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
