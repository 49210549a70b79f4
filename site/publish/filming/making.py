"""Making the film: from the originals and the plan to what the room will watch.

    audio.m4a     always: the sound, edited to the sample, at one even loudness
    film.mp4      where there is a picture to show; film-720.mp4 and film-360.mp4 for slow networks
    poster.jpg    a frame of the film, or a drawn picture where there is none

One generation of encoding, whatever was cut: sound and picture come from the originals. Equal
inputs and an equal ffmpeg give equal bytes, so that making a film again keeps its sign-off.
A run that was killed is gone on with where it was: each finished file of the bench is kept.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from capture import media
from capture.media import Loudness, encode_audio, measure_loudness
from capture.media import picture as pictures
from capture.media import sound as sounds
from capture.media.reel import Reel
from capture.originals import originals_named
from capture.takes import footage_of, kind_of, sound_of, takes_of
from library import files
from library.cut import Cut
from library.errors import Busy, NotAllowed
from library.lock import held
from library.settings import Settings
from library.workspace import StoryFolder
from publish.filming import secret
from publish.filming.choices import FilmChoices
from publish.filming.quiet import loudness_of
from publish.filming.standing import reel_as_text, words_named
from publish.poster import check_poster, draw_sound
from transcribe.words import EditedTranscript

_BEGUN = ".film.new-"
_SPARE = 16_000_000
_MEDIA = (".mp4", ".m4a", ".jpg")
CHOSEN = ("picture", "voice", "choices")
"""Names in a cut's recipe that say what was chosen, not how the film was made."""
_BYTES_A_SECOND = 900_000
"""Room for all renditions and the raw sound: 4 and 2 Mbit/s of pictures, 23 MB a minute twice."""


@dataclass(frozen=True)
class Manner:
    """How this library makes films: from the workspace's settings."""

    hide: sounds.How = "bleep"
    """What is heard over a redaction."""
    cover: bool = False
    """Whether the picture is covered there too, so that lips cannot be read."""
    cleaning: sounds.Cleaning = field(default_factory=sounds.Cleaning)
    encoder: pictures.Encoder = "software"


@dataclass(frozen=True)
class Film:
    """What was made. `width` and `height` are 0 where nothing but sound is shown."""

    kind: str
    """`video` or `audio`, as staff meet it."""
    files: tuple[Path, ...]
    width: int = 0
    height: int = 0
    recipe: dict[str, str] = field(default_factory=dict)
    """How it was made, for the cut's manifest."""


@dataclass(frozen=True)
class Order:
    """All that a film is made from: equal orders give equal films."""

    folder: StoryFolder
    edited: EditedTranscript
    reel: Reel
    choices: FilmChoices
    manner: Manner
    stills: Mapping[str, Path]
    """A PNG of the film's size for every card of the reel."""

    @property
    def shown(self) -> bool:
        """Whether there is a picture to show."""
        filmed = kind_of(takes_of(self.folder)) == "video"
        return filmed and self.choices.picture != "voice-only"

    @property
    def key(self) -> str:
        """Tells the bench of this order from that of another."""
        said = msgspec.json.encode(
            (
                self.edited,
                repr(self.reel),
                self.choices,
                repr(self.manner),
                media.ffmpeg_version(),
                [take.sha256 for take in takes_of(self.folder)],
                {name: files.sha256_of(path) for name, path in sorted(self.stills.items())},
            )
        )
        return hashlib.sha256(said).hexdigest()[:16]


def make_film(order: Order, watch: media.Watch = media.unwatched) -> Film:
    """Make film, sound and poster, all or none: the old ones stay until all new ones are ready.

    Raises NotFound without a recording, BadInput for silence; NoRoom, ToolFailed or Busy.
    """
    folder = order.folder
    files.require_room(folder.film, order.reel.duration * _BYTES_A_SECOND // 1000 + _SPARE)
    with _workshop(folder, order.key) as bench:
        loudness = _sound(order, bench, watch)
        shapes = _pictures(order, bench, watch) if order.shown else ()
        _poster(order, bench)
        made = _made_files(bench, shapes)
        check_poster(bench.poster)
        _put_in_place(folder, bench, made)
    width, height = (shapes[0].width, shapes[0].height) if shapes else (0, 0)
    return Film(
        kind="video" if order.shown else "audio",
        files=tuple(folder.root / name for name in made),
        width=width,
        height=height,
        recipe={"size": f"{width}x{height}", **_recipe(order, loudness)},
    )


def film_that_stands(order: Order, cut: Cut | None) -> Film | None:
    """The film of an earlier cut, if it was made to this very order and no byte of it changed.

    Changing a title or a summary makes another cut, but no other film.
    """
    if cut is None or cut.recipe.get("order") != order.key:
        return None
    media_files = {name: sha for name, sha in cut.artefacts.items() if name.endswith(_MEDIA)}
    paths = {name: order.folder.root / name for name in media_files}
    if not all(path.is_file() for path in paths.values()):
        return None
    if any(files.sha256_of(paths[name]) != sha for name, sha in media_files.items()):
        return None
    width, _, height = cut.recipe.get("size", "").partition("x")
    if not (width.isdigit() and height.isdigit()):
        return None
    kind = "video" if order.shown else "audio"
    recipe = {name: said for name, said in cut.recipe.items() if name not in CHOSEN}
    return Film(kind, tuple(paths.values()), int(width), int(height), recipe)


def _recipe(order: Order, loudness: Loudness) -> dict[str, str]:
    """Kept beside the film: how it was made, word for word enough to make it again."""
    return {
        "order": order.key,
        "ffmpeg": media.ffmpeg_version(),
        **originals_named(takes_of(order.folder)),
        "loudness": f"{loudness.integrated:.1f} LUFS, peak {loudness.true_peak:.1f} dBTP",
        "reel": reel_as_text(order.reel),
        "edited": words_named(order.edited),
        "manner": repr(order.manner),
    }


@contextmanager
def _workshop(folder: StoryFolder, key: str) -> Iterator[StoryFolder]:
    """A folder beside the results; what a killed run of the same order finished is still in it."""
    busy = Busy(
        f"A film of {folder.root.name} is being made already.",
        "Wait for it to finish, then run this again.",
    )
    with held(folder.film_lock, busy=busy):
        bench = folder.root / f"{_BEGUN}{key}"
        for left in folder.root.glob(f"{_BEGUN}*"):
            if left != bench:
                shutil.rmtree(left, ignore_errors=True)
        with files.refused_plainly(folder.root):
            bench.mkdir(mode=0o700, exist_ok=True)
        try:
            yield StoryFolder(bench)
        finally:
            shutil.rmtree(bench, ignore_errors=True)


def _sound(order: Order, bench: StoryFolder, watch: media.Watch) -> Loudness:
    length = order.reel.duration
    if not bench.audio.exists():
        with watch("Editing the sound", length) as progress:
            edited = edited_sound(order, bench, progress)
        with watch("Making the sound even", length) as progress:
            encode_audio(edited, bench.audio, length, progress)
        edited.path.unlink()
    media.check_clean(bench.audio, ("audio",))
    return measure_loudness(bench.audio, length)


def edited_sound(
    order: Order, bench: StoryFolder, progress: Callable[[int], None]
) -> sounds.RawSound:
    """The film’s sound from the originals, before it is made even: raw, in the bench."""
    heard, fps = sound_of(order.folder)
    raw = bench.root / "recording.f32"
    decoded = sounds.decode_sound(heard, fps, raw, cleaning=order.manner.cleaning)
    turns = [
        sounds.Turn(turn.words[0].start, turn.words[-1].end, turn.speaker)
        for turn in order.edited.turns
    ]
    levels = sounds.even_speakers(decoded, turns)
    disguised = order.choices.voice == "disguised"
    edited = sounds.assemble_sound(
        decoded,
        order.reel,
        bench.root / "edited.f32",
        levels=levels,
        redactions=[(one.start, one.end) for one in order.edited.redactions],
        how=order.manner.hide,
        disguise=secret.of(order.folder) if disguised else None,
        progress=progress,
    )
    raw.unlink()
    return edited


def _pictures(
    order: Order, bench: StoryFolder, watch: media.Watch
) -> tuple[pictures.Rendition, ...]:
    takes, fps = footage_of(order.folder)
    scene = pictures.Scene(takes, look_of(order.choices), covered_frames(order, fps))
    shapes = pictures.renditions(*pictures.film_size(takes))
    mute = {one: bench.root / f"pictures-{one.name}" for one in shapes}
    if not all(path.exists() for path in mute.values()):
        with watch("Making the film", order.reel.duration) as progress:
            pictures.encode_pictures(
                scene,
                order.reel,
                order.stills,
                mute,
                encoder=order.manner.encoder,
                progress=progress,
            )
    for one, path in mute.items():
        pictures.mux(path, bench.audio, bench.root / one.name, order.reel.frames, fps)
    return shapes


def look_of(choices: FilmChoices) -> pictures.Look:
    """How the contributor is seen."""
    if choices.picture != "blurred":
        return pictures.SHOWN
    region = choices.region
    if region is None:
        return pictures.Look(blurred=True)
    part = pictures.Region(region.left, region.top, region.width, region.height)
    return pictures.Look(blurred=True, region=part)


def covered_frames(order: Order, fps: int) -> Sequence[tuple[int, int]]:
    """Frames in which something is redacted: every one of which any part is."""
    if not order.manner.cover:
        return ()
    return [(one.start * fps // 1000, -(-one.end * fps // 1000)) for one in order.edited.redactions]


def _poster(order: Order, bench: StoryFolder) -> None:
    if order.shown:
        media.draw_poster(bench.film, bench.poster, order.reel.duration)
    else:
        draw_sound(media.read_speech(order.folder.speech), bench.poster)


def _made_files(bench: StoryFolder, shapes: Sequence[pictures.Rendition]) -> list[str]:
    return [*(one.name for one in shapes), bench.audio.name, bench.poster.name]


def _put_in_place(folder: StoryFolder, bench: StoryFolder, made: Sequence[str]) -> None:
    """Renames only. What is no longer shown goes first: killed half-way, a face is not left over.

    A set that is half old and half new does not match the cut's manifest, so the gate refuses it
    until the film is made again.
    """
    old = [folder.audio, folder.poster, *folder.root.glob("film*.mp4")]
    with files.refused_plainly(folder.root):
        for path in old:
            if path.name not in made and path.exists():
                files.system.unlink(path)
        for name in made:
            files.system.replace(bench.root / name, folder.root / name)
        files.fsync_folder(folder.root)


def manner_of(settings: Settings) -> Manner:
    """What the workspace's settings say about films."""
    del settings
    return Manner()


def quiet_of(folder: StoryFolder) -> Callable[[int], float]:
    """How loud the recording is around a moment, for finding quiet instants to cut at.

    Raises NotFound where the working copy is not there.
    """
    return loudness_of(media.open_speech(folder.speech))


def require_whole_times(folder: StoryFolder, edited: EditedTranscript, guessed: int) -> None:
    """Raises NotAllowed where cuts or redactions rest on times that nobody measured."""
    if guessed and (edited.cuts or edited.redactions):
        story_id = folder.root.name
        raise NotAllowed(
            f"Words of {story_id} came without times of their own, so a cut or a redaction could "
            "miss what it should take out. No film was made.",
            "Hear them again, your marks are carried over: "
            f"carer-stories transcribe {story_id} --again",
        )
