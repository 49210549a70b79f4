"""A page of this machine is what its definition says: its own files, words, features and calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Blueprint, Response, send_file

from library.core.errors import NotAllowed
from library.core.workspace import Workspace
from library.local_page.address import PageOpenAlready
from library.local_page.definition import LocalPage, PageService
from library.local_page.refusals import CodedRefusal
from library.local_page.responses import bytes_response, decode_body, json_response
from library.local_page.server import RunningPage, open_page
from tests.support.live_station import StationClient

SOUND = bytes(range(256))
MEDIA = "/media/<ticket>"


class TooEarly(CodedRefusal, NotAllowed, code="too-early", status=425):
    """A refusal of the page under test."""


class Letter(msgspec.Struct):
    text: str


@pytest.fixture
def page(tmp_path: Path) -> LocalPage:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "index.html").write_text("<title>Letters</title>")
    (folder / "letters.js").write_text("// own")
    (folder / "dom.js").write_text("// before the shared one")
    return LocalPage(
        name="writing desk",
        folder=folder,
        files=lambda workspace: workspace.desk_files,
        reassurance="Every letter is safe.",
        unproved_routes=(MEDIA,),
        max_json_bytes=1_000,
    )


def calls(sound: Path, rule: str = MEDIA, method: str = "GET") -> Blueprint:
    blueprint = Blueprint("letters", __name__)

    @blueprint.post("/api/letters")
    def letter() -> Response:
        return json_response({"length": len(decode_body(Letter).text)})

    @blueprint.get("/api/loudness")
    def loudness() -> Response:
        return bytes_response(SOUND)

    @blueprint.get("/api/too-early")
    def too_early() -> Response:
        raise TooEarly("The post is not there yet.", "Wait for it.", at="noon")

    @blueprint.get("/api/unforeseen")
    def unforeseen() -> Response:
        raise RuntimeError("a secret")

    @blueprint.route(rule, methods=[method])
    def media(ticket: str) -> Response:
        return send_file(sound, conditional=True, max_age=0)

    return blueprint


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.wav"
    path.write_bytes(SOUND)
    return path


@contextmanager
def served(
    page: LocalPage, workspace: Workspace, sound: Path, **questions: Any
) -> Iterator[tuple[StationClient, RunningPage]]:
    with (
        open_page(page, workspace) as opened,
        opened.serve(PageService((calls(sound),), **questions)) as running,
    ):
        yield StationClient(running.address.port, running.address.token), running


def test_files_of_the_page_come_before_the_shared_ones(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    with served(page, workspace, sound) as (client, _):
        assert client.get("/").data == b"<title>Letters</title>"
        assert client.get("/assets/letters.js").data == b"// own"
        assert client.get("/assets/dom.js").data == b"// before the shared one"
        for shared in ("server.js", "proof.js", "look.css", "mark.svg"):
            assert client.get(f"/assets/{shared}").status == 200
        for nowhere in ("station.js", "..%2fguard.py", "index.html"):
            assert client.get(f"/assets/{nowhere}").status == 404


def test_an_answer_of_bytes_is_proved_as_every_other(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    with served(page, workspace, sound) as (client, _):
        answer = client.get("/api/loudness")
        assert (answer.is_proved, answer.data) == (True, SOUND)
        without: dict[str, Any] = {"X-Station-Proof": None}
        assert client.ask("GET", "/api/loudness", headers=without).code == "unproved"
        assert client.post("/api/letters", text="a" * 900).data == {"length": 900}
        assert client.post("/api/letters", text="a" * 1_000).code == "too-large"


def test_a_player_gets_ranges_without_a_proof_from_this_page_alone(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    with served(page, workspace, sound) as (client, _):
        own = {"Range": "bytes=16-31", "Sec-Fetch-Site": "same-origin"}
        status, headers, data = client.send("GET", "/media/t", None, own)
        assert (status, data) == (206, SOUND[16:32])
        assert headers["Content-Range"] == "bytes 16-31/256"
        assert headers["Cache-Control"] == "no-store"
        for other, refused in (
            ({"Host": "attacker.example"}, 421),
            ({"Origin": "http://attacker.example"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "none"}, 403),
        ):
            assert client.send("GET", "/media/t", None, own | other)[0] == refused, other


def test_a_window_of_a_killed_run_gets_calls_and_no_sound(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    """Sound is not sealed, and a stranger may have waited at that port meanwhile."""
    with served(page, workspace, sound, is_unfinished=lambda: True) as (client, _):
        assert client.get("/api/loudness").is_proved
    assert workspace.desk.exists()
    with served(page, workspace, sound) as (_, running):
        assert (running.is_restart, running.is_displaced) == (True, False)
        assert client.get("/api/loudness").is_proved
        assert client.send("GET", "/media/t", None, {})[0] == 410
    assert not workspace.desk.exists()


@pytest.mark.parametrize(
    ("rule", "method"), [("/films/<ticket>", "GET"), (MEDIA, "POST"), ("/", "GET")]
)
def test_a_call_without_a_proof_that_is_not_declared_starts_no_server(
    page: LocalPage, workspace: Workspace, sound: Path, rule: str, method: str
) -> None:
    service = PageService((calls(sound, rule, method),))
    with (
        open_page(page, workspace) as opened,
        pytest.raises(ValueError, match="unproved route"),
        opened.serve(service),
    ):
        pass


@pytest.mark.parametrize(
    ("features", "policy"),
    [((), "camera=(), microphone=()"), (("camera",), "camera=(self), microphone=()")],
)
def test_a_page_may_ask_for_the_devices_it_declares(
    page: LocalPage,
    workspace: Workspace,
    sound: Path,
    features: tuple[str, ...],
    policy: str,
) -> None:
    with served(replace(page, browser_features=features), workspace, sound) as (client, _):
        assert client.get("/").headers["Permissions-Policy"].startswith(policy)


def test_what_it_refuses_is_in_its_own_words(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    with served(page, workspace, sound) as (client, _):
        early = client.get("/api/too-early")
        assert (early.status, early.code, early.data["at"]) == (425, "too-early", "noon")
        unforeseen = client.get("/api/unforeseen")
        assert (unforeseen.status, unforeseen.code) == (500, "refused")
        assert unforeseen.data["error"]["next_step"] == "Every letter is safe."
        for headers in ({"Host": "a.example"}, {"Origin": "null"}, {"X-Station-Proof": "no"}):
            refusal = client.ask("GET", "/api/loudness", headers=headers).data["error"]
            assert "the writing desk" in refusal["what"]
            assert "station" not in f"{refusal}"


def test_it_is_closed_by_its_page_when_it_may_be(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    refusals = [TooEarly("A letter is not finished.")]

    def require_closable() -> None:
        if refusals:
            raise refusals.pop()

    with served(page, workspace, sound, require_closable=require_closable) as (client, running):
        assert client.post("/api/close").code == "too-early"
        assert not running.ended.is_set()
        assert client.post("/api/close").status == 202
        assert running.ended.wait(10)


def test_two_pages_of_a_library_are_open_at_once_and_each_of_them_once(
    page: LocalPage, workspace: Workspace, sound: Path
) -> None:
    from capture.station.server import running_station

    with served(page, workspace, sound) as (client, running), running_station(workspace) as station:
        other = StationClient(station.address.port, station.address.token)
        assert other.get("/api/health").status == 200
        assert client.get("/api/loudness").is_proved
        expected = f"The writing desk of this library is open already at {running.address.url}"
        with pytest.raises(PageOpenAlready, match=expected), served(page, workspace, sound):
            pass
