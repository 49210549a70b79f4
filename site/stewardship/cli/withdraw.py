"""`withdraw`: taking a story back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from library.cli.console import json_option, say, say_json, workspace_of
from library.cli.fields import Role, yes_option
from library.core.errors import BadInput, CarerStoriesError
from library.core.sanitise import printable
from library.core.shell_quote import typed
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from stewardship.withdrawal import Outcome
    from stewardship.withdrawal.residue import Trace

SCOPES = ("partners", "public", "trust", "all")
STOPPED = 130


class Scoped(click.ParamType[str]):
    """What is taken back: showing it to an audience and wider, or all of it."""

    name = "scope"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value == "training":
            self.fail("“training” is the narrowest audience: taking that back is --scope all.")
        if value not in SCOPES:
            self.fail(f"“{value}” is not a scope. Use one of: {', '.join(SCOPES)}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(SCOPES)}]"


@click.command(epilog="Example: carer-stories withdraw cs-4k7m2q --asked-by contributor")
@click.argument("story_id", metavar="STORY")
@click.option(
    "--scope",
    type=Scoped(),
    default="all",
    show_default=True,
    help="Take back showing it to this audience and wider; narrower ones may still see it.",
)
@click.option(
    "--erase",
    is_flag=True,
    help="Erase the recording, its films and words, and the signed forms as well, for good.",
)
@click.option("--asked-by", type=Role(), default="contributor", show_default=True, help="Role.")
@yes_option
@json_option
@click.pass_context
def withdraw(
    ctx: click.Context,
    /,
    story_id: str,
    scope: Any,
    erase: bool,
    asked_by: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Take STORY back, at once. It cannot be undone: telling it again means a new story.

    It is effective whatever else is broken. The site is made again without it, every file is
    looked through, and you are told what is still public, which copies to ask for, and what nobody
    can call back. A receipt is written. Run it again to finish what could not be done before.
    """
    from stewardship.withdrawal import withdraw as take_back

    workspace = workspace_of(ctx)
    if erase and scope != "all":
        raise BadInput(
            "Only a story that is taken back as a whole can be erased.",
            "Leave out --scope, or leave out --erase.",
        )
    if not yes:
        _ask(workspace, story_id, scope, erase)
    tell = (lambda _said: None) if as_json else say
    try:
        outcome = take_back(workspace, story_id, asked_by, scope, erase=erase, tell=tell)
    except KeyboardInterrupt:
        say("Stopped. Run the same command again: it goes on where it was stopped.", err=True)
        ctx.exit(STOPPED)
    if as_json:
        say_json(_as_json(outcome))
    else:
        _tell(workspace, outcome, erase)
    ctx.exit(outcome.exit_code)


def _ask(workspace: Workspace, story_id: str, scope: str, erase: bool) -> None:
    called = printable(_called(workspace, story_id))
    if scope == "all":
        say("Taking a story back needs no reason and changes nobody’s care.")
        click.confirm(f"Take {called} back for good, from everybody?", abort=True)
    else:
        click.confirm(f"Take back showing {called} to “{scope}” and wider, for good?", abort=True)
    if erase:
        say("Erasing takes away the recording, its films, every word of it and the signed forms.")
        click.confirm(f"Erase all of {story_id}? Nobody can bring it back", abort=True)


def _called(workspace: Workspace, story_id: str) -> str:
    """With its title, where the database can be read. Raises NotFound, BadInput."""
    from library.consent import read_history
    from library.consent.withdrawals import require_known

    require_known(workspace, story_id)
    try:
        return f"{story_id}, “{read_history(workspace, story_id).story.title}”,"
    except CarerStoriesError:
        return story_id


def _tell(workspace: Workspace, outcome: Outcome, erase: bool) -> None:
    _tell_site(outcome)
    _tell_erased(outcome)
    for trouble in outcome.troubles:
        say()
        say(trouble.kind, bold=True)
        say(f"  {trouble.what}")
        if trouble.next_step:
            say(f"  {trouble.next_step}")
    if not outcome.recorded or outcome.troubles:
        say()
        say(f"Once that is mended, run it again: {_again(outcome, erase)}")
    _tell_copies(outcome)
    _tell_backups(outcome)
    if outcome.receipt:
        say()
        say(f"Receipt, to print: {outcome.receipt.relative_to(workspace.root)}")


def _again(outcome: Outcome, erase: bool) -> str:
    scope = outcome.withdrawal.scope
    options = ("" if scope == "all" else f" --scope {scope}") + (" --erase" if erase else "")
    return f"carer-stories withdraw {outcome.withdrawal.story}{options}"


def _tell_site(outcome: Outcome) -> None:
    from stewardship.withdrawal.outcome import NOT_LOOKED

    if outcome.preview_removed:
        say("The preview that was kept here was removed.")
    if not outcome.covered and outcome.audience:
        say(
            f"The site is for “{outcome.audience.word}”, which was not taken back: "
            "the story stays there."
        )
        return
    if outcome.rebuilt:
        say("The edition and the site were made again without it.")
    if outcome.traces:
        say()
        say("Something of it is still public:", bold=True)
        for place, of in _by_place(outcome.traces):
            say(f"  {place}  ({of})")
        for line in _what_to_do(outcome):
            say(line)
    elif all(trouble.kind != NOT_LOOKED for trouble in outcome.troubles):
        say("Looked through every file of interviews/edition and public: nothing of it is there.")


def _by_place(traces: tuple[Trace, ...]) -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for trace in traces:
        found.setdefault(trace.place, []).append(trace.of)
    return [(place, ", ".join(of)) for place, of in found.items()]


def _what_to_do(outcome: Outcome) -> list[str]:
    story_id = outcome.withdrawal.story
    if outcome.rebuilt:
        return [
            "The site was made again and still holds it, so it stands in a page that people wrote.",
            "Take it out of site/content, interviews/settings.yml or interviews/questions, then "
            f"run: carer-stories withdraw {story_id}",
        ]
    folders = sorted({_site_of(place) for place in outcome.still_public})
    return [
        f"Delete the folder {' and '.join(folders)} now, and every copy of it on other computers.",
        "Nothing is lost: once what is named below is mended, `carer-stories site build` makes it "
        "again.",
    ]


def _site_of(place: str) -> str:
    steps = place.split("/")
    return "/".join(steps[:2]) if steps[0] == "interviews" else steps[0]


def _tell_erased(outcome: Outcome) -> None:
    from stewardship.withdrawal.receipt import KEPT

    erased = outcome.erased
    if erased is None:
        return
    if erased.whole:
        say("Erased: recordings, films, words, printed pages and signed forms.", bold=True)
        say(f"Kept: {KEPT}")
    for place, of in _by_place(erased.left):
        say(f"  still kept in {place}  ({of})")
    for other in erased.also_in:
        say(f"{other} keeps the very same recording. It is another story: withdraw it apart.")


def _tell_copies(outcome: Outcome) -> None:
    from stewardship.withdrawal.receipt import LIMITS, LIMITS_OF_ERASING

    say()
    if outcome.copies:
        say("Copies to ask for:", bold=True)
        for copy in outcome.copies:
            say(f"  {copy.id}  {copy.medium}, to {copy.to}, on {copy.on}")
        say("Say what became of each: carer-stories copies settle COPY")
    else:
        say("No copy was entered as handed out.")
    say("What cannot be called back:", bold=True)
    for limit in (*LIMITS, *(LIMITS_OF_ERASING if outcome.erased else ())):
        say(f"  - {limit}")


def _tell_backups(outcome: Outcome) -> None:
    if not outcome.backups:
        return
    story_id = outcome.withdrawal.story
    say("Backups of the library may still hold it:", bold=True)
    for one in outcome.backups:
        say(f"  {one.id}  {one.place}{', sealed' if one.sealed else ''}")
    if outcome.erased is None:
        say("As long as it is not erased, the next backup holds it as well.")
        return
    say("Take it out of each:")
    for one in outcome.backups:
        key = " --key-file FILE" if one.sealed else ""
        say(f"  carer-stories backup {typed(one.place)} --forget {story_id}{key}")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    erased = outcome.erased
    return {
        "story": outcome.withdrawal.story,
        "scope": outcome.withdrawal.scope,
        "withdrawn": outcome.withdrawal.on,
        "asked_by": outcome.withdrawal.asked_by,
        "holds": outcome.held,
        "recorded": outcome.recorded,
        "site": {
            "audience": outcome.audience.word if outcome.audience else None,
            "covered": outcome.covered,
            "taken_down": outcome.taken_down,
            "made_again": outcome.rebuilt,
            "preview_removed": outcome.preview_removed,
            "still_public": [{"place": one.place, "of": one.of} for one in outcome.traces],
        },
        "erased": erased
        and {
            "whole": erased.whole,
            "left": [{"place": one.place, "of": one.of} for one in erased.left],
            "also_in": erased.also_in,
        },
        "copies": outcome.copies,
        "backups": outcome.backups,
        "troubles": [
            {"kind": one.kind, "what": one.what, "next": one.next_step} for one in outcome.troubles
        ],
        "receipt": str(outcome.receipt) if outcome.receipt else None,
    }
