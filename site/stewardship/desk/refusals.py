"""Errors of the desk, each with a code and facts for its page (docs/desk.md)."""

from __future__ import annotations

from typing import Any

from library.core.errors import Busy, CarerStoriesError, NotAllowed


class DeskRefusal(CarerStoriesError):
    """An error that the desk's page tells from others by its code."""

    code = "refused"
    status = 409

    def __init_subclass__(cls, *, code: str, status: int = 409) -> None:
        super().__init_subclass__()
        cls.code, cls.status = code, status

    def __init__(self, what: str, next_step: str = "", **facts: Any) -> None:
        super().__init__(what, next_step)
        self.facts = facts


class StaleBase(DeskRefusal, Busy, code="stale"):
    """The changes are not made to the newest version of the text."""


class ChangedOutside(DeskRefusal, Busy, code="changed-outside"):
    """The file on the disk is no longer what the desk wrote into it."""


class LeaseTaken(DeskRefusal, NotAllowed, code="not-yours"):
    """Another window writes in this story."""


class StoryGone(DeskRefusal, NotAllowed, code="gone", status=410):
    """The story was withdrawn, or is there no longer, since it was opened."""
