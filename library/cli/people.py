"""The commands of `people`: the register of everybody in a story besides its contributor.

`people complete` is in `films.cli.people`: it looks at the story's words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from library.cli.console import (
    confirm,
    examples,
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.fields import FC, Day, role_option, yes_option
from library.cli.status import say_next_of_story
from library.cli.wizard import Answers, InvalidAnswer, Prompt, ask, one_of, yes_or_no
from library.core.blank_values import is_blank
from library.core.days import day_in_words
from library.core.errors import BadInput
from library.records.people import (
    CAPACITIES,
    CAPACITY_MEANINGS,
    DECISION_MEANINGS,
    DECISIONS,
    Person,
    PersonNotes,
    latest_decisions,
    missing_notes,
    register_problems,
)


@click.group(epilog="Example: carer-stories people list cs-4k7m2q")
def people() -> None:
    """Keep the register of the people in a story: what is told of them, what was decided.

    Whoever objects is entered with `people decide STORY PERSON --as objected`: from then on the
    story is not shown.
    """


@people.command("list", epilog="Example: carer-stories people list cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@json_option
@click.pass_context
def people_list(ctx: click.Context, story_id: str, as_json: bool) -> None:
    """List who is in STORY and what was decided about each."""
    from library.consent.stories import read_history

    history = read_history(workspace_of(ctx), story_id)
    known = latest_decisions(history.people)
    troubles = register_problems(history.people, history.registers)
    if as_json:
        say_json({"people": known, "settled": not troubles, "troubles": troubles})
        return
    if known:
        rows = [
            (person.person, person.relation, person.told, DECISION_MEANINGS[person.decided])
            for person in known
        ]
        table(("Person", "Who", "What is told", "Decided"), rows)
        for person in known:
            _say_notes(person)
    else:
        say("Nobody is in the register.")
    if not troubles:
        _say_settled(story_id, known)
        return
    for trouble in troubles:
        say(f"  - {trouble}")
    say_next(register_step(story_id, known))


def _say_notes(person: Person) -> None:
    """Print what is noted beside the decision, and what is missing of the person cared for."""
    known = person.capacity != "not-known"
    notes = {
        "rests on": person.evidence,
        "capacity": CAPACITY_MEANINGS[person.capacity] if known else "",
        "capacity or best interests": person.capacity_note,
        "told of it (Article 14)": day_in_words(person.informed_on) if person.informed_on else "",
        "not told, because": person.not_informed,
        "can object": person.route,
    }
    written = {what: note for what, note in notes.items() if note}
    if person.cared_for or written:
        who = ", the person cared for" if person.cared_for else ""
        say(f"{person.person}, {person.relation}{who}:", bold=True)
    for what, note in written.items():
        say(f"  {what}: {note}")
    for missing in missing_notes(person):
        say(f"  - still to be noted: {missing}")


def _say_settled(story_id: str, known: Sequence[Person]) -> None:
    lacking = [person for person in known if missing_notes(person)]
    if not lacking:
        say("The register is settled.")
        return
    say("Everybody is in it and decided about; what is named above is still to be noted.")
    step = f"carer-stories people decide {story_id} {lacking[0].person}"
    say_next(f"{step}, with the options named above")


def register_step(story_id: str, known: Sequence[Person]) -> str:
    """Return the first step towards a settled register."""
    for decided in ("undecided", "objected"):
        for person in known:
            if person.decided == decided:
                return f"carer-stories people decide {story_id} {person.person}"
    return f"carer-stories people add {story_id}, or: carer-stories people complete {story_id}"


def _note_options(command: FC) -> FC:
    """Add the options for what is noted beside a decision."""
    options = (
        click.option(
            "--cared-for/--not-cared-for",
            default=None,
            help="They are the one whom the contributor looks after: the patient.",
        ),
        click.option("--evidence", help="What the decision rests on: a form, who asked them."),
        click.option(
            "--capacity",
            type=click.Choice(CAPACITIES),
            help="Whether they can decide this themselves.",
        ),
        click.option(
            "--capacity-note",
            help="How capacity was considered, or why it is in their best interests.",
        ),
        click.option(
            "--informed",
            "informed_on",
            type=Day(),
            help="Day they were told of it (UK GDPR Article 14).",
        ),
        click.option("--not-informed", help="Why they were not told."),
        click.option("--route", help="How they, or somebody for them, can object."),
    )
    for option in reversed(options):
        command = option(command)
    return command


_relation_option = click.option("--relation", help="To the contributor. Never a name.")
_told_option = click.option("--told", "about", help="What the story tells.")


def _relation(typed: str, _answers: Answers) -> str:
    from library.consent.register import tidy_relation

    return _fitting(tidy_relation, typed)


def _about(typed: str, _answers: Answers) -> str:
    from library.consent.register import tidy_about

    return _fitting(tidy_about, typed)


def _fitting(tidy: Callable[[str], str], typed: str) -> str:
    if typed and is_blank(typed, invented_counts=False):
        raise InvalidAnswer(f"“{typed}” says nothing. Please write it, or type stop to leave.")
    try:
        return tidy(typed)
    except BadInput as error:
        raise InvalidAnswer(f"{error.what} {error.next_step}") from None


def _person_prompts(known: Person | None = None) -> list[Prompt]:
    """Return the questions about somebody; of one who is `known`, only who they are."""
    who = [
        Prompt(
            "relation",
            "What are they to the contributor?",
            "Such as son, sister, the ward’s doctor. Never a name.",
            _relation,
            usual=(lambda _: known.relation) if known else None,
            label="Who",
            option="--relation",
        ),
        Prompt(
            "about",
            "What does the story tell about them?",
            "In a few words, such as: his illness and two admissions.",
            _about,
            usual=(lambda _: known.told) if known else None,
            label="What is told",
            option="--told",
        ),
    ]
    if known:
        return who
    return [
        *who,
        Prompt(
            "cared_for",
            "Are they the one whom the contributor looks after?",
            "Of the patient more is to be noted: evidence, capacity, when they were told.",
            yes_or_no,
            usual=lambda _: "no",
            label="The person cared for",
            option="--cared-for",
        ),
        Prompt(
            "decided",
            "What was decided about their being in it?",
            "Until something is decided, the story is shown to nobody.",
            one_of(DECISIONS),
            choices=list(DECISION_MEANINGS.items()),
            usual=lambda _: "undecided",
            label="Decided",
            option="--as",
        ),
    ]


@people.command(
    "add",
    epilog="Example: carer-stories people add cs-4k7m2q --relation son "
    '--told "his illness and two admissions" --as pseudonym',
)
@click.argument("story_id", metavar="STORY")
@_relation_option
@_told_option
@click.option(
    "--as",
    "decided",
    type=click.Choice(DECISIONS),
    help="What was decided.  [default: undecided]",
)
@_note_options
@role_option
@click.pass_context
def people_add(
    ctx: click.Context,
    /,
    story_id: str,
    relation: str | None,
    about: str | None,
    decided: str | None,
    role: str,
    **notes: Any,
) -> None:
    """Enter somebody who is spoken of in STORY.

    Asks one thing at a time, unless --relation and --told are given.
    """
    from library.consent.gate import require_not_withdrawn
    from library.consent.register import add_person
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    answers: Answers = {"relation": relation, "about": about, "decided": decided}
    answers["cared_for"] = notes.pop("cared_for")
    if relation is None or about is None:
        # Before anything is asked: it would be refused at the end.
        history = read_history(workspace, story_id)
        require_not_withdrawn(history)
        say(f"Somebody who is spoken of in {story_id}, “{history.story.title}”.", bold=True)
        answers = ask(_person_prompts(), answers)
    person = add_person(
        workspace,
        story_id,
        relation=answers["relation"],
        about=answers["about"],
        decided=answers["decided"] or "undecided",
        notes=PersonNotes(cared_for=answers["cared_for"], **notes),
        role=role,
    )
    say(f"{person.person}: {person.relation}; {DECISION_MEANINGS[person.decided]}.", bold=True)
    if person.decided == "undecided":
        say_next(f"carer-stories people decide {story_id} {person.person}")
    else:
        say_next(
            f"Enter whoever else is in it: carer-stories people add {story_id}\n"
            f"or, if that is nobody: carer-stories people complete {story_id}"
        )


@people.command(
    "decide",
    epilog=examples(
        "carer-stories people decide cs-4k7m2q pe-7hj3kd --as agreed",
        "carer-stories people decide cs-4k7m2q pe-7hj3kd --informed 2026-05-01  # notes alone",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.argument("person", metavar="PERSON")
@click.option("--as", "decided", type=click.Choice(DECISIONS), help="What was decided.")
@_note_options
@role_option
@click.pass_context
def people_decide(
    ctx: click.Context,
    /,
    story_id: str,
    person: str,
    decided: str | None,
    role: str,
    **notes: Any,
) -> None:
    """Record a decision about PERSON of the register, or notes on it. It stands until the next."""
    from library.consent.register import decide_person, person_in_register
    from library.consent.unrecorded import held_unless_recorded

    workspace = workspace_of(ctx)
    # Before anything is asked: somebody who is not in the register is refused at once.
    with held_unless_recorded(workspace, story_id, "objected", narrows=decided == "objected"):
        person_in_register(workspace, story_id, person)
    given = PersonNotes(**notes)
    # Notes alone leave the decision as it is.
    decided = decided or (None if given.given else _ask_decision())
    made = decide_person(workspace, story_id, person, decided=decided, notes=given, role=role)
    say(f"{made.relation}: {DECISION_MEANINGS[made.decided]}.", bold=True)
    if decided == "objected":
        # The site is put right after the command.
        say("From now on the story is not shown.")
    elif decided == "redacted":
        say_next(f"Take out what tells who they are: carer-stories redact suggest {story_id}")
    else:
        say_next_of_story(workspace, story_id)


@people.command(
    "correct",
    epilog=examples(
        "carer-stories people correct cs-4k7m2q pe-7hj3kd",
        "carer-stories people correct cs-4k7m2q pe-7hj3kd --relation daughter",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.argument("person", metavar="PERSON")
@_relation_option
@_told_option
@role_option
@click.pass_context
def people_correct(
    ctx: click.Context,
    story_id: str,
    person: str,
    relation: str | None,
    about: str | None,
    role: str,
) -> None:
    """Correct who PERSON is, or what is told of them. What was decided stays.

    A film that was approved before waits for a new approval: what was decided may not hold for
    what is told.
    """
    from library.consent.register import correct_person, person_in_register

    workspace = workspace_of(ctx)
    before = person_in_register(workspace, story_id, person)
    if relation is None and about is None:
        say(f"{before.person}: {before.relation}; {before.told or 'nothing is told'}.", bold=True)
        answers = ask(_person_prompts(before), {})
        relation, about = answers["relation"], answers["about"]
    made = correct_person(workspace, story_id, person, relation=relation, about=about, role=role)
    say(f"{made.person}: {made.relation}; {made.told or 'nothing is told'}.", bold=True)
    say(f"As before: {DECISION_MEANINGS[made.decided]}.")
    if made.decided not in ("undecided", "objected"):
        say(
            "If that does not hold for what is told now: "
            f"carer-stories people decide {story_id} {person}"
        )
    say_next_of_story(workspace, story_id)


@people.command("remove", epilog="Example: carer-stories people remove cs-4k7m2q pe-7hj3kd")
@click.argument("story_id", metavar="STORY")
@click.argument("person", metavar="PERSON")
@role_option
@yes_option
@click.pass_context
def people_remove(ctx: click.Context, story_id: str, person: str, role: str, yes: bool) -> None:
    """Take PERSON, who was entered by mistake, out of the register.

    Whoever objected stays in it, and so does everybody with whom a film was approved.
    """
    from library.consent.register import remove_person, require_removable

    workspace = workspace_of(ctx)
    entry = require_removable(workspace, story_id, person)
    if not yes:
        say(f"{entry.person}: {entry.relation}; {entry.told or 'nothing is told'}.", bold=True)
        confirm("Is nobody meant by that, or somebody who is entered already?", abort=True)
    remove_person(workspace, story_id, person, role=role)
    say(f"{person} ({entry.relation}) is no longer in the register of {story_id}.", bold=True)
    say_next_of_story(workspace, story_id)


def _ask_decision() -> str:
    say("What was decided about them?")
    for word in DECISIONS:
        say(f"  {word:<17} {DECISION_MEANINGS[word]}")
    return prompt_for("Decision", choices=DECISIONS)
