"""Where a clip lies on the film's clock: by chapter, by the words said there, or by a time.

Words are looked for in the captions, which were signed off with the film: a clip begins with the
caption that holds its first word and ends with the one that holds its last, so that no sentence is
cut and no caption is shown by half. Where there are none, the transcript's turns take their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from films.page_text import PageChapter, StoryPage
from library.core.timecode import clock, parse_clock
from publish.leaks.readings import fold
from publish.training.plan import PlannedClip
from transcribe.cue import Cue

SHORTEST = 500
"""Milliseconds: less is no clip, but a slip."""
CHAPTER_SLACK = 1_000
"""Milliseconds by which a chapter’s first caption may stand before its first word."""
_REACH = 200
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
            shown = ((cue.start, cue.end, cue.text) for cue in self.cues)
        else:
            turns = (turn for chapter in self.page.chapters for turn in chapter.paragraphs)
            shown = ((turn.start, turn.end, turn.text) for turn in turns)
        for start, end, text in shown:
            for word in _folded(text):
                yield _Word(word, start, end)


@dataclass(frozen=True)
class _Word:
    word: bytes
    start: int
    end: int


def find_clip(clip: PlannedClip, told: StoryWords) -> ClipSpan:
    """Where the clip lies. Raises NotThere."""
    chapter = _chapter(clip, told.page) if clip.chapter else None
    within = (chapter.start, chapter.end) if chapter else (0, told.page.duration)
    start, end = within
    if clip.from_:
        start = _moment(clip.from_, told, ("from",), within).start
        if chapter and chapter.start - CHAPTER_SLACK <= start < chapter.start:
            start = chapter.start
        if chapter and not chapter.start <= start < chapter.end:
            span = f"{clock(chapter.start)} to {clock(chapter.end)}"
            raise NotFoundInStory(
                ("from",), f"{clock(start)} is not in the chapter, which is {span}"
            )
    if clip.to:
        end = _moment(clip.to, told, ("to",), (start, within[1])).end
    if start >= told.page.duration or end > told.page.duration:
        field = ("from",) if start >= told.page.duration else ("to",)
        raise NotFoundInStory(field, f"the film is only {clock(told.page.duration)} long")
    if end - start < SHORTEST:
        what = f"the clip would end before it begins ({clock(start)} to {clock(end)})"
        raise NotFoundInStory(("to",) if clip.to else ("from",), what)
    return ClipSpan(start, end, tuple(_pauses(clip, told, start, end)), chapter)


def _chapter(clip: PlannedClip, page: StoryPage) -> PageChapter:
    for chapter in page.chapters:
        if chapter.id == clip.chapter:
            return chapter
    known = ", ".join(chapter.id for chapter in page.chapters) or "none"
    what = f"this story has no chapter “{clip.chapter}”; there are: {known}"
    raise NotFoundInStory(("chapter",), what)


def _pauses(clip: PlannedClip, told: StoryWords, start: int, end: int) -> Iterator[int]:
    before = start
    for number, pause in enumerate(clip.pauses):
        field = ("pauses", number, "at")
        at = _moment(pause.at, told, field, (before, end)).end
        if not before < at < end:
            raise NotFoundInStory(field, "a pause must be inside the clip, after the one before it")
        yield at
        before = at


def _moment(
    typed: str, told: StoryWords, field: tuple[str | int, ...], within: tuple[int, int]
) -> _Word:
    """The time typed, or the caption of the words typed: for `from` that of the first word, else
    that of the last."""
    ms = parse_clock(typed)
    if ms is not None:
        return _Word(b"", ms, ms)
    wanted = _folded(typed)
    if not wanted:
        raise NotFoundInStory(field, "write words that are said there, or a time such as 1:05")
    said = [one for one in told.words if _overlaps(one, within)]
    places = [at for at in range(len(said)) if _says(said, at, wanted)]
    if not places:
        raise NotFoundInStory(
            field, f"these words are not said {_where(told, within)}{_near(wanted, said)}"
        )
    if len(places) > 1:
        times = " and ".join(clock(said[at].start) for at in places[:4])
        what = f"these words are said {len(places)} times, at {times}: write more of them"
        raise NotFoundInStory(field, what)
    return said[places[0] if field == ("from",) else places[0] + len(wanted) - 1]


def _overlaps(word: _Word, within: tuple[int, int]) -> bool:
    """A caption may reach a little into the chapter after its own."""
    return word.end > within[0] + _REACH and word.start < within[1]


def _says(said: Sequence[_Word], at: int, wanted: Sequence[bytes]) -> bool:
    return all(
        at + number < len(said) and said[at + number].word == word
        for number, word in enumerate(wanted)
    )


def _where(told: StoryWords, within: tuple[int, int]) -> str:
    if within == (0, told.page.duration):
        return "in this story"
    return f"between {clock(within[0])} and {clock(within[1])}"


def _near(wanted: Sequence[bytes], said: Sequence[_Word]) -> str:
    """What is said that is most like it: captions differ from memory by a word or two."""
    from rapidfuzz import fuzz

    text = " ".join(one.word.decode() for one in said)
    alignment = fuzz.partial_ratio_alignment(b" ".join(wanted).decode(), text, score_cutoff=70)
    if alignment is None:
        return ""
    start = text.rfind(" ", 0, alignment.dest_start + 1) + 1
    end = text.find(" ", alignment.dest_end)
    return f"; the nearest is “{text[start : end if end > 0 else None].strip()}”"


def _folded(text: str) -> list[bytes]:
    return fold(text).spaced.split()
