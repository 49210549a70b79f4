"""Parts of this installation that are missing, and the one command that puts them there."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement

from library.core.errors import ToolMissing
from library.core.sanitise import shell_quoted
from library.core.typed_command import is_download
from library.core.version import DISTRIBUTIONS, installed_distributions


def distribution() -> str:
    """Return the name under which this is installed; the first one's where it is under none."""
    return (*installed_distributions(), *DISTRIBUTIONS)[0]


@cache
def missing_requirements() -> tuple[str, ...]:
    """Return what the program needs and is not here, or is too old: for instance `av>=14`."""
    if not installed_distributions():
        return ()  # run from its source, by somebody who knows what is there
    lines = importlib.metadata.requires(distribution()) or []
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


def command_to_mend(requirements: tuple[str, ...], *, again: bool = False) -> str:
    """Return the one thing to do so that `requirements` are there, however this was installed.

    With `again` they are installed although they seem to be there.
    """
    if is_download():
        return "Unpack the download again, in the place of this folder. Your libraries stay."
    if _is_of_pipx():
        # It remembers where that came from.
        return _with_its_source(f"pipx reinstall {distribution()}")
    if _is_of_uv():
        return _with_its_source(f"uv tool install --reinstall {_source()}")
    wanted = " ".join(f'"{requirement}"' for requirement in requirements)
    return f"{_python()} -m pip install {'--force-reinstall ' if again else ''}{wanted}"


def how_to_add(package: str) -> str:
    """Return the sentence on how to add a package that the program can do without."""
    if is_download():
        return (
            f"{package} cannot be added to the download: install {DISTRIBUTIONS[0]} with Python "
            "instead (docs/it/install.md)."
        )
    if _is_of_pipx():
        return f"To add {package}: pipx inject {distribution()} {package}"
    if _is_of_uv():
        return f"To add {package}: uv pip install --python {_python()} {package}"
    return f"To add {package}: {_python()} -m pip install {package}"


def _source() -> str:
    """Return what was installed: a file, where it was one, for its name may be another’s elsewhere.

    PEP 610: pip and uv write down whatever did not come from an index.
    """
    file = _source_file()
    return shell_quoted(file) if file else _source_address() or distribution()


def _with_its_source(command: str) -> str:
    """Return `command`, which installs the same file again; where that is gone, what to do first.

    Whoever installed it from a stick or the downloads seldom has it there still.
    """
    file = _source_file()
    if file is None or file.exists():
        return command
    return (
        f"{file.name} is no longer in {file.parent}, from which this was installed: put it there "
        f"again, then: {command}"
    )


def _source_file() -> Path | None:
    """Return the file or folder that was installed; None where it came from elsewhere."""
    address = _source_address()
    if not address.startswith("file:"):
        return None
    # On Windows a slash stands before the drive.
    return Path(re.sub(r"^/(?=[A-Za-z]:)", "", unquote(urlsplit(address).path)))


def _source_address() -> str:
    """Return the address of what was installed; empty where it came from an index."""
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(_written_source() or "{}").get("url", ""))
    return ""


def _written_source() -> str | None:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.distribution(distribution()).read_text("direct_url.json")
    return None


def command_to_part() -> str:
    """Return the command that takes out both distributions, where both lie in one environment."""
    both = " ".join(DISTRIBUTIONS)
    if _is_of_uv():
        return f"uv pip uninstall --python {_python()} {both}"
    return f"{_python()} -m pip uninstall {both}"


# What the two leave in the environments that they make, in which there may be no pip.
def _is_of_pipx() -> bool:
    return Path(sys.prefix, "pipx_metadata.json").is_file()


def _is_of_uv() -> bool:
    return Path(sys.prefix, "uv-receipt.toml").is_file()


def _python() -> str:
    return shell_quoted(Path(sys.executable))


def lacks(requirements: tuple[str, ...]) -> ToolMissing:
    """Return the refusal that names what is missing."""
    return ToolMissing(
        f"This installation lacks {', '.join(requirements)}.", command_to_mend(requirements)
    )
