"""The cue: what stands on the screen at one time. Shared by layout, formats and checks."""

from __future__ import annotations

from dataclasses import dataclass

LINE = 42
"""Characters a line (Netflix timed text; the BBC's 37 is for teletext)."""
LINES = 2
GAP = 83
"""Milliseconds between cues: two frames at 24 a second, or they seem to flicker."""
CHAIN = 500
"""Milliseconds: a gap shorter than this is closed to GAP."""
SHORTEST, LONGEST = 833, 7_000
"""Milliseconds a cue stands (Netflix)."""
FASTEST = 20.0
"""Characters a second an adult reads."""
SYNC = 100
"""Milliseconds by which a cue may begin off its first word."""


@dataclass(frozen=True)
class Cue:
    """Milliseconds on the media clock; lines are plain text, one speaker's words."""

    start: int
    end: int
    lines: tuple[str, ...]
    speaker: str = ""
    id: str = ""
    spoken: int | None = None
    """When its first word starts, where that is known."""

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def cps(self) -> float:
        """Characters a second, spaces included."""
        return len(self.text) * 1000 / max(self.end - self.start, 1)
