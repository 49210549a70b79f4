"""The commands `export` (for a contributor who asks, or for an archive) and `retention`."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    confirm,
    examples,
    json_option,
    progress,
    say,
    say_json,
    say_next,
    workspace_of,
)
from library.cli.fields import output_option, role_option, yes_option
from library.core.counting import counted, counted_is
from library.core.errors import BadInput
from library.core.files import human_size

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from stewardship.export.archive_exports import ArchiveExport, ExportRequest, PreparedExport
    from stewardship.retention import OverdueItem
    from stewardship.retention_apply import RetentionOutcome, RetentionPlan


class ExportKind(enum.Enum):
    """The kinds of export for an archive."""

    BAGIT = "a BagIt bag"
    OHMS = "an OHMS record"
    IIIF = "a IIIF manifest with its film"
    OTIO = "a timeline for an edit suite"
    CSV = "a table of records"
    ALL = "the whole library"


_folder_option = partial(output_option, metavar="FOLDER")


@click.command(
    epilog=examples(
        "carer-stories export cs-4k7m2q --subject-access --zip",
        "carer-stories export --subject-access --person pe-7hj3kd --person pe-2m9c4x",
        'carer-stories export cs-4k7m2q --bagit /media/archive --for "County archive"',
    )
)
@click.argument("story_id", metavar="[STORY]", required=False)
@click.option(
    "--subject-access",
    is_flag=True,
    help="For the contributor who asks: everything, private things among them.",
)
@_folder_option("--bagit", help="For an archive: a BagIt bag of STORY in this folder.")
@_folder_option(
    "--ohms", help="For an archive: STORY as OHMS XML in this folder, corrected and redacted."
)
@_folder_option(
    "--iiif", help="For an archive: STORY as a IIIF manifest with its film, in this folder."
)
@click.option(
    "--address", metavar="URL", default="", help="With --iiif: where its files will be served."
)
@_folder_option(
    "--otio", help="For an edit suite: how STORY was cut, as an OpenTimelineIO timeline, here."
)
@_folder_option(
    "--csv", help="A table of the stories that an archive may keep, or of STORY, in this folder."
)
@_folder_option(
    "--all", help="For an archive: a bag for every such story, and the table, in this folder."
)
@click.option(
    "--for", "who", metavar="WHO", default="", help="Who answers for a copy that is handed out."
)
@click.option(
    "--all-of-contributor",
    "every_story",
    is_flag=True,
    help="Also the other stories the same person told.",
)
@click.option(
    "--person",
    "persons",
    metavar="PERSON",
    multiple=True,
    help="With --subject-access: for somebody in the register. Name every id they have.",
)
@click.option(
    "--without-others",
    is_flag=True,
    help="Leave out the register of other people and the list of names not to be heard.",
)
@click.option(
    "--withhold",
    metavar="REASON",
    help="With --subject-access: leave out safeguarding records and legal holds, and say so in it. "
    "The reason is kept, and not told to them. Sign it: carer-stories --by ID before export.",
)
@output_option("--to", metavar="DIR", help="Put it into this folder (default: interviews/exports).")
@click.option("--zip", "zipped", is_flag=True, help="One zip instead of a folder.")
@role_option
@yes_option
@json_option
@click.pass_context
def export(
    ctx: click.Context,
    /,
    story_id: str | None,
    subject_access: bool,
    bagit: Path | None,
    ohms: Path | None,
    iiif: Path | None,
    address: str,
    otio: Path | None,
    csv: Path | None,
    all: Path | None,
    who: str,
    persons: tuple[str, ...],
    role: str,
    yes: bool,
    as_json: bool,
    **for_subject: Any,
) -> None:
    """Export what is held: for who told STORY, for who is spoken of, or for an archive to keep.

    With --subject-access everything about who told it, for them to read and keep: a page in plain
    English, the same records for a machine, their recording, film and words. With --person as well,
    for somebody who is spoken of: what the register says of them, and a checklist for the editor,
    who has to find what was said about them. With --bagit, --ohms, --iiif, --otio, --csv or --all
    for an archive: only stories whose contributor said at sign-off that an archive
    may keep them, as they are shown, and with the recording only where they said so. That is a copy
    that leaves the library, and is entered as one. Written whole or not at all, with the SHA-256 of
    every file, and logged.
    """
    folders = {
        ExportKind.BAGIT: bagit,
        ExportKind.OHMS: ohms,
        ExportKind.IIIF: iiif,
        ExportKind.OTIO: otio,
        ExportKind.CSV: csv,
        ExportKind.ALL: all,
    }
    chosen = {kind: folder for kind, folder in folders.items() if folder is not None}
    if len(chosen) + subject_access > 1:
        raise click.UsageError(
            "One at a time: --subject-access, --bagit, --ohms, --iiif, --otio, --csv or --all."
        )
    if address and iiif is None:
        raise click.UsageError("--address goes with --iiif: where its files will be served.")
    if persons and not subject_access:
        raise click.UsageError(
            "--person goes with --subject-access: what is held about them, for them alone."
        )
    if chosen:
        if any(for_subject.values()):
            raise click.UsageError(
                "--to, --zip, --all-of-contributor, --without-others and --withhold go with "
                "--subject-access."
            )
        ((kind, folder),) = chosen.items()
        _export_for_archive(
            ctx,
            kind,
            story_id,
            folder,
            address=address,
            recipient=who,
            role=role,
            yes=yes,
            as_json=as_json,
        )
        return
    if not subject_access:
        raise BadInput(
            "What shall be exported, and for whom?",
            "For the contributor, who alone may have everything: "
            f"carer-stories export {story_id or 'STORY'} --subject-access\n"
            f"For an archive: carer-stories export {story_id or 'STORY'} --bagit FOLDER --for WHO",
        )
    if persons:
        if for_subject["zipped"] or for_subject["every_story"]:
            raise click.UsageError(
                "--zip and --all-of-contributor do not go with --person: an editor has to complete "
                "the export first."
            )
        if for_subject["withhold"] is not None:
            raise click.UsageError(
                "--withhold does not go with --person: nothing of that kind is in such an export."
            )
        _export_for_person(ctx, persons, story_id, for_subject["to"], role, as_json)
        return
    if story_id is None:
        raise click.UsageError(
            "Name the story whose contributor asks, or with --person who is spoken of."
        )
    _export_for_subject(ctx, story_id, role=role, as_json=as_json, **for_subject)


def _export_for_subject(
    ctx: click.Context, story_id: str, *, role: str, as_json: bool, **choices: Any
) -> None:
    from stewardship.export.subject_access import export_for_subject

    watch = partial(progress, describe=human_size)
    made = export_for_subject(workspace_of(ctx), story_id, role=role, watch=watch, **choices)
    if as_json:
        say_json(
            {
                "place": str(made.path),
                "stories": list(made.stories),
                "other_stories": list(made.other_stories),
                "files": made.files,
                "size": made.size,
                "not_filled_in": list(made.not_filled_in),
                "kept_apart": made.kept_apart,
                "withheld": made.is_withheld,
            }
        )
        return
    say(f"Everything held about who told {', '.join(made.stories)} is in:", bold=True)
    say(f"  {made.path}")
    say(f"{counted(made.files, 'file')}, {human_size(made.size)}. Begin with index.html.")
    if made.other_stories:
        say(f"The same person also told {', '.join(made.other_stories)}.")
        say("  To include those as well, add: --all-of-contributor")
    _say_not_filled_in(made.not_filled_in)
    say("Before you hand it over:", bold=True)
    say("  Make sure that it is they who ask, and hand it to nobody else.")
    if made.is_withheld:
        say("  Safeguarding records and legal holds are left out, and the page says so. The reason")
        say("  is kept under your name, and is not in it.")
    elif made.kept_apart:
        say("  What had to be passed on, or must be kept, is in it. If telling them would put")
        say("  somebody at risk, or an inquiry, ask your data-protection officer; to leave it out:")
        say(f"  carer-stories --by ID export {made.stories[0]} --subject-access --withhold REASON")
    if not choices["without_others"]:
        say("  Look over the register, the words and the list of names: other people have rights")
        say("  too. To leave register and list out, run it again with --without-others.")
    say("  Once it is handed over, remove it here: it holds all that is private.")


def _export_for_person(
    ctx: click.Context,
    persons: tuple[str, ...],
    story_id: str | None,
    to: Path | None,
    role: str,
    as_json: bool,
) -> None:
    from stewardship.export.person_access import export_for_person

    watch = partial(progress, describe=human_size)
    made = export_for_person(
        workspace_of(ctx), persons, story_id=story_id, to=to, role=role, watch=watch
    )
    if as_json:
        say_json(
            {
                "place": str(made.path),
                "stories": list(made.stories),
                "persons": list(persons),
                "checklist": str(made.checklist),
                "is_complete": False,
                "not_filled_in": list(made.not_filled_in),
            }
        )
        return
    say(f"What the register says of {', '.join(persons)} is in:", bold=True)
    say(f"  {made.path}")
    _say_not_filled_in(made.not_filled_in)
    say("It is not complete, and not ready to be handed over:", bold=True)
    say("  No program finds reliably what was said about them in the recordings. Go through these")
    say("  and write it into passages.md. Read index.html for what is about others.")
    say("  Entries of the same person in other stories: name them too, each with --person.")
    say_next(f"Work through {made.checklist}")


def _say_not_filled_in(names: tuple[str, ...]) -> None:
    from library.core.settings import say_missing

    if names:
        say(f"The page shows gaps: nobody has filled in {say_missing(names)}.")
        say("  Write them in interviews/settings.yml, then run this again.")


def _export_for_archive(
    ctx: click.Context,
    kind: ExportKind,
    story_id: str | None,
    folder: Path,
    *,
    address: str,
    recipient: str,
    role: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Ask the gate, confirm, export, and print where the export is."""
    from stewardship.export.archive_exports import ExportRequest, write_export

    if kind not in (ExportKind.CSV, ExportKind.ALL) and story_id is None:
        raise click.UsageError("Name the story.")
    if kind is ExportKind.ALL and story_id is not None:
        raise click.UsageError("--all is for every story. For one of them: --bagit FOLDER")
    workspace = workspace_of(ctx)
    request = ExportRequest(folder, recipient, role)
    prepared = _prepare_export(workspace, kind, story_id, request, address)
    # Before the question: whoever answers is to know what is in it.
    if not (as_json and yes):
        _say_prepared(prepared)
    if not yes:
        whose = story_id or counted(len(prepared.stories), "story")
        confirm(f"Hand out {kind.value} of {whose} to “{recipient}”?", abort=True)
    made = write_export(workspace, prepared, partial(progress, describe=human_size))
    if as_json:
        say_json(
            {
                "place": str(made.path),
                "stories": list(made.stories),
                "left_out": made.left_out,
                "copy": made.copy,
                "files": made.files,
                "size": made.size,
            }
        )
        return
    _say_export(made)


def _prepare_export(
    workspace: Workspace,
    kind: ExportKind,
    story_id: str | None,
    request: ExportRequest,
    address: str,
) -> PreparedExport:
    from stewardship.export import archive_exports

    if kind is ExportKind.ALL:
        return archive_exports.prepare_library(workspace, request)
    if kind is ExportKind.CSV:
        return archive_exports.prepare_csv(workspace, story_id, request)
    if kind is ExportKind.OHMS:
        return archive_exports.prepare_ohms(workspace, story_id or "", request)
    if kind is ExportKind.IIIF:
        return archive_exports.prepare_iiif(workspace, story_id or "", request, address)
    if kind is ExportKind.OTIO:
        return archive_exports.prepare_otio(workspace, story_id or "", request)
    return archive_exports.prepare_bag(workspace, story_id or "", request)


def _say_prepared(prepared: PreparedExport) -> None:
    from stewardship.export.archive_exports import left_out_line
    from stewardship.export.bagit_bag import UNCUT_NOTICE

    for story_id, why in prepared.left_out.items():
        say(left_out_line(story_id, why))
    if prepared.uncut:
        say(f"Of {', '.join(prepared.uncut)}: {UNCUT_NOTICE}", bold=True)
    hidden = sum(len(story.people_hidden) for story in prepared.stories if story.includes_uncut)
    if prepared.uncut and hidden:
        say(f"The film hides who {counted_is(hidden, 'person')}; the recording does not.")
        say("  Agree with the archive in writing who may open it, and when.")


def _say_export(made: ArchiveExport) -> None:
    count = counted(len(made.stories), "story")
    files = counted(made.files, "file")
    say(f"{count}, {files}, {human_size(made.size)}, in:", bold=True)
    say(f"  {made.path}")
    say(f"It is entered as the copy {made.copy}. If a story in it is withdrawn, ask for it back.")
    settle = f"carer-stories copies settle {made.copy} --as"
    say_next(f"Once it is back: {settle} returned\nOnce it is destroyed: {settle} destroyed")


@click.command(
    epilog=examples(
        "carer-stories retention",
        "carer-stories retention --apply --dry-run",
        "carer-stories retention --apply",
    )
)
@click.option(
    "--apply",
    "applying",
    is_flag=True,
    help="Remove working copies, previews, exports and deliveries past their date; asks first.",
)
@click.option("--dry-run", is_flag=True, help="With --apply: only say what would go.")
@role_option
@click.option(
    "--yes",
    is_flag=True,
    help="With --apply: do not ask. No recording is erased without being asked about.",
)
@json_option
@click.pass_context
def retention(
    ctx: click.Context,
    /,
    applying: bool,
    dry_run: bool,
    role: str,
    yes: bool,
    as_json: bool,
) -> None:
    """List what is past its date, the worst first, each with the command that settles it.

    Without --apply it changes nothing. With it, what can be made again or was gathered to be handed
    over goes, with a receipt; then each withdrawn story whose recording is still kept is asked
    about by itself. What stands under a legal hold is left. How long things may lie is in
    interviews/settings.yml, under retention. Exit code 0 when nothing is past its date, 1 when
    something is.
    """
    from library.core.clock import today
    from stewardship.retention import overdue_items

    if yes and not applying:
        raise click.UsageError("--yes goes with --apply.")
    if applying and as_json and not (dry_run or yes):
        raise click.UsageError("--apply asks; with --json give --yes or --dry-run.")
    workspace, on = workspace_of(ctx), today()
    overdue = overdue_items(workspace, on)
    if applying:
        ctx.exit(_apply_retention(workspace, overdue, on, role, dry_run, yes, as_json))
    if as_json:
        say_json([item.as_json(on) for item in overdue])
    else:
        _say_overdue(overdue, on)
    if overdue:
        ctx.exit(1)


def _say_overdue(overdue: Sequence[OverdueItem], on: date) -> None:
    if not overdue:
        say("Nothing is past its date.")
        return
    count = len(overdue)
    say(
        "One thing is past its date:"
        if count == 1
        else f"{count} things are past their date, worst first:"
    )
    for item in overdue:
        days = item.days(on)
        say(f"  {item.sentence}", bold=True)
        say(f"    Since {item.since}{f', {days} days' if days > 1 else ''}.")
        say(f"    Next: {item.command}")
    if any(item.paths for item in overdue):
        say_next("Remove what can go by its date alone: carer-stories retention --apply")


def _apply_retention(
    workspace: Workspace,
    overdue: Sequence[OverdueItem],
    on: date,
    role: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Remove what is past its date; return the exit code."""
    from library.records.log_doubt import require_log_holds
    from stewardship.retention_apply import RetentionOutcome, plan_retention, remove_overdue

    if not dry_run:
        # A hold may stand in lines that are gone.
        require_log_holds(workspace)
    plan = plan_retention(workspace, overdue)
    if not as_json:
        _say_plan(plan)
    outcome = RetentionOutcome()
    if plan.to_remove and not dry_run:
        if not yes:
            confirm("Remove what stands under “goes”?", abort=True)
        outcome = remove_overdue(workspace, plan, role=role)
    erased = [] if dry_run or yes else _erase_one_by_one(workspace, plan.to_ask, role)
    left = [item for item in overdue if item.story not in erased or item not in plan.to_ask]
    if not dry_run:
        left = [item for item in left if item not in plan.to_remove]
    if as_json:
        say_json(
            {
                "removed": outcome.removed,
                "erased": erased,
                "held": [item.as_json(on) for item in plan.held],
                "left": [item.as_json(on) for item in left if item not in plan.held],
                "failed": [error.what for error in outcome.failures],
                "receipt": str(outcome.receipt) if outcome.receipt else None,
            }
        )
    else:
        _say_outcome(workspace, outcome)
        if yes and plan.to_ask:
            say_next("Be asked about withdrawn stories: carer-stories retention --apply")
    if outcome.failures:
        return outcome.failures[0].exit_code
    return 1 if left else 0


def _say_plan(plan: RetentionPlan) -> None:
    parts = (
        ("Goes: it can be made again, or was gathered to be handed over.", plan.to_remove),
        ("Is asked about, one by one: a withdrawn story is still kept.", plan.to_ask),
        ("Stays for now: a legal hold stands, or it is held since a restore.", plan.held),
        ("Needs a decision:", plan.left),
    )
    for heading, items in parts:
        if items:
            say(heading, bold=True)
        for item in items:
            say(f"  {item.sentence}")
            if items is plan.left:
                say(f"    Next: {item.command}")
    if not any(items for _, items in parts):
        say("Nothing is past its date.")


def _erase_one_by_one(workspace: Workspace, items: Sequence[OverdueItem], role: str) -> list[str]:
    """Ask about each withdrawn story; return those that were erased."""
    from stewardship.withdrawal.workflow import withdraw

    erased = []
    for item in items:
        say(item.sentence)
        if not confirm(f"Erase all of {item.story}? Nobody can bring it back"):
            continue
        outcome = withdraw(workspace, item.story, role, erase=True, report=say)
        if outcome.erasure and outcome.erasure.is_complete:
            say(f"{item.story} is erased.", bold=True)
            erased.append(item.story)
        for failure in outcome.failures:
            say(f"Problem: {failure.step} {failure.what}")
        if outcome.receipt:
            say(f"Receipt, to print: {outcome.receipt.relative_to(workspace.root)}")
    return erased


def _say_outcome(workspace: Workspace, outcome: RetentionOutcome) -> None:
    if outcome.removed:
        count = len(outcome.removed)
        size = human_size(sum(item.size for item in outcome.removed))
        say(f"Removed: {'1 thing' if count == 1 else f'{count} things'}, {size}.", bold=True)
    for error in outcome.failures:
        say(f"Problem: {error.what}")
        if error.next_step:
            say_next(error.next_step)
    if outcome.receipt:
        say(f"Receipt: {outcome.receipt.relative_to(workspace.root)}")
