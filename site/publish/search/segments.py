"""A story's transcript in moments: about half a minute each, never across two questions.

A moment ends where a paragraph ends, or in a long paragraph where a sentence does. The page knows
when a paragraph begins and ends but not each word, so a moment within one begins at its share of
the paragraph's letters, and a breath earlier: better too much than a first word missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from films.page_text import PageChapter, PageParagraph, StoryPage
from publish.render.facts import is_interviewer

MIN_MOMENT_MS, TARGET_MOMENT_MS, MAX_MOMENT_MS = 20_000, 30_000, 42_000
"""A moment shorter than the least takes in what follows, unless it grew longer than the most."""
_BREATH = 1_000
"""Milliseconds that a moment within a paragraph begins early: its time is only an estimate."""
_SENTENCE_END = re.compile(r"[.!?…]+[”’\"')\]]*(?=\s)")


@dataclass(frozen=True)
class Utterance:
    """The words of one speaker in one paragraph, or the part of them that is in a moment."""

    speaker: str
    text: str


@dataclass(frozen=True)
class Moment:
    """A stretch of a story that is found as one.

    `start` and `end` are milliseconds on the film's clock; `chapter` counts from 0.
    """

    start: int
    end: int
    chapter: int
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True)
class _TimedUtterance:
    start: int
    end: int
    utterance: Utterance


def moments(page: StoryPage) -> list[Moment]:
    """Return the moments of a story, in order: every word of the transcript is in exactly one."""
    return [
        moment
        for number, chapter in enumerate(page.chapters)
        for moment in _in_chapter(number, chapter)
    ]


def _in_chapter(number: int, chapter: PageChapter) -> Iterator[Moment]:
    moments_spans: list[list[_TimedUtterance]] = []
    for span in (span for paragraph in chapter.paragraphs for span in _timed_utterances(paragraph)):
        if not moments_spans or _is_full(moments_spans[-1], span):
            moments_spans.append([])
        moments_spans[-1].append(span)
    # A question or a word of thanks is no moment by itself: a result shows what is told.
    if len(moments_spans) > 1 and _is_asking(moments_spans[-1]):
        last = moments_spans.pop()
        moments_spans[-1] += last
    for spans in moments_spans:
        yield _moment(number, spans)


def _is_asking(spans: list[_TimedUtterance]) -> bool:
    return all(is_interviewer(span.utterance.speaker) for span in spans)


def _is_full(gathered: list[_TimedUtterance], following: _TimedUtterance) -> bool:
    """Return True where a moment ends here. A change of speaker is a good place for it."""
    lasts = gathered[-1].end - gathered[0].start  # milliseconds
    would_last = following.end - gathered[0].start
    speaker_changes = following.utterance.speaker != gathered[-1].utterance.speaker
    return not _is_asking(gathered) and (
        lasts >= TARGET_MOMENT_MS
        or (lasts >= MIN_MOMENT_MS and (speaker_changes or would_last > MAX_MOMENT_MS))
        or (would_last > 2 * TARGET_MOMENT_MS)
    )


def _moment(number: int, spans: list[_TimedUtterance]) -> Moment:
    return Moment(
        start=spans[0].start,
        end=max(span.end for span in spans),
        chapter=number,
        utterances=tuple(span.utterance for span in _joined(spans)),
    )


def _joined(spans: list[_TimedUtterance]) -> Iterator[_TimedUtterance]:
    """Join the sentences of one paragraph to one text again."""
    whole = spans[0]
    for span in spans[1:]:
        if span.utterance.speaker == whole.utterance.speaker and span.start < whole.end:
            text = f"{whole.utterance.text} {span.utterance.text}"
            whole = _TimedUtterance(whole.start, span.end, Utterance(whole.utterance.speaker, text))
        else:
            yield whole
            whole = span
    yield whole


def _timed_utterances(paragraph: PageParagraph) -> Iterator[_TimedUtterance]:
    text = paragraph.text
    lasts = paragraph.end - paragraph.start
    if not text.strip():
        return
    if lasts <= TARGET_MOMENT_MS:
        yield _TimedUtterance(
            paragraph.start, paragraph.end, Utterance(paragraph.speaker, text.strip())
        )
        return
    for first, last in pairwise(_cuts(text, lasts)):
        if not text[first:last].strip():
            continue
        # Words of a paragraph have no times of their own; letters are the best guess.
        start = paragraph.start + lasts * first // len(text)
        yield _TimedUtterance(
            max(paragraph.start, start - _BREATH),
            paragraph.start + lasts * last // len(text),
            Utterance(paragraph.speaker, text[first:last].strip()),
        )


def _cuts(text: str, duration: int) -> list[int]:
    """Return where to cut: after each sentence, and at blanks in one longer than the target."""
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    longest = max(1, len(text) * TARGET_MOMENT_MS // duration)
    cuts = [0]
    for end in ends[1:]:
        while end - cuts[-1] > longest:
            blank = text.rfind(" ", cuts[-1] + 1, cuts[-1] + longest)
            # Writing without blanks stays whole: a word is never cut.
            if blank < 0 or not text[cuts[-1] : blank].strip():
                break
            cuts.append(blank)
        if end > cuts[-1]:
            cuts.append(end)
    return cuts
