"""Take the pictures of the handbooks' first hours, from the program itself.

    python -m scripts.handbook_pictures LIBRARY [library|preview|workshop|station …]

LIBRARY is what `make demo` made; all is done in a copy of it. The camera of the station shows one
of the demonstration's films, and its microphone hears it.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from capture.station.server import running_station
from capture.workshop.workshop_page import running_workshop
from library.core.workspace import Workspace
from publish.edition import read_edition
from publish.preview import make_preview
from publish.serve import serve_pages
from tests.support import sample_media
from tests.support.browser import launch_chromium
from tests.support.station_page import Window, agree_in_full

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
FILM = ROOT / "interviews" / "demo" / "nobody-would-talk-to-me.mp4"
TITLE = "Nobody would talk to me"
SESSION = "first-contact-being-heard"
SIZE: ViewportSize = {"width": 1280, "height": 800}
WIDTH = 900
"""Pixels of each picture."""
SETTLED = 1500
"""Milliseconds after which nothing moves any more on a slow machine."""
TEST_MS = 7_000
"""A test recording of five seconds, and its verdict."""
HEARD_MS = 8_000
"""As long as the interview listens before it says how well somebody is heard."""

# A camera that is a file is called by its path.
_NAME_DEVICES = """() => {
  for (const one of document.querySelectorAll("select option")) {
    if (one.text.includes("camera.mjpeg")) one.text = "Camera of this computer";
    if (one.text.startsWith("Fake ")) one.text = "Microphone on the table";
  }
}"""


def main(library: Path, parts: list[str]) -> None:
    """Take the pictures of all parts, or of those that are named."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "library")
        shutil.copytree(library, workspace.root)
        for name, take in PARTS.items():
            if not parts or name in parts:
                take(workspace)


def _station(workspace: Workspace) -> None:
    folder = workspace.root.parent
    camera, microphone = folder / "camera.mjpeg", folder / "microphone.wav"
    length = ("-t", "40", "-i", FILM)
    sample_media.ffmpeg(*length, "-an", "-vf", "scale=640:-2", "-q:v", "3", "-r", "10", camera)
    sample_media.ffmpeg(*length, "-vn", "-ac", "1", "-ar", "48000", microphone)
    browser = launch_chromium(
        *("--mute-audio", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={camera}",
        f"--use-file-for-fake-audio-capture={microphone}",
    )
    with running_station(workspace) as station:
        page = browser.new_context(viewport=SIZE).new_page()
        page.goto(station.address.link)
        window = Window(page, browser, "")
        window.wait_for_heading("Recording a story")
        page.get_by_role("heading", name="Today’s stories").wait_for()
        _take(page, "station-begin")
        window.press("Begin a new recording")
        window.wait_for_heading("The story")
        page.get_by_label("A title for the story").fill("The night we rang")
        page.get_by_label("What they want to be called").fill("Ellen")
        _take(page, "station-story")
        window.press("Next")
        page.locator(".form-words").wait_for()
        _take(page, "station-agreement")
        agree_in_full(window)
        page.get_by_role("button", name="Record a test of 5 seconds").click()
        page.wait_for_timeout(TEST_MS)
        _take(page, "station-camera", whole_page=True)
        page.get_by_role("button", name="Next", disabled=False).click()
        window.wait_for_heading("Before we start")
        page.get_by_label("Well enough").check()
        window.press("Start recording")
        window.wait_for_state("Recording")
        window.press_below("Next")
        page.wait_for_timeout(HEARD_MS)
        _take(page, "station-interview")
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        _take(page, "station-stopped")
    browser.close()


def _workshop(workspace: Workspace) -> None:
    browser = launch_chromium()
    with running_workshop(workspace) as workshop:
        page = browser.new_context(viewport=SIZE).new_page()
        page.goto(workshop.address.link_to("first-contact"))
        page.get_by_role("heading", level=1).first.wait_for()
        _take(page, "workshop")
    browser.close()


def _library(workspace: Workspace) -> None:
    story = _story(workspace)
    browser = launch_chromium()
    with serve_pages(workspace, 0) as address:
        page = browser.new_context(viewport=SIZE).new_page()
        page.goto(address)
        _take(page, "library", height=1250)
        page.goto(f"{address}stories/{story}.html")
        page.get_by_role("button", name="Play", exact=True).first.click()
        page.wait_for_timeout(SETTLED * 4)
        page.get_by_role("button", name="Pause", exact=True).first.click()
        _take(page, "story")
        page.goto(f"{address}search.html")
        page.get_by_role("searchbox").first.fill("nobody told me")
        page.keyboard.press("Enter")
        page.get_by_text("Hear it from").first.wait_for()
        _take(page, "search")
        page.goto(f"{address}training/{SESSION}.html")
        page.locator("#order-title").evaluate("(title) => title.scrollIntoView()")
        _take(page, "session")
        page.goto(f"{address}training/{SESSION}-present.html")
        _take(page, "room-check")
        page.get_by_role("button", name="Begin", exact=True).first.click()
        for _ in range(3):
            page.keyboard.press("PageDown")
        _take(page, "present")
    browser.close()


def _preview(workspace: Workspace) -> None:
    """Take what a contributor is asked, having watched the film."""
    story = _story(workspace)
    pack = make_preview(workspace, story)
    (story_page,) = pack.folder.rglob(f"stories/{story}.html")
    browser = launch_chromium()
    page = browser.new_context(viewport=SIZE).new_page()
    page.goto(story_page.as_uri())
    page.locator("#answers").evaluate("(answers) => answers.scrollIntoView()")
    _take(page, "preview-answers")
    browser.close()


def _story(workspace: Workspace) -> str:
    (story,) = [
        story.page.id for story in read_edition(workspace).stories if story.page.title == TITLE
    ]
    return story


def _take(page: Page, name: str, *, height: int = SIZE["height"], whole_page: bool = False) -> None:
    page.set_viewport_size({"width": SIZE["width"], "height": height})
    page.evaluate(_NAME_DEVICES)
    page.mouse.move(1, 1)
    page.wait_for_timeout(SETTLED)
    if whole_page:
        page.evaluate("scrollTo(0, 0)")
    whole = Image.open(io.BytesIO(page.screenshot(full_page=whole_page))).convert("RGB")
    page.set_viewport_size(SIZE)
    size = (WIDTH, round(whole.height * WIDTH / whole.width))
    whole.resize(size, Image.Resampling.LANCZOS).save(IMAGES / f"{name}.webp", quality=80, method=6)


PARTS = {"library": _library, "preview": _preview, "workshop": _workshop, "station": _station}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
