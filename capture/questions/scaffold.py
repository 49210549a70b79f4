"""A new set’s file: what is known of it, and what is still to be written marked as such."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.questions.question_set import STILL_TO_WRITE, QuestionSetFile, parse_question_set
from library.core import files
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import SET_ID, Workspace
from library.core.yaml_document import Problem

USUAL_OPENING = (
    "Thank you for being here. You can leave out any question, pause or stop, and you need not say "
    "why. Nothing is shown to anybody before you have seen it and agreed."
)
USUAL_CLOSING = "Thank you for telling us. Is there anything we did not ask, and should have?"


@dataclass(frozen=True)
class QuestionDraft:
    """A question as far as it is thought of."""

    ask: str
    follow_ups: tuple[str, ...] = ()
    content_note: str = ""
    take_care: str = ""
    themes: tuple[str, ...] = ()
    reflection: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionSetDraft:
    """A set as far as it is thought of. Where there are no questions, three places are left."""

    id: str
    title: str
    designed_by: str
    about: str = ""
    opening: str = USUAL_OPENING
    closing: str = USUAL_CLOSING
    questions: tuple[QuestionDraft, ...] = ()


def create_question_set(
    workspace: Workspace, begun: QuestionSetDraft
) -> tuple[Path, tuple[Problem, ...]]:
    """Write `interviews/questions/<id>.yml`; the file, and what is still to be written in it.

    Raises BadInput for a name that is taken, in capitals or not, or cannot be one; NoRoom or
    DiskFailed. A file that is there is never written over.
    """
    require_free_id(workspace, begun.id)
    path = workspace.questions / f"{begun.id}.yml"
    reading = _check_draft(begun, path)
    with files.translate_disk_errors(workspace.questions, "make"):
        files.make_folder(workspace.questions, mode=0o755)
    files.write_atomic(path, draft_yaml(begun).encode(), mode=0o644)
    return path, reading.problems


def require_free_id(workspace: Workspace, set_id: str) -> None:
    """Raises BadInput for a name that is taken, or cannot be one."""
    if not SET_ID.match(set_id):
        raise BadInput(
            f"“{printable(set_id)}” cannot be the name of a question set.",
            "Use small letters, digits and hyphens: medication-reviews",
        )
    there = {path.name.lower(): path.name for path in workspace.questions.glob("*")}
    for name in (f"{set_id}.yml", f"{set_id}.yaml"):
        if name in there:
            raise _name_taken(there[name])


def _name_taken(name: str) -> BadInput:
    return BadInput(
        f"There is a question set {printable(name)} already; nothing was changed.",
        "Choose another name, or open that file in your editor.",
    )


def _check_draft(begun: QuestionSetDraft, path: Path) -> QuestionSetFile:
    """The set as it will be read. Raises BadInput where it could not be."""
    reading = parse_question_set(draft_yaml(begun).encode(), path)
    wrong = [one for one in reading.problems if "still to be written" not in one.what]
    if reading.record is None or wrong:
        raise BadInput(f"This cannot be a question set: {wrong[0].field}: {wrong[0].what}.")
    return reading


def draft_yaml(begun: QuestionSetDraft) -> str:
    """The file’s text; everything in it is read back word for word."""
    asked = begun.questions or tuple(QuestionDraft("") for _ in range(3))
    ids = _question_ids([question.ask for question in asked])
    last = len(asked) - 1
    questions = "\n".join(
        _question_yaml(set_id, question, lighter=at == last)
        for at, (set_id, question) in enumerate(zip(ids, asked, strict=True))
    )
    return _FILE.format(
        id=begun.id,
        title=_quoted(begun.title),
        designed_by=_quoted(begun.designed_by),
        about=_quoted(begun.about or f"{STILL_TO_WRITE}: two sentences for who is invited to it"),
        opening=_quoted(begun.opening),
        closing=_quoted(begun.closing),
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
        if said := getattr(question, field):
            lines.append(f"    {field}: {_quoted(said)}")
    if lighter:
        lines.append("    lighter: true")
    what = "what shall staff think about after this answer?"
    lines += _list_yaml("reflection", question.reflection, what)
    return "\n".join(lines) + "\n"


def _list_yaml(field: str, texts: Sequence[str], hint: str) -> list[str]:
    shown = texts or (f"{STILL_TO_WRITE}: {hint}",)
    return [f"    {field}:", *(f"      - {_quoted(text)}" for text in shown)]


def _question_ids(asked: Sequence[str]) -> list[str]:
    """Short ids from the words themselves: `what-were-you-told`; never the same twice."""
    ids: list[str] = []
    for number, text in enumerate(asked, 1):
        kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text)
        words = "-".join(kept.lower().split()[:4])[:32].strip("-") or f"question-{number}"
        ids.append(words if words not in ids else f"{words}-{number}")
    return ids


def _quoted(text: str) -> str:
    """A text in quotes, on one line, that YAML reads back exactly."""
    plain = " ".join(printable(text).splitlines())
    return json.dumps(plain, ensure_ascii=False)


_FILE = """\
# A question set. `carer-stories questions check {id}` says what is still to be written, and in
# which line. Every field is explained in docs/questions.md. Keep each text within its quotes.
id: {id}
version: 1
title: {title}
designed_by: {designed_by}
about: {about}
opening: {opening}
closing: {closing}
reflection:
  - "{write}: what shall staff think about after the whole story?"
questions:
{questions}"""
