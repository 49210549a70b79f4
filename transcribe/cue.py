"""The caption cue, and the figures that layout and checks keep to."""

from __future__ import annotations

from dataclasses import dataclass

from library.core.seen_characters import seen_length
from transcribe.words import written

MAX_LINE_CHARS = 42
"""Netflix timed text; the BBC's 37 is for teletext."""
MAX_LINES = 2
MIN_GAP_MS = 83
"""Two frames at 24 a second (Netflix): cues closer than that seem to flicker."""
CHAINED_GAP_MS = 500
"""A gap shorter than this is closed to MIN_GAP_MS (Netflix)."""
MIN_CUE_MS, MAX_CUE_MS = 833, 7_000
"""Shortest and longest time of a cue (Netflix)."""
MAX_CPS = 20.0
"""Characters a second that an adult reads (Netflix)."""
MAX_START_ERROR_MS = 100
"""By which a cue may begin before or after its first word (Netflix: one or two frames)."""


@dataclass(frozen=True)
class Cue:
    """A caption on the screen: plain lines of one speaker, in milliseconds on the media clock."""

    start: int
    end: int
    lines: tuple[str, ...]
    speaker: str = ""
    id: str = ""
    first_word_start: int | None = None
    """Start of its first word, where that is known."""

    @property
    def text(self) -> str:
        return written(self.lines)

    @property
    def cps(self) -> float:
        """Return characters a second as they are seen, spaces included."""
        return seen_length(self.text) * 1000 / max(self.end - self.start, 1)
