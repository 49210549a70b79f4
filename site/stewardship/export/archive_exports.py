"""Exports for archives: each is a copy that leaves, entered in the records before it appears."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from library.consent.copies import settle_copy
from library.consent.gate import History, require_agreement
from library.consent.gate_input import history_of, progress_of
from library.core import files
from library.core.audience import Audience
from library.core.clock import now, today
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.files import translate_disk_errors
from library.core.settings import load_settings
from library.core.version import program_version
from library.core.workspace import Workspace
from library.formats import ohms
from library.records import audit_log
from library.records.copies import Copy
from library.records.ledger import Ledger
from library.records.story import Story, new_id
from stewardship.export.bagit_bag import bag_info, payload_files, recorded_on, tag_files
from stewardship.export.catalogue_csv import catalogue_row, csv_bytes
from stewardship.export.ohms_record import ohms_record, read_spoken_story
from stewardship.export.subject_access import Watch, folder_for
from stewardship.export.write import MANIFEST, FileToWrite, manifest, write_folder

_LONGEST_RECIPIENT = 200
"""Characters of who answers for a copy."""


@dataclass(frozen=True)
class ArchiveExport:
    """An export that was made, and the copy it was entered as."""

    path: Path
    stories: tuple[str, ...]
    left_out: dict[str, str]
    """Story → why it is not in an export of all."""
    copy: str
    files: int
    size: int
    """Bytes."""


@dataclass(frozen=True)
class ExportRequest:
    """A request for an export: its folder, who answers for it, and the role of who makes it."""

    folder: Path
    recipient: str
    role: str = "editor"


def export_bag(
    workspace: Workspace, story_id: str, request: ExportRequest, watch: Watch
) -> ArchiveExport:
    """Export a story as a BagIt bag. Raises NotFound, NotAllowed, BadInput, NoRoom, DiskFailed."""
    history = _history(workspace, story_id)
    folder = folder_for(workspace, request.folder)
    path = _free_path(folder, f"{story_id}-bag-{today().isoformat()}")
    items, info = _bag_contents(workspace, history)

    def finish(listed: dict[str, str]) -> Sequence[FileToWrite]:
        return tag_files(listed, sum(item.size for item in items), info)

    return _write_folder_export(
        workspace, "export-bag", [history], path, items, finish, request, watch
    )


def export_ohms(workspace: Workspace, story_id: str, request: ExportRequest) -> ArchiveExport:
    """Export one story as OHMS XML: its corrected, redacted words, index and record.

    Raises as `export_bag`.
    """
    history = _history(workspace, story_id)
    folder = workspace.story(story_id)
    settings = load_settings(workspace)
    record = ohms_record(history, read_spoken_story(folder), settings, day=recorded_on(folder))
    path = _free_path(folder_for(workspace, request.folder), f"{story_id}-ohms", ".xml")
    return _write_file_export(
        workspace, "export-ohms", [history], path, ohms.write(record), request
    )


def export_csv(workspace: Workspace, story_id: str | None, request: ExportRequest) -> ArchiveExport:
    """Export a table of every story that is not withdrawn, or of one. Raises as `export_bag`."""
    left_out: dict[str, str] = {}
    if story_id is not None:
        histories = [_history(workspace, story_id, agreed=False)]
    else:
        histories, left_out = _exportable_histories(workspace, agreed=False)
    _require_any(histories)
    stem = f"{story_id or 'stories'}-{today().isoformat()}"
    path = _free_path(folder_for(workspace, request.folder), stem, ".csv")
    table = _catalogue(workspace, histories)
    return _write_file_export(workspace, "export-csv", histories, path, table, request, left_out)


def export_all(workspace: Workspace, request: ExportRequest, watch: Watch) -> ArchiveExport:
    """Export the library: a bag for each story that is not withdrawn, and a table of all."""
    histories, left_out = _exportable_histories(workspace, agreed=True)
    _require_any(histories)
    folder = folder_for(workspace, request.folder)
    path = _free_path(folder, f"carer-stories-{today().isoformat()}")
    items = [FileToWrite("stories.csv", _catalogue(workspace, histories))]
    bags: dict[str, tuple[int, list[tuple[str, str]]]] = {}
    for history in histories:
        story_id = history.story.id
        bag_items, info = _bag_contents(workspace, history)
        items += [FileToWrite(f"{story_id}/{item.name}", item.source) for item in bag_items]
        bags[story_id] = (sum(item.size for item in bag_items), info)

    def finish(listed: dict[str, str]) -> Sequence[FileToWrite]:
        tags = [
            FileToWrite(f"{story_id}/{item.name}", item.source)
            for story_id, (size, info) in bags.items()
            for item in tag_files(_below(listed, f"{story_id}/"), size, info)
        ]
        return [*tags, FileToWrite(MANIFEST, manifest(listed))]

    return _write_folder_export(
        workspace, "export-library", histories, path, items, finish, request, watch, left_out
    )


# Which stories


def _history(workspace: Workspace, story_id: str, *, agreed: bool = True) -> History:
    workspace.story(story_id)
    history = history_of(Ledger(workspace).read_current(), story_id)
    _require_may_leave(history, agreed=agreed)
    return history


def _require_may_leave(history: History, *, agreed: bool) -> None:
    """Raise NotAllowed for a withdrawn story; with `agreed` also where nobody agreed to record."""
    if history.whole_withdrawal:
        raise NotAllowed(
            f"{history.story.id} was withdrawn on {history.whole_withdrawal.on.isoformat()}, and "
            "cannot be handed to anybody.",
            "For the contributor’s own copy: "
            f"carer-stories export {history.story.id} --subject-access",
        )
    if agreed:
        require_agreement(history)


def _exportable_histories(
    workspace: Workspace, *, agreed: bool
) -> tuple[list[History], dict[str, str]]:
    """Return every story that may leave, oldest first, and why the others may not."""
    snapshot = Ledger(workspace).read_current()
    stories = sorted(snapshot.all(Story), key=lambda story: (story.created, story.id))
    histories, left_out = [], {}
    for story in stories:
        history = history_of(snapshot, story.id)
        try:
            _require_may_leave(history, agreed=agreed)
        except NotAllowed as error:
            left_out[story.id] = error.what
        else:
            histories.append(history)
    return histories, left_out


def _require_any(histories: Sequence[History]) -> None:
    if not histories:
        raise BadInput("There is no story that may be exported.", "See each: carer-stories status")


# Contents


def _bag_contents(
    workspace: Workspace, history: History
) -> tuple[list[FileToWrite], list[tuple[str, str]]]:
    settings, made = load_settings(workspace), now()
    lines = audit_log.entries(workspace.audit_log)
    folder = workspace.story(history.story.id)
    items = payload_files(folder, history, lines, settings, made=made)
    return items, bag_info(history, settings, made=made, version=program_version())


def _catalogue(workspace: Workspace, histories: Sequence[History]) -> bytes:
    rows = []
    for history in histories:
        folder = workspace.story(history.story.id)
        rows.append(catalogue_row(history, progress_of(folder), folder, today()))
    return csv_bytes(rows)


# Writing, with the copy entered


def _write_folder_export(
    workspace: Workspace,
    action: str,
    histories: Sequence[History],
    path: Path,
    items: Sequence[FileToWrite],
    finish: Callable[[dict[str, str]], Sequence[FileToWrite]],
    request: ExportRequest,
    watch: Watch,
    left_out: dict[str, str] | None = None,
) -> ArchiveExport:
    size = sum(item.size for item in items)
    with _entered_as_copy(workspace, action, histories, path, request) as entry:
        with watch("Gathering", size) as on_progress:
            write_folder(path, items, on_progress, entry, finish)
        return _finished(entry, histories, path, left_out, len(items), size)


def _write_file_export(
    workspace: Workspace,
    action: str,
    histories: Sequence[History],
    path: Path,
    data: bytes,
    request: ExportRequest,
    left_out: dict[str, str] | None = None,
) -> ArchiveExport:
    with _entered_as_copy(workspace, action, histories, path, request) as entry:
        # First, so that no copy is out there that the records do not know of.
        entry()
        files.write_atomic(path, data)
        return _finished(entry, histories, path, left_out, 1, len(data))


def _finished(
    entry: _CopyEntry,
    histories: Sequence[History],
    path: Path,
    left_out: dict[str, str] | None,
    count: int,
    size: int,
) -> ArchiveExport:
    ids = tuple(history.story.id for history in histories)
    return ArchiveExport(path, ids, left_out or {}, entry.copy_id, count, size)


class _CopyEntry:
    """Enters the copy when it is called: in the records and the log, together."""

    def __init__(
        self,
        workspace: Workspace,
        action: str,
        histories: Sequence[History],
        request: ExportRequest,
    ) -> None:
        self.copy_id = ""
        self._workspace, self._action = workspace, action
        self._histories, self._request = histories, request

    def __call__(self) -> None:
        ids = tuple(history.story.id for history in self._histories)
        subject = ids[0] if len(ids) == 1 else ""
        # A table holds no recording, so it needs no agreement to record.
        agreed = self._action != "export-csv"
        with Ledger(self._workspace).update(self._action, subject, self._request.role) as changes:
            # Asked again under the lock: a withdrawal may have come while files were copied.
            for story_id in ids:
                _require_may_leave(history_of(changes, story_id), agreed=agreed)
            copy = Copy(
                id=new_id("cp"),
                recorded=now(),
                stories=ids,
                medium="other",
                audience=_widest_audience(self._histories).word,  # type: ignore[arg-type]
                to=self._request.recipient,
                on=today(),
            )
            changes.add(copy)
        self.copy_id = copy.id


@contextmanager
def _entered_as_copy(
    workspace: Workspace,
    action: str,
    histories: Sequence[History],
    path: Path,
    request: ExportRequest,
) -> Iterator[_CopyEntry]:
    """Yield what enters the copy; a copy that was entered and never came to be is settled."""
    recipient = request.recipient.strip()
    if not recipient or len(recipient) > _LONGEST_RECIPIENT or "\n" in recipient:
        raise BadInput(
            "Who answers for this copy?", 'Say so: --for "County archive, digital preservation"'
        )
    entry = _CopyEntry(workspace, action, histories, replace(request, recipient=recipient))
    try:
        yield entry
    except BaseException:
        # What is there may be handed out: it stays entered, and can be asked for.
        if entry.copy_id and not path.exists():
            with contextlib.suppress(CarerStoriesError):
                settle_copy(
                    workspace, entry.copy_id, outcome="destroyed", on=today(), role=request.role
                )
        raise


def _widest_audience(histories: Sequence[History]) -> Audience:
    """Return the widest audience released: taking that back must find this copy."""
    words = [history.releases[-1].audience for history in histories if history.releases]
    return max((Audience.from_word(word) for word in words), default=Audience.TRAINING)


def _free_path(folder: Path, stem: str, suffix: str = "") -> Path:
    with translate_disk_errors(folder, "read"):
        return next(
            path
            for name in files.numbered(stem)
            if not (path := folder / f"{name}{suffix}").exists()
        )


def _below(listed: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): sha256
        for name, sha256 in listed.items()
        if name.startswith(prefix)
    }
