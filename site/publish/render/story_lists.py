"""Long lists of stories: in pages, with headings between them, and as data for a script.

A few stories are cards on one page. More are rows on pages of their own, which need no script; the
script of the library page, which filters and orders all at once, reads them from `STORIES_SCRIPT`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

from library.core.days import MONTHS
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facets import THEME_FACETS, Facet, keys_by_story
from publish.render.facts import kind_and_length

MAX_CARDS = 12
"""Stories that are shown as cards with their pictures; a longer list is one of rows."""
ROWS_PER_PAGE = 30
"""Rows on one page at most: about four screens of a desk, nine of a phone."""
STORIES_SCRIPT = "browse/stories.js"
"""Path in the site of the data of all rows."""
_LOADER_FUNCTION = "carerStoriesList"
_NEW_DAYS = (92, 31, 7)
"""Days of which the stories are called new: a quarter, for that is how often a team comes back;
fewer where most stories came in it, for what most of them are says nothing."""
_STORIES_PER_HEADING = 4
"""With fewer under each of them, headings within a list only make it longer."""
_NEAR_PAGES = 2
"""Numbers of pages that are shown on either side of the one that is open."""
_SIGNS = "!#$%()*+,-.:;=?@"
"""Sixteen signs that spell no word and no number, and need no encoding in a page."""
Heading = Callable[[ReleasedStory], str]


@dataclass(frozen=True)
class StoryGroup:
    """Stories that follow one another in a list under one heading, which may be empty."""

    heading: str
    stories: tuple[ReleasedStory, ...]


@dataclass(frozen=True)
class ListPage:
    """One page of a list: its stories, and the paths of all pages of the list, its own included."""

    number: int
    """From 1."""
    groups: tuple[StoryGroup, ...]
    first: int
    """Place in the whole list of its first story, from 1."""
    total: int
    """Stories of the whole list."""
    paths: tuple[str, ...]

    @property
    def stories(self) -> tuple[ReleasedStory, ...]:
        return tuple(story for group in self.groups for story in group.stories)

    @property
    def last(self) -> int:
        """Place in the whole list of its last story."""
        return self.first + len(self.stories) - 1

    @property
    def path(self) -> str:
        return self.paths[self.number - 1]

    @property
    def before(self) -> str:
        """Path of the page before it, or nothing."""
        return self.paths[self.number - 2] if self.number > 1 else ""

    @property
    def after(self) -> str:
        """Path of the next page, or nothing."""
        return self.paths[self.number] if self.number < len(self.paths) else ""

    @property
    def numbers(self) -> list[int]:
        """Numbers of the pages to link to: the first, the last and those near it; 0 for a gap."""
        shown: list[int] = []
        for number in range(1, len(self.paths) + 1):
            is_near = abs(number - self.number) <= _NEAR_PAGES
            if is_near or number in (1, len(self.paths)):
                shown.append(number)
            elif shown[-1]:
                shown.append(0)
        return shown


def list_pages(
    stories: Sequence[ReleasedStory],
    stem: str,
    *,
    first_path: str = "",
    heading: Heading = lambda _story: "",
) -> tuple[ListPage, ...]:
    """Return the pages of a list: `STEM-2.html` and on, after `first_path` or `STEM-1.html`.

    Pages are filled evenly, so that none is left with a single story. An empty list has one page.
    """
    total = len(stories)
    count = max(1, -(-total // ROWS_PER_PAGE))
    paths = (first_path or f"{stem}-1.html", *(f"{stem}-{at}.html" for at in range(2, count + 1)))
    edges = [total * number // count for number in range(count + 1)]
    return tuple(
        ListPage(
            number=number,
            groups=_groups(stories[start:end], heading),
            first=start + 1,
            total=total,
            paths=paths,
        )
        for number, (start, end) in enumerate(pairwise(edges), start=1)
    )


def _groups(stories: Iterable[ReleasedStory], heading: Heading) -> tuple[StoryGroup, ...]:
    return tuple(StoryGroup(words, tuple(under)) for words, under in groupby(stories, heading))


def by_title(stories: Iterable[ReleasedStory]) -> tuple[ReleasedStory, ...]:
    """Return stories by the alphabet: accents, capitals and quotation marks count for nothing."""
    return tuple(sorted(stories, key=lambda story: _title_key(story.page.title)))


def by_length(stories: Iterable[ReleasedStory]) -> tuple[ReleasedStory, ...]:
    """Return stories by the minutes that are shown beside them, the shortest first."""
    # `sorted` is stable: of one length they are by the alphabet.
    return tuple(
        sorted(by_title(stories), key=lambda story: text.listening_minutes(story.page.duration))
    )


def since_heading(stories: Collection[ReleasedStory]) -> Heading:
    """Return the heading of a story by when it came: its month; its year where few came in each."""
    return _useful_heading(stories, _month, _year)


def letter_heading(stories: Collection[ReleasedStory]) -> Heading:
    """Return the heading of a story by its title: its first letter, where enough share one."""
    return _useful_heading(stories, _letter)


def _useful_heading(stories: Collection[ReleasedStory], *headings: Heading) -> Heading:
    for heading in headings:
        different = len({heading(story) for story in stories})
        if 1 < different <= len(stories) / _STORIES_PER_HEADING:
            return heading
    return lambda _story: ""


def _month(story: ReleasedStory) -> str:
    return f"{MONTHS[story.released.month - 1]} {story.released.year}"


def _year(story: ReleasedStory) -> str:
    return str(story.released.year)


def _letter(story: ReleasedStory) -> str:
    start = _title_key(story.page.title)[:1].upper()
    return start if start.isalpha() else "Other titles"


def _title_key(title: str) -> str:
    # Signs and accents apart, so that “Nobody asked” stands beside Nobody asked.
    parts = unicodedata.normalize("NFKD", text.plain(title)).casefold()
    return "".join(part for part in parts if part.isalnum() or part == " ").strip()


@dataclass(frozen=True)
class NewStories:
    """The stories that came lately, the newest first, and the day of the first of them."""

    stories: tuple[ReleasedStory, ...]
    since: date


def new_stories(edition: Edition) -> NewStories | None:
    """Return the stories of the last quarter before the edition’s day, or of a shorter time.

    They are half of all at most. None where no such time has any.
    """
    newest_first = sorted(edition.stories, key=lambda story: story.released, reverse=True)
    for days in _NEW_DAYS:
        after = edition.on - timedelta(days=days)
        came = tuple(story for story in newest_first if story.released > after)
        if came and 2 * len(came) <= len(newest_first):
            return NewStories(came, came[-1].released)
    return None


def themes_by_story(facets: Iterable[Facet]) -> dict[str, tuple[str, ...]]:
    """Return for each story id its themes and services, as people read them."""
    words: dict[str, tuple[str, ...]] = {}
    for facet in facets:
        for choice in facet.choices if facet.name in THEME_FACETS else ():
            for story in choice.stories:
                words[story.page.id] = (*words.get(story.page.id, ()), choice.words)
    return words


def is_long(stories: Collection[ReleasedStory]) -> bool:
    """Return True for a list that is one of rows, on pages of its own."""
    return len(stories) > MAX_CARDS


def stories_script(edition: Edition, facets: Collection[Facet]) -> tuple[str, str]:
    """Return the data of every row as a script, and the mark that names its build.

    A browser loads a classic script from a file just as from a server. The page asks for the mark,
    so that a script which a browser kept from an earlier build lists nothing that was taken away.
    """
    keys, new = keys_by_story(facets), new_stories(edition)
    new_ids = {story.page.id for story in new.stories} if new else set()
    since, letter = since_heading(edition.stories), letter_heading(edition.stories)
    data = {
        "stories": [
            _row_data(story, keys, new_ids, (since(story), letter(story)))
            for story in edition.stories
        ],
        "byTitle": " ".join(story.page.id for story in by_title(edition.stories)),
    }
    written = text.json_data(data)
    mark = _build_mark(written)
    return f'{_LOADER_FUNCTION}("{mark}",{written});\n', mark


def _row_data(
    story: ReleasedStory,
    keys: Mapping[str, str],
    new_ids: Collection[str],
    headings: tuple[str, str],
) -> list[object]:
    """Return what the row of a story shows, in the order in which story-list.js reads it."""
    page = story.page
    return [
        page.id,
        page.title,
        page.contributor,
        kind_and_length(story),
        page.content_note,
        keys.get(page.id, ""),
        page.id in new_ids,
        story.review.isoformat(),
        *headings,
    ]


def _build_mark(written: str) -> str:
    digest = hashlib.sha256(written.encode()).digest()[:10]
    return "".join(_SIGNS[byte >> 4] + _SIGNS[byte & 15] for byte in digest)


def story_list_files(edition: Edition, facets: Collection[Facet]) -> Iterator[tuple[str, str]]:
    """Yield the script of a long library’s rows, by its path in the site; none for a short one."""
    if is_long(edition.stories) and not edition.preview:
        yield STORIES_SCRIPT, stories_script(edition, facets)[0]
