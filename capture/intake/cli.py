"""`capture import` and `capture import-ohms`: bring in recordings and interviews from archives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import json_option, progress, say, say_json, table, workspace_of
from library.cli.fields import Role, yes_option
from library.core.sanitise import shell_quoted
from library.records.transcript_state import is_transcript_outdated

if TYPE_CHECKING:
    from capture.intake.classify import ClassifiedFiles
    from capture.intake.pipeline import ImportResult
    from capture.recording.originals import Take
    from library.core.workspace import StoryFolder, Workspace


@click.command(
    "import", epilog="Example: carer-stories capture import cs-4k7m2q /media/card/GH010034.MP4"
)
@click.argument("story_id", metavar="STORY")
@click.argument(
    "sources", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--add", is_flag=True, help="Join FILE behind the recording that STORY has already.")
@click.option(
    "--microphone",
    type=click.Path(path_type=Path),
    help="A second recording of the same sound, to be laid beside FILE and heard instead.",
)
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
@yes_option
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    story_id: str,
    sources: tuple[Path, ...],
    add: bool,
    microphone: Path | None,
    with_rest: bool | None,
    damaged: bool,
    role: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Keep FILE as the recording of STORY, and make it ready to work with.

    Several files are its takes, joined one after the other; parts of one recording that a camera
    split are put in the camera’s order. A folder that Zoom or Teams left is taken as a whole. FILE
    itself is only read. It is copied, checked and kept read-only under a name of our own; the name
    it came with is not kept. Importing it again is safe, and goes on where an import was
    interrupted.
    """
    from capture.intake.pipeline import import_recording

    workspace = workspace_of(ctx)
    named, rest = _chosen(workspace, story_id, sources, microphone, with_rest, telling=not as_json)
    if not as_json:
        _tell_plan(workspace.story(story_id), named, yes=yes)
    with _goes_on_next_time():
        done = import_recording(
            workspace,
            story_id,
            *named.takes,
            add=add,
            role=role,
            damaged=damaged,
            companions=named.companions,
            watch=_watched,
        )
    if as_json:
        say_json(_as_json(story_id, done, rest))
        return
    _say_import(story_id, done, again=is_transcript_outdated(workspace.story(story_id)))
    if not add:
        _say_missing([*named.takes, *rest])


@contextmanager
def _goes_on_next_time() -> Iterator[None]:
    """Whoever stops a copy of an hour must know that the hour is not lost."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("What was copied is kept: the same command goes on from there.", err=True)
        raise


def _watched(label: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """Copying is told in bytes, everything else as time."""
    from capture.intake.receive import COPYING
    from library.core.eta import size

    return progress(label, total, describe=size if label.startswith(COPYING) else None)


def _chosen(
    workspace: Workspace,
    story_id: str,
    sources: tuple[Path, ...],
    microphone: Path | None,
    with_rest: bool | None,
    *,
    telling: bool,
) -> tuple[ClassifiedFiles, list[Path]]:
    """The files to bring in, in their order, and the parts that are left where they lie."""
    from capture.intake import classify
    from library.consent.gate import require_agreement
    from library.consent.stories import read_history

    require_agreement(read_history(workspace, story_id))
    named = classify.classify_files(sources, microphone)
    rest = classify.remaining_parts(workspace.story(story_id), named.takes)
    if rest and telling:
        say(f"The camera split this recording; beside it lie {_names(rest)}.", bold=True)
        if with_rest is None and sys.stdin.isatty():
            with_rest = click.confirm("Bring them in as well?", default=True)
        elif not with_rest:
            say("They are not brought in. To join them: the same command with --add --with-rest")
    chosen = classify.add_remaining_parts(named, rest if with_rest else ())
    if with_rest:
        rest = []
    if telling and chosen.takes != named.takes:
        say(f"In the camera’s order: {_names(list(chosen.takes))}.")
    return chosen, rest


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _tell_plan(folder: StoryFolder, named: ClassifiedFiles, *, yes: bool) -> None:
    """What is taken for what; asked about where somebody sits there. Raises click.Abort."""
    from capture.intake.classify import describe_files

    told = describe_files(folder, named)
    table(("File", "Size", "Taken for"), [(one.name, one.size, one.taken_for) for one in told])
    new = any(not one.is_imported and one.size for one in told)
    if new and not yes and sys.stdin.isatty():
        click.confirm("Bring this in?", default=True, abort=True)


def _say_missing(files: list[Path]) -> None:
    from capture.intake.camera_splits import missing_chapters

    if gone := missing_chapters(files):
        say(
            f"Note: the camera must have written {', '.join(gone)} as well. Look for "
            f"{'it' if len(gone) == 1 else 'them'} on the card before it is wiped."
        )


def _as_json(story_id: str, done: ImportResult, rest: list[Path]) -> dict[str, Any]:
    return {
        "story": story_id,
        "already": done.is_unchanged,
        "made": list(done.derived),
        "also_in": list(done.other_stories),
        "take": done.take,
        "takes": list(done.takes),
        "count": done.take_count,
        "length": done.length,
        "beside": [path.name for path in rest],
        "alongside": list(done.companions),
    }


def _say_import(story_id: str, done: ImportResult, *, again: bool) -> None:
    recordings = "this very recording" if len(done.takes) == 1 else "these very recordings"
    if done.is_unchanged and not done.derived:
        say(f"{story_id} already has {recordings}; nothing was changed.")
    elif done.is_unchanged:
        say(f"{story_id} already had {recordings}; made again: {', '.join(done.derived)}.")
    else:
        _say_taken(story_id, done)
        say(
            f"Made: {', '.join(done.derived)}." if done.derived else "Nothing had to be made again."
        )
    if done.has_stills:
        say("What was only heard is shown as a still picture.")
    for take in done.takes:
        if take.damage:
            say(f"Note: {take.file}: {take.damage}")
    if done.other_stories:
        say(
            f"Warning: {', '.join(done.other_stories)} has the same recording. "
            "Is this the right story?"
        )
    if again:
        say("Its words were recognised before a take was joined; corrections are carried over.")
    _say_next(story_id, done, again=again)


def _say_next(story_id: str, done: ImportResult, *, again: bool) -> None:
    words = [one.file for one in done.companions if one.kind == "words"]
    if words and done.take_count == 1:
        place = f"interviews/stories/{story_id}/original/{words[0]}"
        say("The meeting program’s words can be a first draft; ours know the questions’ themes:")
        say(f"  carer-stories transcribe {story_id} --from {shell_quoted(place)}")
    say(f"Next: carer-stories transcribe {story_id}{' --again' if again else ''}")


def _say_taken(story_id: str, done: ImportResult) -> None:
    from library.core.timecode import clock

    if not done.new_takes:
        say(f"{story_id}: brought in beside its recording.", bold=True)
    elif done.take_count == 1:
        say(f"{story_id}: taken as {_described(done.take)}.", bold=True)
    else:
        say(
            f"{story_id}: {done.take_count} takes joined, {clock(done.length)} altogether.",
            bold=True,
        )
        for take in done.new_takes:
            say(f"Brought in now: {_described(take)}.")
    for take in done.new_takes:
        say(f"Kept read-only as original/{take.file}, SHA-256 {take.sha256[:16]}…")
    for take in done.takes if done.has_new_microphone else ():
        _say_microphone(take)
    for one in done.companions:
        what = "the words" if one.kind == "words" else "one voice"
        say(f"Kept with it, {what}: original/{one.file}, SHA-256 {one.sha256[:16]}…")


def _say_microphone(take: Take) -> None:
    from library.core.timecode import clock

    heard = take.microphone
    if heard is None:
        return
    when = clock(abs(heard.begins) // 1000)
    side = "after" if heard.begins >= 0 else "before"
    say(
        f"The microphone (original/{heard.file}) began {when} {side} {take.file}; its clock drifts "
        f"by {abs(heard.drift) * 3600 / 1e6:.0f} ms an hour."
    )
    if heard.better:
        say("Film and recognition hear the microphone.")
    else:
        say("The camera’s own sound is clearer: it is used, and the microphone only kept.")


def _described(take: Take) -> str:
    from capture.intake.classify import describe_recording

    return describe_recording(take.recorded, take.duration)


@click.command("import-ohms", epilog="Example: carer-stories capture import-ohms interview.xml")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def import_ohms(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Begin a story from FILE, an interview as OHMS exports it (XML, version 5.4 or later).

    Its title, description and index are taken over, the index as a question set. The recording and
    the transcript follow with the commands that are named then. That an archive holds an interview
    is no permission to show it here: agreement and sign-off are asked for as with any story.
    """
    from capture.intake.ohms_story import story_from_ohms

    done = story_from_ohms(workspace_of(ctx), file)
    story, interview = done.story, done.interview
    if as_json:
        say_json(
            {
                "story": story.id,
                "title": story.title,
                "questions": done.questions.id,
                "passages": len(done.questions.questions),
                "has_transcript": interview.has_transcript,
                "minutes_marked": len(interview.marks),
                "left_out": done.left_out,
                "shortened": done.shortened,
                "keywords": list(interview.keywords),
                "file_name": interview.file_name,
            }
        )
        return
    say(f"{story.id}: “{story.title}”.", bold=True)
    say(
        f"Its {len(done.questions.questions)} passages are the question set "
        f"interviews/questions/{done.questions.id}.yml."
    )
    if done.left_out:
        say(f"Note: {done.left_out} more passages of the index are not taken over.")
    if done.shortened:
        say("Note: its title or description was shortened; see: carer-stories story edit")
    if interview.keywords:
        say(f"Keywords of the archive, to choose themes from: {', '.join(interview.keywords)}")
    if interview.interviewees:
        say("Names of people in it were not taken over. Who told it is kept apart:")
        say(f"  carer-stories contributor record {story.id}")
    if interview.rights or interview.usage or interview.restricted:
        say("The archive says how it may be used. Read that in the file before you go on.")
    say("Next:")
    say(f"  carer-stories consent record {story.id}")
    recording = interview.file_name or "RECORDING"
    say(f"  carer-stories capture import {story.id} {shell_quoted(recording)}")
    if interview.has_transcript:
        say(f"  carer-stories transcribe {story.id} --from {shell_quoted(file.name)}")
    else:
        say(f"  carer-stories transcribe {story.id}")
