"""The commands of `staff`: people who sign for what they do, by name."""

from __future__ import annotations

import click

from library.cli.console import (
    confirm,
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.fields import WITNESSES, Role, yes_option


@click.group(epilog="Example: carer-stories staff list")
def staff() -> None:
    """Keep who signs: editors, volunteers and witnesses, by name.

    Names are private. The log holds an opaque id for each line they sign, with --by.
    """


@staff.command("add", epilog="Example: carer-stories staff add --role editor")
@click.option("--name", help="Their real name (asked for, if you leave it out).")
@click.option(
    "--role", type=Role(WITNESSES), default="editor", show_default=True, help="Their usual role."
)
@click.pass_context
def staff_add(ctx: click.Context, name: str | None, role: str) -> None:
    """Enter somebody who signs."""
    from library.consent.staff import add_staff

    workspace = workspace_of(ctx)
    member = add_staff(
        workspace,
        name=name or prompt_for("Their real name", wanted="their real name: it is kept in private"),
        role=role,
    )
    say(f"{member.id}: {member.name}, {member.role}.", bold=True)
    say_next(
        f"Sign with it: carer-stories --by {member.id} approve STORY\n"
        f"or for everything in this terminal: export CARER_STORIES_BY={member.id}"
    )


@staff.command("list", epilog="Example: carer-stories staff list")
@json_option
@click.pass_context
def staff_list(ctx: click.Context, as_json: bool) -> None:
    """List who signs, and who did."""
    from library.consent.staff import staff as everybody

    members = everybody(workspace_of(ctx))
    if as_json:
        say_json({"staff": members})
    elif members:
        rows = [
            (
                member.id,
                member.name,
                member.role,
                f"until {member.retired}" if member.retired else "signs",
            )
            for member in members
        ]
        table(("Id", "Name", "Role", ""), rows)
    else:
        say("Nobody is entered: the log names roles alone.")
        say_next("carer-stories staff add")


@staff.command("signed", epilog="Example: carer-stories staff signed me-7hj3kd")
@click.argument("staff_id", metavar="ID")
@json_option
@click.pass_context
def staff_signed(ctx: click.Context, staff_id: str, as_json: bool) -> None:
    """List what somebody signed, from the log."""
    from library.consent.staff import signed_by

    member, entries = signed_by(workspace_of(ctx), staff_id)
    if as_json:
        say_json({"staff": member, "signed": entries})
        return
    say(f"{member.name}, {member.role}: {len(entries)} signed.", bold=True)
    for entry in entries:
        story = f"  {entry.subject}" if entry.subject else ""
        say(f"  {entry.at[:10]}  {entry.action}{story}, as {entry.role}")


@staff.command("retire", epilog="Example: carer-stories staff retire me-7hj3kd")
@click.argument("staff_id", metavar="ID")
@yes_option
@click.pass_context
def staff_retire(ctx: click.Context, staff_id: str, yes: bool) -> None:
    """Let somebody sign no more. What they signed still names them."""
    from library.consent.staff import require_retirable, retire_staff

    workspace = workspace_of(ctx)
    require_retirable(workspace, staff_id)
    if not yes:
        confirm(f"Let {staff_id} sign no more?", abort=True)
    member = retire_staff(workspace, staff_id)
    say(f"{member.id}, {member.name}, signs no more as of {member.retired}.", bold=True)
