"""Calls about stories: the list, one story's text and its changes, and who writes in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from capture.markers import marking
from library.consent.story_status import next_step_of
from library.core.errors import BadInput, CarerStoriesError
from library.core.typed_command import as_typed
from library.local_page.responses import asking_window, decode_body, json_response
from stewardship.desk.document import DeskDocument
from stewardship.desk.open_stories import Desk, OpenStory
from stewardship.desk.story_list import first_command, list_stories
from stewardship.desk.text_changes import TextChange
from transcribe import report
from transcribe.add_to_glossary import add_to_glossary
from transcribe.edit_service import prepare_edit, write_edit
from transcribe.pipeline import speakers_of

PEAKS_PER_SECOND = 100
_MARKED = "marked at the desk"
"""The words of a moment about which nothing more was said."""
_Version = Annotated[int, Meta(ge=0)]
_Key = Annotated[str, Meta(min_length=8, max_length=80)]
_Sentence = Annotated[str, Meta(max_length=2_000)]


class ChangesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    base: _Version
    changes: tuple[TextChange, ...]
    key: _Key
    session: str = ""


class ChoiceRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    choose: Literal["theirs", "mine"]
    sha256: str


class LeaseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    message: _Sentence = ""


class ApplyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: _Version
    as_british: bool = False


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: _Version
    answer: str
    shown: str = ""


class MomentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: Annotated[int, Meta(ge=0)]
    text: _Sentence = ""


class TermRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    term: _Sentence
    mishearing: _Sentence = ""


def story_calls(desk: Desk, window: Callable[[], str] = asking_window) -> Blueprint:
    """Return the calls about stories; `window` names the window that asks."""
    calls = Blueprint("stories", __name__, url_prefix="/api/stories")

    @calls.get("")
    def stories() -> Response:
        return json_response({"stories": list_stories(desk.workspace)})

    @calls.get("/<story_id>")
    def open_story(story_id: str) -> Response:
        story = desk.open_story(story_id)
        with story.changing() as document:
            document.refresh()
            lease = story.lease.ask(window())
            answer = _story_json(desk, story)
            answer |= {"document": document.as_json(), "lease": lease.as_json()}
        return json_response(answer)

    @calls.post("/<story_id>/lease")
    def take_over(story_id: str) -> Response:
        sent = decode_body(LeaseRequest)
        story = desk.open_story(story_id)
        with story.opened():
            return json_response(story.lease.take_over(window(), sent.message).as_json())

    _text_calls(calls, desk, window)
    _mark_calls(calls, desk)
    _analysis_calls(calls, desk, window)
    return calls


def _text_calls(calls: Blueprint, desk: Desk, window: Callable[[], str]) -> None:
    @calls.post("/<story_id>/changes")
    def change(story_id: str) -> Response:
        sent = decode_body(ChangesRequest)
        story = desk.open_story(story_id)
        with story.changing() as document:
            story.lease.require(window())
            if sent.session:
                document.require_session(sent.session)
            version = document.add_changes(sent.base, sent.changes, sent.key)
            return json_response({"version": version, "problem": _problem_json(document)})

    @calls.get("/<story_id>/state")
    def state(story_id: str) -> Response:
        story = desk.open_story(story_id)
        with story.opened():
            lease = story.lease.ask(window())
            story.document.refresh()
            return json_response(
                {
                    "session": story.document.session,
                    "media": _media_of(desk, story),
                    "version": story.document.version,
                    "lease": lease.as_json(),
                    "outside": story.document.outside_json(),
                    "problem": _problem_json(story.document),
                    "analysis_version": story.newest_analysis.version,
                    "analyses": story.newest_analysis.made_count,
                }
            )

    @calls.post("/<story_id>/outside")
    def choose(story_id: str) -> Response:
        sent = decode_body(ChoiceRequest)
        story = desk.open_story(story_id)
        with story.changing() as document:
            story.lease.require(window())
            document.choose(sent.choose, sent.sha256)
            return json_response(document.as_json())

    @calls.post("/<story_id>/apply")
    def apply(story_id: str) -> Response:
        sent = decode_body(ApplyRequest)
        story = desk.open_story(story_id)
        text = _text_to_change(story, window(), sent.version)
        # Not under the lock: while a long text is prepared, somebody may go on typing.
        session = story.edit_session()
        prepared = prepare_edit(session, text, as_british=sent.as_british)
        sentences = [line.strip() for line in report.edit_lines(prepared)]
        # That takes seconds, in which the story may have been withdrawn.
        desk.open_story(story_id)
        with story.changing() as document:
            document.change_by_desk(prepared.text, "apply", sent.version)
            write_edit(session, prepared)
            desk.applied.set()
            document.refresh()
            answer = {"document": document.as_json()}
        step = next_step_of(desk.workspace, story_id)
        sentences += report.written_lines(session)
        return json_response(
            {
                **answer,
                "sentences": sentences,
                "next_step": as_typed(step),
                "command": as_typed(first_command(step)),
            }
        )


def _analysis_calls(calls: Blueprint, desk: Desk, window: Callable[[], str]) -> None:
    @calls.get("/<story_id>/analysis")
    def analysis(story_id: str) -> Response:
        version = _version_asked_for()
        story = desk.open_story(story_id)
        made = story.newest_analysis.wait_for(version)
        # While it was waited for, the story may have been withdrawn.
        desk.open_story(story_id)
        return json_response({**msgspec.to_builtins(made), "version": version})

    @calls.post("/<story_id>/doubts/<doubt_id>")
    def answer_doubt(story_id: str, doubt_id: str) -> Response:
        sent = decode_body(AnswerRequest)
        story = desk.open_story(story_id)
        text = _text_to_change(story, window(), sent.version)
        changed = story.newest_analysis.answer(text, doubt_id, sent.answer, sent.shown)
        desk.open_story(story_id)
        with story.changing() as document:
            document.change_by_desk(changed, "review", sent.version)
            return json_response({"document": document.as_json()})


def _mark_calls(calls: Blueprint, desk: Desk) -> None:
    @calls.post("/<story_id>/moments")
    def mark_moment(story_id: str) -> Response:
        sent = decode_body(MomentRequest)
        desk.open_story(story_id)
        story = marking.open_story(desk.workspace, story_id)
        marker = marking.note_at(sent.at, sent.text.strip() or _MARKED, story)
        markers = marking.merge_markers(story.session.markers, [marker])
        marking.save_markers(story, markers)
        return json_response({"at": marker.at, "text": marker.text}, 201)

    @calls.post("/<story_id>/glossary")
    def add_term(story_id: str) -> Response:
        sent = decode_body(TermRequest)
        desk.open_story(story_id)
        term = add_to_glossary(desk.workspace, sent.term, sent.mishearing)
        return json_response({"term": term.term, "mishearings": term.mishearings}, 201)


def _text_to_change(story: OpenStory, window: str, version: int) -> str:
    """Return the text at `version`, for a change that is then made of it without the lock.

    Raises LeaseTaken, StaleBase, and ChangedOutside where the file is another program's.
    """
    with story.opened():
        story.lease.require(window)
        story.document.require_own_file()
        story.document.require_version(version)
        return story.document.text


def _story_json(desk: Desk, story: OpenStory) -> dict[str, Any]:
    session = story.edit_session()
    speakers = speakers_of(session.task.story)
    return {
        "id": story.id,
        "title": session.task.story.title,
        "contributor": speakers.contributor,
        "interviewer": speakers.interviewer,
        "speakers": [speakers.contributor, speakers.interviewer],
        "duration": session.transcript.duration,
        "has_picture": story.folder.working.is_file(),
        "has_film": story.folder.cut.is_file(),
        "media": _media_of(desk, story),
        "peaks_per_second": PEAKS_PER_SECOND,
        "questions": [
            {"id": question.id, "ask": question.ask}
            for question in session.task.questions.questions
        ],
    }


def _media_of(desk: Desk, story: OpenStory) -> str:
    return f"/media/{desk.ticket_of(story.id)}"


def _problem_json(document: DeskDocument) -> dict[str, str] | None:
    problem: CarerStoriesError | None = document.problem
    return {"what": problem.what, "next_step": as_typed(problem.next_step)} if problem else None


def _version_asked_for() -> int:
    text = request.args.get("version", "")
    # “²” is a digit to isdigit, but not to int.
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise BadInput("The version is not said.")
    return int(text)
