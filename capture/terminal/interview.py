"""A conversation in the terminal: where it is in the questions, and what is being recorded.

What the recorder makes is put on the disk by a thread of its own, whatever the screen is doing.
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

_FIRST = 20.0
"""Seconds a camera may take until its first picture."""
_TRY_AGAIN = 1.0
MIMES = {True: "video/x-matroska", False: "audio/x-matroska"}


def start_recorder(source: CaptureSource) -> tuple[Recorder, bytes]:
    """A recorder that runs, and the first it made. Raises ToolFailed where nothing comes."""
    recorder = Recorder(source)
    part = recorder.read_media(_FIRST)
    if not part:
        recorder.close()
        raise recorder.failure()
    return recorder, part


class Interview:
    """Between `begin` and `stop`. `trouble` is what the person must know now, or nothing."""

    def __init__(self, session: LiveSession, source: CaptureSource) -> None:
        self.session = session
        self.problem = ""
        self.position = -1
        """Which question was asked last; −1 before the first."""
        self.follow_ups_asked = 0
        """How many follow-ups of the question were asked."""
        self._source = source
        self._recorder: Recorder | None = None
        self._pump: threading.Thread | None = None
        self._take = 0
        self._ending: EndReason | None = None
        self._keys = map(f"t-{secrets.token_hex(4)}-{{}}".format, count())
        self._find_position()

    def _find_position(self) -> None:
        ids = [one.id for one in self.questions]
        if self.session.state.current_question in ids:
            self.position = ids.index(self.session.state.current_question)

    # What is shown

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.session.state.question_set.questions

    @property
    def question(self) -> Question | None:
        """The one asked last; None before the first and after the last."""
        return self.questions[self.position] if 0 <= self.position < len(self.questions) else None

    @property
    def is_over(self) -> bool:
        """All questions were asked: the closing words come."""
        return self.position >= len(self.questions)

    @property
    def is_recording(self) -> bool:
        """Whether this sitting records; after a kill the session alone says nothing of that."""
        works = self._pump is not None and self._pump.is_alive()
        return works and self.session.state.phase is Phase.RECORDING

    @property
    def length(self) -> int:
        """Milliseconds of all takes, the open one as it is heard."""
        state, recorder = self.session.state, self._recorder
        before = sum(take.length for take in state.takes if take.end_reason)
        return before + (recorder.position_ms if recorder and state.open_take else 0)

    @property
    def peak(self) -> float:
        """Decibels below full scale; SILENCE while nothing is recorded."""
        return self._recorder.peak_db if self._recorder and self.is_recording else SILENCE_DB

    # Recording

    def start(self, ready: tuple[Recorder, bytes] | None = None) -> None:
        """The first take, or the next. Raises ToolFailed where the device gives nothing."""
        if self.is_recording:
            return
        self._join()
        recorder, first = ready or start_recorder(self._source)
        try:
            mime = MIMES[bool(self._source.picture_stream)]
            self._take = self.session.start_take(mime, next(self._keys), take_over=True).number
        except BaseException:
            recorder.close()
            raise
        self.problem, self._ending, self._recorder = "", None, recorder
        self._pump = threading.Thread(
            target=self._store_parts, args=(recorder, self._take, first), daemon=True
        )
        self._pump.start()

    def resume(self) -> None:
        """The next take, after a pause or a trouble; what hinders it is told."""
        try:
            self.start()
        except CarerStoriesError as error:
            self.problem = f"{error.what} {error.next_step}"

    def pause(self) -> None:
        """Camera and microphone are let go: nothing is recorded until it goes on."""
        self._end_take("next")

    def stop(self) -> None:
        self._end_take("stopped")
        if self.session.state.phase in (Phase.RECORDING, Phase.PAUSED):
            self.session.stop()

    def _end_take(self, reason: EndReason) -> None:
        if self._recorder is not None and self._ending is None:
            self._ending = reason
            self._recorder.stop()
        self._join()

    def _join(self) -> None:
        if self._pump is not None:
            self._pump.join()
        self._pump = self._recorder = None

    # In the thread of a take

    def _store_parts(self, recorder: Recorder, take: int, part: bytes | None) -> None:
        """Until the recorder ends: everything it makes on the disk, in order."""
        number = 0
        try:
            while part is not None:
                if part:
                    self._store_part(take, number, part, recorder)
                    number += 1
                part = recorder.read_media(1.0)
        except TakeFailed as error:
            self._ending, self.problem = "failed", f"{error.what} {error.next_step}"
        except CarerStoriesError as error:
            self._ending, self.problem = "failed", f"{error.what} Everything before it is safe."
        finally:
            recorder.close()
        self._finish_take(recorder, take, number)

    def _store_part(self, take: int, number: int, part: bytes, recorder: Recorder) -> None:
        """A full disk is waited for: somebody may make room, and nothing is thrown away."""
        while True:
            try:
                self.session.add_chunk(take, number, part, recorder.position_ms)
            except NoRoomForChunk as error:
                self.problem = f"{error.what} {error.next_step}"
                if self._ending is not None:
                    raise
                threading.Event().wait(_TRY_AGAIN)
            else:
                return

    def _finish_take(self, recorder: Recorder, take: int, chunks: int) -> None:
        reason = self._ending or "device-lost"
        try:
            if reason == "device-lost":
                self.problem = f"{recorder.failure().what} What was recorded is safe."
                self.session.add_marker(next(self._keys), take, recorder.position_ms, "device-lost")
            self.session.end_take(take, recorder.position_ms, chunks, reason)
        except CarerStoriesError as error:
            self.problem = f"{error.what} {error.next_step}"

    # The conversation

    def next(self) -> None:
        """Ask the next question; after the last one, the closing words."""
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
        """Ask the question before again."""
        if self.position > 0:
            self.position -= 1
            self.follow_ups_asked = 0
            question = self.questions[self.position]
            self.add_marker("back", question.id)
            self.add_marker("question", question.id)

    def follow_up(self) -> None:
        """Note that the next of the question's follow-ups was asked."""
        question = self.question
        if question is not None and self.follow_ups_asked < len(question.follow_ups):
            self.add_marker("follow-up", question.id, question.follow_ups[self.follow_ups_asked])
            self.follow_ups_asked += 1

    def add_marker(self, kind: MarkerKind, question: str = "", text: str = "") -> None:
        """Mark this moment. A mark that cannot be kept is told, and stops nothing."""
        if not self.session.state.takes:
            return
        at = self._recorder.position_ms if self._recorder and self.is_recording else None
        take = self.session.state.takes[-1]
        try:
            self.session.add_marker(
                next(self._keys),
                take.number,
                take.length if at is None else at,
                kind,
                question,
                text,
            )
        except CarerStoriesError as error:
            self.problem = f"{error.what} {error.next_step}"
