"""Tell a picture by what it shows: small grey pictures, their hash, and how alike two of them are.

The rule is the perceptual hash of Zauner (“Implementation and Benchmarking of Perceptual Image Hash
Functions”, 2010): a small grey picture, its discrete cosine transform, and of that the low
frequencies alone, so that size, colour and compression leave no trace. 63 signs of them find the
candidates; how alike two pictures are is then told by 255 coefficients, each weighed by its
frequency, for else the light in the room would count for more than who sits in it.

A part that was cut off, or a bar that was added, moves all frequencies. So a frame is compared as
the windows of it that a cropped picture may show, and a picture as the windows that are left when a
bar is taken away. A window is no new picture: the transform of each is one pair of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import cast

import numpy as np
import numpy.typing as npt

SIDE = 32
"""Pixels a side of the small pictures that are kept and compared."""
SAMPLED_SIDE = 2 * SIDE
"""Pixels a side of a frame as it is first read: bars at its edges can still be told in it."""
ALIKE = 0.70
"""Likeness from which two pictures are one; docs/reference/what-people-write.md has figures."""

Small = npt.NDArray[np.uint8]
"""Small grey pictures, one after another: n × side × side."""
Numbers = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
_Span = tuple[float, float]

_HASHED, _COMPARED = 8, 16
"""Low frequencies a side, for the hash and for the likeness."""
_CROPS = (0.0, 0.05, 0.1)
"""Shares of a frame that may be missing at each edge."""
_DEEP_CROPS = (0.15, 0.2, 0.25)
"""Shares that a bar drawn over a frame may hide, above or below."""
_BARS = (0.06, 0.11, 0.16, 0.21, 0.26)
"""Shares of a picture that an added bar may take, above or below."""
_WHOLE: _Span = (0.0, 1.0)
_MOST_BITS_APART = 20
"""Of 63: unrelated pictures differ in about 32."""
_MOST_CANDIDATES = 200
"""Frames of the nearest hash that are looked at closely, for each window of a picture."""
_FEWEST_SHADES = 6.0
"""Standard deviation of the greys: a picture with less is one colour."""
_MOST_BACKGROUND = 0.8
"""Share of pixels of one grey, from which a picture is a card with words or a logo."""
_FEWEST_FREQUENCIES = 3.0
"""Frequencies that make up a picture, as a participation ratio: fewer are a shade or a stripe."""
_STILL = 0.85
"""Likeness of two frames of somebody who sits and talks."""
_SAME_GREY = 6
_EVEN_BAR = 3.0
"""Standard deviation of the greys of a line that belongs to a bar."""


def _crop_windows() -> tuple[tuple[_Span, _Span], ...]:
    spans = [(start, 1 - end) for start, end in product(_CROPS, _CROPS)]
    bars: list[_Span] = [(0.0, 1 - share) for share in _DEEP_CROPS]
    bars += [(share, 1.0) for share in _DEEP_CROPS]
    return (*product(spans, spans), *((bar, _WHOLE) for bar in bars))


_FRAME_WINDOWS = _crop_windows()
_PICTURE_WINDOWS = (
    (_WHOLE, _WHOLE),
    *(((0.0, 1 - share), _WHOLE) for share in _BARS),
    *(((share, 1.0), _WHOLE) for share in _BARS),
)


def _window_transform(span: _Span, frequencies: int) -> Numbers:
    """Return the matrix that cuts a span out of a small picture’s line and transforms it."""
    start, end = span
    edges = (start + (end - start) * np.arange(SIDE + 1) / SIDE) * SIDE
    pixel = np.arange(SIDE)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    window = np.clip(overlap, 0, None)
    window /= window.sum(axis=1, keepdims=True)
    frequency, at = np.arange(frequencies)[:, None], np.arange(SIDE)
    cosines = np.cos(np.pi * frequency * (2 * at + 1) / (2 * SIDE))
    return cast(Numbers, (cosines @ window).astype(np.float32))


@dataclass(frozen=True)
class _Windows:
    """The transforms of several windows, by rows and by columns."""

    rows: Numbers
    columns: Numbers

    def hashes(self, small: Small) -> Hashes:
        """Return the hash of every window of every picture: pictures × windows."""
        pictures = small.astype(np.float32)
        hashes = np.empty((len(small), len(self.rows)), np.uint64)
        for number, (row, column) in enumerate(zip(self.rows, self.columns, strict=True)):
            low = (row @ pictures @ column.T).reshape(len(small), _HASHED * _HASHED)
            # The first says how bright the picture is, which is not what it shows.
            low[:, 0] = -1
            hashes[:, number] = np.packbits(low > 0, axis=1).view(np.uint64)[:, 0]
        return hashes


def _windows(windows: tuple[tuple[_Span, _Span], ...], frequencies: int) -> _Windows:
    return _Windows(
        np.stack([_window_transform(rows, frequencies) for rows, _ in windows]),
        np.stack([_window_transform(columns, frequencies) for _, columns in windows]),
    )


_FRAME_HASH = _windows(_FRAME_WINDOWS, _HASHED)
_FRAME_LIKENESS = _windows(_FRAME_WINDOWS, _COMPARED)
_PICTURE_HASH = _windows(_PICTURE_WINDOWS, _HASHED)
_PICTURE_LIKENESS = _windows(_PICTURE_WINDOWS, _COMPARED)
_WEIGHTS = np.hypot(*np.mgrid[:_COMPARED, :_COMPARED]).reshape(-1).astype(np.float32)


def _features(small: Small, rows: Numbers, columns: Numbers) -> Numbers:
    """Return what is compared of each picture in its window: vectors of length 1."""
    coefficients = rows @ small.astype(np.float32) @ columns.transpose(0, 2, 1)
    weighed = coefficients.reshape(len(small), len(_WEIGHTS)) * _WEIGHTS
    length = np.linalg.norm(weighed, axis=1, keepdims=True)
    return cast(Numbers, weighed / np.maximum(length, 1e-6))


def whole_features(small: Small) -> Numbers:
    """Return what is compared of each picture as a whole."""
    return _features(small, _FRAME_LIKENESS.rows[:1], _FRAME_LIKENESS.columns[:1])


def do_differ(frame: Small, other: Small) -> bool:
    """Return True for two frames of a film between which its picture moves."""
    first, second = whole_features(np.stack([_shrunk(frame), _shrunk(other)]))
    return float(first @ second) < _STILL


# Small pictures


def small_pictures(sampled: Small) -> Small:
    """Return the small pictures of frames as they were read, less those that show nothing.

    One with even bars at its edges counts without them as well, as it may be seen elsewhere.
    """
    wholes = [_shrunk(frame) for frame in sampled]
    inner = [_shrunk(part) for frame in sampled if (part := _without_bars(frame)) is not None]
    distinctive = [small for small in (*wholes, *inner) if _shows_something(small)]
    return np.stack(distinctive) if distinctive else np.empty((0, SIDE, SIDE), np.uint8)


def _shrunk(frame: Small) -> Small:
    """Return a frame of any size as a small picture: each pixel the mean of those it stands for."""
    rows, columns = (_means(length) for length in frame.shape)
    return cast(Small, np.rint(rows @ frame.astype(np.float32) @ columns.T).astype(np.uint8))


def _means(length: int) -> Numbers:
    edges = np.arange(SIDE + 1) * (length / SIDE)
    pixel = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return cast(Numbers, (np.clip(overlap, 0, None) * (SIDE / length)).astype(np.float32))


def _without_bars(frame: Small) -> Small | None:
    """Return a frame without the even bars at its edges; None where it has none worth the name."""
    top, bottom = _bars_of(frame)
    left, right = _bars_of(frame.T)
    height, width = frame.shape
    inner = frame[top : height - bottom, left : width - right]
    is_worth_it = max(top, bottom) * SIDE >= height or max(left, right) * SIDE >= width
    # Less than a quarter of it left: it is a picture of one colour with something in it.
    return inner if is_worth_it and min(inner.shape) * 4 >= min(frame.shape) else None


def _bars_of(frame: Small) -> tuple[int, int]:
    """Return how many lines at the beginning and at the end are of one grey."""
    lines = frame.astype(np.float32)
    means = lines.mean(axis=1)
    even = lines.std(axis=1) < _EVEN_BAR
    first = even & (np.abs(means - means[0]) < _SAME_GREY)
    last = even & (np.abs(means - means[-1]) < _SAME_GREY)
    if first.all():
        return 0, 0
    return int(np.argmin(first)), int(np.argmin(last[::-1]))


def _shows_something(small: Small) -> bool:
    """Return False for one colour, a shade, and a card: many pictures have these."""
    if float(small.std()) < _FEWEST_SHADES:
        return False
    greys = np.bincount(small.reshape(-1), minlength=256)
    near = np.convolve(greys, np.ones(2 * _SAME_GREY + 1), "same")
    if near.max() > _MOST_BACKGROUND * small.size:
        return False
    energy = whole_features(small[None])[0] ** 2
    return bool(1 / np.square(energy).sum() >= _FEWEST_FREQUENCIES)


# Comparing


def _turned(small: Small) -> Small:
    """Return small pictures turned by quarters, and all of them with their shades reversed."""
    quarters = [np.rot90(small, quarter, axes=(1, 2)) for quarter in (1, 2, 3)]
    return np.concatenate([*quarters, *(255 - each for each in (small, *quarters))])


class KnownFrames:
    """Frames that a picture is compared with, and whose each is."""

    def __init__(self, frames: dict[str, Small]) -> None:
        self._owners = [owner for owner, small in frames.items() for _ in range(len(small))]
        stacked = [small for small in frames.values() if len(small)]
        self._small = np.concatenate(stacked) if stacked else np.empty((0, SIDE, SIDE), np.uint8)
        self._hashes = _FRAME_HASH.hashes(self._small).reshape(-1)

    @property
    def is_empty(self) -> bool:
        return not len(self._small)

    def likenesses(self, picture: Small) -> dict[str, float]:
        """Return how alike the small pictures of a file are to the nearest frame of each owner."""
        nearest: dict[str, float] = {}
        if self.is_empty or not len(picture):
            return nearest
        # Mirrored as well: it takes one click, and a face is the same face.
        straight = np.concatenate([picture, picture[:, :, ::-1]])
        # Turned and in reversed shades too, which a style sheet turns back: as a whole alone.
        turned = _turned(straight)
        shown = np.concatenate([straight, turned])
        hashes = _PICTURE_HASH.hashes(shown)
        for number, window in np.ndindex(hashes.shape):
            if number >= len(straight) and window:
                continue
            candidates = self._nearest(np.uint64(hashes[number, window]))
            if len(candidates):
                wanted = _features(
                    shown[number : number + 1],
                    _PICTURE_LIKENESS.rows[window : window + 1],
                    _PICTURE_LIKENESS.columns[window : window + 1],
                )[0]
                frames, windows = np.divmod(candidates, len(_FRAME_WINDOWS))
                features = _features(
                    self._small[frames],
                    _FRAME_LIKENESS.rows[windows],
                    _FRAME_LIKENESS.columns[windows],
                )
                for frame, likeness in zip(frames, features @ wanted, strict=True):
                    owner = self._owners[frame]
                    nearest[owner] = max(nearest.get(owner, 0.0), float(likeness))
        return nearest

    def _nearest(self, wanted: np.uint64) -> npt.NDArray[np.intp]:
        apart = np.bitwise_count(self._hashes ^ wanted)
        candidates = np.flatnonzero(apart <= _MOST_BITS_APART)
        if len(candidates) > _MOST_CANDIDATES:
            candidates = candidates[
                np.argpartition(apart[candidates], _MOST_CANDIDATES)[:_MOST_CANDIDATES]
            ]
        return candidates
