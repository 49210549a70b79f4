"""The build job: edition, pages and leak check as one task, one at a time.

Recording a withdrawal does not wait for it. The job takes its own lock and asks the gate only once
it holds it, so a build that started before a withdrawal can never be the last word: the
withdrawal's own build follows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from library.backup.put_back import held_sentence, hold_taken_back_elsewhere
from library.consent.withdrawals import record_all_noted
from library.core import lock, struct_file
from library.core.audience import Audience
from library.core.errors import Busy, CarerStoriesError
from library.core.lock import locked
from library.core.own_folders import require_own_folders
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.records.withdrawal_notes import read_withdrawal_notes
from publish.build import PlanRefused, SiteReport, build_site
from publish.build_receipt import SavedReceipt, forget_files, record_build
from publish.edition import (
    Edition,
    build_edition,
    nothing_stands,
    read_edition,
    require_still_released,
    taken_down_meanwhile,
    withdrawn_meanwhile,
)
from publish.edition_proof import pieces_of, proved
from publish.forbidden import forbidden_content
from publish.handwritten import WrittenReview
from publish.left_out import LeftOutFile, write_left_out
from publish.reconciliation.known_files import remember_published
from publish.search.word_list import word_list
from publish.standing_site import standing_site
from publish.take_down import published_folders

# A build of a thousand stories takes half a minute (docs/project/site.md); copying films takes
# longer.
LOCK_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class BuildResult:
    edition: Edition
    site: SiteReport
    receipt: SavedReceipt | None = None
    problem: str = ""
    """Reason there is no receipt, as a sentence: the site stands all the same."""
    left_out: tuple[LeftOutFile, ...] = ()
    """Files of people that the site was made without."""
    unknown_films: tuple[str, ...] = ()
    """Stories of which no picture is recognised, for their films cannot be looked at."""


def build_library(
    workspace: Workspace, audience: Audience, *, role: str = "editor", may_leave_out: bool = False
) -> BuildResult:
    """Write the edition for an audience, build the site from it, log that and write its receipt.

    With `may_leave_out` hand-written pages with words of a story that may not be shown are left
    out; without it they stop the build: an editor who is there can mend them.

    Raises what `build_edition` and `build_site` raise; the site that stood before still stands.
    """
    with build_lock(workspace):
        # Before the edition is written anew, of which it is.
        standing = standing_site(workspace)
        # The gate counts a withdrawal that is only noted; the records should say it too.
        with suppress(CarerStoriesError):
            record_all_noted(workspace)
        # A library that was put back by hand knows less than its backups.
        for story_id, backup_id in hold_taken_back_elsewhere(workspace, role).items():
            lock.caller.warn(held_sentence(story_id, backup_id))
        # Before films are copied: a mistake in the list is said at once, to who can mend it.
        if not may_leave_out:
            word_list(workspace)
        # Inside the lock: the gate's answer must not be older than another build.
        review = WrittenReview(may_leave_out=may_leave_out)
        edition = build_edition(
            workspace,
            audience,
            review=review,
            standing=standing.files_of if standing else nothing_stands,
        )
        write_left_out(workspace, review.left_out)
        released_ids = {story.page.id for story in edition.stories}
        hidden = replace(
            forbidden_content(workspace, released_ids),
            words=review.words,
            pictures=review.pictures,
        )
        try:
            site = build_site(
                workspace, hidden, standing=standing, check_last=require_still_released
            )
        except PlanRefused as refusal:
            if not may_leave_out:
                raise
            edition = _leave_out_plans(workspace, edition, review, refusal)
            site = build_site(
                workspace, hidden, standing=standing, check_last=require_still_released
            )
        remember_published(workspace, released_ids)
        try:
            receipt = record_build(
                workspace,
                edition,
                pieces_of(edition),
                role,
                kept=site.kept.hashes,
                inputs=site.inputs,
            )
            problem = ""
        except CarerStoriesError as error:
            # The site stands already; a receipt that failed must not say otherwise.
            receipt, problem = None, error.what
        return BuildResult(
            edition,
            site,
            receipt,
            problem,
            left_out=review.left_out,
            unknown_films=review.pictures.unknown_films if review.pictures else (),
        )


def rebuild_site(workspace: Workspace, *, role: str = "editor") -> SiteReport:
    """Build the site from the edition as it stands, where the gate cannot be asked anew.

    Only what the edition says as it did when it was built is shown. The build is logged where the
    records let it; else the list of the site's files goes, for it is of another site. Raises what
    `build_site` raises; the site that stood before still stands.
    """
    # Of what is written alone: a link elsewhere must not keep a withdrawn story in front of staff.
    with build_lock(workspace, own_folders=("public", "interviews/edition")):
        written = read_edition(workspace)
        edition = proved(workspace, written)
        released_ids = {story.page.id for story in edition.stories}
        # A broken list must not keep a withdrawn story in front of staff.
        hidden = forbidden_content(workspace, released_ids, skip_unreadable=True)
        review = WrittenReview(may_leave_out=True)
        reviewed = review(workspace, edition)
        if reviewed != written:
            struct_file.save(workspace.edition_record, reviewed)
        write_left_out(workspace, review.left_out)
        site = build_site(workspace, replace(hidden, pictures=review.pictures))
        try:
            record_build(workspace, reviewed, pieces_of(reviewed), role)
        except CarerStoriesError:
            with suppress(CarerStoriesError):
                forget_files(workspace)
        return site


def _leave_out_plans(
    workspace: Workspace, edition: Edition, review: WrittenReview, refusal: PlanRefused
) -> Edition:
    """Write the edition without the sessions of which pages were refused; return it."""
    without = review.without_plans(workspace, edition, refusal.plans)
    struct_file.save(workspace.edition_record, without)
    write_left_out(workspace, review.left_out)
    return without


@contextmanager
def build_lock(
    workspace: Workspace,
    *,
    timeout: float = LOCK_TIMEOUT_S,
    own_folders: Collection[str] = (),
) -> Iterator[None]:
    """Hold the lock of builds. Raises Busy when another build does not finish in `timeout` seconds,
    BadInput where a folder of the workspace (with `own_folders`, one of these) leads elsewhere.

    A withdrawal waits for no build: it takes its files out of what is being built, or the whole
    site where it can make none. An error in the block after one is not the disk's fault, and
    becomes NotAllowed that says so.
    """
    require_own_folders(workspace, only=own_folders)
    busy = Busy(
        "Another build of the site is still running.",
        "Wait for it, or stop it, then run this again.",
    )
    with locked(workspace.interviews / ".press.lock", busy=busy, timeout=timeout):
        # Before the work, so that a withdrawal during it is told from an older one.
        noted_before, stood_before = _noted(workspace), bool(published_folders(workspace))
        try:
            yield
        # Whatever it is: MkDocs and others say what they will of a file that is gone.
        except Exception as error:
            if withdrawn := [
                withdrawal.story
                for withdrawal in _noted(workspace)
                if withdrawal not in noted_before
            ]:
                raise withdrawn_meanwhile(withdrawn[0]) from error
            if stood_before and not published_folders(workspace):
                raise taken_down_meanwhile() from error
            raise


def _noted(workspace: Workspace) -> tuple[Withdrawal, ...]:
    """Return the withdrawals noted on disk; none where they cannot be read: nothing is held up."""
    with suppress(CarerStoriesError):
        return read_withdrawal_notes(workspace)
    return ()
