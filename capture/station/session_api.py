"""Calls about sessions: each is one method of `capture.sessions.live_session.LiveSession`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from flask import Blueprint, Response, request

from capture.questions.question_set import find_question_set
from capture.sessions.events import EndReason, Feeling, MarkerKind, RecordedMedia, WellbeingTime
from capture.sessions.session_folders import UnreadableSession, unfinished_sessions
from capture.sessions.state import SessionState, SessionTake
from capture.station.open_sessions import OpenSessions
from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.local_page.responses import decode_body, json_response, request_body

Answer = Callable[..., Response]
"""Answers with the session, by its id and a status."""


class _RequestBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SessionRequest(_RequestBody, frozen=True):
    story: str
    key: str
    questions: str = ""


class AgreementRequest(_RequestBody, frozen=True):
    record: RecordedMedia
    paper: bool = False


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


class EmptyRequest(_RequestBody, frozen=True):
    pass


class DeleteRequest(_RequestBody, frozen=True):
    confirm: Literal[True]


def session_calls(workspace: Workspace, sessions: OpenSessions) -> Blueprint:
    calls = Blueprint("sessions", __name__, url_prefix="/api/sessions")

    def answer(session_id: str, status: int = 200) -> Response:
        return json_response(_session_json(sessions, sessions.state_of(session_id)), status)

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
        return answer(session.state.id, 201 if fresh else 200)

    @calls.get("/<session_id>")
    def look(session_id: str) -> Response:
        return answer(session_id)

    @calls.post("/<session_id>/agreed")
    def agreed(session_id: str) -> Response:
        sent = decode_body(AgreementRequest)
        sessions.get(session_id).confirm_agreement(sent.record, paper=sent.paper)
        return answer(session_id)

    @calls.post("/<session_id>/wellbeing")
    def feels(session_id: str) -> Response:
        sent = decode_body(WellbeingRequest)
        sessions.get(session_id).note_wellbeing(sent.when, sent.answer, sent.note)
        return answer(session_id)

    @calls.post("/<session_id>/markers")
    def mark(session_id: str) -> Response:
        sent = decode_body(MarkerRequest)
        fresh = sessions.get(session_id).add_marker(
            sent.key, sent.take, sent.at, sent.kind, sent.question, sent.text
        )
        return answer(session_id, 201 if fresh else 200)

    _take_calls(calls, sessions, answer)
    _ending_calls(calls, sessions, answer)
    return calls


def _take_calls(calls: Blueprint, sessions: OpenSessions, answer: Answer) -> None:
    @calls.post("/<session_id>/takes")
    def begin(session_id: str) -> Response:
        sent = decode_body(TakeRequest)
        sessions.get(session_id).start_take(sent.mime, sent.key, take_over=sent.instead)
        return answer(session_id, 201)

    @calls.post("/<session_id>/takes/<int:take>/chunks/<int:number>")
    def chunk(session_id: str, take: int, number: int) -> Response:
        session = sessions.get(session_id)
        fresh = session.add_chunk(take, number, request_body(), _until_argument())
        so_far = session.state.take(take)
        progress = {"next": number + 1, "bytes": so_far.bytes}
        return json_response(progress, 201 if fresh else 200)

    @calls.post("/<session_id>/takes/<int:take>/end")
    def end(session_id: str, take: int) -> Response:
        sent = decode_body(EndTakeRequest)
        session = sessions.get(session_id)
        session.end_take(take, sent.at, sent.chunks, sent.reason, accept_loss=sent.lost)
        return answer(session_id)

    @calls.post("/<session_id>/pause")
    def pause(session_id: str) -> Response:
        sent = decode_body(PauseRequest)
        sessions.get(session_id).pause(sent.take, sent.at, sent.chunks, accept_loss=sent.lost)
        return answer(session_id)

    @calls.post("/<session_id>/resume")
    def resume(session_id: str) -> Response:
        sessions.get(session_id).resume(decode_body(ResumeRequest).take)
        return answer(session_id)


def _ending_calls(calls: Blueprint, sessions: OpenSessions, answer: Answer) -> None:
    @calls.post("/<session_id>/stop")
    def stop(session_id: str) -> Response:
        sent = decode_body(StopRequest)
        sessions.get(session_id).stop(sent.take, sent.at, sent.chunks, accept_loss=sent.lost)
        return answer(session_id)

    @calls.post("/<session_id>/keep")
    def keep(session_id: str) -> Response:
        # Decoded although it is empty: a field that we do not know is refused.
        decode_body(EmptyRequest)
        sessions.keep(session_id)
        return answer(session_id, 202)

    @calls.post("/<session_id>/later")
    def later(session_id: str) -> Response:
        decode_body(EmptyRequest)
        sessions.get(session_id).defer()
        return answer(session_id)

    @calls.post("/<session_id>/delete")
    def delete(session_id: str) -> Response:
        decode_body(DeleteRequest)
        receipt = sessions.delete(session_id)
        return json_response({"receipt": {**msgspec.to_builtins(receipt), "text": receipt.text}})


def _until_argument() -> int:
    text = request.args.get("until", "0")
    # “²” is a digit to isdigit, but not to int; a day has eight digits of milliseconds.
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadInput("`until` is milliseconds.")
    return int(text)


def _session_json(sessions: OpenSessions, state: SessionState) -> dict[str, Any]:
    """Return the session object of docs/station.md."""
    keeping = sessions.keep_progress(state.id)
    return {
        "id": state.id,
        "story": state.story,
        "title": state.title,
        "made": state.created,
        "state": str(state.phase),
        "record": state.record or "",
        "question_set": state.question_set,
        "question": state.current_question,
        "take": state.open_take.number if state.open_take else 0,
        # Copies here and below: another request may add to them meanwhile.
        "takes": [_take_json(take) for take in list(state.takes)],
        "length": state.length,
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
    }


def _take_json(take: SessionTake) -> dict[str, Any]:
    return {
        "number": take.number,
        "mime": take.mime,
        "chunks": len(take.chunks),
        "bytes": take.bytes,
        "length": take.length,
        "ended": take.end_reason,
    }
