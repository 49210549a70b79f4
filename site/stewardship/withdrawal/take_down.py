"""Taking a story's own files out of the edition and the site, at once, without making them anew.

Only what bears the story's id is taken away; the pages that list it are made again by the press.
The edition's record loses the story here already: the site can then be made from the edition alone,
should the database be beyond reading.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.errors import CarerStoriesError
from library.core.removal import Refused, remove
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.records.withdrawal_notes import read_notes
from publish import themes
from publish.edition import ReleasedStory, read_edition
from publish.training.published import limit_plans


def own_files(workspace: Workspace, story_id: str) -> list[Path]:
    """What in edition and site is named for the story: its page, its folder of media."""
    with contextlib.suppress(OSError):
        return [path for place in sites(workspace) for path in sorted(_named(place, story_id))]
    return []


def take_down(workspace: Workspace, withdrawal: Withdrawal) -> tuple[list[Path], list[Refused]]:
    """Remove the story's own files and its lines in the edition's record.

    Returns what was taken away and what the disk would not let go. Never raises for either.
    """
    own = own_files(workspace, withdrawal.story)
    refused = [one for path in own for one in remove(path)]
    with contextlib.suppress(CarerStoriesError):
        _trim_edition(workspace, withdrawal)
    return [path for path in own if not path.exists()], refused


def remove_leftovers(workspace: Workspace) -> list[Refused]:
    """What killed builds left beside edition and site. The caller holds the press."""
    return [one for place in leftovers(workspace) for one in remove(place)]


def leftovers(workspace: Workspace) -> list[Path]:
    beside = [
        place.with_name(f"{place.name}.{kind}")
        for place in (workspace.edition, workspace.public)
        for kind in ("new", "old")
    ]
    return [place for place in beside if place.exists()]


def sites(workspace: Workspace) -> list[Path]:
    """Edition, site, and what a killed build left of either."""
    places = [workspace.edition, workspace.public, *leftovers(workspace)]
    return [place for place in places if place.exists()]


def _named(place: Path, story_id: str) -> Iterator[Path]:
    for path in place.rglob(f"*{story_id}*"):
        rest = path.name.partition(story_id)[2]
        if not rest[:1].isalnum() and story_id not in path.parent.relative_to(place).as_posix():
            yield path


def _trim_edition(workspace: Workspace, withdrawal: Withdrawal) -> None:
    """Less this story, and any other that was taken back since: only ever fewer than before."""
    edition = read_edition(workspace)
    known = edition.audience in AUDIENCE_WORDS
    audience = Audience.from_word(edition.audience) if known else Audience.PUBLIC
    taken_back = [*read_notes(workspace), withdrawal]

    def stays(shown: ReleasedStory) -> bool:
        return not any(one.story == shown.page.id and one.covers(audience) for one in taken_back)

    stories = tuple(one for one in edition.stories if stays(one))
    if len(stories) < len(edition.stories):
        left = {one.page.id for one in stories}
        trimmed = msgspec.structs.replace(
            edition,
            stories=stories,
            plans=limit_plans(edition.plans, left),
            themes=themes.limit_themes(edition.themes, left),
        )
        struct_file.save(workspace.edition_record, trimmed)
