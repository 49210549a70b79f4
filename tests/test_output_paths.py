"""Only a build writes into what staff are shown: no path that a command is given leads there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import carer_stories
from library.cli.fields import OutputPath
from library.core import plugged_disks
from library.core.errors import NotFound
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.test_commands import commands

Cli = Callable[..., CommandResult]
READ = {
    ("questions new", "plain_list"),
    ("consent record", "form"),
    ("signoff", "form"),
    ("capture import", "sources"),
    ("capture import", "microphone"),
    ("capture import-ohms", "file"),
    ("capture mark", "path"),
    ("transcribe", "source"),
    ("transcribe", "voice_model"),
    ("edit", "file"),
    ("captions import", "file"),
    ("captions layout", "transcript"),
    ("site check", "folder"),
    ("site answers", "file"),
    ("site other-picture", "file"),
    ("training feedback", "files"),
    ("training collect", "files"),
    ("training report", "files"),
    ("restore", "source"),
    ("verify", "receipts"),
}
"""Paths that are only read. Every other one is written to, and is an `OutputPath`."""
NAMES_WITHIN_INTERVIEWS = {("migrate", "back"), ("training check", "names")}
"""Options whose value stands for a folder, and is no path."""


def parameters() -> Iterator[tuple[str, click.Parameter]]:
    for path, command in commands(carer_stories.root):
        for parameter in command.params:
            yield " ".join(path), parameter


OUTPUTS = [
    pytest.param(path, parameter, id=f"{path} {parameter.name}")
    for path, parameter in parameters()
    if isinstance(parameter.type, OutputPath)
]


def test_every_path_is_known_to_be_read_or_guarded() -> None:
    """One that is forgotten is named here; so is one that no command has any more."""
    paths = {
        (path, parameter.name)
        for path, parameter in parameters()
        if isinstance(parameter.type, click.Path) and not isinstance(parameter.type, OutputPath)
    }
    assert paths == READ
    named_so = {
        (path, parameter.name)
        for path, parameter in parameters()
        if (parameter.metavar or "").strip(".[]") in {"DIR", "FOLDER", "FILE", "PATH"}
        and not isinstance(parameter.type, click.Path)
    }
    assert named_so == NAMES_WITHIN_INTERVIEWS
    assert len(OUTPUTS) >= 16


@pytest.mark.parametrize(("path", "parameter"), OUTPUTS)
def test_what_a_command_writes_is_not_written_into_the_site(
    run_cli: Cli, workspace: Workspace, path: str, parameter: click.Parameter, tmp_path: Path
) -> None:
    workspace.public.mkdir(exist_ok=True)
    away = tmp_path / "server"
    away.mkdir()
    (tmp_path / "link").symlink_to(workspace.public)
    for folder in (
        workspace.public,
        workspace.public / "new" / "words.vtt",
        workspace.edition / "words.vtt",
        workspace.content / "page.md",
        workspace.assets / "x",
        workspace.root / "interviews" / ".." / "public" / "x",
        tmp_path / "link" / "x",
        Path("public/x"),
    ):
        before = _everything(workspace.root)
        option = (parameter.opts[0],) if isinstance(parameter, click.Option) else ()
        result = run_cli(*path.split(), *option, folder)
        assert (result.code, "is part of what staff are shown" in result.err) == (2, True), folder
        assert _everything(workspace.root) == before
    workspace.public.rmdir()
    workspace.public.symlink_to(away)
    result = run_cli(*path.split(), *option, away / "x")
    assert (result.code, "is part of what staff are shown" in result.err) == (2, True)


def _everything(folder: Path) -> list[Path]:
    # Hidden are the stamp of the reconciliation, which follows a refusal too, and locks.
    return sorted(path for path in folder.rglob("*") if not path.name.startswith("."))


@pytest.mark.parametrize(("path", "parameter"), OUTPUTS)
def test_nothing_is_written_where_only_a_disk_could_be_that_is_not_plugged_in(
    run_cli: Cli,
    path: str,
    parameter: click.Parameter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    monkeypatch.setattr(plugged_disks, "MOUNTING_FOLDERS", {media: 1})
    option = (parameter.opts[0],) if isinstance(parameter, click.Option) else ()
    result = run_cli(*path.split(), *option, media / "stick")
    assert (result.code, f"No disk is plugged in where {media}/stick would be." in result.err) == (
        3,
        True,
    )
    assert not any(media.iterdir())


def test_a_plugged_disk_or_a_folder_in_use_may_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media, by_hand = tmp_path / "media", tmp_path / "mnt"
    for folder in ("stick", "ann/blue", "unplugged", "bob/left", "server/films/one"):
        (media / folder).mkdir(parents=True)
    for folder in ("disk", "gone"):
        (by_hand / folder).mkdir(parents=True)
    disks = {media / "stick", media / "ann" / "blue", by_hand / "disk"}
    monkeypatch.setattr(plugged_disks.os.path, "ismount", lambda path: Path(path) in disks)
    monkeypatch.setattr(plugged_disks, "MOUNTING_FOLDERS", {media: 2})
    monkeypatch.setattr(plugged_disks, "_MOUNTED_BY_HAND", by_hand)
    for place in ("stick", "stick/new", "ann/blue/new", "server/new", "server", "server/a/b"):
        plugged_disks.require_plugged_in(media / place)
    for place in ("disk", "disk/new", "new", "new/library"):
        plugged_disks.require_plugged_in(by_hand / place)
    plugged_disks.require_plugged_in(tmp_path / "elsewhere" / "new")
    gone = [by_hand / "gone", by_hand / "gone" / "new"]
    gone += [media / place for place in ("none", "none/new", "ann", "ann/red", "ann/red/new")]
    gone += [media / place for place in ("unplugged", "unplugged/new", "bob/left/new", "bob/left")]
    for path in gone:
        with pytest.raises(NotFound, match=f"No disk is plugged in where {path} would be."):
            plugged_disks.require_plugged_in(path)


@pytest.mark.parametrize(("path", "parameter"), OUTPUTS)
def test_a_home_folder_is_known_where_no_shell_says_it(
    path: str, parameter: click.Parameter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    context = click.Context(carer_stories.root)
    assert parameter.type.convert("~/key", parameter, context) == tmp_path / "key"


@pytest.mark.parametrize(("path", "parameter"), OUTPUTS)
def test_the_home_folder_of_nobody_and_a_ring_of_links_are_refused(
    run_cli: Cli, path: str, parameter: click.Parameter, tmp_path: Path
) -> None:
    ring = tmp_path / "ring"
    ring.symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(ring)
    option = (parameter.opts[0],) if isinstance(parameter, click.Option) else ()
    for typed, refused in (("~nobody-has-this-name/new", {2}), (ring / "new", {2, 3, 4, 10})):
        assert run_cli(*path.split(), *option, typed).code in refused, typed
