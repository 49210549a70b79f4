"""Invariants after any fault: the old state or the new one, told in a sentence, and run again done.

    for trouble in troubles_after(bench, course, state_left(bench, course)): …

Whatever a file is found to be, it is what it was, what the undisturbed command makes of it, or what
that itself leaves for a moment; never the half of anything under a real name.
"""

from __future__ import annotations

import fnmatch
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from library.core.errors import NotFound
from tests.faults.commands import Command
from tests.faults.disk_changes import Changes
from tests.faults.folder_state import State, StateReader, is_temporary, temporaries
from tests.faults.trials import NOT_ITSELF, Bench, Ending, Prepared, take_in

GONE = "not there"
DATABASE = "library/interviews/library.json"
EMPTY = "an empty folder"
_SAID_WELL = {6, 7, 9, 10}
"""Exit codes of a disk that fails: Busy where a lock cannot be had, NoRoom, a tool that met it,
DiskFailed."""
_SETTLED = {"rename", "link", "unlink", "exchange", "rmdir"}
"""Changes after which a file is what it is to be for a while."""
_NEVER_GONE = ("*/original/*", "*/library.json", "*/contributors.json", "*/withdrawn/*")


@dataclass(frozen=True)
class Course:
    """The effects of a command when nothing disturbs it."""

    command: Command
    prepared: Prepared
    met: tuple[str, ...]
    """Every change of the disk, in order."""
    old: State
    new: State
    between: dict[str, set[str]]
    """Path → what it was for a while, or that it was not there."""
    twice: tuple[int, State]
    """The exit code of running it once more, and the state that it leaves."""
    records: frozenset[str]
    """Fingerprints of the records in which nothing is new, before and after."""
    well: bool
    """True if `verify` finds nothing amiss in the end."""

    @property
    def allowed_after_again(self) -> list[tuple[int, State]]:
        return [(0, self.new), self.twice]


def course_of(bench: Bench, command: Command) -> Course:
    """Run it undisturbed, twice; once for all trials of this bench."""
    course = bench.courses.get(command.line)
    if course is None:
        course = bench.courses[command.line] = _undisturbed(bench, command)
    return course


def _undisturbed(bench: Bench, command: Command) -> Course:
    prepared = command.prepared(bench)
    take_in(command.needs)
    bench.lay(prepared)
    reader = prepared.state_reader
    old = reader.state_of(bench.home)
    records = _known_records(bench, reader)
    changes = Changes()
    seen = _Seen(bench.home, reader)
    changes.listener = seen.listen

    def write_down() -> None:
        seen.settle()
        contents = {path: sorted(values) for path, values in seen.values.items()}
        (bench.base / "met").write_text(json.dumps([changes.met, contents]))

    changes.last = write_down
    ending = bench.run(command.arguments(prepared), changes, command.start)
    assert ending.code == 0, f"{command.name} fails undisturbed: {ending.printed}"
    met, between = json.loads((bench.base / "met").read_text())
    new = reader.state_of(bench.home)
    records |= _known_records(bench, reader)
    well = _verifies(bench)
    again = run_again(bench, command, prepared)
    assert again.code is not None
    return Course(
        command=command,
        prepared=prepared,
        met=tuple(met),
        old=old,
        new=new,
        between={path: set(contents) for path, contents in between.items()},
        twice=(again.code, reader.state_of(bench.home)),
        records=frozenset(records),
        well=well,
    )


def _known_records(bench: Bench, reader: StateReader) -> set[str]:
    database = bench.workspace.database
    return {reader.known_records(database)} if database.exists() else set()


def run_again(bench: Bench, command: Command, prepared: Prepared) -> Ending:
    """Run the very same command again, as a user would; in this process, for none is to die."""
    return bench.run_here(command.arguments(prepared), start=command.start)


class _Seen:
    """The content of files after each change of their names, while a command runs."""

    def __init__(self, home: Path, reader: StateReader) -> None:
        self._home = home
        self._reader = reader
        self._due: tuple[Path, ...] = ()
        self.values: dict[str, set[str]] = {}

    def listen(self, name: str, paths: tuple[Path, ...], _how: object) -> None:
        """Told before a change is made: so look at what the one before it made."""
        self.settle()
        self._due = paths if name in _SETTLED else ()

    def settle(self) -> None:
        for path in self._due:
            if any(is_temporary(part) for part in (path, *path.parents)):
                continue
            content = self._reader.file(path) if path.is_file() else GONE
            self.values.setdefault(self._reader.plain_path(path, self._home), set()).add(content)
        self._due = ()


def state_left(bench: Bench, course: Course) -> State:
    """Return what lies there now; reading it takes as long as many a command."""
    return course.prepared.state_reader.state_of(bench.home)


def troubles_after(bench: Bench, course: Course, left: State) -> Iterator[str]:
    """Sentences about every promise that does not hold for what is left; runs the command again."""
    command = course.command
    yield from between(bench, course, left)
    if course.well and not command.mends and not _verifies(bench):
        yield f"verify finds something amiss: {_amiss(bench)}"
    if not command.mends:
        yield from _does_not_hold(bench, course, also_nothing=True)
    again = run_again(bench, command, course.prepared)
    yield from _not_finished(course, again, state_left(bench, course))
    yield from _does_not_hold(bench, course, also_nothing=False)
    if unfinished := [path for path in temporaries(bench.home) if path.is_dir()]:
        yield f"left after running it again: {', '.join(path.name for path in unfinished)}"
    if course.well and not _verifies(bench):
        yield f"verify finds something amiss after running it again: {_amiss(bench)}"


def wording_problems(course: Course, ending: Ending, state: State) -> Iterator[str]:
    """Yield what is wrong with its words: no sentence, or all called well where it is not."""
    if ending.code is None:
        return
    if (
        ending.code == NOT_ITSELF
        or "Traceback" in ending.printed
        or "did not foresee" in ending.printed
    ):
        yield f"no sentence, but: {_last(ending.printed)}"
    elif ending.code == 0:
        if _owing(course, state) != _owing(course, course.new):
            yield f"it says that all went well, and {differs(state, course.new)}"
        for path in course.command.without:
            if state.get(path) != course.new.get(path) and "all the same" not in ending.printed:
                yield f"it does not say that it did without {path}"
    elif ending.code not in _SAID_WELL | course.command.ends:
        yield f"exit code {ending.code}: {_last(ending.printed)}"
    elif len(ending.printed.strip().splitlines()) < 2:
        yield f"no next step: {ending.printed.strip()}"


def _owing(course: Course, state: State) -> State:
    return {
        path: content
        for path, content in state.items()
        if not any(fnmatch.fnmatch(path, pattern) for pattern in course.command.later)
        and path not in course.command.without
    }


def _is_log(path: str) -> bool:
    return path.endswith("audit.jsonl")


def missing_on_disk(course: Course, state: State) -> Iterator[str]:
    """Yield what a command that told of success has not put on the disk for good."""
    if _solid(state) != _solid(course.new):
        yield f"it was done, and {differs(_solid(state), _solid(course.new))}"


def _solid(state: State) -> State:
    return {path: content for path, content in state.items() if content != EMPTY}


def _lasting(course: Course, state: State) -> State:
    """But for what the command may leave out of the records, or enter twice."""
    return _owing(course, _solid(state))


def between(bench: Bench, course: Course, state: State) -> Iterator[str]:
    """Old or new: each file for itself, and whole folders where the command promises it."""
    untouched = _known_records(bench, course.prepared.state_reader) <= course.records
    for path in sorted(state.keys() | course.old.keys()):
        if any(fnmatch.fnmatch(path, pattern) for pattern in course.command.grows):
            continue
        if untouched and course.command.later and path == DATABASE:
            continue  # what is new there is a copy that was begun, and settled when it failed
        if not _may_be(course, path, state.get(path, GONE)):
            yield f"{path} is {_description(course, path, state)}"
    for whole in course.command.wholes:
        now, old, new = (_below(whole, each) for each in (state, course.old, course.new))
        if now not in (old, new):
            yield f"{whole} is a mixture of before and after: {differs(now, new)}"


def _may_be(course: Course, path: str, content: str) -> bool:
    if _is_log(path) or content == EMPTY:
        return True  # `verify` reads the log by its chain
    usual = {course.old.get(path, GONE), course.new.get(path, GONE)}
    if content in usual:
        return True
    if content == GONE and path in course.old and _is_kept(path):
        return False
    return content in course.between.get(path, set())


def _is_kept(path: str) -> bool:
    return any(fnmatch.fnmatch(path, pattern) for pattern in _NEVER_GONE)


def _description(course: Course, path: str, state: State) -> str:
    if path not in state:
        return "not there any more"
    return "neither old nor new" if path in course.old or path in course.new else "none of ours"


def _below(folder: str, state: State) -> State:
    return {path: content for path, content in state.items() if path.startswith(folder)}


def differs(state: State, other: State) -> str:
    """Return the difference of two states, in a few words."""
    paths = sorted(
        path for path in state.keys() | other.keys() if state.get(path) != other.get(path)
    )
    return f"differs in {', '.join(paths[:4])}{' and more' if len(paths) > 4 else ''}"


def _not_finished(course: Course, again: Ending, state: State) -> Iterator[str]:
    result = _lasting(course, state)
    if any(
        (again.code, result) == (code, _lasting(course, expected))
        for code, expected in course.allowed_after_again
    ):
        return
    codes = {code for code, _ in course.allowed_after_again}
    if again.code not in codes:
        yield f"run again it ends with {again.code}: {_last(again.printed)}"
    else:
        yield f"run again its result {differs(state, course.new)}"


def _does_not_hold(bench: Bench, course: Course, *, also_nothing: bool) -> Iterator[str]:
    line = course.command.holds
    if line and (bench.home / course.command.start).is_dir():
        looked = bench.run_here(shlex.split(line))
        if looked.code != 0 and not (also_nothing and looked.code == NotFound.exit_code):
            yield f"{line} says: {_last(looked.printed)}"


def _verifies(bench: Bench) -> bool:
    if not bench.workspace.database.exists():
        return True
    return bench.run_here(["verify", "--json"]).code == 0


def _amiss(bench: Bench) -> str:
    printed = bench.run_here(["verify", "--json"]).printed
    try:
        bad_findings = [
            finding["what"]
            for finding in json.loads(printed)["findings"]
            if finding["level"] == "bad"
        ]
    except ValueError:
        return _last(printed)
    return "; ".join(bad_findings)


def _last(printed: str) -> str:
    lines = printed.strip().splitlines()
    return " / ".join(lines[-2:])[:400] if lines else "nothing was said"
