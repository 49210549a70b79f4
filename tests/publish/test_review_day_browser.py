"""From its review day on a story is on no page, with a shifted clock, over http and from files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from library.core.errors import ToolFailed
from publish.build import build_site
from tests.support.editions import CAPTIONS, HEARD, VIDEO, BuiltSite, lay_edition, story_page
from tests.support.page_checks import watched_page
from tests.support.training_plans import lay_plan, plan_text
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REVIEW = date(2027, 3, 5)
BEFORE, ON = "2027-03-04T23:59:00", "2027-03-05T00:01:00"
TITLE, WORDS = "Nobody would talk to me", "I rang the ward"
NOTICE = "is not shown at the moment"
WHOLE = (
    f"stories/{VIDEO}.html",
    f"stories/{VIDEO}/handout.html",
    "themes/confidentiality.html",
    "training/listening.html",
    "training/listening-present.html",
)
"""Pages that go as a whole."""


@pytest.fixture(scope="module")
def dated_site(tmp_path_factory: pytest.TempPathFactory, media: Path) -> BuiltSite:
    """A story that is looked at again in March 2027, and another a year later; and a session."""
    workspace = make_workspace(tmp_path_factory.mktemp("dated") / "library")
    other = story_page(HEARD, title="A different experience", themes=("hope",), summary="Calm.")
    edition = lay_edition(workspace, media, story_page(VIDEO), other)
    first, *others = edition.stories
    dated = replace(edition, stories=(replace(first, review=REVIEW), *others))
    lay_plan(workspace, dated, plan_text(VIDEO, VIDEO), CAPTIONS)
    build_site(workspace)
    return BuiltSite(workspace, "")


@pytest.fixture
def at(browser: Browser, dated_site: BuiltSite) -> Iterator[Page]:
    """A page from files, with a clock that a test sets."""
    with watched_page(browser, dated_site.file) as page:
        page.clock.install(time=BEFORE)
        yield page


def _shows(page: Page) -> str:
    """Whatever a reader or a program finds in the page, its head included."""
    return page.title() + page.content()


@pytest.mark.browser
def test_on_its_day_a_story_leaves_every_page(at: Page, dated_site: BuiltSite) -> None:
    for path in WHOLE:
        at.clock.set_system_time(BEFORE)
        at.goto(dated_site.file + path)
        assert NOTICE not in at.inner_text("body"), path
        at.clock.set_system_time(ON)
        at.reload()
        assert NOTICE in at.inner_text("body"), path
        assert at.get_by_role("heading", level=1).count() == 1, path
        notice = at.locator(".review-page").bounding_box()
        header = at.locator(".top").bounding_box()
        assert notice
        assert header
        assert notice["y"] >= header["y"] + header["height"] + 16, path
        assert at.locator("video, audio, source, track").count() == 0, path
        left = _shows(at)
        assert not [words for words in (TITLE, WORDS, "film.mp4", "Ruth") if words in left], path
    at.goto(dated_site.file + "index.html")
    assert TITLE not in _shows(at)
    assert at.get_by_text("A different experience").count() == 1
    assert at.get_by_text(NOTICE).count() == 1
    notice, card = (at.locator(f".cards > {part}") for part in (".review-notice", ".card"))
    assert notice.get_by_role("heading").count() == 1
    assert notice.evaluate("it => it.clientHeight") < card.evaluate("it => it.clientHeight")
    at.goto(dated_site.file + "search.html?q=ward")
    at.get_by_text(NOTICE).first.wait_for()
    found = [line for line in at.locator(".review-notice p").all_inner_texts() if NOTICE in line]
    assert sorted(line.split(" is not")[0] for line in found) == [
        "This story",
        "This training session",
    ]
    assert at.locator("a[href^='stories/']").count() > 0, "the other story is still found"
    assert TITLE not in at.inner_text("[data-search-results]")


@pytest.mark.browser
def test_a_page_that_is_left_open_sees_the_day_come(at: Page, dated_site: BuiltSite) -> None:
    for path in (f"stories/{VIDEO}.html", "training/listening-present.html"):
        at.clock.set_system_time(BEFORE)
        at.goto(dated_site.file + path)
        if "present" in path:
            at.keyboard.press("PageDown")
            at.keyboard.press("PageDown")
        film = at.evaluate_handle("document.querySelector('video')")
        at.evaluate("film => { film.muted = true; film.play().catch(() => {}); }", film)
        at.clock.fast_forward("02:00")
        assert NOTICE in at.inner_text("body"), path
        assert not at.evaluate("film => document.contains(film) || film.hasAttribute('src')", film)
        # Keys and remotes bring nothing back, nor does the script that still holds the film.
        at.keyboard.press("PageDown")
        at.keyboard.press("Space")
        at.evaluate("film => { film.play().catch(() => {}); }", film)
        assert at.evaluate("film => film.readyState", film) == 0, path
        assert WORDS not in _shows(at), path


def test_every_page_with_stories_says_its_day_to_whoever_has_no_scripts(
    dated_site: BuiltSite,
) -> None:
    for path in (*WHOLE, "index.html", "browse/length-short.html"):
        page = dated_site.workspace.public / path
        if page.exists():
            text = page.read_text(encoding="utf-8")
            assert "<noscript>" in text, path
            assert "5 March 2027 or later" in text, path


def test_a_frame_or_a_script_that_lost_the_day_is_refused(tmp_path: Path, media: Path) -> None:
    workspace = make_workspace(tmp_path / "library")
    lay_edition(workspace, media, story_page(VIDEO))
    frame = workspace.overrides / "main.html"
    whole = frame.read_text(encoding="utf-8")
    assert "page.meta.head" in whole
    without_head = [line for line in whole.splitlines() if "page.meta.head" not in line]
    frame.write_text("\n".join(without_head), encoding="utf-8")
    with pytest.raises(ToolFailed, match="after its review day"):
        build_site(workspace)
    assert not workspace.public.exists()
    # A script of an earlier version is replaced, whatever the library's design.
    frame.write_text(whole, encoding="utf-8")
    (workspace.assets / "js" / "until.js").write_text("/* as it was */", encoding="utf-8")
    build_site(workspace)
    built = (workspace.public / "assets" / "js" / "until.js").read_text(encoding="utf-8")
    assert "data-review" in built
