"""Render a film, or a quick preview of it, from the originals and the plan.

    audio.m4a     the sound, edited to the sample, at one even loudness
    film.mp4      the contributor’s picture, or an audiogram; film-720.mp4 and film-360.mp4 smaller
    poster.jpg    a frame of the film with open eyes, or the title over its sound

One generation of encoding, whatever was cut: sound and picture come from the originals. Equal
inputs and an equal ffmpeg give equal bytes, so that making a film again keeps its sign-off. After
a killed run the next one goes on with the files that it had finished.

    preview.mp4   the same timeline and redactions in a small picture, to judge the cuts by

The preview is never part of a cut, of the edition or of a site; making the film removes it.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from capture.media.conform import even_size
from capture.media.picture.audiogram import audiogram_frame_count
from capture.media.picture.encode import Rendition, encode_pictures, frame_count, mux
from capture.media.picture.graph import Scene, film_size
from capture.media.run_ffmpeg import Progress, ProgressStep, ffmpeg_version, without_progress
from capture.media.sound.encoding import Loudness, encode_draft_audio
from capture.media.speech import open_speech
from capture.recording.originals import numbered_hashes
from capture.recording.takes import footage_of, takes_of
from films import audio, video
from films.audio import edit_sound, loudness_meter
from films.cards import draw_cards
from films.film_spec import FilmSpec, former_repr
from films.timeline import timeline_as_json, transcript_sha256
from films.video import anonymisation_of, check_poster, covered_frames
from library.core import files
from library.core.errors import Busy, NotAllowed
from library.core.lock import locked
from library.core.workspace import StoryFolder
from library.records.cut import Cut
from transcribe.words import EditedTranscript

_FILM_PREFIX = ".film.new-"
_PREVIEW_PREFIX = ".preview.new-"
_MEDIA = (".mp4", ".m4a", ".jpg")
_CHOICE_KEYS = ("picture", "voice", "level", "choices")
"""Keys of a cut's recipe that say what was chosen, not how the film was made."""
_PREVIEW_SIDE = 360  # pixels of the shorter side, unless the film’s is smaller still
# Room that is asked for before work begins: 4 and 2 Mbit/s of pictures, and the raw sound, 23 MB a
# minute, twice.
_BYTES_PER_SECOND = 900_000
_SPARE_BYTES = 16_000_000


@dataclass(frozen=True)
class RenderedFilm:
    """A finished film; `width` and `height` are those of its largest rendition, in pixels."""

    files: tuple[Path, ...]
    width: int
    height: int
    recipe: dict[str, str] = field(default_factory=dict)
    """Versions and options, for the cut's manifest."""


def make_film(spec: FilmSpec, show_progress: ProgressStep = without_progress) -> RenderedFilm:
    """Make film, sound and poster, all or none: the old ones stay until all new ones are ready.

    Raises NotFound without a recording, BadInput for silence or a card with too many words;
    NoRoom, ToolFailed or Busy.
    """
    folder = spec.folder
    # Asked first: a full disk would stop it only after long work.
    files.require_room(
        folder.film, spec.timeline.duration * _BYTES_PER_SECOND // 1000 + _SPARE_BYTES
    )
    with _workshop(folder, _FILM_PREFIX, spec.key) as bench:
        renditions = video.renditions_of(spec)
        stills = video.draw_stills(spec, bench)
        loudness = _encode(spec, stills, bench, renditions, show_progress)
        video.draw_poster(spec, bench, renditions)
        names = [*(rendition.name for rendition in renditions), bench.audio.name, bench.poster.name]
        # Before anything moves: a poster with a place or a device in it is not kept.
        check_poster(bench.poster)
        _replace_files(folder, bench, names)
    return RenderedFilm(
        files=tuple(folder.root / name for name in names),
        width=renditions[0].width,
        height=renditions[0].height,
        recipe={
            "size": f"{renditions[0].width}x{renditions[0].height}",
            **_recipe(spec, loudness),
        },
    )


def reusable_film(spec: FilmSpec, cut: Cut | None) -> RenderedFilm | None:
    """Return the film of an earlier cut if it has this very key and no byte of it changed.

    Changing a summary makes another cut, but no other film.
    """
    # `order` is what earlier versions called it: another name would find no earlier film.
    if cut is None or cut.recipe.get("order") != spec.key:
        return None
    media_files = {name: sha for name, sha in cut.artefacts.items() if name.endswith(_MEDIA)}
    paths = {name: spec.folder.root / name for name in media_files}
    if not all(path.is_file() for path in paths.values()):
        return None
    # Read whole: a damaged film must be made again and not be signed off.
    if any(files.sha256_of(paths[name]) != sha for name, sha in media_files.items()):
        return None
    width, _, height = cut.recipe.get("size", "").partition("x")
    if not (width.isdigit() and height.isdigit()):
        return None
    recipe = {name: value for name, value in cut.recipe.items() if name not in _CHOICE_KEYS}
    return RenderedFilm(tuple(paths.values()), int(width), int(height), recipe)


def _recipe(spec: FilmSpec, loudness: Loudness) -> dict[str, str]:
    """Return how the film was made, for the cut's manifest. Keys and values are read by others."""
    return {
        "order": spec.key,
        "ffmpeg": ffmpeg_version(),
        **numbered_hashes(takes_of(spec.folder)),
        "loudness": f"{loudness.integrated:.1f} LUFS, peak {loudness.true_peak:.1f} dBTP",
        # `reel` and `manner` are names of 0.1.0: recipes that stand are read by them.
        "reel": timeline_as_json(spec.timeline),
        "edited": transcript_sha256(spec.edited),
        "manner": former_repr(spec.render_settings),
    }


@contextmanager
def _workshop(folder: StoryFolder, prefix: str, key: str = "") -> Iterator[StoryFolder]:
    """Make a folder next to the results in which one film at a time is made, and remove it after.

    With a key, it still holds what a killed run of the same key finished.
    """
    busy = Busy(
        f"A film of {folder.root.name} is being made already.",
        "Wait for it to finish, then run this again.",
    )
    with locked(folder.film_lock, busy=busy):
        bench = folder.root / f"{prefix}{key}"
        # Of other keys: nobody will go on with them, and they hold what may have been cut since.
        for leftover in folder.root.glob(f"{prefix}*"):
            if not key or leftover != bench:
                shutil.rmtree(leftover, ignore_errors=True)
        with files.translate_disk_errors(folder.root):
            # 0700: what lies in it may still hold what is cut or redacted.
            bench.mkdir(mode=0o700, exist_ok=True)
        try:
            yield StoryFolder(bench)
        finally:
            shutil.rmtree(bench, ignore_errors=True)


def _encode(
    spec: FilmSpec,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    renditions: Sequence[Rendition],
    show_progress: ProgressStep,
) -> Loudness:
    """Encode sound and pictures in every size; what a killed run finished is used again."""
    length = spec.timeline.duration
    silent_files = {
        rendition: bench.root / f"pictures-{rendition.name}" for rendition in renditions
    }
    if spec.shows_contributor:
        # Side by side: the sound takes one core, the pictures the others.
        with (
            show_progress("Making the film", length) as progress,
            run_beside(
                lambda minded: audio.encode_sound(spec, bench, _within_progress(minded))
            ) as sound,
        ):
            if not all(path.exists() for path in silent_files.values()):
                video.encode_footage(
                    spec, stills, bench, silent_files, sound.stopping_on_failure(progress)
                )
            loudness = sound.result()
    else:
        # One after the other: the audiogram is drawn from the finished sound.
        loudness = audio.encode_sound(spec, bench, show_progress)
        with show_progress("Drawing the film", length) as progress:
            if not all(path.exists() for path in silent_files.values()):
                video.encode_audiogram_film(spec, stills, bench, silent_files, progress)
    frames = (
        frame_count(spec.timeline)
        if spec.shows_contributor
        else audiogram_frame_count(spec.timeline)
    )
    for rendition, path in silent_files.items():
        # One encoded sound for all sizes: they are heard alike to the bit.
        mux(path, bench.audio, bench.root / rendition.name, frames)
    return loudness


def _within_progress(progress: Progress) -> ProgressStep:
    """Return a progress step that reports all steps to `progress`, as part of one that runs."""

    @contextmanager
    def show_progress(_label: str, _total: int | None = None) -> Iterator[Progress]:
        yield progress

    return show_progress


def _replace_files(folder: StoryFolder, bench: StoryFolder, names: Sequence[str]) -> None:
    """Move the finished files into the story's folder, by renames only.

    A set that is half old and half new does not match the cut's manifest, so the gate refuses it
    until the film is made again.
    """
    old = [folder.audio, folder.poster, *folder.root.glob("film*.mp4")]
    with files.translate_disk_errors(folder.root):
        # Removed first: killed half-way, no face is left that is not to be shown any more.
        for path in old:
            if path.name not in names and path.exists():
                files.system.unlink(path)
        for name in names:
            # A rename within one folder's disk: no reader finds half a film.
            files.system.replace(bench.root / name, folder.root / name)
        files.fsync_folder(folder.root)


def loudness_at(folder: StoryFolder) -> Callable[[int], float]:
    """Return a measure of how loud the recording is around a moment (ms), to find quiet cuts.

    Raises NotFound if the working copy is missing.
    """
    return loudness_meter(open_speech(folder.speech))


def require_measured_times(folder: StoryFolder, edited: EditedTranscript, guessed: int) -> None:
    """Raise NotAllowed if cuts or redactions rest on times that nobody measured."""
    # Without cuts nothing depends on them but when a caption shows.
    if guessed and (edited.cuts or edited.redactions):
        story_id = folder.root.name
        raise NotAllowed(
            f"Words of {story_id} came without times of their own, so a cut or a redaction could "
            "miss what it should take out. No film was made.",
            "Hear them again, your marks are carried over: "
            f"carer-stories transcribe {story_id} --again",
        )


def make_film_preview(spec: FilmSpec, show_progress: ProgressStep = without_progress) -> Path:
    """Make a preview and return its file; an older one stays until the new one is ready.

    A preview of a film that is only heard has no picture. Raises NotFound without a recording;
    NoRoom, ToolFailed or Busy.
    """
    folder, length = spec.folder, spec.timeline.duration
    files.require_room(folder.preview, length * _BYTES_PER_SECOND // 1000 + _SPARE_BYTES)
    with (
        _workshop(folder, _PREVIEW_PREFIX) as bench,
        show_progress("Making the preview", length) as progress,
    ):
        if spec.shows_contributor:
            with run_beside(lambda stopping: _draft_sound(spec, bench, stopping)) as sound:
                pictures = _draft_pictures(spec, bench, sound.stopping_on_failure(progress))
                frames = frame_count(spec.timeline)
                mux(pictures, sound.result(), folder.preview, frames)
        else:
            sound_file = _draft_sound(spec, bench, progress)
            with (
                files.replacing(folder.preview) as temporary,
                files.translate_disk_errors(temporary),
            ):
                files.system.replace(sound_file, temporary)
    return folder.preview


def _draft_sound(spec: FilmSpec, bench: StoryFolder, progress: Progress) -> Path:
    edited = edit_sound(spec, bench, progress)
    encode_draft_audio(edited, bench.audio, progress)
    files.delete_file(edited.path)
    return bench.audio


def _draft_pictures(spec: FilmSpec, bench: StoryFolder, progress: Progress) -> Path:
    takes, fps = footage_of(spec.folder)
    size = film_size(takes)
    scene = Scene(takes, anonymisation_of(spec.choices), covered_frames(spec, fps))
    encode_pictures(
        scene,
        spec.timeline,
        draw_cards(spec.cards, spec.timeline, size, bench.root),
        {_preview_rendition(*size): bench.film},
        encoder="draft",
        progress=progress,
    )
    return bench.film


def _preview_rendition(width: int, height: int) -> Rendition:
    share = min(1.0, _PREVIEW_SIDE / min(width, height))
    return Rendition("preview.mp4", even_size(width * share), even_size(height * share))


_Result = TypeVar("_Result")


class _Stopped(Exception):
    """Ends background work that nobody waits for any more."""


@dataclass(frozen=True)
class BackgroundWork(Generic[_Result]):
    """Work that goes on in another thread."""

    _future: Future[_Result]

    def result(self) -> _Result:
        """Wait for the work and return its result. Raises what it raised."""
        return self._future.result()

    def stopping_on_failure(self, progress: Progress) -> Progress:
        """Wrap `progress` of the work in the block, so that it ends when this work has failed."""

        def checked(done: int) -> None:
            if self._future.done():
                # Raises what the other work raised.
                self._future.result()
            progress(done)

        return checked


@contextmanager
def run_beside(work: Callable[[Progress], _Result]) -> Iterator[BackgroundWork[_Result]]:
    """Run `work` in a thread as long as the block lasts; it is given a Progress to report to.

    If the block fails, or is interrupted, the work is stopped at its next report; the block ends
    when both have ended.
    """
    stop = threading.Event()

    def progress(_done: int) -> None:
        if stop.is_set():
            raise _Stopped

    with ThreadPoolExecutor(1, thread_name_prefix="beside") as pool:
        try:
            yield BackgroundWork(pool.submit(work, progress))
        # Ctrl-C too, or the thread would go on and keep the program alive.
        except BaseException:
            stop.set()
            raise
