"""The words of a story's page: what staff read, kept in the story's folder as `page.json`.

The page's words are part of the cut, so that a changed sentence asks for sign-off again. Times are
integer milliseconds on the film's clock. Every string here is text as spoken or typed: never
Markdown, never HTML; whoever renders it encodes it.
"""

from __future__ import annotations

import msgspec


class Paragraph(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One turn, or part of a long one."""

    start: int
    end: int
    speaker: str
    """A label that tells speakers apart: `Interviewer`, or the contributor's chosen name."""
    text: str


class Chapter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to one question."""

    id: str
    title: str
    """The question as asked."""
    start: int
    end: int
    paragraphs: tuple[Paragraph, ...]
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after this chapter."""
    content_note: str = ""


class StoryPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a story's page says that comes from the story itself."""

    schema: int = 1
    id: str
    title: str
    contributor: str
    summary: str
    content_note: str
    themes: tuple[str, ...]
    question_set: str
    """The question set's title."""
    kind: str
    """`video` or `audio`."""
    duration: int
    chapters: tuple[Chapter, ...]
    width: int = 0
    height: int = 0
