"""The shelves of the library: by theme, service, question, length and whom a story is for.

Every choice has a page of its own, so that it is there without a script, and a key, by which the
library page’s script filters its cards. Shelves with a single choice help nobody and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from films.page_text import Chapter
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.parts import theme_ids
from publish.themes import PublishedTheme, theme_key

_LENGTHS = (
    ("short", "Up to 5 minutes", 0, 5),
    ("middle", "5 to 15 minutes", 5, 15),
    ("long", "More than 15 minutes", 15, 10_000),
)
"""Key, words, and from and up to how many minutes."""
THEMED = ("theme", "service")
"""Shelves whose choices are themes of the stories, and have the fuller page."""
_UNASKED = "opening"
"""The chapter before the first question: `films.page_text`."""


@dataclass(frozen=True)
class Choice:
    """One choice of a shelf."""

    key: str
    words: str
    """As people read it: text, not encoded."""
    page: str
    """Path of its page in the site."""
    stories: tuple[ReleasedStory, ...]
    shown: PublishedTheme | None = None
    """What editors wrote about it, of a theme."""


@dataclass(frozen=True)
class Shelf:
    """A way to choose: `name` is ours, `title` is what people read."""

    name: str
    title: str
    choices: tuple[Choice, ...]


def shelves_of(edition: Edition) -> tuple[Shelf, ...]:
    """Every shelf of an edition. That of themes comes first and may be empty."""
    themes = themes_of(edition)
    shelves = (
        Shelf("theme", "Theme", tuple(one for one in themes if not _is_service(one))),
        Shelf("service", "Service", tuple(one for one in themes if _is_service(one))),
        Shelf("question", "Question asked", _by_question(edition.stories)),
        Shelf("length", "Length", _by_length(edition.stories)),
        Shelf("audience", "Who it is for", _by_audience(edition.stories)),
    )
    return tuple(one for one in shelves if one.name in THEMED or _helps(one))


def themes_of(edition: Edition) -> tuple[Choice, ...]:
    """Themes and services, in the order people read them."""
    written = {theme_key(one.theme): one for one in edition.themes}
    found = []
    for theme, name in theme_ids(edition).items():
        shown = written.get(theme_key(theme))
        words = shown.title if shown and shown.title else text.theme_words(theme)
        stories = tuple(story for story in edition.stories if theme in story.page.themes)
        found.append(Choice(name, words, _page_of(name), stories, shown))
    return tuple(sorted(found, key=lambda one: one.words.casefold()))


def theme_pages(edition: Edition) -> dict[str, str]:
    """Each theme and the path of its page; none in a preview, which has no such pages."""
    if edition.preview:
        return {}
    return {theme: _page_of(name) for theme, name in theme_ids(edition).items()}


def keys_of(shelves: Iterable[Shelf]) -> dict[str, list[str]]:
    """For each story the keys of every choice it stands under."""
    keys: dict[str, list[str]] = {}
    for shelf in shelves:
        for choice in shelf.choices:
            for story in choice.stories:
                keys.setdefault(story.page.id, []).append(choice.key)
    return keys


def chapters_asked(story: ReleasedStory) -> list[tuple[int, Chapter]]:
    """The chapters that answer a question, with their numbers on the story’s page."""
    numbered = enumerate(story.page.chapters, start=1)
    return [(number, chapter) for number, chapter in numbered if chapter.id != _UNASKED]


def _page_of(name: str) -> str:
    return f"themes/{name.removeprefix('theme-')}.html"


def _is_service(choice: Choice) -> bool:
    return choice.shown is not None and choice.shown.kind == "service"


def _helps(shelf: Shelf) -> bool:
    return len(shelf.choices) > 1


def _by_question(stories: Iterable[ReleasedStory]) -> tuple[Choice, ...]:
    """Numbered, not named: words that were typed never become the name of a file."""
    answered: dict[str, list[ReleasedStory]] = {}
    for story in stories:
        for title in dict.fromkeys(chapter.title for _, chapter in chapters_asked(story)):
            answered.setdefault(title, []).append(story)
    ordered = sorted(answered.items(), key=lambda one: (-len(one[1]), one[0].casefold()))
    return tuple(
        Choice(f"q{number}", title, f"browse/question-{number}.html", tuple(told))
        for number, (title, told) in enumerate(ordered, start=1)
    )


def _by_length(stories: Iterable[ReleasedStory]) -> tuple[Choice, ...]:
    told = tuple(stories)
    choices = (
        Choice(
            f"l-{name}",
            words,
            f"browse/length-{name}.html",
            tuple(one for one in told if least < max(one.page.duration, 1) / 60_000 <= most),
        )
        for name, words, least, most in _LENGTHS
    )
    return tuple(choice for choice in choices if choice.stories)


def _by_audience(stories: Iterable[ReleasedStory]) -> tuple[Choice, ...]:
    levels: dict[str, list[ReleasedStory]] = {}
    for story in stories:
        levels.setdefault(story.level_of_use, []).append(story)
    return tuple(
        Choice(f"a{number}", level, f"browse/audience-{number}.html", tuple(told))
        for number, (level, told) in enumerate(sorted(levels.items()), start=1)
    )
