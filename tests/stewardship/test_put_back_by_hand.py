"""Things put back, renamed or edited by hand, past every command: they show nothing more."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable

import pytest

from library.consent.register import complete_register
from library.core.audience import Audience
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from publish.build_job import build_library
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released

RunCli = Callable[..., CommandResult]
ABOUT = "# About\n\nWe {}.\n"


@pytest.fixture
def twice_built(workspace: Workspace) -> Workspace:
    """Return a library whose site was built twice, the first one kept beside it."""
    about = workspace.content / "about.md"
    released(workspace)
    for words in ("said zebras", "say no more of it"):
        about.write_text(ABOUT.format(words), encoding="utf-8")
        build_library(workspace, Audience.TRUST)
        if not (workspace.root / "old").exists():
            shutil.copytree(workspace.public, workspace.root / "old" / "public")
            shutil.copytree(workspace.edition, workspace.root / "old" / "edition")
    return workspace


def _old_site_and_edition(workspace: Workspace) -> None:
    for folder in (workspace.public, workspace.edition):
        shutil.rmtree(folder)
        shutil.copytree(workspace.root / "old" / folder.name, folder)


def _old_site_and_edition_without_list(workspace: Workspace) -> None:
    _old_site_and_edition(workspace)
    (workspace.receipts / "site.json").unlink()


def _a_page_and_no_list(workspace: Workspace) -> None:
    shutil.copy(workspace.root / "old/public/about.html", workspace.public / "before.html")
    (workspace.receipts / "site.json").unlink()


def _a_page_that_the_list_names(workspace: Workspace) -> None:
    data = (workspace.root / "old/public/about.html").read_bytes()
    (workspace.public / "before.html").write_bytes(data)
    path = workspace.receipts / "site.json"
    listed = {**json.loads(path.read_bytes()), "before.html": hashlib.sha256(data).hexdigest()}
    path.write_text(json.dumps(listed), encoding="utf-8")


def _a_page_while_the_log_is_in_doubt(workspace: Workspace) -> None:
    shutil.copy(workspace.root / "old/public/about.html", workspace.public / "Before.HTML")
    log = workspace.audit_log.read_bytes()
    workspace.audit_log.write_bytes(log.replace(b'"role":"', b'"role":"x', 1))


@pytest.mark.parametrize(
    "put_back",
    [
        _old_site_and_edition,
        _old_site_and_edition_without_list,
        _a_page_and_no_list,
        _a_page_that_the_list_names,
        _a_page_while_the_log_is_in_doubt,
    ],
)
def test_an_old_site_that_is_put_back_goes_with_the_next_command(
    twice_built: Workspace, run_cli: RunCli, put_back: Callable[[Workspace], None]
) -> None:
    run_cli("status")
    put_back(twice_built)
    said = run_cli("upkeep").out
    assert "was not written by the last build, or was changed since" in said
    assert "The site was made again." in said
    pages = twice_built.public.rglob("*")
    assert not [each for each in pages if each.is_file() and b"zebras" in each.read_bytes()]
    again = run_cli("upkeep")
    assert "made again" not in again.out + again.err, "once is enough"


@pytest.mark.parametrize("fields", [{}, {"recording": ""}, {"since": "2026-01-01T00:00:00Z"}])
def test_a_hold_that_is_edited_by_hand_holds(
    workspace: Workspace, run_cli: RunCli, fields: dict[str, str]
) -> None:
    story_id = released(workspace)
    before = Ledger(workspace).read().generation
    complete_register(workspace, story_id, role="editor")
    assert run_cli("restore", "--generation", before, "--yes").code == 0
    (file,) = workspace.withdrawn.glob("*.held.json")
    file.write_text(json.dumps({"story": story_id, "cause": "recording", **fields}))
    status = run_cli("status", story_id).out
    assert "It may not be shown to “training”" in status
    assert "It is held" in status
    assert json.loads(run_cli("site", "build", "--json").out)["stories"] == []


def test_a_preview_under_another_name_goes_with_its_story(
    workspace: Workspace, run_cli: RunCli
) -> None:
    story_id = filmed(workspace)
    assert run_cli("site", "preview", story_id, "--zip").code == 0
    folder, packed = workspace.previews / story_id, workspace.previews / f"{story_id}.zip"
    folder.rename(workspace.previews / "for Mary")
    packed.rename(workspace.previews / "for Mary.zip")
    (workspace.previews / "other.zip").write_bytes(b"PK no zip of ours")
    assert run_cli("withdraw", story_id, "--yes").code == 0
    assert sorted(path.name for path in workspace.previews.glob("[!.]*")) == ["other.zip"]
    shutil.copytree(workspace.content, workspace.previews / "somebody's")
    run_cli("upkeep")
    assert (workspace.previews / "somebody's").is_dir(), "what is no preview is left alone"
