"""`capture record` and `capture devices`: an interview in the terminal."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    confirm,
    json_option,
    progress,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.status import say_kept
from library.core.errors import BadInput, NotAllowed
from library.core.signals import interrupted_by

if TYPE_CHECKING:
    from capture.sessions.events import Feeling
    from capture.sessions.live_session import LiveSession
    from capture.sessions.state import SessionState
    from capture.terminal.interview import Interview
    from capture.terminal.keys import ReadKey
    from library.core.workspace import Workspace

# Control sequences of every terminal since the VT100: the cursor home, erase to the end of the line
# and of the screen; the alternate screen without a cursor, and back again.
_HOME, _ERASE_LINE, _ERASE_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
_ENTER_SCREEN, _LEAVE_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_KEY_WAIT_SECONDS = 0.15
"""Seconds to wait for a key before the screen is drawn again: often enough for the level meter."""


@click.command("devices", epilog="Example: carer-stories capture devices")
@json_option
def devices(as_json: bool) -> None:
    """List the cameras and microphones that `capture record` can use."""
    from capture.media.devices import list_devices

    available = list_devices()
    if as_json:
        say_json(
            [
                {"kind": device.kind, "name": device.name, "label": device.label}
                for device in available
            ]
        )
    elif not available:
        say("No camera or microphone was found.")
        say("Plug one in. On Linux sound is taken from PulseAudio or PipeWire.")
    else:
        rows = [(device.kind, device.name, device.label) for device in available]
        table(("Kind", "Name", "What it is"), rows)


@click.command("record", epilog="Example: carer-stories capture record cs-4k7m2q --audio-only")
@click.argument("story_id", metavar="STORY")
@click.option("--audio-only", is_flag=True, help="Record the voice without a picture.")
@click.option("--camera", default="", help="Its name (default: the usual one of this machine).")
@click.option("--microphone", default="", help="Its name (default: the usual one).")
@click.option("--questions", help="Another question set than the story's own.")
@click.option("--go-on", is_flag=True, help="Go on with the story's unfinished session.")
@click.option(
    "--then",
    type=click.Choice(["keep", "later", "delete"]),
    help="What to do with the recording, without being asked.",
)
@click.option("--plain", is_flag=True, help="Say each change on a line, for a screen reader.")
@click.option("--input", "made_up", default="", help="A made-up source, to try it: lavfi:GRAPH.")
@click.pass_context
def record(ctx: click.Context, /, story_id: str, **options: Any) -> None:
    """Record an interview for STORY in the terminal.

    Needs the participation agreement. Every second is saved as it is recorded: after a crash or a
    power cut, `capture recover` finds everything up to the last one. While paused, the camera and
    the microphone are off.
    """
    from capture.media.devices import capture_source
    from capture.terminal.interview import Interview, start_recorder
    from capture.terminal.keys import read_keys
    from library.consent.gate import require_agreement
    from library.consent.stories import read_history
    from library.core.timecode import clock

    workspace = workspace_of(ctx)
    require_agreement(read_history(workspace, story_id))
    source = capture_source(
        camera=options["camera"],
        microphone=options["microphone"],
        test_source=options["made_up"],
        picture=not options["audio_only"],
    )
    _require_agreed_to_picture(workspace, story_id, options)
    _require_wish_to_be_filmed(workspace, story_id, options)
    feeling_before = _ask_feeling("today")
    # The device first: a camera that does not work must leave no session behind.
    recorder, first_part = start_recorder(source)
    with contextlib.ExitStack() as closing, interrupted_by(signal.SIGINT):
        closing.callback(recorder.close)
        session = _open_session(workspace, story_id, options)
        closing.callback(session.close)
        if feeling_before:
            session.note_wellbeing("before", feeling_before)
        interview = Interview(session, source)
        screen = InterviewScreen(interview, plain=options["plain"] or not sys.stdout.isatty())
        with screen.open():
            # Last of all: Ctrl-C stops what is recorded from here on, and keeps it.
            with contextlib.suppress(KeyboardInterrupt):
                interview.start((recorder, first_part))
                with read_keys() as read_key:
                    _obey_keys(interview, screen, read_key)
            screen.note = None
            # Not in raw mode: where a device hangs as it is closed, Ctrl-C must still interrupt.
            interview.stop()
            screen.refresh()
        say(
            f"Stopped after {clock(session.state.length)}. Nothing is recorded any more.", bold=True
        )
        if feeling_after := _ask_feeling("now"):
            session.note_wellbeing("after", feeling_after)
        _finish_session(workspace, session, options["then"])
        _say_closing_words(workspace, session.state)


def _require_agreed_to_picture(
    workspace: Workspace, story_id: str, options: dict[str, Any]
) -> None:
    """Ask what was ticked on the form, where a person can answer. Raises NotAllowed."""
    from capture.sessions.agreed_media import why_no_picture
    from library.consent.stories import read_history

    if options["audio_only"]:
        return
    if why := why_no_picture(workspace, read_history(workspace, story_id)):
        raise NotAllowed(
            f"{why[0].upper()}{why[1:]}.",
            "Record the voice: add --audio-only\nIf they want to be filmed: carer-stories consent "
            f"record {story_id} --record picture-and-voice",
        )
    if not sys.stdin.isatty():
        return
    if not confirm("On the form, did they tick “My picture and my voice”?"):
        raise NotAllowed(
            "It was not agreed to record a picture.", "Record the voice: add --audio-only"
        )


def _require_wish_to_be_filmed(
    workspace: Workspace, story_id: str, options: dict[str, Any]
) -> None:
    """Ask whether the voice only still holds, where that was chosen before. Raises NotAllowed."""
    from capture.sessions.session_folders import unfinished_sessions_of

    unfinished = unfinished_sessions_of(workspace, story_id)
    if options["audio_only"] or not any(state.is_voice_only_wished for state in unfinished):
        return
    say("Until now they wished that only their voice is recorded.")
    if not sys.stdin.isatty() or not confirm("Do they wish to be filmed now?"):
        raise NotAllowed("They wished not to be filmed.", "Record the voice: add --audio-only")


def _ask_feeling(when: str) -> Feeling | None:
    """Ask how the contributor is; the answer stays with the session and is never published."""
    if not sys.stdin.isatty():
        return None
    feelings: tuple[Feeling, ...] = ("well", "unsure", "unwell")
    say(f"How are they {when}? You may leave it out.")
    while beginning := prompt_for("well, unsure, unwell, or Enter", default="").lower():
        matching = [feeling for feeling in feelings if feeling.startswith(beginning)]
        if len(matching) == 1:
            return matching[0]
        say("  Please type well, unsure or unwell, or press Enter alone.")
    return None


def _say_closing_words(workspace: Workspace, state: SessionState) -> None:
    """Say to both what happens next, how to withdraw, and whom to turn to.

    The contributor's part is in the language of the questions.
    """
    from capture.sessions.state import Phase
    from capture.sessions.wording import session_wording
    from library.core.settings import load_settings

    settings = load_settings(workspace)
    wording = session_wording(settings, state.question_set.language)
    for part in ("deleted",) if state.phase is Phase.DELETING else ("next", "withdraw"):
        say()
        for line in wording[part]:
            say(line if isinstance(line, str) else line["text"])
    for line in settings.support:
        say(f"{line.name}: {line.contact}{f', {line.when}' if line.when else ''}")
    say()
    say(wording["debrief"]["title"], bold=True)
    for line in wording["debrief"]["lines"]:
        say(line)


def _open_session(workspace: Workspace, story_id: str, options: dict[str, Any]) -> LiveSession:
    from capture.questions.question_set import find_question_set
    from capture.sessions.session_folders import (
        create_session,
        reopen_session,
        unfinished_sessions_of,
    )

    unfinished = unfinished_sessions_of(workspace, story_id)
    if unfinished and not options["go_on"]:
        raise BadInput(
            f"{story_id} has an unfinished session: {unfinished[0].id}.",
            f"Go on with it: carer-stories capture record {story_id} --go-on\n"
            f"Or keep or delete it: carer-stories capture recover {unfinished[0].id}",
        )
    if options["go_on"]:
        if not unfinished:
            raise BadInput(f"No session of {story_id} is unfinished.", "Leave out --go-on.")
        session = reopen_session(workspace, unfinished[0].id)
    else:
        set_id = options["questions"]
        question_set = find_question_set(workspace, set_id) if set_id else None
        session = create_session(workspace, story_id, "terminal", question_set)
    try:
        if session.state.is_voice_only_wished and not options["audio_only"]:
            session.wish_to_be_seen(voice_only=False, self_view=True)
        if session.state.record is None:
            session.confirm_agreement("voice" if options["audio_only"] else "picture-and-voice")
    except BaseException:
        session.close()
        raise
    return session


class InterviewScreen:
    """Draw the interview again and again in its place, or report each change on a line."""

    def __init__(self, interview: Interview, *, plain: bool) -> None:
        from capture.terminal.screen import ChangeReporter

        self.note: str | None = None
        """The note that is being typed, if any."""
        self._interview = interview
        self._reporter = ChangeReporter(interview, say) if plain else None

    def refresh(self) -> None:
        from capture.terminal.screen import QUESTION_PREFIX, draw_screen

        if self._reporter:
            self._reporter.report_changes()
            sys.stdout.flush()
            return
        size = shutil.get_terminal_size()
        # The line break after the last line would scroll the screen, and a full last column wraps
        # in some terminals.
        lines = draw_screen(self._interview, size.columns - 1, self.note)[: size.lines - 1]
        styled = (
            click.style(line, bold=True) if line.startswith(QUESTION_PREFIX) else line
            for line in lines
        )
        drawing = "".join(f"{line}{_ERASE_LINE}\n" for line in styled)
        click.echo(_HOME + drawing + _ERASE_BELOW, nl=False)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Use the terminal's alternate screen, which is gone afterwards."""
        if self._reporter:
            from capture.terminal.screen import KEYS

            say(", ".join(f"{key}: {use}" for key, use in KEYS) + ".")
            yield
            return
        click.echo(_ENTER_SCREEN, nl=False)
        try:
            yield
        finally:
            click.echo(_LEAVE_SCREEN, nl=False)


def _obey_keys(interview: Interview, screen: InterviewScreen, read_key: ReadKey) -> None:
    """Obey keys and keep the screen current until somebody stops. Raises KeyboardInterrupt."""
    from capture.terminal.keys import END_OF_INPUT

    while True:
        screen.refresh()
        key = read_key(_KEY_WAIT_SECONDS).lower()
        if key in ("q", END_OF_INPUT):
            return
        if key == "o":
            _type_note(interview, screen, read_key)
        else:
            _obey(interview, key)


def _obey(interview: Interview, key: str) -> None:
    match key:
        case "n" | "\n":
            interview.next()
        case "s":
            interview.skip()
        case "b":
            interview.back()
        case "f":
            interview.follow_up()
        case "d":
            interview.add_marker("do-not-use")
        case "v":
            interview.add_marker("sensitive")
        case "p" | " ":
            interview.pause() if interview.is_recording else interview.resume()


def _type_note(interview: Interview, screen: InterviewScreen, read_key: ReadKey) -> None:
    """Read a note until Enter, or Escape, which drops it. The recording goes on meanwhile."""
    from capture.terminal.keys import BACKSPACE, END_OF_INPUT, ENTER, ESCAPE

    text = ""
    while True:
        screen.note = text
        screen.refresh()
        key = read_key(_KEY_WAIT_SECONDS)
        if key == ENTER:
            break
        if key in (ESCAPE, END_OF_INPUT):
            text = ""
            break
        text = text[:-1] if key == BACKSPACE else text + key
    screen.note = None
    if text.strip():
        interview.add_marker("note", text=text.strip())


def _finish_session(workspace: Workspace, session: LiveSession, choice: str | None) -> None:
    from capture.sessions.finalise import delete_session, keep_session, kept_remark
    from capture.station.cli import say_lost_picture

    state = session.state
    say_lost_picture(workspace, state)
    choice = choice or _ask_what_to_do()
    if choice == "delete":
        say(delete_session(session).text)
    elif choice == "keep":
        keep_session(session, show_progress=progress)
        say_kept(workspace, state.story, kept_remark(workspace, state))
    else:
        session.defer()
        say("The recording is saved, and nothing is decided yet.")
        say_next(f"carer-stories capture recover {state.id}")


def _ask_what_to_do() -> str:
    if not sys.stdin.isatty():
        return "later"
    say("Keep it as the story’s recording, decide later, or delete it for good?")
    choices = ("keep", "later", "delete")
    choice = prompt_for("What shall become of it", choices=choices, default="later")
    if choice == "delete" and not confirm("Delete it? Nothing of it can be brought back"):
        return "later"
    return choice
