"""Read a plain list of questions, as a group types it in Word or in a mail, for `questions new`.

Each line is a question; what is indented below it, or has a bullet of the next level, helps
somebody who is stuck. Numbers, bullets and “Q1:” go, and so do what programs put around a line: who
wrote it and when in WhatsApp, the marks and the head of a mail, the other columns of a table. A
first line by itself that asks nothing is the title. What is no question is left out and told.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from capture.questions.question_set import MAX_QUESTIONS, MAX_TEXT_CHARACTERS
from capture.questions.scaffold import QuestionDraft
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.seen_characters import seen_length
from library.core.text_encodings import decode
from library.core.yaml_document import MAX_FILE_BYTES, read_bytes
from library.formats.word_document import is_word_document, read_paragraphs

_SAVE_AS_TEXT = "Save it as plain text (.txt), in Word by “Save as”, and give that file."
_OTHER_FORMATS = {
    ".doc", ".odt", ".rtf", ".pdf", ".pages", ".xls", ".xlsx", ".ods", ".htm", ".html",
}  # fmt: skip
_SPACES = re.compile(r"[\s\u200b\ufeff]*")
_BROKEN = re.compile(r"[ \t]*[\v\u2028][ \t]*")
_NUMBER = re.compile(
    r"(?:(?:q(?:uestion)?\s*)?[(（]?\d{1,3}(?:\ufe0f?\u20e3|[.):\]]+(?=\s|[^\W\d])|[、．）：]|\s*[-–—]\s+)"
    r"|q(?:uestion)?\s*\d{1,3}\s*[.:)]?\s|q[.:]\s|[（(]?[一二三四五六七八九十]{1,3}[、．)）])\s*",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"\(?(?:[a-z\u0370-\u03ff\u0400-\u04ff\u05d0-\u05ea]|[\u0621-\u064a]\u0640?|[ivx]{1,4})[.)]\s+"
    r"|(?:q(?:uestion)?\s*)?\(?\d{1,3}(?:\s?[a-h]|\.\d{1,2}|\.[a-h])[.):]*(?:\s+|$)"
    r"|(?:probes?|prompts?|follow[- ]?ups?)\s*\d{0,2}\s*[:.–-]\s+",
    re.IGNORECASE,
)
"""Before what belongs to the question above: “a)”, “2b.”, “2.1”, “Probe:”."""
_BULLET = re.compile(
    r"(?:[•‣◦▪▫●○■□∙·*§–—☐☑☒✓✔✗➢➤►▸▶→⇒❖◆◇»\uf0a7\uf0a8\uf0b7\uf0d8\uf0fc\uf06f-]|o(?=\t)"
    r"|\[[ xX]?\](?=\s))\s*(?=\S)|-(?=\S)"
)
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_STRUCK = re.compile(r"~~(.+)~~")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*])")
"""Markdown’s bold and italic."""
_PICTOGRAM = re.compile(
    r"[\u2190-\u21ff\u2460-\u24ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
    r"[\ufe0f\u200d\u20e3]*\s*(?=\S)"
)
"""Arrows, numbers in circles, and emoji."""
_SUB_BULLETS = "◦○▫□"
_DAY, _TIME = (
    r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}",
    r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[ap]\.?m\.?)?",
)
_WHEN = rf"(?:{_DAY},?\s{{1,3}}{_TIME}|{_TIME},?\s{{1,3}}{_DAY})"
_SENT = re.compile(
    rf"\[?{_WHEN}\]?\s{{0,3}}(?:[-–]\s)?\s{{0,3}}[^:\n]{{1,60}}:\s+"
    rf"|[^\[\]:\n]{{1,60}}[,\s]\s{{0,3}}\[{_WHEN}\]:?(?:\s+|$)",
    re.IGNORECASE,
)
"""Before each message, as WhatsApp, Teams and Telegram copy or export it: when, and by whom."""
_QUOTED = re.compile(r"(?:[>|]\s?)+(?=\S)")
_MAIL_HEAD = re.compile(r"(?:from|to|cc|bcc|subject|date|sent|reply-to)\s*:", re.IGNORECASE)
_NOT_SAID = re.compile(
    r"<media omitted>|(?:image|video|audio|document) omitted|this message was deleted|"
    r".*end-to-end encrypted.*",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"(?:(?:with )?(?:kind(?:est)?|warm(?:est)?|best|many|all the|with)?\s*"
    r"(?:regards|wishes|thanks|best)|thank you|yours(?: \w+)?|sincerely|cheers|love)"
    r"(?: (?:to|from|for|and) .{1,60}|,.{0,60}| all| everyone)?[,.!]*",
    re.IGNORECASE,
)
"""A line that ends a letter; below it stand names and addresses."""
_QUESTION_MARKS = "?\uff1f\u061f\u037e\u055e\u1367\u2047\u2048\u2049"
"""As languages write it: Latin, Chinese, Arabic, Greek, Armenian, Ethiopic, and in pairs."""
_SENTENCE_ENDS = f"{_QUESTION_MARKS}.!…\u3002\uff01\u06d4\u0964"
_GREETING = re.compile(
    r"(?:dear|hi|hello|hiya|good (?:morning|afternoon|evening)|السلام عليكم|مرحبا|أهلا|عزيز)"
    r"(?:\W.{0,40}|\w{0,3})",
    re.IGNORECASE,
)
"""A line that begins a letter."""
_BRINGS = re.compile(
    r"(?:please (?:find|see)|(?:here|below|these|attached) (?:are|is)|i attach)\b.*",
    re.IGNORECASE,
)
"""A line that says what a letter brings."""
_TAB_WIDTH = 4
_LEAST_DEPTH = 2
"""Columns: a single space before a line is a slip."""
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
    left_out: tuple[str, ...] = ()
    """Lines that ask nothing: greetings, headings, names below a mail."""


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
        raise BadInput(f"{name} is not plain text.", _SAVE_AS_TEXT)
    is_word = suffix == ".docx" or is_word_document(path)
    lines = _lines_of_word(path, name) if is_word else _lines_of_text(data, name)
    plain_list = _as_list(list(lines))
    problems = list(_problems(plain_list, name))
    if problems:
        raise BadInput(" ".join(problems), "Mend that in the file and give it again.")
    return plain_list


def read_pasted_list(text: str) -> PlainList:
    """Return the questions of a text that was pasted from Word, a mail or a page.

    Word gives paragraphs in lists their bullets, and no space before them: where other paragraphs
    have none, what has a bullet is a follow-up of the paragraph above it. Raises BadInput as
    `read_plain_list` does.
    """
    name = "what was pasted"
    plain_list = _as_list(list(_lines_of_text(_set_in(text).encode("utf-8", "replace"), name)))
    problems = list(_problems(plain_list, name))
    if problems:
        raise BadInput(" ".join(problems).replace(name, "It", 1), "Mend that and paste it again.")
    return plain_list


def _set_in(text: str) -> str:
    """Return pasted paragraphs with follow-ups set in below their question."""
    # A line that was broken within its paragraph, which Word hands over as another sign, goes on.
    text = _BROKEN.sub(" ", text)
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    bulleted = [bool(_BULLET.match(line.lstrip())) for line in lines]
    if all(bulleted) or not any(bulleted):
        return "\n".join(lines)
    is_numbered = any(_NUMBER.match(line.lstrip()) for line in lines)
    first = next(at for at, line in enumerate(lines) if not bulleted[at])
    # A first paragraph that asks nothing, above another one, is the heading.
    is_headed = first == 0 and not bulleted[1] and not _has_question_mark(lines[0])
    set_in = []
    is_over = False
    for at, line in enumerate(lines):
        plain = line.lstrip()
        if bulleted[at]:
            set_in.append(f"    - {_BULLET.sub('', plain, count=1).strip()}")
        else:
            is_asking = _has_question_mark(plain)
            is_over = not is_asking and (is_over or bool(at and _SIGN_OFF.fullmatch(plain)))
            is_letter = bool(_GREETING.fullmatch(plain) or _BRINGS.fullmatch(plain))
            is_frame = is_over or (is_letter and not is_asking)
            is_bare = is_numbered or is_frame or (is_headed and at == 0)
            set_in.append(plain if is_bare else f"{at + 1}. {plain}")
    return "\n".join(set_in)


def _problems(plain_list: PlainList, name: str) -> Iterator[str]:
    if not plain_list.questions:
        yield f"There are no questions in {name}: write each in a line of its own."
    if len(plain_list.questions) > MAX_QUESTIONS:
        count = len(plain_list.questions)
        yield f"{name} has {count} lines; a set has at most {MAX_QUESTIONS} questions."
    for number, question in enumerate(plain_list.questions[:MAX_QUESTIONS], 1):
        if seen_length(question.ask) > MAX_TEXT_CHARACTERS:
            yield f"Question {number} is longer than {MAX_TEXT_CHARACTERS} characters."


def _lines_of_text(data: bytes, name: str) -> Iterator[_Line]:
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(f"{name} is larger than a megabyte.", "Give the questions alone.")
    # A doubt is not told: whoever gave the list sees every question on the screen.
    text, _ = decode(data)
    if "\0" in text:
        raise BadInput(f"{name} is not plain text.", _SAVE_AS_TEXT)
    rows, others = _rows(text.splitlines())
    # They are in no line of the list, and are told.
    yield from (_other(other) for other in others)
    for number, line in enumerate(rows, 1):
        line = _QUOTED.sub("", line, count=1)
        line = _SENT.sub("", line.lstrip("\u200e"), count=1)
        space = _SPACES.match(line)[0]  # type: ignore[index]  # it matches always
        yield from _line(number, line.strip("\u200b\ufeff \t\u00a0"), _depth(space))


def _other(text: str) -> _Line:
    return _Line(0, text, 0, is_marked=False, is_lettered=False)


def _rows(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return lines, and of a table the columns that ask; and what stands in the other columns.

    Follow-ups are set in below their question.
    """
    rule = next((at for at, line in enumerate(lines) if at and _RULE.fullmatch(line)), None)
    if rule is not None:
        end = next((at for at in range(rule, len(lines)) if "|" not in lines[at]), len(lines))
        cells = [_cells(line, "|", "|") for line in (lines[rule - 1], *lines[rule + 1 : end])]
        above, in_table = _columns(cells, len(cells[0]), cells[0])
        below, others = _rows(lines[end:])
        return [*lines[: rule - 1], *above, *below], [*in_table, *others]
    for sign, edge in (("\t", ""), ("|", "|"), (";", ""), (",", "")):
        cells = _table_cells(lines, sign, edge)
        # A comma stands in many a question: only a head says that it parts columns.
        if sign == "," and not _is_headed(cells):
            continue
        counts = Counter(len(row) for row in cells if len(row) > 1)
        width, rows = max(counts.items(), key=lambda found: found[1], default=(0, 0))
        texts = [row for row in cells if row]
        is_table = (rows > 1 and rows * 2 > len(texts)) or (rows > 1 and _is_headed(cells))
        if is_table and (width > _PAIR or edge or _is_headed(cells)):
            return _columns(cells, width)
    return list(lines), []


def _table_cells(lines: Sequence[str], sign: str, edge: str) -> list[list[str]]:
    if sign not in ";,":
        return [_cells(line, sign, edge) for line in lines]
    # A cell in quotes may hold the sign.
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=sign)]
    except csv.Error:  # a cell of more than 128 kB
        return []
    return [row if any(_is_word(cell) for cell in row) else [] for row in rows]


def _columns(
    cells: Sequence[Sequence[str]], width: int, head: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """Return the lines of a table’s questions with their follow-ups, and the other cells."""
    heads = [row for row in cells if len(row) == width and (row is head or _is_head(row))]
    whole = [row for row in cells if len(row) == width and row not in heads]
    head = heads[0] if heads else [""] * width
    asking = _asking_column(head, whole)
    below = [at for at, name in enumerate(head) if at != asking and _BELOW.fullmatch(name)]
    lines: list[str] = []
    others: list[str] = []
    for row in cells:
        if len(row) != width:
            lines.append(" ".join(filter(None, row)))
            continue
        if row in heads:
            lines.append("")
            continue
        lines.append(row[asking])
        lines += [f"    - {row[at]}" for at in below if row[asking] and _is_word(row[at])]
        others += [
            cell
            for at, cell in enumerate(row)
            if at != asking and at not in below and any(map(str.isalpha, cell))
        ]
    return lines, list(dict.fromkeys(others))


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))


_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")
"""The line below the head of a table in Markdown."""
_PAIR = 2
_ASKING_HEADS = re.compile(r"(?:the )?(?:questions?|ask|to ask|q)\.?(?: text)?", re.IGNORECASE)
_BELOW = re.compile(r"(?:prompts?|probes?|follow[- ]?ups?(?: questions?)?)\.?", re.IGNORECASE)
_HEADS = re.compile(
    r"(?:no|nr|number|#|id|q|f|time|minutes|mins|length|section|topic|theme|themes|why|aim|who|"
    r"(?:private |interviewer )?(?:notes?|comments?|remarks?))\.?",
    re.IGNORECASE,
)


def _cells(line: str, sign: str, edge: str) -> list[str]:
    cells = line.strip(edge + " ").split(sign) if sign in line else [line]
    plain = [cell.strip() for cell in cells]
    return plain if any(any(map(str.isalnum, cell)) for cell in plain) else []


def _is_headed(cells: Sequence[Sequence[str]]) -> bool:
    first = next((row for row in cells if row), ())
    return len(first) > 1 and _is_head(first)


def _is_head(row: Sequence[str]) -> bool:
    names = [cell for cell in row if cell]
    is_known = all(
        any(kind.fullmatch(name) for kind in (_ASKING_HEADS, _BELOW, _HEADS)) for name in names
    )
    is_asking = any(_ASKING_HEADS.fullmatch(name) for name in names)
    is_short = all(
        len(name.split()) <= _MAX_HEAD_WORDS and not _has_question_mark(name) for name in names
    )
    return is_known or (is_asking and is_short)


_MAX_HEAD_WORDS = 4


def _asking_column(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the number of the column that its head names, or which asks most, or says most."""
    named = [at for at, name in enumerate(head) if _ASKING_HEADS.fullmatch(name)]
    if len(named) == 1:
        return named[0]
    columns = list(zip(*rows, strict=True)) or [()] * len(head)
    weights = [(sum(map(_has_question_mark, column)), sum(map(len, column))) for column in columns]
    return weights.index(max(weights))


def _has_question_mark(text: str) -> bool:
    return any(sign in _QUESTION_MARKS for sign in text)


def _depth(space: str) -> int:
    return sum(_TAB_WIDTH if sign == "\t" else sign not in "\u200b\ufeff" for sign in space)


def _line(number: int, text: str, depth: int, *, is_marked: bool = False) -> Iterator[_Line]:
    plain = " ".join(text.split())
    if not _is_word(plain) or _NOT_SAID.fullmatch(plain):
        return
    depth = 0 if depth < _LEAST_DEPTH else depth
    is_lettered = False
    if heading := _HEADING.match(plain):
        plain = plain[heading.end() :]
    plain = _EMPHASIS.sub(r"\2", plain)
    while (bullet := _BULLET.match(plain)) or (bullet := _PICTOGRAM.match(plain)):
        depth += 1 if plain[0] in _SUB_BULLETS or plain.startswith("o ") else 0
        plain, is_marked = plain[bullet.end() :], True
    if mark := _LETTER.match(plain):
        plain, is_lettered = plain[mark.end() :], True
    elif mark := _NUMBER.match(plain):
        plain, is_marked = plain[mark.end() :], True
    plain = _without_quotes(plain.strip())
    if _STRUCK.fullmatch(plain):
        yield _other(_STRUCK.sub(r"\1", plain))
    elif _is_word(plain):
        yield _Line(number, _STRUCK.sub("", plain).strip(), depth, is_marked, is_lettered)


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
    others = tuple(line.text for line in lines if not line.number)
    title, rest = _parted([line for line in lines if line.number])
    title, rest, left_out = _without_frame(title, rest)
    left_out += others
    if len(rest) == 1 and sum(sign in _QUESTION_MARKS for sign in rest[0].text) > 1:
        rest = [replace(rest[0], text=text) for text in _QUESTION_END.split(rest[0].text)]
    if not rest:
        return PlainList(title, (), left_out)
    marked = sum(line.is_marked for line in rest)
    # Where most lines have a number or bullet, one without goes on with the line above it.
    is_marked_list = marked * 2 > len(rest)
    least = min(line.depth for line in rest)
    questions: list[tuple[str, list[str]]] = []
    for at, line in enumerate(rest):
        is_below = line.depth > least or (line.is_lettered and not rest[0].is_lettered)
        is_bare = not (line.is_marked or line.is_lettered)
        goes_on = is_bare and (is_marked_list or (line.text[:1].islower() and line.depth > least))
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
    drafts = tuple(QuestionDraft(ask, tuple(below)) for ask, below in questions)
    return PlainList(title, drafts, left_out)


_QUESTION_END = re.compile(rf"(?<=[{_QUESTION_MARKS}])\s+(?=\S)")


def _without_frame(
    title: str, lines: Sequence[_Line]
) -> tuple[str, Sequence[_Line], tuple[str, ...]]:
    """Return the title, the lines that may be questions, and what stands around or between them.

    The head of a mail goes wherever it is; of a list with numbers or bullets, so does every line
    without one that asks nothing and does not go on with the line above it.
    """
    subject = next((line.text for line in lines if _SUBJECT.match(line.text)), "")
    has_head = sum(bool(_MAIL_HEAD.match(line.text)) for line in lines) > 1
    marked = sum(line.is_marked or line.is_lettered for line in lines)
    is_list = marked > 1 and marked * _IN_LIST >= len(lines)
    asking = sum(_has_question_mark(line.text) for line in lines)
    inside: list[_Line] = []
    left_out: list[str] = []
    ended = False
    for line in lines:
        # “Tell me about the night.” has no question mark, and asks as well.
        is_asking = _has_question_mark(line.text) or bool(_INVITES.match(line.text))
        is_bare = not (line.is_marked or line.is_lettered or is_asking)
        ended = is_bare and (ended or (bool(inside) and bool(_SIGN_OFF.fullmatch(line.text))))
        if ended:
            left_out.append(line.text)
            continue
        is_next = bool(inside) and line.number - inside[-1].number == 1
        goes_on = is_next and inside[-1].text[-1:] not in _SENTENCE_ENDS
        is_head = has_head and bool(_MAIL_HEAD.match(line.text))
        if _CELL.fullmatch(line.text) and len(lines) > 1:  # of a table in Word
            left_out += [line.text] if any(map(str.isalpha, line.text)) else []
            continue
        is_talk = has_head and is_bare and asking > 1
        if is_head or (is_bare and not goes_on and not line.depth and (is_list or is_talk)):
            left_out.append(line.text)
        else:
            inside.append(line)
    if not inside:
        return title, lines, ()
    named = _SUBJECT.sub("", subject) if has_head else ""
    return title or named, inside, tuple(left_out)


_INVITES = re.compile(
    r"(?:(?:please|can you|could you)\s+)?(?:tell (?:me|us)|describe|explain|share|"
    r"talk (?:me|us) (?:about|through)|think (?:back|of|about))\b"
    r"|(?:what|who|how|when|where|why|which)\b(?!.*[.,:!]$)",
    re.IGNORECASE,
)
"""Beginnings of a line that asks though it has no question mark."""
_SUBJECT = re.compile(r"subject\s*:\s*(?:(?:re|fwd?)\s*:\s*)*", re.IGNORECASE)
_CELL = re.compile(
    r"\d{1,3}[.)]?|\d{1,3}\s?(?:min|mins|minutes|m|hours?)\.?|(?:no|nr|#)\.?", re.IGNORECASE
)
_IN_LIST = 4
"""Of so many lines one at least is marked, in a list with words around it."""


def _may_go_on(before: _Line, line: _Line) -> bool:
    return line.number - before.number <= 1 and before.text[-1:] not in _SENTENCE_ENDS


def _parted(lines: Sequence[_Line]) -> tuple[str, Sequence[_Line]]:
    """Return the heading of a list, or nothing, and the lines of its questions."""
    if len(lines) < 2:
        return "", lines
    first, rest = lines[0], lines[1:]
    if _GREETING.fullmatch(first.text):
        return "", lines
    if (
        first.is_marked
        or _has_question_mark(first.text)
        or seen_length(first.text) > _MAX_TITLE_CHARACTERS
    ):
        return "", lines
    is_set_off = rest[0].number - first.number > 1 and first.text[-1:] not in "."
    is_short = len(first.text.split()) <= _MAX_TITLE_WORDS and not _ASKS.match(first.text)
    is_heading = (
        first.text.endswith(":")
        or sum(line.is_marked for line in rest) * 2 > len(rest)
        or (is_set_off and is_short)
    )
    return (first.text.rstrip(" :"), rest) if is_heading else ("", lines)
