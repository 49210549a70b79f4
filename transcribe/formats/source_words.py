"""What a file says was said: passages in its own order, with whatever times it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from transcribe.formats.files import Fault


class SaidWord(NamedTuple):
    """A word as the file has it, with its times in milliseconds where it gives them."""

    text: str
    start: int | None = None
    end: int | None = None
    probability: float = 1.0
    speaker: str = ""


@dataclass(frozen=True)
class Said:
    """A stretch of one voice. The figures are neutral where the file has none."""

    start: int
    end: int
    words: tuple[SaidWord, ...]
    speaker: str = ""
    """As the file names it."""
    line: int = 0
    """Where it stands in the file, for messages; 0 where nobody can tell."""
    compression_ratio: float = 1.0
    no_speech_probability: float = 0.0
    average_logprob: float = 0.0


@dataclass(frozen=True)
class Testimony:
    """A whole file."""

    format: str
    said: list[Said]
    faults: list[Fault] = field(default_factory=list)
    """What could not be read."""
    notes: list[str] = field(default_factory=list)
    """What was read in a way that is worth knowing."""
