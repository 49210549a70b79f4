"""Files of another account in a library: an administrator leaves none, and none stops a withdrawal.

With real accounts, so that it needs to be run as the administrator, on Linux.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from library.core.audience import Audience
from library.core.workspace import Workspace
from publish.build_job import build_library
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import released
from tests.support.stranger import NOBODY

pytestmark = pytest.mark.skipif(
    not hasattr(os, "setresuid") or os.geteuid() != 0,
    reason="Only the administrator can become another account.",
)
RunCli = Callable[..., CommandResult]


def _as_keeper(workspace: Workspace, *arguments: str) -> CommandResult:
    done = subprocess.run(
        [sys.executable, "-m", "carer_stories", "--workspace", workspace.root, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def _give(account: int, *roots: Path) -> None:
    for root in roots:
        for path in (root, *root.rglob("*")):
            os.lchown(path, account, account)


@pytest.fixture
def keepers_library(workspace: Workspace) -> Iterator[Workspace]:
    """A library of another account, in a place that it can reach."""
    closed = [
        folder
        for folder in workspace.root.parents
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001
    ]
    for folder in closed:
        folder.chmod(folder.stat().st_mode | 0o011)
    try:
        _give(NOBODY, workspace.root)
        if _as_keeper(workspace, "status").code:
            pytest.skip("This program lies where another account cannot read it.")
        yield workspace
    finally:
        for folder in closed:
            folder.chmod(folder.stat().st_mode & ~0o011)


def test_an_administrator_works_as_the_account_that_owns_the_library(
    keepers_library: Workspace, run_cli: RunCli
) -> None:
    is_readable = all(folder.stat().st_mode & 0o001 for folder in Path(os.__file__).parents)
    # Where another account cannot read Python, nothing changes: it goes on as the administrator.
    expected = {NOBODY} if is_readable else {0, NOBODY}
    story_id = released(keepers_library)
    _give(NOBODY, keepers_library.root)
    for command in (("site", "build"), ("withdraw", story_id, "--yes"), ("backup", "nowhere/at")):
        run_cli(*command)
        assert os.getresuid() == os.getresgid() == (0, 0, 0), command
        owners = {path: path.lstat().st_uid for path in keepers_library.root.rglob("*")}
        assert set(owners.values()) == expected, command
    assert not keepers_library.page_of(story_id).exists()


def test_what_another_account_owns_stops_no_withdrawal_and_is_named_until_it_is_gone(
    keepers_library: Workspace,
) -> None:
    workspace = keepers_library
    story_id, other = released(workspace), released(workspace, "B")
    build_library(workspace, Audience.TRUST)
    # As an earlier version run by the administrator left them.
    _give(NOBODY, workspace.root)
    _give(0, workspace.edition, workspace.public)
    said = _as_keeper(workspace, "verify")
    assert "did not foresee" not in said.out + said.err
    withdrawn = _as_keeper(workspace, "withdraw", story_id, "--yes")
    assert withdrawn.code == 4, withdrawn.out + withdrawn.err
    assert not workspace.page_of(story_id).exists(), withdrawn.out + withdrawn.err
    assert workspace.page_of(other).is_file(), withdrawn.out + withdrawn.err
    assert "interviews/edition.new  (it cannot be looked into)" in withdrawn.out
    assert "left of an earlier site, which could not be removed" in withdrawn.out
    assert "a page that people wrote" not in withdrawn.out
    for _ in range(2):
        said = _as_keeper(workspace, "status")
        assert "public.new is left of an earlier site" in said.err, said.err
        assert "interviews/edition.new is left of an earlier site" in said.err
    # It stops nobody from building.
    said = _as_keeper(workspace, "site", "build")
    assert said.code == 0, said.out + said.err
    assert "public.new is left of an earlier site" in said.err
    _give(NOBODY, workspace.root)
    assert not _as_keeper(workspace, "status").err
    assert not list(workspace.root.glob("*.new"))
    assert not list(workspace.interviews.glob("*.new"))


def test_a_site_that_cannot_be_compared_is_said_by_every_command(
    keepers_library: Workspace,
) -> None:
    workspace = keepers_library
    released(workspace)
    workspace.public.mkdir()
    workspace.withdrawn.mkdir(exist_ok=True)
    (workspace.public / "index.html").write_text("x")
    _give(NOBODY, workspace.root)
    _give(0, workspace.withdrawn)
    workspace.withdrawn.chmod(0o700)
    for command in (("status",), ("held", "list"), ("copies", "list")):
        said = _as_keeper(workspace, *command)
        assert "could not be compared with what may be shown" in said.err, (command, said.err)
        assert "Next: " in said.err
