"""The receipt of a withdrawal: what was done and what is still open, on one page to print.

    receipts/withdrawal-cs-4k7m2q-2026-11-23T101500Z.html    for the contributor, and to keep
             withdrawal-cs-4k7m2q-2026-11-23T101500Z.json    the same for a script

It names the story by its id alone: no title, no name, no word of it. So it may stay when everything
else was erased.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.audience import Audience
from library.core.clock import now
from library.core.errors import CarerStoriesError
from library.core.files import make_folder, numbered, translate_disk_errors, write_atomic
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.consent import Scope, scope_in_words
from library.records.copies import Copy
from publish.print_record import print_record
from stewardship.withdrawal.outcome import ErasureOutcome, FailedStep, WithdrawalOutcome
from stewardship.withdrawal.residue import Residue

LIMITS = (
    "Copies that left this library cannot be called back from here: each has to be asked for.",
    "What somebody filmed off a screen, printed or wrote down stays with them.",
    "A browser that showed the story may keep parts of it for some days.",
    "Where the site was copied to another computer, the story is there until the new site is "
    "copied there too.",
    "Backups hold what they held, until the story is taken out of each of them. Once it is erased "
    "that can be done at once. Of backups that were made in another way, ask whoever makes them.",
)
LIMITS_OF_ERASING = (
    "The recording may still be where it came from: a camera, a telephone, a recorder, a card.",
    "What is erased is taken off the disk’s list. On a memory stick or a solid-state disk somebody "
    "with the right tools may read it until other data has taken its place.",
    "The log keeps hashes of the files. Nothing of a story can be read from a hash, but whoever "
    "still has the very same file can be shown to have it.",
)
KEPT = (
    "the id, the days and roles of what was agreed, released, approved and withdrawn, hashes, the "
    "copies that were handed out, and this receipt."
)
KEPT_FINGERPRINT = (
    "A fingerprint of the recording is kept, as its contributor agreed: numbers under a key, so "
    "that a copy is known if it is brought in again. Nobody can hear the story in it."
)
_TEMPLATES = Path(__file__).with_name("templates")
_NAME_WITHHELD = "(a name that is not shown here)"
_OWN_NAMES = re.compile(
    r"^(public|edition)(\.(new|old)(-\d)?)?$|^(interviews|stories|questions|forms|training|exports|print)$"
    r"|^(index|about|using-a-story|support|accessibility|privacy|404)\.html$"
    r"|^(edition|library|page)\.json(\.g\d+)?$|^(settings|glossary)\.yml$"
    r"|^(film|audio|poster|captions|chapters)\.(mp4|m4a|jpg|vtt|js)$"
)
"""Names that files of ours have; any other name may be somebody’s words."""


class CopyToChase(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    medium: str
    audience: str
    to: str
    on: date
    form: str = ""
    """Form in which another system has it, in words."""


class BackupListed(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    begun: str
    sealed: bool


class ResidueListed(msgspec.Struct, frozen=True, kw_only=True):
    """A file with something of the story in it; names that people gave are left out."""

    place: str
    of: str


class ErasedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    asked: str
    asked_by: str
    whole: bool
    left: tuple[ResidueListed, ...]
    also_in: tuple[str, ...]
    fingerprint_kept: bool = False


class WithdrawalReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON file of a receipt: its keys are kept for scripts."""

    schema: int = 1
    story: str
    withdrawn: date
    scope: Scope
    asked_by: str
    made: str
    """Time this receipt was made: UTC, ISO 8601 with seconds."""
    holds: bool
    recorded: bool
    site_audience: str
    site_covered: bool
    on_site: bool = True
    """Of a site that is not covered: the story is on it."""
    taken_down: tuple[str, ...]
    site_made_again: bool
    preview_removed: bool
    still_found: tuple[ResidueListed, ...]
    erased: ErasedReceipt | None
    copies: tuple[CopyToChase, ...]
    other_copies: tuple[CopyToChase, ...] = ()
    """Out for somebody from whom it is not taken back."""
    going_on: tuple[CopyToChase, ...] = ()
    """Thin packages of sessions with other stories, which show nothing of it any more."""
    backups: tuple[BackupListed, ...] = ()
    """By number and day alone: a path may hold a name."""
    still_open: tuple[str, ...]
    log_lines: int
    log_head: str


def write_receipt(workspace: Workspace, outcome: WithdrawalOutcome) -> Path:
    """Write both files, for their owner alone; returns the page. Raises NoRoom, DiskFailed."""
    receipt = receipt_of(workspace, outcome)
    with translate_disk_errors(workspace.receipts):
        make_folder(workspace.receipts)
    page = _free_name(workspace, receipt)
    # The page first: it is what the contributor is given.
    write_atomic(page, _page_html(receipt).encode())
    struct_file.save(page.with_suffix(".json"), receipt)
    return page


def receipt_of(workspace: Workspace, outcome: WithdrawalOutcome) -> WithdrawalReceipt:
    """Return `outcome` as a record, without anything that tells what the story was about."""
    withdrawal = outcome.withdrawal
    head = _head(workspace)
    return WithdrawalReceipt(
        story=withdrawal.story,
        withdrawn=withdrawal.on,
        scope=withdrawal.scope,
        asked_by=withdrawal.asked_by,
        made=now(),
        holds=outcome.is_in_force,
        recorded=outcome.is_recorded,
        site_audience=outcome.audience.word if outcome.audience else "",
        site_covered=outcome.covers_site,
        on_site=outcome.is_on_site,
        taken_down=tuple(_without_names(path, withdrawal.story) for path in outcome.taken_down),
        site_made_again=outcome.site_rebuilt,
        preview_removed=outcome.preview_removed,
        still_found=_residue_listed(outcome.residue, withdrawal.story),
        erased=_erased_receipt(outcome.erasure) if outcome.erasure else None,
        copies=_copies_listed(outcome.copies),
        other_copies=_copies_listed(outcome.other_copies),
        going_on=_copies_listed(outcome.going_on),
        backups=tuple(
            BackupListed(id=backup.id, begun=backup.started, sealed=backup.is_encrypted)
            for backup in outcome.backups
        ),
        still_open=tuple(dict.fromkeys(failure.step for failure in outcome.failures)),
        log_lines=head.sequence,
        log_head=head.sha256,
    )


def _copies_listed(copies: tuple[Copy, ...]) -> tuple[CopyToChase, ...]:
    return tuple(
        CopyToChase(
            id=copy.id,
            medium=copy.medium,
            audience=copy.audience,
            to=copy.to,
            on=copy.on,
            form=copy.kind if copy.form else "",
        )
        for copy in copies
    )


def no_copy_sentence(scope: Scope, is_other_out: bool) -> str:
    """Return the sentence for a withdrawal without any copy to ask for."""
    if not is_other_out:
        return "No copy was entered as handed out."
    if scope == "archive":
        return "No copy was entered as handed out to an archive."
    return f"No copy was entered as handed out for “{scope}” or wider."


def _head(workspace: Workspace) -> audit_log.LogHead:
    try:
        return audit_log.head_of(workspace.audit_log)
    # A receipt without the log’s head is better than none.
    except CarerStoriesError:
        return audit_log.LogHead()


def _erased_receipt(erased: ErasureOutcome) -> ErasedReceipt:
    return ErasedReceipt(
        asked=erased.erasure.asked,
        asked_by=erased.erasure.asked_by,
        whole=erased.is_complete,
        left=_residue_listed(erased.residue, erased.erasure.story),
        also_in=erased.same_recording_in,
        fingerprint_kept=erased.is_fingerprint_kept,
    )


def _residue_listed(residue: tuple[Residue, ...], story_id: str) -> tuple[ResidueListed, ...]:
    return tuple(
        ResidueListed(place=_without_names(item.path, story_id), of=item.kind) for item in residue
    )


def _without_names(path: str, story_id: str) -> str:
    """Return the path less names that people gave: they may be the very words."""
    parts = (
        part if _OWN_NAMES.match(part) or part in (story_id, f"{story_id}.html") else _NAME_WITHHELD
        for part in path.split("/")
    )
    return "/".join(parts)


def _free_name(workspace: Workspace, receipt: WithdrawalReceipt) -> Path:
    """Return a path that is not taken: two withdrawals in one second leave two receipts."""
    stem = f"withdrawal-{receipt.story}-{receipt.made.replace(':', '')}"
    paths = (workspace.receipts / f"{name}.html" for name in numbered(stem))
    return next(path for path in paths if not path.exists())


# On paper


def _page_html(receipt: WithdrawalReceipt) -> str:
    return print_record(
        "withdrawal_receipt.html",
        _TEMPLATES,
        title=f"Receipt of a withdrawal: {receipt.story}",
        foot=f"Receipt of a withdrawal · {receipt.story} · {receipt.made}",
        receipt=receipt,
        summary=_summary(receipt),
        done=_done_lines(receipt),
        still_open=_open_lines(receipt),
        limits=LIMITS + LIMITS_OF_ERASING if receipt.erased else LIMITS,
        steps=FailedStep,
        scope_in_words=scope_in_words,
        no_copy=no_copy_sentence(receipt.scope, bool(receipt.other_copies)),
    )


def _summary(receipt: WithdrawalReceipt) -> str:
    if not receipt.holds:
        return "The withdrawal could not be written down. It has to be asked for again."
    if receipt.still_found:
        return "The story is withdrawn, but something of it is still in the site. See below."
    if receipt.erased and receipt.erased.whole:
        return "The story is withdrawn and erased."
    if receipt.scope == "all":
        return "The story is withdrawn. It is not shown any more."
    if receipt.scope == "archive":
        return "No archive may keep the story any more."
    return f"The story is not shown to “{receipt.scope}” and wider any more."


def _done_lines(receipt: WithdrawalReceipt) -> list[str]:
    lines = []
    if receipt.recorded:
        lines.append("The withdrawal is recorded in the library and its log.")
    elif receipt.holds:
        lines.append("The withdrawal is noted and holds.")
    lines += [f"Taken out of the site: {path}" for path in receipt.taken_down]
    if receipt.site_made_again:
        lines.append("The site was made again.")
    if receipt.preview_removed:
        lines.append("The preview that was kept here was removed.")
    if receipt.scope == "archive":
        lines.append("Who may see it stays as it was.")
    elif not receipt.site_covered:
        level = Audience.from_word(receipt.site_audience).level_of_use.lower()
        lines.append(
            f"The site is made {level}, which was not taken back: the story stays in it."
            if receipt.on_site
            else f"The site is made {level}, and the story is not in it."
        )
    elif not receipt.still_found and FailedStep.SEARCH not in receipt.still_open:
        lines.append("Looked through every file of the site: nothing of the story is in it.")
    if receipt.erased and receipt.erased.whole:
        lines.append("Erased: recordings, films, words, printed pages and signed forms.")
        lines.append(f"Kept: {KEPT}")
    if receipt.erased and receipt.erased.fingerprint_kept:
        lines.append(KEPT_FINGERPRINT)
    return lines


def _open_lines(receipt: WithdrawalReceipt) -> list[str]:
    lines = [
        *receipt.still_open,
        *(f"Still found in {item.place}: {item.of}." for item in receipt.still_found),
    ]
    if receipt.erased:
        lines += [f"Still kept in {item.place}: {item.of}." for item in receipt.erased.left]
        lines += [
            f"{other} keeps the very same recording. It is another story, with its own permission."
            for other in receipt.erased.also_in
        ]
    return lines
