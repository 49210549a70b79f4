"""Decisions that narrow who may see a story, where the records or their log cannot take them.

An objection must not wait until somebody has found out what is wrong with the log. The story is
held, by a small file that needs neither, until the decision is recorded and an editor lets it go.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from library.core.clock import now
from library.core.errors import Damaged
from library.core.workspace import Workspace
from library.records.restore_holds import RestoreHold, write_restore_hold


@contextmanager
def held_unless_recorded(
    workspace: Workspace, story_id: str, action: str, *, narrows: bool = True
) -> Iterator[None]:
    """Hold the story where the block, which records `action`, meets damaged records or a damaged
    log. Raises Damaged then, and says that it is held; other refusals are its own.
    """
    try:
        yield
    except Damaged as error:
        # Without a folder it is no story of this library, whatever the records said.
        if not narrows or not workspace.story(story_id).root.is_dir():
            raise
        at = now()
        write_restore_hold(
            workspace,
            RestoreHold(
                story=story_id, held=at, since=at, cause="unrecorded", lost=(f"{at[:10]} {action}",)
            ),
        )
        raise Damaged(
            f"{error.what} So it is not recorded yet. But {story_id} is held from now on, and "
            "shown to nobody. Once that is mended, record it again, and let the story go: "
            "carer-stories held release",
            error.next_step,
        ) from error
