"""What the library says about a theme, from `interviews/themes.yml`, where editors write it.

    - theme: confidentiality
      about: Two sentences for somebody who has not heard any of these stories.
      moments:
        - {story: cs-4k7m2q, words: You can always listen.}

The words of a moment only find it: what a page shows is what the story’s own page says there, so
that nothing is shown that was not signed off. A moment of a story that is not in the edition, or
whose words are no longer said in it, is left out and never stops a build: stories are withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal

import msgspec

from films.page_text import StoryPage
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import Workspace
from library.core.yaml_document import read_yaml

FILE = "interviews/themes.yml"
MOST_MOMENTS = 6
_ABOUT = Annotated[str, msgspec.Meta(max_length=400)]
_WORDS = Annotated[str, msgspec.Meta(min_length=3, max_length=400)]
_MOMENTS = Annotated[tuple["MomentChoice", ...], msgspec.Meta(max_length=MOST_MOMENTS)]


class MomentChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment as an editor names it."""

    story: str
    words: _WORDS
    """Something said there, as the transcript has it: it finds the moment and is not shown."""


class ThemeEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the file."""

    theme: str
    """As stories are given it: `first-contact`."""
    title: Annotated[str, msgspec.Meta(max_length=80)] = ""
    """How people read it, where that is not the theme’s own words."""
    kind: Literal["theme", "service"] = "theme"
    """`service` for a place of care (a ward, a crisis team): listed apart."""
    about: _ABOUT = ""
    moments: _MOMENTS = ()


class ThemeMoment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paragraph of a story of the same edition."""

    story: str
    start: int
    """Milliseconds on the film’s clock: of the paragraph that is shown."""


class PublishedTheme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an edition says about one of its themes."""

    theme: str
    title: str = ""
    kind: Literal["theme", "service"] = "theme"
    about: str = ""
    moments: tuple[ThemeMoment, ...] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    themes: tuple[ThemeEntry, ...] = ()


def read_themes(workspace: Workspace) -> tuple[ThemeEntry, ...]:
    """The file’s entries; none where there is no file. Raises BadInput naming the field."""
    if not workspace.themes.is_file():
        return ()
    entries = read_yaml(workspace.themes, _File, shown_as=FILE).themes
    seen: set[str] = set()
    for entry in entries:
        name = theme_key(entry.theme)
        if not name or name in seen:
            trouble = "is there twice" if name else "has no name"
            raise BadInput(
                f"{FILE}: the theme “{printable(entry.theme)}” {trouble}.",
                "Keep one entry for each theme.",
            )
        seen.add(name)
    return entries


def published_themes(
    workspace: Workspace, pages: Iterable[StoryPage]
) -> tuple[PublishedTheme, ...]:
    """What is said about the themes that these stories have. Raises as `themes_written` does."""
    by_id = {page.id: page for page in pages}
    used = {theme_key(theme) for page in by_id.values() for theme in page.themes}
    return tuple(
        PublishedTheme(
            theme=entry.theme,
            title=entry.title,
            kind=entry.kind,
            about=" ".join(entry.about.split()),
            moments=_theme_moments(entry, by_id),
        )
        for entry in read_themes(workspace)
        if theme_key(entry.theme) in used
    )


def limit_themes(
    themes: Iterable[PublishedTheme], stories: Collection[str]
) -> tuple[PublishedTheme, ...]:
    """The same less every moment of another story."""
    return tuple(
        msgspec.structs.replace(
            theme, moments=tuple(one for one in theme.moments if one.story in stories)
        )
        for theme in themes
    )


def missing_moments(workspace: Workspace, pages: Iterable[StoryPage]) -> list[str]:
    """A sentence for each chosen moment whose story is shown and does not say its words."""
    by_id = {page.id: page for page in pages}
    return [
        f"{FILE}: {entry.theme}: {chosen.story} does not say “{printable(chosen.words)}”."
        for entry in read_themes(workspace)
        for chosen in entry.moments
        if chosen.story in by_id and paragraph_start(by_id[chosen.story], chosen.words) is None
    ]


def paragraph_start(page: StoryPage, words: str) -> int | None:
    """Where the first paragraph that says these words begins, in milliseconds."""
    wanted = f" {_plain(words)} "
    if not wanted.strip():
        return None
    for chapter in page.chapters:
        for paragraph in chapter.paragraphs:
            if wanted in f" {_plain(paragraph.text)} ":
                return paragraph.start
    return None


def theme_key(theme: str) -> str:
    """Two spellings of one theme are the same: `First contact`, `first-contact`."""
    return " ".join(re.sub(r"[-_]+", " ", theme).casefold().split())


def _theme_moments(entry: ThemeEntry, by_id: Mapping[str, StoryPage]) -> tuple[ThemeMoment, ...]:
    places = [
        (one.story, paragraph_start(by_id[one.story], one.words))
        for one in entry.moments
        if one.story in by_id
    ]
    return tuple(
        ThemeMoment(story=story, start=start)
        for story, start in dict.fromkeys(places)
        if start is not None
    )


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("’", "").replace("'", "")))
