"""Withdrawals that hold whatever else is broken: one small file each, beside the database.

A withdrawal is noted here before anything else is tried. The gate counts a note like a record, so
a damaged database, a log that does not fit or a library that is busy cannot keep a story shown.
A note that cannot be read still says whose it is by its name: it then takes back everything.
"""

from __future__ import annotations

import contextlib
import re
from datetime import date
from pathlib import Path

import msgspec

from library.consent import Withdrawal
from library.files import refused_plainly, write_atomic
from library.workspace import Workspace

_NAME = re.compile(r"^(cs-[a-z0-9-]{1,37})\.(all|trust|partners|public)\.json$")


def note_withdrawal(workspace: Workspace, withdrawal: Withdrawal) -> None:
    """Write the note, whole and flushed. Raises NoRoom or DiskFailed."""
    with refused_plainly(workspace.withdrawn):
        workspace.withdrawn.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = workspace.withdrawn / f"{withdrawal.story}.{withdrawal.scope}.json"
    write_atomic(path, msgspec.json.encode(withdrawal))


def read_notes(workspace: Workspace) -> tuple[Withdrawal, ...]:
    """Every withdrawal that was noted, by story. Raises DiskFailed when they cannot be listed."""
    with refused_plainly(workspace.withdrawn, "read"):
        if not workspace.withdrawn.is_dir():
            return ()
        paths = sorted(workspace.withdrawn.iterdir())
    return tuple(_read(path, found[1]) for path in paths if (found := _NAME.match(path.name)))


def _read(path: Path, story: str) -> Withdrawal:
    with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
        noted = msgspec.json.decode(path.read_bytes(), type=Withdrawal)
        if noted.story == story and path.name == f"{story}.{noted.scope}.json":
            return noted
    return Withdrawal(
        id=f"wi-{story}"[:40],
        story=story,
        recorded="1970-01-01T00:00:00Z",
        on=date(1970, 1, 1),
        asked_by="contributor",
    )
