"""One at a time, in the order in which they came; who waits is told for whom."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core import lock, lock_queue
from library.core.errors import Busy
from library.core.workspace import Workspace
from library.records import store
from library.records.store import Store
from tests.support.command_line import CommandResult

Cli = Callable[..., CommandResult]


@pytest.fixture
def lock_path(tmp_path: Path) -> Path:
    return tmp_path / "records.json.lock"


class Heard(lock.Caller):
    """Sentences that a command line would have printed."""

    def __init__(self, name: str = "carer-stories film") -> None:
        self.name = name
        self.sentences: list[str] = []

    def command(self) -> str:
        return self.name

    def report_waiting(self, sentence: str) -> None:
        self.sentences.append(sentence)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    messages = Heard()
    monkeypatch.setattr(lock, "caller", messages)
    monkeypatch.setattr(lock, "NOTICE_AFTER_S", 0.01)
    return messages


def busy() -> Busy:
    return Busy("The records are in use.", "Wait until they are free.")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def tickets(lock_path: Path) -> list[str]:
    return sorted(path.name for path in lock_path.parent.iterdir() if path != lock_path)


def test_those_who_wait_have_their_turn_in_the_order_they_came(lock_path: Path) -> None:
    order: list[int] = []

    def wait_for_it(number: int) -> None:
        with lock.locked(lock_path, busy=busy(), timeout=60):
            order.append(number)

    threads = []
    with lock.locked(lock_path, busy=busy()):
        for number in range(5):
            threads.append(threading.Thread(target=wait_for_it, args=(number,)))
            threads[-1].start()
            until(lambda: len(tickets(lock_path)) == len(threads))
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert tickets(lock_path) == []


def test_a_newcomer_stands_behind_those_who_wait_and_passes_the_dead(lock_path: Path) -> None:
    stem = f"{lock_path.stem}.{1:020}"
    alive, killed = (lock_path.with_name(f"{stem}-{token}.lock") for token in ("aaaaaa", "bbbbbb"))
    killed.touch()
    os.utime(killed, (1, 1))
    with lock.locked(lock_path, busy=busy(), timeout=60):
        pass  # nobody who is alive waits
    alive.touch()
    assert lock_queue.any_waiting(lock_path)
    with lock_queue.queueing(lock_path) as queue_place:
        assert queue_place() == 1
        assert not killed.exists(), "long abandoned, it is taken away"
        alive.unlink()
        assert queue_place() == 0
    with lock.locked(lock_path, busy=busy()):  # who has no patience asks for no turn
        pass


def test_patience_begins_anew_whenever_somebody_before_has_had_their_turn(lock_path: Path) -> None:
    """Two ahead of the last hold it for longer than its patience together, each for less."""
    errors: list[Busy] = []

    def wait_for_it(hold: float, timeout: float) -> None:
        try:
            with lock.locked(lock_path, busy=busy(), timeout=timeout):
                time.sleep(hold)
        except Busy as error:
            errors.append(error)

    threads = []
    with lock.locked(lock_path, busy=busy()):
        for hold, limit in [*[(0.25, 60.0)] * 6, (0.0, 1.0)]:
            threads.append(threading.Thread(target=wait_for_it, args=(hold, limit)))
            threads[-1].start()
            until(lambda: len(tickets(lock_path)) == len(threads))
    for thread in threads:
        thread.join()
    assert not errors


def test_a_disk_that_takes_no_ticket_keeps_nobody_waiting(
    lock_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse_ticket(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(path) != lock_path:
            raise OSError(28, "No space left on device")
        return real(path, flags, mode)

    with lock.locked(lock_path, busy=busy()):
        monkeypatch.setattr(lock_queue.os, "open", refuse_ticket)
        with pytest.raises(Busy), lock.locked(lock_path, busy=busy(), timeout=0.05):
            pytest.fail("held twice")
    with lock.locked(lock_path, busy=busy(), timeout=0.05):
        pass


def test_whoever_waits_is_told_for_whom_and_so_is_who_gives_up(
    lock_path: Path, heard: Heard
) -> None:
    with (
        lock.locked(lock_path, busy=busy()),
        pytest.raises(Busy) as error,
        lock.locked(lock_path, busy=busy(), timeout=0.1),
    ):
        pytest.fail("held twice")
    (message,) = heard.sentences
    who = f"The records are in use. That is carer-stories film (process {os.getpid()}), since "
    assert message.startswith(who)
    assert message.endswith(" Waiting; this gives up when nothing moves for 0 seconds.")
    assert error.value.what.startswith(who)
    assert error.value.next_step == "Wait until they are free."


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b'{"command":"carer-stories \\u001b[31m","process":1,"since":"2026-03-01T10:00:00Z"}',
        b'{"command":"carer-stories film","process":1,"since":"2026-99-01T10:00:00Z"}',
        b'{"command":"carer-stories film","process":1,"since":"0001-01-01T00:00:00+14:00"}',
        b'{"command":"rm -rf /","process":1,"since":"2026-03-01T10:00:00Z"}',
        b"[" * 2000,
    ],
)
def test_a_note_that_is_not_ours_is_not_shown(lock_path: Path, heard: Heard, note: bytes) -> None:
    with lock.locked(lock_path, busy=busy()):
        lock_path.write_bytes(note.ljust(300))
        with pytest.raises(Busy) as error, lock.locked(lock_path, busy=busy(), timeout=0.05):
            pytest.fail("held twice")
    assert error.value.what == "The records are in use."
    assert len(heard.sentences) == 1
    assert heard.sentences[0].startswith("The records are in use. Waiting; ")
    with lock.locked(lock_path, busy=busy()):
        assert lock.holder_of(lock_path), "the next note is read whatever was there"


def test_a_note_names_no_more_than_command_process_and_time(lock_path: Path, heard: Heard) -> None:
    heard.name = "carer-stories story new"
    with lock.locked(lock_path, busy=busy()):
        assert json.loads(lock_path.read_bytes()).keys() == {"command", "process", "since"}
        assert lock_path.stat().st_mode & 0o777 == 0o600
    heard.name = "carer-stories edit cs-4k7m2q"
    with lock.locked(lock_path, busy=busy()):
        assert lock.holder_of(lock_path) is None, "an id is no command"


def test_a_command_says_that_it_waits_and_goes_on(workspace: Workspace) -> None:
    """A real process, its stdout JSON all the same."""
    command = [sys.executable, "-m", "carer_stories", "story", "new", "--title", "Waited"]
    with subprocess.Popen(
        [*command, "--questions", "being-heard", "--json"],
        cwd=workspace.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        # Held from before it can have asked: its own start takes far longer.
        with Store(workspace.database).locked():
            first_line = process.stderr.readline()
        out, err = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0
    assert "Another command is at work on this library" in first_line
    assert f"(process {os.getpid()})" in first_line
    assert first_line.endswith(" Waiting; this gives up when nothing moves for 10 seconds.\n")
    assert json.loads(out)["title"] == "Waited"
    assert err == ""


def test_a_command_that_waited_in_vain_names_who_it_was_and_changed_nothing(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LOCK_TIMEOUT_S", 0.05)
    program = """
import sys
from pathlib import Path
from library.core import lock
from library.records.store import Store
lock.caller.command = lambda: "carer-stories withdraw"
with Store(Path(sys.argv[1])).locked():
    print(flush=True)
    sys.stdin.read()
"""
    before = workspace.database.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(workspace.database)],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        result = run_cli("story", "new", "--title", "In vain", "--questions", "being-heard")
    assert result.code == 6
    assert f"That is carer-stories withdraw (process {process.pid}), since " in result.err
    assert "Wait until it is done, then run this again; nothing was changed." in result.err
    assert workspace.database.read_bytes() == before
    assert run_cli("story", "new", "--title", "Then", "--questions", "being-heard").code == 0
