"""Files that are refused before they are copied, the sentences about it, and names of any kind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.media.input_files import check_input_file
from capture.media.probe import check_decodes, probe, readable_length
from capture.media.recording import Recording
from library.core.errors import BadInput, CarerStoriesError, NotFound
from tests.support import sample_media


def taken(path: Path) -> Recording:
    check_input_file(path)
    return probe(path)


def refusal(path: Path) -> str:
    with pytest.raises(CarerStoriesError) as error:
        taken(path)
    assert error.value.next_step
    assert "\x1b" not in str(error.value)
    return error.value.what


def test_a_missing_file_is_named_with_the_folder_it_was_looked_for_in(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as error:
        check_input_file(tmp_path / "gone.mp4")
    assert "gone.mp4" in error.value.what
    assert str(tmp_path) in error.value.next_step


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"Dear Ann, here is the film.\n" * 40, "it holds text"),
        ("Ünïcödé, to the very end of what is read. ".encode() * 400, "it holds text"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.ts\n", "points to recordings"),
        (b"\xef\xbb\xbf#EXTM3U\n", "points to recordings"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "points to recordings"),
        (b"<?xml version='1.0'?><MPD></MPD>", "points to recordings"),
        (bytes(9000), "nothing but zeros"),
        (bytes(range(256)) * 40, "no sound or pictures were found"),
        (b"PK\x03\x04" + bytes(range(256)) * 40, "no sound or pictures were found"),
    ],
)
def test_what_is_no_recording_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "interview.mp4"
    path.write_bytes(content)
    assert why in refusal(path)


def test_links_pipes_devices_and_folders_are_refused_without_waiting(tmp_path: Path) -> None:
    link = tmp_path / "link.mp4"
    link.symlink_to(sample_media.video())
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    assert "link to another file" in refusal(link)
    assert "pipe or a device" in refusal(pipe)
    assert "pipe or a device" in refusal(Path("/dev/zero"))
    assert "folder" in refusal(tmp_path)


def test_a_playlist_is_not_followed_even_past_the_first_look(tmp_path: Path) -> None:
    """The list of containers holds where sniffing is fooled: here it is not asked at all."""
    shutil.copy(sample_media.video(), tmp_path / "other.mp4")
    for name, words in (
        ("hls.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:2,\nother.mp4\n#EXT-X-ENDLIST\n"),
        ("concat.mp4", "ffconcat version 1.0\nfile other.mp4\n"),
    ):
        path = tmp_path / name
        path.write_text(words)
        with pytest.raises(BadInput):
            probe(path)
        source = taken(sample_media.video())
        with pytest.raises(BadInput, match="breaks off or is damaged at 0:00"):
            check_decodes(path, source)


def test_half_a_fast_start_file_is_recognised_and_said_where(tmp_path: Path) -> None:
    data = sample_media.video().read_bytes()
    half = tmp_path / "half.mp4"
    half.write_bytes(data[: len(data) // 2])
    recording = taken(half)
    assert recording.duration == 2000, "a broken-off file states its full length"
    with pytest.raises(BadInput, match=r"breaks off or is damaged at 0:0[01] of 0:02"):
        check_decodes(half, recording)
    assert 300 < readable_length(half, recording) < 1700


def test_a_file_without_its_index_was_never_finished(tmp_path: Path) -> None:
    unfinished = tmp_path / "unfinished.mp4"
    unfinished.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + b"\0\0\0\0mdat" + bytes(9000))
    assert "never finished" in refusal(unfinished)


def test_a_wav_that_lost_its_end_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "lost.wav"
    sample_media.ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=20:r=8000", path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(BadInput, match="breaks off or is damaged at 0:"):
        check_decodes(path, taken(path))


def test_a_gigantic_frame_is_refused(tmp_path: Path) -> None:
    assert "7682 × 4322, larger than any camera’s" in refusal(sample_media.gigantic())
    false_film = tmp_path / "lying.mov"
    data = sample_media.gigantic().read_bytes()
    size = (7682).to_bytes(2, "big") + (4322).to_bytes(2, "big")
    assert size in data
    false_film.write_bytes(data.replace(size, (320).to_bytes(2, "big") + (240).to_bytes(2, "big")))
    assert "not a recording we can read" in refusal(false_film)


def test_a_picture_without_sound_is_refused_for_now() -> None:
    assert "a story needs sound" in refusal(sample_media.mute())


@pytest.mark.parametrize(
    "name",
    [
        "-i.mp4",
        "http:x.mp4",
        "a:b|c.mp4",
        'it\'s "quoted".mp4',
        "two\nlines.mp4",
        "%d %s.mp4",
        "📹 né.mp4",
        "\x1b[31mred.mp4",
        "\u202efdp.4pm.mp4",
        os.fsdecode(b"latin-\xe9.mp4"),
        "n" * 251 + ".mp4",
    ],
)
def test_any_name_a_file_can_have_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copy(sample_media.video(), path)
    assert taken(path).duration == 2000
    path.write_bytes(b"text")
    assert "it holds text" in refusal(path)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (sample_media.video, {"kind": "video", "width": 320, "height": 240, "rotation": 0}),
        (sample_media.rotated, {"kind": "video", "width": 240, "height": 320, "rotation": 90}),
        (sample_media.odd, {"width": 428, "height": 241, "fps": 24.0, "audio_codec": "flac"}),
        (sample_media.hdr, {"hdr": "arib-std-b67", "video_codec": "hevc"}),
        (sample_media.webm, {"container": "matroska", "duration": 0, "audio_codec": "opus"}),
        (sample_media.wav, {"kind": "audio", "container": "wav", "duration": 2000, "width": 0}),
        (sample_media.m4a, {"kind": "audio", "audio_codec": "aac", "sample_rate": 44100}),
        (sample_media.mp3, {"kind": "audio", "container": "mp3"}),
    ],
)
def test_what_a_recording_says_of_itself(
    sample: Callable[[], Path], expected: dict[str, object]
) -> None:
    recording = taken(sample())
    assert {name: getattr(recording, name) for name in expected} == expected
    assert abs(check_decodes(sample(), recording) - 2000) < 120
