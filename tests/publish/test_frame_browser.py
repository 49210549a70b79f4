"""The frame of each page: the menu of a phone, and links that hold below any path of a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library.core.workspace import Workspace
from publish.build import build_site
from tests.support.editions import VIDEO, BuiltSite, lay_edition, story_page
from tests.support.page_checks import Open, faults
from tests.support.static_host import static_host

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WRONG = ("nothing.html", "a/b/c/d/e.html", "stories/a/", "1/2/3/4/5/6/7/8/9/10/11/12/")
"""Addresses that are not there, at several depths."""
_WAYS_ON = """() => [...document.querySelectorAll('main a')]
  .filter(link => link.checkVisibility()).map(link => link.href)"""


@pytest.mark.parametrize(("below", "has_script"), [("/learning/carers/", False), ("/", True)])
def test_what_is_not_there_leads_back_from_any_depth(
    browser: Browser, whole_site: BuiltSite, below: str, has_script: bool
) -> None:
    context = browser.new_context(java_script_enabled=has_script)
    page = context.new_page()
    with static_host(whole_site.workspace.public, below) as base:
        for address in WRONG:
            answer = page.goto(base + address)
            assert answer is not None
            assert answer.status == 404
            # The same as in the menu of every other page.
            pages = (
                "index",
                "training/index",
                "using-a-story",
                "about",
                "support",
                "help",
                "search",
            )
            assert page.evaluate(_WAYS_ON) == [f"{base}{name}.html" for name in pages], address
            ground = "getComputedStyle(document.querySelector('.foot')).backgroundColor"
            assert page.evaluate(ground) == "rgb(23, 73, 74)", address
        page.locator("main a:visible", has_text="Library").click()
        assert page.url == f"{base}index.html"
    context.close()


def test_pages_ask_for_nothing_beside_their_own_path(
    browser: Browser, whole_site: BuiltSite
) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    missing: list[str] = []
    page.on("response", lambda reply: missing.extend([reply.url] if reply.status >= 400 else []))
    with static_host(whole_site.workspace.public) as base:
        page.goto(base)
        page.get_by_role("link", name="Nobody would talk to me").first.click()
        assert page.url == f"{base}stories/{VIDEO}.html"
        page.goto(f"{base}search.html?q=ward")
        page.locator("[data-took]").wait_for(state="attached")
        page.locator("main a", has_text="Nobody would talk to me").first.click()
        page.goto(f"{base}training/listening-present.html")
        for name, leads_to in (
            ("how to find support", "support"),
            ("how to find your way", "help"),
        ):
            page.goto(f"{base}about.html")
            page.get_by_role("link", name=name).click()
            assert page.url == f"{base}{leads_to}.html"
    context.close()
    assert missing == []
    assert [url for url in asked if not url.startswith((base, "data:", "blob:"))] == []


def test_the_menu_of_a_phone_closes_as_whatever_opens(look: Open, whole_site: BuiltSite) -> None:
    page = look("about.html", base=whole_site.http, width=390)
    menu, summary = page.locator("details.menu"), page.locator("details.menu summary")
    open_menu = page.locator("details.menu[open]")
    summary.click()
    menu.get_by_role("link", name="Support").focus()
    page.keyboard.press("Escape")
    assert open_menu.count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Menu"
    summary.click()
    page.mouse.click(200, 600)
    assert open_menu.count() == 0
    summary.click()
    for _ in range(
        menu.locator("a").count() + 1
    ):  # past its last link, what it hides has the focus
        assert open_menu.count() == 1
        page.keyboard.press("Tab")
    assert open_menu.count() == 0


_BROKEN = """() => [...document.querySelectorAll("td, th")].flatMap(cell => {
  const words = [...cell.textContent.matchAll(/\\S+/g)].filter(word => word[0].length < 15);
  const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode();
  return words.filter(word => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
  }).map(word => word[0]);
})"""
"""Words of a table that stand on two lines, each cell being one text."""
WRITTEN = """# Wards

| Ward | Lead for carers | Telephone | In the week | At the weekend | Families ask | Notes |
|:--|:--:|--:|---|---|---|---|
| Ash | Jo | 01632 960001 | 10:00 to 12:00 | 10:00 to 20:00 | Who? | Donaudampfschifffahrt |

| Left | Centre | Right | What families ask | Notes |
|---|:-:|--:|---|---|
| Beech | Centre | 1,234 | PROSE | PROSE |

| Name | Day | Where |
|---|---|---|
| Carers | Wednesday | https://www.example.org/families/what-we-ask/when-you-come.html |

| A | B |
|--:|:-:|
| 1 | 2 |

<table><tr><th>Hottentottenpotentatentante</th><td>Hottentottenpotentatentante</td><td>b</td></tr></table>

!!! warning "Please note"
    Ring **first**.[^1]

??? question "Who may ring?"
    Anybody.

!!! note "What we ask first"
    Who helps you?

Term
:   Its meaning.

[^1]: By day.
"""


def test_what_people_write_fits_a_narrow_screen(
    look: Open, workspace: Workspace, media: Path
) -> None:
    lay_edition(workspace, media, story_page(VIDEO))
    (workspace.content / "wards.md").write_text(
        WRITTEN.replace("PROSE", "By day, for all who come and do not mind to wait. " * 2),
        encoding="utf-8",
    )
    # As 0.1.0 laid it down: no extension for any of this is named there.
    assert "admonition" not in workspace.config.read_text("utf-8")
    build_site(workspace)
    page = look("wards.html", base=f"{workspace.public.as_uri()}/", width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    cells = "[...document.querySelectorAll('tbody td')].map(c => getComputedStyle(c).textAlign)"
    assert page.evaluate(cells)[:3] == ["left", "center", "right"]
    page.get_by_role("region", name="Table 1").focus()
    page.keyboard.press("ArrowRight")
    box = page.get_by_role("region", name="Table 1")
    for _ in range(100):
        if box.evaluate("box => box.scrollLeft") > 0:
            break
        page.wait_for_timeout(20)
    assert box.evaluate("box => box.scrollLeft") > 0
    assert page.get_by_role("region").count() == 2, "the others fit"
    # The second column is seen beside the first, and a shade says that there is more.
    second = page.get_by_role("region", name="Table 2").locator("th").nth(1).bounding_box()
    assert second
    assert second["x"] < 290
    assert "gradient" in box.evaluate("box => getComputedStyle(box).backgroundImage")
    assert page.evaluate(_BROKEN) == []
    for part in (".admonition.warning", ".footnote", "dl dt", "details.question summary"):
        assert page.locator(part).is_visible(), part
    assert "!!!" not in (words := page.locator("main").inner_text()), words
    assert "???" not in words, words
    page.set_viewport_size({"width": 1024, "height": 768})
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    assert box.evaluate("box => box.clientWidth") > 800, "there is room beside the words"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})  # a sheet without its margins
    assert page.evaluate(_BROKEN) == []
    tables = "[...document.querySelectorAll('.written > div > table')].map(t => t.offsetWidth)"
    assert all(670 < width <= 680 for width in page.evaluate(tables))
    for printed in ("Anybody.", "Who helps you?"):
        assert (page.get_by_text(printed).bounding_box() or {"height": 0})["height"] > 0, printed
    page.emulate_media(media="screen")
    assert faults(page) == []
