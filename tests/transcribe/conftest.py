"""Stories at the stages of transcription."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from spoken_interview import QUESTIONS, interview_turns, misheard, transcript_of

from capture.session import Session, write_session
from library.workspace import StoryFolder, Workspace
from transcribe.words import Transcript, encode


@pytest.fixture
def heard() -> Transcript:
    """The interview as heard with one word in twenty wrong."""
    words = [word for turn in interview_turns() for word in turn.words]
    return transcript_of(misheard(words, 0.05, seed=4))


@pytest.fixture
def transcribed(
    workspace: Workspace, heard: Transcript
) -> Callable[..., tuple[Workspace, StoryFolder, Transcript]]:
    """A story in a workspace that has agreement, session and a transcript."""

    def make(
        transcript: Transcript = heard,
    ) -> tuple[Workspace, StoryFolder, Transcript]:
        from library import desk
        from library.clock import today

        story = desk.start_story(
            workspace, title="Nobody would talk to me", questions="being-heard", contributor="Ruth"
        )
        desk.record_agreement(
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
        mine = msgspec.structs.replace(transcript, story=story.id)
        folder.transcript.write_bytes(encode(mine))
        return workspace, folder, mine

    return make
