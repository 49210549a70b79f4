"""Every kind of page: for eyes, screen readers and keyboards, with a script and without.

Each page is loaded once and looked at in both widths and both appearances. The present view's steps
are in `test_training_browser.py`, a stick's own pages in `test_offline.py`, a preview's in
`test_preview_browser.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.editions import HEARD, VIDEO, BuiltSite
from tests.support.film_in_page import until
from tests.support.page_checks import WIDTHS, by_tab_alone, faults_in_all_forms, watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY, HANDOUT = f"stories/{VIDEO}.html", f"stories/{VIDEO}/handout.html"
PLAN = "training/listening.html"
FORM = "training/listening-evaluation.html"
KINDS = (
    "index.html",
    "search.html?q=ward",
    STORY,
    f"stories/{HEARD}.html",
    HANDOUT,
    "themes/confidentiality.html",
    "themes/crisis-team.html",
    "browse/question-1.html",
    "browse/length-short.html",
    "training/index.html",
    PLAN,
    FORM,
    "training/listening-present.html",
    "training/listening/afterwards.html",
    "training/listening/supervision.html",
    "training/listening/two-weeks.html",
    f"embed/{VIDEO}/index.html",
    f"embed/{VIDEO}/staff/index.html",
    f"embed/{VIDEO}/course.html",
    "embed/sessions/listening/index.html",
    "embed/not-shown.html",
    "about.html",
    "using-a-story.html",
    "confidentiality.html",
    "support.html",
    "support-sheet.html",
    "help.html",
    "accessibility.html",
    "privacy.html",
    "404.html",
)
"""One page of each kind."""


def kind_of(address: str) -> str:
    """Pages that are made alike are one kind."""
    path = address.partition("?")[0]
    path = re.sub(r"/(team-meeting|three-months|carers)\.html$", "/two-weeks.html", path)
    path = path.replace("/coaching.html", "/supervision.html")
    for prefix in ("browse/question", "browse/length", "browse/audience", "themes/"):
        if path.startswith(prefix):
            return prefix
    path = re.sub(r"cs-[a-z0-9]{6}", "cs", path)
    return re.sub(r"^embed/cs/[a-z-]+/", "embed/cs/question/", path)


def test_no_kind_of_page_is_forgotten(whole_site: BuiltSite) -> None:
    public = whole_site.workspace.public
    kinds_found = {kind_of(path.relative_to(public).as_posix()) for path in public.rglob("*.html")}
    assert kinds_found == {kind_of(address) for address in KINDS}


def _listened_to(page: Page) -> list[str]:
    """A story in every state that adds something to the page."""
    page.wait_for_selector("[data-notes]:not([hidden])", state="attached")
    page.evaluate("document.querySelector('[data-media]').preload = 'metadata'")
    until(page, "media.readyState >= 1")
    page_faults = faults_in_all_forms(page)
    page.get_by_role("button", name="Choices").click()
    page.get_by_label("Pause after each question, to reflect").check()
    page.locator(".note-open").first.click()
    page.locator(".note textarea").first.fill("x" * 300)
    page.locator(".note textarea").first.blur()
    page.fill("#find-words", "ward")
    page.evaluate("document.querySelector('[data-media]').currentTime = 7.6")
    until(page, "!media.seeking")
    page.get_by_role("button", name="Play", exact=True).click()
    page.locator("[data-paused]:not([hidden])").wait_for()
    page_faults += faults_in_all_forms(page, "paused")
    page.get_by_role("button", name="Keys").click()
    page_faults += faults_in_all_forms(page, "keys")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Erase my notes", exact=True).click()
    page_faults += faults_in_all_forms(page, "erasing")
    page.keyboard.press("Escape")
    return page_faults


def _chosen_from(page: Page) -> list[str]:
    page_faults = faults_in_all_forms(page)
    page.get_by_role("button", name="Hope").click()
    return [*page_faults, *faults_in_all_forms(page, "chosen")]


def _searched(page: Page) -> list[str]:
    page.wait_for_selector("[data-took]", state="attached")
    return faults_in_all_forms(page, "results")


STATES: dict[str, Callable[[Page], list[str]]] = {
    "index.html": _chosen_from,
    "search.html?q=ward": _searched,
    STORY: _listened_to,
}


@pytest.fixture(scope="module")
def window(browser: Browser, whole_site: BuiltSite) -> Iterator[Page]:
    """One that goes from page to page, as a reader does: a new one for each takes twice as long."""
    with watched_page(browser, whole_site.http) as page:
        yield page


@pytest.mark.parametrize("address", KINDS)
def test_every_kind_of_page_is_accessible_and_never_scrolls_sideways(
    window: Page, whole_site: BuiltSite, address: str
) -> None:
    window.goto(whole_site.http + address)
    page_faults = STATES.get(address, faults_in_all_forms)(window)
    assert not page_faults, "\n".join(page_faults)


@pytest.fixture(scope="module")
def still_windows(browser: Browser, whole_site: BuiltSite) -> Iterator[dict[int, Page]]:
    """Of each width, for readers who asked for less motion."""
    with ExitStack() as stack:
        yield {
            width: stack.enter_context(
                watched_page(browser, whole_site.http, width, reduced_motion="reduce")
            )
            for width in WIDTHS
        }


@pytest.mark.parametrize("address", KINDS)
def test_by_the_tab_key_alone_every_control_is_reached_and_seen(
    still_windows: dict[int, Page], whole_site: BuiltSite, address: str
) -> None:
    """Also with everything opened that can be; and the focus leaves each page again."""
    for width, page in still_windows.items():
        page.goto(whole_site.http + address)
        page.wait_for_load_state("load")
        if address == STORY:
            page.wait_for_selector("[data-notes]:not([hidden])", state="attached")
            # A click by hand would be where the Tab key goes on from.
            page.evaluate("document.querySelector('[data-act=choices]').click()")
        if address.startswith("search"):
            page.wait_for_selector("[data-took]", state="attached")
        stops, unreached = by_tab_alone(page)
        assert unreached == [], width
        assert [stop for stop in stops if not (stop.ring and stop.clear)] == [], width
        # The others have nothing that could be skipped.
        if not address.endswith("-present.html") and not address.startswith("embed/"):
            assert stops[0].name == "A Skip to the page", width


def _plays_by_itself(page: Page) -> None:
    """As its own button does. Where no script runs, a test cannot wait for one either."""
    page.evaluate("() => { document.querySelector('video').play(); }")
    for _ in range(100):
        if page.evaluate("document.querySelector('video').currentTime > 0.2"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("The film does not play.")


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_without_a_script_every_page_is_whole_and_has_no_dead_button(
    browser: Browser, whole_site: BuiltSite, scheme: str
) -> None:
    base = str(getattr(whole_site, scheme))
    # From files a browser loads no captions without our script, and says so (the accessibility
    # statement says it too).
    refusal = "Unsafe attempt to load URL file:" if scheme == "file" else ""
    with watched_page(browser, base, but=refusal, java_script_enabled=False) as page:
        # A server’s answer for a page that is not there names its styles from the root.
        for address in KINDS if scheme == "http" else KINDS[:-1]:
            page.goto(base + address)
            assert page.locator("h1").first.is_visible(), address
            dead_buttons = page.locator("button:visible").all_inner_texts()
            assert dead_buttons == [], address
        page.goto(base + STORY)
        assert page.locator("video[controls]").is_visible()
        assert page.get_by_text("You can always listen.").is_visible()
        _plays_by_itself(page)
        page.get_by_role("link", name="What would you like staff to know?").first.click()
        assert page.url.endswith("#chapter-2")
        page.get_by_role("link", name="Handout to print").click()
        assert page.get_by_role("heading", name="After the story").is_visible()
