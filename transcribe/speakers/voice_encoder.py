"""Voice embeddings by Resemblyzer's network, whose weights come inside its package.

A voice encoder after Wan and others (2018): three layers of LSTM hear 40 mel bands of 1.2 seconds
of speech and give a vector of length one, which points one way for one voice. Only the weights are
used: the package's own code wants libraries that nothing else here needs, and is not imported.

Much in these vectors is the sound that is spoken, and the channel. Kept of them are the directions
in which people differ most for how much one person varies (linear discriminant analysis), found in
many readers, each by way of several channels (`voice_differences.npz`, which holds no recording).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from capture.media.speech import SPEECH_RATE, Samples, Speech
from transcribe.engines.protocol import importing
from transcribe.speakers.protocol import VoiceScores
from transcribe.speakers.voice_clusters import STEP_MS, VoiceEmbeddings, score_voices
from transcribe.words import Word

_BANDS = 40
_UNITS = 256
_LAYERS = 3
_FRAME, _HOP = 400, 160  # samples: 25 ms, every 10 ms
_WINDOW_MS = 1_200
_WINDOW_FRAMES = _WINDOW_MS // 10
_STEP_SAMPLES = STEP_MS * SPEECH_RATE // 1000
_LEVEL = 10 ** (-26 / 20)  # of full scale, of speech: what the network was trained on
_MIN_VOICED = 0.5  # of a window
_BLOCK_STEPS = 240  # a minute at a time: 90 minutes at once would be a gigabyte
_BATCH = 64
_JOINED_MS = 300  # a pause between words that belongs to the speech around it
_BELOW_SPEECH_DB = 40.0


def weights_path() -> Path | None:
    """Return the file of the network's weights; None where they or PyTorch are not installed."""
    if find_spec("torch") is None:
        return None
    # Found, not imported: the package's own code needs more than is installed.
    spec = find_spec("resemblyzer")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("pretrained.pt")
    return path if path.is_file() else None


class VoiceEncoder:
    """A `SpeakerModel` of Resemblyzer's network and our own grouping of what it gives."""

    name = "resemblyzer"

    def __init__(self, weights: Path) -> None:
        self._run = _load_network(weights)
        self._bank = _mel_bank().T

    def score_words(
        self, speech: Speech, words: Sequence[Word], is_question: Sequence[bool], count: int | None
    ) -> VoiceScores:
        spans = np.array([(word.start, word.end) for word in words])
        embeddings = self.embed(speech, spans)
        return score_voices(embeddings, words, is_question, count)

    def embed(self, speech: Speech, spans: Any) -> VoiceEmbeddings:
        """Return an embedding for each step of the recording in which somebody speaks."""
        vectors = self.encode(speech, spans)
        return VoiceEmbeddings(differences_of(vectors))

    def encode(self, speech: Speech, spans: Any) -> Any:
        """Return what the network gives for each step; zeros where nobody speaks."""
        spoken, level = _spoken_steps(speech, spans)
        vectors = np.zeros((len(spoken), _UNITS), dtype=np.float32)
        for first in range(0, len(spoken), _BLOCK_STEPS):
            steps = first + np.flatnonzero(spoken[first : first + _BLOCK_STEPS])
            if len(steps):
                vectors[steps] = self._embed_steps(speech, steps, _LEVEL / level)
        return vectors

    def _embed_steps(self, speech: Speech, steps: Any, gain: float) -> Any:
        """Return the embeddings of steps that lie in a row, each from the window around it."""
        # A window's middle is its step's middle.
        before = (_WINDOW_FRAMES * _HOP - _STEP_SAMPLES) // 2
        length = _WINDOW_FRAMES * _HOP + _FRAME - _HOP
        start = int(steps[0]) * _STEP_SAMPLES - before
        end = int(steps[-1]) * _STEP_SAMPLES - before + length
        samples = speech.read(max(0, start), min(end, speech.samples))
        samples = np.pad(samples, (max(0, -start), max(0, end - speech.samples))) * gain
        mel = _mel_frames(samples, self._bank)
        offsets = (steps - steps[0]) * (_STEP_SAMPLES // _HOP)
        # A step is no whole number of frames short of rounding: 250 ms are 25 of 10 ms.
        windows = np.stack([mel[offset : offset + _WINDOW_FRAMES] for offset in offsets])
        return np.concatenate(
            [self._run(windows[at : at + _BATCH]) for at in range(0, len(windows), _BATCH)]
        )


def differences_of(vectors: Any) -> Any:
    """Return of the network's vectors what tells people apart, of length one; zeros of zeros."""
    projection, offset = _differences()
    voiced = vectors.any(axis=1)
    differences = np.where(voiced[:, None], vectors @ projection - offset, 0)
    lengths = np.linalg.norm(differences, axis=1, keepdims=True)
    return (differences / np.maximum(lengths, 1e-9)).astype(np.float32)


@cache
def _differences() -> tuple[Any, Any]:
    path = Path(__file__).with_name("voice_differences.npz")
    with np.load(path, allow_pickle=False) as tables:
        return tables["projection"], tables["offset"]


def _load_network(weights: Path) -> Callable[[Any], Any]:
    """Return the network: windows × frames × bands in, an embedding of length 1 for each out."""
    with importing("torch"):
        import torch

    # Weights alone: a file of this kind could else run anything.
    state = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
    lstm = torch.nn.LSTM(_BANDS, _UNITS, _LAYERS, batch_first=True)
    linear = torch.nn.Linear(_UNITS, _UNITS)
    for name, network in (("lstm.", lstm), ("linear.", linear)):
        own = {
            key.removeprefix(name): value for key, value in state.items() if key.startswith(name)
        }
        network.load_state_dict(own)
        network.eval()

    def run(windows: Any) -> Any:
        with torch.inference_mode():
            _, (hidden, _) = lstm(torch.from_numpy(windows))
            vectors = torch.relu(linear(hidden[-1])).numpy()
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    return run


def _spoken_steps(speech: Speech, spans: Any) -> tuple[Any, float]:
    """Return for each step whether its window is mostly speech, and the level of all speech.

    Speech is where words were recognised and the recording is not silent.
    """
    powers = np.concatenate([np.zeros(0), *map(_frame_powers, speech.blocks())])
    in_words = np.zeros(len(powers), dtype=bool)
    ends = 0
    for start, end in spans.tolist():
        joined = ends if start - ends < _JOINED_MS else start
        in_words[joined // 10 : -(-end // 10)] = True
        ends = max(ends, end)
    if not in_words.any():
        return np.zeros(0, dtype=bool), 1.0
    loud = np.percentile(powers[in_words], 95)
    spoken = in_words & (powers > loud * 10 ** (-_BELOW_SPEECH_DB / 10))
    level = float(np.sqrt(powers[spoken].mean())) if spoken.any() else 0.0
    if level <= 0:
        return np.zeros(0, dtype=bool), 1.0
    step = STEP_MS // 10
    before = (_WINDOW_FRAMES - step) // 2
    share = np.convolve(spoken, np.ones(_WINDOW_FRAMES) / _WINDOW_FRAMES)
    steps = -(-len(powers) // step)
    # The sum up to a window's last frame lies at that frame's place.
    last = np.minimum(np.arange(steps) * step - before + _WINDOW_FRAMES - 1, len(share) - 1)
    return share[last] >= _MIN_VOICED, level


def _frame_powers(block: Samples) -> Any:
    whole = block[: len(block) // _HOP * _HOP].reshape(-1, _HOP)
    return (whole.astype(np.float64) ** 2).mean(axis=1)


def _mel_frames(samples: Samples, bank: Any) -> Any:
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    # As the network was trained: a periodic window.
    window = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return (power.astype(np.float32) @ bank).astype(np.float32)


@cache
def _mel_bank() -> Any:
    """Return Slaney's mel filters for frames of 25 ms: bands × frequencies."""
    frequencies = np.linspace(0, SPEECH_RATE / 2, _FRAME // 2 + 1)
    edges = _hertz(np.linspace(0, _mels(SPEECH_RATE / 2), _BANDS + 2))
    widths = np.diff(edges)
    ramps = edges[:, None] - frequencies[None, :]
    rising, falling = -ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    # Of equal area: a wide band is no louder.
    return (filters * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


# Slaney's scale is linear up to 1 kHz, and logarithmic from there.
_LINEAR_HERTZ, _LOG_FROM_HERTZ = 200 / 3, 1_000
_LOG_FROM_MELS = _LOG_FROM_HERTZ / _LINEAR_HERTZ
_LOG_STEP = np.log(6.4) / 27


def _mels(hertz: float) -> float:
    if hertz < _LOG_FROM_HERTZ:
        return hertz / _LINEAR_HERTZ
    return float(_LOG_FROM_MELS + np.log(hertz / _LOG_FROM_HERTZ) / _LOG_STEP)


def _hertz(mels: Any) -> Any:
    above = _LOG_FROM_HERTZ * np.exp(_LOG_STEP * (mels - _LOG_FROM_MELS))
    return np.where(mels < _LOG_FROM_MELS, mels * _LINEAR_HERTZ, above)
