"""Libraries of any number of stories, each with few words and a film of some bytes: made quickly.

Titles, tellers, themes, lengths and days differ, and are the same every time.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.edition import MANIFEST, Edition, ReleasedStory
from publish.themes import PublishedTheme
from tests.support.editions import chapters, library_words, released, story_page

THEMES = ("first-contact", "confidentiality", "hope", "being-heard", "discharge", "medication")
SERVICES = ("crisis-team", "inpatient-ward")
TELLERS = ("Ruth", "Arthur", "", "Parveen", "Delroy")
CAPTIONS = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\nNobody asked.\n"
ON = date(2026, 11, 29)
_MINUTES = (2, 4, 7, 12, 25, 64)
_FILM = b"\0\0\0\x10ftypisom\0\0\2\0\0\0\0\x18mdat"
_TITLES = ("Nobody asked", "The night they came", "“A different ward”", "Émilie’s keys", "Waiting")
_DAYS_BETWEEN = 4
_CONTENT_NOTE = "Describes a crisis."


def story_id(number: int) -> str:
    """The id of the story that is so many before the newest, which is number 0."""
    return f"cs-{number:06d}"


def long_edition(count: int, *, days_between: int = _DAYS_BETWEEN) -> Edition:
    """An edition of so many stories, the newest first, one in every few days."""
    stories = tuple(_story(number, days_between) for number in range(count))
    return Edition(
        audience="trust",
        on=ON,
        library=library_words(),
        stories=stories,
        themes=tuple(PublishedTheme(theme=theme, kind="service") for theme in SERVICES),
    )


def _story(number: int, days_between: int) -> ReleasedStory:
    themes = [THEMES[number % 6], THEMES[number * 5 % 6]]
    if number % 3 == 0:
        themes.append(SERVICES[number % 2])
    page = story_page(
        story_id(number),
        title=f"{_TITLES[number % 5]} {number}",
        contributor=TELLERS[number % 5],
        summary="What one carer saw.",
        content_note=_CONTENT_NOTE if number % 2 else "",
        themes=tuple(dict.fromkeys(themes)),
        duration=_MINUTES[number // 6 % 6] * 60_000,
        chapters=chapters()[: 1 + number % 2],
    )
    return released(
        page,
        {"film.mp4": "a", "captions.vtt": "b"},
        released=ON - timedelta(days=1 + number * days_between),
        level_of_use="For training" if number % 7 == 0 else "For all staff of this trust",
    )


def lay_long_library(workspace: Workspace, count: int) -> Edition:
    """Write such an edition on the disk, each film with bytes of its own."""
    edition = long_edition(count)
    stories = []
    for story in edition.stories:
        folder = workspace.edition / "stories" / story.page.id
        folder.mkdir(parents=True)
        (folder / "film.mp4").write_bytes(_FILM + story.page.id.encode().ljust(16))
        (folder / "captions.vtt").write_text(CAPTIONS, encoding="utf-8")
        files = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
        stories.append(msgspec.structs.replace(story, files=files))
    laid = msgspec.structs.replace(edition, stories=tuple(stories))
    (workspace.edition / MANIFEST).write_bytes(msgspec.json.encode(laid))
    return laid
