"""The state of a story's transcript: places still to review, takes and corrections not in it yet.

A small record beside the transcript, so that `status` can tell without reading an editor's copy.
"""

from __future__ import annotations

import hashlib
from codecs import BOM_UTF8
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.workspace import StoryFolder


class ReviewCounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Counts of what is left to review in an editor's copy: the file `doubts.json`.

    It is derived, and written anew with every editor's copy.
    """

    schema: int = 1
    words: int
    unsure: int
    """Places marked as unsure in the editor's copy."""
    questions: int = 0
    """Words that may be a private name, not yet answered for by the editor: they block approval."""
    possible_names: int = 0
    """Words that may be a name that nobody listed, not answered for: they block as well."""
    unheard: int = 0
    """Spans in which somebody speaks and no words were recognised, open still: they block too."""
    contributor_remarks: int = 0
    """Remarks of the contributor whose marks ask for something still: they block too."""
    copy_fingerprint: str = ""
    """Of the copy as `edit` last applied it; empty where an earlier version did, or nobody."""


def read_review_counts(path: Path) -> ReviewCounts | None:
    """Return the counts, or None if there are none or they cannot be read.

    No decision about showing a story rests on them.
    """
    return struct_file.load_if_readable(path, ReviewCounts)


def fingerprint_of_copy(data: bytes) -> str:
    """Return what tells whether an editor's copy says something else than an earlier state of it.

    Text editors add a byte order mark or change the ends of lines: that says nothing else.
    """
    lines = data.removeprefix(BOM_UTF8).splitlines()
    return hashlib.sha256(b"\n".join(line.rstrip() for line in lines)).hexdigest()


def is_copy_changed(folder: StoryFolder) -> bool:
    """Return True if `transcript.md` was changed since `edit` last applied it.

    False where that is not known: nothing was applied, it was applied by an earlier version, or
    a file cannot be read, which commands that need the file report.
    """
    counts = read_review_counts(folder.review_counts) if folder.edited.is_file() else None
    if counts is None or not counts.copy_fingerprint:
        return False
    try:
        data = folder.editors_copy.read_bytes()
    except OSError:
        return False
    return fingerprint_of_copy(data) != counts.copy_fingerprint


class _RedactionRule(msgspec.Struct):
    """The redactions of `edited.json`, and the rule by which they reach beyond their words."""

    redactions: tuple[msgspec.Raw, ...] = ()
    reach: str = ""


def has_short_redactions(folder: StoryFolder) -> bool:
    """Return True if redactions reach only as far as version 0.1.0 had them reach.

    The edge of a word may be heard beside them. False where the file cannot be read.
    """
    rule = struct_file.load_if_readable(folder.edited, _RedactionRule)
    return rule is not None and bool(rule.redactions) and not rule.reach


_TOLERANCE_MS = 30
"""More than an encoder adds to a recording, and less than the shortest take, which is one frame."""


class _RecordedLength(msgspec.Struct):
    """The joined length in `original/manifest.json`, in milliseconds; 0 where there is one take."""

    length: int = 0


class _TranscribedWith(msgspec.Struct):
    """The engine in `transcript.json`, and the options as it names them."""

    engine: str = ""
    options: dict[str, str | int | float | bool | None] = {}


def is_heard_with_losses(folder: StoryFolder) -> bool:
    """Return True if the words were recognised with settings since found to lose sentences.

    The glossary as a prompt, batches, and faster-whisper that was not told the words before. False
    where the transcript cannot be read.
    """
    heard = struct_file.load_if_readable(folder.transcript, _TranscribedWith)
    if heard is None:
        return False
    is_told_words_before = heard.options.get("condition_on_previous_text", True)
    return bool(
        heard.options.get("initial_prompt")
        or heard.options.get("batch_size")
        or (heard.engine.startswith("faster-whisper") and not is_told_words_before)
    )


class _TranscribedLength(msgspec.Struct):
    """The length of the transcribed speech in `transcript.json`, in milliseconds."""

    duration: int


def is_transcript_outdated(folder: StoryFolder) -> bool:
    """Return True if a take was added after `transcript.json` was made.

    False without a transcript, and if either file cannot be read: commands that need the file
    report that.
    """
    recorded = struct_file.load_if_readable(folder.manifest, _RecordedLength)
    if recorded is None or not recorded.length:
        return False
    heard = struct_file.load_if_readable(folder.transcript, _TranscribedLength)
    return heard is not None and heard.duration + _TOLERANCE_MS < recorded.length
