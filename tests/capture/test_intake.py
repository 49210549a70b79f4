"""Importing as an editor meets it: once, twice, interrupted, on a full disk, without agreement."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filelock import FileLock

from capture.intake.pipeline import import_recording
from capture.questions.question_set import find_question_set
from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from library.consent.stories import start_story
from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.errors import BadInput, Busy, Damaged, NoRoom, NotAllowed
from library.core.workspace import StoryFolder, Workspace
from library.records import audit_log
from tests.support import sample_media
from tests.support.kept_files import broken_originals


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return sample_media.agreed_story(workspace)


@pytest.fixture
def folder(workspace: Workspace, story_id: str) -> StoryFolder:
    return workspace.story(story_id)


def contents(folder: StoryFolder) -> dict[str, bytes]:
    """Every file of a story with its bytes, but for locks."""
    return {
        str(path.relative_to(folder.root)): path.read_bytes()
        for path in sorted(folder.root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def modes(folder: StoryFolder) -> dict[str, int]:
    return {
        str(path.relative_to(folder.root)): path.stat().st_mode & 0o777
        for path in folder.root.rglob("*")
    }


def test_a_video_is_kept_as_it_came_and_made_ready(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    source = tmp_path / "Ann Example 12 May.MP4"
    shutil.copy(sample_media.rotated(), source)
    before = (source.read_bytes(), source.stat().st_mtime_ns)
    session = import_recording(workspace, story_id, source)
    assert not session.is_unchanged
    assert session.derived == ("working.mp4", "speech.wav", "poster.jpg")
    assert (source.read_bytes(), source.stat().st_mtime_ns) == before
    assert set(contents(folder)) == {
        "original/take-1.mp4",
        "original/manifest.json",
        "session.json",
        "working.mp4",
        "speech.wav",
        "poster.jpg",
    }
    assert contents(folder)["original/take-1.mp4"] == before[0]
    assert modes(folder)["original"] == 0o700
    assert modes(folder)["original/take-1.mp4"] == 0o400
    assert set(modes(folder).values()) == {0o700, 0o600, 0o400}
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert broken_originals(folder) == []


def test_the_manifest_has_the_fixity_and_no_name(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    source = tmp_path / "Annabella Example.webm"
    shutil.copy(sample_media.webm(), source)
    import_recording(workspace, story_id, source)
    manifest = read_manifest(folder)
    assert manifest is not None
    (take,) = manifest.takes
    assert take.sha256 == files.sha256_of(source)
    assert (take.file, take.kind, take.bytes) == (
        "take-1.webm",
        "video",
        source.stat().st_size,
    )
    assert take.recorded.duration == 0, "a browser's WebM does not say"
    assert abs(take.duration - 2000) < 100, "so it was measured"
    log = workspace.audit_log.read_bytes()
    assert take.sha256.encode() in log
    for data in (*contents(folder).values(), log):
        assert b"Annabella" not in data
    audit_log.verify(workspace.audit_log)


def test_sound_alone_is_first_class(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    session = import_recording(workspace, story_id, sample_media.m4a())
    assert session.take.kind == "audio"
    assert session.derived == ("working.m4a", "speech.wav")
    assert not folder.working.exists()


def test_the_question_set_is_frozen_as_it_was_that_day(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    question_set = find_question_set(workspace, "being-heard")
    import_recording(workspace, story_id, sample_media.wav())
    path = workspace.questions / "being-heard.yml"
    path.write_text(path.read_text().replace("version: 3", "version: 4"))
    import_recording(workspace, story_id, sample_media.wav())
    assert read_session(folder.session).question_set == question_set
    assert read_session(folder.session).story == story_id


def test_the_same_file_twice_is_one_recording(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    import_recording(workspace, story_id, sample_media.video())
    before = contents(folder)
    times = {path: path.stat().st_mtime_ns for path in folder.root.rglob("*") if path.is_file()}
    log = workspace.audit_log.read_bytes()
    renamed = tmp_path / "another name.mov"
    shutil.copy(sample_media.video(), renamed)
    session = import_recording(workspace, story_id, renamed)
    assert session.is_unchanged
    assert session.derived == ()
    assert contents(folder) == before
    assert all(
        path.stat().st_mtime_ns == at for path, at in times.items() if path.suffix != ".lock"
    )
    assert workspace.audit_log.read_bytes() == log


def test_another_file_is_not_joined_unasked(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    import_recording(workspace, story_id, sample_media.wav())
    before = contents(folder)
    with pytest.raises(BadInput, match="already has a recording"):
        import_recording(workspace, story_id, sample_media.m4a())
    assert contents(folder) == before


def test_a_recording_that_another_story_keeps_is_pointed_out(
    workspace: Workspace, run_cli: Callable[..., Any]
) -> None:
    first, second = sample_media.agreed_story(workspace), sample_media.agreed_story(workspace)
    import_recording(workspace, first, sample_media.wav())
    result = run_cli("capture", "import", second, sample_media.wav(), "--yes")
    assert result.code == 0, result.err
    assert f"Warning: {first} has the same recording. Is {second} the right story?" in result.out
    _, _, last = result.out.partition("Next: ")
    assert f"carer-stories transcribe {second}" in last
    assert f"If it is not the right story, leave {second} as it is" in last
    assert import_recording(workspace, second, sample_media.wav()).other_stories == (first,)


@pytest.mark.parametrize("lost_file", ["working.mp4", "speech.wav", "poster.jpg", "session.json"])
def test_what_was_lost_is_made_again_from_the_original(
    workspace: Workspace, story_id: str, folder: StoryFolder, lost_file: str
) -> None:
    import_recording(workspace, story_id, sample_media.video())
    before = contents(folder)
    (folder.root / lost_file).unlink()
    session = import_recording(workspace, story_id, sample_media.video())
    assert session.derived == (() if lost_file == "session.json" else (lost_file,))
    assert contents(folder) == before


def test_without_agreement_or_after_withdrawal_nothing_is_taken(workspace: Workspace) -> None:
    story = start_story(workspace, title="Not agreed", questions="being-heard")
    with pytest.raises(NotAllowed, match="no participation agreement"):
        import_recording(workspace, story.id, sample_media.wav())
    agreed_id = sample_media.agreed_story(workspace)
    record_withdrawal(workspace, agreed_id, "contributor")
    with pytest.raises(NotAllowed, match="withdrawn"):
        import_recording(workspace, agreed_id, sample_media.wav())
    assert not workspace.story(story.id).root.exists()
    assert not workspace.story(agreed_id).root.exists()


def test_withdrawn_while_it_was_copied_it_is_not_taken(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from capture.intake import pipeline

    real = pipeline.receive_take

    def slow(*arguments: object, **options: object) -> object:
        take = real(*arguments, **options)  # type: ignore[arg-type]
        record_withdrawal(workspace, story_id, "contributor")
        return take

    monkeypatch.setattr(pipeline, "receive_take", slow)
    with pytest.raises(NotAllowed, match="withdrawn"):
        import_recording(workspace, story_id, sample_media.wav())
    assert not folder.manifest.exists()


def test_a_broken_off_recording_is_refused_unless_it_is_all_there_is(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    data = sample_media.video().read_bytes()
    half = tmp_path / "half.mp4"
    half.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match=r"“half.mp4” is not .* breaks off") as error:
        import_recording(workspace, story_id, half)
    assert "--damaged" in error.value.next_step
    assert contents(folder) == {}
    session = import_recording(workspace, story_id, half, damaged=True)
    assert "can be played" in session.take.damage
    assert session.take.duration < 1700
    assert folder.speech.exists()


def test_two_imports_at_once_do_not_meet(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    folder.root.mkdir(parents=True)
    with (
        FileLock(folder.root / ".import.lock"),
        pytest.raises(Busy, match="Another import"),
    ):
        import_recording(workspace, story_id, sample_media.wav())


def test_a_changed_original_is_noticed_and_never_worked_on(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    import_recording(workspace, story_id, sample_media.wav())
    original = folder.original / "take-1.wav"
    original.chmod(0o600)
    original.write_bytes(original.read_bytes()[:-1] + b"!")
    folder.speech.unlink()
    assert broken_originals(folder) == ["take-1.wav"]
    with pytest.raises(Damaged, match="not the file that was brought in"):
        import_recording(workspace, story_id, sample_media.wav())
    original.unlink()
    assert broken_originals(folder) == ["take-1.wav"]


def test_a_hand_edited_manifest_is_named(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    import_recording(workspace, story_id, sample_media.wav())
    folder.manifest.write_text('{"schema": 1, "story": 7}')
    with pytest.raises(Damaged, match=r"manifest\.json is not as it was written.*story"):
        broken_originals(folder)


def test_no_room_is_said_before_anything_is_written(
    workspace: Workspace, story_id: str, folder: StoryFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda _path: 1000)
    with pytest.raises(NoRoom, match="There is no room"):
        import_recording(workspace, story_id, sample_media.wav())
    assert contents(folder) == {}


def test_the_command_says_what_was_taken(
    workspace: Workspace, story_id: str, run_cli: Callable[..., Any]
) -> None:
    first = run_cli("capture", "import", story_id, sample_media.rotated())
    assert first.code == 0
    assert "video, 0:02, 240 × 320, turned upright (h264 with aac)" in first.out
    assert "original/take-1.mp4" in first.out
    result = run_cli("capture", "import", story_id, sample_media.rotated())
    assert (result.code, "nothing was changed" in result.out) == (0, True)
    as_json = run_cli("capture", "import", story_id, sample_media.rotated(), "--json")
    report = msgspec.json.decode(as_json.out)
    assert report["already"] is True
    assert report["take"]["file"] == "take-1.mp4"


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (lambda to: to.write_bytes(b""), 2, "it is empty"),
        (lambda to: to.write_text("Dear Ann"), 2, "it holds text"),
        (lambda to: os.mkfifo(to), 2, "a pipe or a device"),
        (lambda to: to.symlink_to("/etc/hostname"), 2, "a link to another file"),
        (lambda _to: None, 3, "There is no file"),
    ],
)
def test_a_refusal_is_a_sentence_a_next_step_and_a_code(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    tmp_path: Path,
    run_cli: Callable[..., Any],
    make: Callable[[Path], object],
    code: int,
    words: str,
) -> None:
    source = tmp_path / "-odd: \x1b[31m\nname.mp4"
    make(source)
    result = run_cli("capture", "import", story_id, source)
    assert result.code == code
    assert words in result.err
    assert "\x1b" not in result.err
    assert len(result.err.strip().splitlines()) == 2
    assert not folder.root.exists()
