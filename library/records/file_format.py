"""The bytes of `library.json`: one JSON object, a header on its first line, one record a line.

    {"header":{"format":"carer-stories library","schema":1,"generation":42,…,"sha256":"…"},
    "stories":{
    "cs-4k7m2q":{"id":"cs-4k7m2q","title":"…"},
    "cs-9w2xbd":{…}
    },
    "agreements":{
    …
    }}

The header's SHA-256 covers the body and then the header itself, so that a table need not be decoded
to be trusted: records are found as bytes where they lie (JSON escapes line ends and quotes within
text, so that neither can be mistaken for the layout's own), decoded only when somebody asks for
them, and a change copies what did not change. This module knows nothing of files or of kinds of
record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import msgspec

from library.core.counting import counted
from library.core.struct_file import UNDECODABLE, explain
from library.records import migrations

FORMAT = "carer-stories library"
_OPEN = b'{"header":'
_CLOSE = b"\n}}\n"
_NOTHING = msgspec.Raw(b"null")


class DamagedFileError(Exception):
    """The bytes are not as they were written; the text says how, for a person."""


class OtherSchemaError(Exception):
    """The file is of a newer version of the product, or of one too old to be migrated."""

    def __init__(self, schema: int) -> None:
        super().__init__(schema)
        self.schema = schema


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line. `tables` maps each table's name to the number of bytes of its lines."""

    format: str = FORMAT
    schema: int
    generation: int
    tables: dict[str, int]
    entry: msgspec.Raw = _NOTHING
    """This generation's line of the audit log (`library.records.ledger`), or null."""
    sha256: str = ""

    @property
    def line(self) -> bytes:
        return _OPEN + msgspec.json.encode(self) + b",\n"


class _FormatStamp(msgspec.Struct):
    format: str
    schema: int


_STAMP = msgspec.json.Decoder(_FormatStamp)
_HEADER = msgspec.json.Decoder(Header)


class RecordLines:
    """The lines of one table, `\n"id":{…}` per record, joined by commas, in the order added."""

    def __init__(self, data: bytes = b"", start: int = 0, end: int = 0) -> None:
        self._data, self._start, self._end = data, start, end
        self._replaced: dict[str, bytes] = {}
        self._added: dict[str, bytes] = {}

    def find(self, key: str) -> list[bytes]:
        """Return the record with this key; more than one only in a file that was tampered with."""
        opening = b'"%s":' % key.encode()
        stored = [
            self._data[a + len(opening) : b]
            for a, b in self._spans(b'{"id":"%s"' % key.encode())
            if self._data.startswith(opening, a)
        ]
        changed = self._replaced.get(key) or self._added.get(key)
        return [changed] if changed else stored

    def of_story(self, story: str) -> list[bytes]:
        """Records that belong to a story, in order."""
        needle = b'"story":"%s"' % story.encode()
        stored = [self._data[self._data.index(b":", a) + 1 : b] for a, b in self._spans(needle)]
        return stored + [line for line in self._added.values() if needle in line]

    def add(self, key: str, record: bytes) -> None:
        self._added[key] = record

    def replace(self, key: str, record: bytes) -> None:
        (self._added if key in self._added else self._replaced)[key] = record

    @property
    def changed(self) -> bool:
        return bool(self._added or self._replaced)

    def parts(self) -> list[bytes | memoryview]:
        """Return the table's bytes: what was there, but for what changed, then what was added."""
        view = memoryview(self._data)
        parts: list[bytes | memoryview] = []
        at = self._start
        for start, end, record in sorted(self._splices()):
            parts += [view[at:start], record]
            at = end
        parts.append(view[at : self._end])
        tail = b",".join(b'\n"%s":%s' % (k.encode(), line) for k, line in self._added.items())
        if tail and self._end > self._start:
            tail = b"," + tail
        parts.append(tail)
        return [part for part in parts if part]

    def whole(self) -> bytes:
        """Return the table as one JSON object, key → record."""
        return b"{" + b"".join(self.parts()) + b"}"

    def _splices(self) -> Iterator[tuple[int, int, bytes]]:
        for key, record in self._replaced.items():
            opening = b'"%s":' % key.encode()
            for start, end in self._spans(b'{"id":"%s"' % key.encode()):
                if self._data.startswith(opening, start):
                    yield start + len(opening), end, record

    def _spans(self, needle: bytes) -> Iterator[tuple[int, int]]:
        """Start and end of every stored line that holds `needle`, without its comma."""
        at = self._data.find(needle, self._start, self._end)
        while at >= 0:
            start = self._data.rindex(b"\n", self._start, at) + 1
            end = self._data.find(b"\n", at, self._end)
            end = self._end if end < 0 else end - 1
            yield start, end
            at = self._data.find(needle, end, self._end)


@dataclass(frozen=True)
class ParsedFile:
    """A file whose every byte was accounted for."""

    header: Header
    tables: dict[str, RecordLines]
    hashed: dict[str, Any]
    """The state of the hash at the end of each table, so that the next need not begin anew."""
    schema: int
    """Of the bytes on the disk; the tables are of today’s (`migrated_tables`)."""


def parse(data: bytes) -> ParsedFile:
    """Check every byte against the header. Raises DamagedFileError, or OtherSchemaError."""
    if not data or data.isspace():
        raise DamagedFileError("it is empty")
    end = data.find(b"\n") + 1 or len(data)
    header = _header(data[:end])
    spans, expected = _spans_of(header, end)
    # The length first: a torn file is to be called torn, not changed.
    if len(data) != expected:
        raise DamagedFileError(
            f"it is torn: {counted(len(data), 'byte')} where {expected} were written"
        )
    view, at = memoryview(data), end
    digest, hashed = hashlib.sha256(), {}
    for name, (_, to) in spans.items():
        digest.update(view[at:to])
        hashed[name], at = digest.copy(), to
    digest.update(view[at:])
    if _with_hash(digest, header).sha256 != header.sha256:
        raise DamagedFileError("its contents do not match their checksum")
    tables = {name: RecordLines(data, *span) for name, span in spans.items()}
    whole = ParsedFile(header, tables, hashed, header.schema)
    return whole if header.schema == migrations.SCHEMA else _migrated(whole)


def _migrated(whole: ParsedFile) -> ParsedFile:
    """Return the file in today's schema, as the next write will make it."""
    tables = {name: _decoded(name, lines) for name, lines in whole.tables.items()}
    try:
        made = {
            name: _encoded(records)
            for name, records in migrations.migrated_tables(tables, whole.schema).items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedFileError(
            f"its records of schema {whole.schema} are not as that version wrote them"
        ) from error
    parts = compose(whole.header.generation, made, whole.header.entry)
    return replace(parse(b"".join(parts)), schema=whole.schema)


def _decoded(name: str, lines: RecordLines) -> dict[str, dict[str, Any]]:
    table = lines.whole()
    try:
        records = msgspec.json.decode(table, type=dict[str, dict[str, Any]])
    except UNDECODABLE as error:
        raise DamagedFileError(f"{name}: {explain(error)}") from error
    # Of two equal keys a decoder keeps the last, so the lines are counted.
    if len(records) != table.count(b"\n"):
        raise DamagedFileError(f"{name} hold an id more than once")
    return records


def _encoded(records: dict[str, dict[str, Any]]) -> RecordLines:
    lines = RecordLines()
    for key, record in records.items():
        lines.add(key, msgspec.json.encode(record))
    return lines


def compose(
    generation: int,
    tables: dict[str, RecordLines],
    entry: msgspec.Raw = _NOTHING,
    hashed: Mapping[str, Any] = MappingProxyType({}),
) -> list[bytes | memoryview]:
    """Return the parts of a whole file, to be written one after the other.

    `hashed` is what `parse` knew of the file that these tables were read from: tables before the
    first change are not hashed again.
    """
    lengths: dict[str, int] = {}
    body: list[bytes | memoryview] = []
    digest, same = hashlib.sha256(), True
    for name, lines in tables.items():
        parts = lines.parts()
        lengths[name] = sum(len(part) for part in parts)
        parts.insert(0, _opening(name, first=not body))
        body += parts
        if same and name in hashed and not lines.changed:
            digest = hashed[name].copy()
            continue
        same = False
        for part in parts:
            digest.update(part)
    body.append(_CLOSE)
    digest.update(_CLOSE)
    header = Header(schema=migrations.SCHEMA, generation=generation, tables=lengths, entry=entry)
    return [_with_hash(digest, header).line, *body]


def _with_hash(digest: Any, header: Header) -> Header:
    """Return the header with the hash over itself and the body, which `digest` has seen."""
    bare = msgspec.structs.replace(header, sha256="")
    digest.update(bare.line)
    return msgspec.structs.replace(header, sha256=digest.hexdigest())


def _header(line: bytes) -> Header:
    if line.startswith(_OPEN) and not line.endswith(b"\n"):
        raise DamagedFileError("it is torn: it ends within its first line")
    if not line.startswith(_OPEN) or not line.endswith(b",\n"):
        raise DamagedFileError("its first line is not the header of a library")
    text = line[len(_OPEN) : -2]
    try:
        # First: strict decoding would only complain about fields that are not known.
        stamp = _STAMP.decode(text)
        if stamp.format != FORMAT:
            raise DamagedFileError(f"its header says “{stamp.format}”, not “{FORMAT}”")
        if not migrations.oldest_schema() <= stamp.schema <= migrations.SCHEMA:
            raise OtherSchemaError(stamp.schema)
        header = _HEADER.decode(text)
    except UNDECODABLE as error:
        raise DamagedFileError(f"its header cannot be read: {explain(error)}") from error
    # A length below 0 would make tables overlap.
    if header.line != line or min(header.tables.values(), default=0) < 0:
        raise DamagedFileError("its header was changed")
    return header


def _spans_of(header: Header, at: int) -> tuple[dict[str, tuple[int, int]], int]:
    """Return the span of each table's lines, and the length the file must have."""
    spans: dict[str, tuple[int, int]] = {}
    for name, length in header.tables.items():
        at += len(_opening(name, first=not spans))
        spans[name] = (at, at + length)
        at += length
    return spans, at + len(_CLOSE)


def _opening(name: str, *, first: bool) -> bytes:
    return (b'"%s":{' if first else b'\n},\n"%s":{') % name.encode()
