"""Take the pictures of `docs/delivery.md`: a story in each form for another system.

    python -m scripts.delivery_pictures LIBRARY

LIBRARY is what `make demo` made; all is made in a copy of it. Slides and paper are drawn by
LibreOffice (`soffice`) and `pdftoppm`.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from delivery.handover import Order
from delivery.replacements import MAKERS
from library.core.audience import Audience
from library.core.workspace import Workspace
from publish.build_job import build_library
from publish.edition import read_edition
from publish.render.embed import frame_line
from publish.serve import serve_pages
from tests.support.browser import launch_chromium
from tests.support.learning_system import learning_system

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from library.records.copies import CopyForm

IMAGES = Path(__file__).parents[1] / "docs" / "images"
TITLE = "A completely different experience"
SESSION = "first-contact-being-heard"
CLIP_SLIDE = 13
INTRANET = "https://intranet.example"
WIDTH = 900
"""Pixels of each picture."""
SETTLED = 1500
"""Milliseconds after which nothing moves any more on a slow machine."""
_AROUND = """<!doctype html><html lang="en"><title>Our intranet</title>
<style>
body {{ margin: 0 2rem; font: 18px sans-serif }}
header {{ background: #dde5ea; margin: 0 -2rem 1rem; padding: .8rem 2rem }}
</style>
<header>Our intranet</header>
<p>For everybody who answers the telephone on a ward:</p>
{frame}
</html>"""


def main(library: Path) -> None:
    """Make each form for nobody in particular, and take its picture."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "library")
        shutil.copytree(library, workspace.root)
        with workspace.settings.open("a", encoding="utf-8") as file:
            file.write(f"address: {INTRANET}/carers/\nembed: [{INTRANET}]\n")
        build_library(workspace, Audience.TRUST)
        story = next(
            story.page.id for story in read_edition(workspace).stories if story.page.title == TITLE
        )
        # An intranet that is none, with a frame of this machine.
        browser = launch_chromium("--disable-features=LocalNetworkAccessChecks")
        _embedded(workspace, story, browser)
        _course(workspace, story, browser, Path(folder))
        browser.close()
        slides = _made(workspace, SESSION, "slides", Path(folder))
        _draw(slides, CLIP_SLIDE, "delivery-slide.webp")
        _draw(_made(workspace, story, "word", Path(folder)), 1, "delivery-word.webp")


def _made(workspace: Workspace, source: str, form: CopyForm, folder: Path) -> Path:
    order = Order(form, "Ward 3, ward manager", folder, "editor")
    return MAKERS[form](workspace, source, Audience.TRUST, order).path


def _embedded(workspace: Workspace, story: str, browser: Browser) -> None:
    page = _page(browser, 900, 790)
    with serve_pages(workspace, 0) as address:
        html = _AROUND.format(frame=frame_line(f"{address}embed/{story}/", TITLE))
        page.route(
            f"{INTRANET}/*", lambda route: route.fulfill(body=html, content_type="text/html")
        )
        page.goto(f"{INTRANET}/")
        page.frame_locator("iframe").locator("h1").wait_for()
        _take(page, "delivery-embed.webp")


def _course(workspace: Workspace, story: str, browser: Browser, folder: Path) -> None:
    system = folder / "system"
    system.mkdir()
    with learning_system(system, _made(workspace, story, "scorm", folder)) as running:
        page = _page(browser, 1030, 714)
        page.goto(running.address)
        course = page.frame_locator("iframe")
        step: Locator = course.locator("[data-step]:not([hidden])")
        step.locator("[data-on]").click()
        step.locator("video").wait_for()
        _take(page, "delivery-course.webp")


def _page(browser: Browser, width: int, height: int) -> Page:
    return browser.new_context(viewport={"width": width, "height": height}).new_page()


def _draw(document: Path, number: int, name: str) -> None:
    """Draw a page of an Office document. Raises CalledProcessError."""
    folder = str(document.parent)
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, str(document)],
        check=True,
        capture_output=True,
    )
    pages = document.with_suffix(".pdf")
    drawn = subprocess.run(
        ["pdftoppm", "-png", "-r", "110", "-f", str(number), "-l", str(number), str(pages)],
        check=True,
        capture_output=True,
    )
    _save(drawn.stdout, name)


def _take(page: Page, name: str) -> None:
    page.mouse.move(1, 1)
    page.wait_for_timeout(SETTLED)
    _save(page.screenshot(), name)


def _save(data: bytes, name: str) -> None:
    """Save a picture for the page, framed: white paper has no edge on a white page."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    height = round(picture.height * (WIDTH - 2) / picture.width)
    framed = Image.new("RGB", (WIDTH, height + 2), "#8a9a9c")
    framed.paste(picture.resize((WIDTH - 2, height), Image.Resampling.LANCZOS), (1, 1))
    # A page of paper shows enough in its upper half.
    framed.crop((0, 0, WIDTH, min(framed.height, WIDTH * 5 // 6))).save(
        IMAGES / name, quality=80, method=6
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
