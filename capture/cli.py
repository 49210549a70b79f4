"""Commands about recordings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capture.station.cli import recover, station
from capture.terminal.cli import devices, record
from library.cli.fields import Role
from library.cli_tools import json_option, progress, say, say_json, workspace_of
from library.heard import is_outgrown

if TYPE_CHECKING:
    from capture.ingest import Imported
    from capture.originals import Take
    from library.workspace import Workspace


@click.group()
def capture() -> None:
    """Record interviews, and bring recordings in."""


capture.add_command(station)
capture.add_command(record)
capture.add_command(devices)
capture.add_command(recover)


@capture.command(
    "import", epilog="Example: carer-stories capture import cs-4k7m2q /media/card/GH010034.MP4"
)
@click.argument("story_id", metavar="STORY")
@click.argument(
    "sources", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--add", is_flag=True, help="Join FILE behind the recording that STORY has already.")
@click.option(
    "--with-rest/--without-rest",
    default=None,
    help="Bring in, or leave, further parts of a split recording that lie beside FILE.",
)
@click.option(
    "--damaged",
    is_flag=True,
    help="Keep what can be read of a recording that breaks off, when no better copy exists.",
)
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    story_id: str,
    sources: tuple[Path, ...],
    add: bool,
    with_rest: bool | None,
    damaged: bool,
    role: str,
    as_json: bool,
) -> None:
    """Keep FILE as the recording of STORY, and make it ready to work with.

    Several files are its takes, joined one after the other; parts of one recording that a camera
    split are put in the camera’s order. FILE itself is only read. It is copied, checked and kept
    read-only under a name of our own; the name it came with is not kept. Importing it again is
    safe, and finishes an import that was interrupted.
    """
    from capture.ingest import import_recording

    workspace = workspace_of(ctx)
    telling = not as_json
    chosen, beside = _chosen(workspace, story_id, sources, with_rest, telling=telling)
    done = import_recording(
        workspace, story_id, *chosen, add=add, role=role, damaged=damaged, watch=progress
    )
    if as_json:
        say_json(_as_json(story_id, done, beside))
        return
    _say_import(story_id, done, again=is_outgrown(workspace.story(story_id)))
    if not add:
        _say_missing([*chosen, *beside])


def _chosen(
    workspace: Workspace,
    story_id: str,
    named: tuple[Path, ...],
    with_rest: bool | None,
    *,
    telling: bool,
) -> tuple[list[Path], list[Path]]:
    """The files to bring in, in their order, and the parts that are left where they lie."""
    from capture.ingest import is_known
    from capture.splits import in_order, left_beside

    folder = workspace.story(story_id)
    beside = [file for file in left_beside(named) if not is_known(folder, file)]
    if beside and telling:
        say(f"The camera split this recording; beside it lie {_names(beside)}.", bold=True)
        if with_rest is None and sys.stdin.isatty():
            with_rest = click.confirm("Bring them in as well?", default=True)
        elif not with_rest:
            say("They are not brought in. To join them: the same command with --add --with-rest")
    if with_rest:
        named, beside = (*named, *beside), []
    chosen = in_order(named)
    if telling and chosen != list(named):
        say(f"In the camera’s order: {_names(chosen)}.")
    return chosen, beside


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _say_missing(files: list[Path]) -> None:
    from capture.splits import missing

    if gone := missing(files):
        say(
            f"Note: the camera must have written {', '.join(gone)} as well. Look for "
            f"{'it' if len(gone) == 1 else 'them'} on the card before it is wiped."
        )


def _as_json(story_id: str, done: Imported, beside: list[Path]) -> dict[str, Any]:
    return {
        "story": story_id,
        "already": done.already,
        "made": list(done.made),
        "also_in": list(done.also_in),
        "take": done.take,
        "takes": list(done.takes),
        "count": done.count,
        "length": done.length,
        "beside": [path.name for path in beside],
    }


def _say_import(story_id: str, done: Imported, *, again: bool) -> None:
    recordings = "this very recording" if len(done.takes) == 1 else "these very recordings"
    if done.already and not done.made:
        say(f"{story_id} already has {recordings}; nothing was changed.")
    elif done.already:
        say(f"{story_id} already had {recordings}; made again: {', '.join(done.made)}.")
    else:
        _say_taken(story_id, done)
        say(f"Made: {', '.join(done.made)}.")
    if done.stills:
        say("What was only heard is shown as a still picture.")
    for take in done.takes:
        if take.damage:
            say(f"Note: {take.file}: {take.damage}")
    if done.also_in:
        say(
            f"Note: the same recording is kept in {', '.join(done.also_in)}. Is this the right one?"
        )
    if again:
        say("Its words were recognised before a take was joined; corrections are carried over.")
    say(f"Next: carer-stories transcribe {story_id}{' --again' if again else ''}")


def _say_taken(story_id: str, done: Imported) -> None:
    from capture.media import clock

    if done.count == 1:
        say(f"{story_id}: taken as {_described(done.take)}.", bold=True)
    else:
        say(f"{story_id}: {done.count} takes joined, {clock(done.length)} altogether.", bold=True)
        for take in done.came:
            say(f"Brought in now: {_described(take)}.")
    for take in done.came:
        say(f"Kept read-only as original/{take.file}, SHA-256 {take.sha256[:16]}…")


def _described(take: Take) -> str:
    """What the file was taken for: `video, 1:32, 1080 × 1920, turned upright, …`."""
    from capture.media import clock

    recorded = take.recorded
    parts = [
        recorded.kind if recorded.kind == "video" else "sound alone",
        clock(take.duration),
    ]
    if recorded.kind == "video":
        parts.append(recorded.pixels)
        parts += ["turned upright"] if recorded.rotation else []
        parts += ["high dynamic range"] if recorded.hdr else []
    codecs = [name for name in (recorded.video_codec, recorded.audio_codec) if name]
    return f"{', '.join(parts)} ({' with '.join(codecs)})"
