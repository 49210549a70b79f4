"""Transcribe a story's recording: write the literal transcript and a first editor's copy of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from capture.media.speech import Speech, open_speech
from capture.questions.question_set import QuestionSet
from capture.recording.session_markers import Marker, Session, read_session
from capture.recording.takes import side_levels, speaker_levels
from library.consent.gate import History, require_agreement
from library.consent.gate_input import history_of
from library.consent.stories import read_history
from library.core import files, struct_file
from library.core.clock import now
from library.core.errors import BadInput, CarerStoriesError, NotAllowed, NotFound
from library.core.files import sha256_of, translate_disk_errors, write_atomic
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger
from library.records.story import Story
from library.records.transcript_state import ReviewCounts
from transcribe.british_spelling import SpelledWord, SpellingChanges, american_spellings
from transcribe.editing import transcript_markdown
from transcribe.editing.apply_edits import AppliedEdit, apply_copy
from transcribe.editing.marker_notes import add_marker_notes, add_to_hint, count_marker_notes
from transcribe.editing.rebase_edits import RebasedCopy, rebase_copy
from transcribe.editing.speaker_turns import (
    CARER,
    Speakers,
    assign_voices,
    contributor_label,
    draft_turns,
    prompt_words,
    voice_doubts,
    voice_labels,
    with_voices,
)
from transcribe.engines import chunks, low_confidence
from transcribe.engines.levels import frame_levels, silent_words
from transcribe.engines.low_confidence import LowConfidencePassage
from transcribe.engines.protocol import (
    Engine,
    RecognisedSpeech,
    Setting,
    TranscriptionOptions,
)
from transcribe.engines.second_opinion import other_hearings
from transcribe.engines.spoken_language import require_knows, require_sounds_like
from transcribe.engines.voice_activity import voiced_spans
from transcribe.glossary import Glossary, load_glossary
from transcribe.question_matching import QuestionMatches, match_questions
from transcribe.redaction.name_list import load_names
from transcribe.speakers.protocol import SpeakerModel
from transcribe.speakers.telling_apart import load_speaker_model, tell_apart
from transcribe.words import (
    ALIGNED,
    BY_FILES,
    BY_SIDES,
    BY_SOUND,
    CHECKED_WITH,
    VOICES,
    WORD_TIMES,
    Segment,
    Transcript,
    Word,
    read_transcript,
)

if TYPE_CHECKING:
    from transcribe.engines.models import Model

NO_SPEECH_LIMIT = 0.6
"""Probability of no speech above which a segment is doubted; no word is kept if all are, and no
voice is found.

Whisper's own threshold for a stretch without speech (`no_speech_threshold`).
"""
_HEARING = 0.95
"""Share of the work: the rest is voices, or more with the smallest models."""
_BYTES_PER_MS = 32
"""Of `speech.wav`: 16 kHz, mono, two bytes a sample."""


@dataclass(frozen=True)
class TranscriptionTask:
    """A story with everything that transcribing and editing it needs."""

    workspace: Workspace
    story: Story
    folder: StoryFolder
    questions: QuestionSet
    markers: tuple[Marker, ...] = ()
    glossary: Glossary = field(default_factory=Glossary)
    speaker_count: int | None = None
    """Number of people who speak, where it is known."""
    voice_model: Path | None = None
    """A pyannote.audio pipeline by which to tell voices apart, instead of the default."""

    @property
    def length_ms(self) -> int:
        """Length of the recording, near enough for a progress bar: the file's header counts too."""
        return self.folder.speech.stat().st_size // _BYTES_PER_MS


@dataclass(frozen=True)
class TranscriptionResult:
    """The transcript of a story, and what its editor needs to know of it."""

    transcript: Transcript
    matches: QuestionMatches
    earlier_copy: Path | None = None
    """File in which an earlier editor's copy with changes is kept."""
    low_confidence: tuple[LowConfidencePassage, ...] = ()
    rebased: RebasedCopy | None = None
    """The earlier copy's changes, put on the new words; None if there were none or none fitted."""
    marker_notes: Mapping[str, int] = field(default_factory=dict)
    """Sort of marker made while recording → how many there are."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """Number of a voice → its label; empty where voices were not told apart here."""
    lacks_voice_model: bool = False
    """Set where voices could not be told apart by their sound, as the model is not installed."""
    american_spellings: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """American and British spelling of a recognised word → how often it is there."""


@dataclass(frozen=True)
class Checker:
    """An engine with a second model, which listens so that doubtful words are found."""

    engine: Engine
    model: Model
    is_asked: bool = True
    """Set where somebody named the model; another listens only to what it knows."""

    def knows(self, language: str) -> bool:
        """Say whether the model knows the language; raise BadInput if it was named and does not."""
        if self.is_asked:
            require_knows(self.engine, self.model.name, language)
        return self.engine.is_multilingual or language == "en"

    def listen(
        self,
        speech: Speech,
        folder: Path,
        options: TranscriptionOptions,
        on_progress: Callable[[int], None],
    ) -> tuple[Word, ...]:
        """Return the words that the second model hears."""
        return chunks.transcribe(
            speech, folder, self.engine, options, self.model.sha256, on_progress
        ).words


@dataclass(frozen=True)
class FirstDraft:
    """A first editor's copy, made from the recognised words alone."""

    matches: QuestionMatches
    text: str
    hint_count: int
    """Number of hints `(?…)` in the text."""


@dataclass(frozen=True)
class _EarlierCopy:
    """An editor's copy with an editor's changes, made before the story was transcribed again."""

    transcript: Transcript | None
    """The words it was made of; None where they or the copy cannot be read."""
    text: str = ""


def prepare_task(
    workspace: Workspace,
    story_id: str,
    *,
    again: bool,
    speaker_count: int | None = None,
    voice_model: Path | None = None,
) -> TranscriptionTask:
    """Return the task of transcribing a story, after every check that needs no recognition.

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
    # Refused before the model is loaded: an editor's work must not be lost by a slip.
    if is_transcribed(folder) and not again:
        chunks.remove_chunks(folder.chunks)  # of a run that was killed when all else was done
        raise BadInput(
            f"{story_id} is transcribed already; nothing was changed.",
            f"Check its words with: carer-stories edit {story_id}\n"
            "To transcribe it again, add --again; an editor’s corrections are kept.",
        )
    task = task_for(workspace, history.story, session)
    return replace(task, speaker_count=speaker_count, voice_model=voice_model)


def task_for(workspace: Workspace, story: Story, session: Session) -> TranscriptionTask:
    """Return everything that transcribing or editing a story needs.

    Raises BadInput for a glossary that cannot be used.
    """
    glossary = load_glossary(workspace)
    folder = workspace.story(story.id)
    return TranscriptionTask(
        workspace, story, folder, session.question_set, session.markers, glossary
    )


def stories_to_transcribe(workspace: Workspace) -> list[str]:
    """Return the stories agreed, recorded, not withdrawn and not transcribed, oldest first."""
    snapshot = Ledger(workspace).read()
    # By id as well, so that two of one second keep their order.
    stories = sorted(snapshot.all(Story), key=lambda story: (story.created, story.id))
    histories = (history_of(snapshot, story.id) for story in stories)
    return [history.story.id for history in histories if _can_be_transcribed(workspace, history)]


def _can_be_transcribed(workspace: Workspace, history: History) -> bool:
    try:
        require_agreement(history)
    except NotAllowed:
        return False
    folder = workspace.story(history.story.id)
    return folder.speech.is_file() and not is_transcribed(folder)


def is_transcribed(folder: StoryFolder) -> bool:
    """Return True if a story has a transcript and an editor's copy of it.

    The copy is written last, so a story whose transcribing was killed counts as not transcribed.
    """
    return folder.transcript.exists() and folder.editors_copy.exists()


def transcribe_story(
    task: TranscriptionTask,
    engine: Engine,
    model: Model,
    options: TranscriptionOptions,
    on_progress: Callable[[int], None],
    checker: Checker | None = None,
) -> TranscriptionResult:
    """Recognise the story's speech and write `transcript.json` and `transcript.md`.

    `on_progress` is given the milliseconds of recording done so far; with a `checker`, which hears
    all of it once more, half of them.
    """
    folder = task.folder
    speech = open_speech(folder.speech)
    options = options_for(task, options)
    require_knows(engine, model.name, options.language)
    if checker is not None and not checker.knows(options.language):
        checker = None
    # Of the demonstration's words the figures say nothing. What somebody says need not be asked.
    if not (model.is_demo or options.is_language_given):
        require_sounds_like(speech, engine, options.language, task.story.id)
    on_first, on_second = _shared_progress(
        lambda done: on_progress(round(done * _HEARING)), speech.duration, checker
    )
    recognised = _without_invented_words(
        chunks.transcribe(speech, folder.chunks, engine, options, model.sha256, on_first), speech
    )
    others = checker.listen(speech, folder.chunks, options, on_second) if checker else ()
    levels = frame_levels(speech)
    words = recognised.words
    transcript = Transcript(
        story=task.story.id,
        engine=engine.name,
        model=model.name,
        model_sha256=model.sha256,
        options={**engine.used_options(options), WORD_TIMES: ALIGNED, **_checked_with(checker)},
        audio_sha256=sha256_of(folder.speech),
        duration=speech.duration,
        words=words,
        segments=recognised.segments,
        quiet=silent_words(levels, words),
        heard_otherwise=other_hearings(words, others) if checker else (),
        unheard=recognised.unheard,
    )
    result = write_transcript(task, transcript)
    on_progress(speech.duration)
    return result


def _checked_with(checker: Checker | None) -> dict[str, Setting]:
    if checker is None:
        return {}
    return {CHECKED_WITH: checker.model.name, "checked_with_sha256": checker.model.sha256}


def _shared_progress(
    on_progress: Callable[[int], None], duration: int, checker: Checker | None
) -> tuple[Callable[[int], None], Callable[[int], None]]:
    """Return what the first and the second hearing report to: each is half of the work."""
    if checker is None:
        return on_progress, on_progress
    return (
        lambda done: on_progress(done // 2),
        lambda done: on_progress(duration if done >= duration else (duration + done) // 2),
    )


def options_for(task: TranscriptionTask, options: TranscriptionOptions) -> TranscriptionOptions:
    """Return the options for one story: with its own language, if none was given now."""
    if options.is_language_given or not task.story.language:
        return _in_earlier_language(task.folder, options)
    return replace(options, language=task.story.language)


def _in_earlier_language(
    folder: StoryFolder, options: TranscriptionOptions
) -> TranscriptionOptions:
    """Return the options with the language that was given for this story before, if none is now."""
    if options.is_language_given or not folder.transcript.is_file():
        return options
    try:
        earlier = read_transcript(folder.transcript).options.get("language")
    except CarerStoriesError:
        return options
    if not isinstance(earlier, str) or earlier == options.language:
        return options
    return replace(options, language=earlier, is_language_given=True)


def write_transcript(task: TranscriptionTask, transcript: Transcript) -> TranscriptionResult:
    """Write the literal transcript and an editor's copy, for recognised and imported words alike.

    The changes of an earlier editor's copy are put on the new words where they fit.
    Raises NotAllowed where the story was withdrawn while its recording was transcribed.
    """
    folder = task.folder
    # Where another tool's transcript names voices, these hold.
    has_voices = any(segment.speaker for segment in transcript.segments)
    numbered = None if has_voices else _number_voices(task, transcript)
    transcript = numbered.transcript if numbered else transcript
    # Asked again: recognition takes minutes to hours, and a withdrawal may have come meanwhile.
    require_agreement(read_history(task.workspace, task.story.id))
    earlier = _earlier_copy(task)
    # Kept before anything is removed: it may be days of work.
    kept_path = _keep_earlier_copy(folder) if earlier else None
    # Edited words and captions go first: a kill from here on leaves a story that is not edited.
    _remove_derived_files(folder)
    write_atomic(folder.transcript, struct_file.encode(transcript))
    draft = first_draft(task, transcript)
    rebased, applied = _rebase(task, earlier, transcript) or (None, None)
    text = applied.text if applied else draft.text
    hint_count = applied.summary.hints_left if applied else draft.hint_count
    unheard = len(applied.summary.unheard if applied else transcript.unheard)
    remarks = applied.summary.contributor_remarks if applied else 0
    counts = review_counts_text(
        transcript, hint_count, unheard=unheard, contributor_remarks=remarks
    )
    write_atomic(folder.review_counts, counts.encode())
    write_atomic(folder.editors_copy, text.encode())  # last: `is_transcribed`
    chunks.remove_chunks(folder.chunks)  # only now: until here a killed run goes on from them
    speakers = speakers_of(task.story)
    return TranscriptionResult(
        transcript,
        draft.matches,
        earlier_copy=kept_path,
        low_confidence=low_confidence.low_confidence_passages(transcript),
        rebased=rebased,
        marker_notes=count_marker_notes(task.markers),
        voices=voice_labels(transcript, draft.matches, speakers) if numbered else {},
        lacks_voice_model=numbered is not None and numbered.lacks_model,
        american_spellings=find_american_spellings(
            task, transcript, [SpelledWord(word.text) for word in transcript.words]
        ).counts,
    )


def find_american_spellings(
    task: TranscriptionTask, transcript: Transcript, words: Sequence[SpelledWord]
) -> SpellingChanges:
    """Return the words of a story's text in American spelling, but for names.

    None where another language was listened for, or where the list of names cannot be read.
    """
    if not str(transcript.options.get("language") or "en").startswith("en"):
        return SpellingChanges()
    try:
        listed = load_names(task.folder).names
    # Whoever transcribes or edits is not held up by it: `redact` says what is wrong.
    except CarerStoriesError:
        return SpellingChanges()
    names = [spelling for entry in listed for spelling in entry.spellings]
    terms = [term.term for term in task.glossary.terms]
    return american_spellings(words, [speakers_of(task.story).contributor, *terms, *names])


@dataclass(frozen=True)
class _NumberedVoices:
    """A transcript with a number for each voice, where voices could be told apart."""

    transcript: Transcript
    lacks_model: bool = False


def _number_voices(task: TranscriptionTask, transcript: Transcript) -> _NumberedVoices:
    """Tell voices apart: by the speakers' own files, the sides of the sound, or how they sound."""
    if task.speaker_count == 1:
        return _NumberedVoices(transcript)
    for source, levels in ((BY_FILES, speaker_levels), (BY_SIDES, side_levels)):
        segments = assign_voices(transcript.words, transcript.segments, levels(task.folder))
        if any(segment.speaker for segment in segments):
            return _NumberedVoices(_with_segments(transcript, segments, source))
    # What another tool timed may stand seconds beside the sound.
    can_be_told = transcript.words and not transcript.is_imported and task.folder.speech.is_file()
    if not can_be_told:
        return _NumberedVoices(transcript)
    model = load_speaker_model(task.voice_model)
    if model is None:
        return _NumberedVoices(transcript, lacks_model=True)
    return _NumberedVoices(_by_sound(task, transcript, model))


def _by_sound(task: TranscriptionTask, transcript: Transcript, model: SpeakerModel) -> Transcript:
    matches = match_questions(transcript.words, task.questions, task.markers)
    is_question = prompt_words(matches, len(transcript.words))
    speech = open_speech(task.folder.speech)
    turns = tell_apart(model, speech, transcript.words, is_question, task.speaker_count)
    if not any(turns.voices):
        return transcript
    segments = with_voices(transcript.words, transcript.segments, turns.voices)
    numbered = _with_segments(transcript, segments, BY_SOUND)
    return msgspec.structs.replace(numbered, unsure_voices=turns.unsure)


def _with_segments(
    transcript: Transcript, segments: tuple[Segment, ...], source: str
) -> Transcript:
    options = {**transcript.options, VOICES: source}
    return msgspec.structs.replace(transcript, segments=segments, options=options)


def review_counts_text(
    transcript: Transcript,
    unsure: int,
    questions: int = 0,
    *,
    possible_names: int = 0,
    unheard: int = 0,
    contributor_remarks: int = 0,
    copy_fingerprint: str = "",
) -> str:
    """Return the text of `doubts.json`: the counts of open points that `status` prints.

    `copy_fingerprint` is that of the editor's copy as it was applied, if it was.
    """
    words = len(transcript.words)
    return struct_file.encode(
        ReviewCounts(
            words=words,
            unsure=unsure,
            questions=questions,
            possible_names=possible_names,
            unheard=unheard,
            contributor_remarks=contributor_remarks,
            copy_fingerprint=copy_fingerprint,
        )
    ).decode()


def first_draft(task: TranscriptionTask, transcript: Transcript) -> FirstDraft:
    """Draft speakers, paragraphs, questions and hints from the words alone."""
    matches = match_questions(transcript.words, task.questions, task.markers)
    sha = sha256_of(task.folder.transcript)
    edited = draft_turns(transcript, sha, task.questions, matches, speakers_of(task.story))
    hints = _draft_hints(task, transcript, matches)
    doubtful_scores = {
        match.question: match.score for match in matches.questions if match.is_doubtful
    }
    text = transcript_markdown.render_draft(
        edited, task.questions, hints, doubtful_scores, transcript.unheard
    )
    return FirstDraft(matches, text, len(hints))


def _draft_hints(
    task: TranscriptionTask, transcript: Transcript, matches: QuestionMatches
) -> dict[int, str]:
    """Return word number → hint: for doubtful words and voices, and for markers of the session."""
    doubtful = low_confidence.draft_marks(transcript, task.glossary)
    for number, text in voice_doubts(transcript, matches, speakers_of(task.story)).items():
        doubtful[number] = add_to_hint(doubtful.get(number, ""), text)
    return add_marker_notes(doubtful, transcript.words, task.markers)


def speakers_of(story: Story) -> Speakers:
    """Return the speakers' labels: the contributor by the name they chose, or as Carer."""
    return Speakers(
        contributor=contributor_label(story.contributor) if story.contributor else CARER
    )


def _without_invented_words(recognised: RecognisedSpeech, speech: Speech) -> RecognisedSpeech:
    """Drop all words if the engine doubts for every segment that anybody spoke in it.

    If it doubts some segments only, or a voice is heard all the same (a whisper, a bad line), every
    word stays for the editor to judge.
    """
    # True where there are no segments at all: then there are no words either.
    is_doubted = all(
        segment.no_speech_probability > NO_SPEECH_LIMIT for segment in recognised.segments
    )
    if is_doubted and not any(voiced_spans(block) for block in speech.blocks()):
        return replace(recognised, words=(), segments=())
    return recognised


def _earlier_copy(task: TranscriptionTask) -> _EarlierCopy | None:
    """Return the present editor's copy if an editor has changed it, else None."""
    folder = task.folder
    if not folder.editors_copy.exists():
        return None
    try:
        transcript = read_transcript(folder.transcript)
        with translate_disk_errors(folder.editors_copy, "read"):
            text = folder.editors_copy.read_bytes().decode("utf-8-sig")
        is_changed = text != first_draft(task, transcript).text
        return _EarlierCopy(transcript, text) if is_changed else None
    except (CarerStoriesError, UnicodeDecodeError):
        # What cannot be read is kept as a file, and never taken for unchanged.
        return _EarlierCopy(None)


def _keep_earlier_copy(folder: StoryFolder) -> Path:
    """Copy `transcript.md` to a name with the time in it, and return its path."""
    stamp = now().replace("-", "").replace(":", "")
    kept_path = folder.editors_copy.with_name(f"{folder.editors_copy.name}.before-{stamp}")
    with translate_disk_errors(folder.editors_copy, "read"):
        data = folder.editors_copy.read_bytes()
    # Byte for byte as it was: it may be what cannot be read.
    write_atomic(kept_path, data)
    return kept_path


def _rebase(
    task: TranscriptionTask, earlier: _EarlierCopy | None, transcript: Transcript
) -> tuple[RebasedCopy, AppliedEdit] | None:
    """Put the earlier copy's changes on the new words; return None if they do not fit at all."""
    if earlier is None or earlier.transcript is None:
        return None
    speakers = speakers_of(task.story)
    try:
        heard = [word.text for word in earlier.transcript.words]
        copy = transcript_markdown.parse_copy(earlier.text, task.questions, speakers, heard)
        matches = match_questions(transcript.words, task.questions, task.markers)
        hints = _draft_hints(task, transcript, matches)
        rebased = rebase_copy(earlier.transcript, copy, transcript, hints)
        text = transcript_markdown.write_copy(
            task.story.id, rebased.paragraphs, task.questions, unheard=rebased.unheard
        )
        sha = sha256_of(task.folder.transcript)
        # Applied at once: only a copy that can be applied takes the draft's place.
        return rebased, apply_copy(transcript, sha, text, task.questions, speakers)
    except BadInput:
        return None


def _remove_derived_files(folder: StoryFolder) -> None:
    """Remove the files made from the earlier words, before new words are written.

    In this order captions of one text never stand beside the words of another.
    """
    for path in (folder.edited, folder.captions, folder.chapters, folder.review_counts):
        with translate_disk_errors(path, "remove"):
            if path.exists():
                files.system.unlink(path)
