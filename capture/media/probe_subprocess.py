"""Describe a file from outside in a process of its own.

Containers are read by a large body of C inside our own process (PyAV). A file that was made to
break it must cost that one process and nothing else: not a station in which somebody is being
recorded. The process is held to the same limits as ffmpeg and has no network; it may read any file
that we may. It prints its result as JSON.

On Linux it is a copy of one that has PyAV loaded, looks at no file itself, and waits a minute for
the next: loading takes ten times as long as looking. What a file breaks ends with its copy.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.media.input_files import display_name, unreadable_file
from capture.media.probe import probe, stated_start
from capture.media.process_limits import no_network_command, probe_limits
from capture.media.recording import Recording
from capture.media.run_ffmpeg import RUN_AGAIN
from library.core.errors import BadInput, CarerStoriesError, ToolFailed
from library.core.files import translate_disk_errors
from library.core.struct_file import UNDECODABLE

_MODULE = "capture.media.probe_subprocess"
_COPIES_ITSELF = sys.platform.startswith("linux")
_TIME_LIMIT_SECONDS = 120
"""A probe decodes one frame; on a busy machine, and from a slow card, that takes seconds."""
_IDLE_SECONDS = 60
_MAX_PATH_BYTES = 65_536
_MEND_OR_REPLACE = (
    "It may be damaged, or made to do harm. Copy it again from the camera, phone or recorder, or "
    "export it again as MP4."
)


class _Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refused"):
    what: str
    next_step: str


class _Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="found"):
    recording: Recording
    started: float | None


def probe_in_subprocess(path: Path) -> Recording:
    """Describe a file as `probe` does, in a child process.

    Raises BadInput as `probe` does, and where the file broke the child; ToolFailed where the
    child could not be started.
    """
    return _described(path).recording


def start_in_subprocess(path: Path) -> float | None:
    """Return when a recording began, by the clock of its camera, in seconds; None if not stated.

    Raises as `probe_in_subprocess` does.
    """
    return _described(path).started


def _described(path: Path) -> _Described:
    with translate_disk_errors(path, "read"):
        status = path.stat()
    return _cached_probe(path, (status.st_ino, status.st_size, status.st_mtime_ns))


@functools.lru_cache(maxsize=128)  # a file is probed to show what it is, then to import it
def _cached_probe(path: Path, _file_state: tuple[int, int, int]) -> _Described:
    # `_file_state` is only part of the cache's key: a file that changed is probed again.
    try:
        output = _ask_server(path) if _COPIES_ITSELF else _ask_one_process(path)
    except TimeoutError:
        raise unreadable_file(
            path, "examining it took more than two minutes", _MEND_OR_REPLACE
        ) from None
    try:
        answer: _Refused | _Described = msgspec.json.decode(output, type=_Refused | _Described)
    except UNDECODABLE:
        raise unreadable_file(
            path, "it broke the program that reads it", _MEND_OR_REPLACE
        ) from None
    if isinstance(answer, _Refused):
        raise BadInput(answer.what, answer.next_step)
    return answer


def _ask_one_process(path: Path) -> bytes:
    """Return what a process prints that is started for this file. Raises TimeoutError."""
    process = _start(path, str(path.absolute()), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        return process.communicate(timeout=_TIME_LIMIT_SECONDS)[0]
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    finally:
        process.kill()
        process.wait()


def _start(path: Path, *arguments: str, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
    """Start a process that looks at files, with its limits. Raises ToolFailed."""
    # -P: no module in the current folder is imported. No standard input: the keyboard is ours.
    command = [*no_network_command(), sys.executable, "-P", "-B", "-m", _MODULE, *arguments]
    # A group of its own, so that it can be ended with its copies.
    group = 0 if _COPIES_ITSELF else None
    try:
        process = subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, process_group=group
        )
    except (OSError, ValueError) as error:
        raise ToolFailed(
            f"{display_name(path)} could not be examined: the program that reads it did not start.",
            RUN_AGAIN,
        ) from error
    probe_limits(_TIME_LIMIT_SECONDS).apply_to(process.pid)
    return process


@dataclass(frozen=True)
class _ProbeServer:
    """A process that copies itself for each file that it is sent."""

    process: subprocess.Popen[bytes]
    requests: socket.socket
    account: int
    """The user it looks at files as: whoever becomes another needs another."""

    def ask(self, path: Path) -> bytes:
        """Return what its copy for this file writes. Raises TimeoutError."""
        answer, to_copy = os.pipe()
        try:
            try:
                # Closed before it is read from: else it would end with the copy and not be seen to.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    socket.send_fds(self.requests, [os.fsencode(path.absolute())], [to_copy])
            finally:
                os.close(to_copy)
            return _read_to_end(answer)
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(answer)

    def is_running(self) -> bool:
        try:
            return self.requests.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def stop(self) -> None:
        """End it, and every copy that still looks at a file."""
        self.requests.close()
        if self.process.poll() is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _read_to_end(handle: int) -> bytes:
    """Return all that is written into a pipe within the time limit. Raises TimeoutError."""
    deadline = time.monotonic() + _TIME_LIMIT_SECONDS
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    parts: list[bytes] = []
    while waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
        part = os.read(handle, 65_536)
        if not part:
            return b"".join(parts)
        parts.append(part)
    raise TimeoutError


_servers: list[_ProbeServer] = []
"""The one that runs, if one does."""


def _ask_server(path: Path) -> bytes:
    """Return what is written about a file; nothing where it broke what reads it.

    Raises ToolFailed and TimeoutError.
    """
    for _ in range(2):
        server = _running_server(path)
        answer = server.ask(path)
        if answer or server.is_running():
            return answer
        # It ended itself just now, or was killed: that need not be this file's fault.
        stop_server()
    return b""


def _running_server(path: Path) -> _ProbeServer:
    """Return the one that waits, or a new one. Raises ToolFailed."""
    if _servers and _servers[0].account == os.geteuid() and _servers[0].is_running():
        return _servers[0]
    stop_server()
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        process = _start(path, stdin=its.fileno(), stdout=subprocess.DEVNULL)
    server = _ProbeServer(process, ours, os.geteuid())
    _servers.append(server)
    return server


@atexit.register
def stop_server() -> None:
    """End the process that waits for files, if there is one."""
    while _servers:
        _servers.pop().stop()


def serve() -> None:
    """Copy this process for each file that is sent to standard input, until none is for a while."""
    # Copies are nobody's to wait for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=0) as requests:
        requests.settimeout(_IDLE_SECONDS)
        with contextlib.suppress(TimeoutError):
            while True:
                path, handles, _, _ = socket.recv_fds(requests, _MAX_PATH_BYTES, 1)
                if not handles:
                    return  # nobody is left who could ask
                if os.fork() == 0:
                    requests.detach()
                    _answer(Path(os.fsdecode(path)), handles[0])
                os.close(handles[0])


def _answer(path: Path, to: int) -> None:
    """Write what a file is, and end this copy of the process."""
    try:
        os.close(0)
        signal.alarm(_TIME_LIMIT_SECONDS)  # where nobody is left to end it
        with os.fdopen(to, "wb") as pipe:
            pipe.write(msgspec.json.encode(_probe_or_refuse(path)))
    finally:
        os._exit(0)


def _probe_or_refuse(path: Path) -> _Described | _Refused:
    try:
        return _Described(probe(path), stated_start(path))
    except CarerStoriesError as error:
        return _Refused(error.what, error.next_step)


if __name__ == "__main__" and len(sys.argv) == 1:
    serve()
elif __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_probe_or_refuse(Path(sys.argv[1]))))
