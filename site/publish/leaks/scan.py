"""The leak check: every byte of the built site is searched for what must not be in it.

The gate and the edition already keep unreleased stories out; this is the second lock on the same
door. It looks for the ids and the media of stories that are not released, and for terms that were
taken out, in file names and in everything that is in the files:

    extract       what a file is made of: text, strings, archives, notes in media
    readings      how a text is read: decoded, without tags or times; and its words, folded
    needles       what is looked for
    binary_scan   the same in gigabytes of film

It names the place and the entry of the private list, never the term. What it cannot look into, or
cannot finish, is refused.
"""

from __future__ import annotations

import hashlib
import mmap
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from library.core.errors import CarerStoriesError, NotAllowed
from library.core.files import entries_below, steps_of, translate_disk_errors
from library.records.hidden_terms import HiddenTerm
from publish.leaks.extract import (
    MAX_UNKNOWN_BYTES,
    ArchiveMember,
    Bytes,
    FileContent,
    MediaBytes,
    StringsInBytes,
    TextContent,
    Unreadable,
    file_contents,
)
from publish.leaks.needles import LeakReason, Needles
from publish.leaks.readings import TEXT_BREAK

MIN_BYTES_OF_WORD = 5
"""Bytes: shorter words turn up among numbers by chance."""
_MAX_BYTES_IN_MEMORY = 1_000_000
"""Bytes: what is larger is looked at where it lies."""
_NOISE_BYTES = 4096
"""Bytes: among more than so many, a word must stand in a run of text to be one."""
_RUN = re.compile(r"[\w\s'’&.,:;-]{5,}")
_STORY_OF = re.compile(r"stories/(cs-[a-z0-9-]+?)(?:[./]|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_WORD_IN_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")

LINK_REASON = "a link to somewhere else"
UNREADABLE_REASON = "it cannot be looked into"
NAME_REASON = "in the name"


@dataclass(frozen=True)
class LeakRules:
    """The terms and media that must not be in the pages, and what may."""

    released: frozenset[str]
    """Ids of the stories that may be shown; anything else of an id’s shape may not."""
    known: frozenset[str] = frozenset()
    """Ids of all stories there are."""
    terms: tuple[HiddenTerm, ...] = field(default=(), repr=False)
    media: Mapping[str, str] = field(default_factory=dict, repr=False)
    """SHA-256 of films, recordings and posters that are not released, and their story."""
    shipped: frozenset[str] = frozenset()
    """SHA-256 of files that come with the program: one says “amber”, and means the colour."""


@dataclass(frozen=True, order=True)
class Leak:
    """Something that may not be shown: a path in the site, in text its line, and what it is."""

    path: str
    line: int = 0
    why: str = ""

    def __str__(self) -> str:
        location = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{location} ({self.why})" if self.why else location


def check_leaks(
    folder: Path,
    rules: LeakRules,
    hashed: Mapping[str, str] | None = None,
    but: Collection[str] = (),
) -> None:
    """Raise NotAllowed naming the places, when anything is found or the scan cannot be finished.

    `hashed` gives the SHA-256 of files that were hashed a moment ago, by their path in the site.
    Files in `but` were searched before, for all of this.
    """
    # Five places are enough to begin with, and the message stays readable.
    leaks = find_leaks(folder, rules, hashed, but)
    if leaks:
        places = "; ".join(str(leak) for leak in leaks[:5])
        more = f" and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        raise NotAllowed(
            f"Something that may not be shown was found in the pages: {places}{more}. "
            "What stood before was not changed.",
            "Look at these places, and build again.",
        )


def find_leaks(
    folder: Path,
    rules: LeakRules,
    hashed: Mapping[str, str] | None = None,
    but: Collection[str] = (),
) -> list[Leak]:
    """Return every place below `folder` with something that may not be shown, in order.

    Files in `but` were searched before, for all of this.

    Raises NotAllowed for a file that stops the search, DiskFailed for one that cannot be read.
    """
    search = _LeakScan(folder, rules, hashed or {})
    leaks: set[Leak] = set()
    # Sorted, so that the same fault is named first each time.
    with translate_disk_errors(folder, "read"):
        names = [name for name, _ in entries_below(folder) if name not in but]
    for path in map(folder.joinpath, sorted(names, key=steps_of)):
        try:
            leaks.update(search.in_path(path))
        # Says already what is the matter, in words for people.
        except CarerStoriesError:
            raise
        except Exception as error:
            # A hostile file must not slip through by making the search fall over.
            raise NotAllowed(
                f"The last look at the pages could not be finished: it stopped at "
                f"{search.shown_path(path)}. "
                "What stood before was not changed.",
                "Remove or mend that file, and build again.",
            ) from error
    return sorted(leaks)


class _LeakScan:
    def __init__(self, folder: Path, rules: LeakRules, hashed: Mapping[str, str]) -> None:
        self.folder, self.rules, self.hashed = folder, rules, hashed
        self._own_terms: dict[str, list[HiddenTerm]] = defaultdict(list)
        for term in rules.terms:
            if not term.everywhere:
                self._own_terms[term.story].append(term)
        # Most files share their needles, and a name such as index.html comes a thousand times.
        self._needles_for = lru_cache(maxsize=None)(self._needles_of)
        self._reasons_cached = lru_cache(maxsize=None)(self._reasons_in_step)
        self._folder_cached = lru_cache(maxsize=None)(self._shown_name)

    def in_path(self, path: Path) -> Iterator[Leak]:
        name = path.relative_to(self.folder).as_posix()
        own = self._own_story(name)
        needles = self._needles_for(own)
        location = self._shown_name(name, own)
        yield from (
            Leak(location, why=f"{NAME_REASON}: {why}")
            for why in self._reasons_cached(own, path.name)
        )
        if path.is_symlink():
            yield Leak(location, why=LINK_REASON)  # it could show anything, later
        elif path.is_file():
            with translate_disk_errors(path, "read"), path.open("rb") as file:
                size = path.stat().st_size
                # An empty file cannot be mapped into memory.
                if size == 0:
                    return
                if size <= _MAX_BYTES_IN_MEMORY:
                    yield from self._in_file(name, location, file.read(), needles)
                    return
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    yield from self._in_file(name, location, data, needles)

    def _in_file(
        self, name: str, location: str, data: bytes | mmap.mmap, needles: Needles
    ) -> Iterator[Leak]:
        # Films were hashed a moment ago, and take the longest.
        sha = self.hashed.get(name) or hashlib.sha256(data).hexdigest()
        if sha in self.rules.media:
            yield Leak(location, why=f"a file of {self.rules.media[sha]}")
        # By its hash, not its name: a changed style sheet is read like any other.
        if sha not in self.rules.shipped:
            # A view: slices of a film of gigabytes are not copied.
            with memoryview(data) as view:
                for part in file_contents(location, name, view):
                    yield from self._in_part(part, needles)

    def _in_part(self, part: FileContent, needles: Needles) -> Iterator[Leak]:
        if isinstance(part, TextContent):
            yield from _in_text(part, needles)
        elif isinstance(part, ArchiveMember):
            yield from self._in_member(part, needles)
        elif isinstance(part, Unreadable) or _is_too_large(part):
            yield Leak(part.place, why=UNREADABLE_REASON)
        else:
            find = _in_strings if isinstance(part, StringsInBytes) else _in_media
            yield from (Leak(part.place, why=str(why)) for why in find(part.data, needles))

    def _in_member(self, part: ArchiveMember, needles: Needles) -> Iterator[Leak]:
        for step in part.name.split("/"):
            yield from (
                Leak(part.place, why=f"{NAME_REASON}: {why}") for why in _in_name(needles, step)
            )
        sha = hashlib.sha256(part.data).hexdigest()
        if sha in self.rules.media:
            yield Leak(part.place, why=f"a file of {self.rules.media[sha]}")

    def shown_path(self, path: Path) -> str:
        """Return the path for people, without a step that holds a term itself."""
        name = path.relative_to(self.folder).as_posix()
        return self._shown_name(name, self._own_story(name))

    def _shown_name(self, name: str, own: str) -> str:
        folder, slash, step = name.rpartition("/")
        if any(why.is_term for why in self._reasons_cached(own, step)):
            step = "(name not shown)"
        return f"{self._folder_cached(folder, own)}/{step}" if slash else step

    def _own_story(self, name: str) -> str:
        """Return the story whose own terms are looked for in a path, if it has any."""
        match = _STORY_OF.match(name)
        return match[1] if match and match[1] in self._own_terms else ""

    def _reasons_in_step(self, own: str, step: str) -> set[LeakReason]:
        return _in_name(self._needles_for(own), step)

    def _needles_of(self, story: str) -> Needles:
        if story:
            return self._needles_for("").with_terms(self._own_terms[story])
        everywhere = [term for term in self.rules.terms if term.everywhere]
        return Needles.from_terms(self.rules.released, self.rules.known, everywhere)


def _is_too_large(part: StringsInBytes | MediaBytes) -> bool:
    return isinstance(part, StringsInBytes) and len(part.data) > MAX_UNKNOWN_BYTES


def _in_name(needles: Needles, name: str) -> set[LeakReason]:
    """Return findings in one step of a path: dots, hyphens, underscores and capitals part words."""
    parted = _WORD_IN_CAPITALS.sub(" ", re.sub(r"[-_]", " ", name.replace(".", TEXT_BREAK)))
    return needles.in_text(name) | needles.in_text(parted)


def _in_text(part: TextContent, needles: Needles) -> Iterator[Leak]:
    reasons_in_all = needles.in_text(part.text)
    if not reasons_in_all:
        return
    lines = [needles.in_text(line) for line in part.text.splitlines()]
    for why in reasons_in_all:
        numbers = [number for number, reasons in enumerate(lines, start=1) if why in reasons]
        # Where it is in no line alone, it stands across lines.
        yield from (Leak(part.place, number, str(why)) for number in numbers or [0])


def _in_strings(data: Bytes, needles: Needles) -> Iterator[LeakReason]:
    lower_case = bytes(data).lower()
    for word, why in needles.as_bytes:
        if len(word) >= MIN_BYTES_OF_WORD and word in lower_case:
            yield why
    for text in _decodings(bytes(data)):
        # Among many bytes short words turn up by chance and would stop a build.
        runs = text if len(data) <= _NOISE_BYTES else TEXT_BREAK.join(_RUN.findall(text))
        yield from needles.in_text(_CONTROL.sub(TEXT_BREAK, runs))


def _decodings(data: bytes) -> Iterator[str]:
    yield data.decode("utf-8", "replace")
    yield data.decode("latin-1")
    for encoding in ("utf-16-le", "utf-16-be") if b"\0" in data else ():
        yield data.decode(encoding, "replace")
        # Text may begin at an odd byte, where the pairs fall otherwise.
        yield data[1:].decode(encoding, "replace")


def _in_media(data: Bytes, needles: Needles) -> Iterator[LeakReason]:
    yield from (needles.as_bytes[number][1] for number in needles.byte_search.numbers_in(data))
