"""Files that must never come into the repository, and those that must always be in it."""

from __future__ import annotations

import hashlib
import re
import subprocess

import pytest

from tests.support.command_line import ROOT
from tests.support.file_order import (
    LONGEST_FIRST,
    NOT_IN_FAST_RUN,
    PYTORCH_LAST,
    WAITS_LONGEST,
)

LARGEST = 5_000_000
ROOMS = ("benchmarks", "capture", "docs", "library", "scripts", "site", "tests", "transcribe")
DATA = re.compile(r"^(interviews/(stories|edition|models)/|interviews/library\.json|public/)")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    output = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [name for name in output.split("\0") if name]


def test_no_data_is_tracked(tracked: list[str]) -> None:
    assert not [name for name in tracked if DATA.match(name) or name.endswith("audit.jsonl")]


def test_no_tracked_file_is_large_and_the_demo_is_small(tracked: list[str]) -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in tracked if (ROOT / name).is_file()}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    media = (".mp4", ".webm", ".m4a")
    demo = [size for name, size in sizes.items() if name.endswith(media)]
    assert 0 < sum(demo) <= 8_000_000


ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>(?:.*\\\n)+.*)$", re.M)
APART = "constraints-entities.txt"
LISTS = ("constraints.txt", "constraints-cuda.txt", "constraints-cpu.txt", APART)


def pinned(name: str = "constraints.txt") -> dict[str, set[str]]:
    """The versions a list pins, by the package’s name."""
    versions: dict[str, set[str]] = {}
    for entry in ENTRY.finditer((ROOT / name).read_text()):
        versions.setdefault(normal(entry["name"]), set()).add(entry["version"])
    return versions


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_asked_for_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    apart = extras.pop("entities")
    groups = [project["dependencies"], *extras.values()]
    required = {normal(re.split(r"[<>=\[; ]", pins)[0]) for group in groups for pins in group}
    # What few people want is pinned as well, in a list that `make` does not install.
    assert {normal(re.split(r"[<>=\[; ]", pins)[0]) for pins in apart} <= pinned(APART).keys()
    assert all(pinned()[name] >= pinned(APART)[name] for name in pinned(APART).keys() & pinned())
    assert required - pinned().keys() == {project["name"]} & required, (
        "an extra may name one of our own"
    )
    assert pinned()["torch"] == {"2.13.0"}
    assert pinned("constraints-cpu.txt")["torch"] == {"2.13.0+cpu"}


def test_a_package_pinned_by_version_of_python_is_installed_on_each() -> None:
    from scripts.bootstrap import _entries

    handed_to_pip = "".join(_entries().values())
    assert handed_to_pip.count("==") == (ROOT / "constraints.txt").read_text().count("==")


@pytest.mark.parametrize("name", LISTS)
def test_every_pinned_version_has_its_hashes_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = list(ENTRY.finditer(text))
    assert entries
    for entry in entries:
        hashes = entry["rest"].replace("\\\n", "\n").splitlines()[1:]
        assert hashes, entry["name"]
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64} ?", required) for required in hashes)
    rest = ENTRY.sub("", text)
    assert all(line.startswith("#") or not line for line in rest.splitlines())
    assert "://" not in text


def test_what_runs_here_is_what_is_pinned() -> None:
    from importlib.metadata import distributions

    lists = [pinned(name) for name in LISTS]
    names = set().union(*lists)
    requirement = {
        normal(distribution.metadata["Name"]): distribution.version
        for distribution in distributions()
    }
    other = {
        name: version
        for name, version in requirement.items()
        if name in names
        and not any(version in installed_versions.get(name, ()) for installed_versions in lists)
    }
    assert names & requirement.keys()
    assert other == {}, "run make venv; or pin what is here: python3 scripts/lock.py"


VENDORED = re.compile(
    r"^\| .* \| `(?P<place>[^`]+)` \| (?P<version>\d[\w.]*) "
    r"\| (?P<licence>[^|]+) \| `(?P<sha256>[0-9a-f]{64})` \|$",
    re.M,
)
MADE_ELSEWHERE = (".woff", ".woff2", ".ttf", ".otf", ".min.js", ".min.css", ".wasm")


def test_other_peoples_work_is_listed_with_version_licence_and_hash(tracked: list[str]) -> None:
    listed = list(VENDORED.finditer((ROOT / "THIRD_PARTY.md").read_text()))
    rows = (ROOT / "THIRD_PARTY.md").read_text().count("\n| ") - 1
    assert len(listed) == rows, "a row that this test cannot read guards nothing"
    for path in listed:
        content = (ROOT / path["place"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == path["sha256"], path["place"]
        for licence in re.findall(r"`([^`]+)`", path["licence"]):
            assert (ROOT / licence).is_file(), licence
    others = {name for name in tracked if name.endswith(MADE_ELSEWHERE)}
    assert others == {entries["place"] for entries in listed}


def test_the_command_of_ci_is_the_command_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text().splitlines()
    assert "make test" in (ROOT / "README.md").read_text()


def test_every_file_that_is_begun_first_is_there() -> None:
    assert [
        name
        for name in (*LONGEST_FIRST, WAITS_LONGEST, *PYTORCH_LAST, *NOT_IN_FAST_RUN)
        if not (ROOT / name).is_file()
    ] == []


def test_every_file_that_a_document_links_to_is_there(tracked: list[str]) -> None:
    missing = [
        f"{name}: {link}"
        for name in tracked
        if name.endswith(".md") and (name.startswith("docs/") or "/" not in name)
        for link in re.findall(r"\]\(([^)#\s]+)", (ROOT / name).read_text(encoding="utf-8"))
        if "://" not in link and not (ROOT / name).parent.joinpath(link).exists()
    ]
    assert missing == []


def test_every_path_of_ours_that_a_document_names_is_there(tracked: list[str]) -> None:
    folders = "|".join(ROOMS)
    missing = [
        f"{name}: {path}"
        for name in tracked
        if name.endswith(".md") and (name.startswith("docs/") or "/" not in name)
        if name != "CHANGELOG.md"  # it tells of what was there
        for path in re.findall(
            rf"`((?:{folders})/[\w./-]+)`", (ROOT / name).read_text(encoding="utf-8")
        )
        if "TAG" not in path  # of any language
        and not (ROOT / path).exists()
    ]
    assert missing == []


def test_the_wheel_carries_what_a_new_workspace_starts_with() -> None:
    """The build hook cannot import the package it builds, so its list is held against ours here."""
    from library.workspace_template import TEMPLATE_PATHS
    from scripts.wheel_contents import TEMPLATE

    assert set(TEMPLATE) == {*TEMPLATE_PATHS, "interviews/demo", "docs"}
