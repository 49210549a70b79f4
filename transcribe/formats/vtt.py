"""WebVTT. Written strictly by W3C's grammar, so that a name or a word can never become markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from library.errors import BadInput
from transcribe.cues import Cue
from transcribe.tokens import tokens_of
from transcribe.words import Chapter

_VOICE = re.compile(r"^<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"</?[a-zA-Z0-9:.][^>]*>|</>")


def write(cues: Iterable[Cue]) -> str:
    """A file of captions. Raises ValueError for a cue without words or length: never ours."""
    blocks = [_block(cue, number) for number, cue in enumerate(cues, start=1)]
    return "\n".join(["WEBVTT\n", *blocks])


def write_chapters(chapters: Sequence[Chapter], opening: str = "Opening") -> str:
    """A file of chapters, each titled with its question; what precedes them all is `opening`."""
    spans = [(chapter.start, chapter.end, chapter.title) for chapter in chapters]
    if spans and spans[0][0] > 0:
        spans.insert(0, (0, spans[0][0], opening))
    blocks = [
        _chapter(number, *span)
        for number, span in enumerate((s for s in spans if s[1] > s[0]), start=1)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def read(text: str) -> list[Cue]:
    """The cues of a WebVTT file, tags taken off and entities decoded. Raises BadInput."""
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        parsed = webvtt.from_string(text.removeprefix("\ufeff"))
    except (MalformedFileError, MalformedCaptionError) as error:
        raise BadInput(f"This is not WebVTT ({str(error).rstrip('.')}).") from error
    return [
        as_cue(caption.start, caption.end, caption.raw_text, caption.identifier or "")
        for caption in parsed.captions
    ]


def as_cue(start: str, end: str, payload: str, name: str) -> Cue:
    """A cue from a reader's strings: `00:01:02.500`, and text with its tags."""
    voice = _VOICE.match(payload)
    lines = (html.unescape(_TAG.sub("", line)) for line in payload.split("\n"))
    return Cue(
        milliseconds(start),
        milliseconds(end),
        tuple(line.strip() for line in lines if line.strip()),
        html.unescape(voice[1]).strip() if voice else "",
        name,
    )


def timestamp(ms: int) -> str:
    """`00:01:02.500`."""
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{ms:03}"


def milliseconds(stamp: str) -> int:
    """Of `00:01:02.500` or `01:02.500`."""
    whole, _, fraction = stamp.replace(",", ".").partition(".")
    seconds = 0
    for part in whole.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000 + int(fraction[:3].ljust(3, "0") or 0)


def _block(cue: Cue, number: int) -> str:
    lines = [_text(line) for line in cue.lines]
    if not lines or not all(lines) or cue.end <= cue.start:
        raise ValueError(f"cue {number} has no words or no length")
    name = _text(cue.speaker)
    # A name that ends in dashes would make the tag's end an arrow; the space is not part of it.
    voice = f"<v {name}{' ' if name.endswith('-') else ''}>" if name else ""
    body = "\n".join(lines)
    span = f"{timestamp(cue.start)} --> {timestamp(cue.end)}"
    return f"{_text(cue.id) or number}\n{span}\n{voice}{body}\n"


def _chapter(number: int, start: int, end: int, title: str) -> str:
    return f"chapter-{number}\n{timestamp(start)} --> {timestamp(end)}\n{_text(title)}\n"


def _text(text: str) -> str:
    """One line, visible characters only, `&`, `<` and `>` (so also `-->`) escaped."""
    plain = " ".join(tokens_of(text))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
