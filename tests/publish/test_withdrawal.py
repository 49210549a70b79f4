"""Taking a story back: at once, whatever else is broken, and proved."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from library import clock, desk
from library.consent import Audience
from library.errors import Busy, CarerStoriesError, DiskFailed, ToolFailed
from library.files import sha256_of
from library.ledger import Ledger
from library.store import Store
from library.workspace import Workspace
from publish import press as printing
from publish.press import press
from publish.withdrawal import withdraw
from tests.conftest import Ran
from tests.faults import FaultySystem, disk, refuse_with
from tests.making import approve, filmed, released, sign_off
from tests.samples import agreed_story

Cli = Callable[..., Ran]
TITLE = "The night nobody rang"


def places(workspace: Workspace, *needles: str) -> list[str]:
    """Every file of edition and site that holds one of the words, or is named for it."""
    return [
        path.relative_to(workspace.root).as_posix()
        for folder in (workspace.edition, workspace.public)
        for path in sorted(folder.rglob("*"))
        for needle in needles
        if needle in path.as_posix() or (path.is_file() and needle.encode() in path.read_bytes())
    ]


def receipts(workspace: Workspace) -> list[dict[str, Any]]:
    """Every receipt of a withdrawal, oldest first."""
    found = sorted(workspace.receipts.glob("withdrawal-*.json"))
    return [json.loads(path.read_bytes()) for path in found]


@pytest.fixture
def shown(workspace: Workspace) -> str:
    """The id of a story that staff can see, beside another one."""
    story_id = released(workspace, TITLE)
    released(workspace, "Still shown")
    press(workspace, Audience.TRUST)
    assert places(workspace, story_id, TITLE)
    return story_id


def test_it_leaves_edition_and_site_and_the_others_stay(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert not places(workspace, shown, TITLE)
    assert places(workspace, "Still shown")
    assert "nothing of it is there" in ran.out
    assert "What cannot be called back" in ran.out
    assert run_cli("site", "check").code == 0
    assert run_cli("verify").code == 0


def test_it_asks_kindly_and_does_nothing_unless_told_so(
    workspace: Workspace, run_cli: Cli, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    def answer(words: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words)))

    answer(b"n\n")
    ran = run_cli("withdraw", shown)
    assert ran.code == 130
    assert TITLE in ran.out
    assert "from everybody?" in ran.out
    assert not workspace.withdrawn.exists()
    answer(b"y\n")
    ran = run_cli("withdraw", shown)
    assert ran.code == 0, ran.out
    assert not places(workspace, shown)


def test_twice_in_a_row_and_any_state(workspace: Workspace, run_cli: Cli) -> None:
    never_recorded = agreed_story(workspace)
    for story_id in (never_recorded, filmed(workspace), released(workspace)):
        for _ in range(2):
            ran = run_cli("withdraw", story_id, "--yes")
            assert ran.code == 0, ran.out + ran.err
        assert len(desk.read_history(workspace, story_id).withdrawals) == 1
    assert len(receipts(workspace)) == 6


def test_what_is_not_there_cannot_be_withdrawn(workspace: Workspace, run_cli: Cli) -> None:
    for yes in (("--yes",), ()):
        assert run_cli("withdraw", "cs-zzzzzz", *yes).code == 3
    assert run_cli("withdraw", "../../etc", "--yes").code == 2
    assert not workspace.withdrawn.exists()


# Scope


def test_a_scope_takes_back_wider_audiences_and_leaves_narrower(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = filmed(workspace, TITLE)
    sign_off(workspace, story_id, "public")
    approve(workspace, story_id)
    press(workspace, Audience.TRUST)
    ran = run_cli("withdraw", story_id, "--scope", "partners", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert "the story stays there" in ran.out
    assert places(workspace, story_id)
    press(workspace, Audience.TRUST)
    page = (workspace.public / "stories" / f"{story_id}.html").read_text(encoding="utf-8")
    assert "For all staff of this trust" in page, "the level is what is left of it"
    press(workspace, Audience.PARTNERS)
    assert not places(workspace, story_id)


def test_a_scope_that_covers_the_site_takes_it_out(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace, TITLE)
    sign_off(workspace, story_id, "public")
    approve(workspace, story_id)
    press(workspace, Audience.PUBLIC)
    ran = run_cli("withdraw", story_id, "--scope", "public", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert not places(workspace, story_id, TITLE)
    assert '"trust"' in run_cli("status", "--json").out


def test_training_is_no_scope_and_says_what_is(run_cli: Cli, shown: str) -> None:
    ran = run_cli("withdraw", shown, "--scope", "training", "--yes")
    assert ran.code == 2
    assert "--scope all" in ran.err


# Whatever is broken


def cannot_build(_workspace: Workspace, _hidden: object = None) -> None:
    raise ToolFailed("MkDocs could not make the pages.", "Mend them.")


def test_it_holds_even_when_the_site_cannot_be_built_and_says_what_is_public(
    workspace: Workspace, run_cli: Cli, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "build_site", cannot_build)
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert "MkDocs could not make the pages." in ran.out
    assert not (workspace.public / "stories" / shown).exists(), "its own files go at once"
    assert not (workspace.public / "stories" / f"{shown}.html").exists()
    still = set(places(workspace, shown, TITLE))
    assert still
    assert all(f"  {place}  (" in ran.out for place in still)
    assert "Delete the folder public now" in ran.out
    assert "withdrawn" in run_cli("status", shown).out
    assert receipts(workspace)[0]["still_found"]
    monkeypatch.undo()
    assert withdraw(workspace, shown, "contributor").still_public == ()


def _break_database(workspace: Workspace) -> None:
    data = workspace.database.read_bytes()
    workspace.database.write_bytes(data[: len(data) // 2])


def _lose_database(workspace: Workspace) -> None:
    for path in workspace.interviews.glob("library.json*"):
        path.unlink()


def _break_log(workspace: Workspace) -> None:
    workspace.audit_log.write_text("not a log\n")


def _break_settings(workspace: Workspace) -> None:
    workspace.settings.write_text("title: [")


def _lose_settings(workspace: Workspace) -> None:
    workspace.settings.unlink()


def _break_cut(workspace: Workspace) -> None:
    for cut in workspace.stories.glob("*/cut.json"):
        if TITLE.encode() in (cut.parent / "page.json").read_bytes():
            cut.write_text("{")


def _lose_notes(workspace: Workspace) -> None:
    workspace.withdrawn.write_text("a file where the folder belongs")


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (_break_database, 5),
        (_lose_database, 3),
        (_break_log, 5),
        (_break_settings, 2),
        (_lose_settings, 0),
        (_break_cut, 0),
    ],
)
def test_it_is_effective_whatever_else_is_broken(
    workspace: Workspace, run_cli: Cli, shown: str, harm: Callable[[Workspace], None], code: int
) -> None:
    harm(workspace)
    ran = run_cli("withdraw", shown, "--yes")
    assert "Traceback" not in ran.err
    assert ran.code == code, ran.out + ran.err
    assert not places(workspace, shown, TITLE)
    assert places(workspace, "Still shown"), "what others released is still shown"
    assert "From now on it is not shown." in ran.out
    if code:
        assert f"carer-stories withdraw {shown}" in ran.out


def test_an_edition_and_site_that_cannot_be_made_are_named(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    (workspace.edition / "edition.json").write_text(f"{{ {shown}")
    workspace.config.write_text("not: [mkdocs")
    _break_database(workspace)
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert "interviews/edition/edition.json" in ran.out
    assert "public/index.html" in ran.out
    assert not (workspace.public / "stories" / shown).exists()


def test_a_busy_library_is_no_hindrance(
    workspace: Workspace, run_cli: Cli, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functools import partial

    import library.desk.withdrawals
    import publish.build_receipt

    quick = partial(Ledger, lock_timeout=0.05)
    monkeypatch.setattr(library.desk.withdrawals, "Ledger", quick)
    monkeypatch.setattr(publish.build_receipt, "Ledger", quick)
    with Store(workspace.database).locked():
        outcome = withdraw(workspace, shown)
    assert outcome.held
    assert not outcome.recorded
    assert outcome.exit_code == Busy.exit_code
    assert not places(workspace, shown, TITLE)
    assert run_cli("withdraw", shown, "--yes").code == 0
    assert len(Ledger(workspace).entries_of("withdraw")) == 1


def test_a_build_that_hangs_is_named_and_has_lost_already(
    workspace: Workspace, run_cli: Cli, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import AbstractContextManager

    real = printing.pressing

    def impatient(target: Workspace) -> AbstractContextManager[None]:
        return real(target, timeout=0.05)

    with real(workspace):
        monkeypatch.setattr(printing, "pressing", impatient)
        ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert "Another build of the site is still running." in ran.out
    assert not (workspace.public / "stories" / shown).exists()


def test_a_full_disk_does_not_keep_it_in_the_site(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    class Full(FaultySystem):
        def write(self, handle: int, data: bytes | memoryview) -> int:
            refuse_with(28)()
            return 0

    with disk(Full()):
        ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert "could not be written down" in ran.out
    assert "From now on" not in ran.out
    assert not (workspace.public / "stories" / shown).exists()
    assert run_cli("withdraw", shown, "--yes").code == 0
    assert not places(workspace, shown, TITLE)


def test_files_that_will_not_go_are_named(workspace: Workspace, run_cli: Cli, shown: str) -> None:
    class Fast(FaultySystem):
        def unlink(self, path: Path) -> None:
            if path.name == "audio.m4a" and workspace.public in path.parents:
                refuse_with(1)()
            super().unlink(path)

    workspace.config.write_text("not: [mkdocs")
    with disk(Fast()):
        ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert f"public/stories/{shown}/audio.m4a" in ran.out


def test_where_notes_cannot_be_written_the_record_is(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    _lose_notes(workspace)
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 0, ran.out
    assert not places(workspace, shown, TITLE)
    assert '"withdrawn"' in run_cli("status", "--json").out


def test_where_nothing_can_be_written_down_it_leaves_the_site_all_the_same(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    _lose_notes(workspace)
    log = workspace.audit_log.read_bytes()
    _break_log(workspace)
    ran = run_cli("withdraw", shown, "--erase", "--yes")
    assert ran.code == 10
    assert "the story may be shown again" in ran.out
    assert "From now on" not in ran.out
    assert not places(workspace, shown, TITLE), "the gate, which would say yes, was not asked"
    assert workspace.story(shown).root.exists(), "what is not withdrawn is not erased"
    workspace.withdrawn.unlink()
    workspace.audit_log.write_bytes(log)
    assert run_cli("withdraw", shown, "--erase", "--yes").code == 0


def test_a_read_only_site_is_made_writable_and_emptied(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    for path in [*workspace.public.rglob("*"), *workspace.edition.rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    assert run_cli("withdraw", shown, "--yes").code == 0
    assert not places(workspace, shown, TITLE)


def test_what_killed_builds_left_goes_too(workspace: Workspace, run_cli: Cli, shown: str) -> None:
    for place in (workspace.public, workspace.edition):
        for kind in ("new", "old"):
            shutil.copytree(place, place.with_name(f"{place.name}.{kind}"))
    assert run_cli("withdraw", shown, "--yes").code == 0
    assert not list(workspace.root.glob("public.*"))
    assert not list(workspace.interviews.glob("edition.*"))


def test_its_preview_goes_with_it(workspace: Workspace, run_cli: Cli, shown: str) -> None:
    for name in (shown, f"{shown}.new"):
        (workspace.previews / name).mkdir(parents=True)
        (workspace.previews / name / "open-me.html").write_text(TITLE)
    ran = run_cli("withdraw", shown, "--scope", "public", "--yes")
    assert (workspace.previews / shown).exists(), "they may still be asked about the rest"
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 0
    assert "The preview that was kept here was removed." in ran.out
    assert [path.name for path in workspace.previews.iterdir()] in ([], [".making.lock"])


def test_a_page_that_people_wrote_is_named_until_it_is_mended(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    page = workspace.content / "about.md"
    before = page.read_text(encoding="utf-8")
    page.write_text(
        f"{before}\nAs was said: *nobody* asked **{TITLE}**, twice.\n", encoding="utf-8"
    )
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert "public/about.html  (its words)" in ran.out
    assert "site/content" in ran.out
    page.write_text(before, encoding="utf-8")
    assert run_cli("site", "build").code == 0
    assert run_cli("withdraw", shown, "--yes").code == 0


# Races


def test_a_build_that_began_before_loses(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, shown: str
) -> None:
    decided, go_on = threading.Event(), threading.Event()
    real = printing.build_site
    refused: list[BaseException] = []

    def slow(target: Workspace, hidden: Any = None) -> Any:
        if threading.current_thread() is early:
            decided.set()
            go_on.wait(30)
        return real(target, hidden)

    def build() -> None:
        try:
            press(workspace, Audience.TRUST)
        except CarerStoriesError as error:
            refused.append(error)

    monkeypatch.setattr(printing, "build_site", slow)
    early = threading.Thread(target=build)
    early.start()
    assert decided.wait(30), "the early build has its edition, with the story in it"
    desk.take_note(workspace, shown, "contributor")
    late = threading.Thread(target=withdraw, args=(workspace, shown))
    late.start()
    go_on.set()
    early.join(60)
    late.join(60)
    assert refused, "what was decided before is not put in place after"
    assert not places(workspace, shown, TITLE)


# What is told


def test_copies_to_ask_for_are_listed_and_limits_are_said(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    handed = desk.record_copy(
        workspace,
        [shown],
        medium="stick",
        audience="trust",
        to="Ward manager, Alder ward",
        on=clock.today(),
        role="editor",
    )
    ran = run_cli("withdraw", shown, "--yes", "--json")
    told = json.loads(ran.out)
    assert told["holds"] is told["recorded"] is True
    assert told["site"] == {
        "audience": "trust",
        "covered": True,
        "taken_down": [
            f"interviews/edition/stories/{shown}",
            f"public/stories/{shown}",
            f"public/stories/{shown}.html",
        ],
        "made_again": True,
        "preview_removed": False,
        "still_public": [],
    }
    assert [copy["id"] for copy in told["copies"]] == [handed.id]
    page = Path(told["receipt"]).read_text(encoding="utf-8")
    assert handed.id in page
    assert "Ward manager, Alder ward" in page


def test_the_receipt_holds_no_word_of_the_story(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    (workspace.content / "the-night-nobody-rang.md").write_text(f"# {TITLE}\n")
    ran = run_cli("withdraw", shown, "--asked-by", "relative", "--yes")
    assert ran.code == 4, "a page people wrote still says it"
    (page,) = workspace.receipts.glob("withdrawal-*.html")
    assert page.relative_to(workspace.root).as_posix() in ran.out
    (record,) = receipts(workspace)
    assert record["asked_by"] == "relative"
    assert record["log_head"] == Ledger(workspace).verify().sha256 or record["log_lines"]
    assert {"place": "public/(a name that is not shown here)", "of": "its words"} in record[
        "still_found"
    ]
    for path in (page, page.with_suffix(".json")):
        assert path.stat().st_mode & 0o777 == 0o600
        words = path.read_text(encoding="utf-8").lower()
        assert shown in words
        assert "nobody" not in words.replace("nobody can", "")
        assert "rang" not in words.split()


def test_without_a_receipt_the_withdrawal_stands(
    workspace: Workspace, run_cli: Cli, shown: str
) -> None:
    shutil.rmtree(workspace.receipts, ignore_errors=True)
    workspace.receipts.write_text("in the way")
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == DiskFailed.exit_code
    assert "the withdrawal holds without it" in ran.out
    assert not places(workspace, shown, TITLE)


def test_media_are_gone_by_every_hash(workspace: Workspace, run_cli: Cli, shown: str) -> None:
    folder = workspace.story(shown).root
    media = {sha256_of(folder / name) for name in ("audio.m4a", "poster.jpg")}
    renamed = workspace.assets / "picture.jpg"
    shutil.copyfile(folder / "poster.jpg", renamed)
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 4
    assert "public/assets/picture.jpg" in ran.out or "picture.jpg" in ran.out
    renamed.unlink()
    ran = run_cli("withdraw", shown, "--yes")
    assert ran.code == 0, ran.out
    site = [path for path in workspace.public.rglob("*") if path.is_file()]
    assert media.isdisjoint(map(sha256_of, site))
