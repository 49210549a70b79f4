"""The interview on every screen: all of it together, a stop that asks, a countdown by choice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.fake_microphones import FAKE_MICROPHONES
from tests.support.interview_room import NOT_ON_SCREEN, SETTLED, SIZES, write_long_questions
from tests.support.live_station import StationProcess, station_process, until
from tests.support.station_page import Window, go_to_camera, open_window

MICROPHONES = {"a": "Built-in Audio Analog Stereo (Realtek ALC257)", "b": "USB microphone"}
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def station(workspace: Workspace) -> Iterator[StationProcess]:
    write_long_questions(workspace)
    sample_media.agreed_story(workspace)
    with station_process(workspace) as process:
        yield process


def faults(window: Window, size: tuple[int, int]) -> list[str]:
    """Return what is not on the screen, covered or cut off at a size of the window."""
    window.page.set_viewport_size({"width": size[0], "height": size[1]})
    window.page.evaluate(SETTLED)
    return [f"{size}: {fault}" for fault in window.page.evaluate(NOT_ON_SCREEN)]


def letters_fit_though_the_browser_makes_no_pictures(window: Window) -> None:
    """A browser that is busy may call nobody before its next picture, which is long in coming."""
    page = window.page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate(SETTLED)
    page.evaluate("""() => { window.frames_here = requestAnimationFrame;
      window.requestAnimationFrame = () => 1; }""")
    page.set_viewport_size({"width": 390, "height": 844})
    until(lambda: page.evaluate(NOT_ON_SCREEN) == [])
    page.evaluate("() => { window.requestAnimationFrame = frames_here; }")
    # Whatever makes them too large, they do not stay so.
    page.evaluate("document.querySelector('.room').style.setProperty('--fit', 1)")
    assert page.evaluate(NOT_ON_SCREEN) != []
    until(lambda: page.evaluate(NOT_ON_SCREEN) == [])


def note_and_trouble_fit(window: Window, station: StationProcess) -> None:
    """A note has its buttons, and a station that does not answer leaves room for the rest."""
    page = window.page
    page.set_viewport_size({"width": 640, "height": 400})
    page.keyboard.press("n")
    for name in ("Keep the note", "Leave it"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 400, name
    page.keyboard.press("Escape")
    station.kill()
    page.get_by_role("alert").get_by_text("is not answering").wait_for()
    page.locator(".on-disk.waiting").wait_for()
    # On the smallest phone what may be asked on is scrolled meanwhile.
    sizes = [size for name, size in SIZES.items() if name != "small phone"]
    wrong = [fault for size in sizes for fault in faults(window, size)]
    assert not wrong, "\n".join(wrong)
    station.start()
    page.get_by_role("alert").get_by_text("is not answering").wait_for(state="detached")
    page.locator(".on-disk.waiting").wait_for(state="hidden")


def test_all_of_it_is_on_the_screen_a_countdown_is_cancelled_and_a_stop_asks(
    station: StationProcess,
) -> None:
    with open_window(station.page, may_move=True) as window:
        page = window.page
        page.evaluate(f"({FAKE_MICROPHONES})({MICROPHONES!r})")
        go_to_camera(window)
        window.press("Next")
        window.wait_for_heading("Before we start")
        page.get_by_label("Well enough").check()
        page.get_by_label("Count down before it records").check()
        window.press("Start recording")
        page.get_by_role("dialog", name="The recording begins in").wait_for()
        page.get_by_role("status").get_by_text("Three").wait_for()
        page.get_by_role("status").get_by_text("Two").wait_for()
        page.keyboard.press("Escape")
        page.locator("#live", has_text="Cancelled.").wait_for(state="attached")
        window.wait_on_page_clock(1_500)
        assert page.evaluate("seen.started.length") == 0
        window.press("Start recording")
        page.get_by_role("status").get_by_text("One").wait_for()
        window.wait_for_state("Recording")
        wrong = []
        for _ in ("en", "ar", "de"):
            window.press_below("Next")
            for size in SIZES.values():
                wrong += faults(window, size)
        assert not wrong, "\n".join(wrong)
        letters_fit_though_the_browser_makes_no_pictures(window)
        press = page.keyboard.press
        note_and_trouble_fit(window, station)
        press("x")
        dialog = window.page.get_by_role("dialog", name="Stop the interview?")
        dialog.wait_for()
        assert window.page.evaluate("document.activeElement.textContent") == "No, go on"
        press("x")  # struck twice
        press("Escape")
        assert not dialog.is_visible()
        window.wait_for_state("Recording")
        window.press_below("Pause")
        window.wait_for_state("Paused")
        wrong = [fault for size in SIZES.values() for fault in faults(window, size)]
        assert not wrong, "\n".join(wrong)
        press("x")
        page.evaluate(
            "() => { window.said = []; new MutationObserver(() => said.push(live.textContent))"
            ".observe(live, { childList: true }); }"
        )
        window.press("Yes, stop")
        window.wait_for_heading("The recording has stopped")
        assert "“Go on”" not in page.evaluate("said.join()"), "its button has another name there"
        # The browser writes of every request that nobody answered.
        assert [one for one in window.complaints if not one.startswith("console: Failed")] == []
