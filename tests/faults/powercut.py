"""Play power cuts: only what was flushed is sure, and of the rest anything may be there.

Stricter than any file system of today, as POSIX allows it (fsync(2)): a file’s bytes are sure once
the file was flushed; a name that was given, taken or changed is sure once its folder was flushed.
Everything else may have reached the disk or not, whatever the order in which it was asked for.

`Recorder` is told of every change in the child that runs the command; `survivors` are trees that a
cut at that moment may leave, to be laid in the place of what the child left.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Content = Literal["lost", "torn", "zeros", "kept"]
Folders = dict[int, dict[str, int]]
ROOT = 0


@dataclass
class Step:
    """One change of names, whole: entries that are taken away, and entries that are put."""

    takes: tuple[tuple[int, str, int], ...]
    """Folder, name, and what has it: without that the step cannot have happened."""
    puts: tuple[tuple[int, str, int], ...]
    sure: bool = False

    @property
    def folders(self) -> set[int]:
        """Whose flushing makes it sure: where a name is put, else where one is taken away."""
        return {folder for folder, _, _ in self.puts or self.takes}

    def apply(self, folders: Folders) -> None:
        if any(folders.get(folder, {}).get(name) != node for folder, name, node in self.takes):
            return
        for folder, name, _ in self.takes:
            del folders[folder][name]
        for folder, name, node in self.puts:
            folders[folder][name] = node


@dataclass
class Recorded:
    """Names as they were, every step since, and what was flushed of the bytes."""

    at_start: Folders = field(default_factory=lambda: {ROOT: {}})
    folders: Folders = field(default_factory=lambda: {ROOT: {}})
    """As they are now, if no power is cut."""
    origin: dict[int, str] = field(default_factory=dict)
    """Path of a file that was there at the beginning."""
    flushed: dict[int, bytes] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    count: int = 1

    def new(self) -> int:
        self.count += 1
        return self.count


class Recorder:
    """Follows the changes below `root`; each is told before it is made."""

    def __init__(self, root: Path, to: Path) -> None:
        self._root = root
        self._to = to
        self._now = Recorded()
        self._scan(root, ROOT)
        self._now.at_start = {node: dict(names) for node, names in self._now.folders.items()}

    def _scan(self, path: Path, folder: int) -> None:
        for child in path.iterdir():
            node = self._now.new()
            self._now.folders[folder][child.name] = node
            if child.is_dir() and not child.is_symlink():
                self._now.folders[node] = {}
                self._scan(child, node)
            else:
                self._now.origin[node] = str(child.relative_to(self._root))

    def dump(self) -> None:
        self._to.write_bytes(pickle.dumps(self._now))

    def listen(self, name: str, paths: tuple[Path, ...], how: dict[str, Any]) -> None:
        record = getattr(self, f"_{name}", None)
        if record:
            record(*paths, **how)

    # Names

    def _at(self, path: Path) -> tuple[int, str, int | None]:
        """The folder, the name, and what has it; a file that a tool made is told of now."""
        folder = ROOT
        parts = path.relative_to(self._root).parts
        for part in parts[:-1]:
            folder = self._entry(folder, part) or self._unseen(folder, part)
        name = parts[-1] if parts else ""
        if not parts:
            return ROOT, "", ROOT
        existing = self._entry(folder, name)
        if existing is None and os.path.lexists(path):
            existing = self._unseen(folder, name, is_folder=path.is_dir())
        return folder, name, existing

    def _entry(self, folder: int, name: str) -> int | None:
        return self._now.folders.get(folder, {}).get(name)

    def _unseen(self, folder: int, name: str, *, is_folder: bool = True) -> int:
        node = self._now.new()
        if is_folder:
            self._now.folders[node] = {}
        self._step((), ((folder, name, node),))
        return node

    def _step(
        self, takes: tuple[tuple[int, str, int], ...], puts: tuple[tuple[int, str, int], ...]
    ) -> None:
        step = Step(takes, puts)
        step.apply(self._now.folders)
        self._now.steps.append(step)

    def _open(self, path: Path, flags: int = 0) -> None:
        folder, name, existing = self._at(path)
        if existing is None and flags & os.O_CREAT and path.parent.is_dir():
            self._step((), ((folder, name, self._now.new()),))

    def _mkdir(self, path: Path) -> None:
        folder, name, existing = self._at(path)
        if existing is None and path.parent.is_dir():
            node = self._now.new()
            self._now.folders[node] = {}
            self._step((), ((folder, name, node),))

    def _symlink(self, path: Path) -> None:
        self._open(path, os.O_CREAT)

    def _unlink(self, path: Path) -> None:
        folder, name, existing = self._at(path)
        if existing is not None:
            self._step(((folder, name, existing),), ())

    def _rmdir(self, path: Path) -> None:
        if path.is_dir() and not any(path.iterdir()):
            self._unlink(path)

    def _link(self, source: Path, to: Path) -> None:
        _, _, existing = self._at(source)
        folder, name, there = self._at(to)
        if existing is not None and there is None:
            self._step((), ((folder, name, existing),))

    def _rename(self, source: Path, to: Path) -> None:
        folder, name, existing = self._at(source)
        onto, called, _ = self._at(to)
        if existing is not None and os.path.lexists(source):
            self._step(((folder, name, existing),), ((onto, called, existing),))

    def _exchange(self, first: Path, second: Path) -> None:
        folder, name, existing = self._at(first)
        onto, called, there = self._at(second)
        if existing is not None and there is not None:
            self._step(
                ((folder, name, existing), (onto, called, there)),
                ((folder, name, there), (onto, called, existing)),
            )

    # Flushing

    def _fsync(self, path: Path) -> None:
        _, _, existing = self._at(path)
        if existing is None:
            return
        if existing in self._now.folders:
            for step in self._now.steps:
                step.sure = step.sure or existing in step.folders
        else:
            self._now.flushed[existing] = path.read_bytes()

    def _flush(self, _folder: Path) -> None:
        """The whole file system."""
        for path in self._root.rglob("*"):
            _, _, existing = self._at(path)
            if existing is not None and path.is_file():
                self._now.flushed[existing] = path.read_bytes()
        for step in self._now.steps:
            step.sure = True


@dataclass(frozen=True)
class Survivor:
    """A tree that a power cut may leave."""

    how: str
    files: dict[str, bytes]
    folders: tuple[str, ...]
    modes: dict[str, int]

    def lay(self, root: Path) -> None:
        """In the place of what is there."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        for folder in self.folders:
            (root / folder).mkdir(mode=0o700)
        for name, data in self.files.items():
            (root / name).write_bytes(data)
            (root / name).chmod(self.modes.get(name, 0o600))


def _modes_in(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777
        for path in folder.rglob("*")
        if path.is_file()
    }


class PowerCut:
    """A power cut after one run of a command: its `root` and record, and what may survive of it."""

    def __init__(self, record: Path, root: Path, before: Path) -> None:
        self._recorded: Recorded = pickle.loads(record.read_bytes())  # noqa: S301 - of our own child
        self._root = root
        self._before = before
        self._now = {node: path for path, node in self._paths(self._recorded.folders)}
        self._modes = {**_modes_in(before), **_modes_in(root)}
        self._bytes = {
            node: (root / path).read_bytes()
            for node, path in self._now.items()
            if node not in self._recorded.folders and (root / path).is_file()
        }

    @property
    def unsure(self) -> int:
        """Steps that may be lost."""
        return sum(not step.sure for step in self._recorded.steps)

    def survivors(self, chance: random.Random, some: int) -> Iterator[Survivor]:
        """All lost, all names kept without their bytes, and `some` that are drawn."""
        yield self._survivor("all lost", set(), lambda _node: "lost")
        every = set(range(len(self._recorded.steps)))
        for content in ("lost", "torn", "zeros"):
            yield self._survivor(f"names kept, bytes {content}", every, lambda _node, c=content: c)
        contents: tuple[Content, ...] = ("lost", "torn", "zeros", "kept")
        for number in range(some):
            surviving = {at for at in every if chance.random() < 0.5}
            drawn = {node: chance.choice(contents) for node in range(self._recorded.count + 1)}
            yield self._survivor(f"some kept, {number + 1}", surviving, drawn.__getitem__)

    def _survivor(self, how: str, surviving: set[int], content: Any) -> Survivor:
        folders = {node: dict(names) for node, names in self._recorded.at_start.items()}
        for node in self._recorded.folders:
            folders.setdefault(node, {})
        for at, step in enumerate(self._recorded.steps):
            if step.sure or at in surviving:
                step.apply(folders)
        files, inside = {}, []
        for path, node in self._paths(folders):
            if node in folders:
                inside.append(path)
            else:
                files[path] = self._content(node, content(node))
        return Survivor(how, files, tuple(inside), {
            path: self._modes.get(path, 0o600) for path in files
        })  # fmt: skip

    def _content(self, node: int, how: Content) -> bytes:
        sure = self._sure(node)
        now = self._bytes.get(node, sure)
        if how == "kept" or now == sure:
            return now
        rest = now[len(sure) :] if now.startswith(sure) else now
        before = sure if now.startswith(sure) else b""
        if how == "torn":
            return before + rest[: len(rest) // 2]
        return before + bytes(len(rest)) if how == "zeros" else sure

    def _sure(self, node: int) -> bytes:
        if node in self._recorded.flushed:
            return self._recorded.flushed[node]
        origin = self._recorded.origin.get(node)
        return (self._before / origin).read_bytes() if origin else b""

    def _paths(
        self, folders: Folders, folder: int = ROOT, start: str = ""
    ) -> Iterator[tuple[str, int]]:
        for name, node in sorted(folders.get(folder, {}).items()):
            path = f"{start}{name}"
            yield path, node
            if node in folders:
                yield from self._paths(folders, node, f"{path}/")
