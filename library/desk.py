"""The deeds that change records: each checks, then writes its record and its log line together.

Every check that a race could upset (an approval against a withdrawal) is made inside the lock,
against what is recorded at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from library import release as gate
from library.clock import months_after, now, today
from library.consent import Agreement, Approval, Audience, Release, Withdrawal
from library.cut import CutState, observe_cut
from library.errors import BadInput, NotAllowed, NotFound
from library.files import sha256_of
from library.ledger import Ledger
from library.release import History
from library.settings import load_settings, site_audience
from library.standing import Standing, history_of, standing_of
from library.story import Story, new_id
from library.workspace import SET_ID, Workspace

LONGEST_TITLE = 120
LONGEST_TEXT = 2_000


def start_story(workspace: Workspace, *, title: str, questions: str, **words: Any) -> Story:
    """A new story under an opaque id. Raises BadInput for words that would not fit a page."""
    _require_question_set(workspace, questions)
    ledger = Ledger(workspace)
    taken = {story.id for story in ledger.read().all(Story)}
    story_id = next(one for one in iter(lambda: new_id("cs"), "") if one not in taken)
    story = _checked(Story(id=story_id, title=title, questions=questions, created=now(), **words))
    with ledger.update("story-new", story.id, "editor") as changes:
        changes.add(story)
    return story


def change_story(workspace: Workspace, story_id: str, words: Mapping[str, Any]) -> Story:
    """The story with other public words. A film already made keeps the words it was made with."""
    with Ledger(workspace).update("story-edit", story_id, "editor") as changes:
        history = history_of(changes, story_id)
        gate.require_not_withdrawn(history)
        story = _checked(msgspec.structs.replace(history.story, **words))
        changes.replace(story)
    return story


def _checked(story: Story) -> Story:
    tidy = {name: getattr(story, name).strip() for name in ("title", "contributor", "summary")}
    story = msgspec.structs.replace(story, content_note=story.content_note.strip(), **tidy)
    if not story.title:
        raise BadInput("A story needs a title.", 'Give one: --title "What it is about"')
    if len(story.title) > LONGEST_TITLE or len(story.contributor) > LONGEST_TITLE:
        raise BadInput(f"A title or name is longer than {LONGEST_TITLE} characters.", "Shorten it.")
    if len(story.summary) > LONGEST_TEXT or len(story.content_note) > LONGEST_TEXT:
        raise BadInput(f"A text is longer than {LONGEST_TEXT} characters.", "Shorten it.")
    if any("\n" in text for text in (story.title, story.contributor)):
        raise BadInput("A title or name goes over one line.", "Write it on one line.")
    wrong = [theme for theme in story.themes if not SET_ID.match(theme)]
    if wrong:
        raise BadInput(
            f"“{wrong[0]}” is not a theme.", "Themes are small letters and hyphens: first-contact."
        )
    return story


def _require_question_set(workspace: Workspace, set_id: str) -> None:
    known = sorted(path.stem for path in workspace.questions.glob("*.yml"))
    if set_id not in known:
        raise NotFound(
            f"There is no question set “{set_id}” in interviews/questions.",
            f"There are: {', '.join(known)}." if known else "Write one there first.",
        )


def read_history(workspace: Workspace, story_id: str) -> History:
    """All that is recorded about a story. Raises NotFound for one that is not there."""
    workspace.story(story_id)
    return history_of(Ledger(workspace).read(), story_id)


def record_agreement(
    workspace: Workspace,
    story_id: str,
    *,
    on: date,
    taken_by: str,
    form_version: str,
    independent: bool,
    capacity_considered: bool,
    form: Path | None = None,
) -> Agreement:
    """The participation agreement. Raises NotAllowed when withdrawn, BadInput for a wrong date."""
    _require_past("The agreement", on)
    if not capacity_considered:
        raise BadInput(
            "The agreement is not recorded: whether the person could decide was not considered.",
            "Consider it together (Mental Capacity Act 2005), then record the agreement.",
        )
    form_sha256 = _hash_of_form(form)
    workspace.story(story_id)
    with Ledger(workspace).update("agreement", story_id, taken_by) as changes:
        gate.require_not_withdrawn(history_of(changes, story_id))
        agreement = Agreement(
            id=new_id("ag"),
            story=story_id,
            recorded=now(),
            on=on,
            taken_by=taken_by,
            form_version=form_version,
            independent=independent,
            capacity_considered=capacity_considered,
            form_sha256=form_sha256,
        )
        changes.add(agreement)
    return agreement


def cut_to_sign(workspace: Workspace, story_id: str) -> CutState:
    """The whole, unchanged cut a contributor or an editor is asked about.

    Raises NotAllowed where there is no agreement, no film, or a film whose files have changed.
    """
    gate.require_agreement(read_history(workspace, story_id))
    cut = observe_cut(workspace.story(story_id))
    again = f"Make it: carer-stories film {story_id}"
    if cut is None:
        raise NotAllowed(f"There is no film of {story_id} to view yet.", again)
    if cut.changed:
        raise NotAllowed(
            f"{', '.join(cut.changed)} of {story_id} changed after the film was made.", again
        )
    return cut


def record_release(
    workspace: Workspace,
    story_id: str,
    *,
    expected: CutState,
    audience: str,
    viewed: date,
    witness: str,
    form_version: str,
    review: date | None = None,
    form: Path | None = None,
    cut_seen: str | None = None,
) -> Release:
    """The contributor's release of the cut they viewed.

    How picture and voice are shown is what the cut was made with: it is what they viewed.
    Raises BadInput when `cut_seen` names another cut or a date makes no sense.
    """
    _require_past("The viewing", viewed)
    if cut_seen is not None and not _same_cut(expected.hash, cut_seen):
        raise BadInput(
            f"The film is now cut {expected.hash[:8]}, not the {cut_seen} that was viewed.",
            "Show the contributor this one, then record their release of it.",
        )
    review = review or months_after(viewed, load_settings(workspace).review_months)
    if review <= viewed or review <= today():
        raise BadInput(f"The review date {review} is not to come.", "Choose a later --review date.")
    form_sha256 = _hash_of_form(form)
    with Ledger(workspace).update("signoff", story_id, witness, cut=expected.hash) as changes:
        history = history_of(changes, story_id)
        gate.require_agreement(history)
        release = Release(
            id=new_id("re"),
            story=story_id,
            recorded=now(),
            cut=expected.hash,
            viewed=viewed,
            audience=Audience.from_word(audience).word,  # type: ignore[arg-type]
            review=review,
            witness=witness,
            form_version=form_version,
            name="chosen" if history.story.contributor else "none",
            picture=expected.recipe.get("picture", "shown"),  # type: ignore[arg-type]
            voice=expected.recipe.get("voice", "own"),  # type: ignore[arg-type]
            form_sha256=form_sha256,
        )
        changes.add(release)
    return release


def _same_cut(full: str, typed: str) -> bool:
    return len(typed) >= 8 and full.startswith(typed.lower())


def record_approval(
    workspace: Workspace, story_id: str, *, expected: CutState, role: str, checked: tuple[str, ...]
) -> Approval:
    """The editor's approval of the cut the contributor signed off.

    Raises NotAllowed when, at the moment of recording, the story is withdrawn or its last
    release is for another cut: a withdrawal that races an approval wins.
    """
    with Ledger(workspace).update("approve", story_id, role, cut=expected.hash) as changes:
        history = history_of(changes, story_id)
        gate.require_agreement(history)
        if not history.releases or history.releases[-1].cut != expected.hash:
            raise NotAllowed(
                f"The contributor has not signed off this cut of {story_id}.",
                f"Show it to them, then: carer-stories signoff {story_id}",
            )
        approval = Approval(
            id=new_id("ap"),
            story=story_id,
            recorded=now(),
            cut=expected.hash,
            on=today(),
            role=role,
            checked=checked,
        )
        changes.add(approval)
    return approval


def record_withdrawal(workspace: Workspace, story_id: str, asked_by: str) -> Withdrawal:
    """Take the story back. Recording it is all that the gate needs: it is effective at once.

    A story withdrawn before stays as it is: the first record stands and is returned.
    """
    before = read_history(workspace, story_id).withdrawals
    if before:
        return before[0]
    with Ledger(workspace).update("withdraw", story_id, asked_by) as changes:
        withdrawal = Withdrawal(
            id=new_id("wi"), story=story_id, recorded=now(), on=today(), asked_by=asked_by
        )
        changes.add(withdrawal)
    return withdrawal


def restore_generation(workspace: Workspace, generation: int, role: str) -> tuple[str, ...]:
    """Make an earlier generation of the records the newest, and withdraw again what was withdrawn.

    A restore must never put a story back in front of staff that its contributor took away, so the
    log's withdrawals are recorded again. Returns their ids. Raises as `Ledger.restore` does.
    """
    ledger = Ledger(workspace)
    withdrawn = ledger.subjects_of("withdraw")
    ledger.restore(generation, role)
    known = {story.id for story in ledger.read().all(Story)}
    again = [one for one in withdrawn if one in known and not _is_withdrawn(ledger, one)]
    for story_id in again:
        record_withdrawal(workspace, story_id, role)
    return tuple(again)


def _is_withdrawn(ledger: Ledger, story_id: str) -> bool:
    return bool(ledger.read().of(Withdrawal, story_id))


def standings(
    workspace: Workspace, story_id: str | None = None, audience: str | None = None
) -> list[Standing]:
    """Where each story stands for an audience (the workspace's own by default), oldest first."""
    asked = Audience.from_word(audience) if audience else site_audience(load_settings(workspace))
    snapshot = Ledger(workspace).read()
    if story_id is not None:
        workspace.story(story_id)
    ids = [story_id] if story_id is not None else [story.id for story in snapshot.all(Story)]
    return [standing_of(workspace, snapshot, one, asked, today()) for one in ids]


def _require_past(what: str, day: date) -> None:
    if day > today():
        raise BadInput(f"{what} is dated {day}, which is still to come.", "Check the date.")


def _hash_of_form(form: Path | None) -> str:
    if form is None:
        return ""
    if not form.is_file():
        raise NotFound(f"There is no file {form}.", "Check the path of the signed form.")
    return sha256_of(form)
