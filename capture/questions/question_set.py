"""Question sets: designed by carer volunteers, read strictly, frozen into the session they lead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from library.core import yaml_document
from library.core.errors import BadInput, NotFound
from library.core.languages import LANGUAGE_TAG
from library.core.sanitise import printable
from library.core.seen_characters import seen_length
from library.core.workspace import SLUG, Workspace
from library.core.yaml_document import FieldPath, Problem, YamlFile, did_you_mean, ended, parse_yaml

STILL_TO_WRITE = "TO WRITE"
"""Text that `questions new` writes in place of missing words."""
MAX_TEXT_CHARACTERS = 2_000
"""Characters of a question, an opening, a note and so on."""
MAX_QUESTIONS = 100
_MAX_TEXTS = 50
"""Follow-ups of a question, or lines of reflection."""
_ID_ADVICE = "use small letters, digits and hyphens, such as first-contact"


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question in the words the interviewer says."""

    id: str
    ask: str
    follow_ups: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    content_note: str = ""
    """Hard things that may be told here: staff read it before they listen to the answer."""
    take_care: str = ""
    """A word of care for the interviewer, and for the contributor beforehand. Never for staff."""
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the answer."""
    lighter: bool = False
    """Part of the way out: where a hard conversation goes when it has been enough."""

    @property
    def care(self) -> str:
        """The note for the people in the conversation; older sets have one note for everybody."""
        return self.take_care or self.content_note


class QuestionSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The questions of a conversation in order, the last ones lighter."""

    id: str
    version: int
    title: str
    designed_by: str
    language: str = ""
    """BCP 47 tag of the words of this set, which is the contributor's; empty for English."""
    about: str = ""
    """Subject of the conversation, for the person who is invited to it."""
    opening: str
    closing: str
    questions: tuple[Question, ...]
    reflection: tuple[str, ...] = ()
    """Questions for staff to reflect on after the whole story."""


_FIELDS = {
    *(field.name for field in msgspec.structs.fields(Question)),
    *(field.name for field in msgspec.structs.fields(QuestionSet)),
}


QuestionSetFile = YamlFile[QuestionSet]
"""A file of `interviews/questions/`, with everything that is wrong in it."""


def load_question_set(path: Path) -> QuestionSet:
    """Read a question set strictly.

    Raises NotFound, DiskFailed, or BadInput that names the file, the line, the question and what
    was expected.
    """
    reading = read_question_set_file(path)
    if reading.record is None or reading.problems:
        more = len(reading.problems) - 1
        raise BadInput(
            f"interviews/questions/{printable(path.name)}, {ended(str(reading.problems[0]))}",
            "Mend that and check it with: carer-stories questions check "
            f"{printable(path.stem)}{f' (it has {more} more to mend)' if more else ''}",
        )
    return reading.record


def read_question_set_file(path: Path) -> QuestionSetFile:
    """Return the file with every problem in it. Raises NotFound and DiskFailed."""
    data = yaml_document.read_bytes(path, shown_as=f"file {printable(path.name)}")
    return parse_question_set(data, path)


def parse_question_set(data: bytes, path: Path) -> QuestionSetFile:
    """Return bytes as a question set with their problems, which raise nothing."""
    reading = parse_yaml(
        data,
        path,
        QuestionSet,
        fields=_FIELDS,
        begins_with="a question set begins with lines such as “title: …”",
    )
    if reading.record is None:
        faults = _question_set_problems(reading, reading.draft) if reading.draft else ()
        return reading.with_problems_of_draft(faults)
    return reading.with_problems(_question_set_problems(reading, reading.record))


def list_question_sets(workspace: Workspace) -> list[QuestionSet]:
    """Return every set of the workspace, by id. Raises BadInput for the first unusable one."""
    return [load_question_set(path) for path in question_set_files(workspace)]


def question_set_files(workspace: Workspace) -> list[Path]:
    """Return the files that are meant to be question sets, by name."""
    return sorted(workspace.questions.glob("*.yml"))


def find_question_set(workspace: Workspace, set_id: str) -> QuestionSet:
    """Return the set of that id. Raises NotFound naming the ids there are, or BadInput."""
    known = [path.stem for path in question_set_files(workspace)]
    if set_id not in known:
        near = did_you_mean(set_id, known).removeprefix("; ")
        raise NotFound(
            f"There is no question set “{printable(set_id)}” in interviews/questions.",
            f"Use one of: {', '.join(known)}. {near[:1].upper()}{near[1:]}".strip()
            if known
            else "Write one there first: carer-stories questions new",
        )
    return load_question_set(workspace.questions / f"{set_id}.yml")


def _question_set_problems(reading: QuestionSetFile, questions: QuestionSet) -> Iterator[Problem]:
    """Yield the problems that types do not exclude."""
    if not SLUG.match(questions.id):
        yield reading.problem(("id",), f"“{printable(questions.id)}” cannot be an id; {_ID_ADVICE}")
    elif questions.id != reading.path.stem:
        yield reading.problem(
            ("id",), f"“{questions.id}” must be the file’s own name, {printable(reading.path.stem)}"
        )
    if questions.language and not LANGUAGE_TAG.fullmatch(questions.language.lower()):
        what = f"“{printable(questions.language)}” is no language; write a tag such as cy, ar or pl"
        yield reading.problem(("language",), what)
    if questions.version < 1:
        yield reading.problem(("version",), "versions are counted from 1")
    for field in ("title", "designed_by", "opening", "closing"):
        yield from _text_problems(reading, (field,), getattr(questions, field))
    yield from _text_problems(reading, ("about",), questions.about, optional=True)
    yield from _texts_problems(reading, ("reflection",), questions.reflection)
    if not questions.questions:
        yield reading.problem(("questions",), "there must be at least one")
    if len(questions.questions) > MAX_QUESTIONS:
        yield reading.problem(("questions",), f"more than {MAX_QUESTIONS} questions")
    yield from _repeated_ids(reading, questions)
    for number, question in enumerate(questions.questions):
        yield from _question_problems(reading, ("questions", number), question)


def _repeated_ids(reading: QuestionSetFile, questions: QuestionSet) -> Iterator[Problem]:
    """Yield a problem for each id that an earlier question has, counted from 1."""
    first_use: dict[str, int] = {}
    for number, question in enumerate(questions.questions, 1):
        if question.id in first_use:
            what = f"“{printable(question.id)}” is question {first_use[question.id]}’s already"
            yield reading.problem(("questions", number - 1, "id"), what)
        first_use.setdefault(question.id, number)


def _question_problems(
    reading: QuestionSetFile, at: FieldPath, question: Question
) -> Iterator[Problem]:
    if not SLUG.match(question.id):
        what = f"“{printable(question.id)}” cannot be an id; {_ID_ADVICE}"
        yield reading.problem((*at, "id"), what)
    yield from _text_problems(reading, (*at, "ask"), question.ask)
    for field in ("content_note", "take_care"):
        yield from _text_problems(reading, (*at, field), getattr(question, field), optional=True)
    for number, theme in enumerate(question.themes):
        if not SLUG.match(theme):
            what = f"“{printable(theme)}” cannot be a theme; {_ID_ADVICE}"
            yield reading.problem((*at, "themes", number), what)
    for field in ("follow_ups", "reflection"):
        yield from _texts_problems(reading, (*at, field), getattr(question, field))


def _texts_problems(
    reading: QuestionSetFile, at: FieldPath, texts: tuple[str, ...]
) -> Iterator[Problem]:
    if len(texts) > _MAX_TEXTS:
        yield reading.problem(at, f"more than {_MAX_TEXTS} lines")
    for number, text in enumerate(texts):
        yield from _text_problems(reading, (*at, number), text)


def _text_problems(
    reading: QuestionSetFile, at: FieldPath, text: str, *, optional: bool = False
) -> Iterator[Problem]:
    if STILL_TO_WRITE in text:
        yield reading.problem(at, "this is still to be written")
    elif not text.strip() and not optional:
        yield reading.problem(at, "there must be words")
    elif seen_length(text) > MAX_TEXT_CHARACTERS:
        yield reading.problem(at, f"this is longer than {MAX_TEXT_CHARACTERS} characters")
