"""What a session's events make of it: every rule about what may follow what."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from capture.questions.question_set import QuestionSet
from capture.sessions.events import (
    OF_QUESTIONS,
    Agreed,
    AnyEvent,
    ChunkKept,
    DeleteAsked,
    KeepAsked,
    Kept,
    Marked,
    Paused,
    Prepared,
    PutOff,
    Record,
    Resumed,
    Stopped,
    TakeBegun,
    TakeEnded,
    Wellbeing,
    When,
)
from capture.sessions.refusals import Gap, Gone, NotNow, TakeOver
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


_TAKING = {Phase.AGREED, Phase.RECORDING, Phase.PAUSED, Phase.STOPPED, Phase.LATER}
"""In which the next take may begin."""
_SITTING = {Phase.RECORDING, Phase.PAUSED}
_MARKING = {Phase.RECORDING, Phase.PAUSED, Phase.STOPPED, Phase.LATER}
_ALLOWED: dict[type, set[Phase]] = {
    Agreed: {Phase.PREPARED, Phase.AGREED},
    Wellbeing: set(Phase) - {Phase.DELETING},
    TakeBegun: _TAKING,
    ChunkKept: {Phase.RECORDING},
    TakeEnded: _SITTING,
    Marked: _MARKING,
    Paused: {Phase.RECORDING},
    Resumed: {Phase.PAUSED},
    Stopped: _SITTING,
    PutOff: {Phase.STOPPED, Phase.LATER},
    KeepAsked: {Phase.STOPPED, Phase.LATER, Phase.KEEPING},
    Kept: {Phase.KEEPING},
    DeleteAsked: {
        Phase.PREPARED,
        Phase.AGREED,
        Phase.STOPPED,
        Phase.LATER,
        Phase.KEEPING,  # where that did not come off: `capture.sessions.finalise` looks
        Phase.DELETING,
        *_SITTING,
    },
}
MOST_TAKES = 60
"""As many as one import joins."""


@dataclass
class TakeSoFar:
    """A take as it grows. `chunks` are in order; `length` is milliseconds, as far as was said."""

    number: int
    mime: str
    key: str
    chunks: list[ChunkKept] = field(default_factory=list)
    length: int = 0
    ended: str = ""

    @property
    def bytes(self) -> int:
        """What is safe on the disk of it; more may lie behind, torn."""
        return self.chunks[-1].offset + self.chunks[-1].bytes if self.chunks else 0

    @property
    def kind(self) -> str:
        return self.mime.partition("/")[0]

    @property
    def suffix(self) -> str:
        inside = self.mime.partition("/")[2].partition(";")[0]
        return {"webm": ".webm", "mp4": ".mp4"}.get(inside, ".mkv")


@dataclass
class SessionState:
    """A session as its journal tells it."""

    id: str
    story: str
    title: str
    made: str
    key: str
    question_set: QuestionSet
    phase: Phase = Phase.PREPARED
    record: Record | None = None
    takes: list[TakeSoFar] = field(default_factory=list)
    markers: list[Marked] = field(default_factory=list)
    pauses: list[Paused | Resumed] = field(default_factory=list)
    wellbeing: dict[When, Wellbeing] = field(default_factory=dict)
    kept: Kept | None = None

    @property
    def open_take(self) -> TakeSoFar | None:
        return self.takes[-1] if self.takes and not self.takes[-1].ended else None

    @property
    def length(self) -> int:
        return sum(take.length for take in self.takes)

    @property
    def question(self) -> str:
        """The id of the question asked last, or nothing."""
        asked = [one.question for one in self.markers if one.kind == "question"]
        return asked[-1] if asked else ""

    @property
    def undecided(self) -> bool:
        """Something is still to be done or decided about it."""
        return self.phase not in (Phase.KEPT, Phase.DELETING)

    def take(self, number: int) -> TakeSoFar:
        """Raises NotFound."""
        if not 1 <= number <= len(self.takes):
            raise NotFound(f"There is no take {number} in this session.", "Begin one.")
        return self.takes[number - 1]


def begun(first: Prepared) -> SessionState:
    return SessionState(
        id=first.session,
        story=first.story,
        title=first.title,
        made=first.written,
        key=first.key,
        question_set=first.question_set,
    )


def require_possible(state: SessionState, event: AnyEvent) -> None:
    """Raises what the event is refused with where it may not happen now; changes nothing."""
    allowed = _ALLOWED.get(type(event), set())
    if isinstance(event, (ChunkKept, Paused, Resumed)):
        _require_open(state, event.take)
    if isinstance(event, TakeEnded):
        _require_open(state, event.take)
    if state.phase not in allowed:
        raise not_now(state)
    match event:
        case TakeBegun():
            _require_next_take(state, event)
        case ChunkKept():
            _require_next_chunk(state.take(event.take), event)
        case Marked():
            _require_fitting_mark(state, event)
        case KeepAsked():
            if not any(take.bytes for take in state.takes):
                raise NotNow(
                    "Nothing was recorded in this session.",
                    "Record something, or delete the session.",
                    state=state.phase,
                )
        case Stopped():
            if state.open_take:
                raise not_now(state)
        case _:
            pass


def not_now(state: SessionState) -> NotNow | Gone:
    """The refusal of what the session's state does not permit."""
    if state.phase is Phase.DELETING:
        return Gone("This session was deleted.", "Start a new one.")
    said = {
        Phase.PREPARED: ("The agreement comes first.", "Take it, then begin to record."),
        Phase.AGREED: ("Nothing is being recorded yet.", "Begin to record."),
        Phase.RECORDING: ("It is being recorded.", "Stop first."),
        Phase.PAUSED: ("It is paused: nothing is recorded.", "Go on, or stop."),
        Phase.STOPPED: ("The recording was stopped.", "Keep it, decide later, or delete it."),
        Phase.LATER: ("It was put off what becomes of the recording.", "Keep it, or delete it."),
        Phase.KEEPING: ("The recording is being kept.", "Wait until that is done."),
        Phase.KEPT: ("The recording is kept already.", "Start a new session to record more."),
    }
    what, next_step = said[state.phase]
    return NotNow(what, next_step, state=str(state.phase))


def _require_open(state: SessionState, number: int) -> None:
    take = state.take(number)
    if take.ended:
        raise TakeOver(f"Take {number} has ended.", "Begin the next take.", state=str(state.phase))


def _require_next_take(state: SessionState, event: TakeBegun) -> None:
    if state.open_take or event.number != len(state.takes) + 1:
        raise not_now(state)
    if len(state.takes) >= MOST_TAKES:
        raise NotNow(
            f"This session has {MOST_TAKES} takes, and more cannot be joined.",
            "Keep it, then go on in a new session.",
            state=str(state.phase),
        )
    if state.record == "voice" and event.mime.startswith("video/"):
        raise NotAllowed("It was agreed to record the voice only.", "Record without a picture.")


def _require_next_chunk(take: TakeSoFar, event: ChunkKept) -> None:
    if event.number != len(take.chunks) or event.offset != take.bytes:
        raise Gap("A part of the recording is missing before this one.", next=len(take.chunks))


def _require_fitting_mark(state: SessionState, event: Marked) -> None:
    state.take(event.take)
    if event.kind in OF_QUESTIONS:
        known = {question.id for question in state.question_set.questions}
        if event.question not in known:
            raise BadInput("That question is not in this session’s set.", "Choose one of the set.")
    if event.kind == "note" and not event.text.strip():
        raise BadInput("The note is empty.", "Write something, or close it.")


def applied(state: SessionState, event: AnyEvent) -> None:
    """Let the event happen. It was found possible before, or stands in the journal."""
    match event:
        case Prepared():
            raise AssertionError("a session is prepared once")
        case Agreed():
            state.record, state.phase = event.record, Phase.AGREED
        case Wellbeing():
            state.wellbeing[event.when] = event
        case TakeBegun():
            state.takes.append(TakeSoFar(event.number, event.mime, event.key))
            state.phase = Phase.RECORDING
        case ChunkKept():
            take = state.take(event.take)
            take.chunks.append(event)
            take.length = max(take.length, event.until)
        case TakeEnded():
            take = state.take(event.take)
            take.ended, take.length = event.reason, max(take.length, event.at)
            state.phase = Phase.PAUSED
        case Marked():
            state.markers.append(event)
        case Paused():
            take = state.take(event.take)
            take.length = max(take.length, event.at)
            state.pauses.append(event)
            state.phase = Phase.PAUSED
        case Resumed():
            state.pauses.append(event)
            state.phase = Phase.RECORDING
        case Stopped():
            state.phase = Phase.STOPPED
        case PutOff():
            state.phase = Phase.LATER
        case KeepAsked():
            state.phase = Phase.KEEPING
        case Kept():
            state.kept, state.phase = event, Phase.KEPT
        case DeleteAsked():
            state.phase = Phase.DELETING
