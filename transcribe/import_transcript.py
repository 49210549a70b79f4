"""Transcripts that other tools made: their words on our clock, as settled as an engine's own.

Words that came without times share the time of their passage. What cannot be read is listed, and
nothing that can be read is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import msgspec

from library.core.errors import BadInput
from library.core.files import sha256_of
from library.core.timecode import clock
from transcribe.engines.protocol import RawSegment, RawWord, RecognisedSpeech, settle_words
from transcribe.formats import caption_words, json_words, ohms_words
from transcribe.formats.blocks import ARROW, is_header
from transcribe.formats.source_file import (
    Fault,
    SourcePassage,
    SourceTranscript,
    SourceWord,
    excerpt,
    read_text,
)
from transcribe.pipeline import TranscriptionResult, TranscriptionTask, write_transcript
from transcribe.words import IMPORTED, Segment, Transcript, Turn, share

_SLOWEST = 150
"""Milliseconds a letter: a caption that stands longer than its words take is not all speech."""
_USUAL = 65
"""Milliseconds a letter, where a passage has no length of its own."""
_TAIL = 5_000
"""Milliseconds after the last word that a transcript without a recording is taken to last."""


@dataclass(frozen=True)
class ImportedTranscript:
    """A file's words, settled. `recognised.segments` name speakers as the file does."""

    path: Path
    format: str
    recognised: RecognisedSpeech
    guessed_times: int = 0
    """Words whose times are only shared out: up to a caption's length off."""
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        """As the file names them, in the order in which they first speak."""
        names = (segment.speaker for segment in self.recognised.segments)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def duration(self) -> int:
        """Milliseconds to the end of the last word."""
        words = self.recognised.words
        return words[-1].end if words else 0


def read_transcript_file(path: Path, duration: int | None = None) -> ImportedTranscript:
    """The words of a transcript or caption file of any kind we know, on a clock from 0.

    With `duration`, in milliseconds, what begins after it is left out and listed. Raises NotFound,
    DiskFailed, and BadInput for a file of no such kind.
    """
    text, doubts = read_text(path)
    try:
        told = _testimony(text, path.suffix.lower())
    except BadInput as error:
        raise BadInput(f"{path.name}: {error.what}", error.next_step) from error
    faults = [*doubts, *told.faults]
    said = _in_order(told.passages, faults)
    if duration is not None:
        said = _inside(said, duration, faults, path)
    lasts = max((max(one.end, *_known(one)) for one in said), default=0) + _TAIL
    settled = settle_words(_timed(said), lasts if duration is None else duration)
    guessed = sum(word.start is None for one in said for word in one.words)
    return ImportedTranscript(path, told.format, settled, guessed, tuple(faults), tuple(told.notes))


def turns_of(imported: ImportedTranscript) -> list[Turn]:
    """Turns for captions, under the names of the file."""
    heard = imported.recognised
    turns = []
    for speaker, part in groupby(heard.segments, lambda segment: segment.speaker):
        segments = list(part)
        words = heard.words[segments[0].first : segments[-1].last]
        turns.append(Turn(speaker=speaker, words=words))
    return turns


def import_words(
    waiting: TranscriptionTask, path: Path
) -> tuple[TranscriptionResult, ImportedTranscript]:
    """Take a file's words as the literal transcript of a story, marked as imported.

    Names of speakers are not taken over: a contributor chose what they are called. Voices are
    told apart by numbers. Raises as `read_words` does, and BadInput for another recording's file.
    """
    from capture.media.speech import open_speech

    duration = open_speech(waiting.folder.speech).duration
    imported = read_transcript_file(path, duration)
    transcript = Transcript(
        story=waiting.story.id,
        engine=IMPORTED,
        model=imported.format,
        model_sha256="",
        options={
            "format": imported.format,
            "file_sha256": sha256_of(path),
            "guessed_times": imported.guessed_times,
        },
        audio_sha256=sha256_of(waiting.folder.speech),
        duration=duration,
        words=imported.recognised.words,
        segments=_numbered(imported),
    )
    return write_transcript(_with_points(waiting, imported), transcript), imported


def _with_points(waiting: TranscriptionTask, imported: ImportedTranscript) -> TranscriptionTask:
    """Where an OHMS index says when each question was asked and nothing else does, it is taken."""
    if imported.format != ohms_words.FORMAT or any(
        one.kind == "question" for one in waiting.markers
    ):
        return waiting
    points = ohms_words.markers_from_index(read_text(imported.path)[0], waiting.questions)
    return replace(waiting, markers=(*waiting.markers, *points))


def _testimony(text: str, suffix: str) -> SourceTranscript:
    kind = _kind(text, suffix)
    return kind(text)


def _kind(text: str, suffix: str) -> Callable[[str], SourceTranscript]:
    """By what the file says first; by its name only where it says nothing."""
    opening = text.lstrip()[:1]
    if opening == "<":
        return ohms_words.words_from_ohms
    if is_header(text.split("\n", 1)[0]) or (suffix == ".vtt" and ARROW in text):
        return lambda vtt: caption_words.words_from_captions(vtt, as_vtt=True)
    if ARROW in text and opening not in ("{", "["):
        return lambda srt: caption_words.words_from_captions(srt, as_vtt=False)
    if opening in ("{", "["):
        return json_words.words_from_json
    raise BadInput(
        "this is neither captions nor a recogniser’s JSON.",
        "WebVTT, SubRip, OHMS XML and the JSON of openai-whisper, faster-whisper and WhisperX can "
        "be read.",
    )


def _in_order(said: Sequence[SourcePassage], faults: list[Fault]) -> list[SourcePassage]:
    ordered = sorted(said, key=lambda one: one.start)
    moved = next((one for one, two in zip(said, ordered, strict=True) if one is not two), None)
    if moved is not None:
        faults.append(Fault(moved.line, "from here, passages were put into the order of time."))
    return ordered


def _inside(
    said: Sequence[SourcePassage], duration: int, faults: list[Fault], path: Path
) -> list[SourcePassage]:
    """Without what begins after the recording. Raises BadInput where that is nearly all."""
    inside = [one for one in said if one.start < duration]
    if len(inside) < len(said) / 2:
        raise BadInput(
            f"{path.name} seems to be of another recording: it goes on until "
            f"{clock(said[-1].end if not inside else max(one.end for one in said))}, "
            f"and this one ends at {clock(duration)}.",
            "Check which file belongs to this story.",
        )
    faults += [
        Fault(
            one.line,
            f"at {clock(one.start)}, after the recording’s end, "
            f"{excerpt(' '.join(word.text for word in one.words), 60)} was left out.",
        )
        for one in said
        if one.start >= duration
    ]
    return inside


def _timed(said: Sequence[SourcePassage]) -> list[RawSegment]:
    """Passages as an engine gives them: every word with its times."""
    raw = []
    for at, one in enumerate(said):
        follows = said[at + 1].start if at + 1 < len(said) else None
        words = _placed(_spaced(one.words), one, follows)
        raw.append(
            RawSegment(
                words=tuple(
                    RawWord(text, start / 1000, end / 1000, chance)
                    for text, start, end, chance in words
                ),
                start=one.start / 1000,
                end=one.end / 1000,
                compression_ratio=one.compression_ratio,
                no_speech_probability=one.no_speech_probability,
                average_logprob=one.average_logprob,
                speaker=one.speaker,
            )
        )
    return raw


def _spaced(words: Sequence[SourceWord]) -> list[SourceWord]:
    """With a space before every word, unless the file itself tells parts of words by it."""
    if any(word.text[:1].isspace() for word in words):
        return list(words)
    return [word._replace(text=f" {word.text}") for word in words]


def _placed(
    words: list[SourceWord], one: SourcePassage, follows: int | None
) -> list[tuple[str, int, int, float]]:
    """Words in runs that begin where a time is known; a run without more shares what there is."""
    placed: list[tuple[str, int, int, float]] = []
    starts = [at for at, word in enumerate(words) if word.start is not None or at == 0]
    for first, last in zip(starts, [*starts[1:], len(words)], strict=True):
        run = words[first:last]
        head = run[0]
        begin = one.start if head.start is None else head.start
        limit = words[last].start if last < len(words) else _passage_end(one, begin, run, follows)
        if head.start is not None and head.end is not None:
            placed.append((head.text, begin, head.end, head.probability))
            run, begin = run[1:], head.end
        placed += _shared(run, begin, limit if limit is not None else begin)
    return placed


def _passage_end(
    one: SourcePassage, begin: int, run: Sequence[SourceWord], follows: int | None
) -> int:
    """Where words without times end: with the passage, and not over the next one's beginning."""
    if one.end <= begin:
        return begin + _USUAL * _letters(run)
    return min(one.end, follows) if follows is not None and follows > begin else one.end


def _shared(words: Sequence[SourceWord], begin: int, end: int) -> list[tuple[str, int, int, float]]:
    if not words:
        return []
    end = min(max(end, begin), begin + _SLOWEST * _letters(words))
    bounds = share(begin, end, [len(word.text) + 1 for word in words])
    return [
        (word.text, *bound, word.probability) for word, bound in zip(words, bounds, strict=True)
    ]


def _letters(words: Sequence[SourceWord]) -> int:
    return sum(len(word.text) + 1 for word in words)


def _known(one: SourcePassage) -> list[int]:
    return [word.end for word in one.words if word.end is not None] or [0]


def _numbered(imported: ImportedTranscript) -> tuple[Segment, ...]:
    numbers = {name: str(n) for n, name in enumerate(imported.speakers, start=1)}
    return tuple(
        msgspec.structs.replace(segment, speaker=numbers.get(segment.speaker, ""))
        for segment in imported.recognised.segments
    )
