"""A withdrawal is effective whatever else is broken, and says what is left to be done."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.audience import Audience
from library.core.errors import Busy, NoRoom, ToolFailed
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.store import Store
from publish import build_job
from publish.build_job import build_library
from stewardship.withdrawal.workflow import withdraw
from tests.faults import FaultySystem, disk, refuse_with
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, sign_off
from tests.support.withdrawn_story import TITLE, paths_naming, receipts

Cli = Callable[..., CommandResult]


def cannot_build(*_arguments: object, **_options: object) -> None:
    raise ToolFailed("MkDocs could not make the pages.", "Mend them.")


def test_a_site_that_cannot_be_built_without_it_goes_as_a_whole(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_job, "build_site", cannot_build)
    result = run_cli("withdraw", published, "--yes")
    assert result.code == ToolFailed.exit_code
    assert "MkDocs could not make the pages." in result.out
    assert "the whole site was removed" in result.out
    assert not paths_naming(workspace, published, TITLE), "its lists and search held its words"
    assert not workspace.public.exists()
    assert "withdrawn" in run_cli("status", published).out
    assert not receipts(workspace)[0]["still_found"]
    monkeypatch.undo()
    assert withdraw(workspace, published, "contributor").still_public == ()


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
    workspace: Workspace, run_cli: Cli, published: str, harm: Callable[[Workspace], None], code: int
) -> None:
    harm(workspace)
    result = run_cli("withdraw", published, "--yes")
    assert "Traceback" not in result.err
    assert result.code == code, result.out + result.err
    assert not paths_naming(workspace, published, TITLE)
    assert paths_naming(workspace, "Still shown"), "what others released is still shown"
    assert "From now on it is not shown." in result.out
    if code:
        assert f"carer-stories withdraw {published}" in result.out


def test_an_edition_and_site_that_cannot_be_made_are_named(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    (workspace.edition / "edition.json").write_text(f"{{ {published}")
    workspace.config.write_text("not: [mkdocs")
    _break_database(workspace)
    result = run_cli("withdraw", published, "--yes")
    assert result.code not in (0, 4)
    assert "the whole site was removed" in result.out
    assert not paths_naming(workspace, published, TITLE)


@pytest.mark.parametrize("is_rebuilt", [False, True])
def test_what_is_to_be_run_again_withdraws_no_more_than_was_asked(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch, is_rebuilt: bool
) -> None:
    story_id = filmed(workspace, TITLE)
    sign_off(workspace, story_id, "public")
    approve(workspace, story_id)
    build_library(workspace, Audience.PUBLIC)
    if is_rebuilt:
        # As if a page that people wrote held it: the site is made again, and holds it still.
        monkeypatch.setattr("publish.take_down.remove", lambda _path: [])
        monkeypatch.setattr(build_job, "build_library", lambda *_arguments, **_options: None)
    else:
        monkeypatch.setattr(build_job, "build_site", cannot_build)
    part = ("--scope", "public", "--asked-by", "relative")
    result = run_cli("withdraw", story_id, *part, "--yes")
    assert ("a page that people wrote" in result.out) == is_rebuilt
    commands = re.findall(r"carer-stories withdraw .*", result.out)
    assert commands
    assert set(commands) == {f"carer-stories withdraw {story_id} {' '.join(part)}"}


def test_a_site_that_cannot_even_be_removed_is_named_file_by_file(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_job, "build_site", cannot_build)
    monkeypatch.setattr("stewardship.withdrawal.workflow.remove", lambda _folder: [])
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 4
    remaining = set(paths_naming(workspace, published, TITLE))
    assert remaining
    assert all(f"  {path}  (" in result.out for path in remaining)
    assert "Delete the folder public now, and every copy of it on" in result.out
    assert receipts(workspace)[0]["still_found"]


def test_a_busy_library_is_no_hindrance(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functools import partial

    import library.consent.withdrawals
    import publish.build_receipt

    quick = partial(Ledger, lock_timeout=0.05)
    monkeypatch.setattr(library.consent.withdrawals, "Ledger", quick)
    monkeypatch.setattr(publish.build_receipt, "Ledger", quick)
    with Store(workspace.database).locked():
        report = withdraw(workspace, published)
    assert report.is_in_force
    assert not report.is_recorded
    assert report.exit_code == Busy.exit_code
    assert not paths_naming(workspace, published, TITLE)
    assert run_cli("withdraw", published, "--yes").code == 0
    assert len(Ledger(workspace).entries_of("withdraw")) == 1


def test_a_build_that_hangs_is_named_and_has_lost_already(
    workspace: Workspace, run_cli: Cli, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import AbstractContextManager

    real = build_job.build_lock

    def impatient(target: Workspace) -> AbstractContextManager[None]:
        return real(target, timeout=0.05)

    with real(workspace):
        monkeypatch.setattr(build_job, "build_lock", impatient)
        result = run_cli("withdraw", published, "--yes")
    assert result.code == Busy.exit_code
    assert "Another build of the site is still running." in result.out
    assert "the whole site was removed" in result.out
    assert not paths_naming(workspace, published, TITLE)


def test_a_full_disk_does_not_keep_it_in_the_site(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    class Full(FaultySystem):
        def write(self, handle: int, data: bytes | memoryview) -> int:
            refuse_with(28)()
            return 0

    with disk(Full()):
        result = run_cli("withdraw", published, "--yes")
    assert result.code == NoRoom.exit_code
    assert "could not be written down" in result.out
    assert "The receipt could not be written either." in result.out
    assert "holds without it" not in result.out, "it does not hold"
    assert "From now on" not in result.out
    assert not paths_naming(workspace, published, TITLE)
    assert run_cli("withdraw", published, "--yes").code == 0
    assert not paths_naming(workspace, published, TITLE)


def test_what_is_taken_back_makes_room_for_itself_on_a_full_disk(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    speech = workspace.story(published).speech
    speech.write_bytes(bytes(32_000))

    class FullUntilSomethingGoes(FaultySystem):
        def write(self, handle: int, data: bytes | memoryview) -> int:
            if speech.exists():
                refuse_with(28)()
            return super().write(handle, data)

    with disk(FullUntilSomethingGoes()):
        result = run_cli("withdraw", published, "--erase", "--yes")
    assert result.code == 0, result.out + result.err
    assert "From now on" in result.out
    assert not workspace.story(published).root.exists()


def test_files_that_will_not_go_are_named(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    class Fast(FaultySystem):
        def unlink(self, path: Path) -> None:
            if path.name == "audio.m4a" and workspace.public in path.parents:
                refuse_with(1)()
            super().unlink(path)

    workspace.config.write_text("not: [mkdocs")
    with disk(Fast()):
        result = run_cli("withdraw", published, "--yes")
    assert result.code == 4
    assert f"public/stories/{published}/audio.m4a" in result.out


def test_of_many_files_that_will_not_go_the_rest_are_counted(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    class Fast(FaultySystem):
        def unlink(self, path: Path) -> None:
            if path.suffix == ".vtt" or path.parent.name == published:
                refuse_with(1)()
            super().unlink(path)

    files = [
        path for path in (workspace.public / "stories" / published).iterdir() if path.is_file()
    ]
    with disk(Fast()):
        result = run_cli("withdraw", published, "--yes")
    assert len(files) > 3
    assert result.code != 0
    assert re.search(r"\d+ more files could not be removed\.", result.out), result.out


def test_where_notes_cannot_be_written_the_record_is(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    _lose_notes(workspace)
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 0, result.out
    assert not paths_naming(workspace, published, TITLE)
    assert '"withdrawn"' in run_cli("status", "--json").out


def test_where_nothing_can_be_written_down_it_leaves_the_site_all_the_same(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    _lose_notes(workspace)
    log = workspace.audit_log.read_bytes()
    _break_log(workspace)
    shutil.rmtree(workspace.receipts, ignore_errors=True)
    workspace.receipts.write_text("in the way")
    result = run_cli("withdraw", published, "--erase", "--yes")
    assert result.code == 10
    assert "the story may be shown again" in result.out
    assert "The receipt could not be written either." in result.out
    assert "holds" not in result.out, "it does not"
    assert "From now on" not in result.out
    assert not paths_naming(workspace, published, TITLE), (
        "the gate, which would say yes, was not asked"
    )
    assert workspace.story(published).root.exists(), "what is not withdrawn is not erased"
    workspace.receipts.unlink()
    workspace.withdrawn.unlink()
    workspace.audit_log.write_bytes(log)
    assert run_cli("withdraw", published, "--erase", "--yes").code == 0


def test_a_read_only_site_is_made_writable_and_emptied(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    for path in [*workspace.public.rglob("*"), *workspace.edition.rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    assert run_cli("withdraw", published, "--yes").code == 0
    assert not paths_naming(workspace, published, TITLE)


def test_what_killed_builds_left_goes_too(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    for folder in (workspace.public, workspace.edition):
        for kind in ("new", "old"):
            shutil.copytree(folder, folder.with_name(f"{folder.name}.{kind}"))
    assert run_cli("withdraw", published, "--yes").code == 0
    assert not list(workspace.root.glob("public.*"))
    assert not list(workspace.interviews.glob("edition.*"))


def test_a_journal_of_the_desk_that_is_a_folder_keeps_no_preview(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    (workspace.previews / published).mkdir(parents=True)
    journal = workspace.story(published).desk_journal
    journal.mkdir()
    (journal / "copy").write_text(TITLE)
    run_cli("withdraw", published, "--yes")
    assert not journal.exists()
    assert not (workspace.previews / published).exists()


def test_its_preview_goes_with_it(workspace: Workspace, run_cli: Cli, published: str) -> None:
    for name in (published, f"{published}.new"):
        (workspace.previews / name).mkdir(parents=True)
        (workspace.previews / name / "open-me.html").write_text(TITLE)
    result = run_cli("withdraw", published, "--scope", "public", "--yes")
    assert (workspace.previews / published).exists(), "they may still be asked about the rest"
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 0
    assert "The preview that was kept here was removed." in result.out
    assert [path.name for path in workspace.previews.iterdir()] in ([], [".making.lock"])


def test_a_page_that_people_wrote_is_left_out_and_named_until_it_is_mended(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    page = workspace.content / "about.md"
    before = page.read_text(encoding="utf-8")
    quoting = f"{before}\nAs was said: *nobody* asked **{TITLE}**, twice.\n"
    page.write_text(quoting, encoding="utf-8")
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 0, result.out
    assert f"  site/content/about.md  ({published})" in result.out
    assert "nothing of it is there" in result.out
    built = workspace.public / "about.html"
    assert "This page is left out for now" in built.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8") == quoting, "what people wrote is theirs"
    refused = run_cli("site", "build")
    assert refused.code == 4
    assert f"site/content/about.md ({published})" in refused.err
    assert TITLE.lower() not in refused.err.lower()
    page.write_text(before, encoding="utf-8")
    assert run_cli("site", "build").code == 0
    assert "This page is left out for now" not in built.read_text(encoding="utf-8")
    assert run_cli("withdraw", published, "--yes").code == 0
