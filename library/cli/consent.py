"""`consent`: the agreement before anything is recorded."""

from __future__ import annotations

from typing import Any

import click

from library.cli.answer_types import day_gone, line, one_of, only_yes, yes_or_no
from library.cli.console import examples, say, workspace_of
from library.cli.due import due
from library.cli.fields import WITNESSES, Day, Role, form_option, form_version_option, yes_option
from library.cli.forms import form, form_questions
from library.cli.wizard import Prompt, answers_from_options, ask


@click.group(epilog="Example: carer-stories consent record cs-4k7m2q")
def consent() -> None:
    """The participation agreement, before anything is recorded."""


consent.add_command(due)
consent.add_command(form)


@consent.command(
    "record",
    epilog=examples(
        "carer-stories consent record cs-4k7m2q",
        "carer-stories consent record cs-4k7m2q --taken-by carer-volunteer --independent "
        "--capacity-considered --yes",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.option("--on", type=Day(), help="The day it was signed (default: today).")
@click.option("--taken-by", type=Role(), help="Who went through the form with them.")
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
@form_version_option
@form_option
@click.option("--real-name", help="Who they are: kept apart, never on a page or in a log.")
@click.option("--contact", help="How they want to be reached: kept with their name.")
@yes_option
@click.pass_context
def consent_record(ctx: click.Context, /, story_id: str, yes: bool, **given: Any) -> None:
    """Record that the contributor agreed to take part in recording STORY.

    Asks one thing at a time what is not given as an option.
    """
    from library.consent import contributor_of, read_history, record_agreement, record_contributor
    from library.consent.gate import require_not_withdrawn
    from library.forms.wording import form_version

    workspace = workspace_of(ctx)
    history = read_history(workspace, story_id)
    require_not_withdrawn(history)
    say(f"Participation agreement for {story_id}, “{history.story.title}”.", bold=True)
    version = given["form_version"] or form_version(workspace, "participation")
    known = contributor_of(workspace, story_id) is not None
    questions = _questions(story_id, version, known=known)
    answers = answers_from_options(questions, given) if yes else ask(questions, given)
    answers.pop("signed", None)
    private = {name: answers.pop(name, "") for name in ("real_name", "contact")}
    agreement = record_agreement(workspace, story_id, **answers)
    say("The agreement is recorded.", bold=True)
    if any(private.values()):
        name, contact = private["real_name"], private["contact"]
        record_contributor(workspace, story_id, name=name, contact=contact, role=agreement.taken_by)
        say("Who told the story is kept, apart from everything else.")
    if not agreement.independent:
        say("Somebody outside the relative’s care should confirm it before the film is shown.")
    if not agreement.form_sha256:
        say("No scan of the signed form is kept yet: `carer-stories consent due` reminds you.")
    say("Next: carer-stories capture station")
    say(f"or, for a recording you bring: carer-stories capture import {story_id} FILE")


def _questions(story_id: str, version: str, *, known: bool) -> list[Prompt]:
    return [
        Prompt(
            "signed",
            "Has the contributor signed the form “Taking part in a recording”?",
            "Nobody is recorded before they have agreed, on paper and with time to think.",
            only_yes(
                "the form is not signed yet.",
                f"Print it and go through it together: carer-stories consent form {story_id}",
            ),
        ),
        Prompt(
            "on",
            "On which day did they sign it?",
            "It has to be before the recording.",
            day_gone,
            usual=lambda _: "today",
            label="Signed on",
            option="--on",
        ),
        Prompt(
            "taken_by",
            "Who went through the form with them?",
            "Only the role is kept, never a name.",
            one_of(WITNESSES),
            choices=[(role, "") for role in WITNESSES],
            label="Taken by",
            option="--taken-by",
        ),
        Prompt(
            "independent",
            "Is that person outside the care of the relative the story is about?",
            "It is hard to say no to somebody who also looks after the person you love.",
            yes_or_no,
            label="Taken by somebody outside the relative’s care",
            option="--independent or --not-independent",
        ),
        Prompt(
            "capacity_considered",
            "Did you think about whether they could decide this for themselves that day?",
            "Only then is a yes a yes (Mental Capacity Act 2005).",
            only_yes(
                "whether they could decide was not thought about.",
                "Consider it together (Mental Capacity Act 2005), then record the agreement.",
            ),
            label="Whether they could decide was considered",
            option="--capacity-considered",
        ),
        *form_questions(version),
        Prompt(
            "real_name",
            "What is the contributor’s real name?",
            "To ask them again later. Kept apart: no page, film or log shows it. Enter skips it.",
            line,
            usual=lambda _: "",
            label="Real name (kept apart)",
            option="--real-name",
            asked=lambda _: not known,
        ),
        Prompt(
            "contact",
            "How do they want to be reached?",
            "A telephone number or an address, kept with the name. Enter skips it.",
            line,
            usual=lambda _: "",
            label="To be reached at (kept apart)",
            option="--contact",
            asked=lambda answers: not known and bool(answers.get("real_name")),
        ),
    ]
