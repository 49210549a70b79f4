"""The outcome of a withdrawal: what was done, what failed, and what people still have to do."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from pathlib import Path

from library.backup.manifests import KnownBackup
from library.backup.notes import UnreachedBackup
from library.core.audience import Audience
from library.core.errors import NotAllowed
from library.core.unforeseen import WITH_DETAILS, as_refusal, details_of
from library.records.consent import Withdrawal
from library.records.copies import Copy
from library.records.withdrawal_notes import Erasure
from publish.left_out import LeftOutFile
from stewardship.withdrawal.residue import Residue


class FailedStep(enum.StrEnum):
    """A step that can fail, as the sentence that a receipt prints; none quotes a story."""

    NOTE = "The withdrawal could not be written down: the story may be shown again."
    RECORD = "It is noted and holds, but it is not in the database and the log yet."
    RECORD_UNNOTED = "It is not in the database and the log either."
    REMOVE_FILES = "Some files could not be removed."
    REBUILD = "The site could not be made again."
    REBUILD_FROM_RECORDS = (
        "The site was made again from what stood before, less the story: nothing else was looked "
        "up."
    )
    SEARCH = "Whether anything of it is left could not be looked at in full."
    LIST_COPIES = "The list of copies that were handed out could not be read."
    LIST_BACKUPS = "The list of the library’s backups could not be read."
    HELD = "It must be kept for now, so nothing of it was erased. It is not shown all the same."
    RECORDING = (
        "It is being recorded at this moment, so nothing of it was erased. It is not shown all the "
        "same."
    )
    ELSEWHERE = (
        "A folder of the library leads elsewhere. What could be reached there was taken down; "
        "nobody can vouch for the rest."
    )
    ERASE = "Not everything of it could be erased."
    WRITE_MESSAGES = "The messages to those who have copies could not all be written."
    WRITE_RECEIPT = "The receipt could not be written; the withdrawal holds without it."
    WRITE_RECEIPT_UNNOTED = "The receipt could not be written either."


@dataclass(frozen=True)
class StepFailure:
    """A failed step with its details, which the editor sees and no receipt holds."""

    step: FailedStep
    what: str
    next_step: str = ""
    exit_code: int = 1
    details: str = ""
    """The words of the program itself, for --verbose."""


@dataclass
class ErasureOutcome:
    """The outcome of erasing a story."""

    erasure: Erasure
    residue: tuple[Residue, ...] = ()
    """Files below `interviews/` in which its words or media are still found."""
    same_recording_in: tuple[str, ...] = ()
    """Other stories that keep the very same recording."""
    is_complete: bool = False
    """True when all is erased except what is kept on purpose."""
    is_fingerprint_wanted: bool = False
    """Its contributor agreed to a fingerprint of the recording being kept."""
    is_fingerprint_kept: bool = False
    """A fingerprint of the recording is kept, as the contributor agreed."""


@dataclass
class WithdrawalOutcome:
    """The outcome of one withdrawal, filled in step by step."""

    withdrawal: Withdrawal
    is_in_force: bool = False
    """The withdrawal is noted or recorded: the gate refuses the story from here on."""
    is_repeated: bool = False
    """It was withdrawn before: what is left of it is looked for again."""
    is_recorded: bool = False
    """The withdrawal is in the database and the log."""
    audience: Audience | None = None
    """The audience of the site; None if there is no site or it cannot be told."""
    covers_site: bool = False
    """The withdrawal includes showing the story on this site."""
    is_on_site: bool = False
    """Files of the story's own are in edition or site after all was done."""
    taken_down: tuple[str, ...] = ()
    """The story's files and folders that were removed from edition and site."""
    is_film_unknown: bool = False
    """Its film cannot be looked at, so that a picture of it is not recognised elsewhere."""
    preview_removed: bool = False
    """A preview kept for the contributor to view was removed."""
    site_rebuilt: bool = False
    site_removed: bool = False
    """It went as a whole, for it could not be made again and held the story, or another command
    took it down."""
    left_out: tuple[LeftOutFile, ...] = ()
    """Hand-written pages that the site was made without, to be mended by an editor."""
    residue: tuple[Residue, ...] = ()
    """Files of edition and site that still hold something of the story."""
    copies: tuple[Copy, ...] = ()
    """Copies that were handed out, to be asked back."""
    going_on: tuple[Copy, ...] = ()
    """Thin packages of sessions, which go on with their other stories: nothing is asked back."""
    messages: tuple[Path, ...] = ()
    """Files with a message to whoever has each of them, to be sent."""
    other_copies: tuple[Copy, ...] = ()
    """Copies that are out for somebody from whom it is not taken back."""
    renewable: tuple[str, ...] = ()
    """Ids of copies of sessions that can be made anew without the story."""
    dark_sessions: tuple[str, ...] = ()
    """Ids of those going on that the site has no page for now, so that they show nothing."""
    refused_copies: tuple[str, ...] = ()
    """Ids of those of them that may not be out for another reason, such as an objection."""
    backups: tuple[KnownBackup, ...] = ()
    """Known backups of the library: the story is still in them."""
    backups_unreached: tuple[UnreachedBackup, ...] = ()
    """Backups that did not get a note of the withdrawal: their next run writes it."""
    erasure: ErasureOutcome | None = None
    failures: list[StepFailure] = field(default_factory=list)
    receipt: Path | None = None

    @property
    def still_public(self) -> tuple[str, ...]:
        """Paths of files of edition and site that still hold something of the story, each once."""
        return tuple(dict.fromkeys(item.path for item in self.residue))

    @property
    def leads_elsewhere(self) -> bool:
        """True where a folder of the library, or a file of the story, lies somewhere else."""
        return any(failure.step is FailedStep.ELSEWHERE for failure in self.failures)

    @property
    def exit_code(self) -> int:
        """0 when all is done; 4 (NotAllowed) while any is public; else the first failure's."""
        if self.residue:
            return NotAllowed.exit_code
        if self.failures:
            return self.failures[0].exit_code
        return 1 if self.erasure and not self.erasure.is_complete else 0

    def note_site_gone(self) -> None:
        """Note that no site stands any more: that it could not be made again is no failure."""
        self.site_removed = True
        self.failures = [
            failure for failure in self.failures if failure.step is not FailedStep.REBUILD
        ]

    def note_rebuilt_from_edition(self) -> None:
        """Note that the site was built after all, from the edition instead of the records."""
        self.site_rebuilt = True
        self.failures = [
            replace(failure, step=FailedStep.REBUILD_FROM_RECORDS)
            if failure.step is FailedStep.REBUILD
            else failure
            for failure in self.failures
        ]

    def record_failure(self, step: FailedStep, error: Exception) -> None:
        """Add the failure of `step`, with the details of `error`."""
        refusal = as_refusal(error)
        # The command itself says that it is to be run again.
        next_step = "" if refusal.next_step == WITH_DETAILS else refusal.next_step
        self.failures.append(
            StepFailure(step, refusal.what, next_step, refusal.exit_code, details_of(error))
        )
