"""Parts of this installation that are missing, and the one command that puts them there."""

from __future__ import annotations

import importlib.metadata
import sys
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

from library.core.errors import ToolMissing
from library.core.sanitise import shell_quoted

_DISTRIBUTION = "carer-stories"


@cache
def missing_requirements() -> tuple[str, ...]:
    """Return what the program needs and is not here, or is too old: for instance `av>=14`."""
    try:
        lines = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return ()  # run from its source, by somebody who knows what is there
    missing = []
    for line in lines:
        required = Requirement(line)
        if required.marker and not required.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(required.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(f"{required.name}{required.specifier}")
            continue
        if not required.specifier.contains(version, prereleases=True):
            missing.append(f"{required.name}{required.specifier}")
    return tuple(missing)


def is_download() -> bool:
    """Return whether this is the folder that needs nothing installed, with a Python of its own."""
    return bool(getattr(sys, "frozen", False))


def command_to_mend(requirements: tuple[str, ...]) -> str:
    """Return the one thing to do so that `requirements` are there, however this was installed."""
    if is_download():
        return "Unpack the download again, in the place of this folder. Your libraries stay."
    # What the two leave in the environments that they make, in which there may be no pip.
    if Path(sys.prefix, "pipx_metadata.json").is_file():
        return f"pipx reinstall {_DISTRIBUTION}"
    if Path(sys.prefix, "uv-receipt.toml").is_file():
        return f"uv tool install --reinstall {_DISTRIBUTION}"
    wanted = " ".join(f'"{requirement}"' for requirement in requirements)
    return f"{shell_quoted(Path(sys.executable))} -m pip install {wanted}"


def lacks(requirements: tuple[str, ...]) -> ToolMissing:
    """Return the refusal that names what is missing."""
    return ToolMissing(
        f"This installation lacks {', '.join(requirements)}.", command_to_mend(requirements)
    )
