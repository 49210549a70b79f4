"""The release gate: decides whether a story may be shown, to whom, and if not, why.

A pure function over records and the state of the cut. `status`, the edition and the site ask it
and nothing else. It gives every reason at once, in words an editor can act on, and it never
remembers an answer: time passing, a changed file or a withdrawal shuts it by themselves.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from library.consent.decided_since import (
    is_decided_otherwise,
    is_for_another_film_since,
    is_widened_again,
    is_widened_for_archives,
)
from library.core.audience import Audience
from library.core.errors import NotAllowed
from library.records.consent import (
    ARCHIVE_MEANINGS,
    Agreement,
    Approval,
    ArchiveWord,
    Release,
    Withdrawal,
)
from library.records.cut import CutState
from library.records.people import (
    Person,
    Register,
    decision_problems,
    register_problems,
)
from library.records.restore_holds import RestoreHold
from library.records.story import Story

SOUND_ONLY_REASON = (
    "It was made by an earlier version, as sound without a film. Make its film (carer-stories "
    "film), then ask for sign-off and approval again."
)


@dataclass(frozen=True)
class History:
    """Every record of one story, each list in the order it was recorded."""

    story: Story
    agreements: tuple[Agreement, ...] = ()
    releases: tuple[Release, ...] = ()
    approvals: tuple[Approval, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    people: tuple[Person, ...] = ()
    registers: tuple[Register, ...] = ()
    held: RestoreHold | None = None
    """It came with a restore, and nobody has said yet what was taken back since; or its recording
    is one that was withdrawn."""

    @property
    def whole_withdrawal(self) -> Withdrawal | None:
        """The first withdrawal of the whole story, after which nothing may be done with it."""
        return next((withdrawal for withdrawal in self.withdrawals if withdrawal.is_whole), None)


@dataclass(frozen=True)
class Progress:
    """The stages a story has reached, as found on disk."""

    recorded: bool = False
    transcribed: bool = False
    edited: bool = False
    cut: CutState | None = None
    is_transcript_outdated: bool = False
    """A take was added to the recording since its words were recognised."""
    is_heard_with_losses: bool = False
    """Its words were recognised with settings since found to lose sentences."""
    is_copy_changed: bool = False
    """The editor's copy was changed since it was last applied."""
    unanswered_names: int = 0
    """Words that may be a private name, about which the editor was asked."""
    possible_names: int = 0
    """Words of the applied text that may be a name that nobody listed, not answered for."""
    unheard: int = 0
    """Spans in which somebody speaks without words, of which the editor has not said more."""
    contributor_remarks: int = 0
    """Remarks that the contributor made in a preview, not answered for by the editor yet."""
    page_lacks_note: bool = False
    """The page that goes with the film has no content note."""


class State(enum.StrEnum):
    """The state of a story: worked out from records and files, never stored."""

    NEW = "new"
    AGREED = "agreed"
    RECORDED = "recorded"
    TRANSCRIBED = "transcribed"
    EDITED = "edited"
    FILMED = "filmed"
    SIGNED_OFF = "signed off"
    APPROVED = "approved"
    RELEASED = "released"
    EXPIRED = "expired"
    HELD = "held"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Decision:
    """*Released*, or *not released, because* each of `reasons`."""

    audience: Audience
    reasons: tuple[str, ...]

    @property
    def is_released(self) -> bool:
        return not self.reasons


def decide(history: History, cut: CutState | None, audience: Audience, on: date) -> Decision:
    """Decide whether the story may be shown to `audience` on the day `on`. It never raises."""
    withdrawn = _withdrawn(history, audience)
    if withdrawn:
        # Alone: nothing that is put right would change it.
        return Decision(audience, withdrawn)
    reasons = (
        *_held(history),
        *_agreed(history, on),
        *decision_problems(history.people),
        *_cut_is_whole(cut),
        *_signed_off_film(history, cut, on),
        *_signed_off_for(history, audience),
        *_approved_film(history, cut, on),
        *_approved_for(history, audience),
    )
    return Decision(audience, reasons)


@dataclass(frozen=True)
class ArchiveDecision:
    """*May be kept in an archive*, or *may not, because* each of `reasons`."""

    permission: ArchiveWord
    """Permission of the contributor’s last release, without what was not cut where that may hold a
    picture that is agreed to no more; of no effect where there is any reason."""
    reasons: tuple[str, ...]

    @property
    def is_released(self) -> bool:
        return not self.reasons

    @property
    def includes_uncut(self) -> bool:
        """True where the recording as it was told may be kept as well, not only the film."""
        return self.is_released and self.permission == "uncut"


def decide_archive(history: History, cut: CutState | None, on: date) -> ArchiveDecision:
    """Decide whether the story may be handed to an archive on the day `on`. It never raises.

    Archives are beside the audiences: a release for everyone is none for an archive, and the other
    way round. What was taken back from anybody is taken back from archives too, for they are
    outside the house.
    """
    permission = _archive_permission(history)
    withdrawn = _withdrawn_from_archives(history)
    if withdrawn:
        return ArchiveDecision(permission, withdrawn)
    reasons = (
        *_held(history),
        *_agreed(history, on),
        *decision_problems(history.people),
        *_cut_is_whole(cut),
        *_signed_off_film(history, cut, on),
        *_released_for_archives(history),
        *_approved_film(history, cut, on),
        *_approved_for_archives(history),
    )
    return ArchiveDecision(permission, reasons)


def archive_meaning(history: History) -> str:
    """Return what an archive may keep as things stand, to follow “It may be”."""
    permission = _archive_permission(history)
    meaning = ARCHIVE_MEANINGS[permission]
    if history.releases and history.releases[-1].archive != permission:
        meaning += (
            ", and without the recording that was not cut: it may hold their picture, and only "
            "their voice is agreed to"
        )
    return meaning


def _archive_permission(history: History) -> ArchiveWord:
    permission: ArchiveWord = history.releases[-1].archive if history.releases else "no"
    if permission == "uncut" and _narrowing_to_voice(history):
        return "as-shown"  # what was not cut may hold their picture
    return permission


def audiences_released(history: History, cut: CutState | None, on: date) -> tuple[Audience, ...]:
    """Return every audience for which the story is released on that day."""
    for_anybody = (
        *_held(history),
        *_agreed(history, on),
        *decision_problems(history.people),
        *_cut_is_whole(cut),
        *_signed_off_film(history, cut, on),
        *_approved_film(history, cut, on),
    )
    if for_anybody:
        return ()
    return tuple(
        audience
        for audience in Audience
        if not (
            _withdrawn(history, audience)
            or _signed_off_for(history, audience)
            or _approved_for(history, audience)
        )
    )


def _withdrawn(history: History, audience: Audience) -> tuple[str, ...]:
    covering = [withdrawal for withdrawal in history.withdrawals if withdrawal.covers(audience)]
    if not covering:
        return ()
    whole = next((withdrawal for withdrawal in covering if withdrawal.is_whole), None)
    if whole:
        day = whole.on.isoformat()
        return (f"It was withdrawn on {day}; nothing recorded since changes that.",)
    return (_narrowed_reason(covering[0]),)


def _withdrawn_from_archives(history: History) -> tuple[str, ...]:
    if history.whole_withdrawal:
        return _withdrawn(history, Audience.TRAINING)
    # Whatever part of the showing was taken back.
    return (_narrowed_reason(history.withdrawals[0]),) if history.withdrawals else ()


def _narrowed_reason(withdrawal: Withdrawal) -> str:
    what = f"{withdrawal.in_words[0].upper()}{withdrawal.in_words[1:]}"
    return (
        f"{what} was withdrawn on {withdrawal.on.isoformat()}; nothing recorded since changes that."
    )


def _held(history: History) -> tuple[str, ...]:
    held = history.held
    if held is None:
        return ()
    reasons = []
    if held.cause == "log":
        reasons.append(
            "It is held since a restore: the file that said so is gone, and the log says that it "
            "was not let go. See: carer-stories held list"
        )
    elif held.cause == "unrecorded":
        reasons.append(
            f"It is held since {held.began}. Record it again, then: carer-stories held release"
        )
    elif held.is_since_restore:
        since = f" after {held.since[:10]}" if held.since else ""
        reasons.append(
            f"It is held since {held.began}: what was taken back{since} is not known here yet. "
            "See: carer-stories held list"
        )
    if held.recording:
        reasons.append(
            f"It is held: its recording is {held.recording}. See: carer-stories held list"
        )
    if held.wish:
        reasons.append(
            f"It is held: its contributor changed their mind on {held.wish}. "
            "See: carer-stories held list"
        )
    # Whatever its file says or leaves out: as long as there is a hold, it holds.
    return tuple(reasons) or (f"{held.reason} See: carer-stories held list",)


def _agreed(history: History, on: date) -> tuple[str, ...]:
    if not history.agreements:
        return ("No participation agreement is recorded.",)
    return _not_in_the_future("participation agreement", history.agreements[-1].on, on)


def _cut_is_whole(cut: CutState | None) -> tuple[str, ...]:
    if cut is None:
        return ("No film has been made.",)
    changed = tuple(
        f"{name} is not as it was when the film was made." for name in cut.changed_files
    )
    return (*changed, SOUND_ONLY_REASON) if cut.is_sound_only else changed


def _signed_off_for(history: History, audience: Audience) -> tuple[str, ...]:
    """Return why the last sign-off, if there is one, is none for `audience`."""
    if not history.releases:
        return ()
    released_for = history.releases[-1].audience
    if Audience.from_word(released_for).includes(audience):
        return ()
    return (
        f"The contributor released it for “{released_for}”, which does not include "
        f"“{audience.word}”.",
    )


def _released_for_archives(history: History) -> tuple[str, ...]:
    if history.releases and history.releases[-1].archive == "no":
        return ("The contributor has not said that an archive may keep it.",)
    return ()


def _signed_off_film(history: History, cut: CutState | None, on: date) -> tuple[str, ...]:
    if not history.releases:
        return ("The contributor has not signed off a film.",)
    # Only the last one: a change of mind is a new record.
    release = history.releases[-1]
    reasons = list(_not_in_the_future("sign-off", release.viewed, on))
    # Where there is no cut, `_cut_is_whole` has said so.
    if cut is not None and release.cut != cut.hash:
        reasons.append("The contributor signed off another cut, not this one.")
    if narrowed := _narrowed_to_voice(history, cut):
        reasons.append(
            f"Since {narrowed.isoformat()} only their voice is agreed to, and this film was signed "
            "off before, with their picture."
        )
    # On the very day as well: from then on it is not shown.
    if on >= release.review:
        reasons.append(f"The sign-off was due for review on {release.review.isoformat()}.")
    return tuple(reasons)


def _narrowed_to_voice(history: History, cut: CutState | None) -> date | None:
    """Return the day since which only the voice is agreed to, where the film may show a picture.

    A sign-off after it says yes to the film as it is: the contributor has seen that one. Of a story
    that was of the voice alone from the first, no film has a picture.
    """
    if cut is None or cut.picture == "voice-only" or not history.releases:
        return None
    narrowing = _narrowing_to_voice(history)
    if narrowing is None or narrowing.recorded <= history.releases[-1].recorded:
        return None
    return narrowing.on


def require_agreed_picture(history: History, cut: CutState) -> None:
    """Raises NotAllowed for a film with the picture of somebody who agreed to less since."""
    if narrowed := picture_agreed_until(history, cut):
        raise NotAllowed(
            f"Since {narrowed.isoformat()} only their voice is agreed to, and this film shows "
            "their picture.",
            f"Make it without: carer-stories film {history.story.id} --picture voice-only",
        )


def picture_agreed_until(history: History, cut: CutState | None) -> date | None:
    """Return the day since which only the voice is agreed to, where the film may show a picture.

    A film that they signed off after that is the one they want.
    """
    narrowing = _narrowing_to_voice(history)
    if cut is None or cut.picture == "voice-only" or narrowing is None:
        return None
    is_wanted = any(
        release.cut == cut.hash and release.recorded >= narrowing.recorded
        for release in history.releases[-1:]
    )
    return None if is_wanted else narrowing.on


def _narrowing_to_voice(history: History) -> Agreement | None:
    """Return the agreement that counts, if it is for the voice alone and an earlier one was not."""
    stated = [agreement for agreement in history.agreements if agreement.record]
    if not stated or stated[-1].record != "voice":
        return None
    first, words = history.agreements[0], {agreement.record for agreement in stated}
    return stated[-1] if (first.record, words) != ("voice", {"voice"}) else None


def _approved_for(history: History, audience: Audience) -> tuple[str, ...]:
    """Return why the last approval, if there is one, is none for `audience`."""
    if not history.approvals:
        return ()
    approval = history.approvals[-1]
    if not Audience.from_word(approval.audience).includes(audience):
        return (
            f"It was approved for “{approval.audience}”, which does not include “{audience.word}”.",
        )
    if history.releases and is_widened_again(approval, history.releases, audience):
        return (
            "The contributor released it for fewer after it was approved, and then for "
            f"“{audience.word}” again.",
        )
    return ()


def _approved_for_archives(history: History) -> tuple[str, ...]:
    if not history.approvals or not history.releases:
        return ()
    if is_widened_for_archives(history.approvals[-1], history.releases):
        return ("What an archive may keep of it was widened after it was approved.",)
    return ()


def _approved_film(history: History, cut: CutState | None, on: date) -> tuple[str, ...]:
    if not history.approvals:
        return ("No editor has approved a film.",)
    approval = history.approvals[-1]
    reasons = list(_not_in_the_future("approval", approval.on, on))
    if cut is not None and approval.cut != cut.hash:
        reasons.append("The approval is for another cut, not this one.")
    elif _is_signed_off_again(history, cut):
        reasons.append("The contributor signed off another film after it was approved.")
    if is_decided_otherwise(approval, history.people):
        reasons.append("Something else was decided about the people in it since it was approved.")
    return tuple(reasons)


def _is_signed_off_again(history: History, cut: CutState | None) -> bool:
    """Return True where, after the approval, another film was signed off and then this one."""
    return (
        cut is not None
        and bool(history.releases)
        and history.releases[-1].cut == cut.hash
        and is_for_another_film_since(history.approvals[-1], history.releases)
    )


def needs_approval_again(history: History) -> bool:
    """Return True where an editor has to look again before all that is signed off is shown.

    There has to be a sign-off, and an approval.
    """
    approval, releases = history.approvals[-1], history.releases
    released_for = Audience.from_word(releases[-1].audience)
    return (
        not Audience.from_word(approval.audience).includes(released_for)
        or is_decided_otherwise(approval, history.people)
        or is_for_another_film_since(approval, releases)
        or is_widened_again(approval, releases)
        or is_widened_for_archives(approval, releases)
    )


def waits_for_approval_again(history: History) -> bool:
    """Return True where the film that was approved is signed off, and an editor has to look again.

    The cut itself is not asked about: whether its files are as they were takes long to tell.
    """
    if history.whole_withdrawal or not history.releases or not history.approvals:
        return False
    return history.approvals[-1].cut == history.releases[-1].cut and needs_approval_again(history)


def _not_in_the_future(what: str, day: date, on: date) -> tuple[str, ...]:
    """A date still to come means that a clock, or a date typed in, is wrong: do not guess."""
    if day <= on:
        return ()
    return (f"The {what} is dated {day.isoformat()}, which is still to come.",)


def state_of(history: History, progress: Progress, on: date) -> State:
    """Return the state of the story in one word."""
    if history.whole_withdrawal:
        return State.WITHDRAWN
    if history.held:
        return State.HELD
    if not history.agreements:
        return State.NEW
    if audiences_released(history, progress.cut, on):
        return State.RELEASED
    if progress.cut is not None and not _cut_is_whole(progress.cut):
        return _state_of_cut(history, progress.cut, on)
    if progress.edited:
        return State.EDITED
    if progress.transcribed:
        return State.TRANSCRIBED
    return State.RECORDED if progress.recorded else State.AGREED


def _state_of_cut(history: History, cut: CutState, on: date) -> State:
    signed = bool(history.releases) and history.releases[-1].cut == cut.hash
    approved = bool(history.approvals) and history.approvals[-1].cut == cut.hash
    if signed and on >= history.releases[-1].review:
        return State.EXPIRED
    if signed and approved:
        return State.APPROVED
    return State.SIGNED_OFF if signed else State.FILMED


_NEXT = {
    State.NEW: "Print the agreement (carer-stories consent form {id}) and sign it together, then: "
    "carer-stories consent record {id}",
    State.AGREED: "Record it (carer-stories capture station), or bring a recording in: "
    "carer-stories capture import {id} FILE",
    State.RECORDED: "Turn the speech into words: carer-stories transcribe {id}",
    State.TRANSCRIBED: "Correct the words: carer-stories edit {id}",
    State.EDITED: "Make the film: carer-stories film {id}",
    State.FILMED: "Show it to the contributor (carer-stories site preview {id}), then: "
    "carer-stories signoff {id}",
    State.SIGNED_OFF: "Check and approve it: carer-stories approve {id}",
    # Whatever else may be in the way is looked at first, see `_before_showing`.
    State.APPROVED: "Set the computer’s clock right: a date in the records is still to come. See: "
    "carer-stories doctor",
    State.RELEASED: "Put it in front of staff: carer-stories site build",
    State.EXPIRED: "Ask the contributor again: carer-stories signoff {id}",
    # Held for its recording alone: `_CONFIRM_RECORDING`.
    State.HELD: "Say what was taken back since, and let go the rest: carer-stories held release",
    State.WITHDRAWN: "Nothing: it stays withdrawn.",
}


BUILD_STEP = _NEXT[State.RELEASED]
_SHOWING = {_NEXT[State.FILMED], _NEXT[State.SIGNED_OFF], BUILD_STEP}
"""Steps that show a story to somebody, or let it be shown."""
_EDITED_OR_LATER = {
    *(State.EDITED, State.FILMED, State.SIGNED_OFF, State.APPROVED, State.RELEASED, State.EXPIRED)
}
_CONFIRM_RECORDING = (
    "Ask the contributor whether the withdrawn recording may be used. If they signed for it anew: "
    'carer-stories held release {id} --confirm-withdrawn "WHY"'
)
_ASK_WISH = (
    "Talk with the contributor, who changed their mind (carer-stories held list). Then take it "
    "back, or let it go: carer-stories held release {id}"
)
_DECIDE = "Decide about the people in it: carer-stories people list {id}"
_FILL_IN = (
    "Write down what agreements need to know of your trust: carer-stories doctor --fill-in, then: "
    "carer-stories consent form {id}"
)
_FILL_IN_TO_SIGN = (
    "Write down what agreements need to know of your trust: carer-stories doctor --fill-in, then: "
    "carer-stories signoff {id}"
)
_TRANSCRIBE_AGAIN = (
    "Turn the takes that were joined since into words: carer-stories transcribe {id} --again"
)
_WITHOUT_PICTURE = (
    "Make the film without their picture (carer-stories film {id} --picture voice-only), then show "
    "it to the contributor: carer-stories site preview {id}"
)
_ANSWER_NAMES = "Answer what may be a name: carer-stories redact review {id}"
_LISTEN = (
    "Listen where somebody speaks and no words were recognised, and type what is said or take the "
    "mark out: carer-stories edit {id}"
)
_ANSWER_REMARKS = (
    "Do what the contributor remarked, or talk it over with them, and delete each mark: "
    "carer-stories edit {id}"
)
_APPLY = "Apply what was changed in the editor’s copy: carer-stories edit {id}"
_APPLY_ANEW = (
    "Apply what was changed in the editor’s copy (the film is then to be made, shown and signed "
    "off again), or put it back as it was: carer-stories edit {id}"
)


def next_step(
    history: History,
    state: State,
    progress: Progress,
    *,
    is_published: bool = False,
    lacks_settings: bool = False,
    doubt_step: str = "",
) -> str:
    """Return the next step, as a sentence with its command: the first thing that is in the way.

    Once the contributor has signed off a film, what was joined since is no part of it and waits.
    With `lacks_settings` no agreement can be recorded yet; `doubt_step` comes before all that shows
    a story to anybody anew.
    """
    step = _step_without_doubt(
        history, state, progress, is_published=is_published, lacks_settings=lacks_settings
    )
    if doubt_step and step in _SHOWING:
        return doubt_step
    return step.format(id=history.story.id)


def _step_without_doubt(
    history: History, state: State, progress: Progress, *, is_published: bool, lacks_settings: bool
) -> str:
    """Return the next step with `{id}` for the story, if neither log nor clock are in doubt."""
    step = _before_a_film(state, progress)
    if not step and progress.contributor_remarks and state in _EDITED_OR_LATER:
        step = _ANSWER_REMARKS
    if not step and state is State.RELEASED and needs_approval_again(history):
        step = _before_approval(history, state, progress) or _NEXT[State.SIGNED_OFF]
    if step:
        return step
    if state is State.RELEASED and is_published:
        review = history.releases[-1].review.isoformat()
        return f"Ask the contributor again by {review}."
    if state is State.HELD and history.held and not history.held.is_since_restore:
        step = _CONFIRM_RECORDING if history.held.recording else _ASK_WISH
    elif state is State.NEW and lacks_settings:
        step = _FILL_IN
    elif state is State.EXPIRED and lacks_settings:
        step = _FILL_IN_TO_SIGN
    elif state is State.APPROVED:
        step = _before_showing(history, progress) or _NEXT[state]
    elif state in (State.EDITED, State.FILMED, State.SIGNED_OFF, State.EXPIRED):
        step = "" if state is State.EXPIRED else _before_approval(history, state, progress)
        is_shown_too_much = state is not State.EDITED and picture_agreed_until(
            history, progress.cut
        )
        step = step or (_WITHOUT_PICTURE if is_shown_too_much else _NEXT[state])
    else:
        step = _NEXT[state]
    return step


def _before_a_film(state: State, progress: Progress) -> str:
    """Return the first step without which a film would be of earlier words; or ""."""
    if progress.is_transcript_outdated and state in (
        State.TRANSCRIBED,
        State.EDITED,
        State.FILMED,
    ):
        return _TRANSCRIBE_AGAIN
    # Of a film that was signed off as well: what was changed may be a name that must go.
    if not progress.is_copy_changed or state in (State.NEW, State.HELD, State.WITHDRAWN):
        return ""
    if progress.unanswered_names:
        return _ANSWER_NAMES
    return _APPLY if state is State.EDITED else _APPLY_ANEW


def _before_showing(history: History, progress: Progress) -> str:
    """Return the first step with which what was approved may be shown after all; or ""."""
    if _narrowed_to_voice(history, progress.cut):
        return _WITHOUT_PICTURE
    if decision_problems(history.people):
        return _DECIDE
    if needs_approval_again(history):
        before = _before_approval(history, State.APPROVED, progress)
        return before or _NEXT[State.SIGNED_OFF]
    return ""


def _before_approval(history: History, state: State, progress: Progress) -> str:
    """Return the first step without which an approval is refused, in the order of doing; or "".

    Put right later it would change the film, and the contributor would have to view it twice.
    """
    if progress.unanswered_names or progress.possible_names:
        return _ANSWER_NAMES
    if progress.unheard:
        return _LISTEN
    if decision_problems(history.people):
        return _DECIDE
    if register_problems(history.people, history.registers):
        return (
            "Enter everybody who is spoken of in it (carer-stories people add {id}), then: "
            "carer-stories people complete {id}"
        )
    has_film = state is not State.EDITED
    if not history.story.content_note and (progress.page_lacks_note or not has_film):
        again = ", then: carer-stories film {id}" if has_film else ""
        return (
            "Say what staff should know before they watch: carer-stories story edit {id} "
            f'--content-note "NOTE"{again}'
        )
    if has_film and progress.page_lacks_note:
        return "Make the film again, with its content note: carer-stories film {id}"
    return ""


def require_agreement(history: History) -> None:
    """Refuse to record, import or make anything without a standing participation agreement.

    Raises NotAllowed with the next step.
    """
    require_not_withdrawn(history)
    if not history.agreements:
        raise NotAllowed(
            f"There is no participation agreement for {history.story.id}.",
            f"Take it before anything is recorded: carer-stories consent record {history.story.id}",
        )


def require_not_withdrawn(history: History) -> None:
    """Raises NotAllowed for a story its contributor has taken back."""
    if history.whole_withdrawal:
        raise NotAllowed(
            f"{history.story.id} was withdrawn on {history.whole_withdrawal.on.isoformat()}.",
            "Start a new story to tell it again; this one cannot be worked on any more.",
        )


def require_register_settled(history: History) -> None:
    """Raises NotAllowed while the register of people has an objection or is not complete."""
    troubles = register_problems(history.people, history.registers)
    if troubles:
        raise NotAllowed(
            f"The register of people in {history.story.id} is not settled. {troubles[0]}",
            f"See it: carer-stories people list {history.story.id}",
        )
