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
from urllib.parse import urlsplit

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


_CLEARED = """() => {
  if (document.fullscreenElement) { return false; }
  localStorage.clear();
  sessionStorage.clear();
  window.name = '';
  return true;
}"""
_LASTS = {
    *("on", "once", "route", "route_from_har", "add_init_script", "add_locator_handler"),
    *("expose_binding", "expose_function", "emulate_media", "set_extra_http_headers"),
    *("set_default_timeout", "set_default_navigation_timeout", "set_offline"),
    *("set_geolocation", "grant_permissions", "clear_permissions"),
    *("install", "set_fixed_time", "set_system_time", "fast_forward", "pause_at", "resume"),
    "run_for",
}
"""Methods of a page, its context and its clock whose effect outlasts the page that is shown."""
_MOST_IDLE = 2
_idle: dict[tuple[Browser, str, str], list[Page]] = {}
"""Pages that nobody uses, by scheme and host of what they showed: another one’s would be loaded by
another process."""


class _LastingChanges:
    """Counts what is done to a page that whoever is lent it next would inherit."""

    def __init__(self, page: Page) -> None:
        self.count = 0
        for changed in (page, page.context, page.clock):
            for name in _LASTS:
                if hasattr(type(changed), name):
                    self._count(changed, name)

    def _count(self, changed: Any, name: str) -> None:
        change = getattr(type(changed), name)

        def counted(*values: Any, **more: Any) -> Any:
            self.count += 1
            return change(changed, *values, **more)

        setattr(changed, name, counted)


def _lent(browser: Browser, base: str, size: Any) -> Page | None:
    """Return a page that a test has left as it was: its renderer knows scripts and typefaces."""
    idle = _idle.get((browser, *urlsplit(base)[:2]))
    page = idle.pop() if idle else None
    if page is None or page.is_closed():
        return None
    if page.viewport_size != size:
        page.set_viewport_size(size)
    return page


def _put_back(browser: Browser, base: str, page: Page) -> bool:
    """Forget what was stored in a page that was left as it was; return whether it may be lent."""
    idle = _idle.setdefault((browser, *urlsplit(base)[:2]), [])
    if len(idle) >= _MOST_IDLE or page.is_closed() or len(page.context.pages) != 1:
        return False
    if page.context.cookies() or not page.evaluate(_CLEARED):
        return False
    page.goto("about:blank")
    idle.append(page)
    return True


@contextmanager
def watched_page(
    browser: Browser, base: str, width: int = 1280, *, but: str = "", **context: Any
) -> Iterator[Page]:
    """A fresh page. Afterwards: no console message, no error, no request but below `base`.

    Fresh is one that has nothing stored, listens to nobody and shows nothing: where no options of
    a context are wanted, it may have been another test's page. `but` begins the one message that a
    browser may write, where it cannot do otherwise.
    """
    complaints: list[str] = []
    size = context.pop("viewport", {"width": width, "height": 800})
    page = _lent(browser, base, size) if not context else None
    if page is None:
        page = browser.new_context(viewport=size, **context).new_page()
    lasting = _LastingChanges(page)
    listeners: dict[str, Callable[[Any], None]] = {
        "console": lambda message: (
            None
            if but and message.text.startswith(but)
            else complaints.append(f"{page.url}: console: {message.text}")
        ),
        "pageerror": lambda error: complaints.append(f"{page.url}: error: {error}"),
        "request": lambda request: complaints.extend(_foreign(request.url, base)),
    }
    heard: Any = page
    for event, listener in listeners.items():
        heard.on(event, listener)
    lasting.count = 0
    is_fit = False
    try:
        yield page
        is_fit = not context and not lasting.count and page.url.startswith(base)
    finally:
        for event, listener in listeners.items():
            heard.remove_listener(event, listener)
        if not (is_fit and _put_back(browser, base, page)):
            page.context.close()
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
