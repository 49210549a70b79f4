"""Files on their way to workers and back: through a shared folder or an object store, encrypted.

The only module that knows obstore, which speaks to folders and to stores alike. Each run has a
folder of its own in the share, and a key of its own (`library.backup.encryption`) that only its
workers are told: whoever keeps the share sees sizes and nothing else. At its end the run removes
all that it put there. A run that was killed leaves files that nobody can read any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.store import LocalStore, from_url

from library.backup.encryption import SEGMENT_BYTES, DecryptionError, Encrypted
from library.cluster.task import ShareAddress, TaskFile
from library.core import files
from library.core.errors import CarerStoriesError, Damaged, DiskFailed, NotFound
from library.core.files import sha256_of, translate_disk_errors

_RETRIES: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_CLIENT: Any = {
    "connect_timeout": timedelta(seconds=10),
    # For a whole file: a recording of gigabytes takes its time.
    "timeout": timedelta(hours=2),
    # Where the store's own address says so: what we put there is encrypted already.
    "allow_http": True,
}
_RUN_PREFIX = "carer-stories-"


def new_share(url: str) -> ShareAddress:
    """Return the address of a new run's files below `url`."""
    return ShareAddress(url=url, run=secrets.token_hex(8), key=secrets.token_bytes(32))


class MediaShare:
    """The files of one run. Raises DiskFailed where the share does not take or give them."""

    def __init__(self, address: ShareAddress) -> None:
        self.address = address
        self._cipher = Encrypted(address.key, address.run)
        with self._refusals("opened"):
            self._store = _store_at(address.url)
        self._folder = f"{_RUN_PREFIX}{address.run}"

    def put_file(self, path: Path, name: str = "") -> TaskFile:
        """Put a file into the share, unless this run has done so. Raises NotFound, DiskFailed."""
        file = TaskFile(name=name or path.name, sha256=sha256_of(path), size=path.stat().st_size)
        with path.open("rb") as opened:
            self._put(file, iter(lambda: opened.read(SEGMENT_BYTES), b""))
        return file

    def put_bytes(self, data: bytes, name: str) -> TaskFile:
        """Put `data` into the share as a file called `name`."""
        file = TaskFile(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        self._put(file, iter([data]))
        return file

    def _put(self, file: TaskFile, pieces: Iterator[bytes]) -> None:
        with self._refusals("written to"):
            if not self._has(file):
                # It has its name only when it is whole.
                self._store.put(self._path_of(file), self._cipher.encrypt(pieces, file.sha256))

    def _has(self, file: TaskFile) -> bool:
        try:
            self._store.head(self._path_of(file))
        except FileNotFoundError:
            return False
        return True

    def read(self, file: TaskFile) -> bytes:
        """Return the content of a small file. Raises NotFound, Damaged or DiskFailed."""
        return b"".join(self._content(file))

    def fetch(self, file: TaskFile, path: Path, on_bytes: Callable[[int], None]) -> None:
        """Write the content of `file` to `path`. Raises NotFound, Damaged, NoRoom or DiskFailed.

        `on_bytes` is told how many bytes there are so far.
        """
        done = 0
        with files.replacing(path) as temporary, temporary.open("wb") as opened:
            for piece in self._content(file):
                with translate_disk_errors(path):
                    opened.write(piece)
                done += len(piece)
                on_bytes(done)

    def _content(self, file: TaskFile) -> Iterator[bytes]:
        """Yield the content piece by piece; the last is yielded only when the hash is right."""
        digest = hashlib.sha256()
        waiting = b""
        with self._refusals("read"):
            try:
                pieces = map(bytes, self._store.get(self._path_of(file)).stream(SEGMENT_BYTES))
                for piece in self._cipher.decrypt(pieces, file.sha256):
                    digest.update(piece)
                    yield waiting
                    waiting = piece
            except FileNotFoundError:
                raise NotFound(
                    f"A file of this run is not in {self.address.url}.",
                    "Let every worker reach the same shared folder or store: docs/scale.md",
                ) from None
            except DecryptionError:
                raise self._damaged(file) from None
        if digest.hexdigest() != file.sha256:
            raise self._damaged(file)
        yield waiting

    def _damaged(self, file: TaskFile) -> Damaged:
        return Damaged(
            f"{file.name} came through {self.address.url} other than it was sent.",
            "Run the same command again; what is finished is kept.",
        )

    def remove(self, file: TaskFile) -> None:
        """Remove a file that is needed no more; one that is gone already is no fault."""
        with self._refusals("changed"), contextlib.suppress(FileNotFoundError):
            self._store.delete(self._path_of(file))

    def remove_all(self) -> None:
        """Remove everything that this run put into the share."""
        with self._refusals("changed"), contextlib.suppress(FileNotFoundError):
            for batch in self._store.list(self._folder):
                for listed in batch:
                    self._store.delete(listed["path"])

    def _path_of(self, file: TaskFile) -> str:
        return f"{self._folder}/{self._cipher.name_of(file.sha256)}"

    @contextlib.contextmanager
    def _refusals(self, doing: str) -> Iterator[None]:
        """Raise whatever a store's library raises as DiskFailed: each has errors of its own."""
        try:
            yield
        except (CarerStoriesError, FileNotFoundError, DecryptionError):
            raise
        except Exception as error:
            raise DiskFailed(
                f"{self.address.url} could not be {doing}.",
                "Check that it is there and that this account may use it: docs/scale.md",
            ) from error


def _store_at(url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(url2pathname(parts.path), mkdir=True, automatic_cleanup=True)
    return from_url(url, retry_config=_RETRIES, client_options=_CLIENT)
