"""Pages of the site on paper: none is blank, and what is to be one sheet is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.editions import VIDEO, BuiltSite
from tests.support.page_checks import watched_page
from tests.support.pdf_pages import glyphs_by_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "training/listening.html"
FEWEST = 20
"""Glyphs on a page that somebody would miss: a few words."""


@pytest.fixture(scope="module")
def paper(browser: Browser, whole_site: BuiltSite) -> Iterator[Page]:
    with watched_page(browser, whole_site.http) as page:
        yield page


def _printed(page: Page, base: str, address: str, part: str = "") -> list[int]:
    page.goto(base + address)
    page.evaluate("document.fonts.ready")
    page.evaluate("part => { if (part) document.documentElement.dataset.printing = part; }", part)
    return glyphs_by_page(page.pdf(format="A4", prefer_css_page_size=True))


@pytest.mark.parametrize(
    "address",
    [
        "index.html",
        f"stories/{VIDEO}.html",
        f"stories/{VIDEO}/handout.html",
        "themes/confidentiality.html",
        "training/index.html",
        PLAN,
        "training/listening-present.html",
        "training/listening-evaluation.html",
        "training/listening/supervision.html",
        "training/listening/two-weeks.html",
        "about.html",
        "using-a-story.html",
        "confidentiality.html",
        "support.html",
        "help.html",
        "accessibility.html",
        "privacy.html",
    ],
)
def test_no_page_is_blank(paper: Page, whole_site: BuiltSite, address: str) -> None:
    glyphs = _printed(paper, whole_site.http, address)
    assert glyphs
    assert min(glyphs) >= FEWEST, glyphs


def test_the_form_for_carers_is_one_sheet(paper: Page, whole_site: BuiltSite) -> None:
    assert len(_printed(paper, whole_site.http, "training/listening/carers.html")) == 1


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("support-sheet.html", ""),
        (PLAN, "cards"),
        (PLAN, "statements"),
        (PLAN, "key"),
    ],
)
def test_a_sheet_is_one_sheet(paper: Page, whole_site: BuiltSite, address: str, part: str) -> None:
    glyphs = _printed(paper, whole_site.http, address, part)
    assert len(glyphs) == 1
    assert glyphs[0] >= FEWEST


def test_no_sheet_before_the_cards_has_the_end_of_a_part_alone(
    paper: Page, whole_site: BuiltSite
) -> None:
    before_cards = []
    for more in (205, 220, 235):  # millimetres of what a longer plan has above its last part
        paper.goto(whole_site.http + PLAN)
        paper.evaluate(
            """more => document.querySelector('#after').insertAdjacentHTML('beforebegin',
                 `<svg width="1" height="${more}mm"></svg>`)""",
            more,
        )
        # Cards, statements and key are a sheet each.
        *_, last, _, _, _ = glyphs_by_page(paper.pdf(format="A4", prefer_css_page_size=True))
        before_cards.append(last)
    assert min(before_cards) == max(before_cards) > FEWEST, "the whole part, wherever it begins"


def test_the_handout_and_a_shortened_plan_end_with_words(
    paper: Page, whole_site: BuiltSite
) -> None:
    for address, part in ((PLAN, "handout"), (f"{PLAN}?without=3,4,6&for=30", "plan")):
        glyphs = _printed(paper, whole_site.http, address, part)
        assert min(glyphs) >= FEWEST, (address, glyphs)
