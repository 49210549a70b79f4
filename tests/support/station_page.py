"""The station's page in a real Chromium, whose camera and microphone are files."""

from __future__ import annotations

import contextlib
import functools
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from library.local_page.guard import HOST
from library.local_page.proof import fallback_ports as ways_back_of
from tests.support import sample_media
from tests.support.browser import launch_chromium
from tests.support.live_station import StationClient, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RATE = 48_000
CHIRP = (400.0, 50.0)
"""Hertz at the start of `rising_tone`, and how many more there are after each second."""

# Remembers streams and when they began; nothing is changed of what the page does.
_LOOKING_ON = """
window.seen = {streams: [], opened: [], started: [], recorders: [], presses: []};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  seen.streams.push(stream);
  seen.opened.push(performance.now());
  return stream;
};
const start = MediaRecorder.prototype.start;
MediaRecorder.prototype.start = function (slice) {
  if (slice) {
    seen.recorders.push(this);
    this.addEventListener("start", () => seen.started.push(performance.now()));
  }
  return start.call(this, slice);
};
"""

# Resolves once it is so many ms since the last of what was remembered under a name. Asked from
# outside again and again, a page would be kept busy by the asking.
_PASSED = """async ([name, ms]) => {
  const over = performance.now() + 120_000;
  for (;;) {
    const left = ms - (performance.now() - seen[name].at(-1));
    if (left <= 0) return;
    if (performance.now() > over) throw new Error("it never happened");
    await new Promise((done) => { setTimeout(done, Number.isNaN(left) ? 20 : Math.ceil(left)); });
  }
}"""


# Reads every page of the form there and back, ticks what is to be ticked, and tells of each page
# what is not seen of it without scrolling.
WALK_FORM = """() => {
  const named = (name) => [...document.querySelectorAll("main .actions button")]
    .find((one) => one.textContent === name);
  const isSeen = (one) => {
    const { top, bottom, left, right } = one.getBoundingClientRect();
    return top >= 0 && left >= 0 && bottom <= innerHeight + 1 && right <= innerWidth + 1;
  };
  const over = (one) => one.scrollHeight - one.clientHeight;
  const buttons = () => [...document.querySelectorAll("main button, .mind button")];
  const boxes = ".form-words input:not([value=fingerprint], [value=voice])";
  const amiss = [];
  let pages = 0;
  for (;;) {
    const panel = document.querySelector(".panel");
    const hidden = buttons().filter((one) => !isSeen(one)).map((one) => one.textContent);
    if (over(panel) > 1 || over(document.scrollingElement) > 1 || hidden.length) {
      amiss.push([over(panel), hidden, panel.innerText.slice(0, 60)]);
    }
    for (const box of document.querySelectorAll(boxes)) {
      if (box.checkVisibility() && !box.checked) box.click();
    }
    pages += 1;
    if (!named("Next page")) break;
    named("Next page").click();
  }
  for (let n = 1; n < pages; n += 1) named("Back").click();
  return { amiss, pages, first: document.querySelector(".panel").innerText };
}"""


# Gives a page voices of this computer, one for each language; `read` is what they say.
WITH_VOICES = """(languages) => {
  speechSynthesis.getVoices = () => [{ lang: "en-GB", localService: false, name: "elsewhere" },
    ...languages.map((lang) => ({ lang, localService: true, name: `here ${lang}` }))];
  window.read = [];
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
  speechSynthesis.speak = (one) => {
    read.push([one.voice.name, one.text]);
    setTimeout(() => one.onend(), 0);
  };
}"""


@functools.cache
def camera() -> Path:
    """Return small moving pictures for `--use-file-for-fake-video-capture`, shown in a loop.

    Five a second: each costs encoding and painting. Of MJPEG, which names no rate, Chromium would
    take thirty.
    """
    picture = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=5:d=4")
    coding = ("-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe")
    return sample_media.made_once(
        "camera.y4m", lambda to: sample_media.ffmpeg(*picture, *coding, to)
    )


@functools.cache
def rising_tone() -> Path:
    """Return a minute of sound in which the pitch tells the time."""
    low, rise = CHIRP
    tone = f"aevalsrc=0.4*sin(2*PI*({low}*t+{rise / 2}*t*t)):s={RATE}:d=60"
    sound = ("-f", "lavfi", "-i", tone, "-c:a", "pcm_s16le")
    return sample_media.made_once("rising.wav", lambda to: sample_media.ffmpeg(*sound, to))


@functools.cache
def demo_speech(slug: str, seconds: float, *, silence: float) -> Path:
    """Return the first seconds of a demonstration interview, after seconds of `silence`."""
    from library.workspace_template import template

    (source,) = [
        path for path in template().demo.glob(f"{slug}.*") if path.suffix in (".mp4", ".m4a")
    ]
    to = sample_media._samples_folder() / f"{slug}-{seconds}.wav"
    delayed = f"adelay={round(silence * 1000)}:all=1,apad=whole_dur={silence + seconds + 3}"
    sample_media.ffmpeg(
        *("-t", str(seconds), "-i", source, "-vn", "-ac", "1", "-ar", str(RATE)),
        *("-af", delayed, "-c:a", "pcm_s16le", to),
    )
    return to


@dataclass
class Window:
    """A window on the station. `mark` is an argument of its browser alone, to kill it by."""

    page: Page
    browser: Browser
    mark: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def press_below(self, name: str) -> None:
        """Press one of the five buttons at the bottom of the interview; say yes to a stop."""
        self.page.locator(".ways button", has_text=name).click()
        if self.page.locator("dialog.stop-dialog[open]").count():
            self.press("Yes, stop")

    def wait_for_heading(self, name: str, *, seconds: int = 30) -> None:
        """Wait until the page shows the heading."""
        self.page.get_by_role("heading", level=1, name=name).wait_for(timeout=1000 * seconds)

    def wait_for_state(self, words: str) -> None:
        self.page.locator("#state", has_text=words).wait_for()

    def wait_until_recorded(self, ms: int) -> None:
        """Wait until the recorder's clock is at `ms`."""
        self.page.evaluate(_PASSED, ["started", ms])

    def wait_until_heard(self, ms: float) -> None:
        """Wait until the microphone has been open for `ms`."""
        self.page.evaluate(_PASSED, ["opened", ms])

    def wait_on_page_clock(self, ms: int) -> None:
        """Wait until the page's own clock is `ms` further, for what must not happen meanwhile."""
        self.page.evaluate("(ms) => new Promise((done) => { setTimeout(done, ms); })", ms)

    def clock(self) -> float:
        """Return milliseconds since the take began; of a take without pauses."""
        return float(self.page.evaluate("performance.now() - seen.started.at(-1)"))

    def began(self) -> float:
        """Return when the take began, in milliseconds since 1970: the clock of this computer."""
        return float(self.page.evaluate("performance.timeOrigin + seen.started.at(-1)"))

    def kill(self) -> float:
        """Kill the browser as a crash does: no page is asked anything.

        Return when it had been done, in milliseconds since 1970.
        """
        browser = browser_process(self.mark)
        processes = [browser, *browser.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended with the browser
                process.send_signal(signal.SIGKILL)
        killed = time.time() * 1000
        _, alive = psutil.wait_procs(processes, timeout=30)
        assert not alive
        return killed


SHELLS = ("sh", "dash", "bash")


def browser_process(mark: str) -> psutil.Process:
    """Return the browser that was started with the argument `mark`: of its processes the first.

    The script that Debian starts it with has the same arguments, waits, and is no browser.
    """
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        is_script = Path(line[0]).name in SHELLS if line else False
        if mark in line and not is_script and not any(part.startswith("--type=") for part in line):
            return process
    raise LookupError("This browser does not run.")


def _started_browser(microphone: Path) -> tuple[Browser, str]:
    """Start a browser that hears a file; return its mark as well."""
    mark = f"--window-of-a-test={secrets.token_hex(8)}"
    browser = launch_chromium(
        *("--mute-audio", mark),
        *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
        f"--use-file-for-fake-video-capture={camera()}",
        f"--use-file-for-fake-audio-capture={microphone}",
    )
    return browser, mark


_shared: list[tuple[Browser, str]] = []


def _shared_browser() -> tuple[Browser, str]:
    """Return the browser of all windows that need none of their own; started anew if it crashed."""
    if not _shared or not _shared[-1][0].is_connected():
        _shared.append(_started_browser(rising_tone()))
    return _shared[-1]


@contextmanager
def open_window(
    client: StationClient,
    *,
    microphone: Path | None = None,
    width: int = 1280,
    may_move: bool = False,
    may_die: bool = False,
    **context: Any,
) -> Iterator[Window]:
    """Open the station's page, as `capture station` does. Nothing outside it may be asked.

    With `may_move` the station may come back on one of its ways back, and be asked there. With
    `may_die` its browser may be killed or stand still: it is one of its own then, as it is with a
    `microphone`. All others share one, as windows do.
    """
    if microphone or may_die:
        browser, mark = _started_browser(microphone or rising_tone())
    else:
        browser, mark = _shared_browser()
    base = f"http://127.0.0.1:{client.port}/"
    opened = browser.new_context(viewport={"width": width, "height": 800}, **context)
    opened.add_init_script(_LOOKING_ON)
    page = opened.new_page()
    opened_window = Window(page, browser, mark)
    page.on("pageerror", lambda error: opened_window.complaints.append(f"error: {error}"))
    page.on("console", lambda message: opened_window.complaints.append(f"console: {message.text}"))
    page.on(
        "request", lambda request: opened_window.requests.append(f"{request.method} {request.url}")
    )
    page.goto(f"{base}#{client.token}")
    try:
        yield opened_window
    finally:
        with contextlib.suppress(Exception):  # it may have been killed
            (browser if microphone or may_die else opened).close()
    # Where the station may be found again after a kill, it is said hello to and no more.
    path = "api/" if may_move else "api/hello"
    allowed = [
        base,
        " blob:",
        *(f"http://{HOST}:{port}/{path}" for port in ways_back_of(client.token)),
    ]
    foreign = [line for line in opened_window.requests if not any(part in line for part in allowed)]
    assert not foreign, foreign


def go_to_camera(window: Window, *, record: str = "Picture and voice") -> None:
    """Go from the first page to the devices, with a story whose agreement is on record."""
    window.press("Begin a new recording")
    window.wait_for_heading("The story")
    window.page.get_by_label("A story that is prepared already").check()
    window.press("Next")
    window.wait_for_heading("The agreement is on record")
    window.page.get_by_label(record, exact=False).first.check()
    window.page.get_by_label("They still want to be recorded today.").check()
    window.press("Next")
    window.wait_for_heading("Camera and sound")
    window.page.get_by_role("button", name="Next", disabled=False).wait_for()


def read_form(window: Window, *, record: str = "Picture and voice") -> None:
    """Go through the pages of the form, and tick all that has to be ticked; on to what follows."""
    required = ".form-words input[type=checkbox]:not([value=fingerprint]):visible"
    while True:
        for box in window.page.locator(required).all():
            box.check()
        choice = window.page.locator(".form-words").get_by_label(record, exact=False)
        if choice.is_visible():
            choice.check()
        if not window.page.get_by_role("button", name="Next page", exact=True).count():
            window.press("Next")
            return
        window.press("Next page")


def answer(window: Window, question: str, choice: str) -> None:
    """Choose an answer of a question, on whatever page of the step it is."""
    group = window.page.get_by_role("group", name=question, exact=False)
    while not group.is_visible():
        window.press("Next page")
    group.get_by_label(choice, exact=True).check()


CONTACT = "How can they be reached, to be shown the film?"
INDEPENDENT = "Is that person outside the care of the relative the story is about?"
NO_CONTACT = "No contact is wanted"


def agree_in_full(
    window: Window, *, record: str = "Picture and voice", contact: str = NO_CONTACT
) -> None:
    """Go through the whole agreement of a new story until it is recorded."""
    page = window.page
    read_form(window, record=record)
    window.wait_for_heading("How to reach them")
    answer(window, CONTACT, contact)
    to_last_page(window)
    window.press("Next")
    window.wait_for_heading("For you, who took this agreement")
    answer(window, INDEPENDENT, "Yes")
    capacity = page.get_by_label("I thought about whether they can decide")
    while not capacity.is_visible():
        window.press("Next page")
    capacity.check()
    to_last_page(window)
    window.press("Next")
    window.wait_for_heading("Is this right?")
    to_last_page(window)
    window.press("They agree: record it")
    window.wait_for_heading("Camera and sound")


def to_last_page(window: Window) -> None:
    """Turn to the last page of a step."""
    while window.page.get_by_role("button", name="Next page", exact=True).count():
        window.press("Next page")


def start_recording(window: Window, **options: str) -> None:
    """Go from the first page until it records."""
    go_to_camera(window, **options)
    record_from_camera(window)


def record_from_camera(window: Window) -> None:
    """Go from the devices until it records."""
    window.press("Next")
    window.wait_for_heading("Before we start")
    window.page.get_by_label("Well enough").check()
    window.press("Start recording")
    window.wait_for_state("Recording")


def keep_recording(window: Window) -> None:
    """Press “Keep it”, twice as it must be, and wait until it is kept."""
    window.press("Keep it")
    window.press("Yes, keep it")
    window.page.get_by_text("The recording is kept").wait_for(timeout=120_000)


def only_session(client: StationClient) -> dict[str, Any]:
    """Return the only unfinished session, as the server describes it."""
    (session,) = client.get("/api/sessions").data
    return dict(session)


def settled_session(client: StationClient, state: str) -> dict[str, Any]:
    """Return the only session, once the server has heard that it is in that state."""
    sessions = until(lambda: [s for s in client.get("/api/sessions").data if s["state"] == state])
    return dict(sessions[0])
