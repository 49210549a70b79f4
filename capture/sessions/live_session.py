"""A session in progress: every change is checked, written to the journal, and only then applied.

There is one `LiveSession` at a time for each story, in whatever process: it holds the story's
session lock. Its methods may be called from any thread. A request that is repeated because its
answer was lost is applied once.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TypeVar

import msgspec

from capture.questions.question_set import QuestionSet
from capture.sessions.agreed_media import require_agreed, stated_media, voice_only_refusal
from capture.sessions.events import (
    MAX_TAKE_MS,
    AgreementConfirmed,
    AnyEvent,
    ChunkStored,
    DecisionDeferred,
    DeleteRequested,
    EndReason,
    Feeling,
    FilmingWished,
    KeepRequested,
    MarkerAdded,
    MarkerKind,
    QuestionsChosen,
    RecordedMedia,
    SessionStopped,
    SoundStored,
    TakeEnded,
    TakePaused,
    TakeResumed,
    TakeStarted,
    WellbeingNoted,
    WellbeingTime,
)
from capture.sessions.media_span import MediaSpan
from capture.sessions.refusals import (
    ChunkDiffers,
    MissingChunk,
    NoRoomForChunk,
    NotNow,
    RecordingElsewhere,
)
from capture.sessions.state import Phase, SessionState, SessionTake, apply_event, require_allowed
from capture.sessions.storage import SOUND_RESERVED_BYTES, Journal, append_chunk
from library.consent import gate
from library.consent.stories import read_history
from library.core import clock
from library.core.errors import BadInput, NoRoom
from library.core.struct_file import explain
from library.core.workspace import SessionFolder, Workspace

GROWING_SECONDS = 5.0
"""Seconds after its last chunk within which a take counts as being recorded somewhere.

A page sends a chunk each second, so five of them are missing then.
"""
AGREEMENT_SECONDS = 5.0
"""Seconds between two looks at the agreement while a picture is being recorded."""
MAX_SOUND_BYTES = 4_000_000
"""Bytes of uncompressed sound at once: 20 seconds of two channels."""
E = TypeVar("E", bound=AnyEvent)
_DECODER = msgspec.json.Decoder(AnyEvent)


class LiveSession:
    """A session in progress, made by `create_session` or `reopen_session`."""

    def __init__(
        self,
        workspace: Workspace,
        folder: SessionFolder,
        journal: Journal,
        state: SessionState,
        locks: ExitStack,
    ) -> None:
        self.workspace = workspace
        self.folder = folder
        self.state = state
        self._journal = journal
        self._locks = locks
        # As if a chunk had just come: a page may be there that went on recording through a kill.
        self._last_chunk = time.monotonic()
        self._looked_at_agreement = 0.0
        self._spans: dict[int, tuple[MediaSpan, int]] = {}
        # Re-entrant: most methods call `record_event` while they hold it.
        self.lock = threading.RLock()

    def close(self) -> None:
        """Release the lock. The session is not ended: it is found again as it is."""
        self._locks.close()

    def record_event(self, event: AnyEvent) -> None:
        """Check the event, write it to the journal, and apply it. Raises its refusal."""
        with self.lock:
            # In this order: what is refused leaves no line, and what is not written does not
            # count.
            require_allowed(self.state, validated(event))
            self._journal.add(event)
            apply_event(self.state, event)

    # Before the recording

    def confirm_agreement(self, record: RecordedMedia, *, paper: bool = False) -> None:
        """Note that the agreement was gone through; it must be on record, and for these media.

        Raises NotAllowed.
        """
        self.require_agreement()
        require_agreed(self.workspace, read_history(self.workspace, self.state.story), record)
        with self.lock:
            if (self.state.phase, self.state.record) != (Phase.AGREED, record):
                self.record_event(AgreementConfirmed(record=record, paper=paper))

    def choose_questions(self, questions: QuestionSet) -> None:
        """Ask these questions instead, as long as nothing is recorded. Raises NotNow."""
        with self.lock:
            if self.state.question_set != questions:
                self.record_event(QuestionsChosen(question_set=questions))

    def require_agreement(self) -> None:
        """Raises NotAllowed unless the participation agreement stands at this moment."""
        gate.require_agreement(read_history(self.workspace, self.state.story))

    def _require_agreed(self, mime: str) -> None:
        """Raises NotAllowed where the agreement, as it stands now, does not let this be recorded.

        It may have changed since the session was agreed to.
        """
        self.require_agreement()
        history = read_history(self.workspace, self.state.story)
        if mime.startswith("video/") and stated_media(history) == "voice":
            raise voice_only_refusal()

    def note_wellbeing(self, when: WellbeingTime, answer: Feeling, note: str = "") -> None:
        """Note an answer to “How are you?”."""
        self.record_event(WellbeingNoted(when=when, answer=answer, note=note))

    def wish_to_be_seen(self, *, voice_only: bool, self_view: bool) -> None:
        """Note whether they are to be filmed, and see themselves. Raises NotNow, NoRoom."""
        with self.lock:
            last = self.state.seen
            if last is None or (last.voice_only, last.self_view) != (voice_only, self_view):
                self.record_event(FilmingWished(voice_only=voice_only, self_view=self_view))

    # The recording

    def start_take(self, mime: str, key: str, *, take_over: bool = False) -> SessionTake:
        """Open the next take; one that was left open is ended, if nobody is recording it.

        With `take_over` also if somebody is. Raises NotAllowed, NotNow, RecordingElsewhere.
        """
        with self.lock:
            earlier = next((take for take in self.state.takes if take.key == key), None)
            if earlier is not None:
                return earlier
            self._require_agreed(mime)
            event = TakeStarted(number=len(self.state.takes) + 1, mime=mime, key=key)
            # Before the open take is ended: a bad request must not end it.
            validated(event)
            open_take = self.state.open_take
            if open_take is not None:
                if self._is_growing() and not take_over:
                    raise RecordingElsewhere(
                        "This session is being recorded somewhere else: in another tab?",
                        "Go on there, or take over here.",
                        take=open_take.number,
                    )
                self._end(open_take, open_take.length, "closed")
            self.record_event(event)
            self._last_chunk = time.monotonic()
            return self.state.takes[-1]

    def _is_growing(self) -> bool:
        recording = self.state.phase is Phase.RECORDING
        return recording and time.monotonic() - self._last_chunk < GROWING_SECONDS

    def add_chunk(self, number: int, chunk: int, data: bytes, until: int = 0) -> bool:
        """Write a chunk to the disk; return whether it is new.

        `until` is the take's clock at its end, in milliseconds. When this returns, the chunk
        outlasts a kill and a power cut. Raises TakeClosed, NotNow, MissingChunk, ChunkDiffers,
        NoRoomForChunk, TakeFailed; VoiceOnly for a picture that is agreed to no more.
        """
        with self.lock:
            take = self.state.take(number)
            sha256 = hashlib.sha256(data).hexdigest()
            if _came_before(take.chunks, chunk, sha256):
                return False
            self._look_at_agreement(take)
            event = validated(
                ChunkStored(
                    take=number,
                    number=chunk,
                    offset=take.bytes,
                    bytes=len(data),
                    sha256=sha256,
                    until=until,
                )
            )
            require_allowed(self.state, event)
            # The bytes before their line: the journal must never claim what is not on the disk.
            if data:
                path = self.folder.take(number, take.suffix)
                append_chunk(path, take.bytes, data, number=chunk)
            event = validated(self._measured(take, event, data))
            # The bytes may be there without their line: the same chunk is then written over them.
            with _no_room_as_chunk_refusal(chunk):
                self.record_event(event)
            self._last_chunk = time.monotonic()
            return True

    def _look_at_agreement(self, take: SessionTake) -> None:
        """Raises VoiceOnly, seconds after it was recorded that only the voice is agreed to."""
        if time.monotonic() - self._looked_at_agreement >= AGREEMENT_SECONDS:
            self._looked_at_agreement = time.monotonic()
            history = read_history(self.workspace, self.state.story)
            if take.mime.startswith("video/") and stated_media(history) == "voice":
                self._looked_at_agreement = 0.0  # for each further chunk too
                raise voice_only_refusal()

    def _measured(self, take: SessionTake, event: ChunkStored, data: bytes) -> ChunkStored:
        """Return the event with the time that the take's bytes hold, as far as they can be read."""
        # Read on from the chunk before; after a kill, or a chunk whose line failed, from the start.
        span, size = self._spans.pop(take.number, (MediaSpan(), 0))
        if size != take.bytes:
            span = MediaSpan()
            with contextlib.suppress(OSError):
                span.feed_file(self.folder.take(take.number, take.suffix), take.bytes)
        span.feed(data)
        self._spans[take.number] = span, take.bytes + len(data)
        so_far = span.so_far
        # Times beyond a day are no recorder’s: the bytes are what they are.
        if so_far is None or so_far.covers > MAX_TAKE_MS:
            return event
        return msgspec.structs.replace(event, covers=so_far.covers, empty=so_far.empty)

    def picture_ahead(self, number: int) -> int:
        """Return by how many ms a take's picture is ahead of its sound; 0 where that is unknown."""
        with self.lock:
            span, _ = self._spans.get(number, (MediaSpan(), 0))
            return span.so_far.ahead if span.so_far else 0

    def add_sound(self, number: int, part: int, data: bytes, at: int, channels: int) -> bool:
        """Write uncompressed sound of a take to the disk; return whether it is new.

        `at` is the first sample's number on the take's clock. The take itself needs none of it:
        whatever is refused here, it goes on. Raises as `add_chunk`, and BadInput.
        """
        with self.lock:
            take = self.state.take(number)
            sha256 = hashlib.sha256(data).hexdigest()
            if _came_before(take.sound, part, sha256):
                return False
            if not data or len(data) > MAX_SOUND_BYTES or len(data) % (2 * max(1, channels)):
                raise BadInput("That is no sound of 16 bits, or too much at once.")
            end = sum(stored.bytes for stored in take.sound)
            event = validated(
                SoundStored(
                    take=number,
                    number=part,
                    at=at,
                    channels=channels,
                    offset=end,
                    bytes=len(data),
                    sha256=sha256,
                )
            )
            require_allowed(self.state, event)
            path = self.folder.lossless_sound(number)
            append_chunk(path, end, data, number=part, reserved=SOUND_RESERVED_BYTES)
            with _no_room_as_chunk_refusal(part):
                self.record_event(event)
            return True

    def pause(self, number: int, at: int, chunks: int, *, accept_loss: bool = False) -> None:
        """Accept no more chunks until it is resumed. Raises MissingChunk, TakeClosed."""
        with self.lock:
            take = self.state.take(number)
            if self.state.phase is Phase.PAUSED and self.state.open_take is take:
                return
            _require_all_chunks(take, chunks, accept_loss)
            self.record_event(TakePaused(take=number, at=at))

    def resume(self, number: int) -> None:
        """Go on in the same take. Raises TakeClosed where it has ended meanwhile."""
        with self.lock:
            if self.state.phase is Phase.RECORDING and self.state.open_take is self.state.take(
                number
            ):
                return
            self._require_agreed(self.state.take(number).mime)
            self.record_event(TakeResumed(take=number))
            self._last_chunk = time.monotonic()

    def end_take(
        self, number: int, at: int, chunks: int, reason: EndReason, *, accept_loss: bool = False
    ) -> None:
        """Close the take; the session is paused until the next one. Raises MissingChunk."""
        with self.lock:
            take = self.state.take(number)
            if take.end_reason:
                return
            _require_all_chunks(take, chunks, accept_loss)
            self._end(take, at, reason)

    def _end(self, take: SessionTake, at: int, reason: EndReason) -> None:
        # No take ends before its last chunk does.
        self.record_event(TakeEnded(take=take.number, at=max(at, take.length), reason=reason))

    def add_marker(
        self, key: str, number: int, at: int, kind: MarkerKind, question: str = "", text: str = ""
    ) -> bool:
        """Mark a moment on the take's clock; return whether it is new. Raises NotNow, BadInput."""
        with self.lock:
            if any(marker.key == key for marker in self.state.markers):
                return False
            self.record_event(
                MarkerAdded(key=key, take=number, at=at, kind=kind, question=question, text=text)
            )
            return True

    # After the recording

    def stop(
        self, number: int = 0, at: int = 0, chunks: int | None = None, *, accept_loss: bool = False
    ) -> None:
        """End the open take and the recording. Raises MissingChunk unless `chunks` have come."""
        with self.lock:
            if self.state.phase is Phase.STOPPED:
                return
            take = self.state.open_take
            if take is not None:
                if number and number == take.number and chunks is not None:
                    _require_all_chunks(take, chunks, accept_loss)
                self._end(take, at, "stopped" if number else "closed")
            self.record_event(SessionStopped())

    def defer(self) -> None:
        """Leave the decision to keep or delete for another day."""
        with self.lock:
            if self.state.phase is not Phase.LATER:
                self.record_event(DecisionDeferred())

    def request_keep(self) -> None:
        """Note that it shall become the story's recording; `keep_session` makes it so."""
        with self.lock:
            if self.state.phase is not Phase.KEEPING:
                self.record_event(KeepRequested())

    def request_delete(self) -> None:
        """Note that it shall be deleted; from here on it counts as deleted."""
        # A full disk must not prevent the deletion, which makes room on it: NoRoom is suppressed.
        with self.lock:
            if self.state.phase is Phase.DELETING:
                return
            event = DeleteRequested()
            require_not_growing(self.state)
            if (take := self.state.open_take) is not None:
                with contextlib.suppress(NoRoom):
                    self._end(take, take.length, "stopped")
            require_allowed(self.state, event)
            with contextlib.suppress(NoRoom):
                self._journal.add(event)
            apply_event(self.state, event)


def is_growing(state: SessionState) -> bool:
    """Return True while the open take grows, or grew some seconds ago, in whatever process."""
    take = state.open_take
    if take is None or state.phase is not Phase.RECORDING:
        return False
    # By the journal's own times, which another process reads as well. A clock that was set back
    # must not keep a session for ever: seconds of the future count no more than those of the past.
    since = abs((clock.moment() - datetime.fromisoformat(take.grew)).total_seconds())
    return since < GROWING_SECONDS


def require_not_growing(state: SessionState) -> None:
    """Raise NotNow while the open take grows, or grew some seconds ago, in whatever process."""
    if is_growing(state):
        raise NotNow(
            "It is being recorded, or was a few seconds ago.",
            "Stop the recording first. If nobody records it any more, try again in a few seconds.",
            state=str(state.phase),
        )


def _came_before(
    stored: Sequence[ChunkStored] | Sequence[SoundStored], number: int, sha256: str
) -> bool:
    """Return whether a part is on the disk already. Raises ChunkDiffers where another one is."""
    if number >= len(stored):
        return False
    if stored[number].sha256 != sha256:
        raise ChunkDiffers("That part came before, and was another.", next=len(stored))
    return True


def _require_all_chunks(take: SessionTake, chunks: int, accept_loss: bool) -> None:
    if len(take.chunks) < chunks and not accept_loss:
        raise MissingChunk("A part of the recording has not come yet.", next=len(take.chunks))


@contextlib.contextmanager
def _no_room_as_chunk_refusal(number: int) -> Iterator[None]:
    """Turn a journal's NoRoom into that of the chunk it was to record."""
    try:
        yield
    except NoRoom as error:
        raise NoRoomForChunk(
            "The disk of this computer is full. What came before this part is safe.",
            error.next_step,
            next=number,
        ) from error


def validated(event: E) -> E:
    """Return the event if every field is valid. Raises BadInput naming the field."""
    try:
        # By way of JSON: msgspec checks patterns and limits only where it decodes.
        _DECODER.decode(msgspec.json.encode(event))
    except msgspec.ValidationError as error:
        raise BadInput(f"That cannot be: {explain(error)}.", "Check what was sent.") from None
    return event
