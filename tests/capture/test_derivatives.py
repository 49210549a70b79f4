"""Derivatives as the rest of the product relies on them: steady, upright, in step, bare."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capture.media.conform import working_rate, working_size
from capture.media.hidden_data import check_clean
from capture.media.picture.poster import draw_poster
from capture.media.probe import check_decodes, probe
from capture.media.recording import Recording
from capture.media.speech import read_speech
from capture.media.working_copy import extract_speech, make_working_copy
from library.core.errors import Damaged, NotFound, ToolFailed
from tests.support import sample_media


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
        (sample_media.variable, (320, 240), 25),
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
