"""Whatever a command makes is for this account alone, however careless its surroundings are."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from library.core.workspace import Workspace
from tests.support.command_line import ROOT
from tests.support.quick_stories import AGREED
from tests.support.sample_media import wav

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions.")


COMMANDS = """
import contextlib, io, json, sys
from pathlib import Path
import carer_stories
from library.core.workspace import Workspace
from tests.support.workspaces import fill_in

root, copies, recording, agreed = json.loads(sys.argv[1])

def run(*words):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = carer_stories.run(list(words))
    if code:
        sys.exit(f"{words}: {code}")
    return said.getvalue()

run("init", root)
fill_in(Workspace(Path(root)))
run("story", "new", "--title", "A night call", "--questions", "being-heard")
(story,) = [one["id"] for one in json.loads(run("story", "list", "--json"))]
run("consent", "record", story, *agreed)
run("capture", "import", story, recording, "--yes")
run("consent", "form", story)
run("export", story, "--subject-access")
run("backup", copies)
run("site", "build")
"""
"""One after the other in one process, which starts with the mask and the folders it is given."""


def _modes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


@contextmanager
def _masked(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o077], ids=oct)
def test_every_file_is_private_and_nothing_lies_in_the_systems_own_folder(
    tmp_path: Path, mask: int
) -> None:
    """A story from its agreement to its working copy, a form, an export, a backup and a site.

    The folder for temporary files may not be used: what is private would pass through it.
    """
    root, temporary = tmp_path / "library", tmp_path / "temporary"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "CARER_STORIES_WORKSPACE": str(root)}
    arguments = json.dumps([str(root), str(tmp_path / "copies"), str(wav()), AGREED])
    with _masked(mask):
        result = subprocess.run(
            [sys.executable, "-c", COMMANDS, arguments],
            env=environment | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "site")))},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert result.returncode == 0, result.stderr
    assert sorted(temporary.rglob("*")) == []
    for folder in (root / "interviews", tmp_path / "copies"):
        open_ones = {name: oct(mode) for name, mode in _modes(folder).items() if mode & 0o077}
        assert open_ones == {}, folder
    assert stat.S_IMODE((root / "interviews").stat().st_mode) == 0o700
    pages = _modes(root / "public")
    assert {mode for name, mode in pages.items() if name.endswith(".html")} == {0o644}
    assert set(pages.values()) == {0o644, 0o755}
    assert Workspace(root).database.is_file()
