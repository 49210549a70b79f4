"""Verify."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from capture.media.packets import sound_digest
from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.media.sound.assembly import BLEEP_HZ
from capture.media.sound.raw_sound import scratch_folder
from capture.media.speech import SPEECH_RATE, Speech, open_speech
from capture.media.working_copy import extract_speech
from films.timeline import Standing, film_spans, recording_time, retimed
from library.consent.gate import require_agreement
from library.consent.stories import read_history
from library.core.timecode import clock
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import inspect_cut
from transcribe.engines import chunks
from transcribe.engines.protocol import Engine
from transcribe.jobs import EngineSetup
from transcribe.redaction.checks import names_recognised
from transcribe.redaction.normalise import folded_word
from transcribe.words import EditedTranscript, Span, Word, read_edited

if TYPE_CHECKING:
    from capture.media.speech import Samples


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
    setup: EngineSetup,
    engine: Engine,
    watch: ProgressStep = without_progress,
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
        with scratch_folder(folder.audio) as bench:
            speech = _speech(sound.path, bench, standing)
            spans = list(_measured(speech, edited, standing, sound.files))
            with watch(f"Listening to the film of {story_id}", speech.duration) as progress:
                words = chunks.transcribe(
                    speech, bench, engine, setup.options, setup.model.sha256, progress
                ).words
        silenced += spans
        heard += _still_heard(workspace, folder, words, edited, standing, sound.files, spans)
        understood = min(understood, _understood(said, words))
    state = inspect_cut(folder)
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
        changed=state.changed_files if state else (),
    )


def _sounds(files: Iterable[Path]) -> Iterator[_Sound]:
    """The film’s sizes have one sound; a file that was put in their place may have another."""
    told = sorted((sound_digest(path), path) for path in files)
    for _, same in groupby(told, key=lambda one: one[0]):
        paths = [path for _, path in same]
        yield _Sound(paths[0], tuple(path.name for path in paths))


def _speech(path: Path, bench: Path, standing: Standing) -> Speech:
    speech = bench / "speech.wav"
    extract_speech(path, speech, standing.reel.duration)
    return open_speech(speech)


# Measured


def _measured(
    speech: Speech, edited: EditedTranscript, standing: Standing, files: tuple[str, ...]
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
    for find in names_recognised(workspace, folder.root.name, recorded, redacted):
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


QUIET = -50.0
"""Decibels of full scale. Speech lies at about −20 in our films; what is softer than a hundredth
part of that, for so short a time, nobody understands."""
NOTHING = -120.0
_WINDOW = SPEECH_RATE // 25  # 40 ms: long enough to tell the bleep from a voice
_STEP = _WINDOW // 4
_SMEARED = SPEECH_RATE * 22 // 1000
"""AAC spreads what lies beside a span over its blocks of 1024 samples, and the bleep swells and
fades: so much at each end tells nothing of what is in between."""
_OF_THE_BLEEP = 110  # Hz to either side, and about its first overtones, that a limiter adds
_OVERTONES = 4


def left_over(speech: Speech, start: int, end: int) -> float:
    """The loudest 40 ms between two moments (ms), in decibels of full scale, the bleep set aside.

    Of a span too short to be told from its neighbours, its middle. Never under `NOTHING`.
    """
    first, last = start * SPEECH_RATE // 1000, end * SPEECH_RATE // 1000
    inner = (first + _SMEARED, last - _SMEARED)
    if inner[1] - inner[0] < _WINDOW:
        middle = (first + last) // 2
        inner = (middle - _WINDOW // 2, middle + _WINDOW // 2)
    begin = max(0, min(inner[0], speech.samples - _WINDOW))
    samples = speech.read(begin, max(begin, min(inner[1], speech.samples)))
    return max(
        (_beside_the_bleep(samples[at : at + _WINDOW]) for at in _windows(len(samples))),
        default=NOTHING,
    )


def _windows(length: int) -> range:
    return range(0, max(0, length - _WINDOW) + 1, _STEP)


def _beside_the_bleep(samples: Samples) -> float:
    import numpy as np

    if len(samples) < _WINDOW:
        return NOTHING
    taper, keep = _tools()
    spectrum = np.abs(np.fft.rfft(samples * taper)) ** 2
    power = 2 * float(spectrum[keep].sum()) / (float((taper**2).sum()) * _WINDOW)
    return max(NOTHING, 10 * math.log10(power)) if power else NOTHING


def _tools() -> tuple[Any, Any]:
    """The window, and which of its frequencies are not the bleep’s."""
    import numpy as np

    frequencies = np.fft.rfftfreq(_WINDOW, 1 / SPEECH_RATE)
    bleep = BLEEP_HZ * np.arange(1, _OVERTONES + 1)
    away = np.abs(frequencies[:, None] - bleep[None, :]).min(axis=1)
    return np.blackman(_WINDOW), away > _OF_THE_BLEEP


_LITTLE = 0.5
"""A recogniser that understood less of the film than this proves little."""

LIMITS = (
    "A recogniser can miss what a person hears: a name said softly, over another voice, or in a "
    "way it does not know. It cannot tell who may be known by a voice, a place or what happened. "
    "Listen to the whole film before it is shown to anybody."
)


def proof_lines(proof: Proof) -> Iterator[str]:
    """What was found, the worst first, and what it cannot show."""
    yield f"{proof.story}: the film was heard again with {proof.engine}, model {proof.model}."
    for name in proof.changed:
        yield f"  {name} is not as it was when the film was made: make it again."
    sure = [one for one in proof.heard if one.sure]
    perhaps = [one for one in proof.heard if not one.sure]
    for one in sure:
        yield f"  Still heard: {_what(one)}, {_when(one.film, one.recording)}.{_where(one, proof)}"
    yield from _silence(proof)
    for one in perhaps:
        yield (
            f"  Perhaps heard: {_what(one)}, {_when(one.film, one.recording)}. Listen there."
            f"{_where(one, proof)}"
        )
    if not proof.heard:
        yield "  Nothing of the private list, and nothing that was redacted, was recognised."
    yield f"  It understood {proof.understood} of the {proof.words} words of the film."
    if proof.understood < _LITTLE * proof.words:
        yield "  That is little: this proof says hardly anything. Try a larger --model."
    if proof.disguised:
        yield "  The voice is disguised: people may understand it better than a recogniser does."
    yield f"  {LIMITS}"


def _silence(proof: Proof) -> Iterator[str]:
    loud = [one for one in proof.silenced if not one.quiet]
    for one in loud:
        yield (
            f"  Not silenced: what was redacted {_when(one.film, one.recording)}: "
            f"{one.level:.0f} dB are left beside the bleep.{_where(one, proof)}"
        )
    if not proof.silenced:
        yield "  Nothing of this film is redacted."
    elif not loud:
        most = max(one.level for one in proof.silenced)
        count = len(proof.silenced)
        places = (
            "The one redacted place holds" if count == 1 else f"All {count} redacted places hold"
        )
        yield (
            f"  {places} silence or the bleep and nothing else: at most {most:.0f} dB of full "
            "scale beside it."
        )


def _what(one: StillHeard) -> str:
    if one.number:
        return f"name {one.number} of the private list"
    return "what was redacted by hand, a number or an address"


def _when(film: int, recording: int) -> str:
    return f"at {clock(film)} of the film ({clock(recording)} of the recording)"


def _where(one: StillHeard | Silenced, proof: Proof) -> str:
    """Which files, where not all of them have the same sound."""
    return "" if set(one.files) == set(proof.files) else f" In {', '.join(one.files)}."


def proof_record(proof: Proof) -> dict[str, Any]:
    """For `--json`. Times are milliseconds, levels decibels of full scale."""
    return {
        "story": proof.story,
        "cut": proof.cut,
        "files": list(proof.files),
        "engine": proof.engine,
        "model": proof.model,
        "holds": proof.holds,
        "heard": _records(proof.heard),
        "silenced": [
            {
                "film": one.film,
                "recording": one.recording,
                "length": one.length,
                "level": round(one.level, 1),
                "quiet": one.quiet,
                "files": list(one.files),
            }
            for one in proof.silenced
        ],
        "words": proof.words,
        "understood": proof.understood,
        "changed": list(proof.changed),
    }


def _records(heard: Sequence[StillHeard]) -> list[dict[str, Any]]:
    return [
        {
            "film": one.film,
            "recording": one.recording,
            "sure": one.sure,
            "number": one.number,
            "files": list(one.files),
        }
        for one in heard
    ]
