"""Running one command into one fault, on a fresh copy of what was prepared for it.

Every trial is at the same path, so that what the product writes down of where things lie is the
same. A forked child runs the command line as a user does; what it said is kept.
"""

from __future__ import annotations

import functools
import gc
import importlib
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

from library.core.workspace import WORKSPACE_VARIABLE, Workspace
from tests.faults.disk_changes import Changes, watch
from tests.faults.folder_state import StateReader, ids_in
from tests.support.large_pages import use_large_pages
from transcribe.redaction.names_and_words import is_given_name

if TYPE_CHECKING:
    from tests.faults.invariants import Course

OURS = ("library", "capture", "transcribe", "films", "publish", "delivery", "stewardship")
OTHERS = (
    "PIL.GifImagePlugin", "PIL.Image", "PIL.ImageOps", "PIL.ImageSequence", "_strptime",
    "colorama", "encodings.utf_16_le", "filelock", "markdown.extensions.attr_list",
    "markdown.extensions.codehilite", "markdown.extensions.fenced_code",
    "markdown.extensions.md_in_html", "markdown.extensions.tables",
    "material.plugins.search.plugin", "material.templates", "mkdocs.commands.build",
    "mkdocs.config.defaults", "multiprocessing.context", "multiprocessing.reduction", "numpy.ma",
    "pysubs2", "rapidfuzz.process", "rich._emoji_codes", "rich.progress", "rich.table", "tinydb",
)  # fmt: skip
"""Modules of others that commands import in the middle of their work: taken in once, with all of
ours, so that no trial waits for them."""


_UNMOUNT_SECONDS = 20.0
_PAGE = 4096
NOT_ITSELF = 99
"""The exit code of a child that fell out of the command line."""


@dataclass(frozen=True)
class Prepared:
    """A folder that commands are tried on; `library` in it is the workspace."""

    folder: Path
    """The folder in which it is kept, to be copied from."""
    facts: dict[str, str] = field(default_factory=dict)
    """Ids and the like, which the arguments of commands name."""

    @functools.cached_property
    def state_reader(self) -> StateReader:
        return StateReader(ids_in(self.folder))


@dataclass(frozen=True)
class Ending:
    """The end of a command: its exit code, and all that it printed."""

    code: int | None
    """None where it was killed."""
    printed: str


@dataclass
class Bench:
    """The folder in which trials are made: one at a time, always in `home`."""

    base: Path
    prepared: dict[str, Prepared] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    """By command line."""

    @property
    def home(self) -> Path:
        return self.base / "home"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home / "library")

    def keep(self, name: str, facts: dict[str, str]) -> Prepared:
        """Keep what lies in `home`, to begin trials from."""
        folder = self.base / "prepared" / name
        folder.parent.mkdir(exist_ok=True)
        self.home.rename(folder)
        self.prepared[name] = Prepared(folder, facts)
        return self.prepared[name]

    def lay(self, prepared: Prepared) -> None:
        """A fresh copy in `home`."""
        self.clear()
        shutil.copytree(prepared.folder, self.home, symlinks=True, copy_function=_copied)

    @contextmanager
    def small_disk(self, prepared: Prepared, room: int) -> Iterator[Callable[[], None]]:
        """A fresh copy on a real disk with `room` bytes left; what is yielded gives it more.

        Raises PermissionError where this account may not mount one.
        """
        self.clear()
        self.home.mkdir()
        needed = sum(
            -(-path.lstat().st_size // _PAGE) * _PAGE
            for path in prepared.folder.rglob("*")
            if path.is_file()
        )
        self._mount(f"size={needed + room}", "-t", "tmpfs", "none")
        try:
            shutil.copytree(prepared.folder, self.home, symlinks=True, dirs_exist_ok=True)
            yield lambda: self._mount("remount,size=1g")
        finally:
            self._unmount()

    def _mount(self, options: str, *arguments: str) -> None:
        command = ["mount", "-o", options, *arguments, str(self.home)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise PermissionError(ran.stderr.strip())

    def _unmount(self) -> None:
        """Take the disk away; a program that was told to end may need a moment for it."""
        end = time.monotonic() + _UNMOUNT_SECONDS
        while subprocess.run(["umount", self.home], capture_output=True, check=False).returncode:
            if time.monotonic() > end:
                raise OSError(f"{self.home} is still in use.")
            time.sleep(0.1)

    def clear(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)

    def run(
        self,
        arguments: Sequence[str],
        changes: Changes | None = None,
        start: str = "library",
        largest: int | None = None,
    ) -> Ending:
        """Run the command in a child that starts in a folder of `home`; its changes are met.

        `largest` is how many bytes a file may have, of the child’s or of a tool it starts.
        """
        child = os.fork()
        if child == 0:
            os._exit(self._in_child(list(arguments), changes, self.home / start, largest))
        _, status = os.waitpid(child, 0)
        printed = (self.base / "printed").read_text(encoding="utf-8", errors="replace")
        return Ending(None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), printed)

    def run_here(self, arguments: Sequence[str], start: str = "library") -> Ending:
        """Run a command that meets no fault, in this process: no fork is needed to be rid of it.

        Two of three runs of a trial are such ones, and in a large process a fork, with the copies
        of what it touches, takes longer than they do. On a small disk it is a process all the same:
        what this one holds open there would keep it from being taken away.
        """
        if self.home.is_mount():
            return self.run(arguments, start=start)
        import carer_stories

        printed = io.StringIO()
        before, workspace = Path.cwd(), os.environ.pop(WORKSPACE_VARIABLE, None)
        os.chdir(self.home / start)
        try:
            with redirect_stdout(printed), redirect_stderr(printed):
                code = carer_stories.run(list(arguments))
        finally:
            os.chdir(before)
            if workspace is not None:
                os.environ[WORKSPACE_VARIABLE] = workspace
        return Ending(code, printed.getvalue())

    def _in_child(
        self, arguments: list[str], changes: Changes | None, start: Path, largest: int | None
    ) -> int:
        code = NOT_ITSELF
        try:
            os.chdir(start)
            os.environ.pop(WORKSPACE_VARIABLE, None)
            _in_one_thread()
            self._listen()
            os.fsync = lambda _handle: None  # a killed process loses nothing that it wrote
            if changes:
                watch(self.home, changes)
            if largest is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
            import carer_stories

            code = carer_stories.run(arguments)
            sys.stdout.flush()
        except BaseException as error:
            print(f"Traceback: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            if changes:
                changes.last()
        return code

    def _listen(self) -> None:
        output = os.open(self.base / "printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for handle, to in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(handle, to)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, closefd=False)


def _copied(source: str, to: str) -> object:
    """Copy a file, or link it where it is only ever replaced as a whole."""
    if "/library/site/" in to or "/library/public/" in to:
        return os.link(source, to)
    return shutil.copy2(source, to)


def _in_one_thread() -> None:
    """As many children hear as there are processors; and threads do not outlive a fork."""
    os.environ["OMP_NUM_THREADS"] = "1"
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


def take_in(needed: Sequence[str] = ()) -> None:
    """Import what every trial would otherwise wait for, and what some command needs besides."""
    for name in (*_ours(), *OTHERS, *needed):
        importlib.import_module(name)
    is_given_name("Ruth")  # or every child that looks for names unpacks their table
    gc.freeze()  # or every child copies what it looks through for garbage


@functools.cache
def _ours() -> tuple[str, ...]:
    """Return the names of all modules of the program."""
    packages = [(name, importlib.import_module(name).__path__) for name in OURS]
    modules = (
        module.name for name, paths in packages for module in walk_packages(paths, f"{name}.")
    )
    return ("carer_stories", *modules)


def in_memory() -> Path | None:
    """Return a folder in memory, if there is one: the order of things is tried, not the disk."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder is ours alone
    return memory if os.access(memory, os.W_OK) else None


@contextmanager
def bench() -> Iterator[Bench]:
    take_in()
    use_large_pages()
    with tempfile.TemporaryDirectory(prefix="faults-", dir=in_memory()) as base:
        yield Bench(Path(base))
