"""Split WebVTT and SubRip into blocks of a name, two times and lines, even in broken files.

A correct file gives what W3C's parser gives. In a broken one empty lines may be missing or too
many, numbers may be wrong, a time may be torn: every block is found by its line of times, and
whatever belongs to none is listed with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from library.core.timecode import from_parts
from transcribe.formats.source_file import Fault, excerpt

# WebVTT has a full stop before the milliseconds, SubRip a comma; other tools leave out hours and
# digits, and some write each in the other format.
_STAMP = r"(?:([0-9]{1,4}):)?([0-5]?[0-9]):([0-5]?[0-9])[.,]([0-9]{1,3})"
_TIMES = re.compile(rf"^\s*{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?$")
_NUMBER = re.compile(r"^\s*[0-9]+\s*$")
ARROW = "-->"

Line = tuple[int, str]
"""Number in the file, counted from 1, and text."""


@dataclass(frozen=True)
class CaptionBlock:
    """A caption as written, in milliseconds; `lines` still hold their markup."""

    line: int
    """Line of its times."""
    name: str
    start: int
    end: int
    lines: tuple[str, ...]


def parse_blocks(text: str, *, vtt: bool) -> tuple[list[CaptionBlock], list[Fault]]:
    """Return the blocks of a file in its order, and faults for what belongs to none."""
    blocks: list[CaptionBlock] = []
    faults: list[Fault] = []
    for group in _groups(text):
        if vtt and group[0][0] == 1 and is_header(group[0][1]):
            group = _after_header(group)
        for loose, timed in _parts(group):
            name = loose[-1:] if timed else []
            stray = loose[: len(loose) - len(name)]
            if any(line.strip() for _, line in stray):
                _keep_loose(stray, blocks, faults, vtt=vtt)
            if timed:
                _add(name, timed, blocks, faults)
    return blocks, faults


def is_header(line: str) -> bool:
    """Return True if a line is `WEBVTT`, alone or with something after a space."""
    return line == "WEBVTT" or line.startswith(("WEBVTT ", "WEBVTT\t"))


def _groups(text: str) -> Iterator[list[Line]]:
    """Yield lines between empty ones. A line of spaces is not empty: YouTube begins cues so."""
    group: list[Line] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line:
            group.append((number, line))
        elif group:
            yield group
            group = []
    if group:
        yield group


def _after_header(group: list[Line]) -> list[Line]:
    """Return what follows `WEBVTT` without an empty line: nothing but settings, or a block."""
    timed = next((at for at, (_, line) in enumerate(group) if ARROW in line), None)
    if timed is None:
        return []
    named = timed - 1 if timed > 1 and ":" not in group[timed - 1][1] else timed
    return group[named:]


def _parts(group: list[Line]) -> list[tuple[list[Line], list[Line]]]:
    """Return (lines before the times, times and their lines) for every line of times in the group.

    Where an empty line is missing, the line before the next times is its name if it is a number,
    or if it stands alone.
    """
    at = [n for n, (_, line) in enumerate(group) if ARROW in line]
    if not at:
        return [(group, [])] if group else []
    parts: list[tuple[list[Line], list[Line]]] = []
    begin = 0
    for n, here in enumerate(at):
        follows = at[n + 1] if n + 1 < len(at) else len(group)
        end = follows
        # An empty line is missing, so that the next caption's number looks like words.
        if follows < len(group) and _names(group, here, follows - 1):
            end = follows - 1
        parts.append((group[begin:here], group[here:end]))
        begin = end
    return parts


def _names(group: list[Line], times: int, at: int) -> bool:
    if at <= times:
        return False
    return bool(_NUMBER.match(group[at][1])) or (at - 1 > times and not group[at - 1][1].strip())


def _add(
    name: list[Line], timed: list[Line], blocks: list[CaptionBlock], faults: list[Fault]
) -> None:
    number, times = timed[0]
    lines = tuple(line for _, line in timed[1:])
    parsed = _TIMES.match(times)
    if parsed is None:
        left_out = f" Its words were left out: {excerpt(' '.join(lines), 80)}." if lines else ""
        # Its words are named, so that nothing is lost without a word.
        faults.append(Fault(number, f"the times {excerpt(times)} cannot be read.{left_out}"))
        return
    parts = parsed.groups()
    block_name = name[0][1].strip() if name else ""
    blocks.append(
        CaptionBlock(number, block_name, from_parts(*parts[:4]), from_parts(*parts[4:]), lines)
    )


def _keep_loose(
    loose: list[Line], blocks: list[CaptionBlock], faults: list[Fault], *, vtt: bool
) -> None:
    """Use or report lines without times.

    They are a comment, words after an empty line inside a caption (SubRip), or litter.
    """
    first = loose[0][1]
    if vtt and re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", first):
        return
    if not vtt and blocks and not (len(loose) == 1 and _NUMBER.match(first)):
        last = blocks.pop()
        blocks.append(
            CaptionBlock(
                last.line,
                last.name,
                last.start,
                last.end,
                (*last.lines, *(line for _, line in loose)),
            )
        )
        return
    text = " ".join(line for _, line in loose)
    faults.append(Fault(loose[0][0], f"{excerpt(text, 80)} belongs to no caption."))
