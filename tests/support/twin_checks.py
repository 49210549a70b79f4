"""Compare the real edition and `status` with those of the naive library."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import msgspec

from films.page_text import StoryPage
from library.consent.story_status import story_statuses
from library.core.audience import Audience
from publish.edition import Edition, build_edition, read_edition
from tests.support.folder_contents import modes_and_bytes
from tests.support.reference_library import NaiveStory
from tests.support.twin_library import NAMES, TwinLibrary


def build(twin: TwinLibrary, audience: str) -> None:
    """The real edition holds what the naive library shows, byte for byte.

    Where records or log cannot be relied on, none is made, and the one before stays as it was.
    """
    before = _files_below(twin.workspace.edition)
    editions_made: list[Edition] = []
    was_made = twin.tried(
        f"the edition for {audience} is built",
        lambda: editions_made.append(build_edition(twin.workspace, Audience.from_word(audience))),
    )
    ought = twin.may_show_anew
    assert was_made == ought, twin.history("Whether to build it was wrong.")
    if not was_made:
        assert _files_below(twin.workspace.edition) == before, twin.history(
            "Another edition stands."
        )
        return
    assert read_edition(twin.workspace) == editions_made[0], twin.history()
    _compare(twin, audience, editions_made[0])


def _compare(twin: TwinLibrary, audience: str, edition: Edition) -> None:
    allowed = {
        story_id: naive
        for story_id, naive in zip(twin.ids, twin.naive, strict=True)
        if not naive.why_not(audience, twin.day)
    }
    shown_stories = {story.page.id: story for story in edition.stories}
    assert sorted(shown_stories) == sorted(allowed), twin.history(
        f"It shows {_names(twin, shown_stories)}, and should show {_names(twin, allowed)}."
    )
    expected: dict[str, bytes] = {}
    for story_id, naive in allowed.items():
        assert naive.written is not None
        signed = naive.written.viewed[-1]
        story = shown_stories[story_id]
        assert story.page == msgspec.json.decode(signed.film["page.json"], type=StoryPage)
        assert story.review == signed.review, twin.history(f"It says: review on {story.review}.")
        assert story.level_of_use == _widest(naive, twin).level_of_use, twin.history(
            f"It tells staff “{story.level_of_use}”."
        )
        for name in NAMES[:-1]:
            expected[f"stories/{story_id}/{name}"] = signed.film[name]
    edition = _files_below(twin.workspace.edition)
    del edition["edition.json"]
    assert edition == expected, twin.history("Its files are not those that were signed off.")


def look(twin: TwinLibrary) -> None:
    """`status` of one story, in turn, names the audiences that the naive library names."""
    n = len(twin.steps) % len(twin.ids)
    naive = twin.naive[n]
    if twin.broken == "database" or naive.written is None:
        return
    (status,) = story_statuses(twin.workspace, twin.ids[n], "trust")
    audiences = [audience.word for audience in status.audiences]
    assert audiences == naive.shown_to(twin.day), twin.history(
        f"`status` says that {naive.name}’s story is shown to: {audiences or 'nobody'}."
    )
    may_be_archived = not naive.why_not_archived(twin.day)
    assert status.archive.is_released == may_be_archived, twin.history(
        f"`status` says of an archive: {status.archive.reasons or 'yes'}."
    )


def _widest(naive: NaiveStory, twin: TwinLibrary) -> Audience:
    return Audience.from_word(naive.shown_to(twin.day)[-1])


def _names(twin: TwinLibrary, ids: Container[str]) -> str:
    names = [naive.name for key, naive in zip(twin.ids, twin.naive, strict=True) if key in ids]
    return " and ".join(names) or "nothing"


def _files_below(folder: Path) -> dict[str, bytes]:
    return {path: data for path, (_, data) in modes_and_bytes(folder).items()}
