"""Read and write SubRip (SRT).

SubRip cannot write `<` as a letter, so characters that players take for markup are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from library.core.errors import BadInput
from library.core.seen_characters import seen_length
from transcribe.cue import MAX_LINE_CHARS, MAX_LINES, Cue
from transcribe.formats.blocks import CaptionBlock, parse_blocks
from transcribe.formats.caption_dialects import cue_texts
from transcribe.formats.source_file import ParsedCaptions
from transcribe.words import tokens_of

_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_SAFE = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "/"})


def write(cues: Iterable[Cue]) -> str:
    """Return a SubRip file. A new speaker is named before the first words that leave room."""
    import pysubs2  # 50 ms to load, and few commands write SubRip

    subtitles = pysubs2.SSAFile()
    current = ""
    for cue in cues:
        lines = [_plain(line) for line in cue.lines]
        # Where it does not fit it is named with the next caption: words come first.
        if cue.speaker and cue.speaker != current and _add_name(lines, _plain(cue.speaker)):
            current = cue.speaker
        subtitles.append(pysubs2.SSAEvent(cue.start, cue.end, "\\N".join(lines)))
    return subtitles.to_string("srt")


def _add_name(lines: list[str], speaker: str) -> bool:
    """Put the name before the words if they stay within a line's length and the count of lines."""
    if seen_length(speaker) + 2 + seen_length(lines[0]) <= MAX_LINE_CHARS:
        lines[0] = f"{speaker}: {lines[0]}"
        return True
    if len(lines) < MAX_LINES and len(speaker) < MAX_LINE_CHARS:
        lines.insert(0, f"{speaker}:")
        return True
    return False


def read(text: str) -> ParsedCaptions:
    """Parse an SRT file. Raises BadInput where there is no caption in it."""
    blocks, faults = parse_blocks(text, vtt=False)
    if not blocks:
        raise BadInput("This is not SubRip: no numbered captions with times were found.")
    return ParsedCaptions([_as_cue(block) for block in blocks], faults)


def _as_cue(block: CaptionBlock) -> Cue:
    pieces = cue_texts(block.lines)
    lines = (
        "".join(piece.text for piece in on_line).strip()
        for _, on_line in groupby(pieces, key=lambda piece: piece.line)
    )
    return Cue(block.start, block.end, tuple(filter(None, lines)), id=block.name)


def _plain(text: str) -> str:
    plain = " ".join(tokens_of(text)).translate(_SAFE)
    # Only where it would be read as a letter of HTML: elsewhere players show what stands there.
    return _ENTITY.sub("&amp;", plain)
