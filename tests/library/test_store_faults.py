"""At every change of the disk in turn the disk fails, or the process is killed: old or new, never
between, and the next command works."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core import files
from library.core.errors import CarerStoriesError, DiskFailed, NoRoom
from library.core.workspace import Workspace
from library.records.consent import Approval
from library.records.ledger import Ledger
from library.records.store import Store
from library.records.story import Story
from tests import faults
from tests.support.valid_records import SHA, approval, library, story


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A library with so many generations that the next update also prunes one."""
    workspace = library(tmp_path)
    for number in range(7):
        with Ledger(workspace).update("story-new", f"cs-{number}", "editor") as changes:
            changes.add(story(f"cs-{number}"))
    return workspace


def _approve(workspace: Workspace, key: str) -> Callable[[], None]:
    def command() -> None:
        with Ledger(workspace).update("approve", "cs-0", "editor", cut=SHA) as changes:
            changes.add(approval(key, "cs-0"))

    return command


def _ids(workspace: Workspace) -> list[str]:
    return [approval.id for approval in Store(workspace.database).read().all(Approval)]


def _refusal(command: Callable[[], None]) -> CarerStoriesError | None:
    try:
        command()
    except CarerStoriesError as error:
        return error
    return None


def _require_sound(workspace: Workspace, before: list[str], key: str) -> bool:
    """Old or new, with a log that belongs to it; whether it is new."""
    current_ids = _ids(workspace)
    assert current_ids in (before, [*before, key])
    Ledger(workspace).verify()
    return current_ids != before


def _require_next_command_works(workspace: Workspace, key: str) -> None:
    _approve(workspace, key)()
    assert _ids(workspace)[-1] == key
    head = Ledger(workspace).verify()
    assert head.sequence == 7 + len(_ids(workspace))  # no line was lost, none came twice
    assert not head.unfinished
    assert files.leftovers(workspace.interviews) == []
    assert len(Ledger(workspace).generations()) == 5


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, NoRoom), (errno.EIO, DiskFailed)], ids=["full", "failing"]
)
@pytest.mark.parametrize("fault_stays", [False, True], ids=["once", "from then on"])
def test_the_disk_fails_at_each_change_of_an_update(
    workspace: Workspace, number: int, kind: type[CarerStoriesError], fault_stays: bool
) -> None:
    changes = faults.count_changes(_approve(workspace, "ap-first"))
    assert changes > 20
    outcomes = set()
    for at in range(1, changes + 1):
        before, key = _ids(workspace), f"ap-{at}"
        with faults.disk(faults.FaultySystem(at, faults.refuse_with(number), stay=fault_stays)):
            refusal_text = _refusal(_approve(workspace, key))
        assert refusal_text is None or (isinstance(refusal_text, kind) and refusal_text.next_step)
        is_new = _require_sound(workspace, before, key)
        outcomes.add((refusal_text is not None, is_new))
        _require_next_command_works(workspace, f"ap-{at}-next")
    # Refused although new: only when the folder could not be flushed after the rename.
    assert {(True, False), (False, True)} <= outcomes


@pytest.mark.slow
def test_killed_at_each_change_of_an_update(workspace: Workspace) -> None:
    changes = faults.count_changes(_approve(workspace, "ap-first"))
    outcomes = []
    for at in range(1, changes + 1):
        before, key = _ids(workspace), f"ap-{at}"
        assert faults.killed_at(at, _approve(workspace, key))
        outcomes.append(_require_sound(workspace, before, key))
        _require_next_command_works(workspace, f"ap-{at}-next")
    # The rename is the one instant: old until there, new from there on.
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


def test_killed_between_record_and_log_the_line_is_completed(workspace: Workspace) -> None:
    changes = faults.count_changes(_approve(workspace, "ap-first"))
    owed_lines = 0
    for at in range(1, changes + 1):
        faults.killed_at(at, _approve(workspace, f"ap-{at}"))
        if Ledger(workspace).verify().unfinished and f"ap-{at}" in _ids(workspace):
            owed_lines += 1
            lines = len(workspace.audit_log.read_bytes().splitlines())
            _approve(workspace, f"ap-{at}-next")()
            assert len(workspace.audit_log.read_bytes().splitlines()) >= lines + 1
            assert Ledger(workspace).verify().sequence == 7 + len(_ids(workspace))
    assert owed_lines >= 2


def test_killed_at_each_change_while_a_line_is_still_owed(workspace: Workspace) -> None:
    """The completion itself may be killed as well."""
    _approve(workspace, "ap-first")()
    for at in range(1, 60):
        with faults.disk(faults.FaultySystem()) as counting:
            _approve(workspace, f"ap-{at}-counted")()
        renamed = counting.calls.index("replace") + 1
        assert faults.killed_at(renamed + 1, _approve(workspace, f"ap-{at}-owes"))
        assert Ledger(workspace).verify().unfinished
        finished = not faults.killed_at(at, _approve(workspace, f"ap-{at}"))
        Ledger(workspace).verify()
        _require_next_command_works(workspace, f"ap-{at}-next")
        if finished:
            return
    pytest.fail("the command never ran to its end")


def test_killed_at_each_change_of_making_a_library(tmp_path: Path) -> None:
    folder = tmp_path / "counted"
    folder.mkdir()
    changes = faults.count_changes(Store(folder / "library.json").create)
    for at in range(1, changes + 1):
        new_folder = tmp_path / str(at)
        new_folder.mkdir()
        store = Store(new_folder / "library.json")
        assert faults.killed_at(at, store.create)
        if not store.path.exists():
            store.create()
        assert store.read().all(Story) == []


def test_killed_at_each_change_of_restoring(workspace: Workspace) -> None:
    ledger = Ledger(workspace)
    oldest = ledger.generations()[0]
    stories = len(ledger.read().all(Story))
    changes = faults.count_changes(lambda: ledger.restore(ledger.generations()[-1], "editor"))
    for at in range(1, changes + 1):
        faults.killed_at(at, lambda: ledger.restore(ledger.generations()[-1], "editor"))
        assert len(ledger.read().all(Story)) in (stories, stories - 1)
        ledger.verify()
    assert oldest < ledger.generations()[0]


def test_without_hard_links_generations_are_copied(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoLinks(files.System):
        def link(self, source: Path, to: Path) -> None:
            raise OSError(errno.EPERM, "not on this file system")

    before = workspace.database.read_bytes()
    monkeypatch.setattr(files, "system", NoLinks())
    _approve(workspace, "ap-first")()
    newest = Ledger(workspace).generations()[-1]
    assert workspace.database.with_name(f"library.json.g{newest:06d}").read_bytes() == before
