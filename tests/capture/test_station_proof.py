"""Page and station prove themselves to each other, and nobody else reads what goes between them."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capture.station.server import Station, running_station
from library.core import struct_file
from library.core.workspace import Workspace
from library.local_page import proof
from library.local_page.address import PageAddress
from tests.support.live_station import StationAnswer, StationClient
from tests.support.sample_media import agreed_story
from tests.support.station_line import HEADER, NotTheStation, StationLine

NAME, CONTACT = "Wilhelmina Quagmire", "01632 960 777"
BYTES = "application/octet-stream"


@pytest.fixture
def running(workspace: Workspace) -> Iterator[Station]:
    with running_station(workspace) as running:
        yield running


@pytest.fixture
def page(running: Station) -> StationClient:
    return StationClient(running.address.port, running.address.token)


@contextmanager
def killed_station(workspace: Workspace) -> Iterator[StationClient]:
    """A station that is gone at the end, and left behind what a killed one does."""
    with running_station(workspace) as running:
        yield StationClient(running.address.port, running.address.token)
        left = workspace.station.read_bytes()
    workspace.station.write_bytes(left)


def sent_again(page: StationClient, method: str, path: str, header: str) -> StationAnswer:
    status, headers, data = page.send(method, path, None, {HEADER: header})
    return StationAnswer(status, json.loads(data), headers)


def test_whoever_does_not_know_the_token_is_told_nothing(page: StationClient) -> None:
    for token in ("", page.token[:-1], page.token + "x", "0" * 43):
        with pytest.raises(NotTheStation):
            StationClient(page.port, token).get("/api/station")
    assert page.get("/api/station").is_proved


def test_neither_side_sends_the_token_a_key_or_anything_to_read(
    page: StationClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = agreed_story(workspace)
    wire: list[bytes] = []
    send = StationClient.send

    def listening(self: StationClient, *given: object, **more: object) -> object:
        answer = send(self, *given, **more)  # type: ignore[arg-type]
        wire.append(repr((given, answer)).encode())
        return answer

    monkeypatch.setattr(StationClient, "send", listening)
    session = page.agreed_session(story)
    page.post(
        f"/api/stories/{story}/agreement",
        **{"read": True, "agreed": True, "capacity_considered": True, "independent": True},
        **{"taken_by": "carer-volunteer", "real_name": NAME, "contact": CONTACT},
    )
    page.begin(session)
    page.chunk(session, 1, 0, b"what was said in confidence")
    heard = b"".join(wire)
    known = struct_file.load_if_readable(workspace.station, PageAddress)
    assert known is not None
    secrets = (page.token, *(window.key for window in known.windows))
    assert known.windows
    for secret in (*secrets, NAME, CONTACT, "A night call", "in confidence", '"state"'):
        assert secret.encode() not in heard, secret
    assert page.get(f"/api/sessions/{session}").data["takes"][0]["bytes"] == 27


def test_a_request_counts_once(page: StationClient, workspace: Workspace) -> None:
    """A replay is refused, also of a request that was overtaken."""
    agreed_story(workspace)
    first, _ = page.prove("GET", "/api/stories")
    second, _ = page.prove("GET", "/api/stories")
    for header in (second, first):
        status, headers, data = page.send("GET", "/api/stories", None, {HEADER: header})
        number = int(header.split(".")[1])
        assert page.line.opened(status, headers, data, number) is not None
        again = sent_again(page, "GET", "/api/stories", header)
        assert (again.status, again.code) == (401, "unproved")
    body = {"title": "Twice", "questions": "being-heard"}
    header, sealed = page.prove("POST", "/api/stories", "application/json", _json(body))
    sent = {HEADER: header, "Content-Type": "application/json"}
    assert page.send("POST", "/api/stories", sealed, sent)[0] == 201
    assert page.send("POST", "/api/stories", sealed, sent)[0] == 401
    assert [story["title"] for story in page.get("/api/stories").data].count("Twice") == 1


def _json(body: object) -> bytes:
    return json.dumps(body).encode()


def test_a_hello_counts_once(page: StationClient) -> None:
    _, _, body = page.line.hello()
    kind = {"Content-Type": "application/json"}
    assert page.send("POST", "/api/hello", _json(body), kind)[0] == 201
    status, _, data = page.send("POST", "/api/hello", _json(body), kind)
    assert (status, json.loads(data)["error"]["code"]) == (401, "unproved")


def test_what_was_proved_cannot_be_used_for_anything_else(page: StationClient) -> None:
    """Another method, path, query, kind or body, and the same passed on to another port."""
    for method, path, kind in (
        ("GET", "/api/sessions", ""),
        ("GET", "/api/stories?a=1", ""),
        ("POST", "/api/stories", ""),
        ("GET", "/api/stories", "text/plain"),
    ):
        header, _ = page.prove("GET", "/api/stories")
        sent = {HEADER: header} | ({"Content-Type": kind} if kind else {})
        body = b"" if method == "POST" else None
        assert page.send(method, path, body, sent)[0] == 401, (method, path, kind)
    for spoilt in (proof.seal(b"k" * 32, 9, b"{}"), b"{}", b""):
        header, _ = page.prove("POST", "/api/close", "application/json", b"{}")
        sent = {HEADER: header, "Content-Type": "application/json"}
        assert page.send("POST", "/api/close", spoilt, sent)[0] == 401
    there, page.line.host = page.line.host, "127.0.0.1:9"
    passed_on, _ = page.prove("GET", "/api/stories")
    assert sent_again(page, "GET", "/api/stories", passed_on).code == "unproved"
    with pytest.raises(NotTheStation):
        page.say_hello()
    page.line.host = there
    assert page.get("/api/stories").is_proved


@pytest.mark.parametrize("header", ["", "a.b.c.d", "0.1.2.3", "." * 3, "x" * 9_000])
def test_what_is_no_proof_is_refused(page: StationClient, header: str) -> None:
    page.say_hello()
    assert sent_again(page, "GET", "/api/stories", header).code == "unproved"


def test_a_point_that_is_none_is_refused(page: StationClient) -> None:
    """Before anything is computed with it, and though it was proved."""
    for key in ("A" * 87, proof.to_base64url(b"\x04" + b"\x01" * 64)):
        window = proof.new_window_id()
        hello = proof.Hello(page.line.host, window, key)
        body = {"window": window, "key": key, "proof": hello.page_proof(page.token.encode())}
        kind = {"Content-Type": "application/json"}
        assert page.send("POST", "/api/hello", _json(body), kind)[0] == 401


def test_an_answer_of_a_stranger_is_no_answer(page: StationClient) -> None:
    page.get("/api/station")
    status, headers, data = page.send(
        "GET", "/api/stories", None, {HEADER: page.prove("GET", "/api/stories")[0]}
    )
    line = page.line
    assert line.opened(status, headers, data) is not None
    assert line.opened(201, headers, data) is None, "another status"
    assert line.opened(status, headers, data[:-1]) is None
    assert line.opened(status, headers, data, line.number - 1) is None, "to another request"
    assert line.opened(status, {}, data) is None
    assert line.opened(status, {HEADER: line.window}, b'{"next": 1}') is None


def test_the_window_that_was_open_goes_on_with_the_next_station(workspace: Workspace) -> None:
    """By a key of its own; token, connection and what a stranger recorded are worth nothing."""
    with killed_station(workspace) as page:
        session = page.agreed_session(agreed_story(workspace))
        page.begin(session)
        page.chunk(session, 1, 0, b"first")
        path = f"/api/sessions/{session}/takes/1/chunks/1?until=2000"
        stolen, sealed = page.prove("POST", path, BYTES, b"second")
    with running_station(workspace) as running:
        assert (running.is_restart, running.is_displaced) == (True, False)
        assert running.address.token != page.token
        assert running.address.port != page.port, "a stranger may have left things for its pages"
        new = StationClient(running.address.port, running.address.token)
        assert new.get("/").status == 200
        for asset in ("/", "/assets/station.js"):
            assert page.send("GET", asset, None, {})[0] == 410, "no page is opened there again"
        status, headers, shown = page.send("GET", "/?x=<b>", None, {"Accept": "text/html,*/*"})
        assert (status, headers["Content-Type"]) == (410, "text/html; charset=utf-8")
        assert b"<h1>The station of this window has ended.</h1>" in shown
        assert b"<script" not in shown
        assert page.send("GET", "/assets/look.css", None, {})[0] == 200, "as that page looks"
        sent = {HEADER: stolen, "Content-Type": BYTES}
        assert page.send("POST", path, sealed, sent)[0] == 401, "a replay from before the kill"
        with pytest.raises(NotTheStation):
            StationClient(new.port, page.token).get("/api/stories")
        assert page.chunk(session, 1, 1, b"second").status == 201
        assert page.get(f"/api/sessions/{session}").data["takes"][0]["bytes"] == 11
        assert new.get("/api/stories").is_proved


def test_where_the_port_is_taken_the_window_finds_the_next_station(workspace: Workspace) -> None:
    with killed_station(workspace) as page:
        session = page.agreed_session(agreed_story(workspace))
        page.begin(session)
    for port in (None, unused_port()):
        with (
            socket.create_server(("127.0.0.1", page.port)),
            running_station(workspace, port) as running,
        ):
            assert running.address.port not in (page.port, 0)
            assert port in (None, running.address.port)
            assert running.is_displaced == (port is None), "said once, at the first start after"
            new_port = next(filter(answers, proof.fallback_ports(page.token)))
            moved = StationClient(new_port, "")
            moved.line = StationLine(
                f"127.0.0.1:{new_port}", "", page.line.window, page.line.own_key
            )
            assert moved.begin(session, f"take-{new_port}", instead=True).status == 201
            left = workspace.station.read_bytes()
        workspace.station.write_bytes(left)  # killed again, and the window is still open


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_the_page_of_a_killed_station_may_ask_from_its_old_port(workspace: Workspace) -> None:
    """It alone, and only as the window that it is."""
    with killed_station(workspace) as page:
        page.get("/api/stories")
    with (
        socket.create_server(("127.0.0.1", page.port)),
        running_station(workspace) as running,
    ):
        port = running.address.port
        moved = StationClient(port, running.address.token)
        moved.line.window, moved.line.own_key = page.line.window, page.line.own_key
        old = {"Origin": f"http://127.0.0.1:{page.port}", "Sec-Fetch-Site": "same-site"}
        assert moved.get("/api/stories").is_proved
        answer = moved.ask("GET", "/api/stories", headers=old)
        assert answer.headers["Access-Control-Allow-Origin"] == old["Origin"]
        preflight = {**old, "Access-Control-Request-Method": "POST"}
        status, headers, _ = moved.send("OPTIONS", "/api/stories", None, preflight)
        assert (status, headers["Access-Control-Allow-Methods"]) == (204, "GET, POST")
        assert moved.send("GET", "/", None, old)[0] == 403, "no page is shown there"
        new = StationClient(port, running.address.token)
        assert new.get("/api/stories").is_proved
        assert new.ask("GET", "/api/stories", headers=old).code == "unproved"
        other = {**old, "Origin": f"http://127.0.0.1:{port + 1}"}
        assert moved.ask("GET", "/api/stories", headers=other).code == "wrong-origin"


def test_a_station_of_the_first_version_that_was_killed_is_followed(workspace: Workspace) -> None:
    port, old = unused_port(), "t" * 43
    left = {"port": port, "token": old, "started": _now()}
    workspace.station.write_text(json.dumps(left))
    with running_station(workspace) as running:
        assert (running.is_restart, running.is_displaced) == (True, False)
        assert running.address.token != old


def _now() -> str:
    from library.core.clock import now

    return now()


def test_the_windows_keys_are_for_this_account_and_in_no_error(
    page: StationClient, workspace: Workspace
) -> None:
    page.get("/api/stories")
    address = struct_file.load_if_readable(workspace.station, PageAddress)
    assert address is not None
    (window,) = address.windows
    assert proof.from_base64url(window.key) == page.line.own_key
    assert window.key not in f"{address} {address!r} {window} {window!r}"
    assert stat.S_IMODE(Path(workspace.station).stat().st_mode) == 0o600
