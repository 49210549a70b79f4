"""Text as people spoke or typed it, made safe and readable: encoding, times, dates.

`html_text` is for the page's flow, `attribute` for attributes and titles. Text of either writing
direction may come with override characters (U+202A–202E, U+2066–2069). In the flow, callers put it
into an element with `direction(text)` or `<bdi>`, which contains them; in an attribute nothing can,
so they are taken out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date
from unicodedata import bidirectional

# Characters HTML cannot hold; tabs and line ends stay.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_FIRST_TURNING = "\u0590"
_TURNING = {"R", "AL", "AN", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
"""Kinds of characters that are written from the right, or that say what is (Unicode’s UAX #9)."""
_SPRING = ("January", "February", "March", "April", "May", "June")
_AUTUMN = ("July", "August", "September", "October", "November", "December")
_MONTHS = (*_SPRING, *_AUTUMN)


def html_text(text: str) -> str:
    """Encoded for the flow of a page, quotes too, so that it would be harmless in an attribute."""
    return html.escape(_FORBIDDEN.sub("", text), quote=True)


def direction(text: str) -> str:
    """An attribute for the element it is put into, where the text may turn what is round it.

    Latin letters and signs cannot, and a page repeats them by the thousand.
    """
    turns = any(one >= _FIRST_TURNING and bidirectional(one) in _TURNING for one in set(text))
    return ' dir="auto"' if turns else ""


def bdi(text: str) -> str:
    """Encoded, and kept from turning round the words beside it."""
    return f"<bdi>{html_text(text)}</bdi>"


def attribute(text: str) -> str:
    """Encoded for a double-quoted attribute or a title, on one line."""
    return html.escape(plain(text), quote=True)


def plain(text: str) -> str:
    """On one line, without control and direction characters: not yet encoded."""
    return " ".join(_DIRECTION.sub("", _FORBIDDEN.sub("", text)).split())


def lines(text: str) -> str:
    """Encoded text whose blank lines part paragraphs."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "".join(f'<p dir="auto">{html_text(part)}</p>' for part in parts)


def slug(text: str) -> str:
    """A fragment name of ASCII letters, digits and hyphens; empty when nothing of it is."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def theme_words(theme: str) -> str:
    """`first-contact` as people read it: First contact."""
    words = plain(theme).replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def day(on: date) -> str:
    """As written in Britain: 3 March 2026."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def length(ms: int) -> str:
    """How long it takes to listen, rounded to whole minutes as people plan them."""
    if ms < 45_000:
        return "less than a minute"
    minutes = max(1, round(ms / 60_000))
    hours, minutes = divmod(minutes, 60)
    said = [_counted(hours, "hour"), _counted(minutes, "minute")]
    return " ".join(part for part in said if part)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' if number != 1 else ''}" if number else ""


def megabytes(size: int) -> str:
    """What a file weighs, as people read it: 0.4 MB, 38 MB."""
    millions = size / 1_000_000
    if millions >= 10:
        return f"{millions:.0f} MB"
    return f"{max(millions, 0.1):.1f} MB"


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
