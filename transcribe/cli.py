"""Commands `transcribe` and `edit`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.cluster import chosen_cluster, cluster_options, opened_cluster
from library.cli.console import (
    confirm,
    examples,
    is_verbose,
    json_option,
    progress,
    say,
    say_json,
    workspace_of,
)
from library.cli.fields import path_option
from library.cli.status import say_next_of_story
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError
from transcribe.captions.cli import answered, label_options

if TYPE_CHECKING:
    from library.cluster.choice import ClusterChoice
    from transcribe.edit_service import EditSession, PreparedEdit
    from transcribe.formats.speaker_labels import LabelAnswers
    from transcribe.jobs import EngineSetup, TranscriptionOutcome
    from transcribe.pipeline import TranscriptionTask


@click.command(
    epilog=examples(
        "carer-stories transcribe cs-4k7m2q --model small",
        "carer-stories transcribe --all-waiting",
        "carer-stories transcribe --all-waiting --cluster local:4",
        "carer-stories transcribe cs-4k7m2q --again --speakers 3  # a relative joined in",
        "carer-stories transcribe cs-4k7m2q --from zoom.vtt  # words that Zoom wrote",
        'carer-stories transcribe cs-4k7m2q --from zoom.vtt --label "ruth’s iPhone"',
    ),
)
@click.argument("stories", metavar="STORY...", nargs=-1)
@click.option(
    "--all-waiting", is_flag=True, help="Every recorded story that has no transcript yet."
)
@click.option(
    "--model",
    metavar="NAME|PATH",
    help="A Whisper model by name (small, medium, turbo …), a file, or a CTranslate2 folder. "
    "Default: from settings.yml.",
)
@click.option(
    "--check-with",
    "check_model",
    metavar="NAME|PATH",
    help="A second model that listens too: marks what it hears otherwise. Takes its time as well. "
    "Default: a smaller one of Whisper’s, where there is one here; none leaves it out.",
)
@click.option(
    "--engine",
    type=click.Choice(["whisper", "faster"]),
    help="The speech recogniser. Default: from settings.yml, or faster where it is installed.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    help="Processor or CUDA graphics card. Default: the graphics card, where there is one.",
)
@click.option(
    "--language",
    metavar="NAME",
    help="The language spoken, by its short name (fr, pl); of several, all (en,fr). "
    "Default: the story’s own, or en.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    metavar="N",
    help="How many stories at a time; each needs memory for a model of its own. Default: 1.",
)
@cluster_options
@click.option(
    "--speakers",
    type=click.IntRange(1, 8),
    metavar="N",
    help="How many people speak. Default: as many as their voices tell.",
)
@path_option(
    "--voice-model",
    metavar="PATH",
    help="Tell voices apart by a pipeline of pyannote.audio, which is installed apart.",
)
@path_option(
    "--from",
    "source",
    metavar="FILE",
    help="Use another tool’s words: .vtt, .srt, .sbv, Teams’ or Meet’s .docx, OHMS XML, or the "
    "JSON of a speech recogniser.",
)
@label_options
@click.option("--again", is_flag=True, help="Transcribe again; an editor’s corrections are kept.")
@json_option
@click.pass_context
def transcribe(
    ctx: click.Context,
    stories: tuple[str, ...],
    all_waiting: bool,
    model: str | None,
    check_model: str | None,
    engine: str | None,
    device: str,
    language: str | None,
    jobs: int,
    cluster: str | None,
    share: str | None,
    speakers: int | None,
    voice_model: Path | None,
    source: Path | None,
    labels: tuple[str, ...],
    not_labels: tuple[str, ...],
    again: bool,
    as_json: bool,
) -> None:
    """Turn the speech of each STORY into words, on this machine, with a Whisper model.

    Writes the literal transcript (transcript.json, never altered) and the editor’s copy
    (transcript.md), with the questions it recognised as headings. If it is interrupted, run the
    same command again: finished parts of a long recording are kept.
    """
    from library.core.languages import parse_spoken
    from library.core.settings import load_settings
    from transcribe import pipeline, report
    from transcribe.engines.models import (
        DEMO_NOTE,
        NO_MODEL,
        engine_for,
        quicker_model,
        require_engine,
        resolve_model,
    )
    from transcribe.engines.protocol import TranscriptionOptions
    from transcribe.formats.speaker_labels import LabelAnswers
    from transcribe.jobs import EngineSetup
    from transcribe.speakers.pyannote_voices import require_pyannote

    # Both, or neither: it is not clear what is meant.
    if bool(stories) == all_waiting:
        raise click.UsageError("Name the stories, or say --all-waiting.")
    workspace = workspace_of(ctx)
    if source is not None:
        if len(set(stories)) != 1 or model or engine or check_model or speakers or voice_model:
            raise click.UsageError(
                "Use --from with one story, and without options of the recogniser or of voices."
            )
        task = pipeline.prepare_task(workspace, stories[0], again=again)
        _import_words(task, source, LabelAnswers(labels, not_labels), as_json)
        return
    if labels or not_labels:
        raise click.UsageError("Use --label and --not-label with --from: they are about its file.")
    if cluster and jobs > 1:
        raise click.UsageError("Use either --cluster or --jobs.")
    choice = chosen_cluster(cluster, share, workspace)
    settings = load_settings(workspace)
    named_engine = engine or settings.engine
    require_engine(named_engine)
    if voice_model is not None:
        require_pyannote(voice_model)
    story_ids = pipeline.stories_to_transcribe(workspace) if all_waiting else dict.fromkeys(stories)
    # All are checked before the first is begun: hours of work follow.
    tasks = [
        pipeline.prepare_task(
            workspace, story, again=again, speaker_count=speakers, voice_model=voice_model
        )
        for story in story_ids
    ]
    if not tasks:
        say_json([]) if as_json else say("No story is waiting to be transcribed.")
        return
    chosen_model = resolve_model(model or settings.model, workspace)
    if chosen_model.is_demo:
        say(DEMO_NOTE)
    options = (
        TranscriptionOptions(language=parse_spoken(language), is_language_given=True)
        if language
        else TranscriptionOptions()
    )
    if check_model is None:
        checking = quicker_model(chosen_model, workspace)
    else:
        checking = None if check_model == NO_MODEL else resolve_model(check_model, workspace)
    if checking is not None and checking.sha256 == chosen_model.sha256:
        raise BadInput(
            "The model that checks is the one that transcribes: it would hear the same.",
            "Name another with --check-with, or leave it out.",
        )
    chosen_engine = named_engine or engine_for(chosen_model)
    is_asked = check_model is not None
    setup = EngineSetup(
        chosen_engine, chosen_model, workspace, options, device, checking, is_check_asked=is_asked
    )
    records, failures = [], []
    for task, result in _outcomes(tasks, setup, jobs, choice):
        if isinstance(result, CarerStoriesError):
            failures.append(result)
            if len(tasks) > 1:
                say(f"{task.story.id}: {result}", err=True)
            continue
        records.append(report.transcription_record(result))
        if not as_json:
            for line in report.transcription_lines(result, is_detailed=is_verbose()):
                say(line)
    if as_json:
        say_json(records)
    _raise_failures(failures, len(tasks))


def _outcomes(
    tasks: Sequence[TranscriptionTask],
    setup: EngineSetup,
    jobs: int,
    choice: ClusterChoice | None,
) -> Iterator[TranscriptionOutcome]:
    """Yield each story with its result, transcribed here or on a cluster."""
    from transcribe.jobs import share_of_cores, transcribe_all

    if choice is None:
        yield from transcribe_all(tasks, setup, progress, jobs)
        return
    from transcribe.cluster_jobs import transcribe_on_cluster

    with opened_cluster(choice, share_of_cores(max(choice.count, 1))) as cluster:
        yield from transcribe_on_cluster(tasks, setup, progress, cluster)


def _import_words(
    task: TranscriptionTask, source: Path, answers: LabelAnswers, as_json: bool
) -> None:
    """Use the words of another tool's file as the story's own."""
    from transcribe import pipeline, report
    from transcribe.captions.cli import import_record, say_import
    from transcribe.import_transcript import import_words, read_transcript_file, voice_numbers

    if not as_json:
        answers = answered(answers, read_transcript_file(source, None, answers).unsure_labels)
    result, imported = import_words(task, source, answers)
    if as_json:
        say_json([{**report.transcription_record(result), **import_record(imported)}])
        return
    say_import(imported)
    for line in report.imported_voice_lines(
        result, voice_numbers(imported), pipeline.speakers_of(task.story)
    ):
        say(line)
    say("  This is a draft that another tool made: check every word against the recording.")
    if imported.guessed_times:
        say("  Where words share a caption’s time, a cut may miss its words: listen to each.")
    for line in report.transcription_lines(result, is_detailed=is_verbose()):
        say(line)


def _raise_failures(failures: list[CarerStoriesError], story_count: int) -> None:
    """Raise an error if any story could not be transcribed, of the kind of the first failure."""
    if not failures:
        return
    first = failures[0]
    if story_count == 1:
        raise first
    # Of the same kind, so that the exit code is that of the first failure.
    raise type(first)(
        f"{len(failures)} of {counted(story_count, 'story')} could not be transcribed.",
        first.next_step,
    )


@click.command(
    epilog=examples(
        "carer-stories edit cs-4k7m2q",
        "carer-stories edit cs-4k7m2q --british  # honor → honour, realized → realised",
        "carer-stories edit cs-4k7m2q --apply corrected.md --yes  # for a script",
        "carer-stories edit cs-4k7m2q --as-is --widen",
    ),
)
@click.argument("story", metavar="STORY")
@path_option(
    "--apply", "file", metavar="FILE", help="Apply this text instead of opening an editor."
)
@click.option("--as-is", is_flag=True, help="Apply transcript.md as it is: you have checked it.")
@click.option(
    "--british", is_flag=True, help="First write recognised words in British spelling, not names."
)
@click.option(
    "--widen",
    is_flag=True,
    help="Have redactions reach as far as they do today, also if an earlier version applied this "
    "text. The film must then be made and signed off again.",
)
@click.option("--yes", is_flag=True, help="Apply without asking.")
@json_option
@click.pass_context
def edit(
    ctx: click.Context,
    story: str,
    file: Path | None,
    as_is: bool,
    british: bool,
    widen: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Correct the words of STORY in your own editor; captions and chapters follow.

    Opens the editor’s copy (transcript.md), checks it when you close it, shows what will change
    and asks before anything is written.

    ~~words~~ are cut, and [[said|shown]] silences words and shows others. To move the beginning and
    the end of either, put milliseconds behind it: [[Daniel|my son]]{-120,+80} begins 120 earlier
    and ends 80 later.
    """
    from transcribe import report
    from transcribe.edit_service import (
        ensure_copy,
        open_edit_session,
        prepare_edit,
        write_edit,
        write_in_british_spelling,
    )
    from transcribe.editing.read_editors_copy import read_editors_copy_text

    if file is not None and as_is:
        raise click.UsageError("Use either --apply or --as-is.")
    session = open_edit_session(workspace_of(ctx), story)
    copy_path = ensure_copy(session)
    if file is None and not as_is:
        if british:
            text = read_editors_copy_text(copy_path)
            respelled = write_in_british_spelling(session, copy_path, text)
            for line in report.spelling_lines(respelled.counts):
                say(line, err=as_json)
        prepared = _edit_until_valid(session, copy_path, widen=widen)
    else:
        text = read_editors_copy_text(file or copy_path)
        prepared = prepare_edit(session, text, as_british=british, widen=widen)
    is_agreed = yes or as_is
    # Whoever is asked is shown what they are asked about.
    if not (as_json and is_agreed):
        for line in report.edit_lines(prepared):
            say(line)
    if not (is_agreed or confirm("Apply this?", default=True)):
        say("Nothing was applied. Your text is kept as you saved it.")
        say_next_of_story(session.task.workspace, story)
        return
    # Only now is anything written: what was shown above is what is applied.
    write_edit(session, prepared)
    if as_json:
        say_json(report.edit_record(prepared))
        return
    for line in report.written_lines(session):
        say(line)
    say_next_of_story(session.task.workspace, story)


def _edit_until_valid(session: EditSession, copy_path: Path, *, widen: bool) -> PreparedEdit:
    """Open the editor's program until its text is valid, or the editor gives up."""
    from transcribe.edit_service import prepare_edit
    from transcribe.editing.read_editors_copy import read_editors_copy_text

    while True:
        _open_editor(copy_path)
        try:
            return prepare_edit(session, read_editors_copy_text(copy_path), widen=widen)
        except BadInput as error:
            # A script cannot answer: it would wait for ever.
            if not sys.stdin.isatty():
                raise
            say(str(error), err=True)
            if not confirm("Open it again?", default=True):
                raise


def _open_editor(copy_path: Path) -> None:
    import os

    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR") or sys.stdin.isatty()):
        raise BadInput(
            "No editor can be opened here: there is no terminal, and EDITOR is not set.",
            f"Change {copy_path} in any program and add --as-is, or name a text with --apply FILE.",
        )
    click.edit(filename=str(copy_path))
