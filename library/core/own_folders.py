"""Find folders of a workspace that lead elsewhere: links, junctions and mounts.

What is removed, replaced or searched through such a folder lies where nobody vouches for it: a
build would move the link and leave the old site where it led to, a backup would miss all of it, and
a withdrawal would say gone of what it never saw. So a command that says any of this asks first.

The workspace itself may be reached through a link or lie on a disk of its own, and so may
`interviews/models`: they hold nothing of a story that is not also below the other folders.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from library.core.errors import BadInput
from library.core.files import real_path
from library.core.workspace import Workspace, is_workspace

_OWN_FOLDERS = ("public", "site", "interviews")
_MAY_LEAD_ELSEWHERE = {"interviews/models"}
_MOUNT_TABLE = Path("/proc/self/mountinfo")
"""Linux's list of mounts: also names those of a folder on the same disk, which look like none."""


@dataclass(frozen=True)
class FolderElsewhere:
    """A folder of the workspace that leads out of it."""

    name: str
    """Its path below the workspace."""
    kind: str
    """“a link to another folder” or “another disk”, as a sentence says it."""
    leads_to: Path

    def __str__(self) -> str:
        return f"{self.name} is {self.kind} ({self.leads_to})"


def folders_elsewhere(workspace: Workspace) -> tuple[FolderElsewhere, ...]:
    """Return every folder of the workspace that leads elsewhere, by path. Never raises."""
    mounts = _mounts_below(workspace.root)
    return tuple(
        folder
        for start in _OWN_FOLDERS
        for folder in _elsewhere_below(workspace.root, workspace.root / start, mounts)
    )


def links_to_files(folder: Path) -> tuple[Path, ...]:
    """Return the links below a folder that lead to a file: removing one leaves the file."""
    return tuple(path for path in paths_below(folder) if path.is_symlink() and path.is_file())


def paths_below(folder: Path) -> Iterator[Path]:
    """Yield everything below a folder, through links too, each real folder once, in order."""
    seen: set[str] = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        # A link back to a folder above would be walked for ever.
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield from (Path(parent, name) for name in sorted([*folders, *names]))


def is_unreadable_folder(path: Path) -> bool:
    """Return True for a folder of another account that keeps from us what is in it."""
    # Not of Path, which raises for what lies in such a folder.
    return os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK)  # noqa: PTH112


def require_own_folders(workspace: Workspace, *, only: Collection[str] = ()) -> None:
    """Raise BadInput naming the first folder of the workspace that leads elsewhere.

    With `only`, paths below the workspace, others than these and those above them may.
    """
    for folder in folders_elsewhere(workspace):
        if only and not any(f"{path}/".startswith(f"{folder.name}/") for path in only):
            continue
        raise BadInput(
            f"{folder}: what lies there is no part of the library, and nothing can be said of "
            "it. Nothing was changed.",
            "Put the folder itself in its place, then run the same command again. To keep a "
            "library on another disk, put the whole workspace there.",
        )


def _elsewhere_below(root: Path, start: Path, mounts: Collection[str]) -> Iterator[FolderElsewhere]:
    # One that leads to nothing at present counts here: the disk may come back.
    if _is_link(start):
        yield FolderElsewhere(start.name, "a link to another folder", _target(start))
        return
    if _is_mount(start, mounts):
        yield FolderElsewhere(start.name, "another disk", start)
    for parent, folders, _ in os.walk(start):
        for name in sorted(folders):
            path = Path(parent, name)
            below_root = path.relative_to(root).as_posix()
            if below_root in _MAY_LEAD_ELSEWHERE:
                folders.remove(name)
            elif _is_link(path):
                # A junction would be walked into.
                folders.remove(name)
                yield FolderElsewhere(below_root, "a link to another folder", _target(path))
            elif _is_mount(path, mounts):
                yield FolderElsewhere(below_root, "another disk", path)


def _is_link(path: Path) -> bool:
    with contextlib.suppress(OSError):
        # `Path.is_junction` is not in Python 3.11; a link's tag is none of a junction's.
        tag = getattr(path.lstat(), "st_reparse_tag", 0)
        return path.is_symlink() or tag == 0xA0000003
    return False


def _is_mount(path: Path, mounts: Collection[str]) -> bool:
    return str(path) in mounts or (not _MOUNT_TABLE.exists() and os.path.ismount(path))


def _mounts_below(root: Path) -> frozenset[str]:
    """Return the mounts of the system below a folder, as paths that begin with `root`."""
    real = os.path.realpath(root)
    with contextlib.suppress(OSError, UnicodeError, IndexError):
        points = [line.split()[4] for line in _MOUNT_TABLE.read_text(encoding="utf-8").splitlines()]
        # Blanks in a name stand as \040 there.
        decoded = [point.encode().decode("unicode_escape") for point in points]
        return frozenset(
            str(root / os.path.relpath(point, real))
            for point in decoded
            if point.startswith(real + os.sep)
        )
    return frozenset()


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def require_not_published(path: Path, *workspaces: Workspace) -> None:
    """Raise BadInput for a path that a build alone may write to: what staff are shown, and `site`.

    It is looked for in these workspaces, whose folders may lead elsewhere, and in each one that the
    path lies in. A folder is the same under any of its names: through a link, in other capitals.
    """
    target = real_path(path)
    around = [target, *target.parents]
    libraries = [*workspaces, *(Workspace(folder) for folder in around if is_workspace(folder))]
    for workspace in libraries:
        for folder in (workspace.public, workspace.edition, workspace.site):
            if any(_is_same(folder, each) for each in around):
                raise BadInput(
                    f"{path} is part of what staff are shown; nothing was written.",
                    "Name a folder outside the library.",
                )


def require_place_of_its_own(folder: Path) -> None:
    """Raise BadInput for a new library within another one, a clone or a download of the program.

    `folder` is a whole path. What lies in a library belongs to it, to its backups and withdrawals.
    A download is replaced as a whole folder when there is a newer one; in a clone, recordings would
    lie among the files that its authors share.
    """
    program = program_folder_around(folder)
    if program is not None:
        name = "our-library" if folder == program else folder.name
        raise BadInput(
            f"{folder} would lie in the program’s folder{_why_not_there(program)}; nothing was "
            "made.",
            f"Name a folder elsewhere: {Path.home() / name}",
        )
    around = next((parent for parent in folder.parents if is_workspace(parent)), None)
    if around is not None:
        raise BadInput(
            f"{folder} would lie within the library {around}; nothing was made.",
            f"Name a folder beside it: {_beside(around, folder.name)}",
        )


def program_folder_around(folder: Path) -> Path | None:
    """Return the clone or download of the program that a folder is or lies in, if any."""
    unpacked = Path(sys.executable).resolve().parent
    if getattr(sys, "frozen", False) and folder.is_relative_to(unpacked):
        return unpacked
    around = (folder, *folder.parents)
    return next((parent for parent in around if (parent / _PROGRAM).is_file()), None)


_PROGRAM = "carer_stories.py"
"""The file that a clone of the project has at its top."""


def _why_not_there(program: Path) -> str:
    if (program / _PROGRAM).is_file():
        return f" {program}, where git would take recordings for files of the program"
    return ", which an update replaces"


def _beside(library: Path, name: str) -> Path:
    """Return where another library may be made: beside this one, by a name that is free."""
    place = library.with_name(name)
    return place.with_name(f"{name}-2") if place.exists() else place


def _is_same(folder: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return folder.samefile(other)
    # What is not there yet has its name alone.
    return os.path.normcase(_target(folder)).casefold() == os.path.normcase(other).casefold()
