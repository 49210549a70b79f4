"""The command `deliver`: a story or a training session for another system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import examples, json_option, say, say_json, say_next, workspace_of
from library.cli.fields import output_option, role_option
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.counting import counted_is
from library.core.errors import Busy, CarerStoriesError, DiskFailed, NoRoom
from library.core.files import human_size
from library.records.copies import is_copy_number

if TYPE_CHECKING:
    from delivery.handover import Delivered
    from library.core.workspace import Workspace
    from library.records.copies import CopyForm


@click.command(
    epilog=examples(
        'carer-stories deliver cs-4k7m2q --scorm "NHS Learning Hub, content team"',
        'carer-stories deliver first-contact --scorm "Moodle, Education" --thin',
        'carer-stories deliver first-contact --slides "Ward 3, ward manager"',
        'carer-stories deliver cs-4k7m2q --docx "Carers’ group, chair"',
        "carer-stories deliver cs-4k7m2q --again",
    )
)
@click.argument("source", metavar="STORY|PLAN|COPY")
@click.option(
    "--scorm",
    metavar="FOR-WHOM",
    help="As a package for a learning system, by SCORM 1.2.",
)
@click.option(
    "--thin",
    is_flag=True,
    help="With --scorm: nothing of a story is in it; it shows what your own server shows.",
)
@click.option(
    "--slides",
    metavar="FOR-WHOM",
    help="PLAN as PowerPoint slides, with notes, pictures, links and codes; no film is in them.",
)
@click.option(
    "--docx",
    metavar="FOR-WHOM",
    help="For Word: the papers of PLAN, or the transcript of STORY.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Make anew what is out of date by STORY, for whoever has it.",
)
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), help="For whom it is (default: settings)."
)
@output_option(
    "--to", metavar="FOLDER", help="Put it into this folder (default: interviews/deliveries)."
)
@role_option
@json_option
@click.pass_context
def deliver(
    ctx: click.Context,
    source: str,
    scorm: str | None,
    thin: bool,
    slides: str | None,
    docx: str | None,
    again: bool,
    audience: str | None,
    to: Path | None,
    role: str,
    as_json: bool,
) -> None:
    """Make STORY, or the training session PLAN, ready for another system.

    FOR-WHOM says who answers for it. It is made of what is released today alone, searched as the
    site is, and entered in the register of copies with its form and until when it may be used.

    With the number of a COPY, and no form, it is made again for whoever has that; with --again
    each one that is out of date by STORY is.
    """
    if thin and scorm is None:
        raise click.UsageError("--thin goes with --scorm.")
    forms: dict[CopyForm, str | None] = {
        "scorm-thin" if thin else "scorm": scorm,
        "slides": slides,
        "word": docx,
    }
    chosen = [(form, recipient) for form, recipient in forms.items() if recipient is not None]
    if again:
        if chosen or audience or is_copy_number(source):
            raise click.UsageError(
                "--again makes each copy in its own form, for whoever has it: name a story alone."
            )
        _deliver_again(workspace_of(ctx), source, to, role, as_json=as_json)
        return
    if not chosen and is_copy_number(source):
        if audience:
            raise click.UsageError("It is made again for the audience that the copy was for.")
        from delivery.replacements import replace_delivery

        say_delivered(replace_delivery(workspace_of(ctx), source, to, role), as_json)
        return
    if not chosen:
        raise click.UsageError(
            "In which form? One of: --scorm, --slides or --docx, with who it is for."
        )
    if len(chosen) > 1:
        raise click.UsageError(
            "One form at a time, for each is a copy of its own: one of --scorm, --slides or --docx."
        )
    if is_copy_number(source):
        raise click.UsageError(
            f"{source} is a copy: it is made again in its own form, for whoever has it. "
            "Leave the form out, or name a story or a session."
        )

    from delivery.handover import Order
    from delivery.replacements import MAKERS
    from library.consent.copies import checked_recipient
    from library.core.settings import load_settings, site_audience

    ((form, recipient),) = chosen
    recipient = checked_recipient(recipient)
    workspace = workspace_of(ctx)
    level = Audience.from_word(audience) if audience else site_audience(load_settings(workspace))
    order = Order(form, recipient, to, role)
    say_delivered(MAKERS[form](workspace, source, level, order), as_json)


def _deliver_again(
    workspace: Workspace, story_id: str, folder: Path | None, role: str, *, as_json: bool
) -> None:
    from delivery.replacements import outdated_deliveries, replace_delivery

    made: list[Delivered] = []
    refused: list[CarerStoriesError] = []
    for copy in outdated_deliveries(workspace, story_id):
        try:
            delivered = replace_delivery(workspace, copy.id, folder, role)
        # A full disk, or another command: the next one would meet it too.
        except (NoRoom, DiskFailed, Busy):
            raise
        # One that cannot be made again, as its session is gone: the others can.
        except CarerStoriesError as error:
            refused.append(error)
            say(
                f"{copy.id}, {copy.kind}, to {copy.to}, is not made again: {error.what} If it is "
                f"back or destroyed: carer-stories copies settle {copy.id} --as destroyed",
                err=True,
            )
            continue
        made.append(delivered)
        if not as_json:
            say_delivered(delivered, as_json=False)
    if as_json:
        say_json([_record_of(delivered) for delivered in made])
    if refused:
        # As the first one was refused: its code and its next step.
        raise type(refused[0])(
            f"{counted_is(len(refused), 'copy', 'copies')} not made again, of "
            f"{len(made) + len(refused)} that are out of date by {story_id}.",
            refused[0].next_step,
        )
    if not made and not as_json:
        say(f"No delivery that is out of date by {story_id} waits for its replacement.")


def _record_of(delivered: Delivered) -> dict[str, object]:
    copy = delivered.copy
    return {
        "copy": copy.id,
        "form": copy.form,
        "file": str(delivered.path),
        "size": delivered.size,
        "stories": sorted(copy.stories),
        "until": str(copy.until or ""),
    }


def say_delivered(delivered: Delivered, as_json: bool) -> None:
    """Say where a delivery is, until when it may be used, and that the register has it."""
    copy = delivered.copy
    if as_json:
        say_json(_record_of(delivered))
        return
    say(f"{copy.id}: {copy.kind} for {copy.to}, {human_size(delivered.size)}, in:", bold=True)
    say(f"  {delivered.path}")
    if copy.until and copy.form == "scorm-thin":
        say(f"It shows nothing from {copy.until} on, unless that is agreed to again.")
    elif copy.until:
        say(f"It may not be used from {copy.until} on.")
    say(
        "It is entered in the register of copies. "
        + (
            "A story that is withdrawn is dark there within a minute."
            if copy.form == "scorm-thin"
            else "If a story in it is withdrawn, ask for it back."
        )
    )
    if delivered.needs_build:
        say("The site has no page for it yet, as settings are now: until then it shows nothing.")
        say_next("Build the site: carer-stories site build")
        return
    if copy.replaces:
        say_next(
            f"Once it is in the place of the other: carer-stories copies settle {copy.replaces} "
            "--as replaced"
        )
        return
    settle = f"carer-stories copies settle {copy.id} --as"
    say_next(f"Once it is back: {settle} returned\nOnce it is destroyed: {settle} destroyed")
