"""People who sign by name: names in private, opaque ids in the log."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

from library.core.workspace import Workspace
from library.records import audit_log
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released

Cli = Callable[..., CommandResult]
NAME = "Ruth Example"


def add(run_cli: Cli, name: str = NAME) -> str:
    result = run_cli("staff", "add", "--name", name, "--role", "editor")
    assert result.code == 0, result.err
    return result.out.split(":")[0]


def test_who_signs_is_named_in_private_and_by_id_in_the_log(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace)
    member = add(run_cli)
    assert add(run_cli, "ruth example") == member, "entered twice"
    complete = ("people", "complete", story_id, "--yes")
    assert run_cli("--by", member, *complete).code == 0
    monkeypatch.setenv("CARER_STORIES_BY", member)
    assert run_cli("story", "edit", story_id, "--title", "Other").code == 0
    monkeypatch.delenv("CARER_STORIES_BY")
    assert run_cli("story", "edit", story_id, "--title", "Another").code == 0
    signed = json.loads(run_cli("staff", "signed", member, "--json").out)
    assert [entry["action"] for entry in signed["signed"]] == ["register", "story-edit"]
    assert signed["staff"]["name"] == NAME
    assert NAME in run_cli("staff", "list").out
    assert NAME.encode() not in workspace.audit_log.read_bytes() + workspace.database.read_bytes()
    assert run_cli("verify").code == 0


def test_nobody_signs_with_an_id_that_is_nobodys_or_was_retired(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    member = add(run_cli)
    lines = len(list(audit_log.entries(workspace.audit_log)))
    for by, code in (("me-zzzzzz", 3), ("Ruth", 3), ("", 0)):
        assert run_cli("--by", by, "status").code == code
    assert run_cli("staff", "retire", member, "--yes").code == 0
    refused = run_cli("--by", member, "story", "edit", story_id, "--title", "Other")
    assert refused.code == 4
    assert "may not sign since" in refused.err
    assert run_cli("--by", member, "staff", "list").code == 0
    assert len(list(audit_log.entries(workspace.audit_log))) == lines + 1
    assert run_cli("staff", "retire", member, "--yes").code == 2
    assert run_cli("staff", "signed", "me-zzzzzz").code == 3


def test_a_withdrawal_is_signed_although_the_private_records_are_broken(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    member = add(run_cli)
    workspace.contributors.write_bytes(b"{")
    assert run_cli("--by", member, "withdraw", story_id, "--yes").code == 0
    (line,) = [
        entry for entry in audit_log.entries(workspace.audit_log) if entry.action == "withdraw"
    ]
    assert line.by == member


def test_a_line_that_nobody_signed_has_the_bytes_it_always_had() -> None:
    """Lines of 0.1.0 have no such field, and are hashed and compared byte for byte."""
    facts = {"action": "approve", "subject": "cs-aaaaaa", "role": "editor", "generation": 1}
    unsigned = audit_log.next_entry(audit_log.LogHead(), **facts)  # type: ignore[arg-type]
    assert list(json.loads(unsigned.line)) == [
        *("sequence", "at", "action", "subject", "role", "was", "became", "hashes"),
        *("generation", "previous", "sha256"),
    ]
    signed = audit_log.next_entry(
        audit_log.LogHead(),
        **facts,  # type: ignore[arg-type]
        by="me-7hj3kd",
    )
    assert audit_log.decode(signed.line) == signed
    forged = msgspec.structs.replace(signed, by="me-zzzzzz")
    with pytest.raises(ValueError, match="changed after it was written"):
        audit_log.decode(forged.line)


def test_nobody_is_asked_about_an_id_that_is_nobodys(run_cli: Cli) -> None:
    refused = run_cli("staff", "retire", "me-zzzzzz")
    assert refused.code == 3
    assert "sign no more?" not in refused.out
