"""A picture comes in only where it was agreed to, whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from capture.intake import pipeline
from capture.intake.intake_state import CompanionFiles
from capture.intake.pipeline import import_recording
from capture.media.probe import probe
from capture.recording.originals import read_manifest
from capture.recording.takes import takes_of
from capture.sessions.agreed_media import agreed_media
from capture.sessions.finalise import keep_session
from capture.sessions.live_session import LiveSession
from capture.sessions.session_folders import create_session
from capture.sessions.state import Phase
from library.consent.stories import read_history, start_story
from library.core.errors import BadInput, NotAllowed
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.live_station import station_process
from tests.support.quick_stories import AGREED, agree_to, filmed
from tests.support.station_page import Window, agree_in_full, open_window, record_from_camera

Cli = Callable[..., CommandResult]
MADE_UP = "lavfi:testsrc2=s=160x120:r=25[out0];sine=f=440:b=1[out1]"


def come_to_agreement(window: Window) -> None:
    """Walk from the welcome page to the agreement of the one story that is prepared."""
    window.press("Begin a new recording")
    window.page.get_by_label("A story that is prepared already").check()
    window.press("Next")
    window.wait_for_heading("The agreement is on record")


def wait_for_camera(window: Window) -> None:
    """Wait until the camera page shows what the camera sees, and offers the voice alone."""
    window.wait_for_heading("Camera and sound")
    window.page.get_by_role("button", name="Record the voice only", pressed=False).wait_for()
    window.page.get_by_role("button", name="Next", disabled=False).wait_for()
    window.page.get_by_label("What the camera sees").wait_for()
    assert window.page.get_by_text("No picture is recorded.").is_hidden()


@pytest.fixture
def story(workspace: Workspace) -> str:
    return start_story(workspace, title="A night call", questions="being-heard").id


@pytest.mark.parametrize("is_said_by", ["the agreement", "its first session", "a later session"])
def test_no_picture_is_brought_in_where_only_the_voice_was_agreed_to(
    workspace: Workspace,
    story: str,
    is_said_by: str,
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    media = {"the agreement": "voice", "a later session": "picture-and-voice"}.get(is_said_by, "")
    with monkeypatch.context() as patch:
        patch.setattr("library.consent.decisions.now", lambda: "2026-01-02T09:00:00Z")
        agree_to(workspace, story, media)
    if is_said_by != "the agreement":
        with closing(create_session(workspace, story, "session-1")) as session:
            session.confirm_agreement("voice")
    video = sample_media.video()
    microphone = CompanionFiles(microphone=video)
    is_later = is_said_by == "a later session"
    why = "they wanted only their voice" if is_later else "only the voice was agreed to"
    for sources, companions in (((video,), None), ((sample_media.wav(),), microphone)):
        with pytest.raises(BadInput, match=f"has a picture, and {why}"):
            import_recording(
                workspace, story, *sources, **({"companions": companions} if companions else {})
            )
    assert read_manifest(workspace.story(story)) is None
    assert not list(workspace.story(story).original.iterdir())
    ran = run_cli("capture", "import", story, str(video), "--yes")
    assert (ran.code, why in ran.err) == (2, True)
    ran = run_cli("capture", "record", story, "--go-on", "--input", MADE_UP)
    assert (ran.code, f"{why[0].upper()}{why[1:]}" in ran.err) == (4, True)
    import_recording(workspace, story, sample_media.wav())
    agree_to(workspace, story, "picture-and-voice")
    import_recording(workspace, story, video, add=True)


def test_an_agreement_that_does_not_say_it_leaves_it_as_it_was(
    workspace: Workspace, story: str
) -> None:
    for record, counts in (
        ("voice", "voice"),
        ("", "voice"),
        ("picture-and-voice",) * 2,
        ("",) * 2,
    ):
        agree_to(workspace, story, record)
        expected = counts or "picture-and-voice"
        assert agreed_media(workspace, read_history(workspace, story)) == expected


def test_an_agreement_recorded_again_leaves_it_as_the_session_before(
    workspace: Workspace, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a library of an earlier version: a script that adds the scan takes no wish away."""
    agree_to(workspace, story, "")
    with closing(create_session(workspace, story, "session-1")) as session:
        session.confirm_agreement("voice")
    monkeypatch.setattr("library.consent.decisions.now", lambda: "2100-01-01T00:00:00Z")
    agree_to(workspace, story, "")
    assert agreed_media(workspace, read_history(workspace, story)) == "voice"


def test_a_later_session_takes_no_earlier_picture_away(workspace: Workspace, story: str) -> None:
    """In a library of an earlier version, in which no agreement says it."""
    agree_to(workspace, story, "")
    import_recording(workspace, story, sample_media.video())
    with closing(create_session(workspace, story, "session-1")) as session:
        session.confirm_agreement("voice")
    assert agreed_media(workspace, read_history(workspace, story)) is None
    import_recording(workspace, story, sample_media.rotated(), add=True)


def test_an_agreement_changed_to_the_voice_holds_for_a_session_under_way(
    workspace: Workspace, story: str
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    video = sample_media.webm().read_bytes()
    with closing(create_session(workspace, story, "session-1")) as session:
        session.confirm_agreement("picture-and-voice")
        session.start_take("video/webm", "take-1")
        session.add_chunk(1, 0, video)
        agree_to(workspace, story, "voice")
        session.pause(1, 1_000, 1)
        for go_on in (
            lambda: session.resume(1),
            lambda: session.start_take("video/webm", "take-2"),
        ):
            with pytest.raises(NotAllowed, match="Only the voice was agreed to"):
                go_on()
        session.stop(1, 1_000, 1)
        keep_session(session)
        assert session.state.phase is Phase.KEPT
    folder = workspace.story(story)
    (take,) = takes_of(folder)
    assert (take.kind, folder.working.exists(), folder.poster.exists()) == ("audio", False, False)
    assert folder.working_audio.exists()
    assert not list(folder.sessions.rglob("*.webm"))


@pytest.mark.parametrize("when", ["before it is brought in", "before it is noted as kept"])
def test_a_slip_that_is_mended_before_a_killed_keeping_ends_costs_no_picture(
    workspace: Workspace, story: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    with closing(create_session(workspace, story, "session-1")) as session:
        session.confirm_agreement("picture-and-voice")
        session.start_take("video/webm", "take-1")
        session.add_chunk(1, 0, sample_media.webm().read_bytes())
        session.stop(1, 1_000, 1)
        first, second = ("voice", "picture-and-voice")
        step = "_import_takes"
        if when == "before it is noted as kept":
            first, second = second, first
            step = "_write_markers"
        agree_to(workspace, story, first)
        with monkeypatch.context() as patch:
            patch.setattr(f"capture.sessions.finalise.{step}", _kill)
            with pytest.raises(KeyboardInterrupt):
                keep_session(session)
        agree_to(workspace, story, second)
        keep_session(session)
    (take,) = takes_of(workspace.story(story))
    assert take.kind == "video"


def _stopped_session(workspace: Workspace, story: str, *more: bytes, until: int = 0) -> LiveSession:
    """Return a stopped session of a take with picture and sound; of `more` takes as well."""
    session = create_session(workspace, story, "session-1")
    session.confirm_agreement("picture-and-voice")
    for number, video in enumerate((sample_media.webm().read_bytes(), *more), 1):
        session.start_take("video/webm", f"take-{number}")
        session.add_chunk(number, 0, video, until)
        session.end_take(number, 1_000, 1, "closed")
    session.stop()
    return session


def _changing(workspace: Workspace, story: str, record: str, step: Callable[..., Any]) -> Any:
    """Return the step with a change of the agreement behind it, the first time it is done."""
    changes = iter([record])

    def changed(*arguments: Any, **named: Any) -> Any:
        result = step(*arguments, **named)
        for change in changes:
            agree_to(workspace, story, change)
        return result

    return changed


def test_a_picture_agreed_to_no_more_while_it_is_copied_does_not_come_in(
    workspace: Workspace, story: str, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    video, sound = sample_media.video(), sample_media.wav()
    for files in ((video,), (sound, "--microphone", video)):
        agree_to(workspace, story, "picture-and-voice")
        with monkeypatch.context() as patch:
            step = _changing(workspace, story, "voice", pipeline.copy_companions)
            patch.setattr(pipeline, "copy_companions", step)
            ran = run_cli("capture", "import", story, *files, "--yes")
        assert (ran.code, "has a picture, and only the voice was agreed to" in ran.err) == (2, True)
        assert read_manifest(workspace.story(story)) is None
        assert not list(workspace.story(story).original.iterdir())
    assert run_cli("capture", "import", story, sound, "--yes").code == 0


@pytest.mark.parametrize(
    ("first", "then", "pictures"),
    [("picture-and-voice", "voice", False), ("voice", "picture-and-voice", True)],
)
def test_what_is_made_of_a_recording_is_as_the_agreement_is_at_its_end(
    workspace: Workspace,
    story: str,
    first: str,
    then: str,
    pictures: bool,
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    with monkeypatch.context() as patch:
        # Between the manifest, from which on it counts as brought in, and the working copy.
        patch.setattr(
            pipeline,
            "_freeze_questions",
            _changing(workspace, story, first, pipeline._freeze_questions),
        )
        patch.setattr(
            pipeline,
            "make_derivatives",
            _changing(workspace, story, then, pipeline.make_derivatives),
        )
        ran = run_cli("capture", "import", story, sample_media.video(), "--yes")
    assert ran.code == 0, ran.err
    folder = workspace.story(story)
    assert ("What was filmed still lies on this computer" in ran.out) is not pictures
    assert (folder.working.exists(), folder.poster.exists()) == (pictures, pictures)
    assert folder.speech.exists()
    made = "working.mp4" if pictures else "working.m4a"
    assert made in ran.out
    assert pictures or "working.mp4" not in ran.out


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize(
    ("first", "then", "kind"),
    [("picture-and-voice", "voice", "audio"), ("voice", "picture-and-voice", "video")],
)
def test_a_session_is_kept_as_is_agreed_to_at_the_moment_it_comes_in(
    workspace: Workspace,
    story: str,
    first: str,
    then: str,
    kind: str,
    is_killed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    folder = workspace.story(story)
    with closing(_stopped_session(workspace, story)) as session:
        agree_to(workspace, story, first)
        with monkeypatch.context() as patch:
            if is_killed:
                patch.setattr(pipeline, "_record", _kill)
                with pytest.raises(KeyboardInterrupt):
                    keep_session(session)
                assert [path.name for path in folder.original.glob("take-*")]
                agree_to(workspace, story, then)
            else:
                step = _changing(workspace, story, then, pipeline.copy_companions)
                patch.setattr(pipeline, "copy_companions", step)
                keep_session(session)
        keep_session(session)
        assert session.state.phase is Phase.KEPT
    (take,) = takes_of(folder)
    assert (take.kind, folder.working.exists()) == (kind, kind == "video")
    assert [path.name for path in folder.original.glob("take-*")] == [take.file]
    assert [path.name for path in session.folder.root.iterdir()] == ["journal.jsonl"]


def test_a_take_without_sound_stays_nowhere_once_only_the_voice_is_agreed_to(
    workspace: Workspace, story: str, tmp_path: Path
) -> None:
    silent = tmp_path / "silent.webm"
    picture = (*sample_media.PICTURE, *sample_media.VP8, "-t", "1")
    sample_media.ffmpeg(*picture, "-f", "webm", "-live", "1", silent)
    agree_to(workspace, story, "picture-and-voice")
    with closing(_stopped_session(workspace, story, silent.read_bytes())) as session:
        agree_to(workspace, story, "voice")
        keep_session(session)
    (take,) = takes_of(workspace.story(story))
    assert take.kind == "audio"
    assert [path.name for path in session.folder.root.iterdir()] == ["journal.jsonl"]


@pytest.mark.parametrize("when", ["before", "while it is copied", "while its film is made"])
def test_whoever_keeps_a_session_is_told_what_becomes_of_the_picture(
    workspace: Workspace,
    story: str,
    when: str,
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    narrow = ("consent", "record", story, *AGREED, "--record", "voice")
    with closing(_stopped_session(workspace, story)) as session:
        recover = ("capture", "recover", session.state.id)
    beforehand = "Only their voice is agreed to by now: kept is the sound"
    if when == "before":
        assert beforehand not in run_cli(*recover).out
        assert "A recording with their picture is still to be kept" in run_cli(*narrow).out
        assert beforehand in run_cli(*recover).out
    else:
        name = "copy_companions" if when == "while it is copied" else "make_derivatives"
        step = _changing(workspace, story, "voice", getattr(pipeline, name))
        monkeypatch.setattr(pipeline, name, step)
    kept = run_cli(*recover, "--keep")
    assert kept.code == 0, kept.err
    assert (beforehand in kept.out) is (when == "before")
    lies = when == "while its film is made"
    assert ("its sound is kept, the picture is deleted" in kept.out) is not lies
    assert ("What was filmed still lies on this computer" in kept.out) is lies
    assert not workspace.story(story).working.exists()
    assert "is still to be kept" not in run_cli(*narrow).out


def test_no_picture_is_promised_to_go_that_is_among_the_originals_by_now(
    workspace: Workspace, story: str, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keeping was killed behind the manifest: from there on the picture is recorded."""
    agree_to(workspace, story, "picture-and-voice")
    with closing(_stopped_session(workspace, story)) as session, monkeypatch.context() as patch:
        patch.setattr(pipeline, "_make_agreed_derivatives", _kill)
        with pytest.raises(KeyboardInterrupt):
            keep_session(session)
    narrowed = run_cli("consent", "record", story, *AGREED, "--record", "voice").out
    assert "What was filmed before still lies on this computer." in narrowed
    assert "still to be kept" not in narrowed
    kept = run_cli("capture", "recover", session.state.id, "--keep").out
    assert "What was filmed still lies on this computer" in kept
    assert [take.kind for take in takes_of(workspace.story(story))] == ["video"]


def test_a_picture_agreed_to_after_the_sound_was_kept_is_not_said_to_be_refused_by_now(
    workspace: Workspace, story: str, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    with closing(_stopped_session(workspace, story)) as session:
        agree_to(workspace, story, "voice")
    wider = _changing(workspace, story, "picture-and-voice", pipeline.make_derivatives)
    monkeypatch.setattr(pipeline, "make_derivatives", wider)
    kept = run_cli("capture", "recover", session.state.id, "--keep").out
    assert "by now: its sound is kept" not in kept
    assert "its sound is kept, the picture is deleted. The picture was agreed to after" in kept
    assert [take.kind for take in takes_of(workspace.story(story))] == ["audio"]


@pytest.mark.parametrize("record", ["picture-and-voice", "voice"])
def test_pictures_without_sound_keep_no_other_take_from_being_kept(
    workspace: Workspace, story: str, record: str, tmp_path: Path, run_cli: Cli
) -> None:
    silent = tmp_path / "silent.webm"
    picture = (*sample_media.PICTURE, *sample_media.VP8, "-t", "4")
    sample_media.ffmpeg(*picture, "-f", "webm", "-live", "1", silent)
    agree_to(workspace, story, "picture-and-voice")
    with closing(_stopped_session(workspace, story, silent.read_bytes(), until=4_000)) as session:
        agree_to(workspace, story, record)
    kept = run_cli("capture", "recover", session.state.id, "--keep")
    assert kept.code == 0, kept.err
    assert len(takes_of(workspace.story(story))) == 1
    left = [path.name for path in session.folder.root.iterdir() if path.name != "journal.jsonl"]
    is_left = record != "voice"
    assert left == (["take-2.webm"] if is_left else [])
    assert ("could not be kept: pictures came, and no sound" in kept.out) is is_left
    assert (str(session.folder.take(2, ".webm")) in kept.out) is is_left


@pytest.mark.browser
@pytest.mark.slow
def test_the_first_page_says_that_the_picture_goes_with_keeping(
    workspace: Workspace, story: str
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    _stopped_session(workspace, story).close()
    agree_to(workspace, story, "voice")
    with station_process(workspace) as station, open_window(station.page) as window:
        window.press("Keep it")
        window.page.get_by_text("kept is the sound, and the picture is deleted").wait_for()
        window.press("Yes, keep it")
        window.page.get_by_text("its sound is kept, the picture is deleted").first.wait_for()
        assert window.complaints == []


def _kill(*_arguments: object, **_named: object) -> None:
    raise KeyboardInterrupt


def test_no_picture_is_made_anew_after_an_agreement_to_the_voice(
    workspace: Workspace, story: str, run_cli: Cli
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    import_recording(workspace, story, sample_media.video())
    folder = workspace.story(story)
    options = ("--taken-by", "editor", "--independent", "--capacity-considered", "--yes")
    ran = run_cli("consent", "record", story, *options, "--record", "voice")
    assert "What was filmed before still lies on this computer." in ran.out
    import_recording(workspace, story, sample_media.wav(), add=True)
    assert (folder.working.exists(), folder.poster.exists()) == (False, False)
    assert probe(folder.working_audio).kind == "audio"
    assert len(takes_of(folder)) == 2


def test_a_film_of_the_voice_alone_keeps_its_poster(workspace: Workspace) -> None:
    story = filmed(workspace, "Only heard")
    folder = workspace.story(story)
    poster = folder.poster.read_bytes()
    agree_to(workspace, story, "voice")
    import_recording(workspace, story, sample_media.wav(), add=read_manifest(folder) is not None)
    assert folder.poster.read_bytes() == poster


def test_a_session_records_no_more_than_was_agreed_to(workspace: Workspace, story: str) -> None:
    agree_to(workspace, story, "voice")
    with closing(create_session(workspace, story, "session-1")) as session:
        with pytest.raises(NotAllowed, match="Only the voice was agreed to"):
            session.confirm_agreement("picture-and-voice")
        session.confirm_agreement("voice")
        agree_to(workspace, story, "picture-and-voice")
        session.confirm_agreement("picture-and-voice")


def test_the_command_takes_down_what_was_ticked(
    workspace: Workspace, story: str, run_cli: Cli
) -> None:
    options = ("--taken-by", "editor", "--independent", "--capacity-considered", "--yes")
    for more, expected in (((), ""), (("--record", "voice"), "voice")):
        assert run_cli("consent", "record", story, *options, *more).code == 0
        assert read_history(workspace, story).agreements[-1].record == expected


def film_two_seconds(window: Window) -> None:
    """Walk from the welcome page into an interview that is filmed, as was agreed before."""
    page = window.page
    come_to_agreement(window)
    page.get_by_label("Picture and voice").check()
    page.get_by_label("They still want to be recorded today.").check()
    window.press("Next")
    window.wait_for_heading("Camera and sound")
    record_from_camera(window)
    page.get_by_text("0:02").first.wait_for()


@pytest.mark.browser
@pytest.mark.slow
def test_nobody_is_filmed_on_once_only_their_voice_is_agreed_to(
    workspace: Workspace, story: str
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    with station_process(workspace) as station, open_window(station.page) as window:
        page = window.page
        film_two_seconds(window)
        agree_to(workspace, story, "voice")
        page.get_by_text("They agreed to be heard and no more seen").first.wait_for()
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        page.get_by_text("kept is the sound, and the picture is deleted").wait_for()
        page.get_by_text("Listen to it first").click()
        page.get_by_label("The recording", exact=True).wait_for()
        assert page.locator(".played audio").count() == 1
        assert page.locator(".played video").count() == 0
        page.get_by_role("button", name="Go on recording").click()
        window.wait_for_heading("Camera and sound")
        page.get_by_text("No picture is recorded.").first.wait_for()
        # It was a slip: once they agree to both again, nobody need look for a button.
        agree_to(workspace, story, "picture-and-voice")
        page.reload()
        window.press("Go on recording")
        wait_for_camera(window)


@pytest.mark.browser
@pytest.mark.slow
def test_what_was_rightly_refused_is_not_said_to_be_lost(workspace: Workspace, story: str) -> None:
    agree_to(workspace, story, "picture-and-voice")
    with station_process(workspace) as station, open_window(station.page) as window:
        page = window.page
        film_two_seconds(window)
        window.press_below("Pause")
        window.wait_for_state("Paused")
        agree_to(workspace, story, "voice")
        window.press_below("Go on")
        page.get_by_text("They agreed to be heard and no more seen").first.wait_for()
        assert page.get_by_text("could not be saved").count() == 0
        agree_to(workspace, story, "picture-and-voice")
        window.press_below("Go on")
        window.wait_for_state("Recording")
        page.get_by_text("All saved").wait_for()
        assert page.get_by_text("could not be saved").count() == 0


@pytest.mark.browser
@pytest.mark.slow
def test_what_another_window_records_counts_on_a_page_that_is_loaded_anew(
    workspace: Workspace, story: str
) -> None:
    agree_to(workspace, story, "picture-and-voice")
    with station_process(workspace) as station, open_window(station.page) as window:
        page = window.page
        come_to_agreement(window)
        page.get_by_label("Picture and voice").check()
        agree_to(workspace, story, "voice")
        page.reload()
        window.press("Go on with it")
        window.wait_for_heading("The agreement is on record")
        assert page.get_by_label("Only the voice").is_checked()
        assert page.get_by_role("button", name="Read the agreement again").is_visible()
        # Nor does a window that stands open go back to the camera.
        agree_to(workspace, story, "picture-and-voice")
        page.reload()
        window.press("Go on with it")
        window.wait_for_heading("The agreement is on record")
        page.get_by_label("Picture and voice").check()
        page.get_by_label("They still want to be recorded today.").check()
        window.press("Next")
        window.wait_for_heading("Camera and sound")
        window.press("Next")
        window.wait_for_heading("Before we start")
        agree_to(workspace, story, "voice")
        window.press("Back")
        window.wait_for_heading("Camera and sound")
        page.get_by_text("No picture is recorded.").first.wait_for()
        # Nor stays at the voice, once both are agreed to again.
        agree_to(workspace, story, "picture-and-voice")
        window.press("Back")
        window.wait_for_heading("The agreement is on record")
        page.get_by_text("They agreed to picture and voice.").wait_for()
        page.get_by_label("They still want to be recorded today.").check()
        assert page.get_by_label("Picture and voice").is_checked()
        window.press("Next")
        wait_for_camera(window)
        assert window.complaints == []


@pytest.mark.browser
@pytest.mark.slow
def test_more_than_was_agreed_to_takes_another_agreement(workspace: Workspace, story: str) -> None:
    agree_to(workspace, story, "voice")
    with station_process(workspace) as station, open_window(station.page) as window:
        page = window.page
        come_to_agreement(window)
        page.get_by_text("They agreed that only their voice is recorded.").wait_for()
        assert page.get_by_label("Only the voice").is_checked()
        assert page.get_by_label("Picture and voice").count() == 0
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
