"""Pages that are printed and handed over: a build’s receipt, what is held about somebody, and what
people answered before and after a training session.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library.consent.contributors import record_contributor
from library.consent.copies import record_copy
from library.consent.register import add_person
from library.core import clock
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.editions import VIDEO
from tests.support.page_checks import faults, watched_page
from tests.support.quick_stories import released
from tests.support.training_plans import plan_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID = "Ruth: I rang the ward every day, and nobody told me when he would come home."


@pytest.fixture
def papers(workspace: Workspace, run_cli: Callable[..., CommandResult], media: Path) -> list[Path]:
    """Both pages, of a story with a real film, words, people, a copy and a person who told it."""
    story_id = released(workspace, "Nobody would talk to me")
    record_contributor(workspace, story_id, name="Ruth", contact="0161 496 0000", role="editor")
    add_person(
        workspace,
        story_id,
        relation="her son",
        about="his illness",
        decided="agreed",
        role="editor",
    )
    record_copy(
        workspace,
        [story_id],
        medium="stick",
        audience="trust",
        to="the school of nursing",
        on=clock.today(),
        role="editor",
    )
    built = run_cli("site", "build", "--audience", "trust", "--json")
    assert built.code == 0, built.err
    folder = workspace.story(story_id)
    for name in ("film.mp4", "poster.jpg"):
        shutil.copyfile(media / name, folder.root / name)
    folder.editors_copy.write_text("\n\n".join([SAID] * 40))
    result = run_cli("export", story_id, "--subject-access", "--json")
    receipt = Path(json.loads(built.out)["receipt"]["page"])
    return [receipt, Path(json.loads(result.out)["place"]) / "index.html"]


@pytest.fixture
def opened(browser: Browser, papers: list[Path]) -> Iterator[list[Page]]:
    """Open from the disk; all they may ask for lies beside them."""
    context = browser.new_context()
    requests: list[str] = []
    messages: list[str] = []
    pages = []
    for paper in papers:
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: messages.append(message.text))
        page.goto(paper.as_uri())
        pages.append(page)
    yield pages
    context.close()
    allowed = tuple(f"{paper.parent.as_uri()}/" for paper in papers)
    assert [url for url in requests if not url.startswith(allowed)] == []
    assert messages == []


def test_they_are_accessible_on_wide_and_narrow_screens(opened: list[Page]) -> None:
    for page in opened:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert faults(page) == [], width


def test_training_feedback_can_be_read_on_a_phone(
    browser: Browser, workspace: Workspace, run_cli: Callable[..., CommandResult], tmp_path: Path
) -> None:
    """The answers before and after stand side by side, with no word broken into single letters."""
    workspace.training.mkdir(exist_ok=True)
    (workspace.training / "listening.yml").write_text(plan_text(VIDEO), encoding="utf-8")
    forms = tmp_path / "forms.csv"
    heads = "plan,version,date,confident_before,confident_after,looked-after_after,one-thing"
    five_answers = "listening,1,,2,4,5,Ask how she is.\n" * 5
    forms.write_text(f"{heads}\n{five_answers}", encoding="utf-8")
    page_path = tmp_path / "feedback.html"
    result = run_cli("training", "feedback", forms, "--to", page_path)
    assert result.code == 0, result.err
    with watched_page(browser, page_path.as_uri(), 320) as page:
        page.goto(page_path.as_uri())
        assert faults(page) == []
        named = page.get_by_role("rowheader", name="Before").bounding_box()
        one_line = page.evaluate("parseFloat(getComputedStyle(document.body).lineHeight)")
        assert named["height"] < 2 * one_line


def test_the_film_plays_from_the_folder(opened: list[Page]) -> None:
    _, subject_access_page = opened
    played = subject_access_page.evaluate(
        """() => new Promise(done => {
             const film = document.querySelector('video');
             film.muted = true;
             film.addEventListener('error', () => done('cannot be read'));
             film.addEventListener('timeupdate', () => film.currentTime > 0.2 && done('plays'));
             film.play();
           })"""
    )
    assert played == "plays"


def test_on_paper_nothing_that_was_folded_away_is_missing(opened: list[Page]) -> None:
    _, subject_access_page = opened
    spoken_text = subject_access_page.get_by_text(SAID).last
    assert not spoken_text.is_visible()
    subject_access_page.emulate_media(media="print")
    assert spoken_text.is_visible()
    assert spoken_text.bounding_box()["height"] > 10
    assert subject_access_page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_a_receipt_is_one_sheet_of_paper(opened: list[Page]) -> None:
    receipt, _ = opened
    pages = receipt.pdf(prefer_css_page_size=True)
    assert pages.count(b"/Type /Page\n") == 1
