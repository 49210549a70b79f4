"""Take stories down: remove their own files from edition and site at once, before any build.

Only files that bear the story's id are removed; the pages that list it are made again by the build.
The edition's record loses the story here already: the site can then be built from the edition
alone, should the database be beyond reading.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.audience import Audience
from library.core.counting import counted
from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.own_folders import folders_elsewhere, is_unreadable_folder, paths_below
from library.core.removal import RemovalFailure, is_gone, remove
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.records.restore_holds import read_restore_holds
from library.records.withdrawal_notes import read_withdrawal_notes
from publish import themes
from publish.build_receipt import files_listed
from publish.edition import ReleasedStory, audience_of, read_edition
from publish.reconciliation.stamp import build_leftovers, note_led_to
from publish.training.published import limit_plans


def published_files(workspace: Workspace, story_id: str) -> list[Path]:
    """Return paths in edition and site that bear the story's id: its page, its folder of media."""
    with contextlib.suppress(OSError):
        return [
            path
            for folder in published_folders(workspace)
            for path in sorted(_paths_named(folder, story_id))
        ]
    return []


def take_down(
    workspace: Workspace, withdrawal: Withdrawal
) -> tuple[list[Path], list[RemovalFailure]]:
    """Remove a withdrawn story's own files and its lines in the edition's record.

    Any other story that was withdrawn since leaves the record as well. Returns what was removed and
    what the disk would not let go. Never raises for either.
    """
    own = published_files(workspace, withdrawal.story)
    released = _released_hashes(workspace)
    # Files first: they are public, and the record only serves the next build.
    refused = [refusal for path in own for refusal in _remove_own(workspace, path, released)]
    with contextlib.suppress(CarerStoriesError):
        _drop_withdrawn(workspace, withdrawal)
    return [path for path in own if is_gone(path)], refused


def take_down_stories(
    workspace: Workspace, story_ids: Collection[str]
) -> tuple[list[Path], list[RemovalFailure]]:
    """Remove these stories' own files and their lines in the edition's record, as `take_down`."""
    own = [path for story_id in story_ids for path in published_files(workspace, story_id)]
    released = _released_hashes(workspace)
    refused = [refusal for path in own for refusal in _remove_own(workspace, path, released)]
    with contextlib.suppress(CarerStoriesError):
        _trim_edition(workspace, lambda story, _audience: story.page.id in story_ids)
    return [path for path in own if is_gone(path)], refused


def _released_hashes(workspace: Workspace) -> frozenset[str]:
    # What a build made beside them holds their words too: captions as a script, a handout.
    hashes = set((files_listed(workspace) or {}).values())
    with contextlib.suppress(CarerStoriesError):
        stories = read_edition(workspace).stories
        hashes.update(sha256 for story in stories for sha256 in story.files.values())
    return frozenset(hashes)


def _remove_own(
    workspace: Workspace, path: Path, released: Collection[str]
) -> list[RemovalFailure]:
    """Remove a story's own file or folder; of a link, first the released files that it leads to.

    Nothing else there is touched, for it need not be ours: it is named instead.
    """
    if not path.is_symlink():
        return remove(path)
    target = path.resolve()
    failures = [
        refusal
        for child in _files_of(target)
        if _hash_or_empty(child) in released
        for refusal in remove(child)
    ]
    if left := _files_of(target):
        # The link is gone after this: who looks later must still know where it led.
        note_led_to(workspace, target)
        failures.append(
            RemovalFailure(path, f"it led to {target}, where {counted(len(left), 'file')} lie")
        )
    return [*failures, *remove(path)]


def _files_of(target: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [child for child in sorted(target.iterdir()) if child.is_file()]
    return [target] if target.is_file() else []


def _hash_or_empty(path: Path) -> str:
    with contextlib.suppress(CarerStoriesError):
        return sha256_of(path)
    return ""


def remove_leftovers(workspace: Workspace) -> list[RemovalFailure]:
    """Remove what killed builds left beside edition and site. The caller holds the build's lock."""
    return [refusal for path in build_leftovers(workspace) for refusal in remove(path)]


def published_folders(workspace: Workspace) -> list[Path]:
    """Return edition, site, and what a killed build left of either."""
    folders = [workspace.edition, workspace.public, *build_leftovers(workspace)]
    return [folder for folder in folders if not is_gone(folder)]


def _paths_named(folder: Path, story_id: str) -> Iterator[Path]:
    for path in paths_below(folder):
        if story_id not in path.name:
            continue
        # cs-4k7m2q9 is another story; and of a folder that is removed, its files need no naming.
        after_id = path.name.partition(story_id)[2]
        parent = path.parent.relative_to(folder).as_posix()
        if not after_id[:1].isalnum() and story_id not in parent:
            yield path


def remove_published(
    workspace: Workspace, story_ids: Collection[str]
) -> tuple[RemovalFailure, ...]:
    """Remove edition and site; of a folder that leads elsewhere the files that name the stories.

    Removing a link would leave all that it leads to, and not everything there need be ours.
    """
    failures: list[RemovalFailure] = []
    elsewhere = {folder.name for folder in folders_elsewhere(workspace)}
    for folder in published_folders(workspace):
        name = folder.relative_to(workspace.root).as_posix()
        if any(f"{path}/".startswith(f"{name}/") for path in elsewhere) or folder.is_symlink():
            naming = [path for path in files_naming(workspace, story_ids) if folder in path.parents]
            failures += [refusal for path in naming for refusal in remove(path)]
        else:
            failures += remove(folder)
    return tuple(failures)


def files_naming(workspace: Workspace, story_ids: Collection[str]) -> list[Path]:
    """Return the files of edition and site in whose name or text one of the ids stands.

    A file or folder that cannot be read counts: it may hold one.
    """
    needles = [story_id.encode() for story_id in story_ids]

    def is_naming(path: Path) -> bool:
        if is_unreadable_folder(path):
            return True
        # Not of Path: it raises for what another account lets nobody look at.
        return os.path.isfile(path) and (  # noqa: PTH113
            any(story_id in path.name for story_id in story_ids)
            or (path.suffix in _TEXT_SUFFIXES and _holds_any(path, needles))
        )

    return [
        path
        for folder in published_folders(workspace)
        for path in (folder, *paths_below(folder))
        if is_naming(path)
    ]


_TEXT_SUFFIXES = {".html", ".json", ".js", ".txt", ".xml", ".vtt", ".css"}


def _holds_any(path: Path, needles: list[bytes]) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return True
    return any(needle in data for needle in needles)


def _drop_withdrawn(workspace: Workspace, withdrawal: Withdrawal) -> None:
    """Drop this story, and any other withdrawn or held since, from the edition's record."""
    withdrawals = [*read_withdrawal_notes(workspace), withdrawal]
    held = {hold.story for hold in read_restore_holds(workspace)}
    _trim_edition(
        workspace,
        lambda story, audience: (
            story.page.id in held
            or any(each.story == story.page.id and each.covers(audience) for each in withdrawals)
        ),
    )


def _trim_edition(
    workspace: Workspace, is_refused: Callable[[ReleasedStory, Audience], bool]
) -> None:
    """Drop the refused stories from the edition's record. Never adds one."""
    edition = read_edition(workspace)
    audience = audience_of(edition)
    stories = tuple(story for story in edition.stories if not is_refused(story, audience))
    if len(stories) < len(edition.stories):
        left = {story.page.id for story in stories}
        trimmed = msgspec.structs.replace(
            edition,
            stories=stories,
            plans=limit_plans(edition.plans, left),
            themes=themes.limit_themes(edition.themes, left),
        )
        struct_file.save(workspace.edition_record, trimmed)
