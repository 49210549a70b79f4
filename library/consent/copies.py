"""Copies handed out: entered when they leave, settled when they are back or gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec

from library.consent.gate import History, decide, decide_archive
from library.consent.gate_input import history_of
from library.core import struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.clock import now, today
from library.core.errors import BadInput, CarerStoriesError, NotAllowed, NotFound
from library.core.sanitise import printable
from library.core.settings import load_settings
from library.core.workspace import Workspace
from library.records.consent import Release, Withdrawal
from library.records.copies import (
    COPY_OUTCOMES,
    MEDIA,
    Copy,
    CopyForm,
    CopySettled,
    course_path,
    open_copies,
    session_path,
)
from library.records.cut import CutState, inspect_cut, read_cut
from library.records.ledger import Ledger
from library.records.snapshot import Snapshot
from library.records.story import Story, new_id

MAX_RECIPIENT_CHARACTERS = 200
_ALONE = re.compile(rb"(?mi)^alone[ \t]*:[ \t]*[\"']?(?:true|yes|on)\b")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f]"
)
"""Characters without a shape (Unicode’s Default_Ignorable_Code_Point, and the blank of Braille).

Joiners and variants are let through behind what is not ASCII: Persian, Indian scripts and pictures
are written with them.
"""


def checked_recipient(to: str) -> str:
    """Return whoever answers for a copy, as one line. Raises BadInput for nobody, or no line."""
    line = to.strip()
    on_one_line = f"Write it on one line of up to {MAX_RECIPIENT_CHARACTERS} letters."
    if not any(character.isalnum() for character in printable(line)):
        raise BadInput(
            "Nobody is named who answers for the copy.",
            'Name an organisation, a team or a role: "Ward 3, ward manager"',
        )
    if len(line) > MAX_RECIPIENT_CHARACTERS:
        raise BadInput(
            f"The name of whoever answers for the copy has {len(line):,} characters.",
            on_one_line,
        )
    if printable(line) != line or "\n" in line or "\t" in line or _UNSEEN.search(line):
        raise BadInput(
            f"The name of whoever answers for the copy cannot be shown as it is: {_shown(line)}.",
            on_one_line,
        )
    return line


def _shown(line: str) -> str:
    """Return a line with each character that cannot be shown as “�”."""
    shown = _UNSEEN.sub("�", line)
    return "“" + "".join(each if each.isprintable() else "�" for each in shown) + "”"


def record_copy(
    workspace: Workspace,
    stories: Sequence[str],
    *,
    medium: str,
    audience: str,
    to: str,
    on: date,
    role: str,
    location: str = "",
    form: CopyForm = "",
    cuts: Mapping[str, str] | None = None,
    until: date | None = None,
    plan: str = "",
    replaces: str = "",
    titles: Mapping[str, str] | None = None,
) -> Copy:
    """Enter a copy of one or many stories. Raises BadInput, NotFound.

    One that is found after a withdrawal is entered all the same: what is out there must be known.
    """
    if not stories:
        raise BadInput("Which stories does the copy hold?", "Name one or more.")
    to = checked_recipient(to)
    if medium not in MEDIA:
        raise BadInput(f"“{medium}” is no kind of copy.", f"Use one of: {', '.join(MEDIA)}.")
    if on > today():
        raise BadInput(f"The copy is dated {on}, which is still to come.", "Check the date.")
    for story_id in stories:
        workspace.story(story_id)
    # The log has room for one id; a copy of many stories is of the library as a whole.
    about = stories[0] if len(stories) == 1 else ""
    with Ledger(workspace).update("copy", about, role, became=medium) as changes:
        copy = Copy(
            id=new_id("cp"),
            recorded=now(),
            stories=tuple(dict.fromkeys(stories)),
            medium=medium,  # type: ignore[arg-type]
            audience=audience,  # type: ignore[arg-type]
            to=to,
            on=on,
            place=location,
            form=form,
            cuts=dict(cuts or {}),
            until=until,
            plan=plan,
            replaces=replaces,
            titles=dict(titles or {}),
        )
        changes.add(copy)
    return copy


def titles_of(workspace: Workspace, stories: Collection[str]) -> frozenset[str]:
    """Return the titles that stories have by the records, which nobody is to be named by.

    None where the records cannot be read: it is said where they are used.
    """
    with suppress(CarerStoriesError):
        named = Ledger(workspace).read().all(Story)
        return frozenset(story.title for story in named if story.id in stories and story.title)
    return frozenset()


@contextmanager
def delivery_entered(
    workspace: Workspace,
    *,
    form: CopyForm,
    to: str,
    stories: Mapping[str, str],
    audience: str,
    until: date | None,
    location: str,
    role: str,
    lies_there: Callable[[Copy], bool],
    plan: str = "",
    replaces: str = "",
    titles: Mapping[str, str] | None = None,
) -> Iterator[Copy]:
    """Enter a delivery for another system, to finish it and lay it in its place in the block.

    `stories` gives each story on it with the hash of the cut that it holds: “” where it holds
    nothing of a cut, since it fetches all from the trust’s server; `titles` those that stand on it.
    `until` is the earliest review of these stories. Where the block fails and `lies_there` says
    that nothing lies in its place, the copy is settled again. Raises BadInput, NotFound.
    """
    copy = record_copy(
        workspace,
        list(stories),
        medium="download",
        audience=audience,
        to=to,
        on=today(),
        role=role,
        location=location,
        form=form,
        cuts={story_id: cut for story_id, cut in stories.items() if cut},
        until=until,
        plan=plan,
        replaces=replaces,
        titles=titles,
    )
    try:
        yield copy
    # Ctrl-C too: no copy may stay entered that does not exist, and none unentered that does.
    except BaseException:
        if not lies_there(copy):
            with suppress(CarerStoriesError):
                settle_copy(workspace, copy.id, outcome="destroyed", on=today(), role=role)
        raise


def require_open_copy(snapshot: Snapshot, copy_id: str) -> Copy:
    """Return a copy that is still out. Raises NotFound, or NotAllowed if it is settled."""
    copy = snapshot.find(Copy, copy_id)
    if copy is None:
        raise NotFound(f"There is no copy “{copy_id}”.", "See: carer-stories copies list")
    if copy not in open_copies(snapshot.all(Copy), snapshot.all(CopySettled)):
        raise NotAllowed(f"{copy_id} is settled already.", "See: carer-stories copies list")
    return copy


def settle_copy(
    workspace: Workspace, copy_id: str, *, outcome: str, on: date, role: str
) -> CopySettled:
    """Say what became of a copy. Raises NotFound, BadInput, NotAllowed if it is settled."""
    if outcome not in COPY_OUTCOMES:
        raise BadInput(f"“{outcome}” is no outcome.", f"Use one of: {', '.join(COPY_OUTCOMES)}.")
    if on > today():
        raise BadInput(f"It is dated {on}, which is still to come.", "Check the date.")
    with Ledger(workspace).update("copy-settled", copy_id, role, became=outcome) as changes:
        require_open_copy(changes, copy_id)
        settled = CopySettled(
            id=new_id("ce"),
            recorded=now(),
            copy=copy_id,
            outcome=outcome,  # type: ignore[arg-type]
            on=on,
            role=role,
        )
        changes.add(settled)
    return settled


def copies_of(workspace: Workspace, story_id: str | None = None) -> tuple[Copy, ...]:
    """Copies still out there, of one story or of all, oldest first."""
    snapshot = Ledger(workspace).read()
    return open_copies(snapshot.all(Copy), snapshot.all(CopySettled), story_id)


@dataclass(frozen=True)
class OutdatedCopy:
    """A delivery with another film than the library has now, or that says a day agreed no more."""

    copy: Copy
    stories: tuple[str, ...]
    """Stories of which it holds an earlier film."""
    sooner: Mapping[str, date] = field(default_factory=dict)
    """Stories that are to be looked at again before the day that it says, each with its day."""
    replacement: str = ""
    """Copy that was made to take its place; empty where there is none yet."""

    @property
    def outdated_stories(self) -> tuple[str, ...]:
        """Stories by which it is out of date, each once."""
        return tuple(dict.fromkeys((*self.stories, *self.sooner)))

    @property
    def sentence(self) -> str:
        faults = []
        if self.stories:
            count = "an earlier film" if len(self.stories) == 1 else "earlier films"
            faults.append(f"holds {count} of {', '.join(self.stories)}")
        if self.sooner:
            days = ", ".join(f"{story} until {day}" for story, day in self.sooner.items())
            faults.append(
                f"goes on until {self.copy.until}, and what was agreed since is {days} alone"
            )
        ready = f" {self.replacement} is there to take its place." if self.replacement else ""
        return (
            f"{self.copy.id}, {self.copy.kind}, to {self.copy.to}, {'; it '.join(faults)}.{ready}"
        )


def outdated_copies(workspace: Workspace, story_id: str | None = None) -> tuple[OutdatedCopy, ...]:
    """Return the deliveries that are out of date by a story, or by `story_id`, oldest first.

    They hold an earlier film of it, or say a later day than its last sign-off. One that fetches its
    film from the trust’s server does neither. A copy for an archive and one on a stick are not of
    these: they are asked back as a whole.
    """
    snapshot = Ledger(workspace).read()
    copies = open_copies(snapshot.all(Copy), snapshot.all(CopySettled))
    reviews = _reviews_to_come(snapshot)
    replacements = {copy.replaces: copy.id for copy in copies if copy.replaces}
    outdated = []
    for copy in copies:
        stories = tuple(
            each
            for each, cut in copy.cuts.items()
            if copy.form and story_id in (None, each) and not _is_cut_now(workspace, each, cut)
        )
        sooner = {
            each: reviews[each]
            for each in copy.stories
            if copy.form and story_id in (None, each) and copy.outlives(reviews.get(each))
        }
        if stories or sooner:
            outdated.append(OutdatedCopy(copy, stories, sooner, replacements.get(copy.id, "")))
    return tuple(outdated)


def outliving_days(workspace: Workspace) -> dict[str, date]:
    """Return until when an open copy may be used, of each that goes on by itself after that."""
    snapshot = Ledger(workspace).read()
    reviews = _reviews_to_come(snapshot)
    return {
        copy.id: min(days)
        for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled))
        if (days := [reviews[each] for each in copy.stories if copy.outlives(reviews.get(each))])
    }


def days_of_thin_packages(workspace: Workspace) -> dict[str, dict[str, date]]:
    """Return the day of review of each story on an open thin package, by copy and story."""
    snapshot = Ledger(workspace).read()
    reviews = _reviews_to_come(snapshot)
    return {
        copy.id: {each: reviews[each] for each in copy.stories if each in reviews}
        for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled))
        if copy.form == "scorm-thin"
    }


def _reviews_to_come(snapshot: Snapshot) -> dict[str, date]:
    """Return the next day of review of each story that was not taken back whole."""
    gone = {each.story for each in snapshot.all(Withdrawal) if each.is_whole}
    latest = {release.story: release.review for release in snapshot.all(Release)}
    return {
        story: review for story, review in latest.items() if story not in gone and review > today()
    }


@dataclass(frozen=True)
class DarkPackage:
    """A thin package that is out and shows nothing, though what it is of may be shown; or more."""

    copy: Copy
    reason: str
    """Reason as a sentence; empty where settings name no place to show it from."""
    next_step: str
    shows_more: bool = False
    """Set where it shows what the site shows, and that is for fewer people than it is for."""


class _SiteAudience(msgspec.Struct):
    """The audience of the site's edition, of which nothing else is read here."""

    audience: str


def dark_packages(workspace: Workspace, story_id: str | None = None) -> tuple[DarkPackage, ...]:
    """Return the thin packages that are out and show nothing, or more than they may.

    They are those of one story, or all; not those whose stories may not be shown any more, which
    are named as such, but for a new film that waits to be agreed to. Raises BadInput for settings
    that cannot be read.
    """
    thin = [copy for copy in copies_of(workspace, story_id) if copy.form == "scorm-thin"]
    settings = load_settings(workspace) if thin else None
    if settings is None:
        return ()
    if not (settings.address and settings.embed):
        step = (
            "Name the library’s address in interviews/settings.yml, and under embed the sites "
            "that show it."
        )
        return tuple(DarkPackage(copy, "", step) for copy in thin)
    missing = [copy for copy in thin if not is_on_site(workspace, copy)]
    snapshot = Ledger(workspace).read() if missing else None
    dark = [
        package
        for copy in missing
        if snapshot and (package := _dark_package(workspace, snapshot, copy))
    ]
    there = [copy for copy in thin if copy not in missing]
    shown_to = _audience_of_site(workspace) if there else ""
    return (
        *dark,
        *(_for_others(copy, shown_to) for copy in there if _is_for_fewer(shown_to, copy)),
    )


def _is_for_fewer(shown_to: str, copy: Copy) -> bool:
    if shown_to not in AUDIENCE_WORDS:
        return False
    return Audience.from_word(shown_to) < Audience.from_word(copy.audience)


def _for_others(copy: Copy, shown_to: str) -> DarkPackage:
    """Return one whose page is there, on a site for fewer people than it was handed out for."""
    return DarkPackage(
        copy,
        f"The site is built for “{shown_to}”, and it is for “{copy.audience}”.",
        f"Build the site for them: carer-stories site build --audience {copy.audience}; "
        "or have its course removed.",
        shows_more=True,
    )


def is_on_site(workspace: Workspace, copy: Copy) -> bool:
    """Return True where the site has the page that a thin package shows."""
    page = session_path(copy.plan) if copy.plan else course_path(copy.stories[0])
    return (workspace.public / page).exists()


def _may_be_shown(workspace: Workspace, snapshot: Snapshot, story_id: str, copy: Copy) -> bool:
    with suppress(CarerStoriesError):
        cut = inspect_cut(workspace.story(story_id), hashing=False)
        audience = Audience.from_word(copy.audience)
        return decide(history_of(snapshot, story_id), cut, audience, today()).is_released
    return False


def _has_new_film(workspace: Workspace, snapshot: Snapshot, story_id: str, copy: Copy) -> bool:
    with suppress(CarerStoriesError):
        cut = inspect_cut(workspace.story(story_id), hashing=False)
        audience = Audience.from_word(copy.audience)
        history = history_of(snapshot, story_id)
        return cut is not None and waits_for_new_film(history, cut, audience, today())
    return False


def waits_for_new_film(
    history: History, cut: CutState, audience: Audience, on: date, *, for_archive: bool = False
) -> bool:
    """Return True where nothing but a film that is not approved yet is in the way."""
    approved = history.approvals[-1].cut if history.approvals else cut.hash
    ends = [n for n, each in enumerate(history.releases, start=1) if each.cut == approved]
    if cut.hash == approved or cut.changed_files or not ends:
        return False
    release = history.releases[-1]
    is_as_wide = (
        release.archive != "no"
        if for_archive
        else Audience.from_word(release.audience).includes(audience)
    )
    before = replace(history, releases=history.releases[: ends[-1]], held=None)
    decision = (
        decide_archive(before, CutState(approved), on)
        if for_archive
        else decide(before, CutState(approved), audience, on)
    )
    return is_as_wide and on < release.review and decision.is_released


def _dark_package(workspace: Workspace, snapshot: Snapshot, copy: Copy) -> DarkPackage | None:
    """Return it with the reason why the site has no page for it; None if nothing of it may be."""
    if not any(_may_be_shown(workspace, snapshot, each, copy) for each in copy.stories):
        new = [each for each in copy.stories if _has_new_film(workspace, snapshot, each, copy)]
        if not new:
            return None
        return DarkPackage(
            copy,
            f"It waits until the new film of {', '.join(new)} is signed off, approved and built.",
            f"See what it needs: carer-stories status {new[0]}",
        )
    build, plan = "carer-stories site build", f"interviews/training/{copy.plan}.yml"
    if copy.plan and not (workspace.root / plan).is_file():
        return DarkPackage(
            copy,
            f"There is no session {copy.plan} any more.",
            f"Have its course removed, then: carer-stories copies settle {copy.id} --as destroyed",
        )
    shown_to = _audience_of_site(workspace)
    if shown_to and shown_to != copy.audience:
        return DarkPackage(
            copy,
            f"The site is built for “{shown_to}”, and it is for “{copy.audience}”.",
            f"Build the site for them: {build} --audience {copy.audience}",
        )
    if copy.plan:
        with suppress(OSError):
            if _ALONE.search((workspace.root / plan).read_bytes()):
                return DarkPackage(
                    copy,
                    f"The site has no page of {copy.plan} for one person alone.",
                    f"{plan} says alone: true. Build the site, and mend what that names: {build}",
                )
        return DarkPackage(
            copy,
            f"The site has no page of {copy.plan} for one person alone.",
            f"See that {plan} says alone: true, then: {build}",
        )
    return DarkPackage(copy, "The site has no page for it.", f"Build the site: {build}")


def _audience_of_site(workspace: Workspace) -> str:
    """Return for whom the site was built; empty where nothing says so."""
    edition = struct_file.load_if_readable(workspace.edition_record, _SiteAudience)
    return edition.audience if edition else ""


def _is_cut_now(workspace: Workspace, story_id: str, cut: str) -> bool:
    """Return True also where there is no film any more: that is no new one."""
    with suppress(CarerStoriesError):
        film = read_cut(workspace.story(story_id).cut)
        return film is None or film.hash == cut
    return True
