"""The poster as staff meet it: a picture and not a word beside it."""

from __future__ import annotations

from pathlib import Path

from library.core.errors import Damaged

_PLAIN = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def check_poster(path: Path) -> None:
    """Raises Damaged when a poster carries any word beside its picture: place, device, comment."""
    from PIL import Image

    with Image.open(path) as picture:
        strange = sorted(set(map(str, picture.info)) - _PLAIN)
    if strange:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {strange[0]}.",
            "It was not kept. `carer-stories doctor` says which ffmpeg is used.",
        )
