"""The steps of a withdrawal, in the order that shuts the door first and tidies up after.

Nothing that is broken stops it: each step is tried, what it met is remembered and told, and the
same command run again does what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from capture.recording.originals import read_manifest
from films.render_film import forget_preview
from library import consent
from library.backup.registry import known_backups
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.clock import now
from library.core.errors import Busy, CarerStoriesError, Damaged, DiskFailed, NoRoom
from library.core.removal import Refused
from library.core.settings import load_settings, site_audience
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import Scope, Withdrawal
from library.records.withdrawal_notes import Erasure
from publish import build_job as printing
from publish.build_receipt import is_logged
from publish.edition import read_edition
from publish.preview import remove_preview
from stewardship.withdrawal import outcome as told
from stewardship.withdrawal.fingerprints import said_elsewhere, telltales_of
from stewardship.withdrawal.outcome import Erased, Outcome, Trouble
from stewardship.withdrawal.receipt import write_receipt
from stewardship.withdrawal.residue import UNSEEN, Telltales, Trace, find_traces
from stewardship.withdrawal.take_down import (
    leftovers,
    own_files,
    remove_leftovers,
    sites,
    take_down,
)

Tell = Callable[[str], None]
_NOT_OURS = {"stories", "private", "models", "demo", "withdrawn", "receipts", "edition"}
"""Of `interviews/`: what is looked at otherwise, or holds nothing that came from a story."""


def withdraw(
    workspace: Workspace,
    story_id: str,
    asked_by: str = "contributor",
    scope: Scope = "all",
    *,
    erase: bool = False,
    tell: Tell = lambda _said: None,
) -> Outcome:
    """Take a story back, or showing it to `scope` and wider; with `erase`, all that is kept of it.

    `tell` is given a sentence as each step is done. Raises BadInput for what is no id, NotFound
    for a story nobody knows of; whatever else is met is in the outcome.
    """
    outcome = _shut(workspace, story_id, asked_by, scope)
    withdrawal = outcome.withdrawal
    if outcome.held:
        tell(_said_at_once(withdrawal))
    telltales = telltales_of(workspace, story_id)
    _take_out_of_site(workspace, outcome)
    _record(workspace, outcome)
    if withdrawal.is_whole:
        _remove_preview(workspace, outcome)
    _make_site_again(workspace, outcome, tell)
    _prove(workspace, outcome, telltales)
    if erase and outcome.held:
        tell("Erasing what is kept of it…")
        _erase(workspace, outcome, telltales)
    _list_copies(workspace, outcome)
    with _met(outcome, told.NO_BACKUPS):
        outcome.backups = known_backups(workspace)
    with _met(outcome, told.NO_RECEIPT):
        outcome.receipt = write_receipt(workspace, outcome)
    return outcome


def _said_at_once(withdrawal: Withdrawal) -> str:
    if withdrawal.is_whole:
        return (
            f"{withdrawal.story} is withdrawn as of {withdrawal.on}. From now on it is not shown."
        )
    return (
        f"{withdrawal.story} is not shown to “{withdrawal.scope}” and wider any more, "
        f"as of {withdrawal.on}."
    )


@contextmanager
def _met(outcome: Outcome, kind: str) -> Iterator[None]:
    """Whatever is broken in this step, the next is tried all the same."""
    try:
        yield
    except Exception as error:
        outcome.met(kind, error)


def _shut(workspace: Workspace, story_id: str, asked_by: str, scope: Scope) -> Outcome:
    """Note it, so that the gate says no, needing neither lock, database nor log."""
    try:
        return Outcome(consent.take_note(workspace, story_id, asked_by, scope), held=True)
    except (NoRoom, DiskFailed) as error:
        outcome = Outcome(consent.begin_withdrawal(story_id, asked_by, scope))
        outcome.met(told.NOT_WRITTEN, error)
        return outcome


def _record(workspace: Workspace, outcome: Outcome) -> None:
    with _met(outcome, told.NOT_RECORDED):
        outcome.withdrawal = consent.enter_withdrawal(workspace, outcome.withdrawal)
        outcome.recorded = outcome.held = True


# Edition and site


def _take_out_of_site(workspace: Workspace, outcome: Outcome) -> None:
    outcome.audience = _audience_of_site(workspace)
    outcome.covered = outcome.audience is None or outcome.withdrawal.covers(outcome.audience)
    if outcome.covered:
        with _met(outcome, told.NOT_REMOVED):
            _take_down(workspace, outcome)


def _take_down(workspace: Workspace, outcome: Outcome) -> None:
    taken, refused = take_down(workspace, outcome.withdrawal)
    places = [path.relative_to(workspace.root).as_posix() for path in taken]
    outcome.taken_down = tuple(dict.fromkeys([*outcome.taken_down, *places]))
    _tell_refused(outcome, told.NOT_REMOVED, refused)


def _tell_refused(outcome: Outcome, kind: str, refused: list[Refused]) -> None:
    for one in refused[:3]:
        what = f"{one.path} could not be removed: {one.why}."
        step = "Remove it by hand, or mend what holds it and run the same command again."
        trouble = Trouble(kind, what, step, DiskFailed.exit_code)
        if trouble not in outcome.troubles:
            outcome.troubles.append(trouble)


def _audience_of_site(workspace: Workspace) -> Audience | None:
    """The audience the site was last made for, else the settings’; None where neither is told."""
    with suppress(CarerStoriesError, OSError):
        word = read_edition(workspace).audience
        if word in AUDIENCE_WORDS:
            return Audience.from_word(word)
    with suppress(CarerStoriesError, OSError):
        return site_audience(load_settings(workspace))
    return None


def _make_site_again(workspace: Workspace, outcome: Outcome, tell: Tell) -> None:
    """The press asks the gate anew; a build that is running is waited for, and loses.

    Where the withdrawal could not be written down the gate would say yes, and is not asked.
    """
    if not _may_be_in_site(workspace, outcome):
        return
    tell("Making the site again without it…" if outcome.covered else "Making the site again…")
    if outcome.held:
        _press(workspace, outcome)
    if outcome.covered and not outcome.rebuilt:
        _make_do(workspace, outcome)


def _press(workspace: Workspace, outcome: Outcome) -> None:
    with _met(outcome, told.NOT_REBUILT):
        with printing.build_lock(workspace):
            _tell_refused(outcome, told.NOT_REMOVED, remove_leftovers(workspace))
        if outcome.audience is None:
            raise Damaged(
                "For whom the site was made cannot be read.",
                "Mend interviews/settings.yml, then run the same command again.",
            )
        printing.build_library(workspace, outcome.audience)
        outcome.rebuilt = True


def _may_be_in_site(workspace: Workspace, outcome: Outcome) -> bool:
    """Its files are or were there, or a page names it: else the site has nothing to lose.

    Nor has it where the last build was made without it, and broken off before it was entered; but
    then nobody could tell later that these pages are ours.
    """
    story_id = outcome.withdrawal.story
    with suppress(CarerStoriesError):
        if not is_logged(workspace):
            return True
    if outcome.taken_down or leftovers(workspace) or own_files(workspace, story_id):
        return True
    needle = story_id.encode()
    pages = (path for place in sites(workspace) for path in place.rglob("*") if path.is_file())
    named = (".html", ".json", ".js", ".txt", ".xml")
    with suppress(OSError):
        return any(needle in path.read_bytes() for path in pages if path.suffix in named)
    return True


def _make_do(workspace: Workspace, outcome: Outcome) -> None:
    """From the edition alone, less what was taken back: it needs no database and no settings."""
    another_build_runs = any(one.kind == told.NOT_REBUILT for one in outcome.troubles) and (
        outcome.troubles[-1].exit_code == Busy.exit_code
    )
    with suppress(Exception):
        _take_down(workspace, outcome)  # a build that was running may have put it back
        if not another_build_runs:
            printing.rebuild_site(workspace)
            outcome.made_do()


def _prove(workspace: Workspace, outcome: Outcome, telltales: Telltales) -> None:
    """Every byte of edition and site; what cannot be read is not cleared."""
    if not outcome.covered:
        return
    with _met(outcome, told.NOT_LOOKED):
        outcome.traces = find_traces(
            workspace,
            sites(workspace),
            telltales,
            said_elsewhere=lambda: said_elsewhere(workspace, telltales.story),
        )


def _remove_preview(workspace: Workspace, outcome: Outcome) -> None:
    with _met(outcome, told.NOT_REMOVED):
        forget_preview(workspace.story(outcome.withdrawal.story))
        outcome.preview_removed = remove_preview(workspace, outcome.withdrawal.story)


# Erasing


def _erase(workspace: Workspace, outcome: Outcome, telltales: Telltales) -> None:
    """Files, words and name: each as far as it goes, whatever the others meet."""
    story_id, role = outcome.withdrawal.story, outcome.withdrawal.asked_by
    before = len(outcome.troubles)
    outcome.erased = erased = Erased(Erasure(story=story_id, asked=now(), asked_by=role))
    with _met(outcome, told.NOT_ERASED):
        erased.erasure = consent.ask_erasure(workspace, story_id, role)
    with _met(outcome, told.NOT_ERASED):
        erased.also_in = _also_in(workspace, story_id, telltales)
        refused = consent.erase_files(workspace, story_id)
        _tell_refused(outcome, told.NOT_ERASED, refused)
    with _met(outcome, told.NOT_ERASED):
        consent.erase_records(workspace, story_id, role)
    with _met(outcome, told.NOT_ERASED):
        erased.left = _left(workspace, telltales)
        if len(outcome.troubles) == before and not erased.left:
            erased.erasure = consent.finish_erasure(workspace, erased.erasure)
            erased.whole = True


def _left(workspace: Workspace, telltales: Telltales) -> tuple[Trace, ...]:
    """Words and media below `interviews/`, wherever somebody may have put them."""
    places = [path for path in workspace.interviews.iterdir() if path.name not in _NOT_OURS]
    if workspace.stories.is_dir():
        loose = workspace.stories.iterdir()
        places += [path for path in loose if not path.name.startswith("cs-")]
    found = find_traces(
        workspace,
        sorted(places),
        telltales,
        said_elsewhere=lambda: said_elsewhere(workspace, telltales.story),
        with_id=False,
    )
    return tuple(trace for trace in found if trace.of != UNSEEN)


def _also_in(workspace: Workspace, story_id: str, telltales: Telltales) -> tuple[str, ...]:
    """Other stories with the very same recording: a slip, or one that was told anew."""
    found = []
    for path in sorted(workspace.stories.glob("cs-*")):
        with suppress(CarerStoriesError):
            manifest = read_manifest(StoryFolder(path)) if path.name != story_id else None
            if manifest and any(one in telltales.media for one in manifest.checksums.values()):
                found.append(path.name)
    return tuple(found)


# What left the house


def _list_copies(workspace: Workspace, outcome: Outcome) -> None:
    with _met(outcome, told.NO_COPIES):
        outcome.copies = tuple(
            copy
            for copy in consent.copies_of(workspace, outcome.withdrawal.story)
            if outcome.withdrawal.covers(Audience.from_word(copy.audience))
        )
