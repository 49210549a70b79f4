"""A receipt tells whether the log was cut or replaced: any tail, any byte, from paper or a file."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.consent.stories import change_story
from library.core.audience import Audience
from library.core.workspace import Workspace
from library.records import audit_log
from publish.build_job import build_library
from publish.build_receipt import read_receipt, receipts
from stewardship.verify.records import check_log_receipts, check_records
from stewardship.verify.report import Level, VerifyReport
from tests.support.command_line import CommandResult
from tests.support.quick_stories import released
from tests.support.workspaces import make_workspace

Cli = Callable[..., CommandResult]
_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


def _line_names(workspace: Workspace) -> list[str]:
    return [entry.action for entry in audit_log.entries(workspace.audit_log)]


@functools.cache
def _built() -> Workspace:
    """A library with a receipt in the middle of its log, and a second one near the end."""
    temporary = tempfile.TemporaryDirectory(prefix="receipts-")
    _KEPT.append(temporary)
    workspace = make_workspace(Path(temporary.name) / "library")
    released(workspace, "The first")
    build_library(workspace, Audience.TRUST)
    story_id = released(workspace, "The second")
    build_library(workspace, Audience.TRUST)
    change_story(workspace, story_id, {"summary": "Changed since."})
    return workspace


def _problems(workspace: Workspace, *heads: str) -> list[str]:
    return [problem.what for problem in _checked(workspace, *heads).problems]


def _findings_not_ok(workspace: Workspace) -> list[str]:
    """Also what is no harm: the end of the last line, which the database holds too."""
    return [
        finding.what for finding in _checked(workspace).findings if finding.level is not Level.OK
    ]


def _checked(workspace: Workspace, *heads: str) -> VerifyReport:
    report = VerifyReport()
    problems = check_records(workspace, report)
    check_log_receipts(workspace, problems, heads, report)
    return report


def _copy_records(workspace: Workspace, root: Path) -> Workspace:
    """The database, log and receipts alone, to be harmed."""
    damaged = Workspace(root)
    damaged.interviews.mkdir(parents=True)
    for path in (workspace.database, workspace.audit_log):
        shutil.copyfile(path, damaged.interviews / path.name)
    shutil.copytree(workspace.receipts, damaged.receipts)
    return damaged


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_tail_cut_off_after_a_receipt_is_told(data: st.DataObject) -> None:
    """Also when the database is cut back with the log, as one who can write both would do."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = _copy_records(_built(), Path(folder) / "library")
        lines = workspace.audit_log.read_bytes().splitlines(keepends=True)
        last = read_receipt(receipts(workspace)[-1])
        assert _problems(workspace, last.head[:12]) == []
        lines_kept = data.draw(st.integers(0, last.sequence - 1), label="lines kept")
        workspace.audit_log.write_bytes(b"".join(lines[:lines_kept]))
        if data.draw(st.booleans(), label="the database is made to fit"):
            from library.records.store import Store

            store = Store(workspace.database)
            entry = lines[lines_kept - 1].strip() if lines_kept else b"null"
            number = store.read().generation
            shutil.copyfile(workspace.database, f"{workspace.database}.g{number:06d}")
            store.restore(number, entry=lambda _number: entry)
        problems = _problems(workspace)
        assert any("lines were cut off its end" in problem for problem in problems), problems
        problems = _problems(workspace, last.head)
        assert any(
            f"No line of the log has the head {last.head[:12]}" in problem for problem in problems
        )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_byte_changed_in_log_or_receipt_is_told(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = _copy_records(_built(), Path(folder) / "library")
        victims = [workspace.audit_log, *receipts(workspace)]
        victim = data.draw(st.sampled_from(victims), label="file")
        changed_bytes = bytearray(victim.read_bytes())
        at = data.draw(st.integers(0, len(changed_bytes) - 1), label="byte")
        other = data.draw(
            st.integers(0, 255).filter(lambda content: content != changed_bytes[at]), label="value"
        )
        changed_bytes[at] = other
        victim.write_bytes(bytes(changed_bytes))
        assert _findings_not_ok(workspace), f"{victim.name}, byte {at}: {other}"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 7))
def test_a_log_made_anew_is_told_by_an_older_receipt(lines_kept: int) -> None:
    """Cut, then built upon again: its newest receipt fits, the ones before do not."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = _copy_records(_built(), Path(folder) / "library")
        lines = workspace.audit_log.read_bytes().splitlines(keepends=True)
        workspace.audit_log.write_bytes(b"".join(lines[:lines_kept]))
        while (head := audit_log.head_of(workspace.audit_log)).sequence < len(lines):
            entry = audit_log.next_entry(
                head, action="story-edit", subject="cs-222222", role="editor", generation=1
            )
            audit_log.append(workspace.audit_log, entry)
        assert any("or it was replaced" in problem for problem in _problems(workspace))


def test_a_head_from_paper_with_spaces_and_capitals(workspace: Workspace, run_cli: Cli) -> None:
    released(workspace)
    assert run_cli("site", "build").code == 0
    head = read_receipt(receipts(workspace)[0]).head
    typed = " ".join(head[at : at + 4] for at in range(0, 16, 4)).upper()
    result = run_cli("verify", "--head", typed)
    assert result.code == 0, result.out
    assert f"Head {head[:12]} is line {len(_line_names(workspace))} of the log" in result.out
    result = run_cli("verify", "--head", "0" * 12)
    assert result.code == 5
    assert "No line of the log has the head 000000000000" in result.out


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_a_receipt_kept_elsewhere(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, suffix: str
) -> None:
    """The file brought along is enough, though the library has none left."""
    released(workspace)
    assert run_cli("site", "build").code == 0
    released(workspace, "A later story")
    receipt_copy = tmp_path / f"from-the-safe{suffix}"
    shutil.copyfile(receipts(workspace)[0].with_suffix(suffix), receipt_copy)
    shutil.rmtree(workspace.receipts)
    result = run_cli("verify", "--receipt", receipt_copy)
    assert result.code == 0, result.out
    assert "were added since" in result.out
    names = _line_names(workspace)
    before = workspace.audit_log.read_bytes().splitlines(keepends=True)
    workspace.audit_log.write_bytes(b"".join(before[: names.index("site-build")]))
    report = json.loads(run_cli("verify", "--json", "--receipt", receipt_copy).out)
    assert any(
        "No line of the log has the head" in finding["what"] for finding in report["findings"]
    )


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_a_receipt_of_a_withdrawal_holds_the_log_too(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, suffix: str
) -> None:
    story_id = released(workspace)
    assert run_cli("withdraw", story_id, "--yes").code == 0
    (receipt,) = workspace.receipts.glob(f"withdrawal-*{suffix}")
    receipt_copy = tmp_path / receipt.name
    shutil.copyfile(receipt, receipt_copy)
    assert run_cli("verify", "--receipt", receipt_copy).code == 0
    lines = workspace.audit_log.read_bytes().splitlines(keepends=True)
    workspace.audit_log.write_bytes(b"".join(lines[:-1]) + b"")
    workspace.database.unlink()
    result = run_cli("verify", "--receipt", receipt_copy)
    assert result.code == 5
    assert "that the receipt withdrawal-" in result.out
    assert "No line of the log has the head" in result.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--head", "abc"), 2),
        (("--head", "not a hash at all"), 2),
        (("--receipt", "nowhere.html"), 3),
        (("--receipt", "mkdocs.yml"), 2),
    ],
)
def test_what_is_no_receipt_is_refused(run_cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    result = run_cli("verify", *arguments)
    assert result.code == code
    assert len(result.err.strip().splitlines()) >= 2
