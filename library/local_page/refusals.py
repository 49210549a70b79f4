"""Refusals that a page tells from others by a code, with facts beside the sentence."""

from __future__ import annotations

from typing import Any

from library.core.errors import CarerStoriesError


class CodedRefusal(CarerStoriesError):
    """An error with a code for the page's script, and the HTTP status of its answer."""

    code = "refused"
    status = 409

    def __init_subclass__(cls, *, code: str, status: int = 409) -> None:
        super().__init_subclass__()
        cls.code, cls.status = code, status

    def __init__(self, what: str, next_step: str = "", **facts: Any) -> None:
        super().__init__(what, next_step)
        self.facts = facts
