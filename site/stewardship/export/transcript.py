"""What is said in a story, as it may be read: corrected, cut and redacted, with times.

On the film’s clock where there is a film that is whole, else on the recording’s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from films.page_text import read_page
from library.core.errors import NotAllowed
from library.core.workspace import StoryFolder
from library.records.cut import inspect_cut
from transcribe.formats.caption_files import read_captions
from transcribe.words import read_edited


@dataclass(frozen=True)
class Spoken:
    """One word."""

    text: str
    start: int
    """Milliseconds."""


@dataclass(frozen=True)
class SpokenTurn:
    speaker: str
    words: tuple[Spoken, ...]


@dataclass(frozen=True)
class Passage:
    """A question and where its answer begins."""

    title: str
    start: int


@dataclass(frozen=True)
class Telling:
    """All of a story, and the file whose clock it is on."""

    turns: tuple[SpokenTurn, ...]
    passages: tuple[Passage, ...]
    duration: int
    medium: str
    """Name of the file in the story’s folder, or nothing where it is the recording itself."""


def telling_of(folder: StoryFolder) -> Telling:
    """Raises NotAllowed where its words were never checked, Damaged."""
    cut = inspect_cut(folder)
    if cut is not None and not cut.changed_files:
        return _of_film(folder)
    if folder.edited.is_file():
        return _of_recording(folder)
    raise NotAllowed(
        f"The words of {folder.root.name} were not checked yet.",
        f"Check them first: carer-stories edit {folder.root.name}",
    )


def _of_film(folder: StoryFolder) -> Telling:
    page = read_page(folder.page)
    cues = read_captions(folder.captions)
    turns: list[SpokenTurn] = []
    speaker = ""
    for cue in cues:
        words = tuple(_shared(" ".join(cue.lines).split(), cue.start, cue.end))
        speaker = cue.speaker or speaker
        if turns and turns[-1].speaker == speaker:
            turns[-1] = SpokenTurn(speaker, (*turns[-1].words, *words))
        else:
            turns.append(SpokenTurn(speaker, words))
    return Telling(
        turns=tuple(turn for turn in turns if turn.words),
        passages=tuple(Passage(one.title, one.start) for one in page.chapters),
        duration=page.duration,
        medium=folder.film.name if folder.film.is_file() else folder.audio.name,
    )


def _shared(words: list[str], start: int, end: int) -> Iterator[Spoken]:
    """The words of a caption share its time by their letters."""
    letters = sum(len(word) + 1 for word in words)
    done = 0
    for word in words:
        yield Spoken(word, start + (end - start) * done // letters)
        done += len(word) + 1


def _of_recording(folder: StoryFolder) -> Telling:
    edited = read_edited(folder.edited)
    turns = (
        SpokenTurn(turn.speaker, tuple(Spoken(one.text, one.start) for one in turn.words))
        for turn in edited.turns
    )
    return Telling(
        turns=tuple(turns),
        passages=tuple(Passage(one.title, one.start) for one in edited.chapters),
        duration=edited.duration,
        medium="",
    )
