"""Kill the desk, or its browser, at a random moment while somebody types: what is lost?

In a round without a browser a page types as fast as it is answered. The file must be readable at
once, and hold all that was answered; the page goes on with the next server, and loses nothing. In
a round with a real browser, which is killed, what the page had not sent yet is lost with it.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import signal
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException

from library.core.workspace import StoryFolder
from stewardship.desk.text_changes import TextChange, Utf16Text
from tests.support.browser import launch_chromium
from tests.support.live_station import StationAnswer, StationClient, StationProcess
from tests.support.station_page import browser_process

_TYPING_S = 0.5
"""Seconds within which the desk is killed."""


@dataclass
class TypingPage:
    """A page that types word after word at the beginning of a story's text."""

    client: StationClient
    folder: StoryFolder
    version: int = 0
    text: str = ""

    def open(self) -> None:
        document = self.client.get(self._path()).data["document"]
        self.version, self.text = document["version"], document["text"]

    def type(self) -> None:
        """Type a word; it is part of the text once that was answered."""
        answer = self.send()
        assert answer.status == 200, answer
        self.version, self.text = answer.data["version"], self.next_text

    def send(self) -> StationAnswer:
        changes = [{"edits": [[0, 0, self._word]]}]
        key = f"key-of-{self.version}"
        return self.client.post(self._path("/changes"), base=self.version, changes=changes, key=key)

    @property
    def next_text(self) -> str:
        """The text with the word that is being typed."""
        return self._word + self.text

    @property
    def _word(self) -> str:
        return f"word-{self.version} "

    def _path(self, call: str = "") -> str:
        return f"/api/stories/{self.folder.root.name}{call}"


def killed_while_typing(process: StationProcess, page: TypingPage, chance: random.Random) -> int:
    """Kill the desk while the page types, and start it again; return how many words were typed."""
    before = page.version
    killer = threading.Timer(chance.uniform(0, _TYPING_S), process.kill)
    killer.start()
    # No answer, or half of one.
    with contextlib.suppress(OSError, HTTPException, ValueError):
        while True:
            page.type()
    killer.join()
    in_file = page.folder.editors_copy.read_text(encoding="utf-8")
    assert in_file in (page.text, page.next_text)
    process.start()
    assert page.folder.editors_copy.read_text(encoding="utf-8").endswith(page.text)
    # The same request again: it may have arrived, and is counted once.
    page.type()
    document = page.client.get(f"/api/stories/{page.folder.root.name}").data["document"]
    assert (document["version"], document["text"]) == (page.version, page.text)
    text = Utf16Text(document["start_text"])
    for change in document["changes"]:
        text.change(TextChange(tuple(map(tuple, change["edits"]))))
    assert str(text) == page.text
    assert page.folder.editors_copy.read_text(encoding="utf-8") == page.text
    return page.version - before


def browser_killed_while_typing(
    process: StationProcess, folder: StoryFolder, chance: random.Random
) -> float:
    """Type in a real browser, kill it, and return the seconds of typing that are lost."""
    mark = f"--window-of-a-test={secrets.token_hex(8)}"
    round_name = secrets.token_hex(3)
    browser = launch_chromium(mark)
    page = browser.new_context().new_page()
    story = folder.root.name
    page.goto(f"http://127.0.0.1:{process.page.port}/#{process.page.token}/{story}")
    page.locator("[data-analysed]").wait_for()
    # While the window of the round before still counts as writing, nothing can be typed here.
    take_over = page.get_by_role("button", name="Correct it here instead")
    while page.locator(".cm-content[aria-readonly]").count():
        if take_over.is_visible():
            take_over.click()
        page.wait_for_timeout(50)
    page.locator(".cm-content").click()
    # Looked for now: that takes as long as somebody needs for several words.
    victim = browser_process(mark)
    typed: list[float] = []
    end = time.monotonic() + chance.uniform(0.3, 3)
    while time.monotonic() < end:
        page.keyboard.insert_text(f"{round_name}-{len(typed)} ")
        typed.append(time.monotonic())
        time.sleep(chance.uniform(0.02, 0.2))
    killed = time.monotonic()
    victim.send_signal(signal.SIGKILL)
    victim.wait(timeout=30)
    with contextlib.suppress(Exception):
        browser.close()
    # What was on its way to the server may still be written.
    time.sleep(0.5)
    text = folder.editors_copy.read_text(encoding="utf-8")
    lost = [at for number, at in enumerate(typed) if f"{round_name}-{number} " not in text]
    return killed - lost[0] if lost else 0.0
