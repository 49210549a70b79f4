"""The handbooks: what they show is there, can be typed, is plain and short, and leads somewhere."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

import carer_stories
from scripts.handbooks import WHOLE
from scripts.reading_age import handbook_pages, reading_of
from tests.support.browser import launch_chromium
from tests.support.command_line import ROOT
from tests.test_commands import commands

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TYPED = [*handbook_pages(), *(DOCS / "it" / f"{name}.md" for name in ("index", "install"))]
OLDEST_READER = 10.0
"""Reading age in years; forms and notices for everybody are asked to stay under twelve."""
LONGEST_SENTENCE = 25
LONGEST_MINUTES = 5.0
SIDES_OF_A_SHEET = 2
"""The page for the table is one sheet of paper."""
COMMANDS: dict[tuple[str, ...], click.Command] = dict(commands(carer_stories.root))
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
_BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.browser
def test_the_handbooks_are_built_whole_and_ask_no_other_host(tmp_path: Path) -> None:
    """Strict: each page is in the navigation, and every link and part of a page is there."""
    build(load_config(str(ROOT / "handbooks.yml"), site_dir=str(tmp_path)))
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    asked = re.compile(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="?(?:https?:)?//')
    assert [page.name for page in pages if asked.search(page.read_text(encoding="utf-8"))] == []
    index = (tmp_path / "search" / "search_index.js").read_text(encoding="utf-8")
    assert "Practise a recording" in index
    entries = json.loads(index[index.index("{") : index.rindex("}") + 1])["docs"]
    searched = {entry["location"].partition("#")[0] for entry in entries}
    assert not searched & {"project/changelog.html", "architecture.html", "glossary.html"}
    ranks = {entry["location"]: entry.get("boost", 1) for entry in entries}
    assert ranks["editing/how-to.html#take-a-story-back"] > 1000 * ranks["delivery.html"]
    unmade = [page.name for page in pages if "<li>[ ]" in page.read_text(encoding="utf-8")]
    assert unmade == []
    browser = launch_chromium()
    page = browser.new_page()
    page.goto((tmp_path / "recording" / "sheet.html").as_uri())
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    browser.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= SIDES_OF_A_SHEET


@pytest.mark.parametrize("page", TYPED, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_every_command_that_a_handbook_shows_can_be_typed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in "".join(_BLOCK.findall(text)).splitlines():
        if line.startswith("carer-stories "):
            require_typed_rightly(shlex.split(line)[1:], line)


def require_typed_rightly(words: list[str], line: str) -> None:
    """Raise AssertionError, or click's UsageError, where no such command takes what is typed."""
    length = next((n for n in (2, 1) if tuple(words[:n]) in COMMANDS), 0)
    assert length, line
    command = COMMANDS[tuple(words[:length])]
    options = [option for part in command.params for option in (*part.opts, *part.secondary_opts)]
    typed = [word.partition("=")[0] for word in words if word.startswith("-")]
    assert [option for option in typed if option not in options] == [], line
    for part in command.params:
        if isinstance(part.type, click.Choice):
            for option in set(part.opts) & set(words):
                assert words[words.index(option) + 1] in part.type.choices, line


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
