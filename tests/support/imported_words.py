"""Make a story with a real recording and given words instead of recognised ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from capture.intake.pipeline import import_recording
from library.consent.stories import change_story
from library.core import struct_file
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media
from transcribe.words import Transcript, Word


def story_with_words(
    workspace: Workspace, recording: Path, words: Iterable[Word], *, model: str = "small"
) -> StoryFolder:
    """Import a recording as a user does; its transcript is as if `model` had heard `words`."""
    story_id = sample_media.agreed_story(workspace)
    change_story(workspace, story_id, {"content_note": "An admission."})
    imported = import_recording(workspace, story_id, recording)
    folder = workspace.story(story_id)
    transcript = Transcript(
        story=story_id,
        engine="whisper",
        model=model,
        model_sha256="0" * 64,
        options={},
        audio_sha256=sha256_of(folder.speech),
        duration=imported.length,
        words=tuple(words),
    )
    folder.transcript.write_bytes(struct_file.encode(transcript))
    return folder


def copy_story(story: StoryFolder, workspace: Workspace) -> StoryFolder:
    """Copy a story to another workspace, as if it was made there: importing takes seconds."""
    source = Workspace(story.root.parents[2])
    shutil.copytree(source.interviews, workspace.interviews, dirs_exist_ok=True)
    return workspace.story(story.root.name)
