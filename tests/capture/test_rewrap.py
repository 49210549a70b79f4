"""A recording that breaks off anywhere can be finished: every whole packet, and no half one."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from capture.media.packets import packet_digests, rewrap
from tests.support import sample_media

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0")
FORMS = {
    "browser.mp4": (*H264, "-c:a", "libopus", "-frame_duration", "60"),
    "safari.mp4": (*H264, "-c:a", "aac"),
    "browser.webm": (*sample_media.VP8, "-c:a", "libopus"),
}
"""Chromium lays sixty milliseconds of sound into a packet of MP4: half of that is no sound."""
LENGTH = 2_000


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each form as a browser writes it: in parts, with no length stated."""
    folder = tmp_path_factory.mktemp("forms")
    for name, coding in FORMS.items():
        parts = (
            ("-movflags", "frag_keyframe+empty_moov+default_base_moof", "-g", "15")
            if name.endswith(".mp4")
            else ("-live", "1")
        )
        picture = ("-pix_fmt", "yuv420p", *coding, *parts)
        sample_media.ffmpeg(
            *sample_media.PICTURE, *sample_media.SOUND, *picture, "-shortest", folder / name
        )
    return folder


def laid(path: Path) -> list[tuple[str, int, int]]:
    """Of each packet its kind, and where in the file it begins and ends."""
    with av.open(str(path)) as container:
        return [
            (packet.stream.type, packet.pos, packet.pos + packet.size)
            for packet in container.demux()
            if packet.pos is not None and packet.size
        ]


def tears(path: Path) -> list[int]:
    """Return where the last packets of each kind begin, are half there, and end."""
    last_packets = {
        kind: [packet for packet in laid(path) if packet[0] == kind][-3:]
        for kind in ("video", "audio")
    }
    last = [packet for packets_of in last_packets.values() for packet in packets_of]
    return sorted({at for _, start, end in last for at in (start, (start + end) // 2, end)})


@pytest.mark.parametrize("form", FORMS)
def test_whatever_packet_it_breaks_off_in_all_others_are_kept(
    samples: Path, tmp_path: Path, form: str
) -> None:
    whole_file, packets = (samples / form).read_bytes(), laid(samples / form)
    torn_file, finished = tmp_path / form, tmp_path / "finished.mkv"
    for at in tears(samples / form):
        torn_file.write_bytes(whole_file[:at])
        finished.unlink(missing_ok=True)
        assert rewrap(torn_file, finished, LENGTH), at
        count = sum(
            int(fingerprint.partition(" ")[0]) for _, fingerprint in packet_digests(finished)
        )
        complete = sum(packet_end <= at for _, _, packet_end in packets)
        # A packet of Matroska is told by where its block begins, which ends some bytes later.
        assert count == complete or (form.endswith(".webm") and count == complete - 1), at


def test_of_what_is_no_recording_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "take-1.mp4").write_bytes(b"no recording")
    assert not rewrap(tmp_path / "take-1.mp4", tmp_path / "finished.mkv", LENGTH)
    assert not (tmp_path / "finished.mkv").exists()
