"""Select the files of a workspace to back up: those that cannot be made again.

Not kept: the edition, previews, packages for other systems and the site (made from the rest), what
was gathered for a contributor to take away, what a migration kept as it was (the run before has
it), converted models, locks, the journal of a session at the desk, and what killed processes left.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.backup.paths import is_safe
from library.core.errors import BadInput
from library.core.files import TEMPORARY_MARK, translate_disk_errors
from library.core.removal import LEFT_BY_SYSTEMS
from library.core.sanitise import printable
from library.core.workspace import BEFORE_MIGRATION, DESK_JOURNAL, Workspace
from library.workspace_template import TEMPLATE_PATHS

RECORD_PATHS = ("interviews/library.json", "interviews/audit.jsonl", "interviews/withdrawn/")
"""Prefixes of paths that belong together: they are taken under the library’s lock."""
PRIVATE_FOLDER = "interviews/private/"
BACKUP_REGISTRY = "interviews/backups.json"
"""Kept inside each run, so that a run with nothing new has nothing new."""
_SAVED_PREFIXES = (
    *(path for path in TEMPLATE_PATHS if not path.startswith("interviews/")),
    "interviews",
)
_NOT_KEPT = {
    "interviews/deliveries",
    "interviews/demo",
    "interviews/edition",
    "interviews/exports",
    "interviews/models/converted",
    "interviews/previews",
    "interviews/search-indexes",
    "interviews/.reconciled.json",
    "interviews/.site-inputs.json",
    "interviews/.story-folders.json",
    "interviews/.written-pictures.json",
    BACKUP_REGISTRY,
}
_STORY_BEGINS = re.compile(r"(?<![a-z0-9])cs-")
_OWN_RECORDS = re.compile(
    r"(library|contributors)\.json(\.(lock|g\d{6,}|(before|schema)-[0-9g-]+))?"
)
_NEVER_SAVED = {"__pycache__", *LEFT_BY_SYSTEMS}


@dataclass
class Selection:
    """The files and folders to back up: paths below the workspace, with slashes."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    """Path → mode."""
    links: list[str] = field(default_factory=list)
    """Links and other things that are no ordinary file: not kept, and told."""

    @property
    def size(self) -> int:
        return sum(status.st_size for status in self.files.values())


def select_files(workspace: Workspace) -> Selection:
    """Return everything to back up. Raises DiskFailed, and BadInput for a linked folder."""
    selection = Selection()
    for start in _SAVED_PREFIXES:
        path = workspace.root / start
        if path.is_symlink() or path.exists():
            _add_below(workspace.root, path, selection)
    return selection


def is_record(path: str) -> bool:
    """Return True for the database, its generations, the log and the notes beside them."""
    return path.startswith(RECORD_PATHS)


_MESSAGES = "interviews/receipts/message-"


def is_copy_of_records(path: str) -> bool:
    """Return True for a file that is called like the records, public or private, and is not ours.

    `library (conflicted copy).json` holds the words of stories that were erased since.
    """
    folder, _, name = path.rpartition("/")
    return (
        folder in ("interviews", "interviews/private")
        and re.search(r"(library|contributors).*\.json", name, re.IGNORECASE) is not None
        and _OWN_RECORDS.fullmatch(name) is None
    )


def is_of_library(path: str) -> bool:
    """Return True for a path that a backup looks at: nothing else is ever restored."""
    return any(path == start or path.startswith(f"{start}/") for start in _SAVED_PREFIXES)


def belongs_to_any(path: str, stories: Collection[str]) -> bool:
    """Return True for a path that belongs to one of these stories, by its name.

    Notes and receipts stay; messages to whoever has a copy are no receipts.
    """
    if not stories or path.startswith("interviews/withdrawn/"):
        return False
    if path.startswith("interviews/receipts/") and not path.startswith(_MESSAGES):
        return False
    # As `is_named_after`, but for many stories: a run has paths by the hundred thousand.
    return any(
        step[start.start() : end] in stories
        for step in path.lower().split("/")
        for start in _STORY_BEGINS.finditer(step)
        for end in (len(step), *(at for at, letter in enumerate(step) if not letter.isalnum()))
    )


def _add_below(root: Path, path: Path, selection: Selection) -> None:
    name = path.relative_to(root).as_posix()
    if name in _NOT_KEPT or _is_temporary(path.name):
        return
    _require_keepable(name)
    with translate_disk_errors(path, "read"):
        try:
            status = path.lstat()
        # Gone since it was listed: others may be at work.
        except FileNotFoundError:
            return
        if stat.S_ISDIR(status.st_mode):
            selection.folders[name] = stat.S_IMODE(status.st_mode) & 0o777
            for entry in _inside(path):
                _add_below(root, entry, selection)
        elif stat.S_ISREG(status.st_mode):
            selection.files[name] = status
        elif path.is_dir():
            raise BadInput(
                f"{name} is a link to another folder, and a backup follows none: all that is in "
                "it would be missing.",
                "Put the folder itself in its place, then back up again.",
            )
        else:
            selection.links.append(name)


def _require_keepable(name: str) -> None:
    """Refuse a name that a run could not store, or that means another path elsewhere."""
    with contextlib.suppress(UnicodeEncodeError):
        # Bytes that are no text cannot be written into a run.
        name.encode()
        if is_safe(name):
            return
    raise BadInput(
        f"A backup cannot keep {printable(name)} under that name.",
        "Rename it, without a backslash or line end and in letters that this system knows, then "
        "back up again; nothing was changed.",
    )


def _inside(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return


def _is_temporary(name: str) -> bool:
    """Return True for locks and for files of a command that works or was killed."""
    return (
        name in _NEVER_SAVED
        or name == DESK_JOURNAL
        or name.endswith(".lock")
        or name.startswith(
            (
                ".station",
                ".desk",
                ".workshop",
                ".erasing-",
                ".edition",
                "edition.",
                BEFORE_MIGRATION,
            )
        )
        or (name.startswith(".") and TEMPORARY_MARK in name)
    )
