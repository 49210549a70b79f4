"""Plain text to read: a paragraph a turn, with its time and who speaks. Written only."""

from __future__ import annotations

from collections.abc import Iterable

from library.core.timecode import padded_clock
from transcribe.cue import Cue
from transcribe.words import is_sentence_end, tokens_of

PAUSE = 1_500
"""Milliseconds of silence after a sentence that begin a new paragraph."""
LONG = 100
"""Words after which a sentence's end is the paragraph's."""


def write(cues: Iterable[Cue]) -> str:
    """`[00:05] Ruth: I care for my son.`, with an empty line between paragraphs."""
    paragraphs: list[list[Cue]] = []
    for cue in cues:
        if paragraphs and _goes_on(paragraphs[-1], cue):
            paragraphs[-1].append(cue)
        else:
            paragraphs.append([cue])
    return "\n".join(map(_paragraph, paragraphs))


def _goes_on(paragraph: list[Cue], cue: Cue) -> bool:
    before = paragraph[-1]
    if before.speaker != cue.speaker:
        return False
    if not is_sentence_end(before.text):
        return True
    words = sum(len(one.text.split()) for one in paragraph)
    return cue.start - before.end < PAUSE and words < LONG


def _paragraph(cues: list[Cue]) -> str:
    words = " ".join(" ".join(tokens_of(cue.text)) for cue in cues)
    speaker = " ".join(tokens_of(cues[0].speaker))
    return f"[{padded_clock(cues[0].start)}] {speaker + ': ' if speaker else ''}{words}\n"
