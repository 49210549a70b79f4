"""Memory that arrays give back stays with the worker for as long as a file of tests lasts."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

import pytest

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -2, -3, -4
_KEPT = {_MMAP_MAX: 0, _TRIM_THRESHOLD: 1 << 30, _TOP_PAD: 16 << 20}
_GIVEN_BACK = {_MMAP_MAX: 65_536, _MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 64 << 20, _TOP_PAD: 0}
"""As glibc sets them by itself in a process that has used a large array once."""


@pytest.fixture(scope="module")
def kept_memory() -> Iterator[None]:
    """Memory that stays: a quarter of the time of long sounds in NumPy, the system cleared pages.

    Each step gives them back and asks for them again. Not for all of a run: a fork of a large
    worker takes longer.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "malloc_trim"):  # another library than glibc
        yield
        return
    for option, value in _KEPT.items():
        libc.mallopt(option, value)
    yield
    for option, value in _GIVEN_BACK.items():
        libc.mallopt(option, value)
    libc.malloc_trim(0)
