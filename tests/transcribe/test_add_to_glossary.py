"""A term is added to the glossary as a person would write it, and all else stays as it was."""

from __future__ import annotations

import pytest

from library.core.errors import BadInput
from library.core.workspace import Workspace
from transcribe.add_to_glossary import add_to_glossary
from transcribe.glossary import load_glossary

LISTED = """\
# Ours.
terms:
  - term: CPA   # how care is planned
    mishearings: [see pa, "C: B A"]
    note: Care Programme Approach

  # Teams
  - term: crisis team
    mishearings:
    - crisis steam
    - Christ's team # twice
  - term: CMHT
    says_as: [C M H T]

# The end.
"""


def lines_added(workspace: Workspace, text: str, term: str, mishearing: str = "") -> list[str]:
    """Add it; return the lines that differ, all others being there in their order."""
    workspace.glossary.write_text(text, encoding="utf-8")
    before = load_glossary(workspace)
    added = add_to_glossary(workspace, term, mishearing)
    after = load_glossary(workspace)
    assert added in after.terms
    assert {each.term for each in before.terms} <= {each.term for each in after.terms}
    new = workspace.glossary.read_text(encoding="utf-8").splitlines()
    old = text.splitlines()
    assert [line for line in new if line in old] == [line for line in old if line in new]
    return [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("term", "mishearing", "lines"),
    [
        ("Gaviscon", "", ["  - term: Gaviscon"]),
        ("Ward 3: north", "war #3", ["  - term: 'Ward 3: north'", "    mishearings: ['war #3']"]),
        ("cpa", "sea pay", ['    mishearings: [see pa, "C: B A", sea pay]']),
        ("Crisis Team", "no, it is", ["    - 'no, it is'"]),
        ("CMHT", "see\nMHT", ["    mishearings: [see MHT]"]),
        ("CPA", "See pa", []),
        ("CPA", "", []),
        ("Café Zoë", "yes", ["  - term: Café Zoë", "    mishearings: ['yes']"]),
    ],
)
def test_only_what_is_added_differs(
    workspace: Workspace, term: str, mishearing: str, lines: list[str]
) -> None:
    assert lines_added(workspace, LISTED, term, mishearing) == lines


@pytest.mark.parametrize(
    "text",
    ["", "# Ours.\n", "# Ours.\nterms: []\n", "terms:\n- term: A", "terms:\n    - term: A\n"],
)  # fmt: skip
def test_it_is_added_to_a_list_of_any_form(workspace: Workspace, text: str) -> None:
    workspace.glossary.write_text(text, encoding="utf-8")
    add_to_glossary(workspace, "Gaviscon", "gave his con")
    add_to_glossary(workspace, "Gaviscon", "gas con")
    term = load_glossary(workspace).terms[-1]
    assert (term.term, term.mishearings) == ("Gaviscon", ("gave his con", "gas con"))
    kept = workspace.glossary.read_text(encoding="utf-8")
    assert kept.startswith("# Ours.") == text.startswith("# Ours.")
    workspace.glossary.unlink()
    add_to_glossary(workspace, "Gaviscon")
    assert [term.term for term in load_glossary(workspace).terms] == ["Gaviscon"]


@pytest.mark.parametrize("term", ["", "  ", "[x]", "a (b) c", "x" * 61])
def test_what_is_no_term_is_refused(workspace: Workspace, term: str) -> None:
    workspace.glossary.write_text(LISTED, encoding="utf-8")
    with pytest.raises(BadInput):
        add_to_glossary(workspace, term)
    assert workspace.glossary.read_text(encoding="utf-8") == LISTED


@pytest.mark.parametrize("text", ["terms: [{term: A}]\n", "{terms: [{term: A}]}\n"])
def test_a_list_that_is_written_otherwise_is_left_alone(workspace: Workspace, text: str) -> None:
    workspace.glossary.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refusal:
        add_to_glossary(workspace, "Gaviscon")
    assert "by hand" in refusal.value.next_step
    assert workspace.glossary.read_text(encoding="utf-8") == text
