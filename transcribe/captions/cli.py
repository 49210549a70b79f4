"""Commands of `captions`: lay out, check and export."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from library.cli.console import (
    CheckResult,
    confirm,
    examples,
    is_verbose,
    json_option,
    say,
    say_json,
    say_next,
    say_result,
    table,
    workspace_of,
)
from library.cli.fields import InputPath, output_option, role_option
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.counting import counted
from library.core.errors import BadInput, NotFound
from library.core.files import write_atomic
from library.core.workspace import STORY_ID

if TYPE_CHECKING:
    from transcribe.captions.lint import CaptionFinding, RuleCount
    from transcribe.formats.source_file import ParsedCaptions
    from transcribe.formats.speaker_labels import LabelAnswers, UnsureLabel
    from transcribe.import_transcript import ImportedTranscript

Command = TypeVar("Command", bound=Callable[..., object])
FORMATS = ("vtt", "srt", "ttml", "ebu-tt-d", "txt")


def label_options(command: Command) -> Command:
    """Add `--label` and `--not-label` to a command that reads other tools' transcripts."""
    for name, variable, text in (
        ("--not-label", "not_labels", "Words before a colon that are said, and no speaker."),
        (
            "--label",
            "labels",
            "A speaker of the file, by the label that stands before what is said.",
        ),
    ):
        command = click.option(name, variable, metavar="NAME", multiple=True, help=text)(command)
    return command


def answered(answers: LabelAnswers, unsure: Iterable[UnsureLabel]) -> LabelAnswers:
    """Ask about each label in doubt where somebody can be asked, and return all answers."""
    from transcribe.formats.speaker_labels import LabelAnswers

    labels, not_labels = list(answers.labels), list(answers.not_labels)
    if not sys.stdin.isatty():
        return answers
    for label in unsure:
        question = f"“{label.name}:” begins {label.passages}. Is that somebody who speaks?"
        is_speaker = confirm(question, default=label.is_taken)
        (labels if is_speaker else not_labels).append(label.name)
    return LabelAnswers(tuple(labels), tuple(not_labels))


@click.group(epilog="Example: carer-stories captions lint cs-4k7m2q")
def captions() -> None:
    """Lay out captions, check them against broadcasters’ rules, and export them."""


@captions.command(
    "layout",
    epilog="Example: carer-stories captions layout talk.whisperx.json -o talk.vtt",
)
@click.argument("transcript", metavar="TRANSCRIPT", type=InputPath())
@output_option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    help="File to write; its ending gives the format: .vtt, .srt, .ttml, .ebu-tt-d or .txt.",
)
@label_options
@json_option
def captions_layout(
    transcript: Path,
    output: Path,
    labels: tuple[str, ...],
    not_labels: tuple[str, ...],
    as_json: bool,
) -> None:
    """Lay out captions for any TRANSCRIPT, without a story.

    TRANSCRIPT is the JSON of a speech recogniser, our own transcript.json, or captions (.vtt, .srt)
    of other tools, whose words are laid out again.
    """
    from transcribe.captions import lint
    from transcribe.captions.layout import lay_out
    from transcribe.formats.caption_files import writer_for
    from transcribe.formats.speaker_labels import LabelAnswers
    from transcribe.import_transcript import read_transcript_file, turns_of

    write = writer_for(output.suffix)
    answers = LabelAnswers(labels, not_labels)
    imported = read_transcript_file(transcript, None, answers)
    if imported.unsure_labels and not as_json:
        answers = answered(answers, imported.unsure_labels)
        imported = read_transcript_file(transcript, None, answers)
    if output.exists() and output.samefile(transcript):
        raise BadInput(
            f"{output.name} is the transcript itself.",
            "Name another file for the captions.",
        )
    cues = lay_out(turns_of(imported))
    write_atomic(output, write(cues).encode(), mode=0o644)
    findings = lint.lint_cues(cues)
    if as_json:
        record = _lint_record(output.name, len(cues), findings, [])
        say_json({**record, **import_record(imported)})
        return
    say_import(imported)
    errors = sum(finding.is_error for finding in findings)
    say(
        f"{output.name}: {counted(len(cues), 'caption')}, with {counted(errors, 'error')} and "
        f"{counted(len(findings) - errors, 'remark')}."
    )


@captions.command(
    "lint",
    epilog=examples(
        "carer-stories captions lint cs-4k7m2q",
        "carer-stories captions lint zoom.vtt teams.vtt --json",
    ),
)
@click.argument("sources", metavar="FILE|STORY...", nargs=-1, required=True)
@json_option
@click.pass_context
def captions_lint(ctx: click.Context, sources: tuple[str, ...], as_json: bool) -> None:
    """Check each FILE (.vtt or .srt), or the captions of a STORY. Exit code 1 with any error."""
    from transcribe.captions import lint
    from transcribe.formats.caption_files import parse_captions

    records: list[dict[str, Any]] = []
    for source in sources:
        path = _captions_path(ctx, source)
        parsed = parse_captions(path)
        findings = lint.lint_cues(parsed.cues)
        records.append(_lint_record(path.name, len(parsed.cues), findings, _sentences(parsed)))
        if not as_json:
            _show_lint(path, parsed, lint.count_by_rule(parsed.cues, findings), findings)
    if as_json:
        say_json(records if len(records) > 1 else records[0])
    ctx.exit(1 if any(record["errors"] for record in records) else 0)


@captions.command(
    "export",
    epilog=examples(
        "carer-stories captions export cs-4k7m2q --format srt -o talk.srt",
        "carer-stories captions export cs-4k7m2q --format ebu-tt-d -o talk.xml "
        '--for "Larch TV, subtitles" --audience public',
    ),
)
@click.argument("story", metavar="STORY")
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    required=True,
    help="vtt (web), srt (players), ttml (IMSC, for broadcasters), ebu-tt-d (for broadcasters of "
    "Europe), txt (to read).",
)
@output_option(
    "-o", "--output", metavar="FILE", help="Where to write. Without it, the text is printed."
)
@click.option(
    "--for", "recipient", metavar="WHO", help="Who answers for it, and how to reach them."
)
@click.option(
    "--audience",
    type=click.Choice(AUDIENCE_WORDS),
    help="With --for: whom they show it to (default: settings).",
)
@role_option
@click.pass_context
def captions_export(
    ctx: click.Context,
    story: str,
    kind: str,
    output: Path | None,
    recipient: str | None,
    audience: str | None,
    role: str,
) -> None:
    """Write the checked captions of STORY in another format.

    Without --for they are to work with, also before a story is released. With it, they are handed
    out: only of a story that may be shown to them, and entered in the register of copies.
    """
    from library.consent.gate import require_agreement
    from library.consent.stories import read_history
    from library.core.settings import load_settings, site_audience
    from transcribe.captions.handed_out import hand_out_captions, reasons_shown_to_nobody
    from transcribe.formats.caption_files import read_captions, writer_for

    if recipient is None and audience:
        raise click.UsageError("--audience goes with --for.")
    if recipient is not None and output is None:
        raise click.UsageError("--for goes with --output: a copy that is entered is a file.")
    workspace = workspace_of(ctx)
    require_agreement(read_history(workspace, story))
    path = workspace.story(story).captions
    _require_captions(path, story)
    cues = read_captions(path)
    text = writer_for(kind)(cues)
    if recipient is not None and output is not None:
        level = (
            Audience.from_word(audience) if audience else site_audience(load_settings(workspace))
        )
        copy = hand_out_captions(
            workspace,
            story,
            # Read once the gate was asked: they are those of the film that was signed off.
            lambda: writer_for(kind)(read_captions(path)),
            output,
            to=recipient,
            audience=level,
            role=role,
        )
        say(f"{copy.id}: {counted(len(cues), 'caption')} of {story}, for {copy.to}.", bold=True)
        say(f"  {output}")
        say("It is entered in the register of copies. If the story is withdrawn, ask for it back.")
        settle = f"carer-stories copies settle {copy.id} --as"
        say_next(f"Once it is back: {settle} returned\nOnce it is destroyed: {settle} destroyed")
        return
    if output is None:
        # As bytes: captions are UTF-8 wherever they are sent on to.
        click.echo(text.encode(), nl=False)
    else:
        write_atomic(output, text.encode())
        say(f"{output}: {counted(len(cues), 'caption')} of {story}.")
        say("Keep it where only those may read it who may watch the film.")
    if reasons := reasons_shown_to_nobody(workspace, story):
        say(
            f"{story} may be shown to nobody: {' '.join(reasons)} Give its captions to nobody but "
            "those who work on it.",
            err=True,
        )


def say_import(imported: ImportedTranscript) -> None:
    """Say what was read of another tool's file, how, and what could not be read."""
    from transcribe.formats.source_file import UNNAMED_VOICES

    words = len(imported.recognised.words)
    say(f"{imported.path.name}: {counted(words, 'word')}, from {imported.format}.")
    for note in imported.notes:
        say(f"  {note}")
    if imported.guessed_times:
        say(f"  {imported.guessed_times} of them have no times: they share their caption’s.")
    for name, count in imported.passages_of.items():
        if name in UNNAMED_VOICES:
            continue
        passages = counted(count, "passage")
        say(f"  “{name}” is who speaks in {passages}.")
    for label in imported.unsure_labels:
        say(f"  {label.sentence}")
    for fault in imported.faults:
        say(f"  {fault}", err=True)


def import_record(imported: ImportedTranscript) -> dict[str, Any]:
    """Return the same for `--json`."""
    return {
        "format": imported.format,
        "words": len(imported.recognised.words),
        "guessed_times": imported.guessed_times,
        "notes": list(imported.notes),
        "speakers": [
            {"name": name, "passages": count} for name, count in imported.passages_of.items()
        ],
        "unread": [{"line": fault.line, "sentence": fault.sentence} for fault in imported.faults],
        "unsure_labels": [
            {"name": label.name, "passages": label.count, "is_speaker": label.is_taken}
            for label in imported.unsure_labels
        ],
    }


def _captions_path(ctx: click.Context, source: str) -> Path:
    """Return the path of a caption file, or that of a story's captions."""
    path = Path(source)
    if STORY_ID.match(source) and not path.exists():
        path = workspace_of(ctx).story(source).captions
        _require_captions(path, source)
    return path


def _require_captions(path: Path, story: str) -> None:
    if not path.is_file():
        raise NotFound(f"{story} has no captions yet.", f"Make them: carer-stories edit {story}")


def _sentences(parsed: ParsedCaptions) -> list[str]:
    return [str(fault) for fault in parsed.faults]


def _lint_record(
    name: str, cues: int, findings: list[CaptionFinding], unread: list[str]
) -> dict[str, Any]:
    return {
        "file": name,
        "cues": cues,
        "errors": sum(finding.is_error for finding in findings) + len(unread),
        "unread": unread,
        "findings": [
            {
                "rule": finding.rule.code,
                "level": finding.rule.level,
                "cue": finding.cue_number,
                "at": finding.at,
                "sentence": finding.sentence,
            }
            for finding in findings
        ],
    }


def _show_lint(
    path: Path, parsed: ParsedCaptions, rows: list[RuleCount], findings: list[CaptionFinding]
) -> None:
    say(f"{path.name}: {counted(len(parsed.cues), 'caption')}.")
    words = {"error": CheckResult.PROBLEM, "warning": CheckResult.WARNING}
    shown = rows if is_verbose() else [row for row in rows if row.count]
    if shown:
        table(
            ("", "What is wrong", "Captions", "Allowed"),
            [
                (
                    str(CheckResult.OK if row.is_within_tolerance else words[row.rule.level]),
                    row.rule.meaning,
                    f"{row.count} ({row.percent:g} %)" if row.count else "none",
                    f"up to {row.rule.tolerance:g} %" if row.rule.tolerance else "none",
                )
                for row in shown
            ],
        )
    if not any(row.count for row in rows):
        say_result(CheckResult.OK, "Nothing is wrong with them.")
    for sentence in _sentences(parsed):
        say(sentence, err=True)
    for finding in findings:
        if finding.is_error:
            say(finding.sentence, err=True)
