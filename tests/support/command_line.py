"""The command line as tests run it: the repository's root, and how a command ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class CommandResult:
    """The end of a command: its exit code, and what it printed."""

    code: int
    out: str
    err: str
