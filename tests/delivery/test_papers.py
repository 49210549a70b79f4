"""Slides and Word documents: of what is released alone, accessible, entered, and never a film."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import docx
import msgspec
import pptx
import pytest
from defusedxml import ElementTree
from PIL import Image

from delivery import papers
from delivery.handover import Order, file_stem
from library.consent.copies import copies_of
from library.consent.withdrawals import record_withdrawal
from library.core import struct_file
from library.core.audience import Audience
from library.core.errors import NotAllowed
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.cut import read_cut
from library.records.hidden_terms import HiddenTerm
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, sign_off
from tests.support.training_plans import plan_text

Cli = Callable[..., CommandResult]
ADDRESS = "https://stories.trust.example/carers/"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SLIDE_WIDTH = pptx.util.Inches(13.333)
ARABIC = "ماذا سمعت؟"
ORDER = Order("slides", "Ward 3", None, "editor")


def _poster() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(data, "JPEG")
    return data.getvalue()


def _plan(workspace: Workspace, story: str, **changes: str) -> None:
    """Lay a plan about one story into the library; `changes` are of its text, old to new."""
    text = plan_text(story).replace(
        "    chapter: first-contact\n    from: I rang the ward\n    to: waited\n", ""
    )
    text = text.replace("    chapter: staff\n", "")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    workspace.training.mkdir(parents=True, exist_ok=True)
    (workspace.training / "listening.yml").write_text(text)


@pytest.fixture
def story(workspace: Workspace) -> str:
    """A released story with a poster, a plan about it, and the address of its library."""
    story_id = filmed(workspace, "Kept")
    folder = workspace.story(story_id)
    folder.poster.write_bytes(_poster())
    cut = read_cut(folder.cut)
    assert cut is not None
    artefacts = cut.artefacts | {"poster.jpg": sha256_of(folder.poster)}
    struct_file.save(folder.cut, msgspec.structs.replace(cut, artefacts=artefacts))
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    _plan(workspace, story_id)
    workspace.settings.write_text(f"trust: Larch Trust\naddress: {ADDRESS}\n")
    return story_id


def _delivered(run_cli: Cli, *arguments: str) -> tuple[Path, dict[str, Any]]:
    result = run_cli("deliver", *arguments, "--audience", "trust", "--json")
    assert result.code == 0, result.err
    record = json.loads(result.out)
    return Path(record["file"]), record


def _xml_of(data: bytes) -> dict[str, Any]:
    """Every XML part of an Office file, parsed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            name: ElementTree.fromstring(archive.read(name))
            for name in archive.namelist()
            if name.endswith((".xml", ".rels"))
        }


def _overlaps(shapes: Any) -> list[tuple[str, str]]:
    """Names of shapes that lie over one another; a foot is below all."""
    areas = [(each.name, each.left, each.top, each.width, each.height) for each in shapes]
    assert all(left >= 0 and left + width <= SLIDE_WIDTH for _, left, _, width, _ in areas)
    return [
        (one, other)
        for (one, left, top, width, height), (other, *area) in combinations(areas, 2)
        if left < area[0] + area[2]
        and area[0] < left + width
        and top < area[1] + area[3]
        and area[1] < top + height
    ]


def test_slides_can_be_heard_and_hold_no_film(
    workspace: Workspace, run_cli: Cli, story: str
) -> None:
    path, record = _delivered(run_cli, "listening", "--slides", "Ward 3, ward manager")
    deck = pptx.Presentation(str(path))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert all(titles)
    assert len(titles) == len(set(titles)), "people who listen find a slide by its title"
    assert titles[:4] == [
        "Listening: a short session",
        "Welcome",
        "She rang the ward",
        "She rang the ward: to talk about",
    ]
    for slide in deck.slides:
        # In the order in which it is read: the title first, and the foot last.
        assert slide.shapes[0] == slide.shapes.title
        assert "Copy cp-" in slide.shapes[-2].text_frame.text
        for shape in slide.placeholders:
            assert shape.text_frame.text, "an empty box would be read out"
        assert not _overlaps(slide.shapes)
        for shape in slide.shapes:
            if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE:
                assert shape._element.nvPicPr.cNvPr.get("descr")
    clip = deck.slides[2]
    moment = f"{ADDRESS}stories/{story}.html#t=0,1"
    links = {relation.target_ref for relation in clip.part.rels.values() if relation.is_external}
    assert links == {moment}
    described = [
        shape._element.nvPicPr.cNvPr.get("descr")
        for shape in clip.shapes
        if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE
    ]
    code = clip.shapes[3]
    assert code.height >= deck.slide_height / 3, "a telephone reads it from a chair"
    assert clip.shapes[4].text_frame.text == "Play in the library"
    assert described == [
        "A picture from the film “Kept”",
        f"QR code for the clip “She rang the ward”: {moment}",
    ]
    assert "Point out the door" in deck.slides[1].notes_slide.notes_text_frame.text
    assert deck.core_properties.language == "en-GB"
    assert deck.core_properties.title == "Listening: a short session"
    assert deck.core_properties.author == "Larch Trust"
    for name, part in _xml_of(path.read_bytes()).items():
        if name.startswith("ppt/slides/slide"):
            words = list(part.iter(f"{A}r"))
            assert words
            assert {run.find(f"{A}rPr").get("lang") for run in words} == {"en-GB"}
    folder = workspace.story(story)
    with zipfile.ZipFile(path) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    assert not {folder.film.read_bytes(), folder.audio.read_bytes()} & set(contents)
    assert folder.poster.read_bytes() in contents
    (copy,) = copies_of(workspace, story)
    assert (copy.id, copy.form, copy.plan) == (record["copy"], "slides", "listening")
    assert (copy.to, str(copy.until)) == ("Ward 3, ward manager", record["until"])
    assert copy.cuts.keys() == {story}
    assert copy.until is not None
    assert copy.until > date(2026, 1, 1)


def test_papers_for_word_have_headings_and_tables_that_say_what_they_are(
    workspace: Workspace, run_cli: Cli, story: str
) -> None:
    path, record = _delivered(run_cli, "listening", "--docx", "Ward 3")
    with zipfile.ZipFile(path) as archive:
        documents = {name: archive.read(name) for name in archive.namelist()}
    assert list(documents) == [
        "facilitators-notes.docx",
        "handout.docx",
        "transcript.docx",
        "evaluation-form.docx",
    ]
    words = {}
    for name, data in documents.items():
        paper = docx.Document(io.BytesIO(data))
        words[name] = "\n".join(paragraph.text for paragraph in paper.paragraphs)
        assert record["copy"] in paper.sections[0].footer.paragraphs[0].text
        assert paper.core_properties.language == "en-GB"
        levels = [
            int(style.removeprefix("Heading "))
            for paragraph in paper.paragraphs
            if (style := paragraph.style.name).startswith("Heading")
        ]
        assert levels[0] == 1
        # None is left out on the way down.
        assert all(after - before <= 1 for before, after in pairwise(levels))
        parts = _xml_of(data)
        assert {each.get(f"{W}val") for each in parts["word/styles.xml"].iter(f"{W}lang")} == {
            "en-GB"
        }
        for table in parts["word/document.xml"].iter(f"{W}tbl"):
            assert table.find(f"{W}tr").find(f"{W}trPr").find(f"{W}tblHeader") is not None
    assert "Listening gives nothing away" in words["facilitators-notes.docx"]
    assert "Somebody rings, and you may tell them nothing." in words["handout.docx"]
    for private in ("Listening gives nothing away", "Point out the door", "You are tired"):
        assert private not in words["handout.docx"], "the facilitator’s alone"
    assert "Ruth: Nobody asked Kept." in words["transcript.docx"]
    assert "I feel confident" in words["evaluation-form.docx"]
    (copy,) = copies_of(workspace, story)
    assert copy.form == "word"


def test_a_story_is_its_transcript_and_no_slides(
    workspace: Workspace, run_cli: Cli, story: str
) -> None:
    path, _ = _delivered(run_cli, story, "--docx", "Carers’ group")
    paper = docx.Document(str(path))
    assert "Ruth: Nobody asked Kept." in "\n".join(each.text for each in paper.paragraphs)
    result = run_cli("deliver", story, "--slides", "Ward 3", "--audience", "trust")
    assert (result.code, "slides are made of a training session" in result.err) == (2, True)
    for arguments in (("listening",), ("listening", "--slides", "A", "--docx", "B")):
        result = run_cli("deliver", *arguments)
        assert (result.code, "--slides or --docx" in result.err) == (2, True)
    assert run_cli("deliver", "listening", "--slides", " ").code == 2
    assert len(copies_of(workspace)) == 1


@pytest.mark.parametrize("form", ["--slides", "--docx"])
def test_what_was_taken_back_is_in_neither(
    workspace: Workspace, run_cli: Cli, story: str, form: str
) -> None:
    record_withdrawal(workspace, story, "contributor")
    result = run_cli("deliver", "listening", form, "Ward 3", "--audience", "trust")
    assert result.code == 4, result.err
    assert "withdrawn" in result.err
    assert not copies_of(workspace)
    assert not list(workspace.deliveries.glob("*"))


def test_a_withdrawal_while_they_are_made_wins(
    workspace: Workspace, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = papers.slides_of

    def taken_back_meanwhile(*arguments: Any) -> bytes:
        record_withdrawal(workspace, story, "contributor")
        return make(*arguments)

    monkeypatch.setattr(papers, "slides_of", taken_back_meanwhile)
    with pytest.raises(NotAllowed):
        papers.deliver_slides(workspace, "listening", Audience.TRUST, ORDER)
    assert not copies_of(workspace)
    assert not list(workspace.deliveries.glob("*"))


def test_a_name_that_must_not_be_heard_leaves_in_no_form(
    workspace: Workspace, run_cli: Cli, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _plan(workspace, story, **{"Point out the door": "Say nothing of Marguerite"})
    terms = (HiddenTerm("Marguerite", story, 1, True, False),)
    monkeypatch.setattr("publish.forbidden.hidden_terms", lambda *_, **__: terms)
    for form in ("--slides", "--docx"):
        result = run_cli("deliver", "listening", form, "Ward 3", "--audience", "trust")
        assert result.code == 4, result.err
        assert f"(names.yml of {story}, entry 1)" in result.err
        assert "Marguerite" not in result.err
    assert not copies_of(workspace)
    assert not list(workspace.deliveries.glob("*"))


@pytest.mark.parametrize("form", ["--slides", "--docx", "--scorm"])
@pytest.mark.parametrize(
    ("plan", "recipient", "said"),
    [
        ("listening", "Ward of Anna-Marguerite", "The recipient holds a name"),
        ("with-marguerite", "Ward 3", "The file name of the session holds a name"),
        ("listening", "Larkrise House", "The recipient holds a name"),
    ],
)
def test_whom_and_what_it_is_for_must_not_name_whom_a_story_hides(
    workspace: Workspace,
    run_cli: Cli,
    story: str,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    plan: str,
    recipient: str,
    said: str,
) -> None:
    _plan(workspace, story, **{"id: listening": f"id: {plan}"})
    (workspace.training / "listening.yml").rename(workspace.training / f"{plan}.yml")
    terms = (
        HiddenTerm("Marguerite", story, 1, True, False),
        HiddenTerm("Larkrise", story, 2, False, False),
    )
    monkeypatch.setattr("publish.forbidden.hidden_terms", lambda *_, **__: terms)
    result = run_cli("deliver", plan, form, recipient, "--audience", "trust")
    assert (result.code, said in result.err) == (4, True), result.err
    assert not copies_of(workspace)
    assert not list(workspace.deliveries.glob("*"))


@pytest.mark.parametrize("form", ["--slides", "--docx", "--scorm"])
def test_a_sessions_own_words_keep_what_a_story_in_it_hides(
    workspace: Workspace, run_cli: Cli, story: str, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    _plan(workspace, story, **{"Today we listen.": "Today we listen to Larkrise’s team."})
    terms = (HiddenTerm("Larkrise", story, 2, False, False),)
    monkeypatch.setattr("publish.forbidden.hidden_terms", lambda *_, **__: terms)
    result = run_cli("deliver", "listening", form, "Ward 3", "--audience", "trust")
    assert (result.code, "Take it out of listening.yml" in result.err) == (4, True), result.err
    assert f"names.yml of {story}, entry 2" in result.err
    # What is on the library's own page is for its editor to decide.
    monkeypatch.setattr("publish.training.check.terms_of_story", lambda _: terms)
    checked = run_cli("training", "check", "listening")
    assert (checked.code, checked.out.count(f"is hidden in {story}")) == (0, 1), checked.out
    assert "Larkrise" not in checked.out
    assert "Larkrise" not in result.err
    assert not copies_of(workspace)


@pytest.mark.parametrize(
    "recipient",
    [
        "PriyaKapoor",
        "priyakapoor@trust.example",
        "DrPriyaKapoor2",
        "Priyå\u200cKapoor",
        "P.r.i.y.a K.a.p.o.o.r",
        "p r i y a  k a p o o r",
        "Pri.ya’s team",
        "roopaK ayirP",
        "WardLarkrise",
        "teamlarkrise@trust.example",
        "larkriseshouse",
        "جناحLarkrise",
        "L·a·r·k·r·i·s·e, ward 3",
        "Grace, ward manager",
    ],
)
def test_a_hidden_name_is_known_however_a_recipient_is_written(
    workspace: Workspace,
    run_cli: Cli,
    story: str,
    monkeypatch: pytest.MonkeyPatch,
    recipient: str,
) -> None:
    terms = (
        HiddenTerm("Priya Kapoor", story, 1, True, False),
        HiddenTerm("Priya", story, 1, False, False),
        HiddenTerm("Larkrise", story, 2, False, False),
        HiddenTerm("Grace", story, 3, False, True),
        HiddenTerm("every day", story, 0, False, True),
    )
    monkeypatch.setattr("publish.forbidden.hidden_terms", lambda *_, **__: terms)
    result = run_cli("deliver", "listening", "--slides", recipient, "--audience", "trust")
    assert (result.code, "The recipient holds a name" in result.err) == (4, True), result.err
    assert not copies_of(workspace)
    # Nobody else is taken for one of them.
    _delivered(run_cli, "listening", "--slides", "Everyday Team, Priyanka B. C., tel. 01234")


def test_any_words_have_room_and_their_own_direction(
    workspace: Workspace, run_cli: Cli, story: str
) -> None:
    """Texts of thousands of letters are parted over slides; nothing is lost of them."""
    long = " ".join(f"word{number}" for number in range(400))
    _plan(
        workspace,
        story,
        **{
            "Somebody rings, and you may tell them nothing.": f'"{long}"',
            "What did you hear?": ARABIC,
            "Today we listen.": "Today \u202e <b>we</b> & listen.",
            "She rang the ward": "Is he safe?",
        },
    )
    workspace.settings.write_text("trust: Larch Trust\n")
    path, _ = _delivered(run_cli, "listening", "--slides", "Ward 3 <&>")
    assert path.name == "slides-listening-for-ward-3.pptx"
    deck = pptx.Presentation(str(path))
    bodies = [[shape.text_frame.text for shape in slide.placeholders][1:2] for slide in deck.slides]
    pieces = [text for body in bodies for text in body if text.startswith("word")]
    assert " ".join(pieces).split() == long.split()
    assert all(len(piece) <= 1_050 for piece in pieces)
    rtl = {
        (properties := paragraph.find(f"{A}pPr")).get("rtl", "") + properties.get("algn", "")
        for part in _xml_of(path.read_bytes()).values()
        for paragraph in part.iter(f"{A}p")
        if any(text.text == ARABIC for text in paragraph.iter(f"{A}t"))
    }
    assert rtl == {"1r"}
    assert "Is he safe? To talk about" in [
        slide.shapes.title.text_frame.text for slide in deck.slides
    ], "no colon behind a question mark"
    # Nobody said where the library stands: a clip is told in words, and nothing leads nowhere.
    assert not any(
        relation.is_external for slide in deck.slides for relation in slide.part.rels.values()
    )
    assert "from 0:00 to 0:01" in "".join(text for body in bodies for text in body)
    assert _delivered(run_cli, "listening", "--docx", "x" * 200)[0].stem.endswith("x" * 60)


def test_recipients_are_told_apart_by_the_names_of_their_files() -> None:
    recipients = ["مريم", "سارة", f"{'x' * 90} one", f"{'x' * 90} two", "Hub, 東京", "Hub, 大阪"]
    names = [
        file_stem("listening", replace(ORDER, recipient=each), recipients) for each in recipients
    ]
    assert len(set(names)) == len(recipients)
    assert all(re.fullmatch(r"slides-listening-for-[a-z0-9-]+", name) for name in names)
    alone = file_stem("listening", replace(ORDER, recipient="Hub, 東京"), ["Hub, 東京"])
    assert alone == "slides-listening-for-hub"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--docx", " \t"), "Nobody is named who answers"),
        (("--docx", "\u200b"), "Nobody is named who answers"),
        (("--docx", "x" * 3000), "has 3,000 characters"),
        (("--docx", "Ward\a3"), "cannot be shown as it is: “Ward�3”"),
        (("--docx", "Ward\u00ad3"), "cannot be shown as it is: “Ward�3”"),
        (("--docx", "Ward\u31643\u200d"), "cannot be shown as it is: “Ward�3�”"),
        (("--docx", "V", "--slides", "W"), "One form at a time"),
        ((), "In which form?"),
    ],
)
def test_an_order_that_cannot_be_is_refused_for_what_is_wrong(
    workspace: Workspace, run_cli: Cli, arguments: tuple[str, ...], said: str
) -> None:
    result = run_cli("deliver", "listening", *arguments)
    assert (result.code, said in result.err) == (2, True), result.err
    assert not copies_of(workspace)


def test_a_copy_is_made_again_for_whoever_has_it(
    run_cli: Cli, workspace: Workspace, story: str
) -> None:
    _, old = _delivered(run_cli, "listening", "--docx", "Ward 3")
    result = run_cli("deliver", old["copy"], "--json")
    assert result.code == 0, result.err
    new = json.loads(result.out)
    first, second = copies_of(workspace)
    assert (first.id, second.id, second.replaces) == (old["copy"], new["copy"], old["copy"])
    same = [
        (copy.form, copy.to, copy.audience, copy.plan, copy.stories) for copy in (first, second)
    ]
    assert same[0] == same[1]
    assert Path(new["file"]).is_file()
    assert new["file"] != old["file"]
    again = run_cli("deliver", story, "--docx", "Ward 3", "--audience", "trust", "--json")
    assert (
        f"settle {json.loads(again.out)['copy']} --as replaced"
        in run_cli("deliver", json.loads(again.out)["copy"]).out
    )
    assert run_cli("deliver", "cp-zzzzzz").code == 3
    assert run_cli("deliver", old["copy"], "--audience", "trust").code == 2
    assert run_cli("copies", "settle", old["copy"], "--as", "replaced", "--yes").code == 0
    assert run_cli("deliver", old["copy"]).code == 4


def test_one_that_cannot_be_made_again_keeps_no_other_from_it(
    run_cli: Cli, workspace: Workspace, story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, old_plan = _delivered(run_cli, "listening", "--slides", "Ward 3")
    _, old_words = _delivered(run_cli, story, "--docx", "Ward 4")
    monkeypatch.setattr("library.consent.copies._is_cut_now", lambda *_: False)
    (workspace.training / "listening.yml").unlink()
    result = run_cli("deliver", story, "--again")
    assert result.code == 3, result.err
    assert f"{old_plan['copy']}, slides, to Ward 3, is not made again" in result.err
    assert f"copies settle {old_plan['copy']}" in result.err
    assert "1 copy is not made again, of 2" in result.err
    assert [copy.replaces for copy in copies_of(workspace)] == ["", "", old_words["copy"]]


def test_what_was_not_delivered_is_not_made_again(
    run_cli: Cli, workspace: Workspace, story: str
) -> None:
    stick = run_cli(
        "copies", "add", story, "--medium", "stick", "--to", "W", "--audience", "trust", "--json"
    )
    result = run_cli("deliver", json.loads(stick.out)["id"])
    assert result.code == 2
    assert "is no delivery for another system" in result.err
    assert len(copies_of(workspace)) == 1
