"""Blurring: what anonymisation leaves of a face, and a blurred span of lips; poster and regions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from capture.media.picture.anonymise import Anonymisation, Region
from capture.media.picture.encode import Rendition, encode_pictures
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene, film_size
from capture.media.picture.poster import best_frame_time, draw_film_poster
from capture.media.probe import probe
from capture.media.timeline import Shot, Timeline
from tests.support import sample_media

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Pixels = npt.NDArray[np.float64]
WIDTH, HEIGHT = 640, 360


def face(*, eyes_open: bool = True, smiling: bool = False, noise: int = 0) -> Picture:
    """A drawn face that fills half the height, in front of a wall with stripes."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (150, 160, 150))
    draw = ImageDraw.Draw(picture)
    for x in range(0, WIDTH, 16):
        draw.line((x, 0, x, HEIGHT), fill=(120, 130, 122), width=2)
    x, y, size = WIDTH / 2, HEIGHT / 2, HEIGHT / 4
    draw.ellipse(
        (x - 0.8 * size, y - 1.2 * size, x + 0.8 * size, y + 0.4 * size), fill=(60, 40, 30)
    )
    draw.ellipse((x - 0.72 * size, y - size, x + 0.72 * size, y + size), fill=(224, 180, 152))
    for side in (-1, 1):
        eye = x + side * 0.32 * size
        draw.rectangle((eye - 14, y - 30, eye + 14, y - 26), fill=(60, 40, 30))
        if eyes_open:
            draw.ellipse((eye - 14, y - 20, eye + 14, y - 4), fill=(250, 250, 250))
            draw.ellipse((eye - 7, y - 19, eye + 7, y - 5), fill=(30, 40, 60))
        else:
            draw.line((eye - 14, y - 12, eye + 14, y - 12), fill=(150, 110, 95), width=2)
    mouth_box = (x - 26, y + 44, x + 26, y + (70 if smiling else 56))
    draw.ellipse(mouth_box, fill=(170, 70, 75))
    if noise:
        grain = np.random.default_rng(noise).integers(-3, 4, (HEIGHT, WIDTH, 3))
        picture = Image.fromarray(np.clip(np.array(picture) + grain, 0, 255).astype(np.uint8))
    return picture


def filmed(to: Path, frames: list[Picture]) -> Footage:
    """The frames as a recording of 25 a second, as good as the original."""
    with av.open(str(to), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.options = {"crf": "4", "preset": "ultrafast"}
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_image(picture)
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    whole_film = to.with_suffix(".mkv")
    sample_media.ffmpeg(
        "-i", to, *sample_media.SOUND, "-c:v", "copy", "-c:a", "flac", "-shortest", whole_film
    )
    return Footage(whole_film, probe(whole_film), len(frames))


def shown(
    take: Footage, to: Path, look: Anonymisation, covered: list[tuple[int, int]] | None = None
) -> list[Pixels]:
    """The film's frames, luma."""
    rendition = Rendition("film.mp4", *film_size([take]))
    timeline = Timeline(25, (Shot(0, take.frames),))
    encode_pictures(Scene([take], look, covered or ()), timeline, {}, {rendition: to})
    with av.open(str(to)) as container:
        return [
            frame.to_ndarray()[: frame.height].astype(float) for frame in container.decode(video=0)
        ]


def fine(pixels: Pixels) -> Pixels:
    """Return the detail finer than a twentieth of the picture's height."""
    spectrum = np.fft.fft2(pixels - pixels.mean())
    down = np.fft.fftfreq(pixels.shape[0])[:, None] * pixels.shape[0]
    frequencies = np.fft.fftfreq(pixels.shape[1])[None, :] * pixels.shape[0]
    return np.real(np.fft.ifft2(np.where(np.hypot(down, frequencies) > 10, spectrum, 0)))


def sharpened(pixels: Pixels) -> Pixels:
    """As far as anybody would go by hand: every detail thirty times as strong."""
    blurred = pixels
    for axis in (0, 1):
        blurred = sum(np.roll(blurred, step, axis) for step in range(-9, 10)) / 19
    return np.clip(pixels + 30 * (pixels - blurred), 0, 255)


def likeness(picture: Pixels, other: Pixels) -> float:
    return float(abs(np.corrcoef(picture.ravel(), other.ravel())[0, 1]))


@pytest.mark.parametrize("look", [Anonymisation(True), Anonymisation(True, Region(30, 15, 40, 70))])
def test_a_blurred_face_is_gone_and_does_not_come_back(look: Anonymisation, tmp_path: Path) -> None:
    take = filmed(tmp_path / "face.mp4", [face()] * 6)
    (before, *_), (after, *_) = (
        shown(take, tmp_path / "shown.mp4", Anonymisation()),
        shown(take, tmp_path / "blurred.mp4", look),
    )
    middle = np.s_[int(0.2 * HEIGHT) : int(0.8 * HEIGHT), int(0.35 * WIDTH) : int(0.65 * WIDTH)]
    energy = np.square(fine(after[middle])).sum() / np.square(fine(before[middle])).sum()
    assert energy < 0.01
    assert likeness(fine(sharpened(after[middle])), fine(before[middle])) < 0.25
    # Two expressions can be told from each other before and hardly after.
    other = filmed(tmp_path / "other.mp4", [face(eyes_open=False, smiling=True)] * 6)
    (there_pixels, *_), (here_pixels, *_) = (
        shown(other, tmp_path / "there.mp4", Anonymisation()),
        shown(other, tmp_path / "here.mp4", look),
    )
    assert np.abs(after - here_pixels).max() < 0.25 * np.abs(before - there_pixels).max()


def test_outside_the_region_nothing_is_changed(tmp_path: Path) -> None:
    take = filmed(tmp_path / "face.mp4", [face()] * 3)
    (before, *_), (after, *_) = (
        shown(take, tmp_path / "shown.mp4", Anonymisation()),
        shown(take, tmp_path / "blurred.mp4", Anonymisation(True, Region(30, 15, 40, 70))),
    )
    left = np.s_[:, : int(0.28 * WIDTH)]
    assert np.abs(before[left] - after[left]).mean() < 2
    inside = np.s_[int(0.2 * HEIGHT) : int(0.8 * HEIGHT), int(0.32 * WIDTH) : int(0.68 * WIDTH)]
    assert np.abs(before[inside] - after[inside]).mean() > 10


def test_lips_are_covered_for_the_span_and_no_frame_more(tmp_path: Path) -> None:
    first = filmed(tmp_path / "one.mp4", [face()] * 30)
    second = filmed(tmp_path / "two.mp4", [face(smiling=True)] * 30)
    timeline = Timeline(25, (Shot(5, 25), Shot(35, 55)))
    to = tmp_path / "film.mp4"
    # From the tenth frame of the first take to the third of the second, and one span later on.
    scene = Scene([first, second], Anonymisation(), [(10, 33), (40, 46)])
    encode_pictures(scene, timeline, {}, {Rendition("film.mp4", WIDTH, HEIGHT): to})
    with av.open(str(to)) as container:
        detail = [
            np.square(fine(frame.to_ndarray()[:HEIGHT].astype(float))).mean()
            for frame in container.decode(video=0)
        ]
    covered = [value < 0.05 * max(detail) for value in detail]
    recorded = [*range(5, 25), *range(35, 55)]
    assert covered == [10 <= frame < 33 or 40 <= frame < 46 for frame in recorded]


def test_the_poster_has_open_eyes(tmp_path: Path) -> None:
    """Somebody who blinks every second, for four frames of twenty-five, and nods now and then."""
    eyes = [not 9 <= number % 25 < 13 for number in range(150)]
    take = filmed(
        tmp_path / "face.mp4",
        [
            face(eyes_open=is_open, smiling=n % 50 > 40, noise=n + 1)
            for n, is_open in enumerate(eyes)
        ],
    )
    film, poster = tmp_path / "film.mp4", tmp_path / "poster.jpg"
    shown(take, film, Anonymisation())
    for spans in ([(0, 6000)], [(320, 700), (2300, 2560)], [(1200, 3000), (3040, 5990)]):
        moment = best_frame_time(film, spans)
        assert any(start <= moment < end for start, end in spans)
        assert eyes[moment // 40], f"closed at {moment} ms"
    assert draw_film_poster(film, poster, [(0, 6000)]) == best_frame_time(film, [(0, 6000)])
    assert _has_open_eyes(poster)
    data = poster.read_bytes()
    draw_film_poster(film, poster, [(0, 6000)])
    assert poster.read_bytes() == data
    draw_film_poster(film, poster, [(0, 6000)], at=400)
    assert not _has_open_eyes(poster), "the moment somebody chose is taken as it is"


def _has_open_eyes(poster: Path) -> bool:
    with Image.open(poster) as picture:
        eye = picture.convert("L").crop((280, 155, 360, 180))
        return (eye.getextrema()[1] or 0) > 220  # type: ignore[operator]
