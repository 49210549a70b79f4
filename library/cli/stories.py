"""The commands of `story`: its public words, and what is recorded about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from library.cli.console import (
    examples,
    in_turn,
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.status import say_next_of_story
from library.core.errors import BadInput
from library.core.languages import SPOKEN_LANGUAGE, english_names
from library.records.consent import ARCHIVE_MEANINGS


@click.group(epilog="Example: carer-stories story new")
def story() -> None:
    """Create, list, show and edit stories."""


@story.command(
    "new",
    epilog='Example: carer-stories story new --title "The night they rang" --questions being-heard',
)
@click.option("--title", help="Public title (asked for, if you leave it out).")
@click.option("--questions", help="Id of the question set.")
@click.option("--contributor", default="", help="The name the contributor chose to be shown under.")
@click.option("--summary", default="", help="One or two sentences for the library's page.")
@click.option("--content-note", default="", help="What staff should know before they watch.")
@click.option("--theme", "themes", multiple=True, help="A theme; may be given several times.")
@click.option(
    "--language",
    default="",
    help="What is spoken, if not English, by its short name (fr, pl); of several, all (en,fr).",
)
@json_option
@click.pass_context
def story_new(
    ctx: click.Context,
    /,
    as_json: bool,
    title: str | None,
    questions: str | None,
    **fields: Any,
) -> None:
    """Start a story. Its id is made up, never from a name."""
    from library.consent.stories import question_set_ids, start_story

    workspace = workspace_of(ctx)
    asked_for: dict[str, Callable[[bool], str]] = {}
    if title is None:
        asked_for["title"] = lambda is_first: prompt_for(
            "What shall the story be called on its page", wanted="a title", is_first=is_first
        )
    # Without any set the story is refused, which says how to begin one.
    if questions is None and (known := question_set_ids(workspace)):
        asked_for["questions"] = lambda is_first: prompt_for(
            "Which question set", choices=known, is_first=is_first
        )
    answers = dict(zip(asked_for, in_turn([*asked_for.values()]), strict=True))
    title = str(answers.get("title", title))
    questions = str(answers.get("questions", questions or ""))
    made = start_story(workspace, title=title, questions=questions, **fields)
    if as_json:
        say_json(made)
        return
    say(f"{made.id}: “{made.title}”", bold=True)
    say_next_of_story(workspace, made.id)


@story.command(
    "edit",
    epilog=examples(
        'carer-stories story edit cs-4k7m2q --summary "A night in May."',
        "carer-stories story edit cs-4k7m2q --language en,fr  # before it is transcribed",
    ),
)
@click.argument("story_id", metavar="STORY")
@click.option("--title", help="Public title.")
@click.option("--contributor", help="The name the contributor chose to be shown under.")
@click.option("--summary", help="One or two sentences for the library's page.")
@click.option("--content-note", help="What staff should know before they watch.")
@click.option("--theme", "themes", multiple=True, help="Replaces the themes.")
@click.option(
    "--language",
    help="What is spoken, by its short name (en, fr, pl); of several, all (en,fr).",
)
@click.pass_context
def story_edit(ctx: click.Context, /, story_id: str, **fields: Any) -> None:
    """Change the public words of a story, or its language.

    A film already made keeps its own words until made again.
    """
    from library.consent.stories import change_story

    # “” empties a field; None and () are of options that were not given.
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    if not given:
        raise BadInput("Nothing to change was given.", "See carer-stories story edit --help")
    workspace = workspace_of(ctx)
    change_story(workspace, story_id, given)
    say(f"{story_id} is changed.")
    folder = workspace.story(story_id)
    if "language" in given and folder.transcript.is_file():
        say("Its words were recognised before.")
        say_next(f"carer-stories transcribe {story_id} --again")
        return
    if folder.cut.is_file():
        say("Its film keeps the words it was made with.")
        say_next(f"carer-stories film {story_id}, then show it to the contributor again.")
        return
    say_next_of_story(workspace, story_id)


@story.command("list", epilog="Example: carer-stories story list --json")
@json_option
@click.pass_context
def story_list(ctx: click.Context, as_json: bool) -> None:
    """List every story with its title."""
    from library.records.ledger import Ledger
    from library.records.story import Story

    stories = Ledger(workspace_of(ctx)).read().all(Story)
    if as_json:
        say_json(stories)
    elif not stories:
        say("There are no stories yet.")
        say_next("carer-stories story new")
    else:
        table(("Story", "Title", "Shown as"), [(s.id, s.title, s.contributor) for s in stories])


@story.command("show", epilog="Example: carer-stories story show cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@json_option
@click.pass_context
def story_show(ctx: click.Context, story_id: str, as_json: bool) -> None:
    """Show one story: its words and everything recorded about it, in order."""
    from library.consent.stories import read_history
    from library.records.withdrawal_notes import read_erasure

    workspace = workspace_of(ctx)
    history = read_history(workspace, story_id)
    if as_json:
        say_json(history)
        return
    story = history.story
    say(f"{story.id}: “{story.title}”", bold=True)
    for label, value in (
        ("Shown as", story.contributor or "no name"),
        ("Summary", story.summary or "none yet"),
        ("Content note", story.content_note or "none"),
        ("Themes", ", ".join(story.themes) or "none"),
        ("Question set", story.questions),
        ("Spoken in", english_names(story.language or SPOKEN_LANGUAGE)),
    ):
        say(f"  {label}: {value}")
    for agreement in history.agreements:
        say(f"  {agreement.on}: participation agreement, taken by the {agreement.taken_by}")
    for release in history.releases:
        say(f"  {release.viewed}: signed off for {release.audience}, until {release.review}")
        say(f"    Archive: {ARCHIVE_MEANINGS[release.archive]}")
    for approval in history.approvals:
        say(f"  {approval.on}: approved by the {approval.role}")
    for withdrawal in history.withdrawals:
        scope = "" if withdrawal.is_whole else f" ({withdrawal.in_words})"
        say(f"  {withdrawal.on}: withdrawn{scope}, asked by the {withdrawal.asked_by}")
    erasure = read_erasure(workspace, story_id)
    if erasure:
        sentence = f"erased on {erasure.done[:10]}" if erasure.done else "to be erased, and not yet"
        say(f"  {erasure.asked[:10]}: {sentence}, asked by the {erasure.asked_by}")
