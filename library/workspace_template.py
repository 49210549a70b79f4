"""A new workspace: the pages, question sets and settings every library starts from."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.core import files
from library.core.counting import counted
from library.core.errors import BadInput, NotFound
from library.core.files import fsync_folder, refusal
from library.core.removal import holds_nothing, remove_empty_folder
from library.core.typed_command import handbooks_folder
from library.core.workspace import Workspace, is_workspace
from library.earlier_designs import BEGINNING, EARLIER_DESIGNS
from library.records.format_stamp import stamp_new
from library.records.store import Store

TEMPLATE_PATHS = (
    "mkdocs.yml",
    "site/hook.py",
    "site/content",
    "site/overrides",
    "site/assets",
    "interviews/settings.yml",
    "interviews/glossary.yml",
    "interviews/themes.yml",
    "interviews/search-words.yml",
    "interviews/questions",
    "interviews/forms",
    "interviews/training",
)


def template_root() -> Path:
    """Return the folder of a new workspace's files: in the installed package, or the repository."""
    here = Path(__file__).resolve().parent
    installed = here / "template_files"
    return installed if installed.is_dir() else here.parent


def template() -> Workspace:
    """Return the template's paths; its `demo` folder has the demonstration's media and model."""
    return Workspace(template_root())


def make_workspace(folder: Path) -> Workspace:
    """Lay out a workspace with an empty database.

    All or nothing: it is built beside its place and renamed. A workspace that lacks only its
    database (a clone of the project) is given one. Raises BadInput where the folder already holds
    something else.
    """
    if is_workspace(folder):
        return _give_database(Workspace(folder))
    _require_new(folder)
    root = template_root()
    missing = [part for part in TEMPLATE_PATHS if not (root / part).exists()]
    if missing:
        raise NotFound(
            f"This installation lacks {', '.join(missing)}.", "Install carer-stories again."
        )
    _make_whole(folder, lambda staging: _lay_out(root, staging))
    return Workspace(folder)


def copy_handbooks(folder: Path) -> Path:
    """Copy the handbooks, pages that need no server, into a new folder; return the first page.

    All or nothing. Raises BadInput where the folder already holds something, and NotFound where
    the handbooks did not come as pages.
    """
    _require_new(folder)
    source = handbooks_folder()
    if source is None:
        raise NotFound(
            "The handbooks did not come as pages with this program.",
            "In a clone of the project, type: make handbooks. Else ask whoever gave you the "
            "program for the download: its folder “handbooks” has them.",
        )
    _make_whole(folder, lambda staging: _copy_folder(source, staging))
    return folder / "index.html"


def _require_new(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BadInput(f"{folder} is not a folder.", "Name a new folder.")
    if folder.exists() and not holds_nothing(folder):
        raise BadInput(
            f"{folder} already holds something; nothing was changed.", "Name a new or empty folder."
        )


def _make_whole(folder: Path, lay_out: Callable[[Path], None]) -> None:
    """Let a new folder be laid out beside its place, and give it its name once it is whole."""
    staging = folder.parent / f".{folder.name}.new"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Of a run that was killed.
        shutil.rmtree(staging, ignore_errors=True)
        lay_out(staging)
        files.system.flush(staging)  # what was copied must be on the disk before it has its name
        # Empty, as was checked; Windows renames nothing onto a folder.
        if folder.exists():
            remove_empty_folder(folder)
        staging.replace(folder)
        fsync_folder(folder.parent)
    except OSError as error:
        raise refusal(folder, error, "make") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


_NAMED_FILES = 10
"""Files that are named one by one; of more, their folders."""
DESIGN_PATHS = ("mkdocs.yml", "site/hook.py", "site/content", "site/overrides", "site/assets")
"""Files that the pages are made with. A library keeps its own, for people change it."""


def design_differences(workspace: Workspace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return design files that a library lacks, and those that differ from this version's.

    A file differs where it was changed on purpose or is of an earlier version. Pages that people
    write are only looked for.
    """
    root = template_root()
    lacking, different = [], []
    for path in _files(root, DESIGN_PATHS):
        own, original = workspace.root / path, root / path
        if not own.is_file():
            lacking.append(path)
        elif not path.startswith("site/content/") and own.read_bytes() != original.read_bytes():
            different.append(path)
    return tuple(lacking), tuple(different)


@dataclass(frozen=True)
class DesignNote:
    """A sentence on a library’s design files beside this version’s, and what to do about it."""

    what: str
    next_step: str = ""
    """Advice; empty where the pages have all they need."""
    are_some_lacking: bool = False


_WHY_LACKING = "it was made by an earlier version, or they were taken away."


def design_note(workspace: Workspace) -> DesignNote | None:
    """Return what is to be known of a library’s design files; None where they are this version’s.

    Scripts are made for each other: one of an earlier version beside those of today may leave a
    part of a page that does nothing.
    """
    lacking, changed = design_differences(workspace)
    if lacking and len(lacking) + len(changed) <= _NAMED_FILES:
        also = f", and what is not as in this version: {', '.join(changed)}" if changed else ""
        return DesignNote(
            f"The library lacks {', '.join(lacking)}: {_WHY_LACKING}",
            f"Copy {'it' if len(lacking) == 1 else 'them'} from a new workspace "
            f"(carer-stories init DIR){also}.",
            are_some_lacking=True,
        )
    if lacking:
        pages = [path for path in lacking if path.startswith("site/content/")]
        return DesignNote(
            f"The library lacks {counted(len(lacking), 'file')} of the design, such as "
            f"{lacking[0]}: {_WHY_LACKING}",
            "Make a new workspace (carer-stories init DIR), and copy from it, over what is here: "
            f"{', '.join(('site/assets', 'site/overrides', 'site/hook.py', 'mkdocs.yml', *pages))}."
            " What you changed in them yourself is to be done again.",
            are_some_lacking=True,
        )
    if note := mixed_design_note(workspace):
        return note
    scripts = [path for path in changed if path.endswith(".js")]
    if scripts:
        return DesignNote(
            f"Scripts are not as in this version: {', '.join(scripts)}. They may not work with "
            "those beside them.",
            "Copy them from a new workspace (carer-stories init DIR), unless you changed them "
            "yourself.",
        )
    if changed:
        return DesignNote(
            f"The pages have all they need. Not as in this version: {', '.join(changed)}."
        )
    return None


def mixed_design_note(workspace: Workspace) -> DesignNote | None:
    """Return which files of an earlier design lie among today’s; None where none do.

    As after a folder was copied from an old library: a frame asks for styles that its own version
    had. A library whose design is whole, and an earlier one’s, is not mixed.
    """
    old = {
        version: [path for path, begins in table.items() if _begins(workspace.root / path, begins)]
        for version, table in EARLIER_DESIGNS.items()
    }
    version, paths = max(old.items(), key=lambda entry: len(entry[1]))
    root = template_root()
    if not paths or not any(
        _is_same_file(workspace.root / path, root / path) for path in EARLIER_DESIGNS[version]
    ):
        return None
    replaced = [path for path in paths if (root / path).is_file()]
    unused = [path for path in paths if path not in replaced]
    steps = [
        f"Copy {_named(replaced)} from a new workspace (carer-stories init DIR) over what is here."
        if replaced
        else "",
        f"Delete {_named(unused)}: this version has no such file." if unused else "",
    ]
    return DesignNote(
        f"The pages are made with files of two versions. As version {version} had it: "
        f"{_named(paths)}.",
        " ".join(filter(None, steps)),
    )


def _begins(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest()[:BEGINNING] == sha256


def _is_same_file(path: Path, original: Path) -> bool:
    return path.is_file() and original.is_file() and path.read_bytes() == original.read_bytes()


def _named(paths: list[str]) -> str:
    """Return the paths in a row; of many, the folders that they lie in."""
    if len(paths) > _NAMED_FILES:
        paths = sorted({Path(path).parent.as_posix() for path in paths})
    return ", ".join(paths)


def _files(root: Path, parts: tuple[str, ...]) -> list[str]:
    """Paths of the files below, as they are named from `root`."""
    entries = (file for part in parts for file in (root / part, *(root / part).rglob("*")))
    plain = (file.relative_to(root) for file in entries if file.is_file())
    return sorted(path.as_posix() for path in plain if "__pycache__" not in path.parts)


def _lay_out(root: Path, staging: Path) -> None:
    for part in TEMPLATE_PATHS:
        source, target = root / part, staging / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            _copy_folder(source, target)
        else:
            shutil.copyfile(source, target)
    workspace = Workspace(staging)
    workspace.stories.mkdir(mode=0o700)
    workspace.models.mkdir(mode=0o700)
    for folder in (workspace.interviews, *filter(Path.is_dir, workspace.interviews.rglob("*"))):
        folder.chmod(0o700)
    _begin_records(workspace)


def _copy_folder(source: Path, target: Path) -> None:
    """Copy a folder’s files without their modes: an installation may be read-only. Raises OSError.

    Not by `copytree`: it goes on after an error and ends in a list, in which a full disk is not
    known for what it is.
    """
    target.mkdir()
    for path in sorted(source.iterdir()):
        if path.name == "__pycache__" or path.name.startswith("."):
            continue
        if path.is_dir():
            _copy_folder(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


def _give_database(workspace: Workspace) -> Workspace:
    if workspace.database.exists():
        raise BadInput(
            f"{workspace.root} is a workspace already; nothing was changed.",
            "Go into it and run: carer-stories status",
        )
    _begin_records(workspace)
    return workspace


def _begin_records(workspace: Workspace) -> None:
    stamp_new(workspace)
    Store(workspace.database).create()
