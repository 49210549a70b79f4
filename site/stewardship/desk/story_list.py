"""The list of the desk's first page: every story, its state, and its one next step."""

from __future__ import annotations

import re
from typing import Any

from library.consent.gate import State
from library.consent.story_status import StoryStatus, story_statuses
from library.core.typed_command import as_typed
from library.core.workspace import Workspace

_COMMAND = re.compile(r"carer-stories [^(),\n]+")


def list_stories(workspace: Workspace) -> list[dict[str, Any]]:
    """Return each story as the first page shows it, the newest first.

    Films are not hashed: that takes as long as reading them, and whatever shows one asks the gate.
    """
    return [_story_json(status) for status in reversed(story_statuses(workspace, hashing=False))]


def _story_json(status: StoryStatus) -> dict[str, Any]:
    story = status.history.story
    is_withdrawn = status.state is State.WITHDRAWN
    return {
        "id": story.id,
        "title": story.title,
        "contributor": "" if is_withdrawn else story.contributor,
        "state": str(status.state),
        "next_step": as_typed(status.next_step),
        "command": as_typed(first_command(status.next_step)),
        "can_edit": status.progress.transcribed
        and not is_withdrawn
        and bool(status.history.agreements),
    }


def first_command(next_step: str) -> str:
    """Return the first command that a next step names, or ""."""
    command = _COMMAND.search(next_step)
    return command[0].strip().removesuffix(".") if command else ""
