"""Timeline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.media.timeline import Card, Part, Shot, Timeline
from library.core import struct_file
from library.core.errors import Damaged
from library.core.struct_file import UNDECODABLE
from library.core.workspace import StoryFolder
from library.records.cut import Cut, read_cut
from transcribe.words import Chapter, EditedTranscript, Redaction, Turn, Word, read_edited


def retimed(edited: EditedTranscript, reel: Timeline) -> EditedTranscript:
    """`edited` with every time on the film's clock and nothing that the film does not hold."""
    return msgspec.structs.replace(
        edited,
        duration=reel.duration,
        turns=tuple(_turns(edited, reel)),
        chapters=tuple(_chapters(edited, reel)),
        cuts=(),
        redactions=tuple(_redactions(edited, reel)),
    )


def _turns(edited: EditedTranscript, reel: Timeline) -> Iterator[Turn]:
    for turn in edited.turns:
        words = tuple(word for one in turn.words if (word := _word(one, reel)) is not None)
        if words:
            yield msgspec.structs.replace(turn, words=words)


def _word(word: Word, reel: Timeline) -> Word | None:
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


def _chapters(edited: EditedTranscript, reel: Timeline) -> Iterator[Chapter]:
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


def _redactions(edited: EditedTranscript, reel: Timeline) -> Iterator[Redaction]:
    for redaction in edited.redactions:
        span = reel.film_span(redaction.start, redaction.end)
        if span is not None and span[1] > span[0]:
            yield msgspec.structs.replace(redaction, start=span[0], end=span[1])


_HEARD = (".mp4", ".m4a")


@dataclass(frozen=True)
class Standing:
    """A film that is of today's words, with the reel it was made by."""

    cut: Cut
    reel: Timeline
    files: tuple[Path, ...]
    """Those of its files that are heard: the sound alone first."""
    voice: str
    """`own` or `disguised`."""


def standing_film(folder: StoryFolder) -> Standing | None:
    """The story's film, or None where there is none, or its words were changed since it was made.

    Raises Damaged for a manifest that cannot be read.
    """
    cut = read_cut(folder.cut)
    if cut is None or not folder.edited.is_file():
        return None
    if cut.recipe.get("edited") != words_named(read_edited(folder.edited)):
        return None
    files = tuple(folder.root / name for name in sorted(cut.artefacts) if name.endswith(_HEARD))
    if not files or not all(path.is_file() for path in files):
        return None
    return Standing(cut, _reel(folder, cut.recipe), files, cut.recipe.get("voice", "own"))


def reel_as_text(reel: Timeline) -> str:
    """For the recipe beside a film."""
    return msgspec.json.encode(reel).decode()


def words_named(edited: EditedTranscript) -> str:
    """SHA-256 of the words a film is made from, for its recipe."""
    return hashlib.sha256(struct_file.encode(edited)).hexdigest()


def _reel(folder: StoryFolder, recipe: Mapping[str, str]) -> Timeline:
    try:
        plain = msgspec.json.decode(recipe["reel"])
        parts = tuple(_part(one) for one in plain["parts"])
        return Timeline(plain["fps"], parts, tuple(plain["overlaps"]))
    except (*UNDECODABLE, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"{folder.cut} does not say how the film was put together.",
            f"Make it again: carer-stories film {folder.root.name}",
        ) from error


def _part(plain: Mapping[str, object]) -> Part:
    return msgspec.convert(plain, Card) if "name" in plain else msgspec.convert(plain, Shot)


def recording_time(reel: Timeline, at: int) -> int:
    """Where on the recording's clock a moment of the film comes from (both in milliseconds).

    For a moment on a card, the nearest of what is shown beside it.
    """
    nearest = (0, 0)
    for number, (start, shot) in enumerate(reel.shots()):
        begins, ends = reel.milliseconds(start), reel.milliseconds(start + shot.frames)
        inside = min(max(at, begins), ends)
        away = abs(at - inside)
        if number == 0 or away < nearest[0]:
            nearest = (away, reel.milliseconds(shot.first) + inside - begins)
        if not away:
            break
    return nearest[1]


def film_spans(reel: Timeline, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Where a stretch of the recording is heard in the film, once for each shot of it (ms)."""
    found = []
    for at, shot in reel.shots():
        begins, ends = reel.milliseconds(shot.first), reel.milliseconds(shot.last)
        first, last = max(start, begins), min(end, ends)
        if first < last:
            shift = reel.milliseconds(at) - begins
            found.append((first + shift, last + shift))
    return tuple(found)
