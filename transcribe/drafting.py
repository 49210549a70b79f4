"""From a recording to its literal transcript and a first editor's copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capture.questions import QuestionSet
from capture.session import read_session
from library import files
from library.clock import now
from library.desk import read_history
from library.errors import BadInput, CarerStoriesError, NotFound
from library.files import refused_plainly, sha256_of, write_atomic
from library.release import require_agreement
from library.story import Story
from library.workspace import StoryFolder, Workspace
from transcribe import chapters, editors_copy
from transcribe.chapters import Matching
from transcribe.engine import SAMPLES_PER_MS, Engine, Options, Recognised
from transcribe.turns import CARER, Speakers, draft, label
from transcribe.words import EditedTranscript, Transcript, encode, read_transcript

if TYPE_CHECKING:
    from transcribe.engine import Samples
    from transcribe.models import Model

SILENT = 0.001
"""Below this peak (−60 dBFS) there is nothing to hear, and Whisper would only invent."""


@dataclass(frozen=True)
class Waiting:
    """A story that is ready to be transcribed."""

    story: Story
    folder: StoryFolder
    questions: QuestionSet


@dataclass(frozen=True)
class Drafted:
    """What transcribing a story gave."""

    transcript: Transcript
    matching: Matching
    kept: Path | None = None
    """Where an earlier editor's copy with changes was put."""


def ready(workspace: Workspace, story_id: str, *, again: bool) -> Waiting:
    """Check everything that can be checked before the long work.

    Raises NotFound for an unknown story or one without a recording, NotAllowed without agreement
    or after withdrawal, and BadInput where it is transcribed already and `again` is not set.
    """
    history = read_history(workspace, story_id)
    require_agreement(history)
    folder = workspace.story(story_id)
    session = read_session(folder.session)
    if not folder.speech.is_file():
        raise NotFound(
            f"There is no recording of {story_id} yet.",
            f"Bring it in: carer-stories capture import {story_id} FILE",
        )
    if folder.transcript.exists() and not again:
        raise BadInput(
            f"{story_id} is transcribed already; nothing was changed.",
            f"Check its words with: carer-stories edit {story_id}\n"
            "To transcribe it again, add --again; an editor’s corrections are kept beside.",
        )
    return Waiting(history.story, folder, session.question_set)


def transcribe_story(
    waiting: Waiting,
    engine: Engine,
    model: Model,
    options: Options,
    on_progress: Callable[[int], None],
) -> Drafted:
    """Recognise the story's speech and write `transcript.json` and `transcript.md`."""
    from capture.media import read_speech

    folder = waiting.folder
    samples = read_speech(folder.speech)
    heard = _hear(engine, samples, options, on_progress)
    transcript = Transcript(
        story=waiting.story.id,
        engine=engine.name,
        model=model.name,
        model_sha256=model.sha256,
        options=options.recorded(),
        audio_sha256=sha256_of(folder.speech),
        duration=len(samples) // SAMPLES_PER_MS,
        words=heard.words,
        segments=heard.segments,
    )
    kept = _put_aside(waiting)
    _forget_derived(folder)
    write_atomic(folder.transcript, encode(transcript))
    edited, matching = first_draft(waiting, transcript)
    write_atomic(folder.editors_copy, editors_copy.render(edited, waiting.questions).encode())
    return Drafted(transcript, matching, kept)


def first_draft(waiting: Waiting, transcript: Transcript) -> tuple[EditedTranscript, Matching]:
    """Speakers, paragraphs and questions as far as the words themselves tell them."""
    matching = chapters.match(transcript.words, waiting.questions)
    sha = sha256_of(waiting.folder.transcript)
    speakers = speakers_of(waiting.story)
    return draft(transcript, sha, waiting.questions, matching, speakers), matching


def speakers_of(story: Story) -> Speakers:
    """The contributor under the name they chose, or as Carer."""
    return Speakers(contributor=label(story.contributor) if story.contributor else CARER)


def _hear(
    engine: Engine, samples: Samples, options: Options, on_progress: Callable[[int], None]
) -> Recognised:
    if len(samples) == 0 or max(float(samples.max()), -float(samples.min())) < SILENT:
        on_progress(len(samples) // SAMPLES_PER_MS)
        return Recognised((), ())
    return engine.transcribe(samples, options, on_progress)


def _put_aside(waiting: Waiting) -> Path | None:
    """Keep an earlier editor's copy under another name, if anybody worked on it."""
    folder = waiting.folder
    if not folder.editors_copy.exists() or not _was_worked_on(waiting):
        return None
    stamp = now().replace("-", "").replace(":", "")
    kept = folder.editors_copy.with_name(f"{folder.editors_copy.name}.before-{stamp}")
    with refused_plainly(folder.editors_copy, "read"):
        text = folder.editors_copy.read_bytes()
    write_atomic(kept, text)
    return kept


def _was_worked_on(waiting: Waiting) -> bool:
    """Whether the copy differs from the first draft. In doubt, it was."""
    try:
        before, _ = first_draft(waiting, read_transcript(waiting.folder.transcript))
        drafted = editors_copy.render(before, waiting.questions).encode()
        return waiting.folder.editors_copy.read_bytes() != drafted
    except (CarerStoriesError, OSError):
        return True


def _forget_derived(folder: StoryFolder) -> None:
    """What follows from the earlier words goes first, so that it never stands beside new ones."""
    for path in (folder.edited, folder.captions, folder.chapters):
        with refused_plainly(path, "remove"):
            if path.exists():
                files.system.unlink(path)
