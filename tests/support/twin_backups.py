"""A library told twice that is backed up, lost, and restored from elsewhere."""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from library.backup.notes import note_taken_back
from library.backup.opening import create_repository, open_repository
from library.backup.restoring import find_run
from library.backup.restoring import restore as restore_run
from library.backup.saving import save
from library.core.workspace import Workspace
from tests.support.random_histories import Calendar
from tests.support.reference_library import NaiveStory, Written
from tests.support.small_library import without_progress
from tests.support.twin_site import HandedOut, TwinSite


@dataclass
class BackedUp:
    """The naive library as it was when the newest run was made."""

    naive: list[NaiveStory]
    generations: dict[int, list[Written | None]]
    handed_out: list[HandedOut]
    handed_out_by: dict[int, list[HandedOut]]


class TwinBackups(TwinSite):
    """Steps of a history in which a backup lies on another disk that can be reached."""

    def __init__(self, folder: Path, calendar: Calendar) -> None:
        self.backed_up: BackedUp | None = None
        super().__init__(folder, calendar)

    def copied_to(self, folder: Path) -> Self:
        copied = super().copied_to(folder)
        shutil.rmtree(copied.disk, ignore_errors=True)
        copied.backed_up = None
        return copied

    @property
    def disk(self) -> Path:
        """The other disk."""
        return self.workspace.root.with_name(f"{self.workspace.root.name}-backup")

    def back_up(self) -> None:
        if self.broken:
            return
        is_begun = self.disk.is_dir()
        self.steps.append("the library is backed up")
        vault = open_repository(self.disk, None) if is_begun else create_repository(self.disk, None)
        with vault.locked():
            report = save(self.workspace, vault, without_progress)
        # Where a line of the log was lost it looks as if somebody had put an older one back.
        for story_id in report.held:
            self.naive[self.ids.index(story_id)].is_held = True
        self.backed_up = BackedUp(
            *copy.deepcopy((self.naive, self.generations, self.handed_out, self.handed_out_by))
        )

    def restore_from_elsewhere(self) -> None:
        """The library is lost; what the run brings is held, and what was taken back stays so."""
        if self.backed_up is None:
            return
        self.mend()
        self.steps.append("the library is lost, and restored from the backup")
        vault, folder = open_repository(self.disk, None), self.workspace.root
        restored = folder.with_name(f"{folder.name}-restored")
        run = find_run(vault, None)
        restore_run(vault, run, restored, without_progress, current=None, role="editor")
        shutil.rmtree(folder)
        restored.rename(folder)
        self.workspace = Workspace(folder)
        before = copy.deepcopy(self.backed_up)
        for n, naive in enumerate(self.naive):
            known = before.naive[n] if n < len(before.naive) else NaiveStory(naive.name, None)
            naive.written, naive.made, naive.files = known.written, known.made, known.files
            naive.is_held = naive.written is not None
        self.generations = before.generations
        self.handed_out, self.handed_out_by = before.handed_out, before.handed_out_by
        self.keep()

    def reconcile_and_look(self) -> None:
        """Note what was taken back in the backup first, as `withdraw` does."""
        if self.backed_up is not None:
            assert not note_taken_back(self.workspace), self.history("The backup got no note.")
        super().reconcile_and_look()
