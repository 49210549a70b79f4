"""Compare what is out with what the gate allows now. Only reads.

Out are: the stories of the edition and of the pages in `public/`, the previews kept here, and the
copies that were handed out.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from films.page_text import StoryPage
from library.consent import gate
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.core import struct_file
from library.core.audience import Audience
from library.core.errors import CarerStoriesError
from library.core.settings import UnknownAudience, load_settings
from library.core.workspace import STORY_ID, Workspace
from library.records.copies import Copy, CopySettled, open_copies
from library.records.cut import CutState, read_cut
from library.records.ledger import Ledger
from library.records.restore_holds import read_restore_holds
from library.records.store import Snapshot
from library.records.story import Story
from library.records.withdrawal_notes import read_withdrawal_notes
from publish.build_receipt import setting_of_last_build
from publish.edition import Edition, ReleasedStory, audience_of, read_edition
from publish.preview import preview_code
from publish.reconciliation.known_files import KnownCopies, KnownCuts
from publish.reconciliation.site_files import foreign_files
from publish.reconciliation.stamp import ReconciliationStamp, read_stamp

_ID_IN_NAME = re.compile(r"(?<![a-z0-9])(cs-[a-z0-9]{6})(?![a-z0-9])")
TAKE_DOWN = "Take it down: carer-stories upkeep"
ASK_BACK = "Ask for it, then say what became of it: carer-stories copies settle COPY"


@dataclass(frozen=True)
class RefusedStory:
    """A story that is out and may not be, with every reason of the gate."""

    id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RefusedCopy:
    """A copy that was handed out, and the stories on it that its audience may not be shown now."""

    copy: Copy
    stories: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """The stories, previews and copies that are out, against the gate of one day."""

    audience: Audience | None
    """The audience the site was judged for; None where no site stands."""
    published: tuple[str, ...] = ()
    """Stories of edition and site."""
    refused: tuple[RefusedStory, ...] = ()
    """Stories of edition and site that may not be shown."""
    restated: tuple[str, ...] = ()
    """Stories that may be shown, but not with the dates or the level that their page states."""
    previews: tuple[RefusedStory, ...] = ()
    """Previews kept here that are of another cut, or of a story that was taken back."""
    copies: tuple[RefusedCopy, ...] = ()
    foreign: tuple[str, ...] = ()
    """Files of the site that the last build did not write, or not so."""
    cuts: Mapping[str, str] = field(default_factory=dict)
    """For the next stamp: change tokens of the cuts whose files were found unchanged."""
    copies_unchanged: Mapping[str, str] = field(default_factory=dict)
    """The same of the files of stories in edition and site."""
    settings_problem: str = ""
    """Why the settings could not be asked for whom the site is, as a sentence."""
    problem: str = ""
    """Why the records could not be asked, as a sentence; then only withdrawal notes were."""

    @property
    def is_as_allowed(self) -> bool:
        return not (self.is_anything_to_take_down or self.copies or self.settings_problem)

    @property
    def is_anything_to_take_down(self) -> bool:
        """Return True where something on this computer must be removed or made again."""
        return bool(self.refused or self.restated or self.previews or self.foreign)


@dataclass(frozen=True)
class NotAllowedNow:
    """The sentences of commands that only look: what may not be out, and what to ask back."""

    here: tuple[str, ...]
    """Stories on the site and previews of this computer, which `upkeep` takes down."""
    elsewhere: tuple[str, ...]
    """Copies that were handed out: nothing is wrong here, and somebody has to ask for them."""


def not_allowed_now(workspace: Workspace, on: date, *, gate_alone: bool = False) -> NotAllowedNow:
    """Return a sentence for each story, preview and copy that is out and may not be.

    For commands that only look. Files are hashed only where sizes or times changed. `gate_alone`
    is for a caller that checks records and published files itself.
    """
    comparison = compare_with_gate(
        workspace, on, read_stamp(workspace), published_bytes=not gate_alone
    )
    sentences = [
        f"{story.id} is on the site and may not be shown: {story.reasons[0]}"
        for story in comparison.refused
    ]
    if comparison.settings_problem:
        sentences.append(comparison.settings_problem)
    sentences += [
        f"The page of {story_id} states another date or audience than was agreed to."
        for story_id in comparison.restated
    ]
    if comparison.foreign:
        sentences.append(
            f"{comparison.foreign[0]} is not what the last build wrote"
            + (f", and {len(comparison.foreign) - 1} more." if comparison.foreign[1:] else ".")
        )
    sentences += [
        f"The preview of {preview.id} must go. {preview.reasons[0]}"
        for preview in comparison.previews
    ]
    if comparison.problem and not gate_alone:
        sentences.append(f"What is out could not be compared. {comparison.problem}")
    copies = (
        f"{refused.copy.id}, a copy handed out, holds what may not be shown any more: "
        f"{', '.join(refused.stories)}."
        for refused in comparison.copies
    )
    return NotAllowedNow(tuple(sentences), tuple(copies))


def compare_with_gate(
    workspace: Workspace,
    on: date,
    stamp: ReconciliationStamp | None = None,
    *,
    published_bytes: bool = True,
    every_byte: bool = False,
) -> Comparison:
    """Return what is out and may not be, on the day `on`. It raises nothing but DiskFailed.

    Files are hashed, in the stories’ folders and in what is out, unless `stamp` says that sizes and
    times are as they were when they last were hashed. Without `published_bytes` those that are out
    are taken to be as they were built. With `every_byte` the whole site is read.
    """
    edition = _edition(workspace)
    published = _published(workspace, edition)
    judged_audience, settings_problem = _judged_audience(workspace, edition, stamp)
    audience = judged_audience if published else None
    try:
        snapshot = Ledger(workspace).read_current()
        # All of them here: a record that cannot be read must not surface half-way.
        stories = {story.id: history_of(snapshot, story.id) for story in snapshot.all(Story)}
    except CarerStoriesError as error:
        by_notes = _by_notes_alone(workspace, published, audience, error.what)
        return replace(by_notes, settings_problem=settings_problem)
    gate_view = _GateView(
        workspace, on, stories, stamp or ReconciliationStamp(), published_bytes=published_bytes
    )
    refused = tuple(
        RefusedStory(story_id, reasons)
        for story_id, story in published.items()
        if audience is not None and (reasons := gate_view.reasons(story_id, story, audience))
    )
    refused_ids = {story.id for story in refused}
    return Comparison(
        audience=audience,
        published=tuple(published),
        refused=refused,
        restated=tuple(
            story_id
            for story_id, story in published.items()
            if story and story_id not in refused_ids and gate_view.is_restated(story)
        ),
        previews=tuple(gate_view.refused_previews()),
        copies=tuple(gate_view.copies_to_chase(snapshot)),
        cuts=gate_view.cuts.unchanged,
        foreign=foreign_files(workspace, hashing=every_byte) if published_bytes else (),
        copies_unchanged=gate_view.published.unchanged,
        settings_problem=settings_problem,
    )


def _edition(workspace: Workspace) -> Edition | None:
    with contextlib.suppress(CarerStoriesError, OSError):
        return read_edition(workspace)
    return None


def _published(workspace: Workspace, edition: Edition | None) -> dict[str, ReleasedStory | None]:
    """Return each story that is out; None for one of which only files are found, and no record."""
    published: dict[str, ReleasedStory | None] = {}
    for folder in (workspace.edition / "stories", workspace.public / "stories"):
        with contextlib.suppress(OSError):
            for path in sorted(folder.iterdir()):
                story_id = path.name.removesuffix(".html")
                if STORY_ID.match(story_id):
                    published[story_id] = None
    for story in edition.stories if edition else ():
        published[story.page.id] = story
    return published


def _judged_audience(
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


def _by_notes_alone(
    workspace: Workspace,
    published: Mapping[str, ReleasedStory | None],
    audience: Audience | None,
    problem: str,
) -> Comparison:
    refused: dict[str, tuple[str, ...]] = {
        hold.story: ("It is held since a restore.",)
        for hold in read_restore_holds(workspace)
        if hold.story in published
    }
    for note in read_withdrawal_notes(workspace):
        if note.story in published and audience is not None and note.covers(audience):
            refused[note.story] = (f"It was withdrawn on {note.on.isoformat()}.",)
    return Comparison(
        audience=audience,
        published=tuple(published),
        refused=tuple(RefusedStory(story_id, reasons) for story_id, reasons in refused.items()),
        problem=problem,
    )


class _GateView:
    """The gate's answers about one library on one day; each cut's files are looked at once."""

    def __init__(
        self,
        workspace: Workspace,
        on: date,
        histories: Mapping[str, History],
        stamp: ReconciliationStamp,
        *,
        published_bytes: bool,
    ) -> None:
        self.published_bytes = published_bytes
        self.workspace, self.on, self.histories = workspace, on, histories
        self.cuts = KnownCuts(workspace, stamp.cuts)
        self.published = KnownCopies(workspace, stamp.published)

    def reasons(
        self, story_id: str, story: ReleasedStory | None, audience: Audience
    ) -> tuple[str, ...]:
        """Return every reason why a story that is out may not be; none where it may."""
        history = self.histories.get(story_id)
        if history is None:
            return ("The records know of no such story.",)
        if story is None:
            return ("The edition does not hold it.",)
        cut = self.cuts.state(story_id)
        reasons = gate.decide(history, cut, audience, self.on).reasons
        if not reasons and cut and cut.hash != story.cut:
            return ("Another cut of it is out than the one that was released.",)
        if not reasons and not self._is_as_cut(story):
            return ("The edition does not say of it what was released.",)
        if not reasons and self.published_bytes:
            return tuple(
                f"{path} is not the file that was released."
                for path in self.published.altered(story_id, story.files)
            )
        return reasons

    def _is_as_cut(self, story: ReleasedStory) -> bool:
        """Return True where the edition's words and files of a story are those of its cut."""
        folder = self.workspace.story(story.page.id)
        cut = read_cut(folder.cut)
        page = struct_file.load_if_readable(folder.page, StoryPage)
        released = {
            name: sha256
            for name, sha256 in (cut.artefacts if cut else {}).items()
            if name != folder.page.name
        }
        return story.page == page and story.files == released

    def is_restated(self, story: ReleasedStory) -> bool:
        """Return True where its page says a later review or a wider level than its records."""
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
                yield RefusedStory(story_id, ("Nobody may be shown it.",))
                continue
            cut = self.cuts.state(story_id)
            if cut is None or cut.changed_files or not cut.hash.startswith(code):
                yield RefusedStory(story_id, ("It shows another film than there is now.",))

    def copies_to_chase(self, snapshot: Snapshot) -> Iterator[RefusedCopy]:
        """Yield open copies with stories that may not be shown to those who have them."""
        for copy in open_copies(snapshot.all(Copy), snapshot.all(CopySettled)):
            audience = Audience.from_word(copy.audience)
            stories = tuple(
                story_id
                for story_id in copy.stories
                if not self._may_be_out(story_id, copy, audience)
            )
            if stories:
                yield RefusedCopy(copy, stories)

    def _may_be_out(self, story_id: str, copy: Copy, audience: Audience) -> bool:
        history = self.histories.get(story_id)
        if history is None:
            return False
        # Whether a held story was taken back is not known yet: nobody is asked for a copy so far.
        history = replace(history, held=None)
        # A preview is for its contributor alone, before any release.
        if copy.medium == "preview":
            return bool(history.agreements) and not history.whole_withdrawal
        cut = self.cuts.state(story_id)
        if copy.medium == "archive":
            return self._may_be_in_archive(history, cut, copy)
        return gate.decide(history, cut, audience, self.on).is_released

    def _may_be_in_archive(self, history: History, cut: CutState | None, copy: Copy) -> bool:
        """Return the gate’s answer about an archive’s copy: that very cut, and the recording."""
        story_id = history.story.id
        archive = gate.decide_archive(history, cut, self.on)
        # One that was entered by hand says of no cut which it is.
        is_same_cut = cut is not None and copy.cuts.get(story_id, cut.hash) == cut.hash
        holds_more = story_id in copy.uncut and not archive.includes_uncut
        return archive.is_released and is_same_cut and not holds_more


def _previews(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Yield the story of each preview kept here, and the code of its cut, empty if not known.

    Also of one that was copied or renamed by hand, as long as the story's id is in its name.
    """
    with contextlib.suppress(OSError):
        for path in sorted(workspace.previews.iterdir()):
            named = _ID_IN_NAME.search(path.name)
            if not named or not path.is_dir():
                continue
            code = preview_code(path)
            # Under another name it must be a preview: anything else there is not ours to remove.
            if code or STORY_ID.match(path.name):
                yield named[1], code
