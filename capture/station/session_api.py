"""Calls about sessions: each is one method of `capture.sessions.live_session.LiveSession`."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from capture.questions.question_set import find_question_set
from capture.sessions.events import EndReason, Feeling, MarkerKind, RecordedMedia, WellbeingTime
from capture.sessions.live_session import LiveSession, is_growing
from capture.sessions.refusals import NotNow, SessionDeleted
from capture.sessions.session_folders import UnreadableSession, unfinished_sessions
from capture.sessions.state import SessionState, SessionTake
from capture.station.open_sessions import OpenSessions
from library.consent.stories import change_story, read_history
from library.core.errors import BadInput, NotFound
from library.core.workspace import Workspace
from library.local_page.responses import (
    asking_window,
    comes_from_killed_run,
    decode_body,
    json_response,
    request_body,
)

STAY_SECONDS = 10.0
"""Seconds for which a line is kept: shorter than a page waits for an answer."""
_LOOK_SECONDS = 0.25
"""Seconds between two looks whether the window at the other end of a line is still there."""
_WITHDRAWAL_SECONDS = 2.0
"""Seconds between two looks whether the story of a session that a window holds is taken back."""
TabName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{0,40}\Z")]
Answer = Callable[..., Response]
"""Answers with the session, by its id and a status."""


class Opened(Protocol):
    """Returns a session, opened for the window that asks alone."""

    def __call__(self, session_id: str, take: int = 0, *, instead: bool = False) -> LiveSession: ...


class _RequestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SessionRequest(_RequestBody, frozen=True):
    story: str
    key: str
    questions: str = ""


class QuestionsRequest(_RequestBody, frozen=True):
    questions: str


class AgreementRequest(_RequestBody, frozen=True):
    record: RecordedMedia
    paper: bool = False


class SeenRequest(_RequestBody, frozen=True):
    """Wishes about being filmed, and about seeing oneself meanwhile."""

    voice_only: bool
    self_view: bool


class WellbeingRequest(_RequestBody, frozen=True):
    when: WellbeingTime
    answer: Feeling
    note: str = ""


class TakeRequest(_RequestBody, frozen=True):
    mime: str
    key: str
    instead: bool = False


class MarkerRequest(_RequestBody, frozen=True):
    key: str
    take: int
    at: int
    kind: MarkerKind
    question: str = ""
    text: str = ""


class PauseRequest(_RequestBody, frozen=True):
    take: int
    at: int
    chunks: int
    lost: bool = False


class ResumeRequest(_RequestBody, frozen=True):
    take: int


class EndTakeRequest(_RequestBody, frozen=True):
    at: int
    chunks: int
    reason: EndReason
    lost: bool = False


class StopRequest(_RequestBody, frozen=True):
    take: int = 0
    at: int = 0
    chunks: int | None = None
    lost: bool = False


class HoldRequest(_RequestBody, frozen=True):
    """The window's tab, by its name, and the take that it records, if any."""

    name: TabName = ""
    take: int = 0
    instead: bool = False


class EmptyRequest(_RequestBody, frozen=True):
    pass


class DeleteRequest(_RequestBody, frozen=True):
    confirm: Literal[True]
    empty: bool = False
    """Only where nothing was recorded in it."""


def session_calls(workspace: Workspace, sessions: OpenSessions) -> Blueprint:
    calls = Blueprint("sessions", __name__, url_prefix="/api/sessions")

    def answer(session_id: str, status: int = 200, **more: Any) -> Response:
        state = sessions.state_of(session_id)
        return json_response(_session_json(sessions, state) | more, status)

    def opened(session_id: str, take: int = 0, *, instead: bool = False) -> LiveSession:
        """Return the session, for the window that asks alone. Raises RecordingElsewhere."""
        claim_session(sessions, session_id, HoldRequest(take=take, instead=instead))
        return sessions.get(session_id)

    @calls.get("")
    def waiting() -> Response:
        readable = [
            session
            for session in unfinished_sessions(workspace)
            if not isinstance(session, UnreadableSession)
        ]
        return json_response([_session_json(sessions, session) for session in readable])

    @calls.post("")
    def new() -> Response:
        sent = decode_body(SessionRequest)
        questions = find_question_set(workspace, sent.questions) if sent.questions else None
        session, fresh = sessions.create_session(sent.story, sent.key, questions)
        claim_session(sessions, session.state.id, HoldRequest())
        return answer(session.state.id, 201 if fresh else 200)

    @calls.post("/close-when-kept")
    def close_when_kept() -> Response:
        decode_body(EmptyRequest)
        sessions.closes_when_kept = True
        return json_response({"closing": True}, 202)

    @calls.get("/<session_id>")
    def look(session_id: str) -> Response:
        return answer(session_id)

    @calls.post("/<session_id>/questions")
    def choose(session_id: str) -> Response:
        questions = find_question_set(workspace, decode_body(QuestionsRequest).questions)
        session = opened(session_id)
        session.choose_questions(questions)
        history = read_history(workspace, session.state.story)
        # A story of which nothing was agreed and recorded is about what is chosen now.
        if not history.agreements and history.story.questions != questions.id:
            change_story(workspace, history.story.id, {"questions": questions.id})
        return answer(session_id)

    @calls.post("/<session_id>/agreed")
    def agreed(session_id: str) -> Response:
        sent = decode_body(AgreementRequest)
        opened(session_id).confirm_agreement(sent.record, paper=sent.paper)
        return answer(session_id)

    @calls.post("/<session_id>/seen")
    def seen(session_id: str) -> Response:
        sent = decode_body(SeenRequest)
        opened(session_id).wish_to_be_seen(voice_only=sent.voice_only, self_view=sent.self_view)
        return answer(session_id)

    @calls.post("/<session_id>/wellbeing")
    def feels(session_id: str) -> Response:
        sent = decode_body(WellbeingRequest)
        opened(session_id).note_wellbeing(sent.when, sent.answer, sent.note)
        return answer(session_id)

    @calls.post("/<session_id>/markers")
    def mark(session_id: str) -> Response:
        sent = decode_body(MarkerRequest)
        fresh = opened(session_id, sent.take).add_marker(
            sent.key, sent.take, sent.at, sent.kind, sent.question, sent.text
        )
        return answer(session_id, 201 if fresh else 200)

    _lease_calls(calls, sessions, answer)
    _take_calls(calls, opened, answer)
    _ending_calls(calls, sessions, opened, answer)
    return calls


def _lease_calls(calls: Blueprint, sessions: OpenSessions, answer: Answer) -> None:
    @calls.post("/<session_id>/hold")
    def hold(session_id: str) -> Response:
        claim_session(sessions, session_id, decode_body(HoldRequest))
        # So that no other program keeps or deletes it while a window holds it.
        if sessions.state_of(session_id).is_undecided:
            sessions.get(session_id)
        return answer(session_id)

    @calls.post("/<session_id>/stay")
    def stay(session_id: str) -> Response:
        claim_session(sessions, session_id, decode_body(HoldRequest))
        _stay_on_line(sessions, session_id, asking_window())
        try:
            return answer(session_id)
        except NotFound:
            # No refusal: that its line ends with the session is in order.
            return json_response({"state": "gone", "owner": ""})

    @calls.post("/<session_id>/leave")
    def leave(session_id: str) -> Response:
        decode_body(EmptyRequest)
        # A session that was deleted has no owner any more.
        with contextlib.suppress(SessionDeleted):
            sessions.lease(session_id).release(asking_window())
        return json_response({"left": True})


def claim_session(sessions: OpenSessions, session_id: str, sent: HoldRequest) -> None:
    sessions.claim(
        session_id,
        asking_window(),
        sent.name,
        take=sent.take,
        is_of_killed_run=comes_from_killed_run(),
        take_over=sent.instead,
    )


def _stay_on_line(sessions: OpenSessions, session_id: str, window: str) -> None:
    """Wait until the window has gone, has lost the session, or is to ask again.

    That is also as soon as the story is taken back, and again as soon as it is erased.
    """
    lease, state = sessions.lease(session_id), sessions.state_of(session_id)
    was_taken_back = sessions.is_taken_back(state)
    next_look = time.monotonic() + _WITHDRAWAL_SECONDS
    connection: socket.socket | None = request.environ.get("werkzeug.socket")
    line = lease.open_line(window)
    end = time.monotonic() + STAY_SECONDS
    is_broken = True
    try:
        while not (is_broken := _is_broken(connection)) and time.monotonic() < end:
            if not lease.wait_on_line(window, _LOOK_SECONDS):
                return
            if time.monotonic() > next_look:
                if sessions.is_erased(state):
                    return
                if not was_taken_back and sessions.is_taken_back(state):
                    return
                next_look = time.monotonic() + _WITHDRAWAL_SECONDS
    finally:
        lease.close_line(line, is_broken=is_broken)


def _is_broken(connection: socket.socket | None) -> bool:
    """Return whether the other end has gone: its page was closed, or its browser ended."""
    if connection is None:
        return False
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True


def _take_calls(calls: Blueprint, opened: Opened, answer: Answer) -> None:
    @calls.post("/<session_id>/takes")
    def begin(session_id: str) -> Response:
        sent = decode_body(TakeRequest)
        session = opened(session_id, instead=sent.instead)
        # Whoever holds the session may: a take that is still open is of a page that has gone.
        take = session.start_take(sent.mime, sent.key, take_over=True)
        # By its key: asked again after a restart, it may not be the open one any more.
        return answer(session_id, 201, begun=take.number)

    @calls.post("/<session_id>/takes/<int:take>/chunks/<int:number>")
    def chunk(session_id: str, take: int, number: int) -> Response:
        session = opened(session_id, take)
        fresh = session.add_chunk(take, number, request_body(), _number_argument("until"))
        so_far = session.state.take(take)
        progress = {
            "next": number + 1,
            "bytes": so_far.bytes,
            "safe": session.state.safe,
            "empty": session.state.empty,
            "ahead": session.picture_ahead(take),
        }
        return json_response(progress, 201 if fresh else 200)

    @calls.post("/<session_id>/takes/<int:take>/sound/<int:number>")
    def sound(session_id: str, take: int, number: int) -> Response:
        at, channels = _number_argument("from"), _number_argument("channels", 1)
        fresh = opened(session_id, take).add_sound(take, number, request_body(), at, channels)
        return json_response({"next": number + 1}, 201 if fresh else 200)

    @calls.post("/<session_id>/takes/<int:take>/end")
    def end(session_id: str, take: int) -> Response:
        sent = decode_body(EndTakeRequest)
        session = opened(session_id, take)
        session.end_take(take, sent.at, sent.chunks, sent.reason, accept_loss=sent.lost)
        return answer(session_id)

    @calls.post("/<session_id>/pause")
    def pause(session_id: str) -> Response:
        sent = decode_body(PauseRequest)
        opened(session_id, sent.take).pause(sent.take, sent.at, sent.chunks, accept_loss=sent.lost)
        return answer(session_id)

    @calls.post("/<session_id>/resume")
    def resume(session_id: str) -> Response:
        sent = decode_body(ResumeRequest)
        opened(session_id, sent.take).resume(sent.take)
        return answer(session_id)


def _ending_calls(calls: Blueprint, sessions: OpenSessions, opened: Opened, answer: Answer) -> None:
    @calls.post("/<session_id>/stop")
    def stop(session_id: str) -> Response:
        sent = decode_body(StopRequest)
        opened(session_id, sent.take).stop(sent.take, sent.at, sent.chunks, accept_loss=sent.lost)
        return answer(session_id)

    @calls.post("/<session_id>/keep")
    def keep(session_id: str) -> Response:
        # Decoded although it is empty: a field that we do not know is refused.
        decode_body(EmptyRequest)
        opened(session_id)
        sessions.keep(session_id)
        return answer(session_id, 202)

    @calls.post("/<session_id>/later")
    def later(session_id: str) -> Response:
        decode_body(EmptyRequest)
        opened(session_id).defer()
        return answer(session_id)

    @calls.post("/<session_id>/delete")
    def delete(session_id: str) -> Response:
        sent = decode_body(DeleteRequest)
        claim_session(sessions, session_id, HoldRequest())
        state = sessions.state_of(session_id)
        if sent.empty and any(take.bytes for take in state.takes):
            raise NotNow(
                "Something was recorded in this session meanwhile.",
                "Look at it, and decide about it alone.",
                state=str(state.phase),
            )
        receipt = sessions.delete(session_id)
        return json_response({"receipt": {**msgspec.to_builtins(receipt), "text": receipt.text}})


def _number_argument(name: str, default: int = 0) -> int:
    text = request.args.get(name, str(default))
    # “²” is a digit to isdigit, but not to int; a day has ten digits of samples.
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadInput(f"`{name}` is a whole number.")
    return int(text)


def _session_json(sessions: OpenSessions, state: SessionState) -> dict[str, Any]:
    """Return the session object of docs/project/station-page.md."""
    keeping = sessions.keep_progress(state)
    owner = sessions.owner(state, asking_window(), request.args.get("tab", ""))
    is_remote = not state.takes and sessions.is_remote(state)
    return {
        "id": state.id,
        "story": state.story,
        "title": state.title,
        "made": state.created,
        "state": str(state.phase),
        "owner": owner.owner,
        "heard": owner.heard,
        "returning": owner.returning,
        "record": sessions.record_now(state) or "",
        "seen": state.seen
        and {"voice_only": state.seen.voice_only, "self_view": state.seen.self_view},
        "question_set": state.question_set,
        "question": state.current_question,
        "growing": is_growing(state),
        "take": state.open_take.number if state.open_take else 0,
        # Copies here and below: another request may add to them meanwhile.
        "takes": [_take_json(take) for take in list(state.takes)],
        "length": state.length,
        "safe": state.safe,
        # What another program records is not nothing: its files are still to come.
        "empty": 0 if is_remote else state.empty,
        "remote": is_remote,
        "talked": is_remote and sessions.is_talk_begun(state),
        "taken_back": sessions.is_taken_back(state),
        "lost": state.lost,
        "markers": [
            {
                "key": marker.key,
                "take": marker.take,
                "at": marker.at,
                "kind": marker.kind,
                "question": marker.question,
                "text": marker.text,
            }
            for marker in list(state.markers)
        ],
        "wellbeing": [
            {"when": answer.when, "answer": answer.answer, "note": answer.note}
            for answer in list(state.wellbeing.values())
        ],
        "keeping": keeping.as_json() if keeping else None,
        "held": sessions.held_recording(state),
        "without_picture": sessions.is_kept_without_picture(state),
        "remark": sessions.kept_remark(state),
    }


def _take_json(take: SessionTake) -> dict[str, Any]:
    return {
        "number": take.number,
        "mime": take.mime,
        "chunks": len(take.chunks),
        "bytes": take.bytes,
        "length": take.length,
        "safe": take.safe,
        "ended": take.end_reason,
    }
