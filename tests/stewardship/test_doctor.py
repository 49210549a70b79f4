"""`doctor` on what a library is made with."""

from __future__ import annotations

from collections.abc import Callable

from library.core.workspace import Workspace
from library.workspace_template import template_root
from tests.support.command_line import Ran


def test_what_an_earlier_version_did_not_have_is_named_and_can_be_copied(
    workspace: Workspace, run_cli: Callable[..., Ran]
) -> None:
    assert "The pages’ design is that of this version." in run_cli("doctor").out
    missing_files = ("site/assets/js/present-clip.js", "site/content/confidentiality.md")
    for name in missing_files:
        (workspace.root / name).unlink()
    frame = workspace.root / "site/assets/css/frame.css"
    frame.write_text("/* of an earlier version */", encoding="utf-8")
    output = " ".join(run_cli("doctor").out.split())
    assert f"an earlier version and lacks {', '.join(missing_files)}." in output
    assert "what is not as in this version: site/assets/css/frame.css." in output
    for name in (*missing_files, "site/assets/css/frame.css"):
        (workspace.root / name).write_bytes((template_root() / name).read_bytes())
    assert "The pages’ design is that of this version." in run_cli("doctor").out


def test_what_people_changed_on_purpose_is_told_and_is_well(
    workspace: Workspace, run_cli: Callable[..., Ran]
) -> None:
    (workspace.content / "about.md").write_text("# About us\n", encoding="utf-8")
    colours = workspace.root / "site/assets/css/type.css"
    colours.write_text(colours.read_text(encoding="utf-8") + "/* ours */", encoding="utf-8")
    output = " ".join(run_cli("doctor").out.split())
    assert (
        "The pages have all they need. Not as in this version: site/assets/css/type.css." in output
    )
    assert "about.md" not in output
