"""Errors of the desk, each with a code and facts for its page (docs/reference/desk.md)."""

from __future__ import annotations

from library.core.errors import Busy, NotAllowed
from library.local_page.refusals import CodedRefusal


class StaleBase(CodedRefusal, Busy, code="stale"):
    """The changes are not made to the newest version of the text."""


class ChangedOutside(CodedRefusal, Busy, code="changed-outside"):
    """The file on the disk is no longer what the desk wrote into it."""


class LeaseTaken(CodedRefusal, NotAllowed, code="not-yours"):
    """Another window writes in this story."""


class StoryGone(CodedRefusal, NotAllowed, code="gone", status=410):
    """The story was withdrawn, or is there no longer, since it was opened."""


class NotAnalysedYet(CodedRefusal, Busy, code="not-yet", status=503):
    """The analysis of the newest text is not made yet."""
