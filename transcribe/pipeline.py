"""From a recording to its literal transcript and a first editor's copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from capture.questions.question_set import QuestionSet
from capture.recording.session_markers import Marker, Session, read_session
from library.consent import read_history
from library.consent.gate import History, require_agreement
from library.consent.gate_input import history_of
from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import BadInput, CarerStoriesError, NotAllowed, NotFound
from library.core.files import refused_plainly, sha256_of, write_atomic
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger
from library.records.review_counts import Doubts
from library.records.story import Story
from transcribe import chapters
from transcribe.chapters import QuestionMatches
from transcribe.editing import transcript_markdown
from transcribe.editing.apply_edits import AppliedEdit, apply_copy
from transcribe.editing.marker_notes import add_marker_notes
from transcribe.editing.marker_notes import count_marker_notes as counted_marks
from transcribe.editing.rebase_edits import RebasedCopy, rebase_copy
from transcribe.editing.speaker_turns import (
    CARER,
    Speakers,
    assign_voices,
    contributor_label,
    draft_turns,
    voice_labels,
)
from transcribe.engines import chunks
from transcribe.engines import low_confidence as suspects
from transcribe.engines.levels import frame_levels, move_starts_to_onset, silent_words
from transcribe.engines.low_confidence import LowConfidencePassage
from transcribe.engines.protocol import Engine, RecognisedSpeech, TranscriptionOptions
from transcribe.glossary import Glossary, load_glossary
from transcribe.words import Transcript, read_transcript

if TYPE_CHECKING:
    from transcribe.engines.models import Model

NO_SPEECH_LIMIT = 0.6
"""Where the engine holds all of a recording for no speech with more than this probability, its
words are inventions."""


@dataclass(frozen=True)
class TranscriptionTask:
    """A story that is ready to be transcribed."""

    workspace: Workspace
    story: Story
    folder: StoryFolder
    questions: QuestionSet
    markers: tuple[Marker, ...] = ()
    glossary: Glossary = field(default_factory=Glossary)

    @property
    def length(self) -> int:
        """Milliseconds of the recording, near enough for a progress bar."""
        return self.folder.speech.stat().st_size // 32


@dataclass(frozen=True)
class TranscriptionResult:
    """What transcribing a story gave."""

    transcript: Transcript
    matches: QuestionMatches
    earlier_copy: Path | None = None
    """Where an earlier editor's copy with changes was put."""
    low_confidence: tuple[LowConfidencePassage, ...] = ()
    rebased: RebasedCopy | None = None
    """What became of the earlier copy's changes; None where there were none, or none could be."""
    marker_notes: Mapping[str, int] = field(default_factory=dict)
    """What was marked while recording, and how often."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """Number of a meeting’s voice → what it is called; empty where its files did not tell."""


@dataclass(frozen=True)
class FirstDraft:
    """An editor's copy as far as the words themselves tell it."""

    matches: QuestionMatches
    text: str
    hint_count: int
    """Marks of doubt in it."""


@dataclass(frozen=True)
class _EarlierCopy:
    """What an editor worked on before the story was transcribed again."""

    transcript: Transcript
    text: str


def prepare_task(workspace: Workspace, story_id: str, *, again: bool) -> TranscriptionTask:
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
    if is_transcribed(folder) and not again:
        chunks.remove_chunks(folder.pieces)  # of a run that was killed when all else was done
        raise BadInput(
            f"{story_id} is transcribed already; nothing was changed.",
            f"Check its words with: carer-stories edit {story_id}\n"
            "To transcribe it again, add --again; an editor’s corrections are kept beside.",
        )
    return task_for(workspace, history.story, session)


def task_for(workspace: Workspace, story: Story, session: Session) -> TranscriptionTask:
    """The story with its questions and the workspace's glossary. Raises BadInput for that one."""
    glossary = load_glossary(workspace)
    folder = workspace.story(story.id)
    return TranscriptionTask(
        workspace, story, folder, session.question_set, session.markers, glossary
    )


def stories_to_transcribe(workspace: Workspace) -> list[str]:
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
    return folder.speech.is_file() and not is_transcribed(folder)


def is_transcribed(folder: StoryFolder) -> bool:
    """Whether words and copy are there: the copy is written last, so that a kill is made good."""
    return folder.transcript.exists() and folder.editors_copy.exists()


def transcribe_story(
    waiting: TranscriptionTask,
    engine: Engine,
    model: Model,
    options: TranscriptionOptions,
    on_progress: Callable[[int], None],
) -> TranscriptionResult:
    """Recognise the story's speech and write `transcript.json` and `transcript.md`."""
    from capture.media.speech import open_speech

    folder = waiting.folder
    speech = open_speech(folder.speech)
    heard = _without_inventions(
        chunks.transcribe(speech, folder.pieces, engine, options, model.sha256, on_progress)
    )
    levels = frame_levels(speech)
    words = move_starts_to_onset(levels, heard.words)
    transcript = Transcript(
        story=waiting.story.id,
        engine=engine.name,
        model=model.name,
        model_sha256=model.sha256,
        options=engine.used_options(options),
        audio_sha256=sha256_of(folder.speech),
        duration=speech.duration,
        words=words,
        segments=heard.segments,
        quiet=silent_words(levels, words),
    )
    return write_transcript(waiting, transcript)


def write_transcript(waiting: TranscriptionTask, transcript: Transcript) -> TranscriptionResult:
    """Write the literal transcript and a first editor's copy, wherever the words come from.

    Raises NotAllowed where the story was withdrawn while its recording was listened to.
    """
    folder = waiting.folder
    by_files = not any(segment.speaker for segment in transcript.segments)
    transcript = _with_voices(folder, transcript) if by_files else transcript
    require_agreement(read_history(waiting.workspace, waiting.story.id))
    earlier = _earlier(waiting)
    kept = _put_aside(waiting) if earlier else None
    _forget_derived(folder)
    write_atomic(folder.transcript, struct_file.encode(transcript))
    drafted = first_draft(waiting, transcript)
    carried, applied = _carried(waiting, earlier, transcript) or (None, None)
    text = applied.text if applied else drafted.text
    unsure = applied.summary.hints_left if applied else drafted.hint_count
    write_atomic(folder.doubts, review_counts_text(transcript, unsure).encode())
    write_atomic(folder.editors_copy, text.encode())
    chunks.remove_chunks(
        folder.pieces
    )  # what was heard is kept until nothing is left to be done with it
    found = suspects.low_confidence_passages(transcript)
    noticed = counted_marks(waiting.markers)
    speakers = speakers_of(waiting.story)
    voices = voice_labels(transcript, drafted.matches, speakers) if by_files else {}
    return TranscriptionResult(transcript, drafted.matches, kept, found, carried, noticed, voices)


def _with_voices(folder: StoryFolder, transcript: Transcript) -> Transcript:
    """Told apart by the files of a meeting’s voices, where there are some."""
    from capture.recording.takes import speaker_levels

    parts = assign_voices(transcript.words, transcript.segments, speaker_levels(folder))
    return msgspec.structs.replace(transcript, segments=parts)


def review_counts_text(transcript: Transcript, unsure: int, questions: int = 0) -> str:
    """The text of `doubts.json`: what `status` tells of the copy."""
    words = len(transcript.words)
    return struct_file.encode(Doubts(words=words, unsure=unsure, questions=questions)).decode()


def first_draft(waiting: TranscriptionTask, transcript: Transcript) -> FirstDraft:
    """Speakers, paragraphs, questions and doubts as far as the words themselves tell them."""
    matching = chapters.match_questions(transcript.words, waiting.questions, waiting.markers)
    sha = sha256_of(waiting.folder.transcript)
    edited = draft_turns(transcript, sha, waiting.questions, matching, speakers_of(waiting.story))
    marks = _marks(waiting, transcript)
    asked = {one.question: one.score for one in matching.questions if one.is_doubtful}
    text = transcript_markdown.render_draft(edited, waiting.questions, marks, asked)
    return FirstDraft(matching, text, len(marks))


def _marks(waiting: TranscriptionTask, transcript: Transcript) -> dict[int, str]:
    """Doubts behind words, and what was marked there while recording."""
    doubtful = suspects.draft_marks(transcript, waiting.glossary)
    return add_marker_notes(doubtful, transcript.words, waiting.markers)


def speakers_of(story: Story) -> Speakers:
    """The contributor under the name they chose, or as Carer."""
    return Speakers(
        contributor=contributor_label(story.contributor) if story.contributor else CARER
    )


def _without_inventions(heard: RecognisedSpeech) -> RecognisedSpeech:
    """Nothing, where the engine itself doubts that anybody spoke at all; else all of it.

    Doubt about some of it is for the editor to see: words are never taken out of a transcript.
    """
    doubted = all(part.no_speech_probability > NO_SPEECH_LIMIT for part in heard.segments)
    return RecognisedSpeech((), ()) if doubted else heard


def _earlier(waiting: TranscriptionTask) -> _EarlierCopy | bool:
    """The earlier words and the copy of them, True where they cannot be read, False where nobody
    worked on a copy."""
    folder = waiting.folder
    if not folder.editors_copy.exists():
        return False
    try:
        transcript = read_transcript(folder.transcript)
        with refused_plainly(folder.editors_copy, "read"):
            text = folder.editors_copy.read_bytes().decode("utf-8-sig")
        worked_on = text != first_draft(waiting, transcript).text
        return _EarlierCopy(transcript, text) if worked_on else False
    except (CarerStoriesError, UnicodeDecodeError):
        return True


def _put_aside(waiting: TranscriptionTask) -> Path:
    """Keep an earlier editor's copy under another name."""
    folder = waiting.folder
    stamp = now().replace("-", "").replace(":", "")
    kept = folder.editors_copy.with_name(f"{folder.editors_copy.name}.before-{stamp}")
    with refused_plainly(folder.editors_copy, "read"):
        text = folder.editors_copy.read_bytes()
    write_atomic(kept, text)
    return kept


def _carried(
    waiting: TranscriptionTask, earlier: _EarlierCopy | bool, transcript: Transcript
) -> tuple[RebasedCopy, AppliedEdit] | None:
    """The earlier copy on the new words; None where it does not fit them at all."""
    if isinstance(earlier, bool):
        return None
    speakers = speakers_of(waiting.story)
    try:
        copy = transcript_markdown.parse_copy(earlier.text, waiting.questions, speakers)
        marks = _marks(waiting, transcript)
        carried = rebase_copy(earlier.transcript, copy, transcript, marks)
        text = transcript_markdown.write_copy(
            waiting.story.id, carried.paragraphs, waiting.questions
        )
        sha = sha256_of(waiting.folder.transcript)
        return carried, apply_copy(transcript, sha, text, waiting.questions, speakers)
    except BadInput:
        return None


def _forget_derived(folder: StoryFolder) -> None:
    """What follows from the earlier words goes first, so that it never stands beside new ones."""
    for path in (folder.edited, folder.captions, folder.chapters, folder.doubts):
        with refused_plainly(path, "remove"):
            if path.exists():
                files.system.unlink(path)
