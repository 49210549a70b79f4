"""The commands `transcribe` and `edit`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli_tools import json_option, progress, say, say_json, workspace_of
from library.errors import CarerStoriesError

if TYPE_CHECKING:
    from transcribe.applying import Applied, Desk
    from transcribe.drafting import Drafted, Waiting
    from transcribe.edit import Summary


@click.command(
    epilog="Examples: carer-stories transcribe cs-4k7m2q --model small, "
    "or for all that wait: carer-stories transcribe --all-waiting, "
    "or words that Zoom wrote: carer-stories transcribe cs-4k7m2q --from zoom.vtt",
)
@click.argument("stories", metavar="STORY...", nargs=-1)
@click.option("--all-waiting", is_flag=True, help="Every story that is recorded and agreed.")
@click.option(
    "--model",
    metavar="NAME|PATH",
    help="A Whisper model by name (small, medium, turbo …) or a file. Default: from settings.yml.",
)
@click.option(
    "--engine",
    type=click.Choice(["whisper", "faster"]),
    help="What recognises speech: “faster” is the extra [fast]. Default: from settings.yml.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Where it computes. By default a CUDA graphics card where there is one.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    help="Stories at a time, each in a process that loads the model for itself. Default: 1.",
)
@click.option(
    "--from",
    "source",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take another tool’s words: .vtt, .srt, or JSON of Whisper, faster-whisper, WhisperX.",
)
@click.option("--again", is_flag=True, help="Transcribe again; an editor’s corrections are kept.")
@json_option
@click.pass_context
def transcribe(
    ctx: click.Context,
    stories: tuple[str, ...],
    all_waiting: bool,
    model: str | None,
    engine: str | None,
    device: str,
    jobs: int,
    source: Path | None,
    again: bool,
    as_json: bool,
) -> None:
    """Turn the speech of each STORY into words, on this machine, with Whisper.

    Writes the literal transcript (transcript.json, never altered) and the editor’s copy
    (transcript.md), under the questions as far as they are recognised. If it is broken off, the
    same command goes on where it was: finished pieces of a long recording are kept.
    """
    from library.settings import load_settings
    from transcribe import drafting, engines
    from transcribe.jobs import Setup, transcribe_all
    from transcribe.models import DEMO_NOTE, resolve

    if bool(stories) == all_waiting:
        raise click.UsageError("Name the stories, or say --all-waiting.")
    workspace = workspace_of(ctx)
    if source is not None:
        if len(set(stories)) != 1 or model or engine:
            raise click.UsageError("--from takes one story’s words from a file: no model hears it.")
        _import(drafting.ready(workspace, stories[0], again=again), source, as_json)
        return
    settings = load_settings(workspace)
    chosen_engine = engine or settings.engine
    engines.require(chosen_engine)
    named = drafting.all_waiting(workspace) if all_waiting else dict.fromkeys(stories)
    waiting = [drafting.ready(workspace, story, again=again) for story in named]
    if not waiting:
        say_json([]) if as_json else say("No story is waiting to be transcribed.")
        return
    chosen = resolve(model or settings.model, workspace)
    if chosen.is_demo:
        say(DEMO_NOTE, err=as_json)
    setup = Setup(chosen_engine, chosen, workspace, device=device)
    told, failed = [], []
    for one, outcome in transcribe_all(waiting, setup, progress, jobs):
        if isinstance(outcome, CarerStoriesError):
            failed.append(outcome)
            if len(waiting) > 1:
                say(f"{one.story.id}: {outcome}", err=True)
            continue
        told.append(_as_record(outcome))
        if not as_json:
            _tell(outcome)
    if as_json:
        say_json(told)
    _end(failed, len(waiting))


def _import(waiting: Waiting, source: Path, as_json: bool) -> None:
    """The words of another tool's file as the story's own."""
    from transcribe.formats.cli import import_record, tell_import
    from transcribe.importing import import_story

    drafted, imported = import_story(waiting, source)
    if as_json:
        say_json([{**_as_record(drafted), **import_record(imported)}])
        return
    tell_import(imported)
    if imported.speakers:
        say("  Names are not taken over: speakers are told apart; name them in the editor’s copy.")
    _tell(drafted)
    say("  This is a draft that another tool made: check every word against the recording.")


def _end(failed: list[CarerStoriesError], of: int) -> None:
    """Raise what kept a story from being transcribed: the first reason carries the exit code."""
    if not failed:
        return
    if of == 1:
        raise failed[0]
    first = failed[0]
    raise type(first)(f"{len(failed)} of {of} stories could not be transcribed.", first.next_step)


@click.command(
    epilog="Example: carer-stories edit cs-4k7m2q. For a script: "
    "carer-stories edit cs-4k7m2q --apply corrected.md --yes",
)
@click.argument("story", metavar="STORY")
@click.option(
    "--apply",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Apply this text instead of opening an editor.",
)
@click.option("--as-is", is_flag=True, help="Apply transcript.md as it stands: it was checked.")
@click.option("--yes", is_flag=True, help="Apply without asking.")
@json_option
@click.pass_context
def edit(
    ctx: click.Context, story: str, file: Path | None, as_is: bool, yes: bool, as_json: bool
) -> None:
    """Correct the words of STORY in your own editor; captions and chapters follow.

    Opens the editor’s copy (transcript.md), checks it when you close it, shows what changes and
    asks before anything is written.
    """
    from transcribe.applying import ensure_copy, open_desk, read_text, work_out, write

    if file is not None and as_is:
        raise click.UsageError("Use either --apply or --as-is.")
    desk = open_desk(workspace_of(ctx), story)
    copy = ensure_copy(desk)
    if file is None and not as_is:
        _open_editor(copy)
    applied = work_out(desk, read_text(file or copy))
    if not as_json:
        _show(desk, applied)
    if not (yes or as_is or click.confirm("Apply this?", default=True)):
        say("Nothing was applied. Your text is kept as you saved it.")
        return
    write(desk, applied)
    if as_json:
        say_json(_summary_record(applied))
        return
    say(f"Written: captions, chapters and the checked transcript of {story}.")
    if desk.folder.cut.exists():
        say("A film was made of earlier words: make it again, and have it viewed and signed off.")
    else:
        say(f"Next: carer-stories film {story}")


def _tell(drafted: Drafted) -> None:
    transcript = drafted.transcript
    if transcript.words:
        _tell_words(drafted)
    else:
        say(f"{transcript.story}: no speech was heard. Listen to the recording, check its sound.")
    if drafted.kept:
        say(
            f"  The earlier editor’s copy, with its corrections, is kept as {drafted.kept.name}. To"
        )
        say(f"  apply it anew: carer-stories edit {transcript.story} --apply {drafted.kept}")
    if transcript.words:
        say(f"  Next: carer-stories edit {transcript.story}")


def _tell_words(drafted: Drafted) -> None:
    transcript, matching = drafted.transcript, drafted.matching
    found = len(matching.questions)
    say(
        f"{transcript.story}: {len(transcript.words)} words in {_minutes(transcript.duration)}, "
        f"under {found} of {found + len(matching.missing)} questions."
    )
    for passage in matching.doubtful:
        say(
            f"  Unsure: “{passage.wording}” at {_minutes(transcript.words[passage.first].start)} "
            f"(sounds {passage.score:.0f} % alike). Please look."
        )
    if matching.missing:
        say(f"  Not heard: {', '.join(matching.missing)}. Add a heading where it was asked.")


def _as_record(drafted: Drafted) -> dict[str, Any]:
    transcript, matching = drafted.transcript, drafted.matching
    return {
        "id": transcript.story,
        "words": len(transcript.words),
        "duration": transcript.duration,
        "engine": transcript.engine,
        "model": transcript.model,
        "model_sha256": transcript.model_sha256,
        "questions": [
            {
                "id": passage.question,
                "start": transcript.words[passage.first].start,
                "score": passage.score,
                "doubtful": passage.doubtful,
            }
            for passage in matching.questions
        ],
        "missing": list(matching.missing),
        "kept": str(drafted.kept) if drafted.kept else None,
    }


def _open_editor(copy: Path) -> None:
    import os

    from library.errors import BadInput

    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR") or sys.stdin.isatty()):
        raise BadInput(
            "There is no editor to open here: no terminal, and EDITOR is not set.",
            f"Change {copy} in any program and add --as-is, or name a text with --apply FILE.",
        )
    click.edit(filename=str(copy))


def _show(desk: Desk, applied: Applied) -> None:
    summary, story = applied.summary, desk.transcript.story
    counted = [
        _count(summary.corrected, "corrected"),
        _count(summary.added, "added"),
        _count(summary.removed, "taken out of the text"),
        _count(summary.touched, "changed only in capitals or punctuation"),
    ]
    said = "; ".join(part for part in counted if part) or "no word differs from what was heard"
    say(f"{story}: {said}.")
    _show_removed(summary)
    say(f"  Speakers: {', '.join(summary.speakers) or 'none'}. Chapters: {summary.chapters}.")
    if summary.unsure:
        say(f"  {_count(summary.unsure, 'still marked')} as unsure with (?…).")
    errors = sum(finding.is_error for finding in applied.findings)
    say(
        f"  Captions: {len(applied.cues)}, with {errors} errors and "
        f"{len(applied.findings) - errors} remarks (captions lint {story})."
    )


def _show_removed(summary: Summary) -> None:
    """What leaves the film, by its time only: these lines may be read over a shoulder."""
    if summary.cuts:
        say(
            f"  Cut: {summary.cut_ms / 1000:.1f} s, at {_times(one.start for one in summary.cuts)}."
        )
    if summary.redacted:
        say(f"  Redacted: {len(summary.redacted)}, at {_times(summary.redacted)}.")
    if summary.still_said:
        say(
            f"  A name that you redacted is said again at {_times(summary.still_said)} and is not "
            "redacted there. Please look."
        )
    for run in summary.runs:
        say(
            f"  At {_minutes(run.at)}, {run.count} words are taken out of the text. They are still "
            "heard in the recording: to cut them, put them back between ~~ and ~~."
        )


def _times(moments: Iterable[int]) -> str:
    return ", ".join(map(_minutes, moments))


def _count(number: int, what: str) -> str:
    return f"{number} word{'' if number == 1 else 's'} {what}" if number else ""


def _summary_record(applied: Applied) -> dict[str, Any]:
    summary = applied.summary
    return {
        "id": applied.edited.story,
        "corrected": summary.corrected,
        "added": summary.added,
        "removed": summary.removed,
        "touched": summary.touched,
        "cuts": [{"start": cut.start, "end": cut.end} for cut in summary.cuts],
        "redacted": list(summary.redacted),
        "still_said": list(summary.still_said),
        "unsure": summary.unsure,
        "speakers": list(summary.speakers),
        "chapters": [chapter.question for chapter in applied.edited.chapters],
        "captions": len(applied.cues),
        "caption_errors": sum(finding.is_error for finding in applied.findings),
    }


def _minutes(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"
