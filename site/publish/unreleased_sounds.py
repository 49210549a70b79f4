"""Sound of stories that may not be shown, known again in what people wrote: a voice is a face.

It is compared as a recording that is brought in is (`capture.media.sound.same_sound`): encoded
again, cut, louder, under music. What was listened to is kept in the story’s own folder
(`sounds.json`) and goes with it when the story is erased. No story is listened to before somebody
puts a sound into a page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np

from capture.intake.withdrawn_recordings import recordings_of
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.sound.landmarks import Landmarks, Numbers, landmarks_of_file
from capture.media.sound.same_sound import blocks_of, shared_sound
from library.core import lock, struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from publish.edition import ReleasedStory

SOUND_RULE = 1
"""Number of the rule by which a sound is known: what another one made is made anew."""
_Sources = Callable[[StoryFolder], Iterable[Path]]
_OWN_VOICE = "own"
_LARGE_BYTES = 50_000_000
"""Bytes of a recording that takes some seconds to listen to: worth a word."""


class SourceSound(msgspec.Struct, frozen=True, kw_only=True):
    """The landmarks of one file of a story, as it was then: the set of each twenty seconds."""

    size: int
    modified: int
    """Nanoseconds, as the disk has it."""
    blocks: tuple[bytes, ...] = ()


class StorySounds(msgspec.Struct, frozen=True, kw_only=True):
    """Contents of `sounds.json`: each file that was listened to, by its path in the folder."""

    rule: int = SOUND_RULE
    sources: dict[str, SourceSound] = {}


class UnreleasedSounds:
    """The sound of all stories but the released ones."""

    def __init__(self, workspace: Workspace, released: Iterable[ReleasedStory]) -> None:
        self._workspace = workspace
        self._released = {story.page.id: story for story in released}

    @cached_property
    def _hidden(self) -> tuple[str, ...]:
        """The stories of which something that was said may not be heard as it was."""
        folders = self._workspace.stories.glob("cs-*")
        return tuple(
            story_id
            for story_id in sorted(each.name for each in folders if each.is_dir())
            if STORY_ID.match(story_id)
            and (story_id not in self._released or self._released[story_id].voice != _OWN_VOICE)
        )

    @property
    def are_none(self) -> bool:
        """True where there is no such story: then nothing needs to be listened to."""
        return not self._hidden

    def stories_in(self, sounds: Collection[Landmarks]) -> tuple[str, ...]:
        """Return the stories that may not be shown and are heard in these sounds."""
        return tuple(sorted(set().union(*(self._stories_in_one(sound) for sound in sounds))))

    def _stories_in_one(self, sound: Landmarks) -> set[str]:
        if not len(sound.numbers):
            return set()
        hidden = dict(_heard(sound, self._forbidden))
        if not hidden:
            return set()
        # Only where it sounds like one that is not released, which hardly ever is.
        shown = max((seconds for _, seconds in _heard(sound, self._allowed)), default=0)
        return {story for story, seconds in hidden.items() if seconds > shown}

    @cached_property
    def _forbidden(self) -> dict[str, tuple[Numbers, ...]]:
        return {each: self._blocks(each, _recorded) for each in self._hidden}

    @cached_property
    def _allowed(self) -> dict[str, tuple[Numbers, ...]]:
        return {each: self._blocks(each, _in_film) for each in self._released}

    def _blocks(self, story_id: str, sources: _Sources) -> tuple[Numbers, ...]:
        folder = self._workspace.story(story_id)
        return tuple(
            np.frombuffer(block, "<u4").astype(np.uint32)
            for path in sources(folder)
            for block in _listened(folder, path).blocks
            if len(block) % 4 == 0
        )


def _heard(sound: Landmarks, known: dict[str, tuple[Numbers, ...]]) -> Iterator[tuple[str, int]]:
    for story_id, blocks in known.items():
        shared = shared_sound(sound, sound.numbers, blocks)
        if shared.is_same:
            yield story_id, shared.seconds


def _recorded(folder: StoryFolder) -> Iterable[Path]:
    """Return the files in which all is heard that was recorded, else what its film lets hear."""
    for path in (folder.speech, folder.working_audio, folder.working):
        if path.is_file():
            return (path,)
    originals = [folder.original / name for name in recordings_of(folder)]
    return [path for path in originals if path.is_file()] or _in_film(folder)


def _in_film(folder: StoryFolder) -> Iterable[Path]:
    return [path for path in (folder.audio, folder.film) if path.is_file()][:1]


def _listened(folder: StoryFolder, path: Path) -> SourceSound:
    known = _known_sounds(folder)
    name = path.relative_to(folder.root).as_posix()
    try:
        status = path.stat()
    except OSError:
        return SourceSound(size=0, modified=0)
    source = known.sources.get(name)
    if source is None or (source.size, source.modified) != (status.st_size, status.st_mtime_ns):
        if status.st_size > _LARGE_BYTES:
            lock.caller.report_waiting(
                f"Listening to what was recorded of {folder.root.name}, once: "
                "this takes some seconds…"
            )
        source = SourceSound(
            size=status.st_size, modified=status.st_mtime_ns, blocks=_blocks_of_file(path)
        )
        sources = known.sources | {name: source}
        # A courtesy to the next build: a disk that is full must not stop this one.
        with contextlib.suppress(CarerStoriesError, OSError):
            struct_file.save(folder.sounds, StorySounds(sources=sources))
    return source


def _known_sounds(folder: StoryFolder) -> StorySounds:
    known = struct_file.load_if_readable(folder.sounds, StorySounds)
    return known if known and known.rule == SOUND_RULE else StorySounds()


def _blocks_of_file(path: Path) -> tuple[bytes, ...]:
    sound = landmarks_in(path)
    return tuple(block.astype("<u4").tobytes() for block in blocks_of(sound, sound.numbers))


def landmarks_in(path: Path) -> Landmarks:
    """Return the landmarks of any file; none of one in which nothing is heard."""
    try:
        recording = probe_in_subprocess(path)
        # All that is heard in it: what is spoken may be on a second track.
        return landmarks_of_file(path, recording.duration, track_channels=recording.track_channels)
    except CarerStoriesError:
        return Landmarks(np.empty(0), np.empty(0, np.uint32), 0.0)
