"""`capture station` and `capture recover`: the page for volunteers, and what a kill left behind."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from capture.signals import interrupted_by
from library.cli.console import json_option, progress, say, say_json, workspace_of
from library.core.errors import BadInput, CarerStoriesError

if TYPE_CHECKING:
    from capture.sessions.session_folders import UnreadableSession
    from capture.sessions.state import SessionState
    from capture.station.server import Station, StationAddress
    from library.core.workspace import Workspace


@click.command("station", epilog="Example: carer-stories capture station")
@click.option("--no-browser", is_flag=True, help="Only say where the page is; open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: any free one).")
@click.pass_context
def station(ctx: click.Context, no_browser: bool, port: int | None) -> None:
    """Open the page on which volunteers record an interview, in this machine's browser.

    Every second is put on the disk. Whatever breaks, start it again: a page that is still open goes
    on, and an unfinished recording is offered to be kept or deleted. Nothing leaves this machine.
    Given again while it is open, it shows the page again: a window that was closed by mistake.
    """
    from capture.station.server import StationOpenAlready
    from capture.station.server import running_station as running

    workspace = workspace_of(ctx)
    try:
        with running(workspace, port) as one:
            with (
                contextlib.suppress(KeyboardInterrupt),
                interrupted_by(signal.SIGINT, signal.SIGTERM),
            ):
                _say_where(one, opened=not no_browser and _open(workspace, one.address))
                one.wait()
            _say_end(one)
    except StationOpenAlready as error:
        if no_browser or error.address is None or not _open(workspace, error.address):
            raise
        say("The capture station is open already. Your browser shows its page again.", bold=True)


def _say_where(one: Station, *, opened: bool) -> None:
    say("The capture station is open.", bold=True)
    if opened:
        say(f"Your browser shows it at {one.address.url}")
    else:
        say(f"Open this address in the browser of this machine:\n{one.address.link}")
    if one.is_restart:
        say("The one before did not come to its end. A page that is still open goes on by itself.")
    for trouble in one.problems:
        say(f"Note: {trouble.what} {trouble.next_step}", err=True)
    say("Leave this window open while you record. To end: Ctrl-C, or “Close” on the page.")
    sys.stdout.flush()


def _say_end(one: Station) -> None:
    if one.sessions.is_recording:
        say("A recording was still open. Everything up to its last second is on the disk.")
        say("Next: carer-stories capture station")
    elif one.sessions.is_keeping_any:
        say("A recording was still being kept. That goes on when the station is started again.")
    else:
        say("The station is closed.")


def _open(workspace: Workspace, place: StationAddress) -> bool:
    """Return whether a browser shows it: it is given a file that leads there, not the link."""
    import webbrowser

    from capture.station.server import write_redirect_page

    try:
        return webbrowser.open(write_redirect_page(workspace, place).as_uri())
    except (webbrowser.Error, CarerStoriesError):
        return False


@click.command("recover", epilog="Example: carer-stories capture recover se-4k7m2q --keep")
@click.argument("session_id", metavar="[SESSION]", required=False)
@click.option("--keep", "deed", flag_value="keep", help="Make it the story's recording.")
@click.option("--delete", "deed", flag_value="delete", help="Delete it, with a receipt.")
@click.option("--later", "deed", flag_value="later", help="Leave it as it is.")
@json_option
@click.pass_context
def recover(ctx: click.Context, session_id: str | None, deed: str | None, as_json: bool) -> None:
    """List recordings that came to no end, and keep or delete each.

    A session that was killed, or about which somebody wanted to decide later. Everything that was
    recorded up to the last second is there.
    """
    from capture.sessions.finalise import finish_interrupted
    from capture.sessions.session_folders import unfinished_sessions

    workspace = workspace_of(ctx)
    if deed and not session_id:
        raise BadInput(
            "Which session? None was named.", "List them with: carer-stories capture recover"
        )
    if session_id:
        _decide(workspace, session_id, deed)
        return
    for trouble in finish_interrupted(workspace):
        say(f"Note: {trouble.what} {trouble.next_step}", err=True)
    found = unfinished_sessions(workspace)
    if as_json:
        say_json([_as_json(one) for one in found])
    elif not found:
        say("Every recording came to its end; nothing is to be recovered.")
    else:
        for one in found:
            _tell(one)


def _decide(workspace: Workspace, session_id: str, deed: str | None) -> None:
    from capture.sessions.session_folders import reopen_session
    from capture.sessions.state import Phase

    with contextlib.closing(reopen_session(workspace, session_id)) as session:
        _tell(session.state)
        deed = deed or _asked()
        if deed == "delete":
            from capture.sessions.finalise import delete_session

            say(delete_session(session).text)
            return
        if session.state.phase in (Phase.RECORDING, Phase.PAUSED):
            session.stop()
        if deed == "keep":
            from capture.sessions.finalise import keep_session

            keep_session(session, watch=progress)
            say(f"It is the recording of {session.state.story} now.", bold=True)
            say(f"Next: carer-stories transcribe {session.state.story}")
        else:
            if session.state.phase is Phase.STOPPED:
                session.defer()
            say("It is left as it is.")


def _asked() -> str:
    if not sys.stdin.isatty():
        raise BadInput("What is to become of it is not said.", "Add --keep, --delete or --later.")
    choice = click.Choice(["keep", "delete", "later"])
    return str(click.prompt("Keep it, delete it, or decide later?", type=choice, default="later"))


def _tell(one: SessionState | UnreadableSession) -> None:
    from capture.sessions.session_folders import UnreadableSession
    from library.core.timecode import clock

    if isinstance(one, UnreadableSession):
        say(f"{one.id} of {one.story}: {one.problem.what} {one.problem.next_step}")
        return
    say(
        f"{one.id}: “{one.title}” ({one.story}), {one.created[:16].replace('T', ' ')} UTC",
        bold=True,
    )
    takes = "1 take" if len(one.takes) == 1 else f"{len(one.takes)} takes"
    say(f"  {clock(one.length)} recorded in {takes}; {_standing(one)}.")
    say(f"  carer-stories capture recover {one.id}")


def _standing(one: SessionState) -> str:
    from capture.sessions.state import Phase

    said = {
        Phase.PREPARED: "nothing was recorded",
        Phase.AGREED: "nothing was recorded",
        Phase.RECORDING: "it was broken off, or is being recorded now",
        Phase.PAUSED: "it was broken off in a pause, or is paused now",
        Phase.STOPPED: "nobody has decided what becomes of it",
        Phase.LATER: "it was put off what becomes of it",
        Phase.KEEPING: "it was to be kept, and that was broken off",
    }
    return said.get(one.phase, str(one.phase))


def _as_json(one: SessionState | UnreadableSession) -> dict[str, Any]:
    from capture.sessions.session_folders import UnreadableSession

    if isinstance(one, UnreadableSession):
        return {"id": one.id, "story": one.story, "state": "unreadable", "why": one.problem.what}
    return {
        "id": one.id,
        "story": one.story,
        "state": str(one.phase),
        "made": one.created,
        "takes": len(one.takes),
        "bytes": sum(take.bytes for take in one.takes),
        "length": one.length,
    }
