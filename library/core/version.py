"""The version of the installed program, set in `pyproject.toml` and nowhere else."""

from __future__ import annotations

import functools

UNKNOWN = "unknown"


@functools.cache  # it reads the package's metadata
def program_version() -> str:
    """Return for instance "0.2.0", or `UNKNOWN` where the package is not installed."""
    # Here, for it takes 10 ms to import (it brings `email` and `zipfile`), and every command that
    # opens a workspace imports this module, while few ask.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("carer-stories")
    except PackageNotFoundError:
        return UNKNOWN
