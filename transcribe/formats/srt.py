"""SubRip. It cannot write `<` as a letter: marks that players take for markup are replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable

from library.core.errors import BadInput
from transcribe.cue import LINE, LINES, Cue
from transcribe.formats.blocks import Block, blocks_of
from transcribe.formats.source_file import Reading
from transcribe.words import tokens_of

_TAG = re.compile(r"</?(?:b|i|u|s|font)\b[^<>]*>|\{\\[^{}]*\}", re.IGNORECASE)
_SAFE = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "/"})


def write(cues: Iterable[Cue]) -> str:
    """A SubRip file, through pysubs2. A new speaker is named before the first words with room."""
    import pysubs2

    subtitles = pysubs2.SSAFile()
    named = ""
    for cue in cues:
        lines = [_shown(line) for line in cue.lines]
        if cue.speaker and cue.speaker != named and _name(lines, _shown(cue.speaker)):
            named = cue.speaker
        subtitles.append(pysubs2.SSAEvent(cue.start, cue.end, "\\N".join(lines)))
    return subtitles.to_string("srt")


def _name(lines: list[str], speaker: str) -> bool:
    """Put the name before the words if it keeps within a line's length and the count of lines."""
    if len(speaker) + 2 + len(lines[0]) <= LINE:
        lines[0] = f"{speaker}: {lines[0]}"
        return True
    if len(lines) < LINES and len(speaker) < LINE:
        lines.insert(0, f"{speaker}:")
        return True
    return False


def read(text: str) -> Reading:
    """The cues of an SRT file. Raises BadInput."""
    blocks, faults = blocks_of(text, vtt=False)
    if not blocks:
        raise BadInput("This is not SubRip: no numbered captions with times were found.")
    return Reading([_as_cue(block) for block in blocks], faults)


def untagged(line: str) -> str:
    """A line without SubRip's few tags."""
    return _TAG.sub("", line)


def _as_cue(block: Block) -> Cue:
    lines = (untagged(line).strip() for line in block.lines)
    return Cue(block.start, block.end, tuple(filter(None, lines)), id=block.name)


def _shown(text: str) -> str:
    return " ".join(tokens_of(text)).translate(_SAFE)
