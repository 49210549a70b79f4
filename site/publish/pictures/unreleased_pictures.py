"""Search pictures for those of every story that may not be shown.

Looked for is all that was filmed of a story that is not released; of one that is released with its
picture blurred or left out, the recording too. What a released film shows is its own: a picture
that is nearer to one is that film’s, for two stories may be told on the same chair. Where neither
is nearer it counts as not released: a refusal can be answered, a face that was shown cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from library.core.workspace import STORY_ID, StoryFolder, Workspace
from publish.edition import ReleasedStory
from publish.pictures.fingerprint import ALIKE, KnownFrames, Small
from publish.pictures.story_frames import (
    UnreadableFilm,
    frames_of_film,
    frames_of_recording,
)

_AS_NEAR = 0.01
"""Likeness by which the same recording, brought in twice and saved otherwise, differs."""
_SHOWN = "shown"


class UnreleasedPictures:
    """The pictures of all stories but the released ones."""

    def __init__(self, workspace: Workspace, released: Iterable[ReleasedStory]) -> None:
        self._workspace = workspace
        self._released = {story.page.id: story for story in released}
        self.unreadable: list[str] = []
        """Stories whose pictures are not known, for their films cannot be looked at."""

    @cached_property
    def _hidden(self) -> tuple[str, ...]:
        """The stories of which something that was filmed may not be shown."""
        return tuple(
            story_id
            for story_id in _ids_of_stories(self._workspace)
            if story_id not in self._released or self._released[story_id].picture != _SHOWN
        )

    @property
    def are_none(self) -> bool:
        """True where there is no such story: then nothing needs to be decoded."""
        return not self._hidden

    @property
    def is_empty(self) -> bool:
        """True where nothing of such a story can be seen."""
        return self._forbidden.is_empty

    def stories_in(self, pictures: Small) -> tuple[str, ...]:
        """Return the stories that may not be shown and are to be seen in these pictures."""
        # Each by itself: a clip of a released film may go on with one that is not.
        each = (self._stories_in_one(pictures[at : at + 1]) for at in range(len(pictures)))
        return tuple(sorted(set().union(*each)))

    def _stories_in_one(self, picture: Small) -> set[str]:
        near = self._forbidden.likenesses(picture)
        alike = {story: likeness for story, likeness in near.items() if likeness >= ALIKE}
        if not alike:
            return set()
        shown = self._allowed.likenesses(picture)
        return {story for story, likeness in alike.items() if not _is_shown(story, likeness, shown)}

    @cached_property
    def _forbidden(self) -> KnownFrames:
        return KnownFrames(self._frames(self._hidden, frames_of_recording))

    @cached_property
    def _allowed(self) -> KnownFrames:
        # Only where a picture looks like one that is not released, which hardly ever is.
        return KnownFrames(self._frames(self._released, frames_of_film))

    def _frames(
        self, story_ids: Iterable[str], frames_of: Callable[[StoryFolder], Small]
    ) -> dict[str, Small]:
        frames: dict[str, Small] = {}
        for story_id in story_ids:
            try:
                frames[story_id] = frames_of(self._workspace.story(story_id))
            except UnreadableFilm:
                self.unreadable.append(story_id)
        return frames


def _is_shown(story: str, likeness: float, shown: dict[str, float]) -> bool:
    """Return True where a released film is nearer to a picture than what may not be shown."""
    return any(
        # Of one story the film and the recording differ by what was blurred alone.
        near > likeness if released == story else near >= likeness - _AS_NEAR
        for released, near in shown.items()
    )


def _ids_of_stories(workspace: Workspace) -> list[str]:
    folders = workspace.stories.glob("cs-*")
    return sorted(path.name for path in folders if path.is_dir() and STORY_ID.match(path.name))
