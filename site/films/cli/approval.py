"""`approve`: the editor's last look."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from library.cli.console import (
    BACK,
    STOP,
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
from library.cli.fields import role_option, yes_option
from library.cli.status import say_build_next, say_outdated_copies
from library.core.errors import BadInput, NotAllowed
from library.core.workspace import StoryFolder
from library.records.consent import Described
from library.records.cut import CutState

if TYPE_CHECKING:
    from films.approval_checklist import ChecklistPoint
    from library.consent.gate import History

CONFIRMED = (
    ("watched", "I watched this cut to the end, with its captions on."),
    ("third-parties", "Everyone in it who could be recognised is in the register."),
    ("content-note", "The content note says what staff should know beforehand."),
)
REDACTIONS_CONFIRMED = "redactions"
"""Further point, of a film in which something is redacted."""
_FIRST_STEPS = {
    "watched": "Watch the film named above to its end",
    "third-parties": "Enter whoever is missing (carer-stories people add {story})",
    "content-note": (
        'Write another one (carer-stories story edit {story} --content-note "NOTE") and make the '
        "film again (carer-stories film {story})"
    ),
    REDACTIONS_CONFIRMED: "Listen to each of them (carer-stories desk {story})",
}
"""Advice on each point that an editor does not confirm."""
DESCRIPTION = {
    "not-needed": "no, nothing that matters",
    "in-words": "yes, and the page’s words tell it",
    "needed": "yes, and nothing tells it yet",
}
_DESCRIPTION_QUESTION = "Does the picture show anything that the words do not say?"


@click.command(epilog="Example: carer-stories approve cs-4k7m2q")
@click.argument("story_id", metavar="STORY")
@role_option
@click.option(
    "--description",
    type=click.Choice(tuple(DESCRIPTION)),
    help="Audio description, as you judged it for people who cannot see the picture.",
)
@yes_option
@json_option
@click.pass_context
def approve(
    ctx: click.Context, story_id: str, role: str, description: str | None, yes: bool, as_json: bool
) -> None:
    """Approve the cut of STORY that its contributor signed off.

    Shows the cut and all that must still be put right; if nothing must, asks for each point that
    only you can judge. --yes says that you checked them all, and needs --description. Redactions
    that you listened to at the desk are not asked about again.
    """
    from films.approval_checklist import advice, blocking_points, heard_redactions
    from library.consent.decisions import (
        record_approval,
        require_signable_cut,
        require_signed_off,
    )
    from library.consent.stories import read_history
    from library.records.log_doubt import require_log_holds

    workspace = workspace_of(ctx)
    require_log_holds(workspace)
    cut = require_signable_cut(workspace, story_id)
    history = read_history(workspace, story_id)
    # Shown before anything is refused: the editor sees which cut it is about.
    if not as_json:
        _show(workspace.story(story_id), cut, history)
    _refuse(story_id, blocking_points(workspace, story_id))
    # Asked about nothing that would be refused afterwards; recording it checks again.
    require_signed_off(history, cut)
    if yes and description is None:
        raise BadInput(
            f"--yes asks nothing, and one thing is missing: {_DESCRIPTION_QUESTION[0].lower()}"
            f"{_DESCRIPTION_QUESTION[1:]}",
            "Answer it with --description: "
            + "; ".join(f"{word} ({meaning})" for word, meaning in DESCRIPTION.items())
            + ". Or leave out --yes.",
        )
    notes = advice(workspace, story_id, role)
    for note in () if as_json else notes:
        say_result(CheckResult.WARNING, note)
    heard = heard_redactions(workspace, story_id)
    if heard.told and not as_json:
        say(f"  {heard.told}")
    steps: list[Callable[[bool], str]] = []
    if not yes:
        points = [*CONFIRMED, *([(REDACTIONS_CONFIRMED, heard.asked)] if heard.asked else [])]
        say(
            f"No check can tell what is asked now. Type {BACK} to return to a question, or {STOP} "
            "to leave: then nothing is approved."
        )
        steps += [partial(_require_confirmed, story_id, item, words) for item, words in points]
    if description is None:
        steps.append(_ask_description)
    answers = in_turn(steps)
    judged = _judged(story_id, description or answers[-1])
    approval = record_approval(
        workspace,
        story_id,
        # What was looked at: a film made again meanwhile is refused.
        expected=cut,
        role=role,
        checked=(
            *(item for item, _ in CONFIRMED),
            *((REDACTIONS_CONFIRMED,) if heard.told or heard.asked else ()),
        ),
        description=judged,
    )
    if as_json:
        say_json({"approval": approval, "notes": notes})
        return
    say(f"Approved for “{approval.audience}”.", bold=True)
    say_outdated_copies(workspace, story_id)
    say_build_next(workspace)


def _show(folder: StoryFolder, cut: CutState, history: History) -> None:
    from films.page_text import read_page
    from library.consent.gate import archive_meaning
    from library.core.timecode import clock

    page = read_page(folder.page)
    film = folder.film if folder.film.is_file() else folder.audio
    say(f"{page.id}: “{page.title}”, cut {cut.code}", bold=True)
    say(f"  Film: {film} ({clock(page.duration)})")
    say(f"  Shown as: {page.contributor or 'no name'}")
    say(f"  Content note: {page.content_note or 'none'}")
    if history.releases:
        release = history.releases[-1]
        say(f"  Released for “{release.audience}” until {release.review}")
        say(f"  Viewed on {release.viewed}, witnessed by the {release.witness}")
        say(f"  Picture: {release.picture}; voice: {release.voice}")
        say(f"  Archive: {archive_meaning(history)}")


def _refuse(story_id: str, points: list[ChecklistPoint]) -> None:
    """Every point at once, each with its step. Raises NotAllowed where there is any."""
    if not points:
        return
    for point in points:
        say(f"  - {point.sentence}", err=True)
        say(f"    Next: {point.next_step}", err=True)
    count = "1 thing must" if len(points) == 1 else f"{len(points)} things must"
    raise NotAllowed(
        f"{story_id} cannot be approved yet: {count} be put right first.",
        f"Do what stands above, then: carer-stories approve {story_id}",
    )


def _require_confirmed(story_id: str, item: str, sentence: str, is_first: bool) -> str:
    """Ask the editor to confirm a point and return its name. Raises click.Abort for a no."""
    if confirm(f"  {sentence}", is_first=is_first):
        return item
    say(f"{story_id} is not approved: that was not confirmed.", bold=True)
    first = _FIRST_STEPS[item].format(story=story_id)
    say_next(f"{first}, then: carer-stories approve {story_id}")
    raise click.Abort


def _ask_description(is_first: bool) -> str:
    say(f"  For people who cannot see it: {_DESCRIPTION_QUESTION}")
    for word, meaning in DESCRIPTION.items():
        say(f"    {word:<11} {meaning}")
    return prompt_for("  Audio description", choices=tuple(DESCRIPTION), is_first=is_first)


def _judged(story_id: str, description: str) -> Described:
    if description == "needed":
        raise NotAllowed(
            f"{story_id} cannot be approved yet. Something that matters in it is only seen.",
            f'Tell it in words: carer-stories story edit {story_id} --summary "SUMMARY", make the '
            "film again and show it to the contributor.",
        )
    return "in-words" if description == "in-words" else "not-needed"
