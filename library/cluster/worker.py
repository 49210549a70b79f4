"""The life of a task on a worker: its files are fetched, the work is done, the answer is hashed.

A worker is handed an order and nothing else. It is told of no workspace, and what it fetched is
gone from its disk when the task ends; models alone are kept, under their hash.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from library.cluster.share import MediaShare
from library.cluster.task import (
    ShareAddress,
    Task,
    TaskAnswer,
    TaskFile,
    TaskRefusal,
    WorkOrder,
    answer_hash,
    pack,
    unpack,
)
from library.core import files
from library.core.errors import CarerStoriesError, Damaged, DiskFailed, NoRoom
from library.core.unforeseen import as_refusal
from library.core.version import program_version

KINDS = {
    "prepare-hearing": "transcribe.cluster_tasks:prepare",
    "languages": "transcribe.cluster_tasks:languages",
    "hear": "transcribe.cluster_tasks:hear",
}
"""Kinds of tasks, each with the function that does it: named, for layers above are not imported."""
_PACKAGES = ("library", "capture", "transcribe", "films")
_FOLDER_PREFIX = "carer-stories-worker-"


class Work:
    """A task at work: its options and files, and where to report what is done."""

    def __init__(
        self,
        task: Task,
        share: MediaShare,
        folder: Path,
        threads: int,
        on_progress: Callable[[int], None],
    ) -> None:
        self.options = task.options
        self.folder = folder
        """For this task alone: gone when it ends."""
        self.threads = threads
        self.report = on_progress
        self._files = {file.name: file for file in task.files}
        self._share = share
        self.made: list[TaskFile] = []

    def read(self, name: str) -> bytes:
        """Return the content of a small file of the task, which touches no disk here."""
        return self._share.read(self._files[name])

    def fetch(self, name: str, path: Path | None = None) -> Path:
        """Return the path of a file of the task: in its folder, unless `path` is said."""
        path = path or self.folder / file_name(name)
        self._share.fetch(self._files[name], path, lambda _: self.report(0))
        return path

    def put(self, path: Path) -> None:
        """Hand back a file that the task has made."""
        self.made.append(self._share.put_file(path))

    def kept_files(self, names: list[str]) -> Path:
        """Return a folder with these files of the task, kept on this machine under their hashes.

        For models, which hold nothing of any story and are gigabytes.
        """
        chosen = [self._files[name] for name in names]
        digest = hashlib.sha256("".join(f"{file.name} {file.sha256}\n" for file in chosen).encode())
        folder = _kept_models() / digest.hexdigest()[:32]
        with files.translate_disk_errors(folder):
            files.make_folder(folder)
        for file in chosen:
            path = folder / file_name(file.name)
            # Read whole, once in the life of a process: a damaged model hears other words.
            if not path.is_file() or files.sha256_of(path) != file.sha256:
                self.fetch(file.name, path)
        return folder


def file_name(name: str) -> str:
    """Return the name that a task's file has in its folder: the part behind the last slash."""
    return name.rpartition("/")[2]


def _kept_models() -> Path:
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(caches) / "carer-stories" / "models"


def do_order(data: bytes, threads: int, on_progress: Callable[[int], None]) -> bytes:
    """Do what an order asks for and return the packed answer. Never raises for a refusal."""
    order = unpack(data, WorkOrder)
    key = order.task.key
    try:
        content, made = _do(order, threads, on_progress)
    except CarerStoriesError as error:
        is_of_worker = isinstance(error, (Damaged, DiskFailed, NoRoom))
        return pack(TaskAnswer(key=key, refusal=_refusal_of(error, is_of_worker=is_of_worker)))
    except Exception as error:
        return pack(TaskAnswer(key=key, refusal=_refusal_of(as_refusal(error), is_of_worker=True)))
    sha256 = answer_hash(key, content, made)
    return pack(TaskAnswer(key=key, content=content, sha256=sha256, files=made))


def _do(
    order: WorkOrder, threads: int, on_progress: Callable[[int], None]
) -> tuple[bytes, tuple[TaskFile, ...]]:
    require_program(order.program)
    module, _, name = KINDS[order.task.kind].partition(":")
    function: Callable[[Work], bytes] = getattr(importlib.import_module(module), name)
    with _task_folder() as folder:
        work = Work(order.task, _share_at(order.share), folder, threads, on_progress)
        content = function(work)
        return content, tuple(work.made)


@functools.lru_cache(maxsize=1)
def _share_at(address: ShareAddress) -> MediaShare:
    return MediaShare(address)


def _refusal_of(error: CarerStoriesError, *, is_of_worker: bool) -> TaskRefusal:
    return TaskRefusal(
        kind=type(error).__name__,
        what=error.what,
        next_step=error.next_step,
        is_of_worker=is_of_worker,
    )


@contextmanager
def _task_folder() -> Iterator[Path]:
    """Make a folder for one task, and remove what killed processes left of theirs."""
    root = Path(tempfile.gettempdir())
    for leftover in root.glob(f"{_FOLDER_PREFIX}*"):
        process = leftover.name.removeprefix(_FOLDER_PREFIX).partition("-")[0]
        if process.isdigit() and not psutil.pid_exists(int(process)):
            shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_FOLDER_PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def require_program(fingerprint: str) -> None:
    """Raise Damaged where this is another version of the program than the one that asks."""
    if fingerprint != program_fingerprint():
        raise Damaged(
            f"It has another version of Carer Stories ({program_version()}).",
            "Install the same version on every machine, then start its workers again.",
        )


@functools.cache
def program_fingerprint() -> str:
    """Return the hash of the program's own code: a version number alone may be told twice."""
    digest = hashlib.sha256(program_version().encode())
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        for root in spec.submodule_search_locations or () if spec else ():
            for path in sorted(Path(root).rglob("*.py")):
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
