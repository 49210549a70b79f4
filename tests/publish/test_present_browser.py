"""The present view before a room: captions above the bar at every size, the presenter's window, the
list of steps, a remote alone, reloads, and servers that cannot send a film from its middle."""

from __future__ import annotations

import functools
import http.server
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.editions import BuiltSite
from tests.support.film_in_page import OFTEN
from tests.support.page_checks import Open, faults, watched_page
from tests.support.present_walk import WALK

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PRESENT = "training/listening-present.html"
CLIP = 3
"""The step with the first clip, from 3.9 to 5.5 seconds of its film."""
LONGER_CLIP = 13
"""A clip of three and a half seconds."""
SIZES = (
    (1440, 900),
    (1366, 620),
    (1024, 768),
    (911, 512),
    (640, 310),  # a laptop at 200 %
    (390, 844),
    (341, 192),  # a laptop at 400 %
    (320, 480),
    (320, 240),
)


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, training_site: BuiltSite) -> str:
    return str(getattr(training_site, request.param))


def _until(page: Page, expression: str) -> None:
    page.wait_for_function(f"() => {expression}", timeout=10_000, polling=OFTEN)


def _at(page: Page, number: int) -> None:
    page.locator("[data-progress]", has_text=re.compile(f"^{number} of")).wait_for()


def _open_clip(look: Open, base: str, **context: Any) -> Page:
    """The present view at its first clip, which has not been played."""
    page: Page = look(f"{PRESENT}#step-{CLIP}", base=base, **context)
    _at(page, CLIP)
    return page


def _slowly(page: Page) -> None:
    """Let films take eight times as long, so that a busy computer has the time to look at them."""
    page.evaluate(
        "() => document.querySelectorAll('video').forEach("
        "film => { film.defaultPlaybackRate = film.playbackRate = 0.125; })"
    )


def _play_and_pause(page: Page) -> float:
    """Play the clip until its captions are there, and pause it. Returns the second it stands at."""
    _slowly(page)
    page.keyboard.press("PageDown")
    _captions(page).first.wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Go on").wait_for()
    return _second(page)


def _second(page: Page) -> float:
    return float(page.locator("[data-slide]:not([hidden]) video").evaluate("it => it.currentTime"))


def _captions(page: Page) -> Locator:
    return page.locator("[data-slide]:not([hidden]) [data-captions] p")


_LAYOUT = """words => {
  const slide = document.querySelector('[data-slide]:not([hidden])');
  const captions = slide.querySelector('[data-captions]');
  const bar = document.querySelector('[data-bar]').getBoundingClientRect();
  const film = slide.querySelector('video').getBoundingClientRect();
  if (words !== null) {
    captions.replaceChildren(...[words].map(text => {
      const line = document.createElement('p'), span = document.createElement('span');
      span.textContent = text; line.append(span); return line;
    }));
  }
  const boxes = [...captions.querySelectorAll('span')].flatMap(it => [...it.getClientRects()]);
  return {
    top: Math.min(...boxes.map(it => it.top)), bottom: Math.max(...boxes.map(it => it.bottom)),
    left: Math.min(...boxes.map(it => it.left)), right: Math.max(...boxes.map(it => it.right)),
    film: [film.top, film.bottom, film.left, film.right], bar: [bar.top, bar.bottom],
    letters: parseFloat(getComputedStyle(captions).fontSize),
    page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
  };
}"""


def _layout_faults(page: Page, state: str) -> list[str]:
    """Captions of one, two and too many words, measured against picture, bar and window."""
    size = page.viewport_size
    assert size is not None
    width, height = size["width"], size["height"]
    all_faults = []
    two_lines = "I asked them every single evening, and\\nnobody could tell me where he had gone."
    for words in (None, "One line.", two_lines.replace("\\n", "\n")):
        it = page.evaluate(_LAYOUT, words)
        top, bottom, left, right = it["film"]
        wrong = {
            "over the bar": it["bottom"] > it["bar"][0] + 0.5 or bottom > it["bar"][0] + 0.5,
            "outside the picture": it["top"] < top - 0.5
            or it["bottom"] > bottom + 0.5
            or it["left"] < left - 0.5
            or it["right"] > right + 0.5,
            "bar outside the window": it["bar"][1] > height + 0.5 or it["bar"][0] < 0,
            "small letters": it["letters"] < (14 if height >= 240 else 12),
            "scrolls": it["page"][0] > width or it["page"][1] > height + 1,
        }
        at = f"{width}×{height}, {state}, {(words or 'its own')[:9]}"
        all_faults += [f"{at}: {fault} {it}" for fault, is_so in wrong.items() if is_so]
    return all_faults


def test_captions_stand_above_the_bar_at_every_size(look: Open, training_site: BuiltSite) -> None:
    page = _open_clip(look, training_site.file)
    _play_and_pause(page)
    all_faults = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(50)
        all_faults += _layout_faults(page, "")
        if page.locator("[data-do=more]").is_visible():
            page.locator("[data-do=more]").click()
            all_faults += _layout_faults(page, "more")
            page.locator("[data-do=notes]").click()
            all_faults += _layout_faults(page, "more and notes")
            page.locator("[data-do=notes]").click()
            page.keyboard.press("Escape")
            assert page.locator("[data-do=more]").get_attribute("aria-expanded") == "false"
        assert page.get_by_role("button", name="Blank screen").is_visible(), "at once, at any size"
        if (width, height) in SIZES[-1:] + SIZES[3:4]:
            all_faults += [f"{width}×{height}: {fault}" for fault in faults(page, f"{width}")]
    assert not all_faults, "\n".join(all_faults)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Full screen").click()
    _until(page, "Boolean(document.fullscreenElement)")
    assert not _layout_faults(page, "full screen")


def test_notes_stand_beside_the_step_they_are_about(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.http)
    notes = page.locator("[data-slide]").evaluate_all(
        """all => all.filter(it => it.querySelector('[data-notes]')).map(
            it => [it.dataset.label, it.querySelector('[data-notes]').innerText
              || it.querySelector('[data-notes]').textContent])"""
    )
    about = {text.strip(): label for label, text in notes}
    assert about["Listening gives nothing away"] == "Questions", "not beside the dilemma itself"
    assert about["Most people speak of the ward first"] == "Questions", "not beside the clip"


# The presenter's window


def _presenter_of(page: Page) -> Page:
    with page.context.expect_page() as opening:
        page.get_by_role("button", name="Presenter’s window").click()
    presenter = opening.value
    presenter.wait_for_selector("[data-presenter-part=clock]:not(:empty)")
    return presenter


def test_the_presenters_window_has_the_notes_and_leads_the_room(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    presenter = _presenter_of(page)
    part = "[data-presenter-part={}]"
    presenter.keyboard.press("PageDown")
    presenter.keyboard.press("PageDown")
    _at(page, 2)
    _at(presenter, 2)
    for at_the_edge in (1, "carerPresent.slides.length"):  # no point, and so no time, of their own
        page.evaluate(f"() => carerPresent.goTo({at_the_edge})")
        page.evaluate("() => carerPresent.keep('began', Date.now() - 5400000)")
        page.evaluate("() => carerPresent.draw()")
        presenter.get_by_text("90 minutes", exact=True).wait_for()
        assert presenter.locator(part.format("planned")).inner_text() == "30 minutes in all"
        assert not presenter.locator(part.format("pace")).inner_text()
    page.evaluate("() => { carerPresent.goTo(2); carerPresent.perform('restartClock'); }")
    _at(presenter, 2)
    presenter.locator(part.format("notes")).get_by_text("Point out the door").wait_for()
    aloud = presenter.locator(part.format("notes")).get_by_role("paragraph")
    assert aloud.all_inner_texts() == [
        "Today we listen.",
        "We also talk two by two.",
        "You may leave at any time.",
    ]
    assert "She rang the ward" in presenter.locator(part.format("next")).inner_text()
    assert (
        "from minute 0 to minute 2, of 30 minutes"
        in presenter.locator(part.format("planned")).inner_text()
    )
    assert not page.get_by_text("Point out the door").is_visible()
    assert not page.get_by_text("In time").is_visible()
    assert page.get_by_role("button", name="Controls").is_visible(), "the bar is folded"
    assert not faults(presenter, "presenter")
    # The clip is led from here too.
    _slowly(page)
    presenter.get_by_role("button", name="Steps").click()
    presenter.get_by_role("button", name="What she would like").click()
    seen = presenter.locator(part.format("now"))
    before = seen.locator("[data-before-clip]")
    assert before.is_visible(), "the room sees it now, and no more when the film is there"
    presenter.get_by_role("button", name="Play the clip").click()
    _captions(page).first.wait_for()
    before.wait_for(state="detached")
    seen.get_by_text("The film: What she would like").wait_for()
    presenter.get_by_role("button", name="Blank screen").click()
    page.locator("[data-blank]").wait_for()
    presenter.get_by_text("The room’s screen is blank.").wait_for()
    presenter.get_by_role("heading", name="Behind the blank screen").wait_for()
    assert not presenter.get_by_text("The room sees", exact=True).is_visible()
    presenter.get_by_role("button", name="Show the screen again").click()
    presenter.get_by_role("heading", name="The room sees", exact=True).wait_for()
    page.locator("[data-blank]").wait_for(state="hidden")
    presenter.get_by_role("button", name="Go on").wait_for()
    # A remote wakes the room from here as it does there: its first key does nothing else.
    for key in ("PageDown", "PageUp", "Escape", "F5", "b", "ArrowDown", "Home", "x"):
        presenter.keyboard.press("b")
        presenter.get_by_text("The room’s screen is blank.").wait_for()
        presenter.keyboard.press(key)
        page.locator("[data-blank]").wait_for(state="hidden")
        presenter.get_by_text("The room’s screen is blank.").wait_for(state="hidden")
        _at(page, LONGER_CLIP)
    presenter.get_by_role("button", name="Go on").wait_for()
    # Either can be loaded again.
    presenter.reload()
    _at(presenter, LONGER_CLIP)
    page.reload()
    _at(page, LONGER_CLIP)
    presenter.get_by_role("button", name="Skip").click()
    _at(page, LONGER_CLIP + 1)
    presenter.locator(part.format("now")).get_by_text("What will you do?").wait_for()
    # Either can be closed.
    page.close()
    with page.context.expect_page() as opening:
        presenter.get_by_role("button", name="Open it").click()
    again = opening.value
    _at(again, LONGER_CLIP + 1)
    again.get_by_role("button", name="Controls").wait_for()
    presenter.close()
    again.get_by_role("button", name="Next").wait_for()


def test_a_clip_stopped_at_its_first_moment_rests_there_after_a_reload(
    look: Open, base: str
) -> None:
    page = _open_clip(look, base)
    page.evaluate("""() => {
      const clip = carerPresent.clips.find(it => carerPresent.isAt(it.slide));
      clip.advance();
      clip.hold();
    }""")
    page.get_by_role("button", name="Go on").wait_for()
    page.reload()
    page.get_by_role("button", name="Skip").wait_for()


_COUNT_MESSAGES = """() => {
  window.heardIds = new Set();
  const hear = ({ data }) => { if (data && data.id) { heardIds.add(data.id); } };
  addEventListener("message", hear);
  new BroadcastChannel(carerPresent.key).addEventListener("message", hear);
}"""


def test_two_windows_say_no_more_to_each_other_than_there_is_to_say(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    presenter = _presenter_of(page)
    presenter.reload()
    page.reload()
    page.get_by_role("button", name="Controls").wait_for()
    windows = (page, presenter)
    for window in windows:
        window.evaluate(_COUNT_MESSAGES)

    def messages_a_second() -> float:
        began = time.monotonic()
        before = sum(window.evaluate("heardIds.size") for window in windows)
        page.wait_for_timeout(3_000)
        count = sum(window.evaluate("heardIds.size") for window in windows) - before
        return float(count / (time.monotonic() - began))

    # A question and its answer each second, in two windows that hear their own words as well.
    assert 0 < messages_a_second() < 8, "while nothing happens"
    for key, number in (("PageDown", 1), ("PageDown", 2), ("PageUp", 1), ("b", 1)):
        presenter.keyboard.press(key)
        _at(page, number)
    assert messages_a_second() < 8, "after presses"


_CARDS_CUT = """() => Array.from(document.querySelectorAll(
  '.presenter-panes > *, .presenter-panes p, .presenter-panes li, .presenter-times dd'
)).filter(it => it.clientHeight
  && (it.scrollHeight > it.clientHeight + 1 || it.scrollWidth > it.clientWidth + 1))
.map(it => it.innerText)"""


def test_the_presenters_window_cuts_no_card_and_tells_time_in_one_unit(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.http)
    presenter = _presenter_of(page)
    page.evaluate("() => { carerPresent.goTo(2); carerPresent.keep('began', Date.now() - 90000); }")
    page.evaluate("() => carerPresent.draw()")
    times = presenter.locator(".presenter-times")
    times.get_by_text("1 minute", exact=True).wait_for()
    assert "from minute 0 to minute 2, of 30 minutes" in times.inner_text()
    assert len(re.findall(r"\d:\d", times.inner_text())) == 1, "the time of day alone"
    timed = page.evaluate("() => carerPresent.timers[0].step")
    page.evaluate(f"() => {{ carerPresent.goTo({timed}); carerPresent.timers[0].act('start'); }}")
    for width, height in ((1024, 700), (320, 480)):
        presenter.set_viewport_size({"width": width, "height": height})
        for number in (LONGER_CLIP, timed):
            page.evaluate(f"() => carerPresent.goTo({number})")
            _at(presenter, number)
            at = f"{width}×{height}, step {number}"
            assert not presenter.evaluate(_CARDS_CUT), at
            high = presenter.evaluate("document.documentElement.scrollHeight - innerHeight")
            more = presenter.get_by_text("This window: more below")
            # A new size is measured with the next frame, which a busy computer draws late.
            more.wait_for(state="visible" if high > 20 else "hidden")
            presenter.evaluate("() => window.scrollTo(0, 9999)")
            more.wait_for(state="hidden")
            stop = presenter.get_by_role("button", name="Stop the timer")
            assert (stop.bounding_box() or {"y": -1})["y"] >= 0, f"{at}: timer out of view"


def test_a_second_window_that_is_not_opened_is_said(look: Open, training_site: BuiltSite) -> None:
    page = look(PRESENT, base=training_site.file)
    page.evaluate("() => { window.open = () => null; }")
    page.get_by_role("button", name="Presenter’s window").click()
    assert page.get_by_text("The browser did not open a second window").is_visible()


def test_letters_that_are_switched_off_are_no_keys_in_either_window(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    page.get_by_role("checkbox", name="The keys B and full stop").uncheck()
    presenter = _presenter_of(page)
    presenter.keyboard.press("PageDown")
    _at(presenter, 1)
    for one, key in ((presenter, "b"), (presenter, "."), (page, "B"), (page, ".")):
        one.keyboard.press(key)
    presenter.keyboard.press("PageDown")
    _at(page, 2)
    assert page.locator("[data-blank]").is_hidden()
    page.reload()
    _at(page, 2)
    page.keyboard.press("b")
    assert page.locator("[data-blank]").is_hidden()
    page.evaluate("() => carerPresent.goTo(0)")
    page.get_by_role("checkbox", name="The keys B and full stop").check()
    presenter.locator("[data-progress]", has_text="Room check").wait_for()
    presenter.keyboard.press("b")
    page.locator("[data-blank]").wait_for()


def test_numbers_of_a_list_stand_in_one_column_whatever_the_script(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.http)
    number = page.evaluate("""() => {
      const slide = carerPresent.slides.findIndex(it => it.querySelector('ol')) + 1;
      const [first, second] = carerPresent.slides[slide - 1].querySelectorAll('li');
      first.textContent = 'استمع أولاً';
      carerPresent.goTo(slide);
      return slide;
    }""")
    items = page.locator(f"#step-{number} li")
    sides = items.evaluate_all("all => all.map(it => getComputedStyle(it).direction)")
    assert sides == ["rtl", "rtl"], "one side for all, with a margin for the numbers there"
    lefts = items.evaluate_all("""all => all.map(it => {
      const range = document.createRange();
      range.selectNodeContents(it);
      const { left, right } = range.getBoundingClientRect(), box = it.getBoundingClientRect();
      return [left - box.left < 1, box.right - right < 1];
    })""")
    assert lefts == [[False, True], [True, False]], "each text begins where its script does"


# A step longer than the window


def test_a_step_that_fits_says_so_from_the_first_moment(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(f"{PRESENT}#step-{LONGER_CLIP + 1}", base=training_site.file)
    assert page.get_by_role("button", name="Next").is_visible(), "not “Read on”"


def test_a_remote_shows_all_of_a_step_in_a_small_window(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.file)
    for width, height, has_notes in ((640, 400, 0), (320, 480, 0), (320, 240, 0), (1024, 768, 1)):
        page.set_viewport_size({"width": width, "height": height})
        if has_notes:  # below a timer they are read like the rest, and then it goes on
            page.evaluate("() => document.querySelector('[data-do=notes]').click()")
        walk = page.evaluate(WALK)
        assert not walk["faults"], f"{width}×{height}: " + "\n".join(walk["faults"])
        assert walk["presses"] > 0 or has_notes, "no step of the plan is long enough to try it"


def test_the_room_check_of_a_small_window_says_what_a_key_does(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.file)
    page.set_viewport_size({"width": 390, "height": 844})
    read_on = page.get_by_role("button", name="Read on")
    read_on.wait_for()
    # A result that comes later moves no line under the bar.
    cut = page.evaluate("""async () => {
      const room = document.querySelector('[data-room]'), range = document.createRange();
      const result = room.querySelector('[data-check-said]'), cut = [];
      const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
      const edgeOfBar = () => document.querySelector('[data-bar]').getBoundingClientRect().top;
      // The window has only just become small: the bar is drawn for it, and then measured anew.
      const lines = () => [edgeOfBar(), ...Array.from(room.children, part => part.style.clipPath)];
      await document.fonts.ready;
      for (let same = 0, looks = 0, last = ''; same < 3 && looks < 100; looks += 1) {
        await frame();
        same = last === lines().join() ? same + 1 : 0;
        last = lines().join();
      }
      for (let words = 1; words < 40; words += 1) {
        result.textContent = 'clips '.repeat(words);
        await frame();
        const edge = edgeOfBar();
        for (const part of room.children) {
          const under = parseFloat(part.style.clipPath.split(' ')[2] || '-99');
          const last = part.getBoundingClientRect().bottom - under;
          range.selectNodeContents(part);
          cut.push(...[...range.getClientRects()].filter(
            it => it.height < 40 && it.top < edge - 2 && it.bottom > edge + 2 && it.top < last - 2
          ).map(() => words));
        }
      }
      return cut;
    }""")
    assert cut == []
    page.reload()
    page.set_viewport_size({"width": 640, "height": 400})
    for go_on in (lambda: page.keyboard.press("PageDown"), read_on.click):
        before = page.evaluate("scrollY")
        read_on.wait_for()
        go_on()
        assert page.evaluate("scrollY") > before
        assert page.locator("[data-progress]").inner_text() == "Room check"
        page.evaluate("() => { scrollTo({ top: 0, behavior: 'instant' }); carerPresent.draw(); }")
    page.get_by_role("button", name="Begin").click()
    _at(page, 1)
    page.get_by_role("button", name="Begin").wait_for(state="hidden")


# Steps, a remote, reloads


def test_the_list_of_steps_by_keyboard(look: Open, training_site: BuiltSite) -> None:
    page = _open_clip(look, training_site.http)
    page.get_by_role("button", name="Steps").click()
    steps = page.get_by_role("dialog", name="Steps")
    current = steps.locator("[aria-current]")
    assert "She rang the ward" in current.inner_text()
    assert current.evaluate("it => it === document.activeElement")
    assert not faults(page, "steps")
    page.keyboard.press("Escape")
    assert not steps.is_visible()
    _at(page, CLIP)
    page.get_by_role("button", name="Steps").click()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    _at(page, CLIP + 2)
    page.get_by_role("button", name="Steps").click()
    page.keyboard.press("b")
    assert page.locator("[data-blank]").is_visible(), "also from here, at once"
    assert not steps.is_visible()


def test_a_remote_alone_blanks_wakes_and_goes_on_where_the_clip_was(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.http)
    page.keyboard.press("F5")  # “show” of a remote
    _at(page, 1)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    _at(page, CLIP)
    _slowly(page)
    page.keyboard.press("PageDown")
    _until(page, f"document.querySelector('#step-{CLIP} video').currentTime > 4.05")
    page.keyboard.press(".")
    assert page.locator("[data-blank]").is_visible()
    stopped = _second(page)
    page.keyboard.press("Escape")
    assert not page.locator("[data-blank]").is_visible()
    _at(page, CLIP)
    page.get_by_role("button", name="Go on").wait_for()
    assert abs(_second(page) - stopped) < 0.3
    page.reload()  # and a laptop that had to be started again
    page.get_by_role("button", name="Go on").wait_for()
    assert page.get_by_role("button", name="Skip on").is_visible()
    page.keyboard.press("PageDown")
    _until(page, f"document.querySelector('#step-{CLIP} video').currentTime > {stopped}")
    _at(page, CLIP + 1)
    page.keyboard.press("PageUp")
    assert page.get_by_role("button", name="Play the clip").is_visible(), "it was heard to its end"


def test_a_step_left_by_mistake_finds_its_clip_where_it_was(
    look: Open, training_site: BuiltSite
) -> None:
    page = _open_clip(look, training_site.file)
    stopped = _play_and_pause(page)
    page.get_by_role("button", name="Skip on").click()
    _at(page, CLIP + 1)
    page.keyboard.press("PageUp")
    if stopped > 4.4:
        page.get_by_role("button", name="Go on").wait_for()
        assert abs(_second(page) - stopped) < 0.3
        page.keyboard.press("PageUp")
    page.get_by_role("button", name="Play the clip").wait_for()


def test_a_page_newly_opened_begins_another_session(look: Open, base: str) -> None:
    page = look(PRESENT, base=base)
    page.keyboard.press("PageDown")
    page.evaluate("() => carerPresent.goTo(7)")
    page.evaluate("() => carerPresent.keep('began', Date.now() - 3 * 3600 * 1000)")
    another = page.context.new_page()
    page.close()
    for _ in range(2):  # and loaded again, before anybody is there
        another.goto(base + PRESENT)
        assert another.locator("[data-progress]").inner_text() == "Room check"
        assert another.evaluate("() => carerPresent.state().began") == 0
        assert another.get_by_role("button", name="Begin").is_visible()
    another.get_by_role("button", name="Back to step 7").click()
    _at(another, 7)
    assert another.evaluate("() => Date.now() - carerPresent.state().began") > 3 * 3600 * 1000
    assert another.get_by_role("button", name="Back to step").is_hidden()
    another.reload()
    _at(another, 7)
    # The same page, used again in the afternoon.
    another.evaluate("() => carerPresent.goTo(carerPresent.slides.length)")
    another.get_by_role("button", name="Room check").click()
    assert another.get_by_role("button", name="Back to step").is_visible()
    another.keyboard.press("PageDown")
    _at(another, 1)
    assert another.evaluate("() => Date.now() - carerPresent.state().began") < 60_000
    another.close()


def test_a_timer_outlives_a_reload_and_says_when_it_ended(
    look: Open, training_site: BuiltSite
) -> None:
    page = look("about.html", base=training_site.http)
    page.clock.install()
    page.goto(training_site.http + PRESENT)
    number = page.evaluate(
        "() => window.carerPresent.slides.findIndex("
        "one => one.querySelector('h2').textContent === 'One thing') + 1"
    )
    page.evaluate(f"() => window.carerPresent.goTo({number})")
    page.get_by_role("button", name="Start the timer").click()
    page.get_by_role("button", name="One more minute").click()
    page.clock.run_for(3_000)
    page.evaluate("() => window.carerPresent.goTo(2)")  # the wrong step, and back
    page.evaluate(f"() => window.carerPresent.goTo({number})")
    clock = page.locator("[data-slide]:not([hidden]) [data-timer-clock]")
    assert clock.inner_text().startswith("1:0")
    page.reload()
    assert clock.inner_text().startswith("1:0")
    assert page.get_by_role("button", name="Stop").is_visible()
    page.goto("about:blank")
    page.clock.run_for(240_000)
    page.goto(f"{training_site.http}{PRESENT}#step-{number}")
    page.get_by_text("Time was up at").wait_for()
    assert "3 minutes ago" in page.locator(":visible[data-timer-said]").inner_text()
    assert page.get_by_role("button", name="Start the timer").is_visible()


# Servers and networks


class _WithoutRanges(http.server.SimpleHTTPRequestHandler):
    """Python's own server: it sends a file from its beginning, whatever part was asked for."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server_without_ranges(folder: Path) -> Iterator[str]:
    handler = functools.partial(_WithoutRanges, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_without_ranges_is_told_and_clips_start_where_they_should(
    look: Open, training_site: BuiltSite
) -> None:
    with _server_without_ranges(training_site.workspace.public) as address:
        page = look(PRESENT, base=address)
        page.get_by_role("button", name="Check the clips").click()
        row = page.locator("[data-check=clips].is-good")
        row.wait_for()
        assert "they were fetched whole" in row.inner_text()
        page.evaluate(f"() => window.carerPresent.goTo({CLIP})")
        _play_and_pause(page)
        assert _second(page) >= 3.9


def test_clips_that_were_loaded_play_though_the_network_goes(
    look: Open, training_site: BuiltSite
) -> None:
    page = look(PRESENT, base=training_site.http)
    page.get_by_role("button", name="Load all clips now").click()
    page.get_by_text("they play though your network goes").wait_for()
    page.context.set_offline(True)
    page.evaluate(f"() => window.carerPresent.goTo({CLIP})")
    _play_and_pause(page)
    assert "I rang the ward" in _captions(page).first.inner_text()


def test_a_clip_that_cannot_be_reached_is_said_and_tried_again(
    browser: Browser, training_site: BuiltSite
) -> None:
    with watched_page(browser, training_site.http, but="Failed to load resource") as page:
        page.route("**/film.mp4", lambda route: route.abort())
        page.goto(f"{training_site.http}{PRESENT}#step-{CLIP}")
        page.keyboard.press("PageDown")
        page.get_by_text("This clip cannot be played here").wait_for()
        page.unroute("**/film.mp4")
        page.keyboard.press("PageDown")
        _captions(page).first.wait_for()
        assert not page.get_by_text("This clip cannot be played here").is_visible()


def test_a_remote_begins_each_round_while_one_still_runs(
    look: Open, training_site: BuiltSite
) -> None:
    page = look("about.html", base=training_site.http)
    page.clock.install()
    page.goto(training_site.http + PRESENT)
    step = page.evaluate(
        "() => window.carerPresent.slides.findIndex(one => one.querySelector('[data-rounds]')) + 1"
    )
    page.evaluate(f"() => window.carerPresent.goTo({step})")
    at = "() => window.carerPresent.state().step"
    page.keyboard.press("PageDown")
    page.get_by_text("Round 1 of 2 has begun. A key or remote begins round 2").wait_for()
    page.keyboard.press("PageDown")  # twice quickly: only passed
    assert page.evaluate(at) == step + 1
    page.keyboard.press("PageUp")
    page.keyboard.press("PageDown")
    page.get_by_text("Round 1 of 2 has begun.").wait_for()
    page.clock.run_for(20_000)
    page.keyboard.press("PageDown")  # a group that is done early
    page.get_by_text("Round 2 of 2 has begun. Next goes on.").wait_for()
    assert page.evaluate(at) == step
    assert page.locator("[data-slide]:not([hidden]) [data-timer-clock]").inner_text() == "2:00"
    page.clock.run_for(20_000)
    page.keyboard.press("PageDown")
    assert page.evaluate(at) == step + 1
