"""The poster: a frame of the finished film, so that it can show nothing the film does not show.

No face is looked for. Eyes are open most of the time, so of two seconds the frame that is most like
their middle (pixel by pixel, the median) is one without a blink, a turn of the head or a blur; of
several such frames the sharpest is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capture.media.derive import draw_frame
from capture.media.source import address, media_input, protections

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

Span = tuple[int, int]
"""Milliseconds of the film, from and to."""

_WINDOWS = 12  # at most: no stretch is looked at twice
_WINDOW = 2_000
_EVERY = 2
"""Of the frames, every second one is looked at: a blink lasts for several."""
_AROUND = 1_000
"""Milliseconds on either side that are looked at, never shown: a short span may be all blink."""
_WIDTH = 320
"""Pixels across that are looked at: enough for an eye, and no noise."""
_DARK, _BRIGHT = 45, 215  # mean luma of a frame that is fit to be seen


def draw_film_poster(
    film: Path,
    to: Path,
    spans: Sequence[Span],
    *,
    at: int | None = None,
    smaller: Path | None = None,
) -> int:
    """A JPEG of one frame, at most 1280 a side, without metadata. Returns the frame's time (ms).

    `spans` are where the contributor is seen speaking and nothing is covered. `at` is the moment
    somebody chose instead. `smaller` is a lower rendition of the same film, quicker to look
    through. Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    moment = telling_moment(smaller or film, spans) if at is None else at
    # Half a frame before, so that rounding cannot reach the next one.
    picture = media_input(film, ss=max(0.0, moment / 1000 - 0.01))["v:0"]
    draw_frame(picture, to)
    return moment


def telling_moment(film: Path, spans: Sequence[Span]) -> int:
    """Where the best frame begins, in milliseconds of the film."""
    scored = [_best_of(frames, span) for frames, span in _windows(film, spans)]
    if not scored:
        return spans[0][0] if spans else 0
    # Of equals the earliest: the same film has the same poster.
    return max(scored, key=lambda one: (one[0], -one[1]))[1]


def _windows(film: Path, spans: Sequence[Span]) -> Iterator[tuple[list[tuple[int, Pixels]], Span]]:
    """Frames in and around stretches of the spans, and the stretch to choose from."""
    import av

    with av.open(address(film), options=protections()) as container:
        for start, end in _spread(spans):
            yield list(_frames(container, start - _AROUND, end + _AROUND)), (start, end)


def _spread(spans: Sequence[Span]) -> Iterator[Span]:
    """Stretches evenly over all that may be shown; none reaches out of its span."""
    total = sum(end - start for start, end in spans)
    windows = min(_WINDOWS, -(-total // _WINDOW))
    for number in range(windows):
        wanted = total * (2 * number + 1) // (2 * windows)
        for start, end in spans:
            if wanted < end - start:
                first = max(start, min(start + wanted - _WINDOW // 2, end - _WINDOW))
                yield first, min(end, first + _WINDOW)
                break
            wanted -= end - start


def _frames(container: Any, start: int, end: int) -> Iterator[tuple[int, Pixels]]:
    """Frames that begin from `start` to `end`, small and grey, each with its time."""
    stream = container.streams.video[0]
    container.seek(max(0, int(start / 1000 / stream.time_base)), stream=stream, backward=True)
    for number, frame in enumerate(container.decode(stream)):
        at = round(frame.pts * stream.time_base * 1000)
        if at >= end:
            return
        if at >= start and number % _EVERY == 0:
            height = max(2, frame.height * _WIDTH // frame.width)
            small = frame.reformat(width=_WIDTH, height=height, format="gray", interpolation="AREA")
            yield at, small.to_ndarray()


def _best_of(frames: list[tuple[int, Pixels]], span: Span) -> tuple[float, int]:
    """How fit the most typical frame within `span` is, and when it begins."""
    import numpy as np

    inside = [number for number, (at, _) in enumerate(frames) if span[0] <= at < span[1]]
    if not inside:
        return -1.0, span[0]
    stack = np.stack([pixels for _, pixels in frames])
    middle = np.partition(stack, len(stack) // 2, axis=0)[len(stack) // 2].astype(np.int16)
    away = np.abs(stack - middle).mean(axis=(1, 2))
    typical = min(inside, key=lambda number: float(away[number]))
    at, pixels = frames[typical]
    score = _sharpness(pixels) / (1 + float(away[inside].mean()))
    if not _DARK <= float(pixels.mean()) <= _BRIGHT:
        score /= 10
    return score, at


def _sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., 2000)."""
    import numpy as np

    light = pixels.astype(np.float32)
    inner = light[1:-1, 1:-1]
    around = light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:]
    return float(np.var(around - 4 * inner))
