"""Question sets: designed by carer volunteers, read strictly, frozen into the session they lead."""

from __future__ import annotations

from pathlib import Path

import msgspec

from library.errors import BadInput, NotFound
from library.strict import printable, read_yaml
from library.workspace import SET_ID, Workspace

_MEND = "Mend that and check it with: carer-stories questions check"
_LONGEST_TEXT = 2_000


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question in the words the interviewer says."""

    id: str
    ask: str
    follow_ups: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    content_note: str = ""
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the answer."""


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation in order; the last question runs towards a lighter close."""

    id: str
    version: int
    title: str
    designed_by: str
    opening: str
    closing: str
    questions: tuple[Question, ...]
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the whole story."""


def load_question_set(path: Path) -> QuestionSet:
    """Read a question set strictly.

    Raises NotFound, or BadInput that names the file, the question and what was expected.
    """
    name = f"interviews/questions/{printable(path.name)}"
    questions = read_yaml(path, QuestionSet, shown_as=name)
    problems = _problems(questions, path.stem)
    if problems:
        raise BadInput(f"{name}: {problems[0]}.", _MEND)
    return questions


def list_question_sets(workspace: Workspace) -> list[QuestionSet]:
    """Every set of the workspace by id. Raises BadInput for the first that cannot be used."""
    return [load_question_set(path) for path in question_files(workspace)]


def question_files(workspace: Workspace) -> list[Path]:
    """The files that are meant to be question sets, by name."""
    return sorted(workspace.questions.glob("*.yml"))


def find_question_set(workspace: Workspace, set_id: str) -> QuestionSet:
    """The set of that id. Raises NotFound naming the ones there are, or BadInput."""
    known = [path.stem for path in question_files(workspace)]
    if set_id not in known:
        raise NotFound(
            f"There is no question set “{printable(set_id)}” in interviews/questions.",
            f"There are: {', '.join(known)}." if known else "Write one there first.",
        )
    return load_question_set(workspace.questions / f"{set_id}.yml")


def _problems(questions: QuestionSet, stem: str) -> list[str]:
    """What strict types cannot say. Questions are counted from 1, as people count."""
    problems = []
    if not SET_ID.match(questions.id):
        problems.append(f"id: “{printable(questions.id)}” must be small letters, digits, hyphens")
    elif questions.id != stem:
        problems.append(f"id: “{questions.id}” must be the file’s own name, {stem}")
    if questions.version < 1:
        problems.append("version: versions are counted from 1")
    for field in ("title", "designed_by", "opening", "closing"):
        problems += _text_problems(field, getattr(questions, field))
    for text in questions.reflection:
        problems += _text_problems("reflection", text)
    if not questions.questions:
        problems.append("questions: there must be at least one")
    seen: dict[str, int] = {}
    for number, question in enumerate(questions.questions, start=1):
        where = f"questions {number}"
        problems += _question_problems(where, question)
        if question.id in seen:
            earlier = seen[question.id]
            problems.append(f"{where} → id: “{question.id}” is question {earlier}’s already")
        seen[question.id] = number
    return problems


def _question_problems(where: str, question: Question) -> list[str]:
    problems = []
    if not SET_ID.match(question.id):
        named = printable(question.id)
        problems.append(f"{where} → id: “{named}” must be small letters, digits, hyphens")
    problems += _text_problems(f"{where} → ask", question.ask)
    for theme in question.themes:
        if not SET_ID.match(theme):
            problems.append(
                f"{where} → themes: “{printable(theme)}” must be small letters, digits, hyphens"
            )
    for field in ("follow_ups", "reflection"):
        for text in getattr(question, field):
            problems += _text_problems(f"{where} → {field}", text)
    return problems


def _text_problems(where: str, text: str) -> list[str]:
    if not text.strip():
        return [f"{where}: there must be words"]
    if len(text) > _LONGEST_TEXT:
        return [f"{where}: longer than {_LONGEST_TEXT} characters"]
    return []
