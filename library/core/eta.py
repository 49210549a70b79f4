"""Estimate the remaining time of a task from its measured speed; amounts for progress bars."""

from __future__ import annotations

from dataclasses import dataclass

_MIN_WATCHED_SECONDS = 5.0
"""Seconds to have watched before anything is said."""


@dataclass
class RemainingTime:
    """An estimate of the time left, from milliseconds of recording done and a clock in seconds.

    What was done before the first report was done by an earlier run, and says nothing of the speed.
    """

    total: int
    first: tuple[float, int] | None = None

    def seconds_left(self, done: int, now: float) -> float | None:
        """Return the seconds left, or None where too little has been measured."""
        if self.first is None:
            self.first = (now, done)
        since, before = self.first
        if now - since < _MIN_WATCHED_SECONDS or done <= before:
            return None
        return max(self.total - done, 0) * (now - since) / (done - before)


def remaining_words(seconds: float | None) -> str:
    """Return the time left in words, no more exact than the estimate is."""
    if seconds is None:
        return "measuring the speed"
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60:02} min left"
