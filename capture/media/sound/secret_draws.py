"""Numbers that a story's secret determines, and that tell nothing of it or of each other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

MIN_SECRET_BYTES = 16
_WANDER_SECONDS = 4.0


@dataclass(frozen=True)
class SecretDraws:
    """Draws from a story's secret. The same secret and name give the same number.

    Raises ValueError for a secret under 16 bytes.
    """

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_SECRET_BYTES:
            raise ValueError(f"A secret has at least {MIN_SECRET_BYTES} bytes.")

    def number(self, what: str, index: int = -1) -> float:
        """Return a number from 0 to 1.

        A hash, so that one value tells nothing of the others.
        """
        digest = hashlib.sha256(self.secret + f"{what} {index}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def between(self, what: str, span: tuple[float, float]) -> float:
        """Return a number from the first of the span to the second."""
        low, high = span
        return low + (high - low) * self.number(what)

    def deviation(self, what: str, index: int) -> float:
        """Return a number of the normal distribution, of mean 0 and deviation 1."""
        # The Box-Muller transform; 1 - x, as no logarithm is of 0.
        size = np.sqrt(-2 * np.log(1 - self.number(f"{what} size", index)))
        return float(size * np.cos(2 * np.pi * self.number(f"{what} angle", index)))

    def wander(self, what: str, seconds: Any, part: float) -> Any:
        """Return for each time a factor that wanders slowly about 1, by at most `part`."""
        last = int(np.max(seconds, initial=0) / _WANDER_SECONDS) + 2
        heights = np.array([2 * self.number(what, number) - 1 for number in range(last + 1)])
        positions = np.maximum(seconds, 0) / _WANDER_SECONDS
        before = positions.astype(np.intp)
        progress = (1 - np.cos(np.pi * (positions - before))) / 2
        height = heights[before] * (1 - progress) + heights[before + 1] * progress
        return 1 + part * height
