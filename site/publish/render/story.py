"""Render a story's page, with others' answers to the same questions, and its handout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from films.page_text import PageChapter
from library.records.preview_answers import DECISION_SENTENCES, KIND_SENTENCES
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facts import answers_question, review_of
from publish.render.metadata import story_head
from publish.render.templating import Document, render_template

_SCRIPTS = (
    "media-start.js",
    "player.js",
    "dock.js",
    "captions.js",
    "transcript.js",
    "reflect.js",
)
_PREVIEW_SCRIPTS = (*_SCRIPTS, "answers.js")
_ROWS_ON_PAPER = 12
"""Moments that an answer sheet has room for."""
_SPEEDS = ("0.75", "1", "1.25", "1.5", "2")
_FILM_SIZES = (
    ("film.mp4", "Large"),
    ("film-720.mp4", "Medium"),
    ("film-360.mp4", "Small"),
    ("audio.m4a", "Sound only"),
)
MAX_ANSWERS = 4
"""Answers of other carers that are shown below one story."""
_MAX_QUOTES = 3
"""Quotes on a handout, of the moments that editors chose."""


@dataclass(frozen=True)
class CarerAnswer:
    """One carer's answer to a question: the chapter of their story under it."""

    story: ReleasedStory
    chapter: PageChapter


@dataclass(frozen=True)
class QuestionAnswers:
    """The answers of an edition to one question, in the order of its stories."""

    answers: list[CarerAnswer] = field(default_factory=list)
    first_of: dict[str, int] = field(default_factory=dict)
    """Story id → number of its first answer: of thousands none is looked for."""

    def add(self, answer: CarerAnswer) -> None:
        self.first_of.setdefault(answer.story.page.id, len(self.answers))
        self.answers.append(answer)


Answers = Mapping[tuple[str, str], QuestionAnswers]
"""The answers of an edition, by id and title of their chapter, which are those of the question."""
_NO_ANSWERS = QuestionAnswers()


def answers_by_question(edition: Edition) -> Answers:
    """Return every answer of the edition by its question."""
    answers: dict[tuple[str, str], QuestionAnswers] = defaultdict(QuestionAnswers)
    for story in edition.stories:
        for chapter in story.page.chapters:
            if any(paragraph.text.strip() for paragraph in chapter.paragraphs):
                answers[chapter.id, chapter.title].add(CarerAnswer(story, chapter))
    return answers


def story_page(
    story: ReleasedStory,
    edition: Edition,
    theme_paths: Mapping[str, str],
    answers: Sequence[CarerAnswer],
) -> Document:
    """Return the page of a story.

    `theme_paths` has the path of each of its themes’ pages, `answers` are the `related_answers`.
    """
    page = story.page
    body = render_template(
        "story.html",
        story=story,
        page=page,
        edition=edition,
        theme_paths=theme_paths,
        review=review_of((story,), edition),
        answers=answers,
        film_sizes=_film_sizes(story),
        SPEEDS=_SPEEDS,
        KINDS=tuple(KIND_SENTENCES.items()),
        DECISIONS=tuple(DECISION_SENTENCES.items()),
    )
    return Document(
        title=text.plain(page.title),
        description=text.plain(page.summary),
        body=body,
        scripts=_PREVIEW_SCRIPTS if edition.preview else _SCRIPTS,
        head=_preview_head("../") if edition.preview else story_head(story, edition),
        review=review_of((story,), edition),
    )


def handout_page(story: ReleasedStory, edition: Edition) -> Document:
    """Return the handout: it lies at `stories/<id>/handout.html`, beside the story’s files."""
    title = text.plain(story.page.title)
    body = render_template(
        "handout.html",
        story=story,
        page=story.page,
        edition=edition,
        review=review_of((story,), edition),
        quotes=_chosen_quotes(story, edition),
    )
    return Document(
        title=f"{title}: handout",
        description=f"{title}: questions and room to write",
        body=body,
        scripts=("handout.js",),
        review=review_of((story,), edition),
    )


def answer_sheet_page(story: ReleasedStory, edition: Edition) -> Document:
    """Return the sheet for answers on paper: at `stories/<id>/answer-sheet.html` of a preview."""
    title = text.plain(story.page.title)
    body = render_template(
        "answer_sheet.html",
        page=story.page,
        edition=edition,
        ROWS=_ROWS_ON_PAPER,
        KINDS=tuple(KIND_SENTENCES.items()),
        DECISIONS=tuple(DECISION_SENTENCES.items()),
    )
    return Document(
        title=f"{title}: your answers on paper",
        description=f"{title}: a sheet to print and fill in",
        body=body,
        scripts=("handout.js",),
        head=_preview_head("../../"),
    )


def _preview_head(root: str) -> str:
    """Return HTML for the head of pages on which a contributor answers; `root` leads to the top."""
    return render_template("preview_head.html", root=root).strip()


def _film_sizes(story: ReleasedStory) -> list[tuple[str, str]]:
    """Return the files of a film: the name of each, and a label with its size in megabytes."""
    sizes = []
    for name, label in _FILM_SIZES:
        if name in story.files:
            size = story.sizes.get(name, 0)
            sizes.append((name, f"{label}, {text.megabytes(size)}" if size else label))
    return sizes


def related_answers(story: ReleasedStory, answers: Answers) -> list[CarerAnswer]:
    """Return other carers’ answers to this story’s questions, no two from the same story."""
    chosen: list[CarerAnswer] = []
    used_ids = {story.page.id}
    for chapter in story.page.chapters:
        candidates = answers.get((chapter.id, chapter.title), _NO_ANSWERS)
        unused = next(
            (
                answer
                for answer in _answers_after(story, candidates)
                if answer.story.page.id not in used_ids
            ),
            None,
        )
        # Openings have no question in common, though their chapters have the same name.
        if unused is not None and answers_question(chapter):
            used_ids.add(unused.story.page.id)
            chosen.append(unused)
    return chosen[:MAX_ANSWERS]


def _answers_after(story: ReleasedStory, candidates: QuestionAnswers) -> Sequence[CarerAnswer]:
    """Return the answers that follow this story’s own, then those from the start of the list.

    So each page begins at a different answer, and no story is shown below all others. Twice as many
    as are shown are enough to find some that are not on the page yet.
    """
    own_number = candidates.first_of.get(story.page.id, 0)
    return [
        *candidates.answers[own_number + 1 : own_number + 1 + 2 * MAX_ANSWERS],
        *candidates.answers[: 2 * MAX_ANSWERS],
    ]


def _chosen_quotes(story: ReleasedStory, edition: Edition) -> list[str]:
    """Return the quotes that editors chose from this story for theme pages, in the order told."""
    starts = {
        moment.start
        for theme in edition.themes
        for moment in theme.moments
        if moment.story == story.page.id
    }
    spoken = (paragraph for chapter in story.page.chapters for paragraph in chapter.paragraphs)
    return [paragraph.text for paragraph in spoken if paragraph.start in starts][:_MAX_QUOTES]
