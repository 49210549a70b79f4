"""Copies handed out: what left the house, who answers for it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

import msgspec

from library.core.audience import AudienceWord

Medium = Literal["stick", "download", "server", "paper", "preview", "other"]
MEDIA: tuple[str, ...] = get_args(Medium)
CopyOutcome = Literal["returned", "destroyed", "replaced", "lost"]
COPY_OUTCOMES: tuple[str, ...] = get_args(CopyOutcome)


class Copy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A copy of one or many stories, outside the library's own site."""

    id: str
    recorded: str
    """When this record was written: UTC, ISO 8601 with seconds."""
    stories: tuple[str, ...]
    medium: Medium
    audience: AudienceWord
    to: str
    """Recipient who answers for it: an organisation, team or role, and how to reach them."""
    on: date


class CopySettled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The outcome of a copy. A lost one stays on the list of what cannot be recalled."""

    id: str
    recorded: str
    copy: str
    outcome: CopyOutcome
    on: date
    role: str


def open_copies(
    copies: Iterable[Copy], settled: Iterable[CopySettled], story: str | None = None
) -> tuple[Copy, ...]:
    """Copies that are still out there, of one story or of all."""
    done = {outcome.copy for outcome in settled if outcome.outcome != "lost"}
    return tuple(
        copy for copy in copies if copy.id not in done and (story is None or story in copy.stories)
    )
