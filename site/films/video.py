"""Pictures of a film: the contributor as they let themselves be seen, or an audiogram instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

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


def renditions_of(spec: FilmSpec) -> tuple[Rendition, ...]:
    """Return every size the film is made in, the full one first."""
    if not spec.shows_contributor:
        return renditions(*AUDIOGRAM_SIZE)
    takes, _ = footage_of(spec.folder)
    return renditions(*film_size(takes))


def draw_stills(spec: FilmSpec, bench: StoryFolder) -> dict[str, Path]:
    """Draw a PNG for every card of the film. Raises BadInput for words that do not fit."""
    rendition = renditions_of(spec)[0]
    return draw_cards(spec.cards, spec.timeline, (rendition.width, rendition.height), bench.root)


def encode_footage(
    spec: FilmSpec,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    outputs: Mapping[Rendition, Path],
    progress: Progress,
) -> None:
    """Encode the contributor’s picture, without sound. Raises ToolFailed or NoRoom."""
    takes, fps = footage_of(spec.folder)
    encode_pictures(
        Scene(takes, anonymisation_of(spec.choices), covered_frames(spec, fps)),
        spec.timeline,
        stills,
        outputs,
        burned=_burned_captions(spec, bench, outputs),
        encoder=usable_encoder(spec.render_settings.encoder)[0],
        progress=progress,
    )


def encode_audiogram_film(
    spec: FilmSpec,
    stills: Mapping[str, Path],
    bench: StoryFolder,
    outputs: Mapping[Rendition, Path],
    progress: Progress,
) -> None:
    """Encode an audiogram, drawn from the film’s own sound in the bench."""
    segments = draw_audiogram(
        list(question_segments(spec)),
        spec.cards.title,
        spec.cards.contributor,
        _speech_of_film(spec, bench),
        _SAMPLE_RATE,
        spec.timeline.fps,
        bench.root,
        size=AUDIOGRAM_SIZE,
        style=spec.cards.style,
    )
    media_encode_calm(
        segments,
        spec.timeline,
        stills,
        AUDIOGRAM_SIZE,
        outputs,
        burned=_burned_captions(spec, bench, outputs),
        encoder=usable_encoder(spec.render_settings.encoder)[0],
        progress=progress,
    )


def draw_poster(spec: FilmSpec, bench: StoryFolder, renditions: Sequence[Rendition]) -> None:
    """Draw the poster: a frame of the finished film with open eyes, or the title over its sound."""
    if not spec.shows_contributor:
        draw_title_poster(
            spec.cards.title,
            spec.cards.contributor,
            _speech_of_film(spec, bench),
            bench.poster,
            spec.cards.style,
        )
        return
    at = spec.choices.poster_at
    draw_film_poster(
        bench.film,
        bench.poster,
        list(_speaking_spans(spec)),
        at=None if at is None else spec.timeline.film_time(at),
        smaller=bench.root / renditions[-1].name,
    )


def anonymisation_of(choices: FilmChoices) -> Anonymisation:
    """Return how the contributor's picture is changed."""
    if choices.picture != "blurred":
        return AS_FILMED
    region = choices.region
    if region is None:
        return Anonymisation(blurred=True)
    part = Region(region.left, region.top, region.width, region.height)
    return Anonymisation(blurred=True, region=part)


def covered_frames(spec: FilmSpec, fps: int) -> Sequence[tuple[int, int]]:
    """Return the frames in which any part of a redaction lies, if pictures are covered there."""
    if not spec.render_settings.cover:
        return ()
    return [
        # Outwards to whole frames: no frame is shown that holds any of it.
        (redaction.start * fps // 1000, -(-redaction.end * fps // 1000))
        for redaction in spec.edited.redactions
    ]


def question_segments(spec: FilmSpec) -> Iterator[QuestionSegment]:
    """Yield the film in segments of one question each: every frame that is no card, once."""
    timeline, chapters = spec.timeline, spec.edited.chapters
    joined: QuestionSegment | None = None
    for first, last, question in _segments(timeline, chapters):
        if joined and joined.question == question and joined.end == first:
            joined = QuestionSegment(joined.start, last, question)
            continue
        if joined:
            yield joined
        joined = QuestionSegment(first, last, question)
    if joined:
        yield joined


def _segments(timeline: Timeline, chapters: Sequence[Chapter]) -> Iterator[tuple[int, int, str]]:
    """Yield each shot, divided where a question begins: frames of the film, and the question."""
    for start, shot in timeline.shots():
        boundaries = [
            frame
            for chapter in chapters
            if shot.first < (frame := chapter.start * timeline.fps // 1000) < shot.last
        ]
        edges = [shot.first, *boundaries, shot.last]
        for first, last in pairwise(edges):
            if first < last:
                shift = start - shot.first
                yield first + shift, last + shift, _question_at(first, timeline.fps, chapters)


def _question_at(frame: int, fps: int, chapters: Sequence[Chapter]) -> str:
    started = [chapter for chapter in chapters if chapter.start * fps // 1000 <= frame]
    return started[-1].title if started else ""


def _speaking_spans(spec: FilmSpec) -> Iterator[tuple[int, int]]:
    """Yield where the contributor is seen speaking and nothing is covered (ms of the film)."""
    transcript = spec.retimed_transcript
    turns: list[Turn] = [
        turn for turn in transcript.turns if turn.speaker == spec.contributor_label
    ]
    # Where no turn has their label, anybody's.
    for turn in turns or transcript.turns:
        start, end = turn.words[0].start, turn.words[-1].end
        for redaction in transcript.redactions if spec.render_settings.cover else ():
            if redaction.start < end and redaction.end > start:
                if redaction.start > start:
                    yield start, redaction.start
                start = max(start, redaction.end)
        if start < end:
            yield start, end


def _speech_of_film(spec: FilmSpec, bench: StoryFolder) -> Samples:
    """Return the film’s own sound: the recording’s would also show what was taken out."""
    if not bench.speech.exists():
        extract_speech(bench.audio, bench.speech, spec.timeline.duration)
    return read_speech(bench.speech)


def _burned_captions(
    spec: FilmSpec, bench: StoryFolder, outputs: Mapping[Rendition, Path]
) -> BurnedCaptions | None:
    if not spec.choices.burn_captions:
        return None
    # Laid out once, for the largest; smaller sizes are scaled from those pictures.
    largest = max(outputs, key=lambda rendition: rendition.shorter_side)
    folder = bench.root / "burned"
    with files.translate_disk_errors(folder):
        folder.mkdir(exist_ok=True)
    size = largest.width, largest.height
    return write_burned_captions(spec.cues, size, folder, spec.cards.style.fonts)


# What every JPEG says about itself: version and density.
_JFIF_KEYS = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def check_poster(path: Path) -> None:
    """Raise Damaged if a poster carries anything but its picture: place, device, comment."""
    with Image.open(path) as picture:
        unexpected = sorted(set(map(str, picture.info)) - _JFIF_KEYS)
    if unexpected:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {unexpected[0]}. "
            "It was not kept.",
            "See which ffmpeg is used: carer-stories --verbose doctor",
        )
