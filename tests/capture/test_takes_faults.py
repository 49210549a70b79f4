"""Whatever stops the joining of takes: all of one command’s are there or none, and the same command
again finishes the job."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from capture.intake.pipeline import ImportResult, import_recording
from capture.recording.originals import read_manifest
from library.core import files
from library.core.errors import CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from tests import faults
from tests.faults.seam import failing_points
from tests.support import sample_media
from tests.support.kept_files import broken_originals


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Three takes; the first is there before the others are joined."""
    wav_files = [tmp_path / f"{pitch}.wav" for pitch in (300, 500, 700)]
    for path in wav_files:
        sample_media.ffmpeg("-f", "lavfi", "-i", f"sine={path.stem}:r=8000:d=0.2", path)
    return wav_files


@pytest.fixture
def prepared(workspace: Workspace, sources: list[Path]) -> tuple[str, Path]:
    """A story with its first take, and a copy of its folder to begin each trial from."""
    story_id = sample_media.agreed_story(workspace)
    import_recording(workspace, story_id, sources[0])
    prepared_root = workspace.interviews / "begun"
    shutil.copytree(workspace.story(story_id).root, prepared_root, copy_function=shutil.copy2)
    return story_id, prepared_root


def start_over(folder: StoryFolder, prepared_root: Path) -> None:
    shutil.rmtree(folder.root)
    shutil.copytree(prepared_root, folder.root, copy_function=shutil.copy2)


def contents(folder: StoryFolder) -> dict[str, bytes]:
    """Every file of a story with its bytes, but for locks and the day it was imported."""
    return {
        str(path.relative_to(folder.root)): path.read_bytes()
        for path in sorted(folder.root.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and path != folder.manifest
    }


def require_sound(folder: StoryFolder, sources: list[Path], when: str) -> None:
    """One take or three; every original whole; what was made, made of all of them."""
    contents = {path.read_bytes() for path in sources}
    for path in folder.original.glob("take-*"):
        assert path.read_bytes() in contents, when
        assert path.stat().st_mode & 0o777 == 0o400, when
    manifest = read_manifest(folder)
    assert manifest is not None, when
    assert len(manifest.takes) in (1, 3), when
    assert broken_originals(folder) == [], when
    if folder.speech.exists():
        seconds = (folder.speech.stat().st_size - 44) / 32_000
        assert seconds == pytest.approx(0.2 * len(manifest.takes), abs=0.03), when


@pytest.mark.slow
@pytest.mark.parametrize(("number", "step"), [(errno.ENOSPC, 6), (errno.EIO, 13)])
def test_a_disk_that_fails_at_any_change_leaves_all_takes_or_none(
    workspace: Workspace, sources: list[Path], prepared: tuple[str, Path], number: int, step: int
) -> None:
    story_id, prepared_root = prepared
    folder = workspace.story(story_id)

    def join() -> ImportResult:
        return import_recording(workspace, story_id, *sources[1:], add=True)

    total = faults.count_changes(join)
    expected = contents(folder)
    assert total > 40
    for at in failing_points(total, step):
        start_over(folder, prepared_root)
        failing = faults.FaultySystem(at, faults.refuse_with(number), stay=True)
        with faults.disk(failing), pytest.raises(CarerStoriesError) as error:
            join()
        assert error.value.next_step, failing.calls
        require_sound(folder, sources, f"change {at}: {failing.calls[-1]}")
        join()
        assert contents(folder) == expected, f"change {at}"


@pytest.mark.slow
def test_killed_at_any_change_the_same_command_joins_them(
    workspace: Workspace, sources: list[Path], prepared: tuple[str, Path]
) -> None:
    story_id, prepared_root = prepared
    folder = workspace.story(story_id)

    def join() -> ImportResult:
        return import_recording(workspace, story_id, *sources[1:], add=True)

    total = faults.count_changes(join)
    expected = contents(folder)
    for at in failing_points(total, 7):
        start_over(folder, prepared_root)
        assert faults.killed_at(at, join)
        require_sound(folder, sources, f"change {at}")
        join()
        assert contents(folder) == expected, f"change {at}"
        assert files.leftovers(folder.root) == files.leftovers(folder.original) == []


def test_copies_that_a_killed_import_left_are_used_in_any_order(
    workspace: Workspace, sources: list[Path]
) -> None:
    story_id = sample_media.agreed_story(workspace)
    folder = workspace.story(story_id)
    import_recording(workspace, story_id, *sources)
    before = {path.name: path.stat().st_mtime_ns for path in folder.original.glob("take-*")}
    for path in (folder.manifest, folder.speech, folder.working_audio):
        path.unlink()
    (folder.original / "take-2.wav").unlink()
    import_recording(workspace, story_id, *reversed(sources))
    manifest = read_manifest(folder)
    assert manifest is not None
    assert [take.file for take in manifest.takes] == ["take-3.wav", "take-2.wav", "take-1.wav"]
    assert [(folder.original / take.file).read_bytes() for take in manifest.takes] == [
        path.read_bytes() for path in reversed(sources)
    ]
    for name in ("take-1.wav", "take-3.wav"):
        assert (folder.original / name).stat().st_mtime_ns == before[name], "not copied again"
