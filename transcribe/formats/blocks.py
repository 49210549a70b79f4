"""Split WebVTT and SubRip into blocks of a name, two times and lines, even in broken files.

A correct file gives what W3C's parser gives. In a broken one empty lines may be missing or too
many, numbers may be wrong, a time may be torn: every block is found by its line of times, and
whatever belongs to none is listed with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from transcribe.formats.caption_dialects import LineOfTimes, TimesReader
from transcribe.formats.source_file import Fault, excerpt

_NUMBER = re.compile(r"^\s*[0-9]+\s*$")

_MAX_DIGITS = 8
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
    return _BlockParser(TimesReader(text), vtt=vtt).parse(text)


def is_header(line: str) -> bool:
    """Return True if a line is `WEBVTT`, alone or with something after a space."""
    return line == "WEBVTT" or line.startswith(("WEBVTT ", "WEBVTT\t"))


class _BlockParser:
    """Finds the blocks of one file by its lines of times."""

    def __init__(self, times: TimesReader, *, vtt: bool) -> None:
        self._times = times
        self._is_vtt = vtt
        self._blocks: list[CaptionBlock] = []
        self._faults: list[Fault] = []
        self._is_numbered = True
        self._parted = 0
        """Line of the caption whose words stand after an empty line; 0 before one is found."""

    def parse(self, text: str) -> tuple[list[CaptionBlock], list[Fault]]:
        self._is_numbered = self._begins_with_number(text)
        groups = list(self._groups(text))
        for group, following in zip(groups, [*groups, []][1:], strict=True):
            if self._is_lone_number(group, following):
                continue
            if self._is_vtt and group[0][0] == 1 and is_header(group[0][1]):
                group = self._after_header(group)
            for loose, timed in self._parts(group):
                name = loose[-1:] if timed else []
                stray = loose[: len(loose) - len(name)]
                if any(line.strip() for _, line in stray):
                    self._keep_loose(stray)
                if timed:
                    self._add(name, timed)
        return self._blocks, self._faults

    def _is_lone_number(self, group: list[Line], following: list[Line]) -> bool:
        """Return True for the number of the next caption, with an empty line behind it."""
        text = group[0][1].strip()
        is_next = (
            text.isdecimal() and len(text) < _MAX_DIGITS and int(text) == len(self._blocks) + 1
        )
        return len(group) == 1 and is_next and bool(following) and self._is_times(following[0][1])

    def _groups(self, text: str) -> Iterator[list[Line]]:
        """Yield lines between empty ones. A line of spaces is not empty: YouTube begins cues so."""
        group: list[Line] = []
        for number, line in _numbered_lines(text):
            if line:
                group.append((number, line))
            elif group:
                yield group
                group = []
        if group:
            yield group

    def _after_header(self, group: list[Line]) -> list[Line]:
        """Return what follows `WEBVTT` without an empty line: nothing but settings, or a block."""
        timed = next((at for at, (_, line) in enumerate(group) if self._is_times(line)), None)
        if timed is None:
            return []
        named = timed - 1 if timed > 1 and ":" not in group[timed - 1][1] else timed
        return group[named:]

    def _is_times(self, line: str) -> bool:
        return self._times.is_times(line)

    def _parts(self, group: list[Line]) -> list[tuple[list[Line], list[Line]]]:
        """Return (lines before the times, times and their lines) for every line of times.

        Where an empty line is missing, the line before the next times is its name if it is a
        number, or if it stands alone.
        """
        at = [n for n, (_, line) in enumerate(group) if self._is_times(line)]
        if not at:
            return [(group, [])] if group else []
        parts: list[tuple[list[Line], list[Line]]] = []
        begin = 0
        for n, here in enumerate(at):
            follows = at[n + 1] if n + 1 < len(at) else len(group)
            end = follows
            # An empty line is missing, so that the next caption's number looks like words.
            if follows < len(group) and self._names(group, here, follows - 1):
                end = follows - 1
            parts.append((group[begin:here], group[here:end]))
            begin = end
        return parts

    def _names(self, group: list[Line], times: int, at: int) -> bool:
        if at <= times:
            return False
        is_alone = at - 1 > times and not group[at - 1][1].strip()
        is_number = bool(_NUMBER.match(group[at][1]))
        return is_alone or (is_number and not self._is_said(group, times, at))

    def _is_said(self, group: list[Line], times: int, at: int) -> bool:
        """Return True for a number that is all the words of a caption in a file without numbers."""
        on_line = self._times.read(group[times][1])
        has_words = on_line is not None and bool(on_line.words)
        return at == times + 1 and not has_words and not self._is_numbered

    def _begins_with_number(self, text: str) -> bool:
        before = ""
        for _, line in _numbered_lines(text):
            if self._is_times(line):
                return bool(_NUMBER.match(before))
            before = line or before
        return True

    def _add(self, name: list[Line], timed: list[Line]) -> None:
        number, line_of_times = timed[0]
        lines = tuple(line for _, line in timed[1:])
        times = self._times.read(line_of_times)
        if times is None:
            left_out = f" Its words were left out: {excerpt(' '.join(lines), 80)}." if lines else ""
            # Its words are named, so that nothing is lost without a word.
            self._faults.append(
                Fault(number, f"the times {excerpt(line_of_times)} cannot be read.{left_out}")
            )
            return
        self._blocks.append(_block_of(number, name, times, lines))

    def _keep_loose(self, loose: list[Line]) -> None:
        """Use or report lines without times.

        They are a comment, words after an empty line inside a caption (SubRip), or litter.
        """
        first = loose[0][1]
        if self._is_vtt and re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", first):
            return
        if self._blocks and self._belongs_to_last(loose):
            last = self._blocks.pop()
            self._blocks.append(replace(last, lines=(*last.lines, *(line for _, line in loose))))
            return
        text = " ".join(line for _, line in loose)
        self._faults.append(Fault(loose[0][0], f"{excerpt(text, 80)} belongs to no caption."))

    def _belongs_to_last(self, loose: list[Line]) -> bool:
        """Return True for words after an empty line inside the caption before."""
        if not self._is_vtt:
            return not self._is_stray_number(loose)
        # By the standard they are litter; a caption without any words was waiting for them.
        last = self._blocks[-1]
        if not any(line.strip() for line in last.lines):
            self._parted = last.line
        return self._parted == last.line

    def _is_stray_number(self, loose: list[Line]) -> bool:
        """Return True for a caption's number whose caption is missing, not for one that is said."""
        if len(loose) > 1 or not _NUMBER.match(loose[0][1]):
            return False
        last = self._blocks[-1].name
        return not last.isdecimal() or int(loose[0][1]) == int(last) + 1


def _numbered_lines(text: str) -> Iterator[Line]:
    """Yield the lines with their numbers; in a file of doubled line ends, every other one."""
    lines = text.split("\n")
    is_doubled = len(lines) > _MIN_DOUBLED and not any(lines[1::2]) and sum(map(bool, lines)) > 2
    for number, line in enumerate(lines, start=1):
        if not is_doubled or number % 2:
            yield number, line


_MIN_DOUBLED = 6
"""Lines from which on every other one is not empty by chance."""


def _block_of(
    number: int, name: list[Line], times: LineOfTimes, lines: tuple[str, ...]
) -> CaptionBlock:
    words = (times.words,) if times.words else ()
    block_name = name[0][1].strip() if name else ""
    return CaptionBlock(number, block_name, times.start, times.end, (*words, *lines))
