"""Collect the fingerprints of a story from every source that can still be read.

A source that is broken is left out: the others hold most of the same words and hashes. Nothing
here raises for it, since a withdrawal must go on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from capture.recording.originals import read_manifest
from library.consent.erasure import folder_copies
from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from library.records import audit_log
from library.records.consent import Approval, Release
from library.records.cut import read_cut
from library.records.store import Store
from library.records.story import Story
from publish.edition import ReleasedStory, read_edition
from publish.story_words import (
    StoryText,
    caption_text,
    common_words,
    file_texts,
    texts_of_captions,
    texts_of_folder,
    texts_of_page,
    texts_of_records,
)
from stewardship.withdrawal.residue import Fingerprints, Phrase, phrases_of

MEDIA = (".mp4", ".m4a", ".jpg")
"""Only media are known by their hash: two stories’ chapters may well be the same few lines."""


def collect_fingerprints(workspace: Workspace, story_id: str) -> Fingerprints:
    """Return the fingerprints of a story as it is, and as records and log say it was."""
    folder = workspace.story(story_id)
    phrases = _phrases(texts_of_folder(folder))
    fingerprints = Fingerprints(story_id, _media_hashes(folder), phrases=phrases)
    for collect in (_from_edition, _from_records, _from_log):
        fingerprints = fingerprints.merged_with(collect(workspace, story_id))
    # Else a picture that two stories share would be called residue of this one.
    own_media = fingerprints.media - _media_of_other_stories(workspace, story_id)
    return replace(fingerprints, media=own_media)


def _media_hashes(folder: StoryFolder) -> frozenset[str]:
    """Return hashes as listed when the files were made; if no list can be read, as they are."""
    hashes: set[str] = set()
    with contextlib.suppress(CarerStoriesError, OSError):
        manifest = read_manifest(folder)
        hashes.update(manifest.checksums.values() if manifest else ())
    try:
        cut = read_cut(folder.cut)
        hashes.update(_hashes_of_media(cut.artefacts.items()) if cut else ())
    except (CarerStoriesError, OSError):
        # No list can be read, so the films themselves are hashed, which takes longer.
        for path in (folder.film, folder.audio, folder.poster):
            with contextlib.suppress(CarerStoriesError):
                hashes.add(sha256_of(path))
    with contextlib.suppress(CarerStoriesError):
        hashes.add(sha256_of(folder.preview))
    return frozenset(hashes)


def _hashes_of_media(files: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(sha for name, sha in files if name.endswith(MEDIA))


def _media_of_other_stories(workspace: Workspace, story_id: str) -> frozenset[str]:
    """Return hashes that another story of the edition was released with as well."""
    others = (story for story in edition_stories(workspace) if story.page.id != story_id)
    return frozenset(sha256 for story in others for sha256 in story.files.values())


def edition_stories(workspace: Workspace) -> tuple[ReleasedStory, ...]:
    """Return the stories of the edition; none where it cannot be read."""
    with contextlib.suppress(CarerStoriesError, OSError):
        return read_edition(workspace).stories
    return ()


def _from_edition(workspace: Workspace, story_id: str) -> Fingerprints:
    fingerprints = Fingerprints(story_id)
    for story in edition_stories(workspace):
        if story.page.id == story_id:
            media, cut = _hashes_of_media(story.files.items()), frozenset({story.cut})
            fingerprints = fingerprints.merged_with(
                Fingerprints(story_id, media, cut, _phrases(texts_of_page(story.page)))
            )
    captions = _phrases(texts_of_captions(workspace.edition / "stories" / story_id))
    return fingerprints.merged_with(Fingerprints(story_id, phrases=captions))


def _from_records(workspace: Workspace, story_id: str) -> Fingerprints:
    with contextlib.suppress(CarerStoriesError):
        snapshot = Store(workspace.database).read()
        signed: list[Release | Approval] = [
            *snapshot.of_story(Release, story_id),
            *snapshot.of_story(Approval, story_id),
        ]
        cuts = frozenset(record.cut for record in signed)
        phrases = _phrases(texts_of_records(snapshot, story_id))
        return Fingerprints(story_id, cuts=cuts, phrases=phrases)
    return Fingerprints(story_id)


def _from_log(workspace: Workspace, story_id: str) -> Fingerprints:
    """Return every original, cut and form ever logged for it, as far as the log is whole."""
    media: set[str] = set()
    cuts: set[str] = set()
    with contextlib.suppress(CarerStoriesError):
        for entry in audit_log.entries(workspace.audit_log):
            if entry.subject == story_id:
                for kind, sha in entry.hashes.items():
                    (cuts if kind == "cut" else media).add(sha)
    return Fingerprints(story_id, frozenset(media), frozenset(cuts))


def _phrases(texts: Iterable[StoryText]) -> frozenset[Phrase]:
    return frozenset().union(*(phrases_of(text, kind) for kind, text in texts))


# Words that others use as well


def common_text(workspace: Workspace, story_id: str) -> bytes:
    """Return all words that are not only the story’s own, folded.

    From other stories, the question sets, and the pages and templates of every library.
    """
    return common_words(workspace, _texts_of_others(workspace, story_id))


def _texts_of_others(workspace: Workspace, story_id: str) -> Iterator[str]:
    with contextlib.suppress(CarerStoriesError):
        for story in Store(workspace.database).read().all(Story):
            if story.id != story_id:
                yield " . ".join(
                    (story.title, story.contributor, story.summary, story.content_note)
                )
    for released in edition_stories(workspace):
        if released.page.id != story_id:
            yield msgspec.json.encode(released.page).decode()
    own_copies = folder_copies(workspace, story_id)
    for folder in sorted(workspace.stories.glob("cs-*")):
        if folder.name != story_id and folder not in own_copies:
            yield from file_texts([folder / "page.json"])
            yield caption_text(folder / "captions.vtt")
    yield from file_texts(sorted(workspace.questions.glob("*.yml")))
