"""Read or change one generation of the records: TinyDB over the bytes of `file_format`.

A `Snapshot` is what a reader has, `Changes` what `Store.update` gives under its lock. Records are
searched as bytes and decoded strictly when somebody asks for them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from library.core import files
from library.core.errors import BadInput, NotFound
from library.records import file_format, generations
from library.records.consent import StoryRecord, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.file_format import RecordLines
from library.records.people import Person
from library.records.record_types import (
    LIBRARY_TABLES,
    RECORD_ID,
    TABLES,
    D,
    EditableRecord,
    InvalidRecordError,
    R,
    Record,
    decode,
    decode_table,
    encode,
)
from library.records.restore_holds import RestoreHold
from library.records.staff import StaffMember
from library.records.story import Contributor, Story

RecordTables = Mapping[type[Any], str]
"""Record type → name of its table."""
NO_ENTRY = msgspec.Raw(b"null")
"""Audit log entry of a change that has no line in the log."""
_MAX_SCANS = 4
"""Look-ups that search a table's bytes; a caller that asks more often has all of it decoded."""


class _GenerationStorage(Storage):
    """TinyDB's storage: one read of the disk, and one write, whatever happens in between."""

    def __init__(self, path: Path, kinds: RecordTables) -> None:
        self.path = path
        self.whole = generations.read(path)
        self._tables: dict[str, RecordLines] = self.whole.tables
        for name in kinds.values():
            self._tables.setdefault(name, RecordLines())

    def read(self) -> dict[str, RecordLines]:  # type: ignore[override]
        return self._tables

    def write(self, data: dict[str, RecordLines]) -> None:  # type: ignore[override]
        """Kept in memory until `commit`, as TinyDB's own caching middleware does."""
        self._tables = data

    @property
    def changed(self) -> bool:
        return any(lines.changed for lines in self._tables.values())

    def commit(self, entry: msgspec.Raw) -> None:
        """Write the next generation. Raises NoRoom or DiskFailed."""
        now = self.whole.header.generation
        parts = file_format.compose(now + 1, self._tables, entry, self.whole.hashed)
        with files.translate_disk_errors(self.path):
            generations.replace_current(self.path, parts, generations.name_of(self.path, now))
        # Behind the rename: the change stands, whether this can be done or not.
        generations.prune(self.path)


class _LineTable(Table):
    """A TinyDB table whose documents stay the bytes they are stored as until they are decoded."""

    document_id_class = str  # type: ignore[assignment]

    def lines(self) -> RecordLines:
        lines: RecordLines = self._read_table()  # type: ignore[assignment]
        return lines

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        tables: Any = self._storage.read()
        updater(tables[self.name])
        self._storage.write(tables)
        self.clear_cache()


class _Database(TinyDB):
    table_class = _LineTable
    storage: _GenerationStorage

    def lines_of(self, kind: type[Any]) -> _LineTable:
        table = self.table(TABLES[kind])
        assert isinstance(table, _LineTable)  # noqa: S101 - for the type checker
        return table


class Snapshot:
    """A generation of the library, decoded strictly; see `Store.read`."""

    def __init__(self, path: Path, kinds: RecordTables = LIBRARY_TABLES) -> None:
        self._path = path
        self._kinds = kinds
        self.withdrawal_notes: tuple[Withdrawal, ...] = ()
        """Withdrawals noted beside the database (`withdrawal_notes`); filled by `Ledger.read`."""
        self.restore_holds: tuple[RestoreHold, ...] = ()
        """Stories held since a restore (`restore_holds`); filled by `Ledger.read`."""
        self._database = _Database(path, kinds=kinds, storage=_GenerationStorage)
        self._scans: dict[type[Any], int] = {}
        self._decoded: dict[type[Any], dict[str, Any]] = {}
        self._by_story: dict[type[Any], dict[str, list[Any]]] = {}

    @property
    def generation(self) -> int:
        """Counts the changes ever made to this library, from 1."""
        return self._database.storage.whole.header.generation

    @property
    def entry(self) -> msgspec.Raw:
        """The audit log's line that belongs to this generation, or `null`."""
        return self._database.storage.whole.header.entry

    def all(self, kind: type[R]) -> list[R]:
        """Return every record of a kind, in the order they were added. Raises Damaged."""
        return list(self._all(kind).values())

    def find(self, kind: type[R], key: str) -> R | None:
        """Return the record with this id, or None. Raises Damaged."""
        # Nothing that was typed is searched for among the bytes unless it can be an id.
        if not RECORD_ID.fullmatch(key):
            return None
        if self._scan(kind):
            with self._naming_file():
                lines = self._database.lines_of(kind).lines().find(key)
                if len(lines) > 1:
                    raise InvalidRecordError(f"{TABLES[kind]} hold {key} more than once")
                return decode(kind, lines[0]) if lines else None
        record: R | None = self._all(kind).get(key)
        return record

    def get(self, kind: type[R], key: str) -> R:
        """Return the record with this id. Raises NotFound or Damaged."""
        record = self.find(kind, key)
        if record is None:
            raise _not_found(kind, key)
        return record

    def of_story(self, kind: type[D], story: str) -> list[D]:
        """Return a story's records of a kind, in the order they were added. Raises Damaged."""
        if not RECORD_ID.fullmatch(story):
            return []
        if self._scan(kind):
            with self._naming_file():
                lines = self._database.lines_of(kind).lines().of_story(story)
                records = [decode(kind, line) for line in lines]
            # The same bytes may stand in another field.
            return [record for record in records if record.story == story]
        if kind not in self._by_story:
            self._by_story[kind] = {}
            for record in self._all(kind).values():
                self._by_story[kind].setdefault(record.story, []).append(record)
        return list(self._by_story[kind].get(story, ()))

    def check(self) -> None:
        """Decode every record strictly, as `verify` does. Raises Damaged naming the first."""
        for kind in self._kinds:
            self._all(kind)

    def _scan(self, kind: type[Any]) -> bool:
        """Return True while searching bytes is cheaper than decoding the whole table for good."""
        if kind in self._decoded:
            return False
        self._scans[kind] = self._scans.get(kind, 0) + 1
        return self._scans[kind] <= _MAX_SCANS

    def _all(self, kind: type[R]) -> dict[str, R]:
        if kind not in self._decoded:
            with self._naming_file():
                table = self._database.lines_of(kind).lines().whole()
                self._decoded[kind] = decode_table(kind, table)
        return self._decoded[kind]

    @contextlib.contextmanager
    def _naming_file(self) -> Iterator[None]:
        try:
            yield
        except InvalidRecordError as error:
            raise generations.damaged(self._path, str(error)) from error


class Changes(Snapshot):
    """A snapshot under the lock, and what is to be written: `Store.update`."""

    def __init__(self, path: Path, kinds: RecordTables = LIBRARY_TABLES) -> None:
        super().__init__(path, kinds)
        self._entry = self.entry

    @property
    def changed(self) -> bool:
        return self._database.storage.changed

    def add(self, record: Record) -> None:
        """Raises BadInput for an id already there, NotFound for what it is about and is not."""
        kind = type(record)
        line = encode(record)
        if self.find(kind, record.id) is not None:
            raise BadInput(f"{record.id} is already in {TABLES[kind]}; nothing was changed.")
        for about, key in _references_of(record):
            self.get(about, key)
        self._database.lines_of(kind)._update_table(lambda lines: lines.add(record.id, line))
        self._remember(record)

    def replace(self, record: EditableRecord) -> None:
        """A story, contributor or staff member edited in place.

        Raises BadInput for any other record, NotFound.
        """
        if not isinstance(record, (Story, Contributor, StaffMember)):
            raise BadInput(
                f"{TABLES[type(record)]} are only ever added to; nothing was changed.",
                "Record the new decision beside the old one.",
            )
        self._replace_line(record)

    def erase(self, record: Story | Person | Copy) -> None:
        """Put a record that lost its words in the place of the one that had them.

        The one exception to “only ever added to”: what a contributor asks to be forgotten. What
        was decided, and when, stays. Raises NotFound.
        """
        self._replace_line(record)

    def _replace_line(self, record: EditableRecord | Person | Copy) -> None:
        kind, line = type(record), encode(record)
        self.get(kind, record.id)
        self._database.lines_of(kind)._update_table(lambda lines: lines.replace(record.id, line))
        self._decoded.pop(kind, None)
        self._by_story.pop(kind, None)
        self._scans[kind] = _MAX_SCANS  # a search of the stored bytes would find what it was

    def accompany(self, entry: bytes) -> None:
        """The audit log's line to be committed with these changes (`library.records.ledger`)."""
        self._entry = msgspec.Raw(entry)

    def commit(self) -> None:
        """Called by `Store.update`. No change, no write."""
        if self.changed:
            self._database.storage.commit(self._entry)

    def migrate(self) -> None:
        """Called by `Store.migrate`: written although nobody changed anything."""
        storage = self._database.storage
        with files.translate_disk_errors(self._path):
            generations.keep_before_migration(self._path, storage.whole)
        storage.commit(self._entry)

    def _remember(self, record: Record) -> None:
        kind = type(record)
        if kind in self._decoded:
            self._decoded[kind][record.id] = record
        if kind in self._by_story and isinstance(record, StoryRecord):
            self._by_story[kind].setdefault(record.story, []).append(record)


def _references_of(record: Record) -> Iterator[tuple[type[Any], str]]:
    """Yield the records that `record` refers to."""
    if isinstance(record, StoryRecord):
        yield Story, record.story
    elif isinstance(record, Copy):
        yield from ((Story, story) for story in record.stories)
    elif isinstance(record, CopySettled):
        yield Copy, record.copy


def _not_found(kind: type[Any], key: str) -> NotFound:
    if kind is Story:
        return NotFound(
            f"There is no story “{key}” in this library.",
            "See which there are: carer-stories story list",
        )
    return NotFound(f"There is no {kind.__name__.lower()} “{key}”.", "See: carer-stories status")
