"""A page in Chromium that must ask no other host and complain of nothing, and what axe says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@contextmanager
def seen(browser: Browser, base: str, width: int = 1280, **context: Any) -> Iterator[Page]:
    """A fresh page. Afterwards: no console message, no error, no request but below `base`."""
    complaints: list[str] = []
    opened = browser.new_context(viewport={"width": width, "height": 800}, **context)
    page = opened.new_page()
    page.on("console", lambda message: complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda request: complaints.extend(_foreign(request.url, base)))
    try:
        yield page
    finally:
        opened.close()
    assert not complaints, "; ".join(complaints)


def _foreign(url: str, base: str) -> list[str]:
    return [] if url.startswith((base, "data:", "blob:")) else [f"foreign request: {url}"]


def faults(page: Page) -> list[str]:
    """What axe finds by WCAG 2.0 to 2.2, A and AA, and whether the page scrolls sideways."""
    # The policy forbids a script element that is not a file of ours; evaluating is not one.
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    found = page.evaluate(
        "rules => axe.run(document, {preload: false, runOnly: {type: 'tag', values: rules}})", RULES
    )
    said = [
        f"{violation['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*said, f"{wide} pixels too wide"] if wide > 0 else said
