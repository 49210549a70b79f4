"""The pages as staff meet them in Chromium: over http, from a stick, with script and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.editions import VIDEO, BuiltSite
from tests.support.film_in_page import (
    captions_shown,
    go_to,
    is_paused,
    load_film,
    time_of,
    until,
    until_drawn,
    wait_for_caption,
)
from tests.support.page_checks import Open

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY = f"stories/{VIDEO}.html"


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, whole_site: BuiltSite) -> str:
    return str(getattr(whole_site, request.param))


def _ready(page: Page) -> None:
    page.wait_for_selector("[data-controls]:not([hidden])")
    load_film(page)


def test_play_pause_seek_and_speed(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    _ready(page)
    assert is_paused(page)
    assert time_of(page) == 0
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 0.3")
    page.get_by_role("button", name="Pause", exact=True).click()
    assert is_paused(page)
    page.get_by_role("button", name="Forward 10 s").click()
    assert time_of(page) >= 10
    page.get_by_role("button", name="Back 10 s").click()
    assert time_of(page) < 3
    page.get_by_role("button", name="Choices").click()
    page.get_by_label("Speed").select_option("1.5")
    assert page.evaluate("document.querySelector('[data-media]').playbackRate") == 1.5


def test_a_time_in_the_transcript_and_a_question_play_from_there(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    _ready(page)
    page.get_by_role("button", name="Play from 9 seconds").click()
    until(page, "media.currentTime >= 9.5")
    assert not is_paused(page)
    page.wait_for_selector(".turn.is-current >> text=You can always listen.")
    current = page.locator("button.time[aria-current]")
    assert current.count() == 1
    assert "Play from 9 seconds" in current.inner_text()
    page.locator("[data-chapters] button").nth(1).click()
    until(page, "Math.abs(media.currentTime - 8) < 1.2")
    page.wait_for_selector("[data-chapters] button[aria-current] >> text=like staff to know")
    page.locator("[data-chapters] button").nth(0).click()
    until(page, "media.currentTime < 3")


def _wait_for_captions(page: Page) -> None:
    until(page, "media.textTracks[0]?.cues?.length === 3")


def test_captions_show_at_the_right_time_once_and_can_be_switched_off(
    look: Open, base: str
) -> None:
    page = look(STORY, base=base)
    _ready(page)
    _wait_for_captions(page)
    # Over http the browser itself holds every language; from files, those that were asked for.
    tracks = page.evaluate("document.querySelector('[data-media]').textTracks.length")
    assert tracks == (1 if base.startswith("file:") else 3)
    for seconds, words in ((0.2, ""), (1.0, "What happened"), (5.0, "every day"), (7.7, "")):
        go_to(page, seconds)
        wait_for_caption(page, words)
        captions = captions_shown(page)
        assert words in captions, (seconds, captions)
        assert bool(words) == bool(captions)
        assert "|" not in captions
    button = page.get_by_role("button", name="Captions")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    go_to(page, 5.0)
    assert captions_shown(page) == ""
    assert button.get_attribute("aria-pressed") == "false"
    page.reload()
    _ready(page)
    assert button.get_attribute("aria-pressed") == "false"  # kept in this browser


def test_at_a_desk_the_buttons_stand_in_one_row_and_below_on_more_is_hinted_at(
    look: Open, whole_site: BuiltSite
) -> None:
    """Beside the words the film stays in sight, and what is below it scrolls by itself."""
    page = look(STORY, base=whole_site.http)
    _ready(page)
    for row in (".controls > button", ".find > button, .find > input, .follow"):
        tops = page.eval_on_selector_all(
            row, "all => all.map(one => Math.round(one.getBoundingClientRect().top))"
        )
        assert len(tops) >= 4
        assert max(tops) - min(tops) <= 1, row
    shade = page.evaluate("getComputedStyle(document.querySelector('.player')).backgroundImage")
    assert "gradient" in shade


def test_a_link_opens_at_its_moment_and_does_not_start(look: Open, base: str) -> None:
    page = look(f"{STORY}#t=9", base=base)
    _ready(page)
    until(page, "media.currentTime >= 9")
    until_drawn(page)
    assert is_paused(page)
    assert time_of(page) == pytest.approx(9, abs=0.1)
    assert "Ready at 0:09" in page.locator("[data-player-said]").inner_text()
    page.goto(f"{base}{STORY}#t=4")
    until(page, "media.currentTime < 5")


def test_the_link_to_this_moment_is_copied(look: Open, whole_site: BuiltSite) -> None:
    page = look(STORY, base=whole_site.http, permissions=["clipboard-read", "clipboard-write"])
    _ready(page)
    go_to(page, 5.4)
    page.get_by_role("button", name="Choices").click()
    page.get_by_role("button", name="Copy link to this moment").click()
    page.wait_for_selector("text=Link copied. It opens at 0:05.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{whole_site.http}{STORY}#t=5"


def test_words_are_found_and_marked(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    _ready(page)
    page.get_by_label("Find in this story").fill("WARD")
    assert page.locator("mark").count() == 20
    page.keyboard.press("Enter")
    assert page.locator("[data-found]").inner_text() == "1 of 20, at 0:04"
    page.get_by_label("Find in this story").fill("<b>")
    assert page.locator("[data-found]").inner_text() == "Not found"
    page.get_by_label("Find in this story").fill("")
    assert page.locator("mark").count() == 0
    assert "I rang the ward. I rang the ward." in page.locator(".words").nth(1).inner_text()


def test_the_page_follows_the_voice_until_somebody_scrolls(
    look: Open, whole_site: BuiltSite
) -> None:
    page = look(STORY, base=whole_site.http, width=400, reduced_motion="reduce")
    _ready(page)
    follow = page.get_by_role("button", name="Follow the voice")
    assert follow.get_attribute("aria-pressed") == "true"
    page.locator("[data-chapters] button").nth(1).click()
    page.wait_for_selector(".turn.is-current")
    page.wait_for_function(
        """() => { const box = document.querySelector('.turn.is-current').getBoundingClientRect();
                   return box.top >= 0 && box.bottom <= innerHeight; }"""
    )
    page.mouse.wheel(0, -200)
    page.wait_for_selector("[data-follow][aria-pressed=false]")


def test_arrow_keys_move_between_moments(look: Open, whole_site: BuiltSite) -> None:
    page = look(STORY, base=whole_site.http)
    _ready(page)
    page.locator("button.time").first.focus()
    for key, at in (("ArrowDown", 1), ("End", 3), ("ArrowUp", 2), ("Home", 0), ("ArrowUp", 0)):
        page.keyboard.press(key)
        times = page.locator("button.time").all()
        stops = [time.get_attribute("tabindex") for time in times]
        assert stops.index("0") == at
        assert stops.count("0") == 1
        assert page.evaluate(
            "at => document.activeElement === document.querySelectorAll('button.time')[at]", at
        )


def test_the_appearance_is_chosen_and_kept(look: Open, base: str) -> None:
    page = look("index.html", base=base, color_scheme="light")
    page.get_by_role("button", name="Appearance").click()
    page.get_by_role("button", name="Appearance: Light").click()
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(15, 26, 27)"
    page.goto(f"{base}about.html")
    assert page.evaluate(ground) == "rgb(15, 26, 27)"


def test_without_script_film_captions_and_words_are_there(
    look: Open, whole_site: BuiltSite
) -> None:
    page = look(STORY, base=whole_site.http, java_script_enabled=False)
    assert page.locator("video[controls]").is_visible()
    track = page.locator("video track[kind=captions]")
    assert track.get_attribute("src") == f"{VIDEO}/captions.vtt"
    assert track.get_attribute("default") is not None  # they are on by themselves
    assert page.get_by_text("You can always listen.").is_visible()
    assert not page.locator("[data-controls]").is_visible()
    assert not page.locator("[data-tools]").is_visible()
    page.get_by_role("link", name="What would you like staff to know?").click()
    assert page.url.endswith("#chapter-2")


def test_media_is_not_loaded_before_it_is_asked_for(
    browser: Browser, whole_site: BuiltSite
) -> None:
    for address, context in (("index.html", {}), (STORY, {"java_script_enabled": False})):
        with _requests(browser, whole_site.http + address, **context) as requests:
            assert not [url for url in requests if url.endswith((".mp4", ".m4a"))]


@contextmanager
def _requests(browser: Browser, address: str, **options: Any) -> Iterator[list[str]]:
    context = browser.new_context(**options)
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    context.new_page().goto(address, wait_until="networkidle")
    yield requests
    context.close()


def test_on_paper_there_are_words_and_questions_and_no_buttons(
    look: Open, whole_site: BuiltSite
) -> None:
    page = look(STORY, base=whole_site.http, color_scheme="dark")
    _ready(page)
    page.emulate_media(media="print")
    assert page.get_by_text("You can always listen.").is_visible()
    assert page.get_by_text("What makes it hard to do?").is_visible()
    assert not page.locator("video").is_visible()
    assert not page.locator("[data-find]").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
