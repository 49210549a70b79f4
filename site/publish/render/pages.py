"""Every page that is made from an edition."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from publish.bundle import answer_sheet_path
from publish.edition import Edition
from publish.render import text
from publish.render.facets import facets_of
from publish.render.facts import until_when
from publish.render.library import (
    SEARCH_PAGE,
    facet_pages,
    library_page,
    list_documents,
    search_page,
    story_rows,
)
from publish.render.standalone import preview_start_page
from publish.render.story import (
    answer_sheet_page,
    handout_page,
    story_page,
)
from publish.render.story_inputs import story_inputs
from publish.render.templating import Document, render_macro
from publish.render.training import training_pages


def render(edition: Edition, *, but: Collection[str] = ()) -> dict[str, Document]:
    """Return every page made from the edition, by its path in the site.

    The own pages of stories whose ids are in `but` are left out.
    """
    facets = facets_of(edition)
    rows = story_rows(edition, facets)
    pages = {
        "index.html": preview_start_page(edition)
        if edition.preview
        else library_page(edition, facets, rows)
    }
    for inputs in story_inputs(edition):
        story = inputs.story
        if story.page.id in but:
            continue
        pages[f"stories/{story.page.id}.html"] = story_page(
            story, inputs.edition, inputs.theme_paths, inputs.answers
        )
        pages[f"stories/{story.page.id}/handout.html"] = handout_page(story, inputs.edition)
        if edition.preview:
            pages[answer_sheet_path(story.page.id)] = answer_sheet_page(story, edition)
    pages |= training_pages(edition)
    if not edition.preview:
        pages |= facet_pages(edition, facets, rows, pages) | list_documents(edition, facets, rows)
        pages |= {SEARCH_PAGE: search_page(edition)}
    return {path: _with_day(page) for path, page in pages.items()}


def _with_day(page: Document) -> Document:
    """Return a page that also says its day where no script can act on it."""
    if page.review is None:
        return page
    # As a plain string: what is added to Markup is encoded, and the body is already.
    words = str(render_macro("parts.html", "day_without_script", page.review))
    return replace(page, body=words + page.body)


def fragments(edition: Edition) -> dict[str, str]:
    """Return what pages written by people may ask for with `<!-- library:NAME -->`, as HTML."""
    library = edition.library
    return {
        "support": render_macro("parts.html", "support_lines", library),
        "contact": render_macro("parts.html", "contact", library),
        "title": text.bdi(library.title),
        "trust": text.bdi(library.trust),
        "edition": render_macro("parts.html", "edition_line", edition),
        "until": f"Please do not show this copy {until_when(edition)}." if edition.until else "",
    }
