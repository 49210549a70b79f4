"""A live session against a model that keeps plain lists, with kills wherever Hypothesis likes."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from capture.sessions import live_session
from capture.sessions.finalise import delete_session
from capture.sessions.refusals import (
    ChunkDiffers,
    MissingChunk,
    NotNow,
    RecordingElsewhere,
    SessionDeleted,
    TakeClosed,
)
from capture.sessions.session_folders import reopen_session
from capture.sessions.state import Phase
from library.core import files
from library.core.errors import NotFound
from library.core.workspace import Workspace
from tests.faults import UnflushedSystem
from tests.support.live_station import MIME, agreed_session
from tests.support.workspaces import make_workspace

PARTS = st.binary(min_size=0, max_size=40)


@functools.cache
def shared_workspace() -> Workspace:
    """One for all examples: each has a story of its own."""
    temporary = tempfile.TemporaryDirectory(prefix="sitting-")
    _KEPT.append(temporary)
    return make_workspace(Path(temporary.name) / "library")


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


class SessionMachine(RuleBasedStateMachine):
    """The model: what each take holds, which one is open, and whether it is paused."""

    @initialize()
    def begin(self) -> None:
        self.real_system, files.system = files.system, UnflushedSystem()
        self.real_time, live_session.GROWING_SECONDS = live_session.GROWING_SECONDS, float("inf")
        self.workspace = shared_workspace()
        self.session = agreed_session(self.workspace)
        self.takes: list[list[bytes]] = []
        self.open = False
        self.paused = False
        self.stopped = ""
        self.marks: list[str] = []
        self.deleted = False

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            files.system, live_session.GROWING_SECONDS = self.real_system, self.real_time

    # What the person at the page does

    @precondition(lambda self: not self.deleted)
    @rule(instead=st.booleans())
    def next_take(self, instead: bool) -> None:
        key = f"take-{len(self.takes) + 1}"
        if self.open and not self.paused and not instead:
            with pytest.raises(RecordingElsewhere):
                self.session.start_take(MIME, key)
            return
        self.session.start_take(MIME, key, take_over=instead)
        self.takes.append([])
        self.open, self.paused, self.stopped = True, False, ""

    @precondition(lambda self: self.takes)
    @rule(data=PARTS)
    def next_chunk(self, data: bytes) -> None:
        take, number = len(self.takes), len(self.takes[-1])
        if self.deleted:
            with pytest.raises((SessionDeleted, NotFound, TakeClosed)):
                self.session.add_chunk(take, number, data)
        elif not self.open:
            with pytest.raises(TakeClosed):
                self.session.add_chunk(take, number, data)
        elif self.paused:
            with pytest.raises(NotNow):
                self.session.add_chunk(take, number, data)
        else:
            assert self.session.add_chunk(take, number, data, 1000 * (number + 1))
            self.takes[-1].append(data)

    @precondition(lambda self: self.takes and self.takes[-1] and not self.deleted)
    @rule(which=st.integers(0, 99))
    def chunk_again(self, which: int) -> None:
        number = which % len(self.takes[-1])
        data = self.takes[-1][number]
        assert not self.session.add_chunk(len(self.takes), number, data)
        with pytest.raises(ChunkDiffers):
            self.session.add_chunk(len(self.takes), number, data + b"!")

    @precondition(lambda self: self.open and not self.paused)
    @rule(ahead=st.integers(1, 5))
    def chunk_too_early(self, ahead: int) -> None:
        number = len(self.takes[-1])
        with pytest.raises(MissingChunk) as refusal:
            self.session.add_chunk(len(self.takes), number + ahead, b"later")
        assert refusal.value.facts["next"] == number

    @precondition(lambda self: self.open and not self.deleted)
    @rule(missing=st.integers(0, 1))
    def pause(self, missing: int) -> None:
        chunks = len(self.takes[-1]) + missing
        if missing and not self.paused:
            with pytest.raises(MissingChunk):
                self.session.pause(len(self.takes), 5, chunks)
            return
        self.session.pause(len(self.takes), 5, chunks)
        self.paused = True

    @precondition(lambda self: self.open)
    @rule()
    def resume(self) -> None:
        self.session.resume(len(self.takes))
        self.paused = False

    @precondition(lambda self: self.takes and not self.deleted)
    @rule()
    def end(self) -> None:
        self.session.end_take(len(self.takes), 7, len(self.takes[-1]), "device-lost")
        self.open = self.paused = False

    @precondition(lambda self: not self.deleted)
    @rule()
    def stop(self) -> None:
        if not self.takes:
            with pytest.raises(NotNow):
                self.session.stop()
            return
        if self.stopped == "later":
            with pytest.raises(NotNow):
                self.session.stop()
            return
        self.session.stop()
        self.open = self.paused = False
        self.stopped = "stopped"

    @precondition(lambda self: not self.deleted)
    @rule()
    def later(self) -> None:
        if not self.stopped:
            with pytest.raises(NotNow):
                self.session.defer()
            return
        self.session.defer()
        self.stopped = "later"

    @precondition(lambda self: self.takes and not self.deleted)
    @rule(at=st.integers(0, 9_000), again=st.booleans())
    def mark(self, at: int, again: bool) -> None:
        key = f"mark-{len(self.marks)}"
        assert self.session.add_marker(key, len(self.takes), at, "sensitive")
        if again:
            assert not self.session.add_marker(key, len(self.takes), at, "sensitive")
        self.marks.append(key)

    @precondition(lambda self: self.takes and not self.deleted)
    @rule()
    def delete(self) -> None:
        if self.open and not self.paused:
            with pytest.raises(NotNow, match="is being recorded"):
                delete_session(self.session)
            return
        receipt = delete_session(self.session)
        assert self.session.state.id in receipt.text
        self.deleted, self.open = True, False

    # What happens to the machine

    @precondition(lambda self: not self.deleted)
    @rule(torn=PARTS, torn_line=st.sampled_from([b"", b'{"do":"chunk","take":1,"nu', b"\x00\x00"]))
    def kill(self, torn: bytes, torn_line: bytes) -> None:
        """The process is gone; half of a chunk, or of a line, may have reached the disk."""
        if self.takes and self.takes[-1]:
            path = self.session.folder.take(len(self.takes), ".webm")
            if path.exists():
                path.write_bytes(path.read_bytes() + torn)
        journal = self.session.folder.journal
        journal.write_bytes(journal.read_bytes() + torn_line)
        self.session.close()
        self.session = reopen_session(self.workspace, self.session.state.id)

    @precondition(lambda self: hasattr(self, "session"))
    @invariant()
    def nothing_answered_for_is_lost(self) -> None:
        if self.deleted:
            assert not self.session.folder.root.exists()
            return
        state = self.session.state
        assert len(state.takes) == len(self.takes)
        for take, parts in zip(state.takes, self.takes, strict=True):
            path = self.session.folder.take(take.number, take.suffix)
            data = path.read_bytes() if path.exists() else b""
            assert data[: take.bytes] == b"".join(parts)
            assert len(take.chunks) == len(parts)
        assert [marker.key for marker in state.markers] == self.marks
        assert (state.open_take is not None) == self.open
        assert state.phase is self.expected_phase()

    def expected_phase(self) -> Phase:
        if self.stopped:
            return Phase(self.stopped)
        if not self.takes:
            return Phase.AGREED
        return Phase.RECORDING if self.open and not self.paused else Phase.PAUSED


SessionMachine.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestSitting = SessionMachine.TestCase
