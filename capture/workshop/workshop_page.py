"""The workshop as a page of this machine: its calls, and how sets are saved without loss.

What is written into a set meanwhile, in an editor or another window, is never written over: each
save names the state that it began from. The state before a save is kept beside the file, for undo.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, Response

from capture.questions.advice import known_themes, suggestions
from capture.questions.plain_list import read_pasted_list
from capture.questions.printing import print_question_set
from capture.questions.question_set import (
    QuestionSetFile,
    find_question_set,
    parse_question_set,
    question_set_files,
    read_question_set_file,
)
from capture.questions.scaffold import (
    USUAL_CLOSING,
    USUAL_OPENING,
    id_from_title,
    require_free_id,
)
from capture.sessions.wording import session_wording
from capture.workshop.set_document import checked, cleaned, document, remarks_of, values_of
from library.core import files
from library.core.errors import BadInput, NotFound
from library.core.sanitise import printable
from library.core.settings import load_settings
from library.core.workspace import SLUG, Workspace
from library.core.yaml_document import Problem, ended, read_bytes
from library.local_page.definition import LocalPage, PageService
from library.local_page.refusals import CodedRefusal
from library.local_page.responses import decode_body, json_response
from library.local_page.server import RunningPage, open_page

_STATION_PAGE = Path(__file__).parent.parent / "station" / "page"

WORKSHOP = LocalPage(
    name="workshop",
    folder=Path(__file__).with_name("page"),
    # A set is tried out on the very page on which it will be asked.
    more_folders=(_STATION_PAGE,),
    files=lambda workspace: workspace.workshop_files,
    reassurance="What was saved is safe. Try again.",
    max_json_bytes=2 * 1024 * 1024,
)
_FIELD_WORDS = (
    ("no follow_ups", "no follow-ups"),
    ("with “lighter: true”", "by ticking “lighter”"),
    ("under take_care", "under “a word of care”"),
)
"""Names of the file in the sentences of `questions check`, and the labels on the page."""


class SetChanged(CodedRefusal, code="changed"):
    """A set that is no more as it was when the page read it."""


class SetGone(CodedRefusal, code="gone"):
    """A set whose file was deleted or renamed since the page read it."""


class DraftRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    values: dict[str, Any]
    state: str = ""
    """SHA-256 of the file that the page began from; empty for a set that is new."""


class StateRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: str


class PastedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str


class TitleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str


@contextlib.contextmanager
def running_workshop(workspace: Workspace, port: int | None = None) -> Iterator[RunningPage]:
    """Serve until the block ends. Raises PageOpenAlready, or Busy where the port is taken."""
    with (
        open_page(WORKSHOP, workspace, port) as opened,
        opened.serve(PageService(blueprints=(workshop_calls(workspace),))) as running,
    ):
        yield running


@dataclass
class _Sets:
    """The sets of a library, saved one at a time."""

    workspace: Workspace
    _saving: threading.Lock

    def path(self, set_id: str) -> Path:
        if not SLUG.match(set_id):
            raise NotFound(f"There is no question set “{printable(set_id)}”.")
        return self.workspace.questions / f"{set_id}.yml"

    def read(self, set_id: str) -> tuple[bytes, QuestionSetFile]:
        path = self.path(set_id)
        data = read_bytes(path, shown_as=f"question set {set_id}")
        return data, parse_question_set(data, path)

    def save(self, set_id: str, draft: DraftRequest) -> dict[str, Any]:
        path = self.path(set_id)
        values = cleaned(draft.values) | {"id": set_id}
        with self._saving:
            old = self._require_state(set_id, draft.state)
            remarks = remarks_of(old, parse_question_set(old, path)) if old else {}
            data = document(values, remarks).encode()
            if data != old:
                self._write(path, data, old)
        return self.as_json(set_id)

    def undo(self, set_id: str, state: str) -> dict[str, Any]:
        path = self.path(set_id)
        with self._saving:
            old = self._require_state(set_id, state)
            kept = read_bytes(_kept_path(path), shown_as="earlier state of this set")
            self._write(path, kept, old)
        return self.as_json(set_id)

    def _require_state(self, set_id: str, state: str) -> bytes:
        """Return the file’s bytes.

        Raises SetChanged where they are others than the page read, SetGone where there are none.
        """
        path = self.path(set_id)
        if not state:
            require_free_id(self.workspace, set_id)
            return b""
        if not path.is_file():
            raise SetGone(
                "The file of this set is gone: it was deleted or renamed meanwhile. "
                "What you wrote is still in this window.",
                "Save yours again, or leave it.",
            )
        old = path.read_bytes()
        if _state(old) != state:
            raise SetChanged(
                "This set was changed meanwhile in another program or window. "
                "Nothing of it was overwritten.",
                "Take the other state, or save yours as a set of its own.",
            )
        return old

    def _write(self, path: Path, data: bytes, old: bytes) -> None:
        with files.translate_disk_errors(path.parent, "make"):
            files.make_folder(path.parent, mode=0o755)
        if old:
            files.write_atomic(_kept_path(path), old, mode=0o644)
        files.write_atomic(path, data, mode=0o644)

    def as_json(self, set_id: str) -> dict[str, Any]:
        data, reading = self.read(set_id)
        return {
            "id": set_id,
            "values": values_of(reading),
            "state": _state(data),
            "can_undo": _kept_path(reading.path).is_file(),
            **self.remarks(reading),
        }

    def remarks(self, reading: QuestionSetFile) -> dict[str, Any]:
        """Return what `questions check` says of a set, by the field that it says it of."""
        advice = suggestions(reading, known_themes(self.workspace)) if not reading.problems else []
        return {
            "problems": [_problem_json(problem) for problem in reading.problems],
            "advice": [_problem_json(problem) for problem in advice],
        }


def _state(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _kept_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.before")


def _problem_json(problem: Problem) -> dict[str, str]:
    what = problem.what
    for theirs, ours in _FIELD_WORDS:
        what = what.replace(theirs, ours)
    return {"field": problem.field, "what": ended(f"{what[:1].upper()}{what[1:]}")}


def workshop_calls(workspace: Workspace) -> Blueprint:
    calls = Blueprint("workshop", __name__, url_prefix="/api")
    sets = _Sets(workspace, threading.Lock())

    @calls.get("/about")
    def about() -> Response:
        settings = load_settings(workspace)
        return json_response(
            {
                "title": settings.title,
                "themes": sorted(known_themes(workspace)),
                "words": session_wording(settings),
            }
        )

    @calls.get("/sets")
    def listed() -> Response:
        return json_response([_summary(path) for path in question_set_files(workspace)])

    @calls.post("/new")
    def new() -> Response:
        title = decode_body(TitleRequest).title.strip()
        if not title:
            raise BadInput("Please write what the conversation is called.")
        return json_response({"id": _free_id(workspace, title), "values": _begun(title)})

    @calls.get("/sets/<set_id>")
    def one_set(set_id: str) -> Response:
        return json_response(sets.as_json(set_id))

    @calls.post("/sets/<set_id>")
    def save(set_id: str) -> Response:
        return json_response(sets.save(set_id, decode_body(DraftRequest)))

    @calls.post("/sets/<set_id>/check")
    def check(set_id: str) -> Response:
        values = cleaned(decode_body(DraftRequest).values) | {"id": set_id}
        return json_response(sets.remarks(checked(values, sets.path(set_id))))

    @calls.post("/sets/<set_id>/undo")
    def undo(set_id: str) -> Response:
        return json_response(sets.undo(set_id, decode_body(StateRequest).state))

    @calls.post("/sets/<set_id>/print")
    def printed(set_id: str) -> Response:
        paper = print_question_set(workspace, find_question_set(workspace, set_id))
        pages = (paper.sheets, paper.preview)
        shown = [_is_shown(path) for path in pages]  # each, whatever came of the first
        return json_response(
            {
                "shown": all(shown),
                "files": [str(path) for path in pages],
                "not_filled_in": list(paper.not_filled_in),
            }
        )

    @calls.post("/pasted")
    def pasted() -> Response:
        plain_list = read_pasted_list(decode_body(PastedRequest).text)
        questions = [
            {"ask": question.ask, "follow_ups": list(question.follow_ups)}
            for question in plain_list.questions
        ]
        return json_response(
            {"title": plain_list.title, "questions": questions, "left_out": plain_list.left_out}
        )

    return calls


def _summary(path: Path) -> dict[str, Any]:
    reading = read_question_set_file(path)
    values = reading.values if isinstance(reading.values, dict) else {}
    questions = values.get("questions")
    return {
        "id": path.stem,
        "title": str(values.get("title") or path.stem),
        "count": len(questions) if isinstance(questions, list) else 0,
        "problems": len(reading.problems),
    }


def _free_id(workspace: Workspace, title: str) -> str:
    plain = id_from_title(title)
    for number in range(1, 1000):
        set_id = plain if number == 1 else f"{plain[:36]}-{number}"
        with contextlib.suppress(BadInput):
            require_free_id(workspace, set_id)
            return set_id
    raise BadInput("There are too many sets of that name.", "Choose another one.")


def _begun(title: str) -> dict[str, Any]:
    return {
        "version": "1",
        "title": title,
        "designed_by": "Carer volunteers",
        "opening": USUAL_OPENING,
        "closing": USUAL_CLOSING,
        "questions": [{"ask": ""}, {"ask": ""}, {"ask": ""}],
    }


def _is_shown(path: Path) -> bool:
    """Return True where a browser of this machine was given the file."""
    try:
        return webbrowser.open(path.as_uri())
    except webbrowser.Error:
        return False
