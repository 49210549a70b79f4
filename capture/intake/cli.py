"""`capture import` and `capture import-ohms`: bring in recordings and interviews from archives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    confirm,
    json_option,
    progress,
    say,
    say_detail,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.fields import InputPath, path_option, role_option, yes_option
from library.cli.status import say_next_of_story
from library.core.counting import counted, counted_is
from library.core.errors import BadInput
from library.core.files import human_size
from library.core.sanitise import printable, shell_quoted
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
@click.argument("sources", metavar="FILE...", nargs=-1, required=True, type=InputPath())
@click.option(
    "--add", is_flag=True, help="Add FILE to the end of the recording that STORY has already."
)
@path_option(
    "--microphone",
    help="A second recording of the same sound, to be aligned with FILE and used instead.",
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
@click.option(
    "--confirm-withdrawn",
    metavar="WHY",
    help="Bring in a recording that was withdrawn: its contributor signed a new agreement.",
)
@role_option
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
    confirm_withdrawn: str | None,
    role: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Import FILE as the recording of STORY, ready to work with.

    Several files become its takes, joined one after the other; parts of one recording that a camera
    split are put in the camera’s order. A folder that Zoom or Teams left is imported as a whole.
    FILE itself is only read: a copy of it is checked and kept read-only, under a new name.
    A recording that was taken back under another id is refused, also if only its sound is the same.
    Importing it again is safe, and goes on where an import was interrupted.
    """
    from capture.intake.pipeline import import_recording

    workspace = workspace_of(ctx)
    classified, left_parts = _classify(
        workspace, story_id, sources, microphone, with_rest, report=not as_json
    )
    if not as_json:
        _confirm_plan(workspace.story(story_id), classified, yes=yes)
    with _resume_hint():
        result = import_recording(
            workspace,
            story_id,
            *classified.takes,
            add=add,
            role=role,
            damaged=damaged,
            companions=classified.companions,
            confirm_withdrawn=confirm_withdrawn,
            show_progress=_watched,
        )
    if as_json:
        say_json(_as_json(story_id, result, left_parts))
        return
    _say_import(workspace, story_id, result)
    # With --add the chapters before may be in the story already.
    if not add:
        _warn_of_missing_chapters([*classified.takes, *left_parts])


@contextmanager
def _resume_hint() -> Iterator[None]:
    """Say on Ctrl-C that a long copy is not lost."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("What was copied is kept: the same command goes on from there.", err=True)
        raise


def _watched(label: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """Show progress: that of copying in bytes, of everything else as time."""
    from capture.intake.receive import COPYING_STEP

    return progress(label, total, describe=human_size if label.startswith(COPYING_STEP) else None)


def _classify(
    workspace: Workspace,
    story_id: str,
    sources: tuple[Path, ...],
    microphone: Path | None,
    with_rest: bool | None,
    *,
    report: bool,
) -> tuple[ClassifiedFiles, list[Path]]:
    """Return the files to import, in their order, and further parts that are left out."""
    from capture.intake import classify
    from library.consent.gate import require_agreement
    from library.consent.stories import read_history

    # Before anything is asked: the import refuses it too, but only after the answers.
    require_agreement(read_history(workspace, story_id))
    _refuse_words_alone(workspace.story(story_id), sources)
    classified = classify.classify_files(sources, microphone)
    can_ask = with_rest is None and sys.stdin.isatty()
    folder = workspace.story(story_id)
    neighbours = classify.numbered_neighbours(folder, classified.takes)
    named = classify.remaining_parts(folder, classified.takes)
    apart = classify.parts_of_another_time(named, classified.takes)
    if apart and report:
        say(
            f"Beside it {'lies' if len(apart) == 1 else 'lie'} {_names(apart)}, by name of the "
            "same recording, but recorded at another time: left out."
        )
    parts = [*(path for path in named if path not in apart), *neighbours.sure]
    if parts and report:
        say(f"The camera split this recording; beside it lie {_names(parts)}.", bold=True)
        # A script cannot answer: there the parts are left out, and it is said how to import them.
        if can_ask:
            with_rest = confirm("Bring them in as well?", default=True)
        elif not with_rest:
            say("They are left out. To import them: the same command with --add --with-rest")
    perhaps = [*neighbours.unsure]
    wanted = _ask_about_neighbours(perhaps, can_ask=can_ask) if perhaps and report else []
    chosen = classify.add_remaining_parts(classified, [*(parts if with_rest else ()), *wanted])
    parts = [path for path in (*parts, *perhaps) if path not in chosen.takes]
    if report and chosen.takes != classified.takes:
        say(f"In the camera’s order: {_names(list(chosen.takes))}.")
    return chosen, parts


def _ask_about_neighbours(perhaps: list[Path], *, can_ask: bool) -> list[Path]:
    """Return the files among them that are brought in: their clocks do not tell."""
    is_one = len(perhaps) == 1
    say(
        f"Beside it {'lies' if is_one else 'lie'} {_names(perhaps)}, by name perhaps "
        f"{'a part' if is_one else 'parts'} of the same recording; the clocks do not tell."
    )
    if can_ask:
        return perhaps if confirm("Is it the same recording? Bring it in?", default=False) else []
    say("Left out. If it is the same recording: the same command with --add and its name.")
    return []


def _refuse_words_alone(folder: StoryFolder, sources: Sequence[Path]) -> None:
    """Raise BadInput for files that all hold what was said: they are taken by `transcribe`."""
    from capture.recording.originals import read_manifest

    if not all(_words_alone(source) for source in sources):
        return
    words = [path for source in sources for path in _words_alone(source)]
    if not words:
        return
    command = f"carer-stories transcribe {folder.root.name} --from {shell_quoted(words[0])}"
    raise BadInput(
        f"“{printable(words[0].name)}” holds words, not a recording.",
        command if read_manifest(folder) else f"Import the recording first, then: {command}",
    )


def _words_alone(source: Path) -> list[Path]:
    """Return the source if it holds words; of a folder without recordings, the words in it."""
    from capture.intake.meetings import is_words_file, words_in_folder

    if source.is_dir() and not source.is_symlink():
        return words_in_folder(source)
    return [source] if is_words_file(source) else []


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _confirm_plan(folder: StoryFolder, classified: ClassifiedFiles, *, yes: bool) -> None:
    """Show the use of each file, and ask where a person can answer. Raises click.Abort."""
    from capture.intake.classify import describe_files

    descriptions = describe_files(folder, classified)
    table(("File", "Size", "Taken for"), [(d.name, d.size, d.taken_for) for d in descriptions])
    # Ignored files have no size.
    has_new = any(d.size and not d.is_imported for d in descriptions)
    if has_new and not yes and sys.stdin.isatty():
        confirm("Bring this in?", default=True, abort=True)


def _warn_of_missing_chapters(files: list[Path]) -> None:
    from capture.intake.camera_splits import missing_chapters

    if missing := missing_chapters(files):
        say(
            f"Warning: the camera must have written {', '.join(missing)} as well. Look for "
            f"{'it' if len(missing) == 1 else 'them'} on the card before it is wiped."
        )


def _as_json(story_id: str, result: ImportResult, left_parts: list[Path]) -> dict[str, Any]:
    return {
        "story": story_id,
        "already": result.is_unchanged,
        "made": list(result.derived),
        "also_in": list(result.other_stories),
        "take": result.take,
        "takes": list(result.takes),
        "count": result.take_count,
        "length": result.length,
        "beside": [path.name for path in left_parts],
        "alongside": list(result.companions),
    }


def _say_import(workspace: Workspace, story_id: str, result: ImportResult) -> None:
    recordings = "this recording" if len(result.takes) == 1 else "these recordings"
    if result.is_unchanged and not result.derived:
        say(f"{story_id} already has {recordings}; nothing was changed.")
    elif result.is_unchanged:
        say(f"{story_id} already has {recordings}. Made again: {', '.join(result.derived)}.")
    else:
        _say_new_files(story_id, result)
        if result.derived:
            say(f"Made: {', '.join(result.derived)}.")
    if result.is_picture_unused:
        say(
            "Only their voice is agreed to by now. What was filmed still lies on this computer, "
            "and nobody is shown it; it is not taken away by this: "
            f"`carer-stories withdraw {story_id} --erase` takes it all away."
        )
    if result.has_stills:
        say("Takes without a picture are shown as a still picture.")
    for take in result.heard_again:
        say(
            f"More of {take.file} is heard than before. To recognise its words anew: "
            f"carer-stories transcribe {story_id} --again"
        )
    for take in dict.fromkeys((*result.takes, *result.heard_again)):
        if take.damage:
            say(f"Warning: {take.file}: {take.damage}")
    if result.unused_microphones:
        say(
            "Warning: of the microphone’s file "
            f"{counted_is(result.unused_microphones, 'recording')} not used: each take is given "
            "the one that it sounds like."
        )
    if result.other_stories:
        others = ", ".join(result.other_stories)
        have = "has" if len(result.other_stories) == 1 else "have"
        say(f"Warning: {others} {have} the same recording. Is {story_id} the right story?")
    if is_transcript_outdated(workspace.story(story_id)):
        say("The transcript is older than the new take. Corrections to it will be carried over.")
    _say_next(workspace, story_id, result)


def _say_next(workspace: Workspace, story_id: str, result: ImportResult) -> None:
    transcripts = [companion.file for companion in result.companions if companion.kind == "words"]
    is_transcribed = workspace.story(story_id).transcript.is_file()
    if transcripts and result.take_count == 1 and not is_transcribed:
        path = f"interviews/stories/{story_id}/original/{transcripts[0]}"
        say("The meeting program’s transcript can be a first draft:")
        say(f"  carer-stories transcribe {story_id} --from {shell_quoted(path)}")
        say("Our own recognition is told the words of the questions.")
    wrong = (
        f"If it is not the right story, leave {story_id} as it is, for it is shown to nobody, and "
        "begin another: carer-stories story new"
    )
    say_next_of_story(workspace, story_id, otherwise=wrong if result.other_stories else "")


def _say_new_files(story_id: str, result: ImportResult) -> None:
    from library.core.timecode import clock

    if not result.new_takes:
        say(f"{story_id}: files were added to its recording.", bold=True)
    elif result.take_count == 1:
        say(f"{story_id}: imported {_described(result.take)}.", bold=True)
    else:
        say(
            f"{story_id}: {result.take_count} takes joined, {clock(result.length)} altogether.",
            bold=True,
        )
        for take in result.new_takes:
            say(f"New: {_described(take)}.")
    for take in result.new_takes:
        say(f"The original is kept read-only as original/{take.file}.")
        say_detail(f"SHA-256 of original/{take.file}: {take.sha256}")
    for take in result.takes if result.has_new_microphone else ():
        _say_microphone(take)
    for companion in result.companions:
        use = "the transcript" if companion.kind == "words" else "one voice"
        say(f"Kept with it, {use}: original/{companion.file}")
        say_detail(f"SHA-256 of original/{companion.file}: {companion.sha256}")


def _say_microphone(take: Take) -> None:
    from library.core.timecode import clock

    microphone = take.microphone
    if microphone is None:
        return
    when = clock(abs(microphone.offset_us) // 1000)
    side = "after" if microphone.offset_us >= 0 else "before"
    say(
        f"The microphone (original/{microphone.file}) starts {when} {side} {take.file}; the two "
        "are aligned."
    )
    say_detail(f"Its clock drifts by {abs(microphone.drift) * 3600 / 1e6:.0f} ms an hour.")
    if microphone.better:
        say("Film and recognition use the microphone.")
    else:
        say("The camera’s own sound is clearer: it is used, and the microphone only kept.")


def _described(take: Take) -> str:
    from capture.intake.classify import describe_recording

    return describe_recording(take.recorded, take.duration)


@click.command("import-ohms", epilog="Example: carer-stories capture import-ohms interview.xml")
@click.argument("file", type=InputPath())
@json_option
@click.pass_context
def import_ohms(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Create a story from FILE, an interview that OHMS exported.

    FILE is XML of OHMS 5.4 or later.

    Its title, description and index are copied, the index as a question set. Import the recording
    and the transcript with the commands that are named afterwards. That an archive holds an
    interview is no permission to show it here: the story needs agreement and sign-off like any
    other.
    """
    from capture.intake.ohms_story import story_from_ohms

    result = story_from_ohms(workspace_of(ctx), file)
    story, interview = result.story, result.interview
    if as_json:
        say_json(
            {
                "story": story.id,
                "title": story.title,
                "questions": result.questions.id,
                "passages": len(result.questions.questions),
                "has_transcript": interview.has_transcript,
                "minutes_marked": len(interview.marks),
                "left_out": result.left_out,
                "shortened": result.shortened,
                "keywords": list(interview.keywords),
                "file_name": interview.file_name,
            }
        )
        return
    say(f"{story.id}: “{story.title}”.", bold=True)
    say(
        f"Its {counted(len(result.questions.questions), 'passage')} became the question set "
        f"interviews/questions/{result.questions.id}.yml."
    )
    if result.left_out:
        say(f"Warning: {result.left_out} more passages of the index were left out.")
    if result.shortened:
        say(
            "Warning: its title or description was shortened; for another: "
            f'carer-stories story edit {story.id} --title "TITLE"'
        )
    if interview.keywords:
        say(f"Keywords of the archive, to choose themes from: {', '.join(interview.keywords)}")
    if interview.interviewees:
        say("Names of people in it were not copied. The contributor’s name is kept apart:")
        say(f"  carer-stories contributor record {story.id}")
    if interview.rights or interview.usage or interview.restricted:
        say("The archive says how it may be used. Read that in the file before you go on.")
    recording = shell_quoted(interview.file_name or "RECORDING")
    source = f" --from {shell_quoted(file.name)}" if interview.has_transcript else ""
    say_next(
        f"carer-stories consent form {story.id}\n"
        f"carer-stories consent record {story.id}\n"
        f"carer-stories capture import {story.id} {recording}\n"
        f"carer-stories transcribe {story.id}{source}"
    )
