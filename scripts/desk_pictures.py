"""Take the pictures of `docs/editing/desk-first-minutes.md` from the desk itself.

    python -m scripts.desk_pictures LIBRARY

LIBRARY is what `make demo` made; its story “What to do at night” is opened in a copy of it.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from library.consent.story_status import story_statuses
from library.core.workspace import Workspace
from stewardship.desk.desk_page import running_desk
from tests.support.browser import launch_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

IMAGES = Path(__file__).parents[1] / "docs" / "images"
TITLE = "What to do at night"
SIZE: ViewportSize = {"width": 1366, "height": 768}
SETTLED = 1500
"""Milliseconds after which nothing moves any more on a slow machine."""


def main(library: Path) -> None:
    """Take the three pictures, one after another, as an editor goes on."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "library"
        shutil.copytree(library, copy)
        workspace = Workspace(copy)
        story = next(
            status.history.story.id
            for status in story_statuses(workspace, hashing=False)
            if status.history.story.title == TITLE
        )
        with running_desk(workspace) as desk:
            browser = launch_chromium()
            page = browser.new_context(viewport=SIZE).new_page()
            page.goto(desk.address.link_to(story))
            page.locator("[data-analysed]").wait_for()
            _answer_a_question(page)
            _listen_to_a_redaction(page)
            _finish(page)
            browser.close()


def _answer_a_question(page: Page) -> None:
    page.get_by_role("tab", name="To answer (2)").wait_for()
    page.keyboard.press("Alt+n")
    page.wait_for_timeout(SETTLED)
    page.keyboard.press("Escape")
    _take(page, "desk-question.png")


def _listen_to_a_redaction(page: Page) -> None:
    page.get_by_label("Shown instead").fill("Margaret")
    page.get_by_role("button", name="Hide it, with other words").click()
    page.get_by_role("tab", name="To answer (1)").wait_for()
    page.get_by_role("button", name="It may be heard in this story").click()
    page.get_by_role("tab", name="To answer (0)").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Finish").click()
    page.get_by_role("button", name="Listen to the next one").click()
    page.get_by_role("button", name="Nothing is left of it", disabled=False).wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(SETTLED // 3)
    page.keyboard.press("Escape")
    _take(page, "desk-redaction.png")


def _finish(page: Page) -> None:
    page.get_by_role("button", name="Nothing is left of it").click()
    page.get_by_role("tab", name="Finish").click()
    _take(page, "desk-finish.png")


def _take(page: Page, name: str) -> None:
    page.mouse.move(1, 1)
    page.wait_for_timeout(SETTLED)
    whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    # A third of the bytes; the other ways to choose 256 colours turn the small orange ones brown.
    whole.quantize(256, Image.Quantize.MAXCOVERAGE).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
