"""The film of a story's page as tests drive it: go to a time, wait for a state, read its captions.

Conditions are JavaScript on `media`, the page's film. They are passed as functions, since the
page's content security policy forbids evaluating strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_CAPTIONS = """Array.from(document.querySelector('[data-media]').textTracks)
    .filter(track => track.mode !== 'disabled')
    .flatMap(track => Array.from(track.activeCues || []).map(cue => cue.text))
    .join('|')"""

OFTEN = 50
"""Milliseconds between two looks at a condition. By default it is looked at with every frame, for
which a page that does nothing is drawn sixty times a second."""


def until(page: Page, condition: str) -> None:
    """Wait for a condition on `media`."""
    page.wait_for_function(
        f"() => {{ const media = document.querySelector('[data-media]'); return {condition}; }}",
        polling=OFTEN,
    )


def load_film(page: Page) -> None:
    """Load the first bytes of the film, of which a page by itself loads nothing, and no more."""
    page.evaluate("document.querySelector('[data-media]').preload = 'metadata'")
    until(page, "media.readyState >= 1 && !media.seeking")


def until_drawn(page: Page) -> None:
    """Wait for what a page does by itself after a change: events that are due, and three frames."""
    page.evaluate(
        """async () => {
          for (let n = 0; n < 3; n += 1) {
            await new Promise(requestAnimationFrame);
            await new Promise(done => setTimeout(done));
          }
        }"""
    )


def time_of(page: Page) -> float:
    """Return where the film stands, in seconds."""
    return float(page.evaluate("document.querySelector('[data-media]').currentTime"))


def is_paused(page: Page) -> bool:
    return bool(page.evaluate("document.querySelector('[data-media]').paused"))


def go_to(page: Page, seconds: float) -> None:
    page.evaluate("t => { document.querySelector('[data-media]').currentTime = t }", seconds)
    until(page, "!media.seeking")


def captions_shown(page: Page) -> str:
    """Return the captions that are shown now, by any track."""
    return str(page.evaluate(f"() => {_CAPTIONS}"))


def wait_for_caption(page: Page, words: str) -> None:
    """Wait until a caption with these words is shown; with none, until no caption is."""
    condition = "includes(words)" if words else "length === 0"
    page.wait_for_function(f"words => ({_CAPTIONS}).{condition}", arg=words, polling=OFTEN)
