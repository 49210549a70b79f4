"""Video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from capture.media.picture.anonymise import AS_FILMED, Anonymisation, Region
from capture.media.picture.audiogram import encode_audiogram as media_encode_calm
from capture.media.picture.encode import (
    BurnedCaptions,
    Rendition,
    encode_pictures,
    renditions,
    usable_encoder,
)
from capture.media.picture.graph import Scene, film_size
from capture.media.picture.poster import draw_film_poster
from capture.media.run_ffmpeg import Progress
from capture.media.speech import read_speech
from capture.media.timeline import Timeline
from capture.media.working_copy import extract_speech
from capture.recording.takes import footage_of
from films.audiogram import SIZE, Answer, draw_calm_poster, draw_passages
from films.burned_captions import write_burned
from films.cards import draw_cards
from films.film_spec import FilmChoices, Order
from library.core import files
from library.core.errors import Damaged
from library.core.workspace import StoryFolder
from transcribe.words import Chapter, Turn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]


_RATE = 16_000  # of the sound that is drawn


def shapes_of(order: Order) -> tuple[Rendition, ...]:
    """Every size the film is made in, the full one first."""
    if not order.seen:
        return renditions(*SIZE)
    takes, _ = footage_of(order.folder)
    return renditions(*film_size(takes))


def draw_stills(order: Order, bench: StoryFolder) -> dict[str, Path]:
    """A PNG for every card of the reel. Raises BadInput for words that do not fit."""
    shape = shapes_of(order)[0]
    return draw_cards(order.dressing, order.reel, (shape.width, shape.height), bench.root)


def encode_seen(
    order: Order,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    to: Mapping[Rendition, Path],
    progress: Progress,
) -> None:
    """The contributor’s picture, without sound. Raises ToolFailed or NoRoom."""
    takes, fps = footage_of(order.folder)
    encode_pictures(
        Scene(takes, look_of(order.choices), covered_frames(order, fps)),
        order.reel,
        stills,
        to,
        burned=_burned(order, bench, to),
        encoder=usable_encoder(order.manner.encoder)[0],
        progress=progress,
    )


def encode_calm(
    order: Order,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    to: Mapping[Rendition, Path],
    progress: Progress,
) -> None:
    """The calm picture of a voice, drawn from the film’s own sound in the bench."""
    passages = draw_passages(
        list(answers_of(order)),
        order.dressing.title,
        order.dressing.contributor,
        _heard(order, bench),
        _RATE,
        order.reel.fps,
        bench.root,
        size=SIZE,
        style=order.dressing.style,
    )
    media_encode_calm(
        passages,
        order.reel,
        stills,
        SIZE,
        to,
        burned=_burned(order, bench, to),
        encoder=usable_encoder(order.manner.encoder)[0],
        progress=progress,
    )


def draw_poster(order: Order, bench: StoryFolder, shapes: Sequence[Rendition]) -> None:
    """A frame of the finished film with open eyes, or the title over its sound."""
    if not order.seen:
        draw_calm_poster(
            order.dressing.title,
            order.dressing.contributor,
            _heard(order, bench),
            bench.poster,
            order.dressing.style,
        )
        return
    at = order.choices.poster_at
    draw_film_poster(
        bench.film,
        bench.poster,
        list(_speaking(order)),
        at=None if at is None else order.reel.film_time(at),
        smaller=bench.root / shapes[-1].name,
    )


def look_of(choices: FilmChoices) -> Anonymisation:
    """How the contributor is seen."""
    if choices.picture != "blurred":
        return AS_FILMED
    region = choices.region
    if region is None:
        return Anonymisation(blurred=True)
    part = Region(region.left, region.top, region.width, region.height)
    return Anonymisation(blurred=True, region=part)


def covered_frames(order: Order, fps: int) -> Sequence[tuple[int, int]]:
    """Frames in which something is redacted: every one of which any part is."""
    if not order.manner.cover:
        return ()
    return [(one.start * fps // 1000, -(-one.end * fps // 1000)) for one in order.edited.redactions]


def answers_of(order: Order) -> Iterator[Answer]:
    """The film in stretches of one question each: every frame that is no card, once."""
    reel, chapters = order.reel, order.edited.chapters
    joined: Answer | None = None
    for first, last, question in _stretches(reel, chapters):
        if joined and joined.question == question and joined.last == first:
            joined = Answer(joined.first, last, question)
            continue
        if joined:
            yield joined
        joined = Answer(first, last, question)
    if joined:
        yield joined


def _stretches(reel: Timeline, chapters: Sequence[Chapter]) -> Iterator[tuple[int, int, str]]:
    """Each shot, parted where a question begins: film's frames, and the question as asked."""
    for start, shot in reel.shots():
        borders = [
            frame
            for chapter in chapters
            if shot.first < (frame := chapter.start * reel.fps // 1000) < shot.last
        ]
        edges = [shot.first, *borders, shot.last]
        for first, last in pairwise(edges):
            if first < last:
                shift = start - shot.first
                yield first + shift, last + shift, _question_at(first, reel.fps, chapters)


def _question_at(frame: int, fps: int, chapters: Sequence[Chapter]) -> str:
    begun = [one for one in chapters if one.start * fps // 1000 <= frame]
    return begun[-1].title if begun else ""


def _speaking(order: Order) -> Iterator[tuple[int, int]]:
    """Where the contributor is seen speaking and nothing is covered (ms of the film)."""
    words = order.words
    told: list[Turn] = [turn for turn in words.turns if turn.speaker == order.teller]
    for turn in told or words.turns:
        begin, end = turn.words[0].start, turn.words[-1].end
        for one in words.redactions if order.manner.cover else ():
            if one.start < end and one.end > begin:
                if one.start > begin:
                    yield begin, one.start
                begin = max(begin, one.end)
        if begin < end:
            yield begin, end


def _heard(order: Order, bench: StoryFolder) -> Samples:
    """The film’s sound, of which nothing is heard that was taken out."""
    if not bench.speech.exists():
        extract_speech(bench.audio, bench.speech, order.reel.duration)
    return read_speech(bench.speech)


def _burned(
    order: Order, bench: StoryFolder, to: Mapping[Rendition, Path]
) -> BurnedCaptions | None:
    if not order.choices.burn_captions:
        return None
    largest = max(to, key=lambda one: one.shorter_side)
    folder = bench.root / "burned"
    with files.translate_disk_errors(folder):
        folder.mkdir(exist_ok=True)
    size = largest.width, largest.height
    return write_burned(order.cues, size, folder, order.dressing.style.fonts)


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
