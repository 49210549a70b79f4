"""A picture comes in only where it was agreed to, whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from capture.intake.intake_state import CompanionFiles
from capture.intake.pipeline import import_recording
from capture.recording.originals import read_manifest
from capture.sessions.session_folders import create_session
from library.consent.decisions import record_agreement
from library.consent.stories import read_history, start_story
from library.core.clock import today
from library.core.errors import BadInput, NotAllowed
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.live_station import station_process
from tests.support.station_page import agree_in_full, open_window

Cli = Callable[..., CommandResult]
MADE_UP = "lavfi:testsrc2=s=160x120:r=25[out0];sine=f=440:b=1[out1]"


def agree(workspace: Workspace, story: str, record: str) -> None:
    """Record an agreement to these media; "" is one of an earlier version."""
    record_agreement(
        workspace,
        story,
        on=today(),
        taken_by="carer-volunteer",
        form_version="3",
        independent=True,
        capacity_considered=True,
        record=record,  # type: ignore[arg-type]  # one of three words
    )


@pytest.fixture
def story(workspace: Workspace) -> str:
    return start_story(workspace, title="A night call", questions="being-heard").id


@pytest.mark.parametrize("is_said_by", ["the agreement", "its first session", "a later session"])
def test_no_picture_is_brought_in_where_only_the_voice_was_agreed_to(
    workspace: Workspace, story: str, is_said_by: str, run_cli: Cli
) -> None:
    media = {"the agreement": "voice", "a later session": "picture-and-voice"}.get(is_said_by, "")
    agree(workspace, story, media)
    if is_said_by != "the agreement":
        with closing(create_session(workspace, story, "session-1")) as session:
            session.confirm_agreement("voice")
    video = sample_media.video()
    microphone = CompanionFiles(microphone=video)
    for sources, companions in (((video,), None), ((sample_media.wav(),), microphone)):
        with pytest.raises(BadInput, match="has a picture, and only the voice was agreed to"):
            import_recording(
                workspace, story, *sources, **({"companions": companions} if companions else {})
            )
    assert read_manifest(workspace.story(story)) is None
    assert not list(workspace.story(story).original.iterdir())
    ran = run_cli("capture", "import", story, str(video), "--yes")
    assert (ran.code, "only the voice was agreed to" in ran.err) == (2, True)
    ran = run_cli("capture", "record", story, "--go-on", "--input", MADE_UP)
    assert (ran.code, "Only the voice was agreed to." in ran.err) == (4, True)
    import_recording(workspace, story, sample_media.wav())
    agree(workspace, story, "picture-and-voice")
    import_recording(workspace, story, video, add=True)


def test_a_session_records_no_more_than_was_agreed_to(workspace: Workspace, story: str) -> None:
    agree(workspace, story, "voice")
    with closing(create_session(workspace, story, "session-1")) as session:
        with pytest.raises(NotAllowed, match="Only the voice was agreed to"):
            session.confirm_agreement("picture-and-voice")
        session.confirm_agreement("voice")
        agree(workspace, story, "picture-and-voice")
        session.confirm_agreement("picture-and-voice")


def test_the_command_takes_down_what_was_ticked(
    workspace: Workspace, story: str, run_cli: Cli
) -> None:
    options = ("--taken-by", "editor", "--independent", "--capacity-considered", "--yes")
    for more, expected in (((), ""), (("--record", "voice"), "voice")):
        assert run_cli("consent", "record", story, *options, *more).code == 0
        assert read_history(workspace, story).agreements[-1].record == expected


@pytest.mark.browser
@pytest.mark.slow
def test_more_than_was_agreed_to_takes_another_agreement(workspace: Workspace, story: str) -> None:
    agree(workspace, story, "voice")
    with station_process(workspace) as station, open_window(station.page) as window:
        page = window.page
        window.press("Begin a new recording")
        page.get_by_label("A story that is prepared already").check()
        window.press("Next")
        window.wait_for_heading("The agreement is on record")
        page.get_by_text("They agreed that only their voice is recorded.").wait_for()
        assert page.get_by_label("Only the voice").is_checked()
        assert page.get_by_label("Picture and voice").count() == 0
        page.get_by_text("They want their picture recorded as well").click()
        window.press("Go through the agreement again")
        window.wait_for_heading("Taking part in a recording")
        agree_in_full(window)
        window.press("Back")
        window.wait_for_heading("The agreement is on record")
        page.get_by_text("They agreed to picture and voice.").wait_for()
        assert page.get_by_label("Picture and voice").is_checked()
        assert window.complaints == []
    agreements = read_history(workspace, story).agreements
    assert [agreement.record for agreement in agreements] == ["voice", "picture-and-voice"]
