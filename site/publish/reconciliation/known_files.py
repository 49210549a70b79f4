"""Hash the files of cuts and of the site only where they changed, and remember which did not.

Hashing films again at every command would take minutes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from library.core.errors import CarerStoriesError, DiskFailed, NotFound
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import CutState, inspect_cut, read_cut
from publish.reconciliation.stamp import change_token_of, pages_token, read_stamp, write_stamp


class KnownCuts:
    """State of each cut, hashed once at most, and only if its files changed since `known`."""

    def __init__(self, workspace: Workspace, known: Mapping[str, str] | None = None) -> None:
        self._workspace, self._known = workspace, known or {}
        self._states: dict[str, CutState | None] = {}
        self.unchanged: dict[str, str] = {}
        """Story id → change token of its cut’s files, where each is as the cut lists it."""

    def state(self, story_id: str) -> CutState | None:
        """Return the state of a story's cut, as `inspect_cut` does."""
        if story_id not in self._states:
            folder = self._workspace.story(story_id)
            # Before the hashing: a change during it is seen by the next comparison.
            token = _cut_token(folder)
            is_known = bool(token) and self._known.get(story_id) == token
            state = inspect_cut(folder, hashing=not is_known)
            if state and state.hash and not state.changed_files:
                self.unchanged[story_id] = token
            self._states[story_id] = state
        return self._states[story_id]


class KnownPublishedFiles:
    """The files of stories in edition and site, hashed only if they changed since `known`."""

    def __init__(self, workspace: Workspace, known: Mapping[str, str]) -> None:
        self._workspace, self._known = workspace, known
        self.unchanged: dict[str, str] = {}
        """Story id → change token of its published files, where each is as it was released."""

    def altered(self, story_id: str, files: Mapping[str, str]) -> tuple[str, ...]:
        """Return the paths, below the workspace, of files that are not as they were released.

        `files` are the SHA-256 of the released files by name. A missing file shows nothing, so that
        it is left to `site check`.
        """
        token = published_token(self._workspace, story_id)
        if self._known.get(story_id) == token:
            self.unchanged[story_id] = token
            return ()
        altered_paths = tuple(
            path.relative_to(self._workspace.root).as_posix()
            for path, sha256 in _published_files(self._workspace, story_id, files)
            if not _is_as_released(path, sha256)
        )
        if not altered_paths:
            self.unchanged[story_id] = token
        return altered_paths


def published_token(workspace: Workspace, story_id: str) -> str:
    """Return the change token of a story's files in edition and site."""
    folders = (f"{root}/stories/{story_id}" for root in (workspace.edition, workspace.public))
    return change_token_of((), folders=folders, is_hidden_ignored=False)


def remember_cuts(workspace: Workspace, cuts: KnownCuts) -> None:
    """Note in the stamp which cuts were just found unchanged, for the next reconciliation."""
    stamp = read_stamp(workspace)
    # A stamp that cannot be written only means that films are hashed once more.
    with contextlib.suppress(CarerStoriesError):
        known = {**stamp.cuts, **cuts.unchanged}
        write_stamp(workspace, msgspec.structs.replace(stamp, cuts=known))


def remember_published(workspace: Workspace, story_ids: Iterable[str]) -> None:
    """Note in the stamp that a build just compared every byte of the site and of these stories."""
    stamp = read_stamp(workspace)
    known = {story_id: published_token(workspace, story_id) for story_id in story_ids}
    with contextlib.suppress(CarerStoriesError):
        write_stamp(
            workspace,
            msgspec.structs.replace(stamp, published=known, pages=pages_token(workspace)),
        )


def _published_files(
    workspace: Workspace, story_id: str, files: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    for folder in (workspace.edition, workspace.public):
        for name, sha256 in sorted(files.items()):
            path = folder / "stories" / story_id / name
            if path.is_symlink() or path.exists():
                yield path, sha256


def _is_as_released(path: Path, sha256: str) -> bool:
    # A link could show something else a moment later.
    if path.is_symlink():
        return False
    with contextlib.suppress(NotFound, DiskFailed):
        return sha256_of(path) == sha256
    return False


def _cut_token(folder: StoryFolder) -> str:
    """Return the change token of a cut's manifest and files; empty where it cannot be read."""
    try:
        cut = read_cut(folder.cut)
    except CarerStoriesError:
        return ""
    if cut is None:
        return ""
    root = str(folder.root)
    return change_token_of([folder.cut, *(f"{root}/{name}" for name in sorted(cut.artefacts))])
