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

from films.page_text import Chapter, Paragraph, StoryPage

SHORT, TARGET, LONG = 20_000, 30_000, 42_000
"""Milliseconds: a moment lasts `SHORT` at least where what follows would make it `LONG`."""
_BREATH = 1_000
_SENTENCE_END = re.compile(r"[.!?…]+[”’\"')\]]*(?=\s)")


@dataclass(frozen=True)
class Said:
    """Part of a moment: words of one speaker in one paragraph."""

    speaker: str
    text: str


@dataclass(frozen=True)
class Moment:
    """`start` and `end` are milliseconds on the film's clock; `chapter` counts from 0."""

    start: int
    end: int
    chapter: int
    said: tuple[Said, ...]


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    said: Said


def moments(page: StoryPage) -> list[Moment]:
    """Every word of the transcript, each in exactly one moment, in the order of the story."""
    return [
        moment
        for number, chapter in enumerate(page.chapters)
        for moment in _in_chapter(number, chapter)
    ]


def _in_chapter(number: int, chapter: Chapter) -> Iterator[Moment]:
    gathered: list[_Span] = []
    for span in (span for one in chapter.paragraphs for span in _spans(one)):
        if gathered and _is_full(gathered, span):
            yield _moment(number, gathered)
            gathered = []
        gathered.append(span)
    if gathered:
        yield _moment(number, gathered)


def _is_full(gathered: list[_Span], following: _Span) -> bool:
    """Whether a moment ends here. Another voice is a good place for it."""
    lasts = gathered[-1].end - gathered[0].start
    would_last = following.end - gathered[0].start
    turns = following.said.speaker != gathered[-1].said.speaker
    return (
        lasts >= TARGET
        or (lasts >= SHORT and (turns or would_last > LONG))
        or (would_last > 2 * TARGET)
    )


def _moment(number: int, spans: list[_Span]) -> Moment:
    return Moment(
        start=spans[0].start,
        end=max(span.end for span in spans),
        chapter=number,
        said=tuple(span.said for span in _joined(spans)),
    )


def _joined(spans: list[_Span]) -> Iterator[_Span]:
    """Sentences of one paragraph are one text again; its spans follow each other."""
    whole = spans[0]
    for span in spans[1:]:
        if span.said.speaker == whole.said.speaker and span.start < whole.end:
            text = f"{whole.said.text} {span.said.text}"
            whole = _Span(whole.start, span.end, Said(whole.said.speaker, text))
        else:
            yield whole
            whole = span
    yield whole


def _spans(paragraph: Paragraph) -> Iterator[_Span]:
    text = paragraph.text
    lasts = paragraph.end - paragraph.start
    if not text.strip():
        return
    if lasts <= TARGET:
        yield _Span(paragraph.start, paragraph.end, Said(paragraph.speaker, text.strip()))
        return
    for first, last in pairwise(_cuts(text, lasts)):
        if not text[first:last].strip():
            continue
        begins = paragraph.start + lasts * first // len(text)
        yield _Span(
            max(paragraph.start, begins - _BREATH),
            paragraph.start + lasts * last // len(text),
            Said(paragraph.speaker, text[first:last].strip()),
        )


def _cuts(text: str, lasts: int) -> list[int]:
    """Where sentences end; a sentence of more than `TARGET` is parted between words as well."""
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    longest = max(1, len(text) * TARGET // lasts)
    cuts = [0]
    for end in ends[1:]:
        while end - cuts[-1] > longest:
            blank = text.rfind(" ", cuts[-1] + 1, cuts[-1] + longest)
            if blank < 0 or not text[cuts[-1] : blank].strip():
                break
            cuts.append(blank)
        if end > cuts[-1]:
            cuts.append(end)
    return cuts
