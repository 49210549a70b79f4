"""Commands that save and put back: `backup` and `restore`."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import click

from library.cli.fields import Role, yes_option
from library.cli_tools import json_option, progress, say, say_json, table, workspace_of
from library.errors import BadInput, Damaged, NotFound
from library.pace import size
from library.workspace import Workspace

if TYPE_CHECKING:
    from library.backup.pruning import Plan
    from library.backup.restoring import Restored
    from library.backup.saving import Saved
    from library.backup.vault import Vault

_LATER = 12
"""Lines of the log that are shown."""
_key_option = click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The key of a sealed backup. Without it nobody can read one.",
)


@click.command(
    epilog="Example: carer-stories backup /media/backup/Carer-Stories. Sealed, the first time: "
    "carer-stories backup /media/backup/Carer-Stories --key-file our.key --new-key"
)
@click.argument("dest", type=click.Path(path_type=Path))
@_key_option
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
        _list(_opened(folder, key_file), as_json)
    elif verifying:
        _verify(ctx, _opened(folder, key_file), as_json)
    elif pruning:
        _prune(_opened(folder, key_file), keep, yes, as_json)
    elif forget is not None:
        _forget(workspace_of(ctx), _opened(folder, key_file), forget, yes, as_json)
    else:
        workspace = workspace_of(ctx)
        vault = _begun(workspace, dest, key_file, new_key=new_key, synced=synced)
        _save(ctx, workspace, vault, thorough, as_json)


def _opened(folder: Path, key_file: Path | None) -> Vault:
    from library.backup.sealing import read_key
    from library.backup.vault import open_vault

    return open_vault(folder, read_key(key_file) if key_file else None)


def _begun(
    workspace: Workspace, dest: Path, key_file: Path | None, *, new_key: bool, synced: bool
) -> Vault:
    """The backup in DEST, or a new one there."""
    from library.backup.places import HEAD, place_for
    from library.backup.sealing import new_key as make_key
    from library.backup.sealing import read_key
    from library.backup.vault import begin_vault, open_vault

    place = place_for(workspace, dest, synced=synced)
    there = (place / HEAD).exists()
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
    return open_vault(place, key) if there else begin_vault(place, key)


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
    ctx: click.Context, workspace: Workspace, vault: Vault, thorough: bool, as_json: bool
) -> None:
    from library.backup.places import on_same_disk
    from library.backup.saving import save

    with vault.locked():
        done = save(workspace, vault, partial(progress, shown=size), thorough=thorough)
    if as_json:
        say_json(_saved_as_json(vault, done))
    else:
        _tell_saved(vault, done, same_disk=on_same_disk(workspace, vault.folder))
    if done.run.amiss:
        ctx.exit(Damaged.exit_code)


def _saved_as_json(vault: Vault, done: Saved) -> dict[str, Any]:
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


def _tell_saved(vault: Vault, done: Saved, *, same_disk: bool) -> None:
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
    for path in done.restless:
        say(f"Note: {path} was being written. Back up again when nobody is at work.")
    for trouble in done.unreadable:
        say(f"Note: {trouble}", bold=True)
    for story in done.still_held:
        say(f"{story} was erased, and earlier runs here still hold it. Take it out:", bold=True)
        say(f"  carer-stories backup {vault.folder} --forget {story}{_key_words(vault)}")
    if run.amiss:
        say(f"The records are not whole: {run.amiss}", bold=True)
        say("The run holds them as they are. See what to do: carer-stories verify")


def _key_words(vault: Vault) -> str:
    return " --key-file FILE" if vault.head.sealed else ""


def _list(vault: Vault, as_json: bool) -> None:
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


def _verify(ctx: click.Context, vault: Vault, as_json: bool) -> None:
    from library.backup.checking import check

    found = check(vault, partial(progress, shown=size))
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
                f"All is as it was written: {runs}, {found.objects} different contents, "
                f"{size(found.size)}.",
                bold=True,
            )
        else:
            say("What the library itself still has is mended by: ")
            say(f"  carer-stories backup {vault.folder} --thorough{_key_words(vault)}")
        if found.loose:
            say(f"{found.loose} objects belong to no run: one was broken off. The next takes care.")
    if found.broken:
        ctx.exit(Damaged.exit_code)


def _prune(vault: Vault, keep: int | None, yes: bool, as_json: bool) -> None:
    from library.backup.pruning import plan, prune

    planned = plan(vault, newest=keep)
    if not as_json:
        _tell_plan(planned)
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


def _tell_plan(planned: Plan) -> None:
    if not planned.removed:
        say("There is no run to be removed by this rule.")
        return
    rows = [(run.id, "goes") for run in planned.removed] + [(r.id, "stays") for r in planned.kept]
    table(("Run", ""), sorted(rows))
    runs = "1 run goes" if len(planned.removed) == 1 else f"{len(planned.removed)} runs go"
    say(f"{runs}, {len(planned.kept)} stay. About {size(planned.size)} will be freed.")
    say("What only those runs still held, such as a file as it was then, is gone with them.")


def _forget(workspace: Workspace, vault: Vault, story_id: str, yes: bool, as_json: bool) -> None:
    from library.backup.forgetting import forget

    workspace.story(story_id)
    if not yes:
        click.confirm(f"Take {story_id} out of every run in {vault.folder}, for good?", abort=True)
    with vault.locked():
        done = forget(workspace, vault, story_id, partial(progress, shown=size))
    if as_json:
        say_json({"story": story_id, "runs": done.runs, "objects": done.objects, "size": done.size})
        return
    runs = "1 earlier run" if done.runs == 1 else f"{done.runs} earlier runs"
    say(f"{story_id} is taken out of {runs}: {size(done.size)} were freed.", bold=True)
    say("Their records are now those of today, in which none of its words are left.")
    say("Copies of this backup on other disks still hold it.")


@click.command(
    epilog="Examples: carer-stories restore --generation 41, or a whole library: "
    "carer-stories restore --from /media/backup/Carer-Stories --into our-library"
)
@click.option("--generation", type=int, help="Which earlier state; without it they are listed.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="BACKUP",
    help="Put a whole library back from this backup, into a new folder.",
)
@click.option("--run", "when", metavar="WHEN", help="Which run of it, such as 2026-11-23.")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The new or empty folder for it.",
)
@_key_option
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@yes_option
@click.pass_context
def restore(
    ctx: click.Context,
    generation: int | None,
    source: Path | None,
    when: str | None,
    into: Path | None,
    key_file: Path | None,
    role: str,
    yes: bool,
) -> None:
    """Put a whole library back from a backup, or make an earlier generation the newest.

    Either takes back what was decided after it, except withdrawals: those are recorded again. The
    later lines of interviews/audit.jsonl (each names its generation) say what else was decided. A
    story that was erased since is not put back.
    """
    if source is None:
        if when or into or key_file:
            raise click.UsageError("--run, --into and --key-file go with --from BACKUP.")
        _restore_generation(workspace_of(ctx), generation, role, yes=yes)
        return
    if generation is not None:
        raise click.UsageError("Use either --generation or --from.")
    if into is None:
        raise BadInput("Into which folder?", "Name a new or empty one: --into our-library-restored")
    _restore_backup(ctx, _opened(source.expanduser().resolve(), key_file), when, into, role)


def _restore_generation(
    workspace: Workspace, generation: int | None, role: str, *, yes: bool
) -> None:
    from library.desk import restore_generation, unfinished_erasures
    from library.ledger import Ledger

    kept = Ledger(workspace).generations()
    if generation is None:
        names = ", ".join(str(number) for number in kept)
        say(f"Generations that can be restored: {names}." if kept else "No generation is kept yet.")
        return
    _tell_what_came_after(workspace, generation)
    if not yes:
        say("This takes back what was decided after it; withdrawals stay.")
        click.confirm(f"Restore generation {generation}?", abort=True)
    withdrawn = restore_generation(workspace, generation, role)
    say(f"Generation {generation} is restored. What was there before is kept beside it.")
    for story_id in withdrawn:
        say(f"{story_id} was withdrawn later, and is withdrawn again.")
    for story_id in unfinished_erasures(workspace):
        say(f"{story_id} was to be erased, and is there again. Erase it again:", bold=True)
        say(f"  carer-stories withdraw {story_id} --erase")
    say("Next: carer-stories status, then: carer-stories site build")


def _tell_what_came_after(workspace: Workspace, generation: int) -> None:
    """From the log, as far as it can be read: what somebody may have to record again."""
    from library.ledger import Ledger

    with contextlib.suppress(Damaged):
        later = Ledger(workspace).entries_after(generation)
        if later:
            say(f"Done since generation {generation}, as the log says; look whether it must stand:")
        for line in later[-_LATER:]:
            say(f"  {line.at[:10]}  {line.action}  {line.subject}".rstrip())
        if len(later) > _LATER:
            say(f"  and {len(later) - _LATER} lines before these: see interviews/audit.jsonl")


def _restore_backup(
    ctx: click.Context, vault: Vault, when: str | None, into: Path, role: str
) -> None:
    from library.backup.restoring import choose_run
    from library.backup.restoring import restore as put_back
    from publish.verify import Level, verify_workspace

    at_hand: Workspace | None = None
    with contextlib.suppress(NotFound):
        at_hand = workspace_of(ctx)
    run = choose_run(vault, when)
    watch = partial(progress, shown=size)
    done = put_back(vault, run, into, watch, at_hand=at_hand, role=role)
    _tell_restored(vault, done)
    say("Checking all of it…")
    report = verify_workspace(done.workspace, watch)
    for finding in report.findings:
        if finding.level is not Level.GOOD:
            say(finding.what, bold=finding.level is Level.BAD)
            if finding.next_step:
                say(indent(finding.next_step, "  "))
    if report.amiss:
        ctx.exit(Damaged.exit_code)
    say("All is as it was written.", bold=True)
    say(f"Next: cd {into}, then: carer-stories status, and: carer-stories site build")


def _tell_restored(vault: Vault, done: Restored) -> None:
    run = done.run
    say(f"The library of {run.made} is in {done.workspace.root}.", bold=True)
    say(f"{done.files} files, {size(done.size)}.")
    if run.id != vault.run_ids()[-1]:
        say("It is not the newest run. What was decided after it is gone, but withdrawals are not.")
    for story in done.withdrawn_since:
        if story not in done.erased_since:
            say(f"{story} was withdrawn later, and is withdrawn here as well.")
    for story in done.erased_since:
        say(f"{story} was erased since, and was not put back.")
    if done.erased_since:
        say(f"To take it out of the backup: carer-stories backup {vault.folder} --forget STORY")
    for trouble in done.unreadable:
        say(f"Note: {trouble}", bold=True)
        say("  A withdrawal that only this run knew of is not known here: look at your receipts.")
    if done.amiss:
        say(f"Its records are not whole: {done.amiss}", bold=True)
        say("  Withdrawals are noted beside them, and hold.")
