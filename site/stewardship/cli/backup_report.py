"""What `backup` says of what it did, found or would remove."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from library.cli.console import say, say_json, table
from library.core.eta import size
from library.core.sanitise import shell_quoted

if TYPE_CHECKING:
    from library.backup.checking import CheckReport
    from library.backup.manifests import BackupRun
    from library.backup.pruning import PruningPlan
    from library.backup.repository import BackupRepository
    from library.backup.saving import SaveReport


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


def tell_saved(vault: BackupRepository, done: SaveReport, *, same_disk: bool) -> None:
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
        say(
            f"  carer-stories backup {shell_quoted(vault.folder)} --forget {story}"
            f"{_key_words(vault)}"
        )
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


def tell_checked(vault: BackupRepository, found: CheckReport, as_json: bool) -> None:
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


def tell_plan(planned: PruningPlan) -> None:
    if not planned.removed:
        say("There is no run to be removed by this rule.")
        return
    rows = [(run.id, "goes") for run in planned.removed] + [(r.id, "stays") for r in planned.kept]
    table(("Run", ""), sorted(rows))
    runs = "1 run goes" if len(planned.removed) == 1 else f"{len(planned.removed)} runs go"
    say(f"{runs}, {len(planned.kept)} stay. About {size(planned.size)} will be freed.")
    say("What only those runs still held, such as a file as it was then, is gone with them.")
