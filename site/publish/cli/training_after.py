"""The commands of `training` for afterwards: answers, reminders, report, letter, evidence."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    CheckResult,
    examples,
    json_option,
    say,
    say_json,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.fields import Day, InputPath, Role, output_option
from library.core.counting import counted
from library.core.errors import BadInput, NotFound

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from publish.training.plan import PlanDetails, TrainingPlan
    from publish.training.time_available import Points

_sources = click.argument("files", metavar="[FILE]...", nargs=-1, type=InputPath())


@click.command("collect", epilog="Example: carer-stories training collect answers/*.csv")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=InputPath())
@json_option
@click.pass_context
def training_collect(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Keep files of answers in the library, for the report over time.

    Forms that are here already are known, and count once.
    """
    from publish.training.answer_folder import collect_answers, plans_by_id

    workspace = workspace_of(ctx)
    brought = collect_answers(workspace, files, plans_by_id(workspace))
    if as_json:
        say_json([{"file": each.name, "forms": each.forms, "new": each.new} for each in brought])
        return
    for each in brought:
        if each.kept_as is None:
            say(f"{each.name}: {counted(each.forms, 'form')}, all here already. Nothing was kept.")
        elif each.new < each.forms:
            say(f"{each.name}: {counted(each.new, 'new form')}; the others are here already.")
        else:
            say(f"{each.name}: {counted(each.forms, 'form')}.")
    say_next("See what they say: carer-stories training report")


_minutes_option = click.option(
    "--minutes",
    type=click.IntRange(5, 480),
    help="The time you had: what does not fit was left out, as on the facilitator’s page.",
)
_without_option = click.option(
    "--without",
    metavar="POINTS",
    help="Points that were left out, chosen by hand: their numbers, as in the page’s address "
    "(3,5).",
)


@click.command(
    "held",
    epilog=examples(
        "carer-stories training held first-contact --on 2026-11-23 --people 12",
        "carer-stories training held first-contact --on 2026-11-23 --people 12 --minutes 45",
    ),
)
@click.argument("plan_id", metavar="NAME")
@click.option("--on", type=Day(), required=True, help="The day of the session.")
@click.option(
    "--people", type=click.IntRange(1, 1000), required=True, help="How many staff took part."
)
@click.option(
    "--carers",
    type=click.IntRange(0, 1000),
    default=0,
    help="How many carers led it or spoke in it.",
)
@_minutes_option
@_without_option
@click.option("--another", is_flag=True, help="It is another session on the same day.")
@json_option
@click.pass_context
def training_held(
    ctx: click.Context,
    plan_id: str,
    on: date,
    people: int,
    carers: int,
    minutes: int | None,
    without: str | None,
    another: bool,
    as_json: bool,
) -> None:
    """Record that a session was held: the day, and how many came.

    The stories that the pages of this plan show now are noted with it, for the letter to those who
    told them; of a shorter session, those that it showed. Nobody is named.
    """
    from library.records.library_day import library_day
    from publish.training.answer_folder import HeldSession, record_session
    from publish.training.time_available import shown_stories

    workspace = workspace_of(ctx)
    plan, points = _shown_plan(workspace, plan_id)
    stories = shown_stories(points, _left_out(points, minutes, without))
    held = HeldSession(on, plan_id, plan.version, people, carers, stories)
    line = record_session(workspace, held, another=another)
    if as_json:
        say_json({"line": line, "stories": list(stories)})
        return
    say(f"Recorded, in line {line} of interviews/feedback/sessions.csv.", bold=True)
    if stories:
        say(f"It showed: {', '.join(stories)}")
    else:
        say("The library shows no story of this plan at the moment, so none is noted.")
    if on > library_day(workspace):
        still_to_come = f"{on} is still to come. Where the day is wrong, mend it in that line."
        say_result(CheckResult.WARNING, still_to_come)
    options = f" --minutes {minutes}" if minutes else f" --without {without}" if without else ""
    say_next(
        "Remind those who were there: "
        f"carer-stories training reminders {plan_id} --on {on}{options}"
    )


@click.command(
    "reminders",
    epilog=examples(
        "carer-stories training reminders first-contact --on 2026-11-23",
        "carer-stories training reminders first-contact --on 2026-11-23 --at 09:30",
        "carer-stories training reminders first-contact --on 2026-11-23 --minutes 45",
    ),
)
@click.argument("plan_id", metavar="NAME")
@click.option("--on", type=Day(), required=True, help="The day of the session.")
@click.option("--meeting", type=Day(), help="The day of the team meeting (default: four weeks on).")
@click.option(
    "--at",
    "at",
    type=click.DateTime(["%H:%M"]),
    help="A time of day, in the library’s time zone (default: the reminders last all day).",
)
@_minutes_option
@_without_option
@output_option(
    "--to", metavar="FILE", help="Write it here (default: NAME-reminders-DAY.ics, here)."
)
@click.pass_context
def training_reminders(
    ctx: click.Context,
    plan_id: str,
    on: date,
    meeting: date | None,
    at: datetime | None,
    minutes: int | None,
    without: str | None,
    to: Path | None,
) -> None:
    """Write a calendar file of what comes after a session.

    Two weeks, the team meeting, three months. The same file can be made on the page “After the
    session”. A shorter session is not reminded of what it left out.
    """
    from library.core.clock import moment, time_zone
    from library.core.files import write_atomic
    from library.core.settings import load_settings
    from publish.training.calendar_file import calendar_domain, calendar_file
    from publish.training.follow_up import reminders

    workspace = workspace_of(ctx)
    (plan, points), settings = _shown_plan(workspace, plan_id), load_settings(workspace)
    left_out = _left_out(points, minutes, without)
    address = settings.address.rstrip("/")
    data = calendar_file(
        plan,
        reminders(plan, on, meeting, left_out),
        session=on.isoformat(),
        domain=calendar_domain(settings.title, settings.trust),
        made=moment(),
        at=at.time() if at else None,
        zone=time_zone(settings.timezone),
        form_address=f"{address}/training/{plan_id}/" if address else "",
        left_out=left_out,
    )
    path = to or Path(f"{plan_id}-reminders-{on}.ics")
    if path.is_dir():
        path /= f"{plan_id}-reminders-{on}.ics"
    # Written again where it is ours: whoever moved a meeting makes it anew.
    if path.exists() and not path.read_bytes().startswith(b"BEGIN:VCALENDAR"):
        raise BadInput(f"{path} is there already; nothing was changed.", "Name another: --to FILE")
    write_atomic(path, data, mode=0o644)
    say(f"Three reminders: {path}", bold=True)
    if left_out:
        titles = ", ".join(f"“{item.title}”" for at, item in plan.numbered if at in left_out)
        say(f"Left out: {titles}.")
    say("Open it with a calendar, or send it to those who were there.")


@click.command("report", epilog="Example: carer-stories training report")
@_sources
@output_option(
    "--to",
    metavar="FILE",
    help="Write the page here (default: in interviews/feedback, which is private).",
)
@json_option
@click.pass_context
def training_report(
    ctx: click.Context, files: tuple[Path, ...], to: Path | None, as_json: bool
) -> None:
    """Show what the sessions changed over time, for each and for all.

    Before, at the end, two weeks, a team meeting, three months. It is made of what `training
    collect` keeps, or of the files and folders that are named. Nothing is shown of fewer than five
    people, in no report and by no two of them.
    """
    from publish.training.report import write_report

    saved = write_report(workspace_of(ctx), files, to)
    if as_json:
        say_json(saved.report)
        return
    say(f"The report is made: {saved.page}", bold=True)
    if saved.report.is_first_of_older:
        say("It is the first that remembers groups of five, and some answers are older than today.")
        say(
            "If a report was made of them before, pass this one on to nobody: put "
            "interviews/feedback/groups.json back from a backup, and make it again."
        )
    if any(plan.are_some_waiting for plan in saved.report.plans):
        say("Some answers wait in it until there are five people to tell of together.")


@click.command(
    "letter",
    epilog=examples(
        "carer-stories training letter cs-4k7m2q",
        "carer-stories training letter cs-4k7m2q --quote 3f9a2c --quote 81bd04",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.option(
    "--quote", "quotes", multiple=True, metavar="CODE", help="A quote that may stand in it."
)
@click.option("--no-quotes", is_flag=True, help="Approve it without any quote.")
@click.option(
    "--they-asked", is_flag=True, help="They took something back, and asked for a letter since."
)
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@json_option
@click.pass_context
def training_letter(
    ctx: click.Context,
    story_id: str,
    quotes: tuple[str, ...],
    no_quotes: bool,
    they_asked: bool,
    role: str,
    as_json: bool,
) -> None:
    """Write to whoever told STORY what became of it.

    The letter says in which sessions it was shown, and what staff say they changed.

    First it is a draft, with a code at each quote. Naming the quotes that may stand in it approves
    the letter; only an editor does.
    """
    from publish.training.letter import write_letter

    chosen = quotes if quotes or no_quotes else None
    if quotes and no_quotes:
        raise BadInput("There are quotes, and --no-quotes.", "Give one or the other.")
    if chosen is not None and role != "editor":
        raise BadInput("Only an editor approves a letter.", "Ask one, or look at the draft.")
    letter = write_letter(
        workspace_of(ctx), story_id, chosen=chosen, role=role, they_asked=they_asked
    )
    if as_json:
        say_json(
            {
                "page": str(letter.page),
                "approved": letter.is_approved,
                "sessions": len(letter.sessions),
                "quotes": [{"code": quote.code, "text": quote.text} for quote in letter.quotes],
            }
        )
    elif letter.is_approved:
        say(f"The letter is approved: {letter.page}", bold=True)
        say_next(f"Print it, and send it as they wish: carer-stories contributor show {story_id}")
    else:
        say(f"A draft, not to be sent: {letter.page}", bold=True)
        for quote in letter.quotes:
            say(f"  {quote.code}  {quote.text}")
        approve = "--quote CODE for each of these that may stand in it" if letter.quotes else ""
        say_next(
            f"Read it, then: carer-stories training letter {story_id} {approve or '--no-quotes'}"
        )


@click.command("evidence", epilog="Example: carer-stories training evidence --to evidence.csv")
@output_option(
    "--to",
    metavar="FILE",
    help="Write it here, as JSON or CSV where the name ends so (default: a page in "
    "interviews/feedback).",
)
@json_option
@click.pass_context
def training_evidence(ctx: click.Context, to: Path | None, as_json: bool) -> None:
    """Lay what was done beside the Triangle of Care and PCREF.

    Each figure names the files and lines that it comes from. What is not recorded is said.
    """
    from publish.training.evidence import write_evidence

    path, evidence = write_evidence(workspace_of(ctx), to)
    if as_json:
        say_json(evidence)
        return
    recorded = sum(bool(standard.facts) for standard in evidence.standards)
    say(f"The evidence: {path}", bold=True)
    say(f"Something is recorded for {recorded} of {len(evidence.standards)} standards.")
    if not recorded:
        say_next(
            "Record the sessions that were held: "
            "carer-stories training held PLAN --on DAY --people NUMBER"
        )


def _shown_plan(workspace: Workspace, plan_id: str) -> tuple[PlanDetails, Points]:
    """Return a plan as the pages show it, whose points have other numbers where a clip is left out;
    as it is written where no page shows it."""
    from publish.edition import read_edition

    plan = _plan(workspace, plan_id)
    if workspace.edition_record.exists():
        for shown in read_edition(workspace).plans:
            if shown.id == plan_id:
                return shown, shown.items
    return plan, plan.running_order


def _left_out(points: Points, minutes: int | None, without: str | None) -> tuple[int, ...]:
    """Return the numbers of the points that a session of so many minutes leaves out, or of those
    that are named. Raises BadInput."""
    from publish.training.time_available import fit, left_out_by_hand, optional_points

    if minutes is not None and without is not None:
        raise BadInput("There are minutes and points.", "Give --minutes or --without, not both.")
    if minutes is not None:
        return fit(points, minutes).left_out
    if without is None:
        return ()
    optional = optional_points(points)
    words = [word.strip() for word in without.split(",") if word.strip()]
    unknown = [word for word in words if not word.isdecimal() or int(word) not in optional]
    if unknown:
        titles = {at: getattr(points[at - 1], "title", "") for at in optional}
        those = "; ".join(f"{at} “{title}”" for at, title in titles.items())
        raise BadInput(
            f"No point that can be left out: {', '.join(unknown)}.",
            f"There are: {those or 'none'}. Name their numbers with commas: --without 3,5",
        )
    return left_out_by_hand(points, {int(word) for word in words})


def _plan(workspace: Workspace, plan_id: str) -> TrainingPlan:
    """Return a plan that can be read. Raises NotFound with those there are."""
    from publish.training.answer_folder import plans_by_id

    plans = plans_by_id(workspace)
    if plan_id not in plans:
        raise NotFound(
            f"There is no plan {plan_id!r}; there are: {', '.join(plans) or 'none'}.",
            "See them all: carer-stories training list",
        )
    return plans[plan_id]


COMMANDS = (
    training_collect,
    training_held,
    training_reminders,
    training_report,
    training_letter,
    training_evidence,
)
