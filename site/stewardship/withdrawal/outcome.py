"""What a withdrawal did, what it could not, and what must still be done by people."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from library.backup.manifests import Known
from library.core.audience import Audience
from library.core.errors import CarerStoriesError, NotAllowed
from library.records.consent import Withdrawal
from library.records.copies import Copy
from library.records.withdrawal_notes import Erasure
from stewardship.withdrawal.residue import Trace

NOT_WRITTEN = "The withdrawal could not be written down: the story may be shown again."
NOT_RECORDED = "It is noted and holds, but it is not in the database and the log yet."
NOT_REMOVED = "Some files could not be removed."
NOT_REBUILT = "The site could not be made again."
MADE_DO = (
    "The site was made again from what stood before, less the story: nothing else was looked up."
)
NOT_LOOKED = "Whether anything of it is left could not be looked at in full."
NO_COPIES = "The list of copies that were handed out could not be read."
NO_BACKUPS = "The list of the library’s backups could not be read."
NOT_ERASED = "Not everything of it could be erased."
NO_RECEIPT = "The receipt could not be written; the withdrawal holds without it."


@dataclass(frozen=True)
class Trouble:
    """Something that could not be done: in words for a receipt, and what exactly for the editor."""

    kind: str
    """One of the sentences above: nothing of a story is in it."""
    what: str
    next_step: str = ""
    exit_code: int = 1


@dataclass
class Erased:
    """What became of the request to erase it."""

    erasure: Erasure
    left: tuple[Trace, ...] = ()
    """Files below `interviews/` in which its words or media are still found."""
    also_in: tuple[str, ...] = ()
    """Other stories that keep the very same recording."""
    whole: bool = False
    """Nothing is left but what is kept on purpose."""


@dataclass
class Outcome:
    """One withdrawal, told step by step as it is done."""

    withdrawal: Withdrawal
    held: bool = False
    """The gate says no from here on: it is noted, or recorded."""
    recorded: bool = False
    """It stands in the database and the log."""
    audience: Audience | None = None
    """For whom the site is made, where there is one and that is known."""
    covered: bool = False
    """Whether what was taken back includes showing it there."""
    taken_down: tuple[str, ...] = ()
    """Files and folders of it that were taken out of edition and site."""
    preview_removed: bool = False
    """A preview that was kept for the contributor to view."""
    rebuilt: bool = False
    traces: tuple[Trace, ...] = ()
    """Where something of it is still found in edition and site."""
    copies: tuple[Copy, ...] = ()
    """Handed out, and to be asked for."""
    backups: tuple[Known, ...] = ()
    """Where backups of the library lie: they hold what they held."""
    erased: Erased | None = None
    troubles: list[Trouble] = field(default_factory=list)
    receipt: Path | None = None

    @property
    def still_public(self) -> tuple[str, ...]:
        """Files of edition and site, below the workspace, that still hold something of it."""
        return tuple(dict.fromkeys(trace.place for trace in self.traces))

    @property
    def trouble(self) -> str:
        """The first thing that could not be done, as a sentence, or nothing."""
        return self.troubles[0].what if self.troubles else ""

    @property
    def exit_code(self) -> int:
        """0 when all of it is done; 4 while anything is public; else the first trouble's own."""
        if self.traces:
            return NotAllowed.exit_code
        if self.troubles:
            return self.troubles[0].exit_code
        return 1 if self.erased and not self.erased.whole else 0

    def made_do(self) -> None:
        """The site could be made again after all, in another way."""
        self.rebuilt = True
        self.troubles = [
            replace(one, kind=MADE_DO) if one.kind == NOT_REBUILT else one for one in self.troubles
        ]

    def met(self, kind: str, error: Exception) -> None:
        """Remember what could not be done, and go on."""
        if isinstance(error, CarerStoriesError):
            told = Trouble(kind, error.what, error.next_step, error.exit_code)
        else:
            told = Trouble(kind, f"{type(error).__name__}: {error}")
        self.troubles.append(told)
