"""The library page and its lists, the pages of every theme and other choice, the search page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from markupsafe import Markup

from films.page_text import PageChapter, PageParagraph
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facets import (
    THEME_FACETS,
    Facet,
    FacetChoice,
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
from publish.render.story_lists import (
    ROWS_PER_PAGE,
    STORIES_SCRIPT,
    ListPage,
    by_length,
    by_title,
    is_long,
    letter_heading,
    list_pages,
    new_stories,
    since_heading,
    stories_script,
    themes_by_story,
)
from publish.render.templating import Document, render_macro, render_template
from publish.themes import MAX_MOMENTS, theme_key
from publish.training.published import PublishedPlan, plan_path

SEARCH_PAGE = "search.html"
_LIBRARY_PAGE = "index.html"
_THEMES_PAGE = "all-themes.html"
"""Every theme with what it is about, where the library page lists its stories in rows."""
_TITLES_STEM = "browse/title"
_SEARCH_SCRIPTS = (
    "search-words.js",
    "search-lists.js",
    "search-query.js",
    "search-index.js",
    "search.js",
)
_MAX_PILLS = 14
"""Themes that are shown side by side; more of them are folded away."""
_MAX_NEW_CARDS = 3
_MAX_PLANS = 6
_MAX_OTHER_CHOICES = 12
"""Sessions and other choices that are named at the foot of a page; more of them are folded away."""
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


@dataclass(frozen=True)
class StoryRows:
    """The words and the HTML of the rows of an edition’s stories, by the story’s id."""

    themes: dict[str, tuple[str, ...]]
    new: frozenset[str]
    """Ids of the stories that came lately."""
    encoded: dict[str, Markup]
    """The row as HTML, for the pages one folder below the root: many lists hold the same story."""


def story_rows(edition: Edition, facets: Iterable[Facet]) -> StoryRows:
    """Return the rows of an edition’s stories."""
    themes, new = themes_by_story(facets), new_stories(edition)
    ids = frozenset(story.page.id for story in new.stories) if new else frozenset()
    encoded = {
        story.page.id: render_macro(
            "parts.html",
            "row",
            story,
            "../",
            themes.get(story.page.id, ()),
            story.page.id in ids,
        )
        for story in edition.stories
    }
    return StoryRows(themes, ids, encoded)


def library_page(edition: Edition, facets: Collection[Facet], rows: StoryRows) -> Document:
    """Return the first page: ways to choose, a card a story, every theme.

    Of many stories the newest few are cards, and the first page of all of them is rows.
    """
    introduction = edition.library.introduction or _INTRODUCTION
    stories = edition.stories
    values = {
        "edition": edition,
        "introduction": introduction,
        "facts": count_and_length(stories) if stories else edition_line(edition),
        "facets": facets,
        "MOST_PILLS": _MAX_PILLS,
        "rows": rows,
    }
    if is_long(stories):
        new = new_stories(edition)
        body = render_template(
            "long_library.html",
            **values,
            page=library_list_pages(edition)[0],
            orders=_orders(facets),
            new=new,
            new_cards=new.stories[:_MAX_NEW_CARDS] if new else (),
            THEMES_PAGE=_THEMES_PAGE,
            STORIES_SCRIPT=STORIES_SCRIPT,
            ROWS_PER_PAGE=ROWS_PER_PAGE,
            build_mark=stories_script(edition, facets)[1],
        )
    else:
        body = render_template("library.html", **values, keys=keys_by_story(facets))
    return Document(
        title=text.plain(edition.library.title),
        description=text.plain(introduction),
        body=body,
        scripts=_library_scripts(stories),
        review=review_of(stories, edition),
    )


def _library_scripts(stories: Collection[ReleasedStory]) -> tuple[str, ...]:
    if not stories:
        return ()
    return (
        ("story-list.js", "library.js", "search-field.js")
        if is_long(stories)
        else ("library.js", "search-field.js")
    )


def library_list_pages(edition: Edition) -> tuple[ListPage, ...]:
    """Return the pages of the list of all stories, the newest first; the first is the library’s."""
    return list_pages(
        edition.stories,
        "browse/newest",
        first_path=_LIBRARY_PAGE,
        heading=since_heading(edition.stories),
    )


@dataclass(frozen=True)
class _Order:
    """An order in which all stories can be read, and its first page."""

    words: str
    path: str


def _orders(facets: Iterable[Facet]) -> tuple[_Order, ...]:
    """Return the orders of a long library. That of length has its pages as a facet."""
    lengths = next((facet for facet in facets if facet.name == "length"), None)
    return (
        _Order("Newest first", _LIBRARY_PAGE),
        _Order("By title", f"{_TITLES_STEM}-1.html"),
        *([_Order("By length", lengths.choices[0].page)] if lengths else ()),
    )


def list_documents(
    edition: Edition, facets: Collection[Facet], rows: StoryRows
) -> dict[str, Document]:
    """Return the further pages of a long library, by their path: newest, by title, all themes."""
    if not is_long(edition.stories):
        return {}
    titles = by_title(edition.stories)
    heading = letter_heading(titles)
    title_pages = list_pages(titles, _TITLES_STEM, heading=heading)
    letters: dict[str, str] = {}
    for page in title_pages:
        for group in page.groups:
            letters.setdefault(group.heading, f"{page.path}#{_letter_name(group.heading)}")
    orders = _orders(facets)
    documents = {
        page.path: _list_page(
            edition, page, rows, title="All stories", how="newest first", orders=orders
        )
        for page in library_list_pages(edition)[1:]
    }
    documents |= {
        page.path: _list_page(
            edition,
            page,
            rows,
            title="All stories",
            how="by title",
            orders=orders,
            letters=letters if len(letters) > 1 else {},
        )
        for page in title_pages
    }
    themes = [facet for facet in facets if facet.name in THEME_FACETS and facet.choices]
    if themes:
        documents[_THEMES_PAGE] = _themes_page(themes)
    return documents


def _letter_name(heading: str) -> str:
    return f"letter-{text.slug(heading) or ord(heading[:1] or ' ')}"


def _list_page(
    edition: Edition, page: ListPage, rows: StoryRows, *, title: str, how: str, **values: object
) -> Document:
    """Return one page of a list of stories that nothing but rows stand on."""
    body = render_template(
        "story_list.html",
        page=page,
        rows=rows,
        title=title,
        how=how,
        letter_name=_letter_name,
        **{"choice": None, "orders": (), "letters": {}, **values},
    )
    name = text.plain(title)
    return Document(
        title=f"{name}, page {page.number} of {len(page.paths)}",
        description=f"{name}, {how}: {page.first} to {page.last} of {page.total}",
        body=body,
        review=review_of(page.stories, edition),
    )


def _themes_page(facets: Sequence[Facet]) -> Document:
    return Document(
        title="Themes",
        description="Every theme of the carers’ stories, and how many stories there are on each.",
        body=render_template("all_themes.html", facets=facets),
    )


def search_page(edition: Edition) -> Document:
    """Return the page to look for what carers said."""
    return Document(
        title="Search",
        description="Look for what carers said, and hear it from there.",
        body=render_template("search.html", themes=theme_choices(edition)),
        scripts=_SEARCH_SCRIPTS,
    )


def facet_pages(
    edition: Edition, facets: Collection[Facet], rows: StoryRows, rendered: Collection[str]
) -> dict[str, Document]:
    """Return the pages of every choice of every facet, by their path.

    `rendered` are the paths of pages to link to.
    """
    themes = [choice for facet in facets if facet.name in THEME_FACETS for choice in facet.choices]
    plans = [plan for plan in edition.plans if plan_path(plan.id) in rendered]
    documents: dict[str, Document] = {}
    for facet in facets:
        links = {
            choice.key: render_macro("list_parts.html", "choice_link", choice, "../")
            for choice in facet.choices
        }
        for choice in facet.choices:
            # Made once: each of a hundred questions names all the others.
            others = [link for key, link in links.items() if key != choice.key]
            stories = by_length(choice.stories) if facet.name == "length" else choice.stories
            # Under its key, which no other list has: a theme may be called “Hope 2”.
            pages = list_pages(stories, f"browse/{choice.key}", first_path=choice.page)
            if facet.name in THEME_FACETS:
                documents[choice.page] = _theme_page(choice, pages, themes, plans, edition, rows)
                documents |= {
                    page.path: _list_page(
                        edition, page, rows, title=choice.words, how="newest first", choice=choice
                    )
                    for page in pages[1:]
                }
            else:
                documents |= {
                    page.path: _choice_page(facet, choice, page, edition, rows, others)
                    for page in pages
                }
    return documents


def _theme_page(
    theme: FacetChoice,
    pages: Sequence[ListPage],
    themes: Iterable[FacetChoice],
    plans: Iterable[PublishedPlan],
    edition: Edition,
    rows: StoryRows,
) -> Document:
    """Return a theme's page; `themes` and `plans` are those of the edition that have pages."""
    title = text.plain(theme.words)
    ids = {story.page.id for story in theme.stories}
    body = render_template(
        "theme.html",
        theme=theme,
        review=review_of(theme.stories, edition),
        moments=_theme_moments(theme),
        is_long=is_long(theme.stories),
        page=pages[0],
        rows=rows,
        questions=_reflection_questions(theme),
        plans=[plan for plan in plans if ids & set(plan.stories)],
        MOST_PLANS=_MAX_PLANS,
        related_themes=_related_themes(theme, themes),
        themes_page=_THEMES_PAGE if is_long(edition.stories) else "",
    )
    description = text.plain(theme.about) or f"Carers’ stories about {title}"
    return Document(
        title=title,
        description=description,
        body=body,
        review=review_of(theme.stories, edition),
    )


def _choice_page(
    facet: Facet,
    choice: FacetChoice,
    page: ListPage,
    edition: Edition,
    rows: StoryRows,
    others: Sequence[Markup],
) -> Document:
    title = text.plain(choice.words)
    body = render_template(
        "choice.html",
        facet=facet,
        choice=choice,
        page=page,
        rows=rows,
        others=others,
        OTHER_CHOICES=_OTHER_CHOICES,
        MOST_OTHERS=_MAX_OTHER_CHOICES,
    )
    return Document(
        title=title if page.number == 1 else f"{title}, page {page.number} of {len(page.paths)}",
        description=f"Carers’ stories: {title}",
        body=body,
        review=review_of(page.stories, edition),
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
