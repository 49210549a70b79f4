"""Every way the product refuses, as a sentence and a next step.

A refusal is an exception whose class carries the process's exit code; the command line turns it
into one sentence, one next step and that code, in one place (`carer_stories.main`). Code that
raises says *what is wrong and where* in `what`, and *what to do now* in `next_step`.
"""

from __future__ import annotations

_MAX_CHARACTERS = 1_000
"""Characters: what quotes a line of ten megabytes is read by nobody."""


class CarerStoriesError(Exception):
    """A refusal a person can act on. `exit_code` is documented in `docs/reference/errors.md`."""

    exit_code = 1

    def __init_subclass__(cls, *, exit_code: int = 0) -> None:
        if exit_code:
            cls.exit_code = exit_code

    def __init__(self, what: str, next_step: str = "") -> None:
        self.what = _readable(what)
        self.next_step = _readable(next_step)
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}" if self.next_step else self.what


def _readable(text: str) -> str:
    """Its beginning and its end, where it is longer than anybody reads."""
    half = _MAX_CHARACTERS // 2
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:half]} … {text[-half:]}"


class BadInput(CarerStoriesError, exit_code=2):
    """Something handed to us is not what it should be: a file, a field, a value."""


class NotFound(CarerStoriesError, exit_code=3):
    """A story, a file, a question set or a workspace that was named is not there."""


class NotAllowed(CarerStoriesError, exit_code=4):
    """The records do not permit it: no agreement, no sign-off, withdrawn."""


class Damaged(CarerStoriesError, exit_code=5):
    """Something of ours is not as we wrote it: the database, the log, an original."""


class Busy(CarerStoriesError, exit_code=6):
    """Another process holds the lock and did not let go in time."""


class NoRoom(CarerStoriesError, exit_code=7):
    """The disk is full, or would be."""


class ToolMissing(CarerStoriesError, exit_code=8):
    """A Whisper model, ffmpeg or another part the work needs is not on this machine."""


class ToolFailed(CarerStoriesError, exit_code=9):
    """An external program ran and failed, or ran too long."""


class DiskFailed(CarerStoriesError, exit_code=10):
    """The disk refused a read or a write for a reason other than room."""


class Stopped(CarerStoriesError, exit_code=130):
    """The person left before the end, as with Ctrl+C, and something was done before."""
