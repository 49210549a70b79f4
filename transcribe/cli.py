"""The commands `transcribe`, `edit` and `captions`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli_tools import json_option, progress, say, say_json, table, workspace_of

if TYPE_CHECKING:
    from transcribe.applying import Applied, Desk
    from transcribe.drafting import Drafted
    from transcribe.edit import Summary


@click.command(
    epilog="Example: carer-stories transcribe cs-4k7m2q --model small",
)
@click.argument("stories", metavar="STORY...", nargs=-1, required=True)
@click.option(
    "--model",
    metavar="NAME|PATH",
    help="A Whisper model by name (small, medium, turbo …) or a file. Default: from settings.yml.",
)
@click.option("--again", is_flag=True, help="Transcribe again; an editor’s corrections are kept.")
@json_option
@click.pass_context
def transcribe(
    ctx: click.Context, stories: tuple[str, ...], model: str | None, again: bool, as_json: bool
) -> None:
    """Turn the speech of each STORY into words, on this machine, with Whisper.

    Writes the literal transcript (transcript.json, never altered) and the editor’s copy
    (transcript.md), under the questions as far as they are recognised.
    """
    from library.settings import load_settings
    from transcribe.drafting import ready, transcribe_story
    from transcribe.engine import Options
    from transcribe.models import DEMO_NOTE, resolve
    from transcribe.whisper_engine import WhisperEngine

    workspace = workspace_of(ctx)
    waiting = [ready(workspace, story, again=again) for story in dict.fromkeys(stories)]
    chosen = resolve(model or load_settings(workspace).model, workspace)
    if chosen.is_demo:
        say(DEMO_NOTE, err=as_json)
    engine = WhisperEngine(chosen.path, chosen.official)
    told: list[dict[str, Any]] = []
    for one in waiting:
        with progress(f"Listening to {one.story.id}", _length(one.folder.speech)) as on_progress:
            drafted = transcribe_story(one, engine, chosen, Options(), on_progress)
        told.append(_as_record(drafted))
        if not as_json:
            _tell(drafted)
    if as_json:
        say_json(told)


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


@click.group()
def captions() -> None:
    """Check captions against the rules broadcasters keep."""


@captions.command(
    "lint",
    epilog="Example: carer-stories captions lint cs-4k7m2q, or: captions lint talk.vtt --json",
)
@click.argument("what", metavar="FILE|STORY")
@json_option
@click.pass_context
def captions_lint(ctx: click.Context, what: str, as_json: bool) -> None:
    """Check FILE (.vtt or .srt), or the captions of STORY. Exit code 1 when there are errors."""
    from library.workspace import STORY_ID
    from transcribe import lint
    from transcribe.formats import read_captions

    path = Path(what)
    if STORY_ID.match(what) and not path.exists():
        path = workspace_of(ctx).story(what).captions
    cues = read_captions(path)
    findings = lint.lint(cues)
    if as_json:
        say_json(_lint_record(path, len(cues), findings))
    else:
        _show_lint(path, len(cues), lint.table(cues, findings), findings)
    ctx.exit(1 if any(finding.is_error for finding in findings) else 0)


def _length(speech: Path) -> int:
    """Milliseconds of a 16 kHz 16-bit WAV, near enough for a progress bar."""
    return speech.stat().st_size // 32


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


def _lint_record(path: Path, cues: int, findings: list[Any]) -> dict[str, Any]:
    return {
        "file": path.name,
        "cues": cues,
        "errors": sum(finding.is_error for finding in findings),
        "findings": [
            {
                "rule": finding.rule.name.lower(),
                "level": finding.rule.level,
                "cue": finding.cue,
                "at": finding.at,
                "sentence": finding.sentence,
            }
            for finding in findings
        ],
    }


def _show_lint(path: Path, cues: int, rows: list[Any], findings: list[Any]) -> None:
    say(f"{path.name}: {cues} captions.")
    table(
        ("", "rule", "captions", "share", "aim"),
        [
            (
                "well" if row.well else row.rule.level,
                row.rule.meaning,
                str(row.count),
                f"{row.percent} %",
                "none" if not row.rule.aim else f"≤ {row.rule.aim:g} %",
            )
            for row in rows
        ],
    )
    for finding in findings:
        if finding.is_error:
            say(finding.sentence, err=True)


def _minutes(ms: int) -> str:
    return f"{ms // 60_000}:{ms // 1000 % 60:02}"
