"""Evaluation forms collected as CSV, read strictly: a line a form, answers from 1 to 5."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.core.errors import BadInput, DiskFailed, NotFound
from library.core.sanitise import printable
from publish.training.plan import SCALE_POINTS, Evaluation, PlanDetails

MAX_FILE_BYTES = 5_000_000
WHEN = ("before", "after")
_KEPT_INERT = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""As `evaluation.js` writes it: with one apostrophe more than was typed."""
_ALWAYS = ("plan", "version", "date")
_EXPECTED = "Collect forms on the evaluation page of the session and save them there as CSV."


@dataclass(frozen=True)
class FeedbackForm:
    """The answers of one person. What was not answered is not in it."""

    plan: str
    date: str
    scores: Mapping[tuple[str, str], int]
    """By the scale’s id and `before` or `after`."""
    comments: Mapping[str, str] = field(repr=False)


def read_forms(paths: Sequence[Path], plans: Mapping[str, PlanDetails]) -> list[FeedbackForm]:
    """Return all forms in the files.

    Raises NotFound, DiskFailed, or BadInput naming file, line, column and what was expected.
    """
    forms: list[FeedbackForm] = []
    names: dict[str, str] = {}
    for path in paths:
        data = _bytes_of(path)
        digest = hashlib.sha256(data).hexdigest()
        # By content: a browser saves the second download as `name (1).csv`.
        if digest in names:
            raise BadInput(
                f"{printable(path.name)} is the same file as {names[digest]}: "
                "its forms would count twice.",
                "Name each file once.",
            )
        names[digest] = printable(path.name)
        forms += _forms_in(printable(path.name), _text(path, data), plans)
    if not forms:
        raise BadInput("There is no form in these files.", _EXPECTED)
    return forms


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
                yield _form(f"{name}, line {rows.line_num}", heads, row, plans)
    except csv.Error as error:
        raise BadInput(f"{name}, line {rows.line_num}: {error}.", _EXPECTED) from None


def _require_heads(name: str, heads: Sequence[str]) -> None:
    if "plan" not in heads:
        raise BadInput(f"{name}, line 1: there is no column “plan”.", _EXPECTED)
    for head in heads:
        if heads.count(head) > 1:
            raise BadInput(f"{name}, line 1: the column “{printable(head)}” is there twice.")


def _form(
    where: str, heads: Sequence[str], row: Sequence[str], plans: Mapping[str, PlanDetails]
) -> FeedbackForm:
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
    expected = form_columns(plan.evaluation)
    for head, cell in cells.items():
        if cell and head not in expected:
            raise BadInput(
                f"{where}: the form of {plan.id} has no question “{printable(head)}”; it has: "
                f"{', '.join(expected[len(_ALWAYS) :])}.",
                "Is this the file of another session, or of an earlier version of its form?",
            )
    comments = {
        comment.id: cells[comment.id]
        for comment in plan.evaluation.comments
        if cells.get(comment.id)
    }
    return FeedbackForm(plan.id, cells.get("date", ""), dict(_scores(where, cells, plan)), comments)


def _scores(
    where: str, cells: Mapping[str, str], plan: PlanDetails
) -> Iterator[tuple[tuple[str, str], int]]:
    for scale in plan.evaluation.scales:
        for when in WHEN:
            cell = cells.get(f"{scale.id}_{when}", "")
            if not cell:
                continue
            if cell not in {str(point) for point in range(1, SCALE_POINTS + 1)}:
                raise BadInput(
                    f"{where}, {scale.id}_{when}: “{printable(cell)[:40]}” is not a number from 1 "
                    f"to {SCALE_POINTS}.",
                    "Mend that cell, or empty it.",
                )
            yield (scale.id, when), int(cell)


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from running it."""
    text = cell.strip()
    return text[1:].strip() if _KEPT_INERT.match(text) else text
