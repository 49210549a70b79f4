"""Transcribe a long recording in chunks: bounded memory, true progress, nothing done twice.

A recording is divided where it is quietest into chunks of five to ten minutes. The words of each
finished chunk are kept in the story's folder under the hash of everything they follow from; a
process that was killed loads them again, and comes to the same words as one that was not.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from capture.media.speech import Samples, Speech
from library.core import files, struct_file
from library.core.files import translate_disk_errors
from transcribe.engines.protocol import (
    SAMPLES_PER_MS,
    Engine,
    RecognisedSpeech,
    TranscriptionOptions,
)
from transcribe.engines.second_hearing import hear_again
from transcribe.engines.spoken_language import transcribe_in_languages
from transcribe.engines.vad import may_be_speech
from transcribe.engines.voice_activity import raised, spans_of_talk, voiced_spans
from transcribe.words import Segment, Span, Word

MIN_CHUNK_MS, MAX_CHUNK_MS = 5 * 60_000, 10 * 60_000
"""Shortest and longest chunk; a recording no longer than the longest is one chunk.

The longest is twice the shortest, as `choose_cuts` needs.
"""
_FRAME_MS = 100  # finer would cut no better, and ninety minutes are 54,000 of these
_QUIET_MARGIN_FRAMES = 10  # frames on either side of a cut that are to be quiet as well
_FLOOR_DB = -80.0  # anything quieter counts as silence
_FIRST_HEARING = 0.95  # of a chunk's work; the rest is what is heard again, if anything is
_FORMAT_VERSION = 5  # part of each chunk's key: raise it when chunks are cut or kept in another way


@dataclass(frozen=True)
class Chunk:
    """Samples `start` to `end` of a recording, and the key its words are kept under."""

    start: int
    end: int
    key: str

    @property
    def length(self) -> int:
        """Length in milliseconds."""
        return (self.end - self.start) // SAMPLES_PER_MS


class ChunkWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of a finished chunk, on the chunk's own clock."""

    words: tuple[Word, ...]
    segments: tuple[Segment, ...]
    unheard: tuple[Span, ...] = ()


def transcribe(
    speech: Speech,
    folder: Path,
    engine: Engine,
    options: TranscriptionOptions,
    model_sha256: str,
    on_progress: Callable[[int], None],
) -> RecognisedSpeech:
    """Recognise `speech`; each chunk's words are kept in `folder` until `remove_chunks`.

    `on_progress` gets milliseconds of the recording, beginning with what was done before.
    """
    chunks = chunks_of(speech, engine, options, model_sha256)
    words = {
        chunk.key: chunk_words
        for chunk in chunks
        if (chunk_words := _load_words(folder, chunk)) is not None
    }
    done = sum(chunk.length for chunk in chunks if chunk.key in words)
    on_progress(done)
    for chunk in chunks:
        if chunk.key not in words:
            words[chunk.key] = _recognise(
                speech, chunk, engine, options, _progress_from(done, on_progress)
            )
            save_words(folder, chunk, words[chunk.key])
            done += chunk.length
    on_progress(speech.duration)
    return _join_chunks([(chunk, words[chunk.key]) for chunk in chunks])


def _progress_from(before: int, on_progress: Callable[[int], None]) -> Callable[[int], None]:
    """Return a callback that reports a chunk's milliseconds on top of those done before."""
    return lambda ms: on_progress(before + ms)


def remove_chunks(folder: Path) -> None:
    """Remove the kept chunks, once the transcript made of them is written."""
    with translate_disk_errors(folder, "remove"):
        if folder.is_dir():
            for path in folder.iterdir():
                files.system.unlink(path)
            files.system.rmdir(folder)
            files.fsync_folder(folder.parent)


# Dividing


def choose_cuts(loudness: Sequence[float], shortest: int, longest: int) -> list[int]:
    """Return the cuts, in milliseconds, for a recording of this loudness (dB per 100 ms).

    Every chunk is between `shortest` and `longest` (which is at least twice that); of all ways
    to divide, the one with the quietest cuts is taken. A recording no longer than `longest` is
    not cut. Choosing one cut after the other would not do: the last chunk might then have
    no quiet place to end at.
    """
    # Dynamic programming over the frames: least_cost[at] is that of dividing all before `at`.
    # `candidates` holds the possible beginnings of the chunk that ends at `at`, the cheapest
    # first (a monotonic queue), so that 54,000 frames take one pass.
    min_frames, max_frames = shortest // _FRAME_MS, longest // _FRAME_MS
    if len(loudness) <= max_frames:
        return []
    costs = _cut_costs(loudness)
    least_cost = {0: 0.0}
    previous_cut: dict[int, int] = {}
    candidates: deque[int] = deque()
    end = len(loudness)
    for at in range(min_frames, end + 1):
        if at - min_frames in least_cost:
            while candidates and least_cost[candidates[-1]] >= least_cost[at - min_frames]:
                candidates.pop()
            candidates.append(at - min_frames)
        while candidates and candidates[0] < at - max_frames:
            candidates.popleft()
        if candidates and (at <= end - min_frames or at == end):
            previous_cut[at] = candidates[0]
            least_cost[at] = least_cost[candidates[0]] + (costs[at] if at < end else 0.0)
    cuts = []
    at = previous_cut[end]
    while at:
        cuts.append(at * _FRAME_MS)
        at = previous_cut[at]
    return cuts[::-1]


def _cut_costs(loudness: Sequence[float]) -> list[float]:
    """Return the cost of cutting at each frame: the loudness around it, and a constant."""
    # A triangle: the frame itself counts most, those around it less and less.
    weights = np.concatenate(
        [np.arange(1, _QUIET_MARGIN_FRAMES + 1), np.arange(_QUIET_MARGIN_FRAMES + 1, 0, -1)]
    )
    padded = np.pad(np.asarray(loudness, np.float64) - _FLOOR_DB, _QUIET_MARGIN_FRAMES, mode="edge")
    loudness_around = np.convolve(padded, weights / weights.sum(), mode="valid")
    # A constant for each cut: of two equally quiet divisions, the one with fewer cuts wins.
    costs: list[float] = (loudness_around + 1.0).tolist()
    return costs


def chunks_of(
    speech: Speech, engine: Engine, options: TranscriptionOptions, model_sha256: str
) -> list[Chunk]:
    """Return the chunks of `speech`, each with the key of its words by this engine and model."""
    key_basis = msgspec.json.encode(
        [_FORMAT_VERSION, engine.name, engine.used_options(options), model_sha256], order="sorted"
    )
    cuts = [
        cut * SAMPLES_PER_MS for cut in choose_cuts(_loudness(speech), MIN_CHUNK_MS, MAX_CHUNK_MS)
    ]
    return [
        Chunk(start, end, _chunk_key(speech, start, end, key_basis))
        for start, end in pairwise([0, *cuts, speech.samples])
    ]


def _loudness(speech: Speech) -> list[float]:
    """Return the loudness of each frame in decibels of full scale, at least `_FLOOR_DB`."""
    frame = _FRAME_MS * SAMPLES_PER_MS
    levels: list[float] = []
    for block in speech.blocks():
        whole = block[: len(block) // frame * frame].reshape(-1, frame)
        # 1e-12 is far below the floor: it only keeps the logarithm from zero.
        power = np.square(whole, dtype=np.float64).mean(axis=1)
        levels.extend(np.maximum(10 * np.log10(power + 1e-12), _FLOOR_DB).tolist())
    return levels


def _chunk_key(speech: Speech, start: int, end: int, key_basis: bytes) -> str:
    """Return the hash of the sound and of everything else that decides the words."""
    digest = hashlib.sha256(key_basis)
    digest.update(speech.read(start, end).tobytes())
    return digest.hexdigest()


# Recognising and keeping


def _recognise(
    speech: Speech,
    chunk: Chunk,
    engine: Engine,
    options: TranscriptionOptions,
    on_progress: Callable[[int], None],
) -> ChunkWords:
    return hear(speech.read(chunk.start, chunk.end), engine, options, on_progress)


def hear(
    samples: Samples,
    engine: Engine,
    options: TranscriptionOptions,
    on_progress: Callable[[int], None],
) -> ChunkWords:
    """Return the words of a chunk; none, without asking the engine, if it can hold no speech.

    `on_progress` gets milliseconds of the chunk.
    """
    length = len(samples) // SAMPLES_PER_MS
    # Held against the detector too: a measure that errs must not cost a whole recording.
    voiced = voiced_spans(samples)
    if not (voiced or may_be_speech(samples)):
        return ChunkWords(words=(), segments=())
    samples = raised(samples)
    if "," in options.language:
        heard = transcribe_in_languages(
            samples,
            engine,
            options,
            on_progress,
            lambda first, part, of_part: hear_again(part, first, engine, of_part),
        )
    else:
        talk = spans_of_talk(voiced, length)
        first = engine.transcribe(
            samples,
            replace(options, talk=talk),
            lambda ms: on_progress(round(ms * _FIRST_HEARING)),
        )
        again = (1 - _FIRST_HEARING) * length
        heard = hear_again(
            samples,
            first,
            engine,
            options,
            lambda share: on_progress(round(length - again * (1 - share))),
            voiced,
        )
    return ChunkWords(words=heard.words, segments=heard.segments, unheard=heard.unheard)


def has_words(folder: Path, chunk: Chunk) -> bool:
    """Return True if a chunk's words are kept in `folder`."""
    return _load_words(folder, chunk) is not None


def _load_words(folder: Path, chunk: Chunk) -> ChunkWords | None:
    """Return the kept words of a chunk; None where there are none that can be read."""
    return struct_file.load_if_readable(_chunk_path(folder, chunk), ChunkWords)


def save_words(folder: Path, chunk: Chunk, chunk_words: ChunkWords) -> None:
    """Keep the words of a chunk, whoever has recognised them. Raises NoRoom or DiskFailed."""
    with translate_disk_errors(folder):
        files.make_folder(folder)
    struct_file.save(_chunk_path(folder, chunk), chunk_words)


def _chunk_path(folder: Path, chunk: Chunk) -> Path:
    return folder / f"{chunk.key}.json"


def _join_chunks(chunks: Sequence[tuple[Chunk, ChunkWords]]) -> RecognisedSpeech:
    """Join the words of all chunks, on the recording's clock."""
    words: list[Word] = []
    segments: list[Segment] = []
    unheard: list[Span] = []
    for chunk, chunk_words in chunks:
        start, first = chunk.start // SAMPLES_PER_MS, len(words)
        unheard.extend(_shifted(span, start) for span in chunk_words.unheard)
        words.extend(_shifted(word, start) for word in chunk_words.words)
        segments.extend(
            _shifted(segment, start, first=segment.first + first, last=segment.last + first)
            for segment in chunk_words.segments
        )
    return RecognisedSpeech(tuple(words), tuple(segments), tuple(unheard))


def _shifted(item: Any, offset: int, **changes: Any) -> Any:
    """Return a word or segment moved by `offset` milliseconds, with other fields changed too."""
    times = {"start": item.start + offset, "end": item.end + offset}
    return msgspec.structs.replace(item, **times, **changes)
