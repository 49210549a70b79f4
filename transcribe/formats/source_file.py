"""A transcript or caption file that another tool wrote: its text, and what parsing it gave."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from library.core.errors import BadInput, DiskFailed, NotFound
from library.core.text_encodings import decode
from transcribe.cue import Cue
from transcribe.formats.speaker_labels import UnsureLabel

MAX_BYTES = 50_000_000
"""WhisperX JSON of three hours is about ten million."""


@dataclass(frozen=True)
class Fault:
    """A part of a file that could not be read, or was read with a doubt."""

    line: int
    """Counted from 1; 0 for the whole file."""
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}" if self.line else self.sentence


def excerpt(text: str, length: int = 40) -> str:
    """Return the beginning of `text` on one line, in quotes, for a message."""
    plain = " ".join(text.split())
    return f"“{plain if len(plain) <= length else plain[: length - 1].rstrip() + '…'}”"


def read_text(path: Path) -> tuple[str, list[Fault]]:
    """Return the text of `path` with plain line ends, and any doubt about its encoding.

    Raises NotFound, DiskFailed, and BadInput for a file too large or not of text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(
                f"{path.name} is far larger than any transcript.", "Check which file it is."
            )
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"There is no file {path}.", "Check the path.") from None
    except OSError as error:
        raise DiskFailed(f"{path} could not be read: {error.strerror}.") from error
    for beginning, kind, next_step in _OTHER_FILES:
        if re.match(beginning, data, re.DOTALL):
            raise BadInput(f"{path.name} is {kind}.", next_step)
    text, doubt = decode(data)
    # No text has one: it is a film or a document named .srt.
    if "\0" in text:
        raise BadInput(f"{path.name} is not a text file.", "Check which file it is.")
    # Some programs write a line's end twice on the way through Windows: \r\r\n.
    plain = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return plain, [Fault(0, doubt)] if doubt else []


_AS_TEXT = "Save it as .docx, as text or as WebVTT, and use that."
_AS_TABLE = "Save the sheet as CSV (comma separated), and use that."
_OTHER_FILES: tuple[tuple[bytes, str, str], ...] = (
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an older Office program", _AS_TEXT),
    (rb"...STL(?:25|30|24)\.01", "captions in EBU’s form (STL)", "Export them as SRT or TTML."),
    (rb"SQLite format 3", "a database of some program", "Export the transcript from that program."),
)
"""Beginnings of files that are handed over for transcripts: pattern, what they are, next step."""


@dataclass(frozen=True)
class ParsedCaptions:
    """The cues of a caption file in its order, and the faults found in it."""

    cues: list[Cue]
    faults: list[Fault] = field(default_factory=list)


class SourceWord(NamedTuple):
    """A word as the file has it, in milliseconds where the file gives times."""

    text: str
    start: int | None = None
    end: int | None = None
    probability: float = 1.0
    speaker: str = ""


UNNAMED_VOICES = ("first voice", "second voice")
"""Voices of a file that says where speakers change and not who they are."""


@dataclass(frozen=True)
class SourcePassage:
    """A stretch of one voice. Figures that the file does not give are neutral."""

    start: int
    end: int
    words: tuple[SourceWord, ...]
    speaker: str = ""
    """Name of the voice in the file."""
    line: int = 0
    """Its line in the file, for messages; 0 where it is not known."""
    begins_turn: bool = False
    """Set where the file says that somebody else begins, without a name."""
    compression_ratio: float = 1.0
    no_speech_probability: float = 0.0
    average_logprob: float = 0.0


@dataclass(frozen=True)
class SourceTranscript:
    """The words of a whole file."""

    format: str
    passages: list[SourcePassage]
    faults: list[Fault] = field(default_factory=list)
    """Parts that could not be read."""
    notes: list[str] = field(default_factory=list)
    """Sentences for the user about how the file was read."""
    unsure_labels: tuple[UnsureLabel, ...] = ()
    """Words before a colon of which it is not clear whether they say who speaks."""
