"""The commands of `safeguarding`: disclosures that were passed on, and legal holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from library.cli.console import (
    CheckResult,
    confirm,
    in_turn,
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.fields import Day, role_option, yes_option
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace


@click.group(epilog="Example: carer-stories safeguarding list cs-4k7m2q")
def safeguarding() -> None:
    """Record what was disclosed and passed on because somebody is at risk; place legal holds.

    This is private: no page, export for an archive, receipt or line of the log says what was
    disclosed.
    """


@safeguarding.command(
    "record",
    epilog='Example: carer-stories safeguarding record cs-4k7m2q --to "the safeguarding team"',
)
@click.argument("story_id", metavar="STORY")
@click.option("--disclosed", help="What was disclosed (asked for, so that no shell keeps it).")
@click.option("--at-risk", help="Who may be at risk, by their relation to the contributor.")
@click.option("--to", "referred_to", help="To whom it was referred.")
@click.option("--on", type=Day(), help="Day it was disclosed (default: today).")
@click.option("--referred-on", type=Day(), help="Day it was referred (default: today).")
@role_option
@click.pass_context
def safeguarding_record(
    ctx: click.Context,
    story_id: str,
    disclosed: str | None,
    at_risk: str | None,
    referred_to: str | None,
    on: date | None,
    referred_on: date | None,
    role: str,
) -> None:
    """Record what was disclosed in STORY, and to whom it was referred."""
    from library.consent.safeguarding import holds_of, record_disclosure
    from library.consent.stories import read_history
    from library.core.clock import today

    workspace = workspace_of(ctx)
    # Before anything is asked: a story that is not there is refused at once.
    read_history(workspace, story_id)
    asked_for: dict[str, Callable[[bool], str]] = {}
    if disclosed is None:
        asked_for["disclosed"] = lambda is_first: prompt_for(
            "What was disclosed", wanted="in a few words what was disclosed", is_first=is_first
        )
        if at_risk is None:
            asked_for["at_risk"] = lambda is_first: prompt_for(
                "Who may be at risk (their relation to the contributor)",
                default="",
                is_first=is_first,
            )
    if not referred_to:
        asked_for["referred_to"] = lambda is_first: prompt_for(
            "To whom was it referred",
            wanted="to whom it was referred, such as a team",
            is_first=is_first,
        )
    answers = dict(zip(asked_for, in_turn([*asked_for.values()]), strict=True))
    disclosure = record_disclosure(
        workspace,
        story_id,
        disclosed=answers.get("disclosed", disclosed or ""),
        at_risk=answers.get("at_risk", at_risk or ""),
        referred_to=answers.get("referred_to", referred_to or ""),
        on=on or today(),
        referred_on=referred_on or today(),
        role=role,
    )
    say(
        f"Recorded as {disclosure.id}, in private: referred on {disclosure.referred_on}.", bold=True
    )
    if holds_of(workspace, story_id):
        say("Nothing of the story is deleted: a legal hold stands on it.")
    else:
        say_next(f"If the recording may be evidence: carer-stories safeguarding hold {story_id}")


@safeguarding.command("list", epilog="Example: carer-stories safeguarding list cs-4k7m2q")
@click.argument("story_id", metavar="[STORY]", required=False)
@json_option
@click.pass_context
def safeguarding_list(ctx: click.Context, story_id: str | None, as_json: bool) -> None:
    """List what was recorded, and which holds stand.

    Of STORY alone, or of all stories.
    """
    from library.consent.safeguarding import access_exemptions, all_holds, safeguarding_records
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    if story_id:
        read_history(workspace, story_id)
    records = safeguarding_records(workspace, story_id)
    holds = [hold for hold in all_holds(workspace) if story_id in (None, hold.story)]
    exemptions = access_exemptions(workspace, story_id)
    if as_json:
        say_json({"records": records, "holds": holds, "withheld": exemptions})
        return
    for record in records:
        who = f" At risk: {record.at_risk}." if record.at_risk else ""
        say(f"{record.story}  {record.id}, disclosed {record.on}", bold=True)
        say(f"  {record.disclosed}{who}")
        say(
            f"  Referred to {record.referred_to} on {record.referred_on}; recorded by the "
            f"{record.role}{f' ({record.by})' if record.by else ''}."
        )
    for hold in holds:
        say(f"{hold.story}  {hold.id}, legal hold since {hold.on}", bold=True)
        say(f"  {hold.reason}")
    for exemption in exemptions:
        say(f"{exemption.story}  {exemption.id}, withheld on {exemption.on}", bold=True)
        say(f"  {exemption.reason}")
        say(f"  Left out of a subject access request by the {exemption.role} ({exemption.by}).")
    if not records and not holds:
        say("Nothing is recorded, and no legal hold stands.")


_reason_option = click.option("--reason", help="Why (asked for, if you leave it out).")


@safeguarding.command("hold", epilog="Example: carer-stories safeguarding hold cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@_reason_option
@role_option
@click.pass_context
def safeguarding_hold(ctx: click.Context, story_id: str, reason: str | None, role: str) -> None:
    """Forbid deleting anything of STORY until the hold is lifted. Showing it is not affected."""
    from library.consent.safeguarding import place_hold
    from library.consent.stories import read_history
    from library.core.errors import Damaged
    from library.records.withdrawal_notes import read_erasure

    workspace = workspace_of(ctx)
    read_history(workspace, story_id)
    if not reason:
        reason = prompt_for("Why must it be kept", wanted="in a few words why it must be kept")
    try:
        hold = place_hold(workspace, story_id, reason=reason, role=role)
    except Damaged:
        # It stands all the same, only the log does not know of it.
        _note_in_backups(workspace)
        raise
    say(f"{hold.id}: nothing of {story_id} is deleted from now on.", bold=True)
    _note_in_backups(workspace)
    erasure = read_erasure(workspace, story_id)
    if erasure:
        say("It was erased here before. What backups still have of it is kept as well.")
    say("It is shown or not as before. A contributor can take it back; it is then only kept.")
    say_next(f"Once it may go: carer-stories safeguarding lift {story_id}")


def _note_in_backups(workspace: Workspace) -> None:
    """Note it in every backup that can be reached, and say of which not: a restore reads it."""
    from library.backup.hold_notes import note_holds

    for unreached in note_holds(workspace):
        say_result(
            CheckResult.WARNING,
            f"The backup in {unreached.backup.destination} could not be told: {unreached.why}",
            f"Once it is there: carer-stories backup {shell_quoted(unreached.backup.destination)}",
        )


@safeguarding.command("lift", epilog="Example: carer-stories safeguarding lift cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@click.option("--hold", metavar="HOLD", help="Which one, where several stand.")
@_reason_option
@role_option
@yes_option
@click.pass_context
def safeguarding_lift(
    ctx: click.Context, story_id: str, hold: str | None, reason: str | None, role: str, yes: bool
) -> None:
    """Lift a legal hold: what it kept may be deleted again."""
    from library.consent.safeguarding import hold_to_lift, holds_of, lift_hold
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    history = read_history(workspace, story_id)
    # Before anything is asked: where no hold stands, or several do, it is refused at once.
    standing = hold_to_lift(workspace, story_id, hold)
    steps: list[Callable[[bool], Any]] = []
    if not yes:
        question = f"Lift the legal hold {standing.id} on {story_id}?"
        steps.append(lambda is_first: confirm(question, abort=True, is_first=is_first))
    if not reason:
        steps.append(
            lambda is_first: prompt_for(
                "Why may it be lifted",
                wanted="in a few words why it may be lifted",
                is_first=is_first,
            )
        )
    answers = in_turn(steps)
    reason = reason or answers[-1]
    lift_hold(workspace, story_id, standing.id, reason=reason, role=role)
    say(f"{standing.id} is lifted.", bold=True)
    _note_in_backups(workspace)
    left = holds_of(workspace, story_id)
    if left:
        say(f"{left[0].id} still stands: nothing of {story_id} is deleted.")
    elif history.whole_withdrawal:
        say_next(f"If its erasure was asked for: carer-stories withdraw {story_id} --erase")
