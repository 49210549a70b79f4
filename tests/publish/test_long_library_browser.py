"""Three hundred stories in a browser: with a script, without one, by keyboard, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from publish.build import build_site
from tests.support.editions import BuiltSite
from tests.support.long_library import lay_long_library
from tests.support.page_checks import by_tab_alone, faults, watched_page
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNT = 300


_SHIFT = """() => new Promise(done => {
  let shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => { shift += entry.value; }))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(shift), 300);
})"""


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    workspace = make_workspace(tmp_path_factory.mktemp("long") / "library")
    lay_long_library(workspace, COUNT)
    build_site(workspace)
    return BuiltSite(workspace, "")


@pytest.fixture
def page(browser: Browser, long_site: BuiltSite) -> Iterator[Page]:
    with watched_page(browser, long_site.file) as opened:
        opened.goto(long_site.file + "index.html")
        yield opened


def _rows(page: Page) -> list[str]:
    return page.locator(".row:visible").all_inner_texts()


def _place(page: Page) -> str:
    return page.locator(".list-place").inner_text()


def _until_place(page: Page, begins: str) -> None:
    page.locator(".list-place", has_text=re.compile(f"^{begins}")).wait_for()


def test_filters_order_and_pages_work_together_and_go_back(
    page: Page, long_site: BuiltSite
) -> None:
    assert _place(page) == "1 to 30 of 300 stories, newest first"
    page.get_by_role("button", name="Hope").click()
    _until_place(page, "1 to 25 of 100 stories, newest first")
    assert page.locator("[data-filter-said]").inner_text() == "100 stories for “Hope”."
    assert not page.get_by_role("heading", name="New", exact=True).is_visible()
    page.evaluate("location.hash = 'stories-title'")  # as the link that skips the filters does
    page.get_by_label("Order").select_option(label="Shortest first")
    _until_place(page, "1 to 25 of 100 stories, the shortest first")
    assert "Film, 2 minutes" in _rows(page)[0]
    page.get_by_role("link", name="Next page").click()
    _until_place(page, "26 to 50 of 100")
    assert page.evaluate("document.activeElement.id") == "stories-title"
    page.get_by_role("link", name="Page 4").click()
    _until_place(page, "76 to 100 of 100")
    last = _rows(page)
    page.go_back()
    _until_place(page, "26 to 50 of 100")
    page.go_forward()
    _until_place(page, "76 to 100 of 100")
    page.locator(".row a").first.click()
    page.wait_for_url("**/stories/*.html")
    page.go_back()
    _until_place(page, "76 to 100 of 100")
    assert _rows(page) == last
    address = page.url
    page.goto(long_site.file + "about.html")
    page.goto(address)  # a link that was sent to a colleague
    _until_place(page, "76 to 100 of 100")
    assert page.get_by_role("button", name="Hope").get_attribute("aria-pressed") == "true"
    page.get_by_label("Length").select_option(value="l-long")
    page.get_by_text("“Hope” and “More than 15 minutes”").wait_for()
    page.get_by_role("button", name="Show all stories").click()
    _until_place(page, "1 to 30 of 300 stories, the shortest first")
    page.get_by_label("Order").select_option(label="Newest first")
    _until_place(page, "1 to 30 of 300 stories, newest first")
    assert page.get_by_role("heading", name="New", exact=True).is_visible()


def test_the_script_shows_the_rows_that_the_pages_have(page: Page, long_site: BuiltSite) -> None:
    """So nothing differs for whoever has none."""
    shown: dict[str, list[str]] = {}
    for address in ("index.html#page=2", "index.html#order=title&page=3"):
        page.goto("about:blank")
        page.goto(long_site.file + address)
        _until_place(page, "31 to" if address.endswith("2") else "61 to")
        shown[address] = [*_rows(page), *page.locator(".row-group").all_inner_texts(), _place(page)]
    for path, rows in zip(
        ("browse/newest-2.html", "browse/title-3.html"), shown.values(), strict=True
    ):
        page.goto(long_site.file + path)
        assert [*_rows(page), *page.locator(".row-group").all_inner_texts(), _place(page)] == rows


def test_a_theme_leads_to_a_choice_among_its_stories(page: Page, long_site: BuiltSite) -> None:
    page.goto(long_site.file + "themes/hope.html")
    assert page.locator(".row").count() == 25
    page.get_by_role("link", name="Choose among them").click()
    _until_place(page, "1 to 25 of 100")
    assert page.get_by_role("button", name="Hope").get_attribute("aria-pressed") == "true"


def test_a_row_that_the_script_shows_goes_on_its_review_day(
    browser: Browser, long_site: BuiltSite
) -> None:
    with watched_page(browser, long_site.file) as page:
        page.clock.install(time="2028-03-03T00:01:00")
        page.goto(long_site.file + "index.html#page=2")
        page.locator(".rows .review-notice").first.wait_for()
        assert _rows(page) == []
        assert "Nobody asked" not in page.inner_text("[data-rows]")


def test_data_of_another_build_are_not_shown(browser: Browser, long_site: BuiltSite) -> None:
    """A browser may have kept them: what was taken away since would be listed."""
    script = (long_site.workspace.public / "browse/stories.js").read_text(encoding="utf-8")
    old = script.replace('carerStoriesList("', 'carerStoriesList("-', 1)
    with watched_page(browser, long_site.file) as page:
        page.route(re.compile(r"stories\.js$"), lambda route: route.fulfill(body=old))
        page.goto(long_site.file + "index.html#page=2")
        _until_place(page, "31 to 60")  # asked for once more, past what was kept
        page.route(re.compile(r"stories\.js"), lambda route: route.fulfill(body=old))
        page.goto(long_site.file + "about.html")
        page.goto(long_site.file + "index.html#order=title")
        page.get_by_text("The stories could not be listed.").wait_for()
        page.goto(long_site.file + "index.html#page=3")
        page.wait_for_url("**/browse/newest-3.html")  # the same rows without the data


def test_without_a_script_every_story_is_reached_in_each_order(
    browser: Browser, long_site: BuiltSite
) -> None:
    with watched_page(browser, long_site.file, java_script_enabled=False) as page:
        page.goto(long_site.file + "index.html")
        page.get_by_role("link", name="Next page").click()
        page.get_by_role("link", name="Page 4").click()
        assert page.url.endswith("browse/newest-4.html")
        assert page.locator(".pages [aria-current=page]").inner_text().split() == ["Page", "4"]
        page.get_by_role("link", name="Page 10").click()
        assert page.get_by_role("link", name="Next page").count() == 0
        page.get_by_role("link", name="By title").click()
        page.get_by_role("navigation", name="Titles by their first letter").get_by_text("W").click()
        assert page.locator(".row-group", has_text="W").is_visible()
        page.go_back()
        page.get_by_role("link", name="By length").click()
        assert page.locator("h1").inner_text() == "Up to 5 minutes"
        page.goto(long_site.file + "index.html")
        page.get_by_role("link", name="What each of the 8 themes is about").click()
        page.get_by_role("link", name="Hope").click()
        page.get_by_role("link", name="Page 3").click()
        assert page.locator("h1").inner_text() == "Hope"
        assert page.locator(".row").count() == 25
        assert page.locator("button:visible").count() == 0


@pytest.mark.parametrize(("width", "height"), [(1440, 6000), (390, 9000), (320, 11000)])
def test_care_is_near_and_the_page_is_no_longer_than_needed(
    browser: Browser, long_site: BuiltSite, width: int, height: int
) -> None:
    with watched_page(browser, long_site.file, width, reduced_motion="reduce") as page:
        page.goto(long_site.file + "index.html")
        assert page.evaluate(_SHIFT) <= 0.05
        care = page.locator("main").get_by_role("link", name="Support").bounding_box()
        assert care
        assert care["y"] < 900
        assert page.evaluate("document.documentElement.scrollHeight") < height
        if width == 390:
            return
        stops, unreached = by_tab_alone(page)
        names = [stop.name for stop in stops]
        assert unreached == []
        assert [stop for stop in stops if not (stop.ring and stop.clear)] == []
        assert len(stops) < 90
        leading_there = [at for at, name in enumerate(names) if name == "A Support"]
        # On a wide screen the menu’s comes first; on a phone the menu is closed.
        assert leading_there[1 if width == 1440 else 0] < 14
        assert names.index("A Skip to the stories") < 18


def test_long_lists_are_accessible(page: Page, long_site: BuiltSite) -> None:
    # On paper a card has words that can be read, no empty picture, and nothing to choose from.
    page.emulate_media(media="print")
    shown = page.locator(".new-stories")
    kind = shown.get_by_text("Film, 2 minutes").first
    assert kind.evaluate("it => getComputedStyle(it).color") == "rgb(51, 51, 51)"
    assert shown.locator(".card-picture").first.evaluate("it => it.offsetHeight") < 60
    assert page.locator("#story-order").is_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Hope").click()
    _until_place(page, "1 to 25 of 100")
    page_faults = faults(page, "chosen")
    for path in ("browse/title-2.html", "all-themes.html"):
        page.goto(long_site.file + path)
        page_faults += faults(page)
    assert not page_faults, "\n".join(page_faults)
