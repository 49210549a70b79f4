"""Search files for pictures and sound of stories that may not be shown: the one search of all
builds and withdrawals, for what people wrote and for what was made of it.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.core.files import translate_disk_errors
from library.core.own_folders import paths_below
from library.core.workspace import Workspace
from publish.edition import ReleasedStory
from publish.pictures.other_pictures import known_others
from publish.pictures.unreleased_pictures import UnreleasedPictures
from publish.pictures.written_pictures import PictureReader, ShownPictures
from publish.shipped_files import shipped_files
from publish.unreleased_sounds import UnreleasedSounds

_STORIES = "stories"
"""Folder of the edition and of the site in which each story’s own files lie."""


@dataclass
class FoundPictures:
    """The files whose pictures may not be shown, or cannot be looked at."""

    stories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Each file with pictures of stories that are not released, and these."""
    unreadable: dict[str, str] = field(default_factory=dict)
    """Each file with a picture that cannot be looked at, and why."""


class PictureSearch:
    """A search through files, one after another."""

    def __init__(self, workspace: Workspace, released: Sequence[ReleasedStory]) -> None:
        self._reader = PictureReader(workspace)
        self._unreleased = UnreleasedPictures(workspace, released)
        self._unheard = UnreleasedSounds(workspace, released)
        self._may_be_shown = shipped_files(workspace).union(
            *(story.files.values() for story in released)
        )
        self._others = known_others(workspace)
        self.found = FoundPictures()

    @property
    def unknown_films(self) -> tuple[str, ...]:
        """Stories whose films cannot be looked at, so that a picture of one is not recognised."""
        return tuple(self._unreleased.unreadable)

    @property
    def _shows_all(self) -> bool:
        """True where every picture and sound of the library may be shown."""
        return self._unreleased.are_none and self._unheard.are_none

    def look_at(self, name: str, data: bytes) -> tuple[str, ...]:
        """Return the stories whose pictures or sound are in a file, and keep what was found."""
        if self._shows_all:
            return ()
        sha256 = hashlib.sha256(data).hexdigest()
        # What is released is so to the byte, and what comes with the program is nobody's.
        pictures = None if sha256 in self._may_be_shown else self._reader.read(name, data, sha256)
        if pictures is None:
            return ()
        stories = tuple(
            story
            for story in sorted({*self._seen_in(name, pictures), *self._heard_in(pictures)})
            if (sha256, story) not in self._others
        )
        if stories:
            self.found.stories[name] = stories
        return stories

    def _seen_in(self, name: str, pictures: ShownPictures) -> tuple[str, ...]:
        if self._unreleased.is_empty:
            return ()
        if pictures.unreadable:
            self.found.unreadable[name] = pictures.unreadable
        return self._unreleased.stories_in(pictures.small)

    def _heard_in(self, pictures: ShownPictures) -> tuple[str, ...]:
        return self._unheard.stories_in(pictures.sounds)

    def keep(self) -> None:
        """Keep what was decoded for the next build."""
        self._reader.keep()

    def in_pages(self, folder: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """Yield each file of a site with pictures of stories, but for the released stories’ own.

        Raises DiskFailed for one that cannot be read.
        """
        if self._shows_all:
            return
        for path in _pages(folder):
            with translate_disk_errors(path, "read"):
                data = path.read_bytes()
            if _may_hold_pictures(path, data):
                stories = self.look_at(path.relative_to(folder).as_posix(), data)
                if stories:
                    yield path, stories


_TEXTS = {".html", ".js", ".css", ".json", ".xml", ".txt", ".vtt", ".map"}
_ADDRESS = re.compile(rb"data:(?:image|video|audio)/[^;,]{0,40}[;,]", re.IGNORECASE)
_CODE_LETTERS = f"{string.ascii_letters}{string.digits}+/".encode()
_MARKED = bytes(ord("a") if byte in _CODE_LETTERS else ord(" ") for byte in range(256))
_CODED = b"a" * 72
"""The start of a picture in a text, either way, with all letters of its code marked alike.

Nearly all pages hold none, and a pattern takes fifteen times as long to say so.
"""


def _may_hold_pictures(path: Path, data: bytes) -> bool:
    if path.suffix not in _TEXTS or _CODED in data.translate(_MARKED):
        return True
    return bool(_ADDRESS.search(data))


def _pages(folder: Path) -> Iterator[Path]:
    for path in paths_below(folder):
        if path.is_file() and path.relative_to(folder).parts[0] != _STORIES:
            yield path


def pictures_left(
    workspace: Workspace,
    folders: Iterable[Path],
    story_id: str,
    released: Sequence[ReleasedStory],
) -> tuple[list[Path], Collection[str]]:
    """Return the files of published folders that show a story, and films that are not known.

    `released` are the stories that may be shown in them.
    """
    search = PictureSearch(workspace, [story for story in released if story.page.id != story_id])
    left = [
        path
        for folder in folders
        for path, stories in search.in_pages(folder)
        if story_id in stories
    ]
    return left, search.unknown_films
