"""`capture import-ohms`: a story from an archive’s OHMS file."""

from __future__ import annotations

from pathlib import Path

import click

from library.cli.console import json_option, say, say_json, workspace_of
from library.core.shell_quote import typed


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
    from capture.intake.ohms.story import begin_from_ohms

    done = begin_from_ohms(workspace_of(ctx), file)
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
    say(f"  carer-stories capture import {story.id} {typed(recording)}")
    if interview.has_transcript:
        say(f"  carer-stories transcribe {story.id} --from {typed(file.name)}")
    else:
        say(f"  carer-stories transcribe {story.id}")
