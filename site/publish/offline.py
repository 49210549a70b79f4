"""A copy of the library on a stick: the same pages, in a folder that works by itself.

    STICK/OPEN ME.html       what it is, until when it may be shown, where it belongs
          READ ME.txt        the same for somebody who looks before they open
          SHA256SUMS.txt     every file with its SHA-256, as `sha256sum -c` reads it
          copy.json          what is on it, for `site check`
          pages/             the library, and a page that tries every film in the browser

What leaves the house cannot be taken down. So every such copy is entered in the register before it
is in its place, and says itself until when it may be shown. Nothing on it starts by itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec

from library.consent.copies import checked_recipient, record_copy, settle_copy
from library.consent.story_status import story_statuses
from library.consent.withdrawals import record_all_noted
from library.core import struct_file
from library.core.audience import Audience
from library.core.clock import today
from library.core.errors import BadInput, CarerStoriesError, Damaged, NotFound, ToolFailed
from library.core.files import (
    real_path,
    require_room,
    sha256_of,
    translate_disk_errors,
    write_atomic,
)
from library.core.removal import holds_nothing, is_left_by_system
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace
from library.records.copies import Copy
from publish.build import leak_rules, make_pages, remove_not_found_page
from publish.build_job import build_lock
from publish.bundle import Bundle, released_bundle_in
from publish.edition import fresh_folder, require_still_released, swap_folder, temporary_edition
from publish.forbidden import forbidden_content
from publish.handwritten import WrittenReview
from publish.leaks.line_readings import require_recipient_hides_nothing
from publish.leaks.scan import check_leaks
from publish.left_out import LeftOutFile
from publish.render.standalone import (
    CHECK_LIST,
    CHECK_PAGE,
    offline_check_list,
    offline_check_page,
    offline_entry_page,
    offline_read_me,
)

ENTRY_PAGE, PAGES_FOLDER = "OPEN ME.html", "pages"
READ_ME_FILE, SUMS_FILE, RECORD_FILE = "READ ME.txt", "SHA256SUMS.txt", "copy.json"
ROOM_FOR_PAGES = 20_000_000
"""Bytes, beside the media."""


class OfflineRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `copy.json`: what a copy says about itself."""

    schema: int = 1
    copy: str
    """Its number in the register of copies."""
    audience: str
    made: date
    until: date | None
    stories: dict[str, str]
    """Id of each story and the hash of the cut that is on it."""
    replaces: str = ""
    """The copy that lay in its place, so that the next one can settle it if this one could not."""


@dataclass(frozen=True)
class OfflineCopy:
    """A copy that was made and looked over."""

    folder: Path
    record: OfflineRecord
    files: int
    size: int
    replaced: str = ""
    """The copy that lay there before, now settled as replaced."""
    left_out: tuple[LeftOutFile, ...] = ()
    """Files of people that it was made without."""


def make_offline_copy(
    workspace: Workspace, audience: Audience, folder: Path, *, to: str, role: str
) -> OfflineCopy:
    """Lay the library for `audience` into `folder`, in place of an older copy there.

    `to` is who answers for it. `public/` and the library’s own edition are not touched. Raises
    BadInput for a folder that must not be used or for nobody who answers, and what building a site
    raises; what lay there before then lies there still, and no copy stays entered.
    """
    # Before the lock and the films: a wrong folder is said at once.
    destination = _destination(workspace, folder)
    to = checked_recipient(to)
    with build_lock(workspace):
        # The gate counts a withdrawal that is only noted; the records should say it too.
        with suppress(CarerStoriesError):
            record_all_noted(workspace)
        review = WrittenReview(may_leave_out=False)
        with temporary_edition(workspace, audience, offline=True, review=review) as (laid, _):
            bundle = replace(released_bundle_in(laid), left_out=review.left_out)
            _require_stories(bundle)
            shown = [story.page.id for story in bundle.edition.stories]
            require_recipient_hides_nothing(workspace, to, shown)
            # Asked first: a full stick would stop it only after all was copied.
            require_room(destination.parent, _size_of_media(bundle) + ROOM_FOR_PAGES)
            # On the stick itself: names can only be exchanged on one disk.
            fresh = fresh_folder(destination)
            try:
                _make_pages(workspace, bundle, fresh)
                return _issue_copy(workspace, bundle, fresh, destination, to=to, role=role)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)


def read_offline_record(folder: Path) -> OfflineRecord:
    """Return what a copy says about itself. Raises NotFound without one, and Damaged."""
    try:
        return struct_file.load(
            folder / RECORD_FILE,
            OfflineRecord,
            missing=NotFound(
                f"There is no copy of a library in {folder}.",
                f"Name the folder in which “{ENTRY_PAGE}” lies.",
            ),
            next_step="",
        )
    except Damaged:
        raise _not_whole(folder, f"{RECORD_FILE} is not as it was written") from None


def check_offline_copy(folder: Path) -> tuple[OfflineRecord, int, int]:
    """Compare every byte with the list: what the copy says, how many files, and their bytes.

    Raises NotFound, DiskFailed, and Damaged naming the first file that is not as it was made, is
    missing, or was put there since.
    """
    record = read_offline_record(folder)
    listed = _read_sums(folder)
    with translate_disk_errors(folder, "read"):
        there = {path.relative_to(folder).as_posix(): path for path in _files_in(folder)}
    # A list cannot hold its own hash.
    there.pop(SUMS_FILE, None)
    troubles = [f"{name} is missing" for name in sorted(listed.keys() - there.keys())]
    troubles += [f"{name} was put there since" for name in sorted(there.keys() - listed.keys())]
    troubles += [
        f"{name} is not as it was made"
        for name in sorted(listed.keys() & there.keys())
        if sha256_of(there[name]) != listed[name]
    ]
    if troubles:
        more = f", and {len(troubles) - 1} more" if len(troubles) > 1 else ""
        raise _not_whole(folder, f"{troubles[0]}{more}")
    return record, len(there), sum(path.stat().st_size for path in there.values())


def no_longer_released(workspace: Workspace, record: OfflineRecord) -> list[str]:
    """Return the stories on the copy that its audience may not be shown today, or not this cut."""
    cuts = {
        story_status.history.story.id: story_status.progress.cut.hash
        for story_status in story_statuses(workspace, audience=record.audience)
        if story_status.decision.is_released and story_status.progress.cut
    }
    return sorted(story for story, cut in record.stories.items() if cuts.get(story) != cut)


def _destination(workspace: Workspace, folder: Path) -> Path:
    """Return the folder to use: never in the library, never one that holds anything else.

    Raises BadInput or NotFound for any other.
    """
    destination = real_path(folder)
    if destination.is_relative_to(workspace.root.resolve()):
        raise BadInput(
            f"A copy must not lie in {destination}: it is part of the library.",
            "Name a folder on the stick: --offline /media/stick/Carer-Stories",
        )
    if not destination.parent.is_dir():
        raise NotFound(f"There is no folder {destination.parent}.", "Is the stick plugged in?")
    # The folder is exchanged as a whole, and a stick cannot be renamed.
    if destination.is_mount():
        raise BadInput(
            f"{destination} is the whole stick.",
            f"Name a folder on it: --offline {shell_quoted(destination / 'Carer-Stories')}",
        )
    # Whatever lies there is replaced, so it must be a copy of ours or nothing.
    empty = destination.is_dir() and holds_nothing(destination)
    if destination.exists() and not empty and not (destination / RECORD_FILE).is_file():
        raise BadInput(
            f"{destination} already holds something else; nothing was changed.",
            "Name another folder.",
        )
    return destination


def _require_stories(bundle: Bundle) -> None:
    if not bundle.edition.stories:
        raise BadInput(
            f"No story is released for “{bundle.edition.audience}” today.",
            "See what is missing: carer-stories status",
        )


def _size_of_media(bundle: Bundle) -> int:
    return sum(path.stat().st_size for path in bundle.folder.rglob("*") if path.is_file())


def _make_pages(workspace: Workspace, bundle: Bundle, fresh: Path) -> None:
    hidden = forbidden_content(workspace, {story.page.id for story in bundle.edition.stories})
    with translate_disk_errors(fresh):
        (fresh / PAGES_FOLDER).mkdir()
    with suppress(OSError):  # FAT knows no permissions
        fresh.chmod(0o755)
    make_pages(workspace, bundle, fresh / PAGES_FOLDER, hidden)
    pages = fresh / PAGES_FOLDER
    # Only a server shows it, and its links begin at a root that a stick has not.
    remove_not_found_page(pages)
    _require_until(pages)
    _write(pages / CHECK_PAGE, offline_check_page(bundle.edition))
    _write(
        pages / CHECK_LIST,
        offline_check_list(path.relative_to(pages).as_posix() for path in _files_in(pages)),
    )


def _require_until(pages: Path) -> None:
    """Raise ToolFailed for pages without their last day: a workspace’s frame may be older."""
    old = next(
        (path for path in sorted(pages.rglob("*.html")) if b"data-until=" not in path.read_bytes()),
        None,
    )
    needed = ("assets/js/check.js", "assets/js/until.js")
    lacking = [name for name in needed if not (pages / name).is_file()]
    if old or lacking:
        what = f"{old.name} does not say until when" if old else f"{lacking[0]} is not there"
        raise ToolFailed(
            f"The pages are not ready for a stick: {what}.",
            "Bring site/overrides and site/assets up to date; docs/reference/site.md says how.",
        )


def _issue_copy(
    workspace: Workspace, bundle: Bundle, fresh: Path, destination: Path, *, to: str, role: str
) -> OfflineCopy:
    """Enter the copy, finish it, put it in its place, and check it there."""
    edition = bundle.edition
    # Read before the swap: after it the older copy's record is gone.
    older, older_replaced = _copy_in(destination), _replaced_by_copy_in(destination)
    with _register_copy(workspace, bundle, destination, to=to, role=role) as copy:
        record = OfflineRecord(
            copy=copy.id,
            audience=edition.audience,
            made=edition.on,
            until=edition.until,
            stories={story.page.id: story.cut for story in edition.stories},
            replaces=older,
        )
        _write_top(workspace, bundle, fresh, record)
        swap_folder(
            fresh, destination, check_last=lambda: require_still_released(workspace, edition)
        )
        # Read back from where it lies now: sticks lose bytes without saying so.
        _, count, size = check_offline_copy(destination)
    replaced = ""
    for copy_id in filter(None, (older_replaced, older)):
        with suppress(
            CarerStoriesError
        ):  # settled already; or tried again when this one is replaced
            # Only when the new one lies there: until then the older one still exists.
            settle_copy(workspace, copy_id, outcome="replaced", on=today(), role=role)
            replaced = copy_id
    return OfflineCopy(destination, record, count, size, replaced, bundle.left_out)


@contextmanager
def _register_copy(
    workspace: Workspace, bundle: Bundle, destination: Path, *, to: str, role: str
) -> Iterator[Copy]:
    """Enter the copy in the register before anybody can carry it away; settle a failed one."""
    copy = record_copy(
        workspace,
        [story.page.id for story in bundle.edition.stories],
        medium="stick",
        audience=bundle.edition.audience,
        to=to,
        on=today(),
        role=role,
        until=bundle.edition.until,
        titles={story.page.id: story.page.title for story in bundle.edition.stories},
    )
    try:
        yield copy
    # Ctrl-C too: no copy may stay entered that does not exist.
    except BaseException:
        # If it lies there after all, it exists, and stays entered.
        if _copy_in(destination) != copy.id:
            with suppress(CarerStoriesError):
                settle_copy(workspace, copy.id, outcome="destroyed", on=today(), role=role)
        raise


def _write_top(workspace: Workspace, bundle: Bundle, fresh: Path, record: OfflineRecord) -> None:
    """Write what lies beside the pages, check it as they were, and last list every file."""
    top = fresh / "top"
    with translate_disk_errors(top):
        # In a folder of their own, so that films are not looked through a second time.
        top.mkdir()
    _write(top / ENTRY_PAGE, offline_entry_page(bundle.edition, record.copy))
    _write(top / READ_ME_FILE, offline_read_me(bundle.edition))
    _write(top / RECORD_FILE, struct_file.encode(record).decode())
    hidden = forbidden_content(workspace, set(record.stories))
    # These were not there when the pages were checked.
    check_leaks(top, leak_rules(workspace, bundle, hidden))
    with translate_disk_errors(top):
        for path in list(top.iterdir()):
            path.rename(fresh / path.name)
        top.rmdir()
    lines = [
        f"{sha256_of(path)}  {path.relative_to(fresh).as_posix()}\n" for path in _files_in(fresh)
    ]
    _write(fresh / SUMS_FILE, "".join(lines))


def _copy_in(destination: Path) -> str:
    """Return the number of the copy that lies there, or nothing."""
    with suppress(CarerStoriesError):
        return read_offline_record(destination).copy
    return ""


def _replaced_by_copy_in(destination: Path) -> str:
    with suppress(CarerStoriesError):
        return read_offline_record(destination).replaces
    return ""


def _read_sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / SUMS_FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _not_whole(folder, f"{SUMS_FILE} cannot be read") from None
    pairs = (line.partition("  ") for line in lines)
    return {name: sha for sha, _, name in pairs if name}


def _files_in(folder: Path) -> list[Path]:
    """Return our files: without what computers leave on every stick they meet."""
    paths = []
    for path in sorted(folder.iterdir()):
        if is_left_by_system(path.name):
            continue
        paths += _files_in(path) if path.is_dir() and not path.is_symlink() else [path]
    return paths


def _write(path: Path, words: str) -> None:
    write_atomic(path, words.encode(), mode=0o644)


def _not_whole(folder: Path, why: str) -> Damaged:
    return Damaged(
        f"The copy in {folder} is not whole: {why}.",
        "Do not show it. Make it again: carer-stories site build --offline FOLDER",
    )
