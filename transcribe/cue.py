"""The cue: what stands on the screen at one time. Shared by layout, formats and checks."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LINE_CHARS = 42
"""Characters a line (Netflix timed text; the BBC's 37 is for teletext)."""
MAX_LINES = 2
MIN_GAP_MS = 83
"""Milliseconds between cues: two frames at 24 a second, or they seem to flicker."""
CHAINED_GAP_MS = 500
"""Milliseconds: a gap shorter than this is closed to GAP."""
MIN_CUE_MS, MAX_CUE_MS = 833, 7_000
"""Milliseconds a cue stands (Netflix)."""
MAX_CPS = 20.0
"""Characters a second an adult reads."""
MAX_START_ERROR_MS = 100
"""Milliseconds by which a cue may begin off its first word."""


@dataclass(frozen=True)
class Cue:
    """Milliseconds on the media clock; lines are plain text, one speaker's words."""

    start: int
    end: int
    lines: tuple[str, ...]
    speaker: str = ""
    id: str = ""
    first_word_start: int | None = None
    """When its first word starts, where that is known."""

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def cps(self) -> float:
        """Characters a second, spaces included."""
        return len(self.text) * 1000 / max(self.end - self.start, 1)
