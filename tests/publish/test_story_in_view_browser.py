"""A story’s film stays in view, moves nothing that is used, and starts where it should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.editions import HEARD, VIDEO, BuiltSite
from tests.support.film_in_page import (
    go_to,
    load_film,
    time_of,
    until,
    until_drawn,
    wait_for_caption,
)
from tests.support.page_checks import Open, faults
from tests.support.plain_servers import Manner, plain_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY, SOUND = f"stories/{VIDEO}.html", f"stories/{HEARD}.html"
SIZES = (
    (320, 480), (480, 320), (390, 844), (844, 390), (640, 360), (720, 450), (768, 1024),
    (1024, 400), (1440, 900),
)  # fmt: skip
IN_VIEW = """() => {
  const seen = (selector) => {
    const element = document.querySelector(selector), box = element.getBoundingClientRect();
    const down = Math.min(9, box.height / 2);
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + down);
    return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight && element.contains(top);
  };
  const turn = document.querySelector('.turn.is-current').getBoundingClientRect();
  const dock = document.querySelector('.dock'), isDocked = dock.matches('.is-docked');
  const from = isDocked ? dock.getBoundingClientRect().bottom : 0;
  const film = document.querySelector('[data-media]').getBoundingClientRect();
  return {
    play: seen('[data-act=play]'), position: seen('[data-position]'),
    captions: seen('[data-act=captions]'),
    words: film.width >= 300 || seen('[data-said]'),
    film: film.height === 0 || (film.top >= -film.height / 4 && film.bottom <= innerHeight),
    voice: Math.min(turn.bottom, innerHeight) - Math.max(turn.top, from) >= 48,
    room: innerHeight - from >= innerHeight * .4,
    narrow: document.documentElement.scrollWidth <= innerWidth,
  };
}"""


@pytest.fixture(scope="module")
def site(whole_site: BuiltSite) -> BuiltSite:
    return whole_site


def play(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "!media.paused && media.currentTime > 0 && !media.seeking")


def in_view(page: Page) -> dict[str, Any]:
    """Return what is in view, once it is all or after a while."""
    for _ in range(40):
        seen: dict[str, Any] = page.evaluate(IN_VIEW)
        if all(seen.values()):
            break
        page.wait_for_timeout(50)
    return seen


# ---- the film stays ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["film", "sound alone"])
def test_film_position_and_captions_stay_while_the_voice_is_followed(
    look: Open, site: BuiltSite, kind: str
) -> None:
    page = look("about.html", base=site.http, reduced_motion="reduce")
    page.evaluate("name => localStorage.setItem('carer-stories-picture', name)",
                  "film.mp4" if kind == "film" else "audio.m4a")  # fmt: skip
    unseen = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{site.http}{STORY}#t=5")
        page.reload()
        play(page)
        seen = in_view(page)
        unseen[width, height] = sorted(name for name, is_seen in seen.items() if not is_seen)
    assert not any(unseen.values()), unseen


def test_a_film_that_is_taken_along_glides_and_passes_axe(look: Open, site: BuiltSite) -> None:
    page = look(f"{STORY}#t=5", base=site.http, viewport={"width": 390, "height": 844})
    play(page)
    assert all(in_view(page).values())
    page.locator("[data-act=play]").click()
    assert faults(page) == []
    page.set_viewport_size({"width": 844, "height": 390})  # turned round
    assert faults(page) == []
    # While some of its own place is in view, no empty room is below it.
    page.set_viewport_size({"width": 320, "height": 480})
    page.evaluate("""() => {
      const { top, height } = document.querySelector('.film-place').getBoundingClientRect();
      scrollTo({ top: scrollY + top + height * .3, behavior: 'instant' });
      document.querySelector('[data-act=play]').click();
    }""")
    page.locator(".dock.is-docked[style]").wait_for()
    until(
        page,
        """(() => {
      const bottom = (it) => document.querySelector(it).getBoundingClientRect().bottom;
      return Math.abs(Math.min(bottom('.film-place'), innerHeight * .6) - bottom('.dock')) < 2;
    })()""",
    )


USED = {
    "a control": "document.querySelector('.moment-link').focus()",
    "the field to find words": "document.getElementById('find-words').focus()",
    "a note": "document.querySelector('.note-open').click()",
    "chosen words": """getSelection().selectAllChildren(document.querySelector('.words'))""",
    "choices": """document.querySelector('[data-act=choices]').click();
      document.querySelector('[data-choices]').scrollIntoView({ block: 'center' })""",
    "details": """(() => { const menu = document.createElement('details'); menu.open = true;
      menu.append('Opened'); document.querySelector('.transcript-tools').append(menu); })()""",
}


@pytest.mark.parametrize("width", [390, 1440])
def test_following_moves_nothing_that_is_used(look: Open, site: BuiltSite, width: int) -> None:
    window = {"width": width, "height": 700}
    page = look(STORY, base=site.http, viewport=window, reduced_motion="reduce")
    for name, use in USED.items():
        page.reload()
        load_film(page)
        page.evaluate(
            "document.querySelector('.transcript-tools').scrollIntoView({ block: 'end' })"
        )
        page.evaluate(f"{use}; null")
        until_drawn(page)
        before = page.evaluate("scrollY")
        page.evaluate("media => { media.currentTime = 9.6; media.play(); }",
                      page.query_selector("[data-media]"))  # fmt: skip
        page.wait_for_selector(".turn.is-current >> text=You can always listen.", state="attached")
        page.wait_for_timeout(400)
        assert page.evaluate("scrollY") == pytest.approx(before, abs=2), name
        assert page.locator("[data-follow]").get_attribute("aria-pressed") == "true", name


def test_whoever_scrolled_away_is_not_pulled_back_until_they_ask(
    look: Open, site: BuiltSite
) -> None:
    page = look(f"{STORY}#t=5", base=site.http, viewport={"width": 390, "height": 700})
    play(page)
    assert all(in_view(page).values())
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.wait_for_selector("[data-follow][aria-pressed=false]", state="attached")
    below = page.evaluate("scrollY")
    go_to(page, 9.6)
    until(page, "media.currentTime > 9.8")
    page.evaluate("document.querySelector('[data-media]').pause()")
    page.evaluate("document.querySelector('[data-media]').play()")
    until_drawn(page)
    assert page.evaluate("scrollY") == below
    page.get_by_role("button", name="Back to the voice").click()
    assert all(in_view(page).values())
    assert page.locator("[data-follow]").get_attribute("aria-pressed") == "true"
    assert not page.get_by_role("button", name="Back to the voice").is_visible()


# ---- its end, and Escape -----------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 480), (640, 360), (1440, 900)])
def test_at_the_end_the_next_thing_is_in_view(
    look: Open, site: BuiltSite, width: int, height: int
) -> None:
    page = look(f"{STORY}#t=11", base=site.http, viewport={"width": width, "height": height})
    play(page)
    following = page.get_by_role("link", name="After the story: questions to reflect on")
    following.wait_for()
    assert following.evaluate(
        """link => { const box = link.getBoundingClientRect();
          return box.top >= 0 && box.bottom <= innerHeight
            && link.contains(document.elementFromPoint(box.x + 9, box.y + box.height / 2)); }"""
    )
    page.get_by_role("status").get_by_text("The story has ended.").wait_for()
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert not following.is_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime < 9")


def test_escape_closes_what_is_open_and_gives_the_focus_back(look: Open, site: BuiltSite) -> None:
    page = look(STORY, base=site.http)
    page.locator("[data-act=choices]").click()
    page.get_by_label("Speed").focus()
    page.keyboard.press("Escape")
    assert not page.locator("[data-choices]").is_visible()
    assert page.evaluate("document.activeElement.dataset.act") == "choices"
    page.locator(".note-open").first.click()
    page.keyboard.press("Escape")
    assert page.locator(".note textarea:visible").count() == 0
    assert page.evaluate("document.activeElement.className") == "note-open"
    page.locator(".note-open").first.click()
    page.locator(".note textarea").first.fill("Ask how she is.")
    page.keyboard.press("Escape")
    assert page.locator(".note textarea").first.input_value() == "Ask how she is."


# ---- nothing before it is asked for ------------------------------------------------------------


def test_nothing_of_a_film_is_loaded_before_somebody_plays_it(look: Open, site: BuiltSite) -> None:
    with plain_server(site.workspace.public, "ranges") as (address, asked):
        page = look(f"{STORY}#t=4", base=address)
        page.get_by_text("Ready at 0:04. Choose Play.").wait_for()
        assert page.locator("[data-position]").inner_text() == "0:04 of 0:12"
        assert page.locator("button.time[aria-current]").inner_text().endswith("0:04")
        page.get_by_role("button", name="Forward 10 s").click()
        page.get_by_role("button", name="Back 10 s").click()
        page.locator("[data-act=captions]").click()
        page.locator("[data-act=captions]").click()
        page.wait_for_timeout(300)
        assert asked == []
        assert page.locator("[data-position]").inner_text() == "0:02 of 0:12"
        play(page)
        assert 2 <= time_of(page) < 5


# ---- servers without ranges --------------------------------------------------------------------


@pytest.fixture
def served(look: Open, site: BuiltSite, request: pytest.FixtureRequest) -> Iterator[Page]:
    manner: Manner = request.param
    with plain_server(site.workspace.public, manner) as (address, _asked):
        # A browser writes down what it was told to leave off.
        yield look(f"{STORY}#t=9", base=address, but="Failed to load resource")


@pytest.mark.parametrize(
    "served", ["python", "ignored", "unmeasured"], indirect=True, ids=lambda manner: str(manner)
)
def test_a_film_starts_where_it_should_from_a_server_without_ranges(served: Page) -> None:
    play(served)
    until(served, "media.currentTime >= 9")
    assert time_of(served) < 11.5
    wait_for_caption(served, "What would you like")
    served.locator("button.time").nth(1).click()
    until(served, "media.currentTime >= 4 && media.currentTime < 7")
    wait_for_caption(served, "I rang the ward")


@pytest.mark.parametrize("served", ["python"], indirect=True)
def test_what_is_fetched_whole_is_said(served: Page) -> None:
    served.evaluate(
        """new MutationObserver((_, own) => { window.allSaid = (window.allSaid || '')
             + document.querySelector('[data-player-said]').textContent; })
           .observe(document.querySelector('[data-player-said]'), { childList: true })"""
    )
    play(served)
    served.get_by_text("The whole film is here, at 0:09.").wait_for()
    served.get_by_role("button", name="Back 10 s").click()  # it plays, and elsewhere by now
    served.get_by_text("The whole film is here").wait_for(state="hidden")
    said = served.evaluate("window.allSaid")
    assert "This web server can send a film only from its beginning." in said


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_large_film_is_fetched_whole_only_when_somebody_says_so(
    look: Open, site: BuiltSite, is_wanted: bool
) -> None:
    with plain_server(site.workspace.public, "python") as (address, _asked):
        page = look("about.html", base=address, but="Failed to load resource")
        page.add_init_script(
            "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
        )
        page.goto(f"{address}{STORY}#t=9")
        page.get_by_role("button", name="Play", exact=True).click()
        page.get_by_text("all of it must be fetched first").wait_for()
        assert faults(page) == []
        if is_wanted:
            page.get_by_role("button", name=re.compile("^Fetch .* MB$")).click()
            until(page, "media.currentTime >= 9")
            return
        page.get_by_role("button", name="Begin at the start instead").click()
        page.get_by_text("The moment you wanted is at 0:09.").wait_for()
        play(page)
        until(page, "media.currentTime > 0.3")
        assert time_of(page) < 4


@pytest.mark.parametrize("served", ["page"], indirect=True)
def test_a_film_that_does_not_come_is_said_to(served: Page) -> None:
    served.get_by_role("button", name="Play", exact=True).click()
    served.get_by_text("The film cannot be loaded.").wait_for()
