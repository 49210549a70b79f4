"""Read a plain list of questions, as a group types it in Word or in a mail, for `questions new`.

Each line is a question; what is indented below it, or has a bullet of the next level, helps
somebody who is stuck. Numbers, bullets and “Q1:” go. A first line by itself that asks nothing is
the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from capture.questions.question_set import MAX_QUESTIONS, MAX_TEXT_CHARACTERS
from capture.questions.scaffold import QuestionDraft
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.seen_characters import seen_length
from library.core.yaml_document import MAX_FILE_BYTES, decoded, read_bytes
from library.formats.word_document import is_word_document, read_paragraphs

_SAVE_AS_TEXT = "Save it as plain text (.txt), in Word by “Save as”, and give that file."
_OTHER_FORMATS = {
    ".doc", ".odt", ".rtf", ".pdf", ".pages", ".xls", ".xlsx", ".ods", ".htm", ".html",
}  # fmt: skip
_SPACES = re.compile(r"[\s\u200b\ufeff]*")
_NUMBER = re.compile(
    r"(?:(?:q(?:uestion)?\s*)?\(?\d{1,3}(?:[.):\]]+(?=\s|[^\W\d])|\s*[-–—]\s+)"
    r"|q(?:uestion)?\s*\d{1,3}\s*[.:)]?\s|q[.:]\s)\s*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"\(?(?:[a-z]|[ivx]{1,4})[.)]\s+", re.IGNORECASE)
_BULLET = re.compile(r"(?:[•‣◦▪▫●○■□∙·*§–—-]|o(?=\t))\s*(?=\S)|-(?=\S)")
_SUB_BULLETS = "◦○▫□"
_TAB_WIDTH = 4
_MAX_TITLE_CHARACTERS, _MAX_TITLE_WORDS = 100, 8
_ASKS = re.compile(
    r"(?:tell|describe|talk|explain|think|share|what|who|how|when|where|why|which|is|are|was|were|do|"
    r"does|did|can|could|would|will|have|has|if|in what)\b",
    re.IGNORECASE,
)
"""Beginnings of a question, which is no heading although it has no question mark."""


@dataclass(frozen=True)
class PlainList:
    """Questions of a plain list, and its heading if it has one."""

    title: str
    questions: tuple[QuestionDraft, ...]


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    depth: int
    """Columns, or levels, by which it is set in."""
    is_marked: bool
    """True if a number or a bullet stood before it."""
    is_lettered: bool


def read_plain_list(path: Path) -> PlainList:
    """Return the questions of a text or Word file.

    Raises NotFound, DiskFailed, or BadInput for another kind of file, and for one without
    questions or with more than a set may have.
    """
    name = printable(path.name)
    data = read_bytes(path, shown_as=f"file {name}")
    suffix = path.suffix.casefold()
    if suffix in _OTHER_FORMATS:
        raise BadInput(f"{name} is not a text file.", _SAVE_AS_TEXT)
    is_word = suffix == ".docx" or is_word_document(path)
    lines = _lines_of_word(path, name) if is_word else _lines_of_text(data, name)
    found = _as_list(list(lines))
    problems = list(_problems(found, name))
    if problems:
        raise BadInput(" ".join(problems), "Mend that in the file and give it again.")
    return found


def _problems(found: PlainList, name: str) -> Iterator[str]:
    if not found.questions:
        yield f"There are no questions in {name}: write each in a line of its own."
    if len(found.questions) > MAX_QUESTIONS:
        yield (
            f"{name} has {len(found.questions)} lines; a set has at most {MAX_QUESTIONS} questions."
        )
    for number, question in enumerate(found.questions[:MAX_QUESTIONS], 1):
        if seen_length(question.ask) > MAX_TEXT_CHARACTERS:
            yield f"Question {number} is longer than {MAX_TEXT_CHARACTERS} characters."


def _lines_of_text(data: bytes, name: str) -> Iterator[_Line]:
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(f"{name} is larger than a megabyte.", "Give the questions alone.")
    try:
        text = decoded(data)
    except UnicodeDecodeError:
        # What older editors on Windows write; every byte has a meaning there, or nearly.
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise BadInput(f"{name} is not a text file.", _SAVE_AS_TEXT)
    for number, line in enumerate(text.splitlines(), 1):
        space = _SPACES.match(line)[0]  # type: ignore[index]  # it matches always
        yield from _line(number, line.strip("\u200b\ufeff \t\u00a0"), _depth(space))


def _depth(space: str) -> int:
    return sum(_TAB_WIDTH if sign == "\t" else sign not in "\u200b\ufeff" for sign in space)


def _line(number: int, text: str, depth: int, *, is_marked: bool = False) -> Iterator[_Line]:
    plain = " ".join(text.split())
    if not any(map(str.isalnum, plain)):
        return
    is_lettered = False
    if bullet := _BULLET.match(plain):
        depth += 1 if plain[0] in _SUB_BULLETS or plain.startswith("o ") else 0
        plain, is_marked = plain[bullet.end() :], True
    if mark := _NUMBER.match(plain):
        plain, is_marked = plain[mark.end() :], True
    elif mark := _LETTER.match(plain):
        is_lettered = plain[: mark.end()].strip().casefold() not in ("i.",)
        plain = plain[mark.end() :] if is_lettered else plain
    plain = _without_quotes(plain.strip())
    if any(map(str.isalnum, plain)):
        yield _Line(number, plain, depth, is_marked, is_lettered)


def _without_quotes(text: str) -> str:
    """Return a text without the quotes that stand around all of it."""
    for opening, closing in ("“”", '""', "‘’", "''"):
        inner = text[1:-1]
        is_around = text[:1] == opening and text[-1:] == closing and len(text) > 2
        if is_around and opening not in inner and (closing not in inner or closing == "’"):
            return inner.strip()
    return text


def _lines_of_word(path: Path, name: str) -> Iterator[_Line]:
    try:
        paragraphs = read_paragraphs(path)
    except BadInput as error:
        raise BadInput(f"{name}: {error.what}", _SAVE_AS_TEXT) from None
    number = 0
    for paragraph in paragraphs:
        for text in paragraph.lines:
            number += 1
            space = _SPACES.match(text)[0]  # type: ignore[index]  # it matches always
            set_in = (paragraph.level or 0) * _TAB_WIDTH + _depth(space)
            is_marked = paragraph.level is not None
            yield from _line(number, text.strip(), set_in, is_marked=is_marked)


def _as_list(lines: Sequence[_Line]) -> PlainList:
    """Return the lines as questions with what stands below each."""
    title, rest = _parted(lines)
    if not rest:
        return PlainList(title, ())
    marked = sum(line.is_marked for line in rest)
    # Where most lines have a number or bullet, one without goes on with the line above it.
    is_marked_list = marked * 2 > len(rest)
    least = min(line.depth for line in rest)
    questions: list[tuple[str, list[str]]] = []
    for at, line in enumerate(rest):
        is_below = line.depth > least or (line.is_lettered and not rest[0].is_lettered)
        goes_on = is_marked_list and not (line.is_marked or line.is_lettered)
        if questions and goes_on and _may_go_on(rest[at - 1], line):
            ask, below = questions[-1]
            if below:
                below[-1] += f" {line.text}"
            else:
                questions[-1] = (f"{ask} {line.text}", below)
        elif questions and is_below:
            questions[-1][1].append(line.text)
        else:
            questions.append((line.text, []))
    return PlainList(title, tuple(QuestionDraft(ask, tuple(below)) for ask, below in questions))


def _may_go_on(before: _Line, line: _Line) -> bool:
    return line.number - before.number <= 1 and before.text[-1:] not in "?.!"


def _parted(lines: Sequence[_Line]) -> tuple[str, Sequence[_Line]]:
    """Return the heading of a list, or nothing, and the lines of its questions."""
    if len(lines) < 2:
        return "", lines
    first, rest = lines[0], lines[1:]
    if first.is_marked or "?" in first.text or seen_length(first.text) > _MAX_TITLE_CHARACTERS:
        return "", lines
    is_set_off = rest[0].number - first.number > 1 and first.text[-1:] not in "."
    is_short = len(first.text.split()) <= _MAX_TITLE_WORDS and not _ASKS.match(first.text)
    is_heading = (
        first.text.endswith(":")
        or sum(line.is_marked for line in rest) * 2 > len(rest)
        or (is_set_off and is_short)
    )
    return (first.text.rstrip(" :"), rest) if is_heading else ("", lines)
