"""The stamp of the last reconciliation, by which the next command sees whether anything changed.

`interviews/.reconciled.json` holds change tokens: hashes over sizes and times, not over contents,
of the records, the log, settings, notes, story files, edition and site, and over the day. Comparing
them takes milliseconds, so that every command can. They prove nothing: `upkeep` and `verify` read
every byte.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from library.records.generations import has_copies
from library.records.other_logs import other_logs

_WHOLE_S = 1_000_000_000
_COARSE_S = 3.0
"""Seconds in which a disk in FAT format, whose times go by twos, does not show another change."""


class ReconciliationStamp(msgspec.Struct, frozen=True, kw_only=True):
    """The state of affairs at the last reconciliation. Derived: unknown fields are ignored."""

    change_token: str = ""
    """Change token of everything compared; empty where something is left to do."""
    audience_setting: str = ""
    """Word of the audience in the settings at that time."""
    cuts: dict[str, str] = {}
    """Story id → token of its cut’s files when last hashed and found as the cut lists them."""
    published: dict[str, str] = {}
    """Story id → token of its files in edition and site when last found as released."""
    pages: str = ""
    """Token of the site’s files, films and sound apart, when each was last found as built."""
    pending: tuple[str, ...] = ()
    """Ids of stories whose own files were removed while the pages that list them still stand."""
    led_to: tuple[str, ...] = ()
    """Folders to which links of the site led, with files in them that the edition did not list."""
    told: dict[str, dict[str, str]] = {}
    """Copy → stories on it that the editor was already told to ask back, each with the cause."""


def read_stamp(workspace: Workspace) -> ReconciliationStamp:
    """Return the last stamp; an empty one where there is none, or it cannot be read."""
    return (
        struct_file.load_if_readable(workspace.reconciled, ReconciliationStamp)
        or ReconciliationStamp()
    )


def write_stamp(workspace: Workspace, stamp: ReconciliationStamp) -> None:
    """Write the stamp. Raises NoRoom or DiskFailed."""
    struct_file.save(workspace.reconciled, stamp)


def note_told_copies(
    workspace: Workspace, copies: Iterable[str], story_id: str, cause: str
) -> None:
    """Note that the editor was told to ask these copies back for a story on them."""
    stamp = read_stamp(workspace)
    told = stamp.told | {copy: {**stamp.told.get(copy, {}), story_id: cause} for copy in copies}
    if told == stamp.told or not is_anything_out(workspace):
        return
    # A stamp that cannot be written has them named twice, which does no harm.
    with contextlib.suppress(CarerStoriesError):
        write_stamp(workspace, msgspec.structs.replace(stamp, change_token="", told=told))


def note_led_to(workspace: Workspace, target: Path) -> None:
    """Note a folder with unknown files to which a link of the site led, until it is dealt with."""
    stamp = read_stamp(workspace)
    led_to = tuple(dict.fromkeys([*stamp.led_to, str(target)]))
    with contextlib.suppress(CarerStoriesError):
        write_stamp(workspace, msgspec.structs.replace(stamp, change_token="", led_to=led_to))


def still_led_to(stamp: ReconciliationStamp | None) -> tuple[str, ...]:
    """Return those of these folders in which anything lies."""
    return tuple(folder for folder in stamp.led_to if files_left_in(folder)) if stamp else ()


def files_left_in(folder: str) -> list[str]:
    """Return the names of what lies in such a folder; its own where the link led to a file."""
    path = Path(folder)
    with contextlib.suppress(OSError):
        return sorted(child.name for child in path.iterdir())
    return [path.name] if path.is_file() else []


def is_anything_out(workspace: Workspace) -> bool:
    """Return True where there is an edition, site, preview, delivery or copy, or a stamp."""
    return has_copies(workspace.database) or any(
        path.exists()
        for path in (
            workspace.edition,
            workspace.public,
            workspace.previews,
            workspace.deliveries,
            workspace.reconciled,
        )
    )


def build_leftovers(workspace: Workspace) -> list[Path]:
    """Return the folders of builds beside edition and site: of a running one, or of killed ones."""
    paths = []
    for folder in (workspace.edition, workspace.public):
        with contextlib.suppress(OSError):
            names = os.listdir(folder.parent)  # noqa: PTH208 - names alone, at every command
            paths += [
                folder.with_name(name)
                for name in sorted(names)
                if name.startswith(f"{folder.name}.") and is_leftover_name(name)
            ]
    return paths


def is_leftover_name(name: str) -> bool:
    """Return True for the name of what a build makes beside edition or site: `public.new-2`."""
    return re.search(r"\.(new|old)(-\d)?\Z", name) is not None


def is_settled(workspace: Workspace, on: date) -> bool:
    """Return True where nothing changed since the last reconciliation, the day included."""
    if not is_anything_out(workspace):
        return True
    stamp = read_stamp(workspace)
    return bool(stamp.change_token) and stamp.change_token == change_token(workspace, stamp, on)


def change_token(workspace: Workspace, stamp: ReconciliationStamp, on: date) -> str:
    """Return one hash over sizes and times of everything that decides, and over the day."""
    files = (
        workspace.database,
        workspace.audit_log,
        *other_logs(workspace),
        workspace.settings,
        workspace.edition_record,
        workspace.edition / "stories",
    )
    # Text, for every command asks about thousands of files: paths as objects take three times as
    # long as the system does.
    stories, edition = str(workspace.stories), str(workspace.edition / "stories")
    folders = (
        str(workspace.withdrawn),
        str(workspace.previews),
        str(workspace.deliveries),
        *(f"{stories}/{story_id}" for story_id in sorted(stamp.cuts)),
        *(f"{edition}/{story}" for story in sorted(stamp.published)),
    )
    return change_token_of([*files, *_paths_of_site(workspace)], on.isoformat(), folders=folders)


def pages_token(workspace: Workspace) -> str:
    """Return the change token of the site's files but films and sound.

    Those of stories have tokens of their own (`published`), for hashing them takes long.
    """
    start = len(str(workspace.public)) + 1
    return change_token_of(
        path for path in _paths_of_site(workspace) if not is_story_medium(path[start:])
    )


def is_story_medium(name: str) -> bool:
    """Return True for a film or sound of a story, by its path below the site.

    A thousand stories' take minutes to read.
    """
    return name.startswith("stories/") and name.endswith((".mp4", ".m4a"))


def _paths_of_site(workspace: Workspace) -> Iterator[str]:
    """Yield everything below `public/`, folders as well: they show that something was renamed."""
    root = str(workspace.public)
    yield root
    for folder, folders, names in os.walk(root):
        folders.sort()
        yield from (f"{folder}/{name}" for name in (*folders, *sorted(names)))


def change_token_of(
    paths: Iterable[str | Path],
    *further_texts: str,
    folders: Iterable[str] = (),
    is_hidden_ignored: bool = True,
) -> str:
    """Return one hash over names, sizes and times of these files, missing ones included.

    So of all that lies in `folders`; a folder that cannot be listed holds nothing.
    """
    digest = hashlib.sha256("".join(further_texts).encode())
    for path in paths:
        digest.update(_size_and_times(os.fspath(path)))
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone are needed
        except OSError:
            continue
        for name in names:
            # Locks and half-written files come and go, and decide nothing.
            if not (is_hidden_ignored and name.startswith(".")):
                digest.update(_size_and_times(f"{folder}/{name}"))
    return digest.hexdigest()


def _size_and_times(path: str) -> bytes:
    try:
        status = os.lstat(path)
    except OSError:
        return f"{path}\0-\n".encode("utf-8", "surrogateescape")
    written = status.st_mtime_ns
    # The change time too: a program can set the time of writing, but not this one.
    facts = f"{path}\0{status.st_size} {written} {status.st_ctime_ns} {status.st_ino}"
    if not written % _WHOLE_S and abs(time.time() - status.st_mtime) < _COARSE_S:
        # Changed just now, and what is changed next may look the same: it is looked at once more.
        facts += f"\0{time.monotonic_ns()}"
    return f"{facts}\n".encode("utf-8", "surrogateescape")
