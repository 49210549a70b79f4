"""Safeguarding records stay private, and a legal hold keeps everything until it is lifted."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest

from capture.sessions.finalise import delete_session
from capture.sessions.refusals import NotNow
from library.consent.contributors import record_contributor
from library.consent.private_records import private_store
from library.consent.safeguarding import place_hold
from library.consent.stories import start_story
from library.core import clock
from library.core.clock import now
from library.core.errors import Damaged, NotAllowed
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.safeguarding import AccessExemption, HoldLifted
from library.records.story import new_id
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.live_station import agreed_session
from tests.support.quick_stories import filmed, released

Cli = Callable[..., CommandResult]
TOLD = "Her brother hits her when he drinks"
TO = "the safeguarding team at Larchfield"


def record(run_cli: Cli, story_id: str, *options: str) -> CommandResult:
    return run_cli(
        *("safeguarding", "record", story_id, "--disclosed", TOLD, "--to", TO),
        *("--at-risk", "her great-aunt", *options),
    )


def hold(run_cli: Cli, story_id: str) -> str:
    result = run_cli("safeguarding", "hold", story_id, "--reason", "a police inquiry is open")
    assert result.code == 0, result.err
    return result.out.split(":")[0]


def signing(run_cli: Cli) -> str:
    result = run_cli("staff", "add", "--name", "Ruth Example", "--role", "editor")
    assert result.code == 0, result.err
    return result.out.split(":")[0]


def everything_but_private(workspace: Workspace) -> bytes:
    return b"".join(
        path.read_bytes()
        for path in sorted(workspace.root.rglob("*"))
        if path.is_file() and path.parent != workspace.contributors.parent
    )


def test_what_was_disclosed_is_listed_and_lies_in_private_alone(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    assert run_cli("site", "build").code == 0
    lines = workspace.audit_log.read_bytes().count(b"\n")
    made = record(run_cli, story_id)
    assert made.code == 0, made.err
    assert workspace.audit_log.read_bytes().count(b"\n") == lines, "the log knows of it"
    listed = run_cli("safeguarding", "list", story_id).out
    for words in (TOLD, "her great-aunt", TO):
        assert words in listed
    (entry,) = json.loads(run_cli("safeguarding", "list", "--json").out)["records"]
    assert (entry["story"], entry["disclosed"], entry["role"]) == (story_id, TOLD, "editor")
    assert workspace.contributors.stat().st_mode & 0o777 == 0o600
    hold(run_cli, story_id)
    member = signing(run_cli)
    withhold = ("--subject-access", "--withhold", "a police inquiry is open")
    assert run_cli("--by", member, "export", story_id, *withhold).code == 0
    assert run_cli("site", "build").code == 0
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 4
    assert run_cli("status", story_id).code == 0
    elsewhere = everything_but_private(workspace)
    record_id = made.out.split()[2].rstrip(",").encode()
    for word in (b"hits her", b"her great-aunt", TO.encode(), b"police inquiry", record_id):
        assert word not in elsewhere, word
    assert run_cli("verify").code == 0


def test_whoever_asks_what_is_held_about_them_is_told_what_was_disclosed(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    assert record(run_cli, story_id).code == 0
    hold(run_cli, story_id)
    result = run_cli("export", story_id, "--subject-access")
    assert "What had to be passed on, or must be kept, is in it." in result.out
    assert f"carer-stories --by ID export {story_id} --subject-access --withhold REASON" in (
        result.out
    )
    page, data = exported(workspace)
    for words in (TOLD, "her great-aunt", TO, "a police inquiry is open"):
        assert words in page, words
        assert words in data, words
    alone = run_cli("export", story_id, "--subject-access", "--without-others")
    assert alone.code == 0
    page, data = exported(workspace)
    assert TOLD in page
    assert "her great-aunt" not in page + data, "it is somebody else"


def test_what_is_withheld_is_decided_by_name_and_the_page_says_so(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    export = ("export", story_id, "--subject-access", "--withhold", "It would warn him.")
    member = signing(run_cli)
    assert run_cli("--by", member, *export).code == 2, "there is nothing to withhold"
    assert record(run_cli, story_id).code == 0
    hold(run_cli, story_id)
    unsigned = run_cli(*export)
    assert unsigned.code == 4
    assert "Nobody is named who decides" in unsigned.err
    assert not workspace.exports.is_dir() or not list(workspace.exports.iterdir())
    result = run_cli("--by", member, *export)
    assert result.code == 0, result.err
    assert "left out, and the page says so" in result.out
    page, data = exported(workspace)
    assert "is not in these pages. The editor decided" in page
    for words in (TOLD, "her great-aunt", TO, "police inquiry", "warn him", '"hold"'):
        assert words not in page + data, words
    (exemption,) = private_store(workspace).read().all(AccessExemption)
    assert (exemption.story, exemption.reason, exemption.by) == (
        story_id,
        "It would warn him.",
        member,
    )
    assert len(exemption.withheld) == 2
    log = workspace.audit_log.read_text(encoding="utf-8")
    assert "warn him" not in log
    assert "It would warn him." in run_cli("safeguarding", "list", story_id).out
    assert run_cli("verify").code == 0


def exported(workspace: Workspace) -> tuple[str, str]:
    """The page, without its tags, and the records of the export that was made last."""
    folder = max(workspace.exports.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    html = (folder / "index.html").read_text(encoding="utf-8")
    records = (folder / "everything.json").read_text(encoding="utf-8")
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split()), records


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--on", "2999-01-01"), "still to come"),
        (("--on", "2026-03-02", "--referred-on", "2026-03-01"), "before it was disclosed"),
        (("--to", "x" * 300), "longer than"),
        (("--disclosed", "  "), "What was disclosed is missing"),
    ],
)
def test_what_cannot_be_is_refused(
    run_cli: Cli, workspace: Workspace, options: tuple[str, ...], message: str
) -> None:
    result = record(run_cli, filmed(workspace), *options)
    assert result.code == 2
    assert message in result.err
    assert "Nothing is recorded" in run_cli("safeguarding", "list").out


def test_no_story_no_record(run_cli: Cli) -> None:
    for line in (("record",), ("list",), ("hold",), ("lift", "--yes")):
        assert run_cli("safeguarding", line[0], "cs-zzzzzz", *line[1:]).code == 3


def test_under_a_hold_a_story_is_taken_back_and_nothing_of_it_is_erased(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = released(workspace)
    record_contributor(workspace, story_id, name="Ruth Example", role="editor")
    assert run_cli("site", "build").code == 0
    first = hold(run_cli, story_id)
    film = workspace.story(story_id).film.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"y\n")))
    result = run_cli("withdraw", story_id, "--erase")
    assert result.code == 4
    assert "must be kept for now: a legal hold" in result.out
    assert f"carer-stories safeguarding lift {story_id}" in result.out
    assert "police" not in result.out + result.err
    assert not workspace.page_of(story_id).exists()
    assert workspace.story(story_id).film.read_bytes() == film
    forget = run_cli("contributor", "forget", story_id, "--yes")
    assert forget.code == 4
    assert "legal hold" in forget.err
    assert "Ruth Example" in run_cli("contributor", "show", story_id).out
    (receipt,) = workspace.receipts.glob("withdrawal-*.html")
    assert "It must be kept for now, so nothing of it was erased" in receipt.read_text()

    second = hold(run_cli, story_id)
    unasked = run_cli("safeguarding", "lift", story_id)
    assert unasked.code == 2, "nothing is asked before it is clear which hold is meant"
    assert "?" not in unasked.out
    assert "2 legal holds" in unasked.err
    which = run_cli("safeguarding", "lift", story_id, "--reason", "over", "--yes")
    assert which.code == 2
    assert "2 legal holds" in which.err
    lift = ("safeguarding", "lift", story_id, "--reason", "over", "--yes", "--hold")
    assert f"{second} still stands" in run_cli(*lift, first).out
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 4
    assert "--erase" in run_cli(*lift, second).out
    assert run_cli(*lift, second).code == 3
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert not workspace.story(story_id).root.exists()
    lines = [entry for entry in audit_log.entries(workspace.audit_log) if "hold" in entry.action]
    assert [line.action for line in lines] == ["hold", "hold", "hold-lift", "hold-lift"]


def test_a_session_of_a_held_story_is_not_deleted(workspace: Workspace) -> None:
    with closing(agreed_session(workspace)) as session:
        story_id = session.state.story
        place_hold(workspace, story_id, reason="an inquest is open", role="editor")
        with pytest.raises(NotNow, match="legal hold"):
            delete_session(session)
        assert session.folder.journal.is_file()
        assert not list(workspace.receipts.glob("deleted-*"))


def test_a_backup_keeps_what_was_erased_before_the_hold(
    run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    story_id = sample_media.agreed_story(workspace)
    other = filmed(workspace, "Another")
    assert run_cli("backup", tmp_path / "vault").code == 0
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    held = run_cli("safeguarding", "hold", story_id, "--reason", "an inquest is open")
    assert "erased here before" in held.out
    for line in (("--forget", story_id, "--yes"), ("--prune", "--keep", "1", "--yes")):
        refused = run_cli("backup", tmp_path / "vault", *line)
        assert refused.code == 4, refused.out
        assert "legal hold" in refused.err
    # Forgetting another takes along whatever else is erased.
    assert run_cli("withdraw", other, "--erase", "--yes").code == 0
    assert run_cli("backup", tmp_path / "vault", "--forget", other, "--yes").code == 4


def test_where_holds_cannot_be_read_nothing_is_erased_and_the_story_is_out(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    hold(run_cli, story_id)
    workspace.contributors.write_bytes(b"{")
    result = run_cli("withdraw", story_id, "--erase", "--yes")
    assert result.code == Damaged.exit_code
    assert "is withdrawn as of" in result.out
    assert workspace.story(story_id).film.is_file()


def test_a_hold_counts_from_the_moment_it_is_recorded(workspace: Workspace) -> None:
    from library.consent.safeguarding import require_no_hold

    held, other = (
        start_story(workspace, title=title, questions="being-heard").id for title in "ab"
    )
    place_hold(workspace, held, reason="asked by the coroner", role="manager")
    require_no_hold(workspace, (other,))
    with pytest.raises(NotAllowed):
        require_no_hold(workspace, (other, held))


@pytest.mark.parametrize("how", ["the whole database", "a database of before", "lifted by hand"])
def test_a_hold_whose_record_is_gone_stands_by_the_log(
    run_cli: Cli, workspace: Workspace, how: str
) -> None:
    story_id = released(workspace)
    record_contributor(workspace, story_id, name="Ruth Example", contact="", role="editor")
    before = workspace.contributors.read_bytes()
    first = hold(run_cli, story_id)
    if how == "the whole database":
        shutil.rmtree(workspace.contributors.parent)
    elif how == "a database of before":
        workspace.contributors.write_bytes(before)
    else:
        with private_store(workspace).update() as private:
            private.add(lifted(first, story_id))

    sentence = f"The legal hold on {story_id}"
    for command in ("status", "verify", "upkeep", "doctor"):
        assert sentence in " ".join(run_cli(command).out.split()), command
    refused = run_cli("withdraw", story_id, "--erase", "--yes")
    assert (refused.code, workspace.story(story_id).film.is_file()) == (4, True)
    second = hold(run_cli, story_id)
    assert run_cli("safeguarding", "lift", story_id, "--reason", "over", "--yes").code == 2
    for hold_id in (second, *json_ids(run_cli, story_id)):
        lift = ("safeguarding", "lift", story_id, "--reason", "over", "--yes", "--hold", hold_id)
        assert run_cli(*lift).code in (0, 3)
    assert sentence not in " ".join(run_cli("verify").out.split())
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0


def lifted(hold_id: str, story_id: str) -> HoldLifted:
    return HoldLifted(
        id=new_id("hl"),
        story=story_id,
        recorded=now(),
        on=clock.today(),
        role="editor",
        hold=hold_id,
        reason="by hand",
    )


def json_ids(run_cli: Cli, story_id: str) -> list[str]:
    listed = json.loads(run_cli("safeguarding", "list", story_id, "--json").out)
    return [each["id"] for each in listed["holds"]]
