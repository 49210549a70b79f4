"""Every page of a whole site in a browser: nothing foreign, nothing missing, nobody’s name."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

import pytest

from tests.support.editions import BuiltSite
from tests.support.page_validator import validator_faults

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MAX_SHIFT = 0.05
"""Layout shift of a page from its first picture on; 0.1 is what Google calls good."""
FONT_S = 0.12
"""Seconds that each typeface takes: longer than a browser waits for those that are optional."""
WATCH_SHIFTS = """window.layoutShift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((shift) => {
  if (!shift.hadRecentInput) { window.layoutShift += shift.value; }
})).observe({type: 'layout-shift', buffered: true});"""
SETTLED_SHIFT = """async () => {
  await document.fonts.ready;
  await new Promise((done) => setTimeout(done, 150));
  return window.layoutShift;
}"""
NOT_LINKED = {"404.html"}
PERSONAL = ("ruth", "nobody", "talk", "larchfield", "frightening", "different-experience")
"""Of the stories’ contributor, titles and content notes, and of the trust."""


@pytest.mark.parametrize(
    ("scheme", "size"), [("http", (390, 844)), ("file", (1440, 900))], ids=["phone", "desk"]
)
def test_every_page_is_reached_asks_no_other_host_and_stands_still(
    browser: Browser, whole_site: BuiltSite, scheme: str, size: tuple[int, int]
) -> None:
    """Over http on a phone, from files at a desk, with typefaces that take a while to come."""
    base = str(getattr(whole_site, scheme))
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_init_script(WATCH_SHIFTS)
    page = context.new_page()
    page.route("**/*.woff2", _later)
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    context.on(
        "requestfailed", lambda request: complaints.extend(_failed(request.url, request.failure))
    )
    context.on(
        "response",
        lambda answer: complaints.extend([answer.url] if answer.status >= 400 else []),
    )
    context.on(
        "request",
        lambda message: complaints.extend(
            [] if message.url.startswith((base, "data:", "blob:")) else [f"foreign: {message.url}"]
        ),
    )
    public = whole_site.workspace.public
    page_names = {path.relative_to(public).as_posix() for path in public.rglob("*.html")}
    # With a script the library’s menus filter its cards; without one they lead to these pages.
    # Nothing here leads to those for frames of other systems, and they need a server.
    unlinked = ("browse/", "embed/") if base.startswith("http") else ("browse/",)
    to_visit = [base + name for name in page_names if name.startswith(unlinked)]
    to_visit += [base + "index.html", base + "search.html?q=ward"]
    visited: set[str] = set()
    while to_visit:
        address = to_visit.pop()
        if address in visited:
            continue
        visited.add(address)
        page.goto(address, wait_until="load")
        shift = page.evaluate(SETTLED_SHIFT)
        complaints += [f"{address} moves by {shift:.3f}"] if shift > MAX_SHIFT else []
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        plain = {urldefrag(link)[0] for link in links}
        to_visit += [name for name in plain if name.startswith(base) and name.endswith(".html")]
    context.close()
    assert complaints == []
    names = {address.removeprefix(base).partition("?")[0] for address in visited}
    from_folder = {name for name in page_names if name.startswith("embed/")} - names
    assert names == page_names - NOT_LINKED - (set() if base.startswith("http") else from_folder)


def _later(route: Route) -> None:
    time.sleep(FONT_S)
    route.continue_()


def _failed(url: str, reason: str | None) -> list[str]:
    # A browser breaks off what still loads (a film, its captions) when somebody leaves the page.
    return [] if "ABORTED" in (reason or "") else [f"failed: {url}, {reason}"]


def test_no_file_is_named_for_a_person_or_what_they_said(whole_site: BuiltSite) -> None:
    public: Path = whole_site.workspace.public
    for path in public.rglob("*"):
        name = path.relative_to(public).as_posix().lower()
        assert not [word for word in PERSONAL if word in name], name
        assert name.isascii(), name


def test_every_page_is_valid_by_the_standards_own_validator(whole_site: BuiltSite) -> None:
    assert validator_faults(whole_site.workspace.public.rglob("*.html")) == []
