"""The lease of a session: the one window that holds it, for as long as that window is there.

A window that holds a session keeps a line open to the server: a request that is answered late. The
line breaks when its page, its browser or its machine ends, which nobody has to report. A page that
only sleeps, or that the browser slows down in the background, keeps its line. A window whose line
broke may come back for some seconds: it reloads, or its server was started anew.
"""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from typing import Literal

from capture.sessions.refusals import RecordingElsewhere

RETURN_SECONDS = 3.0
"""Seconds for which a window may come back whose line broke, or that keeps none."""
ASLEEP_SECONDS = 60.0
"""Seconds for which a window keeps the session whose line was answered, and that asks for no other.

It was there when the answer was sent, and stands still since: a computer that sleeps, mostly.
"""
RESTART_SECONDS = 5.0
"""Seconds for that after a start of the server, which windows find within a second or two."""
SessionOwner = Literal["me", "other", ""]


def monotonic_seconds() -> float:
    """Return the seconds of a clock that nobody sets."""
    return time.monotonic()


@dataclass(frozen=True)
class OwnerView:
    """The owner of a session, as one window sees it."""

    owner: SessionOwner
    heard: int | None = None
    """Whole seconds since the owner was heard; None where nobody is, or nothing is known."""
    returning: int = 0
    """Seconds for which another window may still come back; 0 while it is there, or gone."""


class SessionLease:
    """The lease of one session. May be used from any thread."""

    def __init__(self, *, returning: float = 0.0) -> None:
        """Create a lease that is free, or for `returning` seconds an unknown window's."""
        self._holder = ""
        self._name = ""
        self._lines: set[int] = set()
        self._line_ids = itertools.count(1)
        self._heard: float | None = None
        self._until = monotonic_seconds() + returning
        # False for a window that keeps no line and was there when its last one was answered.
        self._is_going = True
        # A condition: `wait_on_line` is woken when the lease changes hands.
        self._changed = threading.Condition(threading.RLock())

    def claim(
        self, window: str, name: str = "", *, may_return: bool = False, take_over: bool = False
    ) -> None:
        """Give the lease to `window` if nobody else has it, or note that its holder was heard.

        `name` is that of the browser's tab: a page that was loaded anew in it is the same window.
        With `may_return` it can be the window that is waited for after a restart. Raises
        RecordingElsewhere.
        """
        with self._changed:
            if window != self._holder and not take_over:
                self._require_claimable(name, may_return=may_return)
            if window != self._holder:
                self._holder, self._name, self._lines = window, name, set()
                self._changed.notify_all()
            self._name = name or self._name
            self._hear()

    def _require_claimable(self, name: str, *, may_return: bool) -> None:
        if not self._is_held or self._is_same_tab(name):
            return
        if not self._holder and may_return:
            return
        view = self.view("")
        if view.returning:
            raise RecordingElsewhere(
                "A window that had this session open a moment ago may come back to it.",
                f"Try again in {_seconds(view.returning)}.",
                heard=view.heard,
                returning=view.returning,
            )
        ago = f", last heard of {_ago(view.heard)}" if view.heard else ""
        raise RecordingElsewhere(
            f"This session is open in another window now{ago}.",
            "Go on there, or take over here.",
            heard=view.heard,
            returning=0,
        )

    def _hear(self) -> None:
        self._heard = monotonic_seconds()
        self._until = self._heard + RETURN_SECONDS
        self._is_going = True

    @property
    def _is_held(self) -> bool:
        return bool(self._lines) or monotonic_seconds() < self._until

    def _is_same_tab(self, name: str) -> bool:
        # A tab that was duplicated has another name: its first page still holds the name's lock.
        return bool(name) and name == self._name

    @property
    def is_held(self) -> bool:
        """True while a window holds it, or may come back."""
        with self._changed:
            return self._is_held

    def view(self, window: str, name: str = "") -> OwnerView:
        """Return who holds it, as the window of that id, or of a tab of that name, sees it."""
        with self._changed:
            if not self._is_held:
                return OwnerView("")
            heard = None if self._heard is None else int(monotonic_seconds() - self._heard)
            if window and window == self._holder:
                return OwnerView("me", heard)
            if self._is_same_tab(name):
                return OwnerView("me", heard)
            is_there = self._lines or not self._is_going
            left = 0 if is_there else max(1, round(self._until - monotonic_seconds()))
            return OwnerView("other", heard, left)

    # The line

    def open_line(self, window: str) -> int:
        """Return the number of a line that the holder keeps; 0 if `window` is not the holder."""
        with self._changed:
            if window != self._holder:
                return 0
            line = next(self._line_ids)
            self._lines.add(line)
            self._hear()
            return line

    def close_line(self, line: int, *, is_broken: bool) -> None:
        """Note that a line was answered, or that it broke, as its page has gone."""
        with self._changed:
            # Not where the lease has changed hands since.
            if line in self._lines:
                self._lines.remove(line)
                # The window was there up to here, and may come back for so long.
                self._hear()
                if not is_broken:
                    self._until += ASLEEP_SECONDS - RETURN_SECONDS
                self._is_going = is_broken

    def wait_on_line(self, window: str, seconds: float) -> bool:
        """Wait, and return whether `window` is still the holder; at once when it is not."""
        with self._changed:
            if window == self._holder:
                self._changed.wait(seconds)
            return window == self._holder

    def release(self, window: str) -> None:
        """Free it, where `window` holds it: its page has left the session."""
        with self._changed:
            if window == self._holder:
                self.end()

    def end(self) -> None:
        """Free it, whoever holds it: the session has gone."""
        with self._changed:
            self._holder, self._name, self._lines = "", "", set()
            self._heard, self._until = None, monotonic_seconds()
            self._changed.notify_all()


def _ago(seconds: int) -> str:
    return f"{_seconds(seconds)} ago"


def _seconds(seconds: int) -> str:
    return f"{seconds} second{'' if seconds == 1 else 's'}"
