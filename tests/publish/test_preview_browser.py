"""A preview as its contributor meets it: opened from a folder, on a desk and on a phone."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from made_editions import VIDEO, story_page

from library.cut import Cut
from library.files import sha256_of
from library.template import make_workspace
from publish.preview import Pack, make_preview
from tests.making import filmed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Without preload: from file:// axe may not fetch style sheets, and complains that it cannot.
_RUN_AXE = """rules => axe.run(document, {
  preload: false, runOnly: {type: 'tag', values: rules}
})"""
FILES = ("film.mp4", "audio.m4a", "captions.vtt", "chapters.vtt", "page.json", "poster.jpg")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Pack:
    """A preview of a real film, made in a workspace and unpacked from its zip, far from it."""
    workspace = make_workspace(tmp_path_factory.mktemp("making") / "library")
    story_id = filmed(workspace)
    folder = workspace.story(story_id)
    for name in ("film.mp4", "audio.m4a", "captions.vtt", "poster.jpg"):
        shutil.copyfile(media / name, folder.root / name)
    page = msgspec.structs.replace(story_page(VIDEO), id=story_id)
    folder.page.write_bytes(msgspec.json.encode(page))
    cut = Cut(story=story_id, artefacts={name: sha256_of(folder.root / name) for name in FILES})
    folder.cut.write_bytes(msgspec.json.encode(cut))
    made = make_preview(workspace, story_id, zipped=True)
    assert made.zip is not None
    far = tmp_path_factory.mktemp("a carer’s desk")
    with zipfile.ZipFile(made.zip) as archive:
        archive.extractall(far)
    shutil.rmtree(workspace.root)
    return Pack(story_id, made.cut, made.code, far / f"preview-{story_id}", None)


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (320, "light")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, pack: Pack) -> Iterator[Page]:
    """The entry file, opened; afterwards insist that nothing was asked of any other place."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
    )
    complaints: list[str] = []
    opened = context.new_page()
    own = pack.folder.as_uri()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((own, "blob:", "data:"))
            else complaints.append(request.url)
        ),
    )
    opened.goto(pack.entry.as_uri())
    yield opened
    context.close()
    assert complaints == []


def fit_for_all(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    found = page.evaluate(_RUN_AXE, RULES)
    faults = [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found["violations"]]
    assert faults == []
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def marked(page: Page, pack: Pack) -> None:
    banner = page.locator(".preview-banner")
    banner.wait_for(state="visible")
    assert "For viewing before you decide." in banner.inner_text()
    assert f"{pack.code[:4]} {pack.code[4:]}" in banner.inner_text()


def test_from_the_entry_file_to_the_end_of_the_film(page: Page, pack: Pack) -> None:
    marked(page, pack)
    fit_for_all(page)
    page.get_by_role("link", name="Open your preview").click()
    marked(page, pack)
    fit_for_all(page)
    assert page.get_by_role("heading", name="What you can ask for").is_visible()
    code = page.locator(".code")
    assert code.inner_text() == f"{pack.code[:4]} {pack.code[4:]}"
    assert code.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 32
    page.get_by_role("link", name="Watch your story").click()
    marked(page, pack)
    page.wait_for_selector("[data-controls]:not([hidden])")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "() => document.querySelector('[data-media]').textTracks[0]?.activeCues?.length > 0"
    )
    spoken = page.evaluate(
        "document.querySelector('[data-media]').textTracks[0].activeCues[0].text"
    )
    assert "What happened" in spoken
    page.get_by_role("button", name="Pause", exact=True).click()
    fit_for_all(page)
    page.get_by_role("link", name="What you can ask for").click()
    page.wait_for_url("**/pages/index.html#ask-title")


def test_every_page_is_marked_and_fit_for_all(page: Page, pack: Pack) -> None:
    for path in sorted((pack.folder / "pages").glob("*.html")):
        page.goto(path.as_uri())
        marked(page, pack)
        fit_for_all(page)


def test_on_paper_it_is_still_a_preview(browser: Browser, pack: Pack) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((pack.folder / "pages" / "stories" / f"{pack.story}.html").as_uri())
    page.emulate_media(media="print")
    marked(page, pack)
    context.close()
