"""Locating a clip on the film's clock: by chapter, by the words said there, or by a time.

Words are looked for in the captions, which were signed off with the film: a clip begins with the
caption that holds its first word and ends with the one that holds its last, so that no sentence is
cut and no caption is shown by half. Where there are none, the transcript's turns take their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from films.page_text import PageChapter, StoryPage
from library.core.timecode import clock, parse_clock
from publish.leaks.readings import folded_words
from publish.training.plan import PlannedClip
from transcribe.cue import Cue

MIN_CLIP_MS = 500
"""Milliseconds: less is no clip, but a slip."""
CHAPTER_SLACK_MS = 1_000
"""Milliseconds by which a chapter’s first caption may stand before its first word."""
_NOT_SAID = "these words are not said"
_REACH_MS = 200
"""Milliseconds by which a caption may reach into the next chapter without being of it."""


class NotFoundInStory(Exception):
    """The field of the clip that leads nowhere, as a path within it, and what is the matter."""

    def __init__(self, field: tuple[str | int, ...], what: str) -> None:
        super().__init__(what)
        self.field, self.what = field, what


@dataclass(frozen=True)
class ClipSpan:
    """Milliseconds on the film's clock, and where within it a question stops the film."""

    start: int
    end: int
    pauses: tuple[int, ...] = ()
    chapter: PageChapter | None = None


@dataclass(frozen=True)
class StoryWords:
    """A story's page and its captions, as they are in one cut."""

    page: StoryPage
    cues: Sequence[Cue] = ()

    @cached_property
    def words(self) -> list[_Word]:
        """Every word said, in order, with the time of the caption that shows it."""
        return list(self._words())

    def _words(self) -> Iterator[_Word]:
        if self.cues:
            captions = ((cue.start, cue.end, cue.text) for cue in self.cues)
        else:
            turns = (turn for chapter in self.page.chapters for turn in chapter.paragraphs)
            captions = ((turn.start, turn.end, turn.text) for turn in turns)
        for start, end, text in captions:
            for word in folded_words(text):
                yield _Word(word, start, end)


@dataclass(frozen=True)
class _Word:
    word: bytes
    start: int
    end: int


def find_clip(clip: PlannedClip, story: StoryWords) -> ClipSpan:
    """Return where the clip is. Raises NotFoundInStory for the first field that leads nowhere."""
    span, faults = look_for_clip(clip, story)
    if span is None:
        raise faults[0]
    return span


def look_for_clip(
    clip: PlannedClip, story: StoryWords
) -> tuple[ClipSpan | None, list[NotFoundInStory]]:
    """Return where the clip is, or None, with every field of it that leads nowhere."""
    faults: list[NotFoundInStory] = []

    def note(error: NotFoundInStory, *, is_sure: bool) -> None:
        # Where what comes before leads nowhere, only words that nobody says are surely wrong.
        if is_sure or error.what.startswith(_NOT_SAID):
            faults.append(error)

    chapter = None
    try:
        chapter = _chapter(clip, story.page) if clip.chapter else None
    except NotFoundInStory as error:
        note(error, is_sure=True)
    within = (chapter.start, chapter.end) if chapter else (0, story.page.duration)
    start, end = within
    try:
        start = _start(clip, story, chapter, within)
    except NotFoundInStory as error:
        note(error, is_sure=not faults)
    try:
        end = _caption_at(clip.to, story, ("to",), (start, within[1])).end if clip.to else end
        _require_length(clip, story, start, end)
    except NotFoundInStory as error:
        note(error, is_sure=not faults)
        end = within[1]
    is_sure = not faults
    pauses: list[int] = []
    for number, pause in enumerate(clip.pauses):
        reach = (pauses[-1] if pauses else start, end)
        try:
            pauses.append(_pause(pause.at, story, ("pauses", number, "at"), reach))
        except NotFoundInStory as error:
            note(error, is_sure=is_sure)
    return (None if faults else ClipSpan(start, end, tuple(pauses), chapter)), faults


def _start(
    clip: PlannedClip, story: StoryWords, chapter: PageChapter | None, within: tuple[int, int]
) -> int:
    start = within[0]
    if clip.from_:
        start = _caption_at(clip.from_, story, ("from",), within).start
        # The chapter's first caption belongs to it, though it shows a little early.
        if chapter and chapter.start - CHAPTER_SLACK_MS <= start < chapter.start:
            start = chapter.start
        if chapter and not chapter.start <= start < chapter.end:
            span = f"{clock(chapter.start)} to {clock(chapter.end)}"
            raise NotFoundInStory(
                ("from",), f"{clock(start)} is not in the chapter, which is {span}"
            )
    return start


def _require_length(clip: PlannedClip, story: StoryWords, start: int, end: int) -> None:
    if start >= story.page.duration or end > story.page.duration:
        field = ("from",) if start >= story.page.duration else ("to",)
        raise NotFoundInStory(field, f"the film is only {clock(story.page.duration)} long")
    if end - start < MIN_CLIP_MS:
        what = f"the clip would end before it begins ({clock(start)} to {clock(end)})"
        raise NotFoundInStory(("to",) if clip.to else ("from",), what)


def _chapter(clip: PlannedClip, page: StoryPage) -> PageChapter:
    for chapter in page.chapters:
        if chapter.id == clip.chapter:
            return chapter
    known = ", ".join(chapter.id for chapter in page.chapters) or "none"
    what = f"this story has no chapter “{clip.chapter}”; there are: {known}"
    raise NotFoundInStory(("chapter",), what)


def _pause(
    typed: str, story: StoryWords, field: tuple[str | int, ...], within: tuple[int, int]
) -> int:
    at = _caption_at(typed, story, field, within).end
    if not within[0] < at < within[1]:
        raise NotFoundInStory(field, "a pause must be inside the clip, after the one before it")
    return at


def _caption_at(
    typed: str, story: StoryWords, field: tuple[str | int, ...], within: tuple[int, int]
) -> _Word:
    """Return the time typed, or the caption of the words typed.

    For `from` that is the caption of the first word, else that of the last.
    """
    ms = parse_clock(typed)
    if ms is not None:
        return _Word(b"", ms, ms)
    phrase = folded_words(typed)
    if not phrase:
        raise NotFoundInStory(field, "write words that are said there, or a time such as 1:05")
    words = [word for word in story.words if _overlaps(word, within)]
    positions = [at for at in range(len(words)) if _is_said_at(words, at, phrase)]
    if not positions:
        raise NotFoundInStory(
            field,
            f"{_NOT_SAID} {_within_text(story, within)}{_nearest_words(phrase, words)}",
        )
    if len(positions) > 1:
        times = " and ".join(clock(words[at].start) for at in positions[:4])
        what = f"these words are said {len(positions)} times, at {times}: write more of them"
        raise NotFoundInStory(field, what)
    return words[positions[0] if field == ("from",) else positions[0] + len(phrase) - 1]


def _overlaps(word: _Word, within: tuple[int, int]) -> bool:
    """Return True for a word in the span: a caption may reach a little into the next chapter."""
    return word.end > within[0] + _REACH_MS and word.start < within[1]


def _is_said_at(words: Sequence[_Word], at: int, phrase: Sequence[bytes]) -> bool:
    return all(
        at + number < len(words) and words[at + number].word == phrase_word
        for number, phrase_word in enumerate(phrase)
    )


def _within_text(story: StoryWords, within: tuple[int, int]) -> str:
    if within == (0, story.page.duration):
        return "in this story"
    return f"between {clock(within[0])} and {clock(within[1])}"


def _nearest_words(phrase: Sequence[bytes], words: Sequence[_Word]) -> str:
    """Return what is said that is most like it: memory differs from captions by a word or two."""
    text = " ".join(word.word.decode() for word in words)
    # 70 of 100: no nearest words are better than some that have little in common.
    alignment = fuzz.partial_ratio_alignment(b" ".join(phrase).decode(), text, score_cutoff=70)
    if alignment is None:
        return ""
    start = text.rfind(" ", 0, alignment.dest_start + 1) + 1
    end = text.find(" ", alignment.dest_end)
    return f"; the nearest is “{text[start : end if end > 0 else None].strip()}”"
