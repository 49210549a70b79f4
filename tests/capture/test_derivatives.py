"""Derivatives as the rest of the product relies on them: steady, upright, in step, bare."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capture.media.conform import working_rate, working_size
from capture.media.hidden_data import check_clean
from capture.media.picture.carried_over import times_to_carry_over
from capture.media.picture.poster import draw_poster
from capture.media.probe import check_decodes, probe
from capture.media.recording import Recording
from capture.media.speech import read_speech
from capture.media.working_copy import extract_speech, make_working_copy
from library.core.errors import Damaged, NotFound, ToolFailed
from tests.support import sample_media

Sample = Callable[[Path], Path]
"""Writes a recording into a folder."""


def worked(sample: Path, to: Path) -> Recording:
    recording = probe(sample)
    make_working_copy(sample, to, recording)
    check_decodes(to, probe(to))
    return probe(to)


def frame_times(path: Path) -> set[float]:
    """The steps between frames, in seconds: one only where the rate is constant."""
    with av.open(str(path)) as container:
        times = sorted(frame.time for frame in container.decode(video=0))
    return {round(b - a, 4) for a, b in itertools.pairwise(times)}


@pytest.mark.parametrize(
    ("sample", "size", "rate"),
    [
        (sample_media.rotated, (240, 320), 30),
        (sample_media.odd, (428, 240), 25),
        (sample_media.webm, (320, 240), 30),
        (sample_media.hdr, (320, 240), 30),
    ],
)
def test_video_becomes_steady_upright_and_bare(
    tmp_path: Path, sample: Callable[[], Path], size: tuple[int, int], rate: int
) -> None:
    to = tmp_path / "working.mp4"
    media = worked(sample(), to)
    assert (media.width, media.height) == size
    assert media.rotation == 0
    assert media.hdr == ""
    assert media.sample_rate == 48_000
    assert abs(media.duration - 2000) < 150
    assert frame_times(to) == {round(1 / rate, 4)}
    check_clean(to, ("video", "audio"))
    assert to.stat().st_mode & 0o777 == 0o600


def shown(path: Path) -> list[tuple[int, str]]:
    """Each picture’s time in milliseconds, and the hash of its pixels."""
    with av.open(str(path)) as container:
        return [
            (
                round((frame.time or 0) * 1000),
                hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest(),
            )
            for frame in container.decode(video=0)
        ]


def made_with(
    *options: str, form: str = "mp4", picture: Sequence[str] = sample_media.PICTURE
) -> Sample:
    """A recording of H.264 as some program makes it, in a folder."""

    def make(folder: Path) -> Path:
        to = folder / f"recording.{form}"
        coding = (*sample_media.H264, "-threads", "1", *options)
        sample_media.ffmpeg(*picture, *sample_media.SOUND, *coding, "-shortest", to)
        return to

    return make


CARRIED: dict[str, Sample] = {
    "a phone, which varies its rate": lambda folder: sample_media.variable(),
    "a browser, in Matroska": made_with("-g", "30", form="mkv"),
    "a camera, with pictures out of order": made_with("-preset", "medium", "-bf", "3", form="mov"),
    "a meeting, at 5 pictures a second": made_with("-r", "5"),
}


@pytest.mark.parametrize("sample", CARRIED.values(), ids=CARRIED)
def test_a_picture_that_browsers_show_is_carried_over(tmp_path: Path, sample: Sample) -> None:
    """To the pixel and the millisecond, and without the notes that encoders leave in it."""
    source, to = sample(tmp_path), tmp_path / "working.mp4"
    assert b"x264 - core" in source.read_bytes(), "a note inside the pictures"
    media = worked(source, to)
    assert media.sample_rate == 48_000
    before, after = shown(source), shown(to)
    assert [pixels for _, pixels in before] == [pixels for _, pixels in after]
    assert max(abs(one - other) for (one, _), (other, _) in zip(before, after, strict=True)) <= 2
    check_clean(to, ("video", "audio"))
    assert b"x264 - core" not in to.read_bytes()


def two_sizes(folder: Path) -> Path:
    """A camera that was turned from landscape to portrait while it recorded."""
    parts = []
    for number, size in enumerate(("320x240", "240x320")):
        parts.append(folder / f"part-{number}.h264")
        picture = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1")
        sample_media.ffmpeg(*picture, *sample_media.H264[:-2], parts[-1])
    joined, to = folder / "joined.h264", folder / "two-sizes.mkv"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    sample_media.ffmpeg("-r", "25", "-i", joined, *sample_media.SOUND, "-c:v", "copy", to)
    return to


def trimmed(folder: Path) -> Path:
    """A phone’s video of which the first half second was trimmed away, but is still in the file."""
    to = folder / "trimmed.mp4"
    whole = made_with("-g", "60")(folder)
    sample_media.ffmpeg("-ss", "0.5", "-i", whole, "-c", "copy", to)
    return to


def far_apart(folder: Path) -> Path:
    """A recording of the screen, with one key frame at its beginning."""
    to = folder / "screen.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=4:d=12")
    sound = ("-f", "lavfi", "-i", "anoisesrc=c=pink:d=12")
    sample_media.ffmpeg(*picture, *sound, *sample_media.H264, "-g", "900", to)
    return to


LATE = ("-itsoffset", "1.5", *sample_media.PICTURE)
ENCODED: dict[str, Sample] = {
    "ten bits": made_with("-pix_fmt", "yuv420p10le"),
    "colour at full size": made_with("-pix_fmt", "yuv444p"),
    "pixels that are not square": made_with("-vf", "setsar=4/3"),
    "larger than 1080p": made_with("-vf", "scale=2048:1152", "-frames:v", "10"),
    "key frames far apart": far_apart,
    "a transport stream": made_with(form="ts"),
    "a picture that comes late": made_with(picture=LATE, form="mkv"),
    "two sizes in one": two_sizes,
    "trimmed, with the rest still in it": trimmed,
}


@pytest.mark.parametrize("sample", ENCODED.values(), ids=ENCODED)
def test_any_other_picture_is_encoded_steadily(tmp_path: Path, sample: Sample) -> None:
    source, to = sample(tmp_path), tmp_path / "working.mp4"
    assert times_to_carry_over(source, probe(source)) is None
    media = worked(source, to)
    assert len(frame_times(to)) == 1, "steady"
    with av.open(str(to)) as container:
        frame = next(container.decode(video=0))
    assert (frame.format.name, frame.width) == ("yuv420p", media.width)
    assert max(media.width, media.height) <= 1920
    assert media.duration == pytest.approx(probe(source).duration, abs=200)


def test_a_damaged_picture_is_encoded(tmp_path: Path) -> None:
    """A browser stops where it cannot decode; ffmpeg goes on."""
    source, to = CARRIED["a browser, in Matroska"](tmp_path), tmp_path / "working.mp4"
    make_working_copy(source, to, probe(source), is_damaged=True)
    assert shown(to) != shown(source)


def test_high_dynamic_range_comes_out_in_the_colours_of_any_screen(tmp_path: Path) -> None:
    to = tmp_path / "working.mp4"
    worked(sample_media.hdr(), to)
    with av.open(str(to)) as container:
        frame = next(container.decode(video=0))
    assert frame.format.name == "yuv420p"
    assert int(frame.color_trc) == 1  # BT.709
    luma = frame.to_ndarray()[: frame.height]
    assert luma.max() - luma.min() > 120, "contrast is kept"


@pytest.mark.parametrize("sample", [sample_media.wav, sample_media.m4a, sample_media.mp3])
def test_sound_alone_becomes_m4a_without_cover_or_tags(
    tmp_path: Path, sample: Callable[[], Path]
) -> None:
    to = tmp_path / "working.m4a"
    media = worked(sample(), to)
    assert media.kind == "audio"
    assert (media.sample_rate, media.channels) == (48_000, 2)
    check_clean(to, ("audio",))


def test_speech_keeps_the_clock_of_the_picture(tmp_path: Path) -> None:
    """Sound that begins late stays late: captions would be wrong by that much."""
    working_copy, speech = tmp_path / "working.mp4", tmp_path / "speech.wav"
    worked(sample_media.late_sound(), working_copy)
    extract_speech(working_copy, speech, 2000)
    samples_heard = read_speech(speech)
    assert samples_heard.dtype == np.float32
    assert abs(samples_heard.size - 32_000) < 1000
    onset = int(np.argmax(np.abs(samples_heard) > 0.02)) / 16
    assert onset == pytest.approx(500, abs=60)
    assert np.abs(samples_heard).max() <= 1


def test_speech_that_is_missing_or_changed_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no speech\.wav"):
        read_speech(tmp_path / "speech.wav")
    (tmp_path / "speech.wav").write_bytes(b"RIFF")
    with pytest.raises(Damaged):
        read_speech(tmp_path / "speech.wav")
    stereo = tmp_path / "stereo.wav"
    sample_media.ffmpeg("-i", sample_media.wav(), "-ac", "2", stereo)
    with pytest.raises(Damaged):
        read_speech(stereo)


def test_the_poster_is_a_picture_and_nothing_else(tmp_path: Path) -> None:
    working_copy, poster = tmp_path / "working.mp4", tmp_path / "poster.jpg"
    worked(sample_media.video_with_metadata(), working_copy)
    draw_poster(working_copy, poster, 2000)
    with Image.open(poster) as picture:
        assert picture.size == (320, 240)
        assert not picture.getexif()
        assert "comment" not in picture.info
        assert len(picture.getcolors(100_000) or ()) > 50, "a frame, not a blank"


def test_a_failure_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    to = tmp_path / "working.mp4"
    to.write_bytes(b"before")
    recording = probe(sample_media.video())
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp41")
    with pytest.raises(ToolFailed):
        make_working_copy(broken, to, recording)
    assert to.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.mp4", "working.mp4"]


@pytest.mark.parametrize(
    ("fps", "rate"),
    [(24, 25), (23.976, 25), (25, 25), (50, 25), (29.97, 30), (59.94, 30), (120, 30), (15, 30)],
)
def test_the_nearest_steady_rate(fps: float, rate: int) -> None:
    assert working_rate(fps) == rate


def test_an_unknown_rate_becomes_25() -> None:
    assert working_rate(0) == 25


@given(st.integers(16, 7680), st.integers(16, 7680))
def test_the_working_size_is_even_within_1080p_and_never_larger(width: int, height: int) -> None:
    to = working_size(width, height)
    assert all(side % 2 == 0 and side >= 2 for side in to)
    assert max(to) <= 1920
    assert min(to) <= 1080
    assert to[0] <= max(width, 2)
    assert to[1] <= max(height, 2)
