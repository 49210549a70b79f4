"""Give each word its voice: the best division into turns that begin where people take turns.

Sound alone places a change of voice to half a second. People begin to speak after a pause or when
a sentence ends, so a change there costs little, and one inside a sentence costs a great deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from transcribe.words import Word, is_sentence_end

# What a change of voice before a word costs, in log odds.
_PAUSE_MS, _LONG_PAUSE_MS = 200, 600
_AFTER_SENTENCE_AND_PAUSE, _AFTER_LONG_PAUSE = 1.0, 2.0
_AFTER_SENTENCE, _AFTER_PAUSE = 2.5, 4.0
INSIDE_SENTENCE = 14.0


def switch_costs(words: Sequence[Word]) -> Any:
    """Return for each word what it costs that another voice begins with it."""
    costs = [0.0]
    for before, word in pairwise(words):
        gap = word.start - before.end
        if is_sentence_end(before.text):
            costs.append(_AFTER_SENTENCE_AND_PAUSE if gap >= _PAUSE_MS else _AFTER_SENTENCE)
        elif gap >= _LONG_PAUSE_MS:
            costs.append(_AFTER_LONG_PAUSE)
        else:
            costs.append(_AFTER_PAUSE if gap >= _PAUSE_MS else INSIDE_SENTENCE)
    return np.array(costs[: len(words)])


def best_voices(scores: Any, costs: Any) -> tuple[Any, float]:
    """Return the voice of each word, and the sum of scores less the costs of its changes."""
    count, voices = scores.shape
    came_from = np.zeros((count, voices), dtype=np.int64)
    total = scores[0].copy()
    staying = np.arange(voices)
    for at in range(1, count):
        best = int(total.argmax())
        switched = total[best] - costs[at]
        came_from[at] = np.where(total >= switched, staying, best)
        total = np.maximum(total, switched) + scores[at]
    path = np.empty(count, dtype=np.int64)
    path[-1] = int(total.argmax())
    for at in range(count - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path, float(total.max())


def certainty_of(path: Any, scores: Any, costs: Any) -> Any:
    """Return for each word how likely its voice on `path` is, of all ways to divide the words."""
    count = len(scores)
    until, after = np.zeros_like(scores, dtype=float), np.zeros_like(scores, dtype=float)
    until[0] = scores[0]
    for at in range(1, count):
        switched = np.logaddexp.reduce(until[at - 1]) - costs[at]
        until[at] = np.logaddexp(until[at - 1], switched) + scores[at]
    for at in range(count - 2, -1, -1):
        staying = after[at + 1] + scores[at + 1]
        after[at] = np.logaddexp(staying, np.logaddexp.reduce(staying) - costs[at + 1])
    logs = until + after
    return np.exp(logs[np.arange(count), path] - np.logaddexp.reduce(logs, axis=1))


def turns_of(voices: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first word, and the one after the last, of each run of one voice."""
    turns = []
    for _, run in groupby(range(len(voices)), key=lambda at: voices[at]):
        indices = list(run)
        turns.append((indices[0], indices[-1] + 1))
    return turns
