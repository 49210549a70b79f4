"""A last look at every byte of the built site for what must not be in it.

The gate and the edition already keep unreleased stories out; this is the second lock on the same
door. It looks for ids of stories that are not released and for terms that were taken out, in text
as it stands, with entities, escapes and percent signs decoded, with tags and cue times removed,
inside gzip, in file names, and in the bytes of media. It names the place, never the term.
"""

from __future__ import annotations

import gzip
import html
import re
import unicodedata
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from library.errors import NotAllowed
from library.story import ID_ALPHABET

LARGEST_UNPACKED = 64_000_000
"""Bytes: a gzip that unpacks to more than this is not one of ours."""
SHORTEST_IN_MEDIA = 5
"""Letters: shorter terms turn up in compressed pictures by chance."""

_ID_SHAPE = re.compile(rf"(?<![a-z0-9-])cs-[{ID_ALPHABET}]{{6}}(?![a-z0-9])")
_TEXT = {".html", ".js", ".css", ".json", ".xml", ".txt", ".vtt", ".srt", ".svg", ".map", ".md"}
_TAG = re.compile(r"<[^<>]*>")
_CUE_TIME = re.compile(r"\n[^\n]*\n[\d:.]+ --> [\d:.]+[^\n]*\n")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Leak:
    """Something that is not released, and where: a path in the site and, in text, its line."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}" if self.line else self.path


def check_leaks(
    folder: Path,
    released_ids: Collection[str],
    known_ids: Collection[str] = (),
    terms: Collection[str] = (),
) -> None:
    """Raises NotAllowed naming the places, when anything is found."""
    leaks = find_leaks(folder, released_ids, known_ids, terms)
    if leaks:
        places = "; ".join(str(leak) for leak in leaks[:5])
        more = f" and {len(leaks) - 5} more" if len(leaks) > 5 else ""
        raise NotAllowed(
            f"Something that is not released was found in the pages: {places}{more}.",
            "The site was not changed. Look at these places, and build again.",
        )


def find_leaks(
    folder: Path,
    released_ids: Collection[str],
    known_ids: Collection[str] = (),
    terms: Collection[str] = (),
) -> list[Leak]:
    """Every place below `folder` with an id that is not in `released_ids`, or with a term.

    `known_ids` are all the ids there are; anything else of an id's shape counts too. Terms are
    compared without regard to case, accents' encoding, line ends or runs of spaces, and only as
    whole words.
    """
    search = _Search.for_words(frozenset(released_ids), known_ids, terms)
    return [leak for path in sorted(folder.rglob("*")) for leak in search.in_path(path, folder)]


@dataclass(frozen=True)
class _Search:
    released: frozenset[str]
    words: re.Pattern[str] | None
    in_media: tuple[bytes, ...]

    @classmethod
    def for_words(
        cls, released: frozenset[str], known_ids: Collection[str], terms: Collection[str]
    ) -> _Search:
        hidden = [known for known in known_ids if known not in released]
        wanted = sorted({_normal(word) for word in (*hidden, *terms)} - {""}, key=len, reverse=True)
        body = "|".join(re.escape(word) for word in wanted)
        long_enough = [word for word in wanted if len(word) >= SHORTEST_IN_MEDIA]
        return cls(
            released,
            re.compile(rf"(?<!\w)(?:{body})(?!\w)") if wanted else None,
            tuple(word.encode(code) for word in long_enough for code in ("utf-8", "utf-16-le")),
        )

    def in_path(self, path: Path, folder: Path) -> Iterator[Leak]:
        name = path.relative_to(folder).as_posix()
        if self._has(name):
            yield Leak(name)
        if path.is_symlink():
            yield Leak(name)  # it could show anything, later
        elif path.is_file():
            yield from self._in_bytes(name, path.suffix.lower(), path.read_bytes())

    def _in_bytes(self, name: str, suffix: str, data: bytes) -> Iterator[Leak]:
        if suffix == ".gz":
            yield from self._in_bytes(name, Path(name[:-3]).suffix.lower() or ".txt", _unpack(data))
        elif suffix in _TEXT:
            yield from self._in_text(name, data.decode("utf-8", "replace"))
        elif self._in_binary(data):
            yield Leak(name)

    def _in_text(self, name: str, source: str) -> Iterator[Leak]:
        if not self._has(source):
            return
        lines = enumerate(source.splitlines(), start=1)
        found = [Leak(name, number) for number, line in lines if self._has(line)]
        yield from found or [Leak(name)]  # else it stands across lines

    def _has(self, source: str) -> bool:
        return any(self._said(view) for view in _views(source))

    def _said(self, view: str) -> bool:
        if any(found[0] not in self.released for found in _ID_SHAPE.finditer(view)):
            return True
        return bool(self.words and self.words.search(view))

    def _in_binary(self, data: bytes) -> bool:
        lower = data.lower()
        if any(word in lower for word in self.in_media):
            return True
        ids = re.finditer(_ID_SHAPE.pattern.encode(), lower)
        return any(found[0].decode() not in self.released for found in ids)


def _views(source: str) -> Iterator[str]:
    """The text as a reader, a browser or a script would come to see it."""
    decoded = html.unescape(unquote(_ESCAPE.sub(_escaped, source.replace("\\n", "\n"))))
    untimed = _CUE_TIME.sub(" ", decoded.replace("\r\n", "\n"))
    for view in {source, decoded, _TAG.sub("", untimed), _TAG.sub(" ", untimed)}:
        yield _normal(view)


def _escaped(found: re.Match[str]) -> str:
    code = int(found[1] or found[2] or found[3], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _normal(source: str) -> str:
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", source))
    return " ".join(visible.replace("’", "'").casefold().split())


def _unpack(data: bytes) -> bytes:
    """Raises NotAllowed for a gzip that cannot be looked into: unseen is not cleared."""
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(data, LARGEST_UNPACKED)
    except (zlib.error, gzip.BadGzipFile):
        unpacked = b""
    if not unpacked or len(unpacked) >= LARGEST_UNPACKED:
        raise NotAllowed("The site holds a .gz file that cannot be looked into.", "Remove it.")
    return unpacked
