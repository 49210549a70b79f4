"""A log that is gone, cut off or altered: nothing is newly shown until an editor has looked."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from library.consent.log_confirmation import confirm_log
from library.consent.register import add_person
from library.consent.stories import read_history, start_story
from library.core import struct_file
from library.core.audience import Audience
from library.core.errors import Damaged
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.ledger import Ledger
from library.records.log_doubt import require_log_holds
from library.records.restore_holds import read_restore_holds
from publish.build_job import build_library
from publish.edition import read_edition
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released, sign_off

RunCli = Callable[..., CommandResult]


def _lines(workspace: Workspace) -> list[bytes]:
    return workspace.audit_log.read_bytes().splitlines(keepends=True)


def _with(workspace: Workspace, lines: list[bytes]) -> None:
    workspace.audit_log.write_bytes(b"".join(lines))


def _altered(line: bytes) -> bytes:
    return line.replace(b'"role":"', b'"role":"not-')


DAMAGE: dict[str, Callable[[Workspace], object]] = {
    "gone": lambda workspace: workspace.audit_log.unlink(),
    "empty": lambda workspace: workspace.audit_log.write_bytes(b""),
    "cut off": lambda workspace: _with(workspace, _lines(workspace)[:3]),
    # What went said of no record: the database does not miss it, and the receipt does.
    "cut off behind the records": lambda workspace: _with(workspace, _lines(workspace)[:-1]),
    "a line is missing": lambda workspace: _with(
        workspace, _lines(workspace)[:2] + _lines(workspace)[3:]
    ),
    "a line is altered": lambda workspace: _with(
        workspace,
        [_altered(line) if at == 1 else line for at, line in enumerate(_lines(workspace))],
    ),
    "two lines change places": lambda workspace: _with(
        workspace, [*reversed(_lines(workspace)[:2]), *_lines(workspace)[2:]]
    ),
    "the last line is altered": lambda workspace: _with(
        workspace, [*_lines(workspace)[:-1], _altered(_lines(workspace)[-1])]
    ),
    "something else stands behind it": lambda workspace: _with(
        workspace, [*_lines(workspace), b"\xffsomething else\n", b"and more"]
    ),
    "another file": lambda workspace: workspace.audit_log.write_bytes(b"\x00\x01" * 5_000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_however_it_is_damaged_it_holds_again_once_it_is_confirmed(
    workspace: Workspace, damage: str
) -> None:
    for title in ("One", "Two", "Three", "Four"):
        story_id = start_story(workspace, title=title, questions="being-heard").id
    with Ledger(workspace).update("take-down", story_id, "editor"):
        pass  # no record changes
    last = audit_log.head_of(workspace.audit_log)
    workspace.receipts.mkdir(exist_ok=True)
    struct_file.save(
        workspace.receipts / "build-2026-11-29T120000Z.json",
        {"sequence": last.sequence, "head": last.sha256},
    )
    require_log_holds(workspace)
    DAMAGE[damage](workspace)
    damaged = workspace.audit_log.read_bytes() if workspace.audit_log.exists() else b""
    with pytest.raises(Damaged, match="nothing new is shown or handed out"):
        require_log_holds(workspace)
    assert len(confirm_log(workspace, "editor") or ()) == 4
    require_log_holds(workspace)
    assert workspace.audit_log.read_bytes().startswith(damaged), "what was there stays"
    assert confirm_log(workspace, "editor") is None
    start_story(workspace, title="Five", questions="being-heard")
    Ledger(workspace).verify()
    require_log_holds(workspace)
    # What was confirmed is those very bytes.
    if damaged:
        workspace.audit_log.write_bytes(b"x" + workspace.audit_log.read_bytes()[1:])
        with pytest.raises(Damaged):
            require_log_holds(workspace)


@pytest.mark.parametrize("damage", ["gone", "cut off behind the records"])
def test_an_editor_confirms_what_cannot_be_put_back_and_every_story_is_held(
    workspace: Workspace, run_cli: RunCli, damage: str
) -> None:
    shown = released(workspace)
    build_library(workspace, Audience.TRUST)
    DAMAGE[damage](workspace)

    refused = run_cli("site", "build")
    assert refused.code == Damaged.exit_code, refused.err
    assert "Until that is clear, nothing new is shown or handed out." in refused.err
    assert "Next: " in refused.err
    assert "carer-stories upkeep --confirm-log" in refused.err
    assert run_cli("verify").code == Damaged.exit_code
    upkeep = run_cli("upkeep")
    assert upkeep.code == Damaged.exit_code
    assert upkeep.out.startswith("Problem  ")
    assert [story.page.id for story in read_edition(workspace).stories] == [shown], "it was out"

    confirmed = run_cli("upkeep", "--confirm-log", "--role", "editor")
    assert confirmed.code == 0, confirmed.out + confirmed.err
    assert "Next: carer-stories held release" in confirmed.out
    assert not read_edition(workspace).stories
    verified = run_cli("verify")
    assert verified.code == 0, verified.out
    assert "confirmed" in verified.out
    assert run_cli("held", "release", "--nothing-taken-back", "--yes").code == 0
    assert run_cli("site", "build").code == 0
    assert [story.page.id for story in read_edition(workspace).stories] == [shown]
    assert run_cli("verify").code == 0
    assert "nothing to confirm" in run_cli("upkeep", "--confirm-log").out


def test_nothing_is_newly_shown_and_what_is_taken_back_goes(
    workspace: Workspace, run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("elsewhere")
    shown, other, waiting = released(workspace), released(workspace, "B"), filmed(workspace)
    build_library(workspace, Audience.TRUST)
    DAMAGE["a line is altered"](workspace)
    for command in (
        ("site", "build"),
        ("site", "build", "--offline", out / "stick", "--for", "Ward 3"),
        ("site", "preview", waiting),
        ("site", "preview", waiting, "--to", out),
        ("export", "--csv", out, "--for", "Archive"),
        ("export", "--all", out, "--for", "Archive"),
        ("export", shown, "--bagit", out, "--for", "Archive"),
        ("export", shown, "--ohms", out, "--for", "Archive"),
        ("approve", other, "--description", "not-needed", "--yes"),
        ("site", "check"),
        ("retention", "--apply", "--yes"),
    ):
        refused = run_cli(*map(str, command))
        assert refused.code == Damaged.exit_code, (command, refused.out, refused.err)
        assert "line 2: " in refused.err, command
    assert not list(out.iterdir())
    assert len(read_history(workspace, other).approvals) == 1

    withdrawn = run_cli("withdraw", shown, "--asked-by", "contributor", "--yes")
    assert withdrawn.code == 0, withdrawn.out + withdrawn.err
    assert [story.page.id for story in read_edition(workspace).stories] == [other]
    workspace.audit_log.unlink()
    withdrawn = run_cli("withdraw", other, "--asked-by", "contributor", "--yes")
    assert "Traceback" not in withdrawn.err
    assert not workspace.page_of(other).exists()
    assert run_cli("status", other).out.count("withdrawn")


def test_status_and_doctor_say_it_first_and_point_at_nothing_that_would_refuse(
    workspace: Workspace, run_cli: RunCli
) -> None:
    released(workspace)
    DAMAGE["gone"](workspace)
    status = run_cli("status")
    assert status.out.startswith("There is no log: ")
    assert "site build" not in status.out
    assert "carer-stories verify" in status.out
    as_json = run_cli("status", "--json")
    assert "There is no log" in as_json.err
    assert json.loads(as_json.out)[0]["next"].endswith("carer-stories verify")
    _, _, first_problem = run_cli("doctor").out.partition("Problem  ")
    assert first_problem.startswith("There is no log: ")


def test_records_and_log_that_are_both_broken_lock_nobody_out(
    workspace: Workspace, run_cli: RunCli
) -> None:
    story_id = released(workspace)
    DAMAGE["the last line is altered"](workspace)
    data = workspace.database.read_bytes()
    workspace.database.unlink()
    workspace.database.write_bytes(data[:-20])
    assert run_cli("site", "build").code == Damaged.exit_code
    confirmed = run_cli("upkeep", "--confirm-log")
    assert "Next: carer-stories restore\n" in confirmed.out, confirmed.out + confirmed.err
    generation = max(Ledger(workspace).generations())
    assert run_cli("restore", "--generation", str(generation), "--yes").code == 0
    assert json.loads(run_cli("status", "--json").out)[0]["state"] == "held"
    assert run_cli("verify").code == 0
    assert run_cli("held", "release", "--nothing-taken-back", "--yes").code == 0
    assert run_cli("status", story_id).code == 0


def test_an_older_database_is_none_that_a_log_is_confirmed_for(
    workspace: Workspace, run_cli: RunCli
) -> None:
    start_story(workspace, title="One", questions="being-heard")
    older = workspace.database.read_bytes()
    for title in ("Two", "Three"):
        start_story(workspace, title=title, questions="being-heard")
    for path in workspace.interviews.glob("library.json*"):
        path.unlink()
    workspace.database.write_bytes(older)
    DAMAGE["a line is altered"](workspace)
    refused = run_cli("upkeep", "--confirm-log")
    assert refused.code == Damaged.exit_code
    assert "older" in refused.err


def test_a_confirmation_that_somebody_copied_in_confirms_nothing(workspace: Workspace) -> None:
    start_story(workspace, title="One", questions="being-heard")
    start_story(workspace, title="Two", questions="being-heard")
    line = Ledger(workspace).confirm_log("editor").line
    lines = _lines(workspace)
    _with(workspace, [_altered(lines[0]), *lines[1:], line + b"\n"])
    with pytest.raises(Damaged, match="line 1"):
        Ledger(workspace).verify()


@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_narrowing_that_cannot_be_recorded_holds_the_story_at_once(
    workspace: Workspace, run_cli: RunCli, damage: str
) -> None:
    objected, narrowed, kept, wider = (released(workspace, title) for title in "ABCD")
    person = add_person(workspace, objected, relation="brother", about="his illness", role="editor")
    DAMAGE[damage](workspace)

    said = run_cli("people", "decide", objected, person.person, "--as", "objected")
    assert said.code == Damaged.exit_code
    assert f"{objected} is held from now on, and shown to nobody" in said.err, said.err
    assert "Next: " in said.err
    with pytest.raises(Damaged, match=f"{narrowed} is held from now on"):
        sign_off(workspace, narrowed, "training")
    with pytest.raises(Damaged) as refused:
        sign_off(workspace, wider, "public")
    assert "held" not in refused.value.what
    placed = run_cli("safeguarding", "hold", kept, "--reason", "the coroner asked")
    assert placed.code == Damaged.exit_code
    assert "stands all the same" in placed.err

    holds = {hold.story: hold for hold in read_restore_holds(workspace)}
    assert set(holds) == {objected, narrowed}
    assert "could not be recorded" in holds[objected].reason
    assert "must be kept" in run_cli("withdraw", kept, "--erase", "--yes").out
    assert workspace.story(kept).root.is_dir()

    assert run_cli("upkeep", "--confirm-log").code == 0
    held = json.loads(run_cli("held", "list", "--json").out)["held"]
    lost = {hold["story"]: [line.partition(" ")[2] for line in hold["lost"]] for hold in held}
    assert (lost[objected], lost[narrowed], lost[wider]) == (["objected"], ["signoff"], [])
    decided = run_cli("people", "decide", objected, person.person, "--as", "objected")
    assert decided.code == 0, decided.err
    sign_off(workspace, narrowed, "training")
    assert run_cli("held", "release", "--nothing-taken-back", "--yes").code == 0
    states = {each["id"]: each for each in json.loads(run_cli("status", "--json").out)}
    assert any("objected" in reason for reason in states[objected]["reasons"])
    assert states[narrowed]["audiences"] == ["training"]
    assert states[wider]["state"] == "released"


def test_an_objection_holds_the_story_where_the_records_are_damaged(
    workspace: Workspace, run_cli: RunCli
) -> None:
    story_id = released(workspace)
    person = add_person(workspace, story_id, relation="brother", about="his illness", role="editor")
    data = workspace.database.read_bytes()
    workspace.database.unlink()
    workspace.database.write_bytes(data[:-20])
    said = run_cli("people", "decide", story_id, person.person, "--as", "objected")
    assert said.code == Damaged.exit_code
    assert said.err.count(f"{story_id} is held from now on") == 1, said.err
    assert [hold.story for hold in read_restore_holds(workspace)] == [story_id]
    assert run_cli("people", "decide", "cs-zzzzzz", "pe-aaaaaa", "--as", "objected").code
    assert len(read_restore_holds(workspace)) == 1
