"""Indexes of stories that the next build uses again: `interviews/search-indexes/`.

    interviews/search-indexes/<id>.search-index    what the search needs of one story that is shown

To read every word of a thousand stories takes longer than all else that the search is made of. One
is used where the story's pages are (`publish.standing_site`) and its bytes are those of the last
build, by the SHA-256 in what the log proves. They hold the words of released stories: a build
leaves none of a story that it does not show, and an erasure none of the one that it erases.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields

import msgspec
import numpy as np

from library.core import files
from library.core.files import closing, write_all
from library.core.workspace import Workspace
from publish.search.document_index import (
    COMMON_WORDS,
    DocumentIndex,
    PairColumns,
    StemColumns,
    Vocabulary,
)
from publish.search.signs import Numbers

_BELOW_ZERO = len(COMMON_WORDS)
"""Added to numbers that may be those of common words, so that none is below 0."""
_SIZES = (np.uint8, np.uint16, np.uint32)
_PARTS = "|"  # a sign, so that no word has it
_UNREADABLE = (OSError, msgspec.DecodeError, ValueError, TypeError, IndexError)


@dataclass(frozen=True)
class StoryIndex:
    """The index of a story, and all else of it that the search names beside its texts."""

    path: str
    """Of its page, from the site's root."""
    themes: tuple[str, ...]
    moments: tuple[int, ...]
    """The number of moments of each of its answers."""
    mark: str
    """Of the files of its texts."""
    index: DocumentIndex


class _StoredIndex(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    themes: tuple[str, ...]
    moments: tuple[int, ...]
    mark: str
    passages: int
    words: str
    """Every word of it, parted by `|`: the columns have its number here."""
    roots: str
    """The stem of each, parted likewise: nothing where it is the word itself."""
    stems: tuple[bytes, ...]
    pairs: tuple[bytes, ...]
    """Columns: the bytes of each number in one byte, then the numbers."""
    stem_signs: bytes
    place_signs: bytes
    pair_signs: bytes


class KeptIndexes:
    """The indexes that the last build kept, and those that this one will keep."""

    def __init__(self, workspace: Workspace, hashes: Mapping[str, str]) -> None:
        """`hashes` are the SHA-256 of the files of stories that are as they were, by their ids."""
        self._folder = workspace.search_indexes
        self._hashes = dict(hashes)
        self._made: dict[str, bytes] = {}

    def read(self, vocabulary: Vocabulary) -> dict[str, StoryIndex]:
        """Return the kept indexes by story; one that is not as it was kept is left out."""
        stories = {}
        for story_id, sha256 in [*self._hashes.items()]:
            with contextlib.suppress(*_UNREADABLE):
                data = (self._folder / _name(story_id)).read_bytes()
                if hashlib.sha256(data).hexdigest() == sha256:
                    stories[story_id] = decode_index(data, vocabulary)
                    continue
            del self._hashes[story_id]
        return stories

    def add(self, story_id: str, story: StoryIndex, vocabulary: Vocabulary) -> None:
        """Keep the index of a story that was made anew."""
        self._made[story_id] = encode_index(story, vocabulary)

    def save(self, shown: Collection[str]) -> dict[str, str]:
        """Write what was made, and remove what is of no story that is shown.

        Returns the SHA-256 of each file by its story. What cannot be written is made anew by the
        next build, and so is what a power cut tears: nothing is flushed.
        """
        kept = {story_id: sha for story_id, sha in self._hashes.items() if story_id in shown}
        names = {_name(story_id) for story_id in shown}
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            for old in sorted(self._folder.iterdir()):
                if old.name not in names:
                    files.system.unlink(old)
            for story_id, data in self._made.items():
                path = self._folder / _name(story_id)
                # Never through a link to elsewhere.
                path.unlink(missing_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                with closing(handle := files.system.open(path, flags)):
                    write_all(handle, data)
                kept[story_id] = hashlib.sha256(data).hexdigest()
        self._made.clear()
        return kept

    def remove(self) -> None:
        """Remove all of them, where the next build may not go by this one."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _name(story_id: str) -> str:
    return f"{story_id}.search-index"


def encode_index(story: StoryIndex, vocabulary: Vocabulary) -> bytes:
    """Return the index of a story as bytes, with the words that it names."""
    index = story.index
    # Called after a word of this story: the first with a stem may be another's.
    of_stems, own_words = np.unique(vocabulary.stems_of(index.words), return_index=True)

    def own_numbers(column: Numbers) -> Numbers:
        numbers = column.copy()
        numbers[column >= 0] = own_words[np.searchsorted(of_stems, column[column >= 0])]
        return numbers

    words = index.words.tolist()
    texts, roots = (
        [*map(texts.__getitem__, words)] for texts in (vocabulary.words, vocabulary.roots)
    )
    stems = [getattr(index.stems, name.name) for name in fields(StemColumns)]
    stems[0] = own_numbers(stems[0])
    pairs = [getattr(index.pairs, name.name) for name in fields(PairColumns)]
    pairs[:2] = [own_numbers(column) + _BELOW_ZERO for column in pairs[:2]]
    return msgspec.msgpack.encode(
        _StoredIndex(
            path=story.path,
            themes=story.themes,
            moments=story.moments,
            mark=story.mark,
            passages=index.passages,
            words=_PARTS.join(texts),
            roots=_PARTS.join(
                "" if root == text else root for text, root in zip(texts, roots, strict=True)
            ),
            stems=tuple(map(_packed, stems)),
            pairs=tuple(map(_packed, pairs)),
            stem_signs=index.stem_signs,
            place_signs=index.place_signs,
            pair_signs=index.pair_signs,
        )
    )


def decode_index(data: bytes, vocabulary: Vocabulary) -> StoryIndex:
    """Return the index of a story, its words numbered by `vocabulary`.

    Raises DecodeError or another ValueError for what is none.
    """
    stored = msgspec.msgpack.decode(data, type=_StoredIndex)
    texts = stored.words.split(_PARTS) if stored.words else []
    roots = stored.roots.split(_PARTS) if stored.words else []
    numbers = np.asarray(vocabulary.numbers_of(texts, roots), dtype=np.int32)
    word, *stems = map(_unpacked, stored.stems)
    left, right, *pairs = map(_unpacked, stored.pairs)
    stem_of = vocabulary.stems_of(numbers)
    return StoryIndex(
        stored.path,
        stored.themes,
        stored.moments,
        stored.mark,
        DocumentIndex(
            stored.passages,
            numbers,
            StemColumns(stem_of[word], *stems),
            stored.stem_signs,
            stored.place_signs,
            PairColumns(_in_library(stem_of, left), _in_library(stem_of, right), *pairs),
            stored.pair_signs,
        ),
    )


def _in_library(stem_of: Numbers, column: Numbers) -> Numbers:
    numbers = column.astype(np.int32) - _BELOW_ZERO
    own = numbers >= 0
    numbers[own] = stem_of[numbers[own]]
    return numbers


def _packed(column: Numbers) -> bytes:
    highest = int(column.max(initial=0))
    size = next(size for size in _SIZES if highest <= np.iinfo(size).max)
    return bytes([np.dtype(size).itemsize]) + column.astype(size).tobytes()


def _unpacked(data: bytes) -> Numbers:
    size = next(size for size in _SIZES if np.dtype(size).itemsize == data[0])
    column: Numbers = np.frombuffer(data, dtype=size, offset=1)
    return column
