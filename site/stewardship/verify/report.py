"""The findings of `verify`: sentences about what is as it should be, and what is not."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from library.core.errors import Busy, CarerStoriesError
from library.records.audit_log import LogHead


class Level(enum.StrEnum):
    """The level of a finding. The values are those of `verify --json`, kept for scripts."""

    OK = "good"
    WARNING = "note"
    """Worth knowing, and nothing is wrong."""
    PROBLEM = "bad"


class VerifyFinding(msgspec.Struct, frozen=True):
    """The result of one check."""

    level: Level
    what: str
    next_step: str = ""
    detail: str = ""
    """Hashes and numbers of lines: printed with --verbose alone."""


@dataclass
class VerifyReport:
    """Every finding, in the order of the checks."""

    findings: list[VerifyFinding] = field(default_factory=list)
    head: LogHead | None = None
    """Of the log, where its chain holds."""

    def ok(self, what: str, *, detail: str = "") -> None:
        self.findings.append(VerifyFinding(Level.OK, what, detail=detail))

    def warning(self, what: str, next_step: str = "") -> None:
        self.findings.append(VerifyFinding(Level.WARNING, what, next_step))

    def problem(self, what: str, next_step: str = "", *, detail: str = "") -> None:
        self.findings.append(VerifyFinding(Level.PROBLEM, what, next_step, detail))

    def attempt(self, check: Callable[..., object], *arguments: Any) -> None:
        """Run `check`; a refusal becomes one more problem, so that the next check still runs.

        Raises Busy, which says nothing about the library.
        """
        try:
            check(*arguments)
        except Busy:
            raise
        except CarerStoriesError as error:
            self.problem(error.what, error.next_step)

    @property
    def problems(self) -> list[VerifyFinding]:
        return [finding for finding in self.findings if finding.level is Level.PROBLEM]

    def as_json(self) -> dict[str, Any]:
        """Return the object of `verify --json`: its keys are kept for scripts."""
        head = self.head
        return {
            "well": not self.problems,
            "head": {"sequence": head.sequence, "sha256": head.sha256} if head else None,
            "findings": self.findings,
        }
