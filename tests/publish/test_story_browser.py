"""A story in Chromium: sizes, languages, finding, links, pausing to reflect, notes, the handout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.editions import HEARD, VIDEO, BuiltSite
from tests.support.film_in_page import (
    captions_shown,
    go_to,
    load_film,
    time_of,
    until,
    until_drawn,
    wait_for_caption,
)
from tests.support.page_checks import Open, faults

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY, SOUND = f"stories/{VIDEO}.html", f"stories/{HEARD}.html"
HANDOUT = f"stories/{VIDEO}/handout.html"
HOSTILE = "<script>alert('x')</script>\n\"quoted\" & 'single' </textarea>"


@pytest.fixture(scope="module")
def site(whole_site: BuiltSite) -> BuiltSite:
    return whole_site


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, site: BuiltSite) -> str:
    return str(getattr(site, request.param))


@pytest.fixture
def look(look: Open) -> Open:
    """As everywhere; a story's page is looked at once its film and notes can be used."""

    def open_page(address: str, *, base: str, **context: Any) -> Page:
        page: Page = look(address, base=base, **context)
        if address.endswith((STORY, SOUND)) and context.get("java_script_enabled", True):
            page.wait_for_selector("[data-notes]:not([hidden])", state="attached")
            load_film(page)
        return page

    return open_page


def choices(page: Page) -> None:
    page.get_by_role("button", name="Choices").click()


# ---- captions ----------------------------------------------------------------------------------


def test_captions_are_offered_in_their_own_languages_and_only_one_is_shown(
    look: Open, base: str
) -> None:
    page = look(STORY, base=base)
    choices(page)
    language = page.get_by_label("Language of captions")
    assert language.locator("option").all_inner_texts() == ["English", "Polski", "اردو"]
    assert language.locator("option").nth(2).get_attribute("dir") == "rtl"
    go_to(page, 5)
    wait_for_caption(page, "I rang the ward every day.")
    language.select_option("pl")
    wait_for_caption(page, "Codziennie")
    assert "|" not in captions_shown(page)
    page.reload()
    load_film(page)
    go_to(page, 5)
    wait_for_caption(page, "Codziennie")  # kept in this browser
    page.locator("[data-act=captions]").click()
    assert captions_shown(page) == ""


def test_captions_are_attached_once_however_often_they_are_asked_for(
    look: Open, site: BuiltSite
) -> None:
    """From files they come as a script, and the film may begin to load before that is there."""
    page = look(STORY, base=site.file)
    choices(page)
    page.evaluate(
        """() => { const languages = document.querySelector('[data-act=language]');
          languages.value = 'pl';
          languages.dispatchEvent(new Event('change'));
          document.querySelector('[data-media]').dispatchEvent(new Event('loadstart')); }"""
    )
    go_to(page, 5)
    wait_for_caption(page, "Codziennie")
    page.get_by_label("Language of captions").select_option("ur")  # the next script comes later
    wait_for_caption(page, "میں روز")
    assert page.evaluate("document.querySelectorAll('[data-media] track').length") == 3


def test_captions_are_on_without_script(look: Open, site: BuiltSite) -> None:
    page = look(STORY, base=site.http, java_script_enabled=False)
    tracks = "Array.from(document.querySelector('[data-media]').textTracks)"
    modes = ["showing", "disabled", "disabled"]
    # Without a script in the page, nothing can wait for a condition there: ask again and again.
    for _ in range(100):
        if page.evaluate(f"{tracks}[0].cues?.length") == 3:
            break
        page.wait_for_timeout(50)
    assert page.evaluate(f"{tracks}.map(track => track.mode)") == modes
    assert page.evaluate(f"{tracks}[0].cues.length") == 3
    assert page.locator("video").get_attribute("preload") == "none"


def test_translated_captions_begin_and_end_when_they_should(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    choices(page)
    page.get_by_label("Language of captions").select_option("pl")
    for seconds, words in ((3.8, ""), (4.3, "Codziennie"), (7.2, "Codziennie"), (7.8, "")):
        go_to(page, seconds)
        wait_for_caption(page, words)


def test_without_a_picture_captions_stand_below_it_in_the_chosen_language(
    look: Open, base: str
) -> None:
    """A browser’s controls never go where there is only sound, and would lie over them."""
    page = look(SOUND, base=base)
    choices(page)
    area = page.locator("[data-said]")
    assert not area.is_visible()
    page.get_by_label("Size of picture").select_option(index=1)
    page.get_by_label("Language of captions").select_option("ur")
    until(page, "media.videoWidth === 0 && media.readyState >= 1")
    go_to(page, 5)
    area.get_by_text("میں روز").wait_for()
    assert area.get_attribute("lang") == "ur"
    before = area.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_label("Size of captions").select_option("largest")
    assert area.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") > 1.5 * before
    page.reload()
    assert page.locator("[data-player]").get_attribute("data-caption-size") == "largest"
    load_film(page)
    go_to(page, 5)
    area.get_by_text("میں روز").wait_for()  # all three choices are kept in this browser
    page.locator("[data-act=captions]").click()
    assert not area.is_visible()
    page.locator("[data-act=captions]").click()
    choices(page)
    page.get_by_label("Size of picture").select_option(index=0)
    until(page, "media.videoWidth > 0")
    assert not area.is_visible()
    wait_for_caption(page, "میں روز")


# ---- the size of the picture -------------------------------------------------------------------


def test_another_size_keeps_the_place_the_playing_and_the_captions(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    choices(page)
    sizes = page.get_by_label("Size of picture")
    assert [size.partition(",")[0] for size in sizes.locator("option").all_inner_texts()] == [
        "Large",
        "Small",
        "Sound only",
    ]
    assert all("MB" in size for size in sizes.locator("option").all_inner_texts())
    go_to(page, 5)
    sizes.select_option(label=sizes.locator("option").nth(1).inner_text())
    until(page, "media.videoHeight === 90 && Math.abs(media.currentTime - 5) < 0.3")
    assert page.evaluate("document.querySelector('[data-media]').paused")
    wait_for_caption(page, "I rang the ward every day.")
    assert "|" not in captions_shown(page)
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 5.3")
    sizes.select_option(index=2)
    until(page, "media.videoHeight === 0 && !media.paused && media.currentTime > 5.5")
    assert time_of(page) < 9
    page.reload()
    load_film(page)
    until(page, "media.currentSrc.endsWith('audio.m4a')")


def test_captions_that_were_turned_off_stay_off_at_another_size(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    page.locator("[data-act=captions]").click()
    choices(page)
    go_to(page, 5)
    page.get_by_label("Size of picture").select_option(index=1)
    until(page, "media.videoHeight === 90 && media.readyState >= 2")
    until_drawn(page)
    assert captions_shown(page) == ""


def test_where_data_is_saved_nothing_is_loaded_before_play_and_then_the_small_film(
    look: Open, site: BuiltSite
) -> None:
    page = look("about.html", base=site.http)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
    )
    page.goto(f"{site.http}{STORY}#t=4")
    page.get_by_text("Ready at 0:04. Choose Play.").wait_for()
    until_drawn(page)
    assert not [url for url in requests if url.endswith((".mp4", ".m4a"))]
    assert page.locator("button.time[aria-current]").inner_text().endswith("0:04")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 4.2 && media.currentTime < 8")
    assert {url.rpartition("/")[2] for url in requests if ".m" in url[-4:]} == {"film-360.mp4"}


# ---- moments -----------------------------------------------------------------------------------


def test_a_link_with_an_end_stops_there_once(look: Open, base: str) -> None:
    page = look(f"{STORY}#t=4,5", base=base)
    page.get_by_text("Ready at 0:04. Choose Play.").wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text("The moment that was linked ends here.").wait_for()
    assert time_of(page) == pytest.approx(5, abs=0.3)
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 5.6")


def test_the_link_to_a_moment_of_the_transcript_is_copied(look: Open, site: BuiltSite) -> None:
    page = look(STORY, base=site.http, permissions=["clipboard-read", "clipboard-write"])
    page.locator("button.time").nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("Link copied. It opens at 0:04 and stops at 0:08.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.http}{STORY}#t=4,8"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.className") == "time"


def test_words_are_found_as_they_are_typed_and_gone_through(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    words = page.get_by_label("Find in this story")
    words.fill("WÀRD")
    assert page.locator("mark").count() == 20
    words.press("Enter")
    words.press("Enter")
    assert page.locator("[data-found]").inner_text() == "2 of 20, at 0:04"
    words.press("Shift+Enter")
    words.press("Shift+Enter")
    assert page.locator("[data-found]").inner_text() == "20 of 20, at 0:04"
    assert page.locator("mark.is-here").count() == 1
    words.press("Escape")
    assert words.input_value() == ""
    assert page.locator("mark").count() == 0


# ---- keys --------------------------------------------------------------------------------------


def test_single_letters_do_nothing_until_they_are_turned_on(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    page.locator("h1").click()
    page.keyboard.press("k")
    page.keyboard.press("l")
    assert time_of(page) == 0
    choices(page)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Use single letters as well").check()
    page.keyboard.press("Escape")
    assert not page.locator("dialog.keys").is_visible()
    page.keyboard.press("l")
    until(page, "media.currentTime > 9")
    page.keyboard.press("k")
    until(page, "!media.paused")
    page.keyboard.press("k")
    until(page, "media.paused")
    page.keyboard.press("?")
    assert page.locator("dialog.keys").is_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Find in this story").press("j")  # a letter in a field is a letter
    assert page.get_by_label("Find in this story").input_value() == "j"
    assert time_of(page) > 9


# ---- reflection --------------------------------------------------------------------------------


def test_a_stop_that_is_noticed_late_goes_back_to_where_it_should_have_been(
    look: Open, base: str
) -> None:
    page = look(STORY, base=base)
    choices(page)
    page.get_by_label("Pause after each question, to reflect").check()
    go_to(page, 7.5)
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 7.6")
    page.evaluate(
        "const end = Date.now() + 1500; while (Date.now() < end) { /* as if busy */ } null"
    )
    page.get_by_role("region", name="Pause and reflect").wait_for()
    assert time_of(page) == pytest.approx(8, abs=0.25)
    assert "0:00" in page.locator("[data-chapters] button[aria-current]").inner_text()


def test_the_film_waits_after_a_question_if_the_viewer_wants(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    choices(page)
    page.get_by_label("Pause after each question, to reflect").check()
    go_to(page, 7.2)
    page.get_by_role("button", name="Play", exact=True).click()
    panel = page.get_by_role("region", name="Pause and reflect")
    panel.get_by_text("What could the first person have said in two minutes?").wait_for()
    assert time_of(page) == pytest.approx(8, abs=0.3)
    assert page.evaluate("document.querySelector('[data-media]').paused")
    # What was just heard is marked, not what comes next.
    assert "0:00" in page.locator("[data-chapters] button[aria-current]").inner_text()
    assert "I rang the ward." in page.locator(".turn.is-current").inner_text()
    panel.get_by_role("button", name="Write a note").click()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.get_by_role("button", name="Go on with the film").click()
    until(page, "media.currentTime > 8.5")
    assert not panel.is_visible()
    assert page.get_by_role("button", name="Go on with the film").count() == 0
    go_to(page, 10.9)
    panel.get_by_text("Which part will you try?").wait_for()  # at the very end
    assert time_of(page) > 11.5
    page.reload()
    choices(page)
    assert page.get_by_label("Pause after each question, to reflect").is_checked()


def test_on_a_phone_what_to_reflect_on_comes_into_view(look: Open, site: BuiltSite) -> None:
    """The page has followed the voice, far below the film."""
    phone = {"width": 390, "height": 760}
    page = look(STORY, base=site.http, viewport=phone, reduced_motion="reduce")
    choices(page)
    page.get_by_label("Pause after each question, to reflect").check()
    go_to(page, 7.2)
    page.locator(".chapter").last.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('[data-act=play]').click()")
    page.locator("[data-paused]:not([hidden])").wait_for()
    page.wait_for_function(
        """() => { const box = document.querySelector('[data-go-on]').getBoundingClientRect();
                   const seen = document.elementFromPoint(box.x + 9, box.y + 9);
                   return seen && seen.closest('[data-go-on]') !== null; }"""
    )


def test_the_film_does_not_wait_unasked(look: Open, site: BuiltSite) -> None:
    page = look(STORY, base=site.http)
    go_to(page, 7.4)
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "media.currentTime > 8.6")
    assert not page.locator("[data-paused]").is_visible()


def write_note(page: Page, number: int, words: str) -> None:
    page.locator(".note-open").nth(number).click()
    field = page.locator(".note textarea").nth(number)
    field.fill(words)
    field.blur()
    page.get_by_text("Kept in this browser.", exact=True).wait_for()


def test_notes_stay_and_are_erased_when_asked_twice(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    assert page.get_by_role("button", name="Erase my notes", exact=True).is_disabled()
    write_note(page, 0, "Ask how she is.")
    write_note(page, 3, HOSTILE)
    page.reload()
    page.wait_for_selector("[data-notes]:not([hidden])")
    assert page.locator(".note textarea").nth(0).input_value() == "Ask how she is."
    assert page.locator(".note textarea").nth(3).input_value() == HOSTILE
    page.get_by_role("button", name="Erase my notes", exact=True).click()
    page.get_by_role("button", name="Keep them").click()
    assert page.locator(".note textarea").nth(0).is_visible()
    page.get_by_role("button", name="Erase my notes", exact=True).click()
    page.get_by_role("button", name="Erase them").click()
    page.get_by_text("Your notes are erased").wait_for()
    assert page.locator(".note textarea:visible").count() == 0
    count_notes = "Object.keys(localStorage).filter(name => name.includes('notes')).length"
    assert page.evaluate(count_notes) == 0
    page.reload()
    page.wait_for_selector("[data-notes]:not([hidden])")
    assert page.locator(".note textarea:visible").count() == 0


def test_an_empty_note_does_not_pull_the_next_button_away(look: Open, site: BuiltSite) -> None:
    """A press counts only where the same button is let go."""
    page = look(STORY, base=site.http)
    page.locator(".note-open").nth(0).click()
    page.locator(".note-open:visible").first.click()
    assert page.evaluate("document.activeElement.id") == "note-1"


def test_notes_on_every_story_are_erased_from_one(look: Open, site: BuiltSite) -> None:
    page = look(STORY, base=site.http)
    write_note(page, 0, "One.")
    page.goto(site.http + SOUND)
    page.wait_for_selector("[data-notes]:not([hidden])")
    assert page.locator(".note textarea:visible").count() == 0  # each story has its own
    page.get_by_role("button", name="Erase my notes on all stories").click()
    page.get_by_role("button", name="Erase them").click()
    page.goto(site.http + STORY)
    page.wait_for_selector("[data-notes]:not([hidden])")
    assert page.locator(".note textarea:visible").count() == 0


def test_saved_notes_are_a_page_of_their_own_that_runs_nothing(
    look: Open, site: BuiltSite, tmp_path: Path
) -> None:
    page = look(STORY, base=site.http)
    write_note(page, 0, HOSTILE)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Save as a page").click()
    download = downloading.value
    assert download.suggested_filename.startswith("reflection-")
    assert VIDEO not in download.suggested_filename
    saved = tmp_path / "saved.html"
    download.save_as(saved)
    text = saved.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "src=" not in text
    own = look(saved.name, base=tmp_path.as_uri() + "/")
    assert own.locator(".note").inner_text() == HOSTILE
    page_text = own.locator("body").inner_text()
    for words in ("Nobody would talk to me", "What could the first person have said", "I will do"):
        assert words in page_text
    own.set_viewport_size({"width": 320, "height": 700})
    assert faults(own) == []


def test_notes_can_be_written_where_nothing_is_kept(look: Open, site: BuiltSite) -> None:
    page = look("about.html", base=site.http)
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })"
    )
    page.goto(site.http + STORY)
    page.wait_for_selector("[data-notes]:not([hidden])")
    page.locator(".note-open").nth(0).click()
    page.locator(".note textarea").nth(0).fill("Only for now.")
    page.locator(".note textarea").nth(0).blur()
    page.get_by_text("This browser keeps nothing here").wait_for()
    with page.expect_download():
        page.get_by_role("button", name="Save as a page").click()


def test_questions_about_the_whole_story_come_after_it(look: Open, site: BuiltSite) -> None:
    page = look(STORY, base=site.http, java_script_enabled=False)
    after = page.get_by_role("region", name="After the story")
    assert after.get_by_text("What will you carry into tomorrow’s handover?").is_visible()
    assert not page.locator("[data-notes]").is_visible()
    other = look(SOUND, base=site.http, java_script_enabled=False)
    assert other.get_by_text("What did you hear?").is_visible()


# ---- other pages and looks ---------------------------------------------------------------------


def test_what_others_answered_leads_on_to_their_story(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    related = page.get_by_role("region", name="What others said")
    related.get_by_role("link", name="A different experience").first.click()
    page.wait_for_url(f"{base}{SOUND}#t=0")


def test_the_handout_has_the_questions_and_room_to_write(look: Open, base: str) -> None:
    page = look(STORY, base=base)
    page.get_by_role("link", name="Handout to print").click()
    page.wait_for_url(f"{base}{HANDOUT}")
    page_text = page.locator("article").inner_text()
    for words in ("Which part will you try?", "carry into tomorrow", "ext. 4400", "3 March 2028"):
        assert words in page_text
    assert "I rang the ward" not in page_text  # no transcript leaves the room
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Print this handout").is_visible()
    assert page.locator(".write i").first.evaluate("e => getComputedStyle(e).borderBottomWidth")
