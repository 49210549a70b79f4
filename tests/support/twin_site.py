"""A library told twice, with its site and the copies that were handed out as a third party.

After every step what is out is reconciled, as the command line does, and what then lies on the disk
is compared with what the naive library allows that day.
"""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from library.consent.copies import record_copy, settle_copy
from library.core.audience import Audience
from library.core.workspace import STORY_ID, Workspace
from publish import build as printing
from publish.build_job import build_library
from publish.bundle import Bundle, captions_script, captions_script_path, released_files
from publish.edition import audience_of, read_edition
from publish.forbidden import Forbidden
from publish.leaks.scan import check_leaks
from publish.reconciliation.compare import compare_with_gate
from publish.reconciliation.reconcile import reconcile
from publish.reconciliation.stamp import is_settled
from publish.render.pages import render
from publish.search.documents import site_documents
from publish.search.shards import search_files
from tests.support.random_histories import Calendar
from tests.support.reference_library import HELD
from tests.support.twin_library import NAMES
from tests.support.twin_mishaps import TwinMishaps


@dataclass
class HandedOut:
    """A stick that somebody has, with one story on it."""

    id: str
    story: int
    audience: str
    settled: bool = False


class TwinSite(TwinMishaps):
    """Steps of a history in which a site stands and copies are out."""

    def __init__(self, folder: Path, calendar: Calendar) -> None:
        self.handed_out: list[HandedOut] = []
        self.handed_out_by: dict[int, list[HandedOut]] = {}
        """Copies and pages that were out, by the records of each generation."""
        self.readable_generations: list[int] = []
        """Generations beside the records when they were last restored."""
        super().__init__(folder, calendar)

    def copied_to(self, folder: Path) -> Self:
        copied = super().copied_to(folder)
        copied.handed_out = copy.deepcopy(self.handed_out)
        copied.handed_out_by = copy.deepcopy(self.handed_out_by)
        return copied

    def build_site(self, audience: str) -> None:
        """Nobody may build where records or log cannot be relied on."""
        was_built = self.tried(
            f"the site for {audience} is built",
            lambda: build_library(self.workspace, Audience.from_word(audience)),
        )
        ought = self.may_show_anew
        assert was_built == ought, self.history("Whether to build was wrong.")
        if was_built:
            self._keep_logged()
            allowed = self._allowed(audience)
            visible = self._visible()
            assert visible == allowed, self.history(
                f"It shows {visible}, and should show {allowed}."
            )

    def hand_out(self, n: int, audience: str) -> None:
        new_ids: list[str] = []
        self.attempt(
            f"a stick with {self.naive[n].name}’s story goes to somebody, for {audience}",
            not self.broken and self.naive[n].written is not None,
            lambda: new_ids.append(
                record_copy(
                    self.workspace,
                    [self.ids[n]],
                    medium="stick",
                    audience=audience,
                    to="Ward 3",
                    on=self.calendar.today,
                    role="editor",
                ).id
            ),
            lambda: self.handed_out.append(HandedOut(new_ids[0], n, audience)),
        )

    def take_back_stick(self, which: int) -> None:
        if not self.handed_out:
            return
        stick = self.handed_out[which % len(self.handed_out)]
        self.attempt(
            f"the stick with {self.naive[stick.story].name}’s story comes back",
            not self.broken and not stick.settled,
            lambda: settle_copy(
                self.workspace,
                stick.id,
                outcome="returned",
                on=self.calendar.today,
                role="editor",
            ),
            lambda: setattr(stick, "settled", True),
        )

    def _keep_logged(self) -> None:
        """A build and a take-down are lines of the log, and so generations of the records."""
        if not self.broken:
            self.keep()

    def keep(self) -> None:
        super().keep()
        for number in range(max(self.handed_out_by, default=0) + 1, max(self.generations) + 1):
            self.handed_out_by[number] = copy.deepcopy(self.handed_out)

    def restore(self, which: int) -> None:
        self.readable_generations = sorted(self._generations())
        super().restore(which)

    def _write_again(self, number: int) -> None:
        """Leave out what is out, and in the register as far as anything still tells of it."""
        if self.broken == "database":
            handed_out = [
                self.handed_out_by[generation] for generation in self.readable_generations
            ]
            ids = {stick.id for sticks in handed_out for stick in sticks}
            settled = {stick.id for sticks in handed_out for stick in sticks if stick.settled}
            self.handed_out = [stick for stick in self.handed_out if stick.id in ids]
            for stick in self.handed_out:
                stick.settled = stick.id in settled
        super()._write_again(number)

    def reconcile_and_look(self) -> None:
        """Reconcile as the command line does after every command; then look at what is out."""
        today = self.day
        rebuilt = False
        if not is_settled(self.workspace, today):
            outcome = reconcile(self.workspace, on=today)
            assert not outcome.still_out, self.history(f"Still out: {outcome.still_out}")
            # Of a broken log the site is made of what it showed before.
            is_from_records = not outcome.comparison.problem and self.broken != "log"
            rebuilt = outcome.site_rebuilt and is_from_records
            self._keep_logged()
        visible = self._visible()
        if visible:
            self._look_at(visible, rebuilt=rebuilt)
        self._look_at_copies()

    def _look_at(self, visible: set[str], *, rebuilt: bool) -> None:
        audience = audience_of(read_edition(self.workspace)).word
        if self.broken == "database":
            # Only the notes can be asked.
            taken_back = {
                story_id
                for story_id, naive in zip(self.ids, self.naive, strict=True)
                if naive.is_taken_back_from(audience)
            }
            assert not visible & taken_back, self.history(f"{visible & taken_back} is out.")
            return
        allowed = self._allowed(audience)
        assert visible <= allowed, self.history(f"{visible - allowed} is out, and may not be.")
        if rebuilt:
            assert visible == allowed, self.history(f"{allowed - visible} was lost.")
        self._compare_files(visible)
        hidden = [story_id.encode() for story_id in self.ids if story_id not in allowed]
        for path in self.workspace.public.rglob("*"):
            data = path.read_bytes() if path.is_file() else b""
            assert not any(name in data for name in hidden), self.history(f"{path} names one.")

    def _compare_files(self, visible: set[str]) -> None:
        """Check that each file that is out is byte for byte the one that was signed off."""
        for story_id in visible:
            records = self.written(self.ids.index(story_id))
            for folder in (self.workspace.edition, self.workspace.public):
                # An edition may be newer than the site: whoever built it was killed then.
                if not (folder / "stories" / story_id).is_dir():
                    continue
                for name in set(NAMES) - {"page.json"}:
                    path = folder / "stories" / story_id / name
                    assert path.read_bytes() == records.viewed[-1].film[name], self.history(
                        str(path)
                    )

    def _look_at_copies(self) -> None:
        if self.broken == "database":
            return
        comparison = compare_with_gate(self.workspace, self.day)
        chased = {refused.copy.id for refused in comparison.copies}
        expected = {
            stick.id
            for stick in self.handed_out
            if not stick.settled
            # Of one that is held, nobody knows yet whether it was taken back.
            and set(self.naive[stick.story].why_not(stick.audience, self.day)) - {HELD}
        }
        assert chased == expected, self.history(f"Chased are {chased}, and should be {expected}.")

    def _allowed(self, audience: str) -> set[str]:
        return {
            story_id
            for story_id, naive in zip(self.ids, self.naive, strict=True)
            if not naive.why_not(audience, self.day)
        }

    def _visible(self) -> set[str]:
        folders = (self.workspace.edition / "stories", self.workspace.public / "stories")
        names = {
            path.name.removesuffix(".html")
            for folder in folders
            if folder.is_dir()
            for path in folder.iterdir()
        }
        return {name for name in names if STORY_ID.match(name)}


def print_quickly(workspace: Workspace, bundle: Bundle, folder: Path, hidden: Forbidden) -> None:
    """In place of MkDocs: the renderer’s pages and the released files, and the real leak check."""
    pages = render(bundle.edition)
    texts = {path: document.body for path, document in pages.items()}
    texts |= search_files(site_documents(bundle.edition, pages))
    for released in released_files(bundle):
        target = folder / released.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(released.source, target)
        if script := captions_script_path(released.path):
            texts[script] = captions_script(released.source)
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    released_hashes = printing._check_files(bundle, folder, printing._made_files(folder))
    check_leaks(folder, printing.leak_rules(workspace, bundle, hidden), released_hashes)
