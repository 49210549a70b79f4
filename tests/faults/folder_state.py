"""Describe what a folder holds, so that two runs of one command can be compared.

Ids, times and hashes that a command makes differ from run to run; so they are told as what they
are. Films and pictures are told by their bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from library.core.files import TEMPORARY_MARK
from tests.support.folder_contents import modes_and_bytes

_LEFT_OUT = (
    ".reconciled.json",
    ".search-index",
    ".site-inputs.json",
    ".story-folders.json",
    ".written-pictures.json",
    ".lock",
)
_GENERATION = re.compile(r"\.json\.g\d{6,}$")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_CODE = re.compile(r"\b[0-9a-f]{8}(?= [0-9a-f]{8}\b)|(?<=code\">)[0-9a-f]{8}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d(:?\d\d)?( UTC|Z(-\d+)?)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GIVEN_ID = re.compile(r"\b([a-z]{2,4})-[23456789bcdfghjkmnpqrstvwxyz]{6}\b")
_ROUND = re.compile(r"(?<=\"round\": )\d+|(?<=were asked about, round )\d+")
"""Of questions about names: a round that was broken off is one more."""
_TEMPORARY = re.compile(rf"(?<={re.escape(TEMPORARY_MARK)})[0-9a-f]{{8}}")
_GATHERED = re.compile(r"/cs-\w{6}-\d{4}-\d\d-\d\d(-\d+)?/(everything\.json|index\.html)$")
"""Of an export: they say to the minute when it was made."""
_LARGE = 4_000_000

State = dict[str, str]
"""Path → what the file is; folders that are empty end in a slash."""


@dataclass(frozen=True)
class StateReader:
    """Tells states. `known` ids are told as they are, every other as one that was made."""

    known: frozenset[str] = frozenset()
    _digests: dict[str, str] = field(default_factory=dict)
    _digests_without_ids: ClassVar[dict[str, str]] = {}
    """Digests of contents without an id, which are the same for every reader."""

    def state_of(self, root: Path) -> State:
        """Everything below `root` that has a name of its own."""
        return {self.plain_path(path, root): self.file(path) for path in named(root)}

    def everything(self, root: Path) -> tuple[str, ...]:
        """With temporary files and generations: two such states have the same future."""
        return tuple(
            f"{_TEMPORARY.sub('', self._plain(path))} {self._words(data)}"
            for path, (_, data) in sorted(modes_and_bytes(root).items())
            if not path.endswith(_LEFT_OUT)
        )

    def plain_path(self, path: Path, root: Path) -> str:
        return self._plain(path.relative_to(root).as_posix())

    def file(self, path: Path) -> str:
        if path.is_symlink():
            return f"link to {path.readlink()}"
        if path.is_dir():
            return "an empty folder"
        content = self._inside(path)
        return f"{content}, open to all" if path.stat().st_mode & stat.S_IROTH else content

    def _inside(self, path: Path) -> str:
        if path.suffix in {".sealed", ".key"}:
            return "a secret, and no two are alike"
        data = path.read_bytes()
        if path.parent.name in {"receipts", "runs"} or _GATHERED.search(path.as_posix()):
            return "whole" if data.rstrip().endswith((b"</html>", b"}")) else "torn"
        if path.name == "audit.jsonl":
            return self._log(data, _owed(path.with_name("library.json")))
        if path.suffix in {".zip", ".docx", ".pptx"} and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                listed = [
                    f"{self._plain(entry.filename)} {entry.CRC if is_media(entry.filename) else ''}"
                    for entry in archive.infolist()
                ]
            return _digest("\n".join(listed).encode())
        if len(data) > _LARGE or b"\0" in data[:4096]:
            return _digest(data)
        if path.name in {"library.json", "contributors.json"}:
            data = data.partition(b"\n")[2]  # the header counts and hashes the rest
        return self._words(data)

    def _words(self, data: bytes) -> str:
        seen = _digest(data)
        if known := self._digests_without_ids.get(seen) or self._digests.get(seen):
            return known
        try:
            words = data.decode()
            digests = self._digests if _GIVEN_ID.search(words) else self._digests_without_ids
            digests[seen] = _digest(self._plain(words).encode())
        except UnicodeDecodeError:
            digests = self._digests_without_ids
            digests[seen] = seen
        return digests[seen]

    def known_records(self, database: Path) -> str:
        """The records in which no id is new, whatever was added to them."""
        lines = database.read_text().splitlines()[1:]
        known_lines = [line.rstrip(",") for line in lines if ids_among(line) <= self.known]
        return _digest("\n".join(known_lines).encode())

    def _log(self, data: bytes, owed: bytes) -> str:
        """Return each action with its subject: done again after a fault, a line may be there twice.

        What follows the last whole line is torn, and the next line that is added removes it.
        """
        whole, _, _torn = data.rpartition(b"\n")
        lines = [*whole.splitlines(), *owed.splitlines()]
        try:
            done = {
                (entry["action"], self._plain(entry["subject"])) for entry in map(json.loads, lines)
            }
        except (ValueError, KeyError):
            return "torn"
        return " ".join(sorted(":".join(entry) for entry in done))

    def _plain(self, words: str) -> str:
        words = _HASH.sub("#", words)
        words = _CODE.sub("#", words)
        words = _TIME.sub("<time>", words)
        words = _DAY.sub("<day>", words)
        words = _ROUND.sub("#", words)
        return _GIVEN_ID.sub(self._id, words)

    def _id(self, match: re.Match[str]) -> str:
        return match[0] if match[0] in self.known else f"{match[1]}-new"


def is_media(name: str) -> bool:
    return name.endswith((".mp4", ".m4a", ".wav", ".jpg"))


def _owed(database: Path) -> bytes:
    """The log’s last line as the database holds it: a killed process may owe it to the log."""
    try:
        header = json.loads(database.read_bytes().partition(b"\n")[0].removesuffix(b",") + b"}")
        return json.dumps(header["header"]["entry"]).encode() if header["header"]["entry"] else b""
    except (OSError, ValueError, KeyError):
        return b""


def named(root: Path) -> Iterator[Path]:
    """Files and empty folders that are no locks, generations or temporary files."""
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.parent.name == "objects":  # of a backup: named by what is in them
            continue
        if is_temporary(path) or path.name.endswith(_LEFT_OUT) or _GENERATION.search(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            inside = list(named(path))
            yield from inside or [path]
        else:
            yield path


def is_temporary(path: Path) -> bool:
    """True for a file that is being made, by its name: a killed process may leave it."""
    if not path.name.startswith("."):
        return path.name.endswith((".new", ".old"))
    return TEMPORARY_MARK in path.name or path.name.startswith(".part-") or path.is_dir()


def temporaries(root: Path) -> list[Path]:
    """Return the temporary files below `root`."""
    return [path for path in sorted(root.rglob("*")) if is_temporary(path)]


def ids_in(root: Path) -> frozenset[str]:
    """Every id that names or stands in a file of records below `root`."""
    ids: set[str] = set()
    for path in root.rglob("*"):
        ids |= ids_among(path.name)
        if path.is_file() and path.suffix in {".json", ".jsonl", ".yml", ".md"}:
            words = path.read_text(encoding="utf-8", errors="replace")
            ids |= ids_among(words)
    return frozenset(ids)


def ids_among(words: str) -> set[str]:
    return {match[0] for match in _GIVEN_ID.finditer(words)}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
