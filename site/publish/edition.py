"""The edition: the bundle of released stories, and nothing else.

    interviews/edition/
      edition.json                 the record below
      stories/<id>/film.mp4        only the files the gate answered *released* for
                   audio.m4a  poster.jpg  captions.vtt  chapters.vtt

The site is made from this folder alone; neither the hook nor `render` ever opens the database or a
story's folder, so a page cannot show what the gate refused: it was never there.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from films.page_text import StoryPage
from library.consent import gate
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.core import files, struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.errors import Damaged, NotAllowed, NotFound
from library.core.files import (
    copy_hashed,
    fsync_folder,
    linked,
    numbered,
    sha256_of,
    translate_disk_errors,
)
from library.core.removal import is_gone
from library.core.settings import Settings, load_settings
from library.core.settings import SupportLine as SupportLine
from library.core.system_calls import mode_of_handed_out_folder
from library.core.workspace import EDITION_RECORD, StoryFolder, Workspace
from library.records.cut import Cut, CutState, read_cut
from library.records.ledger import Ledger
from library.records.library_day import day_for_showing, library_day
from library.records.restore_holds import read_restore_holds
from library.records.story import Story
from library.records.withdrawal_notes import read_withdrawal_notes
from publish.reconciliation.known_files import KnownCuts, remember_cuts
from publish.themes import PublishedTheme, published_themes
from publish.training.published import PublishedPlan
from publish.training.resolve import published_plans, story_source

MANIFEST = EDITION_RECORD
_MAX_NAMES = 9
"""Names that are tried for a folder beside another, where nothing can be removed."""


class LibraryWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words about the library itself, from the workspace's settings."""

    title: str
    trust: str
    introduction: str = ""
    contact: str = ""
    """Whom to ask, and how a contributor withdraws."""
    address: str = ""
    """Address of the site, ending in a slash; empty where settings do not say."""
    frames: tuple[str, ...] = ()
    """Sites that may show a story in a frame, from settings; without one no such page is made."""
    support: tuple[SupportLine, ...] = ()
    fictional: bool = False
    """True in the demonstration: every page then says that its stories are invented."""


class ReleasedStory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story the gate answered *released* for, with the terms it is shown on."""

    page: StoryPage
    cut: str
    """Hash of the cut that was signed off and approved."""
    level_of_use: str
    released: date
    review: date
    voice: str = "own"
    picture: str = "shown"
    files: dict[str, str]
    """Name of each file under `stories/<id>/` and its SHA-256: `captions.vtt`, `chapters.vtt`,
    `poster.jpg`, `film.mp4` and smaller ones, `audio.m4a`."""
    sizes: dict[str, int] = {}
    """Bytes of each of them, so that a slow network can be told before it is asked."""


class Preview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mark of an edition made for one contributor to view: staff must never be shown it."""

    cut: str
    """Hash of the cut that is viewed."""

    @property
    def code(self) -> str:
        """The code that sign-off asks for: the first eight digits, in two groups to read aloud."""
        return f"{self.cut[:4]} {self.cut[4:8]}"


class Edition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one audience may see on one day."""

    schema: int = 1
    audience: str
    on: date
    library: LibraryWords
    stories: tuple[ReleasedStory, ...]
    preview: Preview | None = None
    plans: tuple[PublishedPlan, ...] = ()
    """Training sessions, with clips of these stories alone."""
    themes: tuple[PublishedTheme, ...] = ()
    """Texts about the themes of these stories, with moments of these alone."""
    until: date | None = None
    """Of a copy that is carried elsewhere: the first day on which an agreement in it is looked at
    again. A site that stands in the house is made anew by then; a stick is not."""


Standing = Callable[[str], Mapping[str, str]]
"""The SHA-256 of each file, by its name, that a story has in the edition that stands; none of one
whose files there are not as they were when they were hashed."""

Review = Callable[[Workspace, Edition], Edition]
"""Looks through what people wrote in an edition, before it is written; may change or refuse it."""


def _as_it_is(_workspace: Workspace, edition: Edition) -> Edition:
    return edition


def nothing_stands(_story_id: str) -> Mapping[str, str]:
    return {}


def build_edition(
    workspace: Workspace,
    audience: Audience,
    *,
    review: Review = _as_it_is,
    standing: Standing = nothing_stands,
) -> Edition:
    """Write `interviews/edition/` with the stories the gate answers *released* for, today.

    Built into an empty folder and swapped in. Every file is hashed as it is copied, so that what
    is in the edition is byte for byte what was signed off; one that is not raises Damaged and the
    old edition stays. Files of the edition that is `standing` are linked and not copied.
    Stories are ordered newest approval first.
    """
    made = temporary_edition(workspace, audience, review=review, standing=standing)
    with made as (folder, edition):
        swap_folder(
            folder, workspace.edition, check_last=lambda: require_still_released(workspace, edition)
        )
    return edition


@contextmanager
def temporary_edition(
    workspace: Workspace,
    audience: Audience,
    *,
    offline: bool = False,
    only: Collection[str] | None = None,
    review: Review = _as_it_is,
    standing: Standing = nothing_stands,
) -> Iterator[tuple[Path, Edition]]:
    """Make an edition in a folder beside the library’s own; the folder is removed at the end.

    `offline` is for one that leaves the house: it says until when it may be shown. With `only`,
    ids of stories, it holds none but these. The caller holds the press. Raises what `build_edition`
    does.
    """
    # Settings first: a mistake in them is said before minutes of copying.
    settings = load_settings(workspace)
    on = day_for_showing(workspace)
    snapshot = Ledger(workspace).read_current()
    fresh = fresh_folder(workspace.edition)
    # Nothing is known yet: a build hashes every film, whatever an earlier command found.
    cuts = KnownCuts(workspace)
    try:
        stories = [
            _add_story(workspace, history, on, fresh, standing)
            for history in (
                history_of(snapshot, story.id)
                for story in snapshot.all(Story)
                if only is None or story.id in only
            )
            # The gate's answer, once for each story and for one day, also past midnight.
            if _may_show(cuts, history, audience, on)
        ]
        edition = Edition(
            audience=audience.word,
            on=on,
            library=library_words(settings),
            # `sorted` is stable: of one day they stay in the order of the records.
            stories=tuple(sorted(stories, key=lambda story: story.released, reverse=True)),
            plans=_plans(workspace, audience, stories, fresh),
            themes=published_themes(workspace, (story.page for story in stories)),
            # The earliest: on that day one story on it may not be shown any more.
            until=min((story.review for story in stories), default=None) if offline else None,
        )
        edition = review(workspace, edition)
        # Last in the folder: where the record is, all that it lists is.
        struct_file.save(fresh / MANIFEST, edition)
        remember_cuts(workspace, cuts)
        yield fresh, edition
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _plans(
    workspace: Workspace, audience: Audience, stories: list[ReleasedStory], folder: Path
) -> tuple[PublishedPlan, ...]:
    """Return the training plans, resolved against what was just laid into `folder` alone."""
    pages = {story.page.id: story.page for story in stories}

    def find_story(story_id: str) -> tuple[StoryPage, Path] | None:
        page = pages.get(story_id)
        return (page, folder / "stories" / story_id / "captions.vtt") if page else None

    return published_plans(workspace, audience, story_source(find_story))


def read_edition(workspace: Workspace) -> Edition:
    """Return the edition as last written. Raises NotFound without one, Damaged for another file."""
    return read_edition_in(workspace.edition)


def read_edition_in(folder: Path) -> Edition:
    """Return the edition in a folder. Raises as `read_edition` does."""
    return struct_file.load(
        folder / MANIFEST,
        Edition,
        missing=NotFound(
            "There is no edition in this workspace yet.", "Make one: carer-stories site build"
        ),
        next_step="Make it again: carer-stories site build",
    )


def audience_of(edition: Edition) -> Audience:
    """Return the audience of an edition; a word nobody knows counts as the widest."""
    is_known = edition.audience in AUDIENCE_WORDS
    return Audience.from_word(edition.audience) if is_known else Audience.PUBLIC


def require_none_withdrawn(workspace: Workspace, edition: Edition) -> None:
    """Raise NotAllowed when a story of the edition was withdrawn or held since the gate was asked.

    It needs no database: a withdrawal is noted without waiting for a lock.
    """
    audience = audience_of(edition)
    ids = {story.page.id for story in edition.stories}
    for withdrawal in read_withdrawal_notes(workspace):
        if withdrawal.story in ids and withdrawal.covers(audience):
            raise withdrawn_meanwhile(withdrawal.story)
    for hold in read_restore_holds(workspace):
        if hold.story in ids:
            raise _refused_meanwhile(hold.story, hold.reason)


def require_still_released(workspace: Workspace, edition: Edition) -> None:
    """Ask the gate again about every story of the edition. Raises NotAllowed for the first refused.

    Copying films and making pages takes minutes. This is asked last, before what was made is put
    in its place: a withdrawal, an objection, a narrower release or a new film that came meanwhile
    wins over the build. Files are not hashed a third time: their bytes were as signed off when they
    were copied, and one that was changed since is found by the reconciliation after the build.
    """
    require_none_withdrawn(workspace, edition)
    snapshot = Ledger(workspace).read_current()
    audience, on = audience_of(edition), library_day(workspace)
    for story in edition.stories:
        cut = read_cut(workspace.story(story.page.id).cut)
        if cut is None or cut.hash != story.cut:
            raise _refused_meanwhile(story.page.id, "Its film was made again.")
        history = history_of(snapshot, story.page.id)
        decision = gate.decide(history, CutState(story.cut), audience, on)
        if not decision.is_released:
            raise _refused_meanwhile(story.page.id, decision.reasons[0])


def _refused_meanwhile(story_id: str, reason: str) -> NotAllowed:
    return NotAllowed(
        f"{story_id} may not be shown any more: that changed while this was being made. {reason}",
        "Nothing was changed. Make it again without it: carer-stories site build",
    )


def withdrawn_meanwhile(story_id: str) -> NotAllowed:
    """Return the refusal of a build whose story was withdrawn while it ran."""
    return NotAllowed(
        f"{story_id} was withdrawn while this was being made; nothing was changed.",
        "Make it again without it: carer-stories site build",
    )


def taken_down_meanwhile() -> NotAllowed:
    """Return the refusal of a build while which another command removed the whole site."""
    return NotAllowed(
        "Another command took the whole site down while this was being made.",
        "Make it again: carer-stories site build",
    )


def library_words(settings: Settings) -> LibraryWords:
    """Return the words about the library in the workspace's settings."""
    return LibraryWords(
        title=settings.title,
        trust=settings.trust,
        introduction=settings.introduction,
        contact=settings.contact,
        address=settings.address,
        frames=settings.embed,
        support=settings.support,
        fictional=settings.fictional,
    )


def _may_show(cuts: KnownCuts, history: History, audience: Audience, on: date) -> bool:
    """Return the gate's answer; hash the cut's files only where records alone do not settle it."""
    # Hashing films takes minutes, and nearly every refusal needs none of it.
    if not history.approvals or any(
        withdrawal.covers(audience) for withdrawal in history.withdrawals
    ):
        return False
    cut = cuts.state(history.story.id)
    return gate.decide(history, cut, audience, on).is_released


def _add_story(
    workspace: Workspace, history: History, on: date, edition_folder: Path, standing: Standing
) -> ReleasedStory:
    folder = workspace.story(history.story.id)
    cut = read_cut(folder.cut)
    release = history.releases[-1]
    # The film may have been made again since the gate was asked.
    if cut is None or cut.hash != release.cut:
        raise _changed_underfoot(history.story.id)
    story_id = folder.root.name
    files_there = StandingFiles(workspace.edition / "stories" / story_id, standing(story_id))
    page, files = copy_story(folder, cut, edition_folder, files_there)
    return ReleasedStory(
        page=page,
        cut=cut.hash,
        level_of_use=max(gate.audiences_released(history, CutState(cut.hash), on)).level_of_use,
        # Never later than the day of the edition itself.
        released=min(history.approvals[-1].on, on),
        review=release.review,
        voice=release.voice,
        picture=release.picture,
        files=files,
        sizes=sizes_of(edition_folder / "stories" / history.story.id, files),
    )


@dataclass(frozen=True)
class StandingFiles:
    """A story's files in the edition that stands, with their SHA-256 by name."""

    folder: Path
    hashes: Mapping[str, str]

    def link(self, name: str, sha: str, to: Path) -> bool:
        """Give the file a name in the new edition; False where it is another, or there is no link.

        Of the edition and never of the story's folder, where programs write into files.
        """
        if self.hashes.get(name) != sha or not linked(self.folder / name, to):
            return False
        # Films and sound by sizes and times, as in the site: a thousand take minutes to read.
        if name.endswith((".mp4", ".m4a")) or sha256_of(to) == sha:
            return True
        files.system.unlink(to)
        return False


def copy_story(
    folder: StoryFolder, cut: Cut, edition_folder: Path, standing: StandingFiles | None = None
) -> tuple[StoryPage, dict[str, str]]:
    """Copy a cut’s files to `stories/<id>/` below `edition_folder`, hashing every byte as it goes.

    Those that are `standing` are linked. Whoever shows or keeps that folder flushes it as a whole.

    Returns the page, which is kept in the edition’s record and not as a file, and the SHA-256 of
    each file. Raises Damaged where one is not as the cut lists it, or the page cannot be read.
    """
    target = edition_folder / "stories" / folder.root.name
    with translate_disk_errors(target):
        target.mkdir(parents=True)
    for name, sha in cut.artefacts.items():
        with translate_disk_errors(target / name):
            if standing and standing.link(name, sha, target / name):
                continue
        # Hashed as it is copied: what was hashed before could be another file by now.
        if copy_hashed(folder.root / name, target / name, is_flushed_with_folder=True) != sha:
            raise _changed_underfoot(folder.root.name)
    # From the copy that was hashed, not from the story's folder.
    page = _take_page(folder.root.name, target / folder.page.name)
    return page, {name: sha for name, sha in cut.artefacts.items() if name != folder.page.name}


def sizes_of(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """Return the bytes of each named file in a folder."""
    with translate_disk_errors(folder, "read"):
        return {name: (folder / name).stat().st_size for name in sorted(names)}


def _take_page(story_id: str, copied: Path) -> StoryPage:
    """Return the page's words and remove their copy: they go into the edition's own file.

    Raises Damaged.
    """
    again = f"Make the film again: carer-stories film {story_id}"
    page = struct_file.load(copied, StoryPage, next_step=again)
    # Words lie in `edition.json` alone; a second copy could differ from it.
    files.delete_file(copied)
    return page


def _changed_underfoot(story_id: str) -> Damaged:
    return Damaged(
        f"The cut of {story_id} changed while it was being copied.",
        "Wait until nobody is working on it, then run it again. What stood before is untouched.",
    )


def fresh_folder(folder: Path) -> Path:
    """Make an empty folder beside another, to be filled and swapped with it."""
    fresh = _free_beside(folder, "new")
    with translate_disk_errors(fresh):
        # For nobody else: nothing in it was checked yet.
        fresh.mkdir(mode=mode_of_handed_out_folder(), parents=True)
    return fresh


def _free_beside(folder: Path, ending: str) -> Path:
    """Return a name beside a folder, and remove what a killed build left under it.

    What another account owns, or a program holds, cannot be removed: it is named by every command
    until it is (`build_leftovers`), and stops no build, which takes the next name.
    """
    names = numbered(f"{folder.name}.{ending}")
    for path in (folder.with_name(next(names)) for _ in range(_MAX_NAMES)):
        shutil.rmtree(path, ignore_errors=True)
        if is_gone(path):
            break
    return path


def swap_folder(
    fresh: Path, standing_folder: Path, *, check_last: Callable[[], object] = lambda: None
) -> None:
    """Put a finished folder in the place of another, in one step where the system can.

    All of it reaches the disk first: a name that is sure before what it leads to is, after a power
    cut, a folder with holes. That takes a while, so `check_last` is called then and may yet refuse.

    A reader finds the old folder or the new one. Where the system cannot exchange two names, there
    is no folder in its place between two renames: nothing for an instant, never a mixture. The old
    one is removed only after the new one stands.
    """
    with translate_disk_errors(fresh):
        files.system.flush(fresh)
    # As late as can be: only the change of names is still to come.
    check_last()
    old = _free_beside(standing_folder, "old")
    with translate_disk_errors(standing_folder):
        # Two renames, with nothing in its place for an instant.
        if not _exchanged(fresh, standing_folder):
            if standing_folder.exists():
                files.system.replace(standing_folder, old)
            files.system.replace(fresh, standing_folder)
        # A change of names is sure only when the folder that holds them is flushed.
        fsync_folder(standing_folder.parent)
    shutil.rmtree(fresh, ignore_errors=True)  # after an exchange the old one
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(fresh: Path, standing_folder: Path) -> bool:
    # An exchange needs two folders, and through a link it would move the link.
    if not standing_folder.is_dir() or standing_folder.is_symlink():
        return False
    try:
        files.system.exchange(fresh, standing_folder)
    except OSError as error:
        # No such call on this system or disk: two renames then.
        if error.errno == errno.ENOTSUP:
            return False
        raise
    return True
