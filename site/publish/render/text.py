"""Text as people spoke or typed it, made safe and readable: encoding, lengths, numbers.

Templates encode what they show (`publish.render.templating`). Text of either writing direction may
come with override characters (U+202A–202E, U+2066–2069). In the flow, templates put it into an
element with `direction(text)` or `<bdi>`, which contains them; in an attribute nothing can, so they
are taken out there (`plain`).
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from unicodedata import bidirectional

from markupsafe import Markup

from library.core.counting import counted

# Characters HTML cannot hold; tabs and line ends stay.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# U+2028 and U+2029 end a line in older scripts, and are harmless in JSON.
_JSON_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_FIRST_TURNING = "\u0590"
"""Hebrew is the first script that is written from the right: no character below turns anything."""
_TURNING = {"R", "AL", "AN", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
"""Kinds of characters that are written from the right, or that say what is (Unicode’s UAX #9)."""
_MINUTE_MS, _NEARLY_A_MINUTE_MS = 60_000, 45_000
_TURNS, _TURNS_NOTHING = Markup(' dir="auto"'), Markup("")


def html_text(text: str) -> Markup:
    """Encode text for the flow of a page, quotes too, so that it is harmless in an attribute."""
    return Markup(html.escape(_FORBIDDEN.sub("", text), quote=True))  # noqa: S704 - encoded


def json_data(data: object) -> Markup:
    """Encode data as JSON that can stand in a script element: no word ends it.

    Jinja’s own `tojson` escapes apostrophes as well, and every page’s text would be read twice when
    what was built is searched.
    """
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(written.translate(_JSON_ESCAPES))  # noqa: S704 - encoded


def direction(text: str) -> Markup:
    """Return a `dir` attribute where the text may turn what is round it, else nothing.

    Latin letters and signs cannot, and a page repeats them by the thousand.
    """
    turns = any(
        character >= _FIRST_TURNING and bidirectional(character) in _TURNING
        for character in set(text)
    )
    return _TURNS if turns else _TURNS_NOTHING


def bdi(text: str) -> Markup:
    """Encode text and keep it from turning round the words beside it."""
    return Markup(f"<bdi>{html_text(text)}</bdi>")  # noqa: S704 - encoded


def plain(text: str) -> str:
    """Return text on one line, without control and direction characters: not yet encoded."""
    return " ".join(_OVERRIDES.sub("", _FORBIDDEN.sub("", text)).split())


def paragraphs(text: str) -> Markup:
    """Encode text whose blank lines part paragraphs."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return Markup().join(Markup('<p dir="auto">{}</p>').format(html_text(part)) for part in parts)


def list_item(text: str) -> Markup:
    """Encode text of a list’s item: as paragraphs where it has several, else by itself."""
    parts = paragraphs(text)
    return parts if parts.count("<p ") > 1 else html_text(text)


def slug(text: str) -> str:
    """Return a fragment name of ASCII letters, digits and hyphens; empty when no character is."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")


def theme_words(theme: str) -> str:
    """Return a theme as people read it: `first-contact` is First contact."""
    words = plain(theme).replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def listening_minutes(ms: int) -> int:
    """Return how long it takes to listen, in whole minutes; 0 for less than one."""
    return 0 if ms < _NEARLY_A_MINUTE_MS else max(1, round(ms / _MINUTE_MS))


def listening_time(ms: int) -> str:
    """Return how long it takes to listen, rounded to whole minutes as people plan them."""
    hours, minutes_left = divmod(listening_minutes(ms), 60)
    return _joined((hours, "hour"), (minutes_left, "minute")) or "less than a minute"


def listening_time_in_all(lengths: Iterable[int]) -> str:
    """Return the sum of lengths as they are shown: whoever adds them up finds the same."""
    shown = ((listening_minutes(ms) * _MINUTE_MS, ms) for ms in lengths)
    return listening_time(sum(whole or ms for whole, ms in shown))


def time_between(start: int, end: int) -> str:
    """Return how long it is between two times as `clock` shows them: 34 seconds.

    Rounding the true length would differ by a second from what is beside it: from 0:04 to 0:07.
    """
    return seconds_in_words(end // 1000 - start // 1000) or "less than a second"


def seconds_in_words(seconds: int) -> str:
    """Return a length to the second: 34 seconds; 1 minute 5 seconds; nothing for none."""
    minutes_left, seconds_left = divmod(seconds, 60)
    return _joined((minutes_left, "minute"), (seconds_left, "second"))


def _joined(*parts: tuple[int, str]) -> str:
    return " ".join(counted(number, unit) for number, unit in parts if number)


def minutes(count: int) -> str:
    """Return 1 minute, 5 minutes."""
    return counted(count, "minute")


def megabytes(size: int) -> str:
    """Return the size of a file in bytes as people read it: 0.4 MB, 38 MB."""
    millions = size / 1_000_000
    if millions >= 10:
        return f"{millions:.0f} MB"
    return f"{max(millions, 0.1):.1f} MB"
