"""Everything in the site that can be found: its stories, and the pages that are worth finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publish.edition import Edition
from publish.render.document import Document
from publish.render.facets import themes_of
from publish.render.parts import kind_and_length
from publish.render.text import html_text
from publish.search.documents import Findable, Piece, findable_page, findable_story
from publish.search.segments import Said
from publish.training.published import PublishedPlan
from publish.training.search_text import words_of

_KINDS = (("themes/", "Theme"), ("browse/question-", "Question asked"))
"""Pages made from the edition that can be found, by how their path begins. They mostly show other
pages, and are found by what they are about, not by what they list."""


def everything(edition: Edition, documents: Mapping[str, Document]) -> Iterator[Findable]:
    """The stories of an edition, and those of its pages that are worth finding."""
    themed: dict[str, dict[str, str]] = {story.page.id: {} for story in edition.stories}
    for choice in themes_of(edition):
        for story in choice.stories:
            themed[story.page.id][choice.key] = choice.words
    for story in edition.stories:
        yield findable_story(story.page, kind_and_length(story), themed[story.page.id])
    yield from (_plan(plan) for plan in edition.plans)
    for path, document in sorted(documents.items()):
        kind = next((word for start, word in _KINDS if path.startswith(start)), "")
        if kind:
            about = f"<p>{html_text(document.description)}</p>"
            yield findable_page(path, document.title, about, kind)


def _plan(plan: PublishedPlan) -> Findable:
    """A training session by what `training.words` lets be found of it."""
    words = words_of(plan)
    passages = (
        Piece(
            said=tuple(Said("", line) for line in one.text.splitlines() if line.strip()),
            heading=one.heading,
            under=one.heading if one.heading != words.title else "",
            anchor=one.anchor,
        )
        for one in words.passages
    )
    return Findable(
        path=words.path, title=words.title, kind="Training session", pieces=tuple(passages)
    )
