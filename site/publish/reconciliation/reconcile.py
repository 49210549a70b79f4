"""Take down what is out and may not be any more, and build the site again without it.

Whatever narrows what may be shown (a withdrawal, an objection, a narrower or a lapsed sign-off, a
changed file, a new cut, a setting, a restored generation, the calendar) is acted on here. The
command line's root calls `reconcile` after every command, `site serve` before it answers, and
`upkeep` once a day.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec

from library.consent.copies import is_on_site
from library.core.errors import CarerStoriesError
from library.core.removal import RemovalFailure, remove
from library.core.settings import load_settings
from library.core.unforeseen import as_refusal, details_of
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.library_day import is_showing_sure, library_day
from publish import build_job
from publish.edition import read_edition
from publish.kept_previews import remove_preview
from publish.left_out import LeftOutFile, read_left_out
from publish.reconciliation.compare import (
    Comparison,
    OutlivingCopy,
    RefusedCopy,
    RefusedStory,
    compare_with_gate,
)
from publish.reconciliation.messages import Cause, MessageWriter
from publish.reconciliation.site_files import unknown_files
from publish.reconciliation.stamp import (
    ReconciliationStamp,
    build_leftovers,
    change_token,
    is_anything_out,
    read_stamp,
    still_led_to,
    write_stamp,
)
from publish.take_down import (
    files_naming,
    published_folders,
    remove_leftovers,
    remove_published,
    take_down_stories,
)

Report = Callable[[str], None]


@dataclass
class Reconciliation:
    """The outcome: what was taken down, what could not be, and what people still have to do."""

    comparison: Comparison
    taken_down: tuple[RefusedStory, ...] = ()
    """Stories whose own files were removed from edition and site."""
    shown_again: tuple[str, ...] = ()
    """Ids of stories of which only a file had been altered: the new site shows them as released."""
    previews_removed: tuple[str, ...] = ()
    deliveries_removed: tuple[str, ...] = ()
    """Names of files for other systems that were kept here."""
    site_rebuilt: bool = False
    site_removed: bool = False
    """Set where the site could not be made again and was removed, for it still showed a story."""
    still_out: tuple[str, ...] = ()
    """Paths in edition and site, below the workspace, that still show a refused story."""
    left_out: tuple[LeftOutFile, ...] = ()
    """Hand-written pages that the site was made without, to be mended by an editor."""
    new_copies: tuple[RefusedCopy, ...] = ()
    """Copies that were not named before for these stories and causes: to ask back, or going on."""
    new_waiting: tuple[RefusedCopy, ...] = ()
    """Thin packages that were not named before and show nothing now, though they may, or will."""
    new_outliving: tuple[OutlivingCopy, ...] = ()
    """Copies that were not named before for the sooner day of review on them."""
    messages: tuple[Path, ...] = ()
    """Messages that were written to whoever has a copy, one for each story on it."""
    failures: list[str] = field(default_factory=list)
    """Sentences about steps that failed."""
    details: list[str] = field(default_factory=list)
    """The words of the program itself for them, for --verbose; "" where it is a refusal."""

    @property
    def did_anything(self) -> bool:
        return bool(
            self.taken_down
            or self.previews_removed
            or self.deliveries_removed
            or self.site_rebuilt
            or self.site_removed
            or self.still_out
            or self.new_copies
            or self.new_waiting
            or self.new_outliving
            or self.failures
        )


def reconcile(
    workspace: Workspace,
    *,
    role: str = "editor",
    on: date | None = None,
    is_daily: bool = False,
    report: Report = lambda _sentence: None,
) -> Reconciliation:
    """Take down whatever is out and may not be on the day `on`; build the site again without it.

    First the files of refused stories are removed, then the pages that list them are made again; if
    they cannot be, the whole site is removed. The daily run hashes every film, also those whose
    sizes and times did not change, and names all copies to ask back, not only new ones. Raises
    DiskFailed only where nothing could be compared.
    """
    on = on or library_day(workspace)
    stamp = read_stamp(workspace)
    # Before the comparison: a change during it is seen by the next one.
    token_before = change_token(workspace, stamp, on)
    known = msgspec.structs.replace(stamp, cuts={}, published={}, pages="") if is_daily else stamp
    comparison = compare_with_gate(workspace, on, known, hash_whole_site=is_daily)
    outcome = Reconciliation(comparison)
    pending = {*stamp.pending, *(story.id for story in comparison.refused)}
    if comparison.refused:
        for story in comparison.refused:
            report(f"{story.id} may not be shown any more: {story.reasons[0]}")
        _take_down(workspace, outcome, stamp, pending, role)
    _remove_previews(workspace, outcome)
    _remove_deliveries(workspace, outcome)
    _remove_leftovers(workspace, outcome)
    is_to_be_made_again = comparison.misstated and is_showing_sure(workspace)
    if pending or is_to_be_made_again or _are_unknown(workspace, comparison, hashing=is_daily):
        _rebuild(workspace, outcome, pending, report, role)
    # Behind the build, which decides what thin packages show.
    dark = [refused for refused in comparison.copies if _is_dark(workspace, refused)]
    outcome.new_copies = tuple(
        refused
        for refused in comparison.copies
        if refused not in dark
        and ((is_daily and not refused.goes_on) or not _is_told(workspace, refused, stamp))
    )
    outcome.new_waiting = tuple(
        waiting
        for waiting in (*dark, *comparison.waiting)
        if not _is_told(workspace, waiting, stamp)
    )
    outcome.new_outliving = tuple(
        outliving for outliving in comparison.outliving if not _is_told(workspace, outliving, stamp)
    )
    unwritten = _write_messages(workspace, outcome, stamp)
    _write_stamp(workspace, outcome, stamp, token_before, pending, unwritten)
    return outcome


def _is_dark(workspace: Workspace, refused: RefusedCopy | OutlivingCopy) -> bool:
    """Return True for a thin session whose other stories may be shown, and that the site lacks."""
    goes_on = isinstance(refused, RefusedCopy) and refused.goes_on
    return goes_on and not is_on_site(workspace, refused.copy)


def _mark(workspace: Workspace, refused: RefusedCopy | OutlivingCopy, cause: Cause) -> str:
    return f"{cause.mark}, dark" if _is_dark(workspace, refused) else cause.mark


def _is_told(
    workspace: Workspace, refused: RefusedCopy | OutlivingCopy, stamp: ReconciliationStamp
) -> bool:
    """Return True where the editor was told of the copy, for each story and cause."""
    told = stamp.told.get(refused.copy.id, {})
    return all(
        told.get(story_id) == _mark(workspace, refused, cause)
        for story_id, cause in refused.causes.items()
    )


def _write_messages(
    workspace: Workspace, outcome: Reconciliation, stamp: ReconciliationStamp
) -> set[tuple[str, str]]:
    """Write the message about each story on each copy that was not told of before.

    Returns the copies and stories whose message could not be written: the next command tries again.
    """
    writer = MessageWriter(workspace)
    paths, unwritten = [], set()
    # Without a stamp nobody knows whom an earlier version asked: its copies are named alone.
    is_first_look = stamp == ReconciliationStamp()
    for refused in outcome.comparison.copies_to_tell_of:
        copy, told = refused.copy, stamp.told.get(refused.copy.id, {})
        has_others = isinstance(refused, RefusedCopy) and refused.has_others
        if is_first_look and not (copy.form or copy.titles):
            continue
        for story_id, cause in refused.causes.items():
            if told.get(story_id) == _mark(workspace, refused, cause):
                continue
            try:
                paths.append(writer.write(story_id, cause, copy, has_others=has_others))
            except CarerStoriesError as error:
                outcome.failures.append(
                    f"The message about {copy.id} could not be written. {error.what}"
                )
                unwritten.add((copy.id, story_id))
    outcome.messages = tuple(paths)
    return unwritten


def _are_unknown(workspace: Workspace, comparison: Comparison, *, hashing: bool) -> bool:
    """Return True where there still are files that the last build did not write.

    Asked again once no build is running: one that is between its site and its line is no reason.
    """
    if not comparison.unknown_files:
        return False
    with contextlib.suppress(CarerStoriesError), build_job.build_lock(workspace):
        return bool(unknown_files(workspace, hashing="all" if hashing else "pages"))
    return True


def _take_down(
    workspace: Workspace,
    outcome: Reconciliation,
    stamp: ReconciliationStamp,
    pending: set[str],
    role: str,
) -> None:
    """Remove the refused stories' own files. They are noted first, so that a kill is noticed."""
    with contextlib.suppress(CarerStoriesError):
        write_stamp(
            workspace,
            msgspec.structs.replace(stamp, change_token="", pending=tuple(sorted(pending))),
        )
    refused = outcome.comparison.refused
    _, failures = take_down_stories(workspace, {story.id for story in refused})
    outcome.failures += [_removal_sentence(failure) for failure in failures]
    not_removed = {failure.path for failure in failures}
    outcome.taken_down = tuple(
        story for story in refused if not any(story.id in path.as_posix() for path in not_removed)
    )
    for story in refused:
        # A log that cannot be written must not keep the story in front of staff.
        with (
            contextlib.suppress(CarerStoriesError),
            Ledger(workspace).update("take-down", story.id, role),
        ):
            pass


def _remove_previews(workspace: Workspace, outcome: Reconciliation) -> None:
    removed = []
    for preview in outcome.comparison.previews:
        try:
            if remove_preview(workspace, preview.id):
                removed.append(preview.id)
        except CarerStoriesError as error:
            outcome.failures.append(error.what)
    outcome.previews_removed = tuple(removed)


def _remove_deliveries(workspace: Workspace, outcome: Reconciliation) -> None:
    """Remove what was made for other systems: copies of it may be out, and are asked back."""
    removed = []
    for name in outcome.comparison.deliveries:
        failures = remove(workspace.deliveries / name)
        outcome.failures += [_removal_sentence(failure) for failure in failures]
        if not failures:
            removed.append(name)
    outcome.deliveries_removed = tuple(removed)


def _remove_leftovers(workspace: Workspace, outcome: Reconciliation) -> None:
    """Remove what killed builds left beside edition and site; one that runs keeps its own."""
    if not build_leftovers(workspace):
        return
    with contextlib.suppress(CarerStoriesError), build_job.build_lock(workspace, timeout=0):
        remove_leftovers(workspace)
        for folder in build_leftovers(workspace):
            name = folder.relative_to(workspace.root).as_posix()
            outcome.failures.append(
                f"{name} is left of an earlier site and could not be removed. Remove it by hand, "
                "or let whoever owns it do so."
            )


def _rebuild(
    workspace: Workspace, outcome: Reconciliation, story_ids: set[str], report: Report, role: str
) -> None:
    """Make the site again; where that fails and it still names a refused story, remove it."""
    if not published_folders(workspace):
        return
    report("Building the site again…")
    failures_before = list(outcome.failures)
    outcome.site_rebuilt = _try_rebuild(workspace, outcome, role)
    if outcome.site_rebuilt:
        outcome.left_out = read_left_out(workspace)
        # The build asked the gate and searched every byte: whatever it shows may be shown.
        outcome.shown_again = tuple(sorted(story_ids.intersection(_ids_in_edition(workspace))))
        return
    if not published_folders(workspace):
        # Another command took all of it down meanwhile: there is nothing to make again.
        outcome.failures, outcome.details = failures_before, []
        outcome.site_removed = True
        return
    naming_files = files_naming(workspace, story_ids) if story_ids else []
    if naming_files:
        # Its lists and its search still hold the story's words: better no site than those.
        failures = remove_published(workspace, story_ids)
        outcome.failures += [_removal_sentence(failure) for failure in failures]
        outcome.site_removed = not published_folders(workspace)
        naming_files = [path for path in naming_files if path.exists()]
    outcome.still_out = tuple(path.relative_to(workspace.root).as_posix() for path in naming_files)


def _ids_in_edition(workspace: Workspace) -> set[str]:
    with contextlib.suppress(CarerStoriesError):
        return {story.page.id for story in read_edition(workspace).stories}
    return set()


_NOT_MADE = "The site could not be made again."
_OF_WHAT_STOOD = "The site was made of what it showed before, for it cannot be made anew now."


def _try_rebuild(workspace: Workspace, outcome: Reconciliation, role: str) -> bool:
    audience = outcome.comparison.audience
    # In two ways: from the records, or else from the edition without the refused stories.
    try:
        # While log or clock are in doubt nothing may be added: the edition without the story.
        may_add = not outcome.comparison.problem and is_showing_sure(workspace)
        if audience is not None and may_add:
            build_job.build_library(workspace, audience, role=role, may_leave_out=True)
            return True
        build_job.rebuild_site(workspace)
        return True
    # Every error: MkDocs and its plugins know nothing of ours.
    except Exception as error:
        reason = as_refusal(error).what
        outcome.details.append(details_of(error))
    # From the edition without the story: that needs neither database nor settings.
    is_rebuilt = False
    if not outcome.comparison.problem:
        with contextlib.suppress(Exception):
            build_job.rebuild_site(workspace)
            is_rebuilt = True
    outcome.failures.append(f"{_OF_WHAT_STOOD if is_rebuilt else _NOT_MADE} {reason}")
    return is_rebuilt


def _removal_sentence(failure: RemovalFailure) -> str:
    return f"{failure.path} could not be removed: {failure.reason}. Remove it by hand."


def _write_stamp(
    workspace: Workspace,
    outcome: Reconciliation,
    stamp: ReconciliationStamp,
    token_before: str,
    pending: set[str],
    unwritten: set[tuple[str, str]],
) -> None:
    comparison = outcome.comparison
    # Where a page could not be removed, the next command tries again.
    still_pending = pending if outcome.still_out else set()
    cuts = comparison.cuts_unchanged
    # After any change the next command compares once more: a removal proves nothing of the rest.
    is_settled = not (
        still_pending
        or unwritten
        or comparison.problem
        # Also where it failed: the next command tries again.
        or comparison.is_anything_to_take_down
        or _is_changed(outcome)
        or set(cuts) != set(stamp.cuts)
        or set(comparison.published_unchanged) != set(stamp.published)
    )
    # Read again: what was taken down since may have led elsewhere.
    led_to = still_led_to(read_stamp(workspace))
    new = ReconciliationStamp(
        change_token=token_before if is_settled and not led_to else "",
        led_to=led_to,
        # A setting that the gate was not asked with yet must not pass for an old one.
        audience_setting=stamp.audience_setting
        if comparison.problem
        else _audience_setting(workspace) or stamp.audience_setting,
        cuts=dict(cuts),
        published=dict(comparison.published_unchanged),
        pages=comparison.pages_unchanged,
        pending=tuple(sorted(still_pending)),
        told=stamp.told if comparison.problem else _told_now(workspace, comparison, unwritten),
    )
    if new == read_stamp(workspace):
        return
    if not is_anything_out(workspace):
        return
    try:
        write_stamp(workspace, new)
    except CarerStoriesError as error:
        # The next command compares again, which is only slower.
        outcome.failures.append(error.what)


def _told_now(
    workspace: Workspace, comparison: Comparison, unwritten: set[tuple[str, str]]
) -> dict[str, dict[str, str]]:
    told: dict[str, dict[str, str]] = {}
    for refused in comparison.copies_to_tell_of:
        told.setdefault(refused.copy.id, {}).update(
            (story_id, _mark(workspace, refused, cause))
            for story_id, cause in refused.causes.items()
            if (refused.copy.id, story_id) not in unwritten
        )
    return told


def _is_changed(outcome: Reconciliation) -> bool:
    return bool(
        outcome.taken_down
        or outcome.site_rebuilt
        or outcome.previews_removed
        or outcome.deliveries_removed
    )


def _audience_setting(workspace: Workspace) -> str:
    with contextlib.suppress(CarerStoriesError):
        return load_settings(workspace).audience
    return ""
