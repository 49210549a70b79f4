"""Random histories with the site as a third party: after every step it shows what the gate allows.

The steps are those of `test_edition_histories.py`, copies that are handed out and come back, and a
library that is backed up, lost and restored from elsewhere.
After each, what is out is reconciled as the command line does; then every file of edition and
site, and every copy to be chased, is held against the naive library. Pages come from the real
renderer and go through the real leak check; MkDocs joins in a few histories, for it takes seconds.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_histories

from library.workspace_template import template_root
from publish import build
from tests.stewardship.test_edition_histories import (
    NARRATORS,
    EditionHistories,
    audiences,
    calendar,
    go_the_whole_way,
    quick_disk,
    stories,
)
from tests.support.random_histories import Calendar, histories
from tests.support.twin_backups import TwinBackups
from tests.support.twin_site import print_quickly

__all__ = ["calendar", "quick_disk"]


class SiteHistories(EditionHistories):
    """Steps that Hypothesis may choose from, with a site; everything is done by `TwinBackups`."""

    twins: TwinBackups

    def __init__(self) -> None:
        super().__init__()
        self.twins.back_up()

    @rule(audience=audiences)
    def site_is_built(self, audience: str) -> None:
        self.twins.build_site(audience)

    @rule(n=stories, audience=audiences)
    def stick_is_handed_out(self, n: int, audience: str) -> None:
        self.twins.hand_out(n, audience)

    @rule(which=st.integers(0, 2))
    def stick_comes_back(self, which: int) -> None:
        self.twins.take_back_stick(which)

    @rule()
    def library_is_backed_up(self) -> None:
        self.twins.back_up()

    @rule()
    def library_is_restored_from_elsewhere(self) -> None:
        self.twins.restore_from_elsewhere()

    @invariant()
    def what_is_out_is_what_the_gate_allows(self) -> None:
        self.twins.reconcile_and_look()

    def teardown(self) -> None:
        """Every history ends with a site of records that agree."""
        self.twins.mend()
        self.twins.reconcile_and_look()
        self.twins.build_site("training")
        self.twins.reconcile_and_look()


class RealSiteHistories(SiteHistories):
    """Histories whose last site is built by MkDocs, with every check."""

    def teardown(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(build, "make_pages", MAKE_PAGES)
            super().teardown()


MAKE_PAGES = build.make_pages


@pytest.fixture
def two_stories(
    quick_disk: Path,
    calendar: Calendar,
    monkeypatch: pytest.MonkeyPatch,
) -> TwinBackups:
    """A library told twice, with two stories that are shown on a site, and a stick."""
    monkeypatch.setattr(build, "make_pages", print_quickly)
    twins = TwinBackups(quick_disk / "begun", calendar)
    for n, audience in enumerate(("partners", "trust")):
        twins.begin(NARRATORS[n])
        go_the_whole_way(twins, n, "A", audience)
    twins.build_site("trust")
    twins.hand_out(0, "partners")
    return twins


def test_what_is_out_is_what_the_gate_allows_through_every_history(
    quick_disk: Path,
    two_stories: TwinBackups,
) -> None:
    SiteHistories.two_stories = two_stories
    SiteHistories.folder = quick_disk / "library"
    run_histories(SiteHistories, settings=histories(30, steps=25))


def test_histories_end_in_a_site_that_mkdocs_builds(
    quick_disk: Path,
    two_stories: TwinBackups,
) -> None:
    for part in ("mkdocs.yml", "site"):
        source, target = template_root() / part, two_stories.workspace.root / part
        if source.is_dir():
            for folder in ("content", "overrides", "assets"):
                shutil.copytree(source / folder, target / folder)
            shutil.copyfile(source / "hook.py", target / "hook.py")
        else:
            shutil.copyfile(source, target)
    RealSiteHistories.two_stories = two_stories
    RealSiteHistories.folder = quick_disk / "library"
    run_histories(RealSiteHistories, settings=histories(3, steps=15))
