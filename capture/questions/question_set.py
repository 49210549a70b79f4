"""Question sets: designed by carer volunteers, read strictly, frozen into the session they lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.core import yaml_lines
from library.core.errors import BadInput, DiskFailed, NotFound
from library.core.field_errors import Problem, did_you_mean, in_words, misfit
from library.core.sanitise import LARGEST_FILE, printable
from library.core.workspace import SET_ID, Workspace

STILL_TO_WRITE = "TO WRITE"
"""What `questions new` puts where words are still missing."""
_LONGEST_TEXT = 2_000
_MOST_QUESTIONS = 100
_MOST_TEXTS = 50
_ID = "use small letters, digits and hyphens, such as first-contact"


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question in the words the interviewer says."""

    id: str
    ask: str
    follow_ups: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    content_note: str = ""
    """What hard things may be told here: staff read it before they listen to the answer."""
    take_care: str = ""
    """A word of care for the interviewer, and for the contributor beforehand. Never for staff."""
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the answer."""
    lighter: bool = False
    """Part of the way out: where a hard conversation goes when it has been enough."""

    @property
    def care(self) -> str:
        """What is said to the people in the conversation; sets of old have one note for all."""
        return self.take_care or self.content_note


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation in order; the last question runs towards a lighter close."""

    id: str
    version: int
    title: str
    designed_by: str
    about: str = ""
    """What the conversation is about, for the person who is invited to it."""
    opening: str
    closing: str
    questions: tuple[Question, ...]
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the whole story."""


_FIELDS = {
    *(one.name for one in msgspec.structs.fields(Question)),
    *(one.name for one in msgspec.structs.fields(QuestionSet)),
}


@dataclass(frozen=True)
class QuestionSetFile:
    """A file as a set, or what keeps it from being one."""

    path: Path
    question_set: QuestionSet | None
    problems: tuple[Problem, ...]
    lines: yaml_lines.Lines

    @property
    def name(self) -> str:
        return f"interviews/questions/{printable(self.path.name)}"

    def problem(self, path: yaml_lines.Path, what: str) -> Problem:
        return Problem(self.lines.of(path), in_words(path), what)


def load_question_set(path: Path) -> QuestionSet:
    """Read a question set strictly.

    Raises NotFound, DiskFailed, or BadInput that names the file, the line, the question and what
    was expected.
    """
    reading = read_question_set_file(path)
    if reading.question_set is None or reading.problems:
        more = len(reading.problems) - 1
        raise BadInput(
            f"{reading.name}, {reading.problems[0]}.",
            "Mend that and check it with: carer-stories questions check "
            f"{printable(path.stem)}{f' (it has {more} more to mend)' if more else ''}",
        )
    return reading.question_set


def read_question_set_file(path: Path) -> QuestionSetFile:
    """The file and everything wrong in it. Raises NotFound and DiskFailed."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"There is no file {printable(path.name)}.", f"It was looked for in {path.parent}."
        ) from None
    except OSError as error:
        raise DiskFailed(f"{path.name} could not be read: {error.strerror}.") from error
    return parse_question_set(data, path)


def parse_question_set(data: bytes, path: Path) -> QuestionSetFile:
    """Bytes as a question set. Never raises for what is in them."""
    if len(data) > LARGEST_FILE:
        return _unreadable(path, 1, "the file is larger than a megabyte")
    try:
        values, lines = yaml_lines.read_tree(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(path, line, "this is not UTF-8 text; save it as UTF-8")
    except yaml_lines.Unreadable as error:
        return _unreadable(path, error.line, error.what)
    if not isinstance(values, dict):
        return _unreadable(path, 1, "a question set begins with lines such as “title: …”")
    try:
        questions = msgspec.convert(values, QuestionSet, strict=False)
    except msgspec.ValidationError as error:
        return QuestionSetFile(path, None, (misfit(error, lines, _FIELDS),), lines)
    reading = QuestionSetFile(path, questions, (), lines)
    problems = sorted(_question_set_problems(reading, questions), key=lambda one: one.line)
    return QuestionSetFile(path, questions, tuple(problems), lines)


def list_question_sets(workspace: Workspace) -> list[QuestionSet]:
    """Every set of the workspace by id. Raises BadInput for the first that cannot be used."""
    return [load_question_set(path) for path in question_set_files(workspace)]


def question_set_files(workspace: Workspace) -> list[Path]:
    """The files that are meant to be question sets, by name."""
    return sorted(workspace.questions.glob("*.yml"))


def find_question_set(workspace: Workspace, set_id: str) -> QuestionSet:
    """The set of that id. Raises NotFound naming the ones there are, or BadInput."""
    known = [path.stem for path in question_set_files(workspace)]
    if set_id not in known:
        near = did_you_mean(set_id, known).removeprefix("; ")
        raise NotFound(
            f"There is no question set “{printable(set_id)}” in interviews/questions.",
            f"{near[:1].upper()}{near[1:]} There are: {', '.join(known)}.".strip()
            if known
            else "Write one there first: carer-stories questions new",
        )
    return load_question_set(workspace.questions / f"{set_id}.yml")


def _unreadable(path: Path, line: int, what: str) -> QuestionSetFile:
    return QuestionSetFile(path, None, (Problem(line, "", what),), yaml_lines.Lines({}))


def _question_set_problems(reading: QuestionSetFile, questions: QuestionSet) -> Iterator[Problem]:
    """What types cannot say."""
    if not SET_ID.match(questions.id):
        yield reading.problem(("id",), f"“{printable(questions.id)}” cannot be an id; {_ID}")
    elif questions.id != reading.path.stem:
        yield reading.problem(
            ("id",), f"“{questions.id}” must be the file’s own name, {printable(reading.path.stem)}"
        )
    if questions.version < 1:
        yield reading.problem(("version",), "versions are counted from 1")
    for field in ("title", "designed_by", "opening", "closing"):
        yield from _text_problems(reading, (field,), getattr(questions, field))
    yield from _text_problems(reading, ("about",), questions.about, optional=True)
    yield from _texts_problems(reading, ("reflection",), questions.reflection)
    if not questions.questions:
        yield reading.problem(("questions",), "there must be at least one")
    if len(questions.questions) > _MOST_QUESTIONS:
        yield reading.problem(("questions",), f"more than {_MOST_QUESTIONS} questions")
    yield from _repeated_ids(reading, questions)
    for number, question in enumerate(questions.questions):
        yield from _question_problems(reading, ("questions", number), question)


def _repeated_ids(reading: QuestionSetFile, questions: QuestionSet) -> Iterator[Problem]:
    """Questions are counted from 1, as people count."""
    seen: dict[str, int] = {}
    for number, question in enumerate(questions.questions, 1):
        if question.id in seen:
            what = f"“{printable(question.id)}” is question {seen[question.id]}’s already"
            yield reading.problem(("questions", number - 1, "id"), what)
        seen.setdefault(question.id, number)


def _question_problems(
    reading: QuestionSetFile, at: yaml_lines.Path, question: Question
) -> Iterator[Problem]:
    if not SET_ID.match(question.id):
        what = f"“{printable(question.id)}” cannot be an id; {_ID}"
        yield reading.problem((*at, "id"), what)
    yield from _text_problems(reading, (*at, "ask"), question.ask)
    for field in ("content_note", "take_care"):
        yield from _text_problems(reading, (*at, field), getattr(question, field), optional=True)
    for number, theme in enumerate(question.themes):
        if not SET_ID.match(theme):
            what = f"“{printable(theme)}” cannot be a theme; {_ID}"
            yield reading.problem((*at, "themes", number), what)
    for field in ("follow_ups", "reflection"):
        yield from _texts_problems(reading, (*at, field), getattr(question, field))


def _texts_problems(
    reading: QuestionSetFile, at: yaml_lines.Path, texts: tuple[str, ...]
) -> Iterator[Problem]:
    if len(texts) > _MOST_TEXTS:
        yield reading.problem(at, f"more than {_MOST_TEXTS} lines")
    for number, text in enumerate(texts):
        yield from _text_problems(reading, (*at, number), text)


def _text_problems(
    reading: QuestionSetFile, at: yaml_lines.Path, text: str, *, optional: bool = False
) -> Iterator[Problem]:
    if STILL_TO_WRITE in text:
        yield reading.problem(at, "this is still to be written")
    elif not text.strip() and not optional:
        yield reading.problem(at, "there must be words")
    elif len(text) > _LONGEST_TEXT:
        yield reading.problem(at, f"this is longer than {_LONGEST_TEXT} characters")
