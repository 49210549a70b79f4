"""Withdraw a story: shut the gate first, then take the story out of everything that shows it.

Nothing that is broken stops a withdrawal. Each step is tried, whatever became of the one before;
failures are remembered in the outcome, and the same command run again does what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache, partial
from pathlib import Path

from capture.recording.originals import read_manifest
from capture.sessions.session_folders import require_not_recording
from films.preview_file import remove_film_preview
from library.backup.notes import UnreachedBackup, note_taken_back
from library.backup.registry import known_backups
from library.backup.selection import is_copy_of_records
from library.consent.copies import copies_of, is_on_site
from library.consent.erasure import erase_files, erase_records, finish_erasure, request_erasure
from library.consent.safeguarding import require_no_hold
from library.consent.withdrawals import (
    new_withdrawal,
    record_noted_withdrawal,
    standing_withdrawal,
    write_note,
)
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.clock import now
from library.core.counting import counted
from library.core.days import day_in_words
from library.core.errors import (
    Busy,
    CarerStoriesError,
    Damaged,
    DiskFailed,
    NoRoom,
    NotAllowed,
)
from library.core.own_folders import folders_elsewhere, links_to_files
from library.core.removal import RemovalFailure, remove
from library.core.settings import load_settings, site_audience
from library.core.unforeseen import as_refusal
from library.core.workspace import STORY_ID, StoryFolder, Workspace
from library.records.consent import Agreement, Scope, Withdrawal
from library.records.copies import Copy
from library.records.kept_fingerprints import forget_erased_fingerprint, read_erased_fingerprint
from library.records.library_day import is_showing_sure, library_day
from library.records.store import Store
from library.records.withdrawal_notes import Erasure
from publish import build_job
from publish.build_receipt import is_logged
from publish.edition import Edition, read_edition
from publish.kept_previews import remove_preview
from publish.left_out import read_left_out
from publish.reconciliation.compare import Comparison, compare_with_gate, stories_on
from publish.reconciliation.messages import Cause, CauseKind, MessageWriter
from publish.reconciliation.stamp import build_leftovers, read_stamp
from publish.take_down import (
    published_files,
    published_folders,
    remove_leftovers,
    remove_published,
    take_down,
)
from stewardship.withdrawal.fingerprints import (
    collect_fingerprints,
    common_text,
    edition_stories,
)
from stewardship.withdrawal.outcome import (
    ErasureOutcome,
    FailedStep,
    StepFailure,
    WithdrawalOutcome,
)
from stewardship.withdrawal.receipt import write_receipt
from stewardship.withdrawal.residue import (
    ITS_MEDIA,
    UNREADABLE,
    Fingerprints,
    Residue,
    find_residue,
    without_phrases,
)

Report = Callable[[str], None]
_SEARCHED_APART = {
    "stories",
    "private",
    "models",
    "demo",
    "withdrawn",
    "receipts",
    "edition",
    ".left-out.json",
}
"""Names in `interviews/` that are searched by other steps, or hold nothing from a story."""
_MAX_FILES_NAMED = 3
"""Files that could not be removed and are named one by one; the rest are counted."""


def withdraw(
    workspace: Workspace,
    story_id: str,
    asked_by: str = "contributor",
    scope: Scope = "all",
    *,
    erase: bool = False,
    forget_fingerprint: bool = False,
    report: Report = lambda _sentence: None,
) -> WithdrawalOutcome:
    """Withdraw a story, or showing it to `scope` and wider; with `erase`, erase what is kept of it.

    `forget_fingerprint` erases what the contributor let be kept of the sound, too.
    `report` is given a sentence as each step is done. Raises BadInput for what is no id, NotFound
    for a story nobody knows of; every other failure is in the outcome.
    """
    # The order must not change: the note shuts the gate before anything slow is begun, and the
    # fingerprints are collected from the very files that the steps after it remove.
    if scope != "all" and (whole := standing_withdrawal(workspace, story_id, "all")):
        day = day_in_words(whole.on)
        report(f"{story_id} was withdrawn as a whole on {day} already, and is shown to nobody.")
        scope = "all"
    before = standing_withdrawal(workspace, story_id, scope)
    outcome = _note_withdrawal(workspace, story_id, asked_by, scope)
    outcome.is_repeated = before is not None
    if before:
        report(_repeated_sentence(before))
    elif outcome.is_in_force:
        report(_withdrawn_sentence(outcome.withdrawal))
    fingerprints = _collect_fingerprints(workspace, outcome)
    # Before the files go: a link among them goes too, and with it the way to what it leads to.
    with _attempt(outcome, FailedStep.ELSEWHERE):
        _note_elsewhere(workspace, outcome)
    thin_sessions = _thin_sessions_showing(workspace, story_id)
    _take_out_of_site(workspace, outcome)
    _record_withdrawal(workspace, outcome)
    if outcome.withdrawal.is_whole:
        _remove_preview(workspace, outcome)
        _remove_deliveries(workspace, outcome, fingerprints)
    # Before anything slow: a restore from there must not bring the story back.
    _note_in_backups(workspace, outcome)
    with _attempt(outcome, FailedStep.REBUILD):
        _rebuild_site(workspace, outcome, report)
    _search_site(workspace, outcome, fingerprints)
    if outcome.residue and not outcome.site_rebuilt:
        _remove_site(workspace, outcome)
        _search_site(workspace, outcome, fingerprints)
    if erase and outcome.is_in_force:
        _erase_unless_held(
            workspace, outcome, fingerprints, report, forget_fingerprint=forget_fingerprint
        )
        _note_in_backups(workspace, outcome)
    outcome.is_on_site = bool(published_files(workspace, story_id))
    with_others = _list_copies(workspace, outcome, thin_sessions)
    with _attempt(outcome, FailedStep.WRITE_MESSAGES):
        cause, writer = Cause(CauseKind.WITHDRAWN, outcome.withdrawal.on), MessageWriter(workspace)
        for copy in (*outcome.copies, *outcome.going_on):
            message = writer.write(story_id, cause, copy, has_others=copy.id in with_others)
            outcome.messages = (*outcome.messages, message)
    with _attempt(outcome, FailedStep.LIST_BACKUPS):
        outcome.backups = known_backups(workspace)
    unwritten = (
        FailedStep.WRITE_RECEIPT if outcome.is_in_force else FailedStep.WRITE_RECEIPT_UNNOTED
    )
    with _attempt(outcome, unwritten):
        outcome.receipt = write_receipt(workspace, outcome)
    return outcome


def _withdrawn_sentence(withdrawal: Withdrawal) -> str:
    if withdrawal.is_whole:
        return (
            f"{withdrawal.story} is withdrawn as of {withdrawal.on}. From now on it is not shown."
        )
    if withdrawal.scope == "archive":
        return f"No archive may keep {withdrawal.story} any more, as of {withdrawal.on}."
    return (
        f"{withdrawal.story} is not shown to “{withdrawal.scope}” and wider any more, "
        f"as of {withdrawal.on}."
    )


def _repeated_sentence(withdrawal: Withdrawal) -> str:
    what = "" if withdrawal.is_whole else f" ({withdrawal.in_words})"
    day = day_in_words(withdrawal.on)
    return f"{withdrawal.story} was withdrawn{what} on {day}. Looking for what is left of it…"


@contextmanager
def _attempt(outcome: WithdrawalOutcome, step: FailedStep) -> Iterator[None]:
    """Try a step; whatever it raises is remembered, so that the next step is tried all the same."""
    try:
        yield
    # Whatever it is: a withdrawal goes on with its next step.
    except Exception as error:
        outcome.record_failure(step, error)


def _note_withdrawal(
    workspace: Workspace, story_id: str, asked_by: str, scope: Scope
) -> WithdrawalOutcome:
    """Note the withdrawal, so that the gate says no. Needs neither lock, database nor log."""
    try:
        withdrawal = write_note(workspace, story_id, asked_by, scope)
        return WithdrawalOutcome(withdrawal, is_in_force=True)
    except (NoRoom, DiskFailed) as error:
        outcome = WithdrawalOutcome(new_withdrawal(story_id, asked_by, scope))
        outcome.record_failure(FailedStep.NOTE, error)
        # Not raised: the story’s page can be taken down although nothing could be noted.
        return outcome


def _collect_fingerprints(workspace: Workspace, outcome: WithdrawalOutcome) -> Fingerprints:
    """Return what it is known by; by its id alone where its files cannot be looked at."""
    with _attempt(outcome, FailedStep.SEARCH):
        return collect_fingerprints(workspace, outcome.withdrawal.story)
    return Fingerprints(outcome.withdrawal.story)


def _record_withdrawal(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    step = FailedStep.RECORD if outcome.is_in_force else FailedStep.RECORD_UNNOTED
    with _attempt(outcome, step):
        outcome.withdrawal = record_noted_withdrawal(workspace, outcome.withdrawal)
        outcome.is_recorded = outcome.is_in_force = True


def _note_in_backups(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    """Note in every backup that can be reached what was taken back; the others are remembered."""
    try:
        outcome.backups_unreached = note_taken_back(workspace)
    # A backup is another disk, and nothing about it may stop a withdrawal or make it look failed.
    except Exception as error:
        with suppress(CarerStoriesError):
            outcome.backups_unreached = tuple(
                UnreachedBackup(backup, as_refusal(error).what)
                for backup in known_backups(workspace)
            )


# Folders that lead elsewhere


def _note_elsewhere(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    """Note each folder, and each file of the story, that is a link or a disk elsewhere."""
    folder = workspace.story(outcome.withdrawal.story).root
    places = [
        (str(elsewhere), elsewhere.leads_to) for elsewhere in folders_elsewhere(workspace)
    ] + [
        (f"{link.relative_to(workspace.root).as_posix()} is a link to another file", link.resolve())
        for link in links_to_files(folder)
    ]
    for what, leads_to in places:
        outcome.failures.append(
            StepFailure(
                FailedStep.ELSEWHERE,
                f"{what}.",
                f"Look through {leads_to} for the story and remove it there. Put the folder itself "
                "in the place of the link or disk, then run the same command again.",
                NotAllowed.exit_code,
            )
        )


# Edition and site


def _take_out_of_site(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    outcome.audience = _audience_of_site(workspace)
    # The site is no archive: who may see it there stays as it was.
    outcome.covers_site = outcome.withdrawal.scope != "archive" and (
        outcome.audience is None or outcome.withdrawal.covers(outcome.audience)
    )
    if outcome.covers_site:
        with _attempt(outcome, FailedStep.REMOVE_FILES):
            _take_down(workspace, outcome)


def _take_down(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    removed, refused = take_down(workspace, outcome.withdrawal)
    paths = [path.relative_to(workspace.root).as_posix() for path in removed]
    outcome.taken_down = tuple(dict.fromkeys([*outcome.taken_down, *paths]))
    _record_refused(outcome, FailedStep.REMOVE_FILES, refused)


def _record_refused(
    outcome: WithdrawalOutcome, step: FailedStep, refused: list[RemovalFailure]
) -> None:
    for refusal in refused[:_MAX_FILES_NAMED]:
        failure = StepFailure(
            step,
            f"{refusal.path} could not be removed: {refusal.reason}.",
            "Remove it by hand, or mend what holds it and run the same command again.",
            DiskFailed.exit_code,
        )
        if failure not in outcome.failures:
            outcome.failures.append(failure)
    if len(refused) > _MAX_FILES_NAMED:
        rest = counted(len(refused) - _MAX_FILES_NAMED, "more file")
        outcome.failures.append(
            StepFailure(
                step,
                f"{rest} could not be removed.",
                "Run the same command again once those are gone: it names the next.",
                DiskFailed.exit_code,
            )
        )


def _audience_of_site(workspace: Workspace) -> Audience | None:
    """Return the audience of the last build, else of the settings; None if neither can be read."""
    with suppress(CarerStoriesError, OSError):
        word = read_edition(workspace).audience
        if word in AUDIENCE_WORDS:
            return Audience.from_word(word)
    with suppress(CarerStoriesError, OSError):
        return site_audience(load_settings(workspace))
    return None


def _rebuild_site(workspace: Workspace, outcome: WithdrawalOutcome, report: Report) -> None:
    """Build the site again; a build that is running is waited for, and cannot bring it back."""
    if outcome.withdrawal.scope == "archive" or not _may_be_on_site(workspace, outcome):
        return
    report(
        "Building the site again without it…" if outcome.covers_site else "Building the site again…"
    )
    # Where the withdrawal could not be written down the gate would say yes, and is not asked.
    if outcome.is_in_force and not outcome.leads_elsewhere:
        _rebuild_from_records(workspace, outcome)
    if outcome.covers_site and not outcome.site_rebuilt:
        _rebuild_from_edition(workspace, outcome)
    if not outcome.site_rebuilt and not published_folders(workspace):
        # Another command took all of it down meanwhile: there is nothing to make again.
        outcome.note_site_gone()


def _rebuild_from_records(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    with _attempt(outcome, FailedStep.REBUILD):
        # What killed builds left beside the site holds the story as well.
        with build_job.build_lock(workspace):
            _record_refused(outcome, FailedStep.REMOVE_FILES, remove_leftovers(workspace))
        if outcome.audience is None:
            raise Damaged(
                "For whom the site was made cannot be read.",
                "Mend interviews/settings.yml, then run the same command again.",
            )
        # While log or clock are in doubt nothing more may be shown than was: the edition less the
        # story.
        if is_showing_sure(workspace):
            build_job.build_library(workspace, outcome.audience, may_leave_out=True)
        else:
            build_job.rebuild_site(workspace)
        outcome.left_out = read_left_out(workspace)
        outcome.site_rebuilt = True


def _may_be_on_site(workspace: Workspace, outcome: WithdrawalOutcome) -> bool:
    """Return whether the story's files are or were published, or a page names it."""
    story_id = outcome.withdrawal.story
    # A last build that was broken off before it was entered in the log is made again even if the
    # story is not on it: nobody could tell later that its pages are ours.
    with suppress(CarerStoriesError):
        if not is_logged(workspace):
            return True
    if outcome.taken_down or build_leftovers(workspace) or published_files(workspace, story_id):
        return True
    id_bytes = story_id.encode()
    text_files = (
        path
        for folder in published_folders(workspace)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".html", ".json", ".js", ".txt", ".xml")
    )
    with suppress(OSError):
        return any(id_bytes in path.read_bytes() for path in text_files)
    # What cannot be read may hold it, so the site is made again.
    return True


def _rebuild_from_edition(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    """Build the site from the edition less the story, which needs no database and no settings."""
    another_build_runs = any(
        failure.step is FailedStep.REBUILD for failure in outcome.failures
    ) and (outcome.failures[-1].exit_code == Busy.exit_code)
    # What led here is in the outcome already; this is the second best.
    with suppress(Exception):
        _take_down(workspace, outcome)  # a build that was running may have put it back
        if not another_build_runs:
            build_job.rebuild_site(workspace)
            outcome.left_out = read_left_out(workspace)
            outcome.note_rebuilt_from_edition()
    if outcome.leads_elsewhere and not outcome.site_rebuilt:
        # Nothing is built there; the pages that list it go, and are made again later.
        with _attempt(outcome, FailedStep.REMOVE_FILES):
            refused = remove_published(workspace, {outcome.withdrawal.story})
            _record_refused(outcome, FailedStep.REMOVE_FILES, list(refused))


def _search_site(
    workspace: Workspace, outcome: WithdrawalOutcome, fingerprints: Fingerprints
) -> None:
    """Search every byte of edition and site; a file that cannot be read counts as residue."""
    if not outcome.covers_site:
        return
    with _attempt(outcome, FailedStep.SEARCH):
        outcome.residue = find_residue(
            workspace,
            published_folders(workspace),
            fingerprints,
            common_text=lambda: common_text(workspace, fingerprints.story),
        )
        outcome.residue = tuple(sorted({*outcome.residue, *_pictures_on_site(workspace, outcome)}))


def _pictures_on_site(workspace: Workspace, outcome: WithdrawalOutcome) -> Iterator[Residue]:
    """Yield the files of edition and site that show a picture of the story, however saved."""
    # Loaded here: it takes what decodes pictures.
    from publish.pictures.search import pictures_left

    left, unknown = pictures_left(
        workspace,
        published_folders(workspace),
        outcome.withdrawal.story,
        edition_stories(workspace),
    )
    outcome.is_film_unknown = outcome.withdrawal.story in unknown
    for path in left:
        yield Residue(path.relative_to(workspace.root).as_posix(), ITS_MEDIA)


def _remove_site(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    """Remove edition and site as a whole: they hold the story and could not be made again.

    Nothing is lost by it, for both are made from the rest; words that were taken back must not wait
    until MkDocs is mended.
    """
    with _attempt(outcome, FailedStep.REMOVE_FILES):
        paths = published_folders(workspace)
        if outcome.leads_elsewhere:
            # Removing a link would leave all that it leads to, and not all there need be ours.
            paths = [workspace.root / path for path in outcome.still_public]
        refused = [refusal for path in paths for refusal in remove(path)]
        _record_refused(outcome, FailedStep.REMOVE_FILES, refused)
        outcome.site_removed = not refused and not published_folders(workspace)


def _remove_preview(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    folder = workspace.story(outcome.withdrawal.story)
    with _attempt(outcome, FailedStep.REMOVE_FILES):
        outcome.preview_removed = remove_preview(workspace, outcome.withdrawal.story)
    with _attempt(outcome, FailedStep.REMOVE_FILES):
        remove_film_preview(folder)
    # Every word that was typed at the desk since the session began.
    _record_refused(outcome, FailedStep.REMOVE_FILES, remove(folder.desk_journal))


def _remove_deliveries(
    workspace: Workspace, outcome: WithdrawalOutcome, fingerprints: Fingerprints
) -> None:
    """Remove what was made for other systems and lies here still; copies may be out yet."""
    if not workspace.deliveries.is_dir():
        return
    with _attempt(outcome, FailedStep.REMOVE_FILES):
        for path in sorted(workspace.deliveries.iterdir()):
            common = partial(common_text, workspace, fingerprints.story)
            if find_residue(workspace, [path], fingerprints, common_text=common):
                _record_refused(outcome, FailedStep.REMOVE_FILES, remove(path))


# Erasing


def _erase_unless_held(
    workspace: Workspace,
    outcome: WithdrawalOutcome,
    fingerprints: Fingerprints,
    report: Report,
    *,
    forget_fingerprint: bool,
) -> None:
    """Erase it, unless a legal hold stands, holds cannot be read, or somebody is recording it."""
    failures_before = len(outcome.failures)
    with _attempt(outcome, FailedStep.RECORDING):
        require_not_recording(workspace, outcome.withdrawal.story)
    with _attempt(outcome, FailedStep.HELD):
        require_no_hold(workspace, (outcome.withdrawal.story,))
    if len(outcome.failures) == failures_before:
        report("Erasing what is kept of it…")
        _erase(workspace, outcome, fingerprints, report, forget_fingerprint=forget_fingerprint)


def _erase(
    workspace: Workspace,
    outcome: WithdrawalOutcome,
    fingerprints: Fingerprints,
    report: Report,
    *,
    forget_fingerprint: bool,
) -> None:
    """Erase files, words and name: each as far as it goes, whatever the others meet."""
    story_id, role = outcome.withdrawal.story, outcome.withdrawal.asked_by
    failures_before = len(outcome.failures)
    outcome.erasure = erasure = ErasureOutcome(Erasure(story=story_id, asked=now(), asked_by=role))
    # In this order: noted first, so that an erasure broken off is known; files before records.
    with _attempt(outcome, FailedStep.ERASE):
        erasure.erasure = request_erasure(workspace, story_id, role)
    _keep_fingerprint(workspace, erasure, forget=forget_fingerprint, report=report)
    with _attempt(outcome, FailedStep.ERASE):
        # Before the files go, by which the recording is known.
        erasure.same_recording_in = _stories_with_same_recording(workspace, story_id, fingerprints)
        refused = erase_files(workspace, story_id)
        _record_refused(outcome, FailedStep.ERASE, refused)
    with _attempt(outcome, FailedStep.ERASE):
        common = cache(partial(common_text, workspace, story_id))
        erase_records(
            workspace,
            story_id,
            role,
            lambda line: without_phrases(line, fingerprints, common),
        )
    with _attempt(outcome, FailedStep.ERASE):
        erasure.residue = _find_kept_residue(workspace, fingerprints)
        is_done = len(outcome.failures) == failures_before and not outcome.leads_elsewhere
        if is_done and not erasure.residue:
            erasure.erasure = finish_erasure(workspace, erasure.erasure)
            erasure.is_complete = True


def _keep_fingerprint(
    workspace: Workspace, outcome: ErasureOutcome, *, forget: bool, report: Report
) -> None:
    """Keep a fingerprint of the recording where its contributor agreed to it, else none.

    No failure of it may keep a story from being erased.
    """
    story_id = outcome.erasure.story
    with suppress(Exception):
        # Here, and not at the top: a media library that is broken must not stop a withdrawal.
        from capture.intake.withdrawn_recordings import keep_after_erasure
        from capture.media.run_ffmpeg import without_progress

        agreements = Store(workspace.database).read().of_story(Agreement, story_id)
        if forget or not agreements or not agreements[-1].recognise_after_erasure:
            forget_erased_fingerprint(workspace, story_id)
            return
        outcome.is_fingerprint_wanted = True
        if read_manifest(workspace.story(story_id)) is not None:
            report("Keeping a fingerprint of the recording, as its contributor agreed…")
            request_day = outcome.erasure.asked[:10]
            day = date.fromisoformat(request_day) if request_day else library_day(workspace)
            keep_after_erasure(workspace, story_id, day, without_progress)
        # From before, where an erasure that was broken off made it.
        fingerprint = read_erased_fingerprint(workspace, story_id)
        outcome.is_fingerprint_kept = fingerprint is not None


def _find_kept_residue(workspace: Workspace, fingerprints: Fingerprints) -> tuple[Residue, ...]:
    """Return words and media below `interviews/`, wherever somebody may have put them."""
    paths = [path for path in workspace.interviews.iterdir() if path.name not in _SEARCHED_APART]
    if workspace.stories.is_dir():
        # Folders of other stories are theirs; whatever else is among them is nobody's.
        loose = workspace.stories.iterdir()
        paths += [path for path in loose if not STORY_ID.match(path.name)]
    residue = find_residue(
        workspace,
        sorted(paths),
        fingerprints,
        common_text=lambda: common_text(workspace, fingerprints.story),
        include_ids=False,
    )
    # What is no file of ours is searched for the id as well: a copy of the private records says
    # who told it. A copy of the log says no more than the log itself, which is kept.
    foreign = find_residue(
        workspace,
        [
            *(path for path in sorted(paths) if not workspace.is_own_name(path.name)),
            *_private_copies(workspace),
        ],
        fingerprints,
        common_text=lambda: common_text(workspace, fingerprints.story),
    )
    remains = {*residue, *(item for item in foreign if not item.path.endswith(".jsonl"))}
    return tuple(sorted(item for item in remains if item.kind != UNREADABLE))


def _private_copies(workspace: Workspace) -> Iterator[Path]:
    """Yield the files beside the private records that are none of ours.

    Such as `contributors (conflicted copy).json`, which a program leaves that keeps folders alike.
    """
    with suppress(OSError):
        for path in workspace.contributors.parent.iterdir():
            is_own = path in (workspace.other_pictures, workspace.fingerprints)
            is_records = path.name.startswith(workspace.contributors.name)
            relative = path.relative_to(workspace.root).as_posix()
            if not is_own and (not is_records or is_copy_of_records(relative)):
                yield path


def _stories_with_same_recording(
    workspace: Workspace, story_id: str, fingerprints: Fingerprints
) -> tuple[str, ...]:
    """Return other stories with the very same recording: imported by mistake, or told anew."""
    same = []
    for path in sorted(workspace.stories.glob("cs-*")):
        with suppress(CarerStoriesError):
            manifest = read_manifest(StoryFolder(path)) if path.name != story_id else None
            if manifest and fingerprints.media.intersection(manifest.checksums.values()):
                same.append(path.name)
    return tuple(same)


# Copies that left the library


def _thin_sessions_showing(workspace: Workspace, story_id: str) -> tuple[Copy, ...]:
    """Return the thin packages of sessions that a story came into after they were handed out."""
    edition = _edition_as_it_is(workspace)
    with suppress(CarerStoriesError, OSError):
        return tuple(
            copy
            for copy in copies_of(workspace)
            if story_id not in copy.stories and story_id in stories_on(copy, edition)
        )
    return ()


def _list_copies(
    workspace: Workspace, outcome: WithdrawalOutcome, thin_sessions: tuple[Copy, ...]
) -> frozenset[str]:
    """List the copies; return the ids of those with other stories that may still be shown."""
    with _attempt(outcome, FailedStep.LIST_COPIES):
        open_copies = (*copies_of(workspace, outcome.withdrawal.story), *thin_sessions)
        covered = tuple(
            copy
            for copy in open_copies
            # Whatever audience it is withdrawn from, an archive must give its copy back too.
            if copy.medium == "archive"
            or outcome.withdrawal.covers(Audience.from_word(copy.audience))
        )
        outcome.copies = covered
        outcome.other_copies = tuple(copy for copy in open_copies if copy not in covered)
        if not open_copies:
            return frozenset()
        comparison = Comparison(None)
        # The gate alone knows: somebody in another may have objected, or the sign-off lapsed.
        with suppress(CarerStoriesError, OSError):
            comparison = compare_with_gate(
                workspace, library_day(workspace), read_stamp(workspace), check_published=False
            )
        refused = {refusal.copy.id: refusal.stories for refusal in comparison.copies}
        asked_back = {refusal.copy.id for refusal in comparison.copies_to_ask_back}
        outcome.refused_copies = tuple(
            copy.id for copy in outcome.other_copies if copy.id in asked_back
        )
        edition = _edition_as_it_is(workspace)
        with_others = frozenset(
            copy.id
            for copy in covered
            if {*stories_on(copy, edition)} - {outcome.withdrawal.story, *refused.get(copy.id, ())}
        )
        outcome.going_on = tuple(
            copy for copy in covered if copy.form == "scorm-thin" and copy.id in with_others
        )
        outcome.renewable = tuple(
            copy.id for copy in outcome.copies if copy.id in with_others and copy.is_session_file
        )
        outcome.dark_sessions = tuple(
            copy.id for copy in outcome.going_on if not is_on_site(workspace, copy)
        )
        outcome.copies = tuple(copy for copy in covered if copy not in outcome.going_on)
        return with_others
    return frozenset()


def _edition_as_it_is(workspace: Workspace) -> Edition | None:
    with suppress(CarerStoriesError, OSError):
        return read_edition(workspace)
    return None
