"""What the editor cut or redacted leaves the transcript; what stays of it is when, never what.

A border lies between words: in the pause before the first removed word and after the last. Where
the text differs from what was recognised, the time of a removed word is a guess, and the border
then takes in every recognised word, or the whole gap, in which it may have been said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from transcribe.editing.alignment import AlignedBlock
from transcribe.editing.inline_markup import CopyWord, RedactionMark
from transcribe.editing.transcript_markdown import CopyParagraph
from transcribe.words import Redaction, Span, Transcript, Turn, Word, normalised, share

CUT_REACH_MS = 500
"""Milliseconds of a pause, at most half of it, that go with a cut: what is left sounds natural."""
REDACTION_REACH_MS = 150
"""Word times are a tenth of a second off at times, and no sound of a name may be left."""
MIN_REDACTION_MS = 200
"""Milliseconds: some words are given no length at all."""
_LEAST_LETTERS = 3


@dataclass(frozen=True)
class RemovalResult:
    """What is left, and when something was taken."""

    turns: tuple[Turn, ...]
    cuts: tuple[Span, ...]
    redactions: tuple[Redaction, ...]
    unredacted_names: tuple[int, ...]
    """When a name that is redacted somewhere is said and left."""


@dataclass(frozen=True)
class _TimedWord:
    """A word of the copy with its time."""

    token: CopyWord
    word: Word
    turn: int


def apply_removals(
    transcript: Transcript,
    paragraphs: Sequence[CopyParagraph],
    turns: Sequence[Turn],
    blocks: Sequence[AlignedBlock],
) -> RemovalResult:
    """Take the marked words out of `turns`, which are the paragraphs with their words timed."""
    said = [
        _TimedWord(token, word, number)
        for number, (paragraph, turn) in enumerate(zip(paragraphs, turns, strict=True))
        for token, word in zip(paragraph.words, turn.words, strict=True)
    ]
    if all(one.token.is_kept for one in said):
        return RemovalResult(tuple(turns), (), (), ())
    sure = _sure_spans(transcript, [one.word for one in said], blocks)
    cuts = _cuts(said, sure, transcript.duration)
    return RemovalResult(
        tuple(_kept(turns, said, cuts)),
        cuts,
        tuple(_redactions(said, sure, transcript.duration)),
        tuple(_still_said(said)),
    )


def _sure_spans(
    transcript: Transcript, words: Sequence[Word], blocks: Sequence[AlignedBlock]
) -> list[Span]:
    """For each word of the copy, the time in which it is surely said."""
    literal, spans = transcript.words, []
    for block in blocks:
        heard = literal[block.old_start : block.old_end]
        before = literal[block.old_start - 1].end if block.old_start else 0
        after = (
            literal[block.old_end].start if block.old_end < len(literal) else transcript.duration
        )
        for at in range(block.new_start, block.new_end):
            start, end = words[at].start, words[at].end
            if block.is_same:
                word = heard[at - block.new_start]
                start, end = min(start, word.start), max(end, word.end)
            elif heard:
                near = [w for w in heard if w.start < max(end, start + 1) and w.end > start]
                start = min([start, *(word.start for word in near)])
                end = max([end, *(word.end for word in near)])
            else:
                start, end = min(start, before), max(end, after)
            spans.append(Span(start=start, end=end))
    return spans


def _runs(said: Sequence[_TimedWord], sort: str) -> Iterator[tuple[int, int]]:
    """First and last + 1 of words cut together, or redacted by one mark."""
    numbered = enumerate(said)
    for key, run in groupby(numbered, key=lambda pair: _removed_by(pair[1].token, sort)):
        if key is not None:
            indices = [number for number, _ in run]
            yield indices[0], indices[-1] + 1


def _removed_by(token: CopyWord, sort: str) -> int | None:
    if sort == "cut":
        return 0 if token.is_cut else None
    return token.redaction.number if token.redaction is not None and not token.is_cut else None


def _cuts(said: Sequence[_TimedWord], sure: Sequence[Span], duration: int) -> tuple[Span, ...]:
    cuts: list[Span] = []
    for first, last in _runs(said, "cut"):
        span = _bordered(said, sure, first, last, duration, CUT_REACH_MS)
        # Nothing is kept before the first word or after the last.
        start = 0 if first == 0 else span.start
        end = duration if last == len(said) else span.end
        if cuts and start <= cuts[-1].end:
            before = cuts.pop()
            start, end = before.start, max(before.end, end)
        if end > start:
            cuts.append(Span(start=start, end=end))
    return tuple(cuts)


def _bordered(
    said: Sequence[_TimedWord],
    sure: Sequence[Span],
    first: int,
    last: int,
    duration: int,
    reach: int,
) -> Span:
    """The words `first`…`last` and at most `reach` of the pause, or half of it, on either side."""
    start = min(span.start for span in sure[first:last])
    end = max(span.end for span in sure[first:last])
    before = said[first - 1].word.end if first else 0
    after = said[last].word.start if last < len(said) else duration
    start -= min(reach, max(0, start - before) // 2)
    end += min(reach, max(0, after - end) // 2)
    return Span(start=start, end=end)


def _redactions(
    said: Sequence[_TimedWord], sure: Sequence[Span], duration: int
) -> Iterator[Redaction]:
    for first, last in _runs(said, "redaction"):
        span = _bordered(said, sure, first, last, duration, REDACTION_REACH_MS)
        short = max(0, MIN_REDACTION_MS - (span.end - span.start))
        start = max(0, span.start - short // 2)
        end = min(duration, span.end + short - short // 2)
        yield Redaction(start=start, end=end, shown=" ".join(_hidden(said[first]).shown_words))


def _hidden(one: _TimedWord) -> RedactionMark:
    if one.token.redaction is None:
        raise ValueError("This word is not redacted.")
    return one.token.redaction


def _kept(
    turns: Sequence[Turn], said: Sequence[_TimedWord], cuts: Sequence[Span]
) -> Iterator[Turn]:
    for number, run in groupby(said, key=lambda one: one.turn):
        words = tuple(_outside(word, cuts) for word in _shown([*run]))
        if words:
            turn = turns[number]
            yield Turn(speaker=turn.speaker, question=turn.question, words=words)


def _shown(said: Sequence[_TimedWord]) -> Iterator[Word]:
    left = [one for one in said if not one.token.is_cut]
    for hidden, run in groupby(left, key=lambda one: one.token.redaction):
        words = [one.word for one in run]
        if hidden is None:
            yield from words
            continue
        texts = hidden.shown_words
        bounds = share(words[0].start, words[-1].end, [len(text) for text in texts])
        for text, (start, end) in zip(texts, bounds, strict=True):
            yield Word(text=text, start=start, end=end)


def _outside(word: Word, cuts: Sequence[Span]) -> Word:
    """A word that is kept, shortened where a cut had to reach into it."""
    start, end = word.start, word.end
    for cut in cuts:
        if start < cut.start < end:
            end = cut.start
        elif cut.start <= start < cut.end:
            start, end = cut.end, max(end, cut.end)
    if (start, end) == (word.start, word.end):
        return word
    return Word(text=word.text, start=start, end=end, probability=word.probability)


def _still_said(said: Sequence[_TimedWord]) -> Iterator[int]:
    """When a name that is redacted elsewhere is said. Small words are not names."""
    names = {
        _bare(part)
        for one in said
        if one.token.redaction is not None
        for part in one.token.redaction.words
        if part[:1].isupper() and len(_bare(part)) >= _LEAST_LETTERS
    }
    for one in said:
        if one.token.is_kept and _bare(one.token.text) in names:
            yield one.word.start


def _bare(text: str) -> str:
    return normalised(text).removesuffix("'s")
