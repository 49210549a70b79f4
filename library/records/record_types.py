"""The kinds of record a library holds: how each is written on a line, and checked.

Strict both ways: what could not be read back is never written, and a message names the table, the
record, the field and what was expected there.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from library.core.errors import BadInput
from library.core.struct_file import UNDECODABLE, explain
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.people import Person, Register
from library.records.safeguarding import AccessExemption, HoldLifted, LegalHold, SafeguardingRecord
from library.records.staff import StaffMember
from library.records.story import Contributor, Story

DecisionRecord = Agreement | Release | Approval | Withdrawal | Person | Register
"""Records of decisions about a story; they are added and never replaced."""
PrivateDecision = SafeguardingRecord | LegalHold | HoldLifted | AccessExemption
"""Records of the private database that are added and never replaced."""
Record = Story | DecisionRecord | Copy | CopySettled | Contributor | PrivateDecision | StaffMember
EditableRecord = Story | Contributor | StaffMember
"""Records that are replaced when they change."""
R = TypeVar("R", bound=Record)
D = TypeVar("D", bound=DecisionRecord)

LIBRARY_TABLES: dict[type[Any], str] = {
    Story: "stories",
    Agreement: "agreements",
    Release: "releases",
    Approval: "approvals",
    Withdrawal: "withdrawals",
    Person: "people",
    Register: "registers",
    Copy: "copies",
    CopySettled: "copies_settled",
}
"""Kind of record → table of `library.json`. A table that a file does not have yet is empty."""
PRIVATE_TABLES: dict[type[Any], str] = {
    Contributor: "contributors",
    SafeguardingRecord: "safeguarding",
    LegalHold: "legal_holds",
    HoldLifted: "legal_holds_lifted",
    AccessExemption: "access_exemptions",
    StaffMember: "staff",
}
"""Kind of record → table of `private/contributors.json`."""
TABLES = LIBRARY_TABLES | PRIVATE_TABLES

RECORD_ID = re.compile(r"[a-z0-9-]{1,40}")
_DECODERS: dict[type[Any], Any] = {kind: msgspec.json.Decoder(kind) for kind in TABLES}
_TABLE_DECODERS: dict[type[Any], Any] = {
    kind: msgspec.json.Decoder(dict[str, kind])  # type: ignore[valid-type]
    for kind in TABLES
}


class InvalidRecordError(Exception):
    """A record or table is not what it should be; the text names the place."""


def encode(record: Record) -> bytes:
    """Return the record as one line of JSON. Raises BadInput for what could not be read back."""
    kind = type(record)
    if not RECORD_ID.fullmatch(record.id):
        raise BadInput(f"“{record.id}” is not an id.", "Use small letters, digits and hyphens.")
    try:
        line = msgspec.json.encode(record)
        # Read back, for msgspec checks patterns only where it decodes.
        _DECODERS[kind].decode(line)
    except (msgspec.MsgspecError, UnicodeError, TypeError) as error:
        raise BadInput(
            f"{TABLES[kind]}, {record.id}: {explain(error)}.", "Correct that field."
        ) from error
    return line


def decode(kind: type[R], line: bytes) -> R:
    """Return the record of a line.

    Raises InvalidRecordError naming the table, the record and the field.
    """
    try:
        record: R = _DECODERS[kind].decode(line)
    except UNDECODABLE as error:
        id_match = re.match(rb'\{"id":"([a-z0-9-]{1,40})"', line)
        key = id_match[1].decode() if id_match else "a record"
        raise InvalidRecordError(f"{TABLES[kind]}, {key}: {explain(error)}") from error
    return record


def decode_table(kind: type[R], table: bytes) -> dict[str, R]:
    """Return a whole table, id → record.

    Raises InvalidRecordError for a record that is wrong, or an id that occurs twice.
    """
    try:
        records: dict[str, R] = _TABLE_DECODERS[kind].decode(table)
    except UNDECODABLE as error:
        raise InvalidRecordError(
            _first_problem(kind, table) or f"{TABLES[kind]}: {explain(error)}"
        ) from error
    # Each record is written on a line of its own; of two with one id, decoding keeps the last.
    # Of two equal keys a decoder keeps the last, so the lines are counted.
    if len(records) != table.count(b"\n"):
        raise InvalidRecordError(f"{TABLES[kind]} hold an id more than once")
    if any(record.id != key for key, record in records.items()):
        raise InvalidRecordError(f"a record of {TABLES[kind]} stands under another's id")
    return records


def diagnose(data: bytes) -> str:
    """Return a sentence on the first syntax error or wrong record of a damaged file, or ""."""
    # A library file has a header line and at least one more: less is cut off within its header.
    if data.count(b"\n") < 2:
        return ""
    try:
        tables = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except UNDECODABLE as error:
        return explain(error)
    for kind, name in TABLES.items():
        problem = _first_problem(kind, bytes(tables[name])) if name in tables else ""
        if problem:
            return f"it was changed by hand: {problem}"
    return ""


def _first_problem(kind: type[Any], table: bytes) -> str:
    """Return the first wrong record of a table and what is wrong with it, or ""."""
    try:
        lines = msgspec.json.decode(table, type=dict[str, msgspec.Raw])
    except UNDECODABLE as error:
        return f"{TABLES[kind]}: {explain(error)}"
    for key, line in lines.items():
        try:
            _DECODERS[kind].decode(line)
        except UNDECODABLE as error:
            return f"{TABLES[kind]}, {key}: {explain(error)}"
    return ""
