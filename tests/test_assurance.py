"""`docs/it/assurance.md` claims nothing that was not checked, and names what exists."""

from __future__ import annotations

import re

import pytest

from tests.support.command_line import ROOT

PAGE = (ROOT / "docs" / "it" / "assurance.md").read_text(encoding="utf-8")


def test_every_test_and_folder_it_names_exists() -> None:
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "page", ["it/assurance.md", "it/dpia.md", "reference/safeguarding.md", "reference/consent.md"]
)
def test_every_page_and_part_it_links_to_exists(page: str) -> None:
    folder = ROOT / "docs"
    links = re.findall(r"\]\(([^)\s]*)\)", (folder / page).read_text(encoding="utf-8"))
    assert links
    for link in links:
        path, _, part = link.partition("#")
        target = (folder / page).parent.joinpath(path).resolve() if path else folder / page
        assert target.is_file(), link
        headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)
        anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}
        assert not part or part in anchors, link


@pytest.mark.parametrize("framework", ["DTAC", "DSPT", "DCB0129", "DCB0160", "NHS Digital"])
def test_each_framework_names_its_edition_and_that_it_was_not_checked(framework: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {framework}")]
    _, _, edition, read, _ = row.split("|")
    assert re.search(r"\d{4}", edition), framework
    assert "not checked" in read, framework


def test_no_compliance_is_claimed() -> None:
    assert "claims no compliance" in PAGE
    claims = r"\b(?:is|are|fully) (?:compliant|certified|accredited|approved)\b|\bcomplies with\b"
    assert not re.search(claims, PAGE)
