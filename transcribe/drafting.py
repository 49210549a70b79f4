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
from library.errors import BadInput, CarerStoriesError, NotAllowed, NotFound
from library.files import refused_plainly, sha256_of, write_atomic
from library.ledger import Ledger
from library.release import History, require_agreement
from library.standing import history_of
from library.story import Story
from library.workspace import StoryFolder, Workspace
from transcribe import chapters, editors_copy, pieces
from transcribe.chapters import Matching
from transcribe.engine import Engine, Options, Recognised
from transcribe.turns import CARER, Speakers, draft, label
from transcribe.words import EditedTranscript, Transcript, encode, read_transcript

if TYPE_CHECKING:
    from transcribe.models import Model

NO_SPEECH = 0.6
"""Where the engine holds all of a recording for no speech with more than this probability, its
words are inventions."""


@dataclass(frozen=True)
class Waiting:
    """A story that is ready to be transcribed."""

    story: Story
    folder: StoryFolder
    questions: QuestionSet

    @property
    def length(self) -> int:
        """Milliseconds of the recording, near enough for a progress bar."""
        return self.folder.speech.stat().st_size // 32


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


def all_waiting(workspace: Workspace) -> list[str]:
    """Every story that is agreed, recorded and neither withdrawn nor transcribed, oldest first."""
    snapshot = Ledger(workspace).read()
    stories = sorted(snapshot.all(Story), key=lambda story: (story.created, story.id))
    return [story.id for story in stories if _waits(workspace, history_of(snapshot, story.id))]


def _waits(workspace: Workspace, history: History) -> bool:
    try:
        require_agreement(history)
    except NotAllowed:
        return False
    folder = workspace.story(history.story.id)
    return folder.speech.is_file() and not folder.transcript.exists()


def transcribe_story(
    waiting: Waiting,
    engine: Engine,
    model: Model,
    options: Options,
    on_progress: Callable[[int], None],
) -> Drafted:
    """Recognise the story's speech and write `transcript.json` and `transcript.md`."""
    from capture.media import open_speech

    folder = waiting.folder
    speech = open_speech(folder.speech)
    heard = _without_inventions(
        pieces.transcribe(speech, folder.pieces, engine, options, model.sha256, on_progress)
    )
    transcript = Transcript(
        story=waiting.story.id,
        engine=engine.name,
        model=model.name,
        model_sha256=model.sha256,
        options=engine.used(options),
        audio_sha256=sha256_of(folder.speech),
        duration=speech.duration,
        words=heard.words,
        segments=heard.segments,
    )
    return lay_down(waiting, transcript)


def lay_down(waiting: Waiting, transcript: Transcript) -> Drafted:
    """Write the literal transcript and a first editor's copy, wherever the words come from."""
    folder = waiting.folder
    kept = _put_aside(waiting)
    _forget_derived(folder)
    write_atomic(folder.transcript, encode(transcript))
    pieces.forget(folder.pieces)
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


def _without_inventions(heard: Recognised) -> Recognised:
    """Nothing, where the engine itself doubts that anybody spoke at all; else all of it.

    Doubt about some of it is for the editor to see: words are never taken out of a transcript.
    """
    doubted = all(part.no_speech_probability > NO_SPEECH for part in heard.segments)
    return Recognised((), ()) if doubted else heard


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
