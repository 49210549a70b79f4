"""Collect the fingerprints of a story from every source that can still be read.

A source that is broken is left out: the others hold most of the same words and hashes. Nothing
here raises for it, since a withdrawal must go on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import msgspec

from capture.recording.originals import read_manifest
from films.page_text import StoryPage
from library.consent.erasure import NEUTRAL_TITLE
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from library.records import audit_log
from library.records.consent import Approval, Release
from library.records.cut import read_cut
from library.records.people import Person
from library.records.store import Store
from library.records.story import Story
from library.workspace_template import template
from publish.edition import ReleasedStory, read_edition
from publish.leaks.readings import decode_escapes, fold
from stewardship.withdrawal.residue import Fingerprints, Phrase, phrases_of
from transcribe.formats.caption_files import read_captions

MEDIA = (".mp4", ".m4a", ".jpg")
"""Only media are known by their hash: two stories’ chapters may well be the same few lines."""
PAGE_RENDERERS = Path(str(files("publish.render")))
"""Our own templates and Python: words on every library's pages are nobody's in particular."""
_WRITTEN = {".md", ".html", ".yml", ".js", ".css", ".svg", ".py"}


def collect_fingerprints(workspace: Workspace, story_id: str) -> Fingerprints:
    """Return the fingerprints of a story as it is, and as records and log say it was."""
    folder = workspace.story(story_id)
    phrases = _page_file_phrases(folder.page) | _caption_phrases(folder.root)
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
    others = (story for story in _edition_stories(workspace) if story.page.id != story_id)
    return frozenset(sha256 for story in others for sha256 in story.files.values())


def _edition_stories(workspace: Workspace) -> tuple[ReleasedStory, ...]:
    with contextlib.suppress(CarerStoriesError, OSError):
        return read_edition(workspace).stories
    return ()


def _from_edition(workspace: Workspace, story_id: str) -> Fingerprints:
    fingerprints = Fingerprints(story_id)
    for story in _edition_stories(workspace):
        if story.page.id == story_id:
            media, cut = _hashes_of_media(story.files.items()), frozenset({story.cut})
            fingerprints = fingerprints.merged_with(
                Fingerprints(story_id, media, cut, _page_phrases(story.page))
            )
    captions = _caption_phrases(workspace.edition / "stories" / story_id)
    return fingerprints.merged_with(Fingerprints(story_id, phrases=captions))


def _page_file_phrases(path: Path) -> frozenset[Phrase]:
    page = struct_file.load_if_readable(path, StoryPage)
    return _page_phrases(page) if page else frozenset()


def _page_phrases(page: StoryPage) -> frozenset[Phrase]:
    paragraphs = [paragraph.text for chapter in page.chapters for paragraph in chapter.paragraphs]
    return _title_phrases(page.title, page.contributor) | _spoken_phrases(
        page.summary, page.content_note, *paragraphs
    )


def _caption_phrases(folder: Path) -> frozenset[Phrase]:
    """Return the phrases of the film’s own captions, and of those in other languages."""
    with contextlib.suppress(OSError):
        return frozenset().union(*map(_caption_file_phrases, sorted(folder.glob("captions*.vtt"))))
    return frozenset()


def _caption_file_phrases(path: Path) -> frozenset[Phrase]:
    """Return phrases of each turn: what is copied from captions need not end where a cue does.

    Not over the end of a turn: a question and the word after it are on other pages too.
    """
    with contextlib.suppress(CarerStoriesError, OSError):
        turns = groupby(read_captions(path), key=lambda cue: cue.speaker)
        return _spoken_phrases(*(" ".join(cue.text for cue in turn) for _, turn in turns))
    return frozenset()


def _from_records(workspace: Workspace, story_id: str) -> Fingerprints:
    with contextlib.suppress(CarerStoriesError):
        snapshot = Store(workspace.database).read()
        story = snapshot.find(Story, story_id)
        signed: list[Release | Approval] = [
            *snapshot.of_story(Release, story_id),
            *snapshot.of_story(Approval, story_id),
        ]
        people = _spoken_phrases(*(person.told for person in snapshot.of_story(Person, story_id)))
        words = _record_phrases(story) if story else frozenset()
        cuts = frozenset(record.cut for record in signed)
        return Fingerprints(story_id, cuts=cuts, phrases=words | people)
    return Fingerprints(story_id)


def _record_phrases(story: Story) -> frozenset[Phrase]:
    # After an erasure that was broken off it stands in the place of the title.
    title = story.title if story.title != NEUTRAL_TITLE else ""
    return _title_phrases(title, story.contributor) | _spoken_phrases(
        story.summary, story.content_note
    )


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


def _title_phrases(*texts: str) -> frozenset[Phrase]:
    return frozenset().union(*(phrases_of(text, "title") for text in texts))


def _spoken_phrases(*texts: str) -> frozenset[Phrase]:
    return frozenset().union(*(phrases_of(text) for text in texts))


# Words that others use as well


def common_text(workspace: Workspace, story_id: str) -> bytes:
    """Return all words that are not only the story’s own, folded.

    From other stories, the question sets, and the pages and templates of every library.
    """
    texts = _texts_of_others(workspace, story_id)
    return b"".join(fold(decode_escapes(text)).spaced for text in texts)


def _texts_of_others(workspace: Workspace, story_id: str) -> Iterator[str]:
    with contextlib.suppress(CarerStoriesError):
        for story in Store(workspace.database).read().all(Story):
            if story.id != story_id:
                yield " . ".join(
                    (story.title, story.contributor, story.summary, story.content_note)
                )
    for released in _edition_stories(workspace):
        if released.page.id != story_id:
            yield msgspec.json.encode(released.page).decode()
    for folder in sorted(workspace.stories.glob("cs-*")):
        if folder.name != story_id:
            yield from _file_texts([folder / "page.json"])
            yield _caption_text(folder / "captions.vtt")
    yield from _file_texts(sorted(workspace.questions.glob("*.yml")))
    new_library = template()
    folders = [PAGE_RENDERERS]
    # In a clone of the project editors write where the template lies: their pages are not ours.
    if new_library.root != workspace.root:
        folders += [new_library.content, new_library.overrides, new_library.assets]
    for folder in folders:
        yield from _file_texts(
            path for path in sorted(folder.rglob("*")) if path.suffix in _WRITTEN
        )


def _file_texts(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with contextlib.suppress(OSError):
            yield path.read_bytes().decode("utf-8", "replace")


def _caption_text(captions: Path) -> str:
    with contextlib.suppress(CarerStoriesError, OSError):
        return " ".join(cue.text for cue in read_captions(captions))
    return ""
