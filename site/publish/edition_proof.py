"""Proof that the edition still says what it said when it was built, piece by piece.

Where the records cannot be read, the site is made from the edition alone, and `edition.json` is a
file that anybody here could have edited. So each build leaves the hash of every piece of it (each
story, plan and theme, the words about the library) in `receipts/edition-pieces.json`, and the hash
of that list in the log and in its receipt. A piece that is not in it is not shown.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping

import msgspec

from films.page_text import StoryPage
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.settings import load_settings
from library.core.workspace import Workspace
from library.records.cut import read_cut
from publish.build_receipt import BuildProof, pieces_listed, proof_of_last_build
from publish.edition import Edition, LibraryWords, ReleasedStory, library_words
from publish.themes import limit_themes
from publish.training.published import limit_plans


def pieces_of(edition: Edition) -> dict[str, str]:
    """Return the SHA-256 of each piece of an edition."""
    pieces = {f"story {story.page.id}": _hash(story) for story in edition.stories}
    pieces |= {f"plan {plan.id}": _hash(plan) for plan in edition.plans}
    pieces |= {f"theme {number}": _hash(theme) for number, theme in enumerate(edition.themes)}
    return {**pieces, "library": _hash(edition.library)}


def proved(workspace: Workspace, edition: Edition) -> Edition:
    """Return the edition with those of its pieces alone that are as they were built."""
    built = proof_of_last_build(workspace)
    if _is_whole(workspace, built):
        return edition
    stories = tuple(story for story in edition.stories if _is_proved(workspace, built, story))
    known = set((pieces_listed(workspace, built) or {}).values())
    ids = {story.page.id for story in stories}
    return msgspec.structs.replace(
        edition,
        audience=built.audience or edition.audience,
        library=_library(workspace, edition, known),
        stories=stories,
        plans=limit_plans(tuple(plan for plan in edition.plans if _hash(plan) in known), ids),
        themes=limit_themes(tuple(theme for theme in edition.themes if _hash(theme) in known), ids),
    )


def unproved_stories(workspace: Workspace, stories: Mapping[str, ReleasedStory]) -> frozenset[str]:
    """Return the stories of which the edition does not say what it said when it was built."""
    built = proof_of_last_build(workspace)
    if _is_whole(workspace, built):
        return frozenset()
    return frozenset(
        story_id for story_id, story in stories.items() if not _is_proved(workspace, built, story)
    )


def is_as_cut(workspace: Workspace, story: ReleasedStory) -> bool:
    """Return True where the edition's words and files of a story are those of its cut."""
    folder = workspace.story(story.page.id)
    cut = read_cut(folder.cut)
    page = struct_file.load_if_readable(folder.page, StoryPage)
    released = {
        name: sha256
        for name, sha256 in (cut.artefacts if cut else {}).items()
        if name != folder.page.name
    }
    return story.page == page and story.files == released


def _is_whole(workspace: Workspace, built: BuildProof) -> bool:
    with contextlib.suppress(CarerStoriesError):
        return bool(built.edition) and sha256_of(workspace.edition_record) == built.edition
    return False


def _is_proved(workspace: Workspace, built: BuildProof, story: ReleasedStory) -> bool:
    listed = pieces_listed(workspace, built)
    if listed is not None:
        return listed.get(f"story {story.page.id}") == _hash(story)
    # A build of an earlier version left no list: then the story's own folder must say the same.
    with contextlib.suppress(CarerStoriesError):
        folder = workspace.story(story.page.id)
        cut = read_cut(folder.cut)
        return (
            cut is not None
            and cut.hash == story.cut
            and cut.artefacts.get(folder.page.name) == sha256_of(folder.page)
            and is_as_cut(workspace, story)
        )
    return False


def _library(workspace: Workspace, edition: Edition, known: set[str]) -> LibraryWords:
    if _hash(edition.library) in known:
        return edition.library
    with contextlib.suppress(CarerStoriesError):
        return library_words(load_settings(workspace))
    return LibraryWords(title="Carer Stories", trust="Our trust")


def _hash(piece: msgspec.Struct) -> str:
    return hashlib.sha256(msgspec.json.encode(piece)).hexdigest()
