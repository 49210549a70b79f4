"""The sessions that this station holds open, their leases, and the recordings it is keeping."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capture.media.run_ffmpeg import Progress
from capture.questions.question_set import QuestionSet
from capture.sessions import session_lease
from capture.sessions.agreed_media import stated_media
from capture.sessions.events import RecordedMedia
from capture.sessions.finalise import (
    DeletionReceipt,
    delete_session,
    is_kept_without_picture,
    keep_session,
    kept_remark,
)
from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NotNow, SessionDeleted
from capture.sessions.remote_recording import RemoteTalk, read_talk, write_talk
from capture.sessions.session_folders import (
    create_session,
    find_session,
    is_open_elsewhere,
    reopen_session,
    unfinished_sessions_of,
)
from capture.sessions.session_lease import RESTART_SECONDS, OwnerView, SessionLease
from capture.sessions.state import Phase, SessionState
from capture.sessions.storage import Journal
from library.consent.stories import read_history
from library.core.errors import CarerStoriesError, DiskFailed, NoRoom, NotFound
from library.core.typed_command import as_typed
from library.core.unforeseen import as_refusal
from library.core.workspace import SessionFolder, Workspace
from library.records.restore_holds import held_recording

_BROKEN_OFF = CarerStoriesError(
    "Keeping it was broken off.", "Keep it again: nothing that was recorded is lost."
)
_TELLING_SECONDS = 3.0
"""Seconds after which the speed of a step tells how long it takes."""


@dataclass
class KeepingProgress:
    """Progress of keeping a recording. `done` and `total` are milliseconds of it."""

    step: str = ""
    done: int = 0
    total: int | None = None
    error: CarerStoriesError | None = None
    step_began: float = 0.0
    """Of a clock that nobody sets."""

    def as_json(self) -> dict[str, Any]:
        error = self.error
        next_step = as_typed(error.next_step) if error else ""
        for typed in ("run it again", "run the command again"):
            next_step = next_step.replace(typed, "press “Try again”")
        problem = {"what": error.what, "next_step": next_step} if error else None
        return {
            "step": self.step,
            "done": self.done,
            "total": self.total,
            "left": self.seconds_left(),
            "error": problem,
        }

    def seconds_left(self) -> int | None:
        """Return the seconds that this step still takes, by how fast it went so far."""
        elapsed = session_lease.monotonic_seconds() - self.step_began
        if not self.total or not self.done or elapsed < _TELLING_SECONDS:
            return None
        return round(max(0, self.total - self.done) * elapsed / self.done)

    @contextlib.contextmanager
    def show_progress(self, label: str, total: int | None) -> Iterator[Progress]:
        """Show a step's progress on the page; use as ProgressStep."""
        self.step, self.done, self.total = label, 0, total
        self.step_began = session_lease.monotonic_seconds()

        def progress(done: int) -> None:
            self.done = done

        yield progress


class OpenSessions:
    """Opens each session when it is first needed, and holds it until it is finished."""

    def __init__(self, workspace: Workspace, *, is_restart: bool = False) -> None:
        """Begin; after a restart, windows of the station that was killed may come back."""
        self._workspace = workspace
        self._leases: dict[str, SessionLease] = {}
        self._windows_return_until = session_lease.monotonic_seconds() + RESTART_SECONDS
        self._is_restart = is_restart
        self.closes_when_kept = False
        """True where the station is to end by itself once nothing is being kept any more."""
        self.unsaved_talks: dict[str, RemoteTalk | None] = {}
        """Talks by session that the disk does not take yet; None: recorded in the room."""
        self._open: dict[str, LiveSession] = {}
        self._keeping: dict[str, KeepingProgress] = {}
        # Re-entrant: `keep` and `delete` call `get` while they hold it.
        self._lock = threading.RLock()
        self._work: queue.Queue[str | None] = queue.Queue()
        # A daemon: the next station goes on with what is being kept when this one ends.
        self._worker = threading.Thread(target=self._keep_all, daemon=True)
        self._worker.start()

    def create_session(
        self, story_id: str, key: str, questions: QuestionSet | None
    ) -> tuple[LiveSession, bool]:
        """Return a new session, or the one made with the same key; and whether it is new."""
        with self._lock:
            for state in unfinished_sessions_of(self._workspace, story_id):
                if state.key == key:
                    return self.get(state.id), False
            # A session that was kept still holds the story's lock, which the new one needs.
            for session in list(self._open.values()):
                if session.state.story == story_id and not session.state.is_undecided:
                    self._release(session.state.id)
            session = create_session(self._workspace, story_id, key, questions)
            self._open[session.state.id] = session
            # Nobody can come back to it.
            self._leases[session.state.id] = SessionLease()
            return session, True

    def get(self, session_id: str) -> LiveSession:
        """Return the session, opened. Raises NotFound, SessionDeleted, Busy, Damaged."""
        with self._lock:
            if session_id not in self._open:
                # For its refusals: it tells a deleted session from one that never was.
                self.state_of(session_id)
                self._open[session_id] = reopen_session(self._workspace, session_id)
            return self._open[session_id]

    def state_of(self, session_id: str) -> SessionState:
        """Return the session's state without opening it.

        Raises NotFound, SessionDeleted, Damaged.
        """
        with self._lock:
            if session_id in self._open:
                state = self._open[session_id].state
                if not self.is_erased(state):
                    return state
                self._release(session_id)
        try:
            _, folder = find_session(self._workspace, session_id)
        except NotFound:
            if any(self._receipts(session_id)):
                raise SessionDeleted("This session was deleted.", "Start a new one.") from None
            raise
        return Journal(folder.journal).read()

    def is_erased(self, state: SessionState) -> bool:
        """Return True where another program erased the story, and the session's files with it.

        A disk that was pulled out erases nothing: of what it held no withdrawal can be read.
        """
        folder = self._workspace.story(state.story).sessions / state.id
        return not folder.exists() and self.is_taken_back(state)

    def folder_of(self, session_id: str) -> SessionFolder:
        """Return the session's folder. Raises NotFound."""
        return find_session(self._workspace, session_id)[1]

    def is_remote(self, state: SessionState) -> bool:
        """Return True for a session that another program records, as far as it is not kept."""
        if state.phase not in (Phase.PREPARED, Phase.AGREED):
            return False
        with contextlib.suppress(CarerStoriesError):
            return self.folder_of(state.id).remote.is_file()
        return False

    def is_talk_begun(self, state: SessionState) -> bool:
        """Return True where the questions of a talk that another program records were begun."""
        with contextlib.suppress(CarerStoriesError):
            talk = self.unsaved_talks.get(state.id) or read_talk(self.folder_of(state.id))
            return talk is not None and talk.began > 0
        return False

    def note_talk(self, session: LiveSession, talk: RemoteTalk | None) -> None:
        """Write what was marked of a talk; it stays here where the disk does not take it.

        Raises NotNow, NoRoom, DiskFailed.
        """
        with self._lock:
            self.unsaved_talks.pop(session.state.id, None)
            try:
                write_talk(session, talk)
            except (NoRoom, DiskFailed):
                self.unsaved_talks[session.state.id] = talk
                raise

    def save_talks(self) -> None:
        """Write what was marked of talks and did not get to the disk yet, as far as it can be."""
        with self._lock:
            for session_id, talk in list(self.unsaved_talks.items()):
                with contextlib.suppress(CarerStoriesError):
                    self.note_talk(self.get(session_id), talk)

    def record_now(self, state: SessionState) -> RecordedMedia | None:
        """Return what a session may record: the agreement may allow less since it was agreed to."""
        if state.record == "picture-and-voice":
            with contextlib.suppress(CarerStoriesError):
                if stated_media(read_history(self._workspace, state.story)) == "voice":
                    return "voice"
        return state.record

    def is_kept_without_picture(self, state: SessionState) -> bool:
        """Return True where only the sound of what was filmed was kept."""
        with contextlib.suppress(CarerStoriesError):
            return is_kept_without_picture(self._workspace, state)
        return False

    def kept_remark(self, state: SessionState) -> str:
        """Return what is to be said of a session that was kept; empty where that is plain."""
        if state.phase is Phase.KEPT:
            with contextlib.suppress(CarerStoriesError):
                return kept_remark(self._workspace, state)
        return ""

    def is_taken_back(self, state: SessionState) -> bool:
        """Return True where the story of the session is withdrawn as a whole."""
        with contextlib.suppress(CarerStoriesError):
            return read_history(self._workspace, state.story).whole_withdrawal is not None
        return False

    # The windows that hold them

    def lease(self, session_id: str) -> SessionLease:
        """Return the lease of a session. Raises NotFound, SessionDeleted, Damaged."""
        with self._lock:
            if session_id not in self._leases:
                self._leases[session_id] = self._first_lease(self.state_of(session_id))
            return self._leases[session_id]

    def _first_lease(self, state: SessionState) -> SessionLease:
        left = self._windows_return_until - session_lease.monotonic_seconds()
        # The station was killed, or ended in the middle of a take: a page may still be open.
        may_return = self._is_restart or state.open_take is not None
        return SessionLease(returning=max(0.0, left) if may_return else 0.0)

    def claim(
        self,
        session_id: str,
        window: str,
        name: str = "",
        *,
        take: int = 0,
        is_of_killed_run: bool = False,
        take_over: bool = False,
    ) -> None:
        """Give the session to `window`, or hear that it still has it. Raises RecordingElsewhere.

        `take` is the take that the window itself is recording: after a restart only one window can
        know of it. Where no take is open, any window of the killed station may be the one.
        """
        open_take = self.state_of(session_id).open_take
        may_return = open_take.number == take if open_take else is_of_killed_run
        self.lease(session_id).claim(window, name, may_return=may_return, take_over=take_over)

    def owner(self, state: SessionState, window: str, name: str = "") -> OwnerView:
        """Return who holds a session, as `window` sees it."""
        view = self.lease(state.id).view(window, name)
        if not view.owner and self._is_open_in_another_program(state):
            return OwnerView("other")
        return view

    def _is_open_in_another_program(self, state: SessionState) -> bool:
        with self._lock:
            if any(session.state.story == state.story for session in self._open.values()):
                return False
            return is_open_elsewhere(self._workspace, state.story)

    def _receipts(self, session_id: str) -> Iterator[Path]:
        return self._workspace.receipts.glob(f"deleted-*-{session_id}.json")

    # Keeping, one recording after the other, in a thread of its own

    def keep(self, session_id: str) -> None:
        """Start keeping it, or try again. Raises as `request_keep`, and NotAllowed."""
        with self._lock:
            session = self.get(session_id)
            if self.is_keeping(session_id) or session.state.phase is Phase.KEPT:
                return
            session.require_agreement()
            session.request_keep()
            # Before it is queued: the thread looks it up at once.
            self._keeping[session_id] = KeepingProgress()
            self._work.put(session_id)

    def keep_progress(self, state: SessionState) -> KeepingProgress | None:
        """Return how far the keeping of a session is; None where it is not being kept."""
        progress = self._keeping.get(state.id)
        if progress is None and state.phase is Phase.KEEPING:
            # It was to be kept, and nobody is at it: that must not look like work going on.
            return KeepingProgress(error=_BROKEN_OFF)
        return progress

    def keeping_failed(self, session_id: str, error: CarerStoriesError) -> None:
        """Note why a session that was to be kept is not being kept."""
        self._keeping.setdefault(session_id, KeepingProgress()).error = error

    def held_recording(self, state: SessionState) -> str:
        """Return the withdrawn recording that this one is, in words; empty where it is none."""
        if state.phase is not Phase.KEPT:
            return ""
        with contextlib.suppress(CarerStoriesError):
            return held_recording(self._workspace, state.story)
        return ""

    def is_keeping(self, session_id: str) -> bool:
        keeping = self._keeping.get(session_id)
        return keeping is not None and keeping.error is None

    def _keep_all(self) -> None:
        while (session_id := self._work.get()) is not None:
            keeping = self._keeping[session_id]
            try:
                keep_session(self.get(session_id), show_progress=keeping.show_progress)
            except CarerStoriesError as error:
                keeping.error = error
            except Exception as error:  # else the thread ends, and the page waits for ever
                keeping.error = CarerStoriesError(
                    f"The recording could not be kept. {as_refusal(error).what}",
                    "Try again: nothing recorded was lost. If it fails again, close the station "
                    f"and run: carer-stories capture recover {session_id} --keep --debug",
                )
            else:
                with self._lock:
                    self._release(session_id)
                    del self._keeping[session_id]

    def delete(self, session_id: str) -> DeletionReceipt:
        """Delete it with all its files. Raises NotNow while it is being kept, and DiskFailed."""
        with self._lock:
            if self.is_keeping(session_id):
                raise NotNow(
                    "The recording is being kept.", "Wait until that is done.", state="keeping"
                )
            session = self.get(session_id)
            # So that no chunk is added meanwhile.
            with session.lock:
                receipt = delete_session(session)
            self._keeping.pop(session_id, None)
            self.unsaved_talks.pop(session_id, None)
            self._release(session_id)
            if (lease := self._leases.pop(session_id, None)) is not None:
                lease.end()
            return receipt

    # The end

    def _release(self, session_id: str) -> None:
        if (session := self._open.pop(session_id, None)) is not None:
            session.close()

    @property
    def is_recording(self) -> bool:
        """True while any of them has an open take."""
        with self._lock:
            return any(session.state.open_take is not None for session in self._open.values())

    @property
    def is_held_open(self) -> bool:
        """True while a window holds a session with an open take."""
        with self._lock:
            return any(
                session.state.open_take is not None and self.lease(session.state.id).is_held
                for session in self._open.values()
            )

    @property
    def is_keeping_any(self) -> bool:
        """True while any recording is being kept."""
        # A copy: the thread that keeps them removes entries meanwhile.
        return any(self.is_keeping(session_id) for session_id in list(self._keeping))

    def close(self) -> None:
        """Release all of them; open ones are found again as they are."""
        # Ends the thread, behind what waits before it.
        self._work.put(None)
        with self._lock:
            for session_id in list(self._open):
                self._release(session_id)
