"""Read and write WebVTT.

Written strictly by W3C's grammar, so that a name or a word can never become markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from library.core.errors import BadInput
from library.core.timecode import webvtt_time
from transcribe.cue import Cue
from transcribe.formats.blocks import CaptionBlock, is_header, parse_blocks
from transcribe.formats.caption_dialects import cue_texts
from transcribe.formats.source_file import Fault, ParsedCaptions
from transcribe.words import Chapter, tokens_of


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


def _as_cue(block: CaptionBlock) -> Cue:
    spans = cue_texts(block.lines, only_standard=True)
    # One pass: a caption of somebody else's may have thousands of lines.
    lines = [""] * len(block.lines)
    for span in spans:
        lines[span.line] += span.text
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
