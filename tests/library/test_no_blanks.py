"""No record and no release while what agreements rest on is blank, or only looks filled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import yaml

from films.approval_checklist import advice
from library.consent.decisions import (
    record_agreement,
    record_release,
    require_signable_cut,
)
from library.consent.stories import read_history, start_story
from library.core import clock
from library.core.blank_values import is_blank
from library.core.errors import BadInput, NotAllowed
from library.core.settings import (
    NEEDED_FOR_AGREEMENTS,
    Settings,
    SupportLine,
    load_settings,
    missing_for_agreements,
    say_missing,
)
from library.core.settings_file import write_settings
from library.core.workspace import Workspace
from library.workspace_template import template
from publish import demo
from tests.support.command_line import CommandResult
from tests.support.quick_stories import AGREED, filmed, released, sign_off
from tests.support.workspaces import NEEDED, filled_text

Cli = Callable[..., CommandResult]
DEMO = yaml.safe_load(demo.SETTINGS.format(today="2026-01-01"))
BLANK = [
    "", " ", "…", "...", "-", "?", "____", "[…]", "[name of the trust]",
    "The [name] Trust", "<trust>", "{{ trust }}", "Our trust", "our  TRUST", "Your Trust",
    "TODO", "todo: ask", "ＴＯＤＯ",
    "TO\u200bDO", "tbc", "T.B.C.", "TBD by legal", "to be confirmed", "Not yet decided", "xxx",
    "N/A", "none", "lorem ipsum dolor", "change me", "Fill this in", "Please insert address here",
    "ask@example.org", "https://www.example.com/", "carers@trust.example", "0000 000 0000",
    "T O D O", "t o d o: IG", "T.O.D.O", "T-B-C", "TB C", "ТОDО", "ТВС", "ТOᎠО",
    "T\u0336O\u0336D\u0336O\u0336", "T0D0",
    "T\u3164O\u200cD\u2060O", "to do", "to-do list", "tbc by Jan", "T.B.A. (Jan)", "???", "??",
    "who knows?",
    "[to be named]", "XXX", "xxxx", "x x x", "aaaa", "to follow", "details to follow",
    "will follow",
    "n/a", "N.A.", "not applicable", "see above", "See above, please", "as discussed", "don’t know",
    "ask IG", "Ask the IG lead", "check with legal", "awaiting IG sign-off", "insert name here",
    "01632 960 123", "+44 (0)1632 960123", "020 7946 0000", "123456789", "x",
]  # fmt: skip
FILLED = [
    "Northfield NHS Foundation Trust", "Mind", "116 123", "0300 123 1113", "NHS 111",
    "Article 6(1)(e), public task", "Article 9(2)(h) and DPA 2018, Schedule 1, paragraph 2",
    "Carer Stories <carers@northfield.nhs.uk>", "https://northfield.nhs.uk/carers",
    "Write to us here: Ward 3", "Give your name and ring 0300 303 1000, not on Sundays",
    "What to do: ring 0300 303 1000", "Want it back? Ring 0300 303 1000",
    "Tell us, whenever you like",
    "Ask the DPO: dpo@northfield.nhs.uk", "a letter to follow your call to 0300 303 1000",
    "TEWV", "N H S Lothian",
    "Æther House, room 7", "Ysbyty Gwynedd", "Ward 3, see the board by the door", "Łódź House",
    "weekdays 9–5", "consent, Article 6(1)(a)",
]  # fmt: skip


@pytest.mark.parametrize("text", BLANK)
def test_what_only_holds_the_place_of_words_to_come_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", FILLED)
def test_what_somebody_wrote_is_not(text: str) -> None:
    assert not is_blank(text)


def test_the_demonstration_is_filled_in_and_its_words_are_no_trusts() -> None:
    line = SupportLine(**DEMO.pop("support")[0])
    settings = Settings(**DEMO, support=(line,))
    assert missing_for_agreements(settings) == ()
    real = msgspec.structs.replace(settings, fictional=False)
    assert set(missing_for_agreements(real)) == {*NEEDED_FOR_AGREEMENTS} - {"evidence"}
    nothing = missing_for_agreements(Settings(fictional=True))
    assert nothing == tuple(NEEDED_FOR_AGREEMENTS)


FITTING = {
    "trust": ["Mind", "TEWV", "Bwrdd Iechyd Prifysgol Betsi Cadwaladr", "St Andrew’s Healthcare"],
    "contact": [
        "Rose Ward, ext 4455",
        "carers@northfield.nhs.uk",
        "the team, room 12",
        "northfield.nhs.uk/carers",
        "the carers’ desk in reception",
        "0300 123 1113",
        "bleep 204",
        "PALS, Ysbyty Gwynedd, LL57 2PW",
        "write to FREEPOST CARERS",
        "the Carer Stories team, main corridor",
    ],
    "withdrawal": [
        "tell whoever recorded you",
        "0300 123 1113",
        "say so to your care coordinator",
        "tell the team: 0300 123 1113",
        "Tell the story team in room 4, or write to us there",
        "tell the nurse who sat beside you",
    ],
    "lawful_basis": [
        "Article 6(1)(e), public task",
        "Public task",
        "UK GDPR Art. 6 (1) (f)",
        "6(1)(a)",
        "6.1.e",
        "art 6(1)(ea) recognised legitimate interest",
        "legal obligation",
        "Consent",
    ],
    "special_category_condition": [
        "Article 9(2)(h)",
        "Management of health care",
        "9(2)(a) explicit consent",
        "Art 9.2(j), archiving",
        "health or social care",
        "substantial public interest (DPA 2018, Sch 1)",
        "9 (2) (h)",
    ],
    "support": [
        "116 123",
        "text SHOUT to 85258",
        "samaritans.org",
        "jo@samaritans.org",
        "the chaplaincy",
        "116 123, tried 1 May 2026",
        "0300 123 1113, 0900-1700",
        "01-3572-6849",
    ],
}
NOT_FITTING = {
    "trust": ["ask IG", "to check", "12", "waiting for a name", "1 May 2026", "January 2027"],
    "contact": [
        "the lead",
        "somebody in the team",
        "ask IG",
        "Jane",
        "the usual people",
        "by phone",
        "the team, since 1 May 2026",
        "the team, 0900-1700",
    ],
    "withdrawal": [
        "ask IG",
        "Jane",
        "by phone",
        "Tell the story team",
        "Contact us directly",
        "please tell our Carer Stories team.",
        "Let the team know",
        "Speak to the project lead",
        "somebody in the team",
        "Tell a member of staff",
        "1 May 2026",
        "say so to the editor",
    ],
    "lawful_basis": [
        "ask IG",
        "GDPR",
        "yes, we have one",
        "Article 6",
        "6(1)(z)",
        "Article 7",
        "lawful",
        "the usual",
    ],
    "special_category_condition": [
        "ask IG",
        "health",
        "Article 9",
        "9(2)(z)",
        "6(1)(e)",
        "covered",
    ],
    "support": [
        "the line",
        "ask IG",
        "Jane",
        "on the poster",
        "2026-05-01",
        "1 May 2026",
        "01/05/2026",
        "1.5.26",
        "May 2026",
        "checked on 3rd of June 2026",
        "9 Sept 2026",
        "Enter",
        "press Enter",
    ],
}


def with_value(workspace: Workspace, name: str, text: str) -> Settings:
    lines = [line for line in filled_text().splitlines() if not line.startswith(f"{name}:")]
    shown = json.dumps(text, ensure_ascii=False)
    if name == "support":
        shown = f"[{{name: Samaritans, contact: {shown}, checked: 2026-01-01}}]"
    workspace.settings.write_text("\n".join([*lines, f"{name}: {shown}", ""]), encoding="utf-8")
    return load_settings(workspace)


@pytest.mark.parametrize("name", FITTING)
def test_each_setting_must_look_like_what_it_is_for(workspace: Workspace, name: str) -> None:
    for text in FITTING[name]:
        assert missing_for_agreements(with_value(workspace, name, text)) == (), text
    for text in NOT_FITTING[name]:
        assert missing_for_agreements(with_value(workspace, name, text)) == (name,), text


def test_a_value_that_cannot_be_one_is_refused_with_what_to_write(
    run_cli: Cli, tmp_path: Path
) -> None:
    for option, text, instead in (
        ("--lawful-basis", "our policy", "Name one basis of Article 6(1)"),
        ("--special-category-condition", "our policy", "Name one condition of Article 9(2)"),
        ("--contact", "Jane", "Write how they are reached"),
    ):
        ran = run_cli("init", tmp_path / "new", option, text)
        assert (ran.code, instead in ran.err) == (2, True), ran.err
        assert not (tmp_path / "new").exists()


def lacking(workspace: Workspace) -> Iterator[str]:
    """Put every blank into the settings in turn; yield the name of the field."""
    for name in NEEDED_FOR_AGREEMENTS:
        own = {"support": "[{name: TBC, contact: 116 123, checked: 2026-01-01}]", "evidence": '""'}
        lines = [line for line in filled_text().splitlines() if not line.startswith(f"{name}:")]
        text = "\n".join([*lines, f"{name}: {own.get(name, 'To be confirmed')}", ""])
        workspace.settings.write_text(text, encoding="utf-8")
        yield name


def test_each_blank_keeps_every_new_record_out_and_undoes_none(
    run_cli: Cli, workspace: Workspace
) -> None:
    shown, seen = released(workspace), filmed(workspace)
    new = start_story(workspace, title="New", questions="being-heard").id
    code = json.loads(run_cli("status", seen, "--json").out)[0]["cut"][:8]
    sign = ("--cut", code, "--audience", "trust", "--witness", "carer-volunteer", "--yes")
    before = workspace.database.read_bytes()
    for name in lacking(workspace):
        tries = (("consent", "record", new, *AGREED), ("signoff", seen, *sign))
        for ran in (run_cli(*command) for command in tries):
            assert (ran.code, f"({name})" in ran.err) == (4, True), ran.err
            assert "Next: Fill in what is missing: carer-stories doctor --fill-in" in ran.err
        # And those who come by no command: the station, an import, a script.
        with pytest.raises(NotAllowed):
            agree(workspace, new)
        with pytest.raises(NotAllowed):
            sign_off(workspace, seen)
        assert any(f"({name})" in note for note in advice(workspace, shown, "editor"))
        assert "is released." in run_cli("status", shown).out
    assert workspace.database.read_bytes() == before
    workspace.settings.write_text(filled_text(), encoding="utf-8")
    assert run_cli("consent", "record", new, *AGREED).code == 0
    assert run_cli("signoff", seen, *sign).code == 0


def agree(
    workspace: Workspace, story_id: str, by: str = "editor", form: Path | None = None
) -> None:
    record_agreement(
        workspace,
        story_id,
        on=clock.today(),
        taken_by=by,
        form_version="1",
        independent=True,
        capacity_considered=True,
    )


def test_a_trust_that_asks_for_scans_records_nothing_without_one(
    run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    scan = tmp_path / "signed.pdf"
    scan.write_bytes(b"%PDF-1.4 signed\n%%EOF\n")
    story_id = filmed(workspace)
    ran = run_cli("consent", "record", story_id, *AGREED)
    assert "Proof: the carer-volunteer, who was there." in ran.out
    write_settings(workspace, {"evidence": "scan"})
    ran = run_cli("consent", "record", story_id, *AGREED)
    assert (ran.code, "--form is missing" in ran.err) == (2, True)
    with pytest.raises(NotAllowed, match="a scan of the signed form"):
        agree(workspace, story_id)
    with pytest.raises(NotAllowed, match="a scan of the signed form"):
        sign_off(workspace, story_id)
    ran = run_cli("consent", "record", story_id, "--form", scan, *AGREED)
    assert (ran.code, "Proof: the scan of the signed form" in ran.out) == (0, True), ran.err
    code = json.loads(run_cli("status", story_id, "--json").out)[0]["cut"][:8]
    sign = ("--cut", code, "--audience", "trust", "--witness", "editor", "--yes")
    assert run_cli("signoff", story_id, *sign).code == 2
    ran = run_cli("signoff", story_id, "--form", scan, *sign)
    assert (ran.code, "Proof: the scan of the signed form" in ran.out) == (0, True), ran.err


@pytest.mark.parametrize("nobody", ["", "contributor", "Jane Smith"])
def test_without_a_witness_nothing_is_recorded(workspace: Workspace, nobody: str) -> None:
    story_id = filmed(workspace)
    with pytest.raises(BadInput, match="nobody is named who was there"):
        agree(workspace, story_id, by=nobody)
    with pytest.raises(BadInput, match="nobody is named who was there"):
        record_release(
            workspace,
            story_id,
            expected=require_signable_cut(workspace, story_id),
            audience="trust",
            viewed=clock.today(),
            witness=nobody,
            form_version="1",
        )
    assert not read_history(workspace, story_id).releases


OPTIONS = (
    "--trust", NEEDED["trust"], "--contact", NEEDED["contact"],
    "--withdrawal", NEEDED["withdrawal"], "--lawful-basis", NEEDED["lawful_basis"],
    "--special-category-condition", NEEDED["special_category_condition"],
    "--support-name", "Samaritans", "--support-contact", "116 123", "--evidence", "witness",
)  # fmt: skip


def test_init_takes_all_of_it_from_a_script(run_cli: Cli, tmp_path: Path) -> None:
    ran = run_cli("init", tmp_path / "new", *OPTIONS)
    assert (ran.code, "No agreement can be recorded" in ran.out) == (0, False)
    settings = load_settings(Workspace(tmp_path / "new"))
    assert missing_for_agreements(settings) == ()
    assert settings.support[0].checked == clock.today()
    assert settings.title == load_settings(template()).title
    text = (tmp_path / "new/interviews/settings.yml").read_text(encoding="utf-8")
    assert "# How a contributor takes it back" in text


@pytest.mark.parametrize(
    "options",
    [("--trust", "TBC"), ("--support-name", "Mind"), ("--support-checked", "2999-01-01")],
)
def test_init_refuses_what_says_nothing_and_makes_nothing(
    run_cli: Cli, tmp_path: Path, options: tuple[str, ...]
) -> None:
    assert run_cli("init", tmp_path / "new", *options).code == 2
    assert not (tmp_path / "new").exists()


def test_init_says_in_a_plain_sentence_what_was_skipped(run_cli: Cli, tmp_path: Path) -> None:
    ran = run_cli("init", tmp_path / "new", *OPTIONS[2:])
    assert "says the name of your trust (trust)." in " ".join(ran.out.split())
    assert "carer-stories doctor --fill-in" in ran.out


def test_what_is_refused_or_left_is_said_with_its_reason(
    run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.cli.workspaces.is_at_terminal", lambda: True)
    typed = iter(["", "01632 960000", "", "", "", "", "", ""])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(typed))
    ran = run_cli("init", tmp_path / "new")
    assert ran.code == 0, ran.err
    assert "a number that is kept for drama" in " ".join(ran.out.split())
    assert "(7 of 7)" in ran.out
    assert "Nothing was filled in" in ran.out
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "stop")
    ran = run_cli("init", tmp_path / "other")
    assert ran.code == 130
    assert "The library is made, without the answers." in ran.err
    assert "carer-stories doctor --fill-in" in ran.err


def test_at_a_terminal_each_is_asked_for_and_can_be_skipped(
    run_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Workspace(tmp_path / "new")
    typed = iter(["tbc", NEEDED["trust"], "", NEEDED["withdrawal"], "", "", "", "2", "yes"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(typed))
    monkeypatch.setattr("library.cli.workspaces.is_at_terminal", lambda: True)
    ran = run_cli("init", new.root)
    assert ran.code == 0, ran.err
    assert "“tbc” says nothing to whoever reads the form." in ran.out
    left = ("contact", "lawful_basis", "special_category_condition", "support")
    assert missing_for_agreements(load_settings(new)) == left
    monkeypatch.chdir(new.root)
    typed = iter(
        [NEEDED[name] for name in left[:-1]] + ["Samaritans", "116 123", "", "yes"],
    )
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(typed))
    assert "doctor --fill-in" in run_cli("doctor").out
    ran = run_cli("doctor", "--fill-in")
    assert "The settings have all that agreements need." in ran.out, ran
    assert missing_for_agreements(load_settings(new)) == ()
    assert load_settings(new).evidence == "witness"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title: Ours",
        "trust: >-\n  Our\n  trust\nsupport:\n- name: TBC\n  contact: '1'\n  checked: 2026-01-01\n"
        "# kept\ntitle: Ours\n",
    ],
)
def test_settings_are_written_in_place_of_their_lines(workspace: Workspace, text: str) -> None:
    workspace.settings.write_text(text, encoding="utf-8")
    line = SupportLine(name="Samaritans: a line", contact="116 123", checked=clock.today())
    write_settings(workspace, {"trust": "#1 Trust: “yes”", "support": (line,)})
    settings = load_settings(workspace)
    assert (settings.trust, settings.support) == ("#1 Trust: “yes”", (line,))
    assert settings.title == ("Ours" if "Ours" in text else Settings().title)
    assert ("# kept" in text) == ("# kept" in workspace.settings.read_text(encoding="utf-8"))


def test_settings_that_cannot_be_added_to_are_left_alone(workspace: Workspace) -> None:
    workspace.settings.write_text("{title: Ours}", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be added to"):
        write_settings(workspace, {"trust": "Northfield"})
    assert workspace.settings.read_text(encoding="utf-8") == "{title: Ours}"


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ("the Carer Stories team, room 12, 0161 496 0417", "a telephone number that is kept for"),
        ("ask stories@trust.example", "an address that is kept for examples"),
        ("the team at Larchfield, 0113 245 2013", "a word of the demonstration"),
        ("room 12, 01234 567890", "a number that nobody can dial"),
        ("TODO", ""),
    ],
)
def test_a_value_that_cannot_be_real_is_told_with_its_reason(contact: str, reason: str) -> None:
    settings = Settings(contact=contact)
    sentence = say_missing(("contact",), settings)
    assert sentence.startswith("whom people ask (contact")
    assert ("does not count, as it has" in sentence) == bool(reason)
    assert reason in sentence


def test_a_value_that_cannot_be_what_it_is_for_is_told_with_what_to_write() -> None:
    told = say_missing(("contact",), Settings(contact="anybody of our friends"))
    assert told.endswith(
        "does not count. Write how they are reached: a number, an address or a place)"
    )
    line = SupportLine(name="Samaritans", contact="our friends", checked=clock.today())
    assert "Write its number or its address" in say_missing(("support",), Settings(support=(line,)))
