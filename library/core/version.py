"""The version of the installed program, set in `pyproject.toml` and nowhere else."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

UNKNOWN = "unknown"


def program_version() -> str:
    """Return for instance "0.2.0", or `UNKNOWN` where the package is not installed."""
    try:
        return version("carer-stories")
    except PackageNotFoundError:
        return UNKNOWN
