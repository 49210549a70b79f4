"""Voices told apart by a pipeline of pyannote.audio, for those who have its model.

Its models want an account and a licence that is agreed to by hand, so none comes with this program:
a pipeline is a `config.yaml` on this machine whose models lie beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.speech import SPEECH_RATE, Speech
from library.core.errors import BadInput, NotFound
from transcribe.speakers.protocol import VoiceScores
from transcribe.words import Word

_ODDS_PER_SECOND = 8.0
"""Log odds of the voice that the pipeline names: its own changes are sharper than sentences."""


def require_pyannote(pipeline: Path) -> None:
    """Check that pyannote.audio and a pipeline are there. Raises NotFound."""
    if not _config_of(pipeline).is_file():
        raise NotFound(
            f"There is no pyannote.audio pipeline at {pipeline}.",
            "Name the folder that has its config.yaml, or the file.",
        )
    if find_spec("pyannote") is None or find_spec("pyannote.audio") is None:
        raise NotFound(
            "A voice model needs pyannote.audio, which is not installed.",
            "Install it: pip install pyannote.audio",
        )


def _config_of(pipeline: Path) -> Path:
    return pipeline / "config.yaml" if pipeline.is_dir() else pipeline


class PyannoteVoices:
    """A `SpeakerModel` of a pyannote.audio pipeline."""

    name = "pyannote.audio"

    def __init__(self, pipeline: Path) -> None:
        self._path = pipeline

    def score_words(
        self, speech: Speech, words: Sequence[Word], _: Sequence[bool], count: int | None
    ) -> VoiceScores:
        turns = self._turns(speech, count)
        labels = sorted({label for _, _, label in turns}) or [""]
        seconds = np.zeros((len(words), len(labels)))
        for start, end, label in turns:
            for at, word in enumerate(words):
                overlap = min(end, word.end / 1000) - max(start, word.start / 1000)
                seconds[at, labels.index(label)] += max(0.0, overlap)
        return VoiceScores(seconds * _ODDS_PER_SECOND)

    def _turns(self, speech: Speech, count: int | None) -> list[tuple[float, float, str]]:
        import torch
        from pyannote.audio import Pipeline

        try:
            pipeline = Pipeline.from_pretrained(str(_config_of(self._path)))
        # Its loader reads YAML and several files of weights, and says what is wrong in many ways.
        except Exception as error:
            raise BadInput(
                f"The pyannote.audio pipeline at {self._path} cannot be read: {error}",
                "Check that its models lie where its config.yaml says.",
            ) from error
        samples = torch.from_numpy(speech.read(0, speech.samples)[None, :])
        options: dict[str, Any] = {} if count is None else {"num_speakers": count}
        diarisation = pipeline({"waveform": samples, "sample_rate": SPEECH_RATE}, **options)
        # From version 4 on the result holds more than who speaks when.
        annotation = getattr(diarisation, "speaker_diarization", diarisation)
        return [
            (turn.start, turn.end, str(label))
            for turn, _, label in annotation.itertracks(yield_label=True)
        ]
