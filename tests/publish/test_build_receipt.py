"""The receipt of a build: what was shown, and where the log stood."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from library.core.errors import Damaged
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records import audit_log
from publish import build_job as printing
from publish.build_receipt import hash_of_files, read_receipt, receipts
from tests.support.command_line import CommandResult
from tests.support.quick_stories import released

Cli = Callable[..., CommandResult]


def test_a_build_is_logged_and_leaves_a_receipt_of_it(workspace: Workspace, run_cli: Cli) -> None:
    story_id = released(workspace, "A title that is nobody’s business")
    result = run_cli("site", "build", "--audience", "trust", "--json")
    assert result.code == 0, result.err
    receipt_line = json.loads(result.out)["receipt"]
    *_, line = audit_log.entries(workspace.audit_log)
    assert (line.action, line.became, line.role) == ("site-build", "trust", "editor")
    assert (receipt_line["sequence"], receipt_line["head"]) == (line.sequence, line.sha256)
    (path,) = receipts(workspace)
    record = read_receipt(path)
    assert (record.sequence, record.head) == (line.sequence, line.sha256)
    assert [story.story for story in record.stories] == [story_id]
    on_disk = {
        path.relative_to(workspace.public).as_posix(): sha256_of(path)
        for path in workspace.public.rglob("*")
        if path.is_file()
    }
    assert record.files == len(on_disk)
    assert line.hashes["site"] == record.site == hash_of_files(on_disk)
    assert json.loads((workspace.receipts / "site.json").read_text()) == on_disk


def test_the_page_is_plain_to_print_and_asks_no_other_place(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = released(workspace, "A title that is nobody’s business")
    result = run_cli("--verbose", "site", "build", "--audience", "trust")
    page = next(workspace.receipts.glob("build-*.html"))
    html = page.read_text(encoding="utf-8")
    assert str(page) in result.out
    head = read_receipt(page.with_suffix(".json")).head
    assert head[:12] in result.out
    assert f"carer-stories verify --head {head[:12]}" in html
    assert story_id in html
    assert "nobody’s business" not in html, "a story that is erased must not live on in a receipt"
    assert not re.search(r"(src|href)=|url\(|https?:", html)
    assert '<html lang="en">' in html
    assert html.count("<h1>") == 1


def test_two_builds_in_one_second_are_two_receipts(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import publish.build_receipt

    monkeypatch.setattr(publish.build_receipt, "now", lambda: "2026-11-23T10:15:00Z")
    for _ in range(2):
        assert run_cli("site", "build").code == 0
    names = [path.name for path in receipts(workspace)]
    assert names == ["build-2026-11-23T101500Z-2.json", "build-2026-11-23T101500Z.json"]


def test_a_receipt_that_cannot_be_written_never_breaks_the_build(
    workspace: Workspace, run_cli: Cli
) -> None:
    workspace.receipts.write_text("a file where the folder should be")
    result = run_cli("site", "build")
    assert result.code == 0, result.err
    assert "There is no receipt of this build." in result.out
    assert (workspace.public / "index.html").is_file()


def test_a_damaged_log_stops_the_next_build_and_leaves_the_site_that_stands(
    workspace: Workspace, run_cli: Cli
) -> None:
    released(workspace)
    assert run_cli("site", "build", "--audience", "trust").code == 0
    before = {path: path.read_bytes() for path in workspace.public.rglob("*.html")}
    workspace.audit_log.write_bytes(b"gone\n")
    result = run_cli("site", "build", "--audience", "trust", "--json")
    assert result.code == Damaged.exit_code
    assert "audit.jsonl" in result.err
    assert {path: path.read_bytes() for path in workspace.public.rglob("*.html")} == before


def test_a_log_that_breaks_during_a_build_never_breaks_the_build(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(workspace)
    built = printing.build_site

    def break_log(*arguments: Any, **options: Any) -> Any:
        workspace.audit_log.write_bytes(b"gone\n")
        return built(*arguments, **options)

    monkeypatch.setattr(printing, "build_site", break_log)
    result = run_cli("site", "build", "--audience", "trust", "--json")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert report["receipt"] is None
    assert "audit.jsonl" in report["receipt_trouble"]
    assert len(report["stories"]) == 1


def test_the_press_says_who_built(workspace: Workspace) -> None:
    from library.core.audience import Audience

    printed = printing.build_library(workspace, Audience.TRUST, role="contributor")
    assert printed.receipt
    *_, line = audit_log.entries(workspace.audit_log)
    assert line.role == "contributor"
