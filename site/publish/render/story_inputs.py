"""The values that the pages and files of one story are made from, and a hash over them.

A story's page, its handout, its texts for the search and its pages for frames are rendered from
these values and from nothing else: the edition among them holds no other story, no plan, no other
theme and no day. Where the hash is as it was, the pages are byte for byte as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from publish.edition import Edition, ReleasedStory
from publish.render.facets import theme_choices, theme_paths
from publish.render.story import CarerAnswer, answers_by_question, related_answers
from publish.themes import PublishedTheme

_NO_DAY = date(1, 1, 1)
"""Stands for the day of the edition: no page of a story may say it, for every day is another."""


@dataclass(frozen=True)
class StoryInputs:
    """The values that the pages of one story are rendered from."""

    story: ReleasedStory
    edition: Edition
    """The edition's own words, with what of its themes is about this story."""
    theme_paths: Mapping[str, str]
    """Path of the page of each of its themes."""
    answers: tuple[CarerAnswer, ...]
    """Other carers' answers that its page leads to."""
    search_themes: Mapping[str, str]
    """Key and words of each of its themes, as the search finds it by them."""

    def digest(self, pieces: Mapping[str, str]) -> str:
        """Return the hash over all of it. `pieces` are the hashes of the edition's stories."""
        parts = (
            _piece(pieces, self.story),
            self.edition,
            dict(self.theme_paths),
            [(_piece(pieces, answer.story), answer.chapter) for answer in self.answers],
            dict(self.search_themes),
        )
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def story_inputs(edition: Edition) -> Iterator[StoryInputs]:
    """Yield what the pages of each story of an edition are made from."""
    answers, paths = answers_by_question(edition), theme_paths(edition)
    search_themes: dict[str, dict[str, str]] = {story.page.id: {} for story in edition.stories}
    for choice in theme_choices(edition):
        for story in choice.stories:
            search_themes[story.page.id][choice.key] = choice.words
    bare = bare_edition(edition)
    for story in edition.stories:
        yield StoryInputs(
            story=story,
            edition=msgspec.structs.replace(bare, themes=_themes_about(edition, story)),
            theme_paths={theme: paths[theme] for theme in story.page.themes if theme in paths},
            answers=tuple(related_answers(story, answers)),
            search_themes=search_themes[story.page.id],
        )


def bare_edition(edition: Edition) -> Edition:
    """Return an edition with its own words alone; a preview, which is of one story, as it is."""
    if edition.preview:
        return edition
    return msgspec.structs.replace(edition, stories=(), plans=(), themes=(), on=_NO_DAY)


def _themes_about(edition: Edition, story: ReleasedStory) -> tuple[PublishedTheme, ...]:
    """Return the themes with moments of a story, and those moments alone."""
    about = []
    for theme in edition.themes:
        moments = tuple(moment for moment in theme.moments if moment.story == story.page.id)
        if moments:
            about.append(msgspec.structs.replace(theme, moments=moments))
    return tuple(about)


def _piece(pieces: Mapping[str, str], story: ReleasedStory) -> str:
    return pieces[f"story {story.page.id}"]
