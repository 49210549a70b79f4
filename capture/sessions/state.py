"""The state of a session: what its events make of it, and which event may follow which."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from capture.questions.question_set import QuestionSet
from capture.sessions.events import (
    QUESTION_KINDS,
    AgreementConfirmed,
    AnyEvent,
    ChunkStored,
    DecisionDeferred,
    DeleteRequested,
    FilmingWished,
    KeepRequested,
    MarkerAdded,
    QuestionsChosen,
    RecordedMedia,
    SessionKept,
    SessionPrepared,
    SessionStopped,
    SoundStored,
    TakeEnded,
    TakePaused,
    TakeResumed,
    TakeStarted,
    WellbeingNoted,
    WellbeingTime,
)
from capture.sessions.refusals import MissingChunk, NotNow, SessionDeleted, TakeClosed
from library.core.errors import BadInput, NotAllowed, NotFound


class Phase(enum.StrEnum):
    PREPARED = "prepared"
    AGREED = "agreed"
    RECORDING = "recording"
    PAUSED = "paused"
    STOPPED = "stopped"
    LATER = "later"
    KEEPING = "keeping"
    KEPT = "kept"
    DELETING = "deleting"


_CAN_START_TAKE = {Phase.AGREED, Phase.RECORDING, Phase.PAUSED, Phase.STOPPED, Phase.LATER}
"""Phases in which the next take may begin."""
_IN_INTERVIEW = {Phase.RECORDING, Phase.PAUSED}
_CAN_MARK = {Phase.RECORDING, Phase.PAUSED, Phase.STOPPED, Phase.LATER}
_ALLOWED: dict[type, set[Phase]] = {
    AgreementConfirmed: {Phase.PREPARED, Phase.AGREED},
    QuestionsChosen: {Phase.PREPARED, Phase.AGREED},
    WellbeingNoted: set(Phase) - {Phase.DELETING},
    FilmingWished: set(Phase) - {Phase.KEEPING, Phase.KEPT, Phase.DELETING},
    TakeStarted: _CAN_START_TAKE,
    ChunkStored: {Phase.RECORDING},
    # It may come after the take's end: nothing waits for it.
    SoundStored: {Phase.RECORDING, Phase.PAUSED, Phase.STOPPED},
    TakeEnded: _IN_INTERVIEW,
    MarkerAdded: _CAN_MARK,
    TakePaused: {Phase.RECORDING},
    TakeResumed: {Phase.PAUSED},
    SessionStopped: _IN_INTERVIEW,
    DecisionDeferred: {Phase.STOPPED, Phase.LATER},
    KeepRequested: {Phase.STOPPED, Phase.LATER, Phase.KEEPING},
    # From `agreed`: another program recorded it, and its files were brought in.
    SessionKept: {Phase.KEEPING, Phase.AGREED},
    DeleteRequested: {
        Phase.PREPARED,
        Phase.AGREED,
        Phase.STOPPED,
        Phase.LATER,
        Phase.KEEPING,  # after a failed attempt; `delete_session` refuses where it had succeeded
        Phase.DELETING,
        *_IN_INTERVIEW,
    },
}
_CLOCKS_DIFFER_MS = 2_000
MAX_TAKES = 60
"""As many as one import joins: `capture.intake.pipeline.MAX_FILES_AT_ONCE`."""


@dataclass
class SessionTake:
    """A take as it grows. `length` is in milliseconds, as the sender last reported it."""

    number: int
    mime: str
    key: str
    chunks: list[ChunkStored] = field(default_factory=list)
    sound: list[SoundStored] = field(default_factory=list)
    """Uncompressed sound beside the take, where the browser hands it over."""
    length: int = 0
    grew: str = ""
    """The moment of its last chunk, or of its start, in UTC."""
    end_reason: str = ""

    @property
    def bytes(self) -> int:
        """Bytes that are safe on the disk; after them may be a torn chunk."""
        return self.chunks[-1].offset + self.chunks[-1].bytes if self.chunks else 0

    @property
    def safe(self) -> int:
        """Milliseconds of sound or picture that are on the disk."""
        if not self.chunks:
            return 0
        last = self.chunks[-1]
        return self.length_on_disk if last.covers is None else last.covers - self.empty

    @property
    def length_on_disk(self) -> int:
        """Milliseconds from the first to the last moment on the disk, empty stretches included."""
        # Where the bytes cannot be read, the sender's clock, which no chunk sets back.
        measured = [chunk.covers for chunk in self.chunks[-1:] if chunk.covers is not None]
        return measured[0] if measured else max((each.until for each in self.chunks), default=0)

    @property
    def empty(self) -> int:
        """Milliseconds within it without sound or picture: the recorder stood still."""
        return self.chunks[-1].empty if self.chunks else 0

    @property
    def lost(self) -> int:
        """Milliseconds that its sender had recorded and that never reached the disk.

        Of less than two seconds nothing is said: the clocks of recorder and page differ.
        """
        missing = self.length - self.length_on_disk
        return missing if self.end_reason and missing > _CLOCKS_DIFFER_MS else 0

    @property
    def kind(self) -> str:
        return self.mime.partition("/")[0]

    @property
    def suffix(self) -> str:
        inside = self.mime.partition("/")[2].partition(";")[0]
        return {"webm": ".webm", "mp4": ".mp4"}.get(inside, ".mkv")


@dataclass
class SessionState:
    """A session after all events of its journal."""

    id: str
    story: str
    title: str
    created: str
    key: str
    question_set: QuestionSet
    phase: Phase = Phase.PREPARED
    record: RecordedMedia | None = None
    agreed_at: str = ""
    """UTC, ISO 8601 with seconds."""
    takes: list[SessionTake] = field(default_factory=list)
    markers: list[MarkerAdded] = field(default_factory=list)
    pauses: list[TakePaused | TakeResumed] = field(default_factory=list)
    wellbeing: dict[WellbeingTime, WellbeingNoted] = field(default_factory=dict)
    seen: FilmingWished | None = None
    kept_event: SessionKept | None = None

    @property
    def open_take(self) -> SessionTake | None:
        return self.takes[-1] if self.takes and not self.takes[-1].end_reason else None

    @property
    def length(self) -> int:
        return sum(take.length for take in self.takes)

    @property
    def safe(self) -> int:
        """Milliseconds of sound or picture that are on the disk, of all takes."""
        return sum(take.safe for take in self.takes)

    @property
    def empty(self) -> int:
        """Milliseconds in which the recorder stood still, of all takes."""
        return sum(take.empty for take in self.takes)

    @property
    def lost(self) -> int:
        """Milliseconds that were recorded and never reached the disk, of all takes."""
        return sum(take.lost for take in self.takes)

    @property
    def current_question(self) -> str:
        """The id of the question asked last, or nothing."""
        questions = [marker.question for marker in self.markers if marker.kind == "question"]
        return questions[-1] if questions else ""

    @property
    def is_voice_only_wished(self) -> bool:
        """True where the contributor chose last not to be filmed, or was not in the last take."""
        if self.seen is not None:
            return self.seen.voice_only
        recorded = [take.kind for take in self.takes if take.bytes]
        return recorded[-1:] == ["audio"]

    @property
    def is_undecided(self) -> bool:
        """True while somebody must still record, keep or delete it."""
        return self.phase not in (Phase.KEPT, Phase.DELETING)

    def take(self, number: int) -> SessionTake:
        """Raises NotFound."""
        if not 1 <= number <= len(self.takes):
            raise NotFound(f"There is no take {number} in this session.", "Begin one.")
        return self.takes[number - 1]


def initial_state(first: SessionPrepared) -> SessionState:
    return SessionState(
        id=first.session,
        story=first.story,
        title=first.title,
        created=first.written,
        key=first.key,
        question_set=first.question_set,
    )


def require_allowed(state: SessionState, event: AnyEvent) -> None:
    """Raise the refusal of an event that may not happen now; nothing is changed."""
    allowed = _ALLOWED.get(type(event), set())
    # Before the phase: `take-over` tells the page to begin the next take, `not-now` does not.
    if isinstance(event, (ChunkStored, TakePaused, TakeResumed)):
        _require_open(state, event.take)
    if isinstance(event, TakeEnded):
        _require_open(state, event.take)
    if state.phase not in allowed:
        raise not_now_refusal(state)
    match event:
        case TakeStarted():
            _require_next_take(state, event)
        case ChunkStored():
            _require_next_chunk(state.take(event.take), event)
        case SoundStored():
            _require_next_sound(state.take(event.take), event)
        case MarkerAdded():
            _require_fitting_mark(state, event)
        case KeepRequested():
            if not any(take.bytes for take in state.takes):
                raise NotNow(
                    "Nothing was recorded in this session.",
                    "Record something, or delete the session.",
                    state=state.phase,
                )
        case SessionStopped():
            if state.open_take:
                raise not_now_refusal(state)
        case _:
            pass


def not_now_refusal(state: SessionState) -> NotNow | SessionDeleted:
    """Return the refusal of an event that the phase does not permit."""
    if state.phase is Phase.DELETING:
        return SessionDeleted("This session was deleted.", "Start a new one.")
    sentences = {
        Phase.PREPARED: ("The agreement comes first.", "Take it, then begin to record."),
        Phase.AGREED: ("Nothing is being recorded yet.", "Begin to record."),
        Phase.RECORDING: ("It is being recorded.", "Stop first."),
        Phase.PAUSED: ("It is paused: nothing is recorded.", "Go on, or stop."),
        Phase.STOPPED: ("The recording was stopped.", "Keep it, decide later, or delete it."),
        Phase.LATER: ("It was put off what becomes of the recording.", "Keep it, or delete it."),
        Phase.KEEPING: ("The recording is being kept.", "Wait until that is done."),
        Phase.KEPT: ("The recording is kept already.", "Start a new session to record more."),
    }
    what, next_step = sentences[state.phase]
    return NotNow(what, next_step, state=str(state.phase))


def _require_open(state: SessionState, number: int) -> None:
    take = state.take(number)
    if take.end_reason:
        raise TakeClosed(
            f"Take {number} has ended.", "Begin the next take.", state=str(state.phase)
        )


def _require_next_take(state: SessionState, event: TakeStarted) -> None:
    if state.open_take or event.number != len(state.takes) + 1:
        raise not_now_refusal(state)
    if len(state.takes) >= MAX_TAKES:
        raise NotNow(
            f"This session has {MAX_TAKES} takes, and more cannot be joined.",
            "Keep it, then go on in a new session.",
            state=str(state.phase),
        )
    if state.record == "voice" and event.mime.startswith("video/"):
        raise NotAllowed("It was agreed to record the voice only.", "Record without a picture.")


def _require_next_chunk(take: SessionTake, event: ChunkStored) -> None:
    if event.number != len(take.chunks) or event.offset != take.bytes:
        raise MissingChunk(
            "A part of the recording is missing before this one.", next=len(take.chunks)
        )


def _require_next_sound(take: SessionTake, event: SoundStored) -> None:
    last = take.sound[-1] if take.sound else None
    if event.number != len(take.sound) or event.offset != (last.offset + last.bytes if last else 0):
        raise MissingChunk("A part of the sound is missing before this one.", next=len(take.sound))
    if last and event.channels != last.channels:
        raise BadInput("The sound of a take has as many channels as it began with.")


def _require_fitting_mark(state: SessionState, event: MarkerAdded) -> None:
    state.take(event.take)
    if event.kind in QUESTION_KINDS:
        known = {question.id for question in state.question_set.questions}
        if event.question not in known:
            raise BadInput("That question is not in this session’s set.", "Choose one of the set.")
    if event.kind == "note" and not event.text.strip():
        raise BadInput("The note is empty.", "Write something, or close it.")


def apply_event(state: SessionState, event: AnyEvent) -> None:
    """Change the state as the event says. It was allowed before, or is in the journal."""
    match event:
        case SessionPrepared():
            raise AssertionError("a session is prepared once")
        case AgreementConfirmed():
            state.record, state.phase = event.record, Phase.AGREED
            state.agreed_at = event.written
        case QuestionsChosen():
            state.question_set = event.question_set
        case WellbeingNoted():
            state.wellbeing[event.when] = event
        case FilmingWished():
            state.seen = event
        case TakeStarted():
            take = SessionTake(event.number, event.mime, event.key, grew=event.written)
            state.takes.append(take)
            state.phase = Phase.RECORDING
        case ChunkStored():
            take = state.take(event.take)
            take.chunks.append(event)
            # Chunks may be sent again, and none makes a take shorter.
            take.length = max(take.length, event.until)
            take.grew = event.written
        case SoundStored():
            state.take(event.take).sound.append(event)
        case TakeEnded():
            take = state.take(event.take)
            take.end_reason, take.length = event.reason, max(take.length, event.at)
            state.phase = Phase.PAUSED
        case MarkerAdded():
            state.markers.append(event)
        case TakePaused():
            take = state.take(event.take)
            take.length = max(take.length, event.at)
            state.pauses.append(event)
            state.phase = Phase.PAUSED
        case TakeResumed():
            state.pauses.append(event)
            state.take(event.take).grew = event.written
            state.phase = Phase.RECORDING
        case SessionStopped():
            state.phase = Phase.STOPPED
        case DecisionDeferred():
            state.phase = Phase.LATER
        case KeepRequested():
            state.phase = Phase.KEEPING
        case SessionKept():
            state.kept_event, state.phase = event, Phase.KEPT
        case DeleteRequested():
            state.phase = Phase.DELETING
