"""A story transcribed again: the editor's work, carried to the new words.

Three texts stand against each other: the words as heard before, the editor's copy of them, and the
words as heard now. A correction is carried where the words it corrected are heard again. A cut or a
redaction is of a time in the recording, so it is carried even where other words are heard in that
time; the editor is then asked to look. What finds no place is listed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from transcribe.editing.alignment import AlignedBlock, align
from transcribe.editing.apply_edits import time_tokens
from transcribe.editing.inline_markup import CopyWord, RedactionMark
from transcribe.editing.transcript_markdown import CopyParagraph, EditorsCopy, tokens_in
from transcribe.words import Transcript, Word, normalised

_OVERLAP = 0.3  # of a word's time in which something was cut or redacted


@dataclass(frozen=True)
class LostChange:
    """Something that could not be carried, and when it was said, in milliseconds."""

    at: int
    what: str
    """`correction`, `cut` or `redaction`."""
    text: str = ""
    """What a correction said; nothing for what must not be read."""


@dataclass(frozen=True)
class RebasedCopy:
    """The copy for the new words."""

    paragraphs: tuple[CopyParagraph, ...]
    corrections: int
    removals: int
    """Cuts and redactions that found their place."""
    lost: tuple[LostChange, ...]
    check_at: tuple[int, ...]
    """Where a cut or a redaction begins or ends with other words than were heard before."""


@dataclass(frozen=True)
class _NewWord:
    """A word of the new copy."""

    token: CopyWord
    at: int
    end: int
    source: int | None
    """The token of the earlier copy that it comes from; None where only the time can tell."""
    number: int = -1
    """Of the new word, where it is one that was not heard before."""


@dataclass
class _EditTargets:
    """Where each change of the editor's goes, by number of the new words."""

    instead: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """New words from this one to `[0]` are replaced by the copy's tokens `[1]`…`[2]`."""
    before: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The copy's tokens that stand before this one."""
    lost: list[LostChange] = field(default_factory=list)


def rebase_copy(
    old: Transcript, copy: EditorsCopy, new: Transcript, hints: Mapping[int, str]
) -> RebasedCopy:
    """The editor's copy of `old`, made one of `new`. `hints` are the new words' marks of doubt.

    Pure. The result is a text like any other: it still has to be applied.
    """
    # Questions about names are asked anew: `redact suggest` looks at the new words.
    tokens = [
        replace(word, question=None) for paragraph in copy.paragraphs for word in paragraph.words
    ]
    edited = align(_sounds(old.words), [normalised(token.text) for token in tokens])
    times = time_tokens(old, tokens_in(copy.paragraphs), edited, copy.paragraphs)
    again = _WordMap(old, new)
    fates = _fates(old, tokens, edited, again)
    places = list(_places(tokens, edited, old, again, fates))
    sources = _sources(places, tokens, times)
    words = [
        _marked(place, tokens[source], hints.get(place.number))
        for place, source in zip(places, sources, strict=True)
    ]
    runs = list(_removed_runs(tokens))
    found = [run for run in runs if any(source in run for source in sources)]
    lost = fates.lost + [
        LostChange(times[run[0]].start, "cut" if tokens[run[0]].is_cut else "redaction")
        for run in runs
        if run not in found
    ]
    return RebasedCopy(
        paragraphs=tuple(_paragraphs(copy.paragraphs, sources, places, words)),
        corrections=len(fates.instead) + len(fates.before),
        removals=len(found),
        lost=tuple(sorted(lost, key=lambda one: one.at)),
        check_at=tuple(_edges(places, words)),
    )


class _WordMap:
    """Which of the words heard now are which of those heard before."""

    def __init__(self, old: Transcript, new: Transcript) -> None:
        self.words = new.words
        self._old = old.words
        self.blocks = align(_sounds(old.words), _sounds(new.words))
        self.of_old: dict[int, int] = {}
        for block in self.blocks:
            if block.is_same:
                self.of_old |= zip(
                    range(block.old_start, block.old_end),
                    range(block.new_start, block.new_end),
                    strict=True,
                )
        self.of_new = {new: old for old, new in self.of_old.items()}

    def exact(self, a: int, b: int) -> bool:
        """Whether the old words `a`…`b` are heard again, all and in a row."""
        now = [self.of_old.get(at) for at in range(a, b)]
        first = now[0]
        return first is not None and now == list(range(first, first + b - a))

    def span(self, a: int, b: int) -> tuple[int, int]:
        """The new words in the place of the old `a`…`b`, at least one; by time where unequal."""
        start = self.of_old.get(a)
        last = self.of_old.get(b - 1)
        first = self._by_time(a, end=False) if start is None else start
        return first, max(first, self._by_time(b - 1, end=True) if last is None else last + 1)

    def gap(self, at: int) -> tuple[int, int] | None:
        """The new words between the old `at - 1` and `at`, if both are heard again."""
        start = self.of_old.get(at - 1) if at else -1
        end = self.of_old.get(at) if at < len(self._old) else len(self.words)
        return None if start is None or end is None else (start + 1, end)

    def _by_time(self, at: int, *, end: bool) -> int:
        block = next(block for block in self.blocks if block.old_start <= at < block.old_end)
        if not end and at == block.old_start:
            return block.new_start
        if end and at == block.old_end - 1:
            return block.new_end
        border = self._old[at + 1 if end else at].start
        return block.new_start + sum(
            _middle(word) < border for word in self.words[block.new_start : block.new_end]
        )


def _fates(
    old: Transcript, tokens: Sequence[CopyWord], edited: Sequence[AlignedBlock], again: _WordMap
) -> _EditTargets:
    fates = _EditTargets()
    for block in edited:
        if block.is_same:
            continue
        typed = tokens[block.new_start : block.new_end]
        if block.old_end > block.old_start:
            first, last = again.span(block.old_start, block.old_end)
            certain = again.exact(block.old_start, block.old_end)
        else:
            gap = again.gap(block.old_start)
            first, last = gap or (0, 0)
            certain = gap is not None and first == last and first not in fates.before
            if certain:
                fates.before[first] = (block.new_start, block.new_end)
                continue
        said = [normalised(token.text) for token in typed]
        if last > first and (certain or _sounds(again.words[first:last]) == said):
            fates.instead[first] = (last, block.new_start, block.new_end)
        elif typed or last > first:
            at = old.words[min(block.old_start, len(old.words) - 1)].start if old.words else 0
            shown = " ".join(token.text for token in typed if token.is_kept)
            if shown or not typed:
                fates.lost.append(LostChange(at, "correction", shown))
    return fates


def _places(
    tokens: Sequence[CopyWord],
    edited: Sequence[AlignedBlock],
    old: Transcript,
    again: _WordMap,
    fates: _EditTargets,
) -> Iterator[_NewWord]:
    """The words of the new copy in order."""
    of_old: dict[int, int] = {}
    for block in edited:
        if block.is_same:
            of_old |= zip(
                range(block.old_start, block.old_end),
                range(block.new_start, block.new_end),
                strict=True,
            )
    at = 0
    words = again.words
    while at <= len(words):
        if at in fates.before:
            start = words[at - 1].end if at else 0
            for source in range(*fates.before[at]):
                yield _NewWord(tokens[source], start, start, source)
        if at == len(words):
            return
        if at in fates.instead:
            last, first_token, last_token = fates.instead[at]
            for source in range(first_token, last_token):
                yield _NewWord(tokens[source], words[at].start, words[last - 1].end, source)
            at = last
            continue
        yield _heard(words[at], at, again.of_new.get(at), of_old, tokens, old)
        at += 1


def _heard(
    word: Word,
    number: int,
    before: int | None,
    of_old: dict[int, int],
    tokens: Sequence[CopyWord],
    old: Transcript,
) -> _NewWord:
    source = of_old.get(before) if before is not None else None
    if source is None or before is None:
        return _NewWord(CopyWord(word.text), word.start, word.end, None, number)
    token = tokens[source]
    if token.text == old.words[before].text:
        token = replace(token, text=word.text)
    return _NewWord(token, word.start, word.end, source)


def _sources(
    places: Sequence[_NewWord], tokens: Sequence[CopyWord], times: Sequence[Word]
) -> list[int]:
    """For each place its token of the earlier copy, by time where nothing else tells."""
    following: list[int] = []
    bound = len(tokens) - 1
    for place in reversed(places):
        bound = bound if place.source is None else place.source
        following.append(bound)
    following.reverse()
    starts = [word.start for word in times]
    sources: list[int] = []
    for place, high in zip(places, following, strict=True):
        low = sources[-1] if sources else 0
        if place.source is not None:
            sources.append(place.source)
            continue
        near = bisect_right(starts, (place.at + place.end) // 2) - 1
        near = min(max(near, low), max(low, high))
        removed = (
            number
            for number in range(max(low, near - 2), min(max(low, high), near + 2) + 1)
            if not tokens[number].is_kept and _overlap(times[number], place) >= _OVERLAP
        )
        sources.append(next(removed, near))
    return sources


def _overlap(word: Word, place: _NewWord) -> float:
    common = min(word.end, place.end) - max(word.start, place.at)
    return common / max(1, place.end - place.at)


def _marked(place: _NewWord, source: CopyWord, hint: str | None) -> CopyWord:
    if place.source is not None:
        return place.token
    kept = source.is_kept
    return replace(
        place.token, is_cut=source.is_cut, redaction=source.redaction, hint=hint if kept else None
    )


def _edges(places: Sequence[_NewWord], words: Sequence[CopyWord]) -> Iterator[int]:
    """When a removed stretch begins or ends with a word that only its time made part of it."""
    numbered = zip(places, words, strict=True)
    for key, run in groupby(numbered, key=lambda pair: _removed_by(pair[1])):
        stretch = [place for place, _ in run]
        if key is not None:
            guessed = [end.at for end in (stretch[0], stretch[-1]) if end.source is None]
            yield from dict.fromkeys(guessed)


def _removed_runs(tokens: Sequence[CopyWord]) -> Iterator[range]:
    numbered = enumerate(tokens)
    for key, run in groupby(numbered, key=lambda pair: _removed_by(pair[1])):
        if key is not None:
            numbers = [number for number, _ in run]
            yield range(numbers[0], numbers[-1] + 1)


def _removed_by(token: CopyWord) -> int | None:
    if token.is_cut:
        return 0
    return token.redaction.number if token.redaction is not None else None


def _paragraphs(
    paragraphs: Sequence[CopyParagraph],
    sources: Sequence[int],
    places: Sequence[_NewWord],
    words: Sequence[CopyWord],
) -> Iterator[CopyParagraph]:
    owner = [number for number, paragraph in enumerate(paragraphs) for _ in paragraph.words]
    rows = zip(sources, places, words, strict=True)
    for number, run in groupby(rows, key=lambda row: owner[row[0]]):
        said = [(place, word) for _, place, word in run]
        yield replace(
            paragraphs[number],
            line=0,
            stamp=said[0][0].at,
            words=tuple(_rehidden([word for _, word in said])),
        )


def _rehidden(words: Sequence[CopyWord]) -> Iterator[CopyWord]:
    """Redactions of other words than before say those words."""
    for hidden, run in groupby(words, key=lambda word: word.redaction):
        tokens = list(run)
        if hidden is None or len(tokens) == len(hidden.words):
            yield from tokens
            continue
        said = tuple(token.text for token in tokens)
        shown = " ".join(hidden.shown_words)
        if _plain(said) == _plain(hidden.shown_words):
            shown = ""
        yield from (
            replace(token, redaction=RedactionMark(hidden.number, said, shown)) for token in tokens
        )


def _plain(words: Sequence[str]) -> list[str]:
    return [normalised(word) for word in words]


def _sounds(words: Sequence[Word]) -> list[str]:
    return [normalised(word.text) for word in words]


def _middle(word: Word) -> int:
    return (word.start + word.end) // 2
