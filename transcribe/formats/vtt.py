"""Read and write WebVTT.

Written strictly by W3C's grammar, so that a name or a word can never become markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from library.core.errors import BadInput
from library.core.timecode import from_parts, webvtt_time
from transcribe.cue import Cue
from transcribe.formats.blocks import CaptionBlock, is_header, parse_blocks
from transcribe.formats.source_file import Fault, ParsedCaptions
from transcribe.words import Chapter, tokens_of

# A voice, its end, a time inside the cue, and any other tag, which is dropped.
_MARK = re.compile(
    r"<v(?:\.[^\s<>]*)?\s(?P<voice>[^<>]*)>|(?P<unvoice></v>)"
    r"|<(?:(?P<hours>[0-9]{2,4}):)?(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})"
    r"\.(?P<fraction>[0-9]{3})>"
    r"|</?[a-zA-Z0-9:.][^<>]*>|</>"
)


@dataclass(frozen=True)
class CueText:
    """A piece of a cue's text, without markup."""

    line: int
    """Line of the cue, counted from 0."""
    text: str
    voice: str
    at: int | None
    """Milliseconds of the time that stands before it; None without one."""


def write(cues: Iterable[Cue]) -> str:
    """Return a file of captions. Raises ValueError for a cue without words or length."""
    blocks = [_block(cue, number) for number, cue in enumerate(cues, start=1)]
    return "\n".join(["WEBVTT\n", *blocks])


def write_chapters(chapters: Sequence[Chapter], opening: str = "Opening") -> str:
    """Return a file of chapters titled with their questions; any time before is `opening`."""
    spans = [(chapter.start, chapter.end, chapter.title) for chapter in chapters]
    if spans and spans[0][0] > 0:
        spans.insert(0, (0, spans[0][0], opening))
    blocks = [
        _chapter(number, *span)
        for number, span in enumerate((span for span in spans if span[1] > span[0]), start=1)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def read(text: str) -> ParsedCaptions:
    """Parse a WebVTT file, without its tags, entities decoded. Raises BadInput."""
    blocks, faults = parse_blocks(text, vtt=True)
    if not is_header(text.split("\n", 1)[0]):
        if not blocks:
            raise BadInput("This is not WebVTT: it does not begin with WEBVTT.")
        faults.insert(0, Fault(1, "a WebVTT file begins with WEBVTT, and this one does not."))
    return ParsedCaptions([_as_cue(block) for block in blocks], faults)


def cue_texts(lines: Sequence[str]) -> list[CueText]:
    """Return the text of a cue in pieces: a new one at every line, voice, and time inside it."""
    spans: list[CueText] = []
    voice = ""
    for number, line in enumerate(lines):
        at: int | None = None
        text = ""
        end = 0
        for mark in _MARK.finditer(line):
            text += line[end : mark.start()]
            end = mark.end()
            if mark["voice"] is None and mark["minutes"] is None and not mark["unvoice"]:
                continue
            spans.append(CueText(number, html.unescape(text), voice, at))
            text = ""
            if mark["minutes"] is not None:
                at = from_parts(mark["hours"], mark["minutes"], mark["seconds"], mark["fraction"])
            else:
                voice, at = html.unescape(mark["voice"] or "").strip(), None
        spans.append(CueText(number, html.unescape(text + line[end:]), voice, at))
    return [span for span in spans if span.text.strip()]


def _as_cue(block: CaptionBlock) -> Cue:
    spans = cue_texts(block.lines)
    lines = (
        "".join(span.text for span in spans if span.line == n) for n in range(len(block.lines))
    )
    return Cue(
        block.start,
        block.end,
        tuple(line.strip() for line in lines if line.strip()),
        next((span.voice for span in spans), ""),
        block.name,
    )


def _block(cue: Cue, number: int) -> str:
    lines = [_text(line) for line in cue.lines]
    if not lines or not all(lines) or cue.end <= cue.start:
        raise ValueError(f"cue {number} has no words or no length")
    name = _text(cue.speaker)
    # A name that ends in dashes would make the tag's end an arrow; the space is not part of it.
    voice = f"<v {name}{' ' if name.endswith('-') else ''}>" if name else ""
    body = "\n".join(lines)
    span = f"{webvtt_time(cue.start)} --> {webvtt_time(cue.end)}"
    return f"{_text(cue.id) or number}\n{span}\n{voice}{body}\n"


def _chapter(number: int, start: int, end: int, title: str) -> str:
    return f"chapter-{number}\n{webvtt_time(start)} --> {webvtt_time(end)}\n{_text(title)}\n"


def _text(text: str) -> str:
    """Return one line of visible characters, with `&`, `<` and `>` (so also `-->`) escaped."""
    plain = " ".join(tokens_of(text))
    # `&` first, or those put in here would be escaped again.
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
