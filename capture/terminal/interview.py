"""An interview in the terminal: its position among the questions, and the recording.

What the recorder produces is written to the disk by a thread of its own, whatever the screen does.
"""

from __future__ import annotations

import secrets
import threading
from itertools import count

from capture.media.devices import CaptureSource
from capture.media.recorder import SILENCE_DB, Recorder
from capture.questions.question_set import Question
from capture.sessions.events import EndReason, MarkerKind
from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NoRoomForChunk, TakeFailed
from capture.sessions.state import Phase
from library.core.errors import CarerStoriesError
from library.core.signals import interrupt_deferred

_FIRST_CHUNK_TIMEOUT_SECONDS = 20.0
"""Seconds that a device may take until its first bytes: some cameras are slow to start."""
_FULL_DISK_RETRY_SECONDS = 1.0
"""Seconds between attempts to write a chunk to a full disk."""
_READ_TIMEOUT_SECONDS = 1.0
"""Seconds to wait for the recorder's next chunk before checking whether it has ended."""
_MIME_TYPES = {True: "video/x-matroska", False: "audio/x-matroska"}
"""The type of a take, by whether it has a picture."""


def start_recorder(source: CaptureSource) -> tuple[Recorder, bytes]:
    """Return a running recorder and its first bytes. Raises ToolFailed where none come."""
    recorder = Recorder(source)
    first_chunk = recorder.read_media(_FIRST_CHUNK_TIMEOUT_SECONDS)
    if not first_chunk:
        recorder.close()
        raise recorder.failure()
    return recorder, first_chunk


class Interview:
    """An interview in progress, from `start` to `stop`."""

    def __init__(self, session: LiveSession, source: CaptureSource) -> None:
        self.session = session
        self.problem = ""
        """A sentence that the person must read now; empty if all is well."""
        self.position = -1
        """Index of the question asked last; −1 before the first."""
        self.follow_ups_asked = 0
        """Number of follow-ups of the current question that were asked."""
        self._source = source
        self._recorder: Recorder | None = None
        self._writer: threading.Thread | None = None
        self._end_reason: EndReason | None = None
        # A request with a key that the session has seen is not carried out twice. Random, so that
        # another process that continues the session repeats none.
        self._request_keys = map(f"t-{secrets.token_hex(4)}-{{}}".format, count())
        ids = [question.id for question in self.questions]
        if session.state.current_question in ids:
            self.position = ids.index(session.state.current_question)

    # State that the screen shows

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.session.state.question_set.questions

    @property
    def question(self) -> Question | None:
        """The question asked last; None before the first and after the last."""
        return self.questions[self.position] if 0 <= self.position < len(self.questions) else None

    @property
    def is_over(self) -> bool:
        """True after the last question, when only the closing words are left."""
        return self.position >= len(self.questions)

    @property
    def is_recording(self) -> bool:
        """True while this process records: after a kill the session still says “recording”."""
        is_writing = self._writer is not None and self._writer.is_alive()
        return is_writing and self.session.state.phase is Phase.RECORDING

    @property
    def length(self) -> int:
        """Milliseconds of all takes, including the open one as far as it is recorded."""
        state, recorder = self.session.state, self._recorder
        ended = sum(take.length for take in state.takes if take.end_reason)
        return ended + (recorder.position_ms if recorder and state.open_take else 0)

    @property
    def peak(self) -> float:
        """Level in decibels, 0 being full scale; SILENCE_DB while nothing is recorded."""
        return self._recorder.peak_db if self._recorder and self.is_recording else SILENCE_DB

    # Recording

    def start(self, running_recorder: tuple[Recorder, bytes] | None = None) -> None:
        """Start the first take, or the next. Raises ToolFailed where the device gives nothing.

        `running_recorder` is a recorder that runs already, with its first bytes. Raises
        KeyboardInterrupt for a Ctrl-C meanwhile only when the take is being written, or has not
        begun.
        """
        if self.is_recording:
            return
        self._join_writer()
        recorder, first_chunk = running_recorder or start_recorder(self._source)
        with interrupt_deferred():
            self._start_take(recorder, first_chunk)

    def _start_take(self, recorder: Recorder, first_chunk: bytes) -> None:
        try:
            mime = _MIME_TYPES[bool(self._source.picture_stream)]
            take = self.session.start_take(mime, next(self._request_keys), take_over=True)
        except BaseException:
            recorder.close()
            raise
        self.problem, self._end_reason, self._recorder = "", None, recorder
        self._writer = threading.Thread(
            target=self._write_take, args=(recorder, take.number, first_chunk), daemon=True
        )
        self._writer.start()

    def resume(self) -> None:
        """Start the next take after a pause or a problem; a failure becomes `problem`."""
        try:
            self.start()
        except CarerStoriesError as error:
            self._report(error)

    def pause(self) -> None:
        """End the take and let go of camera and microphone."""
        self._end_take("next")

    def stop(self) -> None:
        """End the take and the session."""
        self._end_take("stopped")
        if self.session.state.phase in (Phase.RECORDING, Phase.PAUSED):
            self.session.stop()

    def _end_take(self, reason: EndReason) -> None:
        if self._recorder is not None and self._end_reason is None:
            self._end_reason = reason
            self._recorder.stop()
        self._join_writer()

    def _join_writer(self) -> None:
        if self._writer is not None:
            self._writer.join()
        self._writer = self._recorder = None

    def _report(self, error: CarerStoriesError) -> None:
        self.problem = f"{error.what} {error.next_step}"

    # In the thread of a take

    def _write_take(self, recorder: Recorder, take: int, chunk: bytes | None) -> None:
        """Write the recorder's chunks to the disk in order, until it ends."""
        number = 0
        try:
            while chunk is not None:
                if chunk:
                    self._write_chunk(take, number, chunk, recorder)
                    number += 1
                chunk = recorder.read_media(_READ_TIMEOUT_SECONDS)
        except TakeFailed as error:
            self._end_reason = "failed"
            self._report(error)
        except CarerStoriesError as error:
            self._end_reason, self.problem = "failed", f"{error.what} Everything before it is safe."
        finally:
            recorder.close()
        self._record_take_end(recorder, take, number)

    def _write_chunk(self, take: int, number: int, chunk: bytes, recorder: Recorder) -> None:
        """Write one chunk; while the disk is full, wait for room instead of dropping it."""
        while True:
            try:
                self.session.add_chunk(take, number, chunk, recorder.position_ms)
            except NoRoomForChunk as error:
                self._report(error)
                if self._end_reason is not None:
                    raise
                threading.Event().wait(_FULL_DISK_RETRY_SECONDS)
            else:
                return

    def _record_take_end(self, recorder: Recorder, take: int, chunk_count: int) -> None:
        # A recorder that ended although nobody asked it to has lost its device.
        reason = self._end_reason or "device-lost"
        try:
            if reason == "device-lost":
                self.problem = f"{recorder.failure().what} What was recorded is safe."
                key = next(self._request_keys)
                self.session.add_marker(key, take, recorder.position_ms, "device-lost")
            self.session.end_take(take, recorder.position_ms, chunk_count, reason)
        except CarerStoriesError as error:
            self._report(error)

    # The conversation

    def next(self) -> None:
        """Ask the next question; after the last one come the closing words."""
        self.position = min(self.position + 1, len(self.questions))
        self.follow_ups_asked = 0
        if self.question is not None:
            self.add_marker("question", self.question.id)

    def skip(self) -> None:
        """Leave out the question that was asked, and ask the next."""
        if self.question is not None:
            self.add_marker("skipped", self.question.id)
        self.next()

    def back(self) -> None:
        """Ask the previous question again."""
        if self.position > 0:
            self.position -= 1
            self.follow_ups_asked = 0
            question = self.questions[self.position]
            self.add_marker("back", question.id)
            self.add_marker("question", question.id)

    def follow_up(self) -> None:
        """Mark that the next follow-up of the question was asked."""
        question = self.question
        if question is not None and self.follow_ups_asked < len(question.follow_ups):
            self.add_marker("follow-up", question.id, question.follow_ups[self.follow_ups_asked])
            self.follow_ups_asked += 1

    def add_marker(self, kind: MarkerKind, question: str = "", text: str = "") -> None:
        """Mark this moment. A marker that cannot be saved is reported and stops nothing."""
        takes = self.session.state.takes
        if not takes:
            return
        is_recording = self._recorder is not None and self.is_recording
        position_ms = (
            self._recorder.position_ms if self._recorder and is_recording else takes[-1].length
        )
        try:
            self.session.add_marker(
                next(self._request_keys), takes[-1].number, position_ms, kind, question, text
            )
        except CarerStoriesError as error:
            self._report(error)
