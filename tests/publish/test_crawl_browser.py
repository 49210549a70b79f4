"""Every page of a whole site in a browser: nothing foreign, nothing missing, nobody’s name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

import pytest

from tests.support.editions import BuiltSite

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOT_LINKED = {"404.html"}
PERSONAL = ("ruth", "nobody", "talk", "larchfield", "frightening", "different-experience")
"""Of the stories’ contributor, titles and content notes, and of the trust."""


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_every_page_is_reached_and_none_asks_another_host(
    browser: Browser, whole_site: BuiltSite, scheme: str
) -> None:
    base = str(getattr(whole_site, scheme))
    complaints: list[str] = []
    context = browser.new_context()
    page = context.new_page()
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
    to_visit = [base + name for name in page_names if name.startswith("browse/")]
    to_visit.append(base + "index.html")
    visited: set[str] = set()
    while to_visit:
        address = to_visit.pop()
        if address in visited:
            continue
        visited.add(address)
        page.goto(address, wait_until="load")
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        plain = {urldefrag(link)[0] for link in links}
        to_visit += [name for name in plain if name.startswith(base) and name.endswith(".html")]
    context.close()
    assert complaints == []
    assert {address.removeprefix(base) for address in visited} == page_names - NOT_LINKED


def _failed(url: str, reason: str | None) -> list[str]:
    # A browser breaks off what still loads (a film, its captions) when somebody leaves the page.
    return [] if "ABORTED" in (reason or "") else [f"failed: {url}, {reason}"]


def test_no_file_is_named_for_a_person_or_what_they_said(whole_site: BuiltSite) -> None:
    public: Path = whole_site.workspace.public
    for path in public.rglob("*"):
        name = path.relative_to(public).as_posix().lower()
        assert not [word for word in PERSONAL if word in name], name
        assert name.isascii(), name
