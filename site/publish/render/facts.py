"""Facts of stories, plans and editions as words: each is a filter of the templates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from films.page_text import PageChapter
from library.core.counting import counted
from library.core.days import day_in_words
from publish.edition import Edition, ReleasedStory
from publish.render.text import listening_time, listening_time_in_all, plain
from publish.training.plan import GroupSize
from publish.training.published import PublishedPlan

_INTERVIEWER = "interviewer"
_OPENING = "opening"
"""The chapter before the first question: `films.page_text`."""
_SMALLER_FILMS = ("film-360.mp4", "film-720.mp4")
_CLOSING_QUESTIONS = (
    "What did you hear? Only that, before any opinion.",
    "What might it have been like for everyone involved, the staff too?",
    "What is one thing, small enough to do this week, that you will do?",
)
"""Asked after a story whose question set asks nothing of its own."""
_MAX_QUOTE_CHARACTERS = 240
MIN_QUOTE_CHARACTERS = 20
"""Characters: what is shorter says little by itself."""
_SENTENCE_ENDS = ("? ", "! ", ". ", "… ")


def is_voice_only(story: ReleasedStory) -> bool:
    """Return True for a film that shows an audiogram, and nobody is seen."""
    return story.picture == "voice-only"


def kind_word(story: ReleasedStory) -> str:
    """Return Film or Sound only."""
    return "Sound only" if is_voice_only(story) else "Film"


def kind_and_length(story: ReleasedStory) -> str:
    """Return what it is and how long: Film, 2 minutes; Sound only, 2 minutes."""
    return f"{kind_word(story)}, {listening_time(story.page.duration)}"


def smallest_film(story: ReleasedStory) -> str:
    """Return the smallest size there is, for a slow network or an old computer, or nothing."""
    return next((name for name in _SMALLER_FILMS if name in story.files), "")


def closing_questions(story: ReleasedStory) -> tuple[str, ...]:
    """Return what is asked after the whole story."""
    return story.page.reflection or _CLOSING_QUESTIONS


def is_interviewer(speaker: str) -> bool:
    """Return True for the label of who asks the questions."""
    return speaker.strip().casefold() == _INTERVIEWER


def answers_question(chapter: PageChapter) -> bool:
    """Return False for the chapter that precedes the first question."""
    return chapter.id != _OPENING


def answered_chapters(story: ReleasedStory) -> list[tuple[int, PageChapter]]:
    """Return the chapters that answer a question, with their numbers on the story’s page."""
    numbered = enumerate(story.page.chapters, start=1)
    return [(number, chapter) for number, chapter in numbered if answers_question(chapter)]


def answer_to(story: ReleasedStory, question: str) -> tuple[int, PageChapter]:
    """Return the first chapter that answers a question, with its number on the story’s page."""
    return next(
        (number, chapter)
        for number, chapter in answered_chapters(story)
        if chapter.title == question
    )


def count_and_length(stories: Collection[ReleasedStory]) -> str:
    """Return how many stories and how long: 4 stories, 23 minutes in all."""
    total = listening_time_in_all(story.page.duration for story in stories)
    return f"{counted(len(stories), 'story')}, {total} in all"


def quote(spoken: str) -> str:
    """Return the first sentences of what was said, whole ones as far as they fit."""
    words = plain(spoken)
    if len(words) <= _MAX_QUOTE_CHARACTERS:
        return words
    start = words[:_MAX_QUOTE_CHARACTERS]
    end = max(start.rfind(mark) for mark in _SENTENCE_ENDS)
    if end >= MIN_QUOTE_CHARACTERS:
        return start[: end + 1]
    return start[: start.rfind(" ")].rstrip(" ,;:–-") + "…"


def review_of(stories: Iterable[ReleasedStory], edition: Edition) -> date | None:
    """Return the earliest day on which one of the stories must be looked at again.

    None without stories, and in a preview: its contributor has agreed to no day yet.
    """
    return None if edition.preview else min((story.review for story in stories), default=None)


def until_when(edition: Edition) -> str:
    """Return from when a copy may not be shown: the gate would not release it on that day."""
    return f"on {day_in_words(edition.until)} or later" if edition.until else ""


def edition_line(edition: Edition) -> str:
    """Return a sentence about the edition, for the foot of a page."""
    if edition.preview:
        made = f"A preview of one story, made on {day_in_words(edition.on)}"
        return f"{made}. Its code is {edition.preview.code}. It is not the staff’s library."
    count = counted(len(edition.stories), "story") if edition.stories else "no stories"
    return f"This edition of {day_in_words(edition.on)} holds {count}."


def group_size(group: GroupSize) -> str:
    """Return for how many people a session works: 6 to 16 people."""
    if group.smallest == group.largest:
        return counted(group.smallest, "person")
    return f"{group.smallest} to {group.largest} people"


def clip_count(plan: PublishedPlan) -> str:
    """Return how much a session shows: 5 clips from 3 stories."""
    clips = counted(len(plan.clips), "clip")
    return f"{clips} from {counted(len(plan.stories), 'story')}"


FILTERS = (
    answer_to,
    answers_question,
    clip_count,
    closing_questions,
    count_and_length,
    edition_line,
    group_size,
    is_interviewer,
    is_voice_only,
    kind_and_length,
    kind_word,
    quote,
    smallest_film,
    until_when,
)
