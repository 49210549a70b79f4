"""An interview in the terminal: keys in, marks and takes out, and nothing lost."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from capture.media import devices
from capture.media.devices import Device, capture_source, parse_avfoundation, parse_dshow
from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from capture.sessions.finalise import keep_session
from capture.sessions.live_session import LiveSession
from capture.sessions.session_folders import (
    create_session,
    reopen_session,
    unfinished_sessions,
    unfinished_sessions_of,
)
from capture.sessions.state import Phase, SessionState
from capture.terminal.interview import Interview, start_recorder
from capture.terminal.screen import QUESTION_PREFIX, ChangeReporter, draw_screen
from library.core.errors import ToolFailed
from library.core.workspace import Workspace
from tests.support.child_signals import default_sigint, ignored_sigint
from tests.support.command_line import ROOT, CommandResult
from tests.support.live_station import agreed_session, until
from tests.support.sample_media import agreed_story

Cli = Callable[..., CommandResult]
MADE_UP = "lavfi:testsrc2=s=160x120:r=25[out0];sine=f=440:b=1[out1]"
VOICE = "lavfi:sine=f=440:b=1[out0]"


@pytest.fixture
def interview(workspace: Workspace) -> Iterator[Interview]:
    with closing(create_session(workspace, agreed_story(workspace), "terminal")) as session:
        session.confirm_agreement("picture-and-voice")
        interview = Interview(session, capture_source(test_source=MADE_UP))
        interview.start()
        yield interview
        interview.stop() if session.state.phase in (Phase.RECORDING, Phase.PAUSED) else None


def test_the_questions_are_marked_when_they_are_asked(interview: Interview) -> None:
    assert "Thank you for being here" in " ".join(draw_screen(interview, 60))
    interview.next()
    assert any(
        line.startswith(QUESTION_PREFIX + "Can you tell me") for line in draw_screen(interview, 60)
    )
    interview.follow_up()
    interview.add_marker("do-not-use")
    interview.skip()
    interview.back()
    marks = [(marker.kind, marker.question) for marker in interview.session.state.markers]
    assert marks == [
        ("question", "beginning"),
        ("follow-up", "beginning"),
        ("do-not-use", ""),
        ("skipped", "beginning"),
        ("question", "first-contact"),
        ("back", "beginning"),
        ("question", "beginning"),
    ]
    for _ in range(10):
        interview.next()
    assert "Thank you for telling us" in " ".join(draw_screen(interview, 60))


def test_pausing_lets_go_of_the_devices_and_says_so(interview: Interview) -> None:
    until(lambda: interview.length > 300)
    interview.pause()
    assert not interview.is_recording
    assert "nothing is recorded" in draw_screen(interview, 60)[0]
    first = interview.session.state.takes[0]
    assert first.end_reason == "next"
    path = interview.session.folder.take(1, first.suffix)
    size = path.stat().st_size
    interview.resume()
    until(lambda: interview.length > first.length + 300)
    interview.stop()
    assert path.stat().st_size == size == first.bytes
    assert len(interview.session.state.takes) == 2


def test_a_device_that_goes_is_said_at_once_and_the_next_take_goes_on(interview: Interview) -> None:
    interview.next()
    until(lambda: interview.session.state.takes[0].length > 500)
    recorder = interview._recorder
    assert recorder is not None
    recorder._process.kill()  # as ffmpeg ends when its device has gone
    until(lambda: not interview.is_recording)
    until(lambda: interview.problem)
    assert "What was recorded is safe" in " ".join(draw_screen(interview, 200))
    assert interview.session.state.takes[0].end_reason == "device-lost"
    interview.resume()
    interview.next()
    until(lambda: interview.length > interview.session.state.takes[0].length + 500)
    interview.stop()
    keep_session(interview.session)
    folder = interview.session.workspace.story(interview.session.state.story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert len(manifest.takes) == 2
    kinds = [marker.kind for marker in read_session(folder.session).markers]
    assert kinds == ["question", "device-lost", "take", "question"]


def test_no_line_is_wider_than_the_window(interview: Interview) -> None:
    interview.next()
    for width in (20, 40, 80, 200):
        assert max(len(line) for line in draw_screen(interview, width, "a note " * 20)) <= width


def test_what_changed_is_told_in_sentences(interview: Interview) -> None:
    messages: list[str] = []
    changes = ChangeReporter(interview, messages.append)
    changes.report_changes()
    interview.next()
    interview.add_marker("sensitive")
    changes.report_changes()
    changes.report_changes()
    assert messages[1] == "Recording."
    assert messages[2].startswith("Question 1 of ")
    assert messages[3].startswith("Marked: sensitive, at 0:0")
    assert len(messages) == 4


def test_a_device_that_is_not_there_is_refused_in_a_sentence() -> None:
    with pytest.raises(ToolFailed, match="cannot be recorded") as refusal:
        start_recorder(capture_source(test_source="lavfi:nosuchfilter"))
    assert "capture devices" in refusal.value.next_step


def test_whoever_wished_the_voice_only_is_not_filmed_in_the_terminal(
    run_cli: Cli, workspace: Workspace
) -> None:
    for is_recorded in (False, True):
        with closing(agreed_session(workspace)) as session:
            if is_recorded:
                take = session.start_take("audio/webm;codecs=opus", "take-1").number
                session.add_chunk(take, 0, b"sound", 1000)
                session.end_take(take, 1000, 1, "next")
            else:
                session.wish_to_be_seen(voice_only=True, self_view=True)
        story = session.state.story
        refusal = run_cli("capture", "record", story, "--go-on", "--input", MADE_UP)
        assert (refusal.code, "add --audio-only" in refusal.err) == (4, True)
        state = unfinished_sessions_of(workspace, story)[0]
        assert state.is_voice_only_wished
        assert len(state.takes) == is_recorded


def test_without_an_agreement_nothing_is_recorded(run_cli: Cli, workspace: Workspace) -> None:
    result = run_cli("story", "new", "--title", "A", "--questions", "being-heard", "--json")
    story = result.out.split('"id": "')[1][:9]
    refusal = run_cli("capture", "record", story, "--input", MADE_UP)
    assert (refusal.code, "consent record" in refusal.err) == (4, True)
    assert not workspace.story(story).root.exists()


def test_a_source_that_gives_nothing_leaves_nothing(run_cli: Cli, workspace: Workspace) -> None:
    story = agreed_story(workspace)
    result = run_cli("capture", "record", story, "--input", "lavfi:nosuchfilter")
    assert result.code == 9
    assert unfinished_sessions(workspace) == []


@pytest.mark.slow
def test_keys_from_a_pipe_and_everything_told_in_lines(workspace: Workspace) -> None:
    story = agreed_story(workspace)
    with recording(workspace, story, "--audio-only", "--then", "keep", source=VOICE) as process:
        until(lambda: length_of(workspace) > 1500)
        process.communicate(b"nfdq", timeout=120)
        assert process.returncode == 0
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.takes[0].kind == "audio"
    kinds = [marker.kind for marker in read_session(folder.session).markers]
    assert kinds == ["question", "follow-up", "do-not-use"]


@pytest.mark.slow
def test_killed_while_it_records_the_last_second_at_most_is_lost(
    workspace: Workspace, run_cli: Cli
) -> None:
    story = agreed_story(workspace)
    with recording(workspace, story, source=MADE_UP) as process:
        until(lambda: length_of(workspace) > 3000)
        process.send_signal(signal.SIGKILL)
        process.wait()
    length = length_of(workspace)
    (unfinished,) = unfinished_sessions(workspace)
    result = run_cli("capture", "record", story, "--input", MADE_UP)
    assert "--go-on" in result.err
    with closing(reopen_session(workspace, unfinished.id)) as session:
        second_interview = Interview(session, capture_source(test_source=MADE_UP))
        assert not second_interview.is_recording, (
            "what was killed records no more, whatever the session says"
        )
        second_interview.start()
        assert second_interview.is_recording
        until(lambda: second_interview.length > length + 500)
        second_interview.stop()
    kept_result = run_cli("capture", "recover", unfinished.id, "--keep")
    assert kept_result.code == 0, kept_result.err
    manifest = read_manifest(workspace.story(story))
    assert manifest is not None
    assert manifest.takes[0].duration >= length - 1000
    assert manifest.takes[0].damage == ""
    assert manifest.takes[1].duration >= 500 - 100


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no pty on Windows")
def test_at_a_terminal_keys_need_no_enter_and_a_note_can_be_typed(workspace: Workspace) -> None:
    import pty

    story = agreed_story(workspace)
    master, slave = pty.openpty()
    with recording(workspace, story, "--then", "keep", source=MADE_UP, terminal=slave) as process:
        os.close(slave)
        screen = PseudoTerminal(master)
        screen.wait_for("My picture and my voice")
        screen.press("y\n")
        screen.wait_for("How are they today?")
        screen.press("un\n")
        screen.wait_for("Please type well, unsure or unwell")
        screen.press("uns\n")
        screen.wait_for("n asks the first question")
        screen.press("n")
        screen.wait_for("Question 1 of")
        screen.press("o")
        screen.wait_for("Enter keeps it")
        screen.press("a lorry, naïvely\n")
        screen.wait_for("Marked: a note")
        screen.press("p")
        screen.wait_for("nothing is recorded")
        screen.press("q")
        screen.wait_for("How are they now?")
        screen.press("\n")
        screen.wait_for("Next: Turn the speech into words: ")
        screen.wait_for("carer-stories transcribe")  # as it can be typed here
        screen.wait_for("You can change your mind at any time")
        screen.wait_for("For you, the volunteer")
        assert process.wait(60) == 0
    markers = read_session(workspace.story(story).session).markers
    assert [(marker.kind, marker.text) for marker in markers] == [
        ("question", ""),
        ("note", "a lorry, naïvely"),
    ]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no pty on Windows")
def test_arrow_keys_are_no_commands_and_ctrl_c_stops_though_it_was_ignored(
    workspace: Workspace,
) -> None:
    import pty

    story = agreed_story(workspace)
    master, slave = pty.openpty()
    more = ("--audio-only", "--then", "keep")
    with recording(
        workspace, story, *more, source=VOICE, terminal=slave, prepare=ignored_sigint
    ) as process:
        os.close(slave)
        screen = PseudoTerminal(master)
        screen.wait_for("How are they today?")
        screen.press("\n")
        screen.wait_for("n asks the first question")
        left, down, end = "\x1b[D", "\x1b[B", "\x1b[F"  # read by the byte: d, b, f
        screen.press(f"n{left}{down}{end}v")
        screen.wait_for("Marked: sensitive")
        screen.press("o")
        screen.wait_for("Enter keeps it")
        screen.press(f"dropped{left}")
        screen.wait_for("dropped_")
        screen.press("\x03")
        screen.wait_for("Stopped after")
        screen.wait_for("How are they now?")
        screen.press("\n")
        screen.wait_for("For you, the volunteer")
        assert process.wait(60) == 0
    markers = read_session(workspace.story(story).session).markers
    assert [marker.kind for marker in markers] == ["question", "sensitive"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent on Windows")
def test_an_interrupt_stops_it_also_without_a_terminal_and_where_it_was_ignored(
    workspace: Workspace,
) -> None:
    story = agreed_story(workspace)
    more = ("--audio-only", "--then", "keep", "--plain")
    with recording(workspace, story, *more, source=VOICE, prepare=ignored_sigint) as process:
        until(lambda: length_of(workspace) > 500)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
    assert b"Stopped after" in out
    assert read_manifest(workspace.story(story)) is not None


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent on Windows")
def test_an_interrupt_while_it_starts_keeps_what_was_recorded(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_thread = threading.Thread.start

    def start_and_interrupt(thread: threading.Thread) -> None:
        start_thread(thread)
        if "_write_take" in thread.name:
            until(lambda: length_of(workspace) > 0)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(threading.Thread, "start", start_and_interrupt)
    story = agreed_story(workspace)
    more = ("--audio-only", "--then", "keep", "--plain")
    result = run_cli("capture", "record", story, "--input", VOICE, *more)
    assert result.code == 0, result.err
    assert "Stopped after" in result.out
    assert read_manifest(workspace.story(story)) is not None


class PseudoTerminal:
    """A terminal at which somebody types, and reads what it shows."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._seen = b""

    def press(self, keys: str) -> None:
        os.write(self._handle, keys.encode())

    def wait_for(self, words: str) -> None:
        until(lambda: self._look(words.encode()))

    def _look(self, words: bytes) -> bool:
        ready, _, _ = select.select([self._handle], [], [], 0.1)
        if ready:
            with contextlib.suppress(OSError):
                self._seen += os.read(self._handle, 1 << 16)
        before_match, _, rest = self._seen.partition(words)
        if before_match == self._seen:
            return False
        self._seen = rest
        return True


@contextlib.contextmanager
def recording(
    workspace: Workspace,
    story: str,
    *more: str,
    source: str,
    terminal: int | None = None,
    prepare: Callable[[], None] = default_sigint,
) -> Iterator[subprocess.Popen[bytes]]:
    """`capture record` as a process of its own."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "site")])
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "carer_stories", "capture", "record", story),
            *("--input", source, *more),
        ],
        cwd=workspace.root,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "80", "LINES": "24"},
        stdin=subprocess.PIPE if terminal is None else terminal,
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.STDOUT,
        preexec_fn=prepare if os.name != "nt" else None,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def length_of(workspace: Workspace) -> int:
    """Milliseconds that the journal of the only session says are on the disk."""
    sessions = [
        session for session in unfinished_sessions(workspace) if isinstance(session, SessionState)
    ]
    return sessions[0].length if sessions else 0


def test_what_macos_says_of_its_devices() -> None:
    listing = (
        "[AVFoundation indev @ 0x7f8] AVFoundation video devices:\n"
        "[AVFoundation indev @ 0x7f8] [0] FaceTime HD Camera\n"
        "[AVFoundation indev @ 0x7f8] [1] Capture screen 0\n"
        "[AVFoundation indev @ 0x7f8] AVFoundation audio devices:\n"
        "[AVFoundation indev @ 0x7f8] [0] MacBook Pro Microphone\n"
    )
    assert parse_avfoundation(listing) == [
        Device("camera", "0", "FaceTime HD Camera"),
        Device("microphone", "0", "MacBook Pro Microphone"),
    ]


def test_what_windows_says_of_its_devices() -> None:
    listing = (
        '[dshow @ 000001] "Integrated Camera" (video)\n'
        '[dshow @ 000001]   Alternative name "@device_pnp_x"\n'
        '[dshow @ 000001] "Microphone (Realtek)" (audio)\n'
    )
    assert parse_dshow(listing) == [
        Device("camera", "Integrated Camera", "Integrated Camera"),
        Device("microphone", "Microphone (Realtek)", "Microphone (Realtek)"),
    ]


@pytest.mark.parametrize("system", sorted(devices.PLATFORMS))
def test_each_system_records_both_and_the_voice_alone(
    system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices.sys, "platform", system)
    both = capture_source(camera="cam", microphone="mic")
    assert (bool(both.picture_stream), bool(both.sound_stream)) == (True, True)
    assert any("cam" in argument for argument in both.arguments)
    voice = capture_source(microphone="mic", picture=False)
    assert (voice.picture_stream, voice.sound_stream) == ("", "0:a:0")
    assert not any("cam" in argument for argument in voice.arguments)


def test_devices_can_be_listed_where_there_are_none(run_cli: Cli) -> None:
    result = run_cli("capture", "devices", "--json")
    assert result.code == 0, result.err


def test_the_session_is_the_same_engine(interview: Interview) -> None:
    """The station and `capture recover` go on with what the terminal records."""
    until(lambda: interview.length > 300)
    interview.stop()
    session: LiveSession = interview.session
    assert session.state.takes[0].mime == "video/x-matroska"
    assert Path(session.folder.take(1, ".mkv")).stat().st_size == session.state.takes[0].bytes
