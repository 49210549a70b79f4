"""The film: what the room watches, made from the working copy alone.

    audio.m4a    always: the sound at one even loudness
    film.mp4     where there is a picture and the contributor lets it be shown
    poster.jpg   a frame of the film, or a drawn picture where there is none

Equal inputs and an equal ffmpeg give equal bytes, so that making a film again keeps its sign-off.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from capture import media
from capture.originals import Take, originals_named
from capture.takes import kind_of, takes_of
from library import files
from library.consent import PictureShown, VoiceHeard
from library.errors import Busy, NotAllowed, NotFound
from library.lock import held
from library.workspace import StoryFolder
from publish.poster import check_poster, draw_sound

OnProgress = Callable[[int], None]
_SOUND_SHARE = 0.15
"""Of the time: encoding the pictures takes by far the most."""
_BEGUN = ".film.new-"
_SPARE = 16_000_000


@dataclass(frozen=True)
class Film:
    """What was made. `width` and `height` are 0 where nothing but sound is shown."""

    kind: str
    """`video` or `audio`, as staff meet it: a voice-only film of a video is `audio`."""
    duration: int
    """Milliseconds."""
    files: tuple[Path, ...]
    loudness: media.Loudness
    width: int = 0
    height: int = 0
    recipe: dict[str, str] = field(default_factory=dict)
    """How it was made, for the cut's manifest."""


def make_film(
    folder: StoryFolder,
    *,
    picture: PictureShown = "shown",
    voice: VoiceHeard = "own",
    on_progress: OnProgress | None = None,
) -> Film:
    """Make film, sound and poster, all or none: the old ones stay until all new ones are ready.

    `on_progress` is told milliseconds of the story. Raises NotFound without a recording,
    NotAllowed for what cannot be made yet, BadInput for silence; NoRoom, ToolFailed or Busy.
    """
    if voice == "disguised":
        raise NotAllowed(
            "A voice cannot be disguised yet, so no film was made.",
            "Keep the story unreleased until it can be.",
        )
    takes, working = _working_copy(folder)
    shown = kind_of(takes) == "video" and picture == "shown"
    files.require_room(folder.film, working.stat().st_size + _SPARE)
    with _workshop(folder) as bench:
        film = _make_all(folder, bench, working, takes, shown, on_progress)
        _put_in_place(folder, bench)
    return film


def _working_copy(folder: StoryFolder) -> tuple[tuple[Take, ...], Path]:
    takes = takes_of(folder)
    working = folder.working if kind_of(takes) == "video" else folder.working_audio
    if not (working.is_file() and folder.speech.is_file()):
        story_id = folder.root.name
        raise NotFound(
            f"The working copy of {story_id} is not there.",
            "Import the same recording again, and it is made afresh: "
            f"carer-stories capture import {story_id} FILE",
        )
    return takes, working


@contextmanager
def _workshop(folder: StoryFolder) -> Iterator[StoryFolder]:
    """A folder beside the results, gone at the end; one film of a story at a time."""
    busy = Busy(
        f"A film of {folder.root.name} is being made already.",
        "Wait for it to finish, then run this again.",
    )
    with held(folder.film_lock, busy=busy):
        for left in folder.root.glob(f"{_BEGUN}*"):  # by a run that was killed
            shutil.rmtree(left, ignore_errors=True)
        with files.refused_plainly(folder.root):
            bench = Path(tempfile.mkdtemp(prefix=_BEGUN, dir=folder.root))
        try:
            yield StoryFolder(bench)
        finally:
            shutil.rmtree(bench, ignore_errors=True)


def _make_all(
    folder: StoryFolder,
    bench: StoryFolder,
    working: Path,
    takes: Sequence[Take],
    shown: bool,
    on_progress: OnProgress | None,
) -> Film:
    length = media.probe(working).duration
    sound_part, film_part = _parts(on_progress, _SOUND_SHARE if shown else 1.0, length)
    loudness = media.encode_audio(working, bench.audio, length, sound_part)
    media.check_clean(bench.audio, ("audio",))
    width = height = 0
    if shown:
        media.encode_film(working, bench.audio, bench.film, length, film_part)
        media.check_clean(bench.film, ("video", "audio"))
        media.draw_poster(working, bench.poster, length)
        made = media.probe(bench.film)
        width, height = made.width, made.height
    else:
        draw_sound(media.read_speech(folder.speech), bench.poster)
    check_poster(bench.poster)
    names = [path.name for path in (bench.film, bench.audio, bench.poster) if path.exists()]
    return Film(
        kind="video" if shown else "audio",
        duration=length,
        files=tuple(folder.root / name for name in names),
        loudness=loudness,
        width=width,
        height=height,
        recipe={
            "ffmpeg": media.ffmpeg_version(),
            **originals_named(takes),
            "loudness": f"{loudness.integrated:.1f} LUFS, peak {loudness.true_peak:.1f} dBTP",
        },
    )


def _put_in_place(folder: StoryFolder, bench: StoryFolder) -> None:
    """Renames only. What is no longer shown goes first: killed half-way, a face is not left over.

    A set that is half old and half new does not match the cut's manifest, so the gate refuses it
    until the film is made again.
    """
    pairs = (
        (bench.film, folder.film),
        (bench.audio, folder.audio),
        (bench.poster, folder.poster),
    )
    with files.refused_plainly(folder.root):
        for new, old in pairs:
            if not new.exists() and old.exists():
                files.system.unlink(old)
        for new, old in pairs:
            if new.exists():
                files.system.replace(new, old)
        files.fsync_folder(folder.root)


def _parts(
    on_progress: OnProgress | None, sound: float, length: int
) -> tuple[OnProgress, OnProgress]:
    """Two reporters that share the length of the story between sound and film, never going back."""
    reached = 0

    def tell(done: float) -> None:
        nonlocal reached
        if on_progress and int(done) > reached:
            reached = min(int(done), length)
            on_progress(reached)

    return (
        lambda done: tell(min(done, length) * sound),
        lambda done: tell(length * sound + min(done, length) * (1 - sound)),
    )
