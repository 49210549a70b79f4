"""The pages of the demonstration's released stories, without making films: from its own scripts.

Words, chapters, cuts and redactions are those of `make demo`; times are made up.
"""

from __future__ import annotations

import re
from itertools import groupby

from capture.questions.question_set import find_question_set
from films.page_text import PageChapter, PageParagraph, StoryPage
from library.workspace_template import template
from publish.demo import DemoStory, demo_stories

_TURN_MS = 12_000
_REDACTION = re.compile(r"\[\[[^|\]]*\|([^\]]*)\]\]")
_CUT = re.compile(r"\s*~~.*?~~")


def demonstration_pages() -> dict[str, StoryPage]:
    """Return the page of each released story, by its slug."""
    released = [story for story in demo_stories(template()) if story.released]
    return {
        story.slug: _page(story, f"cs-de{number:04d}")
        for number, story in enumerate(released, start=1)
    }


def _page(story: DemoStory, story_id: str) -> StoryPage:
    asked = {
        question.id: question
        for question in find_question_set(template(), story.question_set).questions
    }
    chapters = []
    number, chapter_id = 0, "opening"
    turns = []
    for turn in story.reference:
        chapter_id = turn.question or chapter_id
        turns.append((chapter_id, turn))
    for name, of_chapter in groupby(turns, lambda pair: pair[0]):
        start, paragraphs, title = number * _TURN_MS, [], "Opening"
        for _, turn in of_chapter:
            title = turn.text if turn.question else title
            speaker = "Interviewer" if turn.speaker == "interviewer" else story.contributor
            begin = number * _TURN_MS
            text = _as_shown(story, turn.text)
            number += 1
            if text:
                paragraphs.append(
                    PageParagraph(start=begin, end=begin + 9_000, speaker=speaker, text=text)
                )
        chapters.append(
            PageChapter(
                id=name,
                title=title,
                start=start,
                end=number * _TURN_MS,
                paragraphs=tuple(paragraphs),
                content_note=asked[name].content_note if name in asked else "",
            )
        )
    return StoryPage(
        id=story_id,
        title=story.title,
        contributor=story.contributor,
        summary=story.summary,
        content_note=story.content_note or "",
        themes=story.themes,
        question_set="Being heard",
        duration=number * _TURN_MS,
        chapters=tuple(chapter for chapter in chapters if chapter.paragraphs),
    )


def _as_shown(story: DemoStory, text: str) -> str:
    """Return what a reader is shown of a turn: without cuts, redactions by what stands for them."""
    for edit in story.edits:
        said = edit.said.removeprefix("Interviewer: ")
        text = text.replace(said, edit.marked.removeprefix("Interviewer: "))
    return _REDACTION.sub(r"\1", _CUT.sub("", text)).strip()
