"""Clocks of the film and of the recording: the current film, and where each moment lies in it.

Every word that is in the film lies where it is heard there; what the film leaves out (a question
that a card replaces) is left out of the words too.
"""

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


def retime(edited: EditedTranscript, timeline: Timeline) -> EditedTranscript:
    """Return `edited` with all times on the film's clock, and only what the film holds."""
    return msgspec.structs.replace(
        edited,
        duration=timeline.duration,
        turns=tuple(_turns(edited, timeline)),
        chapters=tuple(_chapters(edited, timeline)),
        # What was cut is not in the film, so on its clock there are no cuts.
        cuts=(),
        placed_borders=msgspec.UNSET,
        redactions=tuple(_redactions(edited, timeline)),
    )


def _turns(edited: EditedTranscript, timeline: Timeline) -> Iterator[Turn]:
    for turn in edited.turns:
        retimed = (film_word(word, timeline) for word in turn.words)
        words = tuple(word for word in retimed if word is not None)
        if words:
            yield msgspec.structs.replace(turn, words=words)


def film_word(word: Word, timeline: Timeline) -> Word | None:
    """Return a word on the film's clock: in the shot its middle lies in, as far as that goes."""
    for start, shot in timeline.shots():
        shot_start, shot_end = _shot_bounds(shot, timeline.fps)
        if shot_start <= (word.start + word.end) / 2 <= shot_end:
            offset = start * 1000 / timeline.fps - shot_start
            first = round(max(word.start, shot_start) + offset)
            last = round(min(word.end, shot_end) + offset)
            return msgspec.structs.replace(word, start=first, end=max(first, last))
    return None


def _shot_bounds(shot: Shot, fps: int) -> tuple[float, float]:
    """Milliseconds on the recording's clock."""
    return shot.first * 1000 / fps, shot.last * 1000 / fps


def _chapters(edited: EditedTranscript, timeline: Timeline) -> Iterator[Chapter]:
    """Yield the chapters: each begins with its card, or with its first moment that is shown."""
    cards = {
        part.name: timeline.milliseconds(start)
        for start, part in zip(timeline.starts, timeline.parts, strict=True)
        if isinstance(part, Card)
    }
    spans = []
    for chapter in edited.chapters:
        span = timeline.film_span(chapter.start, chapter.end)
        # All of its answer was cut.
        if span is None or span[0] == span[1]:
            continue
        spans.append((chapter, cards.get(chapter.question, span[0]), span[1]))
    for number, (chapter, start, end) in enumerate(spans):
        until = spans[number + 1][1] if number + 1 < len(spans) else end
        yield msgspec.structs.replace(chapter, start=start, end=max(start, min(end, until)))


def _redactions(edited: EditedTranscript, timeline: Timeline) -> Iterator[Redaction]:
    for redaction in edited.redactions:
        span = timeline.film_span(redaction.start, redaction.end)
        if span is not None and span[1] > span[0]:
            yield msgspec.structs.replace(redaction, start=span[0], end=span[1])


_AUDIBLE_SUFFIXES = (".mp4", ".m4a")


@dataclass(frozen=True)
class CurrentFilm:
    """A film that was made of the words as they are now, with its timeline."""

    cut: Cut
    timeline: Timeline
    files: tuple[Path, ...]
    """Its files that have a sound: the sound alone first."""
    voice: str
    """`own` or `disguised`."""


def current_film(folder: StoryFolder) -> CurrentFilm | None:
    """Return the story's film, or None if there is none or its words were changed since.

    Raises Damaged for a manifest that cannot be read.
    """
    cut = read_cut(folder.cut)
    if cut is None or not folder.edited.is_file():
        return None
    # By the words themselves: dates of files change when they are copied.
    if cut.recipe.get("edited") != transcript_sha256(read_edited(folder.edited)):
        return None
    files = tuple(
        folder.root / name for name in sorted(cut.artefacts) if name.endswith(_AUDIBLE_SUFFIXES)
    )
    if not files or not all(path.is_file() for path in files):
        return None
    return CurrentFilm(
        cut, _timeline_of_recipe(folder, cut.recipe), files, cut.recipe.get("voice", "own")
    )


def timeline_of_cut(folder: StoryFolder) -> Timeline:
    """Return the timeline of a story's film. Raises Damaged where none can be read."""
    cut = read_cut(folder.cut)
    return _timeline_of_recipe(folder, cut.recipe if cut else {})


def timeline_as_json(timeline: Timeline) -> str:
    """Return a timeline as the cut's recipe keeps it."""
    return msgspec.json.encode(timeline).decode()


def transcript_sha256(edited: EditedTranscript) -> str:
    """Return the SHA-256 of the words a film is made from, for its recipe."""
    return hashlib.sha256(struct_file.encode(edited)).hexdigest()


def _timeline_of_recipe(folder: StoryFolder, recipe: Mapping[str, str]) -> Timeline:
    try:
        plain = msgspec.json.decode(recipe["reel"])
        parts = tuple(_part_from_mapping(part) for part in plain["parts"])
        return Timeline(plain["fps"], parts, tuple(plain["overlaps"]))
    except (*UNDECODABLE, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"{folder.cut} does not say how the film was put together.",
            f"Make it again: carer-stories film {folder.root.name}",
        ) from error


def _part_from_mapping(plain: Mapping[str, object]) -> Part:
    return msgspec.convert(plain, Card) if "name" in plain else msgspec.convert(plain, Shot)


def recording_time(timeline: Timeline, at: int) -> int:
    """Return the moment of the recording that a moment of the film comes from (milliseconds).

    For a moment on a card, the nearest of what is shown beside it.
    """
    nearest = (0, 0)
    for number, (start, shot) in enumerate(timeline.shots()):
        shot_start, shot_end = (
            timeline.milliseconds(start),
            timeline.milliseconds(start + shot.frames),
        )
        inside = min(max(at, shot_start), shot_end)
        offset = abs(at - inside)
        if number == 0 or offset < nearest[0]:
            nearest = (offset, timeline.milliseconds(shot.first) + inside - shot_start)
        if not offset:
            break
    return nearest[1]


def film_spans(timeline: Timeline, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return where a stretch of the recording is heard in the film, once for each shot (ms)."""
    spans = []
    for at, shot in timeline.shots():
        shot_start, shot_end = timeline.milliseconds(shot.first), timeline.milliseconds(shot.last)
        first, last = max(start, shot_start), min(end, shot_end)
        if first < last:
            shift = timeline.milliseconds(at) - shot_start
            spans.append((first + shift, last + shift))
    return tuple(spans)
