"""Cuts whose files were hashed already: hashing films again at every command would take minutes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import msgspec

from library.core.errors import CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import CutState, inspect_cut, read_cut
from publish.reconciliation.stamp import fingerprint_of_files, read_stamp, write_stamp


class KnownCuts:
    """The state of cuts, each looked at once; hashed only where its files moved since `known`."""

    def __init__(self, workspace: Workspace, known: Mapping[str, str] | None = None) -> None:
        self._workspace, self._known = workspace, known or {}
        self._states: dict[str, CutState | None] = {}
        self.unchanged: dict[str, str] = {}
        """Story → fingerprint of its cut’s files, of those found as the cut lists them."""

    def state(self, story_id: str) -> CutState | None:
        """Return the state of a story's cut, as `inspect_cut` does."""
        if story_id not in self._states:
            folder = self._workspace.story(story_id)
            # Before the hashing: what changes during it is seen by the next comparison.
            current = _fingerprint(folder)
            is_known = bool(current) and self._known.get(story_id) == current
            state = inspect_cut(folder, hashing=not is_known)
            if state and state.hash and not state.changed_files:
                self.unchanged[story_id] = current
            self._states[story_id] = state
        return self._states[story_id]


def remember_cuts(workspace: Workspace, cuts: KnownCuts) -> None:
    """Keep in the stamp which cuts were just found unchanged, for the next reconciliation."""
    stamp = read_stamp(workspace)
    # A stamp that cannot be written only means that films are hashed once more.
    with contextlib.suppress(CarerStoriesError):
        kept = {**stamp.cuts, **cuts.unchanged}
        write_stamp(workspace, msgspec.structs.replace(stamp, cuts=kept))


def _fingerprint(folder: StoryFolder) -> str:
    """Return the fingerprint of a cut's manifest and files; empty where it cannot be read."""
    try:
        cut = read_cut(folder.cut)
    except CarerStoriesError:
        return ""
    if cut is None:
        return ""
    return fingerprint_of_files(
        [folder.cut, *(folder.root / name for name in sorted(cut.artefacts))]
    )
