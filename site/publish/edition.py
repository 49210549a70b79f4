"""The edition: the bundle of released stories, and nothing else.

    interviews/edition/
      edition.json                 the record below
      stories/<id>/film.mp4        only the files the gate answered *released* for
                   audio.m4a  poster.jpg  captions.vtt  chapters.vtt

The site is made from this folder alone; neither the hook nor `render` ever opens the database or a
story's folder, so a page cannot show what the gate refused: it was never there.
"""

from __future__ import annotations

from datetime import date

import msgspec

from publish.page import StoryPage


class SupportLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to turn to, with the day the line was last checked to answer."""

    name: str
    contact: str
    when: str = ""
    checked: date


class LibraryWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the workspace's settings say about the library itself."""

    title: str
    trust: str
    introduction: str = ""
    contact: str = ""
    """Whom to ask, and how a contributor withdraws."""
    support: tuple[SupportLine, ...] = ()
    fictional: bool = False
    """True in the demonstration: every page then says that its stories are invented."""


class ReleasedStory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One story the gate answered *released* for, with the terms it is shown on."""

    page: StoryPage
    cut: str
    """Hash of the cut that was signed off and approved."""
    level_of_use: str
    released: date
    review: date
    voice: str = "own"
    picture: str = "shown"
    files: dict[str, str]
    """Name of each file under `stories/<id>/` and its SHA-256: `captions.vtt`, `chapters.vtt`,
    `poster.jpg`, and `film.mp4` (video) or `audio.m4a` (audio; video may have it too)."""


class Edition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one audience may see on one day."""

    schema: int = 1
    audience: str
    on: date
    library: LibraryWords
    stories: tuple[ReleasedStory, ...]
