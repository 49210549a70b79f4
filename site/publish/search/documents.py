"""Documents of the search: each story in its moments, each plan and page in its passages.

`page_document(path, title, html, kind)` is all that another kind of page needs to be found beside
the stories.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from types import MappingProxyType

from films.page_text import StoryPage
from publish.edition import Edition
from publish.render.facets import theme_choices
from publish.render.facts import kind_and_length, review_of
from publish.render.templating import Document
from publish.render.text import paragraphs
from publish.search.segments import Utterance, moments
from publish.training.plan import (
    Break,
    Dilemma,
    EvaluationTime,
    Exercise,
    ReflectionQuestion,
    RolePlay,
    TalkItem,
)
from publish.training.published import PublishedPlan, ShownClip, ShownItem, plan_path

STORY = "story"
_NO_THEMES: Mapping[str, str] = MappingProxyType({})
_PASSAGE_WORDS = 90
"""Words of a page in one passage: about what is said in half a minute, as in a moment."""
_SKIPPED_TAGS = {
    "script",
    "style",
    "nav",
    "svg",
    "button",
    "select",
    "noscript",
    "template",
    "form",
}
# Words go on through these; any other tag ends a paragraph.
_INLINE_TAGS = {"a", "abbr", "b", "bdi", "cite", "code", "em", "i", "q", "small", "span", "strong"}
_VOID_TAGS = {"br", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_FOUND_PAGES = (("themes/", "Theme"), ("browse/question-", "Question asked"))
"""Pages made from the edition that can be found, by how their path begins. They mostly show other
pages, so they are found by what they are about and not by what they list."""


@dataclass(frozen=True)
class Passage:
    """The unit of a result: what is found at once, and shown with what stands round the word."""

    utterances: tuple[Utterance, ...]
    heading: str = ""
    """The title, or the question that this moment begins to answer: its words weigh otherwise."""
    question: str = ""
    """Shown above the passage and not searched."""
    also: tuple[str, ...] = ()
    """Texts that are searched with the passage, and shown elsewhere: content notes."""
    start: int = 0
    """Milliseconds on the film's clock."""
    anchor: str = ""
    """Fragment name of the part of a page that this stands in, where it has one."""


@dataclass(frozen=True)
class SearchDocument:
    """A story or a page. The first passage stands for all of it, and is shown apart."""

    path: str
    """Of the page, from the site's root."""
    title: str
    kind: str
    """STORY, or in a word what kind of page it is: `Page`, `Training session`."""
    passages: tuple[Passage, ...]
    note: str = ""
    """Shown beside the title: Film, 4 minutes."""
    content_note: str = ""
    """Shown before any of its words: what may be hard to hear, in the story and its chapters."""
    themes: tuple[str, ...] = ()
    """Keys of the themes it can be filtered by."""
    review: date | None = None
    """First day on which it may not be shown: its result says so then."""


def site_documents(
    edition: Edition, pages: Mapping[str, Document], *, but: Collection[str] = ()
) -> Iterator[SearchDocument]:
    """Yield the stories and plans of an edition, and those of its rendered pages worth finding.

    Stories whose ids are in `but` are left out.
    """
    themes: dict[str, dict[str, str]] = {story.page.id: {} for story in edition.stories}
    for theme in theme_choices(edition):
        for story in theme.stories:
            themes[story.page.id][theme.key] = theme.words
    for story in edition.stories:
        if story.page.id in but:
            continue
        document = story_document(story.page, kind_and_length(story), themes[story.page.id])
        yield replace(document, review=review_of((story,), edition))
    for plan in edition.plans:
        # Not the present view's: it is not found by itself.
        page = pages.get(plan_path(plan.id))
        yield replace(plan_document(plan), review=page.review if page else None)
    # Sorted: the same edition gives the same index, and so the same stamp.
    for path, page in sorted(pages.items()):
        kind = next((word for start, word in _FOUND_PAGES if path.startswith(start)), "")
        if kind:
            document = page_document(path, page.title, paragraphs(page.description), kind)
            yield replace(document, review=page.review)


def story_document(
    page: StoryPage, note: str = "", themes: Mapping[str, str] = _NO_THEMES
) -> SearchDocument:
    """Return a released story: its title, summary, themes (key → words) and content notes, then
    its moments."""
    about = (Utterance("", page.summary), Utterance("", page.contributor))
    notes = (page.content_note, *(chapter.content_note for chapter in page.chapters))
    content_notes = tuple(dict.fromkeys(note.strip() for note in notes if note.strip()))
    first = Passage(
        utterances=tuple(utterance for utterance in about if utterance.text.strip()),
        heading=". ".join((page.title, *themes.values())),
        also=content_notes,
    )
    return SearchDocument(
        path=f"stories/{page.id}.html",
        title=page.title,
        kind=STORY,
        passages=(first, *_story_passages(page)),
        note=note,
        content_note=" ".join(content_notes),
        themes=tuple(themes),
    )


def _story_passages(page: StoryPage) -> Iterator[Passage]:
    chapter_before = -1
    for moment in moments(page):
        question = page.chapters[moment.chapter].title
        yield Passage(
            utterances=moment.utterances,
            heading=question if moment.chapter != chapter_before else "",
            question=question,
            start=moment.start,
        )
        chapter_before = moment.chapter


def plan_document(plan: PublishedPlan) -> SearchDocument:
    """Return a training session by its title and the texts that everybody in the room sees.

    Facilitators' notes and role-play cards are left out: who leads the session finds them on its
    page, and a result would give a practice situation's point away to those who are to think
    about it.
    """
    outcomes = [text for _, item in plan.numbered for text in item.outcomes]
    about = "\n".join([plan.aim, *plan.outcomes, *outcomes, plan.audience, plan.level])
    passages = [_plan_passage(plan, plan.title, about, "about")]
    for number, item in enumerate(plan.items, start=1):
        text = "\n".join(text for text in _searchable_texts(item) if text)
        if text:
            title = getattr(item, "title", "")
            passages.append(_plan_passage(plan, title, text, f"point-{number}"))
    return SearchDocument(
        path=plan_path(plan.id), title=plan.title, kind="Training session", passages=tuple(passages)
    )


def _plan_passage(plan: PublishedPlan, heading: str, text: str, anchor: str) -> Passage:
    return Passage(
        utterances=tuple(Utterance("", line) for line in text.splitlines() if line.strip()),
        heading=heading,
        question=heading if heading != plan.title else "",
        anchor=anchor,
    )


def _searchable_texts(item: ShownItem) -> tuple[str, ...]:
    match item:
        case TalkItem() | EvaluationTime():
            return item.show
        case ShownClip():
            return (item.before, *(pause.ask for pause in item.pauses), *item.ask)
        case ReflectionQuestion():
            return item.ask
        case Exercise():
            return item.steps
        case Dilemma():
            return (item.situation, *item.ask)
        case RolePlay():
            return (item.brief, *item.debrief)
        case Break():
            return ()
    return ()


def page_document(path: str, title: str, body: str, kind: str = "Page") -> SearchDocument:
    """Return a page by its HTML: links, lists and paragraphs, without menus and forms."""
    parser = _ParagraphParser()
    parser.feed(body)
    parser.close()
    passages = [Passage(utterances=lines) for lines in _passages(parser.paragraphs())]
    first = passages[0] if passages else Passage(utterances=())
    return SearchDocument(
        path=path,
        title=title,
        kind=kind,
        passages=(Passage(utterances=first.utterances, heading=title), *passages[1:]),
    )


def _passages(paragraphs: list[str]) -> Iterator[tuple[Utterance, ...]]:
    gathered: list[Utterance] = []
    words = 0
    for text in paragraphs:
        if gathered and words >= _PASSAGE_WORDS:
            yield tuple(gathered)
            gathered, words = [], 0
        gathered.append(Utterance("", text))
        words += len(text.split())
    if gathered:
        yield tuple(gathered)


class _ParagraphParser(HTMLParser):
    """Collects the text of a page in paragraphs."""

    def __init__(self) -> None:
        # Entities are words to a reader: `&eacute;` is é.
        super().__init__(convert_charrefs=True)
        self._texts: list[str] = [""]
        self._skipping: list[str] = []

    def paragraphs(self) -> list[str]:
        return [" ".join(text.split()) for text in self._texts if text.strip()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        # Its title is the page's, and is a heading already.
        if tag in _SKIPPED_TAGS or tag == "h1":
            self._skipping.append(tag)
        elif tag in _VOID_TAGS or tag not in _INLINE_TAGS:
            self._texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._skipping and self._skipping[-1] == tag:
            self._skipping.pop()
        # Also outside what is skipped: text after `</nav>` is another paragraph.
        if tag not in _INLINE_TAGS:
            self._texts.append("")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._texts[-1] += data
