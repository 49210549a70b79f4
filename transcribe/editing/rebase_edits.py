"""Rebase an editor's work on the words of a story that was transcribed again.

Three texts are compared: the words recognised before (old), the editor's copy of them, and the
words recognised now (new). A correction is carried over where the words it corrected are recognised
again. A cut or a redaction is of a time in the recording, so it is carried over even where other
words are recognised in that time; the editor is then asked to look. What has no place is listed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from transcribe.british_spelling import comparable
from transcribe.editing.alignment import AlignedBlock, align
from transcribe.editing.apply_edits import time_tokens
from transcribe.editing.inline_markup import CopyWord, RedactionMark
from transcribe.editing.placed_edges import with_edges_at_ends, with_edges_everywhere
from transcribe.editing.remark_hints import hint_with_remarks, remarks_of_hint
from transcribe.editing.transcript_markdown import CopyParagraph, EditorsCopy, tokens_in
from transcribe.words import Span, Transcript, Word

_MIN_OVERLAP = 0.3  # of a new word's time with one that was removed, for the removal to take it
_NEAR_WORDS = 2  # of the copy, on either side, in which such a removed word is looked for


@dataclass(frozen=True)
class LostChange:
    """A change that could not be carried over; `at` is when it was said, in milliseconds."""

    at: int
    what: str
    """`correction`, `cut` or `redaction`."""
    text: str = ""
    """The text of a correction; empty for cuts and redactions, whose words must not be read."""


@dataclass(frozen=True)
class RebasedCopy:
    """The editor's copy for the new words."""

    paragraphs: tuple[CopyParagraph, ...]
    corrections: int
    removals: int
    """Cuts and redactions carried over."""
    lost: tuple[LostChange, ...]
    check_at: tuple[int, ...]
    """Times at which a cut or redaction now borders on other words, in milliseconds."""
    unheard: tuple[Span, ...] = ()
    """Spans without words that the editor has not answered for in the earlier copy."""
    moved_at: tuple[int, ...] = ()
    """Times of cuts and redactions with moved edges: these count from the new words' times."""


@dataclass(frozen=True)
class _NewWord:
    """A word of the new copy, in milliseconds."""

    mark: CopyWord
    start: int
    end: int
    source: int | None
    """The word of the earlier copy that it comes from; None where only its time can tell."""
    number: int = -1
    """Of the new word, where it was not recognised before."""


@dataclass
class _EditTargets:
    """Places of the editor's corrections, by number of the new words."""

    instead: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """New words from this one to `[0]` are replaced by the copy's words `[1]`…`[2]`."""
    before: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Range of the copy's words that stand before this one."""
    lost: list[LostChange] = field(default_factory=list)


def rebase_copy(
    old: Transcript, copy: EditorsCopy, new: Transcript, hints: Mapping[int, str]
) -> RebasedCopy:
    """Make the editor's copy of `old` one of `new`. `hints` are those of the new words, by number.

    Pure. The result is a copy like any other: it still has to be applied.
    """
    # Questions about names are asked anew: `redact suggest` looks at the new words.
    marks = with_edges_everywhere(
        [replace(word, question=None) for paragraph in copy.paragraphs for word in paragraph.words]
    )
    edited = align(_comparable(old.words), [comparable(mark.text) for mark in marks])
    times = time_tokens(old, tokens_in(copy.paragraphs), edited, copy.paragraphs)
    word_map = _WordMap(old, new)
    targets = _edit_targets(old, marks, edited, word_map)
    new_words = list(_new_words(marks, edited, old, word_map, targets))
    sources = _sources(new_words, marks, times)
    new_marks = with_edges_at_ends(
        [
            _mark_of(new_word, marks[source], hints.get(new_word.number))
            for new_word, source in zip(new_words, sources, strict=True)
        ]
    )
    _carry_remarks(marks, new_words, sources, new_marks)
    # Each cut and redaction is placed or listed: none may go without a word.
    runs = list(_removed_runs(marks))
    placed = [run for run in runs if any(source in run for source in sources)]
    lost_changes = targets.lost + [
        LostChange(times[run[0]].start, "cut" if marks[run[0]].is_cut else "redaction")
        for run in runs
        if run not in placed
    ]
    return RebasedCopy(
        paragraphs=tuple(_paragraphs(copy.paragraphs, sources, new_words, new_marks)),
        corrections=len(targets.instead) + len(targets.before),
        removals=len(placed),
        lost=tuple(sorted(lost_changes, key=lambda change: change.at)),
        check_at=tuple(_changed_edges(new_words, new_marks)),
        unheard=tuple(_unheard_still(old, copy, new)),
        moved_at=tuple(_moved_times(new_words, new_marks)),
    )


def _unheard_still(old: Transcript, copy: EditorsCopy, new: Transcript) -> Iterator[Span]:
    """Yield the new spans without words, but for those that an editor has dealt with before."""
    open_seconds = {mark.start // 1000 for mark in copy.unheard}
    answered = [span for span in old.unheard if span.start // 1000 not in open_seconds]
    for span in new.unheard:
        known = sum(
            max(0, min(span.end, other.end) - max(span.start, other.start)) for other in answered
        )
        if 2 * known < span.end - span.start:
            yield span


class _WordMap:
    """Which new words are which old words."""

    def __init__(self, old: Transcript, new: Transcript) -> None:
        self.words = new.words
        self._old = old.words
        self._blocks = align(_comparable(old.words), _comparable(new.words))
        self._new_of_old = _pairs(self._blocks)
        self.old_of_new = {new: old for old, new in self._new_of_old.items()}

    def is_unchanged(self, first: int, last: int) -> bool:
        """Return True if the old words `first`…`last` are recognised again, all and in a row."""
        now = [self._new_of_old.get(at) for at in range(first, last)]
        start = now[0]
        return start is not None and now == list(range(start, start + last - first))

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the new words in place of old `first`…`last`, at least one; by time if unequal."""
        start = self._new_of_old.get(first)
        end = self._new_of_old.get(last - 1)
        begin = self._by_time(first, end=False) if start is None else start
        return begin, max(begin, self._by_time(last - 1, end=True) if end is None else end + 1)

    def gap(self, at: int) -> tuple[int, int] | None:
        """Return the new words between the old `at - 1` and `at`, if both are recognised again."""
        start = self._new_of_old.get(at - 1) if at else -1
        end = self._new_of_old.get(at) if at < len(self._old) else len(self.words)
        return None if start is None or end is None else (start + 1, end)

    def _by_time(self, at: int, *, end: bool) -> int:
        block = next(block for block in self._blocks if block.old_start <= at < block.old_end)
        if not end and at == block.old_start:
            return block.new_start
        if end and at == block.old_end - 1:
            return block.new_end
        # By time: the words themselves are others now.
        border = self._old[at + 1 if end else at].start
        inside = self.words[block.new_start : block.new_end]
        return block.new_start + sum(word.middle < border for word in inside)


def _pairs(blocks: Sequence[AlignedBlock]) -> dict[int, int]:
    """Return the number of each old token that is in both texts → its number in the new."""
    pairs: dict[int, int] = {}
    for block in blocks:
        if block.is_same:
            pairs |= zip(
                range(block.old_start, block.old_end),
                range(block.new_start, block.new_end),
                strict=True,
            )
    return pairs


def _edit_targets(
    old: Transcript,
    marks: Sequence[CopyWord],
    edited: Sequence[AlignedBlock],
    word_map: _WordMap,
) -> _EditTargets:
    targets = _EditTargets()
    for block in edited:
        if block.is_same:
            continue
        typed = marks[block.new_start : block.new_end]
        if block.old_end > block.old_start:
            first, last = word_map.span(block.old_start, block.old_end)
            is_certain = word_map.is_unchanged(block.old_start, block.old_end)
        else:
            gap = word_map.gap(block.old_start)
            first, last = gap or (0, 0)
            is_certain = gap is not None and first == last and first not in targets.before
            if is_certain:
                targets.before[first] = (block.new_start, block.new_end)
                continue
        texts = [comparable(mark.text) for mark in typed]
        if last > first and (is_certain or _comparable(word_map.words[first:last]) == texts):
            targets.instead[first] = (last, block.new_start, block.new_end)
        elif typed or last > first:
            at = old.words[min(block.old_start, len(old.words) - 1)].start if old.words else 0
            text = " ".join(mark.text for mark in typed if mark.is_kept)
            # A correction within a cut is lost with it, and nobody need look.
            if text or not typed:
                targets.lost.append(LostChange(at, "correction", text))
    return targets


def _new_words(
    marks: Sequence[CopyWord],
    edited: Sequence[AlignedBlock],
    old: Transcript,
    word_map: _WordMap,
    targets: _EditTargets,
) -> Iterator[_NewWord]:
    """Yield the words of the new copy in order."""
    mark_of_old = _pairs(edited)
    at = 0
    words = word_map.words
    while at <= len(words):
        if at in targets.before:
            start = words[at - 1].end if at else 0
            for source in range(*targets.before[at]):
                yield _NewWord(marks[source], start, start, source)
        if at == len(words):
            return
        if at in targets.instead:
            last, first_mark, last_mark = targets.instead[at]
            for source in range(first_mark, last_mark):
                yield _NewWord(marks[source], words[at].start, words[last - 1].end, source)
            at = last
            continue
        yield _recognised_word(words[at], at, word_map.old_of_new.get(at), mark_of_old, marks, old)
        at += 1


def _recognised_word(
    word: Word,
    number: int,
    before: int | None,
    mark_of_old: dict[int, int],
    marks: Sequence[CopyWord],
    old: Transcript,
) -> _NewWord:
    source = mark_of_old.get(before) if before is not None else None
    if source is None or before is None:
        return _NewWord(CopyWord(word.text), word.start, word.end, None, number)
    mark = marks[source]
    if mark.text == old.words[before].text:
        # The editor left this word alone: its new capitals and punctuation count.
        mark = replace(mark, text=word.text)
    return _NewWord(mark, word.start, word.end, source)


def _sources(
    new_words: Sequence[_NewWord], marks: Sequence[CopyWord], times: Sequence[Word]
) -> list[int]:
    """Return for each new word its word of the earlier copy, by time where nothing else tells."""
    following: list[int] = []
    bound = len(marks) - 1
    for new_word in reversed(new_words):
        bound = bound if new_word.source is None else new_word.source
        following.append(bound)
    following.reverse()
    starts = [word.start for word in times]
    sources: list[int] = []
    for new_word, high in zip(new_words, following, strict=True):
        low = sources[-1] if sources else 0
        if new_word.source is not None:
            sources.append(new_word.source)
            continue
        high = max(low, high)
        near = bisect_right(starts, (new_word.start + new_word.end) // 2) - 1
        near = min(max(near, low), high)
        # A removed word nearby comes first: it is safer to remove too much and ask.
        removed = (
            number
            for number in range(max(low, near - _NEAR_WORDS), min(high, near + _NEAR_WORDS) + 1)
            if not marks[number].is_kept and _overlap(times[number], new_word) >= _MIN_OVERLAP
        )
        sources.append(next(removed, near))
    return sources


def _overlap(word: Word, new_word: _NewWord) -> float:
    """Return the share of the new word's time in which `word` is said."""
    common = min(word.end, new_word.end) - max(word.start, new_word.start)
    return common / max(1, new_word.end - new_word.start)


def _mark_of(new_word: _NewWord, source: CopyWord, hint: str | None) -> CopyWord:
    if new_word.source is not None:
        return new_word.mark
    return replace(
        new_word.mark,
        is_cut=source.is_cut,
        redaction=source.redaction,
        cut_edges=source.cut_edges,
        hint=hint if source.is_kept else None,
    )


def _carry_remarks(
    marks: Sequence[CopyWord],
    new_words: Sequence[_NewWord],
    sources: Sequence[int],
    new_marks: list[CopyWord],
) -> None:
    """Put the contributor's remarks on words that are heard otherwise now on what stands there."""
    carried = {new_word.source for new_word in new_words}
    shown = [number for number, mark in enumerate(new_marks) if mark.is_kept]
    for source, mark in enumerate(marks):
        remarks = remarks_of_hint(mark.hint)
        if remarks and source not in carried and shown:
            # Sources rise from word to word, and a mark stands after what it is about.
            before = [number for number in shown if sources[number] <= source]
            number = before[-1] if before else shown[0]
            hint = hint_with_remarks(new_marks[number].hint, remarks.split("; "))
            new_marks[number] = replace(new_marks[number], hint=hint)


def _changed_edges(new_words: Sequence[_NewWord], marks: Sequence[CopyWord]) -> Iterator[int]:
    """Yield when a removed stretch begins or ends with a word that is in it by its time alone."""
    pairs = zip(new_words, marks, strict=True)
    for number, run in groupby(pairs, key=lambda pair: _removal_number(pair[1])):
        if number is not None:
            stretch = [new_word for new_word, _ in run]
            edges = (stretch[0], stretch[-1])
            yield from dict.fromkeys(edge.start for edge in edges if edge.source is None)


def _moved_times(new_words: Sequence[_NewWord], marks: Sequence[CopyWord]) -> Iterator[int]:
    """Yield when each cut or redaction with moved edges is said."""
    pairs = zip(new_words, marks, strict=True)
    for number, run in groupby(pairs, key=lambda pair: _removal_number(pair[1])):
        stretch = list(run)
        has_edges = any(
            mark.cut_edges or (mark.redaction and not mark.is_cut and mark.redaction.edges)
            for _, mark in stretch
        )
        if number is not None and has_edges:
            yield stretch[0][0].start


def _removed_runs(marks: Sequence[CopyWord]) -> Iterator[range]:
    numbered = enumerate(marks)
    for number, run in groupby(numbered, key=lambda pair: _removal_number(pair[1])):
        if number is not None:
            indices = [index for index, _ in run]
            yield range(indices[0], indices[-1] + 1)


def _removal_number(mark: CopyWord) -> int | None:
    if mark.is_cut:
        return 0
    return mark.redaction.number if mark.redaction is not None else None


def _paragraphs(
    paragraphs: Sequence[CopyParagraph],
    sources: Sequence[int],
    new_words: Sequence[_NewWord],
    marks: Sequence[CopyWord],
) -> Iterator[CopyParagraph]:
    """Yield the copy's paragraphs with the new words that come from each."""
    owner = [number for number, paragraph in enumerate(paragraphs) for _ in paragraph.words]
    rows = zip(sources, new_words, marks, strict=True)
    for number, run in groupby(rows, key=lambda row: owner[row[0]]):
        pairs = [(new_word, mark) for _, new_word, mark in run]
        yield replace(
            paragraphs[number],
            line=0,
            stamp=pairs[0][0].start,
            words=tuple(_with_own_redactions([mark for _, mark in pairs])),
        )


def _with_own_redactions(marks: Sequence[CopyWord]) -> Iterator[CopyWord]:
    """Yield the words, those of a redaction of other words than before with a mark that says so."""
    for redaction, run in groupby(marks, key=lambda mark: mark.redaction):
        hidden = list(run)
        if redaction is None or _hides_these(redaction, hidden):
            yield from hidden
            continue
        words = tuple(mark.text for mark in hidden)
        shown_words = redaction.shown_words
        is_shown_itself = [*map(comparable, words)] == [*map(comparable, shown_words)]
        replacement = "" if is_shown_itself else " ".join(shown_words)
        own = RedactionMark(redaction.number, words, replacement, edges=redaction.edges)
        yield from (replace(mark, redaction=own) for mark in hidden)


def _hides_these(redaction: RedactionMark, marks: Sequence[CopyWord]) -> bool:
    """Return True if the words are those that stand in the redaction’s brackets."""
    written = list(redaction.words)
    written[0] = redaction.before + written[0]
    written[-1] += redaction.after
    return [*map(comparable, written)] == [comparable(mark.text) for mark in marks]


def _comparable(words: Sequence[Word]) -> list[str]:
    return [comparable(word.text) for word in words]
