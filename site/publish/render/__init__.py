"""From an edition to pages: pure, and the only place where story text becomes HTML.

    pages = render(edition)      {"index.html": Document, "stories/cs-….html": Document, …}

Nothing here reads a disk, a clock or a setting. Every word of a story goes through
`publish.render.text` and is never Markdown.
"""

from __future__ import annotations

from dataclasses import replace

from publish.edition import Edition
from publish.render.document import Document
from publish.render.facets import theme_pages
from publish.render.handout import handout_page
from publish.render.library import library_page
from publish.render.parts import fragments
from publish.render.preview import preview_line, start_page
from publish.render.related import answers_of
from publish.render.search import PATH as SEARCH
from publish.render.search import search_page
from publish.render.story import story_page
from publish.render.structured import head_of
from publish.render.theme import shelf_pages
from publish.render.training import training_pages

__all__ = ["Document", "fragments", "preview_line", "render"]


def render(edition: Edition) -> dict[str, Document]:
    """Every page made from the edition, by its path in the site."""
    themes = theme_pages(edition)
    first = start_page if edition.preview else library_page
    pages = {"index.html": first(edition)}
    answers = answers_of(edition)
    for story in edition.stories:
        page = story_page(story, edition, themes, answers)
        pages[f"stories/{story.page.id}.html"] = replace(page, head=head_of(story, edition))
        pages[f"stories/{story.page.id}/handout.html"] = handout_page(story, edition)
    pages |= training_pages(edition)
    if edition.preview:
        return pages
    return pages | shelf_pages(edition, pages) | {SEARCH: search_page(edition)}
