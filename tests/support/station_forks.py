"""Commands run as forks of one process that has imported them: a start costs no second of imports.

A fork has its own process id, session, sockets and files, and is killed as any process is. Run as
`python -m tests.support.station_forks FD`, this module is that process: it reads from the socket
which command is to run where, and answers with process ids and exit statuses.
"""

from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from tests.support.large_pages import use_large_pages

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST = 1 << 20


class Fork:
    """A command that runs. Its standard output and errors can be read from `output`."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        more_environment: Mapping[str, str],
        *,
        ignores_sigint: bool,
    ) -> None:
        mine, its = os.pipe()
        request = {
            "command": list(command),
            "folder": str(folder),
            "environment": {**os.environ, **more_environment},
            "ignores_sigint": ignores_sigint,
        }
        socket.send_fds(_server(), [json.dumps(request).encode()], [its])
        os.close(its)
        self.pid: int = _answer()
        self.output: BinaryIO = os.fdopen(mine, "rb")

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code, or a signal's number below zero."""
        _server().send(json.dumps({"wait": self.pid}).encode())
        return os.waitstatus_to_exitcode(_answer())


@functools.cache
def _server() -> socket.socket:
    """Start the process that forks, once for each process that runs tests."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    paths = {"PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "site")])}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.station_forks", str(its.fileno())],
        pass_fds=[its.fileno()],
        env={**os.environ, **paths},
        cwd=_ROOT,
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _answer() -> int:
    answer = _server().recv(_LONGEST)
    assert answer, "the process that forks has ended"
    return int(answer)


def _serve(requests: socket.socket) -> None:
    """Fork for each request until the other end is closed."""
    for module in ("carer_stories", "capture.station.server", "capture.sessions.finalise"):
        import_module(module)
    gc.freeze()  # or every fork copies what it looks through for garbage
    use_large_pages()
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, _LONGEST, 1)
        if not data:
            return
        request = json.loads(data)
        if "wait" in request:
            requests.send(str(os.waitpid(request["wait"], 0)[1]).encode())
            continue
        (output,) = descriptors
        pid = os.fork()
        if pid == 0:
            requests.close()
            _run(request, output)
        os.close(output)
        requests.send(str(pid).encode())


def _run(request: dict[str, Any], output: int) -> None:
    """Run the command in this fork, and end it."""
    import carer_stories

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    ignores = request["ignores_sigint"]
    signal.signal(signal.SIGINT, signal.SIG_IGN if ignores else signal.default_int_handler)
    code = carer_stories.run(request["command"])
    sys.exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which end this
    _serve(socket.socket(fileno=int(sys.argv[1])))
