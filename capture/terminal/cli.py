"""`capture record` and `capture devices`: an interview in the terminal."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import json_option, progress, say, say_json, table, workspace_of
from library.core.errors import BadInput, NotAllowed

if TYPE_CHECKING:
    from capture.sessions.events import Feeling
    from capture.sessions.live_session import LiveSession
    from capture.terminal.interview import Interview
    from library.core.workspace import Workspace

_HOME, _TO_LINE_END, _TO_END = "\x1b[H", "\x1b[K", "\x1b[J"
_OWN_SCREEN, _LAST_SCREEN = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


@click.command("devices", epilog="Example: carer-stories capture devices")
@json_option
def devices(as_json: bool) -> None:
    """List the cameras and microphones that `capture record` can use."""
    from capture.media.devices import list_devices as there

    found = there()
    if as_json:
        say_json([{"kind": one.kind, "name": one.name, "label": one.label} for one in found])
    elif not found:
        say("No camera or microphone was found.")
        say("Plug one in. On Linux sound is taken from PulseAudio or PipeWire.")
    else:
        table(("Kind", "Name", "What it is"), [(o.kind, o.name, o.label) for o in found])


@click.command("record", epilog="Example: carer-stories capture record cs-4k7m2q --audio-only")
@click.argument("story_id", metavar="STORY")
@click.option("--audio-only", is_flag=True, help="Record the voice without a picture.")
@click.option("--camera", default="", help="Its name (default: the usual one of this machine).")
@click.option("--microphone", default="", help="Its name (default: the usual one).")
@click.option("--questions", help="Another question set than the story's own.")
@click.option("--go-on", is_flag=True, help="Go on with the story's session that came to no end.")
@click.option(
    "--then",
    type=click.Choice(["keep", "later", "delete"]),
    help="What becomes of the recording, without being asked.",
)
@click.option("--plain", is_flag=True, help="Say each change on a line, for a screen reader.")
@click.option("--input", "made_up", default="", help="A made-up source, to try it: lavfi:GRAPH.")
@click.pass_context
def record(ctx: click.Context, /, story_id: str, **given: Any) -> None:
    """Record an interview for STORY in the terminal, led by its questions.

    Needs the participation agreement. Each second is put on the disk; after a kill or a power cut
    `capture recover` finds everything up to the last one. Pausing lets go of camera and microphone.
    """
    from capture.media.devices import capture_source
    from capture.terminal.interview import Interview, start_recorder
    from library.consent import read_history
    from library.consent.gate import require_agreement
    from library.core.timecode import clock

    workspace = workspace_of(ctx)
    require_agreement(read_history(workspace, story_id))
    source = capture_source(
        camera=given["camera"],
        microphone=given["microphone"],
        test_source=given["made_up"],
        picture=not given["audio_only"],
    )
    _require_agreed_to_picture(given)
    before = _asked_feeling("today")
    ready = start_recorder(source)
    with contextlib.ExitStack() as ending:
        ending.callback(ready[0].close)
        session = _session(workspace, story_id, given)
        ending.callback(session.close)
        if before:
            session.note_wellbeing("before", before)
        sitting = Interview(session, source)
        sitting.start(ready)
        screen = Screen(sitting, plain=given["plain"] or not sys.stdout.isatty())
        with screen.shown():
            _sit(sitting, screen)
        length = clock(session.state.length)
        say(f"Stopped after {length}. Nothing is recorded any more.", bold=True)
        if after := _asked_feeling("now"):
            session.note_wellbeing("after", after)
        _decide(session, given["then"])
        _part(workspace)


def _require_agreed_to_picture(given: dict[str, Any]) -> None:
    """The form asks what may be recorded; whoever sits at the keyboard says what was ticked."""
    if given["audio_only"] or not sys.stdin.isatty():
        return
    if not click.confirm("On the form, did they tick “My picture and my voice”?"):
        raise NotAllowed(
            "It was not agreed to record a picture.", "Record the voice: add --audio-only"
        )


def _asked_feeling(when: str) -> Feeling | None:
    """How they are, before and after: kept with the session and published nowhere."""
    if not sys.stdin.isatty():
        return None
    say(f"How are they {when}? You may leave it out.")
    said: Feeling | None = click.prompt(
        "well, unsure, unwell, or Enter", default="", show_default=False, value_proc=_feeling
    )
    return said


def _feeling(typed: str) -> Feeling | None:
    """Of a word or its beginning; nothing is an answer too."""
    known: tuple[Feeling, ...] = ("well", "unsure", "unwell")
    begun = typed.strip().lower()
    meant = [one for one in known if one.startswith(begun)]
    if begun and len(meant) != 1:
        raise click.BadParameter("Write well, unsure or unwell, or press Enter alone.")
    return meant[0] if begun else None


def _part(workspace: Workspace) -> None:
    """What happens next, how to withdraw, whom to turn to: said to both before they go."""
    from capture.sessions.wording import session_wording
    from library.core.settings import load_settings

    settings = load_settings(workspace)
    told = session_wording(settings)
    for part in ("next", "withdraw"):
        say()
        for line in told[part]:
            say(line)
    for one in settings.support:
        say(f"{one.name}: {one.contact}{f', {one.when}' if one.when else ''}")
    say()
    say(told["debrief"]["title"], bold=True)
    for line in told["debrief"]["lines"]:
        say(line)


def _session(workspace: Workspace, story_id: str, given: dict[str, Any]) -> LiveSession:
    from capture.questions.question_set import find_question_set
    from capture.sessions.session_folders import (
        create_session,
        reopen_session,
        unfinished_sessions_of,
    )

    waiting = unfinished_sessions_of(workspace, story_id)
    if waiting and not given["go_on"]:
        raise BadInput(
            f"{story_id} has a session that came to no end: {waiting[0].id}.",
            f"Go on with it: carer-stories capture record {story_id} --go-on\n"
            f"Or keep or delete it: carer-stories capture recover {waiting[0].id}",
        )
    if given["go_on"]:
        if not waiting:
            raise BadInput(f"No session of {story_id} is unfinished.", "Leave out --go-on.")
        session = reopen_session(workspace, waiting[0].id)
    else:
        chosen = find_question_set(workspace, given["questions"]) if given["questions"] else None
        session = create_session(workspace, story_id, "terminal", chosen)
    try:
        if session.state.record is None:
            session.confirm_agreement("voice" if given["audio_only"] else "picture-and-voice")
    except BaseException:
        session.close()
        raise
    return session


class Screen:
    """Draws the sitting over and over in its place, or tells each change on a line."""

    def __init__(self, sitting: Interview, *, plain: bool) -> None:
        from capture.terminal.screen import ChangeReporter

        self.note: str | None = None
        self._sitting = sitting
        self._changes = ChangeReporter(sitting, say) if plain else None

    def show(self) -> None:
        from capture.terminal.screen import ASKED, draw_screen

        if self._changes:
            self._changes.report_changes()
            sys.stdout.flush()
            return
        size = shutil.get_terminal_size()
        lines = draw_screen(self._sitting, size.columns - 1, self.note)[: size.lines - 1]
        drawn = (click.style(line, bold=True) if line.startswith(ASKED) else line for line in lines)
        click.echo(_HOME + "".join(f"{line}{_TO_LINE_END}\n" for line in drawn) + _TO_END, nl=False)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """On a screen of its own, which is gone afterwards."""
        if self._changes:
            from capture.terminal.screen import KEYS

            say(", ".join(f"{key}: {what}" for key, what in KEYS) + ".")
            yield
            return
        click.echo(_OWN_SCREEN, nl=False)
        try:
            yield
        finally:
            click.echo(_LAST_SCREEN, nl=False)


def _sit(sitting: Interview, screen: Screen) -> None:
    """Until somebody stops: keys in, the screen kept true."""
    from capture.terminal.keys import ENDED, keys

    with keys() as key:
        try:
            while True:
                screen.show()
                pressed = key(0.15).lower()
                if pressed in ("q", ENDED):
                    break
                if pressed == "o":
                    screen.note = ""
                    _note(sitting, screen, key)
                else:
                    _answer(sitting, pressed)
        except KeyboardInterrupt:
            pass
        sitting.stop()
        screen.show()


def _answer(sitting: Interview, pressed: str) -> None:
    if pressed in ("n", "\n", "\r"):
        sitting.next()
    elif pressed == "s":
        sitting.skip()
    elif pressed == "b":
        sitting.back()
    elif pressed == "f":
        sitting.follow_up()
    elif pressed == "d":
        sitting.add_marker("do-not-use")
    elif pressed == "v":
        sitting.add_marker("sensitive")
    elif pressed in ("p", " "):
        if sitting.is_recording:
            sitting.pause()
        else:
            sitting.resume()


def _note(sitting: Interview, screen: Screen, key: Any) -> None:
    """Letters until Enter; Escape leaves it. The recording goes on meanwhile."""
    from capture.terminal.keys import ENDED

    typed = ""
    while True:
        screen.note = typed
        screen.show()
        pressed = key(0.15)
        if pressed in ("\n", "\r"):
            break
        if pressed in ("\x1b", ENDED):
            typed = ""
            break
        typed = typed[:-1] if pressed in ("\x7f", "\b") else typed + pressed
    screen.note = None
    if typed.strip():
        sitting.add_marker("note", text=typed.strip())


def _decide(session: LiveSession, then: str | None) -> None:
    state = session.state
    then = then or _asked()
    if then == "delete":
        from capture.sessions.finalise import delete_session

        say(delete_session(session).text)
    elif then == "keep":
        from capture.sessions.finalise import keep_session

        keep_session(session, watch=progress)
        say(f"It is the recording of {state.story} now.", bold=True)
        say(f"Next: carer-stories transcribe {state.story}")
    else:
        session.defer()
        say(f"Everything is left as it is: carer-stories capture recover {state.id}")


def _asked() -> str:
    if not sys.stdin.isatty():
        return "later"
    say("Keep it as the story’s recording, decide later, or delete it for good?")
    choice = click.Choice(["keep", "later", "delete"])
    chosen = str(click.prompt("What shall become of it", type=choice, default="later"))
    if chosen == "delete" and not click.confirm("Delete it? Nothing of it can be brought back"):
        return "later"
    return chosen
