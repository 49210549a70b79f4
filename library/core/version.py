"""The version of the installed program, set in `pyproject.toml` and nowhere else."""

from __future__ import annotations

import functools

UNKNOWN = "unknown"
DISTRIBUTIONS = ("carer-stories", "carer-stories-light")
"""The names under which this code is installed: with openai-whisper, and without."""


@functools.cache
def installed_distributions() -> tuple[str, ...]:
    """Return which of `DISTRIBUTIONS` are here: one, unless somebody installed both, or none."""
    # Here, for it takes 10 ms to import (it brings `email` and `zipfile`), and every command that
    # opens a workspace imports this module, while few ask.
    from importlib.metadata import PackageNotFoundError, version

    names = []
    for name in DISTRIBUTIONS:
        try:
            version(name)
        except PackageNotFoundError:
            continue
        names.append(name)
    return tuple(names)


@functools.cache  # it reads the package's metadata
def program_version() -> str:
    """Return for instance "0.2.0", or `UNKNOWN` where the package is not installed."""
    from importlib.metadata import version

    names = installed_distributions()
    return version(names[0]) if names else UNKNOWN
