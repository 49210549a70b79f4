"""Wishes of a contributor who changed their mind, in the story's own folder.

The story is held from then on (`library.records.restore_holds`), until an editor has talked with
them and lets it go. The words are erased with the story.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from library.core import struct_file
from library.core.files import make_folder, translate_disk_errors
from library.core.workspace import StoryFolder

MAX_WISHES = 100
WishWords = Annotated[str, Meta(max_length=2_000)]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of mind as somebody noted it; without words, they wanted to talk about it."""

    at: str
    """UTC, ISO 8601 with seconds."""
    role: str
    """Of whoever noted it, never a name."""
    words: WishWords = ""


class Wishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The wishes of a story, the oldest first."""

    story: str
    wishes: Annotated[tuple[Wish, ...], Meta(max_length=MAX_WISHES)] = ()


def add_wish(folder: StoryFolder, wish: Wish) -> Wishes:
    """Add a wish behind those there are; of too many, the oldest go. Raises NoRoom, DiskFailed."""
    known = read_wishes(folder)
    wishes = Wishes(story=folder.root.name, wishes=(*known, wish)[-MAX_WISHES:])
    with translate_disk_errors(folder.root, "make"):
        make_folder(folder.root)
    struct_file.save(folder.wishes, wishes)
    return wishes


def read_wishes(folder: StoryFolder) -> tuple[Wish, ...]:
    """Return the wishes of a story; none where the file is missing or cannot be read."""
    kept = struct_file.load_if_readable(folder.wishes, Wishes)
    return kept.wishes if kept else ()
