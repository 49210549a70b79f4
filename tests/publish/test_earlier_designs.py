"""Files of an earlier design that somebody copied among today's are named, with what to do."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.errors import ToolFailed
from library.core.workspace import Workspace
from library.earlier_designs import BEGINNING, EARLIER_DESIGNS
from library.workspace_template import DESIGN_PATHS, template_root
from tests.support.command_line import CommandResult
from tests.support.kept_workspaces import unpack


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return the library that 0.1.0 made."""
    return unpack(tmp_path_factory.mktemp("earlier") / "0.1.0").workspace


def test_the_table_has_every_design_file_that_changed_since(earlier: Workspace) -> None:
    files = [
        path
        for part in DESIGN_PATHS
        for path in (earlier.root / part, *(earlier.root / part).rglob("*"))
        if path.is_file()
    ]
    by_name = {path.relative_to(earlier.root).as_posix(): path.read_bytes() for path in files}
    changed = {
        name: hashlib.sha256(data).hexdigest()[:BEGINNING]
        for name, data in by_name.items()
        # Pages are people’s own, and the fixture has stand-ins for fonts.
        if not name.startswith(("site/content/", "site/assets/fonts/"))
        and not (
            (template_root() / name).is_file() and (template_root() / name).read_bytes() == data
        )
    }
    assert EARLIER_DESIGNS["0.1.0"] == changed


def test_an_old_frame_among_todays_files_is_named_by_doctor_and_by_the_build(
    workspace: Workspace, earlier: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    partials = "site/overrides/partials/javascripts"
    shutil.copytree(earlier.root / partials, workspace.root / partials)
    for name in ("404.html", "main.html"):
        shutil.copyfile(
            earlier.root / "site/overrides" / name, workspace.root / "site/overrides" / name
        )
    doctor = " ".join(run_cli("doctor").out.split())
    built = run_cli("site", "build")
    assert built.code == ToolFailed.exit_code
    refusal = " ".join(built.err.split())
    frames = "site/overrides/404.html, site/overrides/main.html"
    unused = ", ".join(f"{partials}/{name}.html" for name in ("announce", "base", "content"))
    for words in (doctor, refusal):
        assert f"As version 0.1.0 had it: {frames}, {unused}." in words
        assert f"Copy {frames} from a new workspace (carer-stories init DIR) over what is" in words
        assert f"Delete {unused}: this version has no such file." in words
    for name in ("404.html", "main.html"):
        path = Path("site/overrides", name)
        shutil.copyfile(template_root() / path, workspace.root / path)
    shutil.rmtree(workspace.root / partials)
    assert run_cli("site", "build").code == 0
    assert "The pages’ design is that of this version." in run_cli("doctor").out


def test_many_old_files_are_named_by_their_folders(
    workspace: Workspace, earlier: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    shutil.copytree(
        earlier.root / "site/assets/js", workspace.root / "site/assets/js", dirs_exist_ok=True
    )
    output = " ".join(run_cli("doctor").out.split())
    assert "files of two versions. As version 0.1.0 had it: site/assets/js." in output
    assert "Copy site/assets/js from a new workspace" in output


def test_a_library_whose_whole_design_is_an_earlier_one_is_not_called_mixed(
    earlier: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    output = " ".join(run_cli("--workspace", earlier.root, "doctor").out.split())
    assert "two versions" not in output
    assert "it was made by an earlier version" in output
