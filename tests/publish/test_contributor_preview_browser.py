"""A preview as its contributor meets it: opened from a folder, on a desk and on a phone."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from library.core.files import sha256_of
from library.records.cut import Cut
from publish.preview import PreviewPack, make_preview
from tests.support.editions import VIDEO, story_page
from tests.support.page_checks import faults_in_all_forms, watched_page
from tests.support.page_validator import validator_faults
from tests.support.quick_stories import filmed
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = ("film.mp4", "audio.m4a", "captions.vtt", "chapters.vtt", "page.json", "poster.jpg")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory, media: Path) -> PreviewPack:
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
    preview = make_preview(workspace, story_id, zipped=True)
    assert preview.zip is not None
    other_folder = tmp_path_factory.mktemp("a carer’s desk")
    with zipfile.ZipFile(preview.zip) as archive:
        archive.extractall(other_folder)
    shutil.rmtree(workspace.root)
    return PreviewPack(
        story_id, preview.cut, preview.code, other_folder / f"preview-{story_id}", None
    )


@pytest.fixture
def page(browser: Browser, pack: PreviewPack) -> Iterator[Page]:
    """The entry file, opened; afterwards insist that nothing was asked of any other place."""
    own = pack.folder.as_uri()
    with watched_page(browser, own, offline=True) as opened:
        opened.goto(pack.entry.as_uri())
        yield opened


def fit_for_all(page: Page) -> None:
    assert faults_in_all_forms(page) == []


def until(page: Page, condition: str) -> None:
    page.wait_for_function(
        f"() => {{ const media = document.querySelector('[data-media]'); return {condition}; }}"
    )


def marked(page: Page, pack: PreviewPack) -> None:
    banner = page.locator(".preview-banner")
    banner.wait_for(state="visible")
    assert "For viewing before you decide." in banner.inner_text()
    assert f"{pack.code[:4]} {pack.code[4:]}" in banner.inner_text()


def test_from_the_entry_file_to_the_end_of_the_film(page: Page, pack: PreviewPack) -> None:
    marked(page, pack)
    fit_for_all(page)
    page.get_by_role("link", name="Open your preview").click()
    marked(page, pack)
    assert page.get_by_role("heading", name="What you can ask for").is_visible()
    code = page.locator(".code")
    assert code.inner_text() == f"{pack.code[:4]} {pack.code[4:]}"
    assert code.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 32
    page.get_by_role("link", name="Watch your story").click()
    marked(page, pack)
    page.wait_for_selector("[data-controls]:not([hidden])")
    until(page, "media.textTracks[0]?.cues?.length === 3")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 0.2")
    page.get_by_role("button", name="Pause", exact=True).click()
    # Where it was stopped depends on the machine; between two captions there is none.
    page.evaluate("document.querySelector('[data-media]').currentTime = 1")
    until(page, "media.textTracks[0].activeCues.length > 0")
    caption_text = page.evaluate(
        "document.querySelector('[data-media]').textTracks[0].activeCues[0].text"
    )
    assert "What happened" in caption_text
    fit_for_all(page)
    page.get_by_role("link", name="What you can ask for").click()
    page.wait_for_url("**/pages/index.html#ask-title")


def test_every_page_is_marked_and_fit_for_all(page: Page, pack: PreviewPack) -> None:
    for path in sorted((pack.folder / "pages").glob("*.html")):
        page.goto(path.as_uri())
        marked(page, pack)
        fit_for_all(page)


def test_on_paper_it_is_still_a_preview(browser: Browser, pack: PreviewPack) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((pack.folder / "pages" / "stories" / f"{pack.story}.html").as_uri())
    page.emulate_media(media="print")
    marked(page, pack)
    context.close()


def test_every_page_is_valid_by_the_standards_own_validator(pack: PreviewPack) -> None:
    assert validator_faults([pack.entry, *pack.folder.rglob("*.html")]) == []
