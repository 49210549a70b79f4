"""Commands about what we know and what we are allowed to do."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from library.cli_tools import json_option, say, say_json, table, workspace_of
from library.consent import AUDIENCE_WORDS
from library.errors import BadInput

ROLES = ("carer-volunteer", "editor", "facilitator", "manager", "contributor", "relative")
yes_option = click.option("--yes", is_flag=True, help="Do not ask; take the options as given.")


class Day(click.ParamType[date]):
    """A date typed as 2026-01-31, or the word `today`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        if value == "today":
            from library.clock import today

            return today()
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"“{value}” is not a date. Write it as 2026-01-31, or: today.", param, ctx)


class Role(click.ParamType[str]):
    """A role, never a name: the log is read by people who must not learn names from it."""

    name = "role"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in ROLES:
            self.fail(f"“{value}” is not a role. Use one of: {', '.join(ROLES)}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "ROLE"


@click.command(epilog="Example: carer-stories init our-library")
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a new workspace in FOLDER: pages, question sets, settings, an empty database."""
    from library.template import make_workspace

    workspace = make_workspace(folder.expanduser().resolve())
    say(f"A new library is ready in {folder}.", bold=True)
    say(f"Say whose it is in {workspace.settings.relative_to(workspace.root)}, then:")
    say(f"  cd {folder}")
    say("  carer-stories doctor")
    say("  carer-stories story new")


@click.group()
def story() -> None:
    """Create, list, show and edit stories."""


@story.command("new", epilog='Example: carer-stories story new --title "…" --questions being-heard')
@click.option("--title", prompt="What shall the story be called on its page", help="Public title.")
@click.option("--questions", prompt="Which question set", help="Id of the question set.")
@click.option("--contributor", default="", help="The name the contributor chose to be shown under.")
@click.option("--summary", default="", help="One or two sentences for the library's page.")
@click.option("--content-note", default="", help="What staff should know before they watch.")
@click.option("--theme", "themes", multiple=True, help="A theme; may be given several times.")
@json_option
@click.pass_context
def story_new(ctx: click.Context, /, as_json: bool, **fields: Any) -> None:
    """Start a story. Its id is made up, never from a name."""
    from library.desk import start_story

    made = start_story(workspace_of(ctx), **fields)
    if as_json:
        say_json(made)
        return
    say(f"{made.id}: “{made.title}”", bold=True)
    say(f"Next: carer-stories consent record {made.id}")


@story.command("edit", epilog='Example: carer-stories story edit cs-4k7m2q --summary "…"')
@click.argument("story_id", metavar="STORY")
@click.option("--title", help="Public title.")
@click.option("--contributor", help="The name the contributor chose to be shown under.")
@click.option("--summary", help="One or two sentences for the library's page.")
@click.option("--content-note", help="What staff should know before they watch.")
@click.option("--theme", "themes", multiple=True, help="Replaces the themes.")
@click.pass_context
def story_edit(ctx: click.Context, /, story_id: str, **fields: Any) -> None:
    """Change the public words of a story. A film already made keeps its own until made again."""
    from library.desk import change_story

    given = {name: value for name, value in fields.items() if value not in (None, ())}
    if not given:
        raise BadInput("Nothing to change was given.", "See: carer-stories story edit --help")
    change_story(workspace_of(ctx), story_id, given)
    say(f"{story_id} is changed. If its film is already made: carer-stories film {story_id}")


@story.command("list", epilog="Example: carer-stories story list --json")
@json_option
@click.pass_context
def story_list(ctx: click.Context, as_json: bool) -> None:
    """List every story with its title."""
    from library.ledger import Ledger
    from library.story import Story

    stories = Ledger(workspace_of(ctx)).read().all(Story)
    if as_json:
        say_json(stories)
    elif not stories:
        say("There are no stories yet. Start one: carer-stories story new")
    else:
        table(("Story", "Title", "Shown as"), [(s.id, s.title, s.contributor) for s in stories])


@story.command("show", epilog="Example: carer-stories story show cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@json_option
@click.pass_context
def story_show(ctx: click.Context, story_id: str, as_json: bool) -> None:
    """Show one story: its words and everything recorded about it, in order."""
    from library.desk import read_history

    history = read_history(workspace_of(ctx), story_id)
    if as_json:
        say_json(history)
        return
    told = history.story
    say(f"{told.id}: “{told.title}”", bold=True)
    for label, value in (
        ("Shown as", told.contributor or "no name"),
        ("Summary", told.summary or "none yet"),
        ("Content note", told.content_note or "none"),
        ("Themes", ", ".join(told.themes) or "none"),
        ("Question set", told.questions),
    ):
        say(f"  {label}: {value}")
    for agreement in history.agreements:
        say(f"  {agreement.on}: participation agreement, taken by the {agreement.taken_by}")
    for release in history.releases:
        say(f"  {release.viewed}: signed off for {release.audience}, until {release.review}")
    for approval in history.approvals:
        say(f"  {approval.on}: approved by the {approval.role}")
    for withdrawal in history.withdrawals:
        say(f"  {withdrawal.on}: withdrawn, asked by the {withdrawal.asked_by}")


@click.group()
def consent() -> None:
    """The participation agreement, before anything is recorded."""


@consent.command(
    "record",
    epilog="Example: carer-stories consent record cs-4k7m2q --taken-by carer-volunteer --yes",
)
@click.argument("story_id", metavar="STORY")
@click.option("--on", type=Day(), default="today", show_default=True, help="The day it was taken.")
@click.option(
    "--taken-by", type=Role(), default="carer-volunteer", show_default=True, help="Who took it."
)
@click.option("--form-version", default="1", show_default=True, help="Version of the signed form.")
@click.option(
    "--form", type=click.Path(path_type=Path), help="A scan of the signed form: its hash is kept."
)
@click.option(
    "--independent/--not-independent",
    default=None,
    help="Taken by someone outside the relative's care.",
)
@click.option(
    "--capacity-considered/--capacity-not-considered",
    default=None,
    help="Whether the person could decide this was considered.",
)
@yes_option
@click.pass_context
def consent_record(
    ctx: click.Context,
    /,
    story_id: str,
    independent: bool | None,
    capacity_considered: bool | None,
    yes: bool,
    **fields: Any,
) -> None:
    """Record that the contributor agreed to take part in recording STORY."""
    from library.desk import read_history, record_agreement

    workspace = workspace_of(ctx)
    history = read_history(workspace, story_id)
    say(f"Participation agreement for {story_id}, “{history.story.title}”.", bold=True)
    if independent is None:
        independent = yes or click.confirm(
            "Was it taken by someone who is not part of the relative's care?"
        )
    if capacity_considered is None:
        capacity_considered = yes or click.confirm(
            "Did you consider whether the person could decide this for themselves today?"
        )
    if not yes:
        click.confirm("Has the contributor signed the form?", abort=True)
    record_agreement(
        workspace,
        story_id,
        independent=independent,
        capacity_considered=capacity_considered,
        **fields,
    )
    if not independent:
        say(
            "Recorded, with a note: someone independent should confirm it before the film is shown."
        )
    say("The agreement is recorded.")
    say(f"Next: carer-stories capture import {story_id} FILE")


@click.command(
    epilog="Example: carer-stories signoff cs-4k7m2q --audience trust --witness editor --yes"
)
@click.argument("story_id", metavar="STORY")
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), help="The widest audience they agree to."
)
@click.option(
    "--viewed", type=Day(), default="today", show_default=True, help="The day they viewed the film."
)
@click.option("--review", type=Day(), help="From this day it is not shown without asking again.")
@click.option("--witness", type=Role(), default="carer-volunteer", show_default=True, help="Role.")
@click.option("--form-version", default="1", show_default=True, help="Version of the signed form.")
@click.option(
    "--form", type=click.Path(path_type=Path), help="A scan of the signed form: its hash is kept."
)
@click.option("--cut", "cut_seen", help="The cut they viewed (its first 8 characters or more).")
@yes_option
@click.pass_context
def signoff(
    ctx: click.Context, /, story_id: str, audience: str | None, yes: bool, **fields: Any
) -> None:
    """Record that the contributor viewed the finished film of STORY and releases it."""
    from library.desk import cut_to_sign, record_release

    workspace = workspace_of(ctx)
    cut = cut_to_sign(workspace, story_id)
    say(f"The contributor's release of {story_id}, cut {cut.hash[:8]}.", bold=True)
    if audience is None:
        if yes:
            raise BadInput("Whom is it released for?", "Say so with --audience.")
        audience = _ask_audience()
    if not yes:
        click.confirm("Has the contributor watched this film to the end?", abort=True)
        click.confirm("Do they know that a voice can be recognised?", abort=True)
        click.confirm("Do they know how to take it back, at any time?", abort=True)
    released = record_release(workspace, story_id, expected=cut, audience=audience, **fields)
    say(f"Signed off for “{released.audience}”. It will be asked about again by {released.review}.")
    say(f"Next: carer-stories approve {story_id}")


def _ask_audience() -> str:
    from library.consent import Audience

    say("Who may see it? Each choice includes the ones before it.")
    for audience in Audience:
        say(f"  {audience.word:<9} {audience.level_of_use}")
    chosen: str = click.prompt("Audience", type=click.Choice(AUDIENCE_WORDS))
    return chosen


@click.command(epilog="Example: carer-stories restore --generation 41")
@click.option("--generation", type=int, help="Which earlier state; without it they are listed.")
@click.option("--role", type=Role(), default="editor", show_default=True, help="Your role.")
@yes_option
@click.pass_context
def restore(ctx: click.Context, generation: int | None, role: str, yes: bool) -> None:
    """Make an earlier generation of the database the newest one.

    It takes back what was decided after it, except withdrawals: those are recorded again. The
    later lines of interviews/audit.jsonl (each names its generation) say what else was decided.
    """
    from library.desk import restore_generation
    from library.ledger import Ledger

    workspace = workspace_of(ctx)
    kept = Ledger(workspace).generations()
    if generation is None:
        names = ", ".join(str(number) for number in kept)
        say(f"Generations that can be restored: {names}." if kept else "No generation is kept yet.")
        return
    if not yes:
        say("This takes back what was decided after it; withdrawals stay.")
        click.confirm(f"Restore generation {generation}?", abort=True)
    withdrawn = restore_generation(workspace, generation, role)
    say(f"Generation {generation} is restored. What was there before is kept beside it.")
    for story_id in withdrawn:
        say(f"{story_id} was withdrawn later, and is withdrawn again.")
    say("Next: carer-stories status, then: carer-stories site build")


@click.command(epilog="Example: carer-stories status --json")
@click.argument("story_id", metavar="[STORY]", required=False)
@click.option(
    "--audience", type=click.Choice(AUDIENCE_WORDS), help="Ask for this audience (default: yours)."
)
@json_option
@click.pass_context
def status(ctx: click.Context, story_id: str | None, audience: str | None, as_json: bool) -> None:
    """Show every story, its state and the one next step; or STORY with every reason."""
    from library.desk import standings

    found = standings(workspace_of(ctx), story_id, audience)
    if as_json:
        say_json([one.as_json() for one in found])
        return
    if not found:
        say("There are no stories yet. Start one: carer-stories story new")
        return
    if story_id is None:
        _status_table(found)
    else:
        _status_of_one(found[0])


def _status_table(found: list[Any]) -> None:
    table(
        ("Story", "Title", "State", "Shown to", "Next step"),
        [
            (
                one.history.story.id,
                one.history.story.title,
                str(one.state) + (f", {one.unsure} unsure" if one.unsure else ""),
                ", ".join(audience.word for audience in one.audiences) or "nobody",
                one.next,
            )
            for one in found
        ],
    )


def _status_of_one(one: Any) -> None:
    told = one.history.story
    say(f"{told.id}: “{told.title}” is {one.state}.", bold=True)
    if one.decision.released:
        say(f"It may be shown to “{one.decision.audience.word}”.")
    else:
        say(f"It may not be shown to “{one.decision.audience.word}”, because:")
        for reason in one.decision.reasons:
            say(f"  - {reason}")
    if one.unsure:
        places = "1 place" if one.unsure == 1 else f"{one.unsure} places"
        say(f"In its transcript {places} still marked as unsure with (?…).")
    say(f"Next: {one.next}")
