"""The status of a story: its state, its checklist, and why it is shown or not."""

from __future__ import annotations

import mmap
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from library.consent import gate
from library.consent.decided_since import is_decided_otherwise
from library.consent.gate import ArchiveDecision, Decision, History, Progress, State
from library.consent.gate_input import history_of
from library.consent.known_folders import FolderFacts, KnownFolders, folder_facts
from library.core.audience import Audience
from library.core.counting import counted
from library.core.settings import load_settings, missing_for_agreements, site_audience
from library.core.workspace import Workspace
from library.records.consent import Agreement, Approval, Release
from library.records.copies import Copy, CopySettled, open_copies
from library.records.cut import CutState
from library.records.ledger import Ledger
from library.records.library_day import day_and_doubt
from library.records.people import (
    latest_decisions,
    missing_notes,
    register_problems,
)
from library.records.preview_answers import ReceivedAnswers, latest_answers
from library.records.store import Snapshot
from library.records.story import Story
from library.records.transcript_state import (
    ReviewCounts,
)

_CUT_IN_EDITION = re.compile(rb'"cut": ?"([0-9a-f]{64})"')


@dataclass(frozen=True)
class ChecklistStep:
    """A line of the checklist: one step of the work, done or not, with a few words of detail."""

    name: str
    done: bool
    detail: str

    def as_json(self) -> dict[str, object]:
        return {"step": self.name, "done": self.done, "said": self.detail}


@dataclass(frozen=True)
class StoryStatus:
    """The status of one story, as `status` prints it."""

    history: History
    progress: Progress
    state: State
    audiences: tuple[Audience, ...]
    decision: Decision
    archive: ArchiveDecision
    unsure: int | None = None
    """Places of the editor's copy still marked as unsure; None before it is transcribed."""
    unheard: int = 0
    """Passages of the copy in which somebody speaks and there are no words yet."""
    steps: tuple[ChecklistStep, ...] = ()
    """The whole checklist."""
    is_published: bool = False
    """True if the pages built last show this very cut."""
    lacks_settings: bool = False
    """True if no agreement can be recorded before the settings are filled in."""
    doubt_step: str = ""
    """The step to take first while log or clock are in doubt; else empty."""

    site_audience: Audience | None = None
    """For whom the site is, by the settings."""

    @property
    def next_step(self) -> str:
        """A sentence that says what to do next with the story."""
        step = self._next_of_road
        # A build for the site's audience would leave it out.
        if (
            step == gate.BUILD_STEP
            and self.site_audience
            and self.site_audience not in self.audiences
        ):
            level = max(self.audiences).word
            return (
                f"It is released for “{level}”, and the site is for “{self.site_audience.word}”. "
                f"Make a copy for them: carer-stories site build --audience {level} "
                "--offline FOLDER --for WHO"
            )
        return step

    @property
    def _next_of_road(self) -> str:
        return gate.next_step(
            self.history,
            self.state,
            self.progress,
            is_published=self.is_published,
            lacks_settings=self.lacks_settings,
            doubt_step=self.doubt_step,
        )

    def as_json(self) -> dict[str, object]:
        """Return the object that `status --json` prints. Scripts rely on its keys."""
        return {
            "id": self.history.story.id,
            "title": self.history.story.title,
            "state": str(self.state),
            "audiences": [audience.word for audience in self.audiences],
            "reasons": list(self.decision.reasons),
            "next": self.next_step,
            "unsure": self.unsure,
            "unheard": self.unheard,
            "cut": self.progress.cut.hash if self.progress.cut else None,
            "checklist": [step.as_json() for step in self.steps],
            "archive": {
                "permission": self.archive.permission,
                "may_be_kept": self.archive.is_released,
                "reasons": list(self.archive.reasons),
            },
        }


def story_statuses(
    workspace: Workspace,
    story_id: str | None = None,
    audience: str | None = None,
    *,
    hashing: bool = True,
    but: Collection[str] = (),
    known: KnownFolders | None = None,
    with_steps: bool = True,
) -> list[StoryStatus]:
    """Return the status of each story, for the workspace's audience by default, oldest first.

    Without `hashing` the files of a cut are taken to be as they were made. With `known` the folders
    are taken to be as they were last read, where no size and no time says otherwise: for a look at
    all of them, and never for whoever hands something out. Stories whose ids are in `but` are left
    away; without `with_steps` the checklist is.
    """
    settings = load_settings(workspace)
    wanted_audience = Audience.from_word(audience) if audience else site_audience(settings)
    snapshot = Ledger(workspace).read()
    lacks_settings = bool(missing_for_agreements(settings))
    if story_id is not None:
        workspace.story(story_id)
    ids = [story_id] if story_id is not None else [story.id for story in snapshot.all(Story)]
    published = cuts_in_edition(workspace)
    day, step = day_and_doubt(workspace, snapshot)
    return [
        replace(
            story_status(
                workspace,
                snapshot,
                each_id,
                wanted_audience,
                day,
                published=published,
                facts=_facts_of(workspace, each_id, known, hashing=hashing),
                with_steps=with_steps,
            ),
            lacks_settings=lacks_settings,
            doubt_step=step,
            site_audience=site_audience(settings),
        )
        for each_id in ids
        if each_id not in but
    ]


def _facts_of(
    workspace: Workspace, story_id: str, known: KnownFolders | None, *, hashing: bool
) -> FolderFacts:
    folder = workspace.story(story_id)
    return known.facts(folder) if known else folder_facts(folder, hashing=hashing)


def next_step_of(workspace: Workspace, story_id: str) -> str:
    """Return the next step of one story, as `status` says it. Hashes its film.

    Raises as `story_statuses` does.
    """
    (status,) = story_statuses(workspace, story_id)
    return status.next_step


def story_status(
    workspace: Workspace,
    snapshot: Snapshot,
    story_id: str,
    audience: Audience,
    on: date,
    *,
    published: Collection[str] | None = None,
    facts: FolderFacts | None = None,
    with_steps: bool = True,
) -> StoryStatus:
    """Return the status of a story, with the reasons why `audience` is not shown it, if any.

    `published` are the cuts in the edition, and `facts` what its folder holds, for who asks about
    many stories.
    """
    history = history_of(snapshot, story_id)
    folder = workspace.story(story_id)
    facts = facts or folder_facts(folder)
    progress, review_counts = facts.progress, facts.review_counts
    return StoryStatus(
        history=history,
        progress=progress,
        state=gate.state_of(history, progress, on),
        audiences=gate.audiences_released(history, progress.cut, on),
        decision=gate.decide(history, progress.cut, audience, on),
        archive=gate.decide_archive(history, progress.cut, on),
        unsure=review_counts.unsure if review_counts else None,
        unheard=review_counts.unheard if review_counts else 0,
        steps=checklist(
            history,
            progress,
            review_counts,
            _open_copies_of(snapshot, story_id),
            on,
            has_short_redactions=facts.has_short_redactions,
            answers=latest_answers(folder, progress.cut.hash) if progress.cut else None,
        )
        if with_steps
        else (),
        is_published=progress.cut is not None
        and progress.cut.hash in (cuts_in_edition(workspace) if published is None else published)
        and workspace.page_of(story_id).is_file(),
    )


def cuts_in_edition(workspace: Workspace) -> frozenset[str]:
    """Return the hashes of the cuts that the edition names; none where it cannot be read.

    It is a hint to editors: what may be shown is asked of the gate alone.
    """
    try:
        # A hash stands for itself: of a thousand stories the record is too long to be decoded.
        with (
            workspace.edition_record.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as record,
        ):
            return frozenset(cut.decode() for cut in _CUT_IN_EDITION.findall(record))
    # ValueError: an empty file cannot be mapped into memory.
    except (OSError, ValueError):
        return frozenset()


def _open_copies_of(snapshot: Snapshot, story_id: str) -> tuple[Copy, ...]:
    return open_copies(snapshot.all(Copy), snapshot.all(CopySettled), story_id)


def checklist(
    history: History,
    progress: Progress,
    review_counts: ReviewCounts | None,
    copies: Sequence[Copy],
    on: date,
    *,
    has_short_redactions: bool = False,
    answers: ReceivedAnswers | None = None,
) -> tuple[ChecklistStep, ...]:
    """Return the checklist of a story on the day `on`, in the order of the work."""
    cut = progress.cut
    return (
        *(_withdrawal_steps(history)),
        *(_hold_steps(history)),
        _agreement_step(history.agreements),
        ChecklistStep(
            "recording", progress.recorded, "brought in" if progress.recorded else "none yet"
        ),
        _words_step(progress),
        _edit_step(progress, review_counts),
        _register_step(history),
        *(_cared_for_steps(history)),
        _film_step(cut),
        *(_answers_steps(answers) if answers else []),
        *(_redaction_steps(history.story.id) if has_short_redactions else []),
        _sign_off_step(history.releases, cut, on),
        _approval_step(history, cut),
        *(
            _copy_steps(
                history.story.id,
                copies,
                cut,
                history.releases[-1].review if history.releases else None,
            )
        ),
    )


def _withdrawal_steps(history: History) -> list[ChecklistStep]:
    return [
        ChecklistStep(
            "withdrawn",
            True,
            f"on {withdrawal.on}, asked by the {withdrawal.asked_by}"
            + ("" if withdrawal.is_whole else f": {withdrawal.in_words}"),
        )
        for withdrawal in history.withdrawals
    ]


def _hold_steps(history: History) -> list[ChecklistStep]:
    if history.held is None or history.whole_withdrawal:
        return []
    steps = []
    if history.held.is_since_restore:
        since = f" after {history.held.since[:10]}" if history.held.since else ""
        what = f"since {history.held.began}: what was taken back{since} is not known"
        steps.append(ChecklistStep("held", False, what))
    if history.held.recording:
        steps.append(ChecklistStep("held", False, f"its recording is {history.held.recording}"))
    if history.held.wish:
        what = f"its contributor changed their mind on {history.held.wish}"
        steps.append(ChecklistStep("held", False, what))
    return steps


def _agreement_step(agreements: Sequence[Agreement]) -> ChecklistStep:
    if not agreements:
        return ChecklistStep("agreement", False, "the participation agreement is not taken yet")
    last = agreements[-1]
    detail = f"taken on {last.on} by the {last.taken_by}, {_scan_note(last.form_sha256)}"
    if not last.independent:
        detail += "; not independent"
    if last.contact == "none-wanted":
        detail += "; no contact is wanted: they come back themselves"
    return ChecklistStep("agreement", True, detail)


def _scan_note(sha256: str) -> str:
    return "signed form kept" if sha256 else "signed form not scanned yet"


def _words_step(progress: Progress) -> ChecklistStep:
    if not progress.transcribed:
        return ChecklistStep("words", False, "not recognised yet")
    if progress.is_transcript_outdated:
        return ChecklistStep("words", False, "recognised before another take was joined")
    if progress.is_heard_with_losses:
        return ChecklistStep(
            "words",
            True,
            "recognised with settings since found to lose sentences: transcribe --again hears them "
            "anew, and keeps an editor’s corrections",
        )
    return ChecklistStep("words", True, "recognised")


def _edit_step(progress: Progress, review_counts: ReviewCounts | None) -> ChecklistStep:
    if not progress.edited:
        return ChecklistStep("edit", False, "not checked by an editor yet")
    open_points = []
    if review_counts and review_counts.unsure:
        open_points.append(f"{review_counts.unsure} marked as unsure")
    names = review_counts.questions if review_counts else 0
    # Those of the applied words may be gone from a copy that was changed since.
    if review_counts and not progress.is_copy_changed:
        names += review_counts.possible_names
    if names:
        open_points.append(f"{counted(names, 'name')} to answer")
    if review_counts and review_counts.unheard:
        open_points.append(f"{counted(review_counts.unheard, 'passage')} of speech without words")
    if review_counts and review_counts.contributor_remarks:
        count = counted(review_counts.contributor_remarks, "remark")
        open_points.append(f"{count} of the contributor to answer")
    if progress.is_copy_changed:
        open_points.append("the editor’s copy was changed since it was applied")
    left = review_counts.unheard + review_counts.contributor_remarks if review_counts else 0
    is_open = bool(names or left)
    done = not is_open and not progress.is_copy_changed
    return ChecklistStep("edit", done, ", ".join(open_points) or "checked")


def _register_step(history: History) -> ChecklistStep:
    problems = register_problems(history.people, history.registers)
    if problems:
        return ChecklistStep("people in it", False, problems[0])
    count = len(latest_decisions(history.people))
    people = counted(count, "person")
    return ChecklistStep(
        "people in it", True, f"{people} decided about" if count else "nobody else"
    )


def _cared_for_steps(history: History) -> list[ChecklistStep]:
    """Return a step for each person cared for, of whom more is to be noted than of others."""
    steps = []
    for person in latest_decisions(history.people):
        if person.cared_for:
            missing = missing_notes(person)
            step = f"carer-stories people decide {person.story} {person.person}"
            detail = f"still to be noted: {'; '.join(missing)}: {step}" if missing else "noted"
            steps.append(ChecklistStep("the person cared for", not missing, detail))
    return steps


def _film_step(cut: CutState | None) -> ChecklistStep:
    if cut is None:
        return ChecklistStep("film", False, "not made yet")
    if cut.changed_files:
        return ChecklistStep(
            "film", False, f"changed since it was made: {', '.join(cut.changed_files)}"
        )
    if cut.is_sound_only:
        return ChecklistStep("film", False, "made by an earlier version, as sound without a film")
    return ChecklistStep("film", True, f"cut {cut.code}")


def _answers_steps(received: ReceivedAnswers) -> list[ChecklistStep]:
    """Return what the contributor answered in the preview of this film: it signs nothing."""
    return [ChecklistStep("answers", True, f"in its preview: {received.answers.sentence}")]


def _redaction_steps(story: str) -> list[ChecklistStep]:
    return [
        ChecklistStep(
            "redactions",
            False,
            "placed by an earlier version, so the edge of a word may be heard. Listen: "
            f"carer-stories film {story} --prove. To have them reach further: "
            f"carer-stories edit {story} --as-is --widen",
        )
    ]


def _sign_off_step(releases: Sequence[Release], cut: CutState | None, on: date) -> ChecklistStep:
    if not releases:
        return ChecklistStep("sign-off", False, "the contributor has not seen and released it yet")
    last = releases[-1]
    detail = (
        f"for “{last.audience}” on {last.viewed}, to be asked again by {last.review}; "
        f"name: {last.name}, picture: {last.picture}, voice: {last.voice}, "
        f"archive: {last.archive}; "
        f"{_scan_note(last.form_sha256)}"
    )
    if cut is not None and last.cut != cut.hash:
        return ChecklistStep("sign-off", False, f"of another cut, {detail}")
    if on >= last.review:
        return ChecklistStep("sign-off", False, f"due for review since {last.review}")
    return ChecklistStep("sign-off", True, detail)


def _approval_step(history: History, cut: CutState | None) -> ChecklistStep:
    if not history.approvals:
        return ChecklistStep("approval", False, "no editor has approved it yet")
    last: Approval = history.approvals[-1]
    detail = f"for “{last.audience}” on {last.on} by the {last.role}"
    if cut is not None and last.cut != cut.hash:
        return ChecklistStep("approval", False, f"of another cut, {detail}")
    if is_decided_otherwise(last, history.people):
        return ChecklistStep(
            "approval", False, f"{detail}, before something else was decided about people"
        )
    if history.releases and not _covers(last, history.releases[-1]):
        return ChecklistStep("approval", False, f"{detail}, narrower than the sign-off")
    if history.releases and gate.needs_approval_again(history):
        return ChecklistStep(
            "approval", False, f"{detail}, before the contributor narrowed and widened the sign-off"
        )
    return ChecklistStep("approval", True, detail)


def _covers(approval: Approval, release: Release) -> bool:
    return Audience.from_word(approval.audience).includes(Audience.from_word(release.audience))


def _copy_steps(
    story_id: str, copies: Sequence[Copy], cut: CutState | None, review: date | None
) -> list[ChecklistStep]:
    # A preview that the program wrote is for the contributor alone: the story is not handed out.
    copies = [copy for copy in copies if not (copy.medium == "preview" and copy.place)]
    if not copies:
        return []
    count = counted(len(copies), "copy")
    held = [copy.cuts[story_id] for copy in copies if copy.form and story_id in copy.cuts]
    outdated = sum(hash_held != cut.hash for hash_held in held) if cut else 0
    outliving = sum(copy.outlives(review) for copy in copies)
    faults = f", {outdated} with an earlier film" if outdated else ""
    faults += f", {outliving} with a later day than is agreed" if outliving else ""
    step = f"carer-stories copies list {story_id}" if faults else "carer-stories copies list"
    return [ChecklistStep("handed out", not faults, f"{count}{faults}: {step}")]
