"""What reading a file of captions gave."""

from __future__ import annotations

from dataclasses import dataclass, field

from transcribe.cue import Cue
from transcribe.formats.files import Fault


@dataclass(frozen=True)
class Reading:
    """The cues of a file in its order, and what in it could not be read."""

    cues: list[Cue]
    faults: list[Fault] = field(default_factory=list)
