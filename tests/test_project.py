"""What must never come into the repository, and what must always be in it."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.conftest import ROOT

LARGEST = 5_000_000
DATA = re.compile(r"^(interviews/(stories|edition|models)/|interviews/library\.json|public/)")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [name for name in listed.split("\0") if name]


def test_no_data_is_tracked(tracked: list[str]) -> None:
    assert not [name for name in tracked if DATA.match(name) or name.endswith("audit.jsonl")]


def test_no_tracked_file_is_large_and_the_demo_is_small(tracked: list[str]) -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in tracked if (ROOT / name).is_file()}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    media = (".mp4", ".webm", ".m4a")
    demo = [size for name, size in sizes.items() if name.endswith(media)]
    assert 0 < sum(demo) <= 8_000_000


def test_everything_installed_is_pinned() -> None:
    import tomllib

    pinned = {
        re.split(r"==", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    asked = {re.split(r"[<>=\[; ]", one)[0].lower() for group in groups for one in group}
    assert asked - pinned == {project["name"]} & asked, "an extra may name another of our own"
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()


def test_the_command_of_ci_is_the_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text().splitlines()
    assert "make test" in (ROOT / "README.md").read_text()


def test_every_document_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text())
    missing = [name for name in named if "://" not in name and not (ROOT / name).exists()]
    assert missing == []


def test_the_wheel_carries_what_a_new_workspace_starts_with() -> None:
    """The build hook cannot import the package it builds, so its list is held against ours here."""
    from library.template import STARTS_WITH
    from scripts.wheel_contents import TEMPLATE

    assert set(TEMPLATE) == {*STARTS_WITH, "interviews/demo"}
