"""An import that was broken off goes on: what was copied is not copied, nor read, again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from capture.intake import copying, receive
from capture.intake.pipeline import import_recording
from capture.recording.originals import read_manifest
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.kept_files import broken_originals

BLOCK = 16_384


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_BYTES", BLOCK)
    monkeypatch.setattr(receive, "CHECKPOINT_BYTES", BLOCK)
    monkeypatch.setattr(copying, "_SPAN_BYTES", BLOCK)
    monkeypatch.setattr(copying, "_CHUNK_BYTES", BLOCK // 4)


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return sample_media.agreed_story(workspace)


@pytest.fixture
def folder(workspace: Workspace, story_id: str) -> StoryFolder:
    return workspace.story(story_id)


class Watched:
    """Notes where each copy began; stops the import at a byte of a step, as Ctrl-C does."""

    def __init__(self, stop_in: str = "", stop_at: int = 0) -> None:
        self.began: dict[str, int] = {}
        self._stop = (stop_in, stop_at)

    @contextlib.contextmanager
    def __call__(self, label: str, _total: int | None = None) -> Iterator[Callable[[int], None]]:
        def report_progress(bytes_done: int) -> None:
            self.began.setdefault(label, bytes_done)
            if label == self._stop[0] and bytes_done >= self._stop[1]:
                raise KeyboardInterrupt

        yield report_progress


def files_in(folder: StoryFolder) -> list[str]:
    return sorted(path.name for path in folder.original.iterdir())


def test_after_ctrl_c_the_second_of_two_files_goes_on_and_the_first_is_not_copied_again(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    first_file, two = sample_media.video(), sample_media.wav()
    assert min(first_file.stat().st_size, two.stat().st_size) > 4 * BLOCK
    first = Watched("Copying the original (2 of 2)", 3 * BLOCK + 1)
    with pytest.raises(KeyboardInterrupt):
        import_recording(workspace, story_id, first_file, two, show_progress=first)
    assert not folder.manifest.exists()
    assert all(name.startswith(".part-") for name in files_in(folder)), "nothing is half a take"
    second_watch = Watched()
    session = import_recording(workspace, story_id, first_file, two, show_progress=second_watch)
    assert second_watch.began["Copying the original (1 of 2)"] == first_file.stat().st_size
    assert second_watch.began["Copying the original (2 of 2)"] == 3 * BLOCK
    assert len(session.new_takes) == 2
    assert broken_originals(folder) == []
    assert files_in(folder) == ["manifest.json", "take-1.mp4", "take-2.wav"]
    originals = [(folder.original / take.file).read_bytes() for take in session.takes]
    assert originals == [first_file.read_bytes(), two.read_bytes()]


def test_stopped_while_it_was_checked_the_copy_is_kept(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    source = sample_media.wav()
    stopped = Watched("Checking that all of it is there")
    with pytest.raises(KeyboardInterrupt):
        import_recording(workspace, story_id, source, show_progress=stopped)
    second_watch = Watched()
    import_recording(workspace, story_id, source, show_progress=second_watch)
    assert second_watch.began["Copying the original"] == source.stat().st_size


def test_another_file_instead_removes_what_was_begun(
    workspace: Workspace, story_id: str, folder: StoryFolder
) -> None:
    stopped = Watched("Copying the original", 2 * BLOCK + 1)
    with pytest.raises(KeyboardInterrupt):
        import_recording(workspace, story_id, sample_media.video(), show_progress=stopped)
    assert any(name.startswith(".part-") for name in files_in(folder))
    import_recording(workspace, story_id, sample_media.wav())
    assert files_in(folder) == ["manifest.json", "take-1.wav"]


def test_a_microphone_that_was_broken_off_goes_on_too(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    from capture.intake.intake_state import CompanionFiles

    recorder = tmp_path / "recorder.wav"
    sample_media.ffmpeg("-i", sample_media.wav(), "-ar", "48000", recorder)
    alongside = CompanionFiles(microphone=recorder)
    stopped = Watched("Listening to both recordings")
    stopped_at = Watched("Copying the original", 2 * BLOCK + 1)
    for show_progress in (stopped_at, stopped):
        with contextlib.suppress(KeyboardInterrupt):
            import_recording(
                workspace,
                story_id,
                sample_media.wav(),
                companions=alongside,
                show_progress=show_progress,
            )
    import_recording(workspace, story_id, sample_media.wav(), companions=alongside)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert set(manifest.checksums) == {"take-1.wav", "microphone-1.wav"}
    assert files_in(folder) == ["manifest.json", "microphone-1.wav", "take-1.wav"]
    assert broken_originals(folder) == []


def test_the_command_says_that_what_was_copied_is_kept(
    story_id: str,
    folder: StoryFolder,
    run_cli: Callable[..., CommandResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped = Watched("Copying the original", BLOCK + 1)
    with monkeypatch.context() as patch:
        patch.setattr("capture.intake.cli._watched", stopped)
        result = run_cli("capture", "import", story_id, sample_media.wav())
    assert result.code == 130
    assert "What was copied is kept: the same command goes on from there." in result.err
    result = run_cli("capture", "import", story_id, sample_media.wav())
    assert result.code == 0, result.err
    assert files_in(folder) == ["manifest.json", "take-1.wav"]
