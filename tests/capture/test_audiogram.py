"""The film of a voice: it stands still but for the bars, which fill up evenly and in time."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from capture.media.picture.audiogram import AudiogramPassage, encode_audiogram
from capture.media.picture.encode import Rendition
from capture.media.timeline import Card, Shot, Timeline

SIZE = 160, 96
PLACE = 16, 40, 128, 20
FILM = Rendition("film.mp4", *SIZE)


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Heard: white bars from end to end; unheard: black; and a grey card."""
    x, y, wide, high = PLACE
    heard_picture = Image.new("RGB", SIZE, (60, 60, 60))
    heard_picture.paste((255, 255, 255), (x, y, x + wide, y + high))
    heard_picture.save(tmp_path / "heard.png")
    unheard_picture = Image.new("RGBA", (2 * wide, high))
    unheard_picture.paste((0, 0, 0, 255), (0, 0, wide, high))
    unheard_picture.save(tmp_path / "unheard.png")
    Image.new("RGB", SIZE, (120, 120, 120)).save(tmp_path / "card.png")
    return tmp_path / "heard.png", tmp_path / "unheard.png", tmp_path / "card.png"


def passage(first: int, last: int, heard_picture: Path, unheard_picture: Path) -> AudiogramPassage:
    """With files of its own, as every passage has."""
    own = [path.with_name(f"{first}-{path.name}") for path in (heard_picture, unheard_picture)]
    for path, copy in zip((heard_picture, unheard_picture), own, strict=True):
        copy.write_bytes(path.read_bytes())
    return AudiogramPassage(first, last, own[0], own[1], PLACE)


def reached(path: Path) -> list[float]:
    """The share of the bars that is white in every frame, from 0 to 1; −1 for the card.

    Every second frame of the timeline is there, on the timeline’s own clock.
    """
    x, y, wide, high = PLACE
    shares = []
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            assert frame.time == pytest.approx(number * 2 / 25)
            luma = frame.to_ndarray()[: SIZE[1]]
            bars = luma[y + 2 : y + high - 2, x : x + wide]
            surround = luma[4:30, 4:156]
            card = float(surround.mean()) > 90
            assert card or float(surround.std()) < 3, "what stands still stands still"
            shares.append(-1.0 if card else float((bars > 128).mean()))
    return shares


def test_bars_fill_up_evenly_and_start_anew_with_every_question(
    tmp_path: Path, drawn: tuple[Path, Path, Path]
) -> None:
    heard_picture, unheard_picture, card = drawn
    timeline = Timeline(25, (Card("title", 10), Shot(100, 160), Card("q", 5), Shot(200, 240)))
    passages = [
        passage(10, 50, heard_picture, unheard_picture),
        passage(50, 70, heard_picture, unheard_picture),
        passage(75, 115, heard_picture, unheard_picture),
    ]
    to = tmp_path / "film.mp4"
    encode_audiogram(passages, timeline, {"title": card, "q": card}, SIZE, {FILM: to})
    shares = reached(to)
    assert len(shares) == 58
    assert shares[:5] == [-1] * 5
    assert shares[35:38] == [-1] * 3
    for part in passages:
        frames = range(part.start + part.start % 2, part.end, 2)
        expected = [(frame - part.start) / part.frames for frame in frames]
        assert np.allclose([shares[frame // 2] for frame in frames], expected, atol=0.03)
    second_film = tmp_path / "again.mp4"
    encode_audiogram(passages, timeline, {"title": card, "q": card}, SIZE, {FILM: second_film})
    assert second_film.read_bytes() == to.read_bytes()


def test_a_fade_goes_on_with_the_bars(tmp_path: Path, drawn: tuple[Path, Path, Path]) -> None:
    heard_picture, unheard_picture, card = drawn
    timeline = Timeline(25, (Card("title", 10), Shot(0, 40)), (6,))
    to = tmp_path / "film.mp4"
    encode_audiogram(
        [passage(4, 44, heard_picture, unheard_picture)],
        timeline,
        {"title": card},
        SIZE,
        {FILM: to},
    )
    shares = reached(to)
    assert len(shares) == 22
    assert np.allclose(shares[5:], [step / 40 for step in range(6, 40, 2)], atol=0.03)


def test_no_frame_is_left_without_a_picture(tmp_path: Path, drawn: tuple[Path, Path, Path]) -> None:
    heard_picture, unheard_picture, _ = drawn
    with pytest.raises(ValueError, match="leave a frame out"):
        encode_audiogram(
            [
                passage(0, 20, heard_picture, unheard_picture),
                passage(21, 40, heard_picture, unheard_picture),
            ],
            Timeline(25, (Shot(0, 40),)),
            {},
            SIZE,
            {FILM: tmp_path / "film.mp4"},
        )
