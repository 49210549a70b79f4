"""A page in Chromium that must ask no other host and complain of nothing, and what axe says.

A page with a fault is photographed into `build/screenshots/`; `make screenshots` photographs every
page that is looked at here, for people to look at too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tests.support.command_line import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., Any]
"""Opens an address below `base`, with options of a browser context; gives its page."""
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that a change of colours can break."""
WIDTHS = (1280, 320)
SCREENSHOTS = ROOT / "build" / "screenshots"
PHOTOGRAPHED = bool(os.environ.get("CARER_STORIES_SCREENSHOTS"))
"""Every page, whether or not it has a fault: that takes as long as axe itself."""


_DRAWN = """(root, wanted) => {
  const drawn = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    [...text.data].forEach((letter, at) => {
      const range = document.createRange();
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      const { left, top, bottom } = range.getBoundingClientRect();
      if (!/[\\u2066-\\u2069]/.test(letter)) drawn.push([letter, left, (top + bottom) / 2]);
    });
  }
  const at = drawn.map(([letter]) => letter).join("").indexOf(wanted);
  if (at < 0) return "";
  const own = drawn.slice(at, at + wanted.length);
  own.sort(([, left, line], [, other, below]) =>
    (Math.abs(line - below) > 4 ? line - below : left - other));
  return own.map(([letter]) => letter).join("");
}"""


def drawn(page: Page, selector: str, text: str) -> str:
    """Return the letters of a text within an element as they stand on the screen, from the left."""
    order: str = page.locator(selector).first.evaluate(_DRAWN, text)
    return order


@contextmanager
def watched_page(
    browser: Browser, base: str, width: int = 1280, *, but: str = "", **context: Any
) -> Iterator[Page]:
    """A fresh page. Afterwards: no console message, no error, no request but below `base`.

    `but` begins the one message that a browser may write, where it cannot do otherwise.
    """
    complaints: list[str] = []
    opened = browser.new_context(**{"viewport": {"width": width, "height": 800}, **context})
    page = opened.new_page()
    page.on(
        "console",
        lambda message: (
            None
            if but and message.text.startswith(but)
            else complaints.append(f"{page.url}: console: {message.text}")
        ),
    )
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: error: {error}"))
    page.on("request", lambda request: complaints.extend(_foreign(request.url, base)))
    try:
        yield page
    finally:
        opened.close()
    assert not complaints, "; ".join(complaints)


def _foreign(url: str, base: str) -> list[str]:
    return [] if url.startswith((base, "data:", "blob:")) else [f"foreign request: {url}"]


def faults(page: Page, state: str = "", *, rules: Sequence[str] = RULES) -> list[str]:
    """Return what axe finds, by WCAG 2.0 to 2.2 and as best practice, and if it scrolls sideways.

    `state` names what was done with the page before, for its photograph.
    """
    return _page_faults(page, {"type": "tag", "values": [*rules]}, state)


def faults_in_all_forms(page: Page, state: str = "") -> list[str]:
    """Return the faults on a desk and on a phone, light and dark, from one load of the page.

    Nothing but colours differs in the dark, so only what has to do with them is looked for there.
    Afterwards the page is as wide and as light as it was.
    """
    before = page.viewport_size
    all_faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        _turn(page, "light")
        all_faults += [f"{width}, light: {fault}" for fault in faults(page, state)]
        _turn(page, "dark")
        dark = _page_faults(page, {"type": "rule", "values": COLOURS}, state)
        all_faults += [f"{width}, dark: {fault}" for fault in dark]
    if before is not None:
        page.set_viewport_size(before)
    page.emulate_media(color_scheme="light")
    return all_faults


def _turn(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    # Colours that glide; a caret that blinks has no end.
    page.evaluate(
        """document.getAnimations()
          .filter(running => Number.isFinite(running.effect.getComputedTiming().endTime))
          .forEach(running => running.finish())"""
    )


def _page_faults(page: Page, of: dict[str, object], state: str) -> list[str]:
    faults = [*_violations(page, of), *_too_wide(page)]
    if faults or PHOTOGRAPHED:
        photograph(page, state)
    return faults


def _violations(page: Page, state: dict[str, object]) -> list[str]:
    # The policy forbids a script element that is not a file of ours; evaluating is not one.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    # Telling all that is well as well takes axe three times as long.
    results = page.evaluate(
        """of => axe.run(document, {preload: false, resultTypes: ['violations'], runOnly: of})
          .then(all => all.violations)""",
        state,
    )
    return [
        f"{violation['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for violation in results
        for node in violation["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{wide} pixels too wide"] if wide > 0 else []


def photograph(page: Page, state: str = "") -> Path:
    """The whole page as it is seen now, named for what it is, how wide and in which colours."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    width = page.evaluate("innerWidth")
    at = page.evaluate("location.pathname")
    opened_as_file = page.evaluate("location.protocol === 'file:'")
    name = "-".join(Path(at).parts[-2:]) if opened_as_file else at
    plain = re.sub(r"[^a-z0-9]+", "-", f"{name} {state}".lower().replace("%20", "-")).strip("-")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{plain}-{width}-{'dark' if dark else 'light'}.jpg"
    page.screenshot(path=path, full_page=True, type="jpeg", quality=72)
    return path


class Stop(NamedTuple):
    """An element that the Tab key comes to."""

    name: str
    ring: bool
    """A focus can be seen."""
    clear: bool
    """True if it is within the window and no other element lies over it."""


_STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const shown = e.matches('input[type=radio], input[type=checkbox]') ? e.closest('label') || e : e;
  const look = getComputedStyle(e), box = e.getBoundingClientRect();
  const around = e.closest('.card');
  const film = e.tagName === 'VIDEO' || e.tagName === 'AUDIO';
  const x = box.x + Math.min(box.width, 40) / 2, y = box.y + Math.min(box.height, 60) / 2;
  const top = document.elementFromPoint(x, y);
  return {
    number: Number(e.dataset.tabStop || -1),
    name: (e.tagName + ' ' + (e.innerText || e.getAttribute('aria-label') || e.id || '')).trim()
      .replace(/\\s+/g, ' ').slice(0, 60),
    ring: film || look.outlineStyle !== 'none'
      || (around !== null && getComputedStyle(around).outlineStyle !== 'none'),
    clear: film || (!!top && (e.contains(top) || top.contains(e) || shown.contains(top))),
  };
}"""
_NUMBER_CONTROLS = """() => {
  const all = 'a[href], button, input, select, textarea, summary, video[controls], [tabindex="0"]';
  let number = 0;
  for (const e of document.querySelectorAll(all)) {
    if (e.disabled || e.tabIndex < 0 || !e.checkVisibility({visibilityProperty: true})) continue;
    e.dataset.tabStop = number++;
  }
  return Array.from(document.querySelectorAll('[data-tab-stop]')).map(e =>
    e.type === 'radio' ? 'radio ' + e.name
      : e.tagName + ' ' + (e.innerText || e.id || e.getAttribute('aria-label') || '').trim());
}"""


_GONE = """() => Array.from(document.querySelectorAll('button[data-tab-stop]'))
  .filter(e => !e.checkVisibility({visibilityProperty: true}))
  .map(e => Number(e.dataset.tabStop))"""


def by_tab_alone(page: Page, most: int = 250) -> tuple[list[Stop], list[str]]:
    """Press Tab from the top until the focus leaves the page.

    Returns every stop, and the names of the controls that are shown and were never reached. One
    radio button of a group is enough: the arrow keys reach the others. So is a button that took the
    place of one of its name meanwhile. Fails the test where the focus never leaves; where it is
    caught among a few controls, the others were never reached.
    """
    controls = page.evaluate(_NUMBER_CONTROLS)
    stops: list[Stop] = []
    tabbed: set[int] = set()
    last = -1
    for _ in range(most):
        page.keyboard.press("Tab")
        at = page.evaluate(_STOP)
        if at is None:
            break
        number = at.pop("number")
        if number in tabbed and number != last:
            break  # round once: the window itself has no other place for the focus
        tabbed.add(number)
        last = number  # a film holds it for as many presses as its own controls are
        stops.append(Stop(**at))
    else:
        raise AssertionError(f"the focus never left the page: {[stop.name for stop in stops[-6:]]}")
    radios = {controls[number] for number in tabbed if number >= 0}
    replaced = set(page.evaluate(_GONE)) - tabbed
    by_their_name = {number for number in replaced if controls[number] in {s.name for s in stops}}
    unreached = [
        name
        for number, name in enumerate(controls)
        if number not in tabbed | by_their_name
        and not (name.startswith("radio ") and name in radios)
    ]
    return stops, unreached
