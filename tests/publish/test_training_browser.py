"""Training sessions in Chromium: a whole plan by keyboard, over http and from a stick, with script
and without."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.editions import HEARD, VIDEO, BuiltSite
from tests.support.film_in_page import OFTEN
from tests.support.page_checks import Open, faults_in_all_forms

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Download, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN, PRESENT, FORM = (f"training/listening{part}.html" for part in ("", "-present", "-evaluation"))
LATE = 0.3
"""Seconds by which a clip may stop after its end."""


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, training_site: BuiltSite) -> str:
    return str(getattr(training_site, request.param))


def _step(page: Page) -> str:
    return str(page.locator("[data-progress]").text_content())


def _at(page: Page, number: int) -> None:
    page.wait_for_function(
        "n => (document.querySelector('[data-progress]').textContent || '').startsWith(n + ' of')",
        arg=str(number),
        polling=OFTEN,
    )


def _heading(page: Page) -> str:
    return str(page.locator("[data-slide]:not([hidden]) h2").text_content())


def _begin(page: Page) -> None:
    page.wait_for_selector("[data-bar]:not([hidden])")
    page.keyboard.press("PageDown")
    _at(page, 1)


def _check_clips(page: Page) -> None:
    """Over a network they are looked at when somebody asks; from a folder at once."""
    if page.url.startswith("http"):
        page.get_by_role("button", name="Check the clips").click()
    page.wait_for_selector("[data-check=captions].is-good", state="attached")


def _caption(page: Page) -> Any:
    return page.locator("[data-slide]:not([hidden]) [data-captions] p")


def _film(page: Page, property_name: str) -> Any:
    return page.evaluate(
        f"() => {{ const film = document.querySelector('[data-slide]:not([hidden]) video');"
        f" return {property_name}; }}"
    )


CLIP = 3
"""The step with the first clip; 4 is the question at its pause, 5 the rest of it."""


def _at_step(page: Page) -> int:
    return int(page.evaluate("() => carerPresent.state().step"))


def _to_clip(page: Page) -> None:
    _begin(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    _at(page, CLIP)


def test_a_whole_plan_by_keyboard_alone(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    _begin(page)
    assert _heading(page) == "Listening: a short session"
    total = int(_step(page).split(" of ")[1])
    headings, films, timers = [_heading(page)], 0, 0
    for number in range(2, total + 1):
        if _film(page, "Boolean(film)"):
            films += 1
            page.keyboard.press("PageDown")  # plays it
            page.wait_for_function(
                "() => { const film = document.querySelector('[data-slide]:not([hidden]) video');"
                " return !film || (film.currentTime > 0 && !film.paused); }"
            )
        clock = page.locator("[data-slide]:not([hidden]) .timer")
        if clock.count():
            timers += 1
            page.keyboard.press("PageDown")  # starts it
            assert re.search(
                r"has begun\. (?:Next|A key .* pressed twice, it) goes on\.", clock.inner_text()
            )
            assert _at_step(page) == number - 1
        page.keyboard.press("PageDown")  # from a clip that plays: skips what is left
        _at(page, number)
        headings.append(_heading(page))
    assert (films, timers) == (3, 3)
    assert not page.evaluate("carerPresent.timers.some(it => it.tell().isRunning)"), "only passed"
    assert headings[-1] == "Thank you"
    for title in ("Welcome", "A call in the evening", "On the telephone", "A break", "One thing"):
        assert title in headings
    page.keyboard.press("PageDown")
    assert _step(page) == f"{total} of {total}", "after the last there is nothing"


def test_a_clip_plays_stops_at_its_end_and_the_question_comes_up(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    _to_clip(page)
    handle = page.evaluate_handle("document.querySelector('[data-slide]:not([hidden]) video')")
    page.keyboard.press("PageDown")
    _at(page, CLIP + 1)
    stopped = handle.evaluate("film => ({paused: film.paused, at: film.currentTime})")
    assert stopped["paused"]
    assert 5.5 - 0.05 <= stopped["at"] <= 5.5 + LATE
    assert page.locator("p.big:visible").inner_text() == "What now?"
    page.keyboard.press("PageDown")
    _at(page, CLIP + 2)
    handle = page.evaluate_handle("document.querySelector('[data-slide]:not([hidden]) video')")
    page.keyboard.press("Space")
    page.wait_for_function("film => film.currentTime > 5.5", arg=handle)
    _at(page, CLIP + 3)
    stopped = handle.evaluate("film => ({paused: film.paused, at: film.currentTime})")
    assert stopped["paused"]
    assert 7.5 - 0.05 <= stopped["at"] <= 7.5 + LATE
    assert page.locator("p.big:visible").inner_text() == "What did you hear?"


def test_captions_are_on_and_can_be_switched_off(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    _check_clips(page)
    _to_clip(page)
    page.keyboard.press("PageDown")
    _caption(page).filter(has_text="I rang the ward every day").wait_for()
    assert _caption(page).count() == 1
    page.keyboard.press("Space")
    page.get_by_role("button", name="Captions").click()
    assert _caption(page).count() == 0
    assert page.evaluate(
        "Array.from(document.querySelectorAll('video')).every("
        "film => Array.from(film.textTracks).every(track => track.mode === 'disabled'))"
    )


def test_the_language_of_captions_is_chosen_once_for_every_clip(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    announcement = page.locator('[data-check="captions"] [data-check-said]')
    page.get_by_label("Captions in").select_option("pl")
    page.wait_for_function(
        "() => document.querySelector('[data-check=captions]').textContent.includes('Polski')"
    )
    assert "in Polski (in English for “" in str(announcement.text_content())
    page.reload()
    assert page.get_by_label("Captions in").input_value() == "pl"
    _to_clip(page)
    page.keyboard.press("PageDown")
    _caption(page).filter(has_text="Codziennie").wait_for()
    page.keyboard.press("Space")
    assert page.locator("[data-captions][lang=pl]:visible p").count() == _caption(page).count() == 1
    page.get_by_role("button", name="Captions").click()
    assert _film(page, "Array.from(film.textTracks).every(t => t.mode === 'disabled')")


def test_the_space_bar_pauses_and_goes_on(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.http)
    _to_clip(page)
    page.keyboard.press("Space")
    page.wait_for_function(
        "() => document.querySelector('[data-slide]:not([hidden]) video').currentTime > 4.1"
    )
    page.keyboard.press("Space")
    assert _film(page, "film.paused")
    position = _film(page, "film.currentTime")
    page.get_by_role("button", name="Go on").wait_for()
    page.keyboard.press("Space")
    page.wait_for_function(
        "at => { const film = document.querySelector('[data-slide]:not([hidden]) video');"
        " return !film || film.currentTime > at; }",
        arg=position,
    )


def test_a_black_screen_by_remote_and_any_key_to_come_back(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    _to_clip(page)
    page.keyboard.press("PageDown")
    page.wait_for_function(
        "() => !document.querySelector('[data-slide]:not([hidden]) video').paused"
    )
    for key in (".", "b"):
        page.keyboard.press(key)
        blank = page.locator("[data-blank]")
        assert blank.is_visible()
        assert _film(page, "film.paused"), "what nobody sees does not go on"
        box = blank.bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (1280, 800)
        ground = blank.evaluate("element => getComputedStyle(element).backgroundColor")
        assert ground == "rgb(0, 0, 0)"
        page.keyboard.press("PageDown")
        assert not blank.is_visible()
        _at(page, CLIP)


def test_letters_can_be_switched_off(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.http)
    page.get_by_label("The keys B and full stop").uncheck()
    _begin(page)
    page.keyboard.press("b")
    assert not page.locator("[data-blank]").is_visible()


def test_a_timer_is_offered_and_never_forced(look: Open, training_site: BuiltSite) -> None:
    page = look("about.html", base=training_site.http)
    page.clock.install()
    page.goto(training_site.http + PRESENT)
    page.wait_for_selector("[data-bar]:not([hidden])")
    page.evaluate(
        """() => { const slides = window.carerPresent.slides;
          const at = slides.findIndex(one => one.querySelector('h2').textContent === 'One thing');
          window.carerPresent.goTo(at + 1); }"""
    )
    clock = page.locator("[data-slide]:not([hidden]) [data-timer-clock]")
    assert clock.inner_text() == "0:10"
    page.get_by_role("button", name="Start the timer").click()
    page.clock.run_for(3_000)
    assert clock.inner_text().startswith("0:0")
    page.get_by_role("button", name="One more minute").click()
    assert clock.inner_text().startswith("1:0")
    page.get_by_role("button", name="Stop").click()
    assert clock.inner_text() == "0:10"
    page.get_by_role("button", name="Start the timer").click()
    page.clock.run_for(11_000)
    page.wait_for_selector("text=Time is up.")
    assert _heading(page) == "One thing", "nothing goes on by itself"
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_a_remote_starts_a_timer_once_for_each_round_and_then_goes_on(
    look: Open, training_site: BuiltSite
) -> None:
    page = look("about.html", base=training_site.http)
    page.clock.install()
    page.set_viewport_size({"width": 640, "height": 400})
    page.goto(training_site.http + PRESENT)
    number = page.evaluate(
        "() => carerPresent.slides.findIndex(it => it.className.includes('role-play')) + 1"
    )
    page.evaluate(f"() => window.carerPresent.goTo({number})")
    timer = page.locator(f"#step-{number} .timer")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)  # time goes on by run_for alone
    page.keyboard.press("PageDown")
    assert "2:00" in timer.inner_text()
    page.clock.run_for(3_000)
    page.keyboard.press("b")  # blank, and back: neither stops nor passes it
    page.keyboard.press("b")
    page.clock.run_for(118_000)
    timer.get_by_text("Time is up.").wait_for()
    page.keyboard.press("PageUp")  # back and here again: the round is not forgotten
    page.evaluate(f"() => window.carerPresent.goTo({number})")
    page.keyboard.press("PageDown")
    assert timer.get_by_role("button", name="Stop").is_visible()
    page.clock.run_for(121_000)
    timer.get_by_text("Time is up.").wait_for()
    page.keyboard.press("PageDown")
    assert _at_step(page) == number + 1
    # A mouse is never held up.
    page.evaluate(f"() => window.carerPresent.goTo({number - 1})")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    assert _at_step(page) == number + 1


def test_a_reload_keeps_the_place(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    _to_clip(page)
    page.reload()
    _at(page, CLIP)
    assert page.get_by_role("button", name="Play the clip").is_visible()
    page.goto(base + PRESENT)  # without the step in the address: another session
    page.get_by_role("heading", name="Room check").wait_for()
    page.get_by_role("button", name=f"Back to step {CLIP}").click()
    _at(page, CLIP)
    page.get_by_role("button", name="Room check").click()
    assert page.get_by_role("heading", name="Room check").is_visible()


def test_points_that_are_left_out_are_no_steps_and_have_a_place_of_their_own(
    look: Open, base: str
) -> None:
    """Point 2 is the first clip with its questions, point 3 the dilemma about it."""
    page = look(PRESENT, base=base)
    _to_clip(page)
    total = int(_step(page).split(" of ")[1])
    points = page.locator("[data-slide]").evaluate_all("all => all.map(it => it.dataset.point)")
    assert points[:8] == ["", "1", "2", "2", "2", "2", "3", "3"]
    assert points[-1] == ""
    page.goto(f"{base}{PRESENT}?without=3,2,99,x")
    _check_clips(page)
    page.locator("[data-check=clips].is-good", has_text="1 clip is here").wait_for()
    assert page.get_by_text(
        "Left out of this session: “She rang the ward”, “A call in"
    ).is_visible()
    _begin(page)
    assert _step(page) == f"1 of {total - 6}"
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    assert _heading(page) == "In pairs"
    page.goto(base + PRESENT)
    page.get_by_role("button", name=f"Back to step {CLIP}").click()
    _at(page, CLIP)
    page.goto(f"{base}{PRESENT}?without=2,3")
    page.get_by_role("button", name="Back to step 3").click()
    page.wait_for_selector("text=In pairs")


def test_the_room_check_finds_clips_captions_and_says_what_is_missing(
    look: Open, base: str, training_site: BuiltSite
) -> None:
    page = look("about.html", base=base)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(base + PRESENT, wait_until="networkidle")
    asked_for = [url for url in requests if "/stories/" in url]
    assert base.startswith("file") or not asked_for, "nothing of a story before somebody asks"
    _check_clips(page)
    for name, expected_text in (
        ("clips", "2 clips, all here"),
        ("captions", "there for every clip"),
        ("network", "none is needed" if base.startswith("file") else "over your network"),
        ("screen", "1280 by 800"),
        ("keeps", "kept in this browser"),
    ):
        row = page.locator(f"[data-check={name}].is-good")
        row.wait_for()
        assert expected_text in row.inner_text()
    page.get_by_role("button", name="Play a test sound").click()
    page.wait_for_selector("text=Three tones are playing.")


def test_a_clip_that_is_not_there_is_found_before_the_session(
    browser: Browser, training_site: BuiltSite, tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / "stick"
    shutil.copytree(training_site.workspace.public, copy)
    (copy / "stories" / VIDEO / "film.mp4").unlink()
    (copy / "stories" / HEARD / "captions.js").unlink()
    page = browser.new_page()
    page.goto((copy / PRESENT).as_uri())
    trouble = page.locator("[data-check=clips].is-trouble")
    trouble.wait_for()
    assert "She rang the ward" in trouble.inner_text()
    assert "What she would like" not in trouble.inner_text()
    mute = page.locator("[data-check=captions].is-trouble")
    mute.wait_for()
    assert "What she would like" in mute.inner_text()
    page.close()


def test_on_a_low_laptop_every_step_is_seen_whole(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.file, viewport={"width": 1366, "height": 620})
    _begin(page)
    total = int(_step(page).split(" of ")[1])
    for number in range(total + 1):
        page.evaluate(f"() => window.carerPresent.goTo({number})")
        high = page.evaluate("document.documentElement.scrollHeight - innerHeight")
        assert high <= 1, f"step {number} is {high} pixels too high"
    page.set_viewport_size({"width": 640, "height": 310})  # the same window, enlarged by 200 %
    page.evaluate("() => window.carerPresent.goTo(7)")
    letters = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('[data-slide]:not([hidden]) .big'))"
        ".fontSize)"
    )
    assert letters > 20, "who enlarges it gets large letters"


def test_notes_are_for_the_facilitator_until_they_ask(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.http)
    _begin(page)
    page.keyboard.press("PageDown")
    assert not page.get_by_text("Point out the door").is_visible()
    page.get_by_role("button", name="Notes").click()
    assert page.get_by_text("Point out the door").is_visible()


def test_full_screen_and_back(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.http)
    _begin(page)
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("() => Boolean(document.fullscreenElement)")
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("() => !document.fullscreenElement")


# Everybody


def test_every_step_is_accessible_and_never_scrolls_sideways(
    look: Open, training_site: BuiltSite
) -> None:
    """Pages as they open are in `test_every_page_browser.py`."""
    page = look(PRESENT, base=training_site.http)
    _check_clips(page)
    faults_found = [f"the room check: {fault}" for fault in faults_in_all_forms(page, "room check")]
    _begin(page)
    page.get_by_role("button", name="Notes").click()
    total = int(_step(page).split(" of ")[1])
    for number in range(1, total + 1):
        _at(page, number)
        faults_found += [
            f"step {number}: {fault}" for fault in faults_in_all_forms(page, f"step {number}")
        ]
        page.evaluate(f"() => window.carerPresent.goTo({number + 1})")
    assert not faults_found, "\n".join(faults_found)


def test_without_script_the_facilitators_page_is_whole_and_clips_play(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PLAN, base=training_site.http, java_script_enabled=False)
    for phrase in ("Today we listen.", "Ask a colleague", "Good morning.", "You are tired"):
        assert page.get_by_text(phrase).first.is_visible(), phrase
    assert not page.get_by_role("button", name="Print this page").is_visible()
    page.get_by_role("link", name="Open the present view").click()
    assert page.locator("video[controls]").count() == 3
    assert page.locator("video[controls]").first.is_visible()
    assert page.locator("p.big", has_text="What did you hear?").is_visible()
    assert page.get_by_text("JavaScript is switched off").is_visible()
    assert not page.locator("[data-bar]").is_visible()
    page.goto(training_site.http + FORM)
    assert page.get_by_label("What will you do?").is_visible()
    assert not page.get_by_role("button", name="Keep my answers").is_visible()


@pytest.mark.parametrize("choice", ["plan", "cards", "handout"])
def test_what_is_printed_is_what_was_asked_for(
    look: Open, training_site: BuiltSite, choice: str
) -> None:
    page = look(PLAN, base=training_site.http, color_scheme="dark")
    page.evaluate("() => { window.print = () => {}; }")
    page.locator(f"[data-print-what={choice}] button").click()
    page.emulate_media(media="print")
    visible_parts = {
        "notes": page.get_by_text("Listening gives nothing away").is_visible(),
        "cards": page.get_by_text("You are tired").is_visible(),
        "room to write": page.locator(".handout").is_visible(),
    }
    expected = {"plan": {"notes", "cards"}, "cards": {"cards"}, "handout": {"room to write"}}
    assert {name for name, is_visible in visible_parts.items() if is_visible} == expected[choice]
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_the_present_view_is_printed_as_a_list_of_its_steps(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.http)
    page.keyboard.press("PageDown")
    page.set_viewport_size({"width": 690, "height": 1000})  # a sheet of A4
    page.emulate_media(media="print")
    steps = page.locator("[data-slide]:visible")
    assert steps.count() == page.locator("[data-slide]").count() > 5
    boxes = steps.evaluate_all(
        "all => all.map(it => it.getBoundingClientRect()).map(it => [it.top, it.bottom, it.width])"
    )
    assert all(width > 600 for _, _, width in boxes)
    assert all(above[1] <= below[0] + 1 for above, below in pairwise(boxes))
    assert page.locator("button:visible, video:visible").count() == 0


def test_forms_are_kept_saved_as_a_file_that_can_be_read_and_erased(
    look: Open, base: str, training_site: BuiltSite, tmp_path: Path
) -> None:
    from publish.training.feedback import read_forms

    page = look(FORM, base=base, accept_downloads=True)
    page.get_by_role("button", name="Keep my answers").click()
    page.wait_for_selector("text=There is no answer yet.")
    page.locator("input[name=confident_before][value='2']").check()
    page.locator("input[name=confident_after][value='4']").check()
    page.get_by_label("What will you do?").fill('=SUM(1) "quoted"\nsecond line')
    page.get_by_role("button", name="Keep my answers").click()
    page.wait_for_selector("text=One form is kept here.")
    assert page.locator("input:checked").count() == 0, "empty for the next person"
    page.locator("input[name=looked-after_after][value='5']").check()
    page.get_by_role("button", name="Keep my answers").click()
    page.reload()
    page.wait_for_selector("text=2 forms are kept here.")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a file").click()
    download: Download = saving.value
    assert download.suggested_filename.startswith("listening-evaluation-")
    path = tmp_path / "forms.csv"
    download.save_as(path)
    plan = _plan_of(training_site)
    first, second = read_forms([path], {"listening": plan})
    assert dict(first.scores) == {("confident", "before"): 2, ("confident", "after"): 4}
    assert first.comments["one-thing"] == '=SUM(1) "quoted"\nsecond line'
    assert dict(second.scores) == {("looked-after", "after"): 5}
    assert "'=SUM" in path.read_text(encoding="utf-8"), "a spreadsheet does not run it"
    page.get_by_role("button", name="Erase the forms kept here").click()
    page.get_by_role("button", name="Yes, erase them now").click()
    page.wait_for_selector("text=No form is kept here yet.")
    stored = page.evaluate("Object.entries(localStorage).join()")
    assert "SUM" not in stored


def test_no_answer_runs_in_a_spreadsheet_and_each_is_read_as_it_was_typed(
    look: Open, base: str, training_site: BuiltSite, tmp_path: Path
) -> None:
    import csv

    from publish.training.feedback import read_forms

    page = look(FORM, base=base, accept_downloads=True)
    beginnings = ("=", "+", "-", "@", "\t=", "\r=", "'=", "''+", "'", "\uff1d", '"=', ";=", "\n@")
    typed = [f'{beginning}cmd("calc") "quoted", more;\n=second line' for beginning in beginnings]
    for number, words in enumerate(typed, 1):
        page.get_by_label("What will you do?").fill(words)
        page.get_by_role("button", name="Keep my answers").click()
        saved_note = "One form is kept here." if number == 1 else f"{number} forms are kept here."
        page.wait_for_selector(f"text={saved_note}")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a file").click()
    path = tmp_path / "forms.csv"
    saving.value.save_as(path)
    text = path.read_bytes().decode("utf-8-sig")
    cells = [cell for row in csv.reader(text.splitlines(keepends=True)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n\uff1d"))]
    forms = read_forms([path], {"listening": _plan_of(training_site)})
    assert [form.comments["one-thing"] for form in forms] == [answer.strip() for answer in typed]
    page.evaluate("localStorage.clear()")


def _plan_of(site: BuiltSite) -> Any:
    from publish.edition import read_edition

    (plan,) = read_edition(site.workspace).plans
    return plan


def test_no_film_is_loaded_by_the_facilitators_page(
    browser: Browser, training_site: BuiltSite
) -> None:
    context = browser.new_context()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    context.new_page().goto(training_site.http + PLAN, wait_until="networkidle")
    context.close()
    assert not [url for url in requests if url.endswith((".mp4", ".m4a", ".vtt", ".js"))
                and "/stories/" in url]  # fmt: skip
    assert requests


def test_keyboard_alone_reaches_every_button_of_the_present_view(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.http)
    _to_clip(page)
    focused, unreached = [], []
    for _ in range(30):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
              const box = e.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return { name: e.innerText, clear: !!top && (e.contains(top) || top.contains(e)),
                       ring: getComputedStyle(e).outlineStyle !== 'none' }; }"""
        )
        if at is None:
            break
        focused.append(at["name"])
        if not (at["clear"] and at["ring"]):
            unreached.append(at)
    else:
        pytest.fail(f"the focus never left the page: {focused}")
    assert unreached == []
    joined = " ".join(focused)
    for name in ("Previous", "Play the clip", "Captions", "Notes", "Blank screen", "Full screen"):
        assert name in joined, focused
