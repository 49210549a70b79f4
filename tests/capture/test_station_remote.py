"""A talk over Teams, Zoom or the telephone: marked at the station, its files brought in."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from capture.recording.takes import joined_length
from capture.sessions.remote_recording import (
    RemoteMark,
    RemoteTalk,
    bring_in,
    read_talk,
    recent_files,
    typed_path,
    write_talk,
)
from capture.sessions.session_folders import create_session, readable_sessions
from capture.sessions.state import Phase
from capture.station.change_of_mind import take_back
from capture.station.open_sessions import OpenSessions
from capture.station.server import running_station
from library.core import files, struct_file
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.live_station import (
    StationClient,
    agreed_session,
    record_take,
    station_process,
    until,
)
from tests.support.station_page import Window, open_window

MARKS = (
    RemoteMark(at=400, kind="question", question="beginning"),
    RemoteMark(at=1_200, kind="note", question="beginning", text="She laughs"),
    RemoteMark(at=90_000, kind="question", question="first-contact"),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a download in it."""
    folder = tmp_path / "home"
    (folder / "Downloads").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    shutil.copy(sample_media.video(), folder / "Downloads" / "Meeting in Teams.mp4")
    shutil.copy(sample_media.wav(), folder / "Downloads" / "telephone.wav")
    (folder / "Downloads" / "letter.docx").write_bytes(b"PK")
    return folder


def test_files_are_brought_in_with_what_was_marked(workspace: Workspace, home: Path) -> None:
    session = agreed_session(workspace)
    write_talk(session, RemoteTalk(system="teams", marks=MARKS))
    with pytest.raises(CarerStoriesError):
        bring_in(session, [home / "Downloads" / "letter.docx"])
    assert session.state.phase is Phase.AGREED
    bring_in(session, [home / "Downloads" / "Meeting in Teams.mp4"])
    story = workspace.story(session.state.story)
    manifest = read_manifest(story)
    assert manifest is not None
    markers = read_session(story.session).markers
    assert [(m.at, m.kind, m.question) for m in markers[:2]] == [
        (400, "question", "beginning"),
        (1_200, "note", "beginning"),
    ]
    at_its_end = joined_length(manifest.takes) - 1
    assert markers[2].at == at_its_end, "what was marked after it ended"
    assert (session.state.phase, read_talk(session.folder)) == (Phase.KEPT, None)
    session.close()


def test_only_a_voice_is_kept_where_only_the_voice_was_agreed(
    workspace: Workspace, home: Path
) -> None:
    session = create_session(workspace, sample_media.agreed_story(workspace), "session-1")
    session.confirm_agreement("voice")
    with pytest.raises(BadInput, match="has a picture"):
        bring_in(session, [home / "Downloads" / "Meeting in Teams.mp4"])
    assert read_manifest(workspace.story(session.state.story)) is None
    bring_in(session, [home / "Downloads" / "telephone.wav"])
    session.close()


def test_a_talk_that_was_recorded_here_is_not_one_of_another_program(workspace: Workspace) -> None:
    session = agreed_session(workspace)
    record_take(session)
    with pytest.raises(NotAllowed):
        write_talk(session, RemoteTalk(system="zoom"))
    session.close()


def test_a_change_of_mind_tells_of_what_lies_elsewhere(
    workspace: Workspace, home: Path, tmp_path: Path, run_cli: Callable[..., CommandResult]
) -> None:
    pending, brought_in = agreed_session(workspace), agreed_session(workspace)
    write_talk(pending, RemoteTalk(system="teams", marks=MARKS))
    bring_in(brought_in, [home / "Downloads" / "telephone.wav"])
    stories = [session.state.story for session in (pending, brought_in)]
    for session in (pending, brought_in):
        session.close()
    assert run_cli("backup", tmp_path / "stick").code == 0
    for story, words in zip(stories, ("What Teams recorded of it", "The files"), strict=True):
        outcome = take_back(workspace, OpenSessions(workspace), story)
        assert outcome.is_erased, outcome.left
        assert words in outcome.text
        assert "whoever recorded it deletes" in outcome.text
        assert f"may still hold it: {tmp_path / 'stick'}" in outcome.text
    after = sample_media.agreed_story(workspace)
    later = take_back(workspace, OpenSessions(workspace), after)
    assert "Teams" not in later.text


def test_recordings_are_looked_for_where_programs_put_them(home: Path) -> None:
    assert {recording.path.name for recording in recent_files()} == {
        "Meeting in Teams.mp4",
        "telephone.wav",
    }
    assert typed_path(f' "{home}/Downloads/telephone.wav" ').is_file()
    for typed in ("", "telephone.wav", str(home / "gone.mp4")):
        with pytest.raises(BadInput):
            typed_path(typed)


def paused(workspace: Workspace) -> bool:
    """Return whether the pause of the only session is on the disk."""
    (talk,) = (read_talk(folder) for folder, _ in readable_sessions(workspace))
    return bool(talk and talk.halted)


def keep_it(window: Window) -> None:
    window.press("Keep it")
    window.press("Yes, keep it")
    window.wait_for_heading("Bring the recording in")


@pytest.mark.browser
@pytest.mark.slow
def test_a_volunteer_speaks_over_teams(workspace: Workspace, home: Path) -> None:
    story = sample_media.agreed_story(workspace)
    with station_process(workspace) as station, open_window(station.page) as window:
        page = window.page
        window.press("Begin a new recording")
        window.wait_for_heading("The story")
        page.get_by_label("A story that is prepared already").check()
        page.get_by_label("We speak over Teams, Zoom or telephone").check()
        window.press("Next")
        window.wait_for_heading("The agreement is on record")
        page.get_by_label("Picture and voice", exact=False).first.check()
        page.get_by_label("They still want to be recorded today.").check()
        window.press("Next")
        window.wait_for_heading("Speak from a distance")
        page.get_by_text("Start recording", exact=False).wait_for()
        page.get_by_text("they decide afterwards, before the file is brought in.").wait_for()
        page.get_by_text("A better sound: their own telephone").click()
        page.get_by_text("No picture is taken from it.").wait_for()
        window.press("Next")
        window.wait_for_heading("Before we start")
        page.get_by_label("Well enough").check()
        window.press("It is being recorded now: begin")
        window.wait_for_state("Not recorded here: see Teams")
        window.press_below("Next")
        window.press_below("Pause")
        page.get_by_text("This page cannot pause Teams").wait_for()
        paused_at = page.locator(".clock .time").inner_text()
        until(lambda: paused(workspace))
        page.reload()
        window.press("Go on with it")
        # Its answers were given, and the recording’s clock stands where it did.
        window.press("Go on with the questions")
        window.wait_for_state("Paused here")
        page.get_by_text("Question 1 of").wait_for()
        assert page.locator(".clock .time").inner_text() == paused_at
        window.press_below("Go on")
        window.wait_for_state("Not recorded here: see Teams")
        window.press_below("Stop")
        # They decide, as after a recording that was made here; nothing is brought in unasked.
        window.wait_for_heading("The talk is over")
        assert page.locator("#live").inner_text() == ""
        for name in ("Decide later", "Delete it"):
            page.get_by_role("button", name=name).wait_for()
        keep_it(window)
        window.press("Later: the file is not there yet")
        page.get_by_text("It was marked here while another program was to record it").wait_for()
        assert page.get_by_text("Delete them").count() == 0, "it is no empty session"
        window.press("Go on with it")
        window.press("The talk is over")
        keep_it(window)
        page.get_by_text("Bring it in once they have decided that it may be kept").wait_for()
        page.get_by_label("Meeting in Teams.mp4").check()
        window.press("Bring it in")
        window.wait_for_heading("How are you now?")
        page.get_by_text("The recording is brought in, and kept").wait_for()
        assert window.complaints == []
        assert page.evaluate("seen.streams.length") == 0, "no camera was asked for"
    markers = read_session(workspace.story(story).session).markers
    assert [(marker.kind, marker.question) for marker in markers] == [("question", "beginning")]


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_marked_while_the_disk_is_full_waits_and_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_full = False
    save = struct_file.save

    def save_where_room(path: Path, record: object) -> None:
        if is_full and isinstance(record, RemoteTalk):
            raise files.refusal(path, OSError(errno.ENOSPC, "full"))
        save(path, record)

    monkeypatch.setattr(struct_file, "save", save_where_room)
    with running_station(workspace) as running:
        client = StationClient(running.address.port, running.address.token)
        session = client.agreed_session(sample_media.agreed_story(workspace), "talk")
        talk = {"system": "telephone", "began": 0, "marks": []}
        assert client.post(f"/api/sessions/{session}/remote", talk=talk).status == 200
        client.post(f"/api/sessions/{session}/leave")
        with open_window(StationClient(client.port, client.token)) as window:
            page, told = window.page, window.page.get_by_role("alert")
            page.get_by_text("Another program is to record it, or has.").wait_for()
            window.press("Go on with it")
            window.press("Next")
            window.wait_for_heading("Before we start")
            page.get_by_label("Well enough").check()
            window.press("It is being recorded now: begin")
            window.press_below("Next")
            folder = next(folder for folder, _ in readable_sessions(workspace))
            until(lambda: (on_disk := read_talk(folder)) and on_disk.marks)
            is_full = True
            page.keyboard.press("d")
            told.get_by_text("What is marked here is not saved yet.").wait_for()
            assert "doctor" not in told.inner_text()
            page.once("dialog", lambda dialog: dialog.accept())  # it says that something waits
            page.reload()
            refused = client.post("/api/close")
            assert (refused.status, "not saved yet" in refused.data["error"]["what"]) == (409, True)
            window.press("Go on with it")
            told.get_by_text("What is marked here is not saved yet.").wait_for()
            window.press("Go on with the questions")
            window.press_below("Stop")
            window.wait_for_heading("The talk is over")
            stopped_at = page.evaluate("Date.now()")
            is_full = False
            told.wait_for(state="detached")
            on_disk = read_talk(folder)
            assert on_disk
            assert [mark.kind for mark in on_disk.marks] == ["question", "do-not-use"]
            assert abs(on_disk.halted - stopped_at) < 3_000, "the clock stopped with the talk"
            window.press("Go on with the talk")
            window.press("It records again from now on")
            window.wait_for_state("Not recorded here: see the telephone")
            going = until(lambda: (now := read_talk(folder)) and not now.halted and now)
            shift = going.began - on_disk.began
            assert 0 < shift <= page.evaluate("Date.now()") - on_disk.halted
            assert client.post(f"/api/sessions/{session}/hold", instead=True).status == 200
            told.get_by_text("This talk is open in another window now.").wait_for()
            window.wait_for_state("Open in another window")
            pressed = page.locator(".marks [aria-pressed=false]").count()
            page.locator(".marks button").first.dispatch_event("click")
            assert page.locator(".marks [aria-pressed=false]").count() == pressed
            stay = threading.Thread(target=client.post, args=(f"/api/sessions/{session}/stay",))
            stay.start()
            window.press("To the beginning")
            window.wait_for_heading("Welcome back")
            page.get_by_text(
                "open in another window; another program may be recording it"
            ).wait_for()
            window.press("Take over here")
            page.get_by_text("Nothing more can be marked in the other window then.").wait_for()
            client.post(f"/api/sessions/{session}/leave")
            stay.join()
            assert "safe" not in page.inner_text("body")
            assert [line for line in window.complaints if line.startswith("error")] == []
