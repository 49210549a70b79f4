"""A finished folder in the place of another: staff find the one or the other, whatever happens."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from library.core.atomic_swap import exchange
from library.core.errors import DiskFailed
from library.core.workspace import Workspace
from publish.build import build_site
from publish.edition import swap_folder
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with
from tests.support.command_line import ROOT
from tests.support.editions import VIDEO, lay_edition, story_page


class WithoutExchange(FaultySystem):
    """As on Windows, and on file systems that cannot."""

    def exchange(self, first_path: Path, other: Path) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(first_path))


def _folder(path: Path, words: str) -> Path:
    path.mkdir()
    for name in ("index.html", "about.html"):
        (path / name).write_text(words)
    return path


def _pair(tmp_path: Path, name: str) -> tuple[Path, Path]:
    room = tmp_path / name
    room.mkdir()
    return _folder(room / "site.new", "new"), _folder(room / "site", "old")


def _words(folder: Path) -> set[str]:
    return {path.read_text() for path in folder.iterdir()} if folder.is_dir() else set()


def test_two_folders_change_places_in_one_step(tmp_path: Path) -> None:
    new_folder, site_folder = _pair(tmp_path, "one")
    exchange(new_folder, site_folder)
    assert (_words(new_folder), _words(site_folder)) == ({"old"}, {"new"})


def test_killed_at_any_step_one_whole_folder_is_in_its_place(tmp_path: Path) -> None:
    new_folder, site_folder = _pair(tmp_path, "counted")
    steps = count_changes(lambda: swap_folder(new_folder, site_folder))
    assert _words(site_folder) == {"new"}
    assert sorted(path.name for path in site_folder.parent.iterdir()) == ["site"]
    for step in range(1, steps + 1):
        new_folder, site_folder = _pair(tmp_path, f"step-{step}")
        assert killed_at(step, lambda new=new_folder, target=site_folder: swap_folder(new, target))
        assert _words(site_folder) in ({"old"}, {"new"}), step


def test_where_names_cannot_be_exchanged_there_is_never_a_mixture(tmp_path: Path) -> None:
    new_folder, site_folder = _pair(tmp_path, "counted")
    with disk(WithoutExchange()) as counting:
        swap_folder(new_folder, site_folder)
    assert _words(site_folder) == {"new"}
    for step in range(1, len(counting.calls) + 1):
        new_folder, site_folder = _pair(tmp_path, f"step-{step}")
        with (
            disk(WithoutExchange(step, refuse_with(errno.EIO), stay=True)),
            pytest.raises(DiskFailed),
        ):
            swap_folder(new_folder, site_folder)
        site_folders = [
            site_folder,
            site_folder.with_name("site.old"),
            site_folder.with_name("site.new"),
        ]
        assert all(len(_words(path)) <= 1 for path in site_folders), step
        assert {"old"} in map(_words, site_folders) or _words(site_folder) == {"new"}, step


BUILD = """
import sys
from pathlib import Path
from library.core.workspace import Workspace
from publish.build import build_site
print("begins", flush=True)
build_site(Workspace(Path(sys.argv[1])))
"""


def _all(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_a_build_that_is_killed_leaves_the_whole_old_site_or_the_whole_new_one(
    workspace: Workspace, media: Path
) -> None:
    lay_edition(workspace, media, story_page(VIDEO))
    build_site(workspace)
    old = _all(workspace.public)
    lay_edition(workspace, media, story_page(VIDEO, title="Told anew"))
    started_at = time.monotonic()
    build_site(workspace)
    takes = time.monotonic() - started_at
    new = _all(workspace.public)
    lay_edition(workspace, media, story_page(VIDEO))
    build_site(workspace)
    assert _all(workspace.public) == old != new

    lay_edition(workspace, media, story_page(VIDEO, title="Told anew"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "site")))}
    for part in (0.1, 0.4, 0.7, 0.9, 1.0, 1.1):
        command = [sys.executable, "-c", BUILD, str(workspace.root)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as building:
            assert building.stdout is not None
            assert building.stdout.readline() == b"begins\n"
            time.sleep(takes * part)
            building.send_signal(signal.SIGKILL)
            building.wait()
        assert _all(workspace.public) in (old, new), part
    build_site(workspace)
    assert _all(workspace.public) == new
    assert not list(workspace.root.glob("public.*"))
