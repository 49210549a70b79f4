"""Full disks, failing disks and kills at every change: what was answered for is there."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from capture.sessions.finalise import delete_session, finish_interrupted, keep_session
from capture.sessions.live_session import LiveSession
from capture.sessions.refusals import NoRoomForChunk, NotNow, TakeFailed
from capture.sessions.session_folders import (
    create_session,
    find_session,
    reopen_session,
    unfinished_sessions,
)
from capture.sessions.state import Phase
from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.errors import Busy, CarerStoriesError, NotAllowed, NotFound
from library.core.workspace import Workspace
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with
from tests.support.live_station import MIME, agreed_session, browser_chunks
from tests.support.sample_media import agreed_story


@pytest.fixture
def session(workspace: Workspace) -> Iterator[LiveSession]:
    session = agreed_session(workspace)
    session.start_take(MIME, "take-1")
    yield session
    session.close()


def on_disk(session: LiveSession) -> bytes:
    """The bytes of the first take that the journal says are safe, read from the file."""
    with closing(reopen_session(session.workspace, session.state.id)) as reopened:
        take = reopened.state.take(1)
        path = reopened.folder.take(1, take.suffix)
        return path.read_bytes()[: take.bytes] if take.bytes else b""


def add_two(session: LiveSession) -> None:
    session.add_chunk(1, 0, b"first", 1000)
    session.add_chunk(1, 1, b"second", 2000)


def test_a_full_disk_is_said_and_the_same_part_may_come_again(session: LiveSession) -> None:
    session.add_chunk(1, 0, b"first", 1000)
    counted = count_changes(lambda: session.add_chunk(1, 1, b"second", 2000))
    for at in range(1, counted + 1):
        number = len(session.state.take(1).chunks)
        faulty = FaultySystem(at, refuse_with(errno.ENOSPC))
        with disk(faulty), pytest.raises((NoRoomForChunk, TakeFailed)) as refusal:
            session.add_chunk(1, number, b"part", 3000)
        assert "safe" in refusal.value.what
        assert refusal.value.facts["next"] == number
        session.add_chunk(1, number, b"part", 3000)
    session.close()
    assert on_disk(session) == b"firstsecond" + b"part" * counted


def test_a_disk_with_too_little_room_left_is_not_filled(
    session: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some room stays, so that the session can still be ended in order."""
    monkeypatch.setattr(files, "free_bytes", lambda _path: 1_000_000)
    with pytest.raises(NoRoomForChunk):
        session.add_chunk(1, 0, b"first", 1000)
    session.stop()
    assert session.state.phase is Phase.STOPPED


def test_a_failing_disk_ends_no_session(session: LiveSession) -> None:
    session.add_chunk(1, 0, b"first", 1000)
    with (
        disk(FaultySystem(3, refuse_with(errno.EIO))),  # open, write, fsync
        pytest.raises(TakeFailed) as refusal,
    ):
        session.add_chunk(1, 1, b"second", 2000)
    assert "next" in refusal.value.facts
    session.end_take(1, 1000, 1, "failed")
    assert session.start_take(MIME, "take-2").number == 2
    session.add_chunk(2, 0, b"second", 1000)
    session.close()
    assert on_disk(session) == b"first"


def test_killed_at_any_change_nothing_answered_for_is_lost(workspace: Workspace) -> None:
    session = agreed_session(workspace)
    session.start_take(MIME, "take-1")
    answered_path: Path = session.folder.root / "answered"

    def record() -> None:
        for number, part in enumerate((b"first", b"second", b"third")):
            session.add_chunk(1, number, part, 1000)
            answered_path.write_text(str(number + 1))

    at = 0
    while True:
        at += 1
        answered_path.write_text("0")
        killed = killed_at(at, record)
        with closing(_reopened(session)) as reopened:
            chunk_count = len(reopened.state.take(1).chunks)
            assert chunk_count >= int(answered_path.read_text())
            expected = b"".join((b"first", b"second", b"third")[:chunk_count])
            path = reopened.folder.take(1, ".webm")
            assert expected == (path.read_bytes() if chunk_count else b"")[: len(expected)]
        if not killed:
            break
        _wipe(session)
    assert at > 12


def _reopened(session: LiveSession) -> LiveSession:
    session.close()
    return reopen_session(session.workspace, session.state.id)


def _wipe(session: LiveSession) -> None:
    """As before the first chunk: the journal without its last lines, and no file."""
    lines = session.folder.journal.read_bytes().splitlines(keepends=True)
    other_lines = [line for line in lines if line.endswith(b"\n") and b'"do":"chunk"' not in line]
    session.folder.journal.write_bytes(b"".join(other_lines))
    session.folder.take(1, ".webm").unlink(missing_ok=True)


def test_deleting_that_is_killed_anywhere_is_finished_at_the_next_start(
    workspace: Workspace,
) -> None:
    for at in range(1, 100):
        session = agreed_session(workspace)
        session.start_take(MIME, "take-1")
        session.add_chunk(1, 0, b"the first words", 1000)
        session.stop()
        killed = killed_at(at, lambda session=session: delete_session(session))  # type: ignore[misc]
        session.close()
        assert finish_interrupted(workspace) == []
        left = session.folder.root.exists()
        if left:  # killed before it was written down that it should be deleted
            with closing(reopen_session(workspace, session.state.id)) as reopened:
                assert reopened.state.phase is Phase.STOPPED
                delete_session(reopened)
        assert not session.folder.root.exists()
        story, name = session.state.story, session.state.id
        assert (workspace.receipts / f"deleted-{story}-{name}.json").exists()
        assert b"the first words" not in _everything(workspace)
        if not killed:
            return
    raise AssertionError("deleting never came to its end")


def _everything(workspace: Workspace) -> bytes:
    return b"".join(path.read_bytes() for path in workspace.root.rglob("*") if path.is_file())


def test_a_full_disk_does_not_keep_a_recording_from_being_deleted(session: LiveSession) -> None:
    add_two(session)
    session.stop()
    full = FaultySystem(1, refuse_with(errno.ENOSPC), stay=True)
    real_unlink = files.System.unlink
    full.unlink = lambda path: real_unlink(full, path)  # type: ignore[method-assign]
    with disk(full), pytest.raises(CarerStoriesError):
        delete_session(session)
    assert not session.folder.take(1, ".webm").exists()
    assert session.state.phase is Phase.DELETING
    delete_session(session)
    with pytest.raises(NotFound):
        find_session(session.workspace, session.state.id)


def test_a_story_that_was_withdrawn_is_not_recorded_any_further(session: LiveSession) -> None:
    add_two(session)
    record_withdrawal(session.workspace, session.state.story, asked_by="contributor")
    session.end_take(1, 2000, 2, "next")
    with pytest.raises(NotAllowed, match="withdrawn"):
        session.start_take(MIME, "take-2")
    session.stop()
    with pytest.raises(NotAllowed, match="withdrawn"):
        keep_session(session)
    delete_session(session)


def test_one_session_of_a_story_at_a_time(session: LiveSession) -> None:
    with pytest.raises(Busy, match="open in another program"):
        reopen_session(session.workspace, session.state.id)
    with pytest.raises(NotNow) as refusal:
        create_session(session.workspace, session.state.story, "session-2")
    assert refusal.value.facts["session"] == session.state.id


def test_the_newest_unfinished_session_is_listed_first(workspace: Workspace) -> None:
    days = ["2026-03-02", "2026-03-04", "2026-03-03"]
    for day in days:
        story = agreed_story(workspace)
        with closing(create_session(workspace, story, "session-1")) as session:
            journal = session.folder.journal
        written_on = journal.read_bytes().partition(b'"written":"')[2][:10]
        journal.write_bytes(journal.read_bytes().replace(written_on, day.encode(), 1))
    created_days = [session.created[:10] for session in unfinished_sessions(workspace)]  # type: ignore[union-attr]
    assert created_days == sorted(days, reverse=True)


def test_what_is_safe_is_read_from_the_bytes_also_after_a_kill(workspace: Workspace) -> None:
    parts = browser_chunks(6)
    session = agreed_session(workspace)
    session.start_take(MIME, "take-1")
    for number, part in enumerate(parts[:3]):
        session.add_chunk(1, number, part, 60_000 * (number + 1))
    assert abs(session.state.safe - 3000) < 60, "whatever the sender says of its clock"
    session.close()
    path = session.folder.take(1, ".webm")
    path.write_bytes(path.read_bytes() + parts[3][:1000])
    with closing(reopen_session(workspace, session.state.id)) as again:
        assert again.state.safe == session.state.safe
        again.add_chunk(1, 3, parts[3], 4000)
        assert abs(again.state.safe - 4000) < 60


def test_what_was_thrown_away_or_slept_through_is_not_called_safe(workspace: Workspace) -> None:
    """Four seconds, then a stretch in which the recorder stood still, then one that is lost."""
    parts = browser_chunks(6)
    with closing(agreed_session(workspace)) as session:
        session.start_take(MIME, "take-1")
        kept = (*parts[:4], parts[5])
        for number, part in enumerate(kept):
            session.add_chunk(1, number, part, 1000 * (number + 1))
        session.end_take(1, 12_000, 11, "stopped", accept_loss=True)
        state = session.state
    assert abs(state.safe - 5000) < 60
    assert abs(state.empty - 1000) < 60
    assert abs(state.lost - 6000) < 60
