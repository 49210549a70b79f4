"""The commands of `training` for afterwards: answers, reminders, report, letter, evidence."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    examples,
    json_option,
    say,
    say_json,
    say_next,
    workspace_of,
)
from library.cli.fields import Day, Role, output_option
from library.core.counting import counted
from library.core.errors import BadInput, NotFound

if TYPE_CHECKING:
    from library.core.workspace import Workspace
    from publish.training.plan import TrainingPlan

_sources = click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))


@click.command("collect", epilog="Example: carer-stories training collect answers/*.csv")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
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


@click.command(
    "held",
    epilog="Example: carer-stories training held first-contact --on 2026-11-23 --people 12",
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
@click.option("--another", is_flag=True, help="It is another session on the same day.")
@json_option
@click.pass_context
def training_held(
    ctx: click.Context,
    plan_id: str,
    on: date,
    people: int,
    carers: int,
    another: bool,
    as_json: bool,
) -> None:
    """Record that a session was held: the day, and how many came.

    The stories that the pages of this plan show now are noted with it, for the letter to those who
    told them. Nobody is named.
    """
    from publish.edition import read_edition
    from publish.training.answer_folder import HeldSession, record_session

    workspace = workspace_of(ctx)
    plan = _plan(workspace, plan_id)
    stories: tuple[str, ...] = ()
    if workspace.edition_record.exists():
        published = read_edition(workspace).plans
        stories = next((shown.stories for shown in published if shown.id == plan_id), ())
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
    say_next(f"Remind those who were there: carer-stories training reminders {plan_id} --on {on}")


@click.command(
    "reminders",
    epilog=examples(
        "carer-stories training reminders first-contact --on 2026-11-23",
        "carer-stories training reminders first-contact --on 2026-11-23 --at 09:30",
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
    to: Path | None,
) -> None:
    """Write a calendar file of what comes after a session.

    Two weeks, the team meeting, three months. The same file can be made on the page “After the
    session”.
    """
    from library.core.clock import moment, time_zone
    from library.core.files import write_atomic
    from library.core.settings import load_settings
    from publish.training.calendar_file import calendar_domain, calendar_file
    from publish.training.follow_up import reminders

    workspace = workspace_of(ctx)
    plan, settings = _plan(workspace, plan_id), load_settings(workspace)
    address = settings.address.rstrip("/")
    data = calendar_file(
        plan,
        reminders(plan, on, meeting),
        session=on.isoformat(),
        domain=calendar_domain(settings.title, settings.trust),
        made=moment(),
        at=at.time() if at else None,
        zone=time_zone(settings.timezone),
        form_address=f"{address}/training/{plan_id}/" if address else "",
    )
    path = to or Path(f"{plan_id}-reminders-{on}.ics")
    if path.is_dir():
        path /= f"{plan_id}-reminders-{on}.ics"
    # Written again where it is ours: whoever moved a meeting makes it anew.
    if path.exists() and not path.read_bytes().startswith(b"BEGIN:VCALENDAR"):
        raise BadInput(f"{path} is there already; nothing was changed.", "Name another: --to FILE")
    write_atomic(path, data, mode=0o644)
    say(f"Three reminders: {path}", bold=True)
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
