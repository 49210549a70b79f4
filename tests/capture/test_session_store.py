"""Full disks, failing disks and kills at every change: what was answered for is there."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from capture.originals import broken_originals, read_manifest
from capture.session import read_session
from capture.sessions.deleting import delete
from capture.sessions.finding import find_session, unfinished
from capture.sessions.keeping import keep
from capture.sessions.live import LiveSession
from capture.sessions.opening import prepare, reopen
from capture.sessions.refusals import ChunkNoRoom, NotNow, TakeFailed
from capture.sessions.resuming import finish_decided
from capture.sessions.state import Phase
from library import desk, files
from library.errors import BadInput, Busy, CarerStoriesError, NotAllowed, NotFound
from library.workspace import Workspace
from tests.capture.sitting import MIME, agreed_session, browser_chunks, recorded
from tests.conftest import Ran
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with


@pytest.fixture
def session(workspace: Workspace) -> Iterator[LiveSession]:
    session = agreed_session(workspace)
    session.begin_take(MIME, "take-1")
    yield session
    session.close()


def on_disk(session: LiveSession) -> bytes:
    """What the journal says is safe of the first take, read from the file."""
    with closing(reopen(session.workspace, session.state.id)) as again:
        take = again.state.take(1)
        place = again.folder.take(1, take.suffix)
        return place.read_bytes()[: take.bytes] if take.bytes else b""


def add_two(session: LiveSession) -> None:
    session.add_chunk(1, 0, b"first", 1000)
    session.add_chunk(1, 1, b"second", 2000)


def test_a_full_disk_is_said_and_the_same_part_may_come_again(session: LiveSession) -> None:
    session.add_chunk(1, 0, b"first", 1000)
    counted = count_changes(lambda: session.add_chunk(1, 1, b"second", 2000))
    for at in range(1, counted + 1):
        number = len(session.state.take(1).chunks)
        faulty = FaultySystem(at, refuse_with(errno.ENOSPC))
        with disk(faulty), pytest.raises((ChunkNoRoom, TakeFailed)) as refusal:
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
    with pytest.raises(ChunkNoRoom):
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
    assert session.begin_take(MIME, "take-2").number == 2
    session.add_chunk(2, 0, b"second", 1000)
    session.close()
    assert on_disk(session) == b"first"


def test_killed_at_any_change_nothing_answered_for_is_lost(workspace: Workspace) -> None:
    session = agreed_session(workspace)
    session.begin_take(MIME, "take-1")
    answered: Path = session.folder.root / "answered"

    def record() -> None:
        for number, part in enumerate((b"first", b"second", b"third")):
            session.add_chunk(1, number, part, 1000)
            answered.write_text(str(number + 1))

    at = 0
    while True:
        at += 1
        answered.write_text("0")
        killed = killed_at(at, record)
        with closing(_reopened(session)) as again:
            so_far = len(again.state.take(1).chunks)
            assert so_far >= int(answered.read_text())
            expected = b"".join((b"first", b"second", b"third")[:so_far])
            place = again.folder.take(1, ".webm")
            assert expected == (place.read_bytes() if so_far else b"")[: len(expected)]
        if not killed:
            break
        _wipe(session)
    assert at > 12


def _reopened(session: LiveSession) -> LiveSession:
    session.close()
    return reopen(session.workspace, session.state.id)


def _wipe(session: LiveSession) -> None:
    """As before the first chunk: the journal without its last lines, and no file."""
    lines = session.folder.journal.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if line.endswith(b"\n") and b'"do":"chunk"' not in line]
    session.folder.journal.write_bytes(b"".join(kept))
    session.folder.take(1, ".webm").unlink(missing_ok=True)


def test_kept_it_is_the_recording_of_the_story_with_its_marks(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        recorded(session, "take-1", seconds=6)
        session.mark("m-1", 1, 200, "question", "beginning")
        session.mark("m-2", 1, 4000, "do-not-use")
        recorded(session, "take-2", seconds=3)
        session.mark("m-3", 2, 500, "question", "first-contact")
        session.mark("m-4", 2, 700, "note", text="a lorry outside")
        session.stop()
        raw = session.folder.take(1, ".webm")
        assert raw.read_bytes() == b"".join(browser_chunks(6))
        keep(session)
        story, root = session.state.story, session.folder.root
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert [take.damage for take in manifest.takes] == ["", ""]
    first, second = (take.duration for take in manifest.takes)
    assert (abs(first - 6000) <= 60, abs(second - 3000) <= 60) == (True, True)
    assert broken_originals(folder) == []
    markers = read_session(folder.session).markers
    told = [(one.kind, one.question) for one in markers]
    assert told == [
        ("question", "beginning"),
        ("do-not-use", ""),
        ("take", ""),
        ("question", "first-contact"),
        ("note", ""),
    ]
    after = markers[2].at
    assert 0 <= after - first <= 40, "a take begins where the frames of the one before end"
    assert [one.at - after for one in markers[3:]] == [500, 700]
    assert [path.name for path in root.iterdir()] == ["journal.jsonl"]
    assert unfinished(workspace) == []


def test_a_second_session_is_joined_behind_the_first(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        recorded(session, seconds=3)
        session.mark("m-1", 1, 100, "question", "beginning")
        session.stop()
        keep(session)
        story = session.state.story
    with closing(prepare(workspace, story, "session-2")) as session:
        session.agree("picture-and-voice")
        recorded(session, seconds=6)
        session.mark("m-1", 1, 900, "question", "staff")
        session.stop()
        keep(session)
    manifest = read_manifest(workspace.story(story))
    assert manifest is not None
    assert len(manifest.takes) == 2
    marks = [m for m in read_session(workspace.story(story).session).markers if m.question]
    assert [one.question for one in marks] == ["beginning", "staff"]
    assert 3800 <= marks[1].at <= 4000


def test_a_torn_end_is_kept_as_far_as_it_can_be_played(workspace: Workspace) -> None:
    """The chunk that a kill tore was never answered for; what reached the disk still counts."""
    parts = browser_chunks(6)
    session = agreed_session(workspace)
    session.begin_take(MIME, "take-1")
    for number, part in enumerate(parts[:4]):
        session.add_chunk(1, number, part, (number + 1) * 1000)
    place = session.folder.take(1, ".webm")
    place.write_bytes(place.read_bytes() + parts[4][: len(parts[4]) // 2])
    with closing(_reopened(session)) as again:
        assert again.state.phase is Phase.RECORDING
        again.stop()
        keep(again)
    manifest = read_manifest(workspace.story(session.state.story))
    assert manifest is not None
    assert 4000 <= manifest.takes[0].duration <= 5000
    assert manifest.takes[0].damage == ""


def test_a_take_in_which_nothing_came_is_left_out_and_its_file_stays(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        session.begin_take(MIME, "take-1")
        session.add_chunk(1, 0, browser_chunks(3)[0][:90], 10)
        session.end_take(1, 10, 1, "device-lost")
        recorded(session, "take-2", seconds=3)
        session.mark("m-1", 2, 300, "question", "beginning")
        session.stop()
        keep(session)
        assert session.folder.take(1, ".webm").exists()
        story = session.state.story
    (marker,) = [m for m in read_session(workspace.story(story).session).markers if m.question]
    assert marker.at == 300


def test_nothing_playable_is_said_and_can_be_deleted(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        session.begin_take(MIME, "take-1")
        session.add_chunk(1, 0, b"this is no film", 1000)
        session.stop()
        with pytest.raises(BadInput, match="Nothing that can be played"):
            keep(session)
        assert session.folder.take(1, ".webm").read_bytes() == b"this is no film"
        delete(session)
        assert not session.folder.root.exists()


@pytest.mark.slow
def test_keeping_that_is_killed_anywhere_is_finished_by_doing_it_again(
    workspace: Workspace,
) -> None:
    """Until the recording lies among the originals, it lies where it was recorded."""
    data = b"".join(browser_chunks(3))
    for at in range(1, 200, 4):
        session = agreed_session(workspace)
        recorded(session, seconds=3)
        session.mark("m-1", 1, 100, "question", "beginning")
        session.stop()
        killed = killed_at(at, lambda session=session: keep(session))  # type: ignore[misc]
        session.close()
        folder = workspace.story(session.state.story)
        archived = (folder.original / "take-1.mkv").exists() and folder.manifest.exists()
        raw = session.folder.take(1, ".webm")
        assert archived or raw.read_bytes() == data
        _finish(workspace, session.state.id)
        assert broken_originals(folder) == []
        manifest = read_manifest(folder)
        assert manifest is not None
        assert len(manifest.takes) == 1
        marks = [one.question for one in read_session(folder.session).markers]
        assert marks == ["beginning"]
        assert [path.name for path in session.folder.root.iterdir()] == ["journal.jsonl"]
        if not killed:
            return
    raise AssertionError("keeping never came to its end")


def _finish(workspace: Workspace, session_id: str) -> None:
    assert finish_decided(workspace) == []
    for one in unfinished(workspace):
        assert one.id == session_id
        with closing(reopen(workspace, session_id)) as session:
            keep(session)


def test_deleting_that_is_killed_anywhere_is_finished_at_the_next_start(
    workspace: Workspace,
) -> None:
    for at in range(1, 100):
        session = agreed_session(workspace)
        session.begin_take(MIME, "take-1")
        session.add_chunk(1, 0, b"the first words", 1000)
        session.stop()
        killed = killed_at(at, lambda session=session: delete(session))  # type: ignore[misc]
        session.close()
        assert finish_decided(workspace) == []
        left = session.folder.root.exists()
        if left:  # killed before it was written down that it should be deleted
            with closing(reopen(workspace, session.state.id)) as again:
                assert again.state.phase is Phase.STOPPED
                delete(again)
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
        delete(session)
    assert not session.folder.take(1, ".webm").exists()
    assert session.state.phase is Phase.DELETING
    delete(session)
    with pytest.raises(NotFound):
        find_session(session.workspace, session.state.id)


def test_a_story_that_was_withdrawn_is_not_recorded_any_further(session: LiveSession) -> None:
    add_two(session)
    desk.record_withdrawal(session.workspace, session.state.story, asked_by="contributor")
    session.end_take(1, 2000, 2, "next")
    with pytest.raises(NotAllowed, match="withdrawn"):
        session.begin_take(MIME, "take-2")
    session.stop()
    with pytest.raises(NotAllowed, match="withdrawn"):
        keep(session)
    delete(session)


def test_one_session_of_a_story_at_a_time(session: LiveSession) -> None:
    with pytest.raises(Busy, match="open in another program"):
        reopen(session.workspace, session.state.id)
    with pytest.raises(NotNow) as refusal:
        prepare(session.workspace, session.state.story, "session-2")
    assert refusal.value.facts["session"] == session.state.id


def test_recover_lists_and_keeps(workspace: Workspace, run_cli: object) -> None:
    session = agreed_session(workspace)
    session.begin_take(MIME, "take-1")
    for number, part in enumerate(browser_chunks(3)):
        session.add_chunk(1, number, part, (number + 1) * 1000)
    session.close()
    run = run_cli
    listed: Ran = run("capture", "recover")  # type: ignore[operator]
    assert session.state.id in listed.out
    assert "0:03 recorded in 1 take" in listed.out
    kept: Ran = run("capture", "recover", session.state.id, "--keep")  # type: ignore[operator]
    assert kept.code == 0, kept.err
    assert f"carer-stories transcribe {session.state.story}" in kept.out
    assert read_manifest(workspace.story(session.state.story)) is not None
    again: Ran = run("capture", "recover")  # type: ignore[operator]
    assert "nothing is to be recovered" in again.out


def test_recover_deletes_with_a_receipt(workspace: Workspace, run_cli: object) -> None:
    session = agreed_session(workspace)
    session.begin_take(MIME, "take-1")
    session.add_chunk(1, 0, b"words", 1000)
    session.close()
    deleted: Ran = run_cli("capture", "recover", session.state.id, "--delete")  # type: ignore[operator]
    assert (deleted.code, "was deleted on" in deleted.out) == (0, True)
    assert not session.folder.root.exists()
