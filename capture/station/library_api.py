"""Calls about the library: what the station may offer, stories, room on the disk."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import psutil
from flask import Blueprint, Response, request

from capture.questions.question_set import find_question_set, question_set_files
from capture.sessions.session_folders import unfinished_sessions_of
from capture.sessions.storage import RESERVED_BYTES
from capture.sessions.wording import session_wording
from library.consent.decisions import require_no_blanks
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.consent.stories import read_history, start_story
from library.core import files
from library.core.clock import day_of, today
from library.core.days import day_in_words
from library.core.errors import CarerStoriesError, NotAllowed
from library.core.languages import direction
from library.core.settings import Settings, load_settings
from library.core.typed_command import as_typed
from library.core.workspace import Workspace
from library.forms.wording import language_gap
from library.local_page.responses import decode_body, json_response
from library.records.consent import WITNESSES
from library.records.ledger import Ledger
from library.records.story import Story


class StoryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    questions: str
    contributor: str = ""


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
        language = request.args.get("language", "")
        return json_response(session_wording(load_settings(workspace), language))

    @calls.get("/questions/<set_id>")
    def questions(set_id: str) -> Response:
        question_set = find_question_set(workspace, set_id)
        shown = {
            "dir": direction((question_set.language or "en").lower()),
            "form_gap": language_gap(workspace, question_set.language),
        }
        return json_response(msgspec.structs.asdict(question_set) | shown)

    @calls.get("/stories")
    def stories() -> Response:
        snapshot = Ledger(workspace).read()
        histories = [history_of(snapshot, story.id) for story in snapshot.all(Story)]
        available = [history for history in histories if not history.whole_withdrawal]
        newest_first = available[::-1]
        return json_response([story_json(workspace, history) for history in newest_first])

    @calls.post("/stories")
    def new_story() -> Response:
        sent = decode_body(StoryRequest)
        find_question_set(workspace, sent.questions)  # one that cannot be used starts no story
        story = start_story(
            workspace, title=sent.title, questions=sent.questions, contributor=sent.contributor
        )
        return json_response(story_json(workspace, read_history(workspace, story.id)), 201)

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
        "missing": missing_json(workspace),
        "health": health(workspace),
    }


def missing_json(workspace: Workspace) -> dict[str, str] | None:
    """Return why no agreement can be recorded here yet, or None. Asked before anything else is."""
    try:
        require_no_blanks(workspace, "The agreement cannot be taken yet")
    except NotAllowed as error:
        return {"what": error.what, "next_step": as_typed(error.next_step)}
    return None


def _support_json(settings: Settings) -> list[dict[str, str]]:
    return [
        {
            "name": line.name,
            "contact": line.contact,
            "when": line.when,
            "checked": day_in_words(line.checked),
            "day": line.checked.isoformat(),
        }
        for line in settings.support
    ]


def _is_of_today(workspace: Workspace, history: History) -> bool:
    """Return True where something of the story was begun, agreed or brought in today."""
    manifest = workspace.story(history.story.id).manifest
    times = [history.story.created, *(agreement.recorded for agreement in history.agreements)]
    moments = [datetime.fromisoformat(time) for time in times]
    with contextlib.suppress(OSError):
        moments.append(datetime.fromtimestamp(manifest.stat().st_mtime, UTC))
    return any(day_of(moment) == today() for moment in moments)


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
                for name in ("id", "title", "version", "designed_by", "language")
            }
            sets.append(summary | {"count": len(question_set.questions)})
    return sets, broken


def story_json(workspace: Workspace, history: History) -> dict[str, Any]:
    story = history.story

    return {
        "id": story.id,
        "title": story.title,
        "questions": story.questions,
        "agreed": bool(history.agreements),
        "today": _is_of_today(workspace, history),
        "recorded": workspace.story(story.id).manifest.is_file(),
        "sessions": [session.id for session in unfinished_sessions_of(workspace, story.id)],
    }


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
