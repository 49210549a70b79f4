"""Taking a story back: at once, out of edition and site, and proved."""

from __future__ import annotations

import io
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from library.consent.copies import record_copy
from library.consent.register import add_person
from library.consent.safeguarding import place_hold
from library.consent.stories import read_history
from library.consent.withdrawals import write_note
from library.core import clock
from library.core.audience import Audience
from library.core.days import day_in_words
from library.core.errors import CarerStoriesError, DiskFailed, ToolFailed
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from publish import build
from publish.build_job import build_library
from stewardship.withdrawal.workflow import withdraw
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, sign_off
from tests.support.sample_media import agreed_story
from tests.support.withdrawn_story import TITLE, paths_naming, receipts

Cli = Callable[..., CommandResult]


def test_it_leaves_edition_and_site_and_the_others_stay(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 0, result.out + result.err
    assert not paths_naming(workspace, published, TITLE)
    assert paths_naming(workspace, "Still shown")
    assert "nothing of it is there" in result.out
    assert "What cannot be called back" in result.out
    assert run_cli("site", "check").code == 0
    assert run_cli("verify").code == 0


def test_it_asks_kindly_and_does_nothing_unless_told_so(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    def answer(words: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words)))

    answer(b"n\n")
    result = run_cli("withdraw", published)
    assert result.code == 130
    assert TITLE in result.out
    assert "from everybody?" in result.out
    assert not workspace.withdrawn.exists()
    answer(b"y\n")
    result = run_cli("withdraw", published)
    assert result.code == 0, result.out
    assert not paths_naming(workspace, published)


def test_with_json_it_asks_on_standard_error(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = released(workspace)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"y\n")))
    result = run_cli("withdraw", story_id, "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["story"] == story_id
    assert "from everybody?" in result.err


def test_twice_in_a_row_and_any_state(workspace: Workspace, run_cli: Cli) -> None:
    agreed_only = agreed_story(workspace)
    for story_id in (agreed_only, filmed(workspace), released(workspace)):
        for _ in range(2):
            result = run_cli("withdraw", story_id, "--yes")
            assert result.code == 0, result.out + result.err
        assert len(read_history(workspace, story_id).withdrawals) == 1
    assert len(receipts(workspace)) == 6


def test_a_second_time_says_when_it_was_withdrawn_and_what_is_left(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    assert run_cli("withdraw", published, "--yes").code == 0
    log = workspace.audit_log.read_bytes().count(b'"withdraw"')
    again = run_cli("withdraw", published, "--yes")
    assert again.code == 0
    assert f"{published} was withdrawn on {day_in_words(clock.today())}. Looking" in again.out
    assert "Nothing of it was left to take down." in again.out
    assert f"carer-stories withdraw {published} --erase" in again.out
    assert workspace.audit_log.read_bytes().count(b'"withdraw"') == log
    left = workspace.public / "stories" / f"{published}.html"
    left.write_text(TITLE)
    assert (
        f"Taken down now:\n  public/stories/{published}.html"
        in run_cli("withdraw", published, "--yes").out
    )
    assert run_cli("withdraw", published, "--erase", "--yes").code == 0
    assert "--erase" not in run_cli("withdraw", published, "--yes").out


def test_the_one_reason_of_a_withdrawn_story_is_its_withdrawal(
    run_cli: Cli, published: str
) -> None:
    assert run_cli("withdraw", published, "--yes").code == 0
    (status,) = json.loads(run_cli("status", published, "--json").out)
    assert len(status["reasons"]) == 1
    assert status["reasons"][0].startswith("It was withdrawn on ")


def test_what_is_not_there_cannot_be_withdrawn(workspace: Workspace, run_cli: Cli) -> None:
    for options in (("--yes",), ()):
        assert run_cli("withdraw", "cs-zzzzzz", *options).code == 3
    assert run_cli("withdraw", "../../etc", "--yes").code == 2
    assert not workspace.withdrawn.exists()


# Scope


def test_a_scope_takes_back_wider_audiences_and_leaves_narrower(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = filmed(workspace, TITLE)
    sign_off(workspace, story_id, "public")
    approve(workspace, story_id)
    build_library(workspace, Audience.TRUST)
    result = run_cli("withdraw", story_id, "--scope", "partners", "--yes")
    assert result.code == 0, result.out + result.err
    assert "the story stays there" in result.out
    assert paths_naming(workspace, story_id)
    build_library(workspace, Audience.TRUST)
    page = (workspace.public / "stories" / f"{story_id}.html").read_text(encoding="utf-8")
    assert "For all staff of this trust" in page, "the level is what is left of it"
    build_library(workspace, Audience.PARTNERS)
    assert not paths_naming(workspace, story_id)


def test_a_scope_that_covers_the_site_takes_it_out(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace, TITLE)
    sign_off(workspace, story_id, "public")
    approve(workspace, story_id)
    build_library(workspace, Audience.PUBLIC)
    result = run_cli("withdraw", story_id, "--scope", "public", "--yes")
    assert result.code == 0, result.out + result.err
    assert not paths_naming(workspace, story_id, TITLE)
    assert '"trust"' in run_cli("status", "--json").out


@pytest.mark.parametrize("scope", ["public", "archive"])
def test_a_scope_of_what_was_withdrawn_as_a_whole_says_so_and_records_nothing(
    workspace: Workspace, run_cli: Cli, published: str, scope: str
) -> None:
    assert run_cli("withdraw", published, "--yes").code == 0
    log = workspace.audit_log.read_bytes().count(b'"withdraw"')
    again = run_cli("withdraw", published, "--scope", scope, "--yes")
    assert again.code == 0, again.out + again.err
    day = day_in_words(clock.today())
    assert f"{published} was withdrawn as a whole on {day} already" in again.out
    assert "the story stays" not in again.out
    assert "Who may see it" not in again.out
    assert workspace.audit_log.read_bytes().count(b'"withdraw"') == log
    assert len(read_history(workspace, published).withdrawals) == 1
    assert receipts(workspace)[-1]["scope"] == "all"


def test_a_scope_names_what_is_out_and_says_what_is_not_on_the_site(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    copy = record_copy(
        workspace,
        [published],
        medium="stick",
        audience="training",
        to="Ward 4",
        on=clock.today(),
        role="editor",
    )
    add_person(
        workspace, published, relation="nurse", about="Said so.", decided="objected", role="editor"
    )
    assert run_cli("upkeep").code == 0
    result = run_cli("withdraw", published, "--scope", "public", "--yes")
    assert result.code == 0, result.out + result.err
    assert "the story is not on it" in result.out
    assert "No copy was entered as handed out for “public” or wider." in result.out
    assert f"{copy.id} may not be out all the same" in result.out
    page = sorted(workspace.receipts.glob("withdrawal-*.html"))[-1].read_text()
    assert "the story is not in it" in page
    assert copy.id in page


def test_under_a_legal_hold_the_next_step_is_to_lift_it(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    place_hold(workspace, published, reason="an inquest is open", role="editor")
    result = run_cli("withdraw", published, "--erase", "--yes")
    lift = f"Once the hold is lifted (carer-stories safeguarding lift {published}), run it again"
    assert lift in result.out
    assert "Once that is mended" not in result.out


def test_training_is_no_scope_and_says_what_is(run_cli: Cli, published: str) -> None:
    result = run_cli("withdraw", published, "--scope", "training", "--yes")
    assert result.code == 2
    assert "--scope all" in result.err


# Races


def test_a_build_that_began_before_loses(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, published: str
) -> None:
    decision_made, may_continue = threading.Event(), threading.Event()
    real = build.make_pages
    errors: list[BaseException] = []

    def slow(*options: Any) -> None:
        if threading.current_thread() is early:
            decision_made.set()
            may_continue.wait(30)
        real(*options)

    def build_early() -> None:
        try:
            build_library(workspace, Audience.TRUST)
        except CarerStoriesError as error:
            errors.append(error)

    monkeypatch.setattr(build, "make_pages", slow)
    early = threading.Thread(target=build_early)
    early.start()
    assert decision_made.wait(30), "the early build has its edition, with the story in it"
    write_note(workspace, published, "contributor")
    late = threading.Thread(target=withdraw, args=(workspace, published))
    late.start()
    may_continue.set()
    early.join(60)
    late.join(60)
    assert errors, "what was decided before is not put in place after"
    assert not paths_naming(workspace, published, TITLE)


# What is told


def test_copies_to_ask_for_are_listed_and_limits_are_said(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    copy_record = record_copy(
        workspace,
        [published],
        medium="stick",
        audience="trust",
        to="Ward manager, Alder ward",
        on=clock.today(),
        role="editor",
    )
    result = run_cli("withdraw", published, "--yes", "--json")
    report = json.loads(result.out)
    assert report["holds"] is report["recorded"] is True
    assert report["site"] == {
        "audience": "trust",
        "covered": True,
        "taken_down": [
            f"interviews/edition/stories/{published}",
            f"public/stories/{published}",
            f"public/stories/{published}.html",
        ],
        "made_again": True,
        "removed": False,
        "preview_removed": False,
        "still_public": [],
    }
    assert [copy["id"] for copy in report["copies"]] == [copy_record.id]
    page = Path(report["receipt"]).read_text(encoding="utf-8")
    assert copy_record.id in page
    assert "Ward manager, Alder ward" in page


def test_the_receipt_holds_no_word_of_the_story(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_build(*_arguments: object, **_options: object) -> None:
        raise ToolFailed("MkDocs could not make the pages.", "Mend them.")

    monkeypatch.setattr("publish.build_job.build_site", cannot_build)
    # A folder that is held fast: else the site would go as a whole.
    monkeypatch.setattr("stewardship.withdrawal.workflow.remove", lambda _folder: [])
    (workspace.public / "the-night-nobody-rang.html").write_text(TITLE)
    result = run_cli("withdraw", published, "--asked-by", "relative", "--yes")
    assert result.code == 4, "a page of the site still says it"
    (page,) = workspace.receipts.glob("withdrawal-*.html")
    assert page.relative_to(workspace.root).as_posix() in result.out
    (record,) = receipts(workspace)
    assert record["asked_by"] == "relative"
    assert record["log_head"] == Ledger(workspace).verify().sha256 or record["log_lines"]
    assert {"place": "public/(a name that is not shown here)", "of": "its words"} in record[
        "still_found"
    ]
    for path in (page, page.with_suffix(".json")):
        assert path.stat().st_mode & 0o777 == 0o600
        words = path.read_text(encoding="utf-8").lower()
        assert published in words
        assert "nobody" not in words.replace("nobody can", "")
        assert "rang" not in words.split()


def test_without_a_receipt_the_withdrawal_stands(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    shutil.rmtree(workspace.receipts, ignore_errors=True)
    workspace.receipts.write_text("in the way")
    result = run_cli("withdraw", published, "--yes")
    assert result.code == DiskFailed.exit_code
    assert "the withdrawal holds without it" in result.out
    assert not paths_naming(workspace, published, TITLE)


def test_media_are_gone_by_every_hash(workspace: Workspace, run_cli: Cli, published: str) -> None:
    folder = workspace.story(published).root
    media = {sha256_of(folder / name) for name in ("audio.m4a", "poster.jpg")}
    renamed = workspace.assets / "picture.jpg"
    shutil.copyfile(folder / "poster.jpg", renamed)
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 0, result.out
    assert f"  site/assets/picture.jpg  ({published})" in result.out
    site = [path for path in workspace.public.rglob("*") if path.is_file()]
    assert media.isdisjoint(map(sha256_of, site))
    assert sha256_of(renamed) in media, "what people put there is theirs"
    renamed.unlink()
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 0, result.out
    site = [path for path in workspace.public.rglob("*") if path.is_file()]
    assert media.isdisjoint(map(sha256_of, site))


def test_it_writes_the_message_to_send_for_each_copy(workspace: Workspace, run_cli: Cli) -> None:
    story_id, other = released(workspace, TITLE), released(workspace, "Another")
    made: dict[str, Any] = {"audience": "training", "on": clock.today(), "role": "editor"}
    scorm = record_copy(
        workspace,
        [story_id, other],
        medium="download",
        to="Learning team, ext. 4",
        form="scorm",
        cuts={story_id: "a" * 64},
        location="/srv/out/scorm-night-for-learning.zip",
        **made,
    )
    stick = record_copy(workspace, [story_id], medium="stick", to="Ward 3", **made)
    record_copy(workspace, [other], medium="stick", to="Ward 9", **made)
    result = run_cli("withdraw", story_id, "--yes")
    assert result.code == 0, result.out + result.err
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(workspace.receipts.glob("message-*.txt"))
    }
    assert texts.keys() == {f"message-{story_id}-{copy.id}.txt" for copy in (scorm, stick)}
    package, given_back = (texts[f"message-{story_id}-{copy.id}.txt"] for copy in (scorm, stick))
    assert package.startswith(f"To: Learning team, ext. 4\nAbout: {scorm.id}, to be taken away\n")
    assert "a whole SCORM package" in package
    assert "scorm-night-for-learning.zip" in package
    assert "/srv/out" not in package
    assert "delete the package there" in package
    assert "The other stories in it may still be shown" in package
    assert "Give the stick back to us, or erase it." in given_back
    assert "The other stories" not in given_back
    for text in texts.values():
        assert story_id in text
        assert TITLE not in text
        assert "Another" not in text
    assert f"interviews/receipts/message-{story_id}-{stick.id}.txt" in result.out
    (listed,) = receipts(workspace)
    assert [copy["form"] for copy in listed["copies"]] == ["whole SCORM package", ""]


def test_messages_that_cannot_be_written_hold_up_nothing(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_copy(
        workspace,
        [published],
        medium="stick",
        audience="training",
        to="Ward 3",
        on=clock.today(),
        role="editor",
    )

    def full(*_arguments: object) -> None:
        raise DiskFailed("The disk is full.")

    monkeypatch.setattr("publish.reconciliation.messages.write_atomic", full)
    result = run_cli("withdraw", published, "--yes")
    assert result.code != 0
    assert "could not all be written" in result.out
    assert "Copies to ask for:" in result.out
    assert not paths_naming(workspace, published, TITLE)
    assert receipts(workspace)
