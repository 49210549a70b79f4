"""Remove a story's own files from the edition and the site at once, before anything is built.

Only files that bear the story's id are removed; the pages that list it are made again by the build.
The edition's record loses the story here already: the site can then be built from the edition
alone, should the database be beyond reading.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.errors import CarerStoriesError
from library.core.removal import RemovalFailure, remove
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.records.withdrawal_notes import read_withdrawal_notes
from publish import themes
from publish.edition import ReleasedStory, read_edition
from publish.training.published import limit_plans


def own_files(workspace: Workspace, story_id: str) -> list[Path]:
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
    """Remove the story's own files and its lines in the edition's record.

    Returns what was removed and what the disk would not let go. Never raises for either.
    """
    own = own_files(workspace, withdrawal.story)
    # Files first: they are public, and the record only serves the next build.
    refused = [refusal for path in own for refusal in remove(path)]
    with contextlib.suppress(CarerStoriesError):
        _trim_edition(workspace, withdrawal)
    return [path for path in own if not path.exists()], refused


def remove_leftovers(workspace: Workspace) -> list[RemovalFailure]:
    """Remove what killed builds left beside edition and site. The caller holds the build's lock."""
    return [refusal for path in leftovers(workspace) for refusal in remove(path)]


def leftovers(workspace: Workspace) -> list[Path]:
    """Return the folders that killed builds left beside edition and site."""
    paths = [
        folder.with_name(f"{folder.name}.{suffix}")
        for folder in (workspace.edition, workspace.public)
        for suffix in ("new", "old")
    ]
    return [path for path in paths if path.exists()]


def published_folders(workspace: Workspace) -> list[Path]:
    """Return edition, site, and what a killed build left of either."""
    folders = [workspace.edition, workspace.public, *leftovers(workspace)]
    return [folder for folder in folders if folder.exists()]


def _paths_named(folder: Path, story_id: str) -> Iterator[Path]:
    for path in folder.rglob(f"*{story_id}*"):
        # cs-4k7m2q9 is another story; and of a folder that is removed, its files need no naming.
        after_id = path.name.partition(story_id)[2]
        parent = path.parent.relative_to(folder).as_posix()
        if not after_id[:1].isalnum() and story_id not in parent:
            yield path


def _trim_edition(workspace: Workspace, withdrawal: Withdrawal) -> None:
    """Drop this story, and any other withdrawn since, from the edition's record. Never adds one."""
    edition = read_edition(workspace)
    # An unknown audience counts as the widest: every withdrawal covers that.
    has_audience = edition.audience in AUDIENCE_WORDS
    audience = Audience.from_word(edition.audience) if has_audience else Audience.PUBLIC
    withdrawals = [*read_withdrawal_notes(workspace), withdrawal]

    def is_withdrawn(story: ReleasedStory) -> bool:
        return any(each.story == story.page.id and each.covers(audience) for each in withdrawals)

    stories = tuple(story for story in edition.stories if not is_withdrawn(story))
    if len(stories) < len(edition.stories):
        left = {story.page.id for story in stories}
        trimmed = msgspec.structs.replace(
            edition,
            stories=stories,
            plans=limit_plans(edition.plans, left),
            themes=themes.limit_themes(edition.themes, left),
        )
        struct_file.save(workspace.edition_record, trimmed)
