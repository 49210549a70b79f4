"""The command `backup`: save a library to another disk, check it, thin it out."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import examples, json_option, progress, say, say_json, table, workspace_of
from library.cli.fields import yes_option
from library.core.errors import BadInput, Damaged
from library.core.eta import size
from library.core.sanitise import printable, shell_quoted
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from library.backup.checking import CheckReport
    from library.backup.manifests import BackupRun
    from library.backup.pruning import PruningPlan
    from library.backup.repository import BackupRepository
    from library.backup.saving import SaveReport

key_option = click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The key of a sealed backup. Without it nobody can read one.",
)


@click.command(
    epilog=examples(
        "carer-stories backup /media/backup/Carer-Stories",
        "carer-stories backup /media/backup/Carer-Stories --key-file our.key --new-key"
        "  # encrypted, the first time",
    )
)
@click.argument("dest", type=click.Path(path_type=Path))
@key_option
@click.option(
    "--new-key", is_flag=True, help="Make the key file first: for the first run of a sealed backup."
)
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
    forms among it: keep it as safe as the library, or seal it with a key.
    """
    if sum((verifying, listing, pruning, forget is not None)) > 1:
        raise click.UsageError("Use one of --verify, --list, --prune and --forget.")
    if keep is not None and not pruning:
        raise click.UsageError("--keep goes with --prune.")
    if new_key and (key_file is None or verifying or listing or pruning or forget):
        raise click.UsageError("--new-key makes the file named by --key-file for a first backup.")
    folder = dest.expanduser().resolve()
    if listing:
        list_runs(open_backup(folder, key_file), as_json)
    elif verifying:
        _verify(ctx, open_backup(folder, key_file), as_json)
    elif pruning:
        _prune(open_backup(folder, key_file), keep, yes, as_json)
    elif forget is not None:
        _forget(workspace_of(ctx), open_backup(folder, key_file), forget, yes, as_json)
    else:
        workspace = workspace_of(ctx)
        vault = _open_or_begin(workspace, dest, key_file, new_key=new_key, synced=synced)
        _save(ctx, workspace, vault, thorough, as_json)


def open_backup(folder: Path, key_file: Path | None) -> BackupRepository:
    """The backup in a folder. Raises NotFound, BadInput for another key or none, Damaged."""
    from library.backup.encryption import read_key
    from library.backup.opening import open_repository

    return open_repository(folder, read_key(key_file) if key_file else None)


def _open_or_begin(
    workspace: Workspace, dest: Path, key_file: Path | None, *, new_key: bool, synced: bool
) -> BackupRepository:
    """The backup in DEST, or a new one there."""
    from library.backup.encryption import new_key as make_key
    from library.backup.encryption import read_key
    from library.backup.opening import (
        HEADER_FILE,
        create_repository,
        open_repository,
        require_destination,
    )

    place = require_destination(workspace, dest, synced=synced)
    there = (place / HEADER_FILE).exists()
    if new_key and there:
        raise BadInput(
            f"There is a backup in {place} already, with its own key or none.",
            "Leave --new-key out.",
        )
    if key_file is not None:
        _require_apart(workspace, place, key_file)
    key = None
    if key_file is not None:
        key = make_key(key_file) if new_key else read_key(key_file)
    return open_repository(place, key) if there else create_repository(place, key)


def _require_apart(workspace: Workspace, place: Path, key_file: Path) -> None:
    """A key that is lost with what it opens is no key."""
    key = key_file.expanduser().resolve()
    for folder, what in ((place, "the backup"), (workspace.root.resolve(), "the library")):
        if key.is_relative_to(folder):
            raise BadInput(
                f"{key} lies in {what}: it would be lost together with it, or found with it.",
                "Keep the key elsewhere: on a stick of its own, and on paper.",
            )


def _save(
    ctx: click.Context, workspace: Workspace, vault: BackupRepository, thorough: bool, as_json: bool
) -> None:
    from library.backup.opening import on_same_disk
    from library.backup.saving import save

    with vault.locked():
        done = save(workspace, vault, partial(progress, shown=size), thorough=thorough)
    if as_json:
        say_json(saved_as_json(vault, done))
    else:
        say_saved(vault, done, same_disk=on_same_disk(workspace, vault.folder))
    if done.run.amiss:
        ctx.exit(Damaged.exit_code)


def _verify(ctx: click.Context, vault: BackupRepository, as_json: bool) -> None:
    from library.backup.checking import check_backup

    found = check_backup(vault, partial(progress, shown=size))
    say_checked(vault, found, as_json)
    if found.broken:
        ctx.exit(Damaged.exit_code)


def _prune(vault: BackupRepository, keep: int | None, yes: bool, as_json: bool) -> None:
    from library.backup.pruning import plan_pruning, prune

    planned = plan_pruning(vault, newest=keep)
    if not as_json:
        say_plan(planned)
    objects = freed = 0
    if planned.removed:
        if not yes:
            click.confirm("Remove them for good?", abort=True)
        with vault.locked():
            objects, freed = prune(vault, planned, newest=keep)
    if as_json:
        ids = {"removed": [run.id for run in planned.removed], "kept": [r.id for r in planned.kept]}
        say_json(ids | {"objects": objects, "size": freed})
    elif planned.removed:
        say(f"Removed. {size(freed)} were freed.", bold=True)
        say("See that the rest is whole: carer-stories backup DEST --verify")


def _forget(
    workspace: Workspace, vault: BackupRepository, story_id: str, yes: bool, as_json: bool
) -> None:
    from library.backup.pruning import forget_story

    workspace.story(story_id)
    if not yes:
        click.confirm(
            f"Take {story_id} out of every run in {printable(str(vault.folder))}, for good?",
            abort=True,
        )
    with vault.locked():
        done = forget_story(workspace, vault, story_id, partial(progress, shown=size))
    if as_json:
        say_json({"story": story_id, "runs": done.runs, "objects": done.objects, "size": done.size})
        return
    runs = "1 earlier run" if done.runs == 1 else f"{done.runs} earlier runs"
    say(f"{story_id} is taken out of {runs}: {size(done.size)} were freed.", bold=True)
    say("Their records are now those of today, in which none of its words are left.")
    say("Copies of this backup on other disks still hold it.")


# What is printed


def saved_as_json(vault: BackupRepository, done: SaveReport) -> dict[str, Any]:
    run = done.run
    return {
        "backup": vault.head.id,
        "place": str(vault.folder),
        "sealed": vault.head.sealed,
        "run": run.id,
        "files": len(run.files),
        "size": run.size,
        "new_files": done.new_files,
        "new_bytes": done.new_bytes,
        "generation": run.generation,
        "log": {"lines": run.log_lines, "head": run.log_head},
        "amiss": run.amiss,
        "not_kept": list(done.links),
        "changing": list(done.restless),
        "still_held": list(done.still_held),
        "unreadable": list(done.unreadable),
    }


def say_saved(vault: BackupRepository, done: SaveReport, *, same_disk: bool) -> None:
    run = done.run
    sealed = ", sealed" if vault.head.sealed else ""
    say(f"Saved: {len(run.files)} files, {size(run.size)}{sealed}. Run {run.id}.", bold=True)
    if done.new_files:
        say(f"Of these {done.new_files} were new, {size(done.new_bytes)}: copied, read back, same.")
    else:
        say("Of these nothing was new.")
    if run.generation:
        say(f"The database is generation {run.generation}, the log has {run.log_lines} lines.")
    if not vault.head.sealed:
        say("It is not sealed: whoever has this disk can see and hear everything. Lock it away.")
    else:
        say("Without its key nobody can read it, not even you. Keep two copies of the key.")
    if same_disk:
        say("Note: it lies on the same disk as the library. If that breaks, both are gone.")
    for link in done.links:
        say(f"Note: {link} is a link or no ordinary file, and is not in it.", bold=True)
    for wrong in _unfit(run):
        say(f"Note: {wrong}. It is in the backup, and is put back on Linux or a Mac only.")
    for path in done.restless:
        say(f"Note: {path} was being written. Back up again when nobody is at work.")
    for trouble in done.unreadable:
        say(f"Note: {trouble}", bold=True)
    for story in done.still_held:
        say(f"{story} was erased, and earlier runs here still hold it. Take it out:", bold=True)
        command = f"carer-stories backup {shell_quoted(vault.folder)} --forget {story}"
        say(f"  {command}{_key_words(vault)}")
    if run.amiss:
        say(f"The records are not whole: {run.amiss}", bold=True)
        say("The run holds them as they are. See what to do: carer-stories verify")


def _unfit(run: BackupRun) -> list[str]:
    """The first few: whoever renames them is told of the next."""
    from library.backup.paths import unfit_for_windows

    told = (unfit_for_windows(path) for path in [*run.folders, *(one.path for one in run.files)])
    return list(itertools.islice(filter(None, told), 3))


def _key_words(vault: BackupRepository) -> str:
    return " --key-file FILE" if vault.head.sealed else ""


def list_runs(vault: BackupRepository, as_json: bool) -> None:
    runs, troubles = vault.readable_runs()
    if as_json:
        keys = ("id", "made", "library", "generation", "log_lines", "log_head", "forgotten")
        told = [
            {key: getattr(run, key) for key in keys} | {"files": len(run.files), "size": run.size}
            for run in runs
        ]
        say_json({"runs": told, "unreadable": [one.what for one in troubles]})
        return
    if runs:
        rows = [
            (run.id, str(len(run.files)), size(run.size), str(run.generation or "?"), run.library)
            for run in runs
        ]
        table(("Run", "Files", "Size", "Generation", "Library"), rows)
    elif not troubles:
        say("It holds no run yet: the first one was never finished.")
    for trouble in troubles:
        say(trouble.what, bold=True)


def say_checked(vault: BackupRepository, found: CheckReport, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "well": not found.broken,
                "runs": found.runs,
                "objects": found.objects,
                "size": found.size,
                "loose": found.loose,
                "broken": found.broken,
            }
        )
    else:
        for sentence in found.broken:
            say(sentence, bold=True)
        if not found.broken:
            runs = "1 run" if found.runs == 1 else f"{found.runs} runs"
            say(
                f"Everything is as it was written: {runs}, {found.objects} different contents, "
                f"{size(found.size)}.",
                bold=True,
            )
        else:
            say("What the library itself still has is mended by: ")
            say(
                f"  carer-stories backup {shell_quoted(vault.folder)} --thorough{_key_words(vault)}"
            )
        if found.loose:
            say(f"{found.loose} objects belong to no run: one was broken off. The next takes care.")


def say_plan(planned: PruningPlan) -> None:
    if not planned.removed:
        say("There is no run to be removed by this rule.")
        return
    rows = [(run.id, "goes") for run in planned.removed] + [(r.id, "stays") for r in planned.kept]
    table(("Run", ""), sorted(rows))
    runs = "1 run goes" if len(planned.removed) == 1 else f"{len(planned.removed)} runs go"
    say(f"{runs}, {len(planned.kept)} stay. About {size(planned.size)} will be freed.")
    say("What only those runs still held, such as a file as it was then, is gone with them.")
