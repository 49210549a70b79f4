"""Packages for learning systems: what is in them, in the register, and what is refused."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import msgspec
import pytest
from defusedxml.ElementTree import fromstring

from delivery.scorm import package as scorm_package
from library.consent.copies import copies_of, record_copy
from library.consent.withdrawals import write_note
from library.core import clock
from library.core.days import day_in_words
from library.core.workspace import Workspace
from library.records.copies import Copy
from library.records.ledger import Ledger
from publish import edition as editions
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off
from tests.support.training_plans import plan_text

Cli = Callable[..., CommandResult]
HUB = "NHS Learning Hub, content team"
CONTENT = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}"
ADL = "{http://www.adlnet.org/xsd/adlcp_rootv1p2}"
THIN = "address: https://intranet.example/carers/\nembed: ['https://learning.example']\n"


@pytest.fixture
def away(tmp_path: Path) -> Path:
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


def _made(result: CommandResult) -> zipfile.ZipFile:
    assert result.code == 0, result.err
    return zipfile.ZipFile(json.loads(result.out)["file"])


def _words(package: zipfile.ZipFile) -> str:
    return "\n".join(package.read(name).decode("utf-8", "replace") for name in package.namelist())


def manifest_faults(manifest: Element, names: list[str]) -> list[str]:
    """Rules of the standard for a manifest (Content Aggregation Model 1.2) that are not kept.

    The schemas of ADL come in no package that we may use, so that this is our own reading of it.
    """
    faults: list[str] = []

    def is_so(held: object, what: str) -> None:
        faults.extend([] if held else [what])

    identifiers = [each.get("identifier") for each in manifest.iter() if each.get("identifier")]
    is_so(manifest.tag == f"{CONTENT}manifest", "the root is a manifest of IMS 1.1.2")
    is_so(len(identifiers) == len(set(identifiers)), "each identifier stands once")
    is_so(
        all(re.fullmatch(r"[A-Za-z_][\w.-]*", name or "") for name in identifiers),
        "identifiers are XML names",
    )
    kinds = [each.tag.removeprefix(CONTENT) for each in manifest]
    is_so(kinds == ["metadata", "organizations", "resources"], "its parts stand in their order")
    is_so(manifest.findtext(f"{CONTENT}metadata/{CONTENT}schema") == "ADL SCORM", "the schema")
    version = manifest.findtext(f"{CONTENT}metadata/{CONTENT}schemaversion")
    is_so(version == "1.2", "the version of the schema")
    organizations = manifest.find(f"{CONTENT}organizations")
    assert organizations is not None
    every = {each.get("identifier"): each for each in organizations}
    is_so(organizations.get("default") in every, "the default organization is there")
    resources = {
        each.get("identifier"): each for each in manifest.iterfind(f".//{CONTENT}resource")
    }
    for organization in every.values():
        is_so(organization[0].tag == f"{CONTENT}title", "a title stands first")
    for item in manifest.iterfind(f".//{CONTENT}item"):
        resource = resources.get(item.get("identifierref"))
        is_so(resource is not None, "an item leads to a resource")
        is_so(item.findtext(f"{CONTENT}title"), "an item has a title")
    listed = [each.get("href") for each in manifest.iterfind(f".//{CONTENT}file")]
    is_so(len(listed) == len(set(listed)), "each file stands once")
    is_so(set(listed) == set(names) - {"imsmanifest.xml"}, "every file of the zip is listed")
    for resource in resources.values():
        is_so(resource.get("type") == "webcontent", "a resource is web content")
        is_so(resource.get(f"{ADL}scormtype") in {"sco", "asset"}, "and is a SCO or an asset")
        is_so(resource.get("href") in listed, "its first page is among its files")
    return faults


def test_a_story_becomes_one_package_that_the_register_knows(
    workspace: Workspace, run_cli: Cli, away: Path
) -> None:
    story, other = released(workspace, "Nobody asked"), released(workspace, "Somebody did")
    to = "Ärztekammer & “Hub”, 東京"
    package = _made(run_cli("deliver", story, "--scorm", to, "--to", away, "--json"))
    names = package.namelist()
    assert names[0] == "imsmanifest.xml"
    assert {"index.html", f"stories/{story}/film.mp4", f"stories/{story}/captions.vtt"} <= set(
        names
    )
    assert f"stories/{story}/audio.m4a" not in names
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in names), names
    assert Path(str(package.filename)).name == f"scorm-{story}-for-arztekammer-hub.zip"
    assert package.testzip() is None
    manifest = fromstring(package.read("imsmanifest.xml"))
    assert manifest_faults(manifest, names) == []
    (copy,) = copies_of(workspace)
    assert (copy.form, copy.to, copy.stories, copy.place) == (
        *("scorm", to, (story,)),
        str(package.filename),
    )
    assert set(copy.cuts) == {story}
    assert copy.until is not None
    words = _words(package)
    assert copy.id in words
    assert "Nobody asked" in words
    assert other not in words
    assert "Somebody did" not in words
    assert "Ärztekammer" not in words  # whoever is sent it needs no other’s name
    assert f'data-review="{copy.until}"' in words
    # Never over another: what was sent stays what it was.
    again = _made(run_cli("deliver", story, "--scorm", to, "--to", away, "--json"))
    assert str(again.filename).endswith("-2.zip")


def test_a_session_becomes_one_package_with_its_steps(
    workspace: Workspace, run_cli: Cli, away: Path
) -> None:
    first, second = released(workspace, "First"), released(workspace, "Second")
    text = re.sub(r"(?m)^    (from|to|chapter):.*\n", "", plan_text(first, second))
    (workspace.training / "listening.yml").write_text(text, encoding="utf-8")
    package = _made(run_cli("deliver", "listening", "--scorm", HUB, "--to", away, "--json"))
    manifest = fromstring(package.read("imsmanifest.xml"))
    assert manifest_faults(manifest, package.namelist()) == []
    page = package.read("index.html").decode()
    assert page.count("data-media ") == 2
    assert "Nobody reads it out" not in page  # a note for the facilitator alone
    assert "I have taken time for this" in page
    (copy,) = copies_of(workspace)
    assert (copy.plan, set(copy.stories)) == ("listening", {first, second})
    workspace.settings.write_text(THIN, encoding="utf-8")
    not_alone = text.replace("alone: true\n", "")
    (workspace.training / "listening.yml").write_text(not_alone, encoding="utf-8")
    to_listening = ("deliver", "listening", "--scorm", HUB, "--thin", "--to", away, "--json")
    refused = run_cli(*to_listening)
    assert (refused.code, "write alone: true into" in refused.err) == (2, True), refused.err
    (workspace.training / "listening.yml").write_text(text, encoding="utf-8")
    words = _words(_made(run_cli(*to_listening)))
    assert 'data-page="https://intranet.example/carers/embed/sessions/listening/"' in words
    assert "Listening: a short session" not in words


def test_a_thin_package_holds_no_word_of_the_story(
    workspace: Workspace, run_cli: Cli, away: Path
) -> None:
    story = released(workspace, "Nobody asked")
    refused = run_cli("deliver", story, "--scorm", HUB, "--thin", "--to", away)
    assert (refused.code, "has no address" in refused.err) == (2, True)
    workspace.settings.write_text(f"{THIN}\n", encoding="utf-8")
    package = _made(run_cli("deliver", story, "--scorm", HUB, "--thin", "--to", away, "--json"))
    assert sorted(package.namelist()) == [
        *("imsmanifest.xml", "index.html", "package.js", "thin.css")
    ]
    words = _words(package)
    assert manifest_faults(fromstring(package.read("imsmanifest.xml")), package.namelist()) == []
    assert (
        "asked"
        not in package.read("index.html").decode() + package.read("imsmanifest.xml").decode()
    )
    assert f'data-page="https://intranet.example/carers/embed/{story}/course.html"' in words
    (copy,) = copies_of(workspace)
    assert (copy.form, copy.cuts.get(story, "")) == ("scorm-thin", "")


def test_a_setting_that_darkens_thin_packages_is_said(
    workspace: Workspace, run_cli: Cli, away: Path
) -> None:
    story = released(workspace)
    workspace.settings.write_text(f"{THIN}\n", encoding="utf-8")
    made = run_cli("deliver", story, "--scorm", HUB, "--thin", "--to", away)
    assert "The site has no page for it yet" in made.out
    assert "carer-stories site build" in made.out
    (copy,) = copies_of(workspace)
    assert f"It shows nothing from {copy.until} on, unless" in made.out
    assert run_cli("site", "build").code == 0
    # For whom it is, and which sites may show it, is as the site was built.
    to_trust = run_cli("deliver", story, "--scorm", HUB, "--thin", "--audience", "trust")
    assert (to_trust.code, "which is for “training”" in to_trust.err) == (2, True), to_trust.err
    another = "\nembed: ['https://learning.example', 'https://another.example']"
    workspace.settings.write_text(f"{THIN.splitlines()[0]}{another}\n", encoding="utf-8")
    again = run_cli("deliver", story, "--scorm", HUB, "--thin", "--to", away)
    assert "carer-stories site build" in again.out
    workspace.settings.write_text(f"{THIN}\n", encoding="utf-8")
    (copy, second) = copies_of(workspace)
    assert run_cli("copies", "settle", second.id, "--as", "destroyed", "--yes").code == 0
    assert "can show nothing" not in run_cli("status").out
    workspace.settings.write_text("address: https://intranet.example/carers/\n", encoding="utf-8")
    for command in (("status",), ("site", "build", "--audience", "public"), ("copies", "list")):
        said = run_cli(*command).out
        assert f"1 thin package is out and can show nothing: {copy.id}." in said
    # As settings say again, though the site that stands is for others.
    workspace.settings.write_text(f"{THIN}\n", encoding="utf-8")
    others = "The site is built for “public”, and it is for “training”."
    for command in (("status",), ("copies", "list")):
        said = " ".join(run_cli(*command).out.split())
        assert f"can show nothing: {copy.id}. {others}" in said
        assert "carer-stories site build --audience training" in said
    assert f"shows nothing now: {others}" in said
    assert json.loads(run_cli("copies", "list", "--json").out)[0]["shows_nothing"] == others


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("address: http://intranet.example/\nembed: ['https://a.example']", "begins with http"),
        ("address: https://intranet.example/", "embed is empty"),
    ],
)
def test_a_thin_package_that_could_show_nothing_is_refused(
    workspace: Workspace, run_cli: Cli, away: Path, setting: str, words: str
) -> None:
    story = released(workspace)
    workspace.settings.write_text(f"{setting}\n", encoding="utf-8")
    result = run_cli("deliver", story, "--scorm", HUB, "--thin", "--to", away)
    assert (result.code, words in result.err) == (2, True), result.err
    assert not list(away.iterdir())
    assert not copies_of(workspace)


def test_what_may_not_be_shown_is_delivered_to_nobody(
    workspace: Workspace, run_cli: Cli, away: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsigned, story = filmed(workspace, "Not yet"), released(workspace, "Nobody asked")
    result = run_cli("deliver", unsigned, "--scorm", HUB, "--to", away)
    assert (result.code, "may not be shown" in result.err) == (4, True), result.err
    for audience, code in (("public", 4), ("trust", 0)):
        made = run_cli("deliver", story, "--scorm", HUB, "--audience", audience, "--to", away)
        assert made.code == code, made.err
    for source, code in (("cs-zzzzzz", 3), ("../../etc", 3), ("nowhere", 3)):
        assert run_cli("deliver", source, "--scorm", HUB, "--to", away).code == code
    for recipient in ("", "  "):
        assert run_cli("deliver", story, "--scorm", recipient, "--to", away).code == 2
    assert len(list(away.iterdir())) == 1
    monkeypatch.setattr(scorm_package, "LARGEST_BYTES", 100_000)
    large = run_cli("deliver", story, "--scorm", HUB, "--to", away)
    assert (large.code, "learning systems take no more" in large.err) == (2, True), large.err
    remake_cut(workspace, story, "Another film")
    assert run_cli("deliver", story, "--scorm", HUB, "--to", away).code == 4
    assert len(list(away.iterdir())) == 1
    assert len(copies_of(workspace)) == 1


@pytest.mark.parametrize("at", [1, 2])
def test_a_withdrawal_while_it_is_made_wins(
    workspace: Workspace, run_cli: Cli, away: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """At the last question before the file has its name, and at the one behind it."""
    from delivery import handover

    story, asked = released(workspace), []

    def withdrawn_first(*given: object) -> None:
        asked.append(given)
        if len(asked) == at:
            write_note(workspace, story, "contributor", "all")
        editions.require_still_released(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(handover, "require_still_released", withdrawn_first)
    result = run_cli("deliver", story, "--scorm", HUB, "--to", away)
    assert result.code == 4, result.err
    assert not list(away.iterdir())
    assert not copies_of(workspace)


def test_what_is_another_story_s_is_in_no_package(
    workspace: Workspace, run_cli: Cli, away: Path
) -> None:
    story = released(workspace, "Nobody asked")
    other = filmed(workspace, "A word nobody may read anywhere")
    workspace.settings.write_text(f"contact: Ask about {other}\n", encoding="utf-8")
    result = run_cli("deliver", story, "--scorm", HUB, "--to", away)
    assert result.code != 0
    assert not list(away.iterdir())
    assert not copies_of(workspace)


def test_a_withdrawal_takes_what_lies_here_and_names_what_is_out(
    workspace: Workspace, run_cli: Cli
) -> None:
    story, other = released(workspace, "Goes"), released(workspace, "Stays")
    for each in (story, other):
        assert run_cli("deliver", each, "--scorm", HUB).code == 0
    assert len(list(workspace.deliveries.iterdir())) == 2
    result = run_cli("withdraw", story, "--yes")
    (copy,) = copies_of(workspace, story)
    assert copy.id in result.out + result.err
    listed = " ".join(run_cli("copies", "list").out.split())
    back = f"must not be used any more, and is to be asked back: {story} since {clock.today()}"
    assert (listed.count(back), listed.count("1 of them to be asked back")) == (1, 1)
    assert listed.count(", until ") == 1, "the other one may be used"
    first, second = json.loads(run_cli("copies", "list", "--json").out)
    assert (first["refused"], first["to_ask_back"]) == ({story: "withdrawn"}, True)
    assert "refused" not in second
    assert [path.name for path in workspace.deliveries.iterdir()] == [
        f"scorm-{other}-for-nhs-learning-hub-content-team.zip"
    ]


def _objected(run_cli: Cli, workspace: Workspace, story: str) -> None:
    person = ("--relation", "brother", "--told", "his illness", "--as", "objected")
    assert run_cli("people", "add", story, *person).code == 0


def _settled_before(run_cli: Cli, workspace: Workspace, story: str) -> None:
    for copy in copies_of(workspace, story):
        assert run_cli("copies", "settle", copy.id, "--as", "destroyed", "--yes").code == 0
    _objected(run_cli, workspace, story)


def _filmed_anew(run_cli: Cli, workspace: Workspace, story: str) -> None:
    remake_cut(workspace, story, "Told anew")
    assert run_cli("status").code == 0


@pytest.mark.parametrize(
    ("narrow", "asked"),
    [
        (_objected, ", to be taken away|“Goes” (|may not be shown any more, as of|Delete"),
        (_settled_before, ""),
        (_filmed_anew, ", to be replaced|“Goes” (|has a new film.|Ask us for what is to take"),
    ],
)
def test_whatever_narrows_takes_what_lies_here_and_asks_for_what_is_out(
    workspace: Workspace,
    run_cli: Cli,
    narrow: Callable[[Cli, Workspace, str], None],
    asked: str,
) -> None:
    story, other = released(workspace, "Goes"), released(workspace, "Stays")
    for each in (story, other):
        assert run_cli("deliver", each, "--scorm", HUB).code == 0
        assert run_cli("deliver", each, "--docx", HUB).code == 0
    kept = {path.name for path in workspace.deliveries.iterdir() if other in path.name}
    narrow(run_cli, workspace, story)
    assert {path.name for path in workspace.deliveries.iterdir()} == kept
    assert len(kept) == 2
    out = copies_of(workspace, story)
    back, listed = "any more, and is to be", run_cli("copies", "list", story).out
    assert listed.count(back) == len(out), listed
    assert listed.count(f"replaced: a new film of {story}") == listed.count("new film of")
    names = {f"message-{story}-{copy.id}.txt" for copy in out}
    assert {path.name for path in workspace.receipts.glob("message-*")} == names
    assert len(names) == (2 if asked else 0)
    for copy in out:
        text = (workspace.receipts / f"message-{story}-{copy.id}.txt").read_text(encoding="utf-8")
        assert Path(copy.place).name in text
        assert all(words in text for words in asked.split("|")), text
        assert ("1. Hide the course" in text) == (copy.form == "scorm"), "it plays on until then"
        assert "brother" not in text
    # And what is put back by hand does not stay.
    returned = workspace.deliveries / f"scorm-{story}-for-nhs-learning-hub-content-team.zip"
    returned.write_bytes(b"PK")
    result = run_cli("status")
    assert f"{returned.name} was removed" in result.err
    assert not returned.exists()


def test_a_sooner_day_of_review_reaches_what_is_out(workspace: Workspace, run_cli: Cli) -> None:
    story, other = released(workspace, "Goes"), released(workspace, "Stays")
    for each, form in ((story, "--scorm"), (story, "--docx"), (other, "--docx")):
        assert run_cli("deliver", each, form, HUB).code == 0
    whole, words = copies_of(workspace, story)
    assert whole.until
    sooner = clock.today() + timedelta(days=40)
    sign_off(workspace, story, review=sooner)
    seen = run_cli("status")
    assert seen.err.count("was removed: it says a later day than is agreed by now.") == 2
    for copy in (whole, words):
        assert f"{copy.id}  {copy.kind}, to {HUB}" in seen.err
        assert f"it says {copy.until}, and may be used until {sooner}: {story}" in seen.err
        message = workspace.receipts / f"message-{story}-{copy.id}.txt"
        text = message.read_text(encoding="utf-8")
        assert f"From {day_in_words(sooner)} on the copy must not be used" in text
        assert f"it says {day_in_words(copy.until)} itself" in text
        assert ("1. Hide the course" in text) == (copy is whole)
        assert "Ask us for what is to take its place" in text
        assert "taken back" not in text
    assert len(list(workspace.deliveries.iterdir())) == 1, "no old day is handed out again"
    assert len(list(workspace.receipts.glob("message-*"))) == 2
    assert "message-" not in run_cli("upkeep").out, "they were told once"
    # A day that is sooner still is another message.
    sign_off(workspace, story, review=clock.today() + timedelta(days=20))
    assert run_cli("status").err.count("interviews/receipts/message-") == 2
    approve(workspace, story)
    assert run_cli("deliver", story, "--again").code == 0
    newer = [copy for copy in copies_of(workspace, story) if copy.replaces]
    assert [copy.replaces for copy in newer] == [whole.id, words.id]
    assert {copy.until for copy in newer} == {clock.today() + timedelta(days=20)}
    assert len(list(workspace.deliveries.iterdir())) == 3
    assert run_cli("deliver", story, "--again", "--json").out.strip() == "[]"


def test_a_name_that_came_free_is_given_to_nothing_else(workspace: Workspace, run_cli: Cli) -> None:
    story = released(workspace)
    (first,) = _delivered(run_cli, workspace, story)
    thin = first.with_name(f"scorm-thin-{story}-for-hub.zip")
    thin.write_bytes(b"")
    of_thin: dict[str, Any] = {"medium": "download", "audience": "training", "form": "scorm-thin"}
    on, place = clock.today(), str(thin)
    record_copy(workspace, [story], to="Hub", on=on, role="editor", location=place, **of_thin)
    remake_cut(workspace, story, "Told anew")
    asked_back, _, waiting = run_cli("status").err.partition("Thin packages that show nothing for")
    assert "Hub, " + place not in asked_back, "it shows the new film by itself"
    assert "Hub, " + place in waiting
    assert thin.exists()
    thin.unlink()
    assert not first.exists()
    sign_off(workspace, story)
    assert "message-" not in run_cli("status").err, "the film is new still, and they know"
    approve(workspace, story)
    newer = first.with_stem(f"{first.stem}-2")
    assert _delivered(run_cli, workspace, story) == [newer], "whoever is to delete one knows which"
    assert run_cli("upkeep", "--dry-run").out.count("Would remove") == 0
    assert run_cli("status").code == 0
    assert newer.exists()


def test_each_copy_of_an_older_film_is_made_again_at_once(
    workspace: Workspace, run_cli: Cli
) -> None:
    story, other = released(workspace, "Told"), released(workspace, "Other")
    for each, form, to in (
        (story, "--scorm", HUB),
        (story, "--docx", "Ward 3"),
        (other, "--docx", HUB),
    ):
        assert run_cli("deliver", each, form, to).code == 0
    old = [copy.id for copy in copies_of(workspace, story)]
    assert "waits for its replacement" in run_cli("deliver", story, "--again").out
    remake_cut(workspace, story, "Told anew")
    assert run_cli("deliver", story, "--again").code == 4, "it is not released yet"
    sign_off(workspace, story)
    approve(workspace, story)
    assert f"or all: carer-stories deliver {story} --again" in run_cli("status").out
    made = run_cli("deliver", story, "--again")
    newer = [copy for copy in copies_of(workspace, story) if copy.replaces]
    assert [(copy.replaces, copy.form, copy.to) for copy in newer] == [
        *((old[0], "scorm", HUB), (old[1], "word", "Ward 3")),
    ]
    assert all(f"copies settle {each} --as replaced" in made.out for each in old)
    assert run_cli("deliver", story, "--again", "--json").out.strip() == "[]"
    assert run_cli("deliver", story, "--again", "--docx", HUB).code == 2
    assert run_cli("deliver", "cs-zzzzzz", "--again").code == 3


def test_a_thin_session_is_told_of_whatever_it_came_to_show(
    workspace: Workspace, run_cli: Cli
) -> None:
    first, later = released(workspace, "First"), released(workspace, "Later")
    plan = workspace.training / "listening.yml"
    whole_films = re.compile(r"(?m)^    (from|to|chapter):.*\n")
    plan.write_text(whole_films.sub("", plan_text(first)), encoding="utf-8")
    workspace.settings.write_text(f"{THIN}\n", encoding="utf-8")
    made = run_cli("deliver", "listening", "--scorm", HUB, "--thin")
    assert "dark there within a minute" in made.out, made.err
    (copy,) = copies_of(workspace)
    assert copy.stories == (first,)
    # As it would be without `alone: true` in it.
    no_page = f"{copy.id}. The site has no page of listening for one person alone."
    assert no_page in " ".join(run_cli("status").out.split())
    aside = plan.rename(plan.with_suffix(".aside"))
    assert "There is no session listening any more." in run_cli("copies", "list").out
    aside.rename(plan)
    plan.write_text(whole_films.sub("", plan_text(first, later)), encoding="utf-8")
    assert run_cli("site", "build").code == 0
    # Handed out for more people than those for whom the site is by now.
    wider = msgspec.to_builtins(copy) | {"audience": "trust", "id": "cp-aaaaaa"}
    with Ledger(workspace).update("copy", "", "editor") as changes:
        changes.add(msgspec.convert(wider, Copy))
    assert copy.until
    longer = msgspec.to_builtins(copy) | {"until": "2099-01-02", "id": "cp-bbbbbb"}
    with Ledger(workspace).update("copy", "", "editor") as changes:
        changes.add(msgspec.convert(longer, Copy))
    assert f"said until 2099-01-02, and shown until {copy.until}" in run_cli("status").err
    ends = (workspace.receipts / f"message-{first}-cp-bbbbbb.txt").read_text("utf-8")
    assert f"shows nothing of it from {day_in_words(copy.until)} on" in ends
    said = f"until {copy.until}, not until 2099-01-02 as was said, or longer once that is agreed to"
    assert said in run_cli("copies", "list").out
    assert run_cli("copies", "settle", "cp-bbbbbb", "--as", "destroyed", "--yes").code == 0
    more = "cp-aaaaaa. The site is built for “training”, and it is for “trust”."
    assert f"may show more than was meant: {more}" in " ".join(run_cli("status").out.split())
    assert run_cli("copies", "settle", "cp-aaaaaa", "--as", "destroyed", "--yes").code == 0
    assert run_cli("deliver", "listening", "--scorm", "ESR team", "--thin").code == 0
    assert run_cli("deliver", "listening", "--docx", "Ward 3").code == 0
    both, papers = copies_of(workspace)[1:]
    # Where its page cannot be made, nobody is told that it goes on, until it does.
    alone = plan.read_text(encoding="utf-8")
    plan.write_text(alone.replace("alone: true\n", ""), encoding="utf-8")
    result = run_cli("withdraw", later, "--yes")
    dark = result.out.partition("show nothing for now, though they hold others:\n")[2]
    assert all(f"  {each.id}  thin" in dark for each in (copy, both))
    assert "No copy was entered" not in result.out
    again = f"Make sessions anew without it ({papers.id}): carer-stories deliver {later} --again"
    assert again in " ".join(result.out.split())
    assert f"anew without that: carer-stories deliver {papers.id}" in run_cli("copies", "list").out
    assert run_cli("deliver", later, "--again").code == 0
    replacement = copies_of(workspace)[-1]
    assert (replacement.replaces, replacement.stories) == (papers.id, (first,))
    assert "waits for its replacement" in run_cli("deliver", later, "--again").out
    for each in (papers, replacement):
        assert run_cli("copies", "settle", each.id, "--as", "destroyed", "--yes").code == 0
    message = workspace.receipts / f"message-{later}-{both.id}.txt"
    assert "For now the package shows nothing at all" in message.read_text("utf-8")
    assert f"See that interviews/training/{plan.name} says" in run_cli("status").out
    plan.write_text(alone, encoding="utf-8")
    assert "and mend what that names" in run_cli("status").out, "it says so already"
    built = run_cli("site", "build")
    assert f"go on with others:\n  {both.id}" in built.err
    assert run_cli("copies", "settle", both.id, "--as", "destroyed", "--yes").code == 0
    assert "A story in it" in message.read_text("utf-8")
    assert "goes on with the others" in message.read_text("utf-8")
    # It goes on, so that nobody is asked for it, today or any day, and it may be handed out.
    assert Path(copy.place).exists()
    for command in ("upkeep", "retention"):
        said = run_cli(command)
        assert copy.id not in said.out + said.err, command
    # Dark for a while, until a new film is agreed to: whoever has it is told.
    remake_cut(workspace, first, "Told anew")
    assert f"message-{first}-{copy.id}.txt" in run_cli("status").err
    waiting = (workspace.receipts / f"message-{first}-{copy.id}.txt").read_text("utf-8")
    assert f"{copy.id}, showing nothing for now" in waiting
    assert "then shows the new one by itself" in waiting
    new_film = f"shows nothing now: It waits until the new film of {first} is signed off"
    assert new_film in run_cli("copies", "list").out
    _objected(run_cli, workspace, first)
    assert "Copies to ask back" in run_cli("upkeep").out
    gone = f"shows nothing any more, and its course is to be removed: {first} since"
    assert gone in run_cli("copies", "list").out
    assert not Path(copy.place).exists()


def _delivered(run_cli: Cli, workspace: Workspace, story: str) -> list[Path]:
    assert run_cli("deliver", story, "--docx", HUB).code == 0
    return list(workspace.deliveries.iterdir())


def test_a_package_says_its_day_and_none_is_made_after_it(
    workspace: Workspace, run_cli: Cli, away: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = released(workspace)
    assert run_cli("deliver", story, "--scorm", HUB, "--to", away).code == 0
    (copy,) = copies_of(workspace)
    assert copy.until
    later = clock.today() + timedelta(days=3650)
    monkeypatch.setattr(editions, "day_for_showing", lambda _workspace: later)
    result = run_cli("deliver", story, "--scorm", HUB, "--to", away)
    assert result.code == 4, result.err
