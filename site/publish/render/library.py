"""The library page, the pages of every theme and other choice, and the search page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from films.page_text import PageChapter, PageParagraph
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facets import (
    THEME_FACETS,
    Facet,
    FacetChoice,
    facets_of,
    keys_by_story,
    theme_choices,
)
from publish.render.facts import (
    MIN_QUOTE_CHARACTERS,
    answered_chapters,
    count_and_length,
    edition_line,
    is_interviewer,
    quote,
    review_of,
)
from publish.render.templating import Document, render_template
from publish.themes import MAX_MOMENTS, theme_key
from publish.training.published import PublishedPlan, plan_path

SEARCH_PAGE = "search.html"
_SEARCH_SCRIPTS = ("search-words.js", "search-lists.js", "search-index.js", "search.js")
_MAX_LIBRARY_CARDS = 24
"""Stories with a picture; those after them are rows, or a large library would be too heavy."""
_MAX_PILLS = 14
"""Themes that are shown side by side; more of them are folded away."""
_MAX_THEME_CARDS = 12
_MAX_QUESTIONS = 8
_MAX_RELATED_THEMES = 8
_MIN_MOMENTS = 3
_MOMENTS_PER_STORY = 2
"""Moments that are taken from one story while others have some as well."""
_INTRODUCTION = (
    "Short films in which carers tell, in their own words, what happened and what they would like "
    "staff to know."
)
_OTHER_CHOICES = {
    "question": "Other questions",
    "length": "Other lengths",
    "audience": "Stories for others",
}


@dataclass(frozen=True)
class QuotedMoment:
    """A paragraph of a story that a theme's page quotes."""

    story: ReleasedStory
    chapter: PageChapter
    paragraph: PageParagraph


def library_page(edition: Edition) -> Document:
    """Return the first page: ways to choose, a card a story, every theme."""
    introduction = edition.library.introduction or _INTRODUCTION
    facets = facets_of(edition)
    stories = edition.stories
    body = render_template(
        "library.html",
        edition=edition,
        introduction=introduction,
        facts=count_and_length(stories) if stories else edition_line(edition),
        facets=facets,
        keys=keys_by_story(facets),
        cards=stories[:_MAX_LIBRARY_CARDS],
        rows=stories[_MAX_LIBRARY_CARDS:],
        MOST_PILLS=_MAX_PILLS,
    )
    return Document(
        title=text.plain(edition.library.title),
        description=text.plain(introduction),
        body=body,
        scripts=("library.js", "search-field.js") if stories else (),
        review=review_of(stories, edition),
    )


def search_page(edition: Edition) -> Document:
    """Return the page to look for what carers said."""
    return Document(
        title="Find a moment",
        description="Look for what carers said, and hear it from there.",
        body=render_template("search.html", themes=theme_choices(edition)),
        scripts=_SEARCH_SCRIPTS,
    )


def facet_pages(edition: Edition, rendered: Collection[str]) -> dict[str, Document]:
    """Return a page for every choice of every facet, by its path.

    `rendered` are the paths of pages to link to.
    """
    facets = facets_of(edition)
    themes = [choice for facet in facets if facet.name in THEME_FACETS for choice in facet.choices]
    plans = [plan for plan in edition.plans if plan_path(plan.id) in rendered]
    return {
        choice.page: (
            _theme_page(choice, themes, plans, edition)
            if facet.name in THEME_FACETS
            else _choice_page(facet, choice, edition)
        )
        for facet in facets
        for choice in facet.choices
    }


def _theme_page(
    theme: FacetChoice,
    themes: Iterable[FacetChoice],
    plans: Iterable[PublishedPlan],
    edition: Edition,
) -> Document:
    """Return a theme's page; `themes` and `plans` are those of the edition that have pages."""
    title = text.plain(theme.words)
    ids = {story.page.id for story in theme.stories}
    body = render_template(
        "theme.html",
        theme=theme,
        review=review_of(theme.stories, edition),
        moments=_theme_moments(theme),
        cards=theme.stories[:_MAX_THEME_CARDS],
        rows=theme.stories[_MAX_THEME_CARDS:],
        questions=_reflection_questions(theme),
        plans=[plan for plan in plans if ids & set(plan.stories)],
        related_themes=_related_themes(theme, themes),
    )
    description = text.plain(theme.about) or f"Carers’ stories about {title}"
    return Document(
        title=title,
        description=description,
        body=body,
        review=review_of(theme.stories, edition),
    )


def _choice_page(facet: Facet, choice: FacetChoice, edition: Edition) -> Document:
    title = text.plain(choice.words)
    body = render_template("choice.html", facet=facet, choice=choice, OTHER_CHOICES=_OTHER_CHOICES)
    return Document(
        title=title,
        description=f"Carers’ stories: {title}",
        body=body,
        review=review_of(choice.stories, edition),
    )


def _theme_moments(theme: FacetChoice) -> list[QuotedMoment]:
    """Return what editors chose; else the first answers that can stand alone.

    These come from as many stories as there are, those to questions about the theme before others.
    """
    chosen = list(_chosen_moments(theme))
    if len(chosen) >= _MIN_MOMENTS:
        return chosen[:MAX_MOMENTS]
    # One of each story in turn, so that no story takes the whole page.
    by_story = [list(_quotable_moments(story, theme)) for story in theme.stories[:MAX_MOMENTS]]
    others = (
        moment
        for moments in zip_longest(*by_story)
        for moment in moments
        if moment and moment not in chosen
    )
    enough = min(max(_MOMENTS_PER_STORY * len(by_story), _MIN_MOMENTS), MAX_MOMENTS)
    return [*chosen, *islice(others, enough - len(chosen))]


def _chosen_moments(theme: FacetChoice) -> Iterator[QuotedMoment]:
    stories = {story.page.id: story for story in theme.stories}
    for moment in theme.theme.moments if theme.theme else ():
        story = stories.get(moment.story)
        for chapter in story.page.chapters if story else ():
            for paragraph in chapter.paragraphs:
                if story and paragraph.start == moment.start:
                    yield QuotedMoment(story, chapter, paragraph)


def _quotable_moments(story: ReleasedStory, theme: FacetChoice) -> Iterator[QuotedMoment]:
    """Yield an answer to each question of a story, those about the theme first."""
    key = theme_key(theme.words)
    chapters = [chapter for _, chapter in answered_chapters(story)]
    # False comes before True: chapters about the theme first, else as they are told.
    chapters.sort(key=lambda chapter: key not in theme_key(f"{chapter.id} {chapter.title}"))
    for chapter in chapters:
        for paragraph in chapter.paragraphs:
            if _can_stand_alone(paragraph):
                yield QuotedMoment(story, chapter, paragraph)
                break


def _can_stand_alone(paragraph: PageParagraph) -> bool:
    """Return True for what the contributor says, long enough, from a sentence's start, no gap."""
    words = text.plain(paragraph.text)
    return (
        not is_interviewer(paragraph.speaker)
        and len(words) >= MIN_QUOTE_CHARACTERS
        and not words[0].islower()
        and "…" not in quote(words).removesuffix("…")
    )


def _reflection_questions(theme: FacetChoice) -> list[str]:
    """Return what the stories’ own question sets ask staff, each question once."""
    questions = dict.fromkeys(
        question
        for story in theme.stories
        for _, chapter in answered_chapters(story)
        for question in chapter.reflection
    )
    return list(islice(questions, _MAX_QUESTIONS))


def _related_themes(theme: FacetChoice, themes: Iterable[FacetChoice]) -> list[FacetChoice]:
    """Return the themes that share stories with this one, those that share most first."""
    ids = {story.page.id for story in theme.stories}
    shared = [
        (len(ids & {story.page.id for story in other.stories}), other)
        for other in themes
        if other.key != theme.key
    ]
    shared.sort(key=lambda pair: -pair[0])
    return [other for count, other in shared if count][:_MAX_RELATED_THEMES]
