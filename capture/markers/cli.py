"""`capture mark`: say when each question was asked, after the recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.fields import path_option
from library.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.markers.marking import MarkableStory
    from capture.recording.session_markers import Marker


@click.command("mark", epilog='Example: carer-stories capture mark cs-4k7m2q --at "1:23 beginning"')
@click.argument("story_id", metavar="STORY")
@click.option(
    "--at",
    "typed",
    multiple=True,
    metavar='"TIME WHAT"',
    help="A mark, such as “1:23.4 beginning”, “4:10 do-not-use”; may be given several times.",
)
@path_option("--file", "path", help="A file with such a mark on each line.")
@click.option(
    "--remove", multiple=True, type=int, metavar="NUMBER", help="Take a mark of the list away."
)
@click.option("--list", "only_list", is_flag=True, help="Only show the marks there are.")
@json_option
@click.pass_context
def mark(
    ctx: click.Context,
    story_id: str,
    typed: tuple[str, ...],
    path: Path | None,
    remove: tuple[int, ...],
    only_list: bool,
    as_json: bool,
) -> None:
    """Mark when each question of STORY was asked.

    Chapters begin there.

    Play the working copy, and type a time and a question’s id or number. You can also mark
    sensitive, do-not-use and note, for the editor. Without options, marks are asked for one by one.
    Marking a question again moves its mark; nothing else changes.
    """
    from capture.markers.marking import (
        merge_markers,
        open_story,
        parse_marker,
        read_marker_file,
        remove_markers,
        save_markers,
    )

    story = open_story(workspace_of(ctx), story_id)
    before = story.session.markers
    added = [parse_marker(text, story) for text in typed]
    added += read_marker_file(path, story) if path else []
    asking = not (typed or path or remove or only_list or as_json)
    if asking:
        added = _ask_markers(story)
    markers = merge_markers(remove_markers(before, remove), added)
    if markers != before:
        save_markers(story, markers)
    if as_json:
        say_json(list(markers))
        return
    _say_markers(markers)
    if markers != before:
        say("The marks are kept.", bold=True)
        again = " --again" if story.folder.transcript.exists() else ""
        say_next(f"Let chapters begin at them: carer-stories transcribe {story_id}{again}")


def _ask_markers(story: MarkableStory) -> list[Marker]:
    """Ask for marks until nothing is typed; one that is not understood is asked for again."""
    from capture.markers.marking import describe_marker, parse_marker

    folder = story.folder
    working = folder.working if folder.working.exists() else folder.working_audio
    say(f"Listen to {working}")
    say("and type when each question begins to be asked: 1:23 beginning, or 1:23 1.")
    rows = [
        (str(number), question.id, question.ask)
        for number, question in enumerate(story.questions.questions, 1)
    ]
    table(("", "Id", "Question"), rows)
    say("Also: 4:10 sensitive · 4:10 do-not-use · 5:00 note She laughs. Enter alone ends.")
    added: list[Marker] = []
    while line := prompt_for("Mark", default=""):
        try:
            added.append(parse_marker(line, story))
        except BadInput as error:
            say(f"  {error.what} {error.next_step}")
        else:
            time, kind, what = describe_marker(added[-1])
            say(f"  {time}  {kind}  {what}".rstrip())
    return added


def _say_markers(markers: Sequence[Marker]) -> None:
    from capture.markers.marking import describe_marker

    if not markers:
        say("There are no marks yet.")
        return
    rows = [(str(number), *describe_marker(marker)) for number, marker in enumerate(markers, 1)]
    table(("", "At", "Kind", "What"), rows)
