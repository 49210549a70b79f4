"""A story that has agreement, session and a transcript, without a recording."""

from __future__ import annotations

import msgspec

from capture.recording.session_markers import Session, write_session
from library.consent.decisions import record_agreement
from library.consent.stories import start_story
from library.core import struct_file
from library.core.clock import today
from library.core.workspace import StoryFolder, Workspace
from tests.support.known_interview import QUESTIONS, interview_turns, misheard, transcript_of
from transcribe.words import Transcript


def heard_interview() -> Transcript:
    """The interview as heard with one word in twenty wrong."""
    words = [word for turn in interview_turns() for word in turn.words]
    return transcript_of(misheard(words, 0.05, seed=4))


def transcribed_story(
    workspace: Workspace, transcript: Transcript, title: str = "Nobody would talk to me"
) -> tuple[StoryFolder, Transcript]:
    """Make the story; the transcript is its own."""
    story = start_story(workspace, title=title, questions="being-heard", contributor="Ruth")
    record_agreement(
        workspace,
        story.id,
        on=today(),
        taken_by="editor",
        form_version="1",
        independent=True,
        capacity_considered=True,
    )
    folder = workspace.story(story.id)
    folder.root.mkdir(parents=True, exist_ok=True)
    write_session(folder.session, Session(story=story.id, question_set=QUESTIONS))
    own = msgspec.structs.replace(transcript, story=story.id)
    folder.transcript.write_bytes(struct_file.encode(own))
    return folder, own
