"""The lease of a session against a naive model: windows open, reload, die, sleep and come back.

They record, take over and delete, the station is killed and started again, and time passes. Nobody
may ever delete a take that grows, or a session that another window holds; and where no window is
left, the next one goes on.
"""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from capture.sessions import session_lease
from capture.sessions.refusals import NotNow, RecordingElsewhere, SessionDeleted
from capture.sessions.state import Phase
from capture.station.open_sessions import OpenSessions
from library.core import clock, files
from library.core.workspace import Workspace
from tests.faults import UnflushedSystem
from tests.support.live_station import MIME
from tests.support.sample_media import agreed_story
from tests.support.workspaces import make_workspace

TABS = ("a", "b", "c")
tabs = st.sampled_from(TABS)


@functools.cache
def shared_workspace() -> Workspace:
    """One for all examples: each has a story of its own."""
    temporary = tempfile.TemporaryDirectory(prefix="lease-")
    _KEPT.append(temporary)
    return make_workspace(Path(temporary.name) / "library")


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


@dataclass
class Tab:
    """A tab of the browser, as the model knows it."""

    page: int = 1
    """Number of its page: each that is loaded is a window of its own to the station."""
    name: str = ""
    """By which a page that is loaded anew in it is known."""
    is_there: bool = True
    is_asleep: bool = False
    line: int = 0
    take: int = 0
    """The number of the take that it records."""
    ran_before_restart: bool = False


class LeaseMachine(RuleBasedStateMachine):
    """The model: who has the session, who still gives signs of life, and when the take grew."""

    @initialize()
    def begin(self) -> None:
        self.real = files.system, session_lease.monotonic_seconds, clock.moment
        self.time = 1000.0
        start = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
        files.system = UnflushedSystem()
        session_lease.monotonic_seconds = lambda: self.time
        clock.moment = lambda: start + timedelta(seconds=self.time)
        self.workspace = shared_workspace()
        self.tabs = {name: Tab(name=name) for name in TABS}
        self.sessions = OpenSessions(self.workspace)
        story = agreed_story(self.workspace)
        session, _ = self.sessions.create_session(story, "lease-1", None)
        session.confirm_agreement("picture-and-voice")
        self.id = session.state.id
        self.folder = session.folder.root
        self.holder = ""
        self.last_sign = float("-inf")
        self.patience = session_lease.RETURN_SECONDS
        self.waits_until = float("-inf")
        self.grew = float("-inf")
        self.deleted = False

    def teardown(self) -> None:
        if hasattr(self, "sessions"):
            self.sessions.close()
            files.system, session_lease.monotonic_seconds, clock.moment = self.real

    # The model

    def window(self, name: str) -> str:
        return f"{name}-{self.tabs[name].page}"

    def holds(self) -> str:
        """The tab that has the session now; "?" while one may come back after a restart."""
        if self.holder:
            recent = self.time < self.last_sign + self.patience
            has_line = self.holder in self.tabs and self.tabs[self.holder].line
            return self.holder if has_line or recent else ""
        return "?" if self.time < self.waits_until else ""

    def can_act(self, name: str) -> bool:
        tab = self.tabs[name]
        return not self.deleted and tab.is_there and not tab.is_asleep

    def is_growing(self) -> bool:
        return self.time - self.grew < 5

    def phase(self) -> Phase:
        return self.sessions.state_of(self.id).phase

    def claim(self, name: str, **more: bool) -> bool:
        """Ask for the session as the page does; return whether it was given."""
        tab = self.tabs[name]
        expected = self.holds() in ("", name) or bool(more)
        if self.holds() == "?":
            open_take = self.sessions.state_of(self.id).open_take
            may = open_take.number == tab.take if open_take else tab.ran_before_restart
            expected = expected or may
        try:
            self.sessions.claim(
                self.id,
                self.window(name),
                tab.name,
                take=tab.take,
                is_of_killed_run=tab.ran_before_restart,
                **more,
            )
        except RecordingElsewhere:
            assert not expected, f"{name} should get it, {self.holds()} has it"
            return False
        assert expected, f"{name} got it, though {self.holds()} has it"
        if self.holder != name:
            if self.holder in self.tabs:
                self.tabs[self.holder].line = 0
            self.holder = name
        self.last_sign, self.patience = self.time, session_lease.RETURN_SECONDS
        return True

    # What the pages do

    @rule(name=tabs)
    def hold(self, name: str) -> None:
        if self.can_act(name) and self.claim(name) and not self.tabs[name].line:
            self.open_line(name)

    def open_line(self, name: str) -> None:
        line = self.sessions.lease(self.id).open_line(self.window(name))
        assert line
        self.tabs[name].line = line

    @rule(name=tabs)
    def take_over(self, name: str) -> None:
        if self.can_act(name):
            assert self.claim(name, take_over=True)
            if not self.tabs[name].line:
                self.open_line(name)

    @rule(name=tabs)
    def leave(self, name: str) -> None:
        if self.can_act(name):
            self.sessions.lease(self.id).release(self.window(name))
            if self.holder == name:
                self.tabs[name].line, self.holder, self.waits_until = 0, "", float("-inf")

    @rule(name=tabs)
    def record(self, name: str) -> None:
        """Begin a take, or send the next part of the one that is open in this tab."""
        if not self.can_act(name):
            return
        tab = self.tabs[name]
        session = self.sessions.get(self.id)
        state = session.state
        if tab.take and (state.open_take is None or state.open_take.number != tab.take):
            tab.take = 0
        if not self.claim(name):
            return
        if tab.take and state.phase is Phase.RECORDING:
            part = len(state.takes[-1].chunks)
            assert session.add_chunk(tab.take, part, b"a part", 1000 * (part + 1))
        else:
            key = f"take-{len(state.takes) + 1}"
            tab.take = session.start_take(MIME, key, take_over=True).number
        self.grew = self.time

    @rule(name=tabs)
    def stop(self, name: str) -> None:
        if self.can_act(name) and self.phase() in (Phase.RECORDING, Phase.PAUSED):
            if not self.claim(name):
                return
            self.sessions.get(self.id).stop()
            self.tabs[name].take = 0
            self.grew = float("-inf")

    @rule(name=tabs)
    def delete(self, name: str) -> None:
        if not self.can_act(name) or not self.claim(name):
            return
        if self.is_growing() and self.phase() is Phase.RECORDING:
            with pytest.raises(NotNow):
                self.sessions.delete(self.id)
            return
        self.sessions.delete(self.id)
        self.deleted = True

    # What happens to them

    @rule(name=tabs, seconds=st.sampled_from([0.2, 2.0, 10.0]))
    def reload(self, name: str, seconds: float) -> None:
        """The page goes, and the next one of the tab asks at once, or later."""
        if not self.tabs[name].is_there or self.deleted:
            return
        self.end_page(name)
        self.time += seconds
        tab = self.tabs[name]
        tab.page += 1
        tab.take, tab.ran_before_restart = 0, False
        if self.holder == name:
            assert self.claim(name), "the tab that had it has it again, at once"

    @rule(name=tabs)
    def die(self, name: str) -> None:
        """The page, its browser or its machine is gone, without a word."""
        if self.tabs[name].is_there:
            self.end_page(name)
            self.tabs[name].is_there = False

    def end_page(self, name: str) -> None:
        tab = self.tabs[name]
        if tab.line:
            self.sessions.lease(self.id).close_line(tab.line, is_broken=True)
            tab.line = 0
            self.last_sign, self.patience = self.time, session_lease.RETURN_SECONDS
        tab.is_asleep = False

    @rule(name=tabs)
    def line_is_answered(self, name: str) -> None:
        """The line ends in order; a page that is awake asks for the next one at once."""
        tab = self.tabs[name]
        if not tab.line or self.deleted:
            return
        self.sessions.lease(self.id).close_line(tab.line, is_broken=False)
        tab.line = 0
        self.last_sign, self.patience = self.time, session_lease.ASLEEP_SECONDS
        if not tab.is_asleep and self.claim(name):
            self.open_line(name)

    @rule(name=tabs)
    def open_again(self, name: str) -> None:
        """Somebody opens the page in a window that was closed: it has nothing of the old one."""
        if not self.tabs[name].is_there:
            self.tabs[name] = Tab(self.tabs[name].page + 1, name=f"{name}-{self.time}")
            if self.holder == name:  # the station still waits for the old one
                self.holder = "gone"

    @rule(name=tabs)
    def fall_asleep(self, name: str) -> None:
        self.tabs[name].is_asleep = True

    @rule(name=tabs)
    def wake(self, name: str) -> None:
        self.tabs[name].is_asleep = False

    @rule(seconds=st.sampled_from([0.5, 2.5, 4.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.time += seconds

    @precondition(lambda self: not self.deleted)
    @rule()
    def station_is_killed(self) -> None:
        self.sessions.close()
        self.sessions = OpenSessions(self.workspace, is_restart=True)
        self.holder = ""
        self.waits_until = self.time + session_lease.RESTART_SECONDS
        # Asked for at once: the time runs from the start, whoever asks later.
        self.sessions.lease(self.id)
        for tab in self.tabs.values():
            tab.line = 0
            tab.ran_before_restart = tab.is_there

    # What must always be so

    @precondition(lambda self: hasattr(self, "sessions"))
    @invariant()
    def one_window_has_it(self) -> None:
        if self.deleted:
            assert not self.folder.exists()
            with pytest.raises(SessionDeleted):
                self.sessions.state_of(self.id)
            return
        state = self.sessions.state_of(self.id)
        views = {
            name: self.sessions.owner(state, self.window(name), self.tabs[name].name)
            for name in TABS
        }
        told = [name for name, view in views.items() if view.owner == "me"]
        assert told == [name for name in TABS if name == self.holds()]
        others = {view.owner for name, view in views.items() if name not in told}
        assert others == ({"other"} if self.holds() else {""})

    @precondition(lambda self: hasattr(self, "sessions") and not self.deleted)
    @invariant()
    def nobody_waits_for_who_is_gone(self) -> None:
        """The session is free some seconds after the last page that could come back has gone."""
        if not any(tab.is_there for tab in self.tabs.values()):
            self.time += session_lease.ASLEEP_SECONDS
            state = self.sessions.state_of(self.id)
            assert self.sessions.owner(state, "anew").owner == ""


LeaseMachine.TestCase.settings = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLease = LeaseMachine.TestCase
