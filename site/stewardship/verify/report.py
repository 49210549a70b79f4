"""What verify found: sentences about what is as it should be, and what is not."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from library.core.errors import Busy, CarerStoriesError
from library.records.audit_log import Head


class Level(enum.StrEnum):
    GOOD = "good"
    NOTE = "note"
    """Worth knowing, and nothing is wrong."""
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    level: Level
    what: str
    next_step: str = ""


@dataclass
class Verified:
    """Every finding, in the order things were looked at."""

    findings: list[Finding] = field(default_factory=list)
    head: Head | None = None
    """Of the log, where its chain holds."""

    def good(self, what: str) -> None:
        self.findings.append(Finding(Level.GOOD, what))

    def note(self, what: str, next_step: str = "") -> None:
        self.findings.append(Finding(Level.NOTE, what, next_step))

    def bad(self, what: str, next_step: str = "") -> None:
        self.findings.append(Finding(Level.BAD, what, next_step))

    def tried(self, look: Callable[..., object], *about: Any) -> bool:
        """Whether a look came to its end; a refusal is one more finding. Raises Busy."""
        try:
            look(*about)
        except Busy:
            raise
        except CarerStoriesError as error:
            self.bad(error.what, error.next_step)
            return False
        return True

    @property
    def amiss(self) -> list[Finding]:
        return [one for one in self.findings if one.level is Level.BAD]

    def as_json(self) -> dict[str, Any]:
        """The object of `verify --json`: its keys are kept for scripts."""
        head = self.head
        return {
            "well": not self.amiss,
            "head": {"sequence": head.sequence, "sha256": head.sha256} if head else None,
            "findings": self.findings,
        }
