"""The library page: a card a story, and every theme with its stories."""

from __future__ import annotations

from publish.edition import Edition, ReleasedStory
from publish.render import icons, text
from publish.render.document import Document
from publish.render.parts import edition_line, has_file, kind_and_length

_INTRODUCTION = (
    "Short films and recordings in which carers tell, in their own words, what happened "
    "and what they would like staff to know."
)


def library_page(edition: Edition, themes: dict[str, str]) -> Document:
    """`themes` maps each theme to its fragment name (`parts.theme_ids`)."""
    introduction = edition.library.introduction or _INTRODUCTION
    shelf = _shelf(edition, themes) if edition.stories else _EMPTY
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
        scripts=("library.js",) if edition.stories else (),
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
    if not edition.stories:
        return edition_line(edition)
    total = sum(story.page.duration for story in edition.stories)
    count = text.counted(len(edition.stories), "story", "stories")
    return f"{count}, {text.length(total)} in all"


def _shelf(edition: Edition, themes: dict[str, str]) -> str:
    cards = "".join(card(story, themes) for story in edition.stories)
    return f"""<section class="shelf" aria-labelledby="stories-title">
<h2 id="stories-title">Stories</h2>
{_filters(themes)}
<p class="filter-said" role="status" data-filter-said></p>
<ul class="cards" data-cards>{cards}</ul>
</section>
{by_theme(edition, themes)}"""


def _filters(themes: dict[str, str]) -> str:
    """Links to the themes further down; the script makes them filters of the cards."""
    if not themes:
        return ""
    links = "".join(
        f'<li><a href="#{name}" data-theme="{name}">{text.bdi(text.theme_words(theme))}</a></li>'
        for theme, name in themes.items()
    )
    return (
        '<nav class="themes" aria-labelledby="themes-title" data-filters>'
        f'<h3 id="themes-title">Themes</h3><ul>{links}</ul></nav>'
    )


def card(story: ReleasedStory, themes: dict[str, str]) -> str:
    """The story as one of many, with what helps to choose it."""
    page = story.page
    names = " ".join(themes[theme] for theme in page.themes if theme in themes)
    told = (
        f'<p class="card-by">Told by {text.bdi(page.contributor)}</p>' if page.contributor else ""
    )
    note = (
        f'<p class="card-note">{icons.NOTE}<span>Content note: '
        f"{text.bdi(page.content_note)}</span></p>"
        if page.content_note
        else ""
    )
    themed = "".join(f"<li>{text.bdi(text.theme_words(theme))}</li>" for theme in page.themes)
    tags = f'<ul class="tags" aria-label="Themes">{themed}</ul>' if themed else ""
    icon = icons.FILM if page.kind == "video" else icons.SOUND
    return f"""<li class="card" data-card data-themes="{names}">
<div class="card-picture">{_picture(story)}
<p class="card-kind">{icon}<span>{kind_and_length(story)}</span></p></div>
<div class="card-words">
<h3><a href="stories/{page.id}.html" dir="auto">{text.html_text(page.title)}</a></h3>
{told}
<p class="card-summary" dir="auto">{text.html_text(page.summary)}</p>
{note}
{tags}
<p class="card-use">{icons.KEY}<span>{text.bdi(story.level_of_use)}</span></p>
</div></li>"""


def _picture(story: ReleasedStory) -> str:
    if not has_file(story, "poster.jpg"):
        return '<div class="no-picture"></div>'
    source = f"stories/{story.page.id}/poster.jpg"
    return f'<img src="{source}" alt="" loading="lazy" decoding="async">'


def by_theme(edition: Edition, themes: dict[str, str]) -> str:
    """Every theme with links to its stories."""
    if not themes:
        return ""
    groups = []
    for theme, name in themes.items():
        stories = [story for story in edition.stories if theme in story.page.themes]
        links = "".join(
            f'<li><a href="stories/{story.page.id}.html" dir="auto">'
            f"{text.html_text(story.page.title)}</a> "
            f'<span class="quiet">{kind_and_length(story)}</span></li>'
            for story in stories
        )
        groups.append(
            f'<section id="{name}" tabindex="-1"><h3 dir="auto">'
            f"{text.html_text(text.theme_words(theme))}</h3><ul>{links}</ul></section>"
        )
    return (
        '<section class="by-theme" aria-labelledby="by-theme-title">'
        f'<h2 id="by-theme-title">By theme</h2><div class="theme-groups">{"".join(groups)}</div>'
        "</section>"
    )
