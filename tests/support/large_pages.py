"""Memory of this process in pages of two megabytes, so that a fork of it has less to copy.

A fork copies the table of pages, and a process that has collected all tests has seventy thousand
small ones: forking it costs twice as long as with large ones. On other systems than Linux, and on
kernels before 6.1, nothing changes.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path

_PAGE = 2 << 20
_MAPS = Path("/proc/self/maps")
_MADV_COLLAPSE = 25


def use_large_pages() -> None:
    """Let the kernel gather what was written so far, where two megabytes lie together."""
    if sys.platform != "linux" or not _MAPS.exists():
        return
    advise = ctypes.CDLL(None).madvise
    for start in _whole_pages():
        # A refusal leaves the small pages that there are.
        advise(ctypes.c_void_p(start), ctypes.c_size_t(_PAGE), _MADV_COLLAPSE)


def _whole_pages() -> Iterator[int]:
    """Addresses of two aligned megabytes that are this process's alone, and of no file."""
    for line in _MAPS.read_text(encoding="ascii", errors="replace").splitlines():
        span, permissions, _, _, inode, *name = line.split()
        if permissions == "rw-p" and inode == "0" and name != ["[stack]"]:
            start, end = (int(address, 16) for address in span.split("-"))
            yield from range(-(-start // _PAGE) * _PAGE, end - _PAGE + 1, _PAGE)
