"""Exports for archives: each is a copy that leaves, entered in the records before it appears.

What may leave is asked of the gate three times: before anything is gathered, under the lock of the
records just before the copy appears, and once it is there. A withdrawal in the middle wins.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from library.consent.copies import checked_recipient, settle_copy
from library.core import files
from library.core.audience import Audience
from library.core.clock import now, today
from library.core.errors import BadInput, Busy, CarerStoriesError, NotAllowed
from library.core.files import translate_disk_errors
from library.core.lock import locked
from library.core.removal import remove
from library.core.settings import load_settings
from library.core.version import program_version
from library.core.workspace import Workspace
from library.formats import ohms
from library.records import audit_log
from library.records.copies import Copy
from library.records.ledger import Ledger
from library.records.library_day import day_for_showing
from library.records.store import Snapshot
from library.records.story import Story, new_id
from publish.leaks.line_readings import is_hidden_in_line, require_recipient_hides_nothing
from stewardship.export.archived_story import (
    ArchivedStory,
    archived_stories,
    archived_story,
    require_unchanged,
)
from stewardship.export.bagit_bag import bag_info, payload_files, require_as_released, tag_files
from stewardship.export.catalogue_csv import catalogue_row, csv_bytes
from stewardship.export.iiif_manifest import iiif_files
from stewardship.export.ohms_record import ohms_record, spoken_story
from stewardship.export.otio_timeline import otio_bytes
from stewardship.export.subject_access import Watch, folder_for
from stewardship.export.write import (
    MANIFEST_FILE,
    FileToWrite,
    manifest,
    with_manifest,
    write_folder,
)
from transcribe.redaction.hidden_words import hidden_terms

"""Characters of who answers for a copy."""
_LOCK_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class ArchiveExport:
    """An export that was made, and the copy it was entered as."""

    path: Path
    stories: tuple[str, ...]
    left_out: dict[str, str]
    """Story → every reason why it is not in an export of all."""
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


@dataclass(frozen=True)
class PreparedExport:
    """An export that may be made: nothing of it is written, and nobody was asked yet."""

    action: str
    request: ExportRequest
    stories: tuple[ArchivedStory, ...]
    left_out: dict[str, str]
    stem: str
    """Name to begin with: the first free one after it is taken."""
    suffix: str
    data: bytes = b""
    """Content, of an export that is one file."""
    items: tuple[FileToWrite, ...] = ()
    finish: Callable[[dict[str, str]], Sequence[FileToWrite]] | None = None
    """Of a folder: checks what was copied, and returns the files that describe it."""

    @property
    def uncut(self) -> tuple[str, ...]:
        """Stories of which it holds the recording, with what was cut from the film."""
        is_of_bags = self.action in ("export-bag", "export-library")
        return tuple(story.id for story in self.stories if is_of_bags and story.includes_uncut)


def prepare_bag(workspace: Workspace, story_id: str, request: ExportRequest) -> PreparedExport:
    """Prepare a story as a BagIt bag. Raises NotFound, NotAllowed with every reason, BadInput."""
    request = _checked(workspace, request)
    story = _story(workspace, story_id, request)
    items, info = _bag_contents(workspace, story)
    size = sum(item.size for item in items)

    def finish(listed: dict[str, str]) -> Sequence[FileToWrite]:
        require_as_released(story, listed)
        return tag_files(listed, size, info)

    stem = f"{story_id}-bag-{today().isoformat()}"
    return PreparedExport(
        "export-bag", request, (story,), {}, stem, "", items=tuple(items), finish=finish
    )


def prepare_ohms(workspace: Workspace, story_id: str, request: ExportRequest) -> PreparedExport:
    """Prepare one story as OHMS XML: its corrected, redacted words, index and record.

    Raises as `prepare_bag`.
    """
    request = _checked(workspace, request)
    story = _story(workspace, story_id, request)
    settings = load_settings(workspace)
    record = ohms_record(story.history, spoken_story(story), settings, day=story.recorded_on)
    stem = f"{story_id}-ohms"
    return PreparedExport("export-ohms", request, (story,), {}, stem, ".xml", ohms.write(record))


def prepare_iiif(
    workspace: Workspace, story_id: str, request: ExportRequest, address: str
) -> PreparedExport:
    """Prepare one story as a IIIF manifest with the files it shows. Raises as `prepare_bag`.

    `address` is where they will be served; BadInput for one that is none.
    """
    request = _checked(workspace, request)
    story = _story(workspace, story_id, request)
    items = iiif_files(story, load_settings(workspace), address)
    terms = [each for each in hidden_terms(workspace) if each.is_hidden_in((story_id,))]
    # It stands in the manifest dozens of times.
    if is_hidden_in_line(address, terms):
        raise NotAllowed(
            "The address holds a name or word that the story hides, and it would stand in the "
            "manifest.",
            "Serve the folder at another: --address https://archive.example.org/stories/",
        )

    def finish(listed: dict[str, str]) -> Sequence[FileToWrite]:
        story.require_as_signed_off(listed)
        return with_manifest(listed)

    stem = f"{story_id}-iiif"
    return PreparedExport(
        "export-iiif", request, (story,), {}, stem, "", items=tuple(items), finish=finish
    )


def prepare_otio(workspace: Workspace, story_id: str, request: ExportRequest) -> PreparedExport:
    """Prepare the edit of one story as an OpenTimelineIO timeline. Raises as `prepare_bag`."""
    request = _checked(workspace, request)
    story = _story(workspace, story_id, request)
    stem = f"{story_id}-otio"
    return PreparedExport("export-otio", request, (story,), {}, stem, ".otio", otio_bytes(story))


def prepare_csv(
    workspace: Workspace, story_id: str | None, request: ExportRequest
) -> PreparedExport:
    """Prepare a table of every story that an archive may keep, or of one. Raises as `prepare_bag`.

    With no story that may, BadInput.
    """
    request = _checked(workspace, request)
    left_out: dict[str, str] = {}
    if story_id is not None:
        stories = [_story(workspace, story_id, request)]
    else:
        stories, left_out = _all_stories(workspace, request)
    stem = f"{story_id or 'stories'}-{today().isoformat()}"
    table = _catalogue(stories)
    return PreparedExport("export-csv", request, tuple(stories), left_out, stem, ".csv", table)


def prepare_library(workspace: Workspace, request: ExportRequest) -> PreparedExport:
    """Prepare a bag for each story that an archive may keep, and a table of them.

    Raises as `prepare_csv`.
    """
    request = _checked(workspace, request)
    stories, left_out = _all_stories(workspace, request)
    items = [FileToWrite("stories.csv", _catalogue(stories))]
    bags: dict[str, tuple[int, list[tuple[str, str]]]] = {}
    for story in stories:
        bag_items, info = _bag_contents(workspace, story)
        items += [FileToWrite(f"{story.id}/{item.name}", item.source) for item in bag_items]
        bags[story.id] = (sum(item.size for item in bag_items), info)

    def finish(listed: dict[str, str]) -> Sequence[FileToWrite]:
        tags = []
        for story in stories:
            of_story = _below(listed, f"{story.id}/")
            require_as_released(story, of_story)
            size, info = bags[story.id]
            tags += [
                FileToWrite(f"{story.id}/{item.name}", item.source)
                for item in tag_files(of_story, size, info)
            ]
        return [*tags, FileToWrite(MANIFEST_FILE, manifest(listed))]

    stem = f"carer-stories-{today().isoformat()}"
    return PreparedExport(
        "export-library",
        request,
        tuple(stories),
        left_out,
        stem,
        "",
        items=tuple(items),
        finish=finish,
    )


# Which stories, and where


def _checked(workspace: Workspace, request: ExportRequest) -> ExportRequest:
    """Return the request with its folder resolved. Raises BadInput, NotFound."""
    recipient = checked_recipient(request.recipient)
    return replace(request, folder=folder_for(workspace, request.folder), recipient=recipient)


def _story(workspace: Workspace, story_id: str, request: ExportRequest) -> ArchivedStory:
    workspace.story(story_id)
    day = max(today(), day_for_showing(workspace))
    story = archived_story(workspace, Ledger(workspace).read_current(), story_id, day)
    require_recipient_hides_nothing(workspace, request.recipient, (story_id,))
    return story


def _all_stories(
    workspace: Workspace, request: ExportRequest
) -> tuple[list[ArchivedStory], dict[str, str]]:
    day = max(today(), day_for_showing(workspace))
    stories, left_out = archived_stories(workspace, Ledger(workspace).read_current(), day)
    if not stories:
        reasons = "".join(f"\n  {left_out_line(each, why)}" for each, why in left_out.items())
        raise BadInput(
            f"There is no story that may be exported.{reasons}", "See each: carer-stories status"
        )
    require_recipient_hides_nothing(workspace, request.recipient, [each.id for each in stories])
    return stories, left_out


def left_out_line(story_id: str, why: str) -> str:
    """Return the line that says why a story is not in an export: its id, never its title."""
    return f"Not in it: {why if story_id in why else f'{story_id}. {why}'}"


# Contents


def _bag_contents(
    workspace: Workspace, story: ArchivedStory
) -> tuple[list[FileToWrite], list[tuple[str, str]]]:
    settings, made = load_settings(workspace), now()
    lines = audit_log.entries(workspace.audit_log)
    items = payload_files(story, lines, settings, made=made)
    return items, bag_info(story.history, settings, made=made, version=program_version())


def _catalogue(stories: Sequence[ArchivedStory]) -> bytes:
    return csv_bytes([catalogue_row(story, today()) for story in stories])


# Writing, with the copy entered


def write_export(workspace: Workspace, prepared: PreparedExport, watch: Watch) -> ArchiveExport:
    """Write a prepared export below a name of its own, and enter it as a copy.

    Raises NotAllowed where it may not leave any more, and then nothing is there; NoRoom before
    anything is written, Busy, DiskFailed.
    """
    folder = prepared.request.folder
    size = len(prepared.data) + sum(item.size for item in prepared.items)
    with _one_at_a_time(workspace):
        _remove_leftovers(workspace, folder)
        path = _free_path(folder, prepared.stem, prepared.suffix)
        with _entered_as_copy(workspace, prepared, path) as entry:
            if prepared.finish:
                with watch("Gathering", size) as on_progress:
                    write_folder(path, prepared.items, on_progress, entry, prepared.finish)
            else:
                # First, so that no copy is out there that the records do not know of.
                entry()
                files.write_atomic(path, prepared.data)
    return ArchiveExport(
        path=path,
        stories=tuple(story.id for story in prepared.stories),
        left_out=prepared.left_out,
        copy=entry.copy_id,
        files=len(prepared.items) or 1,
        size=size,
    )


@contextmanager
def _one_at_a_time(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of exports: whatever half an export lies about then is nobody’s."""
    busy = Busy("Another export is still running.", "Wait for it, then run this again.")
    with locked(workspace.interviews / ".exports.lock", busy=busy, timeout=_LOCK_TIMEOUT_S):
        yield


class _CopyEntry:
    """Enters the copy when it is called: in the records and the log, together."""

    def __init__(self, workspace: Workspace, prepared: PreparedExport, path: Path) -> None:
        self.copy_id = ""
        self._workspace, self._prepared, self._path = workspace, prepared, path

    def __call__(self) -> None:
        prepared = self._prepared
        ids = tuple(story.id for story in prepared.stories)
        subject = ids[0] if len(ids) == 1 else ""
        role = prepared.request.role
        with Ledger(self._workspace).update(prepared.action, subject, role) as changes:
            # Asked again under the lock: much may have come while files were copied.
            self._require_unchanged(changes)
            copy = Copy(
                id=new_id("cp"),
                recorded=now(),
                stories=ids,
                medium="archive",
                audience=_widest_audience(prepared.stories).word,  # type: ignore[arg-type]
                to=prepared.request.recipient,
                on=today(),
                cuts={story.id: story.cut.hash for story in prepared.stories},
                uncut=prepared.uncut,
                place=str(self._path),
            )
            changes.add(copy)
        self.copy_id = copy.id

    def ask_again(self) -> None:
        """Raise NotAllowed where what is there may not be: it came between entry and name."""
        self._require_unchanged(Ledger(self._workspace).read_current())

    def _require_unchanged(self, snapshot: Snapshot) -> None:
        for story in self._prepared.stories:
            require_unchanged(snapshot, story, today())


@contextmanager
def _entered_as_copy(
    workspace: Workspace, prepared: PreparedExport, path: Path
) -> Iterator[_CopyEntry]:
    """Yield what enters the copy; a copy that was entered and never came to be is settled."""
    entry = _CopyEntry(workspace, prepared, path)
    try:
        yield entry
        try:
            entry.ask_again()
        except NotAllowed:
            remove(path)
            raise
    except BaseException:
        # What is there may be handed out: it stays entered, and can be asked for.
        if entry.copy_id and not os.path.lexists(path):
            with contextlib.suppress(CarerStoriesError):
                settle_copy(
                    workspace,
                    entry.copy_id,
                    outcome="destroyed",
                    on=today(),
                    role=prepared.request.role,
                )
        raise


def _widest_audience(stories: Sequence[ArchivedStory]) -> Audience:
    """Return the widest audience released: what earlier versions judged such a copy by."""
    return max(Audience.from_word(story.history.releases[-1].audience) for story in stories)


def _free_path(folder: Path, stem: str, suffix: str = "") -> Path:
    with translate_disk_errors(folder, "read"):
        return next(
            path
            for name in files.numbered(stem)
            # A link that leads nowhere is a name that is taken, too.
            if not os.path.lexists(path := folder / f"{name}{suffix}")
        )


def _remove_leftovers(workspace: Workspace, folder: Path) -> None:
    """Remove what killed exports of this library left in a folder, of any day.

    The recordings in it must not lie about unseen, least of all those that were taken back since.
    """
    ids = {story.id for story in Ledger(workspace).read().all(Story)}
    with translate_disk_errors(folder, "read"):
        hidden = sorted(folder.glob(f".*{files.TEMPORARY_MARK}*"))
    for path in hidden:
        if _is_leftover_of(path, ids):
            remove(path)


_OF_ONE = re.compile(r"\.(cs-[a-z0-9]+)-(?:(?:bag|ohms|iiif|otio)\b|\d{4}-\d\d-\d\d.*\.csv\Z)")
_OF_ALL = re.compile(r"\.(?:carer-stories|stories)-\d{4}-")


def _is_leftover_of(path: Path, ids: set[str]) -> bool:
    """Return True for half an export of this library: other libraries may use the same disk."""
    if of_one := _OF_ONE.match(path.name):
        return of_one[1] in ids
    if not _OF_ALL.match(path.name):
        return False
    with contextlib.suppress(OSError):
        return path.is_dir() and any(child.name in ids for child in path.iterdir())
    return False


def _below(listed: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): sha256
        for name, sha256 in listed.items()
        if name.startswith(prefix)
    }
