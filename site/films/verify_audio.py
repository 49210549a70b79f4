"""Proof of a film: its sound is heard again, by the recogniser and by measuring.

Listed names, and words that were redacted by hand, are looked for in what is recognised; each
redacted span is measured. Nothing that is found is ever written down: only when, and which entry of
the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import msgspec

from capture import media
from capture.media.same_sound import sound_digest
from capture.media.sound.raw import bench_beside
from films.current_cut import Standing, film_spans, recording_time
from films.retime import retimed
from films.silence import QUIET, left_over
from library.consent import read_history
from library.consent.gate import require_agreement
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import observe_cut
from transcribe.engines import chunks
from transcribe.engines.protocol import Engine
from transcribe.jobs import Setup
from transcribe.redaction.checks import heard_again
from transcribe.redaction.normalise import folded_word
from transcribe.words import EditedTranscript, Span, Word, read_edited

_NEAR = 1_000
"""Milliseconds within which a word of the captions counts as understood."""


@dataclass(frozen=True)
class StillHeard:
    """Something that is or may be a name, and is heard. Times are when it begins, in ms."""

    film: int
    recording: int
    sure: bool
    number: int
    """Of the entry in the private list, from 1; 0 where no list has it."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class Silenced:
    """A redacted span, or the part of one that a shot shows, as it is in the finished film."""

    film: int
    recording: int
    length: int
    level: float
    """The loudest that is left in it beside its bleep, in decibels of full scale."""
    files: tuple[str, ...]

    @property
    def quiet(self) -> bool:
        return self.level <= QUIET


@dataclass(frozen=True)
class Proof:
    """What hearing the film again found."""

    story: str
    cut: str
    files: tuple[str, ...]
    engine: str
    model: str
    heard: tuple[StillHeard, ...]
    silenced: tuple[Silenced, ...]
    words: int
    """Words of the film, by its captions …"""
    understood: int
    """… and how many of them were recognised where they are said."""
    disguised: bool
    changed: tuple[str, ...]
    """Files that are no longer as they were when the film was made."""

    @property
    def holds(self) -> bool:
        """Whether nothing is surely heard that must not be."""
        return not any(one.sure for one in self.heard) and all(one.quiet for one in self.silenced)


@dataclass(frozen=True)
class _Sound:
    """One sound of the film, and the files that have it."""

    path: Path
    files: tuple[str, ...]


def prove_film(
    workspace: Workspace,
    story_id: str,
    standing: Standing,
    setup: Setup,
    engine: Engine,
    watch: media.Watch = media.unwatched,
) -> Proof:
    """Hear the film that stands once more, each different sound of it once.

    Raises NotAllowed without agreement or after withdrawal; BadInput for a private list or an
    editor’s copy that cannot be read; Damaged, ToolFailed or NoRoom.
    """
    require_agreement(read_history(workspace, story_id))
    folder = workspace.story(story_id)
    edited = read_edited(folder.edited)
    said = _said(retimed(edited, standing.reel))
    heard: list[StillHeard] = []
    silenced: list[Silenced] = []
    understood = len(said)
    for sound in _sounds(standing.files):
        with bench_beside(folder.audio) as bench:
            speech = _speech(sound.path, bench, standing)
            spans = list(_measured(speech, edited, standing, sound.files))
            with watch(f"Listening to the film of {story_id}", speech.duration) as progress:
                words = chunks.transcribe(
                    speech, bench, engine, setup.options, setup.model.sha256, progress
                ).words
        silenced += spans
        heard += _still_heard(workspace, folder, words, edited, standing, sound.files, spans)
        understood = min(understood, _understood(said, words))
    state = observe_cut(folder)
    return Proof(
        story=story_id,
        cut=standing.cut.hash,
        files=tuple(path.name for path in standing.files),
        engine=engine.name,
        model=setup.model.name,
        heard=tuple(heard),
        silenced=tuple(silenced),
        words=len(said),
        understood=understood,
        disguised=standing.voice == "disguised",
        changed=state.changed if state else (),
    )


def _sounds(files: Iterable[Path]) -> Iterator[_Sound]:
    """The film’s sizes have one sound; a file that was put in their place may have another."""
    told = sorted((sound_digest(path), path) for path in files)
    for _, same in groupby(told, key=lambda one: one[0]):
        paths = [path for _, path in same]
        yield _Sound(paths[0], tuple(path.name for path in paths))


def _speech(path: Path, bench: Path, standing: Standing) -> media.Speech:
    speech = bench / "speech.wav"
    media.extract_speech(path, speech, standing.reel.duration)
    return media.open_speech(speech)


# Measured


def _measured(
    speech: media.Speech, edited: EditedTranscript, standing: Standing, files: tuple[str, ...]
) -> Iterator[Silenced]:
    for one in edited.redactions:
        for start, end in film_spans(standing.reel, one.start, one.end):
            yield Silenced(
                film=start,
                recording=recording_time(standing.reel, start),
                length=end - start,
                level=left_over(speech, start, end),
                files=files,
            )


# Recognised


def _still_heard(
    workspace: Workspace,
    folder: StoryFolder,
    words: Sequence[Word],
    edited: EditedTranscript,
    standing: Standing,
    files: tuple[str, ...],
    spans: Sequence[Silenced],
) -> Iterator[StillHeard]:
    reel = standing.reel
    recorded = [
        msgspec.structs.replace(
            word, start=recording_time(reel, word.start), end=recording_time(reel, word.end)
        )
        for word in words
    ]
    redacted = [Span(start=one.start, end=one.end) for one in edited.redactions]
    for find in heard_again(workspace, folder.root.name, recorded, redacted):
        first, last = words[find.first], words[find.last - 1]
        yield StillHeard(
            film=first.start,
            recording=recorded[find.first].start,
            sure=find.sure or _in_a_loud_span(first.start, last.end, spans),
            number=find.number,
            files=files,
        )


def _in_a_loud_span(start: int, end: int, spans: Sequence[Silenced]) -> bool:
    """Whether it is recognised where something was to be silenced, and was not."""
    return any(not one.quiet and start < one.film + one.length and end > one.film for one in spans)


def _said(film: EditedTranscript) -> list[Word]:
    """The words of the captions, but those that only stand for something redacted."""
    return [
        word
        for turn in film.turns
        for word in turn.words
        if not any(one.start <= (word.start + word.end) // 2 < one.end for one in film.redactions)
    ]


def _understood(said: Sequence[Word], words: Sequence[Word]) -> int:
    """How many words of the captions were recognised about where they are said."""
    times: dict[str, list[int]] = {}
    for word in words:
        times.setdefault(folded_word(word.text), []).append(word.start)
    count = 0
    for word in said:
        near = [at for at in times.get(folded_word(word.text), ()) if abs(at - word.start) <= _NEAR]
        if near:
            times[folded_word(word.text)].remove(near[0])
            count += 1
    return count
