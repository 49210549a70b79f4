"""A quick, small film to judge the cuts by: the same reel, the same redactions, nothing fine.

`preview.mp4` in the story's own folder. It is never part of a cut, of the edition or of a site, and
nothing that stands is touched; making the film takes it away again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from capture import media
from capture.media import picture as pictures
from capture.media.derive import even
from capture.media.sound.encoding import encode_roughly
from capture.recording.takes import footage_of
from films.audio import edited_sound
from films.film_spec import Order
from films.parallel import beside
from films.title_cards import draw_cards
from films.video import covered_frames, look_of
from library.core import files
from library.core.errors import Busy
from library.core.lock import held
from library.core.workspace import StoryFolder

SIDE = 360
"""The shorter side of its picture, where the film’s is not smaller still."""
_BEGUN = ".preview.new-"
_SPARE = 16_000_000
_BYTES_A_SECOND = 900_000


def make_preview(order: Order, watch: media.Watch = media.unwatched) -> Path:
    """The preview’s file, new and whole; an older one stays until it is ready.

    Of a film that is only heard it has no picture. Raises NotFound without a recording; NoRoom,
    ToolFailed or Busy.
    """
    folder, length = order.folder, order.reel.duration
    files.require_room(folder.preview, length * _BYTES_A_SECOND // 1000 + _SPARE)
    with _bench(folder) as bench, watch("Making the preview", length) as progress:
        if order.seen:
            with beside(lambda stopping: _sound(order, bench, stopping)) as sound:
                mute = _pictures(order, bench, sound.minded(progress))
                pace = pictures.pace_of(order.reel)
                pictures.mux(mute, sound.result(), folder.preview, pace)
        else:
            heard = _sound(order, bench, progress)
            with files.replacing(folder.preview) as temporary, files.refused_plainly(temporary):
                files.system.replace(heard, temporary)
    return folder.preview


def forget_preview(folder: StoryFolder) -> None:
    """Take it away, where there is one. Raises DiskFailed."""
    if folder.preview.exists():
        files.take_away(folder.preview)


@contextmanager
def _bench(folder: StoryFolder) -> Iterator[StoryFolder]:
    busy = Busy(
        f"A film of {folder.root.name} is being made already.",
        "Wait for it to finish, then run this again.",
    )
    with held(folder.film_lock, busy=busy):
        for left in folder.root.glob(f"{_BEGUN}*"):
            shutil.rmtree(left, ignore_errors=True)
        with files.refused_plainly(folder.root):
            bench = Path(tempfile.mkdtemp(prefix=_BEGUN, dir=folder.root))
        try:
            yield StoryFolder(bench)
        finally:
            shutil.rmtree(bench, ignore_errors=True)


def _sound(order: Order, bench: StoryFolder, progress: media.Progress) -> Path:
    edited = edited_sound(order, bench, progress)
    encode_roughly(edited, bench.audio, progress)
    files.take_away(edited.path)
    return bench.audio


def _pictures(order: Order, bench: StoryFolder, progress: media.Progress) -> Path:
    takes, fps = footage_of(order.folder)
    size = pictures.film_size(takes)
    scene = pictures.Scene(takes, look_of(order.choices), covered_frames(order, fps))
    pictures.encode_pictures(
        scene,
        order.reel,
        draw_cards(order.dressing, order.reel, size, bench.root),
        {_small(*size): bench.film},
        encoder="draft",
        progress=progress,
    )
    return bench.film


def _small(width: int, height: int) -> pictures.Rendition:
    share = min(1.0, SIDE / min(width, height))
    return pictures.Rendition("preview.mp4", even(width * share), even(height * share))
