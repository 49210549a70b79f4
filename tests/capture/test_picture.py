"""The film's pictures: every frame the one the timeline says, whatever cuts, cards and fades."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.media.hidden_data import check_clean
from capture.media.picture import encode as encoders
from capture.media.picture import footage
from capture.media.picture.anonymise import Anonymisation, Region
from capture.media.picture.encode import (
    FrameCount,
    Rendition,
    encode_pictures,
    frame_count,
    mux,
    renditions,
    usable_encoder,
)
from capture.media.picture.footage import Footage
from capture.media.picture.graph import Scene
from capture.media.probe import probe
from capture.media.recording import Recording
from capture.media.timeline import Card, Part, Shot, Timeline
from library.core.errors import Damaged, ToolFailed
from tests.support import numbered_frames, sample_media

SHOWN = Anonymisation()
FILM = Rendition("film.mp4", numbered_frames.WIDTH, numbered_frames.HEIGHT)
LENGTH = 3_000


@pytest.fixture(scope="module")
def recording_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes of numbered frames, and a card."""
    folder = tmp_path_factory.mktemp("numbered")
    numbered_frames.film(folder / "recording.mp4", LENGTH)
    numbered_frames.card(folder / "card.png")
    return folder


def taken(path: Path, frames: int) -> Footage:
    return Footage(path, probe(path), frames)


def rendered(
    recording_folder: Path,
    timeline: Timeline,
    to: Path,
    *takes: Footage,
    covered: list[tuple[int, int]] | None = None,
) -> list[numbered_frames.Squares]:
    takes = takes or (taken(recording_folder / "recording.mp4", LENGTH),)
    stills = {
        part.name: recording_folder / "card.png"
        for part in timeline.parts
        if isinstance(part, Card)
    }
    encode_pictures(Scene(takes, SHOWN, covered or ()), timeline, stills, {FILM: to})
    return list(numbered_frames.frame_squares(to))


def assert_shows(film: list[numbered_frames.Squares], timeline: Timeline) -> None:
    expected = numbered_frames.expected(timeline)
    assert len(film) == len(expected) == timeline.frames
    distances = [
        float(np.abs(frame - expected_frame).max())
        for frame, expected_frame in zip(film, expected, strict=True)
    ]
    assert max(distances) < 12, f"frame {int(np.argmax(distances))} of the film is another one"


def test_every_frame_is_the_one_the_timeline_says(recording_folder: Path, tmp_path: Path) -> None:
    timeline = Timeline(
        25,
        (
            Card("title", 50),
            Shot(0, 60),
            Shot(70, 71),
            Shot(80, 130),
            Card("question", 25),
            Shot(1500, 1600),
            Shot(1600, 1700),
            Shot(2900, 3000),
            Card("end", 30),
        ),
        (10, 0, 0, 7, 12, 0, 8, 10),
    )
    to = tmp_path / "film.mp4"
    assert_shows(rendered(recording_folder, timeline, to), timeline)
    with av.open(str(to)) as container:
        assert container.streams.video[0].average_rate == Fraction(25)
    second_film = tmp_path / "again.mp4"
    rendered(recording_folder, timeline, second_film)
    assert second_film.read_bytes() == to.read_bytes()


@st.composite
def reels(draw: st.DrawFn) -> Timeline:
    """Shots and cards in any order, cut or faded, now and then far apart."""
    parts: list[Part] = []
    at = 0
    for _ in range(draw(st.integers(1, 7))):
        if draw(st.booleans()):
            parts.append(Card("card", draw(st.integers(1, 12))))
            continue
        first = at + draw(st.sampled_from((0, 0, 1, 2, 9, 60, 700)))
        last = min(LENGTH, first + draw(st.integers(1, 30)))
        if first < last:
            parts.append(Shot(first, last))
            at = last
    if not parts:
        parts = [Shot(0, 1)]
    room = [part.frames for part in parts]
    overlaps = []
    for number in range(len(parts) - 1):
        most = min(room[number], room[number + 1], 8)
        overlap = draw(st.integers(0, most)) if draw(st.booleans()) else 0
        room[number + 1] -= overlap
        overlaps.append(overlap)
    return Timeline(draw(st.just(25)), tuple(parts), tuple(overlaps))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(timeline=reels())
def test_any_timeline_comes_out_frame_by_frame(
    recording_folder: Path, tmp_path_factory: pytest.TempPathFactory, timeline: Timeline
) -> None:
    assert_shows(
        rendered(recording_folder, timeline, tmp_path_factory.mktemp("film") / "film.mp4"), timeline
    )


def test_skipping_to_a_late_shot_gives_the_same_bytes(
    recording_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = Timeline(25, (Shot(40, 60), Shot(1411, 1440), Shot(2700, 2750)))
    takes = [taken(recording_folder / "recording.mp4", LENGTH)]
    clips = [clip for _, shot in timeline.shots() for clip in footage.clips_of(shot, takes)]
    assert [reader.seek > 0 for reader in footage.plan_readers(clips, takes, 25)] == [
        False,
        True,
        True,
    ]
    rendered(recording_folder, timeline, tmp_path / "skipped.mp4")
    monkeypatch.setattr(footage, "SEEKABLE_CONTAINERS", ())
    assert_shows(rendered(recording_folder, timeline, tmp_path / "read.mp4"), timeline)
    assert (tmp_path / "skipped.mp4").read_bytes() == (tmp_path / "read.mp4").read_bytes()


def test_a_reader_that_lands_too_late_is_noticed_and_the_take_read_whole(
    recording_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage, "_SEEK_MARGIN_SECONDS", -3)
    timeline = Timeline(25, (Shot(0, 20), Shot(2000, 2050)))
    assert_shows(rendered(recording_folder, timeline, tmp_path / "film.mp4"), timeline)


def test_there_are_never_more_readers_than_memory_is_for() -> None:
    recording = Recording(
        kind="video", duration=0, container="mov", audio_codec="aac", channels=2, sample_rate=48_000
    )
    takes = [Footage(Path("a.mp4"), recording, 200_000), Footage(Path("b.mp4"), recording, 9_000)]
    clips = [footage.Clip(0, at * 1000, at * 1000 + 100) for at in range(100)]
    clips.append(footage.Clip(1, 0, 50))
    opened = footage.plan_readers(clips, takes, 25)
    assert len(opened) == 8
    assert [clip for reader in opened for clip in reader.clips] == clips
    assert opened[-1] == footage.TakeReader(1, (clips[-1],), 0.0)


def test_takes_are_joined_in_order_and_fitted_into_the_first(
    recording_folder: Path, tmp_path: Path
) -> None:
    """The second take is twice as large, filmed at 50 a second, and a little too short."""
    first, second = recording_folder / "first.mp4", tmp_path / "second.mp4"
    numbered_frames.film(first, 100)
    numbered_frames.film(tmp_path / "plain.mp4", 150, rate=50, first=1000)
    sample_media.ffmpeg("-i", tmp_path / "plain.mp4", "-vf", "scale=320:192", "-crf", "5", second)
    timeline = Timeline(25, (Shot(90, 110), Shot(150, 180)))
    film = rendered(
        recording_folder, timeline, tmp_path / "film.mp4", taken(first, 100), taken(second, 80)
    )
    numbers = [numbered_frames.number_in(frame) for frame in film]
    assert numbers[:10] == list(range(90, 100))
    assert all(abs(number - (1000 + 2 * step)) <= 1 for step, number in enumerate(numbers[10:20]))
    assert numbers[-5:] == [numbers[-5]] * 5, "the last picture stands where there are no more"
    assert abs(numbers[-6] - 1149) <= 1


def test_frames_that_were_not_filmed_are_filled_in(recording_folder: Path, tmp_path: Path) -> None:
    """A phone in the dark drops frames: each stands until the next, in the right place."""
    path = tmp_path / "variable.mp4"
    times = [*range(40), *range(40, 100, 3), *range(100, 140)]
    numbered_frames.film(path, len(times), times=times)
    timeline = Timeline(25, (Shot(30, 60), Shot(90, 120)))
    film = rendered(recording_folder, timeline, tmp_path / "film.mp4", taken(path, 140))
    standing_frames = [max(n for n, at in enumerate(times) if at <= frame) for frame in range(140)]
    expected = [*standing_frames[30:60], *standing_frames[90:120]]
    assert [numbered_frames.number_in(frame) for frame in film] == expected


def test_a_shot_beyond_the_recording_is_a_mistake_of_ours(
    recording_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="beyond"):
        rendered(
            recording_folder, Timeline(25, (Shot(LENGTH - 5, LENGTH + 1),)), tmp_path / "film.mp4"
        )


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((1920, 1080), [(1920, 1080), (1280, 720), (640, 360)]),
        ((1080, 1920), [(1080, 1920), (720, 1280), (360, 640)]),
        ((1280, 720), [(1280, 720), (640, 360)]),
        ((640, 480), [(640, 480), (480, 360)]),
        ((800, 800), [(800, 800), (360, 360)]),
        ((480, 360), [(480, 360)]),
        ((160, 96), [(160, 96)]),
    ],
)
def test_lower_renditions_are_clearly_smaller(
    size: tuple[int, int], sizes: list[tuple[int, int]]
) -> None:
    renditions_made = renditions(*size)
    assert [(rendition.width, rendition.height) for rendition in renditions_made] == sizes
    assert renditions_made[0].name == "film.mp4"
    assert [rendition.name for rendition in renditions_made[1:]] == [
        f"film-{rendition.shorter_side}.mp4" for rendition in renditions_made[1:]
    ]


def test_every_rendition_is_the_same_film(tmp_path: Path) -> None:
    source = tmp_path / "large.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=1")
    sample_media.ffmpeg(*picture, *sample_media.SOUND, *sample_media.H264, "-t", "1", source)
    renditions_made = renditions(1280, 720)
    to = {rendition: tmp_path / rendition.name for rendition in renditions_made}
    encode_pictures(Scene([taken(source, 25)], SHOWN), Timeline(25, (Shot(5, 20),)), {}, to)
    for rendition, path in to.items():
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            assert (video.width, video.height) == (rendition.width, rendition.height)
            assert video.codec_context.pix_fmt == "yuv420p"
            assert video.codec_context.profile == "High"
            assert len(list(container.decode(video=0))) == 15


def test_the_film_has_its_sound_by_copy_and_nothing_else(
    recording_folder: Path, tmp_path: Path
) -> None:
    timeline = Timeline(25, (Shot(0, 50),))
    rendered(recording_folder, timeline, tmp_path / "pictures.mp4")
    sample_media.ffmpeg(
        *sample_media.SOUND, "-t", "2", "-c:a", "aac", "-f", "ipod", tmp_path / "sound.m4a"
    )
    mux(
        tmp_path / "pictures.mp4",
        tmp_path / "sound.m4a",
        tmp_path / "film.mp4",
        frame_count(timeline),
    )
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"Lavf" not in data
    assert b"x264 - core" not in data
    with pytest.raises(ToolFailed, match="1 frame is missing"):
        mux(
            tmp_path / "pictures.mp4",
            tmp_path / "sound.m4a",
            tmp_path / "other.mp4",
            FrameCount(51, Fraction(25)),
        )
    assert not (tmp_path / "other.mp4").exists()


@pytest.mark.parametrize(
    ("hidden", "problem"),
    [
        (b"Ann Example, 1 Example Road", "bytes after its last part"),
        (b"\0\0\0\x14uuidExampleRoad1", "the part 'uuid'"),
        (b"\0\0\0\x14freeExampleRoad1", "room that is filled"),
        (b"\0\0\0\x14mdatExampleRoad1", "neither sound nor picture"),
    ],
)
def test_what_hides_in_a_file_is_found(
    recording_folder: Path, tmp_path: Path, hidden: bytes, problem: str
) -> None:
    path = tmp_path / "film.mp4"
    rendered(recording_folder, Timeline(25, (Shot(0, 10),)), path)
    check_clean(path, ("video",))
    path.write_bytes(path.read_bytes() + hidden)
    with pytest.raises(Damaged, match=problem):
        check_clean(path, ("video",))


def test_words_inside_the_pictures_are_found(recording_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    bitstream_filter = "h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+Ann"
    recording = recording_folder / "recording.mp4"
    sample_media.ffmpeg(
        "-i", recording, "-an", "-t", "1", "-bsf:v", bitstream_filter, "-c", "copy", path
    )
    with pytest.raises(Damaged):
        check_clean(path, ("video",))


def test_a_region_lies_within_the_picture() -> None:
    assert Region(0, 0, 100, 100).pixels(1279, 719) == (0, 0, 1279, 719)
    assert Region(10.1, 10.1, 30, 20).pixels(640, 360) == (64, 36, 194, 74)
    for outside in ((-1, 0, 10, 10), (95, 0, 10, 10), (0, 0, 0, 10)):
        with pytest.raises(ValueError, match="percent"):
            Region(*outside)


def test_an_encoder_that_does_not_work_here_is_done_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_arguments: object, **_options: object) -> str:
        raise ToolFailed("Trying nvenc failed: no such device.")

    monkeypatch.setattr(encoders, "run_ffmpeg", fail)
    encoders._can_encode.cache_clear()
    encoder, sentence = usable_encoder("nvenc")
    assert encoder == "software"
    assert "cannot encode with nvenc" in sentence
    monkeypatch.setattr(encoders, "run_ffmpeg", lambda *_arguments, **_options: "")
    encoders._can_encode.cache_clear()
    assert usable_encoder("qsv") == ("qsv", "")
    assert usable_encoder("software") == ("software", "")
    encoders._can_encode.cache_clear()
