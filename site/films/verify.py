"""Verify a finished film: recognise its sound once more, and measure what is left in redactions.

Listed names, and words that were redacted by hand, are looked for in what is recognised. The names
are never written down: only when they are heard, and which entry of the private list they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from capture.media.packets import sound_digest
from capture.media.run_ffmpeg import ProgressStep, without_progress
from capture.media.sound.assembly import BLEEP_HZ
from capture.media.sound.raw_sound import scratch_folder
from capture.media.speech import SPEECH_RATE, Samples, Speech, open_speech
from capture.media.working_copy import extract_speech
from films.redaction_remains import FilmListener, RedactionRemains, find_remains
from films.timeline import CurrentFilm, film_spans, recording_time, retime
from library.consent.gate import require_agreement
from library.consent.stories import read_history
from library.core.counting import counted
from library.core.timecode import clock
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import inspect_cut
from transcribe.editing.recording_sound import RecordingSound
from transcribe.engines import chunks
from transcribe.engines.protocol import Engine
from transcribe.jobs import EngineSetup
from transcribe.redaction.checks import names_recognised
from transcribe.redaction.normalise import folded_word
from transcribe.redaction.suggest import open_copy
from transcribe.words import EditedTranscript, Span, Word, read_edited

_WORD_TOLERANCE_MS = 1_000
"""Milliseconds: a word recognised so near its caption counts as understood there."""

SILENCE_LIMIT_DB = -50.0
"""Decibels of full scale. Speech lies at about −20 in our films; what is softer than a hundredth
part of that, for so short a time, nobody understands."""

_LEVEL_FLOOR_DB = -120.0  # dB: of a span without a sample, or with zeros only
_WINDOW = SPEECH_RATE // 25  # 40 ms: long enough to tell the bleep from a voice
_STEP = _WINDOW // 4
# AAC spreads what lies next to a span over its blocks of 1024 samples, and the bleep swells and
# fades: 22 ms at each end tell nothing of what is in between.
_EDGE_SAMPLES = SPEECH_RATE * 22 // 1000
_BLEEP_BANDWIDTH_HZ = 110  # Hz to either side of the bleep and of its first overtones …
_OVERTONES = 4  # … which a limiter adds

_MIN_UNDERSTOOD = 0.5
"""Share of the film's words: a recogniser that understood less than this proves little."""

_LIMITS = (
    "A recogniser can miss what a person hears: a name said softly, over another voice, or in a "
    "way it does not know. It cannot tell who may be known by a voice, a place or what happened. "
    "Listen to the whole film before it is shown to anybody."
)


@dataclass(frozen=True)
class NameInFilm:
    """Something that is or may be a name, and is heard. Times are when it begins (ms)."""

    film_time: int
    recording_time: int
    is_sure: bool
    entry_number: int
    """Of the entry in the private list, from 1; 0 where no list has it."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class SilencedSpan:
    """A redacted span, or the part of one that a shot shows, in the finished film. Times in ms."""

    film_time: int
    recording_time: int
    length: int
    level: float
    """The loudest 40 ms that are left in it apart from the bleep, in decibels of full scale."""
    files: tuple[str, ...]

    @property
    def is_silent(self) -> bool:
        return self.level <= SILENCE_LIMIT_DB


@dataclass(frozen=True)
class AudioProof:
    """Result of verifying one film."""

    story: str
    cut: str
    files: tuple[str, ...]
    engine: str
    model: str
    names: tuple[NameInFilm, ...]
    spans: tuple[SilencedSpan, ...]
    caption_words: int
    """Words of the film, by its captions …"""
    understood_words: int
    """… and how many of them were recognised where they are said."""
    is_disguised: bool
    changed: tuple[str, ...]
    """Files that are no longer as they were when the film was made."""
    remains: tuple[RedactionRemains, ...] = ()
    """Parts of redacted words that are or may be heard beside their silence."""

    @property
    def passes(self) -> bool:
        """True if nothing is surely heard that must not be."""
        has_name = any(name.is_sure for name in self.names)
        return not has_name and all(span.is_silent for span in self.spans)


@dataclass(frozen=True)
class _DistinctSound:
    """A sound of the film, and the files that have it."""

    path: Path
    files: tuple[str, ...]


def verify_film(
    workspace: Workspace,
    story_id: str,
    film: CurrentFilm,
    setup: EngineSetup,
    engine: Engine,
    show_progress: ProgressStep = without_progress,
) -> AudioProof:
    """Recognise and measure each distinct sound of the film.

    Raises NotAllowed without agreement or after withdrawal; BadInput for a private list or an
    editor’s copy that cannot be read; Damaged, ToolFailed or NoRoom.
    """
    require_agreement(read_history(workspace, story_id))
    folder = workspace.story(story_id)
    edited = read_edited(folder.edited)
    caption_words = _caption_words(retime(edited, film.timeline))
    copy = open_copy(workspace, story_id)
    recording = RecordingSound.of_story(folder, edited.duration)
    names: list[NameInFilm] = []
    remains: list[RedactionRemains] = []
    silenced: list[SilencedSpan] = []
    # The least of all sounds counts.
    understood = len(caption_words)
    for sound in _distinct_sounds(film.files):
        with scratch_folder(folder.audio) as bench:
            speech = _decode_speech(sound.path, bench, film)
            # Within the block: the sound is removed at its end.
            spans = list(_measure_spans(speech, edited, film, sound.files))
            listener = FilmListener(speech, film, sound.files, engine, setup.options)
            remains += find_remains(listener, recording, copy.words, edited)
            with show_progress(f"Listening to the film of {story_id}", speech.duration) as progress:
                words = chunks.transcribe(
                    speech, bench, engine, setup.options, setup.model.sha256, progress
                ).words
        silenced += spans
        names += _find_names(workspace, folder, words, edited, film, sound.files, spans)
        understood = min(understood, _count_understood(caption_words, words))
    state = inspect_cut(folder)
    return AudioProof(
        story=story_id,
        cut=film.cut.hash,
        files=tuple(path.name for path in film.files),
        engine=engine.name,
        model=setup.model.name,
        names=tuple(names),
        spans=tuple(silenced),
        caption_words=len(caption_words),
        understood_words=understood,
        remains=tuple(remains),
        is_disguised=film.voice == "disguised",
        changed=state.changed_files if state else (),
    )


def _distinct_sounds(files: Iterable[Path]) -> Iterator[_DistinctSound]:
    # The film’s sizes have one sound; a file that was put in the place of one may have another.
    by_digest = sorted((sound_digest(path), path) for path in files)
    for _, group in groupby(by_digest, key=lambda pair: pair[0]):
        paths = [path for _, path in group]
        yield _DistinctSound(paths[0], tuple(path.name for path in paths))


def _decode_speech(path: Path, bench: Path, film: CurrentFilm) -> Speech:
    speech = bench / "speech.wav"
    extract_speech(path, speech, film.timeline.duration)
    return open_speech(speech)


# Redactions, measured


def _measure_spans(
    speech: Speech, edited: EditedTranscript, film: CurrentFilm, files: tuple[str, ...]
) -> Iterator[SilencedSpan]:
    for redaction in edited.redactions:
        for start, end in film_spans(film.timeline, redaction.start, redaction.end):
            yield SilencedSpan(
                film_time=start,
                recording_time=recording_time(film.timeline, start),
                length=end - start,
                level=_residual_level(speech, start, end),
                files=files,
            )


def _residual_level(speech: Speech, start: int, end: int) -> float:
    """Return the loudest 40 ms between two moments (ms), the bleep set aside, in dB of full scale.

    Measures the middle of a span that is too short to be told from its neighbours. Never less than
    `_LEVEL_FLOOR_DB`.
    """
    first, last = start * SPEECH_RATE // 1000, end * SPEECH_RATE // 1000
    inner = (first + _EDGE_SAMPLES, last - _EDGE_SAMPLES)
    if inner[1] - inner[0] < _WINDOW:
        middle = (first + last) // 2
        inner = (middle - _WINDOW // 2, middle + _WINDOW // 2)
    # A span at the very end is measured by the last whole window.
    begin = max(0, min(inner[0], speech.samples - _WINDOW))
    samples = speech.read(begin, max(begin, min(inner[1], speech.samples)))
    windows = range(0, max(0, len(samples) - _WINDOW) + 1, _STEP)
    return max(
        (_level_without_bleep(samples[at : at + _WINDOW]) for at in windows),
        default=_LEVEL_FLOOR_DB,
    )


def _level_without_bleep(samples: Samples) -> float:
    if len(samples) < _WINDOW:
        return _LEVEL_FLOOR_DB
    taper, is_counted = _taper_and_bins()
    spectrum = np.abs(np.fft.rfft(samples * taper)) ** 2
    power = 2 * float(spectrum[is_counted].sum()) / (float((taper**2).sum()) * _WINDOW)
    return max(_LEVEL_FLOOR_DB, 10 * math.log10(power)) if power else _LEVEL_FLOOR_DB


def _taper_and_bins() -> tuple[Any, Any]:
    """Return the taper of a window, and which of its frequencies are not the bleep’s."""
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / SPEECH_RATE)
    bleep = BLEEP_HZ * np.arange(1, _OVERTONES + 1)
    distance = np.abs(frequencies[:, None] - bleep[None, :]).min(axis=1)
    # Blackman: its side lobes lie 58 dB down, below what is looked for beside the bleep.
    return np.blackman(_WINDOW), distance > _BLEEP_BANDWIDTH_HZ


# Words, recognised


def _find_names(
    workspace: Workspace,
    folder: StoryFolder,
    words: Sequence[Word],
    edited: EditedTranscript,
    film: CurrentFilm,
    files: tuple[str, ...],
    spans: Sequence[SilencedSpan],
) -> Iterator[NameInFilm]:
    # The answers that an editor gave are kept by times of the recording.
    timeline = film.timeline
    recorded = [
        msgspec.structs.replace(
            word, start=recording_time(timeline, word.start), end=recording_time(timeline, word.end)
        )
        for word in words
    ]
    redacted = [Span(start=each.start, end=each.end) for each in edited.redactions]
    for name in names_recognised(workspace, folder.root.name, recorded, redacted):
        first, last = words[name.first], words[name.last - 1]
        yield NameInFilm(
            film_time=first.start,
            recording_time=recorded[name.first].start,
            # A name recognised where something was to be silenced, and was not, is no misreading.
            is_sure=name.is_sure or _overlaps_loud_span(first.start, last.end, spans),
            entry_number=name.entry_number,
            files=files,
        )


def _overlaps_loud_span(start: int, end: int, spans: Sequence[SilencedSpan]) -> bool:
    return any(
        not span.is_silent and start < span.film_time + span.length and end > span.film_time
        for span in spans
    )


def _caption_words(transcript: EditedTranscript) -> list[Word]:
    """Return the words of the captions, without those that only stand for something redacted."""
    return [
        word
        for turn in transcript.turns
        for word in turn.words
        if not any(
            redaction.start <= word.middle < redaction.end for redaction in transcript.redactions
        )
    ]


def _count_understood(caption_words: Sequence[Word], recognised: Sequence[Word]) -> int:
    """Count the words of the captions that were recognised at about the time they are said."""
    times: dict[str, list[int]] = {}
    for word in recognised:
        times.setdefault(folded_word(word.text), []).append(word.start)
    count = 0
    for word in caption_words:
        starts = times.get(folded_word(word.text), [])
        near = [start for start in starts if abs(start - word.start) <= _WORD_TOLERANCE_MS]
        if near:
            # Each word heard counts for one word said.
            starts.remove(near[0])
            count += 1
    return count


# Reports


def proof_lines(proof: AudioProof) -> Iterator[str]:
    """Report a proof to the editor: the worst first, last what it cannot show."""
    yield f"{proof.story}: the film was heard again with {proof.engine}, model {proof.model}."
    for file_name in proof.changed:
        yield f"  {file_name} is not as it was when the film was made: make it again."
    for name in (name for name in proof.names if name.is_sure):
        yield f"  Still heard: {_name_label(name)}, {_times(name)}.{_files(name, proof)}"
    yield from _silence_lines(proof)
    yield from _remains_lines(proof)
    for name in (name for name in proof.names if not name.is_sure):
        yield (
            f"  Perhaps heard: {_name_label(name)}, {_times(name)}. Listen there."
            f"{_files(name, proof)}"
        )
    if not proof.names:
        yield "  Nothing of the private list, and nothing that was redacted, was recognised."
    words = counted(proof.caption_words, "word")
    yield f"  It recognised {proof.understood_words} of the film’s {words}."
    if proof.understood_words < _MIN_UNDERSTOOD * proof.caption_words:
        yield "  That is little: this proof says hardly anything. Try a larger --model."
    if proof.is_disguised:
        yield "  The voice is disguised: people may understand it better than a recogniser does."
    yield f"  {_LIMITS}"


def _silence_lines(proof: AudioProof) -> Iterator[str]:
    loud = [span for span in proof.spans if not span.is_silent]
    for span in loud:
        yield (
            f"  Not silenced: what was redacted {_times(span)}: "
            f"{span.level:.0f} dB are left beside the bleep.{_files(span, proof)}"
        )
    if not proof.spans:
        yield "  Nothing of this film is redacted."
    elif not loud:
        level = max(span.level for span in proof.spans)
        count = len(proof.spans)
        places = (
            "The one redacted place holds" if count == 1 else f"All {count} redacted places hold"
        )
        yield (
            f"  {places} silence or the bleep and nothing else: at most {level:.0f} dB of full "
            "scale beside it."
        )


def _remains_lines(proof: AudioProof) -> Iterator[str]:
    for left in proof.remains:
        parts = [f"{left.before / 1000:.2f} s before its silence"] if left.before else []
        parts += [f"{left.after / 1000:.2f} s after it"] if left.after else []
        if left.is_recognised:
            parts.append("enough for a word like it to be recognised")
        yield (
            f"  Perhaps left of what was redacted {_times(left)}: {', '.join(parts)}. Listen there."
            f"{_files(left, proof)}"
        )
    if proof.remains:
        yield (
            "  To silence more, move its edges, as in [[…]]{-100,+100}, or redact the word "
            "beside it too; if an earlier version placed it: "
            f"carer-stories edit {proof.story} --as-is --widen"
        )
    elif proof.spans:
        yield "  About each redacted place, nothing was found to be left of its words."


def _name_label(name: NameInFilm) -> str:
    if name.entry_number:
        return f"name {name.entry_number} of the private list"
    return "what was redacted by hand, a number or an address"


def _times(item: NameInFilm | SilencedSpan | RedactionRemains) -> str:
    return f"at {clock(item.film_time)} of the film ({clock(item.recording_time)} of the recording)"


def _files(item: NameInFilm | SilencedSpan | RedactionRemains, proof: AudioProof) -> str:
    """Name the files, where not all of them have the same sound."""
    return "" if set(item.files) == set(proof.files) else f" In {', '.join(item.files)}."


def proof_record(proof: AudioProof) -> dict[str, Any]:
    """Return a proof for `--json`. Times are milliseconds, levels decibels of full scale."""
    return {
        "story": proof.story,
        "cut": proof.cut,
        "files": list(proof.files),
        "engine": proof.engine,
        "model": proof.model,
        "holds": proof.passes,
        "heard": [
            {
                "film": name.film_time,
                "recording": name.recording_time,
                "sure": name.is_sure,
                "number": name.entry_number,
                "files": list(name.files),
            }
            for name in proof.names
        ],
        "silenced": [
            {
                "film": span.film_time,
                "recording": span.recording_time,
                "length": span.length,
                "level": round(span.level, 1),
                "quiet": span.is_silent,
                "files": list(span.files),
            }
            for span in proof.spans
        ],
        "left": [
            {
                "film": left.film_time,
                "recording": left.recording_time,
                "before": left.before,
                "after": left.after,
                "recognised": left.is_recognised,
                "files": list(left.files),
            }
            for left in proof.remains
        ],
        "words": proof.caption_words,
        "understood": proof.understood_words,
        "changed": list(proof.changed),
    }
