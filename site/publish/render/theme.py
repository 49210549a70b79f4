"""A theme’s page: what it is about, moments to begin with, every story, what to ask, what to do.

The pages of the other shelves (a question, a length, whom it is for) are simpler and here as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest

from films.page_text import Chapter, Paragraph
from library.core.timecode import clock
from publish.edition import Edition, ReleasedStory
from publish.render import icons, text
from publish.render.cards import card, link, row
from publish.render.document import Document
from publish.render.facets import THEMED, Choice, Shelf, chapters_asked, shelves_of
from publish.themes import MOST_MOMENTS, theme_key
from publish.training.published import PublishedPlan, plan_path

_FEWEST_MOMENTS = 3
_OF_A_STORY = 2
"""Moments that are taken from one story while others have some as well."""
_LONGEST_QUOTE = 240
_SHORTEST_QUOTE = 20
"""Characters: what is shorter says little by itself."""
_MOST_QUESTIONS = 8
_MOST_CARDS = 12
_INTERVIEWER = "interviewer"
_OTHERS = {
    "question": "Other questions",
    "length": "Other lengths",
    "audience": "Stories for others",
}
_SENTENCE_ENDS = ("? ", "! ", ". ", "… ")


@dataclass(frozen=True)
class Quoted:
    """A moment with the words that stand on the page."""

    story: ReleasedStory
    chapter: Chapter
    paragraph: Paragraph


def shelf_pages(edition: Edition, made: Collection[str]) -> dict[str, Document]:
    """A page for every choice of every shelf; `made` are the paths of pages to link to."""
    pages = {}
    shelves = shelves_of(edition)
    themes = [one for shelf in shelves if shelf.name in THEMED for one in shelf.choices]
    for shelf in shelves:
        for choice in shelf.choices:
            pages[choice.page] = (
                theme_page(choice, edition, themes, made)
                if shelf.name in THEMED
                else shelf_page(shelf, choice)
            )
    return pages


def theme_page(
    choice: Choice, edition: Edition, themes: Iterable[Choice], made: Collection[str]
) -> Document:
    """`themes` are all of the edition, `made` the paths of pages that there are to link to."""
    title = text.plain(choice.words)
    about = choice.shown.about if choice.shown else ""
    lede = f'<p class="lede" dir="auto">{text.html_text(about)}</p>' if about else ""
    body = f"""<div class="library theme">
<header class="page-head">
<p class="back"><a href="../index.html">All stories</a></p>
<p class="eyebrow">{"Service" if _is_service(choice) else "Theme"}</p>
<h1 dir="auto">{text.html_text(choice.words)}</h1>
{lede}
<p class="quiet">{told(choice.stories)}</p>
</header>
{_moments(choice)}
{_stories(choice)}
{_questions(choice)}
{_sessions(choice, edition.plans, made)}
{_beside(choice, themes)}
</div>"""
    description = text.plain(about) or f"Carers’ stories about {title}"
    return Document(title=title, description=description, body=body)


def shelf_page(shelf: Shelf, choice: Choice) -> Document:
    """The stories of one choice of another shelf; a question’s with a way to each answer."""
    title = text.plain(choice.words)
    if shelf.name == "question":
        rows = "".join(_answer(story, choice.words) for story in choice.stories)
    else:
        rows = "".join(row(story, up="../") for story in choice.stories)
    others = "".join(
        f'<li><a href="../{one.page}" dir="auto">{text.html_text(one.words)}</a></li>'
        for one in shelf.choices
        if one is not choice
    )
    body = f"""<div class="library theme">
<header class="page-head">
<p class="back"><a href="../index.html">All stories</a></p>
<p class="eyebrow">{shelf.title}</p>
<h1 dir="auto">{text.html_text(choice.words)}</h1>
<p class="quiet">{told(choice.stories)}</p>
</header>
<ul class="rows">{rows}</ul>
<nav class="beside" aria-labelledby="beside-title">
<h2 id="beside-title">{_OTHERS[shelf.name]}</h2>
<ul class="plain-links">{others}</ul>
</nav>
</div>"""
    return Document(title=title, description=f"Carers’ stories: {title}", body=body)


def told(stories: Collection[ReleasedStory]) -> str:
    """4 stories, 23 minutes in all"""
    total = text.length(sum(story.page.duration for story in stories))
    return f"{text.counted(len(stories), 'story', 'stories')}, {total} in all"


def moments(choice: Choice) -> list[Quoted]:
    """What editors chose; else the first answers that can stand alone, from as many stories as
    there are, those to questions about the theme before others."""
    chosen = list(_chosen(choice))
    if len(chosen) >= _FEWEST_MOMENTS:
        return chosen[:MOST_MOMENTS]
    by_story = [list(_telling(story, choice)) for story in choice.stories[:MOST_MOMENTS]]
    others = (one for turn in zip_longest(*by_story) for one in turn if one and one not in chosen)
    enough = min(max(_OF_A_STORY * len(by_story), _FEWEST_MOMENTS), MOST_MOMENTS)
    return [*chosen, *islice(others, enough - len(chosen))]


def quote(said: str) -> str:
    """The first sentences of what was said, whole ones as far as they fit."""
    words = text.plain(said)
    if len(words) <= _LONGEST_QUOTE:
        return words
    start = words[:_LONGEST_QUOTE]
    end = max(start.rfind(mark) for mark in _SENTENCE_ENDS)
    if end >= _SHORTEST_QUOTE:
        return start[: end + 1]
    return start[: start.rfind(" ")].rstrip(" ,;:–-") + "…"


def _chosen(choice: Choice) -> Iterator[Quoted]:
    if choice.shown is None:
        return
    stories = {story.page.id: story for story in choice.stories}
    for moment in choice.shown.moments:
        story = stories.get(moment.story)
        for chapter in story.page.chapters if story else ():
            for paragraph in chapter.paragraphs:
                if story and paragraph.start == moment.start:
                    yield Quoted(story, chapter, paragraph)


def _telling(story: ReleasedStory, choice: Choice) -> Iterator[Quoted]:
    """An answer to each question of a story, those about the theme first."""
    theme = theme_key(choice.words)
    chapters = [chapter for _, chapter in chapters_asked(story)]
    chapters.sort(key=lambda one: theme not in theme_key(f"{one.id} {one.title}"))
    for chapter in chapters:
        for paragraph in chapter.paragraphs:
            if _stands_alone(paragraph):
                yield Quoted(story, chapter, paragraph)
                break


def _stands_alone(paragraph: Paragraph) -> bool:
    """Told by the contributor, long enough, and neither begun in mid-sentence nor with a gap."""
    said = text.plain(paragraph.text)
    asks = paragraph.speaker.strip().casefold() == _INTERVIEWER
    return (
        not asks
        and len(said) >= _SHORTEST_QUOTE
        and not said[0].islower()
        and "…" not in quote(said).removesuffix("…")
    )


def _moments(choice: Choice) -> str:
    figures = "".join(_moment(one) for one in moments(choice))
    if not figures:
        return ""
    return f"""<section class="moments" aria-labelledby="moments-title">
<h2 id="moments-title">Moments to begin with</h2>
<div class="moment-list">{figures}</div>
</section>"""


def _moment(one: Quoted) -> str:
    page = one.story.page
    at = f"#t={one.paragraph.start // 1000}"
    speaker = one.paragraph.speaker or page.contributor
    note = one.chapter.content_note or page.content_note
    warned = (
        f'<p class="card-note">{icons.NOTE}<span>Content note: {text.bdi(note)}</span></p>'
        if note
        else ""
    )
    return f"""<figure class="moment">
<blockquote dir="auto"><p>{text.html_text(quote(one.paragraph.text))}</p></blockquote>
<figcaption><span class="moment-who">{text.bdi(speaker)}</span>, in {link(one.story, "../")}
{warned}
<a class="hear" href="../stories/{page.id}.html{at}">{icons.PLAY}<span>Hear it from
{clock(one.paragraph.start)}</span></a></figcaption>
</figure>"""


def _stories(choice: Choice) -> str:
    first, rest = choice.stories[:_MOST_CARDS], choice.stories[_MOST_CARDS:]
    cards = "".join(card(story, up="../") for story in first)
    rows = "".join(row(story, up="../") for story in rest)
    more = f'<ul class="rows">{rows}</ul>' if rows else ""
    return f"""<section class="theme-stories" aria-labelledby="stories-title">
<h2 id="stories-title">{"All the stories" if len(choice.stories) > 1 else "The story"}</h2>
<ul class="cards">{cards}</ul>
{more}
</section>"""


def _questions(choice: Choice) -> str:
    """What the stories’ own question sets ask staff, each question once."""
    asked = dict.fromkeys(
        question
        for story in choice.stories
        for _, chapter in chapters_asked(story)
        for question in chapter.reflection
    )
    if not asked:
        return ""
    items = "".join(
        f'<li dir="auto">{text.html_text(question)}</li>'
        for question in islice(asked, _MOST_QUESTIONS)
    )
    return f"""<section class="reflect-on" aria-labelledby="reflect-title">
<h2 id="reflect-title">Questions to talk about</h2>
<p class="quiet">Choose one or two. <a href="../using-a-story.html">How to use a story with a
team</a></p>
<ul>{items}</ul>
</section>"""


def _sessions(choice: Choice, plans: Iterable[PublishedPlan], made: Collection[str]) -> str:
    ids = {story.page.id for story in choice.stories}
    items = "".join(
        f'<li><a href="../{plan_path(plan.id)}" dir="auto">{text.html_text(plan.title)}</a> '
        f'<span class="quiet">{plan.shown_minutes} minutes</span>'
        f'<p dir="auto">{text.html_text(plan.aim)}</p></li>'
        for plan in plans
        if plan_path(plan.id) in made and ids & set(plan.stories)
    )
    if not items:
        return ""
    return f"""<section class="sessions" aria-labelledby="sessions-title">
<h2 id="sessions-title">Training sessions with these stories</h2>
<ul class="rows">{items}</ul>
</section>"""


def _beside(choice: Choice, themes: Iterable[Choice]) -> str:
    """Themes that are told of in the same stories, those told of together most often first."""
    ids = {story.page.id for story in choice.stories}
    shared = [
        (len(ids & {story.page.id for story in one.stories}), one)
        for one in themes
        if one.key != choice.key
    ]
    near = [one for count, one in sorted(shared, key=lambda pair: -pair[0]) if count][:8]
    if not near:
        return ""
    links = "".join(
        f'<li><a href="../{one.page}" dir="auto">{text.html_text(one.words)}</a></li>'
        for one in near
    )
    return f"""<nav class="beside" aria-labelledby="beside-title">
<h2 id="beside-title">Told of in the same stories</h2>
<ul class="plain-links">{links}</ul>
</nav>"""


def _answer(story: ReleasedStory, question: str) -> str:
    """The story, and where in it this question is answered."""
    found = (one for one in chapters_asked(story) if one[1].title == question)
    number, chapter = next(found)
    note = (
        f'<span class="row-note">Content note: {text.bdi(chapter.content_note)}</span>'
        if chapter.content_note
        else ""
    )
    return (
        f'<li class="row">{link(story, "../", f"#chapter-{number}")} '
        f'<a class="hear" href="../stories/{story.page.id}.html#t={chapter.start // 1000}">'
        f"{icons.PLAY}<span>Hear the answer from {clock(chapter.start)}</span></a>{note}</li>"
    )


def _is_service(choice: Choice) -> bool:
    return choice.shown is not None and choice.shown.kind == "service"
