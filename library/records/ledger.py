"""Change records and the audit log together: used by every command that decides something.

    with Ledger(workspace).update("approve", "cs-4k7m2q", "editor", cut=cut.hash) as changes:
        changes.add(approval)

Order and crash: under the one lock the change is committed first, by a rename, and the database's
header carries the very line that is then added to the log. A process killed between the two leaves
a database whose line is one ahead of the log; `verify` says so and the next `update` adds exactly
that line before anything else. A log that is behind by more was cut; a database older than the
log's last line was put back by hand. Both are refused, naming the files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from library.core import lock
from library.core.errors import CarerStoriesError, Damaged, DiskFailed, NoRoom, NotFound
from library.core.workspace import Workspace
from library.records import audit_log, generations
from library.records.log_anchors import last_anchored, require_anchors
from library.records.restore_holds import read_restore_holds
from library.records.store import NO_ENTRY, Changes, Record, Snapshot, Store
from library.records.withdrawal_notes import read_withdrawal_notes


class Ledger:
    """The records of one workspace and their log. Nothing is opened by naming it.

    `lock_timeout` is in seconds, else `library.core.lock.LOCK_TIMEOUT_S`. Methods raise what
    `library.records.store.Store`'s do.
    """

    def __init__(self, workspace: Workspace, *, lock_timeout: float | None = None) -> None:
        self._workspace = workspace
        self._store = Store(workspace.database, lock_timeout=lock_timeout)
        self._log = workspace.audit_log

    def read(self) -> Snapshot:
        """Return the current records, withdrawal notes and holds, waiting for nobody."""
        snapshot = self._store.read()
        snapshot.withdrawal_notes = read_withdrawal_notes(self._workspace)
        snapshot.restore_holds = read_restore_holds(self._workspace)
        return snapshot

    def read_current(self) -> Snapshot:
        """Return the current records, refusing an older or foreign database put in by hand.

        For what decides on showing: such a one does not know of an objection, or of a release that
        was narrowed. Where the log itself cannot be read, the database must do. Raises Damaged.
        """
        head = self._head()  # first: a writer can only make the database newer
        snapshot = self.read()
        self._require_current(snapshot, head)
        expected = self._owed_entry(snapshot)
        if expected and expected.sequence > head.sequence:
            head = self._head()  # of lines that were written since
        if head.sequence:
            self._reconcile(head, expected)
        return snapshot

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of `update` over several steps: nothing is recorded between them.

        Raises Busy.
        """
        with self._store.locked():
            yield

    @contextlib.contextmanager
    def update(
        self, action: str, story: str, role: str, *, was: str = "", became: str = "", **hashes: str
    ) -> Iterator[Changes]:
        """Read, check, change and log under the lock; at a clean end only.

        A block that changed no record is logged all the same: a film was made, a site was built.
        `hashes` name kinds of artefact; empty ones are left out. Raises BadInput before the block
        when the line could not stand in the log.
        """
        facts = {"action": action, "subject": story, "role": role, "was": was, "became": became}
        facts["by"] = audit_log.signature.by
        shas = {kind: sha for kind, sha in hashes.items() if sha}
        # Made and thrown away: what cannot stand in the log is refused before anything is done.
        audit_log.next_entry(audit_log.LogHead(), **facts, hashes=shas, generation=0)
        with self._store.locked():
            self._migrate(role)
            with self._store.update() as changes:
                head = self._reconciled_head(changes)
                changes.withdrawal_notes = read_withdrawal_notes(self._workspace)
                changes.restore_holds = read_restore_holds(self._workspace)
                yield changes
                # True counts as one: a block that changed nothing makes no generation.
                number = changes.generation + changes.changed
                entry = audit_log.next_entry(head, **facts, hashes=shas, generation=number)
                changes.accompany(entry.line)
            if not changes.changed:
                audit_log.append(self._log, entry)
                return
            # From here the change stands and its line is safe beside it: a disk that refuses the
            # log now must not make the command look refused.
            self._append_or_defer(entry)

    def note_each(self, action: str, stories: Iterable[str], role: str) -> None:
        """Add a line for each story, under one lock. No record changes. Raises as `update` does."""
        with self._store.locked():
            snapshot = self._store.read()
            head = self._reconciled_head(snapshot)
            for story_id in stories:
                entry = audit_log.next_entry(
                    head,
                    action=action,
                    subject=story_id,
                    role=role,
                    by=audit_log.signature.by,
                    generation=snapshot.generation,
                )
                head = audit_log.append(self._log, entry)

    def migrate(self, role: str) -> None:
        """Write records of an older schema in today’s, as the first change would.

        Raises as `update` does.
        """
        with self._store.locked():
            self._migrate(role)

    def _append_or_defer(self, entry: audit_log.AuditEntry) -> None:
        """The line that the database has already; the next update tries again first."""
        try:
            audit_log.append(self._log, entry)
        except (NoRoom, DiskFailed) as error:
            lock.caller.warn(
                f"{error.what} The change is recorded all the same; its line for the log is kept "
                "with it, and the next command adds it. Check the disk."
            )

    def _migrate(self, role: str) -> None:
        """An older schema becomes today’s as a change of its own, with a line of its own."""
        entries: list[audit_log.AuditEntry] = []

        def line(changes: Changes) -> bytes:
            entries.append(
                audit_log.next_entry(
                    self._reconciled_head(changes),
                    action="migrate",
                    subject="",
                    role=role,
                    by=audit_log.signature.by,
                    generation=changes.generation + 1,
                )
            )
            return entries[0].line

        self._store.migrate(line)
        for entry in entries:
            self._append_or_defer(entry)

    def verify(self) -> audit_log.LogHead:
        """Every record, every line, and that they belong together; changes nothing.

        Raises Damaged naming the file and the place.
        """
        with self._store.locked():
            snapshot = self._store.read()
            snapshot.check()
            try:
                head = audit_log.verify(self._log, self._owed_entry(snapshot))
            except Damaged as error:
                raise self._with_restore_advice(error) from None
            self._require_current(snapshot, head)
            return head

    def require_log(self, snapshot: Snapshot) -> None:
        """Check every line of the log, and that the records belong to it; waits for nobody.

        The records were read first: a writer can only make the log longer meanwhile. Raises
        Damaged naming the place, and DiskFailed.
        """
        expected = self._owed_entry(snapshot)
        try:
            audit_log.verify(self._log, expected)
        except Damaged as error:
            if not self._log.exists():
                raise audit_log.gone(self._log) from None
            raise self._with_restore_advice(error) from None
        require_anchors(self._workspace)

    def confirm_log(self, role: str) -> audit_log.AuditEntry:
        """Add the line with which an editor confirms the log as it stands, and return it.

        Raises Damaged where it is the database that is not the newest. One that cannot be read is
        restored afterwards, and then belongs to this log.
        """
        with self._store.locked():
            newest = audit_log.newest_whole(self._log)
            expected, generation = None, newest.generation
            snapshot: Snapshot | None = None
            with contextlib.suppress(Damaged):
                snapshot = self._store.read()
                expected, generation = self._owed_entry(snapshot), snapshot.generation
            if snapshot:
                self._require_current(snapshot, newest)
            return audit_log.confirm(
                self._log,
                expected,
                role=role,
                by=audit_log.signature.by,
                above=last_anchored(self._workspace),
                generation=generation,
            )

    def generations(self) -> list[int]:
        """Numbers of the earlier generations that can be restored, oldest first."""
        return self._store.generations()

    def restore(
        self,
        generation: int,
        role: str,
        *,
        prepare: Callable[[Snapshot | None, Snapshot], Iterable[Record]] = lambda *_snapshots: (),
    ) -> int:
        """Make an earlier generation the newest, and log it; returns its new number.

        `prepare` is called first, under the lock, with the records until now (None where they
        cannot be relied on) and those of the generation. It returns records to carry over.
        """
        with self._store.locked():
            head, current = audit_log.head_of(self._log), None
            with contextlib.suppress(Damaged, NotFound):  # a database worth restoring over
                until_now = self._store.read()
                head, current = self._reconciled_head(until_now), until_now
            earlier = generations.earlier_files(self._store.path).get(generation)
            carry: tuple[Record, ...] = ()
            if earlier:
                carry = tuple(prepare(current, Snapshot(earlier, self._store.kinds)))
            entries: list[audit_log.AuditEntry] = []

            def entry(number: int) -> bytes:
                made = audit_log.next_entry(
                    head,
                    action="restore",
                    subject="",
                    role=role,
                    by=audit_log.signature.by,
                    generation=number,
                )
                entries.append(made)
                return made.line

            number = self._store.restore(
                generation,
                above=head.generation,
                entry=entry,
                keep_aside=current is None,
                carry=carry,
            )
            self._append_or_defer(entries[0])
            return number

    def readable_generations(self) -> list[Snapshot]:
        """Return the earlier generations that can be read whole, oldest first."""
        readable = []
        for path in generations.earlier_files(self._store.path).values():
            with contextlib.suppress(CarerStoriesError):
                snapshot = Snapshot(path, self._store.kinds)
                snapshot.check()
                readable.append(snapshot)
        return readable

    def forget_generations(self) -> None:
        """Remove earlier generations: what was erased must not live on in one."""
        self._store.forget_generations()

    def entries_of(self, action: str) -> list[audit_log.AuditEntry]:
        """Return the log's lines that say `action` was done, oldest first. Raises Damaged."""
        return [entry for entry in audit_log.entries(self._log) if entry.action == action]

    def entries_after(self, generation: int) -> list[audit_log.AuditEntry]:
        """Return the log's lines of later generations, oldest first. Raises Damaged."""
        return [entry for entry in audit_log.entries(self._log) if entry.generation > generation]

    def _reconciled_head(self, snapshot: Snapshot) -> audit_log.LogHead:
        """The log's head, after a line that a killed process still owed was added."""
        expected = self._owed_entry(snapshot)
        head, waiting = self._reconcile(audit_log.head_of(self._log), expected)
        self._require_current(snapshot, head)
        if waiting and expected:
            return audit_log.append(self._log, expected)
        return head

    def _head(self) -> audit_log.LogHead:
        with contextlib.suppress(Damaged, DiskFailed):
            return audit_log.head_of(self._log)
        return audit_log.LogHead()

    def _reconcile(
        self, head: audit_log.LogHead, expected: audit_log.AuditEntry | None
    ) -> tuple[audit_log.LogHead, bool]:
        try:
            return audit_log.reconcile(self._log, head, expected)
        except Damaged as error:
            raise self._with_restore_advice(error) from None

    def _with_restore_advice(self, error: Damaged) -> Damaged:
        """Name the newest generation that belongs to this log, for the database may not."""
        for number, entry in generations.earlier_entries(self._store.path):
            if audit_log.holds(self._log, bytes(entry)):
                return Damaged(
                    error.what,
                    "If another database was put in this one’s place: carer-stories restore "
                    f"--generation {number}, which belongs to this log. If it is the log that was "
                    f"changed:\n{error.next_step}",
                )
        return error

    def _require_current(self, snapshot: Snapshot, head: audit_log.LogHead) -> None:
        if head.generation > snapshot.generation:
            numbers = self._store.generations()
            raise Damaged(
                f"The database is generation {snapshot.generation}, but the log's last line is of "
                f"generation {head.generation}: an older database was put back.",
                f"Put the newer one back, or: carer-stories restore --generation {max(numbers)}"
                if numbers
                else "Put the newer one back from your last backup.",
            )

    def _owed_entry(self, snapshot: Snapshot) -> audit_log.AuditEntry | None:
        """Return the log's line that the database holds with its generation."""
        line = bytes(snapshot.entry)
        if line == bytes(NO_ENTRY):
            return None
        try:
            return audit_log.decode(line)
        except ValueError as error:
            raise Damaged(
                f"The line of the log that the database holds cannot be read: {error}.",
                "Install the newest carer-stories; if it says the same, restore a generation.",
            ) from error
