"""Anchors of the log: each receipt in the library names a line that the log must still have.

A log whose end was cut off is whole in itself, and lines that changed no record (a hold, a build)
can go without the database noticing. What a receipt of a build or withdrawal says of the log's last
line holds it to that. Receipts are written and judged elsewhere (`publish.build_receipt`); read
here are two fields of them, for whoever is about to show something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from library.core import struct_file
from library.core.files import translate_disk_errors
from library.core.workspace import Workspace
from library.records import audit_log

_RECEIPT = re.compile(r"(?:build|withdrawal)-.*\.json")
_WENT_BACK = re.compile(rb'"at":"([^"]{20})","action":"migrate-back"')
_HASH_OF_LINE = re.compile(rb'"sha256":"([0-9a-f]{64})"\}(?:\n|\Z)')


class _AnchorFields(msgspec.Struct, frozen=True):
    """The fields of a receipt that say where the log stood; those of the other kind are empty."""

    sequence: int = 0
    head: str = ""
    log_lines: int = 0
    log_head: str = ""
    built: str = ""
    made: str = ""


class _Anchor(NamedTuple):
    """Number and hash of the line that a receipt names, the receipt, and when it was made."""

    sequence: int
    sha256: str
    receipt: Path
    made: str


def last_anchored(workspace: Workspace) -> int:
    """Return the highest number of a line that a receipt names; 0 without any."""
    return max((anchor.sequence for anchor in _anchors(workspace)), default=0)


def require_anchors(workspace: Workspace) -> None:
    """Raise Damaged where the log lacks the line that a receipt in the library names.

    Receipts of before a confirmation are not asked. One that cannot be read is for `verify`.
    """
    anchors = list(_anchors(workspace))
    if not anchors:
        return
    with translate_disk_errors(workspace.audit_log, "read"):
        log = workspace.audit_log.read_bytes() if workspace.audit_log.exists() else b""
    hashes = {match.decode() for match in _HASH_OF_LINE.findall(log)}
    confirmed = audit_log.confirmation(workspace.audit_log)
    passed = confirmed.sequence if confirmed else 0
    # A migration that was undone put the log back as well, and asked before.
    went_back = max((at.decode() for at in _WENT_BACK.findall(log)), default="")
    for anchor in anchors:
        is_asked = anchor.sequence > passed and (not went_back or anchor.made > went_back)
        if is_asked and anchor.sha256 not in hashes:
            raise audit_log.damaged(
                workspace.audit_log,
                "its end",
                f"the line that the receipt {anchor.receipt.name} names is not there, so lines "
                "were cut off, or it was replaced",
            )


def _anchors(workspace: Workspace) -> Iterator[_Anchor]:
    with translate_disk_errors(workspace.receipts, "read"):
        if not workspace.receipts.is_dir():
            return
        paths = sorted(path for path in workspace.receipts.iterdir() if _RECEIPT.match(path.name))
    for path in paths:
        fields = struct_file.load_if_readable(path, _AnchorFields)
        if fields and (fields.sequence or fields.log_lines) > 0:
            yield _Anchor(
                fields.sequence or fields.log_lines,
                fields.head or fields.log_head,
                path,
                fields.built or fields.made,
            )
