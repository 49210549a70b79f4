"""The receipt of a build: what staff were shown, and where the log stood, on one page to print.

Nobody who holds only the library can tell that lines were cut off the end of its log, for what is
left is whole. Who also holds a receipt can: the log must still have the line it names. So every
build of the site is logged and then leaves

    receipts/build-2026-11-23T101500Z.html    to print and keep where the library is not
             build-2026-11-23T101500Z.json    the same, for `verify`
             site.json                        every file of the site that stands now, with SHA-256
             edition-pieces.json              every piece of its edition, with SHA-256

Receipts are never removed: each holds the log a little firmer. They name stories by id and cut
alone, so that nothing of a story that is erased lives on in one.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.clock import now
from library.core.errors import BadInput, CarerStoriesError, Damaged, NotFound
from library.core.files import (
    delete_file,
    entries_below,
    make_folder,
    numbered,
    sha256_of,
    translate_disk_errors,
    write_atomic,
)
from library.core.settings import load_settings
from library.core.struct_file import UNDECODABLE, explain
from library.core.version import program_version
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.ledger import Ledger
from publish.edition import Edition
from publish.print_record import print_record

BUILD_ACTION = "site-build"
"""The log's word for a build; its hashes are `edition`, `site`, `pieces`, `inputs` and `setting`
(its word)."""
_ACTION_IN_LINE = f'"action":"{BUILD_ACTION}"'.encode()
SHORT_HEAD_DIGITS = 12
"""Digits of a head that are enough to tell it: one in 2^48 is the same by chance."""
# Receipts of withdrawals lie in the same folder under other names.
_NAME = re.compile(r"^build-\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?\.json$")
# As templates/build_receipt.html writes it.
_IN_PAGE = re.compile(
    rb'the head</dt><dd><code class="hash">((?:<span>[0-9a-f]{4}</span>){16})</code>'
)


class StoryInSite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A story in the site: its id, and the hash of the cut that was signed off and approved."""

    story: str
    cut: str


class BuildReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of a receipt, with the log's last line after the build was logged."""

    schema: int = 1
    built: str
    """UTC, ISO 8601 with seconds."""
    audience: str
    on: date
    """The day the gate was asked about."""
    version: str
    """Of this software."""
    stories: tuple[StoryInSite, ...]
    files: int
    size: int
    """Bytes of the whole site."""
    site: str
    """SHA-256 over `name NUL hash NEWLINE` of every file of the site, sorted by name."""
    edition: str
    """SHA-256 of `edition.json`, which lists the released files with theirs."""
    pieces: str | msgspec.UnsetType = msgspec.UNSET
    """SHA-256 over the list of the edition's pieces. Receipts of before leave it out."""
    sequence: int
    head: str
    """Number and SHA-256 of the log's line."""
    sha256: str = ""
    """Of this receipt, while this field is empty."""


@dataclass(frozen=True)
class SavedReceipt:
    """A receipt and the page of it that is there to be printed."""

    record: BuildReceipt
    page: Path

    @property
    def short_head(self) -> str:
        return self.record.head[:SHORT_HEAD_DIGITS]


def record_build(
    workspace: Workspace,
    edition: Edition,
    pieces: Mapping[str, str],
    role: str,
    *,
    kept: Mapping[str, str] | None = None,
    inputs: msgspec.Struct | None = None,
) -> SavedReceipt:
    """Log the build that now stands in `public/`, and write its receipt.

    `pieces` are those of the edition with their hashes (`edition_proof`), `kept` the files of the
    site before, with theirs, and `inputs` what all was made from (`standing_site`).
    The caller holds the press's lock. Raises what `Ledger.update` does, NoRoom and DiskFailed; the
    site stands all the same.
    """
    files, size = _files_of_site(workspace, edition, kept or {})
    _keep_inputs(workspace, inputs)
    site, bundle = hash_of_files(files), sha256_of(workspace.edition_record)
    update = Ledger(workspace).update(
        BUILD_ACTION,
        "",
        role,
        became=edition.audience,
        edition=bundle,
        site=site,
        pieces=hash_of_files(pieces),
        setting=_hash_of_setting(workspace),
        inputs=sha256_of(workspace.site_inputs) if inputs is not None else "",
    )
    with update:
        pass  # no record changes: the line alone says that it was built
    # Read after the line was written, so that the head is that of this build.
    head = audit_log.head_of(workspace.audit_log)
    record = BuildReceipt(
        built=now(),
        audience=edition.audience,
        on=edition.on,
        version=program_version(),
        stories=tuple(StoryInSite(story=story.page.id, cut=story.cut) for story in edition.stories),
        files=len(files),
        size=size,
        site=site,
        edition=bundle,
        pieces=hash_of_files(pieces),
        sequence=head.sequence,
        head=head.sha256,
    )
    return _save(workspace, msgspec.structs.replace(record, sha256=_hash(record)), files, pieces)


def _keep_inputs(workspace: Workspace, inputs: msgspec.Struct | None) -> None:
    """Write what the site was made from; of one that none may go by, nothing may stay."""
    if inputs is not None:
        struct_file.save(workspace.site_inputs, inputs)
    elif workspace.site_inputs.exists():
        delete_file(workspace.site_inputs)


def setting_of_last_build(workspace: Workspace) -> str:
    """Return for whom the settings said that the site is, when it last was built.

    Empty where no build says so: of an earlier version, or of a log that cannot be read.
    """
    hashes = _hashes_of(_last_logged(workspace))
    return next(
        (word for word in AUDIENCE_WORDS if hashes.get("setting") == _hash_of_word(word)), ""
    )


def _hash_of_setting(workspace: Workspace) -> str:
    # A site that stands is logged, whatever became of the settings meanwhile.
    with contextlib.suppress(CarerStoriesError):
        return _hash_of_word(load_settings(workspace).audience)
    return ""


def _hash_of_word(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


@dataclass(frozen=True)
class BuildProof:
    """The proof of the last build: for whom it was, and hashes of what it made."""

    audience: str = ""
    edition: str = ""
    pieces: str = ""
    site: str = ""
    inputs: str = ""
    """Of the record of what it was made from."""


def proof_of_last_build(workspace: Workspace) -> BuildProof:
    """Return what the log says of the last build, or where it cannot be read its newest receipt."""
    line = _last_logged(workspace)
    if line:
        hashes = line.hashes
        return BuildProof(
            line.became,
            hashes.get("edition", ""),
            hashes.get("pieces", ""),
            hashes.get("site", ""),
            hashes.get("inputs", ""),
        )
    with contextlib.suppress(CarerStoriesError):
        for path in reversed(receipts(workspace)):
            with contextlib.suppress(CarerStoriesError):
                record = read_receipt(path)
                return BuildProof(record.audience, record.edition, record.pieces or "", record.site)
    return BuildProof()


def _hashes_of(line: audit_log.AuditEntry | None) -> Mapping[str, str]:
    return line.hashes if line else {}


def _last_logged(workspace: Workspace) -> audit_log.AuditEntry | None:
    """Return the log’s line of the last build; None where there is none, or it is torn.

    Looked for from the end: every command asks, and a log has thousands of lines.
    """
    try:
        log = workspace.audit_log.read_bytes()
    except OSError:
        return None
    at = log.rfind(_ACTION_IN_LINE)
    while at >= 0:
        start, end = log.rfind(b"\n", 0, at) + 1, log.find(b"\n", at)
        with contextlib.suppress(ValueError):
            return audit_log.decode(log[start : end if end >= 0 else None])
        at = log.rfind(_ACTION_IN_LINE, 0, start)
    return None


def is_logged(workspace: Workspace) -> bool:
    """Return True where the log’s last build is of the edition that stands, or none stands.

    It is not where a build was broken off after the site’s change of places and before its line.
    Raises DiskFailed.
    """
    standing = _hash_of_edition(workspace)
    return standing is None or _hashes_of(_last_logged(workspace)).get("edition") == standing


def is_of_last_build(workspace: Workspace) -> bool:
    """Return True where the edition that stands is that of the last build, or none stands.

    By the log, or where that cannot be read by the newest receipt. Raises DiskFailed.
    """
    standing = _hash_of_edition(workspace)
    return standing is None or proof_of_last_build(workspace).edition == standing


def _hash_of_edition(workspace: Workspace) -> str | None:
    # Read and not asked for: what another account keeps from us is no edition that is not there.
    with contextlib.suppress(NotFound):
        return sha256_of(workspace.edition_record)
    return None


def is_list_of_last_build(workspace: Workspace, listed: Mapping[str, str]) -> bool:
    """Return True where the list of the site’s files is as the last build wrote it."""
    return hash_of_files(listed) == proof_of_last_build(workspace).site


def hash_of_files(files: Mapping[str, str]) -> str:
    """Return SHA-256 over `name NUL hash NEWLINE` of every file, sorted as a cut’s is made."""
    lines = "".join(f"{name}\0{sha}\n" for name, sha in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def receipts(workspace: Workspace) -> list[Path]:
    """Return every receipt of a build, by name. Raises DiskFailed."""
    with translate_disk_errors(workspace.receipts, "read"):
        if not workspace.receipts.is_dir():
            return []
        return sorted(path for path in workspace.receipts.iterdir() if _NAME.match(path.name))


def read_receipt(path: Path) -> BuildReceipt:
    """Return a receipt, exactly as it was written. Raises NotFound, DiskFailed, and Damaged."""
    data = _bytes_of(path)
    try:
        record = msgspec.json.decode(data, type=BuildReceipt)
    except UNDECODABLE as error:
        raise _not_as_written(path, explain(error)) from None
    # The bytes too: spaces or fields in another order would keep the hash.
    if record.sha256 != _hash(record) or data != struct_file.encode(record):
        raise _not_as_written(path, "it was changed after it was written")
    return record


def files_listed(workspace: Workspace) -> dict[str, str] | None:
    """Return every file of the last build with its SHA-256; None where that cannot be read."""
    return struct_file.load_if_readable(_listing(workspace), dict[str, str])


def pieces_listed(workspace: Workspace, built: BuildProof) -> dict[str, str] | None:
    """Return the edition's pieces with their SHA-256, if the list is the one of that build."""
    listed = struct_file.load_if_readable(_pieces(workspace), dict[str, str])
    return listed if listed is not None and hash_of_files(listed) == built.pieces else None


def forget_files(workspace: Workspace) -> None:
    """Remove the list of the site's files: another site stands, and its build was not logged.

    `verify` then says one thing of the site as a whole, and not of each page that it was altered.
    """
    delete_file(_listing(workspace))


class LogAnchor(msgspec.Struct, frozen=True, kw_only=True):
    """The line and hash at which a receipt of any kind says that the log stood."""

    log_lines: int
    log_head: str


def withdrawal_anchors(workspace: Workspace) -> list[tuple[Path, LogAnchor]]:
    """Return where receipts of withdrawals say that the log stood, as far as they can be read."""
    with translate_disk_errors(workspace.receipts, "read"):
        paths = sorted(workspace.receipts.glob("withdrawal-*.json"))
    anchors = []
    for path in paths:
        anchor = struct_file.load_if_readable(path, LogAnchor)
        # A receipt of a library whose log was empty holds it to nothing.
        if anchor and anchor.log_lines > 0:
            anchors.append((path, anchor))
    return anchors


def head_from_receipt(path: Path) -> str:
    """Return the head that a receipt names, from its page or JSON. Raises BadInput, NotFound."""
    data = _bytes_of(path)
    # The page first: it is what people keep, and no JSON looks like it.
    printed_head = _IN_PAGE.search(data)
    if printed_head:
        return "".join(re.findall(r"<span>(....)</span>", printed_head[1].decode()))
    for kind, field in ((BuildReceipt, "head"), (LogAnchor, "log_head")):
        # Not this kind of receipt: perhaps it is the other.
        with contextlib.suppress(*UNDECODABLE):
            return str(getattr(msgspec.json.decode(data, type=kind), field))
    raise BadInput(
        f"{path.name} is no receipt of ours.",
        "Name a receipt of a build or withdrawal, or type the head: --head HASH",
    )


def _files_of_site(
    workspace: Workspace, edition: Edition, kept: Mapping[str, str]
) -> tuple[dict[str, str], int]:
    """Return name → SHA-256, and the bytes of all.

    The build has hashed released media in place a moment ago, and what it kept; they are not hashed
    again.
    """
    hashed = {
        f"stories/{story.page.id}/{name}": sha
        for story in edition.stories
        for name, sha in story.files.items()
    }
    hashed |= kept
    files, size = {}, 0
    with translate_disk_errors(workspace.public, "read"):
        for name, entry in entries_below(workspace.public):
            if entry.is_file():
                # Reading all films a second time would take as long as the build.
                files[name] = hashed.get(name) or sha256_of(workspace.public / name)
                size += entry.stat().st_size
    return files, size


def _save(
    workspace: Workspace,
    record: BuildReceipt,
    files: Mapping[str, str],
    pieces: Mapping[str, str],
) -> SavedReceipt:
    """Write the receipt, its record last: where the record is, the rest is."""
    with translate_disk_errors(workspace.receipts):
        make_folder(workspace.receipts)
    # First what may be written over, then the page, and the record last.
    struct_file.save(_listing(workspace), dict(sorted(files.items())))
    struct_file.save(_pieces(workspace), dict(sorted(pieces.items())))
    path = _free_name(workspace, record)
    page = path.with_suffix(".html")
    write_atomic(page, _page(record).encode())
    struct_file.save(path, record)
    return SavedReceipt(record, page)


def _listing(workspace: Workspace) -> Path:
    return workspace.receipts / "site.json"


def _pieces(workspace: Workspace) -> Path:
    return workspace.receipts / "edition-pieces.json"


def _free_name(workspace: Workspace, record: BuildReceipt) -> Path:
    """Return an unused path: two builds in one second are two receipts."""
    # Windows has no colons in file names.
    stem = f"build-{record.built.replace(':', '')}"
    # Never written over: each receipt holds the log a little firmer.
    paths = (workspace.receipts / f"{name}.json" for name in numbered(stem))
    return next(path for path in paths if not path.exists())


def _page(record: BuildReceipt) -> str:
    short_head = record.head[:SHORT_HEAD_DIGITS]
    return print_record(
        "build_receipt.html",
        title="Receipt of a build of the library",
        foot=f"Receipt of a build · {record.built} · head {short_head}",
        receipt=record,
        short_head=short_head,
        level_of_use=Audience.from_word(record.audience).level_of_use,
    )


def _hash(record: BuildReceipt) -> str:
    return hashlib.sha256(
        # A hash cannot be over itself, so that its field is empty here.
        msgspec.json.encode(msgspec.structs.replace(record, sha256=""))
    ).hexdigest()


def _bytes_of(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Check the path of the receipt.")
    with translate_disk_errors(path, "read"):
        return path.read_bytes()


def _not_as_written(path: Path, how: str) -> Damaged:
    return Damaged(
        f"{path} cannot be relied on: {how}.",
        "Check the log with a receipt on paper: carer-stories verify --head HASH",
    )
