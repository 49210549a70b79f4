"""The folders of stories as they were last read, so that `status` need not read them all again.

A thousand transcripts take seconds to read, and a thousand films minutes to hash. What was read of
a folder is kept with the sizes and times of its files, and holds until one of them differs. It is
nothing but what `folder_facts` read: the gate decides anew each time, by the records, the settings
and the day, and whatever shows a story to somebody asks it of the files themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from dataclasses import dataclass

import msgspec

from library.consent import gate, gate_input
from library.consent.gate import Progress
from library.consent.gate_input import progress_of
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from library.records import cut, transcript_state
from library.records.transcript_state import (
    ReviewCounts,
    has_short_redactions,
    read_review_counts,
)

_UNSETTLED_S = 3.0
"""Seconds in which a disk may show the same time for another change: FAT counts by twos."""
_READERS = (sys.modules[__name__], gate, gate_input, cut, transcript_state, struct_file)
"""The modules that read a folder: what another version of them read is read again."""


@dataclass(frozen=True)
class FolderFacts:
    """The facts in a story's folder on which its status rests."""

    progress: Progress
    review_counts: ReviewCounts | None = None
    """None before it is transcribed, and where they cannot be read."""
    has_short_redactions: bool = False


class _KnownFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The file `interviews/.story-folders.json`. It names no story."""

    readers: str = ""
    """Token of the modules that read them."""
    facts: dict[str, FolderFacts] = {}
    """Token of a folder → what was read of it."""


def folder_facts(folder: StoryFolder, *, hashing: bool = True) -> FolderFacts:
    """Read a story's folder. Hashes its film, as `progress_of` does."""
    progress = progress_of(folder, hashing=hashing)
    return FolderFacts(
        progress,
        read_review_counts(folder.review_counts) if progress.transcribed else None,
        progress.cut is not None and has_short_redactions(folder),
    )


class KnownFolders:
    """The folders of a library's stories, each read only where its files changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._file = workspace.known_folders
        self._readers = _readers_token()
        known = struct_file.load_if_readable(self._file, _KnownFacts)
        is_usable = known is not None and known.readers == self._readers
        self._known = known.facts if known is not None and is_usable else {}
        self._now: dict[str, FolderFacts] = {}

    def facts(self, folder: StoryFolder) -> FolderFacts:
        """Return what `folder_facts` reads of a folder."""
        # Before it is read: a change meanwhile gives it another token.
        token = _folder_token(folder)
        facts = self._known.get(token) or folder_facts(folder)
        if token:
            self._now[token] = facts
        return facts

    def keep(self) -> None:
        """Write what is known now for the next time, if it is not what was known before."""
        if self._now.keys() == self._known.keys():
            return
        # What cannot be kept is read again.
        with contextlib.suppress(CarerStoriesError):
            struct_file.save(self._file, _KnownFacts(readers=self._readers, facts=self._now))


def _folder_token(folder: StoryFolder) -> str:
    """Return a hash over a folder's path and its files' names, sizes and times.

    Empty where it cannot be listed, or something in it was changed so lately that the next change
    might not show.
    """
    root = str(folder.root)
    settled_until = time.time() - _UNSETTLED_S
    try:
        names = sorted(os.listdir(root))  # noqa: PTH208 - paths as objects take three times as long
        # Locks and half-written files come and go, and say nothing.
        paths = [f"{root}/{name}" for name in names if not name.startswith(".")]
        statuses = [os.stat(path) for path in paths]  # noqa: PTH116
        if "original" in names and os.path.exists(folder.manifest):  # noqa: PTH110
            statuses.append(os.stat(folder.manifest))  # noqa: PTH116
    except OSError:
        return ""
    if any(max(status.st_mtime, status.st_ctime) > settled_until for status in statuses):
        return ""
    facts = [_size_and_times(status) for status in statuses]
    return hashlib.sha256(repr((root, names, facts)).encode("utf-8", "surrogateescape")).hexdigest()


def _size_and_times(status: os.stat_result) -> tuple[int, ...]:
    # The change time too: a program can set the time of writing, but not this one.
    return (
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
        status.st_dev,
    )


def _readers_token() -> str:
    """Return a hash over sizes and times of the modules, and of the program that holds them."""
    digest = hashlib.sha256()
    for path in (sys.executable, *(str(module.__file__) for module in _READERS)):
        with contextlib.suppress(OSError):
            digest.update(repr((path, _size_and_times(os.stat(path)))).encode())  # noqa: PTH116
    return digest.hexdigest()
