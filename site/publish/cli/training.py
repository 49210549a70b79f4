"""The commands of `training`: begin, check and list plans, and look at evaluation forms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import json_option, say, say_json, table, workspace_of
from library.cli.fields import InputPath, output_option
from library.core.errors import BadInput, CarerStoriesError
from publish.cli.training_after import COMMANDS

if TYPE_CHECKING:
    from library.cli.wizard import Answers, Prompt
    from library.core.workspace import Workspace
    from publish.training.resolve import ResolvedPlan
    from publish.training.time_available import Fit


@click.group(epilog="Example: carer-stories training check first-contact")
def training() -> None:
    """Write training sessions, check them, and see what they changed."""


@training.command(
    "new", epilog="Example: carer-stories training new first-contact --clip cs-4k7m2q:beginning"
)
@click.argument("plan_id", metavar="[NAME]", required=False)
@click.option("--title", help="What the session is called.")
@click.option("--aim", help="What it is for, in a sentence.")
@click.option("--designed-by", help="Who writes it: a group, not a person.")
@click.option("--for", "audience", help="Whom it is for, such as “ward staff in their first year”.")
@click.option("--level", help="For beginners, or for whom else.")
@click.option("--minutes", type=click.IntRange(15, 480), help="How long it takes.")
@click.option("--smallest", type=click.IntRange(1, 500), help="The smallest group it works for.")
@click.option("--largest", type=click.IntRange(1, 500), help="The largest group it works for.")
@click.option(
    "--clip",
    "clips",
    multiple=True,
    metavar="STORY[:CHAPTER]",
    help="A story, or one chapter of it; may be given several times.",
)
@click.option("--yes", is_flag=True, help="Ask nothing; take what is usual for what is not given.")
@click.pass_context
def training_new(ctx: click.Context, /, yes: bool, clips: tuple[str, ...], **given: Any) -> None:
    """Begin a plan, asking one thing at a time.

    It is written to interviews/training/NAME.yml.

    The file has everything a session needs. What is still to be written is marked in it, and
    `training check` lists the marks with their lines.
    """
    from library.cli.wizard import answers_from_options, ask
    from publish.training.scaffold import PlanScaffold, create_plan, parse_clips

    workspace = workspace_of(ctx)
    questions = _questions(workspace)
    chosen = {**given, "clips": " ".join(clips) or None}
    answers = answers_from_options(questions, chosen) if yes else ask(questions, chosen)
    parsed_clips = parse_clips(answers.pop("clips").split())
    path = create_plan(
        workspace, PlanScaffold(id=answers.pop("plan_id"), clips=parsed_clips, **answers)
    )
    say(f"{path} is begun. Open it in your editor and write what is marked:", bold=True)
    for problem in _examined(workspace, path).problems:
        say(f"  {problem}")
    say(f"Next: carer-stories training check {path.stem}")


def _questions(workspace: Workspace) -> list[Prompt]:
    from library.cli.wizard import Prompt, line

    def text(name: str, ask: str, why: str, usual: str | None = None) -> Prompt:
        label = ask.rstrip("?")
        default = (lambda _: usual) if usual is not None else None
        option = "--for" if name == "audience" else f"--{name.replace('_', '-')}"
        return Prompt(name, ask, why, line, usual=default, label=label, option=option)

    return [
        Prompt(
            "plan_id",
            "What shall its file be called?",
            "Small letters, digits and hyphens; it is part of the page’s address.",
            line,
            label="File",
            option="NAME",
        ),
        text("title", "What is the session called?", "Everybody sees it."),
        text("aim", "What is it for?", "One sentence that a busy manager understands."),
        text("designed_by", "Who writes it?", "A group, not a person’s name.", "Carer volunteers"),
        text("audience", "Whom is it for?", "Those who will sit in the room.", "all staff"),
        text("level", "At what level?", "What people need to know already.", "for beginners"),
        _number("minutes", "How many minutes does it take?", "With the break.", "60", (15, 480)),
        _number("smallest", "How small may the group be?", "Role-play needs three.", "4", (1, 500)),
        _number(
            "largest", "How large may it be?", "Everybody should get to speak.", "16", (1, 500)
        ),
        Prompt(
            "clips",
            "Which stories, or which chapters of them?",
            f"As STORY:CHAPTER, with spaces between. {_known(workspace)}",
            _read_clips,
            label="Clips",
            option="--clip",
        ),
    ]


def _number(name: str, ask: str, why: str, usual: str, within: tuple[int, int]) -> Prompt:
    from library.cli.wizard import InvalidAnswer, Prompt

    def read(typed: str, _answers: Answers) -> int:
        if typed.isdecimal() and within[0] <= int(typed) <= within[1]:
            return int(typed)
        raise InvalidAnswer(f"Please type a number from {within[0]} to {within[1]}.")

    label = ask.rstrip("?")
    return Prompt(name, ask, why, read, usual=lambda _: usual, label=label, option=f"--{name}")


def _read_clips(typed: str, _answers: Answers) -> str:
    from library.cli.wizard import InvalidAnswer
    from publish.training.scaffold import parse_clips

    plain = typed.replace(",", " ")
    if not parse_clips(plain.split()):
        raise InvalidAnswer("Please type at least one story.")
    return plain


def _known(workspace: Workspace) -> str:
    """Return the stories that have a film, with their chapters, as they can be typed."""
    from library.core.workspace import STORY_ID
    from publish.training.resolve import filmed_stories

    stories = filmed_stories(workspace)
    folders = sorted(workspace.stories.glob("cs-*"))
    filmed = (stories(path.name) for path in folders if STORY_ID.match(path.name))
    lines = [
        f"\n  {story.page.id} “{story.page.title}”: "
        + ", ".join(chapter.id for chapter in story.page.chapters)
        for story in filmed
        if story is not None
    ]
    return "There are:" + "".join(lines) if lines else "No story has a film yet."


@training.command("check", epilog="Example: carer-stories training check first-contact")
@click.argument("names", metavar="[FILE]...", nargs=-1)
@json_option
@click.pass_context
def training_check(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Check plans, and say what to mend in which line.

    All of them are checked, or the ones that are named.

    Every mistake is told, also where minutes cannot be kept or what is asked for is not there. Exit
    code 0 when all is well, 2 when something is to be mended, 3 when a file is not there. A clip
    whose story may not be shown at the moment is no fault: it is left out, and this says so.
    """
    outcomes, refusals = [], []
    for path in _files(workspace_of(ctx), names):
        try:
            outcomes.append(_examined(workspace_of(ctx), path))
        except CarerStoriesError as error:
            refusals.append(error)
    if as_json:
        # Only then the exit code: the faults are printed either way.
        say_json([_as_json(plan) for plan in outcomes])
    else:
        for plan in outcomes:
            _say_outcome(plan)
        if not outcomes and not refusals:
            say("There are no plans yet. Begin one: carer-stories training new")
    for refusal in refusals[:-1]:
        say(str(refusal), err=True)
    if refusals:
        # The last one ends the command, as one alone does.
        raise refusals[-1]
    if any(plan.problems for plan in outcomes):
        ctx.exit(BadInput.exit_code)


def _files(workspace: Workspace, names: tuple[str, ...]) -> list[Path]:
    """Return plans by id, or files by their path."""
    from publish.training.read_plan import plan_files

    if not names:
        return plan_files(workspace)
    named = (workspace.training / f"{name}.yml" for name in names)
    return [
        Path(name) if "/" in name or name.endswith((".yml", ".yaml")) else path
        for name, path in zip(names, named, strict=True)
    ]


def _examined(workspace: Workspace, path: Path) -> ResolvedPlan:
    """Check against the films as they are now, for the narrowest audience, which sees the most."""
    from library.core.audience import Audience
    from publish.training.check import check_plan
    from publish.training.read_plan import read_plan

    return check_plan(workspace, read_plan(path), Audience.TRAINING)


def _say_outcome(resolved: ResolvedPlan) -> None:
    from publish.training.time_available import fits, optional_points

    plan = resolved.file.record
    name = resolved.file.path.name
    if plan is None or resolved.file.problems:
        say(f"{name} cannot be used yet:", bold=True)
    elif resolved.problems:
        say(f"{name}: “{plan.title}” is shown, and this is to be mended:", bold=True)
    else:
        say(f"{name}: “{plan.title}” can be used.", bold=True)
    for problem in resolved.problems:
        say(f"  {problem}")
    for left in resolved.left_out:
        say(f"  Left out for now: {left}")
    for hint in (*resolved.hidden_words, *resolved.suggestions):
        say(f"  Worth a thought: {hint}")
    if plan is not None and not resolved.problems and optional_points(plan.running_order):
        for fit in fits(plan.running_order):
            say(f"  {_fit_in_words(fit)}")


def _fit_in_words(fit: Fit) -> str:
    if not fit.is_enough:
        return f"In {fit.available} minutes: too short, the essential points take {fit.takes}."
    if not fit.left_out:
        return f"In {fit.available} minutes: everything; it takes {fit.takes}."
    numbers = ", ".join(map(str, fit.left_out))
    points = "point" if len(fit.left_out) == 1 else "points"
    return f"In {fit.available} minutes: without {points} {numbers}; it takes {fit.takes}."


def _as_json(resolved: ResolvedPlan) -> dict[str, object]:
    def as_rows(problems: tuple[Any, ...]) -> list[dict[str, object]]:
        return [{"line": p.line, "field": p.field, "what": p.what} for p in problems]

    return {
        "id": resolved.id,
        "problems": as_rows(resolved.problems),
        "left_out": as_rows(resolved.left_out),
        "suggestions": as_rows(resolved.suggestions),
        "hidden_words": as_rows(resolved.hidden_words),
    }


@training.command("list", epilog="Example: carer-stories training list --json")
@json_option
@click.pass_context
def training_list(ctx: click.Context, as_json: bool) -> None:
    """List the plans, with what the library’s audience sees of each."""
    from publish.training.check import list_plans

    rows = list_plans(workspace_of(ctx))
    if as_json:
        say_json(rows)
    elif not rows:
        say("There are no plans yet. Begin one: carer-stories training new")
    else:
        headings = ("Plan", "Title", "Minutes", "Clips", "State")
        table(headings, [(r.id, r.title, str(r.minutes), r.clips_text, r.state) for r in rows])


@training.command(
    "feedback", epilog="Example: carer-stories training feedback first-contact-evaluation.csv"
)
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=InputPath(),
)
@output_option(
    "--to",
    metavar="FILE",
    help="Write the page here (default: in interviews/feedback, which is private).",
)
@json_option
@click.pass_context
def training_feedback(
    ctx: click.Context, files: tuple[Path, ...], to: Path | None, as_json: bool
) -> None:
    """Put the forms saved as CSV together on one page.

    It shows before and after, and comments, of five people or more.

    The page is for the team. It is never part of the staff’s library.
    """
    from publish.training.feedback_page import write_feedback

    done = write_feedback(workspace_of(ctx), files, to)
    if as_json:
        say_json({"page": str(done.page), "forms": done.forms, "plans": list(done.plans)})
        return
    forms = "One form" if done.forms == 1 else f"{done.forms} forms"
    say(f"{forms} about {', '.join(done.plans)}: {done.page}", bold=True)
    for name in done.too_few:
        say(f"Fewer than five people answered about {name}: nothing of it is shown.")
    say("It is for your team. Comments can point to a person: look before you pass it on.")


for _command in COMMANDS:
    training.add_command(_command)
