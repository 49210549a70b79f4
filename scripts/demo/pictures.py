"""Calm pictures for the demo's films: a window at dusk, hills in mist, a chair beside a lamp.

Drawn, not photographed: no people, no words. A scene is painted once in layers; a frame mixes
them, so that light changes slowly and the films stay small.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Layer = NDArray[np.float32]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Scene:
    """A picture that changes slowly: ``frame(t)`` for t from 0 (begin) to 1 (end), uint8 RGB."""

    width: int
    height: int
    frame: Callable[[float], NDArray[np.uint8]]


def _gradient(width: int, height: int, stops: list[tuple[float, Colour]]) -> Layer:
    """Colours from top to bottom; ``stops`` are (share of the height, colour)."""
    at = np.linspace(0, 1, height)
    places = [stop for stop, _ in stops]
    columns = [np.interp(at, places, [c[i] for _, c in stops]) for i in range(3)]
    line = np.stack(columns, axis=-1)
    return np.repeat(line[:, None, :], width, axis=1).astype(np.float32)


def _mask(
    width: int, height: int, blur: float, paint: Callable[[ImageDraw.ImageDraw], None]
) -> Layer:
    """Return a soft-edged shape, 0 to 1, drawn at three times its size."""
    image = Image.new("L", (width * 3, height * 3), 0)
    paint(ImageDraw.Draw(image))
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    if blur:
        small = small.filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(small, np.float32)[..., None] / 255.0


def _glow(width: int, height: int, x: float, y: float, radius: float, flat: float = 1.0) -> Layer:
    """Light that fades from a point; ``flat`` below 1 makes it wider than high."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    distance = np.hypot(across - x, (down - y) / flat) / radius
    light: Layer = np.exp(-(distance**2)).astype(np.float32)
    return light[..., None]


def _over(below: Layer, colour: Any, mask: Layer) -> Layer:
    return below * (1 - mask) + np.asarray(colour, np.float32) * mask


def _finish(dither: Layer, picture: Layer) -> NDArray[np.uint8]:
    """Convert to bytes; a still grain hides the steps between neighbouring shades."""
    shown: NDArray[np.uint8] = np.clip(picture + dither, 0, 255).astype(np.uint8)
    return shown


def _grain(width: int, height: int, seed: int) -> Layer:
    return np.random.default_rng(seed).normal(0, 1.3, (height, width, 1)).astype(np.float32)


def window_at_dusk(width: int = 360, height: int = 640) -> Scene:
    """Return an upright picture: a window, a sill with a plant, the sky going dark."""
    w, h = width, height
    s = 3

    def box(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
        return (int(x0 * w * s), int(y0 * h * s), int(x1 * w * s), int(y1 * h * s))

    opening = _mask(w, h, 0.8, lambda d: d.rectangle(box(0.2, 0.12, 0.8, 0.66), fill=255))

    def paint_bars(d: ImageDraw.ImageDraw) -> None:
        d.rectangle(box(0.487, 0.12, 0.513, 0.66), fill=255)
        d.rectangle(box(0.2, 0.372, 0.8, 0.39), fill=255)

    bars = _mask(w, h, 0.8, paint_bars)
    frame = _mask(w, h, 1.0, lambda d: d.rectangle(box(0.165, 0.1, 0.835, 0.68), fill=255))
    sill = _mask(w, h, 1.0, lambda d: d.rectangle(box(0.12, 0.675, 0.88, 0.705), fill=255))
    shade = _mask(w, h, 9.0, lambda d: d.rectangle(box(0.13, 0.7, 0.87, 0.735), fill=255))

    def paint_roofs(d: ImageDraw.ImageDraw) -> None:
        ground = int(0.67 * h * s)
        for x, y, wide in ((0.15, 0.575, 0.2), (0.36, 0.6, 0.16), (0.66, 0.59, 0.22)):
            left, right = int(x * w * s), int((x + wide) * w * s)
            top = int(y * h * s)
            eaves = top + int(0.03 * h * s)
            d.polygon([(left, eaves), ((left + right) // 2, top), (right, eaves)], fill=255)
            d.rectangle((left, eaves, right, ground), fill=255)

    def paint_tree(d: ImageDraw.ImageDraw) -> None:
        rng = np.random.default_rng(4)
        for _ in range(90):
            angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(0, 1) ** 0.6
            x = (0.58 + 0.1 * reach * math.cos(angle)) * w * s
            y = (0.5 + 0.075 * reach * math.sin(angle)) * h * s
            r = rng.uniform(0.012, 0.03) * w * s
            d.ellipse((x - r, y - r, x + r, y + r), fill=255)
        d.rectangle(box(0.572, 0.5, 0.588, 0.67), fill=255)

    roofs = _mask(w, h, 1.2, paint_roofs)
    tree = _mask(w, h, 1.4, paint_tree)

    def paint_plant(d: ImageDraw.ImageDraw) -> None:
        base = (0.31 * w * s, 0.635 * h * s)
        for angle in (-62, -38, -15, 6, 27, 50, 70):
            length = (0.105 - abs(angle) * 0.00045) * h * s
            bend = math.radians(angle * 0.75)
            tip = (base[0] + length * math.sin(bend), base[1] - length * math.cos(bend))
            side = 0.016 * w * s
            middle = ((base[0] + tip[0]) / 2, (base[1] + tip[1]) / 2)
            across = (side * math.cos(bend), side * math.sin(bend))
            d.polygon(
                [
                    base,
                    (middle[0] - across[0], middle[1] - across[1]),
                    tip,
                    (middle[0] + across[0], middle[1] + across[1]),
                ],
                fill=255,
            )

    plant = _mask(w, h, 0.8, paint_plant)
    pot = _mask(
        w,
        h,
        0.8,
        lambda d: d.polygon(
            [
                (int(0.255 * w * s), int(0.628 * h * s)),
                (int(0.365 * w * s), int(0.628 * h * s)),
                (int(0.35 * w * s), int(0.678 * h * s)),
                (int(0.27 * w * s), int(0.678 * h * s)),
            ],
            fill=255,
        ),
    )

    def curtain(x: float, lean: float) -> Layer:
        across = np.arange(w, dtype=np.float32)[None, :] / w
        down = np.arange(h, dtype=np.float32)[:, None] / h
        edge = x + lean * (down - 0.08)
        return np.clip((edge - across) * w / 6, 0, 1)[..., None].astype(np.float32)

    hang = (np.linspace(0, 1, h)[:, None, None] > 0.07).astype(np.float32)
    left = curtain(0.225, -0.05) * hang
    right = curtain(0.225, -0.05)[:, ::-1] * hang
    folds = 0.5 + 0.5 * np.sin(np.arange(w, dtype=np.float32) / w * 2 * math.pi * 17)
    fold_light = np.broadcast_to(folds[None, :, None], (h, w, 1)).astype(np.float32)

    early = _gradient(
        w,
        h,
        [
            (0, (120, 146, 176)),
            (0.4, (206, 190, 178)),
            (0.62, (238, 196, 150)),
            (1, (226, 176, 130)),
        ],
    )
    late = _gradient(
        w,
        h,
        [(0, (44, 60, 96)), (0.4, (92, 98, 130)), (0.62, (176, 132, 122)), (1, (150, 112, 108))],
    )
    wall = _gradient(w, h, [(0, (122, 112, 104)), (0.6, (138, 124, 112)), (1, (92, 84, 80))])
    light = _glow(w, h, 0.5 * w, 0.92 * h, 0.42 * w, 0.7)
    lit = _mask(w, h, 0.9, lambda d: d.rectangle(box(0.42, 0.625, 0.445, 0.64), fill=255))
    dither = _grain(w, h, 1)

    def at(t: float) -> NDArray[np.uint8]:
        dusk = 0.5 - 0.5 * math.cos(math.pi * t)
        sky = early * (1 - dusk) + late * dusk
        sky = _over(sky, np.array((104, 96, 100)) * (1 - 0.45 * dusk), roofs)
        sky = _over(sky, np.array((84, 86, 82)) * (1 - 0.45 * dusk), tree)
        sky = _over(sky, (250, 206, 130), lit * max(0.0, (dusk - 0.35) / 0.65))
        room = wall * (1.0 - 0.28 * dusk)
        room = room + light * (np.array((46, 34, 18), np.float32) * (1 - 0.8 * dusk))
        room = _over(room, np.array((206, 200, 190)) * (1 - 0.3 * dusk), frame)
        picture = room * (1 - opening) + sky * opening
        picture = _over(picture, np.array((198, 192, 184)) * (1 - 0.32 * dusk), bars * opening)
        picture = _over(picture, np.array((64, 58, 56)), shade * 0.55)
        picture = _over(picture, np.array((214, 208, 198)) * (1 - 0.3 * dusk), sill)
        picture = _over(picture, np.array((66, 92, 72)) * (1 - 0.4 * dusk), plant)
        picture = _over(picture, np.array((158, 104, 82)) * (1 - 0.35 * dusk), pot)
        cloth = (np.array((150, 140, 150)) + 26 * fold_light) * (1 - 0.34 * dusk)
        picture = picture * (1 - left) + cloth * left
        picture = picture * (1 - right) + cloth[:, ::-1] * right
        return _finish(dither, picture)

    return Scene(w, h, at)


def hills_in_mist(width: int = 640, height: int = 360) -> Scene:
    """Ridges behind each other in the morning, mist between them, the light slowly rising."""
    w, h = width, height
    across = np.linspace(0, 1, w)
    down = np.arange(h, dtype=np.float32)[:, None]
    rng = np.random.default_rng(11)
    ridges = []
    for number in range(5):
        line = np.zeros(w)
        for octave in range(1, 7):
            phase, speed = rng.uniform(0, 2 * math.pi), octave * rng.uniform(0.55, 0.95)
            line += np.sin(2 * math.pi * speed * across + phase) / octave**1.35
        top = (0.4 + 0.115 * number) * h - line * (0.055 - 0.004 * number) * h
        mask = np.clip(down - top[None, :] + 0.5, 0, 1)[..., None].astype(np.float32)
        depth = np.clip((down - top[None, :]) / (0.16 * h), 0, 1)[..., None].astype(np.float32)
        ridges.append((mask, depth))
    dawn = _gradient(w, h, [(0, (120, 138, 160)), (0.35, (206, 196, 190)), (0.6, (240, 214, 186))])
    day = _gradient(w, h, [(0, (142, 172, 198)), (0.35, (214, 220, 220)), (0.6, (246, 232, 208))])
    sun = _glow(w, h, 0.68 * w, 0.37 * h, 0.34 * w, 0.62)
    far, near = np.array((150, 160, 172), np.float32), np.array((46, 66, 62), np.float32)
    mist_colour = np.array((226, 218, 208), np.float32)
    dither = _grain(w, h, 2)

    def at(t: float) -> NDArray[np.uint8]:
        rise = 0.5 - 0.5 * math.cos(math.pi * t)
        picture = dawn * (1 - rise) + day * rise
        picture = picture + sun * np.array((34, 24, 8), np.float32) * (0.35 + 0.65 * rise)
        for number, (mask, depth) in enumerate(ridges):
            share = number / (len(ridges) - 1)
            colour = far * (1 - share) + near * share
            colour = colour * (0.9 + 0.14 * rise)
            drift = 0.5 + 0.5 * np.sin(
                2 * math.pi * (across * (0.7 + 0.2 * number) + t * (0.5 - 0.14 * number)) + number
            )
            mist = depth * (0.75 - 0.35 * rise) * (0.55 + 0.45 * drift[None, :, None])
            mist = mist * (1 - 0.55 * share)
            body = colour * (1 - mist) + mist_colour * mist
            picture = picture * (1 - mask) + body.astype(np.float32) * mask
        return _finish(dither, picture)

    return Scene(w, h, at)


def chair_and_lamp(width: int = 640, height: int = 360) -> Scene:
    """Return a picture of an armchair, a small table with a cup, a steady lamp, night outside."""
    w, h = width, height
    s = 3

    def points(*pairs: tuple[float, float]) -> list[tuple[int, int]]:
        return [(int(x * w * s), int(y * h * s)) for x, y in pairs]

    def box(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
        return (int(x0 * w * s), int(y0 * h * s), int(x1 * w * s), int(y1 * h * s))

    wall = _gradient(
        w, h, [(0, (58, 60, 72)), (0.72, (74, 72, 80)), (0.73, (52, 44, 42)), (1, (40, 34, 34))]
    )
    pane = _mask(w, h, 0.8, lambda d: d.rectangle(box(0.09, 0.13, 0.29, 0.52), fill=255))

    def paint_cross(d: ImageDraw.ImageDraw) -> None:
        d.rectangle(box(0.186, 0.13, 0.194, 0.52), fill=255)
        d.rectangle(box(0.09, 0.318, 0.29, 0.332), fill=255)
        d.rectangle(box(0.075, 0.51, 0.305, 0.54), fill=255)

    cross = _mask(w, h, 0.6, paint_cross)

    def paint_chair(d: ImageDraw.ImageDraw) -> None:
        d.rounded_rectangle(box(0.37, 0.4, 0.6, 0.8), radius=int(0.05 * w * s), fill=255)
        d.rounded_rectangle(box(0.33, 0.57, 0.41, 0.83), radius=int(0.03 * w * s), fill=255)
        d.rounded_rectangle(box(0.56, 0.57, 0.64, 0.83), radius=int(0.03 * w * s), fill=255)
        d.rectangle(box(0.36, 0.72, 0.61, 0.83), fill=255)
        d.polygon(points((0.35, 0.82), (0.37, 0.82), (0.365, 0.88), (0.355, 0.88)), fill=255)
        d.polygon(points((0.6, 0.82), (0.62, 0.82), (0.615, 0.88), (0.605, 0.88)), fill=255)

    chair = _mask(w, h, 1.0, paint_chair)
    seat = _mask(
        w,
        h,
        1.6,
        lambda d: d.rounded_rectangle(
            box(0.405, 0.655, 0.565, 0.74), radius=int(0.018 * w * s), fill=255
        ),
    )
    cushion = _mask(
        w,
        h,
        1.4,
        lambda d: d.rounded_rectangle(
            box(0.435, 0.52, 0.53, 0.665), radius=int(0.025 * w * s), fill=255
        ),
    )

    def paint_stand(d: ImageDraw.ImageDraw) -> None:
        d.rectangle(box(0.752, 0.36, 0.758, 0.86), fill=255)
        d.ellipse(box(0.715, 0.85, 0.795, 0.875), fill=255)

    stand = _mask(w, h, 0.7, paint_stand)
    lampshade = _mask(
        w,
        h,
        1.0,
        lambda d: d.polygon(
            points((0.725, 0.21), (0.785, 0.21), (0.815, 0.38), (0.695, 0.38)), fill=255
        ),
    )

    def paint_table(d: ImageDraw.ImageDraw) -> None:
        d.ellipse(box(0.655, 0.66, 0.735, 0.69), fill=255)
        d.rectangle(box(0.69, 0.675, 0.7, 0.86), fill=255)

    table = _mask(w, h, 0.8, paint_table)
    cup = _mask(
        w,
        h,
        0.7,
        lambda d: d.rounded_rectangle(
            box(0.68, 0.625, 0.706, 0.673), radius=int(0.005 * w * s), fill=255
        ),
    )
    rug = _mask(w, h, 3.0, lambda d: d.ellipse(box(0.24, 0.81, 0.78, 0.97), fill=255))
    shadow = _mask(w, h, 8.0, lambda d: d.ellipse(box(0.3, 0.83, 0.66, 0.91), fill=255))
    night = _gradient(w, h, [(0.1, (26, 36, 64)), (0.55, (58, 66, 96))])
    dawn = _gradient(w, h, [(0.1, (40, 54, 88)), (0.55, (104, 100, 122))])
    upper = _glow(w, h, 0.755 * w, 0.24 * h, 0.3 * w, 0.8)
    lower = _glow(w, h, 0.745 * w, 0.52 * h, 0.36 * w, 0.85)
    warm = np.array((255, 196, 120), np.float32)
    dither = _grain(w, h, 3)

    def at(t: float) -> NDArray[np.uint8]:
        hour = 0.5 - 0.5 * math.cos(math.pi * t)
        breath = 1 + 0.05 * math.sin(2 * math.pi * 6 * t)
        picture = _over(wall, night * (1 - hour) + dawn * hour, pane)
        picture = _over(picture, (92, 90, 98), cross)
        picture = _over(picture, (104, 72, 66), rug * 0.6)
        picture = _over(picture, (24, 20, 22), shadow * 0.6)
        picture = _over(picture, (66, 88, 92), chair)
        picture = _over(picture, (78, 102, 104), seat)
        picture = _over(picture, (176, 124, 84), cushion)
        picture = _over(picture, (94, 66, 50), table)
        picture = _over(picture, (214, 206, 194), cup)
        picture = _over(picture, (58, 50, 46), stand)
        light = 0.62 * lower + 0.45 * upper
        picture = picture * (0.82 + 0.75 * light * breath) + warm * light * 0.16 * breath
        picture = _over(
            picture, np.array((255, 226, 168)) * (0.97 + 0.03 * breath), lampshade * 0.95
        )
        return _finish(dither, picture.astype(np.float32))

    return Scene(w, h, at)


SCENES: dict[str, Callable[[], Scene]] = {
    "nobody-would-talk-to-me": window_at_dusk,
    "learning-the-words": hills_in_mist,
    "what-to-do-at-night": chair_and_lamp,
}
"""Which story is shown with which picture; one has none, because it is sound alone."""
