"""Find where each question was asked, by the question set's own wording in the transcript.

Windows of the transcript are scored against every prompt that the interviewer speaks from the set
(the opening, each question, the closing). The best chain is taken in which prompts keep the set's
order and any may be missing. That holds with recognition errors, and a question that the
contributor repeats later does not move its chapter.

Where questions were marked while recording, the markers say when they were asked, in whatever
order; the wording then only finds the first word near each marker.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from rapidfuzz import fuzz, process

from capture.questions.question_set import QuestionSet
from capture.recording.session_markers import Marker
from transcribe.words import Word, is_sentence_end, normalised

CERTAIN_SCORE = 78.0
"""From this likeness (0 to 100) a prompt counts as asked in these words."""
MIN_SCORE = 62.0
"""From this likeness to CERTAIN_SCORE a question is taken, and the editor is asked to look."""
# Interviewers shorten or pad a question, so windows are tried from three quarters to five quarters
# of its length.
_WINDOW_LENGTHS = (0.75, 0.9, 1.0, 1.1, 1.25)
_SNAP_WORDS = 2  # words by which a window may reach for the sentence's own edge
_MAX_REST_WORDS = 20  # that an interviewer may add to a question’s sentence
_ANSWER_PAUSE_MS = 700
_MIN_SHARED = (
    0.3  # of a window's words that the prompt must have: cheaper than scoring every window
)
_MAX_CANDIDATES = 40  # a prompt
_EARLY_MS = 3_000  # before its marker that a question may begin: the hand follows the voice
_LATE_MS = 30_000  # after it
_MAX_WEIGHED_WORDS = 12  # beyond these a longer match is no surer


@dataclass(frozen=True)
class PromptMatch:
    """A prompt of the question set in the transcript: words `first` up to, not with, `last`."""

    question: str
    """Id of the question; empty for opening, closing and follow-ups."""
    kind: str
    """opening, question, follow-up or closing."""
    wording: str
    first: int
    last: int
    score: float
    is_marked: bool = False
    """Set where a marker made while recording says when: then the score decides nothing."""

    @property
    def is_doubtful(self) -> bool:
        return self.score < CERTAIN_SCORE and not self.is_marked


@dataclass(frozen=True)
class QuestionMatches:
    """The prompts found, in order, and the questions that were not."""

    prompts: tuple[PromptMatch, ...]
    missing: tuple[str, ...]
    """Ids of questions that were not found."""
    missing_wordings: tuple[str, ...]
    """The questions' words, as they are asked."""

    @property
    def questions(self) -> tuple[PromptMatch, ...]:
        return tuple(match for match in self.prompts if match.kind == "question")

    @property
    def doubtful(self) -> tuple[PromptMatch, ...]:
        return tuple(match for match in self.prompts if match.is_doubtful)


@dataclass(frozen=True)
class _Prompt:
    question: str
    kind: str
    wording: str


def match_questions(
    words: Sequence[Word], questions: QuestionSet, markers: Sequence[Marker] = ()
) -> QuestionMatches:
    """Find the set's prompts among `words`. Pure; an hour's words take well under a second."""
    tokens = [normalised(word.text) for word in words]
    matches = _match_at_markers(words, tokens, questions, markers)
    if not matches:
        chain = _best_chain([_candidates(prompt, tokens) for prompt in _prompts(questions)])
        matches = _without_overlap([_snap_to_sentence(match, words) for match in chain])
    follow_ups = _follow_ups(questions, matches, words, tokens)
    in_order = _to_their_ends(sorted(matches + follow_ups, key=lambda match: match.first), words)
    matched = {match.question for match in matches if match.kind == "question"}
    missing = [question for question in questions.questions if question.id not in matched]
    return QuestionMatches(
        tuple(in_order),
        tuple(question.id for question in missing),
        tuple(question.ask for question in missing),
    )


def _match_at_markers(
    words: Sequence[Word],
    tokens: Sequence[str],
    questions: QuestionSet,
    markers: Sequence[Marker],
) -> list[PromptMatch]:
    """Find the questions at their markers; opening and closing before and after them."""
    wordings = {question.id: question.ask for question in questions.questions}
    known = [marker for marker in _longest_markers(markers) if marker.question in wordings]
    starts = [word.start for word in words]
    matches: list[PromptMatch] = []
    for marker, following in zip(known, [*known[1:], None], strict=False):
        first_word = max(
            bisect_left(starts, marker.at - _EARLY_MS), matches[-1].last if matches else 0
        )
        until = marker.at + _LATE_MS
        if following:
            until = min(until, following.at - _EARLY_MS)
        last_word = max(first_word, bisect_left(starts, until))
        prompt = _Prompt(marker.question, "question", wordings[marker.question])
        matches += _best_match(
            prompt, words, tokens, first_word, last_word
        ) or _match_without_words(prompt, starts, marker.at, first_word)
    if not matches:
        return []
    opening, *_, closing = _prompts(questions)
    first, last = matches[0].first, matches[-1].last
    return [
        *_best_match(opening, words, tokens, 0, first),
        *(_with_bounds(match, match.first, match.last, is_marked=True) for match in matches),
        *_best_match(closing, words, tokens, last, len(words)),
    ]


def _longest_markers(markers: Sequence[Marker]) -> list[Marker]:
    """Return one marker a question, in time: the longest on screen, so not a slip of the hand."""
    in_order = sorted(
        (marker for marker in markers if marker.kind == "question"), key=lambda marker: marker.at
    )
    longest: dict[str, tuple[float, Marker]] = {}
    for marker, following in zip(in_order, [*in_order[1:], None], strict=False):
        length = following.at - marker.at if following else math.inf
        if length > longest.get(marker.question, (-1.0, marker))[0]:
            longest[marker.question] = (length, marker)
    return sorted((marker for _, marker in longest.values()), key=lambda marker: marker.at)


def _best_match(
    prompt: _Prompt, words: Sequence[Word], tokens: Sequence[str], low: int, high: int
) -> list[PromptMatch]:
    """Return the words of `low`…`high` that are most like the prompt, if any are."""
    best = _candidates(prompt, tokens[low:high], low)[:1]
    snapped = [_snap_to_sentence(match, words) for match in best]
    return [
        _with_bounds(match, max(match.first, low), min(match.last, high))
        for match in snapped
        if min(match.last, high) > max(match.first, low)
    ]


def _match_without_words(
    prompt: _Prompt, starts: Sequence[int], at: int, low: int
) -> list[PromptMatch]:
    """Begin the chapter of a question asked in other words at its marker, with no word its own."""
    first = max(low, bisect_left(starts, at))
    if first >= len(starts):
        return []
    return [PromptMatch(prompt.question, prompt.kind, prompt.wording, first, first, 0.0)]


def _prompts(questions: QuestionSet) -> list[_Prompt]:
    return [
        _Prompt("", "opening", questions.opening),
        *(_Prompt(question.id, "question", question.ask) for question in questions.questions),
        _Prompt("", "closing", questions.closing),
    ]


def _candidates(prompt: _Prompt, tokens: Sequence[str], start: int = 0) -> list[PromptMatch]:
    """Return the windows of `tokens` most like the prompt, best first, counted from `start`."""
    target = [normalised(text) for text in prompt.wording.split()]
    if not target or not tokens:
        return []
    firsts: dict[str, list[int]] = {}
    lengths: dict[str, int] = {}
    # A thank-you resembles many sentences: only a sure one is the interviewer's.
    cutoff = MIN_SCORE if prompt.kind == "question" else CERTAIN_SCORE
    vocabulary = set(target)
    shared = [0, *accumulate(token in vocabulary for token in tokens)]
    for length in sorted({max(1, round(len(target) * part)) for part in _WINDOW_LENGTHS}):
        for first in range(max(0, len(tokens) - length) + 1):
            last = min(first + length, len(tokens))
            if shared[last] - shared[first] < _MIN_SHARED * length:
                continue
            window = " ".join(tokens[first:last])
            # The same words at several places are scored once.
            firsts.setdefault(window, []).append(first)
            lengths[window] = last - first
    hits = process.extract(
        " ".join(target), firsts.keys(), scorer=fuzz.ratio, score_cutoff=cutoff,
        limit=_MAX_CANDIDATES,
    )  # fmt: skip
    return [
        PromptMatch(
            prompt.question, prompt.kind, prompt.wording, first, first + lengths[window], score
        )
        for window, score, _ in hits
        for first in (start + offset for offset in firsts[window])
    ]


def _best_chain(candidates: list[list[PromptMatch]]) -> list[PromptMatch]:
    """Return the chain in the set's order, without overlap, with the greatest sum of values.

    `ends` and `values` of the chains both rise, so the best chain that ends before a window is
    found by bisection.
    """
    ends: list[int] = [0]
    values: list[float] = [0.0]
    chains: list[tuple[PromptMatch, ...]] = [()]
    for options in candidates:
        # All of a prompt's options are extended before any is entered: one of each prompt at most.
        extended: list[tuple[int, float, tuple[PromptMatch, ...]]] = []
        for option in options:
            at = bisect_right(ends, option.first) - 1
            extended.append((option.last, values[at] + _weight(option), (*chains[at], option)))
        for end, value, chain in extended:
            _insert_chain(ends, values, chains, end, value, chain)
    return list(chains[-1])


def _weight(match: PromptMatch) -> float:
    """Weigh a match: longer ones are surer, and one barely over the threshold is worth little."""
    length = match.last - match.first
    return (match.score - MIN_SCORE + 1.0) * math.sqrt(min(length, _MAX_WEIGHED_WORDS))


def _insert_chain(
    ends: list[int],
    values: list[float],
    chains: list[tuple[PromptMatch, ...]],
    end: int,
    value: float,
    chain: tuple[PromptMatch, ...],
) -> None:
    """Enter a chain unless a shorter one is worth as much; drop longer ones worth no more."""
    if values[bisect_right(ends, end) - 1] >= value:
        return
    at = bisect_left(ends, end)
    while at < len(ends) and values[at] <= value:
        del ends[at], values[at], chains[at]
    ends.insert(at, end)
    values.insert(at, value)
    chains.insert(at, chain)


def _snap_to_sentence(match: PromptMatch, words: Sequence[Word]) -> PromptMatch:
    """Move the edges to the sentence's own where they are within two words."""
    first, last = match.first, match.last
    for back in range(_SNAP_WORDS + 1):
        if first - back == 0 or (
            first - back > 0 and is_sentence_end(words[first - back - 1].text)
        ):
            first -= back
            break
    else:
        for ahead in range(1, _SNAP_WORDS + 1):
            if first + ahead < last and is_sentence_end(words[first + ahead - 1].text):
                first += ahead
                break
    for ahead in range(_SNAP_WORDS + 1):
        if last + ahead <= len(words) and is_sentence_end(words[last + ahead - 1].text):
            last += ahead
            break
    else:
        for back in range(1, _SNAP_WORDS + 1):
            if last - back > first and is_sentence_end(words[last - back - 1].text):
                last -= back
                break
    return _with_bounds(match, first, last)


def _to_their_ends(matches: list[PromptMatch], words: Sequence[Word]) -> list[PromptMatch]:
    """Let each question reach to the question mark of its sentence, if it was lengthened."""
    following = [*(match.first for match in matches[1:]), len(words)]
    return [
        replace(match, last=_question_end(match, words, limit))
        for match, limit in zip(matches, following, strict=False)
    ]


def _question_end(match: PromptMatch, words: Sequence[Word], limit: int) -> int:
    """Return the word after the match’s question mark; its own end where none follows soon.

    A full stop may be the answer’s, and an answer follows a pause: neither is reached over.
    """
    if match.first == match.last or is_sentence_end(words[match.last - 1].text):
        return match.last
    for at in range(match.last, min(match.last + _MAX_REST_WORDS, limit)):
        if words[at].start - words[at - 1].end >= _ANSWER_PAUSE_MS:
            break
        if is_sentence_end(words[at].text):
            return at + 1 if "?" in words[at].text else match.last
    return match.last


def _with_bounds(
    match: PromptMatch, first: int, last: int, *, is_marked: bool = False
) -> PromptMatch:
    # As it is shown and kept: more digits would say more than is known.
    score = round(match.score, 1)
    return replace(match, first=first, last=last, score=score, is_marked=is_marked)


def _without_overlap(matches: list[PromptMatch]) -> list[PromptMatch]:
    """Shorten or drop matches that begin inside the one before: snapping may make them touch."""
    separate: list[PromptMatch] = []
    for match in matches:
        # The earlier keeps its words: it was chosen in the set's order.
        first = max(match.first, separate[-1].last if separate else 0)
        if first < match.last:
            separate.append(_with_bounds(match, first, match.last))
    return separate


def _follow_ups(
    questions: QuestionSet,
    matches: list[PromptMatch],
    words: Sequence[Word],
    tokens: Sequence[str],
) -> list[PromptMatch]:
    """Find follow-ups asked under their question: the interviewer's words, but no chapter."""
    by_id = {question.id: question for question in questions.questions}
    follow_ups: list[PromptMatch] = []
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        question = by_id.get(match.question)
        if question is None:
            continue
        end = following.first if following else len(words)
        hits: list[PromptMatch] = []
        for wording in question.follow_ups:
            prompt = _Prompt("", "follow-up", wording)
            for best in _candidates(prompt, tokens[match.last : end], match.last)[:1]:
                hit = _snap_to_sentence(best, words)
                is_inside = match.last <= hit.first and hit.last <= end
                if is_inside and all(
                    hit.last <= other.first or hit.first >= other.last for other in hits
                ):
                    hits.append(hit)
        follow_ups += hits
    return follow_ups
