"""Captions in another language, kept on the recording’s clock: `translations/pl.json`.

A translator works from the film and its captions, so what comes back is on the film’s clock. The
film may be cut otherwise later; then its old clock is gone. So each caption is kept as the pieces
of the recording it stands over (or of a card), and laid over whatever film is made. Pure, but for
reading and writing the record.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from capture.media.timeline import Card, Reel
from films.current_cut import film_spans
from library.core import struct_file
from library.core.errors import Damaged
from library.core.languages import TAG
from library.core.workspace import StoryFolder
from transcribe.cue import Cue
from transcribe.words import Redaction, Span


class Piece(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the recording; or, with `card`, of that card, counted from its beginning."""

    start: int
    end: int
    card: str = ""


class Caption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One caption. `read_beside` are redactions that an editor read it beside: it tells nothing."""

    lines: tuple[str, ...]
    pieces: tuple[Piece, ...]
    read_beside: tuple[Span, ...] = ()


class Translation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story’s captions in one language, as they were brought in."""

    schema: int = 1
    story: str
    language: str
    file_sha256: str
    edited: str
    """SHA-256 of the words the film had then (`standing.words_named`)."""
    captions: tuple[Caption, ...]


class Gone(Exception):
    """Captions, counted from 1, that stand where something was cut or redacted since."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(numbers)
        self.numbers = tuple(numbers)


def translations_of(folder: StoryFolder) -> list[Translation]:
    """All that were brought in, by language. Raises Damaged or DiskFailed."""
    if not folder.translations.is_dir():
        return []
    return [_read(path) for path in sorted(folder.translations.glob("*.json"))]


def pieces_of(reel: Reel, start: int, end: int) -> tuple[Piece, ...]:
    """Where a stretch of the film (milliseconds) comes from. A fade belongs to what fades in."""
    found = []
    borders = [reel.milliseconds(at) for at in reel.starts] + [reel.duration]
    for part, begins, ends in zip(reel.parts, borders, borders[1:], strict=False):
        first, last = max(start, begins), min(end, ends)
        if first >= last:
            continue
        if isinstance(part, Card):
            found.append(Piece(card=part.name, start=first - begins, end=last - begins))
        else:
            shift = reel.milliseconds(part.first) - begins
            found.append(Piece(start=first + shift, end=last + shift))
    return tuple(found)


def lay_over(
    translation: Translation,
    reel: Reel,
    redactions: Sequence[Redaction],
    spoken: Sequence[int],
) -> list[tuple[int, Cue]]:
    """The captions on a film’s clock, with their numbers. Raises Gone.

    `spoken` are the middles of all words of the recording, in order: they tell what a cut took. A
    caption all of whose words were cut goes with them; one that lost some of them, or stands over
    a redaction that nobody read it beside, is told as Gone.
    """
    laid: list[tuple[int, Cue]] = []
    gone = []
    for number, caption in enumerate(translation.captions, start=1):
        spans = [span for piece in caption.pieces for span in _spans(piece, reel)]
        lost = [film_spans(reel, at, at + 1) == () for at in _said(caption, spoken)]
        if not spans or (lost and all(lost)):
            continue
        if any(lost) or any(_unread(caption, redactions)):
            gone.append(number)
            continue
        times = [at for span in spans for at in span]
        laid.append((number, Cue(min(times), max(times), caption.lines)))
    if gone:
        raise Gone(gone)
    return _apart(laid)


def _said(caption: Caption, spoken: Sequence[int]) -> Iterator[int]:
    """The words a caption stands over, by their middles."""
    for piece in caption.pieces:
        if not piece.card:
            yield from spoken[bisect_left(spoken, piece.start) : bisect_left(spoken, piece.end)]


def redacted(captions: Sequence[Caption], redactions: Sequence[Redaction]) -> list[int]:
    """Numbers of captions that stand over a redaction nobody read them beside."""
    return [n for n, one in enumerate(captions, start=1) if any(_unread(one, redactions))]


def over(caption: Caption, redactions: Sequence[Redaction]) -> tuple[Span, ...]:
    """The redactions that a caption stands over."""
    return tuple(
        Span(start=one.start, end=one.end)
        for one in redactions
        if any(
            not piece.card and piece.start < one.end and one.start < piece.end
            for piece in caption.pieces
        )
    )


def _unread(caption: Caption, redactions: Sequence[Redaction]) -> Iterator[bool]:
    for one in over(caption, redactions):
        yield not any(
            read.start <= one.start and one.end <= read.end for read in caption.read_beside
        )


def _spans(piece: Piece, reel: Reel) -> tuple[tuple[int, int], ...]:
    """Where a piece is in the film; a card that became shorter still says the same."""
    if not piece.card:
        return film_spans(reel, piece.start, piece.end)
    for at, part in zip(reel.starts, reel.parts, strict=True):
        if isinstance(part, Card) and part.name == piece.card:
            begins, ends = reel.milliseconds(at), reel.milliseconds(at + part.frames)
            first, last = min(begins + piece.start, ends), min(begins + piece.end, ends)
            return ((first, last),) if first < last else ()
    return ()


def _apart(laid: Sequence[tuple[int, Cue]]) -> list[tuple[int, Cue]]:
    """In the order of time, none over the next."""
    ordered = sorted(laid, key=lambda one: (one[1].start, one[0]))
    starts = [cue.start for _, cue in ordered[1:]]
    apart = [
        (number, Cue(cue.start, min(cue.end, follows), cue.lines))
        for (number, cue), follows in zip(ordered, [*starts, 1 << 62], strict=False)
    ]
    return [(number, cue) for number, cue in apart if cue.end > cue.start]


def _read(path: Path) -> Translation:
    again = f"carer-stories captions import {path.parent.parent.name} FILE --language {path.stem}"
    found = struct_file.load(path, Translation, next_step=f"Bring it in again: {again}")
    if found.language != path.stem or not TAG.fullmatch(found.language):
        raise Damaged(f"{path} is of another language.", f"Bring it in again: {again}")
    return found
