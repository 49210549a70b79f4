"""Make `phone_model.npz` anew, from the acoustic model of CMU Sphinx.

    python scripts/phone_model.py FOLDER OUT.npz

FOLDER is `pocketsphinx/model/en-us/en-us` of the package pocketsphinx 5.1.1. Of each phone's
mixtures the parts of most weight are kept. Their triphones, and what tells how phones follow each
other, are left out: where the words are known, they are not needed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

PHONES = tuple(
    "+NSN+ +SPN+ AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH "  # noqa: SIM905
    "SIL T TH UH UW V W Y Z ZH".split()
)
STREAMS, PARTS, WIDTH, STATES = 3, 128, 13, 3
KEPT_PARTS = 32
WEIGHT_UNIT = 1024 * np.log(1.0001)
"""Weights are stored as whole numbers of this, natural logarithms with their sign changed."""
SMALLEST_VARIANCE = 1e-3


def gaussians(path: Path) -> Any:
    """Return means or variances: phone × stream × part × coefficient."""
    data = path.read_bytes()
    # After the header: byte order, four sizes and the length of what follows, each of four bytes.
    first = data.index(b"endhdr\n") + len(b"endhdr\n") + 4 * (1 + 3 + STREAMS + 1)
    count = len(PHONES) * STREAMS * PARTS * WIDTH
    numbers = np.frombuffer(data, "<f4", count, first)
    return numbers.reshape(len(PHONES), STREAMS, PARTS, WIDTH)


def weights(path: Path) -> Any:
    """Return the weights of the parts: phone × stream × part × state."""
    data = path.read_bytes()
    at = 0
    texts = 0
    while True:
        length = int.from_bytes(data[at : at + 4], "little")
        at += 4 + length
        texts += 1
        if not length and texts > 2:
            break
    states = int.from_bytes(data[at + 4 : at + 8], "little")
    stored = np.frombuffer(data, np.uint8, STREAMS * PARTS * states, at + 8)
    # Those without context come first.
    stored = stored.reshape(STREAMS, PARTS, states)[:, :, : len(PHONES) * STATES]
    by_phone = stored.reshape(STREAMS, PARTS, len(PHONES), STATES)
    return np.exp(-WEIGHT_UNIT * by_phone.transpose(2, 0, 1, 3))


def make(folder: Path, out: Path) -> None:
    means, variances = gaussians(folder / "means"), gaussians(folder / "variances")
    shares = weights(folder / "sendump")
    heaviest = np.sort(np.argsort(-shares.max(axis=-1), axis=-1)[..., :KEPT_PARTS], axis=-1)
    kept = heaviest[..., None]
    np.savez_compressed(
        out,
        phones=np.array(PHONES),
        means=np.take_along_axis(means, kept, axis=2).astype(np.float16),
        variances=np.maximum(np.take_along_axis(variances, kept, axis=2), SMALLEST_VARIANCE).astype(
            np.float16
        ),
        weights=np.take_along_axis(shares, kept, axis=2).astype(np.float16),
    )


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
