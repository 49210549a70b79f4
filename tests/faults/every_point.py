"""Faults at the points of every command: all of them, or some that a seed chooses."""

from __future__ import annotations

import fnmatch
import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.commands import Command
from tests.faults.disk_changes import Changes, Kind
from tests.faults.folder_state import is_temporary
from tests.faults.invariants import (
    Course,
    course_of,
    missing_on_disk,
    state_left,
    troubles_after,
    wording_problems,
)
from tests.faults.powercut import PowerCut, Recorder, Survivor
from tests.faults.trials import Bench

KINDS: tuple[Kind, ...] = ("kill", "full", "gone", "once")


@dataclass(frozen=True)
class Share:
    """One of `of` parts of the points of a command, which as many processes try."""

    part: int = 0
    of: int = 1


ALL = Share()


@dataclass
class Tried:
    """The faults that a command met, and the promises that did not hold."""

    command: str
    points: int = 0
    """Faults that were met."""
    of: int = 0
    """Changes of the disk the command makes."""
    troubles: list[str] = field(default_factory=list)


def try_command(
    bench: Bench, command: Command, points: int, seed: int, share: Share = ALL
) -> Tried:
    """Faults at up to `points` points of it, drawn by `seed`; for 0 at all, of two kinds each."""
    course = course_of(bench, command)
    chosen = list(_chosen(course.met, points, random.Random(seed)))
    return _tried(bench, course, chosen[share.part :: share.of])


def try_at(bench: Bench, command: Command, change: str, kind: Kind) -> Tried:
    """One fault, at the last change of it whose name and place match the pattern `change`."""
    course = course_of(bench, command)
    return _tried(bench, course, [(_last_of(course, change), kind)])


def _last_of(course: Course, pattern: str) -> int:
    return max(n for n, change in enumerate(course.met, 1) if fnmatch.fnmatch(change, pattern))


def _tried(bench: Bench, course: Course, faults: Iterable[tuple[int, Kind]]) -> Tried:
    command, reader = course.command, course.prepared.state_reader
    tried = Tried(command.name, of=len(course.met))
    bench.lay(course.prepared)
    known = {reader.everything(bench.home)}
    for at, kind in faults:
        bench.lay(course.prepared)
        ending = bench.run(command.arguments(course.prepared), Changes(at, kind), command.start)
        tried.points += 1
        where = f"{command.name}, {kind} at {at} of {len(course.met)} ({course.met[at - 1]})"
        state = state_left(bench, course)
        problems = list(wording_problems(course, ending, state))
        left = reader.everything(bench.home)
        if left not in known:  # else it was run again from the very same
            known.add(left)
            problems += troubles_after(bench, course, state)
        tried.troubles += [f"{where}: {problem}" for problem in problems]
    return tried


def fill_disk(bench: Bench, command: Command, rooms: Iterable[int]) -> Tried:
    """A disk with so many bytes left, which ffmpeg fills as well; then there is room again.

    Raises PermissionError where this account may not mount one.
    """
    course = course_of(bench, command)
    tried = Tried(command.name)
    for room in rooms:
        with bench.small_disk(course.prepared, room) as make_room:
            ending = bench.run(command.arguments(course.prepared), start=command.start)
            make_room()
            tried.points += ending.code != 0
            where = f"{command.name}, {room} bytes left"
            state = state_left(bench, course)
            problems = list(wording_problems(course, ending, state))
            problems += troubles_after(bench, course, state)
            tried.troubles += [f"{where}: {problem}" for problem in problems]
    return tried


def limit_files(bench: Bench, command: Command, sizes: Iterable[int]) -> Tried:
    """No file may become larger than so many bytes, as on a disk in FAT format."""
    course = course_of(bench, command)
    tried = Tried(command.name)
    for size in sizes:
        bench.lay(course.prepared)
        arguments = command.arguments(course.prepared)
        ending = bench.run(arguments, start=command.start, largest=size)
        tried.points += ending.code != 0
        where = f"{command.name}, files up to {size} bytes"
        state = state_left(bench, course)
        problems = list(wording_problems(course, ending, state))
        problems += troubles_after(bench, course, state)
        tried.troubles += [f"{where}: {problem}" for problem in problems]
    return tried


def _chosen(met: Sequence[str], points: int, chance: random.Random) -> Iterator[tuple[int, Kind]]:
    """The last ones always, for there the new state is reached; kills and errors in turn."""
    moments = _distinct_points(met)
    if not points:
        for at in moments:
            yield at, "kill"
            yield at, KINDS[1 + at % 3]
        return
    turn = chance.randrange(len(KINDS))
    for number, at in enumerate(_some(moments, points, chance)):
        yield at, KINDS[(turn + number) % len(KINDS)]


def _some(moments: Sequence[int], points: int, chance: random.Random) -> list[int]:
    """A third of them the last there are."""
    last = moments[-max(1, points // 3) :]
    rest = moments[: -len(last)]
    return sorted([*chance.sample(rest, min(len(rest), points - len(last))), *last])


def _distinct_points(met: Sequence[str]) -> list[int]:
    """Numbers of the changes that differ in what they leave.

    While a folder is filled that the next run throws away, one change is like the other: of each
    such stretch the first, the last and every twentieth.
    """
    numbers = []
    stretch = 0
    for number, change in enumerate(met, 1):
        inside = any(is_temporary(folder) for folder in Path(change.partition(" ")[2]).parents)
        stretch = stretch + 1 if inside else 0
        follows = number < len(met) and any(
            is_temporary(folder) for folder in Path(met[number].partition(" ")[2]).parents
        )
        if not inside or stretch % 20 == 1 or not follows:
            numbers.append(number)
    return numbers


def cut_power(bench: Bench, command: Command, points: int, seed: int, share: Share = ALL) -> Tried:
    """The power is cut at up to `points` changes of it, and when it has told that all is done."""
    course = course_of(bench, command)
    chance = random.Random(seed)
    moments = _distinct_points(course.met)
    some = (*_some(moments, points or len(moments), chance), len(course.met) + 99)
    return _cut(bench, course, some[share.part :: share.of], chance)


def cut_power_at(bench: Bench, command: Command, change: str, trees: int) -> Tried:
    """The power is cut just before the last change that matches; the first so many trees of it."""
    course = course_of(bench, command)
    return _cut(bench, course, [_last_of(course, change)], random.Random(change), trees)


def _cut(
    bench: Bench,
    course: Course,
    moments: Iterable[int],
    chance: random.Random,
    trees: int | None = None,
) -> Tried:
    command = course.command
    tried = Tried(command.name, of=len(course.met))
    known: set[tuple[bool, tuple[str, ...]]] = set()
    for at in moments:
        done = at > len(course.met)
        for survivor in itertools.islice(_cut_at(bench, course, at, chance), trees):
            survivor.lay(bench.home)
            tried.points += 1
            left = (done, course.prepared.state_reader.everything(bench.home))
            if left in known:
                continue
            known.add(left)
            when = (
                "when it was done"
                if done
                else f"at {at} of {len(course.met)} ({course.met[at - 1]})"
            )
            where = f"{command.name}, power cut {when}, {survivor.how}"
            state = state_left(bench, course)
            problems = list(missing_on_disk(course, state)) if done else []
            problems += troubles_after(bench, course, state)
            tried.troubles += [f"{where}: {problem}" for problem in problems]
    return tried


def _cut_at(bench: Bench, course: Course, at: int, chance: random.Random) -> list[Survivor]:
    bench.lay(course.prepared)
    record = bench.base / "record"
    changes = Changes(at, "kill")
    recorder = Recorder(bench.home, record)
    changes.listener, changes.last = recorder.listen, recorder.dump
    bench.run(course.command.arguments(course.prepared), changes, course.command.start)
    cut = PowerCut(record, bench.home, course.prepared.folder)
    return list(cut.survivors(chance, 2))
