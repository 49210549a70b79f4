"""The sound at the desk: the working copy by ranges, peaks, the film before it is made."""

from __future__ import annotations

import http.client
import io
import json
import os
import wave
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from films.film_spec import read_choices
from films.make_cut import _film_spec
from library.consent.stories import read_history
from library.consent.withdrawals import record_withdrawal
from library.core.settings import load_settings
from library.core.workspace import StoryFolder, Workspace
from library.local_page.responses import install_error_handlers
from stewardship.desk import media_routes
from stewardship.desk.desk_analyser import DeskAnalyser
from stewardship.desk.desk_page import DESK, running_desk
from stewardship.desk.media_routes import media_calls
from stewardship.desk.open_stories import Desk
from tests.support.command_line import CommandResult
from tests.support.tone_story import LONG, PITCH, RATE, START, marks, toned_story
from tests.support.workspaces import make_workspace
from transcribe.words import read_edited

Cli = Callable[..., CommandResult]
COPY = "[00:01] Ruth: Nobody asked [[Daniel|him]] what ~~he knew.~~{,+40} Nobody ever did. Never.\n"


@dataclass
class Window:
    """A window of a desk, in this process."""

    desk: Desk
    folder: StoryFolder
    client: FlaskClient

    @property
    def story(self) -> str:
        return self.folder.root.name

    @property
    def media(self) -> str:
        return f"/media/{self.desk.ticket_of(self.story)}"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Window:
    return opened(make_workspace(tmp_path_factory.mktemp("desk") / "library"))


def opened(workspace: Workspace) -> Window:
    folder = toned_story(workspace)
    folder.editors_copy.write_text(COPY, encoding="utf-8")
    desk = Desk(workspace, DeskAnalyser)
    app = Flask("desk", static_folder=None)
    install_error_handlers(app, DESK)
    app.register_blueprint(media_calls(desk))
    return Window(desk, folder, app.test_client())


def test_the_working_copy_comes_by_ranges_to_whoever_has_the_secret(window: Window) -> None:
    whole = window.folder.working.read_bytes()
    answer = window.client.get(window.media, headers={"Range": "bytes=100-1099"})
    assert (answer.status_code, answer.data) == (206, whole[100:1100])
    assert answer.headers["Content-Range"] == f"bytes 100-1099/{len(whole)}"
    assert window.client.get(window.media).data == whole
    for ticket in ("", window.story, "x" * 43, "..%2f..%2flibrary.json"):
        answer = window.client.get(f"/media/{ticket}")
        assert answer.status_code == 404
        assert b"ftyp" not in answer.data


def test_a_player_needs_no_proof_and_another_page_gets_nothing(workspace: Workspace) -> None:
    folder = toned_story(workspace)
    whole = folder.working.read_bytes()
    with running_desk(workspace) as running:
        port = running.address.port
        path = f"/media/{running.desk.ticket_of(folder.root.name)}"

        def asked(method: str = "GET", path: str = path, **headers: str) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            return answer.status, data

        assert asked() == (200, whole)
        ours = {"Origin": f"http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}
        assert asked(Range="bytes=7-", **ours) == (206, whole[7:])
        assert asked("HEAD") == (200, b"")
        for strange in (
            {"Host": f"localhost:{port}"},
            {"Origin": "http://127.0.0.1:1"},
            {"Sec_Fetch_Site": "same-site"},
            {"Sec_Fetch_Site": "none"},
        ):
            status, data = asked(**strange)
            assert status in (403, 421), strange
            assert b"ftyp" not in data
        assert asked("POST")[0] in (405, 411, 415)
        for api in ("peaks", "sound?start=0&end=9", "analysis?version=0"):
            assert asked(path=f"/api/stories/{folder.root.name}/{api}")[0] == 401


def test_peaks_show_where_somebody_speaks_and_are_made_once(window: Window) -> None:
    peaks = window.client.get(f"/api/stories/{window.story}/peaks").data
    assert len(peaks) == pytest.approx(1300, abs=3)
    for start in START:
        loud = peaks[start // 10 + 3 : (start + LONG) // 10 - 3]
        quiet = peaks[(start - 500) // 10 : (start - 100) // 10]
        assert min(loud) > 200 > 60 > max(quiet)
    made = window.folder.peaks.stat()
    assert window.client.get(f"/api/stories/{window.story}/peaks").data == peaks
    assert window.folder.peaks.stat().st_ino == made.st_ino
    # Of another recording they are another's.
    later = made.st_mtime_ns + 10**10
    os.utime(window.folder.speech, ns=(later, later))
    assert window.client.get(f"/api/stories/{window.story}/peaks").data == peaks
    assert window.folder.peaks.stat().st_ino != made.st_ino


def heard_of(window: Window, start: int, end: int, kind: str = "film") -> np.ndarray:
    """Return a stretch as samples at the rate of `tone_story`."""
    path = f"/api/stories/{window.story}/sound?start={start}&end={end}&as={kind}"
    answer = window.client.get(path)
    assert answer.status_code == 200, answer.data
    with wave.open(io.BytesIO(answer.data)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1, 3 * RATE)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    return samples[::3].astype(np.float32) / 32768


def test_the_film_is_heard_before_it_is_made(window: Window) -> None:
    hidden, cut = START[2], START[4]
    recorded = heard_of(window, hidden - 1_000, hidden + 1_000, "recorded")
    assert marks(recorded, PITCH[2]) == [pytest.approx(1_000, abs=30)]
    film = heard_of(window, hidden - 1_000, hidden + 1_000)
    assert len(film) == pytest.approx(2 * RATE, abs=RATE / 10)
    assert marks(film, PITCH[2]) == []
    assert marks(film, PITCH[1]) == [pytest.approx(0, abs=60)]
    # Two words are cut: what is left of them is nothing, and it is shorter by that.
    around = heard_of(window, cut - 900, cut + 2_300)
    assert marks(around, PITCH[4]) == marks(around, PITCH[5]) == []
    assert len(around) < 1.6 * RATE
    for bad in ("start=0&end=99999", "start=5&end=5", "start=x&end=9", "end=9"):
        assert window.client.get(f"/api/stories/{window.story}/sound?{bad}").status_code == 400


def test_the_plan_is_that_of_the_film(window: Window, run_cli: Cli) -> None:
    analysis = DeskAnalyser(window.desk.workspace, window.story).analyse_fully(COPY)
    assert analysis.is_complete
    kinds = [span.kind for span in analysis.plan]
    assert kinds == ["outside", "redaction", "cut", "outside"]
    _, redaction, cut, _ = analysis.plan
    assert COPY[redaction.from_ or 0 : redaction.to] == "[[Daniel|him]]"
    assert COPY[cut.from_ or 0 : cut.to] == "~~he knew.~~{,+40}"
    assert (cut.edges, redaction.shown, redaction.checked) == ((0, 40), "him", False)
    assert redaction.start < START[2] < START[2] + LONG < redaction.end
    assert cut.bounds is not None
    assert cut.bounds[0] < cut.start < START[4]
    assert START[5] + LONG < cut.end < cut.bounds[3] + 40
    assert analysis.film_sound.redactions == "bleep"
    assert (analysis.film_sound.cut_fade_ms, analysis.film_sound.redaction_fade_ms) == (8, 5)
    # The very frames that the film leaves out.
    workspace = window.desk.workspace
    result = run_cli("--workspace", workspace.root, "edit", window.story, "--as-is")
    assert result.code == 0, result.err
    spec = _film_spec(
        workspace,
        read_history(workspace, window.story).story,
        read_edited(window.folder.edited),
        read_choices(window.folder),
        load_settings(workspace),
    )
    (_, before), (_, behind) = spec.timeline.shots()
    assert [(cut.start, cut.end)] == [(before.last * 40, behind.first * 40)]


def test_what_was_listened_to_is_known_until_its_span_changes(window: Window) -> None:
    analyser = DeskAnalyser(window.desk.workspace, window.story)

    def redactions(text: str) -> dict[str, bool]:
        plan = analyser.analyse(text).plan
        return {span.id: span.checked for span in plan if span.kind == "redaction"}

    (own_id,) = redactions(COPY)
    path = f"/api/stories/{window.story}/checked"
    answer = window.client.post(path, json={"redactions": [own_id]})
    assert json.loads(answer.data) == {"checked": [own_id]}
    assert redactions(COPY) == {own_id: True}
    assert redactions(COPY.replace("Daniel|him", "Daniel|my son")) == {own_id: True}
    assert list(redactions(COPY.replace("|him]]", "|him]]{-200,}")).values()) == [False]
    assert redactions(COPY.replace("[[Daniel|him]] what", "[[Daniel what|him]]")) != {own_id: True}
    assert "Daniel" not in window.folder.checked_redactions.read_text()
    for bad in (["../x"], [own_id.upper()], "x", [1]):
        assert window.client.post(path, json={"redactions": bad}).status_code == 400


def test_a_story_that_is_taken_back_is_not_heard_any_more(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = opened(workspace)
    media = other.media
    assert other.client.get(media, headers={"Range": "bytes=0-1"}).status_code == 206
    monkeypatch.setattr(media_routes, "_ASKED_AGAIN_S", 0)
    parts = iter(other.client.get(media, buffered=False).response)
    assert next(parts)
    record_withdrawal(workspace, other.story, asked_by="contributor", scope="all")
    with pytest.raises(ConnectionAbortedError):
        next(parts)
    for path in (
        media,
        f"/api/stories/{other.story}/peaks",
        f"/api/stories/{other.story}/sound?start=0&end=900",
    ):
        assert other.client.get(path).status_code in (403, 410), path


def test_without_a_recording_the_desk_says_so(workspace: Workspace) -> None:
    other = opened(workspace)
    for path in (other.folder.working, other.folder.speech):
        path.unlink()
    for path in (other.media, f"/api/stories/{other.story}/peaks"):
        answer = other.client.get(path)
        assert answer.status_code == 404
        assert "not on this computer" in answer.get_data(as_text=True)
