"""`carer-stories migrate` with a made-up next format, on the workspace that 0.1.0 made."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from library.backup.selection import select_files
from library.consent.register import add_person
from library.core import files
from library.core.errors import Busy, CarerStoriesError, Damaged, NoRoom, NotAllowed, NotFound
from library.core.lock import locked
from library.core.workspace import Workspace
from library.records import migrations
from library.records.format_stamp import read_format_stamp
from library.records.ledger import Ledger
from library.records.migration import finish, migrate, require_usable, undo_migration
from library.records.migration_plan import pending_migration
from library.records.migrations import Tables
from library.records.restore_holds import read_restore_holds
from library.records.story import Story
from tests import faults
from tests.faults.disk_changes import Changes
from tests.faults.powercut import PowerCut, Recorder, Survivor
from tests.faults.trials import Bench, in_memory
from tests.support.command_line import CommandResult
from tests.support.folder_contents import modes_and_bytes
from tests.support.kept_workspaces import Unpacked, unpack

Cli = Callable[..., CommandResult]
CUT, SETTINGS = "stories/*/cut.json", "settings.yml"
SENTENCES = "Each cut says who made it; the trust is written in capitals."


def with_maker(data: bytes) -> bytes:
    """Made up: a cut gets a field that this version does not know."""
    cut = json.loads(data)
    if "maker" in cut:
        raise ValueError("it has a maker already")
    return json.dumps({**cut, "maker": "0.2.0", "recipe": dict(cut["recipe"])}).encode()


def in_capitals(data: bytes) -> bytes:
    return data.replace(b"Marlow Fold invented trust", b"MARLOW FOLD")


def with_longer_titles(tables: Tables) -> Tables:
    for record in tables.get("stories", {}).values():
        record["title"] += "."
    return tables


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The fixture, less what no migration looks at."""
    unpacked = unpack(tmp_path_factory.mktemp("earlier") / "0.1.0")
    for name in ("vault", "sealed", "stick", "archive", "library/public", "library/site"):
        shutil.rmtree(unpacked.home / name)
    for name in ("edition", "exports", "previews", "print", "training", "forms"):
        shutil.rmtree(unpacked.workspace.interviews / name)
    return unpacked


@pytest.fixture(scope="module")
def bare(archive: Unpacked, tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """Two cuts and the records: as little as a migration can be tried on again and again."""
    unpacked = Unpacked(tmp_path_factory.mktemp("bare") / "0.1.0")
    wanted_files = ("library.json", "audit.jsonl", "settings.yml", "private/contributors.json")
    cuts_of_two = sorted(archive.workspace.interviews.glob(CUT))[:2]
    for path in (*map(archive.workspace.interviews.joinpath, wanted_files), *cuts_of_two):
        to = unpacked.home / path.relative_to(archive.home)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    return unpacked


@pytest.fixture
def opened(archive: Unpacked, tmp_path: Path) -> Unpacked:
    shutil.copytree(archive.home, tmp_path / "0.1.0")
    return Unpacked(tmp_path / "0.1.0")


@pytest.fixture
def workspace(opened: Unpacked) -> Workspace:
    return opened.workspace


@pytest.fixture
def next_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """This program as a later version might be."""
    monkeypatch.setattr(migrations, "SCHEMA", 2)
    monkeypatch.setattr(migrations, "STEPS", {1: with_longer_titles})
    monkeypatch.setattr(migrations, "FILE_STEPS", {1: {CUT: with_maker, SETTINGS: in_capitals}})
    monkeypatch.setattr(migrations, "SUMMARIES", {1: SENTENCES})
    monkeypatch.setattr("library.records.format_stamp.program_version", lambda: "0.2.0")
    monkeypatch.setattr("library.records.migration_plan.program_version", lambda: "0.2.0")


def state(workspace: Workspace) -> dict[str, tuple[int, bytes]]:
    """Path → mode and bytes below `interviews`, without locks and what migrations keep."""
    return {
        path: content
        for path, content in modes_and_bytes(workspace.interviews).items()
        # What was looked at last is noted by every command that moved the log.
        if not path.endswith((".lock", ".reconciled.json"))
        and not path.startswith("before-migration-")
    }


def kept_in(workspace: Workspace) -> Path:
    (folder,) = workspace.migrations
    return folder


def cuts(workspace: Workspace) -> list[dict[str, object]]:
    paths = sorted(workspace.interviews.glob(CUT))
    return [json.loads(path.read_bytes()) for path in paths]


def is_old(workspace: Workspace) -> bool:
    """Return True if every file is of the old format, False if every one is of the new."""
    marks = {"maker" in cut for cut in cuts(workspace)}
    marks.add(b"MARLOW FOLD" in workspace.settings.read_bytes())
    assert len(marks) == 1, "some files are of the old format and some of the new"
    return not marks.pop()


@pytest.mark.usefixtures("next_format")
def test_it_says_what_will_change_and_writes_nothing_until_asked_to(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(workspace)
    result = run_cli("migrate", "--dry-run")
    assert result.code == 0, result
    assert "This library was made by version 0.1.0." in result.out
    assert "format 1" not in result.out
    for words in (SENTENCES, "cut.json: 7 files", "settings.yml: 1 file", "library.json: all of"):
        assert words in result.out
    answer = json.loads(run_cli("migrate", "--dry-run", "--json").out)
    assert (answer["needed"], answer["done"], len(answer["files"])) == (True, False, 8)
    assert answer["records"] == ["library.json", "private/contributors.json"]
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run_cli("migrate").code == 130, "whoever was asked said no"
    assert state(workspace) == before
    assert workspace.migrations == []


@pytest.mark.usefixtures("next_format")
def test_until_then_it_is_backed_up_and_a_story_withdrawn_and_nothing_else(
    opened: Unpacked, run_cli: Cli
) -> None:
    for line in (["status"], ["site", "build"], ["verify"], ["story", "list"]):
        result = run_cli(*line)
        assert result.code == NotAllowed.exit_code, result
        assert "was made by carer-stories 0.1.0, and must be changed" in result.err
        assert "carer-stories migrate" in result.err
    assert "carer-stories migrate" in run_cli("doctor").out
    assert run_cli("backup", "../vault", "--yes").code == 0
    result = run_cli("withdraw", opened.story("Signed off"), "--yes")
    assert "is withdrawn as of" in result.out
    result = run_cli("restore", "--from", "../vault", "--into", "../back")
    assert result.code == 0, result
    assert "carer-stories migrate" in result.out


@pytest.mark.usefixtures("next_format")
@pytest.mark.parametrize("answer", ["y", "n"])
def test_at_a_terminal_whoever_types_another_command_is_offered_it(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    before = state(workspace)
    monkeypatch.setattr("library.cli.migrate.is_at_terminal", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    result = run_cli("story", "list")
    text = result.out + result.err
    assert SENTENCES in text
    assert "Make a backup first" in text
    assert result.code == (0 if answer == "y" else NotAllowed.exit_code), result
    assert (state(workspace) == before) == (answer == "n")
    assert is_old(workspace) == (answer == "n")
    assert run_cli("story", "list", "--json").code == result.code, "a script is never asked"


@pytest.mark.usefixtures("next_format")
def test_it_brings_everything_up_keeps_what_was_and_logs_it(
    workspace: Workspace, run_cli: Cli
) -> None:
    before = state(workspace)
    result = run_cli("migrate", "--yes")
    assert result.code == 0, result
    folder = kept_in(workspace)
    assert str(folder) in result.out
    assert f"carer-stories migrate --back {folder.name}" in result.out
    assert all(cut["maker"] == "0.2.0" for cut in cuts(workspace))
    titles = [story.title for story in Ledger(workspace).read_current().all(Story)]
    assert "Two takes." in titles
    assert b'"schema":2' in workspace.database.read_bytes()[:100]
    assert b'"schema":2' in workspace.contributors.read_bytes()[:100]
    assert Ledger(workspace).entries_of("migrate")
    assert read_format_stamp(workspace).format == 2
    assert run_cli("status").code == 0
    assert "nothing to do" in run_cli("migrate").out
    altered = {name for name, content in state(workspace).items() if before.get(name) != content}
    saved_files = {
        path.relative_to(folder / "was").as_posix(): path for path in _files(folder / "was")
    }
    new_files = {name for name in altered if name not in before}
    assert {name.partition(".json.")[0] for name in new_files} <= {
        "format.json",
        "library",
        "private/contributors",
    }
    assert saved_files.keys() == altered - new_files
    assert all(path.read_bytes() == before[name][1] for name, path in saved_files.items())
    assert all(state(workspace)[name][0] == before[name][0] for name in saved_files), "modes stay"
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, f"{path} is not for this account alone"
    assert not (folder / "becomes").exists()


@pytest.mark.usefixtures("next_format")
def test_going_back_puts_everything_back_for_the_version_before(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(workspace)
    assert run_cli("migrate", "--yes").code == 0
    folder = kept_in(workspace)
    assert run_cli("story", "new", "--title", "Later", "--questions", "being-heard").code == 0
    result = run_cli("migrate", "--back", folder.name, "--yes")
    assert result.code == 0, result
    assert "story-new" in result.out, "what is taken back is told"
    after = state(workspace)
    assert json.loads(after.pop("format.json")[1])["format"] == 1
    log = after.pop("audit.jsonl")[1]
    assert log.startswith(before.pop("audit.jsonl")[1])
    assert b'"migrate-back"' in log.splitlines()[-1]
    second_names = {name: after.pop(name) for name in after.keys() - before.keys()}
    assert all(".json.schema-" in name or ".json.g" in name for name in second_names)
    currents = [before[name] for name in ("library.json", "private/contributors.json")]
    assert all(content in currents for content in second_names.values())
    pruned = before.keys() - after.keys()
    assert all(name.startswith("library.json.g") for name in pruned), "the oldest generations"
    assert after == {name: before[name] for name in before if name not in pruned}
    monkeypatch.undo()  # the version before
    monkeypatch.chdir(workspace.root)
    assert "Later" not in run_cli("story", "list").out
    assert run_cli("story", "edit", _any(workspace), "--summary", "Other").code == 0
    Ledger(workspace).verify()


@pytest.mark.usefixtures("next_format")
def test_what_cannot_be_gone_back_to_is_refused(opened: Unpacked, run_cli: Cli) -> None:
    workspace = opened.workspace
    result = run_cli("migrate", "--back", "before-migration-1")
    assert result.code == NotFound.exit_code, result
    migrate(workspace, "editor")
    folder = kept_in(workspace)
    for command in ("status", "doctor"):
        assert f"is still kept in interviews: {folder.name}." in run_cli(command).out
    restored = undo_migration(workspace, str(folder), "editor")
    result = run_cli("migrate", "--back", folder.name, "--yes")
    assert result.code == NotAllowed.exit_code, "it is back already"
    assert run_cli("migrate", "--back", restored.name, "--yes").code == NotAllowed.exit_code


@pytest.mark.usefixtures("next_format")
def test_going_back_holds_what_was_decided_about_since(opened: Unpacked, run_cli: Cli) -> None:
    workspace, story = opened.workspace, opened.story("Told in two languages")
    migrate(workspace, "editor")
    folder = kept_in(workspace)
    add_person(
        workspace, story, relation="son", about="His illness.", decided="objected", role="editor"
    )
    result = run_cli("migrate", "--back", folder.name, "--yes")
    assert result.code == 0, result
    assert f"Something was decided since about {story}." in result.out
    assert [hold.story for hold in read_restore_holds(workspace)] == [story]
    migrate(workspace, "editor")
    assert "It is held since a restore" in run_cli("status", story).out


@pytest.mark.usefixtures("next_format")
def test_an_erasure_takes_what_is_kept_with_it(opened: Unpacked, run_cli: Cli) -> None:
    workspace, story = opened.workspace, opened.story("Told in two languages")
    migrate(workspace, "editor")
    folder = kept_in(workspace)
    result = run_cli("withdraw", story, "--erase", "--yes")
    assert "carer-stories backup" not in result.err
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    assert not [name for name in names if story in name]
    for path in _files(folder):
        data = path.read_bytes()
        assert b"Told in two languages" not in data, path
        assert b"Ruth Invented" not in data, path
    assert len(list((folder / "was" / "stories").iterdir())) == 6, "others stay"
    result = run_cli("migrate", "--back", folder.name, "--yes")
    assert result.code == NotAllowed.exit_code
    assert "a story was erased since then" in result.err


@pytest.mark.usefixtures("next_format")
def test_what_is_kept_is_in_no_backup(workspace: Workspace) -> None:
    migrate(workspace, "editor")
    assert not [path for path in select_files(workspace).files if "before-migration" in path]


@pytest.mark.usefixtures("next_format")
def test_a_file_that_a_step_cannot_take_is_named_and_nothing_is_written(
    workspace: Workspace, run_cli: Cli
) -> None:
    cut = min(workspace.interviews.glob(CUT))
    cut.write_text('{"maker": 1}')
    before = state(workspace)
    result = run_cli("migrate", "--yes")
    assert result.code == Damaged.exit_code, result
    assert str(cut) in result.err
    assert "nothing was migrated" in result.err
    assert state(workspace) == before
    assert workspace.migrations == []


@pytest.mark.usefixtures("next_format")
def test_it_waits_for_nobody_who_is_at_work_in_a_story(opened: Unpacked) -> None:
    folder = opened.workspace.story(opened.story("Two takes"))
    before = state(opened.workspace)
    with locked(folder.import_lock, busy=Busy("no")), pytest.raises(Busy, match="at work"):
        migrate(opened.workspace, "editor")
    assert state(opened.workspace) == before


@pytest.mark.usefixtures("next_format")
def test_a_disk_without_room_is_told_before_anything_is_written(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda _path: 1_000)
    before = state(workspace)
    with pytest.raises(NoRoom):
        migrate(workspace, "editor")
    assert state(workspace) == before
    assert workspace.migrations == []


@pytest.mark.usefixtures("next_format")
def test_a_backup_is_not_made_of_two_formats(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.records.migration_apply._complete", _refuse)
    with pytest.raises(NotAllowed):
        migrate(workspace, "editor")
    assert read_format_stamp(workspace).migration
    result = run_cli("backup", "../vault", "--yes")
    assert result.code == NotAllowed.exit_code, result
    assert "could not be finished" in result.err
    assert "held fast" in run_cli("migrate").err, "and what holds it is told"


def _refuse(*_arguments: object) -> None:
    raise NotAllowed("held fast")


@pytest.mark.usefixtures("next_format")
def test_what_was_written_after_it_was_looked_at_is_brought_up_too(
    opened: Unpacked, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = opened.workspace
    cut = workspace.story(opened.story("Signed off")).cut
    with monkeypatch.context() as broken:
        broken.setattr("library.records.migration_apply._complete", _refuse)
        with contextlib.suppress(NotAllowed):
            migrate(workspace, "editor")
    changed = {**json.loads(cut.read_bytes()), "story": "cs-changed"}
    cut.write_text(json.dumps(changed))
    finish(workspace)
    assert json.loads(cut.read_bytes()) == {**changed, "maker": "0.2.0"}


FAULTS = [errno.ENOSPC, errno.EIO, "stay", "kill"]


@pytest.mark.slow
@pytest.mark.usefixtures("next_format")
@pytest.mark.parametrize("fault", FAULTS)
def test_at_every_failing_change_it_is_the_old_or_the_new(
    bare: Unpacked, tmp_path: Path, fault: int | str
) -> None:
    """Every sixth change, beginning elsewhere for each fault; `EVERY_FAULT=1` tries each."""
    stride = 1 if os.environ.get("EVERY_FAULT") else 6
    opened = Unpacked(tmp_path / "0.1.0")
    workspace = opened.workspace

    def start_afresh() -> None:
        shutil.rmtree(opened.home, ignore_errors=True)
        shutil.copytree(bare.home, opened.home)

    def command() -> None:
        migrate(workspace, "editor")

    start_afresh()
    with faults.disk(faults.UnflushedSystem()):
        total = faults.count_changes(command)
    outcome = _outcome(workspace)
    assert total > 100
    for at in range(1 + FAULTS.index(fault) % stride, total + 1, stride):
        start_afresh()
        before = state(workspace)
        _run_into(fault, at, command)
        is_decided = workspace.format_stamp.exists()
        if not is_decided:
            assert {
                name: content for name, content in state(workspace).items() if ".new-" not in name
            } == before, f"{fault} at {at}"
        with faults.disk(faults.UnflushedSystem()):
            if is_decided:
                require_usable(workspace)  # as every command does first
                assert not is_old(workspace)
            Ledger(workspace).read_current().check()
            command()
        assert _outcome(workspace) == outcome, f"{fault} at {at}"
        Ledger(workspace).verify()


def _run_into(fault: int | str, at: int, command: Callable[[], None]) -> None:
    if fault == "kill":
        assert faults.killed_at(at, command)
        return
    number = errno.ENOSPC if fault == "stay" else int(fault)
    system = faults.FaultySystem(at, faults.refuse_with(number), stay=fault == "stay")
    with faults.disk(system), contextlib.suppress(CarerStoriesError):
        command()


def _outcome(workspace: Workspace) -> tuple[object, ...]:
    """Return the state that a migration leaves, but for times and names of folders."""
    assert not is_old(workspace)
    assert not pending_migration(workspace).is_needed
    assert not [folder for folder in workspace.migrations if (folder / "becomes").exists()]
    titles = [story.title for story in Ledger(workspace).read().all(Story)]
    return (
        sorted(state(workspace).keys() - set(_generations(workspace))),
        titles,
        workspace.settings.read_bytes(),
        cuts(workspace),
        read_format_stamp(workspace),
    )


def _generations(workspace: Workspace) -> list[str]:
    """Of these a killed process may keep one more, or one less."""
    return [name for name in state(workspace) if ".json.g" in name or ".new-" in name]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _any(workspace: Workspace) -> str:
    return Ledger(workspace).read().all(Story)[0].id


@pytest.mark.usefixtures("next_format")
@pytest.mark.parametrize("path", ["../../outside.txt", "/outside.txt", "a/../b", "C:\\outside.txt"])
def test_a_plan_that_somebody_else_wrote_reaches_nothing_outside(
    workspace: Workspace, run_cli: Cli, path: str
) -> None:
    outside = workspace.root.parent / "outside.txt"
    outside.write_text("theirs")
    folder = workspace.before_migration("2026-11-28T100000Z")
    folder.mkdir()
    altered = {"path": path, "mode": 0o600, "was": "", "becomes": ""}
    versions = {"version_before": "0.1.0", "version": "0.2.0"}
    plan = {"since": 1, "until": 2, **versions, "files": [altered]}
    (folder / "plan.json").write_text(json.dumps(plan))
    workspace.format_stamp.write_text(json.dumps({"format": 2, "migration": folder.name}))
    result = run_cli("status")
    assert result.code == Damaged.exit_code, result
    assert outside.read_text() == "theirs"
    workspace.format_stamp.write_text(json.dumps({"format": 2, "migration": "../elsewhere"}))
    assert run_cli("status").code == Damaged.exit_code


# Killed, and without power, at every write


@pytest.fixture
def trials(bare: Unpacked, tmp_path: Path) -> Iterator[Bench]:
    """A bench on which the smallest library is laid out, as `bare`, and migrated, as `migrated`."""
    with tempfile.TemporaryDirectory(prefix="migrate-", dir=in_memory() or tmp_path) as base:
        bench = Bench(Path(base))
        for name in ("bare", "migrated"):
            shutil.copytree(bare.home, bench.home)
            (bench.workspace.root / "mkdocs.yml").touch()
            if name == "migrated":
                migrate(bench.workspace, "editor")
            bench.keep(name, {})
        yield bench


@dataclass(frozen=True)
class Way:
    """One way of migrating, and what it begins from."""

    begins: str
    line: tuple[str, ...]
    repeated: frozenset[int]
    """Exit codes of the same command where all is done already."""


UP = Way("bare", ("migrate", "--yes"), frozenset({0}))
BACK = Way(
    "migrated", ("migrate", "--back", "{folder}", "--yes"), frozenset({0, NotAllowed.exit_code})
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="handles are told by /proc")
@pytest.mark.usefixtures("next_format")
@pytest.mark.parametrize("way", [UP, BACK], ids=["up", "back"])
@pytest.mark.parametrize("fault", ["kill", "power"])
def test_killed_or_without_power_at_any_write_it_is_whole_or_not_done(
    trials: Bench, way: Way, fault: str
) -> None:
    """The command itself, as a process; `EVERY_FAULT=1` tries every write there is."""
    course = _Course(trials, way)
    stride = 1 if os.environ.get("EVERY_FAULT") else 17 if fault == "kill" else 41
    points = [*range(1, len(course.met) + 1, stride), *course.turning_points]
    for at in sorted(set(points)):
        if fault == "kill":
            course.run_into(at)
            course.look(f"killed at {at} ({course.met[at - 1]})")
        else:
            for survivor in course.cut_power(at):
                survivor.lay(trials.home)
                course.look(f"power cut at {at} ({course.met[at - 1]}), {survivor.how}")
    assert course.formats_seen == {1, 2}, "some were not done, and some whole"
    if fault == "power":
        for survivor in course.cut_power(len(course.met) + 1):
            survivor.lay(trials.home)
            assert course.state_now() == course.new, f"power cut when it was done, {survivor.how}"


class _Course:
    """A migration that nothing disturbs, and what must hold where something does."""

    def __init__(self, bench: Bench, way: Way) -> None:
        self._bench, self._way = bench, way
        self._prepared = bench.prepared[way.begins]
        bench.lay(self._prepared)
        folders = [folder.name for folder in bench.workspace.migrations]
        self._line = [word.format(folder=folders[0] if folders else "") for word in way.line]
        self.old = self.state_now()
        changes = Changes()
        noted = bench.base / "met"
        changes.last = lambda: noted.write_text("\n".join(changes.met)) and None
        ending = bench.run(self._line, changes)
        assert ending.code == 0, ending.printed
        self.met = noted.read_text().splitlines()
        self.new = self.state_now()
        self.formats_seen: set[int] = set()
        """Formats that the library was found in."""
        assert len(self.met) > 100
        assert self.old != self.new

    @property
    def turning_points(self) -> list[int]:
        """The changes at which it is decided and done, and those beside them."""
        decided = [
            at for at, change in enumerate(self.met, 1) if change.endswith("interviews/format.json")
        ]
        near = {at + step for at in decided for step in (-1, 0, 1)}
        return [at for at in near if 1 <= at <= len(self.met)]

    def state_now(self) -> tuple[object, ...]:
        """Return the state of the library, but for times and earlier states of the records."""
        workspace = self._bench.workspace
        return (
            sorted(
                name for name in state(workspace) if ".json." not in name and ".new-" not in name
            ),
            [story.title for story in Ledger(workspace).read().all(Story)],
            workspace.settings.read_bytes(),
            cuts(workspace),
            read_format_stamp(workspace).format,
        )

    def run_into(self, at: int) -> None:
        self._bench.lay(self._prepared)
        assert self._bench.run(self._line, Changes(at, "kill")).code is None

    def cut_power(self, at: int) -> list[Survivor]:
        self._bench.lay(self._prepared)
        changes = Changes(at, "kill")
        recorder = Recorder(self._bench.home, self._bench.base / "record")
        changes.listener, changes.last = recorder.listen, recorder.dump
        self._bench.run(self._line, changes)
        cut = PowerCut(self._bench.base / "record", self._bench.home, self._prepared.folder)
        return list(cut.survivors(random.Random(at), 2))

    def look(self, where: str) -> None:
        """Check that none or all of it is done after the next command; the same command ends it."""
        workspace = self._bench.workspace
        ending = self._bench.run_here(["migrate", "--dry-run"])
        assert ending.code == 0, f"{where}: {ending.printed}"
        is_old(workspace)
        named, titles, *rest = self.state_now()
        self.formats_seen.add(read_format_stamp(workspace).format)
        assert rest in ([*self.old[2:]], [*self.new[2:]]), where
        assert titles in (self.old[1], self.new[1]), where
        assert named in (self.old[0], self.new[0]), where
        Ledger(workspace).verify()
        ending = self._bench.run_here(self._line)
        assert ending.code in self._way.repeated, f"{where}: {ending.printed}"
        assert self.state_now() == self.new, where
        Ledger(workspace).verify()
