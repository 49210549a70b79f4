"""Everything in the site that can be found: its stories, and the pages that are worth finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publish.edition import Edition
from publish.moments.findable import Findable, findable_page, findable_story
from publish.render.document import Document
from publish.render.parts import kind_and_length
from publish.render.shelves import themes_of
from publish.render.text import html_text

_KINDS = (
    ("training/", "Training session"),
    ("themes/", "Theme"),
    ("browse/question-", "Question asked"),
)
"""Pages made from the edition that can be found, by how their path begins."""
_NOT_FOUND = ("-present.html", "-evaluation.html")
_LISTS = ("themes/", "browse/")
"""Pages that mostly show other pages: found by what they are about, not by what they list."""


def everything(edition: Edition, documents: Mapping[str, Document]) -> Iterator[Findable]:
    """The stories of an edition, and those of its pages that are worth finding."""
    themed: dict[str, dict[str, str]] = {story.page.id: {} for story in edition.stories}
    for choice in themes_of(edition):
        for story in choice.stories:
            themed[story.page.id][choice.key] = choice.words
    for story in edition.stories:
        yield findable_story(story.page, kind_and_length(story), themed[story.page.id])
    for path, document in sorted(documents.items()):
        kind = next((word for start, word in _KINDS if path.startswith(start)), "")
        if kind and not path.endswith(_NOT_FOUND):
            listing = path.startswith(_LISTS)
            body = f"<p>{html_text(document.description)}</p>" if listing else document.body
            yield findable_page(path, document.title, body, kind)
