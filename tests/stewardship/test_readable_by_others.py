"""`doctor` on who else may read a workspace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.cloud_folders import cloud_service_of
from library.core.workspace import Workspace
from stewardship.doctor import open_to_others
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed

Cli = Callable[..., CommandResult]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions.")


@pytest.mark.parametrize(
    ("folder", "service"),
    [
        ("OneDrive - Larchfield NHS Trust/library", "OneDrive"),
        ("Dropbox/library", "Dropbox"),
        ("Library/CloudStorage/GoogleDrive-a@b.example/My Drive/library", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs/library", "iCloud"),
        ("Documents/library", ""),
        ("Dropped boxes/library", ""),
        ("Dropbox (Personal)/library", "Dropbox"),
        ("Google Drive File Stream/library", "Google Drive"),
        ("iCloudDrive/library", "iCloud"),
        ("Larchfield NHS Trust/Sharepoint - Carers/library", "SharePoint"),
        ("Nextcloud2/library", "Nextcloud"),
        ("Box/library", "Box"),
        ("Box of letters/library", ""),
        ("My drives/library", ""),
    ],
)
def test_a_folder_that_is_copied_elsewhere_is_told(
    tmp_path: Path, folder: str, service: str
) -> None:
    assert cloud_service_of(tmp_path / folder) == service


@pytest.mark.parametrize(
    ("mark", "service"),
    [
        (".dropbox", "Dropbox"),
        (".849C9593-D756-4E56-8D6E-42412F2A707B", "OneDrive"),
        (".tmp.drivedownload", "Google Drive"),
        (".sync_0a1b2c3d4e5f.db", "Nextcloud"),
        (".stfolder", "Syncthing"),
    ],
)
def test_a_synced_folder_under_another_name_is_told_by_its_marks(
    tmp_path: Path, mark: str, service: str
) -> None:
    (tmp_path / "Team").mkdir()
    assert cloud_service_of(tmp_path / "Team" / "library") == ""
    (tmp_path / "Team" / mark).write_text("")
    assert cloud_service_of(tmp_path / "Team" / "library") == service


@posix
def test_what_we_write_is_for_this_account_alone(workspace: Workspace) -> None:
    filmed(workspace)
    for folder in (workspace.interviews, *workspace.interviews.parents):
        if folder.is_relative_to(workspace.root.parent):
            folder.chmod(0o755)
    for path in workspace.stories.rglob("*"):
        if path.is_file():
            path.chmod(0o600)  # the quick story’s files are written by the test itself
    assert open_to_others(workspace) == []


@posix
def test_doctor_names_what_others_may_read(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stewardship import doctor

    monkeypatch.setattr(doctor, "_is_shut_above", lambda _folder: False)
    (workspace.interviews / "library.json").chmod(0o644)
    result = run_cli("doctor")
    assert "Other accounts of this computer may read interviews/library.json" in result.out
    assert "chmod -R go-rwx" in result.out
    (workspace.interviews / "library.json").chmod(0o600)
    assert "No other account" in run_cli("doctor").out
