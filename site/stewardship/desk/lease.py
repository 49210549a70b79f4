"""Which of several windows writes in a story: one at a time, and another may take over."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from library.core.sanitise import printable
from stewardship.desk.refusals import LeaseTaken

LASTS_S = 15.0
"""Seconds without a sign of its window after which a lease is free."""
_MAX_SENTENCE = 300
_MAX_WINDOWS = 64


def seconds_now() -> float:
    """Return the seconds of a clock that nobody sets."""
    return time.monotonic()


@dataclass(frozen=True)
class LeaseView:
    """The lease as one window sees it."""

    is_mine: bool
    since: str
    """The time of day since which somebody has it; empty where nobody has."""
    message: str = ""
    """The sentence of the window that took over to the one that had it."""

    def as_json(self) -> dict[str, object]:
        return {"is_mine": self.is_mine, "since": self.since, "message": self.message}


@dataclass
class Lease:
    """The permission to write in one story. Whoever uses it holds the story's lock."""

    _holder: str = ""
    _since: str = ""
    _last_sign: float = 0.0
    _messages: dict[str, str] = field(default_factory=dict)
    """By window that lost it."""

    @property
    def is_held(self) -> bool:
        """True while a window that writes gives signs of life."""
        return not self._is_free()

    def ask(self, window: str) -> LeaseView:
        """Give it to `window` if nobody has it, and note a sign of life of its holder."""
        if self._holder != window and self._is_free():
            self._give(window)
        if self._holder == window:
            self._last_sign = seconds_now()
        return self._view(window)

    def take_over(self, window: str, message: str) -> LeaseView:
        """Give it to `window`, and tell the window that had it."""
        if self._holder not in ("", window):
            sentence = " ".join(printable(message).split())[:_MAX_SENTENCE]
            self._messages[self._holder] = sentence
            for oldest in list(self._messages)[:-_MAX_WINDOWS]:
                del self._messages[oldest]
        self._give(window)
        return self._view(window)

    def require(self, window: str) -> None:
        """Raise LeaseTaken unless `window` has it, or may: nobody else has."""
        view = self.ask(window)
        if not view.is_mine:
            raise LeaseTaken(
                f"Another window writes in this story since {view.since}.",
                "Take over there, or go on in that window.",
                lease=view.as_json(),
            )

    def _is_free(self) -> bool:
        return not self._holder or seconds_now() - self._last_sign > LASTS_S

    def _give(self, window: str) -> None:
        self._messages.pop(window, None)
        self._holder, self._since = window, time.strftime("%H:%M")
        self._last_sign = seconds_now()

    def _view(self, window: str) -> LeaseView:
        is_mine = self._holder == window
        return LeaseView(is_mine, self._since, "" if is_mine else self._messages.get(window, ""))
