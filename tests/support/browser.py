"""Chromium for tests, and Playwright, started once for each test process.

Debian builds Chromium as a browser and as a headless shell: the same engine without windows of its
own, which costs a third of the processor time a page. The shell is used where there is one.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@functools.cache
def playwright() -> Playwright:
    """The one that runs, until the process ends: its synchronous face cannot be started twice."""
    from playwright.sync_api import sync_playwright

    running = sync_playwright().start()
    atexit.register(running.stop)
    return running


def installed_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


NO_SPARE = "--renderer-process-limit=1"
"""Chromium makes a process ready for the next page of each context, and here each page has a
context of its own: above the limit none is made. No two contexts, or sites, share one for it."""


def launch_chromium(*arguments: str) -> Browser:
    """A browser of its own. Without Chromium the test is skipped, except where CI=true."""
    chromium = installed_chromium()
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing, and CI=true needs the browser tests.")
        pytest.skip("Chromium is not installed, so pages were not looked at in a browser.")
    given = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", NO_SPARE, *arguments]
    return playwright().chromium.launch(executable_path=chromium, args=given)
