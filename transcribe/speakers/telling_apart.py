"""Tell the voices of a transcript apart, and say of which turns that is in doubt."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.speech import Speech
from transcribe.speakers.protocol import SpeakerModel, VoiceScores
from transcribe.speakers.pyannote_voices import PyannoteVoices
from transcribe.speakers.voice_clusters import ODDS_PER_SECOND
from transcribe.speakers.voice_encoder import VoiceEncoder, weights_path
from transcribe.speakers.word_voices import best_voices, switch_costs, turns_of
from transcribe.words import Word

UNSURE_BELOW = 0.1
"""A turn is in doubt whose voice is like another of the conversation by less than this (cosine)."""
_MIN_SECONDS = 0.25
"""A turn of which less is heard is in doubt."""


@dataclass(frozen=True)
class VoicesOfWords:
    """The voice of each word, and the turns that are in doubt."""

    voices: tuple[str, ...]
    """Numbers, from `1` in the order in which they are first heard; empty for a single voice."""
    unsure: tuple[int, ...] = ()
    """Numbers of the words with which unsure turns begin."""


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
    path, _ = best_voices(scores.scores, switch_costs(words))
    if len(set(path.tolist())) < 2:
        return VoicesOfWords(("",) * len(words))
    number_of = {voice: str(at) for at, voice in enumerate(dict.fromkeys(path.tolist()), start=1)}
    return VoicesOfWords(
        tuple(number_of[voice] for voice in path.tolist()), tuple(_unsure_turns(scores, path))
    )


def _unsure_turns(scores: VoiceScores, path: Any) -> list[int]:
    own = scores.scores[np.arange(len(path)), path]
    others = scores.scores.copy()
    others[np.arange(len(path)), path] = -np.inf
    margins = (own - others.max(axis=1)) / ODDS_PER_SECOND
    unsure = []
    for first, last in turns_of(path.tolist()):
        seconds = float(scores.seconds[first:last].sum())
        margin = float(margins[first:last].sum())
        if seconds < _MIN_SECONDS or margin < UNSURE_BELOW * seconds:
            unsure.append(first)
    return unsure
