"""Themes as editors describe them in `interviews/themes.yml`, and what an edition shows of them.

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

THEMES_FILE = "interviews/themes.yml"
MAX_MOMENTS = 6
_ABOUT = Annotated[str, msgspec.Meta(max_length=400)]
_WORDS = Annotated[str, msgspec.Meta(min_length=3, max_length=400)]
_MOMENTS = Annotated[tuple["MomentChoice", ...], msgspec.Meta(max_length=MAX_MOMENTS)]


class MomentChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment as an editor names it."""

    story: str
    words: _WORDS
    """Something said there, as the transcript has it: it finds the moment and is not shown."""


class ThemeEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the file."""

    theme: str
    """As stories are given it: `first-contact`."""
    title: Annotated[str, msgspec.Meta(max_length=80)] = ""
    """Label for readers, where that is not the theme’s own words."""
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
    """An edition's words about one of its themes, with the moments chosen for it."""

    theme: str
    title: str = ""
    kind: Literal["theme", "service"] = "theme"
    about: str = ""
    moments: tuple[ThemeMoment, ...] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    themes: tuple[ThemeEntry, ...] = ()


def read_themes(workspace: Workspace) -> tuple[ThemeEntry, ...]:
    """Return the file’s entries; none where there is no file. Raises BadInput naming the field."""
    if not workspace.themes.is_file():
        return ()
    entries = read_yaml(workspace.themes, _File, shown_as=THEMES_FILE).themes
    names: set[str] = set()
    for entry in entries:
        name = theme_key(entry.theme)
        if not name or name in names:
            problem = "is there twice" if name else "has no name"
            raise BadInput(
                f"{THEMES_FILE}: the theme “{printable(entry.theme)}” {problem}.",
                "Keep one entry for each theme.",
            )
        names.add(name)
    return entries


def published_themes(
    workspace: Workspace, pages: Iterable[StoryPage]
) -> tuple[PublishedTheme, ...]:
    """Return the entries of themes that these stories have. Raises as `read_themes` does."""
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
    """Return the themes without any moment of a story that is not in `stories`."""
    return tuple(
        msgspec.structs.replace(
            theme, moments=tuple(moment for moment in theme.moments if moment.story in stories)
        )
        for theme in themes
    )


def missing_moments(workspace: Workspace, pages: Iterable[StoryPage]) -> list[str]:
    """Return a sentence for each chosen moment whose story is shown and does not say its words."""
    by_id = {page.id: page for page in pages}
    return [
        f"{THEMES_FILE}: {entry.theme}: {chosen.story} does not say “{printable(chosen.words)}”."
        for entry in read_themes(workspace)
        for chosen in entry.moments
        if chosen.story in by_id and paragraph_start(by_id[chosen.story], chosen.words) is None
    ]


def paragraph_start(page: StoryPage, words: str) -> int | None:
    """Return the start in milliseconds of the first paragraph that says these words, or None."""
    phrase = f" {_plain(words)} "
    if not phrase.strip():
        return None
    for chapter in page.chapters:
        for paragraph in chapter.paragraphs:
            # With blanks round both: “art” is not found in “heart”.
            if phrase in f" {_plain(paragraph.text)} ":
                return paragraph.start
    return None


def theme_key(theme: str) -> str:
    """Return a theme so that its spellings are equal: `First contact`, `first-contact`."""
    return " ".join(re.sub(r"[-_]+", " ", theme).casefold().split())


def _theme_moments(entry: ThemeEntry, by_id: Mapping[str, StoryPage]) -> tuple[ThemeMoment, ...]:
    starts = [
        (choice.story, paragraph_start(by_id[choice.story], choice.words))
        for choice in entry.moments
        if choice.story in by_id
    ]
    return tuple(
        ThemeMoment(story=story, start=start)
        # Two choices may name one paragraph: it is shown once.
        for story, start in dict.fromkeys(starts)
        if start is not None
    )


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("’", "").replace("'", "")))
