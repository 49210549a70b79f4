"""Content the leak check looks for, gathered where story folders may be opened.

The build itself and the hook never open one; they are handed this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from capture.recording.originals import read_manifest
from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from library.records.cut import read_cut
from library.records.hidden_terms import HiddenTerm
from publish.unreleased_words import UnreleasedWords
from transcribe.redaction.hidden_words import hidden_terms

if TYPE_CHECKING:
    from publish.pictures.search import PictureSearch

_MEDIA = (".mp4", ".m4a", ".jpg")
"""Only media are told by their hash: two stories’ chapters may well be the same few lines."""


@dataclass(frozen=True)
class Forbidden:
    """Content that must not be in the pages, besides the ids of stories that are not released."""

    terms: tuple[HiddenTerm, ...] = field(default=(), repr=False)
    media: Mapping[str, str] = field(default_factory=dict, repr=False)
    """SHA-256 of each medium that is not released, and the story it is of."""
    words: UnreleasedWords | None = field(default=None, repr=False)
    """The words of stories that are not released, for what people wrote."""
    pictures: PictureSearch | None = field(default=None, repr=False)
    """The search for their pictures, where what people wrote was looked through with it before."""


def forbidden_content(
    workspace: Workspace, released: Collection[str], *, skip_unreadable: bool = False
) -> Forbidden:
    """Return the hidden terms of every story, and the media that must not be shown.

    Media are the films of stories that are not `released`, all originals and previews of films.

    Raises BadInput for a private list that cannot be read: a check that does not know what to look
    for must not pass. With `skip_unreadable` it does not raise, and that list hides nothing: so a
    broken list cannot keep a withdrawn story in front of staff. A manifest that cannot be read
    tells nothing here; `verify` tells of it, and the gate does not release its story.
    """
    return Forbidden(
        hidden_terms(workspace, skip_unreadable=skip_unreadable),
        forbidden_media(workspace, released),
        UnreleasedWords(workspace, released),
    )


def forbidden_media(workspace: Workspace, released: Collection[str]) -> dict[str, str]:
    """Return the SHA-256 of each medium that must not be shown, and the story it is of."""
    media: dict[str, str] = {}
    for folder in story_folders(workspace):
        story_id = folder.root.name
        # Also of released stories: what was signed off is the film, not the recording.
        media.update(dict.fromkeys((*_original_hashes(folder), *_preview_hash(folder)), story_id))
        if story_id not in released:
            media.update(dict.fromkeys(_cut_hashes(folder), story_id))
    return media


def story_folders(workspace: Workspace) -> Iterator[StoryFolder]:
    """Yield the folder of every story, by name."""
    if workspace.stories.is_dir():
        for folder in sorted(workspace.stories.iterdir()):
            if folder.is_dir() and STORY_ID.match(folder.name):
                yield StoryFolder(folder)


def _original_hashes(folder: StoryFolder) -> Iterator[str]:
    with contextlib.suppress(CarerStoriesError, OSError):
        manifest = read_manifest(folder)
        yield from manifest.checksums.values() if manifest else ()


def _preview_hash(folder: StoryFolder) -> Iterator[str]:
    """Yield the hash of a film's preview: nobody signed it off, whatever else is shown."""
    with contextlib.suppress(CarerStoriesError):
        yield sha256_of(folder.preview)


def _cut_hashes(folder: StoryFolder) -> Iterator[str]:
    # A cut nobody can read is not released; `verify` names it.
    with contextlib.suppress(CarerStoriesError, OSError):
        cut = read_cut(folder.cut)
        for name, sha in cut.artefacts.items() if cut else ():
            if name.endswith(_MEDIA):
                yield sha
