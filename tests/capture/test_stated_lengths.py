"""Lengths that lie, tracks that cannot be read, and what earlier versions did not hear."""

from __future__ import annotations

import json
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.media.file_layout import recordings_in
from capture.media.framed_streams import last_frame
from capture.media.probe import check_decodes, lying_length, probe
from capture.media.sound.mixing import choose_tracks
from capture.media.speech import read_speech
from library.core.errors import BadInput
from library.core.workspace import Workspace
from tests.support import media_forms, sample_media
from tests.support.command_line import CommandResult

Cli = Callable[..., CommandResult]
_Stated = tuple[tuple[bytes, int, int], ...]
"""For each field: the bytes that precede it, how many lie between, and what it states."""
_FORM, _SSND, _COMM = b"FORM", b"SSND", b"COMM"
_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_MOST = 0xFFFFFFFF
LIES: dict[str, tuple[str, str, _Stated]] = {
    "aiff, nothing filled in": ("memo.aiff", ">I", ((_FORM, 0, 0), (_SSND, 0, 0), (_COMM, 6, 0))),
    "aiff, no form": ("memo.aiff", ">I", ((_FORM, 0, 0),)),
    "aiff, no sound": ("memo.aiff", ">I", ((_SSND, 0, 0),)),
    "aiff, eight bytes of sound": ("memo.aiff", ">I", ((_FORM, 0, 54), (_SSND, 0, 8))),
    "aiff, largest": ("memo.aiff", ">I", ((_FORM, 0, _MOST), (_SSND, 0, _MOST))),
    "aiff, too short": ("memo.aiff", ">I", ((_FORM, 0, 50_046), (_SSND, 0, 50_008))),
    "aiff, sound too short": ("memo.aiff", ">I", ((_SSND, 0, 50_008),)),
    "aifc, a-law": ("memo.aifc", ">I", ((_SSND, 0, 0),)),
    "w64, nothing filled in": ("memo.w64", "<Q", ((b"riff", 12, 0), (_W64_DATA, 0, 0))),
    "w64, no form": ("memo.w64", "<Q", ((b"riff", 12, 0),)),
    "w64, only a header of sound": ("memo.w64", "<Q", ((_W64_DATA, 0, 24),)),
    "w64, largest": ("memo.w64", "<Q", ((b"riff", 12, (1 << 64) - 1), (_W64_DATA, 0, 1 << 63))),
    "w64, too short": ("memo.w64", "<Q", ((b"riff", 12, 50_000), (_W64_DATA, 0, 49_824))),
    "au, nothing": ("memo.au", ">I", ((b".snd", 4, 0),)),
    "au, largest": ("memo.au", ">I", ((b".snd", 4, _MOST),)),
    "au, in advance": ("memo.au", ">I", ((b".snd", 4, 0x7FFFFFFF),)),
    "au, too short": ("memo.au", ">I", ((b".snd", 4, 50_000),)),
    "caf, to the end": ("memo.caf", ">Q", ((b"data", 0, (1 << 64) - 1),)),
    "caf, nothing": ("memo.caf", ">Q", ((b"data", 0, 0),)),
    "caf, too short": ("memo.caf", ">Q", ((b"data", 0, 50_004),)),
}


@pytest.mark.parametrize("case", LIES)
def test_sound_is_read_to_its_end(case: str, tmp_path: Path) -> None:
    name, number, fields = LIES[case]
    whole = (media_forms.folder() / name).read_bytes()
    data = bytearray(whole)
    for before, between, stated in fields:
        struct.pack_into(number, data, data.index(before) + len(before) + between, stated)
    path = tmp_path / name
    path.write_bytes(data)
    recording = probe(path)
    length = check_decodes(path, recording)
    assert length == pytest.approx(media_forms.SECONDS * 1000, abs=20)
    assert lying_length(path, recording, length) == ""
    assert f".{recording.container}"[:4] == path.suffix[:4]
    assert (recording.channels, recording.sample_rate) == (1, 44_100)
    path.write_bytes(data + (media_forms.folder() / "memo.flac").read_bytes())
    assert [part[0][0] for part in recordings_in(path)] == [0, len(data)]


def test_a_recording_without_a_length_before_another_is_taken(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    whole = (media_forms.folder() / "memo.aiff").read_bytes()
    first = bytearray(whole)
    struct.pack_into(">I", first, first.index(_SSND) + 4, 0)
    path = tmp_path / "two.aiff"
    path.write_bytes(first + whole)
    result = run_cli("capture", "import", sample_media.agreed_story(workspace), path)
    assert result.code == 0, result.err
    assert "2 takes joined, 0:04 altogether" in result.out


def test_a_stream_that_changes_its_rate_is_two_recordings(tmp_path: Path) -> None:
    sound = ("-i", media_forms.folder() / "plain.wav")
    sample_media.ffmpeg(*sound, tmp_path / "a.aac", "-ar", "16000", tmp_path / "b.aac")
    first, second = ((tmp_path / name).read_bytes() for name in ("a.aac", "b.aac"))
    path = tmp_path / "both.aac"
    path.write_bytes(first + second)
    assert recordings_in(path) == (((0, len(first)),), ((len(first), len(first + second)),))
    path.write_bytes(first + first)
    assert len(recordings_in(path)) == 1


def test_a_header_of_one_kind_within_another_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "live.mkv"
    sound = ("-i", media_forms.folder() / "memo.flac", "-c", "copy")
    sample_media.ffmpeg(*sound, "-f", "matroska", "-live", "1", path)
    assert b"fLaC\x00\x00\x00\x22" in path.read_bytes() or b"fLaC\x80" in path.read_bytes()
    assert len(recordings_in(path)) == 1


def _two_tracks(to: Path, unreadable: int) -> Path:
    """Write a film with two sound tracks, one of them in a form that nobody knows."""
    sound = ("-i", media_forms.folder() / "plain.wav")
    sample_media.ffmpeg(*sound, "-map", "0:a", "-map", "0:a", "-c:a", "aac", to)
    data = bytearray(to.read_bytes())
    for name in (b"mp4a", b"esds"):
        places = [at for at in range(len(data)) if data[at : at + 4] == name]
        data[places[unreadable] : places[unreadable] + 4] = b"zzzz"
    to.write_bytes(data)
    return to


@pytest.mark.parametrize("unreadable", [0, 1])
def test_a_track_that_can_be_read_is_used(
    unreadable: int, tmp_path: Path, workspace: Workspace, run_cli: Cli
) -> None:
    path = _two_tracks(tmp_path / "phone.m4a", unreadable)
    recording = probe(path)
    assert recording.first_track == 1 - unreadable
    choice = choose_tracks(path, recording.track_channels, 2000)
    assert choice.tracks == ((1,) if unreadable == 0 else ())
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, path)
    assert result.code == 0, result.err
    assert f"Its sound track {unreadable + 1} cannot be read" in " ".join(result.out.split())
    assert float(np.abs(read_speech(workspace.story(story_id).speech)).max()) > 0.1


def test_what_an_earlier_version_did_not_hear_is_heard_at_the_next_import(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    path = tmp_path / "anti.wav"
    plain = ("-i", media_forms.folder() / "plain.wav")
    sample_media.ffmpeg(*plain, "-af", "pan=stereo|c0=c0|c1=-1*c0", path)
    story_id = sample_media.agreed_story(workspace)
    assert run_cli("capture", "import", story_id, path).code == 0
    folder = workspace.story(story_id)
    manifest = json.loads(folder.manifest.read_text())
    (take,) = manifest["takes"]
    take |= {"tracks": [], "damage": ""}
    del take["recorded"]["track_channels"]
    folder.manifest.write_text(json.dumps(manifest))
    folder.speech.write_bytes(sample_media.silent().read_bytes())
    result = run_cli("capture", "import", story_id, path)
    assert result.code == 0, result.err
    told = " ".join(result.out.split())
    assert "Made again: working.m4a, speech.wav." in told
    assert "More of take-1.wav is heard than before." in told
    assert "Its channels cancel each other" in told
    assert float(np.abs(read_speech(folder.speech)).max()) > 0.1
    assert "nothing was changed" in run_cli("capture", "import", story_id, path).out


def _written(to: Path, sound: Any) -> Path:
    with wave.open(str(to), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(sound.astype("<i2").tobytes())
    return to


def test_each_take_gets_the_recording_of_the_microphone_that_hears_it(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    draw = np.random.default_rng(7)
    takes, recorder = [], b""
    for number in (1, 2):
        loudness = np.repeat(draw.uniform(0.02, 1, 60), 3200)
        sound = (9000 * draw.standard_normal(len(loudness)) * loudness).clip(-30_000, 30_000)
        takes.append(_written(tmp_path / f"take {number}.wav", sound))
        heard = _written(tmp_path / f"heard {number}.wav", 0.7 * sound)
        recorder = heard.read_bytes() + recorder
    microphone = tmp_path / "ZOOM.wav"
    microphone.write_bytes(recorder + (media_forms.folder() / "plain.wav").read_bytes())
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, *takes, "--microphone", microphone)
    assert result.code == 0, result.err
    told = " ".join(result.out.split())
    assert "3 recordings one behind another, each for the take it sounds like" in told
    assert "of the microphone’s file 1 recording is not used" in told
    manifest = json.loads(workspace.story(story_id).manifest.read_text())
    used = [take["microphone"]["file"] for take in manifest["takes"]]
    assert sorted(used) == ["microphone-1.wav", "microphone-2.wav"]
    assert all(abs(take["microphone"]["begins"]) < 20_000 for take in manifest["takes"])
    again = run_cli("capture", "import", story_id, *takes, "--microphone", microphone)
    assert again.code == 0, again.err
    assert "nothing was changed" in again.out


def test_of_recordings_that_hear_a_take_the_clearest_is_used(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    draw = np.random.default_rng(8)
    loudness = np.repeat(draw.uniform(0.01, 1, 60), 3200)
    sound = 9000 * draw.standard_normal(len(loudness)) * loudness
    room = 900 * draw.standard_normal(len(loudness))
    take = _written(tmp_path / "take.wav", (sound + room).clip(-30_000, 30_000))
    # The beginning alone is clearer still, and most of the take would be without a microphone.
    parts = {
        "noisy": sound + 2 * room,
        "clear": sound + room / 10,
        "short": (sound + room / 100)[: len(sound) // 3],
    }
    recorder = b"".join(
        _written(tmp_path / f"{name}.wav", part.clip(-30_000, 30_000)).read_bytes()
        for name, part in parts.items()
    )
    microphone = tmp_path / "ZOOM.wav"
    microphone.write_bytes(recorder)
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, take, "--microphone", microphone)
    assert result.code == 0, result.err
    (used,) = workspace.story(story_id).original.glob("microphone-*")
    assert used.read_bytes() == (tmp_path / "clear.wav").read_bytes()


def test_a_chapter_that_states_another_day_is_left_out(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    film = media_forms.folder() / "film.mkv"
    days = {"GH010034": "2026-05-12T10:00:00", "GH020034": "2026-05-12T10:00:02"}
    for name, moment in (days | {"GH030034": "2026-07-01T10:00:00"}).items():
        stated = ("-metadata", f"creation_time={moment}Z", "-c", "copy")
        sample_media.ffmpeg("-i", film, *stated, tmp_path / f"{name}.MP4")
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, tmp_path / "GH010034.MP4")
    assert result.code == 0, result.err
    told = " ".join(result.out.split())
    assert "beside it lie GH020034.MP4." in told
    assert "Beside it lies GH030034.MP4, by name of the same recording, but" in told


_TAG = b"ID3\3\0\0\0\0\2\0TIT2" + bytes(252)
_LIST = b"LIST\x1a\0\0\0INFOISFT\x0e\0\0\0Lavf60.16.100\0"


def _wav_of_sound(stated: int, *, whole: int = 0, behind: bytes = b"") -> bytes:
    """A WAV whose sound states a length, and the file that of `whole` or its own."""
    wav = (media_forms.folder() / "plain.wav").read_bytes() + behind
    return media_forms.wav_stating(wav, whole or len(wav) - 8, stated)


def _cut(name: str) -> bytes:
    return (media_forms.folder() / name).read_bytes()[:-5]


ODD: dict[str, tuple[Callable[[], bytes], str]] = {
    "length of the sound alone too long": (
        lambda: _wav_of_sound(3_000_000),
        "states 2.8 MB more than there is, and is wrong",
    ),
    "too long, before other chunks": (
        lambda: _wav_of_sound(400_000, whole=400_036, behind=_LIST),
        "more than there is, and is wrong",
    ),
    "tag before a wav": (lambda: _TAG + _wav_of_sound(176_400), "passed over"),
    "tag before an open wav": (lambda: _TAG * 2 + _wav_of_sound(_MOST, whole=_MOST), "passed over"),
    "tag before an aiff": (
        lambda: _TAG + (media_forms.folder() / "memo.aiff").read_bytes(),
        "passed over",
    ),
    "amr within a frame": (lambda: _cut("memo.amr"), "ends within a frame"),
    "ac3 within a frame": (lambda: _cut("memo.ac3"), "ends within a frame"),
    "MTS within a packet": (lambda: _cut("00001.MTS"), "ends within a frame"),
    "m2ts within a packet": (lambda: _cut("00001.m2ts"), "ends within a frame"),
    "wv within a block": (lambda: _cut("memo.wv"), "ends within a frame"),
}


@pytest.mark.parametrize("case", ODD)
def test_what_players_play_is_taken_and_what_was_odd_is_said(case: str, tmp_path: Path) -> None:
    make, told = ODD[case]
    path = tmp_path / f"odd.{case.split()[0] if ' within ' in case else 'wav'}"
    path.write_bytes(make())
    recording = probe(path)
    length = check_decodes(path, recording)
    assert length == pytest.approx(media_forms.SECONDS * 1000, abs=120)
    assert told in lying_length(path, recording, length)
    ((span, *others),) = recordings_in(path)
    assert (span, others) == ((0, path.stat().st_size), [])


def test_a_header_that_promises_hours_more_is_taken_with_a_warning(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    path = tmp_path / "far.wav"
    path.write_bytes(_wav_of_sound(300_000_000, whole=300_000_036))
    result = run_cli("capture", "import", sample_media.agreed_story(workspace), path)
    assert result.code == 0, result.err
    assert "promises many times more sound than there is" in result.out
    assert "copy it again" in result.out
    path.write_bytes(_wav_of_sound(300_000, whole=300_036))
    result = run_cli("capture", "import", sample_media.agreed_story(workspace), path)
    assert result.code != 0
    assert "breaks off" in result.err


def test_a_fault_before_the_last_frame_is_none_of_its_end(tmp_path: Path) -> None:
    data = bytearray((media_forms.folder() / "memo.ac3").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4_000] = bytes(4_000)
    path = tmp_path / "torn.ac3"
    path.write_bytes(data[:-5])
    assert last_frame(path, "ac3") is None
    with pytest.raises(BadInput, match="breaks off or is damaged"):
        check_decodes(path, probe(path))
