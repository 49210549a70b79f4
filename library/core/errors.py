"""Every way the product refuses, as a sentence and a next step.

A refusal is an exception whose class carries the process's exit code; the command line turns it
into one sentence, one next step and that code, in one place (`carer_stories.main`). Code that
raises says *what is wrong and where* in `what`, and *what to do now* in `next_step`.
"""

from __future__ import annotations

_LONGEST = 1_000
"""Characters: what quotes a line of ten megabytes is read by nobody."""


class CarerStoriesError(Exception):
    """A refusal a person can act on. `exit_code` is documented in `docs/errors.md`."""

    exit_code = 1

    def __init__(self, what: str, next_step: str = "") -> None:
        self.what = _readable(what)
        self.next_step = _readable(next_step)
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}" if self.next_step else self.what


def _readable(text: str) -> str:
    """Its beginning and its end, where it is longer than anybody reads."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


class BadInput(CarerStoriesError):
    """Something handed to us is not what it should be: a file, a field, a value."""

    exit_code = 2


class NotFound(CarerStoriesError):
    """A story, a file, a question set or a workspace that was named is not there."""

    exit_code = 3


class NotAllowed(CarerStoriesError):
    """The records do not permit it: no agreement, no sign-off, withdrawn."""

    exit_code = 4


class Damaged(CarerStoriesError):
    """Something of ours is not as we wrote it: the database, the log, an original."""

    exit_code = 5


class Busy(CarerStoriesError):
    """Another process holds the lock and did not let go in time."""

    exit_code = 6


class NoRoom(CarerStoriesError):
    """The disk is full, or would be."""

    exit_code = 7


class ToolMissing(CarerStoriesError):
    """A Whisper model, ffmpeg or another part the work needs is not on this machine."""

    exit_code = 8


class ToolFailed(CarerStoriesError):
    """An external program ran and failed, or ran too long."""

    exit_code = 9


class DiskFailed(CarerStoriesError):
    """The disk refused a read or a write for a reason other than room."""

    exit_code = 10
