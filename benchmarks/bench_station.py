"""Time storing a second of an interview, compared with what the disk alone takes.

The goal is far less than a second, so that the page never waits. 312 kB is a second at 2.5 Mb/s.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.measure import BenchRow, time_of
from capture.sessions.live_session import LiveSession
from capture.sessions.session_folders import create_session
from capture.sessions.storage import Journal
from capture.station.server import running_station
from library.core.workspace import Workspace
from tests.support.live_station import StationClient
from tests.support.sample_media import agreed_story
from tests.support.workspaces import make_workspace

SECOND = os.urandom(312_500)
MIME = "video/webm;codecs=vp8,opus"
HOURS = 2


def run() -> list[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        workspace = make_workspace(Path(folder) / "library")
        bare = time_of(_write_bare(Path(folder)))
        with closing(_session(workspace)) as session:
            engine = time_of(_add_chunks(session))
            page = time_of(lambda: Journal(session.folder.journal).read())
        with running_station(workspace) as running:
            posted = time_of(_post_chunks(running.address.port, running.address.token, workspace))
        with closing(_session(workspace)) as long:
            _fill(long)
            opened = time_of(lambda: Journal(long.folder.journal).read(), times=5)
    return [
        BenchRow("a second’s bytes and a line, each written and flushed", bare),
        BenchRow("the same as a chunk of a session", engine, goal_ms=200, compared_with=bare),
        BenchRow("the same through the station’s server", posted, goal_ms=300, compared_with=bare),
        BenchRow("a journal of half a minute read again", page),
        BenchRow(f"a journal of {HOURS} hours read again, as after a kill", opened, goal_ms=1000),
    ]


def _write_bare(folder: Path) -> Callable[[], None]:
    media, lines = folder / "bare.webm", folder / "bare.jsonl"

    def work() -> None:
        for path, data in ((media, SECOND), (lines, b"x" * 200)):
            with path.open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

    return work


def _session(workspace: Workspace) -> LiveSession:
    session = create_session(workspace, agreed_story(workspace), "bench")
    session.confirm_agreement("picture-and-voice")
    session.start_take(MIME, "take-1")
    return session


def _add_chunks(session: LiveSession) -> Callable[[], object]:
    numbers = itertools.count()
    return lambda: session.add_chunk(1, number := next(numbers), SECOND, number * 1000)


def _fill(session: LiveSession) -> None:
    """Write a journal of as many lines as HOURS have; reading it looks at no media."""
    session.add_chunk(1, 0, b"x", 1000)
    last = session.folder.journal.read_bytes().splitlines(keepends=True)[-1]
    with session.folder.journal.open("ab") as file:
        for number in range(1, HOURS * 3600):
            file.write(last.replace(b'"number":0', b'"number":%d' % number))


def _post_chunks(port: int, token: str, workspace: Workspace) -> Callable[[], None]:
    page = StationClient(port, token)
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session)
    numbers = itertools.count()

    def work() -> None:
        assert page.chunk(session, 1, next(numbers), SECOND).status == 201

    return work
