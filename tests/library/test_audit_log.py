"""The log: only added to, bound line to line, without a name in it, and healed after a crash."""

import errno
import json
import stat
from pathlib import Path

import pytest

from library.core.errors import BadInput, Damaged, NoRoom
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.ledger import Ledger
from library.records.store import Store
from tests import faults
from tests.support.valid_records import SHA, approval, library, story


def write(path: Path, lines: int) -> audit_log.LogHead:
    head = audit_log.head_of(path)
    for _ in range(lines):
        head = audit_log.append(path, line_after(head))
    return head


def line_after(head: audit_log.LogHead, **fields: object) -> audit_log.AuditEntry:
    entry = {"action": "approve", "subject": "cs-aaaaaa", "role": "editor", "generation": 1}
    return audit_log.next_entry(head, **(entry | fields))  # type: ignore[arg-type]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "audit.jsonl"
    write(path, 5)
    return path


def test_lines_are_numbered_chained_and_private(log: Path) -> None:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5]
    assert lines[0]["previous"] == audit_log.GENESIS_HASH
    assert [line["previous"] for line in lines[1:]] == [line["sha256"] for line in lines[:-1]]
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    head = audit_log.verify(log)
    assert head == audit_log.head_of(log)
    assert str(head) == f"5 lines, head {lines[-1]['sha256'][:12]}"


def test_no_log_yet_is_an_empty_one(tmp_path: Path) -> None:
    assert audit_log.verify(tmp_path / "audit.jsonl") == audit_log.LogHead()


def test_a_long_log_is_read_from_its_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = audit_log.verify(log)
    for length in (1000, 1200, 1500, 2500):
        monkeypatch.setattr(audit_log, "_TAIL_BYTES", length)
        assert audit_log.head_of(log) == verified
    monkeypatch.setattr(audit_log, "_TAIL_BYTES", 100)
    with pytest.raises(Damaged, match="too long"):
        audit_log.head_of(log)


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "Margaret"},
        {"role": "asked by her sister"},
        {"role": "o'neill"},
        {"action": "Approve"},
        {"action": ""},
        {"subject": "Siobhan"},
        {"subject": "cs-aaaaaa\n"},
        {"subject": "interview with mum.mp4"},
        {"was": "St Mary’s Hospital"},
        {"hashes": {"interview.mp4": SHA}},
        {"hashes": {"cut": "not a hash"}},
        {"hashes": {"cut": SHA + "\n"}},
    ],
)
def test_no_name_or_sentence_can_stand_in_it(log: Path, fields: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="audit log"):
        line_after(audit_log.head_of(log), **fields)


def test_states_may_be_given_as_people_read_them() -> None:
    entry = line_after(audit_log.LogHead(), was="filmed", became="signed off", hashes={"cut": SHA})
    assert (entry.was, entry.became) == ("filmed", "signed-off")


@pytest.mark.parametrize(
    ("change", "location"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"editor", b"manager"), *lines[2:]], "line 2"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3: it is number 4"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2"),
        (lambda lines: lines[1:], "line 1"),
        (lambda lines: [*lines[:3], b"", *lines[3:]], "line 4"),
        (lambda lines: [*lines, b"# seen by me"], "line 6"),
        (lambda lines: [*lines, b'{"sequence":6}'], "line 6"),
        (lambda lines: [*lines[:4], lines[4].replace(b":", b": ", 1)], "line 5"),
    ],
)
def test_any_change_is_found_and_its_line_named(log: Path, change: object, location: str) -> None:
    lines = log.read_bytes().splitlines()
    log.write_bytes(b"\n".join(change(lines)) + b"\n")  # type: ignore[operator]
    with pytest.raises(Damaged, match=location) as error:
        audit_log.verify(log)
    assert str(log) in error.value.what
    assert error.value.next_step


def test_a_line_rewritten_with_its_hash_still_breaks_the_chain(log: Path) -> None:
    lines = log.read_bytes().splitlines()
    head = audit_log.LogHead(1, json.loads(lines[0])["sha256"])
    lines[1] = line_after(head, role="manager").line
    log.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(Damaged, match="line 3: the line before it was changed"):
        audit_log.verify(log)


def test_a_line_torn_anywhere_is_healed_by_the_next(log: Path) -> None:
    data = log.read_bytes()
    torn_line = line_after(audit_log.head_of(log)).line
    for length in range(1, len(torn_line), 17):
        log.write_bytes(data + torn_line[:length])
        assert audit_log.verify(log).unfinished
        assert audit_log.verify(log).sequence == 5
        assert write(log, 1).sequence == 6
        assert log.read_bytes().startswith(data)
        assert audit_log.verify(log).sequence == 6
        assert not audit_log.verify(log).unfinished


def test_a_line_that_only_lost_its_line_end_is_kept(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-1])
    assert audit_log.verify(log).sequence == 5
    assert write(log, 1).sequence == 6
    assert audit_log.verify(log).sequence == 6


def test_what_is_no_torn_line_of_ours_is_never_removed(log: Path) -> None:
    log.write_bytes(log.read_bytes() + b"seen by me")
    with pytest.raises(Damaged, match="something else stands there"):
        write(log, 1)
    assert log.read_bytes().endswith(b"seen by me")


def test_a_full_disk_leaves_the_log_as_it_was(log: Path) -> None:
    before = log.read_bytes()
    entry = line_after(audit_log.head_of(log))
    changes = 3  # open, write, fsync: after those the line is whole
    for at in range(1, changes + 1):
        with (
            faults.disk(faults.FaultySystem(at, faults.refuse_with(errno.ENOSPC))),
            pytest.raises(NoRoom),
        ):
            audit_log.append(log, entry)
        assert log.read_bytes() == before


def test_killed_while_adding_a_line(log: Path) -> None:
    for at in range(1, 60):
        head = audit_log.head_of(log)
        killed = faults.killed_at(at, lambda: write(log, 1))
        assert audit_log.verify(log).sequence in (head.sequence, head.sequence + 1)
        write(log, 1)
        assert not audit_log.verify(log).unfinished
        if not killed:
            return
    pytest.fail("adding a line never came to its end")


# --- the log and the database together ---


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = library(tmp_path)
    with Ledger(workspace).update("story-new", "cs-aaaaaa", "editor") as changes:
        changes.add(story())
    for number in range(3):
        with Ledger(workspace).update("approve", "cs-aaaaaa", "editor", cut=SHA) as changes:
            changes.add(approval(f"ap-{number}"))
    return workspace


def test_record_and_line_are_written_together(workspace: Workspace) -> None:
    head = Ledger(workspace).verify()
    assert (head.sequence, head.generation) == (4, Ledger(workspace).read().generation)
    last = json.loads(workspace.audit_log.read_text().splitlines()[-1])
    assert (last["action"], last["subject"], last["hashes"]) == (
        "approve",
        "cs-aaaaaa",
        {"cut": SHA},
    )


def test_what_changed_no_record_is_logged_too(workspace: Workspace) -> None:
    before = workspace.database.read_bytes()
    with Ledger(workspace).update("film", "cs-aaaaaa", "editor", cut=SHA, form=""):
        pass
    assert workspace.database.read_bytes() == before
    assert Ledger(workspace).verify().sequence == 5
    with Ledger(workspace).update("approve", "cs-aaaaaa", "editor") as changes:
        changes.add(approval("ap-next"))
    assert Ledger(workspace).verify().sequence == 6


def test_a_refused_block_leaves_no_line(workspace: Workspace) -> None:
    before = workspace.audit_log.read_bytes()

    def repeated_block() -> None:
        with Ledger(workspace).update("approve", "cs-aaaaaa", "editor") as changes:
            changes.add(approval("ap-0"))

    with pytest.raises(BadInput, match="already"):
        repeated_block()
    with pytest.raises(BadInput, match="audit log"), Ledger(workspace).update("x", "", "Mr Jones"):
        pytest.fail("a name went into the log")
    assert workspace.audit_log.read_bytes() == before


def _cut_log(workspace: Workspace, lines: int) -> None:
    remaining = workspace.audit_log.read_bytes().splitlines(keepends=True)[:-lines]
    workspace.audit_log.write_bytes(b"".join(remaining))


def test_one_line_behind_is_a_crash_and_completed(workspace: Workspace) -> None:
    data = workspace.audit_log.read_bytes()
    _cut_log(workspace, 1)
    assert Ledger(workspace).verify().unfinished
    with Ledger(workspace).update("film", "cs-aaaaaa", "editor"):
        pass
    assert workspace.audit_log.read_bytes().startswith(data)
    assert Ledger(workspace).verify().sequence == 5


@pytest.mark.parametrize("lines", [2, 3, 4])
def test_a_log_that_was_cut_is_refused_before_anything_changes(
    workspace: Workspace, lines: int
) -> None:
    _cut_log(workspace, lines)
    before = workspace.database.read_bytes()
    with pytest.raises(Damaged, match=f"after line {4 - lines}: the database holds line 4"):
        Ledger(workspace).verify()
    with pytest.raises(Damaged), Ledger(workspace).update("film", "cs-aaaaaa", "editor"):
        pytest.fail("an update began over a cut log")
    assert workspace.database.read_bytes() == before


def test_a_log_written_anew_is_not_the_one_of_this_database(workspace: Workspace) -> None:
    workspace.audit_log.unlink()
    write(workspace.audit_log, 6)
    assert audit_log.verify(workspace.audit_log).sequence == 6
    with pytest.raises(Damaged, match="line 4: it is not the line the database holds"):
        Ledger(workspace).verify()


def test_an_older_database_is_refused_even_without_its_generations(workspace: Workspace) -> None:
    """So that a story that was withdrawn does not come back with a copied file."""
    generations = sorted(workspace.interviews.glob("library.json.g*"))
    generations[1].replace(workspace.database)
    for generation in (generations[0], *generations[2:]):
        generation.unlink()
    with pytest.raises(Damaged, match="older database was put back"):
        Ledger(workspace).verify()
    with pytest.raises(Damaged), Ledger(workspace).update("film", "cs-aaaaaa", "editor"):
        pytest.fail("an update began over an older database")


def _another_library(folder: Path, changes: int) -> Path:
    """Its database: of so many changes, each with a line in a log of its own."""
    other = library(folder)
    for number in range(changes):
        with Ledger(other).update("approve", "cs-bbbbbb", "editor") as new_changes:
            if number == 0:
                new_changes.add(story("cs-bbbbbb"))
            else:
                new_changes.add(approval(f"ap-other-{number}", "cs-bbbbbb"))
    return other.database


@pytest.mark.parametrize("changes", [5, 6, 7, 20])
def test_another_librarys_database_is_refused_and_names_what_to_restore(
    workspace: Workspace, tmp_path: Path, changes: int
) -> None:
    """Its generation may well be higher, and its line before, at or after the log's last."""
    generation = Store(workspace.database).read().generation
    for _ in range(2):  # lines of no generation of their own: films, builds
        with Ledger(workspace).update("film", "cs-aaaaaa", "editor"):
            pass
    foreign = _another_library(tmp_path / "other", changes).read_bytes()
    workspace.database.write_bytes(foreign)
    data = workspace.database.with_name(f"library.json.g{generation - 1:06d}").read_bytes()
    ledger = Ledger(workspace)
    for action in (
        ledger.read_current,
        ledger.verify,
        lambda: ledger.update("film", "", "editor").__enter__(),
    ):
        with pytest.raises(Damaged, match=f"restore --generation {generation - 1}"):
            action()
    assert workspace.database.read_bytes() == foreign
    number = ledger.restore(generation - 1, "editor")
    assert ledger.verify().generation == ledger.read_current().generation == number
    (replaced_database,) = workspace.interviews.glob("library.json.before-*")
    assert replaced_database.read_bytes() == foreign
    assert data in [path.read_bytes() for path in workspace.interviews.glob("library.json.g*")]


def test_restoring_is_logged_and_goes_on_from_there(workspace: Workspace) -> None:
    workspace.database.write_bytes(b"")
    ledger = Ledger(workspace)
    with pytest.raises(Damaged, match="restore --generation 4"):
        ledger.read()
    assert ledger.restore(4, "editor") == 6
    last = json.loads(workspace.audit_log.read_text().splitlines()[-1])
    assert (last["action"], last["generation"]) == ("restore", 6)
    assert ledger.verify().sequence == 5
    with ledger.update("approve", "cs-aaaaaa", "editor") as changes:
        changes.add(approval("ap-next"))
    assert ledger.verify().generation == Store(workspace.database).read().generation == 7
