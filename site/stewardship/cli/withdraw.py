"""The command `withdraw`: take a story back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    CheckResult,
    confirm,
    json_option,
    say,
    say_detail,
    say_json,
    say_next,
    say_result,
    workspace_of,
)
from library.cli.fields import Role, yes_option
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.sanitise import printable, shell_quoted
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from library.backup.manifests import KnownBackup
    from library.records.consent import Scope
    from stewardship.withdrawal.outcome import WithdrawalOutcome
    from stewardship.withdrawal.residue import Residue

SCOPES = ("partners", "public", "trust", "archive", "all")
# 128 + SIGINT, as shells report it.
EXIT_STOPPED = 130


class ScopeType(click.ParamType[str]):
    """A scope: showing the story to an audience and wider, keeping it in an archive, or all."""

    name = "scope"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value == "training":
            self.fail(
                "“training” is the narrowest audience: taking that back is --scope all.", param, ctx
            )
        if value not in SCOPES:
            self.fail(f"“{value}” is not a scope. Use one of: {', '.join(SCOPES)}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(SCOPES)}]"


@click.command(epilog="Example: carer-stories withdraw cs-4k7m2q --asked-by contributor")
@click.argument("story_id", metavar="STORY")
@click.option(
    "--scope",
    type=ScopeType(),
    default="all",
    show_default=True,
    help="What is taken back: showing it to this audience and wider, or keeping it in an archive.",
)
@click.option(
    "--erase",
    is_flag=True,
    help="Erase the recording, its films and words, and the signed forms as well, for good.",
)
@click.option(
    "--forget-fingerprint",
    is_flag=True,
    help="With --erase: keep no fingerprint of the recording, even where that was agreed.",
)
@click.option("--asked-by", type=Role(), default="contributor", show_default=True, help="Role.")
@yes_option
@json_option
@click.pass_context
def withdraw(
    ctx: click.Context,
    /,
    story_id: str,
    scope: Scope,
    erase: bool,
    forget_fingerprint: bool,
    asked_by: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Take STORY back, at once. It cannot be undone: telling it again means a new story.

    It is effective whatever else is broken. The site is made again without it, every file is
    looked through, and you are told what is still public, which copies to ask for, and what nobody
    can call back. A receipt is written. Run it again to finish what could not be done before.
    """
    from publish.reconciliation.messages import CauseKind
    from publish.reconciliation.stamp import note_told_copies
    from stewardship.withdrawal import workflow

    workspace = workspace_of(ctx, also_older=True)
    if erase and scope != "all":
        raise BadInput(
            "Only a story that is taken back as a whole can be erased.",
            "Leave out --scope, or leave out --erase.",
        )
    if forget_fingerprint and not erase:
        raise BadInput(
            "A fingerprint is kept of an erased recording alone.",
            f"Run: carer-stories withdraw {story_id} --erase --forget-fingerprint",
        )
    if not yes:
        _confirm(workspace, story_id, scope, erase)
    # With --json stdout is the JSON alone.
    report = (lambda _sentence: None) if as_json else say
    try:
        outcome = workflow.withdraw(
            workspace,
            story_id,
            asked_by,
            scope,
            erase=erase,
            forget_fingerprint=forget_fingerprint,
            report=report,
        )
    except KeyboardInterrupt:
        say("Stopped. Run the same command again: it goes on where it was stopped.", err=True)
        ctx.exit(EXIT_STOPPED)
    if as_json:
        say_json(_as_json(outcome))
    else:
        _say_outcome(workspace, outcome, erase)
        # They were named just now: the look after this command need not name them again.
        named = (*outcome.copies, *outcome.going_on)
        told = [copy.id for copy in named[: len(outcome.messages)]]
        note_told_copies(workspace, told, outcome.withdrawal.story, CauseKind.WITHDRAWN)
    ctx.exit(outcome.exit_code)


def _confirm(workspace: Workspace, story_id: str, scope: Scope, erase: bool) -> None:
    from library.consent.withdrawals import standing_withdrawal
    from library.core.days import day_in_words

    name = printable(_id_and_title(workspace, story_id))
    # Taken back as a whole, there is no more of it to take back.
    before = standing_withdrawal(workspace, story_id, "all")
    before = before or standing_withdrawal(workspace, story_id, scope)
    if before:
        say(f"{story_id} was withdrawn on {day_in_words(before.on)}, and stays so.")
        confirm("Look for what is left of it, and take that down?", abort=True)
    elif scope == "all":
        say("Taking a story back needs no reason and changes nobody’s care.")
        confirm(f"Take {name} back for good, from everybody?", abort=True)
    elif scope == "archive":
        confirm(f"Withdraw for good that an archive may keep {name}?", abort=True)
    else:
        confirm(f"Withdraw for good that {name} is shown to “{scope}” and wider?", abort=True)
    if erase and _say_if_held(workspace, story_id):
        return
    if erase:
        say("Erasing takes away the recording, its films, every word of it and the signed forms.")
        confirm(f"Erase all of {story_id}? Nobody can bring it back", abort=True)


def _say_if_held(workspace: Workspace, story_id: str) -> bool:
    """Return True, and say so, if a legal hold keeps the story from being erased."""
    from library.consent.safeguarding import require_no_hold

    try:
        require_no_hold(workspace, (story_id,))
    except CarerStoriesError as error:
        say(f"{error.what} It is taken back all the same.")
        return True
    return False


def _id_and_title(workspace: Workspace, story_id: str) -> str:
    """Return the id, with the title where the database can be read. Raises NotFound, BadInput."""
    from library.consent.stories import read_history
    from library.consent.withdrawals import require_known_story

    require_known_story(workspace, story_id)
    try:
        # A database that cannot be read must not keep a story from being taken back.
        return f"{story_id}, “{read_history(workspace, story_id).story.title}”,"
    except CarerStoriesError:
        return story_id


def _say_outcome(workspace: Workspace, outcome: WithdrawalOutcome, erase: bool) -> None:
    _say_site(outcome, erase)
    _say_repeated(workspace, outcome)
    _say_erasure(outcome)
    for failure in outcome.failures:
        say()
        say_result(CheckResult.PROBLEM, failure.step)
        say(f"  {failure.what}")
        if failure.details:
            say_detail(f"  {failure.details}")
        if failure.next_step:
            say(f"  Next: {failure.next_step}")
    if not outcome.is_recorded or outcome.failures:
        say()
        say_next(f"{_once_mended(outcome)}, run it again: {_same_command(outcome, erase)}")
    _say_copies(outcome)
    _say_backups(outcome)
    if outcome.receipt:
        say()
        say(f"Receipt, to print: {outcome.receipt.relative_to(workspace.root)}")


def _say_repeated(workspace: Workspace, outcome: WithdrawalOutcome) -> None:
    """Say what a withdrawal that was made before left to take down, and how to erase the story."""
    from library.records.withdrawal_notes import read_erasure

    if not outcome.is_repeated:
        return
    if outcome.taken_down:
        say("Taken down now:", bold=True)
        for path in outcome.taken_down:
            say(f"  {path}")
    elif not outcome.failures and not outcome.residue and not outcome.preview_removed:
        say("Nothing of it was left to take down.")
    story_id = outcome.withdrawal.story
    if not outcome.withdrawal.is_whole or outcome.erasure:
        return
    with contextlib.suppress(CarerStoriesError):
        erasure = read_erasure(workspace, story_id)
        if erasure is None or not erasure.done:
            say("Its recording and words are still kept here. To erase them as well, for good:")
            say(f"  carer-stories withdraw {story_id} --erase")


def _once_mended(outcome: WithdrawalOutcome) -> str:
    from stewardship.withdrawal.outcome import FailedStep

    lift = f"Once the hold is lifted (carer-stories safeguarding lift {outcome.withdrawal.story})"
    is_held_alone = {failure.step for failure in outcome.failures} == {FailedStep.HELD}
    is_held_alone = is_held_alone and outcome.failures[0].exit_code == NotAllowed.exit_code
    return lift if is_held_alone and outcome.is_recorded else "Once that is mended"


def _same_command(outcome: WithdrawalOutcome, erase: bool) -> str:
    from library.consent.withdrawals import withdraw_command

    withdrawal = outcome.withdrawal
    return withdraw_command(
        withdrawal.story, scope=withdrawal.scope, asked_by=withdrawal.asked_by, erase=erase
    )


def _say_site(outcome: WithdrawalOutcome, erase: bool) -> None:
    from publish.handwritten import left_out_sentences, unknown_films_sentence
    from stewardship.withdrawal.outcome import FailedStep

    if outcome.preview_removed:
        say("The preview that was kept here was removed.")
    if outcome.withdrawal.scope == "archive":
        say("Who may see it stays as it was.")
        return
    if not outcome.covers_site and outcome.audience:
        say(
            f"The site is for “{outcome.audience.word}”, which was not taken back: "
            "the story stays there."
            if outcome.is_on_site
            else f"The site is for “{outcome.audience.word}”, and the story is not on it."
        )
        return
    if outcome.site_rebuilt:
        say("The edition and the site were made again without it.")
    is_to_mend = any(failure.step is FailedStep.REBUILD for failure in outcome.failures)
    if outcome.site_removed and not is_to_mend:
        say(
            "Another command took the whole site down meanwhile. Nothing is lost: `carer-stories "
            "site build` makes it again."
        )
    elif outcome.site_removed:
        say(
            "The site could not be made again and still held it, so the whole site was removed. "
            "Nothing is lost: once what is named below is mended, `carer-stories site build` makes "
            "it again."
        )
    for line in left_out_sentences(outcome.left_out):
        say(line)
    if outcome.residue:
        say()
        say_result(CheckResult.PROBLEM, "Something of it is still public:")
        for path, kinds in _kinds_by_path(outcome.residue):
            say(f"  {path}  ({kinds})")
        for line in _how_to_remove(outcome, erase):
            say(line)
    elif not any(
        failure.step in (FailedStep.SEARCH, FailedStep.ELSEWHERE) for failure in outcome.failures
    ):
        say("Every file of interviews/edition and public was searched: nothing of it is there.")
        if outcome.is_film_unknown:
            say_result(CheckResult.WARNING, unknown_films_sentence([outcome.withdrawal.story]))


def _kinds_by_path(residue: tuple[Residue, ...]) -> list[tuple[str, str]]:
    kinds: dict[str, list[str]] = {}
    for item in residue:
        kinds.setdefault(item.path, []).append(item.kind)
    return [(path, ", ".join(of_path)) for path, of_path in kinds.items()]


def _how_to_remove(outcome: WithdrawalOutcome, erase: bool) -> list[str]:
    from publish.reconciliation.stamp import is_leftover_name

    folders = sorted({_published_folder(path) for path in outcome.still_public})
    if outcome.site_rebuilt and all(map(is_leftover_name, folders)):
        return [
            "It is in what is left of an earlier site, which could not be removed.",
            f"Next: Delete {' and '.join(folders)}, or let whoever owns it do so, then run: "
            f"{_same_command(outcome, erase)}",
        ]
    if outcome.site_rebuilt:
        return [
            "The site was made again and still holds it, so it stands in a page that people wrote.",
            "Next: Take it out of site/content, interviews/settings.yml or interviews/questions, "
            f"then run: {_same_command(outcome, erase)}",
        ]
    return [
        f"Next: Delete the {'folder' if len(folders) == 1 else 'folders'} {' and '.join(folders)} "
        f"now, and every copy of {'it' if len(folders) == 1 else 'them'} on other computers.",
        "Nothing is lost: once what is named below is mended, `carer-stories site build` makes it "
        "again.",
    ]


def _published_folder(path: str) -> str:
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "interviews" else parts[0]


def _say_erasure(outcome: WithdrawalOutcome) -> None:
    from stewardship.withdrawal.receipt import KEPT, KEPT_FINGERPRINT

    erasure = outcome.erasure
    if erasure is None:
        return
    if erasure.is_complete:
        say("Erased: recordings, films, words, printed pages and signed forms.", bold=True)
        say(f"Kept: {KEPT}")
    if erasure.is_fingerprint_kept:
        say(KEPT_FINGERPRINT)
    elif erasure.is_fingerprint_wanted:
        say_result(
            CheckResult.WARNING,
            "No fingerprint of the recording could be kept: a copy of it will not be known if it "
            "is brought in again.",
        )
    for path, kinds in _kinds_by_path(erasure.residue):
        say(f"  still kept in {path}  ({kinds})")
    if erasure.residue:
        say_next("Take that out of each, then run the same command again.")
    for other in erasure.same_recording_in:
        say(f"{other} has the very same recording. It is another story: withdraw it separately.")


def _say_copies(outcome: WithdrawalOutcome) -> None:
    from stewardship.withdrawal.receipt import LIMITS, LIMITS_OF_ERASING, no_copy_sentence

    say()
    if outcome.copies:
        say("Copies to ask for:", bold=True)
        for copy in outcome.copies:
            say(f"  {copy.id}  {copy.kind}, to {copy.whereabouts}, on {copy.on}")
        say_next("Say what became of each: carer-stories copies settle COPY --as destroyed")
        if outcome.renewable:
            say_next(
                f"Make sessions anew without it ({', '.join(outcome.renewable)}): "
                f"carer-stories deliver {outcome.withdrawal.story} --again"
            )
    elif not outcome.going_on:
        say(no_copy_sentence(outcome.withdrawal.scope, bool(outcome.other_copies)))
    dark = [copy for copy in outcome.going_on if copy.id in outcome.dark_sessions]
    going_on = [copy for copy in outcome.going_on if copy not in dark]
    for heading, copies in (
        ("Thin packages that show nothing of it any more, and go on with others:", going_on),
        ("Thin packages that show nothing for now, though they hold others:", dark),
    ):
        if copies:
            say(heading, bold=True)
        for copy in copies:
            say(f"  {copy.id}  {copy.kind}, to {copy.whereabouts}, on {copy.on}")
    if outcome.other_copies:
        say("Out for somebody else, and not taken back by this:", bold=True)
        for copy in outcome.other_copies:
            say(f"  {copy.id}  {copy.kind}, to {copy.whereabouts}, on {copy.on}")
        for copy_id in outcome.refused_copies:
            say(f"{copy_id} may not be out all the same: ask for it.")
    if outcome.messages:
        say("A message to send to each, ready to be pasted into a mail:")
        for path in outcome.messages:
            say(f"  {path.relative_to(path.parents[2])}")
    say("What cannot be called back:", bold=True)
    for limit in (*LIMITS, *(LIMITS_OF_ERASING if outcome.erasure else ())):
        say(f"  - {limit}")


def _say_backups(outcome: WithdrawalOutcome) -> None:
    if not outcome.backups:
        return
    story_id = outcome.withdrawal.story
    say("Backups of the library may still hold it:", bold=True)
    for backup in outcome.backups:
        say(f"  {backup.id}  {backup.destination}{', encrypted' if backup.is_encrypted else ''}")
    _say_notes_in_backups(outcome)
    if outcome.erasure is None:
        say("As long as it is not erased, the next backup holds it as well.")
        return
    say("Take it out of each:")
    for backup in outcome.backups:
        key = " --key-file FILE" if backup.is_encrypted else ""
        say(f"  carer-stories backup {shell_quoted(backup.destination)} --forget {story_id}{key}")


def _say_notes_in_backups(outcome: WithdrawalOutcome) -> None:
    """Say which backups know of the withdrawal by now, whatever is restored from them."""
    without = {unreached.backup.id for unreached in outcome.backups_unreached}
    if any(backup.id not in without for backup in outcome.backups):
        say("It is noted there that it was taken back, for whoever restores from them.")
    for unreached in outcome.backups_unreached:
        say_result(
            CheckResult.WARNING,
            f"{unreached.backup.destination} did not get that note: {unreached.why}",
            "Plug it in and back up there: the next run writes it.",
        )


def _as_json(outcome: WithdrawalOutcome) -> dict[str, Any]:
    erasure = outcome.erasure
    return {
        "story": outcome.withdrawal.story,
        "scope": outcome.withdrawal.scope,
        "withdrawn": outcome.withdrawal.on,
        "asked_by": outcome.withdrawal.asked_by,
        "holds": outcome.is_in_force,
        "recorded": outcome.is_recorded,
        "site": {
            "audience": outcome.audience.word if outcome.audience else None,
            "covered": outcome.covers_site,
            "taken_down": outcome.taken_down,
            "made_again": outcome.site_rebuilt,
            "removed": outcome.site_removed,
            "preview_removed": outcome.preview_removed,
            "still_public": _residue_as_json(outcome.residue),
        },
        "erased": erasure
        and {
            "whole": erasure.is_complete,
            "left": _residue_as_json(erasure.residue),
            "also_in": erasure.same_recording_in,
            "fingerprint_kept": erasure.is_fingerprint_kept,
        },
        "left_out": [held.path for held in outcome.left_out],
        "copies": outcome.copies,
        "going_on": outcome.going_on,
        "messages": [str(path) for path in outcome.messages],
        # Without what seals notes there, which is nobody else’s.
        "backups": [_backup_as_json(backup) for backup in outcome.backups],
        "backups_not_noted": [item.backup.id for item in outcome.backups_unreached],
        "troubles": [
            {"kind": failure.step, "what": failure.what, "next": failure.next_step}
            for failure in outcome.failures
        ],
        "receipt": str(outcome.receipt) if outcome.receipt else None,
    }


def _backup_as_json(backup: KnownBackup) -> dict[str, Any]:
    return {
        "id": backup.id,
        "place": backup.destination,
        "sealed": backup.is_encrypted,
        "begun": backup.started,
        "last": backup.last,
    }


def _residue_as_json(residue: tuple[Residue, ...]) -> list[dict[str, str]]:
    return [{"place": item.path, "of": item.kind} for item in residue]
