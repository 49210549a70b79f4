"""Write captions as plain text to read: a paragraph a turn, with its time and speaker."""

from __future__ import annotations

from collections.abc import Iterable

from library.core.timecode import padded_clock
from transcribe.cue import Cue
from transcribe.words import is_sentence_end, tokens_of

_PAUSE_MS = 1_500  # of silence after a sentence, that begins a new paragraph
_LONG_WORDS = 100  # in a paragraph: then it ends with the next sentence


def write(cues: Iterable[Cue]) -> str:
    """Return paragraphs such as `[00:05] Ruth: I care for my son.`, with empty lines between."""
    paragraphs: list[list[Cue]] = []
    for cue in cues:
        if paragraphs and _continues(paragraphs[-1], cue):
            paragraphs[-1].append(cue)
        else:
            paragraphs.append([cue])
    return "\n".join(map(_paragraph, paragraphs))


def _continues(paragraph: list[Cue], cue: Cue) -> bool:
    before = paragraph[-1]
    if before.speaker != cue.speaker:
        return False
    if not is_sentence_end(before.text):
        return True
    words = sum(len(earlier.text.split()) for earlier in paragraph)
    return cue.start - before.end < _PAUSE_MS and words < _LONG_WORDS


def _paragraph(cues: list[Cue]) -> str:
    words = " ".join(" ".join(tokens_of(cue.text)) for cue in cues)
    speaker = " ".join(tokens_of(cues[0].speaker))
    return f"[{padded_clock(cues[0].start)}] {speaker + ': ' if speaker else ''}{words}\n"
