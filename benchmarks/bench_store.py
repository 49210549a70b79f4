"""Time the store at 10,000 records, compared with plain TinyDB and with the disk alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import msgspec
from tinydb import TinyDB, where

from benchmarks.measure import BenchRow, in_fresh_processes, time_of
from library.core.workspace import Workspace
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.ledger import Ledger
from library.records.record_types import LIBRARY_TABLES as TABLES
from library.records.record_types import Record
from library.records.store import Snapshot, Store
from library.records.story import Story

STORIES = 2_000
STORY_READ = "cs-000777"
IMPORTS = """
import sys, hashlib, filelock
from pathlib import Path
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.ledger import Ledger
from library.consent.gate_input import history_of
from library.records.store import Store
from library.records.story import Story, new_id
from library.core.workspace import Workspace
from benchmarks.bench_store import approval, history
"""
IMPORTS_PLAIN = "import sys, json\nfrom tinydb import TinyDB, where\n"


def records() -> Iterator[Record]:
    """Yield five records a story, with texts about as long as people write."""
    sha = "0123456789abcdef" * 4
    for number in range(STORIES):
        story = f"cs-{number:06d}"
        at = "2026-03-01T10:00:00Z"
        day = date(2026, 3, 1)
        yield Story(
            id=story,
            title=f"Nobody would talk to me, number {number}",
            questions="first-contact",
            created=at,
            contributor="Chosen Name",
            summary="When her son was admitted, nobody on the ward would tell her anything. " * 3,
            content_note="Speaks of self-harm and of being restrained, without detail.",
            themes=("confidentiality", "first-contact"),
        )
        yield Agreement(
            id=f"ag-{number:06d}",
            story=story,
            recorded=at,
            on=day,
            taken_by="carer-volunteer",
            form_version="2026-1",
            independent=True,
            capacity_considered=True,
            form_sha256=sha,
        )
        for number_of_release in range(2):
            yield Release(
                id=f"re-{number:06d}{number_of_release}",
                story=story,
                recorded=at,
                cut=sha,
                viewed=day,
                audience="trust",
                review=date(2028, 3, 1),
                witness="carer-volunteer",
                form_version="2026-1",
                form_sha256=sha,
            )
        yield approval(f"ap-{number:06d}", story)


def approval(key: str, story: str) -> Approval:
    return Approval(
        id=key,
        story=story,
        recorded="2026-03-01T10:00:00Z",
        cut="0123456789abcdef" * 4,
        audience="trust",
        on=date(2026, 3, 1),
        role="editor",
        checked=("captions read against the sound", "names redacted", "content note agreed"),
    )


def history(snapshot: Snapshot, story: str) -> list[object]:
    """Return what a command reads of one story before it decides."""
    return [
        snapshot.get(Story, story),
        *snapshot.of_story(Agreement, story),
        *snapshot.of_story(Release, story),
        *snapshot.of_story(Approval, story),
        *snapshot.of_story(Withdrawal, story),
    ]


def run() -> list[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        workspace = Workspace(Path(folder))
        workspace.interviews.mkdir()
        Store(workspace.database).create()
        with Store(workspace.database).update() as changes:
            for record in records():
                changes.add(record)
        plain = Path(folder) / "plain.json"
        _fill_plain(plain)
        return _rows(workspace, plain)


def _fill_plain(path: Path) -> None:
    with TinyDB(path) as database:
        for kind, name in TABLES.items():
            documents = [
                msgspec.to_builtins(record) for record in records() if isinstance(record, kind)
            ]
            if documents:
                database.table(name).insert_multiple(documents)


def _rows(workspace: Workspace, plain: Path) -> list[BenchRow]:
    size = f"10,000 records, {workspace.database.stat().st_size / 1e6:.1f} MB"
    return [*_in_this_process(workspace, plain, size), *_in_own_processes(workspace, plain)]


def _in_this_process(workspace: Workspace, plain: Path, size: str) -> list[BenchRow]:
    """Time a process that is already running: the code and the disk."""
    store, ledger = Store(workspace.database), Ledger(workspace)
    data = workspace.database.read_bytes()
    keys = (f"ap-new-{number}" for number in count())

    def update() -> None:
        with store.update() as changes:
            history(changes, STORY_READ)
            changes.add(approval(next(keys), STORY_READ))

    def update_with_log() -> None:
        with ledger.update("approve", STORY_READ, "editor", cut="ab" * 32) as changes:
            history(changes, STORY_READ)
            changes.add(approval(next(keys), STORY_READ))

    def update_plain() -> None:
        with TinyDB(plain) as database:
            document = msgspec.to_builtins(approval(next(keys), STORY_READ))
            database.table("approvals").insert(document)

    def read_plain() -> None:
        with TinyDB(plain) as database:
            for name in TABLES.values():
                database.table(name).search(where("story") == STORY_READ)

    plain_update, plain_read = time_of(update_plain, 9), time_of(read_plain, 9)
    return [
        BenchRow(
            f"the disk alone: write {size}, fsync, rename",
            time_of(lambda: _write_alone(data, plain.parent)),
        ),
        BenchRow("update in a running process", time_of(update), 15, plain_update),
        BenchRow("update with its line of the log", time_of(update_with_log), None, plain_update),
        BenchRow(
            "read one story", time_of(lambda: history(store.read(), STORY_READ)), 10, plain_read
        ),
        BenchRow("read and decode everything", time_of(lambda: store.read().check())),
        BenchRow("plain TinyDB: update", plain_update),
        BenchRow("plain TinyDB: read one story", plain_read),
    ]


def _in_own_processes(workspace: Workspace, plain: Path) -> list[BenchRow]:
    """Time a new process each time, as commands are, without its start and imports."""
    folder = [str(workspace.root), str(plain)]
    store = "store = Store(Workspace(Path(sys.argv[1])).database)\n"
    with_plain = "with TinyDB(sys.argv[2]) as database:\n    "
    update = (
        f"{store}with store.update() as changes:\n"
        f"    history(changes, {STORY_READ!r}); changes.add(approval(new_id('ap'), {STORY_READ!r}))"
    )
    read = f"{store}history(store.read(), {STORY_READ!r})"
    update_plain = f"{with_plain}database.table('approvals').insert(dict(id='x'))"
    read_plain = (
        f"{with_plain}for name in {list(TABLES.values())!r}:\n"
        f"        database.table(name).search(where('story') == {STORY_READ!r})"
    )
    plain_update = in_fresh_processes(IMPORTS_PLAIN, update_plain, folder)
    plain_read = in_fresh_processes(IMPORTS_PLAIN, read_plain, folder)
    return [
        BenchRow(
            "fresh process: update", in_fresh_processes(IMPORTS, update, folder), 15, plain_update
        ),
        BenchRow(
            "fresh process: read one story",
            in_fresh_processes(IMPORTS, read, folder),
            10,
            plain_read,
        ),
        BenchRow(
            "fresh process: read and decode everything",
            in_fresh_processes(IMPORTS, f"{store}store.read().check()", folder),
        ),
    ]


def _write_alone(data: bytes, folder: Path) -> None:
    """Write a file as safely as the store does, and nothing else: no such store is faster."""
    handle = os.open(folder / "alone.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(handle, data)
    os.fsync(handle)
    os.close(handle)
    (folder / "alone.new").replace(folder / "alone")
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
