"""The library page: ways to choose, a card a story, every theme, and what to know before."""

from __future__ import annotations

from publish.edition import Edition
from publish.render import icons, text
from publish.render.cards import card, row
from publish.render.document import Document
from publish.render.facets import THEMED, Choice, Shelf, keys_of, shelves_of
from publish.render.parts import edition_line
from publish.render.search import search_field
from publish.render.theme import told

MOST_CARDS = 24
"""Stories with a picture; those after them are rows, or a large library would be too heavy."""
MOST_PILLS = 14
"""Themes that are shown side by side; more of them are folded away."""
_INTRODUCTION = (
    "Short films in which carers tell, in their own words, what happened and what they would like "
    "staff to know."
)


def library_page(edition: Edition) -> Document:
    introduction = edition.library.introduction or _INTRODUCTION
    shelf = _shelf(edition) if edition.stories else _EMPTY
    body = f"""<div class="library" data-library>
<header class="welcome">
<p class="eyebrow" dir="auto">{text.html_text(edition.library.trust)}</p>
<h1>Hear it from carers</h1>
<div class="lede">{text.lines(introduction)}</div>
<p class="welcome-facts">{_facts(edition)}</p>
</header>
{shelf}
{_BEFORE_YOU_BEGIN}
</div>"""
    return Document(
        title=text.plain(edition.library.title),
        description=text.plain(introduction),
        body=body,
        scripts=("library.js", "search-field.js") if edition.stories else (),
    )


_EMPTY = """<section class="empty-shelf" aria-labelledby="empty-title">
<h2 id="empty-title">The first story is on its way</h2>
<p>No story has been released for this library yet. A story appears here once the person who told
it has watched it and agreed, and an editor has approved it. That takes the time it takes.</p>
<p><a href="about.html">How stories are made and looked after</a></p>
</section>"""

_BEFORE_YOU_BEGIN = f"""<section class="three-steps" aria-labelledby="begin-title">
<h2 id="begin-title">Before you begin</h2>
<ul>
<li>{icons.EAR}<h3>Give it your time</h3><p>A story takes only minutes, but it needs quiet. Close
the other windows, and listen to the end.</p></li>
<li>{icons.TEAM}<h3>Listen together</h3><p>Each story comes with questions for a team meeting,
supervision or induction. <a href="using-a-story.html">How to use a story with a team</a></p></li>
<li>{icons.HAND}<h3>Look after yourself</h3><p>You may recognise something of your own life. You can
stop at any time. <a href="support.html">Where to find support</a></p></li>
</ul>
</section>"""


def _facts(edition: Edition) -> str:
    return told(edition.stories) if edition.stories else edition_line(edition)


def _shelf(edition: Edition) -> str:
    shelves = shelves_of(edition)
    keys = {story: " ".join(found) for story, found in keys_of(shelves).items()}
    first, rest = edition.stories[:MOST_CARDS], edition.stories[MOST_CARDS:]
    cards = "".join(card(one, keys=keys.get(one.page.id, "")) for one in first)
    rows = "".join(row(one, keys=keys.get(one.page.id, "-")) for one in rest)
    more = f'<ul class="rows" data-cards>{rows}</ul>' if rows else ""
    return f"""<section class="shelf" aria-labelledby="stories-title">
{search_field()}
<h2 id="stories-title">Stories</h2>
{_filters(shelves)}
<ul class="cards" data-cards>{cards}</ul>
{more}
</section>
{_themes(shelves)}"""


def _filters(shelves: tuple[Shelf, ...]) -> str:
    """Links to the pages of every choice; the script makes them filters of the cards."""
    groups = "".join(_filter(shelf) for shelf in shelves if shelf.choices)
    if not groups:
        return ""
    return f"""<nav class="filters" aria-label="Ways to choose a story" data-filters>{groups}</nav>
<p class="filter-said" role="status" data-filter-said></p>"""


def _filter(shelf: Shelf) -> str:
    links = "".join(
        f'<li><a href="{choice.page}" data-key="{choice.key}">{text.bdi(choice.words)}</a></li>'
        for choice in shelf.choices
    )
    if shelf.name == "theme" and len(shelf.choices) <= MOST_PILLS:
        return (
            f'<div class="filter themes" data-shelf="{shelf.name}"><h3>Themes</h3>'
            f"<ul>{links}</ul></div>"
        )
    return (
        f'<details class="filter" data-shelf="{shelf.name}">'
        f"<summary>{shelf.title}</summary><ul>{links}</ul></details>"
    )


def _themes(shelves: tuple[Shelf, ...]) -> str:
    """Every theme with what it is about."""
    parts = []
    for shelf, title in zip(shelves[: len(THEMED)], ("Themes", "Services"), strict=True):
        if shelf.choices:
            items = "".join(_theme(choice) for choice in shelf.choices)
            parts.append(
                f'<section class="by-theme" aria-labelledby="{shelf.name}s-title">'
                f'<h2 id="{shelf.name}s-title">{title}</h2>'
                f'<ul class="theme-groups">{items}</ul></section>'
            )
    return "".join(parts)


def _theme(choice: Choice) -> str:
    about = choice.shown.about if choice.shown else ""
    said = f'<p dir="auto">{text.html_text(about)}</p>' if about else ""
    count = text.counted(len(choice.stories), "story", "stories")
    return (
        f'<li id="{choice.key}"><h3><a href="{choice.page}" dir="auto">'
        f'{text.html_text(choice.words)}</a></h3>{said}<p class="quiet">{count}</p></li>'
    )
