"""Write captions as plain text to read, in paragraphs with their time and speaker."""

from __future__ import annotations

from collections.abc import Iterable

from library.core.timecode import padded_clock
from transcribe.cue import Cue
from transcribe.words import is_sentence_end, tokens_of

_PAUSE_MS = 1_500  # a silence of this length after a sentence begins a new paragraph
_LONG_PARAGRAPH_WORDS = 100  # a paragraph this long ends with the sentence it is in


def write(cues: Iterable[Cue]) -> str:
    """Return paragraphs such as `[00:05] Ruth: I care for my son.`, with empty lines between."""
    paragraphs: list[list[Cue]] = []
    for cue in cues:
        if paragraphs and _continues_paragraph(paragraphs[-1], cue):
            paragraphs[-1].append(cue)
        else:
            paragraphs.append([cue])
    return "\n".join(map(_paragraph_text, paragraphs))


def _continues_paragraph(paragraph: list[Cue], cue: Cue) -> bool:
    """Return True if `cue` belongs to the paragraph rather than to a new one."""
    previous = paragraph[-1]
    if previous.speaker != cue.speaker:
        return False
    if not is_sentence_end(previous.text):
        return True
    words = sum(len(earlier.text.split()) for earlier in paragraph)
    return cue.start - previous.end < _PAUSE_MS and words < _LONG_PARAGRAPH_WORDS


def _paragraph_text(cues: list[Cue]) -> str:
    words = " ".join(" ".join(tokens_of(cue.text)) for cue in cues)
    speaker = " ".join(tokens_of(cues[0].speaker))
    return f"[{padded_clock(cues[0].start)}] {speaker + ': ' if speaker else ''}{words}\n"
