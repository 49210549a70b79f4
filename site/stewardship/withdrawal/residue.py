"""Search files for what is left of a story: its fingerprints, and the files that hold any of them.

A story is known by its id, by the SHA-256 of its media and of its cuts, and by its words: its
title, its summary, what was said, in runs of six words. A file that has one of these in it, in its
name, or packed inside it, is residue. Words that others say as well (another story, the question
sets, the pages every library starts with) are nobody's in particular and do not count.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from library.core.own_folders import is_unreadable_folder, paths_below
from library.core.workspace import Workspace
from publish.leaks.extract import (
    ArchiveMember,
    Bytes,
    StringsInBytes,
    TextContent,
    Unreadable,
    file_contents,
)
from publish.leaks.readings import folded_words, readings
from publish.shipped_files import shipped_files
from publish.story_words import MIN_WORDS, RUN_WORDS, run_starts

ITS_ID, ITS_MEDIA, ITS_WORDS = "its id", "its media", "its words"
UNREADABLE = "it cannot be looked into"

Phrase = tuple[bytes, ...]


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of one story. It holds the very words: never write, print or log it."""

    story: str
    media: frozenset[str] = frozenset()
    """SHA-256 of films, recordings and pictures, of every cut that is known."""
    cuts: frozenset[str] = frozenset()
    """Hashes of its cuts: they stand in editions."""
    phrases: frozenset[Phrase] = field(default=frozenset(), repr=False)

    def merged_with(self, other: Fingerprints) -> Fingerprints:
        return Fingerprints(
            self.story,
            self.media | other.media,
            self.cuts | other.cuts,
            self.phrases | other.phrases,
        )

    @cached_property
    def hex_strings(self) -> tuple[bytes, ...]:
        """The id and every hash, as they stand in files."""
        return tuple(text.encode() for text in (self.story, *sorted(self.media | self.cuts)))

    @cached_property
    def phrases_by_start(self) -> dict[tuple[bytes, bytes], list[Phrase]]:
        by_start: dict[tuple[bytes, bytes], list[Phrase]] = {}
        for phrase in self.phrases:
            by_start.setdefault((phrase[0], phrase[1]), []).append(phrase)
        return by_start


@dataclass(frozen=True, order=True)
class Residue:
    """A file that still holds something of the story."""

    path: str
    """Below the workspace."""
    kind: str
    """`ITS_ID`, `ITS_MEDIA`, `ITS_WORDS` or `UNREADABLE`: never the words themselves."""


def phrases_of(text: str, kind: str = "said") -> frozenset[Phrase]:
    """Return the runs of words by which a text is known; none for one that is too short."""
    words = folded_words(text)
    if len(words) < MIN_WORDS[kind]:
        return frozenset()
    return frozenset(tuple(words[start : start + RUN_WORDS]) for start in run_starts(len(words)))


def find_residue(
    workspace: Workspace,
    paths: Iterable[Path],
    fingerprints: Fingerprints,
    *,
    common_text: Callable[[], bytes],
    include_ids: bool = True,
) -> tuple[Residue, ...]:
    """Return all residue in `paths` (files or folders), in order. Only reads.

    `common_text` gives the folded words that are not the story's own; it is called only when
    words were found. `include_ids=False` leaves out the id and hashes that are written down: our
    own records keep those. Raises DiskFailed for what cannot be read.
    """
    search = _Search(workspace, fingerprints, include_ids)
    hits = [hit for path in paths for hit in search.below(path)]
    common = common_text() if any(phrase for _, _, phrase in hits) else b""
    return tuple(
        sorted(
            {
                Residue(path, kind)
                for path, kind, phrase in hits
                if not (phrase and _is_common(phrase, common))
            }
        )
    )


def without_phrases(line: str, fingerprints: Fingerprints, common_text: Callable[[], bytes]) -> str:
    """Return a line of somebody’s with “…” in the place of each run of the story’s own words."""
    words = [
        (word, match.start(), match.end())
        for match in _WORD.finditer(line)
        for word in folded_words(match[0])
    ]
    folded = [word for word, _, _ in words]
    spans = [
        (words[first][1], words[first + len(phrase) - 1][2])
        for phrase in fingerprints.phrases
        for first in range(len(words) - len(phrase) + 1)
        if tuple(folded[first : first + len(phrase)]) == phrase
    ]
    if not spans:
        # However else it is written: nobody can say which letters they are.
        return line if not _own_phrases(line, fingerprints, common_text) else _LEFT_OUT
    for first, last in sorted(spans, reverse=True):
        if _own_phrases(line[first:last], fingerprints, common_text):
            line = f"{line[:first]}{_LEFT_OUT}{line[last:]}"
    return _LEFT_OUT if _own_phrases(line, fingerprints, common_text) else line


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LEFT_OUT = "…"


def _own_phrases(line: str, fingerprints: Fingerprints, common_text: Callable[[], bytes]) -> bool:
    phrases = {
        phrase
        for reading in readings(line.replace("_", " "))
        for phrase in phrases_in(folded_words(reading), fingerprints)
    }
    return bool(phrases) and not all(_is_common(phrase, common_text()) for phrase in phrases)


def _is_common(phrase: Phrase, common: bytes) -> bool:
    """Return True for a run that is not the story’s own, whatever letter stands at an end of it.

    A letter alone is a word of markup (the tags a and p) and begins half of all sentences: a
    question that everybody is asked, with one behind it, says nothing of who answered.
    """
    while len(phrase) > 1 and len(phrase[-1]) == 1:
        phrase = phrase[:-1]
    while len(phrase) > 1 and len(phrase[0]) == 1:
        phrase = phrase[1:]
    return b" %s " % b" ".join(phrase) in common


_Hit = tuple[str, str, Phrase]
"""Path below the workspace, kind of residue, and the run of words if it is words."""


class _Search:
    def __init__(self, workspace: Workspace, fingerprints: Fingerprints, include_ids: bool) -> None:
        self.workspace, self.fingerprints = workspace, fingerprints
        self.hex_strings = fingerprints.hex_strings if include_ids else ()
        self.shipped = shipped_files(workspace)

    def below(self, path: Path) -> Iterator[_Hit]:
        """Search a file, or a folder with everything below it, through links too."""
        for each_path in (path, *paths_below(path)):
            yield from self._in_name(each_path)
            if is_unreadable_folder(each_path):
                yield self._relative(each_path), UNREADABLE, ()
            # Not of Path, which raises for what lies in such a folder. A link that leads nowhere is
            # no file.
            elif os.path.isfile(each_path):  # noqa: PTH113
                yield from self._in_file(each_path)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.workspace.root).as_posix()

    # Words of a file’s name are often joined by “_”.
    def _in_name(self, path: Path) -> Iterator[_Hit]:
        yield from self._in_text(self._relative(path), path.name.replace("_", " "))

    def _in_file(self, path: Path) -> Iterator[_Hit]:
        relative = self._relative(path)
        # Nothing can be mapped of an empty one.
        if path.stat().st_size == 0:
            return
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if any(data.find(text) >= 0 for text in self.hex_strings):
                yield relative, ITS_ID, ()
            sha = hashlib.sha256(data).hexdigest()
            if sha in self.fingerprints.media:
                yield relative, ITS_MEDIA, ()
                return
            # By its bytes: in what comes with the program are nobody's words.
            if sha in self.shipped:
                return
            with memoryview(data) as view:
                yield from self._in_parts(relative, path.name, view)

    def _in_parts(self, relative: str, name: str, data: Bytes) -> Iterator[_Hit]:
        for part in file_contents(relative, name, data):
            if isinstance(part, TextContent):
                yield from self._in_text(relative, part.text)
            elif isinstance(part, StringsInBytes):
                yield from self._in_text(relative, bytes(part.data).decode("utf-8", "replace"))
                # Programs on Windows write text in UTF-16 into files of their own.
                yield from self._in_text(relative, bytes(part.data).decode("utf-16-le", "replace"))
            elif isinstance(part, ArchiveMember):
                yield from self._in_text(relative, part.name.replace("_", " "))
                if hashlib.sha256(part.data).hexdigest() in self.fingerprints.media:
                    yield relative, ITS_MEDIA, ()
            elif isinstance(part, Unreadable):
                yield relative, UNREADABLE, ()

    def _in_text(self, relative: str, text: str) -> Iterator[_Hit]:
        searched = set()
        for reading in readings(text):
            lower_case = reading.lower().encode("utf-8", "replace")
            if any(hex_string in lower_case for hex_string in self.hex_strings):
                yield relative, ITS_ID, ()
            words = folded_words(reading)
            key = hash(tuple(words))  # most readings of a text have the same words
            if key not in searched:
                searched.add(key)
                for phrase in phrases_in(words, self.fingerprints):
                    yield relative, ITS_WORDS, phrase


def phrases_in(words: list[bytes], fingerprints: Fingerprints) -> Iterator[Phrase]:
    """Yield each run of a story’s words that stands in these."""
    by_start = fingerprints.phrases_by_start
    # By its first two words: looking for each phrase by itself would take far longer.
    for index, start in enumerate(pairwise(words)):
        for phrase in by_start.get(start, ()):
            if tuple(words[index : index + len(phrase)]) == phrase:
                yield phrase
