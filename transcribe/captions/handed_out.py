"""A story's captions handed to others: asked of the gate, and entered in the register of copies."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from library.consent.copies import checked_recipient, delivery_entered, titles_of
from library.consent.story_status import StoryStatus, story_statuses
from library.core.audience import Audience
from library.core.errors import BadInput, NotAllowed
from library.core.files import write_atomic
from library.core.removal import remove
from library.core.workspace import Workspace
from library.records.copies import Copy
from transcribe.redaction.hidden_words import listed_names_in
from transcribe.redaction.normalise import folded


def hand_out_captions(
    workspace: Workspace,
    story_id: str,
    text: Callable[[], str],
    path: Path,
    *,
    to: str,
    audience: Audience,
    role: str,
) -> Copy:
    """Write what `text` gives to `path` for whoever answers for it, and enter the copy.

    Raises NotAllowed where the story may not be shown to `audience` or hides their name, BadInput
    for nobody who answers or a file that is there already, DiskFailed; then no file of it is there
    and no copy out.
    """
    to = checked_recipient(to)
    status = _released(workspace, story_id, audience)
    if listed_names_in(workspace.story(story_id), to):
        raise NotAllowed(
            "Whoever they are for is named with a name that the story hides.",
            "Name an organisation, a team or a role instead.",
        )
    titles = (_folded_words(title) for title in titles_of(workspace, (story_id,)))
    named = f" {_folded_words(f'{to} {path.stem}')} "
    if any(" " in title and f" {title} " in named for title in titles):
        raise NotAllowed(
            "The file, or whoever it is for, is named with the title of the story: that would stay "
            "in the register and in receipts, even once the story is erased.",
            "Name an organisation, a team or a role, and another file.",
        )
    cut, path = status.progress.cut, path.absolute()
    if os.path.lexists(path):
        raise BadInput(f"There is {path} already.", "Name another file: no copy is written over.")
    with delivery_entered(
        workspace,
        form="",
        to=to,
        stories={story_id: cut.hash if cut else ""},
        audience=audience.word,
        until=status.history.releases[-1].review,
        location=str(path),
        role=role,
        lies_there=lambda _copy: os.path.lexists(path),
    ) as copy:
        write_atomic(path, text().encode())
        try:
            # A withdrawal that came meanwhile wins, and so does another film.
            now = _released(workspace, story_id, audience)
            if now.progress.cut != cut:
                raise NotAllowed(
                    f"{story_id} has another film since this began.", "Run the same command again."
                )
        except NotAllowed:
            remove(path)
            raise
    return copy


def _folded_words(text: str) -> str:
    return " ".join(map(folded, re.findall(r"[^\W_]+", text)))


def reasons_shown_to_nobody(workspace: Workspace, story_id: str) -> tuple[str, ...]:
    """Return why a story may be shown to nobody at all; nothing where somebody may see it."""
    (status,) = story_statuses(workspace, story_id)
    return () if status.audiences else status.decision.reasons


def _released(workspace: Workspace, story_id: str, audience: Audience) -> StoryStatus:
    (status,) = story_statuses(workspace, story_id, audience.word)
    if not status.decision.is_released:
        raise NotAllowed(
            " ".join(
                (f"{story_id} may not be shown to “{audience.word}”.", *status.decision.reasons)
            ),
            f"See what is missing: carer-stories status {story_id}",
        )
    return status
