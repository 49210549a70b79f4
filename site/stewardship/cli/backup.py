"""The command `backup`: save a library to another disk, check it, thin it out."""

from __future__ import annotations

import contextlib
import itertools
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    CheckResult,
    confirm,
    examples,
    json_option,
    progress,
    say,
    say_detail,
    say_json,
    say_next,
    say_result,
    table,
    workspace_of,
)
from library.cli.fields import OutputPath, output_option, yes_option
from library.core.counting import counted
from library.core.errors import BadInput, Damaged, NotFound
from library.core.files import human_size, real_path
from library.core.sanitise import printable, shell_quoted
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from library.backup.checking import CheckReport
    from library.backup.manifests import BackupRun
    from library.backup.pruning import PruningPlan
    from library.backup.repository import BackupRepository
    from library.backup.saving import SaveReport

key_option = output_option(
    "--key-file",
    metavar="FILE",
    help="The key of an encrypted backup. Without it nobody can read one.",
)


@click.command(
    epilog=examples(
        "carer-stories backup /media/backup/Carer-Stories",
        "carer-stories backup /media/backup/Carer-Stories --key-file ~/carer-stories.key --new-key"
        "  # encrypted, the first time",
    )
)
@click.argument("dest", type=OutputPath())
@key_option
@click.option(
    "--new-key",
    is_flag=True,
    help="Make the key file first, when an encrypted backup is begun.",
)
@click.option("--anew", is_flag=True, help="Begin another backup where one was made that is lost.")
@click.option("--verify", "verifying", is_flag=True, help="Read all of DEST again; change nothing.")
@click.option("--list", "listing", is_flag=True, help="List the runs in DEST; change nothing.")
@click.option("--forget", metavar="STORY", help="Take a story that was erased out of every run.")
@click.option(
    "--prune",
    "pruning",
    is_flag=True,
    help="Take old runs out: of those older than 31 days only the last of each month stays.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --prune: keep only the newest N runs.",
)
@click.option(
    "--thorough",
    is_flag=True,
    help="Read every file and object again, and mend objects that are not as they were written.",
)
@click.option(
    "--synced", is_flag=True, help="DEST is copied to other computers by itself, on purpose."
)
@yes_option
@json_option
@click.pass_context
def backup(
    ctx: click.Context,
    dest: Path,
    key_file: Path | None,
    new_key: bool,
    anew: bool,
    verifying: bool,
    listing: bool,
    forget: str | None,
    pruning: bool,
    keep: int | None,
    thorough: bool,
    synced: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Save everything of the library that cannot be made again to the folder DEST.

    Only what is new is copied; what was copied is read back before it counts. A run that is broken
    off harms nothing: the next goes on from there. It holds everything private, names and signed
    forms among it: keep it as safe as the library, or encrypt it with a key.
    """
    if sum((verifying, listing, pruning, forget is not None)) > 1:
        raise click.UsageError("Use one of --verify, --list, --prune and --forget.")
    if keep is not None and not pruning:
        raise click.UsageError("--keep goes with --prune.")
    if new_key and (key_file is None or verifying or listing or pruning or forget):
        raise click.UsageError("--new-key makes the file named by --key-file for a first backup.")
    if anew and (verifying or listing or pruning or forget):
        raise click.UsageError("--anew is for a backup that is begun.")
    folder = real_path(dest)
    if listing:
        _list_runs(open_backup(folder, key_file), as_json)
    elif verifying:
        _verify(ctx, open_backup(folder, key_file), as_json)
    elif pruning:
        _prune(_library_of(ctx), open_backup(folder, key_file), keep, yes, as_json)
    elif forget is not None:
        _forget(
            workspace_of(ctx, also_older=True), open_backup(folder, key_file), forget, yes, as_json
        )
    else:
        workspace = workspace_of(ctx, also_older=True)
        destination = _destination(workspace, dest, anew=anew, synced=synced)
        repository = _open_or_begin(workspace, destination, key_file, new_key=new_key)
        _save(ctx, workspace, repository, thorough, as_json)


def open_backup(folder: Path, key_file: Path | None) -> BackupRepository:
    """Open the backup in `folder`. Raises NotFound, BadInput without the right key, Damaged."""
    from library.backup.encryption import read_key
    from library.backup.opening import open_repository

    return open_repository(folder, read_key(key_file) if key_file else None)


def _destination(workspace: Workspace, dest: Path, *, anew: bool, synced: bool) -> Path:
    """Return the folder of a backup that is there, or may be begun there. Raises as they do."""
    from library.backup.opening import HEADER_FILE, require_destination
    from library.backup.registry import require_not_lost

    destination = require_destination(workspace, dest, synced=synced)
    if not anew:
        require_not_lost(workspace, destination)
    elif (destination / HEADER_FILE).exists():
        raise BadInput(
            f"There is a backup in {destination}, so none can be begun anew.", "Leave --anew out."
        )
    return destination


def _open_or_begin(
    workspace: Workspace, destination: Path, key_file: Path | None, *, new_key: bool
) -> BackupRepository:
    """Open the backup in a checked destination, or begin a new one there."""
    from library.backup.encryption import read_key
    from library.backup.opening import HEADER_FILE, create_repository, open_repository

    key = None
    if key_file is not None:
        _require_key_elsewhere(workspace, destination, key_file)
        # The key is on the disk before anything is encrypted with it.
        key = _first_key(destination, key_file) if new_key else read_key(key_file)
    exists = (destination / HEADER_FILE).exists()
    return open_repository(destination, key) if exists else create_repository(destination, key)


def _first_key(destination: Path, key_file: Path) -> bytes:
    """Make the key of a first backup, or return the one that a run made which was broken off.

    Never any other key that lies there: whoever asks for a new one may not trust the old one.
    """
    from library.backup import encryption
    from library.backup.opening import HEADER_FILE, is_begun, make_folders, open_repository

    if (destination / HEADER_FILE).exists():
        with contextlib.suppress(BadInput, NotFound):
            key = encryption.read_key(key_file)
            open_repository(destination, key)
            return key
        raise BadInput(
            f"There is a backup in {destination} already, with its own key or none.",
            "Leave --new-key out.",
        )
    if is_begun(destination) and key_file.is_file():
        key = encryption.read_key(key_file)
        say(f"{key_file} was made by a run that was broken off, and is used.", err=True)
        return key
    encryption.require_new_key_file(key_file)
    # First: by them the same command knows the key as its own, if it is broken off.
    make_folders(destination)
    return encryption.new_key(key_file)


def _require_key_elsewhere(workspace: Workspace, destination: Path, key_file: Path) -> None:
    """Raise BadInput for a key inside the backup or the library: it would be lost with them."""
    key = real_path(key_file)
    for folder, what in ((destination, "the backup"), (workspace.root.resolve(), "the library")):
        if key.is_relative_to(folder):
            raise BadInput(
                f"{key} lies in {what}: it would be lost together with it, or found with it.",
                "Keep the key elsewhere: on a stick of its own, and on paper.",
            )


def _save(
    ctx: click.Context,
    workspace: Workspace,
    repository: BackupRepository,
    thorough: bool,
    as_json: bool,
) -> None:
    from library.backup.opening import on_same_disk
    from library.backup.saving import save

    # Held over all of it: a pruning beside it would remove objects that no run names yet.
    with repository.locked():
        report = save(
            workspace, repository, partial(progress, describe=human_size), thorough=thorough
        )
    if as_json:
        say_json(_saved_as_json(repository, report))
    else:
        _say_saved(repository, report, same_disk=on_same_disk(workspace, repository.folder))
    if report.run.records_problem:
        ctx.exit(Damaged.exit_code)


def _verify(ctx: click.Context, repository: BackupRepository, as_json: bool) -> None:
    from library.backup.checking import check_backup

    report = check_backup(repository, partial(progress, describe=human_size))
    _say_checked(repository, report, as_json)
    if report.problems:
        ctx.exit(Damaged.exit_code)


def _library_of(ctx: click.Context) -> Workspace | None:
    """Return the workspace, or None outside of any: a backup can be looked after without one."""
    with contextlib.suppress(NotFound):
        return workspace_of(ctx, also_older=True)
    return None


def _prune(
    workspace: Workspace | None,
    repository: BackupRepository,
    keep: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    from library.backup.pruning import plan_pruning, prune, require_no_erased_hold

    if workspace:
        require_no_erased_hold(workspace)
    plan = plan_pruning(repository, keep=keep)
    if not (as_json and yes):
        _say_plan(plan)
    objects = freed = 0
    if plan.removed or plan.missing:
        if not yes:
            confirm("Remove them for good?" if plan.removed else "Take note of that?", abort=True)
        # Not while it asks: whoever is asked may be away for an hour.
        with repository.locked():
            objects, freed = prune(repository, plan, keep=keep)
    if as_json:
        ids = {"removed": [run.id for run in plan.removed], "kept": [r.id for r in plan.kept]}
        ids["noted_missing"] = [link.id for link in plan.missing]
        say_json(ids | {"objects": objects, "size": freed})
    elif plan.removed:
        say(f"Removed. {human_size(freed)} were freed.", bold=True)
        say_next("Check that the rest is whole: carer-stories backup DEST --verify")


def _forget(
    workspace: Workspace, repository: BackupRepository, story_id: str, yes: bool, as_json: bool
) -> None:
    from library.backup.pruning import forget_story, require_erased

    # Before anything is asked: a story that is still kept is refused at once.
    require_erased(workspace, story_id)
    if not yes:
        confirm(
            f"Take {story_id} out of every run in {printable(str(repository.folder))}, for good?",
            abort=True,
        )
    with repository.locked():
        forgotten = forget_story(
            workspace, repository, story_id, partial(progress, describe=human_size)
        )
    if as_json:
        say_json(
            {
                "story": story_id,
                "runs": forgotten.runs,
                "objects": forgotten.objects,
                "size": forgotten.size,
            }
        )
        return
    runs = counted(forgotten.runs, "earlier run")
    say(f"{story_id} is taken out of {runs}: {human_size(forgotten.size)} were freed.", bold=True)
    say("Their records are now those of today, in which none of its words are left.")
    say("Copies of this backup on other disks still hold it.")


# What is printed


def _saved_as_json(repository: BackupRepository, report: SaveReport) -> dict[str, Any]:
    run = report.run
    return {
        "backup": repository.header.id,
        "place": str(repository.folder),
        "sealed": repository.header.is_encrypted,
        "run": run.id,
        "files": len(run.files),
        "size": run.size,
        "new_files": report.new_files,
        "new_bytes": report.new_bytes,
        "generation": run.generation,
        "log": {"lines": run.log_lines, "head": run.log_head},
        "amiss": run.records_problem,
        "not_kept": list(report.links),
        "changing": list(report.changing_files),
        "still_held": list(report.still_holding),
        "unreadable": list(report.unreadable),
        "missing": list(report.missing),
        "held": list(report.held),
    }


def _say_saved(repository: BackupRepository, report: SaveReport, *, same_disk: bool) -> None:
    run = report.run
    sealed = ", encrypted" if repository.header.is_encrypted else ""
    say(
        f"Saved: {counted(len(run.files), 'file')}, {human_size(run.size)}{sealed}. Run {run.id}.",
        bold=True,
    )
    if report.new_files:
        new = f"{report.new_files} were new, {human_size(report.new_bytes)}"
        say(f"Of these {new}: copied, read back, same.")
    else:
        say("Of these nothing was new.")
    if run.generation:
        say_detail(
            f"The database is generation {run.generation}, the log has "
            f"{counted(run.log_lines, 'line')}."
        )
    if not repository.header.is_encrypted:
        say("It is not encrypted: whoever has this disk can see and hear everything. Lock it away.")
    else:
        say("Without its key nobody can read it, not even you. Keep two copies of the key.")
    if same_disk:
        say_result(
            CheckResult.WARNING,
            "It is on the same disk as the library. If that breaks, both are gone.",
        )
    for link in report.links:
        say_result(CheckResult.WARNING, f"{link} is a link or no ordinary file, and is not in it.")
    for reason in _unfit_for_windows(run):
        say_result(
            CheckResult.WARNING,
            f"{reason}. It is in the backup, and is put back on Linux or a Mac only.",
        )
    for path in report.changing_files:
        say_result(
            CheckResult.WARNING,
            f"{path} was being written.",
            "Back up again when nobody is at work.",
        )
    for problem in report.unreadable:
        say_result(CheckResult.WARNING, problem)
    if report.held:
        say_result(
            CheckResult.WARNING,
            "This library knows less than this backup: somebody put it back by hand, or from "
            "another backup. "
            f"{counted(len(report.held), 'story is', 'stories are')} held, and shown to nobody.",
            "Say what was taken back since: carer-stories held release",
        )
    for problem in report.missing:
        say_result(
            CheckResult.WARNING,
            problem,
            "Find out who did that. Once that is settled, take note of it: carer-stories backup "
            f"{shell_quoted(repository.folder)} --prune{_key_option(repository)}",
        )
    for story in report.still_holding:
        command = f"carer-stories backup {shell_quoted(repository.folder)} --forget {story}"
        say_result(
            CheckResult.WARNING,
            f"{story} was erased, and earlier runs here still hold it.",
            f"Take it out: {command}{_key_option(repository)}",
        )
    if run.records_problem:
        say_result(
            CheckResult.PROBLEM,
            f"The records are not whole: {run.records_problem} The run holds them as they are.",
            "See what to do: carer-stories verify",
        )


def _unfit_for_windows(run: BackupRun) -> list[str]:
    """Return the first three sentences about such names: whoever renames them sees the next."""
    from library.backup.paths import unfit_for_windows

    paths = [*run.folders, *(file.path for file in run.files)]
    return list(itertools.islice(filter(None, map(unfit_for_windows, paths)), 3))


def _key_option(repository: BackupRepository) -> str:
    return " --key-file FILE" if repository.header.is_encrypted else ""


def _list_runs(repository: BackupRepository, as_json: bool) -> None:
    runs, unreadable = repository.readable_runs()
    if as_json:
        keys = ("id", "made", "library", "generation", "log_lines", "log_head", "forgotten")
        listed = [
            {key: getattr(run, key) for key in keys} | {"files": len(run.files), "size": run.size}
            for run in runs
        ]
        say_json({"runs": listed, "unreadable": [problem.what for problem in unreadable]})
        return
    if runs:
        rows = [
            (
                run.id,
                str(len(run.files)),
                human_size(run.size),
                str(run.generation or "?"),
                run.library,
            )
            for run in runs
        ]
        table(("Run", "Files", "Size", "Generation", "Library"), rows)
    elif not unreadable:
        say("It holds no run yet: the first one was never finished.")
    for problem in unreadable:
        say_result(CheckResult.PROBLEM, problem.what)


def _say_checked(repository: BackupRepository, report: CheckReport, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "well": not report.problems,
                "runs": report.runs,
                "objects": report.objects,
                "size": report.size,
                "loose": report.unneeded,
                "unchained": report.unchained,
                "noted_missing": list(report.accepted),
                "broken": report.problems,
            }
        )
    else:
        for sentence in report.problems:
            say_result(CheckResult.PROBLEM, sentence)
        if not report.problems:
            runs = counted(report.runs, "run")
            say_result(
                CheckResult.OK,
                f"Everything is as it was written: {runs}, {report.objects} different contents, "
                f"{human_size(report.size)}.",
            )
        else:
            command = f"carer-stories backup {shell_quoted(repository.folder)} --thorough"
            say_next(f"Mend what the library still has: {command}{_key_option(repository)}")
        if report.accepted:
            say(f"Noted as missing by an editor: {', '.join(report.accepted)}.")
        if report.unchained:
            runs = counted(report.unchained, "run")
            say(f"{runs} not chained: made by an earlier version. Removing one is not noticed.")
        if report.unneeded:
            say("A run was broken off. The next one removes what it left.")
            say_detail(f"{report.unneeded} objects belong to no run.")


def _say_plan(plan: PruningPlan) -> None:
    for link in plan.missing:
        say_result(
            CheckResult.WARNING,
            f"The run {link.id} is not there, and no command of carer-stories took it out. "
            "This takes note of it, and --verify reports it no more as a problem.",
        )
    if not plan.removed:
        say("There is no run to be removed by this rule.")
        return
    rows = [(run.id, "goes") for run in plan.removed] + [(r.id, "stays") for r in plan.kept]
    table(("Run", ""), sorted(rows))
    runs = "1 run goes" if len(plan.removed) == 1 else f"{len(plan.removed)} runs go"
    remaining = "1 stays" if len(plan.kept) == 1 else f"{len(plan.kept)} stay"
    say(f"{runs}, {remaining}. About {human_size(plan.size)} will be freed.")
    say("What only those runs still held, such as a file as it was then, is gone with them.")
