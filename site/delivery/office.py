"""Text as slides and Word documents hold it, with addresses, codes and what copy it is.

Office’s files are XML: what XML cannot hold is left out, and a paragraph that begins in a script
written from the right says so.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from unicodedata import bidirectional

import segno

from delivery.material import Material
from library.core.clock import moment
from library.core.days import day_in_words
from library.core.files import translate_disk_errors
from library.core.timecode import clock
from publish.edition import ReleasedStory
from publish.render.text import plain
from publish.training.plan import SCALE_POINTS

LANGUAGE = "en-GB"
INK, PINE, SOFT = "16282A", "17494A", "46585A"
"""Colours of the library’s own pages: each has 7:1 and more against white."""
FONT = "Arial"
"""On every computer with Office, and what trusts’ own templates mostly have."""
_MOST_OF_PROPERTY = 255
"""Characters that Office’s files hold of a property."""
_JPEG_MARK = b"\xff\xd8\xff"
_BLANK_LINE = re.compile(r"\n\s*\n")
_FROM_THE_RIGHT = {"R", "AL"}


@dataclass(frozen=True)
class CopyWords:
    """The words that a delivery says about itself, at the foot of each slide and page."""

    number: str
    """Its number in the register of copies."""
    recipient: str
    until: date
    """The first day on which one of its stories may not be shown any more."""
    trust: str

    @property
    def foot(self) -> str:
        return (
            f"Copy {self.number}, for {plain(self.recipient)}. "
            f"Not to be used from {day_in_words(self.until)} on."
        )

    @property
    def about(self) -> str:
        """The terms on which somebody holds it."""
        return (
            f"This copy, {self.number}, was made for {plain(self.recipient)}. A story in it may be "
            f"taken back at any time: you are then asked to destroy the copy. From "
            f"{day_in_words(self.until)} on it may not be used. Do not pass it on: ask for a copy "
            "of your own."
        )


class _Properties(Protocol):
    """The properties of a file, as PowerPoint’s and Word’s libraries both have them."""

    title: str
    subject: str
    author: str
    last_modified_by: str
    language: str
    comments: str
    keywords: str
    created: datetime
    modified: datetime


def set_properties(properties: _Properties, title: str, words: CopyWords) -> None:
    """Set what a file says of itself, for whoever looks at its properties."""
    properties.title, properties.subject = _property(title), _property(words.about)
    properties.author = properties.last_modified_by = (
        _property(plain(words.trust)) or "Carer Stories"
    )
    properties.language, properties.comments = LANGUAGE, _property(words.foot)
    properties.keywords = ""
    properties.created = properties.modified = moment().replace(tzinfo=None)


def _property(text: str) -> str:
    if len(text) <= _MOST_OF_PROPERTY:
        return text
    return f"{text[: _MOST_OF_PROPERTY - 1]}…"


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a text as typed: blank lines part them. None for no text."""
    return [words for part in _BLANK_LINE.split(text) if (words := plain(part))]


def all_paragraphs(texts: Iterable[str]) -> list[str]:
    """Return the paragraphs of several texts, in order."""
    return [paragraph for text in texts for paragraph in paragraphs_of(text)]


def is_from_the_right(text: str) -> bool:
    """Return True where the first letter with a direction is one of Hebrew, Arabic and others."""
    for character in text:
        kind = bidirectional(character)
        if kind == "L" or kind in _FROM_THE_RIGHT:
            return kind in _FROM_THE_RIGHT
    return False


def moment_address(material: Material, story_id: str, start: int, end: int | None = None) -> str:
    """Return the address of a moment in the library (ms), or nothing where settings name none."""
    library = material.edition.library.address
    until = f",{-(-end // 1000)}" if end is not None else ""
    return f"{library}stories/{story_id}.html#t={start // 1000}{until}" if library else ""


def page_address(material: Material, path: str) -> str:
    """Return the address of a page of the library, or nothing where settings name none."""
    library = material.edition.library.address
    return f"{library}{path}" if library else ""


def code_picture(address: str) -> bytes:
    """Return a QR code as a PNG, with the quiet zone that cameras need."""
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()


def poster_of(material: Material, story: ReleasedStory) -> bytes | None:
    """Return the story’s poster as it was released, or None where there is none to be shown."""
    if "poster.jpg" not in story.files:
        return None
    path = material.bundle.folder / "stories" / story.page.id / "poster.jpg"
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    return data if data.startswith(_JPEG_MARK) else None


def told_by(story: ReleasedStory) -> str:
    """Return the story’s title, and who told it where a name is shown."""
    title = f"“{plain(story.page.title)}”"
    return f"{title}, told by {plain(story.page.contributor)}" if story.page.contributor else title


def poster_words(story: ReleasedStory) -> str:
    """Return what is said in the place of a poster to those who do not see it."""
    what = {"voice-only": "The calm picture that stands", "blurred": "A picture, made unclear,"}
    return f"{what.get(story.picture, 'A picture')} from the film {told_by(story)}"


def stretch_words(start: int, end: int) -> str:
    """Return a stretch of a film for people. Milliseconds."""
    return f"from {clock(start)} to {clock(end)}"


def points_of_scales() -> Iterator[str]:
    """Yield the points of a scale as its form heads them."""
    yield from (str(point) for point in range(1, SCALE_POINTS + 1))
