"""Make `average_voice.npz` anew, from a folder with one recording of each of many readers.

    python scripts/average_voice.py FOLDER OUT.npz

The one in the tree was made so from 131 readers of LibriSpeech’s train-clean-100, of each the first
twelve seconds. Another file is another disguise: films that were signed off with this one would no
longer be the same bytes, so it needs a method of its own in `capture.media.sound.disguise`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from capture.media.sound.average_voice import (
    AverageVoice,
    Table,
    bands_of,
    coefficients_of,
    speech_envelopes,
)
from capture.media.sound.raw_sound import SOUND_RATE, Samples, write_raw_sound

KINDS, STEPS, ROUNDS = 64, 12, 3
SECONDS = 12
STRETCHES = np.arange(0.82, 1.24, 0.03)
"""Formants of a reader, as multiples of the average: the likeliest is taken."""


def main(folder: Path, out: Path) -> None:
    """Sort the sounds of all readers into kinds, and write the averages."""
    readers = [_envelopes(path) for path in sorted(folder.iterdir())]
    stretches = np.ones(len(readers))
    for number in range(ROUNDS):
        shapes = [_shapes(*reader) for reader in zip(readers, stretches, strict=True)]
        colours = np.array([each.mean(axis=0) for each in shapes])
        centred = [each - each.mean(axis=0) for each in shapes]
        average = _sorted_into_kinds(np.concatenate(centred), colours)
        if number < ROUNDS - 1:
            likeliest = np.array([_likeliest_stretch(average, reader) for reader in readers])
            # As multiples of their own average, or all would drift one way.
            stretches = likeliest / np.exp(np.log(likeliest).mean())
    tables = {name: getattr(average, name) for name in average.__dataclass_fields__}
    np.savez_compressed(out, **{name: table.astype(np.float32) for name, table in tables.items()})


def _envelopes(path: Path) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        sound = write_raw_sound(Path(folder) / "reader.f32", _decoded(path))
        return speech_envelopes(sound)


def _decoded(path: Path) -> Iterator[Samples]:
    resampler = av.AudioResampler("flt", "stereo", SOUND_RATE)
    with av.open(str(path)) as container:
        samples_left = SECONDS * SOUND_RATE
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                block = part.to_ndarray().reshape(-1, 2)[:samples_left].astype(np.float32)
                samples_left -= len(block)
                if len(block):
                    yield block


def _shapes(envelopes: Samples, stretch: float) -> Table:
    return coefficients_of(bands_of(envelopes, stretch))


def _likeliest_stretch(average: AverageVoice, envelopes: Samples) -> float:
    def likelihood(stretch: float) -> float:
        shapes = _shapes(envelopes, stretch)
        return float(average.kinds(shapes - shapes.mean(axis=0))[1].mean())

    return float(max(STRETCHES.tolist(), key=likelihood))


def _sorted_into_kinds(shapes: Table, colours: Table) -> AverageVoice:
    """Return a mixture of normal distributions, by expectation and maximisation."""
    seeds = np.random.default_rng(0).choice(len(shapes), KINDS, replace=False)
    spread = shapes.var(axis=0)
    average = AverageVoice(
        np.full(KINDS, 1 / KINDS),
        shapes[seeds],
        np.tile(spread, (KINDS, 1)),
        colours.mean(axis=0),
        colours.std(axis=0),
    )
    for _ in range(STEPS):
        kinds, _usual = average.kinds(shapes)
        counts = kinds.sum(axis=0)[:, None] + 1e-3
        centres = kinds.T @ shapes / counts
        variances = np.maximum(kinds.T @ shapes**2 / counts - centres**2, 0.02 * spread)
        weights = counts[:, 0] / counts.sum()
        average = AverageVoice(weights, centres, variances, average.colour, average.colour_spread)
    return average


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
