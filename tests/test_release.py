"""Parts of the project that a stranger looks for: workflows, issue forms, notes of a release."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from scripts.release_notes import notes_of
from tests.support.command_line import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ISSUE_FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_pinned_and_may_do_no_more_than_its_jobs_say(path: Path) -> None:
    text = path.read_text()
    assert "has NOT been run yet" in text.split("\nname:")[0], "until it has"
    actions = re.findall(r"uses: (\S+)", text)
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions), actions
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert all(
        "permissions" in job and "timeout-minutes" in job for job in workflow["jobs"].values()
    )


def test_the_checks_run_on_three_systems_and_every_python() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text())["jobs"]
    lowest = int(re.findall(r"3\.(\d+)", (ROOT / "pyproject.toml").read_text())[0])
    wanted = [f"3.{minor}" for minor in range(lowest, lowest + 4)]
    others = jobs["other_systems"]["strategy"]["matrix"]
    assert jobs["everything"]["strategy"]["matrix"]["python"] == others["python"] == wanted
    assert {system.partition("-")[0] for system in others["system"]} == {"windows", "macos"}
    steps = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    assert any(step.startswith("make lint") for step in steps)


@pytest.mark.parametrize("path", ISSUE_FORMS, ids=lambda path: path.name)
def test_an_issue_form_asks_for_words_and_warns_of_names(path: Path) -> None:
    form = yaml.safe_load(path.read_text())
    assert form["name"]
    assert form["description"]
    answers = [field for field in form["body"] if field["type"] != "markdown"]
    identities = [field["id"] for field in answers]
    assert len(identities) == len(set(identities)) > 0
    assert any(field.get("validations", {}).get("required") for field in answers)
    if path.name != "wish.yml":
        warning = form["body"][0]["attributes"]["value"]
        assert re.search(r"no recording|name no|every name", warning)


def test_this_version_has_notes_for_its_release() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    notes = notes_of(version, (ROOT / "CHANGELOG.md").read_text())
    assert notes
    assert "\n## " not in notes


def test_notes_of_one_version_alone() -> None:
    changelog = "## Unreleased\n\n- new\n\n## 1.10.0\n\n- ten\n\n## 1.1.0 (May)\n\n- one\n"
    assert notes_of("1.1.0", changelog) == "- one"
    assert notes_of("1.10.0", changelog) == "- ten"
    assert notes_of("1.1", changelog) == ""
