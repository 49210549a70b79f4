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
from films.audiogram import AUDIOGRAM_SIZE, QuestionSegment, draw_audiogram, draw_title_poster
from films.burned_captions import write_burned_captions
from films.cards import draw_cards
from films.film_spec import FilmChoices, FilmSpec
from library.core import files
from library.core.errors import Damaged
from library.core.workspace import StoryFolder
from transcribe.words import Chapter, Turn

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]


_SAMPLE_RATE = 16_000  # of the sound that is drawn


def renditions_of(order: FilmSpec) -> tuple[Rendition, ...]:
    """Every size the film is made in, the full one first."""
    if not order.shows_contributor:
        return renditions(*AUDIOGRAM_SIZE)
    takes, _ = footage_of(order.folder)
    return renditions(*film_size(takes))


def draw_stills(order: FilmSpec, bench: StoryFolder) -> dict[str, Path]:
    """A PNG for every card of the reel. Raises BadInput for words that do not fit."""
    shape = renditions_of(order)[0]
    return draw_cards(order.cards, order.timeline, (shape.width, shape.height), bench.root)


def encode_footage(
    order: FilmSpec,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    to: Mapping[Rendition, Path],
    progress: Progress,
) -> None:
    """The contributor’s picture, without sound. Raises ToolFailed or NoRoom."""
    takes, fps = footage_of(order.folder)
    encode_pictures(
        Scene(takes, anonymisation_of(order.choices), covered_frames(order, fps)),
        order.timeline,
        stills,
        to,
        burned=_burned_captions(order, bench, to),
        encoder=usable_encoder(order.render_settings.encoder)[0],
        progress=progress,
    )


def encode_audiogram_film(
    order: FilmSpec,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    to: Mapping[Rendition, Path],
    progress: Progress,
) -> None:
    """The calm picture of a voice, drawn from the film’s own sound in the bench."""
    passages = draw_audiogram(
        list(question_segments(order)),
        order.cards.title,
        order.cards.contributor,
        _speech_of_film(order, bench),
        _SAMPLE_RATE,
        order.timeline.fps,
        bench.root,
        size=AUDIOGRAM_SIZE,
        style=order.cards.style,
    )
    media_encode_calm(
        passages,
        order.timeline,
        stills,
        AUDIOGRAM_SIZE,
        to,
        burned=_burned_captions(order, bench, to),
        encoder=usable_encoder(order.render_settings.encoder)[0],
        progress=progress,
    )


def draw_poster(order: FilmSpec, bench: StoryFolder, shapes: Sequence[Rendition]) -> None:
    """A frame of the finished film with open eyes, or the title over its sound."""
    if not order.shows_contributor:
        draw_title_poster(
            order.cards.title,
            order.cards.contributor,
            _speech_of_film(order, bench),
            bench.poster,
            order.cards.style,
        )
        return
    at = order.choices.poster_at
    draw_film_poster(
        bench.film,
        bench.poster,
        list(_speaking_spans(order)),
        at=None if at is None else order.timeline.film_time(at),
        smaller=bench.root / shapes[-1].name,
    )


def anonymisation_of(choices: FilmChoices) -> Anonymisation:
    """How the contributor is seen."""
    if choices.picture != "blurred":
        return AS_FILMED
    region = choices.region
    if region is None:
        return Anonymisation(blurred=True)
    part = Region(region.left, region.top, region.width, region.height)
    return Anonymisation(blurred=True, region=part)


def covered_frames(order: FilmSpec, fps: int) -> Sequence[tuple[int, int]]:
    """Frames in which something is redacted: every one of which any part is."""
    if not order.render_settings.cover:
        return ()
    return [(one.start * fps // 1000, -(-one.end * fps // 1000)) for one in order.edited.redactions]


def question_segments(order: FilmSpec) -> Iterator[QuestionSegment]:
    """The film in stretches of one question each: every frame that is no card, once."""
    reel, chapters = order.timeline, order.edited.chapters
    joined: QuestionSegment | None = None
    for first, last, question in _segments(reel, chapters):
        if joined and joined.question == question and joined.last == first:
            joined = QuestionSegment(joined.first, last, question)
            continue
        if joined:
            yield joined
        joined = QuestionSegment(first, last, question)
    if joined:
        yield joined


def _segments(reel: Timeline, chapters: Sequence[Chapter]) -> Iterator[tuple[int, int, str]]:
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
    started = [one for one in chapters if one.start * fps // 1000 <= frame]
    return started[-1].title if started else ""


def _speaking_spans(order: FilmSpec) -> Iterator[tuple[int, int]]:
    """Where the contributor is seen speaking and nothing is covered (ms of the film)."""
    words = order.retimed
    told: list[Turn] = [turn for turn in words.turns if turn.speaker == order.contributor_label]
    for turn in told or words.turns:
        begin, end = turn.words[0].start, turn.words[-1].end
        for one in words.redactions if order.render_settings.cover else ():
            if one.start < end and one.end > begin:
                if one.start > begin:
                    yield begin, one.start
                begin = max(begin, one.end)
        if begin < end:
            yield begin, end


def _speech_of_film(order: FilmSpec, bench: StoryFolder) -> Samples:
    """The film’s sound, of which nothing is heard that was taken out."""
    if not bench.speech.exists():
        extract_speech(bench.audio, bench.speech, order.timeline.duration)
    return read_speech(bench.speech)


def _burned_captions(
    order: FilmSpec, bench: StoryFolder, to: Mapping[Rendition, Path]
) -> BurnedCaptions | None:
    if not order.choices.burn_captions:
        return None
    largest = max(to, key=lambda one: one.shorter_side)
    folder = bench.root / "burned"
    with files.translate_disk_errors(folder):
        folder.mkdir(exist_ok=True)
    size = largest.width, largest.height
    return write_burned_captions(order.cues, size, folder, order.cards.style.fonts)


_JFIF_KEYS = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def check_poster(path: Path) -> None:
    """Raises Damaged when a poster carries any word beside its picture: place, device, comment."""
    from PIL import Image

    with Image.open(path) as picture:
        strange = sorted(set(map(str, picture.info)) - _JFIF_KEYS)
    if strange:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {strange[0]}.",
            "It was not kept. `carer-stories doctor` says which ffmpeg is used.",
        )
