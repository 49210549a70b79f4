"""Redactions that an editor listened to, each with a second before it and after it.

Each is known by the recognised words that it hides and by its span: where either changes, it is
another one and has to be listened to again. What is kept says no word.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence

import msgspec

from library.core import struct_file
from library.core.workspace import StoryFolder
from transcribe.redaction.normalise import folded
from transcribe.words import EditedTranscript, Redaction, Transcript, read_edited, read_transcript

_MOST_KEPT = 10_000
_ID_DIGITS = 16


class CheckedRedactions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Contents of `checked-redactions.json`."""

    schema: int = 1
    ids: tuple[str, ...] = ()
    """In the order in which they were listened to."""


def redaction_ids(transcript: Transcript, redactions: Sequence[Redaction]) -> list[str]:
    """Return the id of each redaction."""
    return [_id_of(transcript, redaction) for redaction in redactions]


def _id_of(transcript: Transcript, redaction: Redaction) -> str:
    said = "".join(folded(text) for text in _words_within(transcript, redaction))
    content = f"{redaction.start}-{redaction.end}-{said}"
    return hashlib.sha256(content.encode()).hexdigest()[:_ID_DIGITS]


def _words_within(transcript: Transcript, redaction: Redaction) -> Iterator[str]:
    words = transcript.words
    for at in range(bisect_left(words, redaction.start, key=lambda word: word.middle), len(words)):
        if words[at].middle > redaction.end:
            break
        yield words[at].text


def read_checked(folder: StoryFolder) -> frozenset[str]:
    """Return the ids of what was listened to; none where the list cannot be read.

    Whoever approves is then asked about all of them.
    """
    checked = struct_file.load_if_readable(folder.checked_redactions, CheckedRedactions)
    return frozenset(checked.ids) if checked else frozenset()


def add_checked(folder: StoryFolder, ids: Collection[str]) -> frozenset[str]:
    """Add redactions to those that were listened to, and return all. Raises NoRoom, DiskFailed."""
    before = struct_file.load_if_readable(folder.checked_redactions, CheckedRedactions)
    known = before.ids if before else ()
    kept = tuple(dict.fromkeys((*known, *ids)))[-_MOST_KEPT:]
    if kept != known:
        struct_file.save(folder.checked_redactions, CheckedRedactions(ids=kept))
    return frozenset(kept)


def unchecked_redactions(folder: StoryFolder) -> tuple[tuple[Redaction, ...], int]:
    """Return the redactions that nobody listened to at the desk, and how many there are in all.

    Raises Damaged and DiskFailed.
    """
    if not folder.edited.is_file() or not folder.transcript.is_file():
        return (), 0
    edited: EditedTranscript = read_edited(folder.edited)
    checked = read_checked(folder)
    ids = redaction_ids(read_transcript(folder.transcript), edited.redactions)
    left = (
        redaction
        for redaction, own_id in zip(edited.redactions, ids, strict=True)
        if own_id not in checked
    )
    return tuple(left), len(edited.redactions)
