"""Tell the voices of a transcript apart, and say of which turns that is in doubt."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from capture.media.speech import Speech
from transcribe.speakers.protocol import SpeakerModel, VoiceScores
from transcribe.speakers.pyannote_voices import PyannoteVoices
from transcribe.speakers.voice_encoder import VoiceEncoder, weights_path
from transcribe.speakers.word_voices import (
    INSIDE_SENTENCE,
    best_voices,
    certainty_of,
    switch_costs,
)
from transcribe.words import Word

SURE_FROM = 0.995
"""Likelihood of a voice below which what is said in one go is in doubt."""
_MOST = 0.5


@dataclass(frozen=True)
class VoicesOfWords:
    """The voice of each word, and the turns that are in doubt."""

    voices: tuple[str, ...]
    """Numbers, from `1` in the order in which they are first heard; empty for a single voice."""
    unsure: tuple[int, ...] = ()
    """Numbers of the words with which something begins whose voice is in doubt."""


def load_speaker_model(pipeline: Path | None = None) -> SpeakerModel | None:
    """Return the model that tells voices apart: a pyannote.audio `pipeline`, or the default.

    None where the default is not installed, or cannot be read.
    """
    if pipeline is not None:
        return PyannoteVoices(pipeline)
    weights = weights_path()
    if weights is None:
        return None
    try:
        return VoiceEncoder(weights)
    # What a file that is damaged, or another's, may raise while it is read.
    except (OSError, EOFError, RuntimeError, KeyError, TypeError, ValueError, pickle.PickleError):
        return None


def tell_apart(
    model: SpeakerModel,
    speech: Speech,
    words: Sequence[Word],
    is_question: Sequence[bool],
    count: int | None = None,
) -> VoicesOfWords:
    """Return the voice of each word.

    `is_question` and `count` are as in `SpeakerModel.score_words`.
    """
    if not words or count == 1:
        return VoicesOfWords(("",) * len(words))
    scores = model.score_words(speech, words, is_question, count)
    costs = switch_costs(words)
    path, _ = best_voices(scores.scores, costs)
    if len(set(path.tolist())) < 2:
        return VoicesOfWords(("",) * len(words))
    number_of = {voice: str(at) for at, voice in enumerate(dict.fromkeys(path.tolist()), start=1)}
    return VoicesOfWords(
        tuple(number_of[voice] for voice in path.tolist()),
        tuple(_unsure_places(path, scores, costs)),
    )


def _unsure_places(path: Any, scores: VoiceScores, costs: Any) -> Iterator[int]:
    """Yield the words with which something unsure begins: a turn, or a sentence inside one."""
    certainty = certainty_of(path, scores.scores, costs)
    may_be_another = scores.may_be_another
    was_unsure = False
    for first, last in _pieces(path, costs):
        is_unsure = certainty[first:last].mean() < SURE_FROM
        if may_be_another is not None and may_be_another[first:last].mean() > _MOST:
            is_unsure = True
        begins = first == 0 or path[first] != path[first - 1]
        if is_unsure and (begins or not was_unsure):
            yield first
        was_unsure = is_unsure


def _pieces(path: Any, costs: Any) -> list[tuple[int, int]]:
    """Return the first word, and the one after the last, of what one voice says in one go."""
    starts = [
        at
        for at in range(len(path))
        if at == 0 or costs[at] < INSIDE_SENTENCE or path[at] != path[at - 1]
    ]
    return list(pairwise([*starts, len(path)]))
