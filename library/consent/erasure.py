"""Erase a story for good: its files, its words in the records, and its contributor.

What stays is what was decided and when: ids, dates, roles and hashes, in records, notes, log and
receipt. Every step can be broken off by a `kill -9` and is finished by doing it again: that it was
asked for is noted first, and every step takes away whatever is left, however much that is.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

import msgspec

from library.consent.contributors import forget_contributor
from library.consent.safeguarding import require_no_hold
from library.core import files
from library.core.clock import now
from library.core.errors import CarerStoriesError, NoRoom
from library.core.removal import RemovalFailure, remove
from library.core.workspace import STORY_ID, Workspace, is_named_after
from library.records.copies import Copy
from library.records.kept_fingerprints import fingerprint_path
from library.records.ledger import Ledger
from library.records.people import Person, without_notes
from library.records.store import Changes, Store
from library.records.story import Story
from library.records.withdrawal_notes import (
    Erasure,
    read_erasure,
    read_erasures,
    write_erasure_note,
)

NEUTRAL_TITLE = "Withdrawn story"
NOT_KEPT = "not kept"
"""In the place of what the register said of somebody."""
_BEING_ERASED = ".erasing-"


def request_erasure(workspace: Workspace, story_id: str, asked_by: str) -> Erasure:
    """Note that the story is to be erased, before anything of it is. Raises NoRoom, DiskFailed.

    A full disk is no reason not to make room on it: the erasure is then only not noted.
    """
    before = read_erasure(workspace, story_id)
    if before:
        return before
    erasure = Erasure(story=story_id, asked=now(), asked_by=asked_by)
    with contextlib.suppress(NoRoom):
        write_erasure_note(workspace, erasure)
    return erasure


def erase_files(workspace: Workspace, story_id: str) -> list[RemovalFailure]:
    """Remove the story's folder and what was printed or gathered for it; returns what would not go.

    The folder loses its name first: whoever is still at work in it (an import, a film) finds
    nowhere to put a result, and everybody else sees a story without any file at once.
    Raises NotAllowed under a legal hold, Damaged where it cannot be told whether one stands.
    """
    require_no_hold(workspace, (story_id,))
    folder = workspace.story(story_id).root
    aside = workspace.stories / f"{_BEING_ERASED}{story_id}"
    # One rename takes the folder from everybody at once; removing it file by file would not.
    refused = remove(aside)  # what an erasure that was broken off left
    with contextlib.suppress(OSError):
        files.system.replace(folder, aside)
        files.fsync_folder(workspace.stories)
    # The folder itself too, where it could not be renamed.
    for path in (folder, aside, *_files_outside_folder(workspace, story_id)):
        refused += remove(path)
    return list(dict.fromkeys(refused))


def _files_outside_folder(workspace: Workspace, story_id: str) -> Iterator[Path]:
    """Yield files outside the story's folder that carry its id."""
    # What may be kept of it after the erasure lies under another name.
    yield fingerprint_path(workspace, story_id)
    # Its words, as the search of the site has them.
    yield from sorted(workspace.search_indexes.glob(f"{story_id}.*"))
    for folder in (workspace.exports, workspace.printed):
        with contextlib.suppress(OSError):
            yield from sorted(path for path in folder.iterdir() if story_id in path.name)
            # Among others, in an export of the whole library.
            yield from sorted(folder.glob(f"*/{story_id}"))
    # They name it by its title; for copies that are still out new ones are written.
    yield from sorted(workspace.receipts.glob(f"message-{story_id}-*"))
    yield from folder_copies(workspace, story_id)
    for folder in workspace.migrations:
        yield from sorted(folder.glob(f"*/stories/{story_id}"))
    # Of pictures in pages, which may be of the story; it is made again of those that are left.
    # So is what was read of every story's folder.
    for path in (workspace.written_pictures, workspace.known_folders):
        if path.exists():
            yield path


def folder_copies(workspace: Workspace, story_id: str) -> list[Path]:
    """Return what lies beside the story's folder under a name that has its id in it.

    Whoever copies a folder by hand leaves `cs-4k7m2q - Copy` there, and a program that keeps the
    folders of two computers alike `cs-4k7m2q (conflicted copy)`. Another story is none of them.
    """
    others = recorded_stories(workspace)
    with contextlib.suppress(OSError):
        return sorted(
            path
            for path in workspace.stories.iterdir()
            if path.name != story_id
            and is_named_after(path.name, story_id)
            and not (path.name in others if others is not None else STORY_ID.match(path.name))
        )
    return []


def recorded_stories(workspace: Workspace) -> set[str] | None:
    """Return the ids of the stories in the records; None where these cannot be read."""
    with contextlib.suppress(CarerStoriesError):
        return {story.id for story in Store(workspace.database).read().all(Story)}
    return None


def erase_records(
    workspace: Workspace,
    story_id: str,
    role: str,
    without_words: Callable[[str], str] | None = None,
) -> None:
    """Forget who told it if it was their last story, and every word the records hold of it.

    `without_words` returns a line without words of the story, since whoever has a copy may be named
    by them, as may a folder; by itself this looks for its title alone. Earlier generations of the
    database go with them. Raises as `Ledger.update` does, and then nothing is forgotten, or only
    the contributor.
    """
    require_no_hold(workspace, (story_id,))
    ledger = Ledger(workspace)
    # The private database first: broken off here, the story still says that it is to be erased.
    forget_contributor(workspace, story_id, role=role)
    with ledger.update("erase", story_id, role) as changes:
        _forget_words(changes, story_id, without_words)
    # Behind the change: gone before it, there would be nothing to go back to if it failed.
    ledger.forget_generations()


def _forget_words(
    changes: Changes, story_id: str, without_words: Callable[[str], str] | None
) -> None:
    story = changes.get(Story, story_id)
    titles = {story.title, *(copy.titles.get(story_id, "") for copy in changes.all(Copy))}
    without_words = without_words or partial(_without_titles, titles - {NEUTRAL_TITLE})
    if _has_words(story):
        changes.erase(_without_words(story))
    for person in changes.of_story(Person, story_id):
        forgotten = msgspec.structs.replace(without_notes(person), relation=NOT_KEPT, told="")
        if person != forgotten:
            changes.erase(forgotten)
    for copy in changes.all(Copy):
        forgotten_copy = msgspec.structs.replace(
            copy.without_title(story_id),
            to=without_words(copy.to),
            place=without_words(copy.place),
        )
        if copy != forgotten_copy:
            changes.erase(forgotten_copy)


def _without_titles(titles: Collection[str], line: str) -> str:
    for words in map(re.compile(r"[^\W_]+").findall, titles):
        # One word stands everywhere.
        if len(words) > 1:
            title = r"[\W_]+".join(map(re.escape, words))
            line = re.sub(rf"(?<![^\W_]){title}(?![^\W_])", "…", line, flags=re.IGNORECASE)
    return line


def _without_words(story: Story) -> Story:
    return Story(id=story.id, title=NEUTRAL_TITLE, questions=story.questions, created=story.created)


def unfinished_erasures(workspace: Workspace) -> tuple[str, ...]:
    """Stories that are to be erased and are not, or are there again: a backup was put back.

    Raises as `Ledger.read` does.
    """
    snapshot = Ledger(workspace).read()
    return tuple(
        erasure.story
        for erasure in read_erasures(workspace)
        if not erasure.done
        or workspace.story(erasure.story).root.exists()
        or _has_words(snapshot.find(Story, erasure.story))
    )


def erased_and_back(workspace: Workspace, erased_by_log: Collection[str]) -> tuple[str, ...]:
    """Return the erased stories whose folder is there again: somebody put it back by hand.

    `erased_by_log` are those of which the log says so; a note may have been deleted.
    """
    done = {erasure.story for erasure in read_erasures(workspace) if erasure.done}
    return tuple(
        story_id
        for story_id in sorted({*done, *erased_by_log})
        if workspace.story(story_id).root.exists()
    )


def _has_words(story: Story | None) -> bool:
    return story is not None and story != _without_words(story)


def finish_erasure(workspace: Workspace, erasure: Erasure) -> Erasure:
    """Note that nothing of the story is left. Raises NoRoom, DiskFailed."""
    done = msgspec.structs.replace(erasure, done=erasure.done or now())
    write_erasure_note(workspace, done)
    return done
