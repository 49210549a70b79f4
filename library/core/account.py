"""The account that a library belongs to, taken on where an administrator runs the program.

What is made here is for one account alone. A file that `sudo` made would be the administrator's: a
withdrawal by whoever keeps the library could then neither read the records nor take its page down.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def acting_as_owner(folder: Path) -> Iterator[None]:
    """Act as the account that owns `folder` for the block, where this one is the administrator.

    Not where the owner could not write there either, as on some shares, nor where this program lies
    in a place that the owner may not read.
    """
    owner = _other_owner(folder)
    if owner is None:
        yield
        return
    groups, group = os.getgroups(), os.getgid()
    try:
        # An administrator of a container may not be allowed to become anybody.
        with contextlib.suppress(PermissionError):
            _become(*owner)
        if os.geteuid() and not _can_work(folder):
            _return_to(groups, group)
        yield
    finally:
        with contextlib.suppress(PermissionError):
            _return_to(groups, group)


def _other_owner(folder: Path) -> tuple[int, int] | None:
    """Return account and group of the owner, where we are the administrator and they are not."""
    # Windows and macOS have none or not all of these calls.
    if not hasattr(os, "setresuid") or os.geteuid() != 0:
        return None
    with contextlib.suppress(OSError):
        status = folder.stat()
        return (status.st_uid, status.st_gid) if status.st_uid else None
    return None


def _become(account: int, group: int) -> None:
    import pwd

    groups = [group]
    with contextlib.suppress(KeyError):
        groups = os.getgrouplist(pwd.getpwuid(account).pw_name, group)
    os.setgroups(groups)
    os.setresgid(group, group, 0)
    # The saved one stays the administrator's, so that the block can end.
    os.setresuid(account, account, 0)


def _return_to(groups: list[int], group: int) -> None:
    os.setresuid(0, 0, 0)
    os.setresgid(group, group, 0)
    os.setgroups(groups)


def _can_work(folder: Path) -> bool:
    places = (Path(__file__), Path(sys.prefix), Path(os.__file__))
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK) and all(
        os.access(path, os.R_OK) for path in places
    )
