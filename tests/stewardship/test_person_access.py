"""The export for somebody in the register: what is held about them, and nobody else’s."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from library.consent.contributors import record_contributor
from library.consent.copies import record_copy
from library.consent.register import add_person, complete_register, decide_person
from library.consent.stories import change_story
from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.people import PersonNotes
from stewardship.export.person_access import NAME_LEFT_OUT
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, released

Cli = Callable[..., CommandResult]


class TwoStories:
    """Somebody who is in two stories, under two ids, and others who are in them too."""

    def __init__(self, workspace: Workspace) -> None:
        self.first = released(workspace, "What Ruth told")
        self.second = released(workspace, "What her sister told")
        change_story(workspace, self.first, {"contributor": "Ruthie"})
        record_contributor(
            workspace, self.first, name="Ruth Example", contact="0161 496 0000", role="editor"
        )
        folder = workspace.story(self.first)
        folder.name_list.write_text("names:\n- name: Siobhan Murphy\n")
        folder.editors_copy.write_text("RUTH: He lost his job, and I could not sleep.\n")
        him = add_person(
            workspace,
            self.first,
            relation="son of Ruth",
            about="his illness; Siobhan’s ward; what Ruthie, who is Ruth Example, did that night",
            decided="agreed",
            notes=PersonNotes(evidence="He told Ruth on 0161 496 0000, on 2 March", cared_for=True),
            role="editor",
        )
        nurse = add_person(
            workspace,
            self.first,
            relation="nurse",
            about="a mistake",
            decided="agreed",
            role="editor",
        )
        again = add_person(
            workspace, self.second, relation="nephew", about="his wedding", role="editor"
        )
        decide_person(
            workspace, self.first, him.person, decided="not-identifiable", role="facilitator"
        )
        complete_register(workspace, self.first, role="editor")
        approve(workspace, self.first)
        record_copy(
            workspace,
            [self.first, self.second],
            medium="preview",
            audience="trust",
            to="Ruth Example, at home",
            on=clock.today(),
            role="editor",
        )
        self.him, self.nurse, self.again = him.person, nurse.person, again.person


@pytest.fixture
def two(workspace: Workspace) -> TwoStories:
    return TwoStories(workspace)


def _exported(run_cli: Cli, *persons: str, options: tuple[str, ...] = ()) -> Path:
    named = [option for person in persons for option in ("--person", person)]
    result = run_cli("export", *options, "--subject-access", *named, "--json")
    assert result.code == 0, result.err
    return Path(json.loads(result.out)["place"])


def _text(folder: Path) -> str:
    return unescape(re.sub(r"<[^>]*>", "", (folder / "index.html").read_text(encoding="utf-8")))


def test_it_holds_what_is_recorded_of_them_in_every_story(run_cli: Cli, two: TwoStories) -> None:
    folder = _exported(run_cli, two.him, two.again)
    text = _text(folder)
    for words in (
        "his illness",
        "his wedding",
        "nephew",
        "on 2 March",
        "they agreed to be in it",
        "nobody could tell who they are",
        "the one who was looked after",
        "as a preview",
        f"You in the story {two.first}",
        f"You in the story {two.second}",
        "to object to your part in a story",
    ):
        assert words in text, words
    data = json.loads((folder / "everything.json").read_bytes())
    assert [part["person"] for part in data["stories"]] == [two.him, two.again]
    assert [entry["decided"] for entry in data["stories"][0]["entries"]] == [
        "agreed",
        "not-identifiable",
    ]
    (approval,) = data["stories"][0]["approvals"]
    assert approval["decided"] == "not-identifiable"
    assert two.first in folder.name, "an erasure finds it by that"
    assert two.second in folder.name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_never_holds_who_told_the_story_or_anybody_else(run_cli: Cli, two: TwoStories) -> None:
    folder = _exported(run_cli, two.him)
    contents = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode()
    for absent in (
        "Ruth",
        "Example",
        "0161",
        "Siobhan",
        "What Ruth told",
        "Nobody asked",
        "could not sleep",
        "nurse",
        "a mistake",
        two.nurse,
        two.second,
        "at home",
    ):
        assert absent not in contents, absent
    entry = json.loads((folder / "everything.json").read_bytes())["stories"][0]["entries"][0]
    assert entry["relation"] == f"son of {NAME_LEFT_OUT}"
    assert NAME_LEFT_OUT in entry["told"]
    assert {path.name for path in folder.iterdir()} == {
        "checklist.md",
        "everything.json",
        "index.html",
        "manifest.sha256",
        "passages.md",
    }


def test_what_no_program_finds_is_left_to_an_editor_and_said_plainly(
    run_cli: Cli, two: TwoStories
) -> None:
    result = run_cli("export", "--subject-access", "--person", two.him)
    assert result.code == 0, result.err
    assert "It is not complete, and not ready to be handed over" in result.out
    assert result.out.rstrip().splitlines()[-1].endswith("checklist.md")
    folder = Path(result.out.splitlines()[1].strip())
    assert "A program cannot find reliably" in _text(folder)
    assert "Not gone through yet" in (folder / "passages.md").read_text()
    checklist = (folder / "checklist.md").read_text()
    assert f"{two.him} in {two.first}" in checklist
    assert f"stories/{two.first}/transcript.md" in checklist
    # They change while the editor works, so no manifest lists them.
    assert "passages.md" not in (folder / "manifest.sha256").read_text()


def test_its_contributor_is_not_told_that_somebody_asked(
    workspace: Workspace, run_cli: Cli, two: TwoStories
) -> None:
    _exported(run_cli, two.him)
    (line,) = [
        line for line in audit_log.entries(workspace.audit_log) if line.action == "subject-access"
    ]
    assert line.subject == two.him
    result = run_cli("export", two.first, "--subject-access", "--json")
    data = json.loads((Path(json.loads(result.out)["place"]) / "everything.json").read_bytes())
    assert "subject-access" not in [line["action"] for line in data["stories"][0]["log"]]
    assert run_cli("verify").code == 0


def test_a_story_that_was_taken_back_still_answers(
    workspace: Workspace, run_cli: Cli, two: TwoStories
) -> None:
    record_withdrawal(workspace, two.first, "contributor")
    text = _text(_exported(run_cli, two.him, options=(two.first,)))
    assert "The story was withdrawn on" in text
    assert "his illness" in text


def test_nothing_is_exported_while_the_list_of_names_cannot_be_read(
    workspace: Workspace, run_cli: Cli, two: TwoStories
) -> None:
    workspace.story(two.first).name_list.write_text("names: [")
    result = run_cli("export", "--subject-access", "--person", two.him)
    assert result.code != 0
    assert "names.yml" in result.err
    assert not workspace.exports.exists() or not list(workspace.exports.iterdir())


def test_what_cannot_be_is_refused_with_a_sentence(run_cli: Cli, two: TwoStories) -> None:
    for arguments, code, words in (
        (("--subject-access", "--person", "pe-zzzzzz"), 3, "“pe-zzzzzz” in any register"),
        ((two.first, "--subject-access", "--person", two.again), 3, f"register of {two.first}"),
        (("--person", two.him), 2, "goes with --subject-access"),
        (("--subject-access", "--person", two.him, "--zip"), 2, "complete the export first"),
        (("--bagit", "..", "--person", two.him, "--for", "County"), 2, "goes with"),
        (("--subject-access",), 2, "with --person"),
    ):
        result = run_cli("export", *arguments)
        assert (result.code, words in result.err) == (code, True), (arguments, result.err)
