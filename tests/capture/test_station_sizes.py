"""The interview on every screen: all of it together, a stop that asks, a countdown by choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.interview_room import NOT_ON_SCREEN, SETTLED, SIZES, write_long_questions
from tests.support.live_station import StationProcess, station_process
from tests.support.station_page import Window, go_to_camera, open_window

if TYPE_CHECKING:
    from playwright.sync_api import Route

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


def test_all_of_it_is_on_the_screen_a_countdown_is_cancelled_and_a_stop_asks(
    station: StationProcess,
) -> None:
    with open_window(station.page) as window:
        page = window.page
        go_to_camera(window)
        window.press("Next")
        window.wait_for_heading("Before we start")
        page.get_by_label("Well enough").check()
        page.get_by_label("Count down before it records").check()
        window.press("Start recording")
        page.get_by_role("dialog", name="The recording begins in").wait_for()
        page.locator("#live", has_text="Three").wait_for(state="attached")
        page.locator("#live", has_text="Two").wait_for(state="attached")
        page.keyboard.press("Escape")
        page.locator("#live", has_text="Cancelled.").wait_for(state="attached")
        window.wait_on_page_clock(1_500)
        assert page.evaluate("seen.started.length") == 0
        window.press("Start recording")
        page.locator("#live", has_text="One").wait_for(state="attached")
        window.wait_for_state("Recording")
        wrong = []
        for _ in ("en", "ar", "de"):
            window.press_below("Next")
            for size in SIZES.values():
                wrong += faults(window, size)
        assert not wrong, "\n".join(wrong)
        # Seconds that wait to be saved stand in one line, over nothing else.
        held: list[Route] = []
        parts = re.compile("/chunks/")
        page.route(parts, lambda route: held.append(route))
        page.locator(".on-disk.waiting").wait_for()
        small = SIZES["1280x800 at 200 %"]
        wrong = [one for one in faults(window, small) if re.search(": (state|time|loudness) ", one)]
        assert not wrong, "\n".join(wrong)
        assert page.locator(".on-disk").evaluate("it => it.clientHeight") < 24
        for route in held:
            route.continue_()
        page.unroute(parts)
        page.locator(".on-disk.waiting").wait_for(state="hidden")
        press = page.keyboard.press
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
        window.press("Yes, stop")
        window.wait_for_heading("The recording has stopped")
        assert window.complaints == []
