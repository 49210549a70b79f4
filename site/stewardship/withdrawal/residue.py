"""What a story is known by, and where any of it is still found.

A story is known by its id, by the SHA-256 of its media and of its cuts, and by its words: its
title, its summary, what was said, in runs of six words. Where one of these stands in a file, in its
name, or packed inside it, there is a trace of the story. Words that others say as well (another
story, the question sets, the pages every library starts with) are nobody's in particular and are no
trace.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from library.core.workspace import Workspace
from publish.leaks.extract import (
    ArchiveMember,
    Bytes,
    StringsInBytes,
    TextContent,
    Unreadable,
    file_contents,
)
from publish.leaks.readings import fold, readings

RUN = 6
"""Words in a run that is looked for; a run copied from a story is found from 8 words on."""
STRIDE = 3
FEWEST = {"title": 2, "said": 4}
"""Words: fewer than these stand everywhere (“Thank you”)."""
ITS_ID, ITS_MEDIA, ITS_WORDS = "its id", "its media", "its words"
UNSEEN = "it cannot be looked into"

Phrase = tuple[bytes, ...]


@dataclass(frozen=True)
class Telltales:
    """What one story is known by. It holds the very words: never write, print or log it."""

    story: str
    media: frozenset[str] = frozenset()
    """SHA-256 of films, recordings and pictures, of every cut that is known."""
    cuts: frozenset[str] = frozenset()
    """Hashes of its cuts: they stand in editions."""
    phrases: frozenset[Phrase] = field(default=frozenset(), repr=False)

    def and_of(self, other: Telltales) -> Telltales:
        return Telltales(
            self.story,
            self.media | other.media,
            self.cuts | other.cuts,
            self.phrases | other.phrases,
        )

    @cached_property
    def hexes(self) -> tuple[bytes, ...]:
        """The id and every hash, as they stand in files."""
        return tuple(one.encode() for one in (self.story, *sorted(self.media | self.cuts)))

    @cached_property
    def by_beginning(self) -> dict[tuple[bytes, bytes], list[Phrase]]:
        found: dict[tuple[bytes, bytes], list[Phrase]] = {}
        for phrase in self.phrases:
            found.setdefault((phrase[0], phrase[1]), []).append(phrase)
        return found


@dataclass(frozen=True, order=True)
class Trace:
    """A file in which something of the story is still found, by its path below the workspace."""

    place: str
    of: str
    """`ITS_ID`, `ITS_MEDIA`, `ITS_WORDS` or `UNSEEN`: never the words themselves."""


def phrases_of(text: str, kind: str = "said") -> frozenset[Phrase]:
    """The runs of words by which a text is known; none for a text that is too short for that."""
    words = words_of(text)
    if len(words) < FEWEST[kind]:
        return frozenset()
    starts = {*range(0, max(len(words) - RUN, 0) + 1, STRIDE), max(len(words) - RUN, 0)}
    return frozenset(tuple(words[at : at + RUN]) for at in starts)


def words_of(text: str) -> list[bytes]:
    return fold(text).spaced.split()


def find_traces(
    workspace: Workspace,
    places: Iterable[Path],
    telltales: Telltales,
    *,
    said_elsewhere: Callable[[], bytes],
    with_id: bool = True,
) -> tuple[Trace, ...]:
    """Every trace in `places` (files or folders), in order. Only reads.

    `said_elsewhere` gives the folded words that are not the story's own; it is asked only when
    words were found. `with_id=False` leaves out the id and hashes that are written down: our own
    records keep those. Raises DiskFailed for what cannot be read.
    """
    search = _Search(workspace, telltales, with_id)
    found = [one for place in places for one in search.below(place)]
    common = said_elsewhere() if any(phrase for _, _, phrase in found) else b""
    return tuple(
        sorted(
            {
                Trace(place, of)
                for place, of, phrase in found
                if not (phrase and b" %s " % b" ".join(phrase) in common)
            }
        )
    )


_Found = tuple[str, str, Phrase]
"""Place, what it is of, and the run of words if it is words."""


class _Search:
    def __init__(self, workspace: Workspace, telltales: Telltales, with_id: bool) -> None:
        self.workspace, self.telltales = workspace, telltales
        self.hexes = telltales.hexes if with_id else ()

    def below(self, place: Path) -> Iterator[_Found]:
        if place.is_dir() and not place.is_symlink():
            yield from self._in_name(place)
            for inside in sorted(place.iterdir()):
                yield from self.below(inside)
        elif place.is_file() or place.is_symlink():
            yield from self._in_name(place)
            yield from self._in_file(place)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.workspace.root).as_posix()

    def _in_name(self, path: Path) -> Iterator[_Found]:
        yield from self._in_text(self._shown(path), path.name.replace("_", " "))

    def _in_file(self, path: Path) -> Iterator[_Found]:
        shown = self._shown(path)
        if not path.is_file() or path.stat().st_size == 0:  # a link that leads nowhere
            return
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if any(data.find(one) >= 0 for one in self.hexes):
                yield shown, ITS_ID, ()
            if hashlib.sha256(data).hexdigest() in self.telltales.media:
                yield shown, ITS_MEDIA, ()
                return
            with memoryview(data) as view:
                yield from self._in_parts(shown, path.name, view)

    def _in_parts(self, shown: str, name: str, data: Bytes) -> Iterator[_Found]:
        for part in file_contents(shown, name, data):
            if isinstance(part, TextContent):
                yield from self._in_text(shown, part.text)
            elif isinstance(part, StringsInBytes):
                yield from self._in_text(shown, bytes(part.data).decode("utf-8", "replace"))
                yield from self._in_text(shown, bytes(part.data).decode("utf-16-le", "replace"))
            elif isinstance(part, ArchiveMember):
                yield from self._in_text(shown, part.name.replace("_", " "))
                if hashlib.sha256(part.data).hexdigest() in self.telltales.media:
                    yield shown, ITS_MEDIA, ()
            elif isinstance(part, Unreadable):
                yield shown, UNSEEN, ()

    def _in_text(self, shown: str, text: str) -> Iterator[_Found]:
        seen = set()
        for reading in readings(text):
            small = reading.lower().encode("utf-8", "replace")
            if any(one in small for one in self.hexes):
                yield shown, ITS_ID, ()
            words = words_of(reading)
            said = hash(tuple(words))  # most readings of a text have the same words
            if said not in seen:
                seen.add(said)
                for phrase in self._phrases_in(words):
                    yield shown, ITS_WORDS, phrase

    def _phrases_in(self, words: list[bytes]) -> Iterator[Phrase]:
        beginnings = self.telltales.by_beginning
        for at, pair in enumerate(pairwise(words)):
            for phrase in beginnings.get(pair, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    yield phrase
