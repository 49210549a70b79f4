"""Words of a story's page: what staff read, kept in the story's folder as `page.json`.

The page's words are part of the cut, so that a changed sentence asks for sign-off again. Times are
integer milliseconds on the film's clock. Every string here is text as spoken or typed: never
Markdown, never HTML; whoever renders it encodes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from capture.questions.question_set import Question
from capture.recording.session_markers import Session
from library.core import struct_file
from library.core.errors import Damaged
from library.records.story import Story
from transcribe.words import EditedTranscript, Turn


class PageParagraph(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A turn, or part of a long one."""

    start: int
    end: int
    speaker: str
    """A label that tells speakers apart: `Interviewer`, or the contributor's chosen name."""
    text: str


class PageChapter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to one question."""

    id: str
    title: str
    """The question as asked."""
    start: int
    end: int
    paragraphs: tuple[PageParagraph, ...]
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after this chapter."""
    content_note: str = ""


class StoryPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words of a story's page that come from the story itself."""

    schema: int = 1
    id: str
    title: str
    contributor: str
    summary: str
    content_note: str
    themes: tuple[str, ...]
    question_set: str
    """The question set's title."""
    kind: Literal["video"] = "video"
    """Every story is a film: one that is only heard has a calm picture. Earlier versions wrote
    `audio` where there was none; such a page is refused, and the gate does not release its story:
    its film is to be made again."""
    duration: int
    chapters: tuple[PageChapter, ...]
    width: int = 0
    height: int = 0
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the whole story."""


def read_page(path: Path) -> StoryPage:
    """Return the page as it was made with the film. Raises Damaged for another file, or none."""
    again = f"Make the film again: carer-stories film {path.parent.name}"
    missing = Damaged(f"{path} is missing.", again)
    return struct_file.load(path, StoryPage, missing=missing, next_step=again)


def encode_page(page: StoryPage) -> bytes:
    """Return the bytes of `page.json`, which are part of the hash that a contributor signs off."""
    # Without a newline at the end, as 0.1.0 wrote it: one more byte would be another cut.
    return struct_file.encode(page).rstrip(b"\n")


def build_page(
    story: Story, session: Session, edited: EditedTranscript, *, size: tuple[int, int]
) -> StoryPage:
    """Build the page of a story from its public words, question set and edited transcript."""
    questions = {question.id: question for question in session.question_set.questions}
    return StoryPage(
        id=story.id,
        title=story.title,
        contributor=story.contributor,
        summary=story.summary,
        content_note=story.content_note,
        themes=story.themes,
        question_set=session.question_set.title,
        duration=edited.duration,
        chapters=tuple(_chapters(edited, questions)),
        width=size[0],
        height=size[1],
        reflection=session.question_set.reflection,
    )


def _chapters(edited: EditedTranscript, questions: dict[str, Question]) -> Iterator[PageChapter]:
    """Yield the chapters with their paragraphs, first what was said before the first question."""
    opening = _paragraphs(edited, "")
    if opening:
        until = edited.chapters[0].start if edited.chapters else edited.duration
        title = "Opening" if edited.chapters else "The conversation"
        yield PageChapter(id="opening", title=title, start=0, end=until, paragraphs=opening)
    for chapter in edited.chapters:
        question = questions.get(chapter.question)
        yield PageChapter(
            id=chapter.question,
            title=chapter.title,
            start=chapter.start,
            end=chapter.end,
            paragraphs=_paragraphs(edited, chapter.question),
            reflection=question.reflection if question else (),
            content_note=question.content_note if question else "",
        )


def _paragraphs(edited: EditedTranscript, question: str) -> tuple[PageParagraph, ...]:
    return tuple(_paragraph(turn) for turn in edited.turns if turn.question == question)


def _paragraph(turn: Turn) -> PageParagraph:
    return PageParagraph(
        start=turn.words[0].start,
        end=turn.words[-1].end,
        speaker=turn.speaker,
        text=turn.text,
    )
