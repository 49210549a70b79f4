"""The store at 10,000 records, beside plain TinyDB and beside what the disk itself takes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import msgspec
from tinydb import TinyDB, where

from benchmarks.measure import Row, in_fresh_processes, time_of
from library.core.workspace import Workspace
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.ledger import Ledger
from library.records.record_types import LIBRARY as TABLES
from library.records.record_types import Record
from library.records.store import Store
from library.records.story import Story

STORIES = 2_000
ONE = "cs-000777"
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
    """Five records a story, with words about as long as people write."""
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
        for again in range(2):
            yield Release(
                id=f"re-{number:06d}{again}",
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


def history(snapshot: object, story: str) -> list[object]:
    """What a command reads of one story before it decides."""
    from library.records.store import Snapshot

    assert isinstance(snapshot, Snapshot)
    found: list[object] = [snapshot.get(Story, story)]
    found += snapshot.of_story(Agreement, story)
    found += snapshot.of_story(Release, story)
    found += snapshot.of_story(Approval, story)
    found += snapshot.of_story(Withdrawal, story)
    return found


def run() -> list[Row]:
    """Rows for `python -m benchmarks`."""
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
            documents = [msgspec.to_builtins(r) for r in records() if isinstance(r, kind)]
            if documents:
                database.table(name).insert_multiple(documents)


def _rows(workspace: Workspace, plain: Path) -> list[Row]:
    size = f"10,000 records, {workspace.database.stat().st_size / 1e6:.1f} MB"
    return [*_running(workspace, plain, size), *_fresh(workspace, plain)]


def _running(workspace: Workspace, plain: Path, size: str) -> list[Row]:
    """In a process that is already running: what the code and the disk take."""
    store, ledger = Store(workspace.database), Ledger(workspace)
    data = workspace.database.read_bytes()
    keys = (f"ap-new-{number}" for number in count())

    def update() -> None:
        with store.update() as changes:
            history(changes, ONE)
            changes.add(approval(next(keys), ONE))

    def logged() -> None:
        with ledger.update("approve", ONE, "editor", cut="ab" * 32) as changes:
            history(changes, ONE)
            changes.add(approval(next(keys), ONE))

    def update_plain() -> None:
        with TinyDB(plain) as database:
            document = msgspec.to_builtins(approval(next(keys), ONE))
            database.table("approvals").insert(document)

    def read_plain() -> None:
        with TinyDB(plain) as database:
            for name in TABLES.values():
                database.table(name).search(where("story") == ONE)

    plain_update, plain_read = time_of(update_plain, 9), time_of(read_plain, 9)
    return [
        Row(f"the disk alone: write {size}, fsync, rename", time_of(lambda: _floor(data, plain))),
        Row("update in a running process", time_of(update), 15, plain_update),
        Row("update with its line of the log", time_of(logged), None, plain_update),
        Row("read one story", time_of(lambda: history(store.read(), ONE)), 10, plain_read),
        Row("read and decode everything", time_of(lambda: store.read().check())),
        Row("plain TinyDB: update", plain_update),
        Row("plain TinyDB: read one story", plain_read),
    ]


def _fresh(workspace: Workspace, plain: Path) -> list[Row]:
    """In a process of its own each time, as commands are; without its start and imports."""
    folder = [str(workspace.root), str(plain)]
    store = "store = Store(Workspace(Path(sys.argv[1])).database)\n"
    with_plain = "with TinyDB(sys.argv[2]) as database:\n    "
    update = (
        f"{store}with store.update() as changes:\n"
        f"    history(changes, {ONE!r}); changes.add(approval(new_id('ap'), {ONE!r}))"
    )
    read = f"{store}history(store.read(), {ONE!r})"
    update_plain = f"{with_plain}database.table('approvals').insert(dict(id='x'))"
    read_plain = (
        f"{with_plain}for name in {list(TABLES.values())!r}:\n"
        f"        database.table(name).search(where('story') == {ONE!r})"
    )
    plain_update = in_fresh_processes(IMPORTS_PLAIN, update_plain, folder)
    plain_read = in_fresh_processes(IMPORTS_PLAIN, read_plain, folder)
    return [
        Row("fresh process: update", in_fresh_processes(IMPORTS, update, folder), 15, plain_update),
        Row(
            "fresh process: read one story",
            in_fresh_processes(IMPORTS, read, folder),
            10,
            plain_read,
        ),
        Row(
            "fresh process: read and decode everything",
            in_fresh_processes(IMPORTS, f"{store}store.read().check()", folder),
        ),
    ]


def _floor(data: bytes, beside: Path) -> None:
    """The same promises to the disk with nothing else: what no store of one file can go below."""
    folder = beside.parent
    handle = os.open(folder / "floor.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(handle, data)
    os.fsync(handle)
    os.close(handle)
    (folder / "floor.new").replace(folder / "floor")
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
