"""`people complete`: that nobody is missing from the register, against the story's own words."""

from __future__ import annotations

import click

from library.cli.console import confirm, examples, prompt_for, say, say_next, workspace_of
from library.cli.fields import role_option, yes_option
from library.cli.people import people, register_step
from library.cli.status import say_next_of_story
from library.core.errors import BadInput, NotAllowed
from library.core.workspace import Workspace
from library.records.people import latest_decisions, register_problems

NOBODY = "nobody else is in it"
"""The sentence by which an editor says that nobody but its contributor is in a story."""


@people.command(
    "complete",
    epilog=examples(
        "carer-stories people complete cs-4k7m2q --yes",
        f'carer-stories people complete cs-4k7m2q --nobody "{NOBODY}"',
    ),
)
@click.argument("story_id", metavar="STORY")
@role_option
@click.option(
    "--nobody",
    metavar="SENTENCE",
    help=f"“{NOBODY}”, in these words: the register is empty though the story speaks of people.",
)
@yes_option
@click.pass_context
def people_complete(
    ctx: click.Context, story_id: str, role: str, nobody: str | None, yes: bool
) -> None:
    """Say that nobody is missing from the register of STORY.

    Where nobody is in the register and the words of the story speak of people, you type a sentence
    to say so: --yes is not enough. It holds for these words: after another edit it is asked again.
    """
    from library.consent.register import complete_register
    from library.consent.stories import read_history

    workspace = workspace_of(ctx)
    known = latest_decisions(read_history(workspace, story_id).people)
    names = ", ".join(person.relation for person in known) or "nobody"
    if not workspace.story(story_id).manifest.is_file():
        say(
            f"Warning: {story_id} has no recording yet. Say it again once the story is told: only "
            "then is it known who is in it."
        )
    if known and nobody is not None:
        raise BadInput(
            f"Somebody is in the register of {story_id}, so “nobody” cannot be said.",
            f"Leave out --nobody: carer-stories people complete {story_id}",
        )
    nobody_in = "" if known else _said_of_nobody(workspace, story_id, nobody, yes=yes)
    if not (yes or nobody_in or nobody):
        say(f"In the register: {names}.")
        confirm("Is that everybody who could be recognised?", abort=True)
    complete_register(workspace, story_id, role=role, nobody_in=nobody_in)
    history = read_history(workspace, story_id)
    troubles = register_problems(history.people, history.registers)
    say(f"The register of {story_id} is complete: {names}.", bold=True)
    if not troubles:
        say_next_of_story(workspace, story_id)
        return
    say("It is not settled, and the story cannot be approved, because:")
    for trouble in troubles:
        say(f"  - {trouble}")
    say_next(register_step(story_id, latest_decisions(history.people)))


def _said_of_nobody(workspace: Workspace, story_id: str, nobody: str | None, *, yes: bool) -> str:
    """Return the hash of the words of which the editor says that nobody is in them.

    Empty where the words speak of nobody. Raises NotAllowed where they do and the sentence was not
    typed, BadInput where another one was.
    """
    from transcribe.redaction.people_mentioned import people_mentioned

    mentioned = people_mentioned(workspace.story(story_id))
    enter = f"Enter them: carer-stories people add {story_id}"
    if nobody is not None:
        if nobody.strip() != NOBODY:
            raise BadInput(
                "--nobody takes one sentence, in its own words.", f'Type: --nobody "{NOBODY}"'
            )
        return mentioned.words_sha256
    if not mentioned:
        return ""
    if yes:
        raise NotAllowed(
            f"{mentioned.sentence} Nobody is in the register.",
            f"{enter}\nor, if none of them could be recognised: "
            f'carer-stories people complete {story_id} --nobody "{NOBODY}"',
        )
    say("In the register: nobody.")
    say(mentioned.sentence)
    typed = prompt_for(
        f"If nobody else could be recognised, type “{NOBODY}”",
        wanted="that sentence, or press Ctrl-C and enter who is in it",
    )
    if typed.strip("“”\"'") != NOBODY:
        raise NotAllowed("The register is not complete: that was not the sentence.", enter)
    return mentioned.words_sha256
