"""A library of an older schema is read as it is, brought up whole at the first change, and kept."""

import contextlib
import errno
import json
from pathlib import Path

import pytest

from library.consent.contributors import record_contributor
from library.core.errors import BadInput, CarerStoriesError, Damaged
from library.core.workspace import Workspace
from library.records import file_format, migrations
from library.records.ledger import Ledger
from library.records.migrations import Tables
from library.records.store import Store
from library.records.story import Story
from tests import faults
from tests.support.valid_records import agreement, approval, library, release, story


def to_the_next(tables: Tables) -> Tables:
    """As one might be some day: a table gets another name, and a field another form."""
    if "endings" in tables:
        tables["withdrawals"] = tables.pop("endings")
    for record in tables.get("stories", {}).values():
        record["title"] = " ".join(record.pop("words"))
    return tables


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A library of the schema before, with a line in its log, as that version would have it."""
    workspace = library(tmp_path)
    with Ledger(workspace).update("approve", "cs-aaaaaa", "editor") as changes:
        for record in (story(), story("cs-bbbbbb", title="Two words"), agreement(), release()):
            changes.add(record)
        changes.add(approval())
    path = workspace.database
    raw = json.loads(path.read_bytes())
    _write_older(path, raw, monkeypatch)
    monkeypatch.setattr(migrations, "SCHEMA", 2)
    monkeypatch.setattr(migrations, "STEPS", {1: to_the_next})
    return workspace


def _write_older(path: Path, raw: dict[str, dict], monkeypatch: pytest.MonkeyPatch) -> None:
    tables = {}
    for name, records in raw.items():
        if name == "header":
            continue
        lines = file_format.RecordLines()
        for key, record in records.items():
            if name == "stories":
                record["words"] = record.pop("title").split()
            lines.add(key, json.dumps(record, separators=(",", ":")).encode())
        tables["endings" if name == "withdrawals" else name] = lines
    before = file_format.parse(path.read_bytes()).header
    path.write_bytes(b"".join(file_format.compose(before.generation, tables, before.entry)))


def _originals(workspace: Workspace) -> list[Path]:
    return sorted(workspace.interviews.glob("library.json.schema-*"))


def test_reading_changes_nothing_and_reads_what_is_meant(older: Workspace) -> None:
    before = older.database.read_bytes()
    assert b'"schema":1' in before
    snapshot = Ledger(older).read_current()
    snapshot.check()
    assert [story.title for story in snapshot.all(Story)] == [
        "Nobody would talk to me",
        "Two words",
    ]
    assert snapshot.get(Story, "cs-bbbbbb").title == "Two words"
    assert Ledger(older).verify().sequence == 1
    assert older.database.read_bytes() == before
    assert _originals(older) == []


def test_the_first_change_brings_it_up_with_a_line_and_keeps_the_file(older: Workspace) -> None:
    before = older.database.read_bytes()
    with Ledger(older).update("approve", "cs-aaaaaa", "editor") as changes:
        changes.add(approval("ap-next"))
    raw = json.loads(older.database.read_bytes())
    assert raw["header"]["schema"] == 2
    assert raw["stories"]["cs-bbbbbb"]["title"] == "Two words"
    assert "endings" not in raw
    (saved_file,) = _originals(older)
    assert saved_file.name == "library.json.schema-0001-g000002"
    assert saved_file.read_bytes() == before
    assert saved_file.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in older.audit_log.read_text().splitlines()]
    assert [(line["action"], line["generation"]) for line in lines][1:] == [
        ("migrate", 3),
        ("approve", 4),
    ]
    assert Ledger(older).verify().generation == 4
    with Ledger(older).update("film", "cs-aaaaaa", "editor"):
        pass
    assert _originals(older) == [saved_file]


def test_a_generation_of_the_older_schema_can_be_restored(older: Workspace) -> None:
    with Ledger(older).update("approve", "cs-aaaaaa", "editor") as changes:
        changes.add(approval("ap-next"))
    assert Ledger(older).restore(2, "editor") == 5
    assert b'"schema":2' in older.database.read_bytes()[:100]
    assert len(Ledger(older).read().all(Story)) == 2
    Ledger(older).verify()


def test_what_is_forgotten_lives_on_in_no_kept_file(older: Workspace) -> None:
    with Ledger(older).update("film", "cs-aaaaaa", "editor"):
        pass
    assert _originals(older)
    Ledger(older).forget_generations()
    assert _originals(older) == []


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ('"words":["Two","words"]', '"words":[2,3],"xx":[]'),
        ('"words":["Two","words"]', '"wordz":["Two","words"]'),
        ('"audience":"trust"', '"audience":7'),
    ],
)
def test_what_a_step_cannot_take_or_makes_wrong_is_refused_and_nothing_written(
    older: Workspace, monkeypatch: pytest.MonkeyPatch, spoilt: str, words: str
) -> None:
    text = older.database.read_text()
    assert spoilt in text
    monkeypatch.setattr(migrations, "SCHEMA", 1)
    monkeypatch.setattr(migrations, "STEPS", {})
    raw = json.loads(text.replace(spoilt, words, 1))
    header = file_format.parse(text.encode()).header
    tables = {}
    for name, records in raw.items():
        if name != "header":
            tables[name] = file_format.RecordLines()
            for key, record in records.items():
                tables[name].add(key, json.dumps(record).encode())
    older.database.write_bytes(b"".join(file_format.compose(2, tables, header.entry)))
    monkeypatch.setattr(migrations, "SCHEMA", 2)
    monkeypatch.setattr(migrations, "STEPS", {1: to_the_next})
    before = older.database.read_bytes()
    with pytest.raises(Damaged), Ledger(older).update("film", "cs-aaaaaa", "editor"):
        pytest.fail("an update of records that cannot be brought up began")
    assert older.database.read_bytes() == before
    assert _originals(older) == []


def test_at_every_failing_change_it_is_the_old_or_the_new(older: Workspace) -> None:
    original = older.database.read_bytes()
    log = older.audit_log.read_bytes()

    def change() -> None:
        with Ledger(older).update("film", "cs-aaaaaa", "editor"):
            pass

    for kill in (False, True):
        for at in range(1, 40):
            for path in older.interviews.glob("library.json*"):
                path.unlink()
            older.database.write_bytes(original)
            older.audit_log.write_bytes(log)
            if kill:
                ended = faults.killed_at(at, change)
            else:
                system = faults.FaultySystem(at, faults.refuse_with(errno.ENOSPC))
                with faults.disk(system), contextlib.suppress(CarerStoriesError):
                    change()
                ended = len(system.calls) >= at
            snapshot = Ledger(older).read_current()
            snapshot.check()
            assert len(snapshot.all(Story)) == 2
            is_new = b'"schema":2' in older.database.read_bytes()[:100]
            assert is_new or older.database.read_bytes() == original, at
            assert not is_new or [path.read_bytes() for path in _originals(older)] == [original], at
            change()
            Ledger(older).verify()
            if not ended:
                break
        assert not ended, "there are more changes than were tried"
        assert at > 10


def test_the_private_record_is_brought_up_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = library(tmp_path)
    with Ledger(workspace).update("approve", "cs-aaaaaa", "editor") as changes:
        changes.add(story())
    record_contributor(workspace, "cs-aaaaaa", name="Ruth", contact="", role="editor")
    monkeypatch.setattr(migrations, "SCHEMA", 2)
    monkeypatch.setattr(migrations, "STEPS", {1: lambda tables: tables})
    record_contributor(workspace, "cs-aaaaaa", name="Ruth B", contact="", role="editor")
    private = workspace.contributors
    assert b'"schema":2' in private.read_bytes()[:100]
    assert len(list(private.parent.glob("contributors.json.schema-0001-*"))) == 1


def test_a_newer_schema_changes_nothing_and_says_to_update(tmp_path: Path) -> None:
    path = library(tmp_path).database
    path.write_bytes(path.read_bytes().replace(b'"schema":1', b'"schema":2', 1))
    before = {path: path.read_bytes() for path in path.parent.iterdir() if path.suffix != ".lock"}
    for action in (Store(path).read, Store(path).migrate, lambda: Store(path).update().__enter__()):
        with pytest.raises(BadInput, match="a newer version") as error:
            action()
        assert "Install the newest carer-stories" in error.value.next_step
    assert {path: path.read_bytes() for path in before} == before


def test_steps_lead_to_todays_schema_without_a_gap() -> None:
    assert sorted(migrations.STEPS) == list(range(migrations.oldest_schema(), migrations.SCHEMA))
