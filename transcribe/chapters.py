"""Where each question was asked: the set's own wording found in the transcript.

Windows of the transcript are scored against every passage the interviewer speaks from the set (the
opening, each question, the closing), and the best chain is taken in which passages keep the set's
order and any may be missing. That holds with recognition errors, and a question that the
contributor repeats later does not move its chapter.

Where somebody marked the questions while recording, the marks say where they were asked, in
whatever order; the wording then only finds the first word near each mark.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from capture.questions.question_set import QuestionSet
from capture.recording.session_markers import Marker
from transcribe.words import Word, is_sentence_end, normalised

CERTAIN_SCORE = 78.0
"""From this score (0 to 100) a passage counts as asked in these words."""
MIN_SCORE = 62.0
"""Between this and FOUND a question is taken, and the editor is asked to look."""
_LENGTHS = (0.75, 0.9, 1.0, 1.1, 1.25)
_SNAP = 2  # words by which a window may reach for the sentence's own edge
_SHARED = 0.3  # of a window's words that the passage must have, to be scored at all
_KEPT = 40  # candidates a passage
_EARLY = 3_000  # ms before its mark that a question may begin: the hand follows the voice
_LATE = 30_000  # ms after it


@dataclass(frozen=True)
class PromptMatch:
    """Words of the set as found: `first` up to, not including, `last` in the transcript."""

    question: str
    """Id of the question; empty for opening, closing and what a follow-up said."""
    kind: str
    """opening, question, follow-up or closing."""
    wording: str
    first: int
    last: int
    score: float
    is_marked: bool = False
    """Whether a mark made while recording says when: then the score decides nothing."""

    @property
    def is_doubtful(self) -> bool:
        return self.score < CERTAIN_SCORE and not self.is_marked


@dataclass(frozen=True)
class QuestionMatches:
    """What was found in order, and the ids of questions that were not."""

    passages: tuple[PromptMatch, ...]
    missing: tuple[str, ...]

    @property
    def questions(self) -> tuple[PromptMatch, ...]:
        return tuple(passage for passage in self.passages if passage.kind == "question")

    @property
    def doubtful(self) -> tuple[PromptMatch, ...]:
        return tuple(passage for passage in self.passages if passage.is_doubtful)


@dataclass(frozen=True)
class _Prompt:
    question: str
    kind: str
    wording: str


def match_questions(
    words: Sequence[Word], questions: QuestionSet, markers: Sequence[Marker] = ()
) -> QuestionMatches:
    """Find the set's passages among `words`. Pure; an hour's words take well under a second."""
    sounds = [normalised(word.text) for word in words]
    main = _at_marks(words, sounds, questions, markers)
    if not main:
        asked = _asked_in_order(questions)
        chain = _best_chain([_candidates(one, sounds) for one in asked])
        main = _without_overlap([_snapped(passage, words) for passage in chain])
    passages = sorted(main + _follow_ups(questions, main, words, sounds), key=lambda p: p.first)
    found = {passage.question for passage in main if passage.kind == "question"}
    missing = tuple(q.id for q in questions.questions if q.id not in found)
    return QuestionMatches(tuple(passages), missing)


def _at_marks(
    words: Sequence[Word],
    sounds: Sequence[str],
    questions: QuestionSet,
    markers: Sequence[Marker],
) -> list[PromptMatch]:
    """The questions where they were marked; opening and closing before and after them."""
    wordings = {question.id: question.ask for question in questions.questions}
    marks = [one for one in _stayed(markers) if one.question in wordings]
    starts = [word.start for word in words]
    found: list[PromptMatch] = []
    for mark, after in zip(marks, [*marks[1:], None], strict=False):
        low = max(bisect_left(starts, mark.at - _EARLY), found[-1].last if found else 0)
        until = min(mark.at + _LATE, after.at - _EARLY if after else mark.at + _LATE)
        high = max(low, bisect_left(starts, until))
        asked = _Prompt(mark.question, "question", wordings[mark.question])
        found += _near(asked, words, sounds, low, high) or _unheard(asked, starts, mark.at, low)
    if not found:
        return []
    opening, *_, closing = _asked_in_order(questions)
    first, last = found[0].first, found[-1].last
    return [
        *_near(opening, words, sounds, 0, first),
        *(_moved(passage, passage.first, passage.last, marked=True) for passage in found),
        *_near(closing, words, sounds, last, len(words)),
    ]


def _stayed(markers: Sequence[Marker]) -> list[Marker]:
    """One mark a question, in time: the one that was stayed at longest, not a slip of the hand."""
    asked = sorted((one for one in markers if one.kind == "question"), key=lambda one: one.at)
    longest: dict[str, tuple[float, Marker]] = {}
    for mark, after in zip(asked, [*asked[1:], None], strict=False):
        stay = after.at - mark.at if after else math.inf
        if stay > longest.get(mark.question, (-1.0, mark))[0]:
            longest[mark.question] = (stay, mark)
    return sorted((mark for _, mark in longest.values()), key=lambda one: one.at)


def _near(
    asked: _Prompt, words: Sequence[Word], sounds: Sequence[str], low: int, high: int
) -> list[PromptMatch]:
    """The words of `low`…`high` that sound most like it, if any do."""
    best = [_snapped(hit, words) for hit in _candidates(asked, sounds[low:high], low)[:1]]
    return [
        _moved(hit, max(hit.first, low), min(hit.last, high))
        for hit in best
        if min(hit.last, high) > max(hit.first, low)
    ]


def _unheard(asked: _Prompt, starts: Sequence[int], at: int, low: int) -> list[PromptMatch]:
    """Asked in other words: its chapter begins at the mark, and no word is known as its own."""
    first = max(low, bisect_left(starts, at))
    if first >= len(starts):
        return []
    return [PromptMatch(asked.question, asked.kind, asked.wording, first, first, 0.0)]


def _asked_in_order(questions: QuestionSet) -> list[_Prompt]:
    return [
        _Prompt("", "opening", questions.opening),
        *(_Prompt(question.id, "question", question.ask) for question in questions.questions),
        _Prompt("", "closing", questions.closing),
    ]


def _candidates(asked: _Prompt, sounds: Sequence[str], start: int = 0) -> list[PromptMatch]:
    """The windows that sound most like the passage, best first."""
    from rapidfuzz import fuzz, process

    target = [normalised(text) for text in asked.wording.split()]
    if not target or not sounds:
        return []
    windows: dict[str, list[int]] = {}
    counted: dict[str, int] = {}
    # A thank-you resembles many sentences: only a sure one is the interviewer's.
    least = MIN_SCORE if asked.kind == "question" else CERTAIN_SCORE
    wanted = set(target)
    shared = [0, *accumulate(word in wanted for word in sounds)]
    for length in sorted({max(1, round(len(target) * part)) for part in _LENGTHS}):
        for first in range(max(0, len(sounds) - length) + 1):
            last = min(first + length, len(sounds))
            if shared[last] - shared[first] < _SHARED * length:
                continue
            heard = " ".join(sounds[first:last])
            windows.setdefault(heard, []).append(first)
            counted[heard] = last - first
    hits = process.extract(
        " ".join(target), windows.keys(), scorer=fuzz.ratio, score_cutoff=least, limit=_KEPT
    )
    return [
        PromptMatch(asked.question, asked.kind, asked.wording, first, first + counted[text], score)
        for text, score, _ in hits
        for first in (start + at for at in windows[text])
    ]


def _best_chain(found: list[list[PromptMatch]]) -> list[PromptMatch]:
    """The chain in the set's order, without overlap, with the greatest sum of worth.

    `best` maps the end of a chain to its worth; ends and worths both rise, so the best chain that
    ends before a window is found by bisection.
    """
    ends: list[int] = [0]
    worths: list[float] = [0.0]
    chains: list[tuple[PromptMatch, ...]] = [()]
    for options in found:
        extended: list[tuple[int, float, tuple[PromptMatch, ...]]] = []
        for option in options:
            at = bisect_right(ends, option.first) - 1
            worth = worths[at] + _worth(option)
            extended.append((option.last, worth, (*chains[at], option)))
        for end, worth, chain in extended:
            _offer(ends, worths, chains, end, worth, chain)
    return list(chains[-1])


def _worth(passage: PromptMatch) -> float:
    """Longer passages are surer; a bare hit over the threshold is worth little."""
    length = passage.last - passage.first
    return (passage.score - MIN_SCORE + 1.0) * math.sqrt(min(length, 12))


def _offer(
    ends: list[int],
    worths: list[float],
    chains: list[tuple[PromptMatch, ...]],
    end: int,
    worth: float,
    chain: tuple[PromptMatch, ...],
) -> None:
    if worths[bisect_right(ends, end) - 1] >= worth:
        return
    at = bisect_left(ends, end)
    while at < len(ends) and worths[at] <= worth:
        del ends[at], worths[at], chains[at]
    ends.insert(at, end)
    worths.insert(at, worth)
    chains.insert(at, chain)


def _snapped(passage: PromptMatch, words: Sequence[Word]) -> PromptMatch:
    """Reach for the sentence's own edges where they are within two words."""
    first, last = passage.first, passage.last
    for back in range(_SNAP + 1):
        if first - back == 0 or (
            first - back > 0 and is_sentence_end(words[first - back - 1].text)
        ):
            first -= back
            break
    else:
        for ahead in range(1, _SNAP + 1):
            if first + ahead < last and is_sentence_end(words[first + ahead - 1].text):
                first += ahead
                break
    for ahead in range(_SNAP + 1):
        if last + ahead <= len(words) and is_sentence_end(words[last + ahead - 1].text):
            last += ahead
            break
    else:
        for back in range(1, _SNAP + 1):
            if last - back > first and is_sentence_end(words[last - back - 1].text):
                last -= back
                break
    return _moved(passage, first, last)


def _moved(passage: PromptMatch, first: int, last: int, *, marked: bool = False) -> PromptMatch:
    return replace(passage, first=first, last=last, score=round(passage.score, 1), is_marked=marked)


def _without_overlap(passages: list[PromptMatch]) -> list[PromptMatch]:
    kept: list[PromptMatch] = []
    for passage in passages:
        first = max(passage.first, kept[-1].last if kept else 0)
        if first < passage.last:
            kept.append(_moved(passage, first, passage.last))
    return kept


def _follow_ups(
    questions: QuestionSet, main: list[PromptMatch], words: Sequence[Word], sounds: Sequence[str]
) -> list[PromptMatch]:
    """Follow-ups asked under their question: the interviewer's words, but no chapter."""
    by_id = {question.id: question for question in questions.questions}
    found: list[PromptMatch] = []
    for passage, after in zip(main, [*main[1:], None], strict=False):
        question = by_id.get(passage.question)
        if question is None:
            continue
        end = after.first if after else len(words)
        taken: list[PromptMatch] = []
        for wording in question.follow_ups:
            asked = _Prompt("", "follow-up", wording)
            hits = _candidates(asked, sounds[passage.last : end], passage.last)
            for hit in (_snapped(best, words) for best in hits[:1]):
                inside = passage.last <= hit.first and hit.last <= end
                if inside and all(hit.last <= t.first or hit.first >= t.last for t in taken):
                    taken.append(hit)
        found += taken
    return found
