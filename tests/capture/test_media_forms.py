"""Forms of recordings that people have: each is taken, told apart, or refused with what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capture.intake.pipeline import import_recording
from capture.media.file_layout import read_layout
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
