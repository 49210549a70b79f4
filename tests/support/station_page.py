"""The station's page in a real Chromium, whose camera and microphone are files."""

from __future__ import annotations

import contextlib
import functools
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.support import sample_media
from tests.support.browser import launch_chromium
from tests.support.live_station import Page as Asking
from tests.support.live_station import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RATE = 48_000
CHIRP = (400.0, 50.0)
"""Hertz at the start of `rising_tone`, and how many more there are after each second."""

# Remembers streams and when they began; nothing is changed of what the page does.
_LOOKING_ON = """
window.seen = {streams: [], opened: [], started: [], presses: []};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  seen.streams.push(stream);
  seen.opened.push(performance.now());
  return stream;
};
const start = MediaRecorder.prototype.start;
MediaRecorder.prototype.start = function (slice) {
  if (slice) this.addEventListener("start", () => seen.started.push(performance.now()));
  return start.call(this, slice);
};
"""


@functools.cache
def camera() -> Path:
    """Small moving pictures for `--use-file-for-fake-video-capture`; they come again and again."""
    to = sample_media._shelf() / "camera.mjpeg"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=20:d=4")
    sample_media.ffmpeg(*picture, "-c:v", "mjpeg", "-q:v", "8", "-f", "mjpeg", to)
    return to


@functools.cache
def rising_tone() -> Path:
    """A minute in which the pitch tells the time."""
    to = sample_media._shelf() / "rising.wav"
    low, rise = CHIRP
    tone = f"aevalsrc=0.4*sin(2*PI*({low}*t+{rise / 2}*t*t)):s={RATE}:d=60"
    sample_media.ffmpeg("-f", "lavfi", "-i", tone, "-c:a", "pcm_s16le", to)
    return to


@functools.cache
def demo_speech(slug: str, seconds: float, *, silence: float) -> Path:
    """The first seconds of a demonstration interview, as heard after seconds of `silence`."""
    from library.workspace_template import template

    (source,) = [
        path for path in template().demo.glob(f"{slug}.*") if path.suffix in (".mp4", ".m4a")
    ]
    to = sample_media._shelf() / f"{slug}-{seconds}.wav"
    delayed = f"adelay={round(silence * 1000)}:all=1,apad=whole_dur={silence + seconds + 3}"
    sample_media.ffmpeg(
        *("-t", str(seconds), "-i", source, "-vn", "-ac", "1", "-ar", str(RATE)),
        *("-af", delayed, "-c:a", "pcm_s16le", to),
    )
    return to


@dataclass
class Window:
    """One window on the station. `pid` is the browser's, for those who kill it."""

    page: Page
    browser: Browser
    mark: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def way(self, name: str) -> None:
        """One of the five buttons at the bottom of the interview."""
        self.page.locator(".ways button", has_text=name).click()

    def heading(self, name: str) -> None:
        """Waits until the page shows it."""
        self.page.get_by_role("heading", level=1, name=name).wait_for()

    def state(self, words: str) -> None:
        self.page.locator("#state", has_text=words).wait_for()

    def recorded_for(self, ms: int) -> None:
        """Waits until so much more is on the recorder's clock."""
        until(lambda: self.clock() >= ms)

    def clock(self) -> float:
        """Milliseconds since the take began; of a take without pauses."""
        return float(self.page.evaluate("performance.now() - seen.started.at(-1)"))

    def kill(self) -> None:
        """As a crash does: no page is asked anything."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if self.mark in line and not any(part.startswith("--type=") for part in line):
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=30)


@contextmanager
def window(
    asking: Asking, *, microphone: Path | None = None, width: int = 1280, **context: Any
) -> Iterator[Window]:
    """Open the station's page, as `capture station` does. Nothing outside it may be asked."""
    mark = f"--window-of-a-test={secrets.token_hex(8)}"
    arguments = [
        *("--mute-audio", mark),
        *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={camera()}",
        f"--use-file-for-fake-audio-capture={microphone or rising_tone()}",
    ]
    base = f"http://127.0.0.1:{asking.port}/"
    browser = launch_chromium(*arguments)
    opened = browser.new_context(viewport={"width": width, "height": 800}, **context)
    opened.add_init_script(_LOOKING_ON)
    page = opened.new_page()
    one = Window(page, browser, mark)
    page.on("pageerror", lambda error: one.complaints.append(f"error: {error}"))
    page.on("console", lambda said: one.complaints.append(f"console: {said.text}"))
    page.on("request", lambda asked: one.requests.append(f"{asked.method} {asked.url}"))
    page.goto(f"{base}#{asking.token}")
    try:
        yield one
    finally:
        with contextlib.suppress(Exception):  # it may have been killed
            browser.close()
    foreign = [one for one in one.requests if base not in one and " blob:" not in one]
    assert not foreign, foreign


def to_camera(one: Window, *, record: str = "Picture and voice") -> None:
    """From the first page to the devices, with a story whose agreement is on record."""
    one.press("Begin a new recording")
    one.heading("The story")
    one.page.get_by_label("A story that is prepared already").check()
    one.press("Next")
    one.heading("The agreement is on record")
    one.page.get_by_label(record, exact=False).first.check()
    one.page.get_by_label("They still want to be recorded today.").check()
    one.press("Next")
    one.heading("Camera and sound")
    one.page.get_by_role("button", name="Next", disabled=False).wait_for()


def to_recording(one: Window, **wishes: str) -> None:
    """From the first page until it records."""
    to_camera(one, **wishes)
    one.press("Next")
    one.heading("How are you today?")
    one.page.get_by_label("Well enough").check()
    one.press("Next")
    one.heading("Before we start")
    one.press("Start recording")
    one.state("Recording")


def kept(one: Window) -> None:
    """Press “Keep it”, twice as it must be, and wait until it is kept."""
    one.press("Keep it")
    one.press("Yes, keep it")
    one.page.get_by_text("The recording is kept").wait_for(timeout=120_000)


def the_session(asking: Asking) -> dict[str, Any]:
    """The one unfinished session, as the server tells it."""
    (session,) = asking.get("/api/sessions").data
    return dict(session)


def settled_session(asking: Asking, state: str) -> dict[str, Any]:
    """The one session, once the server has heard that it is in that state."""
    found = until(lambda: [s for s in asking.get("/api/sessions").data if s["state"] == state])
    return dict(found[0])
