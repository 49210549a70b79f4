"""The whole way of a recording through the station, as the page goes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from capture.sessions.media_span import MediaSpan
from capture.station.server import Station, running_station
from library.consent.contributors import contributor_of
from library.consent.stories import read_history
from library.core.workspace import Workspace
from tests.support.kept_files import broken_originals
from tests.support.live_station import StationClient, browser_chunks, until
from tests.support.sample_media import VP8, agreed_story, ffmpeg

SUPPORT = """\
trust: Larchfield Trust
contact: the Carer Stories team, room 12
withdrawal: tell whoever recorded you
lawful_basis: Article 6(1)(e), public task
special_category_condition: Article 9(2)(h)
evidence: witness
fictional: true
support:
  - name: Carers’ line <b>
    contact: 0300 123 1113
    when: weekdays
    checked: 2026-01-31
"""


@pytest.fixture
def running(workspace: Workspace) -> Iterator[Station]:
    workspace.settings.write_text(SUPPORT)
    with running_station(workspace) as running:
        yield running


@pytest.fixture
def page(running: Station) -> StationClient:
    return StationClient(running.address.port, running.address.token)


def test_other_questions_are_chosen_until_something_is_recorded(
    page: StationClient, workspace: Workspace
) -> None:
    """Whoever comes Back and chooses another set is asked its questions, and in its language."""
    story = page.post("/api/stories", title="A night call", questions="being-heard").data["id"]
    session = page.post("/api/sessions", story=story, key="s-1").data["id"]
    path = f"/api/sessions/{session}/questions"
    assert page.post(path, questions="nowhere").code == "not-found"
    chosen = page.post(path, questions="first-contact").data
    assert chosen["question_set"]["id"] == "first-contact"
    assert read_history(workspace, story).story.questions == "first-contact"
    agree(page, story, real_name="Ruth Example", contact="01632 960 111")
    page.post(f"/api/sessions/{session}/agreed", record="picture-and-voice")
    assert page.post(path, questions="being-heard").data["question_set"]["id"] == "being-heard"
    assert read_history(workspace, story).story.questions == "first-contact", "it was agreed so"
    page.begin(session)
    assert page.post(path, questions="first-contact").code == "not-now"
    page.post(f"/api/sessions/{session}/stop")
    again = page.get(f"/api/sessions/{session}").data
    assert again["question_set"]["id"] == "being-heard"


def test_from_a_new_story_to_its_recording(page: StationClient, workspace: Workspace) -> None:
    station = page.get("/api/station").data
    assert station["support"][0]["checked"] == "31 January 2026"
    assert station["health"]["free_bytes"] > 0
    assert "being-heard" in [question_set["id"] for question_set in station["question_sets"]]
    story = page.post("/api/stories", title="A night call", questions="being-heard").data["id"]
    session = page.post("/api/sessions", story=story, key="s-1").data["id"]
    assert page.post(f"/api/sessions/{session}/agreed", record="voice").code == "not-allowed"

    form = page.get(f"/api/stories/{story}/form").data
    assert "Carers’ line &lt;b&gt;" in form["html"]
    assert (form["version"], form["not_filled_in"]) == ("3", [])
    agreement = agree(page, story, real_name="Ruth Example", contact="01632 960 111")
    assert (agreement.status, agreement.data["agreed"]) == (201, True)
    contributor = contributor_of(workspace, story)
    assert contributor is not None
    assert contributor.name == "Ruth Example"

    reply = page.post(f"/api/sessions/{session}/agreed", record="picture-and-voice", paper=True)
    assert reply.data["state"] == "agreed"
    page.post(f"/api/sessions/{session}/wellbeing", when="before", answer="unsure", note="tired")
    assert page.begin(session).data["take"] == 1
    parts = browser_chunks(3)
    for number, part in enumerate(parts):
        assert page.chunk(session, 1, number, part).data["next"] == number + 1
    mark(page, session, "m-1", 1, 200, "question", question="beginning")
    mark(page, session, "m-2", 1, 900, "do-not-use")
    stopped = page.post(f"/api/sessions/{session}/stop", take=1, at=3000, chunks=len(parts)).data
    assert (stopped["state"], stopped["length"]) == ("stopped", 3000)
    late = page.begin(session).data  # asked again: its answer was lost
    assert (late["take"], late["begun"]) == (0, 1)
    assert page.post(f"/api/sessions/{session}/keep").status == 202
    until(lambda: page.get(f"/api/sessions/{session}").data["state"] == "kept")

    state = page.get(f"/api/sessions/{session}").data
    assert state["wellbeing"] == [{"when": "before", "answer": "unsure", "note": "tired"}]
    assert broken_originals(workspace.story(story)) == []
    markers = read_session(workspace.story(story).session).markers
    assert [(marker.kind, marker.at) for marker in markers] == [
        ("question", 200),
        ("do-not-use", 900),
    ]
    assert page.get("/api/stories").data[0]["recorded"] is True
    assert page.get("/api/sessions").data == []


def agree(page: StationClient, story: str, **more: str) -> object:
    return page.post(
        f"/api/stories/{story}/agreement",
        read=True,
        agreed=True,
        capacity_considered=True,
        taken_by="carer-volunteer",
        independent=True,
        contact_way="kept" if more else "none-wanted",
        **more,
    )


def mark(
    page: StationClient, session: str, key: str, take: int, at: int, kind: str, **more: str
) -> None:
    body = {"key": key, "take": take, "at": at, "kind": kind, **more}
    assert page.post(f"/api/sessions/{session}/markers", **body).status == 201
    assert page.post(f"/api/sessions/{session}/markers", **body).status == 200


def test_an_agreement_is_only_recorded_when_all_of_it_was_said(
    page: StationClient, workspace: Workspace
) -> None:
    story = page.post("/api/stories", title="A", questions="being-heard").data["id"]
    answers = {
        "read": True,
        "agreed": True,
        "capacity_considered": True,
        "taken_by": "carer-volunteer",
        "independent": True,
        "contact_way": "none-wanted",
    }
    for wrong_answer in (
        {"independent": None},
        {"contact_way": ""},
        {"contact_way": "on-paper"},
        {"read": False},
        {"agreed": False},
        {"capacity_considered": False},
        {"taken_by": "contributor"},
        {"taken_by": "Ann Example"},
        {"contact_way": "", "contact": "0000"},
        {"contact_way": "kept", "contact": "0000"},
    ):
        answer = page.ask("POST", f"/api/stories/{story}/agreement", answers | wrong_answer)
        assert answer.status == 400, wrong_answer
    for missing in answers:
        body = {name: value for name, value in answers.items() if name != missing}
        assert page.ask("POST", f"/api/stories/{story}/agreement", body).status == 400, missing
    assert not read_history(workspace, story).agreements
    assert page.ask("POST", f"/api/stories/{story}/agreement", answers).status == 201
    answers["recognise_after_erasure"] = True
    assert page.ask("POST", f"/api/stories/{story}/agreement", answers).status == 201
    agreements = read_history(workspace, story).agreements
    assert [each.recognise_after_erasure for each in agreements] == [False, True]


def test_chunks_come_in_order_once(page: StationClient, workspace: Workspace) -> None:
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session)
    assert page.chunk(session, 1, 0, b"first").status == 201
    early = page.chunk(session, 1, 2, b"third")
    assert (early.status, early.code, early.data["next"]) == (409, "gap", 1)
    assert page.chunk(session, 1, 1, b"second").status == 201
    repeated = page.chunk(session, 1, 1, b"second")
    assert (repeated.status, repeated.data) == (
        200,
        {"next": 2, "bytes": 11, "safe": 2000, "empty": 0, "ahead": 0},
    )
    other = page.chunk(session, 1, 1, b"replayed with other words")
    assert (other.status, other.code) == (409, "differs")
    assert page.chunk(session, 1, 2, b"third").data == {
        "next": 3,
        "bytes": 16,
        "safe": 3000,
        "empty": 0,
        "ahead": 0,
    }
    folder = workspace.story(page.get(f"/api/sessions/{session}").data["story"]).sessions / session
    assert (folder / "take-1.webm").read_bytes() == b"firstsecondthird"


def test_while_it_is_paused_nothing_is_taken(page: StationClient, workspace: Workspace) -> None:
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session)
    page.chunk(session, 1, 0, b"first")
    missing = page.post(f"/api/sessions/{session}/pause", take=1, at=1500, chunks=2)
    assert (missing.code, missing.data["next"]) == ("gap", 1)
    page.chunk(session, 1, 1, b"rest")
    paused = page.post(f"/api/sessions/{session}/pause", take=1, at=1500, chunks=2)
    assert (paused.data["state"], paused.data["take"]) == ("paused", 1)
    refusal = page.chunk(session, 1, 2, b"not meant to be heard")
    assert (refusal.status, refusal.code, refusal.data["state"]) == (409, "not-now", "paused")
    assert page.post(f"/api/sessions/{session}/resume", take=1).data["state"] == "recording"
    assert page.chunk(session, 1, 2, b"again").status == 201
    files = workspace.root.rglob("take-1.webm")
    assert b"not meant" not in next(files).read_bytes()


def test_a_device_that_goes_ends_the_take_and_the_next_begins(
    page: StationClient, workspace: Workspace
) -> None:
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session, "take-1")
    page.chunk(session, 1, 0, b"first")
    mark(page, session, "m-1", 1, 1000, "device-lost")
    ended = page.post(
        f"/api/sessions/{session}/takes/1/end", at=1000, chunks=1, reason="device-lost"
    )
    assert (ended.data["state"], ended.data["take"]) == ("paused", 0)
    assert page.chunk(session, 1, 1, b"late").code == "take-over"
    assert page.begin(session, "take-2").data["take"] == 2
    assert page.begin(session, "take-2").data["take"] == 2
    assert page.chunk(session, 2, 0, b"second").status == 201


def test_another_tab_takes_over_only_when_told_to(
    page: StationClient, workspace: Workspace
) -> None:
    session = page.agreed_session(agreed_story(workspace))
    other = StationClient(page.port, page.token)
    page.begin(session, "here")
    page.chunk(session, 1, 0, b"first")
    other_tab = other.begin(session, "there")
    assert (other_tab.status, other_tab.code) == (409, "recording-elsewhere")
    assert page.chunk(session, 1, 1, b"second").status == 201
    assert other.begin(session, "there", instead=True).data["take"] == 2
    assert page.chunk(session, 1, 2, b"third").code == "recording-elsewhere"
    assert other.chunk(session, 1, 2, b"third").code == "take-over"


def test_only_the_voice_was_agreed(page: StationClient, workspace: Workspace) -> None:
    story = agreed_story(workspace)
    session = page.post("/api/sessions", story=story, key="s").data["id"]
    page.post(f"/api/sessions/{session}/agreed", record="voice")
    assert page.begin(session).code == "not-allowed"
    take_reply = page.post(
        f"/api/sessions/{session}/takes", mime="audio/webm;codecs=opus", key="take-1"
    )
    assert take_reply.status == 201


def test_stop_and_delete_leaves_an_id_and_a_date(page: StationClient, workspace: Workspace) -> None:
    story = agreed_story(workspace)
    session = page.agreed_session(story)
    page.begin(session)
    page.chunk(session, 1, 0, b"words that should not stay")
    mark(page, session, "m-1", 1, 10, "note", text="a name that should not stay")
    page.post(f"/api/sessions/{session}/stop", take=1, at=1000, chunks=1)
    assert page.post(f"/api/sessions/{session}/delete").code == "bad-request"
    deleted = page.post(f"/api/sessions/{session}/delete", confirm=True)
    assert deleted.data["receipt"]["session"] == session
    assert page.get(f"/api/sessions/{session}").code == "gone"
    assert page.chunk(session, 1, 1, b"more").code == "gone"
    contents = b"".join(p.read_bytes() for p in workspace.root.rglob("*") if p.is_file())
    assert b"should not stay" not in contents
    (receipt,) = workspace.receipts.iterdir()
    assert receipt.name == f"deleted-{story}-{session}.json"


def test_later_it_is_found_again(page: StationClient, workspace: Workspace) -> None:
    story = agreed_story(workspace)
    session = page.agreed_session(story)
    page.begin(session)
    page.chunk(session, 1, 0, b"first")
    page.post(f"/api/sessions/{session}/stop")
    assert page.post(f"/api/sessions/{session}/later").data["state"] == "later"
    assert [session["id"] for session in page.get("/api/sessions").data] == [session]
    assert page.get("/api/stories").data[0]["sessions"] == [session]
    other = page.post("/api/sessions", story=story, key="another")
    assert (other.code, other.data["session"]) == ("not-now", session)
    assert page.begin(session, "take-2").data["take"] == 2


def test_what_cannot_be_kept_says_why_and_is_still_there(
    page: StationClient, workspace: Workspace
) -> None:
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session)
    page.chunk(session, 1, 0, b"this is no film")
    page.post(f"/api/sessions/{session}/stop")
    page.post(f"/api/sessions/{session}/keep")
    error = until(lambda: page.get(f"/api/sessions/{session}").data["keeping"]["error"])
    assert "Nothing that can be played" in error["what"]
    assert page.post(f"/api/sessions/{session}/delete", confirm=True).status == 200


def test_it_is_told_when_the_picture_is_ahead_of_the_sound(tmp_path: Path) -> None:
    """As in Firefox, which closes up the sound alone where it got no time."""
    to = tmp_path / "slipped.webm"
    sound = ("-f", "lavfi", "-i", "sine=f=440:r=48000:d=1")
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=3")
    ffmpeg(*picture, *sound, *VP8, "-c:a", "libopus", "-f", "webm", "-live", "1", to)
    span = MediaSpan()
    span.feed(to.read_bytes())
    assert span.so_far is not None
    assert span.so_far.covers == pytest.approx(1_000, abs=50)
    assert span.so_far.ahead == pytest.approx(1_900, abs=50)


def test_it_does_not_close_while_something_is_open(
    page: StationClient, workspace: Workspace
) -> None:
    session = page.agreed_session(agreed_story(workspace))
    page.begin(session)
    assert page.post("/api/close").code == "not-now"
    page.post(f"/api/sessions/{session}/stop")
    assert page.post("/api/close").status == 202


def test_what_is_said_names_whom_to_reach(page: StationClient) -> None:
    words = page.get("/api/words").data
    assert any("the Carer Stories team, room 12" in line for line in words["withdraw"])
    assert set(words) == {
        *("before", "count_down", "pausing", "after", "next", "withdraw", "deleted", "debrief"),
        *("language", "dir", "said", "missing"),
    }


def test_a_set_that_cannot_be_used_hides_no_other(
    page: StationClient, workspace: Workspace
) -> None:
    (workspace.questions / "broken.yml").write_text("id: broken\n")
    station = page.get("/api/station").data
    assert [question_set["id"] for question_set in station["broken_sets"]] == ["broken"]
    assert len(station["question_sets"]) >= 3
    assert page.post("/api/stories", title="A", questions="broken").code == "bad-request"


def test_a_later_version_of_the_questions_does_not_change_a_session(
    page: StationClient, workspace: Workspace
) -> None:
    session = page.agreed_session(agreed_story(workspace))
    before = page.get(f"/api/sessions/{session}").data["question_set"]
    path = workspace.questions / "being-heard.yml"
    later = before["version"] + 1
    path.write_text(path.read_text().replace(f"version: {before['version']}", f"version: {later}"))
    assert page.get("/api/questions/being-heard").data["version"] == later
    assert page.get(f"/api/sessions/{session}").data["question_set"] == before


def test_the_manifest_names_the_recording_as_it_was_measured(
    page: StationClient, workspace: Workspace
) -> None:
    story = agreed_story(workspace)
    session = page.agreed_session(story)
    page.begin(session)
    for number, part in enumerate(browser_chunks(6)):
        page.chunk(session, 1, number, part)
    page.post(f"/api/sessions/{session}/stop")
    page.post(f"/api/sessions/{session}/keep")
    until(lambda: page.get(f"/api/sessions/{session}").data["state"] == "kept")
    manifest = read_manifest(workspace.story(story))
    assert manifest is not None
    assert abs(manifest.takes[0].duration - 6000) <= 60
    assert manifest.takes[0].recorded.container == "matroska"
    assert manifest.takes[0].recorded.duration > 0, "its container states a length"


def test_nobody_agrees_at_the_station_while_the_settings_have_blanks(
    page: StationClient, workspace: Workspace
) -> None:
    story = page.post("/api/stories", title="A night call", questions="being-heard").data["id"]
    written = workspace.settings.read_text(encoding="utf-8")
    for name in ("lawful_basis", "evidence", "withdrawal"):
        text = written.replace(f"\n{name}: ", f"\n{name}: ''  # ")
        workspace.settings.write_text(text, encoding="utf-8")
        refused = agree(page, story, real_name="Ruth Example")
        assert (refused.code, f"({name})" in str(refused.data)) == ("not-allowed", True)
        assert contributor_of(workspace, story) is None
    workspace.settings.write_text(written, encoding="utf-8")
    assert agree(page, story).status == 201
