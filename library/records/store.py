"""The library's records: a file that is whole at every instant, and one writer at a time.

A `Store` holds nothing in memory between calls. `read()` takes a `Snapshot` of one generation
without waiting for anybody; `update()` holds the lock from its own read to its commit, so that what
was checked is still so when it is written, and commits at a clean exit only. Everything decided
about a story (agreement, release, approval, withdrawal) is only ever added.

TinyDB over it: `library.records.snapshot`. Bytes: `library.records.file_format`. Earlier
generations: `library.records.generations`. Promises and figures: `docs/project/store.md`. A command
that changes something uses `library.records.ledger.Ledger`, which adds the line of the audit log.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from library.core import files
from library.core.errors import BadInput, Busy, CarerStoriesError, NotFound
from library.core.lock import LOCK_TIMEOUT_S, Lock
from library.records import file_format, generations, migrations
from library.records.file_format import RecordLines
from library.records.record_types import LIBRARY_TABLES, TABLES, Record, encode
from library.records.snapshot import NO_ENTRY, Changes, RecordTables, Snapshot

__all__ = ["NO_ENTRY", "TABLES", "Changes", "Record", "Snapshot", "Store"]


class Store:
    """The database of one library. Nothing is opened before a method is called.

    `lock_timeout` is in seconds, else `library.core.lock.LOCK_TIMEOUT_S`. Every method raises
    DiskFailed when the disk refuses, Damaged or BadInput when the file is not as this version of
    the product wrote it.
    """

    def __init__(
        self, path: Path, *, lock_timeout: float | None = None, kinds: RecordTables = LIBRARY_TABLES
    ) -> None:
        self.path = path
        self.kinds = kinds
        self._timeout = lock_timeout
        self._lock: Lock | None = None

    def create(self) -> None:
        """Make the first generation, empty. Raises BadInput where a library is or was."""
        with self.locked():
            if self.path.exists() or generations.earlier_files(self.path):
                raise BadInput(
                    f"{self.path} is already there; nothing was changed.",
                    "Use it, or name another folder.",
                )
            # Generation 1: 0 stands for a database that could not be read (see a backup's run).
            parts = file_format.compose(1, {name: RecordLines() for name in self.kinds.values()})
            with files.translate_disk_errors(self.path):
                generations.replace_current(self.path, parts, None)

    def read(self) -> Snapshot:
        """Return the current generation, waiting for nobody. Raises NotFound without one."""
        return Snapshot(self.path, self.kinds)

    @contextlib.contextmanager
    def update(self) -> Iterator[Changes]:
        """Read, check and write under the lock; commit at a clean end. Raises Busy, NoRoom."""
        with self.locked():
            self.migrate()
            changes = Changes(self.path, self.kinds)
            yield changes
            changes.commit()

    def migrate(self, entry: Callable[[Changes], bytes] | None = None) -> None:
        """Write a library of an older schema in today’s, and keep the file as it was.

        `entry` makes the audit log’s line. Does nothing where the schema is current. Raises what
        `update` raises, and Damaged for an unreadable record; then nothing is written.
        """
        with self.locked():
            if generations.schema_of(self.path) not in (None, migrations.SCHEMA):
                changes = Changes(self.path, self.kinds)
                # Every record, before anything is written: one that is wrong stops all of it.
                changes.check()
                if entry:
                    changes.accompany(entry(changes))
                changes.migrate()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold this library's lock; may be nested. The lock file is never removed. Raises Busy."""
        path = self.path.with_name(self.path.name + ".lock")
        # Else the lock would be refused, with a sentence about a file that nobody knows.
        if not path.parent.is_dir():
            raise generations.no_library(self.path)
        if self._lock is None:
            self._lock = Lock(path, each_thread=True)
        patience = LOCK_TIMEOUT_S if self._timeout is None else self._timeout
        with self._lock.locked(busy=self._busy(), timeout=patience):
            yield

    def _busy(self) -> Busy:
        return Busy(
            f"Another command is at work on this library ({self.path.parent}).",
            "Wait until it is done, then run this again; nothing was changed.",
        )

    def generations(self) -> list[int]:
        """Numbers of the earlier generations kept beside the database, oldest first."""
        return list(generations.earlier_files(self.path))

    def forget_generations(self) -> None:
        """Remove every earlier generation: what was erased must not live on in one.

        With them goes what a restore put aside, and what a killed process left. Raises DiskFailed
        where one cannot be removed.
        """
        with self.locked():
            for file in generations.all_earlier_files(self.path):
                with files.translate_disk_errors(file, "remove"):
                    files.system.unlink(file)
            with files.translate_disk_errors(self.path):
                files.fsync_folder(self.path.parent)

    def restore(
        self,
        generation: int,
        *,
        above: int = 0,
        entry: Callable[[int], bytes] | None = None,
        keep_aside: bool = False,
        carry: Iterable[Record] = (),
    ) -> int:
        """Make a kept generation the newest; returns its new number, which is over `above`.

        Records to `carry` are added to it, whatever they refer to.

        `entry` makes the audit log's line from that number. What is there now is kept: as a
        generation if it is whole, else, and with `keep_aside`, as `library.json.before-g000043`.
        Raises NotFound where there is no such generation, Damaged where it is not whole itself.
        """
        with self.locked():
            file = generations.earlier_files(self.path).get(generation)
            if file is None:
                available = ", ".join(map(str, self.generations()))
                raise NotFound(
                    f"There is no generation {generation}.",
                    f"Use one of: {available}." if available else "None is kept.",
                )
            with files.translate_disk_errors(file, "read"):
                data = file.read_bytes()
            whole = generations.parse_file(file, data)
            # Above all that were given: no number stands for two states.
            number = max(above, generations.current_number(self.path), *self.generations()) + 1
            for record in carry:
                table = whole.tables.setdefault(TABLES[type(record)], RecordLines())
                table.add(record.id, encode(record))
            line = msgspec.Raw(entry(number)) if entry else whole.header.entry
            parts = file_format.compose(number, whole.tables, line)
            with files.translate_disk_errors(self.path):
                generations.replace_current(
                    self.path, parts, self._name_to_keep(number, aside=keep_aside)
                )
            generations.prune(self.path)
            return number

    def _name_to_keep(self, restored: int, *, aside: bool) -> Path | None:
        """Return the name under which to keep the file that a restored generation replaces."""
        # One that is not whole is put aside, whatever was asked.
        with contextlib.suppress(CarerStoriesError):
            current = generations.read(self.path).header.generation
            if not aside:
                return generations.name_of(self.path, current)
        path = self.path.with_name(f"{self.path.name}.before-g{restored:06d}")
        return path if self.path.exists() else None
