"""Files that come with the program are known by their bytes, and by nothing else."""

from __future__ import annotations

import hashlib

from library.core.workspace import Workspace
from library.workspace_template import template
from publish.shipped_files import shipped_files


def test_typefaces_scripts_and_sheets_are_known_until_somebody_changes_one(
    workspace: Workspace,
) -> None:
    shipped = shipped_files(workspace)
    kinds = {path.suffix for path in workspace.assets.rglob("*") if path.is_file()}
    assert {".woff2", ".js", ".css"} <= kinds
    for path in (path for path in workspace.assets.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() in shipped, path
        assert hashlib.sha256(data + b"\n").hexdigest() not in shipped, path


def test_in_a_clone_of_the_project_only_the_theme_is_as_it_came() -> None:
    own = [path for path in template().assets.rglob("*") if path.is_file()]
    shipped = shipped_files(template())
    assert shipped
    assert not [path for path in own if hashlib.sha256(path.read_bytes()).hexdigest() in shipped]
