"""Forced alignment: finds where each of the words that were said begins and ends.

The best path through the phones of all words, in their order, by Viterbi's algorithm. Between two
words there may be anything else: a pause, a cough, a word that nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from capture.media.speech import Samples
from transcribe.forced_alignment.phone_model import (
    FRAME_MS,
    SILENCE,
    STATES,
    all_phones,
    phone_scores,
    sound_features,
)
from transcribe.forced_alignment.pronunciation import phones_of

OTHER_SOUND_COST = 10.0
"""By so much a frame must fit its phone worse than the best one of all to be another sound."""
_FREE_FRAMES = 20
"""A word is so often recognised up to so many frames off that this tells nothing.

Further off it must fit much better: beside a word that was misheard or left out, words would else
be taken for their neighbours, and a redaction of one would leave it to be heard.
"""
_COST_OF_DISTANCE, _MOST_FOR_DISTANCE = 0.05, 8.0
"""For a frame of a word, by each frame that it lies further off, and at most."""
_WEIGHT_OF_SOUND = 0.1
"""Log likelihoods count so much where they are taken for probabilities.

Neighbouring frames hold the same sound, so what they say does not add up: with their full weight
the best path would seem certain even where it is wrong.
"""
_STAY, _MOVE = np.float32(np.log(0.6)), np.float32(np.log(0.4))
_NEVER = np.float32(-1e9)


class ExpectedWord(NamedTuple):
    """A word, and the span in which it is expected, in milliseconds of the sound."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class AlignedWord:
    """A word’s place in the sound, in milliseconds."""

    start: int
    end: int
    fit: float
    """Mean log likelihood of its frames under its phones, less that under the best phones of all:
    near zero where it is said, and far below where it is not."""


def align_to_sound(
    samples: Samples, words: Sequence[ExpectedWord], search: int
) -> list[AlignedWord] | None:
    """Return when each word is said in 16 kHz `samples`; None if there is no room for all.

    It is looked for up to `search` milliseconds from where it is expected.
    """
    if not words:
        return []
    chain = _Chain.of(words)
    features = sound_features(samples)
    scores, any_sound = _state_scores(features, chain)
    _prefer_expected_places(scores, chain, words, search // FRAME_MS)
    path = _best_path(scores, chain)
    if path is None:
        return None
    frames = np.arange(len(path))
    fits = scores[frames, path] - any_sound
    owner = chain.owner[path]
    return [
        _aligned(frames[owner == number], fits[owner == number]) for number in range(len(words))
    ]


def widest_place(
    samples: Samples, words: Sequence[ExpectedWord], number: int, search: int, bound: float
) -> AlignedWord | None:
    """Return all of 16 kHz `samples` in which word `number` of `words` may be heard.

    From the first frame in which it has begun with a probability over `bound` to the last in which
    it is not over; `fit` is that of all words. None if there is no room for all.
    """
    chain = _Chain.of(words)
    scores, any_sound = _state_scores(sound_features(samples), chain)
    _prefer_expected_places(scores, chain, words, search // FRAME_MS)
    probabilities = state_probabilities(_WEIGHT_OF_SOUND * scores, chain.first)
    if probabilities is None:
        return None
    states = np.flatnonzero(chain.owner == number)
    has_begun = probabilities[:, states[0] :].sum(axis=1) > bound
    is_not_over = probabilities[:, : states[-1] + 1].sum(axis=1) > bound
    in_words = probabilities * (chain.owner >= 0)
    fit = float((in_words * (scores - any_sound[:, None])).sum() / in_words.sum())
    last = len(is_not_over) - int(np.argmax(is_not_over[::-1]))
    return AlignedWord(int(np.argmax(has_begun)) * FRAME_MS, last * FRAME_MS, fit)


def state_probabilities(scores: Any, first_states: Sequence[int]) -> Any:
    """Return the probability of each state of a chain in each frame, by forward and backward sums.

    `scores` are log likelihoods, a row for each frame and a column for each state; `first_states`
    are the first of each word, before which a gap may be passed over. Rows sum to 1. None if there
    are fewer frames than the words need.
    """
    frames = np.asarray(scores, np.float64)
    if not len(frames):
        return None
    forward = _log_sums(frames, first_states)
    # Backward, a gap is passed over from the first state of a word to the last of the one before.
    last_states = [frames.shape[1] + 1 - first for first in first_states[1:]]
    backward = _log_sums(frames[::-1, ::-1], last_states)[::-1, ::-1]
    through = forward + backward - frames
    most = through.max(axis=1, keepdims=True)
    if most.min() <= _NEVER / 100:
        return None
    probabilities = np.exp(through - most)
    return probabilities / probabilities.sum(axis=1, keepdims=True)


def _log_sums(scores: Any, after_gap: Sequence[int]) -> Any:
    """Return for each frame and state the log of the sum over all ways to it.

    A way begins in the first or the second state; those in `after_gap` are reached past a gap too.
    """
    over_gap = np.full(scores.shape[1], float(_NEVER))
    over_gap[[state for state in after_gap if state > 1]] = _MOVE
    sums = np.full(scores.shape, float(_NEVER))
    sums[0, :2] = scores[0, :2]
    for frame in range(1, len(scores)):
        before, ways = sums[frame - 1], sums[frame]
        np.add(before, _STAY, out=ways)
        np.logaddexp(ways[1:], before[:-1] + _MOVE, out=ways[1:])
        np.logaddexp(ways[2:], before[:-2] + over_gap[2:], out=ways[2:])
        ways += scores[frame]
    return sums


def _aligned(frames: Any, fits: Any) -> AlignedWord:
    return AlignedWord(
        int(frames[0]) * FRAME_MS, (int(frames[-1]) + 1) * FRAME_MS, float(fits.mean())
    )


@dataclass(frozen=True)
class _Chain:
    """States in order: a gap, the phones of the first word, a gap, those of the second, …, a gap.

    A gap is one state, which may be passed over.
    """

    phones: tuple[str, ...]
    """The different phones, silence first."""
    columns: Any
    """Of each state in the scores of `phones`; -1 for a gap."""
    owner: Any
    """Number of each state's word; -1 for a gap."""
    first: tuple[int, ...]
    """The first state of each word."""

    @classmethod
    def of(cls, words: Sequence[ExpectedWord]) -> _Chain:
        spoken = [phones_of(word.text) for word in words]
        phones = (SILENCE, *sorted({phone for word in spoken for phone in word}))
        number_of = {phone: number for number, phone in enumerate(phones)}
        columns, owner, first = [-1], [-1], []
        for number, word in enumerate(spoken):
            first.append(len(columns))
            for phone in word:
                columns += [number_of[phone] * STATES + state for state in range(STATES)]
                owner += [number] * STATES
            columns.append(-1)
            owner.append(-1)
        return cls(phones, np.array(columns), np.array(owner), tuple(first))


def _state_scores(features: Any, chain: _Chain) -> tuple[Any, Any]:
    """Return a row for each frame and a column for each state, and the best of all for each."""
    of_phones = phone_scores(features, chain.phones)
    others = [phone for phone in all_phones() if phone not in chain.phones]
    of_others = phone_scores(features, others)
    any_sound = np.maximum(of_phones.max(axis=1), of_others.max(axis=1, initial=_NEVER))
    silence = of_phones[:, :STATES].max(axis=1)
    gap = np.maximum(silence, any_sound - np.float32(OTHER_SOUND_COST))
    scores = of_phones[:, chain.columns]
    scores[:, chain.columns < 0] = gap[:, None]
    return scores, any_sound


def _prefer_expected_places(
    scores: Any, chain: _Chain, words: Sequence[ExpectedWord], search: int
) -> None:
    """Lower each word's scores outside its expected span, and forbid it further off."""
    frames = np.arange(len(scores))
    ends = [*chain.first[1:], len(chain.owner)]
    for word, first, after in zip(words, chain.first, ends, strict=True):
        expected = word.start // FRAME_MS, -(-word.end // FRAME_MS)
        distance = np.maximum(expected[0] - frames, frames - expected[1] + 1)
        cost = np.clip(_COST_OF_DISTANCE * (distance - _FREE_FRAMES), 0, _MOST_FOR_DISTANCE)
        cost[distance > search] = -_NEVER
        scores[:, first : after - 1] -= cost[:, None].astype(np.float32)


def _best_path(scores: Any, chain: _Chain) -> Any:
    """Return the state of each frame on the best way from the first gap to the last; else None."""
    frame_count, state_count = scores.shape
    if not frame_count:
        return None
    # The state before the gap may go on to the first of the next word at once.
    over_gap = np.full(state_count, _NEVER, np.float32)
    over_gap[list(chain.first)] = _MOVE
    best = np.full(state_count, _NEVER, np.float32)
    best[0] = scores[0, 0]
    best[chain.first[0]] = scores[0, chain.first[0]]
    moved = np.empty((frame_count, state_count), np.bool_)
    jumped = np.empty((frame_count, state_count), np.bool_)
    from_before = np.full(state_count, _NEVER, np.float32)
    from_over = np.full(state_count, _NEVER, np.float32)
    for frame in range(1, frame_count):
        np.add(best[:-1], _MOVE, out=from_before[1:])
        np.add(best[:-2], over_gap[2:], out=from_over[2:])
        best += _STAY
        np.greater(from_before, best, out=moved[frame])
        np.maximum(best, from_before, out=best)
        np.greater(from_over, best, out=jumped[frame])
        np.maximum(best, from_over, out=best)
        best += scores[frame]
    last = state_count - 1 if best[-1] >= best[-2] else state_count - 2
    if best[last] <= _NEVER / 2:
        return None
    path = np.empty(frame_count, np.intp)
    state = last
    steps = np.where(jumped, 2, moved.astype(np.int8))
    for frame in range(frame_count - 1, -1, -1):
        path[frame] = state
        state -= int(steps[frame, state])
    return path
