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
    context.on("requestfailed", lambda asked: complaints.extend(_failed(asked.url, asked.failure)))
    context.on(
        "response",
        lambda answer: complaints.extend([answer.url] if answer.status >= 400 else []),
    )
    context.on(
        "request",
        lambda asked: complaints.extend(
            [] if asked.url.startswith((base, "data:", "blob:")) else [f"foreign: {asked.url}"]
        ),
    )
    public = whole_site.workspace.public
    there = {path.relative_to(public).as_posix() for path in public.rglob("*.html")}
    # With a script the library’s menus filter its cards; without one they lead to these pages.
    waiting = [base + name for name in there if name.startswith("browse/")]
    waiting.append(base + "index.html")
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page.goto(address, wait_until="load")
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        plain = {urldefrag(link)[0] for link in links}
        waiting += [one for one in plain if one.startswith(base) and one.endswith(".html")]
    context.close()
    assert complaints == []
    assert {address.removeprefix(base) for address in seen} == there - NOT_LINKED


def _failed(url: str, why: str | None) -> list[str]:
    # A browser breaks off what still loads (a film, its captions) when somebody leaves the page.
    return [] if "ABORTED" in (why or "") else [f"failed: {url}, {why}"]


def test_no_file_is_named_for_a_person_or_what_they_said(whole_site: BuiltSite) -> None:
    public: Path = whole_site.workspace.public
    for path in public.rglob("*"):
        name = path.relative_to(public).as_posix().lower()
        assert not [word for word in PERSONAL if word in name], name
        assert name.isascii(), name
