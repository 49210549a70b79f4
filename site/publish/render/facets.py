"""The ways to choose a story: by theme, service, question, length and whom it is for.

Every choice has a page of its own, so that it is there without a script, and a key, by which the
library page’s script filters its cards. A facet with a single choice helps nobody and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facts import answered_chapters
from publish.render.text import listening_minutes
from publish.themes import PublishedTheme, theme_key

_LENGTHS = (
    ("short", "Up to 5 minutes", 0, 5),
    ("middle", "5 to 15 minutes", 6, 15),
    ("long", "More than 15 minutes", 16, 10_000),
)
"""Key, words, and from and up to how many minutes, as they are shown."""
THEME_FACETS = ("theme", "service")
"""Facets whose choices are themes of the stories, and have the fuller page."""


@dataclass(frozen=True)
class FacetChoice:
    """A choice of a facet, with the stories that it leaves."""

    key: str
    words: str
    """As people read it: text, not encoded."""
    page: str
    """Path of its page in the site."""
    stories: tuple[ReleasedStory, ...]
    theme: PublishedTheme | None = None
    """Text of editors about it, where it is a theme."""

    @property
    def about(self) -> str:
        return self.theme.about if self.theme else ""

    @property
    def is_service(self) -> bool:
        return self.theme is not None and self.theme.kind == "service"


@dataclass(frozen=True)
class Facet:
    """A way to choose: `name` is ours, `title` is what people read."""

    name: str
    title: str
    choices: tuple[FacetChoice, ...]


def facets_of(edition: Edition) -> tuple[Facet, ...]:
    """Return the facets of an edition. That of themes comes first and may be empty."""
    themes = theme_choices(edition)
    facets = (
        Facet("theme", "Theme", tuple(choice for choice in themes if not choice.is_service)),
        Facet("service", "Service", tuple(choice for choice in themes if choice.is_service)),
        Facet("question", "Question asked", _by_question(edition.stories)),
        Facet("length", "Length", _by_length(edition.stories)),
        Facet("audience", "Level of use", _by_audience(edition.stories)),
    )
    return tuple(facet for facet in facets if facet.name in THEME_FACETS or len(facet.choices) > 1)


def theme_choices(edition: Edition) -> tuple[FacetChoice, ...]:
    """Return themes and services, in the order people read them."""
    written = {theme_key(theme.theme): theme for theme in edition.themes}
    choices = []
    for theme, fragment in _fragment_names(edition).items():
        entry = written.get(theme_key(theme))
        words = entry.title if entry and entry.title else text.theme_words(theme)
        stories = tuple(story for story in edition.stories if theme in story.page.themes)
        choices.append(FacetChoice(fragment, words, _theme_path(fragment), stories, entry))
    return tuple(sorted(choices, key=lambda choice: choice.words.casefold()))


def theme_paths(edition: Edition) -> dict[str, str]:
    """Return the path of each theme's page; none in a preview, which has no such pages."""
    if edition.preview:
        return {}
    return {theme: _theme_path(name) for theme, name in _fragment_names(edition).items()}


def keys_by_story(facets: Iterable[Facet]) -> dict[str, str]:
    """Return for each story id the keys of every choice it is under, parted by blanks."""
    keys: dict[str, list[str]] = {}
    for facet in facets:
        for choice in facet.choices:
            for story in choice.stories:
                keys.setdefault(story.page.id, []).append(choice.key)
    return {story: " ".join(choices) for story, choices in keys.items()}


def _fragment_names(edition: Edition) -> dict[str, str]:
    """Return each theme of the edition and its fragment name, in the order people read them."""
    themes = {theme for story in edition.stories for theme in story.page.themes if theme.strip()}
    ordered = sorted(themes, key=lambda theme: (text.theme_words(theme).casefold(), theme))
    names: dict[str, str] = {}
    for number, theme in enumerate(ordered, start=1):
        # A theme in Arabic has no letter that a fragment may have: its number then.
        name = f"theme-{text.slug(theme) or number}"
        # Two themes may have the same letters once accents are gone.
        names[theme] = name if name not in names.values() else f"{name}-{number}"
    return names


def _theme_path(fragment: str) -> str:
    return f"themes/{fragment.removeprefix('theme-')}.html"


def _by_question(stories: Iterable[ReleasedStory]) -> tuple[FacetChoice, ...]:
    """Return the questions, numbered: words that were typed never become the name of a file."""
    answered: dict[str, list[ReleasedStory]] = {}
    for story in stories:
        for title in dict.fromkeys(chapter.title for _, chapter in answered_chapters(story)):
            answered.setdefault(title, []).append(story)
    # What most were asked comes first; then by the alphabet, the same in each build.
    ordered = sorted(answered.items(), key=lambda entry: (-len(entry[1]), entry[0].casefold()))
    return tuple(
        FacetChoice(f"q{number}", title, f"browse/question-{number}.html", tuple(answers))
        for number, (title, answers) in enumerate(ordered, start=1)
    )


def _by_length(stories: Iterable[ReleasedStory]) -> tuple[FacetChoice, ...]:
    # By the minutes that are shown beside a story: “15 minutes” is never “more than 15”.
    minutes = [(story, listening_minutes(story.page.duration)) for story in stories]
    choices = (
        FacetChoice(
            f"l-{name}",
            words,
            f"browse/length-{name}.html",
            tuple(story for story, length in minutes if least <= length <= most),
        )
        for name, words, least, most in _LENGTHS
    )
    return tuple(choice for choice in choices if choice.stories)


def _by_audience(stories: Iterable[ReleasedStory]) -> tuple[FacetChoice, ...]:
    levels: dict[str, list[ReleasedStory]] = {}
    for story in stories:
        levels.setdefault(story.level_of_use, []).append(story)
    return tuple(
        FacetChoice(f"a{number}", level, f"browse/audience-{number}.html", tuple(released))
        for number, (level, released) in enumerate(sorted(levels.items()), start=1)
    )
