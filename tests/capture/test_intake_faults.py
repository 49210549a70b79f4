"""Whatever stops an import, an original is whole or not there, and running it again finishes."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from capture.intake.pipeline import ImportResult, import_recording
from capture.recording.originals import read_manifest
from library.core import files
from library.core.errors import BadInput, CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from tests import faults
from tests.faults.seam import failing_points
from tests.support import sample_media
from tests.support.kept_files import broken_originals
from tests.support.live_station import until


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


def short_wav(tmp_path: Path) -> Path:
    path = tmp_path / "short.wav"
    if not path.exists():
        sample_media.ffmpeg("-f", "lavfi", "-i", "anoisesrc=r=8000:d=0.4:seed=1", path)
    return path


def require_sound(folder: StoryFolder, source: Path, when: str) -> None:
    """Check that an original is whole and read-only, or not there, whatever happened."""
    originals = [path for path in folder.original.glob("*") if path.name.startswith("take-")]
    for path in originals:
        assert path.read_bytes() == source.read_bytes(), when
        assert path.stat().st_mode & 0o777 == 0o400, when
    manifest = read_manifest(folder)
    assert broken_originals(folder) == [], when
    assert manifest is None or originals, when


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_change_leaves_nothing_half_done(
    workspace: Workspace, tmp_path: Path, number: int
) -> None:
    source = short_wav(tmp_path)
    agreed_id = sample_media.agreed_story(workspace)
    total = faults.count_changes(lambda: import_recording(workspace, agreed_id, source))
    assert total > 20
    expected = set(contents(workspace.story(agreed_id)))
    for at in failing_points(total, 4 if number == errno.ENOSPC else 9):
        story_id = sample_media.agreed_story(workspace)
        folder = workspace.story(story_id)
        failing = faults.FaultySystem(at, faults.refuse_with(number), stay=True)
        with faults.disk(failing), pytest.raises(CarerStoriesError) as error:
            import_recording(workspace, story_id, source)
        assert error.value.next_step, failing.calls
        require_sound(folder, source, f"change {at}: {failing.calls[-1]}")
        import_recording(workspace, story_id, source)
        assert set(contents(folder)) == expected, f"change {at}"
        shutil.rmtree(folder.root)


@pytest.mark.slow
def test_killed_at_any_change_the_same_import_finishes_the_job(
    workspace: Workspace, tmp_path: Path
) -> None:
    source = short_wav(tmp_path)
    agreed_id = sample_media.agreed_story(workspace)
    total = faults.count_changes(lambda: import_recording(workspace, agreed_id, source))
    expected = set(contents(workspace.story(agreed_id)))
    for at in failing_points(total, 5):
        story_id = sample_media.agreed_story(workspace)
        folder = workspace.story(story_id)

        def command(story_id: str = story_id) -> ImportResult:
            return import_recording(workspace, story_id, source)

        assert faults.killed_at(at, command)
        if folder.root.exists():
            require_sound(folder, source, f"change {at}")
        command()
        assert set(contents(folder)) == expected, f"change {at}"
        shutil.rmtree(folder.root)


def test_a_copy_left_by_a_killed_import_is_never_thrown_away(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    import_recording(workspace, story_id, sample_media.wav())
    folder.manifest.unlink()
    left = folder.original / "take-1.wav"
    with pytest.raises(BadInput, match="import of another file was interrupted"):
        import_recording(workspace, story_id, sample_media.m4a())
    assert left.read_bytes() == sample_media.wav().read_bytes()
    assert not import_recording(workspace, story_id, sample_media.wav()).is_unchanged
    assert broken_originals(folder) == []


@pytest.mark.slow
def test_kill_9_while_ffmpeg_works_then_the_same_command_again(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    source = tmp_path / "long.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=5")
    sample_media.ffmpeg(*picture, "-f", "lavfi", "-i", "anoisesrc=d=5", *sample_media.H264, source)
    command = [sys.executable, "-m", "carer_stories", "capture", "import", story_id, str(source)]
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        command,
        cwd=workspace.root,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'site'}"},
    )

    def is_at_work() -> bool:
        assert process.poll() is None
        return bool(list(folder.root.glob(".working.new-*")))

    until(is_at_work)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not folder.working.exists()
    require_sound(folder, source, "kill -9")
    session = import_recording(workspace, story_id, source)
    assert session.derived == ("working.mp4", "speech.wav", "poster.jpg")
    assert files.leftovers(folder.root) == []
