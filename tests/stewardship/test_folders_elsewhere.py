"""Folders of a workspace that lead elsewhere, and previews that were carried away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.errors import BadInput
from library.core.own_folders import folders_elsewhere, paths_below, require_own_folders
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released, remake_cut
from tests.support.withdrawn_story import TITLE

Cli = Callable[..., CommandResult]


def moved_away(path: Path, to: Path) -> Path:
    """Put a link in the place of a folder, which lies elsewhere from then on."""
    shutil.move(path, to)
    path.symlink_to(to)
    return to


@pytest.mark.parametrize("name", ["public", "interviews/stories", "site/content", "interviews"])
def test_a_folder_that_is_a_link_is_refused_by_what_writes_or_saves(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, published: str, name: str
) -> None:
    there = moved_away(workspace.root / name, tmp_path / "elsewhere")
    before = {
        path: path.stat().st_mtime_ns
        for path in there.rglob("*")
        # The stamp of the last reconciliation is no part of what anybody made.
        if path.is_file() and not path.name.startswith(".")
    }
    for command in (
        ("site", "build"),
        ("site", "build", "--offline", tmp_path / "stick", "--for", "Ward 3"),
        ("site", "preview", published),
        ("backup", tmp_path / "backup"),
        ("restore", "--generation", "1", "--yes"),
    ):
        result = run_cli("--workspace", workspace.root, *command)
        assert result.code == 2, (command, result.out, result.err)
        assert f"{name} is a link to another folder" in result.err, command
        assert "Next: Put the folder itself in its place" in result.err
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert f"{name} is a link" in run_cli("--workspace", workspace.root, "doctor").out


def test_a_withdrawal_reaches_through_the_link_and_vouches_for_nothing(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, published: str
) -> None:
    there = moved_away(workspace.public, tmp_path / "web-root")
    theirs = there / "of-somebody-else.txt"
    theirs.write_text("not ours")
    result = run_cli("withdraw", published, "--yes")
    assert result.code == 4, result.out
    assert "A folder of the library leads elsewhere" in result.out
    assert f"public is a link to another folder ({there})" in result.out
    assert "nothing of it is there" not in result.out
    for path in there.rglob("*"):
        if path.is_file():
            assert published.encode() not in path.read_bytes(), path
            assert TITLE.encode() not in path.read_bytes(), path
    assert theirs.read_text() == "not ours"
    # Mended, the same command finishes it.
    workspace.public.unlink()
    assert run_cli("withdraw", published, "--yes").code == 0
    assert "nothing of it is there" in run_cli("withdraw", published, "--yes").out


def test_an_erasure_is_not_finished_while_a_file_of_the_story_lies_elsewhere(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, published: str
) -> None:
    film = workspace.story(published).film
    shutil.move(film, tmp_path / "film.mp4")
    film.symlink_to(tmp_path / "film.mp4")
    result = run_cli("withdraw", published, "--erase", "--yes")
    assert result.code == 4
    assert "film.mp4 is a link to another file" in result.out
    assert "Erased: recordings" not in result.out


def test_a_link_in_the_site_does_not_keep_an_objection_from_taking_it_down(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, published: str
) -> None:
    there = moved_away(workspace.public, tmp_path / "web-root")
    remake_cut(workspace, published, "Another film")
    result = run_cli("status")
    assert f"Taken down: {published}" in result.err
    assert all(
        published.encode() not in path.read_bytes() for path in there.rglob("*") if path.is_file()
    )


def test_which_links_are_no_trouble(workspace: Workspace, run_cli: Cli, tmp_path: Path) -> None:
    through_link = tmp_path / "the-library"
    through_link.symlink_to(workspace.root)
    workspace.models.mkdir(exist_ok=True)
    moved_away(workspace.models, tmp_path / "models")
    assert folders_elsewhere(workspace) == ()
    released(workspace)
    assert run_cli("--workspace", through_link, "site", "build").code == 0
    require_own_folders(Workspace(through_link))


def test_a_mount_is_told_from_a_folder_also_on_the_same_disk(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    workspace.stories.mkdir(exist_ok=True)
    mounts.write_text(f"1 2 8:1 / {workspace.stories.resolve()} rw - ext4 /dev/sda rw\n")
    monkeypatch.setattr("library.core.own_folders._MOUNT_TABLE", mounts)
    with pytest.raises(BadInput, match="interviews/stories is another disk"):
        require_own_folders(workspace)
    require_own_folders(workspace, only=("public",))


def test_a_link_to_a_folder_above_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert len(list(paths_below(tmp_path))) < 5


# Previews that were carried away


def test_a_preview_written_elsewhere_is_a_copy_and_is_chased(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    story_id, stick = filmed(workspace, TITLE), tmp_path / "stick"
    stick.mkdir()
    report = json.loads(run_cli("site", "preview", story_id, "--to", stick, "--json").out)
    (copy,) = json.loads(run_cli("copies", "list", story_id, "--json").out)
    assert copy["id"] == report["copy"]
    assert (copy["medium"], copy["stories"]) == ("preview", [story_id])
    # Again to the same place: the one before is replaced. Elsewhere: another copy.
    assert run_cli("site", "preview", story_id, "--to", stick, "--zip").code == 0
    assert len(json.loads(run_cli("copies", "list", "--json").out)) == 1
    assert run_cli("site", "preview", story_id, "--zip").code == 0
    assert len(json.loads(run_cli("copies", "list", "--json").out)) == 2
    assert "handed out" not in run_cli("status", story_id).out
    result = run_cli("withdraw", story_id, "--yes")
    assert f"{stick}/preview-{story_id}" in result.out
    assert result.out.count("contributor of") == 2
    assert "Copies to ask for" in result.out
    assert "Copies to ask back" not in result.err, "they were named once already"
    assert "Copies to ask back" in run_cli("upkeep").out


def test_a_preview_that_stays_here_is_no_copy(workspace: Workspace, run_cli: Cli) -> None:
    assert run_cli("site", "preview", filmed(workspace)).code == 0
    assert json.loads(run_cli("copies", "list", "--json").out) == []


def test_a_preview_that_could_not_be_written_is_no_copy(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BadInput("The stick is gone.", "Plug it in.")

    monkeypatch.setattr("publish.preview.swap_folder", fail)
    assert run_cli("site", "preview", filmed(workspace), "--to", tmp_path).code == 2
    assert json.loads(run_cli("copies", "list", "--json").out) == []


def test_a_preview_that_was_sent_stays_open_until_somebody_says_what_became_of_it(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    story_id = filmed(workspace, TITLE)
    sent = json.loads(run_cli("site", "preview", story_id, "--zip", "--json").out)["copy"]
    result = run_cli("site", "preview", story_id)
    assert f"perhaps still with its contributor: {sent}." in result.out
    assert [copy["id"] for copy in json.loads(run_cli("copies", "list", "--json").out)] == [sent]
    stick = tmp_path / "stick"
    stick.mkdir()
    to_stick = ("site", "preview", story_id, "--to", stick)
    first = json.loads(run_cli(*to_stick, "--json").out)["copy"]
    assert f"{first}, which lay there before, is settled as replaced." in run_cli(*to_stick).out
    stick.rename(tmp_path / "taken away")
    stick.mkdir()
    assert run_cli(*to_stick).code == 0
    assert len(json.loads(run_cli("copies", "list", "--json").out)) == 3
