"""The agreements as people meet them: on a screen with help, and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from library.core.workspace import Workspace
from library.forms.printing import print_forms
from library.forms.wording import FORM_KINDS
from tests.support.page_checks import faults
from tests.support.quick_stories import filmed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=[False, True], ids=["usual", "large"])
def pages(
    request: pytest.FixtureRequest, browser: Browser, workspace: Workspace
) -> Iterator[list[Page]]:
    """Both forms of a story, open from the disk; they may ask for nothing else."""
    printed = print_forms(workspace, FORM_KINDS, filmed(workspace), large=request.param)
    context = browser.new_context()
    loaded: list[str] = []
    opened = []
    for form in printed:
        page = context.new_page()
        page.on("request", lambda request: loaded.append(request.url))
        page.on("console", lambda message: loaded.append(message.text))
        page.goto(form.path.as_uri())
        opened.append(page)
    yield opened
    context.close()
    expected = {form.path.as_uri() for form in printed}
    assert [url for url in loaded if url not in expected and not url.startswith("data:")] == []


def test_the_forms_are_accessible(pages: list[Page]) -> None:
    for page in pages:
        assert faults(page) == []


def test_they_can_be_filled_in_by_what_is_written_beside_a_box(pages: list[Page]) -> None:
    participation, release = pages
    participation.get_by_label("I agree to be recorded.").check()
    participation.get_by_label("My picture and my voice").check()
    participation.get_by_label("Only my voice").check()
    assert not participation.get_by_label("My picture and my voice").is_checked()
    group = release.get_by_role("radiogroup", name="Which name may we show?")
    group.get_by_label("No name").check()
    release.get_by_label("All staff of our trust.").check()
    release.get_by_label("Training.").check()
    assert release.get_by_label("All staff of our trust.").is_checked()
    release.get_by_label("What should be cut or changed").fill("The part about my sister.")


def test_on_a_narrow_screen_nothing_is_cut_off(pages: list[Page]) -> None:
    for page in pages:
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_on_paper_the_letters_are_large_enough_and_the_sheets_few(pages: list[Page]) -> None:
    for page in pages:
        page.emulate_media(media="print")
        large = page.evaluate("document.documentElement.className") == "large"
        smallest = page.evaluate(
            """() => Math.min(...Array.from(document.querySelectorAll('.sheet *'))
                 .filter(e => e.getClientRects().length && e.innerText)
                 .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
        )
        assert smallest >= (18 if large else 12) * 96 / 72
        pdf = page.pdf(prefer_css_page_size=True)
        sheets = len(re.findall(rb"/Type\s*/Page\b", pdf))
        assert 1 < sheets <= (12 if large else 6)
