"""Calls about the agreement: its words, what was answered, what was agreed, and a change of mind.

What is asked and what is refused stands in `library.consent.agreement_rules`, as for the terminal.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from flask import Blueprint, Response, request

from capture.questions.question_set import find_question_set
from capture.sessions.agreed_media import agreed_media
from capture.station.change_of_mind import note_wish, take_back
from capture.station.library_api import missing_json, story_json
from capture.station.open_sessions import OpenSessions
from capture.station.session_api import HoldRequest, TabName, claim_session
from library.consent.agreement_rules import (
    CONTACT_WAYS,
    NO_CONTACT,
    NOT_INDEPENDENT,
    QUESTIONS,
    AgreementAnswers,
    AgreementFault,
    answer_faults,
    consequences,
    reading_faults,
    signed_day,
)
from library.consent.contributors import contributor_of, record_contributor
from library.consent.decisions import needs_scan, record_agreement, require_no_blanks
from library.consent.gate import require_not_withdrawn
from library.consent.signed_forms import SUFFIXES
from library.consent.stories import read_history
from library.core.clock import today
from library.core.days import day_in_words
from library.core.errors import BadInput, CarerStoriesError, NotFound
from library.core.files import make_folder, temporary_beside, write_atomic
from library.core.languages import direction, native_name
from library.core.removal import remove
from library.core.settings import load_settings
from library.core.workspace import Workspace
from library.forms.agreed_forms import keep_agreed_form, read_agreed_words, required_lines
from library.forms.html_page import RenderedForm, render_form
from library.forms.placeholders import FormStory
from library.forms.wording import Wording, read_wording
from library.local_page.responses import decode_body, json_response, request_body
from library.records.consent import WITNESSES, ContactWay
from library.records.story import Story
from library.records.wishes import WishWords

_ROLE_NAMES = {
    "carer-volunteer": "Carer volunteer",
    "editor": "Editor",
    "facilitator": "Facilitator",
    "manager": "Manager",
    "relative": "Relative or friend of the contributor",
}


class AnswersRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answers so far; empty ones were not given yet."""

    read: bool = False
    agreed: bool = False
    code: str = ""
    """Of the words that were on the page: they may have been changed since."""
    lines: int | None = None
    """Lines of the form that were ticked, without the one that may stay empty."""
    record: str | None = None
    capacity_considered: bool = False
    taken_by: str = ""
    independent: bool | None = None
    recognise_after_erasure: bool = False
    contact_way: ContactWay | Literal[""] = ""
    real_name: str = ""
    contact: str = ""
    paper: bool = False
    on: str = ""
    form_version: str = ""


class MindRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    words: WishWords = ""


class TakeBackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    confirm: Literal[True]
    name: TabName = ""
    instead: bool = False


class Scan(NamedTuple):
    """The scan of a signed form that was handed in, until the agreement is recorded."""

    suffix: str
    data: bytes


def agreement_calls(workspace: Workspace, sessions: OpenSessions) -> Blueprint:
    calls = Blueprint("agreement", __name__, url_prefix="/api/stories")
    scans: dict[str, Scan] = {}

    @calls.get("/<story_id>/form")
    def form(story_id: str) -> Response:
        return json_response(_form_json(workspace, story_id))

    @calls.post("/<story_id>/signed-form/chunks/0")
    def signed_form(story_id: str) -> Response:
        read_history(workspace, story_id)
        suffix = f".{request.args.get('kind', '')}".lower()
        if suffix not in SUFFIXES:
            raise BadInput(
                "That file is not a scan.", f"Choose a picture or a PDF: {', '.join(SUFFIXES)}."
            )
        scans[story_id] = Scan(suffix, request_body())
        return json_response({"bytes": len(scans[story_id].data)}, 201)

    @calls.post("/<story_id>/agreement/check")
    def check(story_id: str) -> Response:
        sent = decode_body(AnswersRequest)
        answers = _answers(sent, has_scan=story_id in scans)
        faults = list(_faults(workspace, story_id, sent, answers))
        return json_response({"faults": faults, "consequences": consequences(answers)})

    @calls.post("/<story_id>/agreement")
    def agreement(story_id: str) -> Response:
        sent = decode_body(AnswersRequest)
        _record(workspace, story_id, sent, scans.get(story_id))
        scans.pop(story_id, None)
        return json_response(story_json(workspace, read_history(workspace, story_id)), 201)

    @calls.get("/<story_id>/agreed")
    def agreed(story_id: str) -> Response:
        return json_response(_agreed_json(workspace, story_id))

    @calls.post("/<story_id>/change-of-mind")
    def change_of_mind(story_id: str) -> Response:
        note_wish(workspace, story_id, decode_body(MindRequest).words)
        return json_response({"story": story_id, "on": today()}, 201)

    @calls.post("/<story_id>/take-back")
    def taken_back(story_id: str) -> Response:
        sent = decode_body(TakeBackRequest)

        def claim(session_id: str) -> None:
            claim_session(sessions, session_id, HoldRequest(name=sent.name))

        outcome = take_back(workspace, sessions, story_id, None if sent.instead else claim)
        return json_response(outcome.as_json())

    return calls


def _words(workspace: Workspace, story_id: str) -> tuple[Wording, RenderedForm]:
    """Return the form of a story as it reads now. Raises NotAllowed after a withdrawal."""
    history = read_history(workspace, story_id)
    require_not_withdrawn(history)
    wording = read_wording(workspace, "participation", language_of(workspace, history.story))
    return wording, render_form(wording, load_settings(workspace), _form_story(history.story))


def language_of(workspace: Workspace, story: Story) -> str:
    """Return the language of a story's question set; "" for English, or where it is not usable."""
    with contextlib.suppress(CarerStoriesError):
        return find_question_set(workspace, story.questions).language
    return ""


def _form_story(story: Story) -> FormStory:
    return FormStory(id=story.id, title=story.title, shown_as=story.contributor)


def _form_json(workspace: Workspace, story_id: str) -> dict[str, Any]:
    wording, words = _words(workspace, story_id)
    settings = load_settings(workspace)
    history = read_history(workspace, story_id)
    return {
        "agreed_media": agreed_media(workspace, history),
        **_heading_json(
            wording.head.title, wording.head.version, wording.head.language, words.code
        ),
        "html": str(words.html),
        "not_filled_in": list(words.not_filled_in),
        "missing": missing_json(workspace),
        "needs_scan": needs_scan(settings),
        "scan_kinds": list(SUFFIXES),
        "has_contributor": contributor_of(workspace, story_id) is not None,
        "roles": [[role, _ROLE_NAMES[role]] for role in WITNESSES],
        "contact_ways": [[way, words] for way, words in CONTACT_WAYS.items()],
        "questions": {name: asked._asdict() for name, asked in QUESTIONS.items()},
        "follows": {"not-independent": NOT_INDEPENDENT, "none-wanted": NO_CONTACT},
        "today": today(),
    }


def _heading_json(title: str, version: str, language: str, code: str) -> dict[str, str]:
    tag = language.lower()
    return {
        "title": title,
        "version": version,
        "language": language,
        "dir": direction(tag),
        "spoken": native_name(tag),
        "code": code,
    }


def _answers(sent: AnswersRequest, *, has_scan: bool) -> AgreementAnswers:
    given: ContactWay | Literal[""] = "kept" if sent.contact or sent.real_name else ""
    return AgreementAnswers(
        taken_by=sent.taken_by,
        independent=sent.independent,
        capacity_considered=sent.capacity_considered,
        on=sent.on,
        contact=sent.contact_way or given,
        real_name=sent.real_name,
        reached_at=sent.contact,
        paper=sent.paper,
        form_version=sent.form_version,
        has_scan=has_scan,
    )


def _faults(
    workspace: Workspace, story_id: str, sent: AnswersRequest, answers: AgreementAnswers
) -> Iterator[AgreementFault]:
    _, words = _words(workspace, story_id)
    yield from reading_faults(
        is_read=sent.read and sent.agreed,
        is_same_wording=sent.code in ("", words.code),
        ticked=sent.lines,
        lines=required_lines(str(words.html)),
        record=sent.record,
    )
    has_contributor = contributor_of(workspace, story_id) is not None
    yield from answer_faults(answers, load_settings(workspace), has_contributor=has_contributor)


def _record(
    workspace: Workspace, story_id: str, sent: AnswersRequest, handed_in: Scan | None
) -> None:
    answers = _answers(sent, has_scan=handed_in is not None)
    require_no_blanks(workspace, "The agreement is not recorded")
    for fault in _faults(workspace, story_id, sent, answers):
        raise BadInput(fault.what, fault.next_step)
    day = signed_day(answers) or today()
    wording, _ = _words(workspace, story_id)
    is_read_here = day == today()
    code = ""
    if is_read_here:
        story = _form_story(read_history(workspace, story_id).story)
        code = keep_agreed_form(workspace, wording, load_settings(workspace), story)
    with _as_file(workspace, story_id, handed_in) as scan:
        record_agreement(
            workspace,
            story_id,
            on=day,
            taken_by=sent.taken_by,
            form_version=wording.head.version if is_read_here else answers.form_version.strip(),
            independent=bool(sent.independent),
            capacity_considered=sent.capacity_considered,
            recognise_after_erasure=sent.recognise_after_erasure,
            form=scan,
            form_code=code,
            language=wording.head.language if is_read_here else "",
            contact=answers.contact,
            record=sent.record or "",  # type: ignore[arg-type]  # `reading_faults` looked at it
        )
    # Behind the agreement: one that is refused must leave no name.
    if answers.contact == "kept":
        record_contributor(
            workspace, story_id, name=sent.real_name, contact=sent.contact, role=sent.taken_by
        )


@contextmanager
def _as_file(workspace: Workspace, story_id: str, scan: Scan | None) -> Iterator[Path | None]:
    """Yield a scan as a file of this account alone, which is gone afterwards."""
    if scan is None:
        yield None
        return
    folder = workspace.story(story_id)
    make_folder(folder.root)
    path = temporary_beside(folder.root / f"signed-form{scan.suffix}")
    write_atomic(path, scan.data)
    try:
        yield path
    finally:
        remove(path)


def _agreed_json(workspace: Workspace, story_id: str) -> dict[str, Any]:
    """Return the agreement that counts: its words as they were, and what was answered.

    `record` is what may be recorded, `contact_way` in words; None where that was not asked.
    Raises NotFound.
    """
    history = read_history(workspace, story_id)
    require_not_withdrawn(history)
    if not history.agreements:
        raise NotFound(
            f"No agreement is recorded for {story_id}.", "Go through the form together first."
        )
    last = history.agreements[-1]
    wording = read_wording(workspace, "participation", last.language)
    html = ""
    if last.form_code:
        html = read_agreed_words(workspace, story_id, last.form_code)
    language = last.language or wording.head.language
    return {
        **_heading_json(wording.head.title, last.form_version, language, last.form_code),
        "html": html,
        "on": day_in_words(last.on),
        "taken_by": _ROLE_NAMES.get(last.taken_by, last.taken_by),
        "has_scan": bool(last.form_sha256),
        "record": agreed_media(workspace, history),
        "recognise_after_erasure": last.recognise_after_erasure,
        "contact_way": CONTACT_WAYS[last.contact] if last.contact else None,
        "independent": last.independent,
    }
