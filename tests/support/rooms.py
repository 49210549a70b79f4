"""Somebody who tells a story in a room: drawn, and moving as people do, so that no face is needed.

A room is soft light, furniture and a wall that is not quite even; a person has a head, hair, eyes,
a mouth that speaks and hands. Each moment is a tenth of a second or more of moving.
"""

from __future__ import annotations

import functools
import io
import math
import random
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from capture.media.run_ffmpeg import ffmpeg_path

SIZE = 320, 180


@functools.cache
def _room(name: str) -> Image.Image:
    chance = random.Random(f"room {name}")
    width, height = SIZE
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 120 + 60 * np.cos(3 * (x - chance.random())) - 50 * y * chance.random()
    picture = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        left, top = chance.randrange(width), chance.randrange(height)
        box = (left, top, left + chance.randrange(20, 110), top + chance.randrange(15, 80))
        draw.rectangle(box, fill=tuple(chance.randrange(30, 220) for _ in range(3)))
    return picture.filter(ImageFilter.GaussianBlur(1.2))


def frame_of(person: str, at: float, *, room: str = "ward") -> Image.Image:
    """Return what is filmed of a person at a moment, in tenths of a second or so."""
    chance = random.Random(f"person {person}")
    picture = _room(room).copy()
    draw = ImageDraw.Draw(picture)
    skin, hair, coat = (tuple(chance.randrange(40, 235) for _ in range(3)) for _ in range(3))
    across = 160 + chance.randrange(-35, 35) + 5 * math.sin(at * 0.7)
    down = 72 + chance.randrange(-10, 15) + 3 * math.sin(at * 1.1)
    wide, high = chance.randrange(20, 30), chance.randrange(28, 38)
    draw.ellipse((across - 62, down + high, across + 62, 230), fill=coat)
    for number in range(5):
        left = across - 50 + 20 * number + chance.randrange(8)
        draw.rectangle((left, down + high + 25, left + 7, 180), fill=hair)
    draw.ellipse((across - wide - 5, down - high - 9, across + wide + 5, down + 12), fill=hair)
    draw.ellipse((across - wide, down - high, across + wide, down + high), fill=skin)
    for side in (-1, 1):
        eye = across + side * wide * 0.42
        draw.ellipse((eye - 4, down - 9, eye + 4, down - 4), fill="black")
        hand = across + side * (40 + 8 * math.sin(at + side))
        draw.ellipse((hand - 9, 150, hand + 9, 172), fill=skin)
    opened = 2 + 3 * abs(math.sin(at * 2))
    draw.ellipse((across - 9, down + 14 - opened, across + 9, down + 14 + opened), fill="maroon")
    return picture.filter(ImageFilter.GaussianBlur(0.7))


def jpeg(picture: Image.Image, **how: object) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", **how)
    return buffer.getvalue()


def film_of(
    person: str, to: Path, *, room: str = "ward", moments: int = 24, form: str = "mp4"
) -> None:
    """Write a film of a person, eight moments a second."""
    coding = {
        "mp4": ("libx264", "-preset", "ultrafast"),
        "webm": ("libvpx", "-cpu-used", "8", "-threads", "1"),
    }
    frames = b"".join(frame_of(person, at * 0.8, room=room).tobytes() for at in range(moments))
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", "8")
    subprocess.run(
        [
            *(ffmpeg_path(), "-v", "error", "-y", *raw, "-i", "-", "-c:v", *coding[form]),
            *("-pix_fmt", "yuv420p", "-f", form, str(to)),
        ],
        input=frames,
        check=True,
        capture_output=True,
        timeout=60,
    )
