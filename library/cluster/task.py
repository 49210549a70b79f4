"""A task: a pure function of named files and options, done alike by whichever process does it.

Its key is made from the hashes of all that decides its result. Whoever keeps results by their key
need not have a task done twice, however often a command is run and on whichever machine.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

import msgspec

from library.core.errors import CarerStoriesError, ToolFailed

FORMAT_VERSION = 1
"""Part of each key: raised when tasks are put together in another way."""

_Record = TypeVar("_Record", bound=msgspec.Struct)


class TaskFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that a task reads or has made, by its content; `name` is its name in the task."""

    name: str
    sha256: str
    size: int


class Task(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One piece of work. `options` are JSON; `kind` is a name of `worker.KINDS`."""

    kind: str
    options: bytes
    files: tuple[TaskFile, ...] = ()

    @property
    def key(self) -> str:
        """Hash of everything that the result depends on, but for the program itself."""
        inputs = [(file.name, file.sha256) for file in self.files]
        parts = msgspec.json.encode((FORMAT_VERSION, self.kind, self.options, inputs))
        return hashlib.sha256(parts).hexdigest()


class ShareAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The place through which files travel in one run, and the key that they are encrypted with."""

    url: str
    run: str
    key: bytes


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to a worker: a task, where its files are, and which program is to do it."""

    task: Task
    share: ShareAddress
    program: str
    """Fingerprint of the program that hands it out; another one refuses it."""


class TaskRefusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The refusal that a task ended in: the name of its class, and its sentences."""

    kind: str
    what: str
    next_step: str = ""
    is_of_worker: bool = False
    """True where the machine or the program is at fault: another worker may do it."""

    def as_error(self) -> CarerStoriesError:
        """Return the refusal as it was raised there; ToolFailed for a class nobody knows."""
        kinds = {kind.__name__: kind for kind in CarerStoriesError.__subclasses__()}
        return kinds.get(self.kind, ToolFailed)(self.what, self.next_step)


class TaskAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A worker's answer: the key of its task, what came out, and the hash of both."""

    key: str
    content: bytes = b""
    sha256: str = ""
    files: tuple[TaskFile, ...] = ()
    """Files that the task made; they lie in the share."""
    refusal: TaskRefusal | None = None

    @property
    def is_whole(self) -> bool:
        """True where the content is the one that was hashed, for this very task."""
        return self.sha256 == answer_hash(self.key, self.content, self.files)


def answer_hash(key: str, content: bytes, files: tuple[TaskFile, ...]) -> str:
    """Return the hash of an answer's content and files, bound to its task."""
    return hashlib.sha256(msgspec.msgpack.encode((key, content, files))).hexdigest()


def pack(record: msgspec.Struct) -> bytes:
    """Return a record in the form in which it travels."""
    return msgspec.msgpack.encode(record)


def unpack(data: bytes, kind: type[_Record]) -> _Record:
    """Return a record that travelled. Raises msgspec.DecodeError for anything else."""
    return msgspec.msgpack.decode(data, type=kind)
