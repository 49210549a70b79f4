"""Finds a stretch of one sound in another, by their landmarks.

The one that is kept is cut into blocks of twenty seconds, and of each block only the set of its
numbers is kept, in no order: enough to be recognised, and too little to be put together again.
The one that is asked about is gone through in windows. A window is recognised by one block if they
share far more numbers than any two sounds do; then the seconds in which the shared ones lie are
heard in both. Only a whole stretch of such seconds counts, so that a question that is played from a
file in two interviews, or a window that is alike by chance, is not taken for the same recording.

How far apart the figures are was measured (docs/reference/withdrawal.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from capture.media.sound.landmarks import Landmarks, Numbers

_BLOCK_SECONDS = 20
_WINDOW_SECONDS, _STEP_SECONDS = 10, 5
_FEWEST_SHARED = 12
"""Numbers that a window and a block share at least; and as a part of the window’s own:"""
_LEAST_SHARE = 0.06
_SHARED_IN_A_SECOND = 2
"""Shared numbers that begin in a second which counts as heard in both."""
_LONGEST_GAP = 5
"""Seconds without any within a stretch: somebody is silent, or coughs."""
SHORTEST_STRETCH = 20
"""Seconds of a stretch that counts: no question takes so long to ask."""
_SHORTEST_OF_SHORT = 6
_PART_OF_SHORT = 0.6
"""A recording shorter than twice that counts if so much of it is one stretch."""


@dataclass(frozen=True)
class SharedSound:
    """The part of a sound that is another's."""

    seconds: int
    """Seconds that are heard in both."""
    is_same: bool
    """Enough of it in one stretch to be the same recording, or a part of it."""


def blocks_of(sound: Landmarks, numbers: Numbers) -> tuple[Numbers, ...]:
    """Return the set of numbers in each block, sorted, the blocks by their own numbers.

    `numbers` are those of the landmarks, as they are or under a key.
    """
    block = (sound.at // _BLOCK_SECONDS).astype(np.int64)
    order = np.argsort(block, kind="stable")
    parts = np.split(numbers[order], np.nonzero(np.diff(block[order]))[0] + 1)
    sets = [np.unique(part) for part in parts if len(part)]
    # By what is in them: the order in which they were said is not kept.
    return tuple(sorted(sets, key=lambda numbers: numbers.tobytes()))


def shared_sound(
    sound: Landmarks, numbers: Numbers, blocks: Sequence[npt.NDArray[np.uint32]]
) -> SharedSound:
    """Compare a sound with the blocks of another. Numbers of both are under the same key."""
    if not blocks or not len(numbers):
        return SharedSound(0, is_same=False)
    index = _Index(blocks)
    order = np.argsort(sound.at, kind="stable")
    at, numbers = sound.at[order], numbers[order]
    is_shared = np.zeros(len(at), bool)
    for start in range(0, int(at[-1]) + 1, _STEP_SECONDS):
        window = slice(*np.searchsorted(at, (start, start + _WINDOW_SECONDS)))
        is_shared[window] |= index.shared(numbers[window])
    counts = np.bincount(at[is_shared].astype(np.int64), minlength=1)
    heard = np.nonzero(counts >= _SHARED_IN_A_SECOND)[0]
    return SharedSound(len(heard), _is_same(heard, sound.seconds))


def _is_same(heard: Any, length: float) -> bool:
    needed: float = SHORTEST_STRETCH
    if length < 2 * SHORTEST_STRETCH:
        needed = min(needed, max(_SHORTEST_OF_SHORT, length * _PART_OF_SHORT))
    return _longest_stretch(heard) >= needed


def _longest_stretch(heard: Any) -> int:
    """Return the seconds of the longest run, without the gaps in it."""
    longest = run = min(1, len(heard))
    for before, second in pairwise(heard):
        run = run + 1 if second - before <= _LONGEST_GAP else 1
        longest = max(longest, run)
    return longest


class _Index:
    """Every number of the blocks, sorted, with its block."""

    def __init__(self, blocks: Sequence[npt.NDArray[np.uint32]]) -> None:
        numbers = np.concatenate(blocks)
        owners = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
        order = np.argsort(numbers, kind="stable")
        self._numbers, self._owners = numbers[order], owners[order]
        self._blocks = blocks

    def shared(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Return which of a window’s numbers are in the block that it shares most with."""
        own = np.unique(numbers)
        first, last = (np.searchsorted(self._numbers, own, side) for side in ("left", "right"))
        lengths = last - first
        total = int(lengths.sum())
        none = np.zeros(len(numbers), bool)
        if not total:
            return none
        # Every place of every number, laid end to end.
        offsets = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        counts = np.bincount(self._owners[np.repeat(first, lengths) + offsets])
        best = int(counts.argmax())
        if counts[best] < max(_FEWEST_SHARED, _LEAST_SHARE * len(own)):
            return none
        return np.isin(numbers, self._blocks[best])
