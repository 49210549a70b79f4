"""Gathering what a story is known by, from wherever it is still to be read.

Nothing here fails: a source that is broken tells nothing, and the others tell the more.
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
from stewardship.withdrawal.residue import Phrase, Telltales, phrases_of

MEDIA = (".mp4", ".m4a", ".jpg")
"""Only media are told by their hash: two stories’ chapters may well be the same few lines."""
PAGE_RENDERERS = Path(str(files("publish.render")))
"""Our own templates and Python: words in every library's pages are no trace of one story."""
_WRITTEN = {".md", ".html", ".yml", ".js", ".css", ".svg", ".py"}


def telltales_of(workspace: Workspace, story_id: str) -> Telltales:
    """All by which the story is known today, and by which records and log say it was known."""
    folder = workspace.story(story_id)
    said = _in_page(folder.page) | _in_all_captions(folder.root)
    known = Telltales(story_id, _media_of(folder), phrases=said)
    for source in (_in_edition, _on_record, _in_log):
        known = known.and_of(source(workspace, story_id))
    return replace(known, media=known.media - _media_of_others(workspace, story_id))


def _media_of(folder: StoryFolder) -> frozenset[str]:
    """As listed when they were made; where no list can be read, as they are."""
    found: set[str] = set()
    with contextlib.suppress(CarerStoriesError, OSError):
        manifest = read_manifest(folder)
        found.update(manifest.checksums.values()) if manifest else None
    try:
        cut = read_cut(folder.cut)
        found.update(_media_in(cut.artefacts.items()) if cut else ())
    except (CarerStoriesError, OSError):
        for path in (folder.film, folder.audio, folder.poster):
            with contextlib.suppress(CarerStoriesError):
                found.add(sha256_of(path))
    with contextlib.suppress(CarerStoriesError):
        found.add(sha256_of(folder.preview))
    return frozenset(found)


def _media_in(files: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(sha for name, sha in files if name.endswith(MEDIA))


def _media_of_others(workspace: Workspace, story_id: str) -> frozenset[str]:
    """What another story of the edition was released with as well is no trace of this one."""
    others = (one for one in _stories_shown(workspace) if one.page.id != story_id)
    return frozenset(sha for one in others for sha in one.files.values())


def _stories_shown(workspace: Workspace) -> tuple[ReleasedStory, ...]:
    with contextlib.suppress(CarerStoriesError, OSError):
        return read_edition(workspace).stories
    return ()


def _in_edition(workspace: Workspace, story_id: str) -> Telltales:
    known = Telltales(story_id)
    for shown in _stories_shown(workspace):
        if shown.page.id == story_id:
            media, cut = _media_in(shown.files.items()), frozenset({shown.cut})
            known = known.and_of(Telltales(story_id, media, cut, _on_page(shown.page)))
    shown_there = workspace.edition / "stories" / story_id
    return known.and_of(Telltales(story_id, phrases=_in_all_captions(shown_there)))


def _in_page(path: Path) -> frozenset[Phrase]:
    page = struct_file.load_if_readable(path, StoryPage)
    return _on_page(page) if page else frozenset()


def _on_page(page: StoryPage) -> frozenset[Phrase]:
    paragraphs = [one.text for chapter in page.chapters for one in chapter.paragraphs]
    return _named(page.title, page.contributor) | _said(
        page.summary, page.content_note, *paragraphs
    )


def _in_all_captions(folder: Path) -> frozenset[Phrase]:
    """The film’s own, and those in other languages."""
    with contextlib.suppress(OSError):
        return frozenset().union(*map(_in_captions, sorted(folder.glob("captions*.vtt"))))
    return frozenset()


def _in_captions(path: Path) -> frozenset[Phrase]:
    """A text for each turn: what is copied from captions need not end where a cue does.

    Not over the end of a turn: a question and the word after it are on other pages too.
    """
    from transcribe.formats.caption_files import read_captions

    with contextlib.suppress(CarerStoriesError, OSError):
        turns = groupby(read_captions(path), key=lambda cue: cue.speaker)
        return _said(*(" ".join(cue.text for cue in turn) for _, turn in turns))
    return frozenset()


def _on_record(workspace: Workspace, story_id: str) -> Telltales:
    with contextlib.suppress(CarerStoriesError):
        snapshot = Store(workspace.database).read()
        told = snapshot.find(Story, story_id)
        signed: list[Release | Approval] = [
            *snapshot.of(Release, story_id),
            *snapshot.of(Approval, story_id),
        ]
        people = _said(*(person.told for person in snapshot.of(Person, story_id)))
        words = _of_record(told) if told else frozenset()
        cuts = frozenset(one.cut for one in signed)
        return Telltales(story_id, cuts=cuts, phrases=words | people)
    return Telltales(story_id)


def _of_record(told: Story) -> frozenset[Phrase]:
    title = told.title if told.title != NEUTRAL_TITLE else ""
    return _named(title, told.contributor) | _said(told.summary, told.content_note)


def _in_log(workspace: Workspace, story_id: str) -> Telltales:
    """Every original, cut and form that was ever recorded for it, as far as the log is whole."""
    media: set[str] = set()
    cuts: set[str] = set()
    with contextlib.suppress(CarerStoriesError):
        for entry in audit_log.entries(workspace.audit_log):
            if entry.subject == story_id:
                for kind, sha in entry.hashes.items():
                    (cuts if kind == "cut" else media).add(sha)
    return Telltales(story_id, frozenset(media), frozenset(cuts))


def _named(*texts: str) -> frozenset[Phrase]:
    return frozenset().union(*(phrases_of(text, "title") for text in texts))


def _said(*texts: str) -> frozenset[Phrase]:
    return frozenset().union(*(phrases_of(text) for text in texts))


# What others say as well


def said_elsewhere(workspace: Workspace, story_id: str) -> bytes:
    """Folded, all that is not the story’s own: other stories, questions, every library’s pages."""
    return b"".join(fold(decode_escapes(text)).spaced for text in _elsewhere(workspace, story_id))


def _elsewhere(workspace: Workspace, story_id: str) -> Iterator[str]:
    with contextlib.suppress(CarerStoriesError):
        for told in Store(workspace.database).read().all(Story):
            if told.id != story_id:
                yield " . ".join((told.title, told.contributor, told.summary, told.content_note))
    for shown in _stories_shown(workspace):
        if shown.page.id != story_id:
            yield msgspec.json.encode(shown.page).decode()
    for folder in sorted(workspace.stories.glob("cs-*")):
        if folder.name != story_id:
            yield from _texts([folder / "page.json"])
            yield _heard(folder / "captions.vtt")
    yield from _texts(sorted(workspace.questions.glob("*.yml")))
    starts = template()
    ours = [PAGE_RENDERERS]
    if starts.root != workspace.root:  # else editors write where the template lies
        ours += [starts.content, starts.overrides, starts.assets]
    for folder in ours:
        yield from _texts(path for path in sorted(folder.rglob("*")) if path.suffix in _WRITTEN)


def _texts(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with contextlib.suppress(OSError):
            yield path.read_bytes().decode("utf-8", "replace")


def _heard(captions: Path) -> str:
    from transcribe.formats.caption_files import read_captions

    with contextlib.suppress(CarerStoriesError, OSError):
        return " ".join(cue.text for cue in read_captions(captions))
    return ""
