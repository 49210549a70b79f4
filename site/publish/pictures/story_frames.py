"""Frames of a story’s recording and film, as small grey pictures kept in its own folder.

Decoding an hour takes minutes and is done once for each file: `frames.json` is made anew where it
is missing or the file changed, and goes with the story’s folder when the story is erased. Of frames
that are nearly the same one is kept.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from capture.media.picture.sampled_frames import frames_of_own_film, sampled_frames
from library.core import lock, struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import StoryFolder
from publish.pictures.fingerprint import (
    SAMPLED_SIDE,
    SIDE,
    Small,
    do_differ,
    small_pictures,
    whole_features,
)
from publish.pictures.read_picture import read_picture

RULE = 1
"""Number of the rule by which small pictures are made: what another one made is made anew."""
_NEARLY_THE_SAME = 0.95
_LARGE_BYTES = 300_000_000
"""A film so large is worth a word: it takes about a minute."""
_LONGEST_S = 1800
"""Seconds that looking at a recording may take: some hours of it."""


class UnreadableFilm(CarerStoriesError):
    """A film or recording of a story that cannot be looked at."""


class SourceFrames(msgspec.Struct, frozen=True, kw_only=True):
    """The small pictures of one file of a story, as it was then."""

    size: int
    modified: int
    """Nanoseconds, as the disk has it."""
    small: bytes
    """One picture after another, a byte for each pixel."""
    unreadable: bool = False


class StoryFrames(msgspec.Struct, frozen=True, kw_only=True):
    """Contents of `frames.json`: each file that was looked at, by its name."""

    rule: int = RULE
    sources: dict[str, SourceFrames] = {}


def frames_of_recording(folder: StoryFolder) -> Small:
    """Return what can be seen of a story: in all that was filmed, else in its film.

    Raises UnreadableFilm. A story of sound alone has nothing to be seen: its film is drawn.
    """
    if folder.working.is_file():
        return _frames_of(folder, folder.working)
    if folder.working_audio.is_file():
        return as_small(b"")
    return frames_of_film(folder)


def frames_of_film(folder: StoryFolder) -> Small:
    """Return what can be seen in a story’s film and poster. Raises UnreadableFilm."""
    return np.concatenate(
        [_frames_of(folder, path) for path in (folder.film, folder.poster) if path.is_file()]
        or [as_small(b"")]
    )


def as_small(data: bytes) -> Small:
    """Return small pictures from their bytes; none where these are not whole pictures."""
    if len(data) % (SIDE * SIDE):
        return np.empty((0, SIDE, SIDE), np.uint8)
    return np.frombuffer(data, np.uint8).reshape(-1, SIDE, SIDE)


def _frames_of(folder: StoryFolder, path: Path) -> Small:
    known = _known_frames(folder)
    try:
        status = path.stat()
    except OSError as error:
        raise UnreadableFilm(f"{path.name} of {folder.root.name} cannot be read.") from error
    source = known.sources.get(path.name)
    if source is None or (source.size, source.modified) != (status.st_size, status.st_mtime_ns):
        if status.st_size > _LARGE_BYTES:
            lock.caller.report_waiting(
                f"Looking at what was filmed of {folder.root.name}, once: this takes some minutes…"
            )
        source = _look_at(folder, path, status.st_size, status.st_mtime_ns)
        _keep(folder, path.name, source)
    if source.unreadable:
        raise UnreadableFilm(f"{path.name} of {folder.root.name} cannot be looked at.")
    return as_small(source.small)


def _known_frames(folder: StoryFolder) -> StoryFrames:
    known = struct_file.load_if_readable(folder.frames, StoryFrames)
    return known if known and known.rule == RULE else StoryFrames()


def _look_at(folder: StoryFolder, path: Path, size: int, modified: int) -> SourceFrames:
    try:
        small = _decoded(folder, path)
    except CarerStoriesError:
        return SourceFrames(size=size, modified=modified, small=b"", unreadable=True)
    return SourceFrames(size=size, modified=modified, small=small.tobytes())


def _decoded(folder: StoryFolder, path: Path) -> Small:
    if path.suffix == ".jpg":
        return read_picture(path.read_bytes())
    if path == folder.working:
        # Its picture may be as somebody handed it over.
        return distinct(small_pictures(sampled_frames(path, SAMPLED_SIDE, _LONGEST_S)))
    return distinct(small_pictures(frames_of_own_film(path, SAMPLED_SIDE, do_differ)))


def _keep(folder: StoryFolder, name: str, source: SourceFrames) -> None:
    sources = _known_frames(folder).sources | {name: source}
    # A courtesy to the next build: a disk that is full must not stop this one.
    with contextlib.suppress(CarerStoriesError, OSError):
        struct_file.save(folder.frames, StoryFrames(sources=sources))


def distinct(small: Small) -> Small:
    """Return the small pictures without those that are nearly the same as one before."""
    if not len(small):
        return small
    return small[list(_distinct(small))]


def _distinct(small: Small) -> Iterator[int]:
    features = whole_features(small)
    chosen = np.empty_like(features)
    count = 0
    for number, feature in enumerate(features):
        if count == 0 or float((chosen[:count] @ feature).max()) < _NEARLY_THE_SAME:
            chosen[count] = feature
            count += 1
            yield number
