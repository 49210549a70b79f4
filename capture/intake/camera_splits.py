"""Recordings that a camera split into several files: recognised by their names, and ordered.

Only names that say so beyond doubt are believed:

    GH010123.MP4  GH020123.MP4       GoPro from HERO6 on (G[HX], chapter, number of the recording)
    GOPR0123.MP4  GP010123.MP4       GoPro before that: the first, then its further chapters
    DJI_0012_001.MP4  …_002.MP4      a recording’s own number, or its date and time, and then 001,
    20240512_101112_001.MP4          002 and so on without a gap

Many cameras (Canon, Sony, older DJI) give the next part of a recording the next number, as if it
were another recording. The name does not tell, so clocks do (`capture.intake.numbered_parts`).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

# In the order of the module's docstring.
_CHAPTER = re.compile(r"(?P<recording>G[HX])(?P<part>[0-9]{2})(?P<number>[0-9]{4})")
_FIRST = re.compile(r"GOPR(?P<number>[0-9]{4})")
_FURTHER = re.compile(r"GP(?P<part>[0-9]{2})(?P<number>[0-9]{4})")
_COUNTED = re.compile(
    r"(?P<recording>(|.*[^0-9])([0-9]{4}|[0-9]{8}[_-][0-9]{6}|[0-9]{14}))_(?P<part>[0-9]{3})"
)


class SplitRecording(NamedTuple):
    """The recording that a file is a part of, and which part."""

    folder: Path
    recording: str
    suffix: str
    first: int
    """The number that such a recording’s first part has."""
    by_gopro: bool
    """True if the name is a camera's beyond doubt; a plain count at its end may be an accident."""


class _Part(NamedTuple):
    split: SplitRecording
    number: int


def in_camera_order(files: Sequence[Path]) -> list[Path]:
    """Return the files with the parts of one recording together, in the camera’s order.

    They are placed where the first of them was named.
    """
    parts = {file: _read_part(file) for file in files}
    ordered: dict[Path, None] = {}
    for file in files:
        part = parts[file]
        # Each file against all others: one import takes sixty at most.
        together = [
            other
            for other in files
            if other == file or (part and (its := parts[other]) and its.split == part.split)
        ]
        ordered.update(dict.fromkeys(sorted(together, key=lambda path: _part_number(parts[path]))))
    return list(ordered)


def unnamed_parts(files: Iterable[Path]) -> list[Path]:
    """Return further parts of the recordings in `files` that are in the same folders."""
    named = list(files)
    known = {(part.split, part.number) for part in map(_read_part, named) if part}
    unnamed = []
    for split in dict.fromkeys(split for split, _ in known):
        lying = {part.number: file for file, part in _parts_in(split.folder) if part.split == split}
        if _is_complete_series(split, {*lying, *(number for its, number in known if its == split)}):
            unnamed += [lying[number] for number in sorted(lying) if (split, number) not in known]
    return unnamed


def missing_chapters(files: Iterable[Path]) -> list[str]:
    """Return the names of GoPro chapters before the last one in `files` that are not among them.

    They may be on another card, or wiped already.
    """
    numbers: dict[SplitRecording, set[int]] = {}
    endings: dict[SplitRecording, str] = {}
    for file in files:
        part = _read_part(file)
        if part and part.split.by_gopro:
            numbers.setdefault(part.split, set()).add(part.number)
            endings[part.split] = file.suffix
    return [
        f"{_chapter_name(split, number)}{endings[split]}"
        for split, present in numbers.items()
        for number in range(split.first, max(present))
        if number not in present
    ]


def _read_part(file: Path) -> _Part | None:
    stem, suffix = file.stem.upper(), file.suffix.upper()
    folder = file.absolute().parent
    if match := _CHAPTER.fullmatch(stem):
        # `{:02}` stays in the name, for `_chapter_name` to fill in.
        recording = f"{match['recording']}{{:02}}{match['number']}"
        return _Part(SplitRecording(folder, recording, suffix, 1, True), int(match["part"]))
    if match := _FIRST.fullmatch(stem) or _FURTHER.fullmatch(stem):
        recording = f"GP{{:02}}{match['number']}"
        # GOPR0123 has no number of a part: it comes before GP010123.
        part = match.groupdict().get("part", "0")
        return _Part(SplitRecording(folder, recording, suffix, 0, True), int(part))
    if match := _COUNTED.fullmatch(stem):
        return _Part(
            SplitRecording(folder, match["recording"], suffix, 1, False), int(match["part"])
        )
    return None


def is_same_split(file: Path, other: Path) -> bool:
    """Return whether two files are parts of one recording by their names."""
    first, second = _read_part(file), _read_part(other)
    return first is not None and second is not None and first.split == second.split


def is_named_part(file: Path) -> bool:
    """Return whether the name says beyond doubt which part of a recording the file is."""
    return _read_part(file) is not None


def _part_number(part: _Part | None) -> int:
    return part.number if part else 0


def _chapter_name(split: SplitRecording, number: int) -> str:
    if split.first == 0 and number == 0:
        return split.recording.replace("GP{:02}", "GOPR")
    return split.recording.format(number)


def _is_complete_series(split: SplitRecording, numbers: set[int]) -> bool:
    """Return whether the numbers are a series: a plain count only from 001 on, without a gap."""
    return split.by_gopro or numbers == set(range(1, len(numbers) + 1))


def _parts_in(folder: Path) -> list[tuple[Path, _Part]]:
    # A folder that cannot be listed only means that no further parts are offered.
    with contextlib.suppress(OSError):
        parts = ((path, _read_part(path)) for path in sorted(folder.iterdir()))
        return [(path, part) for path, part in parts if part and path.is_file()]
    return []
