"""The station refuses other pages, other names and other sizes."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from capture.station.server import Station, running_station
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.live_station import MIME, StationAnswer, StationClient, station_process
from tests.support.sample_media import agreed_story


@pytest.fixture
def running(workspace: Workspace) -> Iterator[Station]:
    with running_station(workspace) as running:
        yield running


@pytest.fixture
def page(running: Station) -> StationClient:
    return StationClient(running.address.port, running.address.token)


def test_another_address_is_refused_before_anything_else(page: StationClient) -> None:
    """DNS rebinding: a name somebody else owns leads here, and their page sends its own name."""
    for host in (
        f"attacker.example:{page.port}",
        f"localhost:{page.port}",
        "127.0.0.1",
        f"127.0.0.1:{page.port + 1}",
        f"127.0.0.1:{page.port}.attacker.example",
        f"[::1]:{page.port}",
    ):
        for path in ("/", "/api/station", "/assets/app.js", "/nowhere"):
            answer = page.ask("GET", path, headers={"Host": host})
            assert (answer.status, answer.code) == (421, "wrong-host"), (host, path)
    wrong_in_all = {"Host": "a.example", "Origin": "http://a.example", "X-Station-Proof": "no"}
    assert page.ask("GET", "/api/station", headers=wrong_in_all).code == "wrong-host"


def test_without_a_host_nothing_is_answered(page: StationClient) -> None:
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as line:
        proof, _ = page.prove("GET", "/api/station")
        line.sendall(f"GET /api/station HTTP/1.0\r\nX-Station-Proof: {proof}\r\n\r\n".encode())
        assert b" 421 " in line.makefile("rb").readline()


@pytest.mark.parametrize(
    "origin", ["http://attacker.example", "null", "https://127.0.0.1:1", "http://localhost:8000"]
)
def test_another_page_cannot_post(page: StationClient, origin: str) -> None:
    answer = page.ask("POST", "/api/stories", {}, headers={"Origin": origin})
    assert (answer.status, answer.code) == (403, "wrong-origin")
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_our_own_page_can(page: StationClient) -> None:
    own_headers = {"Origin": f"http://127.0.0.1:{page.port}", "Sec-Fetch-Site": "same-origin"}
    assert page.ask("GET", "/api/station", headers=own_headers).status == 200


def test_what_a_form_on_another_page_can_send_is_refused(page: StationClient) -> None:
    """Without a script a page can post three kinds of body, and cannot add a header."""
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        plain = {"X-Station-Proof": None, "Content-Type": kind}
        assert page.ask("POST", "/api/stories", {}, headers=plain).code == "unproved"  # type: ignore[arg-type]
        with_proof = {"Content-Type": kind}
        assert page.ask("POST", "/api/stories", {}, headers=with_proof).code == "wrong-type"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_browser_that_says_who_asks_is_believed(page: StationClient, site: str) -> None:
    answer = page.ask("GET", "/api/station", headers={"Sec-Fetch-Site": site})
    assert (answer.status, answer.code) == (403, "wrong-origin")


def test_a_file_may_lead_to_the_page_and_to_nothing_else(page: StationClient) -> None:
    led = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "X-Station-Proof": None}
    opened = {**led, "Sec-Fetch-Dest": "document"}
    assert page.ask("GET", "/", headers=opened).status == 200
    for dest in ("iframe", "embed", "image", "script"):
        assert page.ask("GET", "/", headers={**led, "Sec-Fetch-Dest": dest}).status == 403
    for path in ("/api/station", "/assets/station.js"):
        assert page.ask("GET", path, headers=opened).code == "wrong-origin"
    assert page.ask("POST", "/", {}, headers=opened).status == 403


def test_a_preflight_permits_nothing(page: StationClient) -> None:
    preflight_headers = {
        "Origin": "http://attacker.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-station-proof",
    }
    answer = page.ask("OPTIONS", "/api/stories", headers=preflight_headers)
    assert answer.status == 403
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("proof", ["", "wrong", None, "é"])
def test_without_a_proof_nothing_is_told(page: StationClient, proof: str | None) -> None:
    for method, path in (("GET", "/api/station"), ("GET", "/api/nowhere"), ("POST", "/api/close")):
        sent: dict[str, Any] = {"X-Station-Proof": proof}
        answer = page.ask(method, path, headers=sent)
        assert (answer.status, answer.code) == (401, "unproved")


def test_the_page_needs_no_proof_and_tells_nothing(
    page: StationClient, workspace: Workspace
) -> None:
    agreed_story(workspace)
    sent: dict[str, Any] = {"X-Station-Proof": None}
    answer = page.ask("GET", "/", headers=sent)
    assert answer.status == 200
    assert page.token.encode() not in answer.data
    assert b"A night call" not in answer.data


def test_every_answer_forbids_frames_and_other_places(page: StationClient) -> None:
    for answer in (page.get("/"), page.get("/api/station"), page.get("/nowhere")):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e%2fguard.py",
        "/fonts/..%2f..%2finterviews%2flibrary.json",
        "/assets/index.html",
        "/../../etc/passwd",
        "/api/questions/..%2f..%2fsettings",
        "/api/stories/..%2f..%2fetc/form",
        "/api/stories/cs-%2e%2e/form",
        "/api/sessions/..",
        "/api/sessions/..%2f..%2fcs-222222",
        "/api/sessions/se-..%5c..",
        "/api/sessions/se-aaaaaa%00",
        "/api/sessions/%0a",
    ],
)
def test_no_path_leads_out(page: StationClient, path: str) -> None:
    answer = page.get(path)
    assert answer.status in (400, 404), answer
    assert answer.code in ("bad-request", "not-found")


def test_ids_that_are_sent_lead_nowhere_else(page: StationClient, workspace: Workspace) -> None:
    for story in ("../../x", "cs-../x", "", "CS-222222", "cs-" + "a" * 60):
        assert page.post("/api/sessions", story=story, key="k").code == "bad-request"
    assert page.post("/api/stories", title="A", questions="../settings").code == "not-found"
    story = agreed_story(workspace)
    for key in ("", "a/b", "A", "a" * 41, "é"):
        assert page.post("/api/sessions", story=story, key=key).code == "bad-request"
    session = page.agreed_session(story)
    for mime in ("video/webm/../x", "text/html", "video/webm;codecs=vp8\r\nX: y", "audio/wav"):
        reply = page.post(f"/api/sessions/{session}/takes", mime=mime, key="t")
        assert reply.code == "bad-request", mime
    assert page.post(f"/api/sessions/{session}/takes", mime=MIME, key="t").status == 201
    assert page.ask("POST", f"/api/sessions/{session}/takes/-1/chunks/0", raw=b"x").status == 404
    assert page.chunk(session, 99, 0, b"x").code == "not-found"
    assert [path.name for path in workspace.story(story).sessions.iterdir()] == [session]


def test_bodies_that_are_too_large_or_of_no_length(
    page: StationClient, workspace: Workspace
) -> None:
    session = page.agreed_session(agreed_story(workspace))
    assert page.begin(session).status == 201
    path = f"/api/sessions/{session}/takes/1/chunks/0"
    assert said_length(page, path, 64 * 1024 * 1024 + 1).code == "too-large"
    assert page.ask("POST", "/api/stories", {"title": "a" * 70_000}).code == "too-large"
    unknown: dict[str, Any] = {"Transfer-Encoding": "chunked", "Content-Length": None}
    proof, _ = page.prove("POST", path, "application/octet-stream", b"x")
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as line:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
            f"X-Station-Proof: {proof}\r\nContent-Type: application/octet-stream\r\n"
            f"Transfer-Encoding: {unknown['Transfer-Encoding']}\r\n\r\n1\r\nx\r\n0\r\n\r\n"
        )
        line.sendall(head.encode())
        assert b" 411 " in line.makefile("rb").readline()
    assert page.get(f"/api/sessions/{session}").data["takes"][0]["chunks"] == 0


def said_length(page: StationClient, path: str, length: int) -> StationAnswer:
    """A request that says how long it will be, and is answered before it is."""
    proof, _ = page.prove("POST", path, "application/octet-stream", b"x")
    line = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
    try:
        line.putrequest("POST", path)
        line.putheader("X-Station-Proof", proof)
        line.putheader("Content-Type", "application/octet-stream")
        line.putheader("Content-Length", str(length))
        line.endheaders(b"x")
        answer = line.getresponse()
        received = dict(answer.getheaders())
        opened = page.line.opened(answer.status, received, answer.read())
        assert opened is not None
        return StationAnswer(answer.status, json.loads(opened))
    finally:
        line.close()


def test_half_of_a_chunk_is_none(page: StationClient, workspace: Workspace) -> None:
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session)
    path = f"/api/sessions/{session}/takes/1/chunks/0"
    proof, _ = page.prove("POST", path, "application/octet-stream", b"half")
    with socket.create_connection(("127.0.0.1", page.port), timeout=10) as line:
        line.sendall(
            (
                f"POST {path} HTTP/1.1\r\n"
                f"Host: 127.0.0.1:{page.port}\r\nX-Station-Proof: {proof}\r\n"
                "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nhalf"
            ).encode()
        )
        line.shutdown(socket.SHUT_WR)
        assert b" 201 " not in line.makefile("rb").read()
    assert page.get(f"/api/sessions/{session}").data["takes"][0]["bytes"] == 0
    assert page.chunk(session, 1, 0, b"whole").status == 201


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"title": 1, "questions": "being-heard"}']
)
def test_what_is_no_message_is_refused_in_a_sentence(page: StationClient, body: bytes) -> None:
    sent = {"Content-Type": "application/json"}
    answer = page.ask("POST", "/api/stories", raw=body, headers=sent)
    assert (answer.status, answer.code) == (400, "bad-request")
    assert answer.data["error"]["what"].endswith(".")


def test_a_second_station_is_refused_and_told_where_the_first_is(
    running: Station, run_cli: Any
) -> None:
    result: CommandResult = run_cli("capture", "station", "--no-browser")
    assert result.code == 6
    assert f"open already at http://127.0.0.1:{running.address.port}/" in result.err
    assert running.address.token not in result.err


def test_a_window_that_was_closed_is_opened_again(
    running: Station, spawn_cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token went with the window: giving the command again must lead back to the page."""
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    result: CommandResult = spawn_cli("capture", "station")
    assert (result.code, "shows its page again" in result.out) == (0, True), result.err
    page_path = Path(unquote(urlsplit(opened.read_text().strip()).path))
    assert running.address.link in page_path.read_text()


def test_a_port_that_is_taken_is_said(workspace: Workspace, run_cli: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        result: CommandResult = run_cli(
            "capture", "station", "--no-browser", "--port", occupied.getsockname()[1]
        )
    assert result.code == 6
    assert "in use by another program" in result.err


def test_nobody_else_on_the_machine_can_read_the_token(
    running: Station, workspace: Workspace
) -> None:
    assert workspace.station.stat().st_mode & 0o077 == 0
    assert running.address.token in Path(workspace.station).read_text()


@pytest.mark.slow
def test_it_ends_in_order_and_leaves_nothing_behind(workspace: Workspace) -> None:
    with station_process(workspace) as process:
        code, output = process.end()
    assert (code, "The station is closed." in output) == (0, True)
    assert not workspace.station.exists()


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent on Windows")
def test_ctrl_c_ends_it_also_where_a_script_had_it_ignored(workspace: Workspace) -> None:
    with station_process(workspace, ignores_sigint=True) as process:
        code, output = process.end()
    assert (code, "The station is closed." in output) == (0, True), output
