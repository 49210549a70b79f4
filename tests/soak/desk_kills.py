"""Kill the desk at a random moment while somebody types, and start it again: what is lost?

In one round a page types as fast as it is answered. The file must be readable at once, and hold
all that was answered; the page goes on with the next server, and loses nothing.
"""

from __future__ import annotations

import contextlib
import random
import threading
from dataclasses import dataclass
from http.client import HTTPException

from library.core.workspace import StoryFolder
from stewardship.desk.text_changes import TextChange, Utf16Text
from tests.support.live_station import StationAnswer, StationClient, StationProcess

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
