"""The private database: real names and contacts, safeguarding, who signs."""

from __future__ import annotations

from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors
from library.core.workspace import Workspace
from library.records.record_types import PRIVATE_TABLES
from library.records.store import Snapshot, Store


def private_store(workspace: Workspace) -> Store:
    """Return the private database, made when it is first needed."""
    path = workspace.contributors
    store = Store(path, kinds=PRIVATE_TABLES)
    if not path.parent.is_dir():
        with translate_disk_errors(path.parent):
            make_folder(path.parent)
    # One that is missing beside its generations is damaged, and is not begun anew.
    if not path.exists() and not store.generations():
        store.create()
    return store


def read_private(workspace: Workspace) -> Snapshot | None:
    """Return the private records, or None where none were ever kept. Raises Damaged, DiskFailed."""
    store = Store(workspace.contributors, kinds=PRIVATE_TABLES)
    was_kept = store.path.parent.is_dir() and bool(store.generations())
    if not workspace.contributors.exists() and not was_kept:
        return None
    return store.read()


def tidied(text: str, what: str, longest: int, *, required: bool = True) -> str:
    """Return `text` without outer spaces. Raises BadInput where it is empty or too long."""
    text = text.strip()
    if required and not text:
        raise BadInput(f"{what} is missing.", "Say it in a few words.")
    if len(text) > longest:
        raise BadInput(f"{what} is longer than {longest:,} characters.", "Shorten it.")
    return text
