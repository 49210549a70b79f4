"""Read a picture from anywhere as small grey frames: each of an animated one.

A picture that is damaged, cut short, far too large or of a kind that is not known is refused with
the reason: what cannot be looked at is not shown. A browser shows the upper half of a picture that
was cut short, so that it is no use to look at what is left of it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageChops, ImageOps, ImageSequence, UnidentifiedImageError

from library.core.errors import BadInput
from publish.pictures.fingerprint import SAMPLED_SIDE, Small, small_pictures

KINDS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "ICO")
"""Kinds of pictures that browsers show, and TIFF, which documents hold."""
MOST_PIXELS = 100_000_000
"""Of one frame: twice as many as a telephone’s largest."""
MOST_IN_ALL = 1_000_000_000
"""Pixels of all frames of an animated picture: some minutes of one, and seconds to look at."""
_WHITE = 255
_NEXT_STEP = "Save it again, a picture as JPEG or PNG, a film as MP4, or take it out."


class UnreadablePicture(BadInput):
    """A picture, or a clip, that cannot be looked at. `why` is for the end of a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This picture cannot be looked at: {why}.", _NEXT_STEP)
        self.why = why


def read_picture(data: bytes) -> Small:
    """Return the small pictures of every frame. Raises UnreadablePicture with the reason."""
    try:
        with warnings.catch_warnings():
            # Sizes are looked at below: a warning about one would stand on the screen.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=KINDS) as image:
                return small_pictures(np.stack(list(_sampled_frames(image))))
    except UnreadablePicture:
        raise
    except UnidentifiedImageError:
        raise UnreadablePicture("it is damaged, or of a kind that is not known") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture("it is far too large") from None
    # Pillow’s readers of broken files raise nearly everything: IndexError, SyntaxError, and more.
    except Exception:
        raise UnreadablePicture("it is damaged, or was cut short") from None


def _sampled_frames(image: Image.Image) -> Iterator[Small]:
    pixels = image.width * image.height
    if pixels > MOST_PIXELS:
        raise UnreadablePicture("it is far too large")
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        if pixels * number > MOST_IN_ALL:
            raise UnreadablePicture("it is far too long")
        # Large JPEGs are read at a fraction of their size: an eighth of it is enough.
        frame.draft("L", (4 * SAMPLED_SIDE, 4 * SAMPLED_SIDE))
        frame.load()
        grey = _grey(frame)
        yield _sampled(grey)
        if (inner := _off_its_ground(grey)) is not None:
            yield _sampled(inner)
        if _is_seen_through(frame):
            yield from map(_sampled, _seen_otherwise(frame))
        upright = ImageOps.exif_transpose(grey) if number == 0 else grey
        # As browsers turn it, and as it lies in the file: a style may say either.
        if upright is not grey and image.getexif().get(_ORIENTATION, 1) != 1:
            yield _sampled(upright)


_ORIENTATION = 0x0112
"""EXIF’s note which way is up."""


_SAME_GROUND = 24
"""Shades by which the ground of a leaflet differs in itself, saved as JPEG."""


def _off_its_ground(grey: Image.Image) -> Image.Image | None:
    """Return the part of a picture that lies on a ground of one shade, as a photo on a leaflet."""
    corner = grey.getpixel((0, 0))
    ground = Image.new("L", grey.size, corner)
    box = ImageChops.difference(grey, ground).point(_BEYOND_GROUND).getbbox()
    if box is None or box == (0, 0, *grey.size):
        return None
    inner = grey.crop(box)
    return inner if min(inner.size) >= SAMPLED_SIDE // 2 else None


_BEYOND_GROUND = [0] * _SAME_GROUND + [_WHITE] * (256 - _SAME_GROUND)


def _sampled(grey: Image.Image) -> Small:
    small = grey.resize((SAMPLED_SIDE, SAMPLED_SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.uint8)


def _grey(frame: Image.Image) -> Image.Image:
    """Return a frame in 256 greys, on white where it can be seen through."""
    if frame.mode.startswith("I") or frame.mode == "F":
        return _from_deep_greys(frame)
    if _is_seen_through(frame):
        seen_through = frame.convert("RGBA")
        behind = Image.new("RGBA", frame.size, (_WHITE, _WHITE, _WHITE, _WHITE))
        return Image.alpha_composite(behind, seen_through).convert("L")
    return frame.convert("RGB").convert("L") if frame.mode == "CMYK" else frame.convert("L")


def _is_seen_through(frame: Image.Image) -> bool:
    return "A" in frame.getbands() or "transparency" in frame.info


def _seen_otherwise(frame: Image.Image) -> Iterator[Image.Image]:
    """Yield what a picture shows on a dark page, and where a style or a script unveils it."""
    whole = frame.convert("RGBA")
    black = Image.new("RGBA", frame.size, (0, 0, 0, _WHITE))
    yield Image.alpha_composite(black, whole).convert("L")
    yield whole.convert("RGB").convert("L")
    yield whole.getchannel("A")


def _from_deep_greys(frame: Image.Image) -> Image.Image:
    """Return 16 or 32 bits of grey as eight: Pillow itself would make all of it white."""
    deep = np.asarray(frame, np.float64)
    darkest, lightest = float(np.nanmin(deep)), float(np.nanmax(deep))
    shades = (np.nan_to_num(deep) - darkest) * (_WHITE / max(lightest - darkest, 1e-9))
    return Image.fromarray(np.clip(shades, 0, _WHITE).astype(np.uint8))
