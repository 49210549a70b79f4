"""Forms of recordings that people have: each is taken, told apart, or refused with what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capture.intake.pipeline import import_recording
from capture.media.file_layout import read_layout, recordings_in
from capture.media.input_files import check_input_file
from capture.media.probe import check_decodes, lying_length, probe
from capture.media.recording import Recording
from library.core.errors import BadInput
from library.core.workspace import Workspace
from tests.support import media_forms, sample_media
from tests.support.command_line import CommandResult

Cli = Callable[..., CommandResult]
_FORMS = (*media_forms.VIDEO_FORMS, *media_forms.SOUND_FORMS, *media_forms.WRITTEN_FORMS)


def taken(path: Path) -> Recording:
    check_input_file(path)
    return probe(path)


@pytest.mark.parametrize("name", _FORMS)
def test_it_is_taken_in_its_whole_length(name: str) -> None:
    path = media_forms.folder() / name
    recording = taken(path)
    is_film = name in media_forms.VIDEO_FORMS or name.endswith(".mkv")
    assert recording.kind == ("video" if is_film else "audio")
    length = check_decodes(path, recording)
    assert length == pytest.approx(media_forms.SECONDS * 1000, abs=120)
    assert read_layout(path, recording.container).parts == (((0, path.stat().st_size),),)
    told = lying_length(path, recording, length)
    assert told.startswith("It states a length of 1:00, and ends after 0:02") == ("long." in name)
    assert bool(told) == ("long." in name)


@pytest.mark.parametrize(
    ("content", "why", "step"),
    [
        (b"\x03ds2" + bytes(range(256)), "a dictation in DS2", "export it there as WAV"),
        (b"\x03enc" + bytes(range(256)), "locked with a password", "export it there"),
        (b"\x02#!SILK_V3" + bytes(range(256)), "a voice message", "save it as"),
        (b"SQLite format 3\0" + bytes(range(256)), "such as Audacity’s", "save it as"),
        (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "a Word or Office", ""),
        (b"PK\x03\x04" + bytes(range(256)), "it is a ZIP", "Unpack it"),
        (b"%PDF-1.7\n" + bytes(range(256)), "a PDF", ""),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)), "a photograph", ""),
        (b"\0\0\0\x18ftypheic" + bytes(range(256)), "a photograph", ""),
        (b"MAC \x96\x0f\0\0" + bytes(range(256)), "no sound or pictures were found", ""),
        (b"fLaC\0\0\0\x22" + bytes(range(1, 30)), "damaged or unfinished", "copy it again"),
        (bytes(range(200)) + b"OggS\0\2" + bytes(8) + bytes(90), "behind other data", "VLC"),
    ],
)
def test_what_is_not_taken_is_called_what_it_is(
    tmp_path: Path, content: bytes, why: str, step: str
) -> None:
    path = tmp_path / "interview.mp4"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        taken(path)
    assert why in refusal.value.what
    assert step in refusal.value.next_step
    assert ("no sound or pictures" in refusal.value.what) == ("no sound" in why or "ZIP" in why)


def test_a_file_that_breaks_off_says_how_much_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "far.wav"
    wav = (media_forms.folder() / "plain.wav").read_bytes()
    path.write_bytes(media_forms.wav_stating(wav, 300_000_036, 300_000_000))
    with pytest.raises(
        BadInput, match=r"breaks off .* and 299.8 MB that its header promises are not"
    ):
        check_decodes(path, probe(path))


def test_a_kind_that_ffmpeg_knows_and_we_do_not_take_is_named(tmp_path: Path) -> None:
    path = tmp_path / "old.tta"
    sample_media.ffmpeg("-f", "lavfi", "-i", "anoisesrc=d=1:r=8000", path)
    with pytest.raises(BadInput, match=r"a kind of recording we do not take \(TTA"):
        probe(path)


def test_what_a_header_promises_and_is_not_there_is_told(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    path = tmp_path / "memo.aiff"
    path.write_bytes((media_forms.folder() / "memo.aiff").read_bytes()[:90_000])
    result = run_cli("capture", "import", sample_media.agreed_story(workspace), path)
    assert result.code == 0
    assert "It breaks off: its header promises more than the 0:01 there." in result.out


_BEHIND = (
    ("film.mkv", "late.mkv"), ("memo.flac", "memo.flac"), ("plain.wav", "plain.wav"),
    ("open.wav", "plain.wav"), ("memo.opus", "memo.opus"), ("memo.amr", "memo.amr"),
    ("memo.aiff", "memo.aiff"), ("memo.caf", "memo.caf"), ("MVI_0001.AVI", "dv.avi"),
    ("memo.wma", "film.wmv"), ("phone.3gp", "film.mkv"), ("00001.MTS", "00001.MTS"),
    ("00001.m2ts", "00001.m2ts"), ("interview.sph", "interview.sph"), ("memo.w64", "memo.au"),
    ("phone.3gp", "plain.wav"), ("camera.mxf", "camera.mxf"), ("memo.wv", "memo.wv"),
    ("film.mpg", "plain.wav"), ("tape.dv", "memo.flac"), ("memo.wma", "memo.flac"),
    ("memo.caf", "memo.opus"), ("memo.ac3", "phone.3gp"), ("memo.aiff", "memo.wv"),
    ("zero.wav", "memo.flac"), ("memo.au", "camera.mxf"),
)  # fmt: skip


@pytest.mark.parametrize("names", _BEHIND, ids="+".join)
def test_a_recording_behind_another_is_found_and_every_byte_kept(
    names: tuple[str, str], tmp_path: Path
) -> None:
    first, second = ((media_forms.folder() / name).read_bytes() for name in names)
    path = tmp_path / names[0]
    path.write_bytes(first + second)
    assert recordings_in(path) == (((0, len(first)),), ((len(first), len(first + second)),))
    path.write_bytes(first)
    assert recordings_in(path) == (((0, len(first)),),)


def test_two_recordings_in_one_file_are_two_takes(
    workspace: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    """A second `data` chunk has no header of its own, and gets the first one’s."""
    wav = (media_forms.folder() / "plain.wav").read_bytes()
    at = wav.index(b"data")
    path = tmp_path / "two.wav"
    path.write_bytes(wav + b"data\x60\xea\0\0" + wav[at + 8 : at + 60_008])
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, path)
    assert result.code == 0, result.err
    assert "2 recordings one behind another" in " ".join(result.out.split())
    assert "2 takes joined, 0:02 altogether" in result.out
    assert "Warning" not in result.out
    originals = workspace.story(story_id).original
    assert (originals / "take-1.wav").read_bytes() == wav
    assert (originals / "take-2.wav").read_bytes()[at + 8 :] == wav[at + 8 : at + 60_008]
    assert "nothing was changed" in run_cli("capture", "import", story_id, path).out


def test_what_an_edit_list_leaves_out_is_told(tmp_path: Path) -> None:
    path = tmp_path / "trimmed.mp4"
    film = media_forms.folder() / "film.mkv"
    sample_media.ffmpeg("-i", film, "-c", "copy", path)
    data = bytearray(path.read_bytes())
    for at in (data.index(b"elst"), data.rindex(b"elst")):
        data[at + 12 : at + 16] = (700).to_bytes(4, "big")
    recording = probe(path)
    assert lying_length(path, recording, check_decodes(path, recording)) == ""
    path.write_bytes(data)
    recording = probe(path)
    told = lying_length(path, recording, check_decodes(path, recording))
    assert told == "0:01 of what was recorded was trimmed away in the file, and is not used."


_FOOTER = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x04"


def _at(data: bytes, name: bytes, value: bytes) -> bytes:
    at = data.index(name) + len(name)
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("plain.wav", lambda data: data[:-1], ""),
        ("plain.wav", lambda data: data[:-500], "It breaks off"),
        ("rf64.wav", lambda data: _at(data, b"ds64\x1c\0\0\0", bytes(16)), ""),
        ("memo.caf", lambda data: _at(data, b"data", b"\xff" * 8), ""),
        ("memo.au", lambda data: _at(data, b".snd\0\0\0\x20", b"\0\0\xc3\x50"), ""),
        ("interview.sph", lambda data: data.replace(b"count -i 88200", b"count -i 22050"), ""),
        ("phone.3gp", lambda data: data + bytes(50_000), ""),
        ("phone.3gp", lambda data: data + b"SEFHabc" * 3000, "After the end that it states lie"),
        ("film.mkv", lambda data: data[:-300], "It breaks off"),
        ("adpcm.wav", lambda data: media_forms.wav_stating(data, 0, 0) + b"\0", ""),
        ("adpcm.wav", lambda data: media_forms.wav_stating(data, 20_036, 20_000) + b"\0", ""),
        ("camera.mxf", lambda data: data[: data.rindex(_FOOTER)], "It breaks off"),
    ],
)
def test_a_little_more_or_less_than_stated_is_taken_and_told(
    name: str, change: Callable[[bytes], bytes], told: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(change((media_forms.folder() / name).read_bytes()))
    recording = probe(path)
    length = check_decodes(path, recording)
    assert length == pytest.approx(media_forms.SECONDS * 1000, abs=120)
    assert lying_length(path, recording, length).startswith(told)
    assert bool(lying_length(path, recording, length)) == bool(told)


def test_a_picture_that_ends_before_its_sound_has_a_poster(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "one-picture.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=0.04")
    ffmpeg_sound = ("-f", "lavfi", "-i", "anoisesrc=r=16000:d=6:a=0.3")
    sample_media.ffmpeg(*picture, *ffmpeg_sound, *sample_media.H264, path)
    story_id = sample_media.agreed_story(workspace)
    result = import_recording(workspace, story_id, path)
    assert result.derived == ("working.mp4", "speech.wav", "poster.jpg")
    assert result.length == pytest.approx(6000, abs=100)
