"""A browser's recording in small, and stations to send it to, for the tests of live sessions."""

from __future__ import annotations

import functools
import http.client
import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capture.sessions.live_session import LiveSession
from capture.sessions.session_folders import create_session
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.station_forks import Fork
from tests.support.station_line import HEADER, StationLine, as_json

MIME = "video/webm;codecs=vp8,opus"
_CLUSTER = bytes.fromhex("1F43B675")


@functools.cache
def browser_chunks(seconds: int = 6) -> tuple[bytes, ...]:
    """Return WebM as a browser delivers it: a part for each second, beginning with a cluster."""

    def record(to: Path) -> None:
        sample_media.ffmpeg(
            *("-f", "lavfi", "-i", f"testsrc2=s=160x120:r=25:d={seconds}"),
            *("-f", "lavfi", "-i", f"sine=f=440:r=48000:d={seconds}"),
            *(*sample_media.VP8, "-g", "25"),
            *("-c:a", "libopus", "-f", "webm", "-live", "1"),
            *("-cluster_time_limit", "5000", "-cluster_size_limit", "5000000"),
            to,
        )

    return cut_at_clusters(sample_media.made_once(f"chunks-{seconds}.webm", record).read_bytes())


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
    is_proved: bool = False

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
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        self.line = StationLine(f"127.0.0.1:{self.port}", self.token)

    def say_hello(self) -> None:
        """Agree on keys with the station. Raises NotTheStation where it does not prove itself."""
        greeting, pair, body = self.line.hello()
        kind = {"Content-Type": "application/json"}
        status, _, data = self.send("POST", "/api/hello", json.dumps(body).encode(), kind)
        self.line.welcome(greeting, pair, as_json(data) if status == 201 else None)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        timeout: float = 30,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send it as it is; return status, headers and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def prove(
        self, method: str, path: str, kind: str = "", body: bytes | None = None
    ) -> tuple[str, bytes | None]:
        """Return the proof of a request, and its body sealed; the first one says hello."""
        if self.line.keys is None:
            self.say_hello()
        return self.line.prove(method, path, kind, body)

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
        """Send a request as the page would; `headers` replace its own, `None` leaves one out.

        A station that was started anew does not know the connection: it is asked once more.
        """
        kind = ""
        if raw is not None:
            kind = "application/octet-stream"
        elif method == "POST":
            raw = json.dumps({} if body is None else body).encode()
            kind = "application/json"
        kind = (headers or {}).get("Content-Type", kind)
        for is_last in (False, True):
            own_proof, sealed = self.prove(method, path, kind, raw)
            sent = {HEADER: own_proof} | ({"Content-Type": kind} if kind else {}) | (headers or {})
            sent = {name: value for name, value in sent.items() if value is not None}
            number = self.line.number
            status, received, data = self.send(method, path, sealed, sent, timeout)
            opened = self.line.opened(status, received, data, number)
            if opened is not None:
                return StationAnswer(status, as_json(opened), received, is_proved=True)
            answer = StationAnswer(status, as_json(data), received)
            if answer.code != "unproved" or headers is not None or is_last:
                return answer
            self.say_hello()
        raise AssertionError

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
    workspace: Workspace,
    *,
    ignores_sigint: bool = False,
    command: Sequence[str] = ("capture", "station"),
) -> Iterator[StationProcess]:
    """Run the station, or another page, as a process; what is left of it is killed at the end."""
    process = StationProcess(workspace, command)
    try:
        process.start(ignores_sigint=ignores_sigint)
        yield process
    finally:
        process.kill()


class StationProcess:
    """A station, or another page, that a test starts, kills and starts again."""

    def __init__(
        self, workspace: Workspace, command: Sequence[str] = ("capture", "station")
    ) -> None:
        self._workspace = workspace
        self._command = command
        self._process: Fork | None = None

    def start(self, *, browser: str = "", ignores_sigint: bool = False) -> StationClient:
        """Start it and wait until it answers.

        `browser` is a program that is opened as one: `NAME %s`.
        """
        command = [*self._command, *([] if browser else ["--no-browser"])]
        more = {"BROWSER": browser} if browser else {}
        self._process = Fork(command, self._workspace.root, more, ignores_sigint=ignores_sigint)
        output = []
        for line in self._process.output:
            output.append(line.decode())
            if browser and line.startswith(b"Your browser shows it at"):
                saved = json.loads(self._workspace.station.read_bytes())
                self.page = StationClient(saved["port"], saved["token"])
                return self.page
            if line.startswith(b"http://127.0.0.1:"):
                address, _, place = line.decode().strip().partition("/#")
                token = place.partition("/")[0]
                self.page = StationClient(int(address.rpartition(":")[2]), token)
                return self.page
        raise AssertionError(f"the station did not start: {output}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process.output.close()
            self._process = None

    def end(self) -> tuple[int, str]:
        """Send what Ctrl-C sends; return its exit code and last output."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        with self._process.output as output:
            last = output.read()
        code = self._process.wait()
        self._process = None
        return code, last.decode()


def until(condition: Callable[[], Any], *, seconds: float = 120) -> Any:
    """Return what `condition()` returns once it is true; after `seconds` the test is stuck."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError("it never happened")
