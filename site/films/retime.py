"""The edited transcript on the film's clock: what captions, chapters and the page are made from.

Every word that is in the film lies where it is heard there; what the film leaves out (an asked
question that a card replaces) is left out of the words too. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from capture.media.timeline import Card, Reel, Shot
from transcribe.words import Chapter, EditedTranscript, Redaction, Turn, Word


def retimed(edited: EditedTranscript, reel: Reel) -> EditedTranscript:
    """`edited` with every time on the film's clock and nothing that the film does not hold."""
    return msgspec.structs.replace(
        edited,
        duration=reel.duration,
        turns=tuple(_turns(edited, reel)),
        chapters=tuple(_chapters(edited, reel)),
        cuts=(),
        redactions=tuple(_redactions(edited, reel)),
    )


def _turns(edited: EditedTranscript, reel: Reel) -> Iterator[Turn]:
    for turn in edited.turns:
        words = tuple(word for one in turn.words if (word := _word(one, reel)) is not None)
        if words:
            yield msgspec.structs.replace(turn, words=words)


def _word(word: Word, reel: Reel) -> Word | None:
    """A word belongs to the shot its middle lies in, and is heard as far as that shot goes."""
    for start, shot in reel.shots():
        begins, ends = _bounds(shot, reel.fps)
        if begins <= (word.start + word.end) / 2 <= ends:
            offset = start * 1000 / reel.fps - begins
            first = round(max(word.start, begins) + offset)
            last = round(min(word.end, ends) + offset)
            return msgspec.structs.replace(word, start=first, end=max(first, last))
    return None


def _bounds(shot: Shot, fps: int) -> tuple[float, float]:
    """Milliseconds on the recording's clock."""
    return shot.first * 1000 / fps, shot.last * 1000 / fps


def _chapters(edited: EditedTranscript, reel: Reel) -> Iterator[Chapter]:
    """A chapter begins with its card, or with its first moment that is shown."""
    cards = {
        part.name: reel.milliseconds(start)
        for start, part in zip(reel.starts, reel.parts, strict=True)
        if isinstance(part, Card)
    }
    found = []
    for chapter in edited.chapters:
        shown = reel.film_span(chapter.start, chapter.end)
        if shown is None or shown[0] == shown[1]:
            continue
        found.append((chapter, cards.get(chapter.question, shown[0]), shown[1]))
    for number, (chapter, start, end) in enumerate(found):
        until = found[number + 1][1] if number + 1 < len(found) else end
        yield msgspec.structs.replace(chapter, start=start, end=max(start, min(end, until)))


def _redactions(edited: EditedTranscript, reel: Reel) -> Iterator[Redaction]:
    for redaction in edited.redactions:
        span = reel.film_span(redaction.start, redaction.end)
        if span is not None and span[1] > span[0]:
            yield msgspec.structs.replace(redaction, start=span[0], end=span[1])
