"""Measure the desk in Chromium with a transcript of three hours: 30,000 words.

Opening and memory are of the page; a key is timed by the browser itself, from the press to the next
picture (Event Timing); the highlight is compared with the sound’s own clock at the moment it moves.
"""

from __future__ import annotations

import random
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.measure import BenchRow, Timing
from stewardship.desk.desk_page import RunningDesk, running_desk
from tests.support.browser import launch_chromium
from tests.support.known_interview import transcript_of
from tests.support.transcribed_story import transcribed_story
from tests.support.workspaces import make_workspace
from transcribe.words import Transcript, Word

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WORDS = 30_000
APART = 360
"""Milliseconds from word to word: 30,000 of them are three hours."""
OPENED = 5
KEYS = 120
SEEKS = 20
HIGHLIGHTED = 8
"""Seconds of playing in which the highlight is watched."""
_VOCABULARY = (
    "the",
    "of",
    "and",
    "to",
    "that",
    "he",
    "was",
    "his",
    "with",
    "had",
    "not",
    "but",
    "they",
)
_WATCH_KEYS = """
window.keyTimes = [];
new PerformanceObserver((list) => {
  const keys = list.getEntries().filter(({name}) => name === 'keydown');
  keyTimes.push(...keys.map(({duration}) => duration));
}).observe({type: 'event', durationThreshold: 16, buffered: true});
"""
_WATCH_HIGHLIGHT = """async (seconds) => {
  const media = document.querySelector('video');
  const late = [];
  const content = document.querySelector('.cm-content');
  let before = '';
  const look = () => {
    const said = content.querySelector('.desk-said');
    const place = said ? said.getBoundingClientRect().x + ',' + said.textContent : '';
    if (place && place !== before) late.push((media.currentTime * 1000) % APART);
    before = place;
  };
  const observer = new MutationObserver(look);
  observer.observe(content, {subtree: true, childList: true, attributes: true});
  media.muted = true;
  await media.play();
  await new Promise((done) => setTimeout(done, seconds * 1000));
  media.pause();
  observer.disconnect();
  return late.slice(1);
}""".replace("APART", str(APART))
_SEEK = """async (at) => {
  const media = document.querySelector('video');
  media.muted = true;
  const began = performance.now();
  media.currentTime = at;
  await new Promise((done) => media.addEventListener('seeked', done, {once: true}));
  await media.play();
  const from = media.currentTime;
  while (media.currentTime <= from) await new Promise((done) => setTimeout(done, 1));
  media.pause();
  return performance.now() - began;
}"""


def run() -> list[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        workspace = make_workspace(Path(folder) / "library")
        story, _ = transcribed_story(workspace, _three_hours())
        _write_sound(story.speech)
        browser = launch_chromium("--enable-precise-memory-info")
        try:
            bare = _bare_field(browser, Path(folder))
            with running_desk(workspace) as desk:
                return _measured(browser, desk, story.root.name, bare)
        finally:
            browser.close()


def _three_hours() -> Transcript:
    draw = random.Random(7)
    return transcript_of(
        [
            Word(
                text=f"{draw.choice(_VOCABULARY)}{'.' if number % 12 == 11 else ''}",
                start=number * APART,
                end=number * APART + APART - 60,
            )
            for number in range(WORDS)
        ],
        WORDS * APART,
    )


def _write_sound(path: Path) -> None:
    """Write three hours of noise that is louder at the beginning of each word."""
    second = np.random.default_rng(7).normal(0, 2_000, 16_000).astype("<i2").tobytes()
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        for _ in range(WORDS * APART // 1000):
            sound.writeframes(second)


def _bare_field(browser: Browser, folder: Path) -> Timing:
    """Time keys in a bare <textarea> with as many words: what the browser itself takes."""
    page = folder / "bare.html"
    words = " ".join(random.Random(7).choices(_VOCABULARY, k=WORDS))
    page.write_text(f"<!doctype html><textarea rows=30 cols=80>{words}</textarea>")
    with _page(browser) as opened:
        opened.goto(page.as_uri())
        opened.locator("textarea").click()
        return _key_times(opened)


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.add_init_script(_WATCH_KEYS)
    yield page
    context.close()


def _measured(browser: Browser, desk: RunningDesk, story: str, bare: Timing) -> list[BenchRow]:
    opening = [_open(browser, desk, story)[0] for _ in range(OPENED)]
    with _page(browser) as page:
        _, ready = _go(page, desk, story)
        page.locator("[data-analysed]").wait_for(timeout=60_000)
        memory = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        late = page.evaluate(_WATCH_HIGHLIGHT, HIGHLIGHTED)
        places = random.Random(3).sample(range(60, WORDS * APART // 1000 - 60), SEEKS)
        seeks = [page.evaluate(_SEEK, place) / 1000 for place in places]
        page.locator(".cm-content").click(position={"x": 300, "y": 200})
        keys = _key_times(page)
    return [
        BenchRow(
            f"the page of {WORDS:,} words opened; its memory: {memory:.0f} MB",
            Timing.of([(s, 0) for s in opening]),
            goal_ms=1000,
        ),
        BenchRow("what is said of that text, from the first request", Timing.of([(ready, 0)])),
        BenchRow("a key to the picture in a bare field of the browser", bare),
        BenchRow(
            "a key to the picture in the text (19 of 20 times)",
            keys,
            goal_ms=50,
            compared_with=bare,
        ),
        BenchRow(
            f"the highlight behind the sound ({len(late)} words)",
            Timing.of([(ms / 1000, 0) for ms in late]),
            goal_ms=50,
        ),
        BenchRow(
            "from a place that was chosen to its sound",
            Timing.of([(s, 0) for s in seeks]),
            goal_ms=150,
        ),
    ]


def _open(browser: Browser, desk: RunningDesk, story: str) -> tuple[float, float]:
    with _page(browser) as page:
        return _go(page, desk, story)


def _go(page: Page, desk: RunningDesk, story: str) -> tuple[float, float]:
    """Return the seconds until the text is drawn, and until the first word can be played."""
    began = time.perf_counter()
    page.goto(desk.address.link_to(story))
    page.locator(".cm-content .cm-line").first.wait_for()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    drawn = time.perf_counter() - began
    page.locator("[data-analysed]").wait_for(timeout=60_000)
    return drawn, time.perf_counter() - began


def _key_times(page: Page) -> Timing:
    """Time KEYS presses; the median of the timing is the time that 19 of 20 stay below."""
    page.evaluate("keyTimes.length = 0")
    for letter in random.Random(5).choices("abcdefghij ", k=KEYS):
        page.keyboard.press("Space" if letter == " " else letter)
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    # What was drawn within 16 ms is not told by the browser.
    times = sorted([*page.evaluate("keyTimes"), *[16.0] * KEYS][:KEYS])
    return Timing(times[int(0.95 * KEYS)], times[KEYS // 10], 0)
