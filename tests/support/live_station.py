"""A browser's recording in small, and stations to send it to, for the tests of live sessions."""

from __future__ import annotations

import functools
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capture.sessions.live_session import LiveSession
from capture.sessions.session_folders import create_session
from library.core.workspace import Workspace
from tests.support import child_signals, sample_media

MIME = "video/webm;codecs=vp8,opus"
_CLUSTER = bytes.fromhex("1F43B675")


@functools.cache
def browser_chunks(seconds: int = 6) -> tuple[bytes, ...]:
    """Return WebM as a browser delivers it: a part for each second, beginning with a cluster."""
    to = sample_media._shelf() / f"chunks-{seconds}.webm"
    sample_media.ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s=160x120:r=25:d={seconds}"),
        *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={seconds}"),
        *("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "25"),
        *("-c:a", "libopus", "-f", "webm", "-live", "1"),
        *("-cluster_time_limit", "5000", "-cluster_size_limit", "5000000"),
        to,
    )
    return cut_at_clusters(to.read_bytes())


def cut_at_clusters(data: bytes) -> tuple[bytes, ...]:
    """Return the parts between the starts of clusters; the head belongs to the first."""
    cluster_starts = []
    at = data.find(_CLUSTER)
    while at >= 0:
        cluster_starts.append(at)
        at = data.find(_CLUSTER, at + 4)
    cluster_ends = [*cluster_starts[1:], len(data)]
    return tuple(data[a:b] for a, b in zip([0, *cluster_starts[1:]], cluster_ends, strict=True))


def agreed_session(workspace: Workspace) -> LiveSession:
    """A session that may begin to record."""
    session = create_session(workspace, sample_media.agreed_story(workspace), "session-1")
    session.confirm_agreement("picture-and-voice")
    return session


def record_take(session: LiveSession, key: str = "take-1", *, seconds: int = 6) -> None:
    """Record a whole take in it, and end it."""
    take = session.start_take(MIME, key).number
    parts = browser_chunks(seconds)
    for number, part in enumerate(parts):
        session.add_chunk(take, number, part, (number + 1) * 1000)
    session.end_take(take, len(parts) * 1000, len(parts), "next")


@dataclass
class StationAnswer:
    status: int
    data: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code of a refusal; empty for none."""
        return (
            str(self.data["error"]["code"])
            if isinstance(self.data, dict) and "error" in (self.data)
            else ""
        )


@dataclass
class StationClient:
    """The requests of the page in the browser, without a browser."""

    port: int
    token: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 30,
    ) -> StationAnswer:
        """Send a request as the page would; `headers` replace its own, `None` leaves one out."""
        sent = {"X-Station-Token": self.token}
        if raw is not None:
            sent["Content-Type"] = "application/octet-stream"
        elif method == "POST":
            raw = json.dumps({} if body is None else body).encode()
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, raw, {k: v for k, v in sent.items() if v is not None})
            answer = connection.getresponse()
            data = answer.read()
            received = dict(answer.getheaders())
            if received.get("Content-Type") == "application/json":
                return StationAnswer(answer.status, json.loads(data), received)
            return StationAnswer(answer.status, data, received)
        finally:
            connection.close()

    def get(self, path: str) -> StationAnswer:
        return self.ask("GET", path)

    def post(self, path: str, **body: Any) -> StationAnswer:
        return self.ask("POST", path, body)

    def chunk(self, session: str, take: int, number: int, data: bytes) -> StationAnswer:
        covered_ms = (number + 1) * 1000
        path = f"/api/sessions/{session}/takes/{take}/chunks/{number}?until={covered_ms}"
        return self.ask("POST", path, raw=data)

    def agreed_session(self, story_id: str, key: str = "session-1") -> str:
        session = self.post("/api/sessions", story=story_id, key=key).data["id"]
        agreement = self.post(f"/api/sessions/{session}/agreed", record="picture-and-voice")
        assert agreement.status == 200, agreement
        return str(session)

    def begin(self, session: str, key: str = "take-1", **more: Any) -> StationAnswer:
        return self.post(f"/api/sessions/{session}/takes", mime=MIME, key=key, **more)


@contextmanager
def station_process(
    workspace: Workspace, prepare: Callable[[], None] = child_signals.default_sigint
) -> Iterator[StationProcess]:
    """Run the station as a process of its own; whatever is left of it is killed at the end."""
    process = StationProcess(workspace)
    try:
        process.start(prepare=prepare)
        yield process
    finally:
        process.kill()


class StationProcess:
    """A station that a test starts, kills and starts again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, *, browser: str = "", prepare: Callable[[], None] = child_signals.default_sigint
    ) -> StationClient:
        """Start it and wait until it answers.

        `browser` is a program that is opened as one: `NAME %s`. `prepare` runs in the child before
        the station does.
        """
        command = [sys.executable, "-m", "carer_stories", "capture", "station"]
        paths = {"PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "site")])}
        self._process = subprocess.Popen(
            command if browser else [*command, "--no-browser"],
            cwd=self._workspace.root,
            env={**os.environ, **paths, **({"BROWSER": browser} if browser else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=prepare if os.name != "nt" else None,
        )
        assert self._process.stdout is not None
        output = []
        for line in self._process.stdout:
            output.append(line.decode())
            if browser and line.startswith(b"Your browser shows it at"):
                saved = json.loads(self._workspace.station.read_bytes())
                self.page = StationClient(saved["port"], saved["token"])
                return self.page
            if line.startswith(b"http://127.0.0.1:"):
                address, _, token = line.decode().strip().partition("/#")
                self.page = StationClient(int(address.rpartition(":")[2]), token)
                return self.page
        raise AssertionError(f"the station did not start: {output}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def end(self) -> tuple[int, str]:
        """Send what Ctrl-C sends; return its exit code and last output."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        output, _ = self._process.communicate(timeout=30)
        code = self._process.returncode
        self._process = None
        return code, output.decode()


_ROOT = Path(__file__).resolve().parents[2]


def until(condition: Callable[[], Any], *, seconds: float = 120) -> Any:
    """Return what `condition()` returns once it is true; after `seconds` the test is stuck."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError("it never happened")
