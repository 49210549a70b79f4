"""What can be found: a story in its moments, a page in its passages.

    findable_page("training/first-contact.html", "First contact", document.body, "Training session")

is all that another kind of page needs to be found beside the stories.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from types import MappingProxyType

from films.page_text import StoryPage
from publish.search.segments import Said, moments

STORY = "story"
_NONE: Mapping[str, str] = MappingProxyType({})
_PASSAGE = 90
"""Words of a page that are looked at together."""
_SKIPPED = {"script", "style", "nav", "svg", "button", "select", "noscript", "template", "form"}
_INLINE = {"a", "abbr", "b", "bdi", "cite", "code", "em", "i", "q", "small", "span", "strong"}
_NO_END = {"br", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Piece:
    """What is found at once, and shown with what stands round the word."""

    said: tuple[Said, ...]
    heading: str = ""
    """Words that weigh more: the title, or the question that this moment begins to answer."""
    under: str = ""
    """What is shown above it: the question. Not looked for."""
    start: int = 0
    """Milliseconds on the film's clock."""
    anchor: str = ""
    """Of a page: the name of the part that this stands in, where it has one."""


@dataclass(frozen=True)
class Findable:
    """A story or a page. The first piece stands for all of it, and is told apart when shown."""

    path: str
    """Of the page, from the site's root."""
    title: str
    kind: str
    """STORY, or in a word what kind of page it is: `Page`, `Training session`."""
    pieces: tuple[Piece, ...]
    note: str = ""
    """Shown beside the title: Film, 4 minutes."""
    content_note: str = ""
    """Shown before any of its words: what may be hard to hear."""
    themes: tuple[str, ...] = ()


def findable_story(page: StoryPage, note: str = "", themes: Mapping[str, str] = _NONE) -> Findable:
    """A released story: its title, summary and themes (key and words), and then its moments."""
    told = (Said("", page.summary), Said("", page.contributor))
    first = Piece(
        said=tuple(one for one in told if one.text.strip()),
        heading=". ".join((page.title, *themes.values())),
    )
    return Findable(
        path=f"stories/{page.id}.html",
        title=page.title,
        kind=STORY,
        pieces=(first, *_moments(page)),
        note=note,
        content_note=page.content_note,
        themes=tuple(themes),
    )


def _moments(page: StoryPage) -> Iterator[Piece]:
    before = -1
    for moment in moments(page):
        question = page.chapters[moment.chapter].title
        yield Piece(
            said=moment.said,
            heading=question if moment.chapter != before else "",
            under=question,
            start=moment.start,
        )
        before = moment.chapter


def findable_page(path: str, title: str, body: str, kind: str = "Page") -> Findable:
    """A page by its HTML: what stands in links, lists and paragraphs, without menus and forms."""
    reader = _Words()
    reader.feed(body)
    reader.close()
    passages = [Piece(said=passage) for passage in _passages(reader.paragraphs())]
    first = passages[0] if passages else Piece(said=())
    return Findable(
        path=path,
        title=title,
        kind=kind,
        pieces=(Piece(said=first.said, heading=title), *passages[1:]),
    )


def _passages(paragraphs: list[str]) -> Iterator[tuple[Said, ...]]:
    gathered: list[Said] = []
    words = 0
    for text in paragraphs:
        if gathered and words >= _PASSAGE:
            yield tuple(gathered)
            gathered, words = [], 0
        gathered.append(Said("", text))
        words += len(text.split())
    if gathered:
        yield tuple(gathered)


class _Words(HTMLParser):
    """The text of a page in paragraphs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._texts: list[str] = [""]
        self._skipping: list[str] = []

    def paragraphs(self) -> list[str]:
        return [" ".join(text.split()) for text in self._texts if text.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        # Its title is the page's, and is a heading already.
        if tag in _SKIPPED or tag == "h1":
            self._skipping.append(tag)
        elif tag in _NO_END or tag not in _INLINE:
            self._texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._skipping and self._skipping[-1] == tag:
            self._skipping.pop()
        if tag not in _INLINE:
            self._texts.append("")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._texts[-1] += data
