"""Whisper checkpoints of a few kilobytes, written as PyTorch writes them, without PyTorch."""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections.abc import Mapping

import numpy as np

from transcribe.engines.checkpoint_file import _shapes

SMALL = {
    "n_mels": 4, "n_audio_ctx": 6, "n_audio_state": 8, "n_audio_head": 2, "n_audio_layer": 1,
    "n_vocab": 12, "n_text_ctx": 5, "n_text_state": 8, "n_text_head": 2, "n_text_layer": 1,
}  # fmt: skip
KINDS = {"FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "<u2"}
ORDERED = b"ccollections\nOrderedDict\n)R"


def text(word: str) -> bytes:
    return b"X" + struct.pack("<I", len(word.encode())) + word.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def tensor(
    entry: str, shape: tuple[int, ...], kind: str = "FloatStorage", offset: int = 0
) -> bytes:
    strides = [math.prod(shape[at + 1 :]) for at in range(len(shape))]
    count = math.prod(shape)
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + f"ctorch\n{kind}\n".encode()
        + text(entry) + text("cpu") + number(count) + b"tQ" + number(offset)
        + b"(" + b"".join(map(number, shape)) + b"t(" + b"".join(map(number, strides)) + b"t"
        + b"\x89" + ORDERED + b"tR"
    )  # fmt: skip


def small_checkpoint(
    dims: Mapping[str, int] = SMALL, *, kind: str = "FloatStorage", compression: int = 0
) -> bytes:
    """Return the bytes of a checkpoint whose weights count up from nought."""
    program = b"\x80\x02}(" + text("dims") + b"}("
    program += b"".join(text(name) + number(size) for name, size in dims.items()) + b"u"
    program += text("model_state_dict") + ORDERED + b"("
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for at, (name, shape) in enumerate(_shapes(dims)):
            program += text(name) + tensor(str(at), shape, kind)
            numbers = np.arange(math.prod(shape)) % 100
            archive.writestr(f"archive/data/{at}", numbers.astype(KINDS[kind]).tobytes())
        archive.writestr("archive/data.pkl", program + b"uu.")
    return packed.getvalue()
