"""The handbooks: what they show is there, can be typed, is plain and short, and leads somewhere."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

import carer_stories
from library.core import plugged_disks
from library.core.workspace import Workspace
from scripts.handbooks import WHOLE
from scripts.reading_age import handbook_pages, reading_of
from tests.support.browser import launch_chromium
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import filmed
from tests.test_commands import commands

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TYPED = [ROOT / "README.md", *(page for page in PAGES if page.parent.name != "project")]
ONLY_READS = {
    *(("status",), ("verify",), ("retention",), ("update-check",), ("copies", "list")),
    *(("consent", "due"), ("training", "check"), ("training", "report"), ("captions", "export")),
}
"""Commands that change nothing, so that those of the handbooks can be run one after the other."""
OLDEST_READER = 10.0
"""Reading age in years; forms and notices for everybody are asked to stay under twelve."""
LONGEST_SENTENCE = 25
LONGEST_MINUTES = 5.0
SIDES_OF_A_SHEET = 2
"""The page for the table is one sheet of paper."""
COMMANDS: dict[tuple[str, ...], click.Command] = dict(commands(carer_stories.root))
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
_BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`(carer-stories [a-z][^`…]*)`")


@pytest.fixture(scope="module")
def handbooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the handbooks as a site."""
    folder = tmp_path_factory.mktemp("handbooks")
    build(load_config(str(ROOT / "handbooks.yml"), site_dir=str(folder)))
    return folder


@pytest.mark.browser
def test_the_handbooks_are_built_whole_and_ask_no_other_host(handbooks: Path) -> None:
    """Strict: each page is in the navigation, and every link and part of a page is there."""
    pages = sorted(handbooks.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    asked = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="?(?:https?:)?//')
    assert [page.name for page in pages if asked.search(page.read_text(encoding="utf-8"))] == []
    index = (handbooks / "search" / "search_index.js").read_text(encoding="utf-8")
    assert "Practise a recording" in index
    entries = json.loads(index[index.index("{") : index.rindex("}") + 1])["docs"]
    searched = {entry["location"].partition("#")[0] for entry in entries}
    assert not searched & {"project/changelog.html", "architecture.html", "glossary.html"}
    ranks = {entry["location"]: entry.get("boost", 1) for entry in entries}
    assert ranks["editing/how-to.html#take-a-story-back"] > 1000 * ranks["delivery.html"]
    unmade = [page.name for page in pages if "<li>[ ]" in page.read_text(encoding="utf-8")]
    assert unmade == []
    browser = launch_chromium()
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.goto((handbooks / "it" / "install.html").as_uri())
    cell = phone.locator("article table").first.locator("td").nth(1)
    shown = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert shown == '"What happens"', "a column’s heading is repeated where rows are blocks"
    page = browser.new_page()
    page.goto((handbooks / "recording" / "sheet.html").as_uri())
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= SIDES_OF_A_SHEET


SEARCHES = {
    "record again": "recording/",
    "lost recording": "recording/what-can-go-wrong",
    "camera not working": "recording/what-can-go-wrong",
    "no sound": "recording/what-can-go-wrong",
    "the computer crashed": "recording/what-can-go-wrong",
    "microphones": "recording/",
    "battery": "recording/",
    "carer is upset": "recording/",
    "print form": "recording/how-to",
    "phone recording": "recording/how-to",
    "interpreter": "recording/how-to",
    "take back consent": "editing/how-to",
    "withdraw consent": "editing/how-to",
    "delete story": "editing/how-to",
    '"take a story back"': "editing/how-to",
    "subtitles": "editing/how-to",
    "cut out a name": "editing/how-to",
    "anonymous": "editing/how-to",
    "blur face": "editing/how-to",
    "spelling mistake": "editing/",
    "show film in a meeting": "using/how-to",
    "questions for discussion": "using/how-to",
    "Moodle": "using/how-to",
    "install without admin rights": "it/install",
    "Windows blocked": "it/install",
    "update": "it/install",
    "backup": "it/backup",
    "move to another computer": "it/backup",
    "how long are recordings kept": "it/index",
    "virus scanner": "it/systems",
    "DPIA": "it/dpia",
}
"""Words that volunteers, editors, facilitators and IT people type → the page with the answer."""
_HITS = ".md-search-result__item"
_SUMMARY = ".md-search-result__meta"


@pytest.mark.browser
def test_what_people_type_leads_to_the_right_page_among_the_first_three(handbooks: Path) -> None:
    browser = launch_chromium()
    page = browser.new_page()
    page.goto((handbooks / "index.html").as_uri())
    typed = page.locator(".md-search__input")
    missed = {}
    for words, wanted in SEARCHES.items():
        # Something that is nowhere, so that what is looked at cannot be of the words before.
        typed.fill("zzzz")
        typed.press("End")
        page.locator(_SUMMARY, has_text="No matching").wait_for()
        typed.fill(words)
        typed.press("End")
        page.locator(_HITS).first.wait_for()
        hits = page.locator(f"{_HITS} > a:first-child")
        links = hits.evaluate_all("links => links.map(link => link.href)")
        first = [link.removeprefix(f"{handbooks.as_uri()}/") for link in links[:3]]
        if not any(link.startswith(wanted) for link in first):
            missed[words] = first
    browser.close()
    assert missed == {}


def typed_lines(page: Path) -> list[str]:
    """Return the commands that a page shows as a whole line, in a box or within a sentence."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    boxed = [line.strip() for block in _BLOCK.findall(text) for line in block.splitlines()]
    # Within a sentence most are names; with a word behind it, one can be typed.
    named = [line for line in _NAMED.findall(text) if len(command_of(words_of(line))[1]) > 0]
    return [line for line in (*boxed, *named) if line.startswith("carer-stories ")]


def words_of(line: str) -> list[str]:
    """Return what a terminal makes of a line, behind the program’s name and its own options."""
    # Some boxes say beside a line what it is for, behind a sign that terminals know.
    words = shlex.split(line, comments=True)[1:]
    while len(words) > 1 and words[0] in ("--workspace", "--by"):
        words = words[2:]
    return words


def command_of(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the command that is named, () for none, and what stands behind it."""
    length = next((n for n in (3, 2, 1) if tuple(words[:n]) in COMMANDS), 0)
    return tuple(words[:length]), words[length:]


@pytest.mark.parametrize("page", TYPED, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_every_command_that_a_page_shows_can_be_typed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parsed as when it is typed, so that what is missing or no value of an option is told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(plugged_disks, "MOUNTING_FOLDERS", {})  # no stick is plugged in here
    for line in typed_lines(page):
        path, arguments = command_of(words_of(line))
        assert path, f"{page.name}: {line}"
        try:
            COMMANDS[path].make_context(
                " ".join(path), arguments, parent=click.Context(carer_stories.root)
            )
        except click.UsageError as error:
            pytest.fail(f"{page.name}: {line}: {error.format_message()}")


def test_commands_of_the_handbooks_that_only_read_end_well(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    story_id = filmed(workspace, "Nobody asked me")
    lines = {line for page in handbook_pages() for line in typed_lines(page)}
    ran = {}
    for line in sorted(lines):
        path, arguments = command_of(words_of(line))
        if path in ONLY_READS:
            story = [re.sub(r"STORY|cs-989g5h", story_id, word) for word in arguments]
            ran[line] = run_cli(*path, *story)
    assert len(ran) >= 6, sorted(ran)
    assert {line: result for line, result in ran.items() if result.code != 0} == {}


@pytest.mark.parametrize("page", TYPED, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_no_page_names_the_file_of_one_release(page: Path) -> None:
    """The next release would make each such line one that cannot be typed."""
    names = re.compile(r"carer[-_]stories(?:[-_]light)?-\d+\.\d+")
    assert names.findall(page.read_text(encoding="utf-8")) == []


def test_a_whole_handbook_to_print_leaves_no_page_out() -> None:
    pages = [path for folder in WHOLE for path in (DOCS / folder).glob("*.md")]
    named = {DOCS / folder / f"{name}.md" for folder in WHOLE for name in ("index", *WHOLE[folder])}
    assert set(pages) == named


def test_every_picture_is_described_used_and_made_by_a_script() -> None:
    pictures = [
        (page, words, name)
        for page in [*PAGES, ROOT / "README.md"]
        for words, name in _PICTURE.findall(page.read_text(encoding="utf-8"))
    ]
    assert [name for _, words, name in pictures if len(words) < 20] == []
    shown = {(page.parent / name).resolve() for page, _, name in pictures}
    assert shown == set((DOCS / "images").iterdir())
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "scripts").glob("*.py"))
    assert [path.name for path in shown if f'"{path.stem}' not in scripts] == []


@pytest.mark.parametrize(
    "page", handbook_pages(), ids=lambda page: f"{page.parent.name}-{page.stem}"
)
def test_a_handbook_is_plain_and_read_in_minutes(page: Path) -> None:
    reading = reading_of(page.read_text(encoding="utf-8"))
    assert reading.age <= OLDEST_READER
    assert reading.longest <= LONGEST_SENTENCE
    assert reading.minutes <= LONGEST_MINUTES
