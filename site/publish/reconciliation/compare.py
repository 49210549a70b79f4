"""Compare what is out with what the gate allows now. Changes nothing.

These are out: the stories in the edition and on the pages in `public/`, the previews and deliveries
kept here, and the copies that were handed out.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from library.consent import gate
from library.consent.copies import waits_for_new_film
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.core.audience import Audience
from library.core.errors import CarerStoriesError
from library.core.settings import UnknownAudience, load_settings
from library.core.workspace import STORY_ID, Workspace
from library.records.copies import Copy, CopySettled, open_copies
from library.records.cut import CutState
from library.records.ledger import Ledger
from library.records.restore_holds import read_restore_holds
from library.records.store import Snapshot
from library.records.story import Story
from library.records.withdrawal_notes import read_withdrawal_notes
from publish.build_receipt import setting_of_last_build
from publish.edition import Edition, ReleasedStory, audience_of, read_edition
from publish.edition_proof import is_as_cut, unproved_stories
from publish.kept_previews import preview_code, stories_in_preview
from publish.reconciliation.known_files import KnownCuts, KnownPublishedFiles
from publish.reconciliation.messages import Cause, CauseKind
from publish.reconciliation.site_files import Hashed, unknown_files
from publish.reconciliation.stamp import (
    ReconciliationStamp,
    files_left_in,
    pages_token,
    read_stamp,
    still_led_to,
)

_ID_IN_NAME = re.compile(r"(?<![a-z0-9])(cs-[a-z0-9]{6})(?![a-z0-9])")
_NOT_AS_RELEASED = "Its words or files in the edition are not those that were released."
_NOT_IN_EDITION = "It is not in the edition."
NAMES_LISTED = 5
"""Files of a folder elsewhere that are named; the rest are counted."""
TAKE_DOWN = "Take it down: carer-stories upkeep"
ASK_BACK = "Ask for it, then say what became of it: carer-stories copies settle COPY --as destroyed"


@dataclass(frozen=True)
class RefusedStory:
    """A story that is out and may not be, with every reason of the gate."""

    id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RefusedCopy:
    """A copy that was handed out, and the stories on it that its audience may not be shown now."""

    copy: Copy
    causes: Mapping[str, Cause]
    """Story → the cause for which it may not, in the order of the copy."""
    has_others: bool = False
    """Set where other stories on it may still be shown."""

    @property
    def stories(self) -> tuple[str, ...]:
        return tuple(self.causes)

    @property
    def is_renewable(self) -> bool:
        """Return True for a session that can be delivered anew without what was taken back."""
        has_gone = any(cause.kind is not CauseKind.NEW_FILM for cause in self.causes.values())
        return self.has_others and has_gone and self.copy.is_session_file

    @property
    def goes_on(self) -> bool:
        """Return True for a thin session, which goes on with its others: nothing is asked back."""
        return self.has_others and self.copy.form == "scorm-thin"


@dataclass(frozen=True)
class OutlivingCopy:
    """A copy that goes on by itself after a day on which a story must be looked at again."""

    copy: Copy
    causes: Mapping[str, Cause]
    """Story → its day that was agreed since, in the order of the copy."""

    @property
    def until(self) -> date:
        return min(cause.since for cause in self.causes.values())


@dataclass(frozen=True)
class Comparison:
    """The stories, previews and copies that are out, against the gate of one day."""

    audience: Audience | None
    """The audience that the gate was asked about; None where there is no site."""
    published: tuple[str, ...] = ()
    """Ids of the stories in edition and site."""
    refused: tuple[RefusedStory, ...] = ()
    """Stories in edition and site that may not be shown."""
    misstated: tuple[str, ...] = ()
    """Ids of stories that may be shown, but whose page states another date or level of use."""
    previews: tuple[RefusedStory, ...] = ()
    """Previews kept here that are of another cut, or of a story that was taken back."""
    deliveries: tuple[str, ...] = ()
    """Names of files kept here for other systems that hold what may not be shown any more."""
    deliveries_of_later_day: frozenset[str] = frozenset()
    """Names of those that may be shown, and only say a later day than is agreed by now."""
    copies: tuple[RefusedCopy, ...] = ()
    """Copies to ask back, and thin sessions that go on without a story."""
    waiting: tuple[RefusedCopy, ...] = ()
    """Thin packages that show nothing until a new film is agreed to."""
    outliving: tuple[OutlivingCopy, ...] = ()
    """Copies to replace before the day that was agreed since they were made, and thin packages that
    show less from then on."""
    unknown_files: tuple[str, ...] = ()
    """Files in `public/` that the last build did not write, or that were changed since."""
    cuts_unchanged: Mapping[str, str] = field(default_factory=dict)
    """Story id → change token of its cut’s files, for the next stamp; of unchanged cuts alone."""
    pages_unchanged: str = ""
    """Change token of the site’s pages, where each is as it was built; else empty."""
    published_unchanged: Mapping[str, str] = field(default_factory=dict)
    """Story id → change token of its files in edition and site, where they are as released."""
    led_to: tuple[str, ...] = ()
    """Sentences about folders with unknown files, to which a link of the site led."""
    settings_problem: str = ""
    """Reason the settings could not be asked for whom the site is, as a sentence."""
    problem: str = ""
    """Reason why the records could not be read, as a sentence; then only withdrawal notes were."""

    @property
    def is_as_allowed(self) -> bool:
        return not (
            self.is_anything_to_take_down
            or self.copies_to_ask_back
            or self.settings_problem
            or self.led_to
        )

    @property
    def copies_to_ask_back(self) -> tuple[RefusedCopy, ...]:
        return tuple(refused for refused in self.copies if not refused.goes_on)

    @property
    def copies_to_tell_of(self) -> tuple[RefusedCopy | OutlivingCopy, ...]:
        """The copies whose holders are written to."""
        return (*self.copies, *self.waiting, *self.outliving)

    @property
    def is_anything_to_take_down(self) -> bool:
        """Return True where something on this computer must be removed or made again."""
        return bool(
            self.refused or self.misstated or self.previews or self.deliveries or self.unknown_files
        )


@dataclass(frozen=True)
class NotAllowedSentences:
    """The sentences of commands that only look: what may not be out, and what to ask back."""

    here: tuple[str, ...]
    """About stories on the site and previews on this computer, which `upkeep` takes down."""
    elsewhere: tuple[str, ...]
    """About copies that were handed out: somebody has to ask for them."""


def not_allowed_sentences(
    workspace: Workspace, on: date, *, gate_only: bool = False
) -> NotAllowedSentences:
    """Return a sentence for each story, preview and copy that is out and may not be.

    For commands that change nothing. Files are hashed only where sizes or times changed.
    `gate_only` is for a caller that checks records and published files itself.
    """
    comparison = compare_with_gate(
        workspace, on, read_stamp(workspace), check_published=not gate_only
    )
    sentences = [
        f"{story.id} is on the site and may not be shown: {story.reasons[0]}"
        for story in comparison.refused
    ]
    sentences += comparison.led_to
    if comparison.settings_problem:
        sentences.append(comparison.settings_problem)
    sentences += [
        f"The page of {story_id} states another date or audience than was agreed to."
        for story_id in comparison.misstated
    ]
    if comparison.unknown_files:
        more = len(comparison.unknown_files) - 1
        sentences.append(
            f"{comparison.unknown_files[0]} was not written by the last build, or was changed since"
            + (f"; there {'is' if more == 1 else 'are'} {more} more like it." if more else ".")
        )
    sentences += [
        f"The preview of {preview.id} may not be kept. {preview.reasons[0]}"
        for preview in comparison.previews
    ]
    sentences += [
        f"interviews/deliveries/{name} holds what may not be shown any more."
        for name in comparison.deliveries
    ]
    if comparison.problem and not gate_only:
        sentences.append(f"What is out could not be compared. {comparison.problem}")
    copies = (
        f"{refused.copy.id}, a copy handed out, holds what may not be shown any more: "
        f"{', '.join(refused.stories)}."
        for refused in comparison.copies_to_ask_back
    )
    return NotAllowedSentences(tuple(sentences), tuple(copies))


def compare_with_gate(
    workspace: Workspace,
    on: date,
    stamp: ReconciliationStamp | None = None,
    *,
    check_published: bool = True,
    hash_whole_site: bool = False,
) -> Comparison:
    """Return what is out and may not be, on the day `on`. It raises nothing but DiskFailed.

    The files of stories, in their folders and in edition and site, and the site's pages are hashed
    unless `stamp` says that sizes and times are as they were when they last were hashed. Without
    `check_published` those of edition and site are not looked at. With `hash_whole_site` every file
    in `public/` is hashed.
    """
    stamp = stamp or ReconciliationStamp()
    edition = _edition(workspace)
    published = _published(workspace, edition)
    judged_audience, settings_problem = _audience_to_check(workspace, edition, stamp)
    audience = judged_audience if published else None
    try:
        snapshot = Ledger(workspace).read_current()
        # All of them here: a record that cannot be read must not surface half-way.
        stories = {story.id: history_of(snapshot, story.id) for story in snapshot.all(Story)}
    except CarerStoriesError as error:
        by_notes = _compare_with_notes_only(workspace, published, audience, on, error.what)
        return replace(by_notes, settings_problem=settings_problem, led_to=_led_to_sentences(stamp))
    checker = _GateChecker(workspace, on, stories, stamp, edition, check_published=check_published)
    # Before the hashing: a change during it is seen by the next comparison.
    pages = pages_token(workspace) if check_published else ""
    unknown: tuple[str, ...] = ()
    if check_published:
        hashed: Hashed = "nothing" if stamp.pages == pages else "pages"
        unknown = unknown_files(workspace, hashing="all" if hash_whole_site else hashed)
    refused = tuple(
        RefusedStory(story_id, reasons)
        for story_id, story in published.items()
        if audience is not None and (reasons := checker.reasons(story_id, story, audience))
    )
    refused_ids = {story.id for story in refused}
    deliveries = dict(checker.refused_deliveries(snapshot))
    return Comparison(
        audience=audience,
        published=tuple(published),
        refused=refused,
        misstated=tuple(
            story_id
            for story_id, story in published.items()
            if story and story_id not in refused_ids and checker.is_misstated(story)
        ),
        previews=tuple(checker.refused_previews()),
        deliveries=tuple(deliveries),
        deliveries_of_later_day=frozenset(name for name, of_day in deliveries.items() if of_day),
        copies=tuple(checker.refused_copies(snapshot)),
        waiting=tuple(checker.waiting_copies(snapshot)),
        outliving=tuple(checker.outliving_copies(snapshot)),
        cuts_unchanged=checker.cuts.unchanged,
        unknown_files=unknown,
        pages_unchanged="" if unknown else pages,
        published_unchanged=checker.published.unchanged,
        settings_problem=settings_problem,
        led_to=_led_to_sentences(stamp),
    )


def copies_to_ask_back(
    workspace: Workspace, snapshot: Snapshot, histories: Mapping[str, History], on: date
) -> tuple[RefusedCopy, ...]:
    """Return the copies handed out that hold what may not be shown to those who have them.

    Hashes the film of each story on an open copy, unless it is as when it was last hashed.
    """
    refused_copies = copies_refused(workspace, snapshot, histories, on)
    return tuple(refused for refused in refused_copies if not refused.goes_on)


def copies_refused(
    workspace: Workspace, snapshot: Snapshot, histories: Mapping[str, History], on: date
) -> tuple[RefusedCopy, ...]:
    """Return these copies, and the thin sessions that go on without a story. Hashes likewise."""
    stamp = read_stamp(workspace)
    edition = _edition(workspace)
    checker = _GateChecker(workspace, on, histories, stamp, edition, check_published=False)
    return tuple(checker.refused_copies(snapshot))


def must_be_back_since(history: History | None, copy: Copy, on: date) -> date:
    """Return the day from which a copy that the gate refuses should not be out there.

    Where nothing that was taken back and no review says it, it is that of the last decision.
    """
    if history is None:
        return copy.on
    level = Audience.from_word(copy.audience)
    for_archive = copy.medium == "archive"
    days = [
        withdrawal.on
        for withdrawal in history.withdrawals
        if for_archive or withdrawal.covers(level)
    ]
    if history.releases:
        release = history.releases[-1]
        days.append(release.viewed if for_archive and release.archive == "no" else release.review)
    passed = [day for day in days if day <= on]
    decided = [
        *[person.on for person in history.people],
        *[release.viewed for release in history.releases],
    ]
    return min(passed, default=max([copy.on, *[day for day in decided if day <= on]]))


def stories_on(copy: Copy, edition: Edition | None) -> tuple[str, ...]:
    """Return the stories on a copy; of a thin session also those that its page shows by now."""
    if copy.form != "scorm-thin" or edition is None:
        return copy.stories
    shown = (story for plan in edition.plans if plan.id == copy.plan for story in plan.stories)
    return tuple(dict.fromkeys((*copy.stories, *shown)))


def _edition(workspace: Workspace) -> Edition | None:
    with contextlib.suppress(CarerStoriesError, OSError):
        return read_edition(workspace)
    return None


def _published(workspace: Workspace, edition: Edition | None) -> dict[str, ReleasedStory | None]:
    """Return each story in edition and site by its id; None for files that the edition lacks."""
    published: dict[str, ReleasedStory | None] = {}
    public = workspace.public
    for folder in (workspace.edition / "stories", public / "stories", public / "embed"):
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                story_id = path.name.removesuffix(".html")
                if STORY_ID.match(story_id):
                    published[story_id] = None
    for story in edition.stories if edition else ():
        published[story.page.id] = story
    return published


def _audience_to_check(
    workspace: Workspace, edition: Edition | None, stamp: ReconciliationStamp | None
) -> tuple[Audience, str]:
    """Return for whom the site is, and why the settings could not be asked, or nothing.

    It is as it was built, or wider where the settings widened since. A word that is no audience may
    stand for any: then only what everybody may see is shown.
    """
    built_for = audience_of(edition) if edition else None
    try:
        setting = load_settings(workspace).audience
    except UnknownAudience as error:
        return Audience.PUBLIC, error.what
    except CarerStoriesError as error:
        return built_for or Audience.PUBLIC, error.what
    if built_for is None:
        return Audience.from_word(setting), ""
    # One that was there before is no reason: a site may be built for another by an option. What it
    # was then is in the log: the stamp is a file that anybody may delete.
    before = setting_of_last_build(workspace) or (stamp.audience_setting if stamp else "")
    if before and before != setting:
        return max(built_for, Audience.from_word(setting)), ""
    return built_for, ""


def _led_to_sentences(stamp: ReconciliationStamp | None) -> tuple[str, ...]:
    sentences = []
    for folder in still_led_to(stamp):
        names = files_left_in(folder)
        named = ", ".join(names[:NAMES_LISTED])
        more = f" and {len(names) - NAMES_LISTED} more" if len(names) > NAMES_LISTED else ""
        sentences.append(
            f"A link of the site led to {folder}. Nobody knows what still lies there: "
            f"{named}{more}. Look through it, and move it or delete it."
        )
    return tuple(sentences)


def _compare_with_notes_only(
    workspace: Workspace,
    published: Mapping[str, ReleasedStory | None],
    audience: Audience | None,
    on: date,
    problem: str,
) -> Comparison:
    refused: dict[str, tuple[str, ...]] = {
        hold.story: (hold.reason,)
        for hold in read_restore_holds(workspace)
        if hold.story in published
    }
    in_edition = {story_id: story for story_id, story in published.items() if story}
    # Of these nothing says any more that they may be shown.
    for story_id in published.keys() - in_edition.keys():
        refused.setdefault(story_id, (_NOT_IN_EDITION,))
    for story_id in unproved_stories(workspace, in_edition):
        refused.setdefault(story_id, (_NOT_AS_RELEASED,))
    for story_id, story in in_edition.items():
        # By the edition's own date: time narrows though no record can be asked.
        if on >= story.review:
            reason = f"The sign-off was due for review on {story.review.isoformat()}."
            refused.setdefault(story_id, (reason,))
    for note in read_withdrawal_notes(workspace):
        if note.story in published and audience is not None and note.covers(audience):
            refused[note.story] = (f"It was withdrawn on {note.on.isoformat()}.",)
    return Comparison(
        audience=audience,
        published=tuple(published),
        refused=tuple(RefusedStory(story_id, reasons) for story_id, reasons in refused.items()),
        problem=problem,
    )


class _GateChecker:
    """Asks the gate about one library on one day; each cut's files are looked at once."""

    def __init__(
        self,
        workspace: Workspace,
        on: date,
        histories: Mapping[str, History],
        stamp: ReconciliationStamp,
        edition: Edition | None,
        *,
        check_published: bool,
    ) -> None:
        self.edition, self.check_published = edition, check_published
        self.workspace, self.on, self.histories = workspace, on, histories
        self.cuts = KnownCuts(workspace, stamp.cuts)
        self.published = KnownPublishedFiles(workspace, stamp.published)

    def reasons(
        self, story_id: str, story: ReleasedStory | None, audience: Audience
    ) -> tuple[str, ...]:
        """Return every reason why a story that is out may not be; none where it may."""
        history = self.histories.get(story_id)
        if history is None:
            return ("There is no record of this story.",)
        if story is None:
            return (_NOT_IN_EDITION,)
        cut = self.cuts.state(story_id)
        reasons = gate.decide(history, cut, audience, self.on).reasons
        if not reasons and cut and cut.hash != story.cut:
            return ("The site shows another cut than the one that was released.",)
        if not reasons and not is_as_cut(self.workspace, story):
            return (_NOT_AS_RELEASED,)
        if not reasons and self.check_published:
            return tuple(
                f"{path} is not the file that was released."
                for path in self.published.altered(story_id, story.files)
            )
        return reasons

    def is_misstated(self, story: ReleasedStory) -> bool:
        """Return True where its page states a later review or a wider level than its records."""
        history = self.histories[story.page.id]
        levels = gate.audiences_released(history, CutState(story.cut), self.on)
        return (
            story.review > history.releases[-1].review
            or story.level_of_use != max(levels).level_of_use
        )

    def refused_previews(self) -> Iterator[RefusedStory]:
        """Yield previews kept here of stories that were taken back, or of another cut."""
        for story_id, code in _previews(self.workspace):
            history = self.histories.get(story_id)
            if history is None or history.whole_withdrawal or not history.agreements:
                yield RefusedStory(story_id, ("The story may not be shown to anybody.",))
                continue
            cut = self.cuts.state(story_id)
            if code is None:
                continue
            if cut is None or cut.changed_files or not cut.hash.startswith(code):
                yield RefusedStory(story_id, ("It does not show the film as it is now.",))

    def refused_deliveries(self, snapshot: Snapshot) -> Iterator[tuple[str, bool]]:
        """Yield the names of files kept here of which a story may not be shown, or not that film.

        With each stands whether only the day is in the way that it says.

        Also of copies that were settled: what became of the one that was handed out says nothing of
        the file here.
        """
        folder = self.workspace.deliveries
        # Earlier versions gave a name that came free again: it is the newest copy's.
        newest = {
            Path(copy.place).name: copy
            for copy in sorted(snapshot.all(Copy), key=lambda copy: copy.recorded)
            if copy.form and Path(copy.place).parent.name == folder.name
        }
        for name, copy in sorted(newest.items()):
            are_as_delivered = (self._is_as_delivered(story, copy) for story in copy.stories)
            # A thin session holds nothing of a story, and goes on with the others.
            are_enough = any if copy.form == "scorm-thin" else all
            if os.path.lexists(folder / name) and not are_enough(are_as_delivered):
                yield name, all(self._is_shown_still(story, copy) for story in copy.stories)

    def _is_as_delivered(self, story_id: str, copy: Copy) -> bool:
        if not self._is_shown_still(story_id, copy):
            return False
        releases = self.histories[story_id].releases
        return not (releases and copy.outlives(releases[-1].review))

    def _is_shown_still(self, story_id: str, copy: Copy) -> bool:
        history = self.histories.get(story_id)
        cut = self.cuts.state(story_id)
        if history is None or cut is None:
            return False
        audience = Audience.from_word(copy.audience)
        is_same_cut = copy.cuts.get(story_id, cut.hash) == cut.hash
        if is_same_cut and gate.decide(history, cut, audience, self.on).is_released:
            return True
        # Nothing of a film is in it: it shows the new one by itself, once that is released.
        return copy.form == "scorm-thin" and _is_new_film(self._cause(story_id, copy, audience))

    def refused_copies(self, snapshot: Snapshot) -> Iterator[RefusedCopy]:
        """Yield open copies with stories that may not be shown to whoever has the copy."""
        for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled)):
            audience, stories = Audience.from_word(copy.audience), stories_on(copy, self.edition)
            causes = {
                story_id: self._cause(story_id, copy, audience)
                for story_id in stories
                if not self._may_be_out(story_id, copy, audience)
            }
            if copy.form == "scorm-thin":
                causes = {
                    story: cause for story, cause in causes.items() if not _is_new_film(cause)
                }
            if causes:
                yield RefusedCopy(copy, causes, has_others=len(causes) < len(stories))

    def waiting_copies(self, snapshot: Snapshot) -> Iterator[RefusedCopy]:
        """Yield open thin packages that show nothing until new films are agreed to, and shown."""
        for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled)):
            if copy.form == "scorm-thin":
                audience = Audience.from_word(copy.audience)
                causes = {
                    each: self._cause(each, copy, audience)
                    for each in copy.stories
                    if not self._may_be_out(each, copy, audience)
                }
                if len(causes) == len(copy.stories) and all(map(_is_new_film, causes.values())):
                    yield RefusedCopy(copy, causes)

    def outliving_copies(self, snapshot: Snapshot) -> Iterator[OutlivingCopy]:
        """Yield open copies that may be out today, and say a later day than is agreed by now."""
        for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled)):
            audience = Audience.from_word(copy.audience)
            causes = {
                story_id: Cause(CauseKind.SOONER, self.histories[story_id].releases[-1].review)
                for story_id in copy.stories
                if self._outlives(story_id, copy) and self._may_be_out(story_id, copy, audience)
            }
            if causes:
                yield OutlivingCopy(copy, causes)

    def _outlives(self, story_id: str, copy: Copy) -> bool:
        history = self.histories.get(story_id)
        if history is None or not history.releases:
            return False
        review = history.releases[-1].review
        # One that stops by itself stops sooner than was said, too.
        return (
            copy.until is not None
            and bool(copy.form or copy.outlives(review))
            and (review < copy.until)
        )

    def _cause(self, story_id: str, copy: Copy, audience: Audience) -> Cause:
        """Return why a story may not be on a copy any more, as whoever has that may be told."""
        history = self.histories.get(story_id)
        if history is None:
            return Cause(CauseKind.OTHER, self.on)
        for_archive = copy.medium == "archive"
        for withdrawal in history.withdrawals:
            if for_archive or withdrawal.covers(audience):
                return Cause(CauseKind.WITHDRAWN, withdrawal.on)
        cut = self.cuts.state(story_id)
        if copy.medium == "preview" or cut is None or not history.releases:
            return Cause(CauseKind.OTHER, self.on)
        # Whether this alone is in the way: whatever else is weighs more.
        release = history.releases[-1]
        before = min(self.on, release.review - timedelta(days=1))
        if self._is_released(history, cut, audience, before, for_archive=for_archive):
            return Cause(CauseKind.LAPSED, release.review)
        has_new_film = waits_for_new_film(history, cut, audience, self.on, for_archive=for_archive)
        return Cause(CauseKind.NEW_FILM if has_new_film else CauseKind.OTHER, self.on)

    def _is_released(
        self, history: History, cut: CutState, audience: Audience, on: date, *, for_archive: bool
    ) -> bool:
        history = replace(history, held=None)
        if for_archive:
            return gate.decide_archive(history, cut, on).is_released
        return gate.decide(history, cut, audience, on).is_released

    def _may_be_out(self, story_id: str, copy: Copy, audience: Audience) -> bool:
        history = self.histories.get(story_id)
        if history is None:
            return False
        # It is not known yet whether a held story was taken back: no copy is asked back for that.
        history = replace(history, held=None)
        # A preview is for its contributor alone, before any release.
        if copy.medium == "preview":
            return bool(history.agreements) and not history.whole_withdrawal
        cut = self.cuts.state(story_id)
        if copy.medium == "archive":
            return self._may_be_in_archive(history, cut, copy)
        return gate.decide(history, cut, audience, self.on).is_released

    def _may_be_in_archive(self, history: History, cut: CutState | None, copy: Copy) -> bool:
        """Return True where an archive may keep its copy: that cut, and a recording in it."""
        story_id = history.story.id
        archive = gate.decide_archive(history, cut, self.on)
        # A copy that was entered by hand names no cut.
        is_same_cut = cut is not None and copy.cuts.get(story_id, cut.hash) == cut.hash
        holds_more = story_id in copy.uncut and not archive.includes_uncut
        return archive.is_released and is_same_cut and not holds_more


def _is_new_film(cause: Cause) -> bool:
    return cause.kind is CauseKind.NEW_FILM


def _previews(workspace: Workspace) -> Iterator[tuple[str, str | None]]:
    """Yield the story id of each preview kept here, with the code of its cut, empty if unknown.

    None for a zip, of which it cannot be told. One that was copied or renamed by hand is known by
    the story's id in its name, or by its pages.
    """
    with contextlib.suppress(OSError):
        for path in sorted(workspace.previews.iterdir()):
            named = _ID_IN_NAME.search(path.name.lower())
            if not named or not path.is_dir():
                # A zip goes with the folder beside it; under another name its pages tell.
                for story_id in () if named else sorted(stories_in_preview(path)):
                    yield story_id, preview_code(path) if path.is_dir() else None
                continue
            code = preview_code(path)
            # Under another name it must be a preview: anything else there is not ours to remove.
            if code or STORY_ID.match(path.name):
                yield named[1], code
