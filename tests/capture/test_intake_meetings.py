"""Folders of Zoom and Teams, and a second microphone, through the whole import."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from capture.intake.meetings import is_meeting_folder, read_meeting_folder
from capture.intake.pipeline import import_recording
from capture.media.sound.raw_sound import SOUND_RATE
from capture.recording.originals import read_manifest
from capture.recording.takes import sound_of
from capture.sessions.remote_recording import bring_in
from capture.sessions.session_folders import create_session
from library.core import files
from library.core.errors import BadInput
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media, synthetic_sound
from tests.support.command_line import CommandResult
from tests.support.kept_files import broken_originals
from tests.support.word_documents import word_document

Cli = Callable[..., CommandResult]
DOCX = word_document([["Ruth Smith   0:00", "I rang the ward."], ["Ben   0:01", "Yes?"]])
WORDS = "WEBVTT\n\n1\n00:00:00.100 --> 00:00:01.500\nRuth: I rang the ward every day.\n"


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return sample_media.agreed_story(workspace)


@pytest.fixture
def folder(workspace: Workspace, story_id: str) -> StoryFolder:
    return workspace.story(story_id)


@pytest.fixture
def zoom_folder(tmp_path: Path) -> Path:
    """A folder as Zoom for computers makes it, with each voice in a file of its own."""
    meeting = tmp_path / "2026-05-12 10.00.11 Ann Example's Meeting"
    voices = meeting / "Audio Record"
    voices.mkdir(parents=True)
    shutil.copy(sample_media.video(), meeting / "video1234567.mp4")
    shutil.copy(sample_media.m4a(), meeting / "audio1234567.m4a")
    shutil.copy(sample_media.m4a(), voices / "audioAnnExample11234567.m4a")
    shutil.copy(sample_media.wav(), voices / "audioInterviewer21234567.wav")
    (meeting / "chat.txt").write_text("10:01 Ann: hello")
    (meeting / "video1234567.transcript.vtt").write_text(WORDS)
    (meeting / "video1234567.cc.vtt").write_text(WORDS)
    return meeting


def snapshot(path: Path) -> dict[str, tuple[int, int]]:
    paths = (file for file in path.rglob("*") if file.is_file())
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def test_a_zoom_folder_is_taken_as_a_whole(
    workspace: Workspace, story_id: str, folder: StoryFolder, zoom_folder: Path, run_cli: Cli
) -> None:
    before = snapshot(zoom_folder)
    result = run_cli("capture", "import", story_id, zoom_folder)
    assert result.code == 0, result.err
    assert "left where it lies" in " ".join(result.out.split())
    assert f"transcribe {story_id} --from interviews/stories/{story_id}/original/words-1.vtt" in (
        result.out
    )
    manifest = read_manifest(folder)
    assert manifest is not None
    assert set(manifest.checksums) == {
        "take-1.mp4",
        "speaker-1.m4a",
        "speaker-2.wav",
        "words-1.vtt",
    }
    assert broken_originals(folder) == []
    assert {(folder.original / name).stat().st_mode & 0o777 for name in manifest.checksums} == {
        0o400
    }
    assert snapshot(zoom_folder) == before, "sources are only read"
    assert b"Ann" not in folder.manifest.read_bytes() + workspace.audit_log.read_bytes()
    assert run_cli("verify").code == 0
    second = run_cli("capture", "import", story_id, zoom_folder)
    assert "nothing was changed" in second.out
    assert read_manifest(folder) == manifest


MEET = "Interview (2026-05-12 at 10_11 GMT+1)"
MEET_FOLDERS = {
    "sbv": ({f"{MEET}.sbv": "0:00:00.100,0:00:01.500\nRuth: I rang."}, "words-1.sbv"),
    "vtt": ({f"{MEET}.vtt": WORDS, f"{MEET} - Transcript.docx": DOCX}, "words-1.vtt"),
    "docx": ({f"{MEET} - Transcript.docx": DOCX}, "words-1.docx"),
    "none": ({}, ""),
}


@pytest.mark.parametrize("kind", MEET_FOLDERS)
def test_a_folder_of_google_meet_is_understood(kind: str, tmp_path: Path) -> None:
    files, words = MEET_FOLDERS[kind]
    meeting = tmp_path / "Meet Recordings"
    meeting.mkdir()
    others: dict[str, str | bytes] = {
        f"{MEET}.mp4": "a film", f"{MEET} - Chat.txt": "10:11 Ruth: hello",
        f"{MEET} - Chat.sbv": "0:00:01.000,0:00:02.000\nhello",
        f"{MEET} - Notes by Gemini.docx": DOCX,
    }  # fmt: skip
    for name, data in (others | files).items():
        (meeting / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    assert is_meeting_folder(meeting)
    read = read_meeting_folder(meeting)
    assert [path.name for path in read.takes] == [f"{MEET}.mp4"]
    assert [path.suffix for path in read.transcripts] == ([Path(words).suffix] if words else [])
    reasons = {path.name: reason for path, reason in read.ignored}
    assert reasons[f"{MEET} - Chat.txt"] == reasons[f"{MEET} - Chat.sbv"] == "the chat"
    assert reasons[f"{MEET} - Notes by Gemini.docx"] == "notes, not what was said"


@pytest.mark.parametrize(
    ("name", "is_meeting"),
    [
        ("Weekly - 2026_05_12 10_11 BST - Recording.mp4", True),
        ("abc-defg-hij (2026-05-12 at 10_11 GMT+1).mp4", True),
        ("abc-defg-hij.mp4", True),
        ("Screen Recording 2026-05-12 at 10.11.12.mov", False),
        ("WhatsApp Audio 2026-05-12 at 10.11.12.opus", False),
        ("20260512_101112.mp4", False),
        ("C0001.MP4", False),
    ],
)
def test_meetings_are_known_by_their_names(tmp_path: Path, name: str, is_meeting: bool) -> None:
    (tmp_path / name).touch()
    assert is_meeting_folder(tmp_path) == is_meeting


@pytest.mark.parametrize("name", ["Meeting.vtt", "Meeting.DOCX", "Meeting.sbv", "a folder"])
def test_words_alone_lead_to_the_command_that_reads_them(
    story_id: str, tmp_path: Path, run_cli: Cli, name: str
) -> None:
    source = tmp_path / name
    file = source / "Meeting transcript.docx" if name == "a folder" else source
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(DOCX)
    result = run_cli("capture", "import", story_id, source)
    assert result.code == 2
    assert f"“{file.name}” holds words, not a recording." in result.err
    assert "Import the recording first, then: " in result.err
    assert f"carer-stories transcribe {story_id} --from {shlex.quote(str(file))}" in result.err


def test_teams_transcript_as_word_becomes_the_first_draft(
    story_id: str, folder: StoryFolder, tmp_path: Path, run_cli: Cli
) -> None:
    meeting = tmp_path / "Meeting"
    meeting.mkdir()
    shutil.copy(sample_media.m4a(), meeting / "Call-20260512_101112-Meeting Recording.m4a")
    (meeting / "Call.docx").write_bytes(DOCX)
    result = run_cli("capture", "import", story_id, meeting)
    assert result.code == 0, result.err
    words = f"interviews/stories/{story_id}/original/words-1.docx"
    assert f"transcribe {story_id} --from {words}" in result.out
    assert run_cli("transcribe", story_id, "--from", words).code == 0
    assert "I rang the ward." in folder.editors_copy.read_text()


def test_what_was_kept_beside_is_watched_over(
    story_id: str, folder: StoryFolder, zoom_folder: Path, run_cli: Cli
) -> None:
    run_cli("capture", "import", story_id, zoom_folder)
    voice = folder.original / "speaker-1.m4a"
    voice.chmod(0o600)
    voice.write_bytes(b"something else")
    assert broken_originals(folder) == ["speaker-1.m4a"]
    result = run_cli("verify")
    assert result.code != 0
    assert "speaker-1.m4a is not the file that was brought in" in result.out + result.err


def test_the_words_of_the_meeting_can_be_the_first_draft(
    story_id: str, folder: StoryFolder, zoom_folder: Path, run_cli: Cli
) -> None:
    run_cli("capture", "import", story_id, zoom_folder)
    result = run_cli("transcribe", story_id, "--from", folder.original / "words-1.vtt")
    assert result.code == 0, result.err
    assert "I rang the ward every day." in folder.editors_copy.read_text()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("double_click_to_convert_01.zoom",), "Zoom has not finished"),
        (
            (
                "GMT20260512-100011_Recording_1920x1080.mp4",
                "GMT20260512-100011_Recording_gallery_1920x1080.mp4",
            ),
            "the same meeting in several views",
        ),
        (("DSC0001.mp4", "DSC0002.mp4"), "it is a folder"),
    ],
)
def test_a_folder_that_needs_a_choice_is_refused_and_nothing_is_written(
    story_id: str,
    folder: StoryFolder,
    tmp_path: Path,
    run_cli: Cli,
    names: tuple[str, ...],
    words: str,
) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    for name in names:
        shutil.copy(sample_media.video(), meeting / name)
    result = run_cli("capture", "import", story_id, meeting)
    assert (result.code, words in result.err) == (2, True), result.err
    assert not folder.root.exists()


def test_words_that_are_no_captions_are_refused(
    story_id: str, folder: StoryFolder, tmp_path: Path, run_cli: Cli
) -> None:
    words = tmp_path / "words.vtt"
    words.write_text("Dear Ann")
    result = run_cli("capture", "import", story_id, sample_media.video(), words)
    assert (result.code, "does not begin as captions do" in result.err) == (2, True)
    assert not folder.root.exists()


@pytest.mark.parametrize("name", ["words.vtt", "words.srt", "words.json"])
def test_words_alone_are_told_from_a_recording(
    story_id: str, folder: StoryFolder, tmp_path: Path, run_cli: Cli, name: str
) -> None:
    words = tmp_path / name
    words.write_text(WORDS)
    result = run_cli("capture", "import", story_id, words, "--yes")
    assert result.code == 2
    assert f"“{name}” holds words, not a recording." in result.err
    assert f"carer-stories transcribe {story_id} --from" in result.err
    assert not folder.root.exists()


@pytest.fixture(scope="module")
def two_microphones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A film whose sound is far away, and a recorder on the table that began 1.5 s later."""
    folder = tmp_path_factory.mktemp("room")
    room = synthetic_sound.syllables(24, seed=4)
    distant = 0.1 * room + 0.01 * synthetic_sound.noise(24, 2)
    near = 0.6 * room[int(1.5 * SOUND_RATE) : 20 * SOUND_RATE]
    recordings = []
    for name, sound in (("far", distant), ("near", near)):
        raw = synthetic_sound.raw(folder / f"{name}.f32", sound)
        form = ("-f", "f32le", "-ar", str(SOUND_RATE), "-ac", "2", "-i", raw.path)
        recordings.append(folder / f"{name}.wav")
        sample_media.ffmpeg(*form, recordings[-1])
    film = folder / "film.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=24")
    sample_media.ffmpeg(*picture, "-i", recordings[0], *sample_media.H264, film)
    return film, recordings[1]


def test_the_clearer_microphone_is_heard_and_kept(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    two_microphones: tuple[Path, Path],
    run_cli: Cli,
) -> None:
    film, recorder = two_microphones
    result = run_cli("capture", "import", story_id, film, "--microphone", recorder)
    assert result.code == 0, result.err
    assert "a second microphone: sound alone, 0:18" in result.out
    assert "starts 0:01 after take-1.mp4" in result.out
    assert "Film and recognition use the microphone." in result.out
    manifest = read_manifest(folder)
    assert manifest is not None
    (take,) = manifest.takes
    assert take.microphone is not None
    assert take.microphone.sha256 == files.sha256_of(recorder)
    assert abs(take.microphone.offset_us - 1_500_000) < 20_000
    (microphone_sound,), _ = sound_of(folder)
    assert microphone_sound.path.name.startswith(".sound-take-1-")
    laid_sound, own = (
        synthetic_sound.decoded(microphone_sound.path)[:, 0],
        synthetic_sound.decoded(film)[:, 0],
    )
    middle = slice(4 * SOUND_RATE, 18 * SOUND_RATE)
    assert abs(synthetic_sound.shift(laid_sound[middle], own[middle], 3000)) < SOUND_RATE // 50
    quiet = np.sort(synthetic_sound.loudness_shape(laid_sound[middle]))
    noisy = np.sort(synthetic_sound.loudness_shape(own[middle]))
    assert quiet[700] / quiet[-700] < noisy[700] / noisy[-700] / 3, "less of the room"
    assert run_cli("verify").code == 0
    log = workspace.audit_log.read_text()
    assert take.microphone.sha256 in log


def test_a_microphone_may_come_later_and_the_sound_is_made_again(
    story_id: str, folder: StoryFolder, two_microphones: tuple[Path, Path], run_cli: Cli
) -> None:
    film, recorder = two_microphones
    run_cli("capture", "import", story_id, film)
    before = folder.speech.read_bytes()
    result = run_cli("capture", "import", story_id, film, "--microphone", recorder)
    assert result.code == 0, result.err
    assert "Made: working.mp4, speech.wav" in result.out
    assert folder.speech.read_bytes() != before
    assert len(folder.speech.read_bytes()) == len(before), "the clock is the film’s"
    report = json.loads(
        run_cli("capture", "import", story_id, film, "--microphone", recorder, "--json").out
    )
    assert report["already"] is True
    assert broken_originals(folder) == []
    assert run_cli("verify").code == 0


def test_a_recording_of_something_else_is_no_microphone(
    story_id: str, folder: StoryFolder, two_microphones: tuple[Path, Path], run_cli: Cli
) -> None:
    film, _ = two_microphones
    result = run_cli("capture", "import", story_id, film, "--microphone", sample_media.wav())
    assert (result.code, "does not sound like take-1.mp4" in result.err) == (2, True)
    assert list(folder.original.iterdir()) == []


def test_a_manifest_from_before_is_still_read(
    story_id: str, folder: StoryFolder, run_cli: Cli
) -> None:
    run_cli("capture", "import", story_id, sample_media.wav())
    data = msgspec.json.decode(folder.manifest.read_bytes())
    del data["beside"]
    del data["takes"][0]["microphone"]
    folder.manifest.write_bytes(msgspec.json.encode(data))
    assert broken_originals(folder) == []
    assert "nothing was changed" in run_cli("capture", "import", story_id, sample_media.wav()).out


def test_a_telephone_is_laid_over_a_recording_that_is_there_already(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    two_microphones: tuple[Path, Path],
) -> None:
    """As at the station, for a conversation that it recorded itself before."""
    film, recorder = two_microphones
    import_recording(workspace, story_id, film)
    session = create_session(workspace, story_id, "session-1")
    session.confirm_agreement("picture-and-voice")
    with pytest.raises(BadInput, match="No recording was named"):
        bring_in(session, [])
    bring_in(session, [], recorder)
    session.close()
    manifest = read_manifest(folder)
    assert manifest is not None
    (take,) = manifest.takes
    assert take.microphone is not None
    assert abs(take.microphone.offset_us - 1_500_000) < 20_000
