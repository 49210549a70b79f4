"""Protocol of the models that tell voices apart: for each word, the fit of each voice to it.

Embeddings of voices are biometric data. They live in memory while a story is transcribed, and are
written nowhere; what is kept of them is a number for each voice of one recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from capture.media.speech import Speech
from transcribe.words import Word

VOICE_MODEL_COMMAND = "pip install --no-deps resemblyzer==0.1.4"
"""Installs the default model: the package’s weights alone are used, none of what it asks for."""
MAX_VOICES = 4
"""Most voices that are looked for where their number is not given."""


@dataclass(frozen=True)
class VoiceScores:
    """The fit of each voice to the sound of each word: an array of words × voices.

    Differences between two voices of a word are log odds, so they add up over words.
    """

    scores: Any
    may_be_another: Any = None
    """True for a word of a voice that may be somebody else’s than it counts as; None if none is."""

    @property
    def voice_count(self) -> int:
        return int(self.scores.shape[1])


class SpeakerModel(Protocol):
    """A model that tells voices apart."""

    name: str
    """As `transcript.json` keeps it."""

    def score_words(
        self,
        speech: Speech,
        words: Sequence[Word],
        is_question: Sequence[bool],
        count: int | None,
        /,
    ) -> VoiceScores:
        """Return the fit of `count` voices to each word, or of as many as are found.

        `is_question` says of each word whether it was recognised as a question of the set.
        """
