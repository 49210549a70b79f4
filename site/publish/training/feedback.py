"""Forms collected as CSV, read strictly: a line a form, answers from 1 to 5.

Files of 0.1.0 hold evaluations alone, without the columns in `ABOUT_THE_FORM`. There a browser that
saved twice is known by its lines: the earlier file is how the later one begins.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from library.core.errors import BadInput, DiskFailed, NotFound
from library.core.sanitise import printable
from publish.training.follow_up import EVALUATION, FORM_KINDS, FormQuestions, form_questions
from publish.training.plan import SCALE_POINTS, Evaluation, PlanDetails

MAX_FILE_BYTES = 5_000_000
WHEN = ("before", "after")
_KEPT_INERT = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""As `evaluation.js` writes it: with one apostrophe more than was typed."""
_ALWAYS = ("plan", "version", "date")
ABOUT_THE_FORM = ("form_kind", "session_on", "form_id", "words_shared")
"""Columns that are no answers. Their names have an underscore, so that no question has them."""
_FORM_ID = re.compile(r"[a-z0-9]{6,40}\Z")
_EXPECTED = "Collect forms on the evaluation page of the session and save them there as CSV."


@dataclass(frozen=True)
class FeedbackForm:
    """The answers of one person. What was not answered is not in it."""

    plan: str
    date: str
    scores: Mapping[tuple[str, str], int]
    """By the scale’s id and `before`, `after` or `later`."""
    comments: Mapping[str, str] = field(repr=False)
    kind: str = EVALUATION
    session: str = ""
    """The day of the session, as 2026-11-23; empty where it is not said."""
    version: str = ""
    id: str = ""
    """Random, given by the page; empty in files of 0.1.0 and in typed ones."""
    words_shared: bool = False
    """True where its own words may be passed on beyond the team."""
    file: str = ""
    line: int = 0
    file_hash: str = ""
    """Eight letters of the hash of its file."""


@dataclass(frozen=True)
class CollectedForms:
    """Forms that were read, and how many of them came again."""

    forms: tuple[FeedbackForm, ...]
    repeated: int = 0


def read_forms(paths: Sequence[Path], plans: Mapping[str, PlanDetails]) -> list[FeedbackForm]:
    """Return all forms in the files, each once.

    Raises NotFound, DiskFailed, or BadInput naming file, line, column and what was expected, also
    for a file that is named twice.
    """
    forms = collect_forms(paths, plans, refuse_copies=True).forms
    if not forms:
        raise BadInput("There is no form in these files.", _EXPECTED)
    return list(forms)


def collect_forms(
    paths: Sequence[Path], plans: Mapping[str, PlanDetails], *, refuse_copies: bool = False
) -> CollectedForms:
    """Return the forms in the files, each once, and how many were there again.

    Raises as `read_forms` does, but for a file that is there twice unless `refuse_copies`.
    """
    read: list[list[FeedbackForm]] = []
    names: dict[str, str] = {}
    for path in paths:
        data = _bytes_of(path)
        digest = hashlib.sha256(data).hexdigest()
        # By content: a browser saves the second download as `name (1).csv`.
        if digest in names and refuse_copies:
            raise BadInput(
                f"{printable(path.name)} is the same file as {names[digest]}: "
                "its forms would count twice.",
                "Name each file once.",
            )
        names.setdefault(digest, printable(path.name))
        forms = _forms_in(printable(path.name), _text(path, data), plans)
        read.append([replace(form, file_hash=digest[:8]) for form in forms])
    return _without_repeated(read)


def _without_repeated(files: Sequence[Sequence[FeedbackForm]]) -> CollectedForms:
    """Return each form once: by its id, and without one by how its file begins."""
    forms: dict[str, FeedbackForm] = {}
    total = sum(map(len, files))
    # The longest first: an earlier saving of the same browser is how a later one begins.
    contents: list[list[tuple[object, ...]]] = []
    for file in sorted(files, key=len, reverse=True):
        answers = [_answers_of(form) for form in file]
        unnamed = [form for form in file if not form.id]
        if unnamed and any(longer[: len(answers)] == answers for longer in contents):
            continue
        contents.append(answers)
        for form in file:
            forms.setdefault(form.id or f"{form.file}, {form.line}, {len(contents)}", form)
    ordered = sorted(forms.values(), key=lambda form: (form.file, form.line))
    return CollectedForms(tuple(ordered), total - len(ordered))


def _answers_of(form: FeedbackForm) -> tuple[object, ...]:
    scores, comments = sorted(form.scores.items()), sorted(form.comments.items())
    return (form.plan, form.kind, form.version, form.date, form.session, form.id, scores, comments)


def form_columns(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the columns that the evaluation page writes, in its order."""
    names = list(_ALWAYS)
    for scale in evaluation.scales:
        whens = WHEN if scale.when == "before and after" else ("after",)
        names += [f"{scale.id}_{when}" for when in whens]
    return (*names, *(comment.id for comment in evaluation.comments))


def _bytes_of(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", "Name the files that were saved.") from None
    except OSError as error:
        raise DiskFailed(f"{path} could not be read: {error.strerror}.") from error
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(f"{path.name} is larger than five megabytes.", _EXPECTED)
    return data


def _text(path: Path, data: bytes) -> str:
    try:
        # Excel's “CSV UTF-8” begins with a mark that would become part of the first column.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            f"{printable(path.name)} is not UTF-8 text.",
            "If a spreadsheet saved it, save it again as “CSV UTF-8”.",
        ) from None


def _forms_in(name: str, text: str, plans: Mapping[str, PlanDetails]) -> Iterator[FeedbackForm]:
    first = text.split("\n", 1)[0]
    # Spreadsheets save commas, semicolons or tabs, by the language they are set to.
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    try:
        heads = [head.strip().lower() for head in next(rows, [])]
        _require_heads(name, heads)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _form(name, rows.line_num, heads, row, plans)
    # A quotation mark that is not closed makes one cell of all that follows.
    except csv.Error:
        raise BadInput(
            f"{name}, line {rows.line_num}: a cell goes on without end. A quotation mark may lack.",
            _EXPECTED,
        ) from None


def _require_heads(name: str, heads: Sequence[str]) -> None:
    if "plan" not in heads:
        raise BadInput(f"{name}, line 1: there is no column “plan”.", _EXPECTED)
    for head in heads:
        if heads.count(head) > 1:
            raise BadInput(f"{name}, line 1: the column “{printable(head)}” is there twice.")


def _form(
    file: str,
    line: int,
    heads: Sequence[str],
    row: Sequence[str],
    plans: Mapping[str, PlanDetails],
) -> FeedbackForm:
    where = f"{file}, line {line}"
    if len(row) > len(heads):
        raise BadInput(f"{where}: there are more cells than columns.", _EXPECTED)
    cells = {head: _plain(cell) for head, cell in zip(heads, row, strict=False)}
    plan = plans.get(cells.get("plan", ""))
    if plan is None:
        known = ", ".join(plans) or "none"
        raise BadInput(
            f"{where}, plan: there is no plan “{printable(cells.get('plan', ''))}”; there are: "
            f"{known}.",
            "Put its file into interviews/training, or mend that cell.",
        )
    kind = cells.get("form_kind", "") or EVALUATION
    if kind not in FORM_KINDS:
        raise BadInput(
            f"{where}, form_kind: “{printable(kind)[:40]}” is no form; there are: "
            f"{', '.join(FORM_KINDS)}.",
            "Mend that cell.",
        )
    questions, version = form_questions(plan, kind), cells.get("version", "")
    _require_columns(where, cells, plan, questions)
    comments = {
        comment.id: cells[comment.id] for comment in questions.comments if cells.get(comment.id)
    }
    return FeedbackForm(
        plan.id,
        cells.get("date", ""),
        dict(_scores(where, cells, questions)),
        comments,
        kind=kind,
        session=_session(where, cells),
        version=version,
        id=_form_id(where, cells),
        words_shared=cells.get("words_shared", "").lower() == "yes",
        file=file,
        line=line,
    )


def _require_columns(
    where: str, cells: Mapping[str, str], plan: PlanDetails, questions: FormQuestions
) -> None:
    """Raise BadInput for an answer to what the form does not ask, unless its version differs."""
    if cells.get("version", str(plan.version)) not in {"", str(plan.version)}:
        # A question that an earlier version asked is of no use to this one, and no mistake.
        return
    expected = {*_ALWAYS, *questions.columns, *ABOUT_THE_FORM}
    for head, cell in cells.items():
        if cell and head not in expected:
            raise BadInput(
                f"{where}: the form of {plan.id} has no question “{printable(head)}”; it has: "
                f"{', '.join(questions.columns)}.",
                "Is this the file of another session, or of an earlier version of its form?",
            )


def _session(where: str, cells: Mapping[str, str]) -> str:
    """Return the day of the session: for an evaluation that does not say it, the form’s own."""
    typed = cells.get("session_on", "")
    if typed and not _is_day(typed):
        raise BadInput(
            f"{where}, session_on: “{printable(typed)[:40]}” is not a day such as 2026-11-23.",
            "Mend that cell, or empty it.",
        )
    is_evaluation = cells.get("form_kind", "") in {"", EVALUATION}
    day = cells.get("date", "")
    return typed or (day if is_evaluation and _is_day(day) else "")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _form_id(where: str, cells: Mapping[str, str]) -> str:
    typed = cells.get("form_id", "")
    if typed and not _FORM_ID.match(typed):
        raise BadInput(
            f"{where}, form_id: “{printable(typed)[:40]}” is not what the page writes.",
            "Empty that cell.",
        )
    return typed


def _scores(
    where: str, cells: Mapping[str, str], questions: FormQuestions
) -> Iterator[tuple[tuple[str, str], int]]:
    for scale in questions.scales:
        for when, column in zip(scale.whens, scale.columns, strict=True):
            cell = cells.get(column, "")
            if not cell:
                continue
            if cell not in {str(point) for point in range(1, SCALE_POINTS + 1)}:
                raise BadInput(
                    f"{where}, {column}: “{printable(cell)[:40]}” is not a number from 1 "
                    f"to {SCALE_POINTS}.",
                    "Mend that cell, or empty it.",
                )
            yield (scale.id, when), int(cell)


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from running it."""
    text = cell.strip()
    return text[1:].strip() if _KEPT_INERT.match(text) else text
