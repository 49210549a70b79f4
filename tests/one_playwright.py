"""Playwright, started once for each test process: its synchronous face cannot be started twice."""

from __future__ import annotations

import atexit
import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


@functools.cache
def playwright() -> Playwright:
    """The one that runs, until the process ends."""
    from playwright.sync_api import sync_playwright

    running = sync_playwright().start()
    atexit.register(running.stop)
    return running
