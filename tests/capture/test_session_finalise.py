"""A session is kept as the story's recording, however often that is broken off."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from capture.sessions import live_session
from capture.sessions.finalise import delete_session, finish_interrupted, keep_session
from capture.sessions.session_folders import create_session, reopen_session, unfinished_sessions
from capture.sessions.state import Phase
from library.core.errors import BadInput
from library.core.workspace import Workspace
from tests.faults import killed_at
from tests.support.command_line import CommandResult
from tests.support.kept_files import broken_originals
from tests.support.live_station import MIME, agreed_session, browser_chunks, record_take

_FRAME_MS = 40
"""Of the films that `live_station` plays, at 25 frames a second."""
_LENGTH_TOLERANCE_MS = 60
"""A frame and a packet of sound (20 ms): by so much a take may end before or after its seconds."""


def test_kept_it_is_the_recording_of_the_story_with_its_markers(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        record_take(session, "take-1", seconds=6)
        session.add_marker("m-1", 1, 200, "question", "beginning")
        session.add_marker("m-2", 1, 4000, "do-not-use")
        record_take(session, "take-2", seconds=3)
        session.add_marker("m-3", 2, 500, "question", "first-contact")
        session.add_marker("m-4", 2, 700, "note", text="a lorry outside")
        session.stop()
        raw = session.folder.take(1, ".webm")
        assert raw.read_bytes() == b"".join(browser_chunks(6))
        keep_session(session)
        story, root = session.state.story, session.folder.root
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert [take.damage for take in manifest.takes] == ["", ""]
    first, second = (take.duration for take in manifest.takes)
    assert first == pytest.approx(6000, abs=_LENGTH_TOLERANCE_MS)
    assert second == pytest.approx(3000, abs=_LENGTH_TOLERANCE_MS)
    assert broken_originals(folder) == []
    markers = read_session(folder.session).markers
    kinds = [(marker.kind, marker.question) for marker in markers]
    assert kinds == [
        ("question", "beginning"),
        ("do-not-use", ""),
        ("take", ""),
        ("question", "first-contact"),
        ("note", ""),
    ]
    after = markers[2].at
    assert 0 <= after - first <= _FRAME_MS, "a take begins where the frames of the one before end"
    assert [marker.at - after for marker in markers[3:]] == [500, 700]
    assert [path.name for path in root.iterdir()] == ["journal.jsonl"]
    assert unfinished_sessions(workspace) == []


def test_a_second_session_is_joined_after_the_first(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        record_take(session, seconds=3)
        session.add_marker("m-1", 1, 100, "question", "beginning")
        session.stop()
        keep_session(session)
        story = session.state.story
    with closing(create_session(workspace, story, "session-2")) as session:
        session.confirm_agreement("picture-and-voice")
        record_take(session, seconds=6)
        session.add_marker("m-1", 1, 900, "question", "staff")
        session.stop()
        keep_session(session)
    manifest = read_manifest(workspace.story(story))
    assert manifest is not None
    assert len(manifest.takes) == 2
    markers = [m for m in read_session(workspace.story(story).session).markers if m.question]
    assert [marker.question for marker in markers] == ["beginning", "staff"]
    # 900 ms into the second take, which begins where the first ends.
    assert markers[1].at == pytest.approx(3000 + 900, abs=_LENGTH_TOLERANCE_MS + _FRAME_MS)


def test_a_torn_end_is_kept_as_far_as_it_can_be_played(workspace: Workspace) -> None:
    """The chunk that a kill tore was never answered for; what reached the disk still counts."""
    parts = browser_chunks(6)
    session = agreed_session(workspace)
    session.start_take(MIME, "take-1")
    for number, part in enumerate(parts[:4]):
        session.add_chunk(1, number, part, (number + 1) * 1000)
    path = session.folder.take(1, ".webm")
    path.write_bytes(path.read_bytes() + parts[4][: len(parts[4]) // 2])
    session.close()
    with closing(reopen_session(workspace, session.state.id)) as reopened:
        assert reopened.state.phase is Phase.RECORDING
        reopened.stop()
        keep_session(reopened)
    manifest = read_manifest(workspace.story(session.state.story))
    assert manifest is not None
    assert 4000 <= manifest.takes[0].duration <= 5000
    assert manifest.takes[0].damage == ""


def test_a_take_in_which_nothing_came_is_left_out_and_its_file_stays(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        session.start_take(MIME, "take-1")
        # The first bytes of a header, in which no frame has come yet.
        session.add_chunk(1, 0, browser_chunks(3)[0][:90], 10)
        session.end_take(1, 10, 1, "device-lost")
        record_take(session, "take-2", seconds=3)
        session.add_marker("m-1", 2, 300, "question", "beginning")
        session.stop()
        keep_session(session)
        assert session.folder.take(1, ".webm").exists()
        story = session.state.story
    (marker,) = [m for m in read_session(workspace.story(story).session).markers if m.question]
    assert marker.at == 300


def test_nothing_playable_is_said_and_can_be_deleted(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        session.start_take(MIME, "take-1")
        session.add_chunk(1, 0, b"this is no film", 1000)
        session.stop()
        with pytest.raises(BadInput, match="Nothing that can be played"):
            keep_session(session)
        assert session.folder.take(1, ".webm").read_bytes() == b"this is no film"
        delete_session(session)
        assert not session.folder.root.exists()


@pytest.mark.slow
def test_keeping_that_is_killed_anywhere_is_finished_by_doing_it_again(
    workspace: Workspace,
) -> None:
    """Until the recording lies among the originals, it lies where it was recorded.

    In a usual run at every seventh change of the disk; with EVERY_FAULT set at each one.
    """
    data = b"".join(browser_chunks(3))
    for at in range(1, 200, 1 if os.environ.get("EVERY_FAULT") else 7):
        session = agreed_session(workspace)
        record_take(session, seconds=3)
        session.add_marker("m-1", 1, 100, "question", "beginning")
        session.stop()
        killed = killed_at(at, lambda session=session: keep_session(session))  # type: ignore[misc]
        session.close()
        folder = workspace.story(session.state.story)
        archived = (folder.original / "take-1.mkv").exists() and folder.manifest.exists()
        raw = session.folder.take(1, ".webm")
        assert archived or raw.read_bytes() == data
        killed_at_work = session.folder.root / ".wrapped-1.new-abc"  # by more than an exception
        killed_at_work.mkdir()
        (killed_at_work / "opus.raw").write_bytes(b"their voice")
        _finish(workspace, session.state.id)
        assert broken_originals(folder) == []
        manifest = read_manifest(folder)
        assert manifest is not None
        assert len(manifest.takes) == 1
        marks = [marker.question for marker in read_session(folder.session).markers]
        assert marks == ["beginning"]
        assert [path.name for path in session.folder.root.iterdir()] == ["journal.jsonl"]
        if not killed:
            return
    raise AssertionError("keeping never came to its end")


def _finish(workspace: Workspace, session_id: str) -> None:
    assert finish_interrupted(workspace) == []
    for unfinished in unfinished_sessions(workspace):
        assert unfinished.id == session_id
        with closing(reopen_session(workspace, session_id)) as session:
            keep_session(session)


def test_recover_lists_and_keeps(workspace: Workspace, run_cli: object) -> None:
    session = agreed_session(workspace)
    session.start_take(MIME, "take-1")
    for number, part in enumerate(browser_chunks(3)):
        session.add_chunk(1, number, part, (number + 1) * 1000)
    session.close()
    run = run_cli
    listing: CommandResult = run("capture", "recover")  # type: ignore[operator]
    assert session.state.id in listing.out
    assert "0:03 recorded in 1 take" in listing.out
    result: CommandResult = run("capture", "recover", session.state.id, "--keep")  # type: ignore[operator]
    assert result.code == 0, result.err
    assert f"carer-stories transcribe {session.state.story}" in result.out
    assert read_manifest(workspace.story(session.state.story)) is not None
    second_listing: CommandResult = run("capture", "recover")  # type: ignore[operator]
    assert "There is nothing to recover" in second_listing.out


def test_recover_deletes_with_a_receipt_what_has_stopped_growing(
    workspace: Workspace, run_cli: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = agreed_session(workspace)
    session.start_take(MIME, "take-1")
    session.add_chunk(1, 0, b"words", 1000)
    session.close()
    refused: CommandResult = run_cli("capture", "recover", session.state.id, "--delete")  # type: ignore[operator]
    assert (refused.code, "or was a few seconds ago" in refused.err) == (4, True)
    assert session.folder.take(1, ".webm").read_bytes() == b"words"
    monkeypatch.setattr(live_session, "GROWING_SECONDS", 0.0)
    deleted: CommandResult = run_cli("capture", "recover", session.state.id, "--delete")  # type: ignore[operator]
    assert (deleted.code, "was deleted on" in deleted.out) == (0, True)
    assert not session.folder.root.exists()


def test_a_receipt_tells_of_a_backup_that_may_hold_what_was_deleted(
    workspace: Workspace, run_cli: object, tmp_path: Path
) -> None:
    with closing(agreed_session(workspace)) as session:
        record_take(session, seconds=3)
        session.stop()
    before: CommandResult = run_cli("backup", tmp_path / "stick")  # type: ignore[operator]
    assert before.code == 0, before.err
    with closing(reopen_session(workspace, session.state.id)) as again:
        receipt = delete_session(again)
    assert str(tmp_path / "stick") in receipt.text
    assert "had not been copied" not in receipt.text
