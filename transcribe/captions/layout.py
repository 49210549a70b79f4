"""Lay out captions: divide words into cues and lines at the least total cost.

For every turn the cheapest division is found by dynamic programming over word boundaries. Hard
rules (two lines of 42 characters) are never broken; the rest are costs: where English may be
divided, how fast it must be read, how long it stands, pauses inside a cue. Sources of the figures:
`transcribe.cue`, `transcribe.captions.line_breaks` and `docs/reference/captions.md`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from library.core.seen_characters import seen_length
from transcribe.captions import line_breaks
from transcribe.cue import (
    CHAINED_GAP_MS,
    MAX_CPS,
    MAX_CUE_MS,
    MAX_LINE_CHARS,
    MAX_LINES,
    MIN_CUE_MS,
    MIN_GAP_MS,
    Cue,
)
from transcribe.words import (
    Turn,
    Word,
    divide_span,
    is_sentence_end,
    stands_close,
    tokens_of,
    written,
)

# Weights of what a division costs, in the units of `line_breaks`. docs/reference/captions.md has
# the figures for real talk that they give.
_CUE_COST = 7.0  # each cue, as reading starts anew
_SECOND_LINE_COST = 1.5
_LINE_BREAK_FACTOR = 0.6  # of a break's cost, where it ends only a line
_UNEVEN_COST = 0.08  # a character of difference between the lines
_TOP_HEAVY_COST = 0.05  # a character by which the upper line is longer
_FAST_COST = 6.0  # a character a second over MAX_CPS
_MAX_FAST_CPS = 60.0  # characters a second over the limit, beyond which it costs no more
_LONG_COST = 0.02  # a millisecond over MAX_CUE_MS
_SHORT_COST = 0.03  # a millisecond under MIN_CUE_MS
_ORPHAN_COST = 30.0  # one word alone that is no sentence
_PAUSE_COST = 0.012  # a millisecond of pause inside a cue, beyond a breath
_AT_PAUSE_FACTOR = 0.6  # of a break's cost, where the speaker pauses anyway

_BREATH_MS = 700  # a shorter pause inside a cue costs nothing
_LINGER_MS = 500  # that a cue stays after its last word, where there is silence
_MIN_START_GAP_MS = 200  # from one cue's start to the next
# By which a start may move off its word to give a neighbour time to be read: less than
# MAX_START_ERROR_MS, so that it is never an error.
_MAX_LENT_MS = 80


_Division = list[tuple[int, int, int | None]]
"""Cues as (first, last, where the second line starts or None)."""


@dataclass(frozen=True)
class _CaptionWord:
    text: str
    start: int
    end: int


def lay_out(turns: Iterable[Turn], duration: int | None = None) -> list[Cue]:
    """Return the cues of a conversation, in order; ids count from 1.

    No cue holds two speakers. Starts are the first word's own, unless cues would then be closer
    than they may be. `duration` in milliseconds keeps the last cue inside the recording.
    """
    spans: list[tuple[str, list[_CaptionWord], tuple[str, ...]]] = []
    for turn in turns:
        tokens, division = _divided(turn.words)
        speaker = " ".join(tokens_of(turn.speaker))
        for first, last, cut in division:
            texts = [token.text for token in tokens[first:last]]
            lines = (texts,) if cut is None else (texts[: cut - first], texts[cut - first :])
            spans.append((speaker, tokens[first:last], tuple(map(written, lines))))
    return _timed(spans, duration)


@lru_cache(maxsize=2_000)  # turns: while a text is edited, all but one are as they were
def _divided(words: tuple[Word, ...]) -> tuple[list[_CaptionWord], _Division]:
    """Return the words of a turn as they can be shown, and its cues."""
    tokens = _tokens(words)
    return tokens, _division(tokens)


def _tokens(words: Sequence[Word]) -> list[_CaptionWord]:
    """Return words as they can be shown: visible, and no longer than a line."""
    tokens: list[_CaptionWord] = []
    for word in words:
        pieces = [piece for text in tokens_of(word.text) for piece in _pieces(text)]
        bounds = divide_span(
            word.start, max(word.start, word.end), [len(piece) for piece in pieces]
        )
        tokens += [_CaptionWord(piece, *bound) for piece, bound in zip(pieces, bounds, strict=True)]
    return tokens


def _pieces(text: str) -> list[str]:
    """Cut a word longer than a line in parts, after a mark where there is one, else anywhere."""
    pieces = []
    while seen_length(text) > MAX_LINE_CHARS:
        at = max(text.rfind(mark, MAX_LINE_CHARS // 2, MAX_LINE_CHARS) for mark in "-/.@_=&?")
        cut = at + 1 if at > 0 else MAX_LINE_CHARS
        # A vowel or an accent that is written over a letter stays with it.
        while cut < len(text) and unicodedata.category(text[cut])[0] == "M":
            cut += 1
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text else pieces


def _division(tokens: Sequence[_CaptionWord]) -> _Division:
    """Return the cheapest cues of one turn."""
    count = len(tokens)
    if not count:
        return []
    table = _Costs(tokens)
    best = [0.0] + [float("inf")] * count
    back: list[tuple[int, int | None]] = [(0, None)] * (count + 1)
    for first in range(count):
        for last in range(first + 1, count + 1):
            # Wider than two full lines and the space between: longer cues cannot fit either.
            width = table.width(first, last)
            if width > MAX_LINE_CHARS * MAX_LINES + MAX_LINES - 1:
                break
            # No cue costs less than _CUE: cheap to see that this one cannot win.
            if best[first] + _CUE_COST >= best[last]:
                continue
            cost = best[first] + table.cue(first, last, width)
            if cost >= best[last]:
                continue
            if width > MAX_LINE_CHARS:
                cut, more = table.line_break(first, last, best[last] - cost)
                if cut is None:
                    continue
                cost += more
            else:
                cut = None
            if cost < best[last]:
                best[last], back[last] = cost, (first, cut)
    return _walk_back(back, count)


def _walk_back(
    back: Sequence[tuple[int, int | None]], last: int
) -> list[tuple[int, int, int | None]]:
    cues = []
    while last:
        first, cut = back[last]
        cues.append((first, last, cut))
        last = first
    return cues[::-1]


class _Costs:
    """Costs of cues and lines, from sums made once: the inner loop runs ten times a word."""

    def __init__(self, tokens: Sequence[_CaptionWord]) -> None:
        texts = [token.text for token in tokens]
        self._count = len(tokens)
        self._starts = [token.start for token in tokens]
        self._ends = [token.end for token in tokens]
        self._nexts = [*self._starts[1:], self._ends[-1] + MAX_CUE_MS]
        # Spaces behind words, of which scripts without spaces have none.
        self._gaps = [not stands_close(*pair) for pair in pairwise(texts)] + [True]
        self._chars = [0]
        self._pauses = [0.0]
        for at, text in enumerate(texts):
            self._chars.append(self._chars[-1] + seen_length(text) + self._gaps[at])
            gap = self._nexts[at] - self._ends[at]
            self._pauses.append(self._pauses[-1] + max(0, gap - _BREATH_MS) * _PAUSE_COST)
        ends = line_breaks.break_costs(texts)
        self._line = [cost * _LINE_BREAK_FACTOR for cost in ends]
        self._cue = [
            cost * (_AT_PAUSE_FACTOR if self._nexts[at] - self._ends[at] >= _BREATH_MS else 1.0)
            for at, cost in enumerate(ends)
        ]
        self._sentence = [is_sentence_end(text) for text in texts]

    def width(self, first: int, last: int) -> int:
        """Return the characters of words `first`…`last` on one line."""
        return self._chars[last] - self._chars[first] - self._gaps[last - 1]

    def cue(self, first: int, last: int, width: int) -> float:
        start, end = self._starts[first], self._ends[last - 1]
        room = min(self._nexts[last - 1] - MIN_GAP_MS, end + _LINGER_MS + MIN_CUE_MS) - start
        cost = _CUE_COST + self._cue[last - 1] + self._pauses[last - 1] - self._pauses[first]
        if room < MIN_CUE_MS:
            cost += (MIN_CUE_MS - room) * _SHORT_COST
        if end - start > MAX_CUE_MS:
            cost += (end - start - MAX_CUE_MS) * _LONG_COST
        fast = width * 1000 / max(room, 1) - MAX_CPS
        if fast > 0:
            cost += min(fast, _MAX_FAST_CPS) * _FAST_COST
        if last - first == 1 and not (self._sentence[first] and self._opens(first)):
            cost += _ORPHAN_COST
        return cost

    def _opens(self, first: int) -> bool:
        return first == 0 or self._sentence[first - 1]

    def line_break(self, first: int, last: int, limit: float) -> tuple[int | None, float]:
        """Return the best place to start the second line, and its cost; None where none fits."""
        chosen, least = None, max(limit, 0.0)
        for cut in range(last - 1, first, -1):
            lower = self.width(cut, last)
            if lower > MAX_LINE_CHARS:
                break
            upper = self.width(first, cut)
            if upper > MAX_LINE_CHARS:
                continue
            uneven = upper - lower
            cost = _SECOND_LINE_COST + self._line[cut - 1] + abs(uneven) * _UNEVEN_COST
            if uneven > 0:
                cost += uneven * _TOP_HEAVY_COST
            if cost < least:
                chosen, least = cut, cost
        return chosen, least


def _timed(
    spans: Sequence[tuple[str, list[_CaptionWord], tuple[str, ...]]], duration: int | None
) -> list[Cue]:
    spoken = [tokens[0].start for _, tokens, _ in spans]
    needs = [_readable(sum(map(seen_length, lines)) + len(lines) - 1) for _, _, lines in spans]
    starts = _lend(_starts(spoken, duration), spoken, needs)
    cues = []
    for at, (speaker, tokens, lines) in enumerate(spans):
        follows = starts[at + 1] if at + 1 < len(starts) else None
        end = _end(starts[at], tokens[-1].end, needs[at], follows, duration)
        cues.append(Cue(starts[at], end, lines, speaker, str(at + 1), tokens[0].start))
    return cues


def _readable(chars: int) -> int:
    """Return the milliseconds that a text must stand to be read."""
    return max(MIN_CUE_MS, -(-chars * 1000 // int(MAX_CPS)))


def _starts(spoken: Sequence[int], duration: int | None) -> list[int]:
    """Return the words' own starts, later where speech is so dense that cues would be too close.

    Should that run past the recording's end, the last cues start earlier instead.
    """
    starts: list[int] = []
    for start in spoken:
        starts.append(max(start, starts[-1] + _MIN_START_GAP_MS) if starts else max(start, 0))
    limit = duration
    for at in range(len(starts) - 1, -1, -1):
        if limit is None or starts[at] <= limit - _MIN_START_GAP_MS:
            break
        starts[at] = max(limit - _MIN_START_GAP_MS, at * _MIN_START_GAP_MS)
        limit = starts[at]
    return starts


def _lend(starts: list[int], spoken: Sequence[int], needs: Sequence[int]) -> list[int]:
    """Move starts to give cues that are too fast to read some time of neighbours that can spare it.

    Both stay readable, and no start moves more than _MAX_LENT_MS off its word for it.
    """
    lent = [0, *starts, *starts[-1:]]  # after the last there is nothing to take from
    for at, (own_start, need) in enumerate(zip(spoken, needs, strict=True), start=1):
        if at == len(starts):
            break
        wants = need + MIN_GAP_MS - (lent[at + 1] - lent[at])
        if wants > 0 and at > 1:
            spare = lent[at] - lent[at - 1] - MIN_GAP_MS - needs[at - 2]
            lent[at] -= max(0, min(wants, spare, lent[at] - (own_start - _MAX_LENT_MS)))
        wants = need + MIN_GAP_MS - (lent[at + 1] - lent[at])
        if wants > 0:
            spare = lent[at + 2] - lent[at + 1] - MIN_GAP_MS - needs[at]
            lent[at + 1] += max(0, min(wants, spare, spoken[at] + _MAX_LENT_MS - lent[at + 1]))
    return lent[1:-1]


def _end(start: int, spoken: int, needs: int, follows: int | None, duration: int | None) -> int:
    """Return a cue's end: half a second after its last word, later if it takes longer to read."""
    end = max(spoken + _LINGER_MS, start + needs)
    if end - start > MAX_CUE_MS:
        end = max(start + MAX_CUE_MS, spoken)
    if follows is not None and follows - end < CHAINED_GAP_MS:
        end = follows - MIN_GAP_MS
    elif duration is not None:
        end = min(end, max(duration, start + 1))
    return max(end, start + 1)
