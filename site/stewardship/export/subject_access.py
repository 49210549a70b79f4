"""Export everything that is held about a contributor, for them to read and keep.

The right of access (UK GDPR Article 15) and to a copy a machine can read (Article 20). The export
is a folder, or one zip:

    index.html          all of it in plain English, for a person
    everything.json     the same records, for a machine
    manifest.sha256     every file with its SHA-256
    cs-4k7m2q/          the story’s own files, as they are kept
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from library.consent.safeguarding import record_exemption, require_may_withhold
from library.core import struct_file
from library.core.clock import today
from library.core.errors import BadInput, NotFound
from library.core.files import make_folder, numbered, real_path, translate_disk_errors
from library.core.settings import load_settings
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger
from stewardship.export import plain_english
from stewardship.export.collect import (
    ResponsibleBody,
    StoryRecords,
    SubjectData,
    collect_subject_data,
    files_of,
    receipts_of,
    transcripts_of,
)
from stewardship.export.pages import ExportedFile, StoryExport, subject_page
from stewardship.export.write import FileToWrite, write_folder, write_zip

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""A bar for a label and a number of bytes; yields what is told the bytes done."""
SUBJECT_ACCESS_ACTION = "subject-access"
_MAX_NAME_CHARACTERS = 180
"""Characters of a folder’s name. Every id is in it, because an erasure finds it by them."""


@dataclass(frozen=True)
class SubjectExport:
    """The export that was made."""

    path: Path
    stories: tuple[str, ...]
    other_stories: tuple[str, ...]
    """Ids of stories they told as well, which were not asked for."""
    files: int
    size: int
    """Bytes."""
    not_filled_in: tuple[str, ...]
    """Settings that the page shows and nobody has filled in yet."""
    kept_apart: int = 0
    """Number of safeguarding records and legal holds in it."""
    is_withheld: bool = False
    """True if those were left out, and the page says so."""


def export_for_subject(
    workspace: Workspace,
    story_id: str,
    *,
    to: Path | None = None,
    zipped: bool = False,
    every_story: bool = False,
    without_others: bool = False,
    withhold: str | None = None,
    role: str = "editor",
    watch: Watch,
) -> SubjectExport:
    """Export everything held about who told a story, and log that it was exported.

    `to` is the folder to put it into, `interviews/exports` by default. `every_story` includes the
    other stories the same person told. `withhold` is the reason for leaving out safeguarding
    records and legal holds; it is recorded, and not told to them. Raises NotFound, BadInput for a
    folder that would be published, NotAllowed where nobody signs for what is withheld, NoRoom
    before anything is written, Damaged, DiskFailed, Busy: nothing is left then.
    """
    workspace.story(story_id)
    subject = collect_subject_data(
        workspace,
        story_id,
        every_story=every_story,
        without_others=without_others,
        withheld_by=role if withhold is not None else "",
    )
    # Before the files are looked at: a folder that would be published is refused at once.
    ids = [records.story.id for records in subject.stories]
    if withhold is not None:
        require_may_withhold(workspace, ids, withhold)
    path = free_folder(workspace, ids, to)
    if zipped:
        path = path.with_name(f"{path.name}.zip")
    items = _export_files(workspace, subject)
    size = sum(item.size for item in items)
    write = write_zip if zipped else write_folder
    with watch("Gathering", size) as on_progress:
        write(path, items, on_progress, lambda: _log_export(workspace, subject, role, withhold))
    return SubjectExport(
        path=path,
        stories=tuple(records.story.id for records in subject.stories),
        other_stories=subject.other_stories,
        files=len(items) + 1,
        size=size,
        not_filled_in=not_filled_in(subject.responsible),
        kept_apart=sum(len(records.kept_apart) for records in subject.stories),
        is_withheld=withhold is not None,
    )


def free_folder(
    workspace: Workspace, story_ids: Sequence[str], to: Path | None, mark: str = ""
) -> Path:
    """Return a free path whose name has every story’s id in it: an erasure finds it by that.

    `mark` is put behind them. Raises BadInput, NotFound as `folder_for` does.
    """
    folder = _own_folder(workspace) if to is None else folder_for(workspace, to)
    ids = "_".join(story_ids)
    if len(ids) > _MAX_NAME_CHARACTERS:
        raise BadInput(
            "These are more stories than one folder can be named for.",
            "Export them one at a time, without --all-of-contributor.",
        )
    stem = f"{ids}{mark}-{today().isoformat()}"
    paths = (folder / name for name in numbered(stem))
    return next(
        path
        for path in paths
        # Folder and zip never share a name, for they would be taken for the same export.
        if not os.path.lexists(path) and not os.path.lexists(path.with_name(f"{path.name}.zip"))
    )


def _own_folder(workspace: Workspace) -> Path:
    if workspace.exports.is_symlink():
        raise BadInput(
            f"{workspace.exports} is a link to another folder, where this could be seen by others.",
            "Remove the link, or name a folder: --to DIR",
        )
    with translate_disk_errors(workspace.exports, "make"):
        make_folder(workspace.exports)
        # It may be older, and open to others.
        workspace.exports.chmod(0o700)
    return workspace.exports


def folder_for(workspace: Workspace, to: Path) -> Path:
    """Return `to` if it exists and is never published. Raises NotFound, BadInput."""
    folder = real_path(to)
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.", "Make it, or name another.")
    root = workspace.root.resolve()
    # Where exports/ is a link, what it leads to is no folder for exports.
    exports = root / workspace.exports.relative_to(workspace.root)
    if folder.is_relative_to(root) and not folder.is_relative_to(exports):
        raise BadInput(
            f"{folder} is part of the library, where this could be shown to others.",
            "Name a folder elsewhere.",
        )
    return folder


def _export_files(workspace: Workspace, subject: SubjectData) -> list[FileToWrite]:
    parts: list[StoryExport] = []
    items: list[FileToWrite] = []
    for records in subject.stories:
        part, files = _story_export(workspace, records, subject)
        parts.append(part)
        items += files
    page = subject_page(subject, parts, load_settings(workspace).retention)
    records_json = struct_file.encode(subject)
    return [
        FileToWrite("index.html", page.encode()),
        FileToWrite("everything.json", records_json),
        *items,
    ]


def _story_export(
    workspace: Workspace, records: StoryRecords, subject: SubjectData
) -> tuple[StoryExport, list[FileToWrite]]:
    folder = workspace.story(records.story.id)
    literal, edited = transcripts_of(folder)
    texts = {
        "transcript-as-heard.txt": plain_english.literal_text(literal) if literal else "",
        "transcript-as-corrected.txt": plain_english.edited_text(edited) if edited else "",
    }
    items = [
        FileToWrite(f"{folder.root.name}/{path.relative_to(folder.root).as_posix()}", path)
        for path in files_of(folder, without_others=subject.without_others)
    ]
    items += [
        FileToWrite(f"{folder.root.name}/{name}", text.encode())
        for name, text in texts.items()
        if text
    ]
    items += [
        FileToWrite(f"{folder.root.name}/receipts/{path.name}", path)
        for path in receipts_of(workspace, records.story.id)
    ]
    part = StoryExport(
        records=records,
        folder=folder,
        files=tuple(_described_files(items, folder)),
        literal=texts["transcript-as-heard.txt"],
        edited=texts["transcript-as-corrected.txt"],
        notes=_file_text(folder.editors_copy),
    )
    return part, items


def _described_files(items: Sequence[FileToWrite], folder: StoryFolder) -> Iterator[ExportedFile]:
    of_texts = {
        "transcript-as-heard.txt": "the words as recognised, to read",
        "transcript-as-corrected.txt": "the words as corrected, to read",
    }
    for item in sorted(items, key=lambda item: item.name):
        name = item.name.split("/", 1)[1]
        yield ExportedFile(
            item.name, item.size, of_texts.get(name) or plain_english.file_description(name, folder)
        )


def _file_text(path: Path) -> str:
    with contextlib.suppress(OSError):
        # It is there to be read: a letter that cannot be decoded hides none of the others.
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _log_export(
    workspace: Workspace, subject: SubjectData, role: str, withhold: str | None
) -> None:
    for records in subject.stories:
        if withhold is not None:
            record_exemption(workspace, records.story.id, reason=withhold, role=role)
        with Ledger(workspace).update(SUBJECT_ACCESS_ACTION, records.story.id, role):
            pass  # no record changes: the line of the log alone says that it was done


def not_filled_in(who: ResponsibleBody) -> tuple[str, ...]:
    """Return the settings that the pages show and nobody has filled in yet."""
    settings = {
        "contact": who.contact,
        "lawful_basis": who.lawful_basis,
        "special_category_condition": who.special_category_condition,
    }
    return tuple(name for name, value in settings.items() if not value.strip())
