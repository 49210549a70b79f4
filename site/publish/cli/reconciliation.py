"""The reconciliation after every command, and its words for whoever is at the keyboard."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from library.cli.console import say, say_detail, say_next
from library.core.counting import counted
from library.core.errors import CarerStoriesError
from library.core.removal import is_gone
from library.core.unforeseen import as_refusal
from library.core.workspace import Workspace, find_workspace
from library.records.library_day import library_day
from publish.reconciliation.stamp import build_leftovers, is_settled

_HOLDS = "holds what may not be shown any more"
MAX_FILES_NAMED = 5
"""Files of the site that are not as built, named one by one; the rest are counted."""

if TYPE_CHECKING:
    from publish.reconciliation.reconcile import Reconciliation


def reconcile_after_command(workspace: Workspace | None) -> tuple[str, ...]:
    """Reconcile what is out where anything changed; return the paths that could not be cleaned.

    Everything goes to stderr, for stdout may be JSON. It never raises: the command’s own outcome
    stands, whatever becomes of this.
    """
    # No workspace here: the command said so.
    with contextlib.suppress(CarerStoriesError, OSError):
        return _reconcile(workspace or find_workspace())
    return ()


def _reconcile(workspace: Workspace) -> tuple[str, ...]:
    try:
        # Leftovers hold what was shown, or was to be, and go as soon as no build needs them.
        is_at_rest = is_settled(workspace, library_day(workspace))
        if (is_at_rest and not build_leftovers(workspace)) or not _is_usable(workspace):
            return ()
        # Here, for nearly every command finds everything settled.
        from publish.reconciliation.reconcile import reconcile

        outcome = reconcile(workspace, report=lambda sentence: say(sentence, err=True))
    except (CarerStoriesError, OSError) as error:
        # Silence would pass for an answer: something stands there that nobody could judge.
        if not is_gone(workspace.public):
            say(
                "Problem  What stands in public could not be compared with what may be shown. "
                f"{as_refusal(error).what}",
                err=True,
            )
            say_next("Look at everything: carer-stories verify", err=True)
        return ()
    say_reconciliation(outcome)
    return outcome.still_out


def _is_usable(workspace: Workspace) -> bool:
    """Return False for a workspace of another version: its files are not ours to judge."""
    from library.records.migration import require_usable

    with contextlib.suppress(CarerStoriesError):
        require_usable(workspace)
        return True
    return False


def say_reconciliation(outcome: Reconciliation) -> None:
    """Say what was taken down, what could not be, and which copies to ask back; on stderr."""
    for line in reconciliation_lines(outcome):
        say(line, err=True)
    for details in filter(None, outcome.details):
        say_detail(details, err=True)


def reconciliation_lines(outcome: Reconciliation, *, with_holders: bool = True) -> list[str]:
    """Return the outcome in sentences, in the order of what matters most; empty for nothing.

    `with_holders` names whoever answers for a copy: not for a mail.
    """
    lines = [
        f"Problem  {path} still holds something that may not be shown."
        for path in outcome.still_out
    ]
    if outcome.comparison.settings_problem:
        lines.append(f"Problem  {outcome.comparison.settings_problem}")
    # Names of files may be names of people: not for a mail.
    lines += [f"Problem  {sentence}" for sentence in outcome.comparison.led_to if with_holders]
    if outcome.comparison.led_to and not with_holders:
        lines.append("Problem  A link of the site led to files that nobody here knows.")
    for story in outcome.taken_down:
        lines.append(f"Taken down: {story.id}, because:")
        lines += [f"  - {reason}" for reason in story.reasons]
    foreign = outcome.comparison.unknown_files
    lines += [
        f"{path} was not written by the last build, or was changed since."
        for path in foreign[:MAX_FILES_NAMED]
    ]
    if len(foreign) > MAX_FILES_NAMED:
        lines.append(f"So with {counted(len(foreign) - MAX_FILES_NAMED, 'more file')}.")
    if outcome.site_removed:
        lines.append(
            "The site could not be made again without it, so the whole site was removed. "
            "Nothing is lost: carer-stories site build makes it again."
        )
    elif outcome.site_rebuilt:
        lines.append("The site was made again.")
    lines += [f"{story_id} is shown again, as it was released." for story_id in outcome.shown_again]
    if outcome.left_out:
        # Here, for nearly every command leaves nothing out.
        from publish.handwritten import left_out_sentences

        lines += left_out_sentences(outcome.left_out)
    lines += [
        f"The preview of {story_id} was removed: it is of another film, or was taken back."
        for story_id in outcome.previews_removed
    ]
    for name in outcome.deliveries_removed:
        # The name says for whom it was.
        delivery = f"interviews/deliveries/{name}" if with_holders else "A delivery kept here"
        is_of_day = name in outcome.comparison.deliveries_of_later_day
        why = "says a later day than is agreed by now" if is_of_day else _HOLDS
        lines.append(f"{delivery} was removed: it {why}.")
    lines += [f"Warning  {failure}" for failure in outcome.failures]
    to_ask_back = [refused for refused in outcome.new_copies if not refused.goes_on]
    going_on = [refused for refused in outcome.new_copies if refused.goes_on]
    waiting = outcome.new_waiting
    for heading, copies in (
        ("Copies to ask back, for they hold what may not be shown any more:", to_ask_back),
        ("Thin packages that show nothing of it any more, and go on with others:", going_on),
        ("Thin packages that show nothing for now, though their stories may, or will:", waiting),
    ):
        lines += [heading] if copies else []
        for refused in copies:
            copy, stories = refused.copy, ", ".join(refused.stories)
            holder = f", to {copy.whereabouts}" if with_holders else ""
            lines.append(f"  {copy.id}  {copy.kind}{holder}, on {copy.on}: {stories}")
    thin = [each for each in outcome.new_outliving if each.copy.form == "scorm-thin"]
    to_replace = [each for each in outcome.new_outliving if each not in thin]
    for heading, outliving, what in (
        (
            "Copies to replace, for they go on by themselves after a day agreed since:",
            to_replace,
            "it says {}, and may be used until {}",
        ),
        (
            "Thin packages that stop by themselves, sooner than was said when they were made:",
            thin,
            "said until {}, and shown until {}",
        ),
    ):
        lines += [heading] if outliving else []
        for each in outliving:
            copy, days = each.copy, what.format(each.copy.until, each.until)
            holder = f", to {copy.whereabouts}" if with_holders else ""
            lines.append(f"  {copy.id}  {copy.kind}{holder}: {days}: {', '.join(each.causes)}")
    if outcome.messages:
        lines.append("A message to send to each, ready to be pasted into a mail:")
        lines += [f"  interviews/receipts/{path.name}" for path in outcome.messages]
    if to_ask_back:
        lines.append(
            "Next: Say what became of each: carer-stories copies settle COPY --as destroyed"
        )
    return lines
