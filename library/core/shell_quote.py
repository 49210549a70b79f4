"""Paths as they are typed: a command that is told must work when it is pasted."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path


def shell_quoted(path: Path | str) -> str:
    """In quotes where this system's command line wants them: sticks are called “USB STICK”."""
    if os.name == "nt":
        return subprocess.list2cmdline([str(path)])
    return shlex.quote(str(path))
