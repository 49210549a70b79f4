"""The words of a story, from every file and record that holds them, and the words of everybody.

A withdrawal looks for the words of one story, and every build for those of all stories that may not
be shown: both take them from here. A source that is broken is left out, for the others hold most of
the same words, and nothing here raises for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from films.page_text import StoryPage
from library.consent.erasure import NEUTRAL_TITLE
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import StoryFolder, Workspace
from library.records.people import Person
from library.records.store import Snapshot
from library.records.story import Story
from library.workspace_template import template
from publish.leaks.readings import decode_escapes, fold
from transcribe.formats.caption_files import read_captions

RUN_WORDS = 6
"""Words in a run that is looked for; a run copied from a story is found from 8 words on."""
STRIDE_WORDS = 3
"""Words between the starts of runs. 8 words in a row hold a whole run of 6, wherever they begin."""
MIN_WORDS = {"title": 2, "name": 2, "said": 4}
"""A text of fewer words stands everywhere (“Thank you”)."""
PAGE_RENDERERS = Path(str(files("publish.render")))
"""Our own templates and Python: words on every library's pages are nobody's in particular."""
_TEXT_SUFFIXES = {".md", ".html", ".yml", ".js", ".css", ".svg", ".py"}

Kind = Literal["title", "name", "said"]


class StoryText(NamedTuple):
    """A text of a story: its title, the name it is shown under, or something told."""

    kind: Kind
    text: str


class _Spoken(msgspec.Struct, frozen=True):
    """A word of a transcript: whatever else the file says of it is left out."""

    text: str


class _Turn(msgspec.Struct, frozen=True):
    words: tuple[_Spoken, ...] = ()


class _Transcript(msgspec.Struct, frozen=True):
    words: tuple[_Spoken, ...] = ()
    turns: tuple[_Turn, ...] = ()


def run_starts(words: int) -> list[int]:
    """Return where the runs of a text begin; the last run always, though within a stride."""
    last = max(words - RUN_WORDS, 0)
    return sorted({*range(0, last + 1, STRIDE_WORDS), last})


def texts_of_folder(folder: StoryFolder, *, each_word_once: bool = False) -> Iterator[StoryText]:
    """Yield the texts in a story’s folder: its page, its captions, and words not yet on either.

    With `each_word_once` the captions of the film’s own language are left out where there is a
    page, which has the same words: reading them takes longer than all the rest.
    """
    page = struct_file.load_if_readable(folder.page, StoryPage)
    if page:
        yield from texts_of_page(page)
    yield from texts_of_captions(
        folder.root, but={folder.captions} if page and each_word_once else ()
    )
    for path in (folder.edited, folder.transcript):
        transcript = struct_file.load_if_readable(path, _Transcript)
        for words in [] if transcript is None else [transcript.words, *_turns(transcript)]:
            yield StoryText("said", " ".join(word.text.strip() for word in words))


def _turns(transcript: _Transcript) -> list[tuple[_Spoken, ...]]:
    return [turn.words for turn in transcript.turns]


def texts_of_page(page: StoryPage) -> Iterator[StoryText]:
    """Yield the texts of a story's page."""
    yield StoryText("title", page.title)
    yield StoryText("name", page.contributor)
    paragraphs = [paragraph.text for chapter in page.chapters for paragraph in chapter.paragraphs]
    for text in (page.summary, page.content_note, *paragraphs):
        yield StoryText("said", text)


def texts_of_captions(folder: Path, *, but: Collection[Path] = ()) -> Iterator[StoryText]:
    """Yield the turns of the film’s own captions, and of those in other languages.

    What is copied from captions need not end where a cue does. Not over the end of a turn: a
    question and the word after it are on other pages too.
    """
    with contextlib.suppress(OSError):
        for path in sorted(set(folder.glob("captions*.vtt")).difference(but)):
            with contextlib.suppress(CarerStoriesError, OSError):
                for _, turn in groupby(read_captions(path), key=lambda cue: cue.speaker):
                    yield StoryText("said", " ".join(cue.text for cue in turn))


def texts_of_records(snapshot: Snapshot, story_id: str) -> Iterator[StoryText]:
    """Yield what the records say about a story and the people in it."""
    story = snapshot.find(Story, story_id)
    if story:
        # After an erasure that was broken off it stands in the place of the title.
        yield StoryText("title", story.title if story.title != NEUTRAL_TITLE else "")
        yield StoryText("name", story.contributor)
        yield StoryText("said", story.summary)
        yield StoryText("said", story.content_note)
    for person in snapshot.of_story(Person, story_id):
        yield StoryText("said", person.told)


# Words that others use as well


class CommonTexts:
    """Texts that anybody may use, folded: it is asked whether a run is `in` one of them.

    Each is read when a run is in none of those before it: of the words that pages share with a
    story nearly all are in the first few, and a library has thousands of texts.
    """

    def __init__(self, texts: Iterable[bytes]) -> None:
        self._unread = iter(texts)
        self._read: list[bytes] = []

    def __contains__(self, run: bytes) -> bool:
        if any(run in text for text in self._read):
            return True
        for text in self._unread:
            self._read.append(text)
            if run in text:
                return True
        return False


def common_words(workspace: Workspace, texts: Iterable[str]) -> bytes:
    """Return texts, and those of shipped pages, as one run of folded words.

    In it a run of others is looked for.
    """
    return b"".join(_words_of_each(workspace, texts))


def common_texts(workspace: Workspace, texts: Iterable[str]) -> CommonTexts:
    """Return texts, and those of shipped pages, as folded words one space apart."""
    return CommonTexts(_words_of_each(workspace, texts))


def _words_of_each(workspace: Workspace, texts: Iterable[str]) -> Iterator[bytes]:
    yield from map(_words_of, texts)
    yield from map(_words_of_shipped, texts_of_shipped_pages(workspace))


def _words_of(text: str) -> bytes:
    return fold(decode_escapes(text)).spaced


# The same hundred texts for every story that is taken back, and most of the time one takes.
_words_of_shipped = lru_cache(maxsize=512)(_words_of)


def shown_texts(workspace: Workspace, story_ids: Collection[str]) -> Iterator[str]:
    """Yield the words on the pages of these stories, and all questions asked.

    Questions are taken from the sessions, which keep the set as it was used: a question set itself
    is written by people, and may quote a story.
    """
    for story_id in story_ids:
        folder = workspace.story(story_id)
        yield from file_texts([folder.page])
        yield caption_text(folder.captions)
    yield from file_texts(sorted(workspace.stories.glob("cs-*/session.json")))
    if template().root != workspace.root:
        yield from file_texts(sorted(template().questions.glob("*.yml")))


class _Asked(msgspec.Struct, frozen=True):
    """A question of a set: whatever else the set says of it is left out."""

    ask: str = ""
    follow_ups: tuple[str, ...] = ()


class _QuestionSet(msgspec.Struct, frozen=True):
    questions: tuple[_Asked, ...] = ()


class _Session(msgspec.Struct, frozen=True):
    question_set: _QuestionSet


def questions_asked(workspace: Workspace, story_ids: Collection[str]) -> Iterator[str]:
    """Yield each question of the sets as they were used, and those over the parts of these stories.

    Others were asked them as well.
    """
    for story_id in story_ids:
        page = struct_file.load_if_readable(workspace.story(story_id).page, StoryPage)
        yield from (chapter.title for chapter in page.chapters) if page else ()
    for path in sorted(workspace.stories.glob("cs-*/session.json")):
        session = struct_file.load_if_readable(path, _Session)
        for question in session.question_set.questions if session else ():
            yield from (question.ask, *question.follow_ups)


def texts_of_shipped_pages(workspace: Workspace) -> Iterator[str]:
    """Yield the pages and templates that every library starts with."""
    new_library = template()
    folders = [PAGE_RENDERERS]
    # In a clone of the project editors write where the template lies: their pages are not ours.
    if new_library.root != workspace.root:
        folders += [new_library.content, new_library.overrides, new_library.assets]
        yield from file_texts([new_library.config])
    for folder in folders:
        yield from file_texts(
            path for path in sorted(folder.rglob("*")) if path.suffix in _TEXT_SUFFIXES
        )


def file_texts(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the text of each file that can be read."""
    for path in paths:
        with contextlib.suppress(OSError):
            yield path.read_bytes().decode("utf-8", "replace")


def caption_text(captions: Path) -> str:
    """Return the words of a caption file; none where it cannot be read."""
    with contextlib.suppress(CarerStoriesError, OSError):
        return " ".join(cue.text for cue in read_captions(captions))
    return ""
