"""`capture station` and `capture recover`: the page for volunteers, and unfinished recordings."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    json_option,
    progress,
    prompt_for,
    say,
    say_json,
    say_next,
    workspace_of,
)
from library.cli.local_page import serve_until_closed, shown_again_if_open, warn_of
from library.cli.status import say_kept
from library.core.counting import counted
from library.core.errors import BadInput, CarerStoriesError

if TYPE_CHECKING:
    from capture.sessions.session_folders import UnreadableSession
    from capture.sessions.state import SessionState
    from capture.station.server import Station
    from library.core.workspace import Workspace


@click.command("station", epilog="Example: carer-stories capture station")
@click.option("--no-browser", is_flag=True, help="Only say where the page is; open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: any free one).")
@click.pass_context
def station(ctx: click.Context, no_browser: bool, port: int | None) -> None:
    """Open the page on which volunteers record an interview.

    It opens in this machine's browser.

    Every second is saved as it is recorded, and nothing leaves this machine. If anything breaks,
    start the station again: a page that is still open goes on, and an unfinished recording can be
    kept or deleted. Run it again while it is open to see a page again that was closed by mistake.
    """
    from capture.station.server import running_station

    workspace = workspace_of(ctx)
    with (
        shown_again_if_open(workspace, no_browser=no_browser),
        running_station(workspace, port) as open_station,
    ):
        serve_until_closed(
            open_station,
            workspace,
            "Leave this window open while you record. To end: Ctrl-C, or “Close the station” on "
            "the page.",
            no_browser=no_browser,
            problems=open_station.problems,
        )
        _say_closed(open_station)


def _say_closed(open_station: Station) -> None:
    if open_station.sessions.is_recording:
        say("A recording was still open. Everything up to its last second is saved.")
        say_next("carer-stories capture station")
    elif open_station.sessions.is_keeping_any:
        say("A recording was still being kept. That goes on when the station is started again.")
        say_next("carer-stories capture station")
    else:
        say("The station is closed.")


@click.command("recover", epilog="Example: carer-stories capture recover se-4k7m2q --keep")
@click.argument("session_id", metavar="[SESSION]", required=False)
@click.option("--keep", "choice", flag_value="keep", help="Make it the story's recording.")
@click.option("--delete", "choice", flag_value="delete", help="Delete it, with a receipt.")
@click.option("--later", "choice", flag_value="later", help="Leave it as it is.")
@json_option
@click.pass_context
def recover(ctx: click.Context, session_id: str | None, choice: str | None, as_json: bool) -> None:
    """List unfinished recordings, and keep or delete each.

    These were interrupted, or somebody wanted to decide later. Everything up to the last second
    that was recorded is there.
    """
    from capture.sessions.finalise import finish_interrupted
    from capture.sessions.session_folders import unfinished_sessions

    workspace = workspace_of(ctx)
    if choice and not session_id:
        raise BadInput("No session was named.", "List them with: carer-stories capture recover")
    if session_id:
        _decide(workspace, session_id, choice)
        return
    # First: what a kill interrupted needs nobody’s decision.
    for failure in finish_interrupted(workspace):
        warn_of(failure)
    sessions = unfinished_sessions(workspace)
    if as_json:
        say_json([_as_json(session) for session in sessions])
    elif not sessions:
        say("There is nothing to recover: every recording is finished.")
    else:
        for session in sessions:
            _say_session(session)


def _decide(workspace: Workspace, session_id: str, choice: str | None) -> None:
    from capture.sessions.finalise import delete_session, keep_session, kept_remark
    from capture.sessions.session_folders import reopen_session
    from capture.sessions.state import Phase

    with contextlib.closing(reopen_session(workspace, session_id)) as session:
        _say_session(session.state)
        say_lost_picture(workspace, session.state)
        choice = choice or _ask_choice()
        if choice == "delete":
            say(delete_session(session).text)
            return
        # It was killed while it recorded: ended first, as only then may it be kept.
        if session.state.phase in (Phase.RECORDING, Phase.PAUSED):
            session.stop()
        if choice == "keep":
            keep_session(session, show_progress=progress)
            say_kept(workspace, session.state.story, kept_remark(workspace, session.state))
        else:
            if session.state.phase is Phase.STOPPED:
                session.defer()
            say("Nothing was changed: the recording is saved, and can be kept or deleted later.")


def say_lost_picture(workspace: Workspace, state: SessionState) -> None:
    """Say beforehand that the picture of a session goes when it is kept, where it does."""
    from capture.sessions.agreed_media import loses_picture

    # Where that cannot be read, a session can be deleted or left all the same.
    with contextlib.suppress(CarerStoriesError):
        if state.is_undecided and loses_picture(workspace, state):
            say("Only their voice is agreed to by now: kept is the sound, the picture is deleted.")


def _ask_choice() -> str:
    if not sys.stdin.isatty():
        raise BadInput("Shall it be kept or deleted?", "Add --keep, --delete or --later.")
    choices = ("keep", "delete", "later")
    return prompt_for("Keep it, delete it, or decide later?", choices=choices, default="later")


def _say_session(session: SessionState | UnreadableSession) -> None:
    from capture.sessions.session_folders import UnreadableSession
    from library.core.timecode import clock

    if isinstance(session, UnreadableSession):
        say(f"{session.id} of {session.story}: {session.problem.what}")
        say_next(session.problem.next_step)
        return
    created = session.created[:16].replace("T", " ")
    say(f"{session.id}: “{session.title}” ({session.story}), {created} UTC", bold=True)
    takes = counted(len(session.takes), "take")
    say(f"  {clock(session.safe)} recorded in {takes}; {_describe_phase(session)}.")
    if session.lost:
        say(f"  Another {clock(session.lost)} could not be saved.")
    say(f"  Next: carer-stories capture recover {session.id}")


def _describe_phase(session: SessionState) -> str:
    from capture.sessions.state import Phase

    descriptions = {
        Phase.PREPARED: "nothing was recorded",
        Phase.AGREED: "nothing was recorded",
        Phase.RECORDING: "it was interrupted, or is being recorded now",
        Phase.PAUSED: "it was interrupted in a pause, or is paused now",
        Phase.STOPPED: "nobody has decided whether to keep it",
        Phase.LATER: "the decision was left for later",
        Phase.KEEPING: "it was to be kept, and that was interrupted",
    }
    return descriptions.get(session.phase, str(session.phase))


def _as_json(session: SessionState | UnreadableSession) -> dict[str, Any]:
    from capture.sessions.session_folders import UnreadableSession

    if isinstance(session, UnreadableSession):
        return {
            "id": session.id,
            "story": session.story,
            "state": "unreadable",
            "why": session.problem.what,
        }
    return {
        "id": session.id,
        "story": session.story,
        "state": str(session.phase),
        "made": session.created,
        "takes": len(session.takes),
        "bytes": sum(take.bytes for take in session.takes),
        "length": session.length,
        "safe": session.safe,
    }
