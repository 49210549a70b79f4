"""Calls that Windows and macOS answer otherwise than Linux, made to mean the same on all three.

- Rename and delete: Windows refuses them for a read-only file, and for one that any other program
  has open, such as a virus scanner that looks at each new file. The mark is taken off, and it is
  tried again for a while.
- fsync(2): macOS hands the bytes to the disk, which may yet lose them. Its manual names
  `F_FULLFSYNC` for those who need more.
- Errors: Windows has numbers of its own, of which Python turns many into EINVAL.

docs/it/systems.md says what else was looked at.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

if sys.platform != "win32":
    import fcntl

IS_WINDOWS = os.name == "nt"
PATIENCE_S = 2.0
"""Seconds for which a change of names is tried again while another program has the file open."""
_PAUSE_S = 0.02
_HELD_OPEN = {5, 32, 33}
"""ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION."""
_DISK_FAILED = {
    *(19, 21, 23, 27, 29, 30, 31),  # write-protected, not ready, CRC, sector, write, read, failure
    *(53, 55, 59, 64, 67, 121, 1231),  # a share that is gone, or a network
    *(433, 483, 1006, 1117, 1167),  # a stick that was pulled out, a dying disk
}
"""Error numbers of Windows (winerror.h) of a disk that is dying or gone."""
_FULL_FLUSH: int | None = getattr(fcntl, "F_FULLFSYNC", None) if sys.platform != "win32" else None


def change_name(change: Callable[[], object], path: Path) -> None:
    """Rename or delete by `change`, as Linux would, where Windows refuses it at first.

    `path` is the file that goes: the one deleted, or the one that is replaced. A read-only file
    goes as well; one that another program has open is waited for. Raises OSError.
    """
    mode = None
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            change()
        except PermissionError as error:
            if not is_held_open(error):
                raise
            if mode is None and (mode := _mode_if_read_only(path)) is not None:
                path.chmod(mode | stat.S_IWRITE)
                continue
            if time.monotonic() >= give_up_at:
                if mode is not None:
                    with contextlib.suppress(OSError):
                        path.chmod(mode)
                raise
        else:
            return
        time.sleep(_PAUSE_S)


def is_held_open(error: OSError) -> bool:
    """Return True where Windows refused a file that another program may have open."""
    return _number_of_windows(error) in _HELD_OPEN


def is_failed_disk(error: OSError) -> bool:
    """Return True for an error by which Windows says that a disk is dying or gone."""
    return _number_of_windows(error) in _DISK_FAILED


def flush_file(handle: int) -> None:
    """Return when what was written is on the disk, and not in a cache of it. Raises OSError."""
    if sys.platform != "win32" and _FULL_FLUSH is not None:
        # Some shares and sticks do not know it.
        with contextlib.suppress(OSError):
            fcntl.fcntl(handle, _FULL_FLUSH)
            return
    os.fsync(handle)


def mode_of_handed_out_folder() -> int:
    """Return the permissions of a folder that is to be opened to others once it is checked.

    Its owner's alone; on Windows those of the folder it lies in. Python turns 0o700 there into an
    access list for one account of this computer, and no later chmod takes it off.
    """
    return 0o777 if IS_WINDOWS else 0o700


def _mode_if_read_only(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and not mode & stat.S_IWRITE:
            return stat.S_IMODE(mode)
    return None


def _number_of_windows(error: OSError) -> int | None:
    return getattr(error, "winerror", None)
