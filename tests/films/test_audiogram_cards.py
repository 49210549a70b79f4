"""The pictures of a voice, and captions in the picture: words that fit, in any language."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageChops

from capture.media.picture import anonymise
from capture.media.picture.encode import Rendition, encode_pictures
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene
from capture.media.probe import probe
from capture.media.timeline import Shot, Timeline
from films.audiogram import QuestionSegment, draw_audiogram, draw_title_poster
from films.burned_captions import write_burned_captions
from films.video import check_poster
from library.core.errors import BadInput
from tests.support import sample_media
from transcribe.cue import Cue

RATE = 16_000
SIZE = 640, 360


def sound(seconds: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Loud in its first half, still in its second."""
    noise = np.random.default_rng(1).standard_normal(seconds * RATE) * 0.1
    noise[noise.size // 2 :] = 0
    return noise.astype(np.float32)


def test_each_answer_has_its_question_and_its_own_loudness(tmp_path: Path) -> None:
    answers = [
        QuestionSegment(0, 100),
        QuestionSegment(100, 200, "Who listened?"),
        QuestionSegment(200, 250, "جب کوئی نہیں؟"),
    ]
    title = "The night nobody rang back"
    cards_drawn = draw_audiogram(answers, title, "Ruth", sound(10), RATE, 25, tmp_path, size=SIZE)
    assert [(card.start, card.end) for card in cards_drawn] == [(0, 100), (100, 200), (200, 250)]
    for card in cards_drawn:
        x, y, wide, high = card.bars
        assert all(side % 2 == 0 for side in card.bars)
        assert 0 < x < x + wide < SIZE[0]
        assert SIZE[1] / 2 < y < y + high < SIZE[1]
        with (
            Image.open(card.played) as played_picture,
            Image.open(card.unplayed) as unplayed_picture,
        ):
            assert played_picture.size == SIZE
            assert unplayed_picture.size == (2 * wide, high)
            assert unplayed_picture.getchannel("A").crop(
                (wide, 0, 2 * wide, high)
            ).getextrema() == (0, 0)
            bars = ImageChops.difference(
                played_picture.crop((x, y, x + wide, y + high)),
                unplayed_picture.crop((0, 0, wide, high)).convert("RGB"),
            )
            bars_box = bars.crop((0, 0, wide, 4)).getbbox()
            assert (bars_box is not None) == (card.start < 200), "the last answer is silent"


def test_the_poster_says_whose_story_it_is(tmp_path: Path) -> None:
    for title in ("The night nobody rang back", "عندما لا ينام أحد"):
        draw_title_poster(title, "Ruth", sound(4), tmp_path / "poster.jpg")
        check_poster(tmp_path / "poster.jpg")
        with Image.open(tmp_path / "poster.jpg") as picture:
            assert picture.size == (1280, 720)
    draw_title_poster("Silence", "", sound(4)[:0], tmp_path / "poster.jpg")
    with pytest.raises(BadInput, match="no font of ours"):
        draw_title_poster("漢", "Ruth", sound(1), tmp_path / "poster.jpg")


def test_captions_are_drawn_in_time_wherever_the_workspace_lies(tmp_path: Path) -> None:
    """Quotes, colons and brackets in a path mean something in a filter; none ever goes there."""
    bench = tmp_path / 'it\'s: [a], "b";c=d%d'
    bench.mkdir()
    source = bench / "grey.mp4"
    grey = ("-f", "lavfi", "-i", "color=gray:s=640x360:r=25:d=2")
    sample_media.ffmpeg(*grey, *sample_media.SOUND, *sample_media.H264, "-t", "2", source)
    caption_texts = (r"{\an8}Łódź’s “night”: 100%", "جب کوئی نہیں سوتا، and कोई नहीं")
    burned = write_burned_captions(
        [Cue(400, 1000, caption_texts), Cue(1200, 1600, ("Again",))], SIZE, bench
    )
    film = bench / "film.mp4"
    scene = Scene([Footage(source, probe(source), 50)], anonymise.AS_FILMED)
    encode_pictures(
        scene, Timeline(25, (Shot(0, 50),)), {}, {Rendition("film.mp4", *SIZE): film}, burned=burned
    )
    with av.open(str(film)) as container:
        frames = [frame.to_ndarray()[: SIZE[1]] for frame in container.decode(video=0)]
    is_written = [bool(frame.max() > 200) for frame in frames]
    assert is_written == [10 <= n < 25 or 30 <= n < 40 for n in range(50)]
    assert all(frame[: SIZE[1] // 2].max() < 150 for frame in frames), (
        "at the foot, as all captions"
    )
    with pytest.raises(BadInput, match="A caption has a letter"):
        write_burned_captions([Cue(0, 1000, ("漢",))], SIZE, bench)
