"""Times of recordings as text and back. Every time is in whole milliseconds on the media clock."""

from __future__ import annotations

import re

# ASCII: else \d takes the digits of every script.
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3})\d*)?", re.ASCII)
_SECONDS = re.compile(r"(\d{1,6})(?:[.,](\d{1,3})\d*)?", re.ASCII)


def clock(ms: int, *, tenths: bool = False) -> str:
    """Return a time for people, rounded down: `0:34`, `1:02:03`; with `tenths` `0:34.5`."""
    hours, minutes, seconds, milliseconds = _parts(max(ms, 0))
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{milliseconds // 100}" if tenths else text


def later_second(end: int, start: int) -> int:
    """Return the end of a span that is shown in whole seconds: never the second it begins with."""
    return max(end, start + 1000)


def padded_clock(ms: int) -> str:
    """Return a time for columns of text: `01:12`, or `1:02:12` from an hour on."""
    hours, minutes, seconds, _ = _parts(ms)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def webvtt_time(ms: int) -> str:
    """Return a time as WebVTT and TTML write it: `00:01:02.500`."""
    hours, minutes, seconds, milliseconds = _parts(ms)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def substation(ms: int) -> str:
    """Return a time as SubStation Alpha (libass) writes it: `0:01:02.50`.

    Hundredths are the finest it has; rounded down, so that a caption is never later than its words.
    """
    hours, minutes, seconds, milliseconds = _parts(ms)
    return f"{hours}:{minutes:02}:{seconds:02}.{milliseconds // 10:02}"


def whole_seconds(ms: int) -> str:
    """Return a time as archives (OHMS) write it, without fractions: `00:01:02`."""
    return webvtt_time(ms)[:-4]  # without “.500”


def decimal_seconds(ms: int) -> str:
    """Return a time as ffmpeg and media fragments take it, without needless zeros: `83.5`."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def iso_duration(ms: int) -> str:
    """Return a duration as ISO 8601 writes it, in whole seconds: `PT12M5S`."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"PT{minutes}M{seconds}S"


def parse_clock(text: str) -> int | None:
    """Return milliseconds of `1:23`, `1:23.4` or `1:02:03`; None for anything else."""
    parts = _CLOCK.fullmatch(text.strip())
    if parts is None or int(parts[3]) > 59 or (parts[1] and int(parts[2]) > 59):
        return None
    return from_parts(*parts.groups())


def parse_moment(text: str) -> int | None:
    """Return milliseconds of a time as `parse_clock` takes it, or of plain seconds: `83.5`."""
    parts = _SECONDS.fullmatch(text.strip())
    return from_parts(None, "0", *parts.groups()) if parts else parse_clock(text)


def from_parts(hours: str | None, minutes: str, seconds: str, fraction: str | None = None) -> int:
    """Return the milliseconds of a time whose digits a format's own pattern took apart."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    # “.5” is 500 milliseconds, and digits after the third are dropped, never rounded up.
    return whole * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def _parts(ms: int) -> tuple[int, int, int, int]:
    """Return hours, minutes, seconds and the milliseconds left."""
    seconds, milliseconds = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return hours, minutes, seconds, milliseconds
