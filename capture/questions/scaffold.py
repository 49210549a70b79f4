"""Create the file of a new question set, with marks where words are still to be written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.questions.question_set import STILL_TO_WRITE, QuestionSetFile, parse_question_set
from library.core import files
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import Workspace, is_possible_id
from library.core.yaml_document import Problem

USUAL_OPENING = (
    "Thank you for being here. You can leave out any question, pause or stop, and you need not say "
    "why. Nothing is shown to anybody before you have seen it and agreed."
)
USUAL_CLOSING = "Thank you for telling us. Is there anything we did not ask, and should have?"


@dataclass(frozen=True)
class QuestionDraft:
    """A question as far as it is written."""

    ask: str
    follow_ups: tuple[str, ...] = ()
    content_note: str = ""
    take_care: str = ""
    themes: tuple[str, ...] = ()
    reflection: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionSetDraft:
    """A set as far as it is written. Without questions, the file gets three empty ones."""

    id: str
    title: str
    designed_by: str
    about: str = ""
    opening: str = USUAL_OPENING
    closing: str = USUAL_CLOSING
    questions: tuple[QuestionDraft, ...] = ()


def create_question_set(
    workspace: Workspace, draft: QuestionSetDraft
) -> tuple[Path, tuple[Problem, ...]]:
    """Write `interviews/questions/<id>.yml`; return its path, and what is still to be written.

    A file is never overwritten. Raises BadInput for a name that cannot be used, or is taken, in
    capitals or not; NoRoom or DiskFailed.
    """
    require_free_id(workspace, draft.id)
    path = workspace.questions / f"{draft.id}.yml"
    reading = _check_draft(draft, path)
    with files.translate_disk_errors(workspace.questions, "make"):
        files.make_folder(workspace.questions, mode=0o755)
    files.write_atomic(path, draft_yaml(draft).encode(), mode=0o644)
    return path, reading.problems


def require_free_id(workspace: Workspace, set_id: str) -> None:
    """Raise BadInput for a name that cannot be used, or is taken."""
    if not is_possible_id(set_id):
        raise BadInput(
            f"“{printable(set_id)}” cannot be the name of a question set.",
            "Use small letters, digits and hyphens: medication-reviews. Names that Windows keeps "
            "for devices, such as con and aux, are none.",
        )
    # In small letters: on Windows and macOS, `Rest.yml` and `rest.yml` are the same file.
    present = {path.name.lower(): path.name for path in workspace.questions.glob("*")}
    for name in (f"{set_id}.yml", f"{set_id}.yaml"):
        if name in present:
            raise _name_taken(present[name])


def _name_taken(name: str) -> BadInput:
    return BadInput(
        f"There is a question set {printable(name)} already; nothing was changed.",
        "Choose another name, or open that file in your editor.",
    )


def _check_draft(draft: QuestionSetDraft, path: Path) -> QuestionSetFile:
    """Return the draft as it will be read. Raises BadInput where it could not be."""
    reading = parse_question_set(draft_yaml(draft).encode(), path)
    wrong = [p for p in reading.problems if "still to be written" not in p.what]
    if reading.record is None or wrong:
        raise BadInput(f"This cannot be a question set: {wrong[0].field}: {wrong[0].what}.")
    return reading


def draft_yaml(draft: QuestionSetDraft) -> str:
    """Return the file’s text, which is read back word for word."""
    question_drafts = draft.questions or tuple(QuestionDraft("") for _ in range(3))
    ids = _question_ids([question.ask for question in question_drafts])
    last = len(question_drafts) - 1
    questions = "\n".join(
        _question_yaml(set_id, question, lighter=at == last)
        for at, (set_id, question) in enumerate(zip(ids, question_drafts, strict=True))
    )
    return _FILE.format(
        id=draft.id,
        title=_quoted(draft.title),
        designed_by=_quoted(draft.designed_by),
        about=_quoted(draft.about or f"{STILL_TO_WRITE}: two sentences for who is invited to it"),
        opening=_quoted(draft.opening),
        closing=_quoted(draft.closing),
        questions=questions,
        write=STILL_TO_WRITE,
    )


def _question_yaml(question_id: str, question: QuestionDraft, *, lighter: bool) -> str:
    hint = "something lighter to end with" if lighter else "an open question, in your own words"
    lines = [
        f"  - id: {question_id}",
        f"    ask: {_quoted(question.ask or f'{STILL_TO_WRITE}: {hint}')}",
        *_list_yaml("follow_ups", question.follow_ups, "what helps somebody who is stuck"),
    ]
    if question.themes:
        lines.append(f"    themes: [{', '.join(question.themes)}]")
    for field in ("content_note", "take_care"):
        if text := getattr(question, field):
            lines.append(f"    {field}: {_quoted(text)}")
    if lighter:
        lines.append("    lighter: true")
    what = "what should staff think about after this answer?"
    lines += _list_yaml("reflection", question.reflection, what)
    return "\n".join(lines) + "\n"


def _list_yaml(field: str, texts: Sequence[str], hint: str) -> list[str]:
    items = texts or (f"{STILL_TO_WRITE}: {hint}",)
    return [f"    {field}:", *(f"      - {_quoted(text)}" for text in items)]


def id_from_title(title: str) -> str:
    """Return an id made of a title or a file’s name: `Ward 4 (new)` → `ward-4-new`."""
    words = "".join(
        letter if letter.isascii() and letter.isalnum() else " " for letter in title.lower()
    )
    return "-".join(words.split())[:40].strip("-") or "questions"


def _question_ids(questions: Sequence[str]) -> list[str]:
    """Return short ids made of the first words, such as `what-were-you-told`, each once."""
    ids: list[str] = []
    for number, text in enumerate(questions, 1):
        words = question_id(text, number)
        ids.append(words if words not in ids else f"{words}-{number}")
    return ids


def question_id(text: str, number: int) -> str:
    """Return an id made of a question’s first words, or of its number where it has none."""
    ascii_words = "".join(
        letter if letter.isascii() and letter.isalnum() else " " for letter in text
    )
    return "-".join(ascii_words.lower().split()[:4])[:32].strip("-") or f"question-{number}"


def _quoted(text: str) -> str:
    """Return a text in quotes, on one line, that YAML reads back exactly: JSON is YAML."""
    plain = " ".join(printable(text).splitlines())
    return json.dumps(plain, ensure_ascii=False)


_FILE = """\
# A question set. `carer-stories questions check {id}` says what is still to be written, and in
# which line. Every field is explained in docs/reference/questions.md. Keep each text within its
# quotes.
id: {id}
version: 1
title: {title}
designed_by: {designed_by}
about: {about}
opening: {opening}
closing: {closing}
reflection:
  - "{write}: what should staff think about after the whole story?"
questions:
{questions}"""
