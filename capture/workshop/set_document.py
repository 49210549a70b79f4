"""A question set as the workshop edits it: values as typed, written back with its remarks.

The file is written anew in the order of docs/reference/questions.md, each text on a line of its own
as it was typed, so that a set that was never opened here and one that was read alike. Remarks (`#
…`) stand above what they stood above, or beside; those of a field that is gone go to the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from capture.questions.question_set import QuestionSetFile, parse_question_set
from capture.questions.scaffold import question_id
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import SLUG
from library.core.yaml_document import MAX_FILE_BYTES, Lines, YamlError, decoded, read_tree

Values = dict[str, Any]
"""Names of fields → text, a list of texts, or (for `questions`) a list of such mappings."""
Remarks = dict[tuple[str, ...], list[str]]
"""Names of fields, a question by its id → the remarks above it. The end of the file has none."""

_SET_ORDER = (
    *("id", "version", "title", "language", "designed_by", "about", "opening", "closing"),
    *("reflection", "questions"),
)
_QUESTION_ORDER = (
    *("id", "ask", "follow_ups", "themes", "content_note", "take_care", "lighter", "reflection"),
)
_REQUIRED = frozenset({"id", "version", "title", "designed_by", "opening", "closing", "ask"})
"""Fields that are written although nothing stands in them yet, so that they are asked for."""
_NUMBER_OR_FLAG = re.compile(r"\d{1,6}|true|false")
_REMARK = re.compile(r"(?:^|\s)#(?:\s.*)?$")


def values_of(reading: QuestionSetFile) -> Values:
    """Return the fields of a file. Raises BadInput where it is no YAML that could be kept."""
    amiss = [problem for problem in reading.problems if not problem.field]
    if amiss or not isinstance(reading.values, dict):
        what = str(amiss[0]) if amiss else "it has no fields"
        raise BadInput(
            f"{reading.path.name} cannot be opened here as it stands: {what}.",
            "Mend that line in a text editor, or ask whoever looks after the library.",
        )
    return dict(reading.values)


def cleaned(values: Any) -> Values:
    """Return fields without what is empty, each text on one line; new questions get an id.

    Raises BadInput for anything that is no text, list of texts, or list of questions.
    """
    whole = _mapping(values, "the set")
    questions = whole.pop("questions", [])
    if not isinstance(questions, list):
        raise _not_a_set("questions")
    drafts = [_mapping(question, "a question") for question in questions]
    fields = {name: _text_or_texts(name, value) for name, value in whole.items()}
    return _filled(fields) | {"questions": list(_with_ids(drafts))}


def _with_ids(drafts: Sequence[Values]) -> Iterator[Values]:
    taken = {str(draft.get("id", "")).strip() for draft in drafts}
    for number, draft in enumerate(drafts, 1):
        fields = {name: _text_or_texts(name, value) for name, value in draft.items()}
        fields.setdefault("ask", "")
        if not fields.get("id"):
            plain = question_id(str(fields["ask"]), number)
            ids = (plain, *(f"{plain}-{more}" for more in range(2, len(taken) + 3)))
            fresh = next(name for name in ids if name not in taken)
            fields["id"] = fresh
            taken.add(fresh)
        yield _filled(fields)


def _filled(fields: Values) -> Values:
    return {name: value for name, value in fields.items() if value or name in _REQUIRED}


def _mapping(value: Any, what: str) -> Values:
    if not isinstance(value, dict) or not all(_is_name(name) for name in value):
        raise _not_a_set(what)
    return dict(value)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z_]\w{0,40}", name) is not None


def _text_or_texts(name: str, value: Any) -> str | list[str]:
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return [text for text in map(_one_line, value) if text]
    if not isinstance(value, str):
        raise _not_a_set(name)
    return _one_line(value)


def _one_line(text: str) -> str:
    return " ".join(printable(" ".join(text.split())).split())


def _not_a_set(what: str) -> BadInput:
    return BadInput(f"What was sent is no question set: {what} is not as it should be.")


def remarks_of(data: bytes, reading: QuestionSetFile) -> Remarks:
    """Return what stands behind `#` in a file, by the field that it belongs to."""
    lines = decoded(data).splitlines()
    texts = " ".join(_texts(reading.values))
    fields = _fields_by_line(reading.values, reading.lines)
    remarks: Remarks = {}
    for number, line in enumerate(lines, 1):
        remark = _REMARK.search(line)
        if remark is None or _one_line(remark[0]) in _one_line(texts):
            continue
        stands_alone = line.lstrip().startswith("#")
        near = [at for at in fields if (at > number if stands_alone else at <= number)]
        at = (min(near) if stands_alone else max(near)) if near else 0
        remarks.setdefault(fields.get(at, ()), []).append(remark[0].strip())
    return remarks


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for inner in value.values() if isinstance(value, dict) else value or ():
            yield from _texts(inner)


def _fields_by_line(values: Mapping[str, Any], lines: Lines) -> dict[int, tuple[str, ...]]:
    """Return the line in which each field begins; of several in one line, the first."""
    fields: dict[int, tuple[str, ...]] = {}
    for name in values:
        fields.setdefault(lines.of((name,)), (name,))
    for number, question in enumerate(values.get("questions", ())):
        if isinstance(question, dict):
            of = ("questions", str(question.get("id", number)))
            fields.setdefault(lines.of(("questions", number)), of)
            for name in question:
                fields.setdefault(lines.of(("questions", number, name)), (*of, name))
    return fields


def document(values: Values, remarks: Remarks) -> str:
    """Return the file’s text. Raises BadInput where it would not be read back word for word."""
    left = {field: list(lines) for field, lines in remarks.items()}
    text = "\n".join([*_set_lines(values, left), *(line for end in left.values() for line in end)])
    text += "\n"
    if len(text.encode()) > MAX_FILE_BYTES:
        raise BadInput("This set is larger than a megabyte.", "Make two sets of it.")
    try:
        is_same = read_tree(text)[0] == values
    except YamlError:
        is_same = False
    if not is_same:
        raise BadInput("This set cannot be written word for word.", "Nothing was saved.")
    return text


def _set_lines(values: Values, left: Remarks) -> Iterator[str]:
    for name in _ordered(values, _SET_ORDER):
        yield from left.pop((name,), ())
        if name != "questions":
            yield from _field_lines(name, values[name], "")
            continue
        yield "questions:" if values[name] else "questions: []"
        for question in values[name]:
            of = ("questions", question["id"])
            yield from (f"  {line}" for line in left.pop(of, ()))
            # Those of its first field stand above the hyphen as well.
            yield from (f"  {line}" for line in left.pop((*of, "id"), ()))
            for number, field in enumerate(_ordered(question, _QUESTION_ORDER)):
                yield from (f"    {line}" for line in left.pop((*of, field), ()))
                first, *more = _field_lines(field, question[field], "    ")
                yield f"  - {first.lstrip()}" if number == 0 else first
                yield from more


def _ordered(values: Values, order: Sequence[str]) -> list[str]:
    return [*(name for name in order if name in values), *(n for n in values if n not in order)]


def _field_lines(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{indent}{name}: {_scalar(value)}"
    elif value and all(SLUG.match(text) for text in value) and name == "themes":
        yield f"{indent}{name}: [{', '.join(value)}]"
    else:
        yield f"{indent}{name}:"
        yield from (f"{indent}  - {_scalar(text)}" for text in value)


def _scalar(text: str) -> str:
    """Return a text as a person would write it, and in quotes where it would be read otherwise."""
    if _NUMBER_OR_FLAG.fullmatch(text):
        return text
    if text and "#" not in text and ": " not in text and not text.endswith(":"):
        try:
            if read_tree(f"a:\n  - {text}\nb: {text}\n")[0] == {"a": [text], "b": text}:
                return text
        except YamlError:
            pass
    return json.dumps(text, ensure_ascii=False)


def checked(values: Values, path: Path) -> QuestionSetFile:
    """Return the set as `questions check` reads it."""
    return parse_question_set(document(values, {}).encode(), path)
