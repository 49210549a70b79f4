"""Checks of this machine and workspace, for the command `doctor`."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from capture.intake.copying import broken_off_bytes
from capture.media.run_ffmpeg import ffmpeg_version
from capture.questions.question_set import list_question_sets
from library.backup.registry import backup_status
from library.consent.gate import waits_for_approval_again
from library.consent.gate_input import history_of
from library.consent.holds_by_log import holds_by_log_alone
from library.core import system_calls
from library.core.clock import months_after, today
from library.core.cloud_folders import cloud_service_of
from library.core.counting import counted
from library.core.errors import CarerStoriesError
from library.core.files import free_bytes, human_size
from library.core.installation import (
    command_to_mend,
    command_to_part,
    lacks,
    missing_requirements,
)
from library.core.own_folders import require_own_folders
from library.core.settings import load_settings, missing_for_agreements, say_missing
from library.core.version import installed_distributions
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger
from library.records.library_day import (
    clock_next_step,
    clock_sentence,
    library_day,
    unconfirmed_day,
)
from library.records.log_doubt import require_log_holds
from library.records.story import Story
from library.workspace_template import design_note
from publish.reconciliation.compare import ASK_BACK, TAKE_DOWN, not_allowed_sentences
from stewardship.retention import overdue_items
from stewardship.verify.report import Level
from transcribe.engines.models import find_model, require_engine

MIN_FREE_BYTES = 5 * 2**30
"""Bytes. An hour of interview is about 1.1 GB as recorded at 2.5 Mb/s, and is kept twice."""
_MOST_CHARACTERS_OF_PATH = 95
"""Of 259 that Windows takes unless long paths are allowed; the rest is for files of the library."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, kw_only=True)
class DoctorCheck:
    """The result of one check."""

    what: str
    next_step: str = ""
    detail: str = ""
    """A version or a hash, for whoever is asked for help: shown with --verbose."""
    level: Level = Level.OK
    """A warning keeps nobody from working; either gives the exit code 1."""

    @property
    def is_ok(self) -> bool:
        return self.level is Level.OK

    def as_json(self) -> dict[str, Any]:
        """Return the object of `doctor --json`: its keys are kept for scripts."""
        what = f"{self.what} {self.detail}".rstrip()
        return {"well": self.is_ok, "what": what, "next_step": self.next_step}


def _warning(what: str, next_step: str) -> DoctorCheck:
    return DoctorCheck(what=what, next_step=next_step, level=Level.WARNING)


def _problem(what: str, next_step: str) -> DoctorCheck:
    return DoctorCheck(what=what, next_step=next_step, level=Level.PROBLEM)


def run_checks(workspace: Workspace | None, refusal: CarerStoriesError | None) -> list[DoctorCheck]:
    """Run every check; one that fails never hides the next.

    `refusal` says why there is no `workspace`; only the machine is checked then.
    """
    of_machine = (_check_python, _check_packages, _check_ffmpeg, _check_whisper)
    checks = [_run(check) for check in of_machine]
    if workspace is None:
        if refusal is None:
            return [*checks, _problem("There is no workspace here.", "")]
        return [*checks, _problem(refusal.what, refusal.next_step)]
    of_workspace = (
        # First: while either is in doubt nothing new is shown.
        _check_log,
        _check_clock,
        _check_free_space,
        _check_cloud_folder,
        _check_own_folders,
        *((_check_path_length,) if system_calls.IS_WINDOWS else ()),
        _check_permissions,
        _check_settings,
        _check_agreements,
        _check_model,
        _check_question_sets,
        _check_database,
        _check_support_lines,
        _check_pages,
        _check_broken_off_imports,
        _check_what_is_out,
        _check_approvals,
        _check_retention,
        _check_backups,
        _check_migrations,
    )
    return _each_once([*checks, *(_run(check, workspace) for check in of_workspace)])


def _each_once(checks: Iterable[DoctorCheck]) -> list[DoctorCheck]:
    """Return the checks, each cause once: a misspelt setting fails whatever reads the settings."""
    by_sentence: dict[str, DoctorCheck] = {}
    for check in checks:
        by_sentence.setdefault(check.what, check)
    return list(by_sentence.values())


def _run(check: Callable[..., DoctorCheck], *arguments: Workspace) -> DoctorCheck:
    try:
        return check(*arguments)
    # One thing that is wrong hides none of the others.
    except CarerStoriesError as error:
        return _problem(error.what, error.next_step)


def _check_python() -> DoctorCheck:
    return DoctorCheck(what="Python is ready.", detail=f"Python {sys.version.split()[0]}.")


def _check_ffmpeg() -> DoctorCheck:
    return DoctorCheck(what="ffmpeg is ready.", detail=f"ffmpeg {ffmpeg_version()}.")


def _check_packages() -> DoctorCheck:
    if len(installed_distributions()) > 1:
        return _problem(
            f"{' and '.join(installed_distributions())} are installed in one environment: "
            "they hold the same files, and whoever takes one out breaks the other.",
            f"Take out both, then install one of them again: {command_to_part()}",
        )
    if missing := missing_requirements():
        raise lacks(missing)
    return DoctorCheck(what="All that the program needs is installed.")


def _check_whisper() -> DoctorCheck:
    installed = []
    for name in ("faster-whisper", "openai-whisper"):
        with contextlib.suppress(PackageNotFoundError):
            installed.append(f"{name} {version(name)}")
    if not installed:
        return _problem(
            "Nothing is installed that turns speech into words.",
            command_to_mend(("faster-whisper",)),
        )
    return DoctorCheck(what="Whisper is installed.", detail=f"{', '.join(installed)}.")


def _check_free_space(workspace: Workspace) -> DoctorCheck:
    free = free_bytes(workspace.root)
    amount = f"{free / 2**30:.1f} GB free on the disk of this workspace."
    if free < MIN_FREE_BYTES:
        return _warning(
            f"Only {amount}",
            "An hour of interview needs about 3 GB. Free some space before recording.",
        )
    return DoctorCheck(what=amount)


def _check_cloud_folder(workspace: Workspace) -> DoctorCheck:
    service = cloud_service_of(workspace.root.resolve())
    if service:
        return _problem(
            f"The workspace seems to lie in a folder that {service} copies elsewhere.",
            "Recordings would leave this computer, and what is erased here would stay "
            "there. Move the workspace, unless the trust’s information governance agreed to it.",
        )
    return DoctorCheck(what="The workspace is not in a folder that a cloud service copies.")


def _check_own_folders(workspace: Workspace) -> DoctorCheck:
    require_own_folders(workspace)
    return DoctorCheck(what="No folder of the workspace leads elsewhere.")


def _check_path_length(workspace: Workspace) -> DoctorCheck:
    length = len(str(workspace.root))
    if length > _MOST_CHARACTERS_OF_PATH:
        return _warning(
            f"The path of the workspace has {length} characters: Windows may refuse files in it, "
            "whose paths would be too long.",
            "Move the workspace to where its path is shorter than "
            f"{_MOST_CHARACTERS_OF_PATH} characters, such as a folder in your home folder, or let "
            "IT allow long paths.",
        )
    return DoctorCheck(what="The path of the workspace leaves room for those of its files.")


def _check_permissions(workspace: Workspace) -> DoctorCheck:
    paths = open_to_others(workspace)
    if paths:
        first = paths[0].relative_to(workspace.root)
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        return _problem(
            f"Other accounts of this computer may read {first}{more}.",
            "Keep them out: chmod -R go-rwx interviews/stories interviews/private "
            "interviews/library.json* interviews/audit.jsonl*",
        )
    if system_calls.IS_WINDOWS:
        return DoctorCheck(
            what="Who else may read the stories is not looked at on Windows: whoever may read the "
            "folder that the workspace lies in."
        )
    return DoctorCheck(what="No other account of this computer can read the stories.")


def _check_settings(workspace: Workspace) -> DoctorCheck:
    settings = load_settings(workspace)
    if "trust" in missing_for_agreements(settings):
        # Whose it is, is asked for with the rest of what the agreements need.
        return DoctorCheck(what=f"The workspace is in {workspace.root}.")
    return DoctorCheck(what=f"The workspace of {settings.trust} is in {workspace.root}.")


def _check_agreements(workspace: Workspace) -> DoctorCheck:
    settings = load_settings(workspace)
    missing = missing_for_agreements(settings)
    if missing:
        return _warning(
            "The agreements are not ready to sign: interviews/settings.yml does not say "
            f"{say_missing(missing, settings)}. "
            "Until then no agreement and no sign-off is recorded.",
            "Fill them in: carer-stories doctor --fill-in",
        )
    return DoctorCheck(what="The settings have all that the agreements need.")


def _check_model(workspace: Workspace) -> DoctorCheck:
    settings = load_settings(workspace)
    if settings.engine:
        require_engine(settings.engine)  # refuses one that is not installed
    name = settings.model
    path = find_model(name, workspace)
    if path is None:
        return _warning(
            f"The Whisper model “{name}” is not on this machine yet.",
            "Let the first `transcribe` download it or, without a network, bring its .pt file "
            "over and put it into interviews/models.",
        )
    return DoctorCheck(
        what=f"The Whisper model “{name}” is on this machine.", detail=_from_home(path)
    )


def _from_home(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _check_question_sets(workspace: Workspace) -> DoctorCheck:
    ids = [question_set.id for question_set in list_question_sets(workspace)]
    if not ids:
        return _warning("There are no question sets yet.", "Begin one: carer-stories questions new")
    return DoctorCheck(what=f"Question sets: {', '.join(ids)}.")


def _check_database(workspace: Workspace) -> DoctorCheck:
    count = len(Ledger(workspace).read().all(Story))
    stories = counted(count, "story")
    return DoctorCheck(what=f"The database is whole: {stories}.")


def _check_log(workspace: Workspace) -> DoctorCheck:
    require_log_holds(workspace)
    head = Ledger(workspace).verify()
    return DoctorCheck(what="The log is whole.", detail=f"{head}.".capitalize())


def _check_clock(workspace: Workspace) -> DoctorCheck:
    ahead = unconfirmed_day(workspace)
    if ahead is not None:
        return _problem(clock_sentence(ahead), clock_next_step())
    return DoctorCheck(what="The clock is not behind the log.")


def _check_support_lines(workspace: Workspace) -> DoctorCheck:
    settings = load_settings(workspace)
    lines, months = settings.support, settings.retention.support_months
    if not lines:
        return _warning(
            "No support lines are set: staff and contributors would see none.",
            "Fill one in: carer-stories doctor --fill-in",
        )
    period = "month" if months == 1 else f"{months} months"
    # As `retention` lists them: on the day itself it is time.
    unchecked = [line.name for line in lines if months_after(line.checked, months) <= today()]
    if unchecked:
        return _warning(
            f"Support lines that nobody has tried in the last {period}: {', '.join(unchecked)}.",
            "Ring or open them, then change `checked` in interviews/settings.yml.",
        )
    count = "1 support line" if len(lines) == 1 else f"{len(lines)} support lines"
    return DoctorCheck(what=f"{count}, tried in the last {period}.")


def _check_pages(workspace: Workspace) -> DoctorCheck:
    note = design_note(workspace)
    if note is None:
        return DoctorCheck(what="The pages’ design is that of this version.")
    if note.are_some_lacking:
        return _problem(note.what, note.next_step)
    return _warning(note.what, note.next_step) if note.next_step else DoctorCheck(what=note.what)


def _check_broken_off_imports(workspace: Workspace) -> DoctorCheck:
    broken_off = {
        path.parent.name: size
        for path in workspace.stories.glob("cs-*/original")
        if (size := broken_off_bytes(StoryFolder(path.parent)))
    }
    if not broken_off:
        return DoctorCheck(what="No import is broken off.")
    each = ", ".join(f"{story} ({human_size(size)})" for story, size in broken_off.items())
    return _warning(
        f"Parts of recordings lie where an import broke off: {each}.",
        "Bring the same file in again, and it goes on where it was: carer-stories capture import "
        f"{next(iter(broken_off))} FILE\nBringing in another file of the story clears them away.",
    )


def _check_what_is_out(workspace: Workspace) -> DoctorCheck:
    by_log = holds_by_log_alone(workspace)
    if by_log:
        return _problem(" ".join(sentence for sentence, _ in by_log[:3]), by_log[0][1])
    not_allowed = not_allowed_sentences(workspace, library_day(workspace))
    if not_allowed.here:
        return _problem(" ".join(not_allowed.here[:3]), TAKE_DOWN)
    if not_allowed.elsewhere:
        return _warning(" ".join(not_allowed.elsewhere[:3]), ASK_BACK)
    return DoctorCheck(what="Nothing is out that may not be shown today.")


def _check_approvals(workspace: Workspace) -> DoctorCheck:
    snapshot = Ledger(workspace).read()
    waiting = [
        story.id
        for story in snapshot.all(Story)
        if waits_for_approval_again(history_of(snapshot, story.id))
    ]
    if not waiting:
        return DoctorCheck(what="No story waits for a new approval.")
    count = "1 story waits" if len(waiting) == 1 else f"{len(waiting)} stories wait"
    return _warning(
        f"{count} for a new approval, because something was decided after the last one: "
        f"{', '.join(waiting[:3])}{' and more' if len(waiting) > 3 else ''}.",
        f"See what it needs: carer-stories status {waiting[0]}",
    )


def _check_retention(workspace: Workspace) -> DoctorCheck:
    overdue = overdue_items(workspace, today())
    if not overdue:
        return DoctorCheck(what="Nothing is past its date.")
    worst = overdue[0].sentence
    return _warning(
        f"Past its date: {worst}"
        if len(overdue) == 1
        else f"{len(overdue)} things are past their date, the worst: {worst}",
        "See what to do about each: carer-stories retention",
    )


def _check_backups(workspace: Workspace) -> DoctorCheck:
    not_saved = backup_status(workspace)
    if not_saved.overdue or not not_saved.last:
        return _warning(not_saved.sentence, not_saved.advice)
    return DoctorCheck(what=not_saved.sentence)


def _check_migrations(workspace: Workspace) -> DoctorCheck:
    names = [path.name for path in workspace.migrations]
    if not names:
        return DoctorCheck(what="Nothing is kept of earlier migrations.")
    return _warning(
        f"What the library was before a migration is still kept in interviews: {', '.join(names)}.",
        "Once all is well, remove it: it holds private things.",
    )


# Other accounts of the machine


def open_to_others(workspace: Workspace) -> list[Path]:
    """Return private files and folders of a workspace that other accounts may read.

    Empty on Windows, whose permissions are not looked at, and where a folder above keeps
    everybody else out.
    """
    if os.name == "nt" or _is_shut_above(workspace.interviews):
        return []
    return [path for path in _private_paths(workspace) if _mode(path) & _OTHERS]


def _private_paths(workspace: Workspace) -> Iterator[Path]:
    """Yield what must be for this account alone; of each story only what lies in its folder."""
    interviews = workspace.interviews
    yield from (path for path in interviews.glob("library.json*") if path.is_file())
    yield from (path for path in interviews.glob("audit.jsonl*") if path.is_file())
    for folder in (workspace.stories, interviews / "private"):
        if folder.is_dir():
            yield from (path for path in folder.iterdir() if not path.is_symlink())
    if workspace.stories.is_dir():
        for story in workspace.stories.iterdir():
            if story.is_dir() and not story.is_symlink() and not _mode(story) & _OTHERS:
                continue  # whoever cannot enter it cannot read what is in it
            if story.is_dir():
                yield from (path for path in story.iterdir() if path.is_file())


def _is_shut_above(folder: Path) -> bool:
    """Return whether the folder or one above it lets no other account through."""
    through = stat.S_IXGRP | stat.S_IXOTH
    return any(not _mode(parent) & through for parent in (folder, *folder.absolute().parents))


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except OSError:
        return 0
