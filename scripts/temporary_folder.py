"""Print the folder in which a whole run of the tests is quickest.

A run writes and deletes gigabytes in small files. In memory that is quicker than on a disk, if
there is enough of it; else it is the system's own folder for what is temporary.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only asked whether it is there
WRITTEN_BYTES = 8 * 2**30
"""Room for a run: 4 GB were left by one, and as much again for what is deleted on the way."""
PROCESS_BYTES = 6 * 2**30
"""Memory for the processes beside it: three with PyTorch, browsers and ffmpeg."""


def main() -> int:
    print(IN_MEMORY if _has_room(IN_MEMORY) else tempfile.gettempdir())
    return 0


def _has_room(folder: Path) -> bool:
    # Whoever has chosen a folder knows why.
    if os.environ.get("TMPDIR") or not os.access(folder, os.W_OK):
        return False
    return (
        shutil.disk_usage(folder).free >= WRITTEN_BYTES
        and _available_bytes() >= WRITTEN_BYTES + PROCESS_BYTES
    )


def _available_bytes() -> int:
    """Return the memory that programs can still have; 0 where Linux does not say."""
    try:
        found = re.search(r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    sys.exit(main())
