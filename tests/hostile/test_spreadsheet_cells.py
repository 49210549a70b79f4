"""Words that begin like a formula are inert in a spreadsheet, and read back as they were typed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.workspace import Workspace
from publish.training.feedback import form_columns, read_forms
from tests.hostile.parsers import _plan
from tests.support.command_line import CommandResult
from tests.support.quick_stories import released

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""OWASP, CSV injection."""


def test_no_cell_of_a_table_of_stories_begins_a_formula(
    workspace: Workspace, run_cli: Callable[..., CommandResult], tmp_path: Path
) -> None:
    titles = [f"{beginning}HYPERLINK(1)" for beginning in BEGINNINGS]
    for title in titles:
        released(workspace, title, archive="as-shown")
    (tmp_path / "out").mkdir()
    result = run_cli("export", "--csv", tmp_path / "out", "--for", "An archive", "--yes")
    assert result.code == 0, result.err
    (path,) = (tmp_path / "out").rglob("*.csv")
    cells = [
        cell
        for row in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(BEGINNINGS)]
    assert {f"’{title}" for title in titles} <= set(cells)


@pytest.mark.parametrize("begins", BEGINNINGS, ids=repr)
def test_a_comment_the_page_kept_inert_reads_back_as_it_was(tmp_path: Path, begins: str) -> None:
    """`evaluation.js` puts an apostrophe before it."""
    plan = _plan()
    comment = plan.evaluation.comments[0].id
    collected = tmp_path / "collected.csv"
    with collected.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(form_columns(plan.evaluation))
        row = {"plan": plan.id, comment: f"'{begins}1 more"}
        writer.writerow([row.get(name, "") for name in form_columns(plan.evaluation)])
    (form,) = read_forms([collected], {plan.id: plan})
    assert form.comments[comment] == f"{begins}1 more".strip()
