"""Enforce retention: remove what can be made again or was gathered to be handed over.

Working copies, previews, exports and deliveries that are past their date go, with a line in the log
and a receipt. A recording goes only where its story was withdrawn, and each is asked about by
itself (`stewardship.withdrawal`). What stands under a legal hold is left. Everything else that is
past its date needs a decision that no date can make.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from capture.recording.originals import read_manifest, require_intact
from library.consent.safeguarding import all_holds
from library.core import struct_file
from library.core.clock import now
from library.core.errors import Busy, CarerStoriesError, DiskFailed
from library.core.files import make_folder, numbered, translate_disk_errors
from library.core.lock import locked
from library.core.removal import remove
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.restore_holds import read_restore_holds
from stewardship.retention import OverdueItem, OverdueKind

RETENTION_ACTION = "retention"
REMOVABLE = frozenset(
    {OverdueKind.WORKING, OverdueKind.PREVIEW, OverdueKind.EXPORT, OverdueKind.DELIVERY}
)
"""Kinds that go by themselves: nothing is lost that was not made from something else."""
_STORY_IDS = re.compile(r"cs-[a-z0-9]{1,37}")


class RemovedItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was removed: what, of which story, since when; never a name of a file."""

    what: str
    stories: tuple[str, ...]
    since: str
    files: int
    size: int


class RetentionReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of one run."""

    schema: int = 1
    made: str
    """UTC, ISO 8601 with seconds."""
    role: str
    removed: tuple[RemovedItem, ...]
    held: tuple[str, ...]
    """Stories of which something is past its date and must be kept for now."""


@dataclass(frozen=True)
class RetentionPlan:
    """The plan of a run: what happens to everything that is past its date."""

    to_remove: tuple[OverdueItem, ...]
    to_ask: tuple[OverdueItem, ...]
    """Withdrawn stories whose recording is still kept."""
    held: tuple[OverdueItem, ...]
    left: tuple[OverdueItem, ...]
    """Items that a person has to decide about, each with its command."""


@dataclass
class RetentionOutcome:
    """The outcome of a run."""

    removed: list[RemovedItem] = field(default_factory=list)
    failures: list[CarerStoriesError] = field(default_factory=list)
    receipt: Path | None = None


def plan_retention(workspace: Workspace, items: Iterable[OverdueItem]) -> RetentionPlan:
    """Sort what is past its date by what happens to it. Changes nothing.

    Raises Damaged where holds cannot be read: what is not known to be free is kept.
    """
    holds = {hold.story for hold in all_holds(workspace)}
    # A backup knows nothing of a legal hold that was placed after it: until somebody has looked
    # into it, nothing of such a story goes.
    holds |= {hold.story for hold in read_restore_holds(workspace) if hold.cause != "generation"}
    sorted_items: dict[str, list[OverdueItem]] = {"remove": [], "ask": [], "held": [], "left": []}
    for item in items:
        is_withdrawn = item.kind is OverdueKind.WITHDRAWN
        if not is_withdrawn and not (item.kind in REMOVABLE and item.paths):
            fate = "left"
        elif _is_held(item, holds):
            fate = "held"
        else:
            fate = "ask" if is_withdrawn else "remove"
        sorted_items[fate].append(item)
    remove_items, ask, under_hold, left = (tuple(each) for each in sorted_items.values())
    return RetentionPlan(remove_items, ask, under_hold, left)


def stories_of(item: OverdueItem) -> tuple[str, ...]:
    """Return the stories that an item is of, by its record or the names of its files."""
    named = [item.story] if item.story else []
    if item.kind is not OverdueKind.WORKING:
        named += [story_id for path in item.paths for story_id in _STORY_IDS.findall(path.name)]
    return tuple(dict.fromkeys(named))


def _is_held(item: OverdueItem, holds: Collection[str]) -> bool:
    stories = stories_of(item)
    # Whose it is cannot be told: while anything must be kept, it is.
    return any(story in holds for story in stories) or bool(holds and not stories)


def remove_overdue(workspace: Workspace, plan: RetentionPlan, *, role: str) -> RetentionOutcome:
    """Remove what the plan says, each item by itself, and write a receipt of what went.

    What fails is in the outcome and hides no other. Raises NoRoom or DiskFailed where the receipt
    cannot be written.
    """
    outcome = RetentionOutcome()
    for item in plan.to_remove:
        try:
            outcome.removed.append(_remove_item(workspace, item, role))
        except CarerStoriesError as error:
            outcome.failures.append(error)
    if outcome.removed:
        outcome.receipt = _write_receipt(workspace, plan, outcome.removed, role)
    return outcome


def _remove_item(workspace: Workspace, item: OverdueItem, role: str) -> RemovedItem:
    stories = stories_of(item)
    with contextlib.ExitStack() as stack:
        if item.kind is OverdueKind.WORKING:
            stack.enter_context(_nobody_at_work(workspace, item.story))
            _require_originals(workspace, item.story)
        sizes = [size for path in item.paths for size in _sizes(path)]
        # The log first: killed in between, a second run says it twice and nothing went unsaid.
        for story in stories or ("",):
            with Ledger(workspace).update(RETENTION_ACTION, story, role, became=item.kind.word):
                pass
        for path in item.paths:
            refused = remove(path)
            if refused:
                raise DiskFailed(
                    f"{refused[0].path} could not be removed: {refused[0].reason}.",
                    "Close what holds it, then run: carer-stories retention --apply",
                )
    return RemovedItem(
        what=item.kind.word,
        stories=stories,
        since=item.since.isoformat(),
        files=len(sizes),
        size=sum(sizes),
    )


@contextlib.contextmanager
def _nobody_at_work(workspace: Workspace, story_id: str) -> Iterator[None]:
    """Hold what an import or a film of the story holds: either reads its working copy."""
    folder = workspace.story(story_id)
    busy = Busy(
        f"{story_id} is being worked on, so its working copies stay.",
        "Run it again once that is done: carer-stories retention --apply",
    )
    with locked(folder.import_lock, busy=busy), locked(folder.film_lock, busy=busy):
        yield


def _require_originals(workspace: Workspace, story_id: str) -> None:
    """Raise Damaged or NotFound unless the recording is whole: working copies are made from it."""
    folder = workspace.story(story_id)
    manifest = read_manifest(folder)
    for take in manifest.takes if manifest else ():
        require_intact(folder, take)


def _sizes(path: Path) -> list[int]:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            return [each.lstat().st_size for each in path.rglob("*") if each.is_file()]
        return [path.lstat().st_size]
    return []


def _write_receipt(
    workspace: Workspace, plan: RetentionPlan, removed: Iterable[RemovedItem], role: str
) -> Path:
    with translate_disk_errors(workspace.receipts):
        make_folder(workspace.receipts)
    made = now()
    stem = f"retention-{made.replace(':', '')}"
    path = next(
        path
        for name in numbered(stem)
        if not (path := workspace.receipts / f"{name}.json").exists()
    )
    under_hold = dict.fromkeys(story for item in plan.held for story in stories_of(item))
    struct_file.save(
        path,
        RetentionReceipt(made=made, role=role, removed=tuple(removed), held=tuple(under_hold)),
    )
    return path
