"""The edit of a story as an OpenTimelineIO timeline, for those who finish a film in an edit suite.

Where an archive may have the recording, and the film hides nothing of it, its clips are stretches
of the recording: the edit can be gone on with. Everywhere else they are chapters of the film as it
was signed off, for a name that is bleeped there would be heard in the recording. Media are named
as they lie in a bag, below `data/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from capture.media.timeline import Card, Shot, Timeline
from capture.media.working_copy import frames_for
from capture.recording.originals import Take
from capture.recording.takes import takes_of
from films.timeline import timeline_of_cut
from library.core.errors import Damaged, NotFound
from stewardship.export.archived_story import ArchivedStory
from stewardship.export.bagit_bag import rights_statement
from transcribe.words import read_edited

_SECONDS_RATE = 1_000
"""The rate of a film that does not say how it was put together: milliseconds."""

Json = dict[str, Any]


def otio_bytes(story: ArchivedStory) -> bytes:
    """Return the timeline as `.otio`, which is JSON. Raises Damaged for a recording’s manifest."""
    encoded = msgspec.json.encode(otio_timeline(story))
    return msgspec.json.format(encoded, indent=1) + b"\n"


def otio_timeline(story: ArchivedStory) -> Json:
    """Return the timeline: a track of pictures and one of sound, with the chapters as markers."""
    try:
        timeline = timeline_of_cut(story.folder)
    except Damaged:
        # The film itself can be told without.
        timeline = None
    if timeline is not None and may_show_recording(story):
        rate = timeline.fps
        pictures, sound = _of_recording(timeline, takes_of(story.folder))
    else:
        rate = timeline.fps if timeline is not None else _SECONDS_RATE
        pictures = sound = list(_of_film(story, rate))
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": story.page.title or story.id,
        "global_start_time": None,
        "metadata": {
            "carer-stories": {
                "story": story.id,
                "cut": story.cut.hash,
                "rights": rights_statement(story.history),
            }
        },
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": story.page.title or story.id,
            "markers": list(_chapter_markers(story, rate)),
            "children": [_track("Video", pictures), _track("Audio", sound)],
        },
    }


def may_show_recording(story: ArchivedStory) -> bool:
    """Return True where the recording shows and lets hear no more than its film, but for cuts.

    The contributor has said that an archive may have it, and nothing was hidden.
    """
    recipe = story.cut.recipe
    if not story.includes_uncut or (recipe.get("picture"), recipe.get("voice")) != ("shown", "own"):
        return False
    try:
        return not read_edited(story.folder.edited).redactions and bool(takes_of(story.folder))
    except NotFound:
        return False


# The recording


def _of_recording(timeline: Timeline, takes: Sequence[Take]) -> tuple[list[Json], list[Json]]:
    """Return the items of both tracks, as long as the film. A card is a gap: it is no recording."""
    pictures: list[Json] = []
    sound: list[Json] = []
    overlaps = (0, *timeline.overlaps, 0)
    for number, part in enumerate(timeline.parts):
        if isinstance(part, Card):
            # Fades lie in the card’s time alone: beside it the shot is seen whole.
            frames = part.frames - overlaps[number] - overlaps[number + 1]
            pictures += _gap(f"Card: {part.name}", frames, timeline.fps)
            sound += _gap(f"Card: {part.name}", frames, timeline.fps)
            continue
        for take, stretch in _stretches(part, takes, timeline.fps):
            name = f"Shot {number + 1}"
            pictures.append(
                _clip(name, _reference(take.file, take.duration, timeline.fps), stretch)
                if take.kind == "video"
                else _gap(name, stretch.frames, timeline.fps)[0]
            )
            sound.append(_sound_clip(name, take, stretch, timeline.fps))
    return pictures, sound


def _stretches(shot: Shot, takes: Sequence[Take], fps: int) -> Iterator[tuple[Take, Shot]]:
    """Yield the takes that a shot runs over, each with the frames of its own that are shown."""
    start = 0
    for take in takes:
        end = start + frames_for(take.duration, fps)
        first, last = max(shot.first, start), min(shot.last, end)
        if first < last:
            yield take, Shot(first - start, last - start)
        start = end


def _sound_clip(name: str, take: Take, stretch: Shot, fps: int) -> Json:
    """Return the sound of a stretch: the microphone’s where the film has that."""
    microphone = take.microphone
    if microphone is None or not microphone.better:
        return _clip(name, _reference(take.file, take.duration, fps), stretch)
    offset = round(microphone.offset_us * fps / 1_000_000)
    first, last = stretch.first - offset, stretch.last - offset
    # It was switched on later than the camera: until then there is the take’s own sound.
    if first < 0:
        return _clip(name, _reference(take.file, take.duration, fps), stretch)
    return _clip(name, _reference(microphone.file, None, fps), Shot(first, last))


# The film


def _of_film(story: ArchivedStory, rate: int) -> Iterator[Json]:
    """Yield a clip of the film for each chapter, which lie one behind the other."""
    end = _frames(story.page.duration, rate)
    film = story.folder.film.name
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": film,
        "target_url": f"film/{film}",
        "available_range": _range(0, end, rate),
    }
    starts = sorted({_frames(chapter.start, rate) for chapter in story.page.chapters} | {0})
    starts = [start for start in starts if start < end]
    titles = {_frames(chapter.start, rate): chapter.title for chapter in story.page.chapters}
    for start, until in zip(starts, [*starts[1:], end], strict=True):
        name = titles.get(start, story.page.title)
        yield _clip(name, (reference, rate), Shot(start, until))


# OpenTimelineIO’s own forms


def _reference(name: str, duration: int | None, rate: int) -> tuple[Json, int]:
    """Return a reference to a file of the recording. `duration` is in milliseconds."""
    available = None if duration is None else _range(0, frames_for(duration, rate), rate)
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": name,
        "target_url": f"original/{name}",
        "available_range": available,
    }
    return reference, rate


def _clip(name: str, reference: tuple[Json, int], stretch: Shot) -> Json:
    media, rate = reference
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "source_range": _range(stretch.first, stretch.frames, rate),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _gap(name: str, frames: int, rate: int) -> list[Json]:
    gap = {"OTIO_SCHEMA": "Gap.1", "name": name, "source_range": _range(0, frames, rate)}
    return [gap] if frames > 0 else []


def _track(kind: str, children: Sequence[Json]) -> Json:
    return {"OTIO_SCHEMA": "Track.1", "name": kind, "kind": kind, "children": list(children)}


def _chapter_markers(story: ArchivedStory, rate: int) -> Iterator[Json]:
    for chapter in story.page.chapters:
        start = _frames(chapter.start, rate)
        yield {
            "OTIO_SCHEMA": "Marker.2",
            "name": chapter.title,
            "color": "GREEN",
            "marked_range": _range(start, _frames(chapter.end, rate) - start, rate),
        }


def _frames(milliseconds: int, rate: int) -> int:
    return round(milliseconds * rate / 1_000)


def _range(start: int, length: int, rate: int) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": {"OTIO_SCHEMA": "RationalTime.1", "value": start, "rate": rate},
        "duration": {"OTIO_SCHEMA": "RationalTime.1", "value": length, "rate": rate},
    }
