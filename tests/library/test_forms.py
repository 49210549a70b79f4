"""The two agreements as forms: what is on them, what may be written in them, and how they fail."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.core.audience import Audience
from library.core.sanitise import printable
from library.core.settings import Settings, SupportLine
from library.core.workspace import Workspace
from library.forms.html_page import form_page
from library.forms.placeholders import FormStory
from library.forms.wording import (
    FORM_KINDS,
    FormHeader,
    FormKind,
    Wording,
    form_version,
    read_wording,
)
from library.workspace_template import template
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import filmed
from tests.support.workspaces import leave_blank

Cli = Callable[..., CommandResult]
LINE = SupportLine(
    name="Larchfield carers’ line",
    contact="01632 960 123",
    when="every day",
    checked=date(2026, 1, 31),
)
SETTINGS = Settings(
    trust="Larchfield NHS Trust",
    contact="the Carer Stories team, 01632 960 000",
    support=(LINE,),
    lawful_basis="Public task",
    special_category_condition="Management of health care",
)
FILLED_IN = """\
trust: Larchfield NHS Trust
contact: the Carer Stories team, 01632 960 000
withdrawal: tell the Carer Stories team
evidence: witness
fictional: true
support: [{name: Larchfield carers’ line, contact: 01632 960 123, checked: 2026-01-31}]
lawful_basis: Public task
special_category_condition: Management of health care
"""


class Text(HTMLParser):
    """The words of a page, block by block, without its head and without the staff's part."""

    BLOCKS = ("p", "li", "h1", "h2", "h3")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks = [""]
        self.reading = False
        self.feed(html.partition('<div class="team">')[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.reading |= tag == "main"
        if tag in self.BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self.reading:
            self.blocks[-1] += data


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", " ".join(Text(html).blocks))


def printed(result: CommandResult) -> list[Path]:
    assert result.code == 0, result.err
    return [
        Path(line.strip()) for line in result.out.splitlines() if line.strip().endswith(".html")
    ]


def test_both_are_printed_with_what_the_trust_has_filled_in(
    run_cli: Cli, workspace: Workspace
) -> None:
    workspace.settings.write_text(FILLED_IN)
    result = run_cli("consent", "form")
    paths = printed(result)
    assert [path.name for path in paths] == ["participation-form.html", "release-form.html"]
    assert {path.parent for path in paths} == {workspace.root / "interviews" / "print"}
    assert "Not ready" not in result.out
    for path in paths:
        html = path.read_text()
        words = words_of(html)
        assert '<html lang="en-GB"' in html
        for phrase in (
            "Larchfield NHS Trust",
            "01632 960 000",
            "Larchfield carers’ line",
            "We last checked this on 31 January 2026",
            "Public task",
            "Management of health care",
        ):
            assert phrase in words, phrase
        assert "not filled this in" not in html
        assert "{{" not in words
    assert "We ask you again after 24 months." in words


def test_what_is_not_filled_in_is_plain_on_the_form_and_said(
    run_cli: Cli, workspace: Workspace
) -> None:
    leave_blank(workspace)
    result = run_cli("consent", "form", "--participation")
    (path,) = printed(result)
    assert path.read_text().count("[the trust has not filled this in]") >= 6
    for setting in ("contact", "lawful_basis", "special_category_condition", "support", "trust"):
        assert setting in result.out
    assert "Not ready to sign" in result.out
    assert "interviews/settings.yml" in result.out


def test_a_form_asks_nothing_of_any_other_place(run_cli: Cli) -> None:
    for path in printed(run_cli("consent", "form")):
        html = path.read_text()
        assert "default-src 'none'" in html
        assert not re.findall(r"""(?:src|href|action)\s*=""", html)
        assert set(re.findall(r"url\(\"(.{5})", html)) <= {"data:"}
        assert "<script" not in html


def test_before_an_agreement_the_next_step_is_of_the_participation_form_alone(
    run_cli: Cli, workspace: Workspace
) -> None:
    workspace.settings.write_text(FILLED_IN)
    made = run_cli("story", "new", "--title", "T", "--questions", "being-heard", "--json").out
    story_id = json.loads(made)["id"]
    *before, step = run_cli("consent", "form", story_id).out.splitlines()
    assert step.startswith("Next: Print the participation agreement"), step
    assert step.endswith(f"carer-stories consent record {story_id}")
    assert "The release is signed later" in before[-1]
    agreed = filmed(workspace, "Nobody rang back")
    step = run_cli("consent", "form", agreed).out.splitlines()[-1]
    assert step.startswith("Next: Print the release")
    assert step.endswith(f"carer-stories signoff {agreed}")


def test_a_storys_forms_lie_with_the_story_and_name_its_film(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace, "Nobody rang back")
    cut = json.loads(run_cli("status", story_id, "--json").out)[0]["cut"]
    paths = printed(run_cli("consent", "form", story_id))
    assert {path.parent for path in paths} == {workspace.story(story_id).root / "print"}
    release = words_of(paths[1].read_text())
    assert "Nobody rang back" in release
    assert f"The code of the film you saw is {cut[:8]}." in release
    assert "no name is shown" in release
    assert story_id in paths[0].read_text()


def test_without_a_film_its_code_is_left_to_be_written(run_cli: Cli, workspace: Workspace) -> None:
    story_id = filmed(workspace)
    workspace.story(story_id).captions.write_text("WEBVTT\n\nanother word\n")
    result = run_cli("consent", "form", story_id, "--release")
    assert "There is no finished film yet" in result.out
    (path,) = printed(result)
    assert "The code of the film you saw, from the foot of its page" in path.read_text()


def test_no_form_for_a_story_that_was_taken_back_or_never_was(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    assert run_cli("withdraw", story_id, "--yes").code == 0
    assert run_cli("consent", "form", story_id).code == 4
    assert run_cli("consent", "form", "cs-zzzzzz").code == 3
    assert run_cli("consent", "form", "../x").code == 2
    assert not workspace.story(story_id).printed.exists()


def test_one_form_in_a_folder_of_ones_own(
    run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    (path,) = printed(run_cli("consent", "form", "--release", "--to", tmp_path / "to print"))
    assert path == tmp_path / "to print" / "release-form.html"
    (tmp_path / "file").write_text("mine")
    result = run_cli("consent", "form", "--to", tmp_path / "file")
    assert result.code == 2
    assert (tmp_path / "file").read_text() == "mine"
    assert not workspace.printed.exists()


def test_large_print_is_larger_and_says_the_same(run_cli: Cli) -> None:
    (normal_print,) = json.loads(run_cli("consent", "form", "--release", "--json").out)
    (large,) = json.loads(run_cli("consent", "form", "--release", "--large-print", "--json").out)
    assert normal_print["path"] != large["path"]
    assert normal_print["code"] == large["code"]
    pages = [Path(form["path"]).read_text() for form in (normal_print, large)]
    assert words_of(pages[0]) == words_of(pages[1])
    assert ['class="large"' in page for page in pages] == [False, True]
    assert f"code {normal_print['code']}" in pages[0]


def test_the_code_tells_wordings_and_settings_apart(run_cli: Cli, workspace: Workspace) -> None:
    def code() -> tuple[str, str]:
        (form,) = json.loads(run_cli("consent", "form", "--release", "--json").out)
        return form["code"], form["sha256"]

    first = code()
    assert code() == first
    workspace.settings.write_text(FILLED_IN)
    second = code()
    assert second[0] != first[0]
    assert second[1] == first[1]
    wording = workspace.forms / "release.md"
    wording.write_text(wording.read_text().replace("Please take your time.", "Take your time."))
    third = code()
    assert third[0] != second[0]
    assert third[1] != second[1]


def test_a_workspace_of_an_earlier_version_uses_the_forms_it_was_installed_with(
    run_cli: Cli, workspace: Workspace
) -> None:
    import shutil

    shutil.rmtree(workspace.forms)
    assert len(printed(run_cli("consent", "form"))) == 2
    assert form_version(workspace, "release") == form_version(template(), "release")


def test_a_version_is_what_was_written(workspace: Workspace) -> None:
    path = workspace.forms / "release.md"
    path.write_text(re.sub(r"^version: .*$", "version: 1.10", path.read_text(), flags=re.M))
    assert form_version(workspace, "release") == "1.10"


HEAD = "---\ntitle: A form\nversion: 1\nlanguage: en-GB\n---\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("Hello.\n", 1, "does not begin with its head"),
        ("---\ntitle: A form\n", 1, "has no end"),
        ("---\ntitle: A form\nversion: 1\n---\n", 1, "the head has no language"),
        ("---\ntitle: A form\nversion: 1/2\nlanguage: en-GB\n---\n", 3, "version is not as it"),
        ("---\ntitle: A\nversion: 1\nlanguage: English\n---\n", 4, "language is not as it"),
        ("---\ntitle: [a, b]\nversion: 1\nlanguage: en\n---\n", 2, "title is not as it"),
        (HEAD.replace("title", "colour: red\ntitle"), 2, "colour"),
        ("---\ntitle: a: form\nversion: 1\n---\n", 2, "there is a colon in the text"),
        ("---\n- a\n---\n", 1, "a list stands where a group of fields belongs"),
        (HEAD + "Ask {{ contcat }}.\n", 6, "there is no placeholder “contcat”"),
        (
            HEAD + "\n{% if story %}\nx\n{% if trust %}\n{{ nobody }}\n{% endif %}{% endif %}",
            10,
            "nob",
        ),
        (HEAD + "\n\nOf {{ story.titel }}.\n", 8, "“titel” is not known here"),
        (HEAD + "{{ trust\n", 6, "unexpected"),
        (HEAD + "\n{% if story %}\nnever ended\n", 8, "in it is ended"),
        (HEAD + "\n{% include 'x' %}\n", 7, ""),
        (HEAD + "\n{{ trust.__class__.__mro__ }}\n", 7, "not known here"),
        (HEAD + "\n{{ 1 / 0 }}\n", 7, "cannot calculate"),
        (HEAD + "\n{{ range(9) }}\n", 7, "range"),
        (HEAD + "\n{{ trust|nofilter }}\n", 7, "nofilter"),
    ],
)
def test_a_form_that_cannot_be_read_is_named_with_its_line(
    run_cli: Cli, workspace: Workspace, text: str, line: int, message: str
) -> None:
    (workspace.forms / "release.md").write_text(text)
    result = run_cli("consent", "form")
    assert result.code == 2, result.err
    assert f"interviews/forms/release.md, line {line}: " in result.err
    assert message in result.err
    assert len(result.err.strip().splitlines()) == 2, "no next step"
    assert not workspace.printed.exists(), "one form was written and the other not"


def test_a_form_that_is_no_text_is_named_with_its_line(run_cli: Cli, workspace: Workspace) -> None:
    (workspace.forms / "participation.md").write_bytes(b"---\ntitle: \xff\n---\n")
    result = run_cli("consent", "form")
    assert result.code == 2
    assert "interviews/forms/participation.md, line 2: this is not UTF-8." in result.err


TRICKS = "<script>alert(1)</script> *stars* [a](javascript:b) {{ trust }} {% if %} __x__ \x1b[31m"


def test_titles_and_settings_are_shown_as_they_were_typed(
    run_cli: Cli, workspace: Workspace
) -> None:
    typed = TRICKS.replace("\x1b", "")  # settings refuse what no page can show
    workspace.settings.write_text(
        json.dumps(dict.fromkeys(("trust", "contact", "lawful_basis"), typed))
    )
    result = run_cli("story", "new", "--title", TRICKS, "--questions", "being-heard", "--json")
    for path in printed(run_cli("consent", "form", json.loads(result.out)["id"])):
        html = path.read_text()
        assert "<script" not in html
        assert "javascript:b)" in html
        assert words_of(html).count(re.sub(r"\s+", " ", printable(TRICKS))) >= 3


def _page(body: str, settings: Settings = SETTINGS, story: FormStory = FormStory()) -> str:  # noqa: B008
    head = FormHeader(title="A form", version="1", language="en")
    wording = Wording("release", "release.md", head, body, "")
    return form_page(template(), wording, settings, story, large=False).html


@given(st.text(min_size=1, max_size=60), st.text(max_size=40))
def test_no_value_is_ever_read_as_markup(title: str, contact: str) -> None:
    story = FormStory("cs-222222", title, "", "")
    settings = Settings(contact=contact)
    html = _page("**{{ story.title }}**|{{ contact }}|", settings, story)
    inside = html[html.index("<main>") : html.index("</main>")]
    own = re.sub(r"</?bdi>|<bdi dir=\"ltr\">", "", inside)  # about what runs from right to left
    assert set(re.findall(r"</?([a-zA-Z!][a-z]*)", own)) <= {"main", "p", "strong", "mark"}
    assert re.sub(r"\s+", "", printable(title)) in re.sub(r"\s+", "", words_of(html))


def test_the_markup_of_others_is_shown_and_not_read() -> None:
    html = _page(
        '<img src="https://x.example/a.png"> ![p](https://x.example) [l](https://x.example)\n'
    )
    assert "<img" not in html
    assert "<a " not in html
    assert "[l](https://x.example)" in words_of(html)


def test_what_a_form_is_written_with() -> None:
    html = _page(
        "## A part\n\n### Which one? Tick one.\n\n- ( ) **This**\n- ( ) That\n\n"
        "### Which ones?\n\n- [ ] One\n  and more\n- [ ] Two\n\n"
        "### Sign\n\nYour name: ____\nDate: ____ Time: ________\nWhat to change: ____ (3 lines)\n\n"
        "---\n\n## Staff\n\nYour role: ____\n"
    )
    assert html.count('type="radio"') == 2 + html.count('[type="radio"]')
    assert len(re.findall(r'type="checkbox"', html.partition("<main>")[2])) == 2
    assert html.count('type="text"') == 4
    assert html.count('<textarea rows="3">') == 1
    assert html.count('role="radiogroup"') == 1
    assert html.count('role="group"') == 2
    assert "<strong>This</strong>" in html
    assert "____" not in html
    before, _, staff = html.partition('<div class="team">')
    assert "Your role" in staff
    assert "Your role" not in before


@pytest.mark.parametrize("kind", FORM_KINDS)
def test_each_form_says_what_good_practice_asks(kind: str) -> None:
    wording = read_wording(template(), kind)  # type: ignore[arg-type]
    page = form_page(template(), wording, SETTINGS, FormStory(), large=False)
    words = words_of(page.html)
    for phrase in (
        "of two forms",
        "Please take your time",
        "your own care and the care of the person you look after stay the same",
        "does not work in that care",
        "at any time",
        "Some things we cannot call back",
        "our safety copies",
        "voice",
        "the person you look after",
        "You can ask to see all that we hold about you",
        "Information Commissioner’s Office",
        "Your yes on this form is about what is right by you. The law also asks",
        "These people are there if you want to talk",
    ):
        assert phrase in words, phrase
    staff = page.html.partition('<div class="team">')[2]
    for phrase in ("Mental Capacity Act 2005", "Your role", "I do not work in the care of"):
        assert phrase in staff, phrase
    assert "information-governance" not in page.html, "a word to editors is on the signed page"


def _words_of_form(kind: FormKind, settings: Settings = SETTINGS) -> str:
    wording = read_wording(template(), kind)
    return words_of(form_page(template(), wording, settings, FormStory(), large=False).html)


@pytest.mark.parametrize(
    ("kind", "phrases"),
    [
        (
            "participation",
            (
                "at risk of serious harm, we have to pass that on",  # limits of confidentiality
                "our safeguarding team",
                "We may have to keep the recording until this is settled, even if you ask us to",
                "You must be 18 or older",
                "If you can no longer decide for yourself",
                "If you die",
                "If the person has died",
                "They can object at any time",
                "I know that you must pass it on if somebody is at risk",
            ),
        ),
        (
            "release",
            (
                "Blur my picture, as in the film I saw",
                "May an archive keep your film?",
                "If you tick none, we give it to no archive",
                "an archive also has all that was cut or made silent",
                "If I can no longer decide for myself, or die",
                "If you tick none, we stop",
                "If somebody in it has died",
                "They can object at any time",
                "right for 9 of 60",
                "right for 18 of 60",
                "I know that it can be turned back",
                "any rights that you have as a performer",
                "You keep your moral rights",
            ),
        ),
    ],
)
def test_each_form_says_what_its_signer_must_know_of_law_and_limits(
    kind: FormKind, phrases: tuple[str, ...]
) -> None:
    words = _words_of_form(kind)
    for phrase in phrases:
        assert phrase in words, phrase
    assert read_wording(template(), kind).head.version != "1", "other words under an old version"


def test_rights_are_licensed_unless_the_settings_say_assigned(
    run_cli: Cli, workspace: Workspace
) -> None:
    licensed = _words_of_form("release")
    assigned = _words_of_form("release", msgspec.structs.replace(SETTINGS, rights="assignment"))
    assert "they stay yours" in licensed
    assert "the licence ends" in licensed
    assert "assignment" not in licensed
    assert "you pass your rights in them to Larchfield NHS Trust, for good" in assigned
    assert "licence" not in assigned
    assert "You can still take the film back at any time" in assigned
    workspace.settings.write_text("rights: sold\n")
    refused = run_cli("consent", "form", "--release")
    assert refused.code == 2
    assert "rights" in refused.err


def test_each_audience_has_a_box_of_its_own() -> None:
    wording = read_wording(template(), "release")
    page = form_page(template(), wording, SETTINGS, FormStory(), large=False)
    part = page.html.partition("Who may see it?")[2].partition("<h2")[0]
    assert part.count('type="checkbox"') == len(Audience)


def grade(blocks: list[str]) -> float:
    """Flesch and Kincaid's school grade (1975), by words a sentence and syllables a word.

    Syllables are counted as groups of vowels, without a silent e: near enough for a whole page.
    """
    sentences = [sentence for block in blocks for sentence in re.split(r"[.!?:;]+\s", f"{block} ")]
    spoken_sentences = [
        re.findall(r"[a-z]+(?:’[a-z]+)?", sentence.lower()) for sentence in sentences
    ]
    spoken_sentences = [words for words in spoken_sentences if words]
    words = [word for words in spoken_sentences for word in words]
    syllables = sum(
        max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^aeiouyl])e$", "", word))))
        for word in words
    )
    return 0.39 * len(words) / len(spoken_sentences) + 11.8 * syllables / len(words) - 15.59


def test_the_measure_of_plain_words_knows_plain_words() -> None:
    plain = "You can stop at any time. You do not have to say why."
    lawyers = (
        "Notwithstanding the aforementioned provisions, participation constitutes irrevocable "
        "authorisation for dissemination of identifiable information to external organisations."
    )
    assert grade([plain]) < 3
    assert grade([lawyers]) > 16


@pytest.mark.parametrize("rights", ["licence", "assignment"])
@pytest.mark.parametrize("kind", FORM_KINDS)
def test_a_reader_of_twelve_can_read_it(
    kind: FormKind, rights: Literal["licence", "assignment"]
) -> None:
    wording = read_wording(template(), kind)
    settings = msgspec.structs.replace(SETTINGS, rights=rights)
    blocks = Text(form_page(template(), wording, settings, FormStory(), large=False).html).blocks
    assert grade(blocks) + 5 <= 12
    long = [
        sentence
        for b in blocks
        for sentence in re.split(r"[.!?;:]\s", b)
        if len(sentence.split()) > 30
    ]
    assert long == []


def test_printed_forms_never_enter_git() -> None:
    for path in ("interviews/print/a.html", "interviews/stories/cs-222222/print/a.html"):
        result = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        assert result.returncode == 0, path
