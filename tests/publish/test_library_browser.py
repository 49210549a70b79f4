"""The library and its shelves as staff meet them: choosing a story, with a script and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.editions import HEARD, BuiltSite
from tests.support.full_library import ABOUT
from tests.support.page_checks import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=["http", "file"])
def page(request: pytest.FixtureRequest, browser: Browser, whole_site: BuiltSite) -> Iterator[Page]:
    base = str(getattr(whole_site, request.param))
    with watched_page(browser, base) as opened:
        opened.goto(base + "index.html")
        yield opened


def _titles(page: Page) -> list[str]:
    return page.locator("[data-card]:visible h3").all_inner_texts()


def test_stories_are_chosen_by_theme_and_question_and_length_together(page: Page) -> None:
    assert len(_titles(page)) == 3
    page.get_by_role("button", name="Confidentiality").click()
    assert _titles(page) == ["Nobody would talk to me", "A different experience"]
    page.get_by_label("Length").select_option(label="5 to 15 minutes")
    assert _titles(page) == ["A different experience"]
    announcement = page.locator("[data-filter-said]")
    assert announcement.inner_text() == "1 story for “Confidentiality” and “5 to 15 minutes”."
    page.get_by_label("Service", exact=True).select_option(label="Crisis team")
    assert _titles(page) == []
    assert announcement.inner_text().startswith("No story for")
    page.get_by_role("button", name="Show all stories").click()
    assert len(_titles(page)) == 3
    assert announcement.inner_text() == ""
    page.get_by_label("Question asked").select_option(label="What would you like staff to know?")
    assert "What to do at night" not in _titles(page)
    assert len(_titles(page)) == 2


def test_what_was_chosen_is_still_chosen_on_coming_back(page: Page) -> None:
    page.get_by_role("button", name="Hope").click()
    page.locator(".card:visible").click()
    page.wait_for_url(f"**/{HEARD}.html")
    page.go_back()
    page.wait_for_function(
        "() => document.querySelectorAll('[data-card]:not([hidden])').length < 2"
    )
    assert _titles(page) == ["A different experience"]
    assert page.get_by_role("button", name="Hope").get_attribute("aria-pressed") == "true"
    page.reload()
    assert _titles(page) == ["A different experience"]


def test_a_theme_leads_to_a_moment_and_to_every_story(page: Page) -> None:
    page.get_by_role("link", name="Confidentiality", exact=True).click()
    assert page.locator("h1").inner_text() == "Confidentiality"
    assert page.get_by_text(ABOUT).is_visible()
    first = page.locator(".moment").first
    assert "You can always listen." in first.locator("blockquote").inner_text()
    assert "Content note" in first.inner_text()
    assert 3 <= page.locator(".moment").count() <= 6
    assert page.locator(".card h3").all_inner_texts() == [
        "Nobody would talk to me",
        "A different experience",
    ]
    assert page.get_by_text("Which part will you try?").is_visible()
    first.get_by_role("link", name="Hear it from 0:09").click()
    page.wait_for_url(f"**/stories/{HEARD}.html#t=9")


def test_without_a_script_every_shelf_has_its_pages(
    browser: Browser, whole_site: BuiltSite
) -> None:
    with watched_page(browser, whole_site.http, java_script_enabled=False) as page:
        page.goto(whole_site.http + "index.html")
        assert page.locator(".card:visible").count() == 3
        page.locator("summary", has_text="Question asked").click()
        page.get_by_role("link", name="What would you like staff to know?").click()
        assert page.locator("h1").inner_text() == "What would you like staff to know?"
        assert page.locator(".row").count() == 2
        assert page.get_by_role("link", name="Hear the answer from 0:08").count() == 2
        page.get_by_role("link", name="A different experience").click()
        assert page.url.endswith(f"stories/{HEARD}.html#chapter-2")
        page.goto(whole_site.http + "index.html")
        page.locator("[data-filters]").get_by_role("link", name="Hope").click()
        assert page.url.endswith("themes/hope.html")


@pytest.mark.parametrize("script", [True, False])
def test_the_top_takes_one_row_on_a_phone_and_its_menu_opens_by_keyboard(
    browser: Browser, whole_site: BuiltSite, script: bool
) -> None:
    with watched_page(browser, whole_site.http, java_script_enabled=script) as page:
        page.goto(whole_site.http + "index.html")
        names = page.locator(".places a").all_inner_texts()
        assert page.get_by_role("navigation", name="Pages").count() == 1
        for width in (320, 360, 412, 600):
            page.set_viewport_size({"width": width, "height": 740})
            boxes = [
                box
                for part in (".brand", ".menu summary", ".appearance")
                if (box := page.locator(part).bounding_box())
            ]
            tops = [box["y"] + box["height"] / 2 for box in boxes]
            assert max(tops) - min(tops) < 4, f"{width}: {boxes}"
            assert not page.locator(".places").is_visible()
            top = page.locator("header.top").bounding_box()
            assert top is not None
            assert top["height"] < 110, f"{width}: {top}"
        page.set_viewport_size({"width": 320, "height": 740})
        page.locator(".menu summary").focus()
        page.keyboard.press("Enter")
        assert page.locator(".menu a").all_inner_texts() == names
        assert page.get_by_role("navigation", name="Pages").count() == 1
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == names[1]
        page.keyboard.press("Enter")
        page.wait_for_url("**/training/index.html")
        assert page.locator(".menu a[aria-current]").text_content() == names[1]
