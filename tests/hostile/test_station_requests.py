"""The station's requests: whatever is sent, the answer is of the protocol, and a sentence.

`HOSTILE=2000 .venv/bin/pytest tests/hostile/test_station_requests.py` tries so many requests, and a
tenth of that of sittings, each of which is a story and a session more.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_type_hints
from urllib.parse import quote

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from capture.sessions.storage import Journal
from capture.station import agreement_api, drafts_api, library_api, session_api
from capture.station.open_sessions import OpenSessions
from capture.station.server import running_station
from capture.station.station_page import STATION, station_service
from library.core.sanitise import printable
from library.core.workspace import SessionFolder, Workspace
from library.local_page.app import create_app
from library.local_page.guard import HOST, Guard
from tests.hostile.mutations import NASTY, hostile
from tests.hostile.typed_values import of_type
from tests.support.live_station import MIME, StationClient
from tests.support.sample_media import agreed_story
from tests.support.station_line import HEADER, StationLine
from tests.support.workspaces import make_workspace

_REQUESTS, _SITTINGS = 300, 15
"""Of each kind in the suite."""
_TRIES = int(os.environ.get("HOSTILE", "0"))
_TOKEN = "t" * 43
_LONGEST_SENTENCE = 601

DEEDS: dict[str, Any] = {
    "/api/drafts": drafts_api.DraftsRequest,
    "/api/stories": library_api.StoryRequest,
    "/api/stories/{story}/agreement": agreement_api.AnswersRequest,
    "/api/stories/{story}/agreement/check": agreement_api.AnswersRequest,
    "/api/stories/{story}/change-of-mind": agreement_api.MindRequest,
    "/api/sessions": session_api.SessionRequest,
    "/api/sessions/{session}/agreed": session_api.AgreementRequest,
    "/api/sessions/{session}/wellbeing": session_api.WellbeingRequest,
    "/api/sessions/{session}/markers": session_api.MarkerRequest,
    "/api/sessions/{session}/takes": session_api.TakeRequest,
    "/api/sessions/{session}/takes/{number}/end": session_api.EndTakeRequest,
    "/api/sessions/{session}/pause": session_api.PauseRequest,
    "/api/sessions/{session}/resume": session_api.ResumeRequest,
    "/api/sessions/{session}/stop": session_api.StopRequest,
    "/api/sessions/{session}/later": session_api.EmptyRequest,
}
"""Requests of the page, each with its body."""
FINAL: dict[str, Any] = {
    "/api/sessions/{session}/keep": session_api.EmptyRequest,
    "/api/sessions/{session}/delete": session_api.DeleteRequest,
    "/api/stories/{story}/take-back": agreement_api.TakeBackRequest,
    "/api/close": session_api.EmptyRequest,
}
"""Requests that would end the sitting that is tried: sent only with bodies that are no message."""
LOOKS = (
    *("/", "/assets/{any}", "/fonts/{any}", "/{any}", "/api/{any}", "/api/station", "/api/health"),
    *(
        "/api/words",
        "/api/drafts",
        "/api/questions/{any}",
        "/api/stories",
        "/api/stories/{any}/form",
    ),
    *("/api/stories/{story}/agreed", "/api/stories/{any}/agreed"),
    *("/api/stories/{story}/form", "/api/sessions", "/api/sessions/{any}"),
    "/api/sessions/{session}",
)
_ANYTHING = (
    *("..", "../..", "../../etc/passwd", "%2e%2e%2f", "..\\..", "\0", "a\0b", "\n", "a\nb", ""),
    *("²", "١", "-1", "0", "1", "1.0", "1e3", "+1", " 1", "0x1", "٣" * 5_000, "9" * 19, "9" * 40),
    *(
        "9" * 5_000,
        "se-aaaaaa",
        "se-aaaaaa\n",
        "cs-222222",
        "cs-222222\n",
        "CON",
        "C:",
        "é",
        "\x1b[2J",
    ),
    *("a" * 300, "cs-" + "a" * 5_000, "se-" + "a" * 6_000, "\u202e", "index.html", "<script>"),
)
_HUGE = st.sampled_from((2**31, 2**63 - 1, 2**63, 2**64, 10**40, -1, -(10**40), 0, 1, 2, 1_001))
_SAID_WRONGLY = (
    *(b"", b"{", b"[]", b"null", b'"x"', b"NaN", b"1e999", b"[" * 30_000, b'{"a":' * 10_000),
    *(b'{"title":"\\ud800","questions":"being-heard"}', b'{"story":"\\u0000","key":"k"}'),
    *(b'{"take":1e308,"at":NaN,"chunks":-Infinity}', b'{"confirm":1}', b'{"confirm":"true"}'),
    *(b'{"confirm":[true]}', b'{"confirm":true,"confirm":false}', b"\xff\xfe{\0}\0", b"{}{}"),
    b'{"x":' + b"9" * 20_000 + b"}",
)


@dataclass
class Sitting:
    """One session that is being recorded, and what a page may ask of its station."""

    workspace: Workspace
    client: FlaskClient
    sessions: OpenSessions
    story: str
    session: str
    line: StationLine = field(default_factory=lambda: StationLine(f"{HOST}:1", _TOKEN))

    @property
    def folder(self) -> SessionFolder:
        return SessionFolder(self.workspace.story(self.story).sessions / self.session)

    def send(
        self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """The answer's status and what it said, which is of the protocol's own form."""
        binary = "/chunks/" in path
        kind = "application/octet-stream" if binary else "application/json"
        own = {"Host": f"{HOST}:1", "Content-Type": kind} | (headers or {})
        if self.line.keys is None:
            greeting, pair, hello = self.line.hello()
            welcome = self.client.post("/api/hello", json=hello, headers={"Host": f"{HOST}:1"})
            self.line.welcome(greeting, pair, welcome.get_json())
        # The address as it comes to the station: Werkzeug’s client writes some of it anew.
        target = EnvironBuilder(path=path, method=method).get_environ()["REQUEST_URI"]
        own[HEADER], sealed = self.line.prove(method, target, own["Content-Type"], body)
        answer = self.client.open(path, method=method, data=sealed, headers=own)
        about = (
            f"{method} {path[:200]!r} {str(headers)[:200]} {body[:200]!r}: {answer.status_code} "
        )
        if method == "HEAD":
            assert answer.status_code < 500, about
            return answer.status_code, None
        data = self.line.opened(answer.status_code, dict(answer.headers), answer.get_data())
        if not data and answer.mimetype != "application/json":
            assert answer.status_code in (200, 304), about + str(answer.get_data()[:300])
            answer.close()
            return answer.status_code, None
        reply = json.loads(answer.get_data() if data is None else data)
        if answer.status_code >= 400:
            assert answer.status_code < 500, about + str(reply)[:300]
            _is_a_sentence(reply["error"], about)
        return answer.status_code, reply


def _is_a_sentence(error: dict[str, str], about: str) -> None:
    assert error.keys() == {"code", "what", "next_step"}, about
    assert error["code"], about
    assert error["what"].rstrip().endswith((".", "?", "…")), about + error["what"]
    for sentence in (error["what"], error["next_step"]):
        assert len(sentence) < _LONGEST_SENTENCE, about + sentence[:600]
        assert printable(sentence) == sentence, about
        sentence.encode()


@pytest.fixture(scope="module")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sitting]:
    workspace = make_workspace(tmp_path_factory.mktemp("requests") / "library")
    sessions = OpenSessions(workspace)
    service = station_service(workspace, sessions)
    app = create_app(workspace, Guard(STATION, _TOKEN, port=1), service, close=lambda: None)
    yield _sat_down(Sitting(workspace, app.test_client(), sessions, "", ""))
    sessions.close()


def _sat_down(sitting: Sitting) -> Sitting:
    """In a session of a new story, with a take that is open and a part of it kept."""
    sitting.story = agreed_story(sitting.workspace)
    session, _ = sitting.sessions.create_session(sitting.story, "session-1", None)
    sitting.session = session.state.id
    session.confirm_agreement("picture-and-voice")
    session.start_take(MIME, "take-1")
    session.add_chunk(1, 0, b"first", 500)
    return sitting


def _tried(most: int) -> Any:
    return settings(
        max_examples=most,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def _files(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Size and time of every file around the sessions; a lock may be taken and left."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in workspace.root.parent.rglob("*")
        if path.is_file() and "sessions" not in path.parts and path.suffix != ".lock"
    }


# Anything at all

_PIECE = st.one_of(st.sampled_from(_ANYTHING), st.text(max_size=8))
_NUMBER = st.one_of(st.sampled_from(("1", "0", "2")), _HUGE.map(str), _PIECE)


@st.composite
def _paths(draw: st.DrawFn, pattern: str, sitting: Sitting) -> str:
    """The pattern with ids that are there, and now and then with anything."""
    filled = pattern
    for name, right in (("{story}", sitting.story), ("{session}", sitting.session)):
        if name in filled:
            segment = draw(st.one_of(st.just(right), st.just(right), _PIECE))
            filled = filled.replace(name, _quoted(draw, segment))
    while "{any}" in filled:
        filled = filled.replace("{any}", _quoted(draw, draw(_PIECE)), 1)
    while "{number}" in filled:
        filled = filled.replace("{number}", _quoted(draw, draw(_NUMBER)), 1)
    return filled


def _quoted(draw: st.DrawFn, segment: str) -> str:
    return quote(segment.encode("utf-8", "surrogatepass"), safe=draw(st.sampled_from(("", "/.:"))))


def _said_in(kind: Any) -> st.SearchStrategy[bytes]:
    """A message of the form, its numbers of any size; the same spoilt; or none."""
    numbers = [name for name, field in get_type_hints(kind).items() if field in (int, int | None)]
    right = of_type(kind)
    valid_body = right.map(msgspec.json.encode)
    any_size = st.tuples(right, st.fixed_dictionaries(dict.fromkeys(numbers, _HUGE))).map(
        lambda both: json.dumps(both[0] | both[1]).encode()
    )
    hostile_body = valid_body.flatmap(lambda valid: hostile([valid]))
    return st.one_of(valid_body, any_size, hostile_body, st.sampled_from(_SAID_WRONGLY + NASTY))


_HEADERS = st.one_of(
    st.just({}),
    st.just({}),
    st.dictionaries(
        st.sampled_from(
            ("Content-Type", "Range", "If-None-Match", "If-Modified-Since", "Accept", "Cookie")
        ),
        st.sampled_from(
            (
                "",
                "²",
                "-1",
                "9" * 5_000,
                "bytes=9-1",
                "bytes=0-" + "9" * 5_000,
                "application/json;;",
            )
        ),
        max_size=2,
    ),
    st.sampled_from(("²", "-1", "+1", "1e3", "9" * 19, "9" * 5_000, "")).map(
        lambda length: {"Content-Length": length}
    ),
)


@st.composite
def _requests(draw: st.DrawFn, sitting: Sitting) -> tuple[str, str, bytes, dict[str, str]]:
    headers = draw(_HEADERS)
    match draw(st.integers(0, 5)):
        case 0:
            method = draw(st.sampled_from(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")))
            return method, draw(_paths(draw(st.sampled_from(LOOKS)), sitting)), b"", headers
        case 1:
            pattern = draw(st.sampled_from(sorted(FINAL)))
            body = draw(st.sampled_from(tuple(body for body in _SAID_WRONGLY if body != b"{}")))
            return "POST", draw(_paths(pattern, sitting)), body, headers
        case 2:
            pattern = "/api/sessions/{session}/takes/{number}/chunks/{number}?until={number}"
            body = draw(st.one_of(st.binary(max_size=40), st.sampled_from(NASTY)))
            return "POST", draw(_paths(pattern, sitting)), body, headers
    pattern = draw(st.sampled_from(sorted(DEEDS)))
    return "POST", draw(_paths(pattern, sitting)), draw(_said_in(DEEDS[pattern])), headers


def test_any_request_is_answered_in_the_protocols_form(sitting: Sitting) -> None:
    """And one that is refused, or is about a session, changes no file but those of sessions."""
    before = _files(sitting.workspace)

    @_tried(_TRIES or _REQUESTS)
    @given(st.data())
    def try_request(data: st.DataObject) -> None:
        nonlocal before
        method, path, body, headers = data.draw(_requests(sitting))
        status, _ = sitting.send(method, path, body, headers)
        after = _files(sitting.workspace)
        if status >= 400 or not path.startswith("/api/stories"):
            changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
            assert not changed, (method, path, body[:200], status, sorted(changed)[:3])
        before = after

    try_request()
    _journal_tells_the_same(sitting)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        ("pause", {"take": 1, "at": 10**40, "chunks": 1}),
        ("stop", {"take": 1, "at": 2**64, "chunks": 1}),
        ("takes/1/end", {"at": 10**40, "chunks": 1, "reason": "next"}),
        ("takes", {"mime": MIME + "\n", "key": "b"}),
        ("takes", {"mime": MIME, "key": "b\n"}),
        ("markers", {"key": "k", "take": 1, "at": 10**40, "kind": "note", "text": "a"}),
        ("/later", {}),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_what_was_found_stays_mended(sitting: Sitting, sent: str, body: dict[str, Any]) -> None:
    """Two slashes led on to another page; a key may not end with a line. Numbers were right."""
    path = f"/api/sessions/{_sat_down(sitting).session}/{sent}"
    status, _ = sitting.send("POST", path, json.dumps(body).encode())
    assert status in (400, 404)
    _journal_tells_the_same(sitting)


# One thing after the other, in any order


@st.composite
def _page_requests(draw: st.DrawFn, sitting: Sitting) -> tuple[str, bytes]:
    """Requests that a page might send now or at another time, with numbers near the right ones."""
    session = f"/api/sessions/{sitting.session}"
    take, small = draw(st.integers(0, 3)), st.integers(-1, 4)
    key = draw(st.sampled_from(("a", "b", "c", "a\n")))
    at = draw(st.one_of(small, _HUGE))
    match draw(st.integers(0, 6)):
        case 0:
            return f"{session}/takes", json.dumps(
                {"mime": MIME, "key": key, "instead": True}
            ).encode()
        case 1 | 2:
            path = f"{session}/takes/{take}/chunks/{draw(small)}?until={at}"
            return path, draw(st.binary(max_size=8))
        case 3:
            body = {"take": take, "at": at, "chunks": draw(small), "lost": draw(st.booleans())}
            return f"{session}/{draw(st.sampled_from(('pause', 'stop')))}", json.dumps(
                body
            ).encode()
        case 4:
            return f"{session}/resume", json.dumps({"take": take}).encode()
        case 5:
            ended = {"at": at, "chunks": draw(small), "reason": "next", "lost": True}
            return f"{session}/takes/{take}/end", json.dumps(ended).encode()
    text = draw(st.sampled_from(("", "she\0laughs", "\u2028", "\n", "x" * 2_001, "=1+1")))
    mark = {"key": key, "take": take, "at": at, "kind": "note", "text": text}
    return f"{session}/markers", json.dumps(mark).encode()


def test_in_any_order_the_journal_tells_what_the_page_was_told(sitting: Sitting) -> None:
    @_tried(_TRIES // 10 or _SITTINGS)
    @given(st.data())
    def try_requests(data: st.DataObject) -> None:
        _sat_down(sitting)
        before = _files(sitting.workspace)
        for _ in range(data.draw(st.integers(3, 12))):
            sitting.send("POST", *data.draw(_page_requests(sitting)))
        assert _files(sitting.workspace) == before
        _journal_tells_the_same(sitting)

    try_requests()


def _journal_tells_the_same(sitting: Sitting) -> None:
    """Read anew it is the state the station has, and the disk holds every byte it speaks of."""
    state = sitting.sessions.state_of(sitting.session)
    assert Journal(sitting.folder.journal).read() == state
    status, reply = sitting.send("GET", f"/api/sessions/{sitting.session}", b"")
    assert (status, reply["state"]) == (200, str(state.phase))
    for take in state.takes:
        take_path = sitting.folder.take(take.number, take.suffix)
        assert (take_path.stat().st_size if take_path.exists() else 0) >= take.bytes
    names = {path.name for path in sitting.folder.root.iterdir()}
    assert all(name == "journal.jsonl" or name.startswith("take-") for name in names), names


# On the line itself


def test_what_is_no_request_ends_no_station(workspace: Workspace) -> None:
    """Bytes on the socket that are not HTTP, or hardly."""
    with running_station(workspace) as running:
        page = StationClient(running.address.port, running.address.token)
        proof, _ = page.prove("POST", "/api/stories")
        head = f"Host: 127.0.0.1:{page.port}\r\nX-Station-Proof: {proof}\r\n"
        for sent in (
            b"\0\xff\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
            b"GET http://[ HTTP/1.1\r\n" + head.encode() + b"\r\n",
            b"GET //x/../../etc/passwd HTTP/1.1\r\n" + head.encode() + b"\r\n",
            b"GET /api/sessions/%ff%00%f0 HTTP/1.1\r\n" + head.encode() + b"\r\n",
            b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
            f"POST /api/stories HTTP/1.1\r\n{head}Content-Length: ²\r\n\r\n".encode(),
            f"POST /api/stories HTTP/1.1\r\n{head}Content-Length: -5\r\n\r\n".encode(),
            f"POST /api/stories HTTP/1.1\r\n{head}Content-Length: {10**30}\r\n\r\n".encode(),
        ):
            with socket.create_connection(("127.0.0.1", page.port), timeout=20) as line:
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
                with line.makefile("rb") as answer:
                    reply = answer.read()
            assert b" 500 " not in reply[:80], (sent[:80], reply[:300])
            assert b"Traceback" not in reply
            assert page.get("/api/station").status == 200, sent[:80]
        assert page.post("/api/stories", title="A", questions="being-heard").status == 201
