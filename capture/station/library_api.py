"""Calls about the library: what the station may offer, stories, the agreement, room on the disk."""

from __future__ import annotations

import contextlib
from typing import Any, Literal

import msgspec
import psutil
from flask import Blueprint, Response

from capture.questions.question_set import find_question_set, question_set_files
from capture.sessions.session_folders import unfinished_sessions_of
from capture.sessions.storage import RESERVED_BYTES
from capture.sessions.wording import session_wording
from library.consent.contributors import record_contributor
from library.consent.decisions import record_agreement
from library.consent.gate import History, require_not_withdrawn
from library.consent.gate_input import history_of
from library.consent.stories import read_history, start_story
from library.core import files
from library.core.clock import today
from library.core.days import day_in_words
from library.core.errors import BadInput, CarerStoriesError
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.forms.html_page import render_form
from library.forms.placeholders import FormStory
from library.forms.wording import form_version, read_wording
from library.local_page.responses import decode_body, json_response
from library.records.consent import WITNESSES
from library.records.ledger import Ledger
from library.records.story import Story


class StoryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    questions: str
    contributor: str = ""


class NewAgreementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    # A form that was not read, or not agreed to, is refused while it is decoded.
    read: Literal[True]
    agreed: Literal[True]
    capacity_considered: bool
    taken_by: str
    independent: bool
    recognise_after_erasure: bool = False
    real_name: str = ""
    contact: str = ""


def library_calls(workspace: Workspace) -> Blueprint:
    calls = Blueprint("library", __name__, url_prefix="/api")

    @calls.get("/station")
    def station() -> Response:
        return json_response(_station_json(workspace))

    @calls.get("/health")
    def how_is_it() -> Response:
        return json_response(health(workspace))

    @calls.get("/words")
    def what_to_say() -> Response:
        return json_response(session_wording(load_settings(workspace)))

    @calls.get("/questions/<set_id>")
    def questions(set_id: str) -> Response:
        return json_response(find_question_set(workspace, set_id))

    @calls.get("/stories")
    def stories() -> Response:
        snapshot = Ledger(workspace).read()
        histories = [history_of(snapshot, story.id) for story in snapshot.all(Story)]
        available = [history for history in histories if not history.whole_withdrawal]
        newest_first = available[::-1]
        return json_response([_story_json(workspace, history) for history in newest_first])

    @calls.post("/stories")
    def new_story() -> Response:
        sent = decode_body(StoryRequest)
        find_question_set(workspace, sent.questions)  # one that cannot be used starts no story
        story = start_story(
            workspace, title=sent.title, questions=sent.questions, contributor=sent.contributor
        )
        return json_response(_story_json(workspace, read_history(workspace, story.id)), 201)

    @calls.get("/stories/<story_id>/form")
    def form(story_id: str) -> Response:
        return json_response(_form_json(workspace, story_id))

    @calls.post("/stories/<story_id>/agreement")
    def agreement(story_id: str) -> Response:
        _record_agreement(workspace, story_id, decode_body(NewAgreementRequest))
        return json_response(_story_json(workspace, read_history(workspace, story_id)), 201)

    return calls


def _station_json(workspace: Workspace) -> dict[str, Any]:
    settings = load_settings(workspace)
    sets, broken = _question_sets(workspace)
    return {
        "title": settings.title,
        "trust": settings.trust,
        "contact": settings.contact,
        "fictional": settings.fictional,
        "support": _support_json(settings),
        "roles": list(WITNESSES),
        "question_sets": sets,
        "broken_sets": broken,
        "health": health(workspace),
    }


def _support_json(settings: Settings) -> list[dict[str, str]]:
    return [
        {
            "name": line.name,
            "contact": line.contact,
            "when": line.when,
            "checked": day_in_words(line.checked),
        }
        for line in settings.support
    ]


def _question_sets(workspace: Workspace) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return summaries of the usable sets, and the problems of the others."""
    sets: list[dict[str, Any]] = []
    broken: list[dict[str, str]] = []
    for path in question_set_files(workspace):
        try:
            question_set = find_question_set(workspace, path.stem)
        except CarerStoriesError as error:
            broken.append({"id": path.stem, "problem": error.what})
        else:
            summary = {
                name: getattr(question_set, name)
                for name in ("id", "title", "version", "designed_by")
            }
            sets.append(summary | {"count": len(question_set.questions)})
    return sets, broken


def _story_json(workspace: Workspace, history: History) -> dict[str, Any]:
    story = history.story

    return {
        "id": story.id,
        "title": story.title,
        "questions": story.questions,
        "agreed": bool(history.agreements),
        "recorded": workspace.story(story.id).manifest.is_file(),
        "sessions": [session.id for session in unfinished_sessions_of(workspace, story.id)],
    }


def _form_json(workspace: Workspace, story_id: str) -> dict[str, Any]:
    history = read_history(workspace, story_id)
    require_not_withdrawn(history)
    wording = read_wording(workspace, "participation")
    story = FormStory(id=story_id, title=history.story.title, shown_as=history.story.contributor)
    words = render_form(wording, load_settings(workspace), story)
    return {
        "title": wording.head.title,
        "version": wording.head.version,
        "language": wording.head.language,
        "code": words.code,
        "html": str(words.html),
        "not_filled_in": list(words.not_filled_in),
    }


def _record_agreement(workspace: Workspace, story_id: str, sent: NewAgreementRequest) -> None:
    if sent.taken_by not in WITNESSES:
        raise BadInput(
            "Who took the agreement is not said.", f"Use one of: {', '.join(WITNESSES)}."
        )
    if sent.contact.strip() and not sent.real_name.strip():
        raise BadInput("A contact is kept with a name.", "Write the name as well.")
    record_agreement(
        workspace,
        story_id,
        on=today(),
        taken_by=sent.taken_by,
        form_version=form_version(workspace, "participation"),
        independent=sent.independent,
        capacity_considered=sent.capacity_considered,
        recognise_after_erasure=sent.recognise_after_erasure,
    )
    # Behind the agreement: one that is refused must leave no name.
    if sent.real_name.strip():
        record_contributor(
            workspace,
            story_id,
            name=sent.real_name,
            contact=sent.contact,
            role=sent.taken_by,
        )


# The bit rates that the page asks of the browser: `page/devices.js`.
VIDEO_BYTES_PER_SECOND = 2_500_000 // 8
AUDIO_BYTES_PER_SECOND = 128_000 // 8
_BYTES_TO_KEEP_AN_HOUR = 3_600 * (3 * VIDEO_BYTES_PER_SECOND + 1_000_000)
"""Bytes an hour of video needs until it is kept: itself, its copy in another container, the
original, and the working copy, for which an import needs 1 kB a millisecond."""


def health(workspace: Workspace) -> dict[str, Any]:
    """Return the object of `GET /api/health`. Raises DiskFailed."""
    free = files.free_bytes(workspace.stories)
    # What takes leave free is not theirs to count on.
    usable = max(0, free - RESERVED_BYTES)
    return {
        "free_bytes": free,
        "minutes_video": usable // VIDEO_BYTES_PER_SECOND // 60,
        "minutes_audio": usable // AUDIO_BYTES_PER_SECOND // 60,
        "low_room": usable < _BYTES_TO_KEEP_AN_HOUR,
        "battery": battery(),
    }


def battery() -> dict[str, Any] | None:
    """Return percent left and whether it is plugged in; None where that is unknown."""
    with contextlib.suppress(Exception):  # drivers fail in every way there is
        battery_state = psutil.sensors_battery()
        if battery_state is not None:
            return {
                "percent": round(battery_state.percent),
                "plugged": bool(battery_state.power_plugged),
            }
    return None
