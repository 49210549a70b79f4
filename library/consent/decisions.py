"""Record agreements, sign-offs and approvals: each is checked, then written with its log line.

Every check that a race could upset (an approval against a withdrawal) is made inside the lock,
against what is recorded at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from library.consent import gate
from library.consent.decided_since import basis_of
from library.consent.gate_input import history_of
from library.consent.signed_forms import store_form
from library.consent.stories import read_history
from library.consent.unrecorded import held_unless_recorded
from library.core.audience import Audience
from library.core.clock import months_after, now
from library.core.errors import BadInput, NotAllowed
from library.core.settings import Settings, load_settings, missing_for_agreements, say_missing
from library.core.workspace import Workspace
from library.records.consent import (
    ARCHIVE_WORDS,
    WITNESSES,
    Agreement,
    Approval,
    ArchiveWord,
    ContactWay,
    Described,
    NameShown,
    PictureShown,
    Release,
    VoiceHeard,
)
from library.records.cut import CutState, inspect_cut
from library.records.ledger import Ledger
from library.records.library_day import library_day
from library.records.log_doubt import require_log_holds
from library.records.people import decisions_by_person
from library.records.story import Story, new_id


def record_agreement(
    workspace: Workspace,
    story_id: str,
    *,
    on: date,
    taken_by: str,
    form_version: str,
    independent: bool,
    capacity_considered: bool,
    recognise_after_erasure: bool = False,
    form: Path | None = None,
    form_code: str = "",
    language: str = "",
    contact: ContactWay | Literal[""] = "",
    record: Literal["picture-and-voice", "voice", ""] = "",
) -> Agreement:
    """Record the participation agreement.

    Raises NotAllowed after a withdrawal, while the settings lack what an agreement rests on, and
    without the proof that they ask for; BadInput for answers that make no sense.
    """
    _require_past(workspace, "The agreement", on)
    if not capacity_considered:
        raise BadInput(
            "The agreement is not recorded: whether the person could decide was not considered.",
            "Consider it together (Mental Capacity Act 2005), then record the agreement.",
        )
    # Checked before the form is kept, so that a refused command leaves no file, and again under
    # the lock, where a withdrawal may have come first.
    gate.require_not_withdrawn(read_history(workspace, story_id))
    settings = require_no_blanks(workspace, "The agreement is not recorded")
    _require_evidence(settings, "The agreement is not recorded", form, taken_by)
    form_sha256 = store_form(workspace.story(story_id), form)
    ledger = Ledger(workspace)
    with ledger.update("agreement", story_id, taken_by, form=form_sha256) as changes:
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
            recognise_after_erasure=recognise_after_erasure,
            form_code=form_code,
            language=language,
            contact=contact,
            record=record,
        )
        changes.add(agreement)
    return agreement


def require_no_blanks(workspace: Workspace, outcome: str) -> Settings:
    """Return the settings. Raises NotAllowed, led by `outcome`, where agreements lack any of them.

    It is asked of new records alone: what was recorded before stands.
    """
    settings = load_settings(workspace)
    missing = missing_for_agreements(settings)
    if missing:
        raise NotAllowed(
            f"{outcome}: interviews/settings.yml does not say {say_missing(missing, settings)}.",
            "Fill in what is missing: carer-stories doctor --fill-in",
        )
    return settings


def needs_scan(settings: Settings) -> bool:
    """Return True where nothing is recorded without a scan of the signed form."""
    return settings.evidence == "scan"


def _require_evidence(settings: Settings, outcome: str, form: Path | None, witness: str) -> None:
    """Raises where there is neither the scan that the settings ask for nor a witness."""
    if witness not in WITNESSES:
        raise BadInput(
            f"{outcome}: nobody is named who was there when the form was signed.",
            f"Name their role, never their name: {', '.join(WITNESSES)}.",
        )
    if needs_scan(settings) and form is None:
        raise NotAllowed(
            f"{outcome}: your trust asks for a scan of the signed form, and there is none.",
            "Give it with --form; or, if a witness is enough, write `evidence: witness` in "
            "interviews/settings.yml.",
        )


def require_signable_cut(workspace: Workspace, story_id: str) -> CutState:
    """Return the unchanged cut that a contributor or an editor is asked about.

    Raises NotAllowed where there is no agreement, no film, or a film whose files have changed.
    """
    gate.require_agreement(read_history(workspace, story_id))
    cut = inspect_cut(workspace.story(story_id))
    again = f"Make it: carer-stories film {story_id}"
    if cut is None:
        raise NotAllowed(f"There is no film of {story_id} to view yet.", again)
    if cut.changed_files:
        raise NotAllowed(
            f"{', '.join(cut.changed_files)} of {story_id} changed after the film was made.", again
        )
    if cut.is_sound_only:
        raise NotAllowed(f"{story_id} cannot be shown. {gate.SOUND_ONLY_REASON}", again)
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
    name: NameShown | None = None,
    picture: PictureShown | None = None,
    voice: VoiceHeard | None = None,
    archive: ArchiveWord = "no",
    form: Path | None = None,
    viewed_code: str | None = None,
) -> Release:
    """Record the contributor's release of the cut they viewed.

    How picture and voice are shown is what the cut was made with: it is what they viewed.
    `picture` and `voice` are what they asked for, where the form says it. Raises BadInput when
    that is another way, `viewed_code` names another cut, the film’s title card says a narrower
    audience, or a date makes no sense; NotAllowed while the settings lack what a release rests on,
    or without the proof that they ask for.
    """
    _require_past(workspace, "The viewing", viewed)
    _require_as_chosen(story_id, expected, picture, voice)
    _require_level(story_id, expected, Audience.from_word(audience))
    if viewed_code is not None:
        require_code_of(expected, viewed_code)
    # Before the form is kept: a refused command must leave no file.
    before = read_history(workspace, story_id)
    gate.require_agreement(before)
    settings = require_no_blanks(workspace, "The sign-off is not recorded")
    _require_evidence(settings, "The sign-off is not recorded", form, witness)
    review = review or months_after(viewed, settings.review_months)
    if review <= viewed or review <= library_day(workspace):
        raise BadInput(f"The review date {review} is not to come.", "Choose a later --review date.")
    form_sha256 = store_form(workspace.story(story_id), form)
    ledger = Ledger(workspace)
    with (
        held_unless_recorded(
            workspace,
            story_id,
            "signoff",
            narrows=_is_narrower(before.releases, audience, review, archive),
        ),
        ledger.update(
            "signoff", story_id, witness, became=audience, cut=expected.hash, form=form_sha256
        ) as changes,
    ):
        # Again under the lock: a withdrawal may have come first.
        history = history_of(changes, story_id)
        gate.require_agreement(history)
        _require_not_taken_back(history, Audience.from_word(audience))
        _require_may_be_archived(history, archive)
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
            name=_name_shown(history.story, name),
            picture=expected.picture,
            voice=expected.voice,
            archive=archive,
            form_sha256=form_sha256,
        )
        changes.add(release)
    return release


def _is_narrower(
    releases: Sequence[Release], audience: str, review: date, archive: ArchiveWord
) -> bool:
    """Return True where a release takes back something of the last one."""
    if not releases:
        return False
    last = releases[-1]
    return (
        Audience.from_word(audience) < Audience.from_word(last.audience)
        or review < last.review
        or ARCHIVE_WORDS.index(archive) < ARCHIVE_WORDS.index(last.archive)
    )


def _require_as_chosen(
    story_id: str, cut: CutState, picture: PictureShown | None, voice: VoiceHeard | None
) -> None:
    """Raises BadInput for a film in which they are seen or heard in another way than they chose."""
    chosen, made = (picture or cut.picture, voice or cut.voice), (cut.picture, cut.voice)
    if chosen != made:
        raise BadInput(
            f"They chose picture “{chosen[0]}” and voice “{chosen[1]}”; this film has “{made[0]}” "
            f"and “{made[1]}”.",
            f"Make it as they chose: carer-stories film {story_id} --picture {chosen[0]} "
            f"--voice {chosen[1]}, and show it to them.",
        )


def _require_level(story_id: str, cut: CutState, audience: Audience) -> None:
    """A film must not say that fewer people may see it than may; that more may, is seen to later.

    A contributor can always narrow who may see it, at once.
    """
    if cut.level is not None and audience > cut.level:
        raise BadInput(
            f"The title card of {story_id} says that it is for “{cut.level.word}”, which does not "
            f"include “{audience.word}”.",
            f"Make it again and show it to them: carer-stories film {story_id} "
            f"--for {audience.word}",
        )


def _require_not_taken_back(history: gate.History, audience: Audience) -> None:
    for withdrawal in history.withdrawals:
        if withdrawal.covers(audience):
            raise NotAllowed(
                f"Showing {history.story.id} to “{withdrawal.scope}” and wider was withdrawn on "
                f"{withdrawal.on}.",
                "Choose a narrower audience, or start a new story: withdrawals are for good.",
            )


def _require_may_be_archived(history: gate.History, archive: ArchiveWord) -> None:
    # Whatever part was taken back: an archive is outside the house.
    if archive != "no" and history.withdrawals:
        taken_back = history.withdrawals[0]
        raise NotAllowed(
            f"No archive may keep {history.story.id} any more: {taken_back.in_words} was withdrawn "
            f"on {taken_back.on}.",
            "Leave out --archive, or start a new story: withdrawals are for good.",
        )


def _name_shown(story: Story, name: NameShown | None) -> NameShown:
    """Return the choice for the name. Raises BadInput where the page does not match it."""
    chosen = name or ("chosen" if story.contributor else "none")
    if (chosen == "none") == bool(story.contributor):
        displayed = f"shows “{story.contributor}”" if story.contributor else "shows no name"
        raise BadInput(
            f"The page {displayed}, which is not what was chosen for the name ({chosen}).",
            f'Change it (carer-stories story edit {story.id} --contributor "NAME"), make the film '
            "again and show it to them.",
        )
    return chosen


def is_code_of(cut: CutState, typed: str) -> bool:
    """Return True where `typed` is the code of this cut: the first 8 digits of its hash, or more.

    Pages show them in two groups, and people type what they see.
    """
    digits = "".join(typed.split()).lower()
    return len(digits) >= len(cut.code) and cut.hash.startswith(digits)


def require_code_of(cut: CutState, typed: str) -> None:
    """Raises BadInput when what was typed names another cut: not the one that was viewed."""
    if not is_code_of(cut, typed):
        raise BadInput(
            f"The film is now cut {cut.code}, not the {typed} that was viewed.",
            "Show the contributor this one, then record their release of it.",
        )


def record_approval(
    workspace: Workspace,
    story_id: str,
    *,
    expected: CutState,
    role: str,
    checked: tuple[str, ...],
    description: Described = "not-needed",
) -> Approval:
    """Record the editor's approval of the cut that the contributor signed off.

    Raises NotAllowed when, at the moment of recording, the story is withdrawn, somebody in it
    objected, or its last release is for another cut: a withdrawal that races an approval wins.
    Damaged where the log does not hold.
    """
    require_log_holds(workspace)
    with Ledger(workspace).update("approve", story_id, role, cut=expected.hash) as changes:
        history = history_of(changes, story_id)
        gate.require_agreement(history)
        gate.require_register_settled(history)
        require_signed_off(history, expected)
        _require_as_released(story_id, history.releases[-1], expected)
        approval = Approval(
            id=new_id("ap"),
            story=story_id,
            recorded=now(),
            cut=expected.hash,
            audience=history.releases[-1].audience,
            on=library_day(workspace),
            role=role,
            checked=checked,
            description=description,
            people=decisions_by_person(history.people),
            rests_on=basis_of(history.releases[-1], history.people),
        )
        changes.add(approval)
    return approval


def require_signed_off(history: gate.History, cut: CutState) -> None:
    """Raises NotAllowed for a cut that the contributor’s last release is not for."""
    if not history.releases or history.releases[-1].cut != cut.hash:
        story_id = history.story.id
        raise NotAllowed(
            f"The contributor has not signed off this cut of {story_id}.",
            f"Show it to them, then: carer-stories signoff {story_id}",
        )


def _require_as_released(story_id: str, release: Release, cut: CutState) -> None:
    """Raises NotAllowed for a film made with other choices than the contributor’s release."""
    troubles = cut.differences_from(release)
    if troubles:
        raise NotAllowed(
            f"The film of {story_id} is not as its contributor released it: {troubles[0]}",
            f"Make it so: carer-stories film {story_id} --picture {release.picture} "
            f"--voice {release.voice} --for {release.audience}, and show it to them.",
        )


def _require_past(workspace: Workspace, what: str, day: date) -> None:
    if day > library_day(workspace):
        raise BadInput(f"{what} is dated {day}, which is still to come.", "Check the date.")
